//! Every number behind the pictures, as the JSON of the commands, and how to have it again.

use exact_mdp::report::{Report, json};
use maud::{Markup, PreEscaped, html};

use super::{Subject, parts};
use exact_mdp_pictures::shown;

/// Larger documents together are left out, and the commands that write them are named.
const BUDGET: usize = 600_000;

/// One document.
struct Document {
    id: &'static str,
    command: String,
    json: String,
}

/// The section: which commands write which numbers.
pub fn section(subject: &Subject) -> Markup {
    let rows = affordable(subject).into_iter().map(|(document, fits)| {
        let place = match (fits, document.id) {
            (false, _) => "too large for this file",
            (true, "reference") => "in this file, its estimators alone",
            (true, "compare") => "in this file, its exact laws alone",
            (true, _) => "in this file",
        };
        vec![
            html! { code { (document.command) } },
            html! { span class="place" { (place) } },
        ]
    });
    let rows: Vec<Vec<Markup>> = rows.collect();
    let body = html! {
        p { "The numbers behind the pictures, with all their digits, are those of these commands; their JSON stands in the source of this page in elements " code { "<script type=\"application/json\">" } ", of the last one what it says of estimators." }
        @if subject.unrolled {
            p { "Here they are of the model unrolled in time, a discounted one of states s@t; the commands have the same numbers by state and time." }
        }
        (parts::table("the commands", &["command", "its JSON is"], 2, &rows))
        p { "This page was made by exact-mdp " (env!("CARGO_PKG_VERSION")) ":" }
        pre tabindex="0" { code { (shown(&subject.maker.made())) } }
    };
    parts::section("numbers", "The numbers", body)
}

/// The documents themselves.
pub fn documents(subject: &Subject) -> Markup {
    html! {
        @for (document, fits) in affordable(subject) {
            @if fits {
                script type="application/json" id=(document.id) { (PreEscaped(document.json)) }
            }
        }
    }
}

/// The documents in the order of their weight for the page, each with whether it still fits.
fn affordable(subject: &Subject) -> Vec<(Document, bool)> {
    let mut used = 0;
    let judged = all(subject).into_iter().map(|document| {
        let size = document.json.len();
        let fits = used + size <= BUDGET;
        used += if fits { size } else { 0 };
        (document, fits)
    });
    judged.collect()
}

fn all(subject: &Subject) -> Vec<Document> {
    let one = |id, estimators, json: Option<String>| {
        let json = json?;
        let command = subject.maker.asks(id, estimators);
        Some(Document { id, command, json })
    };
    let estimators = subject.estimators.as_ref().ok();
    let estimators = estimators.and_then(|list| serde_json::to_string(list).ok());
    // runs of the average reward have their laws in a comparison
    let laws = match subject.criterion.kind {
        "average" => "compare",
        _ => "reference",
    };
    let documents = [
        one("evaluate", None, text(&subject.evaluation)),
        one("solve", None, subject.optimum.as_ref().ok().and_then(text)),
        one(
            "gradient",
            None,
            subject.gradient.as_ref().ok().and_then(text),
        ),
        one(laws, Some(super::NAMES), estimators.map(harmless)),
    ];
    documents.into_iter().flatten().collect()
}

/// A report's JSON as a page can hold it.
fn text(report: &impl Report) -> Option<String> {
    let mut bytes = Vec::new();
    json::write(&report.entries(), &mut bytes).ok()?;
    Some(harmless(String::from_utf8(bytes).ok()?))
}

/// JSON without a `<`, which could end the element that it stands in.
fn harmless(json: String) -> String {
    json.replace('<', "\\u003c")
}
