//! A path under way: by the kernel of plain ascent, or by any rule.

use std::sync::Arc;

use super::iterates::Point;
use super::kernel::AscentKernel;
use super::{
    Advance, AscentMethod, AscentOptions, Course, GoOn, Goal, HALVINGS, Iterate, Measure, StepRule,
    actor_critic, default_step, fixed, has_no_value, line_search, mirror, momentum, natural,
    newton, proximal, risk, sampled, search, step_size, trust_region,
};
use crate::error::Error;
use crate::linalg::norm;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// Any rule over any policy, from the library's evaluation of each iterate.
struct General<'a> {
    at: Iterate,
    rule: Box<dyn StepRule + 'a>,
    goal: Option<&'a Goal>,
    /// Whether a step that lowers J is halved: a default one that no theorem covers.
    guarded: bool,
}

impl General<'_> {
    /// The rule's next iterate, from a step that does not lower J if it is guarded.
    fn next(&mut self, go_on: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let mut next = self.rule.next(&self.at, go_on);
        for _ in 0..HALVINGS {
            let falls = match &next {
                Ok(Some((next, _))) => {
                    !next.has_value() || next.j() < self.at.j() - next.error() - self.at.error()
                }
                Ok(None) => false,
                Err(error) => has_no_value(error),
            };
            if !(self.guarded && falls && self.rule.shrink()) {
                break;
            }
            next = self.rule.next(&self.at, go_on);
        }
        next
    }
}

impl Course for General<'_> {
    fn measure(&mut self, gap: bool) -> Measure {
        Measure {
            j: self.at.j(),
            gradient_norm: norm(&self.at.gradient),
            stationarity: self.at.stationarity(),
            gap_bound: gap.then(|| self.at.gap_bound(self.goal)).flatten(),
            smallest: self.goal.and_then(|goal| {
                goal.smallest_probability(self.at.solved.policy().probabilities())
            }),
        }
    }

    fn point(&self) -> Point {
        Point::of(&self.at)
    }

    fn direction_error(&self) -> Option<f64> {
        natural::direction_error(&self.at)
    }

    fn advance(&mut self, go_on: &GoOn) -> Result<Advance, Error> {
        let next = self.next(go_on);
        if go_on().is_break() {
            return Ok(Advance::Interrupted);
        }
        Ok(match next {
            Ok(Some((at, step))) if at.has_value() => {
                self.at = at;
                Advance::Step(step)
            }
            Ok(Some(_)) => Advance::Lost,
            Ok(None)
                if self.rule.sees_visits_alone() && self.at.solved.moves_between_classes()? =>
            {
                Advance::Unseen
            }
            Ok(None) => Advance::NoProgress,
            Err(error) if has_no_value(&error) => Advance::Lost,
            Err(error) => return Err(error),
        })
    }

    fn finish(self: Box<Self>) -> Result<(Policy, Option<f64>), Error> {
        let gap_bound = self.at.gap_bound(self.goal);
        Ok((Policy::clone(self.at.solved.policy()), gap_bound))
    }
}

/// The path of a method from a policy.
pub(super) fn course<'a>(
    mdp: &'a Arc<Mdp>,
    policy: &Policy,
    goal: Option<&'a Goal>,
    options: &'a AscentOptions,
) -> Result<Box<dyn Course + 'a>, Error> {
    let policy = options.method.start(policy)?;
    let step = match options.step {
        Some(step) => step,
        None => default_step(options.method, mdp, &policy),
    };
    let is_soft = options.entropy.is_some();
    let guarded = options.step.is_none() && !step_size::is_safe(options.method, mdp, &policy);
    let guarded =
        guarded || (options.step.is_none() && is_soft && options.method == AscentMethod::Plain);
    if options.method == AscentMethod::Plain
        && options.risk.is_none()
        && !is_soft
        && !guarded
        && let Some(kernel) = AscentKernel::new(mdp, &policy, goal, options, step)
    {
        return Ok(Box::new(kernel));
    }
    let at = match options.entropy {
        Some(alpha) => {
            options.method.check_entropy(options.entropy)?;
            Iterate::softened(mdp, policy, alpha, &options.solver)?
        }
        None => Iterate::new(mdp, policy, &options.solver)?,
    };
    if let (Some(rollouts), true) = (options.rollouts, options.method.is_search()) {
        // said before anything is drawn
        sampled::whole_returns(mdp)?;
        search::check_rollouts(mdp, at.solved.policy(), rollouts)?;
    }
    if let (Some(_), Some(alpha)) = (&options.risk, options.entropy) {
        return Err(Error::Argument {
            name: "the entropy beside a criterion of risk",
            found: alpha.to_string(),
            expected: "one of the two",
        });
    }
    if let Some(risk) = &options.risk {
        return Ok(Box::new(risk::Averse::new(at, risk, options, step)?));
    }
    let rule = rule(options, step, mdp, at.solved.policy())?;
    Ok(Box::new(General {
        at,
        rule,
        goal,
        guarded,
    }))
}

/// The rule of a method, for a step of this size.
fn rule<'a>(
    options: &'a AscentOptions,
    step: f64,
    mdp: &'a Arc<Mdp>,
    policy: &Policy,
) -> Result<Box<dyn StepRule + 'a>, Error> {
    Ok(match options.method {
        AscentMethod::Plain | AscentMethod::Projected => Box::new(fixed::Fixed { step }),
        AscentMethod::LineSearch => Box::new(line_search::Armijo::new(options.step)),
        AscentMethod::Natural => Box::new(natural::NaturalStep { step }),
        AscentMethod::Mirror => Box::new(mirror::Mirror::new(step, options.step.is_none())),
        AscentMethod::Nesterov => Box::new(momentum::Nesterov::new(step)),
        AscentMethod::Adam => Box::new(momentum::Adam::new(step)),
        AscentMethod::TrustRegion => Box::new(trust_region::TrustRegion { radius: step }),
        AscentMethod::Proximal => Box::new(proximal::ClippedRule { epsilon: step }),
        AscentMethod::Newton => Box::new(newton::Newton),
        AscentMethod::Reinforce => Box::new(sampled::Reinforce::new(mdp, policy, options, step)?),
        AscentMethod::ActorCritic => {
            Box::new(actor_critic::ActorCritic::new(mdp, policy, options, step)?)
        }
        AscentMethod::Evolution => Box::new(search::EvolutionRule {
            step,
            draws: draws(options),
        }),
        AscentMethod::CrossEntropy => Box::new(search::CrossEntropy {
            sigma: Vec::new(),
            first: step,
            draws: draws(options),
        }),
        AscentMethod::RandomSearch => Box::new(search::RandomSearch {
            sigma: step,
            draws: draws(options),
        }),
    })
}

/// What a search draws, from where an earlier one left off.
fn draws(options: &AscentOptions) -> search::Draws {
    search::Draws {
        samples: usize::try_from(options.trajectories).unwrap_or(usize::MAX),
        seed: options.seed,
        rounds: options.made as u64,
        rollouts: options.rollouts,
    }
}
