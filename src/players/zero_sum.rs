//! Values of zero-sum games, enclosed: Shapley's iteration (1953; theory, 7.8).
//!
//! ```text
//! (Tv)(s) = val [r(s, a, b) + γ Σ p(s'|s, a, b) v(s')]        v* = Tv*
//! min_b xᵀ(…) ≥ v − ε in every state     ⇒   v* ≥ v − ε/(1 − γ)
//! ```
//!
//! The iteration runs in floating point, helped by the values of the strategies that it finds (Pollatschek
//! & Avi-Itzhak 1969) where they come nearer. Whatever it did, its last strategies x, y and values v, as
//! the fractions or balls that they are, prove by the line above, and its mirror image for y, where v*
//! lies; x keeps at least the lower end, y allows no more than the upper one. At γ = 1 a game that ends
//! whatever is played has w with w − pw ≥ δ > 0 for all joint actions, and ε w/δ in place of ε/(1 − γ).
//! Over a horizon the bounds go backward in time. Over fractions v is rounded to near simple ones first:
//! where Tv = v then, all of it is exact.

use std::sync::Arc;

use super::{Game, Saddle, matrix_game};
use crate::arithmetic::Arithmetic;
use crate::control::{self, ControlOptions};
use crate::error::Error;
use crate::evaluation::q_of;
use crate::field::{Ball, Field, dot};
use crate::mdp::{Criterion, Mdp, PlayerPart, shared};
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::solved::Solved;

/// Most iterations; a choice.
pub const ITERATIONS: usize = 100_000;
/// Denominators up to this are simple.
const SIMPLE: i64 = 100_000;

/// The value of a zero-sum game and strategies that prove it, of who is paid `lower` to `upper`.
#[derive(Clone, Debug)]
pub struct GameValue<F> {
    /// v* is nowhere below \[S\]; at t = 0 for a horizon.
    pub lower: Vec<F>,
    /// v* is nowhere above \[S\].
    pub upper: Vec<F>,
    /// ρ₀ · lower and ρ₀ · upper.
    pub j: [F; 2],
    /// x and y: each player's strategy over its own pairs \[SAᵢ\]; at t = 0 for a horizon.
    pub strategies: [Vec<F>; 2],
    /// Iterations made.
    pub iterations: usize,
    /// maxₛ |Tv − v|(s) at the end, in floating point.
    pub residual: f64,
}

impl<F: Proving> GameValue<F> {
    /// Of the same game with so much more in every state, from ρ₀.
    fn raised(self, worth: &F, initial: &[F]) -> GameValue<F> {
        let more = |v: &F| v.clone() + worth;
        let lower: Vec<F> = self.lower.iter().map(|v| more(v).low()).collect();
        let upper: Vec<F> = self.upper.iter().map(|v| more(v).high()).collect();
        GameValue {
            j: [dot(initial, &lower), dot(initial, &upper)],
            lower,
            upper,
            ..self
        }
    }
}

/// A field in which bounds are proven: its numbers have ends.
pub trait Proving: Arithmetic {
    /// No more than the number.
    fn low(&self) -> Self;
    /// No less than the number.
    fn high(&self) -> Self;
}

impl Proving for Rational {
    fn low(&self) -> Rational {
        self.clone()
    }

    fn high(&self) -> Rational {
        self.clone()
    }
}

impl Proving for Ball {
    fn low(&self) -> Ball {
        Ball::exact(self.lower())
    }

    fn high(&self) -> Ball {
        Ball::exact(self.upper())
    }
}

/// The two players' parts of the joint actions.
struct Sides {
    parts: [PlayerPart; 2],
}

impl Sides {
    fn of<F: Arithmetic>(game: &Game<F>) -> Sides {
        let part = |player| game.players.part(game.mdp.space(), player);
        Sides {
            parts: [part(0), part(1)],
        }
    }

    /// q(s, ·, ·) of a state, rows by the first player's actions.
    fn matrix<F: Field>(&self, mdp: &Mdp<F>, state: usize, q: &[F]) -> Vec<Vec<F>> {
        let columns = self.parts[1].space.pairs_of(state).len();
        // joint actions in order, the first player's slowest
        let pairs = mdp.space().pairs_of(state);
        q[pairs].chunks(columns.max(1)).map(<[F]>::to_vec).collect()
    }

    /// Tv, and both players' strategies.
    fn shapley<F: Field>(&self, mdp: &Mdp<F>, q: &[F]) -> (Vec<F>, [Vec<F>; 2]) {
        let (mut v, mut row, mut column) = (Vec::new(), Vec::new(), Vec::new());
        for state in 0..mdp.states() {
            if mdp.space().is_terminal(state) {
                v.push(F::zero());
                continue;
            }
            let found: Saddle<F> = matrix_game::solved(&self.matrix(mdp, state, q));
            v.push(found.value);
            row.extend(found.row);
            column.extend(found.column);
        }
        (v, [row, column])
    }

    /// min_b xᵀq and max_a qy in every state.
    fn guaranteed<F: Field>(&self, mdp: &Mdp<F>, q: &[F], own: &[Vec<F>; 2]) -> [Vec<F>; 2] {
        let mut bounds = [Vec::new(), Vec::new()];
        for state in 0..mdp.states() {
            if mdp.space().is_terminal(state) {
                bounds.iter_mut().for_each(|bound| bound.push(F::zero()));
                continue;
            }
            let m = self.matrix(mdp, state, q);
            let x = &own[0][self.parts[0].space.pairs_of(state)];
            let y = &own[1][self.parts[1].space.pairs_of(state)];
            let of_column = |j: usize| {
                let terms = m.iter().zip(x);
                terms.fold(F::zero(), |sum, (row, x)| sum + row[j].clone() * x)
            };
            let got: Vec<F> = (0..y.len()).map(of_column).collect();
            let paid: Vec<F> = m.iter().map(|row| dot(row, y)).collect();
            let least = got.into_iter().reduce(|x, y| if y < x { y } else { x });
            let most = paid.into_iter().reduce(|x, y| if y > x { y } else { x });
            bounds[0].extend(least);
            bounds[1].extend(most);
        }
        bounds
    }
}

/// The value of a zero-sum game of two players, with proven bounds in the field of `game`; `float` is the
/// same game in floating point.
///
/// # Errors
/// [`Error::OtherSpace`] unless both are of the same pairs, [`Error::Game`] unless the game is zero-sum, is discounted, has a horizon or ends whatever is played.
pub fn value<F: Proving>(game: &Game<F>, float: &Game<f64>) -> Result<GameValue<F>, Error> {
    Error::check_pairs(game.mdp.space(), float.mdp.space())?;
    if !game.is_zero_sum() {
        return Err(Error::Game {
            needed: "two players, of whom one pays what the other is paid",
            found: "another game".into(),
        });
    }
    if let Some((less, less_float, worth)) = without_offset(game)? {
        return Ok(
            valued(&less, &less_float.by(float.solver.clone()))?.raised(&worth, game.mdp.initial())
        );
    }
    valued(game, float)
}

/// A game in the field and in floating point, and what a constant that is missing there is worth.
type Less<F> = (Game<F>, Game<f64>, F);

/// The game without a constant that the first player is always paid, where that takes digits of what strategies move, in
/// the field and in floating point, and what it is worth.
fn without_offset<F: Proving>(game: &Game<F>) -> Result<Option<Less<F>>, Error> {
    let space = game.mdp.space();
    let ends = (0..space.states()).any(|s| space.is_terminal(s)) || game.mdp.deficits().is_some();
    let offset = shared(game.rewards[0].iter().map(F::to_f64)).filter(|_| !ends);
    let Some(offset) = offset.and_then(Number::from_f64) else {
        return Ok(None);
    };
    let offset = F::from_number(&offset);
    let Some(worth) = game.mdp.worth(&offset) else {
        return Ok(None);
    };
    let own = game.rewards[0].iter().map(|r| r.clone() - &offset);
    let own: Vec<F> = own.collect();
    let paid = own.iter().map(|r| -r.clone()).collect();
    let floats = |rewards: &[Vec<F>]| {
        let all = rewards.iter().map(|r| r.iter().map(F::to_f64).collect());
        all.collect::<Vec<Vec<f64>>>()
    };
    let less = Game::new(Arc::clone(&game.mdp), vec![own, paid])?;
    let mdp = Arc::new(game.mdp.map(F::to_f64));
    let less_float = Game::new(mdp, floats(&less.rewards))?;
    Ok(Some((less, less_float, worth)))
}

fn valued<F: Proving>(game: &Game<F>, float: &Game<f64>) -> Result<GameValue<F>, Error> {
    let sides = Sides::of(game);
    let mdp = Mdp::clone(&game.mdp).with_rewards(game.rewards[0].clone())?;
    match mdp.criterion() {
        Criterion::FiniteHorizon { horizon, .. } => Ok(backward(&sides, &mdp, *horizon)),
        Criterion::Discounted { .. } | Criterion::Total => stationary(&sides, &mdp, float),
        Criterion::Average => Err(Error::Game {
            needed: "a discount, a horizon or an end that always comes",
            found: "the average reward, whose game need not have optimal strategies".into(),
        }),
    }
}

/// Tv over numbers that compare as their midpoints do; strategies in the field, each a distribution.
fn exactly<F: Field>(own: &[Vec<f64>; 2], sides: &Sides) -> [Vec<F>; 2] {
    let lifted = |player: usize| {
        let space = &sides.parts[player].space;
        let mut all = Vec::with_capacity(space.pairs());
        for state in 0..space.states() {
            let x = own[player][space.pairs_of(state)].iter();
            let x: Vec<F> = x.map(|x| float(*x)).collect();
            let total = x.iter().fold(F::zero(), |sum, x| sum + x);
            all.extend(x.into_iter().map(|x| x / &total));
        }
        all
    };
    [lifted(0), lifted(1)]
}

fn float<F: Field>(x: f64) -> F {
    F::from_number(&Number::from_f64(x).unwrap_or(Number::ZERO))
}

fn backward<F: Proving>(sides: &Sides, mdp: &Mdp<F>, horizon: usize) -> GameValue<F> {
    let mut ends = [vec![F::zero(); mdp.states()], vec![F::zero(); mdp.states()]];
    let mut strategies = [Vec::new(), Vec::new()];
    for _ in 0..horizon {
        let q = [q_of(mdp, &ends[0]), q_of(mdp, &ends[1])];
        strategies = if F::EXACT {
            sides.shapley(mdp, &q[0]).1
        } else {
            let middle: Vec<f64> = q[0].iter().map(F::to_f64).collect();
            let middle_mdp = mdp.map(F::to_f64);
            exactly(&sides.shapley(&middle_mdp, &middle).1, sides)
        };
        let [lower, _] = sides.guaranteed(mdp, &q[0], &strategies);
        let [_, upper] = sides.guaranteed(mdp, &q[1], &strategies);
        ends = [
            lower.iter().map(F::low).collect(),
            upper.iter().map(F::high).collect(),
        ];
    }
    let [lower, upper] = ends;
    GameValue {
        j: [dot(mdp.initial(), &lower), dot(mdp.initial(), &upper)],
        lower,
        upper,
        strategies,
        iterations: horizon,
        residual: 0.0,
    }
}

/// What the iteration in floating point came to.
struct Iterated {
    v: Vec<f64>,
    strategies: [Vec<f64>; 2],
    iterations: usize,
    residual: f64,
}

fn iterate(sides: &Sides, game: &Game<f64>) -> Result<Iterated, Error> {
    let mdp = Arc::new(Mdp::clone(&game.mdp).with_rewards(game.rewards[0].clone())?);
    let step = |v: &[f64]| {
        let (next, strategies) = sides.shapley(&mdp, &q_of(&mdp, v));
        let off = next.iter().zip(v).map(|(x, y)| (x - y).abs());
        (off.fold(0.0, f64::max), next, strategies)
    };
    let mut v = vec![0.0; mdp.states()];
    let (mut residual, mut next, mut strategies) = step(&v);
    let mut iterations = 1;
    let (mut best, mut stalled) = (f64::INFINITY, 0);
    while residual > 0.0 && iterations < ITERATIONS {
        let size = next.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        stalled = if residual < best { 0 } else { stalled + 1 };
        best = best.min(residual);
        if residual <= 4.0 * f64::EPSILON * size || stalled > 50 {
            break;
        }
        let plain = step(&next);
        let jumped = of_strategies(sides, game, &mdp, &strategies).map(|v| (step(&v), v));
        match jumped.filter(|((off, ..), _)| *off < plain.0) {
            Some((found, from)) => {
                (residual, next, strategies) = found;
                v = from;
            }
            None => {
                v = next;
                (residual, next, strategies) = plain;
            }
        }
        iterations += 1;
    }
    Ok(Iterated {
        v,
        strategies,
        iterations,
        residual,
    })
}

/// v of both players' strategies, where they have one.
fn of_strategies(
    sides: &Sides,
    game: &Game<f64>,
    mdp: &Arc<Mdp>,
    strategies: &[Vec<f64>; 2],
) -> Option<Vec<f64>> {
    let joint = |pair: usize| {
        let own = |player: usize| strategies[player][sides.parts[player].own[pair] as usize];
        own(0) * own(1)
    };
    let probabilities = (0..mdp.pairs()).map(joint).collect();
    let policy = Policy::on_simplex(mdp.space(), probabilities);
    let solved = Solved::by(Arc::clone(mdp), Arc::new(policy), game.solver.clone());
    let v = solved.ok()?.v().to_vec();
    v.iter().all(|x| x.is_finite()).then_some(v)
}

/// w and what w − cpw is at least, for all joint actions.
fn weights<F: Proving>(mdp: &Mdp<F>, game: &Game<f64>) -> Result<(Vec<F>, F), Error> {
    let w = if *mdp.criterion() == Criterion::Total {
        let ones = vec![1.0; mdp.pairs()];
        let steps = Mdp::clone(&game.mdp).with_rewards(ones)?;
        let longest = control::solve(&steps, &ControlOptions::default())?;
        longest.v.iter().map(|x| float(*x)).collect()
    } else {
        vec![F::one(); mdp.states()]
    };
    let ahead = mdp.p().mul(&w);
    let left = (0..mdp.pairs()).map(|pair| {
        let own = w[mdp.space().state_of(pair)].clone();
        (own - mdp.discount() * &ahead[pair]).low()
    });
    let least = left
        .reduce(|x, y| if y < x { y } else { x })
        .unwrap_or_else(F::one);
    if least > F::zero() {
        return Ok((w, least));
    }
    Err(Error::Game {
        needed: "a discount, a horizon or an end that always comes",
        found: "a total reward of a game that players can keep from ending".into(),
    })
}

fn stationary<F: Proving>(
    sides: &Sides,
    mdp: &Mdp<F>,
    game: &Game<f64>,
) -> Result<GameValue<F>, Error> {
    let (w, left) = weights(mdp, game)?;
    let found = iterate(sides, game)?;
    if F::EXACT {
        let near: Option<Vec<F>> = found.v.iter().map(|x| simple(*x)).collect();
        if let Some(exact) = near.and_then(|v| fixed(sides, mdp, v, &found)) {
            return Ok(exact);
        }
    }
    let v: Vec<F> = found.v.iter().map(|x| float(*x)).collect();
    let q = q_of(mdp, &v);
    let strategies = exactly(&found.strategies, sides);
    let [got, paid] = sides.guaranteed(mdp, &q, &strategies);
    let excess = |off: &mut dyn Iterator<Item = F>| {
        let most = off.reduce(|x, y| if y > x { y } else { x });
        let most = most.filter(|x| *x > F::zero()).unwrap_or_else(F::zero);
        (most / &left).high()
    };
    let below = excess(&mut v.iter().zip(&got).map(|(v, got)| (v.clone() - got).high()));
    let above = excess(
        &mut v
            .iter()
            .zip(&paid)
            .map(|(v, paid)| (paid.clone() - v).high()),
    );
    let end = |by: &F, sign: i64| -> Vec<F> {
        let alive = |s: usize| !mdp.space().is_terminal(s);
        let moved = |(s, v): (usize, &F)| {
            if alive(s) {
                v.clone() + w[s].clone() * by * &F::from_i64(sign)
            } else {
                F::zero()
            }
        };
        v.iter().enumerate().map(moved).collect()
    };
    let (lower, upper) = (end(&below, -1), end(&above, 1));
    let lower: Vec<F> = lower.iter().map(F::low).collect();
    let upper: Vec<F> = upper.iter().map(F::high).collect();
    Ok(GameValue {
        j: [dot(mdp.initial(), &lower), dot(mdp.initial(), &upper)],
        lower,
        upper,
        strategies,
        iterations: found.iterations,
        residual: found.residual,
    })
}

/// The value, if v is it: Tv = v in every state.
fn fixed<F: Proving>(
    sides: &Sides,
    mdp: &Mdp<F>,
    v: Vec<F>,
    found: &Iterated,
) -> Option<GameValue<F>> {
    let (next, strategies) = sides.shapley(mdp, &q_of(mdp, &v));
    (next == v).then(|| GameValue {
        j: [dot(mdp.initial(), &v), dot(mdp.initial(), &v)],
        lower: v.clone(),
        upper: v,
        strategies,
        iterations: found.iterations,
        residual: 0.0,
    })
}

/// The fraction of the smallest denominator within rounding of a number, if it is simple: the first
/// convergent of its continued fraction that is near enough.
fn simple<F: Field>(x: f64) -> Option<F> {
    // far above the rounding of what is guessed from; the guess is verified
    let near = 1e-9 * x.abs().max(1.0);
    let (mut before, mut last) = ((0i64, 1i64), (1i64, 0i64));
    let mut rest = x;
    for _ in 0..30 {
        let whole = rest.floor();
        // no simple number; a choice
        if whole.abs() > 1e12 {
            return None;
        }
        let next = |of: fn((i64, i64)) -> i64| {
            (whole as i64)
                .checked_mul(of(last))?
                .checked_add(of(before))
        };
        let (p, q) = (next(|x| x.0)?, next(|x| x.1)?);
        if q > SIMPLE {
            return None;
        }
        (before, last) = (last, (p, q));
        if (p as f64 / q as f64 - x).abs() <= near {
            return Some(F::from_number(&Number::ratio(p, q as u64)?));
        }
        rest = 1.0 / (rest - whole);
    }
    None
}
