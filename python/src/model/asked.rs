//! What is asked of a model: optima, ascents, batches, theorems.

use exact_mdp::number::Number;
use pyo3::prelude::*;

use super::Model;
use crate::error::argument;
use crate::given;
use crate::number::number;
use crate::policy::Policy;
use crate::study;
use crate::verification::Verification;

#[pymethods]
impl Model {
    /// The best policy within bounds on other rewards, and what each bound costs: the `Report` of `exact-mdp constrained`.
    /// `bounds` are texts such as "risk<=1/2" and "gain>=3", on J; `of` is the reward, or the combination, that is to be
    /// large, the first unless said. `arithmetic` is "float" or "exact".
    ///
    /// >>> exact_mdp.bundled("two-state").constrained(["risk<=1/2"])
    /// Traceback (most recent call last):
    ///     ...
    /// exact_mdp.AnalysisError: ...
    #[pyo3(signature = (bounds, *, of=None, arithmetic="float"))]
    fn constrained(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = given::bounds)] bounds: Vec<String>,
        of: Option<String>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        study::constrained(slf, given::arithmetic(arithmetic)?, of, &bounds)
    }

    /// Robust and optimistic values where transition probabilities are known only within sets: the `Report` of `exact-mdp robust`.
    /// Each p(·|s, a) lies within `radius` of the model's in a `norm`, "l1" (Σ|p − p̄|) or "max", over the outcomes that the model
    /// has, or within the `intervals` of its file. A `policy` is evaluated so, else the best one is found. `kernel` has nature's p
    /// written, unasked up to 100 states. Over a horizon there are `v_by_time` and `policy_by_time`, of the average reward a `gain`;
    /// at γ = 1 everything has to end, or come back to one state, under every p. `arithmetic` as in `evaluate`.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.robust("1/10", norm="max", arithmetic="exact").robust["v"][0]
    /// Fraction(360, 41)
    #[pyo3(signature = (radius=None, *, norm="l1", policy=None, kernel=None, arithmetic="float"))]
    fn robust(
        slf: &Bound<'_, Self>,
        radius: Option<&Bound<'_, PyAny>>,
        norm: &str,
        policy: Option<&Bound<'_, Policy>>,
        kernel: Option<bool>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let numbers = given::arithmetic(arithmetic)?;
        study::robust(slf, policy, (radius, norm), kernel, numbers)
    }

    /// Which policies are n-discount optimal, n = `order` from -1 (the gain) over 0 (the bias) on, in fractions: the largest terms
    /// [n + 2, S] of the values near discount 1, the actions that attain them, and how many deterministic policies do. The
    /// `Report` of `exact-mdp solve --n-discount`.
    ///
    /// >>> found = exact_mdp.bundled("two-state").n_discount(0)
    /// >>> list(found.terms[0])
    /// [Fraction(1, 1), Fraction(1, 1)]
    #[pyo3(signature = (order))]
    fn n_discount(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = given::order)] order: i32,
    ) -> PyResult<Py<PyAny>> {
        study::n_discount(slf, order)
    }

    /// The corners of the Pareto front of two rewards, their policies and the rates of exchange: the `Report` of
    /// `exact-mdp pareto`. `of` names two rewards, or combinations of them; those of the model unless said. `arithmetic` is
    /// "float" or "exact".
    ///
    /// >>> exact_mdp.bundled("two-state").pareto()
    /// Traceback (most recent call last):
    ///     ...
    /// exact_mdp.AnalysisError: ...
    #[pyo3(signature = (of=None, *, arithmetic="float"))]
    fn pareto(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = given::of)] of: Option<Vec<String>>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        study::pareto(slf, given::arithmetic(arithmetic)?, of.unwrap_or_default())
    }

    /// A policy, solved on the model: the one thing that every question is asked of.
    ///
    /// Without a policy, that of the file, else the uniform one. Linear systems are solved by `solver`, "dense", "sparse",
    /// "krylov" or "lapack", unless said by what size and density ask for. Raises AnalysisError where the policy has no
    /// value.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.j
    /// 5.547945205479452
    /// >>> exact_mdp.bundled("two-state").solve_policy(solver="sparse").evaluate().solver["name"]
    /// 'sparse'
    #[pyo3(signature = (policy=None, *, solver="auto"))]
    fn solve_policy(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
        solver: &str,
    ) -> PyResult<crate::solved::Solved> {
        crate::solved::Solved::new(slf, policy, given::solver(solver)?)
    }

    /// The optimal values, a policy that has them, and a proven bound on the error.
    ///
    /// >>> o = exact_mdp.bundled("two-state").optimum()
    /// >>> o.greedy
    /// [('cold', 'heat'), ('hot', 'heat')]
    #[pyo3(signature = (*, method="auto", tolerance=None))]
    fn optimum(
        slf: &Bound<'_, Self>,
        method: &str,
        #[pyo3(from_py_with = given::optional_tolerance)] tolerance: Option<f64>,
    ) -> PyResult<crate::optimum::Optimum> {
        crate::optimum::Optimum::new(slf, method, tolerance)
    }

    /// Gradient ascent from a policy, by `method`: "line-search", "plain", "natural", "mirror",
    /// "projected", "nesterov", "adam", "trust-region", "proximal", "newton", "reinforce",
    /// "actor-critic", "evolution", "cross-entropy" or "random-search".
    ///
    /// `risk` is climbed in place of J, "mean-variance:C", "exponential:BETA" or "cvar:LEVEL", by "plain" or
    /// "line-search"; `entropy` is the weight of the policy's entropy in every reward. `truncation` cuts the trajectories of
    /// the sampled methods, as a time limit does. `tolerance` stops at a norm of ∇J (None: 10⁻¹² of the span of the rewards),
    /// `gap_tolerance` at a bound on J* − J; `every` keeps only each so-many-th iterate,
    /// `iterates=True` θ, π and v of each of them. The searches know J by the mean of `rollouts` sampled returns, else
    /// exactly; `critic_step` is how far the critic moves. `resume` is an earlier trace that is gone on from.
    ///
    /// Ctrl-C ends it and keeps what was made: `trace.stop` is then "interrupted".
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> first = m.ascend(m.uniform(), method="natural", iterations=50)
    /// >>> bool((first.trace["j"][1:] >= first.trace["j"][:-1] - 1e-12).all())
    /// True
    /// >>> m.ascend(method="natural", iterations=5, resume=first, iterates=True).iterates["v"].shape
    /// (6, 2)
    #[pyo3(signature = (policy=None, *, method="line-search", risk=None, entropy=None, truncation=None, iterations=1000, step=None, tolerance=None, gap_tolerance=None, every=None, iterates=false, estimator=None, trajectories=100, rollouts=None, critic_step=0.1, resume=None, seed=0, threads=1))]
    #[allow(clippy::too_many_arguments)]
    fn ascend(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
        method: &str,
        risk: Option<&str>,
        #[pyo3(from_py_with = given::optional_entropy)] entropy: Option<f64>,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        #[pyo3(from_py_with = given::iterations)] iterations: usize,
        #[pyo3(from_py_with = given::optional_step)] step: Option<f64>,
        #[pyo3(from_py_with = given::optional_tolerance)] tolerance: Option<f64>,
        #[pyo3(from_py_with = given::optional_gap_tolerance)] gap_tolerance: Option<f64>,
        #[pyo3(from_py_with = given::every)] every: Option<usize>,
        iterates: bool,
        estimator: Option<&str>,
        #[pyo3(from_py_with = given::trajectories)] trajectories: u64,
        #[pyo3(from_py_with = given::rollouts)] rollouts: Option<usize>,
        #[pyo3(from_py_with = given::critic_step)] critic_step: f64,
        resume: Option<&Bound<'_, crate::ascent::Trace>>,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        #[pyo3(from_py_with = given::threads)] threads: usize,
    ) -> PyResult<crate::ascent::Trace> {
        let asked = crate::ascent::Asked {
            method,
            risk,
            entropy,
            truncation,
            iterations,
            step,
            tolerance,
            gap_tolerance,
            bounds: false,
            every,
            estimator,
            trajectories,
            rollouts,
            critic_step,
            seed,
            threads,
        };
        crate::ascent::Trace::new(slf, policy, resume, iterates, &asked)
    }

    /// J, v and ∇J of many softmax policies at once: `thetas` is [K, SA] or [K, S, A]; of a partly seen model
    /// [K, d] or [K, O, A], as for `softmax`.
    ///
    /// With `errors` also what rounding may have done to each policy's numbers: `j_error`, `value_error` and
    /// `gradient_error`, which takes about as long again.
    ///
    /// Ctrl-C ends it and keeps the policies that were done; `batch.interrupted` is then true.
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)))
    /// >>> b.j.shape, b.v.shape, b.gradient.shape
    /// ((3,), (3, 2), (3, 4))
    #[pyo3(signature = (thetas, *, temperature=1.0, gradient=true, errors=false, threads=1))]
    fn batch(
        slf: &Bound<'_, Self>,
        thetas: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = given::temperature)] temperature: f64,
        gradient: bool,
        errors: bool,
        #[pyo3(from_py_with = given::threads)] threads: usize,
    ) -> PyResult<crate::batch::Batch> {
        let asked = exact_mdp::batch::BatchOptions {
            temperature,
            gradient,
            errors,
            threads,
        };
        crate::batch::Batch::new(slf, thetas, &asked)
    }

    /// The optimum with everything that `exact-mdp solve` says of it, a `Report`: v, q, all optimal actions, the bound,
    /// iterations, of which at most `iterations` are made; with `entropy` α > 0 the optimum where every action also earns
    /// −α log π(a|s). `solver` as in `solve_policy`; `arithmetic` is "float", "exact" or "certified". `.plot()` draws v*. With `sweep`,
    /// instead, J* at many discounts, "discount=0.5..0.99", or "discount=0.5..0.99:50" for 50 of them.
    ///
    /// >>> r = exact_mdp.bundled("two-state").solve(arithmetic="exact")
    /// >>> r.j, r.greedy[0]
    /// (Fraction(810, 91), ['cold', 'heat'])
    #[allow(clippy::too_many_arguments)] // by keyword
    #[pyo3(signature = (*, method="auto", tolerance=None, entropy=None, iterations=1_000_000, trace=false, solver="auto", sweep=None, arithmetic="float"))]
    fn solve(
        slf: &Bound<'_, Self>,
        method: &str,
        #[pyo3(from_py_with = given::optional_tolerance)] tolerance: Option<f64>,
        entropy: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::iterations)] iterations: usize,
        trace: bool,
        solver: &str,
        sweep: Option<&str>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let options = crate::optimum::options(method, tolerance)?;
        let entropy = entropy.map(number).transpose()?;
        let options = exact_mdp::control::ControlOptions {
            entropy: entropy.as_ref().map(Number::to_f64),
            iterations,
            trace,
            solver: given::solver(solver)?,
            ..options
        };
        study::solve(slf, given::arithmetic(arithmetic)?, options, sweep)
    }

    /// Ascents by several methods side by side, a `Report` of `exact-mdp ascend`; without `methods` by every one that
    /// serves the policy. `bounds` adds a bound on J* − J to each step, `gap_tolerance` stops at one, `every` keeps
    /// only each so-many-th step. A list as `step` compares several; `repeats` makes sampled ascents so often, from seeds
    /// one apart, for the mean and the range of J; `restarts` climbs from so many random starts too, the best end is told
    /// and all are listed; `drift` tells of "reinforce" the exact change of J to expect of every
    /// step. `risk`, `entropy`, `truncation`, `rollouts` and `critic_step` are those of `ascend`; `resume` is the file, or the `Report`, of an
    /// earlier run. `.plot()` draws J* − J and J. With `sweep`, instead, J at the end with each of many step sizes,
    /// "step=0.01..10". Ctrl-C raises.
    ///
    /// >>> r = exact_mdp.bundled("two-state").ascents(methods=["plain", "natural"], iterations=20)
    /// >>> r.method, [other["method"] for other in r.others]
    /// ('plain', ['natural'])
    #[pyo3(signature = (policy=None, *, methods=None, risk=None, entropy=None, truncation=None, iterations=1000, step=None, repeats=None, restarts=None, tolerance=None, gap_tolerance=None, bounds=false, every=None, estimator=None, trajectories=100, rollouts=None, critic_step=0.1, drift=false, resume=None, seed=0, threads=1, sweep=None))]
    #[allow(clippy::too_many_arguments)]
    fn ascents(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
        #[pyo3(from_py_with = given::methods)] methods: Option<Vec<String>>,
        risk: Option<&str>,
        #[pyo3(from_py_with = given::optional_entropy)] entropy: Option<f64>,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        #[pyo3(from_py_with = given::iterations)] iterations: usize,
        #[pyo3(from_py_with = given::steps)] step: Option<Vec<f64>>,
        #[pyo3(from_py_with = given::repeats)] repeats: Option<usize>,
        #[pyo3(from_py_with = given::restarts)] restarts: Option<usize>,
        #[pyo3(from_py_with = given::optional_tolerance)] tolerance: Option<f64>,
        #[pyo3(from_py_with = given::optional_gap_tolerance)] gap_tolerance: Option<f64>,
        bounds: bool,
        #[pyo3(from_py_with = given::every)] every: Option<usize>,
        estimator: Option<String>,
        #[pyo3(from_py_with = given::trajectories)] trajectories: u64,
        #[pyo3(from_py_with = given::rollouts)] rollouts: Option<usize>,
        #[pyo3(from_py_with = given::critic_step)] critic_step: f64,
        drift: bool,
        resume: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        #[pyo3(from_py_with = given::threads)] threads: usize,
        sweep: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let asked = crate::ascent::Asked {
            method: "line-search",
            risk,
            entropy,
            truncation,
            iterations,
            step: None,
            tolerance,
            gap_tolerance,
            bounds,
            every,
            estimator: None,
            trajectories,
            rollouts,
            critic_step,
            seed,
            threads,
        };
        if let Some(count) = repeats.filter(|count| *count < 2) {
            return Err(argument(format!("repeats is {count}; expected at least 2")));
        }
        if restarts == Some(0) {
            return Err(argument("restarts is 0; expected at least 1"));
        }
        let request = exact_mdp::study::AscendRequest {
            methods: crate::ascent::methods(&methods.unwrap_or_default())?,
            estimator,
            steps: step.unwrap_or_default(),
            repeats: repeats.map(|count| count as u64),
            restarts: restarts.map(|count| count as u64),
            drift,
            resume: resume.map(crate::ascent::earlier).transpose()?,
            options: asked.options()?,
            ..exact_mdp::study::AscendRequest::default()
        };
        study::ascents(slf, policy, request, sweep)
    }

    /// Sizes, the criterion, and the classes and periods of the chain of a policy (that of the file, else the uniform
    /// one): what `exact-mdp check` says, a `Report`.
    ///
    /// >>> r = exact_mdp.bundled("two-state").check()
    /// >>> r.valid, r.sizes["transitions"], r.structure["kind"]
    /// (True, 6, 'unichain')
    #[pyo3(signature = (policy=None))]
    fn check(slf: &Bound<'_, Self>, policy: Option<&Bound<'_, Policy>>) -> PyResult<Py<PyAny>> {
        study::check(slf, policy)
    }

    /// The picture of the transitions under a policy (that of the file, else the uniform one), states colored by v: the
    /// first one of a report. Raises ExactMdpError beyond 50 states off a map.
    ///
    /// >>> exact_mdp.bundled("two-state").plot()
    /// <Picture: ...>
    #[pyo3(signature = (policy=None))]
    fn plot<'py>(
        slf: &Bound<'py, Self>,
        policy: Option<&Bound<'py, Policy>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        crate::drawing::transitions(slf, policy)
    }

    /// Checks the theorems of the theory on the model under a policy (that of the file, else the
    /// uniform one): of each identity both sides, computed by different code. `only` names
    /// identities or sections.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.verify(only=["policy-gradient-theorem"])
    /// <Verification of two-state: 1 hold, 0 fail, 0 skipped>
    #[pyo3(signature = (policy=None, *, only=None))]
    fn verify(
        slf: &Bound<'_, Self>,
        policy: Option<&Bound<'_, Policy>>,
        #[pyo3(from_py_with = given::only)] only: Option<Vec<String>>,
    ) -> PyResult<Verification> {
        Verification::new(slf, policy, &only.unwrap_or_default())
    }

    /// The same questions over exact fractions. Raises AnalysisError where the numbers of the model
    /// are rounded ones, whose rows do not sum to 1.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.exact().solve_policy().j
    /// Fraction(405, 73)
    fn exact(slf: &Bound<'_, Self>) -> PyResult<crate::exact::ExactModel> {
        crate::exact::ExactModel::new(slf)
    }
}
