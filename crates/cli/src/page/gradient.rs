//! ∇J: its largest entries, how far the routes to it agree, and in which states it is large.

use exact_mdp::report::{GradientReport, Quantity};
use maud::{Markup, html};

use super::values::GREATEST;
use super::{Subject, parts};
use crate::picture::bars::{Bars, Row};
use crate::picture::{Picture, digits, short};

/// The section.
pub fn section(subject: &Subject) -> Markup {
    let body = match &subject.gradient {
        Ok(report) if report.gradient.is_empty() => html! { p { "The policy has no parameters." } },
        Ok(report) => html! {
            (parts::figures(html! {
                (parts::figure(&largest(subject, report), "∇J", "the derivative of J in every parameter; the largest first"))
                div { h3 { "The routes to it" } (agreement(report)) (routes(report)) }
            }))

        },
        Err(why) => parts::absent("No gradient", why),
    };
    parts::section("gradient", "The policy gradient", body)
}

fn largest(subject: &Subject, report: &GradientReport) -> Picture {
    let gradient = &report.gradient;
    let size = |k: usize| gradient[k].value().map_or(0.0, f64::abs);
    let mut order: Vec<usize> = (0..gradient.len()).collect();
    order.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    let labels = &report.head.policy.parameters;
    let space = &subject.scene.space;
    let one_each = labels.len() == space.pairs();
    let row = |&k: &usize| Row {
        // a parameter of a pair belongs to its state
        state: one_each.then(|| space.state_of(k)),
        index: k,
        name: labels[k].clone(),
        value: gradient[k].clone(),
        error: None,
        title: format!("∂J/∂θ of {} = {}", labels[k], digits(&gradient[k])),
    };
    let shown = GREATEST.min(order.len());
    let all = if shown == order.len() {
        format!("all {shown} parameters")
    } else {
        format!("the largest {shown} of {}", order.len())
    };
    let bars = Bars {
        title: "the entries of the gradient".to_string(),
        source: "gradient/gradient".to_string(),
        axis: format!("∂J/∂θ, {all}"),
        rows: order.iter().take(shown).map(row).collect(),
    };
    bars.draw()
}

fn agreement(report: &GradientReport) -> Markup {
    let (most, allowed) = (&report.max_disagreement, &report.tolerance);
    let agree = match (most.value(), allowed.value()) {
        (Some(most), Some(allowed)) => most <= allowed,
        _ => false,
    };
    html! {
        p {
            strong class=(if agree { "good" } else { "bad" }) { (if agree { "✓ The exact routes agree" } else { "✗ The exact routes disagree" }) }
            ": they differ by " (parts::number(most, 3)) " at most; rounding can account for " (parts::number(allowed, 3)) "."
        }
    }
}

/// How far each route is from the adjoint one.
fn routes(report: &GradientReport) -> Markup {
    let rows: Vec<Vec<Markup>> = report
        .routes
        .iter()
        .map(|route| {
            let difference = route.gradient.as_ref().map(|found| {
                let entries = found.iter().zip(&report.gradient);
                let apart = entries.filter_map(|(a, b)| Some((a.value()? - b.value()?).abs()));
                apart.fold(0.0, f64::max)
            });
            let difference = match difference {
                Some(apart) => html! { (short(apart, 3)) },
                None => html! { (route.absent.unwrap_or("–")) },
            };
            vec![html! { (route.route.name()) }, difference]
        })
        .collect();
    let bound = report.finite_difference_error_bound.as_ref();
    let bound = bound.and_then(|bounds| {
        let bounds = bounds.iter().filter_map(Quantity::value);
        bounds.reduce(f64::max)
    });
    html! {
        (parts::table("the routes to the gradient", &["route", "largest difference from adjoint"], 1, &rows))
        @if let Some(bound) = bound {
            p class="units" { "Finite differences are off by their own error, at most " (short(bound, 2)) " here." }
        }
    }
}
