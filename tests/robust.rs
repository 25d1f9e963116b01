//! Robust values against enumeration of the corners of all sets in fractions, closed forms of two states, and bounds;
//! n-discount optimality against enumeration and the Blackwell-optimal policies.

mod as_written;
mod undiscounted;

use std::path::Path;
use std::sync::Arc;

use exact_mdp::control::blackwell::stretches;
use exact_mdp::control::sensitive::{expansion, n_discount};
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::robust::{Nature, Uncertain, UncertaintyNorm};
use exact_mdp::solved::Solved;

fn q(p: i64, d: u64) -> Rational {
    Number::ratio(p, d).expect("a fraction").to_rational()
}

fn shipped(name: &str) -> Model {
    let path = Path::new(crate::ROOT)
        .join("mdps")
        .join(format!("{name}.yaml"));
    Model::load(&path).expect("a shipped model")
}

/// Three states, two of which choose.
fn small() -> Model {
    let text = "
discount: 3/4
states: [x, y, z]
actions: [a, b]
initial: {x: 1/2, y: 1/2}
transitions:
  x: {a: {x: 1/3, y: 1/3, z: 1/3}, b: {y: 3/4, z: 1/4}}
  y: {a: x, b: {x: 1/5, z: 4/5}}
  z: {a: {x: 1/2, z: 1/2}}
rewards: {x: {a: {x: 1, z: -1/2}, b: -1/4}, y: {a: 3/4, b: {z: 2}}, z: 1/5}
";
    Model::parse("small", text).expect("a model")
}

/// All distributions of which each entry is an end of its interval, but for one: every corner is among them.
fn corners(nominal: &[Rational], norm: UncertaintyNorm, radius: &Rational) -> Vec<Vec<Rational>> {
    let n = nominal.len();
    let mut found = Vec::new();
    match norm {
        UncertaintyNorm::Max => {
            let low: Vec<Rational> = nominal.iter().map(|p| (p - radius).max(q(0, 1))).collect();
            let high: Vec<Rational> = nominal.iter().map(|p| (p + radius).min(q(1, 1))).collect();
            for free in 0..n {
                for ends in 0..1u32 << n {
                    let mut p: Vec<Rational> = (0..n)
                        .map(|i| {
                            if ends >> i & 1 == 1 {
                                high[i].clone()
                            } else {
                                low[i].clone()
                            }
                        })
                        .collect();
                    let others = (0..n)
                        .filter(|i| *i != free)
                        .fold(q(0, 1), |sum, i| sum + &p[i]);
                    p[free] = q(1, 1) - others;
                    if low[free] <= p[free] && p[free] <= high[free] {
                        found.push(p);
                    }
                }
            }
        }
        // entries are p̄, 0, or what is left: all combinations of who gives, who is emptied and who gets
        UncertaintyNorm::L1 => {
            let half = radius / Rational::from(2);
            for to in 0..n {
                for emptied in 0..1u32 << n {
                    for part in 0..n {
                        let mut p = nominal.to_vec();
                        let mut moved = q(0, 1);
                        for i in (0..n).filter(|i| emptied >> i & 1 == 1) {
                            moved += &p[i];
                            p[i] = q(0, 1);
                        }
                        if moved > half {
                            continue;
                        }
                        let more = (&half - &moved).min(p[part].clone());
                        p[part] -= &more;
                        p[to] += moved + more;
                        let distance = p.iter().zip(nominal).fold(q(0, 1), |sum, (x, y)| {
                            let d = x - y;
                            sum + if d < q(0, 1) { -d } else { d }
                        });
                        if distance <= *radius {
                            found.push(p);
                        }
                    }
                }
            }
        }
    }
    found
}

/// The value of nature's best stationary answer to a policy, componentwise, by looking at all of them.
fn against(
    mdp: &Mdp<Rational>,
    rule: &[usize],
    norm: UncertaintyNorm,
    radius: &Rational,
    nature: Nature,
) -> Vec<Rational> {
    let rows: Vec<(Vec<usize>, Vec<Vec<Rational>>)> = rule
        .iter()
        .map(|&pair| {
            let row: Vec<(usize, &Rational)> = mdp.p().row(pair).collect();
            let p: Vec<Rational> = row.iter().map(|x| x.1.clone()).collect();
            (row.iter().map(|x| x.0).collect(), corners(&p, norm, radius))
        })
        .collect();
    let all: usize = rows.iter().map(|row| row.1.len()).product();
    let mut best: Option<Vec<Rational>> = None;
    for number in 0..all {
        let mut rest = number;
        let chosen: Vec<(&Vec<usize>, &Vec<Rational>)> = rows
            .iter()
            .map(|(next, corners)| {
                let one = &corners[rest % corners.len()];
                rest /= corners.len();
                (next, one)
            })
            .collect();
        let v = value(mdp, rule, &chosen);
        best = Some(match best {
            None => v,
            Some(best) => best
                .into_iter()
                .zip(v)
                .map(|(x, y)| match nature {
                    Nature::Adverse => x.min(y),
                    Nature::Kind => x.max(y),
                })
                .collect(),
        });
    }
    best.expect("a corner")
}

/// v of a chain of three states with these rows, by Cramer's rule.
fn value(
    mdp: &Mdp<Rational>,
    rule: &[usize],
    rows: &[(&Vec<usize>, &Vec<Rational>)],
) -> Vec<Rational> {
    let n = rule.len();
    let mut a = vec![vec![q(0, 1); n]; n];
    let mut b = vec![q(0, 1); n];
    for (s, (next, p)) in rows.iter().enumerate() {
        a[s][s] += q(1, 1);
        for (to, x) in next.iter().zip(p.iter()) {
            a[s][*to] -= mdp.discount() * x;
            let reward = mdp
                .outcomes(rule[s])
                .find(|o| o.next == *to)
                .expect("an outcome");
            b[s] += x * reward.reward;
        }
    }
    let det = |m: &[Vec<Rational>]| {
        let minor = |i: usize, j: usize| &m[1][i] * &m[2][j] - &m[1][j] * &m[2][i];
        &m[0][0] * minor(1, 2) - &m[0][1] * minor(0, 2) + &m[0][2] * minor(0, 1)
    };
    let whole = det(&a);
    (0..n)
        .map(|column| {
            let mut m = a.clone();
            (0..n).for_each(|row| m[row][column] = b[row].clone());
            det(&m) / &whole
        })
        .collect()
}

#[test]
fn robust_values_are_those_of_all_corners_and_all_policies() {
    let model = small();
    let mdp = Arc::new(model.exact_mdp().expect("fractions"));
    let space = Arc::clone(mdp.space());
    for (norm, radius) in [
        (UncertaintyNorm::Max, q(1, 10)),
        (UncertaintyNorm::L1, q(1, 5)),
        (UncertaintyNorm::L1, q(3, 2)),
        (UncertaintyNorm::Max, q(0, 1)),
    ] {
        let sets = Uncertain::within(Arc::clone(&mdp), norm, &radius).expect("sets");
        for nature in [Nature::Adverse, Nature::Kind] {
            let mut best: Option<Vec<Rational>> = None;
            for x in space.pairs_of(0) {
                for y in space.pairs_of(1) {
                    let rule = [x, y, space.pairs_of(2).start];
                    let own = against(&mdp, &rule, norm, &radius, nature);
                    let pi = (0..mdp.pairs()).map(|pair| {
                        if rule.contains(&pair) {
                            q(1, 1)
                        } else {
                            q(0, 1)
                        }
                    });
                    let policy = Policy::simplex(&space, pi.collect()).expect("a policy");
                    let found = sets
                        .solve(nature, Some(&policy), &SolverOptions::default())
                        .expect("values");
                    assert_eq!(found.v, own, "{norm:?} {radius} {nature:?} {rule:?}");
                    best = Some(match best {
                        None => own,
                        Some(best) => best.into_iter().zip(own).map(|(x, y)| x.max(y)).collect(),
                    });
                }
            }
            let found = sets
                .solve(nature, None, &SolverOptions::default())
                .expect("values");
            assert_eq!(
                Some(&found.v),
                best.as_ref(),
                "{norm:?} {radius} {nature:?}"
            );
            assert_eq!(found.error_bound, 0.0);
            // what nature chooses is a model whose values those are
            let there = with_kernel(&mdp, &found.kernel, &found.policy);
            assert_eq!(there, found.v);
        }
    }
}

/// v of a policy in a model with other transitions, whose rewards are paid by next state.
fn with_kernel(
    mdp: &Mdp<Rational>,
    kernel: &Csr<Rational>,
    policy: &Policy<Rational>,
) -> Vec<Rational> {
    let r = (0..mdp.pairs()).map(|pair| {
        kernel.row(pair).fold(q(0, 1), |sum, (next, p)| {
            let paid = mdp
                .outcomes(pair)
                .find(|o| o.next == next)
                .expect("an outcome");
            sum + p * paid.reward
        })
    });
    let moved = mdp
        .clone()
        .with_rewards(r.collect())
        .expect("rewards")
        .with_transitions(kernel.clone())
        .expect("rows");
    Solved::new(moved, policy.clone())
        .expect("values")
        .v()
        .to_vec()
}

/// Two states, hot pays 1: the worst p of staying hot is p − ε, that of heating q − ε; v by hand.
#[test]
fn two_states_have_a_closed_form() {
    let text = "
discount: 9/10
states: [cold, hot]
actions: [go]
initial: cold
transitions: {cold: {go: {hot: 3/5, cold: 2/5}}, hot: {go: {hot: 4/5, cold: 1/5}}}
rewards: {hot: 1}
";
    let model = Model::parse("two", text).expect("a model");
    let gamma = q(9, 10);
    for (nature, sign) in [(Nature::Adverse, -1), (Nature::Kind, 1)] {
        // L1 of 1/5 moves 1/10
        let (a, b) = (q(3, 5) + q(sign, 10), q(4, 5) + q(sign, 10));
        // v(hot) − v(cold) = 1/(1 − γ(b − a)),  v(cold) (1 − γ) = γ a (v(hot) − v(cold))
        let apart = q(1, 1) / (q(1, 1) - &gamma * (&b - &a));
        let cold = &gamma * &a * &apart / (q(1, 1) - &gamma);
        let sets = Uncertain::within(
            Arc::new(model.exact_mdp().unwrap()),
            UncertaintyNorm::L1,
            &q(1, 5),
        )
        .unwrap();
        let found = sets.solve(nature, None, &SolverOptions::default()).unwrap();
        assert_eq!(found.v, [cold.clone(), &cold + &apart]);
        let float =
            Uncertain::within(Arc::new(model.mdp::<f64>()), UncertaintyNorm::L1, &0.2).unwrap();
        let near = float
            .solve(nature, None, &SolverOptions::default())
            .unwrap();
        for (x, y) in near.v.iter().zip(&found.v) {
            assert!((x - y.to_f64().value()).abs() <= near.error_bound);
        }
        assert!(near.error_bound < 1e-11);
    }
}

/// The same near γ = 1: nothing of 1 − γ is lost, strategies are told apart by relative values, the bound holds, and no
/// value is above r/(1 − γ).
#[test]
fn robust_values_keep_their_digits_near_discount_one() {
    for zeros in [6, 9, 12, 15] {
        let nines = "9".repeat(zeros);
        let text = format!(
            "discount: 0.{nines}
states: [a, b, c]
actions: [x, y]
initial: a
transitions:
  a: {{x: {{b: 3/5, a: 2/5}}, y: {{a: 1/3, c: 2/3}}}}
  b: {{x: {{b: 4/5, a: 1/5}}, y: c}}
  c: {{x: {{a: 1/7, c: 6/7}}, y: {{b: 1/2, a: 1/2}}}}
rewards: {{a: {{y: 1/3}}, b: 1, c: {{x: 2/5}}}}
"
        );
        let model = Model::parse("near", &text).expect("a model");
        let exactly = Arc::new(model.exact_mdp().unwrap());
        let near = Arc::new(model.mdp::<f64>());
        let uniform = (
            Policy::uniform(exactly.space()),
            Policy::uniform(near.space()),
        );
        for (nature, norm) in [
            (Nature::Adverse, UncertaintyNorm::L1),
            (Nature::Kind, UncertaintyNorm::L1),
            (Nature::Adverse, UncertaintyNorm::Max),
            (Nature::Kind, UncertaintyNorm::Max),
        ] {
            let sets = Uncertain::within(Arc::clone(&exactly), norm, &q(1, 4)).unwrap();
            let float = Uncertain::within(Arc::clone(&near), norm, &0.25).unwrap();
            for given in [false, true] {
                let options = SolverOptions::default();
                let (one, other) = (given.then_some(&uniform.0), given.then_some(&uniform.1));
                let right = sets.solve(nature, one, &options).unwrap();
                let found = float.solve(nature, other, &options).unwrap();
                let most = (q(1, 1) / exactly.discount_complement()).to_f64().value();
                for (x, right) in found.v.iter().zip(&right.v) {
                    let off = (x - right.to_f64().value()).abs();
                    assert!(off <= found.error_bound, "{zeros} {nature:?} {norm:?}");
                    assert!(off <= 1e-14 * x.abs(), "{zeros} {nature:?} {norm:?}: {off}");
                    assert!(
                        found.error_bound <= 1e-12 * x.abs(),
                        "{}",
                        found.error_bound
                    );
                    assert!(*x <= most);
                }
            }
        }
    }
}

#[test]
fn larger_sets_are_worse_and_none_at_all_is_the_model() {
    for name in ["riverswim", "garnet", "machine-replacement"] {
        let model = shipped(name)
            .with_criterion(exact_mdp::mdp::Criterion::Discounted {
                discount: Number::ratio(9, 10).unwrap(),
            })
            .unwrap();
        let mdp = Arc::new(model.mdp::<f64>());
        let optimum = model.optimum().expect("an optimum");
        let mut before = optimum.v.clone();
        for radius in [0.0, 0.05, 0.2, 2.0] {
            let sets = Uncertain::within(Arc::clone(&mdp), UncertaintyNorm::L1, &radius).unwrap();
            let found = sets
                .solve(Nature::Adverse, None, &SolverOptions::default())
                .unwrap();
            let slack = found.error_bound + optimum.error_bound.unwrap_or(0.0);
            assert!(slack < 1e-6, "{name} {slack}");
            for (x, y) in found.v.iter().zip(&before) {
                if radius == 0.0 {
                    assert!((x - y).abs() <= 2.0 * slack, "{name}: {x} {y}");
                }
                assert!(*x <= y + 2.0 * slack, "{name}");
            }
            before = found.v;
        }
    }
}

/// One decision between rewards in time: 1 now, 1 a step later, or −1 now and 2 later and so on.
fn timing() -> Model {
    let text = "
criterion: average
states: [s, w1, w2, e]
actions: [now, later, swing, twice]
initial: s
transitions:
  s: {now: e, later: w1, swing: w2, twice: e}
  w1: {now: e}
  w2: {now: w1}
  e: {now: e}
rewards: {s: {now: 1, swing: 1, twice: 1}, w1: {now: 1}, w2: {now: -1}}
";
    Model::parse("timing", text).expect("a model")
}

/// By hand: totals of now and twice 1, of later 1 a step later; swing 1 − 1 + 1. y₁ = −Σ t-weighted.
#[test]
fn sooner_is_better_to_order_one() {
    let mdp = timing().exact_mdp().expect("fractions");
    let found = n_discount(&mdp, 2).expect("an answer");
    let now: Vec<usize> = vec![
        mdp.space().pair(0, 0).unwrap(),
        mdp.space().pair(0, 3).unwrap(),
    ];
    let at_start = |k: usize| -> Vec<usize> {
        found.actions[k]
            .iter()
            .copied()
            .filter(|&pair| mdp.space().state_of(pair) == 0)
            .collect()
    };
    assert_eq!(at_start(0).len(), 4);
    assert_eq!(at_start(1).len(), 4);
    assert_eq!(at_start(2), now);
    assert_eq!(found.counts, Some((4, vec![4, 4, 2, 2])));
    assert_eq!(found.terms[1][0], q(1, 1));
    assert_eq!(found.terms[2][0], q(-1, 1));
}

#[test]
fn the_largest_terms_are_those_of_enumeration_and_of_blackwell() {
    for model in [
        timing(),
        small(),
        shipped("multichain-average"),
        shipped("machine-replacement"),
        shipped("two-state"),
        shipped("retry-loop"),
    ] {
        let mdp = model.exact_mdp().expect("fractions");
        let found = n_discount(&mdp, 2).expect("an answer");
        let space = mdp.space();
        let sizes: Vec<usize> = (0..space.states())
            .map(|s| space.pairs_of(s).len().max(1))
            .collect();
        let all: usize = sizes.iter().product();
        assert!(all <= 4096, "{}", model.name());
        let mut best: Option<Vec<Vec<Rational>>> = None;
        for number in 0..all {
            let mut rest = number;
            let mut pi = vec![q(0, 1); space.pairs()];
            for (s, size) in sizes.iter().enumerate() {
                if !space.is_terminal(s) {
                    pi[space.pairs_of(s).start + rest % size] = q(1, 1);
                }
                rest /= size;
            }
            let y =
                expansion(&mdp, &Policy::simplex(space, pi).expect("a policy"), 2).expect("terms");
            // state by state lexicographically: the optimum is so in all states at once
            best = Some(match best {
                None => y,
                Some(mut best) => {
                    for s in 0..space.states() {
                        let column = |y: &[Vec<Rational>]| -> Vec<Rational> {
                            y.iter().map(|y| y[s].clone()).collect()
                        };
                        if column(&y) > column(&best) {
                            best.iter_mut()
                                .zip(&y)
                                .for_each(|(best, y)| best[s] = y[s].clone());
                        }
                    }
                    best
                }
            });
        }
        assert_eq!(Some(&found.terms), best.as_ref(), "{}", model.name());
        // Blackwell-optimal policies are among those of every order
        let last = stretches(&mdp).expect("stretches").pop().expect("one");
        for kept in &found.actions {
            assert!(
                last.optimal.iter().all(|pair| kept.contains(pair)),
                "{}",
                model.name()
            );
        }
    }
}

/// v at a discount near 1 from the terms: v_γ = (1 + ϱ) Σ ϱᵏ y_k, the rest O(ϱᵏ⁺¹), in fractions.
#[test]
fn the_terms_are_those_of_the_values() {
    let model = small();
    let mdp = model.exact_mdp().expect("fractions");
    let policy = Policy::<Rational>::uniform(mdp.space());
    let y = expansion(&mdp, &policy, 6).expect("terms");
    let rho = q(1, 1_000_000);
    let gamma = q(1, 1) / (q(1, 1) + &rho);
    let near = mdp
        .clone()
        .with_criterion(exact_mdp::mdp::Criterion::Discounted { discount: gamma })
        .unwrap();
    let solved = Solved::new(near, policy).expect("values");
    for s in 0..mdp.states() {
        let mut sum = q(0, 1);
        let mut power = q(1, 1) / &rho;
        for term in &y {
            sum += &power * &term[s];
            power *= &rho;
        }
        let apart = (q(1, 1) + &rho) * sum - &solved.v()[s];
        assert!(
            apart.to_f64().value().abs() < 1e-36,
            "{}",
            apart.to_f64().value()
        );
    }
}

/// Outcomes of one pair that lead to one state pay 2·10⁸ + 1 and −2·10⁸ on average 1/3, and less than the other action: what
/// is left of their mean is the model's own, rounded once. Where they lead on with another outcome it is bounded.
#[test]
fn rewards_that_cancel_are_told_apart_or_bounded() {
    let of = |outcomes: &str| {
        let text = format!(
            "discount: 1/2\nstates: [s, t, u]\nactions: [x, y]\ninitial: s\nterminal: [t, u]\ntransitions:\n{outcomes}"
        );
        let mdp = Model::parse("m", &text).unwrap().mdp::<f64>();
        let sets = Uncertain::within(mdp.into(), UncertaintyNorm::L1, &0.0).unwrap();
        let options = SolverOptions::default();
        sets.solve(Nature::Adverse, None, &options).unwrap()
    };
    let one = of(
        "- [s, x, t, 1/3, 200000001]\n- [s, x, t, 2/3, -100000000]\n- [s, y, t, 1, 0.333333334]\n",
    );
    assert_eq!(one.v[0], 0.333333334);
    assert_eq!(one.policy.probabilities(), [0.0, 1.0]);
    let two = of(
        "- [s, x, t, 1/6, 400000001]\n- [s, x, t, 1/3, -200000000]\n- [s, x, u, 1/2, 0]\n\
         - [s, y, t, 1, 0]\n",
    );
    // 1/6 exactly
    let off = (two.v[0] - 1.0 / 6.0).abs();
    assert!(
        off <= two.error_bound && two.error_bound < 1e-4,
        "{off} {}",
        two.error_bound
    );
}
