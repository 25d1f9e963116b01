//! What rounding may have done to ∇Var G over a horizon: both measures go forward in time with what they are off by.
//!
//! ```text
//! |δ∇Var G| ≤ Σₜ Σ |∂π| (ρ₂ (|δC₂| + η|C₂|) + |y| |δq| + |δy| |A|)
//! |δy'| ≤ γ (|δy| + η|y|) π p + 2γ ρ₂ π p (ε + η|δ|)
//! ```

use super::{Deviation, Factors, Known, earlier};
use crate::evaluation::FiniteHorizon;
use crate::linalg::{Solvable, largest_or_nan};
use crate::solved::Solved;

impl Known {
    /// Lets go of what the measures do not ask for.
    fn keep_second(&mut self) {
        let others = self.c[1..].iter_mut().chain(&mut self.errors[1..]);
        others.chain(&mut self.sizes).for_each(|x| *x = Vec::new());
    }
}

/// The two measures at a time \[S\].
struct Measures {
    /// ρ₂.
    rho: Vec<f64>,
    y: Vec<f64>,
    /// |δy|.
    off: Vec<f64>,
}

/// A bound on the error of any entry of ∇Var G, in the unit squared that `scale` takes rewards to. `start` is
/// 2ρ₀(v − J) \[S\] in it, and by how much v − J may be off.
pub(in crate::returns::accuracy) fn slope_error<F: Solvable>(
    at: &Solved<F>,
    run: &FiniteHorizon<F>,
    scale: f64,
    (start, off): (&[F], f64),
) -> f64 {
    let factors = Factors::new(at, run, scale);
    let mut known = vec![Known::end(at.mdp().states())];
    for t in 0..run.horizon() {
        let before = earlier(at, &known[t], &factors);
        known[t].keep_second();
        known.push(before);
    }
    let rho: Vec<f64> = run.dynamics().initial().iter().map(F::to_f64).collect();
    let mut measures = Measures {
        off: rho.iter().map(|rho| 2.0 * rho * off).collect(),
        y: start.iter().map(F::to_f64).collect(),
        rho,
    };
    let mut sums = vec![0.0; at.policy().parameters()];
    for (time, step) in known.windows(2).rev().enumerate() {
        // what products of so many factors have lost
        let relative = factors.relative * (time + 2) as f64;
        measures = later(
            at,
            (&step[1], &step[0]),
            measures,
            (&factors, relative),
            &mut sums,
        );
    }
    largest_or_nan(&sums)
}

/// Adds what one time contributes, and goes on to the next.
fn later<F: Solvable>(
    at: &Solved<F>,
    (own, known): (&Known, &Known),
    now: Measures,
    (factors, relative): (&Factors, f64),
    sums: &mut [f64],
) -> Measures {
    let (mdp, policy) = (at.mdp(), at.policy());
    let (gamma, scale, states) = (factors.powers[1], factors.scale, mdp.states());
    let mut next = Measures {
        rho: vec![0.0; states],
        y: vec![0.0; states],
        off: vec![0.0; states],
    };
    for pair in 0..mdp.pairs() {
        let state = mdp.space().state_of(pair);
        let chance = policy.probabilities()[pair].to_f64();
        let (mut inner, mut fault, mut q, mut q_off) = (0.0, 0.0, 0.0, 0.0);
        for o in mdp.outcomes(pair) {
            let (p, reward) = (o.probability.to_f64(), o.reward.to_f64());
            let value = (own.v[state], own.off[state]);
            let step = Deviation::new(value, known, (reward, o.next), (gamma, scale));
            let c2 = factors.powers[2] * known.c[0][o.next].abs();
            inner += p * (step.delta * step.delta + c2);
            fault += p * (step.moved(2) + factors.powers[2] * known.errors[0][o.next]);
            let size = gamma * known.v[o.next].abs() + reward.abs();
            q += p * (gamma * known.v[o.next] + reward);
            q_off += p * (gamma * known.off[o.next] + 2.0 * factors.relative * size);
            let moved = 2.0 * gamma * now.rho[state] * chance * p;
            next.rho[o.next] += factors.powers[2] * now.rho[state] * chance * p;
            next.y[o.next] += gamma * chance * p * now.y[state] + moved * step.delta;
            next.off[o.next] +=
                gamma * chance * p * (now.off[state] + relative * now.y[state].abs())
                    + moved * (step.fault + relative * step.delta.abs());
        }
        let advantage = (q - own.v[state]).abs() * scale;
        let error = now.rho[state] * (fault + relative * inner)
            + now.y[state].abs() * q_off * scale
            + now.off[state] * (advantage + q_off * scale);
        for (k, slope) in policy.slopes(pair) {
            sums[k] += slope.to_f64().abs() * error;
        }
    }
    next
}
