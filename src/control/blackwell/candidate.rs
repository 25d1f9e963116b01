//! Policies whose values are polynomials in γ.

use dashu_base::Gcd;
use dashu_int::{IBig, UBig};

use super::polynomial::{Polynomial, Root, middle};
use crate::mdp::Mdp;
use crate::number::Rational;

/// An MDP with p and r as whole numbers over common denominators, terminal states left out.
pub(super) struct Chains {
    /// The common denominator of p.
    unit: IBig,
    /// The pairs of each state.
    pairs: Vec<std::ops::Range<usize>>,
    /// `unit` times p(·|s, a), where it is not 0, for each pair.
    rows: Vec<Vec<(usize, IBig)>>,
    /// A common multiple of the denominators of r, times r(s, a), for each pair.
    paid: Vec<IBig>,
}

/// D(γ) A(s, a) of a pair, times something positive.
#[derive(Clone, Debug)]
pub(super) struct Advantage {
    pair: usize,
    by: Polynomial,
}

/// A deterministic policy with the advantages of all pairs.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The pair taken in each state.
    taken: Vec<usize>,
    advantages: Vec<Advantage>,
}

impl Chains {
    pub(super) fn new(mdp: &Mdp<Rational>) -> Chains {
        let space = mdp.space();
        let number = |state: usize| (!space.is_terminal(state)).then(|| space.alive_before(state));
        let multiple = |numbers: &mut dyn Iterator<Item = &Rational>| {
            let all = numbers.fold(UBig::ONE, |all, x| {
                let divisor = (&all).gcd(x.denominator());
                all * (x.denominator() / divisor)
            });
            IBig::from(all)
        };
        let whole = |x: &Rational, unit: &IBig| {
            x.numerator() * (unit / IBig::from(x.denominator().clone()))
        };
        let pairs = 0..space.pairs();
        let p = mdp.p();
        let unit = multiple(&mut pairs.clone().flat_map(|pair| p.row(pair).map(|(_, p)| p)));
        let scale = multiple(&mut mdp.r().iter());
        let row = |pair| {
            let entries = p
                .row(pair)
                .filter_map(|(next, p)| Some((number(next)?, whole(p, &unit))));
            entries.collect()
        };
        let alive = (0..space.states()).filter(|&state| !space.is_terminal(state));
        Chains {
            pairs: alive.map(|state| space.pairs_of(state)).collect(),
            rows: pairs.map(row).collect(),
            paid: mdp.r().iter().map(|r| whole(r, &scale)).collect(),
            unit,
        }
    }

    /// The first action in each state.
    pub(super) fn any(&self) -> Candidate {
        self.candidate(self.pairs.iter().map(|pairs| pairs.start).collect())
    }

    /// The policy that policy iteration ends in at a discount in (0, 1).
    pub(super) fn best_at(&self, at: &Rational, from: Candidate) -> Candidate {
        let mut policy = from;
        loop {
            let mut taken = policy.taken.clone();
            for (taken, pairs) in taken.iter_mut().zip(&self.pairs) {
                let mut best = IBig::ZERO;
                for advantage in &policy.advantages[pairs.clone()] {
                    let value = advantage.by.scaled_to(at, self.pairs.len() + 1);
                    if value > best {
                        (best, *taken) = (value, advantage.pair);
                    }
                }
            }
            if taken == policy.taken {
                return policy;
            }
            policy = self.candidate(taken);
        }
    }

    /// The policy that policy iteration ends in at all discounts close to 1.
    pub(super) fn best_near_one(&self, from: Candidate) -> Candidate {
        let mut policy = from;
        loop {
            let mut taken = policy.taken.clone();
            for (taken, pairs) in taken.iter_mut().zip(&self.pairs) {
                let mut best = Vec::new();
                for advantage in &policy.advantages[pairs.clone()] {
                    let value = advantage.by.below_one();
                    if is_above(&value, &best) {
                        (best, *taken) = (value, advantage.pair);
                    }
                }
            }
            if taken == policy.taken {
                return policy;
            }
            policy = self.candidate(taken);
        }
    }

    /// A policy with its advantages.
    ///
    /// With M = u P in whole numbers, D = Σ cₖ (γ/u)ᵏ by Newton's identities from the traces of Mᵏ, and
    /// N, a polynomial of lower degree, is where D Σ γᵗ Pᵗ r ends.
    fn candidate(&self, taken: Vec<usize>) -> Candidate {
        let n = taken.len();
        let rows: Vec<&Vec<(usize, IBig)>> = taken.iter().map(|&pair| &self.rows[pair]).collect();
        let c = characteristic(&rows);
        let times = |x: &[IBig]| -> Vec<IBig> { rows.iter().map(|row| product(row, x)).collect() };
        // u-scaled: values[t] = Mᵗ r, numerator[j] = Σᵢ cᵢ Mʲ⁻ⁱ r by Horner
        let r: Vec<IBig> = taken.iter().map(|&pair| self.paid[pair].clone()).collect();
        let mut numerator: Vec<Vec<IBig>> = Vec::with_capacity(n);
        for coefficient in c.iter().take(n) {
            let mut next = numerator
                .last()
                .map_or_else(|| vec![IBig::ZERO; n], |last| times(last));
            for (next, r) in next.iter_mut().zip(&r) {
                *next += coefficient * r;
            }
            numerator.push(next);
        }
        let powers: Vec<IBig> =
            std::iter::successors(Some(IBig::ONE), |power| Some(power * &self.unit))
                .take(n + 2)
                .collect();
        let mut advantages = Vec::with_capacity(self.rows.len());
        for (state, pairs) in self.pairs.iter().enumerate() {
            for pair in pairs.clone() {
                let mut by = vec![IBig::ZERO; n + 2];
                for (k, coefficient) in c.iter().enumerate() {
                    by[k] += coefficient * &self.paid[pair];
                }
                for (k, numerator) in numerator.iter().enumerate() {
                    by[k] -= &numerator[state];
                    by[k + 1] += product(&self.rows[pair], numerator);
                }
                // in γ itself: (γ/u)ᵏ uⁿ⁺¹
                for (k, by) in by.iter_mut().enumerate() {
                    *by *= &powers[n + 1 - k];
                }
                let by = Polynomial::new(by);
                advantages.push(Advantage { pair, by });
            }
        }
        Candidate { taken, advantages }
    }
}

/// c₀, …, cₙ with det(I − xM) = Σ cₖ xᵏ: k cₖ = −Σ_{i=1}^{k} cₖ₋ᵢ tr Mⁱ.
fn characteristic(rows: &[&Vec<(usize, IBig)>]) -> Vec<IBig> {
    let n = rows.len();
    let mut traces = Vec::with_capacity(n);
    // the columns of Mᵏ
    let unit = |i: usize, j: usize| if i == j { IBig::ONE } else { IBig::ZERO };
    let mut power: Vec<Vec<IBig>> = (0..n)
        .map(|j| (0..n).map(|i| unit(i, j)).collect())
        .collect();
    for _ in 0..n {
        for column in &mut power {
            *column = rows.iter().map(|row| product(row, column)).collect();
        }
        let diagonal = power.iter().enumerate().map(|(j, column)| &column[j]);
        traces.push(diagonal.fold(IBig::ZERO, |sum, x| sum + x));
    }
    let mut c = vec![IBig::ONE];
    for k in 1..=n {
        let terms = (1..=k).map(|i| &c[k - i] * &traces[i - 1]);
        let sum = terms.fold(IBig::ZERO, |sum, term| sum + term);
        c.push(-sum / IBig::from(k));
    }
    c
}

/// Whether the first coefficient that differs is larger in x, where what is left out is 0.
fn is_above(x: &[IBig], y: &[IBig]) -> bool {
    let zero = IBig::ZERO;
    let all = 0..x.len().max(y.len());
    let mut both = all.map(|k| (x.get(k).unwrap_or(&zero), y.get(k).unwrap_or(&zero)));
    both.find(|(x, y)| x != y).is_some_and(|(x, y)| x > y)
}

fn product(row: &[(usize, IBig)], x: &[IBig]) -> IBig {
    row.iter().fold(IBig::ZERO, |sum, (j, m)| sum + m * &x[*j])
}

impl Candidate {
    pub(super) fn advantages(&self) -> &[Advantage] {
        &self.advantages
    }

    /// The pairs of advantage 0 at all discounts.
    pub(super) fn optimal(&self) -> Vec<usize> {
        let pairs = self
            .advantages
            .iter()
            .filter(|advantage| advantage.by.is_zero());
        pairs.map(|advantage| advantage.pair).collect()
    }
}

impl Advantage {
    /// Whether it is 0 at this discount, but not at all.
    pub(super) fn vanishes(&self, at: &Rational) -> bool {
        !self.by.is_zero() && self.by.sign(at) == 0
    }

    /// The first discount in (low, high) from which on the advantage is positive.
    pub(super) fn first_rise(&self, low: &Rational, high: &Rational) -> Option<Root> {
        let mut roots = self.by.roots(low, high);
        (0..roots.len()).find_map(|i| {
            let after = between(&mut roots, i, i + 1, high);
            (self.by.sign(&after) > 0).then(|| roots[i].clone())
        })
    }

    /// The last discount in (low, high) up to which the advantage is positive.
    pub(super) fn last_fall(&self, low: &Rational, high: &Rational) -> Option<Root> {
        let mut roots = self.by.roots(low, high);
        (0..roots.len()).rev().find_map(|i| {
            let before = match i {
                0 => middle(low, &apart(&mut roots[0], low).low),
                i => between(&mut roots, i - 1, i, high),
            };
            (self.by.sign(&before) > 0).then(|| roots[i].clone())
        })
    }
}

/// A number between a root and the next one, or the end.
fn between(roots: &mut [Root], this: usize, next: usize, end: &Rational) -> Rational {
    let mut first = roots[this].clone();
    let mut second = roots.get(next).cloned();
    let point = loop {
        let above = second.as_ref().map_or(end, |root| &root.low);
        if first.high < *above {
            break middle(&first.high, above);
        }
        first.refine();
        second.iter_mut().for_each(Root::refine);
    };
    roots[this] = first;
    point
}

/// A root whose interval lies above a number.
fn apart<'r>(root: &'r mut Root, low: &Rational) -> &'r Root {
    while root.low <= *low {
        root.refine();
    }
    root
}
