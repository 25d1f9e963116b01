//! Estimators as joint linear recursions of scalars and vectors along a trajectory (theory, 5.2).
//!
//! ```text
//! Rᵢ = ζᵢ + gᵢ R'_{source(i)}                      scalars: returns, sums of residuals
//! Vᵢ = ψ (fᵢ + hᵢ R'_{source(i)}) + Σₗ Cᵢₗ V'ₗ     vectors: sums of scores
//! X  = Σᵢ topᵢ Vᵢ                                   the estimator
//! ```
//!
//! A prime means "from the next state on"; all primes are 0 once the trajectory has ended. Sources
//! and links point at the same index or a lower one, so that the moments are solved one by one.

use super::Table;
use super::process::SampledOutcome;
use crate::linalg::Solvable;

/// A function of the outcome of one step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Signal<F> {
    /// 1.
    One,
    /// r.
    Reward,
    /// r − bₜ(s).
    RewardLess(Table<F>),
    /// fₜ(s, a).
    Pair(Table<F>),
    /// r + γ uₜ₊₁(s') − uₜ(s), u = 0 where the trajectory has ended.
    Residual { critic: Table<F>, discount: F },
    /// r + γ uₜ₊₁(s').
    Ahead { critic: Table<F>, discount: F },
}

impl<F: Solvable> Signal<F> {
    /// The value at a time, of an outcome of a pair.
    pub fn at(&self, time: usize, state: usize, pair: usize, step: &SampledOutcome<F>) -> F {
        match self {
            Signal::One => F::one(),
            Signal::Reward => step.reward.clone(),
            Signal::RewardLess(b) => step.reward.clone() - &b.at(time)[state],
            Signal::Pair(f) => f.at(time)[pair].clone(),
            Signal::Residual { critic, discount } => {
                if let Some(rise) = critic.rise(state, step.next, discount) {
                    return rise + &step.reward;
                }
                let mut residual = step.reward.clone() - &critic.at(time)[state];
                if let Some(next) = step.next {
                    residual += discount.clone() * &critic.at(time + 1)[next];
                }
                residual
            }
            Signal::Ahead { critic, discount } => {
                let later = step.next.map(|next| &critic.at(time + 1)[next]);
                let later = later.map_or_else(F::zero, |u| discount.clone() * u);
                step.reward.clone() + &later
            }
        }
    }

    /// The size of the terms of the value at time 0, which is known to a few roundings of it; of a function of the pair
    /// its own.
    pub fn size(&self, state: usize, pair: usize, step: &SampledOutcome<F>) -> f64 {
        let size = |x: &F| x.to_f64().abs();
        let reward = size(&step.reward);
        let after = |table: &Table<F>, discount: &F| {
            let later = step.next.map(|next| size(&table.at(1)[next]));
            size(discount) * later.unwrap_or(0.0)
        };
        match self {
            Signal::One => 1.0,
            Signal::Reward => reward,
            Signal::RewardLess(table) => reward + size(&table.at(0)[state]),
            Signal::Pair(f) => size(&f.at(0)[pair]),
            Signal::Residual { critic, discount } => {
                let rise = critic.rise(state, step.next, discount);
                let apart = || size(&critic.at(0)[state]) + after(critic, discount);
                reward + rise.map_or_else(apart, |rise| size(&rise))
            }
            Signal::Ahead { critic, discount } => reward + after(critic, discount),
        }
    }

    /// Whether it is the same at all times.
    pub fn is_stationary(&self) -> bool {
        match self {
            Signal::One | Signal::Reward => true,
            Signal::RewardLess(table) | Signal::Pair(table) => table.rows().len() == 1,
            Signal::Residual { critic, .. } | Signal::Ahead { critic, .. } => {
                critic.rows().len() == 1
            }
        }
    }
}

/// R = ζ + g R'_{source}.
#[derive(Clone, Debug)]
pub(super) struct Scalar<F> {
    /// ζ.
    pub signal: Signal<F>,
    /// g.
    pub decay: F,
    /// Which scalar R' is: this one, an earlier one, or none.
    pub source: Option<usize>,
}

/// V = ψ (f + h R'_{source}) + Σ C V'.
#[derive(Clone, Debug)]
pub(super) struct Vector<F> {
    /// f.
    pub signal: Signal<F>,
    /// h and the scalar whose future it multiplies.
    pub future: Option<(F, usize)>,
    /// The terms C V'.
    pub links: Vec<Link<F>>,
}

/// C V': C is a constant, or a constant times the reward of the step.
#[derive(Clone, Debug)]
pub(super) struct Link<F> {
    /// The constant.
    pub factor: F,
    /// Whether the reward multiplies it.
    pub rewarded: bool,
    /// Which vector V' is.
    pub vector: usize,
}

impl<F: Solvable> Link<F> {
    /// C at an outcome.
    pub fn at(&self, step: &SampledOutcome<F>) -> F {
        if self.rewarded {
            self.factor.clone() * &step.reward
        } else {
            self.factor.clone()
        }
    }
}

/// The recursions of one estimator, or of several on the same trajectories.
#[derive(Clone, Debug)]
pub(super) struct Recursion<F> {
    pub scalars: Vec<Scalar<F>>,
    pub vectors: Vec<Vector<F>>,
    /// X = Σᵢ topᵢ Vᵢ.
    pub top: Vec<F>,
}

impl<F: Solvable> Recursion<F> {
    /// X = ψ(f + h R') + cX', with the scalars that R' is one of.
    pub fn of_one_sum(
        scalars: Vec<Scalar<F>>,
        signal: Signal<F>,
        future: Option<(F, usize)>,
        weight: &F,
    ) -> Recursion<F> {
        let vector = Vector {
            signal,
            future,
            links: vec![constant_link(weight.clone(), 0)],
        };
        Recursion {
            scalars,
            vectors: vec![vector],
            top: vec![F::one()],
        }
    }

    /// Whether it is one vector over at most one scalar, which is then its own source.
    pub fn is_one_sum(&self) -> bool {
        let closed = self.scalars.iter().all(|scalar| scalar.source == Some(0));
        self.vectors.len() == 1 && self.scalars.len() <= 1 && closed
    }

    /// Whether it is one vector over the sums of a window, each of which follows the one before it.
    pub fn is_window(&self) -> bool {
        let mut scalars = self.scalars.iter().enumerate();
        self.vectors.len() == 1 && scalars.all(|(j, scalar)| scalar.source == j.checked_sub(1))
    }

    /// Whether it is the product of the sum of scores and the return ([`Contribution::TotalReturn`]).
    ///
    /// [`Contribution::TotalReturn`]: super::Contribution::TotalReturn
    pub fn is_total_return(&self) -> bool {
        let rewarded = |vector: &Vector<F>| vector.links.iter().any(|link| link.rewarded);
        self.scalars.len() == 1 && self.vectors.len() == 2 && rewarded(&self.vectors[1])
    }

    /// Both on the same trajectories; returns also how many vectors the first has.
    pub fn joined(mut self, other: Recursion<F>) -> (Recursion<F>, usize) {
        let scalars = self.scalars.len();
        let vectors = self.vectors.len();
        self.scalars
            .extend(other.scalars.into_iter().map(|scalar| Scalar {
                source: scalar.source.map(|i| i + scalars),
                ..scalar
            }));
        self.vectors.extend(other.vectors.into_iter().map(|vector| {
            let links = vector.links.into_iter();
            Vector {
                signal: vector.signal,
                future: vector.future.map(|(h, i)| (h, i + scalars)),
                links: links
                    .map(|link| Link {
                        vector: link.vector + vectors,
                        ..link
                    })
                    .collect(),
            }
        }));
        self.top.extend(other.top);
        (self, vectors)
    }
}

pub(super) fn constant_link<F>(factor: F, vector: usize) -> Link<F> {
    Link {
        factor,
        rewarded: false,
        vector,
    }
}
