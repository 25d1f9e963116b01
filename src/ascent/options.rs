//! What is asked of an ascent.

use crate::error::Error;
use crate::estimator::{Estimator, Psi};
use crate::linalg::SolverOptions;
use crate::policy::{Kind, Policy};
use crate::returns::Risk;

/// How the next policy is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AscentMethod {
    /// θ + η∇J with a fixed η.
    Plain,
    /// θ + η∇J with η halved until J rises enough, then doubled again (Armijo 1966).
    #[default]
    LineSearch,
    /// Fixed steps in π, projected onto the simplices.
    Projected,
    /// θ + ηF⁺∇J (Kakade 2002).
    Natural,
    /// π' ∝ π exp(ηA) in every state: mirror descent with the divergence KL.
    Mirror,
    /// Nesterov's accelerated gradient (1983).
    Nesterov,
    /// Adam on the exact gradient (Kingma & Ba 2015).
    Adam,
    /// The largest natural step within a mean divergence (TRPO, Schulman et al. 2015).
    TrustRegion,
    /// Ten monotone gradient steps on the exact clipped surrogate (PPO, Schulman et al. 2017).
    Proximal,
    /// Newton's method on the exact Hessian, its eigenvalues taken by their size.
    Newton,
    /// θ + ηĝ with a sampled estimate ĝ of ∇J.
    Reinforce,
    /// REINFORCE with a critic that learns from the same trajectories (A2C).
    ActorCritic,
    /// An evolution strategy: J alone at θ ± σξ (Salimans et al. 2017).
    Evolution,
    /// The cross-entropy method: J alone at draws around θ (Mannor, Rubinstein & Gat 2003).
    CrossEntropy,
    /// The best of some draws around θ, if it raises J (Rastrigin 1963).
    RandomSearch,
}

impl AscentMethod {
    /// All methods, in the order of the reports.
    pub const ALL: [AscentMethod; 15] = [
        AscentMethod::Plain,
        AscentMethod::LineSearch,
        AscentMethod::Projected,
        AscentMethod::Natural,
        AscentMethod::Mirror,
        AscentMethod::Nesterov,
        AscentMethod::Adam,
        AscentMethod::TrustRegion,
        AscentMethod::Proximal,
        AscentMethod::Newton,
        AscentMethod::Reinforce,
        AscentMethod::ActorCritic,
        AscentMethod::Evolution,
        AscentMethod::CrossEntropy,
        AscentMethod::RandomSearch,
    ];

    /// The name, as flags and reports spell it.
    pub const fn name(self) -> &'static str {
        match self {
            AscentMethod::Plain => "plain",
            AscentMethod::LineSearch => "line-search",
            AscentMethod::Projected => "projected",
            AscentMethod::Natural => "natural",
            AscentMethod::Mirror => "mirror",
            AscentMethod::Nesterov => "nesterov",
            AscentMethod::Adam => "adam",
            AscentMethod::TrustRegion => "trust-region",
            AscentMethod::Proximal => "proximal",
            AscentMethod::Newton => "newton",
            AscentMethod::Reinforce => "reinforce",
            AscentMethod::ActorCritic => "actor-critic",
            AscentMethod::Evolution => "evolution",
            AscentMethod::CrossEntropy => "cross-entropy",
            AscentMethod::RandomSearch => "random-search",
        }
    }

    /// Whether a step depends on more than the policy and the number of steps made: a momentum, a
    /// growing or adapted step size, a critic.
    pub fn has_memory(self) -> bool {
        matches!(
            self,
            AscentMethod::LineSearch
                | AscentMethod::Mirror
                | AscentMethod::Nesterov
                | AscentMethod::Adam
                | AscentMethod::ActorCritic
                | AscentMethod::CrossEntropy
                | AscentMethod::RandomSearch
        )
    }

    /// Whether it evaluates J at drawn parameters in place of a gradient.
    pub fn is_search(self) -> bool {
        matches!(
            self,
            AscentMethod::Evolution | AscentMethod::CrossEntropy | AscentMethod::RandomSearch
        )
    }

    /// Whether its steps weigh states by their visits, or actions by q − v: under the average reward that leaves out which
    /// class of states is reached.
    pub(crate) fn sees_visits_alone(self) -> bool {
        matches!(
            self,
            AscentMethod::Natural | AscentMethod::Mirror | AscentMethod::TrustRegion
        ) || self.is_sampled()
    }

    /// Whether its steps are sampled.
    pub fn is_sampled(self) -> bool {
        matches!(self, AscentMethod::Reinforce | AscentMethod::ActorCritic)
    }

    /// Errors with [`Error::Argument`] for methods whose models of J hold its rewards still, or that climb J
    /// alone, where the entropy of the policy is paid, and for α < 0.
    pub fn check_entropy(self, entropy: Option<f64>) -> Result<(), Error> {
        let serves = matches!(
            self,
            AscentMethod::Plain
                | AscentMethod::LineSearch
                | AscentMethod::Natural
                | AscentMethod::Reinforce
                | AscentMethod::ActorCritic
        );
        if entropy.is_some() && !serves {
            return Err(Error::Argument {
                name: "the method that climbs J with entropy",
                found: self.name().into(),
                expected: "plain, line-search, natural, reinforce or actor-critic",
            });
        }
        if let Some(alpha) = entropy.filter(|alpha| !(alpha.is_finite() && *alpha >= 0.0)) {
            return Err(Error::Argument {
                name: "α, the weight of the entropy,",
                found: alpha.to_string(),
                expected: "a number that is at least 0",
            });
        }
        Ok(())
    }

    /// Errors with [`Error::Argument`] for methods that climb J alone where a criterion of risk is asked for.
    pub fn check_risk(self, risk: Option<&Risk>) -> Result<(), Error> {
        if risk.is_some() && !matches!(self, AscentMethod::Plain | AscentMethod::LineSearch) {
            return Err(Error::Argument {
                name: "the method that climbs a criterion of risk",
                found: self.name().into(),
                expected: "plain or line-search",
            });
        }
        Ok(())
    }

    /// The policy the method starts from: for [`AscentMethod::Projected`] a softmax becomes the simplex
    /// policy of the same probabilities.
    ///
    /// Errors with [`Error::Ascent`] where the method does not serve the parametrization.
    pub fn start(self, policy: &Policy) -> Result<Policy, Error> {
        let kind = policy.parametrization().kind();
        let mixed = policy.mix().is_some();
        let refuse = |needed| Error::Ascent {
            method: self.name(),
            needed,
            found: if mixed { "a mixture" } else { kind.name() },
        };
        match self {
            AscentMethod::Projected => match kind {
                _ if policy.parametrization().is_bounded() => Ok(policy.clone()),
                Kind::Softmax if !mixed => {
                    let probabilities = policy.probabilities().to_vec();
                    Ok(Policy::on_simplex(policy.space(), probabilities))
                }
                _ => Err(refuse("softmax, direct or simplex")),
            },
            AscentMethod::Mirror => match kind {
                Kind::Softmax | Kind::Direct | Kind::Simplex if !mixed => with_parameters(policy),
                _ => Err(refuse("softmax, direct or simplex without a mixture")),
            },
            AscentMethod::Evolution if policy.parametrization().is_bounded() => Err(refuse(
                "softmax, log-linear or escort, whose θ has no bounds",
            )),
            _ => with_parameters(policy),
        }
    }
}

/// Errors where θ is not finite: a softmax given by probabilities of 0.
fn with_parameters(policy: &Policy) -> Result<Policy, Error> {
    let theta = policy.theta().ok_or(Error::Ascent {
        method: "an ascent",
        needed: "a finite θ",
        found: "probabilities without one",
    })?;
    Ok(policy.with_theta(theta.to_vec())?)
}

/// How to ascend.
#[derive(Clone, Debug)]
pub struct AscentOptions {
    /// The rule.
    pub method: AscentMethod,
    /// The criterion that is climbed in place of J, by [`AscentMethod::Plain`] and [`AscentMethod::LineSearch`]: the
    /// trace then holds it and its gradient.
    pub risk: Option<Risk>,
    /// α ≥ 0, the weight of the policy's entropy in every reward: J_α is climbed in place of J.
    pub entropy: Option<f64>,
    /// After how many steps the trajectories of the sampled methods are cut, as by a time limit that the task does
    /// not have: critics bootstrap there. `None`: not at all; runs of [`Sampling::RUN`](crate::estimator::Sampling::RUN) steps under the average
    /// reward.
    pub truncation: Option<usize>,
    /// The most steps to make.
    pub iterations: usize,
    /// η, or what the method has in its place: the mean divergence of a trust region, ε of the
    /// clipped surrogate, the first trial of a line search. `None`: [`super::default_step`].
    pub step: Option<f64>,
    /// Stop when the gradient is at most this, in reward per unit of θ ([`super::AscentStop::Gradient`]). `None`:
    /// [`super::default_tolerance`].
    pub tolerance: Option<f64>,
    /// Stop when the bound on J* − J is at most this, in units of reward.
    pub gap_tolerance: Option<f64>,
    /// Whether every step carries a bound on J* − J.
    pub bounds: bool,
    /// Of how many iterates one is kept in the trace; `None`: all of up to 100,000, then every second,
    /// fourth, …. The first and the last one always are.
    pub every: Option<usize>,
    /// Whether θ, π and v of every iterate of the trace are kept: 8 (d + m + n) bytes each.
    pub iterates: bool,
    /// What the sampled methods estimate ∇J with; `None`: reward-to-go for REINFORCE, the TD
    /// residual for the actor-critic.
    pub estimator: Option<Estimator>,
    /// Trajectories in each step of the sampled methods, and policies that the searches draw in each
    /// of theirs (pairs of them for [`AscentMethod::Evolution`]).
    pub trajectories: u64,
    /// Of how many sampled returns the searches take the mean for J; `None`: J itself, exactly.
    pub rollouts: Option<u64>,
    /// The critic's step α in (0, 1], by which it moves towards its target.
    pub critic_step: f64,
    /// The seed of the sampled methods and of the searches.
    pub seed: u64,
    /// Steps of an earlier ascent that this one goes on from: iterates are counted on, and sampled
    /// steps draw what those would have drawn next.
    pub made: usize,
    /// Threads of the sampled methods, 0 for as many as the machine has; changes no result.
    pub threads: usize,
    /// How linear systems are solved.
    pub solver: SolverOptions,
}

impl Default for AscentOptions {
    fn default() -> AscentOptions {
        AscentOptions {
            method: AscentMethod::default(),
            risk: None,
            entropy: None,
            truncation: None,
            iterations: 1000,
            step: None,
            tolerance: None,
            gap_tolerance: None,
            bounds: false,
            every: None,
            iterates: false,
            estimator: None,
            trajectories: 100,
            rollouts: None,
            critic_step: 0.1,
            seed: 0,
            made: 0,
            threads: 1,
            solver: SolverOptions::default(),
        }
    }
}

impl AscentOptions {
    /// The estimator of a sampled method.
    pub fn estimator(&self) -> Estimator {
        match (&self.estimator, self.method) {
            (Some(estimator), _) => estimator.clone(),
            (None, AscentMethod::ActorCritic) => Estimator::new(Psi::TdResidual),
            (None, _) => Estimator::new(Psi::RewardToGo),
        }
    }
}
