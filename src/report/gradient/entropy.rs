//! The entropy-regularised objective and its gradient.

use std::io;

use serde::Serialize;

use crate::evaluation::Evaluation;
use crate::field::Field;
use crate::gradient::entropy::Soft;
use crate::report::{Head, Quantity, csv};

/// J_α = J + α · (discounted) entropy, and ∇J_α.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntropyReport {
    /// α, in reward per nat.
    pub alpha: Quantity,
    /// J_α.
    pub j: Quantity,
    /// ∇J_α \[d\].
    pub gradient: Vec<Quantity>,
    /// The soft v(s) \[S\]: the entropy of s itself included; the bias for the average reward.
    pub v: Vec<Quantity>,
    /// q(s, a) = r + γ p v \[SA\], without the entropy of s.
    pub q: Vec<Quantity>,
    /// The gain \[S\], for the average reward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain: Option<Vec<Quantity>>,
    /// H(π(·|s)) \[S\], in nats.
    pub entropy: Vec<Quantity>,
}

impl EntropyReport {
    /// The report of soft values at α.
    pub fn new<F: Field>(alpha: &F, soft: &Soft<F>, evaluation: &Evaluation<F>) -> EntropyReport {
        let undefined = &evaluation.undefined;
        let no_v = |state: usize| undefined.states.binary_search(&state).is_ok();
        let no_q = |pair: usize| undefined.pairs.binary_search(&pair).is_ok();
        EntropyReport {
            alpha: Quantity::of(alpha),
            j: Quantity::of(&soft.j),
            gradient: Quantity::all(&soft.gradient),
            v: Quantity::all_but(&soft.v, no_v),
            q: Quantity::all_but(&soft.q, no_q),
            gain: soft.gain.as_deref().map(Quantity::all),
            entropy: Quantity::all(&soft.entropy),
        }
    }

    pub(super) fn csv(&self, head: &Head, rows: &mut csv::Rows) -> io::Result<()> {
        rows.number(&["entropy_alpha", "", "", "", ""], &self.alpha)?;
        rows.number(&["entropy_j", "", "", "", ""], &self.j)?;
        for (k, x) in head.policy.parameters.iter().zip(&self.gradient) {
            rows.number(&["entropy_gradient", "", "", k, ""], x)?;
        }
        let by_state = [
            ("entropy_v", Some(&self.v)),
            ("entropy_gain", self.gain.as_ref()),
            ("entropy", Some(&self.entropy)),
        ];
        for (quantity, values) in by_state {
            let names = head.space.state_names().iter();
            for (state, x) in names.zip(values.into_iter().flatten()) {
                rows.number(&[quantity, "", &state, "", ""], x)?;
            }
        }
        Ok(())
    }
}
