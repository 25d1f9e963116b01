//! The evolution strategy, for people.

use exact_mdp::report::{EvolutionReport, Quantity};

use crate::table::{self, Columns, View};

/// The sampled ∇J_σ, its error, its bias.
pub fn text(
    report: &EvolutionReport,
    gradient: &[Quantity],
    names: &[String],
    view: &View,
) -> String {
    let title = format!(
        "Evolution strategy: ∇J_σ from {} at σ = {}",
        table::count(report.samples, "antithetic pair"),
        report.sigma
    );
    let (shown, note) = view.rows(names.len());
    let value = |x: &Quantity| x.value().unwrap_or(0.0);
    let apart: Vec<f64> = report
        .mean
        .iter()
        .zip(gradient)
        .map(|(x, y)| value(x) - value(y))
        .collect();
    let sizes = |x: &[Quantity]| x[..shown].iter().map(table::size).collect();
    let mut columns = Columns::new()
        .text("parameter", names[..shown].to_vec())
        .numbers("∇J_σ", &report.mean[..shown], view.digits)
        .right("standard error", sizes(&report.standard_error))
        .right("∇J_σ − ∇J", sizes(&Quantity::all(&apart)));
    if let Some(bias) = &report.leading_bias {
        let rest = apart.iter().zip(bias).zip(&report.standard_error);
        let z =
            rest.map(|((apart, bias), error)| Quantity::from((apart - value(bias)) / value(error)));
        let z: Vec<Quantity> = z.take(shown).collect();
        columns = columns.right("bias (σ²/2)∇ΔJ", sizes(bias)).right(
            "z of the rest",
            z.iter().map(|z| table::short(z, 2)).collect(),
        );
    }
    format!(
        "\n{}\n{}{}∇J_σ is the gradient of E J(θ + σξ), not of J: its bias is (σ²/2)∇ΔJ + O(σ⁴)\n",
        view.title(&title),
        columns.render(view),
        note.unwrap_or_default()
    )
}
