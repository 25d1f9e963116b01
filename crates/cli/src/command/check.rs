//! `exact-mdp check`: is this a valid model, and what is in it?

use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::report::{CheckReport, CheckedFile};
use exact_mdp::study::{self, Numbers};

use super::files::Files;
use super::input::Settings;
use super::voice::Voice;
use super::{Shared, Verdict};

/// Validate models; print sizes, criterion and structure
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp check mdps/two-state.yaml mdps/frozenlake-4x4.yaml

-q shows each of several models in one line, --failures only those that are not valid.

Exit code 2 if one of the models is not valid.
CSV columns: file, quantity, word (what is no number), value.")]
pub struct Check {
    /// The models, YAML files or files of other programs; `-` for standard input
    #[arg(value_name = "MODEL", required = true)]
    models: Vec<PathBuf>,
    /// Only the models that are not valid
    #[arg(long)]
    failures: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Check {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let models = self.models.iter().map(|path| self.check(path, shared));
        let mut report = CheckReport {
            models: models.collect(),
        };
        let valid = report.models.iter().all(|model| model.valid);
        if self.failures {
            report.models.retain(|model| !model.valid);
        }
        // of a single model all is shown, in quiet too
        let several = self.models.len() > 1;
        let brief = Shared {
            quiet: shared.quiet && several,
            ..shared.clone()
        };
        brief.write(&report)?;
        Ok(if valid {
            Verdict::Fine
        } else {
            Verdict::Invalid
        })
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let models = self.models.iter().map(PathBuf::as_path);
        self.settings.files(models)
    }

    /// One file; what is wrong with it also goes to standard error, with its place.
    fn check(&self, path: &Path, shared: &Shared) -> CheckedFile {
        let mut checked = CheckedFile {
            file: path.display().to_string(),
            valid: false,
            errors: Vec::new(),
            warnings: Vec::new(),
            contents: None,
        };
        let contents = super::input::load(path, &self.settings.overrides()).and_then(|model| {
            checked.warnings = model.warnings().iter().map(ToString::to_string).collect();
            let setting = self.settings.setting(Numbers::Float);
            Ok(study::check(&model, &setting, &Voice::new(shared))?)
        });
        match contents {
            Ok(contents) => {
                checked.valid = true;
                checked.contents = Some(contents);
            }
            Err(error) => {
                shared.error(&error);
                checked.errors = messages(&error);
            }
        }
        checked
    }
}

/// The messages of an error, one by one.
fn messages(error: &miette::Report) -> Vec<String> {
    match error.related() {
        Some(related) => related.map(ToString::to_string).collect(),
        None => error.chain().map(ToString::to_string).collect(),
    }
}
