//! One centred sum: its innovations, what they multiply, and what a state adds to the covariance (theory, 5.3,
//! *Centred*).

use crate::error::Error;
use crate::estimator::Table;
use crate::estimator::assembly::Accumulator;
use crate::estimator::centred::potential::Potential;
use crate::estimator::conditional::future;
use crate::estimator::process::{Order, Process, SampledOutcome};
use crate::estimator::recursion::{Recursion, Scalar, Signal, Vector};
use crate::estimator::rows::{Rows, axpy_sparse};
use crate::linalg::Solvable;
use crate::number::Number;

/// What centring found.
pub(in crate::estimator) struct Centred<F> {
    /// E X \[d\].
    pub mean: Vec<F>,
    /// Cov X.
    pub squares: Accumulator<F>,
    /// The mean squares of the sizes of the terms of what is squared \[d\]: each is known to a few roundings of those.
    pub terms: Vec<f64>,
}

/// A recursion of one sum with the means of its scalars: one that follows itself, or those of a window.
pub(super) struct CentredSum<'a, F: Solvable> {
    process: &'a Process<F>,
    vector: &'a Vector<F>,
    scalars: &'a [Scalar<F>],
    v: &'a Table<F>,
    /// E_s[R⁽ʲ⁾] of a sum of residuals \[n − 1\]\[S\]; that of the return is v.
    residual: Vec<Vec<F>>,
    /// C⁽ʲ ⁿ⁻¹⁾ \[n − 1\]\[S\], with the sum that is seen.
    square: Vec<Vec<F>>,
    /// C⁽ʲ ⁿ⁻¹⁾ of the sizes of the terms of δ: what C' is known to a few roundings of.
    open: Vec<Vec<f64>>,
}

impl<'a, F: Solvable> CentredSum<'a, F> {
    pub(super) fn new(
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
    pub(super) fn slopes(&self) -> Rows<F> {
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
    pub(super) fn joint(&self, m: &Potential<F>, c: &F) -> Result<Option<Potential<F>>, Error> {
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

    /// The size of the terms of δ⁽ʲ⁾, which is known to a few roundings of it.
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
    pub(super) fn add_state(
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
