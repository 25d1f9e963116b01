//! The estimators of ∇J: their exact bias and standard error, and how many trajectories each needs.

use exact_mdp::estimator::Law;
use exact_mdp::report::Quantity;
use maud::{Markup, html};
use serde::Serialize;

use super::{Subject, parts};
use exact_mdp_pictures::curves::{Curve, Curves, LOOKS};
use exact_mdp_pictures::scale::Kind;
use exact_mdp_pictures::short;

/// The estimators that a page is about.
pub const NAMES: &str =
    "total-return,reward-to-go,baseline:v,advantage,td-residual,gae:0.95,reward-to-go:dropped";

/// The exact law of one trajectory's contribution, or why there is none.
#[derive(Clone, Debug, Serialize)]
pub struct Estimated {
    /// Its name.
    pub name: String,
    /// Steps of a run, under the average reward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncation: Option<usize>,
    /// What its law is.
    #[serde(flatten)]
    pub precision: Option<Precision>,
    /// Why it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
}

/// How precise an estimator is.
#[derive(Clone, Debug, Serialize)]
pub struct Precision {
    /// Var ĝ_k \[d\].
    pub variance: Vec<Quantity>,
    /// ‖E ĝ − ∇J‖₂, 0 where it is rounding.
    pub bias: Quantity,
    /// √(tr Cov ĝ), the standard error of one trajectory.
    pub standard_error: Quantity,
}

impl Precision {
    /// Of a law.
    pub fn of(law: &Law) -> Precision {
        let bias = law.bias.iter().fold(0.0, |norm, x| f64::hypot(norm, *x));
        let bias = if law.is_biased() == Some(true) {
            bias
        } else {
            0.0
        };
        Precision {
            variance: Quantity::all(law.variance()),
            bias: bias.into(),
            standard_error: law.moments.trace().max(0.0).sqrt().into(),
        }
    }

    fn numbers(&self) -> Option<(f64, f64)> {
        Some((self.bias.value()?, self.standard_error.value()?))
    }

    /// How many trajectories make the root mean square error this small; `None` if the bias is
    /// larger.
    fn needs(&self, error: f64) -> Option<f64> {
        let (bias, deviation) = self.numbers()?;
        let left = error * error - bias * bias;
        (left > 0.0).then(|| (deviation * deviation / left).ceil().max(1.0))
    }
}

/// The section.
pub fn section(subject: &Subject) -> Markup {
    let norm = subject.gradient.as_ref().ok().map(|report| {
        let entries = report.gradient.iter().filter_map(Quantity::value);
        entries.fold(0.0, f64::hypot)
    });
    let body = match (&subject.estimators, norm) {
        (Ok(list), Some(norm)) => html! {
            p { "The exact law of each estimator’s contribution from one " (trajectory(list)) ": nothing here is sampled." }
            @if different(list).iter().any(|&(_, bias, error)| bias > 0.0 || error > 0.0) {
                (parts::figures(html! {
                    (parts::figure(&curves(list, norm).draw(), "Error against trajectories", &reading(list)))
                }))
            }
            (rows(list, norm))
        },
        (Err(why), _) => parts::absent("No laws of estimators", why),
        (_, None) => parts::absent("No laws of estimators", "there is no gradient to estimate"),
    };
    parts::section("estimators", "The sampled estimators", body)
}

/// Those that differ: of several with the same bias and the same error the first.
fn different(list: &[Estimated]) -> Vec<(&str, f64, f64)> {
    let mut found: Vec<(&str, f64, f64)> = Vec::new();
    for one in list {
        let Some((bias, error)) = one.precision.as_ref().and_then(Precision::numbers) else {
            continue;
        };
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        if !found
            .iter()
            .any(|&(_, b, e)| near(b, bias) && near(e, error))
        {
            found.push((&one.name, bias, error));
        }
    }
    found.truncate(LOOKS);
    found
}

/// What one contribution is made of.
fn trajectory(list: &[Estimated]) -> String {
    match list.iter().find_map(|one| one.truncation) {
        Some(steps) => format!("run of {steps} steps from the long run"),
        None => "trajectory".to_string(),
    }
}

/// How the curves are read, and which of the list they are.
fn reading(list: &[Estimated]) -> String {
    let all = list.iter().filter(|one| one.precision.is_some()).count();
    let drawn = different(list).len();
    let which = if all > drawn {
        format!("; {drawn} of {all} estimators, the others have the law of one of these")
    } else {
        String::new()
    };
    format!("√(tr Σ/N + ‖bias‖²), exact; a bias is a floor{which}")
}

fn curves(list: &[Estimated], norm: f64) -> Curves {
    const DECADES: i32 = 6;
    let curve = |(name, bias, error): (&str, f64, f64)| Curve {
        name: name.to_string(),
        points: (0..=4 * DECADES)
            .map(|i| 10f64.powf(f64::from(i) / 4.0))
            .map(|n| (n, (error * error / n + bias * bias).sqrt()))
            .collect(),
        band: Vec::new(),
        marks: Vec::new(),
    };
    Curves {
        title: "the root mean square error of each estimator against the number of trajectories"
            .into(),
        x: ("trajectories N".into(), Kind::Logarithmic),
        y: ("root mean square error".into(), Kind::Logarithmic),
        window: (f64::NEG_INFINITY, f64::INFINITY),
        curves: different(list).into_iter().map(curve).collect(),
        levels: if norm > 0.0 {
            vec![("‖∇J‖, an error of 100 %".to_string(), norm).into()]
        } else {
            Vec::new()
        },
    }
}

fn rows(list: &[Estimated], norm: f64) -> Markup {
    let row = |one: &Estimated| {
        let name = html! { (one.name) };
        let Some(precision) = &one.precision else {
            let why = one.absent.as_deref().unwrap_or_default();
            // the reason names the estimator once more
            let own = why.strip_prefix(&format!("`{}`: ", one.name));
            return vec![name, html! { (own.unwrap_or(why)) }];
        };
        let needs = match precision.needs(0.1 * norm) {
            _ if norm == 0.0 => html! { "∇J = 0" },
            Some(n) => html! { (short(n, 3)) },
            None => html! { "never: biased" },
        };
        vec![
            name,
            parts::number(&precision.bias, 4),
            parts::number(&precision.standard_error, 4),
            needs,
        ]
    };
    let rows: Vec<Vec<Markup>> = list.iter().map(row).collect();
    let columns = [
        "estimator",
        "‖bias‖",
        "standard error of one",
        "trajectories for an error of 10 %",
    ];
    parts::table("the estimators", &columns, 1, &rows)
}
