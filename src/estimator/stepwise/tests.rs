//! Passes against single steps, over exact fractions: equal to the last digit.

use std::sync::Arc;

use super::*;
use crate::estimator::kurtosis::standardised;
use crate::estimator::tests::examples::*;
use crate::estimator::{Estimator, Experiment, Sampling, kurtosis, moments, parse_list};
use crate::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use crate::number::Rational;
use crate::policy::{Policy, Specification};

const SERVED: &str = "total-return,total-return:2,total-return:discounted,reward-to-go,reward-to-go:dropped,\
                      baseline:3,baseline:v,q,advantage,advantage:dropped";
/// What is served where nothing depends on the time.
const STATIONARY: &str =
    "td-residual,td-residual:dropped,gae:1/2,reward-to-go:bootstrapped,lambda-return:1/2";

/// A model whose rewards depend on the next state, and one whose do not.
fn examples() -> Vec<(Mdp<Rational>, Policy<Rational>)> {
    let discount = q(3, 4);
    let (goes_on, direct) = appendix_c();
    let goes_on = goes_on.under(Criterion::Discounted { discount });
    let discount = q(3, 4);
    vec![
        episodic(Criterion::Discounted { discount }),
        (goes_on, direct),
    ]
}

/// Each estimator that is served, over a few steps.
fn for_each(mut f: impl FnMut(&str, Stepwise<Rational>, &Recursion<Rational>)) {
    for (mdp, policy) in examples() {
        for horizon in [1, 2, 3, 7] {
            let discount = q(2, 3);
            let ends = Criterion::FiniteHorizon { horizon, discount };
            let ends = mdp.clone().under(ends);
            let cut = Sampling::Truncated(horizon);
            let experiments = [
                (&mdp, cut, SERVED),
                (&mdp, cut, STATIONARY),
                (&ends, Sampling::FiniteHorizon(horizon), SERVED),
            ];
            for (mdp, sampling, names) in experiments {
                let experiment = Experiment::new(mdp, &policy, sampling, &options()).unwrap();
                let estimators: Vec<Estimator> = parse_list(names, true).unwrap();
                for estimator in estimators {
                    let recursion = Recursion::new(&experiment.resolve(&estimator).unwrap());
                    let name = format!("{estimator}, {sampling:?}");
                    let plan = Stepwise::new(experiment.process(), &recursion);
                    f(&name, plan.expect(&name), &recursion);
                }
            }
        }
    }
}

#[test]
fn second_moments_are_those_of_single_steps() {
    for_each(|name, plan, recursion| {
        let top = &recursion.top;
        let stepwise = moments::second(plan.process, recursion, top, top, true).unwrap();
        let in_passes = plan.second_by_columns(true);
        assert_eq!(in_passes.diagonal(), stepwise.diagonal(), "{name}");
        assert_eq!(
            plan.second_by_columns(false).diagonal(),
            stepwise.diagonal(),
            "{name}"
        );
        assert_eq!(in_passes.whole(), stepwise.whole(), "{name}");
    });
}

#[test]
fn moments_by_visits_are_those_of_single_steps() {
    for_each(|name, plan, recursion| {
        let Some(state_of) = tabular::states_of(plan.process) else {
            return;
        };
        let top = &recursion.top;
        let second = moments::second(plan.process, recursion, top, top, false).unwrap();
        assert_eq!(plan.powers_of(&state_of, 2)[1], second.diagonal(), "{name}");
        let mean = moments::mean(plan.process, recursion, top).unwrap();
        let known = plan.powers_of(&state_of, 4);
        assert_eq!(known[0], mean, "{name}");
        assert_eq!(known[1], second.diagonal(), "{name}");
        let stepwise = kurtosis::kurtosis(plan.process, recursion, None).unwrap();
        let of = |k: usize| standardised(std::array::from_fn(|n| known[n][k].clone()));
        let in_passes: Vec<Rational> = (0..state_of.len()).map(of).collect();
        assert_eq!(in_passes, stepwise.unwrap(), "{name}");
    });
}

/// In floating point, on a model that is worth passes: 40 states, 4 actions, half of them paid by where they
/// lead. To rounding of sums over 12 steps.
#[test]
fn passes_over_a_larger_model_are_the_single_steps() {
    let (states, actions) = (40, 4);
    let ninth = |i: usize| 0.1 * ((i % 9) as f64) - 0.3;
    let outcome = |s: usize, a: usize, i: usize| {
        let by_outcome = [5 * i, 0][a % 2];
        let next = (7 * s + 11 * a * a + 13 * i * i + i) % states;
        (next, [0.5, 0.25, 0.25][i], ninth(s + 4 * a + by_outcome))
    };
    let rows: Vec<Vec<Action>> = (0..states)
        .map(|s| {
            let row = |a| (0..3).map(|i| outcome(s, a, i)).collect();
            (0..actions).map(row).collect()
        })
        .collect();
    let mdp = of_rows(&rows, Criterion::Discounted { discount: 0.9 });
    let policy = Policy::from_specification(mdp.space(), &Specification::default()).unwrap();
    let theta = (0..policy.parameters()).map(ninth).collect();
    let policy = policy.with_theta(theta).unwrap();
    let sampling = Sampling::Truncated(12);
    let experiment = Experiment::new(&mdp, &policy, sampling, &options()).unwrap();
    let near = |x: &[f64], y: &[f64], name: &str| {
        let size = y.iter().map(|y| y.abs()).fold(0.0, f64::max);
        let off = x
            .iter()
            .zip(y)
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f64::max);
        assert!(off <= 1e-13 * size, "{name}: {off} of {size}");
    };
    for name in [
        "total-return:2",
        "reward-to-go:dropped",
        "baseline:v",
        "advantage",
        "td-residual",
    ] {
        let recursion = Recursion::new(&experiment.resolve(&name.parse().unwrap()).unwrap());
        let plan = Stepwise::new(experiment.process(), &recursion).unwrap();
        let top = &recursion.top;
        let stepwise = moments::second(plan.process, &recursion, top, top, true).unwrap();
        let whole = plan.second(true).expect("it is large").whole().unwrap();
        near(
            plan.second(false).unwrap().diagonal().as_slice(),
            &stepwise.diagonal(),
            name,
        );
        near(whole.as_slice(), stepwise.whole().unwrap().as_slice(), name);
    }
}

/// (next state, probability, reward) of each outcome.
type Action = Vec<(usize, f64, f64)>;

fn of_rows(rows: &[Vec<Action>], criterion: Criterion<f64>) -> Mdp<f64> {
    let sets = rows.iter().map(|row| (0..row.len() as u32).collect());
    let space = Space::new(Names::Numbered(rows.len()), Names::Numbered(4), sets).unwrap();
    let mut outcomes = OutcomeTable::default();
    for row in rows.iter().flatten() {
        row.iter()
            .for_each(|&(next, p, r)| outcomes.push(next, p, r));
        outcomes.end_pair();
    }
    let initial = vec![1.0 / rows.len() as f64; rows.len()];
    Mdp::new(MdpParts {
        name: "larger".into(),
        space: Arc::new(space),
        outcomes,
        initial,
        criterion,
    })
    .unwrap()
}
