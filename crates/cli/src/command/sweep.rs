//! `--sweep discount=0.5..0.99`: one number of a model at many discounts.

use std::io;
use std::str::FromStr;

use exact_mdp::mdp::Criterion;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::report::entries::{Axis, Entries, Entry};
use exact_mdp::report::{Quantity, Report, csv};
use miette::miette;

use super::drawing::Drawing;
use super::{Shared, Verdict};
use crate::picture::curves::{Curve, Curves};
use crate::picture::scale::Kind;
use crate::table::{self, Columns, Table, View};

/// Discounts, evenly from one to another.
#[derive(Clone, Debug)]
pub struct Sweep {
    from: Number,
    to: Number,
    count: u32,
}

/// So many discounts unless it is said.
const COUNT: u32 = 21;

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Sweep, String> {
        let expected = || {
            "expected discount=FROM..TO, as discount=0.5..0.99, or with how many, discount=0.5..0.99:50".to_string()
        };
        let range = text.strip_prefix("discount=").ok_or_else(expected)?;
        let (range, count) = match range.split_once(':') {
            Some((range, count)) => (range, count.parse().map_err(|_| expected())?),
            None => (range, COUNT),
        };
        let (from, to) = range.split_once("..").ok_or_else(expected)?;
        let number = |text: &str| text.parse::<Number>().map_err(|_| expected());
        let (from, to) = (number(from)?, number(to)?);
        if from.is_negative() || from >= to || to > Number::ONE {
            return Err("the discounts go upwards within [0, 1]".into());
        }
        if !(2..=10_000).contains(&count) {
            return Err(format!("{count} discounts; expected 2 to 10000 of them"));
        }
        Ok(Sweep { from, to, count })
    }
}

/// The number at each discount.
#[derive(Debug)]
struct SweepReport {
    model: String,
    /// What is swept.
    parameter: &'static str,
    /// What stands beside it: `j` or `j_optimal`.
    quantity: &'static str,
    discount: Vec<f64>,
    values: Vec<Quantity>,
    /// Why a discount has no number, where it has none.
    absent: Vec<String>,
}

impl Sweep {
    /// Asks `number` of the model at each discount, writes the answers, and draws them.
    pub fn run(
        &self,
        model: Model,
        quantity: &'static str,
        shared: &Shared,
        plot: Option<&Drawing>,
        number: impl Fn(&Model) -> Result<f64, String>,
    ) -> miette::Result<Verdict> {
        if !matches!(model.criterion(), Criterion::Discounted { .. }) {
            return Err(miette!(
                help = "say --criterion discounted, with some --discount",
                "`--sweep discount=…` is for discounted models; this one's criterion is {}",
                model.criterion().kind()
            ));
        }
        let mut report = SweepReport {
            model: model.name().to_string(),
            parameter: "discount",
            quantity,
            discount: Vec::new(),
            values: Vec::new(),
            absent: Vec::new(),
        };
        let mut model = model;
        for i in 0..self.count {
            let discount = self.at(i);
            model = model.with_criterion(Criterion::Discounted {
                discount: discount.clone(),
            });
            report.discount.push(discount.to_f64());
            let found = number(&model);
            report
                .values
                .push(found.as_ref().map_or(Quantity::Undefined, |x| (*x).into()));
            report
                .absent
                .extend(found.err().map(|why| format!("discount {discount}: {why}")));
        }
        shared.write(&report)?;
        if let Some(plot) = plot {
            plot.write(&report.curve().draw())?;
        }
        Ok(Verdict::Fine)
    }

    /// The i-th discount, exactly.
    fn at(&self, i: u32) -> Number {
        let (from, to) = (self.from.to_rational(), self.to.to_rational());
        let share = Rational::from(i) / Rational::from(self.count - 1);
        let length = &to - &from;
        (from + length * share).into()
    }
}

impl SweepReport {
    fn letter(&self) -> &'static str {
        if self.quantity == "j" { "J" } else { "J*" }
    }

    fn curve(&self) -> Curves {
        let points = self.discount.iter().zip(&self.values);
        let points = points.filter_map(|(x, y)| Some((*x, y.value()?)));
        Curves {
            title: format!("{}: {} against the discount", self.model, self.letter()),
            x: ("discount γ".into(), Kind::Linear),
            y: (self.letter().into(), Kind::Linear),
            curves: vec![Curve {
                name: format!("{} of {}", self.letter(), self.model),
                points: points.collect(),
                band: Vec::new(),
                marks: Vec::new(),
            }],
            levels: Vec::new(),
            window: (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

impl Table for SweepReport {
    fn table(&self, view: &View) -> String {
        let discounts: Vec<Quantity> = self.discount.iter().map(|x| (*x).into()).collect();
        let columns = Columns::new()
            .numbers("discount", &discounts, view.digits)
            .numbers(self.letter(), &self.values, view.digits);
        let mut text = format!("{}\n\n{}", view.title(&self.model), columns.render(view));
        for why in self.absent.iter().take(3) {
            text += &format!("{why}\n");
        }
        if self.absent.len() > 3 {
            text += &format!(
                "and {} more\n",
                table::count(self.absent.len() - 3, "discount")
            );
        }
        text
    }
}

impl Report for SweepReport {
    fn entries(&self) -> Entries<'_> {
        let absent = Some(self.absent.as_slice()).filter(|absent| !absent.is_empty());
        Entries::default()
            .and(Entry::text("model", &self.model))
            .and(Entry::text("parameter", self.parameter))
            .and(Entry::text("quantity", self.quantity))
            .and(Entry::floats("discount", Axis::Index, &self.discount))
            .and(Entry::vector("values", Axis::Index, &self.values))
            .and_some("absent", absent, Entry::texts)
    }

    /// Columns `discount` and `j` or `j_optimal`.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        rows.row(&["discount", self.quantity])?;
        for (discount, value) in self.discount.iter().zip(&self.values) {
            let value = value
                .value()
                .map_or_else(String::new, crate::picture::float);
            rows.row(&[&crate::picture::float(*discount), &value])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Sweep;

    #[test]
    fn discounts_are_even_and_exact() {
        let sweep: Sweep = "discount=1/2..1:3".parse().expect("a sweep");
        let all: Vec<String> = (0..3)
            .map(|i| sweep.at(i).to_rational().to_string())
            .collect();
        assert_eq!(all, ["1/2", "3/4", "1"]);
        for text in [
            "",
            "discount",
            "gamma=0..1",
            "discount=0.9..0.5",
            "discount=0..2",
            "discount=0..1:1",
            "discount=0..1:x",
        ] {
            assert!(text.parse::<Sweep>().is_err(), "{text}");
        }
    }
}
