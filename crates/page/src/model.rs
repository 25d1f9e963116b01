//! The model: how much there is of what, the classes of the chain, where episodes start.

use exact_mdp::report::{Contents, Quantity, Sizes};
use maud::{Markup, html};

use super::{Chain, Subject, parts};
use exact_mdp_pictures::graph::Graph;
use exact_mdp_pictures::letters::Letters;
use exact_mdp_pictures::numerals::{self, grouped};
use exact_mdp_pictures::scale::Scale;
use exact_mdp_pictures::states::States;
use exact_mdp_pictures::{WIDTH, clipped, shown};

/// The section.
pub fn section(subject: &Subject) -> Markup {
    let initial: Vec<Quantity> = subject.scene.initial.iter().map(|x| (*x).into()).collect();
    let starts = States {
        scene: &subject.scene,
        letter: "ρ₀(s)",
        source: "initial",
        values: &initial,
        scale: Scale::of_visits(subject.scene.initial.iter().copied()),
        policy: None,
    };
    let body = html! {
        (facts(&subject.contents))
        (parts::figures(html! {
            @if let Some(chain) = &subject.chain { (graph(subject, chain)) }
            (parts::figure(&starts.draw(), "Where episodes start", "ρ₀, the probability of every state at t = 0"))
        }))
    };
    parts::section("model", "The model", body)
}

fn facts(contents: &Contents) -> Markup {
    let Sizes {
        states,
        terminal,
        actions,
        pairs,
        transitions,
        parameters,
    } = contents.sizes;
    let sizes = [
        ("states", states),
        ("of them terminal", terminal),
        ("actions", actions),
        ("state-action pairs", pairs),
        ("transitions", transitions),
        ("parameters of the policy", parameters),
    ];
    html! {
        dl class="facts" {
            @for (name, count) in sizes { div { dt { (name) } dd class="n" { (grouped(count as u64)) } } }
            @if let Some(reward) = &contents.head.reward { div { dt { "reward" } dd { (shown(reward)) } } }
            div { dt { "policy" } dd { (shown(contents.head.policy.parametrization)) } }
            div { dt { "chain" } dd { (structure(contents)) } }
        }
        @if let Some(done) = &contents.head.normalized { p { "Normalised: " (done.to_string()) } }
    }
}

/// The classes in words.
fn structure(contents: &Contents) -> String {
    let structure = &contents.structure;
    let classes = structure.recurrent_classes.len();
    let periodic = structure
        .recurrent_classes
        .iter()
        .filter(|class| class.period > 1);
    let period = match periodic.count() {
        0 => String::new(),
        some => format!(", {some} periodic"),
    };
    let classes = if classes == 1 {
        "1 recurrent class".into()
    } else {
        format!("{classes} recurrent classes")
    };
    let unreachable = match (
        structure.unreachable.len(),
        structure.unreachable.names().next(),
    ) {
        (1, Some(one)) => format!(", {} never reached", clipped(&one, 20)),
        (0, _) => String::new(),
        (more, _) => format!(", {} never reached", numerals::count(more, "state")),
    };
    format!(
        "{}: {classes}{period}, {} transient{unreachable}",
        structure.kind,
        structure.transient.len()
    )
}

/// The transitions under the policy, colored by the values.
fn graph(subject: &Subject, chain: &Chain) -> Markup {
    let letters = Letters::of(&subject.evaluation);
    let values = &subject.evaluation.v;
    let graph = Graph {
        states: States {
            scene: &subject.scene,
            letter: letters.v,
            source: "evaluate/v",
            values,
            scale: Scale::of_signed(
                values.iter().filter_map(Quantity::value),
                subject.evaluation.value_error,
            ),
            policy: None,
        },
        edges: chain.edges.clone(),
        recurrent: chain.recurrent.clone(),
        classes: None,
    };
    let note = "under the policy, lines as wide as probable; squares end, a second ring stands around states that recur, a triangle points at a start";
    let picture = graph.draw();
    if picture.size.0 <= WIDTH {
        return parts::figures(parts::figure(&picture, "Transitions", note));
    }
    parts::wide(&picture, "Transitions", note)
}
