//! Every expected value here comes from enumeration, from exact fractions or from a closed form.

use std::sync::Arc;

use super::*;
use crate::evaluation::Evaluation;
use crate::field::Field;
use crate::mdp::{Names, OutcomeTable, Parts, Space};
use crate::number::{Number, Rational};

/// The methods for discounted and total reward.
const ALL: [Method; 5] = [
    Method::Auto,
    Method::PolicyIteration,
    Method::ValueIteration,
    Method::ModifiedPolicyIteration,
    Method::LinearProgram,
];

pub(super) fn ratio(p: i64, q: u64) -> Rational {
    Number::ratio(p, q).unwrap().to_rational()
}

/// A small generator of whole numbers; only its spread matters.
pub(super) struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }
}

/// What the random models of a test have.
#[derive(Clone)]
pub(super) struct Shape {
    pub states: usize,
    pub terminal: usize,
    pub actions: u64,
    pub criterion: Criterion<Rational>,
    /// Successors of a pair; one of them is terminal if `absorbing`.
    pub successors: usize,
    pub absorbing: bool,
}

/// A random model in small fractions; rewards repeat, so that actions tie.
pub(super) fn random(shape: &Shape, seed: u64) -> Mdp<Rational> {
    let mut draw = Draw::new(seed + 1);
    let alive = shape.states - shape.terminal;
    let mut outcomes = OutcomeTable::default();
    let mut sets = Vec::new();
    for _ in 0..alive {
        let actions = 1 + draw.below(shape.actions);
        sets.push((0..actions as u32).collect::<Vec<_>>());
        for _ in 0..actions {
            let weights: Vec<u64> = (0..shape.successors).map(|_| 1 + draw.below(4)).collect();
            let total: u64 = weights.iter().sum();
            for (i, weight) in weights.into_iter().enumerate() {
                let end = i == 0 && shape.absorbing;
                let next = if end {
                    alive
                } else {
                    draw.below(shape.states as u64) as usize
                };
                let reward = draw.below(5) as i64 - 2;
                outcomes.push(next, ratio(weight as i64, total), ratio(reward, 1));
            }
            outcomes.end_pair();
        }
    }
    sets.resize(shape.states, Vec::new());
    let mut initial = vec![ratio(0, 1); shape.states];
    initial[0] = ratio(1, 1);
    let space = Space::new(
        Names::Numbered(shape.states),
        Names::Numbered(shape.actions as usize),
        sets,
    );
    Mdp::new(Parts {
        name: format!("random {seed}"),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion: shape.criterion.clone(),
    })
}

pub(super) fn discounted(p: i64, q: u64, terminal: usize) -> Shape {
    Shape {
        states: 4,
        terminal,
        actions: 3,
        criterion: Criterion::Discounted {
            discount: ratio(p, q),
        },
        successors: 2,
        absorbing: false,
    }
}

pub(super) fn total() -> Shape {
    Shape {
        criterion: Criterion::Total,
        absorbing: true,
        ..discounted(1, 2, 1)
    }
}

pub(super) fn average() -> Shape {
    Shape {
        criterion: Criterion::Average,
        successors: 1,
        ..discounted(1, 2, 0)
    }
}

pub(super) fn float(mdp: &Mdp<Rational>) -> Mdp<f64> {
    mdp.map(Field::to_f64)
}

/// All deterministic policies.
pub(super) fn rules(space: &Space) -> Vec<Rule> {
    let mut rules = vec![Rule::empty(space.states())];
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let extend = |rule: &Rule| {
            let rule = rule.clone();
            space.pairs_of(state).map(move |pair| {
                let mut rule = rule.clone();
                rule.set(state, pair);
                rule
            })
        };
        rules = rules.iter().flat_map(extend).collect();
    }
    rules
}

/// The pointwise maximum of v (g for the average) over all deterministic policies.
fn brute_force(mdp: &Mdp<Rational>) -> Vec<Rational> {
    let mut best: Option<Vec<Rational>> = None;
    for rule in rules(mdp.space()) {
        let policy = rule.policy(mdp.space());
        let Ok(e) = Evaluation::of(mdp, &policy, &SolverOptions::default()) else {
            continue;
        };
        let v = e.gain.unwrap_or(e.v);
        best = Some(match best {
            None => v,
            Some(best) => best.into_iter().zip(v).map(|(a, b)| a.max(b)).collect(),
        });
    }
    best.unwrap()
}

fn largest_error(v: &[f64], exact: &[Rational]) -> f64 {
    let off = |(v, exact): (&f64, &Rational)| {
        let v = Number::from_f64(*v).unwrap().to_rational();
        Field::to_f64(&Field::abs(&(v - exact)))
    };
    v.iter().zip(exact).map(off).fold(0.0, f64::max)
}

#[test]
fn exact_policy_iteration_finds_the_best_of_all_policies() {
    for seed in 0..12 {
        for shape in [
            discounted(9, 10, 0),
            discounted(1, 2, 1),
            discounted(0, 1, 1),
            total(),
        ] {
            let mdp = random(&shape, seed);
            let optimum = exactly(&mdp, &Options::default()).unwrap();
            assert_eq!(optimum.v, brute_force(&mdp), "{}", mdp.name());
            assert_eq!(optimum.error_bound, Some(0.0));
            assert_eq!(optimum.stop, Stop::Optimal);
            // ties: the optimal pairs are those with q = v, exactly
            let tied = |&pair: &usize| optimum.q[pair] == optimum.v[mdp.space().state_of(pair)];
            let tied: Vec<usize> = (0..mdp.pairs()).filter(tied).collect();
            assert_eq!(optimum.greedy, tied);
        }
    }
}

#[test]
fn multichain_average_finds_the_best_of_all_policies() {
    for seed in 0..40 {
        let mdp = random(&average(), seed);
        let optimum = exactly(&mdp, &Options::default()).unwrap();
        assert_eq!(optimum.gain.unwrap(), brute_force(&mdp), "{}", mdp.name());
        let rounded = solve(&float(&mdp), &Options::default()).unwrap();
        let error = largest_error(&rounded.gain.unwrap(), &brute_force(&mdp));
        assert!(error <= rounded.error_bound.unwrap_or(1e-12), "{error:e}");
        assert_eq!(rounded.greedy, optimum.greedy, "{}", mdp.name());
    }
}

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
            let exact = exactly(&mdp, &Options::default()).unwrap();
            for method in ALL {
                for tolerance in [None, Some(1e-3)] {
                    let options = Options {
                        method,
                        tolerance,
                        ..Options::default()
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

/// For each state its actions, each a list of (next, probability, reward).
type States<'a> = &'a [&'a [&'a [(usize, f64, f64)]]];

/// A model by hand.
pub(super) fn model(states: States<'_>, criterion: Criterion<f64>) -> Mdp<f64> {
    let mut outcomes = OutcomeTable::default();
    for row in states.iter().flat_map(|actions| actions.iter()) {
        row.iter()
            .for_each(|&(next, p, r)| outcomes.push(next, p, r));
        outcomes.end_pair();
    }
    let sets = states
        .iter()
        .map(|actions| (0..actions.len() as u32).collect());
    let space = Space::new(Names::Numbered(states.len()), Names::Numbered(4), sets);
    let mut initial = vec![0.0; states.len()];
    initial[0] = 1.0;
    Mdp::new(Parts {
        name: "by hand".into(),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion,
    })
}

/// Theory 7.2: s0 stops (+1) or goes; s1 pays 2, s2 costs 10.
pub(super) fn counterexample() -> Mdp<f64> {
    model(
        &[
            &[&[(3, 1.0, 1.0)], &[(1, 1.0, 0.0)]],
            &[&[(2, 1.0, 2.0)]],
            &[&[(3, 1.0, -10.0)]],
            &[],
        ],
        Criterion::Discounted { discount: 0.9 },
    )
}

/// The misconception: value iteration's greedy policies are worth 1, −6.3, 1, 1 (theory, 7.2).
#[test]
fn greedy_policies_of_value_iteration_are_not_monotone() {
    let options = Options {
        method: Method::ValueIteration,
        trace: true,
        ..Options::default()
    };
    let optimum = solve(&counterexample(), &options).unwrap();
    let worth: Vec<f64> = optimum
        .trace
        .iter()
        .filter_map(|step| step.j_greedy)
        .collect();
    let expected = [1.0, 0.9 * (2.0 - 0.9 * 10.0), 1.0, 1.0];
    for (found, expected) in worth.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-14, "{worth:?}");
    }
    assert_eq!(optimum.v, [1.0, -7.0, -10.0, 0.0]);
    assert_eq!(optimum.greedy, [0, 2, 3]);
}

/// Policy iteration is monotone in every state.
#[test]
fn policies_of_policy_iteration_improve() {
    let options = Options {
        trace: true,
        ..Options::default()
    };
    for seed in 0..20 {
        let shape = Shape {
            states: 8,
            ..discounted(9, 10, 0)
        };
        let optimum = exactly(&random(&shape, seed), &options).unwrap();
        let worth: Vec<f64> = optimum
            .trace
            .iter()
            .filter_map(|step| step.j_greedy)
            .collect();
        assert!(worth.is_sorted(), "{worth:?}");
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
    let options = Options {
        method: Method::ValueIteration,
        tolerance: Some(0.5),
        ..Options::default()
    };
    let optimum = solve(&mdp, &options).unwrap();
    assert_eq!(optimum.v, [1.0, 0.0]);
    // 10 u |r| / (1 − γ), theory 8
    assert!(optimum.error_bound.unwrap() <= 10.1 * rounding::UNIT / (1.0 - 0.9));
}

/// Two actions that tie exactly, a third that is worse by less than rounding can tell.
#[test]
fn ties_are_listed_and_cannot_make_it_cycle() {
    let tie = 0.1 + 0.2;
    let mdp = model(
        &[&[
            &[(0, 1.0, 0.3)],
            &[(0, 1.0, tie)],
            &[(0, 0.5, tie), (0, 0.5, 0.3)],
            &[(0, 1.0, 0.29)],
        ]],
        Criterion::Discounted { discount: 0.999 },
    );
    for method in ALL {
        let optimum = solve(
            &mdp,
            &Options {
                method,
                ..Options::default()
            },
        )
        .unwrap();
        assert_eq!(optimum.greedy, [0, 1, 2]);
    }
}

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
        let optimum = solve(
            &mdp,
            &Options {
                method,
                ..Options::default()
            },
        )
        .unwrap();
        assert_eq!(optimum.undefined, [1]);
        assert_eq!((optimum.v[0], optimum.j), (1.0, 1.0));
        assert_eq!(optimum.greedy, [0]);
    }
    let inside = mdp.with_initial(vec![0.0, 1.0, 0.0]);
    let error = solve(&inside, &Options::default()).unwrap_err();
    assert_eq!(
        error,
        Error::NoProperPolicy {
            states: vec!["1".into()]
        }
    );
}

#[test]
fn going_round_for_pay_is_unbounded() {
    let mdp = model(
        &[&[&[(1, 1.0, 0.0)], &[(0, 1.0, 1.0)]], &[]],
        Criterion::Total,
    );
    let error = solve(&mdp, &Options::default()).unwrap_err();
    assert_eq!(
        error,
        Error::Unbounded {
            states: vec!["0".into()]
        }
    );
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
    let optimum = solve(&mdp, &Options::default()).unwrap();
    assert_eq!(
        optimum.v_by_time.unwrap(),
        [[5.0, 10.0], [1.0, 5.0], [0.0, 0.0]]
    );
    assert_eq!(
        optimum.policy_by_time.unwrap(),
        [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]
    );
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
        let exact = exactly(&mdp, &Options::default()).unwrap();
        for rule in rules(mdp.space()) {
            let policy = rule.policy(mdp.space());
            let e = Evaluation::of(&mdp, &policy, &SolverOptions::default()).unwrap();
            assert!(e.v.iter().zip(&exact.v).all(|(v, best)| v <= best));
        }
        let found = solve(&float(&mdp), &Options::default()).unwrap();
        assert!(largest_error(&found.v, &exact.v) <= found.error_bound.unwrap());
        assert_eq!(found.greedy, exact.greedy);
    }
}

/// Strong duality, complementary slackness, and the dual's solution is an optimal policy's
/// occupancy: it is that of the policy it makes by normalising (theory, 1, flow equation).
#[test]
fn the_dual_program_is_an_optimal_occupancy() {
    let options = Options {
        method: Method::LinearProgram,
        ..Options::default()
    };
    for seed in 0..10 {
        for shape in [discounted(9, 10, 0), discounted(1, 2, 1), total()] {
            let mdp = float(&random(&shape, seed));
            let optimum = solve(&mdp, &options).unwrap();
            let dual = optimum.dual.unwrap();
            // the simplex method's own tolerance is 1e-8
            assert!(dual.gap <= 1e-7 && dual.slackness <= 1e-7, "{dual:?}");
            assert!((dual.objective - optimum.j).abs() <= 1e-7);
            let space = mdp.space();
            let mut pi = optimum.policy.probabilities().to_vec();
            for state in 0..space.states() {
                let pairs = space.pairs_of(state);
                let visits: f64 = dual.pair_occupancy[pairs.clone()].iter().sum();
                if visits > 1e-9 {
                    pairs.for_each(|pair| pi[pair] = dual.pair_occupancy[pair] / visits);
                }
            }
            let policy = Policy::simplex(space, pi);
            let e = Evaluation::of(&mdp, &policy, &SolverOptions::default()).unwrap();
            for (x, y) in e.pair_occupancy.iter().zip(&dual.pair_occupancy) {
                assert!((x - y).abs() <= 1e-6, "{x} {y}");
            }
        }
    }
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
            let options = Options {
                method,
                tolerance,
                ..Options::default()
            };
            solve(&mdp, &options).unwrap()
        };
        let reference = by(Method::PolicyIteration, None);
        let slack = reference.error_bound.unwrap();
        for tolerance in [None, Some(1e-6), Some(1e-2)] {
            for method in [
                Method::ModifiedPolicyIteration,
                Method::Auto,
                Method::ValueIteration,
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

/// One state, two actions worth 1 and 0 for ever: v = α log(e^{1/α} + 1)/(1 − γ). And the bounds
/// v* ≤ v_α ≤ v* + α log |A|/(1 − γ) (theory, 7.4).
#[test]
fn the_soft_optimum_is_a_logarithm_of_exponentials() {
    for alpha in [1e-3, 0.5, 20.0] {
        let options = Options {
            entropy: Some(alpha),
            ..Options::default()
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
            let hard = solve(&mdp, &Options::default()).unwrap();
            let soft = solve(&mdp, &options).unwrap();
            let slack = soft.error_bound.unwrap() + hard.error_bound.unwrap();
            let most = alpha * 3f64.ln() / 0.1;
            for (hard, soft) in hard.v.iter().zip(&soft.v) {
                assert!(*soft >= hard - slack && *soft <= hard + most + slack);
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
    let kernel = kernel::Kernel::new(&mdp);
    let mut draw = Draw::new(9);
    let mut rule = Rule::empty(30);
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

/// At γ = 1 with actions that tie: a walk on a line, +1 at the right end, whose steps to the left
/// change nothing and could go on for ever; and a slow way that is worth what the fast one is.
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
    for (mdp, expected, ties) in [(walk, 1.0, 5), (slow, 2.0, 2)] {
        for method in ALL {
            let optimum = solve(
                &mdp,
                &Options {
                    method,
                    ..Options::default()
                },
            )
            .unwrap();
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
