//! One bad file per kind of error, and the whole message: first as lines for programs, then as
//! people see it.

use std::path::Path;

use exact_mdp::exchange::Format;
use exact_mdp::model::{Model, ModelErrors, Overrides};
use miette::{GraphicalReportHandler, GraphicalTheme};

fn rendered(errors: &ModelErrors) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    let handler = handler.with_width(100).with_links(false);
    let mut report = String::new();
    handler.render_report(&mut report, errors).unwrap();
    let lines: Vec<&str> = report.lines().map(str::trim_end).collect();
    format!("{}\n{}", errors.plain(), lines.join("\n"))
}

#[test]
fn every_bad_file_says_what_is_wrong_and_what_to_do() {
    let folder = Path::new(crate::ROOT).join("tests/model_errors");
    let entries = std::fs::read_dir(&folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    files.retain(|name| Path::new(name).extension().is_some_and(|end| end == "yaml"));
    files.sort();
    assert!(files.len() >= 40, "{} bad files", files.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for file in files {
        let path = Path::new(&file);
        let bytes = std::fs::read(folder.join(path)).unwrap();
        // messages name the file as it was given
        let name = path.to_str().unwrap();
        let Err(errors) = Model::parse_as(name, &bytes, Format::Nested, &Overrides::default())
        else {
            panic!("{name} is accepted");
        };
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        settings.bind(|| insta::assert_snapshot!(stem, rendered(&errors)));
    }
}

/// The error that the README shows is that of the README's own model with its last row spoilt.
#[test]
fn the_error_of_the_readme_is_what_is_said() {
    let path = Path::new(crate::ROOT).join("README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let block = |fence: &str| {
        let (_, rest) = readme.split_once(&format!("\n```{fence}\n")).unwrap();
        rest.split_once("\n```").unwrap().0.to_string() + "\n"
    };
    let model = block("yaml").replace("heat: hot\n", "heat: {hot: 0.3}\n");
    let errors = Model::parse("my-model.yaml", &model).expect_err("a row is spoilt");
    let (said, shown) = (rendered(&errors), block("text"));
    assert!(said.contains(shown.trim_end()), "{said}");
}
