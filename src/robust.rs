//! Transition probabilities that are known only within sets: robust and optimistic values (Iyengar 2005; Nilim &
//! El Ghaoui 2005; theory, 7.11).
//!
//! ```text
//! (Tv)(s) = maxₐ min_{p ∈ U(s,a)} Σ p(s') (r(s, a, s') + γ v(s'))        |v − v*|∞ ≤ |Tv − v|∞ / (1 − γ)
//! ```
//!
//! Every pair has a set U(s, a) of its own, and nature chooses in each anew: rectangular sets. They are
//! polytopes of distributions over the outcomes that the model has, so that nature needs their corners
//! alone, which sorting the outcomes finds. Where the corners are finitely many, the strategy iteration
//! of Hoffman & Karp (1966) ends, over fractions with exact values.

mod sets;

use std::sync::Arc;

pub use self::sets::Norm;
use self::sets::Row;

use crate::chain::Dynamics;
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Csr, Solvable, SolverOptions, largest};
use crate::mdp::{Criterion, Intervals, Mdp};
use crate::policy::Policy;

/// Whom nature is for when it chooses p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It makes values small: robust values.
    Adverse,
    /// It makes them large: optimistic values.
    Kind,
}

/// Up to so many states linear systems are solved for each strategy, in floating point too.
const MODERATE: usize = 2_000;
/// Most sweeps of value iteration, and most strategies.
const ITERATIONS: usize = 100_000;

/// A model with a set of distributions for each pair.
#[derive(Clone, Debug)]
pub struct Uncertain<F: Solvable = f64> {
    mdp: Arc<Mdp<F>>,
    rows: Vec<Row<F>>,
}

/// Values, a policy and what nature does about it.
#[derive(Clone, Debug)]
pub struct Robust<F: Solvable = f64> {
    /// v(s) \[S\], in units of reward.
    pub v: Vec<F>,
    /// q(s, a) \[SA\], of the p that nature chooses there.
    pub q: Vec<F>,
    /// An optimal deterministic policy, or that which was given.
    pub policy: Policy<F>,
    /// The p that nature chooses [SA, S].
    pub kernel: Csr<F>,
    /// ρ₀ v.
    pub j: F,
    /// Strategies tried, or sweeps made.
    pub iterations: usize,
    /// |v − v*|∞ is at most this, rounding included; 0 over fractions.
    pub error_bound: f64,
}

impl<F: Solvable> Uncertain<F> {
    /// All p within a distance of the model's own, in a norm, over the outcomes that the model has.
    ///
    /// # Errors
    /// [`Error::Argument`] if the radius is negative.
    pub fn within(mdp: Arc<Mdp<F>>, norm: Norm, radius: &F) -> Result<Uncertain<F>, Error> {
        if *radius < F::zero() {
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

    /// All p within intervals; the pairs that have none keep their p.
    pub fn between(mdp: Arc<Mdp<F>>, intervals: &Intervals) -> Uncertain<F> {
        let row = |pair: usize| {
            let row = Row::new(&mdp, pair);
            match intervals.of(pair) {
                Some(ends) => row.between(ends),
                None => row.within(Norm::Max, &F::zero()),
            }
        };
        Uncertain {
            rows: (0..mdp.pairs()).map(row).collect(),
            mdp,
        }
    }

    /// The values that nature leaves, of the best policy or of a given one.
    ///
    /// # Errors
    /// [`Error::Criterion`] unless the reward is discounted, and where a linear system is not solved.
    ///
    /// ```
    /// use exact_mdp::linalg::SolverOptions;
    /// use exact_mdp::model::Model;
    /// use exact_mdp::number::Rational;
    /// use exact_mdp::robust::{Nature, Norm, Uncertain};
    ///
    /// let mdp = Model::load("mdps/two-state.yaml".as_ref())?.exact_mdp()?;
    /// let tenth = Rational::ONE / Rational::from(10);
    /// let sets = Uncertain::within(mdp.into(), Norm::Max, &tenth)?;
    /// let worst = sets.solve(Nature::Adverse, None, &SolverOptions::default())?;
    /// // heating may fail twice as often: v(cold) = 9/10 (8/10 · 10 + 2/10 v(cold))
    /// assert_eq!(worst.v[0], Rational::from(360) / Rational::from(41));
    /// assert_eq!(worst.error_bound, 0.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn solve(
        &self,
        nature: Nature,
        given: Option<&Policy<F>>,
        options: &SolverOptions,
    ) -> Result<Robust<F>, Error> {
        if !matches!(self.mdp.criterion(), Criterion::Discounted { .. }) {
            return Err(Error::Criterion {
                needed: "discounted",
                found: self.mdp.criterion().kind(),
            });
        }
        let given = given.map(Policy::probabilities);
        let (v, iterations) = if F::EXACT || self.mdp.states() <= MODERATE {
            self.strategies(nature, given, options)?
        } else {
            self.sweeps(nature, given)
        };
        Ok(self.finished(nature, given, v, iterations))
    }

    /// Tv − v \[S\], of the best policy or of a given one: |v − v*|∞ is at most the largest of them over 1 − γ.
    pub fn residual(&self, nature: Nature, given: Option<&[F]>, v: &[F]) -> Vec<F> {
        let (q, _) = self.against(nature, v);
        let next = self.backed_up(&q, given);
        next.into_iter().zip(v).map(|(next, v)| next - v).collect()
    }

    fn finished(
        &self,
        nature: Nature,
        given: Option<&[F]>,
        v: Vec<F>,
        iterations: usize,
    ) -> Robust<F> {
        let (q, kernel) = self.against(nature, &v);
        let pi = given.map_or_else(|| self.greedy(&q), <[F]>::to_vec);
        let change = self.backed_up(&q, given);
        let change = change
            .into_iter()
            .zip(&v)
            .map(|(next, v)| (next - v).abs().to_f64());
        let change = change.fold(0.0, f64::max) + self.rounding(&v);
        let rest = self.mdp.discount_complement().to_f64();
        let rows = kernel.iter().zip(&self.rows).map(|(p, row)| row.entries(p));
        Robust {
            j: dot(self.mdp.initial(), &v),
            policy: Policy::on_simplex(self.mdp.space(), pi),
            kernel: Csr::from_rows(self.mdp.states(), rows),
            error_bound: change / rest,
            v,
            q,
            iterations,
        }
    }

    /// What rounding may do to an entry of Tv, the rounding of the model's numbers included.
    fn rounding(&self, v: &[F]) -> f64 {
        if F::EXACT {
            return 0.0;
        }
        let most = self.rows.iter().map(Row::len).max().unwrap_or(0);
        let size = largest(v)
            + self
                .rows
                .iter()
                .map(Row::largest_reward)
                .fold(0.0, f64::max);
        8.0 * (most + 4) as f64 * f64::EPSILON * size
    }

    /// q(s, a) and the p of nature, everywhere.
    fn against(&self, nature: Nature, v: &[F]) -> (Vec<F>, Vec<Vec<F>>) {
        let gamma = self.mdp.discount();
        let one = |row: &Row<F>| {
            let worth = row.worth(&gamma, v);
            let p = row.corner(&worth, nature);
            (dot(&p, &worth), p)
        };
        self.rows.iter().map(one).unzip()
    }

    /// maxₐ q, or πq \[S\].
    fn backed_up(&self, q: &[F], given: Option<&[F]>) -> Vec<F> {
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
    fn greedy(&self, q: &[F]) -> Vec<F> {
        let mut pi = vec![F::zero(); q.len()];
        for state in 0..self.mdp.states() {
            let pairs = self.mdp.space().pairs_of(state);
            if let Some(best) = pairs.reduce(|x, y| if q[y] > q[x] { y } else { x }) {
                pi[best] = F::one();
            }
        }
        pi
    }

    /// Policies and what nature does about each, until neither can do better (Hoffman & Karp 1966).
    fn strategies(
        &self,
        nature: Nature,
        given: Option<&[F]>,
        options: &SolverOptions,
    ) -> Result<(Vec<F>, usize), Error> {
        let mut kernel: Vec<Vec<F>> = self.rows.iter().map(|row| row.nominal().to_vec()).collect();
        let mut pi = given.map_or_else(|| self.greedy(self.mdp.r()), <[F]>::to_vec);
        let mut iterations = 0;
        loop {
            let mut v = self.evaluate(&pi, &kernel, options)?;
            iterations += 1;
            while iterations < ITERATIONS && self.respond(nature, &pi, &v, &mut kernel) {
                v = self.evaluate(&pi, &kernel, options)?;
                iterations += 1;
            }
            if given.is_some() || iterations >= ITERATIONS {
                return Ok((v, iterations));
            }
            let (q, response) = self.against(nature, &v);
            let mut improved = false;
            let margin = self.margin(&v);
            for state in 0..self.mdp.states() {
                let pairs = self.mdp.space().pairs_of(state);
                let Some(best) = pairs.clone().reduce(|x, y| if q[y] > q[x] { y } else { x })
                else {
                    continue;
                };
                let own = pairs
                    .clone()
                    .find(|&pair| !pi[pair].is_zero())
                    .unwrap_or(best);
                if q[best] > q[own].clone() + &margin {
                    pi[own] = F::zero();
                    pi[best] = F::one();
                    improved = true;
                }
            }
            if !improved {
                return Ok((v, iterations));
            }
            kernel = response;
        }
    }

    /// Gains that rounding may account for.
    fn margin(&self, v: &[F]) -> F {
        let margin = crate::number::Number::from_f64(self.rounding(v));
        margin.map_or_else(F::zero, |x| F::from_number(&x))
    }

    /// Nature's better corners at the pairs that a policy takes; whether there were any.
    fn respond(&self, nature: Nature, pi: &[F], v: &[F], kernel: &mut [Vec<F>]) -> bool {
        let (gamma, margin) = (self.mdp.discount(), self.margin(v));
        let mut changed = false;
        for (pair, row) in self.rows.iter().enumerate() {
            if pi[pair].is_zero() {
                continue;
            }
            let worth = row.worth(&gamma, v);
            let corner = row.corner(&worth, nature);
            let (now, then) = (dot(&kernel[pair], &worth), dot(&corner, &worth));
            let better = match nature {
                Nature::Adverse => then + &margin < now,
                Nature::Kind => then > now + &margin,
            };
            if better {
                kernel[pair] = corner;
                changed = true;
            }
        }
        changed
    }

    /// v of a policy under a kernel.
    fn evaluate(
        &self,
        pi: &[F],
        kernel: &[Vec<F>],
        options: &SolverOptions,
    ) -> Result<Vec<F>, Error> {
        let space = self.mdp.space();
        let mut p = Csr::empty(space.states());
        let mut r = Vec::with_capacity(space.states());
        for state in 0..space.states() {
            let mut row = Vec::new();
            let mut reward = F::zero();
            for pair in space.pairs_of(state).filter(|&pair| !pi[pair].is_zero()) {
                reward += pi[pair].clone() * &self.rows[pair].reward(&kernel[pair]);
                let entries = self.rows[pair].entries(&kernel[pair]).into_iter();
                let alive = entries.filter(|(next, _)| !space.is_terminal(*next));
                row.extend(alive.map(|(next, x)| (next, x * &pi[pair])));
            }
            p.push_row(&mut row);
            r.push(reward);
        }
        let initial = self.mdp.initial().to_vec();
        let dynamics = Dynamics::from_parts(space, p, r.clone(), initial, None);
        let resolvent = dynamics.resolvent(&self.mdp.discount(), options)?;
        Ok(resolvent.solve(&r)?.x)
    }

    /// Value iteration until the change is a matter of rounding.
    fn sweeps(&self, nature: Nature, given: Option<&[F]>) -> (Vec<F>, usize) {
        let mut v = vec![F::zero(); self.mdp.states()];
        for iteration in 1..=ITERATIONS {
            let (q, _) = self.against(nature, &v);
            let next = self.backed_up(&q, given);
            let change = next
                .iter()
                .zip(&v)
                .map(|(x, y)| (x.clone() - y).abs().to_f64());
            let change = change.fold(0.0, f64::max);
            v = next;
            if change <= self.rounding(&v) {
                return (v, iteration);
            }
        }
        (v, ITERATIONS)
    }
}
