//! Two policies against the worked example of the theory and against enumeration, in fractions.

use exact_mdp::arithmetic::Choice;
use exact_mdp::bundled;
use exact_mdp::field::{Ball, Field};
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::{Direct, Parametrization, Policy};
use exact_mdp::report::{ClippedReport, Quantity, SurrogateReport};
use exact_mdp::solved::Solved;
use exact_mdp::study::{
    BetweenRequest, GradientRequest, Notes, Numbers, PolicyName, Setting, between, gradient,
};

fn model(name: &str) -> Model {
    Model::parse(name, bundled::text(name).expect("bundled")).expect("valid")
}

fn ratio(p: i64, q: u64) -> Rational {
    Number::ratio(p, q).expect("a fraction").to_rational()
}

/// Appendix C of the theory: π = (1/4, 1/3) for a, and (a, a), which is optimal.
fn worked() -> [Solved<Rational>; 2] {
    let model = model("appendix-c");
    let over = model.exact().expect("fractions");
    let pi = [(1, 4), (3, 4), (1, 3), (2, 3)].map(|(p, q)| ratio(p, q));
    let pi = Policy::simplex(model.space(), pi.to_vec()).expect("a policy");
    let at = over.solve(pi).expect("a value");
    [at, over.solve(Choice::Optimal).expect("a value")]
}

/// J = 1418/1005, J* = 22/5, v = (262, 316)/201, v* = (4, 5), ρ = (576, 362)/469 and
/// A = (222, −74, 418, −209)/201 are those of the page, worked out elsewhere.
#[test]
fn the_worked_example_in_fractions() {
    let [at, best] = worked();
    let found = at.between(&best, &ratio(1, 5)).unwrap();
    assert_eq!(found.difference, ratio(22, 5) - ratio(1418, 1005));
    assert_eq!(
        found.v_difference,
        [ratio(4 * 201 - 262, 201), ratio(5 * 201 - 316, 201)]
    );
    let sum = found
        .contributions
        .iter()
        .fold(Rational::ZERO, |sum, x| sum + x.clone());
    assert_eq!(sum, found.difference);
    let gain = ratio(576, 469) * ratio(222, 201) + ratio(362, 469) * ratio(418, 201);
    assert_eq!(found.surrogate, ratio(1418, 1005) + gain);
    // w = 4 and 3 for a are clipped to 6/5, w = 0 for b to 4/5 where A < 0
    let a = ratio(6, 5)
        * (ratio(576, 469) * ratio(1, 4) * ratio(222, 201)
            + ratio(362, 469) * ratio(1, 3) * ratio(418, 201));
    let b = ratio(4, 5)
        * (ratio(576, 469) * ratio(3, 4) * ratio(74, 201)
            + ratio(362, 469) * ratio(2, 3) * ratio(209, 201));
    assert_eq!(found.clipped_surrogate, a - b);
    assert_eq!(found.total_variation, [ratio(3, 4), ratio(2, 3)]);
    // an action of π is given up: the divergence is infinite
    assert_eq!(found.divergence, [None, None]);
    assert_eq!(found.bound_by_divergence, None);
    // 4 max|A| γ TV²/(1 − γ)², γ = 1/2
    let cost = ratio(4, 1) * ratio(418, 201) * ratio(1, 2) * ratio(9, 16) * ratio(4, 1);
    let bound = found.bound_by_total_variation.clone().unwrap();
    assert_eq!(bound, found.surrogate.clone() - cost);
    assert!(bound <= ratio(22, 5));
}

/// A policy of two states is a line in x; J is a rational function of it, evaluated here by
/// Cramer's rule from the numbers of the page.
#[test]
fn the_line_is_a_rational_function() {
    let [at, best] = worked();
    let line = at.line_to(&best, 5).unwrap();
    for (i, j) in line.j.iter().enumerate() {
        let x = ratio(i as i64, 4);
        let mix = |start: Rational| start.clone() + (Rational::ONE - start) * x.clone();
        let (p, q) = (mix(ratio(1, 4)), mix(ratio(1, 3)));
        let between = |p: &Rational, a: Rational, b: Rational| {
            p.clone() * a + (Rational::ONE - p.clone()) * b
        };
        // P(y|x), P(x|y), r(x), r(y)
        let (xy, yx) = (
            between(&p, ratio(2, 3), ratio(1, 4)),
            between(&q, ratio(1, 1), ratio(2, 5)),
        );
        let (rx, ry) = (
            between(&p, ratio(5, 3), ratio(1, 4)),
            between(&q, ratio(3, 1), ratio(-1, 5)),
        );
        let half = ratio(1, 2);
        let (a, b) = (
            Rational::ONE - half.clone() * (Rational::ONE - xy.clone()),
            half.clone() * xy,
        );
        let (c, d) = (
            half.clone() * yx.clone(),
            Rational::ONE - half * (Rational::ONE - yx),
        );
        let det = a.clone() * d.clone() - b.clone() * c.clone();
        let v = [
            (d * rx.clone() + b * ry.clone()) / det.clone(),
            (c * rx + a * ry) / det,
        ];
        let truth = ratio(3, 5) * v[0].clone() + ratio(2, 5) * v[1].clone();
        assert_eq!(*j, Some(truth), "x = {i}/4");
    }
    // at π the slope is that of the surrogate, at π' what is gained by coming from π
    let found = at.between(&best, &ratio(1, 5)).unwrap();
    assert_eq!(line.slope[0], Some(found.surrogate - at.j().clone()));
    assert_eq!(line.turns, []);
    // between the same ends the other way the slope has the other sign
    let back = best.line_to(&at, 5).unwrap();
    assert_eq!(
        back.slope[4].clone().map(|x| Rational::ZERO - x),
        line.slope[0]
    );
}

/// J = x(1 − x) along the line between never and always going, with one logit for both steps.
#[test]
fn turns_are_found() {
    let text = "
discount: 1
states: [first, second, end]
actions: [go, stop]
initial: first
terminal: [end]
transitions: {first: {go: second, stop: end}, second: {go: end, stop: end}}
rewards: {second: {stop: 1}}
";
    let model = Model::parse("go-stop.yaml", text).expect("valid");
    let always = |action: usize| {
        let pi = (0..4)
            .map(|pair| f64::from(u8::from(pair % 2 == action)))
            .collect();
        model
            .solve(Policy::simplex(model.space(), pi).unwrap())
            .unwrap()
    };
    let line = always(1).line_to(&always(0), 4).unwrap();
    let [turn] = &line.turns[..] else {
        panic!("{:?}", line.turns);
    };
    assert!(turn.is_top && (turn.between.0 - 0.5).abs() < 1e-11);
    assert_eq!(line.j[3], Some(0.0));
    let third = line.j[1].unwrap();
    assert!((third - 2.0 / 9.0).abs() < 1e-15);
    // total reward: no bound; both policies are deterministic
    let found = always(1).between(&always(0), &0.2).unwrap();
    assert_eq!(found.bound_by_total_variation, None);
    assert_eq!(found.max_total_variation(), 1.0);
}

/// Costs: all of it is that of the gains that they are, with the other sign; what bounded J from below
/// bounds it from above.
#[test]
fn costs_are_clipped_and_bounded_as_the_gains_that_they_are() {
    let gains = Model::parse("two-state", bundled::text("two-state").unwrap()).unwrap();
    for numbers in [Numbers::Float, Numbers::Exact, Numbers::Certified] {
        let request = BetweenRequest {
            setting: Setting {
                numbers,
                policy: "uniform".parse().unwrap(),
                ..Setting::default()
            },
            to: "{probabilities: {cold: {wait: 1/10, heat: 9/10}, hot: {wait: 2/3, heat: 1/3}}}"
                .parse()
                .unwrap(),
            ..BetweenRequest::default()
        };
        let ask = |model: &Model| between(model, &request, &Notes::default()).unwrap();
        let (one, other) = (ask(&gains), ask(&gains.negated()));
        let pairs = [
            (&one.surrogate, &other.surrogate),
            (&one.clipped_surrogate, &other.clipped_surrogate),
            (
                &one.bound_by_total_variation,
                &other.bound_by_total_variation,
            ),
        ];
        for (x, y) in pairs {
            let (x, y) = (x.value().unwrap(), y.value().unwrap());
            assert!((x + y).abs() < 1e-10 && x != 0.0, "{numbers:?}: {x} {y}");
        }
        assert_ne!(one.clipped_surrogate, one.surrogate);
    }
}

/// KL((1/2, 1/2)‖(3/4, 1/4)) = ½ ln(4/3), in a bandit; certified as well.
/// From even odds to 1/2 ± h the divergence is −ln(1 − 4h²)/2, however small h is.
#[test]
fn divergences_of_policies_near_each_other_keep_their_digits() {
    let model = model("two-state");
    let at = |h: f64| {
        let pi = vec![0.5 + h, 0.5 - h, 0.5 - h, 0.5 + h];
        let policy = Policy::simplex(model.space(), pi).expect("a policy");
        model.solve(policy).expect("a value")
    };
    for power in [2, 4, 5, 10, 20, 30, 45] {
        let h = (0.5f64).powi(power);
        let found = at(0.0).between(&at(h), &0.2).expect("an answer");
        let expected = -(-4.0 * h * h).ln_1p() / 2.0;
        for divergence in found.divergence {
            let divergence = divergence.expect("finite");
            let off = (divergence / expected - 1.0).abs();
            assert!(off < 1e-13, "{power}: {divergence:e} for {expected:e}");
        }
    }
}

#[test]
fn divergences_are_logarithms() {
    let text = "{discount: 0, states: [s, end], actions: [a, b], initial: s, terminal: [end],
        transitions: {s: {a: end, b: end}}, rewards: {s: {a: 1}}}";
    let model = Model::parse("bandit.yaml", text).expect("valid");
    let request = |numbers| BetweenRequest {
        setting: Setting {
            numbers,
            policy: "uniform".parse().unwrap(),
            ..Setting::default()
        },
        to: "{probabilities: {s: {a: 3/4, b: 1/4}}}".parse().unwrap(),
        ..BetweenRequest::default()
    };
    let divergence = 0.5 * (4.0_f64 / 3.0).ln();
    for numbers in [Numbers::Float, Numbers::Certified] {
        let report = between(&model, &request(numbers), &Notes::default()).unwrap();
        let found = report.mean_divergence.value().unwrap();
        assert!((found - divergence).abs() < 1e-15, "{found}");
        assert!((report.clipped_surrogate.value().unwrap() - 0.1).abs() < 1e-15);
        assert!((report.surrogate.value().unwrap() - 0.75).abs() < 1e-15);
    }
    let exact = between(&model, &request(Numbers::Exact), &Notes::default()).unwrap();
    assert_eq!(exact.max_divergence, Quantity::Undefined);
    assert_eq!(exact.difference, Quantity::of(&ratio(1, 4)));
}

/// Over a horizon the lemma holds time by time: contributions of the unrolled model sum to the
/// difference, also from one rule at all times to one rule for each.
#[test]
fn a_horizon_is_unrolled() {
    let text = bundled::text("two-state").expect("bundled");
    let overrides = exact_mdp::model::Overrides {
        horizon: Some(3),
        ..Default::default()
    };
    let model = Model::parse_with("two-state", text, &overrides).expect("valid");
    let request = BetweenRequest {
        setting: Setting {
            numbers: Numbers::Exact,
            policy: "uniform".parse().unwrap(),
            ..Setting::default()
        },
        to: "optimal".parse().unwrap(),
        ..BetweenRequest::default()
    };
    let report = between(&model, &request, &Notes::default()).unwrap();
    let optimum = model.exact().unwrap().optimum().unwrap();
    let uniform = model.exact().unwrap().solve(Choice::Uniform).unwrap();
    assert_eq!(report.j_to, Quantity::of(&optimum.j));
    assert_eq!(report.j, Quantity::of(uniform.j()));
    let of = |x: &Quantity| match x {
        Quantity::Exact(x) => Rational::clone(x),
        other => panic!("{other:?}"),
    };
    let sum = report
        .contributions
        .iter()
        .fold(Rational::ZERO, |sum, x| sum + of(x));
    assert_eq!(sum, optimum.j - uniform.j().clone());
    assert_eq!(&*report.head.space.state_names().get(0), "cold@0");
}

#[test]
fn the_average_reward_is_refused() {
    let model = model("two-state")
        .with_criterion(exact_mdp::mdp::Criterion::Average)
        .unwrap();
    let request = BetweenRequest::default();
    assert!(between(&model, &request, &Notes::default()).is_err());
}

/// The corridor of Sutton & Barto (2018, example 13.1): the best probability of `right` is 2 − √2.
#[test]
fn a_line_in_one_parameter_finds_where_j_is_stationary() {
    let model = model("short-corridor");
    let own = model.solve(Choice::Own).expect("a value");
    let [from, to] = [-2.0, 3.0].map(|x| own.with_theta(vec![0.0, x]).expect("a value"));
    let line = from.line_of_parameters(&to, 11).expect("a line");
    let [turn] = &line.turns[..] else {
        panic!("{:?}", line.turns)
    };
    assert!(turn.is_top);
    let theta = -2.0 + 5.0 * turn.between.0;
    let right = 1.0 / (1.0 + (-theta).exp());
    assert!((right - (2.0 - 2f64.sqrt())).abs() < 1e-10, "{right}");
    // slopes against differences
    for (x, slope) in line.x.iter().zip(&line.slope) {
        let j = |x: f64| {
            let theta = vec![0.0, -2.0 + 5.0 * x];
            *own.with_theta(theta).expect("a value").j()
        };
        let difference = (j(x + 1e-6) - j(x - 1e-6)) / 2e-6;
        assert!((slope.expect("a slope") - difference).abs() < 1e-5 * (1.0 + difference.abs()));
    }
    // probabilities of 0 have no θ
    let best = model.solve(Choice::Optimal).expect("a value");
    assert!(own.line_of_parameters(&best, 3).is_err());
}

/// A direct policy is linear in θ: both lines are one, in fractions.
#[test]
fn both_lines_of_direct_policies_are_one() {
    let model = model("two-state");
    let policy = |a: (i64, u64), b: (i64, u64)| {
        let direct = exact_mdp::policy::Parametrization::Direct(exact_mdp::policy::Direct);
        let theta = vec![ratio(a.0, a.1), ratio(b.0, b.1)];
        let policy = Policy::new(model.space(), direct, theta).expect("a policy");
        model
            .exact()
            .expect("fractions")
            .solve(policy)
            .expect("a value")
    };
    let (from, to) = (policy((1, 5), (1, 2)), policy((2, 3), (1, 7)));
    let line = from.line_of_parameters(&to, 4).expect("a line");
    assert_eq!(line, from.line_to(&to, 4).expect("a line"));
}

fn policy(text: &str) -> PolicyName {
    text.parse().expect("a policy")
}

/// The surrogate of a policy from another one.
fn asked(at: &str, from: &str, numbers: Numbers) -> GradientRequest {
    GradientRequest {
        setting: Setting {
            numbers,
            policy: policy(at),
            ..Setting::default()
        },
        routes: Some(Vec::new()),
        surrogate: Some(policy(from)),
        ..GradientRequest::default()
    }
}

fn surrogate_of(model: &Model, at: &str, from: &str, numbers: Numbers) -> SurrogateReport {
    let request = asked(at, from, numbers);
    let report = gradient(model, &request, &Notes::default()).expect("a gradient");
    if numbers == Numbers::Certified {
        let bounds = report.bounds.expect("bounds");
        assert!(format!("{bounds:?}").contains("surrogate"), "{bounds:?}");
    }
    report.surrogate.expect("a surrogate")
}

fn exact(x: &Rational) -> Quantity {
    Quantity::Exact(Box::new(x.clone()))
}

/// Of the worked example: L(π') = J + Σ ρ π'A and ∂L/∂π'(a|s) = ρ(s)(A(s,a) − A(s,b)), the same at every π'.
#[test]
fn the_surrogate_of_the_worked_example() {
    let model = model("appendix-c");
    let from = "{parametrization: direct, theta: [1/4, 1/3]}";
    let at = "{parametrization: direct, theta: [1/2, 1/5]}";
    let found = surrogate_of(&model, at, from, Numbers::Exact);
    let (x, y) = (ratio(576, 469), ratio(362, 469));
    let slopes = [
        x.clone() * ratio(222 + 74, 201),
        y.clone() * ratio(418 + 209, 201),
    ];
    assert_eq!(found.gradient, slopes.each_ref().map(exact));
    assert_eq!(found.from_j, exact(&ratio(1418, 1005)));
    let gain = x * ratio(222 - 74, 402) + y * ratio(418 - 4 * 209, 5 * 201);
    assert_eq!(found.value, exact(&(ratio(1418, 1005) + gain)));
    let near = |found: &Quantity, exact: &Rational| {
        let exact = exact.to_f64().value();
        assert!((found.value().expect("a number") - exact).abs() < 1e-13 * exact.abs().max(1.0));
    };
    for numbers in [Numbers::Float, Numbers::Certified] {
        let found = surrogate_of(&model, at, from, numbers);
        found
            .gradient
            .iter()
            .zip(&slopes)
            .for_each(|(x, y)| near(x, y));
    }
}

/// Of a softmax, whose ∇π depends on where it is: ∂L/∂θ'(s,a) = ρ(s) π'(a|s)(A(s,a) − π'A(s)), ρ and A of π; π' alone decides the rest.
#[test]
fn the_surrogate_s_gradient_is_taken_where_the_policy_is() {
    let model = model("two-state");
    let from = "{parametrization: softmax, theta: [1, 0, -1/2, 1/3]}";
    let at = "{parametrization: softmax, theta: [1/4, 2, 0, -1]}";
    let found = surrogate_of(&model, at, from, Numbers::Float);
    let softmax = |theta: [f64; 4]| {
        let e = theta.map(f64::exp);
        let sums = [e[0] + e[1], e[2] + e[3]];
        [
            e[0] / sums[0],
            e[1] / sums[0],
            e[2] / sums[1],
            e[3] / sums[1],
        ]
    };
    // two-state by hand: wait cools for certain in `cold`, heats by 9/10 else; in `hot` waiting cools by 1/2
    let (pi, new) = (
        softmax([1.0, 0.0, -0.5, 1.0 / 3.0]),
        softmax([0.25, 2.0, 0.0, -1.0]),
    );
    let (up, down) = (0.9 * pi[1], 0.5 * pi[2]);
    let [a, b, c, d] = [
        1.0 - 0.9 * (1.0 - up),
        -0.9 * up,
        -0.9 * down,
        1.0 - 0.9 * (1.0 - down),
    ];
    let det = a * d - b * c;
    // v = (I − γP)⁻¹ (0, 1), ρ = (1, 0)(I − γP)⁻¹
    let (v, rho) = ([-b / det, a / det], [d / det, -b / det]);
    let q = [
        0.9 * v[0],
        0.9 * (0.9 * v[1] + 0.1 * v[0]),
        1.0 + 0.45 * (v[0] + v[1]),
        1.0 + 0.9 * v[1],
    ];
    for pair in 0..4 {
        let s = pair / 2;
        let advantage = |pair: usize| q[pair] - v[s];
        let mean = new[2 * s] * advantage(2 * s) + new[2 * s + 1] * advantage(2 * s + 1);
        let expected = rho[s] * new[pair] * (advantage(pair) - mean);
        let own = found.gradient[pair].value().expect("a number");
        assert!((own - expected).abs() < 1e-12, "{pair}: {own} {expected}");
    }
}

/// Two steps at most, in which both the chance and the rewards hang on what follows.
const TREE: &str = "
discount: 1/2
states: [s, t, u, end]
actions: [a, b]
initial: {s: 2/3, t: 1/3}
terminal: [end]
transitions:
  s: {a: {t: 1/4, u: 3/4}, b: {u: 1/2, end: 1/2}}
  t: {a: end, b: {u: 2/5, end: 3/5}}
  u: {a: end, b: end}
rewards: {s: {a: {t: 3, u: -1}, b: 1/2}, t: {a: 1, b: {u: 2, end: -3}}, u: {a: 5, b: -7/3}}
";

/// Where a trajectory is, its chance, and what was done and paid.
type Begun = (usize, Rational, Vec<(usize, Rational)>);

/// ∇L = E Σ γᵗ (∇π'/π)(Aₜ|Sₜ) Gₜ under π, over all trajectories; direct parameters, π(a|·) given.
#[test]
fn the_surrogate_s_gradient_over_all_trajectories() {
    let model = Model::parse("tree", TREE).expect("a model");
    let mdp = model.exact_mdp().expect("fractions");
    let pi = [(1, 3), (2, 3), (3, 4), (1, 4), (2, 5), (3, 5)].map(|(p, q)| ratio(p, q));
    let mut slopes = vec![Rational::ZERO; 3];
    let begun = (0..mdp.states()).map(|s| (s, mdp.initial()[s].clone(), Vec::new()));
    let mut open: Vec<Begun> = begun.collect();
    while let Some((state, chance, past)) = open.pop() {
        if chance == Rational::ZERO {
            continue;
        }
        for pair in mdp.space().pairs_of(state) {
            for outcome in mdp.outcomes(pair) {
                let mut past = past.clone();
                past.push((pair, outcome.reward.clone()));
                let chance = chance.clone() * &pi[pair] * outcome.probability;
                open.push((outcome.next, chance, past));
            }
        }
        if mdp.space().is_terminal(state) {
            let mut rest = Rational::ZERO;
            for (t, (pair, reward)) in past.iter().enumerate().rev() {
                rest = reward.clone() + ratio(1, 2) * &rest;
                let sign = if mdp.space().action_of(*pair) == 0 {
                    1
                } else {
                    -1
                };
                let weight = chance.clone() * ratio(sign, 1 << t) / &pi[*pair];
                slopes[mdp.space().state_of(*pair)] += weight * &rest;
            }
        }
    }
    let from = "{parametrization: direct, theta: [1/3, 3/4, 2/5]}";
    for at in ["[1/2, 1/2, 1/2]", "[1/7, 5/6, 0]", "[1/3, 3/4, 2/5]"] {
        let at = format!("{{parametrization: direct, theta: {at}}}");
        let found = surrogate_of(&model, &at, from, Numbers::Exact);
        let slopes: Vec<Quantity> = slopes.iter().map(exact).collect();
        assert_eq!(found.gradient, slopes, "{at}");
    }
    // at π' = π it is ∇J
    let theta = vec![ratio(1, 3), ratio(3, 4), ratio(2, 5)];
    let own = Policy::new(model.space(), Parametrization::Direct(Direct), theta);
    let own = model
        .exact()
        .expect("fractions")
        .solve(own.expect("a policy"));
    assert_eq!(own.expect("a value").gradient().expect("∇J"), slopes);
}

#[test]
fn a_surrogate_needs_visits_without_end_or_of_episodes() {
    let model = model("multichain-average");
    let request = GradientRequest {
        surrogate: Some(policy("uniform")),
        ..GradientRequest::default()
    };
    let error = gradient(&model, &request, &Notes::default()).expect_err("an error");
    assert!(error.to_string().contains("discounted or total"), "{error}");
}

/// v^π(s), by following the tree.
fn value(mdp: &Mdp<Rational>, pi: &[Rational], state: usize) -> Rational {
    let pairs = mdp.space().pairs_of(state);
    pairs.fold(Rational::ZERO, |sum, pair| {
        sum + pi[pair].clone() * gained(mdp, pi, pair)
    })
}

/// q^π(s, a).
fn gained(mdp: &Mdp<Rational>, pi: &[Rational], pair: usize) -> Rational {
    mdp.outcomes(pair).fold(Rational::ZERO, |sum, o| {
        let later = ratio(1, 2) * value(mdp, pi, o.next);
        sum + o.probability.clone() * (o.reward.clone() + later)
    })
}

/// E Σ γᵗ min(wA, clip(w, 1 ± ε)A) under π, trajectory by trajectory.
fn clipped_by_hand(
    mdp: &Mdp<Rational>,
    [pi, new]: [&[Rational]; 2],
    epsilon: &Rational,
) -> Rational {
    let (low, high) = (ratio(1, 1) - epsilon, ratio(1, 1) + epsilon);
    let mut sum = Rational::ZERO;
    let begun = (0..mdp.states()).map(|s| (s, mdp.initial()[s].clone()));
    let mut open: Vec<(usize, Rational)> = begun.collect();
    while let Some((state, weight)) = open.pop() {
        if weight == Rational::ZERO {
            continue;
        }
        for pair in mdp.space().pairs_of(state) {
            let advantage = gained(mdp, pi, pair) - value(mdp, pi, state);
            let w = new[pair].clone() / &pi[pair];
            let bounded = w.clone().max(low.clone()).min(high.clone());
            let term = (w * &advantage).min(bounded * &advantage);
            sum += weight.clone() * &pi[pair] * term;
            for o in mdp.outcomes(pair) {
                let on = weight.clone() * &pi[pair] * o.probability * ratio(1, 2);
                open.push((o.next, on));
            }
        }
    }
    sum
}

fn clipped_of(model: &Model, at: &str, from: &str, numbers: Numbers) -> ClippedReport {
    let request = GradientRequest {
        clip: Number::ratio(1, 5),
        ..asked(at, from, numbers)
    };
    let report = gradient(model, &request, &Notes::default()).expect("a gradient");
    report
        .surrogate
        .and_then(|surrogate| surrogate.clipped)
        .expect("clipped")
}

/// With direct parameters it is linear between kinks, so that differences are its gradient, exactly.
#[test]
fn the_clipped_surrogate_s_gradient_is_that_of_differences() {
    let model = Model::parse("tree", TREE).expect("a model");
    let mdp = model.exact_mdp().expect("fractions");
    let both = |theta: &[Rational]| -> Vec<Rational> {
        let each = theta.iter();
        each.flat_map(|x| [x.clone(), ratio(1, 1) - x]).collect()
    };
    let old = both(&[ratio(1, 3), ratio(3, 4), ratio(2, 5)]);
    let from = "{parametrization: direct, theta: [1/3, 3/4, 2/5]}";
    let (epsilon, h) = (ratio(1, 5), ratio(1, 1000));
    let mut clipped = 0;
    for theta in [
        [(1, 2), (1, 2), (1, 2)],
        [(1, 7), (5, 6), (1, 9)],
        [(3, 8), (7, 10), (9, 10)],
    ] {
        let theta = theta.map(|(p, q)| ratio(p, q));
        let at = format!(
            "{{parametrization: direct, theta: [{}, {}, {}]}}",
            theta[0], theta[1], theta[2]
        );
        let found = clipped_of(&model, &at, from, Numbers::Exact);
        assert_eq!(
            found.value,
            exact(&clipped_by_hand(&mdp, [&old, &both(&theta)], &epsilon)),
            "{at}"
        );
        let slope = |k: usize| {
            let moved = |by: Rational| {
                let mut theta = theta.clone();
                theta[k] += by;
                clipped_by_hand(&mdp, [&old, &both(&theta)], &epsilon)
            };
            exact(&((moved(h.clone()) - moved(-h.clone())) / (ratio(2, 1) * &h)))
        };
        assert_eq!(
            found.gradient.expect("smooth"),
            [0, 1, 2].map(slope),
            "{at}"
        );
        clipped += found.pairs.len();
        let certified = clipped_of(&model, &at, from, Numbers::Certified);
        assert_eq!(certified.pairs, found.pairs);
        let value = found.value.value().expect("a number");
        assert!((certified.value.value().expect("a number") - value).abs() < 1e-12);
    }
    assert!(clipped >= 4, "{clipped}");
}

/// π'/π = 6/5 where A > 0 or 4/5 where A < 0: the slopes differ, so there is none; within the bounds it is that
/// of the plain surrogate.
#[test]
fn the_clipped_surrogate_has_no_gradient_on_a_bound() {
    let model = Model::parse("tree", TREE).expect("a model");
    let from = "{parametrization: direct, theta: [1/3, 3/4, 2/5]}";
    let on = "{parametrization: direct, theta: [2/5, 3/5, 2/5]}";
    let off = "{parametrization: direct, theta: [4/15, 9/10, 2/5]}";
    let mut kinks = 0;
    for at in [on, off] {
        for numbers in [Numbers::Exact, Numbers::Float, Numbers::Certified] {
            let found = clipped_of(&model, at, from, numbers);
            assert_eq!(found.gradient.is_none(), !found.kinks.is_empty(), "{at}");
            kinks += found.kinks.len();
        }
    }
    assert_eq!(kinks % 3, 0, "as many over all numbers");
    assert!(kinks >= 3);
    let at = "{parametrization: direct, theta: [11/30, 7/10, 9/25]}";
    let found = clipped_of(&model, at, from, Numbers::Exact);
    assert!(found.pairs.is_empty());
    let plain = surrogate_of(&model, at, from, Numbers::Exact);
    assert_eq!(found.gradient, Some(plain.gradient));
}

/// Of costs it is the surrogate of the gains that they are, with the other sign.
#[test]
fn the_clipped_surrogate_of_costs_is_clipped_as_that_of_gains() {
    let gains = Model::parse("tree", TREE).expect("a model");
    let costs = TREE.replace("discount: 1/2", "discount: 1/2\nobjective: minimize");
    let costs = Model::parse("tree", &costs).expect("a model");
    let from = "{parametrization: direct, theta: [1/3, 3/4, 2/5]}";
    let at = "{parametrization: direct, theta: [1/2, 1/2, 1/2]}";
    let found = clipped_of(&costs, at, from, Numbers::Exact);
    let mdp = gains.negated().exact_mdp().expect("fractions");
    let half = vec![ratio(1, 2); 6];
    let old: Vec<Rational> = [(1, 3), (2, 3), (3, 4), (1, 4), (2, 5), (3, 5)]
        .map(|(p, q)| ratio(p, q))
        .into();
    let expected = clipped_by_hand(&mdp, [&old, &half], &ratio(1, 5));
    assert_eq!(found.value, exact(&-expected));
}

/// An end that pays 2 beside a loop that costs next to nothing, at γ = 1 − 10⁻¹⁵: J' − J is 10⁻⁸ of J.
const CANCELLING: &str = "
discount: 999999999999999/1000000000000000
states: 2
actions: 2
initial: {0: 1}
terminal: [1]
transitions:
  - [0, 0, 1, 1, 2]
  - [0, 1, 0, 1, -11/700000000]
";

/// Held against fractions, differences that are much smaller than values are within the bounds stated for them.
#[test]
fn small_differences_of_large_values_are_within_their_bounds() {
    let model = Model::parse("cancelling", CANCELLING).expect("valid");
    let to = [ratio(1, 3), ratio(2, 3)];
    let exact = model.exact().expect("fractions");
    let policy = Policy::simplex(model.space(), to.to_vec()).expect("a policy");
    let right = exact.solve(Choice::Uniform).unwrap();
    let right = right.between(&exact.solve(policy).unwrap(), &ratio(1, 5));
    let right = right.expect("discounted");
    assert_eq!(right.errors, None);
    let policy = Policy::simplex(
        model.space(),
        to.iter().map(|x| x.to_f64().value()).collect(),
    );
    let found = model.solve(Choice::Uniform).unwrap();
    let found = found.between(&model.solve(policy.unwrap()).unwrap(), &0.2);
    let found = found.expect("discounted");
    let errors = found.errors.expect("floating point");
    let off = |x: f64, right: &Rational| (ratio_of(x) - right).to_f64().value().abs();
    assert!(off(found.difference, &right.difference) <= errors.difference);
    for (x, right) in found.v_difference.iter().zip(&right.v_difference) {
        assert!(off(*x, right) <= errors.v_difference);
    }
    for (x, right) in found.contributions.iter().zip(&right.contributions) {
        assert!(off(*x, right) <= errors.contribution);
    }
    // they say what is known: five digits, of 1e-8 beside values of 2
    assert!(errors.difference < 1e-5 * found.difference.abs());
}

fn ratio_of(x: f64) -> Rational {
    Number::from_f64(x).expect("finite").to_rational()
}

/// Near γ = 1 what is promised is −4 max|A| γ D/(1 − γ)², and its last digits are known to what is told: by the total variation
/// against fractions, by the divergence against balls.
#[test]
fn the_digits_of_what_is_promised_are_bounded() {
    let text = "discount: 999999/1000000\nstates: [a, b]\nactions: [x, y]\ninitial: a\n\
                transitions: {a: {x: {a: 1/3, b: 2/3}, y: {b: 1}}, b: {x: {a: 1/7, b: 6/7}, y: {a: 1}}}\n\
                rewards: {a: {x: 1/3, y: 2/7}, b: {x: 1/11, y: 0}}\n";
    let model = Model::parse("near", text).unwrap_or_else(|all| panic!("{}", all.plain()));
    let from = [(1, 3), (2, 3), (1, 7), (6, 7)].map(|(p, q)| ratio(p, q));
    let to = [(1, 5), (4, 5), (2, 7), (5, 7)].map(|(p, q)| ratio(p, q));
    let exact = model.exact().unwrap();
    let solved = |pi: &[Rational]| {
        exact
            .solve(Policy::simplex(model.space(), pi.to_vec()).unwrap())
            .unwrap()
    };
    let found = solved(&from).between(&solved(&to), &ratio(1, 5)).unwrap();
    let floats = |pi: &[Rational]| {
        let pi: Vec<f64> = pi.iter().map(|x| x.to_f64().value()).collect();
        model
            .solve(Policy::simplex(model.space(), pi).unwrap())
            .unwrap()
    };
    let float = floats(&from).between(&floats(&to), &0.2).unwrap();
    let balls = |pi: &[Rational]| {
        let pi: Vec<Ball> = pi.iter().map(Ball::enclosing).collect();
        let over = model.over::<Ball>().unwrap();
        over.solve(Policy::simplex(model.space(), pi).unwrap())
            .unwrap()
    };
    let proven = balls(&from)
        .between(&balls(&to), &Ball::exact(0.2))
        .unwrap();
    let [variation, divergence] = float.promise_errors.map(|error| error.expect("a bound"));
    let right = found.bound_by_total_variation.unwrap().to_f64().value();
    let off = (float.bound_by_total_variation.unwrap() - right).abs();
    assert!(
        off <= variation && variation <= 1e-6 * right.abs(),
        "{off} {variation} {right}"
    );
    let ball = proven.bound_by_divergence.unwrap();
    let off = (float.bound_by_divergence.unwrap() - ball.to_f64()).abs() - ball.radius();
    assert!(
        off <= divergence && divergence <= 1e-6 * right.abs(),
        "{off} {divergence}"
    );
}
