//! Every solver against exact elimination over fractions, on the same `f64` matrix.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use exact_mdp::field::Field;
use exact_mdp::linalg::{
    Backend, Csr, DenseLu, ExactLu, FactorError, Factors, Fill, Krylov, Solver, SolverKind,
    SolverOptions, System, inverse_norm_from,
};
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;
use nalgebra::DMatrix;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const KINDS: &[SolverKind] = &[
    SolverKind::Auto,
    SolverKind::Dense,
    SolverKind::Sparse,
    SolverKind::Krylov,
    #[cfg(feature = "lapack")]
    SolverKind::Lapack,
];

fn exact(x: f64) -> Rational {
    Number::from_f64(x).expect("finite").to_rational()
}

fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    f64::from(rng.next_u32() >> 22) / 1024.0
}

/// p^π of a random chain: rows sum to 1 up to rounding, some states terminate, others have no
/// successor at all.
fn chain(n: usize, successors: usize, terminating: bool, seed: u64) -> Csr<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows = (0..n).map(|row| {
        let weights: Vec<(usize, f64)> = (0..successors)
            .map(|_| (rng.next_u32() as usize % n, uniform(&mut rng) + 0.01))
            .collect();
        // every row but those that end leads on to the next, the last one ends
        let ends = terminating && (row + 1 == n || row % 7 == 3);
        let lead = if row + 1 < n {
            (row + 1, 0.5)
        } else {
            (0, 0.5)
        };
        let total: f64 = weights.iter().map(|w| w.1).sum::<f64>() + 0.5;
        let row = weights.into_iter().chain([lead]);
        let scaled = row
            .map(|(column, w)| (column, w / total))
            .collect::<Vec<_>>();
        if ends { Vec::new() } else { scaled }
    });
    Csr::from_rows(n, rows.collect::<Vec<_>>())
}

struct Case {
    matrix: Arc<Csr<f64>>,
    exact: ExactLu<Rational>,
    /// ‖A⁻¹‖∞ of the M-matrix as stored, exactly: A⁻¹ 1.
    inverse_norm: f64,
    given: Option<f64>,
}

impl Case {
    fn new(p: &Csr<f64>, gamma: f64) -> Case {
        let matrix = Arc::new(p.identity_minus_scaled(&gamma));
        let exact_lu = ExactLu::new(&matrix.map(|&x| exact(x))).unwrap();
        let ones = vec![Rational::ONE; matrix.rows()];
        let row_sums = exact_lu.solve(&ones).unwrap();
        Case {
            inverse_norm: row_sums.iter().map(Field::to_f64).fold(0.0, f64::max),
            // row sums of the rounded matrix may fall short of 1 − γ by a few units of rounding
            given: (gamma < 1.0).then(|| 1.0 / (1.0 - gamma - 1e-15)),
            exact: exact_lu,
            matrix,
        }
    }

    fn rows(&self) -> usize {
        self.matrix.rows()
    }

    /// γₙ-style bound for a backward stable solver: c n u ‖A⁻¹‖ ‖A‖, with ‖A‖∞ ≤ 2 and growth 2.
    fn tolerance(&self) -> f64 {
        4.0 * (self.rows() + 8) as f64 * f64::EPSILON * self.inverse_norm
    }

    fn options(&self, solver: SolverKind) -> SolverOptions {
        SolverOptions {
            solver,
            inverse_norm: self.given,
            ..SolverOptions::default()
        }
    }

    fn solver(&self, kind: SolverKind) -> Solver {
        Solver::new(Arc::clone(&self.matrix), &self.options(kind)).unwrap()
    }
}

fn cases() -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for (n, successors) in [(1, 1), (2, 2), (7, 2), (20, 3), (20, 20)] {
        for gamma in [0.0, 0.9, 0.999] {
            let label = format!("n {n}, {successors} successors, discount {gamma}");
            let terminating = n % 2 == 1;
            let p = chain(n, successors, terminating, n as u64);
            cases.push((label, Case::new(&p, gamma)));
        }
        let p = chain(n, successors, true, 5);
        cases.push((
            format!("n {n}, {successors} successors, total"),
            Case::new(&p, 1.0),
        ));
    }
    cases
}

fn right_side(n: usize, k: usize) -> Vec<f64> {
    (0..n)
        .map(|i| ((i * 37 + k * 11) % 17) as f64 / 4.0 - 1.5)
        .collect()
}

/// max |x − x̂| in exact arithmetic, and max |x|; sums for the 1-norm.
fn errors(found: &[f64], expected: &[Rational], one_norm: bool) -> (f64, f64) {
    let error = |(x, e): (&f64, &Rational)| Field::to_f64(&Field::abs(&(exact(*x) - e)));
    let errors = found.iter().zip(expected).map(error);
    let sizes = expected.iter().map(|e| Field::to_f64(e).abs());
    if one_norm {
        (errors.sum(), sizes.sum())
    } else {
        (errors.fold(0.0, f64::max), sizes.fold(0.0, f64::max))
    }
}

#[test]
fn every_solver_agrees_with_exact_fractions_in_both_directions() {
    for (label, case) in cases() {
        let b = right_side(case.rows(), 0);
        let exact_b: Vec<Rational> = b.iter().map(|&x| exact(x)).collect();
        let v = case.exact.solve(&exact_b).unwrap();
        let rho = case.exact.solve_transposed(&exact_b).unwrap();
        for &kind in KINDS {
            let solver = case.solver(kind);
            let tolerance = case.tolerance().max(1e-12);
            let (error, size) = errors(&solver.solve(&b).unwrap(), &v, false);
            assert!(error <= tolerance * size, "{label} {kind:?}: {error:e}");
            let (error, size) = errors(&solver.solve_transposed(&b).unwrap(), &rho, true);
            assert!(error <= tolerance * size, "{label} {kind:?}: {error:e}");
        }
    }
}

#[test]
fn many_right_hand_sides_are_as_many_single_ones() {
    for (label, case) in cases() {
        let n = case.rows();
        let b = DMatrix::from_fn(n, 3, |i, k| right_side(n, k)[i]);
        for &kind in KINDS {
            let solver = case.solver(kind);
            let many = solver.solve_many(b.clone()).unwrap();
            let transposed = solver.solve_transposed_many(b.clone()).unwrap();
            assert_eq!(many.shape(), (n, 3));
            for k in 0..3 {
                let one = solver.solve(&right_side(n, k)).unwrap();
                let other = solver.solve_transposed(&right_side(n, k)).unwrap();
                let size = one
                    .iter()
                    .chain(&other)
                    .fold(0.0, |m: f64, x: &f64| m.max(x.abs()));
                let tolerance = 2.0 * n as f64 * case.tolerance() * size;
                for i in 0..n {
                    let gap = (many[(i, k)] - one[i]).abs();
                    let gap_transposed = (transposed[(i, k)] - other[i]).abs();
                    assert!(gap.max(gap_transposed) <= tolerance, "{label} {kind:?}");
                }
            }
            let none = solver.solve_many(DMatrix::zeros(n, 0)).unwrap();
            assert_eq!(none.shape(), (n, 0));
        }
    }
}

/// γ = 1 − 10⁻⁹: the condition is 2·10⁹, and the error may be that many roundings.
#[test]
fn nearly_singular_systems_are_solved_to_their_condition() {
    let case = Case::new(&chain(12, 3, false, 3), 1.0 - 1e-9);
    let b = right_side(12, 0);
    let expected = case
        .exact
        .solve(&b.iter().map(|&x| exact(x)).collect::<Vec<_>>())
        .unwrap();
    for &kind in KINDS.iter().filter(|&&kind| kind != SolverKind::Krylov) {
        let (error, size) = errors(&case.solver(kind).solve(&b).unwrap(), &expected, false);
        assert!(error <= case.tolerance() * size, "{kind:?}: {error:e}");
    }
}

/// The bound found by the iteration where none was given, against the exact norm.
#[test]
fn certified_inverse_norms_bound_the_exact_ones() {
    for seed in 0..10 {
        let case = Case::new(&chain(15, 2, true, seed), 1.0);
        let options = case.options(SolverKind::Krylov);
        let krylov = Krylov::new(Arc::clone(&case.matrix), &options, 100).unwrap();
        assert!(krylov.inverse_norm() >= case.inverse_norm * (1.0 - f64::EPSILON));
        assert!(krylov.inverse_norm() <= 1.01 * case.inverse_norm);
    }
    let not_an_m_matrix = Csr::from_rows(2, [vec![(0, 1.0), (1, 0.5)], vec![(1, 1.0)]]);
    assert_eq!(inverse_norm_from(&not_an_m_matrix, &[1.0, 1.0]), None);
    let improper = Csr::from_rows(2, [vec![(0, 1.0), (1, -1.0)], vec![(0, -1.0), (1, 1.0)]]);
    assert_eq!(inverse_norm_from(&improper, &[1.0, 1.0]), None);
    assert_eq!(inverse_norm_from(&not_an_m_matrix, &[f64::NAN, 1.0]), None);
}

/// Stopped early, at tolerances from coarse to fine, the error is within what was asked for.
#[test]
fn certified_errors_bound_the_exact_ones() {
    for seed in 0..5 {
        let case = Case::new(&chain(30, 3, false, seed), 0.99);
        let b = right_side(30, seed as usize);
        let exact_b: Vec<Rational> = b.iter().map(|&x| exact(x)).collect();
        let v = case.exact.solve(&exact_b).unwrap();
        let rho = case.exact.solve_transposed(&exact_b).unwrap();
        for tolerance in [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12] {
            let options = SolverOptions {
                tolerance,
                ..case.options(SolverKind::Krylov)
            };
            let krylov = Krylov::new(Arc::clone(&case.matrix), &options, 200).unwrap();
            let x = krylov.solve(&b).unwrap();
            let found = x.iter().fold(0.0, |m: f64, x: &f64| m.max(x.abs()));
            assert!(errors(&x, &v, false).0 <= krylov.tolerance() * found);
            let x = krylov.solve_transposed(&b).unwrap();
            let found: f64 = x.iter().map(|x| x.abs()).sum();
            assert!(errors(&x, &rho, true).0 <= krylov.tolerance() * found);
        }
    }
}

#[test]
fn singular_matrices_are_refused_not_answered() {
    let p = Csr::from_rows(3, [vec![(1, 1.0)], vec![(0, 1.0)], vec![]]);
    let matrix = Arc::new(p.identity_minus_scaled(&1.0));
    for &kind in KINDS {
        let options = SolverOptions {
            solver: kind,
            ..SolverOptions::default()
        };
        let answer = Solver::new(Arc::clone(&matrix), &options)
            .and_then(|solver| solver.solve(&[1.0, 0.0, 0.0]));
        assert!(answer.is_err(), "{kind:?} answered {answer:?}");
    }
}

#[cfg(not(feature = "lapack"))]
#[test]
fn lapack_is_refused_in_words_by_a_build_without_it() {
    let options = SolverOptions {
        solver: SolverKind::Lapack,
        ..SolverOptions::default()
    };
    let matrix = Csr::from_rows(1, [vec![(0, 1.0)]]);
    let error = Solver::new(Arc::new(matrix), &options).unwrap_err();
    assert_eq!(
        error,
        exact_mdp::linalg::FactorError::NotBuilt { feature: "lapack" }
    );
    assert_eq!(
        error.to_string(),
        "this build has no `lapack` solver: build with `--features lapack`"
    );
}

fn discounted(p: &Csr<f64>, gamma: f64, inverse_norm: f64) -> Solver {
    let options = SolverOptions {
        inverse_norm: Some(inverse_norm),
        ..SolverOptions::default()
    };
    Solver::new(Arc::new(p.identity_minus_scaled(&gamma)), &options).unwrap()
}

#[test]
fn the_choice_goes_by_size_density_and_fill() {
    let name = |p: &Csr<f64>| discounted(p, 0.9, 10.1).name();
    assert_eq!(name(&chain(30, 2, false, 1)), "dense");
    assert_eq!(name(&chain(200, 100, false, 1)), "dense");
    assert_eq!(name(&chain(200, 2, false, 1)), "sparse");
    let line = Csr::from_rows(1_500, (0..1_500).map(|s| [((s + 1) % 1_500, 1.0)]));
    assert_eq!(name(&line), "sparse");
    let random = chain(1_500, 6, false, 1);
    assert!(Fill::of(&random).unwrap().operations > Fill::of(&line).unwrap().operations);
    assert_eq!(name(&random), "krylov");
    assert_eq!(name(&chain(5_000, 3, false, 1)), "krylov");
}

/// Where the slacks are known too, rows are eliminated without subtraction, unless a slack is
/// negative, or the bound on the inverse says that nothing drowns.
#[test]
fn known_slacks_choose_the_elimination_without_subtraction() {
    let named = |n: usize, slack: f64, inverse_norm: f64| {
        let p = chain(n, 2, false, 1);
        let a = Arc::new(p.identity_minus_scaled(&0.9));
        let options = SolverOptions {
            inverse_norm: Some(inverse_norm),
            ..SolverOptions::default()
        };
        let slacks = vec![slack; n];
        Solver::dominant(a, &slacks, &options).unwrap().name()
    };
    let name = |n: usize, slack: f64| named(n, slack, 10.1);
    assert_eq!(name(30, 0.1), "gth");
    assert_eq!(name(300, 0.1), "gth");
    assert_eq!(name(301, 0.1), "sparse");
    assert_eq!(name(30, -1e-10), "dense");
    assert_eq!(name(2_500, 0.1), "krylov");
    assert_eq!(named(2_500, 0.1, 1e6), "sparse-gth");
}

/// A walk to the right with p, to the left with q: from each place to the next it takes h = 1/p +
/// (q/p) h steps, up to 10¹⁵ in all. Visits are as many, and none is negative.
#[test]
fn small_exits_do_not_drown_in_long_walks() {
    let (n, p, q) = (350, 0.4785, 0.5215);
    let row = |s: usize| {
        let left = (s.max(1) - 1, -q);
        let here = (s, if s == 0 { p } else { 1.0 });
        let right = (s + 1 < n).then_some((s + 1, -p));
        let left = (s > 0).then_some(left);
        left.into_iter().chain([here]).chain(right)
    };
    let matrix = Arc::new(Csr::from_rows(n, (0..n).map(row)));
    let mut slack = vec![0.0; n];
    slack[n - 1] = p;
    let solver = Solver::dominant(matrix, &slack, &SolverOptions::default()).unwrap();
    let step = |h: &mut f64, _| {
        *h = 1.0 / p + q / p * *h;
        Some(*h)
    };
    let steps: f64 = (1..n).scan(1.0 / p, step).sum::<f64>() + 1.0 / p;
    let length = solver.solve(&vec![1.0; n]).unwrap();
    assert!((length[0] / steps - 1.0).abs() <= 1e-12, "{}", length[0]);
    let mut start = vec![0.0; n];
    start[0] = 1.0;
    let visits = solver.solve_transposed(&start).unwrap();
    assert!(visits.iter().all(|&x| x >= 1.0));
    assert!((visits.iter().sum::<f64>() / steps - 1.0).abs() <= 1e-12);
}

/// A walk on a square that drifts away from its only exit: values that the elimination without
/// subtraction has to all digits are not spoilt by refinement, whose residual has fewer.
#[test]
fn values_of_long_walks_on_a_square_are_those_of_fractions() {
    let side = 9;
    let last = side * side - 1;
    for (digits, cost) in [(12, "1"), (14, "1"), (16, "1"), (12, "-1"), (16, "-1")] {
        let mut text = format!(
            "discount: 1\nstates: {}\nactions: 1\ninitial: 0\n",
            last + 2
        );
        text += &format!("terminal: [{}]\ntransitions:\n", last + 1);
        let mut add = |place: usize, next: usize, p: &str| {
            let reward = if place % 7 == 3 { cost } else { "1" };
            text += &format!("  - [{place}, 0, {next}, {p}, {reward}]\n");
        };
        for place in 0..last {
            let (x, y) = (place % side, place / side);
            add(place, place - usize::from(x > 0), "2/5");
            add(place, place - side * usize::from(y > 0), "2/5");
            add(place, place + usize::from(x + 1 < side), "1/10");
            add(place, place + side * usize::from(y + 1 < side), "1/10");
        }
        add(last, last - 1, "2/5");
        add(last, last - side, "2/5");
        add(last, last, &format!("0.1{}", "9".repeat(digits - 1)));
        add(last, last + 1, &format!("1e-{digits}"));
        let model = Model::parse("square.yaml", &text).expect("a model");
        let policy = Policy::uniform(model.space());
        let found = Solved::new(model.mdp::<f64>(), policy.clone()).expect("solved");
        let policy = policy.map(|x: &f64| exact(*x));
        let right = Solved::new(model.mdp::<Rational>(), policy).expect("solved");
        for (x, right) in found.v().iter().zip(right.v()) {
            let right = Field::to_f64(right);
            assert!(
                (x - right).abs() <= 1e-12 * right.abs(),
                "1e-{digits}: {x} {right}"
            );
        }
    }
}

/// With a bound on ‖A⁻¹‖ so large that no residual certifies anything, factors take over, and the
/// name says so.
#[test]
fn a_factorization_takes_over_where_nothing_can_be_certified() {
    let p = chain(2_500, 3, false, 1);
    let solver = discounted(&p, 0.9, 1e30);
    assert_eq!(solver.name(), "krylov");
    let ones = vec![1.0; 2_500];
    let v = solver.solve(&ones).unwrap();
    assert_eq!(solver.name(), "sparse after krylov");
    assert!(v.iter().all(|v| (v - 10.0).abs() < 1e-12));
}

/// From one state of a sparse graph the residual is orthogonal to what comes after it: the plain
/// choice of the shadow residual broke down after three steps.
#[test]
fn the_iteration_starts_from_a_single_state() {
    let p = chain(4_000, 2, false, 9);
    let solver = discounted(&p, 0.99, 101.0);
    let mut start = vec![0.0; 4_000];
    start[0] = 1.0;
    let occupancy = solver.solve_transposed(&start).unwrap();
    assert_eq!(solver.name(), "krylov");
    // every row sums to 1, so that the mass is 1/(1 − γ)
    let mass: f64 = occupancy.iter().sum();
    assert!((mass - 100.0).abs() < 1e-9, "{mass}");
}

/// Dense LU that counts the systems it is given.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

impl Backend for Counting {
    fn factor(&self, system: &System<'_>) -> Result<Box<dyn Factors<f64>>, FactorError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        assert!(system.slack.is_some() && system.inverse_norm.is_some());
        Ok(Box::new(DenseLu::new(&system.matrix)?))
    }
}

/// A backend is a value: it factors once for all that is asked of a solved policy, forward,
/// transposed and with many right-hand sides.
#[test]
fn a_backend_of_ones_own_answers_everything() {
    let model = Model::load(Path::new(crate::ROOT).join("mdps/two-state.yaml")).expect("a model");
    let counting = Arc::new(Counting::default());
    let options = SolverOptions {
        backend: Some(Arc::clone(&counting) as Arc<dyn Backend>),
        ..SolverOptions::default()
    };
    let policy = Policy::random(model.space(), 3);
    let theirs = Solved::by(model.mdp(), policy.clone(), options).expect("solved");
    let ours = Solved::new(model.mdp(), policy).expect("solved");
    assert_eq!(theirs.evaluation().solver, "dense");
    let close = |x: &[f64], y: &[f64]| {
        for (x, y) in x.iter().zip(y) {
            assert!((x - y).abs() <= 1e-12 * y.abs().max(1.0), "{x} {y}");
        }
    };
    close(theirs.v(), ours.v());
    close(theirs.occupancy(), ours.occupancy());
    let (x, y) = (theirs.gradient().expect("∇J"), ours.gradient().expect("∇J"));
    close(x, y);
    let (x, y) = (theirs.hessian().expect("∇²J"), ours.hessian().expect("∇²J"));
    close(x.as_slice(), y.as_slice());
    assert_eq!(counting.0.load(Ordering::Relaxed), 1);
}
