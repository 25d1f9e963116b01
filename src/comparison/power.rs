//! How many trajectories it takes (theory, 6, *How many trajectories* and *Power*).

use statrs::distribution::{ContinuousCDF, Normal};

/// N such that the best contrast sees a true deviation δ of the mean with the given power, at a
/// two-sided false-alarm rate α:
///
/// ```text
/// N = (z_{1−α/2} + z_{1−β})² / δᵀΣ⁺δ
/// ```
///
/// with `distance` = δᵀΣ⁺δ of one trajectory; `None` if that is 0 or less, δ then being seen never.
pub fn trajectories_to_detect(distance: f64, alpha: f64, power: f64) -> Option<f64> {
    let quantile = |p| Normal::standard().inverse_cdf(p);
    let sum = quantile(1.0 - alpha / 2.0) + quantile(power);
    (distance > 0.0).then(|| (sum * sum / distance).ceil())
}

/// N at which the root mean square of the relative error ‖ḡ − μ‖/‖μ‖ is ε: tr Σ/(ε²‖μ‖²); `None`
/// if μ = 0.
pub fn trajectories_for_error(trace: f64, mean: &[f64], epsilon: f64) -> Option<f64> {
    let square: f64 = mean.iter().map(|x| x * x).sum();
    (square > 0.0).then(|| (trace / (epsilon * epsilon * square)).ceil())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// z_{0.9995} = 3.2905267, z_{0.9} = 1.2815516, so (4.5720783)² = 20.903900.
    #[test]
    fn the_power_formula() {
        let n = trajectories_to_detect(1e-4, 1e-3, 0.9).unwrap();
        assert!((n - 209_039.0).abs() <= 1.0, "{n}");
        assert_eq!(trajectories_to_detect(0.0, 1e-3, 0.9), None);
        assert_eq!(
            trajectories_for_error(8.0, &[1.0, 1.0], 0.01),
            Some(40_000.0)
        );
    }
}
