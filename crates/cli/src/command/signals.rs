//! Ctrl-C and its like, which end a run early with what there is.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic, WrapErr};

use super::files::partial::abandon;

/// A signal so soon after the first is the same wish: `timeout` and batch systems send one to the process and one
/// to its group.
const SAME: Duration = Duration::from_millis(500);

/// So long a study that has made nothing yet may take to end by itself: exact laws over a long horizon look
/// at nothing before they are done.
const GRACE: Duration = Duration::from_millis(700);

/// Whether a signal has asked to stop, and which: the first one asks, a later one ends at once, and so does
/// the first where there is nothing to keep.
pub struct Interruption(Arc<Asked>);

/// What was asked for.
#[derive(Default)]
struct Asked {
    /// The number of the signal; 0 before there is one.
    signal: AtomicU8,
    /// When the first came.
    since: OnceLock<Instant>,
    /// Whether something has been made that is worth waiting for.
    kept: AtomicBool,
}

impl Interruption {
    /// Watches from now on: Ctrl-C, and on Unix SIGTERM (batch systems) and SIGHUP (a closed
    /// terminal). Errors where signals cannot be watched.
    pub fn watch(quiet: bool) -> miette::Result<Interruption> {
        let asked = Arc::new(Asked::default());
        IS_WATCHED.store(true, Ordering::Relaxed);
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

    /// From now on there is something to keep: the run ends when that has been written.
    pub fn keep(&self) {
        self.0.kept.store(true, Ordering::Relaxed);
    }
}

/// Whether signals are watched, by whoever ends early or by whoever cleans up: the first one does it.
static IS_WATCHED: AtomicBool = AtomicBool::new(false);

/// From now on a signal that ends the program takes away the files that are not at their places. Where signals cannot be
/// watched they stay.
pub fn clean_up() {
    if !IS_WATCHED.swap(true, Ordering::Relaxed) {
        let _ = watch_to_clean();
    }
}

#[cfg(unix)]
fn watch_to_clean() -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new(watched())?;
    let listen = move || {
        if let Some(signal) = signals.forever().next() {
            let _nothing_more = abandon();
            // as if nobody had watched
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    };
    std::thread::Builder::new().spawn(listen).map(drop)
}

#[cfg(not(unix))]
fn watch_to_clean() -> io::Result<()> {
    Ok(())
}

/// Ends the program for a signal.
fn end(signal: u8) -> ! {
    let _nothing_more = abandon();
    std::process::exit(128 + i32::from(signal))
}

/// What a signal does.
fn raise(asked: &Arc<Asked>, signal: u8, quiet: bool) {
    let since = asked.since.get_or_init(Instant::now);
    if asked.signal.swap(signal, Ordering::Relaxed) != 0 {
        if since.elapsed() > SAME {
            end(signal);
        }
        return;
    }
    if !quiet {
        // there is nobody to tell where standard error is closed
        let _ = writeln!(io::stderr(), "stopping; Ctrl-C again ends at once");
    }
    let asked = Arc::clone(asked);
    let give_up = move || {
        std::thread::sleep(GRACE);
        if !asked.kept.load(Ordering::Relaxed) {
            let _ = writeln!(
                io::stderr(),
                "interrupted before there was anything to keep"
            );
            end(signal);
        }
    };
    // a thread of its own, so that a second signal is heard; where there is none the second one ends the run
    let _ = std::thread::Builder::new().spawn(give_up);
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
