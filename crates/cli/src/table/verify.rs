//! The checks for people: one line each for one model; failures and a summary each for several.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::report::Quantity;
use exact_mdp_theorems::{CheckedIdentity, IdentityList, Listed, Section, Verified, VerifyReport};

impl Readable for VerifyReport {
    fn table(&self, view: &View) -> String {
        text(self, view)
    }
}

impl Readable for IdentityList {
    fn table(&self, view: &View) -> String {
        let column = |f: fn(&Listed) -> String| self.identities.iter().map(f).collect();
        let sections = self.identities.iter().map(|i| i.section);
        let table = Columns::new()
            .text("identity", column(|i| format!(" {}", i.name)))
            .text("statement", column(|i| i.statement.to_string()))
            .render_groups(view, &headings(sections, view));
        format!("{table}\n{} identities\n", self.identities.len())
    }
}

/// One model's checks whole; of several models what failed, unless all is asked for.
fn text(report: &VerifyReport, view: &View) -> String {
    match report {
        VerifyReport::One(model) => whole(model, view),
        VerifyReport::Several { models } if view.all => {
            let parts: Vec<String> = models.iter().map(|model| whole(model, view)).collect();
            parts.join("\n")
        }
        VerifyReport::Several { models } => several(models, view),
    }
}

fn whole(model: &Verified, view: &View) -> String {
    let mut text = table::title(&model.head, view);
    text.push('\n');
    text += &lines(model.checks.iter(), view);
    text + "\n" + &summary(model, view) + "\n" + &up_to_slack(model) + &left_out(model)
}

/// How far the theorems can hold at all.
fn up_to_slack(model: &Verified) -> String {
    match model.slack {
        Some(slack) => format!(
            "checked up to the slack of the rows as written, which are off by up to {slack:.1e}\n"
        ),
        None => String::new(),
    }
}

/// What the checks say nothing about.
fn left_out(model: &Verified) -> String {
    match model.left_out.as_slice() {
        [] => String::new(),
        states => format!(
            "checked without what ρ₀ does not reach, where values do not exist: {}\n",
            states.join(", ")
        ),
    }
}

fn lines<'a>(checks: impl Iterator<Item = &'a CheckedIdentity>, view: &View) -> String {
    let checks: Vec<&CheckedIdentity> = checks.collect();
    let column = |f: &dyn Fn(&CheckedIdentity) -> String| checks.iter().map(|c| f(c)).collect();
    let size = |x| {
        move |c: &CheckedIdentity| match c.passed {
            None => String::new(),
            Some(_) if x => apart(&c.discrepancy),
            Some(_) => table::size(&c.tolerance),
        }
    };
    Columns::new()
        .text("", column(&|c| verdict(c, view)))
        .text("identity", column(&|c| c.name.to_string()))
        .right("discrepancy", column(&size(true)))
        .right("tolerance", column(&size(false)))
        .text("statement", column(&statement))
        .render_groups(view, &headings(checks.iter().map(|c| c.section), view))
}

/// A heading for each section and how many lines follow it: its title, and its name for `--only`.
fn headings(sections: impl Iterator<Item = Section>, view: &View) -> Vec<(String, usize)> {
    let mut counted: Vec<(Section, usize)> = Vec::new();
    for section in sections {
        match counted.last_mut() {
            Some((last, count)) if *last == section => *count += 1,
            _ => counted.push((section, 1)),
        }
    }
    let heading =
        |section: Section| format!("{} ({})", view.title(section.title()), section.name());
    let counted = counted.into_iter();
    counted
        .map(|(section, count)| (heading(section), count))
        .collect()
}

/// A discrepancy; what is below the rounding of a single operation is all the same.
fn apart(x: &Quantity) -> String {
    match x.value() {
        None => "not a number".to_string(),
        Some(x) if x < 1e-15 => "< 1e-15".to_string(),
        Some(_) => table::size(x),
    }
}

fn verdict(check: &CheckedIdentity, view: &View) -> String {
    match check.passed {
        Some(good) => view.verdict(check.verdict(), good),
        None => check.verdict().to_string(),
    }
}

fn statement(check: &CheckedIdentity) -> String {
    match &check.skipped {
        Some(reason) => format!("{} — {}", check.statement, reason.replace('\n', " ")),
        None => check.statement.to_string(),
    }
}

fn several(models: &[Verified], view: &View) -> String {
    let width = models.iter().map(|m| m.head.model.chars().count()).max();
    let mut text = String::new();
    for model in models {
        let name = &model.head.model;
        let pad = width.unwrap_or(0) - name.chars().count();
        text += &format!(
            "{}{:pad$}  {}\n",
            view.title(name),
            "",
            summary(model, view)
        );
        if model.failed > 0 && !view.brief {
            let failed = model.checks.iter().filter(|c| c.passed == Some(false));
            text += &lines(failed, view);
        }
    }
    // with --failures nothing may be left to say
    if view.brief || models.is_empty() {
        return text;
    }
    let noun = if models.len() == 1 { "model" } else { "models" };
    let total = |f: fn(&Verified) -> usize| models.iter().map(f).sum::<usize>();
    text + &format!(
        "\n{} {noun}: {} identities hold, {} fail, {} skipped; --all shows every line\n",
        models.len(),
        total(|m| m.passed),
        total(|m| m.failed),
        total(|m| m.skipped)
    )
}

fn summary(model: &Verified, view: &View) -> String {
    let failed = match model.failed {
        0 if model.undecided > 0 => format!(
            "none is seen to fail, {} cannot be told for want of digits",
            model.undecided
        ),
        0 => view.verdict("none fails", true),
        some => view.verdict(&format!("{some} FAILED"), false),
    };
    let (passed, skipped) = (model.passed, model.skipped - model.undecided);
    let all = passed + model.failed + model.skipped;
    format!("{passed} of {all} identities hold, {failed}, {skipped} skipped")
}
