//! A model, a policy and a way of sampling: where estimators get their numbers and their moments.

use nalgebra::DMatrix;

use super::assembly::Accumulator;
use super::moments::{self, Detail, Moments};
use super::process::{Order, Process};
use super::recursion::{Recursion, Signal};
use super::{
    Baseline, BatchKind, Critic, Estimator, Form, Psi, Resolved, Sampling, Table, baseline,
    by_parameter, critic, joint, kurtosis,
};
use crate::error::{Divergence, Error};
use crate::linalg::{Csr, Solvable, SolverOptions};
use crate::mdp::Mdp;
use crate::number::Number;
use crate::policy::Policy;

/// A model under a policy, sampled in one way: the exact law of every estimator, as far as its
/// first two moments go.
///
/// Factorisations are made when first needed and shared between estimators.
pub struct Experiment<'a, F: Solvable> {
    mdp: &'a Mdp<F>,
    policy: &'a Policy<F>,
    sampling: Sampling,
    process: Process<F>,
    /// Where another policy acts: π/b \[SA\], and its trajectories as they are, not weighed.
    acting: Option<(Vec<F>, Process<F>)>,
    v: Table<F>,
    q: Table<F>,
}

/// Kurtoses E(ĝ_k − μ_k)⁴/σ_k⁴ of the coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Kurtosis<F> {
    /// One for each coordinate \[d\]; 0 where nothing varies.
    pub values: Vec<F>,
    /// Whether they are the estimator's own, or a bound.
    pub exact: bool,
}

impl<'a, F: Solvable> Experiment<'a, F> {
    /// Evaluates the policy and lays out the outcomes as they are sampled.
    ///
    /// Errors with [`Error::NoScore`] on the boundary of a direct parametrization, with
    /// [`Error::Improper`] if episodes may never end, and as [`crate::chain::Chain::new`].
    pub fn new(
        mdp: &'a Mdp<F>,
        policy: &'a Policy<F>,
        sampling: Sampling,
        options: &SolverOptions,
    ) -> Result<Experiment<'a, F>, Error> {
        Experiment::off_policy(mdp, policy, None, sampling, options)
    }

    /// The same with trajectories drawn by `behavior` and weighed per decision by ω = π/b:
    /// R = ω(r + γR'), X = ω(ψΨ + cX') (theory, 5.6). The means stay those of `policy`.
    ///
    /// Errors with [`Error::NoSupport`] where b = 0 < π, and as [`Experiment::new`].
    pub fn off_policy(
        mdp: &'a Mdp<F>,
        policy: &'a Policy<F>,
        behavior: Option<&Policy<F>>,
        sampling: Sampling,
        options: &SolverOptions,
    ) -> Result<Experiment<'a, F>, Error> {
        Error::check_space(mdp, policy)?;
        behavior.map_or(Ok(()), |b| Error::check_space(mdp, b))?;
        let process = Process::new(mdp, policy, behavior, sampling, options)?;
        let acting = behavior.map(|b| {
            let process = Process::scoring(mdp, (b, policy), None, sampling, options)?;
            Ok::<_, Error>((ratios(policy, b), process))
        });
        let v = critic::values(mdp, policy, sampling, options)?;
        let q = critic::action_value_table(mdp, &v);
        Ok(Experiment {
            mdp,
            policy,
            sampling,
            process,
            acting: acting.transpose()?,
            v,
            q,
        })
    }

    /// The model.
    pub fn mdp(&self) -> &'a Mdp<F> {
        self.mdp
    }

    /// The policy.
    pub fn policy(&self) -> &'a Policy<F> {
        self.policy
    }

    /// How trajectories are drawn.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// v of the criterion, by time over a finite horizon.
    pub fn v(&self) -> &Table<F> {
        &self.v
    }

    /// q of the criterion, by time over a finite horizon.
    pub fn q(&self) -> &Table<F> {
        &self.q
    }

    /// What a critic says: u in the place of v, and r + γpu in that of q.
    ///
    /// Errors with [`Error::States`] for one of another number of states, and if its errors overflow.
    pub fn critic(&self, critic: &Critic) -> Result<(Table<F>, Table<F>), Error> {
        let u = critic::critic_table(self.mdp, &self.v, critic)?;
        let q = critic::action_value_table(self.mdp, &u);
        Ok((u, q))
    }

    pub(super) fn process(&self) -> &Process<F> {
        &self.process
    }

    /// The trajectories as they are drawn, not weighed.
    pub(super) fn acting(&self) -> &Process<F> {
        self.acting
            .as_ref()
            .map_or(&self.process, |(_, acting)| acting)
    }

    /// π/b \[SA\], 0 where π = 0; 1 where the policy itself acts.
    pub(super) fn ratios(&self) -> Vec<F> {
        let ones = || vec![F::one(); self.mdp.pairs()];
        let acting = self.acting.as_ref();
        acting.map_or_else(ones, |(ratios, _)| ratios.clone())
    }

    /// An estimator as numbers: constants, critic and baseline, the optimal ones computed exactly.
    ///
    /// Errors if a system of the optimal baselines is singular, and with [`Error::States`] for a
    /// given baseline or critic of another number of states.
    pub fn resolve(&self, estimator: &Estimator) -> Result<Resolved<F>, Error> {
        let gamma = self.mdp.discount();
        let dies = self.sampling == Sampling::Geometric;
        // death stands for γᵗ; only the total return can be given one γᵗ too many
        let total = estimator.psi() == Psi::TotalReturn;
        let weighted = estimator.discounting() && (!dies || total);
        let mut resolved = Resolved {
            weight: if weighted { gamma.clone() } else { F::one() },
            discount: self.process.discount().clone(),
            form: Form::Return { baseline: None },
        };
        resolved.form = Form::new(self, estimator, &resolved)?;
        Ok(resolved)
    }

    /// b of the total return; 0 where the optimal one does not exist.
    pub(super) fn total_return_baseline(
        &self,
        baseline: &Baseline,
        resolved: &Resolved<F>,
    ) -> Result<F, Error> {
        match baseline {
            Baseline::Constant(x) => Ok(F::from_number(x)),
            Baseline::OptimalConstant if self.divergence(resolved, Psi::TotalReturn).is_none() => {
                baseline::of_total_return(self, &resolved.weight)
            }
            _ => Ok(F::zero()),
        }
    }

    /// bₜ(s); `None` for 0, and where the optimal one does not exist.
    pub(super) fn baseline_table(
        &self,
        baseline: &Baseline,
        resolved: &Resolved<F>,
    ) -> Result<Option<Table<F>>, Error> {
        let constant = |x: F| Table::stationary(vec![x; self.mdp.states()]);
        let optimal = || baseline::Terms::new(self, &resolved.weight);
        Ok(Some(match baseline {
            Baseline::Constant(x) if x.is_zero() => return Ok(None),
            Baseline::Constant(x) => constant(F::from_number(x)),
            Baseline::V => self.v.clone(),
            Baseline::File(b) => {
                let (states, steps) = (self.mdp.states(), self.sampling.steps());
                let rows = critic::rows_given("the baseline", b, states, steps)?;
                let row = |row: &[Number]| row.iter().map(F::from_number).collect();
                Table::by_time(rows.into_iter().map(row).collect())
            }
            _ if self.divergence(resolved, Psi::Baseline).is_some() => return Ok(None),
            Baseline::OptimalConstant => constant(optimal()?.constant()),
            Baseline::OptimalState => optimal()?.by_state(),
            Baseline::OptimalStationary => optimal()?.stationary(self.mdp.space().states_at_once()),
            Baseline::Textbook => optimal()?.textbook(),
            // of each parameter its own ([`Experiment::baseline_by_parameter`])
            Baseline::OptimalParameter | Baseline::OptimalParameterStationary => return Ok(None),
        }))
    }

    /// The best b_{k,t}(s), or b_k(s) for all times, of each entry of the scores; `None` where none exists.
    pub(super) fn baseline_by_parameter(
        &self,
        by_time: bool,
        resolved: &Resolved<F>,
    ) -> Result<Option<Table<F>>, Error> {
        if self.divergence(resolved, Psi::Baseline).is_some() {
            return Ok(None);
        }
        baseline::by_entry(self, &resolved.weight, by_time).map(Some)
    }

    /// Why the estimator has no finite variance, if it has none: on a continuing task that is not
    /// cut the total return has none, and nothing has without γᵗ.
    ///
    /// Cut after T steps both have one for every T, but it grows without bound.
    pub fn divergence(&self, resolved: &Resolved<F>, psi: Psi) -> Option<Divergence> {
        if let Some(joint) = self.joint_divergence(resolved) {
            return joint;
        }
        let finite = matches!(self.sampling, Sampling::FiniteHorizon(_));
        if finite || self.process.is_proper() {
            return self.importance_divergence(resolved);
        }
        let cut = self.sampling.steps().is_some();
        if !cut && psi == Psi::TotalReturn {
            return Some(Divergence::TotalReturnOfContinuingTask);
        }
        if !cut && resolved.weight >= F::one() {
            return Some(Divergence::DroppedOnContinuingTask);
        }
        self.importance_divergence(resolved)
    }

    /// The same of what is no plain sum, where more than the sums inside it decides.
    fn joint_divergence(&self, resolved: &Resolved<F>) -> Option<Option<Divergence>> {
        let ends = self.sampling.steps().is_some() || self.process.is_proper();
        let whole = match &resolved.form {
            Form::Traced(traced) => {
                let spectral_radius = joint::growth(self, traced);
                let grows = self.sampling.steps().is_none() && spectral_radius >= 1.0;
                let endless = self.sampling.steps().is_none() && !self.acting().is_proper();
                return Some(if grows {
                    Some(Divergence::ImportanceWeights { spectral_radius })
                } else if endless && resolved.weight >= F::one() {
                    Some(Divergence::DroppedOnContinuingTask)
                } else {
                    None
                });
            }
            Form::Whole => true,
            Form::Batch(batch) => batch.kind == BatchKind::SelfNormalised,
            _ => return None,
        };
        if !ends {
            return Some(Some(if whole {
                Divergence::RatioOfContinuingTask
            } else {
                Divergence::StepsOfContinuingTask
            }));
        }
        let bare = resolved.without_weight();
        let spread = whole && self.sampling.steps().is_none() && self.process.is_weighted();
        let spectral_radius = if spread {
            self.growth(&bare, Order::Second)
        } else {
            0.0
        };
        Some((spectral_radius >= 1.0).then_some(Divergence::ImportanceWeights { spectral_radius }))
    }

    /// Whether importance weights leave no finite variance on an endless horizon: the spectral
    /// radius of c² Σₐ π²/b p is not below 1.
    pub(crate) fn importance_divergence(&self, resolved: &Resolved<F>) -> Option<Divergence> {
        if self.sampling.steps().is_some() || !self.process.is_weighted() {
            return None;
        }
        let spectral_radius = self.growth(resolved, Order::Second);
        (spectral_radius >= 1.0).then_some(Divergence::ImportanceWeights { spectral_radius })
    }

    /// The spectral radius of cⁿ Σₐ πⁿ/bⁿ⁻¹ p, by which the n-th moments of importance weights grow
    /// per step; 0 on policy.
    fn growth(&self, resolved: &Resolved<F>, order: Order) -> f64 {
        if !self.process.is_weighted() {
            return 0.0;
        }
        let c = resolved.weight.to_f64().max(resolved.discount.to_f64());
        let power = if order == Order::Fourth { 4 } else { 2 };
        c.powi(power) * super::importance::spectral_radius(self.process.p(order))
    }

    /// Exact mean and variances, and with [`Detail::Covariance`] the whole covariance, of one
    /// trajectory's contribution.
    ///
    /// Errors if a linear system is singular, as where the moments do not exist
    /// ([`Experiment::divergence`] says so beforehand).
    pub fn moments(&self, resolved: &Resolved<F>, detail: Detail) -> Result<Moments<F>, Error> {
        if resolved.form.is_joint() {
            return joint::moments(self, resolved, detail);
        }
        if let Form::ReturnByParameter { baseline } = &resolved.form {
            return by_parameter::moments(self, resolved, baseline, detail);
        }
        moments::moments(&self.process, &Recursion::new(resolved), &self.v, detail)
    }

    /// Exact mean and variances of Σₜ cᵗ x(Sₜ, Aₜ) for rows x \[SA, d\] in the place of scores, which need
    /// not have mean 0. Consumes the experiment, whose scores they replace.
    ///
    /// Errors if a linear system is singular.
    pub fn moments_of_rows(
        mut self,
        rows: Csr<F>,
        weight: &F,
        detail: Detail,
    ) -> Result<Moments<F>, Error> {
        self.process.replace_scores(self.sampling.weigh(rows));
        let recursion = Recursion::of_one_sum(Vec::new(), Signal::One, None, weight);
        moments::moments(&self.process, &recursion, &self.v, detail)
    }

    /// Kurtoses E(ĝ_k − μ_k)⁴/σ_k⁴ \[d\]; 0 where nothing varies.
    ///
    /// Exact for the sums of returns and residuals, and for the total return. `None` for a window of n
    /// steps and for the total return under importance sampling, whose fourth moments do not close
    /// over two numbers; where without a last step they do not exist: without γᵗ on a continuing
    /// task, and under importance sampling where the spectral radius of c⁴ Σₐ π⁴/b³ p is not below
    /// 1; and where fourth powers overflow. Errors if a linear system is singular.
    pub fn kurtosis(&self, resolved: &Resolved<F>) -> Result<Option<Kurtosis<F>>, Error> {
        if resolved.form.is_joint() {
            return joint::kurtosis(self, resolved);
        }
        let endless = !self.process.is_proper() && resolved.weight >= F::one();
        let unbounded = self.process.horizon().is_none();
        if unbounded && (endless || self.growth(resolved, Order::Fourth) >= 1.0) {
            return Ok(None);
        }
        let own = match &resolved.form {
            Form::ReturnByParameter { baseline } => Some(baseline),
            _ => None,
        };
        let values = kurtosis::kurtosis(&self.process, &Recursion::new(resolved), own)?;
        let known = values.map(|values| Kurtosis {
            values,
            exact: true,
        });
        let finite = |x: &F| F::EXACT || x.to_f64().is_finite();
        Ok(known.filter(|kurtosis| kurtosis.values.iter().all(finite)))
    }

    /// E ĝ \[d\], by one transposed solve.
    ///
    /// Errors if a linear system is singular.
    pub fn mean(&self, resolved: &Resolved<F>) -> Result<Vec<F>, Error> {
        if resolved.form.is_joint() {
            return Ok(joint::moments(self, resolved, Detail::Variances)?.mean);
        }
        let recursion = Recursion::new(resolved);
        moments::mean(&self.process, &recursion, &recursion.top)
    }

    /// Cov(ĝ, g̃) [d, d] of two estimators on the same trajectories: stacked, they follow one
    /// recursion (theory, 5.2).
    ///
    /// Errors if a linear system is singular, and with [`Error::Argument`] for an estimator that is no
    /// plain sum.
    pub fn cross_covariance(
        &self,
        left: &Resolved<F>,
        right: &Resolved<F>,
    ) -> Result<DMatrix<F>, Error> {
        if left.form.is_joint() || right.form.is_joint() {
            return Err(Error::Argument {
                name: "the estimators of a difference",
                found: "one that is no sum of scores, each times one number".into(),
                expected: "estimators without the ratio of whole trajectories, clips or batches",
            });
        }
        let by_parameter = |one: &Resolved<F>| matches!(one.form, Form::ReturnByParameter { .. });
        if !by_parameter(left) && !by_parameter(right) {
            return self.plain_cross_covariance(left, right);
        }
        // each entry is that of an estimator with one baseline, which several entries may share
        let d = self.process.parameters();
        let mut whole = DMatrix::from_element(d, d, F::zero());
        let others = by_parameter::shared(&self.process, right);
        for (one, rows) in by_parameter::shared(&self.process, left) {
            for (other, columns) in &others {
                let found = self.plain_cross_covariance(&one, other)?;
                for &k in &rows {
                    for &l in columns {
                        whole[(k, l)] = found[(k, l)].clone();
                    }
                }
            }
        }
        Ok(whole)
    }

    /// The same of two plain sums of scores, each times one number.
    fn plain_cross_covariance(
        &self,
        left: &Resolved<F>,
        right: &Resolved<F>,
    ) -> Result<DMatrix<F>, Error> {
        let (joint, own) = Recursion::new(left).joined(Recursion::new(right));
        let zeros = |n: usize| vec![F::zero(); n];
        let mut left = joint.top.clone();
        let mut right = joint.top.clone();
        left[own..].clone_from_slice(&zeros(joint.top.len() - own));
        right[..own].clone_from_slice(&zeros(own));
        let means = [&left, &right].map(|top| moments::mean(&self.process, &joint, top));
        let [mean, other] = means;
        match moments::second(&self.process, &joint, &left, &right, true)? {
            Accumulator::Full(z) => Ok(moments::centered(z, &mean?, &other?)),
            Accumulator::Diagonal(_) => unreachable!("the whole matrix was asked for"),
        }
    }
}

/// π/b \[SA\], 0 where π = 0.
fn ratios<F: Solvable>(policy: &Policy<F>, behavior: &Policy<F>) -> Vec<F> {
    let pairs = policy.probabilities().iter().zip(behavior.probabilities());
    let ratio = |(pi, b): (&F, &F)| {
        if pi.is_zero() {
            F::zero()
        } else {
            pi.clone() / b
        }
    };
    pairs.map(ratio).collect()
}
