//! All that is wrong with one file, and all that it is warned about.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, SourceSpan};

use crate::mdp::Normalization;
use crate::mend::Argument;
use crate::number::Number;

use super::criterion::Overrides;
use super::error::{DraftError, ModelError, NameList, Placed};
use super::source::Source;

/// Most errors that one run reports; a choice.
const REPORTED: usize = 20;

/// All independent errors of one file, in the order of the file, with its text.
///
/// As a [`Diagnostic`] it is one report with a snippet for each error; [`ModelErrors::plain`] is
/// the same as lines `path:line:column: message`, and so is its `Debug` form, which `expect` and a `main` that returns the error
/// show. `Display` is the heading alone, above which the report shows the errors.
#[derive(Clone)]
pub struct ModelErrors {
    errors: Vec<ModelError>,
    more: usize,
    /// Rows beside the first of those that are told of together.
    alike: usize,
    source: Box<Source>,
    /// The errors at their places in the text, where these are others than in the file.
    moved: Vec<Moved>,
}

impl ModelErrors {
    /// The errors of a file; at least one.
    pub(crate) fn new(source_name: &str, text: &str, problems: Problems) -> ModelErrors {
        let further = problems.further();
        let alike = problems.alike.unwrap_or(0).saturating_sub(1);
        let Problems {
            mut errors, more, ..
        } = problems;
        // what has no place stands first; a stable sort keeps the order of finding otherwise
        errors.sort_by_key(|error| place(error).map(|at| at.offset()));
        errors.extend(further.map(|error| ModelError::from(error.at(None))));
        let source = Box::new(Source::new(source_name, text));
        let moved = errors.iter().filter(|_| source.moves());
        ModelErrors {
            moved: moved.map(|error| Moved::new(error, &source)).collect(),
            errors,
            more,
            alike,
            source,
        }
    }

    /// The errors, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ModelError> {
        self.errors.iter()
    }

    /// How many further errors were found but not kept.
    pub fn more(&self) -> usize {
        self.more
    }

    /// One line `path:line:column: message` per error, and a line `help: …` below where there is
    /// one. Lines and columns count from 1, columns in characters.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for error in &self.errors {
            text += self.source.name();
            if let Some(at) = place(error).filter(|_| !self.source.is_empty()) {
                let at = self.source.place(at.offset());
                let (line, column) = self.source.line_and_column(at);
                text += &format!(":{line}:{column}");
            }
            text += &format!(": {error}\n");
            if let Some(help) = error.help() {
                text += &format!("  help: {help}\n");
            }
        }
        if self.more > 0 {
            text += &format!("{}: and {} more errors\n", self.source.name(), self.more);
        }
        text
    }
}

impl fmt::Debug for ModelErrors {
    /// The heading, and [`ModelErrors::plain`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}\n{}", self.plain().trim_end())
    }
}

impl fmt::Display for ModelErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.errors.len() + self.more + self.alike;
        write!(f, "{}: {count} error{}", self.source.name(), plural(count))?;
        match self.more {
            0 => Ok(()),
            more => write!(f, ", {more} of them not shown"),
        }
    }
}

impl std::error::Error for ModelErrors {}

impl Diagnostic for ModelErrors {
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        // what is not text has no lines to show
        (!self.source.is_empty()).then_some(&*self.source)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if !self.moved.is_empty() {
            let errors = self.moved.iter().map(|error| error as &dyn Diagnostic);
            return Some(Box::new(errors));
        }
        let errors = self.errors.iter().map(|error| &**error as &dyn Diagnostic);
        Some(Box::new(errors))
    }
}

/// An error whose labels stand where the text that is shown has them.
#[derive(Clone, Debug)]
struct Moved {
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
}

impl Moved {
    fn new(error: &ModelError, source: &Source) -> Moved {
        let moved = |label: LabeledSpan| {
            let (from, to) = (label.offset(), label.offset() + label.len());
            let begin = source.place(from);
            let span = (begin, source.place(to) - begin);
            let text = label.label().map(String::from);
            if label.primary() {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        };
        Moved {
            message: error.to_string(),
            help: error.help().map(|help| help.to_string()),
            labels: error.labels().into_iter().flatten().map(moved).collect(),
        }
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Moved {}

impl Diagnostic for Moved {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// All that is wrong with a [`Draft`](super::Draft), as far as it is independent of each other.
///
/// As a [`Diagnostic`] it is one report of all of them, each with its mend.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftErrors {
    errors: Vec<DraftError>,
    more: usize,
    /// Rows beside the first of those that are told of together.
    alike: usize,
}

impl DraftErrors {
    pub(super) fn new(problems: Problems<Placed>) -> DraftErrors {
        let further = problems.further();
        let errors = problems.errors.into_iter().map(|placed| placed.error);
        DraftErrors {
            errors: errors.chain(further).collect(),
            more: problems.more,
            alike: problems.alike.unwrap_or(0).saturating_sub(1),
        }
    }

    /// The errors, at most 20.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &DraftError> {
        self.errors.iter()
    }

    /// How many further errors were found but not kept.
    pub fn more(&self) -> usize {
        self.more
    }
}

impl fmt::Display for DraftErrors {
    /// One line per error, and a line `help: …` below where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.errors.len() + self.more + self.alike;
        write!(f, "the model has {count} error{}", plural(count))?;
        for error in &self.errors {
            write!(f, "\n{error}")?;
            if let Some(help) = error.help() {
                write!(f, "\n  help: {help}")?;
            }
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for DraftErrors {}

impl Diagnostic for DraftErrors {}

/// Errors as they are found, counted beyond the reported ones.
#[derive(Debug)]
pub(crate) struct Problems<E = ModelError> {
    errors: Vec<E>,
    more: usize,
    /// How many rows more are off by the same rounding as one among the errors, if there is one.
    alike: Option<usize>,
    /// How far off 1 a sum may be where rows are divided by it.
    allowed: Option<Number>,
}

impl<E> Default for Problems<E> {
    fn default() -> Problems<E> {
        Problems {
            errors: Vec::new(),
            more: 0,
            alike: None,
            allowed: None,
        }
    }
}

impl<E> Problems<E> {
    /// None yet, in a file whose rows are normalised if the overrides say so.
    pub(crate) fn allowing(overrides: &Overrides) -> Problems<E> {
        let mut problems = Problems::default();
        problems.allow(overrides);
        problems
    }

    /// None yet, in a file of which others are known.
    pub(crate) fn allowing_as(others: &Problems<E>) -> Problems<E> {
        Problems {
            allowed: others.allowed.clone(),
            ..Problems::default()
        }
    }

    /// The rows that are like one among the errors, as an error.
    fn further(&self) -> Option<DraftError> {
        let count = self.alike.filter(|count| *count > 0)?;
        Some(DraftError::FurtherRows { count })
    }

    /// Rows are normalised from now on, if the overrides say so.
    pub(crate) fn allow(&mut self, overrides: &Overrides) {
        self.allowed = overrides.normalize.clone();
    }

    /// How far off 1 a sum may be, where rows are divided by their sums.
    pub(crate) fn allowed(&self) -> Option<&Number> {
        self.allowed.as_ref()
    }

    pub(crate) fn push(&mut self, error: impl Into<E>) {
        if self.errors.len() < REPORTED {
            self.errors.push(error.into());
        } else {
            self.more += 1;
        }
    }

    /// Like `push`, for an error that costs something to make.
    pub(crate) fn push_with<T: Into<E>>(&mut self, error: impl FnOnce() -> T) {
        if self.errors.len() < REPORTED {
            self.errors.push(error().into());
        } else {
            self.more += 1;
        }
    }

    /// A row that is off by a rounding which is that of all rows: one tells it of all.
    pub(crate) fn push_rounded(&mut self, error: impl Into<E>) {
        match &mut self.alike {
            Some(more) => *more += 1,
            None => {
                self.alike = Some(0);
                self.push(error);
            }
        }
    }

    /// These problems, as errors of another kind.
    pub(crate) fn map<F: From<E>>(self) -> Problems<F> {
        Problems {
            errors: self.errors.into_iter().map(F::from).collect(),
            more: self.more,
            alike: self.alike,
            allowed: self.allowed,
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.errors.len() + self.more
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }
}

impl From<ModelError> for Problems {
    fn from(error: ModelError) -> Problems {
        Problems {
            errors: vec![error],
            ..Problems::default()
        }
    }
}

impl<E: Diagnostic + Send + Sync + 'static> From<E> for Problems {
    fn from(error: E) -> Problems {
        ModelError::from(error).into()
    }
}

/// The place that an error is mainly about.
fn place(error: &ModelError) -> Option<SourceSpan> {
    let mut labels: Vec<_> = error.labels()?.collect();
    let primary = labels.iter().position(|label| label.primary()).unwrap_or(0);
    (primary < labels.len()).then(|| *labels.swap_remove(primary).inner())
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Something that was accepted, and that the user should know.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelWarning {
    /// PRISM's files without rewards: all are 0.
    #[error(
        "no rewards found: beside the `.tra` file there is no `.srew` and no `.trew`, so every reward is 0"
    )]
    NoRewards,
    /// Costs of Cassandra's format.
    #[error(
        "costs (`values: cost`) are read as rewards of the other sign: J is minus the expected cost, and what is optimal makes J large"
    )]
    CostsNegated,
    /// Arrays of an archive that say nothing of a model.
    #[error("not read, for no array of a model has such a name: {names}")]
    UnreadArrays {
        /// The names that are meant.
        names: NameList,
    },
    /// A row of p that is used as written although it does not sum to 1 exactly.
    #[error(
        "row {state}/{action} sums to 1{}; it is used as written, exact arithmetic asks for {}",
        Off(sum),
        Argument::Normalize
    )]
    InexactRow {
        /// s.
        state: String,
        /// a.
        action: String,
        /// Σ p(s'|s, a), exactly.
        sum: Number,
    },
    /// What the rows are off by is not small beside 1 − γ, so that values depend on it.
    #[error(
        "what row {state}/{action} is off by moves values by up to {percent} % at this discount: mend the rows, or divide \
         them by their sums ({})",
        Argument::Normalize
    )]
    RowsMatter {
        /// s of the row that is furthest off.
        state: String,
        /// a.
        action: String,
        /// 100 γ |1 − Σ p|/(1 − γ), rounded up to a digit.
        percent: String,
    },
    /// Rows or ρ₀ divided by their sums.
    #[error("normalised: {0}")]
    Normalized(Normalization),
    /// Further rows like the ones before.
    #[error("{count} further rows do not sum to 1 exactly either")]
    InexactRows {
        /// How many.
        count: usize,
    },
    /// ρ₀, used as written although it does not sum to 1 exactly.
    #[error(
        "`initial` sums to 1{}; it is used as written, exact arithmetic asks for {}",
        Off(sum),
        Argument::Normalize
    )]
    InexactInitial {
        /// Σ ρ₀, exactly.
        sum: Number,
    },
    /// The slip of a grid, used as written although it does not sum to 1 exactly.
    #[error(
        "`slip` sums to 1{}; it is used as written, exact arithmetic refuses it",
        Off(sum)
    )]
    InexactSlip {
        /// Σ of the slip probabilities, exactly.
        sum: Number,
    },
    /// A report that holds a policy for each time.
    #[error(
        "the optimal policy of a horizon depends on the time; this is its rule at t = 0, followed at all times"
    )]
    PolicyAtStart,
    /// π(·|s), used as written although it does not sum to 1 exactly.
    #[error(
        "the policy in `{state}` sums to 1{}; it is used as written, exact arithmetic refuses it",
        Off(sum)
    )]
    InexactPolicy {
        /// s.
        state: String,
        /// Σ π(a|s), exactly.
        sum: Number,
    },
}

impl ModelWarning {
    /// Whether it says that rows or ρ₀ do not sum to 1.
    pub(crate) fn is_of_sums(&self) -> bool {
        use ModelWarning::{InexactInitial, InexactRow, InexactRows, InexactSlip, RowsMatter};
        matches!(
            self,
            InexactRow { .. }
                | InexactRows { .. }
                | InexactInitial { .. }
                | InexactSlip { .. }
                | RowsMatter { .. }
        )
    }
}

/// By how much a sum is off 1, as ` + 1e-12`.
struct Off<'a>(&'a Number);

impl fmt::Display for Off<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let off = (self.0.to_rational() - Number::ONE.to_rational())
            .to_f64()
            .value();
        let sign = if off < 0.0 { '−' } else { '+' };
        write!(f, " {sign} {:e}", off.abs())
    }
}
