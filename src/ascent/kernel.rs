//! Plain ascent of a tabular softmax on a discounted model of up to a few hundred states, in buffers
//! that are made once.
//!
//! ```text
//! A = I − γp^π     v = A⁻¹ r^π     ρ = ρ₀ A⁻¹     ∇J = ρ π (q − v)/τ     θ ← θ + η ∇J
//! ```
//!
//! A few dozen states are eliminated anew at every step ([`elimination`]), a few hundred are
//! corrected from step to step ([`Refinement`]). The same numbers as the library's evaluation up to
//! rounding, at a cost of a few microseconds a step for a dozen states.

use std::sync::Arc;

use super::iterates::Point;
use super::refinement::{Refinement, Systems};
use super::rows::{add_rows, dot};
use super::{Advance, AscentOptions, Course, GoOn, Goal, Iterate, Measure, elimination};
use crate::error::Error;
use crate::linalg::norm;
use crate::mdp::{Criterion, Mdp};
use crate::policy::{Parametrization, Policy};

/// Alive states up to which a dense elimination of one's own is the fastest; a choice, of which no measurement is
/// kept.
const SMALL: usize = 48;
/// Alive states up to which dense rows of p^π stay near the processor; a choice, of which no measurement is kept.
const LARGEST: usize = 512;
/// The largest relative error of J, about n u/(1 − γ), that elimination of I − γp^π may make; nearer
/// γ = 1 the library's evaluation keeps 1 − γ apart and loses nothing.
const ACCURATE: f64 = 1e-11;
/// Rows with at least one entry in this many are stored whole; a choice, of which no measurement is kept.
const DENSE_ONE_IN: usize = 3;

/// The path, with everything a step needs.
pub(super) struct AscentKernel<'a> {
    mdp: &'a Arc<Mdp>,
    goal: Option<&'a Goal>,
    options: &'a AscentOptions,
    policy: Policy,
    temperature: f64,
    step: f64,
    /// Pairs of alive state i are `start[i]..start[i + 1]`.
    start: Vec<usize>,
    p: Rows,
    initial: Vec<f64>,
    theta: Vec<f64>,
    next: Vec<f64>,
    pi: Vec<f64>,
    /// γp^π [S, S] over alive states.
    matrix: Vec<f64>,
    /// r^π [S].
    r: Vec<f64>,
    v: Vec<f64>,
    occupancy: Vec<f64>,
    gradient: Vec<f64>,
    /// Whether all but θ belongs to θ.
    is_current: bool,
    /// Of earlier steps, above a few dozen states.
    refinement: Option<Refinement>,
}

/// γp(·|s, a) by pairs, among alive states that are numbered without gaps.
enum Rows {
    Sparse {
        start: Vec<usize>,
        column: Vec<u32>,
        value: Vec<f64>,
    },
    Dense(Vec<f64>),
}

impl Rows {
    fn new(mdp: &Mdp, alive: usize) -> Rows {
        let space = mdp.space();
        let (mut start, mut column, mut value) = (vec![0], Vec::new(), Vec::new());
        for pair in 0..space.pairs() {
            let row = mdp.p().row(pair);
            for (next, p) in row.filter(|(next, _)| !space.is_terminal(*next)) {
                column.push(space.alive_before(next) as u32);
                value.push(mdp.discount() * p);
            }
            start.push(column.len());
        }
        if value.len() * DENSE_ONE_IN < space.pairs() * alive {
            return Rows::Sparse {
                start,
                column,
                value,
            };
        }
        let mut rows = vec![0.0; space.pairs() * alive];
        for (row, range) in rows.chunks_exact_mut(alive.max(1)).zip(start.windows(2)) {
            for entry in range[0]..range[1] {
                row[column[entry] as usize] = value[entry];
            }
        }
        Rows::Dense(rows)
    }

    /// out += Σ π(a|s) γp(·|s, a) over the pairs of a state.
    fn add(&self, first: usize, pi: &[f64], out: &mut [f64]) {
        match self {
            Rows::Dense(rows) => {
                let n = out.len();
                add_rows(&rows[first * n..(first + pi.len()) * n], pi, out);
            }
            Rows::Sparse {
                start,
                column,
                value,
            } => {
                for (i, pi) in pi.iter().enumerate() {
                    for entry in start[first + i]..start[first + i + 1] {
                        out[column[entry] as usize] += pi * value[entry];
                    }
                }
            }
        }
    }

    /// Σ γp(s'|s, a) v(s').
    fn expected(&self, pair: usize, v: &[f64]) -> f64 {
        match self {
            Rows::Dense(rows) => dot(&rows[pair * v.len()..(pair + 1) * v.len()], v),
            Rows::Sparse {
                start,
                column,
                value,
            } => {
                let entries = start[pair]..start[pair + 1];
                entries.map(|i| value[i] * v[column[i] as usize]).sum()
            }
        }
    }
}

impl<'a> AscentKernel<'a> {
    /// `None` where the model or the policy is not of this kind.
    pub fn new(
        mdp: &'a Arc<Mdp>,
        policy: &Policy,
        goal: Option<&'a Goal>,
        options: &'a AscentOptions,
        step: f64,
    ) -> Option<AscentKernel<'a>> {
        let space = mdp.space();
        let alive: Vec<usize> = (0..space.states())
            .filter(|&s| !space.is_terminal(s))
            .collect();
        let (Criterion::Discounted { .. }, Parametrization::Softmax(softmax)) =
            (mdp.criterion(), policy.parametrization())
        else {
            return None;
        };
        let n = alive.len();
        let inaccuracy = n as f64 * f64::EPSILON / 2.0 / mdp.discount_complement();
        if inaccuracy > ACCURATE || n > LARGEST || policy.mix().is_some() || space.pairs() > 64 * n
        {
            return None;
        }
        let mut start: Vec<usize> = alive.iter().map(|&s| space.pairs_of(s).start).collect();
        start.push(space.pairs());
        Some(AscentKernel {
            mdp,
            goal,
            options,
            temperature: softmax.temperature,
            step,
            start,
            p: Rows::new(mdp, n),
            initial: alive.iter().map(|&s| mdp.initial()[s]).collect(),
            theta: policy.theta()?.to_vec(),
            next: Vec::new(),
            pi: vec![0.0; space.pairs()],
            matrix: vec![0.0; n * n],
            r: vec![0.0; n],
            v: vec![0.0; n],
            occupancy: vec![0.0; n],
            gradient: vec![0.0; space.pairs()],
            is_current: false,
            refinement: (n > SMALL).then(Refinement::default),
            policy: policy.clone(),
        })
    }

    fn update(&mut self) {
        if !self.is_current {
            self.softmax();
            self.assemble();
            self.solve();
            self.differentiate();
            self.is_current = true;
        }
    }

    fn softmax(&mut self) {
        for range in self.start.windows(2) {
            let theta = &self.theta[range[0]..range[1]];
            let pi = &mut self.pi[range[0]..range[1]];
            let largest = theta.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut total = 0.0;
            for (pi, x) in pi.iter_mut().zip(theta) {
                *pi = ((x - largest) / self.temperature).exp();
                total += *pi;
            }
            pi.iter_mut().for_each(|pi| *pi /= total);
        }
    }

    /// γp^π and r^π.
    fn assemble(&mut self) {
        let n = self.v.len();
        self.matrix.fill(0.0);
        for (state, row) in self.matrix.chunks_exact_mut(n.max(1)).enumerate() {
            let pairs = self.start[state]..self.start[state + 1];
            let pi = &self.pi[pairs.clone()];
            self.r[state] = dot(pi, &self.mdp.r()[pairs.clone()]);
            self.p.add(pairs.start, pi, row);
        }
    }

    /// v and ρ; not numbers where the system has no answer, which ends the path.
    fn solve(&mut self) {
        if let Some(refinement) = &mut self.refinement {
            let systems = Systems {
                matrix: &self.matrix,
                r: &self.r,
                initial: &self.initial,
            };
            let solved = refinement.solve(&systems, &mut self.v, &mut self.occupancy);
            if solved.is_err() {
                self.v.fill(f64::NAN);
            }
        } else {
            self.v.copy_from_slice(&self.r);
            self.occupancy.copy_from_slice(&self.initial);
            elimination::solve(&mut self.matrix, &mut self.v, &mut self.occupancy);
        }
    }

    /// ρ(s) π(a|s) A(s, a)/τ.
    fn differentiate(&mut self) {
        for state in 0..self.v.len() {
            let weight = self.occupancy[state].max(0.0) / self.temperature;
            for pair in self.start[state]..self.start[state + 1] {
                let q = self.mdp.r()[pair] + self.p.expected(pair, &self.v);
                self.gradient[pair] = weight * self.pi[pair] * (q - self.v[state]);
            }
        }
    }

    /// Whether no number overflowed.
    fn has_value(&self) -> bool {
        self.v.iter().chain(&self.gradient).all(|x| x.is_finite())
    }

    /// The library's own evaluation of the current θ.
    fn iterate(&self) -> Result<Iterate, Error> {
        let policy = self.policy.with_theta(self.theta.clone())?;
        Iterate::new(self.mdp, policy, &self.options.solver)
    }
}

impl Course for AscentKernel<'_> {
    fn measure(&mut self, gap: bool) -> Measure {
        self.update();
        let gradient_norm = norm(&self.gradient);
        let bound = || self.iterate().ok()?.gap_bound(self.goal);
        Measure {
            j: dot(&self.initial, &self.v),
            gradient_norm,
            stationarity: gradient_norm,
            gap_bound: gap.then(bound).flatten(),
            smallest: self
                .goal
                .and_then(|goal| goal.smallest_probability(&self.pi)),
        }
    }

    fn point(&self) -> Point {
        let space = self.mdp.space();
        let mut alive = self.v.iter();
        let value = |s: usize| {
            if space.is_terminal(s) {
                0.0
            } else {
                alive.next().copied().unwrap_or_default()
            }
        };
        let v = (0..space.states()).map(value).collect();
        Point {
            theta: self.theta.clone(),
            probabilities: self.pi.clone(),
            v,
        }
    }

    fn advance(&mut self, _: &GoOn) -> Result<Advance, Error> {
        self.update();
        self.next.clear();
        let theta = self.theta.iter().zip(&self.gradient);
        self.next.extend(theta.map(|(x, g)| x + self.step * g));
        if !self.next.iter().all(|x| x.is_finite()) {
            return Ok(Advance::Lost);
        }
        std::mem::swap(&mut self.theta, &mut self.next);
        self.is_current = false;
        self.update();
        if !self.has_value() {
            std::mem::swap(&mut self.theta, &mut self.next);
            self.is_current = false;
            return Ok(Advance::Lost);
        }
        Ok(Advance::Step(self.step))
    }

    fn finish(self: Box<Self>) -> Result<(Policy, Option<f64>), Error> {
        let at = self.iterate()?;
        let gap_bound = at.gap_bound(self.goal);
        Ok((Policy::clone(at.solved.policy()), gap_bound))
    }
}
