//! The picture of a comparison: the error of each sampled mean against N, bias and standard error of
//! every estimator, z of every parameter, and the covariances that were asked for.

use exact_mdp::comparison::{
    BiasVerdict, ComparedEstimator, Comparison, Convergence, SampleVerdict,
};
use exact_mdp::report::{ComparisonReport, Quantity};

use super::curves::{Curve, Curves, LOOKS, Level};
use super::dots::{Dot, Dots, Row};
use super::scale::Kind;
use super::studies::{GREATEST, square};
use super::{Picture, float, headed, noted, short, tiled};

/// Points of a smooth curve.
const POINTS: i32 = 30;
/// Sampled errors this far below every exact one are not drawn.
const DEEP: f64 = 30.0;
/// Of right samples 95 % have a z within this.
const USUAL: f64 = 1.959_963_984_540_054;

/// All of it, two pictures in a row.
pub fn draw(report: &ComparisonReport) -> Picture {
    let title = format!("{}: sampled estimators of ∇J", report.head.model);
    let comparison = &report.comparison;
    let parts = [
        errors(comparison),
        Some(precision(comparison)),
        scores(report),
    ];
    let covariances = comparison.estimators.iter().enumerate();
    let covariances = covariances.filter_map(|(i, judged)| covariance(report, i, judged));
    let parts = parts.into_iter().flatten().chain(covariances).collect();
    headed(&title, tiled(title.clone(), parts, 2))
}

/// Those that differ: of several with one law the first, since the others would lie on its line.
fn different(comparison: &Comparison) -> Vec<&Convergence> {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
    let mut found: Vec<&Convergence> = Vec::new();
    for law in &comparison.convergence {
        let spread = law.root_mean_square(1.0);
        let is_same = |other: &&Convergence| {
            near(other.bias, law.bias) && near(other.root_mean_square(1.0), spread)
        };
        if !found.iter().any(is_same) {
            found.push(law);
        }
    }
    found
}

/// As many of them as can be told apart, in their order: biased ones among them, where there are any.
fn drawn<'a>(comparison: &Comparison, laws: &[&'a Convergence]) -> Vec<&'a Convergence> {
    let biased = |law: &&&Convergence| is_biased(comparison, &law.name);
    let with = laws.iter().filter(biased).count();
    let without = laws.len() - with;
    // a half of each, and what the others leave
    let room = LOOKS - without.min(LOOKS - with.min(LOOKS / 2));
    let mut left = [LOOKS - room, room];
    let taken = laws.iter().filter(|law| {
        let left = &mut left[usize::from(biased(law))];
        let is_taken = *left > 0;
        *left = left.saturating_sub(1);
        is_taken
    });
    taken.copied().collect()
}

/// From the first to the last checkpoint.
fn across(laws: &[&Convergence], trajectories: u64) -> (f64, f64) {
    let last = trajectories.max(2) as f64;
    let first = laws.first().and_then(|law| law.errors.first());
    match first.map(|&(n, _)| n as f64) {
        Some(first) if first < last => (first, last),
        _ => (last / 2.0, last * 2.0),
    }
}

/// ‖X̄ − ∇J‖ against N beside the exact law of that error.
fn errors(comparison: &Comparison) -> Option<Picture> {
    let all = different(comparison);
    let laws = drawn(comparison, &all);
    let ends = across(&laws, comparison.trajectories);
    let exact = laws
        .iter()
        .flat_map(|law| [ends.0, ends.1].map(|n| law.root_mean_square(n)));
    let exact: Vec<f64> = exact.filter(|x| *x > 0.0).collect();
    let lowest = exact.iter().copied().reduce(f64::min).unwrap_or(0.0);
    let norm = comparison.gradient.iter().copied().fold(0.0, f64::hypot);
    let curves: Vec<Curve> = laws
        .iter()
        .map(|law| curve(law, ends, lowest / DEEP))
        .collect();
    let seen = curves
        .iter()
        .flat_map(|curve| curve.points.iter().chain(&curve.marks));
    let (low, high) = seen.fold((f64::INFINITY, 0.0), |(low, high), &(_, y)| {
        if y > 0.0 {
            (f64::min(low, y), f64::max(high, y))
        } else {
            (low, high)
        }
    });
    let floors = laws.iter().enumerate();
    let floors = floors.filter(|(_, law)| is_biased(comparison, &law.name));
    let floors = floors.map(|(i, law)| Level {
        name: "‖bias‖".to_string(),
        height: law.bias,
        of: Some(i),
    });
    let whole = (norm >= low / 2.0 && norm <= high * 2.0)
        .then(|| ("‖∇J‖, an error of 100 %".to_string(), norm).into());
    let notes = notes(comparison, &laws, all.len());
    let picture = Curves {
        title: "the error of each sampled mean against the number of trajectories".into(),
        x: ("trajectories N".into(), Kind::Logarithmic),
        y: ("error ‖mean − ∇J‖₂".into(), Kind::Logarithmic),
        curves,
        levels: floors.chain(whole).collect(),
        window: (f64::NEG_INFINITY, f64::INFINITY),
    };
    (!laws.is_empty()).then(|| headed("Error against trajectories", noted(picture.draw(), &notes)))
}

fn is_biased(comparison: &Comparison, name: &str) -> bool {
    let mut judged = comparison.estimators.iter();
    let judged = judged.find(|judgment| judgment.name == name);
    judged.is_some_and(|j| j.bias_verdict() == Some(BiasVerdict::Biased))
}

/// The exact root mean square, where 68 % of all runs are, and this run.
fn curve(law: &Convergence, (first, last): (f64, f64), least: f64) -> Curve {
    let grid = (0..=POINTS).map(|i| first * (last / first).powf(f64::from(i) / f64::from(POINTS)));
    let band = |n: f64| law.band(n).map(|(low, high)| (n, low.max(least), high));
    let sampled = law.errors.iter().map(|&(n, error)| (n as f64, error));
    let name = if law.root_mean_square(1.0) == 0.0 {
        format!("{}: no error", law.name)
    } else {
        law.name.clone()
    };
    Curve {
        name,
        points: grid.clone().map(|n| (n, law.root_mean_square(n))).collect(),
        band: grid.filter_map(band).collect(),
        marks: sampled.filter(|(_, error)| *error > least).collect(),
    }
}

fn notes(comparison: &Comparison, laws: &[&Convergence], different: usize) -> Vec<String> {
    let mut notes = vec![
        "marks: the sampled mean of this run".to_string(),
        "lines: exact root mean square √(tr Σ/N + ‖bias‖²)".to_string(),
    ];
    if laws.iter().any(|law| law.band(100.0).is_some()) {
        notes.push("shaded: 68 % of runs (±1σ), normal law".to_string());
    }
    if laws.iter().any(|law| is_biased(comparison, &law.name)) {
        notes.push("dotted, in its color: ‖bias‖, the floor whatever N".to_string());
    }
    let all = comparison.convergence.len();
    let drawn = laws.len();
    if different > drawn {
        notes.push(format!(
            "{drawn} of {all} estimators: {} others that differ are not drawn",
            different - drawn
        ));
    } else if all > drawn {
        notes.push(format!("{drawn} of {all} estimators, which differ"));
    }
    notes
}

/// ‖bias‖ and standard error of every estimator.
fn precision(comparison: &Comparison) -> Picture {
    let samples = comparison.trajectories.max(1) as f64;
    let figures = |judged: &ComparedEstimator| {
        let trace: f64 = judged.law.as_ref()?.trace();
        // a bias that is rounding is 0
        Some([judged.visible_bias()?, (trace / samples).sqrt()])
    };
    let judged = comparison
        .estimators
        .iter()
        .map(|judged| (judged, figures(judged)));
    let judged: Vec<(&ComparedEstimator, Option<[f64; 2]>)> = judged.collect();
    let dot = |judged: &ComparedEstimator, series: usize, value: f64| Dot {
        series,
        value,
        error: None,
        title: format!(
            "{}: {} = {}",
            judged.name,
            ["‖bias‖", "standard error"][series],
            float(value)
        ),
    };
    let row = |(at, (judged, figures)): (usize, &(&ComparedEstimator, Option<[f64; 2]>))| Row {
        name: judged.name.clone(),
        number: at + 1,
        dots: figures.map_or_else(Vec::new, |[bias, error]| {
            vec![dot(judged, 0, bias), dot(judged, 1, error)]
        }),
        words: match &judged.verdict {
            SampleVerdict::NoVariance(_) => "none: see below".to_string(),
            _ => "not sampled".to_string(),
        },
    };
    let reason = |(judged, figures): &(&ComparedEstimator, Option<[f64; 2]>)| match &judged.verdict
    {
        SampleVerdict::NoVariance(why) if figures.is_none() => {
            Some(format!("{}: {why}", judged.name))
        }
        _ => None,
    };
    let all = judged.iter().filter_map(|(_, figures)| *figures).flatten();
    let kind = Dots::spread(all);
    let none = judged.iter().all(|(_, figures)| figures.is_none());
    let none = none.then(|| "no estimator here has a finite variance".to_string());
    let words: Vec<String> = none
        .into_iter()
        .chain(judged.iter().filter_map(reason))
        .collect();
    let dots = Dots {
        title: "bias and standard error of every estimator".into(),
        axis: (axis("reward per unit of θ", kind), kind),
        series: vec![
            "‖bias‖ = ‖E ĝ − ∇J‖₂".into(),
            format!(
                "standard error √(tr Σ/N) at N = {}",
                comparison.trajectories
            ),
        ],
        rows: judged.iter().enumerate().map(row).collect(),
        shaded: None,
        levels: Vec::new(),
    };
    headed("Bias and standard error", noted(dots.draw(), &words))
}

fn axis(words: &str, kind: Kind) -> String {
    if kind == Kind::Logarithmic {
        format!("{words} (log; 0 is at the left end)")
    } else {
        words.to_string()
    }
}

/// What is shaded, and how many parameters and estimators of how many are shown.
fn score_notes((order, all): (usize, usize), (judged, sampled): (usize, usize)) -> Vec<String> {
    let shaded = format!("shaded: 95 % of right samples, |z| ≤ {}", short(USUAL, 3));
    let greatest = format!("the {order} parameters of {all} with the largest |z|");
    let first = format!("the first {judged} of {sampled} estimators");
    let notes = [
        (true, shaded),
        (all > order, greatest),
        (sampled > judged, first),
    ];
    let said = notes.into_iter().filter(|(is_said, _)| *is_said);
    said.map(|(_, note)| note).collect()
}

/// z of every parameter, those of the largest first.
fn scores(report: &ComparisonReport) -> Option<Picture> {
    let sampled = report.comparison.estimators.iter();
    let sampled: Vec<&ComparedEstimator> = sampled.filter(|j| j.sample.is_some()).collect();
    let judged = &sampled[..sampled.len().min(LOOKS)];
    let z = |judged: &ComparedEstimator, k: usize| *judged.sample.as_ref()?.z.get(k)?;
    let labels = &report.head.policy.parameters;
    let most = |k: usize| {
        judged
            .iter()
            .filter_map(|judged| z(judged, k))
            .map(f64::abs)
            .reduce(f64::max)
    };
    let mut order: Vec<(usize, f64)> = (0..labels.len())
        .filter_map(|k| Some((k, most(k)?)))
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let all = order.len();
    order.truncate(GREATEST);
    let dot = |(series, judged): (usize, &&ComparedEstimator), k: usize| {
        let value = z(judged, k)?;
        let title = format!("{}, {}: z = {}", judged.name, labels[k], float(value));
        Some(Dot {
            series,
            value,
            error: None,
            title,
        })
    };
    let row = |&(k, _): &(usize, f64)| Row {
        name: labels[k].clone(),
        number: k + 1,
        dots: judged
            .iter()
            .enumerate()
            .filter_map(|one| dot(one, k))
            .collect(),
        words: String::new(),
    };
    let dots = Dots {
        title: "z of every parameter".into(),
        axis: ("z = (mean − E ĝ)/standard error".into(), Kind::Linear),
        series: judged.iter().map(|judged| judged.name.clone()).collect(),
        rows: order.iter().map(row).collect(),
        shaded: Some((-USUAL, USUAL)),
        levels: Vec::new(),
    };
    let notes = score_notes((order.len(), all), (judged.len(), sampled.len()));
    (!order.is_empty()).then(|| {
        headed(
            "Each parameter: sample beside exact law",
            noted(dots.draw(), &notes),
        )
    })
}

/// The exact covariance of an estimator, if it was asked for.
fn covariance(report: &ComparisonReport, i: usize, judged: &ComparedEstimator) -> Option<Picture> {
    let rows = judged.covariance.as_ref()?;
    let rows: Vec<Vec<Quantity>> = rows
        .iter()
        .map(|row| row.iter().map(|x| (*x).into()).collect())
        .collect();
    let source = format!("compare/estimators/{i}/covariance");
    let words = format!("Covariance of {}", judged.name);
    square(
        &words,
        &source,
        "cov",
        &report.head.policy.parameters,
        (&rows, None),
    )
}
