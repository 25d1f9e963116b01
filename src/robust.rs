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
mod uncertain;

pub(crate) use self::bound::{GivenPolicy, fraction, up};
use self::ends::Course;
pub use self::sets::{Nature, UncertaintyNorm};
use self::strategies::Found;
pub use self::uncertain::Uncertain;

use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Csr, MODERATE, Solvable, SolverOptions, largest};
use crate::mdp::Criterion;
use crate::policy::Policy;

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

impl<F: Solvable> Robust<F> {
    /// The answer itself, or [`Error::Overflow`] where a value is too large for the field.
    fn finite(self) -> Result<Robust<F>, Error> {
        Ok(Robust {
            v: uncertain::check_values(self.v)?,
            ..self
        })
    }
}

impl<F: Solvable> Uncertain<F> {
    /// The values that nature leaves, of the best policy or of a given one.
    ///
    /// # Errors
    /// [`Error::Trapped`] where at γ = 1 policy and nature may go on for ever, or under the average reward keep
    /// the process away from every state; [`Error::OtherSpace`] for a policy of another model; [`Error::ExcessRow`] at γ = 1 where a row sums to more than 1; and
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
        given.map_or(Ok(()), |policy| Error::check_space(&self.mdp, policy))?;
        let given = given.map(Policy::probabilities);
        if let Criterion::FiniteHorizon { horizon, .. } = *self.mdp.criterion() {
            let found = self.backward(nature, given, horizon, None).0;
            return found.finite();
        }
        let course = self.course(given)?;
        let may_sweep = course.is_discounted() && !F::EXACT;
        let found = if may_sweep && self.mdp.states() > MODERATE {
            self.sweeps(nature, given)
        } else {
            self.strategies(nature, given, &course, options)?
        };
        self.finished(nature, given, found, &course, options)?
            .finite()
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
}
