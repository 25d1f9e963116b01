//! A user's trajectories: first the data against the model, then the numbers that estimators must
//! give on exactly these against those that the user has.

mod batch;
mod behind;
mod biased;
mod bonus;
mod buffers;
mod by_name;
mod by_psi;
mod chance;
mod columns;
mod constant;
mod count;
mod credit;
mod data;
mod fitted;
mod given;
mod held;
mod lasts;
mod layouts;
mod lengths;
mod logs;
mod made;
mod matched;
mod mistakes;
mod multiples;
mod names;
mod noise;
mod numbered;
mod read;
mod readings;
mod rectangles;
mod reordered;
mod rows;
mod schemes;
mod score;
mod sums;
mod weighed;
mod whitened;
mod written;
mod wrong_sums;

pub use columns::{Cell, Columns, TrajectoryColumn};
pub use count::GoodnessOfFit;
pub use data::Impossible;
pub use given::{Claim, Trajectories, Trajectory, TrajectoryOptions};
pub use matched::Held;
pub use names::NotRead;
pub(crate) use weighed::{BEFORE_RATIOS, WITHOUT_RATIOS};

use super::Verdict;
use super::bench::Bench;
use super::search::Diagnosis;
use crate::error::Error;
use crate::estimator::{Critic, Estimator};
use crate::mdp::Criterion;
use crate::reference::{Fixtures, LibraryForm, Steps};
use crate::solved::Solved;
use data::Data;
use held::RATIOS_MISSING;
use made::estimates;
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
    let given = &*rectangles::without_absent_pairs(given, policy);
    let data = Data::new(mdp, actor, given);
    let tests = data.tests(options.false_alarm);
    let bench = Bench::new(solved);
    let log_probabilities = logs::log_probabilities(&bench, given, &data);
    let told = behind::told(solved, given, options)?;
    let of_numbers = Data::new(mdp, actor, &told);
    let (fixtures, left_out) = match of_numbers.record() {
        Ok(record) => estimates(solved, &told, options, (record, false))?,
        Err(why) => (None, Some(why)),
    };
    let forms = fixtures
        .as_ref()
        .map(|x| x.forms(mdp.discount(), x.share(mdp)));
    let forms = forms.unwrap_or_default();
    let held = match &fixtures {
        Some(fixtures) if !given.claims.is_empty() => {
            let known = known(&bench, &told, options, (fixtures, &forms), &of_numbers)?;
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
    let mut credits = steps.mistakes(of_credits, lambda_of(options));
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

/// The λ of the estimator that is named, and else the usual one.
fn lambda_of(options: &TrajectoryOptions) -> f64 {
    let named = options.named.as_ref().and_then(Estimator::lambda);
    named.map_or(0.95, |lambda| lambda.to_f64())
}

/// The fixtures with the entropy left out or its sign changed, with the policy at temperature 1, with the gain forgotten, and
/// without the ratios of who acted.
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
        others.push(("entropy-sign", own.clone(), Some(-alpha)));
    }
    if let Some((policy, _)) = bench.at_temperature_one()? {
        // v may not exist there
        let cold = Solved::new(bench.mdp.clone(), policy).ok();
        others.extend(cold.map(|cold| ("temperature-forgotten", cold, options.entropy)));
    }
    let mut all = Vec::new();
    if *bench.mdp.criterion() == Criterion::Average
        && let Ok(record) = data.record()
        && let Ok((Some(fixtures), _)) = estimates(&own, given, options, (record, true))
    {
        all.push(("gain-forgotten", fixtures));
    }
    let bare = TrajectoryOptions {
        behavior: None,
        ..options.clone()
    };
    if options.behavior.is_some()
        && let Ok(record) = data.record()
        && let Ok((Some(fixtures), _)) = estimates(&own, given, &bare, (record, false))
    {
        all.push((RATIOS_MISSING, fixtures));
    }
    for (name, solved, entropy) in others {
        let options = TrajectoryOptions {
            entropy,
            ..options.clone()
        };
        if let Ok(record) = data.record()
            && let Ok((Some(fixtures), _)) = estimates(&solved, given, &options, (record, false))
        {
            all.push((name, fixtures));
        }
    }
    Ok(all)
}
