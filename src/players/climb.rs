//! Players who all climb their own J, each along its own gradient (theory, 7.8).
//!
//! ```text
//! plain           θᵢ ← θᵢ + η ∇ᵢJᵢ          on simplices projected back to them
//! natural         θᵢ ← θᵢ + η F⁺∇ᵢJᵢ        a tabular softmax moves by its own advantages: multiplicative
//!                                            weights, replicator in small steps
//! optimistic      g ← 2 gₜ − gₜ₋₁            (Daskalakis et al. 2018), plain otherwise
//! extragradient   g at θ + η g(θ)            (Korpelevich 1976), plain otherwise
//! ```
//!
//! All at once, or in turns (`alternating`), each after the one before has moved.

use std::sync::Arc;

use crate::ascent::projected::project;
use crate::control::ControlOptions;
use crate::error::Error;
use crate::gradient::Natural;
use crate::policy::Policy;

use super::{Game, Profile};

/// How players climb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClimbMethod {
    /// Along the gradient.
    #[default]
    Plain,
    /// Along the natural gradient.
    Natural,
    /// Along twice the gradient less the one before.
    Optimistic,
    /// Along the gradient of where a first step leads.
    Extragradient,
}

impl ClimbMethod {
    /// All ways to climb.
    pub const ALL: [ClimbMethod; 4] = [
        ClimbMethod::Plain,
        ClimbMethod::Natural,
        ClimbMethod::Optimistic,
        ClimbMethod::Extragradient,
    ];

    /// The name, as flags and reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            ClimbMethod::Plain => "plain",
            ClimbMethod::Natural => "natural",
            ClimbMethod::Optimistic => "optimistic",
            ClimbMethod::Extragradient => "extragradient",
        }
    }
}

/// What is asked of [`climb`].
#[derive(Clone, Debug)]
pub struct Climb {
    /// Which rule the steps follow.
    pub method: ClimbMethod,
    /// η > 0.
    pub step: f64,
    /// How many iterations.
    pub iterations: usize,
    /// Whether players move one after the other.
    pub alternating: bool,
    /// Every how many iterations one is recorded; the first and the last always are.
    pub every: usize,
}

impl Default for Climb {
    fn default() -> Climb {
        Climb {
            method: ClimbMethod::Plain,
            step: 0.1,
            iterations: 100,
            alternating: false,
            every: 1,
        }
    }
}

/// One recorded iteration.
#[derive(Clone, Debug)]
pub struct ClimbStep {
    /// Counted from 0, where it starts.
    pub iteration: usize,
    /// Jᵢ \[n\].
    pub j: Vec<f64>,
    /// ‖∇ᵢJᵢ‖₂ \[n\].
    pub gradient_norm: Vec<f64>,
    /// What each player's best reply gains \[n\].
    pub gain: Vec<f64>,
    /// πᵢ(a|s) of all players, one after the other \[Σ SAᵢ\].
    pub probabilities: Vec<f64>,
}

/// The path, and the policy at its end.
#[derive(Clone, Debug)]
pub struct Climbed {
    /// The recorded iterations.
    pub trace: Vec<ClimbStep>,
    /// The last policy.
    pub policy: Arc<Policy>,
}

/// Climbs from a factored policy.
///
/// Errors with [`Error::Game`] where the policy is not factored, with [`Error::Improper`] where it has no value, with
/// [`Error::NotDifferentiable`] where a player has no gradient, with [`Error::Unbounded`] where one has no best reply, with
/// [`Error::Argument`] where steps lead to a policy without scores that a method asks for, and where a step leaves floating
/// point.
pub fn climb(game: &Game<f64>, start: Arc<Policy>, how: &Climb) -> Result<Climbed, Error> {
    let mut at = game.profile(start)?;
    let mut trace = vec![recorded(&at, 0)?];
    let mut before = None;
    for iteration in 1..=how.iterations {
        at = if how.alternating {
            let mut next = at;
            for player in 0..game.players().count() {
                let own = next.family()?.factors()[player].block();
                let mut last = before.clone();
                let found = direction(game, &next, how, &mut last);
                let is_start = iteration == 1 && player == 0;
                let mut move_to = match found {
                    Err(error) if !is_start => return Err(come(error, iteration, how)),
                    found => found?,
                };
                keep(&mut before, last, own.clone());
                let outside = |k: &usize| !own.contains(k);
                for k in (0..move_to.len()).filter(outside) {
                    move_to[k] = 0.0;
                }
                next = moved(game, &next, &move_to, how.step)?;
            }
            next
        } else {
            let found = direction(game, &at, how, &mut before);
            let move_to = match found {
                // where it starts it has not come
                Err(error) if iteration > 1 => return Err(come(error, iteration - 1, how)),
                found => found?,
            };
            moved(game, &at, &move_to, how.step)?
        };
        if iteration.is_multiple_of(how.every.max(1)) || iteration == how.iterations {
            trace.push(recorded(&at, iteration)?);
        }
    }
    let policy = Arc::clone(at.policy()?);
    Ok(Climbed { trace, policy })
}

/// Takes one player's part of the last gradient over.
fn keep(before: &mut Option<Vec<f64>>, last: Option<Vec<f64>>, own: std::ops::Range<usize>) {
    match (before, last) {
        (Some(before), Some(last)) => before[own.clone()].copy_from_slice(&last[own]),
        (before, last) => *before = last,
    }
}

/// Says of a policy that a climb came to that a smaller step would not have come there, where probabilities are 0 and no score
/// exists.
fn come(error: Error, iteration: usize, how: &Climb) -> Error {
    match error {
        Error::NoScore { pairs } => {
            let pairs = pairs
                .iter()
                .map(|(state, action)| format!("`{state}/{action}`"));
            let pairs: Vec<String> = pairs.collect();
            Error::Argument {
                name: "the step of the climb",
                found: format!(
                    "{}, which has led to probability 0 of {} in iteration {iteration}, where no score and no natural gradient exist",
                    how.step,
                    pairs.join(", ")
                ),
                expected: "a smaller one, or another method",
            }
        }
        error => error,
    }
}

fn direction(
    game: &Game<f64>,
    at: &Profile<'_, f64>,
    how: &Climb,
    before: &mut Option<Vec<f64>>,
) -> Result<Vec<f64>, Error> {
    match how.method {
        ClimbMethod::Plain => at.gradient(),
        ClimbMethod::Natural => natural(at),
        ClimbMethod::Optimistic => {
            let now = at.gradient()?;
            let last = before.replace(now.clone()).unwrap_or_else(|| now.clone());
            Ok(now.iter().zip(&last).map(|(x, y)| 2.0 * x - y).collect())
        }
        ClimbMethod::Extragradient => {
            let ahead = moved(game, at, &at.gradient()?, how.step)?;
            ahead.gradient()
        }
    }
}

/// Each player's natural gradient, with the others fixed: F⁺∇ᵢJᵢ of its own factor, from the weights of
/// its actions averaged over the others'.
fn natural(at: &Profile<'_, f64>) -> Result<Vec<f64>, Error> {
    let family = at.family()?;
    let mut all = Vec::new();
    for (player, factor) in family.factors().iter().enumerate() {
        if factor.parameters() == 0 {
            continue;
        }
        let solved = at.of(player)?;
        let averaged = family.marginal(player, &solved.pair_weights()?);
        let natural = Natural::from_weights(factor.policy(), solved.occupancy(), &averaged)?;
        all.extend(natural.direction);
    }
    Ok(all)
}

fn moved<'g>(
    game: &'g Game<f64>,
    at: &Profile<'g, f64>,
    direction: &[f64],
    step: f64,
) -> Result<Profile<'g, f64>, Error> {
    let policy = at.policy()?;
    let theta = policy.theta().unwrap_or_default().iter().zip(direction);
    let theta: Vec<f64> = theta.map(|(x, d)| x + step * d).collect();
    let mut projected = Vec::with_capacity(theta.len());
    for factor in at
        .family()?
        .factors()
        .iter()
        .filter(|factor| !factor.is_fixed())
    {
        projected.extend(project(factor.policy(), theta[factor.block()].to_vec()));
    }
    game.profile(Arc::new(policy.with_theta(projected)?))
}

fn recorded(at: &Profile<'_, f64>, iteration: usize) -> Result<ClimbStep, Error> {
    let family = at.family()?;
    let gradient = at.gradient()?;
    let norm = |x: &[f64]| x.iter().fold(0.0, |sum: f64, x| sum.hypot(*x));
    let players = 0..family.factors().len();
    let own = |player| Ok(*at.of(player)?.j());
    let reply = |player| Ok(at.best_reply(player, &ControlOptions::default())?.gain);
    let factors = family.factors().iter();
    Ok(ClimbStep {
        iteration,
        j: players.clone().map(own).collect::<Result<_, Error>>()?,
        gradient_norm: factors
            .clone()
            .map(|factor| norm(&gradient[factor.block()]))
            .collect(),
        gain: players.map(reply).collect::<Result<_, Error>>()?,
        probabilities: factors
            .flat_map(|f| f.policy().probabilities().to_vec())
            .collect(),
    })
}
