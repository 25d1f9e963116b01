//! Floating point beside exact fractions, on models whose numbers lie many orders apart.

use std::sync::Arc;

use super::Evaluation;
use crate::chain::{Chain, Dynamics};
use crate::field::Field;
use crate::gradient::Route;
use crate::linalg::{Csr, Factors, Solvable, SolverKind, SolverOptions};
use crate::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::policy::{Kind, Policy, Specification};
use crate::solved::Solved;
use crate::test_models::{Dice, ratio};

/// A fraction between 10⁻¹⁴ and 9.
fn wide(dice: &mut Dice) -> Rational {
    let scale = 10u64.pow(dice.whole(0, 14) as u32);
    ratio(dice.whole(1, 9), scale)
}

/// Positive fractions that sum to 1, some tiny.
fn shares(dice: &mut Dice, count: usize) -> Vec<Rational> {
    let weights: Vec<Rational> = (0..count).map(|_| wide(dice)).collect();
    let total: Rational = weights.iter().fold(Rational::ZERO, |sum, w| sum + w);
    weights.into_iter().map(|w| w / &total).collect()
}

/// `alive` states with two actions each, which may lead to every other state and to the end;
/// rewards are not negative.
fn badly_scaled(dice: &mut Dice, alive: usize, criterion: Criterion<Rational>) -> Mdp<Rational> {
    let mut sets = vec![vec![0, 1]; alive];
    sets.push(Vec::new());
    let space = Space::new(Names::Numbered(alive + 1), Names::Numbered(2), sets).unwrap();
    let mut outcomes = OutcomeTable::default();
    for _ in 0..space.pairs() {
        for (next, p) in shares(dice, alive + 1).into_iter().enumerate() {
            outcomes.push(next, p, wide(dice));
        }
        outcomes.end_pair();
    }
    let mut initial = shares(dice, alive);
    initial.push(Rational::ZERO);
    Mdp::new(MdpParts {
        name: "badly-scaled".into(),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion,
    })
    .unwrap()
}

/// A policy by its probabilities, over both fields.
fn simplex(space: &Arc<Space>, probabilities: Vec<Rational>) -> (Policy<Rational>, Policy<f64>) {
    let specification = Specification {
        parametrization: Kind::Simplex,
        probabilities: Some(probabilities.into_iter().map(Number::from).collect()),
        ..Specification::default()
    };
    (
        Policy::from_specification(space, &specification).unwrap(),
        Policy::from_specification(space, &specification).unwrap(),
    )
}

fn solved<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> (Chain<F>, Evaluation<F>) {
    let chain = Chain::new(mdp, policy, &SolverOptions::default()).unwrap();
    let evaluation = chain.evaluate(mdp, policy).unwrap();
    (chain, evaluation)
}

fn rounded(mdp: &Mdp<Rational>) -> Mdp<f64> {
    mdp.map(Field::to_f64)
}

/// Each computed number within a relative tolerance of the exact one.
fn assert_relative(found: &[f64], exact: &[Rational], tolerance: f64, what: &str) {
    assert_eq!(found.len(), exact.len());
    for (i, (found, exact)) in found.iter().zip(exact).enumerate() {
        let exact = Field::to_f64(exact);
        let apart = (found - exact).abs();
        assert!(
            apart <= tolerance * exact.abs(),
            "{what}[{i}]: {found} for {exact}"
        );
    }
}

/// Rounded numbers off the diagonal and slacks, each known to one unit, move each entry of the
/// inverse by 2n units, the elimination and its two triangular systems by some n³ more, relative
/// to the entry, whatever the condition (O'Cinneide 1993; Alfa, Xue & Ye 2002): (n + 8)³ u.
fn componentwise(states: usize) -> f64 {
    (states as f64 + 8.0).powi(3) * f64::EPSILON / 2.0
}

#[test]
fn values_and_occupancies_have_relative_accuracy_in_every_component() {
    let tiny = ratio(1, 1_000_000_000_000);
    let criteria = [
        Criterion::Total,
        Criterion::Discounted {
            discount: Rational::ONE - tiny,
        },
        Criterion::Discounted {
            discount: ratio(1, 3),
        },
    ];
    for seed in 0..60 {
        let dice = &mut Dice::new(seed);
        let criterion = criteria[seed as usize % 3].clone();
        let alive = dice.whole(1, 7) as usize;
        let mdp = badly_scaled(dice, alive, criterion);
        let probabilities = (0..alive).flat_map(|_| shares(dice, 2)).collect();
        let (exact_policy, policy) = simplex(mdp.space(), probabilities);
        let (_, exact) = solved(&mdp, &exact_policy);
        let (_, found) = solved(&rounded(&mdp), &policy);
        let tolerance = componentwise(alive + 1);
        assert_relative(&found.v, &exact.v, tolerance, "v");
        assert_relative(&found.q, &exact.q, tolerance, "q");
        assert_relative(&found.occupancy, &exact.occupancy, tolerance, "occupancy");
        assert_relative(&[found.j], &[exact.j], tolerance, "J");
    }
}

/// The same in blocks: a ring of 90 states, where one step in 10¹² leads out.
#[test]
fn a_long_ring_with_a_tiny_exit_has_relative_accuracy() {
    const STATES: usize = 90;
    let mut sets = vec![vec![0]; STATES];
    sets.push(Vec::new());
    let space =
        Arc::new(Space::new(Names::Numbered(STATES + 1), Names::Numbered(1), sets).unwrap());
    let exit = ratio(1, 1_000_000_000_000);
    let mut outcomes = OutcomeTable::default();
    for state in 0..STATES {
        let stay = ratio(state as i64 % 3, 4);
        let on = Rational::ONE - &stay - &exit;
        outcomes.push(state, stay, ratio(1, 7));
        outcomes.push((state + 1) % STATES, on, ratio(state as i64 % 5, 3));
        outcomes.push(STATES, exit.clone(), ratio(0, 1));
        outcomes.end_pair();
    }
    let mut initial = vec![Rational::ZERO; STATES + 1];
    initial[3] = Rational::ONE;
    let mdp = Mdp::new(MdpParts {
        name: "ring".into(),
        space,
        outcomes,
        initial,
        criterion: Criterion::Total,
    })
    .unwrap();
    let (_, exact) = solved(&mdp, &Policy::uniform(mdp.space()));
    let mdp = rounded(&mdp);
    let (chain, found) = solved(&mdp, &Policy::uniform(mdp.space()));
    assert!(chain.resolvent().factors().is_componentwise());
    let tolerance = componentwise(STATES + 1);
    assert_relative(&found.v, &exact.v, tolerance, "v");
    assert_relative(&found.occupancy, &exact.occupancy, tolerance, "occupancy");
    assert_relative(&[found.j], &[exact.j], tolerance, "J");
}

const NEARLY_ENDLESS: &str = "
discount: 1
states: [x, y, end]
actions: [stay, go]
initial: {x: 1/4, y: 3/4}
transitions:
  x: {stay: {x: 0.999999999999, end: 1e-12}, go: {y: 0.999999999998, end: 2e-12}}
  y: {stay: {y: 0.699999999999, x: 0.3, end: 1e-12}, go: {x: 0.999999999999, end: 1e-12}}
rewards:
  x: {stay: 1, go: -2}
  y: {stay: 0.3, go: 2}
terminal: [end]
";

/// Values of 10¹² and advantages of 1: the gradient needs the differences of the former. Every
/// sum has two or three terms; the exact gradient is that of the written numbers.
#[test]
fn gradients_keep_their_digits_where_an_episode_almost_never_ends() {
    for discount in ["1", "0.999999999999"] {
        let text = NEARLY_ENDLESS.replace("discount: 1\n", &format!("discount: {discount}\n"));
        let model = Model::parse("nearly-endless.yaml", &text).unwrap();
        let (mdp, exact_mdp) = (model.mdp::<f64>(), model.mdp::<Rational>());
        let pi = [(1, 3), (2, 3), (3, 10), (7, 10)].map(|(p, q)| ratio(p, q));
        let (exact_policy, policy) = simplex(mdp.space(), pi.to_vec());
        let exact = Solved::new(exact_mdp, exact_policy).unwrap();
        let found = Solved::new(mdp, policy).unwrap();
        let tolerance = componentwise(3);
        assert_relative(
            &[*found.j()],
            std::slice::from_ref(exact.j()),
            tolerance,
            "J",
        );
        assert_relative(found.advantage(), exact.advantage(), tolerance, "advantage");
        let gradient = found.gradient().unwrap();
        assert_relative(gradient, exact.gradient().unwrap(), tolerance, "gradient");
        let all = found.gradient_by(&Route::ALL).unwrap();
        assert!(all.disagreement.agrees(), "{:?}", all.disagreement);
    }
}

/// A row and a policy whose written numbers sum to 1 − 5·10⁻¹⁰ leak: at γ = 1 that decides J.
#[test]
fn rounded_rows_are_used_as_written() {
    let text = "
discount: 1
states: [x, end]
actions: [a, b]
initial: x
transitions:
  x: {a: {x: 0.9999999995}, b: {x: 0.75, end: 0.25}}
rewards: {x: {a: 1}}
terminal: [end]
";
    let model = Model::parse("leak.yaml", text).unwrap();
    let mdp = model.mdp::<f64>();
    let probabilities = ["0.4999999999", "0.5"].map(|x| x.parse().unwrap());
    let specification = Specification {
        parametrization: Kind::Simplex,
        probabilities: Some(probabilities.to_vec()),
        ..Specification::default()
    };
    let policy = Policy::from_specification(mdp.space(), &specification).unwrap();
    let (_, found) = solved(&mdp, &policy);
    // v = a · 0.9999999995 + (a · 0.9999999995 + b · 0.75) v: what leaks is not paid
    let (a, b) = (ratio(4_999_999_999, 10_000_000_000), ratio(1, 2));
    let paid = a * ratio(9_999_999_995, 10_000_000_000);
    let stays = paid.clone() + b * ratio(3, 4);
    let v = paid / (Rational::ONE - stays);
    assert_relative(&[found.j], &[v], componentwise(2), "J");
}

/// γ as written is converted to 1 − γ before it is rounded.
#[test]
fn the_complement_of_the_discount_is_exact() {
    let text = "
discount: 0.999999999999
states: [x]
actions: [a]
initial: x
transitions: {x: {a: x}}
rewards: {x: {a: 1}}
";
    let model = Model::parse("one.yaml", text).unwrap();
    let (_, found) = solved(&model.mdp::<f64>(), &Policy::uniform(model.space()));
    assert_eq!(found.j, 1e12);
    assert_eq!(found.occupancy, [1e12]);
}

/// From states that leave by thirds and sevenths into classes that pay the same, the gain is that
/// pay in every state, to the last digit: no sum over where it ends is taken.
#[test]
fn a_gain_that_is_the_same_everywhere_is_the_same_number() {
    let text = "
criterion: average
states: [u, v, w, x, y]
actions: [go]
initial: u
transitions:
  u: {go: {v: 1/3, w: 1/3, x: 1/3}}
  v: {go: {u: 3/7, w: 1/7, y: 3/7}}
  w: {go: {u: 1/9, v: 4/9, x: 2/9, y: 2/9}}
  x: {go: x}
  y: {go: y}
rewards: {x: {go: 1/10}, y: {go: 1/10}}
";
    let mdp: Mdp = Model::parse("leaving", text).unwrap().mdp();
    let policy = Policy::uniform(mdp.space());
    let run = super::Average::new(&mdp, &policy, &SolverOptions::default()).unwrap();
    assert_eq!(run.gain(), [0.1; 5]);
}

/// States that lead to the start, which nothing leads back to. LU with partial pivoting takes
/// rows of theirs as pivots for the columns of the start, and leaves rounding where there is
/// no visit.
#[test]
fn what_is_not_reached_has_no_visits_whatever_rounding_left() {
    const REACHED: usize = 4;
    let share = |s: usize, i: usize| 0.01 + 0.1 * ((7 * s + 3 * i) % 11) as f64;
    let rows = (0..2 * REACHED).map(|s| {
        let lingers = s < REACHED;
        let targets = if lingers { 0..REACHED } else { 0..2 * REACHED };
        let weight = |i: usize| if lingers && i == s { 40.0 } else { share(s, i) };
        let total: f64 = targets.clone().map(weight).sum();
        targets.map(|i| (i, weight(i) / total)).collect::<Vec<_>>()
    });
    let p = Csr::from_rows(2 * REACHED, rows.collect::<Vec<_>>());
    let space = Space::new(
        Names::Numbered(2 * REACHED),
        Names::Numbered(1),
        vec![vec![0]; 2 * REACHED],
    )
    .unwrap();
    let mut outcomes = OutcomeTable::default();
    for s in 0..2 * REACHED {
        p.row(s).for_each(|(next, &x)| outcomes.push(next, x, 0.0));
        outcomes.end_pair();
    }
    let mut initial = vec![0.0; 2 * REACHED];
    initial[..REACHED].copy_from_slice(&[0.1, 0.2, 0.3, 0.4]);
    let mdp = Mdp::new(MdpParts {
        name: "lingering".into(),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion: Criterion::Discounted { discount: 0.99 },
    })
    .unwrap();
    let dynamics = Dynamics::new(&mdp, &Policy::uniform(mdp.space())).unwrap();
    let options = SolverOptions {
        solver: SolverKind::Dense,
        ..SolverOptions::default()
    };
    let resolvent = dynamics.resolvent(&0.99, &options).unwrap();
    let raw = resolvent
        .factors()
        .solve_transposed(dynamics.initial())
        .unwrap();
    assert!(raw[REACHED..].iter().any(|x| *x != 0.0), "{raw:?}");
    let visits = resolvent.solve_transposed(dynamics.initial()).unwrap().x;
    assert_eq!(visits[REACHED..], [0.0; REACHED]);
    assert!(visits[..REACHED].iter().all(|x| *x > 1.0), "{visits:?}");
}

/// By symmetry: all that leaves a circle leaves from one state, to the two ends as 1 to 2; so small an exit hides in
/// 1 − P, and what it hides the bound knows.
#[test]
fn shares_of_time_are_bounded_by_every_solver() {
    let two = "
criterion: average
states: [s0, s1, s2]
actions: [a]
initial: {s2: 1}
transitions:
  s0: {a: s0}
  s1: {a: s1}
  s2: {a: {s0: 1/10000000000003, s1: 2/10000000000003, s2: 10000000000000/10000000000003}}
";
    let one = "
criterion: average
states: [s0, s1]
actions: [a]
initial: s1
transitions:
  s0: {a: s0}
  s1: {a: {s0: 1/100000000, s1: 99999999/100000000}}
";
    let mut circle = String::from(
        "
criterion: average
states: 14
actions: 1
initial: 2
transitions:
  - [0, 0, 0, 1]
  - [1, 0, 1, 1]
  - [13, 0, 0, 1/10000000000]
  - [13, 0, 1, 2/10000000000]
  - [13, 0, 2, 9999999997/10000000000]
",
    );
    for s in 2..13 {
        let other = 2 + (5 * s) % 11;
        circle += &format!("  - [{s}, 0, {}, 1/3]\n  - [{s}, 0, {other}, 2/3]\n", s + 1);
    }
    let thirds = [1.0 / 3.0, 2.0 / 3.0];
    for (text, expected) in [(two, &thirds[..]), (one, &[1.0, 0.0]), (&circle, &thirds)] {
        let model = Model::parse("m.yaml", text).unwrap();
        for kind in [
            SolverKind::Auto,
            SolverKind::Dense,
            SolverKind::Sparse,
            SolverKind::Krylov,
        ] {
            let options = SolverOptions {
                solver: kind,
                ..SolverOptions::default()
            };
            let policy = Policy::uniform(model.space());
            let solved = match Solved::by(model.mdp::<f64>(), policy, options) {
                Ok(solved) => solved,
                // an iterative solver may give up, with a word
                Err(error) => {
                    assert_eq!(kind, SolverKind::Krylov, "{error}");
                    continue;
                }
            };
            let found = solved.occupancy().iter().zip(expected);
            let error = found.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            let bound = solved.rounding().unwrap().occupancy;
            assert!(
                error <= bound.unwrap_or(1e-9),
                "{kind:?} {error:e} {bound:?} {:?}",
                solved.occupancy()
            );
            // what leaves is known to its last digit
            assert!(error <= 1e-5, "{kind:?} {error:e}");
        }
    }
}
