//! The gradient for people: the entries, the other routes' differences from them, a verdict.

use super::GradientReport;
use crate::report::Quantity;
use crate::report::table::{self, Columns, View};

/// Title, J, the entries by route, the agreement, and the matrices that were asked for.
pub(super) fn text(report: &GradientReport, view: &View) -> String {
    let mut text = table::title(&report.head, view);
    text += &format!("J = {}\n\n", table::short(report.j, view.digits));
    text += &entries(report, view);
    text += &agreement(report, view);
    if let Some(natural) = &report.natural {
        text += &format!(
            "\n{}\n{}",
            view.title("natural gradient"),
            vector(report, natural, view)
        );
    }
    let parameters = &report.head.policy.parameters;
    for (name, matrix) in [
        ("Hessian ∇²J", &report.hessian),
        ("Fisher matrix", &report.fisher),
    ] {
        if let Some(matrix) = matrix {
            text += &format!(
                "\n{}\n{}",
                view.title(name),
                table_of(parameters, parameters, matrix, view)
            );
        }
    }
    if let Some(jacobian) = &report.jacobian {
        let states: Vec<String> = report
            .head
            .space
            .state_names()
            .iter()
            .map(Into::into)
            .collect();
        let title = view.title("Jacobian ∇v, one row per state");
        text += &format!(
            "\n{title}\n{}",
            table_of(&states, parameters, jacobian, view)
        );
    }
    text
}

/// ∇J, and of every other route its difference from it.
fn entries(report: &GradientReport, view: &View) -> String {
    let parameters = &report.head.policy.parameters;
    let (shown, note) = view.rows(parameters.len());
    let gradient = &report.gradient[..shown];
    let mut columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("∂J/∂θ", gradient, view.digits);
    for route in report.routes.iter().filter(|route| route.name != ADJOINT) {
        let header = format!("{} −", route.name);
        let differences = match &route.gradient {
            Some(other) => gradient
                .iter()
                .zip(other)
                .map(|(&x, &y)| scientific(difference(y, x)))
                .collect(),
            None => vec!["–".to_string(); shown],
        };
        columns = columns.right(&header, differences);
    }
    format!(
        "{}{}∂J/∂θ by the adjoint route, in units of reward; `route −`: that route's difference from it\n\n",
        columns.render(),
        note.unwrap_or_default()
    )
}

const ADJOINT: &str = "adjoint";
const FINITE_DIFFERENCE: &str = "finite-difference";

/// How far each route is from the adjoint one, and whether rounding explains it.
fn agreement(report: &GradientReport, view: &View) -> String {
    let largest = |values: &[Quantity]| {
        values
            .iter()
            .filter_map(|x| x.value())
            .map(f64::abs)
            .fold(0.0, f64::max)
    };
    let scale = largest(&report.gradient);
    let others = || report.routes.iter().filter(|route| route.name != ADJOINT);
    let distance = |route: &super::RouteReport| {
        let differences = route.gradient.as_ref().map(|other| {
            let pairs = report.gradient.iter().zip(other);
            pairs.map(|(&x, &y)| difference(y, x)).collect::<Vec<_>>()
        });
        differences.map(|differences| largest(&differences))
    };
    let tolerance = |route: &super::RouteReport| match route.name {
        FINITE_DIFFERENCE => report.finite_difference_tolerance,
        _ => report.tolerance,
    };
    let verdict = |route: &super::RouteReport| match (distance(route), tolerance(route).value()) {
        (None, _) => "does not exist here".to_string(),
        (Some(distance), Some(tolerance)) if distance <= tolerance => view.verdict("agrees", true),
        _ => view.verdict("DISAGREES", false),
    };
    let columns = Columns::new()
        .text("route", others().map(|r| r.name.to_string()).collect())
        .right(
            "largest difference",
            others()
                .map(|r| distance(r).map_or("–".into(), |x| scientific(x.into())))
                .collect(),
        )
        .right(
            "digits",
            others()
                .map(|r| distance(r).map_or("–".into(), |x| agreed_digits(x, scale)))
                .collect(),
        )
        .right(
            "tolerance",
            others().map(|r| scientific(tolerance(r))).collect(),
        )
        .text("verdict", others().map(verdict).collect());
    format!(
        "{}The routes that are exact up to rounding disagree by at most {}; rounding explains {}.\n",
        columns.render(),
        scientific(report.max_disagreement),
        scientific(report.tolerance),
    )
}

fn difference(x: Quantity, y: Quantity) -> Quantity {
    match (x.value(), y.value()) {
        (Some(x), Some(y)) => Quantity::from(x - y),
        _ => Quantity::Undefined,
    }
}

/// Two digits of a difference; its size is what counts.
fn scientific(x: Quantity) -> String {
    match x.value() {
        None => "–".to_string(),
        Some(0.0) => "0".to_string(),
        Some(x) => format!("{x:.1e}"),
    }
}

/// −log₁₀ of the difference relative to the largest entry.
fn agreed_digits(distance: f64, scale: f64) -> String {
    match distance / scale {
        ratio if ratio > 0.0 && ratio.is_finite() => format!("{:.1}", -ratio.log10()),
        _ if distance == 0.0 => "all".to_string(),
        _ => "–".to_string(),
    }
}

fn vector(report: &GradientReport, values: &[Quantity], view: &View) -> String {
    let parameters = &report.head.policy.parameters;
    let (shown, note) = view.rows(parameters.len());
    let columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("value", &values[..shown], view.digits);
    columns.render() + &note.unwrap_or_default()
}

/// A matrix with names on its sides; only as much of it as is legible, unless all is wanted.
fn table_of(rows: &[String], names: &[String], matrix: &[Vec<Quantity>], view: &View) -> String {
    const COLUMNS: usize = 8;
    let (shown, note) = view.rows(rows.len());
    let width = match view.all {
        true => names.len(),
        false => names.len().min(COLUMNS),
    };
    let mut columns = Columns::new().text("", rows[..shown].to_vec());
    for (k, name) in names.iter().enumerate().take(width) {
        let column: Vec<Quantity> = matrix[..shown].iter().map(|row| row[k]).collect();
        columns = columns.numbers(name, &column, view.digits);
    }
    let more = match names.len() - width {
        0 => String::new(),
        more => format!("… {more} more columns; --all shows them\n"),
    };
    columns.render() + &note.unwrap_or_default() + &more
}
