//! Several players: what is factored, what each sees, what two fight over (theory, 4.12 and 7.8).

use std::sync::Arc;

use super::algebra::{largest, random};
use super::bellman::gradient_scale;
use super::{Case, Identity, Section, Sides, Skip};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Mdp;
use exact_mdp::players::Game;
use exact_mdp::policy::{Factored, Policy};
use exact_mdp::solved::Solved;

identities! { PolicyGradient;
"players-independent" independent {
    "π(a|s) = Πᵢ Σ_{b: bᵢ = aᵢ} π(b|s)",
    "Players who draw independently have a joint law that is the product of its marginals.",
    "theory, 4.12 (4.40)"
}
"players-scores-uncorrelated" uncorrelated {
    "Σₐ π(a|s) ∇ᵢlog π ∇ⱼlog π = 0 for two players: F is block-diagonal",
    "Each player's score has mean 0, and the players draw independently.",
    "theory, 4.12 (4.41)"
}
"players-own-gradient" own_gradient {
    "∇ᵢJ is ∇J of player i alone in the MDP that it sees",
    "The others' policies average p and r over their actions; what is left is an MDP with the player's own actions.",
    "theory, 4.12 (4.42)"
}
"players-performance-difference" difference {
    "J(π'ᵢ, π₋ᵢ) − J(π) = Σ ρ'(s) π'ᵢ(b|s) Āᵢ(s, b), Āᵢ the advantage averaged over the others",
    "The performance difference lemma in the MDP that the player sees; here π'ᵢ is random.",
    "Kakade & Langford 2002, lemma 6.1; theory, 4.12 (4.43)"
}
"stage-game-minimax" minimax {
    "max_x min_b xᵀM = min_y max_a My for M = q(s, ·, ·) of two players",
    "Both are linear programs, dual to each other. The left side is that of M, the right of −Mᵀ.",
    "von Neumann 1928; theory, 7.8 (7.40)"
}
}

fn family(case: &Case) -> Result<&Factored<f64>, Skip> {
    let family = case.policy.parametrization().factored();
    Skip::unless(case.policy.mix().is_none(), "a mixture is no product")?;
    family.ok_or_else(|| Skip::new("the policy is not that of several players"))
}

/// Everybody is paid what the model pays.
fn team(case: &Case, mdp: &Mdp) -> Result<Game, Skip> {
    let n = family(case)?.factors().len();
    Ok(Game::new(Arc::new(mdp.clone()), vec![mdp.r().to_vec(); n])?)
}

fn independent(case: &Case) -> Result<Sides, Skip> {
    let family = family(case)?;
    let mut product = vec![1.0; case.probabilities.len()];
    for factor in family.factors() {
        let mut marginal = vec![0.0; factor.policy().space().pairs()];
        for (pair, pi) in case.probabilities.iter().enumerate() {
            marginal[factor.own(pair)] += pi;
        }
        let pairs = product.iter_mut().enumerate();
        pairs.for_each(|(pair, x)| *x *= marginal[factor.own(pair)]);
    }
    let tolerance = 4.0 * f64::EPSILON * (case.mdp.space().actions() + 4) as f64;
    Ok(Sides::equal(&case.probabilities, &product, 1.0, tolerance))
}

fn uncorrelated(case: &Case) -> Result<Sides, Skip> {
    let (family, scores) = (family(case)?, case.scores()?);
    let space = case.mdp.space();
    let mut cross = Vec::new();
    let mut size: f64 = 0.0;
    for state in 0..space.states() {
        for (i, one) in family.factors().iter().enumerate() {
            for other in &family.factors()[i + 1..] {
                let (k, l) = (random(41, one.parameters()), random(42, other.parameters()));
                let mut sum = 0.0;
                for pair in space.pairs_of(state) {
                    let along = |block: std::ops::Range<usize>, w: &[f64]| -> f64 {
                        let own = scores.row(pair).filter(|(k, _)| block.contains(k));
                        own.map(|(k, x)| x * w[k - block.start]).sum()
                    };
                    let (x, y) = (along(one.block(), &k), along(other.block(), &l));
                    sum += case.probabilities[pair] * x * y;
                    size = size.max((x * y).abs());
                }
                cross.push(sum);
            }
        }
    }
    let tolerance = 16.0 * f64::EPSILON * (space.actions() + 4) as f64;
    Ok(Sides::equal(
        &cross,
        &vec![0.0; cross.len()],
        size,
        tolerance,
    ))
}

/// The MDP that a player sees and its own policy there, solved.
fn seen(case: &Case, mdp: &Mdp, player: usize, policy: Policy) -> Result<Solved, Skip> {
    let mdp = team(case, mdp)?.seen_by(player, family(case)?)?;
    Ok(Solved::by(mdp, policy, SolverOptions::default())?)
}

fn own_gradient(case: &Case) -> Result<Sides, Skip> {
    let (family, d) = (family(case)?, case.discounted()?);
    let mut own = Vec::with_capacity(d.gradient.len());
    for (player, factor) in family.factors().iter().enumerate() {
        if !factor.is_fixed() {
            let alone = seen(case, &d.mdp, player, factor.policy().clone())?;
            own.extend_from_slice(alone.gradient()?);
        }
    }
    let size = gradient_scale(case, d, &[1.0]);
    Ok(Sides::equal(&d.gradient, &own, size, 4.0 * d.tolerance(1)))
}

fn difference(case: &Case) -> Result<Sides, Skip> {
    let (family, d) = (family(case)?, case.discounted()?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (player, factor) in family.factors().iter().enumerate() {
        let other = Policy::random(factor.policy().space(), 43);
        let moved = seen(case, &d.mdp, player, other)?;
        let advantage = family.marginal(player, &d.evaluation.advantage);
        let gained = moved.pair_occupancy().iter().zip(&advantage);
        left.push(moved.j() - d.evaluation.j);
        right.push(gained.map(|(rho, a)| rho * a).sum());
    }
    let size = largest(&d.evaluation.q) * d.mass().max(d.inverse_norm);
    Ok(Sides::equal(&left, &right, size, 4.0 * d.tolerance(2)))
}

fn minimax(case: &Case) -> Result<Sides, Skip> {
    let (family, d) = (family(case)?, case.discounted()?);
    let [_, column] = family.factors() else {
        return Err(Skip::new("there are not two players"));
    };
    let space = case.mdp.space();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let columns = column.policy().space().pairs_of(state).len();
        let q = &d.evaluation.q[space.pairs_of(state)];
        let m: Vec<Vec<f64>> = q.chunks(columns).map(<[f64]>::to_vec).collect();
        let turned = (0..columns).map(|j| m.iter().map(|row| -row[j]).collect());
        let turned: Vec<Vec<f64>> = turned.collect();
        left.push((case.formulas.game_value)(&m)?);
        right.push(-(case.formulas.game_value)(&turned)?);
    }
    let size = largest(&d.evaluation.q);
    let tolerance = 1e3 * f64::EPSILON * space.actions() as f64;
    Ok(Sides::equal(&left, &right, size, tolerance))
}
