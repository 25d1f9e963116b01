//! log π(Aₜ|Sₜ) of every step, against the log π that a user has.

use super::data::Data;
use super::given::Trajectories;
use super::matched::{Candidate, Held, diagnosis, held, named};
use super::noise::Noise;
use super::written::Own;
use crate::judge::bench::Bench;
use crate::judge::mistake;
use crate::judge::search::Diagnosis;
use crate::policy::{Parametrization, Policy};
use crate::trajectory::Record;

/// log π(Aₜ|Sₜ) of every step, where it is given: of the policy, or of who acted.
pub(super) fn log_probabilities(bench: &Bench, given: &Trajectories, data: &Data) -> Option<Held> {
    let own = given.each.iter().map(|one| one.log_probabilities.clone());
    let own: Option<Vec<Vec<f64>>> = own.collect();
    let own = own.filter(|own| !own.is_empty())?;
    let record = data.record().ok()?;
    let candidate = |name: &str, policy: &Policy| Candidate {
        name: name.into(),
        rows: by_step(&record, |at| Some(record.pairs[at]), &logs(policy)).into(),
    };
    let mut right = vec![candidate("log π", bench.policy)];
    if !std::ptr::eq(data.actor, bench.policy) {
        // what a log keeps
        right.push(candidate("log π of who acted", data.actor));
    }
    let map = |name: &str, f: &dyn Fn(f64) -> f64| {
        let rows = right[0].rows.iter();
        let rows = rows.map(|row| row.iter().map(|x| f(*x)).collect());
        (diagnosis(name), rows.collect::<Vec<Vec<f64>>>())
    };
    let mut mistakes = vec![
        map("sign", &|x| -x),
        map("no-logarithm", &f64::exp),
        map("logarithm-of-base-2", &|x| x / 2f64.ln()),
    ];
    mistakes.extend(of_other_policies(bench, &record));
    mistakes.extend(of_other_pairs(bench, &record, &own));
    let name = Some("log π".into());
    // log π = θ − log Σ exp θ is a difference of numbers of this size at least
    let noise = Noise::of(1.0);
    Some(held(
        ("log_probabilities", name),
        Own::new(&own),
        &right,
        &mistakes,
        noise,
    ))
}

fn logs(policy: &Policy) -> Vec<f64> {
    let logs = policy.log_probabilities().into_iter();
    logs.map(|log| log.unwrap_or(f64::NEG_INFINITY)).collect()
}

/// A number of a pair \[SA\] at every step; NaN where there is no pair.
fn by_step(record: &Record, pair: impl Fn(usize) -> Option<usize>, of: &[f64]) -> Vec<Vec<f64>> {
    let rows = record.start.windows(2).map(|ends| {
        let steps = ends[0]..ends[1];
        let at = |at| pair(at).map_or(f64::NAN, |pair| of[pair]);
        steps.map(at).collect()
    });
    rows.collect()
}

/// The logarithms at temperature 1, of uniform actions, and logits.
fn of_other_policies(bench: &Bench, record: &Record) -> Vec<(Diagnosis, Vec<Vec<f64>>)> {
    let space = bench.mdp.space();
    let own = |of: &[f64]| by_step(record, |at| Some(record.pairs[at]), of);
    let mut all = Vec::new();
    if let Ok(Some((policy, _))) = bench.at_temperature_one() {
        let says = "π was taken at τ = 1".to_string();
        all.push((named("temperature-forgotten", says), own(&logs(&policy))));
    }
    for logits in logits(bench.policy) {
        all.push((diagnosis("logits"), own(&logits)));
    }
    if let Parametrization::Factored(profile) = bench.policy.parametrization() {
        let each = profile.factors().iter().zip(profile.players().names());
        all.extend(each.map(|(factor, name)| {
            let alone = logs(factor.policy());
            let alone: Vec<f64> = (0..space.pairs()).map(|pair| alone[factor.own(pair)]).collect();
            let says = format!(
                "log π of the own action of `{name}`: an action is that of all players, whose factors are missing"
            );
            (named("player-alone", says), own(&alone))
        }));
    }
    let alike = |pair| -(space.pairs_of(space.state_of(pair)).len() as f64).ln();
    let alike: Vec<f64> = (0..space.pairs()).map(alike).collect();
    all.push((diagnosis("policy-uniform"), own(&alike)));
    all
}

/// θ(s, a), or θᵀφ(s, a), over τ and as it is \[SA\].
fn logits(policy: &Policy) -> Vec<Vec<f64>> {
    let Some(theta) = policy.theta() else {
        return Vec::new();
    };
    let (logits, temperature) = match policy.parametrization() {
        Parametrization::Softmax(family) => (theta.to_vec(), family.temperature),
        Parametrization::LogLinear(family) => (family.features.mul(theta), family.temperature),
        _ => return Vec::new(),
    };
    let divided = logits.iter().map(|x| x / temperature).collect();
    vec![divided, logits]
}

/// log π at another state or action than the step's own.
fn of_other_pairs(
    bench: &Bench,
    record: &Record,
    given: &[Vec<f64>],
) -> Vec<(Diagnosis, Vec<Vec<f64>>)> {
    let space = bench.mdp.space();
    let logs = logs(bench.policy);
    let ends: Vec<usize> = record.start.iter().skip(1).copied().collect();
    let same = |at: usize, other: usize| {
        // within one trajectory
        let end = ends.partition_point(|end| *end <= at);
        other < record.pairs.len() && ends.partition_point(|end| *end <= other) == end
    };
    let state = |at: usize| space.state_of(record.pairs[at]);
    let action = |at: usize| space.action_of(record.pairs[at]);
    let reversed = |at: usize| {
        let pairs = space.pairs_of(state(at));
        Some(pairs.start + pairs.end - 1 - record.pairs[at])
    };
    let next = |at: usize| {
        let next = Some(record.next[at]).filter(|s| *s < space.states())?;
        space.pair(next, action(at))
    };
    let later = |at: usize| {
        let there = same(at, at + 1).then_some(at + 1)?;
        space.pair(state(at), action(there))
    };
    let of = |name: &str, says: &str, pair: &dyn Fn(usize) -> Option<usize>| {
        let mut rows = by_step(record, pair, &logs);
        let mut any = false;
        for (x, own) in rows.iter_mut().flatten().zip(given.iter().flatten()) {
            // what stands where there is no such pair is anyone's guess
            if x.is_nan() {
                *x = *own;
            } else {
                any = true;
            }
        }
        any.then(|| (named(name, says.to_string()), rows))
    };
    let all = [
        of(
            "action-reversed",
            mistake::says("action-reversed"),
            &reversed,
        ),
        of("action-shifted", mistake::says("action-shifted"), &later),
        of(
            "score-of-next",
            "log π is taken at the next state: log π(Aₜ|Sₜ₊₁)",
            &next,
        ),
    ];
    all.into_iter().flatten().collect()
}
