//! What `--sweep` reports: numbers of a model at many values of one quantity.

use std::io;

use super::csv::{self, float};
use super::entries::{Axis, Entries, Entry};
use super::{Quantity, Report};
use crate::estimator::shown;
use crate::number::Number;

/// What is swept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swept {
    /// γ.
    Discount,
    /// λ of eligibility traces and of generalised advantages.
    Lambda,
    /// How many trajectories are averaged.
    Trajectories,
    /// α, the size of a step.
    Step,
    /// θ of one parameter of the policy, by its name.
    Parameter(String),
}

impl Swept {
    /// What a name means: `discount`, `lambda`, `n` or `trajectories`, `step`; else a parameter of the policy.
    pub fn named(name: &str) -> Swept {
        match name {
            "discount" => Swept::Discount,
            "lambda" => Swept::Lambda,
            "n" | "trajectories" => Swept::Trajectories,
            "step" => Swept::Step,
            name => Swept::Parameter(name.to_string()),
        }
    }

    /// Its name as the user may say it.
    pub fn name(&self) -> &str {
        match self {
            Swept::Parameter(name) => name,
            other => other.key(),
        }
    }

    /// Its name in JSON.
    pub fn key(&self) -> &'static str {
        match self {
            Swept::Discount => "discount",
            Swept::Lambda => "lambda",
            Swept::Trajectories => "n",
            Swept::Step => "step",
            Swept::Parameter(_) => "theta",
        }
    }

    /// Whether its values go up by equal ratios, not by equal differences.
    pub fn is_geometric(&self) -> bool {
        matches!(self, Swept::Trajectories | Swept::Step)
    }
}

/// Which number is found at each value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SweptNumber {
    /// J of the policy, or at the end of an ascent.
    J,
    /// J of the best policy.
    OptimalJ,
    /// Σ d (v̂ − v)² of a critic.
    Error,
    /// E J(θ') − J of a sampled step.
    ExpectedChange,
    /// √(‖E ĝ − ∇J‖² + tr Σ/n) of the mean of n estimates.
    RootMeanSquaredError,
}

impl SweptNumber {
    /// Its name in JSON.
    pub fn key(self) -> &'static str {
        match self {
            SweptNumber::J => "j",
            SweptNumber::OptimalJ => "j_optimal",
            SweptNumber::Error => "error",
            SweptNumber::ExpectedChange => "expected_change",
            SweptNumber::RootMeanSquaredError => "root_mean_squared_error",
        }
    }

    /// Its name for people.
    pub fn letter(self) -> &'static str {
        match self {
            SweptNumber::J => "J",
            SweptNumber::OptimalJ => "J*",
            SweptNumber::Error => "error",
            SweptNumber::ExpectedChange => "E J(θ') − J",
            SweptNumber::RootMeanSquaredError => "root mean squared error",
        }
    }
}

/// What was found at one value.
#[derive(Clone, Debug)]
pub(crate) struct At {
    /// The number.
    pub value: Quantity,
    /// What rounding can do to it; `None` where that is not known, or is not worth a word.
    pub error: Option<f64>,
    /// ∇J \[d\], where it was asked for.
    pub gradient: Vec<Quantity>,
    /// What rounding can do to any entry of ∇J, where it may show in the ninth digit.
    pub gradient_error: Option<f64>,
    /// Whether that is told however small it is beside the largest: an entry came out as 0 that may be more.
    pub told_anyway: bool,
}

impl At {
    /// A number that has to be there, of this name.
    ///
    /// Errors with a sentence where it is not defined.
    pub fn defined(value: Quantity, name: &str) -> Result<At, String> {
        match value.value() {
            Some(_) => Ok(value.into()),
            None => Err(format!("{name} is not defined")),
        }
    }

    /// With what rounding can do to the number.
    pub fn within(self, error: Option<f64>) -> At {
        At { error, ..self }
    }

    /// With ∇J \[d\], and what rounding can do to any entry.
    pub fn sloping(self, gradient: Vec<Quantity>, gradient_error: Option<f64>) -> At {
        At {
            gradient,
            gradient_error,
            ..self
        }
    }

    /// With what is known of entries of ∇J \[d\] that came out as 0: whether they may be more.
    pub fn moving(self, movable: &[bool]) -> At {
        let mut both = self.gradient.iter().zip(movable);
        At {
            told_anyway: both.any(|(x, movable)| *movable && x.value() == Some(0.0)),
            ..self
        }
    }

    /// The bounds of the number and of ∇J where they may show in a ninth digit.
    fn told(&self) -> [Quantity; 2] {
        let floats = |all: &[Quantity]| -> Vec<f64> {
            all.iter().map(|x| x.value().unwrap_or(0.0)).collect()
        };
        let shows = |error: Option<f64>, numbers: &[f64]| {
            let error = error?;
            shown(&vec![error; numbers.len()], numbers).map(|_| error)
        };
        let value = shows(self.error, &floats(std::slice::from_ref(&self.value)));
        let gradient = shows(self.gradient_error, &floats(&self.gradient));
        let of_zero = self
            .gradient_error
            .filter(|&error| self.told_anyway && error > 0.0);
        let gradient = gradient.or(of_zero);
        [value, gradient].map(|x| x.map_or(Quantity::Undefined, Quantity::from))
    }
}

impl From<Quantity> for At {
    fn from(value: Quantity) -> At {
        At {
            value,
            error: None,
            gradient: Vec::new(),
            gradient_error: None,
            told_anyway: false,
        }
    }
}

/// The numbers at each value.
#[derive(Clone, Debug)]
pub struct SweepReport {
    /// The name of the model.
    pub model: String,
    /// What is swept, by its whole name, as `theta[cold,heat]`.
    pub parameter: String,
    /// What is swept.
    pub swept: Swept,
    /// Which number was found at each value.
    pub quantity: SweptNumber,
    /// The values \[K\], upwards.
    pub at: Vec<f64>,
    /// The numbers \[K\] of each of several things, or of one without a name; undefined where there is none.
    pub curves: Vec<(Option<String>, Vec<Quantity>)>,
    /// What rounding can do to each number of each \[K\]; undefined where it cannot show in the ninth digit.
    pub errors: Vec<Vec<Quantity>>,
    /// The parameters \[d\] of the policy, where ∇J was asked for; else none.
    pub labels: Vec<String>,
    /// ∇J \[K\]\[d\]; empty where it was not asked for.
    pub gradient: Vec<Vec<Quantity>>,
    /// What rounding can do to any entry of each ∇J \[K\]; undefined where it cannot show in a ninth digit.
    pub gradient_error: Vec<Quantity>,
    /// What all is held against, with its name: `J*` of ascents, errors of critics without traces.
    pub levels: Vec<(String, f64)>,
    /// Why a value has no number, a sentence for each that has none.
    pub absent: Vec<String>,
}

impl SweepReport {
    /// A report of nothing yet.
    pub(crate) fn new(
        model: &str,
        swept: &Swept,
        at: &[Number],
        quantity: SweptNumber,
    ) -> SweepReport {
        SweepReport {
            model: model.to_string(),
            parameter: swept.name().to_string(),
            swept: swept.clone(),
            quantity,
            at: at.iter().map(Number::to_f64).collect(),
            curves: Vec::new(),
            errors: Vec::new(),
            labels: Vec::new(),
            gradient: Vec::new(),
            gradient_error: Vec::new(),
            levels: Vec::new(),
            absent: Vec::new(),
        }
    }

    /// With the whole name of the parameter that is swept.
    pub(crate) fn of_parameter(self, name: String) -> SweepReport {
        SweepReport {
            parameter: name,
            ..self
        }
    }

    /// With the names of the entries of ∇J; none where it is not asked for.
    pub(crate) fn with_gradient(self, labels: Vec<String>) -> SweepReport {
        SweepReport { labels, ..self }
    }

    /// Adds what was found at each value, of one thing or of all.
    pub(crate) fn add(&mut self, name: Option<String>, found: Vec<Result<At, String>>) {
        let mut values = Vec::with_capacity(found.len());
        let mut errors = Vec::with_capacity(found.len());
        for (at, found) in self.at.iter().zip(found) {
            let found = found.unwrap_or_else(|why| {
                let of = name
                    .as_ref()
                    .map_or_else(String::new, |of| format!("{of}, "));
                let why = format!("{of}{} {at}: {why}", self.swept.name());
                self.absent.push(why);
                let nothing = At::from(Quantity::Undefined);
                nothing.sloping(vec![Quantity::Undefined; self.labels.len()], None)
            });
            let [error, of_gradient] = found.told();
            values.push(found.value);
            errors.push(error);
            if !self.labels.is_empty() {
                self.gradient.push(found.gradient);
                self.gradient_error.push(of_gradient);
            }
        }
        self.curves.push((name, values));
        self.errors.push(errors);
    }

    /// The largest bound on a number, and on an entry of ∇J, where rounding may show in any.
    pub fn largest_errors(&self) -> [Option<f64>; 2] {
        let largest = |all: &mut dyn Iterator<Item = &Quantity>| {
            all.filter_map(Quantity::value).reduce(f64::max)
        };
        [
            largest(&mut self.errors.iter().flatten()),
            largest(&mut self.gradient_error.iter()),
        ]
    }

    /// Adds a level that all is held against, if it is defined.
    pub(crate) fn level(&mut self, name: &str, value: &Quantity) {
        self.levels
            .extend(value.value().map(|value| (name.to_string(), value)));
    }

    /// Whether the curves have names of their own.
    pub fn is_named(&self) -> bool {
        self.curves.iter().any(|(name, _)| name.is_some())
    }

    /// ‖∇J‖₂ \[K\].
    pub fn norms(&self) -> Vec<Quantity> {
        let norm = |row: &Vec<Quantity>| {
            let squares = row.iter().map(|x| x.value().map(|x| x * x));
            let sum: Option<f64> = squares.sum();
            sum.map_or(Quantity::Undefined, |sum| sum.sqrt().into())
        };
        self.gradient.iter().map(norm).collect()
    }
}

impl Report for SweepReport {
    fn entries(&self) -> Entries<'_> {
        let absent = Some(self.absent.as_slice()).filter(|absent| !absent.is_empty());
        let entries = Entries::default()
            .and(Entry::text("model", &self.model))
            .and(Entry::text("parameter", &self.parameter))
            .and(Entry::text("quantity", self.quantity.key()))
            .and(Entry::floats(self.swept.key(), Axis::Index, &self.at));
        let error = |name, x| Entry::vector(name, Axis::Index, x);
        let entries = if self.is_named() {
            let groups = self.curves.iter().zip(&self.errors);
            let groups = groups.map(|((name, values), errors)| {
                Entries::default()
                    .and(Entry::text("name", name.as_deref().unwrap_or_default()))
                    .and(Entry::vector("values", Axis::Index, values))
                    .and_some("values_error", known(errors), error)
            });
            entries.and(Entry::list("curves", groups.collect()))
        } else {
            let only = self.curves.first();
            let values = only.map_or(&[][..], |(_, values)| values);
            let errors = self.errors.first().and_then(|errors| known(errors));
            entries
                .and(Entry::vector("values", Axis::Index, values))
                .and_some("values_error", errors, error)
        };
        let entries = if self.labels.is_empty() {
            entries
        } else {
            let axes = [Axis::Index, Axis::Parameter];
            entries
                .and(Entry::texts("parameters", &self.labels))
                .and(Entry::matrix("gradient", axes, &self.gradient))
                .and_some("gradient_error", known(&self.gradient_error), error)
        };
        entries.and_some("absent", absent, Entry::texts)
    }

    /// A column of the values, one for each of what was found, and behind them those of bounds that are told.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        let names = self.curves.iter().map(|(name, _)| match name {
            Some(name) => name.as_str(),
            None => self.quantity.key(),
        });
        let labels = self.labels.iter().map(String::as_str);
        let told = self.errors.iter().filter_map(|errors| known(errors));
        let told: Vec<&[Quantity]> = told.chain(known(&self.gradient_error)).collect();
        let of_curves = names.clone().zip(&self.errors);
        let of_curves = of_curves.filter(|(_, errors)| known(errors).is_some());
        let of_curves = of_curves.map(|(name, _)| format!("{name}_error"));
        let of_gradient = known(&self.gradient_error).map(|_| "gradient_error".to_string());
        let errors: Vec<String> = of_curves.chain(of_gradient).collect();
        let head: Vec<&str> = [self.swept.key()]
            .into_iter()
            .chain(names)
            .chain(labels)
            .chain(errors.iter().map(String::as_str))
            .collect();
        rows.row(&head)?;
        for (k, at) in self.at.iter().enumerate() {
            let own = self.curves.iter().map(|(_, values)| &values[k]);
            let slopes = self.gradient.get(k).into_iter().flatten();
            // −0 is 0
            let text = |x: &Quantity| x.value().map_or_else(String::new, |x| float(x + 0.0));
            let errors = told.iter().map(|errors| &errors[k]);
            let cells = own.chain(slopes).chain(errors).map(text);
            let cells: Vec<String> = [float(at + 0.0)].into_iter().chain(cells).collect();
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            rows.row(&cells)?;
        }
        Ok(())
    }
}

/// Bounds of which one is told.
fn known(errors: &[Quantity]) -> Option<&[Quantity]> {
    let is_told = errors.iter().any(|x| x.value().is_some());
    is_told.then_some(errors)
}
