//! Who asked for a study: hears what should be known and how far the work is.

use std::ops::ControlFlow;
use std::sync::Mutex;

use super::Note;
use crate::ascent;
use crate::linalg::Solvable;
use crate::mdp::Mdp;

/// Whoever asked for a study.
pub trait Listener: Sync {
    /// Is told something that should be known beside the answer.
    fn note(&self, note: Note);

    /// Is told that work begins, and that what was begun before is done.
    fn begin(&self, _: Work) {}

    /// Is told how much of a counted work is done; `Break` ends it early, with what there is.
    fn advance(&self, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Is told that all work is done.
    fn end(&self) {}
}

/// One who hears of the progress of repeated runs and of nothing a second time.
pub(super) struct Quiet<'a>(pub(super) &'a dyn Listener);

impl Listener for Quiet<'_> {
    fn note(&self, _: Note) {}

    fn begin(&self, work: Work) {
        self.0.begin(work);
    }

    fn advance(&self, done: u64) -> ControlFlow<()> {
        self.0.advance(done)
    }

    fn end(&self) {
        self.0.end();
    }
}

/// What is done, with what makes it long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// What is done.
    pub doing: Doing,
    /// The states of the model.
    pub states: usize,
    /// Its horizon, if it has one.
    pub horizon: Option<usize>,
    /// How much there is to do, where that is counted ([`Listener::advance`]).
    pub length: Option<u64>,
}

/// The kinds of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// v, q and ρ of a policy.
    Evaluating,
    /// ∇J and what is asked for beside it.
    Differentiating,
    /// The optimum.
    Solving,
    /// Bounds on an optimum.
    Certifying,
    /// Trajectories, counted.
    Comparing,
    /// Steps of a method, counted.
    Ascending(ascent::AscentMethod),
}

impl Work {
    /// Work on a model whose length nobody knows.
    pub fn on<F: Solvable>(mdp: &Mdp<F>, doing: Doing) -> Work {
        Work {
            doing,
            states: mdp.states(),
            horizon: mdp.criterion().horizon(),
            length: None,
        }
    }

    /// With its length.
    pub fn of_length(self, length: u64) -> Work {
        Work {
            length: Some(length),
            ..self
        }
    }
}

/// A listener that keeps the notes.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Vec<Note>>);

impl Notes {
    /// What was noted, in order; nothing is left.
    pub fn taken(&self) -> Vec<Note> {
        let mut notes = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        std::mem::take(&mut notes)
    }
}

impl Listener for Notes {
    fn note(&self, note: Note) {
        let mut notes = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        notes.push(note);
    }
}

/// Hears nothing but whether to go on: for a second pass over what has been told already.
pub(super) struct Deaf<'a>(pub &'a dyn Listener);

impl Listener for Deaf<'_> {
    fn note(&self, _: Note) {}

    fn advance(&self, done: u64) -> ControlFlow<()> {
        self.0.advance(done)
    }
}
