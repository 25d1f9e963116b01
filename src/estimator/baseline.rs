//! Baselines that minimise tr Cov of the reward-to-go estimator exactly (theory, 5.7).
//!
//! ```text
//! b*(s) = num(s)/K(s),   K(s) = ρ_{c²}(s) Σₐ π‖ψ‖²
//! num(s) = ρ_{c²}(s) [Σₐ π‖ψ‖² q + c Σₐ π ψ·(px)] + χ(s)·B(s)
//! ```
//!
//! with B = q∇π, x = (I − cP)⁻¹B and χ_k = cγ ρ_{c²} (∂_kP)(I − cγP)⁻¹. Leaving out all but the
//! first term gives the textbook baseline Σ π‖ψ‖²q / Σ π‖ψ‖² (Weaver & Tao 2001; Greensmith,
//! Bartlett & Baxter 2004), which is not optimal for the sum over a trajectory. The best constant is
//! Σ num / Σ K. Over T steps the same with time indices, b_t(s).
//!
//! The variance of one coordinate k is least where ‖ψ‖² is replaced by ψ_k² and each inner product by its
//! k-th term: a sum over the parameters of a state, taken term by term. So each term belongs to a cell, which
//! is a state, or a parameter within a state.

use super::assembly::Accumulator;
use super::conditional::{Conditional, Depth, View};
use super::experiment::Experiment;
use super::moments;
use super::process::{Order, Process};
use super::recursion::Recursion;
use super::rows::{Rows, axpy, axpy_sparse};
use super::{Contribution, Resolved, Table};
use crate::error::Error;
use crate::linalg::Solvable;

/// Numerators, the textbook part of them, and denominators, by time (one row if stationary).
pub(super) struct Terms<F> {
    cells: Cells,
    numerator: Vec<Vec<F>>,
    textbook: Vec<Vec<F>>,
    denominator: Vec<Vec<F>>,
}

/// What the states contribute at one time, before it is weighed by how often they are visited.
struct Local<F> {
    /// Σₐ π‖ψ‖² q \[cells\].
    weighted: Vec<F>,
    /// c Σₐ π ψ·(px) \[cells\].
    later: Vec<F>,
    /// Σₐ π‖ψ‖² \[cells\].
    norm: Vec<F>,
    /// B(s), sparse.
    gain: Vec<Vec<(usize, F)>>,
}

/// Whose variances are minimised apart: those of all parameters of a state together, or of each.
struct Cells {
    /// The parameters of each state whose cells follow one another; `None` where each state is one cell.
    parameters: Option<Vec<Vec<usize>>>,
    /// The first cell of each state.
    first: Vec<usize>,
    /// The state of each cell.
    state_of: Vec<usize>,
}

impl Cells {
    /// A cell for each state.
    fn by_state(states: usize) -> Cells {
        Cells {
            parameters: None,
            first: (0..states).collect(),
            state_of: (0..states).collect(),
        }
    }

    /// A cell for each parameter of each state.
    fn by_parameter<F: Solvable>(process: &Process<F>) -> Cells {
        let (mut first, mut state_of) = (Vec::new(), Vec::new());
        let of = |state: usize| {
            let pairs = process.pairs_of(state);
            let scores = pairs.flat_map(|pair| process.score(pair).map(|(k, _)| k));
            let mut all: Vec<usize> = scores.collect();
            all.sort_unstable();
            all.dedup();
            first.push(state_of.len());
            state_of.resize(state_of.len() + all.len(), state);
            all
        };
        let parameters = (0..process.states()).map(of).collect();
        Cells {
            parameters: Some(parameters),
            first,
            state_of,
        }
    }

    fn count(&self) -> usize {
        self.state_of.len()
    }

    /// In each cell the sum over the cells of its state at all times. A parameter has its own time.
    fn over_times<F: Solvable>(&self, x: Vec<F>, at_once: usize) -> Vec<F> {
        if self.parameters.is_some() || at_once >= x.len() {
            return x;
        }
        let mut sums = vec![F::zero(); at_once];
        for (cell, x) in x.iter().enumerate() {
            sums[cell % at_once] += x;
        }
        (0..x.len())
            .map(|cell| sums[cell % at_once].clone())
            .collect()
    }

    /// The cell of a parameter that a state has.
    fn of(&self, state: usize, parameter: usize) -> usize {
        let within = self.parameters.as_ref().map_or(0, |parameters| {
            parameters[state].partition_point(|&k| k < parameter)
        });
        self.first[state] + within
    }
}

impl<F: Solvable> Terms<F> {
    /// The terms for the weight c. Errors if a system is singular, as for c = 1 on a continuing
    /// task, and with [`Error::OffPolicyBaseline`] under importance sampling.
    pub fn new(experiment: &Experiment<F>, c: &F) -> Result<Terms<F>, Error> {
        Terms::of(
            experiment,
            c,
            Cells::by_state(experiment.process().states()),
        )
    }

    fn of(experiment: &Experiment<F>, c: &F, cells: Cells) -> Result<Terms<F>, Error> {
        let process = experiment.process();
        if process.is_weighted() {
            return Err(Error::OffPolicyBaseline);
        }
        let recursion = Recursion::new(&Resolved {
            weight: c.clone(),
            discount: process.discount().clone(),
            form: Contribution::Return { baseline: None },
        });
        match process.horizon() {
            None => stationary(process, &recursion, c, cells),
            Some(horizon) => over_time(process, &recursion, c, cells, horizon),
        }
    }

    /// b* of each cell, by time over a bounded horizon; 0 where no baseline makes a difference.
    pub fn by_state(&self) -> Table<F> {
        ratios(&self.numerator, &self.denominator)
    }

    /// The best b(s) that is the same at all times: Σₜ num_t(s)/Σₜ K_t(s), since the U_s of all times
    /// are uncorrelated. So many states there are at one time; in a model unrolled in time s@t follow one
    /// another time by time.
    pub fn stationary(&self, at_once: usize) -> Table<F> {
        let total = |rows: &[Vec<F>]| -> Vec<F> {
            let mut sums = vec![F::zero(); rows[0].len()];
            for row in rows {
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            self.cells.over_times(sums, at_once)
        };
        ratios(&[total(&self.numerator)], &[total(&self.denominator)])
    }

    /// The textbook baseline, which ignores that the noise of different times is correlated.
    pub fn textbook(&self) -> Table<F> {
        ratios(&self.textbook, &self.denominator)
    }

    /// The best constant.
    pub fn constant(&self) -> F {
        let total = |rows: &[Vec<F>]| rows.iter().flatten().fold(F::zero(), |sum, x| sum + x);
        ratio(&total(&self.numerator), &total(&self.denominator))
    }

    fn push(&mut self, visits: &[F], local: &Local<F>, chi: &Rows<F>) {
        let cells = &self.cells;
        let weigh = |x: &[F]| -> Vec<F> {
            let both = x.iter().zip(&cells.state_of);
            both.map(|(x, &state)| visits[state].clone() * x).collect()
        };
        let textbook = weigh(&local.weighted);
        let mut numerator = textbook.clone();
        let later = weigh(&local.later);
        numerator.iter_mut().zip(later).for_each(|(n, x)| *n += x);
        for (state, gain) in local.gain.iter().enumerate() {
            for (k, b) in gain {
                numerator[cells.of(state, *k)] += chi.row(state)[*k].clone() * b;
            }
        }
        self.numerator.push(numerator);
        self.textbook.push(textbook);
        self.denominator.push(weigh(&local.norm));
    }

    fn empty(cells: Cells) -> Terms<F> {
        Terms {
            cells,
            numerator: Vec::new(),
            textbook: Vec::new(),
            denominator: Vec::new(),
        }
    }
}

fn ratio<F: Solvable>(numerator: &F, denominator: &F) -> F {
    if denominator.is_zero() {
        F::zero()
    } else {
        numerator.clone() / denominator
    }
}

fn ratios<F: Solvable>(numerators: &[Vec<F>], denominators: &[Vec<F>]) -> Table<F> {
    let row = |(n, d): (&Vec<F>, &Vec<F>)| n.iter().zip(d).map(|(n, d)| ratio(n, d)).collect();
    Table::by_time(numerators.iter().zip(denominators).map(row).collect())
}

/// b* = E[G₀‖U‖²]/E‖U‖² of the total return (Peters & Schaal 2008).
pub(super) fn of_total_return<F: Solvable>(experiment: &Experiment<F>, c: &F) -> Result<F, Error> {
    let process = experiment.process();
    let recursion = Recursion::new(&Resolved {
        weight: c.clone(),
        discount: process.discount().clone(),
        form: Contribution::TotalReturn {
            baseline: F::zero(),
        },
    });
    let (sum, product) = ([F::one(), F::zero()], [F::zero(), F::one()]);
    let trace = |left, right| match moments::second(process, &recursion, left, right, false)? {
        Accumulator::Diagonal(z) => Ok::<F, Error>(z.iter().fold(F::zero(), |sum, x| sum + x)),
        Accumulator::Full(_) => unreachable!("the diagonal was asked for"),
    };
    Ok(ratio(&trace(&product, &sum)?, &trace(&sum, &sum)?))
}

fn stationary<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    c: &F,
    cells: Cells,
) -> Result<Terms<F>, Error> {
    let view = View {
        process,
        recursion,
        time: 0,
    };
    let known = Conditional::stationary(view, Depth::Vectors)?;
    let square = c.clone() * c;
    let visits = process.solve_transposed(Order::First, &square, process.initial().to_vec())?;
    let none = Rows::zero(process.states(), process.parameters());
    let chi = chi_step(process, c, &visits, &none);
    let chi = process.solve_rows_transposed(&(c.clone() * process.discount()), chi)?;
    let local = local(view, &known, c, &cells);
    let mut terms = Terms::empty(cells);
    terms.push(&visits, &local, &chi);
    Ok(terms)
}

fn over_time<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    c: &F,
    cells: Cells,
    horizon: usize,
) -> Result<Terms<F>, Error> {
    let mut locals = Vec::with_capacity(horizon);
    let mut known = Conditional::zero(process, recursion);
    for time in (0..horizon).rev() {
        let view = View {
            process,
            recursion,
            time,
        };
        locals.push(local(view, &known, c, &cells));
        known = known.one_more(view, Depth::Vectors);
    }
    let mut terms = Terms::empty(cells);
    let mut visits = process.initial().to_vec();
    let mut chi = Rows::zero(process.states(), process.parameters());
    let square = c.clone() * c;
    for local in locals.iter().rev() {
        terms.push(&visits, local, &chi);
        chi = chi_step(process, c, &visits, &chi);
        let moved = process.p(Order::First).mul_transposed(&visits);
        visits = moved.into_iter().map(|x| x * &square).collect();
    }
    Ok(terms)
}

/// The sums over actions at one time, `known` being the moments after it.
fn local<F: Solvable>(view: View<F>, known: &Conditional<F>, c: &F, cells: &Cells) -> Local<F> {
    let process = view.process;
    let vector = &view.recursion.vectors[0];
    let zeros = || vec![F::zero(); cells.count()];
    let mut out = Local {
        weighted: zeros(),
        later: zeros(),
        norm: zeros(),
        gain: vec![Vec::new(); process.states()],
    };
    let mut gain = vec![F::zero(); process.parameters()];
    for state in 0..process.states() {
        process.each_step(Order::First, state, |pair, weight, step| {
            let q = known.factor_at(view.time, vector, state, pair, step);
            let x = step.next.map(|next| known.x[0].row(next));
            for (k, psi) in process.score(pair) {
                let (cell, weight) = (cells.of(state, k), weight.clone() * psi);
                let norm = weight.clone() * psi;
                out.weighted[cell] += norm.clone() * &q;
                out.norm[cell] += norm;
                gain[k] += weight.clone() * &q;
                if let Some(x) = x {
                    out.later[cell] += weight * &x[k] * c;
                }
            }
        });
        for pair in process.pairs_of(state) {
            for (k, _) in process.score(pair) {
                let b = std::mem::replace(&mut gain[k], F::zero());
                if !b.is_zero() {
                    out.gain[state].push((k, b));
                }
            }
        }
    }
    out
}

/// The best b_{k,t}(s), or b_k(s) for all times, of each entry ψ_k(s, a) of the scores.
///
/// Errors if a system is singular, as for c = 1 on a continuing task, and with [`Error::OffPolicyBaseline`] under
/// importance sampling.
pub(super) fn by_entry<F: Solvable>(
    experiment: &Experiment<F>,
    c: &F,
    by_time: bool,
) -> Result<Table<F>, Error> {
    let process = experiment.process();
    let terms = Terms::of(experiment, c, Cells::by_parameter(process))?;
    let best = if by_time {
        terms.by_state()
    } else {
        terms.stationary(process.states())
    };
    let mut cells = Vec::new();
    for state in 0..process.states() {
        for pair in process.pairs_of(state) {
            cells.extend(process.score(pair).map(|(k, _)| terms.cells.of(state, k)));
        }
    }
    let rows = best.rows().iter();
    let row = |row: &Vec<F>| cells.iter().map(|&cell| row[cell].clone()).collect();
    Ok(Table::by_time(rows.map(row).collect()))
}

/// cγ [χP + visits ∂P], rows [S][d].
pub(super) fn chi_step<F: Solvable>(
    process: &Process<F>,
    c: &F,
    visits: &[F],
    chi: &Rows<F>,
) -> Rows<F> {
    let factor = c.clone() * process.discount();
    let mut next_chi = Rows::zero(process.states(), process.parameters());
    for (state, mass) in visits.iter().enumerate() {
        process.each_step(Order::First, state, |pair, weight, step| {
            let Some(next) = step.next else { return };
            let weight = weight * &factor;
            axpy(next_chi.row_mut(next), &weight, chi.row(state));
            let weight = weight * mass;
            axpy_sparse(next_chi.row_mut(next), &weight, process.score(pair));
        });
    }
    next_chi
}
