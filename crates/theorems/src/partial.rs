//! Partial observation: the laws of a controller, its gradient, and the chain over hidden states and nodes, which
//! is written out here from the rows of the model (theory, 4.11).

use std::collections::HashMap;

use nalgebra::{DMatrix, DVector};

use super::algebra::largest;
use super::bellman::gradient_scale;
use super::{Case, Discounted, Identity, Section, Sides, Skip};
use exact_mdp::mdp::{Mdp, Sight, Space};
use exact_mdp::policy::{Controller, ControllerPart, LawKind};

identities! { PolicyGradient;
"controller-laws" laws {
    "π(a, n'|o, n) = η(n'|n, o) α(a|n')",
    "A controller that has seen o goes on to its next node and acts there; with one node that is a memoryless policy α(a|o).",
    "Meuleau et al. 1999; theory, 4.11 (4.50)"
}
"controller-gradient" by_hidden_states {
    "∂J/∂p(i) = Σ ρ(x) π(u|x)/p(i) A(x, u) over all hidden states and all choices u made of i, p a law of the controller",
    "The product rule in the policy gradient theorem: the laws are shared by all states that look alike.",
    "Meuleau et al. 1999; theory, 4.11 (4.51)"
}
"controller-chain" chain_value {
    "J = Σ ρ₀(s) ι(n) v(s, n), v of the chain over (s, n), n the node that acts",
    "What was seen is forgotten once the node is chosen, so that hidden state and node are a Markov chain.",
    "Meuleau et al. 1999; theory, 4.11 (4.52)"
}
"controller-chain-gradient" chain_gradient {
    "∂J/∂α(a|n) = Σₛ μ(s, n) Q(s, n, a), ∂J/∂η(n'|n, o) = γ Σ μ(s, n) α(a|n) p(s'|s, a) O(o|a, s') v(s', n'), μ the visits of that chain",
    "J is linear in each law by itself: what a visit of (s, n) is worth if it does a, or goes on to n'.",
    "Aberdeen & Baxter 2002; theory, 4.11 (4.53)"
}
}

/// Hidden states times nodes of a chain that is solved densely; a choice.
const MOST: usize = 300;

/// The laws of a controller as numbers.
struct Known<'a> {
    family: &'a Controller<f64>,
    space: &'a Space,
    sight: &'a Sight,
    number: HashMap<ControllerPart, usize>,
    chance: Vec<f64>,
}

impl<'a> Known<'a> {
    fn new(case: &'a Case) -> Result<Known<'a>, Skip> {
        let family = case.policy.parametrization().controller();
        let space = case.mdp.space();
        let (Some(family), Some(sight)) = (family, space.sight()) else {
            return Err(Skip::new("the policy is not that of a controller"));
        };
        Skip::unless(case.policy.mix().is_none(), "a mixture is no controller")?;
        let known = Known {
            number: family.parts().iter().copied().zip(0..).collect(),
            chance: family.law_probabilities(),
            family,
            space,
            sight,
        };
        Skip::unless(
            known.has_one_law_each(),
            "states that look alike have different actions",
        )?;
        Ok(known)
    }

    /// Whether all states have the actions of their laws.
    fn has_one_law_each(&self) -> bool {
        let unit = |law: std::ops::Range<usize>| {
            let sum: f64 = self.chance[law].iter().sum();
            (sum - 1.0).abs() < 1e-9
        };
        let nodes = self.sight.nodes() as usize;
        let full = |state: usize| {
            let pairs = self.space.pairs_of(state);
            let taken = pairs.filter(|&pair| self.family.parameters_of(pair).next().is_some());
            let actions = taken.map(|pair| self.sight.split(self.space.action_of(pair)));
            let mut by_node = vec![0; nodes];
            actions.for_each(|(_, to)| by_node[to as usize] += 1);
            let seen = self.sight.situations()[state].0;
            let all = |(to, found): (usize, &usize)| {
                *found == 0 || *found == self.actions_of(to as u32, seen)
            };
            by_node.iter().enumerate().all(all)
        };
        self.family.blocks().all(unit) && (0..self.space.states()).all(full)
    }

    /// How many actions the law of a node has.
    fn actions_of(&self, to: u32, last: u32) -> usize {
        let own = |part: &&ControllerPart| match part {
            ControllerPart::Action { node, seen, .. } => {
                *node == to && seen.is_none_or(|seen| seen == last)
            }
            _ => false,
        };
        self.family.parts().iter().filter(own).count()
    }

    /// The parameter of going on from a state to a node; none where there is one node, or no choice.
    fn going(&self, state: usize, to: u32) -> Option<usize> {
        let (seen, node) = self.sight.situations()[state];
        let part = match seen {
            0 => ControllerPart::Start { node: to },
            seen => ControllerPart::Successor { node, seen, to },
        };
        self.number.get(&part).copied()
    }

    /// Its probability.
    fn go(&self, state: usize, to: u32) -> f64 {
        let own = self.family.specification();
        let from_the_start = self.sight.situations()[state].0 == 0;
        match (self.going(state, to), own.start) {
            (Some(k), _) => self.chance[k],
            (None, Some(start)) if from_the_start => f64::from(u8::from(start == to)),
            // the only node
            (None, _) => 1.0,
        }
    }

    /// The parameter of an action at a node, having seen what a state has.
    fn acting(&self, state: usize, node: u32, action: u32) -> Option<usize> {
        let on_seen = self.family.specification().acts_on_seen;
        let seen = on_seen.then_some(self.sight.situations()[state].0);
        self.number
            .get(&ControllerPart::Action { node, seen, action })
            .copied()
    }

    /// ∂J/∂θ \[d\] of ∂J/∂p \[d\], each law by itself.
    fn by_parameters(&self, slopes: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; slopes.len()];
        for law in self.family.blocks() {
            let own = || law.clone().map(|i| (self.chance[i], slopes[i]));
            match self.family.specification().laws {
                LawKind::Softmax => {
                    let mean: f64 = own().map(|(p, x)| p * x).sum();
                    law.clone()
                        .for_each(|i| out[i] = self.chance[i] * (slopes[i] - mean));
                }
                LawKind::Simplex => {
                    let mean = own().map(|(_, x)| x).sum::<f64>() / law.len() as f64;
                    law.clone().for_each(|i| out[i] = slopes[i] - mean);
                }
            }
        }
        out
    }
}

fn laws(case: &Case) -> Result<Sides, Skip> {
    let known = Known::new(case)?;
    let product = |pair: usize| {
        let (state, action) = (known.space.state_of(pair), known.space.action_of(pair));
        let (a, to) = known.sight.split(action);
        let act = known.acting(state, to, a);
        known.go(state, to) * act.map_or(0.0, |k| known.chance[k])
    };
    let product: Vec<f64> = (0..known.space.pairs()).map(product).collect();
    let tolerance = 8.0 * f64::EPSILON * (known.space.actions() + 4) as f64;
    Ok(Sides::equal(&case.probabilities, &product, 1.0, tolerance))
}

fn by_hidden_states(case: &Case) -> Result<Sides, Skip> {
    let (known, d) = (Known::new(case)?, case.discounted()?);
    let mut slopes = vec![0.0; known.chance.len()];
    for pair in 0..known.space.pairs() {
        let state = known.space.state_of(pair);
        let weight = d.evaluation.occupancy[state] * d.evaluation.advantage[pair];
        let made: Vec<usize> = known.family.parameters_of(pair).collect();
        for (place, &k) in made.iter().enumerate() {
            let others = made.iter().enumerate().filter(|(other, _)| *other != place);
            slopes[k] += weight * others.map(|(_, &k)| known.chance[k]).product::<f64>();
        }
    }
    let right = known.by_parameters(&slopes);
    let size = gradient_scale(case, d, &[1.0]) + d.mass() * largest(&d.evaluation.advantage);
    Ok(Sides::equal(
        &d.gradient,
        &right,
        size,
        4.0 * d.tolerance(1),
    ))
}

/// The chain over hidden states and the node that acts.
struct Acting<'a> {
    known: Known<'a>,
    mdp: &'a Mdp,
    gamma: f64,
    /// A state of the model for each hidden state, with what was seen where that counts.
    hidden: Vec<usize>,
    /// Of each state of the model which of those it is; none where it is terminal.
    of_state: Vec<Option<usize>>,
    /// v(s, n).
    v: DVector<f64>,
    /// The visits of (s, n).
    visits: DVector<f64>,
}

/// What may follow the choices of a state: action, next state, probability and reward, bit by bit.
type Rows = (u32, Vec<(usize, usize, u64, u64)>);

impl<'a> Acting<'a> {
    fn new(case: &'a Case, d: &'a Discounted) -> Result<Acting<'a>, Skip> {
        let known = Known::new(case)?;
        let (hidden, of_state) = hidden_states(&known, &d.mdp);
        let size = hidden.len() * known.sight.nodes() as usize;
        Skip::beyond(size, MOST, "hidden states times nodes")?;
        let mut chain = Acting {
            known,
            mdp: &d.mdp,
            gamma: d.gamma,
            hidden,
            of_state,
            v: DVector::zeros(size),
            visits: DVector::zeros(size),
        };
        chain.solve()?;
        Ok(chain)
    }

    fn index(&self, hidden: usize, node: u32) -> usize {
        hidden * self.known.sight.nodes() as usize + node as usize
    }

    fn nodes(&self) -> std::ops::Range<u32> {
        0..self.known.sight.nodes()
    }

    /// The pair of a hidden state in which a node does an action, and the parameter of that.
    fn choices(&self, hidden: usize, node: u32) -> impl Iterator<Item = (usize, usize)> + '_ {
        let state = self.hidden[hidden];
        self.known.space.pairs_of(state).filter_map(move |pair| {
            let (action, to) = self.known.sight.split(self.known.space.action_of(pair));
            let k = self.known.acting(state, node, action)?;
            (to == node).then_some((pair, k))
        })
    }

    /// Where a state of the model goes on to, with what probability.
    fn entries(&self, state: usize) -> impl Iterator<Item = (usize, u32, f64)> + '_ {
        let hidden = self.of_state[state];
        let to =
            move |node| hidden.map(|h| (self.index(h, node), node, self.known.go(state, node)));
        self.nodes().filter_map(to)
    }

    fn solve(&mut self) -> Result<(), Skip> {
        let size = self.v.len();
        let mut matrix = DMatrix::<f64>::identity(size, size);
        let mut paid = DVector::zeros(size);
        for hidden in 0..self.hidden.len() {
            for node in self.nodes() {
                let row = self.index(hidden, node);
                for (pair, k) in self.choices(hidden, node) {
                    let alpha = self.known.chance[k];
                    paid[row] += alpha * self.mdp.r()[pair];
                    for outcome in self.mdp.outcomes(pair) {
                        for (to, _, eta) in self.entries(outcome.next) {
                            matrix[(row, to)] -= self.gamma * alpha * outcome.probability * eta;
                        }
                    }
                }
            }
        }
        let mut first = DVector::zeros(size);
        for (state, rho) in self.mdp.initial().iter().enumerate() {
            self.entries(state)
                .for_each(|(to, _, iota)| first[to] += rho * iota);
        }
        let lost = || Skip::new("the chain of the nodes is singular in floating point");
        let turned = matrix.transpose().lu();
        self.v = matrix.lu().solve(&paid).ok_or_else(lost)?;
        self.visits = turned.solve(&first).ok_or_else(lost)?;
        Ok(())
    }

    fn value(&self) -> f64 {
        let initial = self.mdp.initial().iter().enumerate();
        let worth = |state| self.entries(state).map(|(to, _, iota)| iota * self.v[to]);
        initial
            .map(|(state, rho)| rho * worth(state).sum::<f64>())
            .sum()
    }

    /// ∂J/∂p \[d\].
    fn slopes(&self) -> Vec<f64> {
        let mut slopes = vec![0.0; self.known.chance.len()];
        let add = |slopes: &mut Vec<f64>, state: usize, weight: f64| {
            for (to, node, _) in self.entries(state) {
                if let Some(k) = self.known.going(state, node) {
                    slopes[k] += weight * self.v[to];
                }
            }
        };
        for (state, rho) in self.mdp.initial().iter().enumerate() {
            add(&mut slopes, state, *rho);
        }
        for hidden in 0..self.hidden.len() {
            for node in self.nodes() {
                let visits = self.visits[self.index(hidden, node)];
                for (pair, k) in self.choices(hidden, node) {
                    let mut q = self.mdp.r()[pair];
                    for outcome in self.mdp.outcomes(pair) {
                        let next = self.entries(outcome.next);
                        let next: f64 = next.map(|(to, _, eta)| eta * self.v[to]).sum();
                        q += self.gamma * outcome.probability * next;
                        let weight = visits * self.known.chance[k] * self.gamma;
                        add(&mut slopes, outcome.next, weight * outcome.probability);
                    }
                    slopes[k] += visits * q;
                }
            }
        }
        slopes
    }
}

/// States of the model from which the same choices lead to the same are one hidden state.
fn hidden_states(known: &Known<'_>, mdp: &Mdp) -> (Vec<usize>, Vec<Option<usize>>) {
    let on_seen = known.family.specification().acts_on_seen;
    let mut met: HashMap<Rows, usize> = HashMap::new();
    let (mut hidden, mut of_state) = (Vec::new(), Vec::with_capacity(mdp.states()));
    for state in 0..mdp.states() {
        if known.space.is_terminal(state) {
            of_state.push(None);
            continue;
        }
        let seen = if on_seen {
            known.sight.situations()[state].0
        } else {
            0
        };
        let mut rows = Vec::new();
        for pair in known.space.pairs_of(state) {
            let action = known.space.action_of(pair);
            let outcomes = mdp.outcomes(pair);
            rows.extend(
                outcomes.map(|o| (action, o.next, o.probability.to_bits(), o.reward.to_bits())),
            );
        }
        rows.sort_unstable();
        let next = hidden.len();
        let own = *met.entry((seen, rows)).or_insert(next);
        if own == next {
            hidden.push(state);
        }
        of_state.push(Some(own));
    }
    (hidden, of_state)
}

fn chain_value(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let chain = Acting::new(case, d)?;
    let size = d.reward_scale() + largest(chain.v.as_slice());
    let tolerance = 4.0 * d.tolerance(1);
    Ok(Sides::equal(
        &[d.evaluation.j],
        &[chain.value()],
        size,
        tolerance,
    ))
}

fn chain_gradient(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let chain = Acting::new(case, d)?;
    let right = chain.known.by_parameters(&chain.slopes());
    let size = gradient_scale(case, d, &[1.0]) + d.mass() * largest(&d.evaluation.q);
    Ok(Sides::equal(
        &d.gradient,
        &right,
        size,
        4.0 * d.tolerance(1),
    ))
}
