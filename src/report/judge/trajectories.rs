//! What `judge --trajectories` reports.

use std::collections::BTreeSet;
use std::io;

use super::diagnosis::{DiagnosisReport, diagnoses};
use super::{rows, verdict};
use crate::judge::{GoodnessOfFit, Held, Impossible, NotRead, TrajectoryJudgment, Verdict};
use crate::model::Objective;
use crate::reference::LibraryForm;
use crate::report::entries::{Axis, Column, Entries, Entry};
use crate::report::{Head, Quantity, Report, csv};
use crate::solved::Solved;

/// A user's trajectories held against a model and a policy.
#[derive(Clone, Debug)]
pub struct TrajectoryReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// What was judged.
    pub of: &'static str,
    /// The estimator whose numbers the user gives, if one is named.
    pub named: Option<String>,
    /// Whether data and numbers are right.
    pub verdict: Verdict,
    /// The digits to which the worst of the numbers agree.
    pub digits: Option<u32>,
    /// max |given − exact| of those.
    pub largest_difference: Option<Quantity>,
    /// Where that is.
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
    pub tests: Vec<GoodnessOfFit>,
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
    /// The columns that were not read.
    pub not_read: Vec<NotRead>,
}

/// Numbers of a user against exact ones.
#[derive(Clone, Debug)]
pub struct HeldReport {
    /// `psi`, `contributions`, `estimate` or `log_probabilities`.
    pub of: &'static str,
    /// The estimator whose they are said to be.
    pub named: Option<String>,
    /// Whether they are.
    pub verdict: Verdict,
    /// Whose they are.
    pub matches: Vec<String>,
    /// Whether their mean is not ∇J, however many trajectories: γᵗ is dropped.
    pub biased: bool,
    /// The digits to which they agree with the one that is named, or nearest.
    pub digits: u32,
    /// max |given − exact|.
    pub largest_difference: Quantity,
    /// Where that is.
    pub place: Option<String>,
    /// What explains them otherwise.
    pub diagnoses: Vec<DiagnosisReport>,
    /// Whether a λ, n or b that makes them was sought as well.
    pub numbers_sought: bool,
}

/// An estimator on the trajectories.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
pub struct FormReport {
    /// Its name.
    pub name: String,
    /// What it is.
    pub says: String,
    /// Its number for each step of each trajectory.
    pub psi: Option<Vec<Vec<Quantity>>>,
    /// Its estimate \[d\].
    pub estimate: Option<Vec<Quantity>>,
}

/// Numbers by step and by trajectory that a report holds; a choice.
const MOST: usize = 2_000_000;

impl TrajectoryReport {
    /// The report of a judgment on trajectories.
    pub fn new(
        solved: &Solved,
        objective: Objective,
        named: Option<String>,
        judgment: &TrajectoryJudgment,
    ) -> TrajectoryReport {
        let head = Head::new(solved.mdp(), solved.policy(), objective);
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
            not_read: judgment.not_read.clone(),
            given,
            head,
        }
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
        psi: (whole && !estimate.psi.is_empty()).then(|| rows(&estimate.psi)),
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
            biased: held.biased,
            digits: held.digits,
            largest_difference: Quantity::from(held.largest_difference),
            place,
            diagnoses: held.diagnoses.iter().map(DiagnosisReport::new).collect(),
            numbers_sought: held.numbers_sought,
        }
    }
}

impl HeldReport {
    fn entries(&self) -> Entries<'_> {
        let place = self.place.as_deref();
        let difference = Some(&self.largest_difference);
        Entries::default()
            .and(Entry::text("of", self.of))
            .and(Entry::or_null("as", self.named.as_deref(), Entry::text))
            .and(Entry::text("verdict", self.verdict.name()))
            .and(Entry::texts("matches", &self.matches))
            .and_some("biased", self.biased.then_some(true), Entry::flag)
            .with(
                verdict(self.verdict, Some(self.digits), difference, place)
                    .0
                    .into_iter()
                    .skip(1),
            )
            .and(diagnoses(&self.diagnoses))
    }
}

impl EstimateReport {
    fn entries(&self) -> Entries<'_> {
        use Axis::{Parameter, Trajectory};
        let contributions = |name, x| Entry::matrix(name, [Trajectory, Parameter], x);
        Entries::default()
            .and(Entry::text("name", &self.name))
            .and(Entry::vector("estimate", Parameter, &self.estimate))
            .and(Entry::or_null("psi", self.psi.as_deref(), by_step))
            .and(Entry::or_null(
                "contributions",
                self.contributions.as_deref(),
                contributions,
            ))
    }
}

impl FormReport {
    fn entries(&self) -> Entries<'_> {
        let vector = |name, x| Entry::vector(name, Axis::Parameter, x);
        Entries::default()
            .and(Entry::text("name", &self.name))
            .and(Entry::text("says", &self.says))
            .and_some("psi", self.psi.as_deref(), by_step)
            .and_some("estimate", self.estimate.as_deref(), vector)
    }
}

fn by_step<'a>(name: &'static str, rows: &'a [Vec<Quantity>]) -> Entry<'a> {
    Entry::matrix(name, [Axis::Trajectory, Axis::Time], rows)
}

/// A test of what chance chose.
fn test(test: &GoodnessOfFit) -> Entries<'_> {
    Entries::default()
        .and(Entry::text("name", test.name))
        .and(Entry::whole("draws", test.draws))
        .and(Entry::float("statistic", test.statistic))
        .and(Entry::whole(
            "degrees_of_freedom",
            test.degrees_of_freedom as u64,
        ))
        .and(Entry::float("p_value", test.p_value))
        .and(Entry::text("verdict", test.verdict.name()))
        .and(Entry::or_null(
            "furthest",
            test.furthest.as_ref(),
            |name, cell| {
                let cell = Entries::default()
                    .and(Entry::text("where", &cell.place))
                    .and(Entry::whole("observed", cell.observed))
                    .and(Entry::float("expected", cell.expected))
                    .and(Entry::whole("draws", cell.draws))
                    .and(Entry::float("p_value", cell.p_value));
                Entry::group(name, cell)
            },
        ))
}

/// A column that was not read.
fn not_read(column: &NotRead) -> Entries<'_> {
    Entries::default()
        .and(Entry::text("name", &column.name))
        .and(Entry::or_null("why", column.why.as_deref(), Entry::text))
}

/// What could not have happened.
fn impossible(things: &[Impossible]) -> Entry<'_> {
    let wholes = |of: fn(&Impossible) -> usize| {
        Column::Wholes(things.iter().map(|thing| of(thing) as u64).collect())
    };
    let kinds = things.iter().map(|thing| thing.kind).collect();
    let says = things.iter().map(|thing| thing.says.as_str()).collect();
    Entry::records(
        "impossible",
        [
            ("kind", Column::Texts(kinds)),
            ("trajectory", wholes(|thing| thing.trajectory)),
            ("step", wholes(|thing| thing.step)),
            ("says", Column::Texts(says)),
        ],
    )
}

impl Report for TrajectoryReport {
    fn entries(&self) -> Entries<'_> {
        let place = self.place.as_deref();
        let difference = self.largest_difference.as_ref();
        self.head
            .entries()
            .and(Entry::text("of", self.of))
            .and(Entry::or_null("as", self.named.as_deref(), Entry::text))
            .with(verdict(self.verdict, self.digits, difference, place).0)
            .and(Entry::whole("trajectories", self.trajectories as u64))
            .and(Entry::whole("steps", self.steps as u64))
            .and(Entry::whole(
                "impossible_count",
                self.impossible_count as u64,
            ))
            .and(impossible(&self.impossible))
            .and(Entry::list("tests", self.tests.iter().map(test).collect()))
            .and(Entry::float("false_alarm_rate", self.false_alarm_rate))
            .and(diagnoses(&self.diagnoses))
            .and(Entry::list(
                "given",
                self.given.iter().map(HeldReport::entries).collect(),
            ))
            .and(Entry::list(
                "estimates",
                self.estimates.iter().map(EstimateReport::entries).collect(),
            ))
            .and(Entry::list(
                "forms",
                self.forms.iter().map(FormReport::entries).collect(),
            ))
            .and(Entry::or_null(
                "left_out",
                self.left_out.as_deref(),
                Entry::text,
            ))
            .and_some(
                "not_read",
                Some(self.not_read.as_slice()).filter(|columns| !columns.is_empty()),
                |name, columns| Entry::list(name, columns.iter().map(not_read).collect()),
            )
    }

    /// Columns `quantity`, `of`, `value`: p-values by test, differences by what is given, the number
    /// of impossible things by kind; estimates by estimator and parameter.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        rows::verdict(rows, self.verdict)?;
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
        rows::diagnoses(rows, &self.diagnoses)?;
        for estimate in &self.estimates {
            for (label, x) in self.head.policy.parameters.iter().zip(&estimate.estimate) {
                rows.number(&["estimate", &format!("{}/{label}", estimate.name)], x)?;
            }
        }
        Ok(())
    }
}
