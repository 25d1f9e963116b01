//! First passage: how likely some states are ever reached, and in how many steps.
//!
//! ```text
//! h(s) = P(T_B < ∞ | S₀ = s)     h = 1 on B,  h = Ph elsewhere (the least solution ≥ 0)
//! m(s) = E[T_B | S₀ = s]         m = 0 on B,  m = 1 + Pm where h = 1
//! ```
//!
//! (Kemeny & Snell 1976, 3.2 and 4.4.) Which states reach B at all, and which reach it surely, the
//! graph decides; what is left is one elimination without subtraction for each of the two.

use super::graph::Graph;
use super::restricted::{Restricted, Subset};
use crate::error::Error;
use crate::linalg::{Csr, Solvable, SolverOptions};

/// Hitting probabilities and expected hitting times of a set of states.
///
/// ```
/// use exact_mdp::chain::Passage;
/// use exact_mdp::linalg::{Csr, SolverOptions};
///
/// // the gambler between ruin (0) and 3 coins
/// let fair = |s: usize| vec![(s - 1, 0.5), (s + 1, 0.5)];
/// let p = Csr::from_rows(4, [vec![(0, 1.0)], fair(1), fair(2), vec![(3, 1.0)]]);
/// let rich = Passage::new(&p, &[3], &SolverOptions::default())?;
/// assert!((rich.probability[1] - 1.0 / 3.0).abs() < 1e-15);
/// assert_eq!(rich.steps[1], None);
/// let over = Passage::new(&p, &[0, 3], &SolverOptions::default())?;
/// assert_eq!(over.steps[1], Some(2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Passage<F> {
    /// h(s) \[S\]: the probability that the set is ever reached; 1 in the set.
    pub probability: Vec<F>,
    /// m(s) \[S\], in steps: 0 in the set, `None` where it may never be reached.
    pub steps: Vec<Option<F>>,
}

impl<F: Solvable> Passage<F> {
    /// The passage from every state to some of them, in a chain P [S, S].
    ///
    /// Errors with [`Error::Length`] unless P is square, with [`Error::Argument`] for a state that it does not have, and if
    /// a system is singular in this field, or an iterative solver gave up.
    pub fn new(p: &Csr<F>, to: &[usize], options: &SolverOptions) -> Result<Passage<F>, Error> {
        let states = p.rows();
        Error::check_length("row of P", states, p.columns())?;
        if let Some(state) = to.iter().find(|&&state| state >= states) {
            return Err(Error::Argument {
                name: "the number of a state",
                found: state.to_string(),
                expected: "that of one of the states, counted from 0",
            });
        }
        let mut within = vec![false; states];
        to.iter().for_each(|&s| within[s] = true);
        let graph = Graph::of_chain(p, &within);
        let backwards = graph.reversed();
        let reaches = backwards.reached(to.iter().copied());
        let lost = (0..states).filter(|&s| !reaches[s]);
        let may_miss = backwards.reached(lost);
        let open = |s: &usize| !within[*s];

        let unsure = (0..states).filter(|s| open(s) && reaches[*s] && may_miss[*s]);
        let mut probability: Vec<F> = (0..states)
            .map(|s| {
                if reaches[s] && !may_miss[s] {
                    F::one()
                } else {
                    F::zero()
                }
            })
            .collect();
        to.iter().for_each(|&s| probability[s] = F::one());
        let zero = vec![F::zero(); states];
        solve(p, unsure.collect(), &zero, &mut probability, options)?;

        let sure: Vec<usize> = (0..states).filter(|s| open(s) && !may_miss[*s]).collect();
        let one = vec![F::one(); states];
        let mut steps = zero;
        solve(p, sure, &one, &mut steps, options)?;
        let steps = steps.into_iter().enumerate();
        Ok(Passage {
            probability,
            steps: steps
                .map(|(s, m)| (within[s] || !may_miss[s]).then_some(m))
                .collect(),
        })
    }

    /// E[T⁺] from a state of the set, in steps: until the set is next reached; `None` where that
    /// may never happen.
    pub(crate) fn return_time(&self, p: &Csr<F>, state: usize) -> Option<F> {
        let mut time = F::one();
        for (next, probability) in p.row(state) {
            time += probability.clone() * self.steps[next].as_ref()?;
        }
        Some(time)
    }
}

/// Solves x = b + Px over some states, x being given on the others.
fn solve<F: Solvable>(
    p: &Csr<F>,
    over: Vec<usize>,
    b: &[F],
    x: &mut [F],
    options: &SolverOptions,
) -> Result<(), Error> {
    if over.is_empty() {
        return Ok(());
    }
    let system = Restricted::new(p, Subset::new(over), options)?;
    let inside = system.solve(&system.right_side(p, b, x))?;
    system.subset().scatter(inside, x);
    Ok(())
}
