//! The identities of theory.md, sections 1 and 2, for every criterion: over exact fractions with
//! `==`, over floating point with derived tolerances.

mod episode;
mod finite_horizon;
mod gradients;
mod long_run;
mod models;
mod routes;
mod second_order;
