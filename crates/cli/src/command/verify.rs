//! `exact-mdp verify`: every identity of the theory on models, one line each.

use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::study::Numbers;
use exact_mdp_theorems::{
    Identity, IdentityList, Unknown, Verified, VerifyReport, VerifyRequest, verify,
};
use miette::{Context, miette};

use super::files::{Files, shown};
use super::input::Settings;
use super::voice::Voice;
use super::{Shared, Verdict};

/// Check every identity of the theory; exit code 1 if one fails
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp verify mdps/frozenlake-4x4.yaml --only policy-gradient-theorem

Both sides of an identity are computed by different code. A discrepancy is relative to the scale of
the quantities compared; its tolerance is what rounding can account for in this model. Where rows
do not quite sum to 1, identities hold up to that slack, which the last line says. An identity that
does not apply is skipped, with the reason.

Of several models each is one line, and with -q only the line; --failures leaves out what holds.

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
    /// Only what fails: of the models those with a failure, of their identities those that fail
    #[arg(long)]
    failures: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Verify {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        if let Some(name) = &self.explain {
            let found = named(std::slice::from_ref(name))?;
            let texts: Vec<String> = found.into_iter().map(explanation).collect();
            shared.write_text(&texts.join("\n"))?;
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
                conclude(VerifyReport::One(Box::new(checked)), self.failures, shared)
            }
            paths => self.several(paths, &identities, shared),
        }
    }

    /// What is read.
    pub fn files(&self) -> Files {
        let models = self.models.iter().map(PathBuf::as_path);
        self.settings.files(models)
    }

    /// Whether a text is written, whatever the name of its file.
    pub fn is_explanation(&self) -> bool {
        self.explain.is_some()
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
        let report = VerifyReport::Several { models };
        let verdict = conclude(report, self.failures, shared)?;
        Ok(if complete { verdict } else { Verdict::Invalid })
    }

    fn verify(
        &self,
        path: &Path,
        identities: &[&'static Identity],
        shared: &Shared,
    ) -> miette::Result<Verified> {
        let model = self.settings.model(path, shared)?;
        let request = VerifyRequest {
            setting: self.settings.setting(Numbers::Float),
            identities: identities.to_vec(),
        };
        verify(&model, &request, &Voice::new(shared))
            .map_err(miette::Report::from)
            .wrap_err_with(|| format!("in {}", shown(path)))
    }
}

/// Writes the report, or what fails of it; the verdict is negative if an identity fails.
fn conclude(mut report: VerifyReport, failures: bool, shared: &Shared) -> miette::Result<Verdict> {
    let holds = report.holds();
    if failures {
        report.keep_failures();
    }
    shared.write(&report)?;
    Ok(if holds {
        Verdict::Fine
    } else {
        Verdict::Negative
    })
}

fn named(names: &[String]) -> miette::Result<Vec<&'static Identity>> {
    exact_mdp_theorems::named(names).map_err(|Unknown { name, nearest }| {
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
    let link = match identity.anchor() {
        Some(anchor) => format!("        docs/theory.md#{anchor}\n"),
        None => String::new(),
    };
    format!("{name} ({section})\n\n  {statement}\n\n{derivation}\n\nSource: {source}\n{link}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;
    use exact_mdp::linalg::SolverOptions;
    use exact_mdp::model::Model;
    use exact_mdp::policy::Policy;
    use exact_mdp_theorems::{Case, named};
    use exact_mdp_theorems::{Verified, VerifyReport};

    use super::{Verdict, conclude};
    use crate::command::Program;

    const NAMES: [&str; 3] = ["flow-equation", "policy-gradient-theorem", "gain-is-limit"];

    /// Of a model whose gradient has been given the wrong sign: one identity holds, one fails, one
    /// is skipped.
    fn corrupted(model: &str) -> Verified {
        let model = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(model);
        let model = Model::load(&model).expect("a shipped model");
        let policy = Policy::random(model.space(), 1);
        let (mdp, options) = (model.mdp(), SolverOptions::default());
        let mut case = Case::new(mdp.clone(), policy.clone(), &options);
        let claims = case.discounted.as_mut().expect("a discount");
        claims.gradient.iter_mut().for_each(|x| *x = -*x);
        case.long_term = Err(exact_mdp_theorems::Skip::new("no long run"));
        let names = named(&NAMES.map(String::from)).expect("identities");
        let checks: Vec<_> = names.iter().map(|i| i.check(&case)).collect();
        Verified::new(&mdp, &policy, &case, &checks)
    }

    /// What a report says in the format of a file's ending, and the exit code.
    fn told(report: &VerifyReport, ending: &str) -> (String, u8) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("report.{ending}"));
        let path = path.to_str().expect("a path");
        let program = Program::try_parse_from(["exact-mdp", "verify", "-", "-o", path]);
        let verdict = conclude(report.clone(), false, &program.expect("arguments").shared);
        let verdict: Verdict = verdict.expect("written");
        let text = std::fs::read_to_string(path).expect("a report");
        (text, verdict.code())
    }

    #[test]
    fn a_failed_identity_is_told_in_every_format_and_makes_the_exit_code_1() {
        let report = VerifyReport::One(Box::new(corrupted("mdps/retry-loop.yaml")));
        let (table, code) = told(&report, "txt");
        assert_eq!(code, 1);
        assert!(
            table.contains("FAILED    policy-gradient-theorem"),
            "{table}"
        );
        assert!(table.contains("1 of 3 identities hold, 1 FAILED, 1 skipped"));

        let (json, code) = told(&report, "json");
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!((code, &json["failed"]), (1, &1.into()));
        let check = &json["checks"][1];
        assert_eq!(check["name"], "policy-gradient-theorem");
        assert_eq!(check["passed"], false);
        let number = |key: &str| check[key].as_f64().expect("a number");
        assert!(number("discrepancy") > 1e6 * number("tolerance"), "{check}");
        assert_eq!(json["checks"][0]["passed"], true);
        assert_eq!(json["checks"][2]["passed"], serde_json::Value::Null);

        let (csv, code) = told(&report, "csv");
        assert_eq!(code, 1);
        let row = "retry-loop,policy-gradient,policy-gradient-theorem,FAILED,,discrepancy,";
        assert!(csv.contains(row), "{csv}");
    }

    /// A CI system counts failures by the attributes and shows the text of the element.
    #[test]
    fn a_failed_identity_is_a_failure_of_junit() {
        let models = ["mdps/retry-loop.yaml", "mdps/two-state.yaml"].map(corrupted);
        let report = VerifyReport::Several {
            models: models.to_vec(),
        };
        let (xml, code) = told(&report, "xml");
        assert_eq!(code, 1);
        let suites =
            "<testsuites name=\"exact-mdp verify\" tests=\"6\" failures=\"2\" skipped=\"2\">";
        assert!(xml.contains(suites), "{xml}");
        for model in ["retry-loop", "two-state"] {
            let suite =
                format!("<testsuite name=\"{model}\" tests=\"3\" failures=\"1\" skipped=\"1\">");
            assert!(xml.contains(&suite), "{xml}");
        }
        let case = "<testcase classname=\"policy-gradient\" name=\"policy-gradient-theorem\"><failure message=\"∇J = ";
        assert_eq!(xml.matches(case).count(), 2, "{xml}");
        assert_eq!(xml.matches("\">discrepancy ").count(), 2, "{xml}");
        assert_eq!(xml.matches("</failure></testcase>").count(), 2, "{xml}");
        assert_eq!(xml.matches("<skipped message=\"no long run\"/>").count(), 2);
        assert!(xml.ends_with("  </testsuite>\n</testsuites>\n"), "{xml}");
    }

    #[test]
    fn without_a_failure_the_exit_code_is_0() {
        let mut verified = corrupted("mdps/retry-loop.yaml");
        verified.checks.remove(1);
        verified.failed = 0;
        let (table, code) = told(&VerifyReport::One(Box::new(verified)), "txt");
        assert!(
            table.contains("1 of 2 identities hold, none fails, 1 skipped"),
            "{table}"
        );
        assert_eq!(code, 0);
    }
}
