//! Policies.

use std::path::Path;
use std::sync::Arc;

use exact_mdp::arithmetic::{Arithmetic, Choice};
use exact_mdp::load;
use exact_mdp::mdp::Criterion;
use exact_mdp::number::Number;
use exact_mdp::policy::{
    self, ControllerSpecification, Features, Kind, Laws, PlayerSpecification, Specification,
};
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
    /// The uniform one.
    Uniform,
    /// The model's own.
    Own,
    /// A draw.
    Random(u64),
    /// An optimal one.
    Optimal,
    /// These numbers, unrounded.
    Specified(Box<Specification>),
    /// The floats of the policy are its exact numbers.
    Floats,
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
        Policy::specified(model, specification)
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
        Ok(Policy::of(model, made, Source::Uniform))
    }

    /// As [`Policy::uniform`].
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
        Ok(Policy::of(model, made, Source::Random(seed)))
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
        let states = model.get().mdp.states();
        let chosen = run(model.py(), states, move || this.get().model.optimum())?;
        let optimum = chosen.map_err(error::analysis)?;
        Ok(Policy::of(model, optimum.policy, Source::Optimal))
    }

    pub fn own(model: &Bound<'_, Model>) -> PyResult<Policy> {
        match model.get().model.policy() {
            None => Policy::uniform(model),
            Some(specification) => {
                let space = model.get().space();
                let made = policy::Policy::from_specification(space, specification);
                Ok(Policy::of(model, made.map_err(error::policy)?, Source::Own))
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

    /// The policy as a study is told it.
    pub fn name(&self) -> PolicyName {
        match &self.source {
            Source::Uniform => PolicyName::Uniform,
            Source::Own => PolicyName::Own,
            Source::Random(seed) => PolicyName::Random(*seed),
            Source::Optimal => PolicyName::Optimal,
            Source::Specified(specification) => {
                PolicyName::Given(Arc::new((**specification).clone()))
            }
            Source::Floats => PolicyName::Given(Arc::new(self.written())),
        }
    }

    /// The same policy for another arithmetic.
    pub fn choice<F: Arithmetic>(&self) -> Choice<F> {
        match &self.source {
            Source::Uniform => Choice::Uniform,
            Source::Own => Choice::Own,
            Source::Random(seed) => Choice::Random(*seed),
            Source::Optimal => Choice::Optimal,
            Source::Specified(specification) => Choice::Specified((**specification).clone()),
            Source::Floats => Choice::Specified(self.written()),
        }
    }

    /// The floats of the policy as exact numbers.
    fn written(&self) -> Specification {
        written(&self.policy)
    }
}

/// The floats of a policy as exact numbers.
fn written(policy: &policy::Policy) -> Specification {
    use policy::Parametrization::{
        Controller, Direct, Escort, Factored, Gaussian, LogLinear, Simplex, Softmax,
    };
    let exact = |x: &f64| Number::from_f64(*x).unwrap_or(Number::ZERO);
    let all = |x: &[f64]| x.iter().map(exact).collect::<Vec<_>>();
    let parametrization = policy.parametrization();
    let theta = policy.theta().map(all);
    let mut specification = Specification {
        parametrization: parametrization.kind(),
        mix: policy.mix().map(exact),
        ..Specification::default()
    };
    match parametrization {
        Softmax(family) => {
            specification.temperature = Some(exact(&family.temperature));
            specification.theta = theta;
        }
        LogLinear(family) => {
            specification.temperature = Some(exact(&family.temperature));
            specification.theta = theta;
            let dense = |pair| {
                let mut row = vec![Number::ZERO; policy.parameters()];
                family
                    .features
                    .row(pair)
                    .for_each(|(k, x)| row[k] = exact(x));
                row
            };
            let rows = (0..policy.space().pairs()).map(dense).collect();
            let names = family.names.clone();
            specification.features = Some(Features { names, rows });
        }
        Gaussian(family) => {
            specification.theta = theta;
            specification.features = family.features.as_ref().map(|phi| {
                let row = |state| {
                    let mut row = vec![Number::ZERO; phi.columns()];
                    phi.row(state).for_each(|(k, x)| row[k] = exact(x));
                    row
                };
                Features {
                    names: family.names.clone(),
                    rows: (0..phi.rows()).map(row).collect(),
                }
            });
        }
        Escort(family) => {
            specification.power = Some(exact(&family.power));
            specification.theta = theta;
        }
        Direct(_) | Simplex(_) => {
            specification.probabilities = Some(all(policy.probabilities()));
        }
        Controller(family) => {
            specification.theta = theta;
            specification.controller = Some(family.specification());
        }
        Factored(family) => {
            let player = |factor: &policy::Factor<f64>| PlayerSpecification {
                policy: written(factor.policy()),
                is_fixed: factor.is_fixed(),
            };
            specification.players = Some(family.factors().iter().map(player).collect());
        }
    }
    specification
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
            Source::Uniform => (model, "uniform", py.None()),
            Source::Own => (model, "own", py.None()),
            Source::Optimal => (model, "optimal", py.None()),
            Source::Random(seed) => (model, "random", seed.into_pyobject(py)?.into_any().unbind()),
            Source::Specified(s) => (model, "specified", parts(py, s)?),
            Source::Floats => (model, "specified", parts(py, &this.written())?),
        };
        pickle::remade(py, "policy", arguments)
    }

    /// A policy from the parts of `__reduce__`; for pickle.
    #[staticmethod]
    fn _specified(
        model: &Bound<'_, Model>,
        kind: &str,
        numbers_of: [Option<Vec<String>>; 5],
        features: Option<FeatureTexts>,
        players: Option<Vec<(Bound<'_, PyAny>, bool)>>,
        controller: Option<ControllerParts>,
    ) -> PyResult<Policy> {
        let parts = (kind, numbers_of, features, players, controller);
        Policy::specified(model, read(parts)?)
    }
}

/// The parts of a specification, as `parts` makes them.
pub type Parts<'a, 'py> = (
    &'a str,
    [Option<Vec<String>>; 5],
    Option<FeatureTexts>,
    Option<Vec<(Bound<'py, PyAny>, bool)>>,
    Option<ControllerParts>,
);

/// The nodes of a controller, the first if it is sure, whether it acts on what it saw, and what θ makes of its laws.
type ControllerParts = (u32, Option<u32>, bool, String);

/// A specification from its parts; for pickle.
pub fn read(
    (kind, numbers_of, features, players, controller): Parts<'_, '_>,
) -> PyResult<Specification> {
    use Kind::{
        Controller, Direct, Escort, Factored, Gaussian, LogLinear, Observation, Simplex, Softmax,
    };
    let kinds = [
        Softmax,
        Direct,
        Simplex,
        LogLinear,
        Escort,
        Factored,
        Gaussian,
        Observation,
        Controller,
    ];
    let kind = kinds.into_iter().find(|k| k.name() == kind);
    let numbers = |texts: Vec<String>| -> PyResult<Vec<Number>> {
        let one = |text: String| {
            let parsed = text.parse::<Number>();
            parsed.map_err(|_| argument(format!("`{text}` is no number")))
        };
        texts.into_iter().map(one).collect()
    };
    let [temperature, power, mix, theta, probabilities] =
        numbers_of.map(|texts| texts.map(numbers).transpose());
    let single = |x: PyResult<Option<Vec<Number>>>| x.map(|x| x.and_then(|x| x.into_iter().next()));
    let features = features.map(|(names, rows)| {
        let rows = rows.into_iter().map(numbers).collect::<PyResult<_>>()?;
        Ok::<_, PyErr>(Features { names, rows })
    });
    let player = |(parts, is_fixed): (Bound<'_, PyAny>, bool)| {
        let (kind, numbers, features, players, controller): (String, _, _, _, _) =
            parts.extract()?;
        let policy = read((&kind, numbers, features, players, controller))?;
        Ok::<_, PyErr>(PlayerSpecification { policy, is_fixed })
    };
    let players = players.map(|players| players.into_iter().map(player).collect());
    Ok(Specification {
        parametrization: kind.ok_or_else(|| argument("unknown parametrization"))?,
        temperature: single(temperature)?,
        power: single(power)?,
        mix: single(mix)?,
        theta: theta?,
        probabilities: probabilities?,
        features: features.transpose()?,
        players: players.transpose()?,
        controller: controller.map(
            |(nodes, start, acts_on_seen, laws)| ControllerSpecification {
                nodes,
                start,
                acts_on_seen,
                laws: if laws == Laws::Simplex.name() {
                    Laws::Simplex
                } else {
                    Laws::Softmax
                },
            },
        ),
    })
}

/// The names of features, if they have any, and their rows, as texts.
type FeatureTexts = (Option<Vec<String>>, Vec<Vec<String>>);

/// A specification as texts, for pickle.
pub fn parts(py: Python<'_>, s: &Specification) -> PyResult<Py<PyAny>> {
    let text = |x: &Number| x.to_string();
    let one = |x: &Option<Number>| x.as_ref().map(|x| vec![text(x)]);
    let many = |x: &Option<Vec<Number>>| x.as_ref().map(|x| x.iter().map(text).collect::<Vec<_>>());
    let numbers = vec![
        one(&s.temperature),
        one(&s.power),
        one(&s.mix),
        many(&s.theta),
        many(&s.probabilities),
    ];
    let features = s.features.as_ref().map(|f| {
        let rows: Vec<Vec<String>> = f
            .rows
            .iter()
            .map(|row| row.iter().map(text).collect())
            .collect();
        (f.names.clone(), rows)
    });
    let player = |player: &PlayerSpecification| Ok((parts(py, &player.policy)?, player.is_fixed));
    let players = s.players.as_ref();
    let players = players.map(|players| players.iter().map(player).collect::<PyResult<Vec<_>>>());
    Ok((
        s.parametrization.name(),
        numbers,
        features,
        players.transpose()?,
        s.controller
            .map(|of| (of.nodes, of.start, of.acts_on_seen, of.laws.name())),
    )
        .into_pyobject(py)?
        .into_any()
        .unbind())
}
