//! Ctrl-C and its like, which end a run early with what there is.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use miette::{IntoDiagnostic, WrapErr};

/// Whether a signal has asked to stop, and which: the first one asks, the second ends at once.
pub struct Interruption(Arc<AtomicU8>);

impl Interruption {
    /// Watches from now on: Ctrl-C, and on Unix SIGTERM (batch systems) and SIGHUP (a closed
    /// terminal). Errors where signals cannot be watched.
    pub fn watch(quiet: bool) -> miette::Result<Interruption> {
        let first = Arc::new(AtomicU8::new(0));
        watch(Arc::clone(&first), quiet)
            .into_diagnostic()
            .wrap_err("cannot watch for Ctrl-C")?;
        Ok(Interruption(first))
    }

    /// The number of the signal that has asked to stop.
    pub fn signal(&self) -> Option<u8> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(signal),
        }
    }
}

/// What a signal does.
fn raise(first: &AtomicU8, signal: u8, quiet: bool) {
    if first.swap(signal, Ordering::Relaxed) != 0 {
        std::process::exit(128 + i32::from(signal));
    }
    if !quiet {
        // there is nobody to tell where standard error is closed
        let _ = writeln!(io::stderr(), "stopping; Ctrl-C again ends at once");
    }
}

#[cfg(unix)]
fn watch(first: Arc<AtomicU8>, quiet: bool) -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new(watched())?;
    let listen = move || {
        for signal in signals.forever() {
            raise(&first, u8::try_from(signal).unwrap_or(0), quiet);
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
fn watch(first: Arc<AtomicU8>, quiet: bool) -> io::Result<()> {
    const INTERRUPT: u8 = 2;
    ctrlc::set_handler(move || raise(&first, INTERRUPT, quiet)).map_err(io::Error::other)
}
