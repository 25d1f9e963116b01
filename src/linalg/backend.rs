//! A solver that somebody else brings: a value, and no edit here.
//!
//! ```
//! use std::sync::Arc;
//! use exact_mdp::linalg::{Backend, DenseLu, FactorError, Factors, SolverOptions, System};
//!
//! #[derive(Debug)]
//! struct Mine;
//!
//! impl Backend for Mine {
//!     fn factor(&self, system: &System<'_>) -> Result<Box<dyn Factors<f64>>, FactorError> {
//!         Ok(Box::new(DenseLu::new(&system.matrix)?))
//!     }
//! }
//!
//! let options = SolverOptions {
//!     backend: Some(Arc::new(Mine)),
//!     ..SolverOptions::default()
//! };
//! # let _ = options;
//! ```

use std::fmt::Debug;
use std::sync::Arc;

use super::{Csr, FactorError, Factors};

/// A square system to be factored, with what is known of it.
#[derive(Clone, Debug)]
pub struct System<'a> {
    /// A, for values I − cP.
    pub matrix: Arc<Csr<f64>>,
    /// The row sums of A with all their digits, where A = I − P with P ≥ 0: 1 − Σⱼ P(i, j), which the
    /// entries of A have lost where they are small.
    pub slack: Option<&'a [f64]>,
    /// An upper bound on ‖A⁻¹‖∞, which turns a residual into a certified error.
    pub inverse_norm: Option<f64>,
    /// The error that is asked for, relative to the answer: ‖x̂ − x‖∞ ≤ tolerance · ‖x̂‖∞.
    pub tolerance: f64,
}

/// What factors `f64` systems in place of the solvers of this library
/// ([`SolverOptions::backend`](super::SolverOptions::backend)).
///
/// What it returns answers in both directions ([`Factors`]); vectors are gathered, whatever the
/// backend distributes behind them.
pub trait Backend: Debug + Send + Sync {
    /// Factors A, or prepares an iteration that stands for it.
    ///
    /// Errors if the matrix is singular, and where no answer could be certified.
    fn factor(&self, system: &System<'_>) -> Result<Box<dyn Factors<f64>>, FactorError>;
}

/// Factors that a backend made.
pub struct BackendFactors(pub(super) Box<dyn Factors<f64>>);

impl Debug for BackendFactors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Given").field(&self.0.name()).finish()
    }
}
