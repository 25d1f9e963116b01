//! A discount that floating point cannot tell from 1, beside fractions, which can.

use super::examples::options;
use crate::error::Error;
use crate::estimator::{Detail, Experiment, Moments, Sampling};
use crate::field::Field;
use crate::linalg::Solvable;
use crate::model::Model;
use crate::number::Rational;
use crate::policy::Policy;

/// γ = 1 − 10⁻²⁰; an episode ends with such a probability at each step.
fn moments<F: Solvable>(exit: &str, stay: &str) -> Result<Moments<F>, Error> {
    let text = format!(
        "discount: 0.99999999999999999999\nstates: 2\nactions: 2\ninitial: 0\nterminal: [1]\ntransitions:\n\
         - [0, 0, 0, {stay}, 1]\n- [0, 0, 1, {exit}, 3]\n- [0, 1, 0, {stay}, 2]\n- [0, 1, 1, {exit}, -1]\n"
    );
    let mdp = Model::parse("rounded.yaml", &text).unwrap().mdp::<F>();
    let policy = Policy::uniform(mdp.space());
    let experiment = Experiment::new(&mdp, &policy, Sampling::Episodic, &options())?;
    let resolved = experiment.resolve(&"reward-to-go".parse()?)?;
    experiment.moments(&resolved, Detail::Covariance)
}

#[test]
fn short_episodes_have_the_moments_of_fractions() {
    let found = moments::<f64>("1/4", "3/4").unwrap();
    let right = moments::<Rational>("1/4", "3/4").unwrap();
    let numbers = found.mean.iter().chain(&found.variance);
    for (x, y) in numbers.zip(right.mean.iter().chain(&right.variance)) {
        let y = Field::to_f64(y);
        assert!((x - y).abs() <= 1e-12 * y.abs(), "{x} {y}");
    }
}

/// γ and γ² would have one complement: where an episode is long enough for it to be seen there is no number.
#[test]
fn of_long_episodes_there_are_none() {
    for (exit, stay) in [
        ("1e-12", "0.999999999999"),
        ("1e-20", "0.99999999999999999999"),
    ] {
        let refused = moments::<f64>(exit, stay).err();
        assert_eq!(refused, Some(Error::DiscountRounds { complement: 1e-20 }));
    }
}
