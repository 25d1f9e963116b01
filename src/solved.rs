//! A policy solved on a model: the one thing that every question is asked of.
//!
//! ```
//! use exact_mdp::model::Model;
//! use exact_mdp::policy::Policy;
//! use exact_mdp::solved::Solved;
//!
//! let model = Model::load("mdps/two-state.yaml")?;
//! let solved: Solved = Solved::new(model.mdp(), Policy::uniform(model.space()))?;
//! println!("J = {}, v = {:?}", solved.j(), solved.v());
//! println!("∇J = {:?}", solved.gradient()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the criterion solves is factored once, when the policy is solved, and all that follows is
//! made from those factors, from v and from ρ. A [`Solved`] owns its model and its policy (both
//! shared), costs a pointer to clone, and may be sent between threads.
//!
//! Here is what every question starts from; gradients, laws of estimators and comparisons are
//! further methods of [`Solved`], written where their formulas are.

use std::sync::{Arc, OnceLock};

use crate::chain::{Chain, LongRun, Solution};
use crate::error::Error;
use crate::evaluation::{Evaluation, Prepared, RoundingBounds};
use crate::field::Dual;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// A policy solved on a model, under the model's criterion.
///
/// | | discounted, total | finite horizon | average |
/// |---|---|---|---|
/// | [`v`](Solved::v) | v | v₀ | bias h |
/// | [`q`](Solved::q) | r + γ p v | q₀ | r − g + p h |
/// | [`occupancy`](Solved::occupancy) | ρ₀ (I − γP)⁻¹ | Σ_{t<T} γᵗ p_t | ρ₀P* |
/// | [`j`](Solved::j) | ρ₀ v | ρ₀ v₀ | ρ₀ g |
pub struct Solved<F: Solvable = f64> {
    shared: Arc<Shared<F>>,
}

/// What the clones of a [`Solved`] share.
struct Shared<F: Solvable> {
    mdp: Arc<Mdp<F>>,
    policy: Arc<Policy<F>>,
    options: SolverOptions,
    prepared: Arc<Prepared<F>>,
    evaluation: Evaluation<F>,
    rounding: OnceLock<Result<RoundingBounds, Error>>,
    gradient: OnceLock<Result<Vec<F>, Error>>,
}

impl<F: Solvable> Clone for Solved<F> {
    fn clone(&self) -> Self {
        Solved {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<F: Solvable> std::fmt::Debug for Solved<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Solved")
            .field("model", &self.mdp().name())
            .field("criterion", &self.mdp().criterion().kind())
            .field("j", self.j())
            .finish_non_exhaustive()
    }
}

impl<F: Solvable> Solved<F> {
    /// Solves for v and ρ^π under the model's criterion.
    ///
    /// # Errors
    /// [`Error::OtherSpace`] if the policy acts on other pairs than the model has,
    /// [`Error::Improper`] if γ = 1 and the policy may never terminate from ρ₀,
    /// [`Error::ExcessRow`] and [`Error::Overflow`] where the numbers have no answer, and
    /// [`Error::Factor`] if a system was not solved.
    pub fn new(
        mdp: impl Into<Arc<Mdp<F>>>,
        policy: impl Into<Arc<Policy<F>>>,
    ) -> Result<Solved<F>, Error> {
        Solved::by(mdp, policy, SolverOptions::default())
    }

    /// [`Solved::new`] with linear systems solved as the options say, here and for all that is
    /// asked later.
    pub fn by(
        mdp: impl Into<Arc<Mdp<F>>>,
        policy: impl Into<Arc<Policy<F>>>,
        options: SolverOptions,
    ) -> Result<Solved<F>, Error> {
        let (mdp, policy) = (mdp.into(), policy.into());
        let prepared = Prepared::new(&mdp, &policy, &options)?;
        let evaluation = prepared.evaluate(&mdp, &policy)?;
        Ok(Solved::of(Shared {
            mdp,
            policy,
            options,
            prepared: Arc::new(prepared),
            evaluation,
            rounding: OnceLock::new(),
            gradient: OnceLock::new(),
        }))
    }

    fn of(shared: Shared<F>) -> Solved<F> {
        Solved {
            shared: Arc::new(shared),
        }
    }

    /// A solved policy with these factors and other values in place of v \[S\], q and A \[SA\], ρ \[S\] and J, which nobody checks:
    /// whoever tests a formula on wrong ones asks for it.
    pub fn with_evaluation(&self, evaluation: Evaluation<F>) -> Solved<F> {
        let shared = &self.shared;
        Solved::of(Shared {
            mdp: Arc::clone(&shared.mdp),
            policy: Arc::clone(&shared.policy),
            options: shared.options.clone(),
            prepared: Arc::clone(&shared.prepared),
            evaluation,
            rounding: OnceLock::new(),
            gradient: OnceLock::new(),
        })
    }

    /// This policy of this model under other rewards r(s, a) \[SA\], in any unit: by the factors that are there, and
    /// with the ρ that is known, where the reward is discounted or total, so that one more reward costs one solve.
    ///
    /// Errors with [`Error::Mdp`] unless there is one finite reward for each pair, and as
    /// [`Solved::new`].
    ///
    /// ```
    /// use exact_mdp::model::Model;
    /// use exact_mdp::policy::Policy;
    ///
    /// let model = Model::load("mdps/two-state.yaml")?;
    /// let solved = model.solve(Policy::uniform(model.space()))?;
    /// let steps = solved.paying(vec![1.0; 4])?;
    /// assert!((steps.j() - 10.0).abs() < 1e-12); // 1/(1 − γ)
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn paying(&self, r: Vec<F>) -> Result<Solved<F>, Error> {
        let mdp = Arc::new(Mdp::clone(self.mdp()).with_rewards(r)?);
        // a match and no method of a criterion: one of the three has factors that rewards do not touch
        let (prepared, evaluation) = match self.prepared() {
            Prepared::Resolvent(chain) => {
                let chain = chain.paying(mdp.r(), self.policy());
                let occupancy = Solution {
                    x: self.occupancy().to_vec(),
                    residual: self.evaluation().residuals.occupancy,
                };
                let evaluation = chain.evaluate_visiting(&mdp, self.policy(), occupancy)?;
                (Prepared::Resolvent(chain), evaluation.finite()?)
            }
            _ => {
                let prepared = Prepared::new(&mdp, self.policy(), self.options())?;
                let evaluation = prepared.evaluate(&mdp, self.policy())?;
                (prepared, evaluation)
            }
        };
        Ok(Solved::of(Shared {
            mdp,
            policy: Arc::clone(self.policy()),
            options: self.options().clone(),
            prepared: Arc::new(prepared),
            evaluation,
            rounding: OnceLock::new(),
            gradient: OnceLock::new(),
        }))
    }

    /// This model under this parametrization, solved at other parameters θ \[d\].
    ///
    /// Errors with [`Error::Policy`] unless θ is d finite numbers with an image in this field, with [`Error::Improper`] where
    /// γ = 1 and that policy may never terminate from ρ₀, and where a system is not solved.
    pub fn with_theta(&self, theta: Vec<F>) -> Result<Solved<F>, Error> {
        let policy = self.policy().with_theta(theta)?;
        let mdp = Arc::clone(self.mdp());
        Solved::by(mdp, policy, self.shared.options.clone())
    }

    /// The same policy of the same model without a constant that all its rewards share, where that takes digits of what
    /// it does not move: advantages, gradients, Hessians, variances of returns and differences of J; `None` where none is.
    ///
    /// Errors if the policy cannot be solved on that model.
    pub(crate) fn without_offset(&self) -> Result<Option<Solved<F>>, Error> {
        let whole = self.policy().is_whole();
        let less = whole.then(|| self.mdp().without_offset()).flatten();
        let solved = |mdp| Solved::by(mdp, Arc::clone(self.policy()), self.options().clone());
        less.map(solved).transpose()
    }

    /// The model, the policy and the evaluation, without what was factored: more than half of the memory
    /// of a large model, which is given back unless a clone of this holds it.
    pub(crate) fn without_factors(self) -> (Arc<Mdp<F>>, Arc<Policy<F>>, Evaluation<F>) {
        match Arc::try_unwrap(self.shared) {
            Ok(own) => (own.mdp, own.policy, own.evaluation),
            Err(shared) => (
                Arc::clone(&shared.mdp),
                Arc::clone(&shared.policy),
                shared.evaluation.clone(),
            ),
        }
    }

    /// The model.
    pub fn mdp(&self) -> &Arc<Mdp<F>> {
        &self.shared.mdp
    }

    /// The policy.
    pub fn policy(&self) -> &Arc<Policy<F>> {
        &self.shared.policy
    }

    /// How linear systems are solved.
    pub fn options(&self) -> &SolverOptions {
        &self.shared.options
    }

    /// All of v, q, A, ρ and J, with residuals and what has no value.
    pub fn evaluation(&self) -> &Evaluation<F> {
        &self.shared.evaluation
    }

    /// Bounds on what rounding has done to the evaluation, where it may show in the ninth digit of a number; computed
    /// when first asked for. Errors with [`Error::Factor`] if an iterative solver gave up.
    pub fn rounding(&self) -> Result<RoundingBounds, Error> {
        let bounds = || {
            self.prepared()
                .rounding(self.mdp(), self.policy(), self.evaluation())
        };
        self.shared.rounding.get_or_init(bounds).clone()
    }

    /// What the criterion factored: the chain, the recursions in time, or the long run.
    pub fn prepared(&self) -> &Prepared<F> {
        &self.shared.prepared
    }

    /// The chain with the factors of I − γp^π, for the discounted and the total reward; errors with
    /// [`Error::Criterion`] for the others, which have no resolvent.
    pub fn chain(&self) -> Result<&Chain<F>, Error> {
        match self.prepared() {
            Prepared::Resolvent(chain) => Ok(chain),
            _ => Err(Error::Criterion {
                needed: "discounted or total",
                found: self.mdp().criterion().kind(),
            }),
        }
    }

    /// P* and D of the chain, under the average reward; `None` under the other criteria.
    pub fn long_run(&self) -> Option<&LongRun<F>> {
        match self.prepared() {
            Prepared::Average(average) => Some(average.long_run()),
            Prepared::Resolvent(_) | Prepared::FiniteHorizon(_) => None,
        }
    }

    /// J, in units of reward; per step for the average reward.
    pub fn j(&self) -> &F {
        &self.evaluation().j
    }

    /// v(s) \[S\], in units of reward; 0 on terminal states and where it is undefined.
    pub fn v(&self) -> &[F] {
        &self.evaluation().v
    }

    /// q(s, a) \[SA\].
    pub fn q(&self) -> &[F] {
        &self.evaluation().q
    }

    /// A(s, a) = q(s, a) − v(s) \[SA\]; Σₐ π A = 0.
    pub fn advantage(&self) -> &[F] {
        &self.evaluation().advantage
    }

    /// ρ^π(s) \[S\], in (discounted) visits, not normalised.
    pub fn occupancy(&self) -> &[F] {
        &self.evaluation().occupancy
    }

    /// ρ^π(s, a) = ρ^π(s) π(a|s) \[SA\].
    pub fn pair_occupancy(&self) -> &[F] {
        &self.evaluation().pair_occupancy
    }

    /// A value that is computed when first asked for and then kept: ∇J.
    pub(crate) fn kept_gradient(
        &self,
        compute: impl FnOnce() -> Result<Vec<F>, Error>,
    ) -> Result<&[F], Error> {
        let gradient = self.shared.gradient.get_or_init(compute);
        gradient.as_deref().map_err(Clone::clone)
    }
}

impl Solved<Dual> {
    /// A policy over dual numbers whose value part is the policy of `at`, solved by the factors of
    /// `at` (theory, section 4.2): nothing is factored again. `mdp` is the model of `at` over dual
    /// numbers.
    ///
    /// Errors with [`Error::Criterion`] unless the reward is discounted or total, and if a solver
    /// did not certify a solution.
    pub fn along(
        mdp: &Arc<Mdp<Dual>>,
        policy: Policy<Dual>,
        at: &Solved,
    ) -> Result<Solved<Dual>, Error> {
        let chain = Chain::along(mdp, &policy, at.chain()?);
        let evaluation = chain.evaluate(mdp, &policy)?;
        Ok(Solved::of(Shared {
            mdp: Arc::clone(mdp),
            policy: Arc::new(policy),
            options: at.options().clone(),
            prepared: Arc::new(Prepared::Resolvent(chain)),
            evaluation,
            rounding: OnceLock::new(),
            gradient: OnceLock::new(),
        }))
    }
}
