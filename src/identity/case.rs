//! A model under a policy with everything that the library claims about it.
//!
//! Every claim is a public field: a test can put a wrong one in its place and see which identities
//! notice.

use nalgebra::DMatrix;

use super::{Formulas, Skip};
use crate::chain::Chain;
use crate::control::{self, Optimum};
use crate::error::Error;
use crate::estimator::{self, Detail, Estimator, Experiment, Psi, Sampling};
use crate::evaluation::{Average, ByTime, Evaluation, FiniteHorizon, Prepared};
use crate::gradient::entropy::Soft;
use crate::gradient::sensitivity::Sensitivity;
use crate::gradient::{self, Evaluated, Natural, Under};
use crate::linalg::{Csr, SolverOptions};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;

/// Entries of a Jacobian that are worth their time.
const JACOBIAN: usize = 60_000;
/// Parameters of a Hessian, a Fisher matrix or estimators.
const PARAMETERS: usize = 300;
/// Parameters of a covariance matrix.
const COVARIANCE: usize = 80;
/// Entries of p under an optimisation.
const CONTROL: usize = 200_000;
/// States of a long run.
const LONG_RUN: usize = 200;
/// Entries of ∇g behind its Hessian.
const LONG_HESSIAN: usize = 20_000;
/// Time steps of a horizon that is taken from the model.
const STEPS: usize = 1_000;
/// Time steps where the model has no horizon of its own.
const OWN_STEPS: usize = 7;

/// α of the entropy-regularised objective.
pub const ALPHA: f64 = 0.1;

/// What is claimed, criterion by criterion.
pub struct Case {
    /// The model, under its own criterion.
    pub mdp: Mdp,
    /// The policy.
    pub policy: Policy,
    /// π \[SA\].
    pub probabilities: Vec<f64>,
    /// ∇π [SA, d].
    pub derivative: Csr<f64>,
    /// ψ = ∇log π [SA, d].
    pub scores: Result<Csr<f64>, Skip>,
    /// Discounted or total reward.
    pub discounted: Result<Discounted, Skip>,
    /// A horizon: the model's, or seven steps.
    pub horizon: Result<Horizon, Skip>,
    /// The average reward.
    pub long_term: Result<LongTerm, Skip>,
    /// ∂J with respect to the model, under its own criterion.
    pub sensitivity: Result<Sensitivity<f64>, Skip>,
    /// What an identity applies to arguments of its own.
    pub formulas: Formulas,
}

/// Claims about the discounted or the total reward.
pub struct Discounted {
    /// The model under this criterion.
    pub mdp: Mdp,
    /// The chain.
    pub chain: Chain,
    /// γ.
    pub gamma: f64,
    /// v, q, A, ρ and J.
    pub evaluation: Evaluation,
    /// ∇J \[d\].
    pub gradient: Vec<f64>,
    /// ∇v [S, d].
    pub jacobian: Result<DMatrix<f64>, Skip>,
    /// ∇²J [d, d].
    pub hessian: Result<DMatrix<f64>, Skip>,
    /// F [d, d].
    pub fisher: Result<DMatrix<f64>, Skip>,
    /// F⁺∇J \[d\].
    pub natural: Result<Vec<f64>, Skip>,
    /// J_α and ∇J_α at [`ALPHA`].
    pub soft: Result<Soft<f64>, Skip>,
    /// Exact means of estimators by name \[d\].
    pub means: Result<Vec<(String, Vec<f64>)>, Skip>,
    /// The exact covariance of the advantage estimator [d, d].
    pub covariance: Result<DMatrix<f64>, Skip>,
    /// The optimum.
    pub optimum: Result<Optimum, Skip>,
    /// K = ‖(I − γp^π)⁻¹‖∞.
    pub inverse_norm: f64,
    eta: f64,
}

/// Claims about a finite horizon.
pub struct Horizon {
    /// The model under this criterion.
    pub mdp: Mdp,
    /// The recursions.
    pub run: FiniteHorizon,
    /// γ.
    pub gamma: f64,
    /// v_t and q_t.
    pub tables: ByTime<f64>,
    /// Σ_{t<T} γᵗ p_t \[S\].
    pub occupancy: Vec<f64>,
    /// J_T.
    pub j: f64,
    /// ∇J_T \[d\].
    pub gradient: Vec<f64>,
    /// ∇v₀ [S, d].
    pub jacobian: Result<DMatrix<f64>, Skip>,
    /// ∇²J_T [d, d].
    pub hessian: Result<DMatrix<f64>, Skip>,
}

/// Claims about the average reward.
pub struct LongTerm {
    /// The model under this criterion.
    pub mdp: Mdp,
    /// P* and D.
    pub average: Average,
    /// g \[S\].
    pub gain: Vec<f64>,
    /// h \[S\].
    pub bias: Vec<f64>,
    /// ρ₀P* \[S\].
    pub occupancy: Vec<f64>,
    /// ∇(ρ₀g) \[d\].
    pub gradient: Result<Vec<f64>, Skip>,
    /// ∇²(ρ₀g) [d, d].
    pub hessian: Result<DMatrix<f64>, Skip>,
    /// The largest inverse norm of the systems solved.
    pub inverse_norm: f64,
}

impl Case {
    /// Everything that can be claimed about a policy in a model at a reasonable price.
    pub fn new(mdp: Mdp, policy: Policy, options: &SolverOptions) -> Case {
        let scores = policy.scores();
        let complete = scores.missing.is_empty();
        Case {
            probabilities: policy.probabilities().to_vec(),
            derivative: policy.derivative().clone(),
            scores: Skip::unless(
                complete,
                "an action of probability 0 has ∇π ≠ 0, so there is no score",
            )
            .map(|()| scores.rows),
            discounted: Discounted::new(&mdp, &policy, options),
            horizon: Horizon::new(&mdp, &policy),
            long_term: LongTerm::new(&mdp, &policy, options),
            sensitivity: sensitivity(&mdp, &policy, options),
            formulas: Formulas::LIBRARY,
            mdp,
            policy,
        }
    }

    /// The discounted or total reward, or why there is none.
    pub fn discounted(&self) -> Result<&Discounted, Skip> {
        self.discounted.as_ref().map_err(Skip::clone)
    }

    /// The finite horizon, or why there is none.
    pub fn horizon(&self) -> Result<&Horizon, Skip> {
        self.horizon.as_ref().map_err(Skip::clone)
    }

    /// The average reward, or why there is none.
    pub fn long_term(&self) -> Result<&LongTerm, Skip> {
        self.long_term.as_ref().map_err(Skip::clone)
    }

    /// The scores, or why there are none.
    pub fn scores(&self) -> Result<&Csr<f64>, Skip> {
        self.scores.as_ref().map_err(Skip::clone)
    }
}

fn sensitivity(
    mdp: &Mdp,
    policy: &Policy,
    options: &SolverOptions,
) -> Result<Sensitivity<f64>, Skip> {
    let prepared = Prepared::new(mdp, policy, options)?;
    let evaluation = prepared.evaluate(mdp, policy)?;
    let under = Under::new(mdp, policy, &prepared, &evaluation);
    Ok(Sensitivity::of(under)?)
}

/// A claim, or why there is none.
pub(super) fn have<T>(claim: &Result<T, Skip>) -> Result<&T, Skip> {
    claim.as_ref().map_err(Skip::clone)
}

/// max |r(s, a, s')|: what cancels within a pair leaves rounding of this size in r(s, a).
fn largest_reward(mdp: &Mdp) -> f64 {
    let paid = (0..mdp.pairs()).flat_map(|pair| mdp.outcomes(pair));
    paid.fold(0.0, |a: f64, o| a.max(o.reward.abs()))
}

impl Discounted {
    fn new(mdp: &Mdp, policy: &Policy, options: &SolverOptions) -> Result<Discounted, Skip> {
        let criterion = match mdp.criterion() {
            Criterion::Average => {
                return Err(Skip::new("the criterion is the average reward"));
            }
            Criterion::FiniteHorizon { discount, .. } if *discount < 1.0 => Criterion::Discounted {
                discount: *discount,
            },
            Criterion::FiniteHorizon { .. } => Criterion::Total,
            own => own.clone(),
        };
        let mdp = mdp.clone().with_criterion(criterion);
        let chain = Chain::new(&mdp, policy, options)?;
        let evaluation = Evaluation::new(&mdp, policy, &chain)?.finite()?;
        let reason = "from some states the policy may never terminate, and values do not exist";
        Skip::unless(evaluation.undefined.states.is_empty(), reason)?;
        let at = Evaluated {
            mdp: &mdp,
            policy,
            chain: &chain,
            evaluation: &evaluation,
        };
        let d = policy.parameters();
        let small = || Skip::beyond(d, PARAMETERS, "parameters");
        let p = chain.dynamics().p();
        let fullest = (0..p.rows()).map(|s| p.row(s).len()).max().unwrap_or(0);
        Ok(Discounted {
            gamma: mdp.discount(),
            gradient: gradient::Gradient::new(at, &[])?.gradient,
            jacobian: Skip::beyond(d * mdp.states(), JACOBIAN, "entries of ∇v")
                .and_then(|()| Ok(gradient::jacobian(at)?)),
            hessian: small().and_then(|()| Ok(gradient::hessian(at)?)),
            fisher: small().and_then(|()| Ok(gradient::fisher(at)?)),
            soft: Soft::new(at, &ALPHA).map_err(Skip::from),
            natural: small().and_then(|()| Ok(Natural::new(at)?.direction)),
            means: small().and_then(|()| means(&mdp, policy, options)),
            covariance: Skip::beyond(d, COVARIANCE, "parameters")
                .and_then(|()| covariance(&mdp, policy, options)),
            optimum: Skip::beyond(mdp.p().stored(), CONTROL, "entries of p")
                .and_then(|()| optimum(&mdp, options)),
            inverse_norm: chain.inverse_norm()?.max(1.0),
            eta: (p.rows() + fullest + 16) as f64 * f64::EPSILON / 2.0,
            mdp,
            chain,
            evaluation,
        })
    }

    /// The claims as the library's formulas take them.
    pub fn at<'a>(&'a self, policy: &'a Policy) -> Evaluated<'a, f64> {
        Evaluated {
            mdp: &self.mdp,
            policy,
            chain: &self.chain,
            evaluation: &self.evaluation,
        }
    }

    /// 16 η Kᵏ: what rounding can do behind k solves, relative to the scale.
    pub(super) fn tolerance(&self, solves: i32) -> f64 {
        16.0 * self.eta * self.inverse_norm.powi(solves)
    }

    /// |r|∞ + |v|∞ + |q|∞, r(s, a, s') as it is paid.
    pub(super) fn reward_scale(&self) -> f64 {
        let evaluation = &self.evaluation;
        let of = super::algebra::largest;
        largest_reward(&self.mdp) + of(&evaluation.v) + of(&evaluation.q)
    }

    /// Σ|ρ|, at least 1.
    pub(super) fn mass(&self) -> f64 {
        let mass: f64 = self.evaluation.occupancy.iter().map(|x| x.abs()).sum();
        mass.max(1.0)
    }

    /// Whether something terminates.
    pub(super) fn terminates(&self) -> bool {
        (0..self.mdp.states()).any(|s| self.mdp.space().is_terminal(s))
    }

    /// The way trajectories are drawn: to their end where γ = 1, without one elsewhere.
    pub(super) fn sampling(&self) -> Sampling {
        sampling(&self.mdp)
    }
}

/// The estimators whose means must be ∇J.
pub(super) const UNBIASED: [&str; 7] = [
    "reward-to-go",
    "baseline:v",
    "q",
    "advantage",
    "td-residual",
    "gae:0.5",
    "n-step:3",
];

fn sampling(mdp: &Mdp) -> Sampling {
    match mdp.criterion() {
        Criterion::Total => Sampling::Episodic,
        _ => Sampling::Infinite,
    }
}

fn means(
    mdp: &Mdp,
    policy: &Policy,
    options: &SolverOptions,
) -> Result<Vec<(String, Vec<f64>)>, Skip> {
    let mut means = Vec::new();
    let experiment = Experiment::new(mdp, policy, sampling(mdp), options)?;
    for name in UNBIASED {
        let estimator: Estimator = name.parse::<Estimator>()?;
        let mean = experiment.mean(&experiment.resolve(&estimator)?)?;
        means.push((name.to_string(), mean));
    }
    let episodic = Experiment::new(mdp, policy, Sampling::Episodic, options);
    if let Ok(episodic) = episodic {
        for estimator in [
            Estimator::new(Psi::TotalReturn),
            Estimator::new(Psi::RewardToGo).dropped(),
        ] {
            let mean = episodic.mean(&episodic.resolve(&estimator)?)?;
            means.push((estimator.to_string(), mean));
        }
    }
    if mdp.discount() < 1.0 {
        let geometric = Experiment::new(mdp, policy, Sampling::Geometric, options)?;
        let estimator = Estimator::new(Psi::RewardToGo);
        let mean = geometric.mean(&geometric.resolve(&estimator)?)?;
        means.push(("geometric".to_string(), mean));
    }
    Ok(means)
}

fn covariance(mdp: &Mdp, policy: &Policy, options: &SolverOptions) -> Result<DMatrix<f64>, Skip> {
    let experiment = Experiment::new(mdp, policy, sampling(mdp), options)?;
    let resolved = experiment.resolve(&Estimator::new(estimator::Psi::Advantage))?;
    let moments = experiment.moments(&resolved, Detail::Covariance)?;
    moments
        .covariance
        .ok_or_else(|| Skip::new("no covariance was computed"))
}

fn optimum(mdp: &Mdp, options: &SolverOptions) -> Result<Optimum, Skip> {
    let options = control::Options {
        solver: options.clone(),
        ..control::Options::default()
    };
    let optimum = control::solve(mdp, &options)?;
    let reason = "from some states no policy terminates";
    Skip::unless(optimum.undefined.is_empty(), reason)?;
    Ok(optimum)
}

impl Horizon {
    fn new(mdp: &Mdp, policy: &Policy) -> Result<Horizon, Skip> {
        let mdp = match mdp.criterion() {
            Criterion::FiniteHorizon { .. } => mdp.clone(),
            Criterion::Average => return Err(Skip::new("the criterion is the average reward")),
            own => {
                let discount = own.discount();
                let horizon = OWN_STEPS;
                mdp.clone()
                    .with_criterion(Criterion::FiniteHorizon { discount, horizon })
            }
        };
        let run = FiniteHorizon::new(&mdp, policy)?;
        Skip::beyond(run.horizon(), STEPS, "time steps")?;
        let d = policy.parameters();
        Skip::beyond(
            mdp.p().stored() * run.horizon(),
            4_000_000,
            "entries of p over time",
        )?;
        let weights = gradient::finite_horizon::centered_weights(&run, &mdp);
        Ok(Horizon {
            gamma: mdp.discount(),
            tables: run.tables(&mdp),
            occupancy: run.occupancy(),
            j: run.objective(),
            gradient: policy.pull_back(&weights),
            jacobian: Skip::beyond(d * mdp.states(), JACOBIAN, "entries of ∇v₀")
                .map(|()| gradient::finite_horizon::jacobian(&run, &mdp, policy)),
            hessian: Skip::beyond(
                d * run.horizon(),
                PARAMETERS * OWN_STEPS,
                "parameters × steps",
            )
            .and_then(|()| Ok(gradient::finite_horizon::hessian(&run, &mdp, policy)?)),
            mdp,
            run,
        })
    }

    /// 16 T (z + 16) u with z entries in the fullest row: T steps follow one another.
    pub(super) fn tolerance(&self) -> f64 {
        let p = self.run.discounted();
        let fullest = (0..p.rows()).map(|s| p.row(s).len()).max().unwrap_or(0);
        let steps = self.run.horizon() as f64;
        16.0 * steps * (fullest + 16) as f64 * f64::EPSILON / 2.0
    }

    /// |r|∞ + max |v_t|, r(s, a, s') as it is paid.
    pub(super) fn reward_scale(&self) -> f64 {
        let rows = self.tables.v.iter().map(|v| super::algebra::largest(v));
        largest_reward(&self.mdp) + rows.fold(0.0, f64::max)
    }

    /// Σ ρ_T, at least 1.
    pub(super) fn mass(&self) -> f64 {
        self.occupancy.iter().map(|x| x.abs()).sum::<f64>().max(1.0)
    }
}

impl LongTerm {
    fn new(mdp: &Mdp, policy: &Policy, options: &SolverOptions) -> Result<LongTerm, Skip> {
        Skip::beyond(mdp.states(), LONG_RUN, "states")?;
        let mdp = mdp.clone().with_criterion(Criterion::Average);
        let average = Average::new(&mdp, policy, options)?;
        let gradient = gradient::average::check_differentiable(&average, &mdp, policy)
            .and_then(|()| gradient::average::centered_weights(&average, &mdp))
            .map(|weights| policy.pull_back(&weights));
        let d = policy.parameters();
        let hessian = Skip::beyond(d * mdp.states(), LONG_HESSIAN, "entries of ∇g")
            .and_then(|()| Ok(gradient::average::hessian(&average, &mdp, policy)?));
        Ok(LongTerm {
            hessian: gradient
                .as_ref()
                .map_err(|e| Skip::new(e.to_string()))
                .and(hessian),
            gain: average.gain().to_vec(),
            bias: average.bias().to_vec(),
            occupancy: average.occupancy().to_vec(),
            gradient: gradient.map_err(|error: Error| Skip::from(error)),
            inverse_norm: average.long_run().inverse_norm()?,
            average,
            mdp,
        })
    }

    /// 16 η Kᵏ, K the largest inverse norm among the systems of P* and D.
    pub(super) fn tolerance(&self, solves: i32) -> f64 {
        let p = self.average.long_run().p();
        let fullest = (0..p.rows()).map(|s| p.row(s).len()).max().unwrap_or(0);
        let eta = (p.rows() + fullest + 16) as f64 * f64::EPSILON / 2.0;
        16.0 * eta * self.inverse_norm.powi(solves)
    }

    /// |r|∞ + |g|∞ + |h|∞, r(s, a, s') as it is paid.
    pub(super) fn reward_scale(&self) -> f64 {
        let of = super::algebra::largest;
        largest_reward(&self.mdp) + of(&self.gain) + of(&self.bias)
    }
}
