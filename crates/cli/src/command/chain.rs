//! `exact-mdp chain`: the Markov chain that a policy makes of a model.

use clap::Args;
use exact_mdp::study;
use miette::miette;

use super::drawing::Drawing;
use super::files::Files;
use super::input::Proof;
use super::voice::Voice;
use super::{Input, Shared, Verdict};
use crate::picture::{Scene, studies};

/// The chain of a policy: classes, long run, first passage, mixing
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp chain mdps/random-walk-5.yaml
         exact-mdp chain mdps/frozenlake-4x4.yaml --to 15 --format json
         exact-mdp chain mdps/riverswim.yaml --plot chain.svg
         exact-mdp chain mdps/multichain-average.yaml --exact -o chain.npz

The chain is P = p^π, in which terminal states lead to themselves; the discount plays no part. The
matrices are P, its limit P*, the deviation matrix D = (I − P + P*)⁻¹ − P*, the fundamental matrix
Z = D + P* and the expected first-passage times; with them come Kemeny's constant, the eigenvalues
(in floating point, each with a bound on its error), the mixing time (to within 1/4 in total variation, with a proven enclosure) and, for classes of up
to 18 states, the conductance.

CSV columns: quantity, state, action, to, number, value; `to` is the state of a matrix's column,
`number` that of a class or eigenvalue.")]
pub struct Chain {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    proof: Proof,
    /// First passage to a state: how likely it is, and in how many steps; for several states the
    /// passage to the first of them that is reached
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    to: Vec<String>,
    /// Form the matrices, up to 2,000 states; unasked up to 100. `--matrices no` leaves them out
    #[arg(long, value_name = "YES|NO", num_args = 0..=1, default_missing_value = "yes", value_parser = ["yes", "no"])]
    matrices: Option<String>,
    /// Also draw the transitions by classes, below 50 states, and the eigenvalues in the unit disc, an
    /// .svg or .png file
    #[arg(long, value_name = "FILE")]
    plot: Option<Drawing>,
}

impl Chain {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if self.plot.is_some() && self.matrices() == Some(false) {
            return Err(miette!(
                "`--plot` draws the matrices that `--matrices no` leaves out"
            ));
        }
        let model = self.input.model(shared)?;
        let (states, most) = (model.space().states(), study::ChainRequest::MOST);
        if self.plot.is_some() && self.matrices.is_none() && states > most {
            return Err(miette!(
                help = "leave `--plot` out",
                "nothing to draw: {states} states are too many, {most} at most"
            ));
        }
        let request = study::ChainRequest {
            setting: self.input.setting(self.proof.numbers()),
            to: self.to.clone(),
            matrices: self.matrices(),
        };
        let report = study::chain(&model, &request, &Voice::new(shared))?;
        shared.write(&report)?;
        if let Some(plot) = &self.plot {
            let picture = studies::chain(&Scene::new(&model.mdp()), &report);
            let picture = picture.ok_or_else(|| {
                miette!(
                    help = "leave `--plot` out; the report is written",
                    "nothing to draw: the eigenvalues were not found, and transitions are drawn of few states only"
                )
            })?;
            plot.write(&picture, shared)?;
        }
        Ok(Verdict::Fine)
    }

    /// Whether matrices are formed: a picture is made of them.
    fn matrices(&self) -> Option<bool> {
        let said = self.matrices.as_deref().map(|word| word == "yes");
        said.or(self.plot.as_ref().map(|_| true))
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let plot = self.plot.as_ref().map(Drawing::path);
        self.input.files().write(plot)
    }
}
