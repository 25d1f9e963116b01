//! Whole arrays at once: p and r as NumPy, SciPy and other programs hold them.

use super::Draft;
use crate::mdp::Names;
use crate::model::entries::Lacking;
use crate::model::error::DraftError;
use crate::number::Number;

/// The rows of a matrix.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// All entries, row by row (C order).
    Dense {
        /// rows × columns numbers.
        data: &'a [f64],
        /// The length of a row.
        columns: usize,
    },
    /// Compressed rows, named as `scipy.sparse.csr_array` names its arrays; entries stored twice
    /// are added.
    Sparse {
        /// The stored entries.
        data: &'a [f64],
        /// The column of each.
        indices: &'a [usize],
        /// Entries of row i stand at `indptr[i]..indptr[i + 1]`.
        indptr: &'a [usize],
        /// The length of a row.
        columns: usize,
    },
}

/// Which pair (s, a) each row of p belongs to.
#[derive(Clone, Copy, Debug)]
pub enum Layout<'a> {
    /// p [S, A, S]: all actions of state 0, then those of state 1, ….
    Sas {
        /// A, the actions of every state.
        actions: usize,
    },
    /// p [A, S, S]: all states under action 0, then under action 1, ….
    Ass {
        /// A, the actions of every state.
        actions: usize,
    },
    /// p [L, S]: row i belongs to `states[i]` and `actions[i]`, in any order, so that states may
    /// differ in their actions.
    Listed {
        /// s of each row.
        states: &'a [usize],
        /// a of each row.
        actions: &'a [usize],
    },
}

/// The rewards beside p.
#[derive(Clone, Copy, Debug)]
pub enum Rewards<'a> {
    /// r(s) \[S\], paid for every action in s.
    State(&'a [f64]),
    /// r(s, a): \[S, A\], or \[L\] in the order of listed rows.
    Pair(&'a [f64]),
    /// r(s, a, s') in the layout of p; 0 where a sparse matrix stores nothing.
    Outcome(Rows<'a>),
}

impl Draft {
    /// A draft from p and r as arrays. States and actions are numbered; [`Draft::state_names`] and
    /// [`Draft::action_names`] name them. Zeros of p are no transitions. Where no state is called
    /// [terminal](Draft::terminal), those are that stay for nothing, whatever is done: every
    /// action leads back with probability 1 and pays 0.
    ///
    /// Numbers are exactly those of the arrays.
    ///
    /// ```
    /// use exact_mdp::model::{Draft, Layout, Rewards, Rows};
    ///
    /// // [S, A, S]: two states, two actions
    /// let p = [1.0, 0.0, 0.25, 0.75, 0.5, 0.5, 0.0, 1.0];
    /// let r = [0.0, 0.0, 1.0, 1.0]; // [S, A]
    /// let rows = Rows::Dense { data: &p, columns: 2 };
    /// let model = Draft::from_arrays(rows, Layout::Sas { actions: 2 }, Rewards::Pair(&r))
    ///     .state_names(["cold", "hot"])
    ///     .discount(0.5)
    ///     .initial(&[1.0, 0.0])
    ///     .check()?;
    /// assert_eq!(model.space().pairs(), 4);
    /// # Ok::<(), exact_mdp::model::DraftErrors>(())
    /// ```
    ///
    /// The same model from SciPy's compressed rows, one matrix for each action below the other:
    ///
    /// ```
    /// # use exact_mdp::model::{Draft, Layout, Rewards, Rows};
    /// let rows = Rows::Sparse {
    ///     data: &[1.0, 0.5, 0.5, 0.25, 0.75, 1.0],
    ///     indices: &[0, 0, 1, 0, 1, 1],
    ///     indptr: &[0, 1, 3, 5, 6],
    ///     columns: 2,
    /// };
    /// let model = Draft::from_arrays(rows, Layout::Ass { actions: 2 }, Rewards::State(&[0.0, 1.0]))
    ///     .discount(0.5)
    ///     .start(0)
    ///     .check()?;
    /// assert_eq!(model.outcomes().pairs(), 4);
    /// # Ok::<(), exact_mdp::model::DraftErrors>(())
    /// ```
    pub fn from_arrays(p: Rows<'_>, layout: Layout<'_>, r: Rewards<'_>) -> Draft {
        let states = p.columns();
        let actions = layout.actions();
        let mut draft = Draft::of_file(
            "model".into(),
            Names::Numbered(states),
            Names::Numbered(actions),
        );
        draft.lacking = Lacking::Draft;
        let mut draft = draft.with_sound_names();
        let is_sound = draft.is_matrix("p", p) && draft.fits(p, layout) && draft.pays(r, p, layout);
        if is_sound {
            draft.fill(p, layout, r);
        } else {
            draft.faulty.outcomes = true;
        }
        draft
    }

    /// Whether a matrix is one; an error if it is not.
    fn is_matrix(&mut self, what: &'static str, rows: Rows<'_>) -> bool {
        let wrong = match rows {
            Rows::Dense { data, columns } => {
                let fits = columns > 0 && data.len().is_multiple_of(columns);
                (!fits).then(|| {
                    (
                        format!("{} entries", data.len()),
                        format!("rows of {columns}"),
                    )
                })
            }
            Rows::Sparse {
                data,
                indices,
                indptr,
                columns,
            } => {
                let is_sound = indptr.first() == Some(&0)
                    && indptr.last() == Some(&data.len())
                    && indptr.is_sorted()
                    && indices.len() == data.len();
                let beyond = indices.iter().find(|column| **column >= columns);
                if !is_sound {
                    let found = format!(
                        "{} data, {} indices and an indptr",
                        data.len(),
                        indices.len()
                    );
                    let expected = "compressed rows: as many indices as data, and an indptr that grows from 0 to that number".to_string();
                    Some((found, expected))
                } else {
                    beyond.map(|i| {
                        (
                            format!("the column index {i}"),
                            format!("one below {columns}"),
                        )
                    })
                }
            }
        };
        self.told(what, wrong)
    }

    /// Whether there is a row for each pair, and a column for each state.
    fn fits(&mut self, p: Rows<'_>, layout: Layout<'_>) -> bool {
        let (rows, states) = (p.len(), p.columns());
        let most = u32::MAX as usize;
        let wrong = match layout {
            _ if states.max(layout.actions()) > most => {
                let found = format!("{states} states and {} actions", layout.actions());
                Some((found, format!("at most {most} of each")))
            }
            Layout::Sas { actions } | Layout::Ass { actions } => {
                let fits = states.checked_mul(actions) == Some(rows);
                (!fits).then(|| {
                    (
                        format!("{rows} rows"),
                        format!("one for each of {states} states and {actions} actions"),
                    )
                })
            }
            Layout::Listed {
                states: s,
                actions: a,
            } => {
                let fits = s.len() == rows && a.len() == rows;
                let beyond = s.iter().find(|s| **s >= states);
                if fits {
                    beyond.map(|s| {
                        (
                            format!("a row of state {s}"),
                            format!("one of {states} states"),
                        )
                    })
                } else {
                    let found = format!("{rows} rows, {} states and {} actions", s.len(), a.len());
                    Some((found, "as many of each".to_string()))
                }
            }
        };
        self.told("p", wrong)
    }

    /// Whether the rewards fit p.
    fn pays(&mut self, r: Rewards<'_>, p: Rows<'_>, layout: Layout<'_>) -> bool {
        let (found, expected) = match r {
            Rewards::State(r) => (r.len(), p.columns()),
            Rewards::Pair(r) => (r.len(), p.len()),
            Rewards::Outcome(r) => {
                if !self.is_matrix("r", r) {
                    return false;
                }
                let wrong = ((r.len(), r.columns()) != (p.len(), p.columns())).then(|| {
                    let found = format!("the shape [{}, {}]", r.len(), r.columns());
                    (found, format!("[{}, {}], that of p", p.len(), p.columns()))
                });
                return self.told("r", wrong);
            }
        };
        let each = match (r, layout) {
            (Rewards::State(_), _) => "one for each state",
            (_, Layout::Listed { .. }) => "one for each row of p",
            _ => "one for each state and action",
        };
        let wrong = (found != expected)
            .then(|| (format!("{found} entries"), format!("{expected}, {each}")));
        self.told("r", wrong)
    }

    /// An error where something is wrong; whether nothing is.
    fn told(&mut self, what: &'static str, wrong: Option<(String, String)>) -> bool {
        let is_right = wrong.is_none();
        if let Some((found, expected)) = wrong {
            self.shape(what, found, expected);
        }
        is_right
    }

    /// All outcomes, pair by pair.
    fn fill(&mut self, p: Rows<'_>, layout: Layout<'_>, r: Rewards<'_>) {
        let states = p.columns();
        self.entries.reserve(p.stored());
        let mut row = Vec::new();
        let mut paid = Vec::new();
        for i in 0..p.len() {
            let (state, action, at) = match layout {
                Layout::Sas { actions } => (i / actions, i % actions, i),
                Layout::Ass { actions } => {
                    (i / actions, i % actions, i % actions * states + i / actions)
                }
                Layout::Listed { states, actions } => (states[i], actions[i], i),
            };
            p.row(at, &mut row);
            let reward = match r {
                Rewards::State(r) => Some(r[state]),
                Rewards::Pair(r) => Some(r[i]),
                Rewards::Outcome(rows) => {
                    rows.row(at, &mut paid);
                    None
                }
            };
            self.fill_row((state as u32, action as u32), &row, reward, &paid);
        }
    }

    /// The outcomes of one row.
    fn fill_row(
        &mut self,
        pair: (u32, u32),
        row: &[(u32, f64)],
        reward: Option<f64>,
        paid: &[(u32, f64)],
    ) {
        if row.is_empty() {
            self.entries.push(super::empty_row(pair.0, pair.1, (0, 0)));
        }
        let same = reward.map(|x| self.number(x, "reward", pair, None));
        for &(next, x) in row {
            let probability = self.number(x, "probability", pair, Some(next));
            let reward = match &same {
                Some(same) => same.clone(),
                None => {
                    let at = paid.binary_search_by_key(&next, |entry| entry.0);
                    let x = at.map_or(0.0, |at| paid[at].1);
                    self.number(x, "reward", pair, Some(next))
                }
            };
            self.add(
                pair,
                probability.map(|p| (next, p)),
                reward.unwrap_or(Number::ZERO),
            );
        }
    }

    /// The exact value of an entry; an error where it is not finite.
    fn number(
        &mut self,
        x: f64,
        what: &str,
        (s, a): (u32, u32),
        next: Option<u32>,
    ) -> Option<Number> {
        let number = Number::from_f64(x);
        if number.is_none() {
            self.problems.push_with(|| {
                let to = next.map_or(String::new(), |next| format!(" → {next}"));
                let what = format!("the {what} of {s}/{a}{to}");
                DraftError::NotANumber {
                    what,
                    found: x.to_string(),
                }
                .at(None)
            });
        }
        number
    }
}

impl Layout<'_> {
    /// How many actions there are.
    fn actions(self) -> usize {
        match self {
            Layout::Sas { actions } | Layout::Ass { actions } => actions,
            Layout::Listed { actions, .. } => actions
                .iter()
                .max()
                .map_or(0, |last| last.saturating_add(1)),
        }
    }
}

impl Rows<'_> {
    fn columns(self) -> usize {
        match self {
            Rows::Dense { columns, .. } | Rows::Sparse { columns, .. } => columns,
        }
    }

    /// How many rows there are.
    fn len(self) -> usize {
        match self {
            Rows::Dense { data, columns } => data.len().checked_div(columns).unwrap_or(0),
            Rows::Sparse { indptr, .. } => indptr.len().saturating_sub(1),
        }
    }

    /// How many entries are not zero, or stored.
    fn stored(self) -> usize {
        match self {
            Rows::Dense { data, .. } => data.iter().filter(|x| **x != 0.0).count(),
            Rows::Sparse { data, .. } => data.len(),
        }
    }

    /// The entries of a row that are not zero, columns increasing.
    fn row(self, row: usize, entries: &mut Vec<(u32, f64)>) {
        entries.clear();
        match self {
            Rows::Dense { data, columns } => {
                let row = &data[row * columns..(row + 1) * columns];
                let stored = (0u32..).zip(row).filter(|(_, x)| **x != 0.0);
                entries.extend(stored.map(|(column, x)| (column, *x)));
            }
            Rows::Sparse {
                data,
                indices,
                indptr,
                ..
            } => {
                let range = indptr[row]..indptr[row + 1];
                let columns = indices[range.clone()].iter().map(|&column| column as u32);
                entries.extend(columns.zip(data[range].iter().copied()));
                entries.sort_by_key(|entry| entry.0);
                entries.dedup_by(|later, kept| {
                    let is_same = later.0 == kept.0;
                    if is_same {
                        kept.1 += later.1;
                    }
                    is_same
                });
                entries.retain(|entry| entry.1 != 0.0);
            }
        }
    }
}
