//! A model as the lanes read it: alive states in the order of the plan, transitions and exits by pair,
//! and what each entry of the bordered matrix is a sum of.
//!
//! ```text
//! row 0:     ρ₀                 width n + 2
//! row i + 1: Bᵢ₀ … Bᵢₙ₋₁ eᵢ rᵢ  of the state at place i
//! ```

use std::ops::Range;

use super::plan::{LARGEST, Plan};
use crate::mdp::{Criterion, Mdp};

/// The pairs of a model over its n states that are not terminal.
pub(super) struct Layout {
    /// n.
    pub alive: usize,
    /// The model's number of the state at each place \[n\].
    pub state: Vec<usize>,
    /// S.
    pub states: usize,
    /// The pairs of the state at each place \[n\].
    pub own: Vec<Range<usize>>,
    /// The transitions of pair i are `start[i]..start[i + 1]` in the next two.
    pub start: Vec<usize>,
    /// The place of s' of each.
    pub next: Vec<u32>,
    /// γ p(s'|s, a) of each.
    pub weight: Vec<f64>,
    /// 1 − γ Σ p(s'|s, a) over alive s' of each pair: what leaves, without cancellation.
    pub exit: Vec<f64>,
    /// r(s, a).
    pub r: Vec<f64>,
    /// ρ₀ by place \[n\].
    pub initial: Vec<f64>,
    /// n + 2, the width of the bordered matrix.
    pub width: usize,
    /// Its entries that are ever filled, in rows from 1 on.
    pub entries: Lists<(u32, f64)>,
    /// Where each of them stands.
    pub slots: Vec<u32>,
    /// The entries of row 0 that are ever filled, and ρ₀ there.
    pub begin: Vec<(u32, f64)>,
    /// The rows that each place adds to when it is eliminated.
    pub into: Lists<u32>,
    /// The columns in which it adds, the last two always e and r.
    pub out: Lists<u32>,
}

/// Lists, one after the other.
pub(super) struct Lists<T> {
    start: Vec<u32>,
    items: Vec<T>,
}

impl<T> Lists<T> {
    fn new(lists: impl IntoIterator<Item = Vec<T>>) -> Lists<T> {
        let (mut start, mut items) = (vec![0], Vec::new());
        for list in lists {
            items.extend(list);
            start.push(items.len() as u32);
        }
        Lists { start, items }
    }

    /// The k-th of them.
    #[inline(always)]
    pub fn of(&self, k: usize) -> &[T] {
        &self.items[self.start[k] as usize..self.start[k + 1] as usize]
    }
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
        let natural: Vec<usize> = (0..mdp.states())
            .filter(|&s| !space.is_terminal(s))
            .collect();
        let plan = Plan::new(alive, edges(mdp, &natural), &starts(mdp, &natural));
        let state: Vec<usize> = plan.order.iter().map(|&i| natural[i]).collect();
        let mut layout = Layout {
            alive,
            states: mdp.states(),
            own: state.iter().map(|&s| space.pairs_of(s)).collect(),
            start: vec![0],
            next: Vec::new(),
            weight: Vec::new(),
            exit: Vec::new(),
            r: mdp.r().to_vec(),
            initial: state.iter().map(|&s| mdp.initial()[s]).collect(),
            state,
            width: alive + 2,
            entries: Lists::new([]),
            slots: Vec::new(),
            begin: Vec::new(),
            into: Lists::new([]),
            out: Lists::new([]),
        };
        layout.read(mdp);
        if layout.exit.iter().any(|exit| *exit < 0.0) {
            return None;
        }
        layout.border(&plan);
        Some(layout)
    }

    /// Transitions and exits.
    fn read(&mut self, mdp: &Mdp) {
        let (space, gamma) = (mdp.space(), mdp.discount());
        let mut place = vec![0; self.states];
        self.state
            .iter()
            .enumerate()
            .for_each(|(k, &s)| place[s] = k as u32);
        for pair in 0..mdp.pairs() {
            let mut ends = 0.0;
            for (s, p) in mdp.p().row(pair) {
                if space.is_terminal(s) {
                    ends += gamma * p;
                } else {
                    self.next.push(place[s]);
                    self.weight.push(gamma * p);
                }
            }
            let lacking = mdp
                .deficits()
                .map_or(0.0, |deficits| gamma * deficits[pair]);
            self.start.push(self.next.len());
            self.exit.push(mdp.discount_complement() + lacking + ends);
        }
    }

    /// What each entry of the bordered matrix is made of, and what the elimination touches.
    fn border(&mut self, plan: &Plan) {
        let (n, width) = (self.alive, self.width);
        let mut made = Vec::new();
        for i in 0..n {
            let mut row = vec![Vec::new(); width];
            for pair in self.own[i].clone() {
                for at in self.start[pair]..self.start[pair + 1] {
                    row[self.next[at] as usize].push((pair as u32, self.weight[at]));
                }
                row[n].push((pair as u32, self.exit[pair]));
                row[n + 1].push((pair as u32, self.r[pair]));
            }
            row[i].clear(); // a state that stays leaves its value to e
            for (column, terms) in row.into_iter().enumerate() {
                if column >= n || is_filled(plan, i, column) {
                    self.slots.push(((i + 1) * width + column) as u32);
                    made.push(terms);
                }
            }
        }
        self.entries = Lists::new(made);
        let begun = (0..n)
            .filter(|&k| plan.begun[k])
            .map(|k| (k as u32, self.initial[k]));
        self.begin = begun
            .chain([(n as u32, 0.0), (n as u32 + 1, 0.0)])
            .collect();
        self.into = Lists::new((0..n).map(|k| {
            let first = plan.begun[k].then_some(0);
            first
                .into_iter()
                .chain(plan.into[k].iter().map(|i| i + 1))
                .collect()
        }));
        let last = [n as u32, n as u32 + 1];
        self.out = Lists::new(
            plan.out
                .iter()
                .map(|out| out.iter().copied().chain(last).collect()),
        );
    }
}

/// Whether an entry of B is filled when one of its two places is eliminated; the diagonal is not read,
/// but written.
fn is_filled(plan: &Plan, i: usize, j: usize) -> bool {
    let has =
        |lists: &[Vec<u32>], of: usize, x: usize| lists[of].binary_search(&(x as u32)).is_ok();
    i == j
        || if i > j {
            has(&plan.out, i, j)
        } else {
            has(&plan.into, j, i)
        }
}

/// The transitions among alive states, by their numbers among these.
fn edges<'a>(mdp: &'a Mdp, natural: &'a [usize]) -> impl Iterator<Item = (usize, usize)> + 'a {
    let space = mdp.space();
    natural.iter().enumerate().flat_map(move |(i, &s)| {
        let rows = space.pairs_of(s).flat_map(|pair| mdp.p().row(pair));
        let alive = rows.filter(|(to, _)| !space.is_terminal(*to));
        alive.map(move |(to, _)| (i, space.alive_before(to)))
    })
}

/// The alive states in which ρ₀ starts.
fn starts(mdp: &Mdp, natural: &[usize]) -> Vec<usize> {
    (0..natural.len())
        .filter(|&i| mdp.initial()[natural[i]] > 0.0)
        .collect()
}

/// Whether chains are solved by the elimination: a discount, or the total reward.
fn has_resolvent(mdp: &Mdp) -> bool {
    matches!(
        mdp.criterion(),
        Criterion::Discounted { .. } | Criterion::Total
    )
}
