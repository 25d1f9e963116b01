//! A model → Storm's direct encoding, its numbers exact.

use std::fmt::Write;

use crate::exchange::export::{Export, Loss, marks_ends, vanishes};
use crate::exchange::mean::merge;
use crate::model::Model;

/// The file; a terminal state has one choice, which stays and pays 0, and the label `terminal`.
pub(in crate::exchange) fn write(model: &Model) -> Export {
    let mut text = String::new();
    // writing to a string cannot fail
    let _ = write_to(model, &mut text);
    let mut losses = vec![Loss::Criterion];
    let possible = [
        Loss::Weights,
        Loss::Rewards,
        Loss::Vanishing,
        Loss::Policy,
        Loss::Description,
    ];
    losses.extend(Loss::of(model, &possible));
    if !marks_ends(model) {
        losses.extend(Loss::of(model, &[Loss::Still]));
    }
    losses.extend(if labelled(model) {
        Loss::of(model, &[Loss::Order])
    } else {
        Loss::of(model, &[Loss::ActionNames, Loss::Numbers])
    });
    Export::single("drn", text.into_bytes(), losses)
}

fn write_to(model: &Model, f: &mut String) -> std::fmt::Result {
    let space = model.space();
    let terminal = (0..space.states()).filter(|&s| space.is_terminal(s));
    let choices = space.pairs() + terminal.count();
    writeln!(f, "// Written by exact-mdp")?;
    let intervals = model.intervals();
    let kind = intervals.map_or("rational", |_| "rational-interval");
    writeln!(f, "@type: MDP\n@value_type: {kind}\n@parameters\n")?;
    writeln!(f, "@reward_models\nreward\n@nr_states\n{}", space.states())?;
    writeln!(f, "@nr_choices\n{choices}\n@model")?;
    let is_labelled = labelled(model);
    let listed = matches!(space.state_names(), crate::mdp::Names::Listed(_));
    for state in 0..space.states() {
        write!(f, "state {state} [0]")?;
        if !model.initial()[state].is_zero() {
            write!(f, " init")?;
        }
        let name = space.state_names().get(state);
        let comment = |f: &mut String| {
            if listed {
                writeln!(f, "//[{name}]")
            } else {
                Ok(())
            }
        };
        if space.is_terminal(state) {
            writeln!(f, " terminal")?;
            comment(f)?;
            let stay = if is_labelled {
                space.action_names().get(0)
            } else {
                "0".into()
            };
            writeln!(f, "\taction {stay} [0]\n\t\t{state} : 1")?;
            continue;
        }
        writeln!(f)?;
        comment(f)?;
        for pair in space.pairs_of(state) {
            let label = if is_labelled {
                space.pair_names(pair).1
            } else {
                space.action_of(pair).to_string().into()
            };
            let reward = model.mean_reward(pair);
            if vanishes(&reward) {
                writeln!(f, "\taction {label} [0]")?;
            } else {
                writeln!(f, "\taction {label} [{reward}]")?;
            }
            let outcomes: Vec<_> = model.outcomes().of(pair).collect();
            for same in outcomes.chunk_by(|a, b| a.next == b.next) {
                let next = same[0].next;
                let own = intervals.and_then(|intervals| intervals.of(pair));
                let own = own.and_then(|ends| ends.iter().find(|ends| ends.0 == next));
                if let Some((_, low, high)) = own {
                    writeln!(f, "\t\t{next} : [{low}, {high}]")?;
                    continue;
                }
                let (_, probability) = merge(same);
                writeln!(f, "\t\t{next} : {probability}")?;
            }
        }
    }
    Ok(())
}

/// Whether actions can be labels: single words.
fn labelled(model: &Model) -> bool {
    let mut names = model.space().action_names().iter();
    names.all(|name| {
        let odd = |c: char| c.is_whitespace() || "[]\":".contains(c);
        name != "__NOLABEL__" && !name.contains(odd) && !name.starts_with("//")
    })
}
