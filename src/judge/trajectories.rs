//! A user's trajectories: first the data against the model, then the numbers that estimators must
//! give on exactly these against those that the user has.

mod batch;
mod biased;
mod by_name;
mod chance;
mod columns;
mod count;
mod credit;
mod data;
mod fitted;
mod given;
mod held;
mod layouts;
mod lengths;
mod logs;
mod matched;
mod mistakes;
mod names;
mod noise;
mod numbered;
mod read;
mod score;
mod sums;
mod written;

pub use columns::{Cell, Columns, TrajectoryColumn};
pub use count::GoodnessOfFit;
pub use data::Impossible;
pub use given::{Claim, Trajectories, Trajectory, TrajectoryOptions};
pub(crate) use held::{BEFORE_RATIOS, WITHOUT_RATIOS};
pub use matched::Held;
pub use names::NotRead;

use super::Verdict;
use super::bench::Bench;
use super::search::Diagnosis;
use crate::error::Error;
use crate::estimator::{Baseline, Critic, Differential, Estimator, Sampling, parse_list};
use crate::mdp::{Criterion, Mdp};
use crate::reference::{Estimate, Fixtures, LibraryForm, Recorded, Steps};
use crate::solved::Solved;
use crate::trajectory::Record;
use batch::Batch;
use data::Data;
use noise::Noise;

/// Trajectories held against a model and a policy.
#[derive(Clone, Debug)]
pub struct TrajectoryJudgment {
    /// `wrong` where something is impossible or a number of the user's is, `inconsistent` where
    /// chance is not what it should be, `right` where all numbers that are given agree,
    /// `consistent` where none are given.
    pub verdict: Verdict,
    /// N.
    pub trajectories: usize,
    /// Steps of all of them.
    pub steps: usize,
    /// What cannot happen, the first of each kind in full.
    pub impossible: Vec<Impossible>,
    /// How many things could not happen.
    pub impossible_count: usize,
    /// Goodness of fit of starts, actions, transitions and rewards.
    pub tests: Vec<GoodnessOfFit>,
    /// The given log π against log π.
    pub log_probabilities: Option<Held>,
    /// What explains what is wrong with the data.
    pub diagnoses: Vec<Diagnosis>,
    /// The numbers that each estimator must give on exactly these; `None` where there are none.
    pub fixtures: Option<Fixtures>,
    /// What libraries compute on them.
    pub forms: Vec<LibraryForm>,
    /// Why not, or which estimators are left out and why.
    pub left_out: Option<String>,
    /// What the user gives against them.
    pub given: Vec<Held>,
    /// The columns that were not read.
    pub not_read: Vec<NotRead>,
    /// The probability that right data are called inconsistent.
    pub false_alarm_rate: f64,
}

/// Estimators that a user's numbers are held against where none is named.
const CANDIDATES: &str = "total-return,reward-to-go,reward-to-go:dropped,baseline:v,baseline:v:dropped,q,q:dropped,advantage,advantage:dropped,td-residual,td-residual:dropped,gae:0.95,gae:0.95:dropped";

/// Could these trajectories be of the model under the policy, and are the numbers right that the
/// user makes of them?
///
/// # Errors
/// [`Error::Length`] where a number stands for no step, trajectory or parameter, and as
/// [`Fixtures::new`] for an estimator that is named.
pub fn trajectories(
    solved: &Solved,
    given: &Trajectories,
    options: &TrajectoryOptions,
) -> Result<TrajectoryJudgment, Error> {
    let (mdp, policy) = (solved.mdp().as_ref(), solved.policy().as_ref());
    let actor = options.behavior.as_ref().unwrap_or(policy);
    let data = Data::new(mdp, actor, given);
    let tests = data.tests(options.false_alarm);
    let bench = Bench::new(solved);
    let log_probabilities = logs::log_probabilities(&bench, given, &data);
    let (fixtures, left_out) = match data.record() {
        Ok(record) => estimates(solved, given, options, record)?,
        Err(why) => (None, Some(why)),
    };
    let forms = fixtures
        .as_ref()
        .map(|x| x.forms(mdp.discount(), x.share(mdp)));
    let forms = forms.unwrap_or_default();
    let held = match &fixtures {
        Some(fixtures) if !given.claims.is_empty() => {
            let known = known(&bench, given, options, (fixtures, &forms), &data)?;
            let mut held = held::claims(given, options, &known)?;
            if left_out.is_some() {
                held.iter_mut().for_each(Held::open);
            }
            biased::mark(solved, options, &mut held);
            held
        }
        _ => Vec::new(),
    };
    let diagnoses = data.diagnoses(&tests);
    let is_wrong = |held: &Held| held.verdict == Verdict::Wrong;
    let numbers = || held.iter().chain(&log_probabilities);
    let verdict = if data.count > 0 || numbers().any(is_wrong) {
        Verdict::Wrong
    } else if tests
        .iter()
        .any(|test| test.verdict == Verdict::Inconsistent)
    {
        Verdict::Inconsistent
    } else if numbers().any(|held| held.verdict == Verdict::CannotBeTold) {
        Verdict::CannotBeTold
    } else if numbers().next().is_some() {
        Verdict::Right
    } else {
        Verdict::Consistent
    };
    Ok(TrajectoryJudgment {
        verdict,
        trajectories: given.each.len(),
        steps: given.steps(),
        impossible_count: data.count,
        impossible: data.impossible,
        tests,
        log_probabilities,
        diagnoses,
        forms,
        fixtures,
        left_out,
        given: held,
        not_read: given.not_read.clone(),
        false_alarm_rate: options.false_alarm,
    })
}

/// What is known of the trajectories, right and wrong.
fn known<'a>(
    bench: &'a Bench<'a>,
    given: &Trajectories,
    options: &TrajectoryOptions,
    (fixtures, forms): (&'a Fixtures, &'a [LibraryForm]),
    data: &Data,
) -> Result<held::Known<'a>, Error> {
    let share = fixtures.share(bench.mdp);
    let steps = Steps {
        fixtures,
        discount: bench.mdp.discount(),
        share,
    };
    let of_credits = Noise::of_credits(&steps);
    let mut credits = steps.mistakes(of_credits);
    if options.entropy.is_none() && options.critic == Critic::Exact {
        credits.extend(credit::of_signals(bench, fixtures, of_credits));
    }
    Ok(held::Known {
        of_credits,
        of_sums: Noise::of_sums(bench, &steps, share),
        forms,
        wrong: elsewhere(bench, given, options, data)?,
        credits,
        scores: score::scores(bench, fixtures, share),
        steps,
        bench,
    })
}

/// The fixtures with the entropy left out or its sign changed, and with the policy at temperature 1.
fn elsewhere(
    bench: &Bench,
    given: &Trajectories,
    options: &TrajectoryOptions,
    data: &Data,
) -> Result<Vec<(&'static str, Fixtures)>, Error> {
    let own = Solved::new(bench.mdp.clone(), bench.policy.clone())?;
    let mut others = Vec::new();
    if let Some(alpha) = options.entropy.filter(|alpha| *alpha != 0.0) {
        others.push(("entropy-forgotten", own.clone(), None));
        others.push(("entropy-sign", own, Some(-alpha)));
    }
    if let Some((policy, _)) = bench.at_temperature_one()? {
        // v may not exist there
        let cold = Solved::new(bench.mdp.clone(), policy).ok();
        others.extend(cold.map(|cold| ("temperature-forgotten", cold, options.entropy)));
    }
    let mut all = Vec::new();
    for (name, solved, entropy) in others {
        let options = TrajectoryOptions {
            entropy,
            ..options.clone()
        };
        if let Ok(record) = data.record()
            && let Ok((Some(fixtures), _)) = estimates(&solved, given, &options, record)
        {
            all.push((name, fixtures));
        }
    }
    Ok(all)
}

/// The fixtures of a record, and what had to be left out.
#[allow(clippy::type_complexity)] // an answer, and why it is not whole
fn estimates(
    solved: &Solved,
    given: &Trajectories,
    options: &TrajectoryOptions,
    mut record: Record,
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
    let sampling = match &differential {
        Some(_) => Sampling::LongRun(longest),
        None => match Sampling::own(mdp, policy)? {
            Sampling::Infinite => Sampling::Truncated(longest),
            own => own,
        },
    };
    if differential.is_some() {
        // what is paid is the difference from the gain
        let paid = record.rewards.iter_mut().zip(&record.pairs);
        paid.for_each(|(reward, &pair)| *reward -= mdp.r()[pair] - model.r()[pair]);
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
    if let Some(baseline) = &options.baseline {
        all.push(Estimator::baselined(Baseline::File(baseline.clone())));
    }
    let critic = &options.critic;
    let all = all.into_iter().map(|one| one.with_critic(critic.clone()));
    all.collect()
}

/// Whether the state behind the last step is not told, and may have a value: it has none at the horizon, and where every
/// outcome of the step ends.
fn is_blind(one: &Trajectory, mdp: &Mdp) -> bool {
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
