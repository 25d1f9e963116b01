//! Values that spread outward from ends, where these are many steps away.

use super::super::{front, kernel::BellmanKernel, levels::Levels};
use super::*;

/// Paid for every step.
const STEP: f64 = -0.01;

/// States that act by their outcomes (successor, probability, reward), action by action; terminal where there is
/// none.
type Rows = Vec<Vec<Vec<(usize, f64, f64)>>>;

fn model(name: &str, rows: Rows, discount: f64) -> Mdp {
    let mut outcomes = OutcomeTable::default();
    let mut sets = Vec::new();
    for actions in &rows {
        sets.push((0..actions.len() as u32).collect());
        for row in actions {
            for &(next, p, reward) in row {
                outcomes.push(next, p, reward);
            }
            outcomes.end_pair();
        }
    }
    let mut initial = vec![0.0; rows.len()];
    initial[0] = 1.0;
    let most = rows.iter().map(Vec::len).max().unwrap();
    let (states, actions) = (Names::Numbered(rows.len()), Names::Numbered(most));
    Mdp::new(MdpParts {
        name: name.into(),
        space: Arc::new(Space::new(states, actions, sets).unwrap()),
        outcomes,
        initial,
        criterion: Criterion::Discounted { discount },
    })
    .unwrap()
}

/// A chain of states that ends on the right with 1; a step goes the other way with probability 1/5.
fn chain(length: usize, discount: f64) -> Mdp {
    let row = |state: usize, right: bool| {
        let to = |right: bool| match right {
            true if state + 1 == length => (length, STEP + 1.0),
            true => (state + 1, STEP),
            false => (state.saturating_sub(1), STEP),
        };
        [(right, 0.8), (!right, 0.2)]
            .map(|(way, p)| (to(way).0, p, to(way).1))
            .to_vec()
    };
    let mut rows: Rows = (0..length)
        .map(|state| vec![row(state, false), row(state, true)])
        .collect();
    rows.push(Vec::new());
    model("chain", rows, discount)
}

/// A passage of five cells times many with the goal at its end and holes, which cost 10, in the middle of every twelfth
/// row; a step slips to either side with probability 1/10.
fn passage(length: usize, discount: f64) -> Mdp {
    let width = 5;
    let goal = width * length - 1;
    let is_hole = |cell: usize| cell / width % 12 == 3 && cell % width == 2;
    let step = |cell: usize, way: usize| match way {
        0 if cell >= width => cell - width,
        1 if cell % width + 1 < width => cell + 1,
        2 if cell / width + 1 < length => cell + width,
        3 if !cell.is_multiple_of(width) => cell - 1,
        _ => cell,
    };
    let outcome = |cell: usize, way: usize, p: f64| {
        let next = step(cell, way % 4);
        let paid = match next {
            next if next == goal => 1.0,
            next if is_hole(next) => -10.0,
            _ => 0.0,
        };
        (next, p, STEP + paid)
    };
    let of_cell = |cell: usize| {
        if cell == goal || is_hole(cell) {
            return Vec::new();
        }
        let slips = |way: usize| [(way, 0.8), (way + 1, 0.1), (way + 3, 0.1)];
        let row = |way| slips(way).map(|(way, p)| outcome(cell, way, p)).to_vec();
        (0..4).map(row).collect()
    };
    let rows = (0..width * length).map(of_cell).collect();
    model("passage", rows, discount)
}

/// With r = −(1 − γ) a step, w = v + 1 fulfils w(x) = γ (0.8 w(x − 1) + 0.2 w(x + 1)) x steps from the end, where it is
/// 1 + 1/γ: w = (1 + 1/γ) λˣ with the smaller root λ of 0.2 γ λ² − λ + 0.8 γ. The left end is λ³⁰⁰⁰ < 10⁻²⁰ away.
#[test]
fn a_long_chain_has_the_values_of_its_recurrence() {
    let (length, gamma) = (3_000, 0.99);
    let mdp = chain(length, gamma);
    let found = solve(&mdp, &ControlOptions::default()).unwrap();
    let root = (1.0 - (1.0 - 0.64 * gamma * gamma).sqrt()) / (0.4 * gamma);
    let bound = found.error_bound.unwrap();
    assert!(bound < 1e-12, "{bound:e}");
    for (state, v) in found.v[..length].iter().enumerate() {
        let expected = (1.0 + 1.0 / gamma) * root.powi((length - state) as i32) - 1.0;
        assert!((v - expected).abs() <= bound + 1e-14, "{state}: {v}");
    }
    // nothing is left to do when all levels are swept
    assert!(found.iterations <= 3, "{}", found.iterations);
}

/// Holes are ends, too, but none that values spread from; what is certified holds against value iteration.
#[test]
fn values_spread_past_holes() {
    let mdp = passage(600, 0.95);
    let kernel = BellmanKernel::new(&mdp);
    let levels = Levels::new(&mdp, &kernel).unwrap();
    let deepest = levels.level(levels.blocks() - 1);
    assert!(deepest > 500, "{deepest}");
    let (v, _) = front::values(&mdp, &kernel, 0.0).unwrap();
    let by = |method, tolerance| {
        let options = ControlOptions {
            method,
            tolerance,
            ..ControlOptions::default()
        };
        solve(&mdp, &options).unwrap()
    };
    let reference = by(ControlMethod::ValueIteration, Some(1e-10));
    assert_eq!(reference.stop, ControlStop::Tolerance);
    for tolerance in [None, Some(1e-6)] {
        let found = by(ControlMethod::Auto, tolerance);
        let bound = found.error_bound.unwrap();
        assert!(bound <= tolerance.unwrap_or(2e-12), "{bound:e}");
        let both = bound + reference.error_bound.unwrap();
        let off = found.v.iter().zip(&reference.v);
        assert!(off.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max) <= both);
    }
    let off = v.iter().zip(&reference.v).map(|(x, y)| (x - y).abs());
    assert!(off.fold(0.0, f64::max) <= 1e-9);
}

/// Where every state is a few steps from every other, or from an end that pays, there are no levels to follow.
#[test]
fn what_has_no_distance_is_solved_as_before() {
    let mut draw = Draw::new(7);
    let states = 4_000;
    let mut rows: Rows = vec![Vec::new()];
    for _ in 1..states {
        let mut row = || {
            let next = [(); 3].map(|()| draw.below(states) as usize);
            next.map(|next| (next, 1.0 / 3.0, STEP)).to_vec()
        };
        rows.push(vec![row(), row()]);
    }
    let random = model("random", rows, 0.9);
    assert!(Levels::new(&random, &BellmanKernel::new(&random)).is_none());
    let costly = passage(600, 0.95);
    let kernel = BellmanKernel::new(&costly);
    assert!(front::values(&costly, &kernel, 0.0).is_some());
    // then holes are goals, a few steps from everywhere
    let negated = costly.r().iter().map(|r| -r).collect();
    let paid = costly.with_rewards(negated).unwrap();
    let kernel = BellmanKernel::new(&paid);
    assert!(Levels::new(&paid, &kernel).is_none());
    assert!(front::values(&paid, &kernel, 0.0).is_none());
}
