//! How policies are made.

use std::path::Path;
use std::sync::Arc;

use exact_mdp::arithmetic::Choice;
use exact_mdp::load;
use exact_mdp::mdp::Criterion;
use exact_mdp::number::Number;
use exact_mdp::policy::{self, Features, Kind, Specification};
use pyo3::prelude::*;

use super::Policy;
use super::told::{Named, Source};
use crate::arrays::{by_label, floats, pairs_of, parameters_of, tied_parameters};
use crate::error::{self, argument};
use crate::interrupt::run;
use crate::model::Model;
use crate::number::{number, numbers};

impl Policy {
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
            Some(theta) => {
                let theta = by_label(theta, model.as_any(), Vec::new, "theta")?;
                pairs_of(&theta, space, "theta")?
            }
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

    pub(super) fn specified(
        model: &Bound<'_, Model>,
        specification: Specification,
    ) -> PyResult<Policy> {
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
}
