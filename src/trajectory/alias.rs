//! Alias tables (Walker 1977, Vose 1991): one draw from a finite law with one 64-bit number.
//!
//! A number u, uniform on 0..2⁶⁴, times the number n of slots is a 128-bit product: its upper half
//! is a slot, uniform on 0..n, its lower half a uniform fraction that is held against the slot's
//! threshold. A fraction below the threshold keeps the slot, any other takes the slot's alias.
//!
//! *Resolution.* Thresholds have 64 bits, so that quantising changes a probability by at most
//! n·2⁻⁶⁴, and the table is built in `f64`, which changes it by a few 2⁻⁵³ of 1/n at most. An
//! outcome of probability p ≥ 2⁻³²/n is therefore drawn with a relative error below 2⁻³¹, and one
//! of the usual size with one of some 10⁻¹⁵: far below what any sample can see.

/// One slot of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Fractions below this one, in units of 2⁻⁶⁴, keep the slot.
    threshold: u64,
    /// The outcome that all others take.
    alias: u32,
}

/// Where the table of one law stands among all slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Its first slot.
    pub start: u32,
    /// How many slots it has; none for a law that nothing is drawn from.
    pub slots: u32,
}

/// Appends the table of a law to `slots`. Its outcomes are numbered by the slots they stand in.
///
/// The weights are positive and finite; their sum is taken for one.
pub(super) fn push_table(slots: &mut Vec<Slot>, weights: &[f64]) -> Span {
    let start = slots.len();
    let total: f64 = weights.iter().sum();
    let count = weights.len() as f64;
    let mut scaled: Vec<f64> = weights.iter().map(|w| w / total * count).collect();
    let own = |i: usize| (start + i) as u32;
    slots.extend((0..weights.len()).map(|i| Slot {
        threshold: u64::MAX,
        alias: own(i),
    }));
    let (mut small, mut large): (Vec<usize>, Vec<usize>) =
        (0..weights.len()).partition(|&i| scaled[i] < 1.0);
    while let (Some(&receiver), Some(&donor)) = (small.last(), large.last()) {
        small.pop();
        slots[start + receiver] = Slot {
            threshold: fixed_point(scaled[receiver]),
            alias: own(donor),
        };
        scaled[donor] -= 1.0 - scaled[receiver];
        if scaled[donor] < 1.0 {
            large.pop();
            small.push(donor);
        }
    }
    // What is left over differs from 1 by rounding alone and keeps its whole slot.
    Span {
        start: start as u32,
        slots: weights.len() as u32,
    }
}

/// x in [0, 1) in units of 2⁻⁶⁴; the multiplication is exact.
fn fixed_point(x: f64) -> u64 {
    (x * 2f64.powi(64)) as u64
}

/// The outcome that a uniform number draws from the table at a span.
#[inline(always)]
pub(super) fn draw(slots: &[Slot], span: Span, uniform: u64) -> u32 {
    let product = u128::from(uniform) * u128::from(span.slots);
    let own = span.start + (product >> 64) as u32;
    let slot = slots[own as usize];
    // A branch here would be mispredicted half of the time.
    std::hint::select_unpredictable((product as u64) < slot.threshold, own, slot.alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The law of a table, from its thresholds: exact up to the rounding of this sum.
    fn law(slots: &[Slot], span: Span) -> Vec<f64> {
        let mut law = vec![0.0; span.slots as usize];
        for i in 0..span.slots {
            let slot = slots[(span.start + i) as usize];
            let kept = slot.threshold as f64 / 2f64.powi(64) / f64::from(span.slots);
            law[i as usize] += kept;
            law[(slot.alias - span.start) as usize] += 1.0 / f64::from(span.slots) - kept;
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
        let mut slots = Vec::new();
        for weights in laws {
            let span = push_table(&mut slots, weights);
            for (drawn, p) in law(&slots, span).into_iter().zip(weights) {
                let n = weights.len() as f64;
                // a few roundings of the sum, and the quantisation
                assert!((drawn - p).abs() <= 8.0 * f64::EPSILON * p + n * 2f64.powi(-63));
            }
        }
    }

    #[test]
    fn the_ends_of_the_unit_interval_draw_inside_the_table() {
        let mut slots = Vec::new();
        push_table(&mut slots, &[1.0]);
        let span = push_table(&mut slots, &[0.2, 0.3, 0.5]);
        for uniform in [0, 1, u64::MAX / 2, u64::MAX] {
            let outcome = draw(&slots, span, uniform);
            assert!((1..4).contains(&outcome));
        }
    }
}
