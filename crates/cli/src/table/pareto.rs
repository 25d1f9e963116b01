//! A Pareto front for people: its corners, and where their policies differ.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::report::{CornerReport, ParetoReport, Quantity};

impl Readable for ParetoReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += &format!(
            "the front of {} and {} has {}\n\n",
            self.of[0],
            self.of[1],
            table::count(self.corners.len(), "corner")
        );
        let (shown, note) = view.rows(self.corners.len());
        let corners = &self.corners[..shown];
        let numbers = |of: fn(&CornerReport) -> &Quantity| -> Vec<Quantity> {
            corners.iter().map(|corner| of(corner).clone()).collect()
        };
        let before = std::iter::once(None).chain(corners.iter().map(Some));
        let changed = corners
            .iter()
            .zip(before)
            .map(|(corner, before)| changes(corner, before));
        text += &Columns::new()
            .numbers(
                &format!("J of {}", self.of[0]),
                &numbers(|x| &x.j[0]),
                view.digits,
            )
            .numbers(
                &format!("J of {}", self.of[1]),
                &numbers(|x| &x.j[1]),
                view.digits,
            )
            .numbers(
                "rate to the next",
                &numbers(|x| &x.exchange_rate),
                view.digits,
            )
            .text("policy", changed.collect())
            .render(view);
        text += &note.unwrap_or_default();
        text + &blurred(&self.corners)
    }
}

/// Relative errors above this are said; a choice.
const SHOWS: f64 = 1e-6;

/// Rates of which rounding may show.
fn blurred(corners: &[CornerReport]) -> String {
    let part = |corner: &CornerReport| {
        let error = corner.exchange_rate_error.as_ref()?;
        Some(error.value().unwrap_or(f64::INFINITY) / corner.exchange_rate.value()?.abs())
    };
    let worst = corners.iter().filter_map(part).fold(0.0, f64::max);
    if worst <= SHOWS {
        return String::new();
    }
    format!(
        "rates are known up to a part of {worst:.1e}; nearer to a line than values are known a corner may be missing\n"
    )
}

/// The actions of the first corner; of a later one those that are others than before.
fn changes(corner: &CornerReport, before: Option<&CornerReport>) -> String {
    const SHOWN: usize = 4;
    let old: &[(String, String)] = before.map_or(&[], |before| &before.policy);
    let new: Vec<String> = (corner.policy.iter())
        .filter(|pair| !old.contains(pair))
        .map(|(state, action)| format!("{state}: {action}"))
        .collect();
    let more = match new.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    new[..new.len().min(SHOWN)].join(", ") + &more
}
