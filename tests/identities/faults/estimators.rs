//! Means and covariances of sampled estimators.

use exact_mdp::error::Error;
use exact_mdp::estimator::{Contribution, Experiment, Resolved, Sampling, Table, truncation_bound};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::policy::Policy;
use exact_mdp_theorems::Case;

use super::Fault;
use super::claims::{average, discounted, known, mean, pairing, plant_mean, undiscounted};

/// Means and the covariance of the advantage estimator.
#[rustfmt::skip]
pub const ESTIMATORS: &[Fault] = &[
    Fault { name: "baseline: of the action taken", caught_by: &["baselined-mean"], plant: |c| plant_mean(c, "baseline:v", |c| vec![0.0; c.policy.parameters()]) },
    Fault { name: "Q: γᵗ dropped", caught_by: &["q-mean"], plant: |c| plant_mean(c, "q", |c| pairing(c, &undiscounted(c), &known(c).evaluation.q)) },
    Fault { name: "advantage: γᵗ twice", caught_by: &["advantage-mean"], plant: |c| plant_mean(c, "advantage", |c| pairing(c, &twice_discounted(c), &known(c).evaluation.advantage)) },
    Fault { name: "TD residual: no γ", caught_by: &["td-residual-estimator-mean"], plant: |c| plant_mean(c, "td-residual", no_gamma) },
    Fault { name: "GAE: no γ in the residual", caught_by: &["gae-mean"], plant: |c| plant_mean(c, "gae:0.5", no_gamma) },
    Fault { name: "n-step: bootstrap missing", caught_by: &["n-step-mean"], plant: |c| plant_mean(c, "n-step:3", |c| {
        let d = known(c);
        let (mut reward, mut sum) = (d.mdp.r().to_vec(), vec![0.0; d.mdp.pairs()]);
        for step in 0..3 {
            let weight = d.gamma.powi(step);
            sum.iter_mut().zip(&reward).for_each(|(sum, r)| *sum += weight * r);
            reward = d.mdp.p().mul(&average(c, &reward));
        }
        pairing(c, &d.evaluation.occupancy, &sum)
    }) },
    Fault { name: "geometric: γᵗ as well", caught_by: &["geometric-horizon-mean"], plant: |c| plant_mean(c, "geometric", |c| pairing(c, &twice_discounted(c), &known(c).evaluation.q)) },
    Fault { name: "total return: γᵗ as well", caught_by: &["total-return-mean"], plant: |c| plant_mean(c, "total-return", |c| {
        // only the part of G₀ from t on has a mean with the score at t: γ²ᵗ in all
        pairing(c, &twice_discounted(c), &known(c).evaluation.q)
    }) },
    Fault { name: "reward-to-go: sign", caught_by: &["reward-to-go-mean"], plant: |c| mean(c, "reward-to-go", |x| -x) },
    Fault { name: "dropped: not dropped", caught_by: &["dropped-discount-mean", "dropped-discount-mixture"], plant: |c| {
        let d = discounted(c);
        let gradient = d.gradient.clone();
        let means = d.means.as_mut().unwrap();
        means.iter_mut().find(|(name, _)| name == "reward-to-go:dropped").unwrap().1 = gradient;
    } },
    Fault { name: "dropped: γᵗ kept", caught_by: &["horizon-dropped-mean", "dropped-discount-growth"], plant: |c| {
        c.formulas.mean = |experiment, resolved| experiment.mean(&Resolved { weight: resolved.discount, ..resolved.clone() });
    } },
    Fault { name: "γᵗ G₀: without γᵗ", caught_by: &["double-discount-mean"], plant: |c| {
        c.formulas.mean = |experiment, resolved| experiment.mean(&Resolved { weight: 1.0, ..resolved.clone() });
    } },
    Fault { name: "TD residual without γ: with it", caught_by: &["td-residual-without-discount"], plant: |c| {
        c.formulas.mean = |experiment, resolved| experiment.mean(&Resolved { discount: resolved.weight, ..resolved.clone() });
    } },
    Fault { name: "critics on a horizon: of its first step", caught_by: &["horizon-critics-mean"], plant: |c| {
        c.formulas.mean = |experiment, resolved| {
            let mut wrong = resolved.clone();
            match &mut wrong.form {
                Contribution::Pair { value: table } | Contribution::Residual { critic: table, .. } => *table = Table::stationary(table.at(0).to_vec()),
                _ => {}
            }
            experiment.mean(&wrong)
        };
    } },
    Fault { name: "truncation bound: of a cut ten times as late", caught_by: &["truncation-bias-bound"], plant: |c| {
        c.formulas.truncation_bound = |mdp, policy, steps| truncation_bound(mdp, policy, 10 * steps);
    } },
    Fault { name: "n-step with a wrong critic: one step less", caught_by: &["wrong-critic-n-step-bias"], plant: |c| {
        c.formulas.mean = |experiment, resolved| {
            let mut wrong = resolved.clone();
            if let Contribution::Residual { window: Some(steps), .. } = &mut wrong.form { *steps -= 1; }
            experiment.mean(&wrong)
        };
    } },
    Fault { name: "GAE with a wrong critic: λ without γ", caught_by: &["wrong-critic-gae-bias"], plant: |c| {
        c.formulas.mean = |experiment, resolved| {
            let mut wrong = resolved.clone();
            if let Contribution::Residual { decay, window: None, .. } = &mut wrong.form { *decay /= resolved.discount; }
            experiment.mean(&wrong)
        };
    } },
    Fault { name: "truncation: one step late", caught_by: &["truncation-bias", "truncated-critic-bias"], plant: |c| {
        c.formulas.mean = |experiment, resolved| again(experiment, resolved, experiment.policy().clone(), 1);
    } },
    Fault { name: "importance sampling: scores of the behavior", caught_by: &["importance-sampling-mean"], plant: |c| {
        c.formulas.mean = |experiment, resolved| again(experiment, resolved, Policy::uniform(experiment.mdp().space()), 0);
    } },
];

/// ρ₀(I − γ²p^π)⁻¹ \[S\].
fn twice_discounted(case: &Case) -> Vec<f64> {
    let d = known(case);
    let dynamics = d.chain().dynamics();
    let resolvent = dynamics.resolvent(&d.gamma.powi(2), &SolverOptions::default());
    let resolvent = resolvent.expect("a resolvent");
    let visits = resolvent.solve_transposed(dynamics.initial());
    visits.expect("solved").x
}

/// What residuals R + v(S') − v(S) estimate.
fn no_gamma(case: &Case) -> Vec<f64> {
    let d = known(case);
    let carried = d.mdp.p().mul(&d.evaluation.v);
    let target: Vec<f64> = d.mdp.r().iter().zip(carried).map(|(r, x)| r + x).collect();
    pairing(case, &d.evaluation.occupancy, &target)
}

/// The mean on policy of another policy, cut so many steps later.
fn again(
    experiment: &Experiment<'_, f64>,
    resolved: &Resolved<f64>,
    policy: Policy,
    later: usize,
) -> Result<Vec<f64>, Error> {
    let sampling = match experiment.sampling() {
        Sampling::Truncated(steps) => Sampling::Truncated(steps + later),
        other => other,
    };
    let options = SolverOptions::default();
    Experiment::new(experiment.mdp(), &policy, sampling, &options)?.mean(resolved)
}
