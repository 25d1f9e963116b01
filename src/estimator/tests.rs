//! Exact moments against enumeration, published fractions and closed forms.

mod baselines;
mod by_parameter;
mod cancelled;
mod closed_forms;
mod differential;
mod enumeration;
pub mod examples;
mod geometric;
mod joint;
mod published;
mod rounded_discount;
mod solvers;
