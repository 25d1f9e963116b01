//! Bounds where a model is too large for factors without subtraction, and an iteration or LU serves it. Values from certified
//! arithmetic and closed forms.

use exact_mdp::arithmetic::Choice;
use exact_mdp::between::Between;
use exact_mdp::field::{Ball, Field};
use exact_mdp::linalg::{SolverKind, SolverOptions};
use exact_mdp::model::Model;
use exact_mdp::number::Number;
use exact_mdp::solved::Solved;

/// Relative errors above this show in the ninth digit.
const NINTH: f64 = 1e-9;

fn garnet(states: usize, discount: &str) -> Model {
    let text = format!(
        "{{discount: {discount}, garnet: {{states: {states}, actions: 2, branching: 5, seed: 1}}}}"
    );
    Model::parse("garnet", &text).unwrap()
}

/// A square of cells whose moves slip, from the first corner; each step pays −1 and, in the last corner, 1/2.
fn square(side: usize) -> Model {
    let row = |y: usize| {
        let cell = |x: usize| match (x, y) {
            (0, 0) => 'S',
            (x, y) if x + y + 2 == 2 * side => 'T',
            _ => 'F',
        };
        let cells: String = (0..side).map(cell).collect();
        format!("    {cells}\n")
    };
    let rows: String = (0..side).map(row).collect();
    let text = format!(
        "discount: 0.9\ngrid:\n  map: |\n{rows}  slip: {{ahead: 0.8, left: 0.1, right: 0.1}}\n  step_reward: -1\n  \
         legend:\n    S: {{initial: 1}}\n    T: {{reward: 1/2}}\n"
    );
    Model::parse("square", &text).unwrap()
}

fn uniform(model: &Model) -> (Solved, Solved<Ball>) {
    let over = model.over::<Ball>().unwrap();
    let certified = over.solve(Choice::Uniform).unwrap();
    (model.solve(Choice::Uniform).unwrap(), certified)
}

/// The largest error that numbers have at least, from balls, and whether it shows in one of them.
fn errors(found: &[f64], known: &[Ball]) -> (f64, bool) {
    let (mut most, mut shows) = (0.0f64, false);
    for (x, ball) in found.iter().zip(known) {
        let (value, radius) = ball.certified().unwrap();
        let error = ((x - value).abs() - radius).max(0.0);
        most = most.max(error);
        shows |= error > NINTH * value.abs();
    }
    (most, shows)
}

/// An iteration ends where a part of the largest value, and of all visits, is left: small numbers have lost digits, and a
/// bound says so that holds.
#[test]
fn what_an_iteration_leaves_is_told() {
    for model in [garnet(2_100, "0.999"), square(60)] {
        let (found, known) = uniform(&model);
        assert_eq!(found.evaluation().solver, "krylov");
        let told = found.rounding().unwrap();
        for (name, found, known, told) in [
            ("v", found.v(), known.v(), told.value),
            ("q", found.q(), known.q(), told.value),
            ("A", found.advantage(), known.advantage(), told.advantage),
            ("ρ", found.occupancy(), known.occupancy(), told.occupancy),
        ] {
            let (error, shows) = errors(found, known);
            let bound = told.unwrap_or(0.0);
            assert!(!shows || error <= bound, "{name}: {error:e} {told:?}");
            let most = found.iter().fold(0.0f64, |most, x| most.max(x.abs()));
            assert!(bound <= 1e-8 * most, "{name}: {bound:e} beside {most:e}");
        }
        assert!(told.advantage.is_some() && told.occupancy.is_some());
        println!("{told:?}");
    }
    // 0.9^59 and less of the visits are far below what is left of the others
    let (found, known) = uniform(&square(60));
    assert!(errors(found.occupancy(), known.occupancy()).1);
}

/// v' − v and J' − J of 500 states, that sparse factors serve, are right to the last digits, and bounds on them are of that
/// size; those of 250, that are eliminated without subtraction, are no better.
#[test]
fn differences_of_two_policies_are_bounded_by_what_is_left_of_their_own_equation() {
    let clip = Number::ratio(1, 5).unwrap();
    for (states, discount) in [(250, "0.99"), (500, "0.9"), (500, "0.999")] {
        let model = garnet(states, discount);
        let over = model.over::<Ball>().unwrap();
        let known = over.solve(Choice::Uniform).unwrap();
        let known = known
            .between(
                &over.solve(Choice::Random(4)).unwrap(),
                &Ball::from_number(&clip),
            )
            .unwrap();
        let at = model.solve(Choice::Uniform).unwrap();
        let found: Between = at
            .between(&model.solve(Choice::Random(4)).unwrap(), &0.2)
            .unwrap();
        let told = found.errors.unwrap();
        let (error, _) = errors(&found.v_difference, &known.v_difference);
        let most = found
            .v_difference
            .iter()
            .fold(0.0f64, |most, x| most.max(x.abs()));
        assert!(
            error <= told.v_difference && told.v_difference <= 1e-7 * most,
            "{told:?}"
        );
        let (error, _) = errors(&[found.difference], &[known.difference]);
        let size = found.difference.abs();
        assert!(
            error <= told.difference && told.difference <= 1e-7 * size,
            "{told:?}"
        );
    }
}

/// A walk on n + 1 places that ends in the last: up with p on the mean, one reward for each step. From each place to the
/// next it takes h = 1/p + (1 − p)/p h' steps.
fn walk(n: usize, up: [u32; 2]) -> (Model, f64) {
    let mut text = format!(
        "discount: 1\nstates: {}\nactions: 2\ninitial: 0\nterminal: [{n}]\ntransitions:\n",
        n + 1
    );
    for s in 0..n {
        for (action, up) in up.iter().enumerate() {
            let (back, down) = (s.saturating_sub(1), 1_000 - up);
            text += &format!("  - [{s}, {action}, {back}, {down}/1000, 1]\n");
            text += &format!("  - [{s}, {action}, {}, {up}/1000, 1]\n", s + 1);
        }
    }
    let p = f64::from(up[0] + up[1]) / 2_000.0;
    let (mut h, mut steps) = (0.0, 0.0);
    for _ in 0..n {
        h = (1.0 + (1.0 - p) * h) / p;
        steps += h;
    }
    (Model::parse("walk", &text).unwrap(), steps)
}

/// Factors that subtract lose 1.3·10¹⁸ steps and more: they are refused, where the norm of what they lost had been taken for
/// a bound. Where digits are left bounds hold, and the elimination without subtraction has them all.
#[test]
fn drowned_factors_are_refused() {
    let by = |model: &Model, solver| {
        let over = model.over::<f64>().unwrap();
        let options = SolverOptions {
            solver,
            ..SolverOptions::default()
        };
        let solved = over.by(options).solve(Choice::Uniform)?;
        solved.rounding().map(|told| (*solved.j(), told.objective))
    };
    for (n, up, is_lost) in [
        (700, [485, 490], true),
        (2_000, [490, 496], true),
        (300, [485, 490], false),
        (450, [485, 490], false),
    ] {
        let (model, steps) = walk(n, up);
        let (j, _) = by(&model, SolverKind::Auto).unwrap();
        assert!((j / steps - 1.0).abs() <= 1e-10, "{j} {steps}");
        for solver in [SolverKind::Sparse, SolverKind::Dense] {
            match by(&model, solver) {
                Ok((j, told)) => {
                    assert!(!is_lost, "{n}: {j} {told:?}");
                    let error = (j - steps).abs();
                    let shows = error > NINTH * steps;
                    assert!(
                        !shows || told.is_some_and(|told| error <= told),
                        "{n}: {j} {told:?} {steps}"
                    );
                }
                Err(error) => assert!(
                    is_lost && error.to_string().contains("drowned"),
                    "{n}: {error}"
                ),
            }
        }
    }
}
