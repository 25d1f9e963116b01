//! The picture of a comparison: errors against N, biases and standard errors.
//!
//! Colors are those of Okabe & Ito (2008), which color-blind readers tell apart; lines also differ
//! in their dashes.

pub mod comparison;
mod ink;
mod palette;
mod raster;

pub use self::ink::{Picture, Undrawn};
