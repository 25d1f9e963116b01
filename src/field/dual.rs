//! Dual numbers x + εx' with ε² = 0: running the algebra over them yields a derivative.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::operators::by_value;
use super::{Field, Real};
use crate::number::Number;

/// A value with its derivative along one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dual {
    /// The value.
    pub value: f64,
    /// Its derivative.
    pub derivative: f64,
}

impl Dual {
    /// A value that does not depend on the direction.
    pub fn constant(value: f64) -> Dual {
        Dual {
            value,
            derivative: 0.0,
        }
    }

    /// The variable itself: derivative 1.
    pub fn variable(value: f64) -> Dual {
        Dual {
            value,
            derivative: 1.0,
        }
    }

    fn chain(value: f64, slope: f64, inner: f64) -> Dual {
        // a constant stays constant even where the slope is infinite
        let derivative = if inner == 0.0 { 0.0 } else { slope * inner };
        Dual { value, derivative }
    }
}

impl PartialOrd for Dual {
    fn partial_cmp(&self, other: &Dual) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl Neg for Dual {
    type Output = Dual;
    fn neg(self) -> Dual {
        Dual {
            value: -self.value,
            derivative: -self.derivative,
        }
    }
}

impl Add<&Dual> for Dual {
    type Output = Dual;
    fn add(self, y: &Dual) -> Dual {
        Dual {
            value: self.value + y.value,
            derivative: self.derivative + y.derivative,
        }
    }
}

impl Sub<&Dual> for Dual {
    type Output = Dual;
    fn sub(self, y: &Dual) -> Dual {
        Dual {
            value: self.value - y.value,
            derivative: self.derivative - y.derivative,
        }
    }
}

impl Mul<&Dual> for Dual {
    type Output = Dual;
    fn mul(self, y: &Dual) -> Dual {
        Dual {
            value: self.value * y.value,
            derivative: self.derivative * y.value + self.value * y.derivative,
        }
    }
}

impl Div<&Dual> for Dual {
    type Output = Dual;
    fn div(self, y: &Dual) -> Dual {
        let value = self.value / y.value;
        // a constant divisor adds nothing even where the quotient overflows
        let carried = match y.derivative {
            0.0 => 0.0,
            slope => value * slope,
        };
        Dual {
            value,
            derivative: (self.derivative - carried) / y.value,
        }
    }
}

by_value!(Dual);

impl Field for Dual {
    const EXACT: bool = false;

    fn fine_sum(products: &[(&Dual, &Dual)]) -> Option<Dual> {
        let values: Vec<(&f64, &f64)> =
            products.iter().map(|(x, y)| (&x.value, &y.value)).collect();
        let slope = |(x, y): &(&Dual, &Dual)| x.value * y.derivative + x.derivative * y.value;
        Some(Dual {
            value: f64::fine_sum(&values)?,
            derivative: products.iter().map(slope).sum(),
        })
    }

    fn zero() -> Dual {
        Dual::constant(0.0)
    }

    fn one() -> Dual {
        Dual::constant(1.0)
    }

    fn from_number(x: &Number) -> Dual {
        Dual::constant(x.to_f64())
    }

    fn to_f64(&self) -> f64 {
        self.value
    }

    fn to_number(&self) -> Option<Number> {
        Number::from_f64(self.value)
    }

    fn checked_exp(&self) -> Option<Dual> {
        Some(Real::exp(self))
    }

    fn checked_ln(&self) -> Option<Dual> {
        Some(Real::ln(self))
    }

    fn checked_ln_1p(&self) -> Option<Dual> {
        Some(Dual {
            value: self.value.ln_1p(),
            derivative: self.derivative / (1.0 + self.value),
        })
    }

    fn checked_pow(&self, p: &Dual) -> Option<Dual> {
        let defined = self.to_f64() > 0.0 || p.to_f64() >= 0.0;
        defined.then(|| Real::powf(self, p.to_f64()))
    }
}

impl Real for Dual {
    fn exp(&self) -> Dual {
        let value = self.value.exp();
        Dual::chain(value, value, self.derivative)
    }

    fn ln(&self) -> Dual {
        Dual::chain(self.value.ln(), 1.0 / self.value, self.derivative)
    }

    fn powf(&self, p: f64) -> Dual {
        let slope = match p {
            0.0 => 0.0,
            _ => p * self.value.powf(p - 1.0),
        };
        Dual::chain(self.value.powf(p), slope, self.derivative)
    }
}
