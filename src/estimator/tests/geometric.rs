//! Random horizons against sums over time.

use super::examples::*;
use crate::estimator::*;
use crate::field::Field;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// (s, a) with probability ρ(s)π/2 (mass 2): E ĝ_kĝ_l = Σ (ρπ/2) (2ψ_k q)(2ψ_l q), from the table
/// of Appendix C: ρ = (576, 362)/469, q = (484, 188, 734, 107)/201.
#[test]
fn occupancy_sampling_of_appendix_c() {
    let (mdp, policy) = appendix_c();
    let moments = occupancy_sampling(&mdp, &policy, &options()).unwrap();
    assert_eq!(moments.mean, [q(56832, 31423), q(75658, 31423)]);
    // ψ(x, a) = 4, ψ(x, b) = −4/3 at π = 1/4, 3/4: Σ π ψ² q² = (4·484² + (4/3)·188²)/201²
    let square = (q(4, 1) * q(484 * 484, 1) + q(4, 3) * q(188 * 188, 1)) / q(201 * 201, 1);
    let raw = q(2, 1) * q(576, 469) * square;
    assert_eq!(moments.raw[0], raw);
    let covariance = moments.covariance.unwrap();
    // the two parameters never score together
    assert_eq!(
        covariance[(0, 1)],
        -(moments.mean[0].clone() * &moments.mean[1])
    );
}

/// The rollout's second moment summed over its stopping times: Q̂ stops after T' further steps with
/// probability γ^{T'/2}(1 − √γ), and reward k carries γ^{k/2}.
#[test]
fn random_rollouts_of_appendix_c() {
    let (exact, exact_policy) = appendix_c();
    let mdp: Mdp = exact.map(Field::to_f64);
    let policy: Policy = exact_policy.map(Field::to_f64);
    let moments = random_rollout(&mdp, &policy, &options()).unwrap();
    let half = 0.5f64.sqrt();
    // first and second moments of Σ_{k≤T} half^k R_k from each pair, T steps more
    let (mut first, mut second) = (vec![0.0; 4], vec![0.0; 4]);
    let mut square = [0.0; 4];
    for steps in 0..400 {
        let (mut next_first, mut next_second) = (vec![0.0; 4], vec![0.0; 4]);
        for pair in 0..4 {
            for o in mdp.outcomes(pair) {
                let pairs = mdp.space().pairs_of(o.next);
                let mean = |x: &[f64]| -> f64 {
                    pairs
                        .clone()
                        .map(|i| policy.probabilities()[i] * x[i])
                        .sum()
                };
                let (m1, m2) = if steps == 0 {
                    (0.0, 0.0)
                } else {
                    (mean(&first), mean(&second))
                };
                let r = o.reward;
                next_first[pair] += o.probability * (r + half * m1);
                next_second[pair] += o.probability * (r * r + 2.0 * r * half * m1 + 0.5 * m2);
            }
        }
        (first, second) = (next_first, next_second);
        let stops = half.powi(steps) * (1.0 - half);
        (0..4).for_each(|pair| square[pair] += stops * second[pair]);
    }
    let occupancy = [576.0 / 469.0, 362.0 / 469.0];
    let psi = [4.0, -4.0 / 3.0, 3.0, -1.5];
    for (k, visits) in occupancy.iter().enumerate() {
        let raw: f64 = (2 * k..2 * k + 2)
            .map(|i| 2.0 * visits * policy.probabilities()[i] * psi[i] * psi[i] * square[i])
            .sum();
        // 400 sums of positive terms
        assert!((moments.raw[k] / raw - 1.0).abs() < 400.0 * f64::EPSILON);
    }
    assert!((moments.mean[0] - 56832.0 / 31423.0).abs() < 16.0 * f64::EPSILON);
}
