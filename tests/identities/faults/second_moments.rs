//! Second moments of sampled estimators, and baselines.

use exact_mdp::estimator::{
    Baseline, Contribution, Estimator, Experiment, Moments, Resolved, Sampling, Table,
    occupancy_sampling, random_rollout,
};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::returns::RiskValue;
use nalgebra::{DMatrix, DVector};

use super::Fault;
use super::claims::discounted;

/// Variances, covariances and kurtosis.
#[rustfmt::skip]
pub const SECOND_MOMENTS: &[Fault] = &[
    Fault { name: "covariance: the mean not subtracted", caught_by: &["advantage-covariance"], plant: |c| {
        let d = discounted(c);
        let covariance = d.covariance.as_mut().unwrap();
        for k in 0..d.gradient.len() {
            for l in 0..d.gradient.len() {
                covariance[(k, l)] += d.gradient[k] * d.gradient[l];
            }
        }
    } },
    Fault { name: "covariance: sign", caught_by: &["covariance-positive"], plant: |c| *discounted(c).covariance.as_mut().unwrap() *= -1.0 },
    Fault { name: "covariance: γ x' without γ", caught_by: &["advantage-covariance"], plant: |c| {
        let d = discounted(c);
        let factor = 1.0 / d.gamma;
        *d.covariance.as_mut().unwrap() *= factor;
    } },
    Fault { name: "covariance: a ridge", caught_by: &["covariance-gauge"], plant: |c| {
        let covariance = discounted(c).covariance.as_mut().unwrap();
        covariance.fill_diagonal(covariance[(0, 0)] + 0.1);
    } },
    Fault { name: "covariance: one triangle", caught_by: &["covariance-positive"], plant: |c| {
        let covariance = discounted(c).covariance.as_mut().unwrap();
        covariance.fill_lower_triangle(0.0, 1);
    } },
    Fault { name: "second moments: the mean not subtracted", caught_by: &["returns-by-enumeration", "critics-by-enumeration", "total-return-by-enumeration", "reward-to-go-covariance", "total-return-covariance", "geometric-horizon-is-a-model", "mean-over-steps-by-enumeration"], plant: |c| {
        c.formulas.moments = |experiment, resolved, detail| Ok(uncentered(experiment.moments(resolved, detail)?));
    } },
    Fault { name: "second moments: sampled by π, not by b", caught_by: &["off-policy-by-enumeration"], plant: |c| {
        c.formulas.moments = |experiment, resolved, detail| {
            let options = SolverOptions::default();
            Experiment::new(experiment.mdp(), experiment.policy(), experiment.sampling(), &options)?.moments(resolved, detail)
        };
    } },
    Fault { name: "second moments: of the mean of two", caught_by: &["coordinate-baseline-parabola", "score-sum-covariance", "state-baseline-parabola", "best-constant-baseline"], plant: |c| {
        c.formulas.moments = |experiment, resolved, detail| {
            let mut moments = experiment.moments(resolved, detail)?;
            moments.variance.iter_mut().for_each(|x| *x /= 2.0);
            moments.covariance = moments.covariance.map(|x| x / 2.0);
            Ok(moments)
        };
    } },
    Fault { name: "second moments: γ for γ²", caught_by: &["reward-to-go-covariance"], plant: |c| {
        c.formulas.moments = |experiment, resolved, detail| {
            if experiment.sampling() != Sampling::Infinite {
                return experiment.moments(resolved, detail);
            }
            let options = SolverOptions::default();
            let dying = Experiment::new(experiment.mdp(), experiment.policy(), Sampling::Geometric, &options)?;
            dying.moments(&Resolved { weight: 1.0, discount: 1.0, ..resolved.clone() }, detail)
        };
    } },
    Fault { name: "kurtosis: the excess", caught_by: &["kurtosis-by-enumeration"], plant: |c| {
        c.formulas.kurtosis = |experiment, resolved| {
            let mut kurtosis = experiment.kurtosis(resolved)?;
            let values = kurtosis.iter_mut().flat_map(|kurtosis| &mut kurtosis.values);
            values.for_each(|x| *x -= 3.0);
            Ok(kurtosis)
        };
    } },
    Fault { name: "Cov(X, Y): the means not subtracted", caught_by: &["paired-difference"], plant: |c| {
        c.formulas.cross_covariance = |experiment, left, right| {
            let means = (experiment.mean(left)?, experiment.mean(right)?);
            let product = DVector::from_vec(means.0) * DVector::from_vec(means.1).transpose();
            Ok(experiment.cross_covariance(left, right)? + product)
        };
    } },
    Fault { name: "occupancy sampling: the mean not subtracted", caught_by: &["occupancy-sampling"], plant: |c| {
        c.formulas.occupancy_sampling = |mdp, policy, options| Ok(uncentered(occupancy_sampling(mdp, policy, options)?));
    } },
    Fault { name: "roll-out: 1/(1 − γ) forgotten", caught_by: &["random-rollout"], plant: |c| {
        c.formulas.random_rollout = |mdp, policy, options| {
            let mut moments = random_rollout(mdp, policy, options)?;
            moments.mean.iter_mut().for_each(|x| *x *= 1.0 - mdp.discount());
            Ok(moments)
        };
    } },
];

/// What only rewards that depend on the outcome show.
#[rustfmt::skip]
pub const OUTCOMES: &[Fault] = &[
    Fault { name: "second moments: r(s,a) for r(s,a,s')", caught_by: &["returns-by-enumeration", "reward-to-go-covariance"], plant: |c| {
        c.formulas.moments = |experiment, resolved, detail| {
            let mdp = experiment.mdp();
            let averaged = mdp.clone().with_rewards(mdp.r().to_vec()).unwrap();
            let options = SolverOptions::default();
            Experiment::new(&averaged, experiment.policy(), experiment.sampling(), &options)?.moments(resolved, detail)
        };
    } },
];

/// Optimal baselines.
#[rustfmt::skip]
pub const BASELINES: &[Fault] = &[
    Fault { name: "b*: the textbook's, without the noise of other times", caught_by: &["state-baseline-parabola", "state-baseline-formula", "horizon-baseline-parabola"], plant: |c| {
        c.formulas.resolve = |experiment, estimator| match estimator.baseline() {
            Some(Baseline::OptimalState) => experiment.resolve(&Estimator::baselined(Baseline::Textbook).with_discounting(estimator.discounting())),
            _ => experiment.resolve(estimator),
        };
    } },
    Fault { name: "best constant: the value of the start", caught_by: &["best-constant-baseline"], plant: |c| {
        c.formulas.resolve = |experiment, estimator| {
            let mut resolved = experiment.resolve(estimator)?;
            let start = experiment.mdp().initial().iter().zip(experiment.v().at(0));
            let value: f64 = start.map(|(x, v)| x * v).sum();
            if estimator.baseline() == Some(&Baseline::OptimalConstant) && matches!(resolved.form, Contribution::Return { .. }) {
                resolved.form = Contribution::Return { baseline: Some(Table::stationary(vec![value; experiment.mdp().states()])) };
            }
            Ok(resolved)
        };
    } },
    Fault { name: "best constant of the total return: its mean", caught_by: &["total-return-baseline"], plant: |c| {
        c.formulas.resolve = |experiment, estimator| {
            let mut resolved = experiment.resolve(estimator)?;
            let start = experiment.mdp().initial().iter().zip(experiment.v().at(0));
            if let Contribution::TotalReturn { baseline } = &mut resolved.form {
                *baseline = start.map(|(x, v)| x * v).sum();
            }
            Ok(resolved)
        };
    } },
];

/// A baseline for each parameter, which differ in states of three actions.
#[rustfmt::skip]
pub const OF_PARAMETERS: &[Fault] = &[
    Fault { name: "b*_k: one for all parameters of a state", caught_by: &["parameter-baseline-parabola"], plant: |c| {
        c.formulas.resolve = |experiment, estimator| {
            let mut resolved = experiment.resolve(estimator)?;
            if let Contribution::ReturnByParameter { baseline } = &mut resolved.form {
                let of_state = experiment.resolve(&Estimator::baselined(Baseline::OptimalState))?;
                let Contribution::Return { baseline: Some(b) } = &of_state.form else { return Ok(resolved) };
                let (scores, space) = (experiment.policy().scores().rows, experiment.mdp().space());
                let of = |pair: usize| vec![b.at(0)[space.state_of(pair)]; scores.row(pair).len()];
                *baseline = Table::stationary((0..space.pairs()).flat_map(of).collect());
            }
            Ok(resolved)
        };
    } },
];

/// Variances where no state is visited twice.
#[rustfmt::skip]
pub const WITHOUT_RETURN: &[Fault] = &[
    Fault { name: "variance: the mean squared less the second moment", caught_by: &["variances-in-order"], plant: |c| {
        c.formulas.moments = |experiment, resolved, detail| {
            let mut moments = experiment.moments(resolved, detail)?;
            moments.variance.iter_mut().for_each(|x| *x = -*x);
            Ok(moments)
        };
    } },
];

/// E[XXᵀ] in the place of the covariance.
fn uncentered(mut moments: Moments<f64>) -> Moments<f64> {
    let mean = DVector::from_column_slice(&moments.mean);
    let product: DMatrix<f64> = &mean * mean.transpose();
    moments.variance.clone_from(&moments.raw);
    moments.covariance = moments.covariance.map(|covariance| covariance + product);
    moments
}

/// What a step does, and criteria of risk.
#[rustfmt::skip]
pub const RISK: &[Fault] = &[
    Fault { name: "a step: the noise left out", caught_by: &["step-by-enumeration"], plant: |c| {
        c.formulas.step_law = |at, estimator| {
            let mut law = at.step_law(estimator)?;
            law.noise = 0.0;
            Ok(law)
        };
    } },
    Fault { name: "a step: ‖∇J‖ for its square", caught_by: &["step-by-enumeration"], plant: |c| {
        c.formulas.step_law = |at, estimator| {
            let mut law = at.step_law(estimator)?;
            law.slope = law.slope.sqrt();
            Ok(law)
        };
    } },
    Fault { name: "mean–variance: the variance paid for", caught_by: &["mean-variance-by-enumeration"], plant: |c| {
        c.formulas.mean_variance = |at, weight| at.mean_variance(&-weight);
    } },
    Fault { name: "mean–variance: the gradient of the mean", caught_by: &["mean-variance-by-enumeration"], plant: |c| {
        c.formulas.mean_variance = |at, weight| {
            let found = at.mean_variance(weight)?;
            Ok(RiskValue { gradient: at.gradient()?.to_vec(), ..found })
        };
    } },
    Fault { name: "exponential utility: β for 1/β", caught_by: &["exponential-utility-by-enumeration"], plant: |c| {
        c.formulas.exponential = |at, beta| {
            let found = at.exponential_utility(beta)?;
            Ok(RiskValue { value: found.value * beta * beta, ..found })
        };
    } },
    Fault { name: "exponential utility: the gradient not tilted", caught_by: &["exponential-utility-by-enumeration"], plant: |c| {
        c.formulas.exponential = |at, beta| {
            let found = at.exponential_utility(beta)?;
            Ok(RiskValue { gradient: at.gradient()?.to_vec(), ..found })
        };
    } },
];
