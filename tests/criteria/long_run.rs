//! Classes, P*, D, gain and bias (theory, 2.4).

use exact_mdp::chain::{Chain, Dynamics, LongRun, Structure};
use exact_mdp::evaluation::{Average, Evaluation};
use exact_mdp::field::Field;
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::number::Rational;
use exact_mdp::policy::Policy;
use nalgebra::DMatrix;

use crate::criteria::models::{Random, f, model, nearest, q, rounded};

type Matrix = DMatrix<Rational>;

fn options() -> SolverOptions {
    SolverOptions::default()
}

fn dense(p: &Csr<Rational>) -> Matrix {
    Matrix::from_fn(p.rows(), p.columns(), |i, j| p.get(i, j))
}

/// nalgebra's own product wants more of a scalar than a fraction offers.
fn times(x: &Matrix, y: &Matrix) -> Matrix {
    Matrix::from_fn(x.nrows(), y.ncols(), |i, j| {
        (0..x.ncols()).fold(q(0, 1), |sum, k| sum + &x[(i, k)] * &y[(k, j)])
    })
}

fn minus(x: &Matrix, y: &Matrix) -> Matrix {
    x.zip_map(y, |x, y| x - y)
}

fn identity(n: usize) -> Matrix {
    Matrix::from_fn(n, n, |i, j| q((i == j) as i64, 1))
}

fn cases() -> impl Iterator<Item = Mdp<Rational>> {
    (0..120).map(|seed| {
        let mut random = Random::new(seed);
        let states = 1 + random.below(6) as usize;
        let terminal = (random.below(3) as usize).min(states - 1);
        random.model(states, terminal, Criterion::Average)
    })
}

/// The defining equations determine P* and D: marks 2.9, and (I − P) D = I − P*, DP* = P*D = 0.
#[test]
fn limiting_and_deviation_matrices_satisfy_their_equations_exactly() {
    let (mut multichain, mut periodic, mut transient) = (0, 0, 0);
    for mdp in cases() {
        let policy = Policy::uniform(mdp.space());
        let run = LongRun::new(&mdp, &policy, &options()).unwrap();
        let (p, n) = (dense(run.p()), mdp.states());
        let (limit, deviation) = (
            run.limiting_matrix().unwrap(),
            run.deviation_matrix().unwrap(),
        );
        let zero = Matrix::from_element(n, n, q(0, 1));
        assert_eq!(times(&limit, &p), limit);
        assert_eq!(times(&p, &limit), limit);
        assert_eq!(times(&limit, &limit), limit);
        assert_eq!(
            times(&minus(&identity(n), &p), &deviation),
            minus(&identity(n), &limit)
        );
        assert_eq!(times(&deviation, &limit), zero);
        assert_eq!(times(&limit, &deviation), zero);
        let structure = run.structure();
        multichain += !structure.is_unichain() as usize;
        periodic += structure.recurrent().iter().any(|c| c.period > 1) as usize;
        transient += !structure.transient().is_empty() as usize;
        for i in 0..n {
            for j in 0..n {
                let together = structure.class_of(i) == structure.class_of(j);
                let recurrent = structure.class_of(j).is_some();
                // a recurrent state sees its own class in the limit, and all of it
                if structure.class_of(i).is_some() || !recurrent {
                    assert_eq!(limit[(i, j)] > q(0, 1), recurrent && together);
                }
            }
        }
    }
    assert!(
        multichain.min(periodic).min(transient) > 5,
        "{multichain} {periodic} {transient}"
    );
}

/// Rows from the left are the same operators.
#[test]
fn both_sides_of_the_operators_agree_exactly() {
    for mdp in cases() {
        let policy = Policy::uniform(mdp.space());
        let run = LongRun::new(&mdp, &policy, &options()).unwrap();
        let n = mdp.states();
        let rho = Matrix::from_fn(1, n, |_, s| mdp.initial()[s].clone());
        let limit = times(&rho, &run.limiting_matrix().unwrap());
        let deviation = times(&rho, &run.deviation_matrix().unwrap());
        assert_eq!(run.limit_row(mdp.initial()).unwrap(), limit.as_slice());
        assert_eq!(
            run.deviation_row(mdp.initial()).unwrap(),
            deviation.as_slice()
        );
        let absorption = run.absorption_from(mdp.initial()).unwrap();
        let structure = run.structure();
        let alone = LongRun::absorption_probabilities(&mdp, &policy, structure, &options());
        assert_eq!(alone.unwrap(), absorption);
        for (k, probability) in absorption.iter().enumerate() {
            let f = run.absorption(k).unwrap();
            let mixed = (0..n).fold(q(0, 1), |sum, s| sum + &f[s] * &mdp.initial()[s]);
            assert_eq!(*probability, mixed);
        }
    }
}

/// P* against its definition: the mean of the first powers, at distance O(1/N) from the limit.
#[test]
fn limiting_matrix_is_the_cesaro_limit() {
    const N: usize = 2000;
    for mdp in cases().take(40) {
        let mdp = rounded(&mdp);
        let policy = Policy::uniform(mdp.space());
        let run = LongRun::new(&mdp, &policy, &options()).unwrap();
        let (limit, deviation) = (
            run.limiting_matrix().unwrap(),
            run.deviation_matrix().unwrap(),
        );
        for start in 0..mdp.states() {
            let mut row = vec![0.0; mdp.states()];
            row[start] = 1.0;
            let mut mean = vec![0.0; mdp.states()];
            for _ in 0..N {
                mean.iter_mut()
                    .zip(&row)
                    .for_each(|(m, x)| *m += x / N as f64);
                row = run.p().mul_transposed(&row);
            }
            // Σ_{t<N} Pᵗ = N P* + (I − Pᴺ) D, so the mean is off by at most 2 max |D|/N
            let bound = 2.0 * mdp.states() as f64 * deviation.amax() / N as f64 + 1e-12;
            for s in 0..mdp.states() {
                assert!((mean[s] - limit[(start, s)]).abs() <= bound);
            }
        }
    }
}

/// Marks 2.9 and 2.10: Pg = g, g + h = r + Ph, P*h = 0, π q_h = h, J = ρ₀g = (ρ₀P*) r.
#[test]
fn gain_and_bias_satisfy_the_evaluation_equations_exactly() {
    for mdp in cases() {
        let policy = Policy::uniform(mdp.space());
        let average = Average::new(&mdp, &policy, &options()).unwrap();
        let evaluation = Evaluation::new(&mdp, &policy, &options()).unwrap();
        let run = average.long_run();
        let (g, h) = (average.gain(), average.bias());
        let r = Dynamics::new(&mdp, &policy).unwrap().r().to_vec();
        assert_eq!(run.p().mul(g), g);
        let ph = run.p().mul(h);
        for s in 0..mdp.states() {
            assert_eq!(&g[s] + &h[s], &r[s] + &ph[s]);
        }
        assert!(run.limit(h).unwrap().iter().all(Field::is_zero));
        assert_eq!(evaluation.residuals.v, 0.0);
        assert_eq!(evaluation.residuals.occupancy, 0.0);
        for s in (0..mdp.states()).filter(|&s| !mdp.space().is_terminal(s)) {
            let pairs = mdp.space().pairs_of(s);
            let mean = pairs.fold(q(0, 1), |sum, pair| {
                sum + &policy.probabilities()[pair] * &evaluation.q[pair]
            });
            assert_eq!(mean, h[s]);
        }
        let j = (0..mdp.states()).fold(q(0, 1), |sum, s| sum + &evaluation.occupancy[s] * &r[s]);
        assert_eq!(evaluation.j, j);
    }
}

/// Mark 2.13: with λ = (1 − γ)/γ, v_γ = (1 + λ) [g/λ + Σₖ (−λ)ᵏ Dᵏ⁺¹ r]; the series is cut where
/// its terms fall below λ⁸, and every coefficient is exact.
#[test]
fn discounted_values_follow_the_laurent_series() {
    for mdp in cases().take(60) {
        let policy = Policy::uniform(mdp.space());
        let average = Average::new(&mdp, &policy, &options()).unwrap();
        let lambda = q(1, 100_000);
        let gamma = q(1, 1) / (q(1, 1) + &lambda);
        let discounted = mdp
            .clone()
            .with_criterion(Criterion::Discounted { discount: gamma })
            .unwrap();
        let v = Evaluation::new(&discounted, &policy, &options()).unwrap().v;
        let mut term = average.bias().to_vec();
        let mut series: Vec<Rational> = average.gain().iter().map(|g| g / &lambda).collect();
        let mut weight = q(1, 1);
        for _ in 0..4 {
            for (sum, x) in series.iter_mut().zip(&term) {
                *sum += &weight * x;
            }
            weight *= -lambda.clone();
            term = average.long_run().deviation(&term).unwrap();
        }
        let scale = term.iter().map(|x| f(x).abs()).fold(0.0, f64::max);
        for (v, sum) in v.iter().zip(series) {
            let gap = f(&(v - (q(1, 1) + &lambda) * sum)).abs();
            assert!(gap <= 1e-20 * 2.0 * (1.0 + scale), "{gap:e}");
        }
    }
}

/// Mark 2.20: two states that alternate.
#[test]
fn alternating_states_have_period_two_and_half_the_difference_as_bias() {
    let table = vec![
        vec![vec![(1, q(1, 1), q(7, 1))]],
        vec![vec![(0, q(1, 1), q(2, 3))]],
    ];
    let mdp = model(table, vec![q(1, 1), q(0, 1)], Criterion::Average);
    let policy = Policy::uniform(mdp.space());
    let structure = Structure::new(&mdp, &policy).unwrap();
    assert_eq!(structure.recurrent()[0].period, 2);
    assert!(structure.is_unichain() && structure.transient().is_empty());
    let evaluation = Evaluation::new(&mdp, &policy, &options()).unwrap();
    assert_eq!(evaluation.gain.unwrap(), [q(23, 6), q(23, 6)]);
    assert_eq!(&evaluation.v[0] - &evaluation.v[1], q(19, 6));
}

/// A gambler with a stake of s out of 4, fair coin: ruin and goal are terminal.
#[test]
fn a_fair_gambler_reaches_the_goal_with_the_share_of_the_stake() {
    let step = |s: usize| vec![vec![(s - 1, q(1, 2), q(0, 1)), (s + 1, q(1, 2), q(0, 1))]];
    let table = vec![vec![], step(1), step(2), step(3), vec![]];
    let initial = vec![q(0, 1), q(1, 1), q(0, 1), q(0, 1), q(0, 1)];
    let mdp = model(table, initial, Criterion::Average);
    let policy = Policy::uniform(mdp.space());
    let run = LongRun::new(&mdp, &policy, &options()).unwrap();
    assert_eq!(run.structure().recurrent().len(), 2);
    assert_eq!(run.structure().transient(), [1, 2, 3]);
    assert!(run.structure().is_proper() && !run.structure().is_unichain());
    assert_eq!(
        run.absorption_from(mdp.initial()).unwrap(),
        [q(3, 4), q(1, 4)]
    );
    let goal = run.absorption(1).unwrap();
    assert_eq!(goal, [q(0, 1), q(1, 4), q(1, 2), q(3, 4), q(1, 1)]);
}

/// Floating point against the exact answers; a forward error of n u ‖D‖ times what it acts on.
#[test]
fn floating_point_agrees_with_fractions() {
    for mdp in cases() {
        let policy = Policy::uniform(mdp.space());
        let exact = Evaluation::new(&mdp, &policy, &options()).unwrap();
        let run = LongRun::new(&mdp, &policy, &options()).unwrap();
        let deviation = nearest(run.deviation_matrix().unwrap().as_slice());
        let size = deviation.iter().fold(1.0, |max: f64, x| max.max(x.abs()));
        let rough = rounded(&mdp);
        let got = Evaluation::new(&rough, &Policy::uniform(mdp.space()), &options()).unwrap();
        let n = mdp.states() as f64;
        let tolerance = 60.0 * n * n * size * size * f64::EPSILON;
        let pairs = [
            (nearest(&exact.v), got.v),
            (nearest(&exact.q), got.q),
            (nearest(&exact.occupancy), got.occupancy),
            (nearest(&exact.gain.unwrap()), got.gain.unwrap()),
        ];
        for (exact, got) in pairs {
            for (x, y) in exact.iter().zip(got) {
                assert!((x - y).abs() <= tolerance, "{x} {y} {tolerance:e}");
            }
        }
    }
}

/// A ring of more states than are eliminated densely: μ uniform, gain the mean reward.
#[test]
fn a_large_class_is_solved_through_the_field_s_own_solver() {
    let n = 400;
    let table = (0..n).map(|s| {
        let next = [(s + 1) % n, (s + 2) % n, (s + n - 1) % n];
        let thirds = next.map(|next| (next, q(1, 3), q(s as i64 % 7, 1)));
        vec![thirds.to_vec()]
    });
    let mdp = model(table.collect(), vec![q(1, n as u64); n], Criterion::Average);
    let mdp = rounded(&mdp);
    let policy = Policy::uniform(mdp.space());
    let evaluation = Evaluation::new(&mdp, &policy, &options()).unwrap();
    let mean = (0..n).map(|s| (s % 7) as f64).sum::<f64>() / n as f64;
    assert_eq!(evaluation.solver, "sparse-gth");
    // the deviation of a ring with drift 2/3 mixes in about n² steps
    let tolerance = f64::EPSILON * (n * n) as f64;
    assert!(
        evaluation
            .gain
            .unwrap()
            .iter()
            .all(|g| (g - mean).abs() <= tolerance)
    );
    assert!(evaluation.residuals.v <= tolerance * 10.0);
}

/// The discounted chain still refuses the average criterion, and says what it found.
#[test]
fn each_criterion_has_its_own_entry() {
    let mdp = Random::new(1).model(3, 0, Criterion::Average);
    let policy = Policy::uniform(mdp.space());
    let error = Chain::new(&mdp, &policy, &options()).err().unwrap();
    assert!(error.to_string().contains("average"), "{error}");
}
