//! Seeded random parameters, by a recipe that other programs can repeat.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Independent standard normal numbers from a seed.
///
/// The generator is ChaCha8 seeded by `seed_from_u64(seed)`, at a stream. Each number takes two 64-bit draws
/// x, y and is √(−2 ln U) cos(2πV) with U = (⌊x/2¹¹⌋ + 1)/2⁵³ in (0, 1] and V = ⌊y/2¹¹⌋/2⁵³ in
/// [0, 1) (Box & Muller 1958).
pub fn standard_normal(seed: u64, stream: u64, count: usize) -> Vec<f64> {
    // 2⁻⁵³, of the 53 bits that are kept of a draw
    const UNIT: f64 = 1.0 / (1u64 << 53) as f64;
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    let mut draw = || (generator.next_u64() >> 11) as f64;
    (0..count)
        .map(|_| {
            let radius = (-2.0 * ((draw() + 1.0) * UNIT).ln()).sqrt();
            radius * (std::f64::consts::TAU * draw() * UNIT).cos()
        })
        .collect()
}
