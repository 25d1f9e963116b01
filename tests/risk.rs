//! Criteria of risk and their gradients, against all returns, closed forms and finite differences.

use std::path::Path;

use exact_mdp::arithmetic::Choice;
use exact_mdp::ascent::{AscentMethod, AscentOptions};
use exact_mdp::error::Error;
use exact_mdp::field::Field;
use exact_mdp::model::{Model, Overrides};
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::returns::{Risk, RiskValue};
use exact_mdp::solved::Solved;
use exact_mdp::study::{self, AscendRequest, Notes};

fn random(model: &Model, seed: u64) -> Solved {
    model.solve(Policy::random(model.space(), seed)).unwrap()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let size = expected.iter().fold(1e-3, |x: f64, y| x.max(y.abs()));
    for (x, y) in found.iter().zip(expected) {
        assert!((x - y).abs() <= tolerance * size, "{found:?} {expected:?}");
    }
}

/// Central differences of a criterion.
fn differences(at: &Solved, of: impl Fn(&Solved) -> f64) -> Vec<f64> {
    let theta = at.policy().theta().unwrap().to_vec();
    let value = |k: usize, h: f64| {
        let mut theta = theta.clone();
        theta[k] += h;
        of(&at.with_theta(theta).unwrap())
    };
    let slope = |k| (value(k, 1e-5) - value(k, -1e-5)) / 2e-5;
    (0..theta.len()).map(slope).collect()
}

/// Both recursions of the second moment against the process that remembers what was paid.
#[test]
fn mean_variance_is_that_of_all_returns_in_fractions() {
    for (name, horizon) in [("two-state", 3), ("reversed-ranking", 3), ("retry-loop", 4)] {
        let model = crate::bundled(name, Some(horizon));
        let solved: Solved<Rational> = model.exact().unwrap().solve(Choice::Uniform).unwrap();
        let c = Rational::from(2) / Rational::from(7);
        let found = solved.mean_variance(&c).unwrap();
        let mean = solved.utility(Rational::clone).unwrap();
        let square = solved.utility(|x| x.clone() * x).unwrap();
        let variance = square.value - mean.value.clone() * &mean.value;
        assert_eq!(found.value, mean.value.clone() - c.clone() * variance);
        for (k, entry) in found.gradient.iter().enumerate() {
            let two = Rational::from(2) * &mean.value * &mean.gradient[k];
            let slope = square.gradient[k].clone() - two;
            assert_eq!(*entry, mean.gradient[k].clone() - c.clone() * slope);
        }
        assert_eq!(mean.gradient, solved.gradient().unwrap());
    }
}

/// A direct policy is linear in θ, so that differences in fractions are exact to second order.
#[test]
fn mean_variance_has_the_slope_of_differences_in_fractions() {
    let model = crate::bundled("two-state", Some(2));
    let policy = |x: Rational| {
        let half = Number::ratio(1, 3).unwrap();
        let text = format!("{{parametrization: direct, theta: [{x}, {half}]}}");
        let specification = exact_mdp::load::parse_policy("p", &text, model.space())
            .unwrap()
            .0;
        let policy = Policy::<Rational>::from_specification(model.space(), &specification);
        model.exact().unwrap().solve(policy.unwrap()).unwrap()
    };
    let ratio = |a: i64, b: i64| Rational::from(a) / Rational::from(b);
    let c = ratio(1, 2);
    let value = |x: Rational| policy(x).mean_variance(&c).unwrap().value;
    // over two steps the criterion is a polynomial of degree 4 in one θ: five points tell its slope
    let (at, h) = (ratio(2, 5), ratio(1, 50));
    let shifted = |k: i64| value(at.clone() + h.clone() * Rational::from(k));
    let slope = (shifted(-2) - shifted(2) + Rational::from(8) * (shifted(1) - shifted(-1)))
        / (Rational::from(12) * h.clone());
    let found = policy(at.clone()).mean_variance(&c).unwrap();
    assert_eq!(found.gradient[0], slope);
}

#[test]
fn exponential_utility_is_that_of_all_returns() {
    for (name, horizon) in [("two-state", 4), ("reversed-ranking", 3), ("retry-loop", 4)] {
        let at = random(&crate::bundled(name, Some(horizon)), 3);
        for beta in [-2.0, -0.3, 1e-9, 0.7, 40.0] {
            let found = at.exponential_utility(beta).unwrap();
            // relative to the mean, so that nothing overflows
            let j = *at.j();
            let all = at.utility(|x| (beta * (x - j)).exp_m1() / beta).unwrap();
            let value = j + (beta * all.value).ln_1p() / beta;
            close(&[found.value], &[value], 1e-10);
            let scale = 1.0 + beta * all.value;
            let gradient: Vec<f64> = all.gradient.iter().map(|x| x / scale).collect();
            close(&found.gradient, &gradient, 1e-9);
        }
        let small = at.exponential_utility(1e-12).unwrap();
        close(&small.gradient, at.gradient().unwrap(), 1e-9);
    }
}

/// A geometric number of steps, each of which pays 1: E exp(βG) is known in closed form.
#[test]
fn exponential_utility_of_a_total_reward_exists_below_a_threshold() {
    let text = "discount: 1\nstates: [s, end]\nactions: [go]\ninitial: s\nterminal: [end]\ntransitions:\n- [s, go, s, 3/4, 1]\n- [s, go, end, 1/4, 1]\n";
    let model = Model::parse("geometric.yaml", text).unwrap();
    let at = model.solve(Choice::Uniform).unwrap();
    for beta in [-1.0f64, -0.01, 0.1, 0.28] {
        let found = at.exponential_utility(beta).unwrap();
        let expected = (0.25 * beta.exp() / (1.0 - 0.75 * beta.exp())).ln() / beta;
        close(&[found.value], &[expected], 1e-12);
    }
    // 3/4 exp(β) reaches 1 at β = 0.2877
    for beta in [0.29, 3.0, 800.0] {
        assert!(at.exponential_utility(beta).is_err(), "{beta}");
    }
    assert!(at.exponential_utility(0.0).is_err());
}

/// Waiting pays nothing, and the return is 4 or 1 with even odds however long it is waited for, up to
/// 10¹⁷ steps: U = ln((e^4β + e^β)/2)/β and ∇U = 0. In a ring of three states that is found or refused.
#[test]
fn exponential_utility_of_long_episodes_is_that_of_what_they_pay() {
    let one = "discount: 1\nstates: [s, end]\nactions: [go, stay]\ninitial: s\nterminal: [end]\ntransitions:\n- [s, go, end, 1/2, 4]\n- [s, go, end, 1/2, 1]\n- [s, stay, s, 1, 0]\n";
    let ring = "discount: 1\nstates: [a, b, c, end]\nactions: [go, stay]\ninitial: a\nterminal: [end]\ntransitions:\n- [a, go, end, 1/2, 4]\n- [a, go, end, 1/2, 1]\n- [a, stay, b, 1, 1/4]\n- [b, stay, c, 1, 1/8]\n- [c, stay, a, 1, -3/8]\n";
    for (text, states) in [(one, 1), (ring, 3)] {
        let model = Model::parse("long.yaml", text).unwrap();
        for theta in [0.0, 15.0, 25.0, 30.0, 40.0] {
            let mut all = vec![0.0, theta];
            all.resize(1 + states, 0.0);
            let policy = Policy::softmax(model.space(), all, 1.0).unwrap();
            let at = model.solve(policy).unwrap();
            for beta in [-3.0f64, -0.1, 0.5, 2.0] {
                let found = match at.exponential_utility(beta) {
                    Ok(found) => found,
                    // what three states are apart is rounded, 10¹³ times and more
                    Err(error) => {
                        assert!(states == 3 && theta >= 15.0, "{error}");
                        assert!(matches!(error, Error::Unsettled { .. }), "{error}");
                        continue;
                    }
                };
                let value = ((4.0 * beta).exp() / 2.0 + beta.exp() / 2.0).ln() / beta;
                let tolerance = if states == 1 { 1e-14 } else { 1e-9 };
                close(&[found.value], &[value], tolerance);
                close(&found.gradient, &vec![0.0; 1 + states], 100.0 * tolerance);
            }
        }
    }
}

/// At discount 0 the return is the first reward, 0 or 1 with even odds: U = ln((1 + e^β)/2)/β and, of
/// the softmax, ∂U/∂θ = ±(e^β − 1)/(2β(1 + e^β)).
#[test]
fn exponential_utility_at_discount_0_is_that_of_the_first_reward() {
    let text = "discount: 0\nstates: [s]\nactions: [a, b]\ninitial: s\ntransitions:\n- [s, a, s, 1, 0]\n- [s, b, s, 1, 1]\n";
    let model = Model::parse("first.yaml", text).unwrap();
    let at = model.solve(Choice::Uniform).unwrap();
    for beta in [-2.0f64, 1e-3, 0.5, 1.0, 30.0] {
        let found = at.exponential_utility(beta).unwrap();
        let value = (beta.exp_m1() / 2.0).ln_1p() / beta;
        let slope = beta.exp_m1() / (2.0 * beta * (1.0 + beta.exp()));
        close(&[found.value], &[value], 1e-14);
        close(&found.gradient, &[-slope, slope], 1e-12);
    }
}

#[test]
fn exponential_utility_has_the_slope_of_differences() {
    let models = [
        ("two-state", None),
        ("retry-loop", None),
        ("two-state", Some(30)),
    ];
    for (name, horizon) in models {
        let at = random(&crate::bundled(name, horizon), 1);
        for beta in [-0.4, 0.15] {
            let found = at.exponential_utility(beta).unwrap();
            let of = |x: &Solved| x.exponential_utility(beta).unwrap().value;
            close(&found.gradient, &differences(&at, of), 1e-6);
        }
    }
}

/// The long horizon is the discounted model, to the digits that the discount leaves.
#[test]
fn a_discounted_utility_is_that_of_a_long_horizon() {
    let short = random(&crate::bundled("two-state", None), 6);
    let long = random(&crate::bundled("two-state", Some(600)), 6);
    for beta in [-1.0, 1e-3, 0.5] {
        let (x, y) = (
            short.exponential_utility(beta).unwrap(),
            long.exponential_utility(beta).unwrap(),
        );
        close(&[x.value], &[y.value], 1e-12);
        close(&x.gradient, &y.gradient, 1e-10);
    }
}

#[test]
fn tails_have_the_mean_of_the_law_and_the_slope_of_differences() {
    let at = random(&crate::bundled("two-state", Some(4)), 2);
    let law = at.return_distribution().unwrap();
    for level in [0.05, 0.31, 0.77, 1.0] {
        let found = at.tail_mean(&level).unwrap();
        let told = law.tail_mean(&level).unwrap();
        close(&[found.value], &[told.low.unwrap()], 1e-10);
        let of = |x: &Solved| {
            x.return_distribution()
                .unwrap()
                .tail_mean(&level)
                .unwrap()
                .low
                .unwrap()
        };
        close(&found.gradient, &differences(&at, of), 1e-6);
    }
    let whole = at.tail_mean(&1.0).unwrap();
    close(&whole.gradient, at.gradient().unwrap(), 1e-12);
    // endless episodes have no finite law
    let endless = random(&crate::bundled("two-state", None), 2);
    assert!(endless.tail_mean(&0.1).is_err());
    assert!(at.tail_mean(&0.0).is_err() && at.tail_mean(&1.5).is_err());
}

/// One outcome has probability 1/2 exactly: there the worst half has two one-sided slopes.
#[test]
fn a_level_that_is_reached_exactly_has_no_gradient() {
    let text = "horizon: 1\nstates: [s]\nactions: [a, b]\ninitial: s\ntransitions:\n- [s, a, s, 1, 0]\n- [s, b, s, 1, 1]\n";
    let model = Model::parse("coin.yaml", text).unwrap();
    let at: Solved<Rational> = model.exact().unwrap().solve(Choice::Uniform).unwrap();
    let half = Rational::from(1) / Rational::from(2);
    assert!(at.tail_mean(&half).is_err());
    let above = at
        .tail_mean(&(Rational::from(3) / Rational::from(4)))
        .unwrap();
    // (P(b) − 1/4) / (3/4) at P(b) = 1/2
    assert_eq!(above.value, Rational::from(1) / Rational::from(3));
    assert!(above.gradient.iter().any(|x| *x > Rational::from(0)));
}

/// What a level has for its name, in floating point.
fn tail(at: &Solved, level: &str) -> RiskValue {
    at.risk(&format!("cvar:{level}").parse().unwrap()).unwrap()
}

/// Within the bounds that are told, which are small.
fn holds(found: &RiskValue, value: f64, gradient: &[f64], most: f64) {
    let bound = found.bound.as_ref().unwrap();
    let apart = (found.value - value).abs();
    assert!(
        apart <= bound.value && bound.value <= most,
        "{apart:e} {bound:?}"
    );
    for (k, expected) in gradient.iter().enumerate() {
        let (apart, bound) = ((found.gradient[k] - expected).abs(), bound.gradient[k]);
        assert!(apart <= bound && bound <= most, "{k}: {apart:e} {bound:e}");
    }
}

/// γ = 1/2 and rewards 0 and 1, each with probability 1/2: G is uniform on \[0, 2\]. With p = P(1) the tail
/// mean m(α, p) of one state obeys a law of two scales, from which ∂m/∂p at p = 1/2 follows:
/// E(q − G)⁺ = h(q), h(q) = ½((1 − p) h(2q) + p h(2q − 2)), and ∂h = ½(h(2q − 2) − h(2q)) + ½·½(∂h(2q) + ∂h(2q − 2)),
/// with h(x) = x²/4 on \[0, 2\], 0 below, x − 1 above, ∂h = 0 below and −2 above.
#[test]
fn the_tail_of_a_uniform_return_has_its_closed_form() {
    let text = "discount: 1/2\nstates: [s]\nactions: [zero, one]\ninitial: s\ntransitions:\n- [s, zero, s, 1, 0]\n- [s, one, s, 1, 1]\n";
    let model = Model::parse("uniform.yaml", text).unwrap();
    let at = model.solve(Choice::Uniform).unwrap();
    let h = |x: f64| match x {
        x if x <= 0.0 => 0.0,
        x if x >= 2.0 => x - 1.0,
        x => x * x / 4.0,
    };
    fn slope(h: &dyn Fn(f64) -> f64, x: f64, depth: u32) -> f64 {
        if x <= 0.0 || depth == 60 {
            0.0
        } else if x >= 2.0 {
            -2.0
        } else {
            let later = slope(h, 2.0 * x, depth + 1) + slope(h, 2.0 * x - 2.0, depth + 1);
            0.5 * (h(2.0 * x - 2.0) - h(2.0 * x)) + 0.25 * later
        }
    }
    for (name, level) in [
        ("1/10", 0.1),
        ("1/3", 1.0 / 3.0),
        ("1/2", 0.5),
        ("0.73", 0.73),
    ] {
        let found = tail(&at, name);
        // the quantile is 2α, the mean below it α; ∂π(one)/∂θ = ±1/4
        let slope = -slope(&h, 2.0 * level, 0) / level / 4.0;
        holds(&found, level, &[-slope, slope], 1e-10);
    }
}

/// Beyond a horizon at most γᵀ/(1 − γ) of the largest reward follows; over it every return is enumerated.
#[test]
fn the_tail_of_an_endless_return_is_that_of_a_long_horizon() {
    for (name, seed) in [("two-state", 2), ("retry-loop", 1), ("two-state", 5)] {
        let at = |horizon| {
            let overrides = Overrides {
                horizon,
                discount: Some("1/5".parse().unwrap()),
                ..Overrides::default()
            };
            let path = Path::new(crate::ROOT).join(format!("mdps/{name}.yaml"));
            random(&Model::load_with(&path, &overrides).unwrap(), seed)
        };
        let (endless, cut) = (at(None), at(Some(10)));
        for level in ["1/10", "3/7", "4/5"] {
            let number: Number = level.parse().unwrap();
            let whole = cut.tail_mean(&number.to_f64()).unwrap();
            let found = tail(&endless, level);
            // 5⁻¹⁰/(1 − 1/5) at most is missing, and in the gradient some times as much
            assert!((found.value - whole.value).abs() < 1.3e-7);
            for (x, y) in found.gradient.iter().zip(&whole.gradient) {
                assert!((x - y).abs() < 2e-6, "{name} {level}: {found:?} {whole:?}");
            }
            let bound = found.bound.unwrap();
            assert!(bound.gradient.iter().all(|x| *x < 1e-6), "{bound:?}");
        }
    }
}

/// Where there are few returns the enclosure is as narrow as rounding is, around what fractions tell.
#[test]
fn the_tail_of_a_finite_return_is_that_of_fractions() {
    for (name, horizon) in [("two-state", 5), ("reversed-ranking", 3), ("retry-loop", 6)] {
        let model = crate::bundled(name, Some(horizon));
        let exact: Solved<Rational> = model.exact().unwrap().solve(Choice::Uniform).unwrap();
        let at = model.solve(Choice::Uniform).unwrap();
        for level in ["1/17", "3/7", "14/15"] {
            let number: Number = level.parse().unwrap();
            let all = exact.tail_mean(&Rational::from_number(&number)).unwrap();
            let gradient: Vec<f64> = all.gradient.iter().map(Field::to_f64).collect();
            holds(
                &tail(&at, level),
                Field::to_f64(&all.value),
                &gradient,
                1e-11,
            );
        }
    }
}

/// Over a horizon with more returns than can be told apart what is gathered stays within the bounds, and
/// at the level 1 the criterion is J.
#[test]
fn a_long_horizon_is_enclosed() {
    let at = |horizon| {
        let overrides = Overrides {
            horizon,
            discount: Some("1/2".parse().unwrap()),
            ..Overrides::default()
        };
        let path = Path::new(crate::ROOT).join("mdps/retry-loop.yaml");
        random(&Model::load_with(&path, &overrides).unwrap(), 2)
    };
    // beyond 50 steps nothing follows that counts
    let (cut, endless) = (at(Some(50)), at(None));
    for level in ["1/10", "9/10"] {
        let (x, y) = (tail(&cut, level), tail(&endless, level));
        holds(&x, y.value, &y.gradient, 1e-8);
    }
    let mean = tail(&cut, "1");
    close(&mean.gradient, cut.gradient().unwrap(), 1e-12);
}

/// Rewards 0 and 1 at γ = 1/3: no return lies between 1/2 and 1, and half of them below.
#[test]
fn a_gap_between_the_returns_is_said() {
    let text = "discount: 1/3\nstates: [s]\nactions: [zero, one]\ninitial: s\ntransitions:\n- [s, zero, s, 1, 0]\n- [s, one, s, 1, 1]\n";
    let at = Model::parse("cantor.yaml", text).unwrap();
    let at = at.solve(Choice::Uniform).unwrap();
    let refused = at.risk(&"cvar:1/2".parse().unwrap()).unwrap_err();
    assert!(
        refused.to_string().contains("no gradient there"),
        "{refused}"
    );
    assert!(tail(&at, "1/3").bound.unwrap().gradient[0] < 1e-12);
}

/// A geometric number N of steps that cost 1 each, the last with the chance p = 3/8: E (N − n)⁺ = (1 − p)ⁿ/p,
/// so that with the n at which (1 − p)ⁿ < α ≤ (1 − p)ⁿ⁻¹ CVaR is −n − (1 − p)ⁿ/(pα).
#[test]
fn the_tail_of_a_geometric_length_has_its_closed_form() {
    let text = "discount: 1\nstates: [s, end]\nactions: [fast, slow]\ninitial: s\nterminal: [end]\ntransitions:\n- [s, fast, end, 1/2, -1]\n- [s, fast, s, 1/2, -1]\n- [s, slow, end, 1/4, -1]\n- [s, slow, s, 3/4, -1]\n";
    let model = Model::parse("geometric.yaml", text).unwrap();
    let at = model.solve(Choice::Uniform).unwrap();
    for (name, level) in [("1/10", 0.1), ("1/3", 1.0 / 3.0), ("9/10", 0.9)] {
        let (p, mut n) = (0.375f64, 1);
        while (1.0 - p).powi(n) >= level {
            n += 1;
        }
        let over = |k: i32| (1.0 - p).powi(k);
        let value = -f64::from(n) - over(n) / (p * level);
        let slope = (f64::from(n) * over(n - 1) / p + over(n) / (p * p)) / level;
        // ∂p/∂θ(fast) = ½ · ½ (1/2 − 1/4)
        let slope = slope / 16.0;
        holds(&tail(&at, name), value, &[slope, -slope], 1e-11);
    }
}

/// Sums that overflow are an error, not a panic and not infinite.
#[test]
fn tails_that_are_no_numbers_are_refused() {
    let text = "discount: 0.9\nstates: [s]\nactions: [a, b]\ninitial: s\ntransitions:\n- [s, a, s, 1, 1e308]\n- [s, b, s, 1, -1e308]\n";
    let model = Model::parse("huge.yaml", text).unwrap();
    if let Ok(at) = model.solve(Choice::Uniform) {
        let found = at.risk(&"cvar:1/3".parse().unwrap());
        assert!(found.is_err() || found.is_ok_and(|x| x.value.is_finite()));
    }
}

#[test]
fn names_are_read_and_written() {
    for name in ["mean-variance:1/2", "exponential:-3", "cvar:1/20"] {
        assert_eq!(name.parse::<Risk>().unwrap().to_string(), name);
    }
    for name in [
        "",
        "mean-variance",
        "exponential:0",
        "cvar:0",
        "cvar:2",
        "cvar:x",
        "var:1",
    ] {
        assert!(name.parse::<Risk>().is_err(), "{name}");
    }
}

/// A sure 1 against a coin of 0 and 3: the mean prefers the coin, an averse criterion the sure one.
#[test]
fn an_averse_ascent_takes_what_is_sure() {
    let text = "horizon: 1\nstates: [s]\nactions: [sure, coin]\ninitial: s\ntransitions:\n- [s, sure, s, 1, 1]\n- [s, coin, s, 1/2, 0]\n- [s, coin, s, 1/2, 3]\n";
    let model = Model::parse("coin.yaml", text).unwrap();
    let last = |risk: Option<&str>, method| {
        let request = AscendRequest {
            methods: vec![method],
            options: AscentOptions {
                risk: risk.map(|name| name.parse().unwrap()),
                iterations: 200,
                step: Some(5.0),
                ..AscentOptions::default()
            },
            ..AscendRequest::default()
        };
        let found = study::ascend(&model, &request, &Notes::default()).unwrap();
        let report = found.report.unwrap();
        (report.head.policy.probabilities[0].value().unwrap(), report)
    };
    assert!(last(None, AscentMethod::LineSearch).0 < 0.01);
    for risk in ["mean-variance:1", "exponential:-2"] {
        for method in [AscentMethod::LineSearch, AscentMethod::Plain] {
            let (sure, report) = last(Some(risk), method);
            assert!(sure > 0.95, "{risk} {method:?} {sure}");
            let trace = &report.first.trace;
            assert!(trace.windows(2).all(|w| w[1].j >= w[0].j - 1e-12));
            assert!((trace[trace.len() - 1].j - 1.0).abs() < 0.1);
            assert_eq!(report.risk.as_deref(), Some(risk));
        }
    }
    let refused = AscendRequest {
        methods: vec![AscentMethod::Natural],
        options: AscentOptions {
            risk: Some("cvar:1/2".parse().unwrap()),
            ..AscentOptions::default()
        },
        ..AscendRequest::default()
    };
    assert!(
        study::ascend(&model, &refused, &Notes::default())
            .is_err_and(|why| { why.to_string().contains("risk") })
    );
}

/// Costs: what is averse to risk is so of both.
#[test]
fn risk_of_costs_is_that_of_the_gains_they_are() {
    let gains = crate::bundled("two-state", Some(3));
    let costs = gains.negated();
    assert_eq!(costs.objective(), exact_mdp::model::Objective::Minimize);
    let ask = |model: &Model, risk: &str| {
        let mut request = study::GradientRequest {
            risk: Some(risk.parse().unwrap()),
            ..study::GradientRequest::default()
        };
        request.setting.policy = "random:3".parse().unwrap();
        let report = study::gradient(model, &request, &Notes::default()).unwrap();
        report.risk.unwrap().value.value().unwrap()
    };
    for risk in ["mean-variance:1/3", "exponential:-1/2", "cvar:1/7"] {
        let (one, other) = (ask(&gains, risk), ask(&costs, risk));
        assert!((one + other).abs() < 1e-12, "{risk}: {one} {other}");
    }
}

/// CVaR moves with a constant paid on top, its gradient does not: the bound beside it covers what rounding takes of sums of
/// 10⁹.
#[test]
fn the_bound_of_a_gradient_of_cvar_covers_the_rounding_of_large_sums() {
    let gradient = |offset: f64| {
        let paid = [0.0, 0.3, 0.7].map(|x| format!("\"{}\"", x + offset));
        let [low, middle, high] = &paid;
        let text = format!(
            "horizon: 1\ndiscount: 1\nstates: [s, e]\nactions: [x, y]\ninitial: s\nterminal: [e]\n\
             transitions: [[s, x, e, 1/2, {low}], [s, x, e, 1/2, {middle}], [s, y, e, 1, {high}]]\n"
        );
        let model = Model::parse("paid", &text).unwrap();
        let solved = model.solve(exact_mdp::arithmetic::Choice::Own).unwrap();
        let found = solved.enclosed_tail_mean(0.9).unwrap();
        (found.gradient[0], found.bound.unwrap().gradient[0])
    };
    // π(x) = 1/2: ∂CVaR = −11/72 by hand, and of the rounded rewards 10⁹ + 0.3 and 10⁹ + 0.7 within their rounding
    let right = -11.0 / 72.0;
    for (offset, rounded) in [(0.0, 0.0), (1e6, 1e-9), (1e9, 1e-6)] {
        let (found, bound) = gradient(offset);
        assert!(
            (found - right).abs() <= bound.max(rounded) + 1e-15,
            "{offset}: {found} {bound}"
        );
        assert!(
            (found - right).abs() <= bound + 2.0 * f64::EPSILON * (1.0 + offset),
            "{offset}"
        );
        assert!(bound <= 1e-5, "{offset}: {bound}");
    }
    let (found, bound) = gradient(1e9);
    assert!(bound > 1e-8, "{found} {bound}");
}
