//! `--sweep NAME=FROM..TO`: numbers of a model at many values of one quantity, in one process.

mod policies;
mod report;

use std::str::FromStr;

use exact_mdp::mdp::Criterion;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use miette::{IntoDiagnostic, miette};

pub use report::{Found, SweepReport, defined};

use super::drawing::Drawing;
use super::{Shared, Verdict};

/// What is swept.
#[derive(Clone, Debug, PartialEq)]
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

/// Values of one quantity from one to another.
#[derive(Clone, Debug)]
pub struct Sweep {
    swept: Swept,
    from: Number,
    to: Number,
    count: u32,
}

/// So many values unless it is said.
const COUNT: u32 = 21;

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Sweep, String> {
        let expected = || {
            "expected NAME=FROM..TO, as discount=0.5..0.99, or with how many, discount=0.5..0.99:50"
                .to_string()
        };
        // names of parameters may hold a `=` themselves
        let (name, range) = text.rsplit_once('=').ok_or_else(expected)?;
        let (range, count) = match range.split_once(':') {
            Some((range, count)) => (range, count.parse().map_err(|_| expected())?),
            None => (range, COUNT),
        };
        let (from, to) = range.split_once("..").ok_or_else(expected)?;
        let number = |text: &str| text.trim().parse::<Number>().map_err(|_| expected());
        let sweep = Sweep {
            swept: Swept::named(name.trim()),
            from: number(from)?,
            to: number(to)?,
            count,
        };
        sweep.check().map(|()| sweep)
    }
}

impl Swept {
    fn named(name: &str) -> Swept {
        match name {
            "discount" => Swept::Discount,
            "lambda" => Swept::Lambda,
            "n" | "trajectories" => Swept::Trajectories,
            "step" => Swept::Step,
            name => Swept::Parameter(name.to_string()),
        }
    }

    /// Its name as the user may say it.
    fn name(&self) -> &str {
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

impl Sweep {
    fn check(&self) -> Result<(), String> {
        let (from, to) = (&self.from, &self.to);
        let within = match self.swept {
            Swept::Discount | Swept::Lambda => !from.is_negative() && *to <= Number::ONE,
            Swept::Trajectories => *from >= Number::ONE && to.to_f64() <= 1e15,
            Swept::Step => !from.is_negative() && !from.is_zero() && to.to_f64().is_finite(),
            Swept::Parameter(_) => from.to_f64().is_finite() && to.to_f64().is_finite(),
        };
        if !within || from >= to {
            return Err(match self.swept {
                Swept::Discount => "the discounts go upwards within [0, 1]".into(),
                Swept::Lambda => "the values of λ go upwards within [0, 1]".into(),
                Swept::Trajectories => "the numbers of trajectories go upwards from 1".into(),
                Swept::Step => "the steps go upwards, all above 0".into(),
                Swept::Parameter(_) => "the values go upwards".into(),
            });
        }
        if !(2..=10_000).contains(&self.count) {
            return Err(format!(
                "{} values; expected 2 to 10000 of them",
                self.count
            ));
        }
        Ok(())
    }

    /// What is swept, if a command sweeps that; `parameters` says whether it takes the policy's.
    ///
    /// Errors with what it sweeps instead.
    pub fn of(&self, command: &str, all: &[Swept], parameters: bool) -> miette::Result<&Swept> {
        let is_parameter = matches!(self.swept, Swept::Parameter(_));
        if all.contains(&self.swept) || is_parameter && parameters {
            return Ok(&self.swept);
        }
        let mut names: Vec<&str> = all.iter().map(Swept::key).collect();
        if parameters {
            names.push("a parameter of the policy");
        }
        Err(miette!(
            help = format!("it sweeps {}", names.join(", ")),
            "`{command}` does not sweep `{}`",
            self.swept.name()
        ))
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

    /// A report of nothing yet.
    pub fn report(&self, model: &Model, quantity: &'static str) -> SweepReport {
        SweepReport::new(model.name(), &self.swept, self.values(), quantity)
    }

    /// Asks of the model at each discount; `labels` name the entries of ∇J, where it is asked for.
    ///
    /// Errors unless the criterion is the discounted one.
    pub fn discounts(
        &self,
        model: Model,
        quantity: &'static str,
        labels: Option<Vec<String>>,
        ask: impl Fn(&Model) -> Result<Found, String>,
    ) -> miette::Result<SweepReport> {
        check_discounted(&model)?;
        let report = self.report(&model, quantity);
        let mut report = report.with_gradient(labels.unwrap_or_default());
        let mut model = model;
        let mut all = Vec::new();
        for discount in self.values() {
            model = model
                .with_criterion(if discount == Number::ONE {
                    Criterion::Total
                } else {
                    Criterion::Discounted { discount }
                })
                .into_diagnostic()?;
            all.push(ask(&model));
        }
        report.add(None, all);
        Ok(report)
    }
}

/// Errors unless the criterion is the discounted one.
pub fn check_discounted(model: &Model) -> miette::Result<()> {
    if matches!(model.criterion(), Criterion::Discounted { .. }) {
        return Ok(());
    }
    Err(miette!(
        help = "say --criterion discounted, with some --discount",
        "`--sweep discount=…` is for discounted models; this one's criterion is {}",
        model.criterion().kind()
    ))
}

/// Writes the answers, and draws them.
pub fn finish(
    report: &SweepReport,
    shared: &Shared,
    plot: Option<&Drawing>,
) -> miette::Result<Verdict> {
    shared.write(report)?;
    if let Some(plot) = plot {
        plot.write(&report.curves().draw())?;
    }
    Ok(Verdict::Fine)
}

#[cfg(test)]
mod tests {
    use super::{Sweep, Swept};

    fn values(text: &str) -> Vec<String> {
        let sweep: Sweep = text.parse().expect("a sweep");
        let all = sweep.values().into_iter();
        all.map(|x| x.to_rational().to_string()).collect()
    }

    #[test]
    fn values_are_even_and_exact() {
        assert_eq!(values("discount=1/2..1:3"), ["1/2", "3/4", "1"]);
        assert_eq!(values("theta[a=b,c]=-1..1:3"), ["-1", "0", "1"]);
        let sweep: Sweep = "theta[a=b,c]=-1..1".parse().expect("a sweep");
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
            assert!(text.parse::<Sweep>().is_err(), "{text}");
        }
    }
}
