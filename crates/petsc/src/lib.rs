//! Markov decision processes by rows on many processes: linear systems of PETSc over MPI.
//!
//! Each process (rank) has the rows of its states; vectors of all states are small beside the matrices and
//! are gathered where a product needs them. A solver's word is not believed: every answer is judged
//! by its true residual, a product of its own, and comes with a proven bound on its error, or not
//! at all ([`Certifier`]).
//!
//! ```text
//! A = I − γp^π     ‖v̂ − v‖∞ ≤ ‖A⁻¹‖∞ ‖r^π − A v̂‖∞     ‖ρ̂ − ρ‖₁ ≤ ‖A⁻¹‖∞ ‖ρ₀ − ρ̂ A‖₁
//! ```
//!
//! All ranks call the same functions in the same order. Where one rank alone has failed, [`World::agree`]
//! tells all.

mod certifier;
mod chain;
mod error;
mod evaluate;
mod ffi;
mod files;
mod gradient;
mod solve;
mod system;
mod world;

pub use certifier::{Answer, Certifier};
pub use chain::{Chain, undefined};
pub use error::Error;
pub use evaluate::{Evaluated, evaluate};
pub use files::{Loaded, load};
pub use gradient::gradient;
pub use solve::solve;
pub use system::{Method, System};
pub use world::World;
