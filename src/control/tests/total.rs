//! Total reward at γ = 1.

use super::*;

/// At γ = 1 a state from which nothing terminates has no value, if ρ₀ does not start there; an
/// action that leads there is not taken, however much it pays.
#[test]
fn what_never_terminates_has_no_value() {
    let mdp = model(
        &[
            &[&[(2, 1.0, 1.0)], &[(1, 1.0, 50.0)]],
            &[&[(1, 1.0, -1.0)]],
            &[],
        ],
        Criterion::Total,
    );
    for method in ALL {
        let optimum = found_by(&mdp, method);
        assert_eq!(optimum.undefined, [1]);
        assert_eq!((optimum.v[0], optimum.j), (1.0, 1.0));
        assert_eq!(optimum.greedy, [0]);
        let visits = optimum.dual.map(|dual| dual.pair_occupancy);
        let expected = (method == ControlMethod::LinearProgram).then(|| vec![1.0, 0.0, 0.0]);
        assert_eq!(visits, expected);
    }
    let inside = mdp.with_initial(vec![0.0, 1.0, 0.0]).unwrap();
    let error = solve(&inside, &ControlOptions::default()).unwrap_err();
    assert_eq!(
        error,
        Error::NoProperPolicy {
            states: vec!["1".into()]
        }
    );
}

/// Every method finds out, none runs to its cap; going round may pay little beside what it costs
/// to get there, or in the mean of two steps only.
#[test]
fn going_round_for_pay_is_unbounded() {
    let by_itself = model(
        &[&[&[(1, 1.0, 0.0)], &[(0, 1.0, 1.0)]], &[]],
        Criterion::Total,
    );
    let in_a_circle = model(
        &[
            &[&[(2, 1.0, 0.0)], &[(1, 0.5, -3.0), (2, 0.5, -3.0)]],
            &[&[(0, 1.0, 3.125)], &[(2, 1.0, 1.0)]],
            &[&[(3, 1.0, 0.0)], &[(0, 0.25, 2.0), (1, 0.75, 2.0)]],
            &[],
        ],
        Criterion::Total,
    );
    for mdp in [by_itself, in_a_circle] {
        for method in ALL {
            let options = ControlOptions {
                method,
                ..ControlOptions::default()
            };
            let error = solve(&mdp, &options).unwrap_err();
            assert!(
                matches!(error, Error::Unbounded { .. }),
                "{method:?} {error:?}"
            );
        }
    }
}

/// At γ = 1 with actions that tie: a walk on a line, +1 at the right end, whose steps to the left
/// change nothing and would go on for ever; and a slow way that is worth what the fast one is.
#[test]
fn ties_at_discount_one_are_certified() {
    let walk = model(
        &[
            &[&[(3, 1.0, 0.0)], &[(1, 1.0, 0.0)]],
            &[&[(0, 1.0, 0.0)], &[(2, 1.0, 0.0)]],
            &[&[(1, 1.0, 0.0)], &[(3, 1.0, 1.0)]],
            &[],
        ],
        Criterion::Total,
    );
    let slow = model(
        &[
            &[
                &[(1, 0.5, 2.0), (0, 0.5, 0.0)],
                &[(1, 0.01, 2.0), (0, 0.99, 0.0)],
            ],
            &[],
        ],
        Criterion::Total,
    );
    // steps to the left tie, but no policy that takes one of them ends
    for (mdp, expected, ties) in [(walk, 1.0, 3), (slow, 2.0, 2)] {
        for method in ALL {
            let optimum = found_by(&mdp, method);
            let bound = optimum.error_bound.unwrap();
            assert!(
                (optimum.v[0] - expected).abs() <= bound && bound <= 1e-10,
                "{method:?}"
            );
            assert_eq!(
                optimum.greedy.len(),
                ties,
                "{method:?} {:?}",
                optimum.greedy
            );
        }
    }
}

/// Two states that chance leads between without a reward, for as long as one likes: their values
/// are the same, and rounding must not tell them apart.
#[test]
fn going_round_for_nothing_is_certified() {
    let mdp = model(
        &[
            &[
                &[(0, 0.997, 0.0), (1, 0.003, 0.0)],
                &[(2, 0.2, 1.0), (3, 0.8, 1.0)],
            ],
            &[
                &[(2, 0.7, 10.0), (3, 0.3, 10.0)],
                &[(0, 1.0 / 3.0, 0.0), (1, 2.0 / 3.0, 0.0)],
            ],
            &[&[(1, 0.3, -0.1), (3, 0.7, -0.1)]],
            &[],
        ],
        Criterion::Total,
    );
    // v(1) = 10 + 0.7 (−0.1 + 0.3 v(1)), and v(0) = v(1)
    let expected = (10.0 - 0.07) / (1.0 - 0.21);
    for method in ALL {
        let options = ControlOptions {
            method,
            ..ControlOptions::default()
        };
        let optimum = solve(&mdp, &options).unwrap();
        let bound = optimum.error_bound.unwrap();
        for state in 0..2 {
            let error = (optimum.v[state] - expected).abs();
            assert!(error <= bound + 1e-14, "{method:?} {error:e} > {bound:e}");
        }
        assert!(bound <= 1e-9, "{method:?} {bound:e}");
        // pair 3 leads back to where the only optimal action waits, or to itself
        assert_eq!(optimum.greedy, [0, 2, 4], "{method:?}");
    }
}

/// Waiting in 0 never ends, and waiting in 1 leads to 0: of the five deterministic policies one ends, and it
/// alone is listed, in every kind of numbers.
#[test]
fn waiting_for_nothing_is_not_listed_over_any_numbers() {
    use crate::arithmetic::Arithmetic;
    use crate::field::Ball;
    let half = |next| (next, 0.5, -1.0);
    let mdp = model(
        &[
            &[&[(0, 1.0, 0.0)], &[(1, 1.0, -1.0)], &[half(0), half(1)]],
            &[&[(2, 1.0, -1.0)], &[(0, 1.0, 1.0)]],
            &[],
        ],
        Criterion::Total,
    );
    let options = ControlOptions::default();
    let certified = Ball::optimum_of(&mdp.map(|x| Ball::exact(*x)), &options).unwrap();
    let exact = |x: &f64| Number::from_f64(*x).unwrap().to_rational();
    let exact = Rational::optimum_of(&mdp.map(exact), &options).unwrap();
    let listed = [
        solve(&mdp, &options).unwrap().greedy,
        certified.greedy,
        exact.greedy,
    ];
    assert_eq!(listed, [[1, 3], [1, 3], [1, 3]]);
}

/// By hand: 1 may be paid for ever and 3 leads there, but ρ₀ = 0 reaches neither; 4 ends at once.
#[test]
fn what_is_paid_for_ever_out_of_reach_has_no_value() {
    use crate::arithmetic::Arithmetic;
    use crate::field::Ball;
    let mdp = model(
        &[
            &[&[(2, 1.0, -2.0)]],
            &[&[(2, 1.0, 0.0)], &[(1, 1.0, 3.0)]],
            &[],
            &[&[(2, 1.0, 5.0)], &[(1, 0.5, 0.0), (2, 0.5, 0.0)]],
            &[&[(2, 1.0, 7.0)], &[(0, 1.0, 1.0)]],
        ],
        Criterion::Total,
    );
    for method in ALL {
        let optimum = found_by(&mdp, method);
        assert_eq!(optimum.undefined, [1, 3], "{method:?}");
        assert_eq!(
            (optimum.v[0], optimum.v[4], optimum.j),
            (-2.0, 7.0, -2.0),
            "{method:?}"
        );
        assert_eq!(optimum.greedy, [0, 5], "{method:?}");
    }
    let options = ControlOptions::default();
    let exact = |x: &f64| Number::from_f64(*x).unwrap().to_rational();
    let exact = Rational::optimum_of(&mdp.map(exact), &options).unwrap();
    assert_eq!((exact.undefined, exact.greedy), (vec![1, 3], vec![0, 5]));
    assert_eq!(exact.j, Rational::from(-2));
    let balls = Ball::optimum_of(&mdp.map(|x| Ball::exact(*x)), &options).unwrap();
    assert_eq!((balls.undefined, balls.greedy), (vec![1, 3], vec![0, 5]));
    assert!(balls.j.contains(&Rational::from(-2)));
    for state in [1, 3] {
        let mut initial = vec![0.0; 5];
        initial[state] = 1.0;
        let started = mdp.clone().with_initial(initial).unwrap();
        for method in ALL {
            let options = ControlOptions {
                method,
                ..ControlOptions::default()
            };
            let found = solve(&started, &options);
            assert!(matches!(found, Err(Error::Unbounded { .. })), "{found:?}");
        }
    }
}
