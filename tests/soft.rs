//! Soft optima of a horizon and of the average reward, against closed forms and limits.

use std::path::Path;

use exact_mdp::control::{ControlOptions, solve};
use exact_mdp::mdp::Criterion;
use exact_mdp::model::{Model, Overrides};
use exact_mdp::number::Number;
use exact_mdp::study::{self, Notes};

const ALPHA: f64 = 0.3;

fn soft() -> ControlOptions {
    ControlOptions {
        entropy: Some(ALPHA),
        ..ControlOptions::default()
    }
}

fn two_state(overrides: &Overrides) -> Model {
    let path = Path::new(crate::ROOT).join("mdps/two-state.yaml");
    Model::load_with(&path, overrides).unwrap()
}

/// v_t = α log Σ exp((r + γ p v_{t+1})/α), backward in time, written out.
#[test]
fn a_horizon_is_the_recursion_of_soft_maxima() {
    let model = two_state(&Overrides {
        horizon: Some(5),
        ..Overrides::default()
    });
    let request = study::SolveRequest {
        options: soft(),
        ..study::SolveRequest::default()
    };
    let report = study::solve(&model, &request, &Notes::default()).unwrap();
    let mdp = model.mdp::<f64>();
    let space = mdp.space();
    let mut v = vec![0.0; mdp.states()];
    for _ in 0..5 {
        let q = |pair: usize| {
            let next: f64 = mdp.p().row(pair).map(|(s, p)| p * v[s]).sum();
            mdp.r()[pair] + mdp.discount() * next
        };
        let maximum = |state: usize| {
            let sum: f64 = space.pairs_of(state).map(|i| (q(i) / ALPHA).exp()).sum();
            ALPHA * sum.ln()
        };
        v = (0..mdp.states()).map(maximum).collect();
    }
    for (found, expected) in report.v.iter().zip(&v) {
        assert!((found.value().unwrap() - expected).abs() < 1e-10);
    }
}

/// One state: g = α log Σ exp(r/α).
#[test]
fn one_state_has_the_soft_maximum_for_its_gain() {
    let text = "criterion: average\nstates: [s]\nactions: [a, b]\ninitial: s\ntransitions:\n- [s, a, s, 1, 1]\n- [s, b, s, 1, 2]\n";
    let mdp = Model::parse("one.yaml", text).unwrap().mdp::<f64>();
    let found = solve(&mdp, &soft()).unwrap();
    let expected = ALPHA * ((1.0 / ALPHA).exp() + (2.0 / ALPHA).exp()).ln();
    assert!((found.j - expected).abs() < 1e-12);
    assert!(found.error_bound.unwrap() < 1e-12);
    let odds = found.policy.probabilities()[1] / found.policy.probabilities()[0];
    assert!((odds.ln() - 1.0 / ALPHA).abs() < 1e-9);
}

/// (1 − γ) v_γ tends to g, and the policies with it.
#[test]
fn the_average_reward_is_the_limit_of_the_discounted() {
    let model = two_state(&Overrides::default());
    let mdp = model.mdp::<f64>();
    let average = mdp.clone().with_criterion(Criterion::Average).unwrap();
    let found = solve(&average, &soft()).unwrap();
    let off = |gap: i64| {
        let discount = Number::from(
            Number::ONE.to_rational() - Number::ratio(1, gap as u64).unwrap().to_rational(),
        );
        let model = two_state(&Overrides {
            discount: Some(discount),
            ..Overrides::default()
        });
        let near = solve(&model.mdp::<f64>(), &soft()).unwrap();
        (near.j / gap as f64 - found.j).abs()
    };
    let (near, nearer) = (off(1000), off(10_000));
    assert!(nearer < 0.11 * near + 1e-9, "{near} {nearer}");
    assert!(found.error_bound.unwrap() < 1e-9);
    // the equation itself: g + h = α log Σ exp((r + p h)/α), q = r − g + p h
    for state in 0..average.states() {
        let pairs = average.space().pairs_of(state);
        let sum: f64 = pairs.map(|i| (found.q[i] / ALPHA).exp()).sum();
        assert!((ALPHA * sum.ln() - found.v[state]).abs() < 1e-9);
    }
}
