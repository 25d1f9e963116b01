//! E X_kⁿ where parameter k scores in one state z only.
//!
//! What a visit of z adds, with n steps to go, is
//!
//! ```text
//! σ_{ab}(n) = Σₐ π Σ_{m<b} C(b, m) ψ_k^{b−m} cᵐ E_{z,a}[Rᵃ (αR + β)^{b−m} X'ᵐ]
//! ```
//!
//! and X is 0 until the first visit, so that with D of [`super::visits`]
//!
//! ```text
//! E_{z,a}[Rᵃ X'ᵇ] = Σ_m c^{bm} Σᵢ C(a, i) g^{i(m+1)} D_{a−i}(m) σ_{ib}(n − 1 − m)
//! E_{ρ₀}[Xᵇ] = Σ_m c^{bm} Pr(S_m = z) σ_{0b}(T − m)
//! ```
//!
//! in the order of b. Of (R₀ − b)U, the last line is the one before it with E_{ρ₀}[(R_{:m} − b)ᵉ; S_m = z] for D.

use rayon::prelude::*;

use super::kernel::{LANES, binomials};
use super::returns::Returns;
use super::visits::Visits;
use super::{Order, Stepwise};
use crate::field::DEGREES;
use crate::linalg::Solvable;

/// A sequence over steps to go 0 … T, and zeros before it, so that it can be read at an earlier time.
struct Padded<F> {
    data: Vec<F>,
    before: usize,
}

impl<F: Solvable> Padded<F> {
    fn zero(horizon: usize) -> Padded<F> {
        let before = LANES;
        Padded {
            data: vec![F::zero(); before + horizon + 1 + LANES],
            before,
        }
    }

    fn of(&mut self) -> &mut [F] {
        &mut self.data[self.before..]
    }

    /// y(n) += Σ_m a(m) x(n − 1 − m) for the first numbers of y, each in the order of m; at most so many as there are here.
    fn add_to(&self, y: &mut [F], a: &[F]) {
        for (block, y) in y.chunks_mut(LANES).enumerate() {
            let first = self.before + block * LANES;
            // what is more than n − 1 steps ago is 0
            let within = &a[..a.len().min(block * LANES + LANES - 1)];
            let x = &self.data[first - within.len()..first - 1 + y.len()];
            F::add_convolved(y, within, x);
        }
    }
}

/// What all parameters share.
struct Shared<'a, F: Solvable> {
    plan: &'a Stepwise<'a, F>,
    order: usize,
    returns: Returns<F>,
    visits: Visits<F>,
    /// E_{ρ₀}[(R_{:t} − b)ᵉ; Sₜ = s], [T][S · degrees].
    started: Vec<Vec<F>>,
    choose: [[F; DEGREES]; DEGREES],
    /// gⁿ and cⁿ for n ≤ T.
    decays: Vec<F>,
    discounts: Vec<F>,
}

/// A number by steps to go, T + 1 of them.
type Sequence<F> = Vec<F>;

/// (b, a, i), and for each pair c^{bm} C(a, i) g^{i(m+1)} D_{a−i}(m).
type Passage<F> = ((usize, usize, usize), Vec<Sequence<F>>);

/// What the parameters of a state share.
struct Place<F> {
    state: usize,
    pairs: Vec<usize>,
    passages: Vec<Passage<F>>,
    /// βⁿ, n = 0 … order, by steps to go, for each pair; none where β = 0.
    own: Vec<Vec<Sequence<F>>>,
}

impl<F: Solvable> Stepwise<'_, F> {
    /// E X_kⁿ, \[order\]\[d\], `state_of` being the state of each parameter.
    pub(super) fn powers_of(&self, state_of: &[usize], order: usize) -> Vec<Vec<F>> {
        let degree = self.degree(order);
        let whole = self.whole.is_some();
        let powers = |x: F| -> Vec<F> {
            let next = |y: &F| Some(y.clone() * &x);
            std::iter::successors(Some(F::one()), next)
                .take(self.horizon + 1)
                .collect()
        };
        let decay = self.returns.as_ref();
        let shared = Shared {
            plan: self,
            order,
            returns: Returns::new(self, if self.multiplies { order } else { degree }),
            visits: Visits::new(&self.kernel(), degree, self.horizon),
            started: self.started(if whole { order } else { 0 }),
            choose: binomials(),
            decays: powers(decay.map_or_else(F::zero, |(_, g)| g.clone())),
            discounts: powers(self.weight.clone()),
        };
        let mut parameters = vec![Vec::new(); self.process.states()];
        for (k, &state) in state_of.iter().enumerate() {
            parameters[state].push(k);
        }
        let of = |(state, own): (usize, &Vec<usize>)| -> Vec<(usize, Vec<F>)> {
            if own.is_empty() {
                return Vec::new();
            }
            let place = shared.place(state);
            let moments = |&k: &usize| (k, shared.moments(&place, k));
            own.iter().map(moments).collect()
        };
        let found: Vec<_> = parameters.par_iter().enumerate().map(of).collect();
        let mut moments = vec![vec![F::zero(); state_of.len()]; order];
        for (k, own) in found.into_iter().flatten() {
            for (row, x) in moments.iter_mut().zip(own) {
                row[k] = x;
            }
        }
        moments
    }
}

impl<F: Solvable> Shared<'_, F> {
    fn place(&self, state: usize) -> Place<F> {
        let (plan, horizon) = (self.plan, self.plan.horizon);
        let weights = plan.process.weights(Order::First);
        let pairs = plan.process.pairs_of(state);
        let pairs: Vec<usize> = pairs.filter(|&pair| !weights[pair].is_zero()).collect();
        let mut passages = Vec::new();
        for b in 1..self.order {
            for a in 0..=plan.most(self.order, b) {
                for i in 0..=a {
                    let of = |&pair: &usize| self.passage(pair, b, a, i);
                    passages.push(((b, a, i), pairs.iter().map(of).collect()));
                }
            }
        }
        let own = |&pair: &usize| -> Vec<Sequence<F>> {
            let at = |n: usize| plan.own(horizon - n, state, pair);
            let beta: Vec<F> = (0..=horizon).map(at).collect();
            let mut powers = vec![vec![F::one(); horizon + 1]];
            for n in 1..=self.order {
                let next = powers[n - 1].iter().zip(&beta);
                powers.push(next.map(|(x, beta)| x.clone() * beta).collect());
            }
            powers
        };
        let zero = matches!(plan.own, super::Own::Zero);
        Place {
            state,
            own: if zero {
                Vec::new()
            } else {
                pairs.iter().map(own).collect()
            },
            pairs,
            passages,
        }
    }

    /// c^{bm} C(a, i) g^{i(m+1)} D_{a−i}(m).
    fn passage(&self, pair: usize, b: usize, a: usize, i: usize) -> Sequence<F> {
        let visits = self.visits.of(pair, a - i).iter().enumerate();
        let at = |(m, visits): (usize, &F)| {
            let mut factor = visits.clone() * &self.choose[a][i];
            (0..b).for_each(|_| factor *= &self.discounts[m]);
            (0..i).for_each(|_| factor *= &self.decays[m + 1]);
            factor
        };
        visits.map(at).collect()
    }

    /// E X_kⁿ for n = 1 … order.
    fn moments(&self, place: &Place<F>, k: usize) -> Vec<F> {
        let (plan, horizon) = (self.plan, self.plan.horizon);
        // E_{z,a}[Rᵃ X'ᵐ], [m − 1][a][pairs][T + 1]
        let mut known: Vec<Vec<Vec<Sequence<F>>>> = Vec::new();
        let mut moments = Vec::with_capacity(self.order);
        for b in 1..=self.order {
            let degrees = 0..=plan.most(self.order, b);
            let added: Vec<Padded<F>> = degrees
                .clone()
                .map(|a| self.added(place, k, (a, b), &known))
                .collect();
            moments.push(self.started(place, b, &added));
            if b == self.order {
                break;
            }
            // whole blocks, of which what is behind T steps is nobody's
            let times = (horizon + 1).next_multiple_of(LANES);
            let zero = vec![vec![F::zero(); times]; place.pairs.len()];
            let mut next = vec![zero; added.len()];
            for ((_, a, i), passages) in place.passages.iter().filter(|((of, ..), _)| *of == b) {
                for (known, passage) in next[*a].iter_mut().zip(passages) {
                    added[*i].add_to(known, passage);
                }
            }
            known.push(next);
        }
        moments
    }

    /// σ_{ab} by steps to go.
    fn added(
        &self,
        place: &Place<F>,
        k: usize,
        (a, b): (usize, usize),
        known: &[Vec<Vec<Sequence<F>>>],
    ) -> Padded<F> {
        let plan = self.plan;
        let weights = plan.process.weights(Order::First);
        let mut sum = Padded::zero(plan.horizon);
        for (at, &pair) in place.pairs.iter().enumerate() {
            let mut score = plan.process.score(pair);
            let Some((_, psi)) = score.find(|(other, _)| *other == k) else {
                continue;
            };
            for m in 0..b {
                let mut factor = weights[pair].clone() * &self.choose[b][m];
                (m..b).for_each(|_| factor *= psi);
                (0..m).for_each(|_| factor *= &plan.weight);
                for e in 0..=b - m {
                    // (αR + β)^{b−m} has Rᵉ where α is 1, and β to the rest where β is not 0
                    let alone = e < b - m;
                    if (e > 0 && !plan.multiplies) || (alone && place.own.is_empty()) {
                        continue;
                    }
                    let moments = match m.checked_sub(1) {
                        None => self.returns.of(pair, a + e),
                        Some(m) => &known[m][a + e][at],
                    };
                    let factor = factor.clone() * &self.choose[b - m][e];
                    let sums = sum.of().iter_mut().zip(moments).skip(1);
                    match place.own.get(at).map(|own| &own[b - m - e]) {
                        Some(own) if alone => sums.zip(&own[1..]).for_each(|((sum, x), own)| {
                            *sum += factor.clone() * x * own;
                        }),
                        _ => sums.for_each(|(sum, x)| *sum += factor.clone() * x),
                    }
                }
            }
        }
        sum
    }

    /// E_{ρ₀}[Xᵇ], or of a product E_{ρ₀}[(R₀ − b)ᵇ Uᵇ].
    fn started(&self, place: &Place<F>, b: usize, added: &[Padded<F>]) -> F {
        let whole = self.plan.whole.is_some();
        let degrees = if whole { self.order + 1 } else { 1 };
        let most = if whole { b } else { 0 };
        let mut sum = F::zero();
        for (m, started) in self.started.iter().enumerate() {
            let started = &started[place.state * degrees..(place.state + 1) * degrees];
            for i in 0..=most {
                let n = added[i].before + self.plan.horizon - m;
                let mut factor = started[most - i].clone() * &self.choose[most][i];
                (0..b).for_each(|_| factor *= &self.discounts[m]);
                (0..i).for_each(|_| factor *= &self.decays[m]);
                sum += factor * &added[i].data[n];
            }
        }
        sum
    }
}
