//! Random numbers: the streams of ChaCha8, a fixed and portable algorithm.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Numbers made at a time; a choice, of which no measurement is kept.
const BUFFERED: usize = 64;

/// One stream of uniform 64-bit numbers; streams of one seed never overlap.
pub(super) struct Stream {
    generator: ChaCha8Rng,
    buffer: [u64; BUFFERED],
    used: usize,
}

impl Stream {
    /// The stream of this number. The seed is the first eight bytes of the ChaCha key, least
    /// significant first; the rest of the key names this program, so that no other use of the
    /// same seed meets these numbers.
    pub fn new(seed: u64, number: u64) -> Stream {
        Stream::from(seed, number, 0)
    }

    /// The same behind its first so many numbers.
    pub fn from(seed: u64, number: u64, drawn: u64) -> Stream {
        let mut key = *b"________exact-mdp trajectories 1";
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(number);
        // counted in words of 32 bits
        generator.set_word_pos(2 * u128::from(drawn));
        Stream {
            generator,
            buffer: [0; BUFFERED],
            used: BUFFERED,
        }
    }

    /// How many numbers were drawn.
    pub fn drawn(&self) -> u64 {
        (self.generator.get_word_pos() / 2) as u64 - (BUFFERED - self.used) as u64
    }

    /// The next number.
    #[inline(always)]
    pub fn draw(&mut self) -> u64 {
        if self.used == BUFFERED {
            self.refill();
        }
        let number = self.buffer[self.used];
        self.used += 1;
        number
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self) {
        let mut bytes = [0; 8 * BUFFERED];
        self.generator.fill_bytes(&mut bytes);
        for (number, bytes) in self.buffer.iter_mut().zip(bytes.as_chunks().0) {
            *number = u64::from_le_bytes(*bytes);
        }
        self.used = 0;
    }
}
