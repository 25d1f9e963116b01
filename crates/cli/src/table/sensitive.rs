//! n-discount optimality for people: the largest terms by state, and the actions left to each order.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::report::SensitiveReport;

impl Readable for SensitiveReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += &format!(
            "the policy is {}-discount optimal: v = (1 + ϱ) Σ ϱᵏ y_k, ϱ = (1 − γ)/γ, largest term by term\n",
            self.order
        );
        text.push('\n');
        text += &terms(self, view);
        for (at, order) in self.orders().iter().enumerate() {
            text += &format!("\norder {order}{}\n", policies(self, at));
            text += &actions(self, at, view);
        }
        text
    }
}

fn terms(report: &SensitiveReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.states());
    let names = (0..shown).map(|state| space.state_names().get(state).into_owned());
    let mut columns = Columns::new().text("state", names.collect());
    for (order, y) in report.orders().iter().zip(&report.terms) {
        let header = match order.as_str() {
            "-1" => "gain y₋₁".to_string(),
            "0" => "bias y₀".to_string(),
            order => format!("y_{order}"),
        };
        columns = columns.numbers(&header, &y[..shown], view.digits);
    }
    columns.render(view) + &note.unwrap_or_default()
}

fn policies(report: &SensitiveReport, at: usize) -> String {
    match (report.policies, &report.optimal) {
        (Some(all), Some(optimal)) => {
            format!(": {} of {all} deterministic policies optimal", optimal[at])
        }
        _ => String::new(),
    }
}

/// The actions that attain the equations up to an order, by state.
fn actions(report: &SensitiveReport, at: usize, view: &View) -> String {
    let space = &report.head.space;
    let pairs = &report.actions[at];
    let same = pairs.chunk_by(|x, y| space.state_of(*x) == space.state_of(*y));
    let rows: Vec<(String, String)> = same
        .map(|pairs| {
            let names = pairs
                .iter()
                .map(|&pair| space.pair_names(pair).1.into_owned());
            (
                space.pair_names(pairs[0]).0.into_owned(),
                names.collect::<Vec<_>>().join(" "),
            )
        })
        .collect();
    let (shown, note) = view.rows(rows.len());
    Columns::new()
        .text(
            "state",
            rows[..shown].iter().map(|row| row.0.clone()).collect(),
        )
        .text(
            "actions",
            rows[..shown].iter().map(|row| row.1.clone()).collect(),
        )
        .render(view)
        + &note.unwrap_or_default()
}
