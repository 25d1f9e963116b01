//! Policies from parameters, from probabilities, from a seed and from a file's specification.

use std::sync::{Arc, OnceLock};

use super::family::{Family, softmax_of, state_name};
use super::{
    Controller, ControllerSpecification, Direct, Escort, Factored, Features, Gaussian, Kind, Laws,
    LogLinear, Mix, Parametrization, PlayerSpecification, Policy, PolicyError, Simplex, Softmax,
    Specification, random,
};
use crate::field::{Field, middle};
use crate::linalg::Csr;
use crate::mdp::Space;
use crate::number::{Number, Rational};

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
    pub fn factored(space: &Arc<Space>, family: Factored<F>) -> Policy<F> {
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

    /// The tabular softmax of θ \[SA\] at a temperature τ > 0. Errors as [`Policy::with_theta`].
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

    /// The policy that a file describes. θ and π left out both mean the uniform policy of the
    /// parametrization (θ = 0, for escort θ = 1).
    ///
    /// Over exact fractions every direct and simplex policy has its exact probabilities, a
    /// softmax has if they are given or its θ is constant in each state, an escort policy if its
    /// power is whole; otherwise [`PolicyError::Irrational`] names the number that is no
    /// fraction. Probabilities that miss 1 by at most 10⁻⁹ are used as written, since files hold
    /// rounded numbers; exact arithmetic allows nothing.
    pub fn from_specification(
        space: &Arc<Space>,
        specification: &Specification,
    ) -> Result<Policy<F>, PolicyError> {
        specification.check_keys()?;
        let epsilon = match &specification.mix {
            Some(x) => in_range(
                "mix",
                x,
                *x >= Number::ZERO && *x <= Number::ONE,
                "in [0, 1]",
            )?,
            None => F::zero(),
        };
        if specification.parametrization == Kind::Factored {
            return factored(space, specification);
        }
        let parametrization = parametrization(space, specification)?;
        if let Parametrization::Controller(family) = parametrization {
            let policy = by_laws(space, family, specification)?;
            return Ok(policy.mixed_by(epsilon));
        }
        let policy = match (&specification.theta, &specification.probabilities) {
            (Some(_), Some(_)) => return Err(PolicyError::Both),
            (Some(theta), None) => from_theta(space, parametrization, theta)?,
            (None, Some(pi)) => from_probabilities(space, parametrization, pi)?,
            (None, None) => default_of(space, parametrization)?,
        };
        Ok(policy.mixed_by(epsilon))
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
            derivative: OnceLock::new(),
        }
    }
}

impl Policy<f64> {
    /// The tabular softmax (τ = 1), of players one for each, whose θ are standard normal, in their order, from a seed:
    /// ChaCha8 seeded by `seed_from_u64`, and for each number √(−2 ln U) cos(2πV) of two draws
    /// x, y with U = (⌊x/2¹¹⌋ + 1)/2⁵³ and V = ⌊y/2¹¹⌋/2⁵³.
    pub fn random(space: &Arc<Space>, seed: u64) -> Policy<f64> {
        if space.players().is_some() {
            return Policy::random_of_players(space, seed);
        }
        let theta = random::standard_normal(seed, 0, space.pairs());
        let family = Softmax { temperature: 1.0 };
        let probabilities = family.probabilities(space, &theta);
        let probabilities = probabilities.expect("normal numbers are finite");
        let parametrization = Parametrization::Softmax(family);
        Policy::assemble(space, parametrization, Some(theta), probabilities)
    }

    /// The same parametrization at a θ drawn from a seed: standard normal numbers as in [`Policy::random`], of
    /// probabilities their softmaxes.
    ///
    /// Errors as [`Policy::with_theta`].
    pub fn drawn(&self, seed: u64) -> Result<Policy<f64>, PolicyError> {
        let space = &self.space;
        let normal = |count| random::standard_normal(seed, 0, count);
        let softmaxes = |logits: Vec<f64>, blocks: Vec<std::ops::Range<usize>>| {
            let mut all = Vec::with_capacity(logits.len());
            for block in blocks {
                // no exponential of floats is missing
                let _ = softmax_of(&logits[block], &1.0, &mut all);
            }
            all
        };
        let kind = self.parametrization.kind();
        let theta = match self.parametrization.controller() {
            Some(family) if self.parametrization.is_bounded() => {
                softmaxes(normal(self.parameters()), family.blocks().collect())
            }
            None if self.parametrization.is_bounded() => {
                let states = (0..space.states()).map(|state| space.pairs_of(state));
                let pi = softmaxes(normal(space.pairs()), states.collect());
                probabilities_as_theta(space, kind, &pi).unwrap_or_default()
            }
            _ => normal(self.parameters()),
        };
        self.with_theta(theta)
    }

    fn random_of_players(space: &Arc<Space>, seed: u64) -> Policy<f64> {
        let policy = Policy::usual(space);
        let theta = random::standard_normal(seed, 0, policy.parameters());
        policy.with_theta(theta).expect("normal numbers are finite")
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

fn parametrization<F: Field>(
    space: &Arc<Space>,
    specification: &Specification,
) -> Result<Parametrization<F>, PolicyError> {
    let temperature = || match &specification.temperature {
        Some(x) => in_range("temperature", x, *x > Number::ZERO, "above 0"),
        None => Ok(F::one()),
    };
    Ok(match specification.parametrization {
        Kind::Direct => Parametrization::Direct(Direct),
        Kind::Simplex => Parametrization::Simplex(Simplex),
        Kind::Softmax => Parametrization::Softmax(Softmax {
            temperature: temperature()?,
        }),
        Kind::LogLinear => {
            let features = specification.features.as_ref();
            let features = features.ok_or(PolicyError::NoFeatures)?;
            Parametrization::LogLinear(LogLinear {
                features: Arc::new(feature_matrix(space.pairs(), features)?),
                names: features.names.clone(),
                temperature: temperature()?,
            })
        }
        Kind::Factored => {
            let policy = factored(space, specification)?;
            policy.parametrization
        }
        Kind::Escort => Parametrization::Escort(Escort {
            power: match &specification.power {
                Some(x) => in_range("power", x, *x >= Number::ONE, "at least 1")?,
                None => F::from_i64(2),
            },
        }),
        Kind::Gaussian => Parametrization::Gaussian(gaussian(space, specification)?),
        kind @ (Kind::Observation | Kind::Controller) => {
            let of = specification.controller;
            let of = of.unwrap_or_else(|| ControllerSpecification::memoryless(Laws::Softmax));
            Parametrization::Controller(Controller::uniform(space, kind, of)?)
        }
    })
}

/// The policy of players that a file describes; those of whom it says nothing are uniform.
fn factored<F: Field>(
    space: &Arc<Space>,
    specification: &Specification,
) -> Result<Policy<F>, PolicyError> {
    let players = space.players().ok_or(PolicyError::NoPlayers)?;
    let silent = vec![PlayerSpecification::default(); players.count()];
    let each = specification.players.as_ref().unwrap_or(&silent);
    let mut policies = Vec::with_capacity(each.len());
    for (player, own) in each.iter().enumerate().take(players.count()) {
        let part = players.part(space, player);
        let policy = Policy::from_specification(&part.space, &own.policy)?;
        policies.push((policy, own.is_fixed));
    }
    let policy = Policy::factored(space, Factored::new(space, policies)?);
    match &specification.theta {
        Some(theta) => policy.with_theta(theta.iter().map(F::from_number).collect()),
        None => Ok(policy),
    }
}

/// A controller by θ or by the probabilities of its laws; uniform without either.
fn by_laws<F: Field>(
    space: &Arc<Space>,
    family: Controller<F>,
    specification: &Specification,
) -> Result<Policy<F>, PolicyError> {
    let parameters = family.parts().len();
    let simplex = family.specification().laws == Laws::Simplex;
    let given = match (&specification.theta, &specification.probabilities) {
        (Some(_), Some(_)) => return Err(PolicyError::Both),
        (Some(theta), None) if !simplex => {
            let theta = theta.iter().map(F::from_number).collect();
            return Policy::new(space, Parametrization::Controller(family), theta);
        }
        (Some(given), None) | (None, Some(given)) => given,
        (None, None) => {
            let (theta, product) = (Some(family.uniform_theta()), family.product());
            let parametrization = Parametrization::Controller(family);
            return Ok(Policy::assemble(space, parametrization, theta, product));
        }
    };
    count("probabilities", parameters, given.len())?;
    let (family, theta) = family.with_probabilities(given)?;
    let product = family.product();
    let parametrization = Parametrization::Controller(family);
    Ok(Policy::assemble(space, parametrization, theta, product))
}

/// The normal laws of actions that are numbers.
fn gaussian<F: Field>(
    space: &Space,
    specification: &Specification,
) -> Result<Gaussian<F>, PolicyError> {
    let numbers = space
        .action_numbers()
        .map_err(|action| PolicyError::NotNumbers {
            action: action.into_owned(),
        })?;
    let features = specification.features.as_ref();
    let matrix = features.map(|features| feature_matrix(space.states(), features));
    Ok(Gaussian {
        actions: Arc::new(numbers.iter().map(F::from_number).collect()),
        features: matrix.transpose()?.map(Arc::new),
        names: features.and_then(|features| features.names.clone()),
    })
}

fn feature_matrix<F: Field>(rows: usize, features: &Features) -> Result<Csr<F>, PolicyError> {
    count("features", rows, features.rows.len())?;
    let first = features.rows.first().map_or(0, Vec::len);
    let columns = features.names.as_ref().map_or(first, Vec::len);
    let mut matrix = Csr::empty(columns);
    let mut entries = Vec::new();
    for row in &features.rows {
        count("features of one pair", columns, row.len())?;
        let stored = row.iter().enumerate().filter(|(_, x)| !x.is_zero());
        entries.extend(stored.map(|(k, x)| (k, F::from_number(x))));
        matrix.push_row(&mut entries);
    }
    Ok(matrix)
}

/// The uniform policy of the parametrization.
fn default_of<F: Field>(
    space: &Arc<Space>,
    parametrization: Parametrization<F>,
) -> Result<Policy<F>, PolicyError> {
    let kind = parametrization.kind();
    if matches!(kind, Kind::Direct | Kind::Simplex) {
        let theta = probabilities_as_theta(space, kind, &uniform(space));
        return Ok(Policy::assemble(
            space,
            parametrization,
            theta,
            uniform(space),
        ));
    }
    let each = if kind == Kind::Escort {
        F::one()
    } else {
        F::zero()
    };
    let parameters = parametrization.family().parameters(space);
    Policy::new(space, parametrization, vec![each; parameters])
}

/// θ of a direct or simplex policy.
fn probabilities_as_theta<F: Field>(space: &Space, kind: Kind, pi: &[F]) -> Option<Vec<F>> {
    let last = |pair: usize| pair + 1 == space.pairs_of(space.state_of(pair)).end;
    let free = (0..space.pairs()).filter(|&pair| kind == Kind::Simplex || !last(pair));
    Some(free.map(|pair| pi[pair].clone()).collect())
}

fn from_theta<F: Field>(
    space: &Arc<Space>,
    parametrization: Parametrization<F>,
    theta: &[Number],
) -> Result<Policy<F>, PolicyError> {
    count(
        "theta",
        parametrization.family().parameters(space),
        theta.len(),
    )?;
    match parametrization.kind() {
        Kind::Simplex => from_probabilities(space, parametrization, theta),
        Kind::Direct => {
            let pi = Family::<Rational>::probabilities(&Direct, space, &rationals(theta))?;
            let pi: Vec<Number> = pi.into_iter().map(Number::from).collect();
            from_probabilities(space, parametrization, &pi)
        }
        _ => {
            let theta = theta.iter().map(F::from_number).collect();
            Policy::new(space, parametrization, theta)
        }
    }
}

fn from_probabilities<F: Field>(
    space: &Arc<Space>,
    parametrization: Parametrization<F>,
    exact: &[Number],
) -> Result<Policy<F>, PolicyError> {
    count("probabilities", space.pairs(), exact.len())?;
    let deficits = check_probabilities(space, exact, F::EXACT)?;
    let pi: Vec<F> = exact.iter().map(F::from_number).collect();
    let theta = match &parametrization {
        Parametrization::Softmax(Softmax { temperature }) => {
            check_positive(space, exact)?;
            let logit = |x: &F| Some(x.checked_ln()? * temperature);
            pi.iter().map(logit).collect()
        }
        other => probabilities_as_theta(space, other.kind(), &pi),
    };
    let mut policy = Policy::assemble(space, parametrization, theta, pi);
    policy.deficits = deficits.map(|deficits| deficits.iter().map(F::from_number).collect());
    Ok(policy)
}

/// Errors unless the arguments of a parametrization are in their ranges.
fn check_arguments<F: Field>(
    space: &Space,
    parametrization: &Parametrization<F>,
) -> Result<(), PolicyError> {
    let temperature = |x: &F| check_range("temperature", x, *x > F::zero(), "above 0");
    match parametrization {
        Parametrization::Direct(_) | Parametrization::Simplex(_) => Ok(()),
        // its factors have been checked
        Parametrization::Factored(_) => Ok(()),
        Parametrization::Controller(_) => Ok(()),
        Parametrization::Softmax(family) => temperature(&family.temperature),
        Parametrization::Gaussian(family) => {
            count("actions", space.actions(), family.actions.len())?;
            if let Some(features) = &family.features {
                count("features", space.states(), features.rows())?;
                if let Some(names) = &family.names {
                    count("features", features.columns(), names.len())?;
                }
            }
            Ok(())
        }
        Parametrization::Escort(family) => {
            let power = &family.power;
            check_range("power", power, *power >= F::one(), "at least 1")
        }
        Parametrization::LogLinear(family) => {
            count("features", space.pairs(), family.features.rows())?;
            if let Some(names) = &family.names {
                count("features", family.features.columns(), names.len())?;
            }
            temperature(&family.temperature)
        }
    }
}

/// A number of the field in its range.
fn check_range<F: Field>(
    key: &'static str,
    x: &F,
    inside: bool,
    expected: &'static str,
) -> Result<(), PolicyError> {
    match middle(x) {
        Some(_) if inside => Ok(()),
        Some(found) => Err(PolicyError::Range {
            key,
            found,
            expected,
        }),
        None => Err(PolicyError::NoNumber { key, expected }),
    }
}

/// [`check_probabilities`] for numbers of a field: none below 0, each state's sum 1 up to 10⁻⁹,
/// exactly in an exact field.
fn check_distributions<F: Field>(space: &Space, pi: &[F]) -> Result<(), PolicyError> {
    let mut exact = Vec::with_capacity(pi.len());
    for (pair, x) in pi.iter().enumerate() {
        let state = || state_name(space, space.state_of(pair));
        let number = middle(x);
        exact.push(number.ok_or_else(|| PolicyError::NotFinite { state: state() })?);
    }
    check_probabilities(space, &exact, F::EXACT).map(|_| ())
}

/// No probability below 0, and each state's sum 1, up to 10⁻⁹ unless `exact`; what the sums lack,
/// if some does [S].
fn check_probabilities(
    space: &Space,
    pi: &[Number],
    exact: bool,
) -> Result<Option<Vec<Number>>, PolicyError> {
    let mut deficits = None;
    let slack = if exact {
        Rational::ZERO
    } else {
        Rational::from_parts(1.into(), 1_000_000_000u32.into())
    };
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let mut sum = Rational::ZERO;
        for pair in space.pairs_of(state) {
            if pi[pair].is_negative() {
                let (state, action) = space.pair_names(pair);
                return Err(PolicyError::Negative {
                    state: state.into_owned(),
                    action: action.into_owned(),
                    found: pi[pair].clone(),
                });
            }
            sum += pi[pair].to_rational();
        }
        let off = Field::abs(&(sum.clone() - Rational::ONE));
        if off > slack {
            return Err(PolicyError::Sum {
                state: state_name(space, state),
                found: Number::from(sum),
            });
        }
        if sum != Rational::ONE {
            let deficits = deficits.get_or_insert_with(|| vec![Number::ZERO; space.states()]);
            deficits[state] = (Rational::ONE - sum).into();
        }
    }
    Ok(deficits)
}

fn check_positive(space: &Space, pi: &[Number]) -> Result<(), PolicyError> {
    match pi.iter().position(Number::is_zero) {
        None => Ok(()),
        Some(pair) => {
            let (state, action) = space.pair_names(pair);
            Err(PolicyError::Zero {
                state: state.into_owned(),
                action: action.into_owned(),
            })
        }
    }
}

fn rationals(x: &[Number]) -> Vec<Rational> {
    x.iter().map(Number::to_rational).collect()
}

fn in_range<F: Field>(
    key: &'static str,
    found: &Number,
    inside: bool,
    expected: &'static str,
) -> Result<F, PolicyError> {
    if inside {
        return Ok(F::from_number(found));
    }
    Err(PolicyError::Range {
        key,
        found: found.clone(),
        expected,
    })
}

fn count(key: &'static str, expected: usize, found: usize) -> Result<(), PolicyError> {
    if expected == found {
        return Ok(());
    }
    Err(PolicyError::Count {
        key,
        expected,
        found,
    })
}
