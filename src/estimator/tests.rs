//! Exact moments against enumeration, published fractions and closed forms.

mod closed_forms;
mod enumeration;
mod examples;
mod published;
