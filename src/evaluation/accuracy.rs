//! How far rounding may have moved values and advantages ([`super::advantage_accuracy`]), where it may show.
//!
//! ```text
//! εᵥ = ‖N‖∞ maxₛ (|e| + η z_v)      z_v = |r^π| + Σ |Aᵢⱼ||vⱼ − vᵢ| + σ|v|
//! ```
//!
//! with the residual e of v, u the unit roundoff and η = (z + 16)u for z entries in the fullest row.

use std::any::TypeId;
use std::cell::OnceCell;

use super::advantage_accuracy::advantage_errors;
use super::faults::{largest_fault, unit};
use super::shown::{CLOSE, shown_beside, shown_but_zeros, shown_of};
use super::{Evaluation, RoundingBounds};
use crate::chain::Chain;
use crate::error::Error;
use crate::field::{UNIT, all_finite, as_bound};
use crate::linalg::{Factors, MODERATE, Solvable, largest, largest_or_nan};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// Values so many units of rounding larger than advantages make them doubtful; a choice.
const SHOWN: f64 = 1e11;
/// Advantages as small beside values as so many roundings of these are to their ninth digit are looked at one by one, and
/// all where trajectories are longer; choices: to look takes some tenth of the evaluation of a small model.
const ROUNDINGS: f64 = 32.0;
const MODERATELY_LONG: f64 = 1e4;

/// Of an evaluation by a resolvent.
pub(super) fn of_values<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    chain: &Chain<F>,
    found: &Evaluation<F>,
) -> Result<RoundingBounds, Error> {
    let (v, rest) = (&*found.v, &*found.rest);
    // a pass over the model, made once at most
    let made = OnceCell::new();
    let fault = || *made.get_or_init(|| largest_fault(chain, chain.dynamics().r(), v, rest));
    let values = value_error(mdp, policy, chain, (v, &found.q, &found.j), &fault)?;
    Ok(RoundingBounds {
        advantage: advantage_error(mdp, policy, chain, (v, rest), &found.advantage, &fault)?,
        value: values.map(|(value, _)| value),
        objective: values.and_then(|(_, objective)| objective),
        occupancy: occupancy_error(chain, &found.occupancy)?,
    })
}

/// A bound on the errors of advantages, where values are so much larger that rounding may show, or where it or the
/// end of an iteration may show in the ninth digit of any of them. `fault` gives maxₛ (|e| + η z_v).
fn advantage_error<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    chain: &Chain<F>,
    (v, rest): (&[F], &[F]),
    advantage: &[F],
    fault: &dyn Fn() -> f64,
) -> Result<Option<f64>, Error> {
    if F::EXACT || F::one().certified().is_some() {
        return Ok(None);
    }
    let (size, most) = (largest(advantage), largest(v));
    let is_large = mdp.states() > MODERATE;
    let shows = size > 0.0 && SHOWN * f64::EPSILON * most > size;
    if shows && !is_large {
        let errors = advantage_errors(mdp, policy, chain, (v, rest), None)?;
        return Ok(Some(as_bound(largest_or_nan(&errors))));
    }
    // dual and complex numbers are evaluated for each parameter, and nobody asks for their advantages
    if TypeId::of::<F>() != TypeId::of::<f64>() || (size == 0.0 && are_zeros(mdp)) {
        return Ok(None);
    }
    let sizes = advantage.iter().map(|x| x.to_f64().abs());
    let least = sizes.filter(|&x| x > 0.0).fold(f64::INFINITY, f64::min);
    let length = length(chain)?;
    // of a 0 beside others what is small beside the largest tells nothing either; an iteration leaves more than rounding
    let is_small =
        CLOSE * least >= ROUNDINGS * f64::EPSILON * most && chain.resolvent().factors().is_direct();
    if size > 0.0 && length <= MODERATELY_LONG && is_small {
        return Ok(None);
    }
    if is_large {
        // |r| ≤ |A| + 2 max|v|: no row is read again
        let rounded = unit(chain) * (size + 4.0 * most) + 2.0 * f64::EPSILON * most;
        let error = as_bound(2.0 * length * fault() + rounded);
        return Ok(is_shown_in(mdp, error, advantage, size).then_some(error));
    }
    let errors = advantage_errors(mdp, policy, chain, (v, rest), None)?;
    Ok(shown_of_advantages(mdp, &errors, advantage))
}

/// Whether one bound on all advantages shows in any ([`shown_beside`]), the largest of which is given.
fn is_shown_in<F: Solvable>(mdp: &Mdp<F>, error: f64, advantage: &[F], most: f64) -> bool {
    let space = mdp.space();
    let chosen = (0..space.states()).map(|s| space.pairs_of(s));
    let mut pairs = chosen.filter(|pairs| pairs.len() > 1).flatten();
    pairs.any(|pair| {
        let x = &advantage[pair];
        error > CLOSE * if x.is_zero() { most } else { x.to_f64().abs() }
    })
}

/// Whether advantages are 0: no state has several actions, or what they pay is all the same.
fn are_zeros<F: Solvable>(mdp: &Mdp<F>) -> bool {
    let space = mdp.space();
    mdp.pays_alike() || (0..space.states()).all(|s| space.pairs_of(s).len() <= 1)
}

/// The largest error of an advantage, where one may show ([`shown_beside`]): of one action the advantage is 0 by what it is.
pub(super) fn shown_of_advantages<F: Solvable>(
    mdp: &Mdp<F>,
    errors: &[f64],
    advantage: &[F],
) -> Option<f64> {
    let space = mdp.space();
    let is_chosen = |pair: usize| space.pairs_of(space.state_of(pair)).len() > 1;
    let own = errors.iter().copied().zip(advantage).enumerate();
    let own = own.filter(|(pair, _)| is_chosen(*pair)).map(|(_, x)| x);
    // what is 0, and came out so
    let is_known = advantage.iter().all(F::is_zero) && are_zeros(mdp);
    (!is_known).then(|| shown_beside(own.collect()))?
}

/// A bound on the errors of v, q and J, where rewards of both signs leave so little of one of them that
/// rounding may show in its ninth digit, or an iteration ends; and one on that of J, where it shows in that.
fn value_error<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    chain: &Chain<F>,
    (v, q, j): (&[F], &[F], &F),
    fault: &dyn Fn() -> f64,
) -> Result<Option<(f64, Option<f64>)>, Error> {
    // dual and complex numbers are evaluated for each parameter, and nobody asks for their values
    let is_plain = TypeId::of::<F>() == TypeId::of::<f64>();
    if !is_plain {
        return Ok(None);
    }
    let doubtful = is_doubtful(chain)?;
    if !doubtful && !mdp.has_rewards_of_both_signs() {
        return Ok(None);
    }
    let alive = (0..v.len()).filter(|&s| chain.dynamics().alive()[s]);
    let values = alive.map(|s| &v[s]).chain(q).chain([j]);
    let least = values
        .map(|x| x.to_f64().abs())
        .fold(f64::INFINITY, f64::min);
    let sizes = Sizes::new(mdp, policy);
    let (length, unit) = (length(chain)?, unit(chain));
    if !doubtful && CLOSE * least >= unit * length * largest(&sizes.pairs) {
        return Ok(None);
    }
    let errors = sizes.errors(chain, (v, fault), length)?;
    // one bound on all states but a few that have ended is one on all that may follow: no row has to be read
    let one_bound = mdp.states() > MODERATE && !chain.resolvent().factors().is_componentwise();
    let anywhere = largest(&errors) + unit * largest(v);
    let of_pair = |pair: usize| {
        let after = if one_bound {
            anywhere
        } else {
            let row = mdp.p().row(pair);
            let after = row.map(|(next, p)| (errors[next] + unit * v[next].to_f64().abs(), p));
            after.map(|(error, p)| p.to_f64() * error).sum()
        };
        after + unit * sizes.pairs[pair]
    };
    let of_pairs: Vec<f64> = (0..mdp.pairs()).map(of_pair).collect();
    let starts = mdp.initial().iter().zip(v).zip(&errors);
    let of_start = |((mass, v), error): ((&F, &F), &f64)| {
        mass.to_f64().abs() * (error + unit * v.to_f64().abs())
    };
    let of_j: f64 = starts.map(of_start).sum();
    let lost = |(error, x): (&f64, &F)| *error > CLOSE * x.to_f64().abs();
    let values = errors.iter().zip(v).chain(of_pairs.iter().zip(q));
    let shows = values.chain([(&of_j, j)]).any(lost);
    let all = || largest(&of_pairs).max(largest(&errors)).max(of_j);
    Ok(shows.then(|| (all(), shown_of([(of_j, j)].into_iter()))))
}

/// Whether factors that subtract serve trajectories so long that rounding may show in values and visits of one sign, or an
/// iteration, which ends where a part of the largest is left.
fn is_doubtful<F: Solvable>(chain: &Chain<F>) -> Result<bool, Error> {
    let factors = chain.resolvent().factors();
    if factors.is_componentwise() {
        return Ok(false);
    }
    Ok(!factors.is_direct() || 0.1 * CLOSE < unit(chain) * length(chain)?)
}

/// A bound on the error of any visits, ‖N‖∞ times the sum of what is left of ρ (I − γP) = ρ₀ and of its rounding, where it
/// may show in the ninth digit of some.
fn occupancy_error<F: Solvable>(chain: &Chain<F>, occupancy: &[F]) -> Result<Option<f64>, Error> {
    if TypeId::of::<F>() != TypeId::of::<f64>() || !is_doubtful(chain)? {
        return Ok(None);
    }
    let initial = chain.dynamics().initial();
    let product = chain.resolvent().blocks().mul_transposed(occupancy);
    let both = initial.iter().zip(product);
    let residual: f64 = both.map(|(b, x)| (b.clone() - x).to_f64().abs()).sum();
    let size = |x: &[F]| x.iter().map(|x| x.to_f64().abs()).sum::<f64>();
    let fault = residual + unit(chain) * (size(initial) + 2.0 * size(occupancy));
    let error = length(chain)? * fault;
    Ok(shown_but_zeros(occupancy.iter().map(|x| (error, x))))
}

/// ‖N‖∞, or 1/(1 − γ) above it.
fn length<F: Solvable>(chain: &Chain<F>) -> Result<f64, Error> {
    let slack = chain.resolvent().slack().unwrap_or_default();
    let least = slack.iter().map(F::to_f64).fold(f64::INFINITY, f64::min);
    if least > 0.0 && least.is_finite() {
        return Ok(1.0 / least);
    }
    Ok(chain.inverse_norm()?.to_f64())
}

/// Rewards without their signs: Σ p |r| \[SA\], and its mean under the policy \[S\].
pub(super) struct Sizes {
    pub pairs: Vec<f64>,
    pub states: Vec<f64>,
}

impl Sizes {
    pub fn new<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Sizes {
        let size = |pair: usize| {
            let outcomes = mdp.outcomes(pair);
            let sizes = outcomes.map(|x| (x.probability.to_f64() * x.reward.to_f64()).abs());
            sizes.sum::<f64>()
        };
        let pairs: Vec<f64> = (0..mdp.pairs()).map(size).collect();
        let mut states = vec![0.0; mdp.states()];
        for (pair, size) in pairs.iter().enumerate() {
            let pi = policy.probabilities()[pair].to_f64().abs();
            states[mdp.space().state_of(pair)] += pi * size;
        }
        Sizes { pairs, states }
    }

    /// Of v \[S\]: where every digit is a sum of one sign, n steps of elimination on N|r|; else εᵥ and the
    /// rounding of r.
    fn errors<F: Solvable>(
        &self,
        chain: &Chain<F>,
        (v, fault): (&[F], &dyn Fn() -> f64),
        length: f64,
    ) -> Result<Vec<f64>, Error> {
        let resolvent = chain.resolvent();
        let alive = chain.dynamics().alive();
        if !resolvent.factors().is_componentwise() {
            let fault = fault() + unit(chain) * largest(&self.states);
            let error = |alive: &bool| if *alive { length * fault } else { 0.0 };
            return Ok(alive.iter().map(error).collect());
        }
        let sized = alive.iter().zip(&self.states);
        let sized = sized.map(|(alive, x)| if *alive { *x } else { 0.0 });
        let Some(sized) = all_finite::<F>(&sized.collect::<Vec<f64>>()) else {
            return Ok(vec![f64::INFINITY; v.len()]);
        };
        let all = resolvent.solve(&sized)?.x;
        let unit = unit(chain) + 4.0 * v.len() as f64 * f64::EPSILON;
        Ok(all.iter().map(|x| unit * x.to_f64().abs()).collect())
    }
}

/// Whether anybody asks for the bounds of an evaluation: they are of floating point, and cost as much as another
/// evaluation, which matters in large models.
pub(crate) fn are_wanted<F: Solvable>(mdp: &Mdp<F>) -> bool {
    TypeId::of::<F>() == TypeId::of::<f64>() && mdp.states() <= MODERATE
}

/// η of the rows of p.
pub(super) fn unit_of_rows<F: Solvable>(mdp: &Mdp<F>) -> f64 {
    let p = mdp.p();
    let fullest = (0..p.rows()).map(|i| p.row(i).len()).max().unwrap_or(0);
    (fullest + 16) as f64 * UNIT
}

/// Over T steps: a number is a sum of terms that are products of at most T factors, so that it errs by at most Tη times the
/// same sum without signs. `sums` gives Σ over the last T − 1 steps of rewards \[S\].
pub(super) fn over_steps<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    horizon: usize,
    sums: impl Fn(&[F]) -> Vec<F>,
    found: &Evaluation<F>,
) -> RoundingBounds {
    if !are_wanted(mdp) {
        return RoundingBounds::default();
    }
    let sizes = Sizes::new(mdp, policy);
    let relative = horizon as f64 * unit_of_rows(mdp);
    let steps = f64::min(horizon as f64, 1.0 / mdp.discount_complement().to_f64());
    let all = found
        .v
        .iter()
        .chain(&found.q)
        .chain(&found.advantage)
        .chain([&found.j]);
    let later = found.by_time.iter();
    // v at the end is 0
    let later =
        later.flat_map(|tables| tables.v[..tables.q.len()].iter().chain(&tables.q).flatten());
    let all = all.chain(later);
    let least = all.map(|x| x.to_f64().abs()).fold(f64::INFINITY, f64::min);
    if CLOSE * least >= 2.0 * relative * steps * largest(&sizes.pairs) {
        return RoundingBounds::default();
    }
    let later = match all_finite(&sizes.states) {
        Some(sizes) => sums(&sizes).iter().map(F::to_f64).collect(),
        None => vec![f64::INFINITY; mdp.states()],
    };
    let gamma = mdp.discount().to_f64();
    let space = mdp.space();
    let of_pair = |pair: usize| {
        let after = mdp.p().row(pair);
        let after: f64 = after.map(|(next, p)| p.to_f64() * later[next]).sum();
        relative * (sizes.pairs[pair] + gamma * after)
    };
    let of_pairs: Vec<f64> = (0..mdp.pairs()).map(of_pair).collect();
    let mut of_states = vec![0.0; mdp.states()];
    for (pair, error) in of_pairs.iter().enumerate() {
        of_states[space.state_of(pair)] += policy.probabilities()[pair].to_f64() * error;
    }
    let starts = mdp.initial().iter().zip(&of_states);
    let of_j: f64 = starts.map(|(mass, error)| mass.to_f64() * error).sum();
    let values = of_states.iter().copied().zip(&found.v);
    let values = values.chain(of_pairs.iter().copied().zip(&found.q));
    let both = |pair: usize| of_pairs[pair] + of_states[space.state_of(pair)];
    let of_advantages: Vec<f64> = (0..mdp.pairs()).map(both).collect();
    let later = || {
        let shows = shows_later(mdp, policy, &sizes, found);
        // fewer terms remain at a later time, none of which is larger
        shows.then(|| largest(&of_pairs).max(largest(&of_states)))
    };
    RoundingBounds {
        value: shown_of(values.chain([(of_j, &found.j)])).or_else(later),
        objective: shown_of([(of_j, &found.j)].into_iter()),
        advantage: shown_of_advantages(mdp, &of_advantages, &found.advantage),
        occupancy: None,
    }
}

/// What rounding can have done to any value v_t(s) at any time.
pub(crate) fn value_error_until<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    horizon: usize,
) -> f64 {
    let steps = f64::min(horizon as f64, 1.0 / mdp.discount_complement().to_f64());
    horizon as f64 * unit_of_rows(mdp) * steps * largest(&Sizes::new(mdp, policy).pairs)
}

/// Whether rounding may show in the ninth digit of a value at a later time: with n steps left it errs by at most nη times
/// the sum of n terms without signs.
fn shows_later<F: Solvable>(
    mdp: &Mdp<F>,
    policy: &Policy<F>,
    sizes: &Sizes,
    found: &Evaluation<F>,
) -> bool {
    let Some(tables) = &found.by_time else {
        return false;
    };
    let (unit, gamma, space) = (unit_of_rows(mdp), mdp.discount().to_f64(), mdp.space());
    let mut sums = vec![0.0; mdp.states()];
    let times = tables.q.iter().zip(&tables.v).rev();
    for (left, (q, v)) in (1..).zip(times) {
        let of_pair = |pair: usize| {
            let after = mdp.p().row(pair);
            let after: f64 = after.map(|(next, p)| p.to_f64() * sums[next]).sum();
            sizes.pairs[pair] + gamma * after
        };
        let of_pairs: Vec<f64> = (0..mdp.pairs()).map(of_pair).collect();
        let mut of_states = vec![0.0; mdp.states()];
        for (pair, size) in of_pairs.iter().enumerate() {
            of_states[space.state_of(pair)] += policy.probabilities()[pair].to_f64() * size;
        }
        let both = of_pairs.iter().zip(q).chain(of_states.iter().zip(v));
        let relative = f64::from(left) * unit;
        if shown_of(both.map(|(size, x)| (relative * size, x))).is_some() {
            return true;
        }
        sums = of_states;
    }
    false
}
