//! A model → JSON with Gymnasium's `P`.

use std::fmt::Write;

use crate::exchange::export::{Export, Loss, action_names, float};
use crate::mdp::{Criterion, Names};
use crate::model::Model;

/// `{"name": …, "discount": …, "initial": […], "P": {…}}`.
///
/// A terminal state stays where it is under every action, terminated, for nothing.
pub(in crate::exchange) fn write(model: &Model) -> Export {
    let mut text = String::new();
    // writing to a string cannot fail
    let _ = write_to(model, &mut text);
    let possible = [
        Loss::Decimals,
        Loss::StartsEnded,
        Loss::Policy,
        Loss::Description,
        Loss::ActionSets,
    ];
    let losses = Loss::of(model, &possible);
    Export::single("json", text.into_bytes(), losses)
}

fn write_to(model: &Model, f: &mut String) -> std::fmt::Result {
    let space = model.space();
    writeln!(f, "{{\"name\": {},", quoted(model.name()))?;
    match model.criterion() {
        Criterion::Discounted { discount } => writeln!(f, " \"discount\": {},", float(discount))?,
        Criterion::Total => writeln!(f, " \"discount\": 1.0,")?,
        Criterion::Average => writeln!(f, " \"criterion\": \"average\",")?,
        Criterion::FiniteHorizon { discount, horizon } => {
            writeln!(f, " \"discount\": {},", float(discount))?;
            writeln!(f, " \"horizon\": {horizon},")?;
        }
    }
    let states = match space.state_names() {
        Names::Numbered(_) => None,
        Names::Listed(names) => Some(names.clone()),
    };
    for (key, names) in [("states", states), ("actions", action_names(model))] {
        if let Some(names) = names {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            writeln!(f, " \"{key}\": [{}],", names.join(", "))?;
        }
    }
    let weights: Vec<String> = model.initial().iter().map(float).collect();
    writeln!(f, " \"initial\": [{}],", weights.join(", "))?;
    writeln!(f, " \"P\": {{")?;
    for state in 0..space.states() {
        let separator = if state + 1 < space.states() {
            ","
        } else {
            "}}"
        };
        write!(f, "  \"{state}\": {{")?;
        write_state(model, state, f)?;
        writeln!(f, "}}{separator}")?;
    }
    Ok(())
}

fn write_state(model: &Model, state: usize, f: &mut String) -> std::fmt::Result {
    let space = model.space();
    if space.is_terminal(state) {
        let stays = |action| format!("\"{action}\": [[1.0, {state}, 0.0, true]]");
        let actions: Vec<String> = (0..space.actions()).map(stays).collect();
        return f.write_str(&actions.join(", "));
    }
    for (i, pair) in space.pairs_of(state).enumerate() {
        let separator = if i == 0 { "" } else { ", " };
        let outcomes = model.outcomes().of(pair).map(|outcome| {
            let (probability, reward) = (float(outcome.probability), float(outcome.reward));
            let terminated = space.is_terminal(outcome.next);
            format!("[{probability}, {}, {reward}, {terminated}]", outcome.next)
        });
        let outcomes: Vec<String> = outcomes.collect();
        let action = space.action_of(pair);
        write!(f, "{separator}\"{action}\": [{}]", outcomes.join(", "))?;
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
