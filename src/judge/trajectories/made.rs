//! The numbers that estimators give on trajectories, and what cannot be known of them where the state behind a last step is not told.

use super::batch::{self, Batch};
use super::given::{Trajectories, Trajectory, TrajectoryOptions};
use crate::error::Error;
use crate::estimator::{Differential, Estimator, Sampling, parse_list};
use crate::mdp::{Criterion, Mdp};
use crate::reference::{Estimate, Fixtures, Recorded};
use crate::solved::Solved;
use crate::trajectory::Record;

/// Estimators that a user's numbers are held against where none is named.
const CANDIDATES: &str = "total-return,reward-to-go,reward-to-go:dropped,baseline:v,baseline:v:dropped,q,q:dropped,advantage,advantage:dropped,td-residual,td-residual:dropped,gae:0.95,gae:0.95:dropped";

/// The fixtures of a record, and what had to be left out; under the average reward with the gain still in the rewards, where
/// somebody forgot it.
#[allow(clippy::type_complexity)] // an answer, and why it is not whole
pub(super) fn estimates(
    solved: &Solved,
    given: &Trajectories,
    options: &TrajectoryOptions,
    (mut record, keeps_gain): (Record, bool),
) -> Result<(Option<Fixtures>, Option<String>), Error> {
    let policy = solved.policy().as_ref();
    let soft = options.entropy.map(|alpha| {
        let logs = policy.log_probabilities();
        let bonus = |log: &Option<f64>| -alpha * log.unwrap_or(0.0);
        let bonus: Vec<f64> = logs.iter().map(bonus).collect();
        let paid = record.rewards.iter_mut().zip(&record.pairs);
        paid.for_each(|(reward, &pair)| *reward += bonus[pair]);
        solved.mdp().as_ref().clone().with_bonus(&bonus)
    });
    let mdp = soft.as_ref().unwrap_or(solved.mdp().as_ref());
    let longest = record.lengths().into_iter().max().unwrap_or(0).max(1);
    let alike = record.lengths().iter().all(|length| *length == longest);
    let differential = match mdp.criterion() {
        Criterion::Average if !alike => {
            let why = "an estimate of the average reward takes runs of one length";
            return Ok((None, Some(why.into())));
        }
        Criterion::Average => match Differential::new(mdp, policy, solved.options()) {
            Ok(differential) => Some(differential),
            Err(error) => return Ok((None, Some(error.to_string()))),
        },
        _ => None,
    };
    let model = differential.as_ref().map_or(mdp, Differential::model);
    let sampling = match (&differential, Sampling::own(mdp, policy)) {
        (Some(_), _) => Sampling::LongRun(longest),
        (None, Ok(Sampling::Infinite)) => Sampling::Truncated(longest),
        (None, own) => own?,
    };
    if differential.is_some() && !keeps_gain {
        // what is paid is the difference from the gain
        let paid = record.rewards.iter_mut().zip(&record.pairs);
        // in this order: r − g without an offset that all rewards share has digits that g has not
        paid.for_each(|(reward, &pair)| *reward = (*reward - mdp.r()[pair]) + model.r()[pair]);
    }
    let all = candidates(given, options, mdp, differential.is_some())?;
    let blind = given.each.iter().any(|one| is_blind(one, mdp));
    let asks = |e: &Estimator| e.bootstraps() && !e.takes_cuts_for_ends();
    let seen = all.into_iter().filter(|e| !blind || !asks(e));
    let seen: Vec<Estimator> = seen.collect();
    let left_out = blind.then(|| {
        "what bootstraps is left out: the state after the last step is not always given (next_states, \
         or one more entry of states)"
            .to_string()
    });
    let behavior = options.behavior.as_ref();
    let drawn = Recorded {
        critic: &options.critic,
        behavior,
        record,
    };
    let parts = batch::parts(&seen, behavior.is_some())?;
    match Fixtures::of(model, policy, &parts, sampling, drawn) {
        Ok(mut fixtures) => {
            blinded(&mut fixtures, given, mdp);
            let made = of_batches(&fixtures, model, &seen, (given, options));
            fixtures.estimates.extend(made);
            Ok((Some(fixtures), left_out))
        }
        Err(error) if options.named.is_some() => Err(error),
        Err(error) => Ok((None, Some(error.to_string()))),
    }
}

/// The numbers of estimators that are functions of all trajectories together.
fn of_batches(
    fixtures: &Fixtures,
    model: &Mdp,
    all: &[Estimator],
    (given, options): (&Trajectories, &TrajectoryOptions),
) -> Vec<Estimate> {
    let batch = Batch {
        fixtures,
        discount: model.discount(),
        share: fixtures.share(model),
    };
    let whole = all.iter().filter(|estimator| estimator.is_of_batch());
    let made = whole.filter_map(|estimator| {
        let named = options.named.as_ref().map(ToString::to_string);
        let own = estimator.to_string();
        let claims = given.claims.iter();
        let claims = claims.filter(|one| one.name.as_ref().or(named.as_ref()) == Some(&own));
        batch.made(estimator, &claims.collect::<Vec<_>>())
    });
    made.collect()
}

/// The estimators that an estimate may be of: the one that is named, or all that a sum over these trajectories
/// makes sense of, with the critic that is given.
fn candidates(
    given: &Trajectories,
    options: &TrajectoryOptions,
    mdp: &Mdp,
    is_long_run: bool,
) -> Result<Vec<Estimator>, Error> {
    let all = match &options.named {
        Some(named) => vec![named.clone()],
        None if is_long_run => parse_list(
            "total-return,reward-to-go,baseline:v,q,advantage,td-residual,gae:0.95",
            false,
        )?,
        None => parse_list(CANDIDATES, mdp.discount() < 1.0)?,
    };
    let mut all = claimed(all, given, mdp)?;
    if let Some(b) = &options.baseline {
        let own = Estimator::with_own_baseline(b, mdp.discount() < 1.0 && !is_long_run);
        all.extend(
            own.into_iter()
                .filter(|one| Some(one) != options.named.as_ref()),
        );
    }
    let critic = &options.critic;
    let all = all.into_iter().map(|one| one.with_critic(critic.clone()));
    all.collect()
}

/// Whether the state behind the last step is not told, and may have a value: it has none at the horizon, and where every
/// outcome of the step ends.
pub(super) fn is_blind(one: &Trajectory, mdp: &Mdp) -> bool {
    let Some(last) = one.actions.len().checked_sub(1) else {
        return false;
    };
    let ended = one.terminated.as_ref().is_some_and(|flags| flags[last]);
    let at_horizon =
        matches!(mdp.criterion(), Criterion::FiniteHorizon { horizon, .. } if last + 1 >= *horizon);
    let ends = |pair: usize| {
        let mut outcomes = mdp
            .outcomes(pair)
            .filter(|outcome| *outcome.probability > 0.0);
        outcomes.all(|outcome| mdp.space().is_terminal(outcome.next))
    };
    let only_ends = || {
        let pair = mdp.space().pair(one.states[last], one.actions[last]);
        pair.is_some_and(ends)
    };
    one.next[last].is_none() && !ended && !at_horizon && !only_ends()
}

/// Says of a trajectory whose last state is not known that it is cut, unless it says otherwise, and
/// that v(S_T) is unknown.
fn blinded(fixtures: &mut Fixtures, given: &Trajectories, mdp: &Mdp) {
    for (i, one) in given.each.iter().enumerate() {
        let Some(last) = one.actions.len().checked_sub(1) else {
            continue;
        };
        if is_blind(one, mdp) {
            fixtures.terminated[i][last] = false;
            fixtures.truncated[i][last] = true;
            fixtures.v_next[i][last] = f64::NAN;
        }
    }
}

/// Also the estimators whose numbers the user gives by name.
///
/// Errors with [`Error::UnknownEstimator`] for a name of none; that of a baseline from a file is known to who gives it.
fn claimed(
    mut all: Vec<Estimator>,
    given: &Trajectories,
    mdp: &Mdp,
) -> Result<Vec<Estimator>, Error> {
    let names = given
        .claims
        .iter()
        .filter_map(|claim| claim.name.as_deref());
    for name in names.filter(|name| !name.starts_with("baseline:file")) {
        for estimator in parse_list(name, mdp.discount() < 1.0)? {
            if !all.contains(&estimator) {
                all.push(estimator);
            }
        }
    }
    Ok(all)
}
