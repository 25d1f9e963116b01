//! The optimum with its bound, and what the policy falls short of it.

use exact_mdp::report::{OptimumReport, Quantity};
use maud::{Markup, html};

use super::{Subject, parts};
use exact_mdp_pictures::numerals;
use exact_mdp_pictures::scale::Scale;
use exact_mdp_pictures::states::States;
use exact_mdp_pictures::studies;

/// The section.
pub fn section(subject: &Subject) -> Markup {
    let body = match &subject.optimum {
        Ok(report) => html! {
            (certainty(subject, report))
            @if !subject.complete { p { "J* is that of all policies, which the class of this one need not hold." } }
            @if let Some(note) = &subject.of_whom { p { (note.trim_start_matches("note: ")) "." } }
            (parts::figures(html! { (value(subject, report)) (shortfall(subject, report)) }))
        },
        Err(why) => parts::absent("No optimum", why),
    };
    parts::section("optimum", "The optimum", body)
}

fn certainty(subject: &Subject, report: &OptimumReport) -> Markup {
    let gap = match (report.j.value(), subject.evaluation.j.value()) {
        (Some(best), Some(own)) => Quantity::from((best - own).abs()),
        _ => Quantity::Undefined,
    };
    let letter = if report.gain.is_some() { "g" } else { "v" };
    html! {
        p {
            "J* = " strong { (parts::number(&report.j, 6)) } ", the policy is "
            (parts::number(&gap, 4)) " away. "
            @match (report.error_bound.value(), &report.own_bounds) {
                (Some(_), Some(own)) => {
                    "Certified: J* within " (parts::number(&own.j.into(), 2)) ", " (letter) "* within "
                    (parts::number(&report.error_bound, 2)) " in every state"
                }
                (Some(_), None) => { "Certified: |" (letter) " − " (letter) "*| ≤ " (parts::number(&report.error_bound, 2)) " in every state" }
                (None, _) => { "No bound on the error could be certified" }
            }
            " (" (report.method.name().replace('-', " ")) ", " (numerals::count(report.iterations, "iteration"))
            ", stopped: " (report.stop.name().replace('-', " ")) ")."
        }
    }
}

fn value(subject: &Subject, report: &OptimumReport) -> Markup {
    let heading = if report.gain.is_some() {
        "Optimal bias"
    } else {
        "Optimal value"
    };
    let note = if subject.scene.grid().is_some() {
        "and an optimal policy"
    } else {
        ""
    };
    parts::figure(&studies::optimum(&subject.scene, report), heading, note)
}

/// v* − v, or g* − g.
fn shortfall(subject: &Subject, report: &OptimumReport) -> Markup {
    let own = &subject.evaluation;
    let (best, own, letter): (&[Quantity], &[Quantity], _) = match (&report.gain, &own.gain) {
        (Some(best), Some(own)) => (best, own, "g*(s) − g(s)"),
        _ => (&report.v, &own.v, "v*(s) − v(s)"),
    };
    let difference = |(best, own): (&Quantity, &Quantity)| match (best.value(), own.value()) {
        (Some(best), Some(own)) => Quantity::from(best - own),
        _ => Quantity::Undefined,
    };
    // each is known to its bound, or to what rounding may do to the last digits of what is subtracted
    const DIGITS: f64 = 1e-12;
    let largest = best.iter().filter_map(Quantity::value);
    let largest = largest.fold(0.0, |most: f64, x| most.max(x.abs()));
    let errors = [report.rounding(), subject.evaluation.value_error];
    let errors: f64 = errors.into_iter().flatten().sum();
    let differences: Vec<Quantity> = best.iter().zip(own).map(difference).collect();
    let states = States {
        scene: &subject.scene,
        letter,
        source: "difference",
        values: &differences,
        scale: Scale::of_signed(
            differences.iter().filter_map(Quantity::value),
            Some(errors + DIGITS * largest),
        ),
        policy: None,
    };
    parts::figure(
        &states.draw(),
        "What the policy leaves",
        "where an optimal policy would do better from here on",
    )
}
