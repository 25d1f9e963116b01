//! Rows of numbers, one for each trajectory.

/// The mean of rows \[d\].
pub(super) fn mean(rows: &[Vec<f64>]) -> Vec<f64> {
    let mut mean = Vec::new();
    for row in rows {
        mean.resize(row.len(), 0.0);
        mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x);
    }
    let n = rows.len().max(1) as f64;
    mean.into_iter().map(|x| x / n).collect()
}

/// All of them times a factor.
pub(super) fn times(rows: &[Vec<f64>], factor: f64) -> Vec<Vec<f64>> {
    let row = |row: &Vec<f64>| row.iter().map(|x| factor * x).collect();
    rows.iter().map(row).collect()
}

/// A factor of which all of the given numbers are that many times others but for so much, if there is one.
pub(super) fn factor_within(given: &[Vec<f64>], rows: &[Vec<f64>], most: f64) -> Option<f64> {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for (x, y) in given.iter().flatten().zip(rows.iter().flatten()) {
        let ends = [(x - most) / y, (x + most) / y];
        if *y != 0.0 {
            low = low.max(ends[0].min(ends[1]));
            high = high.min(ends[0].max(ends[1]));
        } else if x.abs() > most {
            return None;
        }
    }
    (low <= high && (high - low).is_finite()).then(|| low + (high - low) / 2.0)
}
