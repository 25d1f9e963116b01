//! Plain ascent of a tabular softmax on a small discounted model, in buffers that are made once.
//!
//! ```text
//! A = I − γp^π     v = A⁻¹ r^π     ρ = ρ₀ A⁻¹     ∇J = ρ π (q − v)/τ     θ ← θ + η ∇J
//! ```
//!
//! A is a row diagonally dominant M-matrix, so elimination without pivoting does not grow and is
//! backward stable (Higham 2002, theorem 9.9). The same numbers as the library's evaluation up to
//! rounding, at a cost of a few microseconds a step for a dozen states.

use super::{Advance, Course, Goal, Iterate, Measure, Options, norm};
use crate::error::Error;
use crate::field::dot;
use crate::mdp::{Criterion, Mdp};
use crate::policy::{Parametrization, Policy};

/// Alive states up to which a dense elimination of one's own is the fastest.
const LARGEST: usize = 48;

/// The path, with everything a step needs.
pub(super) struct Kernel<'a> {
    mdp: &'a Mdp,
    goal: Option<&'a Goal>,
    options: &'a Options,
    policy: Policy,
    temperature: f64,
    step: f64,
    /// Pairs of alive state i are `start[i]..start[i + 1]`.
    start: Vec<usize>,
    /// p restricted to alive states, numbered without gaps, times γ.
    row_start: Vec<usize>,
    column: Vec<u32>,
    value: Vec<f64>,
    initial: Vec<f64>,
    theta: Vec<f64>,
    next: Vec<f64>,
    pi: Vec<f64>,
    matrix: Vec<f64>,
    v: Vec<f64>,
    occupancy: Vec<f64>,
    gradient: Vec<f64>,
    /// Whether all but θ belongs to θ.
    is_current: bool,
}

impl<'a> Kernel<'a> {
    /// `None` where the model or the policy is not of this kind.
    pub fn new(
        mdp: &'a Mdp,
        policy: &Policy,
        goal: Option<&'a Goal>,
        options: &'a Options,
        step: f64,
    ) -> Option<Kernel<'a>> {
        let space = mdp.space();
        let alive: Vec<usize> = (0..space.states())
            .filter(|&s| !space.is_terminal(s))
            .collect();
        let (Criterion::Discounted { discount }, Parametrization::Softmax(softmax)) =
            (mdp.criterion(), policy.parametrization())
        else {
            return None;
        };
        if alive.len() > LARGEST || policy.mix().is_some() || space.pairs() > 64 * LARGEST {
            return None;
        }
        let mut start: Vec<usize> = alive.iter().map(|&s| space.pairs_of(s).start).collect();
        start.push(space.pairs());
        let mut row_start = vec![0];
        let (mut column, mut value) = (Vec::new(), Vec::new());
        for pair in 0..space.pairs() {
            for (next, p) in mdp
                .p()
                .row(pair)
                .filter(|(next, _)| !space.is_terminal(*next))
            {
                column.push(space.alive_before(next) as u32);
                value.push(discount * p);
            }
            row_start.push(column.len());
        }
        let n = alive.len();
        Some(Kernel {
            mdp,
            goal,
            options,
            temperature: softmax.temperature,
            step,
            start,
            row_start,
            column,
            value,
            initial: alive.iter().map(|&s| mdp.initial()[s]).collect(),
            theta: policy.theta()?.to_vec(),
            next: Vec::new(),
            pi: vec![0.0; space.pairs()],
            matrix: vec![0.0; n * n],
            v: vec![0.0; n],
            occupancy: vec![0.0; n],
            gradient: vec![0.0; space.pairs()],
            is_current: false,
            policy: policy.clone(),
        })
    }

    fn update(&mut self) {
        if !self.is_current {
            self.softmax();
            self.assemble();
            self.eliminate();
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

    /// I − γp^π, and r^π in place of v.
    fn assemble(&mut self) {
        let n = self.v.len();
        self.matrix.fill(0.0);
        for state in 0..n {
            let row = &mut self.matrix[state * n..(state + 1) * n];
            row[state] = 1.0;
            let mut reward = 0.0;
            for pair in self.start[state]..self.start[state + 1] {
                let pi = self.pi[pair];
                reward += pi * self.mdp.r()[pair];
                for entry in self.row_start[pair]..self.row_start[pair + 1] {
                    row[self.column[entry] as usize] -= pi * self.value[entry];
                }
            }
            self.v[state] = reward;
        }
    }

    /// A = LU in place, L with ones on its diagonal.
    fn eliminate(&mut self) {
        let n = self.v.len();
        for k in 0..n {
            let (above, below) = self.matrix.split_at_mut((k + 1) * n);
            let pivot = &above[k * n..];
            let inverse = 1.0 / pivot[k];
            for row in below.chunks_exact_mut(n) {
                if row[k] == 0.0 {
                    continue;
                }
                let factor = row[k] * inverse;
                row[k] = factor;
                for (x, y) in row[k + 1..].iter_mut().zip(&pivot[k + 1..]) {
                    *x -= factor * y;
                }
            }
        }
    }

    /// v and ρ, from the same factors.
    fn solve(&mut self) {
        let n = self.v.len();
        let row = |k: usize| k * n..(k + 1) * n;
        for k in 1..n {
            let (solved, rest) = self.v.split_at_mut(k);
            rest[0] -= dot(&self.matrix[row(k)][..k], solved);
        }
        for k in (0..n).rev() {
            let (rest, solved) = self.v.split_at_mut(k + 1);
            let pivot = self.matrix[row(k)][k];
            rest[k] = (rest[k] - dot(&self.matrix[row(k)][k + 1..], solved)) / pivot;
        }
        let rho = &mut self.occupancy;
        rho.copy_from_slice(&self.initial);
        for k in 0..n {
            let upper = &self.matrix[row(k)];
            rho[k] /= upper[k];
            let x = rho[k];
            for (y, u) in rho[k + 1..].iter_mut().zip(&upper[k + 1..]) {
                *y -= x * u;
            }
        }
        for k in (1..n).rev() {
            let lower = &self.matrix[row(k)][..k];
            let x = rho[k];
            for (y, l) in rho.iter_mut().zip(lower) {
                *y -= x * l;
            }
        }
    }

    /// ρ(s) π(a|s) A(s, a)/τ.
    fn differentiate(&mut self) {
        for state in 0..self.v.len() {
            let weight = self.occupancy[state].max(0.0) / self.temperature;
            for pair in self.start[state]..self.start[state + 1] {
                let mut advantage = self.mdp.r()[pair] - self.v[state];
                for entry in self.row_start[pair]..self.row_start[pair + 1] {
                    advantage += self.value[entry] * self.v[self.column[entry] as usize];
                }
                self.gradient[pair] = weight * self.pi[pair] * advantage;
            }
        }
    }

    /// The library's own evaluation of the current θ.
    fn iterate(&self) -> Result<Iterate<'a>, Error> {
        let policy = self.policy.with_theta(self.theta.clone())?;
        Iterate::new(self.mdp, policy, &self.options.solver)
    }
}

impl Course for Kernel<'_> {
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

    fn advance(&mut self) -> Result<Advance, Error> {
        self.update();
        self.next.clear();
        let theta = self.theta.iter().zip(&self.gradient);
        self.next.extend(theta.map(|(x, g)| x + self.step * g));
        if !self.next.iter().all(|x| x.is_finite()) {
            return Ok(Advance::Lost);
        }
        std::mem::swap(&mut self.theta, &mut self.next);
        self.is_current = false;
        Ok(Advance::Step(self.step))
    }

    fn finish(self: Box<Self>) -> Result<(Policy, Option<f64>), Error> {
        let at = self.iterate()?;
        let gap_bound = at.gap_bound(self.goal);
        Ok((at.policy, gap_bound))
    }
}
