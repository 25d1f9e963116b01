//! Sums over trajectories: of Y and of its products, for several estimators side by side.

use super::layout::Layout;
use super::touched::{Stretch, Touched};

/// The sums of up to eight estimators, interleaved, so that one instruction serves several.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Σ Yᵢ and Σ Yᵢ², side by side in memory: [coordinates][2][lanes].
    own: Vec<f64>,
    /// Σ Yᵢ Yⱼ, [products][lanes].
    products: Vec<f64>,
}

impl Tally {
    /// The widths that are compiled.
    pub const WIDEST: usize = 8;

    /// How many lanes a number of estimators takes: some to spare if it is no power of 2.
    pub fn lanes_for(estimators: usize) -> usize {
        assert!(estimators <= Tally::WIDEST);
        estimators.next_power_of_two()
    }

    /// How many numbers a tally has for each lane.
    pub fn len_of_lane(layout: &Layout) -> usize {
        2 * layout.coordinates() + layout.products()
    }

    /// Sums of no trajectory yet.
    pub fn new(layout: &Layout, lanes: usize) -> Tally {
        Tally {
            own: vec![0.0; 2 * layout.coordinates() * lanes],
            products: vec![0.0; layout.products() * lanes],
        }
    }

    /// Forgets all trajectories.
    pub fn clear(&mut self) {
        self.own.fill(0.0);
        self.products.fill(0.0);
    }

    /// All sums in one order, that of [`Tally::new`]'s fields.
    pub fn sums(&self) -> [&[f64]; 2] {
        [&self.own, &self.products]
    }

    /// Adds steps of trajectories to their Y, from what they touch and xₜ of each lane, of these steps alone; of others
    /// nothing is changed.
    #[inline(always)]
    pub fn fill<const L: usize>(
        (touched, stretch): (&Touched, &Stretch),
        x: &[[f64; L]],
        cells: &mut [[f64; L]],
    ) {
        if let Some(slots) = touched.slot_of_step().get(stretch.steps.clone()) {
            for (x, &slot) in x.iter().zip(slots) {
                let cell = &mut cells[slot as usize];
                *cell = add(*cell, *x);
            }
        }
        for entry in touched.entries(stretch) {
            let x = x[entry.step as usize - stretch.steps.start];
            let cell = &mut cells[entry.slot as usize];
            *cell = add(*cell, x.map(|x| entry.coefficient * x));
        }
    }

    /// Adds the Y of trajectories, one after the other. `L` is that of [`Tally::new`].
    #[inline(always)]
    pub fn add<const L: usize>(
        &mut self,
        (touched, stretch): (&Touched, &Stretch),
        cells: &[[f64; L]],
    ) {
        let (lanes, _) = self.own.as_chunks_mut::<L>();
        let (own, _) = lanes.as_chunks_mut::<2>();
        let slots = stretch.slots.clone();
        let coordinates = &touched.coordinates()[slots.clone()];
        for (cell, &coordinate) in cells[slots].iter().zip(coordinates) {
            let [first, second] = &mut own[coordinate as usize];
            *first = add(*first, *cell);
            *second = add(*second, cell.map(|y| y * y));
        }
        let (products, _) = self.products.as_chunks_mut::<L>();
        for couple in touched.couples(stretch) {
            let (a, b) = (cells[couple.i as usize], cells[couple.j as usize]);
            let sum = &mut products[couple.product as usize];
            *sum = add(*sum, std::array::from_fn(|k| a[k] * b[k]));
        }
    }
}

#[inline(always)]
fn add<const L: usize>(a: [f64; L], b: [f64; L]) -> [f64; L] {
    std::array::from_fn(|k| a[k] + b[k])
}

/// A long sum of block sums with what rounding lost (Knuth's two-sum, as in Neumaier 1974 without
/// the branch): its relative error does not grow with the number of blocks.
#[derive(Clone, Debug)]
pub(super) struct Total {
    sum: Vec<f64>,
    lost: Vec<f64>,
}

impl Total {
    /// Sums of no number yet.
    pub fn new(numbers: usize) -> Total {
        Total {
            sum: vec![0.0; numbers],
            lost: vec![0.0; numbers],
        }
    }

    /// How many numbers are summed.
    pub fn len(&self) -> usize {
        self.sum.len()
    }

    /// Adds number by number, the parts one after the other.
    pub fn add(&mut self, parts: [&[f64]; 2]) {
        let mut first = 0;
        for part in parts {
            let places = first..first + part.len();
            first = places.end;
            let sums = self.sum[places.clone()].iter_mut();
            for ((sum, lost), x) in sums.zip(&mut self.lost[places]).zip(part) {
                let total = *sum + x;
                let added = total - *sum;
                *lost += (*sum - (total - added)) + (x - added);
                *sum = total;
            }
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
