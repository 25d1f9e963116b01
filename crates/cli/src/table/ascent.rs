//! Ascents for people: one row per method, then the path and the policy it ended at.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::ascent::AscentStop;
use exact_mdp::model::Objective;
use exact_mdp::report::Quantity;
use exact_mdp::report::{AscentReport, Restart, RunReport};

impl Readable for AscentReport {
    fn table(&self, view: &View) -> String {
        text(self, view)
    }
}

/// Title, J*, the methods, the first path, the rates.
fn text(report: &AscentReport, view: &View) -> String {
    let mut text = table::title(&report.head, view);
    let optimal = match report.j_optimal.value() {
        Some(_) => table::short(&report.j_optimal, view.digits),
        None => "not known".to_string(),
    };
    text += &match &report.j_class {
        None if report.risk.is_some() => {
            let risk = report.risk.as_deref().unwrap_or_default();
            format!("J stands for the criterion {risk}\n")
        }
        None if report.entropy.is_some() => {
            let alpha = report.entropy.unwrap_or_default();
            format!("J stands for J with {alpha} times the entropy of the policy in every reward\n")
        }
        None => format!("J* = {optimal}\n"),
        Some(best) => format!(
            "J* = {optimal} over all policies, which this class need not hold; the best found in it: {}\n",
            table::short(best, view.digits)
        ),
    };
    text += &format!("\n{}\n", methods(report, view));
    text += &starts(report, view);
    text += &path(&report.first, report.head.criterion.objective, view);
    text += &format!("\n{}", rates(report));
    text + &policy(report, view)
}

fn methods(report: &AscentReport, view: &View) -> String {
    let runs = || report.runs();
    let column = |f: &dyn Fn(&RunReport) -> Quantity| -> Vec<Quantity> { runs().map(f).collect() };
    let words = |f: &dyn Fn(&RunReport) -> String| -> Vec<String> { runs().map(f).collect() };
    let sign = report.head.criterion.objective.sign();
    let gap = |run: &RunReport| match (report.j_optimal.value(), run.j.value()) {
        (Some(optimal), Some(j)) => Quantity::from(sign * (optimal - j)),
        _ => Quantity::Undefined,
    };
    Columns::new()
        .text("method", words(&|run| run.label()))
        .right("iterations", words(&|run| run.iterations.to_string()))
        .numbers("J", &column(&|run| run.j.clone()), view.digits)
        .right(
            if sign < 0.0 { "J − J*" } else { "J* − J" },
            words(&|run| table::size(&gap(run))),
        )
        .right("at most", words(&|run| table::size(&run.gap_bound)))
        .right("‖∇J‖", words(&|run| table::size(&last_norm(run))))
        .text(
            "stopped because",
            words(&|run| match (run.stop, run.stationarity) {
                (AscentStop::Gradient, Some(x)) => format!(
                    "Σ ρ maxₐ A = {}, within the tolerance",
                    table::size(&x.into())
                ),
                (stop, _) => stop.reason().to_string(),
            }),
        )
        .render(view)
}

/// Where the ascents from several starts ended; as many as are shown of anything.
fn starts(report: &AscentReport, view: &View) -> String {
    let mut text = String::new();
    for run in report.runs().filter(|run| !run.restarts.is_empty()) {
        let (shown, note) = view.rows(run.restarts.len());
        let all = &run.restarts[..shown];
        let words = |of: &dyn Fn(&Restart) -> String| all.iter().map(of).collect::<Vec<String>>();
        let numbers = |of: fn((f64, f64)) -> f64| -> Vec<Quantity> {
            let number = |start: &Restart| start.j.map_or(Quantity::Undefined, |j| of(j).into());
            all.iter().map(number).collect()
        };
        let norm = |start: &Restart| {
            start
                .gradient_norm
                .map_or(Quantity::Undefined, Quantity::from)
        };
        let columns = Columns::new()
            .text("start", words(&|start| start.start.clone()))
            .numbers("J there", &numbers(|j| j.0), view.digits)
            .right("iterations", words(&|start| start.iterations.to_string()))
            .numbers("J at the end", &numbers(|j| j.1), view.digits)
            .right("‖∇J‖", words(&|start| table::size(&norm(start))))
            .text("stopped by", words(&|start| start.stop.to_string()));
        let title = view.title(&format!(
            "Starts of {}, of which the best is told",
            run.label()
        ));
        text += &format!(
            "{title}\n{}{}\n",
            columns.render(view),
            note.unwrap_or_default()
        );
    }
    text
}

fn last_norm(run: &RunReport) -> Quantity {
    run.last().gradient_norm.into()
}

/// Some twelve iterates, further and further apart, or all.
fn path(run: &RunReport, objective: Objective, view: &View) -> String {
    let last = run.last().iteration;
    let mut shown = Vec::new();
    let mut next = 0.0;
    for step in &run.trace {
        if view.all || step.iteration as f64 >= next || step.iteration == last {
            shown.push(*step);
            next =
                (step.iteration as f64 * (last as f64).powf(0.1)).max(step.iteration as f64 + 1.0);
        }
    }
    let numbers = |f: fn(&exact_mdp::ascent::AscentStep) -> f64| -> Vec<Quantity> {
        shown.iter().map(|step| f(step).into()).collect()
    };
    let sizes = |f: fn(&exact_mdp::ascent::AscentStep) -> f64| -> Vec<String> {
        shown
            .iter()
            .map(|step| table::size(&f(step).into()))
            .collect()
    };
    let columns = Columns::new()
        .right(
            "iteration",
            shown
                .iter()
                .map(|step| step.iteration.to_string())
                .collect(),
        )
        .numbers("J", &numbers(|step| step.j), view.digits)
        .right("‖∇J‖", sizes(|step| step.gradient_norm))
        .right("step", sizes(|step| step.step));
    let minimized = objective == Objective::Minimize;
    let better = |x: f64, y: f64| if minimized { x < y } else { x > y };
    let best = run
        .trace
        .iter()
        .reduce(|best, step| if better(step.j, best.j) { step } else { best });
    let note = match best {
        Some(best) if best.iteration != last && better(best.j, run.last().j) => format!(
            "the {} J was {} at iteration {}\n",
            if minimized { "smallest" } else { "largest" },
            table::short(&best.j.into(), view.digits),
            best.iteration
        ),
        _ => String::new(),
    };
    let title = view.title(&format!("Path of {}", run.label()));
    format!("{title}\n{}{note}", columns.render(view))
}

/// What is proven beside what was seen.
fn rates(report: &AscentReport) -> String {
    let mut text = String::new();
    let gap = match report.head.criterion.objective {
        Objective::Maximize => "J* − J",
        Objective::Minimize => "J − J*",
    };
    for run in report.runs() {
        let rates = &run.rates;
        let mut parts = Vec::new();
        let size = |x: f64| table::size(&x.into());
        if let Some(observed) = rates.observed {
            parts.push(format!(
                "{gap} falls like t^−{:.2}, or by {:.6} a step",
                observed.order, observed.factor
            ));
        }
        if let Some(bound) = rates.proven_gap {
            parts.push(format!("proven: at most {} by now", size(bound)));
        }
        if let (Some(constant), Some(ratio)) = (rates.lojasiewicz, rates.gradient_over_gap) {
            parts.push(format!(
                "‖∇J‖/({gap}) = {}, proven at least {}",
                size(ratio),
                size(constant)
            ));
        }
        if !parts.is_empty() {
            text += &format!("{}: {}\n", run.label(), parts.join("; "));
        }
    }
    if let Some(smoothness) = report.first.rates.smoothness {
        text += &format!("J is {}-smooth in θ\n", table::size(&smoothness.into()));
    }
    text
}

/// θ and π of the first path's end.
fn policy(report: &AscentReport, view: &View) -> String {
    let parameters = &report.head.policy.parameters;
    let (shown, note) = view.rows(parameters.len());
    let mut columns = Columns::new()
        .text("parameter", parameters[..shown].to_vec())
        .numbers("θ", &report.first.theta[..shown], view.digits);
    let pi = &report.head.policy.probabilities;
    if pi.len() == parameters.len() {
        columns = columns.numbers("π(a|s)", &pi[..shown], view.digits);
    }
    let title = view.title("Where it ended");
    format!(
        "\n{title}\n{}{}",
        columns.render(view),
        note.unwrap_or_default()
    )
}
