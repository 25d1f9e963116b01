//! Actions in an order: summation by parts, moved actions, two critics, splines.

use exact_mdp::continuous::{displaced, summed_by_parts};
use exact_mdp::gradient::deterministic::WeightedRule;

use super::Fault;

/// What rests on an order of the actions.
#[rustfmt::skip]
pub const CONTINUOUS: &[Fault] = &[
    Fault { name: "∇J by moved actions: from the other end", caught_by: &["reparametrized-gradient"], plant: |c| {
        c.formulas.by_parts = |policy, order, q| {
            let turned: Vec<f64> = q.iter().map(|x| -x).collect();
            summed_by_parts(policy, order, &turned)
        };
    } },
    Fault { name: "moved actions: each jump in full at both sides", caught_by: &["reparametrized-samples"], plant: |c| {
        c.formulas.displaced = |policy, order, q| {
            let twice: Vec<f64> = q.iter().map(|x| 2.0 * x).collect();
            displaced(policy, order, &twice)
        };
    } },
    Fault { name: "two critics: the first step errs too", caught_by: &["minimum-of-critics"], plant: |c| {
        c.formulas.minimum_bias = |at| {
            let mut found = at.minimum_bias()?;
            found.q.iter_mut().for_each(|x| *x += 1.0);
            Ok(found)
        };
    } },
];

/// Rules between three actions or more.
#[rustfmt::skip]
pub const SPLINES: &[Fault] = &[
    Fault { name: "rule between actions: by two of them", caught_by: &["spline-rule"], plant: |c| {
        c.formulas.spline = WeightedRule::interpolated;
    } },
];
