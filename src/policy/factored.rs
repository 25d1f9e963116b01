//! The policy of several players who draw their actions independently:
//! π(a|s) = Πᵢ πᵢ(aᵢ|s) (theory, 4.12).
//!
//! Each factor is a policy of its own, of any parametrization, over the states and the player's own
//! actions; θ is θ₁, …, θₙ one after the other. A player who is fixed has no parameters.

use std::sync::Arc;

use super::family::{Family, Point, Seconds, Weighed};
use super::{Kind, Policy, PolicyError};
use crate::field::Field;
use crate::mdp::{Players, Space};

/// A policy of its own for each player.
#[derive(Clone, Debug)]
pub struct Factored<F: Field> {
    players: Arc<Players>,
    factors: Arc<Vec<PolicyFactor<F>>>,
}

/// What one player does.
#[derive(Clone, Debug)]
pub struct PolicyFactor<F: Field> {
    policy: Policy<F>,
    is_fixed: bool,
    /// (s, aᵢ) of each pair (s, a) \[SA\].
    own: Arc<Vec<u32>>,
    /// Where its parameters begin.
    first: usize,
}

impl<F: Field> PartialEq for Factored<F> {
    fn eq(&self, other: &Factored<F>) -> bool {
        let same = |(x, y): (&PolicyFactor<F>, &PolicyFactor<F>)| {
            let own = x.policy.parametrization() == y.policy.parametrization();
            own && x.is_fixed == y.is_fixed
                && (!x.is_fixed || x.policy.probabilities() == y.policy.probabilities())
        };
        let pairs = self.factors.iter().zip(other.factors.iter());
        self.players == other.players && pairs.into_iter().all(same)
    }
}

impl<F: Field> PolicyFactor<F> {
    /// πᵢ.
    pub fn policy(&self) -> &Policy<F> {
        &self.policy
    }

    /// Whether the player does not learn.
    pub fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// Number of its parameters; 0 where it is fixed.
    pub fn parameters(&self) -> usize {
        if self.is_fixed {
            0
        } else {
            self.policy.parameters()
        }
    }

    /// Its parameters among those of all players.
    pub fn block(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.parameters()
    }

    /// (s, aᵢ) of a pair (s, a).
    pub fn own(&self, pair: usize) -> usize {
        self.own[pair] as usize
    }

    fn probability(&self, pair: usize) -> &F {
        &self.policy.probabilities()[self.own(pair)]
    }
}

impl<F: Field> Factored<F> {
    /// The players' policies, each over its own part of a space ([`Players::part`]), and whether it is
    /// fixed.
    ///
    /// # Errors
    /// [`PolicyError::NoPlayers`] where the space has none, [`PolicyError::Count`] unless there is one
    /// policy for each.
    pub fn new(
        space: &Space,
        policies: Vec<(Policy<F>, bool)>,
    ) -> Result<Factored<F>, PolicyError> {
        let players = space.players().ok_or(PolicyError::NoPlayers)?;
        if policies.len() != players.count() {
            return Err(PolicyError::Count {
                key: "players",
                expected: players.count(),
                found: policies.len(),
            });
        }
        let mut first = 0;
        let mut factors = Vec::with_capacity(policies.len());
        for (player, (policy, is_fixed)) in policies.into_iter().enumerate() {
            let part = players.part(space, player);
            if **policy.space() != *part.space {
                return Err(PolicyError::Count {
                    key: "probabilities",
                    expected: part.space.pairs(),
                    found: policy.space().pairs(),
                });
            }
            let factor = PolicyFactor {
                own: Arc::new(part.own),
                policy,
                is_fixed,
                first,
            };
            first += factor.parameters();
            factors.push(factor);
        }
        Ok(Factored {
            players: Arc::clone(players),
            factors: Arc::new(factors),
        })
    }

    /// Who plays.
    pub fn players(&self) -> &Arc<Players> {
        &self.players
    }

    /// What each does.
    pub fn factors(&self) -> &[PolicyFactor<F>] {
        &self.factors
    }

    /// The pairs of the space of joint actions.
    pub(crate) fn pairs(&self) -> usize {
        self.factors.first().map_or(0, |factor| factor.own.len())
    }

    /// The same players, of whom only one learns; all are fixed where there is no such player.
    #[must_use]
    pub fn with_learner(&self, learner: usize) -> Factored<F> {
        let policies = self.factors.iter().enumerate();
        self.with_factors(policies.map(|(i, factor)| (factor.policy.clone(), i != learner)))
    }

    /// π(a|s) \[SA\].
    pub fn product(&self) -> Vec<F> {
        let pairs = self.factors.first().map_or(0, |factor| factor.own.len());
        (0..pairs).map(|pair| self.others(pair, &[])).collect()
    }

    /// θ \[d\], where every player who learns has one.
    pub fn theta(&self) -> Option<Vec<F>> {
        let mut theta = Vec::with_capacity(self.parameters_of_all());
        for factor in self.factors.iter().filter(|factor| !factor.is_fixed) {
            theta.extend_from_slice(factor.policy.theta()?);
        }
        Some(theta)
    }

    /// These players at other parameters \[d\], of which there are as many.
    pub(super) fn at(&self, theta: &[F]) -> Result<Factored<F>, PolicyError> {
        let mut policies = Vec::with_capacity(self.factors.len());
        for factor in self.factors.iter() {
            policies.push(if factor.is_fixed {
                factor.policy.clone()
            } else {
                factor.policy.with_theta(theta[factor.block()].to_vec())?
            });
        }
        let fixed = self.factors.iter().map(|factor| factor.is_fixed);
        Ok(self.with_factors(policies.into_iter().zip(fixed)))
    }

    /// Number by number in another field.
    pub(super) fn map<G: Field>(&self, f: &dyn Fn(&F) -> G) -> Factored<G> {
        let factor = |factor: &PolicyFactor<F>| PolicyFactor {
            policy: factor.policy.map_by(f),
            is_fixed: factor.is_fixed,
            own: Arc::clone(&factor.own),
            first: factor.first,
        };
        Factored {
            players: Arc::clone(&self.players),
            factors: Arc::new(self.factors.iter().map(factor).collect()),
        }
    }

    /// What the probabilities of each state lack of 1 \[S\], if those of a player do.
    pub(super) fn deficits(&self, space: &Space) -> Option<Vec<F>> {
        let lacks = |state| {
            self.factors
                .iter()
                .any(|f| f.policy.deficit(state).is_some())
        };
        let lacking = (0..space.states()).any(lacks);
        let sum = |state: usize| {
            let sums = self
                .factors
                .iter()
                .filter_map(|factor| factor.policy.deficit(state));
            let one = F::one();
            one.clone() - sums.fold(one, |product, lack| product * &(F::one() - lack))
        };
        lacking.then(|| (0..space.states()).map(sum).collect())
    }

    /// The names of the parameters, `theta[player,state,action]`.
    pub(super) fn labels(&self) -> Vec<String> {
        let mut labels = Vec::with_capacity(self.parameters_of_all());
        for (factor, name) in self.factors.iter().zip(self.players.names()) {
            if !factor.is_fixed {
                let own = factor.policy.labels();
                let named = |label: &String| match label.strip_prefix("theta[") {
                    Some(rest) => format!("theta[{name},{rest}"),
                    None => format!("theta[{name},{label}]"),
                };
                labels.extend(own.iter().map(named));
            }
        }
        labels
    }

    /// Most actions that one player has.
    pub(super) fn most_actions(&self) -> usize {
        let actions = self.factors.iter().map(|f| f.policy.space().actions());
        actions.max().unwrap_or(0)
    }

    /// Every player's softmax at θ = 0.
    pub(super) fn uniform(space: &Space, players: &Arc<Players>) -> Factored<F> {
        let mut first = 0;
        let factor = |player| {
            let part = players.part(space, player);
            let factor = PolicyFactor {
                policy: Policy::uniform(&part.space),
                is_fixed: false,
                own: Arc::new(part.own),
                first,
            };
            first += factor.parameters();
            factor
        };
        Factored {
            players: Arc::clone(players),
            factors: Arc::new((0..players.count()).map(factor).collect()),
        }
    }

    fn with_factors(&self, policies: impl Iterator<Item = (Policy<F>, bool)>) -> Factored<F> {
        let mut first = 0;
        let factors = policies
            .zip(self.factors.iter())
            .map(|((policy, is_fixed), old)| {
                let factor = PolicyFactor {
                    policy,
                    is_fixed,
                    own: Arc::clone(&old.own),
                    first,
                };
                first += factor.parameters();
                factor
            });
        Factored {
            players: Arc::clone(&self.players),
            factors: Arc::new(factors.collect()),
        }
    }

    fn parameters_of_all(&self) -> usize {
        self.factors.last().map_or(0, |factor| factor.block().end)
    }

    /// Πⱼ πⱼ(aⱼ|s) over all players but some.
    pub fn others(&self, pair: usize, but: &[usize]) -> F {
        let factors = self.factors.iter().enumerate();
        let others = factors.filter(|(j, _)| !but.contains(j));
        let mut others = others.map(|(_, factor)| factor.probability(pair));
        let first = others.next().cloned().unwrap_or_else(F::one);
        others.fold(first, |product, x| product * x)
    }

    /// Σ w(s, a) Πⱼ πⱼ(aⱼ|s) over the joint actions in which a player takes its own, j the others
    /// \[SAᵢ\].
    pub fn marginal(&self, player: usize, weights: &[F]) -> Vec<F> {
        let factor = &self.factors[player];
        let mut sums = vec![F::zero(); factor.policy.space().pairs()];
        for (pair, weight) in weights.iter().enumerate() {
            sums[factor.own(pair)] += weight.clone() * &self.others(pair, &[player]);
        }
        sums
    }
}

impl<F: Field> Family<F> for Factored<F> {
    fn kind(&self) -> Kind {
        Kind::Factored
    }

    fn parameters(&self, _: &Space) -> usize {
        self.parameters_of_all()
    }

    /// Of the parameters that the factors have ([`Factored::at`]).
    fn probabilities(&self, _: &Space, _: &[F]) -> Result<Vec<F>, PolicyError> {
        Ok(self.product())
    }

    /// ∂π(a|s) = Πⱼ πⱼ(aⱼ|s) ∂πᵢ(aᵢ|s), j the players but i.
    fn derivative(&self, _: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        for (player, factor) in self.factors.iter().enumerate().filter(|(_, f)| !f.is_fixed) {
            let others = self.others(pair, &[player]);
            let slopes = factor.policy.slopes(factor.own(pair));
            row.extend(slopes.map(|(k, x)| (factor.first + k, x * &others)));
        }
    }

    /// ∂log πᵢ(aᵢ|s) of each player.
    fn score(&self, _: Point<F>, pair: usize, row: &mut Vec<(usize, F)>) {
        for factor in self.factors.iter().filter(|factor| !factor.is_fixed) {
            let begin = row.len();
            factor.policy.push_score(factor.own(pair), row);
            for (k, _) in &mut row[begin..] {
                *k += factor.first;
            }
        }
    }

    /// Of one player Σ w̃(aᵢ) ∂²πᵢ(aᵢ), with w̃ the marginal of w; of two Σ ∂πᵢ(aᵢ) ∂πⱼ(aⱼ) w̃(aᵢ, aⱼ).
    fn curvature(&self, of: Weighed<F>, entries: &mut Seconds<F>) -> Result<(), PolicyError> {
        let Weighed { at, state, weights } = of;
        let pairs = at.space.pairs_of(state);
        let Some(top) = pairs.clone().reduce(|top, pair| {
            if at.sigma[pair] > at.sigma[top] {
                pair
            } else {
                top
            }
        }) else {
            return Ok(());
        };
        let gap = |pair: usize| weights[pair].clone() - &weights[top];
        let learners = self.factors.iter().enumerate().filter(|(_, f)| !f.is_fixed);
        for (i, factor) in learners.clone() {
            let mut own = vec![F::zero(); factor.policy.space().pairs()];
            for pair in pairs.clone() {
                own[factor.own(pair)] += gap(pair) * &self.others(pair, &[i]);
            }
            let curvature = factor.policy.curvature(state, &own)?;
            let moved = curvature.into_iter();
            entries.extend(moved.map(|(k, l, x)| (factor.first + k, factor.first + l, x)));
            for (j, other) in learners.clone().filter(|(j, _)| *j > i) {
                for pair in pairs.clone() {
                    let weight = gap(pair) * &self.others(pair, &[i, j]);
                    if weight.is_zero() {
                        continue;
                    }
                    for (k, x) in factor.policy.slopes(factor.own(pair)) {
                        let x = x * &weight;
                        let slopes = other.policy.slopes(other.own(pair));
                        let products = slopes.map(|(l, y)| (k, other.first + l, x.clone() * &y));
                        entries.extend(products.map(|(k, l, x)| (factor.first + k, l, x)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Each player's pull-back of its marginal of w.
    fn pull_back(&self, _: Point<F>, weights: &[F]) -> Vec<F> {
        let mut out = Vec::with_capacity(self.parameters_of_all());
        for (player, factor) in self.factors.iter().enumerate().filter(|(_, f)| !f.is_fixed) {
            let marginal = self.marginal(player, weights);
            out.extend(factor.policy.pull_back(&marginal));
        }
        out
    }

    /// Σᵢ log πᵢ(aᵢ|s), where all have logarithms.
    fn log_probabilities(&self, at: Point<F>) -> Option<Vec<F>> {
        let mut sums = vec![F::zero(); at.space.pairs()];
        for factor in self.factors.iter() {
            let own: Option<Vec<F>> = factor.policy.log_probabilities().into_iter().collect();
            let own = own?;
            for (pair, sum) in sums.iter_mut().enumerate() {
                *sum += &own[factor.own(pair)];
            }
        }
        Some(sums)
    }

    fn supports(&self, _: Point<F>, pair: usize) -> bool {
        let mut factors = self.factors.iter();
        factors.all(|factor| factor.policy.supports(factor.own(pair)))
    }
}
