//! Eight policies in one elimination without subtraction (Grassmann, Taksar & Heyman 1985).
//!
//! With B = γp^π over the alive states and the exits e = 1 − Σ B, state k is eliminated, the last
//! one first:
//!
//! ```text
//! D_k = e_k + Σ_{j<k} B_kj          f_i = B_ik/D_k  (i < k)
//! B_ij += f_i B_kj     e_i += f_i e_k     r_i += f_i r_k
//! ```
//!
//! All terms are positive, so that every entry keeps its relative accuracy however small the exits
//! are. The values follow forward, v_k = (r_k + Σ_{j<k} B_kj v_j)/D_k. The occupancy solves the
//! transposed system from the same factors.

use super::Block;
use super::layout::Layout;

/// Policies side by side: two registers of four numbers.
pub(super) const LANES: usize = 8;

type Lane = [f64; LANES];

const ZERO: Lane = [0.0; LANES];

/// The numbers of eight policies under way.
pub(super) struct Workspace {
    pi: Vec<Lane>,
    matrix: Vec<Lane>,
    exit: Vec<Lane>,
    pivot: Vec<Lane>,
    v: Vec<Lane>,
    occupancy: Vec<Lane>,
}

impl Workspace {
    pub fn new(layout: &Layout) -> Workspace {
        let (n, pairs) = (layout.alive, layout.r.len());
        Workspace {
            pi: vec![ZERO; pairs],
            matrix: vec![ZERO; n * n],
            exit: vec![ZERO; n],
            pivot: vec![ZERO; n],
            v: vec![ZERO; n],
            occupancy: vec![ZERO; n],
        }
    }

    /// Solves the policies of a block; `false` where one of them has no finite answer.
    pub fn run(&mut self, layout: &Layout, block: &mut Block<'_>, temperature: f64) -> bool {
        if !self.probabilities(layout, block, temperature) {
            return false;
        }
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                self.assemble(layout);
                self.eliminate(layout.alive);
                self.values(layout.alive);
                self.occupancies(layout);
            },
        );
        self.write(layout, block, temperature)
    }

    /// π; the lanes beyond the last policy repeat the first. `false` where a θ is not finite.
    fn probabilities(&mut self, layout: &Layout, block: &Block<'_>, temperature: f64) -> bool {
        let pairs = layout.r.len();
        let mut finite = true;
        for lane in 0..LANES {
            let policy = if lane < block.j.len() { lane } else { 0 };
            let theta = &block.theta[policy * pairs..(policy + 1) * pairs];
            for of in layout.pairs.windows(2) {
                let own = of[0]..of[1];
                let largest = theta[own.clone()]
                    .iter()
                    .fold(f64::NEG_INFINITY, |m, x| m.max(*x));
                let mut sum = 0.0;
                for pair in own.clone() {
                    finite &= theta[pair].is_finite();
                    let weight = ((theta[pair] - largest) / temperature).exp();
                    self.pi[pair][lane] = weight;
                    sum += weight;
                }
                own.for_each(|pair| self.pi[pair][lane] /= sum);
            }
        }
        finite
    }

    /// B, e and r^π.
    #[inline(always)]
    fn assemble(&mut self, layout: &Layout) {
        let n = layout.alive;
        self.matrix.fill(ZERO);
        for state in 0..n {
            let row = &mut self.matrix[state * n..(state + 1) * n];
            let (mut exit, mut r) = (ZERO, ZERO);
            for pair in layout.pairs[state]..layout.pairs[state + 1] {
                let pi = &self.pi[pair];
                add(&mut exit, layout.exit[pair], pi);
                add(&mut r, layout.r[pair], pi);
                for at in layout.start[pair]..layout.start[pair + 1] {
                    add(&mut row[layout.next[at] as usize], layout.weight[at], pi);
                }
            }
            self.exit[state] = exit;
            self.v[state] = r;
        }
    }

    /// The factors: B below and above the diagonal, and D; v holds the eliminated r.
    #[inline(always)]
    fn eliminate(&mut self, n: usize) {
        for k in (0..n).rev() {
            let (above, from) = self.matrix.split_at_mut(k * n);
            let row = &from[..k];
            let mut pivot = self.exit[k];
            row.iter().for_each(|b| sum(&mut pivot, b));
            self.pivot[k] = pivot;
            let (exit_k, r_k) = (self.exit[k], self.v[k]);
            for i in 0..k {
                let target = &mut above[i * n..i * n + k + 1];
                let mut factor = target[k];
                if factor == ZERO {
                    continue;
                }
                (0..LANES).for_each(|l| factor[l] /= pivot[l]);
                target[..k]
                    .iter_mut()
                    .zip(row)
                    .for_each(|(to, b)| fused(to, &factor, b));
                fused(&mut self.exit[i], &factor, &exit_k);
                fused(&mut self.v[i], &factor, &r_k);
            }
        }
    }

    /// v from the eliminated r, forward.
    #[inline(always)]
    fn values(&mut self, n: usize) {
        for k in 0..n {
            let mut v = self.v[k];
            let row = &self.matrix[k * n..k * n + k];
            row.iter()
                .zip(&self.v)
                .for_each(|(b, x)| fused(&mut v, b, x));
            (0..LANES).for_each(|l| v[l] /= self.pivot[k][l]);
            self.v[k] = v;
        }
    }

    /// ρ = ρ₀ (I − B)⁻¹: ρ₀ eliminated backward, then forward.
    #[inline(always)]
    fn occupancies(&mut self, layout: &Layout) {
        let n = layout.alive;
        let starts = layout.initial.iter().map(|x| [*x; LANES]);
        self.occupancy
            .iter_mut()
            .zip(starts)
            .for_each(|(to, x)| *to = x);
        for k in (0..n).rev() {
            let mut factor = self.occupancy[k];
            if factor == ZERO {
                continue;
            }
            (0..LANES).for_each(|l| factor[l] /= self.pivot[k][l]);
            let row = &self.matrix[k * n..k * n + k];
            self.occupancy
                .iter_mut()
                .zip(row)
                .for_each(|(to, b)| fused(to, &factor, b));
        }
        for k in 0..n {
            let mut visits = self.occupancy[k];
            for i in 0..k {
                let (b, x) = (self.matrix[i * n + k], self.occupancy[i]);
                fused(&mut visits, &b, &x);
            }
            (0..LANES).for_each(|l| visits[l] /= self.pivot[k][l]);
            self.occupancy[k] = visits;
        }
    }

    /// The answers in their places; `false` where one is not finite.
    fn write(&self, layout: &Layout, block: &mut Block<'_>, temperature: f64) -> bool {
        let policies = block.j.len();
        let finite = |x: &Lane| x[..policies].iter().all(|x| x.is_finite());
        if !self.v.iter().all(finite) || !self.occupancy.iter().all(finite) {
            return false;
        }
        for policy in 0..policies {
            let v = &mut block.v[policy * layout.states..(policy + 1) * layout.states];
            let mut j = 0.0;
            for (i, &state) in layout.state.iter().enumerate() {
                v[state] = self.v[i][policy];
                j += layout.initial[i] * v[state];
            }
            block.j[policy] = j;
        }
        if let Some(gradient) = &mut block.gradient {
            self.gradients(layout, gradient, policies, temperature);
        }
        true
    }

    /// ρ π A/τ, with A from differences of values.
    fn gradients(&self, layout: &Layout, gradient: &mut [f64], policies: usize, temperature: f64) {
        let pairs = layout.r.len();
        for state in 0..layout.alive {
            let (own, visits) = (self.v[state], self.occupancy[state]);
            for pair in layout.pairs[state]..layout.pairs[state + 1] {
                let mut advantage = [layout.r[pair]; LANES];
                (0..LANES).for_each(|l| advantage[l] -= layout.exit[pair] * own[l]);
                for at in layout.start[pair]..layout.start[pair + 1] {
                    let (weight, next) = (layout.weight[at], &self.v[layout.next[at] as usize]);
                    (0..LANES).for_each(|l| advantage[l] += weight * (next[l] - own[l]));
                }
                for policy in 0..policies {
                    let taken = visits[policy] * self.pi[pair][policy];
                    gradient[policy * pairs + pair] = taken * advantage[policy] / temperature;
                }
            }
        }
    }
}

/// to += c x.
#[inline(always)]
fn add(to: &mut Lane, c: f64, x: &Lane) {
    (0..LANES).for_each(|l| to[l] += c * x[l]);
}

/// to += x.
#[inline(always)]
fn sum(to: &mut Lane, x: &Lane) {
    (0..LANES).for_each(|l| to[l] += x[l]);
}

/// to += f x.
#[inline(always)]
fn fused(to: &mut Lane, f: &Lane, x: &Lane) {
    (0..LANES).for_each(|l| to[l] += f[l] * x[l]);
}
