//! Other readings of columns, under which data that the model cannot have made are right: time before trajectories, as
//! rectangles or flattened, and flags that say of the step before that it has ended.

use super::columns::{Cell, Columns, TrajectoryColumn};
use super::count::GoodnessOfFit;
use super::data::Data;
use super::given::{Trajectories, Trajectory};
use super::matched::named;
use super::{TrajectoryJudgment, TrajectoryOptions};
use crate::judge::Verdict;
use crate::judge::mistake::says;
use crate::judge::search::Diagnosis;
use crate::mdp::Space;
use crate::solved::Solved;

const SWAPPED: &str = "axes-swapped";
const FLATTENED: &str = "axes-flattened";
const SHIFTED: &str = "flags-shifted";

/// Columns as they may have been meant.
struct Reading {
    columns: Columns,
    names: Vec<&'static str>,
    /// What is known beside the names.
    detail: Option<String>,
}

impl Columns {
    /// The columns of the data alone, without what was made of them.
    fn of_data(&self) -> Columns {
        let mut all = self.clone();
        all.by_name.retain(|name, _| {
            let part = name.rsplit('/').next().unwrap_or(name);
            !["psi", "contributions", "estimate"].contains(&part)
        });
        all
    }

    /// The columns with each flag at the step before, in every row; `None` where nothing is flagged.
    fn with_flags_before(&self) -> Option<Columns> {
        let mut all = self.clone();
        let mut any = false;
        for name in ["terminated", "truncated", "done"] {
            let Some(column) = all.by_name.get_mut(name) else {
                continue;
            };
            let mut moved = |cells: &mut Vec<Cell>| {
                if !cells.is_empty() {
                    let first = cells.remove(0);
                    any |= cells.iter().any(|cell| cell.number() == Some(1.0));
                    // nothing is known of the last; padding stays where it is
                    cells.push(if first.is_padding() {
                        first
                    } else {
                        Cell::Number(0.0)
                    });
                }
            };
            match column {
                TrajectoryColumn::Flat(cells) => moved(cells),
                TrajectoryColumn::Rows(rows) => rows.iter_mut().for_each(moved),
            }
        }
        any.then_some(all)
    }

    /// Steps that follow one another in one column, of which every n-th belongs to one row; `None` where that is not so.
    fn dealt(&self, n: usize) -> Option<Columns> {
        let mut all = self.clone();
        let count = self.flat_steps()?;
        for column in all.by_name.values_mut() {
            let TrajectoryColumn::Flat(cells) = column else {
                return None;
            };
            (cells.len() == count).then_some(())?;
            let row = |i: usize| cells.iter().skip(i).step_by(n).cloned().collect();
            *column = TrajectoryColumn::Rows((0..n).map(row).collect());
        }
        Some(all)
    }

    /// How many steps stand in one column, without a word of where a trajectory ends but flags.
    fn flat_steps(&self) -> Option<usize> {
        let is_told = ["episode", "lengths"]
            .iter()
            .any(|name| self.by_name.contains_key(*name));
        match self.by_name.get("actions")? {
            TrajectoryColumn::Flat(cells) if !is_told => Some(cells.len()),
            _ => None,
        }
    }
}

/// Steps of a row from which on a number of rows is sought, and steps by which it is seen whether it could be one; choices.
const LEAST: usize = 3;
const SEEN: usize = 10_000;

/// In how many rows the steps of one column may have stood side by side: those of which, but beside a flag, each step leads to
/// the one so many later.
fn widths(columns: &Columns, given: &Trajectories, data: &Data) -> Vec<usize> {
    let Some(count) = columns.flat_steps().filter(|count| *count == given.steps()) else {
        return Vec::new();
    };
    let mut steps = Vec::with_capacity(count);
    for one in &given.each {
        let last = one.actions.len().saturating_sub(1);
        let each = one.states.iter().zip(&one.actions).enumerate();
        steps.extend(each.map(|(t, (&s, &a))| (s, a, t == last)));
    }
    let space = data.mdp.space();
    let could = |n: &usize| {
        let mut pairs = steps.iter().zip(&steps[*n..]).take(SEEN);
        pairs.all(|(&(s, a, ends), &(next, _, then_ends))| {
            // a flag may be that of the step before
            ends || then_ends || space.is_terminal(s) || data.leads(s, a, next)
        })
    };
    let divides = |n: &usize| count.is_multiple_of(*n);
    (2..=count / LEAST).filter(divides).filter(could).collect()
}

impl Reading {
    fn new(columns: Columns, names: &[&'static str], detail: Option<String>) -> Reading {
        Reading {
            columns,
            names: names.to_vec(),
            detail,
        }
    }

    /// Of columns as they stand, or as rectangles transposed.
    fn whole(plain: &Columns) -> Vec<Reading> {
        let mut all = Vec::new();
        let swapped = plain.transposed();
        let both = swapped.as_ref().and_then(Columns::with_flags_before);
        all.extend(swapped.map(|columns| Reading::new(columns, &[SWAPPED], None)));
        let shifted = plain.with_flags_before();
        all.extend(shifted.map(|columns| Reading::new(columns, &[SHIFTED], None)));
        all.extend(both.map(|columns| Reading::new(columns, &[SWAPPED, SHIFTED], None)));
        all
    }

    /// Of one column that is dealt to n rows.
    fn of_rows(plain: &Columns, n: usize) -> Vec<Reading> {
        let told = || Some(format!("N = {n}"));
        let dealt = plain.dealt(n);
        let both = dealt.as_ref().and_then(Columns::with_flags_before);
        let mut all = Vec::new();
        all.extend(dealt.map(|columns| Reading::new(columns, &[FLATTENED], told())));
        all.extend(both.map(|columns| Reading::new(columns, &[FLATTENED, SHIFTED], told())));
        all
    }

    /// What it is called, if nothing is impossible or unlikely under it, or a layout explains what is.
    fn explains(&self, solved: &Solved, options: &TrajectoryOptions) -> Option<Diagnosis> {
        let space = solved.mdp().space();
        let mut given = self.columns.trajectories(space).ok()?;
        let is_shifted = self.names.contains(&SHIFTED);
        if is_shifted {
            given
                .each
                .iter_mut()
                .for_each(|one| end_as_told(one, space));
        }
        let actor = options.behavior.as_ref().unwrap_or(solved.policy());
        let data = Data::new(solved.mdp(), actor, &given);
        let layout = if is_shifted { None } else { data.layout() };
        let is_right = data.count == 0 && !is_off(&data.tests(options.false_alarm));
        (layout.is_some() || is_right).then_some(())?;
        let names: Vec<&str> = self.names.iter().copied().chain(layout).collect();
        let mut sentence: Vec<String> = names.iter().map(|name| says(name).to_string()).collect();
        sentence.extend(self.detail.clone());
        Some(named(&names.join("+"), sentence.join("; ")))
    }
}

/// Flags the last step of a trajectory, of which no flag is known, as the state tells that it leads to.
fn end_as_told(one: &mut Trajectory, space: &Space) {
    let last = one.next.last().copied().flatten();
    if last.is_some_and(|next| space.is_terminal(next)) {
        let flags = one.terminated.as_mut().or(one.done.as_mut());
        if let Some(flag) = flags.and_then(|flags| flags.last_mut()) {
            *flag = true;
        }
    }
}

fn is_off(tests: &[GoodnessOfFit]) -> bool {
    let mut verdicts = tests.iter().map(|test| test.verdict);
    verdicts.any(|verdict| verdict == Verdict::Inconsistent)
}

impl TrajectoryJudgment {
    /// The judgment on what stood in columns: where nothing is impossible or unlikely under another reading of them, or a layout
    /// explains what is, that is the name of all that is wrong.
    pub fn with_axes(
        mut self,
        solved: &Solved,
        columns: &Columns,
        options: &TrajectoryOptions,
    ) -> TrajectoryJudgment {
        if self.impossible_count == 0 && !is_off(&self.tests) {
            return self;
        }
        let Ok(given) = columns.trajectories(solved.mdp().space()) else {
            return self;
        };
        let actor = options.behavior.as_ref().unwrap_or(solved.policy());
        let data = Data::new(solved.mdp(), actor, &given);
        let plain = columns.of_data();
        let dealt = widths(&plain, &given, &data).into_iter();
        let dealt = dealt.flat_map(|n| Reading::of_rows(&plain, n));
        let readings = Reading::whole(&plain).into_iter().chain(dealt);
        // what explains the columns as they stand needs no other reading, but that of rectangles
        let is_open = self.diagnoses.is_empty();
        let mut asked = readings.filter(|reading| is_open || reading.names[0] == SWAPPED);
        if let Some(found) = asked.find_map(|reading| reading.explains(solved, options)) {
            self.diagnoses = vec![found];
        }
        self
    }
}
