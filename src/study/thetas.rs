//! Many policies on one model: an array of parameters in, arrays of answers out.

use super::StudyError;
use crate::batch::{self, Batch};
use crate::mdp::{Mdp, Space};
use crate::model::Model;
use crate::npy::{self, Array, Entries, Writer};

/// The parameters θ of K tabular softmax policies at τ = 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Thetas {
    numbers: Vec<f64>,
    policies: usize,
}

impl Thetas {
    /// From a `.npy` file of the shape [K, pairs], pairs in the order of a report, or [K, states, actions],
    /// where entries of actions that a state does not have are not looked at.
    ///
    /// Errors with [`StudyError::Thetas`] for another file or shape, and for a number that is not
    /// finite.
    pub fn parse(name: &str, bytes: &[u8], space: &Space) -> Result<Thetas, StudyError> {
        let refuse = |why: String| StudyError::Thetas {
            name: name.to_string(),
            why,
        };
        let array = npy::parse(bytes).map_err(|error| refuse(error.to_string()))?;
        let numbers: Vec<f64> = match array.entries {
            Entries::Numbers(numbers) => numbers,
            Entries::Integers(integers) => integers.into_iter().map(|x| x as f64).collect(),
            Entries::Booleans(_) | Entries::Texts(_) => {
                return Err(refuse("holds no numbers".into()));
            }
        };
        let (states, actions, pairs) = (space.states(), space.actions(), space.pairs());
        let (policies, numbers) = match array.shape[..] {
            [policies, d] if d == pairs => (policies, numbers),
            [policies, s, a] if (s, a) == (states, actions) => {
                let at = |pair| space.state_of(pair) * actions + space.action_of(pair);
                let own =
                    |theta: &[f64]| (0..pairs).map(|pair| theta[at(pair)]).collect::<Vec<f64>>();
                let policies_of = numbers.chunks((s * a).max(1));
                (policies, policies_of.flat_map(own).collect())
            }
            _ => {
                let found = &array.shape;
                return Err(refuse(format!(
                    "has the shape {found:?}; expected [K, {pairs}] or [K, {states}, {actions}]"
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

/// J \[K\], v \[K, S\] and, if it is asked for, ∇J \[K, SA\] of many policies, as the bytes of an `.npz`
/// archive with the arrays `j`, `v` and `gradient`, not compressed.
///
/// Errors as [`batch::softmax`], for the first policy that has no answer.
pub fn thetas(
    model: &Model,
    thetas: &Thetas,
    options: &batch::Options,
) -> Result<Vec<u8>, StudyError> {
    let over = model.floating();
    let mdp = over.mdp();
    let found = batch::softmax(mdp, &thetas.numbers, thetas.policies, options)?;
    Ok(archive(mdp, thetas.policies, found))
}

fn archive(mdp: &Mdp, policies: usize, found: Batch) -> Vec<u8> {
    let mut writer = Writer::stored();
    let rows = |columns, numbers| Array::numbers([policies, columns], numbers);
    let gradient = found.gradient.map(|gradient| rows(mdp.pairs(), gradient));
    let arrays = [
        ("j", Some(Array::numbers([policies], found.j))),
        ("v", Some(rows(mdp.states(), found.v))),
        ("gradient", gradient),
    ];
    let present = arrays
        .into_iter()
        .filter_map(|(name, array)| Some((name, array?)));
    let written = present.map(|(name, array)| writer.add(name, &array));
    let written = written.collect::<std::io::Result<()>>();
    written
        .and_then(|()| writer.finish())
        .expect("writing into memory does not fail")
}
