//! What is wrong with a user's numbers, where, and the mend.

use miette::Diagnostic;

use crate::judge::formula::FormulaAxis;
use crate::mend::Mend;
use crate::npy::ArchiveError;

/// Why a user's numbers cannot be judged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GivenError {
    /// Not UTF-8.
    #[error("this is no text: byte {at} is not UTF-8")]
    NotText {
        /// The first such byte.
        at: usize,
    },
    /// Not JSON.
    #[error("this is not JSON: {found}")]
    NotJson {
        /// What the parser says, with line and column.
        found: String,
        /// What it should hold.
        help: &'static str,
    },
    /// JSON of another form.
    #[error("expected {expected}, found {found}{}", at(.place))]
    Form {
        /// What would do in its place.
        expected: &'static str,
        /// What is there.
        found: String,
        /// Where: keys and indices.
        place: String,
        /// What the file should hold.
        help: &'static str,
    },
    /// Rows of different lengths.
    #[error("the rows have different lengths: {first} and {other}{}", at(.place))]
    Ragged {
        /// Of the first row.
        first: usize,
        /// Of another.
        other: usize,
        /// Where that is.
        place: String,
    },
    /// Two columns of one name.
    #[error("two columns have the name `{name}`")]
    SameColumns {
        /// The name.
        name: String,
    },
    /// A cell of a CSV file that is no number.
    #[error("line {line}: `{found}` is no number")]
    Cell {
        /// The line, from 1.
        line: usize,
        /// The cell.
        found: String,
    },
    /// A CSV header without a column of numbers.
    #[error("the header has no column of numbers: {found}")]
    Header {
        /// The header.
        found: String,
    },
    /// An archive or an array that cannot be read.
    #[error("{0}")]
    Array(String),
    /// An array of something else.
    #[error("expected numbers, found {found}")]
    NotNumbers {
        /// What is there.
        found: &'static str,
    },
    /// An archive with several arrays, none of the name.
    #[error("the archive has no array `{quantity}`; it has {}", .names.join(", "))]
    NoArray {
        /// The name.
        quantity: String,
        /// Those that there are.
        names: Vec<String>,
    },
    /// A report without the quantity.
    #[error("the report has no `{quantity}`; it has {}", .names.join(", "))]
    NotReported {
        /// What was looked for.
        quantity: String,
        /// What there is beside the head.
        names: Vec<String>,
    },
    /// An array of another shape.
    #[error("the array has the shape {found:?}; {}", shapes(*.parameters, *.rectangle))]
    Shape {
        /// Its shape.
        found: Vec<usize>,
        /// d.
        parameters: usize,
        /// S and A, where a rectangle would do.
        rectangle: Option<(usize, usize)>,
    },
    /// Rows of another length.
    #[error(
        "the sample has the shape {found:?}; a row has {parameters} numbers, one for each parameter"
    )]
    Rows {
        /// Its shape.
        found: Vec<usize>,
        /// d.
        parameters: usize,
    },
    /// A number where there is no parameter.
    #[error("{found} stands at ({state}, {action}), which is no pair of the model")]
    NoSuchPair {
        /// The state.
        state: String,
        /// The action.
        action: String,
        /// The number.
        found: f64,
    },
    /// A parameter whose number is NaN, infinite or `null`.
    #[error("the number of {label} is {}", if .found.is_nan() { "missing or NaN".to_string() } else { .found.to_string() })]
    NotFinite {
        /// The parameter.
        label: String,
        /// The number.
        found: f64,
    },
    /// A parameter without a number.
    #[error("there is no number for {label}")]
    Absent {
        /// The parameter.
        label: String,
    },
    /// One array where several columns are needed.
    #[error("one array has no place for states, actions and rewards")]
    OneArray,
    /// An array of another size.
    #[error("the array has the shape {found:?}; {expected} numbers are expected")]
    Size {
        /// Its shape.
        found: Vec<usize>,
        /// How many numbers there should be.
        expected: usize,
        /// What rows and columns are counted by.
        of: (FormulaAxis, Option<FormulaAxis>),
    },
    /// An array of another size, under a rule for each time.
    #[error(
        "the array has the shape {found:?}; {once} numbers are expected (at t = 0, or summed over time if it is \
         an occupancy), or rows by time, [{times}, {once}]"
    )]
    SizeInTime {
        /// Its shape.
        found: Vec<usize>,
        /// Rows, where there is one for each time.
        times: usize,
        /// Numbers of one time.
        once: usize,
    },
    /// A sample of one row, or none.
    #[error("the sample has {found} rows; at least 2 are needed")]
    FewRows {
        /// How many it has.
        found: u64,
    },
    /// Trajectories without a step.
    #[error(
        "the trajectories hold no step; expected at least one, with its state, action and reward"
    )]
    NoSteps,
    /// An episode of whose steps some stand behind those of another.
    #[error("episode {found} comes again at entry {entry}; expected its steps one after the other")]
    Episode {
        /// Its name.
        found: String,
        /// Where, from 0.
        entry: usize,
    },
    /// Names of episodes beside rows, which are parted otherwise.
    #[error("`episode` stands beside rows of steps; expected it beside one long column")]
    EpisodeOfRows,
    /// An estimator, or what else numbers are made by, beside trajectories without such numbers.
    #[error("{what} is asked for, and nothing that it gives stands beside the trajectories{}", listed(.not_read))]
    NothingOf {
        /// What is asked for.
        what: String,
        /// The columns that were not read.
        not_read: Vec<String>,
    },
    /// A column of trajectories that there is not.
    #[error("the trajectories have no {column}")]
    NoColumn {
        /// Its name.
        column: &'static str,
    },
    /// Columns that do not belong together.
    #[error("{column} has {found} {of}{}, where {expected} are expected", at(.place))]
    Count {
        /// The column.
        column: String,
        /// Of what.
        of: &'static str,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
        /// In which trajectory.
        place: String,
    },
    /// Columns of steps of which one is shorter or longer than the actions.
    #[error("the columns have different numbers of {of}{}: {}", at(.place), counts(.columns))]
    Lengths {
        /// Of what.
        of: &'static str,
        /// The columns, and how many each has.
        columns: Vec<(String, usize)>,
        /// In which trajectory.
        place: String,
    },
    /// An entry of a column that is no state, action, number or flag.
    #[error("{column} has `{found}`{}; expected {expected}", at(.place))]
    Entry {
        /// The column.
        column: String,
        /// What is there.
        found: String,
        /// Trajectory and step.
        place: String,
        /// What would do in its place.
        expected: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// A column that may say which number a row is, and is not read.
    #[error("the column `{column}` is not read, and may say of what the numbers are")]
    Unread {
        /// Its name.
        column: String,
    },
    /// Two numbers of one name.
    #[error("{label} has two numbers")]
    Twice {
        /// The name.
        label: String,
    },
    /// A name that no state, pair or parameter has.
    #[error("no {what} is named `{found}`")]
    UnknownLabel {
        /// Of what it should be the name.
        what: &'static str,
        /// The name.
        found: String,
        /// The nearest that there is.
        nearest: Option<String>,
    },
}

impl GivenError {
    /// [`GivenError::Form`] with what was found cut short.
    pub(in crate::judge) fn form(
        expected: &'static str,
        value: &serde_json::Value,
        place: &str,
        help: &'static str,
    ) -> GivenError {
        // half a line
        const MOST: usize = 40;
        let mut found = value.to_string();
        if found.chars().count() > MOST {
            found = found.chars().take(MOST).chain(['…']).collect();
        }
        GivenError::Form {
            expected,
            found,
            place: place.to_string(),
            help,
        }
    }
}

/// What a file of numbers holds.
pub(in crate::judge) const NUMBERS: &str =
    "a list of numbers, rows by state, or an object by the labels of the parameters";
/// What a file of trajectories holds.
pub(in crate::judge) const COLUMNS: &str = r#"columns with a list for each trajectory, as {"states": [[0, 1]], "actions": [[0]], "rewards": [[1.5]]}, or a list of such objects; of several players the joint actions; see docs/judge.md"#;

impl From<ArchiveError> for GivenError {
    fn from(error: ArchiveError) -> GivenError {
        let text = error.to_string();
        GivenError::Array(match error {
            ArchiveError::NotAnArchive(_) => text,
            _ => format!("the array {text}"),
        })
    }
}

impl Diagnostic for GivenError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let help: String = match self {
            GivenError::Form { help, .. } | GivenError::NotJson { help, .. } => (*help).into(),
            GivenError::Shape { rectangle: None, .. } | GivenError::Absent { .. } => {
                Mend::parameters_in_order().to_string()
            }
            GivenError::Shape { .. } => {
                "pairs are numbered state by state; in a rectangle put 0 where a state lacks an action".into()
            }
            GivenError::Size { of, .. } => each_of(*of).into(),
            GivenError::Header { .. } => {
                "name a column `value`, beside `parameter` or `state` and `action`".into()
            }
            GivenError::Unread { .. } => {
                "name columns `state`, `action` or `parameter`, or leave out what is no name".into()
            }
            GivenError::Twice { .. } => {
                "give one row for each; in a column `quantity` name what a row is of".into()
            }
            GivenError::NoArray { quantity, .. } => {
                format!("name one array `{quantity}`: numpy.savez(file, {quantity}=...)")
            }
            GivenError::NoSuchPair { .. } => {
                "a terminal state and an action outside A(s) have no parameter: put 0 there".into()
            }
            GivenError::OneArray => {
                "numpy.savez(file, states=…, actions=…, rewards=…, terminated=…, truncated=…)".into()
            }
            GivenError::NothingOf { .. } => {
                "numbers stand in columns psi (or advantages), contributions or estimate; without them leave it out".into()
            }
            GivenError::NoColumn { .. } => {
                "needed are states, actions and rewards; taken as well: next_states, terminated, truncated, \
                 log_probabilities, psi, contributions, estimate, episode, lengths".into()
            }
            GivenError::Episode { .. } => {
                "sort the rows by episode, those of one episode in the order of its steps".into()
            }
            GivenError::EpisodeOfRows => {
                "give all columns flat, or the rows with `lengths`, `terminated`, `truncated` or `done`".into()
            }
            GivenError::Lengths { .. } => {
                "give each column one entry for each step; states may have one more, the state behind the last step".into()
            }
            GivenError::Count { of, .. } => match *of {
                "rows" => "give one row for each trajectory, in their order".into(),
                _ => "give one entry for each step, and `lengths` that go no further than the columns do".into(),
            },
            GivenError::UnknownLabel {
                nearest: Some(nearest),
                ..
            }
            | GivenError::Entry {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            _ => return None,
        };
        Some(Box::new(help))
    }
}

/// What an array has numbers of, and in which order.
fn each_of(axes: (FormulaAxis, Option<FormulaAxis>)) -> &'static str {
    match axes {
        (FormulaAxis::State, None) => {
            "give one number for each state, in their order; terminal ones may be left out"
        }
        (FormulaAxis::Pair, _) => {
            "give one number for each pair, state by state, or a rectangle [states, actions] with 0 where a state lacks an action"
        }
        (FormulaAxis::State, Some(_)) => {
            "give a row for each state, terminal ones or without them, with a number for each parameter"
        }
        (FormulaAxis::Parameter, None) => "give one number for each parameter, in their order",
        (FormulaAxis::Parameter, Some(_)) => {
            "give a row for each parameter, with a number for each parameter"
        }
    }
}

fn at(place: &str) -> String {
    match place {
        "" => String::new(),
        place => format!(" at {place}"),
    }
}

fn listed(not_read: &[String]) -> String {
    match not_read {
        [] => String::new(),
        names => format!("; not read: {}", names.join(", ")),
    }
}

fn counts(columns: &[(String, usize)]) -> String {
    let each = columns.iter().map(|(name, n)| format!("{name} {n}"));
    each.collect::<Vec<_>>().join(", ")
}

fn shapes(parameters: usize, rectangle: Option<(usize, usize)>) -> String {
    match rectangle {
        None => format!("the policy has {parameters} parameters"),
        Some((states, actions)) => {
            format!(
                "the policy has {parameters} parameters, the rectangle is [{states}, {actions}]"
            )
        }
    }
}
