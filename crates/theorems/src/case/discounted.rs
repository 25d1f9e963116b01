//! Claims about the discounted or the total reward.

use nalgebra::DMatrix;

use super::super::{Skip, algebra};
use exact_mdp::chain::Chain;
use exact_mdp::control::{self, Optimum};
use exact_mdp::estimator::{Detail, Estimator, Experiment, Psi, Sampling};
use exact_mdp::evaluation::Evaluation;
use exact_mdp::gradient::entropy::SoftValues;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;

/// Entries of a Jacobian that are worth their time; a choice.
pub(super) const JACOBIAN: usize = 60_000;
/// Parameters of a Hessian, a Fisher matrix or estimators; a choice.
pub(super) const PARAMETERS: usize = 300;
/// Parameters of a covariance matrix; a choice.
const COVARIANCE: usize = 80;
/// Entries of p under an optimisation; a choice.
const CONTROL: usize = 200_000;
/// Entries of p under a soft optimisation; a choice.
const SOFT_CONTROL: usize = 20_000;

/// α of the entropy-regularised objective; a choice.
pub const ALPHA: f64 = 0.1;

/// Claims about the discounted or the total reward.
pub struct Discounted {
    /// The model under this criterion.
    pub mdp: Mdp,
    /// The policy solved on it, with the factors that the claims are made from.
    pub solved: Solved,
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
    pub soft: Result<SoftValues<f64>, Skip>,
    /// Exact means of estimators by name \[d\].
    pub means: Result<Vec<(String, Vec<f64>)>, Skip>,
    /// The exact covariance of the advantage estimator [d, d].
    pub covariance: Result<DMatrix<f64>, Skip>,
    /// The optimum.
    pub optimum: Result<Optimum, Skip>,
    /// The soft optimum at [`ALPHA`].
    pub soft_optimum: Result<Optimum, Skip>,
    /// K = ‖(I − γp^π)⁻¹‖∞.
    pub inverse_norm: f64,
    eta: f64,
}

impl Discounted {
    pub(super) fn new(
        mdp: &Mdp,
        policy: &Policy,
        options: &SolverOptions,
    ) -> Result<Discounted, Skip> {
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
        let mdp = mdp.clone().with_criterion(criterion)?;
        let solved = Solved::by(mdp.clone(), policy.clone(), options.clone())?;
        let evaluation = solved.evaluation().clone();
        let reason =
            "from some states within reach the policy may never terminate: no values there";
        Skip::unless(evaluation.undefined.states.is_empty(), reason)?;
        let chain = solved.chain()?;
        let d = policy.parameters();
        let small = || Skip::beyond(d, PARAMETERS, "parameters");
        let p = chain.dynamics().p();
        let fullest = (0..p.rows()).map(|s| p.row(s).len()).max().unwrap_or(0);
        Ok(Discounted {
            gamma: mdp.discount(),
            gradient: solved.gradient()?.to_vec(),
            jacobian: Skip::beyond(d * mdp.states(), JACOBIAN, "entries of ∇v")
                .and_then(|()| Ok(solved.jacobian()?)),
            hessian: small().and_then(|()| Ok(solved.hessian()?)),
            fisher: small().and_then(|()| Ok(solved.fisher()?)),
            soft: solved.entropy(&ALPHA).map_err(Skip::from),
            natural: small().and_then(|()| Ok(solved.natural_gradient()?.direction)),
            means: small().and_then(|()| means(&mdp, policy, options)),
            covariance: Skip::beyond(d, COVARIANCE, "parameters")
                .and_then(|()| covariance(&mdp, policy, options)),
            optimum: Skip::beyond(mdp.p().stored(), CONTROL, "entries of p")
                .and_then(|()| optimum(&mdp, None, options)),
            soft_optimum: Skip::beyond(mdp.p().stored(), SOFT_CONTROL, "entries of p")
                .and_then(|()| optimum(&mdp, Some(ALPHA), options)),
            inverse_norm: chain.inverse_norm()?.max(1.0),
            eta: (p.rows() + fullest + 16) as f64 * f64::EPSILON / 2.0 + super::slack(&mdp),
            mdp,
            solved,
            evaluation,
        })
    }

    /// The claims as the library's formulas take them.
    pub fn at(&self) -> Solved {
        self.solved.with_evaluation(self.evaluation.clone())
    }

    /// The chain.
    ///
    /// # Panics
    /// If the criterion has no resolvent, which those of these claims have.
    pub fn chain(&self) -> &Chain {
        self.solved
            .chain()
            .expect("the reward is discounted or total")
    }

    /// 16 η Kᵏ: what rounding and the slack of the rows can do behind k solves, relative to the
    /// scale.
    pub(crate) fn tolerance(&self, solves: i32) -> f64 {
        16.0 * self.eta * self.inverse_norm.powi(solves)
    }

    /// |r|∞ + |v|∞ + |q|∞, r(s, a, s') as it is paid.
    pub(crate) fn reward_scale(&self) -> f64 {
        let evaluation = &self.evaluation;
        let of = algebra::largest;
        algebra::largest_reward(&self.mdp) + of(&evaluation.v) + of(&evaluation.q)
    }

    /// Σ|ρ|, at least 1.
    pub(crate) fn mass(&self) -> f64 {
        let mass: f64 = self.evaluation.occupancy.iter().map(|x| x.abs()).sum();
        mass.max(1.0)
    }

    /// Whether something terminates.
    pub(crate) fn terminates(&self) -> bool {
        (0..self.mdp.states()).any(|s| self.mdp.space().is_terminal(s))
    }

    /// The estimators of this criterion.
    pub(crate) fn experiment<'a>(
        &'a self,
        policy: &'a Policy,
    ) -> Result<Experiment<'a, f64>, Skip> {
        let options = SolverOptions::default();
        Ok(Experiment::new(
            &self.mdp,
            policy,
            sampling(&self.mdp),
            &options,
        )?)
    }
}

/// The estimators whose means must be ∇J.
const UNBIASED: [&str; 7] = [
    "reward-to-go",
    "baseline:v",
    "q",
    "advantage",
    "td-residual",
    "gae:0.5",
    "n-step:3",
];

/// To their end where γ = 1, without one elsewhere.
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
    let resolved = experiment.resolve(&Estimator::new(Psi::Advantage))?;
    let moments = experiment.moments(&resolved, Detail::Covariance)?;
    moments
        .covariance
        .ok_or_else(|| Skip::new("no covariance was computed"))
}

fn optimum(mdp: &Mdp, entropy: Option<f64>, options: &SolverOptions) -> Result<Optimum, Skip> {
    let options = control::ControlOptions {
        entropy,
        solver: options.clone(),
        ..control::ControlOptions::default()
    };
    let optimum = control::solve(mdp, &options)?;
    let reason = "from some states no policy terminates";
    Skip::unless(optimum.undefined.is_empty(), reason)?;
    Ok(optimum)
}
