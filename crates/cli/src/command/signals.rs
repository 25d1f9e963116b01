//! Ctrl-C and its like, which end a run early with what there is.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic, WrapErr};

/// A signal so soon after the first is the same wish: `timeout` and batch systems send one to the process and one
/// to its group.
const SAME: Duration = Duration::from_millis(500);

/// Whether a signal has asked to stop, and which: the first one asks, a later one ends at once.
pub struct Interruption(Arc<Asked>);

/// What was asked for.
#[derive(Default)]
struct Asked {
    /// The number of the signal; 0 before there is one.
    signal: AtomicU8,
    /// When the first came.
    since: OnceLock<Instant>,
}

impl Interruption {
    /// Watches from now on: Ctrl-C, and on Unix SIGTERM (batch systems) and SIGHUP (a closed
    /// terminal). Errors where signals cannot be watched.
    pub fn watch(quiet: bool) -> miette::Result<Interruption> {
        let asked = Arc::new(Asked::default());
        watch(Arc::clone(&asked), quiet)
            .into_diagnostic()
            .wrap_err("cannot watch for Ctrl-C")?;
        Ok(Interruption(asked))
    }

    /// The number of the signal that has asked to stop.
    pub fn signal(&self) -> Option<u8> {
        match self.0.signal.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(signal),
        }
    }
}

/// What a signal does.
fn raise(asked: &Asked, signal: u8, quiet: bool) {
    let since = asked.since.get_or_init(Instant::now);
    if asked.signal.swap(signal, Ordering::Relaxed) != 0 {
        if since.elapsed() > SAME {
            std::process::exit(128 + i32::from(signal));
        }
        return;
    }
    if !quiet {
        // there is nobody to tell where standard error is closed
        let _ = writeln!(io::stderr(), "stopping; Ctrl-C again ends at once");
    }
}

#[cfg(unix)]
fn watch(asked: Arc<Asked>, quiet: bool) -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new(watched())?;
    let listen = move || {
        for signal in signals.forever() {
            raise(&asked, u8::try_from(signal).unwrap_or(0), quiet);
        }
    };
    std::thread::Builder::new().spawn(listen).map(drop)
}

/// The signals that stop, but for those that whoever started the program has set aside: `nohup` sets
/// SIGHUP aside, a shell SIGINT for what it runs in the background.
#[cfg(unix)]
fn watched() -> Vec<i32> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ignored = ignored();
    let is_heeded = |signal: &i32| match ignored {
        Some(mask) => mask >> (signal - 1) & 1 == 0,
        // where nobody can say, what `nohup` is about is left as it is
        None => *signal != SIGHUP,
    };
    [SIGHUP, SIGINT, SIGTERM]
        .into_iter()
        .filter(is_heeded)
        .collect()
}

/// The signals that are ignored, a bit each from the first on, where the system tells (Linux).
#[cfg(unix)]
fn ignored() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(not(unix))]
fn watch(asked: Arc<Asked>, quiet: bool) -> io::Result<()> {
    const INTERRUPT: u8 = 2;
    ctrlc::set_handler(move || raise(&asked, INTERRUPT, quiet)).map_err(io::Error::other)
}
