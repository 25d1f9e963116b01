//! What concerns several players at once (theory, 4.12 and 7.8): each one's J, its gradient and its
//! best reply; how the gradients turn about each other; whether the game has a potential; the value
//! of a zero-sum game; what becomes of players who all climb.
//!
//! ```
//! use exact_mdp::arithmetic::Choice;
//! use exact_mdp::control::ControlOptions;
//! use exact_mdp::model::Model;
//! use exact_mdp::players::Game;
//!
//! let model = Model::load("mdps/prisoners-dilemma.yaml")?;
//! let game = Game::<f64>::of(&model)?;
//! let profile = game.profile(model.floating().policy(Choice::Own)?)?;
//! // both confess and are silent half the time: 3/2; who confesses for sure has 2
//! let reply = profile.best_reply(0, &ControlOptions::default())?;
//! assert_eq!((*profile.of(0)?.j(), reply.optimum.j), (1.5, 2.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod climb;
mod matrix_game;
pub mod potential;
pub mod zero_sum;

pub use matrix_game::{Saddle, saddle};

use std::sync::Arc;

use nalgebra::{Complex, DMatrix};

use crate::arithmetic::Arithmetic;
use crate::control::{ControlOptions, Optimum};
use crate::error::Error;
use crate::field::Field;
use crate::linalg::SolverOptions;
use crate::mdp::{Mdp, MdpParts, OutcomeTable, Players};
use crate::mend::Argument;
use crate::model::Model;
use crate::policy::{Factored, Policy};
use crate::solved::Solved;

/// A game over a field: the joint actions' MDP and each player's reward.
#[derive(Clone, Debug)]
pub struct Game<F: Arithmetic = f64> {
    mdp: Arc<Mdp<F>>,
    players: Arc<Players>,
    /// rᵢ(s, a) \[n\]\[SA\].
    rewards: Vec<Vec<F>>,
    solver: SolverOptions,
}

impl<F: Arithmetic> Game<F> {
    /// The game of a model with players.
    ///
    /// # Errors
    /// [`Error::Game`] where the model has no players, or pays one of its rewards alone, and
    /// [`Error::Inexact`] where exact fractions would answer another question.
    pub fn of(model: &Model) -> Result<Game<F>, Error> {
        let players = model.space().players();
        let players = players.ok_or(Error::Game {
            needed: "a model with `players`",
            found: "one without".into(),
        })?;
        let mut rewards = Vec::with_capacity(players.count());
        for name in players.names() {
            let mut names = model.reward_names().iter();
            let which = names.position(|own| own == name).ok_or(Error::Game {
                needed: "the rewards of all players",
                found: format!("none of `{name}`: {} leaves one alone", Argument::Reward),
            })?;
            rewards.push(model.expected_rewards(which));
        }
        Game::new(Arc::new(F::model(model)?), rewards)
    }

    /// The game of an MDP of joint actions, with rᵢ(s, a) \[n\]\[SA\].
    ///
    /// # Errors
    /// [`Error::Game`] where the actions are those of no players, or there is not a reward for each, and
    /// [`Error::Mdp`] where one is not a finite number for each pair.
    pub fn new(mdp: Arc<Mdp<F>>, rewards: Vec<Vec<F>>) -> Result<Game<F>, Error> {
        let players = mdp.space().players().cloned();
        let players = players.ok_or(Error::Game {
            needed: "joint actions of players",
            found: "a model without `players`".into(),
        })?;
        if rewards.len() != players.count() {
            return Err(Error::Game {
                needed: "a reward for each player",
                found: format!("{} for {}", rewards.len(), players.count()),
            });
        }
        for r in &rewards {
            Mdp::clone(&mdp).with_rewards(r.clone())?;
        }
        Ok(Game {
            mdp,
            players,
            rewards,
            solver: SolverOptions::default(),
        })
    }

    /// With linear systems solved as the options say.
    #[must_use]
    pub fn by(self, solver: SolverOptions) -> Game<F> {
        Game { solver, ..self }
    }

    /// Who plays.
    pub fn players(&self) -> &Arc<Players> {
        &self.players
    }

    /// The MDP of the joint actions.
    pub fn mdp(&self) -> &Arc<Mdp<F>> {
        &self.mdp
    }

    /// rᵢ(s, a) \[SA\] of a player.
    pub fn reward(&self, player: usize) -> &[F] {
        &self.rewards[player]
    }

    /// Whether there are two players and what one is paid the other pays: r₁(s, a) + r₂(s, a) = 0.
    pub fn is_zero_sum(&self) -> bool {
        let [one, two] = &self.rewards[..] else {
            return false;
        };
        let mut pairs = one.iter().zip(two);
        pairs.all(|(x, y)| x.clone() == -y.clone())
    }

    /// Everybody's policies, solved for each player's reward from one factorisation.
    ///
    /// # Errors
    /// [`Error::Game`] where the policy is not factored, [`Error::OtherSpace`] where it acts on other pairs,
    /// [`Error::Improper`] where γ = 1 and play may never end, [`Error::ExcessRow`], [`Error::Overflow`] and
    /// [`Error::Factor`].
    pub fn profile(&self, policy: Arc<Policy<F>>) -> Result<Profile<'_, F>, Error> {
        if policy.parametrization().factored().is_none() {
            return Err(Error::Game {
                needed: "a factored policy, one for each player",
                found: format!(
                    "a {} policy of joint actions",
                    policy.parametrization().name()
                ),
            });
        }
        if policy.mix().is_some() {
            return Err(Error::Game {
                needed: "players who draw independently",
                found: "a mixture of joint policies".into(),
            });
        }
        let solved = Solved::by(Arc::clone(&self.mdp), policy, self.solver.clone())?;
        let paying = |r: &Vec<F>| solved.paying(r.clone());
        Ok(Profile {
            game: self,
            solved: self.rewards.iter().map(paying).collect::<Result<_, _>>()?,
        })
    }

    /// The game as one player sees it while the others keep their policies:
    /// p(s'|s, aᵢ) = Σ Πⱼ πⱼ(aⱼ|s) p(s'|s, a) over the others' actions, and so for r.
    ///
    /// Errors with [`Error::Argument`] unless there is that player, with [`Error::OtherSpace`] for policies of another game.
    pub fn seen_by(&self, player: usize, family: &Factored<F>) -> Result<Mdp<F>, Error> {
        let rewards = self.rewards.get(player).ok_or_else(|| no_player(player))?;
        self.seen_paying(player, family, rewards)
    }

    /// The game as one player sees it while the others keep their policies, where the player is paid r(s, a) \[SA\] of all pairs.
    fn seen_paying(
        &self,
        player: usize,
        family: &Factored<F>,
        rewards: &[F],
    ) -> Result<Mdp<F>, Error> {
        let factor = family.factors().get(player);
        let factor = factor.ok_or_else(|| no_player(player))?;
        let space = Arc::clone(factor.policy().space());
        let own = (family.pairs(), space.states());
        if own != (self.mdp.pairs(), self.mdp.states()) {
            return Err(Error::OtherSpace {
                model: (self.mdp.states(), self.mdp.pairs()),
                policy: (own.1, own.0),
            });
        }
        let mut of_own: Vec<Vec<usize>> = vec![Vec::new(); space.pairs()];
        for pair in 0..self.mdp.pairs() {
            of_own[factor.own(pair)].push(pair);
        }
        let mut outcomes = OutcomeTable::default();
        let mut deficits = Vec::with_capacity(space.pairs());
        for pairs in of_own {
            let weighed = pairs
                .iter()
                .map(|&pair| (pair, family.others(pair, &[player])));
            let weighed: Vec<(usize, F)> = weighed.filter(|(_, w)| !w.is_zero()).collect();
            let (mut row, mut reward, mut deficit) = (Vec::new(), F::zero(), F::zero());
            for (pair, weight) in &weighed {
                row.extend(
                    self.mdp
                        .p()
                        .row(*pair)
                        .map(|(next, p)| (next, p.clone() * weight)),
                );
                reward += rewards[*pair].clone() * weight;
                if let Some(all) = self.mdp.deficits() {
                    deficit += all[*pair].clone() * weight;
                }
            }
            deficits.push(deficit);
            row.sort_by_key(|(next, _)| *next);
            for same in row.chunk_by(|x, y| x.0 == y.0) {
                let sum = same.iter().fold(F::zero(), |sum, (_, p)| sum + p);
                outcomes.push(same[0].0, sum, reward.clone());
            }
            outcomes.end_pair();
        }
        let mdp = Mdp::assembled(MdpParts {
            name: self.mdp.name().into(),
            space,
            outcomes,
            initial: self.mdp.initial().to_vec(),
            criterion: self.mdp.criterion().clone(),
        });
        let deficits = self.mdp.deficits().is_some().then_some(deficits);
        Ok(mdp.slackened(self.mdp.discount_complement().clone(), deficits))
    }
}

/// The error of a number that is no player's.
fn no_player(player: usize) -> Error {
    Error::Argument {
        name: "the number of a player",
        found: player.to_string(),
        expected: "that of one of the players, counted from 0",
    }
}

/// Everybody's policies on a game, solved.
#[derive(Clone, Debug)]
pub struct Profile<'g, F: Arithmetic = f64> {
    game: &'g Game<F>,
    solved: Vec<Solved<F>>,
}

/// What a player could have against the others' policies.
#[derive(Clone, Debug)]
pub struct Reply<F: Arithmetic> {
    /// The optimum of the MDP that the player sees, with its certificate.
    pub optimum: Optimum<F>,
    /// J of it less J of the profile: nowhere below 0 but for rounding.
    pub gain: F,
}

impl<F: Arithmetic> Profile<'_, F> {
    /// Everybody's policies as one.
    ///
    /// Errors with [`Error::Argument`] if there are no players.
    pub fn policy(&self) -> Result<&Arc<Policy<F>>, Error> {
        Ok(self.of(0)?.policy())
    }

    /// The profile as a solved policy that is paid as one player is.
    ///
    /// Errors with [`Error::Argument`] unless there is that player.
    pub fn of(&self, player: usize) -> Result<&Solved<F>, Error> {
        self.solved.get(player).ok_or_else(|| no_player(player))
    }

    /// The factors of the policy.
    pub fn family(&self) -> Result<&Factored<F>, Error> {
        let first = self.solved.first();
        let family = first.and_then(|one| one.policy().parametrization().factored());
        family.ok_or(Error::Game {
            needed: "a factored policy, one for each player",
            found: "none".into(),
        })
    }

    /// A player's best reply to the others.
    ///
    /// Errors with [`Error::Argument`] unless there is that player, with [`Error::NoProperPolicy`] or [`Error::Unbounded`]
    /// where it has no optimum, with [`Error::Overflow`], and if a linear system was not solved.
    pub fn best_reply(&self, player: usize, options: &ControlOptions) -> Result<Reply<F>, Error> {
        let seen = self.game.seen_by(player, self.family()?)?;
        let optimum = F::optimum_of(&seen, options)?;
        let own = self.of(player)?;
        // what all rewards share moves both alike, and takes digits of what is between them
        let gain = match own.without_offset()? {
            None => optimum.j.clone() - own.j(),
            Some(own) => {
                let seen = self
                    .game
                    .seen_paying(player, self.family()?, own.mdp().r())?;
                F::optimum_of(&seen, options)?.j - own.j()
            }
        };
        Ok(Reply { optimum, gain })
    }

    /// (∇₁J₁, …, ∇ₙJₙ) \[d\]: each player's gradient of its own J. Errors with
    /// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where one has none, [`Error::GradientOverflow`] and
    /// [`Error::Factor`].
    pub fn gradient(&self) -> Result<Vec<F>, Error> {
        let mut all = Vec::new();
        for (factor, solved) in self.family()?.factors().iter().zip(&self.solved) {
            all.extend_from_slice(&solved.gradient()?[factor.block()]);
        }
        Ok(all)
    }

    /// The Jacobian of [`Profile::gradient`] [d, d], ∂ₗ(∂ₖJᵢ) for k of player i: row blocks of the
    /// players' Hessians. Errors with [`Error::NotDifferentiable`] or [`Error::GainJumps`] where a J has no derivative,
    /// [`Error::Policy`] where ∇²π does not exist, [`Error::TooLarge`] and [`Error::Factor`].
    pub fn jacobian(&self) -> Result<DMatrix<F>, Error> {
        let family = self.family()?;
        let d = self
            .solved
            .first()
            .map_or(0, |one| one.policy().parameters());
        let mut jacobian = DMatrix::from_element(d, d, F::zero());
        for (factor, solved) in family.factors().iter().zip(&self.solved) {
            if factor.parameters() == 0 {
                continue;
            }
            let without = solved.without_offset()?;
            let hessian = without.as_ref().unwrap_or(solved).hessian()?;
            for k in factor.block() {
                for l in 0..d {
                    jacobian[(k, l)] = hessian[(k, l)].clone();
                }
            }
        }
        Ok(jacobian)
    }

    /// A bound on what rounding has done to an entry of [`Profile::jacobian`]; `None` in a field that is exact or has bounds of
    /// its own.
    ///
    /// # Errors
    /// Those of the solver of a linear system.
    pub fn jacobian_error(&self) -> Result<Option<f64>, Error> {
        let mut most: Option<f64> = None;
        for (factor, solved) in self.family()?.factors().iter().zip(&self.solved) {
            if factor.parameters() == 0 {
                continue;
            }
            let without = solved.without_offset()?;
            let own = without.as_ref().unwrap_or(solved).hessian_error()?;
            most = own.map(|own| most.map_or(own, |most| most.max(own)));
        }
        Ok(most)
    }

    /// The policy in which only one player learns and the others are fixed, solved for its reward: its
    /// gradient, Fisher matrix and estimators' laws are those of the player's own parameters. Errors with
    /// [`Error::Argument`] unless there is that player.
    pub fn alone(&self, player: usize) -> Result<Policy<F>, Error> {
        self.of(player)?;
        let space = self.game.mdp.space();
        Ok(Policy::factored(space, self.family()?.with_learner(player)))
    }
}

/// The symmetric and the antisymmetric part of a square matrix, (M + Mᵀ)/2 and (M − Mᵀ)/2.
pub(crate) fn parts<F: Field>(m: &DMatrix<F>) -> (DMatrix<F>, DMatrix<F>) {
    let half = F::one() / F::from_i64(2);
    let part = |sign: i64| {
        let sign = F::from_i64(sign);
        DMatrix::from_fn(m.nrows(), m.ncols(), |i, j| {
            (m[(i, j)].clone() + m[(j, i)].clone() * &sign) * &half
        })
    };
    (part(1), part(-1))
}

/// The eigenvalues of a square matrix in floating point, the largest real part first; `None` where the
/// method does not converge, of matrices that are not square, and beyond 500 rows.
pub fn eigenvalues<F: Field>(m: &DMatrix<F>) -> Option<Vec<Complex<f64>>> {
    // a choice
    if m.nrows() > 500 || !m.is_square() {
        return None;
    }
    if m.is_empty() {
        return Some(Vec::new());
    }
    let m = m.map(|x| x.to_f64());
    if m.iter().any(|x| !x.is_finite()) {
        return None;
    }
    // an iteration that compares with the diagonal may not end beside zeros: M + ‖M‖I has none there
    let all = |m: DMatrix<f64>| {
        let form = nalgebra::linalg::Schur::try_new(m, f64::EPSILON, 10_000)?;
        Some(form.complex_eigenvalues())
    };
    let shifted = |m: &DMatrix<f64>| {
        let shift = m.norm();
        let found = all(m + DMatrix::identity(m.nrows(), m.ncols()) * shift)?;
        Some(found.map(|z| z - shift))
    };
    let found = all(m.clone()).or_else(|| shifted(&m))?;
    let mut found: Vec<Complex<f64>> = found.iter().copied().collect();
    found.sort_by(|x, y| y.re.total_cmp(&x.re).then(y.im.total_cmp(&x.im)));
    Some(found)
}
