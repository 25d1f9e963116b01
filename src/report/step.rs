//! What `step` reports: what one step does to J.

mod baseline;
mod layout;

pub use self::baseline::ParameterBaseline;

use std::io;

use super::csv;
use super::entries::{Axis, Entries, Entry};
use super::{Bounds, Head, Quantity, Report, optional};
use crate::ascent::AscentMethod;
use crate::error::Error;
use crate::estimator::shown;
use crate::gradient::Differentiable;
use crate::linalg::Solvable;
use crate::model::Objective;
use crate::solved::Solved;
use crate::step::{Curl, Enumerated, Promise, StepLaw};
use layout::LAYOUT;

/// One step along each of several estimates, and of each of several methods.
#[derive(Clone, Debug)]
pub struct StepsReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// J.
    pub j: Quantity,
    /// What rounding can do to J, where it may show in its ninth digit.
    pub j_error: Option<f64>,
    /// ‖∇J‖².
    pub squared_gradient: Quantity,
    /// What rounding can do to that, where it may show.
    pub squared_gradient_error: Option<f64>,
    /// The step size α, in units of θ per unit of ∇J.
    pub step: Quantity,
    /// Trajectories of a batch, n ≥ 1.
    pub trajectories: u64,
    /// α, where the steps are up J with entropy: J and ∇J are then J_α and ∇J_α.
    pub entropy: Option<f64>,
    /// What a step along each estimate does.
    pub estimators: Vec<EstimateStepReport>,
    /// Where two of them have the same mean squared error.
    pub crossings: Vec<CrossingReport>,
    /// What a step of each method promises and does.
    pub methods: Vec<PromiseReport>,
}

/// A step along one estimate; without numbers where it has no covariance.
#[derive(Clone, Debug)]
pub struct EstimateStepReport {
    /// The estimator.
    pub name: String,
    /// Why there is nothing to say.
    pub absent: Option<String>,
    /// Names and numbers, in the order of JSON.
    pub numbers: Vec<(&'static str, Quantity)>,
    /// All batches.
    pub enumerated: Option<Enumerated>,
    /// What rounding can do to the slope, the curvature and the noise, also where it cannot show.
    pub parts_error: [f64; 3],
    /// b \[T\]\[S\] of a baselined estimator, one row if it does not depend on the time.
    pub baseline: Option<Vec<Vec<Quantity>>>,
    /// The baselines of an estimator that has one for each parameter.
    pub parameter_baseline: Option<ParameterBaseline>,
    /// ∂E ĝ \[d\]\[d\].
    pub jacobian: Option<Vec<Vec<Quantity>>>,
    /// ‖M − Mᵀ‖/‖M + Mᵀ‖ of that; `None` where rounding may explain all of M too.
    pub curl: Option<Curl>,
}

/// A curl is told from 0 from here on; a choice.
const SHOWN_CURL: f64 = 1e-9;

/// Two estimators with the same mean squared error.
#[derive(Clone, Debug)]
pub struct CrossingReport {
    /// The one that is better with fewer trajectories.
    pub below: String,
    /// The one that is better with more.
    pub above: String,
    /// At how many.
    pub trajectories: Quantity,
    /// What rounding can do to that, where it may show in the ninth digit.
    pub trajectories_error: Option<f64>,
}

/// A step of a method.
#[derive(Clone, Debug)]
pub struct PromiseReport {
    /// The method.
    pub method: AscentMethod,
    /// Why it makes no step.
    pub stop: Option<&'static str>,
    /// Names and numbers, in the order of JSON.
    pub numbers: Vec<(&'static str, Quantity)>,
}

/// Numbers that are gains: what is a cost has the other sign.
const GAINS: [&str; 10] = [
    "slope",
    "curvature",
    "noise",
    "expected_change",
    "best_change",
    "first_order",
    "second_order",
    "surrogate",
    "change",
    "bound",
];

impl StepsReport {
    /// The report without estimators and methods.
    ///
    /// Errors where J has no gradient.
    pub fn new<F: Differentiable>(
        at: &Solved<F>,
        objective: Objective,
        step: &F,
        trajectories: u64,
    ) -> Result<StepsReport, Error> {
        // what all rewards share moves no gradient, and takes its digits
        let without = at.without_offset()?;
        let without = without.as_ref().unwrap_or(at);
        let gradient = without.gradient()?;
        let square = crate::field::dot(gradient, gradient);
        let off = without.gradient_by(&[])?.disagreement.adjoint;
        let moved = |x: &F| off * (2.0 * x.to_f64().abs() + off);
        let error: f64 = gradient.iter().map(moved).sum();
        Ok(StepsReport {
            head: Head::new(at.mdp(), at.policy(), objective),
            j: Quantity::of(at.j()),
            j_error: at.rounding()?.objective,
            squared_gradient_error: told(error, square.to_f64()),
            squared_gradient: Quantity::of(&square),
            step: Quantity::of(step),
            trajectories,
            entropy: None,
            estimators: Vec::new(),
            crossings: Vec::new(),
            methods: Vec::new(),
        })
    }

    /// Adds where two of the estimators, whose laws these are, have the same mean squared error, and what is known of ‖∇J‖².
    pub fn cross<F: Solvable>(&mut self, laws: &[Result<StepLaw<F>, Error>]) {
        let known = laws.iter().flatten().map(StepLaw::squared_gradient_error);
        let square = self.squared_gradient.value().unwrap_or(f64::NAN);
        self.squared_gradient_error = self
            .squared_gradient_error
            .and_then(|error| told(known.fold(error, f64::min), square));
        for (i, first) in laws.iter().enumerate() {
            for (j, second) in laws.iter().enumerate().skip(i + 1) {
                let (Ok(first), Ok(second)) = (first, second) else {
                    continue;
                };
                let Some(at) = first.crossing(second) else {
                    continue;
                };
                let name = |k: usize| self.estimators[k].name.clone();
                let first_below = first.variance < second.variance;
                let (below, above) = if first_below { (i, j) } else { (j, i) };
                self.crossings.push(CrossingReport {
                    below: name(below),
                    above: name(above),
                    trajectories: Quantity::of(&at.trajectories),
                    trajectories_error: shown(&[at.error], &[at.trajectories.to_f64()])
                        .map(|_| at.error),
                });
            }
        }
    }

    /// Adds a step of a method.
    pub fn promised(&mut self, method: AscentMethod, found: &Promise) {
        let number = |x: Option<f64>| x.map_or(Quantity::Undefined, Quantity::from);
        let between = found.between.as_ref();
        let error = shown(&[found.change_error], &[found.change]);
        let error = error.and_then(|errors| Some(("change_error", (*errors.first()?).into())));
        let mut report = PromiseReport {
            method,
            stop: found.stop.map(|stop| stop.name()),
            numbers: vec![
                ("step", found.step.into()),
                ("first_order", number(found.first_order)),
                ("second_order", number(found.second_order)),
                ("surrogate", found.surrogate.into()),
                ("bound", number(found.guaranteed)),
                ("change", found.change.into()),
                (
                    "mean_divergence",
                    number(between.and_then(|b| b.mean_divergence)),
                ),
                (
                    "max_divergence",
                    number(between.and_then(|b| b.max_divergence())),
                ),
                (
                    "max_total_variation",
                    number(between.map(|b| b.max_total_variation())),
                ),
            ],
        };
        report.numbers.extend(error);
        self.methods.push(report);
    }

    /// The report of costs: gains with the other sign.
    #[must_use]
    pub fn negated(mut self) -> StepsReport {
        let turn = |x: &mut Quantity| {
            *x = match &*x {
                Quantity::Exact(x) => Quantity::Exact(Box::new(-(**x).clone())),
                x => x.value().map_or(Quantity::Undefined, |x| (-x).into()),
            };
        };
        turn(&mut self.j);
        let own = self.estimators.iter_mut().map(|one| &mut one.numbers);
        let methods = self.methods.iter_mut().map(|one| &mut one.numbers);
        for (name, x) in own.chain(methods).flatten() {
            if GAINS.contains(name) {
                turn(x);
            }
        }
        for one in self
            .estimators
            .iter_mut()
            .filter_map(|one| one.enumerated.as_mut())
        {
            one.expected_change = -one.expected_change;
        }
        self
    }
}

impl EstimateStepReport {
    /// What rounding may explain of the curl, where that shows.
    fn curl_error(&self) -> Option<f64> {
        let error = self.curl?.error;
        (error > SHOWN_CURL).then_some(error)
    }

    /// The step of size α along the mean of n estimates.
    pub fn new<F: Solvable>(
        name: String,
        law: &StepLaw<F>,
        step: &F,
        n: u64,
    ) -> EstimateStepReport {
        let some = |x: Option<F>| optional(&x);
        let all = Quantity::of::<F>;
        let size = step.to_f64();
        let mut report = EstimateStepReport {
            name,
            absent: None,
            numbers: vec![
                ("slope", all(&law.slope)),
                ("curvature", all(&law.curvature)),
                ("noise", all(&law.noise)),
                ("expected_change", all(&law.expected_change(step, n))),
                ("best_step", some(law.best_step(n))),
                ("best_change", some(law.best_change(n))),
                ("noise_scale", some(law.noise_scale())),
                ("simple_noise_scale", some(law.simple_noise_scale())),
                ("break_even", some(law.break_even(step))),
                ("deviation", law.deviation(size, n).into()),
                ("chance_worse", law.chance_worse(size, n).into()),
                ("chance_uphill", law.chance_uphill(n).into()),
                ("squared_bias", all(&law.squared_bias)),
                ("variance", all(&law.variance)),
                ("mean_squared_error", all(&law.mean_squared_error(n))),
            ],
            enumerated: None,
            parts_error: law.parts_error(),
            baseline: law.baseline.as_deref().map(Quantity::matrix),
            parameter_baseline: None,
            jacobian: None,
            curl: None,
        };
        report.bound(law.errors(size, n), law.length.to_f64());
        report
    }

    /// Adds what rounding can do to the numbers, where it may show in the ninth digit of one, and takes away those of which it
    /// may decide whether they are. A bias is seen beside a mean, of whose square the size is given.
    fn bound(&mut self, errors: Vec<(&'static str, f64)>, length: f64) {
        for (name, error) in errors {
            let of = name.trim_end_matches("_error");
            let of = if of == "mean_squared" {
                "mean_squared_error"
            } else {
                of
            };
            let Some((_, number)) = self.numbers.iter_mut().find(|(name, _)| *name == of) else {
                continue;
            };
            let Some(x) = number.value() else {
                continue;
            };
            // of other numbers a 0 may be what rounding has left
            let beside = if of == "squared_bias" || of == "mean_squared_error" {
                length
            } else {
                0.0
            };
            if error.is_infinite() || error.is_nan() {
                *number = Quantity::Undefined;
            } else if shown(&[error], &[x, beside]).is_some() {
                self.numbers.push((name, error.into()));
            }
        }
    }

    /// An estimator of which nothing can be said, and why.
    pub fn absent(name: String, why: String) -> EstimateStepReport {
        EstimateStepReport {
            name,
            absent: Some(why),
            numbers: Vec::new(),
            enumerated: None,
            parts_error: [0.0; 3],
            baseline: None,
            parameter_baseline: None,
            jacobian: None,
            curl: None,
        }
    }

    /// The number of a name.
    pub fn number(&self, name: &str) -> Quantity {
        number(&self.numbers, name)
    }

    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("name", self.name.as_str()))
            .and_some("absent", self.absent.as_deref(), Entry::text)
            .with(self.numbers.iter().map(|(name, x)| Entry::number(name, x)))
            .and_some("enumerated", self.enumerated.as_ref(), |name, x| {
                Entry::group(name, enumerated(x))
            })
            .and_some("baseline", self.baseline.as_deref(), |name, x| match x {
                [row] => Entry::vector(name, Axis::State, row),
                rows => Entry::matrix(name, [Axis::Time, Axis::State], rows),
            })
            .and_some(
                "parameter_baseline",
                self.parameter_baseline.as_ref(),
                |name, x| Entry::group(name, x.entries()),
            )
            .and_some("curl", self.curl.map(|curl| curl.value), Entry::float)
            .and_some("curl_error", self.curl_error(), Entry::float)
            .and_some("mean_jacobian", self.jacobian.as_deref(), |name, x| {
                Entry::matrix(name, [Axis::Parameter, Axis::Parameter], x)
            })
    }
}

impl PromiseReport {
    /// The number of a name.
    pub fn number(&self, name: &str) -> Quantity {
        number(&self.numbers, name)
    }

    fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::text("method", self.method.name()))
            .and_some("stop", self.stop, Entry::text)
            .with(self.numbers.iter().map(|(name, x)| Entry::number(name, x)))
    }
}

fn number(numbers: &[(&'static str, Quantity)], name: &str) -> Quantity {
    let found = numbers.iter().find(|(other, _)| *other == name);
    found.map_or(Quantity::Undefined, |(_, x)| x.clone())
}

/// A bound, where it may show in the ninth digit of its number.
fn told(error: f64, number: f64) -> Option<f64> {
    shown(&[error], &[number]).map(|_| error)
}

fn enumerated(x: &Enumerated) -> Entries<'static> {
    Entries::default()
        .and(Entry::whole("estimates", x.estimates as u64))
        .and(Entry::whole("batches", x.batches as u64))
        .and(Entry::float("expected_change", x.expected_change))
        .and_some(
            "expected_change_error",
            told(x.expected_change_error, x.expected_change),
            Entry::float,
        )
        .and(Entry::float("deviation", x.deviation))
        .and_some(
            "deviation_error",
            told(x.deviation_error, x.deviation),
            Entry::float,
        )
        .and(Entry::float("chance_worse", x.chance_worse))
        .and_some(
            "chance_worse_error",
            told(x.chance_worse_error, x.chance_worse),
            Entry::float,
        )
        .and(Entry::float("chance_uphill", x.chance_uphill))
        .and_some(
            "chance_uphill_error",
            told(x.chance_uphill_error, x.chance_uphill),
            Entry::float,
        )
}

impl Report for StepsReport {
    fn entries(&self) -> Entries<'_> {
        let crossing = |one: &'_ CrossingReport| {
            Entries::default()
                .and(Entry::text("below", one.below.clone()))
                .and(Entry::text("above", one.above.clone()))
                .and(Entry::float(
                    "trajectories",
                    one.trajectories.value().unwrap_or(f64::NAN),
                ))
                .and_some("trajectories_error", one.trajectories_error, Entry::float)
        };
        let estimators = self.estimators.iter().map(EstimateStepReport::entries);
        let methods = self.methods.iter().map(PromiseReport::entries);
        self.head
            .entries()
            .and_some("entropy", self.entropy, Entry::float)
            .and(Entry::number("j", &self.j))
            .and_some("j_error", self.j_error, Entry::float)
            .and(Entry::number("squared_gradient", &self.squared_gradient))
            .and_some(
                "squared_gradient_error",
                self.squared_gradient_error,
                Entry::float,
            )
            .and(Entry::number("step", &self.step))
            .and(Entry::whole("trajectories", self.trajectories))
            .and(Entry::list("estimators", estimators.collect()))
            .and(Entry::list(
                "crossings",
                self.crossings.iter().map(crossing).collect(),
            ))
            .and(Entry::list("methods", methods.collect()))
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.head, &self.entries(), rows)
    }

    fn bounds(&self) -> Option<&Bounds> {
        None
    }
}
