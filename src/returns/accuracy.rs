//! How far rounding may have moved moments of the return (theory, 2.5).
//!
//! What v lacks leaves every δ = r + γv(s') − v(s) off by at most
//!
//! ```text
//! ε = D maxₛ (|e| + η z_v)        D ≥ ‖N(s, ·) − N(s', ·)‖₁, or ‖N‖∞ where nothing follows
//! ```
//!
//! with the residual e of v, and a moment by what its system does to the errors of its right side, as
//!
//! ```text
//! |δc₂| ≤ N₂ E[2|δ|ε + ε²] + (η + 4nu) c₂
//! ```

mod horizon;
mod slope;

use super::certain::Certain;
use super::scale::{Scale, no_number};
use super::walk::{Central, Walk};
use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::FiniteHorizon;
use crate::evaluation::faults::{largest_fault_within, met, unit};
use crate::field::as_bound;
use crate::linalg::{Solvable, largest};
use crate::mdp::Mdp;
use crate::number::Number;
use crate::solved::Solved;

/// Bounds on what rounding has done to moments of the return, in their units; infinite where they are no number.
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnErrors {
    /// Of Var G.
    pub variance: f64,
    /// Of Var[G | S₀ = s] \[S\].
    pub variance_by_state: Vec<f64>,
    /// Of E (G − J)³.
    pub third: f64,
    /// Of E (G − J)⁴.
    pub fourth: f64,
    /// What rewards are counted in where powers of them are no numbers.
    pub unit: f64,
    /// Of E (G − J)ᵏ in [`ReturnErrors::unit`]ᵏ for k = 2, 3, 4.
    pub in_units: [f64; 3],
}

impl ReturnErrors {
    /// Nothing is in doubt where the return does not vary.
    fn without(mut self, certain: &Certain) -> ReturnErrors {
        for (error, certain) in self.variance_by_state.iter_mut().zip(&certain.states) {
            *error = if *certain { 0.0 } else { *error };
        }
        if certain.whole {
            (self.variance, self.third, self.fourth) = (0.0, 0.0, 0.0);
            self.in_units = [0.0; 3];
        }
        self
    }
}

/// Central moments from each state that ρ₀ mixes, in the unit of a walk, and what is known of their errors.
struct Mixture {
    c: [Vec<f64>; 3],
    errors: [Vec<f64>; 3],
    /// |v(s) − J| \[S\].
    above: Vec<f64>,
    /// How far that may be off.
    off: f64,
    relative: f64,
}

impl Mixture {
    fn errors<F: Solvable>(&self, mdp: &Mdp<F>, unit: f64) -> ReturnErrors {
        let (off, relative) = (self.off, self.relative);
        let (mut variance, mut third, mut fourth) = (0.0, 0.0, 0.0);
        for (s, weight) in mdp.initial().iter().enumerate() {
            let weight = weight.to_f64();
            if weight == 0.0 {
                continue;
            }
            let e = self.above[s];
            let at = |k: usize| self.c[k][s].abs() * (1.0 + relative);
            let error = |k: usize| self.errors[k][s] + relative * at(k);
            let moved = |k: i32| (e + off).powi(k) - e.powi(k) + relative * e.powi(k);
            variance += weight * (moved(2) + error(0));
            let threes = off * at(0) + (e + off) * error(0);
            third += weight * (moved(3) + 3.0 * threes + error(1));
            let fours = 4.0 * (off * at(1) + (e + off) * error(1));
            let sixes = 6.0 * (moved(2) * at(0) + (e + off).powi(2) * error(0));
            fourth += weight * (moved(4) + fours + sixes + error(2));
        }
        let bound = |x: f64, k: i32| as_bound(x * unit.powi(k));
        ReturnErrors {
            variance: bound(variance, 2),
            variance_by_state: self.errors[0].iter().map(|x| bound(*x, 2)).collect(),
            third: bound(third, 3),
            fourth: bound(fourth, 4),
            unit,
            in_units: [variance, third, fourth].map(as_bound),
        }
    }
}

/// ε of a step, in the unit of a walk.
struct Faults {
    /// Where another state follows.
    between: f64,
    /// Where nothing follows.
    ending: f64,
    /// D.
    apart: f64,
    /// η + 4nu.
    relative: f64,
}

impl Faults {
    /// Of steps from states that lead to none but themselves.
    fn new<F: Solvable>(
        chain: &Chain<F>,
        walk: &Walk<'_, F>,
        within: &[bool],
    ) -> Result<Faults, Error> {
        let r = chain.dynamics().r();
        let (v, rest) = chain.resolvent().solve_finely(r)?;
        let fault = largest_fault_within(chain, r, (&v.x, &rest), within);
        let length = chain.inverse_norm()?.to_f64();
        let apart = chain.difference_norm()?;
        let unit = unit(chain);
        let states = (0..v.x.len()).filter(|&s| within[s]);
        let pairs = states.flat_map(|s| walk.mdp.space().pairs_of(s));
        let outcomes = pairs.flat_map(|pair| walk.mdp.outcomes(pair));
        let rewards = outcomes.fold(0.0, |most: f64, o| most.max(o.reward.to_f64().abs()));
        let complement = walk.mdp.discount_complement().to_f64();
        let most = largest_within(&v.x, within);
        let sizes = rewards + span(&v.x, walk.alive, within) + complement * most;
        let scale = walk.scale.per_reward.to_f64();
        Ok(Faults {
            between: scale * ((apart + complement * length) * fault + unit * sizes),
            ending: scale * (length * fault + unit * (rewards + most)),
            apart,
            relative: unit + 4.0 * v.x.len() as f64 * f64::EPSILON,
        })
    }

    fn of<F: Solvable>(&self, walk: &Walk<'_, F>, next: usize) -> F {
        number(if walk.alive[next] {
            self.between
        } else {
            self.ending
        })
    }
}

/// max |x| over some states.
fn largest_within<F: Solvable>(x: &[F], within: &[bool]) -> f64 {
    let both = x.iter().zip(within).filter(|(_, within)| **within);
    both.fold(0.0, |most, (x, _)| f64::max(most, x.to_f64().abs()))
}

/// max x − min x over those of some states that act.
fn span<F: Solvable>(x: &[F], alive: &[bool], within: &[bool]) -> f64 {
    let acting = x.iter().zip(
        alive
            .iter()
            .zip(within)
            .map(|(alive, within)| *alive && *within),
    );
    let acting = acting.filter(|(_, counts)| *counts);
    let (least, most) = acting.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), (x, _)| (least.min(x.to_f64()), most.max(x.to_f64())),
    );
    (most - least).max(0.0)
}

/// A bound in the field; no number where it is infinite, which makes all that follows from it none.
fn number<F: Solvable>(x: f64) -> F {
    Number::from_f64(x).map_or_else(no_number, |x| F::from_number(&x))
}

/// c₂, c₃, c₄ of a walk and what is known of their errors.
struct Bounded<'a, F: Solvable> {
    walk: &'a Walk<'a, F>,
    /// The states that they are of \[S\].
    within: &'a [bool],
    v: &'a [F],
    faults: Faults,
    c: Central<F>,
    /// Bounds on the errors of c₂ and c₃ \[S\], as far as they are known.
    errors: Vec<Vec<F>>,
    /// By which a difference of c₂ between states may be off.
    between: F,
    /// Whether the source of c₃ takes such differences.
    is_long: bool,
}

impl<F: Solvable> Bounded<'_, F> {
    /// E[f] \[S\] of |δ|, ε, and what a step multiplies δ by: c₂ or its difference, and how far that may be off.
    fn expected(&self, f: impl Fn(&F, &F, (F, F), usize) -> F) -> Vec<F> {
        self.walk.by_state(self.v, self.v, |delta, (state, next)| {
            let second = match self.errors.first() {
                Some(_) if self.is_long => self.rise(state, next),
                Some(all) => (self.c[0][next].clone(), all[next].clone()),
                None => (F::zero(), F::zero()),
            };
            f(&delta.abs(), &self.faults.of(self.walk, next), second, next)
        })
    }

    /// (x + e)ᵏ − xᵏ, and the rounding of xᵏ.
    fn moved(&self, x: &F, e: &F, k: usize) -> F {
        let (mut high, mut low) = (F::one(), F::one());
        for _ in 0..k {
            high *= &(x.clone() + e);
            low *= x;
        }
        high - &low + number::<F>(self.faults.relative) * low
    }

    /// |c₂(to) − c₂(from)| and how far it may be off.
    fn rise(&self, from: usize, to: usize) -> (F, F) {
        let rise = (self.c[0][to].clone() - &self.c[0][from]).abs();
        let off = if self.walk.alive[to] {
            &self.between
        } else {
            &self.errors[0][from]
        };
        (rise, off.clone())
    }

    /// What may be wrong with the source of c₂, c₃ or c₄ \[S\].
    fn source(&self, k: usize) -> Vec<F> {
        let (times, gamma) = (F::from_i64, |k| self.walk.power(k));
        let relative: F = number(self.faults.relative);
        let moved = |x: &F, e: &F, k: usize| self.moved(x, e, k);
        self.expected(|delta, e, (second, off), next| match k {
            2 => moved(delta, e, 2),
            3 => {
                let mixed = e.clone() * &second + (delta.clone() + e) * &off;
                let rounded = relative.clone() * delta * &second;
                moved(delta, e, 3) + times(3) * &gamma(2) * (mixed + rounded)
            }
            _ => {
                // by c₂(S') itself
                let (second, off) = (&self.c[0][next], &self.errors[0][next]);
                let square = delta.clone() * delta;
                let two = moved(delta, e, 2) * second + (square + moved(delta, e, 2)) * off;
                let third = self.c[1][next].abs();
                let three = (e.clone() + relative.clone() * delta) * &third
                    + (delta.clone() + e) * &self.errors[1][next];
                moved(delta, e, 4) + times(6) * &gamma(2) * two + times(4) * &gamma(3) * three
            }
        })
    }
}

impl<F: Solvable> Solved<F> {
    /// Bounds on what rounding has done to the moments of the return; `None` in a field that is exact or has bounds of its
    /// own, and under the average reward, which has no return.
    ///
    /// # Errors
    /// Those of the solver of a linear system.
    pub fn return_errors(&self) -> Result<Option<ReturnErrors>, Error> {
        if F::EXACT || F::one().certified().is_some() {
            return Ok(None);
        }
        self.moments().errors(self)
    }

    /// The bounds of moments that solve linear systems.
    pub(super) fn errors_without_end(&self, chain: &Chain<F>) -> Result<ReturnErrors, Error> {
        let walk = self.walk_on(chain)?;
        let met = met(self.mdp());
        let mut known = self.second_errors(chain, &walk, &met)?;
        let (c, above) = self.endless(chain)?;
        known.c = c;
        for k in 3..=4 {
            let source = known.source(k);
            let errors = self.moment_errors(chain, &known, k, &source)?;
            known.errors.push(errors);
        }
        let mut errors = self.mixed_errors(&known, &above);
        if met.contains(&false) {
            let every = vec![true; met.len()];
            let all = self.second_errors(chain, &walk, &every)?;
            let unit = walk.scale.unit.to_f64();
            let others = errors.variance_by_state.iter_mut().zip(&all.errors[0]);
            for ((error, other), _) in others.zip(&met).filter(|(_, met)| !**met) {
                *error = as_bound(other.to_f64() * unit * unit);
            }
        }
        Ok(self.settled(errors, &known.c[0]))
    }

    /// c₂ and what is known of its errors.
    fn second_errors<'a>(
        &'a self,
        chain: &Chain<F>,
        walk: &'a Walk<'a, F>,
        within: &'a [bool],
    ) -> Result<Bounded<'a, F>, Error> {
        let faults = Faults::new(chain, walk, within)?;
        let ([second, ..], _) = self.endless(chain)?;
        let mut known = Bounded {
            walk,
            within,
            v: self.v(),
            faults,
            c: [second, Vec::new(), Vec::new()],
            errors: Vec::new(),
            between: F::zero(),
            is_long: chain.is_long()?,
        };
        let source = known.source(2);
        let errors = self.moment_errors(chain, &known, 2, &source)?;
        known.errors.push(errors);
        let rounded = known.faults.relative * span(&known.c[0], walk.alive, within);
        let off = 2.0 * known.faults.apart * (largest_within(&source, within) + rounded) + rounded;
        let apart = if chain.keeps_differences()? {
            0.0
        } else {
            2.0 * largest_within(&known.errors[0], within)
        };
        known.between = number(off.max(apart));
        Ok(known)
    }

    /// Bounds on the errors of c_k \[S\], from those of its source.
    fn moment_errors(
        &self,
        chain: &Chain<F>,
        known: &Bounded<'_, F>,
        k: usize,
        source: &[F],
    ) -> Result<Vec<F>, Error> {
        let own = known
            .walk
            .is_discounted()
            .then(|| known.walk.resolvent(k, chain, self))
            .transpose()?;
        let resolvent = own.as_ref().unwrap_or_else(|| chain.resolvent());
        let mut errors = resolvent.solve(source)?.x;
        // elimination itself, in steps relative to what it sums up
        let relative: F = number(known.faults.relative);
        for (error, c) in errors.iter_mut().zip(&known.c[k - 2]) {
            *error += relative.clone() * &c.abs();
        }
        Ok(errors)
    }

    /// The bounds for what ρ₀ mixes of walks whose values do not depend on the time.
    fn mixed_errors(&self, known: &Bounded<'_, F>, above: &[F]) -> ReturnErrors {
        let (walk, faults) = (known.walk, &known.faults);
        let scale = walk.scale.per_reward.to_f64();
        let off = self.above_off(known);
        let float = |x: &Vec<F>| x.iter().map(F::to_f64).collect::<Vec<f64>>();
        let mixture = Mixture {
            c: known.c.each_ref().map(float),
            errors: [0, 1, 2].map(|k| float(&known.errors[k])),
            above: above.iter().map(|x| x.to_f64().abs() * scale).collect(),
            off,
            relative: faults.relative,
        };
        mixture.errors(self.mdp(), walk.scale.unit.to_f64())
    }

    /// What v(s) − J where ρ₀ starts may be off by, in the unit of a walk.
    fn above_off(&self, known: &Bounded<'_, F>) -> f64 {
        let (faults, scale) = (&known.faults, known.walk.scale.per_reward.to_f64());
        match (self.starts(), known.is_long) {
            (0 | 1, _) => 0.0,
            (_, true) => 2.0 * faults.between,
            (_, false) => {
                2.0 * faults.ending
                    + 2.0 * f64::EPSILON * scale * largest_within(self.v(), known.within)
            }
        }
    }

    /// The bounds over a horizon.
    pub(super) fn errors_on_horizon(&self, run: &FiniteHorizon<F>) -> ReturnErrors {
        let (c, above) = (self.until(run), self.above(None));
        let scale = Scale::of(self.mdp());
        let per_reward = scale.per_reward.to_f64();
        let found = horizon::errors(self, run, per_reward);
        let mixture = Mixture {
            c: horizon::floats(&c),
            errors: found.errors,
            above: above
                .iter()
                .map(|x| x.to_f64().abs() * per_reward)
                .collect(),
            off: self.above_error(&found.values, per_reward),
            relative: found.relative,
        };
        let errors = mixture.errors(self.mdp(), scale.unit.to_f64());
        self.settled(errors, &c[0])
    }

    /// States in which ρ₀ starts.
    fn starts(&self) -> usize {
        self.mdp().initial().iter().filter(|x| !x.is_zero()).count()
    }

    /// Nothing is in doubt where the graph says that nothing varies.
    fn settled(&self, errors: ReturnErrors, second: &[F]) -> ReturnErrors {
        let moves = |s: usize| errors.variance_by_state[s] > 0.0;
        match self.certain(second, moves) {
            Some(certain) => errors.without(&certain),
            None => errors,
        }
    }

    /// What v(s) − J may be off by over a horizon, from what v is \[S\], in the unit that `scale` takes rewards to.
    fn above_error(&self, values: &[f64], scale: f64) -> f64 {
        if self.starts() <= 1 {
            return 0.0;
        }
        2.0 * largest(values) + 2.0 * f64::EPSILON * scale * largest(self.v())
    }
}
