//! Long calls: without the GIL, on a thread of their own, and stopped by Ctrl-C.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::{Duration, Instant};

use exact_mdp::mdp::{Criterion, Mdp};
use pyo3::prelude::*;

/// Between two looks at the signals, which only the thread that Python called from may do.
const PAUSE: Duration = Duration::from_millis(50);
/// So long a computation may take to notice that it has been asked to stop.
const GRACE: Duration = Duration::from_millis(800);
/// So long one that has noticed may take to make an answer of what it has, which would be lost else.
const CLOSING: Duration = Duration::from_secs(5);
/// As much as the main thread of a program has.
const STACK: usize = 8 << 20;
/// Of so few pairs what is asked takes less time than a thread.
const FEW: usize = 128;

/// Tells a computation whether it has been asked to stop.
#[derive(Default)]
pub struct Watch {
    asked: AtomicBool,
    noticed: AtomicBool,
}

impl Watch {
    /// Whether to go on.
    pub fn look(&self) -> ControlFlow<()> {
        if self.asked.load(Ordering::Relaxed) {
            self.noticed.store(true, Ordering::Relaxed);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// How long a computation may still take once it has been asked to stop.
    fn patience(&self) -> Duration {
        if self.noticed.load(Ordering::Relaxed) {
            CLOSING
        } else {
            GRACE
        }
    }
}

/// Runs a computation that looks at its watch now and then. What a signal raised comes beside what
/// the computation had made by then; one that does not look in time is left to end by itself, and
/// what was raised is the error.
pub fn watched<T: Send + 'static>(
    py: Python<'_>,
    compute: impl FnOnce(&Watch) -> T + Send + 'static,
) -> PyResult<(T, Option<PyErr>)> {
    let watch = Arc::new(Watch::default());
    let (done, over) = channel::<()>();
    let seen = Arc::clone(&watch);
    let thread = Builder::new().stack_size(STACK).spawn(move || {
        // told also where the computation panics, by being dropped
        let _done = done;
        compute(&seen)
    })?;
    let over = Mutex::new(over); // a receiver alone may not be looked at without the GIL
    let wait = || Some(over.lock().ok()?.recv_timeout(PAUSE));
    let mut raised: Option<(PyErr, Instant)> = None;
    while matches!(py.detach(wait), Some(Err(RecvTimeoutError::Timeout))) {
        raised = match raised {
            None => {
                let error = py.check_signals().err();
                error.map(|error| (error, Instant::now()))
            }
            Some((error, since)) if since.elapsed() > watch.patience() => return Err(error),
            waiting => waiting,
        };
        watch.asked.store(raised.is_some(), Ordering::Relaxed);
    }
    let made = thread.join();
    let made = made.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    Ok((made, raised.map(|(error, _)| error)))
}

/// So much work as so many pairs are, where a horizon is gone through once for each of its times.
pub fn lasting(pairs: usize, mdp: &Mdp) -> usize {
    match mdp.criterion() {
        Criterion::FiniteHorizon { horizon, .. } => pairs.saturating_mul(*horizon),
        _ => pairs,
    }
}

/// Runs a computation that cannot be asked to stop, of so many pairs. A signal raises, and leaves
/// it to end by itself.
pub fn run<T: Send + 'static>(
    py: Python<'_>,
    pairs: usize,
    compute: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    if pairs <= FEW {
        return Ok(py.detach(compute));
    }
    match watched(py, |_| compute())? {
        (_, Some(raised)) => Err(raised),
        (made, None) => Ok(made),
    }
}
