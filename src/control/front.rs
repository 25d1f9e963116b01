//! Values from the ends of episodes outward: improving sweeps of a window of levels that moves on.
//!
//! Sweeps of all states spend most of their time where news have not come yet or where all is settled. Here a
//! window of [`Levels`] is swept, by v ← T*v in place with own loops solved for, until its innermost block
//! stands still; then it moves on, and comes back where a block changes that an inner one reads. Values start
//! from the least that there can be, so that nothing draws outward that is not known yet, and the policy is
//! found on the way: a state is swept some thirty times, however many there are, where one step in nine leads
//! back. What changes inside of the window after it has passed tells that it is too narrow.
//!
//! Nothing here has to be exact; what comes of it is swept and certified like any start ([`super::modified`]).

use super::kernel::BellmanKernel;
use super::levels::Levels;
use super::rule::DecisionRule;
use crate::field::UNIT;
use crate::mdp::{Criterion, Mdp};

/// Fewer states are not worth the order; a choice.
const FEW: usize = 2_000;
/// Levels of the first window: what crosses so many against the flow, one step in nine, is 10⁻³⁰. A choice.
const WINDOW: u32 = 32;
/// Sweeps of a window that does not move before it is widened by a quarter; a choice.
const PATIENCE: usize = 64;
/// Levels of a window that is not widened any more: then sweeps are no way to go on. A choice.
const WIDEST: u32 = 128;
/// Sweeps of all states that the window has come to, after which the same is true: where policies wait, as beside holes
/// that cost much, it takes hundreds. Grids take up to 104; a choice.
const SWEEPS: usize = 120;

/// Values and a rule to start from; `None` where nothing spreads from ends, and where the window did not come to
/// all states. γ < 1.
pub fn values(
    mdp: &Mdp,
    kernel: &BellmanKernel<'_>,
    tolerance: f64,
) -> Option<(Vec<f64>, DecisionRule)> {
    let is_open = kernel.terminates() && !kernel.is_certain() && mdp.states() > FEW;
    if !is_open || *mdp.criterion() == Criterion::Total {
        return None;
    }
    let rest = 1.0 - kernel.discount();
    let (least, most) = mdp.r().iter().fold((0.0, 0.0), |(least, most), &r| {
        (f64::min(least, r), f64::max(most, r))
    });
    if !((most - least) / rest).is_finite() {
        return None;
    }
    let levels = Levels::new(mdp, kernel)?;
    let mut front = Front::new(mdp, kernel, &levels, least / rest, 0.2 * tolerance * rest);
    (front.run() && front.v.iter().all(|v| v.is_finite())).then_some((front.v, front.rule))
}

/// Where the window stands and what is known.
struct Front<'a> {
    mdp: &'a Mdp,
    kernel: &'a BellmanKernel<'a>,
    levels: &'a Levels,
    v: Vec<f64>,
    rule: DecisionRule,
    /// Changes up to this are none.
    enough: f64,
    /// The innermost block of the window, and how many levels it has.
    inner: usize,
    window: u32,
    /// Blocks whose values, or what they read, have changed since they were last swept.
    open: Vec<bool>,
    /// The largest |v| of all blocks before each that the window has left behind.
    size: Vec<f64>,
}

impl<'a> Front<'a> {
    fn new(
        mdp: &'a Mdp,
        kernel: &'a BellmanKernel<'a>,
        levels: &'a Levels,
        least: f64,
        enough: f64,
    ) -> Front<'a> {
        let space = mdp.space();
        let mut rule = DecisionRule::empty(space.states());
        let mut v = vec![0.0; space.states()];
        for (state, v) in v.iter_mut().enumerate() {
            if let Some(first) = space.pairs_of(state).next() {
                rule.set(state, first);
                *v = least;
            }
        }
        Front {
            mdp,
            kernel,
            levels,
            v,
            rule,
            enough,
            inner: 0,
            window: WINDOW,
            open: vec![true; levels.blocks()],
            size: vec![0.0; levels.blocks() + 1],
        }
    }

    /// Moves the window through all levels, or as far as sweeps bring it; whether it came to all states.
    fn run(&mut self) -> bool {
        let blocks = self.levels.blocks();
        let (mut swept, mut reached) = (0, 0);
        let (mut furthest, mut idle) = (0, 0);
        while self.inner < blocks {
            let end = self.levels.level(self.inner).saturating_add(self.window);
            let inner = self.inner;
            let mut block = inner;
            while block < blocks && self.levels.level(block) < end {
                if self.open[block] {
                    swept += self.levels.states(block).len();
                    self.sweep(block);
                }
                block += 1;
            }
            reached = usize::max(reached, self.levels.before(block));
            let comes_back = self.inner < inner;
            self.pass();
            idle += 1;
            if self.inner > furthest {
                (furthest, idle) = (self.inner, 0);
            }
            if comes_back || idle > PATIENCE {
                self.window = self.window.saturating_add(self.window / 4);
                idle = 0;
            }
            if swept / SWEEPS > reached || self.window > WIDEST {
                break;
            }
        }
        reached == self.levels.before(blocks)
    }

    /// One improving sweep of a block; opens what reads from it if it changed.
    fn sweep(&mut self, block: usize) {
        let (mut changed, mut size) = (0.0, self.size[self.inner]);
        for &state in self.levels.states(block) {
            let state = state as usize;
            let (pair, best) = self.best(state);
            changed = f64::max(changed, (best - self.v[state]).abs());
            size = f64::max(size, best.abs());
            self.v[state] = best;
            self.rule.set(state, pair);
        }
        self.open[block] = changed > f64::max(self.enough, 4.0 * UNIT * size);
        if self.open[block] {
            for reader in self.levels.readers(block) {
                self.open[reader] = true;
                self.inner = usize::min(self.inner, reader);
            }
        }
    }

    /// Leaves what stands still behind.
    fn pass(&mut self) {
        while self.open.get(self.inner) == Some(&false) {
            let own = self.levels.states(self.inner).iter();
            let own = own.map(|&state| self.v[state as usize].abs());
            self.size[self.inner + 1] = own.fold(self.size[self.inner], f64::max);
            self.inner += 1;
        }
    }

    /// The best pair of a state, the one taken if that is as good, and what it is worth.
    fn best(&self, state: usize) -> (usize, f64) {
        let pairs = self.mdp.space().pairs_of(state);
        let taken = self.rule.pair(state);
        let mut best = (pairs.start, f64::NEG_INFINITY);
        for pair in pairs {
            let value = self.worth(state, pair);
            if value > best.1 || (value == best.1 && taken == Some(pair)) {
                best = (pair, value);
            }
        }
        best
    }

    /// What a pair is worth if it is taken until it leads elsewhere:
    ///
    /// ```text
    /// (r + γ Σ_{s' ≠ s} p(s'|s, a) v(s')) / (1 − γ p(s|s, a))
    /// ```
    fn worth(&self, state: usize, pair: usize) -> f64 {
        let (columns, values) = self.kernel.row(pair);
        let (mut own, mut others) = (0.0, 0.0);
        for (&next, p) in columns.iter().zip(values) {
            if next as usize == state {
                own += p;
            } else {
                others += p * self.v[next as usize];
            }
        }
        let gamma = self.kernel.discount();
        let q = self.kernel.reward(pair) + gamma * others;
        if own == 0.0 {
            return q;
        }
        let left = 1.0 - gamma * own;
        // a row that sums to more than 1 may not leave at all
        if left > 0.0 {
            q / left
        } else {
            q + gamma * own * self.v[state]
        }
    }
}
