//! Section 3 of the theory over every parametrization.

mod written;

use super::*;
use crate::field::Dual;
use crate::mdp::Names;
use crate::number::{Number, Rational};

fn number(p: i64, q: u64) -> Number {
    Number::ratio(p, q).unwrap()
}

fn numbers(x: &[(i64, u64)]) -> Vec<Number> {
    x.iter().map(|&(p, q)| number(p, q)).collect()
}

/// Three actions, one action, a terminal state, two actions.
fn space() -> Arc<Space> {
    let names = |n: &[&str]| Names::Listed(n.iter().map(|x| x.to_string()).collect());
    let sets = vec![vec![0, 1, 2], vec![1], vec![], vec![0, 2]];
    let states = names(&["x", "y", "end", "z"]);
    Arc::new(Space::new(states, names(&["a", "b", "c"]), sets).unwrap())
}

const PI: [(i64, u64); 6] = [(1, 2), (1, 3), (1, 6), (1, 1), (1, 4), (3, 4)];
const THETA: [(i64, u64); 6] = [(1, 2), (-1, 3), (2, 1), (1, 1), (-3, 4), (5, 4)];

/// Interior policies that are rational, pure and mixed.
fn rational_specifications() -> Vec<Specification> {
    let given = |parametrization| Specification {
        parametrization,
        probabilities: Some(numbers(&PI)),
        ..Specification::default()
    };
    let escort = |power| Specification {
        parametrization: Kind::Escort,
        theta: Some(numbers(&THETA)),
        power: Some(number(power, 1)),
        ..Specification::default()
    };
    let softmax = Specification {
        temperature: Some(number(3, 2)),
        ..given(Kind::Softmax)
    };
    let direct = Specification {
        parametrization: Kind::Direct,
        theta: Some(numbers(&[(1, 5), (2, 5), (1, 3)])),
        ..Specification::default()
    };
    let features = Features {
        names: None,
        rows: [[1, 0], [0, 1], [2, -1], [1, 1], [0, 0], [3, 1]]
            .iter()
            .map(|row| row.iter().map(|&x| Number::from(x)).collect())
            .collect(),
    };
    let log_linear = Specification {
        parametrization: Kind::LogLinear,
        features: Some(features),
        ..Specification::default()
    };
    let mut all = vec![softmax, given(Kind::Simplex), given(Kind::Direct), direct];
    all.extend([escort(1), escort(2), escort(3), log_linear]);
    for i in 0..all.len() {
        let mixed = Specification {
            mix: Some(number(1, 10)),
            ..all[i].clone()
        };
        all.push(mixed);
    }
    all
}

/// Interior policies over `f64`, those with irrational probabilities included.
fn float_policies() -> Vec<Policy<f64>> {
    let mut all: Vec<Policy<f64>> = rational_specifications()
        .iter()
        .map(|spec| Policy::from_specification(&space(), spec).unwrap())
        .collect();
    let moved: Vec<Policy<f64>> = all
        .iter()
        .map(|policy| {
            let d = policy.parameters();
            let theta = (0..d).map(|k| 0.15 + 0.11 * k as f64).collect();
            policy.with_theta(theta).unwrap()
        })
        .collect();
    all.extend(moved);
    all
}

fn dense<F: Field>(entries: &[(usize, usize, F)], d: usize) -> Vec<Vec<F>> {
    let mut matrix = vec![vec![F::zero(); d]; d];
    for (k, l, x) in entries {
        assert!(k <= l, "upper triangle");
        matrix[*k][*l] += x;
    }
    matrix
}

fn close(x: f64, y: f64, scale: f64) {
    // a few dozen roundings of numbers of this scale
    assert!(
        (x - y).abs() <= 64.0 * f64::EPSILON * scale,
        "{x} is not {y}"
    );
}

#[test]
fn sums_over_actions_are_exact_over_fractions() {
    let space = space();
    for spec in rational_specifications() {
        let policy: Policy<Rational> = Policy::from_specification(&space, &spec).unwrap();
        let d = policy.parameters();
        assert_eq!(policy.labels().len(), d);
        let scores = policy.scores();
        assert!(scores.missing.is_empty());
        for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
            let mut total = Rational::ZERO;
            let mut slope = vec![Rational::ZERO; d];
            let mut score = vec![Rational::ZERO; d];
            let mut ones = vec![Rational::ZERO; space.pairs()];
            for pair in space.pairs_of(state) {
                let pi = &policy.probabilities()[pair];
                total += pi;
                ones[pair] = Rational::ONE;
                for (k, x) in policy.derivative().row(pair) {
                    slope[k] += x;
                    // ∇π = π ψ
                    assert_eq!(*x, scores.rows.get(pair, k) * pi, "{spec:?}");
                }
                for (k, x) in scores.rows.row(pair) {
                    score[k] += x * pi;
                }
            }
            assert_eq!(total, Rational::ONE, "{spec:?}");
            assert!(slope.iter().chain(&score).all(|x| x.is_zero()));
            let curvature = dense(&policy.curvature(state, &ones).unwrap(), d);
            assert!(curvature.iter().flatten().all(|x| x.is_zero()), "{spec:?}");
        }
    }
}

/// ∂π against dual numbers through θ → π, and ∂²π against dual numbers through ∂π.
#[test]
fn derivatives_are_those_of_dual_numbers() {
    for policy in float_policies() {
        let space = policy.space();
        let d = policy.parameters();
        let theta = policy.theta().unwrap();
        let second: Vec<_> = (0..space.pairs())
            .map(|pair| dense(&policy.second_derivative(pair).unwrap(), d))
            .collect();
        for k in 0..d {
            let lift = |(l, &x): (usize, &f64)| {
                if l == k {
                    Dual::variable(x)
                } else {
                    Dual::constant(x)
                }
            };
            let lifted = theta.iter().enumerate().map(lift).collect();
            let dual = policy
                .map(|&x| Dual::constant(x))
                .with_theta(lifted)
                .unwrap();
            for (pair, second) in second.iter().enumerate() {
                let pi = dual.probabilities()[pair];
                close(pi.value, policy.probabilities()[pair], 1.0);
                close(policy.derivative().get(pair, k), pi.derivative, 16.0);
                for (l, &curvature) in second[k].iter().enumerate().skip(k) {
                    let slope = dual.derivative().get(pair, l).derivative;
                    close(curvature, slope, 64.0);
                }
            }
        }
    }
}

#[test]
fn pull_back_and_curvature_contract_the_derivatives() {
    let weights: Vec<f64> = (0..6).map(|i| (i * i) as f64 - 3.5).collect();
    for policy in float_policies() {
        let d = policy.parameters();
        let by_matrix = policy.derivative().mul_transposed(&weights);
        for (x, y) in policy.pull_back(&weights).iter().zip(&by_matrix) {
            close(*x, *y, 200.0);
        }
        for state in 0..policy.space().states() {
            let contracted = dense(&policy.curvature(state, &weights).unwrap(), d);
            let mut summed = vec![vec![0.0; d]; d];
            for pair in policy.space().pairs_of(state) {
                for (k, l, x) in policy.second_derivative(pair).unwrap() {
                    summed[k][l] += x * weights[pair];
                }
            }
            for (x, y) in contracted.iter().flatten().zip(summed.iter().flatten()) {
                close(*x, *y, 2000.0);
            }
        }
    }
}

/// Theory 3.10: on the boundary of the direct parametrization there is a gradient and no score.
#[test]
fn zero_probabilities_have_no_score() {
    let zero = [(0, 1), (1, 3), (2, 3), (1, 1), (1, 1), (0, 1)];
    for parametrization in [Kind::Direct, Kind::Simplex] {
        let spec = Specification {
            parametrization,
            probabilities: Some(numbers(&zero)),
            ..Specification::default()
        };
        let policy: Policy = Policy::from_specification(&space(), &spec).unwrap();
        let scores = policy.scores();
        assert_eq!(scores.missing, [0, 5]);
        assert_eq!(scores.rows.row(0).len(), 0);
        assert!(!policy.supports(0) && policy.supports(1));
        assert!(
            policy
                .with_theta(policy.theta().unwrap().to_vec())
                .unwrap()
                .scores()
                .missing
                == [0, 5]
        );
        let mixed = policy.mixed(0.1).unwrap();
        assert!(mixed.scores().missing.is_empty() && mixed.supports(0));
    }
    let spec = Specification {
        parametrization: Kind::Escort,
        theta: Some(numbers(&[(0, 1), (1, 1), (-1, 1), (2, 1), (3, 1), (0, 1)])),
        ..Specification::default()
    };
    let policy: Policy<Rational> = Policy::from_specification(&space(), &spec).unwrap();
    let scores = policy.scores();
    assert!(scores.missing.is_empty(), "∇π = 0 where π = 0");
    assert_eq!(scores.rows.row(0).len(), 0);
    assert!(policy.derivative().row(0).all(|(_, x)| x.is_zero()));
}

#[test]
fn large_logits_neither_overflow_nor_lose_the_score() {
    let theta = vec![1e308, -1e308, 0.0, 5.0, -2000.0, 0.0];
    let policy = Policy::softmax(&space(), theta, 1e-3).unwrap();
    assert_eq!(policy.probabilities(), [1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
    assert!(policy.supports(1));
    let scores = policy.scores();
    assert!(scores.missing.is_empty());
    assert_eq!(scores.rows.get(4, 4), 1000.0);
    assert_eq!(scores.rows.get(5, 4), 0.0);
    let infinite = Policy::softmax(&space(), vec![f64::INFINITY; 6], 1.0);
    let state = "x".to_string();
    assert_eq!(infinite.unwrap_err(), PolicyError::NotFinite { state });
}

/// Theory 3.5 and 3.6: gauge directions of escort and softmax, over fractions.
#[test]
fn gauge_directions_vanish() {
    let spec = &rational_specifications()[5];
    let policy: Policy<Rational> = Policy::from_specification(&space(), spec).unwrap();
    let theta = policy.theta().unwrap();
    for pair in 0..6 {
        let along = policy.derivative().row(pair).map(|(k, x)| x * &theta[k]);
        assert!(along.fold(Rational::ZERO, |sum, x| sum + x).is_zero());
    }
    let spec = &rational_specifications()[0];
    let policy: Policy<Rational> = Policy::from_specification(&space(), spec).unwrap();
    assert!(policy.theta().is_none(), "τ log π is no fraction");
    let scores = policy.scores();
    for pair in 0..6 {
        let sum = scores.rows.row(pair).map(|(_, x)| x.clone());
        assert!(sum.fold(Rational::ZERO, |sum, x| sum + x).is_zero());
    }
}

#[test]
fn labels_name_state_and_action_or_feature() {
    let specs = rational_specifications();
    let labels = |i: usize| {
        let policy: Policy = Policy::from_specification(&space(), &specs[i]).unwrap();
        policy.labels()
    };
    assert_eq!(labels(0)[2..4], ["theta[x,c]", "theta[y,b]"]);
    assert_eq!(labels(2), ["theta[x,a]", "theta[x,b]", "theta[z,a]"]);
    assert_eq!(labels(7), ["theta[0]", "theta[1]"]);
}

#[test]
fn what_is_no_fraction_is_named() {
    let spec = Specification {
        theta: Some(numbers(&THETA)),
        ..Specification::default()
    };
    let error = Policy::<Rational>::from_specification(&space(), &spec).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the exponential of -3/2, in `x`, is not a fraction, so this softmax policy has no exact \
         form; give `probabilities`, or a direct or simplex policy, or take Numbers::Certified for its digits"
    );
    let spec = Specification {
        parametrization: Kind::Escort,
        theta: spec.theta,
        power: Some(number(5, 2)),
        ..Specification::default()
    };
    let error = Policy::<Rational>::from_specification(&space(), &spec).unwrap_err();
    assert!(
        error.to_string().starts_with("the power of 5/2, in `x`"),
        "{error}"
    );
    assert!(Policy::<f64>::from_specification(&space(), &spec).is_ok());
}

#[test]
fn wrong_policies_are_refused_by_name() {
    let error = |spec: &Specification| {
        let policy = Policy::<f64>::from_specification(&space(), spec);
        policy.unwrap_err().to_string()
    };
    let mut spec = Specification {
        parametrization: Kind::Direct,
        probabilities: Some(numbers(&PI)),
        ..Specification::default()
    };
    spec.probabilities.as_mut().unwrap()[1] = number(33, 100);
    assert_eq!(
        error(&spec),
        "the probabilities in `x` sum to 299/300, not 1"
    );
    spec.probabilities.as_mut().unwrap()[1] = number(-1, 3);
    assert_eq!(
        error(&spec),
        "the probability of `b` in `x` is -1/3, below 0"
    );
    spec.temperature = Some(number(1, 1));
    assert_eq!(
        error(&spec),
        "a direct policy takes `probabilities` or `theta`, not `temperature`"
    );
    let mut spec = Specification {
        mix: Some(number(11, 10)),
        ..Specification::default()
    };
    assert_eq!(error(&spec), "`mix` is 11/10; it must be in [0, 1]");
    spec.mix = None;
    spec.theta = Some(numbers(&PI[..5]));
    assert_eq!(error(&spec), "`theta` has 5 entries; 6 were expected");
    spec.theta = None;
    spec.probabilities = Some(numbers(&[(1, 1), (0, 1), (0, 1), (1, 1), (1, 2), (1, 2)]));
    assert!(error(&spec).starts_with("the probability of `b` in `x` is 0, which no softmax"));
}

#[test]
fn random_policies_repeat_and_differ_by_seed() {
    let policy = Policy::random(&space(), 7);
    assert_eq!(policy.theta(), Policy::random(&space(), 7).theta());
    assert_ne!(policy.theta(), Policy::random(&space(), 8).theta());
    let many = random::standard_normal(1, 0, 40_000);
    let mean = many.iter().sum::<f64>() / many.len() as f64;
    let square = many.iter().map(|x| x * x).sum::<f64>() / many.len() as f64;
    // five standard errors: 1/√N and √(2/N)
    assert!(mean.abs() < 5.0 / 200.0 && (square - 1.0).abs() < 5.0 * 2f64.sqrt() / 200.0);
}

/// w∇π = (w₀ − w₁) σ₀σ₁ (1, −1) for two actions, τ = 1: also where the mean of w is not 0 and σ₁ is
/// far below u, as a mixture brings it about.
#[test]
fn nearly_deterministic_policies_pull_weights_back_without_cancellation() {
    let names = |n: &[&str]| Names::Listed(n.iter().map(|x| x.to_string()).collect());
    let space = Arc::new(Space::new(names(&["s"]), names(&["a", "b"]), vec![vec![0, 1]]).unwrap());
    let softmax = Parametrization::Softmax(Softmax { temperature: 1.0 });
    for gap in [1.0_f64, 20.0, 40.0, 300.0] {
        let policy = Policy::new(&space, softmax.clone(), vec![gap, 0.0]).unwrap();
        let slope = (-gap).exp() / (1.0 + (-gap).exp()).powi(2);
        for epsilon in [0.0, 0.05] {
            let policy = policy.clone().mixed(epsilon).unwrap();
            let expected = (1.0 - epsilon) * 2.0 * slope;
            for (found, sign) in policy.pull_back(&[3.0, 1.0]).into_iter().zip([1.0, -1.0]) {
                let error = (found - sign * expected).abs() / expected;
                assert!(
                    error < 1e-13,
                    "gap {gap}, ε {epsilon}: {found}, not {expected}"
                );
            }
            // ∂₀∂₀ of Σ wπ is (w₀ − w₁) σ₀σ₁ (σ₁ − σ₀), and exp(300) leaves σ₁ − σ₀ = −tanh(gap/2)
            let bend: f64 = policy
                .curvature(0, &[3.0, 1.0])
                .unwrap()
                .into_iter()
                .filter(|(k, l, _)| (*k, *l) == (0, 0))
                .map(|(_, _, x)| x)
                .sum();
            let error = (bend + expected * (gap / 2.0).tanh()).abs() / expected;
            assert!(error < 1e-13, "gap {gap}, ε {epsilon}: ∂²π {bend}");
        }
    }
}

/// Actions 0 and 1 under a mean of 10⁸ + 1/2: their squared distances are 10¹⁶ and alike, ℓ(1) − ℓ(0) = 10⁸/σ².
#[test]
fn actions_far_from_the_mean_keep_the_digits_of_their_odds() {
    let names = |n: &[&str]| Names::Listed(n.iter().map(|x| x.to_string()).collect());
    let space = Space::new(names(&["s"]), names(&["0", "1"]), vec![vec![0, 1]]).unwrap();
    let family = Gaussian {
        actions: Arc::new(vec![0.0, 1.0]),
        features: None,
        names: None,
    };
    let family = Parametrization::Gaussian(family);
    let policy = Policy::new(&Arc::new(space), family, vec![1e8 + 0.5, 9.2]).unwrap();
    let first = 1.0 / (1.0 + (1e8 * f64::exp(-18.4)).exp());
    let off = policy.probabilities()[0] / first - 1.0;
    assert!(off.abs() < 1e-13, "{off:e}");
}
