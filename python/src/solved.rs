//! A policy solved on a model.

use std::sync::{Arc, OnceLock};

use exact_mdp::error::Error;
use exact_mdp::estimator::{Baseline, Critic, Estimator, Sampling};
use exact_mdp::gradient::Route;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::solved;
use exact_mdp::study::{CriticName, StateFunction};
use nalgebra::DMatrix;
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::arrays::{borrowed, borrowed_matrix, over_pairs, over_parameters, owned};
use crate::error::{analysis, argument};
use crate::given;
use crate::interrupt::{run, watched};
use crate::law::Law;
use crate::model::Model;
use crate::pickle;
use crate::policy::Policy;
use crate::shards::{self, InParts};
use crate::verdict::{Asked, Verdict};

/// A policy solved on a model: values, gradients, laws of estimators, samples, comparisons.
///
/// The system is factored once, when the policy is solved; everything else is computed when it is
/// first asked for and then kept. Arrays are read-only views of the same memory.
///
/// >>> s = exact_mdp.bundled("two-state").solve_policy()
/// >>> s.j, s.v.shape, s.q.shape, s.gradient.shape
/// (5.547945205479452, (2,), (4,), (4,))
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Solved {
    pub solved: solved::Solved,
    pub model: Py<Model>,
    pub policy: Py<Policy>,
    jacobian: Kept,
    hessian: Kept,
    fisher: Kept,
    natural: OnceLock<Result<Vec<f64>, Error>>,
}

/// Up to so many trajectories a comparison looks at its errors on the way, for the picture: a look cannot be interrupted.
const LOOKS: u64 = 1_000_000;

/// A matrix that is computed when first asked for.
type Kept = OnceLock<Result<DMatrix<f64>, Error>>;

impl Solved {
    pub fn new(
        model: &Bound<'_, Model>,
        policy: Option<&Bound<'_, Policy>>,
        solver: SolverOptions,
    ) -> PyResult<Solved> {
        let py = model.py();
        let policy = match policy {
            Some(policy) => policy.clone(),
            None => Bound::new(py, Policy::own(model)?)?,
        };
        if model.get().has_rules(policy.get()) {
            return Solved::new(&Model::in_time(model)?, Some(&policy), solver);
        }
        let (mdp, chosen) = (
            Arc::clone(&model.get().mdp),
            Arc::clone(&policy.get().policy),
        );
        let solved = run(py, mdp.states(), || solved::Solved::by(mdp, chosen, solver))?;
        Ok(Solved {
            solved: solved.map_err(analysis)?,
            model: model.clone().unbind(),
            policy: policy.unbind(),
            jacobian: OnceLock::new(),
            hessian: OnceLock::new(),
            fisher: OnceLock::new(),
            natural: OnceLock::new(),
        })
    }

    /// The trajectories of an argument: cut after `truncation` steps, or dying.
    pub fn sampling(
        &self,
        truncation: Option<usize>,
        geometric: bool,
    ) -> PyResult<Option<Sampling>> {
        match (truncation, geometric) {
            (Some(0), _) => Err(argument("truncation is 0; expected at least 1 step")),
            (Some(_), true) => Err(argument("give truncation or geometric, not both")),
            (Some(steps), false) if self.solved.mdp().criterion().kind() == "average" => {
                Ok(Some(Sampling::LongRun(steps)))
            }
            (Some(steps), false) => Ok(Some(Sampling::Truncated(steps))),
            (None, true) => Ok(Some(Sampling::Geometric)),
            (None, false) => Ok(None),
        }
    }
}

/// Asks a solved policy something that may take long.
pub fn ask<T: Send + 'static>(
    slf: &Bound<'_, Solved>,
    question: impl FnOnce(&solved::Solved) -> T + Send + 'static,
) -> PyResult<T> {
    let (this, states) = (slf.clone().unbind(), slf.get().solved.mdp().states());
    run(slf.py(), states, move || question(&this.get().solved))
}

fn matrix<'py>(
    slf: &Bound<'py, Solved>,
    kept: fn(&Solved) -> &Kept,
    compute: fn(&solved::Solved) -> Result<DMatrix<f64>, Error>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let this = slf.get();
    if kept(this).get().is_none() {
        let found = ask(slf, compute)?;
        kept(this).get_or_init(|| found);
    }
    match kept(this).get_or_init(|| compute(&this.solved)) {
        Ok(found) => Ok(borrowed_matrix(found, slf.clone().into_any())),
        Err(error) => Err(analysis(error.clone())),
    }
}

fn natural(solved: &solved::Solved) -> Result<Vec<f64>, Error> {
    Ok(solved.natural_gradient()?.direction)
}

/// Estimators from a name or a list of names.
pub fn estimators(names: &Bound<'_, PyAny>, discounted: bool) -> PyResult<Vec<Estimator>> {
    exact_mdp::estimator::parse_list(&joined(names)?, discounted).map_err(analysis)
}

/// What stands for v in critics, if it is not v.
pub fn critic_of(
    solved: &Bound<'_, Solved>,
    critic: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Critic>> {
    let critic = given::critic(critic, solved.get().solved.mdp().states())?;
    Ok(match critic {
        CriticName::Given(u) => Some(Critic::File(u)),
        CriticName::Noise { seed, scale } => Some(Critic::Noise { seed, scale }),
        CriticName::Exact | CriticName::File(_) => None,
    })
}

/// The same estimators with another critic.
pub fn with_critic(
    solved: &Bound<'_, Solved>,
    estimators: Vec<Estimator>,
    critic: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<Estimator>> {
    let Some(critic) = critic_of(solved, critic)? else {
        return Ok(estimators);
    };
    let each = estimators.into_iter();
    let each = each.map(|estimator| estimator.with_critic(critic.clone()));
    each.collect::<Result<_, _>>().map_err(analysis)
}

/// The estimator with b(s) that is given, if there is one.
pub fn baselined(
    baseline: Option<&Bound<'_, PyAny>>,
    states: usize,
) -> PyResult<Option<Estimator>> {
    Ok(match given::baseline(baseline, states)? {
        Some(StateFunction::Given(b)) => Some(Estimator::baselined(Baseline::File(b))),
        _ => None,
    })
}

/// Names of estimators, separated by commas.
pub fn joined(names: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = match names.extract::<Vec<String>>() {
        Ok(list) if !names.is_instance_of::<pyo3::types::PyString>() => list.join(","),
        _ => names.extract::<String>().map_err(|_| {
            argument("estimators are a name such as \"gae:0.95\", or a list of names")
        })?,
    };
    if text.trim().is_empty() {
        return Err(argument(
            "estimators are none; expected a name such as \"gae:0.95\", or a list of names",
        ));
    }
    Ok(text)
}

#[pymethods]
impl Solved {
    /// The model.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.model
    /// <Model two-state: 2 states (0 terminal), 4 pairs, discounted, γ = 0.9>
    #[getter]
    fn model(&self, py: Python<'_>) -> Py<Model> {
        self.model.clone_ref(py)
    }

    /// The policy.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.policy
    /// <Policy softmax of 4 parameters>
    #[getter]
    fn policy(&self, py: Python<'_>) -> Py<Policy> {
        self.policy.clone_ref(py)
    }

    /// J, in units of reward; per step for the average reward.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.j
    /// 5.547945205479452
    #[getter]
    fn j(&self) -> f64 {
        *self.solved.j()
    }

    /// v(s), float64 [S]; the bias h for the average reward, v₀ for a horizon.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.v.shape
    /// (2,)
    #[getter]
    fn v<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(slf.get().solved.v(), slf.clone().into_any())
    }

    /// q(s, a), float64 [SA]; `.unstack()` gives [S, A].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.q.shape, s.q.unstack().shape
    /// ((4,), (2, 2))
    #[getter]
    fn q<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let model = slf.get().model.bind(slf.py()).as_any();
        over_pairs(slf.get().solved.q(), slf.clone().into_any(), model)
    }

    /// A(s, a) = q(s, a) − v(s), float64 [SA].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> bool(abs(s.advantage - (s.q - s.v[s.model.pair_states])).max() < 1e-12)
    /// True
    #[getter]
    fn advantage<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let model = slf.get().model.bind(slf.py()).as_any();
        over_pairs(slf.get().solved.advantage(), slf.clone().into_any(), model)
    }

    /// ρ(s), float64 [S]: expected discounted visits, not normalised.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> float(s.occupancy.sum().round(9))
    /// 10.0
    #[getter]
    fn occupancy<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(slf.get().solved.occupancy(), slf.clone().into_any())
    }

    /// ρ(s) π(a|s), float64 [SA].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.pair_occupancy.shape
    /// (4,)
    #[getter]
    fn pair_occupancy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let model = slf.get().model.bind(slf.py()).as_any();
        over_pairs(
            slf.get().solved.pair_occupancy(),
            slf.clone().into_any(),
            model,
        )
    }

    /// The states without a value at γ = 1, by name; their v is 0 here.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.undefined
    /// []
    #[getter]
    fn undefined(&self) -> Vec<String> {
        let names = self.solved.mdp().space().state_names();
        let states = self.solved.evaluation().undefined.states.iter();
        states.map(|&s| names.get(s).into_owned()).collect()
    }

    /// ∇J, float64 [d], in units of reward per parameter; `.unstack()` gives [S, A] where each pair
    /// has its own parameter.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.gradient.shape, s.gradient.unstack().shape
    /// ((4,), (2, 2))
    #[getter]
    fn gradient<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let gradient = slf.get().solved.gradient().map_err(analysis)?;
        over_parameters(gradient, slf.clone().into_any(), slf)
    }

    /// ∇J by several routes: a dict from the route's name to float64 [d], or None where the route
    /// does not exist. "bellman", "adjoint", "nabla-log", "dual", "finite-difference",
    /// "complex-step"; all of them unless said.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> sorted(s.gradient_by(["bellman", "dual"]))
    /// ['bellman', 'dual']
    #[pyo3(signature = (routes=None))]
    fn gradient_by<'py>(
        slf: &Bound<'py, Self>,
        routes: Option<Vec<String>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let named = |name: &String| {
            let found = Route::ALL.into_iter().find(|route| route.name() == name);
            found.ok_or_else(|| {
                let all = Route::ALL.map(Route::name).join(", ");
                argument(format!("unknown route {name:?}; there are {all}"))
            })
        };
        let routes = match &routes {
            Some(names) => names.iter().map(named).collect::<PyResult<Vec<_>>>()?,
            None => Route::ALL.to_vec(),
        };
        let found = ask(slf, move |solved| solved.gradient_by(&routes))?;
        let found = found.map_err(analysis)?;
        let py = slf.py();
        let by_route = PyDict::new(py);
        for made in found.routes {
            let gradient = made.gradient.map(|gradient| owned(py, gradient));
            by_route.set_item(made.route.name(), gradient)?;
        }
        Ok(by_route)
    }

    /// ∇v, float64 [S, d]; ∇v₀ for a horizon, ∇g for the average reward.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.jacobian.shape
    /// (2, 4)
    #[getter]
    fn jacobian<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        matrix(slf, |this| &this.jacobian, |solved| solved.jacobian())
    }

    /// ∇²J, float64 [d, d].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.hessian.shape
    /// (4, 4)
    #[getter]
    fn hessian<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        matrix(slf, |this| &this.hessian, |solved| solved.hessian())
    }

    /// The Fisher matrix Σ ρ(s) π ψψᵀ, float64 [d, d], with the mass of the occupancy.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.fisher.shape
    /// (4, 4)
    #[getter]
    fn fisher<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        matrix(slf, |this| &this.fisher, |solved| solved.fisher())
    }

    /// F⁺∇J, float64 [d].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.natural_gradient.shape
    /// (4,)
    #[getter]
    fn natural_gradient<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        if this.natural.get().is_none() {
            let found = ask(slf, natural)?;
            this.natural.get_or_init(|| found);
        }
        match this.natural.get_or_init(|| natural(&this.solved)) {
            Ok(found) => over_parameters(found, slf.clone().into_any(), slf),
            Err(error) => Err(analysis(error.clone())),
        }
    }

    /// The same model and parametrization at other parameters θ, [d] or [S, A], solved.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.with_theta([0, 1, 0, 1]).j > s.j
    /// True
    fn with_theta(slf: &Bound<'_, Self>, theta: &Bound<'_, PyAny>) -> PyResult<Solved> {
        let py = slf.py();
        let moved = Policy::moved(slf.get().policy.bind(py), theta)?;
        let solver = slf.get().solved.options().clone();
        Solved::new(
            slf.get().model.bind(py),
            Some(&Bound::new(py, moved)?),
            solver,
        )
    }

    /// The exact law of an estimator by name: "reward-to-go", "gae:0.95", "baseline:v",
    /// "reward-to-go:dropped", ….
    ///
    /// `truncation` cuts trajectories; `geometric=True` lets them die with probability 1 − γ;
    /// `behavior` is the policy that acts, if not this one. `critic` stands for v in critics: "noise:SEED:SCALE" is v plus
    /// normal errors, an array is a number for each state, [S], over a horizon also for each time, [T, S].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.law("reward-to-go", truncation=20).mean.shape
    /// (4,)
    /// >>> bool(s.law("td-residual", truncation=20, critic=[0, 0]).biased)
    /// True
    #[pyo3(signature = (estimator, *, truncation=None, geometric=false, behavior=None, critic=None))]
    fn law(
        slf: &Bound<'_, Self>,
        estimator: &str,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
        behavior: Option<&Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Law> {
        let estimator: Estimator = estimator.parse().map_err(analysis)?;
        let estimator = with_critic(slf, vec![estimator], critic)?.remove(0);
        let law = Law::new(slf, estimator, truncation, geometric, behavior)?;
        Ok(law.with_critic(critic))
    }

    /// The first `n` trajectories of a seed, as arrays.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> len(s.sample(5, seed=1, truncation=10))
    /// 5
    #[pyo3(signature = (n, seed=0, *, truncation=None, geometric=false))]
    fn sample(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = given::n)] n: u64,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
    ) -> PyResult<crate::sample::Sample> {
        let sampling = slf.get().sampling(truncation, geometric)?;
        let draw = move |this: Py<Self>| match sampling {
            Some(sampling) => this.get().solved.sample_when(sampling, n, seed),
            None => this.get().solved.sample(n, seed),
        };
        let this = slf.clone().unbind();
        let record = watched(slf.py(), move |_| draw(this))?;
        if let Some(raised) = record.1 {
            return Err(raised);
        }
        let (record, mdp) = (record.0, slf.get().solved.mdp());
        let horizon = match mdp.criterion() {
            exact_mdp::mdp::Criterion::FiniteHorizon { horizon, .. } => Some(*horizon),
            _ => None,
        };
        Ok(crate::sample::Sample::new(
            record.map_err(analysis)?,
            mdp.space(),
            horizon,
        ))
    }

    /// Samples the estimators beside their exact laws, and judges as a statistician would.
    ///
    /// The same seed gives the same numbers, whatever the number of threads. Ctrl-C ends the run;
    /// what was sampled up to then is judged.
    ///
    /// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    /// >>> s.compare(["reward-to-go"], n=10_000).consistent
    /// True
    ///
    /// `behavior` acts in place of the policy; `critic` is that of `law`; `baseline` adds the baselined estimator with
    /// these b(s), an array as a critic is. `paired` also tests the others' differences from the first estimator on the
    /// same trajectories. With `entropy` α the estimators are those of J with α times the policy's entropy in every reward.
    #[pyo3(signature = (estimators, n=100_000, seed=0, *, threads=0, sequential=false, false_alarm=1e-4, truncation=None, geometric=false, behavior=None, critic=None, baseline=None, entropy=None, paired=false, covariance=false))]
    #[allow(clippy::too_many_arguments)]
    fn compare(
        slf: &Bound<'_, Self>,
        estimators: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = given::n)] n: u64,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        #[pyo3(from_py_with = given::threads)] threads: usize,
        sequential: bool,
        #[pyo3(from_py_with = given::false_alarm)] false_alarm: f64,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
        behavior: Option<&Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::optional_entropy)] entropy: Option<f64>,
        paired: bool,
        covariance: bool,
    ) -> PyResult<crate::comparison::Comparison> {
        let this = slf.get();
        let discounted = this.solved.mdp().discount() < 1.0 && !geometric;
        let mut estimators = with_critic(slf, self::estimators(estimators, discounted)?, critic)?;
        estimators.extend(baselined(baseline, this.solved.mdp().states())?);
        let options = exact_mdp::comparison::Options {
            trajectories: n,
            seed,
            threads,
            sequential,
            false_alarm,
            sampling: this.sampling(truncation, geometric)?,
            behavior: behavior.map(|actor| (*actor.get().policy).clone()),
            paired,
            covariance,
            checkpoints: n <= LOOKS,
            solver: this.solved.options().clone(),
            ..Default::default()
        };
        crate::comparison::Comparison::new(slf, estimators, options, entropy)
    }

    /// Some blocks of a comparison, of 2048 trajectories each, summed: bytes for `compare_merged`, the same as the
    /// program's `compare --blocks` writes.
    ///
    /// `blocks` is a range; `n` is that of the whole run, and without it as many blocks belong to the run as are
    /// merged. The others are those of `compare`. Ctrl-C raises.
    ///
    /// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    /// >>> parts = [s.compare_blocks(range(k, k + 1), "reward-to-go", n=4096) for k in (0, 1)]
    /// >>> merged = s.compare_merged(parts, "reward-to-go")
    /// >>> merged.trajectories, bool((merged.estimators[0]["mean"] == s.compare("reward-to-go", n=4096).estimators[0]["mean"]).all())
    /// (4096, True)
    #[pyo3(signature = (blocks, estimators, n=None, seed=0, *, threads=0, truncation=None, geometric=false, behavior=None, critic=None, baseline=None, paired=false, covariance=false))]
    #[allow(clippy::too_many_arguments)]
    fn compare_blocks<'py>(
        slf: &Bound<'py, Self>,
        #[pyo3(from_py_with = given::blocks)] blocks: std::ops::Range<u64>,
        estimators: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = given::optional_n)] n: Option<u64>,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        #[pyo3(from_py_with = given::threads)] threads: usize,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
        behavior: Option<&Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        paired: bool,
        covariance: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let asked = InParts {
            estimators: joined(estimators)?,
            truncation,
            geometric,
            behavior,
            critic,
            baseline,
        };
        let usual = exact_mdp::comparison::Options::default();
        let options = exact_mdp::comparison::Options {
            trajectories: n.unwrap_or(usual.trajectories),
            seed,
            threads,
            paired,
            covariance,
            ..usual
        };
        shards::summed(slf, asked.request(slf, options)?, blocks, n.is_some())
    }

    /// The comparison whose blocks these shards hold, bytes of `compare_blocks` or paths of files, to the last byte
    /// that of one run; everything else is said as it was for the blocks.
    ///
    /// Raises AnalysisError where a shard belongs to another run, two have the same block, or one is missing.
    ///
    /// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    /// >>> s.compare_merged([s.compare_blocks(range(1, 2), "reward-to-go")], "reward-to-go")
    /// Traceback (most recent call last):
    ///     ...
    /// exact_mdp.AnalysisError: no shard has the blocks 0..1
    /// help: add the files that have them
    #[pyo3(signature = (shards, estimators, seed=0, *, false_alarm=1e-4, truncation=None, geometric=false, behavior=None, critic=None, baseline=None, paired=false, covariance=false))]
    #[allow(clippy::too_many_arguments)]
    fn compare_merged(
        slf: &Bound<'_, Self>,
        shards: Vec<Bound<'_, PyAny>>,
        estimators: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        #[pyo3(from_py_with = given::false_alarm)] false_alarm: f64,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
        behavior: Option<&Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        paired: bool,
        covariance: bool,
    ) -> PyResult<crate::comparison::Comparison> {
        let asked = InParts {
            estimators: joined(estimators)?,
            truncation,
            geometric,
            behavior,
            critic,
            baseline,
        };
        let options = exact_mdp::comparison::Options {
            seed,
            false_alarm,
            paired,
            covariance,
            ..Default::default()
        };
        shards::merged(slf, asked.request(slf, options)?, &shards)
    }

    /// Holds numbers of one's own against the exact ones and, where they are wrong, names the
    /// mistake. One of four is given:
    ///
    /// - `gradient` should be ∇J: [d], or [S, A] where each pair has its own parameter; float32 is
    ///   judged to its own precision.
    /// - `samples` are estimates, a row [d] or [S, A] for each trajectory (or mean of `batch` of
    ///   them), of `estimator`, or else of any; `truncation` says where trajectories were cut.
    /// - `trajectories` are a `Sample`, a dict of columns, a table of pandas, polars or pyarrow, or a
    ///   list of dicts: states, actions, rewards, if there are any next_states, terminated, truncated, log_probabilities, and what
    ///   is made of them, psi, contributions and estimate. `behavior` is the policy that acted.
    ///
    /// - `values` should be what a `formula` says: "v", "q", "advantage", "occupancy", "pair_occupancy", "jacobian",
    ///   "hessian", "fisher", "natural", or of the `estimator` its "mean" or "covariance".
    ///
    /// With `entropy` α the numbers are those of J with α times the entropy in the rewards; `critic` stands for v in
    /// critics, as for `law`; `baseline` is the b(s) of one more estimator of `trajectories`. What is right is called
    /// inconsistent with the probability `false_alarm`.
    ///
    /// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    /// >>> s.judge(gradient=2 * s.gradient).verdict
    /// 'wrong'
    /// >>> s.judge(trajectories=s.sample(1000)).verdict
    /// 'consistent'
    #[pyo3(signature = (*, gradient=None, samples=None, trajectories=None, formula=None, values=None, estimator=None, batch=1, false_alarm=1e-4, truncation=None, behavior=None, critic=None, baseline=None, entropy=None))]
    #[allow(clippy::too_many_arguments)]
    fn judge(
        slf: &Bound<'_, Self>,
        gradient: Option<&Bound<'_, PyAny>>,
        samples: Option<&Bound<'_, PyAny>>,
        trajectories: Option<&Bound<'_, PyAny>>,
        formula: Option<&str>,
        values: Option<&Bound<'_, PyAny>>,
        estimator: Option<&str>,
        #[pyo3(from_py_with = given::batch)] batch: u64,
        #[pyo3(from_py_with = given::false_alarm)] false_alarm: f64,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        behavior: Option<&Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        entropy: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Verdict> {
        if baseline.is_some() && trajectories.is_none() {
            return Err(argument("baseline belongs to trajectories=…"));
        }
        let asked = Asked {
            estimator,
            batch,
            false_alarm,
            truncation,
            behavior,
            critic,
            baseline,
            entropy: given::entropy(entropy)?,
        };
        match (gradient, samples, trajectories, formula, values) {
            (Some(mine), None, None, None, None) => Verdict::of_gradient(slf, mine, &asked),
            (None, Some(mine), None, None, None) => Verdict::of_samples(slf, mine, &asked),
            (None, None, Some(mine), None, None) => Verdict::of_trajectories(slf, mine, &asked),
            (None, None, None, Some(name), Some(mine)) => {
                Verdict::of_formula(slf, name, mine, &asked)
            }
            _ => Err(argument(
                "give one of gradient=…, samples=…, trajectories=…, and formula=… with values=…",
            )),
        }
    }

    /// What `exact-mdp evaluate` answers, by the names of its JSON: a `Report`. With `returns=True`
    /// also, under "return", the law of the return G: variance, skewness, kurtosis, the gradient of the
    /// variance, the distribution.
    ///
    /// `arithmetic` is "float", "exact" (numbers are Fractions) or "certified" (with "bounds").
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.evaluate(arithmetic="exact").j
    /// Fraction(405, 73)
    #[pyo3(signature = (*, returns=false, arithmetic="float"))]
    fn evaluate(slf: &Bound<'_, Self>, returns: bool, arithmetic: &str) -> PyResult<Py<PyAny>> {
        crate::study::evaluate(slf, given::arithmetic(arithmetic)?, returns)
    }

    /// What `exact-mdp chain` answers of the policy's chain: classes, stationary distribution, gain,
    /// absorption; first passage `to` states; with `matrices` (up to 100 states unless said) also P*, D,
    /// Z, the spectrum and the mixing time. A `Report`; `arithmetic` as in `evaluate`.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.chain(to=["hot"], arithmetic="exact").passage["steps"]
    /// [Fraction(20, 9), Fraction(0, 1)]
    #[pyo3(signature = (*, to=None, matrices=None, arithmetic="float"))]
    fn chain(
        slf: &Bound<'_, Self>,
        to: Option<Vec<String>>,
        matrices: Option<bool>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let to = to.unwrap_or_default();
        crate::study::chain(slf, given::arithmetic(arithmetic)?, to, matrices)
    }

    /// What `exact-mdp between` answers of this policy and another: J' − J and where it comes from,
    /// surrogates (clipped at 1 ± `clip`), bounds of the trust region, and J and its slope at `points`
    /// of the line from this one to the other, with `in_parameters` the one from θ to θ'. A `Report`; `arithmetic` as in
    /// `evaluate`. `.plot()` draws the line, where values change and both policies.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> b = m.solve_policy().between(m.optimal())
    /// >>> bool(abs(b.contributions.sum() - b.difference) < 1e-12)
    /// True
    #[pyo3(signature = (other, *, clip=None, points=11, in_parameters=false, arithmetic="float"))]
    fn between(
        slf: &Bound<'_, Self>,
        other: &Bound<'_, Policy>,
        clip: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::points)] points: usize,
        in_parameters: bool,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let numbers = given::arithmetic(arithmetic)?;
        crate::study::between(slf, other, numbers, clip, points, in_parameters)
    }

    /// What `exact-mdp continuous` answers of a policy whose actions are numbers: ∇J by scores and by
    /// reparametrising, with the exact laws of both; of a Gaussian policy the deterministic policy gradient, and
    /// what comes near it with σ times each of `scales`; with `critic_error` the bias of the smaller of two
    /// critics whose errors have that deviation and that `correlation`; with `squash`, a temperature, what tanh
    /// without its Jacobian does. A `Report`; `arithmetic` as in `evaluate`.
    ///
    /// >>> c = exact_mdp.bundled("linear-quadratic").solve_policy().continuous(scales=[1, 0.5])
    /// >>> bool(abs(c.gradient - c.reparametrized).max() < 1e-12)
    /// True
    #[pyo3(signature = (*, scales=None, critic_error=None, correlation=None, squash=None, arithmetic="float"))]
    fn continuous(
        slf: &Bound<'_, Self>,
        scales: Option<Vec<Bound<'_, PyAny>>>,
        critic_error: Option<&Bound<'_, PyAny>>,
        correlation: Option<&Bound<'_, PyAny>>,
        squash: Option<&Bound<'_, PyAny>>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let numbers = given::arithmetic(arithmetic)?;
        crate::study::continuous(slf, numbers, scales, critic_error, correlation, squash)
    }

    /// What `exact-mdp rewards` answers of a model that names several: J, v and the gradient of each under this policy, from
    /// one factorisation, and of a `combination` such as "gain - 1/2*risk". A `Report`; `arithmetic` as in `evaluate`.
    ///
    /// >>> text = "discount: 1/2\nstates: 1\nactions: 1\ninitial: 0\ntransitions: {0: {0: 0}}\n"
    /// >>> m = exact_mdp.parse(text + "rewards: {gain: {0: {0: 3}}, risk: {0: {0: 1}}}")
    /// >>> [(one["name"], one["j"]) for one in m.solve_policy().rewards().rewards]
    /// [('gain', 6.0), ('risk', 2.0)]
    #[pyo3(signature = (*, combination=None, arithmetic="float"))]
    fn rewards(
        slf: &Bound<'_, Self>,
        combination: Option<String>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        crate::study::rewards(slf, given::arithmetic(arithmetic)?, combination)
    }

    /// What `exact-mdp cone` answers of this policy, which takes one action in each state: the `inequalities` of the rewards that
    /// make it optimal (unasked up to 100 pairs), which of them hold, how far the rewards are from the border, by which pair, and how
    /// far each alone may fall and rise. A `Report`; `arithmetic` as in `evaluate`.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> c = m.solve_policy(m.optimal()).cone(arithmetic="exact")
    /// >>> c.is_optimal, c.is_unique, c.max_norm["nearest"]
    /// (True, True, [['hot', 'wait']])
    #[pyo3(signature = (*, inequalities=None, arithmetic="float"))]
    fn cone(
        slf: &Bound<'_, Self>,
        inequalities: Option<bool>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        crate::study::cone(slf, given::arithmetic(arithmetic)?, inequalities)
    }

    /// What `exact-mdp shaping` answers of the reward of this model and that of `other`, which differs from it in nothing else: the
    /// potential Φ and the scale c with r' = c r + γpΦ − Φ, or the pair that refutes it; and what this policy is worth under both.
    /// A `Report`; `arithmetic` as in `evaluate`.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> found = m.solve_policy().shaping(m, arithmetic="exact")
    /// >>> found.verdict, found.scale, list(found.potential)
    /// ('shaped', Fraction(1, 1), [Fraction(0, 1), Fraction(0, 1)])
    #[pyo3(signature = (other, *, arithmetic="float"))]
    fn shaping(
        slf: &Bound<'_, Self>,
        other: &Bound<'_, Model>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        crate::study::shaping(slf, other, given::arithmetic(arithmetic)?)
    }

    /// What `exact-mdp players` answers of a game under a factored policy: each player's J, gradient and
    /// best reply, the value of a zero-sum game, whether there is a potential; the `jacobian` of all
    /// gradients; the laws of `estimators` of each player's own gradient; where all come to who `climb`
    /// ("plain", "natural", "optimistic", "extragradient"), each so-many-th step of it with `every`, drawn by `.plot()`.
    /// A `Report`; `arithmetic` as in `evaluate`.
    ///
    /// >>> s = exact_mdp.bundled("prisoners-dilemma").solve_policy()
    /// >>> [one["best_reply"]["gain"] for one in s.players(arithmetic="exact").players]
    /// [Fraction(1, 2), Fraction(1, 2)]
    #[pyo3(signature = (*, jacobian=false, estimators=None, climb=None, step=0.1, iterations=100, alternating=false, every=None, arithmetic="float"))]
    #[allow(clippy::too_many_arguments)] // by keyword
    fn players(
        slf: &Bound<'_, Self>,
        jacobian: bool,
        estimators: Option<String>,
        climb: Option<String>,
        step: f64,
        iterations: usize,
        alternating: bool,
        #[pyo3(from_py_with = given::every)] every: Option<usize>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let asked = crate::study::OfPlayers {
            numbers: given::arithmetic(arithmetic)?,
            jacobian,
            estimators,
            climb,
            step,
            iterations,
            alternating,
            every: every.unwrap_or(1),
        };
        crate::study::players(slf, asked)
    }

    /// What `exact-mdp critics` answers of critics that are linear in `features` [S, k]: of Monte Carlo,
    /// TD(λ) and emphatic TD for each of `lambdas`, and the Bellman residual, the fixed point, its
    /// error, its stability, and the gradient that an actor makes of it. `behavior` acts in place of the
    /// policy; `weights` are "on-policy", "occupancy" or "uniform". A `Report`; `arithmetic` "float" or
    /// "exact".
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> [one["name"] for one in s.critics([[1], [2]]).critics]
    /// ['monte-carlo', 'td:0', 'emphatic-td:0', 'bellman-residual']
    #[pyo3(signature = (features, *, lambdas=None, behavior=None, weights="on-policy", arithmetic="float"))]
    fn critics(
        slf: &Bound<'_, Self>,
        features: &Bound<'_, PyAny>,
        lambdas: Option<&Bound<'_, PyAny>>,
        behavior: Option<&Bound<'_, Policy>>,
        weights: &str,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let numbers = given::arithmetic(arithmetic)?;
        crate::study::critics(slf, features, numbers, lambdas, behavior, weights)
    }

    /// What `exact-mdp gradient` answers: ∇J by `routes` ("bellman", "adjoint", "nabla-log", "dual",
    /// "finite-difference", "complex-step", "evolution", "all") and how far they agree; `with_respect_to` "p", "r",
    /// "discount", "initial"; J and ∇J with `entropy` α; a criterion of `risk` of the return, "mean-variance:C",
    /// "exponential:BETA" or "cvar:LEVEL", and its gradient; the `excursion` objective of another policy that acts;
    /// ρ(s)A(s, a) with `toward_actions`; and the Jacobian, the Hessian, F⁺∇J and F where they are asked
    /// for. A `Report`; `arithmetic` as in `evaluate`. `.plot()` draws the entries of ∇J and the matrices.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> r = s.derivatives(with_respect_to=["discount"], arithmetic="exact")
    /// >>> r.with_respect_to["discount"]["derivative"]
    /// [Fraction(340650, 5329)]
    #[pyo3(signature = (*, routes=None, with_respect_to=None, entropy=None, risk=None, excursion=None, toward_actions=false, jacobian=false, hessian=false, natural=false, fisher=false, sigma=None, samples=1000, seed=0, arithmetic="float"))]
    #[allow(clippy::too_many_arguments)]
    fn derivatives(
        slf: &Bound<'_, Self>,
        routes: Option<Vec<String>>,
        with_respect_to: Option<Vec<String>>,
        entropy: Option<&Bound<'_, PyAny>>,
        risk: Option<String>,
        excursion: Option<&Bound<'_, Policy>>,
        toward_actions: bool,
        jacobian: bool,
        hessian: bool,
        natural: bool,
        fisher: bool,
        #[pyo3(from_py_with = given::optional_sigma)] sigma: Option<f64>,
        #[pyo3(from_py_with = given::samples)] samples: usize,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let unsaid = exact_mdp::study::Gradient::default();
        let sigma = sigma.unwrap_or(unsaid.sigma);
        if !(sigma.is_finite() && sigma > 0.0) {
            return Err(argument(format!(
                "sigma is {sigma}; expected a number above 0"
            )));
        }
        let entropy = given::entropy(entropy)?;
        let asked = crate::study::Derivatives {
            numbers: given::arithmetic(arithmetic)?,
            routes,
            with_respect_to: with_respect_to.unwrap_or_default(),
            entropy,
            risk,
            request: exact_mdp::study::Gradient {
                excursion: excursion.map(|policy| policy.get().name()),
                toward_actions,
                sigma,
                samples,
                seed,
                jacobian,
                hessian,
                natural,
                fisher,
                ..unsaid
            },
        };
        crate::study::derivatives(slf, asked)
    }

    /// What `exact-mdp reference` writes for the tests of other programs: everything exact about the policy, the laws of
    /// `estimators` (a list, or names separated by commas; one more with the b(s) of a `baseline`) and, if asked for,
    /// `trajectories` drawn from `seed`. A `Report`; `exact_mdp.testing.Reference` checks numbers against it.
    ///
    /// >>> r = exact_mdp.bundled("two-state").solve_policy().reference()
    /// >>> [law["name"] for law in r.estimators][:2]
    /// ['total-return', 'reward-to-go']
    #[pyo3(signature = (*, estimators=None, critic=None, baseline=None, entropy=None, truncation=None, geometric=false, behavior=None, trajectories=None, another_seed=false, seed=0, arithmetic="float"))]
    #[allow(clippy::too_many_arguments)]
    fn reference(
        slf: &Bound<'_, Self>,
        estimators: Option<&Bound<'_, PyAny>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        entropy: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
        behavior: Option<&Bound<'_, Policy>>,
        #[pyo3(from_py_with = given::optional_trajectories)] trajectories: Option<u64>,
        another_seed: bool,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let unsaid = exact_mdp::study::Reference::default();
        let estimators = match estimators {
            None => unsaid.estimators.clone(),
            Some(listed) => joined(listed)?,
        };
        slf.get().sampling(truncation, geometric)?;
        let request = exact_mdp::study::Reference {
            estimators,
            truncation,
            geometric,
            behavior: behavior.map(|policy| policy.get().name()),
            critic: given::critic(critic, slf.get().solved.mdp().states())?,
            baseline: given::baseline(baseline, slf.get().solved.mdp().states())?,
            entropy: given::entropy(entropy)?,
            trajectories,
            another_seed,
            seed,
            ..unsaid
        };
        crate::study::reference(slf, given::arithmetic(arithmetic)?, request)
    }

    /// What `exact-mdp step` answers: what one step along the mean of `trajectories` sampled gradients does to J, to second
    /// order and in closed form, for each of `estimators`: the change to expect, the best step, the noise scale, the
    /// break-even batch, the chance that it goes down; and what one exact step of each of `methods` promises and reaches.
    /// `step` is α, `baseline` the b(s) of one more estimator, `curl` adds the Jacobian of each mean. A `Report`; `arithmetic` "float" or "exact".
    ///
    /// >>> r = exact_mdp.bundled("retry-loop").solve_policy().one_step(step="1/2", trajectories=10, estimators=["reward-to-go"])
    /// >>> r.step, r.trajectories, [one["name"] for one in r.estimators]
    /// (0.5, 10, ['reward-to-go'])
    #[pyo3(signature = (*, step=None, trajectories=100, estimators=None, critic=None, baseline=None, methods=None, truncation=None, geometric=false, behavior=None, curl=false, arithmetic="float"))]
    #[allow(clippy::too_many_arguments)]
    fn one_step(
        slf: &Bound<'_, Self>,
        step: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::trajectories)] trajectories: u64,
        estimators: Option<&Bound<'_, PyAny>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        methods: Option<Vec<String>>,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
        behavior: Option<&Bound<'_, Policy>>,
        curl: bool,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        if trajectories == 0 {
            return Err(argument("trajectories is 0; expected at least 1"));
        }
        slf.get().sampling(truncation, geometric)?;
        let request = exact_mdp::study::StepRequest {
            estimators: estimators.map(joined).transpose()?,
            critic: given::critic(critic, slf.get().solved.mdp().states())?,
            baseline: given::baseline(baseline, slf.get().solved.mdp().states())?,
            truncation,
            geometric,
            behavior: behavior.map(|policy| policy.get().name()),
            step: step.map(crate::number::number).transpose()?,
            trajectories,
            methods: crate::ascent::methods(&methods.unwrap_or_default())?,
            jacobian: curl,
            ..Default::default()
        };
        crate::study::step(slf, given::arithmetic(arithmetic)?, request)
    }

    /// A picture of the report, by its name: "values" (v with the policy), "policy", "advantage", "q", "occupancy",
    /// "gradient", "hessian", "fisher" or "chain". Shows itself in a notebook; `.save(path)` writes the SVG.
    ///
    /// >>> exact_mdp.bundled("two-state").solve_policy().plot("gradient")
    /// <Picture: ...>
    #[pyo3(signature = (what="values"))]
    fn plot<'py>(slf: &Bound<'py, Self>, what: &str) -> PyResult<Bound<'py, PyAny>> {
        let pictures = slf.py().import("exact_mdp.pictures")?;
        pictures.call_method1("of_solved", (slf, what))
    }

    /// The same with a proven bound on the error of every number.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.certified().j_bound < 1e-13
    /// True
    fn certified(slf: &Bound<'_, Self>) -> PyResult<crate::exact::CertifiedSolved> {
        let this = slf.get();
        crate::exact::CertifiedSolved::new(this.model.bind(slf.py()), this.policy.bind(slf.py()))
    }

    /// Flat columns, one entry for each pair: state, action, probability, q, advantage, occupancy.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> list(s.to_dict())
    /// ['state', 'action', 'probability', 'q', 'advantage', 'occupancy']
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let py = slf.py();
        let this = slf.get();
        let columns = crate::arrays::pair_columns(py, this.solved.mdp().space())?;
        let numbers = [
            ("probability", this.solved.policy().probabilities()),
            ("q", this.solved.q()),
            ("advantage", this.solved.advantage()),
            ("occupancy", this.solved.pair_occupancy()),
        ];
        for (name, values) in numbers {
            columns.set_item(name, owned(py, values.to_vec()))?;
        }
        Ok(columns)
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Solved>() else {
            return Ok(false);
        };
        let other = other.get();
        Ok(self.policy.bind(py).eq(&other.policy)? && self.model.bind(py).eq(&other.model)?)
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.policy.bind(py).hash()
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "solved")
    }

    fn __repr__(&self) -> String {
        let mdp = self.solved.mdp();
        format!("<Solved {}: J = {}>", mdp.name(), self.solved.j())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, pyo3::types::PyTuple>> {
        let py = slf.py();
        let this = slf.get();
        let solver = given::solver_name(this.solved.options().solver);
        pickle::remade(py, "solved", (&this.model, &this.policy, solver))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}
