//! What a study says, on the command line: notes, progress, and Ctrl-C that ends it early.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use exact_mdp::mend::Front;
use exact_mdp::study::{Doing, Listener, Note, StudyError, Work};
use indicatif::ProgressBar;

use super::progress::{self, Busy};
use super::signals::Interruption;
use super::{Shared, Verdict};

/// The command line as it listens to a study.
pub struct Voice<'a> {
    shared: &'a Shared,
    /// Ctrl-C and its like, where they end a study with what there is.
    interruption: Option<Interruption>,
    working: Mutex<Option<Working>>,
}

/// Whoever has been told by another study already.
pub struct Silent;

impl Listener for Silent {
    fn note(&self, _: Note) {}
}

/// Work that goes on.
struct Working {
    work: Work,
    begun: Instant,
    shown: Shown,
}

enum Shown {
    /// So much is done of so much.
    Bar(ProgressBar),
    /// A sign of life, until it is dropped.
    Life(#[expect(dead_code, reason = "what counts is when it is dropped")] Busy),
}

impl<'a> Voice<'a> {
    /// For a study that Ctrl-C kills.
    pub fn new(shared: &'a Shared) -> Voice<'a> {
        Voice {
            shared,
            interruption: None,
            working: Mutex::new(None),
        }
    }

    /// For a study that Ctrl-C ends early. Errors where signals cannot be watched.
    pub fn interruptible(shared: &'a Shared) -> miette::Result<Voice<'a>> {
        let interruption = Some(Interruption::watch(shared.quiet)?);
        Ok(Voice {
            interruption,
            ..Voice::new(shared)
        })
    }

    /// The verdict of the study, or that it was ended early.
    pub fn verdict(&self, verdict: Verdict) -> Verdict {
        let signal = self.interruption.as_ref().and_then(Interruption::signal);
        signal.map_or(verdict, Verdict::Interrupted)
    }

    /// From now on the study has made something that is worth writing.
    pub fn keep(&self) {
        if let Some(interruption) = &self.interruption {
            interruption.keep();
        }
    }

    /// What a study found; `None` where a signal ended it before there was anything, which is said.
    pub fn unless_ended<T>(&self, found: Result<T, StudyError>) -> miette::Result<Option<T>> {
        self.keep();
        let interruption = self.interruption.as_ref();
        match found {
            Err(error) if interruption.is_some_and(|asked| asked.signal().is_some()) => {
                self.shared.error(&miette::Report::from(error));
                Ok(None)
            }
            found => Ok(Some(found?)),
        }
    }

    fn replace(&self, working: Option<Working>) {
        let mut own = self.working.lock().unwrap_or_else(PoisonError::into_inner);
        let done = std::mem::replace(&mut *own, working);
        drop(own);
        let Some(Working { work, begun, shown }) = done else {
            return;
        };
        if let Shown::Bar(bar) = shown {
            bar.finish_and_clear();
            match work.doing {
                Doing::Ascending(method) => self.shared.timing(method.name(), begun),
                _ => self.shared.timing("compared", begun),
            }
        }
    }
}

impl Listener for Voice<'_> {
    fn note(&self, note: Note) {
        self.shared.note(&note.worded(Front::Flags));
    }

    fn begin(&self, work: Work) {
        let shown = match work.length {
            Some(length) => Shown::Bar(progress::bar(self.shared, length, &unit(work.doing))),
            None => Shown::Life(progress::busy(self.shared, in_words(work))),
        };
        let begun = Instant::now();
        self.replace(Some(Working { work, begun, shown }));
    }

    fn advance(&self, done: u64) -> ControlFlow<()> {
        let own = self.working.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Working {
            shown: Shown::Bar(bar),
            ..
        }) = &*own
        {
            bar.set_position(done);
        }
        if done > 0 {
            self.keep();
        }
        let interruption = self.interruption.as_ref();
        if interruption.and_then(Interruption::signal).is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn end(&self) {
        self.replace(None);
    }
}

/// What is counted.
fn unit(doing: Doing) -> String {
    match doing {
        Doing::Ascending(method) => format!("steps of {}", method.name()),
        _ => "trajectories".into(),
    }
}

/// What is done to a model, with what makes it long.
fn in_words(work: Work) -> String {
    let doing = match work.doing {
        Doing::Evaluating => "evaluating",
        Doing::Differentiating => "differentiating",
        Doing::Solving => "solving",
        Doing::Certifying => "certifying",
        Doing::Comparing => "comparing",
        Doing::Ascending(method) => method.name(),
    };
    let states = work.states;
    match work.horizon {
        Some(horizon) => format!("{doing} {states} states over {horizon} steps"),
        None => format!("{doing} {states} states"),
    }
}
