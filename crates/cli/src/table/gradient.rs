//! The gradient for people: the entries, the other routes' differences from them, a verdict.

mod beside;
mod entropy;
mod evolution;
mod sensitivity;

use crate::table::{self, Columns, Readable, View};
use exact_mdp::gradient::Route;
use exact_mdp::report::{GradientReport, Matrix, Quantity, RouteReport};

impl Readable for GradientReport {
    fn table(&self, view: &View) -> String {
        text(self, view)
    }
}

/// Title, J, the entries by route, the agreement, and the Jacobian if it was asked for.
fn text(report: &GradientReport, view: &View) -> String {
    let mut text = table::title(&report.head, view);
    text += &format!("J = {}\n\n", table::within(&report.j, report.j_error, view));
    text += &entries(report, view);
    text += &agreement(report, view);
    text += &verdict(report, view);
    text += &asked_for(report, view);
    text + "\n" + &table::solved(&report.solver) + &table::certified(report.bounds.as_ref())
}

/// ∇J, and of every other route its difference from it.
fn entries(report: &GradientReport, view: &View) -> String {
    let parameters = &report.head.policy.parameters;
    let (shown, note) = view.rows(parameters.len());
    let gradient = &report.gradient[..shown];
    let error = report.gradient_error;
    let mut columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("∂J/∂θ", &table::settled(gradient, error), view.digits);
    for (route, other) in others(report).filter_map(|r| Some((r.route, r.gradient.as_ref()?))) {
        let differences = gradient.iter().zip(other);
        let cells = differences.map(|(x, y)| table::size(&difference(y, x)));
        columns = columns.right(&format!("{} −", route.name()), cells.collect());
    }
    format!(
        "{}{}∂J/∂θ by the adjoint route, in units of reward; `−`: another route's difference from it\n{}\n",
        columns.render(view),
        note.unwrap_or_default(),
        table::as_zero(&[("∂J/∂θ", gradient, error)])
    )
}

/// How far each route is from the adjoint one, and whether its error bound explains it.
fn agreement(report: &GradientReport, view: &View) -> String {
    let compared: Vec<_> = others(report)
        .map(|route| Compared::new(report, route))
        .collect();
    let cells = |cell: fn(&Compared) -> String| compared.iter().map(cell).collect();
    let verdict = |c: &Compared| match c.verdict {
        "agrees" => view.verdict(c.verdict, true),
        "DISAGREES" | "NOT FINITE" => view.verdict(c.verdict, false),
        absent => absent.to_string(),
    };
    Columns::new()
        .text("route", cells(|c| c.route.name().to_string()))
        .right("largest difference", cells(|c| table::size(&c.distance)))
        .right("of at most", cells(|c| table::size(&c.bound)))
        .right("digits", cells(|c| c.digits.clone()))
        .text("verdict", compared.iter().map(verdict).collect())
        .render(view)
}

/// The verdict where an error bound is as large as ∇J.
const UNKNOWN: &str = "cannot be told";

/// One route beside the adjoint.
struct Compared {
    route: Route,
    /// The largest difference.
    distance: Quantity,
    /// What its error can account for, where the difference is largest relative to that.
    bound: Quantity,
    /// How many digits of the largest entry agree.
    digits: String,
    verdict: &'static str,
}

impl Compared {
    fn new(report: &GradientReport, route: &RouteReport) -> Compared {
        let Some(other) = &route.gradient else {
            return Compared::without_numbers(route, route.absent.unwrap_or_default());
        };
        let entries = report.gradient.iter().zip(other);
        let differences = entries.map(|(x, y)| difference(y, x).value().map(f64::abs));
        let Some(differences) = differences.collect::<Option<Vec<f64>>>() else {
            return Compared::without_numbers(route, "NOT FINITE");
        };
        let bound = |k: usize| error_bound(report, route.route, k);
        let apart = differences.iter().copied().enumerate();
        let (worst, distance) =
            apart.clone().fold(
                (0, 0.0),
                |worst, at| {
                    if at.1 > worst.1 { at } else { worst }
                },
            );
        let agrees = apart.clone().all(|(k, distance)| distance <= bound(k));
        let scale = report.size();
        let verdict = if !agrees {
            "DISAGREES"
        } else if bound(worst) < scale || (distance == 0.0 && scale == 0.0) {
            "agrees"
        } else {
            UNKNOWN
        };
        Compared {
            route: route.route,
            distance: distance.into(),
            bound: bound(worst).into(),
            digits: match verdict {
                UNKNOWN => "–".to_string(),
                _ => agreed_digits(distance, scale),
            },
            verdict,
        }
    }

    fn without_numbers(route: &RouteReport, verdict: &'static str) -> Compared {
        Compared {
            route: route.route,
            distance: Quantity::Undefined,
            bound: Quantity::Undefined,
            digits: String::new(),
            verdict,
        }
    }
}

/// What the errors of a route and of the adjoint can account for in entry k; nothing, where a bound
/// is not known or, without parameters, there is no entry.
fn error_bound(report: &GradientReport, route: Route, k: usize) -> f64 {
    let own = match (&report.finite_difference_error_bound, route) {
        (Some(bounds), Route::FiniteDifference) => bounds.get(k).and_then(Quantity::value),
        _ => None,
    };
    own.unwrap_or(0.0) + report.tolerance.value().unwrap_or(0.0)
}

fn verdict(report: &GradientReport, view: &View) -> String {
    let computed = others(report).filter(|route| route.gradient.is_some());
    let apart: Vec<_> = computed
        .map(|route| Compared::new(report, route))
        .filter(|route| !["agrees", UNKNOWN].contains(&route.verdict))
        .map(|route| route.route.name())
        .collect();
    let count = others(report).filter(|r| r.gradient.is_some()).count();
    let words = match (apart.is_empty(), count) {
        (true, 0) => "Only the adjoint route was computed: nothing confirms it here.".to_string(),
        (true, _) if report.agreement() == "cannot-be-told" => {
            "Cannot be told whether the routes agree: rounding may explain as much as there is of ∇J, no digit is certain.".to_string()
        }
        (true, _) => view.verdict("All routes agree as far as their errors allow.", true),
        (false, _) => view.verdict(&format!("DISAGREES: {}", apart.join(", ")), false),
    };
    if count == 0 {
        return words + "\n";
    }
    format!(
        "The routes that are exact up to rounding differ by at most {}; rounding may explain {}.\n{words}\n",
        table::size(&report.max_disagreement),
        table::size(&report.tolerance),
    )
}

fn others(report: &GradientReport) -> impl Iterator<Item = &RouteReport> {
    let routes = report.routes.iter();
    routes.filter(|route| route.route != Route::Adjoint)
}

fn difference(x: &Quantity, y: &Quantity) -> Quantity {
    match (x, y) {
        (Quantity::Exact(x), Quantity::Exact(y)) => Quantity::of(&(&**x - &**y)),
        _ => match (x.value(), y.value()) {
            (Some(x), Some(y)) => Quantity::from(x - y),
            _ => Quantity::Undefined,
        },
    }
}

/// −log₁₀ of the difference relative to the largest entry.
fn agreed_digits(distance: f64, scale: f64) -> String {
    match distance / scale {
        ratio if ratio > 0.0 && ratio.is_finite() => format!("{:.1}", -ratio.log10()),
        _ if distance == 0.0 => "all".to_string(),
        _ => "none".to_string(),
    }
}

/// What was asked for beside the gradient.
fn asked_for(report: &GradientReport, view: &View) -> String {
    let parameters: &[String] = &report.head.policy.parameters;
    let mut text = String::new();
    if let Some(Some(natural)) = &report.natural {
        let rank = report.fisher_rank.unwrap_or_default();
        let title = format!("Natural gradient F⁺∇J, F of rank {rank}");
        let (shown, note) = view.rows(parameters.len());
        let columns = Columns::new()
            .text("parameter", parameters[..shown].to_vec())
            .numbers(
                "F⁺∇J",
                &table::settled(&natural[..shown], report.natural_error),
                view.digits,
            );
        let (columns, note) = (columns.render(view), note.unwrap_or_default());
        text += &format!("\n{}\n{columns}{note}", view.title(&title));
    }
    let names = report.head.space.state_names().iter();
    let states: Vec<String> = names.map(Into::into).collect();
    let fisher = report.fisher.as_ref().and_then(|found| found.as_ref());
    let jacobian = match report.head.criterion.kind {
        "average" => "Jacobian ∂g(s)/∂θ",
        "finite-horizon" => "Jacobian ∂v₀(s)/∂θ",
        _ => "Jacobian ∂v(s)/∂θ",
    };
    let matrices = [
        (
            jacobian,
            &states[..],
            report.jacobian.as_ref(),
            report.jacobian_error,
        ),
        (
            "Hessian ∂²J/∂θ²",
            parameters,
            report.hessian.as_ref(),
            report.hessian_error,
        ),
        ("Fisher matrix F", parameters, fisher, None),
    ];
    let absent = [
        (
            "Natural gradient F⁺∇J",
            matches!(report.natural, Some(None)),
        ),
        ("Fisher matrix F", matches!(report.fisher, Some(None))),
    ];
    for (title, _) in absent.into_iter().filter(|(_, absent)| *absent) {
        let none = "does not exist: an action of probability 0 has no score";
        text += &format!("\n{}\n{none}\n", view.title(title));
    }
    for (title, rows, matrix, error) in matrices {
        if let Some(matrix) = matrix {
            text += &format!("\n{}\n", view.title(title));
            text += &matrix_table(rows, parameters, (matrix, error), view);
        }
    }
    if let Some(error) = report.hessian_error {
        text += &format!(
            "an entry of the Hessian ± {}: rounding\n",
            table::short(&error.into(), 2)
        );
    }
    text + &beside(report, view)
}

/// Other objectives, other variables, and the route that is biased by design.
fn beside(report: &GradientReport, view: &View) -> String {
    let mut text = String::new();
    if let Some(entropy) = &report.entropy {
        text += &entropy::text(entropy, &report.gradient, &report.head, view);
    }
    if let Some(risk) = &report.risk {
        text += &beside::risk(risk, &report.gradient, &report.head, view);
    }
    if let Some(excursion) = &report.excursion {
        text += &beside::excursion(excursion, &report.head, view);
    }
    if let Some(surrogate) = &report.surrogate {
        text += &beside::surrogate(surrogate, &report.gradient, &report.head, view);
    }
    if let Some(rates) = &report.toward_actions {
        text += &beside::toward_actions(report, rates, view);
    }
    for sensitivity in &report.with_respect_to {
        text += &sensitivity::text(sensitivity, view);
    }
    if let Some(evolution) = &report.evolution {
        text += &evolution::text(
            evolution,
            &report.gradient,
            &report.head.policy.parameters,
            view,
        );
    }
    text
}

/// A matrix with names on its sides; only as much of it as is legible, unless all is wanted.
fn matrix_table(
    rows: &[String],
    names: &[String],
    (matrix, error): (&Matrix, Option<f64>),
    view: &View,
) -> String {
    const COLUMNS: usize = 8;
    let (shown, note) = view.rows(rows.len());
    let width = if view.all {
        names.len()
    } else {
        names.len().min(COLUMNS)
    };
    let matrix: Vec<Vec<Quantity>> = matrix.rows().take(shown).collect();
    let mut columns = Columns::new().text("", rows[..shown].to_vec());
    for (k, name) in names.iter().enumerate().take(width) {
        let column: Vec<Quantity> = matrix
            .iter()
            .map(|row| table::seen(&row[k], error))
            .collect();
        columns = columns.numbers(name, &column, view.digits);
    }
    let more = match names.len() - width {
        0 => String::new(),
        more => format!("… {more} more columns; --all shows them\n"),
    };
    columns.render(view) + &note.unwrap_or_default() + &more
}
