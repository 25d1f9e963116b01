//! Every command on mutated models:
//! `cargo run --example fuzz-commands -- [MODELS] [SEED] [SECONDS] [MILLISECONDS] [COMMANDS]`.
//!
//! A model is a mutated file of the repository that is still valid, or a small random one whose numbers
//! lie at the edges: exits of 1e-300, γ a few ulps below 1, rewards of 1e150, horizons of any length.
//! `evaluate`, `gradient`, `solve`, `compare`, `verify`, `ascend` and `reference` are asked of each in
//! this process, or the commands named, separated by commas. A panic, two seconds of processor time (or
//! the milliseconds given) or 500 MB are a fault; models with faults are written into `fuzz/faults`. A
//! model that hangs is written by a watchdog, which ends the run.

// what only the fuzzer of readers uses
#[allow(dead_code)]
mod engine;
mod meter;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::{Kind, Meter, Pool, Random};
use exact_mdp::ascent::AscentMethod;
use exact_mdp::exchange::Format;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::{Draft, Model, Overrides};
use exact_mdp::policy::Policy;
use exact_mdp::study::{self, Notes, Numbers, Setting};
use exact_mdp::yaml::Style;
use exact_mdp_theorems::{Case, all};

#[global_allocator]
static METER: meter::Counting = meter::Counting::new();

/// What a command may take: bytes beyond those of the model.
const MEMORY: usize = 500 << 20;

/// Pairs and outcomes of the largest model that is run.
const LARGEST: usize = 600;

type Command = fn(&Model) -> String;

const COMMANDS: [(&str, Command); 7] = [
    ("evaluate", |model| {
        outcome(study::evaluate(
            model,
            &study::EvaluateRequest::default(),
            &Notes::default(),
        ))
    }),
    ("gradient", |model| {
        let request = study::GradientRequest {
            hessian: true,
            natural: true,
            ..study::GradientRequest::default()
        };
        outcome(study::gradient(model, &request, &Notes::default()))
    }),
    ("solve", |model| {
        outcome(study::solve(
            model,
            &study::SolveRequest::default(),
            &Notes::default(),
        ))
    }),
    ("compare", |model| {
        let mut request = study::CompareRequest::default();
        request.options.trajectories = 20;
        request.options.threads = 1;
        outcome(study::compare(model, &request, &Notes::default()))
    }),
    ("verify", |model| {
        let setting = Setting {
            numbers: Numbers::Float,
            ..Setting::default()
        };
        match setting.chosen::<f64>(model, &Notes::default()) {
            Err(error) => error.to_string(),
            Ok((mdp, policy)) => {
                let case = Case::new(Mdp::clone(&mdp), Policy::clone(&policy), &setting.solver);
                let failed = all().filter(|i| i.check(&case).passed() == Some(false));
                format!("{} fail", failed.count())
            }
        }
    }),
    ("ascend", |model| {
        let mut request = study::AscendRequest {
            methods: vec![AscentMethod::default()],
            ..study::AscendRequest::default()
        };
        request.options.iterations = 5;
        outcome(study::ascend(model, &request, &Notes::default()))
    }),
    ("reference", |model| {
        let request = study::ReferenceRequest::default();
        outcome(study::reference(model, &request, &Notes::default()))
    }),
];

fn outcome<T, E: std::fmt::Display>(answer: Result<T, E>) -> String {
    answer.map_or_else(|error| error.to_string(), |_| "answered".into())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual: u64| {
        let given = arguments.next().and_then(|x| x.parse().ok());
        given.unwrap_or(usual)
    };
    let (models, seed, seconds) = (number(1_000_000), number(0), number(u64::MAX));
    let limit = Duration::from_millis(number(engine::TIME.as_millis() as u64));
    let wanted = arguments.next();
    let mut commands: Vec<Timed> = COMMANDS
        .iter()
        .filter(|(name, _)| {
            let is_named = |wanted: &str| wanted.split(',').any(|wanted| wanted == *name);
            wanted.as_deref().is_none_or(is_named)
        })
        .map(|&(name, command)| Timed::new(name, command))
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pool = Pool::new(engine::seeds(&root));
    let mut random = Random(seed);
    std::panic::set_hook(Box::new(|_| {}));
    let current = watch(&root);
    let begin = Instant::now();
    let (mut ran, mut tried, mut faults) = (0u64, 0u64, 0u64);
    while ran < models && begin.elapsed().as_secs() < seconds {
        tried += 1;
        let made = if random.below(2) == 0 {
            mutant(&pool, &mut random)
        } else {
            at_the_edge(&mut random)
        };
        let Some(model) = made.filter(|model| size(model) <= LARGEST) else {
            continue;
        };
        ran += 1;
        for command in &mut commands {
            if let Ok(mut current) = current.lock() {
                let begin = (Instant::now(), engine::processor_time());
                *current = Some((begin, command.name, model.clone()));
            }
            if let Some(what) = command.fault(&model, limit) {
                faults += 1;
                report(&root, command.name, &model, &what);
            }
        }
        if ran.is_multiple_of(1_000) {
            tell(ran, tried, faults, begin, &commands);
        }
    }
    tell(ran, tried, faults, begin, &commands);
    std::process::exit(i32::from(faults > 0));
}

fn size(model: &Model) -> usize {
    let outcomes = (0..model.space().pairs()).map(|pair| model.outcomes().of(pair).len());
    outcomes.sum::<usize>().max(model.space().states())
}

/// How far a run is, with the milliseconds that each command takes, mean and most.
fn tell(ran: u64, tried: u64, faults: u64, begin: Instant, commands: &[Timed]) {
    let seconds = begin.elapsed().as_secs();
    let milliseconds = |time: Duration| 1e3 * time.as_secs_f64();
    let times = commands.iter().map(|command| {
        let mean = milliseconds(command.all) / ran.max(1) as f64;
        format!(
            "{} {mean:.2}/{:.0}",
            command.name,
            milliseconds(command.most)
        )
    });
    let times: Vec<String> = times.collect();
    println!(
        "{ran} models of {tried}, {faults} faults, {seconds} s; ms, mean/most: {}",
        times.join(", ")
    );
}

/// A command and the processor time that it took.
struct Timed {
    name: &'static str,
    command: Command,
    all: Duration,
    most: Duration,
}

impl Timed {
    fn new(name: &'static str, command: Command) -> Timed {
        Timed {
            name,
            command,
            all: Duration::ZERO,
            most: Duration::ZERO,
        }
    }

    /// What is wrong with it on a model.
    fn fault(&mut self, model: &Model, limit: Duration) -> Option<String> {
        let before = METER.reset();
        let (begin, worked) = (Instant::now(), engine::processor_time());
        let answered = catch_unwind(AssertUnwindSafe(|| (self.command)(model)));
        let used = METER.peak().saturating_sub(before);
        let elapsed = match (worked, engine::processor_time()) {
            (Some(from), Some(to)) => to.saturating_sub(from),
            _ => begin.elapsed(),
        };
        self.all += elapsed;
        self.most = self.most.max(elapsed);
        match answered {
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text =
                    text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
                Some(format!("panic: {}", text.unwrap_or_default()))
            }
            Ok(_) if elapsed > limit => Some(format!("slow: {elapsed:?}")),
            Ok(_) if used > MEMORY => Some(format!("memory: {used} bytes")),
            Ok(_) => None,
        }
    }
}

/// A mutated file, if it is a model.
fn mutant(pool: &Pool, random: &mut Random) -> Option<Model> {
    let seed = pool.next(random);
    let started = Overrides {
        discount: "0.9".parse().ok(),
        initial: Some("uniform".into()),
        ..Overrides::default()
    };
    let (format, overrides) = match seed.kind {
        Kind::Model => (Format::Nested, Overrides::default()),
        Kind::Arrays => (Format::Quantecon, started),
        Kind::Drn => (Format::Drn, started),
        Kind::Prism => (Format::Prism, started),
        Kind::Cassandra => (Format::Cassandra, started),
        Kind::Policy | Kind::Labels | Kind::Rewards => return None,
    };
    Model::parse_as("input", &seed.bytes, format, &overrides).ok()
}

/// A small random model of numbers at the edges.
fn at_the_edge(random: &mut Random) -> Option<Model> {
    const SMALL: [&str; 8] = [
        "1e-300", "1e-16", "1e-12", "1e-9", "1e-3", "1/3", "1/2", "9/10",
    ];
    const REWARDS: [&str; 8] = ["0", "1", "-1", "1e150", "-1e-300", "1/7", "1e9", "-3"];
    const DISCOUNTS: [&str; 7] = [
        "0",
        "1/2",
        "0.99",
        "0.999999",
        "0.9999999999",
        "0.999999999999999",
        "1",
    ];
    const HORIZONS: [usize; 6] = [1, 2, 7, 100, 10_000, 10_000_000_000_000];
    let states = 1 + random.below(5);
    let actions = 1 + random.below(3);
    let ends = random.below(states);
    let mut draft = Draft::new(states, actions).start(0);
    for state in 0..states {
        if state > 0 && state == ends {
            draft = draft.terminal(state);
            continue;
        }
        for action in 0..1 + random.below(actions) {
            let share: exact_mdp::number::Number = SMALL[random.below(8)].parse().ok()?;
            let rest = exact_mdp::number::Number::ONE.to_rational() - share.to_rational();
            for p in [share, rest.into()] {
                let (next, reward) = (random.below(states), REWARDS[random.below(8)]);
                draft.add_outcome(state, action, next, p, reward);
            }
        }
    }
    draft = draft.discount(DISCOUNTS[random.below(7)]);
    draft = match random.below(6) {
        0 => draft.criterion(exact_mdp::model::CriterionKind::Average),
        1 => draft.horizon(HORIZONS[random.below(6)]),
        _ => draft,
    };
    draft.check().ok()
}

/// When it began, by the clock and in processor time; the command; the model.
type Current = Arc<Mutex<Option<((Instant, Option<Duration>), &'static str, Model)>>>;

/// Ends the run, its model written, when one command takes ten times what it may, or three hundred times by the clock
/// (a run of low priority may have to wait).
fn watch(root: &Path) -> Current {
    let current: Current = Arc::default();
    let (watched, root) = (Arc::clone(&current), root.to_path_buf());
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let Ok(current) = watched.lock() else { return };
            if let Some(((begin, worked), name, model)) = &*current {
                let worked = match (worked, engine::processor_time_of("self")) {
                    (Some(from), Some(to)) => to.saturating_sub(*from),
                    _ => Duration::ZERO,
                };
                if worked > 10 * engine::TIME || begin.elapsed() > 300 * engine::TIME {
                    report(&root, name, model, &format!("hangs: {worked:?}"));
                    std::process::exit(2);
                }
            }
        }
    });
    current
}

fn report(root: &Path, command: &str, model: &Model, what: &str) {
    let text = model.write(Style::Rows);
    let sum = text
        .bytes()
        .fold(0u64, |sum, b| sum.wrapping_mul(31) + u64::from(b));
    let folder: PathBuf = root.join("fuzz/faults");
    let path = folder.join(format!("{command}-{sum:016x}.yaml"));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, text));
    let what: String = what.chars().take(300).collect();
    println!("{}: {what} ({written:?})", path.display());
}
