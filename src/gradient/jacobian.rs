//! The Jacobian ∂v/∂θ from the Bellman equation on ∇v, exploiting locality.

use nalgebra::DMatrix;

use crate::chain::Chain;
use crate::error::Error;
use crate::linalg::{Csr, Solvable};
use crate::solved::Solved;

impl<F: Solvable> Solved<F> {
    /// What ρ₀ is applied to, differentiated [S, d], in reward per unit of θ: ∇v, ∇v₀ on a horizon,
    /// ∇g for the average reward; rows of terminal states and of states without a value are 0. With one state it is
    /// ∇J:
    ///
    /// ```
    /// use exact_mdp::{arithmetic::Choice, model::Model};
    ///
    /// let text = "discount: 0\nstates: 1\nactions: 2\ninitial: 0\n\
    ///             transitions: {0: {0: 0, 1: 0}}\nrewards: {0: {0: 1}}";
    /// let bandit = Model::parse("bandit", text)?.solve(Choice::Uniform)?;
    /// let jacobian = bandit.jacobian()?;
    /// assert_eq!((jacobian[(0, 0)], jacobian[(0, 1)]), (0.25, -0.25));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where it has no derivative,
    /// [`Error::TooLarge`] where n·d numbers are too many, [`Error::Factor`].
    pub fn jacobian(&self) -> Result<DMatrix<F>, Error> {
        let criterion = self.derivatives();
        criterion.check_differentiable(self, true)?;
        criterion.jacobian(self)
    }
}

/// ∂v/∂θ, shape [S, d], in reward per unit of θ; rows of terminal states and of states without a
/// value are 0.
///
/// ```text
/// ∇v = q∇π + γ p^π ∇v        ∇v = N B,  N = (I − γp^π)⁻¹,  B = q∇π
/// ```
///
/// Row s of B holds only parameters that act in s. A parameter that acts in one state alone has a
/// scaled column of N, so a tabular policy costs one column of N per state, O(n³) together.
/// Errors if a solver did not certify a column, and with [`Error::TooLarge`] where n·d numbers are
/// too many.
pub(super) fn of_values<F: Solvable>(
    chain: &Chain<F>,
    at: &Solved<F>,
) -> Result<DMatrix<F>, Error> {
    let states = at.mdp().states();
    Error::check_size("jacobian", states, at.policy().parameters())?;
    let mut jacobian = vec![F::zero(); states * at.policy().parameters()];
    let columns = columns(&right_side(chain, at));
    solve_columns(chain, &columns, |column, x| {
        for (k, factor) in &column.parameters {
            let target = &mut jacobian[k * states..(k + 1) * states];
            for (target, x) in target.iter_mut().zip(x) {
                *target = x.clone() * factor;
            }
        }
    })?;
    Ok(DMatrix::from_vec(
        states,
        at.policy().parameters(),
        jacobian,
    ))
}

/// B = q∇π, shape [S, d]: row s is Σₐ A(s,a) ∇π(a|s), the same from smaller numbers since
/// Σₐ ∇π = 0; empty for states without a value.
pub(super) fn right_side<F: Solvable>(chain: &Chain<F>, at: &Solved<F>) -> Csr<F> {
    let space = at.mdp().space();
    let derivative = at.policy().derivative();
    let mut matrix = Csr::empty(at.policy().parameters());
    let mut row = Vec::new();
    for state in 0..space.states() {
        if chain.undefined().binary_search(&state).is_err() {
            for pair in space.pairs_of(state) {
                let advantage = &at.evaluation().advantage[pair];
                let entries = derivative.row(pair);
                row.extend(entries.map(|(k, slope)| (k, slope.clone() * advantage)));
            }
        }
        matrix.push_row(&mut row);
    }
    matrix
}

/// A right-hand side b, and the parameters k whose column of B is a multiple of it.
pub(super) struct Column<F> {
    entries: Vec<(usize, F)>,
    /// (k, factor).
    pub parameters: Vec<(usize, F)>,
}

/// The columns of a matrix B [S, d], those with one entry gathered by their row.
pub(super) fn columns<F: Solvable>(b: &Csr<F>) -> Vec<Column<F>> {
    let transposed = b.transposed();
    let mut of_state: Vec<Option<usize>> = vec![None; b.rows()];
    let mut columns: Vec<Column<F>> = Vec::new();
    for k in 0..transposed.rows() {
        let mut entries = transposed.row(k).filter(|(_, x)| !x.is_zero());
        match (entries.next(), entries.next()) {
            (None, _) => {}
            (Some((state, factor)), None) => {
                let at = *of_state[state].get_or_insert_with(|| {
                    columns.push(Column {
                        entries: vec![(state, F::one())],
                        parameters: Vec::new(),
                    });
                    columns.len() - 1
                });
                columns[at].parameters.push((k, factor.clone()));
            }
            _ => {
                let all = transposed.row(k).map(|(state, x)| (state, x.clone()));
                columns.push(Column {
                    entries: all.collect(),
                    parameters: vec![(k, F::one())],
                });
            }
        }
    }
    columns
}

/// Visits x = N b of every column, in order. Where nearly all columns of N are wanted and nothing
/// else, n ≤ 4096 and numbers are rounded, they come from the inverse at once; else in blocks that
/// keep memory at O(n).
pub(super) fn solve_columns<F: Solvable>(
    chain: &Chain<F>,
    columns: &[Column<F>],
    mut visit: impl FnMut(&Column<F>, &[F]),
) -> Result<(), Error> {
    // the inverse takes 128 MiB then
    const WHOLE: usize = 4096;
    let states = chain.dynamics().p().rows();
    let unit = |column: &Column<F>| column.entries.len() == 1;
    let most = 4 * columns.len() > 3 * states && columns.iter().all(unit);
    if most && states <= WHOLE && !F::EXACT {
        let inverse = chain.resolvent().inverse()?;
        for column in columns {
            let state = column.entries[0].0;
            visit(
                column,
                &inverse.as_slice()[state * states..(state + 1) * states],
            );
        }
        return Ok(());
    }
    for (block, right) in right_sides(columns, states) {
        let solved = chain.resolvent().solve_many(right)?;
        let solutions = solved.as_slice().chunks_exact(states.max(1));
        for (column, x) in block.iter().zip(solutions) {
            visit(column, x);
        }
    }
    Ok(())
}

/// Visits of every column, in order, x = N b and what x lacks in its last digits: differences between states are those
/// of both.
pub(super) fn solve_columns_finely<F: Solvable>(
    chain: &Chain<F>,
    columns: &[Column<F>],
    mut visit: impl FnMut(&[F], &[F]),
) -> Result<(), Error> {
    let states = chain.dynamics().p().rows();
    for (_, right) in right_sides(columns, states) {
        let (x, rest) = chain.resolvent().solve_many_finely(right)?;
        for (x, rest) in x.column_iter().zip(rest.column_iter()) {
            visit(x.as_slice(), rest.as_slice());
        }
    }
    Ok(())
}

/// The columns some at a time, and their right sides [S, some].
fn right_sides<F: Solvable>(
    columns: &[Column<F>],
    states: usize,
) -> impl Iterator<Item = (&[Column<F>], DMatrix<F>)> {
    // right sides of n numbers at a time: 2 KiB for each state
    const BLOCK: usize = 256;
    columns.chunks(BLOCK).map(move |block| {
        let mut right = DMatrix::from_element(states, block.len(), F::zero());
        for (i, column) in block.iter().enumerate() {
            for (state, x) in &column.entries {
                right[(*state, i)] = x.clone();
            }
        }
        (block, right)
    })
}
