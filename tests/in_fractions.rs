//! Small models are solved in fractions, and each number is rounded once: near γ = 1, beside offsets and in whatever units,
//! floating point shows what `--exact` shows.

use exact_mdp::model::Model;
use exact_mdp::number::Number;
use exact_mdp::report::Quantity;
use exact_mdp::returns::Risk;
use exact_mdp::study::{
    ConstrainedRequest, CriticsRequest, FeatureRows, GradientRequest, Notes, Numbers,
    PlayersRequest, Setting, constrained, critics, gradient, players,
};

fn parse(text: &str) -> Model {
    Model::parse("small", text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

fn setting(numbers: Numbers) -> Setting {
    Setting {
        numbers,
        ..Setting::default()
    }
}

/// Each number is the nearest one.
fn same(what: &str, found: &[Quantity], exact: &[Quantity]) {
    assert_eq!(found.len(), exact.len(), "{what}");
    for (found, exact) in found.iter().zip(exact) {
        assert!(matches!(found, Quantity::Float(_)), "{what}: {found:?}");
        assert!(matches!(exact, Quantity::Exact(_)), "{what}: {exact:?}");
        assert_eq!(found.value(), exact.value(), "{what}");
    }
}

/// Two states near γ = 1, whose rewards have an offset.
const FAR: &str = "discount: 0.999999999999\nstates: [s, t]\nactions: [a, b]\ninitial: {s: 2/3, t: 1/3}\ntransitions:\n\
    - [s, a, t, 1/3]\n- [s, a, s, 2/3]\n- [s, b, t, 1/1000000000]\n- [s, b, s, 999999999/1000000000]\n\
    - [t, a, s, 3/10]\n- [t, a, t, 7/10]\n- [t, b, s, 1]\n";

#[test]
fn critics_near_discount_1_are_right_to_their_last_digit() {
    let model = parse(&format!(
        "{FAR}rewards: {{s: {{a: 100000001, b: 100000007}}, t: {{a: 100000002, b: 100000003}}}}\n\
         policy: {{parametrization: softmax, probabilities: {{s: {{a: 1/4, b: 3/4}}, t: {{a: 1/5, b: 4/5}}}}}}\n"
    ));
    let of = |numbers| {
        let row = |x| vec![Number::from(x)];
        let request = CriticsRequest {
            setting: setting(numbers),
            features: FeatureRows::Given(vec![row(1), row(3)]),
            lambdas: vec![Number::from(0)],
            ..CriticsRequest::default()
        };
        critics(&model, &request, &Notes::default()).unwrap()
    };
    let (found, exact) = (of(Numbers::Float), of(Numbers::Exact));
    same("gradient", &found.gradient, &exact.gradient);
    same("v", &found.v, &exact.v);
    for (found, exact) in found.critics.iter().zip(&exact.critics) {
        let some = |x: &Option<Vec<Quantity>>| x.clone().unwrap();
        same(&found.name, &some(&found.weights), &some(&exact.weights));
        same(&found.name, &some(&found.v), &some(&exact.v));
        same(&found.name, &some(&found.gradient), &some(&exact.gradient));
        assert_eq!(found.stable, exact.stable);
    }
}

#[test]
fn the_rewards_of_a_constrained_optimum_are_its_own() {
    let model = parse(&format!(
        "{FAR}rewards:\n  gain: {{s: {{a: 0, b: 1}}, t: {{a: 4, b: 0}}}}\n  risk: {{s: {{a: 2, b: -1}}, t: {{a: 1, b: -3}}}}\n"
    ));
    let of = |numbers| {
        let request = ConstrainedRequest {
            numbers,
            bounds: vec!["risk<=-6".parse().unwrap()],
            ..ConstrainedRequest::default()
        };
        constrained(&model, &request, &Notes::default()).unwrap()
    };
    let (found, exact) = (of(Numbers::Float), of(Numbers::Exact));
    for ((name, found), (_, exact)) in found.rewards.iter().zip(&exact.rewards) {
        assert_eq!(found.value(), exact.value(), "{name}");
    }
    assert_eq!(found.rewards[1].1.value(), Some(-6.0));
    assert_eq!(found.j.value(), exact.j.value());
}

#[test]
fn what_a_best_reply_gains_is_not_what_rounding_leaves() {
    let model = parse(
        "discount: 0.999999999999\nstates: [s]\nplayers: {one: [a, b], two: [c, d]}\ninitial: s\n\
         transitions: {s: {a+c: s, a+d: s, b+c: s, b+d: s}}\nrewards:\n\
         \x20 one: {s: {a+c: 100000001, a+d: 100000002, b+c: 100000004, b+d: 100000001}}\n\
         \x20 two: {s: {a+c: 100000003, a+d: 100000001, b+c: 100000001, b+d: 100000002}}\n",
    );
    let of = |numbers| {
        let request = PlayersRequest {
            setting: setting(numbers),
            ..PlayersRequest::default()
        };
        players(&model, &request, &Notes::default()).unwrap()
    };
    let (found, exact) = (of(Numbers::Float), of(Numbers::Exact));
    for (found, exact) in found.players.iter().zip(&exact.players) {
        same(&found.name, &found.gradient, &exact.gradient);
        same(&found.name, &found.v, &exact.v);
        same(
            &found.name,
            std::slice::from_ref(&found.gain),
            std::slice::from_ref(&exact.gain),
        );
        // what is left is the rounding of the values themselves
        let off = (found.reply_j.value().unwrap() - exact.reply_j.value().unwrap()).abs();
        let bound = found.error_bound.unwrap();
        assert!(off <= bound && bound <= 1e-15 * found.reply_j.value().unwrap());
    }
    // b earns the first ½ a step more than uniform play does, for 10¹² steps
    let gain = found.players[0].gain.value().unwrap();
    assert!((gain / 5e11 - 1.0).abs() < 1e-9, "{gain}");
}

#[test]
fn mean_less_variance_beside_an_offset_has_its_gradient() {
    let model = parse(
        "discount: 1\nhorizon: 5\nstates: [s, t]\nactions: [a, b]\ninitial: s\ntransitions:\n\
         - [s, a, t, 1/3, 100000001]\n- [s, a, s, 2/3, 100000007]\n- [s, b, t, 1, 100000003]\n\
         - [t, a, s, 1/2, 100000002]\n- [t, a, t, 1/2, 100000009]\n- [t, b, s, 1, 100000001]\n\
         policy: {parametrization: softmax, probabilities: {s: {a: 1/4, b: 3/4}, t: {a: 1/5, b: 4/5}}}\n",
    );
    let of = |numbers| {
        let request = GradientRequest {
            setting: setting(numbers),
            risk: Some("mean-variance:1/10".parse::<Risk>().unwrap()),
            ..GradientRequest::default()
        };
        gradient(&model, &request, &Notes::default())
            .unwrap()
            .risk
            .unwrap()
    };
    let (found, exact) = (of(Numbers::Float), of(Numbers::Exact));
    same("gradient", &found.gradient, &exact.gradient);
    assert_eq!(found.value.value(), exact.value.value());
}
