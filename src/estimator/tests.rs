//! Exact moments against enumeration, published fractions and closed forms.

mod closed_forms;
mod enumeration;
pub mod examples;
mod geometric;
mod published;
