//! The states in the order in which news of the ends of episodes can reach them: by the number of steps that
//! lie between, where there are many.
//!
//! An end counts where it is worth more than going on without one for ever can be: a hole is none, or levels
//! around every hole would hide the way to the goal. Levels stand in blocks of whole ones; a state reads from
//! the block before its own, its own and later ones, and from no others but those of ends that do not count.

use super::kernel::BellmanKernel;
use crate::chain::graph::Graph;
use crate::mdp::Mdp;

/// The least number of levels, four windows of [`super::front`]: in fewer, all states are close to an end. A choice.
const LEAST: u32 = 128;
/// States after which the next level begins a block; a choice.
const BLOCK: usize = 128;
/// Levels after which the next one does, a quarter of a window; a choice.
const THICK: u32 = 8;
/// Steps that a look ahead takes.
const AHEAD: usize = 16;
/// The part of all states that they may reach where the model has an extent: 545 cells of a grid.
const REACHED: usize = 16;

/// The alive states by level, in blocks.
pub struct Levels {
    order: Vec<u32>,
    /// Block b holds `order[start[b]..start[b + 1]]`.
    start: Vec<usize>,
    /// The level of the first state of each block.
    level: Vec<u32>,
    /// The blocks that read from b are `readers[first[b]..first[b + 1]]`, itself left out.
    first: Vec<usize>,
    readers: Vec<u32>,
}

impl Levels {
    /// `None` where no end counts, some state reaches none or there are few levels. What has no extent is
    /// found out by a look at a part of the states.
    pub fn new(mdp: &Mdp, kernel: &BellmanKernel<'_>) -> Option<Levels> {
        if !has_extent(mdp, kernel) {
            return None;
        }
        let firsts = worthwhile(mdp, kernel);
        if firsts.is_empty() {
            return None;
        }
        let backward = Graph::unsorted(mdp, |_| true).reversed();
        let (order, of) = outward(mdp, &backward, firsts);
        let deepest = order.last().map_or(0, |&state| of[state as usize]);
        let space = mdp.space();
        let is_all = order.len() == space.alive_before(space.states());
        (is_all && deepest >= LEAST).then(|| Levels::in_blocks(mdp, order, &of))
    }

    fn in_blocks(mdp: &Mdp, order: Vec<u32>, of: &[u32]) -> Levels {
        let (mut start, mut level) = (vec![0], vec![1]);
        let mut last = 1;
        for (i, &state) in order.iter().enumerate() {
            let own = of[state as usize];
            let (from, first) = (start[start.len() - 1], level[level.len() - 1]);
            if own != last && (i - from >= BLOCK || own - first >= THICK) {
                start.push(i);
                level.push(own);
            }
            last = own;
        }
        start.push(order.len());
        let mut levels = Levels {
            order,
            start,
            level,
            first: Vec::new(),
            readers: Vec::new(),
        };
        levels.link(mdp);
        levels
    }

    /// Finds out which blocks read from which.
    fn link(&mut self, mdp: &Mdp) {
        let mut block = vec![NONE; mdp.states()];
        for b in 0..self.blocks() {
            for &state in self.states(b) {
                block[state as usize] = b as u32;
            }
        }
        // the block that last read from each
        let mut seen = vec![NONE; self.blocks()];
        let mut links: Vec<(u32, u32)> = Vec::new();
        for b in 0..self.blocks() {
            for &state in self.states(b) {
                for pair in mdp.space().pairs_of(state as usize) {
                    for (next, _) in mdp.p().row(pair) {
                        let from = block[next];
                        // terminal states are in no block
                        if from == NONE || from == b as u32 {
                            continue;
                        }
                        if std::mem::replace(&mut seen[from as usize], b as u32) != b as u32 {
                            links.push((from, b as u32));
                        }
                    }
                }
            }
        }
        links.sort_unstable();
        self.first = vec![0; self.blocks() + 1];
        for &(from, _) in &links {
            self.first[from as usize + 1] += 1;
        }
        for b in 0..self.blocks() {
            self.first[b + 1] += self.first[b];
        }
        self.readers = links.into_iter().map(|(_, reader)| reader).collect();
    }

    /// Number of blocks.
    pub fn blocks(&self) -> usize {
        self.level.len()
    }

    /// The states of a block, in their order.
    pub fn states(&self, block: usize) -> &[u32] {
        &self.order[self.start[block]..self.start[block + 1]]
    }

    /// How many states stand before a block.
    pub fn before(&self, block: usize) -> usize {
        self.start[block]
    }

    /// The level of the first state of a block, counted from 1.
    pub fn level(&self, block: usize) -> u32 {
        self.level[block]
    }

    /// The other blocks that read values of a block.
    pub fn readers(&self, block: usize) -> impl Iterator<Item = usize> + '_ {
        let range = self.first[block]..self.first[block + 1];
        self.readers[range].iter().map(|&reader| reader as usize)
    }
}

/// The level of a state that has none yet, and the block of one that is in none.
const NONE: u32 = u32::MAX;

/// Whether a few steps from here or there lead to few of the states only, as in space and otherwise than in a
/// random graph.
fn has_extent(mdp: &Mdp, kernel: &BellmanKernel<'_>) -> bool {
    let states = mdp.states();
    let most = states / REACHED;
    let mut seen = vec![NONE; states];
    [1, 2, 3].into_iter().all(|quarter| {
        let from = quarter * states / 4;
        let mut reached = vec![from as u32];
        seen[from] = quarter as u32;
        let mut at = 0;
        for _ in 0..AHEAD {
            let end = reached.len();
            while at < end {
                for pair in mdp.space().pairs_of(reached[at] as usize) {
                    for &next in kernel.row(pair).0 {
                        let seen = &mut seen[next as usize];
                        if std::mem::replace(seen, quarter as u32) != quarter as u32 {
                            reached.push(next);
                        }
                    }
                }
                if reached.len() > most {
                    return false;
                }
                at += 1;
            }
        }
        true
    })
}

/// The states in which some action ends episodes for more than can be had without an end.
fn worthwhile(mdp: &Mdp, kernel: &BellmanKernel<'_>) -> Vec<u32> {
    let space = mdp.space();
    let ends = |pair: usize| {
        let next = kernel.row(pair).0;
        next.iter().any(|&next| space.is_terminal(next as usize))
    };
    let lasting = (0..space.pairs()).filter(|&pair| !ends(pair));
    let best = lasting
        .map(|pair| kernel.reward(pair))
        .fold(f64::NEG_INFINITY, f64::max);
    let waiting = best / (1.0 - kernel.discount());
    let pays = |pair: usize| {
        let (columns, values) = kernel.row(pair);
        let stays = columns
            .iter()
            .zip(values)
            .filter(|(next, _)| !space.is_terminal(**next as usize));
        let stays: f64 = stays.map(|(_, p)| p).sum();
        // where nothing lasts the product of 0 and −∞ is no number, and every end counts
        let later = if stays > 0.0 { stays * waiting } else { 0.0 };
        kernel.reward(pair) + kernel.discount() * later > waiting
    };
    let counts = |&state: &usize| {
        let mut pairs = space.pairs_of(state);
        pairs.any(|pair| ends(pair) && pays(pair))
    };
    let states = (0..space.states()).filter(counts);
    states.map(|state| state as u32).collect()
}

/// States by the number of steps from the first ones, then those that only other ends are left to, and the level
/// of each \[S\].
fn outward(mdp: &Mdp, backward: &Graph, firsts: Vec<u32>) -> (Vec<u32>, Vec<u32>) {
    let space = mdp.space();
    let mut of = vec![NONE; space.states()];
    firsts.iter().for_each(|&state| of[state as usize] = 1);
    let mut order = firsts;
    let mut at = 0;
    let spread = |order: &mut Vec<u32>, of: &mut [u32], at: &mut usize| {
        while let Some(&state) = order.get(*at) {
            *at += 1;
            let level = of[state as usize] + 1;
            for before in backward.successors(state as usize) {
                if of[before] == NONE {
                    of[before] = level;
                    order.push(before as u32);
                }
            }
        }
    };
    spread(&mut order, &mut of, &mut at);
    let next = order.last().map_or(1, |&state| of[state as usize] + 1);
    for end in (0..space.states()).filter(|&state| space.is_terminal(state)) {
        for before in backward.successors(end) {
            if of[before] == NONE {
                of[before] = next;
                order.push(before as u32);
            }
        }
    }
    spread(&mut order, &mut of, &mut at);
    (order, of)
}
