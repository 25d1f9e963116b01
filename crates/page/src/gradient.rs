//! ∇J: its largest entries, how far the routes to it agree, and in which states it is large.

use exact_mdp::report::{GradientReport, Quantity};
use maud::{Markup, html};

use super::{Subject, parts};
use exact_mdp_pictures::short;
use exact_mdp_pictures::studies;

/// The section.
pub fn section(subject: &Subject) -> Markup {
    let body = match &subject.gradient {
        Ok(report) if report.gradient.is_empty() => html! { p { "The policy has no parameters." } },
        Ok(report) => html! {
            (parts::figures(html! {
                (parts::figure(&studies::gradient(report),  "∇J", "the derivative of J in every parameter; the largest first"))
                div { h3 { "The routes to it" } (agreement(report)) (routes(report)) }
            }))

        },
        Err(why) => parts::absent("No gradient", why),
    };
    parts::section("gradient", "The policy gradient", body)
}

fn agreement(report: &GradientReport) -> Markup {
    let (most, allowed) = (&report.max_disagreement, &report.tolerance);
    let (class, words) = match report.agreement() {
        "agrees" => ("good", "✓ The exact routes agree"),
        "disagrees" => ("bad", "✗ The exact routes disagree"),
        _ => ("bad", "✗ Whether the exact routes agree cannot be told"),
    };
    html! {
        p {
            strong class=(class) { (words) }
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
        @if report.routes.iter().any(|route| route.absent.is_some_and(|why| why.contains("class grows"))) {
            p class="units" {
                "A class grows: a state that is transient under π belongs to a recurrent class as soon as an action of probability 0 is taken. "
                "Dual numbers and complex steps eliminate the states class by class, as the classes are under π, and so leave this derivative to the other routes."
            }
        }
        @if let Some(bound) = bound {
            p class="units" { "Finite differences are off by their own error, at most " (short(bound, 2)) " here." }
        }
    }
}
