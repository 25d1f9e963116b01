//! What the arguments, parameters and probabilities of a policy must be.

use crate::field::{Field, middle};
use crate::mdp::{Space, off_one};
use crate::number::{Number, Rational};
use crate::policy::family::state_name;
use crate::policy::{Parametrization, PolicyError};

/// Errors unless the arguments of a parametrization are in their ranges.
pub(super) fn check_arguments<F: Field>(
    space: &Space,
    parametrization: &Parametrization<F>,
) -> Result<(), PolicyError> {
    let temperature = |x: &F| check_range("temperature", x, *x > F::zero(), "above 0");
    match parametrization {
        Parametrization::Direct(_) | Parametrization::Simplex(_) => Ok(()),
        // its factors have been checked
        Parametrization::Factored(_) => Ok(()),
        Parametrization::Controller(_) => Ok(()),
        Parametrization::Softmax(family) => temperature(&family.temperature),
        Parametrization::Gaussian(family) => {
            count("actions", space.actions(), family.actions.len())?;
            if let Some(features) = &family.features {
                count("features", space.states(), features.rows())?;
                if let Some(names) = &family.names {
                    count("features", features.columns(), names.len())?;
                }
            }
            Ok(())
        }
        Parametrization::Escort(family) => {
            let power = &family.power;
            check_range("power", power, *power >= F::one(), "at least 1")
        }
        Parametrization::LogLinear(family) => {
            count("features", space.pairs(), family.features.rows())?;
            if let Some(rest) = &family.rest {
                count("features", space.pairs(), rest.rows())?;
                count("features", family.features.columns(), rest.columns())?;
            }
            if let Some(names) = &family.names {
                count("features", family.features.columns(), names.len())?;
            }
            temperature(&family.temperature)
        }
    }
}

/// A number of the field in its range.
pub(super) fn check_range<F: Field>(
    key: &'static str,
    x: &F,
    inside: bool,
    expected: &'static str,
) -> Result<(), PolicyError> {
    match middle(x) {
        Some(_) if inside => Ok(()),
        Some(found) => Err(PolicyError::Range {
            key,
            found,
            expected,
        }),
        None => Err(PolicyError::NoNumber { key, expected }),
    }
}

/// [`check_probabilities`] for numbers of a field: none below 0, each state's sum 1 up to 10⁻⁹,
/// exactly in an exact field.
pub(super) fn check_distributions<F: Field>(space: &Space, pi: &[F]) -> Result<(), PolicyError> {
    let mut exact = Vec::with_capacity(pi.len());
    for (pair, x) in pi.iter().enumerate() {
        let state = || state_name(space, space.state_of(pair));
        let number = middle(x);
        exact.push(number.ok_or_else(|| PolicyError::NotFinite { state: state() })?);
    }
    check_probabilities(space, &exact, F::EXACT).map(|_| ())
}

/// No probability below 0, and each state's sum 1, up to 10⁻⁹ unless `exact`; what the sums lack,
/// if some does [S].
pub(super) fn check_probabilities(
    space: &Space,
    pi: &[Number],
    exact: bool,
) -> Result<Option<Vec<Number>>, PolicyError> {
    let mut deficits = None;
    let slack = off_one(exact);
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let mut sum = Rational::ZERO;
        for pair in space.pairs_of(state) {
            if pi[pair].is_negative() {
                let (state, action) = space.pair_names(pair);
                return Err(PolicyError::Negative {
                    state: state.into_owned(),
                    action: action.into_owned(),
                    found: pi[pair].clone(),
                });
            }
            sum += pi[pair].to_rational();
        }
        let off = Field::abs(&(sum.clone() - Rational::ONE));
        if off > slack {
            return Err(PolicyError::Sum {
                state: state_name(space, state),
                found: Number::from(sum),
            });
        }
        if sum != Rational::ONE {
            let deficits = deficits.get_or_insert_with(|| vec![Number::ZERO; space.states()]);
            deficits[state] = (Rational::ONE - sum).into();
        }
    }
    Ok(deficits)
}

pub(super) fn check_positive(space: &Space, pi: &[Number]) -> Result<(), PolicyError> {
    match pi.iter().position(Number::is_zero) {
        None => Ok(()),
        Some(pair) => {
            let (state, action) = space.pair_names(pair);
            Err(PolicyError::Zero {
                state: state.into_owned(),
                action: action.into_owned(),
            })
        }
    }
}

pub(super) fn in_range<F: Field>(
    key: &'static str,
    found: &Number,
    inside: bool,
    expected: &'static str,
) -> Result<F, PolicyError> {
    if inside {
        return Ok(F::from_number(found));
    }
    Err(PolicyError::Range {
        key,
        found: found.clone(),
        expected,
    })
}

pub(super) fn count(key: &'static str, expected: usize, found: usize) -> Result<(), PolicyError> {
    if expected == found {
        return Ok(());
    }
    Err(PolicyError::Count {
        key,
        expected,
        found,
    })
}
