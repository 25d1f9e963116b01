//! Claims about a finite horizon.

use nalgebra::DMatrix;

use super::super::{Skip, algebra};
use super::discounted::{JACOBIAN, PARAMETERS};
use exact_mdp::evaluation::{FiniteHorizon, ValuesByTime};
use exact_mdp::gradient;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::policy::Policy;

/// Time steps of a horizon that is taken from the model; a choice.
const STEPS: usize = 1_000;
/// Time steps where the model has no horizon of its own; a choice.
const OWN_STEPS: usize = 7;

/// Claims about a finite horizon.
pub struct Horizon {
    /// The model under this criterion.
    pub mdp: Mdp,
    /// The recursions.
    pub run: FiniteHorizon,
    /// γ.
    pub gamma: f64,
    /// v_t and q_t.
    pub tables: ValuesByTime<f64>,
    /// Σ_{t<T} γᵗ p_t \[S\].
    pub occupancy: Vec<f64>,
    /// J_T.
    pub j: f64,
    /// ∇J_T \[d\].
    pub gradient: Vec<f64>,
    /// ∇v₀ [S, d].
    pub jacobian: Result<DMatrix<f64>, Skip>,
    /// ∇²J_T [d, d].
    pub hessian: Result<DMatrix<f64>, Skip>,
}

impl Horizon {
    pub(super) fn new(mdp: &Mdp, policy: &Policy) -> Result<Horizon, Skip> {
        let mdp = match mdp.criterion() {
            Criterion::FiniteHorizon { .. } => mdp.clone(),
            Criterion::Average => return Err(Skip::new("the criterion is the average reward")),
            own => {
                let discount = own.discount();
                let horizon = OWN_STEPS;
                mdp.clone()
                    .with_criterion(Criterion::FiniteHorizon { discount, horizon })?
            }
        };
        let run = FiniteHorizon::new(&mdp, policy)?;
        Skip::beyond(run.horizon(), STEPS, "time steps")?;
        let d = policy.parameters();
        Skip::beyond(
            mdp.p().stored() * run.horizon(),
            4_000_000,
            "entries of p over time",
        )?;
        let weights = gradient::finite_horizon::centered_weights(&run, &mdp)?;
        Ok(Horizon {
            gamma: mdp.discount(),
            tables: run.tables(&mdp),
            occupancy: run.occupancy(),
            j: run.objective(),
            gradient: policy.pull_back(&weights),
            jacobian: Skip::beyond(d * mdp.states(), JACOBIAN, "entries of ∇v₀")
                .and_then(|()| Ok(gradient::finite_horizon::jacobian(&run, &mdp, policy)?)),
            hessian: Skip::beyond(
                d * run.horizon(),
                PARAMETERS * OWN_STEPS,
                "parameters × steps",
            )
            .and_then(|()| Ok(gradient::finite_horizon::hessian(&run, &mdp, policy)?)),
            mdp,
            run,
        })
    }

    /// 16 T (z + 16) u with z entries in the fullest row: T steps follow one another.
    pub(crate) fn tolerance(&self) -> f64 {
        let p = self.run.discounted();
        let fullest = (0..p.rows()).map(|s| p.row(s).len()).max().unwrap_or(0);
        let steps = self.run.horizon() as f64;
        let eta = (fullest + 16) as f64 * f64::EPSILON / 2.0 + super::slack(&self.mdp);
        16.0 * steps * eta
    }

    /// |r|∞ + max |v_t|, r(s, a, s') as it is paid.
    pub(crate) fn reward_scale(&self) -> f64 {
        let rows = self.tables.v.iter().map(|v| algebra::largest(v));
        algebra::largest_reward(&self.mdp) + rows.fold(0.0, f64::max)
    }

    /// Σ ρ_T, at least 1.
    pub(crate) fn mass(&self) -> f64 {
        self.occupancy.iter().map(|x| x.abs()).sum::<f64>().max(1.0)
    }
}
