//! The evaluation for people: maps of a gridworld, one row per pair elsewhere.

use crate::picture::scale::Scale;
use crate::table::{self, Columns, Letters, Readable, View, returns};
use exact_mdp::mdp::GridLayout;
use exact_mdp::report::EvaluationReport;
use exact_mdp::report::Quantity;

impl Readable for EvaluationReport {
    fn table(&self, view: &View) -> String {
        text(self, view)
    }
}

/// Title, J, the values, and how well the systems were solved.
fn text(report: &EvaluationReport, view: &View) -> String {
    let letters = Letters::of(report);
    let mut text = table::title(&report.head, view);
    text += &format!(
        "J = {}{}\n",
        table::within(&report.j, report.j_error, view),
        letters.j
    );
    if let Some(bound) = &report.j_seeing_states {
        let bound = table::short(bound, view.digits);
        text +=
            &format!("policies that see the states: J* = {bound}, a bound for those that do not\n");
    }
    if let Some(bound) = report.j_informed {
        let bound = table::short(&bound.into(), view.digits);
        text +=
            &format!("the fast informed bound: no policy by what is seen gets beyond {bound}\n");
    }
    if let Some(rules) = &report.policy_by_time {
        text += &format!(
            "a rule for each of {} times; π, q and A are those of t = 0\n",
            rules.len()
        );
    }
    if let Some(length) = &report.episode_length {
        let length = table::short(length, view.digits);
        text += &format!("an episode takes {length} steps on average\n");
    }
    text += "\n";
    let grid = report
        .head
        .space
        .grid()
        .filter(|grid| table::fits(grid, view));
    let maps = grid.map(|grid| maps(report, &letters, grid, view));
    let maps = maps.filter(|maps| table::is_whole(maps, view));
    text += maps.as_deref().unwrap_or_default();
    text += &match maps {
        Some(_) if !view.all => "--all shows q, A and ρ(s,a) of every pair\n".to_string(),
        _ => pairs(report, &letters, view),
    };
    if let Some(times) = &report.v_by_time {
        text += &format!("JSON and CSV hold v and q at all {} times\n", times.len());
    }
    if let Some(returns) = &report.returns {
        text += &returns::text(returns, view);
    }
    text + "\n" + &table::solved(&report.solver) + &table::certified(report.bounds.as_ref())
}

/// v, policy and occupancy, each as a map.
fn maps(report: &EvaluationReport, letters: &Letters, grid: &GridLayout, view: &View) -> String {
    let space = &report.head.space;
    let map = |title: &str, shades: (&[Quantity], Scale), cell: &dyn Fn(usize) -> String| {
        let map = table::on_grid(grid, |state| {
            if space.is_terminal(state) {
                "end".to_string()
            } else {
                cell(state)
            }
        });
        let color = |state: usize| {
            let value = shades.0[state]
                .value()
                .filter(|_| !space.is_terminal(state));
            value.map(|x| shades.1.color(x))
        };
        let map = table::shaded(&map, grid, view.depth, color);
        format!("{title}\n{map}\n")
    };
    let numbers = |title: &str, values: &[Quantity], error: Option<f64>, scale: Scale| {
        let cells = table::aligned(&table::settled(values, error), view.map_digits);
        map(title, (values, scale), &|state| cells[state].clone())
    };
    let acting = |values: &'_ [Quantity]| -> Vec<f64> {
        let states = (0..space.states()).filter(|&s| !space.is_terminal(s));
        states.filter_map(|s| values[s].value()).collect()
    };
    let worth = Scale::of_signed(acting(&report.v).into_iter(), report.value_error);
    let visits = Scale::of_visits(acting(&report.occupancy).into_iter());
    let probabilities = &report.head.policy.probabilities;
    numbers(letters.v, &report.v, report.value_error, worth)
        + &map("most probable actions", (&report.v, worth), &|state| {
            table::arrows(space, probabilities, state)
        })
        + &numbers("ρ(s)", &report.occupancy, report.occupancy_error, visits)
        + letters.units
        + "\n"
        + &table::as_zero(&zeros(report, letters)[..2])
}

/// The columns in which rounding may be all that there is.
fn zeros<'a>(
    report: &'a EvaluationReport,
    letters: &Letters,
) -> [(&'static str, &'a [Quantity], Option<f64>); 5] {
    let (value, visits) = (report.value_error, report.occupancy_error);
    [
        (letters.v, &report.v, value),
        ("ρ(s)", &report.occupancy, visits),
        (letters.q, &report.q, value),
        ("A(s,a)", &report.advantage, report.advantage_error),
        ("ρ(s,a)", &report.pair_occupancy, visits),
    ]
}

/// A row of the table: a pair, and its state on the first row of the state.
#[derive(Clone, Copy)]
struct Row {
    state: Option<usize>,
    pair: Option<usize>,
}

/// One row per pair; what belongs to the state stands on the first of its rows.
fn pairs(report: &EvaluationReport, letters: &Letters, view: &View) -> String {
    let space = &report.head.space;
    let rows = (0..space.states()).flat_map(|state| {
        let pairs = space.pairs_of(state);
        let terminal = pairs.is_empty().then_some(None);
        let pairs = terminal.into_iter().chain(pairs.map(Some)).enumerate();
        pairs.map(move |(i, pair)| Row {
            state: (i == 0).then_some(state),
            pair,
        })
    });
    let total = space.pairs() + table::terminal_states(space);
    let (shown, note) = view.rows(total);
    let rows: Vec<Row> = rows.take(shown).collect();
    let state = |row: &Row| {
        row.state
            .map_or_else(String::new, |s| space.state_names().get(s).into_owned())
    };
    let action = |row: &Row| {
        row.pair
            .map_or("end".to_string(), |pair| space.pair_names(pair).1.into())
    };
    let of_state = |values: &[Quantity], error: Option<f64>| -> Vec<_> {
        rows.iter()
            .map(|row| row.state.map(|s| table::seen(&values[s], error)))
            .collect()
    };
    let of_pair = |values: &[Quantity], error: Option<f64>| -> Vec<_> {
        rows.iter()
            .map(|row| row.pair.map(|pair| table::seen(&values[pair], error)))
            .collect()
    };
    let (value, visits) = (report.value_error, report.occupancy_error);
    let digits = view.digits;
    let mut columns = Columns::new().text("state", rows.iter().map(state).collect());
    if let Some(gain) = &report.gain {
        columns = columns.some_numbers("g(s)", of_state(gain, None), digits);
    }
    let columns = columns
        .some_numbers(letters.v, of_state(&report.v, value), digits)
        .some_numbers("ρ(s)", of_state(&report.occupancy, visits), digits)
        .key("action", rows.iter().map(action).collect())
        .some_numbers(
            "π(a|s)",
            of_pair(&report.head.policy.probabilities, None),
            digits,
        )
        .some_numbers(letters.q, of_pair(&report.q, value), digits)
        .some_numbers(
            "A(s,a)",
            of_pair(&report.advantage, report.advantage_error),
            digits,
        )
        .some_numbers("ρ(s,a)", of_pair(&report.pair_occupancy, visits), digits);
    format!(
        "{}{}{}\n{}",
        columns.render(view),
        note.unwrap_or_default(),
        letters.units,
        table::as_zero(&zeros(report, letters))
    )
}
