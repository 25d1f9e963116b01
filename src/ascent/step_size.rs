//! The step a method makes when none is asked for.

use super::AscentMethod;
use super::smoothness::{reward_span, smoothness};
use crate::gradient::finite_difference::scales;
use crate::mdp::{Criterion, Mdp};
use crate::policy::{Kind, Parametrization, Policy};

/// Whether the default step of a method never lowers J: it is 1/L for a proven smoothness L, or moves
/// the logits of every state by its advantages, which raises v in every state (theory, 7.5).
pub(super) fn is_safe(method: AscentMethod, mdp: &Mdp, policy: &Policy) -> bool {
    match method {
        AscentMethod::Plain | AscentMethod::Projected => smoothness(mdp, policy).is_some(),
        AscentMethod::Natural => {
            let stationary = !matches!(mdp.criterion(), Criterion::FiniteHorizon { .. });
            let tabular = policy.parametrization().kind() == Kind::Softmax;
            stationary && tabular && policy.mix().is_none()
        }
        _ => true,
    }
}

/// The default step of a method, with rewards of span R ([`reward_span`]) and H the time that
/// counts: 1/(1 − γ), T for a horizon, otherwise 1.
///
/// ```text
/// plain, nesterov         τ²/(8 R H³): J is 8RH³/τ²-smooth (Mei et al. 2020, lemma 7)
///   direct, simplex       1/(2 γ |A| R H³) (Agarwal et al. 2021, theorem 4.1)
/// natural                 1/R: the logits move by A/R
/// mirror                  1/R, and each step 1/γ times the last (Xiao 2022)
/// adam                    0.1
/// trust-region            a mean divergence of 0.01
/// proximal                ε = 0.2
/// reinforce, actor-critic 1/(R H²), and evolution
/// cross-entropy           a first deviation σ of 1 in θ, and random-search
/// ```
///
/// Proven for the discounted criterion with a tabular softmax and with the direct forms. Elsewhere
/// a rule of thumb, which plain, projected and natural ascent halve where it would lower J.
/// [`AscentMethod::LineSearch`] and [`AscentMethod::Newton`] find their own.
pub fn default_step(method: AscentMethod, mdp: &Mdp, policy: &Policy) -> f64 {
    let span = reward_span(mdp);
    let time = match mdp.criterion() {
        Criterion::Discounted { .. } => 1.0 / mdp.discount_complement(),
        Criterion::FiniteHorizon { horizon, .. } => *horizon as f64,
        Criterion::Total | Criterion::Average => 1.0,
    };
    let cube = span * time.powi(3);
    match method {
        AscentMethod::Plain | AscentMethod::Nesterov | AscentMethod::Projected => {
            match policy.parametrization() {
                Parametrization::Softmax(softmax) => softmax.temperature.powi(2) / (8.0 * cube),
                Parametrization::LogLinear(family) => family.temperature.powi(2) / (8.0 * cube),
                // the score is 1/σ² times a gap of actions
                Parametrization::Gaussian(_) => {
                    let shortest = scales(policy).into_iter().fold(1.0, f64::min);
                    shortest.powi(2) / (8.0 * cube)
                }
                Parametrization::Escort(escort) => 1.0 / (8.0 * cube * escort.power.powi(2)),
                // a pair has a score for its node and one for its action
                Parametrization::Factored(_) | Parametrization::Controller(_) => 1.0 / (8.0 * cube),
                Parametrization::Direct(_) | Parametrization::Simplex(_) => {
                    let actions = mdp.space().actions() as f64;
                    let discount = mdp.discount().max(0.5);
                    1.0 / (2.0 * discount * actions * cube)
                }
            }
        }
        AscentMethod::Natural | AscentMethod::Mirror => 1.0 / span,
        AscentMethod::Adam => 0.1,
        AscentMethod::TrustRegion => 0.01,
        AscentMethod::Proximal => 0.2,
        AscentMethod::Reinforce | AscentMethod::ActorCritic | AscentMethod::Evolution => {
            1.0 / (span * time.powi(2))
        }
        AscentMethod::CrossEntropy | AscentMethod::RandomSearch => 1.0,
        AscentMethod::LineSearch | AscentMethod::Newton => 1.0,
    }
}
