//! π, its derivatives and its scores.

use exact_mdp::linalg::Csr;

use super::Fault;
use super::claims::scale;

/// π, ∇π, ∇²π, ∇log π.
#[rustfmt::skip]
pub const POLICY: &[Fault] = &[
    Fault { name: "∇π: sign", caught_by: &["derivative-of-probabilities", "occupancy-gradient"], plant: |c| c.derivative = c.derivative.map(|x| -x) },
    Fault { name: "∇π: temperature forgotten", caught_by: &["nabla-log-trick"], plant: |c| c.derivative = c.derivative.map(|x| 2.0 * x) },
    Fault { name: "score: not centered", caught_by: &["score-mean-zero", "state-baseline-parabola"], plant: |c| {
        let scores = c.scores.as_ref().unwrap().map(|x| x + 1.0);
        c.scores = Ok(scores);
    } },
    Fault { name: "π: does not sum to 1", caught_by: &["probabilities-sum-to-one"], plant: |c| scale(&mut c.probabilities, 1.001) },
    Fault { name: "∇π: ∇log π", caught_by: &["derivatives-sum-to-zero", "derivative-of-probabilities"], plant: |c| c.derivative = c.scores.as_ref().unwrap().clone() },
    Fault { name: "∇π: δ_ab without − π_b", caught_by: &["gauge", "derivatives-sum-to-zero"], plant: |c| {
        let own = |i: usize| [(i, c.probabilities[i])];
        c.derivative = Csr::from_rows(c.derivative.columns(), (0..c.probabilities.len()).map(own));
    } },
    Fault { name: "∇²π: sign", caught_by: &["second-derivative-of-probabilities", "hessian-boxed", "hessian-baseline-invariance"], plant: |c| {
        c.formulas.second_derivative = |policy, pair| {
            let entries = policy.second_derivative(pair)?;
            Ok(entries.into_iter().map(|(k, l, x)| (k, l, -x)).collect())
        };
    } },
    Fault { name: "∇²π: π ψψᵀ alone", caught_by: &["second-derivatives-sum-to-zero"], plant: |c| {
        c.formulas.curvature = |policy, state, weights| {
            let scores = policy.scores().rows;
            let mut entries = Vec::new();
            for pair in policy.space().pairs_of(state) {
                let visits = weights[pair] * policy.probabilities()[pair];
                for (k, x) in scores.row(pair) {
                    let later = scores.row(pair).filter(|(l, _)| *l >= k);
                    entries.extend(later.map(|(l, y)| (k, l, visits * x * y)));
                }
            }
            Ok(entries)
        };
    } },
];
