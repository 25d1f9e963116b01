//! Long calls: without the GIL, on a thread of their own, and stopped by Ctrl-C.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use pyo3::prelude::*;

/// Between two looks at the signals, which only the thread that Python called from may do.
const PAUSE: Duration = Duration::from_millis(50);

/// Tells a computation whether it has been asked to stop.
pub struct Watch(AtomicBool);

impl Watch {
    /// Whether to go on.
    pub fn look(&self) -> ControlFlow<()> {
        if self.0.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Runs a computation that looks at its watch now and then. What a signal raised comes beside what
/// the computation had made by then.
pub fn watched<T: Send>(
    py: Python<'_>,
    compute: impl FnOnce(&Watch) -> T + Send,
) -> (T, Option<PyErr>) {
    let watch = Watch(AtomicBool::new(false));
    let mut raised = None;
    let made = std::thread::scope(|scope| {
        let (done, over) = channel::<()>();
        let watch = &watch;
        let thread = scope.spawn(move || {
            // told also where the computation panics, by being dropped
            let _done = done;
            compute(watch)
        });
        let over = Mutex::new(over); // a receiver alone may not be looked at without the GIL
        let wait = || Some(over.lock().ok()?.recv_timeout(PAUSE));
        while matches!(py.detach(wait), Some(Err(RecvTimeoutError::Timeout))) {
            if raised.is_none()
                && let Err(error) = py.check_signals()
            {
                watch.0.store(true, Ordering::Relaxed);
                raised = Some(error);
            }
        }
        thread.join()
    });
    let made = made.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    (made, raised)
}
