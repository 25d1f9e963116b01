#![doc = include_str!("../README.md")]

pub mod arithmetic;
pub mod ascent;
pub mod batch;
pub mod between;
pub mod bundled;
pub mod chain;
pub mod comparison;
pub mod cone;
pub mod continuous;
pub mod control;
pub mod critics;
pub mod error;
pub mod estimator;
pub mod evaluation;
pub mod exchange;
pub mod field;
pub mod gradient;
pub mod judge;
pub mod linalg;
pub mod load;
pub mod mdp;
mod memory;
pub mod mend;
pub mod model;
mod npy;
pub mod number;
pub mod players;
pub mod policy;
pub mod polytope;
pub mod reference;
pub mod report;
pub mod returns;
pub mod robust;
pub mod sampling;
pub mod shaping;
pub mod solved;
pub mod step;
pub mod study;
#[cfg(test)]
mod test_models;
#[cfg(doc)]
#[allow(rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]
#[doc = include_str!("../docs/theory.md")]
pub mod theory {}
pub mod trajectory;
pub mod yaml;
