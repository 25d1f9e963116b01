//! J, v and ∇J of many tabular softmax policies on one model (theory, section 1).
//!
//! ```text
//! v = (I − γp^π)⁻¹ r^π     ρ = ρ₀ (I − γp^π)⁻¹     ∂J/∂θ(s, a) = ρ(s) π(a|s) A(s, a)/τ
//! ```
//!
//! Under the discounted and the total reward, up to [`LARGEST`] states, eight policies are solved
//! side by side, a number of each in every wide register, by the elimination without subtraction
//! that [`Solved`] uses on small chains; values and gradients agree with those of [`Solved`] up to
//! rounding. Elsewhere, and where a policy's system has no solution, the policies are solved one by
//! one, so that what has no answer is the same error as there.
//!
//! ```
//! use exact_mdp::batch;
//! use exact_mdp::model::Model;
//!
//! let mdp = Model::load("mdps/two-state.yaml".as_ref())?.mdp();
//! let found = batch::softmax(&mdp, &[0.0; 8], 2, &batch::Options::default())?;
//! assert!((found.j[0] - 405.0 / 73.0).abs() < 1e-14);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod lanes;
mod layout;

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::Error;
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::solved::Solved;
use lanes::{LANES, Workspace};
use layout::Layout;

/// Up to this many states that are not terminal an elimination of dense rows is worth its n³: the
/// rows of eight policies on 256 states take 4 MB, as much as a core's cache of the second and third
/// level holds.
pub const LARGEST: usize = 256;

/// What is asked of [`softmax`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// τ > 0.
    pub temperature: f64,
    /// Whether ∇J is wanted.
    pub gradient: bool,
    /// Threads; 0 for as many as the machine has. Changes no result.
    pub threads: usize,
}

impl Default for Options {
    /// τ = 1, with gradients, on one thread.
    fn default() -> Options {
        Options {
            temperature: 1.0,
            gradient: true,
            threads: 1,
        }
    }
}

/// The answers for K policies, one policy after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// J \[K\], in units of reward.
    pub j: Vec<f64>,
    /// v \[K\]\[S\]; 0 on terminal states.
    pub v: Vec<f64>,
    /// ∇J \[K\]\[SA\], if it was asked for.
    pub gradient: Option<Vec<f64>>,
}

/// J, v and ∇J of the tabular softmax policies with parameters θ \[K\]\[SA\], one after the other.
///
/// # Errors
/// [`Error::Argument`] where the number of parameters is not K times that of the pairs or τ is not
/// above 0; for each policy, the errors of [`Policy::softmax`], [`Solved::new`] and
/// [`Solved::gradient`], of the first policy that has one.
pub fn softmax(
    mdp: &Mdp,
    theta: &[f64],
    policies: usize,
    options: &Options,
) -> Result<Batch, Error> {
    let (states, pairs) = (mdp.states(), mdp.pairs());
    check(theta.len(), policies.checked_mul(pairs), options)?;
    let mut batch = Batch {
        j: vec![0.0; policies],
        v: vec![0.0; policies * states],
        gradient: options.gradient.then(|| vec![0.0; policies * pairs]),
    };
    let layout = Layout::new(mdp);
    let shared = Arc::new(mdp.clone());
    let blocks: Vec<Block<'_>> = blocks(&mut batch, theta, states, pairs).collect();
    let run = |workspace: &mut Option<Workspace>, mut block: Block<'_>| {
        let solved = layout.as_ref().is_some_and(|layout| {
            let workspace = workspace.get_or_insert_with(|| Workspace::new(layout));
            workspace.run(layout, &mut block, options.temperature)
        });
        if solved {
            Ok(())
        } else {
            block.one_by_one(&shared, options.temperature)
        }
    };
    if options.threads == 1 {
        let mut workspace = None;
        blocks
            .into_iter()
            .try_for_each(|block| run(&mut workspace, block))?;
        return Ok(batch);
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build();
    let pool = pool.map_err(|error| Error::Argument {
        name: "threads",
        found: format!("{}: {error}", options.threads),
        expected: "as many as the machine can start",
    })?;
    // in order, so that the error is that of the first policy that has one
    let results: Vec<Result<(), Error>> =
        pool.install(|| blocks.into_par_iter().map_init(|| None, run).collect());
    results.into_iter().collect::<Result<(), Error>>()?;
    Ok(batch)
}

fn check(found: usize, expected: Option<usize>, options: &Options) -> Result<(), Error> {
    if expected != Some(found) {
        return Err(Error::Argument {
            name: "theta",
            found: format!("{found} numbers"),
            expected: "one for each policy and pair",
        });
    }
    let tau = options.temperature;
    if tau > 0.0 && tau.is_finite() {
        return Ok(());
    }
    Err(Error::Argument {
        name: "temperature",
        found: tau.to_string(),
        expected: "a number above 0",
    })
}

/// Up to eight policies: their parameters and the places of their answers.
struct Block<'a> {
    theta: &'a [f64],
    j: &'a mut [f64],
    v: &'a mut [f64],
    gradient: Option<&'a mut [f64]>,
}

/// The policies of a batch, eight at a time.
fn blocks<'a>(
    batch: &'a mut Batch,
    theta: &'a [f64],
    states: usize,
    pairs: usize,
) -> impl Iterator<Item = Block<'a>> {
    let mut gradients = batch
        .gradient
        .as_mut()
        .map(|g| g.chunks_mut((LANES * pairs).max(1)));
    let v = batch.v.chunks_mut((LANES * states).max(1));
    let theta = theta.chunks((LANES * pairs).max(1));
    let j = batch.j.chunks_mut(LANES);
    j.zip(v).zip(theta).map(move |((j, v), theta)| Block {
        theta,
        j,
        v,
        gradient: gradients.as_mut().and_then(Iterator::next),
    })
}

impl Block<'_> {
    /// The answers of each policy as [`Solved`] gives them.
    fn one_by_one(&mut self, mdp: &Arc<Mdp>, temperature: f64) -> Result<(), Error> {
        let (states, pairs) = (mdp.states(), mdp.pairs());
        for k in 0..self.j.len() {
            let theta = self.theta[k * pairs..(k + 1) * pairs].to_vec();
            let policy = Policy::softmax(mdp.space(), theta, temperature)?;
            let solved = Solved::new(Arc::clone(mdp), policy)?;
            self.j[k] = *solved.j();
            self.v[k * states..(k + 1) * states].copy_from_slice(solved.v());
            if let Some(gradient) = &mut self.gradient {
                gradient[k * pairs..(k + 1) * pairs].copy_from_slice(solved.gradient()?);
            }
        }
        Ok(())
    }
}

/// Whether chains are solved by the elimination: a discount, or the total reward.
fn has_resolvent(mdp: &Mdp) -> bool {
    matches!(
        mdp.criterion(),
        Criterion::Discounted { .. } | Criterion::Total
    )
}

#[cfg(test)]
mod tests;
