//! The `policy:` block of a written model.

use std::fmt::{self, Write};

use crate::mdp::Space;
use crate::model::scalar::Name;
use crate::number::{Literal, Number};
use crate::policy::{ControllerSpecification, Features, Kind, Specification};

/// Writes the block.
pub(super) fn write(f: &mut String, space: &Space, policy: &Specification) -> fmt::Result {
    writeln!(f, "policy:")?;
    let Some((own, players)) = policy.players.as_ref().zip(space.players()) else {
        return block(f, space, policy);
    };
    writeln!(
        f,
        "  parametrization: {}\n  players:",
        policy.parametrization
    )?;
    for (player, (own, name)) in own.iter().zip(players.names()).enumerate() {
        let mut text = String::new();
        block(&mut text, &players.part(space, player).space, &own.policy)?;
        writeln!(f, "    {}:", Name(name))?;
        for line in text.lines() {
            writeln!(f, "    {line}")?;
        }
        if own.is_fixed {
            writeln!(f, "      fixed: true")?;
        }
    }
    Ok(())
}

/// The keys of a block.
fn block(f: &mut String, space: &Space, policy: &Specification) -> fmt::Result {
    let kind = policy.parametrization;
    writeln!(f, "  parametrization: {kind}")?;
    if let Some(temperature) = &policy.temperature {
        writeln!(f, "  temperature: {}", Literal(temperature))?;
    }
    if let Some(power) = &policy.power {
        writeln!(f, "  power: {}", Literal(power))?;
    }
    if let Some(of) = policy.controller {
        write_controller(f, kind, of)?;
    }
    if let Some(features) = &policy.features {
        write_features(f, space, features, kind)?;
    }
    match (&policy.theta, kind) {
        (None, _) => {}
        (Some(theta), Kind::Gaussian) => {
            let (means, sigmas) = theta.split_at(theta.len() / 2);
            writeln!(f, "  mean: [{}]", list(means))?;
            writeln!(f, "  log_sigma: [{}]", list(sigmas))?;
        }
        (Some(theta), Kind::Direct | Kind::LogLinear | Kind::Observation | Kind::Controller) => {
            writeln!(f, "  theta: [{}]", list(theta))?;
        }
        (Some(theta), _) => {
            write_table(f, space, "theta", |pair| Literal(&theta[pair]).to_string())?;
        }
    }
    if let Some(laws) = policy.probabilities.as_ref().filter(|_| kind.is_by_seen()) {
        writeln!(f, "  probabilities: [{}]", list(laws))?;
    } else if let Some(probabilities) = &policy.probabilities {
        let literal = |pair: usize| Literal(&probabilities[pair]).to_string();
        write_table(f, space, "probabilities", literal)?;
    }
    match &policy.mix {
        Some(share) => writeln!(f, "  mix: {{uniform: {}}}", Literal(share)),
        None => Ok(()),
    }
}

/// Of what a policy by what is seen consists.
fn write_controller(f: &mut String, kind: Kind, of: ControllerSpecification) -> fmt::Result {
    if kind == Kind::Controller {
        writeln!(f, "  nodes: {}", of.nodes)?;
        if let Some(start) = of.start {
            writeln!(f, "  start: {start}")?;
        }
        if of.acts_on_seen {
            writeln!(f, "  acts_on: observation")?;
        }
    }
    writeln!(f, "  laws: {}", of.laws.name())
}

/// A row for each pair, or for each state of a Gaussian policy.
fn write_features(f: &mut String, space: &Space, features: &Features, kind: Kind) -> fmt::Result {
    if kind != Kind::Gaussian {
        let row = |pair: usize| row(features, &features.rows[pair]);
        return write_table(f, space, "features", row);
    }
    writeln!(f, "  features:")?;
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let name = space.state_names().get(state);
        writeln!(
            f,
            "    {}: {}",
            Name(&name),
            row(features, &features.rows[state])
        )?;
    }
    Ok(())
}

/// One line per state, one value per pair.
fn write_table(
    f: &mut String,
    space: &Space,
    key: &str,
    value: impl Fn(usize) -> String,
) -> fmt::Result {
    writeln!(f, "  {key}:")?;
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let entries = space.pairs_of(state).map(|pair| {
            let action = space.pair_names(pair).1;
            format!("{}: {}", Name(&action), value(pair))
        });
        let entries: Vec<String> = entries.collect();
        let state = space.state_names().get(state);
        writeln!(f, "    {}: {{{}}}", Name(&state), entries.join(", "))?;
    }
    Ok(())
}

fn row(features: &Features, row: &[Number]) -> String {
    let Some(names) = &features.names else {
        return format!("[{}]", list(row));
    };
    let entry = |(name, x): (&String, &Number)| format!("{}: {}", Name(name), Literal(x));
    let entries: Vec<String> = names.iter().zip(row).map(entry).collect();
    format!("{{{}}}", entries.join(", "))
}

fn list(numbers: &[Number]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|x| Literal(x).to_string()).collect();
    numbers.join(", ")
}
