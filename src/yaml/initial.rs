//! `initial`: ρ₀.

use miette::SourceSpan;

use super::document::{Node, NodeKind};
use super::read::{KeyPath, number, wrong_type};
use crate::mdp::Space;
use crate::model::distribution::{Sum, uniform};
use crate::model::error::DraftError;
use crate::model::errors::{ModelWarning, Problems};
use crate::model::names::Index;
use crate::number::Number;

/// ρ₀ [S] from `uniform` (over the states that are not terminal), a state, or a mapping of states
/// to weights that sum to 1. Without a space only the errors count: `uniform` is `None` then.
pub(crate) fn initial(
    node: Node<'_>,
    states: &Index<'_>,
    space: Option<&Space>,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Vec<Number>> {
    let mut weights = vec![Number::ZERO; states.len()];
    match node.kind() {
        NodeKind::Scalar if node.text() == "uniform" => return space.map(uniform),
        NodeKind::Scalar => {
            let state = states.find(node, "initial", problems)?;
            weights[state as usize] = Number::ONE;
        }
        NodeKind::Mapping => weigh(node, states, &mut weights, warnings, problems)?,
        _ => {
            let expected = "`uniform`, a state, or a mapping of states to probabilities";
            problems.push(wrong_type(node, &KeyPath::new("initial"), expected));
            return None;
        }
    }
    Some(weights)
}

/// Whether ρ₀ has weight on a state that is not terminal; an error where it is written if not.
pub(crate) fn starts_alive(
    weights: &[Number],
    space: &Space,
    at: SourceSpan,
    problems: &mut Problems,
) -> bool {
    let mut states = weights.iter().enumerate();
    let starts = states.any(|(s, weight)| !space.is_terminal(s) && !weight.is_zero());
    if !starts {
        problems.push(DraftError::InitialTerminal.at(at));
    }
    starts
}

/// ρ₀ [S] from a list of weights in the order of the states, as Gymnasium has it.
pub(crate) fn listed(
    node: Node<'_>,
    space: &Space,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Vec<Number>> {
    let before = problems.count();
    let path = KeyPath::new("initial");
    let items = node.items();
    let mut weights: Vec<Number> = items
        .filter_map(|item| number(item, &path, problems))
        .collect();
    // a state that the import made stands at the end
    if weights.len() + 1 == space.states() && space.is_terminal(weights.len()) {
        weights.push(Number::ZERO);
    }
    if problems.count() == before && weights.len() != space.states() {
        problems.push(wrong_type(
            node,
            &path,
            "a list with one weight for each state",
        ));
    }
    if problems.count() > before {
        return None;
    }
    if let Some(s) = weights.iter().position(Number::is_negative) {
        problems.push(
            DraftError::NegativeInitial {
                state: space.state_names().get(s).into_owned(),
                found: weights[s].clone(),
            }
            .at(node.place()),
        );
        return None;
    }
    add_up(node, &weights, warnings, problems)?;
    Some(weights)
}

fn weigh(
    node: Node<'_>,
    states: &Index<'_>,
    weights: &mut [Number],
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<()> {
    let before = problems.count();
    let path = KeyPath::new("initial");
    for (key, value) in node.entries() {
        let state = states.find(key, "initial", problems);
        let weight = number(value, &path.join(key.text()), problems);
        let (Some(state), Some(weight)) = (state, weight) else {
            continue;
        };
        if weight.is_negative() {
            problems.push(
                DraftError::NegativeInitial {
                    state: key.text().into(),
                    found: weight.clone(),
                }
                .at(value.place()),
            );
        }
        weights[state as usize] = weight;
    }
    if problems.count() > before {
        return None;
    }
    add_up(node, weights, warnings, problems)
}

/// Whether weights sum to 1, or nearly.
fn add_up(
    node: Node<'_>,
    weights: &[Number],
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<()> {
    let weighty = weights.iter().filter(|weight| !weight.is_zero());
    match Sum::within(weighty, problems.allowed()) {
        Sum::One => Some(()),
        Sum::Nearly(sum) => {
            warnings.push(ModelWarning::InexactInitial { sum });
            Some(())
        }
        Sum::Wrong(sum, help) => {
            let at = node.place();
            problems.push(DraftError::InitialSum { sum, help }.at(at));
            None
        }
    }
}
