//! The same over a horizon, backward in time, with what each v_t is off by.
//!
//! ```text
//! e' = γp^π e + η(π|r| + γp^π |v|)      ε = e'(s) + γe(S') + 4u(|δ| + γ|v(S')| + |v'(s)|)
//! ```
//!
//! and e_k of c_k from what is wrong with its source, as where nothing depends on the time.

mod slope;

pub(super) use slope::slope_error;

use super::super::walk::Central;
use crate::evaluation::FiniteHorizon;
use crate::linalg::Solvable;
use crate::solved::Solved;

/// γᵏ, k ≤ 4.
type Powers = [f64; 5];

/// What is known at one time, by state \[S\] each.
struct Known {
    v: Vec<f64>,
    /// e.
    off: Vec<f64>,
    /// c₂, c₃, c₄, in the unit.
    c: [Vec<f64>; 3],
    /// The terms of these without their signs.
    sizes: [Vec<f64>; 3],
    /// What they are off by.
    errors: [Vec<f64>; 3],
}

/// What bounds are made of: errors of c₂, c₃, c₄ \[S\], and of v₀, in the unit.
pub(super) struct OnHorizon {
    pub errors: [Vec<f64>; 3],
    pub values: Vec<f64>,
    /// η.
    pub relative: f64,
}

/// What a recursion over a run multiplies by.
struct Factors {
    powers: Powers,
    /// η.
    relative: f64,
    /// From rewards to the unit.
    scale: f64,
}

impl Factors {
    fn new<F: Solvable>(at: &Solved<F>, run: &FiniteHorizon<F>, scale: f64) -> Factors {
        let (mdp, matrix) = (at.mdp(), run.discounted());
        let fullest = (0..matrix.rows()).map(|s| matrix.row(s).len()).max();
        let outcomes = (0..mdp.pairs()).map(|pair| mdp.outcomes(pair).count());
        let terms = fullest.unwrap_or(0) + outcomes.max().unwrap_or(0) + 16;
        let gamma = mdp.discount().to_f64();
        let mut powers = [1.0; 5];
        (1..5).for_each(|k| powers[k] = powers[k - 1] * gamma);
        Factors {
            powers,
            relative: terms as f64 * f64::EPSILON / 2.0,
            scale,
        }
    }
}

impl Known {
    /// Behind the last step.
    fn end(states: usize) -> Known {
        let zero = || vec![0.0; states];
        let zeros = || [zero(), zero(), zero()];
        Known {
            v: zero(),
            off: zero(),
            c: zeros(),
            sizes: zeros(),
            errors: zeros(),
        }
    }
}

/// What rounding may have done to c₂, c₃ and c₄ of a run, given in a unit that `scale` takes rewards to.
pub(super) fn errors<F: Solvable>(at: &Solved<F>, run: &FiniteHorizon<F>, scale: f64) -> OnHorizon {
    let factors = Factors::new(at, run, scale);
    let mut known = Known::end(at.mdp().states());
    for _ in 0..run.horizon() {
        known = earlier(at, &known, &factors);
    }
    OnHorizon {
        errors: known.errors,
        values: known.off.iter().map(|x| x * scale).collect(),
        relative: factors.relative,
    }
}

/// One time earlier.
fn earlier<F: Solvable>(at: &Solved<F>, known: &Known, factors: &Factors) -> Known {
    let (powers, relative, scale) = (&factors.powers, factors.relative, factors.scale);
    let states = at.mdp().states();
    let gamma = powers[1];
    let mut found = Known::end(states);
    for state in 0..states {
        each(at, state, |weight, reward, next| {
            let own = gamma * known.v[next] + reward;
            let size = gamma * known.v[next].abs() + reward.abs();
            found.v[state] += weight * own;
            found.off[state] += weight * (gamma * known.off[next] + relative * size);
        });
        let (value, off) = (found.v[state], found.off[state]);
        each(at, state, |weight, reward, next| {
            let step = Deviation::new((value, off), known, (reward, next), (gamma, scale));
            for (k, (c, size, error)) in step.moments(known, powers).into_iter().enumerate() {
                found.c[k][state] += weight * c;
                found.sizes[k][state] += weight * size;
                found.errors[k][state] += weight * (error + relative * size);
            }
        });
    }
    found
}

/// Visits what may happen in a state: its probability, what it pays, and the next state.
fn each<F: Solvable>(at: &Solved<F>, state: usize, mut visit: impl FnMut(f64, f64, usize)) {
    let (mdp, policy) = (at.mdp(), at.policy());
    for pair in mdp.space().pairs_of(state).filter(|&i| policy.supports(i)) {
        let chance = policy.probabilities()[pair].to_f64();
        for o in mdp.outcomes(pair) {
            visit(chance * o.probability.to_f64(), o.reward.to_f64(), o.next);
        }
    }
}

/// δ of a step, how far it may be off, and where it leads.
struct Deviation {
    delta: f64,
    fault: f64,
    next: usize,
}

impl Deviation {
    /// From what a state is worth and how far that may be off, by what is known of the next time.
    fn new(
        (value, off): (f64, f64),
        known: &Known,
        (reward, next): (f64, usize),
        (gamma, scale): (f64, f64),
    ) -> Deviation {
        let delta = gamma * known.v[next] + reward - value;
        let after = gamma * known.v[next].abs();
        let rounded = 2.0 * f64::EPSILON * (delta.abs() + after + value.abs());
        let fault = off + gamma * known.off[next] + rounded;
        Deviation {
            delta: delta * scale,
            fault: fault * scale,
            next,
        }
    }

    /// (|δ| + ε)ᵏ − |δ|ᵏ.
    fn moved(&self, k: i32) -> f64 {
        (self.delta.abs() + self.fault).powi(k) - self.delta.abs().powi(k)
    }

    /// The terms of c₂, c₃ and c₄, these without signs, and what they are off by.
    fn moments(&self, known: &Known, powers: &Powers) -> [(f64, f64, f64); 3] {
        let (d, e, next) = (self.delta, self.fault, self.next);
        let c = [0, 1, 2].map(|k| known.c[k][next]);
        let size = [0, 1, 2].map(|k| known.sizes[k][next]);
        let off = [0, 1, 2].map(|k| known.errors[k][next]);
        let far = d.abs() + e;
        let second = (
            d * d + powers[2] * c[0],
            d * d + powers[2] * size[0],
            self.moved(2) + powers[2] * off[0],
        );
        let third = (
            d.powi(3) + 3.0 * powers[2] * d * c[0] + powers[3] * c[1],
            d.abs().powi(3) + 3.0 * powers[2] * d.abs() * size[0] + powers[3] * size[1],
            self.moved(3) + 3.0 * powers[2] * (far * off[0] + e * size[0]) + powers[3] * off[1],
        );
        let pairs = 6.0 * powers[2] * (self.moved(2) * size[0] + far * far * off[0]);
        let triples = 4.0 * powers[3] * (e * size[1] + far * off[1]);
        let fourth = (
            d.powi(4)
                + 6.0 * powers[2] * d * d * c[0]
                + 4.0 * powers[3] * d * c[1]
                + powers[4] * c[2],
            d.powi(4)
                + 6.0 * powers[2] * d * d * size[0]
                + 4.0 * powers[3] * d.abs() * size[1]
                + powers[4] * size[2],
            self.moved(4) + pairs + triples + powers[4] * off[2],
        );
        [second, third, fourth]
    }
}

/// c₂, c₃, c₄ as floats.
pub(super) fn floats<F: Solvable>(c: &Central<F>) -> [Vec<f64>; 3] {
    c.each_ref().map(|c| c.iter().map(F::to_f64).collect())
}
