//! What `compare` reports: ∇J beside the sampled estimators and their exact laws.

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry, Values};
use super::{Head, Quantity, Report};
use crate::comparison::{
    BiasVerdict, ComparedEstimator, ComparedSample, Comparison, ExactLaw, Paired,
};
use crate::estimator::{Baseline, Critic, Estimator};
use crate::number::Number;

/// Sampled estimators beside ∇J.
#[derive(Clone, Debug)]
pub struct ComparisonReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// J.
    pub j: Quantity,
    /// What rounding may have done to J, where it may show in the ninth digit of a value.
    pub j_error: Option<f64>,
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
            .and_some("j_error", self.j_error, Entry::float)
            .and(Entry::whole("seed", self.seed))
            .and_some("entropy", self.entropy, Entry::float)
            .and_some("behavior", self.behavior.as_deref(), Entry::text)
            .and(Entry::floats("gradient", Axis::Parameter, &found.gradient))
            .and_some("gradient_error", found.gradient_error, Entry::float)
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
        CsvLine::Of("j_error", "j_error"),
        CsvLine::Of("gradient", "gradient"),
        CsvLine::Of("gradient_error", "gradient_error"),
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
    CsvLine::Of("bias_error", "bias_error"),
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
    CsvLine::Of("covariance_error", "covariance_error"),
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
    CsvLine::Of("sample_variance", "sample_variance"),
    CsvLine::Of("standard_error", "standard_error"),
    CsvLine::Of("z", "z"),
    CsvLine::Of("variance_ratio", "variance_ratio"),
    CsvLine::Of("statistic", "statistic"),
    CsvLine::Of("p_value", "p_value"),
    CsvLine::Of("decision_p_value", "decision_p_value"),
    CsvLine::Text("verdict", "verdict", "word"),
];

/// An estimator with its exact law, and the sample beside it.
pub fn judgment(judged: &ComparedEstimator) -> Entries<'_> {
    let (law, sample) = (judged.law.as_deref(), judged.sample.as_ref());
    let error = law.map(|_| &*judged.standard_error);
    let rows = |name, x| Entry::array(name, &[Axis::Parameter; 2], Values::FloatRows(x));
    let bias = law.map(|law| &law.bias);
    let covariance = judged.covariance.as_deref();
    let covariance_error = judged.covariance_error.as_deref();
    let lambda = judged.estimator.lambda().map(Number::to_f64);
    let lambda = Entry::optional_float("lambda", lambda);
    named(&judged.name, &judged.estimator, lambda, judged.truncation)
        .with(moments(law, sample).0)
        .and_some("covariance", covariance, rows)
        .and_some("covariance_error", covariance_error, rows)
        .with(spread(error, sample).0)
        .and(by_parameter("bias", bias.map(|bias| &*bias.vector)))
        .and_some(
            "bias_error",
            law.and_then(|law| law.bias_error.as_deref()),
            |name, x| Entry::floats(name, Axis::Parameter, x),
        )
        .and(Entry::optional_float(
            "bias_norm",
            bias.map(|bias| bias.norm),
        ))
        .and(Entry::optional_float(
            "cosine",
            bias.and_then(|bias| bias.cosine),
        ))
        .and(Entry::or_null(
            "ascends",
            bias.and_then(|bias| bias.ascends),
            Entry::flag,
        ))
        .with(statistic(law, sample).0)
        .and(Entry::or_null("test", law.map(|law| law.test), Entry::text))
        .and(rare(sample))
        .and(Entry::optional_float(
            "variance_p_value",
            sample.and_then(|sample| sample.variance_p_value),
        ))
        .and(decision(sample))
        .and(Entry::or_null(
            "verdict",
            judged.verdict.word(),
            Entry::text,
        ))
        .and(Entry::or_null(
            "bias_verdict",
            judged.bias_verdict().map(BiasVerdict::word),
            Entry::text,
        ))
        .and_some(
            "expectation_is_limit",
            (law.is_some() && judged.estimator.is_of_batch()).then_some(true),
            Entry::flag,
        )
        .and(Entry::optional_float(
            "trajectories_for_error",
            law.and_then(|law| law.trajectories_for_error),
        ))
        .and(Entry::optional_float(
            "trajectories_to_detect",
            law.and_then(|law| law.trajectories_to_detect),
        ))
}

/// The difference of two estimators with its exact law, and the sample beside it.
fn difference(pair: &Paired) -> Entries<'_> {
    let (law, sample) = (Some(&*pair.law), pair.sample.as_ref());
    Entries::default()
        .and(Entry::texts("estimators", &pair.estimators))
        .with(moments(law, sample).0)
        .with(spread(Some(&pair.standard_error), sample).0)
        .with(statistic(law, sample).0)
        .and(rare(sample))
        .and(decision(sample))
        .and(Entry::optional_float("variance_ratio", pair.variance_ratio))
        .and(Entry::or_null("verdict", pair.verdict.word(), Entry::text))
        .and(Entry::array(
            "cross_covariance",
            &[Axis::Parameter; 2],
            Values::FloatRows(&pair.cross_covariance),
        ))
        .and_some(
            "cross_covariance_error",
            pair.cross_covariance_error.as_deref(),
            |name, x| Entry::array(name, &[Axis::Parameter; 2], Values::FloatRows(x)),
        )
}

/// What an estimator is: Ψ, where γᵗ stands, λ, n, the baseline, the critic, the cut.
pub(super) fn named<'a>(
    name: &'a str,
    estimator: &Estimator,
    lambda: Entry<'a>,
    truncation: Option<usize>,
) -> Entries<'a> {
    let whole = |name, x: Option<usize>| Entry::or_null(name, x.map(|x| x as u64), Entry::whole);
    let baseline = estimator.baseline().map(Baseline::name);
    let critic = estimator.critic().map(Critic::name);
    Entries::default()
        .and(Entry::text("name", name))
        .and(Entry::text("psi", estimator.psi().name()))
        .and(Entry::flag("discounting", estimator.discounting()))
        .and(lambda)
        .and(whole("n", estimator.steps()))
        .and(Entry::or_null("baseline", baseline, Entry::text))
        .and(Entry::or_null("critic", critic, Entry::text))
        .and(whole("truncation", truncation))
}

/// The mean of the sample, mean and variances of the law, and what rounding may have done to them.
fn moments<'a>(law: Option<&'a ExactLaw>, sample: Option<&'a ComparedSample>) -> Entries<'a> {
    let error = |name, x| Entry::floats(name, Axis::Parameter, x);
    let errors = law.map(|law| (&law.expectation_error, &law.variance_error));
    let (mean, variance) = errors.unzip();
    let (mean, variance) = (
        mean.and_then(Option::as_deref),
        variance.and_then(Option::as_deref),
    );
    Entries::default()
        .and(by_parameter("mean", sample.map(|sample| &*sample.mean)))
        .and(by_parameter(
            "expectation",
            law.map(|law| &*law.expectation),
        ))
        .and_some("expectation_error", mean, error)
        .and(by_parameter("variance", law.map(|law| &*law.variance)))
        .and_some("variance_error", variance, error)
}

/// The variances of the sample, and the standard errors of its means by the law.
fn spread<'a>(error: Option<&'a [f64]>, sample: Option<&'a ComparedSample>) -> Entries<'a> {
    let variance = sample.and_then(|sample| sample.variance.as_deref());
    Entries::default()
        .and(by_parameter("sample_variance", variance))
        .and(by_parameter("standard_error", error))
}

/// z of each parameter and the statistic of all. Of degrees of freedom that there are none of, a row of the table
/// has no value.
fn statistic<'a>(law: Option<&ExactLaw>, sample: Option<&ComparedSample>) -> Entries<'a> {
    let z = sample.map(|sample| &sample.z);
    let degrees = "degrees_of_freedom";
    let degrees = match law {
        Some(law) => Entry::whole(degrees, law.degrees_of_freedom as u64),
        None => Entry::optional_float(degrees, None),
    };
    Entries::default()
        .and(Entry::or_null("z", z, |name, z| {
            Entry::optional_floats(name, Axis::Parameter, z)
        }))
        .and(Entry::optional_float(
            "statistic",
            sample.map(|sample| sample.statistic),
        ))
        .and(degrees)
        .and(Entry::optional_float(
            "p_value",
            sample.map(|sample| sample.p_value),
        ))
}

/// The p-value that the verdict rests on.
fn decision<'a>(sample: Option<&ComparedSample>) -> Entry<'a> {
    let p = sample.map(|sample| sample.decision_p_value);
    Entry::optional_float("decision_p_value", p)
}

fn by_parameter<'a>(name: &'static str, x: Option<&'a [f64]>) -> Entry<'a> {
    Entry::or_null(name, x, |name, x| Entry::floats(name, Axis::Parameter, x))
}

/// The parameters that vary too seldom, by their numbers.
fn rare(sample: Option<&ComparedSample>) -> Entry<'_> {
    let rare = sample.map_or(&[][..], |sample| &sample.rare);
    Entry::array("rare", &[Axis::Index], Values::Wholes(rare))
}
