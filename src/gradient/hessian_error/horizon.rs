//! The same over a horizon, where no sum has fewer terms than what it is known to (theory, 2.2 and 4.3).
//!
//! With z_t the values of |r|, x_t ≥ |∂ₗv_t| for every l, e_t and y_t what both are off by, and η what a row of p or of p^π
//! loses, all at one state and backward in time:
//!
//! ```text
//! z' = π(|r| + γpz)     e' = π(γpe + η z_q) + η z'      z_q = |r| + γpz
//! x' = f + γp^π x       y' = γp^π y + δf + 2η x'        f = maxₖ Σₐ |∂ₖπ| z_q
//! ```
//!
//! Measures γᵗp_t have one sign, and are off by no more than Tη of themselves.

use crate::evaluation::FiniteHorizon;
use crate::field::as_bound;
use crate::gradient::agreement::{slopes_by_state, steepest};
use crate::linalg::{Solvable, largest_or_nan};
use crate::policy::Policy;
use crate::solved::Solved;

/// Relative errors of measures up to which they are those of one step, T times.
const SMALL: f64 = 0.1;

/// What is known of v and ∇v at one time, by state \[S\].
struct Sizes {
    z: Vec<f64>,
    e: Vec<f64>,
    x: Vec<f64>,
    y: Vec<f64>,
}

/// What is known of q, and of what follows ∇v, at one time, by pair \[SA\].
struct After {
    z: Vec<f64>,
    e: Vec<f64>,
    x: Vec<f64>,
    y: Vec<f64>,
}

struct Bound<'a, F: Solvable> {
    at: &'a Solved<F>,
    policy: &'a Policy<f64>,
    /// |∂ₖπ| of each state, by k: [S][…].
    slopes: Vec<Vec<Vec<(usize, f64)>>>,
    /// maxₖ 1/ℓₖ.
    bent: f64,
    /// η.
    unit: f64,
    /// What measures are off by, relative to themselves.
    drift: f64,
}

/// A bound on what rounding has done to an entry of ∇²J_T.
pub(in crate::gradient) fn bound<F: Solvable>(
    at: &Solved<F>,
    run: &FiniteHorizon<F>,
    policy: &Policy<f64>,
) -> f64 {
    let Some(bound) = Bound::new(at, run, policy) else {
        return f64::INFINITY;
    };
    let drift = bound.drift;
    let doubles = FiniteHorizon::doubled_work(at.mdp()).is_some();
    as_bound(bound.whole(&masses(run), if doubles { 4.0 * drift } else { 0.0 }))
}

/// A bound on what rounding has done to an entry of ∇v₀.
pub(in crate::gradient) fn jacobian_bound<F: Solvable>(
    at: &Solved<F>,
    run: &FiniteHorizon<F>,
    policy: &Policy<f64>,
) -> f64 {
    let Some(bound) = Bound::new(at, run, policy) else {
        return f64::INFINITY;
    };
    let steps = (0..run.horizon()).fold(Sizes::none(at.mdp().states()), |known, _| {
        bound.before(&known, &bound.after(&known))
    });
    as_bound(largest_or_nan(&steps.y))
}

/// η: entries in the fullest row, actions that a row of p^π is made of, and a handful beside.
fn unit<F: Solvable>(at: &Solved<F>, run: &FiniteHorizon<F>) -> f64 {
    let (space, matrix) = (at.mdp().space(), run.discounted());
    let fullest = (0..matrix.rows()).map(|s| matrix.row(s).len()).max();
    let actions = (0..space.states()).map(|s| space.pairs_of(s).len()).max();
    let terms = fullest.unwrap_or(0) + actions.unwrap_or(0) + 16;
    terms as f64 * f64::EPSILON / 2.0
}

/// γᵗp_t \[T\]\[S\].
fn masses<F: Solvable>(run: &FiniteHorizon<F>) -> Vec<Vec<f64>> {
    let mut mass = run.dynamics().initial().to_vec();
    let mut masses = Vec::with_capacity(run.horizon());
    for _ in 0..run.horizon() {
        masses.push(mass.iter().map(F::to_f64).collect());
        mass = run.discounted().mul_transposed(&mass);
    }
    masses
}

impl Sizes {
    /// At the end.
    fn none(states: usize) -> Sizes {
        let zero = || vec![0.0; states];
        Sizes {
            z: zero(),
            e: zero(),
            x: zero(),
            y: zero(),
        }
    }
}

impl<'a, F: Solvable> Bound<'a, F> {
    /// `None` where measures may be off by a good part of themselves.
    fn new(
        at: &'a Solved<F>,
        run: &FiniteHorizon<F>,
        policy: &'a Policy<f64>,
    ) -> Option<Bound<'a, F>> {
        let unit = unit(at, run);
        let drift = run.horizon() as f64 * unit;
        (drift <= SMALL).then(|| Bound {
            at,
            policy,
            slopes: slopes_by_state(policy),
            bent: steepest(policy),
            unit,
            drift: drift * (1.0 + drift),
        })
    }

    /// `doubled` is what sums that are doubled lose of W beside the steps.
    fn whole(&self, masses: &[Vec<f64>], doubled: f64) -> f64 {
        let states = self.at.mdp().states();
        let pairs = self.at.mdp().pairs();
        let mut known = Sizes::none(states);
        // an entry is a sum over all steps and the pairs of a parameter, one after another
        let summed = masses.len() as f64 * self.terms() * f64::EPSILON / 2.0;
        let (mut total, mut weights) = (0.0, vec![0.0; pairs]);
        for mass in masses.iter().rev() {
            let after = self.after(&known);
            let before = self.before(&known, &after);
            for (state, mass) in mass.iter().enumerate().filter(|(_, mass)| **mass > 0.0) {
                total += mass * 2.0 * self.crossed(state, &after, summed);
                for pair in self.at.mdp().space().pairs_of(state) {
                    let size = after.z[pair] + before.z[state] + known.z[state];
                    let relative = self.drift + summed + doubled + 4.0 * self.unit;
                    weights[pair] += mass * (after.e[pair] + before.e[state] + relative * size);
                }
            }
            known = before;
        }
        let bent = (0..states).map(|state| self.curved(state, &weights));
        total + bent.sum::<f64>()
    }

    /// Terms of an entry at each time.
    fn terms(&self) -> f64 {
        let mut counts = vec![0usize; self.policy.parameters()];
        for pair in 0..self.at.mdp().pairs() {
            self.policy.slopes(pair).for_each(|(k, _)| counts[k] += 1);
        }
        counts.into_iter().max().unwrap_or(0) as f64
    }

    fn after(&self, known: &Sizes) -> After {
        let mdp = self.at.mdp();
        let gamma = mdp.discount().to_f64();
        let follow = |x: &[f64]| -> Vec<f64> {
            let row = |pair| {
                let entries = mdp.p().row(pair).map(|(next, p)| p.to_f64() * x[next]);
                gamma * entries.sum::<f64>()
            };
            (0..mdp.pairs()).map(row).collect()
        };
        let (mut z, mut e) = (follow(&known.z), follow(&known.e));
        for (pair, (z, e)) in z.iter_mut().zip(&mut e).enumerate() {
            *z += mdp.r()[pair].to_f64().abs();
            *e += self.unit * *z;
        }
        let (x, y) = (follow(&known.x), follow(&known.y));
        After { z, e, x, y }
    }

    fn before(&self, known: &Sizes, after: &After) -> Sizes {
        let states = known.z.len();
        let policy = |x: &[f64]| -> Vec<f64> { (0..states).map(|s| self.mean(s, x)).collect() };
        let (z, mut e) = (policy(&after.z), policy(&after.e));
        let (mut x, mut y) = (policy(&after.x), policy(&after.y));
        for state in 0..states {
            e[state] += self.unit * z[state];
            x[state] += self.steepest(state, &after.z);
            let slope = self.unit * self.bent * z[state];
            y[state] += self.steepest(state, &after.e) + slope + 2.0 * self.unit * x[state];
        }
        Sizes { z, e, x, y }
    }

    /// Σₐ π x.
    fn mean(&self, state: usize, x: &[f64]) -> f64 {
        let pi = self.policy.probabilities();
        let pairs = self.at.mdp().space().pairs_of(state);
        pairs.map(|pair| pi[pair] * x[pair]).sum()
    }

    /// maxₖ Σₐ |∂ₖπ| x.
    fn steepest(&self, state: usize, x: &[f64]) -> f64 {
        let of = |slopes: &Vec<(usize, f64)>| {
            let terms = slopes.iter().map(|(pair, slope)| slope * x[*pair]);
            terms.sum::<f64>()
        };
        self.slopes[state].iter().map(of).fold(0.0, f64::max)
    }

    /// Of Σₐ ∂ₖπ γp ∂ₗv at one time.
    fn crossed(&self, state: usize, after: &After, summed: f64) -> f64 {
        let relative = self.drift + summed + 3.0 * self.unit;
        let size = relative * self.steepest(state, &after.x);
        let slope = self.unit * self.bent * self.mean(state, &after.x);
        self.steepest(state, &after.y) + size + slope
    }

    /// Of Σₐ W ∂ₖ∂ₗπ, where W is off by so much \[SA\]: Σₐ |∂ₖ∂ₗπ| w ≤ 2/ℓ (maxₖ Σₐ |∂ₖπ| w + S Σₐ π w).
    fn curved(&self, state: usize, off: &[f64]) -> f64 {
        let slopes = self.slopes[state].iter();
        let slope = slopes.map(|of| of.iter().map(|(_, d)| d).sum::<f64>());
        let slope = slope.fold(0.0, f64::max);
        2.0 * self.bent * (self.steepest(state, off) + slope * self.mean(state, off))
    }
}
