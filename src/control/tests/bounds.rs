//! What is promised of the error holds.

use super::*;
use crate::field::Field;

#[test]
fn the_bound_bounds_for_every_method() {
    for seed in 0..25 {
        for shape in [
            discounted(9, 10, 0),
            discounted(99, 100, 1),
            discounted(0, 1, 0),
            total(),
        ] {
            let shape = Shape { states: 7, ..shape };
            let mdp = random(&shape, seed);
            let exact = exactly(&mdp, &ControlOptions::default()).unwrap();
            for method in ALL {
                for tolerance in [None, Some(1e-3)] {
                    let options = ControlOptions {
                        method,
                        tolerance,
                        ..ControlOptions::default()
                    };
                    let found = solve(&float(&mdp), &options).unwrap();
                    let error = largest_error(&found.v, &exact.v);
                    let bound = found.error_bound.unwrap();
                    assert!(error <= bound, "{method:?} {error:e} > {bound:e}");
                    assert!(bound <= tolerance.unwrap_or(1e-9), "{method:?} {bound:e}");
                    let missing = exact.greedy.iter().find(|p| !found.greedy.contains(p));
                    assert_eq!(missing, None, "{method:?} loses an optimal action");
                    if tolerance.is_none() {
                        assert_eq!(found.greedy, exact.greedy);
                    }
                }
            }
        }
    }
}

/// Theory 9.12: one alive state, reward 1, then the end. Without the terminal 0 the bounds of
/// MacQueen would claim v* ≥ 10.
#[test]
fn the_bounds_of_value_iteration_include_terminal_states() {
    let mdp = model(
        &[&[&[(1, 1.0, 1.0)]], &[]],
        Criterion::Discounted { discount: 0.9 },
    );
    let options = ControlOptions {
        method: ControlMethod::ValueIteration,
        tolerance: Some(0.5),
        ..ControlOptions::default()
    };
    let optimum = solve(&mdp, &options).unwrap();
    assert_eq!(optimum.v, [1.0, 0.0]);
    // 10 u |r| / (1 − γ), theory 8
    assert!(optimum.error_bound.unwrap() <= 10.1 * crate::field::UNIT / (1.0 - 0.9));
}

/// Larger than what policy iteration alone is chosen for; the reference is policy iteration with
/// its own certificate.
#[test]
fn modified_policy_iteration_agrees_with_policy_iteration() {
    for (seed, terminal) in [(1, 0), (2, 3)] {
        let shape = Shape {
            states: 150,
            terminal,
            ..discounted(99, 100, 0)
        };
        let mdp = float(&random(&shape, seed));
        let by = |method, tolerance| {
            let options = ControlOptions {
                method,
                tolerance,
                ..ControlOptions::default()
            };
            solve(&mdp, &options).unwrap()
        };
        let reference = by(ControlMethod::PolicyIteration, None);
        let slack = reference.error_bound.unwrap();
        for tolerance in [None, Some(1e-6), Some(1e-2)] {
            for method in [
                ControlMethod::ModifiedPolicyIteration,
                ControlMethod::Auto,
                ControlMethod::ValueIteration,
            ] {
                let found = by(method, tolerance);
                let off = found.v.iter().zip(&reference.v).map(|(x, y)| (x - y).abs());
                let bound = found.error_bound.unwrap();
                assert!(off.fold(0.0, f64::max) <= bound + slack, "{method:?}");
                assert!(bound <= tolerance.unwrap_or(1e-10), "{method:?} {bound:e}");
            }
        }
    }
}

/// T* is monotone and a γ-contraction, also as the sweeps compute it.
#[test]
fn sweeps_contract() {
    let mdp = float(&random(
        &Shape {
            states: 30,
            ..discounted(9, 10, 2)
        },
        3,
    ));
    let kernel = kernel::BellmanKernel::new(&mdp);
    let mut draw = Draw::new(9);
    let mut rule = DecisionRule::empty(30);
    let mut values = || -> Vec<f64> {
        let mut of = |s: usize| if s < 28 { draw.below(100) as f64 } else { 0.0 };
        (0..30).map(&mut of).collect()
    };
    let (x, y) = (values(), values());
    let (mut tx, mut ty) = (x.clone(), y.clone());
    kernel.improve(&x, &mut tx, &mut rule);
    kernel.improve(&y, &mut ty, &mut rule);
    let distance = |x: &[f64], y: &[f64]| {
        let off = x.iter().zip(y).map(|(x, y)| (x - y).abs());
        off.fold(0.0, f64::max)
    };
    assert!(distance(&tx, &ty) <= 0.9 * distance(&x, &y) + 1e-12);
    let above: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x.max(*y)).collect();
    let mut t_above = above.clone();
    kernel.improve(&above, &mut t_above, &mut rule);
    assert!(t_above.iter().zip(&tx).all(|(above, x)| above >= x));
}

/// Rewards and probabilities over twelve orders of magnitude, γ up to 1: against the exact optimum
/// of the same numbers, whichever method, and whatever the bound comes to.
#[test]
fn the_bound_bounds_badly_scaled_models() {
    let criteria = [
        Criterion::Discounted {
            discount: ratio(9_999, 10_000),
        },
        Criterion::Discounted {
            discount: ratio(1, 2),
        },
        Criterion::Total,
        Criterion::Average,
    ];
    for seed in 0..20 {
        for criterion in &criteria {
            let mdp = rough(criterion.clone(), seed);
            let exact = exactly(&mdp, &ControlOptions::default()).unwrap();
            let exact_value = exact.gain.as_ref().unwrap_or(&exact.v);
            for method in ALL {
                for tolerance in [None, Some(1.0)] {
                    let options = ControlOptions {
                        method,
                        tolerance,
                        iterations: 2_000,
                        ..ControlOptions::default()
                    };
                    // the simplex method may give up on such numbers, and says so
                    let Ok(found) = solve(&float(&mdp), &options) else {
                        assert_eq!(method, ControlMethod::LinearProgram, "{}", mdp.name());
                        continue;
                    };
                    let error = largest_error(found.gain.as_ref().unwrap_or(&found.v), exact_value);
                    let bound = found.error_bound.unwrap_or(f64::INFINITY);
                    assert!(error <= bound, "{method:?} {seed} {error:e} > {bound:e}");
                    // the rounding of the largest q, whoever takes it
                    let size = found.q.iter().map(|q| q.abs()).fold(1.0, f64::max);
                    let discounted = matches!(criterion, Criterion::Discounted { .. });
                    if discounted && tolerance.is_none() && method != ControlMethod::ValueIteration
                    {
                        assert!(
                            bound <= 1e-9 * size,
                            "{method:?} {seed} {bound:e} of {size:e}"
                        );
                    }
                    let missing = exact.greedy.iter().find(|p| !found.greedy.contains(p));
                    assert_eq!(missing, None, "{method:?} {seed} loses an optimal action");
                }
            }
        }
    }
}

/// A random model of four states and an end whose numbers differ by up to 10¹²; some rewards
/// repeat, so that actions tie.
fn rough(criterion: Criterion<Rational>, seed: u64) -> Mdp<Rational> {
    let mut draw = Draw::new(1_000 + seed);
    let mut outcomes = OutcomeTable::default();
    for _ in 0..12 {
        let weights = [0; 3].map(|_| [1, 1_000, 1_000_000_000_000][draw.below(3) as usize]);
        let total = weights.iter().sum::<i64>() as u64;
        for (i, weight) in weights.into_iter().enumerate() {
            let next = if i == 0 { 4 } else { draw.below(5) as usize };
            let size = [1, 1, 1_000_000, 7_000_000_000][draw.below(4) as usize];
            let reward = ratio((draw.below(3) as i64 - 2) * size, 3_000);
            outcomes.push(next, ratio(weight, total), reward);
        }
        outcomes.end_pair();
    }
    let mut sets = vec![vec![0, 1, 2]; 4];
    sets.push(Vec::new());
    let space = Space::new(Names::Numbered(5), Names::Numbered(3), sets).unwrap();
    Mdp::new(MdpParts {
        name: format!("rough {seed}"),
        space: Arc::new(space),
        outcomes,
        initial: [1, 0, 0, 0, 0].map(|x| ratio(x, 1)).to_vec(),
        criterion,
    })
    .unwrap()
}

/// A grid of walls with a gap at alternate ends of every second row, the goal in the last corner; a step slips to
/// either side with probability 1/10.
fn corridor(discount: f64) -> Mdp {
    let (width, height) = (12, 9);
    let goal = width * height - 1;
    let wall = |cell: usize| {
        let (row, column) = (cell / width, cell % width);
        row % 2 == 1 && column != if row % 4 == 1 { width - 1 } else { 0 }
    };
    let step = |cell: usize, way: usize| {
        let (row, column) = (cell / width, cell % width);
        let to = match way {
            0 if column > 0 => cell - 1,
            1 if row + 1 < height => cell + width,
            2 if column + 1 < width => cell + 1,
            3 if row > 0 => cell - width,
            _ => cell,
        };
        if wall(to) { cell } else { to }
    };
    let mut outcomes = OutcomeTable::default();
    let mut sets = vec![Vec::new(); width * height];
    for cell in (0..goal).filter(|&cell| !wall(cell)) {
        sets[cell] = vec![0, 1, 2, 3];
        for way in 0..4 {
            for (turn, p) in [(0, 0.8), (1, 0.1), (3, 0.1)] {
                let next = step(cell, (way + turn) % 4);
                outcomes.push(next, p, f64::from(u8::from(next == goal)));
            }
            outcomes.end_pair();
        }
    }
    let mut initial = vec![0.0; width * height];
    initial[0] = 1.0;
    let (states, actions) = (Names::Numbered(width * height), Names::Numbered(4));
    Mdp::new(MdpParts {
        name: "corridor".into(),
        space: Arc::new(Space::new(states, actions, sets).unwrap()),
        outcomes,
        initial,
        criterion: Criterion::Discounted { discount },
    })
    .unwrap()
}

/// Sweeps that follow the flow of values, through walls and own loops, to the optimum that policy
/// iteration certifies: a slippery corridor of cells with a wall between every two rows, at
/// discounts where values fall by e⁻²⁰ and more on the way.
#[test]
fn sweeps_along_the_flow_reach_the_optimum() {
    for discount in [0.5, 0.9, 0.999] {
        let mdp = corridor(discount);
        let by = |method| {
            let options = ControlOptions {
                method,
                tolerance: (method != ControlMethod::PolicyIteration).then_some(1e-9),
                ..ControlOptions::default()
            };
            solve(&mdp, &options).unwrap()
        };
        let (reference, found) = (
            by(ControlMethod::PolicyIteration),
            by(ControlMethod::ModifiedPolicyIteration),
        );
        let bound = found.error_bound.unwrap();
        let off = found.v.iter().zip(&reference.v).map(|(x, y)| (x - y).abs());
        assert!(off.fold(0.0, f64::max) <= bound + reference.error_bound.unwrap());
        assert!(
            bound <= 1e-9 && found.stop == ControlStop::Tolerance,
            "{bound:e}"
        );
        assert!(found.iterations < 60, "{}", found.iterations);
    }
}

/// Near γ = 1 the bound on an evaluation's error, which grows with 1/(1 − γ), exceeds what actions
/// gain; policies must still improve. The optimum is that of exact policy iteration.
#[test]
fn policies_improve_however_near_one_the_discount_is() {
    for seed in 0..20 {
        for nines in [6, 8, 10] {
            let scale = 10_i64.pow(nines);
            let mdp = random(&discounted(scale - 1, scale as u64, 0), seed);
            let exact = exactly(&mdp, &ControlOptions::default()).unwrap();
            let found = solve(&float(&mdp), &ControlOptions::default()).unwrap();
            let (error, bound) = (
                largest_error(&found.v, &exact.v),
                found.error_bound.unwrap(),
            );
            let size = exact
                .v
                .iter()
                .map(Field::to_f64)
                .fold(1.0, |m: f64, v: f64| m.max(v.abs()));
            assert!(error <= bound, "{seed} {nines}: {error:e} > {bound:e}");
            // the rounding of one q, 12u |v|, over 1 − γ
            let proper = 20.0 * crate::field::UNIT * size * scale as f64;
            assert!(bound <= proper, "{seed} {nines}: {bound:e} > {proper:e}");
        }
    }
}

/// Once values change by no more than rounding does, nothing more is looked for: what a tolerance of 1e-9
/// takes and a few improvements more, with a bound that rounding allows.
#[test]
fn rounding_is_not_taken_for_progress() {
    let size = 46;
    let mut rows = vec![".".repeat(size); size];
    rows[size - 1].replace_range(size - 1.., "G");
    let map: String = rows.iter().map(|row| format!("    {row}\n")).collect();
    let slip = "{ahead: 0.8, left: 0.1, right: 0.1}";
    let goal = "{terminal: true, reward: 1}";
    let text = format!(
        "discount: 0.99\ninitial: uniform\ngrid:\n  slip: {slip}\n  step_reward: -0.01\n  map: |\n{map}  legend:\n    G: {goal}\n"
    );
    let mdp = crate::model::Model::parse("grid.yaml", &text)
        .unwrap()
        .mdp();
    let found = |tolerance| {
        let options = ControlOptions {
            method: ControlMethod::ModifiedPolicyIteration,
            tolerance,
            ..ControlOptions::default()
        };
        solve(&mdp, &options).unwrap()
    };
    let (rough, precise) = (found(Some(1e-9)), found(None));
    assert!(precise.iterations <= rough.iterations + 10);
    assert!(precise.error_bound.unwrap() < 1e-12);
    let apart = rough.v.iter().zip(&precise.v).map(|(x, y)| (x - y).abs());
    let apart = apart.fold(0.0, f64::max);
    assert!(apart <= rough.error_bound.unwrap() + precise.error_bound.unwrap());
}

/// γ = 1: `short` ends at once, `long` hardly ever; what v*(long) may be off by is no matter of v*(short).
#[test]
fn bounds_are_those_of_a_state_of_its_own() {
    let rare = 2f64.powi(-40);
    let mdp = model(
        &[
            &[&[(2, 1.0, 1.0)], &[(2, 1.0, 0.5)]],
            &[
                &[(1, 1.0 - rare, 0.1), (2, rare, 0.0)],
                &[(1, 1.0 - rare, 0.05), (2, rare, 0.0)],
            ],
            &[],
        ],
        Criterion::Total,
    );
    let found = solve(&mdp, &ControlOptions::default()).unwrap();
    let bounds = found.error_bounds.expect("by state");
    assert_eq!(found.error_bound, Some(bounds[1].max(bounds[0])));
    assert!(bounds[0] <= 1e-14 && found.v[0] == 1.0, "{bounds:?}");
    // 0.1 (2⁴⁰ − 1), in floating point
    let long = 0.1 * (1.0 / rare - 1.0);
    assert!((found.v[1] - long).abs() <= bounds[1], "{bounds:?}");
}

/// By hand: where nothing is paid for ever v* = 0, and 3·10⁻³¹⁰ a step at γ = 1/2 is 6·10⁻³¹⁰: products of the least
/// numbers are 0, and a bound knows it.
#[test]
fn bounds_hold_for_the_least_numbers() {
    let n = 70_000_000_001.0;
    let free = model(
        &[
            &[&[(1, 1.0, 0.0)], &[(0, 1.0, -0.5)], &[(2, 1.0, -0.5)]],
            &[
                &[(1, 0.5, -0.5), (2, 0.25, -0.5), (0, 0.25, -0.5)],
                &[(2, 1.0 / n, 0.0), (0, 5e10 / n, 0.0), (1, 2e10 / n, 0.0)],
            ],
            &[],
        ],
        Criterion::Total,
    );
    let half = Criterion::Discounted { discount: 0.5 };
    let small = model(&[&[&[(0, 1.0, 3e-310)], &[(0, 1.0, 1e-310)]]], half);
    let once = Criterion::Discounted { discount: 0.0 };
    let once = model(&[&[&[(0, 1.0, -1e-310)]]], once);
    for method in ALL {
        if method != ControlMethod::ValueIteration {
            let found = found_by(&free, method);
            let bound = found.error_bound.unwrap();
            assert!(found.v.iter().all(|v| v.abs() <= bound), "{method:?}");
        }
        let found = found_by(&small, method);
        assert!((found.v[0] - 6e-310).abs() <= found.error_bound.unwrap());
        // 10⁻³¹⁰ is no f64
        assert!(found_by(&once, method).error_bound.unwrap() > 0.0);
    }
}
