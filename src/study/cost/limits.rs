//! How long anybody waits.

use crate::study::{Listener, Note};

/// Most products that are begun: in floating point about twenty minutes on one core.
pub(super) const MOST: f64 = 1e12;

/// Products that take two seconds: more are said before they are begun.
pub(super) const SOON: f64 = MOST / 600.0;

/// How long a product takes.
pub(super) const MINUTES: f64 = 20.0 / MOST;

/// Says what takes more than two seconds.
pub(super) fn tell(what: String, products: f64, listener: &dyn Listener) {
    if products > SOON {
        let minutes = products * MINUTES;
        listener.note(Note::Long { what, minutes });
    }
}
