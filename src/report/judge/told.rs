//! What is said of numbers that are made of trajectories: whose they are, or that they are nobody's.

use std::collections::BTreeSet;

use super::list;
use super::trajectories::{HeldReport, TrajectoryReport};
use crate::judge::{self, Verdict};

impl TrajectoryReport {
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
            Verdict::Wrong if because.is_empty() => {
                format!("{verdict}: {}", unexplained(self))
            }
            Verdict::Wrong => {
                let wrong = self
                    .given
                    .iter()
                    .filter(|held| held.verdict == Verdict::Wrong);
                let mut seen = BTreeSet::new();
                let of = wrong.map(|held| held.of).filter(|of| seen.insert(*of));
                let of: Vec<&str> = of.collect();
                format!("{verdict}: {} as given{because}", list(&of))
            }
            Verdict::Inconsistent => {
                let off = self
                    .tests
                    .iter()
                    .filter(|test| test.verdict == Verdict::Inconsistent);
                let of: Vec<&str> = off.map(|test| test.name).collect();
                format!("{verdict}: {} as chance would seldom have them", list(&of))
            }
            Verdict::CannotBeTold => match uncomputed(&self.given) {
                Some(what) => {
                    let why = self.left_out.as_ref().map(|why| format!(": {why}"));
                    format!("{verdict}: {what}{}", why.unwrap_or_default())
                }
                None => format!("{verdict}: {}", zero(&self.given)),
            },
            Verdict::Right => format!("{verdict}: {}", right(&self.given)),
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

/// Numbers that no estimator and no mistake explains.
fn unexplained(report: &TrajectoryReport) -> String {
    let wrong = || {
        report
            .given
            .iter()
            .filter(|held| held.verdict == Verdict::Wrong)
    };
    let mut seen = BTreeSet::new();
    let of: Vec<&str> = wrong()
        .map(|held| held.of)
        .filter(|of| seen.insert(*of))
        .collect();
    let of = list(&of);
    if wrong().any(|held| held.named.is_some()) {
        return format!("{of} as given, and no mistake of the dictionary explains it");
    }
    format!(
        "{of} as given: of none of the {} estimators that were tried, and no mistake of the dictionary explains it",
        report.estimates.len()
    )
}

/// Right numbers, by kind.
fn right(given: &[HeldReport]) -> String {
    let mut by_kind: Vec<(&str, Vec<&str>, bool)> = Vec::new();
    for held in given {
        let at = by_kind.iter().position(|(of, ..)| *of == held.of);
        let at = at.unwrap_or_else(|| {
            by_kind.push((held.of, Vec::new(), false));
            by_kind.len() - 1
        });
        by_kind[at]
            .1
            .extend(held.matches.iter().map(String::as_str));
        by_kind[at].2 |= held.biased;
    }
    let said = by_kind.iter().map(|(of, names, biased)| match *of {
        "log_probabilities" => list(names),
        of if *biased => format!("{of} of {}, whose mean is not ∇J", list(names)),
        of => format!("{of} of {}", list(names)),
    });
    let said: Vec<String> = said.collect();
    let several = if are_several(given) {
        "; these are different estimators"
    } else {
        ""
    };
    said.join("; ") + several
}

/// Whether no one estimator has all the numbers for which none is named, γᵗ and the mean over steps left aside.
fn are_several(given: &[HeldReport]) -> bool {
    let own = |name: &String| {
        let name = name
            .trim_end_matches(" with γᵗ")
            .trim_end_matches(judge::BEFORE_RATIOS)
            .trim_end_matches(judge::WITHOUT_RATIOS)
            .trim_end_matches(":dropped");
        name.trim_start_matches("per-step-mean:").to_string()
    };
    let free = given.iter().filter(|held| held.named.is_none());
    let names = free.map(|held| held.matches.iter().map(own).collect::<BTreeSet<_>>());
    let common = names.reduce(|all, more| &all & &more);
    common.is_some_and(|common| common.is_empty())
}

/// Which numbers are held against none that have been computed.
fn uncomputed(given: &[HeldReport]) -> Option<String> {
    let open =
        |held: &&HeldReport| held.verdict == Verdict::CannotBeTold && held.matches.is_empty();
    let mut open = given.iter().filter(open).peekable();
    open.peek()?;
    let mut names: Vec<&str> = open.filter_map(|held| held.named.as_deref()).collect();
    names.dedup();
    Some(match names.as_slice() {
        [] => "of none of the estimators that could be tried".to_string(),
        names => format!("what {} gives here is not computed", list(names)),
    })
}

/// Numbers that are 0.
fn zero(given: &[HeldReport]) -> String {
    let zero = given
        .iter()
        .filter(|held| held.verdict == Verdict::CannotBeTold);
    let mut seen = BTreeSet::new();
    let names = zero.flat_map(|held| held.matches.iter().map(String::as_str));
    let names: Vec<&str> = names.filter(|name| seen.insert(*name)).collect();
    format!(
        "the numbers of {} are 0 on these trajectories, and so is what many a mistake makes",
        list(&names)
    )
}
