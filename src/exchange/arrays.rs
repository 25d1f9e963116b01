//! Archives of arrays (`.npz`) as pymdptoolbox and QuantEcon have them.
//!
//! ```text
//! pymdptoolbox   P [A, S, S]   R [S], [S, A] or [A, S, S]
//! textbooks      P [S, A, S]   R [S], [S, A] or [S, A, S]    (also as `p`, `T`; `r`, `rew`)
//! QuantEcon      R [S, A]      Q [S, A, S]                             beta
//!                R [L]         Q [L, S]     s_indices [L]  a_indices [L]  beta
//! ```
//!
//! A sparse matrix is its three arrays in compressed rows, as SciPy names them: `Q/data`,
//! `Q/indices`, `Q/indptr`; P and R of pymdptoolbox may be a list of them, one for each action:
//! `P0/data`, …, `P1/data`, …. A reward of −∞ in QuantEcon's R [S, A] means that the action is not
//! there. Where P may be [A, S, S] as well as [S, A, S] a flag says which. Beside them may stand `discount` (or `beta`, `gamma`), `horizon`, `initial` [S],
//! `terminal` [S], and the names `states` and `actions`. Numbers are exactly those of the arrays.

mod quantecon;
mod quick;
mod rows;
mod toolbox;
mod write;

pub(super) use write::{quantecon as write_quantecon, toolbox as write_toolbox};

use super::{ExchangeError, Overrides};
use crate::mdp::Names;
use crate::mend::Mend;
use crate::model::Axes;
use crate::model::Model;
use crate::model::draft::{Draft, Start};
use crate::model::entries::{Entry, Lacking};
use crate::model::error::{ModelError, NameList};
use crate::model::errors::{ModelWarning, Problems};
use crate::model::names::is_name;
use crate::model::table::Table;
use crate::npy::{Archive, ArchiveError, Array, Entries};
use crate::number::Number;

/// Reads an archive.
pub(crate) fn read(name: String, bytes: &[u8], overrides: &Overrides) -> Result<Model, Problems> {
    let (draft, unread) = draft(name, bytes, overrides)?;
    let model = draft.finish(overrides)?;
    Ok(match unread {
        Some(names) => model.with_warning(ModelWarning::UnreadArrays { names }),
        None => model,
    })
}

/// The model, and the arrays that say nothing of it.
fn draft(
    name: String,
    bytes: &[u8],
    overrides: &Overrides,
) -> Result<(Draft, Option<NameList>), ModelError> {
    let archive = Archive::new(bytes).map_err(|error| ExchangeError::Archive {
        problem: error.to_string(),
        help: "write it with numpy.savez(\"model.npz\", R=R, Q=Q, beta=0.9)".into(),
    })?;
    let mut arrays = Arrays { archive };
    let (core, ended) = if arrays.holds("Q") {
        refuse_axes(overrides)?;
        quantecon::read(&mut arrays, overrides)?
    } else if toolbox::is_here(&arrays) {
        toolbox::read(&mut arrays, overrides)?
    } else {
        return Err(arrays.neither());
    };
    let Core {
        states,
        actions,
        entries,
        made,
    } = core;
    let discount = arrays.one_of(&DISCOUNT)?;
    let terminal = arrays.terminal(states)?;
    let discount = discount.map(|key| arrays.scalar(key)).transpose()?;
    let horizon = arrays.horizon()?;
    let draft = Draft {
        terminal: terminal.or(ended),
        initial: Start::weighted(arrays.initial(states)?),
        entries,
        made,
        discount,
        horizon,
        lacking: Lacking::Other,
        ..Draft::of_file(
            name,
            arrays.names("states", states)?,
            arrays.names("actions", actions)?,
        )
    };
    Ok((draft, arrays.unread()))
}

/// The sizes and outcomes of a model.
struct Core {
    states: usize,
    actions: usize,
    entries: Vec<Entry>,
    /// The outcomes in place of `entries`, where they have been checked already.
    made: Option<Table>,
}

/// An archive, with errors that name its arrays.
struct Arrays<'b> {
    archive: Archive<'b>,
}

/// An error about an array.
fn wrong(name: &str, problem: impl Into<String>, help: impl Into<Mend>) -> ModelError {
    ModelError::from(ExchangeError::Array {
        name: name.into(),
        problem: problem.into(),
        help: help.into(),
    })
}

/// The names of γ.
const DISCOUNT: [&str; 4] = ["discount", "beta", "gamma", "discount_rate"];

/// The names of ρ₀.
const INITIAL: [&str; 5] = [
    "initial",
    "mu",
    "initial_state_dist",
    "initial_state_vec",
    "p_0",
];

/// What else may stand in an archive.
const OTHERS: [&str; 8] = [
    "Q",
    "s_indices",
    "a_indices",
    "axes",
    "horizon",
    "terminal",
    "states",
    "actions",
];

/// An error where the axes of P are asked for and there is no P.
pub(crate) fn refuse_axes(overrides: &Overrides) -> Result<(), ModelError> {
    match overrides.axes {
        None => Ok(()),
        Some(_) => Err(ModelError::from(ExchangeError::NoAxes)),
    }
}

const SHAPES: &str = "P [A, S, S] or [S, A, S] and R [S], [S, A] or as P; QuantEcon: R [S, A] and Q [S, A, S], or R [L], Q [L, S], s_indices [L] and a_indices [L]; see docs/exchange.md";

/// The exact value of an entry.
fn number(name: &str, x: f64) -> Result<Number, ModelError> {
    Number::from_f64(x).ok_or_else(|| {
        let problem = format!("has the entry {x}");
        wrong(name, problem, "every entry must be a finite number")
    })
}

impl Arrays<'_> {
    /// Whether there is such an array, dense or sparse.
    fn holds(&self, name: &str) -> bool {
        self.archive.has(name) || self.archive.has(&format!("{name}/data"))
    }

    /// The name under which one array comes, if it does.
    ///
    /// Errors where two of its names are there: nobody says which is meant.
    fn one_of(&self, names: &[&'static str]) -> Result<Option<&'static str>, ModelError> {
        let mut held = names.iter().filter(|name| self.holds(name));
        match (held.next(), held.next()) {
            (Some(first), Some(second)) => {
                let problem = format!("stands beside `{second}`, another name of the same");
                Err(wrong(first, problem, "leave one of the two out"))
            }
            (first, _) => Ok(first.copied()),
        }
    }

    /// The arrays whose names no model has, nor a list of matrices.
    fn unread(&self) -> Option<NameList> {
        let is_read = |name: &str| {
            let whole = name.split('/').next().unwrap_or(name);
            let listed = whole.trim_end_matches(|x: char| x.is_ascii_digit());
            let known = [&toolbox::P[..], &toolbox::R, &DISCOUNT, &INITIAL, &OTHERS];
            known.concat().contains(&whole) || ["P", "R"].contains(&listed)
        };
        let names = self.archive.names().into_iter();
        let unread: Vec<String> = names.filter(|name| !is_read(name)).collect();
        (!unread.is_empty()).then(|| NameList::of(unread))
    }

    fn neither(&self) -> ModelError {
        ModelError::from(ExchangeError::Archive {
            problem: format!(
                "the archive has neither `P` (pymdptoolbox) nor `Q` (QuantEcon), but {}",
                NameList::of(self.archive.names())
            ),
            help: SHAPES.into(),
        })
    }

    fn array(&mut self, name: &str) -> Result<Option<Array>, ModelError> {
        self.archive.array(name).map_err(|error| {
            let help = match &error {
                ArchiveError::TooLarge => {
                    "write it with numpy.savez instead of savez_compressed, or as sparse matrices; see docs/exchange.md"
                }
                ArchiveError::Type(kind) if kind.ends_with('O') => {
                    "it holds Python objects: write a list of sparse matrices as P0/data, P0/indices, P0/indptr, P1/data, …; see docs/exchange.md"
                }
                ArchiveError::Type(_) => "real numbers (float64), integers, booleans and texts are read",
                _ => "write it with numpy.savez",
            };
            wrong(name, error.to_string(), help)
        })
    }

    fn needed(&mut self, name: &str) -> Result<Array, ModelError> {
        let array = self.array(name)?;
        array.ok_or_else(|| wrong(name, "is not in the archive", SHAPES))
    }

    /// Real numbers and their shape.
    fn numbers(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f64>), ModelError> {
        let Array { shape, entries } = self.needed(name)?;
        let numbers = match entries {
            Entries::Numbers(numbers) => numbers,
            Entries::Integers(integers) => integers.into_iter().map(|x| x as f64).collect(),
            Entries::Booleans(flags) => flags.into_iter().map(|x| f64::from(u8::from(x))).collect(),
            Entries::Texts(_) => return Err(wrong(name, "holds texts", "numbers belong here")),
        };
        Ok((shape, numbers))
    }

    /// Counts or indices, none of them negative.
    fn indices(&mut self, name: &str) -> Result<Vec<usize>, ModelError> {
        let indices = match self.needed(name)?.entries {
            Entries::Integers(integers) => integers,
            _ => return Err(wrong(name, "holds no integers", "indices belong here")),
        };
        let indices = indices.into_iter().map(|i| usize::try_from(i).ok());
        let indices: Option<Vec<usize>> = indices.collect();
        indices.ok_or_else(|| wrong(name, "has a negative entry", "indices count from 0"))
    }

    fn scalar(&mut self, name: &str) -> Result<Number, ModelError> {
        match self.numbers(name)? {
            (_, numbers) if numbers.len() == 1 => number(name, numbers[0]),
            (shape, _) => {
                let problem = format!("has the shape {shape:?}");
                Err(wrong(name, problem, "one number belongs here"))
            }
        }
    }

    /// The axes of P, where the archive says them.
    fn axes(&mut self) -> Result<Option<Axes>, ModelError> {
        if !self.archive.has("axes") {
            return Ok(None);
        }
        let texts = match self.needed("axes")?.entries {
            Entries::Texts(texts) => texts,
            _ => Vec::new(),
        };
        match texts.first().map(String::as_str) {
            Some("ass") => Ok(Some(Axes::Ass)),
            Some("sas") => Ok(Some(Axes::Sas)),
            _ => Err(wrong("axes", "is neither `ass` nor `sas`", "the axes of P")),
        }
    }

    fn horizon(&mut self) -> Result<Option<usize>, ModelError> {
        if !self.archive.has("horizon") {
            return Ok(None);
        }
        let steps = match self.needed("horizon")?.entries {
            Entries::Integers(steps) => match steps[..] {
                [steps] => usize::try_from(steps).ok(),
                _ => None,
            },
            Entries::Numbers(steps) => match steps[..] {
                // above 2⁵³ not every integer is a float64
                [steps] if steps.fract() == 0.0 && (0.0..2f64.powi(53)).contains(&steps) => {
                    Some(steps as usize)
                }
                _ => None,
            },
            _ => None,
        };
        let help = "one integer belongs here, the number of steps";
        let steps = steps.ok_or_else(|| wrong("horizon", "is no number of steps", help))?;
        Ok(Some(steps))
    }

    fn per_state<T>(&self, name: &str, states: usize, x: Vec<T>) -> Result<Vec<T>, ModelError> {
        if x.len() == states {
            return Ok(x);
        }
        let problem = format!("has {} entries", x.len());
        Err(wrong(
            name,
            format!("{problem} for {states} states"),
            "one entry for each state",
        ))
    }

    fn initial(&mut self, states: usize) -> Result<Option<Vec<Number>>, ModelError> {
        let Some(name) = self.one_of(&INITIAL)? else {
            return Ok(None);
        };
        let (_, weights) = self.numbers(name)?;
        let weights = self.per_state(name, states, weights)?;
        let weights = weights.into_iter().map(|x| number(name, x));
        weights.collect::<Result<_, _>>().map(Some)
    }

    fn terminal(&mut self, states: usize) -> Result<Option<Vec<bool>>, ModelError> {
        if !self.archive.has("terminal") {
            return Ok(None);
        }
        let flags = match self.needed("terminal")?.entries {
            Entries::Booleans(flags) => flags,
            Entries::Integers(flags) if flags.iter().all(|x| [0, 1].contains(x)) => {
                flags.iter().map(|x| *x == 1).collect()
            }
            Entries::Numbers(flags) if flags.iter().all(|x| [0.0, 1.0].contains(x)) => {
                flags.iter().map(|x| *x == 1.0).collect()
            }
            _ => return Err(wrong("terminal", "holds no booleans", "one for each state")),
        };
        self.per_state("terminal", states, flags).map(Some)
    }

    /// How many entries an array has, if it is there.
    fn count(&mut self, name: &str) -> Result<Option<usize>, ModelError> {
        let array = self.array(name)?;
        Ok(array.map(|array| array.shape.iter().product()))
    }

    fn names(&mut self, key: &str, count: usize) -> Result<Names, ModelError> {
        if !self.archive.has(key) {
            return Ok(Names::Numbered(count));
        }
        let names = match self.needed(key)?.entries {
            Entries::Texts(names) => names,
            _ => return Err(wrong(key, "holds no texts", "names belong here")),
        };
        let mut seen = std::collections::HashSet::new();
        let sound = names.iter().all(|name| is_name(name) && seen.insert(name));
        if names.len() != count || !sound {
            let problem = format!("does not hold {count} different names");
            return Err(wrong(
                key,
                problem,
                "one name of 1 to 128 characters for each",
            ));
        }
        Ok(Names::listed(names))
    }
}
