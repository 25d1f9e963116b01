//! Laws of estimators, samples held against them, and a user's own numbers.

use exact_mdp::estimator::Estimator;
use exact_mdp::number::Number;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Solved;
use crate::arrays::in_order;
use crate::asked::Asked;
use crate::error::{analysis, argument};
use crate::estimators;
use crate::given;
use crate::interrupt::watched;
use crate::law::Law;
use crate::policy::Policy;
use crate::shards::{self, InParts};
use crate::verdict::Verdict;

/// Up to so many trajectories a comparison looks at its errors on the way, for the picture: a look cannot be interrupted.
const LOOKS: u64 = 1_000_000;

#[pymethods]
impl Solved {
    /// The exact law of an estimator by name: "reward-to-go", "gae:0.95", "baseline:v",
    /// "reward-to-go:dropped", ….
    ///
    /// `truncation` cuts trajectories; `geometric=True` lets them die with probability 1 − γ;
    /// `behavior` is the policy that acts, if not this one. `critic` stands for v in critics: "noise:SEED:SCALE" is v plus
    /// normal errors, an array is a number for each state, [S], over a horizon also for each time, [T, S]. `baseline` in
    /// place of a name is b(s) of one's own, in the same forms: the law of reward-to-go less b(s).
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.law("reward-to-go", truncation=20).mean.shape
    /// (4,)
    /// >>> bool(s.law("td-residual", truncation=20, critic=[0, 0]).biased)
    /// True
    /// >>> bool(s.law(baseline=[5, 7], truncation=20).variance.sum() < s.law("reward-to-go", truncation=20).variance.sum())
    /// True
    #[pyo3(signature = (estimator=None, *, truncation=None, geometric=false, behavior=None, critic=None, baseline=None))]
    #[allow(clippy::too_many_arguments)] // by keyword
    fn law(
        slf: &Bound<'_, Self>,
        estimator: Option<&str>,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
        #[pyo3(from_py_with = given::behavior)] behavior: Option<Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Law> {
        let own = estimators::own_baseline(baseline, slf.get().solved.mdp().space())?;
        let by_name =
            |name: &str, b: Option<&[Number]>| Estimator::by_name(name, b).map_err(analysis);
        let estimator = match (estimator, own) {
            (Some(name), None) => by_name(name, None)?,
            (Some(name), Some(b)) if name.contains(Estimator::OWN_BASELINE) => {
                by_name(name, Some(&b))?
            }
            (None, Some(b)) => by_name(Estimator::OWN_BASELINE, Some(&b))?,
            _ => {
                return Err(argument(
                    "give the name of an estimator, or baseline=… in its place",
                ));
            }
        };
        let estimator = estimators::with_critic(slf, vec![estimator], critic)?.remove(0);
        let law = Law::new(slf, estimator, truncation, geometric, behavior.as_ref())?;
        Ok(law.given(critic, baseline))
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
        #[pyo3(from_py_with = given::behavior)] behavior: Option<Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::optional_entropy)] entropy: Option<f64>,
        paired: bool,
        covariance: bool,
    ) -> PyResult<crate::comparison::Comparison> {
        let this = slf.get();
        let discounted = this.solved.mdp().discount() < 1.0 && !geometric;
        let b = estimators::own_baseline(baseline, this.solved.mdp().space())?;
        let named = estimators::parsed(estimators, discounted, b.as_deref())?;
        let estimators = estimators::with_critic(slf, named, critic)?;
        let options = exact_mdp::comparison::ComparisonOptions {
            trajectories: n,
            seed,
            threads,
            sequential,
            false_alarm,
            sampling: this.sampling(truncation, geometric)?,
            behavior: behavior.as_ref().map(|actor| (*actor.get().policy).clone()),
            paired,
            covariance,
            checkpoints: n <= LOOKS,
            solver: this.solved.options().clone(),
            ..Default::default()
        };
        crate::comparison::Comparison::new(slf, estimators, options, entropy)
    }

    /// By the exact laws, without sampling, the root mean squared error √(‖E ĝ − ∇J‖² + tr Σ/n) of the mean of n estimates:
    /// against n for each of `estimators`, "n=1..1000", or of gae:λ with `n` trajectories against λ, "lambda=0..1"; 21
    /// values, or as many as stand behind a colon. The `Report` of `exact-mdp compare --sweep`; `.plot()` draws it.
    ///
    /// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    /// >>> found = s.compare_swept("n=1..100:3", ["q", "advantage"])
    /// >>> [curve["name"] for curve in found.curves], found.n.tolist()
    /// (['q', 'advantage'], [1.0, 10.0, 100.0])
    #[pyo3(signature = (sweep, estimators=None, n=100_000, *, truncation=None, geometric=false, behavior=None, critic=None, baseline=None))]
    #[allow(clippy::too_many_arguments)]
    fn compare_swept(
        slf: &Bound<'_, Self>,
        sweep: &str,
        estimators: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::n)] n: u64,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
        #[pyo3(from_py_with = given::behavior)] behavior: Option<Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let asked = InParts {
            estimators: match estimators {
                Some(listed) => estimators::joined(listed)?,
                None => exact_mdp::study::ReferenceRequest::ESTIMATORS.into(),
            },
            truncation,
            geometric,
            behavior: behavior.as_ref(),
            critic,
            baseline,
        };
        let options = exact_mdp::comparison::ComparisonOptions {
            trajectories: n,
            ..Default::default()
        };
        crate::study::compare_swept(slf, sweep, asked.request(slf, options)?)
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
        #[pyo3(from_py_with = given::behavior)] behavior: Option<Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        paired: bool,
        covariance: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let asked = InParts {
            estimators: estimators::joined(estimators)?,
            truncation,
            geometric,
            behavior: behavior.as_ref(),
            critic,
            baseline,
        };
        let usual = exact_mdp::comparison::ComparisonOptions::default();
        let options = exact_mdp::comparison::ComparisonOptions {
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
        #[pyo3(from_py_with = given::behavior)] behavior: Option<Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        paired: bool,
        covariance: bool,
    ) -> PyResult<crate::comparison::Comparison> {
        let asked = InParts {
            estimators: estimators::joined(estimators)?,
            truncation,
            geometric,
            behavior: behavior.as_ref(),
            critic,
            baseline,
        };
        let options = exact_mdp::comparison::ComparisonOptions {
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
    /// - `gradient` should be ∇J: [d], or [S, A] where each pair has its own parameter, or a dict by
    ///   the labels of parameters or by state and action; float32 is judged to its own precision.
    /// - `samples` are estimates, a row [d] or [S, A] for each trajectory (or mean of `batch` of
    ///   them), of `estimator`, or else of any; `truncation` says where trajectories were cut.
    /// - `trajectories` are a `Sample`, a dict of columns, a table of pandas, polars or pyarrow, or a
    ///   list of dicts: states, actions, rewards, if there are any next_states, terminated, truncated, log_probabilities, and what
    ///   is made of them, psi, contributions and estimate. `behavior` is the policy that acted.
    ///
    /// - `values` should be what a `formula` says: "v", "q", "advantage", "occupancy", "pair_occupancy", "jacobian",
    ///   "hessian", "fisher", "natural", or of the `estimator` its "mean" or "covariance".
    ///
    /// With `entropy` α a gradient and trajectories are those of J with α times the entropy in the rewards; `critic` stands
    /// for v in critics, as for `law`; `baseline` is the b(s) of one more estimator of `trajectories` and of `samples`, and the
    /// one that the estimator "baseline:file" subtracts. What says nothing of
    /// the numbers that are given is refused. What is right is called inconsistent with the probability `false_alarm`, 1e-4.
    ///
    /// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    /// >>> s.judge(gradient=2 * s.gradient).verdict
    /// 'wrong'
    /// >>> s.judge(trajectories=s.sample(1000)).verdict
    /// 'consistent'
    #[pyo3(signature = (*, gradient=None, samples=None, trajectories=None, formula=None, values=None, estimator=None, batch=1, false_alarm=None, truncation=None, behavior=None, critic=None, baseline=None, entropy=None))]
    #[allow(clippy::too_many_arguments)]
    fn judge<'py>(
        slf: &Bound<'py, Self>,
        gradient: Option<&Bound<'py, PyAny>>,
        samples: Option<&Bound<'py, PyAny>>,
        trajectories: Option<&Bound<'_, PyAny>>,
        formula: Option<&str>,
        values: Option<&Bound<'py, PyAny>>,
        estimator: Option<&str>,
        #[pyo3(from_py_with = given::batch)] batch: u64,
        #[pyo3(from_py_with = given::optional_false_alarm)] false_alarm: Option<f64>,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        #[pyo3(from_py_with = given::behavior)] behavior: Option<Bound<'_, Policy>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        entropy: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Verdict> {
        let asked = Asked {
            estimator,
            batch,
            false_alarm,
            truncation,
            behavior: behavior.as_ref(),
            critic,
            baseline,
            entropy: given::entropy(entropy)?,
        };
        let gradient = labelled(slf, gradient, "gradient")?;
        let samples = labelled(slf, samples, "samples")?;
        let values = labelled(slf, values, "values")?;
        let (gradient, samples, values) = (gradient.as_ref(), samples.as_ref(), values.as_ref());
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
}

/// Numbers of a user's own in the order of the model or of the parameters, where they are a table with such labels.
fn labelled<'py>(
    solved: &Bound<'py, Solved>,
    values: Option<&Bound<'py, PyAny>>,
    what: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let this = &solved.get().solved;
    let labels = || this.policy().labels();
    let ordered = values.map(|values| in_order(values, what, this.mdp().space(), labels()));
    ordered.transpose()
}
