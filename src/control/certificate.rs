//! How far values can be from v*, whatever method found them (theory, 7.1 and 8).
//!
//! With Δ(s, a) = q(s, a) − v(s) and Δ(s) = maxₐ Δ(s, a) = (T*v − v)(s):
//!
//! ```text
//! γ < 1:   |v − v*|∞ ≤ maxₛ |Δ(s)| / (1 − β),   β = γ maxₛₐ Σ p(·|s, a)
//! γ = 1:   v* ≤ v + c w    if c (w − p w)(s, a) ≥ Δ(s, a) for all pairs, w ≥ 0
//!          v* ≥ v − c w    if c (w − p w)(s, π(s)) ≥ −Δ(s, π(s)) for one terminating policy π
//! ```
//!
//! At γ = 1, w is the expected length of an episode under π or, from above where actions tie, the
//! largest over those (`super::longest`). Every Δ is widened by what rounding
//! may have done to it, so the bounds hold for the model as written.
//!
//! Where episodes are so long that w − pw and Δ drown in the rounding of w and v, both are summed up from
//! differences between states,
//!
//! ```text
//! (w − pw)(s, a) = Σ p(s'|s, a) (w(s) − w(s')) + δ(s, a) w(s)      δ = 1 − Σ p(·|s, a)
//! ```

mod slack;

pub(super) use self::slack::slack;
use self::slack::{Constraint, slack_of_rises, smallest_factor};
use super::ends::EndComponents;
use super::fine::Fine;
use super::longest;
use super::rounding::{below_one, radius, radius_of_rises};
use super::rule::{DecisionRule, action_value};
use crate::chain::Chain;
use crate::chain::graph::Graph;
use crate::evaluation::values_of_pairs;
use crate::field::{Ball, Field, UNIT};
use crate::linalg::{MODERATE, Solvable, SolverOptions, largest};
use crate::mdp::{Criterion, Mdp};

/// What is certain about values and a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// |v − v*|∞ is at most this; `None` if nothing could be certified.
    pub error_bound: Option<f64>,
    /// The bound state by state \[S\], where it is not the same in all.
    pub by_state: Option<Vec<f64>>,
    /// maxₛ |T*v − v|(s) as computed, in units of reward.
    pub residual: f64,
    /// Pairs that no certified difference excludes from being optimal, increasing.
    pub optimal: Vec<usize>,
}

/// How x − px is summed up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Summation {
    /// As it stands.
    Plain,
    /// From differences between states.
    Rises,
}

/// Δ(s, a) of every pair, and how far rounding may have moved it.
struct Residuals {
    delta: Vec<f64>,
    radius: Vec<f64>,
    summation: Summation,
}

impl Certificate {
    /// The certificate of values v \[S\] and a policy; one sparse product, and at γ = 1 one solve.
    pub(crate) fn new<F: Solvable>(
        mdp: &Mdp<F>,
        v: &[F],
        rule: &DecisionRule,
        solver: &SolverOptions,
    ) -> Certificate {
        let (residuals, errors) = match mdp.criterion() {
            Criterion::Total => {
                let by = |summation| {
                    let (residuals, moved) = Residuals::levelled(mdp, v, summation);
                    let errors = residuals.errors_by_length(mdp, rule, solver);
                    let errors = errors.map(|errors| errors.moved(moved));
                    (residuals, errors)
                };
                let bound = |found: &Found| found.1.as_ref().map(Errors::largest);
                let plain = by(Summation::Plain);
                let size = v.iter().map(|x| x.to_f64().abs()).fold(0.0, f64::max);
                let is_poor = bound(&plain).is_none_or(|bound| bound > POOR * size);
                let finely = is_poor.then(|| by(Summation::Rises));
                match finely {
                    Some(finely) if is_better(bound(&finely), bound(&plain)) => finely,
                    _ => plain,
                }
            }
            _ => {
                let residuals = Residuals::new(mdp, v, Summation::Plain);
                let errors = residuals.errors_by_discount(mdp);
                let bound = errors.as_ref().map(Errors::largest);
                let size = v.iter().map(|x| x.to_f64().abs()).fold(0.0, f64::max);
                let is_poor = !F::EXACT && bound.is_none_or(|bound| bound > POOR * size);
                let finely = is_poor.then(|| Residuals::finely(mdp, v, rule, solver));
                match finely.flatten() {
                    Some((finely, better))
                        if bound.is_none_or(|bound| better.largest() < bound) =>
                    {
                        (finely, Some(better))
                    }
                    _ => (residuals, errors),
                }
            }
        };
        Certificate {
            residual: residuals.largest(mdp),
            optimal: residuals.optimal(mdp, errors.as_ref()),
            error_bound: errors.as_ref().map(Errors::largest),
            by_state: errors.and_then(Errors::by_state),
        }
    }
}

/// What was found of a model, and how far values may be from v* for it.
type Found = (Residuals, Option<Errors>);

fn is_better(bound: Option<f64>, other: Option<f64>) -> bool {
    bound.is_some_and(|bound| other.is_none_or(|other| bound < other))
}

/// How far values may be from v*.
enum Errors {
    /// At most so far in every state.
    Alike(f64),
    /// At most so far in each \[S\].
    ByState(Vec<f64>),
}

impl Errors {
    fn largest(&self) -> f64 {
        match self {
            Errors::Alike(error) => *error,
            Errors::ByState(errors) => largest(errors),
        }
    }

    /// \[S\], where they are not alike.
    fn by_state(self) -> Option<Vec<f64>> {
        match self {
            Errors::Alike(_) => None,
            Errors::ByState(errors) => Some(errors),
        }
    }

    /// Those of values that have moved by so much more.
    fn moved(self, by: f64) -> Errors {
        match self {
            Errors::Alike(error) => Errors::Alike(error + by),
            Errors::ByState(errors) => {
                Errors::ByState(errors.into_iter().map(|error| error + by).collect())
            }
        }
    }

    /// How far q of a pair may be off for it, rounded up: where the pair ends everything, not at all.
    fn of_pair<F: Solvable>(&self, mdp: &Mdp<F>, pair: usize) -> f64 {
        let discount = mdp.discount().to_f64();
        match self {
            Errors::Alike(error) => discount * error,
            Errors::ByState(errors) => {
                let row = mdp.p().row(pair);
                let slack = 1.0 + (2 * row.len() + 8) as f64 * UNIT;
                let sum: f64 = row.map(|(next, p)| p.to_f64() * errors[next]).sum();
                discount * sum * slack
            }
        }
    }
}

/// A bound that is more than this part of the values is worth another solve; a choice.
const POOR: f64 = 1e-6;

impl Residuals {
    /// Those of the values of a rule with digits beyond floating point, near γ = 1, where Δ of v drowns in the
    /// rounding of v; and how far v may be from v* then. `None` where there is no whole rule, or no such values.
    fn finely<F: Solvable>(
        mdp: &Mdp<F>,
        v: &[F],
        rule: &DecisionRule,
        solver: &SolverOptions,
    ) -> Option<(Residuals, Errors)> {
        let space = mdp.space();
        let acting = (0..space.states()).filter(|&state| !space.is_terminal(state));
        if mdp.states() > MODERATE || rule.pairs().count() < acting.count() {
            return None;
        }
        let fine = Fine::new(mdp, rule, solver).ok()?;
        let residuals = Residuals {
            delta: fine.advantages(mdp).iter().map(F::to_f64).collect(),
            radius: (0..mdp.pairs())
                .map(|pair| radius_of_rises(mdp, &fine.v, pair))
                .collect(),
            summation: Summation::Rises,
        };
        let moved = fine.v.iter().zip(v);
        let moved = moved.map(|(x, v)| (x.clone() - v).abs().to_f64());
        // no further digits: none that are left out
        let rest = fine.rest.iter().map(|x| x.abs().to_f64());
        let apart = moved.zip(rest.chain(std::iter::repeat(0.0)));
        let apart = apart.map(|(moved, rest)| (moved + rest) * (1.0 + 2.0 * UNIT));
        let errors = match residuals.errors_by_discount(mdp)? {
            Errors::Alike(error) => {
                Errors::Alike((error + apart.fold(0.0, f64::max)) * (1.0 + 2.0 * UNIT))
            }
            Errors::ByState(errors) => {
                let both = errors.iter().zip(apart);
                Errors::ByState(both.map(|(x, y)| (x + y) * (1.0 + 2.0 * UNIT)).collect())
            }
        };
        Some((residuals, errors))
    }

    fn new<F: Solvable>(mdp: &Mdp<F>, v: &[F], summation: Summation) -> Residuals {
        if summation == Summation::Rises {
            let (_, rises) = values_of_pairs(mdp, v, &[]);
            return Residuals {
                delta: rises.iter().map(F::to_f64).collect(),
                radius: (0..mdp.pairs())
                    .map(|pair| radius_of_rises(mdp, v, pair))
                    .collect(),
                summation,
            };
        }
        let space = mdp.space();
        let discount = mdp.discount();
        let gamma = discount.to_f64();
        let pairs = 0..space.pairs();
        let delta =
            |pair| (action_value(mdp, &discount, v, pair) - &v[space.state_of(pair)]).to_f64();
        Residuals {
            delta: pairs.clone().map(delta).collect(),
            radius: pairs.map(|pair| radius(mdp, gamma, v, pair)).collect(),
            summation,
        }
    }

    /// (w − p w)(s, a), rounded down.
    fn slack<F: Solvable>(&self, mdp: &Mdp<F>, w: &[f64], pair: usize) -> f64 {
        match self.summation {
            Summation::Plain => slack(mdp, w, pair),
            Summation::Rises => slack_of_rises(mdp, w, pair),
        }
    }

    /// At γ = 1: those of values that are the same throughout every set of states that actions
    /// without a reward connect, as v* is; going round there then changes nothing, exactly. And how
    /// far these values are from v at most, rounded up.
    fn levelled<F: Solvable>(mdp: &Mdp<F>, v: &[F], summation: Summation) -> (Residuals, f64) {
        let free = |pair: usize| {
            let row = mdp.p().row(pair);
            let outcomes = row.len() as f64;
            let sum: f64 = row.map(|(_, p)| p.to_f64()).sum();
            mdp.outcomes(pair).all(|outcome| outcome.reward.is_zero())
                && f64::abs(1.0 - sum) <= 2.0 * outcomes * UNIT
        };
        let ends = EndComponents::new(mdp, free);
        let mut level = v.to_vec();
        for (state, &first) in ends.of.iter().enumerate() {
            if v[state] > level[first] {
                level[first] = v[state].clone();
            }
        }
        for (state, &first) in ends.of.iter().enumerate() {
            level[state] = level[first].clone();
        }
        let moves = level.iter().zip(v).map(|(x, v)| (x.clone() - v).to_f64());
        let moved = moves.fold(0.0, f64::max) * (1.0 + 2.0 * UNIT);
        let mut residuals = Residuals::new(mdp, &level, summation);
        for pair in (0..mdp.pairs()).filter(|&pair| ends.inner[pair]) {
            (residuals.delta[pair], residuals.radius[pair]) = (0.0, 0.0);
        }
        (residuals, moved)
    }

    /// The largest of a number over the pairs of each alive state.
    fn best<F: Solvable>(
        &self,
        mdp: &Mdp<F>,
        x: impl Fn(usize) -> f64,
    ) -> impl Iterator<Item = f64> {
        let space = mdp.space();
        let alive = (0..space.states()).filter(|&s| !space.is_terminal(s));
        let best = alive.map(|s| space.pairs_of(s).map(&x).fold(f64::NEG_INFINITY, f64::max));
        best.collect::<Vec<f64>>().into_iter()
    }

    fn largest<F: Solvable>(&self, mdp: &Mdp<F>) -> f64 {
        let best = self.best(mdp, |pair| self.delta[pair]);
        best.map(f64::abs).fold(0.0, f64::max)
    }

    /// The largest |Δ| over all states, by what the discount leaves of it; over the states that each one can reach
    /// where one number for all would leave open which actions are optimal: values of 10¹⁴ say nothing of a state
    /// that never sees them.
    fn errors_by_discount<F: Solvable>(&self, mdp: &Mdp<F>) -> Option<Errors> {
        let above = self.best(mdp, |pair| self.delta[pair] + self.radius[pair]);
        let below = self.best(mdp, |pair| self.delta[pair] - self.radius[pair]);
        let both = above.zip(below);
        let furthest: Vec<f64> = both.map(|(x, y)| f64::max(x.abs(), y.abs())).collect();
        let rest = below_one(mdp);
        let bound = |furthest: f64| furthest / rest * (1.0 + 8.0 * UNIT);
        let largest = largest(&furthest);
        if largest == 0.0 {
            return Some(Errors::Alike(0.0));
        }
        if !(rest > 0.0 && bound(largest).is_finite()) {
            return None;
        }
        let alike = Errors::Alike(bound(largest));
        if !self.leaves_open(mdp, &alike, &furthest) {
            return Some(alike);
        }
        let furthest = furthest_in_reach(mdp, &furthest);
        Some(Errors::ByState(furthest.into_iter().map(bound).collect()))
    }

    /// Whether errors keep a pair of some state in question that the bounds of its own state decide against.
    fn leaves_open<F: Solvable>(&self, mdp: &Mdp<F>, errors: &Errors, furthest: &[f64]) -> bool {
        let space = mdp.space();
        let alive = (0..space.states()).filter(|&s| !space.is_terminal(s));
        let optimal = self.optimal(mdp, Some(errors));
        let mut listed = vec![false; mdp.pairs()];
        optimal.iter().for_each(|&pair| listed[pair] = true);
        alive.zip(furthest).any(|(state, own)| {
            let best = space.pairs_of(state).map(|pair| self.delta[pair]);
            let best = best.fold(f64::NEG_INFINITY, f64::max);
            let behind = |pair: usize| self.delta[pair] + 2.0 * (self.radius[pair] + own) < best;
            space
                .pairs_of(state)
                .any(|pair| listed[pair] && behind(pair))
        })
    }

    /// c w of each state: what a state with short episodes can lose is little, however long they are elsewhere.
    fn errors_by_length<F: Solvable>(
        &self,
        mdp: &Mdp<F>,
        rule: &DecisionRule,
        solver: &SolverOptions,
    ) -> Option<Errors> {
        let feasible = self
            .delta
            .iter()
            .zip(&self.radius)
            .all(|(d, r)| d + r <= 0.0);
        let attained = |(_, pair): (usize, usize)| self.delta[pair] - self.radius[pair] >= 0.0;
        if feasible && rule.pairs().all(attained) {
            return Some(Errors::Alike(0.0));
        }
        let length = lengths(mdp, rule, solver)?;
        let below = rule.pairs().map(|(_, pair)| Constraint {
            slack: self.slack(mdp, &length, pair),
            needed: self.radius[pair] - self.delta[pair],
        });
        let below = smallest_factor(below)?;
        let (above, longest) = match self.above(mdp, &length) {
            Some(above) => (above, None),
            None => {
                let longest = self.longest(mdp, solver)?;
                (self.above(mdp, &longest)?, Some(longest))
            }
        };
        let longest = longest.as_ref().unwrap_or(&length);
        let both = length.iter().zip(longest);
        let errors =
            both.map(|(own, longest)| f64::max(below * own, above * longest) * (1.0 + 8.0 * UNIT));
        let errors: Vec<f64> = errors.collect();
        let is_finite = errors.iter().all(|error| error.is_finite());
        is_finite.then_some(Errors::ByState(errors))
    }

    /// The least c with which v + c w is a bound from above.
    fn above<F: Solvable>(&self, mdp: &Mdp<F>, w: &[f64]) -> Option<f64> {
        let constraints = (0..mdp.pairs()).map(|pair| Constraint {
            slack: self.slack(mdp, w, pair),
            needed: self.radius[pair] + self.delta[pair],
        });
        smallest_factor(constraints)
    }

    /// The largest expected length of an episode over all actions that tie.
    fn longest<F: Solvable>(&self, mdp: &Mdp<F>, solver: &SolverOptions) -> Option<Vec<f64>> {
        let mut tied = vec![false; mdp.pairs()];
        self.optimal(mdp, None)
            .into_iter()
            .for_each(|pair| tied[pair] = true);
        let idle = |pair: usize| self.delta[pair] == 0.0 && self.radius[pair] == 0.0;
        longest::lengths(mdp, |pair| tied[pair], idle, solver)
    }

    fn optimal<F: Solvable>(&self, mdp: &Mdp<F>, errors: Option<&Errors>) -> Vec<usize> {
        let space = mdp.space();
        // without a bound: what rounding alone may do along an episode of a million steps
        let unknown = Errors::Alike(largest(&self.radius) * 1e6);
        let errors = errors.unwrap_or(&unknown);
        let mut optimal = Vec::new();
        for state in 0..space.states() {
            let pairs = space.pairs_of(state);
            let margin = |pair: usize| self.radius[pair] + errors.of_pair(mdp, pair);
            let low = |pair: usize| self.delta[pair] - margin(pair);
            let best = pairs.clone().map(low).fold(f64::NEG_INFINITY, f64::max);
            optimal.extend(pairs.filter(|&pair| self.delta[pair] + margin(pair) >= best));
        }
        optimal
    }
}

/// How much v* may exceed the values of a terminating rule at γ = 1, from q − v of every pair with
/// its bounds; `None` if that could not be certified.
pub(super) fn excess_bound(
    mdp: &Mdp<Ball>,
    rule: &DecisionRule,
    gaps: &[Ball],
    solver: &SolverOptions,
) -> Option<f64> {
    let radius = |gap: &Ball| (gap.upper() - gap.to_f64()).max(gap.to_f64() - gap.lower());
    let mut residuals = Residuals {
        delta: gaps.iter().map(Field::to_f64).collect(),
        radius: gaps.iter().map(radius).collect(),
        summation: Summation::Plain,
    };
    let length = lengths(mdp, rule, solver)?;
    let mut above = |summation| {
        residuals.summation = summation;
        let by = |w: &[f64]| Some(residuals.above(mdp, w)? * largest(w));
        by(&length).or_else(|| by(&residuals.longest(mdp, solver)?))
    };
    let above = above(Summation::Plain).or_else(|| above(Summation::Rises))?;
    let bound = above * (1.0 + 8.0 * UNIT);
    bound.is_finite().then_some(bound)
}

/// The largest of a number of the states that act over all states that each one \[S\] can reach, itself among them.
fn furthest_in_reach<F: Solvable>(mdp: &Mdp<F>, acting: &[f64]) -> Vec<f64> {
    let space = mdp.space();
    let graph = Graph::with_support(mdp, |_| true);
    let components = graph.components();
    let mut own = vec![0.0; space.states()];
    let alive = (0..space.states()).filter(|&s| !space.is_terminal(s));
    alive.zip(acting).for_each(|(state, &x)| own[state] = x);
    let mut furthest = vec![0.0; components.count];
    for state in components.in_order() {
        let ahead = graph.successors(state);
        let ahead = ahead.map(|next| furthest[components.of[next] as usize]);
        let ahead = ahead.fold(own[state], f64::max);
        let component = &mut furthest[components.of[state] as usize];
        *component = f64::max(*component, ahead);
    }
    let of = components.of.iter();
    of.map(|&component| furthest[component as usize]).collect()
}

/// ℓ(s) [S]: the expected number of steps until a terminal state, nearly.
fn lengths<F: Solvable>(
    mdp: &Mdp<F>,
    rule: &DecisionRule,
    solver: &SolverOptions,
) -> Option<Vec<f64>> {
    let chain = Chain::new(mdp, &rule.followed(mdp.space()), solver).ok()?;
    let space = mdp.space();
    let alive = (0..space.states()).map(|s| {
        if space.is_terminal(s) {
            F::zero()
        } else {
            F::one()
        }
    });
    let length = chain.resolvent().solve(&alive.collect::<Vec<F>>()).ok()?.x;
    let length: Vec<f64> = length.iter().map(F::to_f64).collect();
    length.iter().all(|x| *x >= 0.0).then_some(length)
}
