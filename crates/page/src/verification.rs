//! What `verify` says: every theorem as a mark, those that fail by name.

use exact_mdp_theorems::{CheckedIdentity, Verified};
use maud::{Markup, html};

use super::{Subject, parts};
use exact_mdp_pictures::numerals;
use exact_mdp_pictures::{At, LINE, Picture, WIDTH, title};

/// The section.
pub fn section(subject: &Subject) -> Markup {
    let body = match &subject.verified {
        Ok(verified) => html! {
            (verdict(verified, subject.maker.explains()))
            (parts::figures(parts::figure(&marks(verified), "Theorems by section", "a filled mark holds, off by so much of what rounding may do; a cross fails, an empty ring does not apply here")))
            (failures(verified))
        },
        Err(why) => parts::absent("Not verified", why),
    };
    parts::section("verification", "The theorems on this model", body)
}

fn verdict(verified: &Verified, explains: &str) -> Markup {
    let all = verified.passed + verified.failed;
    html! {
        p {
            @if verified.failed == 0 {
                strong class="good" { "✓ " (verified.passed) " identities of the theory hold" }
            } @else {
                strong class="bad" { "✗ " (verified.failed) " of " (all) " identities of the theory FAIL" }
            }
            " on this model and policy, each computed on two sides by different code; "
            (verified.skipped) " do not apply. What each states: " code { (explains) } "."
        }
    }
}

/// A row of marks for each section.
fn marks(verified: &Verified) -> Picture {
    const LEFT: f64 = 118.0;
    const STEP: f64 = 13.0;
    let per_row = ((WIDTH - LEFT - 8.0) / STEP) as usize;
    let mut rows: Vec<(String, &[CheckedIdentity])> = Vec::new();
    for section in verified.checks.chunk_by(|a, b| a.section == b.section) {
        for (i, part) in section.chunks(per_row).enumerate() {
            let name = if i == 0 { part[0].section.name() } else { "" };
            rows.push((name.replace('-', " "), part));
        }
    }
    let marks = html! {
        @for (row, (name, checks)) in rows.iter().enumerate() {
            @let y = 14.0 + LINE * row as f64;
            text class="end" x=(At(LEFT - 10.0)) y=(At(y + 4.0)) { (name) }
            @for (i, check) in checks.iter().enumerate() { (mark(check, LEFT + STEP * i as f64 + 5.0, y)) }
        }
    };
    Picture {
        title: format!(
            "{} theorems hold, {} fail, {} do not apply",
            verified.passed, verified.failed, verified.skipped
        ),
        size: (WIDTH, 14.0 + LINE * rows.len() as f64),
        marks,
    }
}

fn mark(check: &CheckedIdentity, x: f64, y: f64) -> Markup {
    let words = match &check.skipped {
        Some(why) => format!("{}: does not apply, {why}", check.name),
        None => format!(
            "{}: {}off {} of {}",
            check.name,
            // what holds is known by its mark, of which there are hundreds
            if check.passed == Some(true) {
                ""
            } else {
                "fails, "
            },
            numerals::short(&check.discrepancy, 2),
            numerals::short(&check.tolerance, 2)
        ),
    };
    let words = title(&words);
    html! {
        @match check.passed {
            Some(true) => circle class="ok" cx=(At(x)) cy=(At(y)) r="4.6" { (words) },
            Some(false) => path class="cross" d=(format!("M{} {}l10 10m0 -10l-10 10", At(x - 5.0), At(y - 5.0))) { (words) },
            None => circle class="skip" cx=(At(x)) cy=(At(y)) r="4" { (words) },
        }
    }
}

fn failures(verified: &Verified) -> Markup {
    let failed = verified
        .checks
        .iter()
        .filter(|check| check.passed == Some(false));
    let rows: Vec<Vec<Markup>> = failed
        .map(|check| {
            vec![
                html! { (check.name) },
                html! { (check.statement) },
                parts::number(&check.discrepancy, 3),
                parts::number(&check.tolerance, 3),
            ]
        })
        .collect();
    html! {
        @if !rows.is_empty() {
            (parts::table("the theorems that fail", &["identity", "statement", "discrepancy", "allowed"], 2, &rows))
        }
    }
}
