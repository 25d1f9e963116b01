//! E (q − G)⁺ of every particle, with its slope and their bounds, and from these the gradient.

use super::forward::{ABOVE, BELOW, Particle, Pass, scaled};
use super::remaining::Remaining;
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::{FiniteHorizon, q_of};
use crate::solved::Solved;

/// What rounding may take of a sum, relative to its size.
const ROUNDING: f64 = 1e-14;

/// E (q − x − γᵗG)⁺ around the x of a particle: at a distance d it is `value` + `slope`·d, up to
/// `error` + `open`·|d|.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shortfall {
    /// At the mean of what was paid.
    pub value: f64,
    /// In what was paid.
    pub slope: f64,
    /// Of the value, at most.
    pub error: f64,
    /// The probability that the end is open: between what the slope may be.
    pub open: f64,
}

impl Shortfall {
    fn add(&mut self, weight: f64, other: &Shortfall) {
        self.value += weight * other.value;
        self.slope += weight * other.slope;
        self.error += weight * other.error;
        self.open += weight * other.open;
    }

    fn at(&self, distance: f64) -> Shortfall {
        Shortfall {
            value: self.value + self.slope * distance,
            error: self.error + self.open * distance.abs(),
            ..*self
        }
    }
}

/// E (q − G)⁺ from ρ₀, and what is weighed by ∇π in its gradient.
pub(super) struct Found {
    /// With its slope in what was paid, minus that in q.
    pub shortfall: Shortfall,
    /// ∇E (q − G)⁺ = weights ∇π.
    pub weights: Vec<f64>,
    /// ∇ of the slope is these times ∇π.
    pub slopes: Vec<f64>,
    /// How far each weight is off.
    pub errors: Vec<f64>,
    /// How much each slope may be off.
    pub opens: Vec<f64>,
}

/// The pass backward, at a quantile that is known to an interval.
pub(in crate::returns) struct Backward<'a> {
    at: &'a Solved,
    rest: &'a Remaining,
    pass: &'a Pass,
    /// Where the quantile is.
    quantile: f64,
    /// Between what it is known to be.
    known: (f64, f64),
    /// Mass whose return is below for certain, by the time it was seen and state, times γᵗ.
    linear: Vec<Vec<f64>>,
    /// Mass that is open at the end of the pass, by the time it was seen and state, times γᵗ.
    left: Vec<Vec<f64>>,
    found: Found,
}

impl<'a> Backward<'a> {
    pub(super) fn new(
        at: &'a Solved,
        rest: &'a Remaining,
        pass: &'a Pass,
        (quantile, known): (f64, (f64, f64)),
    ) -> Backward<'a> {
        let (states, pairs) = (at.mdp().states(), at.mdp().pairs());
        let times = at.risks().times();
        let none = || vec![0.0; pairs];
        Backward {
            at,
            rest,
            pass,
            quantile,
            known,
            linear: vec![vec![0.0; states]; times],
            left: vec![vec![0.0; states]; times],
            found: Found {
                shortfall: Shortfall::default(),
                weights: none(),
                slopes: none(),
                errors: none(),
                opens: none(),
            },
        }
    }

    /// Errors as solvers do.
    pub(super) fn run(mut self) -> Result<Found, Error> {
        let last = self.pass.layers.len() - 1;
        let mut later: Vec<Shortfall> = Vec::new();
        for t in (0..=last).rev() {
            let here = &self.pass.layers[t];
            let (mut now, mut moved) = (Vec::with_capacity(here.particles.len()), 0);
            for particle in &here.particles {
                let ends = t == last || self.at.mdp().space().is_terminal(particle.state);
                now.push(if ends {
                    self.end(t, particle)
                } else {
                    self.expected(t, particle, &mut moved, &later)
                });
            }
            later = now;
        }
        for (particle, of) in self.pass.layers[0].particles.iter().zip(&later) {
            self.found.shortfall.add(particle.mass, of);
        }
        self.at.risks().beyond(&mut self)?;
        Ok(self.found)
    }

    /// Where a time stands in the tables.
    fn row(&self, t: usize) -> usize {
        t.min(self.linear.len() - 1)
    }

    /// Of what is below for certain.
    fn below(&mut self, t: usize, state: usize, paid: f64, mass: f64) -> Shortfall {
        let (row, scale) = (self.row(t), self.pass.scales[t]);
        self.linear[row][state] += scale * mass;
        let rest = scale * self.rest.v(t, state);
        // what was paid is a sum of t terms
        let units = (t + 4) as f64 * f64::EPSILON;
        Shortfall {
            value: self.quantile - paid - rest,
            slope: -1.0,
            error: units * (self.quantile.abs() + paid.abs() + rest.abs()),
            open: 0.0,
        }
    }

    /// Of what is followed no further.
    fn end(&mut self, t: usize, x: &Particle) -> Shortfall {
        let scale = self.pass.scales[t];
        let least = x.low + scaled(scale, self.rest.low(t, x.state));
        let most = x.high + scaled(scale, self.rest.high(t, x.state));
        if most <= self.known.0 {
            return self.below(t, x.state, x.paid, x.mass);
        }
        if least >= self.known.1 {
            return Shortfall::default();
        }
        let space = self.at.mdp().space();
        let mean = x.paid + scale * self.rest.v(t, x.state);
        let near = if mean < self.quantile {
            self.below(t, x.state, x.paid, x.mass)
        } else {
            Shortfall::default()
        };
        let row = self.row(t);
        self.left[row][x.state] += scale * x.mass;
        let bend = if space.is_terminal(x.state) {
            0.0
        } else {
            scaled(scale, self.rest.bend(t, x.state))
        };
        Shortfall {
            error: bend + near.error,
            open: 1.0,
            ..near
        }
    }

    /// Over what can follow, and what the particle adds to the weights.
    fn expected(
        &mut self,
        t: usize,
        x: &Particle,
        moved: &mut usize,
        later: &[Shortfall],
    ) -> Shortfall {
        let (mdp, pi) = (self.at.mdp(), self.at.policy().probabilities());
        let (scale, pass) = (self.pass.scales[t], self.pass);
        let pairs = mdp.space().pairs_of(x.state);
        let (mut mean, mut by_pair) = (Shortfall::default(), Vec::with_capacity(pairs.len()));
        for pair in pairs.clone() {
            let mut of_pair = Shortfall::default();
            for o in mdp.outcomes(pair) {
                let paid = x.paid + scale * o.reward;
                let one = match pass.layers[t].arrivals[*moved] {
                    ABOVE => Shortfall::default(),
                    BELOW => {
                        let mass = x.mass * pi[pair] * o.probability;
                        self.below(t + 1, o.next, paid, mass)
                    }
                    place => {
                        let there = &pass.layers[t + 1].particles[place as usize];
                        let mut one = later[place as usize].at(paid - there.paid);
                        one.error += one.slope.abs() * f64::EPSILON * paid.abs();
                        one
                    }
                };
                of_pair.add(*o.probability, &one);
                *moved += 1;
            }
            of_pair.error += self.lacking(pair, t, x) + ROUNDING * of_pair.value.abs();
            mean.add(pi[pair], &of_pair);
            by_pair.push(of_pair);
        }
        for (pair, of) in pairs.zip(by_pair) {
            self.found.weights[pair] += x.mass * (of.value - mean.value);
            self.found.slopes[pair] += x.mass * (of.slope - mean.slope);
            self.found.errors[pair] += x.mass * (of.error + of.open * x.radius());
            self.found.opens[pair] += x.mass * of.open;
        }
        mean
    }

    /// What a row of probabilities that do not sum to 1 leaves open.
    fn lacking(&self, pair: usize, t: usize, x: &Particle) -> f64 {
        let lacks = self.at.mdp().deficits().map_or(0.0, |all| all[pair].abs());
        if lacks == 0.0 {
            return 0.0;
        }
        let rest = scaled(self.pass.scales[t], self.rest.bend(t, x.state));
        lacks * ((self.quantile - x.paid).abs() + 4.0 * rest)
    }

    /// What follows where the end is known, which is −γᵗ∇v, and what may follow where it is not: at any time.
    pub(in crate::returns) fn beyond_without_end(&mut self, chain: &Chain) -> Result<(), Error> {
        let space = self.at.mdp().space();
        let resolvent = chain.resolvent();
        let off = self.at.rounding()?.advantage.unwrap_or(0.0);
        let linear = resolvent.solve_transposed(&self.linear[0])?.x;
        let left = resolvent.solve_transposed(&self.left[0])?.x;
        for (pair, advantage) in self.at.advantage().iter().enumerate() {
            let state = space.state_of(pair);
            self.found.weights[pair] -= linear[state] * advantage;
            self.found.errors[pair] += linear[state] * off;
            if left[state] > 0.0 {
                self.found.errors[pair] += left[state] * self.rest.radius(0, state);
            }
        }
        Ok(())
    }

    /// What follows and what may follow, over a horizon, time by time.
    pub(in crate::returns) fn beyond_until(&mut self, run: &FiniteHorizon) {
        let space = self.at.mdp().space();
        let mut linear = vec![0.0; space.states()];
        let mut left = linear.clone();
        for t in 0..run.horizon() {
            let arrived = |sum: &mut [f64], new: &[f64]| {
                sum.iter_mut().zip(new).for_each(|(x, y)| *x += y);
            };
            arrived(&mut linear, &self.linear[t]);
            arrived(&mut left, &self.left[t]);
            let after: Vec<f64> = (0..space.states()).map(|s| self.rest.v(t + 1, s)).collect();
            let q = q_of(self.at.mdp(), &after);
            for (pair, q) in q.iter().enumerate() {
                let state = space.state_of(pair);
                let v = self.rest.v(t, state);
                self.found.weights[pair] -= linear[state] * (q - v);
                let units = (run.horizon() - t + 4) as f64 * f64::EPSILON;
                self.found.errors[pair] += linear[state] * units * (q.abs() + v.abs());
                if left[state] > 0.0 {
                    self.found.errors[pair] += left[state] * self.rest.radius(t, state);
                }
            }
            linear = run.discounted().mul_transposed(&linear);
            left = run.discounted().mul_transposed(&left);
        }
    }

    pub(in crate::returns) fn no_return(&self) -> Error {
        self.at.no_return()
    }
}
