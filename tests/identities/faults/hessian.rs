//! Second derivatives, the Fisher matrix and the natural gradient.

use super::Fault;
use super::claims::{discounted, scale};

/// ∇²J.
#[rustfmt::skip]
pub const HESSIAN: &[Fault] = &[
    Fault { name: "∇²J: one cross term missing", caught_by: &["hessian-symmetric"], plant: |c| {
        let d = discounted(c);
        let h = d.hessian.as_mut().unwrap();
        for k in 0..h.nrows() {
            for l in 0..k {
                h[(k, l)] *= 0.5;
            }
        }
    } },
    Fault { name: "∇²J: cross terms missing", caught_by: &["hessian-by-dual-numbers", "hessian-furmston", "hessian-baseline-invariance"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let mut h = d.hessian.as_ref().unwrap().clone();
        h.fill(0.0);
        for s in 0..d.mdp.states() {
            for (k, l, x) in c.policy.curvature(s, &d.evaluation.advantage).unwrap() {
                h[(k, l)] += x * d.evaluation.occupancy[s];
                if k != l {
                    h[(l, k)] += x * d.evaluation.occupancy[s];
                }
            }
        }
        discounted(c).hessian = Ok(h);
    } },
    Fault { name: "∇²J: sign", caught_by: &["hessian-boxed", "hessian-by-differences"], plant: |c| *discounted(c).hessian.as_mut().unwrap() *= -1.0 },
    Fault { name: "∇²J: ∇J∇Jᵀ", caught_by: &["hessian-by-differences", "hessian-by-dual-numbers"], plant: |c| {
        let d = discounted(c);
        let g = nalgebra::DVector::from_column_slice(&d.gradient);
        d.hessian = Ok(&g * g.transpose());
    } },
    Fault { name: "∇²J: ∇²log π missing", caught_by: &["hessian-furmston", "hessian-by-dual-numbers"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let mut h = d.hessian.as_ref().unwrap().clone();
        // less π∇²log π = ∇²π − πψψᵀ
        let scores = c.scores.as_ref().unwrap();
        for pair in 0..d.mdp.pairs() {
            let weight = d.evaluation.occupancy[d.mdp.space().state_of(pair)] * d.evaluation.q[pair];
            for (k, l, x) in c.policy.second_derivative(pair).unwrap() {
                h[(k, l)] -= weight * x;
                if k != l { h[(l, k)] -= weight * x; }
            }
            for (k, x) in scores.row(pair) {
                for (l, y) in scores.row(pair) {
                    h[(k, l)] += weight * c.probabilities[pair] * x * y;
                }
            }
        }
        discounted(c).hessian = Ok(h);
    } },
    Fault { name: "∇²J: damped", caught_by: &["hessian-gauge"], plant: |c| {
        let h = discounted(c).hessian.as_mut().unwrap();
        h.fill_diagonal(h[(0, 0)] - 0.1);
    } },
];

/// F and F⁺∇J.
#[rustfmt::skip]
pub const FISHER: &[Fault] = &[
    Fault { name: "F: normalised", caught_by: &["fisher-is-kl-hessian", "fisher-is-reverse-kl-hessian"], plant: |c| {
        let d = discounted(c);
        let mass: f64 = d.evaluation.occupancy.iter().sum();
        *d.fisher.as_mut().unwrap() /= mass;
    } },
    Fault { name: "F: sign", caught_by: &["fisher-quadratic-form"], plant: |c| *discounted(c).fisher.as_mut().unwrap() *= -1.0 },
    Fault { name: "natural: the gradient itself", caught_by: &["natural-gradient-equation", "natural-step-softmax"], plant: |c| {
        let d = discounted(c);
        d.natural = Ok(d.gradient.clone());
    } },
    Fault { name: "natural: 1/(1 − γ) too large", caught_by: &["compatible-approximation"], plant: |c| {
        let d = discounted(c);
        let factor = 1.0 / (1.0 - d.gamma);
        scale(d.natural.as_mut().unwrap(), factor);
    } },
    Fault { name: "natural: not the shortest", caught_by: &["natural-gradient-shortest"], plant: |c| {
        let first = c.mdp.space().pairs_of(0);
        discounted(c).natural.as_mut().unwrap()[first].iter_mut().for_each(|w| *w += 1.0);
    } },
    Fault { name: "F: − ππᵀ missing", caught_by: &["fisher-softmax", "natural-gradient-softmax"], plant: |c| {
        let visits = c.discounted.as_ref().unwrap().evaluation.pair_occupancy.clone();
        discounted(c).fisher = Ok(nalgebra::DMatrix::from_diagonal(&visits.into()));
    } },
    Fault { name: "F: under ρ₀", caught_by: &["fisher-quadratic-form", "natural-gradient-equation"], plant: |c| {
        let scores = c.scores.as_ref().unwrap();
        let d = c.discounted.as_ref().unwrap();
        let mut f = d.fisher.as_ref().unwrap().clone() * 0.0;
        for (pair, pi) in c.probabilities.iter().enumerate() {
            let weight = d.mdp.initial()[d.mdp.space().state_of(pair)] * pi;
            for (k, x) in scores.row(pair) {
                for (l, y) in scores.row(pair) {
                    f[(k, l)] += weight * x * y;
                }
            }
        }
        discounted(c).fisher = Ok(f);
    } },
];
