//! A mistake that explains what is wrong, as judgments report it.

use crate::judge::Diagnosis;
use crate::report::Quantity;
use crate::report::entries::{Entries, Entry};

/// One explanation.
#[derive(Clone, Debug)]
pub struct DiagnosisReport {
    /// The mistake, two joined by `+`.
    pub name: String,
    /// The factor beside it.
    pub scale: Quantity,
    /// What is left, relative to the largest entry.
    pub residual: Quantity,
    /// What was done.
    pub says: String,
}

impl DiagnosisReport {
    pub(super) fn new(diagnosis: &Diagnosis) -> DiagnosisReport {
        DiagnosisReport {
            name: diagnosis.name.clone(),
            scale: Quantity::from(diagnosis.scale),
            residual: Quantity::from(diagnosis.residual),
            says: diagnosis.says.clone(),
        }
    }

    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("name", &self.name))
            .and(Entry::number("scale", &self.scale))
            .and(Entry::number("residual", &self.residual))
            .and(Entry::text("says", &self.says))
    }
}

/// Explanations, best first.
pub(super) fn diagnoses(diagnoses: &[DiagnosisReport]) -> Entry<'_> {
    let all = diagnoses.iter().map(DiagnosisReport::entries);
    Entry::list("diagnoses", all.collect())
}
