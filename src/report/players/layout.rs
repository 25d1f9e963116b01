//! The rows of the table of `players`.

use crate::report::csv::{CsvLayout, CsvLine};

/// The rows of its table.
pub(super) const LAYOUT: CsvLayout = CsvLayout {
    columns: &["player", "state", "action", "parameter", "other_parameter"],
    lines: &[
        CsvLine::Of("policy/probabilities", "probability"),
        CsvLine::Each(
            "players",
            "player",
            "name",
            &[
                CsvLine::Of("j", "j"),
                CsvLine::Of("v", "v"),
                CsvLine::Of("value_error", "value_error"),
                CsvLine::Of("gradient", "gradient"),
                CsvLine::Of("gradient_error", "gradient_error"),
                CsvLine::Of("best_reply/j", "best_reply_j"),
                CsvLine::Of("best_reply/gain", "gain"),
                CsvLine::Of("best_reply/v", "best_reply_v"),
                CsvLine::Of("best_reply/error_bound", "best_reply_error_bound"),
            ],
        ),
        CsvLine::Of("nash_gap", "nash_gap"),
        CsvLine::Of("nash_gap_sum", "nash_gap_sum"),
        CsvLine::Of("nash_gap_error", "nash_gap_error"),
        CsvLine::Of("nash_gap_sum_error", "nash_gap_sum_error"),
        CsvLine::Of("zero_sum/j_lower", "j_lower"),
        CsvLine::Of("zero_sum/j_upper", "j_upper"),
        CsvLine::Of("zero_sum/lower", "value_lower"),
        CsvLine::Of("zero_sum/upper", "value_upper"),
        CsvLine::Of("jacobian/matrix", "jacobian"),
        CsvLine::Of("jacobian/error", "jacobian_error"),
        CsvLine::Of("jacobian/antisymmetric", "antisymmetric"),
    ],
};
