//! Progress on a terminal.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Shared;

/// A bar with a rate and the time left; hidden where standard error is no terminal.
pub fn bar(shared: &Shared, length: u64, unit: &str) -> ProgressBar {
    let seen = std::io::stderr().is_terminal() && !shared.quiet;
    let target = if seen {
        ProgressDrawTarget::stderr_with_hz(5)
    } else {
        ProgressDrawTarget::hidden()
    };
    let template =
        format!("{{wide_bar}} {{human_pos}}/{{human_len}} {unit}, {{per_sec}}, {{eta}} left");
    let bar = ProgressBar::with_draw_target(Some(length), target);
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A sign of life while a library call of unknown length runs; it ends when it is dropped.
pub struct Busy {
    done: Option<Sender<()>>,
    shown: Option<JoinHandle<()>>,
}

/// Shows on a terminal, from the third second on, what goes on and for how long.
pub fn busy(shared: &Shared, what: String) -> Busy {
    const PATIENCE: Duration = Duration::from_secs(2);
    const TICK: Duration = Duration::from_millis(200);
    if shared.quiet || !std::io::stderr().is_terminal() {
        return Busy {
            done: None,
            shown: None,
        };
    }
    let (done, finished) = mpsc::channel::<()>();
    let show = move || {
        let begin = Instant::now();
        let mut wait = PATIENCE;
        let mut spinner = None;
        while finished.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            wait = TICK;
            let spinner = spinner.get_or_insert_with(ProgressBar::new_spinner);
            spinner.set_message(format!("{what}, {} s", begin.elapsed().as_secs()));
            spinner.tick();
        }
        if let Some(spinner) = spinner {
            spinner.finish_and_clear();
        }
    };
    Busy {
        done: Some(done),
        shown: Some(std::thread::spawn(show)),
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(shown) = self.shown.take() {
            // a thread that only draws
            let _ = shown.join();
        }
    }
}
