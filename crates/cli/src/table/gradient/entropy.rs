//! The entropy-regularised objective, for people.

use exact_mdp::report::{EntropyReport, Head, Quantity};

use crate::table::{self, Columns, View};

/// J_α and ∇J_α beside ∇J.
pub fn text(report: &EntropyReport, plain: &[Quantity], head: &Head, view: &View) -> String {
    let short = |x| table::short(x, view.digits);
    let title = format!(
        "Entropy-regularised objective, α = {}",
        short(&report.alpha)
    );
    let parameters = &head.policy.parameters;
    let (shown, note) = view.rows(parameters.len());
    let columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("∂J_α/∂θ", &report.gradient[..shown], view.digits)
        .numbers("∂J/∂θ", &plain[..shown], view.digits);
    format!(
        "\n{}\nJ_α = {}\n\n{}{}",
        view.title(&title),
        short(&report.j),
        columns.render(view),
        note.unwrap_or_default()
    )
}
