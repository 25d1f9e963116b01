//! A policy as written in a file: exact numbers, names already resolved to pairs.

use super::{ControllerSpecification, Kind, LawKind, PolicyError};
use crate::number::Number;

/// A policy block with its numbers exact; what was left out is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Specification {
    /// How θ makes probabilities.
    pub parametrization: Kind,
    /// τ > 0; softmax and log-linear.
    pub temperature: Option<Number>,
    /// β ≥ 1; escort.
    pub power: Option<Number>,
    /// θ \[d\], in the parametrization's order.
    pub theta: Option<Vec<Number>>,
    /// π(a|s) \[SA\]; of observations and controllers those of their laws \[d\].
    pub probabilities: Option<Vec<Number>>,
    /// φ \[SA\]\[d\] and the features' names of a log-linear policy; of a Gaussian one φ \[S\]\[k\].
    pub features: Option<Features>,
    /// ε of the mixture with the uniform policy, in [0, 1].
    pub mix: Option<Number>,
    /// Each player's own policy, in the order of the players; factored.
    pub players: Option<Vec<PlayerSpecification>>,
    /// Of what it consists; observation and controller.
    pub controller: Option<ControllerSpecification>,
}

/// What one player of a game does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlayerSpecification {
    /// Its policy over its own actions.
    pub policy: Specification,
    /// Whether it does not learn: it has no parameters then.
    pub is_fixed: bool,
}

impl Specification {
    /// The parametrization at another θ \[d\] as written; `None` for where it starts.
    #[must_use]
    pub fn at(self, theta: Option<Vec<Number>>) -> Specification {
        Specification { theta, ..self }
    }

    /// The uniform policy of the same parametrization.
    #[must_use]
    pub fn uniform(self) -> Specification {
        Specification {
            theta: None,
            probabilities: None,
            ..self
        }
    }

    /// The uniform controller of N nodes: by what was seen last where there is one, else a softmax for the first
    /// node, for the action of each node, and for the successor of each node after what was seen.
    pub fn of_controller(nodes: u32) -> Specification {
        if nodes == 1 {
            return Specification {
                parametrization: Kind::Observation,
                controller: Some(ControllerSpecification::memoryless(LawKind::Softmax)),
                ..Specification::default()
            };
        }
        Specification {
            parametrization: Kind::Controller,
            controller: Some(ControllerSpecification {
                nodes,
                start: None,
                acts_on_seen: false,
                laws: LawKind::Softmax,
            }),
            ..Specification::default()
        }
    }

    /// The uniform policy of all players, each a softmax.
    pub fn factored() -> Specification {
        Specification {
            parametrization: Kind::Factored,
            ..Specification::default()
        }
    }

    /// The same features at a standard normal θ of a seed, as of [`Policy::random`](super::Policy::random);
    /// without features as it is.
    #[must_use]
    pub fn random(self, seed: u64) -> Specification {
        let row = self
            .features
            .as_ref()
            .and_then(|features| features.rows.first());
        let Some(count) = row.map(Vec::len) else {
            return self;
        };
        let each = if self.parametrization == Kind::Gaussian {
            2
        } else {
            1
        };
        let theta = super::standard_normal(seed, 0, each * count);
        let theta = theta.into_iter().filter_map(Number::from_f64);
        let theta = theta.collect();
        self.at(Some(theta))
    }

    /// Errors if a key is given that the parametrization does not take.
    pub(super) fn check_keys(&self) -> Result<(), PolicyError> {
        let kind = self.parametrization;
        let exponential = matches!(kind, Kind::Softmax | Kind::LogLinear);
        let given_by_pi =
            matches!(kind, Kind::Softmax | Kind::Direct | Kind::Simplex) || kind.is_by_seen();
        let keys = [
            ("temperature", self.temperature.is_some(), exponential),
            ("power", self.power.is_some(), kind == Kind::Escort),
            (
                "features",
                self.features.is_some(),
                matches!(kind, Kind::LogLinear | Kind::Gaussian),
            ),
            ("probabilities", self.probabilities.is_some(), given_by_pi),
            ("players", self.players.is_some(), kind == Kind::Factored),
            ("nodes", self.controller.is_some(), kind.is_by_seen()),
            ("mix", self.mix.is_some(), kind != Kind::Factored),
        ];
        match keys.into_iter().find(|(_, given, taken)| *given && !taken) {
            None => Ok(()),
            Some((key, ..)) => Err(PolicyError::NotTaken {
                parametrization: kind,
                key,
                taken: kind.keys(),
            }),
        }
    }
}

/// Features of a log-linear or of a Gaussian policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// One name per feature, if they have names.
    pub names: Option<Vec<String>>,
    /// One row per pair, all of one length d; of a Gaussian policy one per state.
    pub rows: Vec<Vec<Number>>,
}
