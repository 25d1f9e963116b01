//! `exact-mdp verify`: every identity of the theory on models, one line each.

use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::identity::{self, Case, Identity, Unknown};
use exact_mdp::report::{IdentityList, Verified, VerifyReport};
use miette::{Context, miette};

use super::input::Settings;
use super::{Shared, Verdict};

/// Check every identity of the theory; exit code 1 if one fails
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp verify mdps/frozenlake-4x4.yaml --only policy-gradient-theorem

Both sides of an identity are computed by different code. A discrepancy is relative to the scale of
the quantities compared; its tolerance is what rounding can account for in this model. An identity
that does not apply is skipped, with the reason.

--format junit writes JUnit XML for a CI system: one suite for each model.
CSV columns: model, section, name, verdict, reason, quantity, value, where quantity is discrepancy
or tolerance.")]
pub struct Verify {
    /// The models, YAML files or files of other programs; `-` for standard input
    #[arg(value_name = "MODEL", required_unless_present_any = ["list", "explain"])]
    models: Vec<PathBuf>,
    /// Only these identities or sections, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// List the identities with their statements
    #[arg(long)]
    list: bool,
    /// Say what an identity states, why it is true and where it is from
    #[arg(long, value_name = "NAME")]
    explain: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

impl Verify {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if let Some(name) = &self.explain {
            let found = named(std::slice::from_ref(name))?;
            let texts: Vec<String> = found.into_iter().map(explanation).collect();
            shared.write_bytes(texts.join("\n").as_bytes())?;
            return Ok(Verdict::Fine);
        }
        let identities = named(&self.only)?;
        if self.list {
            shared.write(&IdentityList::new(&identities))?;
            return Ok(Verdict::Fine);
        }
        match self.models.as_slice() {
            [path] => {
                let checked = self.verify(path, &identities, shared)?;
                conclude(VerifyReport::One(Box::new(checked)), shared)
            }
            paths => self.several(paths, &identities, shared),
        }
    }

    /// What is wrong with one of several models goes to standard error; the others are checked.
    fn several(
        &self,
        paths: &[PathBuf],
        identities: &[&'static Identity],
        shared: &Shared,
    ) -> miette::Result<Verdict> {
        let mut models = Vec::with_capacity(paths.len());
        for path in paths {
            match self.verify(path, identities, shared) {
                Ok(checked) => models.push(checked),
                Err(error) => shared.error(&error),
            }
        }
        let complete = models.len() == paths.len();
        let verdict = conclude(VerifyReport::Several { models }, shared)?;
        Ok(if complete { verdict } else { Verdict::Invalid })
    }

    fn verify(
        &self,
        path: &Path,
        identities: &[&'static Identity],
        shared: &Shared,
    ) -> miette::Result<Verified> {
        let model = self.settings.model(path, shared)?;
        let mdp = model.mdp();
        let policy = self.settings.policy(&model, &mdp, shared);
        let policy = policy.wrap_err_with(|| format!("in {}", path.display()))?;
        let options = self.settings.solver_options();
        let case = Case::new(mdp.clone(), policy.clone(), &options);
        let checks: Vec<_> = identities.iter().map(|i| i.check(&case)).collect();
        Ok(Verified::new(&mdp, &policy, &case, &checks))
    }
}

/// Writes the report; the verdict is negative if an identity fails.
fn conclude(report: VerifyReport, shared: &Shared) -> miette::Result<Verdict> {
    shared.write(&report)?;
    Ok(match report.holds() {
        true => Verdict::Fine,
        false => Verdict::Negative,
    })
}

fn named(names: &[String]) -> miette::Result<Vec<&'static Identity>> {
    identity::named(names).map_err(|Unknown { name, nearest }| {
        let nearest = nearest.map_or_else(String::new, |nearest| format!("{nearest} "));
        miette!(
            help = format!(
                "{nearest}`exact-mdp verify --list` shows the names of identities and sections"
            ),
            "`{name}` is neither an identity nor a section"
        )
    })
}

fn explanation(identity: &'static Identity) -> String {
    let Identity {
        name,
        section,
        statement,
        derivation,
        source,
        ..
    } = identity;
    let section = section.name();
    format!("{name} ({section})\n\n  {statement}\n\n{derivation}\n\nSource: {source}\n")
}
