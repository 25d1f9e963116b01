//! The formulas of the library that an identity applies to arguments of its own: a random measure,
//! another policy, a wrong critic. What they give is no number that a [`super::Case`] could hold
//! beforehand; so it holds the formulas, and a test can put a wrong one in the place of each.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::Discounted;
use exact_mdp::ascent::{Goal, Iterate, onto_simplex, rates};
use exact_mdp::chain::LongRun;
use exact_mdp::cone::{Cone, ConeNorm};
use exact_mdp::continuous::{self, MinimumBias, Squashing};
use exact_mdp::control::sensitive::{self, Sensitive};
use exact_mdp::error::Error;
use exact_mdp::estimator::{self, Detail, Estimator, Experiment, Kurtosis, Moments, Resolved};
use exact_mdp::evaluation::Episode;
use exact_mdp::field::Dual;
use exact_mdp::gradient::deterministic;
use exact_mdp::gradient::entropy::Softened;
use exact_mdp::gradient::greediness::{self, Excursion};
use exact_mdp::gradient::surrogate::{self, Clipped, ImprovementBound};
use exact_mdp::gradient::{FiniteDifference, complex_step, hessian};
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::{Mdp, Space};
use exact_mdp::number::Rational;
use exact_mdp::policy::{Policy, PolicyError};
use exact_mdp::returns::RiskValue;
use exact_mdp::robust::{Nature, Robust, Uncertain, UncertaintyNorm as Distance};
use exact_mdp::shaping::shaping;
use exact_mdp::solved::Solved;
use exact_mdp::step::StepLaw;

/// Entries (k, l, x) of the upper triangle of a symmetric matrix; those of one place add up.
pub type Triples = Vec<(usize, usize, f64)>;

/// A gradient of a deterministic rule, from its Jacobian.
type OfRule = fn(&deterministic::WeightedRule<f64>, At<'_>, &Csr<f64>) -> Result<Vec<f64>, Error>;

type At<'a> = &'a Solved;
type Vector = Result<Vec<f64>, Error>;
/// A number that moves with the parameters of a policy.
type Slope = Result<Dual, Error>;
type Matrix = Result<DMatrix<f64>, Error>;
type Fourth = Result<Option<Kurtosis<f64>>, Error>;
/// Rows made of q by the pairs of each state in an order.
type Ordered = fn(&Policy, &[Vec<usize>], &[f64]) -> Result<Csr<f64>, Error>;
/// Terms by state.
type Series = Result<Vec<Vec<f64>>, Error>;
type Both = Result<Moments<f64>, Error>;

/// Formulas that are claims themselves.
#[derive(Clone, Copy)]
pub struct Formulas {
    /// ∇²π(a|s) of a pair.
    pub second_derivative: fn(&Policy, usize) -> Result<Triples, PolicyError>,
    /// Σₐ x(s, a) ∇²π(a|s) of a state.
    pub curvature: fn(&Policy, usize, &[f64]) -> Result<Triples, PolicyError>,
    /// ∇J by imaginary steps \[d\].
    pub complex_step: fn(&Mdp, &Policy) -> Vector,
    /// ∇J by differences, if a step serves.
    pub finite_difference: fn(At<'_>) -> Result<Option<FiniteDifference>, Error>,
    /// ∇²v(s) [d, d].
    pub value_hessian: fn(At<'_>, usize) -> Matrix,
    /// ρ̃(q̃∇π) \[d\] of a frozen measure and function.
    pub greediness: fn(&Policy, &[f64], &[f64]) -> Vector,
    /// What must vanish for that to be ∇J \[SA\].
    pub tabular_gap: fn(At<'_>, &[f64], &[f64]) -> Vector,
    /// The derivative of J toward each action \[SA\].
    pub toward_actions: fn(At<'_>) -> Vector,
    /// J_b and its gradient for a measure of another policy.
    pub excursion: fn(At<'_>, &[f64]) -> Result<Excursion<f64>, Error>,
    /// J(π') − J(π) by the measure of π' and by that of π.
    pub performance_difference: fn(At<'_>, At<'_>) -> Result<(f64, f64), Error>,
    /// L_π(π').
    pub surrogate: fn(&Solved<Dual>, &Policy<Dual>) -> Slope,
    /// The surrogate of the policy of the second argument, clipped at 1 ± ε.
    pub clipped_surrogate: fn(&Solved<Dual>, &Policy<Dual>, &Dual) -> Slope,
    /// The clipped surrogate and its gradient at any policy.
    pub clipped_gradient: fn(&Solved, &Policy, &f64) -> Result<Clipped<f64>, Error>,
    /// The bound of a trust region.
    pub improvement_bound: fn(At<'_>, &Policy) -> Result<ImprovementBound, Error>,
    /// ∇J of a deterministic rule with this Jacobian \[d\].
    pub deterministic: OfRule,
    /// −Σᵢ (q(aᵢ₊₁) − q(aᵢ)) ∇Fᵢ of each state, of actions in an order.
    pub by_parts: Ordered,
    /// x(s, a), whose mean that is.
    pub displaced: Ordered,
    /// ∇²J_α [d, d].
    pub soft_hessian: fn(&Softened) -> Matrix,
    /// What an entropy without the Jacobian of tanh is off by.
    pub squashing: fn(At<'_>) -> Result<Squashing, Error>,
    /// The bias of the smaller of two critics, per unit.
    pub minimum_bias: fn(At<'_>) -> Result<MinimumBias, Error>,
    /// A rule between actions by quadratic splines.
    pub spline: fn(&Space, &[f64]) -> Result<deterministic::WeightedRule<f64>, Error>,
    /// The value of a matrix game.
    pub game_value: fn(&[Vec<f64>]) -> Result<f64, Error>,
    /// The cone of rewards of a deterministic policy.
    pub cone: fn(At<'_>) -> Result<Cone, Error>,
    /// The nearest of its inequalities in the max norm, and how far away it is.
    pub cone_border: fn(&Cone) -> Option<(usize, f64)>,
    /// The potential between the reward of a model and another \[S\].
    pub shaping: fn(&Arc<Mdp>, Vec<f64>) -> Vector,
    /// What nature leaves within Σ|p − p̄| ≤ ε.
    pub robust: fn(&Arc<Mdp>, Nature, f64) -> Result<Robust, Error>,
    /// One step of its value iteration \[S\].
    pub robust_sweep: fn(&Arc<Mdp>, Nature, f64, &[f64]) -> Vector,
    /// y₋₁, …, y_n of a policy \[n + 2\]\[S\].
    pub expansion: fn(&Mdp, &Policy, usize) -> Series,
    /// The largest of them, in fractions.
    pub n_discount: fn(&Mdp<Rational>, i32) -> Result<Sensitive, Error>,
    /// The length of an episode.
    pub episode: fn(&Discounted, &Policy) -> Result<Episode, Error>,
    /// P*x \[S\].
    pub limit: fn(&LongRun<f64>, &[f64]) -> Vector,
    /// Dx \[S\].
    pub deviation: fn(&LongRun<f64>, &[f64]) -> Vector,
    /// An estimator as numbers, with the optimal baselines.
    pub resolve: fn(&Experiment<'_, f64>, &Estimator) -> Result<Resolved<f64>, Error>,
    /// The exact mean of an estimator \[d\].
    pub mean: fn(&Experiment<'_, f64>, &Resolved<f64>) -> Vector,
    /// Its exact mean and covariance.
    pub moments: fn(&Experiment<'_, f64>, &Resolved<f64>, Detail) -> Both,
    /// The kurtosis of each entry, if there is one.
    pub kurtosis: fn(&Experiment<'_, f64>, &Resolved<f64>) -> Fourth,
    /// The covariance of two estimators on the same trajectories [d, d].
    pub cross_covariance: fn(&Experiment<'_, f64>, &Resolved<f64>, &Resolved<f64>) -> Matrix,
    /// Mean and covariance of ψq at one pair drawn from the occupancy.
    pub occupancy_sampling: fn(&Mdp, &Policy, &SolverOptions) -> Both,
    /// Mean and covariance of ψ times the reward of a roll-out of random length, at one pair drawn from the occupancy.
    pub random_rollout: fn(&Mdp, &Policy, &SolverOptions) -> Both,
    /// What a step along an estimator does, to second order.
    pub step_law: fn(At<'_>, &Estimator) -> Result<StepLaw, Error>,
    /// E G − c Var G and its gradient.
    pub mean_variance: fn(At<'_>, &f64) -> Result<RiskValue, Error>,
    /// (1/β) ln E exp(βG) and its gradient.
    pub exponential: fn(At<'_>, f64) -> Result<RiskValue, Error>,
    /// The bound on the bias of a cut \[d\].
    pub truncation_bound: fn(&Mdp, &Policy, usize) -> Vector,
    /// L with |∇²J| ≤ L, if it is proven.
    pub smoothness: fn(&Mdp, &Policy) -> Option<f64>,
    /// C with ‖∇J‖ ≥ C (J* − J), if it is proven.
    pub lojasiewicz: fn(&Iterate, &Goal) -> Option<f64>,
    /// The nearest distribution.
    pub onto_simplex: fn(&[f64]) -> Vec<f64>,
}

impl Formulas {
    /// Those of the library.
    pub const LIBRARY: Formulas = Formulas {
        second_derivative: Policy::second_derivative,
        curvature: Policy::curvature,
        complex_step: complex_step::gradient,
        finite_difference: FiniteDifference::new,
        value_hessian: hessian::value_hessian,
        greediness: greediness::gradient,
        tabular_gap: greediness::tabular_gap,
        toward_actions: Solved::toward_actions,
        excursion: Excursion::new,
        performance_difference: surrogate::performance_difference,
        surrogate: surrogate::surrogate,
        clipped_surrogate: surrogate::clipped_surrogate,
        clipped_gradient: Clipped::new,
        improvement_bound: ImprovementBound::new,
        deterministic: deterministic::WeightedRule::gradient,
        by_parts: continuous::summed_by_parts,
        displaced: continuous::displaced,
        soft_hessian: |soft| soft.hessian(),
        squashing: |at| at.squashing(),
        minimum_bias: |at| at.minimum_bias(),
        spline: deterministic::WeightedRule::spline,
        game_value: |m| Ok(exact_mdp::players::saddle(m)?.value),
        cone: Cone::new,
        cone_border: |cone| cone.distance(ConeNorm::Max),
        shaping: |mdp, other| Ok(shaping(mdp, other)?.potential),
        robust,
        robust_sweep,
        expansion: sensitive::expansion,
        n_discount: sensitive::n_discount,
        episode,
        limit: LongRun::limit,
        deviation: LongRun::deviation,
        resolve: |experiment, estimator| experiment.resolve(estimator),
        mean: |experiment, resolved| experiment.mean(resolved),
        moments: |experiment, resolved, detail| experiment.moments(resolved, detail),
        kurtosis: |experiment, resolved| experiment.kurtosis(resolved),
        cross_covariance: |experiment, left, right| experiment.cross_covariance(left, right),
        occupancy_sampling: estimator::occupancy_sampling,
        random_rollout: estimator::random_rollout,
        step_law: Solved::step_law,
        mean_variance: Solved::mean_variance,
        exponential: Solved::exponential_utility,
        truncation_bound: estimator::truncation_bound,
        smoothness: rates::smoothness,
        lojasiewicz: rates::lojasiewicz,
        onto_simplex,
    };
}

fn episode(d: &Discounted, policy: &Policy) -> Result<Episode, Error> {
    let (rho, options) = (&d.evaluation.occupancy, SolverOptions::default());
    Episode::new(&d.mdp, policy, d.chain(), rho, &options)
}

fn robust(mdp: &Arc<Mdp>, nature: Nature, radius: f64) -> Result<Robust, Error> {
    let sets = Uncertain::within(Arc::clone(mdp), Distance::L1, &radius)?;
    sets.solve(nature, None, &SolverOptions::default())
}

fn robust_sweep(mdp: &Arc<Mdp>, nature: Nature, radius: f64, v: &[f64]) -> Vector {
    let sets = Uncertain::within(Arc::clone(mdp), Distance::L1, &radius)?;
    let left = sets.residual(nature, None, v)?;
    Ok(left.iter().zip(v).map(|(left, v)| left + v).collect())
}
