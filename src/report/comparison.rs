//! What `compare` reports: ∇J beside the sampled estimators and their exact laws.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry, Values};
use super::{Head, Quantity, Report};
use crate::comparison::{BiasVerdict, ComparedEstimator, Comparison, Paired};

/// Sampled estimators beside ∇J.
#[derive(Clone, Debug)]
pub struct ComparisonReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// J.
    pub j: Quantity,
    /// The seed of the trajectories.
    pub seed: u64,
    /// Whether the table says how many trajectories a precision of 1 % takes.
    pub power: bool,
    /// α, where r − α log π was paid for r: J and ∇J are J_α and ∇J_α.
    pub entropy: Option<f64>,
    /// Who acted, as the user named it; `None` for the policy itself.
    pub behavior: Option<String>,
    /// ∇J, the samples and the verdicts.
    pub comparison: Comparison,
}

impl Report for ComparisonReport {
    fn entries(&self) -> Entries<'_> {
        let found = &self.comparison;
        let whole =
            |name, x: Option<usize>| Entry::or_null(name, x.map(|x| x as u64), Entry::whole);
        let paired: Vec<Entries> = found.paired.iter().map(difference).collect();
        self.head
            .entries()
            .and(Entry::number("j", &self.j))
            .and(Entry::whole("seed", self.seed))
            .and_some("entropy", self.entropy, Entry::float)
            .and_some("behavior", self.behavior.as_deref(), Entry::text)
            .and(Entry::floats("gradient", Axis::Parameter, &found.gradient))
            .and(Entry::whole("trajectories", found.trajectories))
            .and(Entry::whole("steps", found.steps))
            .and(whole("truncation", found.truncation))
            .and(Entry::optional_float(
                "truncation_bound",
                found.truncation_bound,
            ))
            .and_some("gain_spread", found.gain_spread, Entry::float)
            .and(Entry::float("false_alarm_rate", found.false_alarm_rate))
            .and(Entry::list(
                "estimators",
                found.estimators.iter().map(judgment).collect(),
            ))
            .and_some(
                "paired",
                Some(paired).filter(|paired| !paired.is_empty()),
                Entry::list,
            )
    }

    /// A verdict is a word and has no value.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }
}

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &[
        "estimator",
        "quantity",
        "parameter",
        "other_parameter",
        "word",
    ],
    lines: &[
        CsvLine::Of("j", "j"),
        CsvLine::Of("gradient", "gradient"),
        CsvLine::Of("trajectories", "trajectories"),
        CsvLine::Of("steps", "steps"),
        CsvLine::Each("estimators", "estimator", "name", JUDGMENT),
        CsvLine::Each("paired", "estimator", "estimators", DIFFERENCE),
    ],
};

/// The rows of an estimator: its figures by parameter, then those of the whole.
const JUDGMENT: &[CsvLine] = &[
    CsvLine::Of("mean", "mean"),
    CsvLine::Of("expectation", "expectation"),
    CsvLine::Of("expectation_error", "expectation_error"),
    CsvLine::Of("variance", "variance"),
    CsvLine::Of("variance_error", "variance_error"),
    CsvLine::Of("sample_variance", "sample_variance"),
    CsvLine::Of("standard_error", "standard_error"),
    CsvLine::Of("bias", "bias"),
    CsvLine::Of("z", "z"),
    CsvLine::Of("statistic", "statistic"),
    CsvLine::Of("degrees_of_freedom", "degrees_of_freedom"),
    CsvLine::Of("p_value", "p_value"),
    CsvLine::Count("rare", "rare"),
    CsvLine::Of("variance_p_value", "variance_p_value"),
    CsvLine::Of("decision_p_value", "decision_p_value"),
    CsvLine::Of("bias_norm", "bias_norm"),
    CsvLine::Of("cosine", "cosine"),
    CsvLine::Of("trajectories_for_error", "trajectories_for_error"),
    CsvLine::Of("trajectories_to_detect", "trajectories_to_detect"),
    CsvLine::Of("covariance", "covariance"),
    CsvLine::Text("verdict", "verdict", "word"),
    CsvLine::Text("bias_verdict", "bias_verdict", "word"),
];

/// The rows of a difference.
const DIFFERENCE: &[CsvLine] = &[
    CsvLine::Of("mean", "mean"),
    CsvLine::Of("expectation", "expectation"),
    CsvLine::Of("expectation_error", "expectation_error"),
    CsvLine::Of("variance", "variance"),
    CsvLine::Of("variance_error", "variance_error"),
    CsvLine::Of("standard_error", "standard_error"),
    CsvLine::Of("statistic", "statistic"),
    CsvLine::Of("p_value", "p_value"),
    CsvLine::Of("decision_p_value", "decision_p_value"),
    CsvLine::Text("verdict", "verdict", "word"),
];

/// An estimator with its exact law, and the sample beside it.
pub fn judgment(judged: &ComparedEstimator) -> Entries<'_> {
    let rows = |name, x| Entry::array(name, &[Axis::Parameter; 2], Values::FloatRows(x));
    let whole = |name, x: Option<usize>| Entry::or_null(name, x.map(|x| x as u64), Entry::whole);
    Entries::default()
        .and(Entry::text("name", &judged.name))
        .and(Entry::text("psi", judged.psi.name()))
        .and(Entry::flag("discounting", judged.discounting))
        .and(Entry::optional_float("lambda", judged.lambda))
        .and(whole("n", judged.n))
        .and(Entry::or_null("baseline", judged.baseline, Entry::text))
        .and(Entry::or_null(
            "critic",
            judged.critic.as_deref(),
            Entry::text,
        ))
        .and(whole("truncation", judged.truncation))
        .and(by_parameter("mean", judged.mean.as_deref()))
        .and(by_parameter("expectation", judged.expectation.as_deref()))
        .with(error(
            "expectation_error",
            judged.expectation_error.as_deref(),
        ))
        .and(by_parameter("variance", judged.variance.as_deref()))
        .with(error("variance_error", judged.variance_error.as_deref()))
        .and_some("covariance", judged.covariance.as_deref(), rows)
        .and(by_parameter(
            "sample_variance",
            judged.sample_variance.as_deref(),
        ))
        .and(by_parameter(
            "standard_error",
            judged.standard_error.as_deref(),
        ))
        .and(by_parameter("bias", judged.bias.as_deref()))
        .and(Entry::optional_float("bias_norm", judged.bias_norm))
        .and(Entry::optional_float("cosine", judged.cosine))
        .and(Entry::or_null("ascends", judged.ascends, Entry::flag))
        .and(z(judged.z.as_deref()))
        .and(Entry::optional_float("statistic", judged.statistic))
        .and(degrees(judged.degrees_of_freedom))
        .and(Entry::optional_float("p_value", judged.p_value))
        .and(Entry::or_null("test", judged.test, Entry::text))
        .and(rare(&judged.rare))
        .and(Entry::optional_float(
            "variance_p_value",
            judged.variance_p_value,
        ))
        .and(Entry::optional_float(
            "decision_p_value",
            judged.decision_p_value,
        ))
        .and(Entry::or_null(
            "verdict",
            judged.verdict.word(),
            Entry::text,
        ))
        .and(Entry::or_null(
            "bias_verdict",
            judged.bias_verdict.map(BiasVerdict::word),
            Entry::text,
        ))
        .and(Entry::optional_float(
            "trajectories_for_error",
            judged.trajectories_for_error,
        ))
        .and(Entry::optional_float(
            "trajectories_to_detect",
            judged.trajectories_to_detect,
        ))
}

/// The difference of two estimators with its exact law, and the sample beside it.
fn difference(pair: &Paired) -> Entries<'_> {
    Entries::default()
        .and(Entry::texts("estimators", &pair.estimators))
        .and(by_parameter("mean", pair.mean.as_deref()))
        .and(by_parameter("expectation", Some(&pair.expectation)))
        .with(error(
            "expectation_error",
            pair.expectation_error.as_deref(),
        ))
        .and(by_parameter("variance", Some(&pair.variance)))
        .with(error("variance_error", pair.variance_error.as_deref()))
        .and(by_parameter(
            "sample_variance",
            pair.sample_variance.as_deref(),
        ))
        .and(by_parameter("standard_error", Some(&pair.standard_error)))
        .and(z(pair.z.as_deref()))
        .and(Entry::optional_float("statistic", pair.statistic))
        .and(degrees(pair.degrees_of_freedom))
        .and(Entry::optional_float("p_value", pair.p_value))
        .and(rare(&pair.rare))
        .and(Entry::optional_float(
            "decision_p_value",
            pair.decision_p_value,
        ))
        .and(Entry::optional_float("variance_ratio", pair.variance_ratio))
        .and(Entry::or_null("verdict", pair.verdict.word(), Entry::text))
        .and(Entry::array(
            "cross_covariance",
            &[Axis::Parameter; 2],
            Values::FloatRows(&pair.cross_covariance),
        ))
}

fn by_parameter<'a>(name: &'static str, x: Option<&'a [f64]>) -> Entry<'a> {
    Entry::or_null(name, x, |name, x| Entry::floats(name, Axis::Parameter, x))
}

/// Bounds on what rounding has done, where that shows; `null` in the place of what is infinite.
fn error<'a>(name: &'static str, x: Option<&'a [f64]>) -> Option<Entry<'a>> {
    x.map(|x| Entry::floats(name, Axis::Parameter, x))
}

fn z(x: Option<&[Option<f64>]>) -> Entry<'_> {
    Entry::or_null("z", x, |name, x| {
        Entry::optional_floats(name, Axis::Parameter, x)
    })
}

/// The degrees of freedom; where there are none, a row of the table without a value.
fn degrees<'a>(degrees: Option<usize>) -> Entry<'a> {
    let name = "degrees_of_freedom";
    match degrees {
        Some(degrees) => Entry::whole(name, degrees as u64),
        None => Entry::optional_float(name, None),
    }
}

/// The parameters that vary too seldom, by their numbers.
fn rare(rare: &[usize]) -> Entry<'_> {
    Entry::array("rare", &[Axis::Index], Values::Wholes(rare))
}
