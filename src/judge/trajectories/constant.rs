//! The one number that is subtracted from others, as it was written.

/// Decimals up to which a number is told as it may have been written; a choice.
const DECIMALS: i32 = 6;

/// The b with the fewest decimals of which all x − b y are 0 up to `most`, of (x, y); the middle of all that are, where none has
/// few; `None` where there is none, where no y tells it, and of b = 0, which subtracts nothing.
pub(super) fn constant(terms: impl Iterator<Item = (f64, f64)>, most: f64) -> Option<f64> {
    let (mut least, mut greatest) = (f64::NEG_INFINITY, f64::INFINITY);
    for (x, y) in terms {
        if y == 0.0 {
            (x.abs() <= most).then_some(())?;
            continue;
        }
        let (from, to) = ((x - most) / y, (x + most) / y);
        least = least.max(from.min(to));
        greatest = greatest.min(from.max(to));
    }
    (least.is_finite() && greatest.is_finite() && least <= greatest).then_some(())?;
    let middle = least + (greatest - least) / 2.0;
    let short = (0..=DECIMALS).map(|decimals| {
        let power = 10f64.powi(decimals);
        (middle * power).round() / power
    });
    let mut fit = short.filter(|b| (least..=greatest).contains(b));
    Some(fit.next().unwrap_or(middle)).filter(|b| *b != 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1, 2, 4 less 2.25 times 1, 1, 1/2, exactly, to two decimals, and off by more.
    #[test]
    fn a_constant_is_as_short_as_rounding_leaves_it() {
        let y = [1.0, 1.0, 0.5];
        let of = |x: [f64; 3], most| constant(x.into_iter().zip(y), most);
        assert_eq!(of([2.25, 2.25, 1.125], 1e-12), Some(2.25));
        assert_eq!(of([2.251, 2.249, 1.124], 0.005), Some(2.25));
        assert_eq!(of([2.251, 2.249, 1.2], 0.005), None);
        assert_eq!(of([0.0, 0.0, 0.0], 0.005), None);
        assert_eq!(constant([(1.0, 0.0)].into_iter(), 0.1), None);
    }
}
