//! Flags that every command has, and where results and messages go.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use exact_mdp::model::in_order;
use exact_mdp::report::summary::{self, Summarized};
use exact_mdp::report::{Report, csv, json, npz, yaml};
use miette::{IntoDiagnostic, WrapErr, miette};
use terminal_size::{Height, Width, terminal_size_of};

use super::files;
use super::files::shown;
use super::unbroken::Unbroken;
use crate::table::{self, Depth, Readable, View};

/// Flags that every command has.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct Shared {
    /// table (for people), json, yaml, csv or npz (for programs), junit (of `verify`) [default: table]
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub format: Option<Format>,
    /// Write to a file; its ending (.json, .yaml, .csv, .npz, .txt, .xml for junit) chooses the format;
    /// `-` for standard output
    #[arg(short, long = "output", global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Significant digits in tables [default: 6, on maps 4]; JSON and CSV always hold all. With
    /// --exact as many as you like, else at most the 17 that floating point has
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub digits: Option<u16>,
    /// Show long tables whole
    #[arg(long, global = true)]
    pub all: bool,
    /// Of long arrays only their shape, least, most and mean, in JSON and YAML: answers of large models
    #[arg(long, global = true)]
    pub summary: bool,
    /// No progress, warnings or timings on standard error
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Colors: auto (on a terminal), always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub color: When,
    /// The seed of everything that is sampled [default: 0]
    #[arg(
        long,
        global = true,
        value_name = "SEED",
        default_value_t = 0,
        hide_default_value = true,
        allow_negative_numbers = true,
        value_parser = super::range::seed
    )]
    pub seed: u64,
    /// Threads; the results are the same for any number [default: one per core]
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
}

/// The form of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// The same names and numbers as YAML.
    Yaml,
    /// For spreadsheets and data frames.
    Csv,
    /// NumPy's archive of arrays.
    Npz,
    /// JUnit XML, for CI systems; of `verify` alone.
    Junit,
}

/// When to color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// Where standard output is a terminal and `NO_COLOR` is not set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Shared {
    /// Gives everything that runs in parallel as many threads as were asked for.
    pub fn install_threads(&self) {
        if let Some(threads) = self.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
            // fails only where there is a pool already, and then that one serves
            let _ = pool.build_global();
        }
    }

    /// The file that the result goes to; none where it goes to standard output.
    pub fn file(&self) -> Option<&Path> {
        self.output
            .as_deref()
            .filter(|path| *path != Path::new("-"))
    }

    /// Writes a report to standard output or the chosen file.
    pub fn write(&self, report: &(impl Report + Readable)) -> miette::Result<()> {
        let format = self.format()?;
        let (usual, digits) = (View::default(), self.digits.map(usize::from));
        let color = self.file().is_none() && self.color_on(io::stdout().is_terminal());
        let view = View {
            digits: digits.unwrap_or(usual.digits),
            map_digits: digits.unwrap_or(usual.map_digits),
            all: self.all,
            brief: self.quiet,
            width: self.columns(),
            warned: !self.quiet && self.columns().is_some() && io::stderr().is_terminal(),
            color,
            depth: if color { depth() } else { Depth::Few },
        };
        if format == Format::Junit {
            let checks = report.junit();
            let checks = checks.ok_or_else(|| miette!("only `verify` writes JUnit XML"))?;
            return self.write_bytes(checks.as_bytes());
        }
        self.say_size(format, report)?;
        let mut left_out = Vec::new();
        self.write_with(|out| match format {
            Format::Json if self.summary => json::write(&Summarized(&report.entries()), out),
            Format::Yaml if self.summary => yaml::write(&Summarized(&report.entries()), out),
            Format::Table => {
                let text = in_order(report.table(&view));
                let text = match view.width {
                    Some(columns) => table::wrapped(&text, columns),
                    None => text,
                };
                out.write_all(text.as_bytes())
            }
            Format::Json => json::write(&report.entries(), out),
            Format::Yaml => yaml::write(&report.entries(), out),
            Format::Npz => out.write_all(&npz::bytes(&report.arrays())?),
            Format::Csv | Format::Junit => {
                left_out = csv::write(report, out)?;
                Ok(())
            }
        })?;
        if !left_out.is_empty() {
            let names = left_out.join(", ");
            self.note(&format!("note: CSV leaves out {names}: JSON has them"));
        }
        Ok(())
    }

    /// Says how much text a large report takes; errors where it would go to a terminal.
    fn say_size(&self, format: Format, report: &impl Report) -> miette::Result<()> {
        const LARGE: usize = 50_000_000;
        if self.summary || !matches!(format, Format::Json | Format::Yaml | Format::Csv) {
            return Ok(());
        }
        let entries = report.entries();
        let bytes = summary::text_bytes(&entries);
        if bytes < LARGE {
            return Ok(());
        }
        let megabytes = |bytes: usize| bytes / 1_000_000;
        let text = megabytes(bytes);
        let arrays = megabytes(summary::array_bytes(&entries));
        if self.file().is_none() && io::stdout().is_terminal() {
            return Err(miette!(
                help = format!(
                    "-o answers.npz takes about {arrays} MB, --summary tells long arrays by few numbers; or name a file with -o"
                ),
                "the answer is about {text} MB of text, too much for a terminal"
            ));
        }
        self.note(&format!(
            "note: about {text} MB of text; -o answers.npz takes about {arrays} MB, --summary a few lines"
        ));
        Ok(())
    }

    /// The columns of the terminal that the result goes to, if it goes to one.
    fn columns(&self) -> Option<usize> {
        width_of(io::stdout().is_terminal(), terminal_size_of(io::stdout()))
            .filter(|_| self.file().is_none())
    }

    /// Writes a text for people to standard output or the chosen file.
    pub fn write_text(&self, text: &str) -> miette::Result<()> {
        match self.columns() {
            Some(columns) => self.write_bytes(table::wrapped(text, columns).as_bytes()),
            None => self.write_bytes(text.as_bytes()),
        }
    }

    /// Writes a text as it is to standard output or the chosen file.
    pub fn write_bytes(&self, text: &[u8]) -> miette::Result<()> {
        self.write_with(|out| out.write_all(text))
    }

    fn write_with(
        &self,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> miette::Result<()> {
        match self.file() {
            Some(path) => files::write(path, fill),
            None => write_stdout(fill),
        }
    }

    /// Errors, before anything runs, if the result cannot be written in the form asked for;
    /// `junit` is for `verify` alone, and an archive is nothing that a terminal can show.
    pub fn report_format(&self, junit: bool) -> miette::Result<()> {
        match self.format()? {
            Format::Junit if !junit => Err(miette!("only `verify` writes JUnit XML")),
            format if self.summary && !matches!(format, Format::Json | Format::Yaml) => {
                Err(miette!(
                    help = "add --format json, or -o with a name that ends in .json or .yaml; tables show long arrays in part",
                    "--summary is a form of JSON and YAML"
                ))
            }
            Format::Npz if self.file().is_none() && io::stdout().is_terminal() => Err(miette!(
                help = "name a file, as in -o answers.npz",
                "an archive of arrays is nothing that a terminal can show"
            )),
            _ => Ok(()),
        }
    }

    /// Errors where a form is asked for of what has one of its own.
    pub fn refuse_format(&self, what: &str, mend: &str) -> miette::Result<()> {
        match self.format {
            None => Ok(()),
            Some(_) => Err(miette!(
                help = format!("leave --format out{mend}"),
                "{what} is no report"
            )),
        }
    }

    /// Errors unless there is a file, of this ending if it says one, for what a flag writes, which is no
    /// report.
    pub fn file_of(&self, flag: &str, example: &str, ending: Option<&str>) -> miette::Result<()> {
        let Some(path) = self.file() else {
            return Err(miette!(
                help = format!("add -o {example}"),
                "what {flag} asks for is written to a file"
            ));
        };
        if self.format.is_some() {
            return Err(miette!(
                help = "leave --format out",
                "what {flag} asks for is no report"
            ));
        }
        let found = path.extension().and_then(|found| found.to_str());
        if ending.is_none() || found == ending {
            return Ok(());
        }
        Err(miette!(
            help = format!("name the file as in -o {example}"),
            "what {flag} asks for is written as arrays, not to `{}`",
            path.display()
        ))
    }

    /// The form of the result. Errors if neither a flag nor the ending of the file names one.
    fn format(&self) -> miette::Result<Format> {
        match (self.format, self.file()) {
            (Some(format), _) => Ok(format),
            (None, None) => Ok(Format::Table),
            (None, Some(path)) => by_ending(path),
        }
    }

    /// Says something on standard error, unless `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            let text = format!("{text}\n");
            let text = match width_of(io::stderr().is_terminal(), terminal_size_of(io::stderr())) {
                Some(columns) => table::wrapped(&text, columns),
                None => text,
            };
            // there is nobody to tell where standard error is closed
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }

    /// Says on a terminal how long something took.
    pub fn timing(&self, what: &str, begin: Instant) {
        if io::stderr().is_terminal() {
            self.note(&format!("{what} in {:.2?}", begin.elapsed()));
        }
    }

    /// Prints an error on standard error.
    pub fn error(&self, error: &miette::Report) {
        let _ = writeln!(io::stderr(), "{}", format!("{error:?}").trim_end());
    }

    /// Makes errors show colors and boxes where they are wanted.
    pub fn install_reporter(&self) {
        let color = self.color_on(io::stderr().is_terminal());
        let options = miette::MietteHandlerOpts::new().color(color).unicode(true);
        // installed once, at the start; a second hook would be a bug of ours
        let installed = miette::set_hook(Box::new(move |_| {
            Box::new(Unbroken(options.clone().build()))
        }));
        debug_assert!(installed.is_ok());
    }

    fn color_on(&self, terminal: bool) -> bool {
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|x| x.is_empty()),
        }
    }
}

/// The columns of the terminal that a stream is, `COLUMNS` above its window; a pipe has none, so that
/// what is written to it is the same everywhere. A terminal that tells nothing has 80.
fn width_of(is_terminal: bool, window: Option<(Width, Height)>) -> Option<usize> {
    if !is_terminal {
        return None;
    }
    let told = std::env::var("COLUMNS").ok();
    let told = told.and_then(|columns| columns.trim().parse().ok());
    let seen = window.map(|(columns, _)| usize::from(columns.0));
    Some(columns_of(told.or(seen)))
}

fn columns_of(told: Option<usize>) -> usize {
    const LEAST: usize = 40;
    const USUAL: usize = 80;
    told.unwrap_or(USUAL).max(LEAST)
}

/// With how many colors the terminal says that it shades.
fn depth() -> Depth {
    let variable = |name| std::env::var(name).ok();
    Depth::told(
        variable("COLORTERM").as_deref(),
        variable("TERM").as_deref(),
    )
}

fn by_ending(path: &Path) -> miette::Result<Format> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Ok(Format::Json),
        Some("yaml" | "yml") => Ok(Format::Yaml),
        Some("csv") => Ok(Format::Csv),
        Some("npz") => Ok(Format::Npz),
        Some("txt") => Ok(Format::Table),
        Some("xml") => Ok(Format::Junit),
        _ => Err(miette!(
            help = "end the name in .json, .yaml, .csv, .npz, .txt or (`verify`) .xml, or add --format",
            "the ending of `{}` names no format",
            shown(path)
        )),
    }
}

fn write_stdout(fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> miette::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match fill(&mut out).and_then(|()| out.flush()) {
        // the reader has seen enough (`| head`)
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written
            .into_diagnostic()
            .wrap_err("cannot write to standard output"),
    }
}

#[cfg(test)]
mod tests {
    use super::columns_of;

    #[test]
    fn a_terminal_that_tells_nothing_has_80_columns() {
        let columns = [None, Some(7), Some(132)].map(columns_of);
        assert_eq!(columns, [80, 40, 132]);
    }
}
