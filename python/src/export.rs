//! Models as files, and the schema of model files.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use exact_mdp::exchange::Format;
use pyo3::exceptions::PyFileExistsError;
use pyo3::prelude::*;
use tempfile::NamedTempFile;

use crate::error::{ModelError, argument};
use crate::interrupt::run;
use crate::model::Model;

/// The formats by their names.
const FORMATS: [(&str, Format); 10] = [
    ("nested", Format::Nested),
    ("rows", Format::Rows),
    ("gymnasium", Format::Gymnasium),
    ("quantecon", Format::Quantecon),
    ("pymdptoolbox", Format::Pymdptoolbox),
    ("drn", Format::Drn),
    ("prism", Format::Prism),
    ("cassandra", Format::Cassandra),
    ("umb", Format::Umb),
    ("petsc", Format::Petsc),
];

/// Writes a model to files that are not there yet; what the format could not hold, as sentences.
pub fn save(model: &Bound<'_, Model>, path: &Path, to: Option<&str>) -> PyResult<Vec<String>> {
    let format = match to {
        None => Format::to_write(path).map_err(told)?,
        Some(name) => format(name)?,
    };
    let this = model.clone().unbind();
    let export = run(model.py(), usize::MAX, move || {
        this.get().model.export(format)
    })?;
    let export = export.map_err(told)?;
    let name = |i: usize, ending: &str| -> PathBuf {
        if i == 0 {
            path.to_path_buf()
        } else {
            path.with_extension(ending)
        }
    };
    let files = export.files.iter().enumerate();
    let files: Vec<(PathBuf, &[u8])> = files
        .map(|(i, (ending, bytes))| (name(i, ending), &bytes[..]))
        .collect();
    // none is written if one is there
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(there(path));
    }
    write_together(&files)?;
    Ok(export.losses.iter().map(ToString::to_string).collect())
}

/// All are filled beside their places before one has its name; the first, without which the others are not
/// read, gets it last.
fn write_together(files: &[(PathBuf, &[u8])]) -> PyResult<()> {
    let mut filled = Vec::new();
    for (path, bytes) in files {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let mut beside = beside(folder.unwrap_or(Path::new(".")))?;
        beside.write_all(bytes)?;
        beside.as_file().sync_all()?;
        filled.push((path, beside));
    }
    for (path, beside) in filled.into_iter().rev() {
        beside
            .persist_noclobber(path)
            .map_err(|failed| match failed.error.kind() {
                ErrorKind::AlreadyExists => there(path),
                _ => failed.error.into(),
            })?;
    }
    Ok(())
}

/// An empty file in a folder; it goes with its owner.
fn beside(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".exact-mdp-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // as any new file; the mask of the process is taken off
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// An error with its mend.
fn told(error: impl miette::Diagnostic) -> PyErr {
    let help = error.help().map(|help| format!("\n{help}"));
    ModelError::new_err(format!("{error}{}", help.unwrap_or_default()))
}

fn there(path: &Path) -> PyErr {
    PyFileExistsError::new_err(format!(
        "{} is there already, and is not written over",
        path.display()
    ))
}

fn format(name: &str) -> PyResult<Format> {
    let found = FORMATS.into_iter().find(|(own, _)| *own == name);
    found.map(|(_, format)| format).ok_or_else(|| {
        let all = FORMATS.map(|(name, _)| name).join(", ");
        argument(format!("unknown format {name:?}; there are {all}"))
    })
}

/// The JSON Schema of model files, as text.
#[pyfunction]
pub fn _schema() -> String {
    exact_mdp::yaml::json_schema().to_string()
}
