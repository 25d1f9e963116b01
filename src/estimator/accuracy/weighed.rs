//! What errors of Ψ do to moments of sums that ∇J is not weighed like: with ratios, and without γᵗ.
//!
//! An error ε of Ψₜ stands in X behind cᵗ ω₀ ⋯ ωₜ, whose square has the mean Σ π²/b p ⋯ over the steps, not 1, and what
//! follows has the mean that it has under π, with N_c its (discounted) length:
//!
//! ```text
//! E Σₜ cᵗ ω₀ ⋯ ωₜ |ψ_k| ε = ε Σₜ cᵗ E_π |ψ_k|
//! E (Σₜ cᵗ ω₀ ⋯ ωₜ |ψ_k| ε)² ≤ 2 ε² max|ψ_k| ‖N_c‖∞ Σₜ c²ᵗ E[(ω₀ ⋯ ωₜ)² |ψ_k|]
//! ```
//!
//! Where Ψₜ is a sum of residuals, with ratios of their own, an error at time j meets all scores before it, at most
//! max|ψ_k| / (1 − λγ) of them.

use super::super::process::Order;
use super::super::{Contribution, Experiment, Resolved};
use crate::linalg::Solvable;
use crate::number::Number;

/// Bounds of what an error of Ψ by 1 does.
pub(super) struct Weighed {
    /// E Σ cᵗ ω₀ ⋯ ωₜ |ψ_k| \[d\].
    pub mean: Vec<f64>,
    /// √E(Σ cᵗ ω₀ ⋯ ωₜ |ψ_k|)² \[d\].
    pub off: Vec<f64>,
    /// Σₜ c²ᵗ E[(ω₀ ⋯ ωₜ)² ψ_k²] \[d\].
    pub squares: Vec<f64>,
}

impl Weighed {
    /// From max|ψ_k| \[d\] and ‖N‖∞; `None` of a sum that is weighed as ∇J is, where the bounds of ∇J serve, and where there
    /// is no limit of such sums.
    pub fn new<F: Solvable>(
        experiment: &Experiment<F>,
        resolved: &Resolved<F>,
        (steepest, length): (&[f64], f64),
    ) -> Option<Weighed> {
        let process = experiment.process();
        let is_total = matches!(resolved.form, Contribution::TotalReturn { .. });
        let is_dropped = !is_total && resolved.weight != *process.discount();
        if F::EXACT || !(process.is_weighted() || is_dropped) {
            return None;
        }
        let decay = match &resolved.form {
            Contribution::Residual { decay, .. } | Contribution::Ahead { decay, .. } => {
                decay.to_f64()
            }
            _ => 0.0,
        };
        let discount = resolved.weight.to_f64().max(decay);
        let first = visits(experiment, Order::First, discount)?;
        let second = visits(experiment, Order::Second, discount * discount)?;
        let length = match process.horizon() {
            _ if !is_dropped => length,
            Some(steps) => steps as f64,
            None => longest(experiment, discount)?,
        };
        let [plain, scores] = [Order::First, Order::Second];
        let [_, mean, _] = sums(experiment, plain, &first, steepest.len());
        let [all, firsts, squares] = sums(experiment, scores, &second, steepest.len());
        // a residual meets the scores of all times before it
        let before = f64::min(length, 1.0 / (1.0 - decay));
        let off = |k: usize| {
            let first = if decay > 0.0 {
                before * before * steepest[k] * all[0]
            } else {
                firsts[k]
            };
            (2.0 * steepest[k] * length * first).sqrt()
        };
        Some(Weighed {
            mean: mean.iter().map(|x| before.max(1.0) * x).collect(),
            off: (0..steepest.len()).map(off).collect(),
            squares,
        })
    }
}

/// Σ m(s) w (1, |ψ_k|, ψ_k²) for measures m \[S\], the first in all.
fn sums<F: Solvable>(
    experiment: &Experiment<F>,
    order: Order,
    visits: &[f64],
    parameters: usize,
) -> [Vec<f64>; 3] {
    let process = experiment.process();
    let weights = process.weights(order);
    let (mut all, mut firsts, mut squares) = (0.0, vec![0.0; parameters], vec![0.0; parameters]);
    for (state, visits) in visits.iter().enumerate() {
        for pair in process.pairs_of(state) {
            let mass = visits * weights[pair].to_f64();
            all += mass;
            for (k, score) in process.score(pair) {
                let score = score.to_f64().abs();
                firsts[k] += mass * score;
                squares[k] += mass * score * score;
            }
        }
    }
    [vec![all], firsts, squares]
}

fn weight<F: Solvable>(x: f64) -> F {
    Number::from_f64(x).map_or_else(F::one, |x| F::from_number(&x))
}

/// ‖N_c‖∞.
fn longest<F: Solvable>(experiment: &Experiment<F>, c: f64) -> Option<f64> {
    let process = experiment.process();
    let resolvent = process.resolvent(Order::First, &weight(c), 1).ok()?;
    let lengths = resolvent.solve(&vec![F::one(); process.states()]).ok()?.x;
    Some(lengths.iter().map(F::to_f64).fold(1.0, f64::max))
}

/// Σₜ cᵗ E[(ω₀ ⋯ ωₜ₋₁)ⁿ; Sₜ = s] \[S\], n = 1, 2; `None` where the sum has no limit.
fn visits<F: Solvable>(experiment: &Experiment<F>, order: Order, c: f64) -> Option<Vec<f64>> {
    let process = experiment.process();
    let float = |x: &[F]| x.iter().map(F::to_f64).collect::<Vec<f64>>();
    let Some(steps) = process.horizon() else {
        let resolvent = process.resolvent(order, &weight(c), 1).ok()?;
        let visits = float(&resolvent.solve_transposed(process.initial()).ok()?.x);
        return visits.iter().all(|x| *x >= 0.0).then_some(visits);
    };
    let operator = process.p(order).map(F::to_f64);
    let mut mass = float(process.initial());
    let mut sums = mass.clone();
    for _ in 1..steps {
        mass = operator.mul_transposed(&mass);
        let mut moves = false;
        for (sum, x) in sums.iter_mut().zip(&mut mass) {
            *x *= c;
            let before = *sum;
            *sum += *x;
            moves |= *sum != before;
        }
        if !moves {
            break;
        }
    }
    Some(sums)
}
