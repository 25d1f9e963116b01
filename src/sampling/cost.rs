//! What a sample costs, known before it is drawn: E L steps a trajectory, exactly, and N of them.

use crate::chain::Dynamics;
use crate::error::Error;
use crate::estimator::Sampling;
use crate::field::dot;
use crate::linalg::SolverOptions;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// Most steps that are walked: some days of one core, after each of which a run can be stopped and keeps
/// what it has.
const WALKED: f64 = 1e13;
/// Most steps of which each is kept; a choice.
const KEPT: f64 = 1e8;
/// The mean length is at most this part of the length up to which a trajectory is followed: lengths
/// fall off like e^(−L/E L) at the end, and hardly any is followed in vain.
const OF_CAP: f64 = 0.2;

/// What becomes of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They are added up.
    Summed,
    /// They are kept one by one.
    Kept,
}

/// Errors with [`Error::CostlySample`] where so many trajectories, or one alone, take more steps in
/// expectation than anybody waits for, as where episodes may never end.
///
/// `actor` is who draws the actions, `cap` the steps for which a trajectory is followed.
pub fn check_cost(
    (mdp, actor): (&Mdp, &Policy),
    sampling: Sampling,
    cap: usize,
    trajectories: u64,
    fate: Fate,
) -> Result<(), Error> {
    let most = match fate {
        Fate::Summed => WALKED,
        Fate::Kept => KEPT,
    };
    let length = expected_length(mdp, actor, sampling, most / trajectories.max(1) as f64)?;
    let refuse = |trajectories, most| {
        Err(Error::CostlySample {
            trajectories,
            length,
            most,
        })
    };
    let longest = OF_CAP * cap as f64;
    // a length that is no number is too long
    let exceeds = |steps: f64, most: f64| steps.is_nan() || steps > most;
    if sampling.steps().is_none() && exceeds(length, longest) {
        return refuse(1, longest);
    }
    if exceeds(length * trajectories as f64, most) {
        return refuse(trajectories, most);
    }
    Ok(())
}

/// E L of a trajectory as it is sampled, L being its number of steps: min(T, ρ₀ (I − cP)⁻¹ 1), c the
/// probability to live on. Where a bound on it is within `enough` already, or the policy is not proper, that
/// bound.
fn expected_length(
    mdp: &Mdp,
    actor: &Policy,
    sampling: Sampling,
    enough: f64,
) -> Result<f64, Error> {
    let survival = match sampling {
        Sampling::Geometric => mdp.discount(),
        _ => 1.0,
    };
    let bound = match sampling.steps() {
        Some(steps) => steps as f64,
        None => 1.0 / (1.0 - survival),
    };
    if bound <= enough {
        return Ok(bound);
    }
    let dynamics = match Dynamics::proper(mdp, actor) {
        Ok((dynamics, _)) => dynamics,
        Err(_) => return Ok(bound),
    };
    let resolvent = dynamics.resolvent(&survival, &SolverOptions::default())?;
    let alive = dynamics.alive().iter();
    let one: Vec<f64> = alive.map(|&alive| f64::from(u8::from(alive))).collect();
    let lengths = resolvent.solve(&one)?.x;
    // where a row sums to more than 1, by less than its outcomes are rounded, and ends more seldom than that, nothing
    // is known of the length
    let reached = dynamics.reached();
    if lengths
        .iter()
        .zip(&reached)
        .any(|(x, reached)| *reached && *x < 0.0)
    {
        return Ok(bound);
    }
    Ok(bound.min(dot(dynamics.initial(), &lengths)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;

    /// One state that is left with probability 1/2 a step: E L = 2; with death at 1 − γ = 1/4,
    /// E L = 1/(1 − 3/8); cut at 1, 1.
    #[test]
    fn lengths_are_those_of_a_coin() {
        let text = "discount: 3/4\nstates: 2\nactions: 1\ninitial: 0\nterminal: [1]\n\
                    transitions:\n- [0, 0, 0, 1/2, 1]\n- [0, 0, 1, 1/2, 1]\n";
        let mdp = Model::parse("coin.yaml", text).unwrap().mdp();
        let policy = Policy::uniform(mdp.space());
        let length = |sampling| expected_length(&mdp, &policy, sampling, 0.0).unwrap();
        let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-12, "{x} {y}");
        close(length(Sampling::Episodic), 2.0);
        close(length(Sampling::Geometric), 1.6);
        close(length(Sampling::Truncated(1)), 1.0);
        close(length(Sampling::Truncated(9)), 2.0);
        let cost = |n| check_cost((&mdp, &policy), Sampling::Episodic, 100, n, Fate::Kept);
        assert_eq!(cost(50_000_000), Ok(()));
        let refused = Error::CostlySample {
            trajectories: 50_000_001,
            length: 2.0,
            most: KEPT,
        };
        assert_eq!(cost(50_000_001), Err(refused));
    }

    /// A row that sums to 1 + 5·10⁻¹⁰ and ends once in 10³⁰⁰ steps has a length of −2·10⁹ in linear algebra, and was
    /// followed to the cap.
    #[test]
    fn rows_that_sum_to_more_than_one_are_not_followed() {
        let text = "discount: 0.99\nstates: 2\nactions: 1\ninitial: 0\nterminal: [1]\n\
                    transitions:\n- [0, 0, 0, 1.0000000005, 1]\n- [0, 0, 1, 1e-300, 1]\n";
        let mdp = Model::parse("excess.yaml", text).unwrap().mdp();
        let policy = Policy::uniform(mdp.space());
        let cost = check_cost(
            (&mdp, &policy),
            Sampling::Episodic,
            50_000_000,
            20,
            Fate::Summed,
        );
        assert!(matches!(cost, Err(Error::CostlySample { .. })), "{cost:?}");
    }
}
