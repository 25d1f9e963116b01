//! T actions, one value function for each time (theory, 2.2).

use exact_mdp::evaluation::{Evaluation, FiniteHorizon};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::number::Rational;
use exact_mdp::policy::Policy;

use crate::criteria::models::{Random, q};

fn horizon(discount: Rational, horizon: usize) -> Criterion<Rational> {
    Criterion::FiniteHorizon { discount, horizon }
}

fn cases() -> impl Iterator<Item = Mdp<Rational>> {
    (0..60).map(|seed| {
        let mut random = Random::new(1000 + seed);
        let states = 1 + random.below(4) as usize;
        let terminal = (random.below(2) as usize).min(states - 1);
        let criterion = horizon(q(random.below(5) as i64, 4), 1 + random.below(5) as usize);
        random.model(states, terminal, criterion)
    })
}

/// Σ over all trajectories from (state, elapsed time) of probability × discounted reward.
fn enumerate(mdp: &Mdp<Rational>, policy: &Policy<Rational>, s: usize, left: usize) -> Rational {
    let mut total = q(0, 1);
    if left == 0 {
        return total;
    }
    for pair in mdp.space().pairs_of(s) {
        for outcome in mdp.outcomes(pair) {
            let rest = enumerate(mdp, policy, outcome.next, left - 1);
            let worth = outcome.reward + mdp.discount() * rest;
            total += &policy.probabilities()[pair] * outcome.probability * worth;
        }
    }
    total
}

/// Marks 2.1: v_t is the mean over all trajectories of the T − t steps that remain.
#[test]
fn values_are_means_over_all_trajectories() {
    for mdp in cases() {
        let policy = Policy::uniform(mdp.space());
        let evaluation = Evaluation::new(&mdp, &policy, &SolverOptions::default()).unwrap();
        let tables = evaluation.by_time.unwrap();
        let steps = tables.q.len();
        assert_eq!(tables.v.len(), steps + 1);
        for (t, v) in tables.v.iter().enumerate() {
            for (s, v) in v.iter().enumerate() {
                assert_eq!(*v, enumerate(&mdp, &policy, s, steps - t));
            }
        }
        assert_eq!((&evaluation.v, &evaluation.q), (&tables.v[0], &tables.q[0]));
    }
}

/// J_T = ρ_T r^π, and the pairs of the pairing are those of the tables.
#[test]
fn occupancy_and_the_pairing_in_time_agree_with_the_tables() {
    for mdp in cases() {
        let policy = Policy::uniform(mdp.space());
        let run = FiniteHorizon::new(&mdp, &policy).unwrap();
        let evaluation = Evaluation::new(&mdp, &policy, &SolverOptions::default()).unwrap();
        let r = run.dynamics().r();
        let j = (0..mdp.states()).fold(q(0, 1), |sum, s| sum + &evaluation.occupancy[s] * &r[s]);
        assert_eq!(evaluation.j, j);
        let tables = run.tables(&mdp);
        let mut mass = vec![q(0, 1); mdp.states()];
        let mut times = 0;
        run.for_each_step(|step| {
            assert_eq!(step.t, times);
            assert_eq!(step.v, tables.v[step.t]);
            assert_eq!(step.v_next, tables.v[step.t + 1]);
            mass.iter_mut()
                .zip(step.mass)
                .for_each(|(sum, x)| *sum += x);
            times += 1;
        });
        assert_eq!(times, run.horizon());
        assert_eq!(mass, evaluation.occupancy);
    }
}

/// Mark 2.3: v₀ of T steps is v − (γP)ᵀ v.
#[test]
fn the_horizon_cuts_the_discounted_value() {
    for seed in 0..30 {
        let mut random = Random::new(seed);
        let mdp = random.model(4, 1, horizon(q(3, 4), 6));
        let policy = Policy::uniform(mdp.space());
        let run = FiniteHorizon::new(&mdp, &policy).unwrap();
        let v_0 = Evaluation::new(&mdp, &policy, &SolverOptions::default())
            .unwrap()
            .v;
        let discounted = mdp
            .clone()
            .with_criterion(Criterion::Discounted { discount: q(3, 4) })
            .unwrap();
        let v = Evaluation::new(&discounted, &policy, &SolverOptions::default())
            .unwrap()
            .v;
        let tail = (0..6).fold(v.clone(), |x, _| run.discounted().mul(&x));
        for s in 0..4 {
            assert_eq!(v_0[s], &v[s] - &tail[s]);
        }
    }
}

/// A million steps of a small model take memory for a thousand, and no table.
#[test]
fn a_long_horizon_needs_no_table() {
    let mdp = Random::new(5).model(3, 0, horizon(q(1, 1), 1_000_000));
    let mdp = crate::criteria::models::rounded(&mdp);
    let policy = Policy::uniform(mdp.space());
    let evaluation = Evaluation::new(&mdp, &policy, &SolverOptions::default()).unwrap();
    assert!(evaluation.by_time.is_none());
    let average = mdp.with_criterion(Criterion::Average).unwrap();
    let gain = Evaluation::new(&average, &policy, &SolverOptions::default()).unwrap();
    // v₀ = T g + h − Pᵀ h
    let size = gain.v.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
    for s in 0..3 {
        let expected = gain.gain.as_ref().unwrap()[s] * 1e6;
        let rounding = 1e6 * f64::EPSILON * expected.abs();
        assert!((evaluation.v[s] - expected).abs() <= 2.0 * size + rounding);
    }
}
