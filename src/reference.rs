//! Reference values for other people's tests: everything exact about a policy in a model, the
//! conventions in words, and sampled trajectories with what each estimator makes of them.

mod fixtures;
mod forms;
mod template;

pub(crate) use fixtures::Recorded;
pub use fixtures::{Drawn, Estimate, Fixtures};
pub use forms::LibraryForm;
pub(crate) use forms::{Steps, backwards, next};
pub use template::{Beside, Template};

use sha2::{Digest, Sha256};

use crate::arithmetic::Arithmetic;
use crate::control::Optimum;
use crate::error::{Divergence, Error};
use crate::estimator::{Detail, Estimator, Law, Sampling};
use crate::evaluation::{Evaluation, RoundingBounds};
use crate::gradient::{Gradient, Route};
use crate::linalg::Solvable;
use crate::model::Model;
use crate::policy::Policy;
use crate::solved::Solved;
use crate::yaml::Style;
use nalgebra::DMatrix;

/// Up to so many entries a reference holds matrices (the Jacobian, covariances): beyond, a fraction
/// of thousands of digits for each would make gigabytes.
const fn most_entries<F: Solvable>() -> usize {
    if F::EXACT { 1 << 14 } else { 1 << 20 }
}

/// Everything exact about a policy in a model.
pub struct Reference<F: Solvable> {
    /// v, q, A, ρ, J.
    pub evaluation: Evaluation<F>,
    /// What rounding may have done to these.
    pub rounding: RoundingBounds,
    /// ∇J and the routes to it.
    pub gradient: Gradient<F>,
    /// ∇v [S, d]; `None` where it would have too many entries.
    pub jacobian: Option<DMatrix<F>>,
    /// A bound on what rounding has done to an entry of that; `None` in a field that is exact or has bounds of its own.
    pub jacobian_error: Option<f64>,
    /// The estimators' laws, or why there are none.
    pub laws: Result<Vec<NamedLaw<F>>, Error>,
    /// The optimum of the model, or why there is none.
    pub optimum: Result<Optimum<F>, Error>,
}

/// An estimator with the exact law of one trajectory's contribution, or why there is none.
pub struct NamedLaw<F: Solvable> {
    /// The estimator.
    pub estimator: Estimator,
    /// Its law.
    pub law: Result<Law<F>, Divergence>,
    /// T, if trajectories are cut there.
    pub truncation: Option<usize>,
}

impl<F: Arithmetic> Reference<F> {
    /// All of it about a solved policy, beside the optimum of its model.
    ///
    /// Errors with [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J or v has no derivative, [`Error::TooLarge`]
    /// where n·d numbers are too many, [`Error::Factor`].
    pub fn new(
        solved: &Solved<F>,
        estimators: &[Estimator],
        drawn: LawSampling<F>,
        routes: &[Route],
        optimum: Result<Optimum<F>, Error>,
    ) -> Result<Reference<F>, Error> {
        let entries = solved.mdp().states() * solved.policy().parameters();
        let few = entries <= most_entries::<F>();
        Ok(Reference {
            gradient: solved.gradient_by(routes)?,
            jacobian: few.then(|| solved.jacobian()).transpose()?,
            jacobian_error: if few { solved.jacobian_error()? } else { None },
            laws: laws_when(solved, estimators, drawn),
            optimum,
            rounding: solved.rounding()?,
            evaluation: solved.evaluation().clone(),
        })
    }
}

/// How the trajectories of a law are drawn.
#[derive(Clone, Copy, Debug)]
pub struct LawSampling<'a, F: Solvable> {
    /// How they end; `None`: in the criterion's own way.
    pub sampling: Option<Sampling>,
    /// Who acts, if not the policy itself.
    pub behavior: Option<&'a Policy<F>>,
}

/// The exact laws of estimators, sampled in the criterion's own way unless another is given.
///
/// Errors with [`Error::Criterion`] for a way of sampling that the criterion does not have, with [`Error::NoScore`] on the boundary of a direct parametrization, and with [`Error::Factor`].
///
/// ```
/// use exact_mdp::arithmetic::Choice;
/// use exact_mdp::estimator::parse_list;
/// use exact_mdp::model::Model;
/// use exact_mdp::reference::laws;
///
/// let model = Model::load("mdps/retry-loop.yaml")?;
/// let solved = model.solve(Choice::Uniform)?;
/// let laws = laws(&solved, &parse_list("reward-to-go", true)?, None)?;
/// assert_eq!(laws.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn laws<F: Solvable>(
    solved: &Solved<F>,
    estimators: &[Estimator],
    sampling: Option<Sampling>,
) -> Result<Vec<NamedLaw<F>>, Error> {
    let behavior = None;
    laws_when(solved, estimators, LawSampling { sampling, behavior })
}

/// [`laws`], of trajectories that another policy may draw.
///
/// Errors with [`Error::NoSupport`] where b = 0 < π, with [`Error::NoScore`] on the boundary of a direct parametrization,
/// with [`Error::Criterion`] for a way of sampling that the criterion does not have.
pub fn laws_when<F: Solvable>(
    solved: &Solved<F>,
    estimators: &[Estimator],
    drawn: LawSampling<F>,
) -> Result<Vec<NamedLaw<F>>, Error> {
    let sampling = match drawn.sampling {
        Some(sampling) => sampling,
        None => Sampling::of_laws(solved.mdp(), solved.policy())?,
    };
    let truncation = sampling.cut();
    let detail = Detail::affordable::<F>(solved.policy().parameters());
    let laws = solved.laws_under(drawn.behavior, estimators, sampling, detail)?;
    let named = |(estimator, law): (&Estimator, Result<Law<F>, Error>)| {
        let law = match law {
            Err(Error::Divergence { why, .. }) => Err(why),
            law => Ok(law?),
        };
        Ok(NamedLaw {
            estimator: estimator.clone(),
            law,
            truncation,
        })
    };
    estimators.iter().zip(laws).map(named).collect()
}

/// SHA-256, in hexadecimal, of the model in our own format, written in nested form: the same for
/// two files that mean the same model in the same order.
pub fn model_hash(model: &Model) -> String {
    let digest = Sha256::digest(model.write(Style::Nested).as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the numbers mean, where implementations differ.
const CONVENTIONS: [(&str, &str); 11] = [
    (
        "order",
        "vectors over states are in the order of `states`, vectors over pairs in the order of `pairs` (by state, then by action), vectors over parameters in the order of `policy.parameters`; an action that a state does not have has no pair",
    ),
    (
        "discounting",
        "J = sum_s rho0(s) v(s), and `gradient` is its derivative: the discount gamma^t counts from the start of the trajectory and stands before the score of time t, through the discounted occupancy",
    ),
    (
        "occupancy",
        "expected discounted visits sum_t gamma^t P(s_t = s), not normalised: they sum to 1/(1 - gamma) where nothing terminates; for the average reward the long-run share of time",
    ),
    (
        "rewards",
        "the reward of time t is undiscounted at t = 0; r(s, a) is the expectation over the next state",
    ),
    (
        "terminal",
        "terminal states stand in `states` with v = 0 and occupancy 0 and have no pairs; entering one may be paid",
    ),
    (
        "criterion",
        "finite horizon: v, q, advantage and jacobian are those at t = 0, occupancy sums over t < T; average: v is the bias h, q = r - g + p h, j the gain from rho0, jacobian that of the gain",
    ),
    (
        "jacobian",
        "jacobian[s][k] is the derivative of v(s) in parameter k; null rows are states without a value",
    ),
    (
        "simplex",
        "the gradient of a simplex policy is its tangential part rho(s) (q(s,a) - mean over the actions of s): the part along the simplex, whose components sum to 0 in each state",
    ),
    (
        "natural",
        "the Fisher matrix is weighted with the unnormalised occupancy; the natural gradient is the shortest solution of F w = gradient",
    ),
    (
        "estimators",
        "expectation, variance and covariance are those of one trajectory's contribution; the mean of N has 1/N of the variance; truncation null means a trajectory to its end or, where it has none, for ever",
    ),
    (
        "fixtures",
        "sampled trajectories as indices into `states` and `actions`, one more state than actions: the last is where it ended or was cut (`truncation`); terminated says that step t ends the trajectory (v_next is 0 there), truncated that it is cut and would go on (v_next is v of the last state); psi[i][t] is what multiplies scores[i][t], after gamma^t unless the name ends in :dropped or is total-return; contributions[i][k] is what the estimator must return on trajectory i alone, estimate[k] their mean; vacuous names the estimators that are 0 on all of them; the v, q and advantage in them are those above (of a finite horizon, those of the time), also where a trajectory was cut",
    ),
];

/// Those of [`CONVENTIONS`] that are others where nothing is discounted.
const UNDISCOUNTED: [(&str, &str); 2] = [
    (
        "discounting",
        "nothing is discounted: J = sum_s rho0(s) g(s), the gain, in units of reward per step, and `gradient` is its derivative; v is the bias h, which solves h = r - g + P h and has the long-run mean 0 from every state (P* h = 0)",
    ),
    (
        "rewards",
        "r(s, a) is the expectation over the next state; every step counts alike",
    ),
];

/// What the numbers mean, as topics with a sentence each, of a criterion by its name.
pub fn conventions(criterion: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let other: &[(&str, &str)] = match criterion {
        "average" => &UNDISCOUNTED,
        _ => &[],
    };
    CONVENTIONS.into_iter().map(|(topic, words)| {
        let own = other.iter().find(|(name, _)| *name == topic);
        (topic, own.map_or(words, |(_, words)| words))
    })
}
