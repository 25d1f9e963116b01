//! The law of the return for people: its moments, its quantiles, and its values where they are few.

use crate::table::{self, Columns, View};
use exact_mdp::report::{DistributionReport, Quantity, ReturnReport};

/// Values of a law that are shown without `--all`.
const FEW: usize = 16;

/// Moments, then the laws of the return and of the length.
pub fn text(report: &ReturnReport, view: &View) -> String {
    let short = |x: &Quantity| table::short(x, view.digits);
    let beside = |x: &Quantity, error: Option<f64>| match error {
        Some(error) => format!("{} ± {}", short(x), table::short(&error.into(), 2)),
        None => short(x),
    };
    let mut text = format!(
        "\nReturn G: variance {}, skewness {}, kurtosis {}\n",
        beside(&report.variance, report.variance_error),
        beside(&report.skewness, report.skewness_error),
        beside(&report.kurtosis, report.kurtosis_error)
    );
    if let Some(law) = &report.distribution {
        text += &distribution(law, ["G", "mean of the worst ≥"], view);
    }
    if let Some(law) = &report.length {
        text += "\nLength of an episode, in steps\n";
        text += &distribution(law, ["steps", "mean of the shortest ≥"], view);
    }
    text
}

fn distribution(law: &DistributionReport, [what, tail]: [&str; 2], view: &View) -> String {
    let mut text = if law.finite {
        let values = if law.low.len() == 1 {
            "value"
        } else {
            "values"
        };
        format!("the whole law, {} {values}\n", law.low.len())
    } else {
        let left = table::short(&law.under_way, view.digits);
        format!(
            "enclosed after {} steps, {left} still under way\n",
            law.steps
        )
    };
    let (levels, digits) = (law.levels.clone(), view.digits);
    let columns = Columns::new()
        .numbers("level", &levels, digits)
        .numbers("quantile ≥", &law.quantile_low, digits)
        .numbers("≤", &law.quantile_high, digits)
        .numbers(tail, &law.tail_mean_low, digits)
        .numbers("≤", &law.tail_mean_high, digits);
    text += &columns.render(view);
    if law.finite && (view.all || law.low.len() <= FEW) {
        let columns = Columns::new().numbers(what, &law.low, digits).numbers(
            "probability",
            &law.probability,
            digits,
        );
        text += &columns.render(view);
    }
    text
}
