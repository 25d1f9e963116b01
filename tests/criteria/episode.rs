//! Total reward: how long episodes last (theory, 2.3), improper policies (section 0).

use exact_mdp::chain::{Chain, Dynamics};
use exact_mdp::error::Error;
use exact_mdp::evaluation::{Episode, Evaluation};
use exact_mdp::field::Field;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::number::Rational;
use exact_mdp::policy::Policy;

use crate::criteria::models::{Random, f, model, q};

fn episode(mdp: &Mdp<Rational>) -> Result<(Evaluation<Rational>, Episode<Rational>), Error> {
    let policy = Policy::uniform(mdp.space());
    let options = SolverOptions::default();
    let chain = Chain::new(mdp, &policy, &options)?;
    let evaluation = chain.evaluate(mdp, &policy)?;
    let episode = Episode::new(mdp, &policy, &chain, &evaluation.occupancy, &options)?;
    Ok((evaluation, episode))
}

/// From 0 with probability 1/3 to the end: L is geometric, E L = 3, E L² = (2 − p)/p² = 15.
#[test]
fn a_geometric_episode_has_the_moments_of_the_geometric_law() {
    let table = vec![
        vec![vec![(0, q(2, 3), q(1, 1)), (1, q(1, 3), q(1, 1))]],
        vec![],
    ];
    let mdp = model(table, vec![q(1, 1), q(0, 1)], Criterion::Total);
    let (_, total) = episode(&mdp).unwrap();
    let length = total.length.unwrap();
    assert_eq!((length.mean, length.second_moment), (q(3, 1), q(15, 1)));
    assert_eq!((total.discounted_end, total.constant), (q(1, 1), q(3, 1)));
    let discounted = mdp
        .with_criterion(Criterion::Discounted { discount: q(1, 2) })
        .unwrap();
    let (_, half) = episode(&discounted).unwrap();
    // E γᴸ = γp/(1 − γ(1 − p))
    assert_eq!(half.discounted_end, q(1, 4));
    assert_eq!(half.constant, (q(1, 1) - q(1, 4)) / q(1, 2));
    assert_eq!(half.length.unwrap().second_moment, q(15, 1));
}

/// Marks 1.11, 1.12, 2.5 and 2.8 on random models: the moments against the series of the
/// probabilities that L > t, exactly up to a tail that is bounded by its geometric decay.
#[test]
fn moments_of_the_length_are_the_series_of_its_tail() {
    let mut proper = 0;
    for seed in 0..200 {
        let mdp = Random::new(seed).model(4, 1, Criterion::Total);
        let Ok((evaluation, episode)) = episode(&mdp) else {
            continue;
        };
        proper += 1;
        let length = episode.length.unwrap();
        assert_eq!(length.mean, episode.constant);
        let policy = Policy::uniform(mdp.space());
        let dynamics = Dynamics::proper(&mdp, &policy).unwrap().0;
        let p = dynamics.p().map(f);
        let mut alive: Vec<f64> = dynamics.initial().iter().map(f).collect();
        let (mut mean, mut second) = (0.0, 0.0);
        for t in 0..20_000 {
            let tail: f64 = alive.iter().sum();
            mean += tail;
            second += (2 * t + 1) as f64 * tail;
            alive = p.mul_transposed(&alive);
        }
        let close = |x: f64, y: f64| (x - y).abs() <= 1e-11 * y.abs();
        assert!(close(mean, f(&length.mean)));
        assert!(close(second, f(&length.second_moment)));
        let sum = episode.on_policy.iter().fold(q(0, 1), |sum, x| sum + x);
        assert!(sum == q(1, 1) || evaluation.occupancy.iter().all(Field::is_zero));
    }
    assert!(proper > 50);
}

/// Below γ = 1 the mass of the occupancy is (1 − E γᴸ)/(1 − γ), also where episodes may not end.
#[test]
fn the_constant_of_proportionality_is_the_mass_of_the_occupancy() {
    let mut endless = 0;
    for seed in 0..100 {
        let criterion = Criterion::Discounted { discount: q(4, 5) };
        let mdp = Random::new(seed).model(4, 1, criterion);
        let (_, episode) = episode(&mdp).unwrap();
        assert_eq!(
            episode.constant,
            (q(1, 1) - episode.discounted_end) / q(1, 5)
        );
        endless += episode.length.is_none() as usize;
    }
    assert!(endless > 5);
}

/// 0 may go round with 1 for ever or end; the policy that is asked about never ends from 1.
#[test]
fn an_improper_policy_is_named_with_the_actions_to_blame_and_the_mend() {
    let table = vec![
        vec![vec![(1, q(1, 1), q(0, 1))], vec![(2, q(1, 1), q(0, 1))]],
        vec![vec![(1, q(1, 1), q(1, 1))]],
        vec![],
    ];
    let initial = vec![q(1, 1), q(0, 1), q(0, 1)];
    let error = episode(&model(table, initial, Criterion::Total)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "at discount 1 the policy never terminates from `1`: it stays there by `1/0`"
    );
    assert_eq!(
        miette::Diagnostic::help(&error).unwrap().to_string(),
        "list a state among them under `terminal:`, use a discount below 1 or Overrides::criterion = \"average\""
    );
}

/// Without ρ₀ on it, a state that never terminates has no value, and nor has a pair that leads
/// there; everything else is unchanged.
#[test]
fn values_that_do_not_exist_are_listed() {
    let table = vec![
        vec![vec![(2, q(1, 1), q(5, 1))]],
        vec![
            vec![(1, q(1, 2), q(1, 1)), (2, q(1, 2), q(1, 1))],
            vec![(3, q(1, 1), q(1, 1))],
        ],
        vec![],
        vec![vec![(3, q(1, 1), q(1, 1))]],
    ];
    let initial = vec![q(1, 1), q(0, 1), q(0, 1), q(0, 1)];
    let (evaluation, _) = episode(&model(table, initial, Criterion::Total)).unwrap();
    assert_eq!(evaluation.undefined.states, [1, 3]);
    assert_eq!(evaluation.undefined.pairs, [1, 2, 3]);
    assert_eq!(evaluation.j, q(5, 1));
}
