//! What chance did in the data: how often each start, action, transition and reward came, tested against
//! the model and the policy.

use std::collections::BTreeMap;

use super::count::{Counts, GoodnessOfFit};
use super::data::Data;
use crate::mdp::Criterion;

impl Data<'_> {
    /// Whether chance chose as it should; each test has its share of the false-alarm rate.
    pub fn tests(&self, false_alarm: f64) -> Vec<GoodnessOfFit> {
        let of = [
            ("starts", self.start_counts()),
            ("actions", self.action_counts()),
            ("transitions", self.transition_counts()),
            (
                "rewards",
                if self.kinds.contains_key("reward") {
                    Vec::new()
                } else {
                    self.reward_counts()
                },
            ),
        ];
        let chance = |places: &[Counts]| places.iter().any(|place| place.cells.len() > 1);
        let of: Vec<_> = of
            .into_iter()
            .filter(|(_, places)| chance(places))
            .collect();
        let rate = false_alarm / of.len().max(1) as f64;
        let tests = of.into_iter();
        tests
            .map(|(name, places)| GoodnessOfFit::new(name, &places, rate))
            .collect()
    }

    /// None under the average reward, of which a run may begin in the long run.
    fn start_counts(&self) -> Vec<Counts> {
        if matches!(self.mdp.criterion(), Criterion::Average) {
            return Vec::new();
        }
        let initial = self.mdp.initial().iter().enumerate();
        let count = |s: usize| self.starts.get(&s).copied().unwrap_or(0);
        let cells = initial.filter(|(_, rho)| **rho > 0.0);
        vec![Counts {
            of: String::new(),
            cells: cells
                .map(|(s, rho)| (self.state(s), *rho, count(s)))
                .collect(),
        }]
    }

    pub(super) fn action_counts(&self) -> Vec<Counts> {
        let space = self.mdp.space();
        let mut states: Vec<usize> = self
            .taken
            .keys()
            .map(|&pair| space.state_of(pair))
            .collect();
        states.dedup();
        let pi = self.actor.probabilities();
        let cell = |pair: usize| {
            let count = self.taken.get(&pair).copied().unwrap_or(0);
            (self.action(space.action_of(pair)), pi[pair], count)
        };
        let of = |s: usize| Counts {
            of: self.state(s),
            cells: space
                .pairs_of(s)
                .filter(|&pair| pi[pair] > 0.0)
                .map(cell)
                .collect(),
        };
        states.into_iter().map(of).collect()
    }

    /// The outcomes of each pair that was taken: next state, reward, probability, count. Where
    /// steps into terminal states are not told, what is told of a pair that may end is no sample of
    /// its law, and the pair is left out.
    fn happened(&self) -> impl Iterator<Item = (usize, Vec<(usize, f64, f64, u64)>)> {
        let may_end = |pair: usize| {
            let mut outcomes = self.mdp.outcomes(pair);
            outcomes.any(|x| *x.probability > 0.0 && self.mdp.space().is_terminal(x.next))
        };
        let pairs = self.outcomes.iter();
        let told = pairs.filter(move |&(&pair, _)| !(self.ends_untold && may_end(pair)));
        told.map(|(&pair, counts)| {
            let outcomes = self.mdp.outcomes(pair).zip(counts);
            let outcomes = outcomes.filter(|(outcome, _)| *outcome.probability > 0.0);
            let each = outcomes.map(|(x, &n)| (x.next, *x.reward, *x.probability, n));
            (pair, each.collect())
        })
    }

    fn pair(&self, pair: usize) -> String {
        let (state, action) = self.mdp.space().pair_names(pair);
        format!("{state} –{action}")
    }

    fn transition_counts(&self) -> Vec<Counts> {
        let of = |(pair, outcomes): (usize, Vec<(usize, f64, f64, u64)>)| {
            let mut cells: BTreeMap<usize, (f64, u64)> = BTreeMap::new();
            for (next, _, probability, count) in outcomes {
                let cell = cells.entry(next).or_default();
                *cell = (cell.0 + probability, cell.1 + count);
            }
            let cells = cells.into_iter();
            Counts {
                of: self.pair(pair),
                cells: cells
                    .map(|(next, (p, n))| (self.state(next), p, n))
                    .collect(),
            }
        };
        self.happened().map(of).collect()
    }

    fn reward_counts(&self) -> Vec<Counts> {
        let mut all = Vec::new();
        for (pair, outcomes) in self.happened() {
            let mut by_next: BTreeMap<usize, Vec<(f64, f64, u64)>> = BTreeMap::new();
            for (next, reward, probability, count) in outcomes {
                by_next
                    .entry(next)
                    .or_default()
                    .push((reward, probability, count));
            }
            for (next, cells) in by_next.into_iter().filter(|(_, cells)| cells.len() > 1) {
                let whole: f64 = cells.iter().map(|(_, p, _)| p).sum();
                let cell = |(r, p, n): (f64, f64, u64)| (format!("reward {r}"), p / whole, n);
                all.push(Counts {
                    of: format!("{} → {}", self.pair(pair), self.state(next)),
                    cells: cells.into_iter().map(cell).collect(),
                });
            }
        }
        all
    }
}
