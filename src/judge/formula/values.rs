//! v, q, A and ρ, and what people make of them.

use super::around::{Around, again};
use super::page::{Groups, Line, Page};
use crate::control::{self, Optimum};
use crate::evaluation::Prepared;
use crate::judge::fit::furthest;
use crate::mdp::Criterion;
use crate::solved::Solved;

/// The most sweeps of an evaluation that is stopped too early; a choice.
const SWEEPS: usize = 5000;

pub(super) fn v(at: &Around) -> Page {
    let own = at.at.v();
    let mut page = Page::of(own.to_vec());
    at.each(&mut page, |other| Some(other.v().to_vec()));
    let (pi, r) = (at.at.policy().probabilities(), at.at.mdp().r());
    let space = at.at.mdp().space();
    let then = at.at.mdp().p().mul(own);
    let gamma = at.gamma();
    page.add("reward-only", at.over_actions(|pair| pi[pair] * r[pair]));
    page.add(
        "return-from-next",
        at.over_actions(|pair| pi[pair] * then[pair]),
    );
    page.add(
        "return-from-next",
        at.over_actions(|pair| gamma * pi[pair] * then[pair]),
    );
    page.add(
        forgotten(at),
        at.over_actions(|pair| pi[pair] * (r[pair] + then[pair])),
    );
    let q = at.at.q();
    page.add(
        "mean-over-actions",
        at.over_actions(|pair| {
            let state = space.state_of(pair);
            q[pair] / space.pairs_of(state).len() as f64
        }),
    );
    let best = |s: usize| {
        space
            .pairs_of(s)
            .map(|pair| q[pair])
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let greedy = |s: usize| if space.is_terminal(s) { 0.0 } else { best(s) };
    page.add(
        "greedy",
        (0..space.states()).map(greedy).collect::<Vec<f64>>(),
    );
    let optimum = optimum(at);
    page.add("greedy", optimum.as_ref().map(|best| best.v.clone()));
    page.add(
        "values-normalised",
        own.iter().map(|v| (1.0 - gamma) * v).collect::<Vec<f64>>(),
    );
    page.add("transposed", across(at, r));
    early(at, &mut page);
    page.lines = ending(at);
    page
}

/// The name of r + pv in the place of q: without γ, or in the average reward, which has none, without the gain.
fn forgotten(at: &Around) -> &'static str {
    match at.at.mdp().criterion() {
        Criterion::Average => "gain-forgotten",
        _ => "gamma-forgotten",
    }
}

/// v* and q*: every maximum in place of the mean, where the model is small and has them.
fn optimum(at: &Around) -> Option<Optimum> {
    // a garnet of 5,000 states with 4 actions is solved in 20 ms (29 November 2026)
    const PAIRS: usize = 20_000;
    let mdp = at.at.mdp();
    let small = mdp.pairs() <= PAIRS && !matches!(mdp.criterion(), Criterion::Average);
    small
        .then(|| control::solve(mdp, &control::ControlOptions::default()).ok())
        .flatten()
}

/// (I − γP)⁻ᵀ r^π.
fn across(at: &Around, r: &[f64]) -> Option<Vec<f64>> {
    let pi = at.at.policy().probabilities();
    let r = at.over_actions(|pair| pi[pair] * r[pair]);
    match at.at.prepared() {
        Prepared::Resolvent(chain) => Some(chain.resolvent().solve_transposed(&r).ok()?.x),
        _ => None,
    }
}

/// v after so many sweeps from 0, those that are near nothing else.
fn early(at: &Around, page: &mut Page) {
    if !matches!(
        at.at.mdp().criterion(),
        Criterion::Discounted { .. } | Criterion::Total
    ) {
        return;
    }
    let (pi, mdp) = (at.at.policy().probabilities(), at.at.mdp());
    let mut v = vec![0.0; mdp.states()];
    let most = (20_000_000 / mdp.p().values().len().max(1)).min(SWEEPS);
    let size = crate::linalg::largest(&page.exact);
    let mut swept = Vec::new();
    for _ in 0..most {
        let then = mdp.p().mul(&v);
        v = at.over_actions(|pair| pi[pair] * (mdp.r()[pair] + at.gamma() * then[pair]));
        if furthest(&v, &page.exact).0 <= 1e-9 * size {
            break;
        }
        swept.push(v.clone());
        if swept.len() * v.len() > 4_000_000 {
            break;
        }
    }
    for (sweeps, v) in swept.into_iter().enumerate() {
        let says = format!("the evaluation stops after {} sweeps from 0", sweeps + 1);
        page.add_as("stopped-early", says, v);
    }
}

/// A value of the terminal states, and a constant everywhere.
fn ending(at: &Around) -> Vec<Line> {
    let mdp = at.at.mdp();
    let mut lines = Vec::new();
    let space = mdp.space();
    let over = |s: usize| f64::from(space.is_terminal(s));
    let terminal: Vec<f64> = (0..space.states()).map(over).collect();
    if terminal.contains(&1.0) {
        let leads = mdp
            .p()
            .mul(&terminal)
            .into_iter()
            .map(|p| at.gamma() * p)
            .collect();
        let worth = mdp.as_ref().clone().with_rewards(leads).ok();
        if let Some(worth) = worth.and_then(|mdp| again(at.at, mdp)) {
            let whole = worth
                .v()
                .iter()
                .zip(&terminal)
                .map(|(v, end)| v + end)
                .collect();
            lines.push(Line {
                name: "end-bootstrapped",
                along: worth.v().to_vec(),
            });
            lines.push(Line {
                name: "end-bootstrapped",
                along: whole,
            });
        }
    }
    let alive = terminal.iter().map(|end| 1.0 - end).collect();
    lines.push(Line {
        name: "constant-shift",
        along: alive,
    });
    lines.push(Line {
        name: "constant-shift",
        along: vec![1.0; space.states()],
    });
    lines
}

pub(super) fn q(at: &Around) -> Page {
    let own = at.at.q();
    let mut page = Page::of(own.to_vec());
    at.each(&mut page, |other| Some(other.q().to_vec()));
    let (r, v, gamma) = (at.at.mdp().r(), at.at.v(), at.gamma());
    let then = at.at.mdp().p().mul(v);
    let each = |f: &dyn Fn(usize) -> f64| (0..own.len()).map(f).collect::<Vec<f64>>();
    page.add("greedy", optimum(at).map(|best| best.q));
    page.add("reward-only", each(&|pair| r[pair]));
    page.add(forgotten(at), each(&|pair| r[pair] + then[pair]));
    page.add("return-from-next", each(&|pair| gamma * then[pair]));
    page.add("return-from-next", each(&|pair| then[pair]));
    page.add("value-for-action-value", at.by_pair(v));
    page.add("advantage-for-q", at.at.advantage().to_vec());
    let here = at.by_pair(v);
    page.add(
        "value-of-present-state",
        each(&|pair| r[pair] + gamma * here[pair]),
    );
    page.add("value-of-present-state", each(&|pair| r[pair] + here[pair]));
    page.add("values-normalised", each(&|pair| (1.0 - gamma) * own[pair]));
    page.lines.push(Line {
        name: "constant-shift",
        along: vec![1.0; own.len()],
    });
    page
}

pub(super) fn advantage(at: &Around) -> Page {
    let own = at.at.advantage();
    let mut page = Page::of(own.to_vec());
    at.each(&mut page, |other| Some(other.advantage().to_vec()));
    let (q, v, r, gamma) = (at.at.q(), at.at.v(), at.at.mdp().r(), at.gamma());
    let space = at.at.mdp().space();
    let pi = at.at.policy().probabilities();
    let then = at.at.mdp().p().mul(v);
    let here = at.by_pair(v);
    let each = |f: &dyn Fn(usize) -> f64| (0..own.len()).map(f).collect::<Vec<f64>>();
    page.add("q-for-advantage", q.to_vec());
    page.add(
        forgotten(at),
        each(&|pair| r[pair] + then[pair] - here[pair]),
    );
    page.add("reward-only", each(&|pair| r[pair]));
    page.add("reward-only", each(&|pair| r[pair] - here[pair]));
    page.add(
        "return-from-next",
        each(&|pair| gamma * then[pair] - here[pair]),
    );
    page.add("baseline-of-next", each(&|pair| q[pair] - then[pair]));
    let count = |pair: usize| space.pairs_of(space.state_of(pair)).len() as f64;
    let mean = at.by_pair(&at.over_actions(|pair| q[pair] / count(pair)));
    page.add("mean-over-actions", each(&|pair| q[pair] - mean[pair]));
    let best = |s: usize| {
        space
            .pairs_of(s)
            .map(|pair| q[pair])
            .fold(f64::NEG_INFINITY, f64::max)
    };
    page.add("greedy", each(&|pair| q[pair] - best(space.state_of(pair))));
    page.add("weighted-by-policy", each(&|pair| pi[pair] * own[pair]));
    page.add("value-of-start", each(&|pair| q[pair] - at.at.j()));
    page
}

pub(super) fn occupancy(at: &Around) -> Page {
    let own = at.at.occupancy();
    let mut page = Page::of(own.to_vec());
    measures(at, &mut page, &|solved| solved.occupancy().to_vec());
    let initial = at.at.mdp().initial();
    page.add(
        "first-step-missing",
        own.iter()
            .zip(initial)
            .map(|(x, rho)| x - rho)
            .collect::<Vec<f64>>(),
    );
    page.add("start-only", initial.to_vec());
    if let Prepared::Resolvent(chain) = at.at.prepared() {
        page.add(
            "transposed",
            chain.resolvent().solve(initial).ok().map(|x| x.x),
        );
    }
    // terminal states hold the mass that has arrived
    let space = at.at.mdp().space();
    page.groups = Some(Groups {
        name: "end-counted",
        of: (0..space.states()).collect(),
        freely: true,
        open: (0..space.states()).map(|s| space.is_terminal(s)).collect(),
    });
    page
}

pub(super) fn pair_occupancy(at: &Around) -> Page {
    let own = at.at.pair_occupancy();
    let mut page = Page::of(own.to_vec());
    measures(at, &mut page, &|solved| solved.pair_occupancy().to_vec());
    let space = at.at.mdp().space();
    let count = |pair: usize| space.pairs_of(space.state_of(pair)).len() as f64;
    let by_state = at.by_pair(at.at.occupancy());
    page.add("policy-forgotten", by_state.clone());
    let alike = by_state.iter().enumerate().map(|(pair, x)| x / count(pair));
    page.add("policy-uniform", alike.collect::<Vec<f64>>());
    page.add("weighted-by-policy", {
        let pi = at.at.policy().probabilities();
        own.iter()
            .zip(pi)
            .map(|(x, pi)| x * pi)
            .collect::<Vec<f64>>()
    });
    page
}

/// Other discounts, starts and norms of a measure.
fn measures(at: &Around, page: &mut Page, of: &dyn Fn(&Solved) -> Vec<f64>) {
    for (name, other) in &at.others {
        let name = match *name {
            "values-undiscounted" => "gamma-dropped",
            "values-twice-discounted" => "gamma-twice",
            name => name,
        };
        page.add(name, of(other));
        let mass: f64 = of(other).iter().sum();
        let normal: Vec<f64> = of(other).iter().map(|x| x / mass).collect();
        let says = format!("{}; it is normalised", crate::judge::mistake::says(name));
        page.add_as(&format!("{name}+occupancy-normalised"), says, normal);
    }
    page.add(
        "initial-uniform",
        at.started_everywhere().map(|other| of(&other)),
    );
    let own = of(at.at);
    let mass: f64 = own.iter().sum();
    let times = |c: f64| own.iter().map(|x| c * x).collect::<Vec<f64>>();
    page.add("occupancy-normalised", times(1.0 / mass));
    page.add("occupancy-normalised", times(1.0 - at.gamma()));
    let steps = at
        .others
        .iter()
        .find(|(name, _)| *name == "values-undiscounted");
    if let Some((_, steps)) = steps {
        let length: f64 = steps.occupancy().iter().sum();
        page.add("per-step-mean", times(1.0 / length));
    }
}
