//! What the letters mean: formulas and conventions.

use exact_mdp::reference::conventions;
use maud::{Markup, PreEscaped, html};

use super::{Subject, parts};

/// The formulas of each criterion, in MathML.
const RESOLVENT: &str = include_str!("formulas/resolvent.html");
const HORIZON: &str = include_str!("formulas/horizon.html");
const AVERAGE: &str = include_str!("formulas/average.html");

/// The section.
pub fn section(subject: &Subject) -> Markup {
    let criterion = subject.contents.head.criterion.kind;
    let formulas = match criterion {
        "average" => AVERAGE,
        "finite-horizon" => HORIZON,
        _ => RESOLVENT,
    };
    // no sampled trajectories stand in a page
    let conventions = conventions(criterion).filter(|(name, _)| *name != "fixtures");
    let body = html! {
        div class="formulas" { (PreEscaped(formulas)) }
        dl class="conventions" {
            @for (name, words) in conventions { div { dt { (name) } dd { (words) } } }
        }
    };
    parts::section("conventions", "What the letters mean", body)
}
