//! The optimum for people: maps of a gridworld, one row per state elsewhere, one per time and state
//! for a horizon.

use crate::picture::scale::Scale;
use crate::table::{self, Columns, Readable, View};
use exact_mdp::mdp::GridLayout;
use exact_mdp::report::Quantity;
use exact_mdp::report::{DualReport, OptimumReport};

impl Readable for OptimumReport {
    fn table(&self, view: &View) -> String {
        text(self, view)
    }
}

/// Title, J*, how far it can be off, the values and the optimal actions.
fn text(report: &OptimumReport, view: &View) -> String {
    let mut text = table::title(&report.head, view);
    let own = report.own_bounds.as_ref().map(|own| own.j);
    text += &format!("J* = {}\n", table::within(&report.j, own, view));
    text += &certainty(report);
    text.push('\n');
    text += &trace(report, view);
    let grid = report.head.space.grid();
    let grid = grid.filter(|grid| table::fits(grid, view));
    let maps = grid.map(|grid| maps(report, grid, view));
    text += &match maps.filter(|maps| table::is_whole(maps, view)) {
        _ if report.v_by_time.is_some() => by_time(report, view),
        Some(maps) => maps,
        None => states(report, view),
    };
    if let Some(dual) = &report.dual {
        text += &occupancy(report, dual, view);
    }
    if let Some(by) = &report.distributed {
        text += &table::distributed(by);
    }
    text + &table::certified(report.bounds.as_ref())
}

/// The dual's solution: where an optimal policy is how often.
fn occupancy(report: &OptimumReport, dual: &DualReport, view: &View) -> String {
    let space = &report.head.space;
    let used = |&pair: &usize| dual.pair_occupancy[pair].value() != Some(0.0);
    let used: Vec<usize> = (0..space.pairs()).filter(used).collect();
    let (shown, note) = view.rows(used.len());
    let pairs = &used[..shown];
    let names = pairs.iter().map(|&pair| {
        let (state, action) = space.pair_names(pair);
        (state.into_owned(), action.into_owned())
    });
    let (states, actions) = names.unzip();
    let visits: Vec<Quantity> = pairs
        .iter()
        .map(|&pair| dual.pair_occupancy[pair].clone())
        .collect();
    let columns = Columns::new()
        .text("state", states)
        .key("action", actions)
        .numbers("ρ(s,a)", &visits, view.digits);
    format!(
        "\ndual program: {}, off J* by {}, slackness off by {};\nits ρ, the occupancy of an optimal policy to {}\n{}{}",
        table::short(&dual.objective, view.digits),
        table::short(&dual.gap, 2),
        table::short(&dual.slackness, 2),
        table::short(&dual.occupancy_error, 2),
        columns.render(view),
        note.unwrap_or_default(),
    )
}

fn certainty(report: &OptimumReport) -> String {
    let letter = if report.gain.is_some() { 'g' } else { 'v' };
    let word = |name: &str| name.replace('-', " ");
    let how = format!(
        "{}, {}, stopped: {}",
        word(report.method.name()),
        table::count(report.iterations, "iteration"),
        word(report.stop.name()),
    );
    if let Some(own) = &report.own_bounds {
        return format!(
            "J* is off by {} at most, v*(s) by what stands beside it, {} at most ({how})\n",
            table::short(&own.j.into(), 2),
            table::short(&report.error_bound, 2)
        );
    }
    match report.error_bound.value() {
        Some(_) => format!(
            "|{letter} − {letter}*| ≤ {} in every state ({how})\n",
            table::short(&report.error_bound, 2)
        ),
        None => format!("no bound on the error could be certified ({how})\n"),
    }
}

fn trace(report: &OptimumReport, view: &View) -> String {
    if report.trace.is_empty() {
        return String::new();
    }
    let (shown, note) = view.rows(report.trace.len());
    let steps = &report.trace[..shown];
    let worth = |step: &exact_mdp::control::Iteration| step.j_greedy.map(Quantity::from);
    let columns = Columns::new()
        .right(
            "iteration",
            steps
                .iter()
                .map(|step| step.iteration.to_string())
                .collect(),
        )
        .numbers(
            "residual",
            &steps
                .iter()
                .map(|step| step.residual.into())
                .collect::<Vec<_>>(),
            view.digits,
        )
        .some_numbers("J of the policy", steps.iter().map(worth), view.digits);
    format!("{}{}\n", columns.render(view), note.unwrap_or_default())
}

/// The optimal actions of a state.
fn actions(report: &OptimumReport, state: usize) -> String {
    let space = &report.head.space;
    if space.is_terminal(state) {
        return "end".to_string();
    }
    let pairs = space.pairs_of(state);
    let from = report.optimal.partition_point(|&pair| pair < pairs.start);
    let tied = report.optimal[from..]
        .iter()
        .take_while(|&&pair| pair < pairs.end);
    let names: Vec<String> = tied
        .map(|&pair| space.pair_names(pair).1.into_owned())
        .collect();
    names.join(", ")
}

fn maps(report: &OptimumReport, grid: &GridLayout, view: &View) -> String {
    let space = &report.head.space;
    let cells = table::aligned(&settled(report), view.map_digits);
    let value = |state: usize| {
        if space.is_terminal(state) {
            "end".to_string()
        } else {
            cells[state].clone()
        }
    };
    let probabilities = tied_as_probabilities(report);
    let policy = |state: usize| {
        if space.is_terminal(state) {
            "end".to_string()
        } else {
            table::arrows(space, &probabilities, state)
        }
    };
    let acting = |&s: &usize| !space.is_terminal(s);
    let values: Vec<f64> = (0..space.states())
        .filter(acting)
        .filter_map(|s| report.v[s].value())
        .collect();
    let scale = Scale::of_signed(values.into_iter(), report.rounding());
    let color = |state: usize| {
        let value = report.v[state].value().filter(|_| acting(&state));
        value.map(|x| scale.color(x))
    };
    let shaded = |map: &str| table::shaded(map, grid, view.depth, color);
    format!(
        "v*(s), in units of reward\n{}\noptimal actions\n{}",
        shaded(&table::on_grid(grid, value)),
        shaded(&table::on_grid(grid, policy))
    )
}

/// v*, with 0 for what is no larger than its bound.
fn settled(report: &OptimumReport) -> Vec<Quantity> {
    match &report.own_bounds {
        Some(own) => {
            let values = report.v.iter().zip(&own.v);
            values
                .map(|(x, bound)| table::seen(x, Some(*bound)))
                .collect()
        }
        None => table::settled(&report.v, report.bias_error),
    }
}

/// 1 for every optimal pair, so that all of a state are shown as the most probable.
fn tied_as_probabilities(report: &OptimumReport) -> Vec<Quantity> {
    let mut probabilities = vec![Quantity::Float(0.0); report.q.len()];
    for &pair in &report.optimal {
        probabilities[pair] = Quantity::Float(1.0);
    }
    probabilities
}

fn states(report: &OptimumReport, view: &View) -> String {
    let space = &report.head.space;
    let (shown, note) = view.rows(space.states());
    let names = space.state_names().iter().take(shown);
    let mut columns = Columns::new().text("state", names.map(|x| x.into_owned()).collect());
    let mut letter = "v*(s)";
    if let Some(gain) = &report.gain {
        columns = columns.numbers("g*(s)", &gain[..shown], view.digits);
        letter = "h(s)";
    }
    columns = columns.numbers(letter, &settled(report)[..shown], view.digits);
    if let Some(own) = &report.own_bounds {
        let bounds: Vec<Quantity> = own.v[..shown].iter().map(|&x| x.into()).collect();
        columns = columns.numbers("±", &bounds, 2);
    }
    let columns = columns.text(
        "optimal actions",
        (0..shown).map(|s| actions(report, s)).collect(),
    );
    let units = match report.gain {
        Some(_) => "g* in units of reward per step; h (bias) in units of reward\n",
        None => "",
    };
    format!(
        "{}{}{units}",
        columns.render(view),
        note.unwrap_or_default()
    )
}

/// v_t and the optimal actions of every time.
fn by_time(report: &OptimumReport, view: &View) -> String {
    let space = &report.head.space;
    let (values, optimal) = match (&report.v_by_time, &report.greedy_by_time) {
        (Some(values), Some(optimal)) => (values, optimal),
        _ => return states(report, view),
    };
    let (shown, note) = view.rows(optimal.len() * space.states());
    let rows: Vec<(usize, usize)> = (0..optimal.len())
        .flat_map(|t| (0..space.states()).map(move |s| (t, s)))
        .take(shown)
        .collect();
    let name = |&(_, s): &(usize, usize)| space.state_names().get(s).into_owned();
    let actions = |row: &(usize, usize)| {
        if space.is_terminal(row.1) {
            return "end".to_string();
        }
        let state = name(row);
        let here = optimal[row.0].iter().filter(|(s, _)| *s == state);
        here.map(|(_, action)| action.as_str())
            .collect::<Vec<&str>>()
            .join(", ")
    };
    let value: Vec<Quantity> = rows.iter().map(|&(t, s)| values[t][s].clone()).collect();
    let columns = Columns::new()
        .right("t", rows.iter().map(|(t, _)| t.to_string()).collect())
        .text("state", rows.iter().map(name).collect())
        .numbers("v_t*(s)", &value, view.digits)
        .text("optimal actions", rows.iter().map(actions).collect());
    columns.render(view) + &note.unwrap_or_default()
}
