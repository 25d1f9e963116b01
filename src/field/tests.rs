//! Known values of complex and dual functions; the algebra over them is held against other routes
//! in `gradient`.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2};

use super::{Complex, Dual, Field, Real, all_finite, finite};
use crate::number::Rational;

fn complex(re: f64, im: f64) -> Complex {
    Complex::new(re, im)
}

fn assert_near(x: Complex, re: f64, im: f64) {
    let scale = f64::EPSILON * 4.0 * re.hypot(im);
    assert!((x.re - re).abs() <= scale, "{x:?}, not {re} + {im}i");
    assert!((x.im - im).abs() <= scale, "{x:?}, not {re} + {im}i");
}

#[test]
fn complex_quotients_by_hand_with_either_part_the_larger() {
    assert_near(complex(1.0, 2.0) / complex(4.0, 3.0), 0.4, 0.2);
    assert_near(complex(1.0, 2.0) / complex(3.0, 4.0), 0.44, 0.08);
    assert_near(complex(1.0, 2.0) / complex(-3.0, 4.0), 0.2, -0.4);
}

#[test]
fn complex_quotients_do_not_overflow() {
    let huge = complex(1e300, 1e300);
    assert_near(huge / huge, 1.0, 0.0);
}

#[test]
fn complex_functions_by_hand() {
    assert_near(Real::exp(&complex(0.0, FRAC_PI_2)), 0.0, 1.0);
    assert_near(Real::ln(&complex(1.0, 1.0)), LN_2 / 2.0, FRAC_PI_4);
    assert_near(Real::powf(&complex(1.0, 1.0), 2.0), 0.0, 2.0);
    assert_near(
        Real::powf(&complex(0.0, 1.0), 0.5),
        0.5f64.sqrt(),
        0.5f64.sqrt(),
    );
}

/// The exponents of the escort family at its default power: no digit may be lost to polar form.
#[test]
fn complex_powers_zero_and_one_are_exact() {
    let x = complex(0.3, 1e-20);
    assert_eq!(Real::powf(&x, 0.0), Complex::one());
    assert_eq!(Real::powf(&x, 1.0), x);
    for x in [complex(0.1, 0.7), complex(1.1, -3.0), complex(1e5, 1e-7)] {
        assert_eq!(Real::powf(&x, 1.0), x);
    }
    assert_eq!(Real::powf(&complex(0.0, 1e-20), 0.0), Complex::one());
}

#[test]
fn powers_are_defined_where_the_real_ones_are() {
    let dual = |x: f64, p: f64| Dual::variable(x).checked_pow(&Dual::constant(p));
    let complex = |x: f64, p: f64| complex(x, 0.0).checked_pow(&complex(p, 0.0));
    for (x, p, defined) in [(2.0, -1.0, true), (0.0, 2.0, true), (0.0, -1.0, false)] {
        assert_eq!(dual(x, p).is_some(), defined, "{x}^{p}");
        assert_eq!(complex(x, p).is_some(), defined, "{x}^{p}");
    }
}

/// (xᵖ)' = p xᵖ⁻¹, and x⁰ = 1 has no slope even at 0, where xᵖ⁻¹ is infinite.
#[test]
fn dual_powers_by_hand() {
    let power = |x: f64, p: f64| Real::powf(&Dual::variable(x), p);
    let dual = |value, derivative| Dual { value, derivative };
    assert_eq!(power(3.0, 2.0), dual(9.0, 6.0));
    assert_eq!(power(0.25, 0.5), dual(0.5, 1.0));
    assert_eq!(power(0.0, 0.0), dual(1.0, 0.0));
    assert_eq!(power(0.0, 1.0), dual(0.0, 1.0));
}

/// Over fractions the functions exist where their values are fractions: the entropy of a state
/// without a choice is log 1 = 0.
#[test]
fn fractions_have_the_functions_whose_values_are_fractions() {
    let q = |n: i64, d: u64| Rational::from_parts(n.into(), d.into());
    assert_eq!(q(1, 1).checked_ln(), Some(q(0, 1)));
    assert_eq!(q(2, 1).checked_ln(), None);
    assert_eq!(q(0, 1).checked_exp(), Some(q(1, 1)));
    assert_eq!(q(1, 1).checked_exp(), None);
    assert_eq!(q(2, 3).checked_pow(&q(-2, 1)), Some(q(9, 4)));
    assert_eq!(q(4, 1).checked_pow(&q(1, 2)), None);
}

/// A bound that nothing is known of is in no field, and not 0 in any.
#[test]
fn what_is_not_finite_is_no_number() {
    for x in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!(finite::<f64>(x), None);
        assert_eq!(finite::<Rational>(x), None);
        assert_eq!(all_finite::<f64>(&[1.0, x]), None);
    }
    assert_eq!(all_finite(&[0.5, -2.0]), Some(vec![0.5, -2.0]));
}
