//! A model as the lanes read it: alive states renumbered, transitions and exits by pair.

use super::{LARGEST, has_resolvent};
use crate::mdp::Mdp;

/// The pairs of a model over its n states that are not terminal.
pub(super) struct Layout {
    /// n.
    pub alive: usize,
    /// The model's number of each alive state \[n\].
    pub state: Vec<usize>,
    /// S.
    pub states: usize,
    /// The pairs of alive state i are `pairs[i]..pairs[i + 1]`.
    pub pairs: Vec<usize>,
    /// The transitions of pair i are `start[i]..start[i + 1]` in the next two.
    pub start: Vec<usize>,
    /// s' of each, an alive state.
    pub next: Vec<u32>,
    /// γ p(s'|s, a) of each.
    pub weight: Vec<f64>,
    /// 1 − γ Σ p(s'|s, a) over alive s' of each pair: what leaves, without cancellation.
    pub exit: Vec<f64>,
    /// r(s, a).
    pub r: Vec<f64>,
    /// ρ₀ of the alive states \[n\].
    pub initial: Vec<f64>,
}

impl Layout {
    /// `None` where the elimination does not serve: another criterion, too many states, or rows
    /// that sum to more than 1.
    pub fn new(mdp: &Mdp) -> Option<Layout> {
        let space = mdp.space();
        let alive = space.alive_before(mdp.states());
        if !has_resolvent(mdp) || alive == 0 || alive > LARGEST {
            return None;
        }
        let gamma = mdp.discount();
        let state: Vec<usize> = (0..mdp.states())
            .filter(|&s| !space.is_terminal(s))
            .collect();
        let mut layout = Layout {
            alive,
            states: mdp.states(),
            pairs: vec![0],
            start: vec![0],
            next: Vec::new(),
            weight: Vec::new(),
            exit: Vec::new(),
            r: mdp.r().to_vec(),
            initial: state.iter().map(|&s| mdp.initial()[s]).collect(),
            state,
        };
        layout
            .pairs
            .extend(layout.state.iter().map(|&s| space.pairs_of(s).end));
        for pair in 0..mdp.pairs() {
            let mut ends = 0.0;
            for (s, p) in mdp.p().row(pair) {
                if space.is_terminal(s) {
                    ends += gamma * p;
                } else {
                    layout.next.push(space.alive_before(s) as u32);
                    layout.weight.push(gamma * p);
                }
            }
            let lacking = mdp
                .deficits()
                .map_or(0.0, |deficits| gamma * deficits[pair]);
            layout.start.push(layout.next.len());
            layout.exit.push(mdp.discount_complement() + lacking + ends);
        }
        layout
            .exit
            .iter()
            .all(|exit| *exit >= 0.0)
            .then_some(layout)
    }
}
