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
