//! What to do about an error or a note, as data: the front end words it.
//!
//! The same mend names a flag on the command line, an argument in Python, and a field or a value in Rust:
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
//! // a program in Rust hears what is there in Rust, since nobody else said that he speaks
//! assert_eq!(
//!     mend.to_string(),
//!     "use a discount below 1 or Overrides::criterion = \"average\""
//! );
//! ```
//!
//! Who speaks is a property of the process, as its language is: the program and the Python package say
//! [`speak`] when they start, and every text that is made of an error or a mend is in their words.

mod argument;

pub use argument::{Argument, Set};

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::sync::OnceLock;

/// Who speaks to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// The command line: `--criterion average`.
    Flags,
    /// Functions with named arguments, of Python: `criterion="average"`.
    Arguments,
    /// The library itself: `Overrides::criterion = "average"`.
    Library,
}

static SPEAKING: OnceLock<Front> = OnceLock::new();

/// Errors and mends speak as this front end from now on; the first who says so is heard.
pub fn speak(front: Front) {
    let _ = SPEAKING.set(front);
}

impl Front {
    /// Who speaks in this process: [`Front::Library`] where nobody said otherwise.
    pub fn speaking() -> Front {
        SPEAKING.get().copied().unwrap_or(Front::Library)
    }

    /// What this front end says of what each says in its own way.
    pub fn choose<T>(self, flags: T, arguments: T, library: T) -> T {
        match self {
            Front::Flags => flags,
            Front::Arguments => arguments,
            Front::Library => library,
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
    /// What the command line, Python and Rust say.
    Each([&'static str; 3]),
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

    /// The sentence goes on with what the command line, Python and Rust each say in their own way.
    #[must_use]
    pub fn each(
        mut self,
        flags: &'static str,
        arguments: &'static str,
        library: &'static str,
    ) -> Mend {
        self.0.push(Piece::Each([flags, arguments, library]));
        self
    }

    /// Where the order of the parameters is seen.
    pub fn parameters_in_order() -> Mend {
        Mend(Vec::new())
            .each(
                "`exact-mdp gradient MODEL --format json` shows",
                "`policy.parameters` names",
                "`Policy::labels` names",
            )
            .say(" the parameters in their order")
    }

    /// Where what a generator makes is written by the file too.
    pub fn made_twice(generator: &str) -> Mend {
        Mend::new("remove one of the two; ")
            .each("`exact-mdp convert`", "`Model.save`", "`Model::write`")
            .say(format!(" writes down what `{generator}` makes"))
    }

    /// Where a report has no values of states.
    pub fn report_with_values() -> Mend {
        Mend::new("reports of evaluate, solve and reference do").each(
            ": exact-mdp evaluate MODEL -o values.json",
            "",
            "",
        )
    }

    /// Where sets of models need their size.
    pub fn with_radius() -> Mend {
        Mend::new("choose one with ").each("--radius 0.1", "radius=0.1", "`RobustRequest::radius`")
    }

    /// Where PETSc's objects cannot be read.
    pub fn petsc_again() -> Mend {
        Mend::new("write it again: ").each(
            "exact-mdp convert MODEL model.petsc",
            "model.save(\"model.petsc\")",
            "`Model::export` with `Format::Petsc`",
        )
    }

    /// The sentence goes on with how a baseline of one's own is given.
    #[must_use]
    pub fn own_baseline(self) -> Mend {
        self.each("--baseline-file", "baseline=", "`Baseline::File`")
    }

    /// The sentence goes on with how trajectories are cut.
    #[must_use]
    pub fn cut(self) -> Mend {
        self.each(
            "`--truncation T`",
            "`truncation=…`",
            "`Sampling::Truncated`",
        )
    }

    /// The sentence goes on with how a model is discounted.
    #[must_use]
    pub fn discount(self) -> Mend {
        self.each(
            "--discount 0.9",
            "m.with_discount(0.9)",
            "Overrides::discount = 0.9",
        )
    }

    /// Where only a discount is swept that the model does not have.
    pub fn discounted() -> Mend {
        Mend::new("take ").each(
            "--criterion discounted, with some --discount and without --horizon",
            "m.with_discount(0.9) for m",
            "`Overrides::criterion` and `Overrides::discount`",
        )
    }

    /// The sentence goes on with what says how many trajectories are drawn.
    #[must_use]
    pub fn drawn(self) -> Mend {
        self.each("--trajectories", "n or trajectories", "trajectories")
    }

    /// The sentence as a front end says it.
    pub fn worded(&self, front: Front) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Words(words) => words.to_string(),
            Piece::Name(argument) => argument.worded(front),
            Piece::Set(argument, value) => argument.set_to(value, front),
            Piece::Each([flags, arguments, library]) => {
                front.choose(*flags, *arguments, *library).to_string()
            }
        };
        self.0.iter().map(piece).collect()
    }
}

/// As who speaks says it.
impl Display for Mend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(Front::speaking()))
    }
}

impl From<String> for Mend {
    fn from(words: String) -> Mend {
        Mend::new(words)
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
            "leave false_alarm out, or say discount=0.9 with m.exact()"
        );
        assert_eq!(
            mend.worded(Front::Library),
            "leave ComparisonOptions::false_alarm out, or say Overrides::discount = 0.9 with Numbers::Exact"
        );
        let initial = Argument::Initial;
        let weights = "{0: 1/2, 5: 1/2}";
        assert_eq!(
            initial.set_to(weights, Front::Flags),
            "--initial '{0: 1/2, 5: 1/2}'"
        );
        assert_eq!(
            initial.set_to(weights, Front::Arguments),
            "initial=\"{0: 1/2, 5: 1/2}\""
        );
        let name = r#""(0,true)""#;
        assert_eq!(
            initial.set_to(name, Front::Flags),
            r#"--initial '"(0,true)"'"#
        );
        assert_eq!(
            initial.set_to(name, Front::Arguments),
            r#"initial="\"(0,true)\"""#
        );
        assert_eq!(initial.set_to("it's", Front::Flags), r"--initial 'it'\''s'");
        assert_eq!(Argument::Nodes.set_to("N", Front::Arguments), "nodes=N");
    }
}
