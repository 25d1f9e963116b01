//! A list that several may have, of which one may become another's own.

use std::ops::Deref;
use std::sync::Arc;

/// A list of one's own, or one that is shared and not written to.
#[derive(Clone, Debug)]
pub(super) enum Part<T> {
    Own(Vec<T>),
    Shared(Arc<Vec<T>>),
}

impl<T: Clone> Part<T> {
    /// To be written to, a copy where it is shared.
    #[inline(always)]
    pub(super) fn own(&mut self) -> &mut Vec<T> {
        match self {
            Part::Own(own) => own,
            Part::Shared(shared) => copied(shared),
        }
    }
}

/// The list apart from whoever shares it; out of the way of those who push.
#[cold]
fn copied<T: Clone>(shared: &mut Arc<Vec<T>>) -> &mut Vec<T> {
    Arc::make_mut(shared)
}

impl<T> Deref for Part<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        match self {
            Part::Own(own) => own,
            Part::Shared(shared) => shared,
        }
    }
}

impl<T> From<Vec<T>> for Part<T> {
    fn from(own: Vec<T>) -> Part<T> {
        Part::Own(own)
    }
}

impl<T> From<Arc<Vec<T>>> for Part<T> {
    fn from(shared: Arc<Vec<T>>) -> Part<T> {
        Part::Shared(shared)
    }
}

impl<T: PartialEq> PartialEq for Part<T> {
    fn eq(&self, other: &Part<T>) -> bool {
        **self == **other
    }
}
