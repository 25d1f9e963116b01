//! A constrained optimum for people: what is attained, what the bounds cost, the policy.

use crate::table::{self, Columns, Readable, View, short};
use exact_mdp::report::{ConstrainedReport, ConstraintReport, Quantity};

impl Readable for ConstrainedReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += &format!("best J of {}: {}\n\n", self.of, short(&self.j, view.digits));
        text += &rewards(&self.rewards, view);
        text += "\n";
        text += &bounds(&self.bounds, view);
        text += "\n";
        text += &policy(self, view);
        text += &match &self.random_states[..] {
            [] => "the policy is deterministic\n".to_string(),
            some => format!("the policy draws its action in {}\n", some.join(", ")),
        };
        text
    }
}

fn rewards(rewards: &[(String, Quantity)], view: &View) -> String {
    let j: Vec<Quantity> = rewards.iter().map(|(_, j)| j.clone()).collect();
    Columns::new()
        .text(
            "reward",
            rewards.iter().map(|(name, _)| name.clone()).collect(),
        )
        .numbers("J", &j, view.digits)
        .render(view)
}

fn bounds(bounds: &[ConstraintReport], view: &View) -> String {
    let numbers = |of: fn(&ConstraintReport) -> &Quantity| -> Vec<Quantity> {
        bounds.iter().map(|bound| of(bound).clone()).collect()
    };
    let text = |bound: &ConstraintReport| {
        let number = short(&bound.bound, view.digits);
        format!("{} {} {number}", bound.reward, bound.relation)
    };
    Columns::new()
        .text("bound", bounds.iter().map(text).collect())
        .numbers("J", &numbers(|bound| &bound.j), view.digits)
        .numbers(
            "multiplier",
            &numbers(|bound| &bound.multiplier),
            view.digits,
        )
        .numbers("linear from", &numbers(|bound| &bound.from), view.digits)
        .numbers("to", &numbers(|bound| &bound.to), view.digits)
        .render(view)
}

/// π, ρ and the Lagrangian's advantages, a row for each pair.
fn policy(report: &ConstrainedReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.pairs());
    let names = |pair: usize| space.pair_names(pair);
    let probabilities = (0..shown).map(|pair| report.head.policy.probabilities.at(pair));
    Columns::new()
        .text(
            "state",
            (0..shown).map(|pair| names(pair).0.into_owned()).collect(),
        )
        .key(
            "action",
            (0..shown).map(|pair| names(pair).1.into_owned()).collect(),
        )
        .numbers("π", &probabilities.collect::<Vec<_>>(), view.digits)
        .numbers("ρ", &report.pair_occupancy[..shown], view.digits)
        .numbers(
            "A of the Lagrangian",
            &report.advantage[..shown],
            view.digits,
        )
        .render(view)
        + &note.unwrap_or_default()
}
