//! What the rounding of a sample's numbers can do to its mean.

use super::score_rounding;
use super::sums::Sample;
use crate::comparison::joined_parameters;
use crate::error::Error;
use crate::solved::Solved;

/// The standard errors that the rounding of a sample's rows stands for, beside which no chance shows \[d\]: relative
/// to √E X² of the largest coordinate of those that the same scores move, as those of a state, whose sum is 0; and at least what
/// scores that `acting` met have lost where a logit is saturated.
///
/// Errors with [`Error::OtherSpace`] if the policy acts on another model.
pub(super) fn rounding(
    solved: &Solved,
    sample: &Sample,
    (acting, steps): (&Solved, f64),
) -> Result<Vec<f64>, Error> {
    let (mean, covariance) = (sample.mean(), sample.covariance());
    let square = |k: usize| mean[k] * mean[k] + covariance[(k, k)].max(0.0);
    let mut sizes: Vec<f64> = (0..mean.len()).map(|k| square(k).sqrt()).collect();
    for parameters in joined_parameters(solved.mdp(), solved.policy())? {
        let most = parameters
            .iter()
            .fold(0.0, |most, &k| f64::max(most, sizes[k]));
        parameters.iter().for_each(|&k| sizes[k] = most);
    }
    let written = sizes.into_iter().map(|size| sample.written().error(size));
    let lost = score_rounding::of_rows(solved, acting, steps);
    Ok(written.zip(lost).map(|(x, y)| x.max(y)).collect())
}
