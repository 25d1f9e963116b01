//! Constrained optima: the largest J₀ over all policies with bounds on other rewards' J (Altman 1999;
//! theory, 7.7).
//!
//! ```text
//! max ρ · r₀    s.t.  Σₐ ρ(s, a) = ρ₀(s) + γ Σ ρ(s̃, ã) p(s|s̃, ã)     σₖ ρ · rₖ ≤ σₖ bₖ     ρ ≥ 0
//! ```
//!
//! with σₖ = 1 for J_k ≤ b_k and −1 for J_k ≥ b_k. The program begins at the optimum without bounds,
//! whose basis, one pair for each state and the slack of each bound, is dual feasible, and goes on by
//! the dual simplex method (Lemke 1954): each pivot solves three systems with the basis, by the solver
//! of the field, so that fractions stay fractions. The smallest index breaks ties (Bland 1977): the
//! method ends.

use std::sync::Arc;

use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Csr, Factors, Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp, Space};
use crate::number::{Number, Rational};
use crate::policy::Policy;

/// A constraint: a bound on the J of a reward.
#[derive(Clone, Debug)]
pub struct Constraint<F> {
    /// r_k(s, a) \[SA\].
    pub r: Vec<F>,
    /// Whether J_k is at least b_k, rather than at most.
    pub at_least: bool,
    /// b_k.
    pub b: F,
}

/// A constrained optimum.
#[derive(Clone, Debug)]
pub struct Constrained<F: Solvable> {
    /// ρ · r₀, which is the largest J₀ within the bounds.
    pub objective: F,
    /// ρ(s, a) \[SA\].
    pub pair_occupancy: Vec<F>,
    /// π(a|s) = ρ(s, a)/ρ(s), random in as many states at most as bounds bind; where ρ is 0, the action that
    /// the Lagrangian takes.
    pub policy: Policy<F>,
    /// v_λ \[S\]: the values of the Lagrangian r₀ − Σ λₖ σₖ rₖ.
    pub values: Vec<F>,
    /// A_λ(s, a) = (r₀ − Σ λₖ σₖ rₖ + γ p v_λ)(s, a) − v_λ(s) \[SA\]: nowhere positive, and 0 where ρ > 0.
    pub advantage: Vec<F>,
    /// One for each bound.
    pub multipliers: Vec<LagrangeMultiplier<F>>,
    /// How many pairs or slacks were exchanged.
    pub pivots: usize,
}

/// What a bound costs.
#[derive(Clone, Debug)]
pub struct LagrangeMultiplier<F> {
    /// λₖ ≥ 0; 0 where the bound does not bind.
    pub lambda: F,
    /// ∂J₀/∂b_k = σₖ λₖ.
    pub sensitivity: F,
    /// ρ · r_k.
    pub j: F,
    /// The bounds b_k between which J₀ is linear in b_k, the others fixed; `None` where it is to infinity.
    pub range: [Option<F>; 2],
}

impl Constrained<Rational> {
    /// This optimum in another field, each number rounded once.
    pub fn rounded<F: Solvable>(&self, space: &Arc<Space>) -> Constrained<F> {
        let one = |x: &Rational| F::from_number(&Number::from(x.clone()));
        let all = |x: &[Rational]| x.iter().map(one).collect::<Vec<F>>();
        let multiplier = |of: &LagrangeMultiplier<Rational>| LagrangeMultiplier {
            lambda: one(&of.lambda),
            sensitivity: one(&of.sensitivity),
            j: one(&of.j),
            range: of.range.each_ref().map(|end| end.as_ref().map(one)),
        };
        Constrained {
            objective: one(&self.objective),
            pair_occupancy: all(&self.pair_occupancy),
            policy: Policy::on_simplex(space, all(self.policy.probabilities())),
            values: all(&self.values),
            advantage: all(&self.advantage),
            multipliers: self.multipliers.iter().map(multiplier).collect(),
            pivots: self.pivots,
        }
    }
}

/// Numbers below this part of the largest are rounding, in floating point; a choice.
const ROUNDING: f64 = 1e-10;

/// The program in the terms of the simplex method: columns are pairs, then the slacks of the bounds.
struct Program<'m, F: Solvable> {
    mdp: &'m Mdp<F>,
    bounds: &'m [Constraint<F>],
    /// Which row each state's flow is; terminal states have none.
    row: Vec<Option<usize>>,
    flows: usize,
    /// The right-hand side [flows + bounds].
    b: Vec<F>,
    options: SolverOptions,
}

/// Solves the program from a deterministic policy that is optimal without the bounds, one pair for each
/// state that is not terminal.
///
/// Errors with [`Error::Criterion`] unless the reward is discounted or total, with [`Error::OtherSpace`] for a policy of
/// another model, with [`Error::Length`] and [`Error::Argument`] unless a bound has a finite reward for each pair, with
/// [`Error::Infeasible`] if no policy keeps the bounds, and with [`Error::Factor`] if a basis is
/// singular.
pub fn constrained<F: Solvable>(
    mdp: &Mdp<F>,
    bounds: &[Constraint<F>],
    optimal: &Policy<F>,
    options: &SolverOptions,
) -> Result<Constrained<F>, Error> {
    if let Criterion::FiniteHorizon { .. } | Criterion::Average = mdp.criterion() {
        return Err(Error::Criterion {
            needed: match mdp.criterion() {
                Criterion::Average => "discounted, total or finite-horizon",
                _ => "discounted or total, or the model unrolled in time",
            },
            found: mdp.criterion().kind(),
        });
    }
    Error::check_space(mdp, optimal)?;
    for bound in bounds {
        Error::check_numbers("reward of a bound", mdp.pairs(), &bound.r)?;
        Error::check_numbers("bound", 1, std::slice::from_ref(&bound.b))?;
    }
    let program = Program::new(mdp, bounds, options);
    let space = mdp.space();
    let alive = (0..space.states()).filter(|&s| !space.is_terminal(s));
    let taken = |state: usize| {
        let mut pairs = space.pairs_of(state);
        pairs
            .find(|&pair| optimal.supports(pair))
            .unwrap_or(space.pairs_of(state).start)
    };
    let slacks = space.pairs()..space.pairs() + bounds.len();
    let mut basis: Vec<usize> = alive.map(taken).chain(slacks).collect();
    let mut pivots = 0;
    loop {
        let factors = program.factored(&basis)?;
        let x = factors.solve_transposed(&program.b)?;
        let duals = factors.solve(&program.costs(&basis))?;
        let Some(leaving) = program.leaving(&basis, &x) else {
            return program.found(&basis, &factors, x, duals, pivots);
        };
        let mut unit = vec![F::zero(); basis.len()];
        unit[leaving] = F::one();
        let ray = factors.solve(&unit)?;
        let entering = program
            .entering(&basis, &duals, &ray)
            .ok_or(Error::Infeasible)?;
        basis[leaving] = entering;
        pivots += 1;
        if pivots > LONGEST {
            return Err(Error::LinearProgram {
                found: format!("no optimum after {LONGEST} exchanges"),
            });
        }
    }
}

/// Most exchanges: rounding may send floating point round in circles; a choice.
const LONGEST: usize = 100_000;

impl<'m, F: Solvable> Program<'m, F> {
    fn new(
        mdp: &'m Mdp<F>,
        bounds: &'m [Constraint<F>],
        options: &SolverOptions,
    ) -> Program<'m, F> {
        let space = mdp.space();
        let (mut row, mut b) = (vec![None; space.states()], Vec::new());
        for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
            row[state] = Some(b.len());
            b.push(mdp.initial()[state].clone());
        }
        let flows = b.len();
        b.extend(bounds.iter().map(|bound| bound.signed(&bound.b)));
        Program {
            mdp,
            bounds,
            row,
            flows,
            b,
            options: options.clone(),
        }
    }

    fn pairs(&self) -> usize {
        self.mdp.pairs()
    }

    /// The entries of a column: a pair leaves its state, gets to others, and counts in each bound.
    fn column(&self, column: usize) -> Vec<(usize, F)> {
        let Some(bound) = column.checked_sub(self.pairs()) else {
            let here = self.row[self.mdp.space().state_of(column)];
            let minus = -self.mdp.discount();
            let next = self.mdp.p().row(column);
            let next = next.filter_map(|(s, p)| Some((self.row[s]?, minus.clone() * p)));
            let mut entries: Vec<(usize, F)> = next.collect();
            match entries.iter_mut().find(|(row, _)| Some(*row) == here) {
                Some((_, x)) => *x += F::one(),
                None => entries.extend(here.map(|row| (row, F::one()))),
            }
            let counts = (self.flows..).zip(self.bounds);
            entries.extend(counts.map(|(row, bound)| (row, bound.signed(&bound.r[column]))));
            entries.retain(|(_, x)| !x.is_zero());
            return entries;
        };
        vec![(self.flows + bound, F::one())]
    }

    /// c of a column: what a pair pays.
    fn cost(&self, column: usize) -> F {
        self.mdp.r().get(column).cloned().unwrap_or_else(F::zero)
    }

    fn costs(&self, basis: &[usize]) -> Vec<F> {
        basis.iter().map(|&column| self.cost(column)).collect()
    }

    /// The factors of Bᵀ, whose rows are the columns of the basis.
    fn factored(&self, basis: &[usize]) -> Result<F::Factors, Error> {
        let rows = basis.iter().map(|&column| self.column(column));
        let matrix = Csr::from_rows(basis.len(), rows);
        Ok(F::factor(matrix, &self.options)?)
    }

    /// The place in the basis of the smallest column below 0: a pair beside the visits of all, a slack beside what
    /// its bound is summed of.
    fn leaving(&self, basis: &[usize], x: &[F]) -> Option<usize> {
        let pairs = || {
            basis
                .iter()
                .zip(x)
                .filter(|(column, _)| **column < self.pairs())
        };
        let visits = rounding(pairs().map(|(_, x)| x));
        let limit = |column: usize| match column.checked_sub(self.pairs()) {
            None => visits,
            Some(k) => {
                let terms = pairs().map(|(&pair, x)| (x.clone() * &self.bounds[k].r[pair]).abs());
                let terms: Vec<F> = terms.collect();
                rounding(terms.iter().chain([&self.bounds[k].b]))
            }
        };
        let below = (0..basis.len()).filter(|&at| x[at] < F::zero());
        let below = below.filter(|&at| F::EXACT || -x[at].to_f64() > limit(basis[at]));
        below.min_by_key(|&at| basis[at])
    }

    /// y · A_j, and the largest of its terms.
    fn product(&self, y: &[F], column: usize) -> (F, f64) {
        let terms = self.column(column).into_iter().map(|(row, x)| x * &y[row]);
        terms.fold((F::zero(), 0.0), |(sum, most), x| {
            let size = x.to_f64().abs();
            (sum + x, f64::max(most, size))
        })
    }

    /// c_j − y · A_j.
    fn reduced(&self, duals: &[F], column: usize) -> F {
        self.cost(column) - self.product(duals, column).0
    }

    /// The column that keeps all reduced costs below 0: the least ratio, the smallest of several.
    fn entering(&self, basis: &[usize], duals: &[F], ray: &[F]) -> Option<usize> {
        let mut is_basic = vec![false; self.pairs() + self.bounds.len()];
        basis.iter().for_each(|&column| is_basic[column] = true);
        let mut best: Option<(F, usize)> = None;
        for column in (0..is_basic.len()).filter(|&column| !is_basic[column]) {
            let (slope, size) = self.product(ray, column);
            let limit = if F::EXACT { 0.0 } else { ROUNDING * size };
            if slope >= F::zero() || slope.to_f64() >= -limit {
                continue;
            }
            let ratio = self.reduced(duals, column) / slope;
            if best.as_ref().is_none_or(|(least, _)| ratio < *least) {
                best = Some((ratio, column));
            }
        }
        best.map(|(_, column)| column)
    }

    fn found(
        &self,
        basis: &[usize],
        factors: &F::Factors,
        x: Vec<F>,
        duals: Vec<F>,
        pivots: usize,
    ) -> Result<Constrained<F>, Error> {
        let mut rho = vec![F::zero(); self.pairs()];
        for (&column, x) in basis.iter().zip(&x) {
            if column < self.pairs() && *x > F::zero() {
                rho[column] = x.clone();
            }
        }
        let mut advantage: Vec<F> = (0..self.pairs()).map(|j| self.reduced(&duals, j)).collect();
        let basic = basis.iter().filter(|&&column| column < self.pairs());
        basic.for_each(|&pair| advantage[pair] = F::zero());
        let multipliers = (0..self.bounds.len()).map(|k| {
            let range = self.range(basis, factors, &x, k)?;
            let bound = &self.bounds[k];
            let lambda = duals[self.flows + k].clone();
            Ok(LagrangeMultiplier {
                sensitivity: bound.signed(&lambda),
                lambda,
                j: dot(&rho, &bound.r),
                range,
            })
        });
        let value = |row: &Option<usize>| row.map_or(F::zero(), |row| duals[row].clone());
        Ok(Constrained {
            objective: dot(&rho, self.mdp.r()),
            policy: self.policy(&rho, &advantage),
            values: self.row.iter().map(value).collect(),
            multipliers: multipliers.collect::<Result<_, Error>>()?,
            advantage,
            pair_occupancy: rho,
            pivots,
        })
    }

    /// How far b_k may go before another basis is optimal.
    fn range(
        &self,
        basis: &[usize],
        factors: &F::Factors,
        x: &[F],
        k: usize,
    ) -> Result<[Option<F>; 2], Error> {
        let mut unit = vec![F::zero(); basis.len()];
        unit[self.flows + k] = self.bounds[k].signed(&F::one());
        let slope = factors.solve_transposed(&unit)?;
        let limit = rounding(slope.iter());
        let [mut down, mut up]: [Option<F>; 2] = [None, None];
        for (x, slope) in x.iter().zip(&slope) {
            if slope.is_zero() || slope.to_f64().abs() <= limit {
                continue;
            }
            let x = if *x < F::zero() { F::zero() } else { x.clone() };
            let step = x / slope.abs();
            let least = if *slope < F::zero() {
                &mut up
            } else {
                &mut down
            };
            if least.as_ref().is_none_or(|least| step < *least) {
                *least = Some(step);
            }
        }
        let b = &self.bounds[k].b;
        Ok([down.map(|t| b.clone() - t), up.map(|t| b.clone() + t)])
    }

    /// π(a|s) = ρ(s, a)/ρ(s); where ρ never gets, the first action of the largest advantage.
    fn policy(&self, rho: &[F], advantage: &[F]) -> Policy<F> {
        let space = self.mdp.space();
        let mut pi = vec![F::zero(); space.pairs()];
        for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
            let pairs = space.pairs_of(state);
            let visits = rho[pairs.clone()].iter().fold(F::zero(), |sum, x| sum + x);
            if visits > F::zero() {
                pairs.for_each(|pair| pi[pair] = rho[pair].clone() / &visits);
                continue;
            }
            let mut best = pairs.start;
            for pair in pairs {
                if advantage[pair] > advantage[best] {
                    best = pair;
                }
            }
            pi[best] = F::one();
        }
        Policy::on_simplex(space, pi)
    }
}

impl<F: Solvable> Constraint<F> {
    /// σₖ x.
    fn signed(&self, x: &F) -> F {
        if self.at_least { -x.clone() } else { x.clone() }
    }
}

/// What is rounding beside these numbers; 0 in an exact field.
fn rounding<'x, F: Solvable>(x: impl Iterator<Item = &'x F>) -> f64 {
    if F::EXACT {
        return 0.0;
    }
    ROUNDING * x.map(|x| x.to_f64().abs()).fold(0.0, f64::max)
}
