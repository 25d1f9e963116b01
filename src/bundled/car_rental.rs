//! Jack's car rental, a table of 3.7 MB, from what it is a table of (Sutton & Barto 2018, Example 4.2).
//!
//! Of n ≤ 20 cars of the morning min(n, N) are rented, N requests, and n' = min(20, n − min(n, N) + M) are there in the
//! evening, M returned; N and M are Poisson. Two locations are independent:
//!
//! ```text
//! p(i'-j' | mi-j) = 9/10 p₁(i'|i) p₂(j'|j), in units of 10⁻¹²      r(mi-j) = 10 (E min(i, N₁) + E min(j, N₂))
//! ```
//!
//! `mdps/jacks-car-rental.yaml` is the same model, with its source and what is known of it.

use std::fmt::Write;
use std::sync::OnceLock;

/// Most cars at a location.
const MOST: usize = 20;
/// Most cars that are moved overnight.
const MOVED: i64 = 5;
/// What fixed-point numbers are counts of: 10⁻³⁶.
const ONE: u128 = 10u128.pow(36);
/// What probabilities are counts of: 10⁻¹².
const UNIT: u64 = 10u64.pow(12);

/// A Poisson law: its rate λ and e^−λ in units of 10⁻³⁶.
type Rate = (u128, u128);
const TWO: Rate = (2, 135_335_283_236_612_691_893_999_494_972_484_403);
const THREE: Rate = (3, 49_787_068_367_863_942_979_342_415_650_061_776);
const FOUR: Rate = (4, 18_315_638_888_734_180_293_718_021_273_241_242);

/// The model as a file says it.
pub(super) fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| written().unwrap_or_default())
}

fn written() -> Result<String, std::fmt::Error> {
    let mut out = String::with_capacity(4 << 20);
    let places = || (0..=MOST).flat_map(|i| (0..=MOST).map(move |j| (i, j)));
    out += "name: jacks-car-rental
description: Moving cars between two rental locations (Sutton & Barto 2018, Example 4.2).
discount: 1
states: [";
    for morning in ["", "m"] {
        for (i, j) in places() {
            write!(out, "{morning}{i}-{j}, ")?;
        }
    }
    out += "closed]
actions: [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, rent]
initial: {10-10: 1}
terminal: [closed]
rewards:\n";
    for (i, j) in places() {
        write!(out, "  {i}-{j}: {{")?;
        for k in moves(i, j) {
            write!(out, "{k}: {}, ", -2 * k.abs())?;
        }
        out += "}\n";
    }
    let (first, second) = (Location::new(THREE, THREE), Location::new(FOUR, TWO));
    for (i, j) in places() {
        let rented = 10 * (first.rented[i] + second.rented[j]);
        writeln!(out, "  m{i}-{j}: {{rent: {}}}", nearest(rented))?;
    }
    out += "transitions:\n";
    for (i, j) in places() {
        write!(out, "  {i}-{j}: {{")?;
        for k in moves(i, j) {
            let there = |cars: usize, k: i64| (cars as i64 + k).min(MOST as i64);
            write!(out, "{k}: m{}-{}, ", there(i, -k), there(j, k))?;
        }
        out += "}\n";
    }
    for (i, j) in places() {
        write!(out, "  m{i}-{j}: {{rent: {{closed: 0.1")?;
        for (k, p) in day(&first.next[i], &second.next[j]).iter().enumerate() {
            if *p > 0 {
                let (to, from) = (k / (MOST + 1), k % (MOST + 1));
                write!(out, ", {to}-{from}: {p}e-12")?;
            }
        }
        out += "}}\n";
    }
    Ok(out)
}

/// The cars that can be moved from the first location to the second.
fn moves(first: usize, second: usize) -> impl Iterator<Item = i64> {
    (-MOVED).max(-(second as i64))..=MOVED.min(first as i64)
}

/// What a day does at one location, by the cars of the morning.
struct Location {
    /// E min(n, N) \[21\], in units of 10⁻³⁶.
    rented: Vec<u128>,
    /// p(n'|n) \[21\]\[21\].
    next: Vec<Vec<f64>>,
}

impl Location {
    fn new(requests: Rate, returns: Rate) -> Location {
        let (asked, brought) = (poisson(requests), poisson(returns));
        let float = |x: u128| x as f64 / ONE as f64;
        let row = |n: usize| {
            let mut row = vec![0.0; MOST + 1];
            for rented in 0..=n {
                let left = n - rented;
                for back in 0..=MOST - left {
                    let both = float(at_most(&asked, rented, n))
                        * float(at_most(&brought, back, MOST - left));
                    row[left + back] += both;
                }
            }
            row
        };
        let rented = |n: usize| (0..=n).map(|k| k as u128 * at_most(&asked, k, n)).sum();
        Location {
            rented: (0..=MOST).map(rented).collect(),
            next: (0..=MOST).map(row).collect(),
        }
    }
}

/// P(N = k) for k ≤ 20, in units of 10⁻³⁶.
fn poisson((rate, mut p): Rate) -> Vec<u128> {
    let mut all = Vec::with_capacity(MOST + 1);
    for k in 1..=MOST as u128 + 1 {
        all.push(p);
        p = p * rate / k;
    }
    all
}

/// P(min(N, n) = k).
fn at_most(law: &[u128], k: usize, n: usize) -> u128 {
    if k < n {
        law[k]
    } else {
        ONE - law[..n].iter().sum::<u128>()
    }
}

/// p(i'-j' | mi-j) \[441\] in units of 10⁻¹², rounded so that they sum to 9/10: what is missing is the largest's.
fn day(first: &[f64], second: &[f64]) -> Vec<u64> {
    let unit = 0.9 * UNIT as f64;
    let row = first.iter().flat_map(|p| second.iter().map(move |q| p * q));
    let mut row: Vec<u64> = row.map(|p| (p * unit).round() as u64).collect();
    let sum: u64 = row.iter().sum();
    // the first of the largest
    if let Some(most) = row.iter_mut().rev().max_by_key(|p| **p) {
        *most = (*most + UNIT / 10 * 9).saturating_sub(sum);
    }
    row
}

/// The float that is nearest to a fixed-point number.
fn nearest(x: u128) -> f64 {
    let (whole, rest) = (x / ONE, x % ONE);
    format!("{whole}.{rest:036}").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::model::Model;

    #[test]
    fn it_is_the_model_of_the_file() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/mdps/jacks-car-rental.yaml");
        let file = std::fs::read_to_string(file).expect("a file of the repository");
        let read = |text: &str| Model::parse("jacks-car-rental.yaml", text).expect("a model");
        assert_eq!(read(super::text()), read(&file));
    }
}
