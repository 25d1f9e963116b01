//! What rounding may have done to the answers of eight policies, from their own factors.
//!
//! With A(s, a) = r − σv(s) + Σ w (v(s') − v(s)), w = γp, σ = 1 − Σ w, R = Σ p|r|, and u the unit roundoff:
//!
//! ```text
//! η(s, a) = (z + m + 5|A(s)| + 32 + 4|ln π/π_max|) u         z entries in the row, m into a state at most
//! |A|'(s, a) = R + σ|v(s)| + Σ w |v(s') − v(s)|
//! ε_v = N (|Σₐ π A| + Σₐ η π |A|')
//! ε_ρ = (|ρ₀ + ρB − ρD| + η (ρ₀ + ρB + ρD)) N,  or ((n + 8)³ u + 2n η) ρ where that is less
//! δ(s, a) = Σ w ε_v(s') + η |A|'(s, a)
//! ```
//!
//! The mean of A under π is the residual of the equations of v. An entry of ∇J is ρ(s) π(a|s) Σ_b π(b|s) (A(s, a) − A(s, b))/τ,
//! of which v(s) falls out, so that its error is made of ε_ρ, the δ of its actions, and the rounding of its factors. A probability
//! errs relative to itself by its logit, a few units of rounding of |ln π/π_max|.

use super::lanes::{Block, LANES, Lane, Workspace, ZERO, fused, lanes, plus, times};
use super::layout::Layout;
use crate::field::{UNIT, as_bound};
use crate::mdp::Mdp;

/// The smallest number.
const LEAST: f64 = f64::MIN_POSITIVE * f64::EPSILON;
/// Bounds are to first order, and are themselves rounded: what room they have for that.
const ROOM: f64 = 1.01;

/// The bounds under way.
pub(super) struct Room {
    /// Σ p|r| \[SA\].
    sizes: Vec<f64>,
    /// z \[SA\].
    terms: Vec<f64>,
    /// Transitions into one state, at most.
    most_in: f64,
    /// η π \[SA\].
    rounded: Vec<Lane>,
    /// A and |A|' \[SA\].
    advantage: Vec<Lane>,
    size: Vec<Lane>,
    /// |Σ π A| + Σ η π |A|', then ε_v \[n\].
    values: Vec<Lane>,
    /// What is left of the equations of visits, then ε_ρ \[n\].
    visits: Vec<Lane>,
    /// η (ρ₀ + ρB + ρD) \[n\].
    rounded_visits: Vec<Lane>,
}

impl Room {
    pub fn new(mdp: &Mdp, layout: &Layout) -> Room {
        let size = |pair: usize| {
            let sizes = mdp.outcomes(pair).map(|x| (x.probability * x.reward).abs());
            sizes.sum::<f64>()
        };
        let mut into = vec![0u32; layout.alive];
        layout
            .next
            .iter()
            .for_each(|&next| into[next as usize] += 1);
        let (pairs, n) = (layout.r.len(), layout.alive);
        Room {
            sizes: (0..pairs).map(size).collect(),
            terms: (0..pairs)
                .map(|pair| mdp.p().row(pair).len() as f64)
                .collect(),
            most_in: f64::from(into.into_iter().max().unwrap_or(0)),
            rounded: vec![ZERO; pairs],
            advantage: vec![ZERO; pairs],
            size: vec![ZERO; pairs],
            values: vec![ZERO; n],
            visits: vec![ZERO; n],
            rounded_visits: vec![ZERO; n],
        }
    }

    /// The bounds on a block that has just been solved.
    pub fn bound(
        &mut self,
        solved: &Workspace,
        layout: &Layout,
        block: &mut Block<'_>,
        temperature: f64,
    ) {
        pulp::Arch::new().dispatch(Run {
            room: self,
            solved,
            layout,
            block,
            temperature,
        });
    }

    #[inline(always)]
    fn fill(
        &mut self,
        solved: &Workspace,
        layout: &Layout,
        block: &mut Block<'_>,
        temperature: f64,
    ) {
        let relative = self.probabilities(solved, layout, block, temperature);
        self.residuals(solved, layout);
        solve(solved, layout, &mut self.values);
        solve_transposed(solved, layout, &mut self.visits);
        let n = layout.alive as f64;
        let factors = lanes(|l| (n + 8.0).powi(3) * UNIT + 2.0 * n * relative[l]);
        for (error, visits) in self.visits.iter_mut().zip(&solved.occupancy) {
            *error = lanes(|l| f64::min(error[l], factors[l] * visits[l]));
        }
        let (mut of_j, mut of_v, mut steps) = (ZERO, ZERO, ZERO);
        for (k, error) in self.values.iter().enumerate() {
            let (start, v) = (layout.initial[k], &solved.v[k]);
            of_j = lanes(|l| of_j[l] + start * (error[l] + (n + 4.0) * UNIT * v[l].abs()));
            of_v = lanes(|l| larger(of_v[l], error[l]));
            steps = plus(&steps, &solved.occupancy[k]);
        }
        let pairs = layout.r.len() as f64;
        // products below the normal numbers: a step of each pair may lose one in values and in visits
        let lost = lanes(|l| {
            let steps = steps[l].clamp(1.0, 1e150);
            16.0 * LEAST * pairs * steps * steps
        });
        let of_gradient = self.gradients(solved, layout, 1.0 / temperature);
        let told = |error: &Lane, into: &mut [f64]| {
            let rows = into.iter_mut().zip(error.iter().zip(&lost));
            rows.for_each(|(place, (error, lost))| *place = as_bound(ROOM * error + lost));
        };
        let Some(bounds) = &mut block.bounds else {
            return;
        };
        told(&of_j, bounds.j);
        told(&of_v, bounds.v);
        if let Some(gradient) = &mut bounds.gradient {
            told(&of_gradient, gradient);
        }
    }

    /// η π; the largest η.
    #[inline(always)]
    fn probabilities(
        &mut self,
        solved: &Workspace,
        layout: &Layout,
        block: &Block<'_>,
        temperature: f64,
    ) -> Lane {
        let (pairs, scale) = (layout.r.len(), 1.0 / temperature);
        let rows: [&[f64]; LANES] = std::array::from_fn(|lane| {
            let policy = if lane < block.j.len() { lane } else { 0 };
            &block.theta[policy * pairs..][..pairs]
        });
        let mut most = ZERO;
        for own in &layout.own {
            let mut top = [f64::NEG_INFINITY; LANES];
            for pair in own.clone() {
                top = lanes(|l| f64::max(top[l], rows[l][pair]));
            }
            for pair in own.clone() {
                let terms = self.terms[pair] + self.most_in + 5.0 * own.len() as f64 + 32.0;
                let pi = &solved.pi[pair];
                let unit =
                    lanes(|l| UNIT * (terms + 4.0 * ((top[l] - rows[l][pair]) * scale).min(1e3)));
                most = lanes(|l| f64::max(most[l], unit[l]));
                self.rounded[pair] = lanes(|l| unit[l] * pi[l] + LEAST);
            }
        }
        most
    }

    /// A, |A|', and what is left of the equations of v and of ρ.
    #[inline(always)]
    fn residuals(&mut self, solved: &Workspace, layout: &Layout) {
        let start = |k: &usize| [layout.initial[*k]; LANES];
        let n = layout.alive;
        (0..n).for_each(|k| self.visits[k] = start(&k));
        (0..n).for_each(|k| self.rounded_visits[k] = lanes(|_| 4.0 * UNIT * layout.initial[k]));
        for (k, own) in layout.own.iter().enumerate() {
            let (v, visits) = (&solved.v[k], &solved.occupancy[k]);
            let (mut left, mut rounded) = (ZERO, ZERO);
            for pair in own.clone() {
                let (r, exit) = (layout.r[pair], layout.exit[pair]);
                let (pi, unit) = (&solved.pi[pair], &self.rounded[pair]);
                let reward = self.sizes[pair];
                let mut advantage = lanes(|l| r - exit * v[l]);
                let mut size = lanes(|l| reward + exit * v[l].abs());
                let mut leaves = exit;
                let (taken, taken_rounded) = (times(visits, pi), times(visits, unit));
                for at in layout.start[pair]..layout.start[pair + 1] {
                    let (weight, next) = (layout.weight[at], layout.next[at] as usize);
                    let rise = lanes(|l| weight * (solved.v[next][l] - v[l]));
                    advantage = plus(&advantage, &rise);
                    size = lanes(|l| size[l] + rise[l].abs());
                    if next != k {
                        leaves += weight;
                        self.visits[next] = lanes(|l| self.visits[next][l] + weight * taken[l]);
                        self.rounded_visits[next] =
                            lanes(|l| self.rounded_visits[next][l] + weight * taken_rounded[l]);
                    }
                }
                self.visits[k] = lanes(|l| self.visits[k][l] - leaves * taken[l]);
                self.rounded_visits[k] =
                    lanes(|l| self.rounded_visits[k][l] + leaves * taken_rounded[l]);
                left = fused(&left, pi, &advantage);
                rounded = fused(&rounded, unit, &size);
                (self.advantage[pair], self.size[pair]) = (advantage, size);
            }
            self.values[k] = lanes(|l| left[l].abs() + rounded[l]);
        }
        for (left, rounded) in self.visits.iter_mut().zip(&self.rounded_visits) {
            *left = lanes(|l| left[l].abs() + rounded[l]);
        }
    }

    /// The largest error of an entry of ∇J.
    #[inline(always)]
    fn gradients(&mut self, solved: &Workspace, layout: &Layout, scale: f64) -> Lane {
        let mut most = ZERO;
        for (k, own) in layout.own.iter().enumerate() {
            let (visits, off) = (&solved.occupancy[k], &self.visits[k]);
            let (mut likely, mut which, mut top, mut of_top) = (ZERO, ZERO, ZERO, ZERO);
            for pair in own.clone() {
                let unit = UNIT * (8.0 + self.terms[pair]);
                let mut error = lanes(|l| unit * self.size[pair][l]);
                for at in layout.start[pair]..layout.start[pair + 1] {
                    let (weight, next) =
                        (layout.weight[at], &self.values[layout.next[at] as usize]);
                    error = lanes(|l| error[l] + weight * next[l]);
                }
                self.size[pair] = error;
                let (pi, advantage) = (&solved.pi[pair], &self.advantage[pair]);
                let or = |x: &Lane, y: &Lane| -> Lane {
                    lanes(|l| if pi[l] > likely[l] { x[l] } else { y[l] })
                };
                (top, of_top) = (or(advantage, &top), or(&error, &of_top));
                which = or(&[pair as f64; LANES], &which);
                likely = lanes(|l| f64::max(likely[l], pi[l]));
            }
            // of the mean of A − A(likely), which the others make
            let (mut mean, mut of_mean) = (ZERO, ZERO);
            for pair in own.clone() {
                let (pi, rounded) = (&solved.pi[pair], &self.rounded[pair]);
                let difference = lanes(|l| self.advantage[pair][l] - top[l]);
                mean = fused(&mean, pi, &difference);
                of_mean = lanes(|l| {
                    let of_pair =
                        pi[l] * (self.size[pair][l] + of_top[l]) + rounded[l] * difference[l].abs();
                    // that of the likeliest with itself is 0
                    of_mean[l]
                        + if which[l] == pair as f64 {
                            0.0
                        } else {
                            of_pair
                        }
                });
            }
            for pair in own.clone() {
                let (pi, rounded) = (&solved.pi[pair], &self.rounded[pair]);
                let error = lanes(|l| {
                    let difference = self.advantage[pair][l] - top[l];
                    let own = difference - mean[l];
                    let of_pair = if which[l] == pair as f64 {
                        0.0
                    } else {
                        self.size[pair][l] + of_top[l]
                    };
                    let rounded_sum = 4.0 * UNIT * (difference.abs() + mean[l].abs());
                    let off_by = of_mean[l] + of_pair + rounded_sum;
                    scale
                        * (pi[l] * (off[l] * own.abs() + visits[l] * off_by)
                            + rounded[l] * visits[l] * own.abs())
                });
                most = lanes(|l| larger(most[l], error[l]));
            }
        }
        most
    }
}

/// The larger one; what is no number where one of them is none.
#[inline(always)]
fn larger(x: f64, y: f64) -> f64 {
    if x >= y { x } else { y + 0.0 * x }
}

/// N b in the place of b.
#[inline(always)]
fn solve(solved: &Workspace, layout: &Layout, b: &mut [Lane]) {
    let width = layout.width;
    for k in (0..layout.alive).rev() {
        let of_k = times(&b[k], &solved.inverse[k]);
        for &i in layout.into.of(k).iter().filter(|i| **i > 0) {
            let i = i as usize;
            b[i - 1] = fused(&b[i - 1], &solved.matrix[i * width + k], &of_k);
        }
    }
    for k in 0..layout.alive {
        let row = &solved.matrix[(k + 1) * width..][..width];
        let out = layout.out.of(k);
        let mut x = b[k];
        for &j in &out[..out.len() - 2] {
            x = fused(&x, &row[j as usize], &b[j as usize]);
        }
        b[k] = times(&x, &solved.inverse[k]);
    }
}

/// b N in the place of b.
#[inline(always)]
fn solve_transposed(solved: &Workspace, layout: &Layout, b: &mut [Lane]) {
    let width = layout.width;
    for k in (0..layout.alive).rev() {
        let of_k = times(&b[k], &solved.inverse[k]);
        let (row, out) = (&solved.matrix[(k + 1) * width..][..width], layout.out.of(k));
        for &j in &out[..out.len() - 2] {
            let j = j as usize;
            b[j] = fused(&b[j], &row[j], &of_k);
        }
    }
    for k in 0..layout.alive {
        let mut x = b[k];
        for &i in layout.into.of(k).iter().filter(|i| **i > 0) {
            let i = i as usize;
            x = fused(&x, &b[i - 1], &solved.matrix[i * width + k]);
        }
        b[k] = times(&x, &solved.inverse[k]);
    }
}

/// All of it compiled for the wide registers that the machine turns out to have.
struct Run<'a, 'b> {
    room: &'a mut Room,
    solved: &'a Workspace,
    layout: &'a Layout,
    block: &'a mut Block<'b>,
    temperature: f64,
}

impl pulp::NullaryFnOnce for Run<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.room
            .fill(self.solved, self.layout, self.block, self.temperature);
    }
}
