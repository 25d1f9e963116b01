//! The Fisher matrix and the natural gradient (theory, 4.4; Kakade 2002).
//!
//! ```text
//! F = Σₛ ρ(s) Σₐ π ψψᵀ        w = F⁺ ∇J
//! ```
//!
//! F is not normalised: it has the mass of ρ^π, 1/(1 − γ) without termination; with (1 − γ)F the
//! natural gradient would be 1/(1 − γ) times larger. ∇J lies in the range of F always.
//!
//! Tabular families have blocks F(s) whose pseudo-inverse acts on ∇J in closed form, so no
//! eigenvalue is ever compared with a threshold: those of F scale with π and ρ and may be 10⁻²⁰⁰
//! with good reason. States that ρ₀ does not reach have w = 0.

use nalgebra::DMatrix;

use super::pseudo_inverse::{self, Natural, WeightedScores};
use super::{Differentiable, finite, no_score};
use crate::error::Error;
use crate::linalg::{Csr, Solvable, largest};
use crate::policy::{Escort, Parametrization, Policy, Softmax};
use crate::solved::Solved;

impl<F: Solvable> Solved<F> {
    /// The Fisher matrix Σₛ ρ(s) Σₐ π ψψᵀ [d, d], in visits per unit of θ squared: with the mass of
    /// the occupancy.
    ///
    /// # Errors
    /// [`Error::NoScore`] where a state that ρ₀ reaches has an action of probability 0 without a
    /// score, [`Error::TooLarge`] and [`Error::Overflow`].
    pub fn fisher(&self) -> Result<DMatrix<F>, Error> {
        fisher(self.policy(), self.occupancy())
    }

    /// The Fisher matrix by rows of its blocks, one for each state, where no two states share parameters; `None`
    /// where they do. Errors with [`Error::NoScore`] where a state that ρ₀ reaches has an action of probability 0
    /// without a score, with [`Error::TooLarge`] and [`Error::Overflow`].
    pub(crate) fn fisher_blocks(&self) -> Result<Option<Csr<F>>, Error> {
        let d = self.policy().parameters();
        Error::check_size("Fisher matrix", d, d)?;
        blocks(self.policy(), self.occupancy())
    }
}

impl<F: Differentiable> Solved<F> {
    /// F⁺∇J \[d\], in reward times unit of θ, and the rank of F: in closed form for tabular
    /// policies, otherwise by least squares in floating point and by elimination over fractions. Of a tabular softmax
    /// it is the advantage:
    ///
    /// ```
    /// use exact_mdp::{arithmetic::Choice, model::Model};
    ///
    /// let text = "discount: 0\nstates: 1\nactions: 2\ninitial: 0\n\
    ///             transitions: {0: {0: 0, 1: 0}}\nrewards: {0: {0: 1}}";
    /// let bandit = Model::parse("bandit", text)?.solve(Choice::Uniform)?;
    /// let natural = bandit.natural_gradient()?;
    /// assert_eq!(natural.direction, [0.5, -0.5]);
    /// assert_eq!(natural.rank, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Errors with [`Error::NoScore`] where a state that ρ₀ reaches has an action of probability 0 without a score, with
    /// [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no gradient, with [`Error::TooLarge`] and
    /// [`Error::Overflow`].
    pub fn natural_gradient(&self) -> Result<Natural<F>, Error> {
        let visited = Visited {
            policy: self.policy(),
            occupancy: self.occupancy(),
            advantage: &self.derivatives().advantage(self)?,
        };
        match visited.natural()? {
            Some(natural) => Ok(natural),
            None => visited.shared(),
        }
    }
}

impl<F: Differentiable> Solved<F> {
    /// A bound on what rounding can do to an entry of the natural gradient, `found`: of a tabular policy, where it may show in the
    /// ninth digit of an advantage; of others to first order, where it may show in the ninth digit of an entry. `None` where it
    /// does not.
    ///
    /// Errors with [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no gradient, with [`Error::TooLarge`] and
    /// [`Error::Factor`].
    pub fn natural_error(&self, found: &Natural<F>) -> Result<Option<f64>, Error> {
        let advantage = self.rounding()?.advantage;
        if self.policy().parametrization().kind().is_tabular() {
            return Ok(advantage.and_then(|advantage| Some(self.natural_factor()? * advantage)));
        }
        let own = self.derivatives().advantage(self)?;
        let scores = weighted_scores(self.policy(), self.occupancy(), &own)?;
        let errors = F::natural_errors(&scores, found, advantage.unwrap_or(0.0));
        let floats: Vec<f64> = found.direction.iter().map(F::to_f64).collect();
        let shown = errors.filter(|errors| pseudo_inverse::show(errors, &floats));
        Ok(shown.map(|errors| largest(&errors)))
    }

    /// What an entry of the natural gradient is beside an advantage, at most.
    fn natural_factor(&self) -> Option<f64> {
        let policy = self.policy();
        if policy.mix().is_some() {
            return None;
        }
        // w = τ (A − mean A), π A, θ (A − mean A)/β
        match policy.parametrization() {
            Parametrization::Softmax(Softmax { temperature }) => Some(2.0 * temperature.to_f64()),
            Parametrization::Direct(_) | Parametrization::Simplex(_) => Some(1.0),
            Parametrization::Escort(Escort { power }) => {
                let sizes = policy.theta()?.iter().map(|x| x.to_f64().abs());
                Some(2.0 * sizes.fold(0.0, f64::max) / power.to_f64())
            }
            _ => None,
        }
    }
}

const FISHER_ENTRY: &str = "an entry of the Fisher matrix";

/// F [d, d] of a policy under an occupancy \[S\].
fn fisher<F: Solvable>(policy: &Policy<F>, occupancy: &[F]) -> Result<DMatrix<F>, Error> {
    let d = policy.parameters();
    Error::check_size("Fisher matrix", d, d)?;
    finite(
        FISHER_ENTRY,
        weighted_scores(policy, occupancy, &[])?.fisher(),
    )
}

/// Errors with [`Error::NoScore`] where a state with ρ > 0 has an action of probability 0 without a score.
pub(super) fn weighted_scores<F: Solvable>(
    policy: &Policy<F>,
    occupancy: &[F],
    advantage: &[F],
) -> Result<WeightedScores<F>, Error> {
    let space = policy.space();
    let probabilities = policy.probabilities().iter().enumerate();
    let visits = |(pair, pi): (usize, &F)| pi.clone() * &occupancy[space.state_of(pair)];
    Ok(WeightedScores {
        scores: scores(policy, occupancy)?,
        visits: probabilities.map(visits).collect(),
        advantage: advantage.to_vec(),
    })
}

/// F [d, d] by the rows of its blocks; `None` where states share parameters.
fn blocks<F: Solvable>(policy: &Policy<F>, occupancy: &[F]) -> Result<Option<Csr<F>>, Error> {
    let d = policy.parameters();
    let scores = scores(policy, occupancy)?;
    let space = policy.space();
    let mut rows: Vec<Vec<(usize, F)>> = vec![Vec::new(); d];
    let mut owner = vec![usize::MAX; d];
    for (state, visited) in occupancy.iter().enumerate() {
        for pair in space.pairs_of(state) {
            let visits = policy.probabilities()[pair].clone() * visited;
            for (l, y) in scores.row(pair) {
                if owner[l] != state && owner[l] != usize::MAX {
                    return Ok(None);
                }
                owner[l] = state;
                let weight = visits.clone() * y;
                for (k, x) in scores.row(pair) {
                    rows[k].push((l, weight.clone() * x));
                }
            }
        }
    }
    let mut blocks = Csr::empty(d);
    rows.iter_mut().for_each(|row| blocks.push_row(row));
    if F::EXACT || blocks.values().iter().all(|x| x.to_f64().is_finite()) {
        Ok(Some(blocks))
    } else {
        Err(Error::Overflow {
            quantity: FISHER_ENTRY,
        })
    }
}

impl<F: Differentiable> Natural<F> {
    /// Under any criterion, from its occupancy \[S\] and from weights W \[SA\] with ∇J = W∇π and
    /// Σₐ πW = 0 in each state ([`Solved::pair_weights`], or an estimate of them). Where ρ(s) = 0
    /// the direction is 0.
    ///
    /// Errors with [`Error::Length`] and [`Error::Argument`] unless there is a finite number for each state and pair, with
    /// [`Error::NoScore`] where a state with ρ > 0 has an action of probability 0 without a score, with
    /// [`Error::TooLarge`] and [`Error::Overflow`].
    pub fn from_weights(
        policy: &Policy<F>,
        occupancy: &[F],
        weights: &[F],
    ) -> Result<Natural<F>, Error> {
        let space = policy.space();
        Error::check_numbers("occupancy", space.states(), occupancy)?;
        Error::check_numbers("table of weights", space.pairs(), weights)?;
        let visited = Visited {
            policy,
            occupancy,
            advantage: &per_visit(policy, occupancy, weights),
        };
        match visited.natural()? {
            Some(natural) => Ok(natural),
            None => visited.shared(),
        }
    }
}

/// W/ρ \[SA\], what stands for the advantage; 0 where ρ(s) = 0.
pub(super) fn per_visit<F: Solvable>(policy: &Policy<F>, occupancy: &[F], weights: &[F]) -> Vec<F> {
    let space = policy.space();
    let share = |(pair, weight): (usize, &F)| match &occupancy[space.state_of(pair)] {
        visits if visits.is_zero() => F::zero(),
        visits => weight.clone() / visits,
    };
    weights.iter().enumerate().map(share).collect()
}

/// ψ · w \[SA\], the compatible approximation of the advantage (Sutton et al. 2000, theorem 2):
/// with F w = ∇J it minimises ρ^π π (A − ψ·w)², and in place of q it leaves ∇J exact although
/// ψ · w ≠ A. Errors with [`Error::Length`] and [`Error::Argument`] unless w has a finite number for each parameter, with [`Error::NoScore`] where a state that ρ₀ reaches has an action of probability 0 without a
/// score.
pub fn compatible_advantage<F: Solvable>(at: &Solved<F>, w: &[F]) -> Result<Vec<F>, Error> {
    Error::check_numbers("vector of weights", at.policy().parameters(), w)?;
    Ok(scores(at.policy(), &at.evaluation().occupancy)?.mul(w))
}

/// The scores, where every state that ρ₀ reaches has them all.
fn scores<F: Solvable>(policy: &Policy<F>, occupancy: &[F]) -> Result<Csr<F>, Error> {
    let space = policy.space();
    Error::check_scores(policy)?;
    let scores = policy.scores();
    let occupied = |pair: &usize| !occupancy[space.state_of(*pair)].is_zero();
    no_score(space, scores.missing.iter().copied().filter(occupied))?;
    Ok(scores.rows)
}

/// A policy with the measure of its states and what stands for the advantage.
#[derive(Clone, Copy)]
struct Visited<'a, F: Solvable> {
    policy: &'a Policy<F>,
    occupancy: &'a [F],
    advantage: &'a [F],
}

impl<F: Differentiable> Visited<'_, F> {
    /// F⁺∇J where states share parameters. Errors also with [`Error::TooLarge`] and [`Error::Overflow`].
    fn shared(&self) -> Result<Natural<F>, Error> {
        let d = self.policy.parameters();
        Error::check_size("Fisher matrix", d, d)?;
        let scores = weighted_scores(self.policy, self.occupancy, self.advantage)?;
        let natural = F::natural(&scores, self.policy);
        let is_finite = natural
            .direction
            .iter()
            .all(|x| F::EXACT || x.to_f64().is_finite());
        is_finite.then_some(natural).ok_or(Error::Overflow {
            quantity: "an entry of the natural gradient",
        })
    }
}

impl<F: Solvable> Visited<'_, F> {
    /// The closed form of a tabular policy; `None` for log-linear ones, whose states share
    /// parameters, and for a mixture whose σ underflowed.
    ///
    /// ```text
    /// softmax           w = τ (A − mean A)                    rank |A(s)| − 1
    /// direct, simplex   w = π A                               rank |A(s)| − 1
    /// escort            w = θ (A − Σθ²A/Σθ²)/β                rank, of θ ≠ 0, one less
    /// ε-mixed           A becomes (π/σ) A/(1 − ε); direct and simplex: w/(1 − ε)
    /// ```
    fn natural(&self) -> Result<Option<Natural<F>>, Error> {
        scores(self.policy, self.occupancy)?;
        let mut natural = Natural {
            direction: vec![F::zero(); self.policy.parameters()],
            rank: 0,
        };
        let mut first = 0;
        for (state, visits) in self.occupancy.iter().enumerate() {
            let Some(block) = self.of_state(state) else {
                return Ok(None);
            };
            let end = first + block.direction.len();
            if !visits.is_zero() {
                natural.direction[first..end].clone_from_slice(&block.direction);
                natural.rank += block.rank;
            }
            first = end;
        }
        Ok(Some(natural))
    }

    /// The block of one state, as if it were reached; `None` where there is no closed form.
    fn of_state(&self, state: usize) -> Option<Natural<F>> {
        let pairs = self.policy.space().pairs_of(state);
        let rank = pairs.len().saturating_sub(1);
        let keep = F::one() - self.policy.mix().unwrap_or(&F::zero());
        let free = match self.policy.parametrization() {
            Parametrization::LogLinear(_)
            | Parametrization::Factored(_)
            | Parametrization::Controller(_)
            | Parametrization::Gaussian(_) => return None,
            Parametrization::Direct(_) => pairs.start..pairs.start + rank,
            _ => pairs.clone(),
        };
        if keep.is_zero() {
            let direction = vec![F::zero(); free.len()];
            return Some(Natural { direction, rank: 0 });
        }
        let pi = self.policy.probabilities();
        let (direction, rank) = match self.policy.parametrization() {
            Parametrization::LogLinear(_)
            | Parametrization::Factored(_)
            | Parametrization::Controller(_)
            | Parametrization::Gaussian(_) => return None,
            Parametrization::Direct(_) | Parametrization::Simplex(_) => {
                let entry = |i: usize| pi[i].clone() * &self.advantage[i] / &keep;
                (free.map(entry).collect(), rank)
            }
            Parametrization::Softmax(Softmax { temperature }) => {
                let ones = vec![F::one(); pairs.len()];
                let scale = temperature.clone() / &keep;
                (centered(&ones, &self.weighted(state)?, &scale), rank)
            }
            Parametrization::Escort(Escort { power }) => {
                let theta = &self.policy.theta()?[pairs];
                let scale = F::one() / (keep * power);
                let moving = theta.iter().filter(|x| !x.is_zero()).count();
                let direction = centered(theta, &self.weighted(state)?, &scale);
                (direction, moving.saturating_sub(1))
            }
        };
        Some(Natural { direction, rank })
    }

    /// (π/σ) A of one state, 0 where σ = 0 by form (escort at θ = 0); `None` where σ underflowed
    /// under a mixture.
    fn weighted(&self, state: usize) -> Option<Vec<F>> {
        let pairs = self.policy.space().pairs_of(state);
        if self.policy.mix().is_none() {
            return Some(self.advantage[pairs].to_vec());
        }
        let (pi, sigma) = (self.policy.probabilities(), self.policy.unmixed());
        let entry = |i: usize| {
            if sigma[i].is_zero() {
                self.policy.unmixed_is_zero(i).then(F::zero)
            } else {
                Some(pi[i].clone() / &sigma[i] * &self.advantage[i])
            }
        };
        pairs.map(entry).collect()
    }
}

/// c z (x − Σz²x/Σz²), entry by entry: orthogonal to z.
fn centered<F: Solvable>(z: &[F], x: &[F], c: &F) -> Vec<F> {
    let (mut sum, mut norm) = (F::zero(), F::zero());
    for (z, x) in z.iter().zip(x) {
        let square = z.clone() * z;
        sum += square.clone() * x;
        norm += square;
    }
    if norm.is_zero() {
        return vec![F::zero(); z.len()];
    }
    let shift = sum / norm;
    let entry = |(z, x): (&F, &F)| (x.clone() - &shift) * z * c;
    z.iter().zip(x).map(entry).collect()
}
