//! What can be said about a model and asked of a study, and how each front end spells it.

use std::fmt::{self, Display};

use super::Front;

/// What can be said about a model, and asked of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// γ.
    Discount,
    /// T.
    Horizon,
    /// Which reward counts.
    Criterion,
    /// ρ₀.
    Initial,
    /// Which reward model of a file.
    RewardModel,
    /// Which of several rewards, or which combination.
    Reward,
    /// Which policy.
    Policy,
    /// Which solver of linear systems.
    Solver,
    /// Exact fractions.
    Exact,
    /// Proven bounds.
    Certify,
    /// The routes to ∇J.
    Routes,
    /// The Jacobian of the values.
    Jacobian,
    /// The weight of the entropy.
    Entropy,
    /// Variables of a derivative.
    WithRespectTo,
    /// A method of control or ascent.
    Method,
    /// When to stop.
    Tolerance,
    /// Whether every iteration is shown.
    Trace,
    /// Estimators of the gradient.
    Estimators,
    /// The estimator of a sampled ascent.
    Estimator,
    /// How many trajectories.
    Trajectories,
    /// After how many steps trajectories are cut.
    Truncation,
    /// Whether trajectories end by chance instead of being discounted.
    Geometric,
    /// Who acts.
    Behavior,
    /// Whether differences between estimators are tested.
    Paired,
    /// Whether covariances are written.
    Covariance,
    /// The rate of false alarms.
    FalseAlarm,
    /// Whether rows are divided by their sums.
    Normalize,
    /// Whether matrices are formed.
    Matrices,
    /// The states that are to be reached.
    To,
    /// The size of a step.
    Step,
    /// How often a sampled ascent is made.
    Repeats,
    /// Many values of one quantity.
    Sweep,
    /// How the array p lies.
    Axes,
    /// Whether rewards are costs.
    Minimize,
    /// How many nodes the controller has that sees the model.
    Nodes,
    /// Which blocks of a comparison are drawn.
    Blocks,
}

impl Argument {
    /// All of them.
    pub const ALL: [Argument; 36] = [
        Argument::Discount,
        Argument::Horizon,
        Argument::Criterion,
        Argument::Initial,
        Argument::RewardModel,
        Argument::Reward,
        Argument::Policy,
        Argument::Solver,
        Argument::Exact,
        Argument::Certify,
        Argument::Routes,
        Argument::Jacobian,
        Argument::Entropy,
        Argument::WithRespectTo,
        Argument::Method,
        Argument::Tolerance,
        Argument::Trace,
        Argument::Estimators,
        Argument::Estimator,
        Argument::Trajectories,
        Argument::Truncation,
        Argument::Geometric,
        Argument::Behavior,
        Argument::Paired,
        Argument::Covariance,
        Argument::FalseAlarm,
        Argument::Normalize,
        Argument::Matrices,
        Argument::To,
        Argument::Step,
        Argument::Repeats,
        Argument::Sweep,
        Argument::Axes,
        Argument::Minimize,
        Argument::Nodes,
        Argument::Blocks,
    ];

    /// The flag without its dashes.
    fn flag(self) -> &'static str {
        match self {
            Argument::Discount => "discount",
            Argument::Horizon => "horizon",
            Argument::Criterion => "criterion",
            Argument::Initial => "initial",
            Argument::RewardModel => "reward-model",
            Argument::Reward => "reward",
            Argument::Policy => "policy",
            Argument::Solver => "solver",
            Argument::Exact => "exact",
            Argument::Certify => "certify",
            Argument::Routes => "routes",
            Argument::Jacobian => "jacobian",
            Argument::Entropy => "entropy",
            Argument::WithRespectTo => "with-respect-to",
            Argument::Method => "method",
            Argument::Tolerance => "tolerance",
            Argument::Trace => "trace",
            Argument::Estimators => "estimators",
            Argument::Estimator => "estimator",
            Argument::Trajectories => "trajectories",
            Argument::Truncation => "truncation",
            Argument::Geometric => "geometric",
            Argument::Behavior => "behavior",
            Argument::Paired => "paired",
            Argument::Covariance => "covariance",
            Argument::FalseAlarm => "false-alarm",
            Argument::Normalize => "normalize",
            Argument::Matrices => "matrices",
            Argument::To => "to",
            Argument::Step => "step",
            Argument::Repeats => "repeats",
            Argument::Sweep => "sweep",
            Argument::Axes => "axes",
            Argument::Minimize => "minimize",
            Argument::Nodes => "nodes",
            Argument::Blocks => "blocks",
        }
    }

    /// What a program in Rust sets: a field, by its type where only one has it, or a value.
    pub fn library(self) -> &'static str {
        match self {
            Argument::Discount => "Overrides::discount",
            Argument::Horizon => "Overrides::horizon",
            Argument::Criterion => "Overrides::criterion",
            Argument::Initial => "Overrides::initial",
            Argument::RewardModel => "Overrides::reward_model",
            Argument::Reward => "Overrides::reward",
            Argument::Axes => "Overrides::axes",
            Argument::Normalize => "Overrides::normalize",
            Argument::Nodes => "Overrides::nodes",
            Argument::Minimize => "Objective::Minimize",
            Argument::Policy => "Setting::policy",
            Argument::Solver => "SolverOptions::solver",
            Argument::Exact => "Numbers::Exact",
            Argument::Certify => "Numbers::Certified",
            Argument::Routes => "GradientRequest::routes",
            Argument::WithRespectTo => "GradientRequest::with_respect_to",
            Argument::Trace => "ControlOptions::trace",
            Argument::FalseAlarm => "ComparisonOptions::false_alarm",
            Argument::Paired => "ComparisonOptions::paired",
            Argument::Covariance => "ComparisonOptions::covariance",
            Argument::Repeats => "AscendRequest::repeats",
            Argument::Matrices => "ChainRequest::matrices",
            Argument::Jacobian => "jacobian",
            Argument::Entropy => "entropy",
            Argument::Method => "method",
            Argument::Tolerance => "tolerance",
            Argument::Estimators => "estimators",
            Argument::Estimator => "estimator",
            Argument::Trajectories => "trajectories",
            Argument::Truncation => "truncation",
            Argument::Geometric => "geometric",
            Argument::Behavior => "behavior",
            Argument::To => "to",
            Argument::Step => "step",
            Argument::Sweep => "study::sweep",
            Argument::Blocks => "study::compare_blocks",
        }
    }

    /// As a front end spells it.
    pub fn worded(self, front: Front) -> String {
        match (front, self) {
            (Front::Flags, _) => format!("--{}", self.flag()),
            (Front::Arguments, Argument::Exact) => "m.exact()".into(),
            (Front::Arguments, Argument::Certify) => "s.certified()".into(),
            (Front::Arguments, _) => self.flag().replace('-', "_"),
            (Front::Library, _) => self.library().into(),
        }
    }

    /// With its value, as a front end spells it.
    pub fn set_to(self, value: &str, front: Front) -> String {
        let name = self.worded(front);
        // N stands for a number
        let number = value == "N" || value.parse::<f64>().is_ok();
        match front {
            Front::Flags if value.contains(is_read_by_shells) => {
                format!("{name} '{}'", value.replace('\'', r"'\''"))
            }
            Front::Flags => format!("{name} {value}"),
            Front::Arguments if number => format!("{name}={value}"),
            Front::Arguments if value.contains(['"', '\\']) => format!("{name}={value:?}"),
            Front::Arguments => format!("{name}=\"{value}\""),
            Front::Library if number => format!("{name} = {value}"),
            Front::Library => format!("{name} = \"{value}\""),
        }
    }

    /// With its value, in a text.
    pub fn to(self, value: impl Display) -> Set {
        Set(self, value.to_string())
    }
}

/// Whether a shell reads more than a character into it.
fn is_read_by_shells(c: char) -> bool {
    c.is_whitespace() || r#"(){}[]<>|&;"'\$`*?#!~"#.contains(c)
}

/// As who speaks says it.
impl Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(Front::speaking()))
    }
}

/// An argument with its value, as who speaks says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set(Argument, String);

impl Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.set_to(&self.1, Front::speaking()))
    }
}
