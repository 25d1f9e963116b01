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
    let off = |error: Option<f64>, of: &[Quantity]| {
        let error = table::in_doubt(error, of, view)?;
        Some(format!(" ± {}", table::size(&error.into())))
    };
    let slopes = off(report.gradient_error, &report.gradient);
    format!(
        "\n{}\nJ_α = {}{}\n\n{}{}{}",
        view.title(&title),
        short(&report.j),
        off(report.j_error, std::slice::from_ref(&report.j)).unwrap_or_default(),
        columns.render(view),
        note.unwrap_or_default(),
        slopes.map_or_else(String::new, |off| format!("each ∂J_α/∂θ{off}: rounding\n"))
    )
}
