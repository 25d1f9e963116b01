//! A function of the state from a file, as `--critic` and `--baseline-file` take it.

use std::collections::BTreeMap;
use std::path::Path;

use exact_mdp::mdp::Space;
use exact_mdp::number::Number;
use miette::{IntoDiagnostic, WrapErr, bail, miette};
use serde::Deserialize;

/// The report of `evaluate`, as far as it matters here.
#[derive(Deserialize)]
struct Evaluated {
    v: Vec<Option<f64>>,
}

/// A number for each state: from a list in the order of the states, from a map by their names
/// (terminal states may be left out), or the `v` of the JSON that `evaluate` writes. JSON.
pub fn load(path: &Path, space: &Space) -> miette::Result<Vec<Number>> {
    let text = std::fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read `{}`", path.display()))?;
    let values = parse(&text, space).wrap_err_with(|| format!("in `{}`", path.display()))?;
    if values.len() != space.states() {
        let (found, expected) = (values.len(), space.states());
        bail!(
            "`{}` has {found} numbers; the model has {expected} states",
            path.display()
        );
    }
    let number = |(x, state): (f64, usize)| {
        let name = space.state_names().get(state).into_owned();
        Number::from_f64(x).ok_or_else(|| miette!("the number of `{name}` is not finite"))
    };
    values.into_iter().zip(0..).map(number).collect()
}

fn parse(text: &str, space: &Space) -> miette::Result<Vec<f64>> {
    if let Ok(list) = serde_json::from_str::<Vec<f64>>(text) {
        return Ok(list);
    }
    if let Ok(report) = serde_json::from_str::<Evaluated>(text) {
        return Ok(report.v.into_iter().map(|v| v.unwrap_or(0.0)).collect());
    }
    let Ok(map) = serde_json::from_str::<BTreeMap<String, f64>>(text) else {
        bail!(
            "expected JSON: a list of numbers, a map from states to numbers, or what `evaluate` writes"
        );
    };
    let index: BTreeMap<_, _> = space.state_names().iter().zip(0..).collect();
    let mut values = vec![None; space.states()];
    for (name, x) in map {
        match index.get(name.as_str()) {
            Some(&state) => values[state] = Some(x),
            None => bail!("unknown state `{name}`"),
        }
    }
    let number = |(state, x): (usize, Option<f64>)| match x {
        None if !space.is_terminal(state) => {
            let name = space.state_names().get(state).into_owned();
            Err(miette!(
                "no number for `{name}`; only terminal states may be left out"
            ))
        }
        x => Ok(x.unwrap_or(0.0)),
    };
    values.into_iter().enumerate().map(number).collect()
}
