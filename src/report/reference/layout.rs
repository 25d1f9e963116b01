//! The rows of the table of `reference`.

use crate::report::EntropyReport;
use crate::report::csv::{CsvLayout, CsvLine};

/// The rows of its table.
/// The column `of` holds an estimator's name, or `optimal`; or the text of a row without a
/// value, so that all values are numbers.
pub(super) const LAYOUT: CsvLayout = CsvLayout {
    columns: &[
        "of",
        "time",
        "state",
        "action",
        "parameter",
        "other_parameter",
    ],
    lines: &[
        CsvLine::Text("version", "version", "of"),
        CsvLine::Text("model_hash", "model_hash", "of"),
        CsvLine::Texts("conventions", "convention", "of"),
        CsvLine::Of("j", "j"),
        CsvLine::Of("v", "v"),
        CsvLine::Of("occupancy", "occupancy"),
        CsvLine::Of("gain", "gain"),
        CsvLine::Of("bias", "bias"),
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Of("q", "q"),
        CsvLine::Of("advantage", "advantage"),
        CsvLine::Of("pair_occupancy", "pair_occupancy"),
        CsvLine::Of("v_by_time", "v_by_time"),
        CsvLine::Of("q_by_time", "q_by_time"),
        CsvLine::Of("gradient", "gradient"),
        CsvLine::Of("gradient_error", "gradient_error"),
        CsvLine::Of("jacobian", "jacobian"),
        CsvLine::Of("jacobian_error", "jacobian_error"),
        CsvLine::All(EntropyReport::ROWS),
        CsvLine::Each("estimators", "of", "name", LAW),
        CsvLine::Within("optimal", "of", "optimal", OPTIMUM),
    ],
};

/// The rows of an estimator's law.
const LAW: &[CsvLine] = &[
    CsvLine::Of("expectation", "expectation"),
    CsvLine::Of("expectation_error", "expectation_error"),
    CsvLine::Of("variance", "variance"),
    CsvLine::Of("variance_error", "variance_error"),
    CsvLine::Of("bias", "bias"),
    CsvLine::Of("bias_error", "bias_error"),
    CsvLine::Of("covariance", "covariance"),
    CsvLine::Of("covariance_error", "covariance_error"),
];

/// The rows of the optimum.
const OPTIMUM: &[CsvLine] = &[
    CsvLine::Of("j", "j"),
    CsvLine::Of("error_bound", "error_bound"),
    CsvLine::Of("v", "v"),
    CsvLine::Of("gain", "gain"),
    CsvLine::Of("bias", "bias"),
    CsvLine::Of("bias_error", "bias_error"),
    CsvLine::Of("q", "q"),
    CsvLine::Of("policy/probabilities", "probability"),
    CsvLine::Of("v_by_time", "v_by_time"),
    CsvLine::Of("policy_by_time", "policy_by_time"),
];
