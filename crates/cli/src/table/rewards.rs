//! Several rewards for people: J of each, then values and gradients side by side.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::report::{Quantity, RewardReport, RewardsReport};

impl Readable for RewardsReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += "\n";
        text += &objectives(self, view);
        text += "\n";
        text += &values(self, view);
        if !self.head.policy.parameters.is_empty() {
            text += "\n";
            text += &gradients(self, view);
        }
        text + &table::certified(self.bounds.as_ref())
    }
}

fn objectives(report: &RewardsReport, view: &View) -> String {
    let combination = report.combination.as_ref();
    let own = report
        .rewards
        .iter()
        .map(|reward| (&reward.name, &reward.j));
    let all: Vec<(&String, &Quantity)> = own.chain(combination.map(|x| (&x.text, &x.j))).collect();
    let j: Vec<Quantity> = all.iter().map(|(_, j)| (*j).clone()).collect();
    Columns::new()
        .text(
            "reward",
            all.iter().map(|(name, _)| name.to_string()).collect(),
        )
        .numbers("J", &j, view.digits)
        .render(view)
}

/// v of each reward, a row for each state.
fn values(report: &RewardsReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.states());
    let names = (0..shown).map(|state| space.state_names().get(state).into_owned());
    let mut columns = Columns::new().text("state", names.collect());
    for RewardReport { name, v, .. } in &report.rewards {
        columns = columns.numbers(&format!("v of {name}"), &v[..shown], view.digits);
    }
    columns.render(view) + &note.unwrap_or_default()
}

/// ∇J of each reward, a row for each parameter.
fn gradients(report: &RewardsReport, view: &View) -> String {
    let parameters = &report.head.policy.parameters;
    let (shown, note) = view.rows(parameters.len());
    let names = (0..shown)
        .filter_map(|at| parameters.get(at))
        .map(|name| name.to_string());
    let mut columns = Columns::new().text("parameter", names.collect());
    for RewardReport { name, gradient, .. } in &report.rewards {
        columns = columns.numbers(&format!("∇J of {name}"), &gradient[..shown], view.digits);
    }
    if let Some(combination) = &report.combination {
        columns = columns.numbers("∇J combined", &combination.gradient[..shown], view.digits);
    }
    columns.render(view) + &note.unwrap_or_default()
}
