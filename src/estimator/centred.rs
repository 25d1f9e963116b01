//! Covariances as sums of centred squares, where the difference E XXᵀ − E X (E X)ᵀ has no digits left,
//! as near γ = 1 (theory, 5.3, *Centred*).
//!
//! With m = E_s[X] and v = E_s[R] the centred X̃ = X − m and R̃ = R − v follow the same recursion,
//!
//! ```text
//! R̃ = δ + gR̃'        δ = ζ + g v(s') − v(s)
//! X̃ = φ + ψhR̃' + cX̃'  φ = ψα + u,  α = f + h v(s'),  u = c m(s') − m(s)
//! ```
//!
//! where E_s[δ] = 0 = E_s[φ] and nothing centred is correlated with what came before it. So with
//! C = E[R̃²], ỹ = E[R̃X̃] and ρ₂ = ρ₀(I − c²P)⁻¹
//!
//! ```text
//! C = E[δ²] + g² PC        ỹ = E[δφ + g h ψ C'] + g c Pỹ
//! Cov X = Cov_{ρ₀} m + Σ_s ρ₂(s) E_s[φφᵀ + ψψᵀ h²C' + h c (ψ ỹ'ᵀ + ỹ'ψᵀ)]
//! ```
//!
//! v, m and ỹ are large and nearly constant; all that is taken of them are differences between
//! states, to the last digits. φ is squared outcome by outcome, as it stands: ψα and u may cancel, as they do
//! where an estimate is the same whatever happens.
//!
//! A window of n steps has n − 1 sums R⁽ʲ⁾ = ζ + gR'⁽ʲ⁻¹⁾ in the place of one, of which the last is seen:
//!
//! ```text
//! C⁽ⁱʲ⁾ = E[δ⁽ⁱ⁾δ⁽ʲ⁾] + g² PC⁽ⁱ⁻¹ ʲ⁻¹⁾        ỹ⁽ʲ⁾ = E[δ⁽ʲ⁾φ + g h ψ C'⁽ʲ⁻¹ ⁿ⁻¹⁾] + g c Pỹ⁽ʲ⁻¹⁾
//! ```

mod potential;

use self::potential::Potential;
use super::Table;
use super::assembly::Accumulator;
use super::conditional::{future, own_weight};
use super::critic::rounds;
use super::process::{Order, Process, SampledOutcome};
use super::recursion::{Recursion, Scalar, Signal, Vector};
use super::rows::{Rows, axpy, axpy_sparse};
use crate::error::Error;
use crate::linalg::Solvable;
use crate::number::Number;

/// Relative errors of variances above this are worth another way; a choice.
const LOST: f64 = 1e-13;
/// The same of what the terms of a return less a baseline, which may cancel before they are squared, can do; a
/// choice.
const DOUBTFUL: f64 = 1e-10;
/// States × parameters up to which that way is taken; a choice.
const ENTRIES: usize = 20_000_000;
/// Products that outer products of outcomes may take, beyond which there are variances alone: a choice, some ten
/// seconds.
const OUTER_PRODUCTS: f64 = 1e10;
/// Sums of a window up to which their covariances are taken one by one; a choice.
const WINDOW: usize = 64;

/// Whether the difference has lost digits that centred squares would keep: the length of a
/// trajectory, as far as it is discounted, times what the difference cancels.
pub(super) fn pays<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    v: &Table<F>,
    (raw, variance): (&[F], &[F]),
) -> Result<bool, Error> {
    let stationary = process.horizon().is_none() && !process.is_weighted();
    let entries = process.states().saturating_mul(process.parameters());
    let window = recursion.is_window() && recursion.scalars.len() <= WINDOW;
    let closed = recursion.is_one_sum() || window;
    if !rounds::<F>() || !stationary || !closed || entries > ENTRIES {
        return Ok(false);
    }
    let c = own_weight(recursion, 0);
    let visits = process.solve_transposed(Order::First, &c, process.initial().to_vec())?;
    let length: f64 = visits.iter().map(F::to_f64).sum();
    let cancelled = raw.iter().zip(variance).map(|(raw, variance)| {
        let (raw, variance) = (raw.to_f64(), variance.to_f64());
        if raw > 0.0 {
            raw / variance.max(0.0)
        } else {
            0.0
        }
    });
    if cancelled.fold(0.0, f64::max) * length * f64::EPSILON > LOST {
        return Ok(true);
    }
    let terms = terms(process, &visits, largest(v));
    // where returns lie next to a baseline nothing is left of them, be it 0
    let less = matches!(recursion.vectors[0].signal, Signal::RewardLess(_));
    let mut known = terms.iter().zip(raw).zip(variance);
    Ok(known.any(|((terms, raw), variance)| {
        (less || raw.to_f64() > 0.0) && terms * f64::EPSILON > DOUBTFUL * variance.to_f64()
    }))
}

/// max |v|.
pub(super) fn largest<F: Solvable>(v: &Table<F>) -> f64 {
    let sizes = v.at(0).iter().map(|x| x.to_f64().abs());
    sizes.fold(0.0, f64::max)
}

/// Σ ρ Σ π ψ_k² y² \[d\]: the size of the terms of a second moment that returns of the size y enter.
pub(super) fn terms<F: Solvable>(process: &Process<F>, visits: &[F], largest: f64) -> Vec<f64> {
    let weights = process.weights(Order::First);
    let mut squares = vec![0.0; process.parameters()];
    for (state, mass) in visits.iter().enumerate() {
        for pair in process.pairs_of(state) {
            let mass = mass.to_f64() * weights[pair].to_f64();
            for (k, score) in process.score(pair) {
                squares[k] += mass * score.to_f64().powi(2);
            }
        }
    }
    squares.iter().map(|x| x * largest * largest).collect()
}

/// What centring found.
pub(super) struct Centred<F> {
    /// E X \[d\].
    pub mean: Vec<F>,
    /// Cov X.
    pub squares: Accumulator<F>,
    /// The mean squares of the sizes of the terms of what is squared \[d\]: each is known to a few roundings of those.
    pub terms: Vec<f64>,
}

/// Moments of a stationary recursion of one sum, on policy.
///
/// Errors if a system is singular.
pub(super) fn moments<F: Solvable>(
    process: &Process<F>,
    recursion: &Recursion<F>,
    v: &Table<F>,
    full: bool,
) -> Result<Centred<F>, Error> {
    let c = own_weight(recursion, 0);
    let law = CentredSum::new(process, recursion, v)?;
    let slopes = law.slopes();
    let mut mean = vec![F::zero(); process.parameters()];
    let weights = process
        .accurate(Order::First, &c)?
        .solve_transposed(process.initial())?
        .x;
    for (state, weight) in weights.iter().enumerate() {
        axpy(&mut mean, weight, slopes.row(state));
    }
    let m = Potential::solve(process, &c, slopes)?;
    let joint = law.joint(&m, &c)?;
    let square = c.clone() * &c;
    let visits = process.accurate(Order::First, &square)?;
    let visits = visits.solve_transposed(process.initial())?.x;
    let mut found = Centred {
        mean,
        squares: Accumulator::zero(process.parameters(), full),
        terms: vec![0.0; process.parameters()],
    };
    start(process, &m, &mut found.squares);
    for (state, mass) in visits.iter().enumerate().filter(|(_, m)| !m.is_zero()) {
        law.add_state(state, mass, &m, joint.as_ref(), &mut found);
    }
    Ok(found)
}

/// Whether the whole covariance is worth its time: that of an outer product for each outcome.
pub(super) fn is_affordable<F: Solvable>(process: &Process<F>) -> bool {
    let outcomes = (0..process.states()).flat_map(|state| process.pairs_of(state));
    let outcomes: usize = outcomes.map(|pair| process.steps_of(pair).len()).sum();
    outcomes as f64 * (process.parameters() as f64).powi(2) <= OUTER_PRODUCTS
}

/// Cov_{ρ₀} m; what ρ₀ leaves out has ended, with X = 0.
fn start<F: Solvable>(process: &Process<F>, m: &Potential<F>, sum: &mut Accumulator<F>) {
    let started: Vec<usize> = (0..process.states())
        .filter(|&s| !process.initial()[s].is_zero())
        .collect();
    let Some(&first) = started.first() else {
        return;
    };
    let d = process.parameters();
    let risen = |s: usize| {
        let mut row = vec![F::zero(); d];
        m.add_rise(&mut row, &F::one(), first, Some(s));
        row
    };
    let mass = started
        .iter()
        .fold(F::zero(), |sum, &s| sum + &process.initial()[s]);
    let mut mean = vec![F::zero(); d];
    for &s in &started {
        axpy(
            &mut mean,
            &(process.initial()[s].clone() / &mass),
            &risen(s),
        );
    }
    for &s in &started {
        let mut row = risen(s);
        axpy(&mut row, &-F::one(), &mean);
        sum.add_outer(&process.initial()[s], &row, &row);
    }
    let ended = F::one() - &mass;
    // less is the rounding of a sum of probabilities
    if ended.to_f64() > 1e-9 {
        axpy(&mut mean, &F::one(), m.high.row(first));
        sum.add_outer(&(ended * &mass), &mean, &mean);
    }
}

/// A recursion of one sum with the means of its scalars: one that follows itself, or those of a window.
struct CentredSum<'a, F: Solvable> {
    process: &'a Process<F>,
    vector: &'a Vector<F>,
    scalars: &'a [Scalar<F>],
    v: &'a Table<F>,
    /// E_s[R⁽ʲ⁾] of a sum of residuals \[n − 1\]\[S\]; that of the return is v.
    residual: Vec<Vec<F>>,
    /// C⁽ʲ ⁿ⁻¹⁾ \[n − 1\]\[S\], with the sum that is seen.
    square: Vec<Vec<F>>,
    /// The same of the sizes of the terms of δ: what C' is known to a few roundings of.
    open: Vec<Vec<f64>>,
}

impl<'a, F: Solvable> CentredSum<'a, F> {
    fn new(
        process: &'a Process<F>,
        recursion: &'a Recursion<F>,
        v: &'a Table<F>,
    ) -> Result<CentredSum<'a, F>, Error> {
        let scalars = recursion.scalars.as_slice();
        let zero = vec![vec![F::zero(); process.states()]; scalars.len()];
        let mut law = CentredSum {
            process,
            vector: &recursion.vectors[0],
            scalars,
            v,
            residual: zero.clone(),
            square: zero,
            open: Vec::new(),
        };
        for j in 0..scalars.len() {
            law.residual[j] = law.mean(j)?;
        }
        for j in 0..scalars.len() {
            law.square[j] = law.covariance(j, |i, k, state, pair, step| {
                let other = law.innovation(k, state, pair, step);
                law.innovation(i, state, pair, step) * &other
            })?;
            let open = law.covariance(j, |i, k, state, pair, step| {
                let size = |j| law.size_of_innovation(j, state, pair, step);
                F::from_number(&Number::from_f64(size(i) * size(k)).unwrap_or(Number::ZERO))
            })?;
            law.open.push(open.iter().map(F::to_f64).collect());
        }
        Ok(law)
    }

    /// E_s[R⁽ʲ⁾] \[S\] of a sum of residuals, given those before it.
    fn mean(&self, j: usize) -> Result<Vec<F>, Error> {
        let (process, scalar) = (self.process, &self.scalars[j]);
        let of_v = matches!(&scalar.signal, Signal::Residual { critic, .. } if critic == self.v);
        if of_v || matches!(scalar.signal, Signal::Reward) {
            return Ok(vec![F::zero(); process.states()]);
        }
        let own = self.expectation(|state, pair, step| scalar.signal.at(0, state, pair, step));
        if scalar.source == Some(j) {
            return process.solve_accurately(Order::First, &scalar.decay, own);
        }
        let before = scalar.source.map(|i| self.residual[i].as_slice());
        Ok(self.carried(own, &scalar.decay, before))
    }

    /// C⁽ʲ ⁿ⁻¹⁾ \[S\] of products δ⁽ⁱ⁾δ⁽ᵏ⁾: along the diagonal from its first entry.
    fn covariance(
        &self,
        j: usize,
        product: impl Fn(usize, usize, usize, usize, &SampledOutcome<F>) -> F,
    ) -> Result<Vec<F>, Error> {
        let products = |i: usize, k: usize| {
            self.expectation(|state, pair, step| product(i, k, state, pair, step))
        };
        let decay = &self.scalars[j].decay;
        let square = decay.clone() * decay;
        if self.scalars[j].source == Some(j) {
            let first = Order::First;
            return self
                .process
                .solve_accurately(first, &square, products(j, j));
        }
        let apart = self.scalars.len() - 1 - j;
        let mut found: Option<Vec<F>> = None;
        for i in 0..=j {
            found = Some(self.carried(products(i, i + apart), &square, found.as_deref()));
        }
        Ok(found.unwrap_or_default())
    }

    /// b + cPx \[S\].
    fn carried(&self, mut b: Vec<F>, c: &F, x: Option<&[F]>) -> Vec<F> {
        if let Some(x) = x {
            let after = self.process.p(Order::First).mul(x);
            b.iter_mut().zip(after).for_each(|(b, x)| *b += x * c);
        }
        b
    }

    /// E_s[f] \[S\].
    fn expectation(&self, f: impl Fn(usize, usize, &SampledOutcome<F>) -> F) -> Vec<F> {
        let mut sums = vec![F::zero(); self.process.states()];
        for (state, sum) in sums.iter_mut().enumerate() {
            self.process
                .each_step(Order::First, state, |pair, weight, step| {
                    *sum += weight * &f(state, pair, step);
                });
        }
        sums
    }

    fn after<'x>(&self, x: &'x [F], step: &SampledOutcome<F>) -> F
    where
        F: 'x,
    {
        step.next.map_or_else(F::zero, |next| x[next].clone())
    }

    /// γ v(s') − v(s).
    fn rise(&self, state: usize, step: &SampledOutcome<F>) -> F {
        self.v.change(state, step.next, self.process.discount())
    }

    /// δ⁽ʲ⁾.
    fn innovation(&self, j: usize, state: usize, pair: usize, step: &SampledOutcome<F>) -> F {
        let scalar = &self.scalars[j];
        if matches!(scalar.signal, Signal::Reward) {
            return self.rise(state, step) + &step.reward;
        }
        let own = scalar.signal.at(0, state, pair, step) - &self.residual[j][state];
        match scalar.source {
            None => own,
            Some(i) => own + self.after(&self.residual[i], step) * &scalar.decay,
        }
    }

    /// α.
    fn factor(&self, state: usize, pair: usize, step: &SampledOutcome<F>) -> F {
        let (h, source) = future(self.vector);
        match &self.vector.signal {
            Signal::Reward => self.after(self.v.at(0), step) * &h + &step.reward,
            Signal::RewardLess(b) => {
                let zero = F::zero();
                let rest = |table: &Table<F>| {
                    let rest = table.rest().map(|rest| &rest[state]);
                    rest.unwrap_or(&zero).clone()
                };
                let above = self.v.at(0)[state].clone() - &b.at(0)[state];
                let finely = rest(self.v) - rest(b);
                self.rise(state, step) + &step.reward + above + finely
            }
            own => {
                let own = own.at(0, state, pair, step);
                match source {
                    Some(top) => own + h * &self.after(&self.residual[top], step),
                    None => own,
                }
            }
        }
    }

    /// E_s[ψα], rows [S][d]; of a return E_s[ψ(α − v(s))] and of a function of the pair E_s[ψ(f − f(s, b))],
    /// which are the same since Σₐ πψ = 0, and small where α is not.
    fn slopes(&self) -> Rows<F> {
        let process = self.process;
        let mut rows = Rows::zero(process.states(), process.parameters());
        for state in 0..process.states() {
            process.each_step(Order::First, state, |pair, weight, step| {
                let value = match &self.vector.signal {
                    Signal::Reward | Signal::RewardLess(_) => self.rise(state, step) + &step.reward,
                    Signal::Pair(f) => f.apart(pair, process.pairs_of(state).start),
                    _ => self.factor(state, pair, step),
                };
                let value = weight * &value;
                axpy_sparse(rows.row_mut(state), &value, process.score(pair));
            });
        }
        rows
    }

    /// ỹ; `None` where nothing multiplies R'.
    fn joint(&self, m: &Potential<F>, c: &F) -> Result<Option<Potential<F>>, Error> {
        let (_, Some(_)) = future(self.vector) else {
            return Ok(None);
        };
        let mut joint: Option<Potential<F>> = None;
        for (j, scalar) in self.scalars.iter().enumerate() {
            let rows = self.own_joint(j, m);
            let decay = scalar.decay.clone() * c;
            joint = Some(match scalar.source {
                Some(i) if i == j => Potential::solve(self.process, &decay, rows)?,
                _ => Potential::carried(self.process, &decay, rows, joint.as_ref()),
            });
        }
        Ok(joint)
    }

    /// E_s[δ⁽ʲ⁾φ + g h ψ C'], rows [S][d].
    fn own_joint(&self, j: usize, m: &Potential<F>) -> Rows<F> {
        let (process, scalar, (h, _)) = (self.process, &self.scalars[j], future(self.vector));
        let mut rows = Rows::zero(process.states(), process.parameters());
        for state in 0..process.states() {
            process.each_step(Order::First, state, |pair, weight, step| {
                let delta = self.innovation(j, state, pair, step);
                let mut own = delta.clone() * &self.factor(state, pair, step);
                if let Some(i) = scalar.source {
                    own += scalar.decay.clone() * &h * &self.after(&self.square[i], step);
                }
                let row = rows.row_mut(state);
                axpy_sparse(row, &(weight.clone() * &own), process.score(pair));
                m.add_step(row, &(weight * &delta), state, step.next);
            });
        }
        rows
    }

    /// The size of the terms of α, which is known to a few roundings of it.
    fn size_of_factor(&self, state: usize, pair: usize, step: &SampledOutcome<F>) -> f64 {
        let size = |x: &F| x.to_f64().abs();
        let (h, source) = future(self.vector);
        let reward = size(&step.reward);
        match &self.vector.signal {
            Signal::Reward => reward + size(&(self.after(self.v.at(0), step) * &h)),
            Signal::RewardLess(b) => {
                let above = self.v.at(0)[state].clone() - &b.at(0)[state];
                reward + size(&self.rise(state, step)) + size(&above)
            }
            own => {
                let later = source.map(|top| size(&self.after(&self.residual[top], step)));
                let later = later.unwrap_or(0.0) * size(&h);
                own.size(state, pair, step) + later
            }
        }
    }

    /// The same of δ⁽ʲ⁾.
    fn size_of_innovation(
        &self,
        j: usize,
        state: usize,
        pair: usize,
        step: &SampledOutcome<F>,
    ) -> f64 {
        let size = |x: &F| x.to_f64().abs();
        let scalar = &self.scalars[j];
        if matches!(scalar.signal, Signal::Reward) {
            return size(&step.reward) + size(&self.rise(state, step));
        }
        let later = scalar
            .source
            .map(|i| size(&self.after(&self.residual[i], step)));
        let later = later.unwrap_or(0.0) * size(&scalar.decay);
        scalar.signal.size(state, pair, step) + size(&self.residual[j][state]) + later
    }

    /// ρ₂(s) E_s[φφᵀ + ψψᵀh²C' + h c (ψ ỹ'ᵀ + ỹ'ψᵀ)]. Σₐ πψ = 0, so that the level of ỹ does not matter; what
    /// rows lack has ended, with X = 0.
    fn add_state(
        &self,
        state: usize,
        mass: &F,
        m: &Potential<F>,
        joint: Option<&Potential<F>>,
        found: &mut Centred<F>,
    ) {
        let process = self.process;
        let d = process.parameters();
        let (h, source) = future(self.vector);
        let carried = F::from_i64(2) * &h * &m.weight;
        let weights = process.weights(Order::First);
        let taken = |pair: &usize| !weights[*pair].is_zero();
        for pair in process.pairs_of(state).filter(taken) {
            let weight = weights[pair].clone() * mass;
            let mut xi = vec![F::zero(); d];
            let (mut later, mut doubtful) = (F::zero(), 0.0);
            for step in process.steps_of(pair) {
                let mass = weight.clone() * &step.probability;
                let alpha = self.factor(state, pair, step);
                let mut phi = vec![F::zero(); d];
                m.add_step(&mut phi, &F::one(), state, step.next);
                let size = self.size_of_factor(state, pair, step);
                let sizes = m.sizes(&phi, state);
                add_sizes(
                    &mut found.terms,
                    mass.to_f64(),
                    sizes,
                    process.score(pair),
                    size,
                );
                axpy_sparse(&mut phi, &alpha, process.score(pair));
                found.squares.add_square(&mass, &phi);
                if let Some(top) = source {
                    later += self.after(&self.square[top], step) * &step.probability;
                    let open = step.next.map_or(0.0, |next| self.open[top][next]);
                    doubtful += open * step.probability.to_f64();
                }
                if let Some(joint) = joint {
                    let factor = carried.clone() * &step.probability;
                    joint.add_rise(&mut xi, &factor, state, step.next);
                }
            }
            let square = h.clone() * &h;
            axpy_sparse(&mut xi, &(later * &square), process.score(pair));
            found.squares.add_score(&weight, process.score(pair), &xi);
            let doubtful = doubtful * square.to_f64() * weight.to_f64();
            for (k, score) in process.score(pair) {
                found.terms[k] += doubtful * score.to_f64().powi(2);
            }
        }
        let lost = process.lost_of(state);
        if !lost.is_zero() {
            found.squares.add_square(&(lost * mass), m.high.row(state));
        }
    }
}

/// Adds the squares of sizes \[d\] to which a score adds a factor of a size.
fn add_sizes<'a, F: Solvable>(
    terms: &mut [f64],
    mass: f64,
    sizes: Vec<f64>,
    score: impl Iterator<Item = (usize, &'a F)>,
    factor: f64,
) {
    let mut sizes = sizes;
    score.for_each(|(k, psi)| sizes[k] += psi.to_f64().abs() * factor);
    let squares = sizes.iter().map(|size| mass * size * size);
    terms.iter_mut().zip(squares).for_each(|(sum, x)| *sum += x);
}
