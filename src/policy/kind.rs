//! Which parametrizations there are, by name.

/// Which parametrization, as files and flags spell it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Tabular softmax.
    #[default]
    Softmax,
    /// |A(s)| − 1 free probabilities per state.
    Direct,
    /// |A(s)| probabilities per state, on the simplex.
    Simplex,
    /// Softmax of features.
    LogLinear,
    /// Power transform.
    Escort,
    /// A policy of its own for each player of a game.
    Factored,
    /// Normal law of actions that are numbers.
    Gaussian,
    /// A law of actions for each observation.
    Observation,
    /// A finite-state controller.
    Controller,
}

impl Kind {
    /// The name, as files and flags spell it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Softmax => "softmax",
            Kind::Direct => "direct",
            Kind::Simplex => "simplex",
            Kind::LogLinear => "log-linear",
            Kind::Escort => "escort",
            Kind::Factored => "factored",
            Kind::Gaussian => "gaussian",
            Kind::Observation => "observation",
            Kind::Controller => "controller",
        }
    }

    /// Whether every parameter belongs to one state and one of its actions.
    pub fn is_tabular(self) -> bool {
        !matches!(self, Kind::LogLinear | Kind::Factored | Kind::Gaussian) && !self.is_by_seen()
    }

    /// Whether it is a policy of somebody who does not see the states.
    pub fn is_by_seen(self) -> bool {
        matches!(self, Kind::Observation | Kind::Controller)
    }

    /// The keys of a policy block that the parametrization takes, beside `mix`.
    pub fn keys(self) -> &'static str {
        match self {
            Kind::Softmax => "`temperature` and `theta` or `probabilities`",
            Kind::Direct | Kind::Simplex => "`probabilities` or `theta`",
            Kind::LogLinear => "`features`, `temperature` and `theta`",
            Kind::Escort => "`power` and `theta`",
            Kind::Factored => "`players`",
            Kind::Gaussian => "`mean`, `log_sigma` and `features`",
            Kind::Observation => "`laws` and `theta` or `probabilities`",
            Kind::Controller => {
                "`nodes`, `start`, `acts_on`, `laws` and `theta` or `probabilities`"
            }
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
