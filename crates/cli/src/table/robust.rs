//! Robust values for people: J under each nature, values and actions by state, and the p that nature chooses.

use crate::table::{self, Columns, Readable, View};
use exact_mdp::report::{NatureReport, Quantity, RobustReport};
use exact_mdp::robust::UncertaintyNorm;

impl Readable for RobustReport {
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += &sets(self, view);
        text += "\n";
        text += &objectives(self, view);
        text += "\n";
        text += &values(self, view);
        if self.robust.kernel.is_some() {
            text += "\n";
            text += &kernel(self, view);
        }
        text += &format!(
            "error of every v at most {} (robust), {} (optimistic)\n",
            table::size(&self.robust.error_bound),
            table::size(&self.optimistic.error_bound)
        );
        if let (Some(robust), Some(optimistic)) = (&self.robust.gain, &self.optimistic.gain) {
            text += &format!(
                "error of the gain at most {} (robust), {} (optimistic)\n",
                table::size(&robust.error_bound),
                table::size(&optimistic.error_bound)
            );
        }
        text + &table::certified(self.bounds.as_ref())
    }
}

fn sets(report: &RobustReport, view: &View) -> String {
    let radius = report.radius.as_ref().map(|x| table::short(x, view.digits));
    match (report.norm, radius) {
        (Some(UncertaintyNorm::L1), Some(x)) => {
            format!("sets: Σ|p − p̄| ≤ {x} for each state and action\n")
        }
        (Some(UncertaintyNorm::Max), Some(x)) => {
            format!("sets: max|p − p̄| ≤ {x} for each state and action\n")
        }
        _ => "sets: the model's intervals\n".into(),
    }
}

fn objectives(report: &RobustReport, view: &View) -> String {
    let rows = [
        ("robust, of this policy", &report.robust.j),
        ("optimistic", &report.optimistic.j),
        ("nominal, of this policy", &report.j_nominal),
        (
            "nominal, of the policy optimal there",
            &report.j_nominal_optimal,
        ),
        (
            "robust, of the policy optimal there",
            &report.j_robust_of_nominal_optimal,
        ),
    ];
    let j: Vec<Quantity> = rows.iter().map(|row| row.1.clone()).collect();
    Columns::new()
        .text("J", rows.iter().map(|row| row.0.to_string()).collect())
        .numbers("", &j, view.digits)
        .render(view)
}

fn values(report: &RobustReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.states());
    let names = (0..shown).map(|state| space.state_names().get(state).into_owned());
    let actions = |of: &NatureReport| -> Vec<String> {
        let taken = |state: usize| {
            let pairs = space.pairs_of(state);
            let taken = pairs.filter(|&pair| of.probabilities[pair].value() != Some(0.0));
            let names = taken.map(|pair| space.pair_names(pair).1.into_owned());
            names.collect::<Vec<_>>().join(" ")
        };
        (0..shown).map(taken).collect()
    };
    Columns::new()
        .text("state", names.collect())
        .numbers("v robust", &report.robust.v[..shown], view.digits)
        .text("actions", actions(&report.robust))
        .numbers("v optimistic", &report.optimistic.v[..shown], view.digits)
        .text("actions", actions(&report.optimistic))
        .render(view)
        + &note.unwrap_or_default()
        + &meaning(report)
}

/// What v is, where it is not the sum from now to the end.
fn meaning(report: &RobustReport) -> String {
    let gain = report.robust.gain.as_ref();
    if let Some(state) = gain.and_then(|gain| gain.relative_to.as_ref()) {
        return format!("v: what starting there adds to the gains, compared with `{state}`\n");
    }
    if report.robust.v_by_time.is_some() {
        return "v, actions and p at time 0; JSON has all times\n".into();
    }
    String::new()
}

/// Nature's worst p where the policy goes.
fn kernel(report: &RobustReport, view: &View) -> String {
    let (space, part) = (&report.head.space, &report.robust);
    let (mut names, mut p) = (Vec::new(), Vec::new());
    let pairs = (0..space.pairs()).filter(|&pair| part.probabilities[pair].value() != Some(0.0));
    for pair in pairs {
        let row = part.kernel.as_ref().map(|kernel| kernel.row(pair));
        for (next, x) in row.unwrap_or_default().into_iter().enumerate() {
            if x.value() != Some(0.0) {
                let (state, action) = space.pair_names(pair);
                names.push([
                    state.into_owned(),
                    action.into_owned(),
                    space.state_names().get(next).into_owned(),
                ]);
                p.push(x);
            }
        }
    }
    let (shown, note) = view.rows(p.len());
    let column = |at: usize| names[..shown].iter().map(|row| row[at].clone()).collect();
    Columns::new()
        .text("state", column(0))
        .key("action", column(1))
        .key("next", column(2))
        .numbers("worst p", &p[..shown], view.digits)
        .render(view)
        + &note.unwrap_or_default()
}
