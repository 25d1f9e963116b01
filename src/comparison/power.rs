//! How many trajectories it takes (theory, 6, *How many trajectories* and *Power*).

use statrs::function::gamma::ln_gamma;

use super::statistic::upper_tail;

/// N such that χ² of r degrees of freedom, at the false-alarm rate α, sees a true deviation δ of
/// the mean with the given power:
///
/// ```text
/// N = λ / δᵀΣ⁺δ        P(χ²_r(λ) ≥ χ²_{r,1−α}) = power
/// ```
///
/// with `distance` = δᵀΣ⁺δ of one trajectory and λ the noncentrality. `None` if the distance is 0 or
/// less, δ then being never seen, or the power within 10⁻⁹ of 1, which rounding cannot tell from
/// certainty. At r = 1, λ = (z_{1−α/2} + z_power)².
pub fn trajectories_to_detect(
    distance: f64,
    degrees_of_freedom: usize,
    alpha: f64,
    power: f64,
) -> Option<f64> {
    // as above
    const CERTAIN: f64 = 1.0 - 1e-9;
    if !(distance > 0.0 && degrees_of_freedom > 0 && power < CERTAIN) {
        return None;
    }
    let r = degrees_of_freedom;
    let quantile = root(|x| upper_tail(x, r) <= alpha);
    let lambda = root(|lambda| noncentral_upper_tail(quantile, r, lambda) >= power);
    Some((lambda / distance).ceil().max(1.0))
}

/// N at which the root mean square of the relative error ‖ḡ − μ‖/‖μ‖ is ε: tr Σ/(ε²‖μ‖²), but at
/// least 1; `None` if μ = 0.
pub fn trajectories_for_error(trace: f64, mean: &[f64], epsilon: f64) -> Option<f64> {
    let square: f64 = mean.iter().map(|x| x * x).sum();
    (square > 0.0).then(|| (trace / (epsilon * epsilon * square)).ceil().max(1.0))
}

/// P(χ²_r(λ) ≥ x) = Σⱼ e^{−λ/2} (λ/2)ʲ/j! P(χ²_{r+2j} ≥ x): a mixture of central laws.
fn noncentral_upper_tail(x: f64, degrees_of_freedom: usize, lambda: f64) -> f64 {
    // beyond λ/2 the weights fall: what follows such a one is below the rounding of 1, 10⁻¹⁶
    const NEGLIGIBLE: f64 = 1e-17;
    let half = lambda / 2.0;
    let weight = |j: f64| {
        if half > 0.0 {
            (j * half.ln() - half - ln_gamma(j + 1.0)).exp()
        } else {
            f64::from(u8::from(j == 0.0))
        }
    };
    let mut sum = 0.0;
    for j in 0.. {
        let weight = weight(f64::from(j));
        sum += weight * upper_tail(x, degrees_of_freedom + 2 * j as usize);
        if f64::from(j) >= half && weight < NEGLIGIBLE {
            break;
        }
    }
    sum
}

/// Where a condition on x ≥ 0 begins to hold, to the last digits.
fn root(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while !holds(high) {
        (low, high) = (high, 2.0 * high);
    }
    while high - low > 1e-12 * high {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            high = middle
        } else {
            low = middle
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// z_{0.9995} = 3.2905267, z_{0.9} = 1.2815516, so (4.5720783)² = 20.903900.
    #[test]
    fn one_degree_of_freedom_is_the_formula_of_the_best_contrast() {
        let n = trajectories_to_detect(1e-4, 1, 1e-3, 0.9).unwrap();
        assert!((n - 209_039.0).abs() <= 1.0, "{n}");
        assert_eq!(trajectories_to_detect(0.0, 1, 1e-3, 0.9), None);
        assert_eq!(
            trajectories_to_detect(1e-4, 1, 1e-3, 1.0f64.next_down()),
            None
        );
        assert_eq!(
            trajectories_for_error(8.0, &[1.0, 1.0], 0.01),
            Some(40_000.0)
        );
        assert_eq!(trajectories_for_error(0.0, &[1.0], 0.01), Some(1.0));
    }

    /// λ at α = 0.05 and power 0.9 for 2, 3 and 10 degrees of freedom (Haynam, Govindarajulu &
    /// Leone 1970): 12.654, 14.171, 20.532.
    #[test]
    fn more_degrees_of_freedom_take_more_trajectories() {
        for (r, lambda) in [(2, 12.654), (3, 14.171), (10, 20.532)] {
            let n = trajectories_to_detect(1e-6, r, 0.05, 0.9).unwrap();
            assert!((n * 1e-6 - lambda).abs() <= 1e-3, "{r}: {n}");
        }
    }

    /// χ²_{r+2} less χ²_r is a density: P(χ²₂(λ) ≥ x) at x = 0 is 1, and at λ = 0 e^{−x/2}.
    #[test]
    fn the_noncentral_tail_begins_at_the_central_one() {
        assert!((noncentral_upper_tail(6.0, 2, 0.0) - (-3.0f64).exp()).abs() < 1e-14);
        assert!((noncentral_upper_tail(0.0, 2, 30.0) - 1.0).abs() < 1e-14);
    }
}
