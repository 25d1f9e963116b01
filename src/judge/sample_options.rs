//! What a sample is held against.

use crate::estimator::{Estimator, Sampling};
use crate::number::Number;
use crate::policy::Policy;

/// What a sample is held against.
#[derive(Clone, Debug)]
pub struct SampleOptions {
    /// The estimator whose estimates these are; `None` to ask which they could be.
    pub named: Option<Estimator>,
    /// How many trajectories each row is the mean of.
    pub batch: u64,
    /// The probability that a right sample is called inconsistent.
    pub false_alarm: f64,
    /// How the trajectories end, where that is not the criterion's own way.
    pub sampling: Option<Sampling>,
    /// Who acted, if another policy.
    pub behavior: Option<Policy>,
    /// b(s), for one more estimator that a sample without a name may be of.
    pub baseline: Option<Vec<Number>>,
}

impl Default for SampleOptions {
    fn default() -> SampleOptions {
        SampleOptions {
            named: None,
            batch: 1,
            false_alarm: 1e-4,
            sampling: None,
            behavior: None,
            baseline: None,
        }
    }
}
