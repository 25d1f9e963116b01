//! Exact solves: elimination over fractions against p-adic lifting, on random sparse chains with
//! probabilities in thousandths at γ = 99/100. `cargo bench --bench exact`

use exact_mdp::linalg::{Csr, ExactLu, Factors, RationalFactors};
use exact_mdp::number::{Number, Rational};

fn main() {
    divan::main();
}

/// I − γP with five successors a row.
fn system(n: usize) -> (Csr<Rational>, Vec<Rational>) {
    let mut state = 7u64;
    let mut random = move |bound: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize % bound
    };
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

#[divan::bench(args = [5, 8, 12, 16, 24, 50], max_time = 2)]
fn elimination(bencher: divan::Bencher, n: usize) {
    let (a, b) = system(n);
    bencher.bench(|| ExactLu::new(&a).and_then(|lu| lu.solve(&b)));
}

#[divan::bench(args = [5, 8, 12, 16, 24, 50, 100, 200, 500], max_time = 2)]
fn lifting(bencher: divan::Bencher, n: usize) {
    let (a, b) = system(n);
    bencher.bench(|| RationalFactors::new(&a).and_then(|lu| lu.solve(&b)));
}
