//! I − P restricted to some states from which the others are reached, as factors.

use std::sync::Arc;

use crate::field::UNIT;
use crate::linalg::{
    Csr, FactorError, Factors, GTH_ROWS, Gth, Solvable, SolverKind, SolverOptions,
};

/// Some of the states, increasing.
#[derive(Clone, Debug)]
pub(super) struct Subset(Vec<usize>);

impl Subset {
    /// Some states, in increasing order.
    pub(super) fn new(states: Vec<usize>) -> Subset {
        debug_assert!(states.is_sorted());
        Subset(states)
    }

    fn position(&self, state: usize) -> Option<usize> {
        self.0.binary_search(&state).ok()
    }

    /// The rows and columns of a square matrix that belong to the subset.
    pub(super) fn block<F: Solvable>(&self, p: &Csr<F>) -> Csr<F> {
        let inside = |&s: &usize| {
            let row = p.row(s);
            let row = row.filter_map(|(next, x)| Some((self.position(next)?, x.clone())));
            row.collect::<Vec<_>>()
        };
        Csr::from_rows(self.0.len(), self.0.iter().map(inside))
    }

    /// I − P_UU of a stochastic P, its diagonal the sum of what leads to other states: 1 − P(s|s) has lost the digits of a
    /// small exit.
    fn identity_minus<F: Solvable>(&self, p: &Csr<F>) -> Csr<F> {
        let row = |(i, &s): (usize, &usize)| {
            let mut away = F::zero();
            let mut row = Vec::new();
            for (next, x) in p.row(s).filter(|&(next, _)| next != s) {
                away += x;
                row.extend(self.position(next).map(|j| (j, -x.clone())));
            }
            row.push((i, away));
            row
        };
        Csr::from_rows(self.0.len(), self.0.iter().enumerate().map(row))
    }

    /// The entries of a vector over all states that belong to the subset.
    pub(super) fn gather<F: Clone>(&self, x: &[F]) -> Vec<F> {
        self.0.iter().map(|&s| x[s].clone()).collect()
    }

    /// Writes a vector over the subset into one over all states.
    pub(super) fn scatter<F>(&self, x: Vec<F>, into: &mut [F]) {
        for (&s, x) in self.0.iter().zip(x) {
            into[s] = x;
        }
    }
}

/// (I − P_UU)⁻¹ for a subset U whose complement is reached from each of its states.
pub(super) struct Restricted<F: Solvable> {
    subset: Subset,
    factors: RestrictedFactors<F>,
}

enum RestrictedFactors<F: Solvable> {
    Gth(Gth<F>),
    Solver(F::Factors),
}

impl<F: Solvable> Restricted<F> {
    /// Up to [`GTH_ROWS`] states a floating-point field eliminates densely without subtraction; beyond,
    /// or if a solver was asked for, its own takes over. An exact field always eliminates.
    pub(super) fn new(
        p: &Csr<F>,
        subset: Subset,
        options: &SolverOptions,
    ) -> Result<Restricted<F>, FactorError> {
        let small = subset.0.len() <= GTH_ROWS && options.solver == SolverKind::Auto;
        let factors = if F::EXACT || small {
            if F::EXACT {
                FactorError::check_fractions(subset.0.len())?;
            }
            FactorError::check_dense::<F>(subset.0.len(), 1)?;
            let (a, slack) = dense(p, &subset);
            RestrictedFactors::Gth(Gth::new(a, slack)?)
        } else {
            let matrix = subset.identity_minus(p);
            let slack: Vec<F> = subset.0.iter().map(|&s| leaving(p, &subset, s)).collect();
            RestrictedFactors::Solver(F::factor_dominant(Arc::new(matrix), &slack, options)?)
        };
        Ok(Restricted { subset, factors })
    }

    pub(super) fn subset(&self) -> &Subset {
        &self.subset
    }

    pub(super) fn len(&self) -> usize {
        self.subset.0.len()
    }

    pub(super) fn name(&self) -> &'static str {
        match &self.factors {
            RestrictedFactors::Gth(gth) => gth.name(),
            RestrictedFactors::Solver(solver) => solver.name(),
        }
    }

    pub(super) fn solve(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        match &self.factors {
            RestrictedFactors::Gth(gth) => gth.solve(b),
            RestrictedFactors::Solver(solver) => solver.solve(b),
        }
    }

    pub(super) fn solve_transposed(&self, b: &[F]) -> Result<Vec<F>, FactorError> {
        match &self.factors {
            RestrictedFactors::Gth(gth) => gth.solve_transposed(b),
            RestrictedFactors::Solver(solver) => solver.solve_transposed(b),
        }
    }

    /// ‖(I − P_UU)⁻¹‖∞, the largest row sum of a matrix without negative entries.
    pub(super) fn norm(&self) -> Result<f64, FactorError> {
        let sums = self.solve(&vec![F::one(); self.len()])?;
        Ok(sums.iter().map(|x| x.to_f64()).fold(0.0, f64::max))
    }

    /// Whether solutions may have lost digits to subtraction.
    pub(super) fn subtracts(&self) -> bool {
        match &self.factors {
            RestrictedFactors::Gth(_) => false,
            RestrictedFactors::Solver(solver) => !solver.is_componentwise(),
        }
    }

    /// A bound on ‖b − x (I − P_UU)‖₁ of rows over the subset, rounding included.
    pub(super) fn fault(&self, p: &Csr<F>, x: &[F], b: &[F]) -> f64 {
        let matrix = self.subset.identity_minus(p);
        let mut left: Vec<F> = b.to_vec();
        let mut sizes: Vec<f64> = b.iter().map(|b| b.to_f64().abs()).collect();
        let mut terms = vec![0usize; x.len()];
        for (i, x) in x.iter().enumerate() {
            for (j, a) in matrix.row(i) {
                let term = a.clone() * x;
                sizes[j] += term.to_f64().abs();
                terms[j] += matrix.row(i).len() + 1;
                left[j] -= term;
            }
        }
        let rounding = terms.iter().zip(&sizes);
        let rounding = rounding.map(|(terms, size)| (terms + 16) as f64 * UNIT * size);
        let faults = left.iter().zip(rounding);
        faults
            .map(|(x, rounding)| x.to_f64().abs() + rounding)
            .sum()
    }

    /// b_U + P_UC y_C over the subset, for b and y over all states.
    pub(super) fn right_side(&self, p: &Csr<F>, b: &[F], y: &[F]) -> Vec<F> {
        let row = |&s: &usize| {
            let mut sum = b[s].clone();
            for (next, x) in p.row(s) {
                if self.subset.position(next).is_none() {
                    sum += x.clone() * &y[next];
                }
            }
            sum
        };
        self.subset.0.iter().map(row).collect()
    }
}

/// What leaves the subset from one of its states.
fn leaving<F: Solvable>(p: &Csr<F>, subset: &Subset, state: usize) -> F {
    let out = p
        .row(state)
        .filter(|&(next, _)| subset.position(next).is_none());
    out.fold(F::zero(), |sum, (_, x)| sum + x)
}

/// The entries of P within the subset row by row, and what leaves it: Σ of P over the other
/// columns.
fn dense<F: Solvable>(p: &Csr<F>, subset: &Subset) -> (Vec<F>, Vec<F>) {
    let n = subset.0.len();
    let mut a = vec![F::zero(); n * n];
    let mut slack = vec![F::zero(); n];
    for (i, &s) in subset.0.iter().enumerate() {
        for (next, x) in p.row(s) {
            match subset.position(next) {
                Some(j) => a[i * n + j] = x.clone(),
                None => slack[i] += x,
            }
        }
    }
    (a, slack)
}
