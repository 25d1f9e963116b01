//! Probabilities within sets, and the terms of values near discount 1.

use std::sync::Arc;

use exact_mdp::control::sensitive::{expansion, n_discount};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Criterion;
use exact_mdp::number::Rational;
use exact_mdp::robust::{Nature, Uncertain, UncertaintyNorm};

use super::Fault;

/// Robust values.
#[rustfmt::skip]
pub const ROBUST: &[Fault] = &[
    Fault { name: "robust values: nature helps", caught_by: &["robust-between", "robust-equation"], plant: |c| {
        c.formulas.robust = |mdp, nature, radius| {
            let other = match nature { Nature::Kind => Nature::Adverse, Nature::Adverse => Nature::Kind };
            Uncertain::within(Arc::clone(mdp), UncertaintyNorm::L1, &radius)?.solve(other, None, &SolverOptions::default())
        };
    } },
    Fault { name: "robust values: ε in total variation, not in Σ|p − p̄|", caught_by: &["robust-equation"], plant: |c| {
        c.formulas.robust = |mdp, nature, radius| {
            Uncertain::within(Arc::clone(mdp), UncertaintyNorm::L1, &(2.0 * radius))?.solve(nature, None, &SolverOptions::default())
        };
    } },
    Fault { name: "nature's p: that of the model", caught_by: &["robust-kernel"], plant: |c| {
        c.formulas.robust = |mdp, nature, radius| {
            let mut found = Uncertain::within(Arc::clone(mdp), UncertaintyNorm::L1, &radius)?.solve(nature, None, &SolverOptions::default())?;
            found.kernel = mdp.p().clone();
            Ok(found)
        };
    } },
    Fault { name: "robust values: a radius of ε + 1/20", caught_by: &["robust-without-radius", "robust-equation"], plant: |c| {
        c.formulas.robust = |mdp, nature, radius| {
            Uncertain::within(Arc::clone(mdp), UncertaintyNorm::L1, &(radius + 0.05))?.solve(nature, None, &SolverOptions::default())
        };
    } },
    Fault { name: "robust values over a horizon: a step too late", caught_by: &["robust-horizon"], plant: |c| {
        c.formulas.robust = |mdp, nature, radius| {
            let mut found = Uncertain::within(Arc::clone(mdp), UncertaintyNorm::L1, &radius)?.solve(nature, None, &SolverOptions::default())?;
            if let Some(tables) = &mut found.by_time {
                tables.v.rotate_left(1);
            }
            Ok(found)
        };
    } },
    Fault { name: "robust operator: √γ in the place of γ", caught_by: &["robust-contraction"], plant: |c| {
        c.formulas.robust_sweep = |mdp, nature, radius, v| {
            let discount = mdp.discount().sqrt();
            let other = mdp.as_ref().clone().with_criterion(Criterion::Discounted { discount })?;
            let left = Uncertain::within(Arc::new(other), UncertaintyNorm::L1, &radius)?.residual(nature, None, v)?;
            Ok(left.iter().zip(v).map(|(left, v)| left + v).collect())
        };
    } },
];

/// Robust gains.
#[rustfmt::skip]
pub const GAINS: &[Fault] = &[
    Fault { name: "robust gain: that of the model", caught_by: &["robust-average"], plant: |c| {
        c.formulas.robust = |mdp, nature, radius| {
            let own = Uncertain::within(Arc::clone(mdp), UncertaintyNorm::L1, &0.0)?.solve(nature, None, &SolverOptions::default())?;
            let mut found = Uncertain::within(Arc::clone(mdp), UncertaintyNorm::L1, &radius)?.solve(nature, None, &SolverOptions::default())?;
            found.gain = own.gain;
            Ok(found)
        };
    } },
];

/// Terms of values near discount 1.
#[rustfmt::skip]
pub const SENSITIVE: &[Fault] = &[
    Fault { name: "terms near discount 1: D without its sign", caught_by: &["laurent-terms"], plant: |c| {
        c.formulas.expansion = |mdp, policy, order| {
            let mut y = expansion(mdp, policy, order)?;
            y.iter_mut().skip(2).step_by(2).for_each(|term| term.iter_mut().for_each(|x| *x = -*x));
            Ok(y)
        };
    } },
    Fault { name: "n-discount optimality: the smallest terms", caught_by: &["n-discount-dominates", "blackwell-is-n-discount"], plant: |c| {
        c.formulas.n_discount = |mdp, order| {
            let costs = mdp.r().iter().map(|r| -r.clone()).collect();
            let mut found = n_discount(&mdp.clone().with_rewards(costs).expect("as many"), order)?;
            found.terms.iter_mut().flatten().for_each(|x| *x = -x.clone());
            Ok(found)
        };
    } },
    Fault { name: "n-discount optimality: a term that is too large", caught_by: &["blackwell-is-n-discount"], plant: |c| {
        c.formulas.n_discount = |mdp, order| {
            let mut found = n_discount(mdp, order)?;
            found.terms.iter_mut().skip(2).flatten().for_each(|x| *x += Rational::ONE);
            Ok(found)
        };
    } },
];
