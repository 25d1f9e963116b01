//! The entropy-regularised objective and its gradient.

use crate::evaluation::Evaluation;
use crate::gradient::entropy::SoftValues;
use crate::linalg::Solvable;
use crate::report::Quantity;
use crate::report::csv::CsvLine;
use crate::report::entries::{Axis, Entries, Entry};

/// J_α = J + α · (discounted) entropy, and ∇J_α.
#[derive(Clone, Debug, PartialEq)]
pub struct EntropyReport {
    /// α, in reward per nat.
    pub alpha: Quantity,
    /// J_α.
    pub j: Quantity,
    /// What rounding can do to J_α, where it may show in its ninth digit.
    pub j_error: Option<f64>,
    /// ∇J_α \[d\].
    pub gradient: Vec<Quantity>,
    /// What rounding can do to an entry of ∇J_α, where it may show in the ninth digit of one.
    pub gradient_error: Option<f64>,
    /// The soft v(s) \[S\]: the entropy of s itself included; the bias for the average reward.
    pub v: Vec<Quantity>,
    /// q(s, a) = r + γ p v \[SA\], without the entropy of s.
    pub q: Vec<Quantity>,
    /// The gain \[S\], for the average reward.
    pub gain: Option<Vec<Quantity>>,
    /// H(π(·|s)) \[S\], in nats.
    pub entropy: Vec<Quantity>,
}

impl EntropyReport {
    /// The rows of its table.
    pub(in crate::report) const ROWS: &'static [CsvLine] = &[
        CsvLine::Of("entropy/alpha", "entropy_alpha"),
        CsvLine::Of("entropy/j", "entropy_j"),
        CsvLine::Of("entropy/j_error", "entropy_j_error"),
        CsvLine::Of("entropy/gradient", "entropy_gradient"),
        CsvLine::Of("entropy/gradient_error", "entropy_gradient_error"),
        CsvLine::Of("entropy/v", "entropy_v"),
        CsvLine::Of("entropy/q", "entropy_q"),
        CsvLine::Of("entropy/gain", "entropy_gain"),
        CsvLine::Of("entropy/entropy", "entropy"),
    ];

    /// The report of soft values at α.
    pub fn new<F: Solvable>(
        alpha: &F,
        soft: &SoftValues<F>,
        evaluation: &Evaluation<F>,
    ) -> EntropyReport {
        let undefined = &evaluation.undefined;
        let no_v = |state: usize| undefined.states.binary_search(&state).is_ok();
        let no_q = |pair: usize| undefined.pairs.binary_search(&pair).is_ok();
        EntropyReport {
            alpha: Quantity::of(alpha),
            j: Quantity::of(&soft.j),
            j_error: None,
            gradient: Quantity::all(&soft.gradient),
            gradient_error: None,
            v: Quantity::all_but(&soft.v, no_v),
            q: Quantity::all_but(&soft.q, no_q),
            gain: soft.gain.as_deref().map(Quantity::all),
            entropy: Quantity::all(&soft.entropy),
        }
    }

    /// As a report holds it.
    pub(in crate::report) fn entries(&self) -> Entries<'_> {
        use Axis::{Pair, Parameter, State};
        let by_state = |name, x| Entry::vector(name, State, x);
        Entries::default()
            .and(Entry::number("alpha", &self.alpha).unbounded())
            .and(Entry::number("j", &self.j))
            .and_some("j_error", self.j_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::vector("gradient", Parameter, &self.gradient))
            .and_some("gradient_error", self.gradient_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(by_state("v", &self.v))
            .and(Entry::vector("q", Pair, &self.q))
            .and_some("gain", self.gain.as_deref(), by_state)
            .and(by_state("entropy", &self.entropy))
    }
}
