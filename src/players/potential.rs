//! Whether a game has a potential: a function that changes as a player's J does whenever that player
//! alone changes its strategy.
//!
//! A game of one step has an exact potential just if around every four-cycle, i moves, j moves, i
//! moves back, j moves back, what the movers gain sums to 0 (Monderer & Shapley 1996, theorem 2.8).
//! Of a longer game this is decided for deterministic stationary policies as strategies: a cycle that
//! does not close proves that no potential exists; that all close proves one for these strategies,
//! and says nothing of random ones, whose J is not multilinear in their probabilities.

use std::sync::Arc;

use crate::error::Error;
use crate::mdp::{Criterion, Mdp};
use crate::number::Rational;
use crate::policy::Policy;
use crate::solved::Solved;

use super::Game;

/// Most profiles of deterministic policies that are evaluated; a choice.
pub const PROFILES: usize = 1024;

/// What is known of a potential.
#[derive(Clone, Debug, PartialEq)]
pub enum Potential {
    /// A game of one step that has an exact potential, for random strategies too.
    Exists,
    /// All four-cycles of deterministic stationary policies close.
    CyclesClose,
    /// A cycle that does not close: there is no potential.
    Refuted(Cycle),
    /// Not decided, and why.
    Undecided(String),
}

/// A four-cycle: two players, each with two strategies, the others' as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Cycle {
    /// Who moves.
    pub players: [usize; 2],
    /// Where it begins, in words: what the two do where they move.
    pub from: String,
    /// Where both have moved, in words.
    pub to: String,
    /// What the movers gain around it.
    pub sum: Rational,
}

/// The first four-cycle of a normal form that does not close: the players, and the places of the
/// profiles where it begins and where both have moved. `sizes` \[n\] counts strategies, `payoffs`
/// \[n\]\[Π sizes\] have those of the first player slowest.
pub(crate) fn open_cycle(
    sizes: &[usize],
    payoffs: &[Vec<Rational>],
) -> Option<([usize; 2], [usize; 2], Rational)> {
    let stride = |player: usize| sizes[player + 1..].iter().product::<usize>();
    let all: usize = sizes.iter().product();
    for i in 0..sizes.len() {
        for j in i + 1..sizes.len() {
            let (by_i, by_j) = (stride(i), stride(j));
            let first =
                |at: usize, player: usize, by: usize| (at / by).is_multiple_of(sizes[player]);
            for base in (0..all).filter(|&at| first(at, i, by_i) && first(at, j, by_j)) {
                for to_i in 1..sizes[i] {
                    for to_j in 1..sizes[j] {
                        let (a, b) = (base + to_i * by_i, base + to_j * by_j);
                        let both = a + to_j * by_j;
                        let (u, w) = (&payoffs[i], &payoffs[j]);
                        let gains = [
                            (&u[a], &u[base]),
                            (&w[both], &w[a]),
                            (&u[b], &u[both]),
                            (&w[base], &w[b]),
                        ];
                        let sum = gains.iter().fold(Rational::ZERO, |sum, (to, from)| {
                            sum + (*to).clone() - (*from).clone()
                        });
                        if sum != Rational::ZERO {
                            return Some(([i, j], [base, both], sum));
                        }
                    }
                }
            }
        }
    }
    None
}

/// What is known of a potential of a game.
///
/// Errors if a linear system is not solved.
pub fn potential(game: &Game<Rational>) -> Result<Potential, Error> {
    if is_one_step(&game.mdp) {
        return Ok(of_one_step(game));
    }
    of_policies(game)
}

/// Whether what is paid in the first step is all that is paid.
pub fn is_one_step(mdp: &Mdp<Rational>) -> bool {
    let one = match mdp.criterion() {
        Criterion::Discounted { discount } => *discount == Rational::ZERO,
        Criterion::FiniteHorizon { discount, horizon } => {
            *horizon == 1 || *discount == Rational::ZERO
        }
        Criterion::Total | Criterion::Average => false,
    };
    let ends = || {
        let mut rows = (0..mdp.pairs()).map(|pair| mdp.p().row(pair));
        *mdp.criterion() != Criterion::Average
            && rows.all(|mut row| row.all(|(next, _)| mdp.space().is_terminal(next)))
    };
    one || ends()
}

/// The game of each state that ρ₀ reaches is one of its own.
fn of_one_step(game: &Game<Rational>) -> Potential {
    let space = game.mdp.space();
    let n = game.players.count();
    let started = |s: &usize| game.mdp.initial()[*s] != Rational::ZERO;
    for state in (0..space.states()).filter(started) {
        let pairs = space.pairs_of(state);
        let size = |player: usize| {
            let mut own: Vec<usize> = pairs
                .clone()
                .map(|pair| game.players.own_action(space.action_of(pair), player))
                .collect();
            own.sort_unstable();
            own.dedup();
            own.len()
        };
        let sizes: Vec<usize> = (0..n).map(size).collect();
        let own = |player: usize| game.rewards[player][pairs.clone()].to_vec();
        let payoffs: Vec<Vec<Rational>> = (0..n).map(own).collect();
        if let Some((players, [from, to], sum)) = open_cycle(&sizes, &payoffs) {
            let name = |place: usize| {
                let (state, action) = space.pair_names(pairs.start + place);
                format!("{state}: {action}")
            };
            return Potential::Refuted(Cycle {
                players,
                from: name(from),
                to: name(to),
                sum,
            });
        }
    }
    Potential::Exists
}

/// Each player's deterministic policies: the pair it takes in each state [policies][states that act].
fn deterministic(game: &Game<Rational>, player: usize) -> Vec<Vec<usize>> {
    let part = game.players.part(game.mdp.space(), player);
    let alive = (0..part.space.states()).filter(|&s| !part.space.is_terminal(s));
    alive.fold(vec![Vec::new()], |policies, state| {
        let with = |policy: &Vec<usize>| -> Vec<Vec<usize>> {
            let pairs = part.space.pairs_of(state);
            pairs
                .map(|pair| [policy.as_slice(), &[pair]].concat())
                .collect()
        };
        policies.iter().flat_map(with).collect()
    })
}

/// How many profiles of deterministic policies a game has: each is evaluated for each player.
pub fn profiles(game: &Game<Rational>) -> f64 {
    let space = game.mdp.space();
    let parts = (0..game.players.count()).map(|player| game.players.part(space, player));
    let count = |part: crate::mdp::PlayerPart| -> f64 {
        let sizes = (0..space.states()).map(|s| part.space.pairs_of(s).len().max(1));
        sizes.map(|own| own as f64).product()
    };
    parts.map(count).product()
}

fn of_policies(game: &Game<Rational>) -> Result<Potential, Error> {
    let space = game.mdp.space();
    let n = game.players.count();
    let parts: Vec<_> = (0..n)
        .map(|player| game.players.part(space, player))
        .collect();
    let profiles = profiles(game);
    if profiles > PROFILES as f64 {
        let why = format!(
            "{profiles} profiles of deterministic policies are too many to try ({PROFILES})"
        );
        return Ok(Potential::Undecided(why));
    }
    let policies: Vec<_> = (0..n).map(|player| deterministic(game, player)).collect();
    let sizes: Vec<usize> = policies.iter().map(Vec::len).collect();
    let all: usize = sizes.iter().product();
    let taken = |profile: usize| -> Vec<&[usize]> {
        let stride = |player: usize| sizes[player + 1..].iter().product::<usize>();
        let own = |i: usize| policies[i][profile / stride(i) % sizes[i]].as_slice();
        (0..n).map(own).collect()
    };
    let mut payoffs = vec![Vec::with_capacity(all); n];
    for profile in 0..all {
        let taken = taken(profile);
        let plays = |pair: usize| {
            let mut parts = parts.iter().zip(&taken);
            parts.all(|(part, own)| own.binary_search(&(part.own[pair] as usize)).is_ok())
        };
        let Some(solved) = solved(game, plays)? else {
            let why = "a profile of deterministic policies never terminates";
            return Ok(Potential::Undecided(why.into()));
        };
        for (player, own) in payoffs.iter_mut().enumerate() {
            own.push(solved.paying(game.rewards[player].clone())?.j().clone());
        }
    }
    let Some((players, [from, to], sum)) = open_cycle(&sizes, &payoffs) else {
        return Ok(Potential::CyclesClose);
    };
    // what the two who move do where they move
    let words = |profile: usize, other: usize| {
        let (own, others) = (taken(profile), taken(other));
        let each = players.into_iter().map(|player| {
            let moved = own[player]
                .iter()
                .filter(|pair| !others[player].contains(pair));
            let choices = moved.map(|&pair| {
                let (state, action) = parts[player].space.pair_names(pair);
                format!("{state}: {action}")
            });
            let choices: Vec<String> = choices.collect();
            format!("{} {}", game.players.names()[player], choices.join(", "))
        });
        each.collect::<Vec<String>>().join("; ")
    };
    Ok(Potential::Refuted(Cycle {
        players,
        from: words(from, to),
        to: words(to, from),
        sum,
    }))
}

/// The game under the profile that plays these pairs; `None` where it never terminates.
fn solved(
    game: &Game<Rational>,
    plays: impl Fn(usize) -> bool,
) -> Result<Option<Solved<Rational>>, Error> {
    let space = game.mdp.space();
    let one = |pair| {
        if plays(pair) {
            Rational::ONE
        } else {
            Rational::ZERO
        }
    };
    let probabilities = (0..space.pairs()).map(one).collect();
    let policy = Arc::new(Policy::on_simplex(space, probabilities));
    match Solved::by(Arc::clone(&game.mdp), policy, game.solver.clone()) {
        Ok(solved) => Ok(Some(solved)),
        Err(Error::Improper { .. }) => Ok(None),
        Err(why) => Err(why),
    }
}
