//! What `judge` reports: the verdict, to which digit, and the mistakes that explain what is wrong.

mod diagnosis;
mod formula;
mod rows;
mod sample;
mod told;
mod trajectories;

pub use diagnosis::DiagnosisReport;
pub use formula::FormulaReport;
pub use sample::SampleReport;
pub use trajectories::{EstimateReport, FormReport, HeldReport, TrajectoryReport};

use std::io;

use self::diagnosis::diagnoses;
use super::entries::{Axis, Column, Entries, Entry, Values};
use super::{Head, Quantity, Report, csv};
use crate::judge::{DICTIONARY, Judgment, Mistake, Verdict};
use crate::model::Objective;
use crate::policy::Kind;
use crate::solved::Solved;

/// A user's vector held against the exact one.
#[derive(Clone, Debug)]
pub struct JudgeReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// What was judged.
    pub of: &'static str,
    /// α, where it is judged as ∇J_α.
    pub entropy: Option<Quantity>,
    /// Whether it is right.
    pub verdict: Verdict,
    /// To how many decimal digits of its largest entry the vector agrees with the exact one.
    pub digits: u32,
    /// max |given − exact|.
    pub largest_difference: Quantity,
    /// The parameter at which that is.
    pub place: Option<String>,
    /// ∇J \[d\].
    pub gradient: Vec<Quantity>,
    /// The user's vector \[d\], in the order of the parameters.
    pub given: Vec<Quantity>,
    /// What of it was held against ∇J \[d\]: without the mean of each state where it is `tangential`.
    pub seen: Vec<Quantity>,
    /// All mistakes that explain it equally well, best first.
    pub diagnoses: Vec<DiagnosisReport>,
    /// Mistakes that leave ∇J as it is on this model.
    pub invisible: Vec<&'static str>,
    /// Whether the verdict is on what is left without the mean of each state, which no policy of a simplex sees.
    pub tangential: bool,
    /// A bundled model on which the diagnoses would differ, under the policy `random:1`.
    pub told_apart_by: Option<&'static str>,
}

impl JudgeReport {
    /// The report of a judgment on a vector.
    pub fn new(
        solved: &Solved,
        objective: Objective,
        given: &[f64],
        judgment: &Judgment,
    ) -> JudgeReport {
        let mdp = solved.mdp();
        let head = Head::new(mdp, solved.policy(), objective);
        let label = |k: usize| head.policy.parameters[k].clone();
        JudgeReport {
            of: "gradient",
            entropy: None,
            verdict: judgment.verdict,
            digits: judgment.digits,
            largest_difference: Quantity::from(judgment.largest_difference),
            place: judgment.place.map(label),
            gradient: Quantity::all(&judgment.exact),
            given: Quantity::all(given),
            seen: Quantity::all(&judgment.seen),
            diagnoses: judgment
                .diagnoses
                .iter()
                .map(DiagnosisReport::new)
                .collect(),
            invisible: judgment.invisible.clone(),
            tangential: judgment.tangential,
            told_apart_by: judgment.told_apart_by(mdp.name()),
            head,
        }
    }

    /// The verdict in one sentence.
    pub fn sentence(&self) -> String {
        let agrees = match self.digits {
            0 => "not one digit agrees".to_string(),
            n => format!("it agrees to {}", count_digits(n)),
        };
        let gradient = if self.entropy.is_some() {
            "∇J_α"
        } else {
            "∇J"
        };
        let target = if self.tangential {
            let of = unseen(&self.head);
            format!("{gradient}, up to a constant of each {of}, which no policy sees")
        } else {
            gradient.to_string()
        };
        match (self.verdict, self.diagnoses.as_slice()) {
            (Verdict::Right, []) => format!("right: this is {target}; {agrees}"),
            (Verdict::Right, _) => {
                format!("right: as far as 32-bit numbers go this is {target}; {agrees}")
            }
            (Verdict::CannotBeTold, _) => {
                "cannot be told: ∇J is 0 here, and so is what every mistake makes".to_string()
            }
            (verdict, []) => {
                format!(
                    "{}: this is not {target} ({agrees}), and no mistake of the dictionary explains it",
                    verdict.name()
                )
            }
            (verdict, [one]) => format!("{}: {} – {}", verdict.name(), one.name, one.says),
            (verdict, several) => {
                let names: Vec<&str> = several.iter().map(|d| d.name.as_str()).collect();
                format!(
                    "{}: {} explain it equally well",
                    verdict.name(),
                    list(&names)
                )
            }
        }
    }
}

/// Of what each has a constant that no policy sees, where parameters are probabilities.
fn unseen(head: &Head) -> &'static str {
    if head.policy.parametrization == Kind::Simplex.name() {
        "state"
    } else {
        "law"
    }
}

fn list(names: &[&str]) -> String {
    // a line of them
    const MOST: usize = 6;
    match names {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] if names.len() <= MOST => format!("{} and {last}", first.join(", ")),
        names => format!(
            "{} and {} more",
            names[..MOST].join(", "),
            names.len() - MOST
        ),
    }
}

fn words<'a>(name: &'static str, words: &'a [&'static str]) -> Entry<'a> {
    Entry::array(name, &[Axis::Index], Values::Words(words))
}

fn count_digits(n: u32) -> String {
    match n {
        1 => "1 digit".to_string(),
        n => format!("{n} digits"),
    }
}

/// What the judgments of all kinds say first.
fn verdict<'a>(
    verdict: Verdict,
    digits: Option<u32>,
    largest_difference: Option<&'a Quantity>,
    place: Option<&'a str>,
) -> Entries<'a> {
    let digits = digits.map(u64::from);
    Entries::default()
        .and(Entry::text("verdict", verdict.name()))
        .and(Entry::or_null("digits", digits, Entry::whole))
        .and(Entry::or_null(
            "largest_difference",
            largest_difference,
            Entry::number,
        ))
        .and(Entry::or_null("where", place, Entry::text))
}

impl Report for JudgeReport {
    fn entries(&self) -> Entries<'_> {
        let place = self.place.as_deref();
        let difference = Some(&self.largest_difference);
        self.head
            .entries()
            .and(Entry::text("of", self.of))
            .and_some("entropy", self.entropy.as_ref(), Entry::number)
            .with(verdict(self.verdict, Some(self.digits), difference, place).0)
            .and(Entry::vector("gradient", Axis::Parameter, &self.gradient))
            .and(Entry::vector("given", Axis::Parameter, &self.given))
            .and(diagnoses(&self.diagnoses))
            .and(words("invisible", &self.invisible))
            .and_some("tangential", self.tangential.then_some(true), Entry::flag)
            .and(Entry::or_null(
                "told_apart_by",
                self.told_apart_by,
                Entry::text,
            ))
    }

    /// Columns `quantity`, `of`, `value`: entries of `given` and `gradient` by parameter, then
    /// `scale` and `residual` by diagnosis; the verdict stands under `of`.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        rows::verdict(rows, self.verdict)?;
        rows::agreement(
            rows,
            self.digits,
            self.place.as_deref(),
            &self.largest_difference,
        )?;
        let labels = &self.head.policy.parameters;
        rows::labelled(rows, labels.iter(), "given", &self.given)?;
        rows::labelled(rows, labels.iter(), "gradient", &self.gradient)?;
        rows::diagnoses(rows, &self.diagnoses)
    }
}

/// The dictionary of mistakes.
#[derive(Clone, Debug)]
pub struct MistakeList {
    /// In the order in which they are named.
    pub mistakes: &'static [Mistake],
}

impl MistakeList {
    /// All mistakes that `judge` knows.
    pub fn new() -> MistakeList {
        MistakeList {
            mistakes: DICTIONARY,
        }
    }
}

impl Default for MistakeList {
    fn default() -> MistakeList {
        MistakeList::new()
    }
}

impl Report for MistakeList {
    fn entries(&self) -> Entries<'_> {
        let column =
            |of: fn(&Mistake) -> &str| Column::Texts(self.mistakes.iter().map(of).collect());
        let columns = [("name", column(|m| m.name)), ("says", column(|m| m.says))];
        Entries(vec![Entry::records("mistakes", columns)])
    }

    /// Columns `name`, `says`.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        rows.row(&["name", "says"])?;
        let mut mistakes = self.mistakes.iter();
        mistakes.try_for_each(|mistake| rows.row(&[mistake.name, mistake.says]))
    }
}
