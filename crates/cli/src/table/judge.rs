//! A judgment for people: the verdict in one sentence, then what it rests on.

use exact_mdp::judge::{Mistake, Verdict};
use exact_mdp::report::{JudgeReport, MistakeList, Quantity};

use crate::table::{self, Columns, Table, View};

impl Table for JudgeReport {
    fn table(&self, view: &View) -> String {
        let verdict = view.verdict(&self.sentence(), self.verdict.is_good());
        let mut text = format!("{verdict}\n\n{}", table::title(&self.head, view));
        if self.verdict != Verdict::Right {
            text.push('\n');
            text.push_str(&entries(self, view));
        }
        if self.diagnoses.len() > 1 {
            text.push_str("\nWhat explains it equally well\n");
            for diagnosis in &self.diagnoses {
                text.push_str(&format!(" {}: {}\n", diagnosis.name, diagnosis.says));
            }
        }
        if let Some(model) = self.told_apart_by {
            text.push_str(&format!(
                "\nThey would differ on mdps/{model}.yaml with --policy random:1.\n"
            ));
        }
        if self.verdict == Verdict::Right && !self.invisible.is_empty() {
            let names = self.invisible.join(", ");
            text.push_str(&format!(
                "\nMistakes that this model cannot show: {names}\n"
            ));
        }
        text
    }
}

/// The given vector beside the exact one.
fn entries(report: &JudgeReport, view: &View) -> String {
    let (shown, note) = view.rows(report.given.len());
    let difference = |(x, y): (&Quantity, &Quantity)| {
        Quantity::from(x.value().unwrap_or(0.0) - y.value().unwrap_or(0.0))
    };
    let apart = report.given.iter().zip(&report.gradient).map(difference);
    let apart: Vec<Quantity> = apart.take(shown).collect();
    let labels = report.head.policy.parameters[..shown].iter();
    let table = Columns::new()
        .text(
            "parameter",
            labels.map(|label| format!(" {label}")).collect(),
        )
        .numbers("given", &report.given[..shown], view.digits)
        .numbers("∇J", &report.gradient[..shown], view.digits)
        .numbers("difference", &apart, view.digits)
        .render();
    table + &note.unwrap_or_default()
}

impl Table for MistakeList {
    fn table(&self, _: &View) -> String {
        let column = |f: fn(&Mistake) -> String| self.mistakes.iter().map(f).collect();
        let table = Columns::new()
            .text("mistake", column(|m| format!(" {}", m.name)))
            .text("what was done", column(|m| m.says.to_string()))
            .render();
        let count = self.mistakes.len();
        format!("{table}\n{count} mistakes; a pair joins two with `+`\n")
    }
}
