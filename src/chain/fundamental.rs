//! The fundamental matrix of a chain.

use nalgebra::DMatrix;

use super::LongRun;
use crate::error::Error;
use crate::field::{CLOSE, UNIT, as_bound};
use crate::linalg::Solvable;

/// Z = D + P* = I + P D, of D and P* of the same chain (Kemeny & Snell 1960; Puterman 1994, A.5).
///
/// Both sums are the same, and where one is a small difference of large terms the other often is not: on the way to where
/// a chain is absorbed for ever D + P* is 1 − E steps, and of P D every term has one sign. Of each entry that is taken
/// whose terms are smaller.
///
/// # Errors
/// [`Error::Length`] unless D and P* have a row and a column for each state.
pub fn fundamental_matrix<F: Solvable>(
    long_run: &LongRun<F>,
    deviation: &DMatrix<F>,
    limiting: &DMatrix<F>,
) -> Result<DMatrix<F>, Error> {
    let n = long_run.p().rows();
    for matrix in [deviation, limiting] {
        Error::check_length("column of a matrix", n, matrix.nrows())?;
        Error::check_length("row of a matrix", n, matrix.ncols())?;
    }
    let entry = |s, to| entry(long_run, (deviation, limiting), (s, to)).0;
    Ok(DMatrix::from_fn(n, n, entry))
}

/// What rounding may have done to any entry of D and Z, where it may show in the ninth digit of one, from what it may have
/// done to each of D: errors of D add up as D itself does, and each sum is rounded.
pub(crate) fn error_of_both<F: Solvable>(
    long_run: &LongRun<F>,
    (deviation, limiting): (&DMatrix<F>, &DMatrix<F>),
    errors: &DMatrix<f64>,
) -> Option<f64> {
    let (p, n) = (long_run.p(), deviation.nrows());
    let (mut most, mut shows) = (0.0, false);
    let mut tell = |error: f64, x: f64| {
        // a 0 is one by what it stands for
        shows |= x != 0.0 && error > CLOSE * x.abs();
        most = f64::max(most, error);
    };
    for to in 0..n {
        for s in 0..n {
            tell(errors[(s, to)], deviation[(s, to)].to_f64());
            let (found, size, is_ahead) = entry(long_run, (deviation, limiting), (s, to));
            let row = p.row(s);
            let after = || row.map(|(next, p)| p.to_f64() * errors[(next, to)]).sum();
            let own: f64 = if is_ahead { after() } else { errors[(s, to)] };
            let rounded = (p.row(s).len() + 4) as f64 * UNIT * size;
            tell(own + rounded, found.to_f64());
        }
    }
    shows.then(|| as_bound(most))
}

/// An entry of Z, the size of the terms that it is the sum of, and whether those are of I + P D.
fn entry<F: Solvable>(
    long_run: &LongRun<F>,
    (deviation, limiting): (&DMatrix<F>, &DMatrix<F>),
    (s, to): (usize, usize),
) -> (F, f64, bool) {
    let (own, limit) = (&deviation[(s, to)], &limiting[(s, to)]);
    let plain = own.clone() + limit;
    let own_size = own.to_f64().abs() + limit.to_f64().abs();
    if F::EXACT {
        return (plain, own_size, false);
    }
    let mut ahead = if s == to { F::one() } else { F::zero() };
    let mut size = ahead.to_f64();
    for (next, p) in long_run.p().row(s) {
        let term = p.clone() * &deviation[(next, to)];
        size += term.to_f64().abs();
        ahead += term;
    }
    if size < own_size {
        (ahead, size, true)
    } else {
        (plain, own_size, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::SolverOptions;
    use crate::model::Model;
    use crate::policy::Policy;

    /// With ε to b and back at once, Z(a, b) is ε²/(1 + ε)²: μ = (1, ε)/(1 + ε), and D(a, b) = −ε/(1 + ε)² beside P*. What is left
    /// of both has three digits, and a bound, which holds.
    #[test]
    fn what_cancels_beside_the_limit_is_bounded() {
        let text = "discount: 1/2\nstates: [a, b]\nactions: [x]\ninitial: b\ntransitions: [[a, x, b, 1/1000000000000, 0], [a, x, a, 999999999999/1000000000000, 0], [b, x, a, 1, 0]]\n";
        let model = Model::parse("chain", text).expect("a valid model");
        let (mdp, options) = (model.mdp::<f64>(), SolverOptions::default());
        let run = LongRun::new(&mdp, &Policy::uniform(model.space()), &options).expect("solved");
        let (deviation, errors) = run.deviation_with_errors().expect("D");
        let limiting = run.limiting_matrix().expect("P*");
        let found = fundamental_matrix(&run, &deviation, &limiting).expect("Z")[(0, 1)];
        let errors = errors.expect("floating point");
        let told = error_of_both(&run, (&deviation, &limiting), &errors).expect("it shows");
        let right = (1e-12f64 / (1.0 + 1e-12)).powi(2);
        assert!((found - right).abs() <= told, "{found} {told}");
        assert!(told < 1e-9, "{told}");
    }
}
