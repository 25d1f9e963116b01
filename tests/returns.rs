//! Moments and laws against closed forms and against enumeration by hand, in fractions.

use exact_mdp::arithmetic::Choice;
use exact_mdp::bundled;
use exact_mdp::error::Error;
use exact_mdp::field::Field;
use exact_mdp::mdp::Criterion;
use exact_mdp::model::Model;
use exact_mdp::number::Rational;
use exact_mdp::returns::{Distribution, Mass};
use exact_mdp::solved::Solved;
use exact_mdp::study::{self, Notes};

fn model(name: &str) -> Model {
    Model::parse(name, bundled::text(name).expect("bundled")).expect("valid")
}

fn exact(name: &str) -> Solved<Rational> {
    let model = model(name);
    let over = model.exact().expect("fractions");
    over.solve(Choice::Own).expect("a value")
}

fn ratio(p: i64, q: i64) -> Rational {
    Rational::from_i64(p) / Rational::from_i64(q)
}

fn single(x: Rational, probability: Rational) -> Mass<Rational> {
    Mass {
        low: Some(x.clone()),
        high: Some(x),
        probability,
        error: 0.0,
    }
}

fn over(name: &str, horizon: usize) -> Solved<Rational> {
    let solved = exact(name);
    let discount = solved.mdp().discount();
    let criterion = Criterion::FiniteHorizon { discount, horizon };
    let mdp = solved
        .mdp()
        .as_ref()
        .clone()
        .with_criterion(criterion)
        .unwrap();
    Solved::new(mdp, solved.policy().as_ref().clone()).expect("a value")
}

/// E (X − E X)ᵏ of a law of single values.
fn central(law: &Distribution<Rational>, k: usize) -> Rational {
    let mean = |f: &dyn Fn(&Rational) -> Rational| {
        let terms = law.parts.iter();
        terms.fold(Rational::zero(), |sum, part| {
            sum + f(part.low.as_ref().expect("finite")) * &part.probability
        })
    };
    let first = mean(&|x| x.clone());
    mean(&|x| (0..k).fold(Rational::one(), |power, _| power * &(x.clone() - &first)))
}

/// Bernoulli with p = 9/10: pq, pq(q − p), pq(1 − 3pq).
#[test]
fn moments_of_a_bandit_are_those_of_a_coin() {
    let solved = exact("confident-bandit");
    let moments = solved.return_moments().unwrap();
    assert_eq!(moments.variance, ratio(9, 100));
    assert_eq!(moments.third, ratio(-9, 125));
    assert_eq!(moments.fourth, ratio(657, 10_000));
    assert_eq!(moments.kurtosis(), Some(ratio(73, 9)));
    let law = solved.return_distribution().unwrap();
    assert!(law.finite);
    let parts = [
        single(ratio(0, 1), ratio(1, 10)),
        single(ratio(1, 1), ratio(9, 10)),
    ];
    assert_eq!(law.parts, parts);
    assert_eq!(law.quantile(&ratio(1, 10)).unwrap().high, Some(ratio(0, 1)));
    assert_eq!(
        law.quantile(&ratio(11, 100)).unwrap().low,
        Some(ratio(1, 1))
    );
    // the worst half: 1/10 pays 0, 4/10 pay 1
    assert_eq!(law.tail_mean(&ratio(1, 2)).unwrap().low, Some(ratio(4, 5)));
}

/// Four trajectories: a: −3; b, a, a: −4; b, a, b: 1; b, b: 1.
#[test]
fn the_law_of_an_acyclic_model_is_enumerated() {
    let solved = exact("reversed-ranking");
    let law = solved.return_distribution().unwrap();
    let parts = [
        single(ratio(-4, 1), ratio(1, 8)),
        single(ratio(-3, 1), ratio(1, 2)),
        single(ratio(1, 1), ratio(3, 8)),
    ];
    assert_eq!(law.parts, parts);
    let moments = solved.return_moments().unwrap();
    let found = [&moments.variance, &moments.third, &moments.fourth];
    for (k, found) in (2..).zip(found) {
        assert_eq!(*found, central(&law, k));
    }
    let length = solved.length_distribution().unwrap().expect("it ends");
    let parts = [
        single(ratio(1, 1), ratio(1, 2)),
        single(ratio(2, 1), ratio(1, 4)),
        single(ratio(3, 1), ratio(1, 4)),
    ];
    assert_eq!(length.parts, parts);
}

/// G = 2⁻ᵏ with probability x(1 − x)ᵏ: E Gʲ = x/(1 − (1 − x)/2ʲ), x = 1/4.
#[test]
fn moments_of_a_loop_are_geometric_sums() {
    let solved = exact("try-again");
    let moments = solved.return_moments().unwrap();
    let raw = [ratio(2, 5), ratio(4, 13), ratio(8, 29), ratio(16, 61)];
    let power = |k: usize| (0..k).fold(Rational::one(), |power, _| power * &raw[0]);
    assert_eq!(moments.mean, raw[0]);
    assert_eq!(moments.variance, raw[1].clone() - &power(2));
    let third = raw[2].clone() - &(ratio(3, 1) * &raw[0] * &raw[1]) + &(ratio(2, 1) * &power(3));
    assert_eq!(moments.third, third);
    let fourth = raw[3].clone() - &(ratio(4, 1) * &raw[0] * &raw[2])
        + &(ratio(6, 1) * &power(2) * &raw[1])
        - &(ratio(3, 1) * &power(4));
    assert_eq!(moments.fourth, fourth);
    // d/dx of 4x/(3 + x) − (2x/(1 + x))², times dx/dθ = x(1 − x)
    let slope = (ratio(192, 169) - &ratio(128, 125)) * &ratio(3, 16);
    let gradient = solved.variance_gradient().unwrap();
    assert_eq!(gradient, [slope.clone(), -slope]);
}

/// What goes on and is paid nothing has the value of what has ended: of the first model G = 1 surely, and with γ = 0 of the
/// other one R₀, 1 where it ends and where it goes on, with 1/4 and 1/2, and 3 with 1/4.
#[test]
fn a_value_of_what_has_ended_and_of_what_goes_on_is_one() {
    let idle = "discount: 1/2\nstates: [s, z, end]\nactions: [a]\ninitial: s\nterminal: [end]\n\
                transitions:\n  s: {a: {z: 1/2, end: 1/2}}\n  z: {a: z}\nrewards:\n  s: {a: 1}\n";
    let short = "discount: 0\nstates: [s, end]\nactions: [a]\ninitial: s\nterminal: [end]\ntransitions:\n\
                 - [s, a, end, 1/4, 1]\n- [s, a, s, 1/2, 1]\n- [s, a, end, 1/4, 3]\n";
    for (text, expected) in [
        (idle, vec![single(ratio(1, 1), ratio(1, 1))]),
        (
            short,
            vec![
                single(ratio(1, 1), ratio(3, 4)),
                single(ratio(3, 1), ratio(1, 4)),
            ],
        ),
    ] {
        let model = Model::parse("m", text).unwrap();
        let exact = model.exact().unwrap().solve(Choice::Own).unwrap();
        let law = exact.return_distribution().unwrap();
        assert_eq!(law.parts, expected, "{text}");
        assert!(law.finite && law.under_way.is_zero(), "{text}");
        let float = model.solve(Choice::Own).unwrap();
        let law = float.return_distribution().unwrap();
        let parts = law.parts.iter().zip(&expected);
        assert_eq!(law.parts.len(), expected.len(), "{text}");
        for (found, expected) in parts {
            assert_eq!(
                found.low,
                expected.low.as_ref().map(Field::to_f64),
                "{text}"
            );
            assert_eq!(found.low, found.high, "{text}");
            let probability = Field::to_f64(&expected.probability);
            assert_eq!(found.probability, probability, "{text}");
        }
    }
}

/// P(G ≤ 1/4) = (3/4)², within the enclosure, which is narrow.
#[test]
fn an_endless_law_is_enclosed() {
    let law = exact("try-again").return_distribution().unwrap();
    assert!(!law.finite && law.under_way > Rational::zero());
    let (low, high) = law.at_most(&ratio(1, 4)).unwrap();
    assert!(low <= ratio(9, 16) && ratio(9, 16) <= high);
    assert!(high - &low < ratio(1, 1_000_000));
    let total = law.parts.iter();
    let total = total.fold(Rational::zero(), |sum, part| sum + &part.probability);
    assert_eq!(total, Rational::one());
    let median = law.quantile(&ratio(1, 2)).unwrap();
    assert_eq!(median.low, median.high);
    assert_eq!(median.low, Some(ratio(1, 4)));
    // the worst half: E[G; k ≥ 2] = (9/16)(1/4)(2/5) less 1/16 of it at 1/4
    let worst = (ratio(9, 160) * &Rational::one() - &ratio(1, 64)) * &ratio(2, 1);
    let tail = law.tail_mean(&ratio(1, 2)).unwrap();
    assert!(tail.low.unwrap() <= worst && worst <= tail.high.unwrap());
}

/// Three steps: 1, 1/2, 1/4 with x(1 − x)ᵏ, and 0.
#[test]
fn the_law_over_a_horizon_is_whole() {
    let solved = over("try-again", 3);
    let law = solved.return_distribution().unwrap();
    let parts = [
        single(ratio(0, 1), ratio(27, 64)),
        single(ratio(1, 4), ratio(9, 64)),
        single(ratio(1, 2), ratio(3, 16)),
        single(ratio(1, 1), ratio(1, 4)),
    ];
    assert_eq!(law.parts, parts);
    let moments = solved.return_moments().unwrap();
    assert_eq!(moments.variance, central(&law, 2));
    assert_eq!(moments.third, central(&law, 3));
    assert_eq!(moments.fourth, central(&law, 4));
    // d/dx Σ_{k<3} x(1 − x)ᵏ cᵏ = Σ (1 − x)ᵏcᵏ − kx(1 − x)ᵏ⁻¹cᵏ
    let slope = |c: Rational| {
        let (x, y) = (ratio(1, 4), ratio(3, 4));
        let first = y.clone() * &c - &(x.clone() * &c);
        let second = y.clone() * &y * &c * &c - &(ratio(2, 1) * &x * &y * &c * &c);
        Rational::one() + &first + &second
    };
    let mean = moments.mean.clone();
    let variance = slope(ratio(1, 4)) - &(ratio(2, 1) * &mean * &slope(ratio(1, 2)));
    let gradient = solved.variance_gradient().unwrap();
    assert_eq!(gradient[0], variance * &ratio(3, 16));
    let length = solved.length_distribution().unwrap().expect("a horizon");
    assert_eq!(
        length.parts.last(),
        Some(&single(ratio(3, 1), ratio(9, 16)))
    );
}

/// Over floating point as over fractions, also where starts differ and rewards depend on s'.
#[test]
fn floating_point_agrees_with_fractions() {
    for name in [
        "retry-loop",
        "two-state",
        "recycling-robot",
        "frozenlake-4x4",
    ] {
        let model = model(name);
        let float = model.solve(Choice::Uniform).unwrap();
        let exact = model.exact().unwrap().solve(Choice::Uniform).unwrap();
        let (near, true_) = (
            float.return_moments().unwrap(),
            exact.return_moments().unwrap(),
        );
        let pairs = [
            (near.variance, &true_.variance),
            (near.third, &true_.third),
            (near.fourth, &true_.fourth),
        ];
        for (near, exact) in pairs {
            let exact = Field::to_f64(exact);
            assert!(
                (near - exact).abs() <= 1e-9 * exact.abs().max(1e-6),
                "{name}"
            );
        }
        let (near, exact) = (
            float.variance_gradient().unwrap(),
            exact.variance_gradient().unwrap(),
        );
        for (near, exact) in near.iter().zip(&exact) {
            assert!(
                (near - Field::to_f64(exact)).abs() <= 1e-9 * (1.0 + near.abs()),
                "{name}"
            );
        }
    }
}

/// Two states in turn, the first of which pays 1: G = 1/(1 − γ²), which lies in every enclosure. Fractions of
/// γᵗ grow by three digits a step; rewards that are all the same are known without one.
#[test]
fn laws_near_discount_one_are_enclosed_without_long_fractions() {
    let turns = |discount: &str, second: &str| {
        let text = format!(
            "discount: {discount}\nstates: [a, b]\nactions: 1\ninitial: a\n\
             transitions: {{a: {{0: b}}, b: {{0: a}}}}\nrewards: {{a: 1, b: {second}}}\n"
        );
        let model = Model::parse("turns.yaml", &text).unwrap();
        let solved = model.exact().unwrap().solve(Choice::Uniform).unwrap();
        solved.return_distribution().unwrap()
    };
    let law = turns("999/1000", "0");
    let value = ratio(1_000_000, 1999);
    let (low, high) = (
        law.parts[0].low.clone().unwrap(),
        law.parts[0].high.clone().unwrap(),
    );
    assert!(low <= value && value <= high, "{low} {high}");
    assert!(high - low < ratio(1, 1_000_000));
    let total = law.parts.iter().map(|part| &part.probability);
    assert_eq!(
        total.fold(Rational::zero(), |sum, x| sum + x),
        Rational::one()
    );
    let law = turns("0.999999999999999", "1");
    assert_eq!(
        law.parts,
        [single(ratio(1_000_000_000_000_000, 1), ratio(1, 1))]
    );
    assert!(law.finite);
}

/// P(T ≤ n) = 1 − (1 − p)ⁿ, with episodes of 10⁴ steps on average in floating point and of 10³ over fractions,
/// whose powers are rounded down: what that loses may lie anywhere.
#[test]
fn lengths_of_long_episodes_are_geometric() {
    let waiting = |p: &str, stay: &str| {
        let text = format!(
            "discount: 1\nstates: [a, end]\nactions: 1\ninitial: a\nterminal: [end]\n\
             transitions: {{a: {{0: {{a: {stay}, end: {p}}}}}}}\nrewards: {{a: 1}}\n"
        );
        Model::parse("waiting.yaml", &text).unwrap()
    };
    let float = waiting("1/10000", "9999/10000")
        .solve(Choice::Uniform)
        .unwrap();
    let length = float.length_distribution().unwrap().expect("it ends");
    let model = waiting("1/1000", "999/1000");
    let exact = model.exact().unwrap().solve(Choice::Uniform).unwrap();
    let exactly = exact.length_distribution().unwrap().expect("it ends");
    for n in [1, 700, 10_000, 60_000] {
        let (low, high) = length.at_most(&f64::from(n)).unwrap();
        let right = -(f64::from(n) * (-1e-4_f64).ln_1p()).exp_m1();
        assert!(
            low <= right + 1e-9 && right <= high + 1e-9,
            "{n}: {low} {right} {high}"
        );
        assert!(high - low < 5e-3, "{n}: {low} {high}");
    }
    for n in [1_u32, 700, 10_000] {
        let (low, high) = exactly.at_most(&ratio(i64::from(n), 1)).unwrap();
        let right = Rational::one() - ratio(999, 1000).pow(n as isize);
        assert!(low <= right && right <= high, "{n}");
        assert!(Field::to_f64(&(high - low)) < 2e-12, "{n}");
    }
}

/// A model whose rewards are all so many times those of another has the same law in that unit: what has no unit is
/// the same, and a moment that floating point does not hold is infinite or no number, never 0.
#[test]
fn moments_of_any_size_are_scaled_or_said_not_to_be_held() {
    let at = |exponent: i32| {
        let reward = format!("1e{exponent}");
        let text = format!(
            "discount: 4/5\nstates: [a, b, c]\nactions: [x, y]\ninitial: a\n\
             transitions: {{a: {{x: b, y: {{a: 1/2, b: 1/2}}}}, b: {{x: a, y: b}}, c: {{x: c}}}}\n\
             rewards: {{a: {{x: {reward}, y: -{reward}}}, b: {{x: {reward}}}, c: {{x: 0}}}}\n"
        );
        let model = Model::parse("scaled.yaml", &text).unwrap();
        (model.solve(Choice::Uniform).unwrap(), model)
    };
    let (one, model) = at(0);
    let exact = model.exact().unwrap().solve(Choice::Uniform).unwrap();
    let exact = exact.return_moments().unwrap();
    let kurtosis = Field::to_f64(&exact.kurtosis().unwrap());
    let (variance, fourth) = (Field::to_f64(&exact.variance), Field::to_f64(&exact.fourth));
    let close = |x: f64, y: f64| assert!((x / y - 1.0).abs() < 1e-12, "{x} {y}");
    let slopes = one.variance_gradient().unwrap();
    for exponent in [-200, -160, -90, -40, 0, 40, 90, 160, 200] {
        let (solved, _) = at(exponent);
        let unit = 10f64.powi(exponent);
        let moments = solved.return_moments().unwrap();
        close(moments.kurtosis().unwrap(), kurtosis);
        close(
            moments.standard_deviation().unwrap() / unit,
            variance.sqrt(),
        );
        close(
            moments.skewness().unwrap(),
            one.return_moments().unwrap().skewness().unwrap(),
        );
        let held = |x: f64, order: i32, right: f64| match order * exponent {
            308.. => assert_eq!(x, f64::INFINITY),
            ..-308 => assert!(x.is_nan(), "{x}"),
            _ => close(x / unit.powi(order), right),
        };
        held(moments.variance, 2, variance);
        held(moments.fourth, 4, fourth);
        assert_eq!(moments.variance_by_state[2], 0.0, "nothing happens in c");
        let gradient = solved.variance_gradient();
        match 2 * exponent {
            308.. => assert!(matches!(gradient, Err(Error::Overflow { .. }))),
            ..-308 => assert!(matches!(gradient, Err(Error::Underflow { .. }))),
            _ => close(gradient.unwrap()[0] / unit / unit, slopes[0]),
        }
    }
}

/// A lottery that wins 1 once in 10³⁰⁰: Var G = p(1 − p) and a kurtosis of 1/p − 3 and next to nothing; what is won may
/// be large.
#[test]
fn what_hardly_ever_happens_has_a_variance() {
    let text = |sure: &str| {
        format!(
            "criterion: total\nstates: 3\nactions: 1\ninitial: 0\nterminal: [2]\ntransitions:\n\
             - [0, 0, 1, 1e-300, 1]\n- [0, 0, 2, {}/{}, 0]\n- [1, 0, 2, 1, {sure}]\n",
            "9".repeat(300),
            "1".to_owned() + &"0".repeat(300),
        )
    };
    let solved = |text: &str| {
        Model::parse("lottery.yaml", text)
            .unwrap()
            .solve(Choice::Own)
            .unwrap()
    };
    let moments = solved(&text("0")).return_moments().unwrap();
    assert!((moments.variance / 1e-300 - 1.0).abs() < 1e-14);
    assert!((moments.kurtosis().unwrap() / 1e300 - 1.0).abs() < 1e-14);
    let mixed = solved(&text("1e160")).return_moments().unwrap();
    assert!(
        (mixed.variance / 1e20 - 1.0).abs() < 1e-12,
        "{}",
        mixed.variance
    );
    assert_eq!(
        mixed.variance_by_state[1], 0.0,
        "what is sure does not vary"
    );
}

/// Cost 1 with 9/10, 100 with 1/10: the worst twentieth costs 100, the worst quarter (10 + 15 · 1/100)/(1/4).
#[test]
fn the_worst_of_costs_are_the_largest() {
    let text = "discount: 1\nobjective: minimize\nstates: [s, end]\nactions: [go]\ninitial: s\nterminal: [end]\ntransitions:\n- [s, go, end, 9/10, 1]\n- [s, go, end, 1/10, 100]\n";
    let costs = Model::parse("costs.yaml", text).unwrap();
    let ask = |model: &Model| {
        let request = study::EvaluateRequest {
            returns: true,
            ..study::EvaluateRequest::default()
        };
        let report = study::evaluate(model, &request, &Notes::default()).unwrap();
        let law = report.returns.unwrap().distribution.unwrap();
        let values = |x: &[exact_mdp::report::Quantity]| -> Vec<f64> {
            x.iter().map(|x| x.value().unwrap()).collect()
        };
        (values(&law.tail_mean_low), values(&law.tail_mean_high))
    };
    let (low, high) = ask(&costs);
    assert_eq!(low, high);
    // at the levels 1/20, 1/10 and 1/4
    for (found, expected) in low.iter().zip([100.0, 100.0, 40.6]) {
        assert!((found - expected).abs() < 1e-12, "{low:?}");
    }
    // and the least of the gains that they are
    let (gains, _) = ask(&costs.negated());
    assert!(low.iter().zip(&gains).all(|(x, y)| (x + y).abs() < 1e-12));
}

/// A fair coin of ±1 at each step for ever: Var G = 1/(1 − γ²). At γ = 1 − 10⁻¹⁵ the square of the rounded γ is off
/// by a twentieth of 1 − γ²; with 3 added to each reward v = 3·10¹⁵, whose last digit is 0.5.
#[test]
fn the_variance_near_discount_one_keeps_its_digits() {
    for added in [0, 3] {
        let text = format!(
            "discount: 0.999999999999999\nstates: [a, b]\nactions: [go]\ninitial: a\n\
             transitions: {{a: {{go: {{a: 1/2, b: 1/2}}}}, b: {{go: {{a: 1/2, b: 1/2}}}}}}\n\
             rewards: {{a: {{go: {{a: {0}, b: {1}}}}}, b: {{go: {{a: {0}, b: {1}}}}}}}\n",
            added + 1,
            added - 1,
        );
        let solved = Model::parse("coin", &text)
            .unwrap()
            .solve(Choice::Uniform)
            .unwrap();
        let found = solved.return_moments().unwrap().variance;
        let expected = 1.0 / 1.999_999_999_999_999e-15;
        assert!((found / expected - 1.0).abs() < 1e-14, "{added}: {found:e}");
    }
}
