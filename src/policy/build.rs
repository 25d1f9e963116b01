//! Policies from parameters and from probabilities; from a seed in `drawn`, from a file's specification in `specified`.

mod checks;
mod drawn;
mod specified;

use std::sync::{Arc, OnceLock};

use super::{Factored, Kind, Mix, Parametrization, Policy, PolicyError, Simplex, Softmax};
use crate::field::Field;
use crate::mdp::Space;
use checks::{check_arguments, check_distributions, check_range, count};

impl<F: Field> Policy<F> {
    /// The uniform policy as a tabular softmax at θ = 0, τ = 1.
    pub fn uniform(space: &Arc<Space>) -> Policy<F> {
        let temperature = F::one();
        let parametrization = Parametrization::Softmax(Softmax { temperature });
        let theta = Some(vec![F::zero(); space.pairs()]);
        Policy::assemble(space, parametrization, theta, uniform(space))
    }

    /// The uniform policy in the form that is usual on a space: a tabular softmax at θ = 0, of players
    /// one for each.
    pub fn usual(space: &Arc<Space>) -> Policy<F> {
        match space.players() {
            Some(players) => Policy::factored(space, Factored::uniform(space, players)),
            None => Policy::uniform(space),
        }
    }

    /// The policy of players who each have one of their own.
    pub(crate) fn factored(space: &Arc<Space>, family: Factored<F>) -> Policy<F> {
        let (theta, product) = (family.theta(), family.product());
        let deficits = family.deficits(space);
        let parametrization = Parametrization::Factored(family);
        let mut policy = Policy::assemble(space, parametrization, theta, product);
        policy.deficits = deficits;
        policy
    }

    /// The policy of a parametrization at θ \[d\].
    ///
    /// # Errors
    /// If θ has the wrong length, is not finite or has no image in this field, if a temperature, a
    /// power or the features do not serve, and, for the direct parametrizations, if θ makes no
    /// probabilities ([`Policy::with_theta`] goes beyond them).
    pub fn new(
        space: &Arc<Space>,
        parametrization: Parametrization<F>,
        theta: Vec<F>,
    ) -> Result<Policy<F>, PolicyError> {
        let kind = parametrization.kind();
        let direct = parametrization.is_bounded() || kind == Kind::Factored;
        let policy = Policy::at(space, parametrization, theta)?;
        if direct {
            check_distributions(space, policy.probabilities())?;
        }
        Ok(policy)
    }

    /// [`Policy::new`], the direct parametrizations also outside the simplex.
    pub(super) fn at(
        space: &Arc<Space>,
        parametrization: Parametrization<F>,
        theta: Vec<F>,
    ) -> Result<Policy<F>, PolicyError> {
        check_arguments(space, &parametrization)?;
        count(
            "theta",
            parametrization.family().parameters(space),
            theta.len(),
        )?;
        let parametrization = parametrization.at(&theta)?;
        let family = parametrization.family();
        let probabilities = family.probabilities(space, &theta)?;
        let theta = Some(theta);
        Ok(Policy::assemble(
            space,
            parametrization,
            theta,
            probabilities,
        ))
    }

    /// The tabular softmax of θ \[SA\] at a temperature τ > 0. Errors if θ has the wrong length, is not finite, or has no
    /// image in this field.
    pub fn softmax(
        space: &Arc<Space>,
        theta: Vec<F>,
        temperature: F,
    ) -> Result<Policy<F>, PolicyError> {
        let parametrization = Parametrization::Softmax(Softmax { temperature });
        Policy::new(space, parametrization, theta)
    }

    /// The policy with these probabilities \[SA\], on the product of simplices.
    ///
    /// # Errors
    /// [`PolicyError::Count`] unless there is one for each pair, [`PolicyError::NotFinite`] and
    /// [`PolicyError::Negative`] for what is no probability, and [`PolicyError::Sum`] where those
    /// of a state miss 1 by more than 10⁻⁹, over exact fractions at all.
    pub fn simplex(space: &Arc<Space>, probabilities: Vec<F>) -> Result<Policy<F>, PolicyError> {
        count("probabilities", space.pairs(), probabilities.len())?;
        check_distributions(space, &probabilities)?;
        Ok(Policy::on_simplex(space, probabilities))
    }

    /// [`Policy::simplex`] for probabilities that the library has made itself.
    pub(crate) fn on_simplex(space: &Arc<Space>, probabilities: Vec<F>) -> Policy<F> {
        let parametrization = Parametrization::Simplex(Simplex);
        let theta = Some(probabilities.clone());
        Policy::assemble(space, parametrization, theta, probabilities)
    }

    /// (1 − ε) π + ε · uniform; at ε = 0 the policy itself. Replaces a mixture.
    ///
    /// Errors with [`PolicyError::Range`] unless ε is in [0, 1].
    pub fn mixed(self, epsilon: F) -> Result<Policy<F>, PolicyError> {
        let inside = epsilon >= F::zero() && epsilon <= F::one();
        check_range("mix", &epsilon, inside, "in [0, 1]")?;
        Ok(self.mixed_by(epsilon))
    }

    /// [`Policy::mixed`] by an ε that is known to lie in [0, 1].
    pub(super) fn mixed_by(self, epsilon: F) -> Policy<F> {
        let own = Arc::unwrap_or_clone(self.probabilities);
        let sigma = self.mix.map_or(own, |mix| mix.sigma);
        let theta = self.theta.map(Arc::unwrap_or_clone);
        let mut policy = Policy::assemble(&self.space, self.parametrization, theta, sigma);
        policy.deficits = self.deficits;
        policy.as_written = self.as_written;
        if epsilon.is_zero() {
            return policy;
        }
        let keep = F::one() - &epsilon;
        let deficits = policy.deficits.iter_mut().flatten();
        deficits.for_each(|deficit| *deficit *= &keep);
        let pairs = policy.probabilities.iter().zip(uniform(&self.space));
        let mixed = pairs.map(|(sigma, u): (&F, F)| sigma.clone() * &keep + u * &epsilon);
        let mixed = Arc::new(mixed.collect());
        policy.mix = Some(Mix {
            epsilon,
            sigma: Arc::unwrap_or_clone(std::mem::replace(&mut policy.probabilities, mixed)),
        });
        policy
    }

    fn assemble(
        space: &Arc<Space>,
        parametrization: Parametrization<F>,
        theta: Option<Vec<F>>,
        probabilities: Vec<F>,
    ) -> Policy<F> {
        Policy {
            space: Arc::clone(space),
            parametrization,
            mix: None,
            theta: theta.map(Arc::new),
            probabilities: Arc::new(probabilities),
            deficits: None,
            as_written: false,
            derivative: OnceLock::new(),
        }
    }
}

/// u(a|s) = 1/|A(s)|, shape [SA].
fn uniform<F: Field>(space: &Space) -> Vec<F> {
    let mut pi = Vec::with_capacity(space.pairs());
    for state in 0..space.states() {
        let actions = space.pairs_of(state).len();
        if actions > 0 {
            let each = F::one() / F::from_i64(actions as i64);
            pi.extend(std::iter::repeat_n(each, actions));
        }
    }
    pi
}

/// θ of a direct or simplex policy.
fn probabilities_as_theta<F: Field>(space: &Space, kind: Kind, pi: &[F]) -> Option<Vec<F>> {
    let last = |pair: usize| pair + 1 == space.pairs_of(space.state_of(pair)).end;
    let free = (0..space.pairs()).filter(|&pair| kind == Kind::Simplex || !last(pair));
    Some(free.map(|pair| pi[pair].clone()).collect())
}
