//! Claims about the average reward.

use nalgebra::DMatrix;

use super::super::{Skip, algebra};
use exact_mdp::error::Error;
use exact_mdp::evaluation::Average;
use exact_mdp::gradient;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::policy::Policy;

/// States of a long run; a choice.
const LONG_RUN: usize = 200;
/// Entries of ∇g behind its Hessian; a choice.
const LONG_HESSIAN: usize = 20_000;

/// Claims about the average reward.
pub struct LongTerm {
    /// The model under this criterion.
    pub mdp: Mdp,
    /// P* and D.
    pub average: Average,
    /// g \[S\].
    pub gain: Vec<f64>,
    /// h \[S\].
    pub bias: Vec<f64>,
    /// ρ₀P* \[S\].
    pub occupancy: Vec<f64>,
    /// ∇(ρ₀g) \[d\].
    pub gradient: Result<Vec<f64>, Skip>,
    /// ∇²(ρ₀g) [d, d].
    pub hessian: Result<DMatrix<f64>, Skip>,
    /// The largest inverse norm of the systems solved.
    pub inverse_norm: f64,
}

impl LongTerm {
    pub(super) fn new(
        mdp: &Mdp,
        policy: &Policy,
        options: &SolverOptions,
    ) -> Result<LongTerm, Skip> {
        Skip::beyond(mdp.states(), LONG_RUN, "states")?;
        let mdp = mdp.clone().with_criterion(Criterion::Average)?;
        let average = Average::new(&mdp, policy, options)?;
        let finite = |x: &[f64]| x.iter().all(|x| x.is_finite());
        Skip::unless(
            finite(average.gain()) && finite(average.bias()),
            "a value of the policy is too large for floating point",
        )?;
        let gradient = gradient::average::check_differentiable(&average, &mdp, policy)
            .and_then(|()| gradient::average::centered_weights(&average, &mdp))
            .map(|weights| policy.pull_back(&weights));
        let d = policy.parameters();
        let hessian = Skip::beyond(d * mdp.states(), LONG_HESSIAN, "entries of ∇g")
            .and_then(|()| Ok(gradient::average::hessian(&average, &mdp, policy)?));
        Ok(LongTerm {
            hessian: gradient
                .as_ref()
                .map_err(|e| Skip::new(e.to_string()))
                .and(hessian),
            gain: average.gain().to_vec(),
            bias: average.bias().to_vec(),
            occupancy: average.occupancy().to_vec(),
            gradient: gradient.map_err(|error: Error| Skip::from(error)),
            inverse_norm: average.long_run().inverse_norm()?,
            average,
            mdp,
        })
    }

    /// 16 η Kᵏ, η with the slack of the rows, K the largest inverse norm among the systems of P* and D.
    pub(crate) fn tolerance(&self, solves: i32) -> f64 {
        let p = self.average.long_run().p();
        let fullest = (0..p.rows()).map(|s| p.row(s).len()).max().unwrap_or(0);
        let eta = (p.rows() + fullest + 16) as f64 * f64::EPSILON / 2.0 + super::slack(&self.mdp);
        16.0 * eta * self.inverse_norm.powi(solves)
    }

    /// |r|∞ + |g|∞ + |h|∞, r(s, a, s') as it is paid.
    pub(crate) fn reward_scale(&self) -> f64 {
        let of = algebra::largest;
        algebra::largest_reward(&self.mdp) + of(&self.gain) + of(&self.bias)
    }
}
