//! Policies that files describe.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use super::checks::{check_positive, check_probabilities, count, in_range};
use super::{probabilities_as_theta, uniform};
use crate::field::{Ball, Field};
use crate::linalg::Csr;
use crate::mdp::Space;
use crate::number::{Number, Rational};
use crate::policy::family::Family;
use crate::policy::log_linear::LARGE;
use crate::policy::{
    Controller, ControllerSpecification, Direct, Escort, Factored, Features, Gaussian, Kind,
    LawKind, LogLinear, Parametrization, PlayerSpecification, Policy, PolicyError, Simplex,
    Softmax, Specification,
};

impl<F: Field> Policy<F> {
    /// The policy that a file describes. θ and π left out both mean the uniform policy of the
    /// parametrization (θ = 0, for escort θ = 1).
    ///
    /// Over exact fractions every direct and simplex policy has its exact probabilities, a
    /// softmax has if they are given or its θ is constant in each state, an escort policy if its
    /// power is whole; otherwise [`PolicyError::Irrational`] names the number that is no
    /// fraction. Probabilities that miss 1 by at most 10⁻⁹ are used as written, since files hold
    /// rounded numbers; exact arithmetic allows nothing.
    pub fn from_specification(
        space: &Arc<Space>,
        specification: &Specification,
    ) -> Result<Policy<F>, PolicyError> {
        specification.check_keys()?;
        let epsilon = match &specification.mix {
            Some(x) => in_range(
                "mix",
                x,
                *x >= Number::ZERO && *x <= Number::ONE,
                "in [0, 1]",
            )?,
            None => F::zero(),
        };
        if specification.parametrization == Kind::Factored {
            return factored(space, specification);
        }
        let parametrization = parametrization(space, specification)?;
        if let Parametrization::Controller(family) = parametrization {
            let policy = by_laws(space, family, specification)?;
            return Ok(policy.mixed_by(epsilon));
        }
        let policy = match (&specification.theta, &specification.probabilities) {
            (Some(_), Some(_)) => return Err(PolicyError::Both),
            (Some(theta), None) => {
                let rounded = from_theta(space, parametrization, theta)?;
                as_written(rounded, specification, theta)
            }
            (None, Some(pi)) => from_probabilities(space, parametrization, pi)?,
            (None, None) => default_of(space, parametrization)?,
        };
        Ok(policy.mixed_by(epsilon))
    }
}

fn parametrization<F: Field>(
    space: &Arc<Space>,
    specification: &Specification,
) -> Result<Parametrization<F>, PolicyError> {
    let temperature = || match &specification.temperature {
        Some(x) => in_range("temperature", x, *x > Number::ZERO, "above 0"),
        None => Ok(F::one()),
    };
    Ok(match specification.parametrization {
        Kind::Direct => Parametrization::Direct(Direct),
        Kind::Simplex => Parametrization::Simplex(Simplex),
        Kind::Softmax => Parametrization::Softmax(Softmax {
            temperature: temperature()?,
        }),
        Kind::LogLinear => {
            let features = specification.features.as_ref();
            let features = features.ok_or(PolicyError::NoFeatures)?;
            Parametrization::LogLinear(LogLinear {
                features: Arc::new(feature_matrix(space.pairs(), features)?),
                rest: rest_of_features(features),
                names: features.names.clone(),
                temperature: temperature()?,
            })
        }
        Kind::Factored => {
            let policy = factored(space, specification)?;
            policy.parametrization
        }
        Kind::Escort => Parametrization::Escort(Escort {
            power: match &specification.power {
                Some(x) => in_range("power", x, *x >= Number::ONE, "at least 1")?,
                None => F::from_i64(2),
            },
        }),
        Kind::Gaussian => Parametrization::Gaussian(gaussian(space, specification)?),
        kind @ (Kind::Observation | Kind::Controller) => {
            let of = specification.controller;
            let of = of.unwrap_or_else(|| ControllerSpecification::memoryless(LawKind::Softmax));
            Parametrization::Controller(Controller::uniform(space, kind, of)?)
        }
    })
}

/// The policy of players that a file describes; those of whom it says nothing are uniform.
fn factored<F: Field>(
    space: &Arc<Space>,
    specification: &Specification,
) -> Result<Policy<F>, PolicyError> {
    let players = space.players().ok_or(PolicyError::NoPlayers)?;
    let silent = vec![PlayerSpecification::default(); players.count()];
    let each = specification.players.as_ref().unwrap_or(&silent);
    let mut policies = Vec::with_capacity(each.len());
    for (player, own) in each.iter().enumerate().take(players.count()) {
        let part = players.part(space, player);
        let policy = Policy::from_specification(&part.space, &own.policy)?;
        policies.push((policy, own.is_fixed));
    }
    let policy = Policy::factored(space, Factored::new(space, policies)?);
    match &specification.theta {
        Some(theta) => policy.with_theta(theta.iter().map(F::from_number).collect()),
        None => Ok(policy),
    }
}

/// A controller by θ or by the probabilities of its laws; uniform without either.
fn by_laws<F: Field>(
    space: &Arc<Space>,
    family: Controller<F>,
    specification: &Specification,
) -> Result<Policy<F>, PolicyError> {
    let parameters = family.parts().len();
    let simplex = family.specification().laws == LawKind::Simplex;
    let given = match (&specification.theta, &specification.probabilities) {
        (Some(_), Some(_)) => return Err(PolicyError::Both),
        (Some(theta), None) if !simplex => {
            let theta = theta.iter().map(F::from_number).collect();
            return Policy::new(space, Parametrization::Controller(family), theta);
        }
        (Some(given), None) | (None, Some(given)) => given,
        (None, None) => {
            let (theta, product) = (Some(family.uniform_theta()), family.product());
            let parametrization = Parametrization::Controller(family);
            return Ok(Policy::assemble(space, parametrization, theta, product));
        }
    };
    count("probabilities", parameters, given.len())?;
    let (family, theta) = family.with_probabilities(given)?;
    let product = family.product();
    let parametrization = Parametrization::Controller(family);
    Ok(Policy::assemble(space, parametrization, theta, product))
}

/// The normal laws of actions that are numbers.
fn gaussian<F: Field>(
    space: &Space,
    specification: &Specification,
) -> Result<Gaussian<F>, PolicyError> {
    let numbers = space
        .action_numbers()
        .map_err(|action| PolicyError::NotNumbers {
            action: action.into_owned(),
        })?;
    let features = specification.features.as_ref();
    let matrix = features.map(|features| feature_matrix(space.states(), features));
    Ok(Gaussian {
        actions: Arc::new(numbers.iter().map(F::from_number).collect()),
        features: matrix.transpose()?.map(Arc::new),
        names: features.and_then(|features| features.names.clone()),
    })
}

fn feature_matrix<F: Field>(rows: usize, features: &Features) -> Result<Csr<F>, PolicyError> {
    count("features", rows, features.rows.len())?;
    let columns = features.rows.first().map_or(0, Vec::len);
    if let Some(names) = &features.names {
        count("names", columns, names.len())?;
        check_names(names)?;
    }
    let mut matrix = Csr::empty(columns);
    let mut entries = Vec::new();
    for row in &features.rows {
        count("features of one pair", columns, row.len())?;
        let stored = row.iter().enumerate().filter(|(_, x)| !x.is_zero());
        entries.extend(stored.map(|(k, x)| (k, F::from_number(x))));
        matrix.push_row(&mut entries);
    }
    Ok(matrix)
}

/// Errors where a name is empty, cannot be shown, or stands for two features.
fn check_names(names: &[String]) -> Result<(), PolicyError> {
    let mut known = HashSet::with_capacity(names.len());
    for name in names {
        if name.is_empty() || name.contains(char::is_control) {
            return Err(PolicyError::FeatureName { name: name.clone() });
        }
        if !known.insert(name) {
            return Err(PolicyError::FeatureTwice { name: name.clone() });
        }
    }
    Ok(())
}

/// What rounding leaves out of features; `None` where nothing is.
fn rest_of_features<F: Field>(features: &Features) -> Option<Arc<Csr<F>>> {
    if F::EXACT || F::one().certified().is_some() {
        return None;
    }
    let left = |(k, x): (usize, &Number)| {
        let rounded = F::from_number(x).to_number()?;
        let rest = F::from_number(&Number::from(x.to_rational() - rounded.to_rational()));
        (!rest.is_zero()).then_some((k, rest))
    };
    let rows = features
        .rows
        .iter()
        .map(|row| row.iter().enumerate().filter_map(left));
    let rows: Vec<Vec<(usize, F)>> = rows.map(Iterator::collect).collect();
    let columns = features.rows.first().map_or(0, Vec::len);
    let is_whole = rows.iter().all(Vec::is_empty);
    (!is_whole).then(|| Arc::new(Csr::from_rows(columns, rows)))
}

/// The uniform policy of the parametrization.
fn default_of<F: Field>(
    space: &Arc<Space>,
    parametrization: Parametrization<F>,
) -> Result<Policy<F>, PolicyError> {
    let kind = parametrization.kind();
    if matches!(kind, Kind::Direct | Kind::Simplex) {
        let theta = probabilities_as_theta(space, kind, &uniform(space));
        return Ok(Policy::assemble(
            space,
            parametrization,
            theta,
            uniform(space),
        ));
    }
    let each = if kind == Kind::Escort {
        F::one()
    } else {
        F::zero()
    };
    let parameters = parametrization.family().parameters(space);
    Policy::new(space, parametrization, vec![each; parameters])
}

fn from_theta<F: Field>(
    space: &Arc<Space>,
    parametrization: Parametrization<F>,
    theta: &[Number],
) -> Result<Policy<F>, PolicyError> {
    count(
        "theta",
        parametrization.family().parameters(space),
        theta.len(),
    )?;
    match parametrization.kind() {
        Kind::Simplex => from_probabilities(space, parametrization, theta),
        Kind::Direct => {
            let pi = Family::<Rational>::probabilities(&Direct, space, &rationals(theta))?;
            let pi: Vec<Number> = pi.into_iter().map(Number::from).collect();
            from_probabilities(space, parametrization, &pi)
        }
        _ => {
            let theta = theta.iter().map(F::from_number).collect();
            Policy::new(space, parametrization, theta)
        }
    }
}

/// π of θ as it is written, where it is so large that what no number of the field is may show in what θ · φ, θ less that of
/// another action, or the distance of actions from a mean leaves, or in a power.
fn as_written<F: Field>(
    rounded: Policy<F>,
    specification: &Specification,
    theta: &[Number],
) -> Policy<F> {
    if F::EXACT || F::one().certified().is_some() {
        return rounded;
    }
    let (space, own) = (&rounded.space, rounded.theta().unwrap_or_default());
    let is_large = match &rounded.parametrization {
        Parametrization::Softmax(family) => {
            let most = F::from_i64(LARGE) * &family.temperature;
            own.iter().any(|theta| theta.abs() > most)
        }
        Parametrization::LogLinear(family) => {
            (0..space.pairs()).any(|pair| family.is_large(pair, own))
        }
        Parametrization::Gaussian(family) => family.is_large(space, own),
        Parametrization::Escort(family) => family.power > F::from_i64(LARGE),
        _ => false,
    };
    let lost = |(theta, rounded): (&Number, &F)| rounded.to_number().as_ref() != Some(theta);
    let power_lost = || match (&rounded.parametrization, &specification.power) {
        (Parametrization::Escort(family), Some(power)) => lost((power, &family.power)),
        _ => false,
    };
    if !is_large || !(theta.iter().zip(own).any(lost) || power_lost()) {
        return rounded;
    }
    let balls = parametrization::<Ball>(space, specification).and_then(|family| {
        let theta = theta.iter().map(Ball::from_number).collect();
        Policy::new(space, family, theta)
    });
    let Ok(balls) = balls else {
        return rounded;
    };
    let nearest = |x: &Ball| Some(F::from_number(&Number::from_f64(x.to_f64())?));
    let pi: Option<Vec<F>> = balls.probabilities().iter().map(nearest).collect();
    match pi {
        Some(pi) => Policy {
            probabilities: Arc::new(pi),
            as_written: true,
            derivative: OnceLock::new(),
            ..rounded
        },
        None => rounded,
    }
}

fn from_probabilities<F: Field>(
    space: &Arc<Space>,
    parametrization: Parametrization<F>,
    exact: &[Number],
) -> Result<Policy<F>, PolicyError> {
    count("probabilities", space.pairs(), exact.len())?;
    let deficits = check_probabilities(space, exact, F::EXACT)?;
    let pi: Vec<F> = exact.iter().map(F::from_number).collect();
    let theta = match &parametrization {
        Parametrization::Softmax(Softmax { temperature }) => {
            check_positive(space, exact)?;
            let logit = |x: &F| Some(x.checked_ln()? * temperature);
            pi.iter().map(logit).collect()
        }
        other => probabilities_as_theta(space, other.kind(), &pi),
    };
    let mut policy = Policy::assemble(space, parametrization, theta, pi);
    policy.deficits = deficits.map(|deficits| deficits.iter().map(F::from_number).collect());
    Ok(policy)
}

fn rationals(x: &[Number]) -> Vec<Rational> {
    x.iter().map(Number::to_rational).collect()
}
