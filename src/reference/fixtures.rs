//! Sampled fixtures: trajectories as arrays, and what each estimator must return on them.

use crate::error::Error;
use crate::estimator::{Critic, Estimator, Experiment, Psi, Resolved, Sampling, Table};
use crate::linalg::SolverOptions;
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::sampling::{Fate, Plan, Sampler, check_cost};
use crate::trajectory::Record;

/// Trajectories of a seed, with the estimates that they give.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Fixtures {
    /// The seed.
    pub seed: u64,
    /// T, where trajectories that do not end are cut.
    pub truncation: Option<usize>,
    /// Number of steps of each trajectory.
    pub lengths: Vec<usize>,
    /// S₀, S₁, … of each trajectory, as indices; one more than its steps. The last one is where it
    /// ended or was cut.
    pub states: Vec<Vec<usize>>,
    /// A₀, A₁, … of each trajectory, as indices into `actions`.
    pub actions: Vec<Vec<usize>>,
    /// R₀, R₁, … of each trajectory.
    pub rewards: Vec<Vec<f64>>,
    /// Whether Sₜ₊₁ ends the trajectory: a terminal state, the horizon, or death. Nothing is
    /// bootstrapped there.
    pub terminated: Vec<Vec<bool>>,
    /// Whether the trajectory is cut after this step although it would go on.
    pub truncated: Vec<Vec<bool>>,
    /// v(Sₜ), exact; on a horizon v_t(Sₜ).
    pub v: Vec<Vec<f64>>,
    /// v(Sₜ₊₁), exact; 0 where the trajectory has terminated, but not where it is cut.
    pub v_next: Vec<Vec<f64>>,
    /// q(Sₜ, Aₜ), exact.
    pub q: Vec<Vec<f64>>,
    /// log π(Aₜ|Sₜ).
    pub log_probabilities: Vec<Vec<f64>>,
    /// ∇log π(Aₜ|Sₜ) \[d\] of each step.
    pub scores: Vec<Vec<Vec<f64>>>,
    /// π(Aₜ|Sₜ)/b(Aₜ|Sₜ), where another policy acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratios: Option<Vec<Vec<f64>>>,
    /// What estimators make of them.
    pub estimates: Vec<Estimate>,
    /// The estimators whose every contribution is 0 here: code that returns 0 would pass.
    pub vacuous: Vec<String>,
}

/// An estimator on the trajectories.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Estimate {
    /// The estimator's name.
    pub name: String,
    /// Ψₜ of each step, which multiplies the score (after γᵗ, if that stands before it, and after ω₀ ⋯ ωₜ where
    /// another policy acts, but in what has all ratios by its name).
    pub psi: Vec<Vec<f64>>,
    /// X of each trajectory `[N][d]`.
    pub contributions: Vec<Vec<f64>>,
    /// Their mean \[d\]: the estimate.
    pub estimate: Vec<f64>,
}

/// How fixtures are sampled.
#[derive(Clone, Copy, Debug)]
pub struct Drawn<'a> {
    /// How trajectories end; those without end cannot be sampled.
    pub sampling: Sampling,
    /// Who acts, if not the policy itself.
    pub behavior: Option<&'a Policy>,
    /// The seed.
    pub seed: u64,
    /// How many trajectories.
    pub trajectories: u64,
}

impl Fixtures {
    /// The first trajectories of a seed.
    ///
    /// Errors with [`Error::CostlySample`] where they take more steps than anybody waits for, with [`Error::NoSupport`] where
    /// b = 0 < π, with [`Error::NoScore`], and where who acts has a negative probability.
    pub fn new(
        mdp: &Mdp,
        policy: &Policy,
        estimators: &[Estimator],
        drawn: Drawn,
    ) -> Result<Fixtures, Error> {
        let (sampling, behavior) = (drawn.sampling, drawn.behavior);
        let plan = Plan::new(sampling, drawn.seed);
        let who = (mdp, behavior.unwrap_or(policy));
        check_cost(who, sampling, plan.cap, drawn.trajectories, Fate::Kept)?;
        let sampler = Sampler::new(mdp, policy, behavior, &[], plan)?;
        let record = sampler.record(drawn.trajectories)?;
        let given = Recorded {
            critic: &Critic::Exact,
            behavior,
            record,
        };
        let fixtures = Fixtures::of(mdp, policy, estimators, sampling, given)?;
        Ok(Fixtures {
            seed: drawn.seed,
            ..fixtures
        })
    }

    /// What estimators make of trajectories that are given; the seed is 0. v and q are those of the
    /// critic, the values themselves if it is exact.
    ///
    /// Errors with [`Error::NoSupport`] where b = 0 < π, with [`Error::NoScore`], and where who acts has a negative
    /// probability.
    pub(crate) fn of(
        mdp: &Mdp,
        policy: &Policy,
        estimators: &[Estimator],
        sampling: Sampling,
        given: Recorded,
    ) -> Result<Fixtures, Error> {
        let Recorded {
            critic,
            behavior,
            record,
        } = given;
        // a function of the sums of all trajectories stands among the forms, and what has no one Ψ for a
        // score has none to show
        let estimators: Vec<Estimator> = estimators
            .iter()
            .filter(|estimator| !estimator.is_of_batch() && !estimator.is_by_parameter())
            .cloned()
            .collect();
        let options = SolverOptions::default();
        let experiment = Experiment::off_policy(mdp, policy, behavior, sampling, &options)?;
        let (v, q) = experiment.critic(critic)?;
        let ratios = behavior.map(|behavior| ratios(policy, behavior, &record));
        let resolved = estimators.iter().map(|e| experiment.resolve(e));
        let resolved = resolved.collect::<Result<Vec<_>, Error>>()?;
        let both = (estimators.as_slice(), resolved.as_slice());
        let mut contributions = made((mdp, policy, behavior), sampling, both, &record)?;
        for (estimator, (_, psi)) in estimators.iter().zip(&mut contributions) {
            // by its name all ratios up to each reward are part of it
            if let (Psi::PerDecision, Some(ratios)) = (estimator.psi(), &ratios) {
                weigh_by_products(psi, &record, ratios);
            }
        }
        let estimates: Vec<Estimate> = estimators
            .iter()
            .zip(contributions)
            .map(|(estimator, (x, psi))| Estimate::new(estimator.to_string(), x, psi))
            .collect();
        let steps = Steps {
            mdp,
            policy,
            sampling,
            v: &v,
            record: &record,
        };
        let space = mdp.space();
        let vacuous = estimates.iter().filter(|estimate| estimate.is_vacuous());
        Ok(Fixtures {
            seed: 0,
            truncation: match sampling {
                Sampling::Truncated(steps) => Some(steps),
                _ => None,
            },
            lengths: record.lengths(),
            states: steps.states(),
            actions: steps.each(|step| space.action_of(record.pairs[step.at])),
            rewards: steps.each(|step| record.rewards[step.at]),
            terminated: steps.each(|step| steps.terminated(step)),
            truncated: steps.each(|step| step.last && !steps.terminated(step)),
            v: steps.each(|step| v.at(step.t)[space.state_of(record.pairs[step.at])]),
            v_next: steps.each(|step| steps.v_next(step)),
            q: steps.each(|step| q.at(step.t)[record.pairs[step.at]]),
            log_probabilities: steps.log_probabilities(),
            scores: steps.scores(),
            ratios: ratios.map(|ratios| steps.each(|step| ratios[step.at])),
            vacuous: vacuous.map(|estimate| estimate.name.clone()).collect(),
            estimates,
        })
    }
}

/// Trajectories that are given, and what is known beside them.
pub(crate) struct Recorded<'a> {
    /// What stands for v.
    pub critic: &'a Critic,
    /// Who acted, if not the policy itself.
    pub behavior: Option<&'a Policy>,
    /// The trajectories.
    pub record: Record,
}

/// A step of a record.
#[derive(Clone, Copy)]
struct FixtureStep {
    /// Its place in the record.
    at: usize,
    /// The time elapsed.
    t: usize,
    /// Whether it is the last of its trajectory.
    last: bool,
}

/// The sums of an estimator \[N, d\], and its Ψ of each step.
type Made = (Vec<Vec<f64>>, Vec<Vec<f64>>);

/// What estimators make of a record.
fn made(
    (mdp, policy, behavior): (&Mdp, &Policy, Option<&Policy>),
    sampling: Sampling,
    (estimators, resolved): (&[Estimator], &[Resolved<f64>]),
    record: &Record,
) -> Result<Vec<Made>, Error> {
    let plan = Plan::new(sampling, 0);
    let sampler = Sampler::new(mdp, policy, behavior, resolved, plan.clone())?;
    let bare: Vec<_> = resolved.iter().map(Resolved::without_weight).collect();
    let bare = Sampler::new(mdp, policy, behavior, &bare, plan)?;
    let made = |record: &Record| {
        let each = sampler.contributions(record).into_iter();
        each.zip(bare.weights(record)).collect::<Vec<Made>>()
    };
    let mut all = made(record);
    if estimators.iter().any(Estimator::takes_cuts_for_ends) {
        // wherever these trajectories are cut, which the sampling does not know
        let dead = made(&record.dead_at_ends(mdp.states()));
        let each = all.iter_mut().zip(dead).zip(estimators);
        let cut = each.filter(|(_, estimator)| estimator.takes_cuts_for_ends());
        cut.for_each(|((own, dead), _)| *own = dead);
    }
    Ok(all)
}

/// ω = π/b of each step.
fn ratios(policy: &Policy, behavior: &Policy, record: &Record) -> Vec<f64> {
    let (pi, b) = (policy.probabilities(), behavior.probabilities());
    let ratio = |pair: &usize| pi[*pair] / b[*pair];
    record.pairs.iter().map(ratio).collect()
}

/// Ψ times ω₀ ⋯ ωₜ, row by row.
fn weigh_by_products(psi: &mut [Vec<f64>], record: &Record, ratios: &[f64]) {
    for (row, start) in psi.iter_mut().zip(&record.start) {
        let mut product = 1.0;
        for (x, ratio) in row.iter_mut().zip(&ratios[*start..]) {
            product *= ratio;
            *x *= product;
        }
    }
}

/// What is known about the steps of a record.
struct Steps<'a> {
    mdp: &'a Mdp,
    policy: &'a Policy,
    sampling: Sampling,
    v: &'a Table<f64>,
    record: &'a Record,
}

impl Steps<'_> {
    /// Something about each step of each trajectory.
    fn each<T>(&self, of: impl Fn(FixtureStep) -> T) -> Vec<Vec<T>> {
        let trajectories = 0..self.record.trajectories();
        let row = |i: usize| {
            let (begin, end) = (self.record.start[i], self.record.start[i + 1]);
            let steps = (begin..end).map(|at| FixtureStep {
                at,
                t: at - begin,
                last: at + 1 == end,
            });
            steps.map(&of).collect()
        };
        trajectories.map(row).collect()
    }

    fn states(&self) -> Vec<Vec<usize>> {
        let space = self.mdp.space();
        let mut rows = self.each(|step| space.state_of(self.record.pairs[step.at]));
        let last = self.each(|step| self.record.next[step.at]);
        for (row, next) in rows.iter_mut().zip(last) {
            row.extend(next.last());
        }
        rows
    }

    /// Whether Sₜ₊₁ is terminal, the horizon is reached, or the trajectory dies.
    fn terminated(&self, step: FixtureStep) -> bool {
        let next = self.record.next[step.at];
        let over = matches!(self.sampling, Sampling::FiniteHorizon(steps) if step.t + 1 == steps);
        over || next >= self.mdp.states() || self.mdp.space().is_terminal(next)
    }

    fn v_next(&self, step: FixtureStep) -> f64 {
        if self.terminated(step) {
            0.0
        } else {
            self.v.at(step.t + 1)[self.record.next[step.at]]
        }
    }

    fn log_probabilities(&self) -> Vec<Vec<f64>> {
        let logs = self.policy.log_probabilities();
        // an action that is taken has a positive probability
        self.each(|step| logs[self.record.pairs[step.at]].unwrap_or(f64::NEG_INFINITY))
    }

    fn scores(&self) -> Vec<Vec<Vec<f64>>> {
        let scores = self.policy.scores().rows;
        self.each(|step| {
            let mut score = vec![0.0; self.policy.parameters()];
            let row = scores.row(self.record.pairs[step.at]);
            row.for_each(|(k, x)| score[k] = *x);
            score
        })
    }
}

impl Estimate {
    /// The numbers of an estimator with their mean.
    pub(crate) fn new(name: String, contributions: Vec<Vec<f64>>, psi: Vec<Vec<f64>>) -> Estimate {
        let count = contributions.len() as f64;
        let parameters = contributions.first().map_or(0, Vec::len);
        let mean = |k: usize| contributions.iter().map(|x| x[k]).sum::<f64>() / count;
        Estimate {
            name,
            estimate: (0..parameters).map(mean).collect(),
            psi,
            contributions,
        }
    }

    /// Whether every contribution is 0.
    fn is_vacuous(&self) -> bool {
        self.contributions.iter().flatten().all(|x| *x == 0.0)
    }
}
