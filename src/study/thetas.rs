//! Many policies on one model: an array of parameters in, arrays of answers out.

use serde_json::Value;

use super::StudyError;
use crate::batch::{self, BatchEvaluation};
use crate::judge::{Encoding, Given};
use crate::mdp::{Mdp, Space};
use crate::model::Model;
use crate::npy::{self, Array, Writer};

/// The parameters θ of K tabular softmax policies at τ = 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Thetas {
    numbers: Vec<f64>,
    policies: usize,
}

impl Thetas {
    /// From an array of the shape [K, pairs], pairs in the order of a report, or [K, states, actions],
    /// where entries of actions that a state does not have are not looked at; \[pairs\] is one policy. It
    /// may be NumPy's, alone or in an archive (`thetas`, `theta`), or JSON, also a report on a softmax
    /// policy.
    ///
    /// Errors with [`StudyError::Thetas`] for another file or shape, and for a number that is not
    /// finite.
    pub fn parse(name: &str, bytes: &[u8], space: &Space) -> Result<Thetas, StudyError> {
        let refuse = |why: String| StudyError::Thetas {
            name: name.to_string(),
            why,
        };
        let (shape, numbers) = array(bytes).map_err(refuse)?;
        let (states, actions, pairs) = (space.states(), space.actions(), space.pairs());
        let (policies, numbers) = match shape[..] {
            [d] if d == pairs => (1, numbers),
            [policies, d] if d == pairs => (policies, numbers),
            [policies, s, a] if (s, a) == (states, actions) => {
                let at = |pair| space.state_of(pair) * actions + space.action_of(pair);
                let own =
                    |theta: &[f64]| (0..pairs).map(|pair| theta[at(pair)]).collect::<Vec<f64>>();
                let policies_of = numbers.chunks((s * a).max(1));
                (policies, policies_of.flat_map(own).collect())
            }
            _ => {
                return Err(refuse(format!(
                    "has the shape {shape:?}; expected [K, {pairs}] or [K, {states}, {actions}]"
                )));
            }
        };
        if let Some(at) = numbers.iter().position(|x| !x.is_finite()) {
            let (policy, pair) = (at / pairs, at % pairs);
            let (state, action) = space.pair_names(pair);
            return Err(refuse(format!(
                "θ of policy {policy} in state {state}, action {action} is {}",
                numbers[at]
            )));
        }
        Ok(Thetas { numbers, policies })
    }
}

/// The shape and the numbers of a file.
fn array(bytes: &[u8]) -> Result<(Vec<usize>, Vec<f64>), String> {
    let encoding = match Encoding::of(None, bytes) {
        Some(Encoding::Json) => return of_json(bytes),
        Some(Encoding::Npz) => Encoding::Npz,
        _ => {
            let array = npy::parse(bytes).map_err(|error| error.to_string())?;
            return rows(Given::of_array(array).map_err(|error| error.to_string())?);
        }
    };
    let parse = |name| Given::parse(bytes, encoding, name);
    let given = parse("thetas").or_else(|_| parse("theta"));
    rows(given.map_err(|error| error.to_string())?)
}

/// A list, what stands under `thetas` or `theta`, or the θ of the policy of a report.
fn of_json(bytes: &[u8]) -> Result<(Vec<usize>, Vec<f64>), String> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("is no JSON: {error}"))?;
    // what `check` found in the only model that it was given
    let value = match value.get("models").and_then(Value::as_array) {
        Some(models) if models.len() == 1 => &models[0],
        _ => &value,
    };
    let policy = value.get("policy");
    if let Some(policy) = policy {
        let is_plain = policy["parametrization"] == "softmax"
            && policy.get("temperature").is_none_or(|tau| *tau == 1)
            && policy.get("mix").is_none_or(Value::is_null);
        if !is_plain {
            return Err("is a report on another policy than a softmax at temperature 1".into());
        }
    }
    let own = ["thetas", "theta"]
        .into_iter()
        .find_map(|name| value.get(name));
    let found = own.or_else(|| policy?.get("theta")).unwrap_or(value);
    rows(Given::of_json(found).map_err(|error| error.to_string())?)
}

fn rows(given: Given) -> Result<(Vec<usize>, Vec<f64>), String> {
    match given {
        Given::Array { shape, .. } if shape.contains(&0) => {
            Err(format!("is empty: it has the shape {shape:?}"))
        }
        Given::Array { shape, values, .. } => Ok((shape, values)),
        Given::Named(_) => Err("holds no array `thetas` or `theta`".into()),
    }
}

/// J \[K\], v \[K, S\] and, if it is asked for, ∇J \[K, SA\] of many policies, as the bytes of an `.npz`
/// archive with the arrays `j`, `v` and `gradient`, not compressed; where bounds are asked for, with one for each policy on
/// the error of J (`j_error`), of any value (`value_error`) and of any entry of ∇J (`gradient_error`) \[K\].
///
/// Errors where θ is not [K, SA] or τ not above 0, and where a policy has no value or no gradient, for the first one that
/// has none.
pub fn thetas(
    model: &Model,
    thetas: &Thetas,
    options: &batch::BatchOptions,
) -> Result<Vec<u8>, StudyError> {
    let over = model.floating();
    let mdp = over.mdp();
    let found = batch::softmax(mdp, &thetas.numbers, thetas.policies, options)?;
    Ok(archive(mdp, thetas.policies, found))
}

fn archive(mdp: &Mdp, policies: usize, found: BatchEvaluation) -> Vec<u8> {
    let mut writer = Writer::stored();
    let rows = |columns, numbers| Array::numbers([policies, columns], numbers);
    let each = |numbers| Array::numbers([policies], numbers);
    let gradient = found.gradient.map(|gradient| rows(mdp.pairs(), gradient));
    let (of_j, of_v, of_gradient) = match found.errors {
        Some(errors) => (Some(errors.j), Some(errors.v), errors.gradient),
        None => (None, None, None),
    };
    let arrays = [
        ("j", Some(each(found.j))),
        ("v", Some(rows(mdp.states(), found.v))),
        ("gradient", gradient),
        ("j_error", of_j.map(each)),
        ("value_error", of_v.map(each)),
        ("gradient_error", of_gradient.map(each)),
    ];
    let present = arrays
        .into_iter()
        .filter_map(|(name, array)| Some((name, array?)));
    let written = present.map(|(name, array)| writer.add(name, &array));
    let written = written.collect::<std::io::Result<()>>();
    written
        .and_then(|()| writer.bytes())
        .expect("writing into memory does not fail")
}
