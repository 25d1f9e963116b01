//! Exponential, logarithm and power of balls, by the arithmetic of balls itself.

use super::{Ball, TINY, UP};
use crate::field::Field;

/// log 2 to 34 digits; the rest is 5.7077 · 10⁻³⁴.
const LN_2: Ball = Ball {
    high: std::f64::consts::LN_2,
    low: 2.319_046_813_846_299_6e-17,
    radius: 6e-34,
};
/// The argument of the series is halved so often, and its sum squared as often.
const HALVINGS: i32 = 4;
/// Terms of the series: |x|¹⁵/15! < 10⁻³⁶ for |x| ≤ log 2/32.
const TERMS: i64 = 14;

impl Ball {
    /// eˣ = 2ᵏ (e^((x − k log 2)/16))¹⁶, by the series of the exponential.
    pub(super) fn exp(self) -> Ball {
        let k = (self.high / std::f64::consts::LN_2).round();
        if self.is_zero() {
            return Ball::one();
        }
        if !(k < 1_020.0 && self.radius <= 0.5) {
            return Ball::unknown(f64::exp(self.high));
        }
        if k < -1_070.0 {
            // between 0 and 2⁻¹⁰⁶⁸
            return Ball::around((0.0, 0.0), TINY, true);
        }
        let rest = self - LN_2 * Ball::exact(k);
        let x = rest * Ball::exact(0.5f64.powi(HALVINGS));
        let mut sum = Ball::one();
        for n in (1..=TERMS).rev() {
            sum = Ball::one() + x * sum / Ball::from_i64(n);
        }
        // the terms left out are below the next one and its fifteenth
        let next = (1..=TERMS + 1).fold(1.0, |power, n| power * x.magnitude() / n as f64);
        let mut power = sum.widened(next * 1.1);
        for _ in 0..HALVINGS {
            power *= power;
        }
        power.times_power_of_two(k as i32)
    }

    /// log x for x certainly above 0: with x = 2ᵏ m, m near 1, and y ≈ log m it is
    /// k log 2 + y + log(m e⁻ʸ), the last one small.
    pub(super) fn ln(self) -> Option<Ball> {
        if self == Ball::one() {
            return Some(Ball::zero());
        }
        if !(self.high > 0.0 && self.high.is_finite()) {
            return None;
        }
        let k = self.high.log2().round();
        let m = self.times_power_of_two(-k as i32);
        let near = m.high.ln();
        let z = m * (-Ball::exact(near)).exp() - Ball::one();
        // 1 or more where x may be 0
        let size = z.magnitude();
        if size >= 0.5 {
            return None;
        }
        // |log(1 + z) − z| ≤ z²/2 (1 + |z| + …)
        let rest = z.widened(size * size * UP);
        Some(LN_2 * Ball::exact(k) + Ball::exact(near) + rest)
    }

    /// xᵖ: whole powers by multiplication, others as e^(p log x).
    pub(super) fn pow(self, p: &Ball) -> Option<Ball> {
        // so many products add 63 roundings, and need no logarithm, which negative numbers lack
        const MOST: f64 = 64.0;
        if p.is_zero() {
            return Some(Ball::one());
        }
        if self.is_zero() {
            return (p.lower() > 0.0).then(Ball::zero);
        }
        let whole = p.is_exact() && p.low == 0.0 && p.high.fract() == 0.0;
        if whole && p.high.abs() <= MOST {
            let times = p.high.abs() as usize;
            let power = (1..times).fold(self, |power, _| power * self);
            return Some(if p.high > 0.0 {
                power
            } else {
                Ball::one() / power
            });
        }
        Some((*p * self.ln()?).exp())
    }

    /// x 2ᵏ for |k| ≤ 1100; what underflows is added to the radius.
    fn times_power_of_two(self, k: i32) -> Ball {
        let (half, other) = (2f64.powi(k / 2), 2f64.powi(k - k / 2));
        let scale = |x: f64| x * half * other;
        Ball::around(
            (scale(self.high), scale(self.low)),
            scale(self.radius) + TINY,
            !(self.is_exact() && k >= 0),
        )
    }
}
