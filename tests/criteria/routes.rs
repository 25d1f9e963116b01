//! All routes to ∇J under every criterion, over floating point.

use exact_mdp::error::Error;
use exact_mdp::gradient::{Gradient, Route};
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::number::Rational;
use exact_mdp::policy::{Direct, Escort, Parametrization, Policy, Softmax};
use exact_mdp::solved::Solved;

use crate::criteria::models::{Random, model, q, rounded};

fn softmax(mdp: &Mdp<f64>, random: &mut Random) -> Policy<f64> {
    let theta = (0..mdp.pairs()).map(|_| random.below(41) as f64 / 20.0 - 1.0);
    let family = Parametrization::Softmax(Softmax { temperature: 1.0 });
    Policy::new(mdp.space(), family, theta.collect()).unwrap()
}

fn gradient(mdp: &Mdp<f64>, policy: &Policy<f64>) -> Result<Gradient, Error> {
    Solved::new(mdp.clone(), policy.clone())?.gradient_by(&Route::ALL)
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
        assert!(gradient.routes.iter().all(|r| r.gradient.is_some()));
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
    assert_eq!(error, Error::GainJumps { pairs });
    assert_eq!(gradient(&mdp, &surely(0.5)).unwrap().gradient, [0.0]);
}

/// From 0 to 1 or to 2, and back: at probability 0 of going to 2 that state is transient, and
/// nearby it is recurrent, but there is one class all along. The gain is (3θ + 5(1 − θ))/2.
#[test]
fn a_gain_that_is_smooth_on_the_boundary_has_a_gradient() {
    let one = || q(1, 1);
    let table = vec![
        vec![vec![(1, one(), q(0, 1))], vec![(2, one(), q(0, 1))]],
        vec![vec![(0, one(), q(3, 1))]],
        vec![vec![(0, one(), q(5, 1))]],
    ];
    let initial = vec![q(1, 1), q(0, 1), q(0, 1)];
    let mdp = rounded(&model(table, initial, Criterion::Average));
    for theta in [1.0, 0.0, 0.25] {
        let direct = Parametrization::Direct(Direct);
        let policy = Policy::new(mdp.space(), direct, vec![theta]).unwrap();
        let found = gradient(&mdp, &policy).unwrap();
        assert!((found.gradient[0] + 1.0).abs() <= 8.0 * f64::EPSILON);
        assert!(found.disagreement.agrees(), "{:?}", found.disagreement);
        for route in &found.routes {
            let exists = match route.route {
                Route::NablaLog | Route::Dual | Route::ComplexStep => theta == 0.25,
                _ => true,
            };
            assert_eq!(route.gradient.is_some(), exists, "{:?}", route.route);
        }
    }
}

/// An escort parameter of 0 has ∇π = 0, but any other value opens the way out of state 0.
#[test]
fn an_escort_policy_at_the_origin_of_a_way_out_has_no_gradient() {
    let table = vec![
        vec![vec![(0, q(1, 1), q(1, 1))], vec![(1, q(1, 1), q(0, 1))]],
        vec![vec![(1, q(1, 1), q(3, 1))]],
    ];
    let mdp = rounded(&model(table, vec![q(1, 1), q(0, 1)], Criterion::Average));
    let escort = Parametrization::Escort(Escort { power: 2.0 });
    let policy = Policy::new(mdp.space(), escort, vec![1.0, 0.0, 1.0]).unwrap();
    let pairs = vec![("0".to_string(), "1".to_string())];
    let error = gradient(&mdp, &policy).unwrap_err();
    assert_eq!(error, Error::GainJumps { pairs });
}
