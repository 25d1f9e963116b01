//! What `judge --trajectories` reports.

use std::collections::BTreeSet;
use std::io;

use serde::Serialize;

use super::{DiagnosisReport, list};
use crate::judge::{Held, Impossible, Test, TrajectoryJudgment, Verdict};
use crate::reference::LibraryForm;
use crate::report::{Head, Quantity, Report, csv};
use crate::solved::Solved;

/// A user's trajectories held against a model and a policy.
#[derive(Clone, Debug, Serialize)]
pub struct TrajectoryReport {
    /// The model, the criterion, the policy.
    #[serde(flatten)]
    pub head: Head,
    /// What was judged.
    pub of: &'static str,
    /// The estimator whose numbers the user gives, if one is named.
    #[serde(rename = "as")]
    pub named: Option<String>,
    /// Whether data and numbers are right.
    pub verdict: Verdict,
    /// The digits to which the worst of the numbers agree.
    pub digits: Option<u32>,
    /// max |given − exact| of those.
    pub largest_difference: Option<Quantity>,
    /// Where that is.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// N.
    pub trajectories: usize,
    /// Steps of all of them.
    pub steps: usize,
    /// How many things could not have happened.
    pub impossible_count: usize,
    /// The first of each kind.
    pub impossible: Vec<Impossible>,
    /// Goodness of fit of what chance chose.
    pub tests: Vec<Test>,
    /// The probability that right data are called inconsistent.
    pub false_alarm_rate: f64,
    /// What explains data or numbers that are wrong, best first.
    pub diagnoses: Vec<DiagnosisReport>,
    /// Each kind of number that the user gives.
    pub given: Vec<HeldReport>,
    /// What estimators must give on exactly these.
    pub estimates: Vec<EstimateReport>,
    /// What libraries compute on them.
    pub forms: Vec<FormReport>,
    /// What could not be computed, and why.
    pub left_out: Option<String>,
}

/// Numbers of a user against exact ones.
#[derive(Clone, Debug, Serialize)]
pub struct HeldReport {
    /// `psi`, `contributions`, `estimate` or `log_probabilities`.
    pub of: &'static str,
    /// The estimator whose they are said to be.
    #[serde(rename = "as")]
    pub named: Option<String>,
    /// Whether they are.
    pub verdict: Verdict,
    /// Whose they are.
    pub matches: Vec<String>,
    /// The digits to which they agree with the one that is named, or nearest.
    pub digits: u32,
    /// max |given − exact|.
    pub largest_difference: Quantity,
    /// Where that is.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// What explains them otherwise.
    pub diagnoses: Vec<DiagnosisReport>,
}

/// An estimator on the trajectories.
#[derive(Clone, Debug, Serialize)]
pub struct EstimateReport {
    /// Its name.
    pub name: String,
    /// The estimate \[d\].
    pub estimate: Vec<Quantity>,
    /// Ψₜ of each step of each trajectory; `None` where that would be too many numbers.
    pub psi: Option<Vec<Vec<Quantity>>>,
    /// X of each trajectory `[N][d]`; `None` where that would be too many numbers.
    pub contributions: Option<Vec<Vec<Quantity>>>,
}

/// A form of libraries on the trajectories.
#[derive(Clone, Debug, Serialize)]
pub struct FormReport {
    /// Its name.
    pub name: String,
    /// What it is.
    pub says: String,
    /// Its number for each step of each trajectory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psi: Option<Vec<Vec<Quantity>>>,
    /// Its estimate \[d\].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Vec<Quantity>>,
}

/// Numbers by step and by trajectory that a report holds.
const MOST: usize = 2_000_000;

impl TrajectoryReport {
    /// The report of a judgment on trajectories.
    pub fn new(
        solved: &Solved,
        named: Option<String>,
        judgment: &TrajectoryJudgment,
    ) -> TrajectoryReport {
        let head = Head::new(solved.mdp(), solved.policy());
        let labels = &head.policy.parameters;
        let held = judgment.log_probabilities.iter().chain(&judgment.given);
        let given: Vec<HeldReport> = held.map(|held| HeldReport::new(held, labels)).collect();
        let worst = given
            .iter()
            .min_by_key(|held| (held.verdict != Verdict::Wrong, held.digits));
        let own = judgment.diagnoses.iter().map(DiagnosisReport::new);
        let theirs = given.iter().flat_map(|held| held.diagnoses.iter().cloned());
        let mut seen = BTreeSet::new();
        let diagnoses = own
            .chain(theirs)
            .filter(|x| seen.insert(x.name.clone()))
            .collect();
        TrajectoryReport {
            of: "trajectories",
            named,
            verdict: judgment.verdict,
            digits: worst.map(|held| held.digits),
            largest_difference: worst.map(|held| held.largest_difference.clone()),
            place: worst.and_then(|held| held.place.clone()),
            trajectories: judgment.trajectories,
            steps: judgment.steps,
            impossible_count: judgment.impossible_count,
            impossible: judgment.impossible.clone(),
            tests: judgment.tests.clone(),
            false_alarm_rate: judgment.false_alarm_rate,
            diagnoses,
            estimates: estimates(judgment, labels.len()),
            forms: forms(judgment),
            left_out: judgment.left_out.clone(),
            given,
            head,
        }
    }

    /// The verdict in one sentence.
    pub fn sentence(&self) -> String {
        let verdict = self.verdict.name();
        let because = match self.diagnoses.as_slice() {
            [] => String::new(),
            [one] => format!(": {} – {}", one.name, one.says),
            several => {
                let names: Vec<&str> = several.iter().map(|x| x.name.as_str()).collect();
                format!(": {}", list(&names))
            }
        };
        match self.verdict {
            Verdict::Wrong if self.impossible_count > 0 => format!(
                "{verdict}: {} in the data cannot be of this model and policy{because}",
                things(self.impossible_count)
            ),
            Verdict::Wrong => {
                let wrong = self
                    .given
                    .iter()
                    .filter(|held| held.verdict == Verdict::Wrong);
                let mut seen = BTreeSet::new();
                let of = wrong.map(|held| held.of).filter(|of| seen.insert(*of));
                let of: Vec<&str> = of.collect();
                format!(
                    "{verdict}: {} as given{}",
                    list(&of),
                    match because.as_str() {
                        "" => ", and no mistake of the dictionary explains it",
                        because => because,
                    }
                )
            }
            Verdict::Inconsistent => {
                let off = self
                    .tests
                    .iter()
                    .filter(|test| test.verdict == Verdict::Inconsistent);
                let of: Vec<&str> = off.map(|test| test.name).collect();
                format!("{verdict}: {} as chance would seldom have them", list(&of))
            }
            Verdict::CannotBeTold => {
                format!(
                    "{verdict}: the numbers are 0 on these trajectories, whatever computes them"
                )
            }
            Verdict::Right => {
                let mut by_kind: Vec<(&str, Vec<&str>)> = Vec::new();
                for held in &self.given {
                    let at = by_kind.iter().position(|(of, _)| *of == held.of);
                    let at = at.unwrap_or_else(|| {
                        by_kind.push((held.of, Vec::new()));
                        by_kind.len() - 1
                    });
                    by_kind[at]
                        .1
                        .extend(held.matches.iter().map(String::as_str));
                }
                let of = by_kind.iter().map(|(of, names)| match *of {
                    "log_probabilities" => "log π".to_string(),
                    of => format!("{of} of {}", list(names)),
                });
                let of: Vec<String> = of.collect();
                format!("{verdict}: {}", of.join("; "))
            }
            Verdict::Consistent => format!("{verdict}: nothing speaks against these trajectories"),
        }
    }
}

fn things(count: usize) -> String {
    match count {
        1 => "one thing".to_string(),
        n => format!("{n} things"),
    }
}

fn estimates(judgment: &TrajectoryJudgment, parameters: usize) -> Vec<EstimateReport> {
    let Some(fixtures) = &judgment.fixtures else {
        return Vec::new();
    };
    let each = judgment.steps + judgment.trajectories * parameters;
    let whole = each.saturating_mul(fixtures.estimates.len()) <= MOST;
    let rows = |rows: &[Vec<f64>]| rows.iter().map(|row| Quantity::all(row)).collect();
    let report = |estimate: &crate::reference::Estimate| EstimateReport {
        name: estimate.name.clone(),
        estimate: Quantity::all(&estimate.estimate),
        psi: whole.then(|| rows(&estimate.psi)),
        contributions: whole.then(|| rows(&estimate.contributions)),
    };
    fixtures.estimates.iter().map(report).collect()
}

fn forms(judgment: &TrajectoryJudgment) -> Vec<FormReport> {
    let whole = judgment.steps.saturating_mul(judgment.forms.len()) <= MOST;
    let rows = |rows: &Vec<Vec<f64>>| rows.iter().map(|row| Quantity::all(row)).collect();
    let report = |form: &LibraryForm| FormReport {
        name: form.name.clone(),
        says: form.says.clone(),
        psi: form.psi.as_ref().filter(|_| whole).map(rows),
        estimate: form.estimate.as_ref().map(|x| Quantity::all(x)),
    };
    judgment.forms.iter().map(report).collect()
}

impl HeldReport {
    fn new(held: &Held, labels: &[String]) -> HeldReport {
        let place = match (held.of, held.place.as_slice()) {
            (_, []) => None,
            ("estimate", [_, k]) => labels.get(*k).cloned(),
            ("contributions", [i, k]) => {
                let label = labels.get(*k).map_or("", String::as_str);
                Some(format!("trajectory {i}, {label}"))
            }
            (_, [i, rest @ ..]) => Some(match rest.first() {
                Some(t) => format!("trajectory {i}, step {t}"),
                None => format!("trajectory {i}"),
            }),
        };
        HeldReport {
            of: held.of,
            named: held.named.clone(),
            verdict: held.verdict,
            matches: held.matches.clone(),
            digits: held.digits,
            largest_difference: Quantity::from(held.largest_difference),
            place,
            diagnoses: held.diagnoses.iter().map(DiagnosisReport::new).collect(),
        }
    }
}

impl Report for TrajectoryReport {
    /// Columns `quantity`, `of`, `value`: p-values by test, differences by what is given, the number
    /// of impossible things by kind; estimates by estimator and parameter.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        rows.row(&["quantity", "of", "value"])?;
        rows.number(&["verdict", self.verdict.name()], Quantity::Undefined)?;
        let count = Quantity::from(self.impossible_count as f64);
        rows.number(&["impossible_count", ""], count)?;
        for thing in &self.impossible {
            rows.number(&["impossible", &thing.says], Quantity::Undefined)?;
        }
        for test in &self.tests {
            rows.number(&["p_value", test.name], Quantity::from(test.p_value))?;
        }
        for held in &self.given {
            rows.number(&["largest_difference", held.of], &held.largest_difference)?;
        }
        for diagnosis in &self.diagnoses {
            rows.number(&["scale", &diagnosis.name], &diagnosis.scale)?;
            rows.number(&["residual", &diagnosis.name], &diagnosis.residual)?;
        }
        for estimate in &self.estimates {
            for (label, x) in self.head.policy.parameters.iter().zip(&estimate.estimate) {
                rows.number(&["estimate", &format!("{}/{label}", estimate.name)], x)?;
            }
        }
        Ok(())
    }
}
