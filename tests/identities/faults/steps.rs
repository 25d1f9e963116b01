//! Finite steps between policies, other objectives, derivatives in the model.

use exact_mdp::field::Dual;
use exact_mdp::gradient::deterministic::WeightedRule;
use exact_mdp::gradient::greediness::{self, Excursion};
use exact_mdp::gradient::surrogate::{
    Clipped, ImprovementBound, performance_difference, surrogate, surrogate_gradient,
};

use super::Fault;
use super::claims::{discounted, pairing, plant_transitions};
use crate::identities::space;

/// Lemmas, surrogates, the excursion objective, deterministic rules.
#[rustfmt::skip]
pub const STEPS: &[Fault] = &[
    Fault { name: "performance difference: both of the old policy", caught_by: &["performance-difference"], plant: |c| {
        c.formulas.performance_difference = |at, other| {
            let (_, old) = performance_difference(at, other)?;
            Ok((surrogate(at, other.policy())? - at.evaluation().j, old))
        };
    } },
    Fault { name: "performance difference: q of the old policy under its measure", caught_by: &["performance-difference-by-old-measure"], plant: |c| {
        c.formulas.performance_difference = |at, other| {
            let (new, _) = performance_difference(at, other)?;
            Ok((new, surrogate(at, other.policy())? - at.evaluation().j))
        };
    } },
    Fault { name: "surrogate: ρ forgotten", caught_by: &["surrogate-gradient"], plant: |c| {
        c.formulas.surrogate = |at, other| {
            let terms = other.probabilities().iter().zip(&at.evaluation().advantage);
            Ok(terms.fold(at.evaluation().j, |sum, (pi, a)| sum + *pi * *a))
        };
    } },
    Fault { name: "clipped surrogate: the ratio upside down", caught_by: &["clipped-surrogate-gradient"], plant: |c| {
        c.formulas.clipped_surrogate = |at, other, _| {
            let ratios = at.policy().probabilities().iter().zip(other.probabilities());
            let weights = at.evaluation().pair_occupancy.iter().zip(&at.evaluation().advantage);
            let terms = ratios.zip(weights).map(|((old, new), (rho, a))| *old / *new * *rho * *a);
            Ok(terms.fold(Dual::constant(0.0), |sum, x| sum + x))
        };
    } },
    Fault { name: "clipped surrogate: clipped at ε, not 1 ± ε", caught_by: &["clipped-surrogate-gradient"], plant: |c| {
        c.formulas.clipped_surrogate = |at, other, epsilon| {
            let pairs = at.policy().probabilities().iter().zip(other.probabilities()).zip(&at.evaluation().advantage);
            let space = at.mdp().space();
            let terms = pairs.enumerate().map(|(pair, ((old, new), a))| {
                let most = *old * *epsilon;
                let clipped = if *new > most { most } else { *new };
                let (plain, clipped) = (*new * *a, clipped * *a);
                at.evaluation().occupancy[space.state_of(pair)] * if clipped < plain { clipped } else { plain }
            });
            Ok(terms.fold(Dual::constant(0.0), |sum, x| sum + x))
        };
    } },
    Fault { name: "clipped surrogate: its gradient not clipped", caught_by: &["clipped-surrogate-slope"], plant: |c| {
        c.formulas.clipped_gradient = |at, other, epsilon| {
            let gradient = Some(surrogate_gradient(at, other)?);
            Ok(Clipped { gradient, ..Clipped::new(at, other, epsilon)? })
        };
    } },
    Fault { name: "trust region: the penalty added", caught_by: &["trust-region-bound"], plant: |c| {
        c.formulas.improvement_bound = |at, other| {
            let bound = ImprovementBound::new(at, other)?;
            let flip = |x: f64| 2.0 * bound.surrogate - x;
            Ok(ImprovementBound { by_total_variation: flip(bound.by_total_variation), by_divergence: flip(bound.by_divergence), ..bound })
        };
    } },
    Fault { name: "excursion: the resolvent missing (Degris)", caught_by: &["excursion-gradient", "excursion-without-resolvent"], plant: |c| {
        c.formulas.excursion = |at, behavior| {
            let claimed = Excursion::new(at, behavior)?;
            Ok(Excursion { gradient: claimed.degris.clone(), ..claimed })
        };
    } },
    Fault { name: "excursion: the emphasis not transposed", caught_by: &["excursion-gradient"], plant: |c| {
        c.formulas.excursion = |at, behavior| {
            let claimed = Excursion::new(at, behavior)?;
            let emphasis = at.chain().expect("a chain").resolvent().solve(behavior).expect("solved").x;
            Ok(Excursion { gradient: greediness::gradient(at.policy(), &emphasis, &at.evaluation().q)?, ..claimed })
        };
    } },
    Fault { name: "deterministic rule: the start's measure", caught_by: &["deterministic-rule"], plant: |c| {
        c.formulas.deterministic = |rule, at, jacobian| {
            let mut evaluation = at.evaluation().clone();
            evaluation.occupancy = at.mdp().initial().to_vec();
            rule.gradient(&at.with_evaluation(evaluation), jacobian)
        };
    } },
    Fault { name: "deterministic rule: ∂_uq without the weights' slopes", caught_by: &["deterministic-rule"], plant: |c| {
        c.formulas.deterministic = |rule, at, jacobian| {
            let flat = WeightedRule { slopes: rule.weights.clone(), ..rule.clone() };
            flat.gradient(at, jacobian)
        };
    } },
];

/// The entropy-regularised objective.
#[rustfmt::skip]
pub const OBJECTIVES: &[Fault] = &[
    Fault { name: "J_α: the entropy's sign", caught_by: &["entropy-objective"], plant: |c| {
        let j = discounted(c).evaluation.j;
        let soft = discounted(c).soft.as_mut().unwrap();
        soft.j = 2.0 * j - soft.j;
    } },
    Fault { name: "∇J_α: log π missing", caught_by: &["entropy-gradient"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let wrong = pairing(c, &d.evaluation.occupancy, &d.soft.as_ref().unwrap().q);
        discounted(c).soft.as_mut().unwrap().gradient = wrong;
    } },
    Fault { name: "∇²J_α: that of frozen rewards", caught_by: &["entropy-hessian"], plant: |c| {
        c.formulas.soft_hessian = |soft| soft.paid().hessian();
    } },
    Fault { name: "∇J_α: that of J", caught_by: &["entropy-gradient"], plant: |c| {
        let plain = discounted(c).gradient.clone();
        discounted(c).soft.as_mut().unwrap().gradient = plain;
    } },
];

/// ∂J with respect to r, ρ₀, γ and p.
#[rustfmt::skip]
pub const SENSITIVITIES: &[Fault] = &[
    Fault { name: "∂J/∂r: ρ₀ for ρ", caught_by: &["reward-sensitivity"], plant: |c| {
        let rho = c.mdp.initial();
        let wrong = (0..c.mdp.pairs()).map(|i| rho[space(&c.mdp).state_of(i)] * c.probabilities[i]).collect();
        c.sensitivity.as_mut().unwrap().rewards = wrong;
    } },
    Fault { name: "∂J/∂ρ₀: one step", caught_by: &["initial-sensitivity"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let wrong = d.chain().dynamics().r().to_vec();
        c.sensitivity.as_mut().unwrap().initial = wrong;
    } },
    Fault { name: "∂J/∂γ: v here, not after the step", caught_by: &["discount-sensitivity"], plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let wrong = d.evaluation.occupancy.iter().zip(&d.evaluation.v).map(|(x, y)| x * y).sum();
        c.sensitivity.as_mut().unwrap().discount = Some(wrong);
    } },
    Fault { name: "∂J/∂p: no γ", caught_by: &["transition-sensitivity"], plant: |c| {
        let gamma = discounted(c).gamma;
        let values = c.sensitivity.as_ref().unwrap().transitions.values();
        let wrong = values.iter().map(|x| x / gamma).collect();
        plant_transitions(c, wrong);
    } },
];
