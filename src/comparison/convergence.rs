//! How the error of a sampled mean falls with N, beside what the exact law says of it.
//!
//! E‖X̄ − ∇J‖² = tr Σ/N + ‖b‖² with b = E ĝ − ∇J: the error falls like 1/√N down to the floor ‖b‖.

use statrs::distribution::{ContinuousCDF, Gamma};

use super::Design;

/// Checkpoints in every decade of N; a choice.
const PER_DECADE: f64 = 4.0;
/// The first one; a choice.
const FIRST: f64 = 10.0;
/// P(|Z| ≤ 1) of a standard normal Z, and what lies below and above.
const BELOW: f64 = 0.158_655_253_931_457_05;
/// From so many degrees of freedom on √χ² is normal to three digits.
const MANY: f64 = 1e4;

/// The error of one estimator's mean as a run goes on.
#[derive(Clone, Debug)]
pub struct Convergence {
    /// The estimator.
    pub name: String,
    /// (N, ‖X̄ − ∇J‖₂) of the first N trajectories, N increasing.
    pub errors: Vec<(u64, f64)>,
    /// tr Σ of one trajectory.
    pub trace: f64,
    /// ‖E ĝ − ∇J‖₂.
    pub bias: f64,
    /// tr Σ² and bᵀΣb; `None` for a model too large for Σ.
    squares: Option<[f64; 2]>,
}

impl Convergence {
    /// One for each estimator that has a variance, before anything is sampled.
    pub(super) fn of(design: &Design) -> Vec<Convergence> {
        let laws = design.estimators.iter().filter_map(|exact| {
            let law = exact.law.as_ref().ok()?;
            let squares = law.covariance.as_ref().map(|sigma| {
                let b = nalgebra::DVector::from_column_slice(&law.exact.bias.vector);
                [sigma.norm_squared(), b.dot(&(sigma * &b))]
            });
            Some(Convergence {
                name: exact.estimator.to_string(),
                errors: Vec::new(),
                trace: law.exact.trace(),
                bias: law.exact.bias.norm,
                squares,
            })
        });
        laws.collect()
    }

    pub(super) fn push(&mut self, trajectories: u64, mean: &[f64], gradient: &[f64]) {
        if trajectories == 0 {
            return; // stopped before the first block was complete
        }
        let squares = mean.iter().zip(gradient).map(|(m, g)| (m - g) * (m - g));
        self.errors
            .push((trajectories, squares.sum::<f64>().sqrt()));
    }

    /// √(tr Σ/N + ‖b‖²), the exact root mean square of the error.
    pub fn root_mean_square(&self, trajectories: f64) -> f64 {
        (self.trace / trajectories + self.bias * self.bias).sqrt()
    }

    /// Between which two values the error lies in 68.3 % of all runs, as a normal number lies
    /// within ±1σ.
    ///
    /// The squared error of a normal mean has the mean m = tr Σ/N + ‖b‖² and the variance
    /// 2 tr Σ²/N² + 4 bᵀΣb/N; of the law m χ²_ν/ν with the same two moments (Satterthwaite 1946)
    /// these are the roots of the quantiles. For one parameter without bias that is exact.
    pub fn band(&self, trajectories: f64) -> Option<(f64, f64)> {
        let [square, along] = self.squares?;
        let mean = self.trace / trajectories + self.bias * self.bias;
        let variance = 2.0 * square / (trajectories * trajectories) + 4.0 * along / trajectories;
        if mean <= 0.0 || variance <= 0.0 {
            return None;
        }
        let shape = mean * mean / variance; // ν/2
        if 2.0 * shape > MANY {
            let half = (mean / (4.0 * shape)).sqrt();
            return Some((mean.sqrt() - half, mean.sqrt() + half));
        }
        let law = Gamma::new(shape, shape / mean).ok()?;
        let root = |p| law.inverse_cdf(p).sqrt();
        Some((root(BELOW), root(1.0 - BELOW)))
    }
}

/// N at which the error is kept: 10^{k/4} from 10 on, and the last.
pub(super) fn checkpoints(most: u64) -> Vec<u64> {
    let step = |k: i32| (FIRST * 10f64.powf(f64::from(k) / PER_DECADE)).round() as u64;
    let mut stops: Vec<u64> = (0..).map(step).take_while(|&n| n < most).collect();
    stops.push(most);
    stops
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convergence(trace: f64, bias: f64, squares: [f64; 2]) -> Convergence {
        Convergence {
            name: String::new(),
            errors: Vec::new(),
            trace,
            bias,
            squares: Some(squares),
        }
    }

    #[test]
    fn checkpoints_are_four_a_decade_and_the_last() {
        assert_eq!(checkpoints(120), [10, 18, 32, 56, 100, 120]);
        assert_eq!(checkpoints(10), [10]);
        assert_eq!(checkpoints(2), [2]);
    }

    /// |σZ/√N| with quantiles Φ⁻¹((1 + p)/2): 0.2002 and 1.4097 at p = 0.158655 and 0.841345.
    #[test]
    fn one_parameter_has_the_folded_normal_quantiles() {
        let (low, high) = convergence(4.0, 0.0, [16.0, 0.0]).band(400.0).unwrap();
        assert!((low / 0.1 - 0.200_174).abs() < 1e-4, "{low}");
        assert!((high / 0.1 - 1.409_609).abs() < 1e-4, "{high}");
    }

    /// Where the bias rules, the error is ‖b‖ ± √(bᵀΣb/N)/‖b‖.
    #[test]
    fn a_bias_is_a_floor() {
        let law = convergence(2.0, 3.0, [4.0, 18.0]);
        let (low, high) = law.band(1e8).unwrap();
        let half = (18.0f64 / 1e8).sqrt() / 3.0;
        assert!((low - (3.0 - half)).abs() < 1e-2 * half, "{low}");
        assert!((high - (3.0 + half)).abs() < 1e-2 * half, "{high}");
        assert!((law.root_mean_square(1e8) - 3.0).abs() < 1e-8);
    }

    #[test]
    fn what_is_certain_has_no_band() {
        assert_eq!(convergence(0.0, 0.0, [0.0, 0.0]).band(10.0), None);
    }
}
