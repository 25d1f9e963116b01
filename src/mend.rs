//! What to do about an error or a note, as data: the front end words it.
//!
//! The same mend names a flag on the command line and an argument in a program:
//!
//! ```
//! use exact_mdp::mend::{Argument, Front, Mend};
//!
//! let mend = Mend::new("use a discount below 1 or ").set(Argument::Criterion, "average");
//! assert_eq!(mend.worded(Front::Flags), "use a discount below 1 or --criterion average");
//! assert_eq!(
//!     mend.worded(Front::Arguments),
//!     "use a discount below 1 or criterion=\"average\""
//! );
//! ```

use std::borrow::Cow;

/// Who speaks to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// The command line: `--criterion average`.
    Flags,
    /// A program that calls functions: `criterion="average"`.
    Arguments,
}

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
}

impl Argument {
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
        }
    }

    /// As a front end spells it.
    pub fn worded(self, front: Front) -> String {
        match (front, self) {
            (Front::Flags, _) => format!("--{}", self.flag()),
            (Front::Arguments, Argument::Exact) => "arithmetic=\"exact\"".into(),
            (Front::Arguments, Argument::Certify) => "arithmetic=\"certified\"".into(),
            (Front::Arguments, _) => self.flag().replace('-', "_"),
        }
    }

    /// With its value, as a front end spells it.
    pub fn set_to(self, value: &str, front: Front) -> String {
        let name = self.worded(front);
        let number = value.parse::<f64>().is_ok();
        match front {
            Front::Flags => format!("{name} {value}"),
            Front::Arguments if number => format!("{name}={value}"),
            Front::Arguments => format!("{name}=\"{value}\""),
        }
    }
}

/// A sentence in which arguments stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Mend(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Words(Cow<'static, str>),
    Name(Argument),
    Set(Argument, Cow<'static, str>),
}

impl Mend {
    /// A sentence that begins with these words.
    pub fn new(words: impl Into<Cow<'static, str>>) -> Mend {
        Mend(Vec::new()).say(words)
    }

    /// The sentence goes on with words.
    #[must_use]
    pub fn say(mut self, words: impl Into<Cow<'static, str>>) -> Mend {
        self.0.push(Piece::Words(words.into()));
        self
    }

    /// The sentence goes on with an argument's name.
    #[must_use]
    pub fn name(mut self, argument: Argument) -> Mend {
        self.0.push(Piece::Name(argument));
        self
    }

    /// The sentence goes on with an argument that has a value.
    #[must_use]
    pub fn set(mut self, argument: Argument, value: impl Into<Cow<'static, str>>) -> Mend {
        self.0.push(Piece::Set(argument, value.into()));
        self
    }

    /// The sentence as a front end says it.
    pub fn worded(&self, front: Front) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Words(words) => words.to_string(),
            Piece::Name(argument) => argument.worded(front),
            Piece::Set(argument, value) => argument.set_to(value, front),
        };
        self.0.iter().map(piece).collect()
    }
}

impl From<&'static str> for Mend {
    fn from(words: &'static str) -> Mend {
        Mend::new(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_front_end_has_its_own_words() {
        let mend = Mend::new("leave ")
            .name(Argument::FalseAlarm)
            .say(" out, or say ")
            .set(Argument::Discount, "0.9")
            .say(" with ")
            .name(Argument::Exact);
        assert_eq!(
            mend.worded(Front::Flags),
            "leave --false-alarm out, or say --discount 0.9 with --exact"
        );
        assert_eq!(
            mend.worded(Front::Arguments),
            "leave false_alarm out, or say discount=0.9 with arithmetic=\"exact\""
        );
    }
}
