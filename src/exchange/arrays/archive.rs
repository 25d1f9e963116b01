//! An archive and the arrays in it, by name.

use crate::exchange::ExchangeError;
use crate::mdp::Names;
use crate::mend::Mend;
use crate::model::Axes;
use crate::model::entries::Entry;
use crate::model::error::{ModelError, NameList};
use crate::model::names::is_name;
use crate::model::table::PairTable;
use crate::npy::{Archive, ArchiveError, Array, Entries};
use crate::number::Number;

/// The names of p.
pub(super) const P: [&str; 6] = [
    "P",
    "p",
    "T",
    "transition_matrix",
    "transition",
    "transitions",
];

/// The names of r.
pub(super) const R: [&str; 6] = ["R", "r", "rew", "reward", "reward_matrix", "rewards"];

/// The names of γ.
pub(super) const DISCOUNT: [&str; 4] = ["discount", "beta", "gamma", "discount_rate"];

/// The names of ρ₀.
const INITIAL: [&str; 5] = [
    "initial",
    "mu",
    "initial_state_dist",
    "initial_state_vec",
    "p_0",
];

/// What else may stand in an archive.
const OTHERS: [&str; 5] = ["axes", "horizon", "terminal", "states", "actions"];

/// What QuantEcon has beside R.
const QUANTECON: [&str; 3] = ["Q", "s_indices", "a_indices"];

/// What may come as a list of matrices, `P0`, `P1`, …, each dense or in compressed rows.
const LISTS: [&str; 2] = ["P", "R"];

/// The number of a matrix in a list, of what follows its letter: `12` or `12/data`.
fn number_in_list(rest: &str) -> Option<usize> {
    let digits = rest.split('/').next()?;
    let number: usize = digits.parse().ok()?;
    // `P00` is another name, and not read
    (number.to_string() == digits).then_some(number)
}

/// What shapes there may be, for messages.
pub(super) const SHAPES: &str = "P [A, S, S] or [S, A, S] and R [S], [S, A] or as P; QuantEcon: R [S, A] and Q [S, A, S], or R [L], Q [L, S], s_indices [L] and a_indices [L]; see docs/exchange.md";

/// The sizes and outcomes of a model.
pub(super) struct Core {
    pub states: usize,
    pub actions: usize,
    pub entries: Vec<Entry>,
    /// The outcomes in place of `entries`, where they have been checked already.
    pub made: Option<PairTable>,
}

/// An archive, with errors that name its arrays.
pub(super) struct Arrays<'b> {
    pub archive: Archive<'b>,
}

/// An error about an array.
pub(super) fn wrong(name: &str, problem: impl Into<String>, help: impl Into<Mend>) -> ModelError {
    ModelError::from(ExchangeError::Array {
        name: name.into(),
        problem: problem.into(),
        help: help.into(),
    })
}

/// The exact value of an entry.
pub(super) fn number(name: &str, x: f64) -> Result<Number, ModelError> {
    Number::from_f64(x).ok_or_else(|| {
        let problem = format!("has the entry {x}");
        wrong(name, problem, "every entry must be a finite number")
    })
}

impl Arrays<'_> {
    /// Whether there is such an array, dense or sparse.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.archive.has(name) || self.archive.has(&format!("{name}/data"))
    }

    /// The name under which one array comes, if it does.
    ///
    /// Errors where two of its names are there: nobody says which is meant.
    pub(super) fn one_of(
        &self,
        names: &[&'static str],
    ) -> Result<Option<&'static str>, ModelError> {
        let mut held = names.iter().filter(|name| self.holds(name));
        match (held.next(), held.next()) {
            (Some(first), Some(second)) => {
                let problem = format!("stands beside `{second}`, another name of the same");
                Err(wrong(first, problem, "leave one of the two out"))
            }
            (first, _) => Ok(first.copied()),
        }
    }

    /// An error where p stands beside Q, which is p by another name: two models, and nobody says which is meant.
    pub(super) fn refuse_both(&self) -> Result<(), ModelError> {
        let p = P.iter().find(|name| self.holds(name));
        p.map_or(Ok(()), |p| {
            let problem = "stands beside `Q`, QuantEcon's name of the same";
            Err(wrong(p, problem, "leave one of the two out"))
        })
    }

    /// An error where one array is there twice, whole and in parts (`P` beside `P0/data` or `P/data`), or where a list
    /// of matrices has a gap: what is left out would be a model of fewer actions.
    pub(super) fn refuse_parts(&self) -> Result<(), ModelError> {
        let names = self.archive.names();
        for name in P.iter().chain(&R).chain(&QUANTECON[..1]) {
            let part = names.iter().find(|other| {
                let rest = other.strip_prefix(name);
                let of_list =
                    LISTS.contains(name) && rest.is_some_and(|x| number_in_list(x).is_some());
                of_list || rest.is_some_and(|x| x.starts_with('/'))
            });
            if let Some(part) = part.filter(|_| self.archive.has(name)) {
                let problem = format!("stands beside `{part}`, a part of the same");
                return Err(wrong(name, problem, "leave one of the two out"));
            }
        }
        for list in LISTS {
            let numbers = names
                .iter()
                .filter_map(|name| number_in_list(name.strip_prefix(list)?));
            let numbers: std::collections::BTreeSet<usize> = numbers.collect();
            let gap = numbers
                .iter()
                .enumerate()
                .find(|(place, number)| place != *number);
            if let Some((missing, found)) = gap {
                let problem = format!("is there, and `{list}{missing}` is not");
                let help = "matrices of a list are numbered from 0, one for each action";
                return Err(wrong(&format!("{list}{found}"), problem, help));
            }
        }
        Ok(())
    }

    /// The arrays whose names no model has, nor a list of matrices.
    pub(super) fn unread(&self, is_quantecon: bool) -> Option<NameList> {
        let is_read = |name: &str| {
            let whole = name.split('/').next().unwrap_or(name);
            let is_listed = LISTS.iter().any(|list| {
                let rest = whole.strip_prefix(list);
                rest.is_some_and(|x| number_in_list(x).is_some())
            });
            let known = [&P[..], &R, &DISCOUNT, &INITIAL, &OTHERS];
            known.concat().contains(&whole)
                || (is_quantecon && QUANTECON.contains(&whole))
                || is_listed
        };
        let names = self.archive.names().into_iter();
        let unread: Vec<String> = names.filter(|name| !is_read(name)).collect();
        (!unread.is_empty()).then(|| NameList::of(unread))
    }

    /// The error of an archive that has no p.
    pub(super) fn neither(&self) -> ModelError {
        let names = self.archive.names();
        let found = if names.is_empty() {
            "no array at all".to_string()
        } else {
            NameList::of(names).to_string()
        };
        ModelError::from(ExchangeError::Archive {
            problem: format!(
                "the archive has neither `P` (pymdptoolbox) nor `Q` (QuantEcon), but {found}"
            ),
            help: SHAPES.into(),
        })
    }

    /// An array, if it is there.
    pub(super) fn array(&mut self, name: &str) -> Result<Option<Array>, ModelError> {
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

    /// An array that must be there.
    pub(super) fn needed(&mut self, name: &str) -> Result<Array, ModelError> {
        let array = self.array(name)?;
        array.ok_or_else(|| wrong(name, "is not in the archive", SHAPES))
    }

    /// Real numbers and their shape.
    pub(super) fn numbers(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f64>), ModelError> {
        let Array { shape, entries, .. } = self.needed(name)?;
        let numbers = match entries {
            Entries::Numbers(numbers) => numbers,
            Entries::Integers(integers) => {
                if let Some(x) = integers
                    .iter()
                    .find(|x| **x as f64 as i128 != i128::from(**x))
                {
                    let problem = format!("holds the integer {x}, which no float64 is");
                    return Err(wrong(
                        name,
                        problem,
                        "write the array as float64, or in smaller units",
                    ));
                }
                integers.into_iter().map(|x| x as f64).collect()
            }
            Entries::Booleans(flags) => flags.into_iter().map(|x| f64::from(u8::from(x))).collect(),
            Entries::Texts(_) => return Err(wrong(name, "holds texts", "numbers belong here")),
        };
        Ok((shape, numbers))
    }

    /// Counts or indices, none of them negative.
    pub(super) fn indices(&mut self, name: &str) -> Result<Vec<usize>, ModelError> {
        let indices = match self.needed(name)?.entries {
            Entries::Integers(integers) => integers,
            _ => return Err(wrong(name, "holds no integers", "indices belong here")),
        };
        let indices = indices.into_iter().map(|i| usize::try_from(i).ok());
        let indices: Option<Vec<usize>> = indices.collect();
        indices.ok_or_else(|| wrong(name, "has a negative entry", "indices count from 0"))
    }

    /// One number.
    pub(super) fn scalar(&mut self, name: &str) -> Result<Number, ModelError> {
        match self.numbers(name)? {
            (_, numbers) if numbers.len() == 1 => number(name, numbers[0]),
            (shape, _) => {
                let problem = format!("has the shape {shape:?}");
                Err(wrong(name, problem, "one number belongs here"))
            }
        }
    }

    /// The axes of P, where the archive says them.
    pub(super) fn axes(&mut self) -> Result<Option<Axes>, ModelError> {
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

    /// T, where the archive says it.
    pub(super) fn horizon(&mut self) -> Result<Option<usize>, ModelError> {
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

    /// One entry for each state.
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

    /// ρ₀ \[S\], where the archive says it.
    pub(super) fn initial(&mut self, states: usize) -> Result<Option<Vec<Number>>, ModelError> {
        let Some(name) = self.one_of(&INITIAL)? else {
            return Ok(None);
        };
        let (_, weights) = self.numbers(name)?;
        let weights = self.per_state(name, states, weights)?;
        let weights = weights.into_iter().map(|x| number(name, x));
        weights.collect::<Result<_, _>>().map(Some)
    }

    /// Which states are terminal \[S\], where the archive says it.
    pub(super) fn terminal(&mut self, states: usize) -> Result<Option<Vec<bool>>, ModelError> {
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
    pub(super) fn count(&mut self, name: &str) -> Result<Option<usize>, ModelError> {
        let array = self.array(name)?;
        Ok(array.map(|array| array.shape.iter().product()))
    }

    /// The names of so many states or actions; their numbers where the archive has none.
    pub(super) fn names(&mut self, key: &str, count: usize) -> Result<Names, ModelError> {
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
