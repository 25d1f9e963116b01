//! Trajectories of a solved policy, as arrays.

use super::{Fate, Plan, Sampler, check_cost};
use crate::error::Error;
use crate::estimator::Sampling;
use crate::mend::Front;
use crate::solved::Solved;
use crate::trajectory::Record;

impl Solved {
    /// The first trajectories of a seed: trajectory i is a function of the seed and i.
    ///
    /// # Errors
    /// [`Error::CostlySample`] if that takes more than 10⁸ steps in expectation,
    /// [`Error::Overlong`] if an episode has not ended after 5·10⁷ steps, [`Error::Policy`] if a
    /// probability is negative, as a direct parametrization's may be outside the simplex,
    /// [`Error::Criterion`] for the average reward, and [`Error::Argument`] where trajectories have
    /// no end.
    pub fn sample(&self, trajectories: u64, seed: u64) -> Result<Record, Error> {
        self.sample_when(self.sampling()?, trajectories, seed)
    }

    /// [`Solved::sample`] with trajectories drawn in another way.
    pub fn sample_when(
        &self,
        sampling: Sampling,
        trajectories: u64,
        seed: u64,
    ) -> Result<Record, Error> {
        if sampling == Sampling::Infinite {
            const RUST: &str = "one that ends: cut it (`Sampling::Truncated`) or let it die (`Sampling::Geometric`)";
            const PYTHON: &str =
                "one that ends: cut it (`truncation=…`) or let it die (`geometric=True`)";
            return Err(Error::Argument {
                name: "the sampling",
                found: "of trajectories without an end".into(),
                expected: Front::speaking().choose(RUST, PYTHON, RUST),
            });
        }
        let plan = Plan::new(sampling, seed);
        let who = (&**self.mdp(), &**self.policy());
        check_cost(who, sampling, plan.cap, trajectories, Fate::Kept)?;
        Sampler::new(self.mdp(), self.policy(), None, &[], plan)?.record(trajectories)
    }
}
