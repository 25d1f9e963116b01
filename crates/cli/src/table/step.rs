//! One step for people: a row for each estimator, and what methods promise and reach.

use exact_mdp::model::Objective;
use exact_mdp::report::{EstimateStepReport, PromiseReport, Quantity, StepsReport};

use super::{Columns, Readable, View, count, grouped, in_doubt, short, size, title};

impl Readable for StepsReport {
    fn table(&self, view: &View) -> String {
        let mut text = title(&self.head, view);
        if let Some(alpha) = self.entropy {
            text += &format!(
                "J stands for J with {alpha} times the entropy of the policy in every reward\n"
            );
        }
        text += &format!(
            "J = {}, ‖∇J‖² = {}\n",
            short(&self.j, view.digits),
            short(&self.squared_gradient, view.digits)
        );
        let told: Vec<&EstimateStepReport> = self
            .estimators
            .iter()
            .filter(|x| x.absent.is_none())
            .collect();
        if !told.is_empty() {
            text += &format!(
                "\na step of α = {} along the mean of {} trajectories, to second order\n",
                short(&self.step, view.digits),
                grouped(self.trajectories)
            );
            text += &changes(&told, view);
            if self.head.criterion.objective == Objective::Minimize {
                text += "costs: θ' = θ − αĝ, and what is best makes J small\n";
            }
            if column(&told, "best_step")
                .iter()
                .any(|x| x.value().is_none())
            {
                text += "best α –: there is none to second order, as J bends away or the mean leads the wrong way\n";
            }
            text += "\nthe estimates, and the batches that balance them\n";
            text += &batches(&told, view);
            text += &rounding(&told, view);
            text += &exactly(&told, view);
            text += &baselines(self, &told, view);
            text += &parameter_baselines(&told, view);
            text += &curls(&told, view);
        }
        for one in &self.estimators {
            if let Some(why) = &one.absent {
                text += &format!("{}: {why}\n", one.name);
            }
        }
        text += &crossings(self, view);
        if !self.methods.is_empty() {
            text += "\none step of a method: what is promised, and what it reaches\n";
            text += &methods(&self.methods, view);
        }
        text
    }
}

fn column(told: &[&EstimateStepReport], name: &str) -> Vec<Quantity> {
    told.iter().map(|one| one.number(name)).collect()
}

fn names(told: &[&EstimateStepReport]) -> Vec<String> {
    told.iter().map(|one| one.name.clone()).collect()
}

fn changes(told: &[&EstimateStepReport], view: &View) -> String {
    let digits = view.digits.min(4);
    let of = |name| column(told, name);
    Columns::new()
        .text("estimator", names(told))
        .numbers("E ΔJ", &of("expected_change"), digits)
        .numbers("± (sd)", &of("deviation"), digits)
        .numbers("P(worse)", &of("chance_worse"), digits)
        .numbers("best α", &of("best_step"), digits)
        .numbers("its E ΔJ", &of("best_change"), digits)
        .render(view)
}

fn batches(told: &[&EstimateStepReport], view: &View) -> String {
    let digits = view.digits.min(4);
    let of = |name| column(told, name);
    Columns::new()
        .text("estimator", names(told))
        .numbers("noise scale", &of("noise_scale"), digits)
        .numbers("trΣ/‖μ‖²", &of("simple_noise_scale"), digits)
        .numbers("break-even", &of("break_even"), digits)
        .numbers("P(ĝ·g > 0)", &of("chance_uphill"), digits)
        .numbers("E‖ĝ−g‖²", &of("mean_squared_error"), digits)
        .render(view)
}

/// What rounding may have done to slopes and curvatures, where digits that are shown are in doubt.
fn rounding(told: &[&EstimateStepReport], view: &View) -> String {
    const OF: [[&str; 3]; 3] = [
        ["∇J·E ĝ", "slope", "slope_error"],
        ["μᵀHμ", "curvature", "curvature_error"],
        ["tr HΣ", "noise", "noise_error"],
    ];
    let line = |one: &EstimateStepReport, [what, name, error]: [&str; 3]| {
        let number = [one.number(name)];
        let error = in_doubt(one.number(error).value(), &number, view)?;
        Some(format!(
            "{}: {what} = {} ± {}: rounding\n",
            one.name,
            short(&number[0], view.digits),
            size(&error.into())
        ))
    };
    let lines = |one: &&EstimateStepReport| OF.map(|of| line(one, of));
    told.iter().flat_map(lines).flatten().collect()
}

/// What all batches say, where they were few.
fn exactly(told: &[&EstimateStepReport], view: &View) -> String {
    let mut text = String::new();
    for one in told {
        if let Some(x) = &one.enumerated {
            let told = |x: f64, error: f64| {
                let number: Quantity = x.into();
                let text = short(&number, view.digits);
                match in_doubt(Some(error), &[number], view) {
                    Some(error) => format!("{text} ± {}", size(&error.into())),
                    None => text,
                }
            };
            text += &format!(
                "{}, all {}: E ΔJ = {}, P(worse) = {}, P(ĝ·g > 0) = {}\n",
                one.name,
                batches_of(x.batches),
                told(x.expected_change, x.expected_change_error),
                told(x.chance_worse, x.chance_worse_error),
                short(&x.chance_uphill.into(), view.digits),
            );
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

fn batches_of(n: usize) -> String {
    match n {
        1 => count(1, "batch"),
        n => format!("{} batches", grouped(n as u64)),
    }
}

/// b(s) of those that have one, at t = 0 where it depends on the time.
fn baselines(report: &StepsReport, told: &[&EstimateStepReport], view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.states());
    let names = (0..shown).map(|s| space.state_names().get(s).into_owned());
    let mut columns = Columns::new().text("state", names.collect());
    let mut any = false;
    for one in told.iter().filter(|one| one.name.starts_with("baseline:")) {
        if let Some([first, later @ ..]) = one.baseline.as_deref() {
            let when = if later.is_empty() { "" } else { " at t = 0" };
            let name = one.name.trim_start_matches("baseline:");
            columns = columns.numbers(&format!("{name}{when}"), &first[..shown], view.digits);
            any = true;
        }
    }
    if any {
        format!(
            "\nbaselines b(s)\n{}{}",
            columns.render(view),
            note.unwrap_or_default()
        )
    } else {
        String::new()
    }
}

/// b_k(s) of those that have one for each parameter, at t = 0 where it depends on the time.
fn parameter_baselines(told: &[&EstimateStepReport], view: &View) -> String {
    let all = told.iter().filter_map(|one| {
        let own = one.parameter_baseline.as_ref()?;
        own.b
            .split_first()
            .map(|(first, later)| (one, own, first, later))
    });
    let all: Vec<_> = all.collect();
    let Some((_, own, ..)) = all.first() else {
        return String::new();
    };
    let (shown, note) = view.rows(own.states.len());
    let mut columns = Columns::new()
        .text("state", own.states[..shown].to_vec())
        .key("parameter", own.parameters[..shown].to_vec());
    for (one, _, first, later) in all {
        let when = if later.is_empty() { "" } else { " at t = 0" };
        let name = one.name.trim_start_matches("baseline:");
        columns = columns.numbers(&format!("{name}{when}"), &first[..shown], view.digits);
    }
    format!(
        "\nbaselines of each parameter, bₖ(s)\n{}{}",
        columns.render(view),
        note.unwrap_or_default()
    )
}

fn curls(told: &[&EstimateStepReport], view: &View) -> String {
    let of = |one: &&EstimateStepReport| {
        if one.jacobian.is_some() && one.curl.is_none() {
            return Some(format!(
                "{}: the mean hardly moves, rounding may explain all of it\n",
                one.name
            ));
        }
        let curl = one.curl?;
        let what = if curl.value < f64::max(1e-9, curl.error) {
            "the mean is a gradient, to rounding"
        } else {
            "the mean is the gradient of nothing"
        };
        let curl = short(&curl.value.into(), view.digits.min(4));
        Some(format!("{}: curl {curl}, {what}\n", one.name))
    };
    let lines: String = told.iter().filter_map(of).collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{lines}")
    }
}

fn crossings(report: &StepsReport, view: &View) -> String {
    let line = |one: &exact_mdp::report::CrossingReport| {
        format!(
            "from {} trajectories on {} has a smaller mean squared error than {}\n",
            short(&one.trajectories, view.digits.min(4)),
            one.above,
            one.below
        )
    };
    let lines: String = report.crossings.iter().map(line).collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{lines}")
    }
}

fn methods(methods: &[PromiseReport], view: &View) -> String {
    let digits = view.digits.min(4);
    let of = |name: &str| -> Vec<Quantity> { methods.iter().map(|one| one.number(name)).collect() };
    let name = |one: &PromiseReport| match one.stop {
        Some(why) => format!("{} ({why})", one.method.name()),
        None => one.method.name().to_string(),
    };
    Columns::new()
        .text("method", methods.iter().map(name).collect())
        .numbers("step", &of("step"), digits)
        .numbers("1st order", &of("first_order"), digits)
        .numbers("2nd order", &of("second_order"), digits)
        .numbers("L(π')−J", &of("surrogate"), digits)
        .numbers("at least", &of("bound"), digits)
        .numbers("J(π')−J", &of("change"), digits)
        .numbers("mean KL", &of("mean_divergence"), digits)
        .render(view)
}
