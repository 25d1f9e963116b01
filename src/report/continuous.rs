//! What `continuous` reports: actions that are numbers.

mod rounding;

use std::io;

use super::csv::{self, CsvLayout, CsvLine};
use super::entries::{Axis, Entries, Entry};
use super::{Bounds, Head, Quantity, Report};
use crate::continuous::{Approach, DeterministicLimit, MinimumBias, Reparametrized, Squashing};
use crate::error::Error;
use crate::estimator::Moments;
use crate::gradient::Differentiable;
use crate::linalg::Solvable;
use crate::model::Objective;
use crate::solved::Solved;

/// Two ways to the gradient, and what was asked for beside them.
#[derive(Clone, Debug)]
pub struct ContinuousReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// J.
    pub j: Quantity,
    /// ∇J by scores \[d\].
    pub gradient: Vec<Quantity>,
    /// ∇J by moved actions \[d\].
    pub reparametrized: Vec<Quantity>,
    /// How far the two are apart at most.
    pub max_difference: Quantity,
    /// The laws of what is sampled of either.
    pub estimators: Vec<MovedLaw>,
    /// The limit σ → 0, of a Gaussian policy.
    pub limit: Option<LimitReport>,
    /// The smaller of two critics.
    pub minimum: Option<MinimumReport>,
    /// Squashing without its Jacobian.
    pub squashing: Option<SquashingReport>,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
    /// These numbers with proven bounds, where floating point has them beside it.
    proven: Option<Box<ContinuousReport>>,
}

/// The exact law of one trajectory's sum.
#[derive(Clone, Debug)]
pub struct MovedLaw {
    /// `q`, `advantage` or `reparametrized`.
    pub name: &'static str,
    /// E ĝ \[d\].
    pub mean: Vec<Quantity>,
    /// Var ĝ_k \[d\].
    pub variance: Vec<Quantity>,
    /// tr Cov ĝ.
    pub trace: Quantity,
}

impl MovedLaw {
    fn new<F: Solvable>(name: &'static str, moments: &Moments<F>) -> MovedLaw {
        MovedLaw {
            name,
            mean: Quantity::all(&moments.mean),
            variance: Quantity::all(&moments.variance),
            trace: Quantity::of(&moments.trace()),
        }
    }

    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("name", self.name))
            .and(Entry::vector("mean", Axis::Parameter, &self.mean))
            .and(Entry::vector("variance", Axis::Parameter, &self.variance))
            .and(Entry::number("trace", &self.trace))
    }
}

/// The deterministic policy gradient and what comes near it.
#[derive(Clone, Debug)]
pub struct LimitReport {
    /// The parameters of the mean.
    pub parameters: Vec<String>,
    /// μ(s) \[S\].
    pub mean: Vec<Quantity>,
    /// ∂ₐq(s, μ(s)) \[S\].
    pub slope: Vec<Quantity>,
    /// J of the rule.
    pub j: Quantity,
    /// Its gradient.
    pub gradient: Vec<Quantity>,
    /// One row for each scale of σ.
    pub rows: Vec<ApproachReport>,
}

/// A Gaussian policy beside the limit.
#[derive(Clone, Debug)]
pub struct ApproachReport {
    /// What σ is multiplied by.
    pub scale: Quantity,
    /// The least σ(s).
    pub sigma: Quantity,
    /// That σ in steps of the grid.
    pub steps: Quantity,
    /// J.
    pub j: Quantity,
    /// ∇J by the parameters of the mean.
    pub gradient: Vec<Quantity>,
    /// How far that is from the limit.
    pub distance: Quantity,
    /// With which power of σ it fell since the row before.
    pub order: Option<f64>,
}

impl LimitReport {
    /// The report of a limit, of a policy whose parameters have these names.
    pub fn new<F: Solvable>(found: &DeterministicLimit<F>, parameters: &[String]) -> LimitReport {
        let row = |row: &Approach<F>| ApproachReport {
            scale: Quantity::of(&row.scale),
            sigma: Quantity::of(&row.sigma),
            steps: Quantity::of(&row.steps),
            j: Quantity::of(&row.j),
            gradient: Quantity::all(&row.gradient),
            distance: Quantity::of(&row.distance),
            order: row.order,
        };
        LimitReport {
            parameters: parameters[..found.gradient.len()].to_vec(),
            mean: Quantity::all(&found.mean),
            slope: Quantity::all(&found.slope),
            j: Quantity::of(&found.j),
            gradient: Quantity::all(&found.gradient),
            rows: found.approach.iter().map(row).collect(),
        }
    }

    fn entries(&self) -> Entries<'_> {
        let own = Axis::Label(&self.parameters);
        let rows = self.rows.iter().map(|row| {
            Entries::default()
                .and(Entry::number("scale", &row.scale))
                .and(Entry::number("sigma", &row.sigma))
                .and(Entry::number("sigma_in_steps", &row.steps))
                .and(Entry::number("j", &row.j))
                .and(Entry::vector("gradient", own, &row.gradient))
                .and(Entry::number("distance", &row.distance))
                .and(Entry::optional_float("order", row.order).unbounded())
        });
        Entries::default()
            .and(Entry::texts("parameters", &self.parameters))
            .and(Entry::vector("mean", Axis::State, &self.mean))
            .and(Entry::vector("slope", Axis::State, &self.slope))
            .and(Entry::number("j", &self.j))
            .and(Entry::vector("gradient", own, &self.gradient))
            .and(Entry::list("approach", rows.collect()))
    }
}

/// What the smaller of two critics does.
#[derive(Clone, Debug)]
pub struct MinimumReport {
    /// σ of each critic's error.
    pub sigma: f64,
    /// Their correlation.
    pub correlation: f64,
    /// δ = E min(e₁, e₂).
    pub expected: f64,
    /// β(s, a) \[SA\], the bias of q over δ.
    pub q: Vec<Quantity>,
    /// ρ₀ π β.
    pub j: Quantity,
    /// ρ(β∇π) \[d\].
    pub gradient: Vec<Quantity>,
    /// δ times these three, in floating point.
    pub bias: (Vec<f64>, f64, Vec<f64>),
}

impl MinimumReport {
    /// The report of a bias per unit, for errors of which that minimum is expected.
    pub fn new<F: Solvable>(
        found: &MinimumBias<F>,
        (sigma, correlation, expected): (f64, f64, f64),
    ) -> MinimumReport {
        let times = |x: &F| x.to_f64() * expected + 0.0; // no −0
        MinimumReport {
            sigma,
            correlation,
            expected,
            q: Quantity::all(&found.q),
            j: Quantity::of(&found.j),
            gradient: Quantity::all(&found.gradient),
            bias: (
                found.q.iter().map(times).collect(),
                times(&found.j),
                found.gradient.iter().map(times).collect(),
            ),
        }
    }

    fn entries(&self) -> Entries<'_> {
        let unit = Entries::default()
            .and(Entry::number("j", &self.j))
            .and(Entry::vector("q", Axis::Pair, &self.q))
            .and(Entry::vector("gradient", Axis::Parameter, &self.gradient));
        let (q, j, gradient) = &self.bias;
        Entries::default()
            .and(Entry::float("sigma", self.sigma).unbounded())
            .and(Entry::float("correlation", self.correlation).unbounded())
            .and(Entry::float("expected", self.expected).unbounded())
            .and(Entry::group("per_unit", unit))
            .and(Entry::float("j_bias", *j).unbounded())
            .and(Entry::floats("q_bias", Axis::Pair, q).unbounded())
            .and(Entry::floats("gradient_bias", Axis::Parameter, gradient).unbounded())
    }
}

/// What is forgotten with the Jacobian of tanh.
#[derive(Clone, Debug)]
pub struct SquashingReport {
    /// α.
    pub alpha: Quantity,
    /// The entropy of u \[S\].
    pub before: Vec<Quantity>,
    /// The entropy of tanh u \[S\].
    pub after: Vec<Quantity>,
    /// Their difference \[S\].
    pub entropy: Vec<Quantity>,
    /// α Σ ρ of that.
    pub j: Quantity,
    /// α times its gradient \[d\].
    pub gradient: Vec<Quantity>,
}

impl SquashingReport {
    /// The report of what was forgotten, at a temperature α.
    pub fn new<F: Solvable>(found: &Squashing<F>, alpha: &F) -> SquashingReport {
        let gradient: Vec<F> = found.gradient.iter().map(|x| x.clone() * alpha).collect();
        SquashingReport {
            alpha: Quantity::of(alpha),
            before: found.before.iter().map(super::optional).collect(),
            after: found.after.iter().map(super::optional).collect(),
            entropy: Quantity::all(&found.entropy),
            j: Quantity::of(&(found.j.clone() * alpha)),
            gradient: Quantity::all(&gradient),
        }
    }

    fn entries(&self) -> Entries<'_> {
        let by_state = |name, x| Entry::vector(name, Axis::State, x);
        Entries::default()
            .and(Entry::number("alpha", &self.alpha).unbounded())
            .and(by_state("entropy_before", &self.before))
            .and(by_state("entropy_after", &self.after))
            .and(by_state("entropy_bias", &self.entropy))
            .and(Entry::number("j_bias", &self.j))
            .and(Entry::vector(
                "gradient_bias",
                Axis::Parameter,
                &self.gradient,
            ))
    }
}

impl ContinuousReport {
    /// The report of both ways to the gradient. Errors where J has no gradient, or where it leaves the field.
    pub fn new<F: Differentiable>(
        at: &Solved<F>,
        objective: Objective,
        found: &Reparametrized<F>,
    ) -> Result<ContinuousReport, Error> {
        let gradient = at.gradient()?;
        let gaps = gradient.iter().zip(&found.gradient);
        let gaps = gaps.map(|(x, y)| (x.clone() - y).abs());
        let most = gaps.reduce(|most, x| if x > most { x } else { most });
        let laws = [
            ("q", &found.scored),
            ("advantage", &found.centred),
            ("reparametrized", &found.moved),
        ];
        Ok(ContinuousReport {
            head: Head::new(at.mdp(), at.policy(), objective),
            j: Quantity::of(at.j()),
            gradient: Quantity::all(gradient),
            reparametrized: Quantity::all(&found.gradient),
            max_difference: Quantity::of(&most.unwrap_or_else(F::zero)),
            estimators: laws.map(|(name, law)| MovedLaw::new(name, law)).into(),
            limit: None,
            minimum: None,
            squashing: None,
            bounds: None,
            proven: None,
        })
    }

    /// Without what rounding may have done.
    fn numbers(&self) -> Entries<'_> {
        use Axis::Parameter;
        let laws = self.estimators.iter().map(MovedLaw::entries).collect();
        self.head
            .entries()
            .and(Entry::number("j", &self.j))
            .and(Entry::vector("gradient", Parameter, &self.gradient))
            .and(Entry::vector(
                "reparametrized",
                Parameter,
                &self.reparametrized,
            ))
            .and(Entry::number("max_difference", &self.max_difference))
            .and(Entry::list("estimators", laws))
            .and_some("limit", self.limit.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and_some("minimum", self.minimum.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
            .and_some("squashing", self.squashing.as_ref(), |name, x| {
                Entry::group(name, x.entries())
            })
    }
}

impl Report for ContinuousReport {
    fn entries(&self) -> Entries<'_> {
        let entries = self.bounded();
        entries.and_some("bounds", self.bounds.as_ref(), Entry::bounds)
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
    columns: &["name", "state", "action", "parameter"],
    lines: &[
        CsvLine::Of("j", "j"),
        CsvLine::Of("j_error", "j_error"),
        CsvLine::Of("gradient", "gradient"),
        CsvLine::Of("gradient_error", "gradient_error"),
        CsvLine::Of("reparametrized", "reparametrized"),
        CsvLine::Of("reparametrized_error", "reparametrized_error"),
        CsvLine::Of("max_difference", "max_difference"),
        CsvLine::Of("max_difference_error", "max_difference_error"),
        CsvLine::Each(
            "estimators",
            "name",
            "name",
            &[
                CsvLine::Of("mean", "mean"),
                CsvLine::Of("mean_error", "mean_error"),
                CsvLine::Of("variance", "variance"),
                CsvLine::Of("variance_error", "variance_error"),
                CsvLine::Of("trace", "trace"),
                CsvLine::Of("trace_error", "trace_error"),
            ],
        ),
        CsvLine::Of("limit/mean", "limit_mean"),
        CsvLine::Of("limit/slope", "limit_slope"),
        CsvLine::Of("limit/slope_error", "limit_slope_error"),
        CsvLine::Of("limit/j", "limit_j"),
        CsvLine::Of("limit/j_error", "limit_j_error"),
        CsvLine::Of("limit/gradient", "limit_gradient"),
        CsvLine::Of("limit/gradient_error", "limit_gradient_error"),
        CsvLine::Each(
            "limit/approach",
            "scale",
            "name",
            &[
                CsvLine::Of("sigma", "sigma"),
                CsvLine::Of("j", "approach_j"),
                CsvLine::Of("gradient", "approach_gradient"),
                CsvLine::Of("gradient_error", "approach_gradient_error"),
                CsvLine::Of("distance", "distance"),
                CsvLine::Of("distance_error", "distance_error"),
                CsvLine::Of("order", "order"),
            ],
        ),
        CsvLine::Of("minimum/expected", "expected_minimum"),
        CsvLine::Of("minimum/j_bias", "minimum_j_bias"),
        CsvLine::Of("minimum/q_bias", "minimum_q_bias"),
        CsvLine::Of("minimum/gradient_bias", "minimum_gradient_bias"),
        CsvLine::Of("squashing/entropy_before", "entropy_before"),
        CsvLine::Of("squashing/entropy_after", "entropy_after"),
        CsvLine::Of("squashing/entropy_bias", "entropy_bias"),
        CsvLine::Of("squashing/j_bias", "squashing_j_bias"),
        CsvLine::Of("squashing/gradient_bias", "squashing_gradient_bias"),
    ],
};
