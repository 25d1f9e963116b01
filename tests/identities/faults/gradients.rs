//! ∇J and ∇v by every route, and the greediness gradient.

use exact_mdp::gradient::{FiniteDifference, complex_step, greediness};
use exact_mdp::linalg::SolverOptions;

use super::Fault;
use super::claims::{chain, discounted, pairing, scale, undiscounted};
use crate::identities::space;

/// ∇J, ∇v and ρ̃(q̃∇π).
#[rustfmt::skip]
pub const GRADIENTS: &[Fault] = &[
    Fault { name: "∇J: sign", caught_by: &["policy-gradient-theorem", "surrogate-gradient", "clipped-surrogate-gradient", "ascent-step", "any-step-ascends", "gradient-error-bound"], plant: |c| scale(&mut discounted(c).gradient, -1.0) },
    Fault { name: "∇J: normalised measure", caught_by: &["gradient-by-dual-numbers"], plant: |c| {
        let d = discounted(c);
        let mass: f64 = d.evaluation.occupancy.iter().sum();
        scale(&mut d.gradient, 1.0 / mass);
    } },
    Fault { name: "∇J: γᵗ dropped", caught_by: &["reward-to-go-mean", "gradient-by-complex-step", "gradient-by-finite-differences", "dropped-discount-bias"], plant: |c| {
        let q = c.discounted.as_ref().unwrap().evaluation.q.clone();
        discounted(c).gradient = pairing(c, &undiscounted(c), &q);
    } },
    Fault { name: "∇J: r instead of q", caught_by: &["nabla-log-form"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let gradient = pairing(c, &d.evaluation.occupancy, d.mdp.r());
        discounted(c).gradient = gradient;
    } },
    Fault { name: "∇J: ρ₀ instead of ρ", caught_by: &["gradient-from-the-start"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let gradient = pairing(c, d.mdp.initial(), &d.evaluation.q);
        discounted(c).gradient = gradient;
    } },
    Fault { name: "∇v: the future missing", caught_by: &["gradient-bellman-equation"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let mut jacobian = d.jacobian.as_ref().unwrap().clone();
        jacobian.fill(0.0);
        for i in 0..d.mdp.pairs() {
            for (k, x) in c.derivative.row(i) {
                jacobian[(d.mdp.space().state_of(i), k)] += d.evaluation.q[i] * x;
            }
        }
        discounted(c).jacobian = Ok(jacobian);
    } },
    Fault { name: "∇v: sign", caught_by: &["value-gradient-by-dual-numbers", "greedy-direction-ascends", "truncated-critic-bias", "dropped-discount-bias"], plant: |c| *discounted(c).jacobian.as_mut().unwrap() *= -1.0 },
    Fault { name: "∇J: π counted twice", caught_by: &["advantage-form", "baseline-invariance", "softmax-gradient"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let twice: Vec<f64> = d.evaluation.advantage.iter().zip(&c.probabilities).map(|(x, pi)| x * pi).collect();
        let gradient = pairing(c, &d.evaluation.occupancy, &twice);
        discounted(c).gradient = gradient;
    } },
    Fault { name: "∇J: only the measure moves", caught_by: &["gradient-by-the-measure", "gradient-by-dual-numbers"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let by_pi = pairing(c, &d.evaluation.occupancy, d.mdp.r());
        discounted(c).gradient.iter_mut().zip(by_pi).for_each(|(x, y)| *x -= y);
    } },
    Fault { name: "∇J: q for A in the softmax form", caught_by: &["softmax-gradient", "gradient-gauge"], plant: |c| {
        let space = space(&c.mdp).clone();
        let probabilities = c.probabilities.clone();
        let d = discounted(c);
        d.gradient = (0..space.pairs())
            .map(|i| d.evaluation.occupancy[space.state_of(i)] * probabilities[i] * d.evaluation.q[i])
            .collect();
    } },
    Fault { name: "∇J: by a geometric critic of γ for √γ", caught_by: &["geometric-critic-mean", "geometric-horizon-mean"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let resolvent = d.chain().dynamics().resolvent(&d.gamma.powi(2), &SolverOptions::default()).unwrap();
        let v = resolvent.solve(d.chain().dynamics().r()).unwrap().x;
        let carried = d.mdp.p().mul(&v);
        let q: Vec<f64> = d.mdp.r().iter().zip(carried).map(|(r, x)| r + d.gamma.powi(2) * x).collect();
        let gradient = pairing(c, &d.evaluation.occupancy, &q);
        discounted(c).gradient = gradient;
    } },
    Fault { name: "∇v: γ forgotten", caught_by: &["action-value-gradient", "reward-to-go-of-gradients", "gradient-bellman-equation"], plant: |c| {
        let options = SolverOptions::default();
        let d = c.discounted.as_ref().unwrap();
        let resolvent = d.chain().dynamics().resolvent(&1.0, &options).unwrap();
        let mut right = d.jacobian.as_ref().unwrap().clone();
        right.fill(0.0);
        for i in 0..d.mdp.pairs() {
            for (k, x) in c.derivative.row(i) {
                right[(d.mdp.space().state_of(i), k)] += d.evaluation.q[i] * x;
            }
        }
        let wrong = resolvent.solve_many(right).unwrap();
        discounted(c).jacobian = Ok(wrong);
    } },
    Fault { name: "complex step: h of the wrong sign", caught_by: &["gradient-by-complex-step"], plant: |c| {
        c.formulas.complex_step = |mdp, policy| {
            let mut gradient = complex_step::gradient(mdp, policy)?;
            scale(&mut gradient, -1.0);
            Ok(gradient)
        };
    } },
    Fault { name: "differences: to one side, with the bound of both", caught_by: &["gradient-by-finite-differences"], plant: |c| {
        c.formulas.finite_difference = |at| {
            let found = FiniteDifference::new(at)?;
            let theta = at.policy().theta().expect("parameters");
            let one_sided = |(k, h): (usize, &f64)| {
                let mut moved = theta.to_vec();
                moved[k] += h;
                let policy = at.policy().with_theta(moved).expect("a policy");
                let there = chain(at.mdp(), &policy).evaluate(at.mdp(), &policy).expect("values");
                (there.j - at.evaluation().j) / h
            };
            Ok(found.map(|found| FiniteDifference {
                gradient: found.step.iter().enumerate().map(one_sided).collect(),
                ..found
            }))
        };
    } },
    Fault { name: "greediness: ρ̃ forgotten", caught_by: &["greediness-gradient"], plant: |c| {
        c.formulas.greediness = |policy, measure, q| greediness::gradient(policy, &vec![1.0; measure.len()], q);
    } },
    Fault { name: "greediness condition: ρ̃ for ρ", caught_by: &["greediness-condition"], plant: |c| {
        c.formulas.tabular_gap = |at, measure, q| {
            let mut gap = greediness::tabular_gap(at, measure, q)?;
            for (pair, x) in gap.iter_mut().enumerate() {
                let state = at.mdp().space().state_of(pair);
                *x += at.evaluation().advantage[pair] * (at.evaluation().occupancy[state] - measure[state]);
            }
            Ok(gap)
        };
    } },
    Fault { name: "one-sided derivative: q for A", caught_by: &["one-sided-derivative"], plant: |c| {
        c.formulas.toward_actions = |at| {
            let rate = |(pair, q): (usize, &f64)| q * at.evaluation().occupancy[at.mdp().space().state_of(pair)];
            Ok(at.evaluation().q.iter().enumerate().map(rate).collect())
        };
    } },
];

/// What only direct parameters show.
#[rustfmt::skip]
pub const DIRECT: &[Fault] = &[
    Fault { name: "∇J: direct parameters without the last action", caught_by: &["direct-gradient", "gradient-by-dual-numbers"], plant: |c| {
        let d = discounted(c);
        let space = d.mdp.space().clone();
        let mut wrong = Vec::new();
        for s in 0..space.states() {
            let block = space.pairs_of(s);
            let free = block.start..block.end.saturating_sub(1).max(block.start);
            wrong.extend(free.map(|i| d.evaluation.occupancy[s] * d.evaluation.q[i]));
        }
        d.gradient = wrong;
    } },
    Fault { name: "natural: the gradient itself", caught_by: &["natural-gradient-direct", "natural-gradient-equation"], plant: |c| {
        let d = discounted(c);
        d.natural = Ok(d.gradient.clone());
    } },
];

/// What only an action of probability 0 shows.
#[rustfmt::skip]
pub const BOUNDARY: &[Fault] = &[
    Fault { name: "∇J: the nabla-log form where there is no score", caught_by: &["nabla-log-gap", "policy-gradient-theorem"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let taken = |i: usize| if c.probabilities[i] > 0.0 { d.evaluation.q[i] } else { 0.0 };
        let seen: Vec<f64> = (0..d.mdp.pairs()).map(taken).collect();
        let gradient = pairing(c, &d.evaluation.occupancy, &seen);
        discounted(c).gradient = gradient;
    } },
];
