//! A report as one page: everything about a policy on a model, with pictures, in one file that asks
//! for no other.
//!
//! The page is a pure function of a [`Subject`]. It works without its script, which only marks a state
//! in every picture when one of its marks is pointed at, and prints. Its own content security policy
//! allows nothing but its one style and its one script, by their hashes.

mod estimators;
mod gradient;
mod maker;
mod model;
mod numbers;
mod optimum;
mod parts;
mod subject;
mod theory;
mod values;
mod verification;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exact_mdp::model::in_order;
use exact_mdp_pictures::letters::Letters;
use exact_mdp_pictures::shown;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

pub use self::maker::Maker;
pub use self::subject::Subject;

use self::estimators::{Estimated, NAMES, Precision};
use self::subject::Chain;

/// The looks of the page, beside those of its pictures.
const STYLE: &str = include_str!("style.css");
/// What marks a state everywhere when it is pointed at.
const SCRIPT: &str = include_str!("script.js");

/// The page.
pub fn document(subject: &Subject) -> String {
    let style = format!("{STYLE}{}", exact_mdp_pictures::STYLE);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(&style),
        hash(SCRIPT)
    );
    let model = shown(&subject.contents.head.model);
    // names may have characters that would turn what follows
    let shown_in_order = |part: Markup| PreEscaped(in_order(part.into_string()));
    let sections = html! {
        (head(subject, &model))
        main {
            (model::section(subject))
            (values::section(subject))
            (gradient::section(subject))
            (estimators::section(subject))
            (optimum::section(subject))
            (verification::section(subject))
            (theory::section(subject))
            (numbers::section(subject))
        }
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "exact-mdp " (env!("CARGO_PKG_VERSION")) };
                title { (model) " · exact-mdp" }
                style { (PreEscaped(&style)) }
            }
            body {
                (shown_in_order(sections))
                output id="state" hidden {}
                (numbers::documents(subject))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// The name of the model, J and J*, and where to find what.
fn head(subject: &Subject, model: &str) -> Markup {
    let letters = Letters::of(&subject.evaluation);
    let optimum = subject.optimum.as_ref().ok();
    html! {
        header {
            p class="brand" { "exact-mdp report" }
            h1 { (model) }
            @if let Some(description) = &subject.contents.description { p class="lead" { (shown(description)) } }
            dl class="figures" {
                (parts::figure_of("J of the policy", (&subject.evaluation.j, subject.evaluation.j_error), letters.j))
                @if let Some(optimum) = optimum { (parts::figure_of("J* of an optimal policy", (&optimum.j, None), letters.j)) }
                div { dt { "criterion" } dd {
                    (subject.criterion.to_string())
                    @if subject.unrolled { ", with a rule for each time: the states of this page are s@t" }
                } }
            }
            // the script goes there in a frame: in a notebook, `#model` would be a place of the notebook
            nav {
                @for (id, name) in SECTIONS { a href={ "#" (id) } { (name) } }
            }
        }
    }
}

/// The sections by their places.
const SECTIONS: [(&str, &str); 8] = [
    ("model", "Model"),
    ("values", "Values"),
    ("gradient", "Gradient"),
    ("estimators", "Estimators"),
    ("optimum", "Optimum"),
    ("verification", "Theorems"),
    ("conventions", "Conventions"),
    ("numbers", "Numbers"),
];

/// A text's SHA-256 in base 64, as content security policies want it.
fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}
