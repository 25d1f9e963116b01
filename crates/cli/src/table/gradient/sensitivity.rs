//! Sensitivities, for people.

use exact_mdp::report::{SensitivityReport, Variable};

use crate::table::{Columns, View};

/// ∂J by entry.
pub fn text(report: &SensitivityReport, view: &View) -> String {
    let title = match report.variable {
        Variable::Theta => "∂J/∂θ",
        Variable::P => "∂J/∂p(s'|s,a), policy and r(s,a) held fixed",
        Variable::R => "∂J/∂r(s,a), the policy held fixed",
        Variable::Discount => "∂J/∂γ, the policy held fixed",
        Variable::Initial => "∂J/∂ρ₀(s), the policy held fixed",
    };
    let (shown, note) = view.rows(report.labels.len());
    let columns = Columns::new()
        .text("with respect to", report.labels[..shown].to_vec())
        .numbers("∂J", &report.derivative[..shown], view.digits);
    let (title, note) = (view.title(title), note.unwrap_or_default());
    format!("\n{title}\n{}{note}", columns.render(view))
}
