//! Optimal actions by discount for people: a column for each stretch, a row for each state in which
//! they change.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::report::{DiscountsReport, Quantity, StretchReport};

impl Readable for DiscountsReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += &match &self.critical[..] {
            [] => "the same policies are optimal at every discount between 0 and 1\n".to_string(),
            critical => format!(
                "the optimal actions change at {}; from discount {} on they are those of the Blackwell-optimal policies\n",
                table::count(critical.len(), "discount"),
                number(&self.blackwell, view),
            ),
        };
        text.push('\n');
        let (shown, note) = view.rows(self.stretches.len());
        for (stretch, before) in self.stretches[..shown].iter().zip(before(&self.stretches)) {
            text += &range(stretch, view);
            text += &actions(stretch, before, view);
        }
        text + &note.unwrap_or_default()
    }
}

/// The stretch before each.
fn before(stretches: &[StretchReport]) -> impl Iterator<Item = Option<&StretchReport>> {
    std::iter::once(None).chain(stretches.iter().map(Some))
}

/// A fraction in full where it is short, beside its decimal.
fn number(x: &Quantity, view: &View) -> String {
    let decimal = table::short(
        &x.value().map_or(Quantity::Undefined, Quantity::from),
        view.digits,
    );
    match x {
        Quantity::Exact(fraction) if fraction.to_string().len() <= 20 && !fraction.is_int() => {
            format!("{fraction} ({decimal})")
        }
        _ => decimal,
    }
}

fn range(stretch: &StretchReport, view: &View) -> String {
    format!(
        "discounts from {} to {}:\n",
        number(&stretch.from, view),
        number(&stretch.to, view)
    )
}

/// The optimal actions, of the first stretch in all states, of a later one where they are others than
/// before.
fn actions(stretch: &StretchReport, before: Option<&StretchReport>, view: &View) -> String {
    let all: Vec<(&str, String)> = by_state(stretch);
    let old: Vec<(&str, String)> = before.map(by_state).unwrap_or_default();
    let changed: Vec<&(&str, String)> = all.iter().filter(|row| !old.contains(row)).collect();
    let (shown, note) = view.rows(changed.len());
    let rows = &changed[..shown];
    let columns = Columns::new()
        .text("state", rows.iter().map(|row| row.0.to_string()).collect())
        .text("optimal", rows.iter().map(|row| row.1.clone()).collect());
    columns.render(view) + &note.unwrap_or_default() + "\n"
}

/// The optimal actions of each state in one text.
fn by_state(stretch: &StretchReport) -> Vec<(&str, String)> {
    let same = stretch.optimal.chunk_by(|x, y| x.0 == y.0);
    same.map(|pairs| {
        let actions: Vec<&str> = pairs.iter().map(|pair| pair.1.as_str()).collect();
        (pairs[0].0.as_str(), actions.join(" "))
    })
    .collect()
}
