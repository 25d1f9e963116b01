//! The nearest rewards that make the policy optimal, from outside of its cone.
//!
//! ```text
//! min ‖δ‖   with   s + Cδ ≥ 0,   s = v^π − q^π,  C = (w, −1): each inequality has the reward of its own pair
//! ```
//!
//! In the Euclidean norm δ = Cᵀλ with λ ≥ 0, (s + CCᵀλ) ≥ 0 and λ(s + CCᵀλ) = 0, found by growing and
//! shrinking the set of tight inequalities (Lawson & Hanson 1974). In the max norm the reward of every other
//! pair falls by t, and a linear program in t and the rewards that the policy takes is left: the dual simplex
//! method with Bland's rule. Which inequalities are tight is searched in floating point; the answer and the
//! proof that it is one (multipliers ≥ 0, no inequality violated) are computed in the field.

use std::sync::Arc;

use super::Cone;
use crate::error::Error;
use crate::field::Field;
use crate::linalg::{Csr, Factors, Solvable, SolverOptions};

/// The nearest rewards that make the policy optimal.
#[derive(Clone, Debug)]
pub struct Outside<F> {
    /// The largest change of one reward that is needed.
    pub max_norm: F,
    /// Changes \[SA\], none larger than that.
    pub max_change: Vec<F>,
    /// The sum of the squares of all changes that is needed.
    pub squared: F,
    /// The changes \[SA\] with that sum, the only ones.
    pub change: Vec<F>,
}

/// Most inequalities among which tight ones are looked for; a choice.
const MOST: usize = 500;
/// What counts as 0 beside numbers around 1, in the search and in answers of floating point; a choice.
const SMALL: f64 = 1e-11;

impl<F: Solvable> Cone<F> {
    /// The nearest rewards in the cone, where the present one lies outside; `None` where it does not, where
    /// there are more than 500 inequalities, and where floating point has not found which are tight.
    ///
    /// # Errors
    /// Where a linear system is not solved.
    pub fn outside(&self) -> Result<Option<Outside<F>>, Error> {
        let has_bounds = F::one().certified().is_some();
        if self.holds() != Some(false) || self.others.len() > MOST || has_bounds {
            return Ok(None);
        }
        let Some((squared, change)) = self.nearest()? else {
            return Ok(None);
        };
        // it lies outside: at a distance of 0 floating point has lost the inequality that says so
        let least = self.least()?;
        let least = least.filter(|(t, _)| !t.is_zero() && !squared.is_zero());
        Ok(least.map(|(max_norm, max_change)| Outside {
            max_norm,
            max_change,
            squared,
            change,
        }))
    }

    /// The Euclidean projection: its square and δ.
    fn nearest(&self) -> Result<Option<(F, Vec<F>)>, Error> {
        let products = self.products();
        let Some(tight) = tight(&products, &floats(&self.slack)) else {
            return Ok(None);
        };
        let product = |i: usize, j: usize| {
            let own = if i == j { F::one() } else { F::zero() };
            let (x, y) = (self.weights.row(i), self.weights.row(j));
            x.iter()
                .zip(y.iter())
                .fold(own, |sum, (x, y)| sum + x.clone() * y)
        };
        let rows = tight.iter().map(|&i| {
            let row = tight
                .iter()
                .enumerate()
                .map(|(column, &j)| (column, product(i, j)));
            row.collect::<Vec<_>>()
        });
        let matrix = Csr::from_rows(tight.len(), rows);
        let lacking: Vec<F> = tight.iter().map(|&i| -self.slack[i].clone()).collect();
        let lambda = F::factor(Arc::new(matrix), &SolverOptions::default())?.solve(&lacking)?;
        let mut change = vec![F::zero(); self.pairs()];
        for (&which, lambda) in tight.iter().zip(&lambda) {
            change[self.others[which]] = -lambda.clone();
            for (state, pair) in self.taken.iter().enumerate() {
                if let Some(pair) = *pair {
                    change[pair] += self.weights[(which, state)].clone() * lambda;
                }
            }
        }
        let fits = lambda.iter().all(|x| is_at_least(x, 1.0)) && self.fits(&change);
        let squared = change.iter().fold(F::zero(), |sum, x| sum + x.clone() * x);
        Ok(fits.then_some((squared, change)))
    }

    /// CCᵀ in floating point.
    fn products(&self) -> Vec<Vec<f64>> {
        let weights = self.weights.map(|x| x.to_f64());
        let products = &weights * weights.transpose();
        let row = |i: usize| {
            let row = products.row(i);
            let own = |j: usize| if i == j { 1.0 } else { 0.0 };
            row.iter().enumerate().map(|(j, x)| x + own(j)).collect()
        };
        (0..products.nrows()).map(row).collect()
    }

    /// Whether no inequality is violated after a change of the rewards; in floating point up to the rounding of what it is
    /// summed of, since slacks beside it may be any number of times as large.
    fn fits(&self, change: &[F]) -> bool {
        (0..self.others.len()).all(|which| {
            let row = self.weights.row(which);
            let taken = self.taken.iter().zip(row.iter());
            let gained =
                taken.filter_map(|(pair, weight)| pair.map(|pair| weight.clone() * &change[pair]));
            let own = [
                self.slack[which].clone(),
                -change[self.others[which]].clone(),
            ];
            let (mut sum, mut size) = (F::zero(), 0.0);
            for x in gained.chain(own) {
                size += x.to_f64().abs();
                sum += x;
            }
            F::EXACT && sum >= F::zero() || !F::EXACT && sum.to_f64() >= -SMALL * size
        })
    }

    /// The projection in the max norm: t and δ.
    fn least(&self) -> Result<Option<(F, Vec<F>)>, Error> {
        let states: Vec<usize> = (0..self.taken.len())
            .filter(|&state| self.taken[state].is_some())
            .collect();
        let n = states.len();
        let (constraints, constants) = self.program(&states);
        let written: Vec<Vec<f64>> = constraints.iter().map(|row| floats(row)).collect();
        let Some(tight) = simplex(&written, &floats(&constants), n) else {
            return Ok(None);
        };
        let rows = tight.iter().map(|&row| {
            let row = constraints[row].iter().cloned().enumerate();
            row.collect::<Vec<_>>()
        });
        let matrix = Csr::from_rows(n + 1, rows);
        let factors = F::factor(Arc::new(matrix), &SolverOptions::default())?;
        let lacking: Vec<F> = tight.iter().map(|&row| -constants[row].clone()).collect();
        let point = factors.solve(&lacking)?;
        let mut cost = vec![F::zero(); n + 1];
        cost[n] = F::one();
        let lambda = factors.solve_transposed(&cost)?;
        let t = point[n].clone();
        let mut change = vec![F::zero(); self.pairs()];
        for (&state, y) in states.iter().zip(&point) {
            if let Some(pair) = self.taken[state] {
                change[pair] = y.clone() - &t;
            }
        }
        let others = self.others.iter();
        others.for_each(|&pair| change[pair] = -t.clone());
        let mut within = change.iter().map(|x| t.clone() - x.abs());
        let within = within.all(|rest| is_at_least(&rest, 1.0 + t.to_f64()));
        let fits = within && lambda.iter().all(|x| is_at_least(x, 1.0)) && self.fits(&change);
        Ok(fits.then_some((t, change)))
    }

    /// The linear program in y = δ + t of the pairs that are taken in some states and, last, t: the rows and
    /// constants of constant + row · (y, t) ≥ 0. First y, t ≥ 0, then the inequalities, then y ≤ 2t.
    fn program(&self, states: &[usize]) -> (Vec<Vec<F>>, Vec<F>) {
        let (n, m) = (states.len(), self.others.len());
        let unit = |column: usize, x: F| {
            let mut row = vec![F::zero(); n + 1];
            row[column] = x;
            row
        };
        let inequality = |which: usize| {
            let weights = states.iter().map(|&s| self.weights[(which, s)].clone());
            let mut row: Vec<F> = weights.collect();
            let sum = row.iter().fold(F::zero(), |sum, x| sum + x);
            row.push(F::one() - sum);
            row
        };
        let most = |column: usize| {
            let mut row = unit(column, -F::one());
            row[n] = F::from_i64(2);
            row
        };
        let rows = (0..=n).map(|column| unit(column, F::one()));
        let rows = rows.chain((0..m).map(inequality)).chain((0..n).map(most));
        let nothing = |count: usize| std::iter::repeat_n(F::zero(), count);
        let slack = self.slack.iter().cloned();
        let constants = nothing(n + 1).chain(slack).chain(nothing(n));
        (rows.collect(), constants.collect())
    }
}

/// Whether x ≥ 0; in floating point up to rounding of numbers of some size.
fn is_at_least<F: Field>(x: &F, size: f64) -> bool {
    if F::EXACT {
        *x >= F::zero()
    } else {
        x.to_f64() >= -SMALL * size.max(1.0)
    }
}

fn floats<F: Field>(x: &[F]) -> Vec<f64> {
    x.iter().map(Field::to_f64).collect()
}

/// The inequalities that are tight at the projection, by Lawson & Hanson's method for G = CCᵀ and slacks s.
fn tight(products: &[Vec<f64>], slack: &[f64]) -> Option<Vec<usize>> {
    let mut lambda = vec![0.0; slack.len()];
    let mut tight: Vec<usize> = Vec::new();
    for _ in 0..10 * slack.len() + 10 {
        // each beside what it is summed of: others may have slacks any number of times as large
        let lacks = |i: usize| {
            let gained = || tight.iter().map(|&j| products[i][j] * lambda[j]);
            let size = gained().fold(slack[i].abs(), |size, x| size + x.abs());
            let lack = slack[i] + gained().sum::<f64>();
            (lack < -SMALL * size).then_some((i, lack))
        };
        let others = (0..slack.len()).filter(|i| !tight.contains(i));
        let worst = others.filter_map(lacks).min_by(|x, y| x.1.total_cmp(&y.1));
        let Some((worst, _)) = worst else {
            return Some(tight);
        };
        tight.push(worst);
        loop {
            let found = solve(products, slack, &tight)?;
            let negative = tight.iter().zip(&found).filter(|(_, z)| **z <= 0.0);
            let step = negative
                .map(|(&i, z)| lambda[i] / (lambda[i] - z))
                .reduce(f64::min);
            let part = step.unwrap_or(1.0);
            for (&i, z) in tight.iter().zip(&found) {
                lambda[i] += part * (z - lambda[i]);
            }
            if step.is_none() {
                break;
            }
            let small = SMALL * tight.iter().map(|&i| lambda[i]).fold(0.0, f64::max);
            tight.retain(|&i| lambda[i] > small);
            (0..lambda.len())
                .filter(|i| !tight.contains(i))
                .for_each(|i| lambda[i] = 0.0);
        }
    }
    None
}

/// λ with (s + Gλ) = 0 on some inequalities and λ = 0 on the others.
fn solve(products: &[Vec<f64>], slack: &[f64], tight: &[usize]) -> Option<Vec<f64>> {
    let size = tight.len();
    let matrix = nalgebra::DMatrix::from_fn(size, size, |i, j| products[tight[i]][tight[j]]);
    let right = nalgebra::DVector::from_fn(size, |i, _| -slack[tight[i]]);
    Some(matrix.cholesky()?.solve(&right).as_slice().to_vec())
}

/// The constraints that are tight where the last of n + 1 variables is smallest, each constraint
/// constant + row · x ≥ 0; the first n + 1 say x ≥ 0. The dual simplex method with Bland's rule.
fn simplex(rows: &[Vec<f64>], constants: &[f64], n: usize) -> Option<Vec<usize>> {
    let mut free: Vec<usize> = (0..=n).collect();
    let mut basic: Vec<usize> = (n + 1..rows.len()).collect();
    let mut table: Vec<Vec<f64>> = rows[n + 1..].to_vec();
    let mut values: Vec<f64> = constants[n + 1..].to_vec();
    // what each value has been summed of, beside which it may be rounding
    let mut sizes: Vec<f64> = values.iter().map(|x| x.abs()).collect();
    let mut cost = vec![0.0; n + 1];
    cost[n] = 1.0;
    for _ in 0..50 * rows.len() {
        let negative = (0..basic.len()).filter(|&row| values[row] < -SMALL * sizes[row]);
        let Some(row) = negative.min_by_key(|&row| basic[row]) else {
            return Some(free);
        };
        let rising = (0..=n).filter(|&column| table[row][column] > SMALL);
        let ratio = |column: usize| cost[column] / table[row][column];
        let column = rising.min_by(|&x, &y| {
            let order = ratio(x).total_cmp(&ratio(y));
            order.then(free[x].cmp(&free[y]))
        })?;
        let value = values[row] / table[row][column];
        for (other, size) in sizes.iter_mut().enumerate() {
            *size += (table[other][column] * value).abs();
        }
        sizes[row] = value.abs();
        pivot(&mut table, &mut values, &mut cost, (row, column));
        std::mem::swap(&mut basic[row], &mut free[column]);
    }
    None
}

/// The variable of a column takes the place of that of a row.
fn pivot(
    table: &mut [Vec<f64>],
    values: &mut [f64],
    cost: &mut [f64],
    (row, column): (usize, usize),
) {
    let by = table[row][column];
    let mut new: Vec<f64> = table[row].iter().map(|x| -x / by).collect();
    new[column] = 1.0 / by;
    let value = -values[row] / by;
    let put = |line: &mut [f64]| {
        let times = std::mem::replace(&mut line[column], 0.0);
        line.iter_mut()
            .zip(&new)
            .for_each(|(x, new)| *x += times * new);
        times
    };
    for other in (0..table.len()).filter(|&other| other != row) {
        let times = put(&mut table[other]);
        values[other] += times * value;
    }
    put(cost);
    table[row] = new;
    values[row] = value;
}
