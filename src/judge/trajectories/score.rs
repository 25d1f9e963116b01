//! ∇log π of every step of given trajectories, right and as people get it wrong.

use std::rc::Rc;

use crate::judge::bench::Bench;
use crate::judge::mistake;
use crate::judge::recipe::Score;
use crate::linalg::Csr;
use crate::reference::Fixtures;

/// A pair for each step; `None` where there is no such pair, whose score counts as 0.
type Pairs = Vec<Vec<Option<usize>>>;

/// One way to take the score of every step.
#[derive(Clone)]
pub(super) struct Scored {
    /// The mistake's name; `None` for the right score.
    pub name: Option<&'static str>,
    /// What is done.
    pub says: String,
    /// Scores [SA, d].
    table: Rc<Csr<f64>>,
    /// Whose score a step takes.
    pairs: Rc<Pairs>,
    factor: f64,
}

impl Scored {
    /// Σₜ wᵗ Ψₜ ψₜ of trajectory i \[d\].
    pub fn sum(&self, i: usize, psi: &[f64], weight: f64) -> Vec<f64> {
        let mut sum = vec![0.0; self.table.columns()];
        let mut power = self.factor;
        for (pair, psi) in self.pairs[i].iter().zip(psi) {
            if let Some(pair) = *pair {
                let row = self.table.row(pair);
                row.for_each(|(k, x)| sum[k] += power * psi * x);
            }
            power *= weight;
        }
        sum
    }
}

impl Scored {
    /// ∇H(π(·|Sₜ)) = −Σ_a π log π ∇log π in the place of every score, each times `share`.
    pub fn of_entropy(bench: &Bench, fixtures: &Fixtures, share: f64) -> Scored {
        let (space, pi) = (bench.mdp.space(), bench.policy.probabilities());
        let (scores, logs) = (bench.policy.scores().rows, bench.policy.log_probabilities());
        let row = |state: usize| {
            let pairs = space.pairs_of(state).filter(|&pair| pi[pair] > 0.0);
            let part = |pair: usize| {
                let factor = -pi[pair] * logs[pair].unwrap_or(0.0);
                scores.row(pair).map(move |(k, x)| (k, factor * x))
            };
            pairs.flat_map(part).collect::<Vec<_>>()
        };
        let table = Csr::from_rows(bench.policy.parameters(), (0..space.states()).map(row));
        let pairs = fixtures.actions.iter().zip(&fixtures.states);
        let pairs = pairs.map(|(actions, states)| {
            let states = states.iter().take(actions.len());
            states.map(|state| Some(*state)).collect()
        });
        Scored {
            name: None,
            says: String::new(),
            table: Rc::new(table),
            pairs: Rc::new(pairs.collect()),
            factor: share,
        }
    }
}

/// Which pair each step is of, right and wrong.
pub(super) struct Looked<'a> {
    bench: &'a Bench<'a>,
    /// S₀, S₁, …, one more than there are steps.
    states: &'a [Vec<usize>],
    actions: &'a [Vec<usize>],
}

impl<'a> Looked<'a> {
    pub fn new(bench: &'a Bench<'a>, fixtures: &'a Fixtures) -> Looked<'a> {
        Looked {
            bench,
            states: &fixtures.states,
            actions: &fixtures.actions,
        }
    }

    fn pair(&self, state: Option<&usize>, action: Option<&usize>) -> Option<usize> {
        let space = self.bench.mdp.space();
        let alive = state.filter(|s| **s < space.states());
        alive.and_then(|s| space.pair(*s, *action?))
    }

    fn each(&self, of: impl Fn(usize, usize) -> Option<usize>) -> Pairs {
        let trajectories = self.actions.iter().enumerate();
        trajectories
            .map(|(i, row)| (0..row.len()).map(|t| of(i, t)).collect())
            .collect()
    }

    /// (Sₜ, Aₜ).
    pub fn own(&self) -> Pairs {
        self.each(|i, t| self.pair(self.states[i].get(t), self.actions[i].get(t)))
    }

    /// Pairs that people take in its place, by the name of the mistake.
    pub fn wrong(&self) -> Vec<(&'static str, Pairs)> {
        let space = self.bench.mdp.space();
        let reversed = |i: usize, t: usize| {
            let state = *self.states[i].get(t)?;
            let own = self.pair(Some(&state), self.actions[i].get(t))?;
            let pairs = space.pairs_of(state);
            Some(pairs.start + pairs.end - 1 - own)
        };
        let state = |i: usize, t: usize| self.states[i].get(t);
        let action = |i: usize, t: usize| self.actions[i].get(t);
        let next = |i, t| self.pair(state(i, t + 1), action(i, t));
        let later = |i, t| self.pair(state(i, t), action(i, t + 1));
        let earlier = |i, t: usize| self.pair(state(i, t), action(i, t.checked_sub(1)?));
        vec![
            ("score-of-next", self.each(next)),
            ("action-reversed", self.each(reversed)),
            ("action-shifted", self.each(later)),
            ("action-shifted", self.each(earlier)),
        ]
    }
}

/// The right score, and behind it the wrong ones, each times `share`.
pub(super) fn scores(bench: &Bench, fixtures: &Fixtures, share: f64) -> Vec<Scored> {
    let looked = Looked::new(bench, fixtures);
    let own = Rc::new(looked.own());
    let right = Scored {
        name: None,
        says: String::new(),
        table: Rc::new(bench.policy.scores().rows),
        pairs: Rc::clone(&own),
        factor: share,
    };
    let of = |name: &'static str, detail: &str| Scored {
        name: Some(name),
        says: format!("{}{detail}", mistake::says(name)),
        ..right.clone()
    };
    let mut all = Vec::new();
    if let Some(table) = without_mean(bench, &own) {
        let table = Rc::new(table);
        all.push(Scored {
            table,
            ..of("score-without-mean", "")
        });
    }
    if let Ok(Some((policy, temperature))) = bench.at_temperature_one() {
        let name = "temperature-forgotten";
        all.push(Scored {
            factor: share * temperature,
            ..of(name, " (the factor alone)")
        });
        let table = Rc::new(policy.scores().rows);
        let cold = Scored {
            table,
            ..of(name, " (π of the score at τ = 1)")
        };
        let detail = " (π of the score at τ = 1, with the factor 1/τ)";
        all.push(Scored {
            says: format!("{}{detail}", mistake::says(name)),
            factor: share / temperature,
            ..cold.clone()
        });
        all.push(cold);
    }
    all.extend(looked.wrong().into_iter().map(|(name, pairs)| Scored {
        pairs: Rc::new(pairs),
        ..of(name, "")
    }));
    all.insert(0, right);
    all
}

/// The score [SA, d] of the pairs that are taken without what normalises π; `None` where that has no
/// meaning.
fn without_mean(bench: &Bench, taken: &Pairs) -> Option<Csr<f64>> {
    let pi = bench.policy.probabilities();
    let mut is_taken = vec![false; pi.len()];
    let pairs = taken.iter().flatten().flatten();
    pairs.for_each(|&pair| is_taken[pair] = true);
    let mut weights = vec![0.0; pi.len()];
    let mut rows = vec![Vec::new(); pi.len()];
    for (pair, row) in rows.iter_mut().enumerate() {
        if !is_taken[pair] || pi[pair] <= 0.0 {
            continue;
        }
        weights[pair] = 1.0 / pi[pair];
        let score = bench.scored(Score::WithoutMean, &weights)?;
        weights[pair] = 0.0;
        let entries = score.into_iter().enumerate();
        row.extend(entries.filter(|(_, x)| *x != 0.0));
    }
    Some(Csr::from_rows(bench.policy.parameters(), rows))
}
