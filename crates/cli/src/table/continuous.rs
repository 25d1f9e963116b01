//! Actions that are numbers, for people.

use exact_mdp::report::{
    ContinuousReport, LimitReport, MinimumReport, Quantity, Report, SquashingReport,
};

use super::{Columns, Readable, View, certified, in_doubt, short, size, title};

impl Readable for ContinuousReport {
    fn table(&self, view: &View) -> String {
        let mut text = title(&self.head, view);
        text += &format!("J = {}\n\n", short(&self.j, view.digits));
        text += &gradients(self, view);
        text += "\nExact laws of one trajectory's sum, with the exact q\n";
        text += &laws(self, view);
        if let Some(limit) = &self.limit {
            text += "\nThe deterministic limit σ → 0\n";
            text += &approach(limit, view);
        }
        if let Some(minimum) = &self.minimum {
            text += "\nThe smaller of two critics\n";
            text += &smaller(self, minimum, view);
        }
        if let Some(squashing) = &self.squashing {
            text += "\na = tanh u without its Jacobian\n";
            text += &squashed(self, squashing, view);
        }
        text + &certified(self.bounds())
    }
}

/// The first names of some parameters, and a note on the others.
fn named(names: &[String], view: &View) -> (Vec<String>, Option<String>) {
    let (shown, note) = view.rows_of(names.len(), 12);
    (names[..shown].to_vec(), note)
}

fn gradients(report: &ContinuousReport, view: &View) -> String {
    let names = report.head.policy.parameters.to_vec();
    let (names, note) = named(&names, view);
    let shown = names.len();
    let text = Columns::new()
        .text("parameter", names)
        .numbers("∇J by scores", &report.gradient[..shown], view.digits)
        .numbers(
            "by moved actions",
            &report.reparametrized[..shown],
            view.digits,
        )
        .render(view);
    let apart = short(&report.max_difference, 2);
    let error = in_doubt(report.gradient_error(), &report.gradient, view);
    let doubt = error.map(|error| format!("∇J ± {}: rounding\n", size(&error.into())));
    text + &note.unwrap_or_default()
        + &format!("apart by at most {apart}\n")
        + &doubt.unwrap_or_default()
}

fn laws(report: &ContinuousReport, view: &View) -> String {
    let names = report.estimators.iter().map(|law| law.name.to_string());
    let traces: Vec<Quantity> = report
        .estimators
        .iter()
        .map(|law| law.trace.clone())
        .collect();
    let estimates = ["ψ q", "ψ A", "Δq ∇F/π"].map(String::from).to_vec();
    Columns::new()
        .text("estimator", names.collect())
        .text("per step", estimates)
        .numbers("tr Σ", &traces, view.digits)
        .render(view)
}

fn approach(limit: &LimitReport, view: &View) -> String {
    let (names, note) = named(&limit.parameters, view);
    let shown = names.len();
    let mut text = Columns::new()
        .text("parameter", names)
        .numbers("Σ ρ ∇μ ∂q", &limit.gradient[..shown], view.digits)
        .render(view);
    text += &note.unwrap_or_default();
    let column = |of: fn(&exact_mdp::report::ApproachReport) -> Quantity| -> Vec<Quantity> {
        limit.rows.iter().map(of).collect()
    };
    let order = |row: &exact_mdp::report::ApproachReport| {
        row.order
            .map_or_else(|| "–".to_string(), |x| format!("{x:.2}"))
    };
    text += &format!("J = {}\n\n", short(&limit.j, view.digits));
    text + &Columns::new()
        .numbers("least σ", &column(|row| row.sigma.clone()), 4)
        .numbers("in steps", &column(|row| row.steps.clone()), 4)
        .numbers("J", &column(|row| row.j.clone()), view.digits)
        .numbers("apart by", &column(|row| row.distance.clone()), view.digits)
        .right("order", limit.rows.iter().map(order).collect())
        .render(view)
}

fn smaller(report: &ContinuousReport, minimum: &MinimumReport, view: &View) -> String {
    let floats = |x: &[f64]| -> Vec<Quantity> { x.iter().map(|&x| x.into()).collect() };
    let (_, j, gradient) = &minimum.bias;
    let told = |x: f64| short(&Quantity::from(x), view.digits);
    let mut text = format!(
        "E min(e₁, e₂) = −σ√((1 − c)/π) = {} at σ = {}, c = {}\nJ is taken for {} less\n",
        told(minimum.expected),
        told(minimum.sigma),
        told(minimum.correlation),
        told(-j),
    );
    let names = report.head.policy.parameters.to_vec();
    let (names, note) = named(&names, view);
    let shown = names.len();
    text += &Columns::new()
        .text("parameter", names)
        .numbers("bias of ∇J", &floats(&gradient[..shown]), view.digits)
        .render(view);
    text + &note.unwrap_or_default()
}

fn squashed(report: &ContinuousReport, squashing: &SquashingReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows_of(space.states(), 12);
    let states = space.state_names().iter().take(shown);
    let mut text = Columns::new()
        .text("state", states.map(|name| name.into_owned()).collect())
        .numbers("entropy of u", &squashing.before[..shown], view.digits)
        .numbers("of tanh u", &squashing.after[..shown], view.digits)
        .numbers("overstated by", &squashing.entropy[..shown], view.digits)
        .render(view);
    text += &note.unwrap_or_default();
    let (alpha, j) = (&squashing.alpha, &squashing.j);
    text += &format!(
        "at α = {} the objective is taken for {} more\n",
        short(alpha, view.digits),
        short(j, view.digits)
    );
    let names = report.head.policy.parameters.to_vec();
    let (names, note) = named(&names, view);
    let shown = names.len();
    text += &Columns::new()
        .text("parameter", names)
        .numbers(
            "bias of its gradient",
            &squashing.gradient[..shown],
            view.digits,
        )
        .render(view);
    text + &note.unwrap_or_default()
}
