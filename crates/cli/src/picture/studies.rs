//! The main picture of each study: v with the policy, v* with an optimal one, ∇J.

use exact_mdp::report::{EvaluationReport, GradientReport, OptimumReport, Quantity};

use super::bars::{Bars, Row};
use super::scale::Scale;
use super::states::{Policy, States};
use super::{Picture, Scene, digits};
use crate::table::Letters;

/// So many bars show the greatest of many.
pub const GREATEST: usize = 30;

/// The values of a policy, with the policy where there is a map.
pub fn values(scene: &Scene, report: &EvaluationReport) -> Picture {
    let states = States {
        scene,
        letter: Letters::of(report).v,
        source: "evaluate/v",
        values: &report.v,
        scale: Scale::of_signed(report.v.iter().filter_map(Quantity::value)),
        policy: Some(Policy {
            probabilities: &report.head.policy.probabilities,
            source: "evaluate/policy/probabilities",
        }),
    };
    states.draw()
}

/// The optimal values, with an optimal policy where there is a map.
pub fn optimum(scene: &Scene, report: &OptimumReport) -> Picture {
    let letter = match (&report.gain, &report.v_by_time) {
        (Some(_), _) => "h*(s)",
        (_, Some(_)) => "v₀*(s)",
        _ => "v*(s)",
    };
    let states = States {
        scene,
        letter,
        source: "solve/v",
        values: &report.v,
        scale: Scale::of_signed(report.v.iter().filter_map(Quantity::value)),
        policy: Some(Policy {
            probabilities: &report.head.policy.probabilities,
            source: "solve/policy/probabilities",
        }),
    };
    states.draw()
}

/// The largest entries of ∇J.
pub fn gradient(report: &GradientReport) -> Picture {
    let gradient = &report.gradient;
    let size = |k: usize| gradient[k].value().map_or(0.0, f64::abs);
    let mut order: Vec<usize> = (0..gradient.len()).collect();
    order.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    let labels = &report.head.policy.parameters;
    let space = &report.head.space;
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
