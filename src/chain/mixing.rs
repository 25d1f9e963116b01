//! How fast a chain forgets where it began: mixing time, conductance.
//!
//! (Levin, Peres & Wilmer 2009, sections 4.5 and 7.2.)

use nalgebra::DMatrix;

use super::LongRun;
use crate::linalg::Solvable;

/// The distance from μ at which a chain counts as mixed: 1/4, as everywhere.
pub const MIXED: f64 = 0.25;

/// The number of steps after which P is within 1/4 of μ in total variation, whatever the start:
/// t = min { t : max_s ½ Σ |Pᵗ(s, ·) − μ| ≤ 1/4 }, enclosed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixingTime {
    /// It is no smaller.
    pub lower: u64,
    /// It is no larger; `None` where rounding leaves that open.
    pub upper: Option<u64>,
}

impl MixingTime {
    /// The mixing time of a chain with one recurrent class, which is aperiodic; `None` of another,
    /// which never mixes.
    ///
    /// P is squared until it has mixed, and the time found from its highest binary digit down, twice:
    /// the distance and its rounding error are on the safe side once above, once below. All entries
    /// are sums and products of numbers ≥ 0, so that each has the relative error
    /// (1 + ε)^{(n + 2)(2t)} − 1 at most (Higham 2002, section 3.5). O(S³ log t).
    pub fn new<F: Solvable>(long_run: &LongRun<F>) -> Option<MixingTime> {
        let [class] = long_run.structure().recurrent() else {
            return None;
        };
        if class.period != 1 {
            return None;
        }
        let n = long_run.p().rows();
        if n == 1 {
            // P⁰ is μ already; of two states on one is at least 1/2 away from it
            return Some(MixingTime {
                lower: 0,
                upper: Some(0),
            });
        }
        let mut mu = vec![0.0; n];
        let own = class.states.iter().zip(long_run.stationary(0));
        own.for_each(|(&s, x)| mu[s] = x.to_f64());
        let p = DMatrix::from_fn(n, n, |i, j| long_run.p().get(i, j).to_f64());
        let powers = Powers::new(p, &mu)?;
        Some(MixingTime {
            lower: powers.first_within(|distance, error| distance - error <= MIXED)?,
            upper: powers.first_within(|distance, error| distance + error <= MIXED),
        })
    }
}

/// P, P², P⁴, … until rounding or mixing ends it.
struct Powers<'a> {
    squares: Vec<DMatrix<f64>>,
    mu: &'a [f64],
}

impl<'a> Powers<'a> {
    /// `None` if even 2⁶² steps do not mix.
    fn new(p: DMatrix<f64>, mu: &'a [f64]) -> Option<Powers<'a>> {
        // so that the number of steps, a power of 2, is a `u64` with room for a sum
        const MOST: usize = 62;
        let mut powers = Powers {
            squares: vec![p],
            mu,
        };
        while powers.squares.len() < MOST {
            let last = &powers.squares[powers.squares.len() - 1];
            let (distance, error) = powers.distance(last, 1 << (powers.squares.len() - 1));
            // once it has mixed for certain, or nothing more can be told
            if distance + error <= MIXED || error > MIXED {
                return Some(powers);
            }
            let square = last * last;
            powers.squares.push(square);
        }
        None
    }

    /// max_s ½ Σ |Pᵗ(s, ·) − μ| as computed, and a bound on its error.
    fn distance(&self, power: &DMatrix<f64>, steps: u64) -> (f64, f64) {
        let n = self.mu.len();
        let row = |i: usize| {
            let differences = (0..n).map(|j| (power[(i, j)] - self.mu[j]).abs());
            differences.sum::<f64>() / 2.0
        };
        let distance = (0..n).map(row).fold(0.0, f64::max);
        // Pᵗ: rounding of P itself and of at most 2t products; μ by elimination without
        // subtraction: 2n² roundings (O'Cinneide 1993)
        let roundings = (n as f64 + 2.0) * 2.0 * steps as f64 + 2.0 * (n * n) as f64;
        let relative = (roundings * f64::EPSILON).exp_m1();
        (distance, relative + n as f64 * f64::EPSILON)
    }

    /// The first t of which `mixed` holds, by its binary digits; `None` if none of the powers is.
    ///
    /// The distance never rises with t, so that halving finds it.
    fn first_within(&self, mixed: impl Fn(f64, f64) -> bool) -> Option<u64> {
        let told = |power: &DMatrix<f64>, steps: u64| {
            let (distance, error) = self.distance(power, steps);
            mixed(distance, error)
        };
        let of = |k: usize| 1u64 << k;
        let mut squares = self.squares.iter().enumerate();
        let first = squares.position(|(k, power)| told(power, of(k)))?;
        let Some(below) = first.checked_sub(1) else {
            return Some(1);
        };
        let mut power = self.squares[below].clone();
        let mut steps = of(below);
        for k in (0..below).rev() {
            let further = &power * &self.squares[k];
            if !told(&further, steps + of(k)) {
                power = further;
                steps += of(k);
            }
        }
        Some(steps + 1)
    }
}

/// Φ = min { Σ_{s∈A, s'∉A} μ(s) P(s, s') / μ(A) : μ(A) ≤ 1/2 } over the sets A of states of a
/// recurrent class, by enumeration: the narrowest way out of at most half of the class.
///
/// `None` for a class of one state or that there is not, and where there are more than `most` of them, or than 63.
pub fn conductance<F: Solvable>(long_run: &LongRun<F>, class: usize, most: usize) -> Option<F> {
    // as many as bits of a set
    const BITS: usize = 63;
    let states = &long_run.structure().recurrent().get(class)?.states;
    let n = states.len();
    if n < 2 || n > most.min(BITS) {
        return None;
    }
    let mu = long_run.stationary(class);
    let flow: Vec<Vec<F>> = (0..n)
        .map(|i| {
            let to = |j: usize| mu[i].clone() * long_run.p().get(states[i], states[j]);
            (0..n).map(to).collect()
        })
        .collect();
    let members = |set: u64| (0..n).filter(move |i| set >> i & 1 == 1);
    let mut smallest: Option<F> = None;
    for set in 1..(1u64 << n) - 1 {
        let (mut mass, mut out) = (F::zero(), F::zero());
        for i in members(set) {
            mass += &mu[i];
            let outside = (0..n).filter(|j| set >> j & 1 == 0);
            outside.for_each(|j| out += &flow[i][j]);
        }
        if mass.clone() + &mass > F::one() {
            continue;
        }
        let ratio = out / &mass;
        if smallest.as_ref().is_none_or(|least| ratio < *least) {
            smallest = Some(ratio);
        }
    }
    smallest
}
