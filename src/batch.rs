//! J, v and ∇J of many tabular softmax policies on one model (theory, section 1).
//!
//! ```text
//! v = (I − γp^π)⁻¹ r^π     ρ = ρ₀ (I − γp^π)⁻¹     ∂J/∂θ(s, a) = ρ(s) π(a|s) A(s, a)/τ
//! ```
//!
//! Under the discounted and the total reward, up to 256 states, eight policies are solved side by side, a
//! number of each in every wide register, by the elimination without subtraction that [`Solved`] uses on
//! small chains, in an order that is found once for all of them; values and gradients agree with those of [`Solved`] up to
//! rounding. Elsewhere, where a policy's system has no solution, and where values are so much larger than what
//! they differ by that gradients lack digits (γ near 1), the policies are solved one by one, so that what has no
//! answer is the same error as there. Bounds on what rounding has done to each policy's numbers are had for the asking.
//!
//! ```
//! use exact_mdp::batch;
//! use exact_mdp::model::Model;
//!
//! let mdp = Model::load("mdps/two-state.yaml")?.mdp();
//! let found = batch::softmax(&mdp, &[0.0; 8], 2, &batch::BatchOptions::default())?;
//! assert!((found.j[0] - 405.0 / 73.0).abs() < 1e-14);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod errors;
mod exponential;
mod lanes;
mod layout;
mod plan;

use std::ops::ControlFlow;
use std::sync::Arc;

use rayon::prelude::*;

use crate::error::Error;
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::solved::Solved;
use errors::Room;
use lanes::{Block, Bounds, LANES, Workspace};
use layout::Layout;

/// What is asked of [`softmax`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchOptions {
    /// τ > 0.
    pub temperature: f64,
    /// Whether ∇J is wanted.
    pub gradient: bool,
    /// Whether bounds on what rounding has done are wanted.
    pub errors: bool,
    /// Threads; 0 for as many as the machine has. Changes no result.
    pub threads: usize,
}

impl Default for BatchOptions {
    /// τ = 1, with gradients and without bounds, on one thread.
    fn default() -> BatchOptions {
        BatchOptions {
            temperature: 1.0,
            gradient: true,
            errors: false,
            threads: 1,
        }
    }
}

/// The answers for K policies, one policy after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchEvaluation {
    /// J \[K\], in units of reward.
    pub j: Vec<f64>,
    /// v \[K\]\[S\]; 0 on terminal states.
    pub v: Vec<f64>,
    /// ∇J \[K\]\[SA\], if it was asked for.
    pub gradient: Option<Vec<f64>>,
    /// What rounding may have done to them, if it was asked for.
    pub errors: Option<BatchErrors>,
}

/// Bounds on the absolute errors of a batch, of each policy one.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchErrors {
    /// Of J \[K\].
    pub j: Vec<f64>,
    /// Of any value of the policy \[K\].
    pub v: Vec<f64>,
    /// Of any entry of ∇J \[K\], if it was asked for.
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
    options: &BatchOptions,
) -> Result<BatchEvaluation, Error> {
    softmax_with(mdp, theta, policies, options, &|| ControlFlow::Continue(()))
}

/// J \[K\], v \[K, S\] and ∇J \[K, SA\] of K tabular softmax policies θ \[K, SA\], asking now and then whether to go on:
/// where not, the batch holds the answers of as many of the first policies as were done.
///
/// # Errors
/// [`Error::Argument`] where the number of parameters is not K times that of the pairs or τ is not
/// above 0; where a policy has no value or no gradient, for the first one that has none.
pub fn softmax_with(
    mdp: &Mdp,
    theta: &[f64],
    policies: usize,
    options: &BatchOptions,
    go_on: &(dyn Fn() -> ControlFlow<()> + Sync),
) -> Result<BatchEvaluation, Error> {
    let (states, pairs) = (mdp.states(), mdp.pairs());
    check(theta.len(), policies.checked_mul(pairs), options)?;
    // of models without actions, whose policies have no parameters
    Error::check_size("table of values", policies, states)?;
    let mut batch = BatchEvaluation {
        j: vec![0.0; policies],
        v: vec![0.0; policies * states],
        gradient: options.gradient.then(|| vec![0.0; policies * pairs]),
        errors: options.errors.then(|| BatchErrors {
            j: vec![0.0; policies],
            v: vec![0.0; policies],
            gradient: options.gradient.then(|| vec![0.0; policies]),
        }),
    };
    let layout = Layout::new(mdp);
    let shared = Arc::new(mdp.clone());
    type Rooms = (Option<Workspace>, Option<Room>);
    let run = |(workspace, room): &mut Rooms, mut block: Block<'_>| {
        if go_on().is_break() {
            return Ok(0);
        }
        let solved = layout.as_ref().and_then(|layout| {
            let workspace = workspace.get_or_insert_with(|| Workspace::new(layout));
            let lost = workspace.run(layout, &mut block, options.temperature)?;
            if options.errors {
                let room = room.get_or_insert_with(|| Room::new(mdp, layout));
                room.bound(workspace, layout, &mut block, options.temperature);
            }
            Some(lost)
        });
        match solved {
            // the first that has no answer says why
            None => block.one_by_one(&shared, options.temperature, go_on),
            Some(lost) => {
                // one by one, so that no policy's digits depend on the others of its block
                for k in (0..block.j.len()).filter(|&k| lost[k]) {
                    block.by_itself(k, &shared, options.temperature)?;
                }
                Ok(block.j.len())
            }
        }
    };
    let blocks: Vec<Block<'_>> = blocks(&mut batch, theta, states, pairs).collect();
    let done = if options.threads == 1 {
        let mut rooms = Rooms::default();
        in_order(blocks.into_iter().map(|block| run(&mut rooms, block)))
    } else {
        let pool = pool(options.threads)?;
        let each: Vec<Result<usize, Error>> = pool.install(|| {
            blocks
                .into_par_iter()
                .map_init(Rooms::default, run)
                .collect()
        });
        in_order(each)
    };
    batch.keep(done?, states, pairs);
    Ok(batch)
}

/// How many of the first policies are done, by how many each block of eight has done; the error is
/// that of the first policy that has one.
fn in_order(blocks: impl IntoIterator<Item = Result<usize, Error>>) -> Result<usize, Error> {
    let mut all = 0;
    for done in blocks {
        let done = done?;
        all += done;
        // the last block of all may be short as well; nothing comes after it
        if done < LANES {
            break;
        }
    }
    Ok(all)
}

fn pool(threads: usize) -> Result<rayon::ThreadPool, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| Error::Argument {
        name: "threads",
        found: format!("{threads}: {error}"),
        expected: "as many as the machine can start",
    })
}

fn check(found: usize, expected: Option<usize>, options: &BatchOptions) -> Result<(), Error> {
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

impl BatchEvaluation {
    /// Leaves out what comes after the first policies.
    fn keep(&mut self, policies: usize, states: usize, pairs: usize) {
        self.j.truncate(policies);
        self.v.truncate(policies * states);
        if let Some(gradient) = &mut self.gradient {
            gradient.truncate(policies * pairs);
        }
        if let Some(errors) = &mut self.errors {
            let own = [
                Some(&mut errors.j),
                Some(&mut errors.v),
                errors.gradient.as_mut(),
            ];
            own.into_iter()
                .flatten()
                .for_each(|errors| errors.truncate(policies));
        }
    }
}

/// The policies of a batch, eight at a time.
fn blocks<'a>(
    batch: &'a mut BatchEvaluation,
    theta: &'a [f64],
    states: usize,
    pairs: usize,
) -> impl Iterator<Item = Block<'a>> {
    let mut gradients = batch
        .gradient
        .as_mut()
        .map(|g| g.chunks_mut((LANES * pairs).max(1)));
    let mut bounds = batch.errors.as_mut().map(|errors| {
        let gradients = errors.gradient.as_mut();
        let mut gradients = gradients.map(|g| g.chunks_mut(LANES));
        let both = errors.j.chunks_mut(LANES).zip(errors.v.chunks_mut(LANES));
        both.map(move |(j, v)| Bounds {
            j,
            v,
            gradient: gradients.as_mut().and_then(Iterator::next),
        })
    });
    let v = batch.v.chunks_mut((LANES * states).max(1));
    let theta = theta.chunks((LANES * pairs).max(1));
    let j = batch.j.chunks_mut(LANES);
    j.zip(v).zip(theta).map(move |((j, v), theta)| Block {
        theta,
        j,
        v,
        gradient: gradients.as_mut().and_then(Iterator::next),
        bounds: bounds.as_mut().and_then(Iterator::next),
    })
}

impl Block<'_> {
    /// The answers of the policies, solved one after the other; how many were made.
    fn one_by_one(
        &mut self,
        mdp: &Arc<Mdp>,
        temperature: f64,
        go_on: &(dyn Fn() -> ControlFlow<()> + Sync),
    ) -> Result<usize, Error> {
        for k in 0..self.j.len() {
            if go_on().is_break() {
                return Ok(k);
            }
            self.by_itself(k, mdp, temperature)?;
        }
        Ok(self.j.len())
    }

    /// The answers of one policy of the block, solved alone.
    fn by_itself(&mut self, k: usize, mdp: &Arc<Mdp>, temperature: f64) -> Result<(), Error> {
        let (states, pairs) = (mdp.states(), mdp.pairs());
        let theta = self.theta[k * pairs..(k + 1) * pairs].to_vec();
        let policy = Policy::softmax(mdp.space(), theta, temperature)?;
        let solved = Solved::new(Arc::clone(mdp), policy)?;
        self.j[k] = *solved.j();
        self.v[k * states..(k + 1) * states].copy_from_slice(solved.v());
        if let Some(gradient) = &mut self.gradient {
            gradient[k * pairs..(k + 1) * pairs].copy_from_slice(solved.gradient()?);
        }
        if let Some(bounds) = &mut self.bounds {
            bounds.j[k] = solved.objective_error()?;
            bounds.v[k] = solved.values_error()?;
            if let Some(gradient) = &mut bounds.gradient {
                gradient[k] = solved.gradient_error()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
