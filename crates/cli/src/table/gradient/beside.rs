//! What stands beside ∇J, for people: criteria of risk, excursions, surrogates, the pull towards actions.

use exact_mdp::report::{
    ClippedReport, ExcursionReport, GradientReport, Head, Quantity, RiskReport, SurrogateReport,
};

use crate::table::{self, Columns, View};

/// A criterion of risk and its gradient beside ∇J.
pub fn risk(report: &RiskReport, plain: &[Quantity], head: &Head, view: &View) -> String {
    let parameters = &head.policy.parameters;
    let (shown, note) = view.rows(parameters.len());
    let columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("∂U/∂θ", &report.gradient[..shown], view.digits);
    let (bound, columns) = match &report.bound {
        None => (String::new(), columns),
        Some(bound) => {
            let by_entry: Vec<Quantity> =
                bound.gradient[..shown].iter().map(Quantity::of).collect();
            let value = table::short(&Quantity::of(&bound.value), 2);
            let columns = columns.numbers("error ≤", &by_entry, 2);
            (format!(", error ≤ {value}"), columns)
        }
    };
    format!(
        "\n{}\nU = {}{bound}\n\n{}{}",
        view.title(&format!("The criterion {}", report.criterion)),
        table::short(&report.value, view.digits),
        columns
            .numbers("∂J/∂θ", &plain[..shown], view.digits)
            .render(view),
        note.unwrap_or_default()
    )
}

/// The excursion objective, its gradient and what leaves the emphasis out.
pub fn excursion(report: &ExcursionReport, head: &Head, view: &View) -> String {
    let parameters = &head.policy.parameters;
    let (shown, note) = view.rows(parameters.len());
    let columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("∂J_b/∂θ", &report.gradient[..shown], view.digits)
        .numbers("semi-gradient", &report.semi_gradient[..shown], view.digits);
    let names = head.space.state_names();
    let (states, more) = view.rows(head.space.states());
    let weights = Columns::new()
        .text(
            "state",
            (0..states).map(|s| names.get(s).into_owned()).collect(),
        )
        .numbers("d_b", &report.state_weights[..states], view.digits)
        .numbers("emphasis", &report.emphasis[..states], view.digits);
    format!(
        "\n{}\nJ_b = {}\n\n{}{}\n{}{}",
        view.title(&format!(
            "The excursion objective d_b v, d_b the states of {}",
            report.behavior
        )),
        table::short(&report.j, view.digits),
        columns.render(view),
        note.unwrap_or_default(),
        weights.render(view),
        more.unwrap_or_default()
    )
}

/// The surrogate of another policy and its gradient beside ∇J.
pub fn surrogate(report: &SurrogateReport, plain: &[Quantity], head: &Head, view: &View) -> String {
    let parameters = &head.policy.parameters;
    let (shown, note) = view.rows(parameters.len());
    let columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("∂L/∂θ", &report.gradient[..shown], view.digits)
        .numbers("∂J/∂θ", &plain[..shown], view.digits);
    let clipped = report.clipped.as_ref();
    let columns = match clipped.and_then(|clipped| clipped.gradient.as_deref()) {
        Some(gradient) => columns.numbers("∂ clipped", &gradient[..shown], view.digits),
        None => columns,
    };
    let clipped = clipped.map_or_else(String::new, |clipped| clipping(clipped, view));
    let title = format!("The surrogate L = J(π) + ρ^π π'A^π, π {}", report.from);
    format!(
        "\n{}\nL = {}, J(π) = {}\n{clipped}\n{}{}",
        view.title(&title),
        table::short(&report.value, view.digits),
        table::short(&report.from_j, view.digits),
        columns.render(view),
        note.unwrap_or_default()
    )
}

/// The value of the clipped surrogate, how many pairs are clipped, and where it has no gradient.
fn clipping(report: &ClippedReport, view: &View) -> String {
    let mut text = format!(
        "clipped at 1 ± {}: {}, with {} clipped\n",
        table::short(&report.clip, view.digits),
        table::short(&report.value, view.digits),
        table::count(report.pairs.len(), "pair"),
    );
    if let Some((state, action)) = report.kinks.first() {
        let more = match report.kinks.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        text += &format!(
            "no gradient there: the ratio of {action} in {state}{more} is on the bound, where the slopes to both sides differ\n"
        );
    }
    text
}

/// What J gains as π(·|s) moves towards a, by pair.
pub fn toward_actions(report: &GradientReport, rates: &[Quantity], view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.pairs());
    let names = |second: bool| -> Vec<String> {
        let of = |pair| {
            let (state, action) = space.pair_names(pair);
            if second { action } else { state }.into_owned()
        };
        (0..shown).map(of).collect()
    };
    let what = match report.head.criterion.kind {
        "discounted" | "total" => "ρ(s)A(s,a)",
        "finite-horizon" => "Σ γᵗ pₜ(s)Aₜ(s,a)",
        _ => "dJ",
    };
    let columns = Columns::new()
        .text("state", names(false))
        .key("action", names(true))
        .numbers(what, &rates[..shown], view.digits);
    format!(
        "\n{}\n{}{}",
        view.title("What J gains as π(·|s) moves towards an action"),
        columns.render(view),
        note.unwrap_or_default()
    )
}
