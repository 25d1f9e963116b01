//! What multiplies the score, as it is kept: the conditional mean of Ψ, and what it was made from.

use std::rc::Rc;

use super::recipe::SignalOf;
use crate::linalg::Csr;

/// One \[S\] or \[SA\] by time; a single one stands for all times.
pub(super) type ByTime = Vec<Vec<f64>>;

/// The conditional mean of Ψ, and what it was made from.
pub(super) struct Signal {
    /// fₜ(s, a) \[SA\] by time.
    pub f: ByTime,
    pub of: SignalOf,
    pub values: Values,
}

impl Signal {
    /// fₜ.
    pub fn at(&self, t: usize) -> &[f64] {
        &self.f[t.min(self.f.len() - 1)]
    }
}

/// Rewards, and the values that follow them.
pub(super) struct Values {
    /// r(s, a) \[SA\] as credited, by time.
    pub r: ByTime,
    /// v at the next step \[S\] by time, 0 on terminal states.
    pub next: ByTime,
    /// What a terminal state is worth.
    pub end: f64,
    pub gamma: f64,
    /// p as q sees it [SA, S]; that of the model for `None`.
    pub p: Option<Rc<Csr<f64>>>,
    /// g(s) of the average reward, 0 otherwise.
    pub gain: Vec<f64>,
}
