//! What a comparison concludes, as one word each.

use std::borrow::Cow;

use crate::error::Divergence;

/// Does the sampled mean agree with the estimator's own exact expectation?
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleVerdict {
    /// It does, at the stated false-alarm rate.
    Consistent,
    /// It does not: sampler and formula differ.
    Inconsistent,
    /// There is nothing to compare: the moments do not exist.
    NoVariance(Divergence),
    /// Nothing was sampled.
    NotSampled,
}

impl SampleVerdict {
    /// The word for it, or why there is nothing to compare; `None` where nothing was sampled.
    pub fn word(self) -> Option<Cow<'static, str>> {
        match self {
            SampleVerdict::Consistent => Some("consistent".into()),
            SampleVerdict::Inconsistent => Some("inconsistent".into()),
            SampleVerdict::NoVariance(divergence) => Some(divergence.to_string().into()),
            SampleVerdict::NotSampled => None,
        }
    }
}

/// Is the estimator's exact expectation ∇J?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BiasVerdict {
    /// Up to what rounding can do.
    Unbiased,
    /// It is not.
    Biased,
    /// Rounding can do as much as there is: no digit is certain.
    CannotBeTold,
}

impl BiasVerdict {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            BiasVerdict::Unbiased => "unbiased",
            BiasVerdict::Biased => "biased",
            BiasVerdict::CannotBeTold => "cannot-be-told",
        }
    }

    /// Biased if any |bias_k| exceeds what is allowed in coordinate k; nothing can be told if that is
    /// as large as the terms of ∇J (`size`), unless there is no bias at all.
    pub(super) fn new(bias: &[f64], allowed: &[f64], size: f64) -> BiasVerdict {
        let mut both = bias.iter().zip(allowed);
        let largest = allowed.iter().copied().fold(0.0, f64::max);
        if both.any(|(bias, allowed)| bias.abs() > *allowed) {
            BiasVerdict::Biased
        } else if bias.iter().all(|bias| *bias == 0.0) || largest < size {
            BiasVerdict::Unbiased
        } else {
            BiasVerdict::CannotBeTold
        }
    }
}
