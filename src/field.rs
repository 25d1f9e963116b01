//! What a number must do to run the algebra: the trait [`Field`], and its instances.
//!
//! The operators p^π, r^π, the evaluation and the gradients are written once over a [`Field`]
//! and run over `f64` (fast solvers), over [`Rational`](crate::number::Rational) (exact answers),
//! over [`Dual`] and [`Complex`] numbers (derivatives by running the same algebra), and over
//! [`Ball`]s (answers with a proven bound on their error). A field is arithmetic alone; the solver
//! of linear systems that serves it is [`Solvable`](crate::linalg::Solvable)'s.
//!
//! ```
//! use exact_mdp::field::{Ball, Dual, Field};
//! use exact_mdp::number::{Number, Rational};
//!
//! /// What one writes once …
//! fn geometric<F: Field>(gamma: &F) -> F {
//!     F::one() / &(F::one() - gamma)
//! }
//! let gamma = Number::ratio(9, 10).unwrap();
//! // … is exact over fractions, has its derivative 1/(1 − γ)² over dual numbers, and a bound over balls
//! assert_eq!(geometric(&gamma.to_rational()), Rational::from(10));
//! assert!((geometric(&Dual::variable(0.9)).derivative - 100.0).abs() < 1e-11);
//! let (middle, bound) = geometric(&Ball::from_number(&gamma)).certified().unwrap();
//! assert!((middle - 10.0).abs() <= bound && bound < 1e-13);
//! ```

mod ball;
mod complex;
mod dual;
mod moment_step;
mod multiples;
mod operators;
mod rational;
#[cfg(test)]
mod tests;

pub use ball::Ball;
pub use complex::Complex;
pub use dual::Dual;
pub use moment_step::{DEGREES, MomentStep};

use std::cmp::Ordering;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::number::Number;

/// u = 2⁻⁵³, half the distance from 1 to the next `f64`: the relative error of a rounding (Higham 2002, 2.2).
pub(crate) const UNIT: f64 = f64::EPSILON / 2.0;

/// A relative error above this may show in the ninth digit of a number, and is worth a bound beside it; a choice.
pub const CLOSE: f64 = 1e-9;

/// What was worked out as a bound on an error; what is not a number bounds nothing.
pub(crate) fn as_bound(x: f64) -> f64 {
    if x.is_nan() { f64::INFINITY } else { x }
}

/// A number field with an order and exact zero tests.
///
/// The left operand of an operator is a value (`x.clone() * y` with a reference on the right): that
/// `&F * &F` exists would be a condition on `&F`, which the language does not carry over from a trait to
/// its users; each of some hundreds of generic functions would have to repeat it. For `f64` the clone
/// is free, for fractions it is a small part of the product.
pub trait Field:
    Clone
    + Debug
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + for<'a> Add<&'a Self, Output = Self>
    + for<'a> Sub<&'a Self, Output = Self>
    + for<'a> Mul<&'a Self, Output = Self>
    + for<'a> Div<&'a Self, Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + for<'a> AddAssign<&'a Self>
    + for<'a> SubAssign<&'a Self>
    + for<'a> MulAssign<&'a Self>
{
    /// Whether arithmetic in this field is free of rounding.
    const EXACT: bool;

    /// The neutral element of addition.
    fn zero() -> Self;

    /// The neutral element of multiplication.
    fn one() -> Self;

    /// The exact number, rounded at most once.
    fn from_number(x: &Number) -> Self;

    /// The nearest `f64`.
    fn to_f64(&self) -> f64;

    /// The exact number; `None` for an infinity or a NaN.
    fn to_number(&self) -> Option<Number>;

    /// Runs a loop over numbers of this field with the widest instructions that the machine has
    /// for it. The order of the operations, and so every digit, is the same on all machines.
    #[inline(always)]
    fn vectorized<R>(run: impl FnOnce() -> R) -> R {
        run()
    }

    /// y ← y + Σ aᵢ xᵢ, each entry's sum in the order of i. Every xᵢ is at least as long as y.
    fn add_multiples(y: &mut [Self], terms: &[(Self, &[Self])]) {
        for (k, y) in y.iter_mut().enumerate() {
            for (a, x) in terms {
                *y += a.clone() * &x[k];
            }
        }
    }

    /// y(j) ← y(j) + Σ_m a(m) x(M − 1 − m + j) for M numbers a, each entry's sum in the order of m. There are M − 1 + |y|
    /// numbers x.
    fn add_convolved(y: &mut [Self], a: &[Self], x: &[Self]) {
        for (j, y) in y.iter_mut().enumerate() {
            for (a, x) in a.iter().zip(x[..a.len() + j].iter().rev()) {
                *y += a.clone() * x;
            }
        }
    }

    /// One step back of moments, see [`MomentStep`].
    fn step_back(step: MomentStep<'_, Self>) {
        step.row_by_row();
    }

    /// Σ xy rounded as if once, of numbers that may cancel; `None` in fields where a plain sum is as good.
    fn fine_sum(_products: &[(&Self, &Self)]) -> Option<Self> {
        None
    }

    /// Whether this is the neutral element of addition.
    fn is_zero(&self) -> bool {
        *self == Self::zero()
    }

    /// A whole number.
    fn from_i64(x: i64) -> Self {
        Self::from_number(&Number::from(x))
    }

    /// eˣ where this field has it: everywhere in a [`Real`] field, only at 0 over exact fractions.
    fn checked_exp(&self) -> Option<Self>;

    /// log x for x > 0 where this field has it; over exact fractions only at 1.
    fn checked_ln(&self) -> Option<Self>;

    /// log(1 + x) for x > −1 where this field has it, also where 1 + x has no digit of x left.
    fn checked_ln_1p(&self) -> Option<Self> {
        (Self::one() + self).checked_ln()
    }

    /// xᵖ for x ≥ 0 and a constant p where it is defined and this field has it; over exact
    /// fractions for x in {0, 1} or a whole p.
    fn checked_pow(&self, p: &Self) -> Option<Self>;

    /// The number to report and a bound on its distance from the true one, in a field that keeps
    /// track of it.
    fn certified(&self) -> Option<(f64, f64)> {
        None
    }

    /// In a field whose numbers may grow without bound, where this one has grown long: the nearest numbers
    /// of 512 binary digits below and above it. Elsewhere `None`.
    fn shortened(&self) -> Option<(Self, Self)> {
        None
    }

    /// `|x|`.
    fn abs(&self) -> Self {
        if *self < Self::zero() {
            -self.clone()
        } else {
            self.clone()
        }
    }
}

/// A field in which the softmax can be computed: `f64`, and [`Dual`] numbers over it.
pub trait Real: Field {
    /// eˣ.
    fn exp(&self) -> Self;
    /// log x, for x > 0.
    fn ln(&self) -> Self;
    /// xᵖ for x ≥ 0 and a constant p.
    fn powf(&self, p: f64) -> Self;
}

impl Field for f64 {
    const EXACT: bool = false;

    #[inline(always)]
    fn vectorized<R>(run: impl FnOnce() -> R) -> R {
        pulp::Arch::new().dispatch(run)
    }

    fn add_multiples(y: &mut [f64], terms: &[(f64, &[f64])]) {
        multiples::add(y, terms);
    }

    fn add_convolved(y: &mut [f64], a: &[f64], x: &[f64]) {
        multiples::add_convolved(y, a, x);
    }

    fn step_back(step: MomentStep<'_, f64>) {
        step.in_registers();
    }

    fn fine_sum(products: &[(&f64, &f64)]) -> Option<f64> {
        let product = |(x, y): &(&f64, &f64)| Ball::exact(**x) * Ball::exact(**y);
        let sum = products.iter().map(product).reduce(|sum, x| sum + x);
        Some(sum.map_or(0.0, |sum| sum.to_f64()))
    }

    fn zero() -> f64 {
        0.0
    }

    fn one() -> f64 {
        1.0
    }

    fn from_number(x: &Number) -> f64 {
        x.to_f64()
    }

    // to nearest, as a number is rounded, and without its division
    fn from_i64(x: i64) -> f64 {
        x as f64
    }

    fn to_f64(&self) -> f64 {
        *self
    }

    fn to_number(&self) -> Option<Number> {
        Number::from_f64(*self)
    }

    fn checked_exp(&self) -> Option<f64> {
        Some(Real::exp(self))
    }

    fn checked_ln(&self) -> Option<f64> {
        Some(Real::ln(self))
    }

    fn checked_ln_1p(&self) -> Option<f64> {
        Some(self.ln_1p())
    }

    fn checked_pow(&self, p: &f64) -> Option<f64> {
        let defined = self.to_f64() > 0.0 || p.to_f64() >= 0.0;
        defined.then(|| Real::powf(self, p.to_f64()))
    }

    fn abs(&self) -> f64 {
        f64::abs(*self)
    }
}

impl Real for f64 {
    fn exp(&self) -> f64 {
        f64::exp(*self)
    }

    fn ln(&self) -> f64 {
        f64::ln(*self)
    }

    fn powf(&self, p: f64) -> f64 {
        f64::powf(*self, p)
    }
}

/// The number itself, or the middle of what encloses it; `None` where that is no number.
pub(crate) fn middle<F: Field>(x: &F) -> Option<Number> {
    x.to_number().or_else(|| Number::from_f64(x.to_f64()))
}

/// A float as a number of the field; `None` where it is not finite, as a bound on an error is where nothing is known:
/// no field has a number for that, and 0 would say that there is no error.
pub(crate) fn finite<F: Field>(x: f64) -> Option<F> {
    Number::from_f64(x).map(|x| F::from_number(&x))
}

/// [`finite`] of all, if all are.
pub(crate) fn all_finite<F: Field>(x: &[f64]) -> Option<Vec<F>> {
    x.iter().map(|x| finite(*x)).collect()
}

/// How a number compares with 0, as far as that is known: of a ball that holds 0 and more it is not, and
/// where numbers are rounded those no larger than a tolerance count as 0.
pub fn sign<F: Field>(x: &F, tolerance: f64) -> Option<Ordering> {
    match x.certified() {
        Some((value, bound)) if value.abs() > bound => value.partial_cmp(&0.0),
        Some((value, bound)) => (value == 0.0 && bound == 0.0).then_some(Ordering::Equal),
        None if !F::EXACT && x.to_f64().abs() <= tolerance => Some(Ordering::Equal),
        None => x.partial_cmp(&F::zero()),
    }
}

/// y += c x.
#[inline(always)]
pub fn add_scaled<F: Field>(y: &mut [F], x: &[F], c: &F) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += x.clone() * c;
    }
}

/// Σᵢ xᵢ yᵢ, in four interleaved partial sums.
#[inline(always)]
pub fn dot<F: Field>(x: &[F], y: &[F]) -> F {
    debug_assert_eq!(x.len(), y.len());
    let (x, x_rest) = x.as_chunks::<4>();
    let (y, y_rest) = y.as_chunks::<4>();
    let mut partial = [F::zero(), F::zero(), F::zero(), F::zero()];
    for (x, y) in x.iter().zip(y) {
        for lane in 0..4 {
            partial[lane] += x[lane].clone() * &y[lane];
        }
    }
    let [a, b, c, d] = partial;
    let mut sum = (a + b) + (c + d);
    for (x, y) in x_rest.iter().zip(y_rest) {
        sum += x.clone() * y;
    }
    sum
}
