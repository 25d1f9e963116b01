//! The rewards that make a policy optimal, and potentials between rewards: against policy iteration in fractions,
//! enumeration and values by hand.

use std::path::Path;
use std::sync::Arc;

use exact_mdp::arithmetic::{Arithmetic, Choice};
use exact_mdp::cone::{Cone, ConeNorm};
use exact_mdp::control::ControlOptions;
use exact_mdp::field::{Ball, Field};
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::shaping::{ShapingVerdict, shaping};

fn shipped(name: &str) -> Model {
    let path = Path::new(crate::ROOT)
        .join("mdps")
        .join(format!("{name}.yaml"));
    Model::load(&path).expect("a shipped model")
}

fn q(p: i64, d: u64) -> Rational {
    Number::ratio(p, d).expect("a fraction").to_rational()
}

/// Three states, three actions in one of them, an end.
fn small() -> Model {
    let text = "
discount: 3/4
states: [x, y, z, end]
actions: [a, b, c]
initial: {x: 1/2, y: 1/2}
terminal: [end]
transitions:
  x: {a: {x: 1/3, y: 2/3}, b: {y: 3/4, end: 1/4}, c: z}
  y: {a: x, b: {x: 1/5, z: 4/5}}
  z: {a: end, b: {z: 1/2, x: 1/2}}
rewards: {x: {a: 1/2, b: -1, c: 1/3}, y: {a: 3/4, b: -1/4}, z: {a: 2, b: 1/5}}
";
    Model::parse("small", text).expect("a model")
}

/// Whether a policy attains v* of these rewards, by policy iteration in fractions.
fn is_optimal(mdp: &Mdp<Rational>, r: &[Rational], taken: &[Option<usize>]) -> bool {
    let paid = mdp.clone().with_rewards(r.to_vec()).expect("rewards");
    let found = Rational::optimum_of(&paid, &ControlOptions::default()).expect("an optimum");
    let space = mdp.space();
    (0..space.states()).all(|s| taken[s].is_none_or(|pair| found.q[pair] == found.v[s]))
}

#[test]
fn the_cone_is_where_policy_iteration_finds_the_policy() {
    for model in [
        small(),
        shipped("two-state"),
        shipped("retry-loop"),
        shipped("recycling-robot"),
    ] {
        let exact = model.exact().expect("fractions");
        let cone = Cone::new(&exact.solve(Choice::Optimal).expect("an optimum")).expect("a cone");
        let (mdp, tiny) = (exact.mdp(), q(1, 1_000_000));
        assert!(is_optimal(mdp, mdp.r(), cone.taken()));
        for (pair, range) in cone.ranges().iter().enumerate() {
            for (end, sign) in [(&range.decrease, -1), (&range.increase, 1)] {
                let at = |by: Rational| {
                    let mut r = mdp.r().to_vec();
                    r[pair] += by * Rational::from(sign);
                    is_optimal(mdp, &r, cone.taken())
                };
                match end {
                    Some(end) => {
                        assert!(at(end.clone()), "{} {pair} at {end}", model.name());
                        assert!(!at(end + &tiny), "{} {pair} beyond {end}", model.name());
                    }
                    None => assert!(at(Rational::from(1_000_000)), "{} {pair}", model.name()),
                }
            }
        }
    }
}

/// The number of a pair's inequality.
fn number_of(cone: &Cone<Rational>, pair: usize) -> usize {
    let mut others = cone.others().iter();
    let found = others.position(|other| *other == pair);
    found.expect("its inequality")
}

#[test]
fn the_border_is_as_far_away_as_it_is_said_to_be() {
    let model = small();
    let exact = model.exact().expect("fractions");
    let cone = Cone::new(&exact.solve(Choice::Optimal).expect("an optimum")).expect("a cone");
    let mdp = exact.mdp();
    let (pair, t) = cone.distance(ConeNorm::Max).expect("a choice");
    let which = number_of(&cone, pair);
    let row = cone.inequality(which).expect("an inequality");
    let worst = |t: &Rational| -> Vec<Rational> {
        let sign = |c: &Rational| match c.partial_cmp(&Rational::ZERO) {
            Some(std::cmp::Ordering::Greater) => Rational::ONE,
            Some(std::cmp::Ordering::Less) => -Rational::ONE,
            _ => Rational::ZERO,
        };
        mdp.r()
            .iter()
            .zip(&row)
            .map(|(r, c)| r - t * sign(c))
            .collect()
    };
    assert!(is_optimal(mdp, &worst(&t), cone.taken()));
    assert!(!is_optimal(
        mdp,
        &worst(&(&t + q(1, 1_000_000))),
        cone.taken()
    ));
    // all corners of the cube are inside
    for corner in 0..1u32 << mdp.pairs() {
        let moved = mdp.r().iter().enumerate();
        let moved = moved.map(|(i, r)| if corner >> i & 1 == 1 { r + &t } else { r - &t });
        assert!(is_optimal(mdp, &moved.collect::<Vec<_>>(), cone.taken()));
    }
    // the foot of the perpendicular is on the border: a step of c·r/|c|² along c
    let (pair, square) = cone.distance(ConeNorm::Euclidean).expect("a choice");
    let which = number_of(&cone, pair);
    let row = cone.inequality(which).expect("an inequality");
    let slack = &cone.slack()[which];
    let step = &square / slack;
    let moved = |by: &Rational| -> Vec<Rational> {
        mdp.r().iter().zip(&row).map(|(r, c)| r - by * c).collect()
    };
    assert!(is_optimal(mdp, &moved(&step), cone.taken()));
    assert!(!is_optimal(
        mdp,
        &moved(&(&step + q(1, 1_000_000))),
        cone.taken()
    ));
}

/// By hand, γ = 9/10: v(hot) = 10, v(cold) = 810/91; waiting in cold is worth 9/10 of v(cold), so the slack
/// is 81/91; its weights are v(cold)/10 of the rewards there: N(cold, cold) = 100/91, N(cold, hot) = 810/91.
#[test]
fn the_cone_of_the_heater_is_that_of_a_hand() {
    let model = shipped("two-state");
    let exact = model.exact().expect("fractions");
    let cone = Cone::new(&exact.solve(Choice::Optimal).expect("an optimum")).expect("a cone");
    assert_eq!(cone.others(), [0, 2]);
    assert_eq!(cone.slack()[0], q(81, 91));
    assert_eq!(
        cone.inequality(0),
        Some(vec![q(-1, 1), q(10, 91), q(0, 1), q(81, 91)])
    );
    // 81/91 over 1 + 10/91 + 81/91; waiting in hot, 45/91 over 1 + 45/91 + 136/91
    assert_eq!(cone.distances(ConeNorm::Max), [q(81, 182), q(45, 272)]);
    assert_eq!(cone.distance(ConeNorm::Max), Some((2, q(45, 272))));
    assert_eq!(cone.lineality(), 2);
}

#[test]
fn fractions_floats_and_balls_agree() {
    for model in [small(), shipped("frozenlake-4x4")] {
        let exact = Cone::new(&model.exact().unwrap().solve(Choice::Optimal).unwrap()).unwrap();
        let float = Cone::new(&model.solve(Choice::Optimal).unwrap()).unwrap();
        let balls: Cone<Ball> =
            Cone::new(&model.certified().solve(Choice::Optimal).unwrap()).unwrap();
        if exact.taken() != float.taken() {
            continue; // ties
        }
        for (which, x) in exact.slack().iter().enumerate() {
            assert!((Field::to_f64(x) - float.slack()[which]).abs() < 1e-9);
            if balls.taken() == exact.taken() {
                assert!(balls.slack()[which].contains(x));
            }
        }
    }
}

#[test]
fn rewards_shaped_from_zero_make_every_policy_optimal() {
    let model = small();
    let mdp = model.exact_mdp().expect("fractions");
    let phi = [q(1, 3), q(-2, 1), q(5, 7), q(0, 1)];
    let paid = mdp
        .clone()
        .with_rewards(shaped(&mdp, &Rational::ZERO, &phi))
        .expect("rewards");
    let optimum = Rational::optimum_of(&paid, &ControlOptions::default()).expect("an optimum");
    assert_eq!(optimum.greedy.len(), mdp.pairs());
    let solved = exact_mdp::solved::Solved::new(paid, optimum.policy).expect("values");
    let cone = Cone::new(&solved).expect("a cone");
    assert!(cone.slack().iter().all(|x| *x == Rational::ZERO));
    assert_eq!(
        cone.distance(ConeNorm::Max).expect("a choice").1,
        Rational::ZERO
    );
}

/// c r + γpΦ − Φ.
fn shaped(mdp: &Mdp<Rational>, c: &Rational, phi: &[Rational]) -> Vec<Rational> {
    let next = mdp.p().mul(phi);
    let one = |pair: usize| {
        let here = &phi[mdp.space().state_of(pair)];
        c * &mdp.r()[pair] + mdp.discount() * &next[pair] - here
    };
    (0..mdp.pairs()).map(one).collect()
}

#[test]
fn potentials_and_scales_are_found_exactly() {
    for (model, ends) in [
        (small(), true),
        (shipped("two-state"), false),
        (shipped("random-walk-5"), true),
    ] {
        let mdp = Arc::new(model.exact_mdp().expect("fractions"));
        let phi: Vec<Rational> = (0..mdp.states())
            .map(|s| {
                if mdp.space().is_terminal(s) {
                    q(0, 1)
                } else {
                    q(7 * s as i64 - 3, 5)
                }
            })
            .collect();
        assert_eq!(phi.contains(&q(0, 1)), ends);
        let choice = mdp.pairs()
            > (0..mdp.states())
                .filter(|&s| !mdp.space().is_terminal(s))
                .count();
        let cases = [
            (q(1, 1), ShapingVerdict::Shaped),
            (q(5, 3), ShapingVerdict::Scaled),
            (q(-2, 1), ShapingVerdict::Reversed),
            (q(0, 1), ShapingVerdict::Degenerate),
        ];
        for (c, verdict) in cases {
            let found = shaping(&mdp, shaped(&mdp, &c, &phi)).expect("an answer");
            if choice {
                assert_eq!(
                    (found.verdict, &found.scale),
                    (verdict, &c),
                    "{}",
                    model.name()
                );
                assert_eq!(found.potential, phi);
            } else {
                // without a choice every reward is every other, shaped
                assert_eq!(found.verdict, ShapingVerdict::Shaped);
            }
            assert!(found.residual.iter().all(|x| *x == Rational::ZERO));
        }
        if choice {
            // of the random walk the first pair is one that shaping and a scale can change
            let mut other = shaped(&mdp, &q(1, 1), &phi);
            other[2] += q(1, 1_000_000_000);
            let found = shaping(&mdp, other).expect("an answer");
            assert_eq!(found.verdict, ShapingVerdict::Refuted);
            let worst = found.worst.expect("a pair");
            assert!(found.residual[worst] != Rational::ZERO);
        }
    }
}

#[test]
fn in_floating_point_rounding_refutes_nothing() {
    let model = shipped("garnet");
    let mdp = Arc::new(model.mdp::<f64>());
    let phi: Vec<f64> = (0..mdp.states())
        .map(|s| {
            if mdp.space().is_terminal(s) {
                0.0
            } else {
                (s as f64).sin()
            }
        })
        .collect();
    let next = mdp.p().mul(&phi);
    let other = (0..mdp.pairs())
        .map(|i| 3.0 * mdp.r()[i] + mdp.discount() * next[i] - phi[mdp.space().state_of(i)]);
    let found = shaping(&mdp, other.collect()).expect("an answer");
    assert_eq!(found.verdict, ShapingVerdict::Scaled);
    assert!((found.scale - 3.0).abs() < 1e-9);
}

/// Two states between which one may go round for 1 and 2. Staying in the second pays 3 more in the other reward, which
/// no potential makes and which makes another policy optimal, however near γ is to 1 and however large an offset both
/// have; rewards that a potential of (1, −3) does make are never refuted.
#[test]
fn values_larger_than_rewards_hide_no_difference() {
    let complements = [1e-2, 1e-6, 1e-9, 1e-12];
    for (complement, offset) in complements.iter().flat_map(|c| [(*c, 0.0), (*c, 1e9)]) {
        let discount = format!("{:.12}", 1.0 - complement);
        let text = format!(
            "discount: {discount}\nstates: [a, b]\nactions: [x, y]\ninitial: a\ntransitions:\n- [a, x, a, 1, {offset}]\n- [a, y, b, 1, {}]\n- [b, x, a, 1, {}]\n- [b, y, b, 1, {offset}]\n",
            offset + 1.0,
            offset + 2.0,
        );
        let model = Model::parse("round.yaml", &text).expect("a model");
        let mdp = Arc::new(model.mdp::<f64>());
        let mut other = mdp.r().to_vec();
        other[3] += 3.0;
        let found = shaping(&mdp, other).expect("an answer").verdict;
        let told = found == ShapingVerdict::Refuted;
        assert!(
            told || (found == ShapingVerdict::Undecided && (complement < 1e-6 || offset > 0.0)),
            "{found:?} {complement:e} {offset}"
        );
        let (phi, gamma) = ([1.0, -3.0], mdp.discount());
        let next = [0, 1, 0, 1];
        let shaped = (0..4).map(|k| mdp.r()[k] + gamma * phi[next[k]] - phi[k / 2]);
        let found = shaping(&mdp, shaped.collect()).expect("an answer").verdict;
        assert!(found != ShapingVerdict::Refuted, "{complement:e} {offset}");
    }
}

/// r(s0, a0) ≥ r(s0, a1) is violated by 4, so that 2 is the least change of the largest and 2√2 that of all, whatever
/// γ is; the other inequality has a slack of 4/(1 − γ) less 2.
#[test]
fn a_violated_inequality_is_as_far_away_beside_a_slack_of_any_size() {
    for zeros in [0, 3, 6, 9, 12] {
        let text = format!(
            "discount: 0.9{}\nstates: [s0, s1, end]\nactions: [a0, a1]\ninitial: s1\nterminal: [end]\ntransitions:\n- [s0, a0, s0, 1, -4]\n- [s0, a1, s0, 1, 0]\n- [s1, a0, s0, 1, 0]\n- [s1, a1, end, 1, -2]\n",
            "9".repeat(zeros)
        );
        let model = Model::parse("cone1.yaml", &text).expect("a model");
        let policy = Policy::simplex(model.space(), vec![1.0, 0.0, 0.0, 1.0]).expect("a policy");
        let cone = Cone::new(&model.solve(policy).expect("solved")).expect("a cone");
        let found = cone.outside().expect("solved").expect("an answer");
        assert!(
            (found.max_norm - 2.0).abs() <= 1e-9,
            "{zeros}: {}",
            found.max_norm
        );
        assert!(
            (found.squared - 8.0).abs() <= 1e-8,
            "{zeros}: {}",
            found.squared
        );
    }
}

/// Near γ = 1 the entries of (I − γp)⁻¹ are 1/(1 − γ) large and alike: inequalities, slacks and distances are
/// differences of them. Against fractions.
#[test]
fn cones_keep_their_digits_near_discount_one() {
    for zeros in [6, 9, 12, 15] {
        let text = format!(
            "discount: 0.{}
states: [a, b, c]
actions: [x, y]
initial: a
transitions:
  a: {{x: {{b: 3/5, a: 2/5}}, y: {{a: 1/3, c: 2/3}}}}
  b: {{x: {{b: 4/5, a: 1/5}}, y: c}}
  c: {{x: {{a: 1/7, c: 6/7}}, y: {{b: 1/2, a: 1/2}}}}
rewards: {{a: {{y: 1/3}}, b: 1, c: {{x: 2/5}}}}
",
            "9".repeat(zeros)
        );
        let model = Model::parse("near", &text).expect("a model");
        let right = Cone::new(&model.exact().unwrap().solve(Choice::Optimal).unwrap()).unwrap();
        let found = Cone::new(&model.solve(Choice::Optimal).unwrap()).unwrap();
        let close = |x: &[f64], y: &[Rational]| {
            let y: Vec<f64> = y.iter().map(|y| y.to_f64().value()).collect();
            let size = y.iter().fold(0.0, |size: f64, y| size.max(y.abs()));
            for (x, y) in x.iter().zip(&y) {
                assert!((x - y).abs() <= 1e-12 * size, "{zeros}: {x} {y}");
            }
        };
        close(found.slack(), right.slack());
        for norm in [ConeNorm::Max, ConeNorm::Euclidean] {
            close(&found.distances(norm), &right.distances(norm));
        }
        for which in 0..right.others().len() {
            let row = |cone: &Cone<_>| cone.inequality(which);
            close(
                &row(&found).expect("a row"),
                &right.inequality(which).expect("a row"),
            );
        }
        assert_eq!(found.signs(), right.signs(), "{zeros}");
    }
}

/// `s` is left once in 10¹⁵ steps and pays 1 a step; `u` may take 5 and end, or try for `s` with 2·10⁻¹⁵. Where the
/// reward of `s` counts 10¹⁵ times in one inequality, r ≥ 0, and twice in another, 5 ≥ 2r, both bound it: it is 1, may fall by 1
/// and rise by 3/2.
#[test]
fn what_counts_little_in_one_inequality_is_no_rounding_of_another() {
    let text = "
discount: 1
states: [s, u, end]
actions: [x, y]
initial: u
terminal: [end]
transitions:
  s: {x: {s: 999999999999999/1000000000000000, end: 1/1000000000000000}, y: end}
  u: {x: end, y: {s: 1/500000000000000, end: 499999999999999/500000000000000}}
rewards: {s: {x: 1}, u: {x: 5}}
";
    let model = Model::parse("counted.yaml", text).unwrap();
    let cone = Cone::new(&model.solve(Choice::Optimal).unwrap()).unwrap();
    let range = &cone.ranges()[0];
    let (fall, rise) = (range.decrease.unwrap(), range.increase.unwrap());
    assert!((fall - 1.0).abs() < 1e-12, "{fall}");
    assert!((rise - 1.5).abs() < 1e-12, "{rise}");
}
