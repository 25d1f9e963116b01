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
    /// The block of each coordinate.
    block_of: Vec<u32>,
    /// Products of two coordinates are numbered block by block and in a block as (1,0), (2,0),
    /// (2,1), (3,0), …; this is where those of a coordinate i with smaller ones end, so that
    /// (i, j) is `ends[i] − (i − j)`.
    ends: Vec<u32>,
    /// The coordinates of each block, neighbours all.
    blocks: Vec<Range<usize>>,
    products: usize,
}

/// The covariances of Y: of each coordinate with itself and with others of its block.
pub(super) struct Centered {
    squares: Vec<f64>,
    products: Vec<f64>,
}

impl Layout {
    /// The cheaper layout for these scores; by parameters where these are asked for one by one.
    pub fn new(space: &Space, scores: Csr<f64>, spread: Spread, one_by_one: bool) -> Layout {
        let whole = spread == Spread::Covariance;
        let by_state: Vec<Range<usize>> = (0..space.states())
            .map(|s| space.pairs_of(s))
            .filter(|pairs| !pairs.is_empty())
            .collect();
        let products = |sizes: &[Range<usize>]| -> usize {
            sizes.iter().map(|r| r.len() * (r.len() + 1) / 2).sum()
        };
        // States of very many actions have many products. Measured, 300,000 trajectories of 40 states: 0.45 s with 80
        // actions each, below this limit, 1.06 s with 86, above it; where that turns was not met
        const PER_PAIR: usize = 32;
        let by_pair = if one_by_one {
            false
        } else if whole {
            space.pairs() <= scores.columns()
        } else {
            is_local(space, &scores) && products(&by_state) <= PER_PAIR * (space.pairs() + 1024)
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

    fn from_blocks(scores: Csr<f64>, by_pair: bool, blocks: Vec<Range<usize>>) -> Layout {
        let mut block_of = Vec::new();
        let mut ends = Vec::new();
        let mut products = 0;
        for (block, coordinates) in blocks.iter().enumerate() {
            for i in 0..coordinates.len() {
                products += i;
                block_of.push(block as u32);
                ends.push(products as u32);
            }
        }
        assert!(products < 1 << 32, "products are numbered by 32 bits");
        Layout {
            scores,
            by_pair,
            block_of,
            ends,
            blocks,
            products,
        }
    }

    /// Number of coordinates of Y.
    pub fn coordinates(&self) -> usize {
        self.ends.len()
    }

    /// Number of products of two coordinates that are summed, besides the squares of all.
    pub fn products(&self) -> usize {
        self.products
    }

    /// The block of a coordinate.
    #[inline(always)]
    pub fn block_of(&self, coordinate: u32) -> u32 {
        self.block_of[coordinate as usize]
    }

    /// The number of the product of two coordinates of one block.
    #[inline(always)]
    pub fn product(&self, i: u32, j: u32) -> u32 {
        self.ends[i.max(j) as usize] - i.abs_diff(j)
    }

    /// The coordinates of each block.
    pub fn blocks(&self) -> &[Range<usize>] {
        &self.blocks
    }

    /// What a step in a pair adds to the coordinates, or `None` where it adds 1 to its pair.
    pub fn scores_by_step(&self) -> Option<&Csr<f64>> {
        (!self.by_pair).then_some(&self.scores)
    }

    /// Number of parameters d.
    pub fn parameters(&self) -> usize {
        self.scores.columns()
    }

    /// ψ of a pair, and where its entries stand among those of all scores.
    pub fn score(&self, pair: usize) -> (impl Iterator<Item = (usize, &f64)>, Range<usize>) {
        let starts = self.scores.row_starts();
        (self.scores.row(pair), starts[pair]..starts[pair + 1])
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
        self.add_weighted_scores(pairs, x, &mut sum);
        sum
    }

    /// Adds them to the sum of earlier steps.
    pub fn add_weighted_scores(&self, pairs: &[u32], x: &[f64], sum: &mut [f64]) {
        for (&pair, x) in pairs.iter().zip(x) {
            for (k, score) in self.scores.row(pair as usize) {
                sum[k] += x * score;
            }
        }
    }

    /// The sample covariances of Y (divisor n − 1) from its means, Σ Yᵢ² and Σ Yᵢ Yⱼ.
    pub fn center(&self, mean: &[f64], squares: &[f64], products: &[f64], n: f64) -> Centered {
        let center =
            |sum: f64, i: usize, j: usize| (sum - n * mean[i] * mean[j]) / (n - 1.0).max(1.0);
        let squares = squares.iter().enumerate();
        let mut centered = Centered {
            squares: squares.map(|(i, &sum)| center(sum, i, i)).collect(),
            products: Vec::with_capacity(products.len()),
        };
        for block in &self.blocks {
            for i in block.clone() {
                for j in block.start..i {
                    let sum = products[centered.products.len()];
                    centered.products.push(center(sum, i, j));
                }
            }
        }
        centered
    }

    /// The variance [d] of X from the covariances of Y.
    pub fn variance(&self, centered: &Centered) -> Vec<f64> {
        let mut variance = vec![0.0; self.parameters()];
        for block in &self.blocks {
            for i in block.clone() {
                for j in block.start..=i {
                    let twice = if i == j { 1.0 } else { 2.0 };
                    let value = twice * self.covariance_of(centered, i, j);
                    self.each_common(i, j, |k, weight| variance[k] += weight * value);
                }
            }
        }
        variance
    }

    /// The covariance [d × d], row by row, of X from the covariances of Y; `None` if the products
    /// for it were not summed.
    pub fn covariance(&self, centered: &Centered) -> Option<Vec<f64>> {
        if self.blocks.len() > 1 {
            return None;
        }
        let d = self.parameters();
        let n = self.coordinates();
        let row = |i: usize| -> Vec<f64> {
            let entry = |j| self.covariance_of(centered, i.max(j), i.min(j));
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

    /// Cov(Yᵢ, Yⱼ), i ≥ j in one block.
    fn covariance_of(&self, centered: &Centered, i: usize, j: usize) -> f64 {
        if i == j {
            return centered.squares[i];
        }
        centered.products[self.ends[i] as usize - (i - j)]
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
