//! A horizon unrolled in time: a state for each state and time, so that a policy may have another
//! rule, and other parameters, at every time (theory, 2.2).

use std::sync::Arc;

use super::Model;
use crate::error::Error;
use crate::mdp::Criterion;
use crate::number::Number;

/// Most states and outcomes of a model that is unrolled; a choice.
const MOST: usize = 1 << 24;

impl Model {
    /// The model over its horizon T as one without: its states are `s@t` for t = 0, …, T, time by
    /// time, and those of T are terminal; an action in `s@t` leads to `s'@t+1`. A stationary policy
    /// of it has a rule for each time, and its parameters are stacked by time. γ stays, and γ = 1
    /// is the total reward.
    ///
    /// # Errors
    /// [`Error::Criterion`] without a horizon, and [`Error::Argument`] where that makes more than
    /// 2²⁴ states or outcomes.
    pub fn in_time(&self) -> Result<Model, Error> {
        let Criterion::FiniteHorizon { discount, horizon } = &self.criterion else {
            return Err(Error::Criterion {
                needed: "finite-horizon",
                found: self.criterion.kind(),
            });
        };
        let horizon = *horizon;
        self.check_size(horizon)?;
        let (states, pairs) = (self.space.states(), self.space.pairs());
        let mut initial = self.initial.clone();
        initial.resize((horizon + 1) * states, Number::ZERO);
        let inexact = |t: usize| self.inexact_rows.iter().map(move |pair| t * pairs + pair);
        Ok(Model {
            space: Arc::new(self.space.in_time(horizon)),
            outcomes: self.outcomes.in_time(horizon, states),
            initial,
            criterion: if *discount == Number::ONE {
                Criterion::Total
            } else {
                Criterion::Discounted {
                    discount: discount.clone(),
                }
            },
            policy: None,
            intervals: None,
            named: self.named.in_time(horizon),
            inexact_rows: (0..horizon).flat_map(inexact).collect(),
            ..self.clone()
        })
    }

    fn check_size(&self, horizon: usize) -> Result<(), Error> {
        let widest = self.space.states().max(self.outcomes.outcomes());
        if horizon.saturating_add(1).saturating_mul(widest) <= MOST {
            return Ok(());
        }
        Err(Error::Argument {
            name: "the horizon, for a policy with a rule for each time,",
            found: horizon.to_string(),
            expected: "one over which states and outcomes at all times are at most 16,777,216",
        })
    }
}
