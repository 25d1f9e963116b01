//! What a baseline does to the variance (theory, 5.7).

use super::algebra::{inner, largest, largest_reward, plus, times};
use super::operators::state_function;
use super::{Case, Identity, Section, Sides, Skip};
use crate::estimator::{Detail, Estimator, Form, Resolved, Table};
use crate::linalg::SolverOptions;

identities! { Baselines;
"state-baseline-parabola" parabola {
    "tr Cov(b* + e) − tr Cov(b*) = Σₛ e(s)² K(s), K = ρ_{γ²} Σₐ π|ψ|²",
    "Score sums of different states are uncorrelated, so the trace is a diagonal parabola in b with its minimum at b*. Here e is random.",
    "theory, 5.7 (5.50, 5.51)"
}
}

fn parabola(case: &Case) -> Result<Sides, Skip> {
    let d = case.discounted()?;
    let scores = case.scores()?;
    Skip::beyond(case.policy.parameters(), 80, "parameters")?;
    let experiment = d.experiment(&case.policy)?;
    let named: Estimator = "baseline:optimal-state".parse::<Estimator>()?;
    let best = experiment.resolve(&named)?;
    let Form::Return {
        baseline: Some(table),
    } = &best.form
    else {
        return Err(Skip::new("there is no optimal baseline"));
    };
    let e = state_function(d, 115);
    let beside = Resolved {
        form: Form::Return {
            baseline: Some(Table::stationary(plus(table.at(0), 1.0, &e))),
        },
        ..best.clone()
    };
    let trace = |resolved: &Resolved<f64>| -> Result<f64, Skip> {
        Ok(experiment.moments(resolved, Detail::Variances)?.trace())
    };
    let lowest = trace(&best)?;
    let left = trace(&beside)? - lowest;
    let norm = |i| scores.row(i).map(|(_, x)| x * x).sum();
    let norms: Vec<f64> = (0..d.mdp.pairs()).map(norm).collect();
    let square = d.gamma * d.gamma;
    let resolvent = d
        .chain
        .dynamics()
        .resolvent(&square, &SolverOptions::default())?;
    let rho = resolvent.solve_transposed(d.chain.dynamics().initial())?.x;
    let k = times(&rho, &case.average(&norms));
    let right = inner(&k, &times(&e, &e));
    let rewards = largest_reward(&d.mdp) * d.inverse_norm + d.reward_scale() + largest(&e);
    let size = d.mass() * largest(&norms) * rewards.powi(2) * d.inverse_norm;
    Ok(Sides::equal(&[left], &[right], size, d.tolerance(1)))
}
