//! A potential between two rewards for people: the verdict, Φ or what refutes it, and what a policy is worth under both.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::report::{Quantity, ShapingReport};
use exact_mdp::shaping::ShapingVerdict;

impl Readable for ShapingReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += &format!("r' of {}\n\n", self.other);
        text += &(view.verdict(&verdict(self, view), self.verdict.holds() != Some(false)) + "\n");
        if self.verdict == ShapingVerdict::Refuted {
            text += "\n";
            text += &residuals(self, view);
        } else {
            text += &outcomes(self);
            text += "\n";
            text += &potential(self, view);
            text += "\n";
            text += &values(self, view);
        }
        text + &table::certified(self.bounds.as_ref())
    }
}

fn verdict(report: &ShapingReport, view: &View) -> String {
    let scale = table::short(&report.scale, view.digits);
    match report.verdict {
        ShapingVerdict::Shaped => "shaped: r' = r + γpΦ − Φ, the same policies are optimal".into(),
        ShapingVerdict::Scaled => {
            format!("scaled and shaped: r' = {scale} r + γpΦ − Φ, the same policies are optimal")
        }
        ShapingVerdict::Reversed => {
            format!(
                "reversed: r' = {scale} r + γpΦ − Φ, the best policies of r are the worst of r'"
            )
        }
        ShapingVerdict::Degenerate => {
            "r' = γpΦ − Φ: under it every policy is optimal, and under r not".into()
        }
        ShapingVerdict::Undecided => "not refuted within the bounds, and not proven".into(),
        ShapingVerdict::Refuted => format!("refuted: no potential{}", worst(report, view)),
    }
}

fn worst(report: &ShapingReport, view: &View) -> String {
    let Some(pair) = report.worst else {
        return String::new();
    };
    let (state, action) = report.head.space.pair_names(pair);
    let x = table::short(&report.residual[pair], view.digits);
    format!("; with the one that fits on average {state}/{action} is off by {x}")
}

fn outcomes(report: &ShapingReport) -> String {
    match report.by_outcome {
        Some(true) => "each outcome too: r'(s,a,s') = c r(s,a,s') + γΦ(s') − Φ(s)\n".into(),
        Some(false) => {
            "on average over s' alone: single outcomes r(s,a,s') differ from that\n".into()
        }
        None => String::new(),
    }
}

fn potential(report: &ShapingReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.states());
    let names = (0..shown).map(|state| space.state_names().get(state).into_owned());
    Columns::new()
        .text("state", names.collect())
        .numbers("Φ", &report.potential[..shown], view.digits)
        .render(view)
        + &note.unwrap_or_default()
}

/// The pairs that are off.
fn residuals(report: &ShapingReport, view: &View) -> String {
    let space = &report.head.space;
    let off: Vec<usize> = (0..space.pairs())
        .filter(|&pair| report.residual[pair].value() != Some(0.0))
        .collect();
    let (shown, note) = view.rows(off.len());
    let names = |which: fn(&exact_mdp::mdp::Space, usize) -> String| -> Vec<String> {
        off[..shown]
            .iter()
            .map(|&pair| which(space, pair))
            .collect()
    };
    let residual: Vec<Quantity> = off[..shown]
        .iter()
        .map(|&pair| report.residual[pair].clone())
        .collect();
    Columns::new()
        .text(
            "state",
            names(|space, pair| space.pair_names(pair).0.into_owned()),
        )
        .key(
            "action",
            names(|space, pair| space.pair_names(pair).1.into_owned()),
        )
        .numbers("r' − r − γpΦ + Φ", &residual, view.digits)
        .render(view)
        + &note.unwrap_or_default()
}

fn values(report: &ShapingReport, view: &View) -> String {
    let values = &report.values;
    let gradient = values
        .gradient_difference
        .clone()
        .unwrap_or(Quantity::Undefined);
    let said = match &report.constant {
        None => [
            ("ρ₀Φ", &values.initial_potential),
            ("|J' − (cJ − ρ₀Φ)|", &values.j_difference),
            ("largest |v' − (cv − Φ)|", &values.v_difference),
            ("largest |q' − (cq − Φ)|", &values.q_difference),
        ],
        Some(constant) => [
            ("k", constant),
            ("|J' − (cJ + k)|", &values.j_difference),
            ("largest |v' − (cv − Φ + P*Φ)|", &values.v_difference),
            ("largest |q' − (cq − Φ + pP*Φ)|", &values.q_difference),
        ],
    };
    let [potential, j, v, q] = said;
    let rows: [(&str, String); 8] = [
        ("J under r", table::short(&values.j, view.digits)),
        ("J' under r'", table::short(&values.j_other, view.digits)),
        (potential.0, table::short(potential.1, view.digits)),
        (j.0, table::size(j.1)),
        (v.0, table::size(v.1)),
        (q.0, table::size(q.1)),
        (
            "largest |A' − cA|",
            table::size(&values.advantage_difference),
        ),
        ("largest |∂J' − c∂J|", table::size(&gradient)),
    ];
    let width = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let line = |(name, x): &(&str, String)| format!("{name:<width$}  {x}\n");
    rows.iter().map(line).collect()
}
