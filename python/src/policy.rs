//! Policies.

pub mod parts;

use std::path::Path;
use std::sync::Arc;

use exact_mdp::arithmetic::{Arithmetic, Choice};
use exact_mdp::error::Error;
use exact_mdp::load;
use exact_mdp::mdp::Criterion;
use exact_mdp::number::Number;
use exact_mdp::policy::{self, Features, Kind, Specification};
use exact_mdp::study::PolicyName;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arrays::{
    borrowed, floats, is_by_pair, over_model, over_pairs, owned, pairs_of, parameters_of,
    tied_parameters,
};
use crate::error::{self, argument};
use crate::interrupt::run;
use crate::model::Model;
use crate::number::{number, numbers};
use crate::pickle;

/// A policy of a model: probabilities over the actions of each state, and parameters θ.
///
/// Made by `Model.softmax`, `tabular`, `linear`, `uniform`, `random`, `optimal`; it never changes.
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Policy {
    pub policy: Arc<policy::Policy>,
    pub model: Py<Model>,
    source: Source,
}

/// What a policy is, for arithmetics other than floats.
enum Source {
    /// What its model makes of a name.
    Named(Named),
    /// These numbers, unrounded.
    Specified(Box<Specification>),
    /// The floats of the policy are its exact numbers.
    Floats,
}

/// Policies that a model has by name.
#[derive(Clone, Copy)]
enum Named {
    /// The uniform one.
    Uniform,
    /// The model's own.
    Own,
    /// A draw.
    Random(u64),
    /// An optimal one.
    Optimal,
}

/// What a model is told of a policy.
enum Told {
    /// One that it has by name.
    Named(Named),
    /// Numbers.
    Numbers(Specification),
}

impl Policy {
    fn of(model: &Bound<'_, Model>, policy: policy::Policy, source: Source) -> Policy {
        Policy {
            policy: Arc::new(policy),
            model: model.clone().unbind(),
            source,
        }
    }

    pub fn softmax(
        model: &Bound<'_, Model>,
        theta: Option<&Bound<'_, PyAny>>,
        temperature: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Policy> {
        let space = model.get().space();
        let temperature = temperature.map(number).transpose()?;
        if let Some(found) = temperature.as_ref().filter(|t| **t <= Number::ZERO) {
            return Err(argument(format!(
                "temperature is {}; expected a number above 0",
                found.to_f64()
            )));
        }
        if let Some(controller) = model.get().model.controller() {
            let controller = Specification {
                temperature,
                ..controller.clone().uniform()
            };
            return Policy::tied(model, &controller, theta);
        }
        let tau = temperature.as_ref().map_or(1.0, Number::to_f64);
        let theta = match theta {
            Some(theta) => pairs_of(theta, space, "theta")?,
            None => vec![0.0; space.pairs()],
        };
        let made = policy::Policy::softmax(space, theta, tau).map_err(error::policy)?;
        Ok(Policy::of(model, made, Source::Floats))
    }

    /// A controller of a partly seen model at these parameters.
    fn tied(
        model: &Bound<'_, Model>,
        controller: &Specification,
        theta: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Policy> {
        let made = policy::Policy::from_specification(model.get().space(), controller);
        let made = made.map_err(error::policy)?;
        let made = match theta {
            Some(theta) => {
                let (theta, _) = tied_parameters(&floats(theta, "theta")?, &made, "theta", 0)?;
                made.with_theta(theta).map_err(error::policy)?
            }
            None => made,
        };
        Ok(Policy::of(model, made, Source::Floats))
    }

    pub fn tabular(
        model: &Bound<'_, Model>,
        probabilities: &Bound<'_, PyAny>,
        kind: &str,
    ) -> PyResult<Policy> {
        let kinds = [Kind::Simplex, Kind::Direct, Kind::Softmax];
        let kind = kinds.into_iter().find(|k| k.name() == kind).ok_or_else(|| {
            argument(format!(
                "unknown parametrization {kind:?}; expected \"simplex\", \"direct\" or \"softmax\""
            ))
        })?;
        let space = model.get().space();
        let flat = probabilities
            .py()
            .import("exact_mdp._arrays")?
            .call_method1("flat_pairs", (probabilities, model))?;
        let numbers = numbers(&flat)?;
        debug_assert_eq!(numbers.len(), space.pairs());
        let specification = Specification {
            parametrization: kind,
            probabilities: Some(numbers),
            ..Specification::default()
        };
        let single = probabilities.getattr("dtype").is_ok_and(|dtype| {
            let name = dtype
                .getattr("name")
                .and_then(|name| name.extract::<String>());
            name.is_ok_and(|name| name == "float32")
        });
        Policy::specified(model, specification).map_err(|error| {
            if single {
                let own = error.value(probabilities.py());
                error::policy_sentence(format!(
                    "{own}; the numbers are float32, as JAX and torch have them: write them in float64, divided \
                     by their sums there, p = p.astype(float); p / p.sum(-1, keepdims=True)"
                ))
            } else {
                error
            }
        })
    }

    pub fn linear(
        model: &Bound<'_, Model>,
        features: &Bound<'_, PyAny>,
        theta: Option<&Bound<'_, PyAny>>,
        temperature: Option<&Bound<'_, PyAny>>,
        names: Option<Vec<String>>,
    ) -> PyResult<Policy> {
        let arrays = features.py().import("exact_mdp._arrays")?;
        let rows = arrays.call_method1("feature_rows", (features, model))?;
        let rows = rows
            .try_iter()?
            .map(|row| numbers(&row?))
            .collect::<PyResult<Vec<_>>>()?;
        let specification = Specification {
            parametrization: Kind::LogLinear,
            temperature: temperature.map(number).transpose()?,
            theta: theta.map(numbers).transpose()?,
            features: Some(Features { names, rows }),
            ..Specification::default()
        };
        Policy::specified(model, specification)
    }

    /// A policy as a policy file describes it.
    pub fn described(model: &Bound<'_, Model>, text: &str) -> PyResult<Policy> {
        let read = load::parse_policy("the policy", text, model.get().space());
        let (specification, _) = read.map_err(error::model)?;
        Policy::specified(model, specification)
    }

    fn specified(model: &Bound<'_, Model>, specification: Specification) -> PyResult<Policy> {
        let space = model.get().space();
        let made = policy::Policy::from_specification(space, &specification);
        let source = Source::Specified(Box::new(specification));
        Ok(Policy::of(model, made.map_err(error::policy)?, source))
    }

    pub fn load(model: &Bound<'_, Model>, path: &Path) -> PyResult<Policy> {
        if let Criterion::FiniteHorizon { horizon, .. } = model.get().model.criterion() {
            let space = model.get().model.space();
            let rules = exact_mdp::load::load_rules(path, space, *horizon);
            if let Some((rules, _)) = rules.map_err(error::model)? {
                return Policy::specified(&Model::in_time(model)?, rules);
            }
        }
        let read = exact_mdp::load::load_policy(path, model.get().space());
        let (specification, _) = read.map_err(error::model)?;
        Policy::specified(model, specification)
    }

    /// Of a partly seen model that of its controller: no other knows only what is seen.
    pub fn uniform(model: &Bound<'_, Model>) -> PyResult<Policy> {
        let space = model.get().space();
        let made = match model.get().model.controller() {
            Some(controller) => {
                let start = controller.clone().uniform();
                policy::Policy::from_specification(space, &start).map_err(error::policy)?
            }
            None => policy::Policy::usual(space),
        };
        Ok(Policy::of(model, made, Source::Named(Named::Uniform)))
    }

    /// A tabular softmax with θ drawn from a seed, standard normal numbers; of a partially observable model a
    /// controller.
    pub fn random(model: &Bound<'_, Model>, seed: u64) -> PyResult<Policy> {
        let space = model.get().space();
        let made = match model.get().model.controller() {
            Some(_) => {
                let over = model.get().model.floating();
                let drawn = over.policy(Choice::Random(seed)).map_err(error::analysis)?;
                Arc::unwrap_or_clone(drawn)
            }
            None => policy::Policy::random(space, seed),
        };
        Ok(Policy::of(model, made, Source::Named(Named::Random(seed))))
    }

    pub fn optimal(model: &Bound<'_, Model>) -> PyResult<Policy> {
        if let Criterion::FiniteHorizon { .. } = model.get().model.criterion() {
            let found = crate::study::optimal_in_time(model)?;
            let (unrolled, rules) = found.ok_or_else(|| {
                argument(
                    "the horizon is too long for a rule of each time; give a shorter horizon=…",
                )
            })?;
            let unrolled = Bound::new(model.py(), Model::new(unrolled))?;
            return Policy::specified(&unrolled, Specification::clone(&rules));
        }
        let this = model.clone().unbind();
        let chosen = run(model.py(), usize::MAX, move || this.get().model.optimum())?;
        let optimum = chosen.map_err(error::analysis)?;
        Ok(Policy::of(
            model,
            optimum.policy,
            Source::Named(Named::Optimal),
        ))
    }

    pub fn own(model: &Bound<'_, Model>) -> PyResult<Policy> {
        match model.get().model.policy() {
            None => Policy::uniform(model),
            Some(specification) => {
                let space = model.get().space();
                let made = policy::Policy::from_specification(space, specification);
                Ok(Policy::of(
                    model,
                    made.map_err(error::policy)?,
                    Source::Named(Named::Own),
                ))
            }
        }
    }

    /// The same parametrization at other parameters.
    pub fn moved(policy: &Bound<'_, Policy>, theta: &Bound<'_, PyAny>) -> PyResult<Policy> {
        let this = policy.get();
        let theta = parameters_of(theta, &this.policy)?;
        let moved = this.policy.with_theta(theta).map_err(error::policy)?;
        let model = this.model.bind(policy.py());
        Ok(Policy::of(model, moved, Source::Floats))
    }

    /// A policy that the library found, whose floats are its numbers.
    pub fn found(model: &Bound<'_, Model>, policy: policy::Policy) -> Policy {
        Policy::of(model, policy, Source::Floats)
    }

    /// What a model is told of the policy: its name on its own model and on equal ones, its numbers on any
    /// other, whose policy of that name is another one. Errors if it acts on other pairs.
    fn told(&self, model: &Bound<'_, Model>) -> PyResult<Told> {
        self.check_acts_on(model)?;
        let own = self.model.get().model.policy();
        Ok(match &self.source {
            Source::Named(named) if self.model.bind(model.py()).eq(model)? => Told::Named(*named),
            Source::Named(Named::Own) => {
                Told::Numbers(own.cloned().unwrap_or_else(|| self.written()))
            }
            Source::Specified(specification) => Told::Numbers((**specification).clone()),
            Source::Named(_) | Source::Floats => Told::Numbers(self.written()),
        })
    }

    /// The policy as studies of a model are told it. Errors if it acts on other pairs.
    pub fn name_on(&self, model: &Bound<'_, Model>) -> PyResult<PolicyName> {
        Ok(match self.told(model)? {
            Told::Named(Named::Uniform) => PolicyName::Uniform,
            Told::Named(Named::Own) => PolicyName::Own,
            Told::Named(Named::Random(seed)) => PolicyName::Random(seed),
            Told::Named(Named::Optimal) => PolicyName::Optimal,
            Told::Numbers(numbers) => PolicyName::Given(Arc::new(numbers)),
        })
    }

    /// The same, by its numbers where it is the model's own: for studies that take no policy for another one
    /// than that. Errors as [`Policy::name_on`].
    pub fn given_on(&self, model: &Bound<'_, Model>) -> PyResult<PolicyName> {
        let name = self.name_on(model)?;
        Ok(match (name, model.get().model.policy()) {
            (PolicyName::Own, Some(own)) => PolicyName::Given(Arc::new(own.clone())),
            (PolicyName::Own, None) => PolicyName::Uniform,
            (name, _) => name,
        })
    }

    /// The same policy for the arithmetic of a model. Errors if it acts on other pairs.
    pub fn choice_on<F: Arithmetic>(&self, model: &Bound<'_, Model>) -> PyResult<Choice<F>> {
        Ok(match self.told(model)? {
            Told::Named(Named::Uniform) => Choice::Uniform,
            Told::Named(Named::Own) => Choice::Own,
            Told::Named(Named::Random(seed)) => Choice::Random(seed),
            Told::Named(Named::Optimal) => Choice::Optimal,
            Told::Numbers(numbers) => Choice::Specified(numbers),
        })
    }

    /// Errors unless the policy acts on the pairs of a model, or on them at each time of its horizon.
    pub fn check_acts_on(&self, model: &Bound<'_, Model>) -> PyResult<()> {
        let this = model.get();
        if self.model.is(model) || this.has_rules(self) {
            return Ok(());
        }
        Error::check_space(&this.mdp, &self.policy).map_err(error::analysis)
    }

    /// The floats of the policy as exact numbers.
    fn written(&self) -> Specification {
        parts::written(&self.policy)
    }
}

#[pymethods]
impl Policy {
    /// The model.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.model
    /// <Model two-state: 2 states (0 terminal), 4 pairs, discounted, γ = 0.9>
    #[getter]
    fn model(&self, py: Python<'_>) -> Py<Model> {
        self.model.clone_ref(py)
    }

    /// "softmax", "simplex", "direct", "log-linear", "escort", "gaussian" or, of a game of several players, "factored".
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.parametrization
    /// 'softmax'
    #[getter]
    fn parametrization(&self) -> &'static str {
        self.policy.parametrization().name()
    }

    /// π(a|s), float64 [SA].
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.probabilities.shape, pi.probabilities.unstack().shape
    /// ((4,), (2, 2))
    #[getter]
    fn probabilities<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let model = slf.get().model.bind(slf.py()).as_any();
        over_pairs(
            slf.get().policy.probabilities(),
            slf.clone().into_any(),
            model,
        )
    }

    /// θ, float64 [d]; None where it is not finite.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.theta.tolist()
    /// [0.0, 1.0, 0.0, 0.0]
    #[getter]
    fn theta<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let this = slf.get();
        let Some(theta) = this.policy.theta() else {
            return Ok(None);
        };
        let array = borrowed(theta, slf.clone().into_any());
        let none = slf.py().None();
        let model = if is_by_pair(&this.policy) {
            this.model.bind(slf.py()).as_any()
        } else {
            none.bind(slf.py())
        };
        over_model(array.as_any(), model).map(Some)
    }

    /// The names of the parameters, in order.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.parameters[0]
    /// 'theta[cold,wait]'
    #[getter]
    fn parameters(&self) -> Vec<String> {
        self.policy.labels()
    }

    /// The same parametrization at other parameters θ: [d], or [S, A] where each pair has its own.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.with_theta([0, 0, 0, 0]).probabilities.tolist()
    /// [0.5, 0.5, 0.5, 0.5]
    fn with_theta(slf: &Bound<'_, Self>, theta: &Bound<'_, PyAny>) -> PyResult<Policy> {
        Policy::moved(slf, theta)
    }

    /// The mixture (1 − ε) π + ε · uniform.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.mixed("1/10").probabilities.round(3).tolist()
    /// [0.292, 0.708, 0.5, 0.5]
    fn mixed(slf: &Bound<'_, Self>, epsilon: &Bound<'_, PyAny>) -> PyResult<Policy> {
        let specification = Specification {
            mix: Some(number(epsilon)?),
            ..slf.get().written()
        };
        Policy::specified(slf.get().model.bind(slf.py()), specification)
    }

    /// Flat columns, one entry for each pair: state, action, probability.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> list(pi.to_dict())
    /// ['state', 'action', 'probability']
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = crate::arrays::pair_columns(py, self.policy.space())?;
        columns.set_item(
            "probability",
            owned(py, self.policy.probabilities().to_vec()),
        )?;
        Ok(columns)
    }

    /// The picture of π(a|s).
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.plot()
    /// <Picture: π(a|s) of every action in every state>
    fn plot<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        pickle::picture(slf.as_any(), "policy")
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "policy")
    }

    /// The number of parameters.
    fn __len__(&self) -> usize {
        self.policy.parameters()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let Ok(other) = other.cast::<Policy>() else {
            return false;
        };
        let (a, b) = (&self.policy, &other.get().policy);
        a.parametrization() == b.parametrization()
            && a.mix() == b.mix()
            && a.theta() == b.theta()
            && a.probabilities() == b.probabilities()
    }

    fn __hash__(&self) -> u64 {
        let bits = self
            .policy
            .probabilities()
            .iter()
            .map(|x| (x + 0.0).to_bits());
        bits.fold(0, |hash: u64, x| hash.rotate_left(5) ^ x)
    }

    fn __repr__(&self) -> String {
        format!(
            "<Policy {} of {} parameters>",
            self.policy.parametrization().name(),
            self.policy.parameters()
        )
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let this = slf.get();
        let model = this.model.clone_ref(py);
        let arguments = match &this.source {
            Source::Named(Named::Uniform) => (model, "uniform", py.None()),
            Source::Named(Named::Own) => (model, "own", py.None()),
            Source::Named(Named::Optimal) => (model, "optimal", py.None()),
            Source::Named(Named::Random(seed)) => {
                (model, "random", seed.into_pyobject(py)?.into_any().unbind())
            }
            Source::Specified(s) => (model, "specified", parts::of(py, s)?),
            Source::Floats => (model, "specified", parts::of(py, &this.written())?),
        };
        pickle::remade(py, "policy", arguments)
    }

    /// A policy from the parts of `__reduce__`; for pickle.
    #[staticmethod]
    fn _specified(
        model: &Bound<'_, Model>,
        kind: &str,
        numbers_of: [Option<Vec<String>>; 5],
        features: Option<parts::FeatureTexts>,
        players: Option<Vec<(Bound<'_, PyAny>, bool)>>,
        controller: Option<parts::ControllerParts>,
    ) -> PyResult<Policy> {
        let parts = (kind, numbers_of, features, players, controller);
        Policy::specified(model, parts::read(parts)?)
    }
}
