//! A model with a set of distributions for each pair, and one step of its operator T.

use std::sync::Arc;

use super::sets::{Nature, Row, UncertaintyNorm};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Csr, Solvable, largest};
use crate::mdp::{IntervalEnds, Intervals, Mdp, OFF_ONE};
use crate::policy::Policy;

/// A model with a set of distributions for each pair.
#[derive(Clone, Debug)]
pub struct Uncertain<F: Solvable = f64> {
    pub(super) mdp: Arc<Mdp<F>>,
    pub(super) rows: Vec<Row<F>>,
}

/// Values that are numbers; errors with [`Error::Overflow`] where one is not.
pub(super) fn check_values<F: Solvable>(v: Vec<F>) -> Result<Vec<F>, Error> {
    let is_finite = |x: &F| F::EXACT || x.to_f64().is_finite();
    if v.iter().all(is_finite) {
        Ok(v)
    } else {
        Err(Error::Overflow {
            quantity: "a value within the sets",
        })
    }
}

/// Errors with [`Error::Argument`] unless each row of intervals is of a pair of the model, of all states to which it leads,
/// and holds the probability that the model has.
fn check_intervals<F: Solvable>(mdp: &Mdp<F>, intervals: &Intervals) -> Result<(), Error> {
    // a row is rounded when it is made to sum to 1
    let is_own = |pair: usize, ends: &[IntervalEnds]| {
        let p = mdp.p().row(pair);
        p.len() == ends.len()
            && p.zip(ends).all(|((next, p), (to, low, high))| {
                let low = F::from_number(low).to_f64() - OFF_ONE;
                let high = F::from_number(high).to_f64() + OFF_ONE;
                next == *to && (low..=high).contains(&p.to_f64())
            })
    };
    let mut rows = intervals.rows().iter();
    match rows.find(|(pair, ends)| *pair >= mdp.pairs() || !is_own(*pair, ends)) {
        None => Ok(()),
        Some((pair, _)) => Err(Error::Argument {
            name: "a row of intervals",
            found: format!("one of pair {pair} that is not of this model"),
            expected: "the intervals of the model",
        }),
    }
}

impl<F: Solvable> Uncertain<F> {
    /// All p within a distance of the model's own, in a norm, over the outcomes that the model has.
    ///
    /// # Errors
    /// [`Error::Argument`] unless the radius is a number from 0 on.
    pub fn within(
        mdp: Arc<Mdp<F>>,
        norm: UncertaintyNorm,
        radius: &F,
    ) -> Result<Uncertain<F>, Error> {
        if *radius < F::zero() || radius.to_f64().is_nan() {
            return Err(Error::Argument {
                name: "radius",
                found: radius.to_f64().to_string(),
                expected: "a number from 0 on",
            });
        }
        let rows = (0..mdp.pairs()).map(|pair| Row::new(&mdp, pair).within(norm, radius));
        Ok(Uncertain {
            rows: rows.collect(),
            mdp,
        })
    }

    /// All p within intervals of the model's own; the pairs that have none keep their p.
    ///
    /// # Errors
    /// [`Error::Argument`] for intervals of another model.
    pub fn between(mdp: Arc<Mdp<F>>, intervals: &Intervals) -> Result<Uncertain<F>, Error> {
        check_intervals(&mdp, intervals)?;
        let row = |pair: usize| {
            let row = Row::new(&mdp, pair);
            match intervals.of(pair) {
                Some(ends) => row.between(ends),
                None => row.within(UncertaintyNorm::Max, &F::zero()),
            }
        };
        Ok(Uncertain {
            rows: (0..mdp.pairs()).map(row).collect(),
            mdp,
        })
    }

    /// The model around which the sets lie.
    pub fn mdp(&self) -> &Arc<Mdp<F>> {
        &self.mdp
    }

    /// Tv − v \[S\], of the best policy or of a given one: |v − v*|∞ is at most the largest of them over 1 − γ.
    ///
    /// # Errors
    /// [`Error::OtherSpace`] for a policy of another model, [`Error::Length`] and [`Error::Argument`] unless there is a finite value for each
    /// state.
    pub fn residual(
        &self,
        nature: Nature,
        given: Option<&Policy<F>>,
        v: &[F],
    ) -> Result<Vec<F>, Error> {
        given.map_or(Ok(()), |policy| Error::check_space(&self.mdp, policy))?;
        Error::check_numbers("table of values", self.mdp.states(), v)?;
        let next = self.stepped(nature, given.map(Policy::probabilities), v);
        let left = next.into_iter().zip(v).map(|(next, v)| next - v);
        check_values(left.collect())
    }

    /// Tv \[S\].
    pub(super) fn stepped(&self, nature: Nature, given: Option<&[F]>, v: &[F]) -> Vec<F> {
        let (q, _) = self.against(nature, v);
        self.backed_up(&q, given)
    }

    /// Nature's p as a matrix [SA, S].
    pub(super) fn written(&self, kernel: &[Vec<F>]) -> Csr<F> {
        let rows = kernel.iter().zip(&self.rows).map(|(p, row)| row.entries(p));
        Csr::from_rows(self.mdp.states(), rows)
    }

    /// What rounding may do to an entry of Tv, the rounding of the model's numbers included, beside other numbers
    /// of some size.
    pub(super) fn rounding(&self, v: &[F], beside: f64) -> f64 {
        if F::EXACT {
            return 0.0;
        }
        let most = self.rows.iter().map(Row::len).max().unwrap_or(0);
        let rewards = self.rows.iter().map(Row::largest_reward);
        let size = largest(v) + beside + rewards.fold(0.0, f64::max);
        8.0 * (most + 4) as f64 * f64::EPSILON * size
    }

    /// q(s, a) and the p of nature, everywhere.
    pub(super) fn against(&self, nature: Nature, v: &[F]) -> (Vec<F>, Vec<Vec<F>>) {
        let gamma = self.mdp.discount();
        let one = |row: &Row<F>| {
            let worth = row.worth(&gamma, |next| v[next].clone());
            let p = row.corner(&worth, nature);
            (dot(&p, &worth), p)
        };
        self.rows.iter().map(one).unzip()
    }

    /// maxₐ q, or πq \[S\].
    pub(super) fn backed_up(&self, q: &[F], given: Option<&[F]>) -> Vec<F> {
        let space = self.mdp.space();
        let state = |s: usize| {
            let pairs = space.pairs_of(s);
            match given {
                Some(pi) => dot(&pi[pairs.clone()], &q[pairs]),
                None => {
                    let best = q[pairs].iter().reduce(|x, y| if y > x { y } else { x });
                    best.cloned().unwrap_or_else(F::zero)
                }
            }
        };
        (0..space.states()).map(state).collect()
    }

    /// The deterministic policy of the largest q, the first where several are.
    pub(super) fn greedy(&self, q: &[F]) -> Vec<F> {
        let mut pi = vec![F::zero(); q.len()];
        for state in 0..self.mdp.states() {
            let pairs = self.mdp.space().pairs_of(state);
            if let Some(best) = pairs.reduce(|x, y| if q[y] > q[x] { y } else { x }) {
                pi[best] = F::one();
            }
        }
        pi
    }
}
