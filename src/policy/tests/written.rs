//! θ, powers and features that no float is count as they are written.

use super::*;

/// θ · φ = 0.7 · 123456789012 − 0.1 · 864197523084 = 0 in fractions, of terms of 9 · 10¹⁰, and 0.7 and 0.1 are no floats: the
/// probabilities are those of fractions, over dual and complex numbers as over floats.
#[test]
fn features_are_as_written_where_large_parameters_cancel() {
    let zeros = vec![Number::ZERO; 2];
    let row = vec![number(7, 10), number(1, 10)];
    let rows = vec![
        row.clone(),
        zeros.clone(),
        zeros.clone(),
        zeros.clone(),
        zeros,
        row,
    ];
    let theta = [123_456_789_012, -864_197_523_084]
        .map(Number::from)
        .to_vec();
    let specification = Specification {
        parametrization: Kind::LogLinear,
        features: Some(Features { rows, names: None }),
        theta: Some(theta),
        ..Specification::default()
    };
    let exact: Policy<Rational> = Policy::from_specification(&space(), &specification).unwrap();
    let exact: Vec<f64> = exact.probabilities().iter().map(Field::to_f64).collect();
    let policy: Policy = Policy::from_specification(&space(), &specification).unwrap();
    assert_eq!(policy.probabilities(), exact);
    let logs = policy.log_probabilities();
    assert_eq!(logs[5], Some(-std::f64::consts::LN_2));
    let dual = policy.map(|&x| Dual::constant(x));
    let theta = dual.theta().unwrap().iter().enumerate();
    let theta = theta.map(|(k, x)| if k == 0 { Dual::variable(x.value) } else { *x });
    let moved = dual.with_theta(theta.collect()).unwrap();
    let pi = moved.probabilities()[5];
    assert_eq!(pi.value, exact[5]);
    // ∂π/∂θ₀ = π(1 − π) 0.7
    assert!((pi.derivative - 0.175).abs() < 1e-15);
    let complex = policy.map(|&x| crate::field::Complex { re: x, im: 0.0 });
    let theta = complex.theta().unwrap().to_vec();
    let again = complex.with_theta(theta).unwrap();
    assert_eq!(again.probabilities()[5].re, exact[5]);
}

/// A parameter is asked for by its name, which is that of one alone and can be shown.
#[test]
fn features_have_names_of_their_own() {
    let made = |names: &[&str]| {
        let specification = Specification {
            parametrization: Kind::LogLinear,
            features: Some(Features {
                rows: vec![vec![Number::ONE, Number::ZERO]; space().pairs()],
                names: Some(names.iter().map(|name| name.to_string()).collect()),
            }),
            ..Specification::default()
        };
        Policy::<f64>::from_specification(&space(), &specification).map(drop)
    };
    assert_eq!(made(&["a", "b"]), Ok(()));
    let name = "a".to_string();
    assert_eq!(made(&["a", "a"]), Err(PolicyError::FeatureTwice { name }));
    for bad in ["", "a\nb"] {
        let name = bad.to_string();
        assert_eq!(made(&["a", bad]), Err(PolicyError::FeatureName { name }));
    }
    let few = PolicyError::Count {
        key: "names",
        expected: 2,
        found: 1,
    };
    assert_eq!(made(&["b"]), Err(few));
}

/// θ·φ = 0 of θ = (10¹³ + 1/3, −3·10¹³ − 1), φ = (3, 1): the third that no float beside 10¹³ is counts. As well ln of odds that two
/// long θ differ by.
#[test]
fn theta_is_that_which_is_written() {
    let log_linear = Specification {
        parametrization: Kind::LogLinear,
        theta: Some(numbers(&[
            (30_000_000_000_001, 3),
            (-30_000_000_000_001, 1),
        ])),
        features: Some(Features {
            names: None,
            rows: (0..6)
                .map(|pair| numbers(&[(3 * (pair % 2), 1), (pair % 2, 1)]))
                .collect(),
        }),
        ..Specification::default()
    };
    let policy = Policy::<f64>::from_specification(&space(), &log_linear).unwrap();
    let third = 1.0 / 3.0;
    let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-15, "{x} {y}");
    close(policy.probabilities()[0], third);
    close(policy.probabilities()[1], third);
    close(policy.log_probabilities()[1].unwrap(), third.ln());
    let softmax = Specification {
        parametrization: Kind::Softmax,
        theta: Some(numbers(&[
            (10_000_000_000_000_001, 1),
            (10_000_000_000_000_000, 1),
            (0, 1),
            (0, 1),
            (0, 1),
            (0, 1),
        ])),
        ..Specification::default()
    };
    let policy = Policy::<f64>::from_specification(&space(), &softmax).unwrap();
    close(policy.probabilities()[1], 1.0 / (1.0 + std::f64::consts::E));
}

/// Features 10⁹ + x and x differ by a constant, which no softmax sees: their scores are the same, and F has one direction.
#[test]
fn scores_are_of_the_features_that_are_written() {
    let rows =
        [1, 2, 3, 0, 5, 7].map(|tenths| numbers(&[(10_000_000_000 + tenths, 10), (tenths, 10)]));
    let specification = Specification {
        parametrization: Kind::LogLinear,
        theta: Some(numbers(&[(1, 10), (1, 10)])),
        features: Some(Features {
            names: None,
            rows: rows.to_vec(),
        }),
        ..Specification::default()
    };
    let policy = Policy::<f64>::from_specification(&space(), &specification).unwrap();
    for pair in 0..6 {
        let row: Vec<(usize, f64)> = policy.slopes(pair).collect();
        let of = |k: usize| row.iter().find(|(l, _)| *l == k).map_or(0.0, |(_, x)| *x);
        let (x, y) = (of(0), of(1));
        assert!((x - y).abs() <= 1e-14 * y.abs(), "{pair}: {x} {y}");
    }
}

/// Means and powers with digits that no float beside them has: actions 10¹⁰ and 10¹⁰ + 1 around 10¹⁰ + 1/3 under σ = 1 have odds of
/// e^((4/9 − 1/9)/2), and |1 + 1/300000|^β those of β ln(1 + 1/300000).
#[test]
fn gaussian_and_escort_parameters_are_those_that_are_written() {
    let names = |n: &[&str]| Names::Listed(n.iter().map(|x| x.to_string()).collect());
    let actions = ["10000000000", "10000000001"];
    let space = Space::new(names(&["s"]), names(&actions), vec![vec![0, 1]]).unwrap();
    let space = Arc::new(space);
    let gaussian = Specification {
        parametrization: Kind::Gaussian,
        theta: Some(numbers(&[(30_000_000_001, 3), (0, 1)])),
        ..Specification::default()
    };
    let policy = Policy::<f64>::from_specification(&space, &gaussian).unwrap();
    let odds = policy.probabilities()[0] / policy.probabilities()[1];
    assert!((odds / f64::exp(1.0 / 6.0) - 1.0).abs() < 1e-14, "{odds}");
    let escort = Specification {
        parametrization: Kind::Escort,
        power: Some(Number::from(1_000_000)),
        theta: Some(numbers(&[(300_001, 300_000), (1, 1)])),
        ..Specification::default()
    };
    let policy = Policy::<f64>::from_specification(&space, &escort).unwrap();
    let odds = policy.probabilities()[0] / policy.probabilities()[1];
    let right = (1e6 * f64::ln_1p(1.0 / 300_000.0)).exp();
    assert!((odds / right - 1.0).abs() < 1e-14, "{odds} {right}");
}

/// Along a parameter the policy is the one that is written too.
#[test]
fn policies_along_a_parameter_are_those_that_are_written() {
    let softmax = Specification {
        parametrization: Kind::Softmax,
        theta: Some(numbers(&[
            (10_000_000_000_000_001, 1),
            (10_000_000_000_000_000, 1),
            (0, 1),
            (1, 3),
            (0, 1),
            (0, 1),
        ])),
        mix: Some(Number::ratio(1, 4).unwrap()),
        ..Specification::default()
    };
    let policy = Policy::<f64>::from_specification(&space(), &softmax).unwrap();
    assert!(policy.is_as_written());
    let likely = 1.0 / (1.0 + f64::exp(-1.0));
    for k in [0, 1] {
        let along = policy.along(k);
        let slope = if k == 0 { 1.0 } else { -1.0 } * likely * (1.0 - likely);
        let found = along.probabilities()[0];
        assert!((found.value - (0.75 * likely + 0.25 / 3.0)).abs() < 1e-15);
        assert!((found.derivative - 0.75 * slope).abs() < 1e-15);
        assert!((along.unmixed()[0].derivative - slope).abs() < 1e-15);
    }
}
