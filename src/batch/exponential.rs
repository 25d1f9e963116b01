//! eˣ of several numbers at once, for x ≤ 0, the same bits on every machine.
//!
//! ```text
//! x = n ln 2 + r,  |r| ≤ ln 2 / 2     eˣ = 2ⁿ Σ_{k ≤ 13} rᵏ/k!
//! ```
//!
//! The sum is cut at 4·10⁻¹⁸ of its value; the whole is within an ulp or so. There is no branch and no
//! table, so that the compiler does it for a register of numbers at once.

/// ln 2 in two parts (Cody & Waite 1980): n times the first is exact for all n that occur.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
/// What makes the last bits of a number whole ones when it is added: 1.5 · 2⁵².
const WHOLE: f64 = 6_755_399_441_055_744.0;
/// e to this is 0.
const NOTHING: f64 = -800.0;
/// 2 to the half of such a power is a normal number.
const NORMAL: f64 = -1000.0;

/// eˣ for x ≤ 0; 0 where that is less than the smallest number.
#[inline(always)]
pub(super) fn exponential(x: f64) -> f64 {
    let x = if x > NOTHING { x } else { NOTHING };
    let n = (x * std::f64::consts::LOG2_E + WHOLE) - WHOLE;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    // in two steps, since 2ⁿ may be none of the normal numbers
    let first = if n > NORMAL { n } else { NORMAL };
    series(r) * power(first) * power(n - first)
}

/// Σ_{k ≤ 13} rᵏ/k! by pairs, whose parts do not wait for each other.
#[inline(always)]
fn series(r: f64) -> f64 {
    // 1/k!; what is cut off is below r¹⁴/14! = 4·10⁻¹⁸
    const C: [f64; 14] = inverse_factorials();
    let (r2, pair) = (r * r, |k: usize| C[k] + C[k + 1] * r);
    let r4 = r2 * r2;
    let four = |k: usize| pair(k) + pair(k + 2) * r2;
    let high = four(8) + pair(12) * r4;
    let middle = four(4) + high * r4;
    let rest = C[2] + C[3] * r + middle * r2;
    1.0 + (r + rest * r2)
}

const fn inverse_factorials() -> [f64; 14] {
    let mut all = [1.0; 14];
    let (mut k, mut factorial) = (1, 1.0);
    while k < all.len() {
        factorial *= k as f64;
        all[k] = 1.0 / factorial;
        k += 1;
    }
    all
}

/// 2ⁿ for a whole n from −1023 (then 0) to 1023.
#[inline(always)]
fn power(n: f64) -> f64 {
    f64::from_bits((n + (WHOLE + 1023.0)).to_bits() << 52)
}

#[cfg(test)]
mod tests {
    use super::exponential;

    #[test]
    fn it_is_that_of_the_standard_library_within_two_ulps() {
        for i in 0..200_000 {
            let x = -f64::from(i) * 0.003_725_3;
            let (found, expected) = (exponential(x), x.exp());
            let ulp = f64::EPSILON * expected + f64::from_bits(1);
            assert!(
                (found - expected).abs() <= 2.0 * ulp,
                "{x}: {found}, {expected}"
            );
        }
        assert_eq!(exponential(0.0), 1.0);
        assert_eq!(exponential(-1e308), 0.0);
        assert_eq!(exponential(f64::NEG_INFINITY), 0.0);
    }
}
