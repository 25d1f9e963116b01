//! A constant that all rewards share moves no gradient, no variance and no difference of J where nothing ends: numbers beside
//! an offset of 10¹¹ are those of the model without it.

use std::ops::ControlFlow;

use exact_mdp::arithmetic::Choice;
use exact_mdp::ascent::rates::Rates;
use exact_mdp::ascent::{Ascent, AscentMethod, AscentOptions, Goal, ascend};
use exact_mdp::control::ControlOptions;
use exact_mdp::critics::{Critics, FeatureMatrix, Learner, Weighting, weights};
use exact_mdp::estimator::{Detail, Estimator, Sampling};
use exact_mdp::field::{Ball, Field};
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::players::Game;
use exact_mdp::players::zero_sum::value;
use exact_mdp::solved::Solved;
use exact_mdp::step::{mean_jacobian, promise};

const OFFSET: i64 = 100_000_000_000;

/// Three states for ever, each reward an integer of at most 4 and an offset.
fn model(criterion: &str, offset: i64) -> Solved {
    let r = |x: i64| (offset + x).to_string();
    let text = format!(
        "{criterion}\nstates: [a, b, c]\nactions: [x, y]\ninitial: {{a: 1/2, b: 1/2}}\n\
         transitions: {{a: {{x: {{a: 1/2, b: 1/2}}, y: {{b: 1}}}}, b: {{x: {{a: 1/3, c: 2/3}}, y: {{b: 3/4, c: 1/4}}}}, \
         c: {{x: a, y: {{b: 1/5, c: 4/5}}}}}}\n\
         rewards: {{a: {{x: {}, y: {}}}, b: {{x: {}, y: {}}}, c: {{x: {}, y: {}}}}}\n\
         policy: {{parametrization: softmax, theta: {{a: {{x: 0.3, y: 0}}, b: {{x: 0, y: 1}}, c: {{x: 0.2, y: 0}}}}}}\n",
        r(1),
        r(3),
        r(2),
        r(0),
        r(4),
        r(1)
    );
    let model = Model::parse("offset", &text).unwrap_or_else(|errors| panic!("{}", errors.plain()));
    model.solve(Choice::Own).unwrap()
}

/// Both, with the offset first.
fn pair(criterion: &str) -> [Solved; 2] {
    [OFFSET, 0].map(|offset| model(criterion, offset))
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    for (x, y) in found.iter().zip(expected) {
        assert!((x - y).abs() <= 1e-10 * largest, "{what}: {x} {y}");
    }
}

/// With an exact critic every step of a long run has the mean ∇g, so that no bias is more than rounding.
#[test]
fn laws_of_the_average_reward_keep_their_digits() {
    let names = ["reward-to-go", "q", "advantage", "td-residual", "gae:0.9"];
    let names: Vec<Estimator> = names.iter().map(|name| name.parse().unwrap()).collect();
    let laws = |at: &Solved| {
        let laws = at.laws(&names, Sampling::LongRun(3), Detail::Covariance);
        let laws = laws.unwrap().into_iter();
        laws.map(Result::unwrap).collect::<Vec<_>>()
    };
    let [with, without] = pair("criterion: average").map(|at| laws(&at));
    for (law, plain) in with.iter().zip(&without) {
        let name = law.estimator.to_string();
        assert_near(law.mean(), plain.mean(), &name);
        assert_near(law.variance(), plain.variance(), &name);
        assert_eq!(law.is_biased(), plain.is_biased(), "{name}");
        assert!(law.mean_error().is_none() && law.variance_error().is_none());
        assert!(plain.mean_error().is_none() && plain.variance_error().is_none());
    }
    let biased = with.iter().map(|law| law.is_biased());
    let expected = [Some(true), Some(false), Some(false), Some(false)];
    assert_eq!(biased.take(4).collect::<Vec<_>>(), expected);
}

/// Thirds beside 10⁹ are no floats: what is between them is taken from what is written.
#[test]
fn laws_are_those_of_rewards_as_they_are_written() {
    let text = |offset: &str| {
        format!(
            "criterion: average\nstates: [s, t]\nactions: [x, y]\ninitial: s\ntransitions:\n\
             - [s, x, t, 3/5, {offset}1/3]\n- [s, x, s, 2/5, {offset}2/3]\n- [s, y, s, 1, {offset}5/3]\n\
             - [t, x, s, 1, {offset}7/3]\n- [t, y, t, 1, {offset}4/3]\n\
             policy: {{parametrization: softmax, theta: {{s: {{x: 0.3, y: 0}}, t: {{x: 0, y: 1}}}}}}\n"
        )
    };
    let solved = |text: &str| {
        let model = Model::parse("thirds", text).unwrap_or_else(|all| panic!("{}", all.plain()));
        model.solve(Choice::Own).unwrap()
    };
    // 10⁹ + 1/3 = 3000000001/3
    let with = solved(&text("300000000"));
    let without = solved(&text(""));
    for name in ["q", "advantage", "td-residual"] {
        let name: Estimator = name.parse().unwrap();
        let law = |at: &Solved| {
            let laws = at.laws(
                std::slice::from_ref(&name),
                Sampling::LongRun(1),
                Detail::Covariance,
            );
            laws.unwrap().remove(0).unwrap()
        };
        let [law, plain] = [law(&with), law(&without)];
        assert_eq!(law.is_biased(), Some(false), "{name}");
        assert!(law.mean_error().is_none() && law.variance_error().is_none());
        let near = |x: f64, y: f64| assert!((x - y).abs() <= 1e-13 * y.abs(), "{name}: {x} {y}");
        for k in 0..law.mean().len() {
            near(law.mean()[k], plain.mean()[k]);
            near(law.variance()[k], plain.variance()[k]);
        }
    }
}

#[test]
fn mean_variance_keeps_its_digits() {
    for criterion in ["discount: 9/10", "discount: 9/10\nhorizon: 4"] {
        let [with, without] = pair(criterion).map(|at| at.mean_variance(&0.5).unwrap());
        assert_near(&with.gradient, &without.gradient, criterion);
    }
}

#[test]
fn first_steps_and_jacobians_of_means_keep_their_digits() {
    let methods = [
        AscentMethod::Plain,
        AscentMethod::Natural,
        AscentMethod::TrustRegion,
    ];
    for criterion in ["discount: 9/10", "discount: 9/10\nhorizon: 4"] {
        let both = pair(criterion);
        for method in methods {
            let options = AscentOptions {
                method,
                ..AscentOptions::default()
            };
            let found = both
                .each_ref()
                .map(|at| promise(at, &options, 0.2).unwrap());
            assert_eq!(found[0].from, *both[0].j());
            let numbers = found.map(|x| {
                let orders = [x.first_order.unwrap(), x.second_order.unwrap()];
                [orders[0], orders[1], x.surrogate, x.change, x.step]
            });
            for (x, y) in numbers[0].iter().zip(&numbers[1]) {
                assert_near(&[*x], &[*y], criterion);
            }
        }
        let sampling = both[0].sampling().unwrap();
        for name in ["advantage", "reward-to-go", "td-residual"] {
            let name: Estimator = name.parse().unwrap();
            let found = both
                .each_ref()
                .map(|at| mean_jacobian(at, None, &name, sampling).unwrap());
            assert_near(found[0].as_slice(), found[1].as_slice(), criterion);
        }
    }
}

/// Features that hold the constant: v̂ and v move alike.
#[test]
fn critics_keep_their_digits() {
    let rows = [(1, 0), (1, 1), (3, 1)];
    for learner in ["monte-carlo", "td:0", "td:0.5"] {
        let found = pair("discount: 9/10").map(|at| {
            let rows = rows.map(|(of, x)| vec![1.0, f64::from(x) / f64::from(of)]);
            let features = FeatureMatrix::new(at.mdp().space(), rows.to_vec()).unwrap();
            let d = weights(at.mdp(), at.policy(), Weighting::OnPolicy, at.options()).unwrap();
            let critics = Critics::new(&at, &features, &d).unwrap();
            let learner = match learner {
                "monte-carlo" => Learner::MonteCarlo,
                "td:0" => Learner::Td(0.0),
                _ => Learner::Td(0.5),
            };
            critics.fixed_point(learner).unwrap().unwrap()
        });
        assert_near(&[found[0].error], &[found[1].error], learner);
        assert_near(&found[0].gradient, &found[1].gradient, learner);
        let risen: Vec<f64> = found[0].values.iter().map(|v| v - 1e12).collect();
        for (x, y) in risen.iter().zip(&found[1].values) {
            assert!((x - y).abs() < 1e-3, "{learner}: {x} {y}");
        }
    }
}

/// J* − J is that of the model without the offset, for every method that draws nothing; J and v have it.
#[test]
fn gaps_of_ascents_keep_their_digits() {
    for (criterion, worth) in [
        ("discount: 9/10", 10.0),
        ("criterion: average", 1.0),
        ("horizon: 3\ndiscount: 1/2", 1.75),
    ] {
        for method in [AscentMethod::Natural, AscentMethod::Plain] {
            let [with, without] = pair(criterion).map(|at| {
                let goal = Goal::new(at.mdp(), at.options()).unwrap();
                let options = AscentOptions {
                    method,
                    iterations: 5,
                    iterates: true,
                    bounds: true,
                    ..AscentOptions::default()
                };
                let go_on = |_: &_| ControlFlow::Continue(());
                let found = ascend(at.mdp(), at.policy(), Some(&goal), &options, &go_on).unwrap();
                let rates = Rates::new(at.mdp(), at.policy(), Some(&goal), &found, &options);
                (found, rates.unwrap(), goal)
            });
            let gaps = |found: &Ascent| -> Vec<f64> {
                found.trace.iter().map(|step| step.gap.unwrap()).collect()
            };
            let what = format!("{criterion} {}", method.name());
            assert_near(&gaps(&with.0), &gaps(&without.0), &what);
            assert_eq!(with.0.gap_error, None, "{what}");
            assert_eq!(without.0.gap_error, None, "{what}");
            let near = |x: f64, y: f64| (x - y - OFFSET as f64 * worth).abs() <= 1e-3;
            assert!(near(with.0.last().j, without.0.last().j), "{what}");
            assert!(near(with.2.j, without.2.j), "{what}");
            let theta = |found: &Ascent| found.policy.theta().unwrap().to_vec();
            assert_near(&theta(&with.0), &theta(&without.0), &what);
            assert_eq!(
                with.1.gradient_over_gap.is_some(),
                without.1.gradient_over_gap.is_some(),
                "{what}"
            );
            // of the average reward v is relative to the gain
            let worth = if criterion.ends_with("average") {
                0.0
            } else {
                worth
            };
            let v = |found: &Ascent| found.iterates().unwrap().v.concat();
            for (x, y) in v(&with.0).iter().zip(v(&without.0)) {
                assert!(
                    (x - y - OFFSET as f64 * worth).abs() <= 1e-3,
                    "{what}: {x} {y}"
                );
            }
        }
    }
}

/// Thirds beside 10¹¹ are subtracted before they are rounded: gradients of q and of J* − J have all digits.
#[test]
fn what_all_rewards_share_goes_before_they_are_rounded() {
    let text = |offset: &str| {
        format!(
            "discount: 1/2\nstates: [s, t]\nactions: [x, y]\ninitial: s\ntransitions:\n\
             - [s, x, t, 3/5, {offset}1/3]\n- [s, x, s, 2/5, {offset}2/3]\n- [s, y, s, 1, {offset}5/3]\n\
             - [t, x, s, 1, {offset}7/3]\n- [t, y, t, 1, {offset}4/3]\n"
        )
    };
    // 10¹¹ + 1/3 = 300000000001/3
    let [with, without] = ["30000000000", ""].map(|offset| {
        let model =
            Model::parse("thirds", &text(offset)).unwrap_or_else(|all| panic!("{}", all.plain()));
        let at = model.solve(Choice::Uniform).unwrap();
        let goal = Goal::new(at.mdp(), at.options()).unwrap();
        let options = AscentOptions {
            method: AscentMethod::Natural,
            iterations: 3,
            ..AscentOptions::default()
        };
        let go_on = |_: &_| ControlFlow::Continue(());
        ascend(at.mdp(), at.policy(), Some(&goal), &options, &go_on).unwrap()
    });
    for (x, y) in with.trace.iter().zip(&without.trace) {
        let (x, y) = (x.gap.unwrap(), y.gap.unwrap());
        assert!((x - y).abs() <= 1e-13, "{x} {y}");
    }
}

/// [[3, 1], [0, 2]] at every step: 1/2 and 1/2 against 1/4 and 3/4, worth 3/2, whatever both add to it.
#[test]
fn strategies_of_zero_sum_games_keep_their_digits() {
    for (criterion, worth) in [("discount: 1/2", 2.0), ("horizon: 3\ndiscount: 1/2", 1.75)] {
        for thirds in [0, 300_000_000_001i64, -300_000_000_001] {
            let pay = |sign: i64| {
                let r = |x: i64| format!("{}/3", sign * (3 * x + thirds));
                format!(
                    "{{p: {{a+c: {}, a+d: {}, b+c: {}, b+d: {}}}}}",
                    r(3),
                    r(1),
                    r(0),
                    r(2)
                )
            };
            let text = format!(
                "{criterion}\nstates: [p]\nplayers:\n  one: [a, b]\n  two: [c, d]\ninitial: p\n\
                 transitions: {{p: {{a+c: p, a+d: p, b+c: p, b+d: p}}}}\n\
                 rewards:\n  one: {}\n  two: {}\n",
                pay(1),
                pay(-1)
            );
            let model = Model::parse("game", &text).unwrap_or_else(|all| panic!("{}", all.plain()));
            let (game, float) = (
                Game::<Ball>::of(&model).unwrap(),
                Game::<f64>::of(&model).unwrap(),
            );
            let found = value(&game, &float).unwrap();
            let own = |player: usize| -> Vec<f64> {
                found.strategies[player].iter().map(Field::to_f64).collect()
            };
            assert_near(&own(0), &[0.5, 0.5], criterion);
            assert_near(&own(1), &[0.25, 0.75], criterion);
            let j = Rational::from(9 + 2 * thirds) / Rational::from(6);
            let j = j * Number::from_f64(worth).unwrap().to_rational();
            let ends = found.j.map(|x| (x.lower(), x.upper()));
            let exact = Number::from(j).to_f64();
            assert!(ends[0].0 <= exact && exact <= ends[1].1, "{ends:?} {exact}");
            assert!(ends[1].1 - ends[0].0 <= 1e-3, "{ends:?}");
        }
    }
}

/// What one player gains by another policy, and how gradients move each other, of a zero-sum game beside 10⁹.
#[test]
fn games_keep_the_digits_of_gaps_and_jacobians() {
    let game = |offset: i64| {
        let r = |x: i64| format!("{}", offset + x);
        let pay = |sign: &str| {
            format!(
                "{{p: {{a+c: {sign}{}, a+d: {sign}{}, b+c: {sign}{}, b+d: {sign}{}}}, \
                 q: {{a+c: {sign}{}, a+d: {sign}{}, b+c: {sign}{}, b+d: {sign}{}}}}}",
                r(3),
                r(1),
                r(0),
                r(2),
                r(0),
                r(1),
                r(1),
                r(0)
            )
        };
        let text = format!(
            "discount: 1/2\nstates: [p, q]\nplayers:\n  one: [a, b]\n  two: [c, d]\ninitial: p\n\
             transitions: {{p: {{a+c: p, a+d: q, b+c: q, b+d: {{p: 1/3, q: 2/3}}}}, q: {{a+c: q, a+d: p, b+c: p, b+d: q}}}}\n\
             rewards:\n  one: {}\n  two: {}\n\
             policy: {{parametrization: factored, players: {{one: {{theta: {{p: {{a: 0.3, b: 0}}, q: {{a: 0, b: 1}}}}}}, \
             two: {{theta: {{p: {{c: 0, d: 0.7}}, q: {{c: -1, d: 0}}}}}}}}}}\n",
            pay(""),
            pay("-")
        );
        let model = Model::parse("game", &text).unwrap_or_else(|all| panic!("{}", all.plain()));
        let policy = model.floating().policy(Choice::Own).unwrap();
        let game = Game::<f64>::of(&model).unwrap();
        let profile = game.profile(policy).unwrap();
        let gain = |player| {
            profile
                .best_reply(player, &ControlOptions::default())
                .unwrap()
                .gain
        };
        (vec![gain(0), gain(1)], profile.jacobian().unwrap())
    };
    let (gains, jacobian) = game(1_000_000_000);
    // with --certify, of the game beside 10⁹
    assert_near(
        &[gains[0].max(gains[1])],
        &[0.526_057_684_199_696_5],
        "the gap",
    );
    assert_near(
        &[gains[0] + gains[1]],
        &[0.889_941_225_157_587_8],
        "the sum",
    );
    let (plain, right) = game(0);
    assert_near(&gains, &plain, "gains");
    assert_near(jacobian.as_slice(), right.as_slice(), "the Jacobian");
}
