//! What `verify` reports: every identity with its discrepancy, its tolerance and its verdict.

mod list;

pub use list::{IdentityList, Listed};

use std::fmt::Write;
use std::io;

use crate::{Case, Check, Section};
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Objective;
use exact_mdp::policy::Policy;
use exact_mdp::report::entries::{Entries, Entry};
use exact_mdp::report::{Head, Quantity, Report, csv};

/// The checks of one model, or of several under `models`.
#[derive(Clone, Debug)]
pub enum VerifyReport {
    /// One model: its head and its checks.
    One(Box<Verified>),
    /// Several, in the order they were given.
    Several {
        /// Each with its head and its checks.
        models: Vec<Verified>,
    },
}

/// The checks of one model.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// How many identities hold.
    pub passed: usize,
    /// How many fail.
    pub failed: usize,
    /// How many do not apply, or cannot be told.
    pub skipped: usize,
    /// How many of these apply, but rounding can account for as much as there is: no digit is
    /// certain.
    pub undecided: usize,
    /// How far rows as written are from sums of 1; what holds, holds up to that. Absent where they
    /// are exact.
    pub slack: Option<f64>,
    /// States without a value that ρ₀ does not reach, and that no check is about.
    pub left_out: Vec<String>,
    /// One for each identity.
    pub checks: Vec<CheckedIdentity>,
}

/// One identity on one model.
#[derive(Clone, Debug)]
pub struct CheckedIdentity {
    /// Its name.
    pub name: &'static str,
    /// Its part of the theory.
    pub section: Section,
    /// What it says.
    pub statement: &'static str,
    /// How far both sides are apart, relative to their scale; `null` if it was skipped, or if a
    /// side is not a number.
    pub discrepancy: Quantity,
    /// What rounding can account for.
    pub tolerance: Quantity,
    /// The largest entry of either side, relative to the same scale; 0 where a side is 0.
    pub size: Quantity,
    /// Whether it holds; `null` if it was skipped.
    pub passed: Option<bool>,
    /// Why it was skipped.
    pub skipped: Option<String>,
    /// Where it is from.
    pub source: &'static str,
}

impl Verified {
    /// The checks of one model under a policy; the case may have left states out.
    pub fn new(mdp: &Mdp, policy: &Policy, case: &Case, checks: &[Check]) -> Verified {
        let name = |&s: &usize| mdp.space().state_names().get(s).into_owned();
        let count = |wanted: Option<bool>| checks.iter().filter(|c| c.passed() == wanted).count();
        Verified {
            head: Head::new(mdp, policy, Objective::Maximize),
            passed: count(Some(true)),
            failed: count(Some(false)),
            skipped: count(None),
            undecided: checks.iter().filter(|c| c.is_undecided()).count(),
            slack: Some(crate::slack(mdp)).filter(|slack| *slack > 0.0),
            left_out: case.left_out.iter().map(name).collect(),
            checks: checks.iter().map(CheckedIdentity::new).collect(),
        }
    }
}

impl CheckedIdentity {
    fn new(check: &Check) -> CheckedIdentity {
        let sides = check.outcome.as_ref().ok();
        let number = |x: Option<f64>| x.map_or(Quantity::Undefined, Quantity::from);
        CheckedIdentity {
            name: check.identity.name,
            section: check.identity.section,
            statement: check.identity.statement,
            discrepancy: number(sides.map(|s| s.discrepancy)),
            tolerance: number(sides.map(|s| s.tolerance)),
            size: number(sides.map(|s| s.size)),
            passed: check.passed(),
            skipped: check.outcome.as_ref().err().map(ToString::to_string),
            source: check.identity.source,
        }
    }

    /// ok, FAILED or skipped.
    pub fn verdict(&self) -> &'static str {
        match self.passed {
            Some(true) => "ok",
            Some(false) => "FAILED",
            None => "skipped",
        }
    }
}

impl VerifyReport {
    /// The models, however many.
    pub fn models(&self) -> &[Verified] {
        match self {
            VerifyReport::One(model) => std::slice::from_ref(&**model),
            VerifyReport::Several { models } => models,
        }
    }

    /// Leaves out the identities that do not fail, and of several models those without a failure.
    pub fn keep_failures(&mut self) {
        let failed = |check: &CheckedIdentity| check.passed == Some(false);
        match self {
            VerifyReport::One(model) => model.checks.retain(failed),
            VerifyReport::Several { models } => {
                models.retain(|model| model.failed > 0);
                models
                    .iter_mut()
                    .for_each(|model| model.checks.retain(failed));
            }
        }
    }

    /// Whether nothing failed.
    pub fn holds(&self) -> bool {
        self.models().iter().all(|model| model.failed == 0)
    }
}

impl Verified {
    fn entries(&self) -> Entries<'_> {
        let whole = |name, x: usize| Entry::whole(name, x as u64);
        let undecided = Some(self.undecided).filter(|count| *count > 0);
        let left_out = Some(self.left_out.as_slice()).filter(|states| !states.is_empty());
        let checks = self.checks.iter().map(CheckedIdentity::entries);
        self.head
            .entries()
            .and(whole("passed", self.passed))
            .and(whole("failed", self.failed))
            .and(whole("skipped", self.skipped))
            .and_some("undecided", undecided, whole)
            .and_some("slack", self.slack, Entry::float)
            .and_some("left_out", left_out, Entry::texts)
            .and(Entry::list("checks", checks.collect()))
    }
}

impl CheckedIdentity {
    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("name", self.name))
            .and(Entry::text("section", self.section.name()))
            .and(Entry::text("statement", self.statement))
            .and(Entry::number("discrepancy", &self.discrepancy))
            .and(Entry::number("tolerance", &self.tolerance))
            .and(Entry::number("size", &self.size))
            .and(Entry::or_null("passed", self.passed, Entry::flag))
            .and_some("skipped", self.skipped.as_deref(), Entry::text)
            .and(Entry::text("source", self.source))
    }
}

impl Report for VerifyReport {
    fn entries(&self) -> Entries<'_> {
        match self {
            VerifyReport::One(model) => model.entries(),
            VerifyReport::Several { models } => {
                let models = models.iter().map(Verified::entries);
                Entries(vec![Entry::list("models", models.collect())])
            }
        }
    }

    /// Columns `model`, `section`, `name`, `verdict`, `reason`, `quantity`, `value`, the quantities
    /// being the discrepancy and the tolerance.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        let columns = "model,section,name,verdict,reason,quantity,value";
        rows.row(&columns.split(',').collect::<Vec<_>>())?;
        for model in self.models() {
            for check in &model.checks {
                let reason = check.skipped.as_deref().unwrap_or("");
                let section = check.section.name();
                let name = check.name;
                let mut say = |quantity: &str, value: &Quantity| {
                    let head = model.head.model.as_str();
                    let cells = [head, section, name, check.verdict(), reason, quantity];
                    rows.number(&cells, value)
                };
                say("discrepancy", &check.discrepancy)?;
                say("tolerance", &check.tolerance)?;
            }
        }
        Ok(())
    }

    /// One suite for each model, one case for each identity.
    fn junit(&self) -> Option<String> {
        let models = self.models();
        let total = |f: fn(&Verified) -> usize| models.iter().map(f).sum::<usize>();
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        // writing to a string cannot fail
        let _ = writeln!(
            text,
            "<testsuites name=\"exact-mdp verify\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
            total(|m| m.checks.len()),
            total(|m| m.failed),
            total(|m| m.skipped)
        );
        for model in models {
            suite(&mut text, model);
        }
        text.push_str("</testsuites>\n");
        Some(text)
    }
}

fn suite(text: &mut String, model: &Verified) {
    let _ = writeln!(
        text,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
        escaped(&model.head.model),
        model.checks.len(),
        model.failed,
        model.skipped
    );
    for check in &model.checks {
        let section = check.section.name();
        let _ = write!(
            text,
            "    <testcase classname=\"{section}\" name=\"{}\"",
            check.name
        );
        let statement = escaped(check.statement);
        let _ = match (check.passed, &check.skipped) {
            (Some(false), _) => writeln!(
                text,
                "><failure message=\"{statement}\">discrepancy {}, tolerance {}</failure></testcase>",
                plain(&check.discrepancy),
                plain(&check.tolerance)
            ),
            (None, Some(reason)) => writeln!(
                text,
                "><skipped message=\"{}\"/></testcase>",
                escaped(reason)
            ),
            _ => writeln!(text, "/>"),
        };
    }
    text.push_str("  </testsuite>\n");
}

fn plain(x: &Quantity) -> String {
    x.value()
        .map_or_else(|| "not a number".to_string(), |x| format!("{x:e}"))
}

/// A text as an XML attribute; characters that XML does not know are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(' '),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn attributes_hold_any_text() {
        assert_eq!(escaped("a<b & \"c\"\n\u{1}"), "a&lt;b &amp; &quot;c&quot; ");
    }
}
