//! One quantity swept over a range: numbers of a model at many values of it, in one process.

mod error;
mod policies;
mod studies;

use std::str::FromStr;

use super::{Listener, StudyError};
use crate::error::Error;
use crate::mdp::Criterion;
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::report::{SweepReport, Swept, SweptNumber, sweep::At};

pub use error::SweepError;

/// Values of one quantity from one to another, evenly or, of steps and numbers of trajectories, by equal ratios.
///
/// ```
/// use exact_mdp::study::SweepRequest;
///
/// let sweep: SweepRequest = "discount=1/2..1:3".parse()?;
/// let values: Vec<f64> = sweep.values().iter().map(|x| x.to_f64()).collect();
/// assert_eq!(values, [0.5, 0.75, 1.0]);
/// # Ok::<(), exact_mdp::study::SweepError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SweepRequest {
    swept: Swept,
    from: Number,
    to: Number,
    count: u32,
}

/// What can be asked along a sweep: the request of a study.
pub trait Sweepable {
    /// What the study finds at each value; [`sweep`] says it in words.
    ///
    /// Errors with [`SweepError`] where the study does not sweep that, or is asked for more than a sweep finds.
    fn along(
        &self,
        model: &Model,
        sweep: &SweepRequest,
        listener: &dyn Listener,
    ) -> Result<SweepReport, StudyError>;
}

/// Asks one study at many values of one quantity:
///
/// | request | sweeps | finds |
/// |---|---|---|
/// | [`EvaluateRequest`](super::EvaluateRequest) | the discount, a parameter of the policy | J |
/// | [`GradientRequest`](super::GradientRequest) | the discount, a parameter of the policy | J and ∇J |
/// | [`SolveRequest`](super::SolveRequest) | the discount | J* |
/// | [`CriticsRequest`](super::CriticsRequest) | λ | the error of learners with traces |
/// | [`CompareRequest`](super::CompareRequest) | n, λ | by the exact laws, the root mean squared error of the mean of n estimates |
/// | [`StepRequest`](super::StepRequest) | α, n | the change of J to expect of a sampled step |
/// | [`AscendRequest`](super::AscendRequest) | the step size | J at the end of the ascents of each method |
///
/// A value at which there is no number says why in the report. Errors with [`SweepError`] where the study does not
/// sweep that, or is asked for more than a sweep finds, and as the study itself where it has no answer at all.
///
/// ```
/// use exact_mdp::model::Model;
/// use exact_mdp::study::{EvaluateRequest, Notes, sweep};
///
/// let model = Model::load("mdps/two-state.yaml")?;
/// let found = sweep(&model, &"discount=0..0.5:2".parse()?, &EvaluateRequest::default(), &Notes::default())?;
/// assert_eq!(found.at, [0.0, 0.5]);
/// assert_eq!(found.curves[0].1.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sweep(
    model: &Model,
    sweep: &SweepRequest,
    request: &impl Sweepable,
    listener: &dyn Listener,
) -> Result<SweepReport, StudyError> {
    request.along(model, sweep, listener)
}

/// So many values unless it is said; a choice.
const COUNT: u32 = 21;
/// More are never drawn; a choice.
const MOST: u32 = 10_000;

impl FromStr for SweepRequest {
    type Err = SweepError;

    /// `NAME=FROM..TO`, with how many `NAME=FROM..TO:COUNT`, 21 unless said.
    fn from_str(text: &str) -> Result<SweepRequest, SweepError> {
        let expected = || SweepError::NoSweep;
        // names of parameters may hold a `=` themselves
        let (name, range) = text.rsplit_once('=').ok_or_else(expected)?;
        let (range, count) = match range.split_once(':') {
            Some((range, count)) => (range, count.parse::<u64>().map_err(|_| expected())?),
            None => (range, u64::from(COUNT)),
        };
        let count = u32::try_from(count).map_err(|_| SweepError::Count { found: count })?;
        let (from, to) = range.split_once("..").ok_or_else(expected)?;
        let number = |text: &str| text.trim().parse::<Number>().map_err(|_| expected());
        SweepRequest::new(Swept::named(name.trim()), number(from)?, number(to)?, count)
    }
}

impl SweepRequest {
    /// So many values of a quantity.
    ///
    /// Errors unless they go upwards within the range of the quantity, and are 2 to 10,000.
    pub fn new(
        swept: Swept,
        from: Number,
        to: Number,
        count: u32,
    ) -> Result<SweepRequest, SweepError> {
        let within = match swept {
            Swept::Discount | Swept::Lambda => !from.is_negative() && to <= Number::ONE,
            Swept::Trajectories => from >= Number::ONE && to.to_f64() <= 1e15,
            Swept::Step => !from.is_negative() && !from.is_zero() && to.to_f64().is_finite(),
            Swept::Parameter(_) => from.to_f64().is_finite() && to.to_f64().is_finite(),
        };
        if !within || from >= to {
            return Err(SweepError::Range {
                expected: match swept {
                    Swept::Discount => "the discounts go upwards within [0, 1]",
                    Swept::Lambda => "the values of λ go upwards within [0, 1]",
                    Swept::Trajectories => "the numbers of trajectories go upwards from 1",
                    Swept::Step => "the steps go upwards, all above 0",
                    Swept::Parameter(_) => "the values go upwards",
                },
            });
        }
        if !(2..=MOST).contains(&count) {
            let found = u64::from(count);
            return Err(SweepError::Count { found });
        }
        Ok(SweepRequest {
            swept,
            from,
            to,
            count,
        })
    }

    /// What is swept.
    pub fn swept(&self) -> &Swept {
        &self.swept
    }

    /// The values: evenly, or by equal ratios; of numbers of trajectories the whole ones.
    pub fn values(&self) -> Vec<Number> {
        let all = 0..self.count;
        match self.swept {
            Swept::Trajectories => {
                let mut all: Vec<i64> = all.map(|i| self.ratio(i).round() as i64).collect();
                all.dedup();
                all.into_iter().map(Number::from).collect()
            }
            Swept::Step => all
                .map(|i| match i {
                    0 => self.from.clone(),
                    i if i + 1 == self.count => self.to.clone(),
                    i => Number::from_f64(self.ratio(i)).unwrap_or_else(|| self.to.clone()),
                })
                .collect(),
            _ => all.map(|i| self.even(i)).collect(),
        }
    }

    /// The i-th of values with even differences, exactly.
    fn even(&self, i: u32) -> Number {
        let (from, to) = (self.from.to_rational(), self.to.to_rational());
        let share = Rational::from(i) / Rational::from(self.count - 1);
        let length = &to - &from;
        (from + length * share).into()
    }

    /// The i-th of values with even ratios.
    fn ratio(&self, i: u32) -> f64 {
        let (from, to) = (self.from.to_f64(), self.to.to_f64());
        from * (to / from).powf(f64::from(i) / f64::from(self.count - 1))
    }

    /// What is swept, if a command sweeps that; `parameters` says whether it takes the policy's.
    ///
    /// Errors with what it sweeps instead.
    fn of(
        &self,
        command: &'static str,
        all: &[Swept],
        parameters: bool,
    ) -> Result<&Swept, SweepError> {
        let is_parameter = matches!(self.swept, Swept::Parameter(_));
        if all.contains(&self.swept) || is_parameter && parameters {
            return Ok(&self.swept);
        }
        Err(SweepError::not_swept(command, &self.swept, all, parameters))
    }

    /// A report of nothing yet.
    fn report(&self, model: &Model, quantity: SweptNumber) -> SweepReport {
        SweepReport::new(model.name(), &self.swept, &self.values(), quantity)
    }

    /// Asks of the model at each discount; `labels` name the entries of ∇J, where it is asked for.
    ///
    /// Errors unless the criterion is the discounted one.
    fn discounts(
        &self,
        model: &Model,
        quantity: SweptNumber,
        labels: Vec<String>,
        ask: impl Fn(&Model) -> Result<At, String>,
    ) -> Result<SweepReport, StudyError> {
        check_discounted(model)?;
        let mut report = self.report(model, quantity).with_gradient(labels);
        let mut model = model.clone();
        let mut all = Vec::new();
        for discount in self.values() {
            let criterion = if discount == Number::ONE {
                Criterion::Total
            } else {
                Criterion::Discounted { discount }
            };
            model = model.with_criterion(criterion).map_err(Error::from)?;
            all.push(ask(&model));
        }
        report.add(None, all);
        Ok(report)
    }
}

/// Errors unless the criterion is the discounted one.
fn check_discounted(model: &Model) -> Result<(), SweepError> {
    if matches!(model.criterion(), Criterion::Discounted { .. }) {
        return Ok(());
    }
    Err(SweepError::NotDiscounted {
        criterion: model.criterion().kind(),
    })
}

#[cfg(test)]
mod tests {
    use super::{SweepRequest, Swept};

    fn values(text: &str) -> Vec<String> {
        let sweep: SweepRequest = text.parse().expect("a sweep");
        let all = sweep.values().into_iter();
        all.map(|x| x.to_rational().to_string()).collect()
    }

    #[test]
    fn values_are_even_and_exact() {
        assert_eq!(values("discount=1/2..1:3"), ["1/2", "3/4", "1"]);
        assert_eq!(values("theta[a=b,c]=-1..1:3"), ["-1", "0", "1"]);
        let sweep: SweepRequest = "theta[a=b,c]=-1..1".parse().expect("a sweep");
        assert_eq!(sweep.swept, Swept::Parameter("theta[a=b,c]".into()));
    }

    #[test]
    fn steps_and_numbers_of_trajectories_go_up_by_ratios() {
        assert_eq!(values("n=1..100:3"), ["1", "10", "100"]);
        assert_eq!(values("trajectories=1..3:9"), ["1", "2", "3"]);
        assert_eq!(values("step=1/4..4:3"), ["1/4", "1", "4"]);
    }

    #[test]
    fn what_is_no_sweep_is_refused() {
        for text in [
            "",
            "discount",
            "lambda=0..2",
            "n=0..5",
            "step=0..1",
            "discount=0.9..0.5",
            "discount=0..2",
            "discount=0..1:1",
            "discount=0..1:x",
        ] {
            assert!(text.parse::<SweepRequest>().is_err(), "{text}");
        }
        let many = "discount=0..1:100000000000".parse::<SweepRequest>();
        let said = many.unwrap_err().to_string();
        assert_eq!(said, "100000000000 values; expected 2 to 10000 of them");
    }
}
