//! Exact kurtoses of the coordinates (theory, 5.8): what a sample variance and the tail of a sample
//! mean depend on.
//!
//! With R = ζ + gR' and X_k = ψ_k(f + hR') + cX'_k all raw moments of one coordinate close under
//! the recursion,
//!
//! ```text
//! E[Rᵃ X_kᵇ] = E_s[Σ C(a,i) ζ^{a−i} gⁱ · C(b,m) cᵐ ψ_k^{b−m} · C(b−m,l) f^{b−m−l} hˡ · E[R'^{i+l} X'_kᵐ]]
//! ```
//!
//! over i ≤ a, m ≤ b, l ≤ b − m, at the discounts gᵃcᵇ. Those of the total return, X = U(R − b) with
//! U = ψ + cU', are sums of E[RᵃUᵇ] up to a = b = 4, which close in the same way. Under importance sampling each factor carries
//! an ω, so that E_s weighs the pairs with π^{a+b}/b^{a+b−1}.

use rayon::prelude::*;

use super::Table;
use super::conditional::{View, each_step, future, own_weight};
use super::doubling::Doubling;
use super::process::{Order, Process, SampledOutcome};
use super::recursion::Recursion;
use super::rows::{Rows, axpy_all};
use super::stepwise::Stepwise;
use crate::error::Error;
use crate::linalg::Solvable;

/// Fourth moments.
const ORDER: usize = 4;
/// Steps from which on the moments of a product are doubled: each takes some 100 numbers a state.
const LONG: usize = 10_000;

/// E[Rᵃ X_kᵇ] for a + b ≤ 4, or for all a, b ≤ 4, by state.
struct Raw<'a, F> {
    /// b = 0: [a][S].
    scalar: Vec<Vec<F>>,
    /// b = 1 .. 4: [b − 1][a][S][d].
    vector: Vec<Vec<Rows<F>>>,
    /// What is subtracted from f in each entry of the scores.
    own: Option<&'a Table<F>>,
}

/// Which moments are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// a + b ≤ 4, those of a sum.
    Sum,
    /// a, b ≤ 4, those of a product.
    Product,
}

impl Reach {
    /// The largest a beside a b.
    fn of(self, b: usize) -> usize {
        match self {
            Reach::Sum => ORDER - b,
            Reach::Product => ORDER,
        }
    }

    /// The kurtosis of X, from E[RᵃXᵇ] of the sum X or from E[RᵃUᵇ] of U, where X = U(R − b).
    pub fn kurtosis<F: Solvable>(
        self,
        recursion: &Recursion<F>,
        started: impl Fn(usize, usize) -> F,
    ) -> F {
        let moment = |n: usize| match self {
            Reach::Sum => started(0, n),
            // top = (−b, 1)
            Reach::Product => (0..=n).fold(F::zero(), |sum, j| {
                sum + started(j, n) * &binomial(n, j) * &power(&recursion.top[0], n - j)
            }),
        };
        standardised([1, 2, 3, 4].map(moment))
    }

    /// (a, b) in the order in which they can be solved.
    pub fn degrees(self) -> impl Iterator<Item = (usize, usize)> {
        (0..=ORDER).flat_map(move |b| (0..=self.of(b)).map(move |a| (a, b)))
    }
}

/// E(X_k − μ)⁴/σ⁴ [d] under ρ₀; 0 where a coordinate has no variance. `None` for a window of steps,
/// and for the total return under importance sampling, whose moments do not close over two numbers.
/// `own` is a baseline for each entry of the scores.
///
/// Errors if a system is singular.
pub(super) fn kurtosis<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    own: Option<&Table<F>>,
) -> Result<Option<Vec<F>>, Error> {
    let reach = if recursion.is_one_sum() {
        Reach::Sum
    } else if recursion.is_total_return() && !process.is_weighted() {
        Reach::Product
    } else {
        return Ok(None);
    };
    let doubles = own.is_none();
    if let Some(known) = doubles
        .then(|| doubled(process, recursion, reach))
        .flatten()
    {
        return Ok(Some(known));
    }
    let in_passes = || Stepwise::new(process, recursion)?.powers(ORDER);
    if let Some(known) = doubles.then(in_passes).flatten() {
        let parameters = 0..process.parameters();
        let of = |k: usize| standardised(std::array::from_fn(|n| known[n][k].clone()));
        return Ok(Some(parameters.map(of).collect()));
    }
    let mut raw = Raw::zero(process, reach);
    raw.own = own;
    let at = |time| View {
        process,
        recursion,
        time,
    };
    match process.horizon() {
        None => {
            for (a, b) in reach.degrees() {
                raw.solve(at(0), a, b)?;
            }
        }
        Some(horizon) => {
            for time in (0..horizon).rev() {
                raw = raw.one_more(at(time), reach);
            }
        }
    }
    let started = |a: usize, b: usize, k: usize| {
        let states = process.initial().iter().enumerate();
        let rows = &raw.vector[b - 1][a];
        states.fold(F::zero(), |sum, (s, p)| sum + rows.row(s)[k].clone() * p)
    };
    let of = |k| reach.kurtosis(recursion, |a, b| started(a, b, k));
    Ok(Some((0..process.parameters()).map(of).collect()))
}

/// E(X_k − μ)⁴/σ⁴ [d] of U(R + β(S₀)), the product of a sum of scores U and a return R, stationary, β \[S\] being a function
/// of the state from which a trajectory starts.
///
/// Errors if a system is singular.
pub(super) fn of_product<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    above: &[F],
) -> Result<Vec<F>, Error> {
    let mut raw = Raw::zero(process, Reach::Product);
    let view = View {
        process,
        recursion,
        time: 0,
    };
    for (a, b) in Reach::Product.degrees() {
        raw.solve(view, a, b)?;
    }
    let moment = |k: usize, n: usize| {
        let mut sum = F::zero();
        for (s, p) in process.initial().iter().enumerate() {
            for j in 0..=n {
                let known = raw.vector[n - 1][j].row(s)[k].clone() * p;
                sum += known * &binomial(n, j) * &power(&above[s], n - j);
            }
        }
        sum
    };
    let of = |k: usize| standardised([1, 2, 3, 4].map(|n| moment(k, n)));
    Ok((0..process.parameters()).map(of).collect())
}

/// m₄ − 4m₃μ + 6m₂μ² − 3μ⁴ over (m₂ − μ²)².
pub(super) fn standardised<F: Solvable>([mean, m2, m3, m4]: [F; 4]) -> F {
    let square = mean.clone() * &mean;
    let variance = m2.clone() - &square;
    if variance <= F::zero() {
        return F::zero();
    }
    let mut central = m4 - m3 * &mean * &F::from_i64(4);
    central += m2 * &square * &F::from_i64(6);
    central -= square.clone() * &square * &F::from_i64(3);
    central / &(variance.clone() * &variance)
}

/// Those of a sum over many steps, by doubling; `None` where stepping costs less.
fn doubled<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    reach: Reach,
) -> Option<Vec<F>> {
    let all: Vec<(usize, usize)> = reach.degrees().collect();
    let doubling = Doubling::new(process, recursion)?;
    if reach == Reach::Product && process.horizon()? < LONG {
        return None;
    }
    let raw = doubling.powers(&all)?;
    Some(of_powers(recursion, reach, &all, &raw))
}

/// From E[RᵃVᵇ] \[degrees\]\[d\].
pub(super) fn of_powers<F: Solvable>(
    recursion: &Recursion<F>,
    reach: Reach,
    degrees: &[(usize, usize)],
    raw: &[Vec<F>],
) -> Vec<F> {
    let parameters = raw.first().map_or(0, Vec::len);
    let moment = |a: usize, b: usize, k: usize| {
        let at = degrees.iter().position(|degree| *degree == (a, b));
        at.map_or_else(F::zero, |at| raw[at][k].clone())
    };
    let of = |k| reach.kurtosis(recursion, |a, b| moment(a, b, k));
    (0..parameters).map(of).collect()
}

fn binomial<F: Solvable>(n: usize, k: usize) -> F {
    const PASCAL: [[i64; 5]; 5] = [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 2, 1, 0, 0],
        [1, 3, 3, 1, 0],
        [1, 4, 6, 4, 1],
    ];
    F::from_i64(PASCAL[n][k])
}

fn power<F: Solvable>(x: &F, n: usize) -> F {
    (0..n).fold(F::one(), |y, _| y * x)
}

/// Numbers of one step: ζ, g, f, h.
struct Terms<F> {
    zeta: F,
    decay: F,
    f: F,
    h: F,
}

impl<F: Solvable> Terms<F> {
    fn new(view: View<F>, state: usize, pair: usize, step: &SampledOutcome<F>) -> Terms<F> {
        let vector = &view.recursion.vectors[0];
        let zero = || (F::zero(), F::zero());
        let scalar = view.recursion.scalars.first();
        let (zeta, decay) = scalar.map_or_else(zero, |scalar| {
            (
                scalar.signal.at(view.time, state, pair, step),
                scalar.decay.clone(),
            )
        });
        Terms {
            zeta,
            decay,
            f: vector.signal.at(view.time, state, pair, step),
            h: future(vector).0,
        }
    }
}

impl<F: Solvable> Raw<'_, F> {
    fn zero(process: &Process<F>, reach: Reach) -> Self {
        let states = process.states();
        let rows = |b: usize| (0..=reach.of(b)).map(|_| Rows::zero(states, process.parameters()));
        Raw {
            scalar: vec![vec![F::zero(); states]; ORDER + 1],
            vector: (1..=ORDER).map(|b| rows(b).collect()).collect(),
            own: None,
        }
    }

    /// The moments with one more step to go, from these; each degree is one thread's.
    fn one_more(&self, view: View<F>, reach: Reach) -> Self {
        let degrees: Vec<(usize, usize)> = reach.degrees().collect();
        let of = |&(a, b): &(usize, usize)| match b {
            0 => (self.power(view, a), None),
            _ => (Vec::new(), Some(self.mixed(view, a, b))),
        };
        let moments: Vec<(Vec<F>, Option<Rows<F>>)> = if view.process.is_large() {
            degrees.par_iter().map(of).collect()
        } else {
            degrees.iter().map(of).collect()
        };
        let mut next = Raw {
            scalar: Vec::new(),
            vector: (0..ORDER).map(|_| Vec::new()).collect(),
            own: self.own,
        };
        for (&(_, b), (scalar, rows)) in degrees.iter().zip(moments) {
            match rows {
                None => next.scalar.push(scalar),
                Some(rows) => next.vector[b - 1].push(rows),
            }
        }
        next
    }

    fn solve(&mut self, view: View<F>, a: usize, b: usize) -> Result<(), Error> {
        let scalar = view.recursion.scalars.first();
        let decay = scalar.map_or_else(F::zero, |scalar| scalar.decay.clone());
        let own = power(&decay, a) * &power(&own_weight(view.recursion, 0), b);
        match b {
            // R⁰ = 1 is known
            0 if a == 0 => {}
            0 => {
                self.scalar[a] = view
                    .process
                    .solve(Order::of(a), &own, self.power(view, a))?
            }
            _ => {
                let constant = self.mixed(view, a, b);
                self.vector[b - 1][a] =
                    view.process.solve_rows(Order::of(a + b), &own, constant)?;
            }
        }
        Ok(())
    }

    /// E[R'ᵃ] at the next state; 1 for a = 0, also where the trajectory has ended.
    fn scalar_at(&self, a: usize, step: &SampledOutcome<F>) -> F {
        match step.next {
            _ if a == 0 => F::one(),
            Some(next) => self.scalar[a][next].clone(),
            None => F::zero(),
        }
    }

    /// E_s[(ζ + gR')ᵃ].
    fn power(&self, view: View<F>, a: usize) -> Vec<F> {
        let mut sums = vec![F::zero(); view.process.states()];
        each_step(view, Order::of(a), |state, pair, weight, step| {
            let terms = Terms::new(view, state, pair, step);
            for i in 0..=a {
                let factor = terms.scalar_factor(a, i) * &self.scalar_at(i, step);
                sums[state] += factor * &weight;
            }
        });
        sums
    }

    /// E_s[(ζ + gR')ᵃ (ψ(f + hR') + cX')ᵇ], rows [S][d], b ≥ 1.
    fn mixed(&self, view: View<F>, a: usize, b: usize) -> Rows<F> {
        let weight_of_next = own_weight(view.recursion, 0);
        let mut rows = Rows::zero(view.process.states(), view.process.parameters());
        each_step(view, Order::of(a + b), |state, pair, weight, step| {
            let terms = Terms::new(view, state, pair, step);
            let own = self
                .own
                .map(|own| &own.at(view.time)[view.process.entries_of(pair)]);
            let row = rows.row_mut(state);
            if let Some(next) = step.next {
                let future = (0..=a).map(|i| {
                    let factor = terms.scalar_factor(a, i) * &power(&weight_of_next, b) * &weight;
                    (factor, self.vector[b - 1][i].row(next))
                });
                let future: Vec<_> = future.filter(|(factor, _)| !factor.is_zero()).collect();
                axpy_all(row, &future);
            }
            for m in 0..b {
                // without h there is no R' in the vector, also where ζ is so large that 0 ζᵃ is no number
                let most = if terms.h.is_zero() { 0 } else { b - m };
                for (i, l) in (0..=a).flat_map(|i| (0..=most).map(move |l| (i, l))) {
                    let mut factor = terms.scalar_factor(a, i) * &weight;
                    factor *= binomial::<F>(b, m) * &power(&weight_of_next, m);
                    factor *= binomial::<F>(b - m, l) * &power(&terms.h, l);
                    if own.is_none() {
                        factor *= power(&terms.f, b - m - l);
                    }
                    if factor.is_zero() {
                        continue;
                    }
                    for (at, (k, psi)) in view.process.score(pair).enumerate() {
                        let mut factor = factor.clone();
                        if let Some(own) = own {
                            factor *= power(&(terms.f.clone() - &own[at]), b - m - l);
                        }
                        let future = match (m, step.next) {
                            (0, _) => self.scalar_at(i + l, step),
                            (_, Some(next)) => self.vector[m - 1][i + l].row(next)[k].clone(),
                            (_, None) => continue,
                        };
                        row[k] += factor * &power(psi, b - m) * &future;
                    }
                }
            }
        });
        rows
    }
}

impl<F: Solvable> Terms<F> {
    /// C(a, i) ζ^{a−i} gⁱ.
    fn scalar_factor(&self, a: usize, i: usize) -> F {
        binomial::<F>(a, i) * &power(&self.zeta, a - i) * &power(&self.decay, i)
    }
}
