//! Horizons, the average reward, the soft optimum.

use super::*;

#[test]
fn multichain_average_finds_the_best_of_all_policies() {
    for seed in 0..40 {
        let mdp = random(&average(), seed);
        let optimum = exactly(&mdp, &ControlOptions::default()).unwrap();
        assert_eq!(optimum.gain.unwrap(), brute_force(&mdp), "{}", mdp.name());
        let rounded = solve(&float(&mdp), &ControlOptions::default()).unwrap();
        let error = largest_error(&rounded.gain.unwrap(), &brute_force(&mdp));
        let bound = rounded.error_bound.unwrap();
        assert!(error <= bound && bound <= 1e-11, "{error:e} {bound:e}");
        assert_eq!(rounded.greedy, optimum.greedy, "{}", mdp.name());
    }
}

/// Time-dependent: with one step left take the money, with two walk to the larger.
#[test]
fn a_horizon_has_a_policy_for_every_time() {
    let mdp = model(
        &[&[&[(0, 1.0, 1.0)], &[(1, 1.0, 0.0)]], &[&[(1, 1.0, 5.0)]]],
        Criterion::FiniteHorizon {
            discount: 1.0,
            horizon: 2,
        },
    );
    let optimum = solve(&mdp, &ControlOptions::default()).unwrap();
    let times = optimum.by_time.unwrap();
    assert_eq!(times.v, [[5.0, 10.0], [1.0, 5.0], [0.0, 0.0]]);
    assert_eq!(times.policy, [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]);
    assert!(optimum.error_bound.unwrap() < 1e-13);
}

#[test]
fn a_horizon_is_optimal_over_all_policies_and_its_bound_bounds() {
    for seed in 0..10 {
        let criterion = Criterion::FiniteHorizon {
            discount: ratio(9, 10),
            horizon: 12,
        };
        let mdp = random(
            &Shape {
                criterion,
                ..discounted(9, 10, 1)
            },
            seed,
        );
        let exact = exactly(&mdp, &ControlOptions::default()).unwrap();
        for rule in rules(mdp.space()) {
            let policy = rule.followed(mdp.space());
            let e = Evaluation::new(&mdp, &policy, &SolverOptions::default()).unwrap();
            assert!(e.v.iter().zip(&exact.v).all(|(v, best)| v <= best));
        }
        let found = solve(&float(&mdp), &ControlOptions::default()).unwrap();
        assert!(largest_error(&found.v, &exact.v) <= found.error_bound.unwrap());
        assert_eq!(found.greedy, exact.greedy);
    }
}

/// One state, two actions worth 1 and 0 for ever: v = α log(e^{1/α} + 1)/(1 − γ). And the bounds
/// v* ≤ v_α ≤ v* + α log |A|/(1 − γ) (theory, 7.4).
#[test]
fn the_soft_optimum_is_a_logarithm_of_exponentials() {
    for alpha in [1e-3, 0.5, 20.0] {
        let options = ControlOptions {
            entropy: Some(alpha),
            ..ControlOptions::default()
        };
        let mdp = model(
            &[&[&[(0, 1.0, 1.0)], &[(0, 1.0, 0.0)]]],
            Criterion::Discounted { discount: 0.75 },
        );
        let optimum = solve(&mdp, &options).unwrap();
        let expected = (1.0 + alpha * (-1.0 / alpha).exp().ln_1p()) / 0.25;
        let bound = optimum.error_bound.unwrap();
        assert!((optimum.v[0] - expected).abs() <= bound + 4.0 * f64::EPSILON * expected);
        assert!(bound <= 1e-12 * expected);
        let odds = optimum.policy.probabilities()[1] / optimum.policy.probabilities()[0];
        assert!((odds - (-1.0 / alpha).exp()).abs() <= 1e-13);
        for seed in 0..5 {
            let mdp = float(&random(&discounted(9, 10, 1), seed));
            let hard = solve(&mdp, &ControlOptions::default()).unwrap();
            let soft = solve(&mdp, &options).unwrap();
            let slack = soft.error_bound.unwrap() + hard.error_bound.unwrap();
            let most = alpha * 3f64.ln() / 0.1;
            for (hard, soft) in hard.v.iter().zip(&soft.v) {
                assert!(*soft >= hard - slack && *soft <= hard + most + slack);
            }
        }
    }
}

/// What q differs by decides about π, however large q is: staying for 1 or for 0 is chosen with odds e^{1/α}, and
/// staying for −3 of three ways on has the probability e^{−3/α} where all that it costs is the 3, however long an
/// episode is.
#[test]
fn soft_policies_keep_their_digits_where_values_are_large() {
    let options = |alpha| ControlOptions {
        entropy: Some(alpha),
        ..ControlOptions::default()
    };
    for complement in [1e-3, 1e-6, 1e-9, 1e-12] {
        let discount = 1.0 - complement;
        let mdp = model(
            &[&[&[(0, 1.0, 1.0)], &[(0, 1.0, 0.0)]]],
            Criterion::Discounted { discount },
        );
        let optimum = solve(&mdp, &options(0.5)).unwrap();
        let odds = optimum.policy.probabilities()[1] / optimum.policy.probabilities()[0];
        assert!((odds - (-2.0f64).exp()).abs() <= 1e-13, "{complement:e}");
    }
    let mdp = model(
        &[
            &[
                &[(0, 1.0, -3.0)],
                &[(1, 1.0, 0.0)],
                &[(0, 1.0 - 1e-12, -2.0), (1, 1e-12, -2.0)],
            ],
            &[],
        ],
        Criterion::Total,
    );
    let pi = solve(&mdp, &options(10.0)).unwrap();
    let found = pi.policy.probabilities()[0];
    assert!((found - (-0.3f64).exp()).abs() <= 1e-9, "{found}");
}

/// Gains that differ between states which chance leads to: the bound holds where several end
/// components, and ways between them, make the optimum.
#[test]
fn the_bound_on_gains_that_differ_bounds() {
    let mut several = 0;
    for seed in 0..60 {
        for (successors, states) in [(1, 6), (2, 4)] {
            let shape = Shape {
                successors,
                states,
                terminal: (seed % 2) as usize,
                ..average()
            };
            let mdp = random(&shape, seed);
            let exact = exactly(&mdp, &ControlOptions::default())
                .unwrap()
                .gain
                .unwrap();
            several += usize::from(exact.iter().any(|g| *g != exact[0]));
            let found = solve(&float(&mdp), &ControlOptions::default()).unwrap();
            let error = largest_error(&found.gain.unwrap(), &exact);
            let bound = found.error_bound.unwrap();
            assert!(error <= bound && bound <= 1e-11, "{error:e} {bound:e}");
        }
    }
    assert!(several > 20, "{several}");
}

/// Two steps: both actions end with 1 at the last time, at the first one of them may be repeated.
#[test]
fn ties_are_listed_at_every_time_of_a_horizon() {
    let mdp = model(
        &[&[&[(1, 1.0, 1.0)], &[(0, 1.0, 1.0)], &[(1, 1.0, 2.0)]], &[]],
        Criterion::FiniteHorizon {
            horizon: 2,
            discount: 0.5,
        },
    );
    let optimum = solve(&mdp, &ControlOptions::default()).unwrap();
    // v₁ = 2; q₀ = (1, 1 + 2/2, 2)
    let expected = vec![vec![1, 2], vec![2]];
    assert_eq!(optimum.greedy, expected[0]);
    assert_eq!(optimum.by_time.unwrap().greedy, expected);
}

/// γ = 1: one action ends the episode for a reward r, one goes round for a cost c. From
/// e^{v/α} = e^{r/α} + e^{(v − c)/α}: v = r − α log(1 − e^{−c/α}).
#[test]
fn the_soft_optimum_of_total_rewards_is_certified() {
    for (alpha, cost) in [(0.5, 1.0), (2.0, 0.25), (1e-3, 1e-2), (10.0, 3.0)] {
        let mdp = model(
            &[&[&[(1, 1.0, 2.0)], &[(0, 1.0, -cost)]], &[]],
            Criterion::Total,
        );
        let options = ControlOptions {
            entropy: Some(alpha),
            ..ControlOptions::default()
        };
        let optimum = solve(&mdp, &options).unwrap();
        let expected = 2.0 - alpha * (-(-cost / alpha).exp()).ln_1p();
        let bound = optimum.error_bound.unwrap();
        let error = (optimum.v[0] - expected).abs();
        assert!(
            error <= bound + 4.0 * f64::EPSILON * expected.abs(),
            "{error:e} {bound:e}"
        );
        assert!(bound <= 1e-11 * expected.abs(), "{alpha} {bound:e}");
    }
}

/// γ = 1: two ways to go round at a cost of 1, one that ends. From e^{v/α} = 1 + 2e^{(v − 1)/α}:
/// v = −α log(1 − 2e^{−1/α}) for α < 1/log 2, and beyond the surprise of going round pays for ever;
/// so it does for any α where going round is free.
#[test]
fn surprise_that_pays_for_ever_is_unbounded() {
    let round = |cost: f64| {
        let stay: &[(usize, f64, f64)] = &[(0, 1.0, -cost)];
        model(&[&[stay, stay, &[(1, 1.0, 0.0)]], &[]], Criterion::Total)
    };
    let soft = |mdp: &Mdp<f64>, alpha| {
        let options = ControlOptions {
            entropy: Some(alpha),
            ..ControlOptions::default()
        };
        solve(mdp, &options)
    };
    for alpha in [0.1, 1.0, 1.4, 1.442] {
        let v = soft(&round(1.0), alpha).unwrap().v[0];
        let expected = -alpha * (-2.0 * (-1.0 / alpha).exp()).ln_1p();
        assert!(
            (v - expected).abs() <= 1e-9 * expected,
            "{alpha} {v} {expected}"
        );
    }
    // one way to go round, for free: values creep up by α in every iteration, elsewhere too
    let free = model(
        &[
            &[&[(0, 1.0, 0.0)], &[(1, 1.0, -3.0)]],
            &[&[(0, 0.25, -1.0), (2, 0.75, 1.0)], &[(2, 1.0, 0.5)]],
            &[],
        ],
        Criterion::Total,
    );
    for alpha in [0.01, 1.0, 30.0] {
        let error = soft(&free, alpha).unwrap_err();
        assert!(matches!(error, Error::Unbounded { .. }), "{alpha}");
    }
    for (cost, alpha) in [
        (1.0, 1.4430),
        (1.0, 1.5),
        (1.0, 5.0),
        (0.0, 0.01),
        (0.0, 3.0),
    ] {
        let error = soft(&round(cost), alpha).unwrap_err();
        let states = vec!["0".to_string()];
        assert_eq!(error, Error::Unbounded { states }, "{cost} {alpha}");
    }
}

/// Actions that lead to where nothing terminates have no part in the soft optimum.
#[test]
fn the_soft_optimum_leaves_out_what_never_terminates() {
    let mdp = model(
        &[
            &[&[(1, 1.0, 9.0)], &[(2, 1.0, 1.0)], &[(2, 1.0, 2.0)]],
            &[&[(1, 1.0, -5.0)]],
            &[],
        ],
        Criterion::Total,
    );
    let options = ControlOptions {
        entropy: Some(1.0),
        ..ControlOptions::default()
    };
    let optimum = solve(&mdp, &options).unwrap();
    let expected = (1.0_f64.exp() + 2.0_f64.exp()).ln();
    assert!((optimum.v[0] - expected).abs() < 1e-14);
    assert_eq!(optimum.undefined, [1]);
    assert_eq!(optimum.greedy, [2]);
    let pi = optimum.policy.probabilities();
    assert_eq!((pi[0], pi[3]), (0.0, 1.0));
    assert!((pi[1] - (1.0 - expected).exp()).abs() < 1e-14);
}

/// An action loses 4·10⁻¹⁰ of the gain and earns 10³ of bias: margins for rounding that hide the
/// loss make two policies take turns, far from the optimum 4505/762.
#[test]
fn small_losses_of_gain_count_beside_large_rewards() {
    let stay = 1000.0 / 2001.0;
    let mdp = model(
        &[
            &[&[(1, 4.0 / 7.0, 1.0 / 3.0), (0, 3.0 / 7.0, 1.0 / 3.0)]],
            &[
                &[(5, 1.0 / 2001.0, 1.0), (4, stay, 1.0), (1, stay, 1.0)],
                &[(3, 2.0 / 1002.0, 0.0), (1, 1000.0 / 1002.0, 0.0)],
                &[
                    (2, 0.2, 1.0 / 3.0),
                    (5, 0.2, 1.0 / 3.0),
                    (3, 0.6, 1.0 / 3.0),
                ],
            ],
            &[&[(4, 1.0 / 3.0, 1000.0), (3, 2.0 / 3.0, 1000.0)]],
            &[
                &[(3, 1.0, 1e-6)],
                &[(2, 1.0, 1.0)],
                &[(1, 1000.0 / 1004.0, -2.0), (4, 4.0 / 1004.0, -2.0)],
            ],
            &[&[(1, 1.0, 1.0 / 3.0)]],
            &[],
        ],
        Criterion::Average,
    );
    let optimum = solve(&mdp, &ControlOptions::default()).unwrap();
    let bound = optimum.error_bound.unwrap();
    let error = (optimum.j - 4505.0 / 762.0).abs();
    assert!(error <= bound && bound <= 1e-10, "{error:e} {bound:e}");
}
