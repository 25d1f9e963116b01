//! Eight policies in one elimination without subtraction (Grassmann, Taksar & Heyman 1985).
//!
//! With B = γp^π over the alive states and the exits e = 1 − Σ B, state k is eliminated, the last
//! one first:
//!
//! ```text
//! D_k = e_k + Σ_{j<k} B_kj          f_i = B_ik/D_k
//! B_ij += f_i B_kj     e_i += f_i e_k     r_i += f_i r_k
//! ```
//!
//! for the states i < k and for ρ₀, which is one more row. All terms of B, e and ρ₀ are positive, so
//! that every entry keeps its relative accuracy however small the exits are. Values and visits follow
//! forward, v_k = (r_k + Σ_{j<k} B_kj v_j)/D_k and ρ_k = (ρ₀_k + Σ_{i<k} ρ_i B_ik)/D_k. Only what the
//! plan says is ever filled is touched.

use super::exponential::exponential;
use super::layout::Layout;

/// Policies side by side: two registers of four numbers.
pub(super) const LANES: usize = 8;

pub(super) type Lane = [f64; LANES];

pub(super) const ZERO: Lane = [0.0; LANES];

/// Values this much larger than all advantages leave ∇J errors of some 10⁻¹² of its largest entry: the rounding of
/// v, ε |v|, is that part of A. 10⁻⁹ was met at 10⁷ (γ = 1 − 10⁻⁷).
const LOST: f64 = 1e4;

/// Up to eight policies: their parameters and the places of their answers.
pub(super) struct Block<'a> {
    /// θ, a policy after the other.
    pub theta: &'a [f64],
    pub j: &'a mut [f64],
    /// v, a policy after the other.
    pub v: &'a mut [f64],
    /// ∇J, a policy after the other, where it is asked for.
    pub gradient: Option<&'a mut [f64]>,
    /// What rounding may have done to them, where it is asked for.
    pub bounds: Option<Bounds<'a>>,
}

/// Where the bounds on eight policies go, a number for each.
pub(super) struct Bounds<'a> {
    pub j: &'a mut [f64],
    /// Of any value.
    pub v: &'a mut [f64],
    /// Of any entry of ∇J, where it is asked for.
    pub gradient: Option<&'a mut [f64]>,
}

/// The numbers of eight policies under way.
pub(super) struct Workspace {
    pub pi: Vec<Lane>,
    pub matrix: Vec<Lane>,
    /// 1/D.
    pub inverse: Vec<Lane>,
    pub v: Vec<Lane>,
    pub occupancy: Vec<Lane>,
    /// q − v of the actions of a state.
    advantage: Vec<Lane>,
}

impl Workspace {
    pub fn new(layout: &Layout) -> Workspace {
        let n = layout.alive;
        Workspace {
            pi: vec![ZERO; layout.r.len()],
            matrix: vec![ZERO; (n + 1) * layout.width],
            inverse: vec![ZERO; n],
            v: vec![ZERO; n],
            occupancy: vec![ZERO; n],
            advantage: vec![
                ZERO;
                layout
                    .own
                    .iter()
                    .map(ExactSizeIterator::len)
                    .max()
                    .unwrap_or(0)
            ],
        }
    }

    /// Solves the policies of a block and says which of them lack digits of ∇J; `None` where one of them has no
    /// finite answer.
    pub fn run(
        &mut self,
        layout: &Layout,
        block: &mut Block<'_>,
        temperature: f64,
    ) -> Option<[bool; LANES]> {
        pulp::Arch::new().dispatch(Run {
            workspace: self,
            layout,
            block,
            temperature,
        })
    }

    #[inline(always)]
    fn solve(
        &mut self,
        layout: &Layout,
        block: &mut Block<'_>,
        temperature: f64,
    ) -> Option<[bool; LANES]> {
        if !self.probabilities(layout, block, temperature) {
            return None;
        }
        self.assemble(layout);
        self.eliminate(layout);
        self.forward(layout);
        self.write(layout, block, temperature)
    }

    /// π; the lanes beyond the last policy repeat the first. `false` where a θ is not finite.
    #[inline(always)]
    fn probabilities(&mut self, layout: &Layout, block: &Block<'_>, temperature: f64) -> bool {
        let pairs = layout.r.len();
        let rows: [&[f64]; LANES] = std::array::from_fn(|lane| {
            let policy = if lane < block.j.len() { lane } else { 0 };
            &block.theta[policy * pairs..][..pairs]
        });
        let mut nothing = ZERO;
        for (pair, pi) in self.pi.iter_mut().enumerate() {
            *pi = lanes(|lane| rows[lane][pair]);
            // 0 unless a θ is infinite or no number
            nothing = lanes(|lane| nothing[lane] + 0.0 * pi[lane]);
        }
        let scale = 1.0 / temperature;
        for own in &layout.own {
            softmax(&mut self.pi[own.clone()], scale);
        }
        nothing.iter().all(|x| *x == 0.0)
    }

    /// ρ₀, B, e and r^π.
    #[inline(always)]
    fn assemble(&mut self, layout: &Layout) {
        for &(column, x) in &layout.begin {
            self.matrix[column as usize] = [x; LANES];
        }
        for (k, &slot) in layout.slots.iter().enumerate() {
            let mut sum = ZERO;
            for (pair, weight) in layout.entries.of(k) {
                let pi = &self.pi[*pair as usize];
                sum = lanes(|l| sum[l] + weight * pi[l]);
            }
            self.matrix[slot as usize] = sum;
        }
    }

    /// The factors, the last state first.
    #[inline(always)]
    fn eliminate(&mut self, layout: &Layout) {
        let width = layout.width;
        for k in (0..layout.alive).rev() {
            let (above, from) = self.matrix.split_at_mut((k + 1) * width);
            let (row, out) = (&from[..width], layout.out.of(k));
            let mut pivot = ZERO;
            for &j in &out[..out.len() - 1] {
                pivot = plus(&pivot, &row[j as usize]);
            }
            let inverse = lanes(|l| 1.0 / pivot[l]);
            self.inverse[k] = inverse;
            for &i in layout.into.of(k) {
                let target = &mut above[i as usize * width..][..width];
                let factor = times(&target[k], &inverse);
                for &j in out {
                    let j = j as usize;
                    target[j] = fused(&target[j], &factor, &row[j]);
                }
            }
        }
    }

    /// v and ρ, the first state first.
    #[inline(always)]
    fn forward(&mut self, layout: &Layout) {
        let width = layout.width;
        for k in 0..layout.alive {
            let row = &self.matrix[(k + 1) * width..][..width];
            let out = layout.out.of(k);
            let mut v = row[width - 1];
            for &j in &out[..out.len() - 2] {
                v = fused(&v, &row[j as usize], &self.v[j as usize]);
            }
            self.v[k] = times(&v, &self.inverse[k]);
            let mut visits = ZERO;
            for &i in layout.into.of(k) {
                let b = &self.matrix[i as usize * width + k];
                visits = match i {
                    0 => plus(&visits, b),
                    i => fused(&visits, &self.occupancy[i as usize - 1], b),
                };
            }
            self.occupancy[k] = times(&visits, &self.inverse[k]);
        }
    }

    /// The answers in their places, and which policies lack digits of ∇J; `None` where an answer is not finite.
    #[inline(always)]
    fn write(
        &mut self,
        layout: &Layout,
        block: &mut Block<'_>,
        temperature: f64,
    ) -> Option<[bool; LANES]> {
        let mut nothing = ZERO;
        for x in self.v.iter().chain(&self.occupancy) {
            nothing = lanes(|lane| nothing[lane] + 0.0 * x[lane]);
        }
        if nothing.iter().any(|x| *x != 0.0) {
            return None;
        }
        let mut j = ZERO;
        for (k, &state) in layout.state.iter().enumerate() {
            let v = &self.v[k];
            j = lanes(|l| j[l] + layout.initial[k] * v[l]);
            let places = block.v[state..].iter_mut().step_by(layout.states);
            places.zip(v).for_each(|(place, v)| *place = *v);
        }
        block
            .j
            .iter_mut()
            .zip(&j)
            .for_each(|(place, j)| *place = *j);
        let Some(gradient) = &mut block.gradient else {
            return Some([false; LANES]);
        };
        let differences = self.gradients(layout, gradient, temperature);
        let mut values = ZERO;
        for v in &self.v {
            values = lanes(|l| f64::max(values[l], v[l].abs()));
        }
        Some(std::array::from_fn(|l| values[l] > LOST * differences[l]))
    }

    /// ρ π A/τ, with A from differences of values; returns max |A|. Of A its mean under π is taken, 0 but for rounding, from
    /// differences to the likeliest action, so that what little is left of A there keeps its digits.
    #[inline(always)]
    fn gradients(&mut self, layout: &Layout, gradient: &mut [f64], temperature: f64) -> Lane {
        let (pairs, scale) = (layout.r.len(), 1.0 / temperature);
        let mut most = ZERO;
        for (k, own) in layout.own.iter().enumerate() {
            let (v, visits) = (&self.v[k], &self.occupancy[k]);
            let (mut likely, mut top) = (ZERO, ZERO);
            for (place, pair) in own.clone().enumerate() {
                let (r, exit) = (layout.r[pair], layout.exit[pair]);
                let mut advantage: Lane = lanes(|l| r - exit * v[l]);
                for at in layout.start[pair]..layout.start[pair + 1] {
                    let (weight, next) = (layout.weight[at], &self.v[layout.next[at] as usize]);
                    advantage = lanes(|l| advantage[l] + weight * (next[l] - v[l]));
                }
                most = lanes(|l| f64::max(most[l], advantage[l].abs()));
                let pi = &self.pi[pair];
                let larger = lanes(|l| {
                    if pi[l] > likely[l] {
                        advantage[l]
                    } else {
                        top[l]
                    }
                });
                (likely, top) = (lanes(|l| f64::max(likely[l], pi[l])), larger);
                self.advantage[place] = advantage;
            }
            let mut mean = ZERO;
            for (pair, advantage) in own.clone().zip(&mut self.advantage) {
                *advantage = lanes(|l| advantage[l] - top[l]);
                mean = fused(&mean, &self.pi[pair], advantage);
            }
            for (pair, advantage) in own.clone().zip(&self.advantage) {
                let pi = &self.pi[pair];
                let entry: Lane = lanes(|l| visits[l] * pi[l] * (advantage[l] - mean[l]) * scale);
                let places = gradient[pair..].iter_mut().step_by(pairs);
                places.zip(entry).for_each(|(place, x)| *place = x);
            }
        }
        most
    }
}

/// All of it compiled for the wide registers that the machine turns out to have: a closure would not be.
struct Run<'a, 'b> {
    workspace: &'a mut Workspace,
    layout: &'a Layout,
    block: &'a mut Block<'b>,
    temperature: f64,
}

impl pulp::NullaryFnOnce for Run<'_, '_> {
    type Output = Option<[bool; LANES]>;

    #[inline(always)]
    fn call(self) -> Option<[bool; LANES]> {
        self.workspace
            .solve(self.layout, self.block, self.temperature)
    }
}

/// θ of the actions of a state becomes π.
#[inline(always)]
fn softmax(own: &mut [Lane], scale: f64) {
    let mut largest = [f64::NEG_INFINITY; LANES];
    for theta in own.iter() {
        largest = lanes(|l| {
            if theta[l] > largest[l] {
                theta[l]
            } else {
                largest[l]
            }
        });
    }
    let mut sum = ZERO;
    for theta in own.iter_mut() {
        *theta = lanes(|l| exponential((theta[l] - largest[l]) * scale));
        sum = plus(&sum, theta);
    }
    let inverse = lanes(|l| 1.0 / sum[l]);
    own.iter_mut()
        .for_each(|weight| *weight = times(weight, &inverse));
}

/// A number for each lane.
#[inline(always)]
pub(super) fn lanes(of: impl Fn(usize) -> f64) -> Lane {
    let mut all = ZERO;
    for (lane, number) in all.iter_mut().enumerate() {
        *number = of(lane);
    }
    all
}

#[inline(always)]
pub(super) fn plus(x: &Lane, y: &Lane) -> Lane {
    lanes(|l| x[l] + y[l])
}

#[inline(always)]
pub(super) fn times(x: &Lane, y: &Lane) -> Lane {
    lanes(|l| x[l] * y[l])
}

/// to + f x.
#[inline(always)]
pub(super) fn fused(to: &Lane, f: &Lane, x: &Lane) -> Lane {
    lanes(|l| to[l] + f[l] * x[l])
}
