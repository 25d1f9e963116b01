//! Exact arithmetic: elimination over fractions against p-adic lifting, on random sparse chains with
//! probabilities in thousandths at γ = 99/100; and whole answers for garnets of four actions and
//! three successors in tenths, over fractions and certified over balls. `cargo bench --bench exact`

use std::sync::Arc;

use exact_mdp::arithmetic::Arithmetic;
use exact_mdp::control::ControlOptions;
use exact_mdp::error::Error;
use exact_mdp::field::{Ball, Field};
use exact_mdp::gradient::{Differentiable, Gradient};
use exact_mdp::linalg::{Csr, ExactLu, Factors, RationalFactors};
use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;

fn main() {
    divan::main();
}

fn random() -> impl FnMut(usize) -> usize {
    let mut state = 7u64;
    move |bound: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize % bound
    }
}

/// I − γP with five successors a row.
fn system(n: usize) -> (Csr<Rational>, Vec<Rational>) {
    let mut random = random();
    let thousandths = |p: i64| Number::ratio(p, 1000).map(|x| x.to_rational());
    let rows = (0..n).map(|_| {
        let mut left = 1000;
        let mut row = Vec::new();
        for k in 0..5 {
            let part = if k == 4 {
                left
            } else {
                random(left as usize / 2) as i64
            };
            left -= part;
            row.extend(thousandths(part).map(|p| (random(n), p)));
        }
        row
    });
    let p = Csr::from_rows(n, rows.collect::<Vec<_>>());
    let gamma = Number::ratio(99, 100).map(|x| x.to_rational());
    let b = (0..n).map(|i| Number::from(i as i64 % 10).to_rational());
    (
        p.identity_minus_scaled(&gamma.unwrap_or(Rational::ZERO)),
        b.collect(),
    )
}

#[divan::bench(args = [4, 5, 6, 8, 10, 12, 16, 24, 50], max_time = 2)]
fn elimination(bencher: divan::Bencher, n: usize) {
    let (a, b) = system(n);
    bencher.bench(|| ExactLu::new(&a).and_then(|lu| lu.solve(&b)));
}

#[divan::bench(args = [4, 5, 6, 8, 10, 12, 16, 24, 50, 100, 200, 500], max_time = 2)]
fn lifting(bencher: divan::Bencher, n: usize) {
    let (a, b) = system(n);
    bencher.bench(|| RationalFactors::lifting(&a).map(|lifting| lifting.solve(&b)));
}

/// Four actions, three successors with probabilities in tenths, whole rewards, γ = 9/10.
fn garnet<F: Field>(states: usize) -> Mdp<F> {
    let mut random = random();
    let tenths = |p: usize| Number::ratio(p as i64, 10).map(|p| F::from_number(&p));
    let mut outcomes = OutcomeTable::default();
    for _ in 0..4 * states {
        let first = 1 + random(8);
        let second = 1 + random(9 - first);
        for p in [first, second, 10 - first - second] {
            let reward = F::from_i64(random(11) as i64 - 5);
            outcomes.push(random(states), tenths(p).unwrap_or_else(F::zero), reward);
        }
        outcomes.end_pair();
    }
    let listed = |n: usize| Names::Listed((0..n).map(|i| i.to_string()).collect());
    let sets = (0..states).map(|_| vec![0, 1, 2, 3]);
    let each = F::one() / F::from_i64(states as i64);
    Mdp::new(MdpParts {
        name: "garnet".to_string(),
        space: Arc::new(Space::new(listed(states), listed(4), sets).unwrap()),
        outcomes,
        initial: vec![each; states],
        criterion: Criterion::Discounted {
            discount: tenths(9).unwrap_or_else(F::zero),
        },
    })
    .unwrap()
}

/// v, q, ρ, J and ∇J under the uniform policy.
fn answers<F: Differentiable>(mdp: &Arc<Mdp<F>>) -> Result<Gradient<F>, Error> {
    let policy = Policy::uniform(mdp.space());
    Solved::new(Arc::clone(mdp), policy)?.gradient_by(&[])
}

#[divan::bench(args = [20, 50, 100, 200], max_time = 2)]
fn garnet_exactly(bencher: divan::Bencher, states: usize) {
    let mdp = Arc::new(garnet::<Rational>(states));
    bencher.bench(|| answers(&mdp));
}

#[divan::bench(args = [20, 50, 100, 200], max_time = 2)]
fn garnet_certified(bencher: divan::Bencher, states: usize) {
    let mdp = Arc::new(garnet::<Ball>(states));
    bencher.bench(|| answers(&mdp));
}

#[divan::bench(args = [20, 50, 100, 200], max_time = 2)]
fn garnet_solved_exactly(bencher: divan::Bencher, states: usize) {
    let mdp = Arc::new(garnet::<Rational>(states));
    bencher.bench(|| Rational::optimum_of(&mdp, &ControlOptions::default()));
}
