//! Two policies for people: what the other gains, what was promised, and the line between them.

use exact_mdp::model::Objective;
use exact_mdp::report::{BetweenReport, LineReport, Quantity};

use super::{Columns, Readable, View, certified, in_doubt, settled, short, size, title};

impl Readable for BetweenReport {
    fn table(&self, view: &View) -> String {
        let mut text = title(&self.head, view);
        text += &format!("to π': {}\n\n", self.to.parametrization);
        text += &sums(self, view);
        text += &errors(self, view);
        text += "\n";
        text += &pairs(self, view);
        if let Some(line) = &self.line {
            text += if self.in_parameters {
                "\nJ along (1 − x) θ + x θ'\n"
            } else {
                "\nJ along (1 − x) π + x π'\n"
            };
            text += &along(line, view);
        }
        text + &certified(self.bounds.as_ref())
    }
}

/// The numbers that there is one of.
fn sums(report: &BetweenReport, view: &View) -> String {
    let bounds = if report.head.criterion.objective == Objective::Minimize {
        ["J(π') ≤, by total variation", "J(π') ≤, by divergence"]
    } else {
        ["J(π') ≥, by total variation", "J(π') ≥, by divergence"]
    };
    let rows: [(&str, &Quantity); 10] = [
        ("J(π)", &report.j),
        ("J(π')", &report.j_to),
        ("J(π') − J(π) = Σ ρ'(s,a) A(s,a)", &report.difference),
        ("surrogate L(π') = J + ρπ'A", &report.surrogate),
        ("clipped surrogate", &report.clipped_surrogate),
        ("largest total variation", &report.max_total_variation),
        ("largest divergence KL(π‖π')", &report.max_divergence),
        ("mean divergence under ρ", &report.mean_divergence),
        (bounds[0], &report.bound_by_total_variation),
        (bounds[1], &report.bound_by_divergence),
    ];
    let told = |x: &Quantity| match x {
        Quantity::Undefined => "–".to_string(),
        x => short(x, view.digits),
    };
    let width = rows.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or(0);
    let line = |(name, x): &(&str, &Quantity)| format!("{name:<width$}  {}\n", told(x));
    rows.iter().map(line).collect()
}

/// What rounding may have done, where digits that are shown are in doubt.
fn errors(report: &BetweenReport, view: &View) -> String {
    let told = |error: Option<f64>, what: &str, of: &[Quantity]| {
        let error = in_doubt(error, of, view)?;
        Some(format!("{what} ± {}: rounding\n", size(&error.into())))
    };
    let difference = std::slice::from_ref(&report.difference);
    let lines = [
        told(report.difference_error, "J(π') − J(π)", difference),
        told(report.v_difference_error, "v' − v", &report.v_difference),
        told(report.contribution_error, "ρ' A", &report.contributions),
        told(
            report.clipped_surrogate_error,
            "clipped surrogate",
            std::slice::from_ref(&report.clipped_surrogate),
        ),
        told(
            report.total_variation_error,
            "total variation",
            std::slice::from_ref(&report.max_total_variation),
        ),
        told(
            report.divergence_error,
            "KL(π‖π')",
            std::slice::from_ref(&report.max_divergence),
        ),
    ];
    lines.into_iter().flatten().collect()
}

/// A row for each pair.
fn pairs(report: &BetweenReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.pairs());
    let names = |which: fn(&(String, String)) -> String| -> Vec<String> {
        let pairs = (0..shown).map(|pair| {
            let (state, action) = space.pair_names(pair);
            (state.into_owned(), action.into_owned())
        });
        pairs.map(|pair| which(&pair)).collect()
    };
    let digits = view.digits;
    let contributions = settled(&report.contributions[..shown], report.contribution_error);
    let text = Columns::new()
        .text("state", names(|pair| pair.0.clone()))
        .key("action", names(|pair| pair.1.clone()))
        .numbers("π(a|s)", &report.head.policy.probabilities[..shown], digits)
        .numbers("π'(a|s)", &report.to.probabilities[..shown], digits)
        .numbers("ρ'(s,a) A(s,a)", &contributions, digits)
        .render(view);
    text + &note.unwrap_or_default()
}

fn along(line: &LineReport, view: &View) -> String {
    let (shown, note) = view.rows(line.x.len());
    let mut text = Columns::new()
        .numbers("x", &line.x[..shown], view.digits)
        .numbers("J", &line.j[..shown], view.digits)
        .numbers("dJ/dx", &line.slope[..shown], view.digits)
        .render(view);
    text += &note.unwrap_or_default();
    for (low, _, is_top) in &line.turns {
        let kind = if *is_top { "largest" } else { "smallest" };
        text += &format!("J is {kind} near x = {}\n", short(low, view.digits));
    }
    text
}
