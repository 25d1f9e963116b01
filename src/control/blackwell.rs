//! Which policies are optimal at which discount, exactly: every γ at which that changes, and the
//! policy that is optimal for all γ close to 1 (Blackwell 1962; theory, 7.6).
//!
//! Of a policy v(γ) = Σ γᵗ Pᵗ r = N(γ)/D(γ) with D = det(I − γP) > 0 on [0, 1), so that the sign of
//! each advantage is that of a polynomial:
//!
//! ```text
//! D(γ) A(s, a) = r(s, a) D(γ) + γ Σ p(s'|s, a) N(s') − N(s)
//! ```
//!
//! A policy stays optimal until the first of these rises above 0. Their coefficients are whole
//! numbers and their roots are isolated, so that no change is missed and none is made up.

mod candidate;
mod polynomial;

use self::candidate::{Candidate, Chains};
use self::polynomial::Root;
use crate::error::Error;
use crate::mdp::Mdp;
use crate::number::Rational;

/// A number that is known as closely as one likes.
#[derive(Clone, Debug, PartialEq)]
pub enum Discount {
    /// This fraction.
    Exact(Rational),
    /// An irrational number, or one whose fraction is long, between two that are 2⁻⁶⁰ apart.
    Between(Rational, Rational),
}

impl Discount {
    /// The nearest `f64`.
    pub fn to_f64(&self) -> f64 {
        match self {
            Discount::Exact(x) => x.to_f64().value(),
            Discount::Between(low, high) => polynomial::middle(low, high).to_f64().value(),
        }
    }

    /// The fraction, if it is known.
    pub fn exact(&self) -> Option<&Rational> {
        match self {
            Discount::Exact(x) => Some(x),
            Discount::Between(..) => None,
        }
    }

    fn new(mut root: Root) -> Discount {
        root.refine_to(&(Rational::ONE / Rational::from(1u64 << 60)));
        if root.is_exact() {
            Discount::Exact(root.low)
        } else {
            Discount::Between(root.low, root.high)
        }
    }
}

/// Discounts between which the same actions are optimal.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// From this discount on; 0 in the first stretch.
    pub from: Discount,
    /// Up to this one; 1 in the last stretch.
    pub to: Discount,
    /// The pairs that are optimal on all of it, increasing: one or more for each state that is not
    /// terminal.
    pub optimal: Vec<usize>,
}

/// Most states of which all critical discounts are sought: polynomials of this degree, with
/// coefficients of as many words.
pub const MOST_STATES: usize = 60;

/// The optimal actions at every discount in (0, 1), from 0 on.
///
/// At the discounts between two stretches the actions of both are optimal. The last stretch is that of
/// the Blackwell-optimal policies. What is optimal beside others at one discount alone, where its advantage touches 0 (at
/// 0, where r alone counts, among them), is in no stretch.
///
/// Errors with [`Error::Argument`] beyond [`MOST_STATES`] states that are not terminal.
///
/// ```
/// use exact_mdp::control::blackwell::stretches;
/// use exact_mdp::model::Model;
///
/// // 1 now, or 3 in two steps
/// let model = Model::parse("wait.yaml", "
/// discount: 1/2
/// states: [start, later, end]
/// actions: [take, wait]
/// initial: start
/// terminal: [end]
/// transitions:
///   start: {take: end, wait: later}
///   later: {take: end}
/// rewards: {start: {take: 1, wait: 0}, later: {take: 3}}
/// ")?;
/// let found = stretches(&model.exact_mdp()?)?;
/// let ends: Vec<f64> = found.iter().map(|stretch| stretch.to.to_f64()).collect();
/// assert_eq!(ends, [1.0 / 3.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn stretches(mdp: &Mdp<Rational>) -> Result<Vec<Stretch>, Error> {
    let chains = chains(mdp)?;
    let mut found = vec![Open::first(&chains)];
    while let Some(next) = found[0].before(&chains) {
        found.insert(0, next);
    }
    while let Some(next) = found[found.len() - 1].after(&chains) {
        found.push(next);
    }
    // a stretch begins where the one before ends, in the same enclosure
    let mut from = Discount::Exact(Rational::ZERO);
    let closed = found.into_iter().map(|open| {
        let stretch = open.closed(from.clone());
        from = stretch.to.clone();
        stretch
    });
    Ok(closed.collect())
}

/// The pairs that are optimal at all discounts close to 1, increasing, as in the last of [`stretches`]: those of the
/// Blackwell-optimal policies, found without a root of a polynomial by what their advantages are just below 1.
///
/// Errors with [`Error::Argument`] beyond [`MOST_STATES`] states that are not terminal.
pub fn near_one(mdp: &Mdp<Rational>) -> Result<Vec<usize>, Error> {
    let chains = chains(mdp)?;
    Ok(chains.best_near_one(chains.any()).optimal())
}

fn chains(mdp: &Mdp<Rational>) -> Result<Chains, Error> {
    let alive = mdp.space().alive_before(mdp.states());
    if alive > MOST_STATES {
        return Err(Error::Argument {
            name: "the number of states that act",
            found: alive.to_string(),
            expected: "at most 60 where all critical discounts are sought",
        });
    }
    Ok(Chains::new(mdp))
}

/// A policy and between which discounts it is optimal.
struct Open {
    policy: Candidate,
    from: Option<Root>,
    to: Option<Root>,
}

impl Open {
    /// One of them.
    fn first(chains: &Chains) -> Open {
        let mut policy = chains.any();
        // 1/3, 1/3 + 1/9, 1/3 + 1/9 + 1/27, …: few of them can be critical
        let third = Rational::ONE / Rational::from(3);
        let (mut at, mut step) = (third.clone(), third.clone());
        loop {
            policy = chains.best_at(&at, policy);
            if let Some(open) = Open::around(&policy, &at) {
                return open;
            }
            step *= &third;
            at += &step;
        }
    }

    /// All discounts around this one at which a policy is optimal that is so there; `None` where the
    /// optimal actions change.
    fn around(policy: &Candidate, at: &Rational) -> Option<Open> {
        if policy
            .advantages()
            .iter()
            .any(|advantage| advantage.vanishes(at))
        {
            return None;
        }
        let (zero, one) = (Rational::ZERO, Rational::ONE);
        let (mut from, mut to): (Option<Root>, Option<Root>) = (None, None);
        for advantage in policy.advantages() {
            if let Some(mut root) = advantage.first_rise(at, &one)
                && to.as_mut().is_none_or(|to| root.is_below(to))
            {
                to = Some(root);
            }
            if let Some(mut root) = advantage.last_fall(&zero, at)
                && from.as_mut().is_none_or(|from| from.is_below(&mut root))
            {
                from = Some(root);
            }
        }
        let policy = policy.clone();
        Some(Open { policy, from, to })
    }

    /// The stretch that begins where this one ends.
    fn after(&self, chains: &Chains) -> Option<Open> {
        let mut end = self.to.clone()?;
        (8..).step_by(8).find_map(|closeness| {
            let at = end.above(closeness);
            let policy = chains.best_at(&at, self.policy.clone());
            let mut next = Open::around(&policy, &at)?;
            let is_next = !next.from.as_mut().is_some_and(|from| end.is_below(from));
            is_next.then_some(next)
        })
    }

    /// The stretch that ends where this one begins.
    fn before(&self, chains: &Chains) -> Option<Open> {
        let mut begin = self.from.clone()?;
        (8..).step_by(8).find_map(|closeness| {
            let at = begin.below(closeness);
            let policy = chains.best_at(&at, self.policy.clone());
            let mut next = Open::around(&policy, &at)?;
            let is_next = !next.to.as_mut().is_some_and(|to| to.is_below(&mut begin));
            is_next.then_some(next)
        })
    }

    fn closed(self, from: Discount) -> Stretch {
        let one = || Discount::Exact(Rational::ONE);
        Stretch {
            optimal: self.policy.optimal(),
            from,
            to: self.to.map_or_else(one, Discount::new),
        }
    }
}
