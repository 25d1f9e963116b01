//! What `judge --formula` reports.

use std::io;

use super::diagnosis::{DiagnosisReport, diagnoses};
use super::{count_digits, list, rows, verdict, words};
use crate::judge::{Formula, Judgment, Verdict};
use crate::model::Objective;
use crate::report::entries::{Axis, Entries, Entry};
use crate::report::{Head, Quantity, Report, csv};
use crate::solved::Solved;

/// A user's array held against the exact one.
#[derive(Clone, Debug)]
pub struct FormulaReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// What was judged.
    pub of: &'static str,
    /// The estimator whose law it belongs to, if it does.
    pub named: Option<String>,
    /// Whether it is right.
    pub verdict: Verdict,
    /// To how many decimal digits of its largest entry the array agrees with the exact one.
    pub digits: u32,
    /// max |given − exact|.
    pub largest_difference: Quantity,
    /// Where that is: a state, a pair or a parameter, and the column if there is one.
    pub place: Option<String>,
    /// The exact array, row by row.
    pub exact: Vec<Quantity>,
    /// The user's.
    pub given: Vec<Quantity>,
    /// What of it was held against the exact one: without means of each state where it is `tangential`.
    pub seen: Vec<Quantity>,
    /// The name of each entry.
    pub labels: Vec<String>,
    /// All mistakes that explain it equally well, best first.
    pub diagnoses: Vec<DiagnosisReport>,
    /// Mistakes that leave it is on this model.
    pub invisible: Vec<&'static str>,
    /// Whether numbers of each state were taken away first, which no policy sees (`simplex`).
    pub tangential: bool,
}

impl FormulaReport {
    /// The report of a judgment on an array.
    pub fn new(
        solved: &Solved,
        objective: Objective,
        formula: Formula,
        named: Option<String>,
        given: &[f64],
        judgment: &Judgment,
    ) -> FormulaReport {
        let columns = formula.axes().1;
        let rows = formula.row_labels(solved.policy(), given.len());
        let labels = match columns.map(|axis| axis.labels(solved.policy())) {
            None => rows,
            Some(columns) => {
                let row = |row: &String| -> Vec<String> {
                    columns
                        .iter()
                        .map(|column| format!("{row}, {column}"))
                        .collect()
                };
                rows.iter().flat_map(row).collect()
            }
        };
        FormulaReport {
            head: Head::new(solved.mdp(), solved.policy(), objective),
            of: formula.name(),
            named: named.filter(|_| formula.is_of_a_law()),
            verdict: judgment.verdict,
            digits: judgment.digits,
            largest_difference: Quantity::from(judgment.largest_difference),
            place: judgment.place.map(|k| labels[k].clone()),
            exact: Quantity::all(&judgment.exact),
            given: Quantity::all(given),
            seen: Quantity::all(&judgment.seen),
            labels,
            diagnoses: judgment
                .diagnoses
                .iter()
                .map(DiagnosisReport::new)
                .collect(),
            invisible: judgment.invisible.clone(),
            tangential: judgment.tangential,
        }
    }

    /// What it is, in words.
    fn object(&self) -> String {
        let seen = if self.tangential {
            let of = super::unseen(&self.head);
            format!(", up to constants of each {of}, which no policy sees")
        } else {
            String::new()
        };
        match &self.named {
            Some(named) => format!("the {} of {named}{seen}", self.of),
            None => format!("{}{seen}", self.of.replace('_', " ")),
        }
    }

    /// The verdict in one sentence.
    pub fn sentence(&self) -> String {
        let (verdict, object) = (self.verdict.name(), self.object());
        let agrees = match self.digits {
            0 => "not one digit agrees".to_string(),
            n => format!("it agrees to {}", count_digits(n)),
        };
        let names: Vec<&str> = self.diagnoses.iter().map(|d| d.name.as_str()).collect();
        match (self.verdict, self.diagnoses.as_slice()) {
            (Verdict::Right, []) => format!("right: this is {object}; {agrees}"),
            (Verdict::Right, _) => {
                format!("right: this is {object} as far as 32-bit numbers go; {agrees}")
            }
            (Verdict::CannotBeTold, _) => {
                format!("{verdict}: {object} is 0 here, and so is what every mistake makes")
            }
            (_, []) => format!(
                "{verdict}: this is not {object} ({agrees}), and no mistake of the dictionary explains it"
            ),
            (_, [one]) => format!("{verdict}: {} – {}", one.name, one.says),
            _ => format!("{verdict}: {} explain it equally well", list(&names)),
        }
    }
}

impl Report for FormulaReport {
    fn entries(&self) -> Entries<'_> {
        let place = self.place.as_deref();
        let difference = Some(&self.largest_difference);
        self.head
            .entries()
            .and(Entry::text("of", self.of))
            .and(Entry::or_null("as", self.named.as_deref(), Entry::text))
            .with(verdict(self.verdict, Some(self.digits), difference, place).0)
            .and(Entry::vector("exact", Axis::Index, &self.exact))
            .and(Entry::vector("given", Axis::Index, &self.given))
            .and(diagnoses(&self.diagnoses))
            .and(words("invisible", &self.invisible))
            .and_some("tangential", self.tangential.then_some(true), Entry::flag)
    }

    /// Columns `quantity`, `of`, `value`: entries of `given` and `exact` by name, then `scale` and
    /// `residual` by diagnosis; the verdict stands under `of`.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        rows::verdict(rows, self.verdict)?;
        rows::agreement(
            rows,
            self.digits,
            self.place.as_deref(),
            &self.largest_difference,
        )?;
        rows::labelled(rows, &self.labels, "given", &self.given)?;
        rows::labelled(rows, &self.labels, "exact", &self.exact)?;
        rows::diagnoses(rows, &self.diagnoses)
    }
}
