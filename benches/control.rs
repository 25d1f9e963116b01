//! Optimal values to a certified 10⁻⁹: how long it takes, and how the cost grows.
//!
//! `cargo bench --bench control` prints one line per model: states, pairs, entries of p, the best
//! wall time of several runs and their mean processor time (Linux), the certified error. With `-- --export DIR` it also writes each model and its
//! values as raw little-endian arrays, which `benches/compare/control.py` gives to other programs.
//! With `-- --only NAME` it times one model, with `-- --growth` gridworlds from 10⁴ to 10⁶ states.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exact_mdp::control::{ControlOptions, solve};
use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};

const TOLERANCE: f64 = 1e-9;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |flag: &str| arguments.iter().position(|a| a == flag).map(|i| i + 1);
    if after("--growth").is_some() {
        for side in [100, 178, 316, 562, 1000] {
            let mdp = gridworld(side, 0.99);
            let _ = fs::write("/proc/self/clear_refs", "5"); // forgets the peak so far
            report(&format!("grid-{side}"), &mdp, None);
            let rows = 12 * mdp.p().stored() + 8 * (mdp.pairs() + 1);
            let peak = peak_memory();
            println!(
                "{:20} rows of p {} MB, peak memory {} MB = {:.1} x",
                "",
                rows >> 20,
                peak >> 20,
                peak as f64 / rows as f64
            );
        }
        return;
    }
    let only = after("--only").and_then(|i| arguments.get(i));
    let directory = after("--export").and_then(|i| arguments.get(i));
    let models = [
        ("grid-100", gridworld(100, 0.99)),
        ("grid-100-certain", slipping(100, 0.99, 0.0)),
        ("garnet-100000", garnet(100_000, 4, 5, 0.95)),
        ("garnet-dense-3000", garnet(3_000, 4, 3_000, 0.95)),
        ("taxi", taxi(0.99)),
    ];
    let chosen = |name: &str| only.is_none_or(|only| only == name);
    for (name, mdp) in models.into_iter().filter(|(name, _)| chosen(name)) {
        report(name, &mdp, directory.map(Path::new));
    }
}

fn report(name: &str, mdp: &Mdp, directory: Option<&Path>) {
    let options = ControlOptions {
        tolerance: Some(TOLERANCE),
        ..ControlOptions::default()
    };
    let mut best = Duration::MAX;
    let mut runs = 0;
    let (begin, used) = (Instant::now(), processor_time());
    let optimum = loop {
        let start = Instant::now();
        let optimum = solve(mdp, &options).expect("the models of this file have optima");
        best = best.min(start.elapsed());
        runs += 1;
        if runs == 1_000 || (runs >= 3 && begin.elapsed() > Duration::from_secs(3)) {
            break optimum;
        }
    };
    let entries = mdp.p().stored();
    println!(
        "{name:20} {:8} states {:9} pairs {entries:9} entries {:11.3} ms wall {:11.3} ms processor  {:3} iterations  |v - v*| <= {:.1e}",
        mdp.states(),
        mdp.pairs(),
        1e3 * best.as_secs_f64(),
        (processor_time() - used) / f64::from(runs),
        optimum.iterations,
        optimum.error_bound.unwrap_or(f64::NAN),
    );
    if let Some(directory) = directory {
        export(&directory.join(name), mdp);
    }
}

/// The largest memory that this process has held, in bytes (Linux).
fn peak_memory() -> usize {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// Milliseconds of processor time that this process has used, to a few of them.
fn processor_time() -> f64 {
    let threads = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let nanoseconds = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e6
}

/// p, r and the pairs as they lie in memory, with values whose error is as small as possible.
fn export(directory: &Path, mdp: &Mdp) {
    let exact =
        solve(mdp, &ControlOptions::default()).expect("the models of this file have optima");
    let write = |file: &str, bytes: Vec<u8>| fs::write(directory.join(file), bytes);
    let floats = |x: &[f64]| x.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let wholes = |x: &[usize]| {
        x.iter()
            .flat_map(|&x| (x as u64).to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let state: Vec<usize> = (0..mdp.pairs())
        .map(|pair| mdp.space().state_of(pair))
        .collect();
    let action: Vec<usize> = (0..mdp.pairs())
        .map(|pair| mdp.space().action_of(pair))
        .collect();
    let column: Vec<usize> = mdp
        .p()
        .column_indices()
        .iter()
        .map(|&c| c as usize)
        .collect();
    let scalars = [
        mdp.states() as f64,
        mdp.discount(),
        exact.error_bound.unwrap_or(f64::NAN),
    ];
    fs::create_dir_all(directory)
        .and_then(|()| write("scalars", floats(&scalars)))
        .and_then(|()| write("start", wholes(mdp.p().row_starts())))
        .and_then(|()| write("column", wholes(&column)))
        .and_then(|()| write("value", floats(mdp.p().values())))
        .and_then(|()| write("r", floats(mdp.r())))
        .and_then(|()| write("state", wholes(&state)))
        .and_then(|()| write("action", wholes(&action)))
        .and_then(|()| write("v", floats(&exact.v)))
        .expect("the directory can be written");
}

/// Collects rows into a model that starts anywhere alive.
struct Build {
    sets: Vec<Vec<u32>>,
    outcomes: OutcomeTable<f64>,
}

impl Build {
    fn new(states: usize) -> Build {
        Build {
            sets: vec![Vec::new(); states],
            outcomes: OutcomeTable::default(),
        }
    }

    fn pair(&mut self, state: usize, row: &[(usize, f64)], reward: f64) {
        let action = self.sets[state].len() as u32;
        self.sets[state].push(action);
        for &(next, p) in row {
            self.outcomes.push(next, p, reward);
        }
        self.outcomes.end_pair();
    }

    fn done(self, name: &str, discount: f64) -> Mdp {
        let states = self.sets.len();
        let actions = self.sets.iter().map(Vec::len).max().unwrap_or(0);
        let space =
            Space::new(Names::Numbered(states), Names::Numbered(actions), self.sets).unwrap();
        Mdp::new(MdpParts {
            name: name.to_string(),
            space: Arc::new(space),
            outcomes: self.outcomes,
            initial: vec![1.0 / states as f64; states],
            criterion: Criterion::Discounted { discount },
        })
        .unwrap()
    }
}

/// A square gridworld: 0.8 ahead, 0.1 to each side, reward 1 on entering the last cell.
fn gridworld(side: usize, discount: f64) -> Mdp {
    slipping(side, discount, 0.1)
}

fn slipping(side: usize, discount: f64, aside: f64) -> Mdp {
    let goal = side * side - 1;
    let step = |cell: usize, direction: usize| match direction {
        0 if !cell.is_multiple_of(side) => cell - 1,
        1 if cell + side <= goal => cell + side,
        2 if cell % side + 1 < side => cell + 1,
        3 if cell >= side => cell - side,
        _ => cell,
    };
    let mut build = Build::new(side * side);
    for cell in 0..goal {
        for direction in 0..4 {
            let ways = [(0, 1.0 - 2.0 * aside), (1, aside), (3, aside)];
            let row = ways.map(|(turn, p)| (step(cell, (direction + turn) % 4), p));
            let entered: f64 = row
                .iter()
                .filter(|(next, _)| *next == goal)
                .map(|(_, p)| p)
                .sum();
            let taken: Vec<(usize, f64)> = row.into_iter().filter(|(_, p)| *p > 0.0).collect();
            build.pair(cell, &taken, entered);
        }
    }
    build.done("gridworld", discount)
}

/// Random successors with random probabilities, normal-like rewards; all successors if as many as
/// states are asked for.
fn garnet(states: usize, actions: usize, branching: usize, discount: f64) -> Mdp {
    let mut draw = Draw(1);
    let mut build = Build::new(states);
    for state in 0..states {
        for _ in 0..actions {
            let mut row: Vec<(usize, f64)> = (0..branching)
                .map(|i| {
                    let next = if branching == states {
                        i
                    } else {
                        draw.below(states)
                    };
                    (next, draw.unit())
                })
                .collect();
            let total: f64 = row.iter().map(|(_, p)| p).sum();
            row.iter_mut().for_each(|(_, p)| *p /= total);
            let reward = (0..12).map(|_| draw.unit()).sum::<f64>() - 6.0;
            build.pair(state, &row, reward);
        }
    }
    build.done("garnet", discount)
}

/// Gymnasium's Taxi: 5 × 5 cells, 4 stops, a passenger at a stop or in the taxi, a destination.
fn taxi(discount: f64) -> Mdp {
    const STOPS: [(usize, usize); 4] = [(0, 0), (0, 4), (4, 0), (4, 3)];
    // walls to the east of these cells
    const WALLS: [(usize, usize); 6] = [(0, 1), (1, 1), (3, 0), (4, 0), (3, 2), (4, 2)];
    let code = |row: usize, column: usize, passenger: usize, goal: usize| {
        ((row * 5 + column) * 5 + passenger) * 4 + goal
    };
    let mut build = Build::new(501);
    for state in 0..500usize {
        let (goal, passenger) = (state % 4, state / 4 % 5);
        let (column, row) = (state / 20 % 5, state / 100);
        let open = |row, column| !WALLS.contains(&(row, column));
        let moves = [
            ((row + 1).min(4), column),
            (row.saturating_sub(1), column),
            (
                row,
                if column < 4 && open(row, column) {
                    column + 1
                } else {
                    column
                },
            ),
            (
                row,
                if column > 0 && open(row, column - 1) {
                    column - 1
                } else {
                    column
                },
            ),
        ];
        for (row, column) in moves {
            build.pair(state, &[(code(row, column, passenger, goal), 1.0)], -1.0);
        }
        let here = STOPS.iter().position(|&stop| stop == (row, column));
        match here {
            Some(stop) if stop == passenger => {
                build.pair(state, &[(code(row, column, 4, goal), 1.0)], -1.0);
            }
            _ => build.pair(state, &[(state, 1.0)], -10.0),
        }
        match here {
            Some(stop) if passenger == 4 && stop == goal => build.pair(state, &[(500, 1.0)], 20.0),
            Some(stop) if passenger == 4 => {
                build.pair(state, &[(code(row, column, stop, goal), 1.0)], -1.0);
            }
            _ => build.pair(state, &[(state, 1.0)], -10.0),
        }
    }
    build.done("taxi", discount)
}

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}
