//! Sums over trajectories: of Y and of its products, for several estimators side by side.

use super::layout::{Layout, Touched};

/// The sums of up to eight estimators, interleaved, so that one instruction serves several.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    lanes: usize,
    /// Σ Y, [coordinates][lanes].
    first: Vec<f64>,
    /// Σ Yᵢ Yⱼ, [products][lanes].
    second: Vec<f64>,
}

impl Tally {
    /// The widths that are compiled.
    pub const WIDEST: usize = 8;

    /// How many lanes a number of estimators takes: some to spare if it is no power of 2.
    pub fn lanes_for(estimators: usize) -> usize {
        assert!(estimators <= Tally::WIDEST);
        estimators.next_power_of_two()
    }

    /// Zeros.
    pub fn new(layout: &Layout, lanes: usize) -> Tally {
        Tally {
            lanes,
            first: vec![0.0; layout.coordinates() * lanes],
            second: vec![0.0; layout.products() * lanes],
        }
    }

    /// All sums in one order.
    pub fn sums(&self) -> impl Iterator<Item = f64> {
        self.first.iter().chain(&self.second).copied()
    }

    /// Adds a trajectory: what it touches and xₜ [steps][lanes].
    #[inline]
    pub fn add(&mut self, touched: &Touched, x: &[f64], cells: &mut Vec<f64>) {
        match self.lanes {
            1 => self.add_lanes::<1>(touched, x, cells),
            2 => self.add_lanes::<2>(touched, x, cells),
            4 => self.add_lanes::<4>(touched, x, cells),
            _ => self.add_lanes::<8>(touched, x, cells),
        }
    }

    fn add_lanes<const L: usize>(&mut self, touched: &Touched, x: &[f64], cells: &mut Vec<f64>) {
        cells.clear();
        cells.resize(touched.slots.len() * L, 0.0);
        let cells = cells.as_chunks_mut::<L>().0;
        let x = x.as_chunks::<L>().0;
        for entry in &touched.entries {
            let cell = &mut cells[entry.slot as usize];
            for (cell, x) in cell.iter_mut().zip(&x[entry.step as usize]) {
                *cell += entry.coefficient * x;
            }
        }
        let first = self.first.as_chunks_mut::<L>().0;
        for (cell, &coordinate) in cells.iter().zip(&touched.slots) {
            for (sum, y) in first[coordinate as usize].iter_mut().zip(cell) {
                *sum += y;
            }
        }
        let second = self.second.as_chunks_mut::<L>().0;
        for couple in &touched.couples {
            let (a, b) = (cells[couple.i as usize], cells[couple.j as usize]);
            for (k, sum) in second[couple.product as usize].iter_mut().enumerate() {
                *sum += a[k] * b[k];
            }
        }
    }
}

/// A long sum of block sums with what rounding lost (Neumaier 1974): its relative error does not
/// grow with the number of blocks.
#[derive(Clone, Debug)]
pub(super) struct Total {
    sum: Vec<f64>,
    lost: Vec<f64>,
}

impl Total {
    /// Zeros.
    pub fn new(numbers: usize) -> Total {
        Total {
            sum: vec![0.0; numbers],
            lost: vec![0.0; numbers],
        }
    }

    /// Adds number by number.
    pub fn add(&mut self, numbers: impl Iterator<Item = f64>) {
        for ((sum, lost), x) in self.sum.iter_mut().zip(&mut self.lost).zip(numbers) {
            let total = *sum + x;
            *lost += if sum.abs() >= x.abs() {
                (*sum - total) + x
            } else {
                (x - total) + *sum
            };
            *sum = total;
        }
    }

    /// The sums.
    pub fn values(&self) -> Vec<f64> {
        self.sum
            .iter()
            .zip(&self.lost)
            .map(|(s, l)| s + l)
            .collect()
    }
}
