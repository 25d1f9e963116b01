//! What to do about an error.

use std::fmt::Display;

use miette::Diagnostic;

use super::Error;
use crate::mend::{Argument, Mend};

impl Diagnostic for Error {
    /// What to do about it, as who speaks says it.
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.mend()?))
    }
}

/// What chooses one of the criteria that are needed: the shortest that does it alone. A discount beside a horizon is one of the
/// horizon.
fn of_criterion(needed: &str, found: &str) -> Mend {
    use Argument::{Criterion, Discount, Horizon};
    let ways = [
        ("discounted", Discount, "0.9"),
        ("finite-horizon", Horizon, "100"),
        ("average", Criterion, "average"),
    ];
    let ways = ways.into_iter().filter(|way| needed.contains(way.0));
    let mut mend = Mend::new("choose one with ");
    for (at, (_, argument, value)) in ways.enumerate() {
        if at > 0 {
            mend = mend.say(" or ");
        }
        mend = match argument {
            Discount if found == "finite-horizon" => mend
                .set(Criterion, "discounted")
                .each(" ", ", ", " and ")
                .set(Discount, value)
                .say(", without ")
                .name(Horizon),
            Discount => mend.discount(),
            _ => mend.set(argument, value),
        };
    }
    mend
}

impl Error {
    /// What to do about it.
    pub fn mend(&self) -> Option<Mend> {
        use Argument::Criterion;
        let no_total = |words: String| {
            Mend::new(words + "use a discount below 1 or ").set(Criterion, "average")
        };
        Some(match self {
            Error::Improper {
                way_out, terminal, ..
            } => no_total(match way_out {
                Some((state, action)) => {
                    format!("give `{state}/{action}` a positive probability, ")
                }
                None if *terminal => "list a state among them under `terminal:`, ".into(),
                None => "the model has no terminal state: list one under `terminal:`, ".into(),
            }),
            Error::NoProperPolicy { .. } => {
                no_total("list a state under `terminal:` that can be reached for certain, ".into())
            }
            Error::Unbounded { .. } => no_total(String::new()),
            Error::Trapped { criterion, .. } => {
                let narrow = "take narrower sets, so that every p leads on";
                let named = ", name a policy that does so under every p";
                Mend::new(match *criterion {
                    "total" => format!(
                        "{narrow}{named}, give every step a reward below 0, or set a horizon or a discount below 1"
                    ),
                    _ => format!("{narrow}{named}, or set a horizon or a discount below 1"),
                })
            }
            Error::Criterion { needed, found } => of_criterion(needed, found),
            other => return other.fixed_mend(),
        })
    }

    /// The mend where it is the same for all errors of a kind.
    fn fixed_mend(&self) -> Option<Mend> {
        use Argument::{Criterion, Exact, Geometric, Method, Normalize, Policy, Truncation};
        Some(match self {
            Error::DiscountRounds { .. } => Mend::new("use `solve` with ")
                .name(Exact)
                .say(", `compare` with ")
                .name(Truncation)
                .say(", write `discount: 1`, or ")
                .set(Criterion, "average"),
            Error::Drowned { .. } => Mend::new("leave the solver to `")
                .set(Argument::Solver, "auto")
                .say("`, or try ")
                .name(Exact),
            Error::Uncertain { .. } => Mend::new("use ").name(Exact),
            Error::Unsettled { .. } => "scale the rewards down, or take a β nearer to 0".into(),
            Error::ExcessRow { .. } => {
                "write rows that sum to 1, as fractions (1/3) do, or take a smaller discount".into()
            }
            Error::GradientOverflow {
                temperature: Some(_),
            } => "raise the temperature, or scale the rewards down".into(),
            Error::GradientOverflow { .. } => "scale the rewards down".into(),
            Error::Overflow { .. } => "scale the rewards, or the features, down".into(),
            Error::GivenOverflow { .. } => "give a smaller one".into(),
            Error::TooLong { .. } => {
                Mend::new("cut sooner with ")
                    .name(Truncation)
                    .say(", end trajectories by chance with ")
                    .name(Geometric)
                    .say(", or take a shorter horizon or a smaller discount")
            }
            Error::Underflow { .. } => "scale the rewards up".into(),
            Error::Game { .. } => Mend::new("see docs/players.md for games and their policies"),
            Error::LinearProgram { .. } => Mend::new("use another ").name(Method),
            Error::Argument { name: "radius", .. } => Mend::with_radius(),
            Error::Argument {
                name: "the baseline",
                ..
            } => Mend::new("give it with ").own_baseline(),
            Error::Argument {
                name: "the policy", ..
            } => Mend::new("name another with ").name(Policy),
            Error::UnknownEstimator {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?").into(),
            Error::UnknownEstimator { .. } => Mend::new(
                "expected all, total-return[:b], reward-to-go, baseline:b, q, advantage, td-residual, gae:λ, n-step:n or one of what libraries compute, as v-trace:1:1 or per-step-mean:q (docs/estimators.md), with b a number, v, optimal-constant, optimal-state, optimal-stationary, optimal-parameter, optimal-parameter-stationary or textbook and :dropped at the end to drop γ^t; baselines of your own come from a file by ",
            )
            .own_baseline(),
            Error::UnknownCritic { .. } => "expected exact, noise:SEED:SCALE or a file".into(),
            Error::NoScore { .. } | Error::SteepEntropy { .. } => {
                "give every action a positive probability, as `mix: {uniform: 0.01}` in the policy does".into()
            }
            Error::NotDifferentiable { .. } => {
                "give these actions no weight in any direction (a softmax does), or use a discount below 1".into()
            }
            Error::GainJumps { .. } => {
                "give these actions a positive probability, or use a discount below 1".into()
            }
            Error::Length { .. } => {
                "give one number for each parameter, in the order of `policy.parameters`".into()
            }
            Error::TooLarge { .. } => "ask for less, or take a smaller model".into(),
            Error::Inexact { .. } => Mend::new("write fractions such as 1/3, divide rows of a model by their sums (")
                .name(Normalize)
                .say("), or leave ")
                .name(Exact)
                .say(" out"),
            Error::NoSupport { .. } => {
                "mix the behavior policy with the uniform one: `mix: {uniform: 0.05}`, in a game in the policy of each player".into()
            }
            Error::Interrupted => {
                Mend::new("wait longer, or cut the trajectories with ").name(Truncation)
            }
            Error::OffPolicyBaseline => "use a number, v or a file".into(),
            Error::CostlySample { .. } => {
                Mend::new("draw fewer with ")
                    .drawn()
                    .say(", cut them with ")
                    .name(Truncation)
                    .say(", or end them by chance with ")
                    .name(Geometric)
            }
            Error::Overlong { .. } => {
                Mend::new("allow more steps, or sample with ")
                    .name(Truncation)
                    .say(", ")
                    .name(Geometric)
                    .say(" or a finite horizon")
            }
            Error::OtherSpace { .. } => "make the policy on the space of the model itself".into(),
            Error::NotInField { .. } => "compute it in floating point".into(),
            Error::Divergence { .. } => {
                Mend::new("keep γ^t, cut the trajectories (")
                    .cut()
                    .say("), or take another estimator")
            }
            Error::Factor(error) => return error.mend(),
            Error::Policy(error) => return error.mend(),
            _ => return None,
        })
    }
}
