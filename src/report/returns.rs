//! What `evaluate --return` reports: moments and law of the return, and of the episode's length.

use super::Quantity;
use super::entries::{Axis, Entries, Entry};
use crate::error::Error;
use crate::estimator::shown;
use crate::field::CLOSE;
use crate::linalg::Solvable;
use crate::model::Objective;
use crate::returns::{Distribution, Interval, ReturnErrors, ReturnMoments};

/// The levels of the quantiles and of the means of the worst outcomes, as fractions.
const LEVELS: [(i64, i64); 7] = [(1, 20), (1, 10), (1, 4), (1, 2), (3, 4), (9, 10), (19, 20)];

/// The law of the return G from ρ₀.
#[derive(Clone, Debug)]
pub struct ReturnReport {
    /// Var G, in units of reward squared.
    pub variance: Quantity,
    /// The root of that, in units of reward; undefined where the numbers have no roots.
    pub standard_deviation: Quantity,
    /// E (G − J)³.
    pub third_central_moment: Quantity,
    /// E (G − J)⁴.
    pub fourth_central_moment: Quantity,
    /// Undefined where G does not vary, and where the numbers have no roots.
    pub skewness: Quantity,
    /// 3 for a normal law; undefined where G does not vary.
    pub kurtosis: Quantity,
    /// Var[G | S₀ = s] \[S\].
    pub variance_by_state: Vec<Quantity>,
    /// What rounding can do to the variance, where it may show in the ninth digit.
    pub variance_error: Option<f64>,
    /// What rounding can do to the variance from each state \[S\], where it may show in one of them.
    pub variance_by_state_error: Option<Vec<f64>>,
    /// What rounding can do to E (G − J)³, where it may show in the ninth digit.
    pub third_error: Option<f64>,
    /// What rounding can do to E (G − J)⁴, where it may show in the ninth digit.
    pub fourth_error: Option<f64>,
    /// What rounding can do to the skewness, where it may show in the ninth digit.
    pub skewness_error: Option<f64>,
    /// What rounding can do to the kurtosis, where it may show in the ninth digit.
    pub kurtosis_error: Option<f64>,
    /// ∇Var G \[d\], where it exists.
    pub variance_gradient: Option<Vec<Quantity>>,
    /// What rounding can do to an entry of it, where it may show in the ninth digit of the largest.
    pub variance_gradient_error: Option<f64>,
    /// The distribution of G; none over certified numbers.
    pub distribution: Option<DistributionReport>,
    /// The distribution of the number of steps, where something ends.
    pub length: Option<DistributionReport>,
}

/// A distribution, whole or enclosed.
#[derive(Clone, Debug)]
pub struct DistributionReport {
    /// Whether it is the whole law.
    pub finite: bool,
    /// How many steps were followed.
    pub steps: u64,
    /// The probability that was still under way then.
    pub under_way: Quantity,
    /// The least that each part may be, in increasing order; undefined for −∞.
    pub low: Vec<Quantity>,
    /// The most that it may be; undefined for ∞.
    pub high: Vec<Quantity>,
    /// Its probability.
    pub probability: Vec<Quantity>,
    /// What rounding may have moved the ends of each part by, where it may show in the ninth digit of one.
    pub error: Option<Vec<f64>>,
    /// The levels of what follows.
    pub levels: Vec<Quantity>,
    /// The least that the quantile may be at each level.
    pub quantile_low: Vec<Quantity>,
    /// The most.
    pub quantile_high: Vec<Quantity>,
    /// What rounding may have moved either by, where it may show in one of them.
    pub quantile_error: Option<Vec<f64>>,
    /// The least that the mean of the worst outcomes of this probability may be (CVaR): of costs, of the
    /// largest.
    pub tail_mean_low: Vec<Quantity>,
    /// The most.
    pub tail_mean_high: Vec<Quantity>,
    /// What rounding may have moved either by, where it may show in one of them.
    pub tail_mean_error: Option<Vec<f64>>,
}

impl ReturnReport {
    /// The report of moments, of the gradient of the variance and of the laws that there are, of gains or of
    /// costs.
    pub fn new<F: Solvable>(
        moments: &ReturnMoments<F>,
        variance_gradient: Option<&[F]>,
        distribution: Option<&Distribution<F>>,
        length: Option<&Distribution<F>>,
        objective: Objective,
    ) -> Result<ReturnReport, Error> {
        let report = DistributionReport::new::<F>;
        let length = length.map(|law| report(law, Objective::Maximize));
        let distribution = distribution.map(|law| report(law, objective));
        Ok(ReturnReport {
            variance: Quantity::of(&moments.variance),
            standard_deviation: optional(moments.standard_deviation().as_ref()),
            third_central_moment: Quantity::of(&moments.third),
            fourth_central_moment: Quantity::of(&moments.fourth),
            skewness: optional(moments.skewness().as_ref()),
            kurtosis: optional(moments.kurtosis().as_ref()),
            variance_by_state: Quantity::all(&moments.variance_by_state),
            variance_error: None,
            variance_by_state_error: None,
            skewness_error: None,
            kurtosis_error: None,
            variance_gradient_error: None,
            third_error: None,
            fourth_error: None,
            variance_gradient: variance_gradient.map(Quantity::all),
            distribution: distribution.transpose()?,
            length: length.transpose()?,
        })
    }

    /// With bounds on what rounding has done to moments, as far as they may show. Skewness and kurtosis are undefined
    /// where it cannot be told that G varies.
    #[must_use]
    pub fn with_errors(
        mut self,
        errors: Option<ReturnErrors>,
        gradient: Option<f64>,
    ) -> ReturnReport {
        let entries = self.variance_gradient.iter().flatten();
        let steepest = entries
            .filter_map(Quantity::value)
            .fold(0.0, |most: f64, x| most.max(x.abs()));
        self.variance_gradient_error =
            gradient.filter(|error| shown(&[*error], &[steepest]).is_some());
        let Some(errors) = errors else {
            return self;
        };
        let beside = |error: f64, moment: &Quantity| {
            Some(error).filter(|error| {
                moment
                    .value()
                    .is_some_and(|x| shown(&[*error], &[x]).is_some())
            })
        };
        let known = |x: &Quantity| x.value().unwrap_or(f64::INFINITY);
        let by_state: Vec<f64> = self.variance_by_state.iter().map(known).collect();
        self.variance_by_state_error = shown(&errors.variance_by_state, &by_state);
        self.variance_error = beside(errors.variance, &self.variance);
        self.third_error = beside(errors.third, &self.third_central_moment);
        self.fourth_error = beside(errors.fourth, &self.fourth_central_moment);
        self.with_shape_errors(&errors)
    }

    /// With those of skewness and kurtosis, which are ratios: known also where the variance is too small, or too large, for
    /// floating point and the standard deviation is not.
    fn with_shape_errors(mut self, errors: &ReturnErrors) -> ReturnReport {
        let Some(deviation) = self.standard_deviation.value() else {
            return self;
        };
        let deviation = deviation / errors.unit;
        let [variance, third, fourth] = errors.in_units;
        let left = 1.0 - variance / (deviation * deviation);
        if deviation > 0.0 && (left <= 0.0 || left.is_nan()) {
            (self.skewness, self.kurtosis) = (Quantity::Undefined, Quantity::Undefined);
            return self;
        }
        let bound = |x: &Quantity, error: f64, power: f64| {
            let x = x.value()?.abs();
            let error = (x + error) / left.powf(power) - x;
            shown(&[error], &[x]).map(|_| error)
        };
        self.skewness_error = bound(
            &self.skewness,
            third / deviation / deviation / deviation,
            1.5,
        );
        self.kurtosis_error = bound(
            &self.kurtosis,
            fourth / deviation.powi(2) / deviation.powi(2),
            2.0,
        );
        self
    }

    /// As a report holds it.
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries::default()
            .and(Entry::number("variance", &self.variance))
            .and(Entry::number(
                "standard_deviation",
                &self.standard_deviation,
            ))
            .and(Entry::number(
                "third_central_moment",
                &self.third_central_moment,
            ))
            .and(Entry::number(
                "fourth_central_moment",
                &self.fourth_central_moment,
            ))
            .and(Entry::number("skewness", &self.skewness))
            .and(Entry::number("kurtosis", &self.kurtosis))
            .and(Entry::vector(
                "variance_by_state",
                Axis::State,
                &self.variance_by_state,
            ))
            .and_some("variance_error", self.variance_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some(
                "variance_by_state_error",
                self.variance_by_state_error.as_deref(),
                |name, x| Entry::floats(name, Axis::State, x).unbounded(),
            )
            .and_some("third_error", self.third_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some("fourth_error", self.fourth_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some("skewness_error", self.skewness_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and_some("kurtosis_error", self.kurtosis_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::or_null(
                "variance_gradient",
                self.variance_gradient.as_deref(),
                |name, x| Entry::vector(name, Axis::Parameter, x),
            ))
            .and_some(
                "variance_gradient_error",
                self.variance_gradient_error,
                |name, x| Entry::float(name, x).unbounded(),
            )
            .and(Entry::or_null(
                "distribution",
                self.distribution.as_ref(),
                |name, law| Entry::group(name, law.entries()),
            ))
            .and(Entry::or_null(
                "length",
                self.length.as_ref(),
                |name, law| Entry::group(name, law.entries()),
            ))
    }
}

impl DistributionReport {
    /// The report of a law; the worst outcomes are the least, of costs the largest.
    ///
    /// # Errors
    /// Where the law has no quantile or tail of a level between 0 and 1.
    pub fn new<F: Solvable>(
        law: &Distribution<F>,
        objective: Objective,
    ) -> Result<DistributionReport, Error> {
        let levels = LEVELS.map(|(p, q)| F::from_i64(p) / F::from_i64(q));
        let quantiles = levels.iter().map(|x| law.quantile(x));
        let quantiles: Vec<Interval<F>> = quantiles.collect::<Result<_, _>>()?;
        let tail = |level: &F| match objective {
            Objective::Maximize => law.tail_mean(level),
            Objective::Minimize => law.upper_tail_mean(level),
        };
        let tails = levels.iter().map(tail);
        let tails: Vec<Interval<F>> = tails.collect::<Result<_, _>>()?;
        let ends = |intervals: &[Interval<F>], low: bool| {
            let end = |x: &Interval<F>| {
                let end = if low { &x.low } else { &x.high };
                optional(end.as_ref())
            };
            intervals.iter().map(end).collect()
        };
        let errors = |intervals: &[Interval<F>]| {
            let ends = intervals.iter();
            told(ends.map(|x| (x.low.as_ref(), x.high.as_ref(), x.error)))
        };
        let parts = law.parts.iter();
        let of_parts = parts
            .clone()
            .map(|part| (part.low.as_ref(), part.high.as_ref(), part.error));
        Ok(DistributionReport {
            error: told(of_parts),
            quantile_error: errors(&quantiles),
            tail_mean_error: errors(&tails),
            finite: law.finite,
            steps: law.steps as u64,
            under_way: Quantity::of(&law.under_way),
            low: parts
                .clone()
                .map(|part| optional(part.low.as_ref()))
                .collect(),
            high: parts
                .clone()
                .map(|part| optional(part.high.as_ref()))
                .collect(),
            probability: parts.map(|part| Quantity::of(&part.probability)).collect(),
            levels: Quantity::all(&levels),
            quantile_low: ends(&quantiles, true),
            quantile_high: ends(&quantiles, false),
            tail_mean_low: ends(&tails, true),
            tail_mean_high: ends(&tails, false),
        })
    }

    fn entries(&self) -> Entries<'_> {
        let along = |name, x| Entry::vector(name, Axis::Index, x);
        let error = |name, x| Entry::floats(name, Axis::Index, x).unbounded();
        Entries::default()
            .and(Entry::flag("finite", self.finite))
            .and(Entry::whole("steps", self.steps))
            .and(Entry::number("under_way", &self.under_way))
            .and(along("low", &self.low))
            .and(along("high", &self.high))
            .and(along("probability", &self.probability))
            .and_some("error", self.error.as_deref(), error)
            .and(along("levels", &self.levels))
            .and(along("quantile_low", &self.quantile_low))
            .and(along("quantile_high", &self.quantile_high))
            .and_some("quantile_error", self.quantile_error.as_deref(), error)
            .and(along("tail_mean_low", &self.tail_mean_low))
            .and(along("tail_mean_high", &self.tail_mean_high))
            .and_some("tail_mean_error", self.tail_mean_error.as_deref(), error)
    }
}

/// Errors of ends, where one of them may show in the ninth digit of an end, be that 0.
fn told<'a, F: Solvable>(
    ends: impl Iterator<Item = (Option<&'a F>, Option<&'a F>, f64)> + Clone,
) -> Option<Vec<f64>> {
    let size = |x: Option<&F>| x.map_or(f64::INFINITY, |x| x.to_f64().abs());
    let mut all = ends.clone();
    let shows = all.any(|(low, high, error)| error > CLOSE * size(low).min(size(high)));
    shows.then(|| ends.map(|(.., error)| error).collect())
}

fn optional<F: Solvable>(x: Option<&F>) -> Quantity {
    x.map_or(Quantity::Undefined, Quantity::of)
}
