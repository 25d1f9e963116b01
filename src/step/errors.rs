//! What rounding can do to the numbers of a step, all of which follow from a few products.

use super::StepLaw;
use super::normal::below_zero;
use crate::linalg::Solvable;

/// A number of a field, and how far off it may be.
fn near<F: Solvable>(x: &F, off: f64) -> Near {
    Near(x.to_f64(), off)
}

/// A number and how far off it may be.
#[derive(Clone, Copy)]
struct Near(f64, f64);

impl Near {
    fn plus(self, other: Near) -> Near {
        let sum = self.0 + other.0;
        Near(sum, self.1 + other.1 + f64::EPSILON * sum.abs())
    }

    fn scaled(self, factor: f64) -> Near {
        let product = self.0 * factor;
        Near(
            product,
            self.1 * factor.abs() + 2.0 * f64::EPSILON * product.abs(),
        )
    }

    fn times(self, other: Near) -> Near {
        let crossed = self.0.abs() * other.1 + self.1 * other.0.abs() + self.1 * other.1;
        let product = self.0 * other.0;
        Near(product, crossed + f64::EPSILON * product.abs())
    }

    /// Off without end where the divisor may be 0.
    fn over(self, other: Near) -> Near {
        let quotient = self.0 / other.0;
        let least = other.0.abs() - other.1;
        if least > 0.0 {
            let off = (self.1 + quotient.abs() * other.1) / least;
            Near(quotient, off + f64::EPSILON * quotient.abs())
        } else {
            Near(quotient, f64::INFINITY)
        }
    }

    fn root(self) -> Near {
        let root = self.0.max(0.0).sqrt();
        let above = (self.0.max(0.0) + self.1).sqrt() - root;
        let below = root - (self.0 - self.1).max(0.0).sqrt();
        Near(root, above.max(below) + f64::EPSILON * root)
    }
}

impl<F: Solvable> StepLaw<F> {
    /// What rounding can do to the slope; 0 in a field that is exact or has bounds of its own.
    pub fn slope_error(&self) -> f64 {
        self.known.slope
    }

    /// What rounding can do to the slope, the curvature and the noise; 0 in a field that is exact or has bounds of its own.
    pub fn parts_error(&self) -> [f64; 3] {
        [self.known.slope, self.known.curvature, self.known.noise]
    }

    /// What rounding can do to tr Σ; 0 in a field that is exact or has bounds of its own.
    pub fn variance_error(&self) -> f64 {
        self.known.variance
    }

    /// What rounding can do to ‖∇J‖²; 0 in a field that is exact or has bounds of its own.
    pub fn squared_gradient_error(&self) -> f64 {
        self.known.squared_gradient
    }

    /// What rounding can do to the numbers that a step of size α along the mean of n estimates comes to, by their names in
    /// reports; infinite where it may decide whether there is such a number. None in a field that is exact or has bounds
    /// of its own.
    pub fn errors(&self, step: f64, batch: u64) -> Vec<(&'static str, f64)> {
        if F::EXACT || F::one().certified().is_some() {
            return Vec::new();
        }
        let n = batch.max(1) as f64;
        let (known, half) = (&self.known, step * step / 2.0);
        let slope = near(&self.slope, known.slope);
        let curvature = near(&self.curvature, known.curvature);
        let noise = near(&self.noise, known.noise);
        let variance = near(&self.variance, known.variance);
        let bias = near(&self.squared_bias, known.squared_bias);
        let bend = curvature.plus(noise.scaled(1.0 / n));
        let best = slope.over(bend);
        let kept = slope.plus(curvature.scaled(step / 2.0));
        let change = slope.scaled(step).plus(bend.scaled(half));
        let deviation = self.deviation_near(step, n).root();
        let uphill = Near(self.spread[0] / n, known.spread[0] / n).root();
        vec![
            ("slope_error", slope.1),
            ("curvature_error", curvature.1),
            ("noise_error", noise.1),
            ("expected_change_error", change.1),
            ("best_step_error", best.1),
            ("best_change_error", best.times(slope.scaled(0.5)).1),
            ("noise_scale_error", noise.over(curvature).1),
            (
                "simple_noise_scale_error",
                variance.over(near(&self.length, known.length)).1,
            ),
            ("break_even_error", noise.scaled(step / 2.0).over(kept).1),
            ("deviation_error", deviation.1),
            ("chance_worse_error", of_chance(change, deviation)),
            ("chance_uphill_error", of_chance(slope.scaled(-1.0), uphill)),
            ("squared_bias_error", bias.1),
            ("variance_error", variance.1),
            (
                "mean_squared_error_error",
                bias.plus(variance.scaled(1.0 / n)).1,
            ),
        ]
    }

    /// The square of the standard deviation of the change.
    fn deviation_near(&self, step: f64, n: f64) -> Near {
        let [own, mixed, bent] = [0, 1, 2].map(|i| Near(self.spread[i], self.known.spread[i]));
        let linear = own
            .plus(mixed.scaled(2.0 * step))
            .plus(bent.scaled(step * step))
            .scaled(step * step / n);
        let square = Near(self.square, self.known.square);
        linear.plus(square.scaled(step.powi(4) / (2.0 * n * n)))
    }
}

/// Of P(X < 0) for a normal X of such a mean and deviation.
fn of_chance(mean: Near, deviation: Near) -> f64 {
    let found = below_zero(mean.0, deviation.0);
    let least = deviation.0 - deviation.1;
    if deviation.0 == 0.0 && deviation.1 == 0.0 && mean.0.abs() > mean.1 {
        return 0.0;
    }
    if least <= 0.0 || !found.is_finite() {
        return 1.0;
    }
    let ends = [mean.0 - mean.1, mean.0 + mean.1].map(|mean| {
        let far = [least, deviation.0 + deviation.1].map(|deviation| below_zero(mean, deviation));
        far.map(|chance| (chance - found).abs())
    });
    // of tails, what the distribution itself loses
    let own = 1e-12 * found.abs();
    ends.iter().flatten().fold(0.0, |most: f64, x| most.max(*x)) + own
}
