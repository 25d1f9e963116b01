//! Which estimators have no finite variance.

use super::Experiment;
use crate::error::Divergence;
use crate::estimator::process::Order;
use crate::estimator::{BatchKind, Contribution, Psi, Resolved, Sampling, importance, joint};
use crate::linalg::Solvable;

impl<F: Solvable> Experiment<'_, F> {
    /// Why the estimator has no finite variance, if it has none: on a continuing task that is not
    /// cut the total return has none, and nothing has without γᵗ.
    ///
    /// Cut after T steps both have one for every T, but it grows without bound.
    pub fn divergence(&self, resolved: &Resolved<F>, psi: Psi) -> Option<Divergence> {
        if let Some(joint) = self.joint_divergence(resolved) {
            return joint;
        }
        let finite = matches!(self.sampling, Sampling::FiniteHorizon(_));
        if finite || self.process.is_proper() {
            return self.importance_divergence(resolved);
        }
        let cut = self.sampling.steps().is_some();
        if !cut && psi == Psi::TotalReturn {
            return Some(Divergence::TotalReturnOfContinuingTask);
        }
        if !cut && resolved.weight >= F::one() {
            return Some(Divergence::DroppedOnContinuingTask);
        }
        self.importance_divergence(resolved)
    }

    /// Why an estimator that is no plain sum has no finite variance, where more than the sums inside it decides.
    fn joint_divergence(&self, resolved: &Resolved<F>) -> Option<Option<Divergence>> {
        let ends = self.sampling.steps().is_some() || self.process.is_proper();
        let whole = match &resolved.form {
            Contribution::Traced(traced) => {
                let spectral_radius = joint::growth(self, traced);
                let grows = self.sampling.steps().is_none() && spectral_radius >= 1.0;
                let endless = self.sampling.steps().is_none() && !self.acting().is_proper();
                return Some(if grows {
                    Some(Divergence::ImportanceWeights { spectral_radius })
                } else if endless && resolved.weight >= F::one() {
                    Some(Divergence::DroppedOnContinuingTask)
                } else {
                    None
                });
            }
            Contribution::Whole => true,
            Contribution::Batch(batch) => batch.kind == BatchKind::SelfNormalised,
            _ => return None,
        };
        if !ends {
            return Some(Some(if whole {
                Divergence::RatioOfContinuingTask
            } else {
                Divergence::StepsOfContinuingTask
            }));
        }
        let bare = resolved.without_weight();
        let spread = whole && self.sampling.steps().is_none() && self.process.is_weighted();
        let spectral_radius = if spread {
            self.growth(&bare, Order::Second)
        } else {
            0.0
        };
        Some((spectral_radius >= 1.0).then_some(Divergence::ImportanceWeights { spectral_radius }))
    }

    /// Whether importance weights leave no finite variance on an endless horizon: the spectral
    /// radius of c² Σₐ π²/b p is not below 1.
    pub(crate) fn importance_divergence(&self, resolved: &Resolved<F>) -> Option<Divergence> {
        if self.sampling.steps().is_some() || !self.process.is_weighted() {
            return None;
        }
        let spectral_radius = self.growth(resolved, Order::Second);
        (spectral_radius >= 1.0).then_some(Divergence::ImportanceWeights { spectral_radius })
    }

    /// The spectral radius of cⁿ Σₐ πⁿ/bⁿ⁻¹ p, by which the n-th moments of importance weights grow
    /// per step; 0 on policy.
    pub(super) fn growth(&self, resolved: &Resolved<F>, order: Order) -> f64 {
        if !self.process.is_weighted() {
            return 0.0;
        }
        let c = resolved.weight.to_f64().max(resolved.discount.to_f64());
        let power = if order == Order::Fourth { 4 } else { 2 };
        c.powi(power) * importance::spectral_radius(self.process.p(order))
    }
}
