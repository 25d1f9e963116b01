use super::*;
use crate::test_models::Random;

/// Magnitudes over a few hundred powers of two.
fn fraction(random: &mut Random) -> Rational {
    let mut bits = || random.bits() >> 20;
    let numerator = bits() as i64 - (1 << 43);
    let (scale, denominator) = (bits() % 60, 1 + bits() % 100_000);
    let power = Rational::from(1u64 << scale);
    let x = Rational::from_parts(numerator.into(), denominator.into());
    match bits() % 3 {
        0 => x * power,
        1 => x / power,
        _ => Rational::from(numerator % 5),
    }
}

fn relative(ball: Ball) -> f64 {
    ball.radius / ball.high.abs()
}

/// Sums, differences, products, quotients and chains of them, against fractions.
#[test]
fn every_operation_contains_the_exact_result() {
    let mut random = Random(1);
    for _ in 0..3_000 {
        let (x, y) = (fraction(&mut random), fraction(&mut random));
        let (a, b) = (Ball::enclosing(&x), Ball::enclosing(&y));
        assert!(a.contains(&x) && b.contains(&y));
        assert!((a + b).contains(&(&x + &y)), "{x} + {y}");
        assert!((a - b).contains(&(&x - &y)), "{x} - {y}");
        assert!((a * b).contains(&(&x * &y)), "{x} * {y}");
        assert!((a * b - b * a).contains(&Rational::ZERO));
        if !y.is_zero() {
            let quotient = a / b;
            assert!(quotient.contains(&(&x / &y)), "{x} / {y}");
            assert!(x.is_zero() || relative(quotient) < 1e-30, "{quotient:?}");
            let cancelled = (a + b) / b - Ball::one();
            assert!(cancelled.contains(&(&x / &y)), "{x} / {y} by a sum");
        }
    }
}

/// Also where the radius nearly cancels the midpoint.
#[test]
fn bounds_are_beyond_the_ends_of_the_ball() {
    let mut random = Random(2);
    for _ in 0..2_000 {
        let x = fraction(&mut random);
        let ball = Ball::enclosing(&x);
        let by = Field::to_f64(&x).abs() * (1.0 + (random.bits() >> 20) as f64 * 1e-25);
        for ball in [ball, ball.widened(by), ball.widened(by * 1e-9)] {
            let parts = [ball.high, ball.low, ball.radius].map(|x| Rational::try_from(x).unwrap());
            let [high, low, radius] = parts;
            let middle = high + low;
            assert!(
                Rational::try_from(ball.upper()).unwrap() >= &middle + &radius,
                "{ball:?}"
            );
            assert!(
                Rational::try_from(ball.lower()).unwrap() <= &middle - &radius,
                "{ball:?}"
            );
            assert!(Rational::try_from(ball.magnitude()).unwrap() >= Field::abs(&middle) + radius);
        }
    }
}

#[test]
fn exact_numbers_stay_exact() {
    let (x, y) = (Ball::exact(0.75), Ball::from_i64(3));
    for exact in [x + y, x * y, x / y, Ball::one() - Ball::one()] {
        assert_eq!(exact.radius, 0.0);
    }
    assert!((Ball::one() - Ball::one()).is_zero());
    assert!(!(Ball::one() / y * y - Ball::one()).is_zero());
    let long = Number::ratio(i64::MAX, 1).map(|x| Ball::from_number(&x));
    assert!(long.is_some_and(|x| x.contains(&Rational::from(i64::MAX)) && x.is_exact()));
}

/// e, e⁻²⁰ and e^(1/3) to forty digits.
#[test]
fn exponentials_and_logarithms_enclose_their_published_digits() {
    let decimal = |text: &str| {
        let (digits, places) = text.split_once('e').unwrap();
        let places: usize = places.parse().unwrap();
        let power = dashu_int::UBig::from(10u8).pow(places);
        Rational::from_parts(digits.parse().unwrap(), power)
    };
    let third = Ball::from_number(&Number::ratio(1, 3).unwrap());
    let cases = [
        (Ball::one(), "27182818284590452353602874713526624977572e40"),
        (
            Ball::from_i64(-20),
            "20611536224385578279659403801558209763758e49",
        ),
        (third, "13956124250860895286281253196025868375979e40"),
    ];
    for (x, digits) in cases {
        let power = x.exp();
        assert!(relative(power) < 1e-29, "{power:?}");
        let off = (power - Ball::enclosing(&decimal(digits))).magnitude();
        assert!(off <= 4.0 * power.radius, "{digits}: {off}");
        let back = power.ln().unwrap() - x;
        assert!(
            back.high.abs() <= back.radius && back.radius < 1e-28,
            "{back:?}"
        );
    }
}

#[test]
fn powers_agree_with_multiplication() {
    let x = Ball::from_number(&Number::ratio(7, 3).unwrap());
    let half = Ball::exact(0.5);
    let root = x.pow(&half).unwrap();
    assert!((root * root).contains(&Rational::from_parts(7.into(), 3u8.into())));
    let cube = x.pow(&Ball::from_i64(3)).unwrap();
    assert!(cube.contains(&Rational::from_parts(343.into(), 27u8.into())));
    assert_eq!(Ball::zero().pow(&half), Some(Ball::zero()));
    assert_eq!(Ball::zero().pow(&-half), None);
}

/// What underflows is never taken for zero, and what overflows is never taken for a number.
#[test]
fn the_ends_of_the_range_keep_their_uncertainty() {
    let small = Ball::exact(-800.0).exp();
    assert!(!small.is_zero() && small.upper() > 0.0 && small.lower() < 1e-290);
    assert!(!(small * small).is_zero());
    assert_eq!(Ball::exact(900.0).exp().radius, f64::INFINITY);
    let huge = Ball::exact(1e300) * Ball::exact(1e300);
    assert_eq!(huge.radius, f64::INFINITY);
    let across = Ball::exact(1.0).widened(2.0);
    assert_eq!((Ball::one() / across).radius, f64::INFINITY);
}

/// Where a factor is so large that splitting it overflows, and where everything does.
#[test]
fn what_is_huge_is_contained_or_unknown() {
    let third = Rational::ONE / Rational::from(3);
    for power in ["1e289", "1e295", "1e300", "1e307"] {
        let huge = power.parse::<Number>().unwrap().to_rational() * &third;
        let product = Ball::enclosing(&huge) * Ball::enclosing(&third);
        assert!(product.contains(&(&huge * &third)), "{power}: {product:?}");
        assert!(relative(product) < 1e-30, "{power}: {product:?}");
        let quotient = Ball::enclosing(&huge) / Ball::enclosing(&third);
        assert!(quotient.contains(&(&huge / &third)), "{power}");
    }
    let largest = Ball::exact(f64::MAX);
    for unknown in [
        largest + largest,
        largest * largest,
        Ball::unknown(f64::NAN),
    ] {
        assert_eq!(unknown.magnitude(), f64::INFINITY);
        assert_eq!((unknown - unknown).magnitude(), f64::INFINITY);
    }
}

/// Logarithms with 60 digits from tables (OEIS A002162, A002391, A002392): what is printed is
/// right to the last digit, and the balls know 29 digits or more.
#[test]
fn logarithms_contain_their_digits_in_twice_the_precision() {
    let number = |digits: &str| {
        digits
            .parse::<crate::number::Number>()
            .unwrap()
            .to_rational()
    };
    let ln_2 = number("0.693147180559945309417232121458176568075500134360255254120680");
    let ln_3 = number("1.098612288668109691395245236922525704647490557822749451734694");
    let ln_10 = number("2.302585092994045684017991454684364207601101488628772976033327");
    let whole = |k: i64| Rational::from(k);
    let power = |k: i32| (2f64.powi(k), &ln_2 * whole(k.into()));
    let powers = (-1000..1000).step_by(37).map(power);
    let digits = [(3.0, ln_3.clone()), (10.0, ln_10.clone())];
    let products = [(30.0, &ln_3 + &ln_10), (1e3, &ln_10 * whole(3))];
    for (x, expected) in powers.chain(digits).chain(products) {
        let ln = Ball::exact(x).ln().expect("x > 0");
        assert!(ln.contains(&expected), "log {x}: {ln:?}");
        // four squarings of e^(y/16), and the product k log 2
        let allowed = 6e-30 + 4e-31 * ln.high.abs();
        assert!(ln.radius <= allowed, "log {x}: {:e}", ln.radius);
    }
}

/// What is known to 40 % only: both ends, and hardly more.
#[test]
fn logarithms_of_wide_balls_contain_those_of_their_ends() {
    let number = |digits: &str| {
        digits
            .parse::<crate::number::Number>()
            .unwrap()
            .to_rational()
    };
    // log 0.6 and log 1.4 to 20 digits
    let ends = [
        number("-0.51082562376599068321"),
        number("0.33647223662121293050"),
    ];
    let ln = Ball::one().widened(0.4).ln().expect("x > 0");
    for end in &ends {
        assert!(ln.contains(end), "{ln:?}");
    }
    assert!(ln.radius <= 0.4 + 0.4 * 0.4 + 1e-12, "{ln:?}");
}

/// What may be 0 has no logarithm, nor has what may be anything.
#[test]
fn what_may_be_zero_has_no_logarithm() {
    for (x, radius) in [
        (1.0, 1.5),
        (1e-300, 1e-300),
        (0.0, 0.0),
        (-1.0, 0.1),
        (1e300, 2e300),
    ] {
        assert_eq!(Ball::exact(x).widened(radius).ln(), None, "{x} ± {radius}");
    }
    assert_eq!(Ball::unknown(2.0).ln(), None);
}

/// (1 ± 1/2)² is [1/4, 9/4], and (1 ± 1/2)(−2 ± 1) is [−9/2, −1/2].
#[test]
fn products_of_wide_balls_contain_those_of_their_ends() {
    let q = |n: i64, d: u64| Rational::from_parts(n.into(), d.into());
    let (x, y) = (Ball::one().widened(0.5), Ball::exact(-2.0).widened(1.0));
    for (product, ends) in [(x * x, [q(1, 4), q(9, 4)]), (x * y, [q(-9, 2), q(-1, 2)])] {
        assert!(ends.iter().all(|end| product.contains(end)), "{product:?}");
    }
    assert!((x * x).radius <= 1.25 + 1e-12 && (x * y).radius <= 2.5 + 1e-12);
}
