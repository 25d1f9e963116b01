//! The comparison for people: each estimator by parameter, then all of them in one table, then
//! the verdict.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::comparison::{
    BiasVerdict, ComparedEstimator, ComparedSample, Comparison, ExactLaw, Paired, SampleVerdict,
};
use exact_mdp::estimator::Psi;
use exact_mdp::report::{ComparisonReport, Quantity};

/// Up to so many estimators are each shown by parameter.
const BLOCKS: usize = 4;
/// Rows shown of each estimator's parameters.
const SHOWN: usize = 12;

impl Readable for ComparisonReport {
    fn table(&self, view: &View) -> String {
        text(self, view)
    }
}

/// Title, J, how it was sampled, the estimators, the summary, the verdict.
fn text(report: &ComparisonReport, view: &View) -> String {
    let Comparison { estimators, .. } = &report.comparison;
    let mut text = table::title(&report.head, view);
    text += &format!(
        "J = {}\n{}\n",
        table::within(&report.j, report.j_error, view),
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
    text += &summary(&report.comparison, view);
    text += &legend(&report.comparison);
    if report.power {
        text += &power(&report.comparison, view);
    }
    if !report.comparison.paired.is_empty() {
        text += &paired(&report.comparison.paired, view);
    }
    text + &conclusion(&report.comparison, view)
}

/// What the columns of the summary mean.
fn legend(comparison: &Comparison) -> String {
    let mut text = String::from(
        "\nsample: the sample against the estimator's own exact law\n\
         decisive p: of the mean or, where variances are tested too, the smaller of both, doubled\n",
    );
    let singles = comparison.estimators.iter().map(|e| &e.sample);
    let samples = singles.chain(comparison.paired.iter().map(|pair| &pair.sample));
    if let Some(most @ 1..) = samples.flatten().map(|sample| sample.rare.len()).max() {
        let (rare, enter) = match most {
            1 => ("one parameter varies".to_string(), "enters"),
            most => (format!("up to {most} parameters vary"), "enter"),
        };
        text += &format!(
            "*: {rare} too rarely for χ² at this N and {enter} by a bound that holds always; raise N\n"
        );
    }
    text += match comparison.truncation_bound {
        Some(_) => {
            "expectation: the exact expectation against ∇J, what the cut moves left aside\n\n"
        }
        None => "expectation: the exact expectation against ∇J\n\n",
    };
    let of_batch = comparison.estimators.iter();
    let of_batch = of_batch.filter(|e| e.law.is_some() && e.estimator.is_of_batch());
    let of_batch: Vec<&str> = of_batch.map(|e| e.name.as_str()).collect();
    if !of_batch.is_empty() {
        text.truncate(text.trim_end().len());
        text += &format!(
            "\nfunctions of all N trajectories together, whose law is the limit of many; the expectation of N is off it by \
             the order of 1/N: {}\n\n",
            of_batch.join(", ")
        );
    }
    text
}

/// A cut of our own stands for an endless horizon, where what drops γᵗ has no mean.
fn undiscounted(comparison: &Comparison) -> &'static str {
    let drops = |judged: &ComparedEstimator| {
        let estimator = &judged.estimator;
        estimator.psi() != Psi::TotalReturn && !estimator.discounting() && judged.law.is_some()
    };
    let own_cut = comparison.truncation_bound.is_some();
    if own_cut && comparison.estimators.iter().any(drops) {
        "without γᵗ no mean converges as the cut grows: `dropped` is that of this cut\n"
    } else {
        ""
    }
}

/// How many trajectories there were, and where they end.
fn sampled(report: &ComparisonReport) -> String {
    let comparison = &report.comparison;
    let moved = |bound: f64| {
        let bound = table::size(&bound.into());
        format!(", which moves a mean of discounted returns by at most {bound}")
    };
    let cut = comparison.truncation.map_or_else(String::new, |steps| {
        let steps = match steps {
            1 => "1 step".to_string(),
            steps => format!("{} steps", table::grouped(steps as u64)),
        };
        if let Some(spread) = comparison.gain_spread {
            return long_run(&steps, spread);
        }
        let moved = comparison.truncation_bound.map_or_else(String::new, moved);
        format!(
            "each cut after {steps}{moved}\n{}",
            undiscounted(comparison)
        )
    });
    let soft = report.entropy.map_or_else(String::new, |alpha| {
        format!("J with {alpha} times the entropy of the policy in every reward\n")
    });
    let actor = report.behavior.as_ref().map_or_else(String::new, |name| {
        format!("drawn by the behavior policy {name}, each action weighed by π/b\n")
    });
    format!(
        "{} trajectories, {} steps, seed {}\n{soft}{actor}{cut}",
        table::grouped(comparison.trajectories),
        table::grouped(comparison.steps),
        report.seed
    )
}

/// What a trajectory is under the average reward, and what it does not see.
fn long_run(steps: &str, gain_spread: f64) -> String {
    let unseen = if gain_spread > 0.0 {
        format!(
            "the classes reached have gains up to {} apart, and no run sees how the policy changes \
             which is reached\n",
            table::short(&gain_spread.into(), 3)
        )
    } else {
        String::new()
    };
    format!(
        "each {steps} from the long run ρ₀P*: the mean of scores times differential returns R − g, \
         which end with the run\n{unseen}"
    )
}

/// Mean, exact expectation, standard error and z of every parameter.
fn by_parameter(report: &ComparisonReport, judgment: &ComparedEstimator, view: &View) -> String {
    let title = view.title(&judgment.name);
    let Some(law) = &judgment.law else {
        return format!("{title}: {}\n", judgment.verdict.word().unwrap_or_default());
    };
    let parameters = &report.head.policy.parameters;
    let (shown, note) = view.rows_of(parameters.len(), SHOWN);
    let numbers = |values: &[f64]| Quantity::all(&values[..shown]);
    let (slopes, slope_error) = (
        numbers(&report.comparison.gradient),
        report.comparison.gradient_error,
    );
    let expectation = numbers(&law.expectation);
    let each = |errors: &Option<Vec<f64>>| -> Vec<Option<f64>> {
        let known = errors.as_deref();
        (0..shown).map(|k| Some(known?[k])).collect()
    };
    let of_mean = each(&law.expectation_error);
    let mut columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("∂J/∂θ", &table::settled(&slopes, slope_error), view.digits)
        .numbers(
            "expectation",
            &table::settled_each(&expectation, &of_mean),
            view.digits,
        );
    // of a variance that is rounding alone there is no error of a mean
    let count = report.comparison.trajectories.max(1) as f64;
    let spread = numbers(&judgment.standard_error);
    let of_spread = each(&law.variance_error).into_iter().zip(&law.variance);
    let of_spread = of_spread.map(|(error, variance)| {
        let error = error.filter(|error| error >= variance)?;
        Some((error / count).sqrt())
    });
    let of_spread: Vec<Option<f64>> = of_spread.collect();
    // nor is a mean told from what is expected of it
    let of_sample = of_mean.iter().zip(&of_spread);
    let of_sample = of_sample.map(|(mean, spread)| spread.map(|x| x + mean.unwrap_or(0.0)));
    let of_sample: Vec<Option<f64>> = of_sample.collect();
    if let Some(sample) = &judgment.sample {
        let means = table::settled_each(&numbers(&sample.mean), &of_sample);
        columns = columns.numbers("mean", &means, view.digits);
    }
    columns = columns.numbers(
        "standard error",
        &table::settled_each(&spread, &of_spread),
        3,
    );
    if let Some(sample) = &judgment.sample {
        let both = sample.z[..shown].iter().zip(&of_spread);
        let told = both.map(|(z, hidden)| z.filter(|_| hidden.is_none()));
        let cell = |z: Option<f64>| z.map_or("–".to_string(), |z| format!("{z:.2}"));
        columns = columns.right("z", told.map(cell).collect());
    }
    format!(
        "{title}\n{}{}{}{}",
        columns.render(view),
        note.unwrap_or_default(),
        table::as_zero(&[("∂J/∂θ", &slopes, slope_error)])
            + &table::as_zero_each("expectation", &expectation, &of_mean)
            + &table::as_zero_each("standard error", &spread, &of_spread),
        rounding(law, view)
    )
}

/// What rounding may have done, where digits that are shown are in doubt.
fn rounding(law: &ExactLaw, view: &View) -> String {
    let told = |errors: &Option<Vec<f64>>, what: &str, of: &[f64]| {
        let error = errors.as_ref()?.iter().copied().fold(0.0, f64::max);
        let error = table::in_doubt(Some(error), &Quantity::all(of), view)?;
        Some(format!("{what} ± {}", table::size(&error.into())))
    };
    let lines = [
        told(&law.expectation_error, "expectation", &law.expectation),
        told(&law.variance_error, "variance", &law.variance),
    ];
    let lines: Vec<String> = lines.into_iter().flatten().collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("{}: rounding\n", lines.join(", "))
}

/// One row per estimator.
fn summary(comparison: &Comparison, view: &View) -> String {
    let estimators = &comparison.estimators;
    let cells = |cell: &dyn Fn(&ComparedEstimator) -> String| estimators.iter().map(cell).collect();
    Columns::new()
        .text("estimator", cells(&|e| e.name.clone()))
        .right("statistic", cells(&|e| statistic(&e.sample)))
        .right("dof", cells(&|e| degrees(e.law.as_deref())))
        .right("p-value", cells(&|e| p_value(&e.sample)))
        .right("decisive p", cells(&|e| decisive(&e.sample)))
        .text("sample", cells(&|e| sample_word(e.verdict, view)))
        .text(
            "expectation",
            cells(&|e| e.bias_verdict().map_or("", BiasVerdict::word).to_string()),
        )
        .right("|bias|", cells(&|e| number(e.visible_bias(), 4)))
        .right(
            "cosine",
            cells(&|e| cosine(e.law.as_ref().and_then(|law| law.bias.cosine))),
        )
        .text(
            "ascends",
            cells(&|e| {
                let ascends = e.law.as_ref().and_then(|law| law.bias.ascends);
                ascends.map_or("–", yes_or_no).to_string()
            }),
        )
        .render(view)
}

/// tr Σ; 0 with its error where rounding is all that there is.
fn trace(law: &ExactLaw) -> String {
    let errors = law.variance_error.as_ref();
    let error = errors.map(|errors| errors.iter().sum());
    let view = View {
        digits: 4,
        ..View::default()
    };
    table::within(&law.trace().into(), error, &view)
}

/// How many trajectories a precision of 1 % takes.
fn power(comparison: &Comparison, view: &View) -> String {
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
            "tr Σ",
            estimators
                .iter()
                .map(|e| {
                    e.law
                        .as_ref()
                        .map_or_else(|| "–".to_string(), |law| trace(law))
                })
                .collect(),
        )
        .right(
            "for a mean within 1 %",
            estimators
                .iter()
                .map(|e| count(e.law.as_ref().and_then(|law| law.trajectories_for_error)))
                .collect(),
        )
        .right(
            "to detect a mean off by 1 %",
            estimators
                .iter()
                .map(|e| count(e.law.as_ref().and_then(|law| law.trajectories_to_detect)))
                .collect(),
        );
    format!(
        "How many trajectories it takes at most\n{}\n",
        columns.render(view)
    )
}

/// Differences on the same trajectories.
fn paired(pairs: &[Paired], view: &View) -> String {
    let cells = |cell: &dyn Fn(&Paired) -> String| pairs.iter().map(cell).collect();
    let columns = Columns::new()
        .text("difference", cells(&|p| p.estimators.join(" − ")))
        .right("statistic", cells(&|p| statistic(&p.sample)))
        .right("dof", cells(&|p| degrees(Some(&p.law))))
        .right("p-value", cells(&|p| p_value(&p.sample)))
        .right("decisive p", cells(&|p| decisive(&p.sample)))
        .text("sample", cells(&|p| sample_word(p.verdict, view)))
        .right("variance", cells(&|p| number(p.variance_ratio, 3)));
    format!(
        "Differences on the same trajectories against their exact law\n{}\n\
         variance: exact, beside that of the difference of two independent samples\n\n",
        columns.render(view)
    )
}

fn sample_word(verdict: SampleVerdict, view: &View) -> String {
    match verdict {
        SampleVerdict::Consistent => view.verdict("consistent", true),
        SampleVerdict::Inconsistent => view.verdict("INCONSISTENT", false),
        SampleVerdict::NoVariance(_) => "no variance".to_string(),
        SampleVerdict::NotSampled => "not sampled".to_string(),
    }
}

fn number(x: Option<f64>, digits: usize) -> String {
    x.map_or("–".to_string(), |x| table::short(&x.into(), digits))
}

/// Six decimals for all, so that a column of them can be compared.
fn cosine(x: Option<f64>) -> String {
    x.map_or("–".to_string(), |x| format!("{x:.6}"))
}

fn statistic(sample: &Option<ComparedSample>) -> String {
    number(sample.as_ref().map(|sample| sample.statistic), 4)
}

fn degrees(law: Option<&ExactLaw>) -> String {
    law.map_or("–".into(), |law| law.degrees_of_freedom.to_string())
}

fn p_value(sample: &Option<ComparedSample>) -> String {
    number(sample.as_ref().map(|sample| sample.p_value), 3)
}

/// The p-value that decides, with a mark where coordinates enter by a bound.
fn decisive(sample: &Option<ComparedSample>) -> String {
    let is_bounded = sample.as_ref().is_some_and(|own| !own.rare.is_empty());
    let mark = if is_bounded { "*" } else { "" };
    let p = sample.as_ref().map(|sample| sample.decision_p_value);
    format!("{}{mark}", number(p, 3))
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "NO" }
}

fn conclusion(comparison: &Comparison, view: &View) -> String {
    let estimators = comparison.estimators.iter();
    if estimators.clone().all(|e| e.sample.is_none()) {
        return "Nothing was sampled: no estimator here has a finite variance.\n".to_string();
    }
    let mut text = sample_conclusion(comparison, view);
    let shown = comparison.estimators.len() <= BLOCKS || view.all; // each says so itself there
    for judgment in estimators.clone().filter(|_| !shown) {
        if let SampleVerdict::NoVariance(why) = judgment.verdict {
            text += &format!("Not sampled: {}: {why}.\n", judgment.name);
        }
    }
    let biased = estimators.filter(|e| e.bias_verdict() == Some(BiasVerdict::Biased));
    let biased: Vec<&str> = biased.map(|e| e.name.as_str()).collect();
    if !biased.is_empty() {
        text += &format!("Not the gradient, whatever N: {}.\n", biased.join(", "));
    }
    let unknown = comparison.estimators.iter();
    let unknown = unknown.filter(|e| e.bias_verdict() == Some(BiasVerdict::CannotBeTold));
    let unknown: Vec<&str> = unknown.map(|e| e.name.as_str()).collect();
    if !unknown.is_empty() {
        text += &format!(
            "Cannot be told whether biased, no digit of ∇J is certain: {}.\n",
            unknown.join(", ")
        );
    }
    text + &false_alarms(comparison.false_alarm_rate)
}

/// Which samples are not what their exact laws say, and whether by mean or by variance.
fn sample_conclusion(comparison: &Comparison, view: &View) -> String {
    let singles = comparison.estimators.iter();
    let singles = singles.filter(|e| e.verdict == SampleVerdict::Inconsistent);
    let (spread, off): (Vec<&ComparedEstimator>, Vec<&ComparedEstimator>) =
        singles.partition(|e| {
            let sample = e.sample.as_ref();
            sample.is_some_and(ComparedSample::rests_on_variance)
        });
    let pairs = comparison.paired.iter();
    let pairs = pairs.filter(|pair| pair.verdict == SampleVerdict::Inconsistent);
    let names = |found: &[&ComparedEstimator]| -> Vec<String> {
        found.iter().map(|e| e.name.clone()).collect()
    };
    let mut means = names(&off);
    means.extend(pairs.map(|pair| pair.estimators.join(" − ")));
    let mut text = String::new();
    for (names, what) in [(means, "expectation"), (names(&spread), "variance")] {
        if !names.is_empty() {
            let words = format!("INCONSISTENT with its exact {what}: {}.", names.join(", "));
            text += &(view.verdict(&words, false) + "\n");
        }
    }
    let sampled = comparison.estimators.iter().filter_map(|e| {
        let sample = e.sample.as_ref()?;
        Some((e.name.as_str(), sample.too_few))
    });
    let few = sampled.clone().filter_map(|(name, few)| Some((name, few?)));
    let few: Vec<(&str, f64)> = few.collect();
    if text.is_empty() && few.is_empty() {
        return view.verdict("Every sample is consistent with its exact law.", true) + "\n";
    }
    if text.is_empty() {
        text = too_small(&few, few.len() == sampled.count());
    }
    text
}

/// Where N is too small for a sample to fail by anything but a gross error.
fn too_small(few: &[(&str, f64)], all: bool) -> String {
    let needed = few.iter().map(|(_, needed)| *needed).fold(0.0, f64::max);
    let names: Vec<&str> = few.iter().map(|(name, _)| *name).collect();
    let (held, which) = if all {
        (
            "No sample contradicts its exact law, but",
            "all of them".to_string(),
        )
    } else {
        (
            "Every sample is consistent with its exact law, but",
            names.join(", "),
        )
    };
    let mend = if needed.is_finite() {
        format!("raise N to {}", table::grouped(needed as u64))
    } else {
        "their fourth moments are not known".to_string()
    };
    format!("{held} only gross errors could show at this N for {which}: {mend}.\n")
}

fn false_alarms(rate: f64) -> String {
    let every = 1.0 / rate;
    let often = if (every - every.round()).abs() <= 1e-6 * every {
        format!("at most 1 of {} runs", table::grouped(every.round() as u64))
    } else {
        format!("at most {} of all runs", table::short(&rate.into(), 3))
    };
    format!("A correct sampler is called inconsistent in {often}, all estimators together.\n")
}
