//! The comparison for people: each estimator by parameter, then all of them in one table, then
//! the verdict.

use super::{ComparisonReport, bias_verdict, verdict};
use crate::comparison::{BiasVerdict, Comparison, Judgment, Paired, Verdict};
use crate::report::Quantity;
use crate::report::table::{self, Columns, View};

/// Up to so many estimators are each shown by parameter.
const BLOCKS: usize = 4;
/// Rows shown of each estimator's parameters.
const SHOWN: usize = 12;

/// Title, J, how it was sampled, the estimators, the summary, the verdict.
pub(super) fn text(report: &ComparisonReport, view: &View) -> String {
    let Comparison { estimators, .. } = &report.comparison;
    let mut text = table::title(&report.head, view);
    text += &format!(
        "J = {}\n{}\n",
        table::short(&report.j, view.digits),
        sampled(report)
    );
    if estimators.len() <= BLOCKS || view.all {
        for judgment in estimators {
            text += &by_parameter(report, judgment, view);
            text.push('\n');
        }
    } else {
        text += "--all shows mean, exact expectation, standard error and z by parameter\n\n";
    }
    text += &summary(&report.comparison);
    text += "\nsample: the mean of the sample against the estimator's own exact expectation\n";
    text += "expectation: that exact expectation against ∇J\n\n";
    if report.power {
        text += &power(&report.comparison);
    }
    if !report.comparison.paired.is_empty() {
        text += &paired(&report.comparison.paired);
    }
    text + &conclusion(&report.comparison, view)
}

/// How many trajectories there were, and where they end.
fn sampled(report: &ComparisonReport) -> String {
    let comparison = &report.comparison;
    let cut = match (comparison.truncation, comparison.truncation_bound) {
        (Some(steps), Some(bound)) => format!(
            "each cut after {} {}, which moves a mean by at most {}\n",
            table::grouped(steps as u64),
            if steps == 1 { "step" } else { "steps" },
            table::size(&bound.into())
        ),
        _ => String::new(),
    };
    let actor = report.behavior.as_ref().map_or_else(String::new, |name| {
        format!("drawn by the behavior policy {name}, each action weighed by π/b\n")
    });
    format!(
        "{} trajectories, {} steps, seed {}\n{actor}{cut}",
        table::grouped(comparison.trajectories),
        table::grouped(comparison.steps),
        report.seed
    )
}

/// Mean, exact expectation, standard error and z of every parameter.
fn by_parameter(report: &ComparisonReport, judgment: &Judgment, view: &View) -> String {
    let title = view.title(&judgment.name);
    let (Some(expectation), Some(error)) = (&judgment.expectation, &judgment.standard_error) else {
        return format!("{title}: {}\n", verdict(judgment.verdict));
    };
    let parameters = &report.head.policy.parameters;
    let (shown, note) = view.rows_of(parameters.len(), SHOWN);
    let numbers = |values: &[f64]| Quantity::all(&values[..shown]);
    let mut columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("∂J/∂θ", &numbers(&report.comparison.gradient), view.digits)
        .numbers("expectation", &numbers(expectation), view.digits);
    if let Some(mean) = &judgment.mean {
        columns = columns.numbers("mean", &numbers(mean), view.digits);
    }
    columns = columns.numbers("standard error", &numbers(error), 3);
    if let Some(z) = &judgment.z {
        let cell = |z: &Option<f64>| z.map_or("–".to_string(), |z| format!("{z:.2}"));
        columns = columns.right("z", z[..shown].iter().map(cell).collect());
    }
    format!("{title}\n{}{}", columns.render(), note.unwrap_or_default())
}

/// One row per estimator.
fn summary(comparison: &Comparison) -> String {
    let estimators = &comparison.estimators;
    let cells = |cell: &dyn Fn(&Judgment) -> String| estimators.iter().map(cell).collect();
    let number = |x: Option<f64>, digits: usize| match x {
        Some(x) => table::short(&x.into(), digits),
        None => "–".to_string(),
    };
    Columns::new()
        .text("estimator", cells(&|e| e.name.clone()))
        .right("statistic", cells(&|e| number(e.statistic, 4)))
        .right(
            "dof",
            cells(&|e| e.degrees_of_freedom.map_or("–".into(), |x| x.to_string())),
        )
        .right("p-value", cells(&|e| number(e.p_value, 3)))
        .text("sample", cells(&|e| sample_word(e.verdict)))
        .text("expectation", cells(&|e| bias_verdict(e).to_string()))
        .right("|bias|", cells(&|e| bias(e)))
        .right("cosine", cells(&|e| number(e.cosine, 6)))
        .text(
            "ascends",
            cells(&|e| e.ascends.map_or("–", yes_or_no).to_string()),
        )
        .render()
}

/// How many trajectories a precision of 1 % takes.
fn power(comparison: &Comparison) -> String {
    let estimators = &comparison.estimators;
    let count = |x: Option<f64>| match x {
        Some(x) if x < 1e15 => table::grouped(x.ceil() as u64),
        Some(x) => table::size(&x.into()),
        None => "–".to_string(),
    };
    let columns = Columns::new()
        .text(
            "estimator",
            estimators.iter().map(|e| e.name.clone()).collect(),
        )
        .right(
            "for a mean within 1 %",
            estimators
                .iter()
                .map(|e| count(e.trajectories_for_error))
                .collect(),
        )
        .right(
            "to detect a mean off by 1 %",
            estimators
                .iter()
                .map(|e| count(e.trajectories_to_detect))
                .collect(),
        );
    format!("How many trajectories it takes\n{}\n", columns.render())
}

/// Differences on the same trajectories.
fn paired(pairs: &[Paired]) -> String {
    let cells = |cell: &dyn Fn(&Paired) -> String| pairs.iter().map(cell).collect();
    let number = |x: Option<f64>, digits: usize| match x {
        Some(x) => table::short(&x.into(), digits),
        None => "–".to_string(),
    };
    let columns = Columns::new()
        .text("difference", cells(&|p| p.estimators.join(" − ")))
        .right("statistic", cells(&|p| number(p.statistic, 4)))
        .right(
            "dof",
            cells(&|p| p.degrees_of_freedom.map_or("–".into(), |x| x.to_string())),
        )
        .right("p-value", cells(&|p| number(p.p_value, 3)))
        .text("sample", cells(&|p| sample_word(p.verdict)))
        .right("variance", cells(&|p| number(p.variance_ratio, 3)));
    format!(
        "Differences on the same trajectories against their exact law\n{}\n\
         variance: exact, beside that of the difference of two independent samples\n\n",
        columns.render()
    )
}

fn sample_word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Consistent => "consistent".to_string(),
        Verdict::Inconsistent => "INCONSISTENT".to_string(),
        Verdict::NoVariance(_) => "no variance".to_string(),
        Verdict::NotSampled => "not sampled".to_string(),
    }
}

/// The norm of the bias, 0 where it is rounding.
fn bias(judgment: &Judgment) -> String {
    match (judgment.bias_verdict, judgment.bias_norm) {
        (Some(BiasVerdict::Biased), Some(norm)) => table::short(&norm.into(), 4),
        (Some(BiasVerdict::Unbiased), _) => "0".to_string(),
        _ => "–".to_string(),
    }
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "NO" }
}

fn conclusion(comparison: &Comparison, view: &View) -> String {
    let estimators = comparison.estimators.iter();
    let names = |holds: &dyn Fn(&Judgment) -> bool| -> Vec<&str> {
        let found = estimators.clone().filter(|e| holds(e));
        found.map(|e| e.name.as_str()).collect()
    };
    let mut inconsistent = names(&|e| e.verdict == Verdict::Inconsistent);
    let differences: Vec<String> = comparison
        .paired
        .iter()
        .filter(|pair| pair.verdict == Verdict::Inconsistent)
        .map(|pair| pair.estimators.join(" − "))
        .collect();
    inconsistent.extend(differences.iter().map(String::as_str));
    let biased = names(&|e| e.bias_verdict == Some(BiasVerdict::Biased));
    if estimators.clone().all(|e| e.mean.is_none()) {
        return "Nothing was sampled: no estimator here has a finite variance.\n".to_string();
    }
    let mut text = match inconsistent.is_empty() {
        true => view.verdict(
            "Every sample is consistent with its exact expectation.",
            true,
        ),
        false => {
            let words = format!(
                "INCONSISTENT with its exact expectation: {}.",
                inconsistent.join(", ")
            );
            view.verdict(&words, false)
        }
    };
    text.push('\n');
    let shown = comparison.estimators.len() <= BLOCKS || view.all; // each says so itself there
    for judgment in estimators.clone().filter(|_| !shown) {
        if let Verdict::NoVariance(why) = judgment.verdict {
            text += &format!("Not sampled: {}: {why}.\n", judgment.name);
        }
    }
    if !biased.is_empty() {
        text += &format!("Not the gradient, whatever N: {}.\n", biased.join(", "));
    }
    let rate = table::grouped((1.0 / comparison.false_alarm_rate).round() as u64);
    text + &format!(
        "A correct sampler is called inconsistent in 1 of {rate} runs, all estimators together.\n"
    )
}
