//! Whether one reward is another one shaped by a potential (Ng, Harada & Russell 1999; theory, 7.10).
//!
//! ```text
//! r'(s, a) = c r(s, a) + γ Σ p(s'|s, a) Φ(s') − Φ(s),   c > 0,   Φ = 0 where the process has ended
//! ```
//!
//! Averaged over any one policy this says what Φ must be, Φ = c v_r − v_{r'}: there is one candidate, and
//! it serves if what it leaves over, the advantage of r' − c r under that policy, is 0 for all pairs. Then
//! v' = c v − Φ, q' = c q − Φ, A' = c A, ∇J' = c ∇J and J' = c J − ρ₀Φ for every policy, so that the same
//! policies are optimal, and policies are ranked alike from any state.
//!
//! Under the average reward r' = c r + k + pΦ − Φ serves as well: J' = c J + k, where k and Φ, up to a constant,
//! follow from the gains and biases of any one policy with one recurrent class.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::error::Error;
use crate::field::{Field, sign};
use crate::linalg::{Solvable, SolverOptions, largest};
use crate::mdp::Mdp;
use crate::policy::Policy;
use crate::solved::Solved;

/// What is known of two rewards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapingVerdict {
    /// r' is r shaped: c = 1.
    Shaped,
    /// r' is a positive multiple of r, shaped.
    Scaled,
    /// r' is a negative multiple of r, shaped: what was best is worst.
    Reversed,
    /// r' is 0, shaped: under it every policy is optimal, as is not so under r.
    Degenerate,
    /// There is no potential, whatever the multiple.
    Refuted,
    /// The proven bounds neither refute a potential nor prove one.
    Undecided,
}

impl ShapingVerdict {
    /// The name, as reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            ShapingVerdict::Shaped => "shaped",
            ShapingVerdict::Scaled => "scaled",
            ShapingVerdict::Reversed => "reversed",
            ShapingVerdict::Degenerate => "degenerate",
            ShapingVerdict::Refuted => "refuted",
            ShapingVerdict::Undecided => "undecided",
        }
    }

    /// Whether the two rewards have the same optimal policies because one is the other shaped; `None`
    /// where that is not known.
    pub fn holds(self) -> Option<bool> {
        match self {
            ShapingVerdict::Shaped | ShapingVerdict::Scaled => Some(true),
            ShapingVerdict::Undecided => None,
            ShapingVerdict::Reversed | ShapingVerdict::Degenerate | ShapingVerdict::Refuted => {
                Some(false)
            }
        }
    }
}

/// The candidate for a potential between two rewards, and what it leaves over.
#[derive(Clone, Debug)]
pub struct Shaping<F> {
    /// Whether it is one.
    pub verdict: ShapingVerdict,
    /// c; 1 where a potential is refuted.
    pub scale: F,
    /// Φ(s) \[S\], in units of reward; where a potential is refuted, that which fits averaged over the
    /// uniform policy.
    pub potential: Vec<F>,
    /// k, of the average reward: what r' pays more at each step.
    pub constant: Option<F>,
    /// r' − c r − γpΦ + Φ \[SA\], less k, all 0 for a potential.
    pub residual: Vec<F>,
    /// The pair of the largest of them; `None` if no state has a choice.
    pub worst: Option<usize>,
}

/// In floating point a residual counts as 0 up to this part of what rewards and values differ by; a choice.
pub(crate) const ROUNDING: f64 = 1e-9;
/// And up to this part of the rewards themselves, whose last digits are rounded.
const REWARDS: f64 = 1e-13;

/// The potential between the reward of a model and another reward r'(s, a) \[SA\].
///
/// # Errors
/// [`Error::Length`] unless there is a reward for each pair, [`Error::Criterion`] over a horizon,
/// [`Error::Improper`] and [`Error::Argument`] where at γ = 1 the uniform policy does not end from every state,
/// or has several recurrent classes under the average reward, and where a linear system is not solved.
///
/// ```
/// use exact_mdp::model::Model;
/// use exact_mdp::number::Rational;
/// use exact_mdp::shaping::{ShapingVerdict, shaping};
///
/// let mdp = Model::load("mdps/two-state.yaml")?.exact_mdp()?;
/// let phi = [Rational::from(3), Rational::from(-2)];
/// let next = mdp.p().mul(&phi);
/// let shaped = (0..mdp.pairs()).map(|pair| {
///     let here = &phi[mdp.space().state_of(pair)];
///     &mdp.r()[pair] + mdp.discount() * &next[pair] - here
/// });
/// let found = shaping(&std::sync::Arc::new(mdp.clone()), shaped.collect())?;
/// assert_eq!(found.verdict, ShapingVerdict::Shaped);
/// assert_eq!(found.potential, phi);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn shaping<F: Solvable>(mdp: &Arc<Mdp<F>>, other: Vec<F>) -> Result<Shaping<F>, Error> {
    let uniform = Policy::usual(mdp.space());
    let solved = Solved::by(Arc::clone(mdp), uniform, SolverOptions::default())?;
    if let Some(long_run) = solved.long_run() {
        if !long_run.structure().is_unichain() {
            return Err(Error::Argument {
                name: "the model",
                found: "one in which the uniform policy has several recurrent classes".into(),
                expected: "one in which it has one, under the average reward",
            });
        }
    } else if let Some(&state) = solved.chain()?.undefined().first() {
        let name = mdp.space().state_names().get(state);
        return Err(Error::Argument {
            name: "the model",
            found: format!("one that may never end from `{name}`"),
            expected: "one that the uniform policy ends from every state, at discount 1",
        });
    }
    let shaped = solved.paying(other)?;
    let error = |at: &Solved<F>| Ok::<f64, Error>(at.rounding()?.advantage.unwrap_or(0.0));
    let sides = Sides {
        tolerance: tolerance(&solved) + tolerance(&shaped),
        error: error(&solved)? + error(&shaped)?,
        own: &solved,
        other: &shaped,
    };
    Ok(sides.decide())
}

/// Up to where a residual counts as 0: by differences, since values grow with 1/(1 − γ) and rewards by an offset, of
/// which the advantages know nothing.
fn tolerance<F: Solvable>(at: &Solved<F>) -> f64 {
    let rewards = at.mdp().r().iter().map(Field::to_f64);
    let [most, least] =
        [f64::max, f64::min].map(|pick| rewards.clone().reduce(pick).unwrap_or(0.0));
    ROUNDING * (most - least + largest(at.advantage())) + REWARDS * most.abs().max(least.abs())
}

/// Both rewards under the uniform policy.
struct Sides<'a, F: Solvable> {
    own: &'a Solved<F>,
    other: &'a Solved<F>,
    tolerance: f64,
    /// What rounding may do to a residual.
    error: f64,
}

impl<F: Solvable> Sides<'_, F> {
    fn decide(&self) -> Shaping<F> {
        let plain = self.at(F::one());
        if plain.verdict != ShapingVerdict::Refuted {
            return plain;
        }
        let own = self.own.advantage();
        let told = |pair: &usize| self.sign(&own[*pair]) != Some(Ordering::Equal);
        let at = (0..own.len())
            .filter(told)
            .reduce(|x, y| if own[y].abs() > own[x].abs() { y } else { x });
        let Some(at) = at else { return plain };
        let scale = self.other.advantage()[at].clone() / &own[at];
        let scaled = self.at(scale.clone());
        if scaled.verdict == ShapingVerdict::Refuted {
            return plain;
        }
        // what rounding leaves of a multiple of 0
        let size = self.sign(&(scale * &own[at]));
        let verdict = match (scaled.verdict, size, own[at] > F::zero()) {
            (ShapingVerdict::Undecided, ..) | (_, None, _) => ShapingVerdict::Undecided,
            (_, Some(Ordering::Equal), _) => ShapingVerdict::Degenerate,
            (_, Some(Ordering::Greater), true) | (_, Some(Ordering::Less), false) => {
                ShapingVerdict::Scaled
            }
            _ => ShapingVerdict::Reversed,
        };
        Shaping { verdict, ..scaled }
    }

    /// How a difference of advantages compares with 0; not known where rounding is more than what counts as 0.
    fn sign(&self, x: &F) -> Option<Ordering> {
        match sign(x, self.tolerance + self.error) {
            Some(Ordering::Equal) if self.error > self.tolerance => None,
            known => known,
        }
    }

    /// The candidate with a given multiple.
    fn at(&self, scale: F) -> Shaping<F> {
        let potential = self.own.v().iter().zip(self.other.v());
        let residual = self.own.advantage().iter().zip(self.other.advantage());
        let residual: Vec<F> = residual
            .map(|(own, other)| other.clone() - scale.clone() * own)
            .collect();
        let signs: Vec<_> = residual.iter().map(|x| self.sign(x)).collect();
        let is_told = |sign: &Option<Ordering>| sign.is_some_and(|sign| sign != Ordering::Equal);
        let verdict = if signs.iter().any(is_told) {
            ShapingVerdict::Refuted
        } else if signs.contains(&None) {
            ShapingVerdict::Undecided
        } else {
            ShapingVerdict::Shaped
        };
        let worst = (0..residual.len()).reduce(|x, y| {
            if residual[y].abs() > residual[x].abs() {
                y
            } else {
                x
            }
        });
        let is_average = self.own.long_run().is_some();
        let raised = self.other.j().clone() - scale.clone() * self.own.j();
        Shaping {
            verdict,
            constant: is_average.then_some(raised),
            potential: potential
                .map(|(own, other)| scale.clone() * own - other)
                .collect(),
            residual,
            worst,
            scale,
        }
    }
}
