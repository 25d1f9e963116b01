//! Denominators that divide a power of ten, as those of decimals do.

/// 2^twos · 5^fives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tens {
    pub(crate) twos: u32,
    pub(crate) fives: u32,
}

/// The powers of five below 2⁶⁴.
pub(super) const FIVES: [u64; 28] = {
    let mut fives = [1; 28];
    let mut k = 1;
    while k < fives.len() {
        fives[k] = 5 * fives[k - 1];
        k += 1;
    }
    fives
};

/// 10⁰ to 10¹⁹.
pub(super) const UNITS: [u64; 20] = {
    let mut units = [1; 20];
    let mut k = 1;
    while k < units.len() {
        units[k] = 10 * units[k - 1];
        k += 1;
    }
    units
};

impl Tens {
    /// Those of a number that has no other factors.
    pub(crate) fn of(number: u64) -> Option<Tens> {
        if number == 0 {
            return None;
        }
        let twos = number.trailing_zeros();
        let odd = number >> twos;
        // each power of five has a length of its own: log₅ 2 ≈ 441/1024, rounded up
        let fives = (odd.ilog2() * 441).div_ceil(1024);
        let power = FIVES.get(fives as usize).copied();
        (power == Some(odd)).then_some(Tens { twos, fives })
    }

    /// The greatest common divisor with a number, 0 being divided by all.
    pub(crate) fn shared(self, number: u64) -> u64 {
        if number == 0 {
            return FIVES[self.fives as usize] << self.twos;
        }
        let twos = number.trailing_zeros().min(self.twos);
        let (mut odd, mut fives) = (number >> twos, 0);
        while fives < self.fives && odd.is_multiple_of(5) {
            odd /= 5;
            fives += 1;
        }
        FIVES[fives as usize] << twos
    }

    /// How often it stands in 10^digits; `None` if it does not divide it. Of up to 19 digits.
    pub(crate) fn in_unit(self, digits: u32) -> Option<u64> {
        let twos = digits.checked_sub(self.twos)?;
        let fives = FIVES.get(digits.checked_sub(self.fives)? as usize)?;
        fives.checked_mul(1u64.checked_shl(twos)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_twos_and_fives_are_told_from_all_others() {
        for fives in 0..28 {
            for twos in 0..FIVES[fives as usize].leading_zeros() + 1 {
                let number = FIVES[fives as usize] << twos;
                assert_eq!(Tens::of(number), Some(Tens { twos, fives }), "{number}");
                for other in [3, 7, 11] {
                    assert_eq!(number.checked_mul(other).and_then(Tens::of), None);
                }
            }
        }
        assert_eq!(Tens::of(0), None);
        let plain = |mut n: u64| {
            while n.is_multiple_of(2) {
                n /= 2;
            }
            while n.is_multiple_of(5) {
                n /= 5;
            }
            n == 1
        };
        assert!((1..100_000).all(|n| Tens::of(n).is_some() == plain(n)));
    }

    /// Beside Euclid's algorithm.
    #[test]
    fn common_divisors_and_multiples_are_the_greatest_and_least() {
        let gcd = |mut a: u64, mut b: u64| {
            while b != 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        for denominator in [1, 2, 5, 8, 40, 125, 1_000_000, 1 << 40, 10u64.pow(18)] {
            let tens = Tens::of(denominator).unwrap();
            for number in (0..2_000).chain([u64::MAX, 10u64.pow(19), 5u64.pow(27), 1 << 63]) {
                assert_eq!(tens.shared(number), gcd(number, denominator));
            }
            for digits in 0..=19 {
                let unit = 10u64.pow(digits);
                let times = unit.is_multiple_of(denominator).then(|| unit / denominator);
                assert_eq!(tens.in_unit(digits), times, "{denominator} {digits}");
            }
        }
    }
}
