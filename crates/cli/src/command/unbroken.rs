//! Errors on a terminal in lines that end at blanks: names stay whole, as they are copied.

use std::error::Error;
use std::fmt;

use miette::{Diagnostic, LabeledSpan, MietteHandler, ReportHandler, Severity, SourceCode};

/// What keeps the letters on both of its sides in one line, and what lets a line end; both are seen by nobody.
const JOINER: char = '\u{2060}';
const END: char = '\u{200b}';

/// Writes what miette does, without a line that ends in the middle of a word.
pub struct Unbroken(pub MietteHandler);

impl ReportHandler for Unbroken {
    fn debug(&self, error: &dyn Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = Joined::of(error);
        let written = Written(&self.0, &joined).to_string();
        f.write_str(&written.replace([JOINER, END], ""))
    }
}

/// What a handler writes of an error.
struct Written<'a>(&'a MietteHandler, &'a Joined<'a>);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug(self.1, f)
    }
}

/// The text with joiners where a line could end between two letters, and ends at its blanks: no line may begin with
/// a colon otherwise, as names of bundled models do.
fn joined(text: impl fmt::Display) -> String {
    let mut joined = String::new();
    for letter in text.to_string().chars() {
        if letter == ' ' {
            joined.push(END);
        }
        joined.push(letter);
        if matches!(letter, '-' | '/' | '|' | '?' | '!' | '}' | '…' | '–' | '—') {
            joined.push(JOINER);
        }
    }
    joined
}

/// An error with joined words.
#[derive(Debug)]
struct Joined<'a> {
    of: &'a dyn Diagnostic,
    message: String,
    help: Option<String>,
    within: Option<Box<Joined<'a>>>,
    cause: Option<Cause>,
    related: Vec<Joined<'a>>,
}

impl<'a> Joined<'a> {
    fn of(error: &'a dyn Diagnostic) -> Joined<'a> {
        Joined {
            of: error,
            message: joined(error),
            help: error.help().map(joined),
            within: error.diagnostic_source().map(|x| Box::new(Joined::of(x))),
            cause: error.source().map(Cause::of),
            related: error
                .related()
                .into_iter()
                .flatten()
                .map(Joined::of)
                .collect(),
        }
    }
}

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Joined<'_> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &dyn Error)
    }
}

impl Diagnostic for Joined<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.of.code()
    }

    fn severity(&self) -> Option<Severity> {
        self.of.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.help.as_ref()?))
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.of.url()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.of.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.of.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        let related = self.related.iter();
        Some(Box::new(related.map(|error| error as &dyn Diagnostic)))
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.within
            .as_deref()
            .map(|within| within as &dyn Diagnostic)
    }
}

/// What an error comes from, with joined words.
#[derive(Debug)]
struct Cause {
    message: String,
    cause: Option<Box<Cause>>,
}

impl Cause {
    fn of(error: &(dyn Error + 'static)) -> Cause {
        Cause {
            message: joined(error),
            cause: error.source().map(|cause| Box::new(Cause::of(cause))),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &dyn Error)
    }
}
