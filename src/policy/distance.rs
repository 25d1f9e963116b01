//! How far two policies are from each other in a state (theory, 4.9).

use std::ops::Range;

use super::{Parametrization, Policy};
use crate::field::UNIT;
use crate::linalg::Solvable;

/// π' − π of every pair, and how far it may be off.
#[derive(Clone, Debug)]
pub(crate) struct Changes<F> {
    /// \[SA\].
    pub by_pair: Vec<F>,
    /// \[SA\]; 0 where the field is exact or has bounds of its own.
    pub errors: Vec<f64>,
}

impl<F: Solvable> Changes<F> {
    /// π̇ = ∇π · way of a policy whose parameters move along a way \[d\].
    pub fn along(at: &Policy<F>, way: &[F]) -> Changes<F> {
        let rounds = !F::EXACT && F::one().certified().is_none();
        let of = |pair: usize| {
            let terms = at.slopes(pair).map(|(k, slope)| slope * &way[k]);
            let terms: Vec<F> = terms.collect();
            let size: f64 = terms.iter().map(|x| x.to_f64().abs()).sum();
            let unit = (terms.len() + 8) as f64 * f64::EPSILON;
            let sum = terms.into_iter().fold(F::zero(), |sum, x| sum + x);
            (sum, if rounds { unit * size } else { 0.0 })
        };
        let (by_pair, errors) = (0..at.space().pairs()).map(of).unzip();
        Changes { by_pair, errors }
    }

    /// Of two policies of the same pairs. In floating point softmax policies whose parameters are near each other differ by
    ///
    /// ```text
    /// π' − π = π (exp(x − m) − 1)     x = θ' − θ over the temperature (of features φ · (θ' − θ)),   m = ln Σ π eˣ
    /// ```
    ///
    /// to the last digits; else the likeliest action of a state by what the others do, since all sum to 0: 1 − 10⁻¹⁸ is 1.
    pub fn new(at: &Policy<F>, to: &Policy<F>) -> Changes<F> {
        let (pi, new) = (at.probabilities(), to.probabilities());
        let both = pi.iter().zip(new);
        let mut changes = Changes {
            by_pair: both.map(|(pi, new)| new.clone() - pi).collect(),
            errors: vec![0.0; pi.len()],
        };
        if F::EXACT || F::one().certified().is_some() {
            return changes;
        }
        let rises = rises(at, to);
        let space = at.space();
        for state in 0..space.states() {
            let block = space.pairs_of(state);
            let near = rises.as_ref().map(|rises| &rises[block.clone()]);
            let near = near.and_then(|rises| nearly(&pi[block.clone()], rises));
            match near {
                Some(near) => {
                    for (pair, change) in block.zip(near) {
                        changes.errors[pair] = 32.0 * UNIT * change.to_f64().abs();
                        changes.by_pair[pair] = change;
                    }
                }
                None => changes.complete(block, pi, new),
            }
        }
        changes
    }

    /// The likeliest action of a state by the others.
    fn complete(&mut self, block: Range<usize>, pi: &[F], new: &[F]) {
        let mass = |a: usize| pi[a].clone() + &new[a];
        let likeliest = block
            .clone()
            .reduce(|x, y| if mass(y) > mass(x) { y } else { x });
        let Some(likeliest) = likeliest else { return };
        let (mut sum, mut open) = (F::zero(), 0.0);
        for pair in block.filter(|&pair| pair != likeliest) {
            self.errors[pair] = in_doubt(pi[pair].to_f64()) + in_doubt(new[pair].to_f64());
            open += self.errors[pair];
            sum += &self.by_pair[pair];
        }
        self.by_pair[likeliest] = -sum;
        self.errors[likeliest] = open;
    }
}

/// How far θ' lies from θ in the exponents of a softmax \[SA\]; `None` where the policies are not of this kind.
fn rises<F: Solvable>(at: &Policy<F>, to: &Policy<F>) -> Option<Vec<F>> {
    if at.mix().is_some() || to.mix().is_some() {
        return None;
    }
    let (from, theta) = (at.theta()?, to.theta()?);
    let moved = theta.iter().zip(from).map(|(x, y)| x.clone() - y);
    match (at.parametrization(), to.parametrization()) {
        (Parametrization::Softmax(one), Parametrization::Softmax(other)) if one == other => {
            Some(moved.map(|x| x / &one.temperature).collect())
        }
        (Parametrization::LogLinear(one), Parametrization::LogLinear(other)) if one == other => {
            let moved: Vec<F> = moved.collect();
            let rises = one.logits(at.space(), &moved).into_iter();
            Some(rises.map(|x| x / &one.temperature).collect())
        }
        _ => None,
    }
}

/// π (eˣ⁻ᵐ − 1) of the actions of a state; `None` where an exponent is not small.
fn nearly<F: Solvable>(pi: &[F], rises: &[F]) -> Option<Vec<F>> {
    let is_small = |x: &F| x.to_f64().abs() <= SMALL;
    if !rises.iter().all(is_small) {
        return None;
    }
    let both = pi.iter().zip(rises);
    let mean = both.fold(F::zero(), |sum, (pi, x)| sum + pi.clone() * exp_less_1(x));
    let m = mean.checked_ln_1p()?;
    let moved = pi.iter().zip(rises);
    Some(
        moved
            .map(|(pi, x)| exp_less_1(&(x.clone() - &m)) * pi)
            .collect(),
    )
}

/// eˣ − 1 by its series, for small x.
fn exp_less_1<F: Solvable>(x: &F) -> F {
    let terms = (2..=TERMS).rev();
    let series = terms.fold(F::one(), |sum, k| F::one() + sum * x / F::from_i64(k));
    series * x
}

/// What is open of a probability π = exp(x)/Σ: the roundings of a quotient of sums, and of x = ln π, which its size
/// multiplies.
pub(crate) fn in_doubt(pi: f64) -> f64 {
    if pi > 0.0 {
        UNIT * (8.0 + pi.ln().abs()) * pi
    } else {
        0.0
    }
}

/// ½ Σₐ |π − π'| of the changes of a state.
pub(crate) fn total_variation<F: Solvable>(changes: &[F]) -> F {
    let moved = changes.iter().fold(F::zero(), |sum, x| sum + x.abs());
    moved / F::from_i64(2)
}

/// KL(π‖π') = Σ π (x − ln(1 + x)) with x = π'/π − 1, whose mean under π is 0: no term is negative, and where the two
/// are near each other none is the difference of larger ones; an action that only π' has adds π'. `None` where
/// π' gives up an action of π.
pub(crate) fn divergence<F: Solvable>(pi: &[F], new: &[F], changes: &[F]) -> Option<F> {
    let mut sum = F::zero();
    for ((pi, new), change) in pi.iter().zip(new).zip(changes) {
        let term = match (pi.is_zero(), new.is_zero()) {
            (false, true) => return None,
            _ if F::EXACT || pi.certified().is_some() => {
                if pi.is_zero() {
                    continue;
                }
                (pi.clone() / new).checked_ln()? * pi
            }
            (true, _) => new.clone(),
            _ => above_logarithm(pi, new, change.clone())?,
        };
        sum += term;
    }
    Some(sum)
}

/// π (x − ln(1 + x)) for x = δ/π with π' = π + δ, by its series x²/2 − x³/3 + … where x is small.
fn above_logarithm<F: Solvable>(pi: &F, new: &F, change: F) -> Option<F> {
    let x = change.clone() / pi;
    if x.to_f64().abs() > SMALL {
        // of two numbers with all their digits: near −1, 1 + x has few
        let logarithm = new.checked_ln()? - pi.checked_ln()?;
        return Some(change - logarithm * pi);
    }
    let terms = (2..=TERMS).rev();
    let sum = terms.fold(F::zero(), |sum, k| F::one() / F::from_i64(k) - sum * &x);
    Some(sum * x * change)
}

/// Up to where x − ln(1 + x) loses digits: one and a half of them here.
const SMALL: f64 = 1.0 / 16.0;
/// Powers of x in the series: 16⁻¹³ is below the last digit of the first.
const TERMS: i64 = 15;
