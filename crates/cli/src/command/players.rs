//! `exact-mdp players`: what concerns several players at once.

use clap::{Args, ValueEnum};
use exact_mdp::players::climb::{Climb, ClimbMethod};
use exact_mdp::study;

use super::drawing::Drawing;
use super::files::Files;
use super::input::Proof;
use super::range::{counts, positive};
use super::voice::Voice;
use super::{Input, Shared, Verdict};
use crate::picture::players;

/// A game: each player's J, gradient and best reply, values, potentials, and players who climb
#[derive(Args, Debug)]
#[command(after_help = "\
Examples: exact-mdp players mdps/prisoners-dilemma.yaml --exact
          exact-mdp players mdps/ambush.yaml
          exact-mdp players mdps/matching-pennies.yaml --policy random:1 --jacobian --estimators reward-to-go
          exact-mdp players mdps/matching-pennies.yaml --policy random:1 --climb plain --plot cycle.svg

A model with `players` has joint actions and a reward for each player; its policy is a product of the
players' own. The gain of a player's best reply is what it loses by not playing it: nobody gains in an
equilibrium. Values of zero-sum games (of the first player) are enclosed by proven bounds.

CSV columns: quantity, player, state, action, parameter, other_parameter, value.")]
pub struct Players {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    proof: Proof,
    /// The Jacobian of (∇₁J₁, …, ∇ₙJₙ), its symmetric and antisymmetric parts and its eigenvalues
    #[arg(long)]
    jacobian: bool,
    /// The laws of estimators of each player's own gradient, by their names as in `compare`
    #[arg(long, value_name = "NAMES")]
    estimators: Option<String>,
    /// The profile alone: no value of a zero-sum game, no search for a potential
    #[arg(long)]
    profile: bool,
    /// All players climb their own J from here
    #[arg(long, value_name = "METHOD")]
    climb: Option<How>,
    /// η, the step of a climb
    #[arg(long, value_name = "STEP", requires = "climb", default_value_t = 0.1, allow_hyphen_values = true, value_parser = positive)]
    step: f64,
    /// Iterations of a climb
    #[arg(long, value_name = "N", requires = "climb", default_value_t = 100)]
    iterations: usize,
    /// One player moves after the other, not all at once
    #[arg(long, requires = "climb")]
    alternating: bool,
    /// Record every N-th iteration of a climb; unasked about 100 of them
    #[arg(long, value_name = "N", requires = "climb", value_parser = counts::<usize>(1, u64::MAX))]
    every: Option<usize>,
    /// Also draw the climb, an .svg or .png file: one player's probability against the other's where two
    /// have two actions, else the probabilities in time
    #[arg(long, value_name = "FILE", requires = "climb")]
    plot: Option<Drawing>,
}

/// How players climb.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum How {
    /// Along the gradient; on simplices projected
    Plain,
    /// Along the natural gradient: multiplicative weights for a tabular softmax
    Natural,
    /// Along twice the gradient less the one before
    Optimistic,
    /// Along the gradient of where a first step leads
    Extragradient,
}

impl How {
    fn method(self) -> ClimbMethod {
        match self {
            How::Plain => ClimbMethod::Plain,
            How::Natural => ClimbMethod::Natural,
            How::Optimistic => ClimbMethod::Optimistic,
            How::Extragradient => ClimbMethod::Extragradient,
        }
    }
}

impl Players {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let climb = self.climb.map(|how| Climb {
            method: how.method(),
            step: self.step,
            iterations: self.iterations,
            alternating: self.alternating,
            every: self.every.unwrap_or(self.iterations.div_ceil(100).max(1)),
        });
        let request = study::PlayersRequest {
            setting: self.input.setting(self.proof.numbers()),
            jacobian: self.jacobian,
            estimators: self.estimators.clone(),
            profile_only: self.profile,
            climb,
        };
        let report = study::players(&model, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        if let Some(plot) = &self.plot {
            plot.write(&players::draw(&report), shared)?;
        }
        Ok(Verdict::Fine)
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let plot = self.plot.as_ref().map(Drawing::path);
        self.input.files().write(plot)
    }
}
