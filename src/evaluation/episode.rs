//! How long an episode lasts, and the constant of the policy gradient theorem (theory, 2.3).
//!
//! L is the number of steps until a terminal state; a start in one has L = 0. With μ = ρ^π/(ρ^π 1),
//! the on-policy distribution, ∇J = c Σₛ μ(s) Σₐ q(s, a) ∇π(a|s): the constant c of
//! proportionality (Sutton & Barto 2018, section 13.2) is ρ^π 1, which is E L at γ = 1 and
//! (1 − E γᴸ)/(1 − γ) below.

use crate::chain::{Chain, Dynamics, Resolvent};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// The law of the length of an episode, as far as two moments tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode<F = f64> {
    /// E γᴸ, where an episode that never ends counts 0; 1 at γ = 1.
    pub discounted_end: F,
    /// ρ^π 1, the constant of proportionality of the policy gradient theorem.
    pub constant: F,
    /// μ(s) = ρ^π(s)/(ρ^π 1) \[S\], 0 on terminal states; all 0 if ρ₀ starts in terminal states only.
    pub on_policy: Vec<F>,
    /// The length, if the policy terminates almost surely from ρ₀.
    pub length: Option<Length<F>>,
}

/// Moments of the number of steps L.
#[derive(Clone, Debug, PartialEq)]
pub struct Length<F = f64> {
    /// ℓ(s) = E[L | S₀ = s] \[S\]; 0 on terminal states and on those that may never terminate.
    pub by_state: Vec<F>,
    /// E L = ρ₀ ℓ.
    pub mean: F,
    /// E L² = ρ₀ (I − P)⁻¹ (1 + 2Pℓ) (Kemeny & Snell 1960, chapter 3).
    pub second_moment: F,
}

impl<F: Solvable> Episode<F> {
    /// From the occupancy \[S\] of a discounted or total evaluation. At γ = 1 the chain's factors
    /// serve; below, I − P is factored too, if the policy is proper.
    ///
    /// Errors with [`Error::OtherSpace`], [`Error::Length`] and [`Error::Argument`] unless all of these are of one model, and
    /// if an iterative solver gave up.
    pub fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        chain: &Chain<F>,
        occupancy: &[F],
        options: &SolverOptions,
    ) -> Result<Episode<F>, Error> {
        Error::check_space(mdp, policy)?;
        Error::check_pairs(mdp.space(), chain.dynamics().space())?;
        Error::check_numbers("occupancy", mdp.states(), occupancy)?;
        let mut constant = F::zero();
        occupancy.iter().for_each(|x| constant += x);
        let share = |x: &F| {
            if constant.is_zero() {
                F::zero()
            } else {
                x.clone() / &constant
            }
        };
        let length = if mdp.discount_complement().is_zero() {
            Some(Length::new(chain.dynamics(), chain.resolvent())?)
        } else {
            match Dynamics::proper(mdp, policy) {
                Ok((dynamics, _)) => {
                    let resolvent = dynamics.resolvent(&F::one(), options)?;
                    Some(Length::new(&dynamics, &resolvent)?)
                }
                Err(Error::Improper { .. }) => None,
                Err(other) => return Err(other),
            }
        };
        Ok(Episode {
            discounted_end: discounted_end(mdp, policy, occupancy),
            on_policy: occupancy.iter().map(share).collect(),
            constant,
            length,
        })
    }
}

impl<F: Solvable> Length<F> {
    fn new(dynamics: &Dynamics<F>, resolvent: &Resolvent<F>) -> Result<Length<F>, Error> {
        let one = dynamics.alive().iter();
        let one: Vec<F> = one
            .map(|&alive| if alive { F::one() } else { F::zero() })
            .collect();
        let by_state = resolvent.solve(&one)?.x;
        let p_length = dynamics.p().mul(&by_state);
        let twice = F::from_i64(2);
        let right = one.iter().zip(p_length);
        let right: Vec<F> = right.map(|(one, x)| x * &twice + one).collect();
        let second = resolvent.solve(&right)?.x;
        Ok(Length {
            mean: dot(dynamics.initial(), &by_state),
            second_moment: dot(dynamics.initial(), &second),
            by_state,
        })
    }
}

/// E γᴸ = ρ₀(S†) + γ Σ ρ^π(s, a) p(S†|s, a): the mass that enters terminal states, discounted.
fn discounted_end<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>, occupancy: &[F]) -> F {
    let space = mdp.space();
    let mut end = F::zero();
    for pair in (0..space.pairs()).filter(|&pair| policy.supports(pair)) {
        let visits = occupancy[space.state_of(pair)].clone() * &policy.probabilities()[pair];
        for (_, p) in mdp
            .p()
            .row(pair)
            .filter(|(next, _)| space.is_terminal(*next))
        {
            end += visits.clone() * p;
        }
    }
    end *= mdp.discount();
    for s in (0..space.states()).filter(|&s| space.is_terminal(s)) {
        end += &mdp.initial()[s];
    }
    end
}
