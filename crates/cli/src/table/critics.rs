//! Learners with few features for people: a row for each, and the values that they come to.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::field::CLOSE;
use exact_mdp::report::{CriticReport, CriticsReport, Quantity};

impl Readable for CriticsReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += &format!(
            "{}; errors are Σ d (v̂ − v)², ĝ is the gradient of an actor that takes v̂ for v\n\n",
            table::count(self.features, "feature")
        );
        text += &learners(self, view);
        text += &rounding(self);
        text += "\n";
        text + &values(self, view)
    }
}

fn learners(report: &CriticsReport, view: &View) -> String {
    let critics = &report.critics;
    let numbers = |of: fn(&CriticReport) -> &Quantity| -> Vec<Quantity> {
        critics.iter().map(|critic| of(critic).clone()).collect()
    };
    let stable = |critic: &CriticReport| {
        let stable = match critic.stable {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "?",
        };
        let single = if critic.weights.is_some() {
            ""
        } else {
            ", w not unique"
        };
        format!("{stable}{single}")
    };
    Columns::new()
        .text(
            "critic",
            critics.iter().map(|critic| critic.name.clone()).collect(),
        )
        .numbers("error", &numbers(|critic| &critic.error), view.digits)
        .numbers(
            "at most",
            &numbers(|critic| &critic.error_bound),
            view.digits,
        )
        .text("stable", critics.iter().map(stable).collect())
        .numbers(
            "‖ĝ−∇J‖/‖∇J‖",
            &numbers(|critic| &critic.gradient_error),
            view.digits,
        )
        .numbers("cosine", &numbers(|critic| &critic.cosine), view.digits)
        .render(view)
}

/// What rounding may have done, where that may show.
fn rounding(report: &CriticsReport) -> String {
    let mut text = String::new();
    for critic in &report.critics {
        let Some(rounding) = &critic.rounding else {
            continue;
        };
        let of = |name: &str, x: &Quantity, bound: Option<f64>| match (x.value(), bound) {
            (Some(_), None) => Some(format!("{name} ± ?")),
            (Some(x), Some(bound)) if bound > CLOSE * x.abs().max(CLOSE) => {
                Some(format!("{name} ± {}", table::short(&bound.into(), 2)))
            }
            _ => None,
        };
        let shown = [
            of("error", &critic.error, rounding.error),
            of(
                "‖ĝ−∇J‖/‖∇J‖",
                &critic.gradient_error,
                rounding.gradient_error,
            ),
            of("cosine", &critic.cosine, rounding.cosine),
        ];
        let shown: Vec<String> = shown.into_iter().flatten().collect();
        if !shown.is_empty() {
            text += &format!("{}: {}: rounding\n", critic.name, shown.join(", "));
        }
    }
    text
}

/// v and what each critic comes to, a row for each state.
fn values(report: &CriticsReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.states());
    let names = (0..shown).map(|state| space.state_names().get(state).into_owned());
    let mut columns = Columns::new()
        .text("state", names.collect())
        .numbers("d", &report.state_weights[..shown], view.digits)
        .numbers("v", &report.v[..shown], view.digits);
    for critic in &report.critics {
        if let Some(v) = &critic.v {
            columns = columns.numbers(&critic.name, &v[..shown], view.digits);
        }
    }
    columns.render(view) + &note.unwrap_or_default()
}
