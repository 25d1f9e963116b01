//! A horizon: one recursion backward in time, in which nature chooses anew at each step.

use super::bound::GivenPolicy;
use super::{Nature, Robust, RobustByTime, Uncertain};
use crate::evaluation::FiniteHorizon;
use crate::field::{Field, dot};
use crate::linalg::Solvable;
use crate::number::Rational;
use crate::policy::Policy;

impl<F: Solvable> Uncertain<F> {
    /// Values and rules of all times; and v₀ \[S\] of the same rules in other sets under another nature.
    pub(super) fn backward(
        &self,
        nature: Nature,
        given: Option<&[F]>,
        horizon: usize,
        elsewhere: Option<(&Uncertain<F>, Nature)>,
    ) -> (Robust<F>, Vec<F>) {
        let (states, pairs) = (self.mdp.states(), self.mdp.pairs());
        let table = horizon.saturating_mul(states + pairs);
        let kept = elsewhere.is_none() && table <= FiniteHorizon::<F>::TABLE_LIMIT;
        let mut v = vec![F::zero(); states];
        let (mut values, mut rules) = (vec![v.clone()], Vec::new());
        let mut there = v.clone();
        let (mut q, mut kernel) = self.against(nature, &v);
        let mut pi = given.map_or_else(|| self.greedy(&q), <[F]>::to_vec);
        let (mut error, factor) = (0.0, self.factor());
        for step in 0..horizon {
            error = factor * error + self.rounding(&v, 0.0);
            if step > 0 {
                (q, kernel) = self.against(nature, &v);
                if given.is_none() {
                    pi = self.greedy(&q);
                }
            }
            v = self.backed_up(&q, given);
            if let Some((sets, nature)) = elsewhere {
                there = sets.stepped(nature, Some(&pi), &there);
            }
            if kept {
                values.push(v.clone());
                rules.push(pi.clone());
            }
        }
        values.reverse();
        rules.reverse();
        let robust = Robust {
            j: dot(self.mdp.initial(), &v),
            policy: Policy::on_simplex(self.mdp.space(), pi),
            kernel: self.written(&kernel),
            iterations: horizon,
            error_bound: if F::EXACT { 0.0 } else { error },
            gain: None,
            by_time: kept.then_some(RobustByTime {
                v: values,
                policy: rules,
            }),
            v,
            q,
        };
        (robust, there)
    }

    /// By how much a step enlarges an error at most: γ times the largest sum of a row.
    fn factor(&self) -> f64 {
        let sums = self.rows.iter().map(|row| row.whole().to_f64());
        let most = self.rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let slack = 1.0 + (most + 4) as f64 * f64::EPSILON;
        self.mdp.discount().to_f64() * sums.fold(0.0, f64::max) * slack
    }
}

impl Uncertain<Rational> {
    /// A bound on the error of every v_t that floating point computes in the same sets: what each step of it
    /// leaves of the equation in fractions, and what later errors come to by then.
    pub(crate) fn error_over(
        &self,
        floats: &Uncertain<f64>,
        nature: Nature,
        given: Option<&GivenPolicy>,
        horizon: usize,
    ) -> f64 {
        let discount = super::bound::up(&self.mdp.discount());
        let mut v = vec![0.0; self.mdp.states()];
        let (mut error, mut most) = (0.0, 0.0);
        for _ in 0..horizon {
            let next = floats.stepped(nature, given.map(|given| &given.rounded[..]), &v);
            let exact: Vec<Rational> = v.iter().map(super::bound::fraction).collect();
            let doubt = self.doubt_of_policy(nature, given.and_then(GivenPolicy::off), &exact);
            let exact = self.stepped(nature, given.map(|given| &given.near[..]), &exact);
            let left = exact.iter().zip(&next).zip(&doubt);
            let left = left.map(|((exact, x), doubt)| {
                Field::abs(&(exact - super::bound::fraction(x))) + doubt
            });
            let left = left.max().map_or(0.0, |left| super::bound::up(&left));
            error = (discount * error + left) * (1.0 + 4.0 * f64::EPSILON);
            most = f64::max(most, error);
            v = next;
        }
        most
    }
}
