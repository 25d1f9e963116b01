//! The eigenvalues of a chain, and how far rounding may have moved each.
//!
//! (Levin, Peres & Wilmer 2009, section 12.1; Golub & Van Loan 2013, chapter 7.)

mod eigenvalue;
mod enclosure;

use nalgebra::DMatrix;

pub use self::eigenvalue::Eigenvalue;
use self::eigenvalue::{falling, root_of_unity};
use self::enclosure::of_matrix;
use super::LongRun;
use super::graph::Graph;
use crate::linalg::Solvable;

/// The eigenvalues of P, the largest modulus first; equal moduli by real and imaginary part.
///
/// Each strongly connected set of states has its own: zeros couple their blocks. Those of modulus 1
/// are known to the last digits, the roots of unity of each recurrent class's period (Perron & Frobenius); so is
/// that of a state which is left for ever. The others are computed by the real Schur form. `None` if
/// its iteration does not converge.
pub fn spectrum<F: Solvable>(long_run: &LongRun<F>) -> Option<Vec<Eigenvalue>> {
    let structure = long_run.structure();
    let mut eigenvalues = Vec::with_capacity(long_run.p().rows());
    for states in transient(long_run) {
        eigenvalues.extend(of_block(long_run, &states)?);
    }
    for class in structure.recurrent() {
        let inner = of_block(long_run, &class.states)?;
        eigenvalues.extend((0..class.period).map(|k| root_of_unity(k, class.period)));
        eigenvalues.extend_from_slice(&inner[class.period..]);
    }
    eigenvalues.sort_by(falling);
    Some(eigenvalues)
}

/// The strongly connected sets of the states that are left for ever.
fn transient<F: Solvable>(long_run: &LongRun<F>) -> Vec<Vec<usize>> {
    let p = long_run.p();
    let components = Graph::of_chain(p, &vec![false; p.rows()]).components();
    let mut sets = vec![Vec::new(); components.count];
    for &state in long_run.structure().transient() {
        sets[components.of[state] as usize].push(state);
    }
    sets.retain(|states| !states.is_empty());
    sets
}

/// The eigenvalues of P within some states, the largest modulus first.
fn of_block<F: Solvable>(long_run: &LongRun<F>, states: &[usize]) -> Option<Vec<Eigenvalue>> {
    let n = states.len();
    of_matrix(DMatrix::from_fn(n, n, |i, j| {
        long_run.p().get(states[i], states[j]).to_f64()
    }))
}
