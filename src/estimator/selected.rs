//! Entries of resolvents from a state to its successors, a panel of states at a time.
//!
//! ```text
//! N_c[s', s]    N_cg[s', s]    c (N_cg P_ζ N_c)[s', s]        s → s'
//! ```
//!
//! Where there are few states the two inverses are formed once, for all estimators that share a
//! discount, and the product is worked out at these entries alone: a sparse product and one inner
//! product for each entry. With more states, columns are solved for, a panel at a time, so that
//! memory grows with the number of states and not with its square.

use std::ops::Range;
use std::sync::Arc;

use super::conditional::{View, each_step, own_weight};
use super::process::{Order, Process};
use super::rows::{LANES, Rows};
use crate::error::Error;
use crate::linalg::{Csr, Solvable};

/// Up to this many states inverses are formed: 33 MB each.
const INVERTED: usize = 2048;
/// States of a panel where inverses are there.
const NARROW: usize = LANES;
/// States of a panel that is solved for; a choice, of which no measurement is kept.
const WIDE: usize = 64;

/// N_c and N_cg of a recursion of one sum and at most one return.
pub(super) struct Resolvents<'a, F: Solvable> {
    process: &'a Process<F>,
    c: F,
    /// cg and c P_ζ, if there is a return.
    joint: Option<(F, Csr<F>)>,
    inverses: Option<Inverses<F>>,
}

/// N_c and, if there is a return, N_cg; row by row.
struct Inverses<F> {
    gain: Arc<Rows<F>>,
    joint: Option<Arc<Rows<F>>>,
}

/// One entry of each.
pub(super) struct Entry<F> {
    /// N_c.
    pub gain: F,
    /// N_cg and c N_cg P_ζ N_c.
    pub joint: Option<(F, F)>,
}

/// What the entries of some states are read from.
pub(super) struct Panel<F> {
    /// The first of the states; columns that are not those of all states count from it.
    first: usize,
    columns: Columns<F>,
}

enum Columns<F> {
    /// N_c, and N_cg and c N_cg P_ζ N_c, each [S][width].
    Solved(Rows<F>, Option<(Rows<F>, Rows<F>)>),
    /// N_c, and N_cg and the columns [width][S] of c P_ζ N_c.
    Inverted(Arc<Rows<F>>, Option<(Arc<Rows<F>>, Rows<F>)>),
}

/// The entries of one state, by successor.
pub(super) struct Successors<F>(Vec<(usize, Entry<F>)>);

impl<'a, F: Solvable> Resolvents<'a, F> {
    /// Errors if a system is singular.
    pub fn new(view: View<'a, F>) -> Result<Resolvents<'a, F>, Error> {
        Resolvents::with(view, view.process.states() <= INVERTED)
    }

    /// With inverses, or by solving for columns.
    fn with(view: View<'a, F>, inverted: bool) -> Result<Resolvents<'a, F>, Error> {
        let View {
            process, recursion, ..
        } = view;
        let c = own_weight(recursion, 0);
        let scalar = recursion.scalars.first();
        let joint = scalar.map(|scalar| (c.clone() * &scalar.decay, rewarded(view, &c)));
        let inverses = inverted.then(|| {
            let joint = joint.as_ref();
            let of_joint = joint.map(|(cg, _)| process.inverse(Order::Second, cg));
            Ok::<_, Error>(Inverses {
                gain: process.inverse(Order::First, &c)?,
                joint: of_joint.transpose()?,
            })
        });
        Ok(Resolvents {
            process,
            c,
            joint,
            inverses: inverses.transpose()?,
        })
    }

    /// All states, a panel at a time.
    pub fn panels(&self) -> impl Iterator<Item = Range<usize>> + use<F> {
        let states = self.process.states();
        let width = match self.inverses {
            Some(_) => NARROW,
            None => WIDE,
        };
        let starts = (0..states).step_by(width);
        starts.map(move |first| first..states.min(first + width))
    }

    /// The columns of some states. Errors if a system is singular.
    pub fn panel(&self, states: Range<usize>) -> Result<Panel<F>, Error> {
        let first = states.start;
        if let Some(inverses) = &self.inverses {
            let joint = inverses.joint.as_ref().zip(self.joint.as_ref());
            let joint = joint.map(|(inverse, (_, rewarded))| {
                let passed = inverses.gain.product_columns(rewarded, states);
                (Arc::clone(inverse), passed)
            });
            let columns = Columns::Inverted(Arc::clone(&inverses.gain), joint);
            return Ok(Panel { first, columns });
        }
        let solve = |order, c, b| self.process.solve_columns(order, c, b);
        let unit = Rows::unit(self.process.states(), states);
        let gain = solve(Order::First, &self.c, unit.clone())?;
        let joint = self.joint.as_ref().map(|(cg, rewarded)| {
            let passed = solve(Order::Second, cg, gain.left(rewarded))?;
            Ok::<_, Error>((solve(Order::Second, cg, unit)?, passed))
        });
        let columns = Columns::Solved(gain, joint.transpose()?);
        Ok(Panel { first, columns })
    }
}

impl<F: Solvable> Panel<F> {
    /// The entries of a state of this panel.
    pub fn successors(&self, process: &Process<F>, state: usize) -> Successors<F> {
        let mut successors = Vec::new();
        process.each_step(Order::Second, state, |_, _, step| {
            successors.extend(step.next);
        });
        successors.sort_unstable();
        successors.dedup();
        let entries = successors.into_iter();
        Successors(
            entries
                .map(|next| (next, self.entry(next, state)))
                .collect(),
        )
    }

    fn entry(&self, next: usize, state: usize) -> Entry<F> {
        let own = state - self.first;
        match &self.columns {
            Columns::Solved(gain, joint) => {
                let at = |rows: &Rows<F>| rows.row(next)[own].clone();
                Entry {
                    gain: at(gain),
                    joint: joint
                        .as_ref()
                        .map(|(joint, passed)| (at(joint), at(passed))),
                }
            }
            Columns::Inverted(gain, joint) => {
                let at = |rows: &Rows<F>| rows.row(next)[state].clone();
                let joint = joint
                    .as_ref()
                    .map(|(joint, passed)| (at(joint), joint.inner_product(next, passed.row(own))));
                let gain = at(gain);
                Entry { gain, joint }
            }
        }
    }
}

impl<F> Successors<F> {
    /// The entry (s', s) of a successor s'.
    pub fn get(&self, next: usize) -> Option<&Entry<F>> {
        let at = self.0.binary_search_by_key(&next, |(next, _)| *next).ok()?;
        Some(&self.0[at].1)
    }
}

/// c P_ζ, [S, S].
fn rewarded<F: Solvable>(view: View<F>, c: &F) -> Csr<F> {
    let scalar = &view.recursion.scalars[0];
    let mut rows = vec![Vec::new(); view.process.states()];
    each_step(view, Order::Second, |state, pair, weight, step| {
        if let Some(next) = step.next {
            let zeta = scalar.signal.at(0, state, pair, step);
            rows[state].push((next, weight * &zeta * c));
        }
    });
    let mut matrix = Csr::empty(view.process.states());
    rows.iter_mut().for_each(|row| matrix.push_row(row));
    matrix
}

#[cfg(test)]
mod tests {
    use super::super::tests::examples::{number, options};
    use super::super::{Estimator, Experiment, Sampling};
    use super::*;
    use crate::estimator::recursion::Recursion;
    use crate::mdp::Criterion;
    use crate::number::Rational;
    use crate::policy::Policy;
    use crate::test_models::{random_mdp, ratio};

    /// Inverses and solved columns are two ways to the same fractions.
    #[test]
    fn both_ways_give_the_same_entries() {
        for seed in 0..4 {
            let discount = ratio(9, 10);
            let mdp = random_mdp(seed, Criterion::Discounted { discount });
            let policy: Policy<Rational> = Policy::uniform(mdp.space());
            let experiment = Experiment::new(&mdp, &policy, Sampling::Infinite, &options());
            let experiment = experiment.unwrap();
            let estimator = Estimator::gae(number(1, 2)).unwrap();
            let recursion = Recursion::new(&experiment.resolve(&estimator).unwrap());
            let view = View {
                process: experiment.process(),
                recursion: &recursion,
                time: 0,
            };
            let entries = |inverted| {
                let resolvents = Resolvents::with(view, inverted).unwrap();
                let of = |state| {
                    let panel = resolvents.panel(state..state + 1).unwrap();
                    let Successors(entries) = panel.successors(view.process, state);
                    entries
                        .into_iter()
                        .map(|(next, entry)| (next, entry.gain, entry.joint))
                        .collect::<Vec<_>>()
                };
                (0..mdp.states()).map(of).collect::<Vec<_>>()
            };
            assert_eq!(entries(true), entries(false), "seed {seed}");
        }
    }
}
