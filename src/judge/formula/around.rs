//! A solved policy, and what people solve in its place.

use std::sync::Arc;

use super::page::Page;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::solved::Solved;

/// A solved policy, and the same under what people put in its place.
pub(super) struct Around<'a> {
    pub at: &'a Solved,
    /// Another discount or horizon, or all actions alike, by name.
    pub others: Vec<(&'static str, Solved)>,
}

impl<'a> Around<'a> {
    /// With other discounts and horizons, and all actions alike, where these have answers.
    pub(super) fn new(at: &'a Solved) -> Around<'a> {
        let mut others = Vec::new();
        for (name, criterion) in criteria(at.mdp()) {
            let mdp = at.mdp().as_ref().clone().under(criterion);
            others.extend(again(at, mdp).map(|solved| (name, solved)));
        }
        let uniform = Arc::new(Policy::uniform(at.mdp().space()));
        let uniform = Solved::by(Arc::clone(at.mdp()), uniform, at.options().clone());
        others.extend(uniform.ok().map(|solved| ("policy-uniform", solved)));
        Around { at, others }
    }

    /// The array of each of the others.
    pub(super) fn each(&self, page: &mut Page, of: impl Fn(&Solved) -> Option<Vec<f64>>) {
        for (name, solved) in &self.others {
            page.add(name, of(solved));
        }
    }

    /// This policy from a uniform start, at t = 0 where a horizon is unrolled.
    pub(super) fn started_everywhere(&self) -> Option<Solved> {
        let space = self.at.mdp().space();
        let once = space.states_at_once();
        let alive = |s: usize| f64::from(s < once && !space.is_terminal(s));
        let count: f64 = (0..space.states()).map(alive).sum();
        let initial = (0..space.states()).map(|s| alive(s) / count).collect();
        let mdp = self.at.mdp().as_ref().clone().with_initial(initial).ok()?;
        again(self.at, mdp)
    }

    /// γ.
    pub(super) fn gamma(&self) -> f64 {
        self.at.mdp().discount()
    }

    /// f(s) of the state of each pair.
    pub(super) fn by_pair(&self, f: &[f64]) -> Vec<f64> {
        let space = self.at.mdp().space();
        (0..space.pairs())
            .map(|pair| f[space.state_of(pair)])
            .collect()
    }

    /// Σₐ f(s, a) w(s, a) of each state.
    pub(super) fn over_actions(&self, f: impl Fn(usize) -> f64) -> Vec<f64> {
        let space = self.at.mdp().space();
        let of = |s: usize| space.pairs_of(s).map(&f).sum();
        (0..space.states()).map(of).collect()
    }
}

/// This policy on another model, if it has an answer there.
pub(super) fn again(at: &Solved, mdp: Mdp) -> Option<Solved> {
    Solved::by(Arc::new(mdp), Arc::clone(at.policy()), at.options().clone()).ok()
}

/// Other criteria that are taken for that of a model.
fn criteria(mdp: &Mdp) -> Vec<(&'static str, Criterion)> {
    let own = mdp.criterion();
    let gamma = mdp.discount();
    match own {
        Criterion::Discounted { .. } => vec![
            ("values-undiscounted", Criterion::Total),
            (
                "values-twice-discounted",
                Criterion::Discounted {
                    discount: gamma * gamma,
                },
            ),
        ],
        Criterion::FiniteHorizon { horizon, .. } => {
            let with = |discount, horizon| Criterion::FiniteHorizon { discount, horizon };
            let mut all = vec![("horizon-off-by-one", with(gamma, horizon + 1))];
            all.extend((*horizon > 1).then(|| ("horizon-off-by-one", with(gamma, horizon - 1))));
            if gamma < 1.0 {
                all.push(("values-undiscounted", with(1.0, *horizon)));
                all.push(("values-twice-discounted", with(gamma * gamma, *horizon)));
                all.push((
                    "values-stationary",
                    Criterion::Discounted { discount: gamma },
                ));
            } else {
                all.push(("values-stationary", Criterion::Total));
            }
            all
        }
        Criterion::Total | Criterion::Average => Vec::new(),
    }
}
