//! What a grid of numbers says about continuous actions (theory, 4.13): the gradient by reparametrising, the
//! deterministic policy gradient as σ → 0, the bias of the smaller of two critics, what squashing forgets.
//!
//! ```
//! use exact_mdp::arithmetic::Choice;
//! use exact_mdp::model::Model;
//!
//! let model = Model::load("mdps/linear-quadratic.yaml")?;
//! let solved = model.solve(Choice::Own)?;
//! let found = solved.reparametrized()?;
//! for (moved, scored) in found.gradient.iter().zip(solved.gradient()?) {
//!     assert!((moved - scored).abs() < 1e-12); // one number by two ways
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod limit;
mod minimum;
mod reparametrized;
mod squashing;

pub use limit::{Approach, DeterministicLimit};
pub use minimum::{MinimumBias, expected_minimum};
pub use reparametrized::{Reparametrized, displaced, summed_by_parts};
pub use squashing::Squashing;

use crate::error::Error;
use crate::field::Field;
use crate::linalg::Solvable;
use crate::mdp::Space;
use crate::number::Number;
use crate::solved::Solved;

/// The actions as numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid<F> {
    /// The number of each named action \[A\].
    pub numbers: Vec<F>,
    /// The pairs of each state, the smallest number first.
    pub order: Vec<Vec<usize>>,
    /// Whether the numbers of every state rise in the order of its actions by equal steps.
    pub is_even: bool,
}

impl<F: Field> Grid<F> {
    /// The numbers that the actions of a space are called by.
    ///
    /// Errors with [`Error::Argument`] where one is called otherwise, and where two names of a state are
    /// one number.
    pub fn new(space: &Space) -> Result<Grid<F>, Error> {
        let numbers = space.action_numbers().map_err(|action| Error::Argument {
            name: "one of the actions",
            found: format!("`{action}`, which is no number"),
            expected: "numbers for actions, as -0.5 or 1/3",
        })?;
        let number = |pair: &usize| &numbers[space.action_of(*pair)];
        let mut order = Vec::with_capacity(space.states());
        let mut is_even = true;
        for state in 0..space.states() {
            let mut pairs: Vec<usize> = space.pairs_of(state).collect();
            pairs.sort_by(|one, other| number(one).cmp(number(other)));
            if let Some(twice) = pairs
                .windows(2)
                .find(|two| number(&two[0]) == number(&two[1]))
            {
                let name = |pair| space.pair_names(pair).1.into_owned();
                return Err(Error::Argument {
                    name: "the numbers of the actions",
                    found: format!("{} and {}, which are one", name(twice[0]), name(twice[1])),
                    expected: "another number for each action of a state",
                });
            }
            is_even &= pairs.is_sorted() && equal_steps(&pairs, &number);
            order.push(pairs);
        }
        Ok(Grid {
            numbers: numbers.iter().map(F::from_number).collect(),
            order,
            is_even,
        })
    }

    /// The number of a pair's action.
    pub fn number(&self, space: &Space, pair: usize) -> &F {
        &self.numbers[space.action_of(pair)]
    }
}

/// Whether all neighbours are as far apart as the first two, as far as their names tell.
fn equal_steps<'a>(pairs: &[usize], number: &impl Fn(&usize) -> &'a Number) -> bool {
    let gap = |two: &[usize]| number(&two[1]).to_f64() - number(&two[0]).to_f64();
    let mut gaps = pairs.windows(2).map(gap);
    let Some(first) = gaps.next() else {
        return true;
    };
    gaps.all(|gap| (gap - first).abs() <= 1e-9 * first)
}

impl<F: Solvable> Solved<F> {
    /// The actions as numbers, for a discounted or a total reward.
    ///
    /// Errors with [`Error::Criterion`] under another one, and with [`Error::Argument`] where an action is called by no
    /// number, or two of a state by the same.
    pub(crate) fn grid(&self) -> Result<Grid<F>, Error> {
        Error::check_resolvent(self.mdp().criterion())?;
        Grid::new(self.mdp().space())
    }
}
