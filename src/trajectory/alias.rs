//! Alias tables (Walker 1977, Vose 1991): one draw from a finite law with one 64-bit number.
//!
//! A number u, uniform on 0..2⁶⁴, times the number n of slots is a 128-bit product: its upper half
//! is a slot, uniform on 0..n, its lower half a uniform fraction that is held against the slot's
//! threshold. A fraction below the threshold keeps the slot, any other takes the slot's alias.
//!
//! *Resolution.* A slot is one word: its alias, counted from the table's first slot, in the lowest
//! b bits, where 2ᵇ is above the size of the largest table, and the threshold in the others. The
//! whole word is held against the fraction, so that a probability is off by less than 2ᵇ⁻⁶⁴, to
//! which the construction in `f64` adds a few 2⁻⁵³/n at most. With 20 outcomes in a state that is
//! 2⁻⁵⁹: an outcome of probability above 2⁻²⁷ is drawn with a relative error below 2⁻³², and no
//! sample of fewer than 2⁵⁹ draws could tell.

/// One slot of a table: threshold and alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u64);

/// Where the table of one law stands among all slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Its first slot.
    pub start: u32,
    /// How many slots it has; none for a law that nothing is drawn from.
    pub slots: u32,
}

/// The alias tables of many laws.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    slots: Vec<Slot>,
    /// 2ᵇ − 1.
    mask: u64,
}

impl Tables {
    /// Tables with room for laws of at most `largest` outcomes.
    pub fn new(largest: usize) -> Tables {
        Tables {
            slots: Vec::new(),
            mask: (largest as u64).next_power_of_two() - 1,
        }
    }

    /// Appends the table of a law. Its outcomes are numbered by the slots they stand in.
    ///
    /// The weights are positive and finite; their sum is taken for one.
    pub fn push(&mut self, weights: &[f64]) -> Span {
        let start = self.slots.len();
        let total: f64 = weights.iter().sum();
        let count = weights.len() as f64;
        let mut scaled: Vec<f64> = weights.iter().map(|w| w / total * count).collect();
        // What is left over at the end differs from 1 by rounding alone and keeps its whole slot.
        let whole = (0..weights.len()).map(|own| self.slot(1.0, own));
        let whole: Vec<Slot> = whole.collect();
        self.slots.extend(whole);
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..weights.len()).partition(|&i| scaled[i] < 1.0);
        while let (Some(&receiver), Some(&donor)) = (small.last(), large.last()) {
            small.pop();
            self.slots[start + receiver] = self.slot(scaled[receiver], donor);
            scaled[donor] -= 1.0 - scaled[receiver];
            if scaled[donor] < 1.0 {
                large.pop();
                small.push(donor);
            }
        }
        Span {
            start: start as u32,
            slots: weights.len() as u32,
        }
    }

    /// A slot that is kept with probability `kept`, from 0 to 1.
    fn slot(&self, kept: f64, alias: usize) -> Slot {
        let threshold = (kept * 2f64.powi(64)) as u64; // 2⁶⁴ itself becomes 2⁶⁴ − 1
        Slot(threshold & !self.mask | alias as u64)
    }

    /// The outcome that a uniform number draws from the table at a span.
    #[inline(always)]
    pub fn draw(&self, span: Span, uniform: u64) -> u32 {
        let product = u128::from(uniform) * u128::from(span.slots);
        let own = span.start + (product >> 64) as u32;
        let Slot(word) = self.slots[own as usize];
        let alias = span.start + (word & self.mask) as u32;
        // A branch here would be mispredicted half of the time.
        std::hint::select_unpredictable((product as u64) < word, own, alias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The law of a table, from its thresholds: exact up to the rounding of this sum.
    fn law(tables: &Tables, span: Span) -> Vec<f64> {
        let mut law = vec![0.0; span.slots as usize];
        for i in 0..span.slots {
            let Slot(word) = tables.slots[(span.start + i) as usize];
            let kept = word as f64 / 2f64.powi(64) / f64::from(span.slots);
            law[i as usize] += kept;
            law[(word & tables.mask) as usize] += 1.0 / f64::from(span.slots) - kept;
        }
        law
    }

    #[test]
    fn a_table_holds_its_law() {
        let laws: [&[f64]; 6] = [
            &[1.0],
            &[0.5, 0.5],
            &[1e-9, 1.0 - 1e-9],
            &[0.1, 0.2, 0.3, 0.4],
            &[0.7, 1e-6, 0.3 - 1e-6],
            &[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0],
        ];
        let mut tables = Tables::new(4);
        for weights in laws {
            let span = tables.push(weights);
            for (drawn, p) in law(&tables, span).into_iter().zip(weights) {
                // a few roundings of the sum, and the alias bits of at most four slots
                assert!((drawn - p).abs() <= 8.0 * f64::EPSILON * p + 4.0 * 2f64.powi(2 - 64));
            }
        }
    }

    #[test]
    fn the_ends_of_the_unit_interval_draw_inside_the_table() {
        let mut tables = Tables::new(3);
        tables.push(&[1.0]);
        let span = tables.push(&[0.2, 0.3, 0.5]);
        for uniform in [0, 1, u64::MAX / 2, u64::MAX] {
            assert!((1..4).contains(&tables.draw(span, uniform)));
        }
    }
}
