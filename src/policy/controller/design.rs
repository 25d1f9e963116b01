//! Which laws a controller has on a space, and of which of their outcomes each pair is made.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use super::ControllerSpecification;
use crate::field::Field;
use crate::mdp::{Sight, Space, off_one};
use crate::number::{Number, Rational};
use crate::policy::{Kind, PolicyError};

/// What θ makes of the laws of a controller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LawKind {
    /// Each law is a softmax of its parameters.
    #[default]
    Softmax,
    /// The parameters are the probabilities themselves.
    Simplex,
}

impl LawKind {
    /// The name, as files spell it.
    pub fn name(self) -> &'static str {
        match self {
            LawKind::Softmax => "softmax",
            LawKind::Simplex => "simplex",
        }
    }
}

/// What a parameter of a controller is about; what was seen is one more than the number of an observation, or
/// 0 before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControllerPart {
    /// The first node.
    Start {
        /// n.
        node: u32,
    },
    /// An action.
    Action {
        /// The node that acts.
        node: u32,
        /// What was seen last, where that counts.
        seen: Option<u32>,
        /// a.
        action: u32,
    },
    /// The node after another.
    Successor {
        /// n.
        node: u32,
        /// What was seen last.
        seen: u32,
        /// n'.
        to: u32,
    },
}

/// A law by what is known: (0) of the first node, (1) of actions, (2) of nodes.
pub(crate) type LawKey = (u8, u32, Option<u32>);

impl ControllerPart {
    /// To which law it belongs.
    pub(crate) fn law(self) -> LawKey {
        match self {
            ControllerPart::Start { .. } => (0, 0, None),
            ControllerPart::Action { node, seen, .. } => (1, node, seen),
            ControllerPart::Successor { node, seen, .. } => (2, node, Some(seen)),
        }
    }

    fn label(self, kind: Kind, sight: &Sight) -> String {
        let action = |action: u32| sight.actions().get(action as usize);
        match self {
            ControllerPart::Start { node } => format!("start[{node}]"),
            ControllerPart::Action {
                node,
                seen,
                action: a,
            } => match (seen, kind) {
                (Some(seen), Kind::Observation) => {
                    format!("theta[{},{}]", sight.seen_name(seen), action(a))
                }
                (Some(seen), _) => {
                    format!("action[{node},{},{}]", sight.seen_name(seen), action(a))
                }
                (None, _) => format!("action[{node},{}]", action(a)),
            },
            ControllerPart::Successor { node, seen, to } => {
                format!("successor[{node},{},{to}]", sight.seen_name(seen))
            }
        }
    }
}

/// The laws of a controller on a space. Where states in which it knows the same have different actions, there is
/// a law for each set of them, with the same parameters.
#[derive(Debug, PartialEq)]
pub(crate) struct Design {
    pub kind: Kind,
    pub of: ControllerSpecification,
    /// What each parameter is about \[d\], increasing.
    pub parts: Vec<ControllerPart>,
    pub labels: Arc<Vec<String>>,
    /// Where the outcomes of each law begin, and where all end.
    from: Vec<u32>,
    /// The parameter of each outcome.
    pub parameter: Vec<u32>,
    /// The law of each outcome.
    law: Vec<u32>,
    /// Where the outcomes that a pair is made of begin \[SA + 1\].
    pair_from: Vec<u32>,
    outcomes: Vec<u32>,
}

impl Design {
    pub fn new(
        space: &Space,
        kind: Kind,
        of: ControllerSpecification,
    ) -> Result<Design, PolicyError> {
        let sight = space.sight().ok_or(PolicyError::NotPartlySeen {
            parametrization: kind,
        })?;
        if sight.nodes() != of.nodes {
            return Err(PolicyError::Nodes {
                found: of.nodes,
                expected: sight.nodes(),
            });
        }
        let making = Making { space, sight, of };
        let all = (0..space.pairs()).flat_map(|pair| making.parts(pair));
        let parts: Vec<ControllerPart> = all
            .collect::<BTreeSet<ControllerPart>>()
            .into_iter()
            .collect();
        let labels = parts.iter().map(|part| part.label(kind, sight)).collect();
        let mut design = Design {
            kind,
            of,
            labels: Arc::new(labels),
            from: vec![0],
            parameter: Vec::new(),
            law: Vec::new(),
            pair_from: vec![0],
            outcomes: Vec::new(),
            parts,
        };
        making.fill(&mut design);
        match design.unequal().filter(|_| of.laws == LawKind::Simplex) {
            Some(law) => Err(PolicyError::UnequalActions {
                label: design.labels[law].clone(),
            }),
            None => Ok(design),
        }
    }

    /// How many pairs there are.
    pub fn pairs(&self) -> usize {
        self.pair_from.len() - 1
    }

    /// The outcomes of each law.
    pub fn laws(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.from.windows(2);
        ends.map(|ends| ends[0] as usize..ends[1] as usize)
    }

    /// The outcomes of the law that has an outcome.
    pub fn law_of(&self, outcome: usize) -> Range<usize> {
        let law = self.law[outcome] as usize;
        self.from[law] as usize..self.from[law + 1] as usize
    }

    /// The parameter of an outcome.
    pub fn parameter(&self, outcome: usize) -> usize {
        self.parameter[outcome] as usize
    }

    /// The outcomes whose chances multiply to the probability of a pair; none if that is 0 whatever θ is.
    pub fn of_pair(&self, pair: usize) -> &[u32] {
        &self.outcomes[self.pair_from[pair] as usize..self.pair_from[pair + 1] as usize]
    }

    /// A parameter that belongs to several laws, if there is one.
    fn unequal(&self) -> Option<usize> {
        let mut met = vec![false; self.parts.len()];
        let mut all = self.parameter.iter().map(|&k| k as usize);
        all.find(|&k| std::mem::replace(&mut met[k], true))
    }

    /// Errors with a law whose probabilities \[d\] are none: below 0, their sum off 1 by more than 10⁻⁹, or at all
    /// if `exact`, or one of a softmax 0.
    pub fn check(&self, numbers: &[Number], exact: bool) -> Result<(), PolicyError> {
        let slack = off_one(exact);
        let mut first = 0;
        for law in self.parts.chunk_by(|x, y| x.law() == y.law()) {
            let own = first..first + law.len();
            first = own.end;
            let label = |k: usize| self.labels[k].clone();
            if let Some(k) = own.clone().find(|&k| numbers[k].is_negative()) {
                let (label, found) = (label(k), numbers[k].clone());
                return Err(PolicyError::NegativeInLaw { label, found });
            }
            let sum = |sum: Rational, k: usize| sum + numbers[k].to_rational();
            let sum = own.clone().fold(Rational::ZERO, sum);
            if Field::abs(&(sum.clone() - Rational::ONE)) > slack {
                let (label, found) = (label(own.start), Number::from(sum));
                return Err(PolicyError::LawSum { label, found });
            }
            let zero = own.clone().find(|&k| numbers[k].is_zero());
            if let Some(k) = zero.filter(|_| self.of.laws == LawKind::Softmax) {
                return Err(PolicyError::ZeroInLaw { label: label(k) });
            }
        }
        Ok(())
    }
}

struct Making<'a> {
    space: &'a Space,
    sight: &'a Sight,
    of: ControllerSpecification,
}

impl Making<'_> {
    /// What a pair is about: how the controller comes to its next node, if there are several, and its action
    /// there; nothing for what it never does.
    fn parts(&self, pair: usize) -> Vec<ControllerPart> {
        let (seen, node) = self.sight.situations()[self.space.state_of(pair)];
        let (action, to) = self.sight.split(self.space.action_of(pair));
        let act = ControllerPart::Action {
            node: to,
            seen: self.of.acts_on_seen.then_some(seen),
            action,
        };
        match (seen, self.of.start) {
            _ if self.of.nodes == 1 => vec![act],
            (0, Some(start)) if start == to => vec![act],
            (0, Some(_)) => Vec::new(),
            (0, None) => vec![ControllerPart::Start { node: to }, act],
            (seen, _) => vec![ControllerPart::Successor { node, seen, to }, act],
        }
    }

    /// The laws that the pairs of each state are made of.
    fn fill(&self, design: &mut Design) {
        let number: HashMap<ControllerPart, u32> = design.parts.iter().copied().zip(0..).collect();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        for state in 0..self.space.states() {
            let pairs = self.space.pairs_of(state);
            let made: Vec<Vec<u32>> = pairs
                .map(|pair| self.parts(pair).iter().map(|part| number[part]).collect())
                .collect();
            let all: BTreeSet<u32> = made.iter().flatten().copied().collect();
            let all: Vec<u32> = all.into_iter().collect();
            let mut outcome: HashMap<u32, u32> = HashMap::new();
            let law = |&k: &u32| design.parts[k as usize].law();
            for own in all.chunk_by(|x, y| law(x) == law(y)) {
                let next = design.parameter.len() as u32;
                let first = *known.entry(own.to_vec()).or_insert(next);
                if first == next {
                    let law = design.from.len() as u32 - 1;
                    design.parameter.extend_from_slice(own);
                    design.law.extend(own.iter().map(|_| law));
                    design.from.push(design.parameter.len() as u32);
                }
                outcome.extend(own.iter().copied().zip(first..));
            }
            for parts in made {
                design.outcomes.extend(parts.iter().map(|k| outcome[k]));
                design.pair_from.push(design.outcomes.len() as u32);
            }
        }
    }
}
