//! Mutated models, policies and files of other programs, read one after the other: none may panic,
//! hang or take memory out of proportion.
//!
//! Coverage is not measured (that takes a nightly compiler). What guides the search is behaviour:
//! an input whose outcome (the kinds of errors, together) was not seen before joins
//! the pool that is mutated further.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use exact_mdp::exchange::Format;
use exact_mdp::load::parse_policy;
use exact_mdp::mdp::{Criterion, Mdp, Space};
use exact_mdp::model::{CriterionKind, Model, ModelErrors, Overrides};
use exact_mdp::policy::Policy;
use exact_mdp::yaml::Style;

/// Longest input that is read, in bytes.
pub const LONGEST: usize = 16 << 10;

/// Longest that reading one input may take.
pub const TIME: Duration = Duration::from_secs(2);

/// What reading may always take, in bytes, and what for each byte of the input.
pub const MEMORY: (usize, usize) = (96 << 20, 2000);

/// What an input is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Model,
    Policy,
    Arrays,
    Drn,
    Prism,
    Labels,
    Rewards,
    Cassandra,
}

/// Something to mutate.
#[derive(Clone)]
pub struct Seed {
    pub kind: Kind,
    pub bytes: Vec<u8>,
}

/// All seeds of the repository.
pub fn seeds(root: &Path) -> Vec<Seed> {
    let mut seeds = Vec::new();
    for folder in [
        "mdps",
        "tests/model_errors",
        "tests/exchange/fixtures",
        "fuzz/corpus",
    ] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let (Some(kind), Ok(bytes)) = (kind(&path), std::fs::read(&path)) else {
                continue;
            };
            if bytes.len() <= LONGEST {
                seeds.push(Seed { kind, bytes });
            }
        }
    }
    let exported = exported(root);
    seeds.extend(exported);
    seeds
}

/// The kind of a file by its ending.
pub fn kind(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?;
    match path.extension()?.to_str()? {
        "yaml" if name.starts_with("policy") && path.parent()?.ends_with("corpus") => {
            Some(Kind::Policy)
        }
        "yaml" | "json" => Some(Kind::Model),
        "npz" => Some(Kind::Arrays),
        "drn" => Some(Kind::Drn),
        "tra" => Some(Kind::Prism),
        "lab" | "sta" => Some(Kind::Labels),
        "srew" | "trew" => Some(Kind::Rewards),
        "POMDP" => Some(Kind::Cassandra),
        _ => None,
    }
}

/// Shipped models in every other format.
fn exported(root: &Path) -> Vec<Seed> {
    let mut seeds = Vec::new();
    for name in [
        "two-state",
        "frozenlake-4x4",
        "short-corridor",
        "howard-toymaker",
    ] {
        let path = root.join("mdps").join(name).with_extension("yaml");
        let Ok(model) = Model::load(&path) else {
            continue;
        };
        for (format, kind) in [
            (Format::Gymnasium, Kind::Model),
            (Format::Rows, Kind::Model),
            (Format::Pymdptoolbox, Kind::Arrays),
            (Format::Quantecon, Kind::Arrays),
            (Format::Drn, Kind::Drn),
            (Format::Prism, Kind::Prism),
            (Format::Cassandra, Kind::Cassandra),
        ] {
            let Ok(export) = model.export(format) else {
                continue;
            };
            for (ending, bytes) in export.files {
                let beside = self::kind(Path::new(&format!("model.{ending}")));
                let kind = beside.filter(|_| kind == Kind::Prism).unwrap_or(kind);
                seeds.push(Seed { kind, bytes });
            }
        }
    }
    seeds
}

/// SplitMix64: the same seed gives the same inputs.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`; 0 for an empty range.
    pub fn below(&mut self, n: usize) -> usize {
        match n {
            0 => 0,
            n => (self.next() % n as u64) as usize,
        }
    }
}

/// Words that parsers look for, and numbers at the edges of what they hold.
const WORDS: [&str; 92] = [
    "name:",
    "discount:",
    "horizon:",
    "criterion:",
    "states:",
    "actions:",
    "initial:",
    "rewards:",
    "transitions:",
    "terminal:",
    "grid:",
    "garnet:",
    "map:",
    "legend:",
    "slip:",
    "layout:",
    "policy:",
    "parametrization:",
    "theta:",
    "probabilities:",
    "features:",
    "temperature:",
    "mix:",
    "power:",
    "softmax",
    "direct",
    "simplex",
    "log-linear",
    "escort",
    "uniform",
    "average",
    "total",
    "P:",
    "teleport:",
    "reward:",
    "true",
    "false",
    "null",
    "~",
    "- ",
    "? ",
    "|\n",
    ">\n",
    "&a ",
    "*a",
    "!!x ",
    "---\n",
    "...\n",
    "{",
    "}",
    "[",
    "]",
    ": ",
    ", ",
    "\"",
    "'",
    "#",
    "\n",
    "\t",
    "  ",
    "\u{feff}",
    "0",
    "-0",
    "1",
    "-1",
    "1/3",
    "1/0",
    "0.1",
    "1e308",
    "1e-308",
    "1e999999999",
    "-1e400",
    "4294967296",
    "18446744073709551615",
    "99999999999999999999999999",
    "NaN",
    "inf",
    "T:",
    "R:",
    "O:",
    "*",
    "identity",
    "start include:",
    "cost",
    "@model\n",
    "state ",
    "action ",
    "@nr_states\n",
    "$x : ",
    "#DECLARATION",
    "#END",
    "0=\"init\"",
];

/// A mutated copy of a seed.
pub fn mutated(seed: &Seed, pool: &[Seed], random: &mut Random) -> Vec<u8> {
    if seed.kind == Kind::Arrays
        && random.below(4) > 0
        && let Some(bytes) = mutated_archive(&seed.bytes, random)
    {
        return bytes;
    }
    let mut bytes = seed.bytes.clone();
    for _ in 0..=random.below(6) {
        mutate(&mut bytes, pool, random);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn mutate(bytes: &mut Vec<u8>, pool: &[Seed], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let most = 1 << random.below(8);
    let length = random.below(most).min(bytes.len() - at);
    match random.below(11) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = random.next() as u8,
        2 => drop(bytes.drain(at..at + length)),
        3 => {
            let copy = bytes[at..at + length].to_vec();
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, copy);
        }
        4 => bytes.truncate(at),
        5 => {
            let other = &pool[random.below(pool.len())].bytes;
            let from = random.below(other.len() + 1);
            let to = (from + random.below(200)).min(other.len());
            bytes.splice(at..at + length, other[from..to].iter().copied());
        }
        6 => {
            let many = 1 << random.below(12);
            let copy = bytes[at..at + length.min(16)].repeat(many);
            bytes.splice(at..at, copy.into_iter().take(LONGEST));
        }
        7 => number(bytes, at, random),
        _ => {
            let word = WORDS[random.below(WORDS.len())];
            let end = if random.below(2) == 0 {
                at
            } else {
                at + length
            };
            bytes.splice(at..end, word.bytes());
        }
    }
}

/// Puts another number in place of the first one after a place.
fn number(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let Some(skip) = bytes[at..].iter().position(u8::is_ascii_digit) else {
        return;
    };
    let from = at + skip;
    let digits = bytes[from..].iter().take_while(|b| b.is_ascii_digit());
    let to = from + digits.count();
    let number = match random.below(4) {
        0 => random.below(20).to_string(),
        1 => random.next().to_string(),
        2 => format!("{}/{}", random.below(9), random.below(9)),
        _ => format!("{:e}", f64::from_bits(random.next())),
    };
    bytes.splice(from..to, number.bytes());
}

/// An archive with one of its arrays mutated, its checksums right.
fn mutated_archive(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let chosen = random.below(archive.len());
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).ok()?;
        let name = file.name().ok()?.into_owned();
        let mut array = Vec::new();
        file.by_ref().take(1 << 20).read_to_end(&mut array).ok()?;
        if i == chosen {
            match random.below(3) {
                // the header: type, order and shape
                0 => number(&mut array, 10, random),
                1 => mutate(
                    &mut array,
                    &[Seed {
                        kind: Kind::Arrays,
                        bytes: vec![0; 64],
                    }],
                    random,
                ),
                _ => {
                    let at = array.len().saturating_sub(8 * (1 + random.below(16)));
                    let x: f64 = [0.0, 1.0, 0.5, -1.0, f64::NAN, f64::INFINITY, 1e308, 1e-320]
                        [random.below(8)];
                    let end = (at + 8).min(array.len());
                    array.splice(at..end, x.to_le_bytes());
                }
            }
        }
        writer.start_file(name, options).ok()?;
        writer.write_all(&array).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

/// Reads an input as its kind, and does with what it says what the program would; the outcome
/// without what is particular to the input.
pub fn read(kind: Kind, bytes: &[u8], space: &Arc<Space>) -> String {
    let flags = Overrides::default();
    let started = Overrides {
        discount: "0.9".parse().ok(),
        initial: Some("uniform".into()),
        ..Overrides::default()
    };
    let in_format = |format| Model::parse_as("input", bytes, format, &started);
    let tra = b"3 4 5\n0 0 1 0.5 a\n0 0 2 0.5 a\n0 1 0 1 b\n1 0 2 1 a\n2 0 2 1 a\n";
    let beside = |slot: usize| {
        let mut beside: [Option<(String, Vec<u8>)>; 4] = Default::default();
        beside[slot] = Some(("input".into(), bytes.to_vec()));
        beside
    };
    let prism = |slots: [usize; 2]| {
        let first = Model::parse_prism("tra", tra, &beside(slots[0]), &started);
        first.and_then(|_| Model::parse_prism("tra", tra, &beside(slots[1]), &started))
    };
    let model = match kind {
        Kind::Policy => {
            let text = String::from_utf8_lossy(bytes);
            return match parse_policy("input", &text, space) {
                Ok((specification, _)) => {
                    match Policy::<f64>::from_specification(space, &specification) {
                        Ok(_) => "policy".into(),
                        Err(error) => kind_of(&error),
                    }
                }
                Err(errors) => kinds(&errors),
            };
        }
        Kind::Model => Model::parse_as("input", bytes, Format::Nested, &flags),
        Kind::Arrays => in_format(Format::Quantecon),
        Kind::Drn => in_format(Format::Drn),
        Kind::Prism => in_format(Format::Prism),
        Kind::Cassandra => in_format(Format::Cassandra),
        Kind::Labels => prism([0, 1]),
        Kind::Rewards => prism([2, 3]),
    };
    match model {
        Ok(model) => {
            used(&model);
            "model".into()
        }
        Err(errors) => {
            let _ = format!("{:?}", miette::Report::new(errors.clone()));
            kinds(&errors)
        }
    }
}

/// Writes the model in all formats and reads the model file back.
fn used(model: &Model) {
    const SMALL: usize = 2000;
    let _: Mdp = model.mdp();
    let space = model.space();
    let outcomes: usize = (0..space.pairs())
        .map(|p| model.outcomes().of(p).len())
        .sum();
    if outcomes.max(space.states()) > SMALL {
        return;
    }
    for form in [Style::Nested, Style::Rows] {
        let text = model.write(form);
        // sums of long fractions are longer than what is read
        let longest = text.split([' ', ',', '/', '}', ']']).map(str::len).max();
        if longest > Some(20_000) {
            return;
        }
        match Model::parse("input", &text) {
            Ok(read) => assert_eq!(read.outcomes(), model.outcomes(), "{text}"),
            Err(errors) => panic!("what was written is not read: {}\n{text}", errors.plain()),
        }
    }
    for format in [
        Format::Gymnasium,
        Format::Pymdptoolbox,
        Format::Quantecon,
        Format::Drn,
        Format::Prism,
        Format::Cassandra,
    ] {
        let dense = space
            .actions()
            .saturating_mul(space.states())
            .saturating_mul(space.states());
        if dense <= 1 << 20
            && let Ok(export) = model.export(format)
            && let Some((_, bytes)) = export.files.first()
        {
            // those that say by themselves what is terminal and where episodes start
            let whole = [Format::Gymnasium, Format::Pymdptoolbox, Format::Quantecon];
            let overrides = Overrides {
                criterion: match model.criterion() {
                    Criterion::Average => Some(CriterionKind::Average),
                    _ => None,
                },
                ..Overrides::default()
            };
            match Model::parse_as("input", bytes, format, &overrides) {
                Err(errors) if whole.contains(&format) => {
                    panic!("what was written is not read: {}", errors.plain())
                }
                _ => {}
            }
        }
    }
}

/// The kinds of errors, each once.
fn kinds(errors: &ModelErrors) -> String {
    let kinds: BTreeSet<String> = errors.iter().map(kind_of).collect();
    kinds.into_iter().collect::<Vec<_>>().join(" ")
}

/// The variants of an error, without what is in them, and what was expected where it says so.
fn kind_of(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    let names = text.split([' ', '{', '"']).next().unwrap_or_default();
    let expected = text.split_once("expected: \"").map_or("", |(_, rest)| rest);
    let expected = expected.split('"').next().unwrap_or_default();
    format!("{names}:{expected}")
}

/// What was found wrong with an input.
pub enum Fault {
    Panic(String),
    Slow(Duration),
    Memory(usize),
}

/// Counts what is allocated: the bytes in use, and the most there were since it was reset.
pub trait Meter {
    fn reset(&self) -> usize;
    fn peak(&self) -> usize;
}

/// What this thread has worked, on Linux: a busy machine is no fault of the input.
pub fn processor_time() -> Option<Duration> {
    processor_time_of("thread-self")
}

/// The same of a process or a thread in `/proc`; of a process, that of its first thread.
pub fn processor_time_of(name: &str) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{name}/schedstat")).ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Reads one input under watch.
pub fn watched(seed: &Seed, space: &Arc<Space>, meter: &impl Meter) -> Result<String, Fault> {
    let before = meter.reset();
    let (begin, worked) = (Instant::now(), processor_time());
    let outcome = catch_unwind(AssertUnwindSafe(|| read(seed.kind, &seed.bytes, space)));
    let used = meter.peak().saturating_sub(before);
    let elapsed = match (worked, processor_time()) {
        (Some(from), Some(to)) => to.saturating_sub(from),
        _ => begin.elapsed(),
    };
    let outcome = outcome.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
        Fault::Panic(text.unwrap_or_default())
    })?;
    if elapsed > TIME {
        return Err(Fault::Slow(elapsed));
    }
    if used > MEMORY.0 + MEMORY.1 * seed.bytes.len() {
        return Err(Fault::Memory(used));
    }
    Ok(outcome)
}

/// The pool: seeds, and inputs with outcomes that were new.
pub struct Pool {
    pub seeds: Vec<Seed>,
    pub seen: HashSet<u64>,
}

impl Pool {
    pub fn new(seeds: Vec<Seed>) -> Pool {
        Pool {
            seeds,
            seen: HashSet::new(),
        }
    }

    pub fn next(&self, random: &mut Random) -> Seed {
        let seed = &self.seeds[random.below(self.seeds.len())];
        Seed {
            kind: seed.kind,
            bytes: mutated(seed, &self.seeds, random),
        }
    }

    /// Keeps an input whose outcome is new.
    pub fn learn(&mut self, seed: Seed, outcome: &str) {
        const MOST: usize = 20_000;
        let mut hasher = DefaultHasher::new();
        (seed.kind, outcome).hash(&mut hasher);
        if self.seen.insert(hasher.finish()) && self.seeds.len() < MOST {
            self.seeds.push(seed);
        }
    }
}
