//! What `compare` reports: ∇J beside the sampled estimators and their exact laws.

use std::io;

use serde::Serialize;

use super::{Head, Quantity, Report, csv};
use crate::comparison::{Comparison, Judgment, Paired, Verdict};

/// Sampled estimators beside ∇J.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonReport {
    /// The model, the criterion, the policy.
    #[serde(flatten)]
    pub head: Head,
    /// J.
    pub j: Quantity,
    /// The seed of the trajectories.
    pub seed: u64,
    /// Whether the table says how many trajectories a precision of 1 % takes.
    #[serde(skip)]
    pub power: bool,
    /// Who acted, as the user named it; `None` for the policy itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behavior: Option<String>,
    /// ∇J, the samples and the verdicts.
    #[serde(flatten)]
    pub comparison: Comparison,
}

impl Report for ComparisonReport {
    /// Columns `estimator`, `quantity`, `parameter`, `other_parameter`, `word`, `value`; a verdict is a
    /// word and has no value.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        let columns = "estimator,quantity,parameter,other_parameter,word,value";
        rows.row(&columns.split(',').collect::<Vec<_>>())?;
        rows.number(&["", "j", "", "", ""], &self.j)?;
        let parameters = &self.head.policy.parameters;
        for (k, &x) in parameters.iter().zip(&self.comparison.gradient) {
            rows.number(&["", "gradient", k, "", ""], Quantity::from(x))?;
        }
        for (quantity, count) in [
            ("trajectories", self.comparison.trajectories),
            ("steps", self.comparison.steps),
        ] {
            rows.row(&["", quantity, "", "", "", &count.to_string()])?;
        }
        for judgment in &self.comparison.estimators {
            for (quantity, values) in vectors(judgment) {
                for (k, x) in parameters.iter().zip(values.iter().flatten()) {
                    rows.number(&[&judgment.name, quantity, k, "", ""], x)?;
                }
            }
            for (quantity, value) in scalars(judgment) {
                let value = value.map_or(Quantity::Undefined, Quantity::from);
                rows.number(&[&judgment.name, quantity, "", "", ""], value)?;
            }
            for (k, row) in parameters.iter().zip(judgment.covariance.iter().flatten()) {
                for (l, &x) in parameters.iter().zip(row) {
                    let cells = [&*judgment.name, "covariance", k, l, ""];
                    rows.number(&cells, Quantity::from(x))?;
                }
            }
            let verdict = verdict(judgment.verdict);
            word(rows, &judgment.name, "verdict", &verdict)?;
            word(rows, &judgment.name, "bias_verdict", bias_verdict(judgment))?;
        }
        for pair in &self.comparison.paired {
            paired(pair, parameters, rows)?;
        }
        Ok(())
    }
}

/// The figures of an estimator by parameter, as far as they exist.
fn vectors(judgment: &Judgment) -> [(&'static str, Option<Vec<Quantity>>); 7] {
    let all = |values: &Option<Vec<f64>>| values.as_deref().map(Quantity::all);
    let z = judgment.z.as_ref().map(|z| {
        let entries = z
            .iter()
            .map(|z| z.map_or(Quantity::Undefined, Quantity::from));
        entries.collect()
    });
    [
        ("mean", all(&judgment.mean)),
        ("expectation", all(&judgment.expectation)),
        ("variance", all(&judgment.variance)),
        ("sample_variance", all(&judgment.sample_variance)),
        ("standard_error", all(&judgment.standard_error)),
        ("bias", all(&judgment.bias)),
        ("z", z),
    ]
}

/// The figures of an estimator as a whole.
fn scalars(judgment: &Judgment) -> [(&'static str, Option<f64>); 10] {
    [
        ("statistic", judgment.statistic),
        (
            "degrees_of_freedom",
            judgment.degrees_of_freedom.map(|x| x as f64),
        ),
        ("p_value", judgment.p_value),
        (
            "rare",
            judgment.z.is_some().then_some(judgment.rare.len() as f64),
        ),
        ("variance_p_value", judgment.variance_p_value),
        ("decision_p_value", judgment.decision_p_value),
        ("bias_norm", judgment.bias_norm),
        ("cosine", judgment.cosine),
        ("trajectories_for_error", judgment.trajectories_for_error),
        ("trajectories_to_detect", judgment.trajectories_to_detect),
    ]
}

/// The rows of a difference.
fn paired(pair: &Paired, parameters: &[String], rows: &mut csv::Rows) -> io::Result<()> {
    let name = pair.estimators.join(" − ");
    let none = Vec::new();
    let vectors = [
        ("mean", pair.mean.as_ref().unwrap_or(&none)),
        ("expectation", &pair.expectation),
        ("variance", &pair.variance),
        ("standard_error", &pair.standard_error),
    ];
    for (quantity, values) in vectors {
        for (k, &x) in parameters.iter().zip(values) {
            rows.number(&[&name, quantity, k, "", ""], Quantity::from(x))?;
        }
    }
    for (quantity, value) in [
        ("statistic", pair.statistic),
        ("p_value", pair.p_value),
        ("decision_p_value", pair.decision_p_value),
    ] {
        let value = value.map_or(Quantity::Undefined, Quantity::from);
        rows.number(&[&name, quantity, "", "", ""], value)?;
    }
    word(rows, &name, "verdict", &verdict(pair.verdict))
}

/// A row that says a word.
fn word(rows: &mut csv::Rows, name: &str, quantity: &str, word: &str) -> io::Result<()> {
    rows.number(&[name, quantity, "", "", word], Quantity::Undefined)
}

/// The verdict, as JSON spells it.
/// The word for a verdict, as JSON spells it.
pub fn verdict(verdict: Verdict) -> String {
    match serde_json::to_value(verdict) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The word for what was found about the bias; empty where nothing was claimed.
pub fn bias_verdict(judgment: &Judgment) -> &'static str {
    use crate::comparison::BiasVerdict;
    match judgment.bias_verdict {
        Some(BiasVerdict::Unbiased) => "unbiased",
        Some(BiasVerdict::Biased) => "biased",
        Some(BiasVerdict::CannotBeTold) => "cannot-be-told",
        None => "",
    }
}
