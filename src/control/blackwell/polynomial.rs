//! Polynomials with whole coefficients, and their real roots.
//!
//! Roots are isolated by Descartes' rule of signs on intervals that are halved (Collins & Akritas
//! 1976): all of it on integers, so that no root is missed or made up.

use dashu_base::{Gcd, Sign, UnsignedAbs};
use dashu_int::{IBig, UBig};

use crate::number::Rational;

/// Σ cₖ xᵏ, from c₀ on; the last coefficient is not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Polynomial(Vec<IBig>);

/// A root in (0, 1), alone in its interval.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// A polynomial without repeated roots that has this one.
    of: Polynomial,
    /// It lies between these, or is both.
    pub(super) low: Rational,
    pub(super) high: Rational,
}

impl Polynomial {
    pub(super) fn new(mut coefficients: Vec<IBig>) -> Polynomial {
        while coefficients.last().is_some_and(IBig::is_zero) {
            coefficients.pop();
        }
        Polynomial(coefficients)
    }

    /// Whether it is 0 everywhere.
    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn degree(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// bⁿ times the value at a/b, n the degree.
    pub(super) fn scaled_value(&self, at: &Rational) -> IBig {
        let (numerator, denominator) = (at.numerator(), IBig::from(at.denominator().clone()));
        let mut power = IBig::ONE;
        let mut sum = IBig::ZERO;
        for coefficient in self.0.iter().rev() {
            sum = sum * numerator + coefficient * &power;
            power *= &denominator;
        }
        sum
    }

    /// bⁿ times the value at a/b for an n that is no smaller than the degree, so that values of several
    /// polynomials can be compared.
    pub(super) fn scaled_to(&self, at: &Rational, n: usize) -> IBig {
        if self.is_zero() {
            return IBig::ZERO;
        }
        let denominator = IBig::from(at.denominator().clone());
        self.scaled_value(at) * denominator.pow(n - self.degree())
    }

    /// −1, 0 or 1.
    pub(super) fn sign(&self, at: &Rational) -> i32 {
        sign(&self.scaled_value(at))
    }

    /// The coefficients of p(1 − x), those that are 0 at the end left out: of p and q that with the larger first
    /// coefficient that differs is the larger one at all arguments just below 1.
    pub(super) fn below_one(&self) -> Vec<IBig> {
        // by Horner: p ← p · (1 − x) + c
        let mut found: Vec<IBig> = Vec::with_capacity(self.0.len());
        for coefficient in self.0.iter().rev() {
            found.push(IBig::ZERO);
            for k in (1..found.len()).rev() {
                let below = found[k - 1].clone();
                found[k] -= below;
            }
            found[0] += coefficient;
        }
        Polynomial::new(found).0
    }

    fn derivative(&self) -> Polynomial {
        let terms = self.0.iter().enumerate().skip(1);
        Polynomial::new(terms.map(|(k, c)| c * IBig::from(k)).collect())
    }

    /// Divided by the greatest common divisor of its coefficients.
    fn primitive(self) -> Polynomial {
        let content = self.0.iter().fold(UBig::ZERO, |content, c| {
            if content.is_one() || c.is_zero() {
                return content;
            }
            if content.is_zero() {
                return c.unsigned_abs();
            }
            content.gcd(c.unsigned_abs())
        });
        if content.is_zero() || content.is_one() {
            return self;
        }
        let content = IBig::from(content);
        Polynomial(self.0.into_iter().map(|c| c / &content).collect())
    }

    /// The remainder of a power of the other's leading coefficient times this by the other.
    fn remainder(&self, by: &Polynomial) -> Polynomial {
        let mut rest = self.0.clone();
        let Some(lead) = by.0.last() else {
            return self.clone();
        };
        while rest.len() >= by.0.len() {
            let Some(top) = rest.pop() else { break };
            let shift = rest.len() + 1 - by.0.len();
            rest.iter_mut().for_each(|c| *c *= lead);
            for (k, c) in by.0[..by.degree()].iter().enumerate() {
                rest[shift + k] -= &top * c;
            }
        }
        Polynomial::new(rest)
    }

    /// The greatest common divisor, primitive.
    fn gcd(self, other: Polynomial) -> Polynomial {
        let (mut x, mut y) = (self.primitive(), other.primitive());
        while !y.is_zero() {
            let rest = x.remainder(&y).primitive();
            (x, y) = (y, rest);
        }
        x
    }

    /// A constant times this divided by a divisor of it.
    fn quotient(&self, by: &Polynomial) -> Polynomial {
        let mut rest = self.0.clone();
        let Some(lead) = by.0.last() else {
            return self.clone();
        };
        let mut quotient = vec![IBig::ZERO; (rest.len() + 1).saturating_sub(by.0.len())];
        while rest.len() >= by.0.len() {
            let Some(top) = rest.pop() else { break };
            let shift = rest.len() + 1 - by.0.len();
            rest.iter_mut().for_each(|c| *c *= lead);
            quotient.iter_mut().for_each(|c| *c *= lead);
            for (k, c) in by.0[..by.degree()].iter().enumerate() {
                rest[shift + k] -= &top * c;
            }
            quotient[shift] = top;
        }
        Polynomial::new(quotient).primitive()
    }

    /// The same roots, each once.
    fn squarefree(&self) -> Polynomial {
        let common = self.clone().gcd(self.derivative());
        if common.degree() == 0 {
            return self.clone().primitive();
        }
        self.quotient(&common)
    }

    /// A constant times p(low + (high − low) x).
    fn on(&self, low: &Rational, high: &Rational) -> Polynomial {
        // p((a + w x)/d) dⁿ by Horner, with low = a/d and high − low = w/d
        let denominator = low.denominator() * high.denominator();
        let at = |x: &Rational| x.numerator() * IBig::from(&denominator / x.denominator());
        let (a, denominator) = (at(low), IBig::from(denominator.clone()));
        let width = at(high) - &a;
        let mut power = IBig::ONE;
        let mut sum: Vec<IBig> = Vec::with_capacity(self.0.len());
        for coefficient in self.0.iter().rev() {
            // sum ← sum · (a + w x) + c dᵏ
            sum.push(IBig::ZERO);
            for k in (0..sum.len()).rev() {
                let below = if k > 0 {
                    &sum[k - 1] * &width
                } else {
                    IBig::ZERO
                };
                sum[k] = &sum[k] * &a + below;
            }
            sum[0] += coefficient * &power;
            power *= &denominator;
        }
        Polynomial::new(sum).primitive()
    }

    /// Sign changes of (1 + x)ⁿ p(1/(1 + x)): no fewer than the roots in (0, 1), and as many where
    /// that is 0 or 1.
    fn variations(&self) -> usize {
        let mut c: Vec<IBig> = self.0.iter().rev().cloned().collect();
        let n = c.len();
        for i in 0..n {
            for k in (i..n.saturating_sub(1)).rev() {
                let above = c[k + 1].clone();
                c[k] += above;
            }
        }
        let signs: Vec<i32> = c.iter().map(sign).filter(|&sign| sign != 0).collect();
        signs.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    /// The roots in (low, high), in order, each once.
    pub(super) fn roots(&self, low: &Rational, high: &Rational) -> Vec<Root> {
        if self.is_zero() || self.on(low, high).variations() == 0 {
            return Vec::new();
        }
        let of = self.squarefree();
        let mut found = Vec::new();
        let mut waiting = vec![(low.clone(), high.clone())];
        while let Some((low, high)) = waiting.pop() {
            if low == high {
                found.push(Root::new(&of, low, high));
                continue;
            }
            match of.on(&low, &high).variations() {
                0 => {}
                1 => found.push(Root::new(&of, low, high)),
                _ => {
                    let middle = middle(&low, &high);
                    waiting.push((middle.clone(), high));
                    if of.sign(&middle) == 0 {
                        waiting.push((middle.clone(), middle.clone()));
                    }
                    waiting.push((low, middle));
                }
            }
        }
        found
    }
}

impl Root {
    fn new(of: &Polynomial, low: Rational, high: Rational) -> Root {
        let of = of.clone();
        Root { of, low, high }
    }

    /// Whether it is a fraction that is known.
    pub(super) fn is_exact(&self) -> bool {
        self.low == self.high
    }

    /// Halves the interval.
    pub(super) fn refine(&mut self) {
        if self.is_exact() {
            return;
        }
        let middle = middle(&self.low, &self.high);
        if self.of.sign(&middle) == 0 {
            (self.low, self.high) = (middle.clone(), middle);
        } else if self.of.on(&self.low, &middle).variations() == 1 {
            self.high = middle;
        } else {
            self.low = middle;
        }
    }

    /// Halves the interval until it is no wider, and looks whether the simplest fraction in it is the
    /// root.
    pub(super) fn refine_to(&mut self, width: &Rational) {
        self.narrow(width);
        if !self.is_exact() {
            let simplest = Rational::simplest_in(self.low.clone(), self.high.clone());
            if self.of.sign(&simplest) == 0 {
                (self.low, self.high) = (simplest.clone(), simplest);
            }
        }
    }

    /// Whether it is the same number as another; if not, the intervals are apart afterwards.
    pub(super) fn is_same(&mut self, other: &mut Root) -> bool {
        if self.holds(other) {
            return true;
        }
        while self.low <= other.high && other.low <= self.high {
            if self.is_exact() && other.is_exact() {
                return true;
            }
            self.refine();
            other.refine();
        }
        false
    }

    /// Whether the root of another is this one.
    fn holds(&self, other: &Root) -> bool {
        let is_at =
            |root: &Root, x: &Rational| root.low < *x && *x < root.high && root.of.sign(x) == 0;
        match (self.is_exact(), other.is_exact()) {
            (true, true) => self.low == other.low,
            (true, false) => is_at(other, &self.low),
            (false, true) => is_at(self, &other.low),
            (false, false) => {
                let low = self.low.clone().max(other.low.clone());
                let high = self.high.clone().min(other.high.clone());
                let common = || self.of.clone().gcd(other.of.clone());
                // each has one root in its interval: one that both have where they overlap is that
                low < high && !common().roots(&low, &high).is_empty()
            }
        }
    }

    /// A fraction above it, at most 2⁻ᵏ of the way to 1 and as much besides.
    pub(super) fn above(&mut self, k: usize) -> Rational {
        let part = Rational::ONE / Rational::from(UBig::ONE << k);
        self.narrow(&part);
        &self.high + (Rational::ONE - &self.high) * part
    }

    /// A fraction below it, at most 2⁻ᵏ of the way to 0 and as much besides.
    pub(super) fn below(&mut self, k: usize) -> Rational {
        let part = Rational::ONE / Rational::from(UBig::ONE << k);
        self.narrow(&part);
        &self.low - &self.low * part
    }

    fn narrow(&mut self, width: &Rational) {
        while !self.is_exact() && &self.high - &self.low > *width {
            self.refine();
        }
    }

    /// Whether it lies below another number.
    pub(super) fn is_below(&mut self, other: &mut Root) -> bool {
        !self.is_same(other) && self.high < other.low
    }
}

/// (x + y)/2.
pub(super) fn middle(x: &Rational, y: &Rational) -> Rational {
    (x + y) / Rational::from(2)
}

fn sign(x: &IBig) -> i32 {
    match (x.is_zero(), x.sign()) {
        (true, _) => 0,
        (false, Sign::Positive) => 1,
        (false, Sign::Negative) => -1,
    }
}
