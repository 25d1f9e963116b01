//! Complex numbers x + iy with a tiny imaginary part, for the complex step: J(θ + ih) has the
//! imaginary part h J'(θ) up to h², without any cancellation (Squire & Trapp 1998).
//!
//! They are ordered by their real part, and |x| is ±x by its sign: both continue the real
//! algebra analytically, which is what the complex step needs. Pivots are therefore compared by
//! real part, the modulus to rounding as long as the imaginary part is tiny.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::operators::by_value;
use super::{Field, Real};
use crate::number::Number;

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

impl Complex {
    /// re + i·im.
    pub fn new(re: f64, im: f64) -> Complex {
        Complex { re, im }
    }

    fn polar(modulus: f64, angle: f64) -> Complex {
        Complex::new(modulus * angle.cos(), modulus * angle.sin())
    }

    fn angle(self) -> f64 {
        self.im.atan2(self.re)
    }
}

impl PartialOrd for Complex {
    fn partial_cmp(&self, other: &Complex) -> Option<Ordering> {
        self.re.partial_cmp(&other.re)
    }
}

impl Neg for Complex {
    type Output = Complex;
    fn neg(self) -> Complex {
        Complex::new(-self.re, -self.im)
    }
}

impl Add<&Complex> for Complex {
    type Output = Complex;
    fn add(self, y: &Complex) -> Complex {
        Complex::new(self.re + y.re, self.im + y.im)
    }
}

impl Sub<&Complex> for Complex {
    type Output = Complex;
    fn sub(self, y: &Complex) -> Complex {
        Complex::new(self.re - y.re, self.im - y.im)
    }
}

impl Mul<&Complex> for Complex {
    type Output = Complex;
    fn mul(self, y: &Complex) -> Complex {
        let re = self.re * y.re - self.im * y.im;
        Complex::new(re, self.re * y.im + self.im * y.re)
    }
}

impl Div<&Complex> for Complex {
    type Output = Complex;
    /// Scaled by the larger part (Smith 1962), so that nothing overflows.
    fn div(self, y: &Complex) -> Complex {
        if y.re.abs() >= y.im.abs() {
            let ratio = y.im / y.re;
            let d = y.re + y.im * ratio;
            let re = (self.re + self.im * ratio) / d;
            Complex::new(re, (self.im - self.re * ratio) / d)
        } else {
            let ratio = y.re / y.im;
            let d = y.re * ratio + y.im;
            let re = (self.re * ratio + self.im) / d;
            Complex::new(re, (self.im * ratio - self.re) / d)
        }
    }
}

by_value!(Complex);

impl Field for Complex {
    const EXACT: bool = false;

    fn fine_sum(products: &[(&Complex, &Complex)]) -> Option<Complex> {
        let minus: Vec<f64> = products.iter().map(|(x, _)| -x.im).collect();
        let real = products.iter().map(|(x, y)| (&x.re, &y.re));
        let crossed = products.iter().zip(&minus).map(|((_, y), x)| (x, &y.im));
        let real: Vec<(&f64, &f64)> = real.chain(crossed).collect();
        let slope = |(x, y): &(&Complex, &Complex)| x.re * y.im + x.im * y.re;
        Some(Complex {
            re: f64::fine_sum(&real)?,
            im: products.iter().map(slope).sum(),
        })
    }

    fn zero() -> Complex {
        Complex::new(0.0, 0.0)
    }

    fn one() -> Complex {
        Complex::new(1.0, 0.0)
    }

    fn from_number(x: &Number) -> Complex {
        Complex::new(x.to_f64(), 0.0)
    }

    fn to_f64(&self) -> f64 {
        self.re
    }

    fn to_number(&self) -> Option<Number> {
        Number::from_f64(self.re)
    }

    fn checked_exp(&self) -> Option<Complex> {
        Some(Real::exp(self))
    }

    fn checked_ln(&self) -> Option<Complex> {
        Some(Real::ln(self))
    }

    fn checked_pow(&self, p: &Complex) -> Option<Complex> {
        let defined = self.re > 0.0 || p.re >= 0.0;
        defined.then(|| Real::powf(self, p.re))
    }
}

impl Real for Complex {
    fn exp(&self) -> Complex {
        Complex::polar(self.re.exp(), self.im)
    }

    fn ln(&self) -> Complex {
        Complex::new(self.re.hypot(self.im).ln(), self.angle())
    }

    fn powf(&self, p: f64) -> Complex {
        match p {
            0.0 => Complex::one(),
            1.0 => *self,
            _ => Complex::polar(self.re.hypot(self.im).powf(p), p * self.angle()),
        }
    }
}
