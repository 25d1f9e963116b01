//! A policy with a rule for each time of a horizon, as one of the model unrolled in time.

use super::{Features, Kind, PlayerSpecification, PolicyError, Specification};
use crate::mdp::{Players, Space};
use crate::number::Number;

impl Specification {
    /// One rule for each time as a policy of the model unrolled in time
    /// ([`Model::in_time`](crate::model::Model::in_time)): parameters stacked by time, each rule
    /// with its own. Rules that say nothing are uniform.
    ///
    /// # Errors
    /// [`PolicyError::Count`] unless there are as many as times, and [`PolicyError::RuleDiffers`]
    /// where they have not one parametrization, temperature, power and mixture, or where some are
    /// given by θ and some by π.
    pub fn in_time(
        rules: &[Specification],
        space: &Space,
        horizon: usize,
    ) -> Result<Specification, PolicyError> {
        let first = rules.first().filter(|_| rules.len() == horizon);
        let first = first.ok_or(PolicyError::Count {
            key: "by_time",
            expected: horizon,
            found: rules.len(),
        })?;
        check_alike(first, rules)?;
        if let (Kind::Factored, Some(players)) = (first.parametrization, space.players()) {
            let own = |player| of_player(rules, (players, player), space, horizon);
            let players = (0..players.count()).map(own);
            return Ok(Specification {
                players: Some(players.collect::<Result<_, _>>()?),
                ..first.clone()
            });
        }
        let stacked =
            |of: &dyn Fn(&Specification) -> Vec<Number>| rules.iter().flat_map(of).collect();
        let by_theta = rules.iter().any(|rule| rule.theta.is_some());
        let by_pi = rules.iter().any(|rule| rule.probabilities.is_some());
        Ok(Specification {
            theta: by_theta.then(|| match first.parametrization {
                // means of all times, then log σ of all times
                Kind::Gaussian => halves(rules, space),
                _ => stacked(&|rule| theta(rule, space)),
            }),
            probabilities: by_pi.then(|| stacked(&|rule| probabilities(rule, space))),
            features: features(rules, space),
            ..first.clone()
        })
    }
}

/// One player's rules, as a policy of its own part of the model unrolled in time.
fn of_player(
    rules: &[Specification],
    (players, player): (&Players, usize),
    space: &Space,
    horizon: usize,
) -> Result<PlayerSpecification, PolicyError> {
    let own = |rule: &Specification| {
        let all = rule.players.as_ref();
        all.and_then(|all| all.get(player)).cloned()
    };
    let own: Vec<PlayerSpecification> = rules
        .iter()
        .map(|rule| own(rule).unwrap_or_default())
        .collect();
    let is_fixed = own.iter().all(|rule| rule.is_fixed);
    let policies: Vec<Specification> = own.into_iter().map(|rule| rule.policy).collect();
    let part = players.part(space, player).space;
    Ok(PlayerSpecification {
        policy: Specification::in_time(&policies, &part, horizon)?,
        is_fixed,
    })
}

/// Errors with the first time whose rule is of another kind than that of t = 0.
fn check_alike(first: &Specification, rules: &[Specification]) -> Result<(), PolicyError> {
    let given = rules
        .iter()
        .find(|rule| rule.theta.is_some() || rule.probabilities.is_some());
    for (time, rule) in rules.iter().enumerate() {
        let other_form = given.is_some_and(|given| {
            let says = rule.theta.is_some() || rule.probabilities.is_some();
            says && rule.theta.is_some() != given.theta.is_some()
        });
        let differs = [
            (
                "parametrization",
                rule.parametrization != first.parametrization,
            ),
            ("temperature", rule.temperature != first.temperature),
            ("power", rule.power != first.power),
            ("mix", rule.mix != first.mix),
            (
                "features",
                rule.features.is_some() != first.features.is_some(),
            ),
            ("theta` or `probabilities", other_form),
        ];
        if let Some((key, _)) = differs.into_iter().find(|(_, differs)| *differs) {
            return Err(PolicyError::RuleDiffers { time, key });
        }
    }
    Ok(())
}

/// θ of a rule; of one that says nothing that of the uniform policy.
fn theta(rule: &Specification, space: &Space) -> Vec<Number> {
    if let Some(theta) = &rule.theta {
        return theta.clone();
    }
    match rule.parametrization {
        Kind::Softmax => vec![Number::ZERO; space.pairs()],
        Kind::LogLinear => vec![Number::ZERO; columns(rule)],
        // a model unrolled in time has none
        Kind::Factored | Kind::Observation | Kind::Controller => Vec::new(),
        Kind::Escort => vec![Number::ONE; space.pairs()],
        Kind::Gaussian => vec![Number::ZERO; 2 * means(rule, space)],
        Kind::Simplex => uniform(space),
        Kind::Direct => {
            let last = |pair: &usize| *pair + 1 == space.pairs_of(space.state_of(*pair)).end;
            let pi = uniform(space).into_iter().enumerate();
            pi.filter(|(pair, _)| !last(pair)).map(|(_, x)| x).collect()
        }
    }
}

fn probabilities(rule: &Specification, space: &Space) -> Vec<Number> {
    rule.probabilities.clone().unwrap_or_else(|| uniform(space))
}

fn uniform(space: &Space) -> Vec<Number> {
    let of = |pair: usize| {
        let actions = space.pairs_of(space.state_of(pair)).len();
        Number::ratio(1, actions as u64).unwrap_or(Number::ONE)
    };
    (0..space.pairs()).map(of).collect()
}

/// Features per pair.
fn columns(rule: &Specification) -> usize {
    let features = rule.features.as_ref();
    features.map_or(0, |features| features.rows.first().map_or(0, Vec::len))
}

/// How many means a Gaussian rule has.
fn means(rule: &Specification, space: &Space) -> usize {
    match &rule.features {
        Some(_) => columns(rule),
        None => space.alive_before(space.states()),
    }
}

/// The means of all Gaussian rules, then their log σ.
fn halves(rules: &[Specification], space: &Space) -> Vec<Number> {
    let all: Vec<Vec<Number>> = rules.iter().map(|rule| theta(rule, space)).collect();
    let half = |part: usize| {
        all.iter().flat_map(move |theta| {
            let middle = theta.len() / 2;
            theta[part * middle..(part + 1) * middle].to_vec()
        })
    };
    half(0).chain(half(1)).collect()
}

/// Features of all times, each rule's in columns of its own; where they are those of states, the states
/// after the last time, which are terminal, have none.
fn features(rules: &[Specification], space: &Space) -> Option<Features> {
    let total: usize = rules.iter().map(columns).sum();
    let (mut before, mut rows) = (0, Vec::new());
    let mut names = Some(Vec::with_capacity(total));
    for (time, rule) in rules.iter().enumerate() {
        let features = rule.features.as_ref()?;
        for row in &features.rows {
            let mut wide = vec![Number::ZERO; total];
            wide[before..before + row.len()].clone_from_slice(row);
            rows.push(wide);
        }
        let own = features.names.as_ref();
        names = names.zip(own).map(|(mut names, own)| {
            names.extend(own.iter().map(|name| format!("{name}@{time}")));
            names
        });
        before += columns(rule);
    }
    if rules.first()?.parametrization == Kind::Gaussian {
        rows.extend(vec![vec![Number::ZERO; total]; space.states()]);
    }
    Some(Features { names, rows })
}
