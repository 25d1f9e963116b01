//! Actions in an order: summation by parts, moved actions, two critics, splines.

use exact_mdp::continuous::{Squashing, displaced, summed_by_parts};
use exact_mdp::gradient::deterministic::WeightedRule;
use exact_mdp::gradient::greediness;

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

/// Actions that are numbers, squashed by tanh.
#[rustfmt::skip]
pub const SQUASHED: &[Fault] = &[
    Fault { name: "squashing: log cosh once, not twice", caught_by: &["squashing-jacobian"], plant: |c| {
        c.formulas.squashing = |at| {
            let mut found = at.squashing()?;
            found.entropy.iter_mut().for_each(|x| *x *= 0.5);
            found.j *= 0.5;
            found.gradient.iter_mut().for_each(|x| *x *= 0.5);
            Ok(found)
        };
    } },
    Fault { name: "squashing: the gradient of the present step alone", caught_by: &["squashing-jacobian"], plant: |c| {
        c.formulas.squashing = |at| {
            let found = at.squashing()?;
            let number = |pair| at.mdp().space().pair_names(pair).1.parse::<f64>().unwrap_or(0.0);
            let paid: Vec<f64> = (0..at.mdp().pairs()).map(|pair| 2.0 * number(pair).cosh().ln()).collect();
            let gradient = greediness::gradient(at.policy(), at.occupancy(), &paid)?;
            Ok(Squashing { gradient, ..found })
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
