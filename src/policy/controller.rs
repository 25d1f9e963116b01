//! Policies of somebody who does not see the states: by what was seen last, or as a finite-state controller
//! (theory, 4.11).
//!
//! Having seen o at node n, a controller goes on to a node n' and acts there:
//!
//! ```text
//! π(a, n' | o, n) = η(n'|n, o) α(a|n')        before the first step  π(a, n') = ι(n') α(a|n')
//! ```
//!
//! α may depend on o too. Each of ι, α(·|n), η(·|n, o) is a law with parameters of its own, a softmax or
//! the probabilities themselves (Meuleau, Peshkin, Kim & Kaelbling 1999; Aberdeen & Baxter 2002). With one
//! node that is α(a|o), a memoryless policy.

mod design;

use std::sync::Arc;

pub(crate) use design::Design;
pub use design::{ControllerPart, LawKind};

use super::direct::without_rounding;
use super::family::{Family, Mean, Point, Seconds, Weighed, softmax_of};
use super::{Kind, PolicyError};
use crate::field::Field;
use crate::mdp::Space;
use crate::number::{Number, Rational};

/// What a controller is made of, beside its laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControllerSpecification {
    /// N ≥ 1.
    pub nodes: u32,
    /// The first node; `None`: its law ι has parameters.
    pub start: Option<u32>,
    /// Whether α depends on what was seen last, and not on the node alone.
    pub acts_on_seen: bool,
    /// What θ makes of each law.
    pub laws: LawKind,
}

impl ControllerSpecification {
    /// By what was seen last.
    pub fn memoryless(laws: LawKind) -> ControllerSpecification {
        ControllerSpecification {
            nodes: 1,
            start: None,
            acts_on_seen: true,
            laws,
        }
    }
}

/// The laws of a controller at a θ.
#[derive(Clone, Debug)]
pub struct Controller<F> {
    design: Arc<Design>,
    /// Of every outcome of every law its probability.
    chances: Arc<Vec<F>>,
}

impl<F> PartialEq for Controller<F> {
    fn eq(&self, other: &Controller<F>) -> bool {
        self.design == other.design
    }
}

impl<F: Field> Controller<F> {
    /// The uniform controller of a space.
    ///
    /// # Errors
    /// [`PolicyError::NotPartlySeen`] where the states are seen, [`PolicyError::Nodes`] where its controllers
    /// have another number of nodes, [`PolicyError::UnequalActions`] where the probabilities of a law would
    /// be parameters, and not all states in which it acts have the same actions.
    pub fn uniform(
        space: &Space,
        kind: Kind,
        of: ControllerSpecification,
    ) -> Result<Controller<F>, PolicyError> {
        let design = Arc::new(Design::new(space, kind, of)?);
        let chance = |law: &std::ops::Range<usize>| {
            let each = F::one() / F::from_i64(law.len() as i64);
            vec![each; law.len()]
        };
        let chances = design.laws().flat_map(|law| chance(&law)).collect();
        Ok(Controller {
            design,
            chances: Arc::new(chances),
        })
    }

    /// The parameters that a pair has a part in: of how the controller comes to its next node, if there are
    /// several, and of its action there.
    pub fn parameters_of(&self, pair: usize) -> impl Iterator<Item = usize> {
        let outcomes = self.design.of_pair(pair).iter();
        outcomes.map(|&outcome| self.design.parameter(outcome as usize))
    }

    /// What it is made of.
    pub fn specification(&self) -> ControllerSpecification {
        self.design.of
    }

    /// What each parameter is about \[d\].
    pub fn parts(&self) -> &[ControllerPart] {
        &self.design.parts
    }

    /// The parameters of each law.
    pub fn blocks(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let laws = self.design.parts.chunk_by(|x, y| x.law() == y.law());
        laws.scan(0, |first, law| {
            let own = *first..*first + law.len();
            *first = own.end;
            Some(own)
        })
    }

    /// The names of the parameters: `theta[observation,action]`, of controllers `start[node]`,
    /// `action[node,action]` or `action[node,observation,action]`, `successor[node,observation,node]`.
    pub fn labels(&self) -> &Arc<Vec<String>> {
        &self.design.labels
    }

    /// The probability of what each parameter is about \[d\]; where the actions of states differ, among the
    /// actions of the first state.
    pub fn law_probabilities(&self) -> Vec<F> {
        let mut of = vec![None; self.design.parts.len()];
        for (outcome, &k) in self.design.parameter.iter().enumerate() {
            of[k as usize].get_or_insert(outcome);
        }
        let chance =
            |outcome: &Option<usize>| outcome.map_or_else(F::zero, |i| self.chances[i].clone());
        of.iter().map(chance).collect()
    }

    /// π \[SA\].
    pub(super) fn product(&self) -> Vec<F> {
        let pairs = 0..self.design.pairs();
        pairs.map(|pair| self.others(pair, usize::MAX)).collect()
    }

    /// The product of the chances that a pair is made of, but one; 0 for what a controller never does.
    fn others(&self, pair: usize, but: usize) -> F {
        let outcomes = self.design.of_pair(pair);
        if outcomes.is_empty() {
            return F::zero();
        }
        let others = outcomes.iter().enumerate().filter(|(i, _)| *i != but);
        let mut others = others.map(|(_, &outcome)| &self.chances[outcome as usize]);
        let first = others.next().cloned().unwrap_or_else(F::one);
        others.fold(first, |product, x| product * x)
    }

    /// The same laws at other parameters \[d\], of which there are as many.
    pub(super) fn at(&self, theta: &[F]) -> Result<Controller<F>, PolicyError> {
        let design = &self.design;
        let mut chances = Vec::with_capacity(self.chances.len());
        for law in design.laws() {
            let own: Vec<F> = law
                .clone()
                .map(|i| theta[design.parameter(i)].clone())
                .collect();
            let label = || design.labels[design.parameter(law.start)].clone();
            if !F::EXACT && own.iter().any(|x| !x.to_f64().is_finite()) {
                return Err(PolicyError::NotFinite { state: label() });
            }
            match design.of.laws {
                LawKind::Softmax => softmax_of(&own, &F::one(), &mut chances).map_err(|gap| {
                    PolicyError::Irrational {
                        parametrization: design.kind,
                        state: label(),
                        function: "the exponential",
                        number: gap.to_number().unwrap_or(Number::ZERO),
                    }
                })?,
                LawKind::Simplex => chances.extend(onto_simplex(own)),
            }
        }
        Ok(Controller {
            design: Arc::clone(design),
            chances: Arc::new(chances),
        })
    }

    /// The laws with these probabilities \[d\] and their θ, if that is a number of the field; each law is divided
    /// by its sum.
    ///
    /// Errors with what is no law: below 0, or off 1 by more than 10⁻⁹; over exact fractions at all; and where a
    /// softmax would have a probability of 0.
    pub(super) fn with_probabilities(
        &self,
        exact: &[Number],
    ) -> Result<(Controller<F>, Option<Vec<F>>), PolicyError> {
        let design = &self.design;
        design.check(exact, F::EXACT)?;
        let mut chances = Vec::with_capacity(self.chances.len());
        for law in design.laws() {
            let own = law.map(|i| exact[design.parameter(i)].to_rational());
            let own: Vec<Rational> = own.collect();
            let total = own.iter().fold(Rational::ZERO, |sum, x| sum + x.clone());
            let share = |x: &Rational| F::from_number(&(x.clone() / total.clone()).into());
            chances.extend(own.iter().map(share));
        }
        let numbers = || exact.iter().map(F::from_number);
        let theta = match design.of.laws {
            LawKind::Softmax => numbers().map(|x: F| x.checked_ln()).collect(),
            LawKind::Simplex => Some(numbers().collect()),
        };
        let made = Controller {
            design: Arc::clone(design),
            chances: Arc::new(chances),
        };
        Ok((made, theta))
    }

    /// θ of the uniform laws.
    pub(super) fn uniform_theta(&self) -> Vec<F> {
        match self.design.of.laws {
            LawKind::Softmax => vec![F::zero(); self.design.parts.len()],
            LawKind::Simplex => self.law_probabilities(),
        }
    }

    /// Number by number in another field.
    pub(super) fn map<G: Field>(&self, f: &dyn Fn(&F) -> G) -> Controller<G> {
        Controller {
            design: Arc::clone(&self.design),
            chances: Arc::new(self.chances.iter().map(f).collect()),
        }
    }

    /// Most entries of a row of ∇π.
    pub(super) fn most_entries(&self) -> usize {
        let row = |pair| {
            let outcomes = self.design.of_pair(pair).iter();
            let laws = outcomes.map(|&i| self.design.law_of(i as usize).len());
            laws.sum::<usize>()
        };
        (0..self.design.pairs()).map(row).max().unwrap_or(0)
    }

    /// Whether what a pair is made of is possible, by what 0 means; of softmax laws everything is but another
    /// first node.
    pub(super) fn takes(&self, pair: usize, is_zero: impl Fn(&F) -> bool) -> bool {
        let outcomes = self.design.of_pair(pair);
        let never = |&i: &u32| is_zero(&self.chances[i as usize]);
        let simplex = self.design.of.laws == LawKind::Simplex;
        !(outcomes.is_empty() || simplex && outcomes.iter().any(never))
    }

    /// Appends c times the slopes of the chance of an outcome: of a softmax p(i)(δᵢₗ − p(l)), without the factor p(i)
    /// if `by_score`; of a simplex δᵢₗ − 1/n.
    fn slopes(&self, outcome: usize, by_score: bool, c: &F, row: &mut Vec<(usize, F)>) {
        let law = self.design.law_of(outcome);
        let own = &self.chances[outcome];
        let (scale, simplex) = match self.design.of.laws {
            LawKind::Simplex => (c.clone(), true),
            LawKind::Softmax if by_score => (c.clone(), false),
            LawKind::Softmax => (c.clone() * own, false),
        };
        let share = F::one() / F::from_i64(law.len() as i64);
        for l in law.clone() {
            let p = if simplex { &share } else { &self.chances[l] };
            let slope = match (l == outcome, simplex) {
                (true, true) => F::one() - p,
                (true, false) => {
                    let others = law.clone().filter(|&j| j != outcome);
                    others.fold(F::zero(), |sum, j| sum + &self.chances[j])
                }
                (false, _) => -p.clone(),
            };
            row.push((self.design.parameter(l), slope * &scale));
        }
    }

    /// Σ w ∂ₖ∂ₗπ of softmax laws: Σ π(w − w̄)(ψψᵀ + ∂²log π), where −∂²log p(i) = diag p − ppᵀ of its law.
    fn softmax_curvature(&self, of: Weighed<F>, entries: &mut Seconds<F>) {
        let Weighed { at, state, weights } = of;
        let Some(mean) = Mean::new(at, state, weights) else {
            return;
        };
        for pair in at.space.pairs_of(state) {
            let weight = mean.gap(&weights[pair]) * &at.sigma[pair];
            let mut score = Vec::new();
            self.score(at, pair, &mut score);
            square(&score, &score, &weight, entries);
            for &i in self.design.of_pair(pair) {
                let law = self.design.law_of(i as usize);
                for j in law.clone() {
                    let k = self.design.parameter(j);
                    let p = self.chances[j].clone() * &weight;
                    entries.push((k, k, -p.clone()));
                    let row: Vec<(usize, F)> = law
                        .clone()
                        .map(|l| (self.design.parameter(l), self.chances[l].clone()))
                        .collect();
                    square(&[(k, F::one())], &row, &p, entries);
                }
            }
        }
    }

    /// Σ w ∂ₖ∂ₗπ where the chances are linear in θ: the products of two slopes.
    fn simplex_curvature(&self, of: Weighed<F>, entries: &mut Seconds<F>) {
        let Weighed { at, state, weights } = of;
        let Some(mean) = Mean::new(at, state, weights) else {
            return;
        };
        for pair in at.space.pairs_of(state) {
            // a pair is made of at most two outcomes
            let [i, j] = *self.design.of_pair(pair) else {
                continue;
            };
            let slopes = |outcome: u32| {
                let mut row = Vec::new();
                self.slopes(outcome as usize, false, &F::one(), &mut row);
                row
            };
            let (first, second) = (slopes(i), slopes(j));
            let weight = mean.gap(&weights[pair]);
            square(&first, &second, &weight, entries);
            square(&second, &first, &weight, entries);
        }
    }
}

/// Appends the upper triangle of c xyᵀ.
fn square<F: Field>(x: &[(usize, F)], y: &[(usize, F)], c: &F, entries: &mut Seconds<F>) {
    for (k, x) in x {
        let scaled = x.clone() * c;
        let upper = y.iter().filter(|(l, _)| l >= k);
        entries.extend(upper.map(|(l, y)| (*k, *l, scaled.clone() * y)));
    }
}

/// θ moved to the hyperplane on which probabilities sum to 1.
fn onto_simplex<F: Field>(mut own: Vec<F>) -> Vec<F> {
    let rest = own.iter().fold(F::one(), |rest, x| rest - x);
    let rest = without_rounding(rest, own.len());
    if !rest.is_zero() {
        let share = rest / F::from_i64(own.len() as i64);
        own.iter_mut().for_each(|x| *x += &share);
    }
    own
}

impl<F: Field> Family<F> for Controller<F> {
    fn kind(&self) -> Kind {
        self.design.kind
    }

    fn parameters(&self, _: &Space) -> usize {
        self.design.parts.len()
    }

    /// Of the parameters that the laws have ([`Controller::at`]).
    fn probabilities(&self, _: &Space, _: &[F]) -> Result<Vec<F>, PolicyError> {
        Ok(self.product())
    }

    fn derivative(&self, _: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        for (place, &outcome) in self.design.of_pair(pair).iter().enumerate() {
            self.slopes(outcome as usize, false, &self.others(pair, place), row);
        }
    }

    fn score(&self, _: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        for &outcome in self.design.of_pair(pair) {
            let scale = match self.design.of.laws {
                LawKind::Softmax => F::one(),
                LawKind::Simplex => F::one() / &self.chances[outcome as usize],
            };
            self.slopes(outcome as usize, true, &scale, row);
        }
    }

    fn curvature(&self, of: Weighed<F>, entries: &mut Seconds<F>) -> Result<(), PolicyError> {
        match self.design.of.laws {
            LawKind::Softmax => self.softmax_curvature(of, entries),
            LawKind::Simplex => self.simplex_curvature(of, entries),
        }
        Ok(())
    }

    /// Σ w ∂π over pairs, gathered by outcome first: where the weights of a state have mean 0, a law's slopes are
    /// those of the sums over the hidden states.
    fn pull_back(&self, at: Point<F>, weights: &[F]) -> Vec<F> {
        let design = &self.design;
        let simplex = design.of.laws == LawKind::Simplex;
        let mut gathered = vec![F::zero(); self.chances.len()];
        for state in 0..at.space.states() {
            let Some(mean) = Mean::new(at, state, weights) else {
                continue;
            };
            for pair in at.space.pairs_of(state) {
                let gap = mean.gap(&weights[pair]);
                for (place, &outcome) in design.of_pair(pair).iter().enumerate() {
                    gathered[outcome as usize] += if simplex {
                        gap.clone() * &self.others(pair, place)
                    } else {
                        gap.clone() * &at.sigma[pair]
                    };
                }
            }
        }
        let mut out = vec![F::zero(); design.parts.len()];
        for law in design.laws() {
            let total = law.clone().fold(F::zero(), |sum, i| sum + &gathered[i]);
            let share = total.clone() / F::from_i64(law.len() as i64);
            for i in law {
                let back = if simplex {
                    share.clone()
                } else {
                    total.clone() * &self.chances[i]
                };
                out[design.parameter(i)] += gathered[i].clone() - &back;
            }
        }
        out
    }

    /// Sums of the laws' log softmaxes, unless there is something that the controller never does.
    fn log_probabilities(&self, at: Point<F>) -> Option<Vec<F>> {
        let (design, theta) = (&self.design, at.theta?);
        if design.of.laws == LawKind::Simplex {
            return None;
        }
        let mut logs = Vec::with_capacity(self.chances.len());
        for law in design.laws() {
            let own = || law.clone().map(|i| &theta[design.parameter(i)]);
            let largest = own().fold(own().next()?, |x, y| if y > x { y } else { x });
            let gap = |x: &F| x.clone() - largest;
            let mut total = F::zero();
            for x in own() {
                total += gap(x).checked_exp()?;
            }
            let total = total.checked_ln()?;
            logs.extend(own().map(|x| gap(x) - &total));
        }
        let log = |pair: usize| {
            let outcomes = design.of_pair(pair);
            let sum = || {
                outcomes
                    .iter()
                    .fold(F::zero(), |sum, &i| sum + &logs[i as usize])
            };
            (!outcomes.is_empty()).then(sum)
        };
        (0..design.pairs()).map(log).collect()
    }

    fn supports(&self, _: Point<F>, pair: usize) -> bool {
        self.takes(pair, F::is_zero)
    }
}
