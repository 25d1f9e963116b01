//! Which files a command reads and writes, judged before anything runs; and files written whole.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use exact_mdp::exchange::{Format, files_beside};
use exact_mdp::model::visible;
use miette::{IntoDiagnostic, WrapErr, miette};

pub mod partial;
mod whole;

pub use whole::{write, write_archive, write_together};

/// What is written beside a `.tra` file.
pub const PRISM_WRITES: [&str; 3] = ["sta", "lab", "trew"];

/// The files that a command reads and those that it writes.
#[derive(Clone, Debug, Default)]
pub struct Files {
    read: Vec<PathBuf>,
    written: Vec<PathBuf>,
}

impl Files {
    /// Also reads these, of which `-` is standard input.
    pub fn read<'a>(mut self, paths: impl IntoIterator<Item = &'a Path>) -> Files {
        self.read.extend(paths.into_iter().map(Path::to_path_buf));
        self
    }

    /// Also reads these models, with what belongs to them.
    pub fn models<'a>(self, paths: impl IntoIterator<Item = &'a Path>) -> Files {
        paths.into_iter().fold(self, |files, path| {
            let is_prism = Format::of(path) == Some(Format::Prism);
            let beside = if is_prism {
                files_beside(path)
            } else {
                Vec::new()
            };
            files.read([path]).read(beside.iter().map(PathBuf::as_path))
        })
    }

    /// Also writes this.
    pub fn write(mut self, path: Option<&Path>) -> Files {
        self.written.extend(path.map(Path::to_path_buf));
        self
    }

    /// Errors if an output cannot be written, is an input or is another output.
    pub fn check(&self) -> miette::Result<()> {
        for (i, output) in self.written.iter().enumerate() {
            let name = shown(output);
            if output == Path::new("-") {
                return Err(miette!(
                    help = "./- is a file of that name",
                    "`-` is standard output, where the result goes"
                ));
            }
            if self.read.iter().any(|input| are_same(input, output)) {
                return Err(miette!(
                    help = "name another file; the input would be lost",
                    "the output `{name}` is also an input"
                ));
            }
            let is_place_of =
                |other: &&PathBuf| !whole::is_special(output) && are_same(other, output);
            if self.written[..i].iter().find(is_place_of).is_some() {
                return Err(miette!(
                    help = "name two files",
                    "`{name}` is the place of two outputs"
                ));
            }
            check_writable(output)?;
        }
        Ok(())
    }
}

/// Errors if there is no folder for an output, or no permission.
fn check_writable(output: &Path) -> miette::Result<()> {
    if whole::is_special(output) {
        return Ok(());
    }
    let (name, place) = (shown(output), whole::place(output));
    let folder = place.parent().unwrap_or(Path::new("/"));
    if !folder.is_dir() {
        let folder = shown(folder);
        return Err(miette!(
            help = "make the folder, or name another",
            "cannot write `{name}`: there is no folder `{folder}`"
        ));
    }
    let allowed = if place.exists() {
        OpenOptions::new().write(true).open(&place).map(drop)
    } else {
        tempfile::tempfile_in(folder).map(drop)
    };
    allowed
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write `{name}`"))
}

/// Whether both names mean one regular file, by whatever link, spelling or descriptor; `-` is what standard input
/// was redirected from.
fn are_same(a: &Path, b: &Path) -> bool {
    // a terminal may be read and written
    let is_file = fs::metadata(b).is_ok_and(|found| found.is_file());
    if a == Path::new("-") {
        return is_file && is_standard_input(b);
    }
    let special = whole::is_special(a) || whole::is_special(b);
    (is_file && are_linked(a, b)) || (!special && whole::place(a) == whole::place(b))
}

#[cfg(unix)]
fn are_linked(a: &Path, b: &Path) -> bool {
    let node = |path| fs::metadata(path).map(|found| node(&found));
    matches!((node(a), node(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(unix)]
fn is_standard_input(file: &Path) -> bool {
    use std::os::fd::AsFd;
    let given = std::io::stdin().as_fd().try_clone_to_owned();
    let given = given.and_then(|given| fs::File::from(given).metadata());
    matches!((given, fs::metadata(file)), (Ok(a), Ok(b)) if node(&a) == node(&b))
}

/// What a file is, under whatever name.
#[cfg(unix)]
fn node(found: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn is_standard_input(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn are_linked(_: &Path, _: &Path) -> bool {
    false
}

/// A path as a terminal may show it.
pub fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}
