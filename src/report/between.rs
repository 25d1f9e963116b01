//! What `between` reports: two policies on one model.

use std::io;

use super::csv::{self, CsvLayout, CsvLine as Row};
use super::entries::{Axis, Entries, Entry};
use super::{Bounds, Head, PolicyReport, Quantity, Report, optional};
use crate::between::{Between, DifferenceErrors, Line, Turn};
use crate::estimator::shown;
use crate::linalg::Solvable;
use crate::model::Objective;
use crate::solved::Solved;

/// What changes from a policy π to another π'.
#[derive(Clone, Debug)]
pub struct BetweenReport {
    /// The model, the criterion, π.
    pub head: Head,
    /// π'.
    pub to: PolicyReport,
    /// J(π).
    pub j: Quantity,
    /// J(π').
    pub j_to: Quantity,
    /// J(π') − J(π).
    pub difference: Quantity,
    /// v^{π'} − v^π \[S\].
    pub v_difference: Vec<Quantity>,
    /// ρ^{π'}(s, a) A^π(s, a) \[SA\]; their sum is the difference.
    pub contributions: Vec<Quantity>,
    /// L_π(π').
    pub surrogate: Quantity,
    /// ε.
    pub clip: Quantity,
    /// ρ^π π min(w A, clip(w, 1 ± ε) A); of costs ρ^π π max(w A, clip(w, 1 ± ε) A).
    pub clipped_surrogate: Quantity,
    /// ½ Σₐ |π − π'| \[S\].
    pub total_variation: Vec<Quantity>,
    /// KL(π‖π') \[S\], in nats; undefined where it is infinite, or no fraction.
    pub divergence: Vec<Quantity>,
    /// maxₛ of the total variation.
    pub max_total_variation: Quantity,
    /// maxₛ of the divergence.
    pub max_divergence: Quantity,
    /// The mean of the divergence over ρ^π, normalised.
    pub mean_divergence: Quantity,
    /// J(π') is at least this, by the total variation; undefined at γ = 1.
    pub bound_by_total_variation: Quantity,
    /// J(π') is at least this, by the divergence.
    pub bound_by_divergence: Quantity,
    /// J along the line, if that was asked for.
    pub line: Option<LineReport>,
    /// Whether the line is that from θ to θ'.
    pub in_parameters: bool,
    /// What rounding can do to the difference, where it may show in the ninth digit.
    pub difference_error: Option<f64>,
    /// What rounding can do to any entry of v^{π'} − v^π, where it may show in the ninth digit.
    pub v_difference_error: Option<f64>,
    /// What rounding can do to any contribution, where it may show in the ninth digit.
    pub contribution_error: Option<f64>,
    /// What rounding can do to J(π), where it may show in the ninth digit.
    pub j_error: Option<f64>,
    /// What rounding can do to J(π'), where it may show in the ninth digit.
    pub j_to_error: Option<f64>,
    /// What rounding can do to the surrogate, where it may show in the ninth digit.
    pub surrogate_error: Option<f64>,
    /// What rounding can do to the clipped surrogate, where it may show in the ninth digit.
    pub clipped_surrogate_error: Option<f64>,
    /// What rounding can do to the total variation in any state, where it may show in the ninth digit.
    pub total_variation_error: Option<f64>,
    /// What rounding can do to the divergence in any state where that is finite, where it may show in the ninth digit.
    pub divergence_error: Option<f64>,
    /// What rounding can do to the bound by the total variation, where it may show in the ninth digit.
    pub bound_by_total_variation_error: Option<f64>,
    /// What rounding can do to the bound by the divergence, where it may show in the ninth digit.
    pub bound_by_divergence_error: Option<f64>,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// J along the line from π to π'.
#[derive(Clone, Debug)]
pub struct LineReport {
    /// x of (1 − x) π + x π'.
    pub x: Vec<Quantity>,
    /// J there; undefined where the policy never terminates.
    pub j: Vec<Quantity>,
    /// dJ/dx there.
    pub slope: Vec<Quantity>,
    /// What rounding can do to J at each x, where that may show.
    pub j_error: Option<Vec<f64>>,
    /// What rounding can do to the slope at each x, where that may show.
    pub slope_error: Option<Vec<f64>>,
    /// Where the slope is 0: between which x, and whether J is largest there.
    pub turns: Vec<(Quantity, Quantity, bool)>,
}

impl BetweenReport {
    /// The report of two solved policies, without the line.
    pub fn new<F: Solvable>(
        at: &Solved<F>,
        to: &Solved<F>,
        objective: Objective,
        found: &Between<F>,
        clip: &F,
    ) -> BetweenReport {
        let seen = |error: fn(&DifferenceErrors) -> f64, x: &[F]| {
            let x: Vec<f64> = x.iter().map(F::to_f64).collect();
            let error = error(found.errors.as_ref()?);
            shown(&vec![error; x.len()], &x).map(|_| error)
        };
        let promised = |bound: &Option<F>, error: Option<f64>| {
            shown(&[error?], &[bound.as_ref()?.to_f64()]).and(error)
        };
        let difference = std::slice::from_ref(&found.difference);
        BetweenReport {
            difference_error: seen(|all| all.difference, difference),
            v_difference_error: seen(|all| all.v_difference, &found.v_difference),
            contribution_error: seen(|all| all.contribution, &found.contributions),
            bound_by_total_variation_error: promised(
                &found.bound_by_total_variation,
                found.promise_errors[0],
            ),
            bound_by_divergence_error: promised(
                &found.bound_by_divergence,
                found.promise_errors[1],
            ),
            j_error: None,
            j_to_error: None,
            surrogate_error: seen(|all| all.surrogate, std::slice::from_ref(&found.surrogate)),
            clipped_surrogate_error: seen(
                |all| all.clipped_surrogate,
                std::slice::from_ref(&found.clipped_surrogate),
            ),
            total_variation_error: seen(|all| all.total_variation, &found.total_variation),
            divergence_error: seen(
                |all| all.divergence,
                &found
                    .divergence
                    .iter()
                    .flatten()
                    .cloned()
                    .collect::<Vec<F>>(),
            ),
            head: Head::new(at.mdp(), at.policy(), objective),
            to: PolicyReport::new(to.policy()),
            j: Quantity::of(at.j()),
            j_to: Quantity::of(to.j()),
            difference: Quantity::of(&found.difference),
            v_difference: Quantity::all(&found.v_difference),
            contributions: Quantity::all(&found.contributions),
            surrogate: Quantity::of(&found.surrogate),
            clip: Quantity::of(clip),
            // the smaller of two balls need not be the ball of the smaller one
            clipped_surrogate: match Quantity::of(&found.clipped_surrogate) {
                ball @ Quantity::Certified { .. } => ball.nearest(),
                number => number,
            },
            total_variation: Quantity::all(&found.total_variation),
            divergence: found.divergence.iter().map(optional).collect(),
            max_total_variation: Quantity::of(&found.max_total_variation()),
            max_divergence: optional(&found.max_divergence()),
            mean_divergence: optional(&found.mean_divergence),
            bound_by_total_variation: optional(&found.bound_by_total_variation),
            bound_by_divergence: optional(&found.bound_by_divergence),
            line: None,
            in_parameters: false,
            bounds: None,
        }
    }
}

impl<F: Solvable> From<&Line<F>> for LineReport {
    fn from(line: &Line<F>) -> LineReport {
        let turn = |turn: &Turn<F>| {
            let (low, high) = &turn.between;
            (Quantity::of(low), Quantity::of(high), turn.is_top)
        };
        let error = |which: usize, of: &[Option<F>]| {
            let errors: Vec<f64> = line.errors.iter().map(|errors| errors[which]).collect();
            let of = of.iter().map(|x| x.as_ref().map_or(f64::NAN, F::to_f64));
            shown(&errors, &of.collect::<Vec<f64>>())
        };
        LineReport {
            j_error: error(0, &line.j),
            slope_error: error(1, &line.slope),
            x: Quantity::all(&line.x),
            j: line.j.iter().map(optional).collect(),
            slope: line.slope.iter().map(optional).collect(),
            turns: line.turns.iter().map(turn).collect(),
        }
    }
}

impl LineReport {
    fn entries(&self) -> Entries<'_> {
        let along = |name, x| Entry::vector(name, Axis::Index, x);
        let error = |name, x| Entry::floats(name, Axis::Index, x).unbounded();
        let turns = self.turns.iter().map(|(low, high, is_top)| {
            Entries::default()
                .and(Entry::number("low", low))
                .and(Entry::number("high", high))
                .and(Entry::text(
                    "kind",
                    if *is_top { "maximum" } else { "minimum" },
                ))
                .unbounded()
        });
        Entries::default()
            .and(along("x", &self.x).unbounded())
            .and(along("j", &self.j))
            .and_some("j_error", self.j_error.as_deref(), error)
            .and(along("slope", &self.slope))
            .and_some("slope_error", self.slope_error.as_deref(), error)
            .and(Entry::list("turns", turns.collect()).unbounded())
    }
}

impl Report for BetweenReport {
    fn entries(&self) -> Entries<'_> {
        use Axis::{Pair, State};
        let error = |name, x| Entry::float(name, x).unbounded();
        self.head
            .entries()
            .and(Entry::group("to", self.to.entries()))
            .and(Entry::number("j", &self.j))
            .and_some("j_error", self.j_error, error)
            .and(Entry::number("j_to", &self.j_to))
            .and_some("j_to_error", self.j_to_error, error)
            .and(Entry::number("difference", &self.difference))
            .and_some("difference_error", self.difference_error, error)
            .and(Entry::vector("v_difference", State, &self.v_difference))
            .and_some("v_difference_error", self.v_difference_error, error)
            .and(Entry::vector("contributions", Pair, &self.contributions))
            .and_some("contribution_error", self.contribution_error, error)
            .and(Entry::number("surrogate", &self.surrogate))
            .and_some("surrogate_error", self.surrogate_error, error)
            .and(Entry::number("clip", &self.clip).unbounded())
            // which branch of a minimum is the smaller is decided on rounded numbers
            .and(Entry::number("clipped_surrogate", &self.clipped_surrogate))
            .and_some(
                "clipped_surrogate_error",
                self.clipped_surrogate_error,
                error,
            )
            .and(Entry::vector(
                "total_variation",
                State,
                &self.total_variation,
            ))
            .and_some("total_variation_error", self.total_variation_error, error)
            .and(Entry::vector("divergence", State, &self.divergence))
            .and_some("divergence_error", self.divergence_error, error)
            .and(Entry::number(
                "max_total_variation",
                &self.max_total_variation,
            ))
            .and(Entry::number("max_divergence", &self.max_divergence))
            .and(Entry::number("mean_divergence", &self.mean_divergence))
            .and(Entry::number(
                "bound_by_total_variation",
                &self.bound_by_total_variation,
            ))
            .and_some(
                "bound_by_total_variation_error",
                self.bound_by_total_variation_error,
                error,
            )
            .and(Entry::number(
                "bound_by_divergence",
                &self.bound_by_divergence,
            ))
            .and_some(
                "bound_by_divergence_error",
                self.bound_by_divergence_error,
                error,
            )
            .and_some("along", self.in_parameters.then_some("theta"), Entry::text)
            .and_some("line", self.line.as_ref(), |name, line| {
                Entry::group(name, line.entries())
            })
            .and_some("bounds", self.bounds.as_ref(), Entry::bounds)
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }
}

/// The rows of its table.
const LAYOUT: CsvLayout = CsvLayout {
    columns: &["state", "action"],
    lines: &[
        Row::Of("j", "j"),
        Row::Of("j_error", "j_error"),
        Row::Of("j_to", "j_to"),
        Row::Of("j_to_error", "j_to_error"),
        Row::Of("difference", "difference"),
        Row::Of("difference_error", "difference_error"),
        Row::Of("v_difference_error", "v_difference_error"),
        Row::Of("contribution_error", "contribution_error"),
        Row::Of("clipped_surrogate_error", "clipped_surrogate_error"),
        Row::Of("total_variation_error", "total_variation_error"),
        Row::Of("divergence_error", "divergence_error"),
        Row::Of("surrogate", "surrogate"),
        Row::Of("surrogate_error", "surrogate_error"),
        Row::Of("clipped_surrogate", "clipped_surrogate"),
        Row::Of("max_total_variation", "max_total_variation"),
        Row::Of("max_divergence", "max_divergence"),
        Row::Of("mean_divergence", "mean_divergence"),
        Row::Of("bound_by_total_variation", "bound_by_total_variation"),
        Row::Of(
            "bound_by_total_variation_error",
            "bound_by_total_variation_error",
        ),
        Row::Of("bound_by_divergence", "bound_by_divergence"),
        Row::Of("bound_by_divergence_error", "bound_by_divergence_error"),
        Row::Of("v_difference", "v_difference"),
        Row::Of("total_variation", "total_variation"),
        Row::Of("divergence", "divergence"),
        Row::Of("policy/probabilities", "probability"),
        Row::Of("to/probabilities", "probability_to"),
        Row::Of("contributions", "contribution"),
    ],
};
