//! The rows of CSV that all judgments have: `quantity`, `of`, `value`.

use std::io;

use super::diagnosis::DiagnosisReport;
use crate::judge::Verdict;
use crate::report::Quantity;
use crate::report::csv::CsvRows;

/// The header, and the verdict under `of`.
pub(super) fn verdict(rows: &mut CsvRows, verdict: Verdict) -> io::Result<()> {
    rows.row(&["quantity", "of", "value"])?;
    rows.number(&["verdict", verdict.name()], Quantity::Undefined)
}

/// How many digits agree, and the largest difference with its place.
pub(super) fn agreement(
    rows: &mut CsvRows,
    digits: u32,
    place: Option<&str>,
    difference: &Quantity,
) -> io::Result<()> {
    rows.number(&["digits", ""], Quantity::from(f64::from(digits)))?;
    let place = place.unwrap_or_default();
    rows.number(&["largest_difference", place], difference)
}

/// A quantity that has a number for each label.
pub(super) fn labelled(
    rows: &mut CsvRows,
    labels: impl IntoIterator<Item = impl AsRef<str>>,
    quantity: &str,
    values: &[Quantity],
) -> io::Result<()> {
    let mut all = labels.into_iter().zip(values);
    all.try_for_each(|(label, x)| rows.number(&[quantity, label.as_ref()], x))
}

/// What is left of each mistake, and the factor beside it.
pub(super) fn diagnoses(rows: &mut CsvRows, found: &[DiagnosisReport]) -> io::Result<()> {
    found.iter().try_for_each(|diagnosis| {
        rows.number(&["scale", &diagnosis.name], &diagnosis.scale)?;
        rows.number(&["residual", &diagnosis.name], &diagnosis.residual)
    })
}
