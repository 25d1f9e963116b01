//! In which coordinates a trajectory's vector is summed, and which products of them.
//!
//! A trajectory contributes X = Σₜ xₜ ψ(Sₜ, Aₜ) with numbers xₜ. It is a linear image X = Lᵀ Y of
//! a shorter-lived vector Y that has few non-zeros, and so are its mean Lᵀ E Y and its covariance
//! Lᵀ Cov(Y) L. There are two choices of Y:
//!
//! - *pairs*: Y(s, a) = Σₜ xₜ 1[(Sₜ, Aₜ) = (s, a)] and L = ψ. A step touches one coordinate. The
//!   variance of a parameter that occurs in the scores of one state alone (tabular
//!   parametrizations) needs only the products Y(s, a) Y(s, b) within that state.
//! - *parameters*: Y = X and L = I; a step touches the parameters of its score. For features,
//!   which are shared between states.

use std::ops::Range;

use crate::linalg::Csr;
use crate::mdp::Space;

/// Which second moments are sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// The variance of each coordinate.
    #[default]
    Variance,
    /// The whole covariance; d² numbers for each estimator.
    Covariance,
}

/// The coordinates of Y, the scores that fill them, and the blocks whose products are summed.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// ψ, shape [SA, d].
    scores: Csr<f64>,
    by_pair: bool,
    /// Coordinates of one block are neighbours; `blocks[i]` is the block of coordinate i.
    block_of: Vec<u32>,
    blocks: Vec<Block>,
    products: usize,
}

#[derive(Clone, Debug)]
struct Block {
    coordinates: Range<usize>,
    /// Where its products stand: (i, j), i ≥ j, at `products + i (i + 1)/2 + j`.
    products: usize,
}

impl Layout {
    /// The cheaper layout for these scores.
    pub fn new(space: &Space, scores: Csr<f64>, spread: Spread) -> Layout {
        let whole = spread == Spread::Covariance;
        let by_state: Vec<Range<usize>> = (0..space.states())
            .map(|s| space.pairs_of(s))
            .filter(|pairs| !pairs.is_empty())
            .collect();
        let products = |sizes: &[Range<usize>]| -> usize {
            sizes.iter().map(|r| r.len() * (r.len() + 1) / 2).sum()
        };
        // States of very many actions have too many products for what they are worth.
        const AFFORDABLE: usize = 32;
        let by_pair = if whole {
            space.pairs() <= scores.columns()
        } else {
            is_local(space, &scores) && products(&by_state) <= AFFORDABLE * (space.pairs() + 1024)
        };
        let coordinates = if by_pair {
            space.pairs()
        } else {
            scores.columns()
        };
        let ranges = match (whole, by_pair) {
            (true, _) => std::iter::once(0..coordinates).collect(),
            (false, true) => by_state,
            (false, false) => (0..coordinates).map(|i| i..i + 1).collect(),
        };
        Layout::from_blocks(scores, by_pair, ranges)
    }

    fn from_blocks(scores: Csr<f64>, by_pair: bool, ranges: Vec<Range<usize>>) -> Layout {
        let mut layout = Layout {
            scores,
            by_pair,
            block_of: Vec::new(),
            blocks: Vec::with_capacity(ranges.len()),
            products: 0,
        };
        for coordinates in ranges {
            let size = coordinates.len();
            let block = layout.blocks.len() as u32;
            layout.block_of.extend(std::iter::repeat_n(block, size));
            layout.blocks.push(Block {
                coordinates,
                products: layout.products,
            });
            layout.products += size * (size + 1) / 2;
        }
        layout
    }

    /// Number of coordinates of Y.
    pub fn coordinates(&self) -> usize {
        self.block_of.len()
    }

    /// Number of products that are summed.
    pub fn products(&self) -> usize {
        self.products
    }

    /// Number of parameters d.
    pub fn parameters(&self) -> usize {
        self.scores.columns()
    }

    /// Lᵀ y, shape [d].
    pub fn image(&self, y: &[f64]) -> Vec<f64> {
        if self.by_pair {
            self.scores.mul_transposed(y)
        } else {
            y.to_vec()
        }
    }

    /// Σₜ xₜ ψ(Sₜ, Aₜ), shape [d], from the pairs and numbers of the steps.
    pub fn weighted_scores(&self, pairs: &[u32], x: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.parameters()];
        for (&pair, x) in pairs.iter().zip(x) {
            for (k, score) in self.scores.row(pair as usize) {
                sum[k] += x * score;
            }
        }
        sum
    }

    /// The sample covariances of Y (divisor n − 1) from Σ Yᵢ Yⱼ and the means.
    pub fn centred(&self, products: &[f64], mean: &[f64], n: f64) -> Vec<f64> {
        let mut covariance = Vec::with_capacity(products.len());
        for block in &self.blocks {
            for i in block.coordinates.clone() {
                for j in block.coordinates.start..=i {
                    let sum = products[covariance.len()];
                    let centred = (sum - n * mean[i] * mean[j]) / (n - 1.0).max(1.0);
                    covariance.push(centred);
                }
            }
        }
        covariance
    }

    /// The variance [d] of X from the covariances of Y (indexed as the products).
    pub fn variance(&self, covariance: &[f64]) -> Vec<f64> {
        let mut variance = vec![0.0; self.parameters()];
        for block in &self.blocks {
            for i in block.coordinates.clone() {
                for j in block.coordinates.start..=i {
                    let twice = if i == j { 1.0 } else { 2.0 };
                    let value = twice * covariance[self.product(i, j)];
                    self.each_common(i, j, |k, weight| variance[k] += weight * value);
                }
            }
        }
        variance
    }

    /// The covariance [d × d], row by row, of X from the covariances of Y; `None` if the products
    /// for it were not summed.
    pub fn covariance(&self, covariance: &[f64]) -> Option<Vec<f64>> {
        if self.blocks.len() > 1 {
            return None;
        }
        let d = self.parameters();
        let n = self.coordinates();
        let row = |i: usize| -> Vec<f64> {
            let entry = |j| covariance[self.product(i.max(j), i.min(j))];
            self.image(&(0..n).map(entry).collect::<Vec<f64>>())
        };
        let half: Vec<Vec<f64>> = (0..n).map(row).collect(); // Cov(Y) L, [n, d]
        let mut whole = vec![0.0; d * d];
        for k in 0..d {
            let column: Vec<f64> = half.iter().map(|row| row[k]).collect();
            for (l, value) in self.image(&column).into_iter().enumerate() {
                whole[l * d + k] = value;
            }
        }
        Some(whole)
    }

    fn product(&self, i: usize, j: usize) -> usize {
        let block = &self.blocks[self.block_of[i] as usize];
        let (i, j) = (i - block.coordinates.start, j - block.coordinates.start);
        block.products + i * (i + 1) / 2 + j
    }

    /// The parameters k in the rows i and j of L, with L(i, k) L(j, k).
    fn each_common(&self, i: usize, j: usize, mut f: impl FnMut(usize, f64)) {
        if !self.by_pair {
            if i == j {
                f(i, 1.0);
            }
            return;
        }
        let mut right = self.scores.row(j).peekable();
        for (k, x) in self.scores.row(i) {
            while right.next_if(|(l, _)| *l < k).is_some() {}
            if let Some((_, y)) = right.next_if(|(l, _)| *l == k) {
                f(k, x * y);
            }
        }
    }
}

/// Whether every parameter occurs in the scores of one state only.
fn is_local(space: &Space, scores: &Csr<f64>) -> bool {
    let mut owner = vec![None; scores.columns()];
    (0..space.pairs()).all(|pair| {
        let state = space.state_of(pair);
        scores
            .row(pair)
            .all(|(k, _)| *owner[k].get_or_insert(state) == state)
    })
}

/// What a step adds to a coordinate: `coefficient` times the step's number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub step: u32,
    pub slot: u32,
    pub coefficient: f64,
}

/// Two touched coordinates of one block, i ≥ j, and where their product is summed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Couple {
    pub product: u32,
    pub i: u32,
    pub j: u32,
}

/// Which coordinates a trajectory touches: worked out once for all estimators.
#[derive(Clone, Debug)]
pub(super) struct Touched {
    epoch: u32,
    /// Of a coordinate: the epoch that touched it last, and its slot then.
    marks: Vec<(u32, u32)>,
    /// Of a block: the epoch that touched it last, and the latest slot in it then.
    latest: Vec<(u32, u32)>,
    /// Of a slot: the one touched before it in the same block, or itself.
    before: Vec<u32>,
    pub entries: Vec<Entry>,
    /// The touched coordinates, slot by slot.
    pub slots: Vec<u32>,
    pub couples: Vec<Couple>,
}

impl Touched {
    pub fn new(layout: &Layout) -> Touched {
        Touched {
            epoch: 0,
            marks: vec![(0, 0); layout.coordinates()],
            latest: vec![(0, 0); layout.blocks.len()],
            before: Vec::new(),
            entries: Vec::new(),
            slots: Vec::new(),
            couples: Vec::new(),
        }
    }

    /// Works out what a trajectory with these pairs touches.
    #[inline]
    pub fn trace(&mut self, layout: &Layout, pairs: &[u32]) {
        self.epoch += 1; // a block has fewer trajectories than epochs
        self.before.clear();
        self.entries.clear();
        self.slots.clear();
        self.couples.clear();
        for (step, &pair) in pairs.iter().enumerate() {
            let step = step as u32;
            if layout.by_pair {
                let slot = self.slot(layout, pair as usize);
                self.entries.push(Entry {
                    step,
                    slot,
                    coefficient: 1.0,
                });
                continue;
            }
            for (k, &coefficient) in layout.scores.row(pair as usize) {
                let slot = self.slot(layout, k);
                self.entries.push(Entry {
                    step,
                    slot,
                    coefficient,
                });
            }
        }
    }

    #[inline(always)]
    fn slot(&mut self, layout: &Layout, coordinate: usize) -> u32 {
        let (epoch, slot) = self.marks[coordinate];
        if epoch == self.epoch {
            return slot;
        }
        let slot = self.slots.len() as u32;
        self.marks[coordinate] = (self.epoch, slot);
        self.slots.push(coordinate as u32);
        self.couple(layout, coordinate, slot);
        slot
    }

    /// Lists the products of a new slot with itself and with the earlier ones of its block.
    #[inline(always)]
    fn couple(&mut self, layout: &Layout, coordinate: usize, slot: u32) {
        let block = layout.block_of[coordinate] as usize;
        let (epoch, latest) = self.latest[block];
        self.latest[block] = (self.epoch, slot);
        self.before
            .push(if epoch == self.epoch { latest } else { slot });
        let mut other = slot;
        loop {
            let with = self.slots[other as usize] as usize;
            let product = layout.product(coordinate.max(with), coordinate.min(with));
            self.couples.push(Couple {
                product: product as u32,
                i: slot,
                j: other,
            });
            let before = self.before[other as usize];
            if before == other {
                break;
            }
            other = before;
        }
    }
}
