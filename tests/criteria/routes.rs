//! All routes to ∇J under every criterion, over floating point.

use exact_mdp::error::Error;
use exact_mdp::evaluation::Prepared;
use exact_mdp::gradient::{Gradient, Route};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::number::Rational;
use exact_mdp::policy::{Direct, Parametrization, Policy, Softmax};

use crate::models::{Random, model, q, rounded};

fn softmax(mdp: &Mdp<f64>, random: &mut Random) -> Policy<f64> {
    let theta = (0..mdp.pairs()).map(|_| random.below(41) as f64 / 20.0 - 1.0);
    let family = Parametrization::Softmax(Softmax { temperature: 1.0 });
    Policy::new(mdp.space(), family, theta.collect()).unwrap()
}

fn gradient(mdp: &Mdp<f64>, policy: &Policy<f64>) -> Result<Gradient, Error> {
    let prepared = Prepared::new(mdp, policy, &SolverOptions::default())?;
    let evaluation = prepared.evaluate(mdp, policy)?;
    Gradient::of(mdp, policy, &prepared, &evaluation, &Route::ALL)
}

fn routes_agree(criterion: &Criterion<Rational>, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut random = Random::new(seed);
        let states = 2 + random.below(4) as usize;
        let terminal = (random.below(3) as usize).min(states - 1);
        let mdp = rounded(&random.model(states, terminal, criterion.clone()));
        let policy = softmax(&mdp, &mut random);
        let gradient = gradient(&mdp, &policy).unwrap();
        assert_eq!(gradient.routes.len(), Route::ALL.len());
        assert!(
            gradient.disagreement.agrees(),
            "{seed}: {:?}",
            gradient.disagreement
        );
        let differences = gradient.finite_difference.unwrap();
        for (k, exact) in gradient.gradient.iter().enumerate() {
            let gap = (exact - differences.gradient[k]).abs();
            let bound = differences.error_bound[k] + gradient.disagreement.tolerance;
            assert!(gap <= bound, "{seed} {k}: {gap:e} {bound:e}");
            // a bound that says nothing would agree with everything
            assert!(bound < 1e-4 * (1.0 + exact.abs()), "{bound:e}");
        }
    }
}

#[test]
fn routes_agree_on_a_finite_horizon() {
    for (discount, horizon) in [(q(1, 1), 1), (q(1, 1), 7), (q(3, 4), 12)] {
        routes_agree(&Criterion::FiniteHorizon { discount, horizon }, 0..25);
    }
}

#[test]
fn routes_agree_on_the_average_reward() {
    routes_agree(&Criterion::Average, 100..170);
}

#[test]
fn routes_agree_on_the_discounted_reward() {
    routes_agree(&Criterion::Discounted { discount: q(9, 10) }, 200..220);
}

/// From 0 either stay, paid 1 for ever, or leave to 1, paid 3 for ever. A policy that surely stays
/// has gain 1 and any other has gain 3: the gain jumps, and the error names the action.
#[test]
fn a_gain_that_jumps_has_no_gradient() {
    let table = vec![
        vec![vec![(0, q(1, 1), q(1, 1))], vec![(1, q(1, 1), q(0, 1))]],
        vec![vec![(1, q(1, 1), q(3, 1))]],
    ];
    let mdp = rounded(&model(table, vec![q(1, 1), q(0, 1)], Criterion::Average));
    let surely = |theta: f64| {
        Policy::new(mdp.space(), Parametrization::Direct(Direct), vec![theta]).unwrap()
    };
    let error = gradient(&mdp, &surely(1.0)).unwrap_err();
    let pairs = vec![("0".to_string(), "1".to_string())];
    assert_eq!(error, Error::NotDifferentiable { pairs });
    assert_eq!(gradient(&mdp, &surely(0.5)).unwrap().gradient, [0.0]);
}
