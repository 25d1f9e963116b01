//! What the commands of the program tell of a policy.

use exact_mdp::study::Estimation;
use pyo3::prelude::*;

use super::Solved;
use crate::error::argument;
use crate::estimators;
use crate::given;
use crate::model::Model;
use crate::policy::Policy;

#[pymethods]
impl Solved {
    /// What `exact-mdp evaluate` answers, by the names of its JSON: a `Report`. With `returns=True`
    /// also, under "return", the law of the return G: variance, skewness, kurtosis, the gradient of the
    /// variance, the distribution.
    ///
    /// `arithmetic` is "float", "exact" (numbers are Fractions) or "certified" (with "bounds"). With `sweep`, instead, J at
    /// many discounts, "discount=0.5..0.99", or along a parameter of the policy, "cold,heat=-4..4": 21 `values`, or as many
    /// as stand behind a colon, "discount=0.5..0.99:50".
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.evaluate(arithmetic="exact").j
    /// Fraction(405, 73)
    /// >>> s.evaluate(sweep="discount=0..0.5:2").discount.tolist()
    /// [0.0, 0.5]
    #[pyo3(signature = (*, returns=false, sweep=None, arithmetic="float"))]
    fn evaluate(
        slf: &Bound<'_, Self>,
        returns: bool,
        sweep: Option<&str>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        crate::study::evaluate(slf, given::arithmetic(arithmetic)?, returns, sweep)
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
        #[pyo3(from_py_with = given::to)] to: Option<Vec<String>>,
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
    /// With `profile=True` the profile alone, whose cost is that of a few solves: no value, no potential.
    /// A `Report`; `arithmetic` as in `evaluate`.
    ///
    /// >>> s = exact_mdp.bundled("prisoners-dilemma").solve_policy()
    /// >>> [one["best_reply"]["gain"] for one in s.players(arithmetic="exact").players]
    /// [Fraction(1, 2), Fraction(1, 2)]
    #[pyo3(signature = (*, jacobian=false, estimators=None, climb=None, step=0.1, iterations=100, alternating=false, every=None, profile=false, arithmetic="float"))]
    #[allow(clippy::too_many_arguments)] // by keyword
    fn players(
        slf: &Bound<'_, Self>,
        jacobian: bool,
        estimators: Option<&Bound<'_, PyAny>>,
        climb: Option<String>,
        #[pyo3(from_py_with = given::step)] step: f64,
        #[pyo3(from_py_with = given::iterations)] iterations: usize,
        alternating: bool,
        #[pyo3(from_py_with = given::every)] every: Option<usize>,
        profile: bool,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let asked = crate::study::OfPlayers {
            numbers: given::arithmetic(arithmetic)?,
            jacobian,
            profile,
            estimators: estimators.map(estimators::joined).transpose()?,
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
    /// "exact". With `sweep`, instead, the error of the learners with traces at many λ, "lambda=0..1".
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> [one["name"] for one in s.critics([[1], [2]]).critics]
    /// ['monte-carlo', 'td:0', 'emphatic-td:0', 'bellman-residual']
    #[pyo3(signature = (features, *, lambdas=None, behavior=None, weights="on-policy", sweep=None, arithmetic="float"))]
    fn critics(
        slf: &Bound<'_, Self>,
        features: &Bound<'_, PyAny>,
        lambdas: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::behavior)] behavior: Option<Bound<'_, Policy>>,
        weights: &str,
        sweep: Option<&str>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let numbers = given::arithmetic(arithmetic)?;
        crate::study::critics(
            slf,
            features,
            numbers,
            lambdas,
            behavior.as_ref(),
            weights,
            sweep,
        )
    }

    /// What `exact-mdp reference` writes for the tests of other programs: everything exact about the policy, the laws of
    /// `estimators` (a list, or names separated by commas; one more with the b(s) of a `baseline`) and, if asked for,
    /// `trajectories` drawn from `seed`. A `Report`, whose `.save("m.json", test="pytest")` writes the reference and a test of it;
    /// `exact_mdp.testing.Reference` checks numbers against it.
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
        #[pyo3(from_py_with = given::behavior)] behavior: Option<Bound<'_, Policy>>,
        #[pyo3(from_py_with = given::optional_trajectories)] trajectories: Option<u64>,
        another_seed: bool,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        slf.get().sampling(truncation, geometric)?;
        let request = exact_mdp::study::ReferenceRequest {
            estimation: Estimation {
                estimators: estimators.map(estimators::joined).transpose()?,
                truncation,
                geometric,
                behavior: crate::study::other_on(slf, behavior.as_ref())?,
                critic: given::critic(critic, slf.get().solved.mdp().space())?,
                baseline: given::baseline(baseline, slf.get().solved.mdp().space())?,
                entropy: given::entropy(entropy)?,
            },
            trajectories,
            another_seed,
            seed,
            ..Default::default()
        };
        crate::study::reference(slf, given::arithmetic(arithmetic)?, request)
    }

    /// What `exact-mdp step` answers: what one step along the mean of `trajectories` sampled gradients does to J, to second
    /// order and in closed form, for each of `estimators`: the change to expect, the best step, the noise scale, the
    /// break-even batch, the chance that it goes down; and what one exact step of each of `methods` promises and reaches.
    /// `step` is α, `baseline` the b(s) of one more estimator, `entropy` climbs J with so much of the entropy in every reward, `curl` adds the Jacobian of each mean. A `Report`; `arithmetic` "float" or "exact".
    /// With `sweep`, instead, the change to expect at many step sizes, "step=0.01..10", or numbers of trajectories, "n=1..1000".
    ///
    /// >>> r = exact_mdp.bundled("retry-loop").solve_policy().one_step(step="1/2", trajectories=10, estimators=["reward-to-go"])
    /// >>> r.step, r.trajectories, [one["name"] for one in r.estimators]
    /// (0.5, 10, ['reward-to-go'])
    #[pyo3(signature = (*, step=None, trajectories=100, estimators=None, critic=None, baseline=None, methods=None, truncation=None, geometric=false, behavior=None, entropy=None, curl=false, sweep=None, arithmetic="float"))]
    #[allow(clippy::too_many_arguments)]
    fn one_step(
        slf: &Bound<'_, Self>,
        step: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::trajectories)] trajectories: u64,
        estimators: Option<&Bound<'_, PyAny>>,
        critic: Option<&Bound<'_, PyAny>>,
        baseline: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::methods)] methods: Option<Vec<String>>,
        #[pyo3(from_py_with = given::truncation)] truncation: Option<usize>,
        geometric: bool,
        #[pyo3(from_py_with = given::behavior)] behavior: Option<Bound<'_, Policy>>,
        entropy: Option<&Bound<'_, PyAny>>,
        curl: bool,
        sweep: Option<&str>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        if trajectories == 0 {
            return Err(argument("trajectories is 0; expected at least 1"));
        }
        slf.get().sampling(truncation, geometric)?;
        let request = exact_mdp::study::StepRequest {
            estimation: Estimation {
                estimators: estimators.map(estimators::joined).transpose()?,
                critic: given::critic(critic, slf.get().solved.mdp().space())?,
                baseline: given::baseline(baseline, slf.get().solved.mdp().space())?,
                truncation,
                geometric,
                behavior: crate::study::other_on(slf, behavior.as_ref())?,
                entropy: given::entropy(entropy)?,
            },
            step: step.map(crate::number::number).transpose()?,
            trajectories,
            methods: crate::ascent::methods(&methods.unwrap_or_default())?,
            jacobian: curl,
            ..Default::default()
        };
        crate::study::step(slf, given::arithmetic(arithmetic)?, request, sweep)
    }

    /// The page of `exact-mdp report`: the model, the policy with its values, the gradient, the laws of estimators, the optimum
    /// and the theorems, with pictures, as one HTML file that asks for no other. A `Page`: notebooks show it, `.save("page.html")`
    /// writes it, `.html` is its text.
    ///
    /// >>> page = exact_mdp.bundled("two-state").solve_policy().report()
    /// >>> page.html[:15]
    /// '<!DOCTYPE html>'
    fn report<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (page, warnings) = crate::study::page(slf)?;
        let name = slf.get().model.get().model.name();
        let class = slf.py().import("exact_mdp._page")?.getattr("Page")?;
        class.call1((name, page, warnings))
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
}
