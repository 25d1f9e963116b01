//! The cone of a policy's rewards for people: whether it is optimal, by what margin, and how far each reward may move.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::report::{ConeReport, Quantity};

/// Relative errors above this are said; a choice.
const SHOWS: f64 = 1e-6;

impl Readable for ConeReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += "\n";
        text += &verdict(self, view);
        text += &margins(self, view);
        text += &away(self, view);
        text += &blurred(self);
        text += "\n";
        text += &pairs(self, view);
        text + &table::certified(self.bounds.as_ref())
    }
}

fn verdict(report: &ConeReport, view: &View) -> String {
    let others = table::count(report.facets, "inequality").replace("inequalitys", "inequalities");
    let told = match (report.is_optimal, report.is_unique, report.is_degenerate) {
        _ if report.facets == 0 => {
            "no state has a choice: every reward makes the policy optimal".into()
        }
        (Some(false), ..) => format!(
            "the policy is not optimal: {} of {others} violated",
            report.violated.len()
        ),
        (None, ..) => format!(
            "undecided: {} of {others} not told from equalities, {}",
            report.undecided.len(),
            match report.bounds {
                Some(_) => "by the bounds",
                None => "for rounding; `--exact` tells",
            }
        ),
        (_, _, Some(true)) => {
            "every policy is optimal: the rewards are those of a potential, shaped from 0".into()
        }
        (_, Some(true), _) => {
            let hold = if report.facets == 1 { "holds" } else { "hold" };
            format!("the only optimal policy: {others} {hold} strictly")
        }
        _ => format!(
            "the policy is optimal, and so are others: {} of {others} tight",
            report.tight.len()
        ),
    };
    view.verdict(&told, report.is_optimal != Some(false)) + "\n"
}

/// How far the border is.
fn margins(report: &ConeReport, view: &View) -> String {
    let space = &report.head.space;
    let named = |pair: Option<usize>| {
        pair.map_or_else(String::new, |pair| {
            let (state, action) = space.pair_names(pair);
            format!("{state}/{action}")
        })
    };
    let line = |what: &str, x: &Quantity, pair: Option<usize>| match x.value() {
        None => String::new(),
        Some(_) => format!(
            "{what} {}, by {}\n",
            table::short(x, view.digits),
            named(pair)
        ),
    };
    let squared = match (&report.euclidean.distance, &report.euclidean_squared) {
        (Quantity::Undefined, x) => line(
            "distance to the border, Euclidean norm squared:",
            x,
            report.euclidean.nearest,
        ),
        (x, _) => line(
            "distance to the border, Euclidean norm:",
            x,
            report.euclidean.nearest,
        ),
    };
    line(
        "distance to the border, max norm:",
        &report.max_norm.distance,
        report.max_norm.nearest,
    ) + &squared
}

/// How far the cone is from a reward outside.
fn away(report: &ConeReport, view: &View) -> String {
    let Some(to_cone) = &report.to_cone else {
        return String::new();
    };
    let short = |x: &Quantity| table::short(x, view.digits);
    let euclidean = match &to_cone.euclidean {
        Quantity::Undefined => format!(
            "Euclidean norm squared: {}",
            short(&to_cone.euclidean_squared)
        ),
        x => format!("Euclidean norm: {}", short(x)),
    };
    format!(
        "distance to the rewards that make it optimal, max norm: {}\ndistance to them, {euclidean}\n",
        short(&to_cone.max_norm)
    )
}

/// Slacks of which rounding may show.
fn blurred(report: &ConeReport) -> String {
    let Some(error) = report.slack_error else {
        return String::new();
    };
    let slacks = report.slack.iter().filter_map(Quantity::value);
    let shows = slacks
        .into_iter()
        .any(|x| x != 0.0 && error > SHOWS * x.abs());
    if !shows {
        return String::new();
    }
    format!("slacks and distances are known within {error:.1e}\n")
}

fn pairs(report: &ConeReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.pairs());
    let name = |which: fn((String, String)) -> String| -> Vec<String> {
        let pairs = (0..shown).map(|pair| space.pair_names(pair));
        pairs
            .map(|(state, action)| which((state.into_owned(), action.into_owned())))
            .collect()
    };
    let taken = (0..shown).map(|pair| {
        let taken = report.head.policy.probabilities.at(pair).value() != Some(0.0);
        if taken {
            "*".to_string()
        } else {
            String::new()
        }
    });
    let mut columns = Columns::new()
        .text("state", name(|pair| pair.0))
        .key("action", name(|pair| pair.1))
        .text("π", taken.collect())
        .numbers("r", &report.rewards[..shown], view.digits)
        .numbers("slack", &report.slack[..shown], view.digits)
        .numbers("max norm", &report.max_norm.by_pair[..shown], view.digits);
    if let Some(to_cone) = &report.to_cone {
        columns = columns
            .numbers("least change", &to_cone.max_change[..shown], view.digits)
            .numbers("shortest change", &to_cone.change[..shown], view.digits);
    }
    for (header, x) in [
        ("may fall by", &report.decrease),
        ("may rise by", &report.increase),
    ] {
        if let Some(x) = x {
            columns = columns.right(header, x[..shown].iter().map(|x| end(x, view)).collect());
        }
    }
    columns.render(view) + &note.unwrap_or_default()
}

/// The end of a range, which need not be there.
fn end(x: &Quantity, view: &View) -> String {
    match x {
        Quantity::Undefined => "∞".to_string(),
        x => table::short(x, view.digits),
    }
}
