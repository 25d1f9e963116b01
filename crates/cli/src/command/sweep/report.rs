//! What a sweep found, written and drawn.

use std::io;

use exact_mdp::number::Number;
use exact_mdp::report::entries::{Axis, Entries, Entry};
use exact_mdp::report::{Quantity, Report, csv};

use super::Swept;
use crate::picture::curves::{Curve, Curves, LOOKS};
use crate::picture::scale::Kind;
use crate::picture::{float, short};
use crate::table::{Columns, Table, View};

/// What was found at one value.
#[derive(Clone, Debug)]
pub struct Found {
    /// The number.
    pub value: Quantity,
    /// ∇J \[d\], where it was asked for.
    pub gradient: Vec<Quantity>,
}

/// A number that has to be there.
pub fn defined(value: Quantity, name: &str) -> Result<Found, String> {
    match value.value() {
        Some(_) => Ok(value.into()),
        None => Err(format!("{name} is not defined")),
    }
}

impl From<Quantity> for Found {
    fn from(value: Quantity) -> Found {
        Found {
            value,
            gradient: Vec::new(),
        }
    }
}

/// The numbers at each value.
#[derive(Debug)]
pub struct SweepReport {
    model: String,
    /// What is swept, by its name.
    parameter: String,
    swept: Swept,
    /// What stands beside it: `j`, `j_optimal`, `error`, …
    quantity: &'static str,
    at: Vec<f64>,
    /// The numbers \[K\] of each of several things, or of one without a name.
    columns: Vec<(Option<String>, Vec<Quantity>)>,
    /// The parameters of the policy, where ∇J is told.
    labels: Vec<String>,
    /// ∇J \[K\]\[d\].
    gradient: Vec<Vec<Quantity>>,
    /// Levels beside the numbers, in the picture.
    levels: Vec<(String, f64)>,
    /// Why a value has no number, where it has none.
    absent: Vec<String>,
}

impl SweepReport {
    pub(super) fn new(
        model: &str,
        swept: &Swept,
        at: Vec<Number>,
        quantity: &'static str,
    ) -> SweepReport {
        SweepReport {
            model: model.to_string(),
            parameter: swept.name().to_string(),
            swept: swept.clone(),
            quantity,
            at: at.iter().map(Number::to_f64).collect(),
            columns: Vec::new(),
            labels: Vec::new(),
            gradient: Vec::new(),
            levels: Vec::new(),
            absent: Vec::new(),
        }
    }

    /// With the whole name of the parameter that is swept.
    pub(super) fn of_parameter(mut self, name: String) -> SweepReport {
        self.parameter = name;
        self
    }

    /// With the names of the entries of ∇J.
    #[must_use]
    pub fn with_gradient(mut self, labels: Vec<String>) -> SweepReport {
        self.labels = labels;
        self
    }

    /// Adds what was found at each value, of one thing or of all.
    pub fn add(&mut self, name: Option<String>, found: Vec<Result<Found, String>>) {
        let mut values = Vec::with_capacity(found.len());
        for (at, found) in self.at.iter().zip(found) {
            let found = found.unwrap_or_else(|why| {
                let of = name
                    .as_ref()
                    .map_or_else(String::new, |of| format!("{of}, "));
                let why = format!("{of}{} {at}: {why}", self.swept.name());
                self.absent.push(why);
                Found {
                    value: Quantity::Undefined,
                    gradient: vec![Quantity::Undefined; self.labels.len()],
                }
            });
            values.push(found.value);
            if !self.labels.is_empty() {
                self.gradient.push(found.gradient);
            }
        }
        self.columns.push((name, values));
    }

    /// Adds a level that all is held against.
    pub fn level(&mut self, name: &str, value: &Quantity) {
        self.levels
            .extend(value.value().map(|value| (name.to_string(), value)));
    }

    fn letter(&self) -> &'static str {
        match self.quantity {
            "j" => "J",
            "j_optimal" => "J*",
            "error" => "error",
            "expected_change" => "E J(θ') − J",
            "root_mean_squared_error" => "root mean squared error",
            other => other,
        }
    }

    /// What the numbers of a column are called.
    fn name<'a>(&'a self, column: &'a (Option<String>, Vec<Quantity>)) -> &'a str {
        column.0.as_deref().unwrap_or(self.letter())
    }

    fn is_named(&self) -> bool {
        self.columns.iter().any(|(name, _)| name.is_some())
    }

    /// ‖∇J‖₂ \[K\].
    fn norms(&self) -> Vec<Quantity> {
        let norm = |row: &Vec<Quantity>| {
            let squares = row.iter().map(|x| x.value().map(|x| x * x));
            let sum: Option<f64> = squares.sum();
            sum.map_or(Quantity::Undefined, |sum| sum.sqrt().into())
        };
        self.gradient.iter().map(norm).collect()
    }

    /// The picture: of ∇J its largest entries, else every column.
    pub fn curves(&self) -> Curves {
        let x = match &self.swept {
            Swept::Discount => "discount γ".to_string(),
            Swept::Lambda => "λ".to_string(),
            Swept::Trajectories => "trajectories n".to_string(),
            Swept::Step => "step α".to_string(),
            Swept::Parameter(_) => self.parameter.clone(),
        };
        let kind = if self.swept.is_geometric() {
            Kind::Logarithmic
        } else {
            Kind::Linear
        };
        let against = match self.swept {
            Swept::Discount => "the discount",
            _ => &x,
        };
        let y = if self.labels.is_empty() {
            self.letter()
        } else {
            "∂J/∂θ"
        };
        let height = match self.quantity {
            "root_mean_squared_error" if self.swept.is_geometric() => Kind::Logarithmic,
            _ => Kind::Linear,
        };
        Curves {
            title: format!("{}: {y} against {against}", self.model),
            x: (x, kind),
            y: (y.into(), height),
            curves: self.lines(),
            levels: self.levels.clone(),
            window: (self.floor(), f64::INFINITY),
        }
    }

    /// A loss of more than twice the largest gain stands at the edge: steps that are far too long would flatten all
    /// others.
    fn floor(&self) -> f64 {
        let values = self.columns.iter().flat_map(|(_, values)| values);
        let best = values.filter_map(Quantity::value).fold(0.0, f64::max);
        if self.quantity == "expected_change" && best > 0.0 {
            -2.0 * best
        } else {
            f64::NEG_INFINITY
        }
    }

    fn lines(&self) -> Vec<Curve> {
        if !self.labels.is_empty() {
            return self.slopes();
        }
        let line = |column: &(Option<String>, Vec<Quantity>)| {
            let name = match &column.0 {
                Some(name) => name.clone(),
                None => format!("{} of {}", self.letter(), self.model),
            };
            self.line(name, column.1.iter())
        };
        self.columns.iter().map(line).collect()
    }

    /// The entries of ∇J that grow largest, as many as can be told apart.
    fn slopes(&self) -> Vec<Curve> {
        let size = |d: &usize| {
            let column = self.gradient.iter().filter_map(|row| row[*d].value());
            column.map(f64::abs).fold(0.0, f64::max)
        };
        let mut entries: Vec<usize> = (0..self.labels.len()).collect();
        entries.sort_by(|a, b| size(b).total_cmp(&size(a)));
        entries.truncate(LOOKS);
        entries.sort_unstable();
        let line = |d: usize| {
            let column = self.gradient.iter().map(|row| &row[d]);
            self.line(self.labels[d].clone(), column)
        };
        entries.into_iter().map(line).collect()
    }

    fn line<'a>(&self, name: String, values: impl Iterator<Item = &'a Quantity>) -> Curve {
        let points = self.at.iter().zip(values);
        let points = points.filter_map(|(x, y)| Some((*x, y.value()?)));
        Curve {
            name,
            points: points.collect(),
            band: Vec::new(),
            marks: Vec::new(),
        }
    }
}

impl Table for SweepReport {
    fn table(&self, view: &View) -> String {
        let at: Vec<Quantity> = self.at.iter().map(|x| (*x).into()).collect();
        let mut columns = Columns::new().numbers(&self.parameter, &at, view.digits);
        for column in &self.columns {
            columns = columns.numbers(self.name(column), &column.1, view.digits);
        }
        if !self.labels.is_empty() {
            columns = columns.numbers("‖∇J‖", &self.norms(), view.digits);
        }
        let below = if self.is_named() {
            format!("{}\n", self.letter())
        } else {
            String::new()
        };
        let title = view.title(&self.model);
        let mut text = format!("{title}\n{below}\n{}", columns.render(view));
        for (name, level) in &self.levels {
            text += &format!("{name} = {}\n", short(*level, view.digits));
        }
        for why in self.absent.iter().take(3) {
            text += &format!("{why}\n");
        }
        if self.absent.len() > 3 {
            text += &format!("and {} more\n", self.absent.len() - 3);
        }
        text
    }
}

impl Report for SweepReport {
    fn entries(&self) -> Entries<'_> {
        let absent = Some(self.absent.as_slice()).filter(|absent| !absent.is_empty());
        let entries = Entries::default()
            .and(Entry::text("model", &self.model))
            .and(Entry::text("parameter", &self.parameter))
            .and(Entry::text("quantity", self.quantity))
            .and(Entry::floats(self.swept.key(), Axis::Index, &self.at));
        let entries = if self.is_named() {
            let groups = self.columns.iter().map(|(name, values)| {
                Entries::default()
                    .and(Entry::text("name", name.as_deref().unwrap_or_default()))
                    .and(Entry::vector("values", Axis::Index, values))
            });
            entries.and(Entry::list("curves", groups.collect()))
        } else {
            let only = self.columns.first();
            let values = only.map_or(&[][..], |(_, values)| values);
            entries.and(Entry::vector("values", Axis::Index, values))
        };
        let entries = if self.labels.is_empty() {
            entries
        } else {
            let axes = [Axis::Index, Axis::Parameter];
            entries
                .and(Entry::texts("parameters", &self.labels))
                .and(Entry::matrix("gradient", axes, &self.gradient))
        };
        entries.and_some("absent", absent, Entry::texts)
    }

    /// A column of the values, and one for each of what was found.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        let names = self.columns.iter().map(|(name, _)| match name {
            Some(name) => name.as_str(),
            None => self.quantity,
        });
        let labels = self.labels.iter().map(String::as_str);
        let head: Vec<&str> = [self.swept.key()]
            .into_iter()
            .chain(names)
            .chain(labels)
            .collect();
        rows.row(&head)?;
        for (k, at) in self.at.iter().enumerate() {
            let own = self.columns.iter().map(|(_, values)| &values[k]);
            let slopes = self.gradient.get(k).into_iter().flatten();
            let text = |x: &Quantity| x.value().map_or_else(String::new, float);
            let cells = own.chain(slopes).map(text);
            let cells: Vec<String> = [float(*at)].into_iter().chain(cells).collect();
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            rows.row(&cells)?;
        }
        Ok(())
    }
}
