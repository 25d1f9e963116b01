//! A single eigenvalue, what is certain of it, and the order in which they are listed.

use std::cmp::Ordering;

use nalgebra::Complex;

/// An eigenvalue and a bound on its error, from the roundings of floating point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigenvalue {
    /// The number.
    pub value: Complex<f64>,
    /// The true one is no further from it. 0 where it is known exactly; large where eigenvalues meet
    /// and have too few eigenvectors, where a rounding moves them by a root of its size.
    pub error: f64,
    /// The modulus of the true one is no larger: that of its set of states is the largest there
    /// (Perron & Frobenius), and known to the last digits.
    pub most: f64,
    /// Whether it is a root of unity, whose modulus is 1 whatever its parts are rounded to.
    pub is_root_of_unity: bool,
}

impl Eigenvalue {
    pub(super) fn exact(value: Complex<f64>) -> Eigenvalue {
        Eigenvalue {
            value,
            error: 0.0,
            most: value.norm(),
            is_root_of_unity: false,
        }
    }

    /// The modulus, and a bound on its error from below.
    pub fn modulus(&self) -> (f64, f64) {
        if self.is_root_of_unity {
            return (1.0, 0.0);
        }
        (self.value.norm(), self.error)
    }
}

/// e^{2πik/d}, by an angle of at most an eighth of the circle: those of k and d − k are conjugate to the last digit, and
/// what is 0, 1/2 or 1 is.
pub(super) fn root_of_unity(k: usize, d: usize) -> Eigenvalue {
    // in eighths of the circle, of which an angle is a multiple and a rest of 8k mod d
    let (eighth, rest) = match (8 * k).checked_div(d) {
        Some(eighth) => (eighth % 8, 8 * k % d),
        None => (0, 0),
    };
    let is_mirrored = eighth % 2 == 1;
    let rest = if is_mirrored { d - rest } else { rest };
    let (cos, sin) = if 3 * rest == 2 * d {
        (0.75f64.sqrt(), 0.5)
    } else {
        let angle = std::f64::consts::FRAC_PI_4 * rest as f64 / d as f64;
        (angle.cos(), if rest == 0 { 0.0 } else { angle.sin() })
    };
    let (cos, sin) = if is_mirrored { (sin, cos) } else { (cos, sin) };
    let (re, im) = match eighth / 2 {
        0 => (cos, sin),
        1 => (-sin, cos),
        2 => (-cos, -sin),
        _ => (sin, -cos),
    };
    Eigenvalue {
        // 0 has no sign
        value: Complex::new(re + 0.0, im + 0.0),
        error: if rest == 0 && !is_mirrored { 0.0 } else { ROOT },
        most: 1.0,
        is_root_of_unity: true,
    }
}

/// What rounding may do to a root of unity: the angle is known up to 3u of at most π/4, and both functions of it up to u.
const ROOT: f64 = 2.0 * f64::EPSILON;

/// The larger modulus first, then the larger real and imaginary part.
pub(super) fn falling(a: &Eigenvalue, b: &Eigenvalue) -> Ordering {
    let key = |z: &Eigenvalue| (z.modulus().0, z.value.re, z.value.im);
    key(b).partial_cmp(&key(a)).unwrap_or(Ordering::Equal)
}
