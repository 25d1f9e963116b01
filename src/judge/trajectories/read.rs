//! Columns → trajectories: where each begins and ends, names → indices, flags, numbers.

use std::collections::HashSet;
use std::ops::Range;

use super::by_name::{ByName, entry};
use super::columns::{Cell, Columns, TrajectoryColumn};
use super::names::NotRead;
use super::{Claim, Trajectories, Trajectory};
use crate::judge::given::GivenError;
use crate::mdp::Space;

/// Where one trajectory stands: a row of the columns, and its steps in that row.
#[derive(Clone, Debug)]
struct Piece {
    row: usize,
    steps: Range<usize>,
}

impl Columns {
    /// The trajectories that the columns hold, states and actions by the names or the numbers of a
    /// model.
    ///
    /// Rows end at `lengths`, else at the first action that is −1, NaN or absent; a row (or a flat
    /// column) without `episode` is parted after every step that is `terminated`, `truncated` or
    /// `done`. Errors with the place of what is missing or cannot be.
    pub fn trajectories(&self, space: &Space) -> Result<Trajectories, GivenError> {
        match self.by_place(space) {
            Some(placed) => placed.read(space),
            None => self.read(space),
        }
    }

    fn read(&self, space: &Space) -> Result<Trajectories, GivenError> {
        let needed = |column| {
            self.by_name
                .get(column)
                .ok_or(GivenError::NoColumn { column })
        };
        let actions = needed("actions")?;
        let (states, rewards) = (needed("states")?, needed("rewards")?);
        self.check_lengths(actions)?;
        let pieces = self.pieces(actions)?;
        let mut each = Vec::with_capacity(pieces.len());
        let by_name = ByName::new(space);
        let reader = Reader {
            columns: self,
            by_name: &by_name,
        };
        for (i, piece) in pieces.iter().enumerate() {
            each.push(reader.trajectory(i, piece, [states, actions, rewards])?);
        }
        if each.iter().all(|one| one.actions.is_empty()) {
            return Err(GivenError::NoSteps);
        }
        let claims = self.claims(&pieces)?;
        let mut not_read = self.not_read.clone();
        if ["episode", "lengths"]
            .iter()
            .all(|name| self.by_name.contains_key(*name))
        {
            not_read.push(NotRead::beside("lengths", "episode"));
        }
        Ok(Trajectories {
            each,
            claims,
            not_read,
        })
    }

    fn pieces(&self, actions: &TrajectoryColumn) -> Result<Vec<Piece>, GivenError> {
        let lengths = self.by_name.get("lengths");
        match (actions, self.by_name.get("episode"), lengths) {
            (TrajectoryColumn::Flat(cells), Some(ids), _) => by_episode(ids, cells),
            (TrajectoryColumn::Flat(cells), None, Some(lengths)) => joined(lengths, cells.len()),
            (TrajectoryColumn::Flat(cells), None, None) => self.parted(0, cells, false),
            (TrajectoryColumn::Rows(_), Some(_), _) => Err(GivenError::EpisodeOfRows),
            (TrajectoryColumn::Rows(rows), None, Some(lengths)) => by_length(lengths, rows),
            (TrajectoryColumn::Rows(rows), None, None) => {
                let pieces = rows.iter().enumerate();
                let pieces = pieces.map(|(row, cells)| self.parted(row, cells, true));
                Ok(pieces.collect::<Result<Vec<_>, _>>()?.concat())
            }
        }
    }

    /// A row parted where something ends or nothing stands; after padding a row of its own is over.
    fn parted(&self, row: usize, cells: &[Cell], padded: bool) -> Result<Vec<Piece>, GivenError> {
        let gap = cells.iter().position(Cell::is_padding);
        let length = gap.filter(|_| padded).unwrap_or(cells.len());
        let mut ends = self.ends(row, length)?.into_iter().peekable();
        let (mut pieces, mut begin) = (Vec::new(), 0);
        for (t, cell) in cells.iter().enumerate().take(length) {
            let nothing = cell.is_padding();
            if ends.next_if_eq(&t).is_some() || nothing {
                let steps = begin..t + usize::from(!nothing);
                // the state where a trajectory ended may stand behind its last step
                if !steps.is_empty() {
                    pieces.push(Piece { row, steps });
                }
                begin = t + 1;
            }
        }
        // a row of no step is a trajectory that began where it ended
        if begin < length || (padded && length == 0) {
            let steps = begin..length;
            pieces.push(Piece { row, steps });
        }
        Ok(pieces)
    }

    /// The steps of a row after which something ends.
    fn ends(&self, row: usize, length: usize) -> Result<Vec<usize>, GivenError> {
        let mut ends = Vec::new();
        let flags = ["terminated", "truncated", "done"].into_iter();
        for (name, column) in flags.filter_map(|name| Some((name, self.by_name.get(name)?))) {
            let rows = column.rows();
            let Some(cells) = rows.get(row) else { continue };
            for (t, cell) in cells.iter().take(length).enumerate() {
                if flag(name, cell, || place(row, t))? {
                    ends.push(t);
                }
            }
        }
        ends.sort_unstable();
        ends.dedup();
        Ok(ends)
    }

    /// What the user says that estimators give.
    fn claims(&self, pieces: &[Piece]) -> Result<Vec<Claim>, GivenError> {
        let mut claims: Vec<Claim> = Vec::new();
        for (key, column) in &self.by_name {
            let (name, part) = match key
                .strip_prefix("estimates/")
                .and_then(|x| x.rsplit_once('/'))
            {
                Some((name, part)) => (Some(name.to_string()), part),
                None => (None, key.as_str()),
            };
            if !["psi", "contributions", "estimate"].contains(&part) {
                continue;
            }
            let at = claims.iter().position(|claim| claim.name == name);
            let at = at.unwrap_or_else(|| {
                claims.push(Claim {
                    name,
                    ..Claim::default()
                });
                claims.len() - 1
            });
            let claim = &mut claims[at];
            match part {
                "psi" => claim.psi = Some(by_piece(key, column, pieces)?),
                "contributions" => {
                    let rows = column.rows();
                    check_count(key, "rows", rows.len(), pieces.len(), String::new())?;
                    let rows = rows.iter().enumerate();
                    let rows = rows.map(|(i, row)| finite(key, row, |k| format!("[{i}, {k}]")));
                    claim.contributions = Some(rows.collect::<Result<_, _>>()?);
                }
                _ => {
                    claim.estimate =
                        Some(finite(key, &column.rows().concat(), |k| format!("[{k}]"))?)
                }
            }
        }
        Ok(claims)
    }
}

/// Numbers of steps.
fn lengths(column: &TrajectoryColumn) -> Result<Vec<usize>, GivenError> {
    let cells = column.rows().concat();
    let length = |(i, cell): (usize, &Cell)| {
        let place = format!("trajectory {i}");
        cell.natural()
            .ok_or_else(|| entry("lengths", cell, place, "a number of steps".into(), None))
    };
    cells.iter().enumerate().map(length).collect()
}

/// Rows of which the first so many steps count.
fn by_length(column: &TrajectoryColumn, rows: &[Vec<Cell>]) -> Result<Vec<Piece>, GivenError> {
    let lengths = lengths(column)?;
    check_count(
        "lengths",
        "entries",
        lengths.len(),
        rows.len(),
        String::new(),
    )?;
    let pieces = lengths.into_iter().enumerate();
    Ok(pieces
        .map(|(row, length)| Piece {
            row,
            steps: 0..length,
        })
        .collect())
}

/// Trajectories one after the other in one column.
fn joined(column: &TrajectoryColumn, steps: usize) -> Result<Vec<Piece>, GivenError> {
    let lengths = lengths(column)?;
    let (mut pieces, mut begin) = (Vec::with_capacity(lengths.len()), 0);
    for length in lengths {
        let steps = begin..begin + length;
        begin = steps.end;
        pieces.push(Piece { row: 0, steps });
    }
    check_count(
        "actions",
        "entries, and `lengths` as their sum",
        steps,
        begin,
        String::new(),
    )?;
    Ok(pieces)
}

fn by_episode(ids: &TrajectoryColumn, cells: &[Cell]) -> Result<Vec<Piece>, GivenError> {
    let ids = ids.rows().concat();
    check_count("episode", "entries", ids.len(), cells.len(), String::new())?;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut begin = 0;
    let mut seen = HashSet::new();
    for t in 1..=ids.len() {
        if t == ids.len() || ids[t] != ids[begin] {
            let name = match &ids[begin] {
                Cell::Number(x) => x.to_string(),
                Cell::Text(text) => text.clone(),
            };
            // steps in the order of time would be parted at every one of them
            if !ids[begin].is_padding() && !seen.insert(name.clone()) {
                return Err(GivenError::Episode {
                    found: name,
                    entry: begin,
                });
            }
            // the last row of an episode may hold nothing but the state where it ended
            let last = cells[t - 1].is_padding();
            pieces.push(Piece {
                row: 0,
                steps: begin..t - usize::from(last),
            });
            begin = t;
        }
    }
    Ok(pieces)
}

struct Reader<'a> {
    columns: &'a Columns,
    by_name: &'a ByName,
}

impl Reader<'_> {
    fn trajectory(
        &self,
        i: usize,
        piece: &Piece,
        [states, actions, rewards]: [&TrajectoryColumn; 3],
    ) -> Result<Trajectory, GivenError> {
        let steps = piece.steps.len();
        let at = |t: usize| place(i, t);
        let actions = cut("actions", actions, piece, i)?.iter().enumerate();
        let actions = actions.map(|(t, cell)| self.by_name.action(cell, "actions", || at(t)));
        let actions = actions.collect::<Result<Vec<usize>, GivenError>>()?;
        let rewards = finite("rewards", cut("rewards", rewards, piece, i)?, at)?;
        let state = |(t, cell): (usize, &Cell)| self.by_name.state(cell, "states", t, || at(t));
        let begun = cut("states", states, piece, i)?.iter().enumerate();
        let mut states: Vec<usize> = begun.map(state).collect::<Result<_, _>>()?;
        states.extend(self.last(i, piece)?);
        let next = self.columns.by_name.get("next_states").map(|column| {
            let cells = cut("next_states", column, piece, i)?.iter().enumerate();
            let next = cells.map(|(t, cell)| {
                if cell.is_padding() {
                    Ok(None)
                } else {
                    let next = self.by_name.state(cell, "next_states", t + 1, || at(t));
                    next.map(Some)
                }
            });
            next.collect::<Result<Vec<Option<usize>>, GivenError>>()
        });
        let next = match next.transpose()? {
            Some(next) => next,
            None => (1..=steps).map(|t| states.get(t).copied()).collect(),
        };
        let mut terminated = self.flags("terminated", i, piece)?;
        let mut truncated = self.flags("truncated", i, piece)?;
        if self.by_name.ends_at(steps)
            && let Some(cut) = truncated.as_mut().and_then(|flags| flags.last_mut())
        {
            // who knows no times calls the horizon a cut
            let end = std::mem::replace(cut, false);
            let flags = terminated.get_or_insert_with(|| vec![false; steps]);
            flags
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|last| *last |= end);
        }
        Ok(Trajectory {
            terminated,
            truncated,
            done: self.flags("done", i, piece)?,
            log_probabilities: match self.columns.by_name.get("log_probabilities") {
                Some(column) => Some(finite(
                    "log_probabilities",
                    cut("log_probabilities", column, piece, i)?,
                    at,
                )?),
                None => None,
            },
            states,
            actions,
            rewards,
            next,
        })
    }

    /// The state that stands behind the last step of a piece, in its row.
    fn last(&self, i: usize, piece: &Piece) -> Result<Option<usize>, GivenError> {
        let (states, actions) = (
            &self.columns.by_name["states"],
            &self.columns.by_name["actions"],
        );
        let end = piece.steps.end;
        let goes_on = match actions {
            // the next row of another episode says nothing about this one
            TrajectoryColumn::Flat(cells) => cells.get(end).is_some_and(|cell| !cell.is_padding()),
            TrajectoryColumn::Rows(rows) => {
                let row = &rows[piece.row];
                if self.columns.by_name.contains_key("lengths") {
                    // a row of states that is as long as that of actions has nothing but padding there
                    states.rows()[piece.row].len() <= row.len()
                } else {
                    row.get(end).is_some_and(|cell| !cell.is_padding())
                }
            }
        };
        let cell = states.rows()[piece.row]
            .get(end)
            .filter(|cell| !goes_on && !cell.is_padding());
        let steps = piece.steps.len();
        let state = |cell| {
            self.by_name
                .state(cell, "states", steps, || place(i, steps))
        };
        cell.map(state).transpose()
    }

    fn flags(
        &self,
        name: &'static str,
        i: usize,
        piece: &Piece,
    ) -> Result<Option<Vec<bool>>, GivenError> {
        let Some(column) = self.columns.by_name.get(name) else {
            return Ok(None);
        };
        let cells = cut(name, column, piece, i)?.iter().enumerate();
        cells
            .map(|(t, cell)| flag(name, cell, || place(i, t)))
            .collect::<Result<_, _>>()
            .map(Some)
    }
}

/// The entries of a column that belong to a piece.
fn cut<'a>(
    name: &str,
    column: &'a TrajectoryColumn,
    piece: &Piece,
    i: usize,
) -> Result<&'a [Cell], GivenError> {
    let rows: &[Cell] = match column {
        TrajectoryColumn::Flat(cells) => cells,
        TrajectoryColumn::Rows(rows) => rows.get(piece.row).map_or(&[], Vec::as_slice),
    };
    rows.get(piece.steps.clone())
        .ok_or_else(|| GivenError::Count {
            column: name.to_string(),
            of: "entries",
            found: rows.len().saturating_sub(piece.steps.start),
            expected: piece.steps.len(),
            place: format!("trajectory {i}"),
        })
}

fn by_piece(
    name: &str,
    column: &TrajectoryColumn,
    pieces: &[Piece],
) -> Result<Vec<Vec<f64>>, GivenError> {
    let rows = pieces.iter().enumerate();
    rows.map(|(i, piece)| finite(name, cut(name, column, piece, i)?, |t| place(i, t)))
        .collect()
}

fn check_count(
    column: &str,
    of: &'static str,
    found: usize,
    expected: usize,
    place: String,
) -> Result<(), GivenError> {
    if found == expected {
        return Ok(());
    }
    Err(GivenError::Count {
        column: column.to_string(),
        of,
        found,
        expected,
        place,
    })
}

fn finite(
    name: &str,
    cells: &[Cell],
    at: impl Fn(usize) -> String,
) -> Result<Vec<f64>, GivenError> {
    let number = |(t, cell): (usize, &Cell)| {
        let x = cell.number().filter(|x| x.is_finite());
        x.ok_or_else(|| entry(name, cell, at(t), "a finite number".into(), None))
    };
    cells.iter().enumerate().map(number).collect()
}

/// A flag; false where nothing stands.
fn flag(name: &str, cell: &Cell, at: impl Fn() -> String) -> Result<bool, GivenError> {
    match cell.number() {
        Some(1.0) => Ok(true),
        Some(x) if x == 0.0 || x.is_nan() || x == -1.0 => Ok(false),
        _ => Err(entry(name, cell, at(), "true or false".into(), None)),
    }
}

fn place(trajectory: usize, step: usize) -> String {
    format!("trajectory {trajectory}, step {step}")
}
