//! F⁺∇J over balls, where F has full rank: the scores made orthogonal column by column, without F and without a root.
//!
//! ```text
//! ⟨x, y⟩ = Σ ρπ x y      q_j = ψ_j − Σ_{i<j} r_ij q_i      r_ij = ⟨q_i, ψ_j⟩/⟨q_i, q_i⟩      R w = c,  c_j = ⟨q_j, A⟩/⟨q_j, q_j⟩
//! ```
//!
//! (Modified Gram–Schmidt; Björck 1996, 2.4.4.) The condition of F is the square of that of the scores, which this loses alone.

use super::pseudo_inverse::WeightedScores;
use crate::field::{Ball, Field};

/// Products that orthogonal columns may take: a choice, some seconds.
const PRODUCTS: f64 = 2e7;

/// Whether scores [pairs, d] are few enough.
pub(super) fn fits(pairs: usize, d: usize) -> bool {
    pairs as f64 * (d * d) as f64 <= PRODUCTS
}

/// F⁺∇J \[d\] = F⁻¹∇J; `None` unless F is proven to have full rank, and where it takes too many products.
pub(super) fn of_full_rank(of: &WeightedScores<Ball>) -> Option<Vec<Ball>> {
    let d = of.scores.columns();
    if !fits(of.visits.len(), d) {
        return None;
    }
    let met: Vec<usize> = (0..of.visits.len())
        .filter(|&pair| !of.visits[pair].is_zero())
        .collect();
    let weights: Vec<Ball> = met.iter().map(|&pair| of.visits[pair]).collect();
    let mut columns = vec![vec![Ball::zero(); met.len()]; d];
    for (row, &pair) in met.iter().enumerate() {
        for (k, x) in of.scores.row(pair) {
            columns[k][row] = *x;
        }
    }
    let mut y: Vec<Ball> = met.iter().map(|&pair| of.advantage[pair]).collect();
    let inner = |x: &[Ball], y: &[Ball]| {
        let terms = x.iter().zip(y).zip(&weights);
        terms.fold(Ball::zero(), |sum, ((x, y), w)| sum + *x * *y * *w)
    };
    // R row by row in the order of the columns, and c
    let (mut upper, mut right) = (Vec::with_capacity(d), Vec::with_capacity(d));
    for k in 0..d {
        let (done, rest) = columns.split_at_mut(k + 1);
        let own = &done[k];
        let square = inner(own, own);
        if square.lower() <= 0.0 || !square.upper().is_finite() {
            return None;
        }
        let along = |x: &mut [Ball]| {
            let part = inner(own, x) / square;
            x.iter_mut().zip(own).for_each(|(x, q)| *x -= part * *q);
            part
        };
        upper.push(rest.iter_mut().map(|x| along(x)).collect::<Vec<Ball>>());
        right.push(along(&mut y));
    }
    for k in (0..d).rev() {
        let known = upper[k].iter().zip(&right[k + 1..]);
        let known = known.fold(Ball::zero(), |sum, (r, w)| sum + *r * *w);
        right[k] -= known;
    }
    let is_bounded = right.iter().all(|w| w.radius().is_finite());
    is_bounded.then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient::Differentiable;
    use crate::linalg::Csr;
    use crate::model::Model;
    use crate::number::Number;
    use crate::policy::{LogLinear, Parametrization, Policy};
    use crate::solved::Solved;
    use std::sync::Arc;

    const BANDIT: &str = "discount: 0\nstates: [s, e]\nactions: [x, y, z]\ninitial: s\nterminal: [e]\n\
         transitions: [[s, x, e, 1, 1], [s, y, e, 1, 2], [s, z, e, 1, 4]]\n";

    /// The bandit at θ = 0 of some features.
    fn solved<F: Differentiable>(features: &[&[&str]]) -> Solved<F> {
        let model = Model::parse("bandit", BANDIT).expect("a valid model");
        let number = |x: &&str| F::from_number(&x.parse::<Number>().expect("a number"));
        let rows = features
            .iter()
            .map(|row| row.iter().map(number).enumerate().collect::<Vec<_>>());
        let d = features[0].len();
        let family = LogLinear {
            features: Arc::new(Csr::from_rows(d, rows)),
            rest: None,
            names: None,
            temperature: F::one(),
        };
        let theta = vec![F::zero(); d];
        let policy = Policy::new(model.space(), Parametrization::LogLinear(family), theta);
        Solved::new(model.mdp(), policy.expect("a policy")).expect("solved")
    }

    /// Two independent features of three actions: w (φ(a) − φ(z)) = r(a) − r(z), so that w₂ = 1/δ and w₁ = −3 − 1/δ.
    #[test]
    fn features_that_are_nearly_alike_keep_the_digits_of_the_natural_gradient() {
        for power in [26, 30, 37, 40] {
            let apart = 2f64.powi(power);
            let whole = 1u64 << power;
            let near = format!("{}/{whole}", whole + 1);
            let features: [&[&str]; 3] = [&["1", "1"], &["1", &near], &["0", "0"]];
            let exact = [-3.0 - apart, apart];
            let found = solved::<f64>(&features).natural_gradient().expect("w");
            assert_eq!(found.rank, 2);
            let balls = solved::<Ball>(&features).natural_gradient().expect("w");
            for ((x, ball), exact) in found.direction.iter().zip(&balls.direction).zip(exact) {
                assert!(
                    (x / exact - 1.0).abs() < 1e-14,
                    "2^-{power}: {x} for {exact}"
                );
                assert!(ball.lower() <= exact && exact <= ball.upper());
                assert!(ball.radius() < 1e-9 * exact.abs(), "2^-{power}: {ball:?}");
            }
        }
    }

    /// 1 + 13·10⁻¹² is no float: it is off by some 10⁻¹⁷, w₂ = 10¹²/13 by some 10⁻⁶ of itself, which the bound covers and balls
    /// know.
    #[test]
    fn what_rounding_of_features_costs_is_bounded() {
        let features: [&[&str]; 3] = [&["1", "1"], &["1", "1.000000000013"], &["0", "0"]];
        let at = solved::<f64>(&features);
        let found = at.natural_gradient().expect("w");
        let exact = "1000000000000/13".parse::<Number>().expect("a number");
        let off = (found.direction[1] - exact.to_f64()).abs();
        let error = at.natural_error(&found).expect("solved").expect("a bound");
        assert!(
            off > 1e4 && off <= error && error < 1e10,
            "{off:e} {error:e}"
        );
        let balls = solved::<Ball>(&features).natural_gradient().expect("w");
        let known = balls.direction[1];
        assert!(
            known.contains(&exact.to_rational()) && known.radius() < 1.0,
            "{known:?}"
        );
    }

    /// Features that name the actions: F is short of rank by one, and w = A less its mean, told without a bound.
    #[test]
    fn where_rank_is_short_nothing_is_doubted_that_is_known() {
        let features: [&[&str]; 3] = [&["1", "0", "0"], &["0", "1", "0"], &["0", "0", "1"]];
        let at = solved::<f64>(&features);
        let found = at.natural_gradient().expect("w");
        assert_eq!(found.rank, 2);
        for (x, exact) in found
            .direction
            .iter()
            .zip([-4.0 / 3.0, -1.0 / 3.0, 5.0 / 3.0])
        {
            assert!((x - exact).abs() < 1e-14, "{x}");
        }
        assert_eq!(at.natural_error(&found).expect("solved"), None);
        let balls = solved::<Ball>(&features);
        assert!(
            of_full_rank(&WeightedScores {
                scores: balls.policy().scores().rows,
                visits: balls.pair_occupancy().to_vec(),
                advantage: balls.advantage().to_vec(),
            })
            .is_none()
        );
    }
}
