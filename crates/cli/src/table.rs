//! Tables for people: a title, aligned columns of numbers, a gridworld as a grid.

mod ascent;
mod between;
mod chain;
mod check;
mod columns;
mod comparison;
mod cone;
mod constrained;
mod continuous;
mod critics;
mod discounts;
mod evaluation;
mod gradient;
mod grid;
mod judge;
mod optimum;
mod pareto;
mod players;
mod reference;
mod returns;
mod rewards;
mod robust;
mod sensitive;
mod shade;
mod shaping;
mod step;
mod sweep;
mod verify;
mod wrap;

pub use columns::Columns;
pub use exact_mdp_pictures::letters::Letters;
pub use exact_mdp_pictures::numerals::{aligned, count, grouped, short};
pub use grid::{arrows, fits, is_whole, on_grid};
pub use shade::{Depth, shaded};
pub use wrap::wrapped;

use anstyle::{AnsiColor, Style};

use exact_mdp::evaluation::FiniteHorizon;
use exact_mdp::mdp::Space;
use exact_mdp::model::visible;
use exact_mdp::report::{Bounds, Distributed, Head, Quantities, Quantity, SolverReport};

/// A report that people can read.
pub trait Readable {
    /// Its table.
    fn table(&self, view: &View) -> String;
}

/// How a table is shown.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Significant digits of the largest number of a column.
    pub digits: usize,
    /// Significant digits of a number on a map, which is wide.
    pub map_digits: usize,
    /// Whether long tables are shown whole.
    pub all: bool,
    /// Whether of several models each is shown in one line.
    pub brief: bool,
    /// The columns of the terminal; `None` where there is none and lines may have any length.
    pub width: Option<usize>,
    /// Whether who reads the table has seen the warnings about the model above it, on the same terminal.
    pub warned: bool,
    /// Whether to color and embolden.
    pub color: bool,
    /// With how many colors, for shades.
    pub depth: Depth,
}

impl Default for View {
    fn default() -> View {
        View {
            digits: 6,
            map_digits: 4,
            all: false,
            brief: false,
            width: None,
            warned: false,
            color: false,
            depth: Depth::Few,
        }
    }
}

impl View {
    /// How many rows of a table with so many are shown, and a note on the others.
    pub fn rows(&self, total: usize) -> (usize, Option<String>) {
        self.rows_of(total, 40)
    }

    /// How many of `total` rows are shown, `most` unless all are asked for, and a note on the others.
    pub fn rows_of(&self, total: usize, most: usize) -> (usize, Option<String>) {
        // the note is a line too
        if self.all || total <= most + 1 {
            return (total, None);
        }
        let note = format!("… {} more rows; --all shows them\n", total - most);
        (most, Some(note))
    }

    /// A title.
    pub fn title(&self, text: &str) -> String {
        self.paint(&visible(text), Style::new().bold())
    }

    /// A verdict: green where it is good, red where it is bad.
    pub fn verdict(&self, text: &str, good: bool) -> String {
        let color = if good {
            AnsiColor::Green
        } else {
            AnsiColor::Red
        };
        self.paint(text, color.on_default().bold())
    }

    fn paint(&self, text: &str, style: Style) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }
}

/// The title of a report: the model and its size, the criterion, the policy.
pub fn title(head: &Head, view: &View) -> String {
    let space = &head.space;
    let terminal = match terminal_states(space) {
        0 => String::new(),
        some => format!(" ({some} terminal)"),
    };
    let policy = &head.policy;
    let uniform = if is_uniform(space, &policy.probabilities) {
        " (uniform)"
    } else {
        ""
    };
    let mix = match &policy.mix {
        Some(epsilon) => format!(", {} of it uniform", short(epsilon, 6)),
        None => String::new(),
    };
    let rule = match policy.rule_of_time {
        Some(time) => format!(", the optimal rule of t = {time} at all times: not optimal"),
        None => String::new(),
    };
    let normalized = match &head.normalized {
        Some(done) if !view.warned => format!("normalised: {done}\n"),
        _ => String::new(),
    };
    let reward = match &head.reward {
        Some(name) => format!("reward: {}\n", of_reward(head, name)),
        None => String::new(),
    };
    format!(
        "{}: {}{terminal}, {}\n{normalized}{}\n{reward}policy: {}{uniform}{mix}, {}{rule}\n",
        view.title(&head.model),
        count(space.states(), "state"),
        count(space.pairs(), "state-action pair"),
        head.criterion,
        policy.parametrization,
        count(policy.parameters.len(), "parameter"),
    )
}

/// Which reward it is, and how another is chosen.
fn of_reward(head: &Head, name: &str) -> String {
    let mut players = head
        .space
        .players()
        .into_iter()
        .flat_map(|players| players.names());
    let player = if players.any(|player| player == name) {
        "player; "
    } else {
        ""
    };
    let flag = if head.is_reward_model {
        "--reward-model"
    } else {
        "--reward"
    };
    format!("{} ({player}{flag} chooses)", visible(name))
}

/// Whether all actions of a state are equally probable, everywhere.
fn is_uniform(space: &Space, probabilities: &Quantities) -> bool {
    (0..space.states()).all(|state| {
        let mut block = space.pairs_of(state).map(|pair| probabilities.at(pair));
        let first = block.next();
        block.all(|x| Some(x) == first)
    })
}

/// Number of terminal states.
pub fn terminal_states(space: &Space) -> usize {
    let states = 0..space.states();
    states.filter(|&s| space.is_terminal(s)).count()
}

/// The closing line: the solver and how well its answers solve, where that can be a question: exact
/// fractions and the recursion of a finite horizon leave no residual.
pub fn solved(solver: &SolverReport) -> String {
    let solves_nothing = solver.name == FiniteHorizon::<f64>::SOLVER;
    if solves_nothing || matches!(solver.residual, Quantity::Exact(_)) {
        return format!("solver: {}\n", solver.name);
    }
    let zero = |x: &Quantity| x.value() == Some(0.0);
    if zero(&solver.residual) && zero(&solver.occupancy_residual) {
        return format!("solver: {}, residual 0\n", solver.name);
    }
    format!(
        "solver: {}, residual {} of v and {} of ρ\n",
        solver.name,
        size(&solver.residual),
        size(&solver.occupancy_residual)
    ) + &solver
        .distributed
        .as_ref()
        .map_or_else(String::new, distributed)
}

/// Who has solved what is divided among processes, and the bounds on the errors.
pub fn distributed(by: &Distributed) -> String {
    let ranks = count(by.ranks, "rank");
    let mut text = format!("PETSc {} on {ranks}: {}", by.version, by.method);
    if let Some(method) = by.occupancy_method.filter(|method| *method != by.method) {
        text += &format!(", of ρ {method}");
    }
    let bounds = [
        ("|v − v̂|", by.value_bound),
        ("‖ρ − ρ̂‖₁", by.occupancy_bound),
        ("|J − Ĵ|", by.j_bound),
        ("|∇J − ∇Ĵ|", by.gradient_bound),
    ];
    for (name, bound) in bounds {
        text += &bound.map_or_else(String::new, |bound| format!("; {name} ≤ {bound:.1e}"));
    }
    text + "\n"
}

/// The closing line of certified numbers: the largest bound and the certain digits.
pub fn certified(bounds: Option<&Bounds>) -> String {
    let Some(summary) = bounds.and_then(Bounds::summary) else {
        return String::new();
    };
    let (name, bound) = summary.largest;
    let digits = match summary.digits {
        None => "; of some not even the first digit is certain".to_string(),
        Some(digits) => format!("; {} digits of each are certain", digits.min(17)),
    };
    let unbounded = match summary.unbounded {
        0 => String::new(),
        some => format!(", but {} without a bound,", count(some, "number")),
    };
    format!(
        "certified: every number{unbounded} within {} of the true one (largest for {name}){digits}\n",
        size(&Quantity::from(bound)),
    )
}

/// An error that some digit which is shown of the largest of these numbers may owe to.
pub fn in_doubt(error: Option<f64>, of: &[Quantity], view: &View) -> Option<f64> {
    let sizes = of.iter().filter_map(Quantity::value).map(f64::abs);
    let least = sizes.fold(0.0, f64::max) * 10f64.powi(-(view.digits as i32));
    error.filter(|error| least > 0.0 && *error > least)
}

/// A number to the digits of the view; 0 and its error where that is no smaller than the number, of which no digit is
/// known then, nor its sign.
pub fn within(x: &Quantity, error: Option<f64>, view: &View) -> String {
    let size_of_x = x.value().map(f64::abs);
    let hides = |error: &f64| size_of_x.is_some_and(|x| x > 0.0 && x <= *error);
    match error.filter(hides) {
        Some(error) => format!("0 ± {}", size(&error.into())),
        None => short(x, view.digits),
    }
}

/// Numbers as a column shows them: 0 where a number is no larger than the bound on the errors of all of them.
pub fn settled(values: &[Quantity], error: Option<f64>) -> Vec<Quantity> {
    values.iter().map(|x| seen(x, error)).collect()
}

/// A number as a column shows it: 0 where it is no larger than the bound on its error.
pub fn seen(x: &Quantity, error: Option<f64>) -> Quantity {
    match (x, error) {
        (Quantity::Float(value), Some(error)) if value.abs() <= error => Quantity::Float(0.0),
        _ => x.clone(),
    }
}

/// Numbers as a column shows them of which each has a bound of its own.
pub fn settled_each(values: &[Quantity], errors: &[Option<f64>]) -> Vec<Quantity> {
    let both = values.iter().zip(errors);
    both.map(|(x, error)| seen(x, *error)).collect()
}

/// A line on a column in which numbers stand as 0 for a bound of their own; nothing where none does.
pub fn as_zero_each(name: &str, values: &[Quantity], errors: &[Option<f64>]) -> String {
    let both = values.iter().zip(errors);
    let hidden = both.filter_map(|(x, error)| {
        let size = x.value()?.abs();
        error.filter(|error| size > 0.0 && size <= *error)
    });
    hidden.reduce(f64::max).map_or_else(String::new, |most| {
        let most = size(&most.into());
        format!(
            "{name}: what is no larger than its own bound on rounding, of up to {most}, is 0 here\n"
        )
    })
}

/// A line on the columns in which numbers stand as 0 for their bound on rounding; nothing where none does.
pub fn as_zero(columns: &[(&str, &[Quantity], Option<f64>)]) -> String {
    let hides = |values: &[Quantity], error: f64| {
        let sizes = values.iter().filter_map(Quantity::value);
        sizes.map(f64::abs).any(|x| x > 0.0 && x <= error)
    };
    let lines = columns.iter().filter_map(|(name, values, error)| {
        let error = error.filter(|error| hides(values, *error))?;
        let size = size(&error.into());
        Some(format!(
            "{name}: what is at most {size}, the bound on rounding, is 0 here\n"
        ))
    });
    lines.collect()
}

/// Two digits of an error: its size is what counts.
pub fn size(x: &Quantity) -> String {
    match x.value() {
        None => "–".to_string(),
        Some(0.0) => "0".to_string(),
        Some(x) => format!("{x:.1e}"),
    }
}
