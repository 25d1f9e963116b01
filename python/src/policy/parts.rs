//! Policies in exact numbers, and their parts as Python's own values: what pickles hold.

use exact_mdp::number::Number;
use exact_mdp::policy::{
    self, ControllerSpecification, Features, Kind, LawKind, PlayerSpecification, Specification,
};
use pyo3::prelude::*;

use crate::error::argument;

/// The floats of a policy as exact numbers.
pub fn written(policy: &policy::Policy) -> Specification {
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
            let player = |factor: &policy::PolicyFactor<f64>| PlayerSpecification {
                policy: written(factor.policy()),
                is_fixed: factor.is_fixed(),
            };
            specification.players = Some(family.factors().iter().map(player).collect());
        }
    }
    specification
}

/// The parts of a specification, as [`of`] makes them.
pub type Parts<'a, 'py> = (
    &'a str,
    [Option<Vec<String>>; 5],
    Option<FeatureTexts>,
    Option<Vec<(Bound<'py, PyAny>, bool)>>,
    Option<ControllerParts>,
);

/// The nodes of a controller, the first if it is sure, whether it acts on what it saw, and what θ makes of its laws.
pub type ControllerParts = (u32, Option<u32>, bool, String);

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
                laws: if laws == LawKind::Simplex.name() {
                    LawKind::Simplex
                } else {
                    LawKind::Softmax
                },
            },
        ),
    })
}

/// The names of features, if they have any, and their rows, as texts.
pub type FeatureTexts = (Option<Vec<String>>, Vec<Vec<String>>);

/// A specification as texts, for pickle.
pub fn of(py: Python<'_>, s: &Specification) -> PyResult<Py<PyAny>> {
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
    let player = |player: &PlayerSpecification| Ok((of(py, &player.policy)?, player.is_fixed));
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
