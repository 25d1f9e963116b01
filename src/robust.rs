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
//! of Hoffman & Karp (1966) ends, over fractions with exact values. Strategies are compared by advantages,
//!
//! ```text
//! A(s, a) = Σ p(s') (r(s, a, s') + γ (v(s') − v(s))) − (1 − γ Σ p) v(s)
//! ```
//!
//! differences of values with digits of their own, so that γ close to 1 hides none.
//!
//! Over a horizon T is applied as often as there are steps. At γ = 1 the total reward is known where every
//! policy ends under every p, or where every reward is below 0 and some policy ends under every p (Bertsekas
//! & Tsitsiklis 1991; Patek & Bertsekas 1999); the average reward where one state is reached from everywhere
//! under every policy and every p, which makes all chains unichain.

mod bound;
mod ends;
mod horizon;
mod sets;
mod strategies;

use std::sync::Arc;

pub(crate) use self::bound::{fraction, up};
use self::ends::Course;
use self::sets::Row;
pub use self::sets::UncertaintyNorm;
use self::strategies::Found;

use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Csr, MODERATE, Solvable, SolverOptions, largest};
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

/// A model with a set of distributions for each pair.
#[derive(Clone, Debug)]
pub struct Uncertain<F: Solvable = f64> {
    mdp: Arc<Mdp<F>>,
    rows: Vec<Row<F>>,
}

/// Values, a policy and what nature does about it.
#[derive(Clone, Debug)]
pub struct Robust<F: Solvable = f64> {
    /// v(s) \[S\], in units of reward; at the start of a horizon. Of the average reward relative values, 0 in
    /// the state [`Gain::relative_to`].
    pub v: Vec<F>,
    /// q(s, a) \[SA\], of the p that nature chooses there; of the average reward less the gain.
    pub q: Vec<F>,
    /// An optimal deterministic policy, or that which was given; over a horizon the rule of its first step.
    pub policy: Policy<F>,
    /// The p that nature chooses [SA, S]; over a horizon at its first step.
    pub kernel: Csr<F>,
    /// ρ₀ v, or the gain.
    pub j: F,
    /// Strategies tried, sweeps made, or steps of the horizon.
    pub iterations: usize,
    /// |v − v*|∞ is at most this, rounding included; 0 over fractions, infinite where no bound is known.
    pub error_bound: f64,
    /// The reward per step, of the average reward alone; it starts nowhere in particular.
    pub gain: Option<Gain<F>>,
    /// Values and rules at every time of a horizon, where they are few enough to be kept.
    pub by_time: Option<RobustByTime<F>>,
}

/// The reward per step that nature leaves, the same from every state.
#[derive(Clone, Debug)]
pub struct Gain<F> {
    /// g, in units of reward per step.
    pub value: F,
    /// |g − g*| is at most this, rounding included; 0 over fractions.
    pub error_bound: f64,
    /// The state at which v is 0; `None` where the process ends, so that v is 0 there.
    pub relative_to: Option<usize>,
}

/// Values and rules of a horizon.
#[derive(Clone, Debug)]
pub struct RobustByTime<F> {
    /// v_t(s) [T+1, S]; the last row is 0.
    pub v: Vec<Vec<F>>,
    /// π_t(a|s) [T, SA].
    pub policy: Vec<Vec<F>>,
}

impl<F: Solvable> Uncertain<F> {
    /// All p within a distance of the model's own, in a norm, over the outcomes that the model has.
    ///
    /// # Errors
    /// [`Error::Argument`] if the radius is negative.
    pub fn within(
        mdp: Arc<Mdp<F>>,
        norm: UncertaintyNorm,
        radius: &F,
    ) -> Result<Uncertain<F>, Error> {
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
                None => row.within(UncertaintyNorm::Max, &F::zero()),
            }
        };
        Uncertain {
            rows: (0..mdp.pairs()).map(row).collect(),
            mdp,
        }
    }

    /// The model around which the sets lie.
    pub fn mdp(&self) -> &Arc<Mdp<F>> {
        &self.mdp
    }

    /// The values that nature leaves, of the best policy or of a given one.
    ///
    /// # Errors
    /// [`Error::Trapped`] where at γ = 1 policy and nature may go on for ever, or under the average reward keep
    /// the process away from every state; [`Error::ExcessRow`] at γ = 1 where a row sums to more than 1; and
    /// where a linear system is not solved.
    ///
    /// ```
    /// use exact_mdp::linalg::SolverOptions;
    /// use exact_mdp::model::Model;
    /// use exact_mdp::number::Rational;
    /// use exact_mdp::robust::{Nature, UncertaintyNorm, Uncertain};
    ///
    /// let mdp = Model::load("mdps/two-state.yaml")?.exact_mdp()?;
    /// let tenth = Rational::ONE / Rational::from(10);
    /// let sets = Uncertain::within(mdp.into(), UncertaintyNorm::Max, &tenth)?;
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
        let given = given.map(Policy::probabilities);
        if let Criterion::FiniteHorizon { horizon, .. } = *self.mdp.criterion() {
            return Ok(self.backward(nature, given, horizon, None).0);
        }
        let course = self.course(given)?;
        let may_sweep = course.is_discounted() && !F::EXACT;
        let found = if may_sweep && self.mdp.states() > MODERATE {
            self.sweeps(nature, given)
        } else {
            self.strategies(nature, given, &course, options)?
        };
        self.finished(nature, given, found, &course, options)
    }

    /// What nature leaves of the policies that are best in other sets, over a horizon: J, where one policy
    /// moves and two natures answer it.
    ///
    /// # Errors
    /// [`Error::Criterion`] unless there is a horizon.
    pub(crate) fn of_best_in(&self, nature: Nature, other: &Uncertain<F>) -> Result<F, Error> {
        let Criterion::FiniteHorizon { horizon, .. } = *self.mdp.criterion() else {
            return Err(Error::Criterion {
                needed: "finite-horizon",
                found: self.mdp.criterion().kind(),
            });
        };
        let (_, v) = other.backward(Nature::Adverse, None, horizon, Some((self, nature)));
        Ok(dot(self.mdp.initial(), &v))
    }

    /// Tv − v \[S\], of the best policy or of a given one: |v − v*|∞ is at most the largest of them over 1 − γ.
    pub fn residual(&self, nature: Nature, given: Option<&[F]>, v: &[F]) -> Vec<F> {
        let next = self.stepped(nature, given, v);
        next.into_iter().zip(v).map(|(next, v)| next - v).collect()
    }

    /// Tv \[S\].
    fn stepped(&self, nature: Nature, given: Option<&[F]>, v: &[F]) -> Vec<F> {
        let (q, _) = self.against(nature, v);
        self.backed_up(&q, given)
    }

    fn finished(
        &self,
        nature: Nature,
        given: Option<&[F]>,
        found: Found<F>,
        course: &Course<F>,
        options: &SolverOptions,
    ) -> Result<Robust<F>, Error> {
        let answers = self.answers(nature, &found, course);
        let state_of = |pair| self.mdp.space().state_of(pair);
        let pi = given.map_or_else(|| self.greedy(&answers.advantage), <[F]>::to_vec);
        let change = self.backed_up(&answers.advantage, given);
        let left = largest(&change) + largest(&answers.doubt);
        let advantage = answers.advantage.into_iter().enumerate();
        let q = advantage.map(|(pair, advantage)| advantage + &found.v[state_of(pair)]);
        let is_average = matches!(self.mdp.criterion(), Criterion::Average);
        let gain = &found.gain;
        Ok(Robust {
            j: if is_average {
                gain.clone()
            } else {
                dot(self.mdp.initial(), &found.v)
            },
            policy: Policy::on_simplex(self.mdp.space(), pi),
            kernel: self.written(&answers.kernel),
            error_bound: self.error_bound(left, &found, given, course, options)?,
            q: q.collect(),
            iterations: found.iterations,
            gain: is_average.then(|| Gain {
                value: gain.clone(),
                // where everything ends the gain is 0
                error_bound: course.goal.map_or(0.0, |_| left),
                relative_to: course.goal,
            }),
            by_time: None,
            v: found.v,
        })
    }

    /// Nature's p as a matrix [SA, S].
    fn written(&self, kernel: &[Vec<F>]) -> Csr<F> {
        let rows = kernel.iter().zip(&self.rows).map(|(p, row)| row.entries(p));
        Csr::from_rows(self.mdp.states(), rows)
    }

    /// What rounding may do to an entry of Tv, the rounding of the model's numbers included, beside other numbers
    /// of some size.
    fn rounding(&self, v: &[F], beside: f64) -> f64 {
        if F::EXACT {
            return 0.0;
        }
        let most = self.rows.iter().map(Row::len).max().unwrap_or(0);
        let rewards = self.rows.iter().map(Row::largest_reward);
        let size = largest(v) + beside + rewards.fold(0.0, f64::max);
        8.0 * (most + 4) as f64 * f64::EPSILON * size
    }

    /// q(s, a) and the p of nature, everywhere.
    fn against(&self, nature: Nature, v: &[F]) -> (Vec<F>, Vec<Vec<F>>) {
        let gamma = self.mdp.discount();
        let one = |row: &Row<F>| {
            let worth = row.worth(&gamma, |next| v[next].clone());
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
}
