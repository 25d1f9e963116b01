//! Sweeps for people: a row for each value.

use exact_mdp::report::{Quantity, SweepReport};

use crate::picture::short;
use crate::table::{Columns, Readable, View, in_doubt, size};

impl Readable for SweepReport {
    fn table(&self, view: &View) -> String {
        let at: Vec<Quantity> = self.at.iter().map(|x| (*x).into()).collect();
        let mut columns = Columns::new().numbers(&self.parameter, &at, view.digits);
        let letter = self.quantity.letter();
        for (name, values) in &self.curves {
            let name = name.as_deref().unwrap_or(letter);
            columns = columns.numbers(name, values, view.digits);
        }
        if !self.labels.is_empty() {
            columns = columns.numbers("‖∇J‖", &self.norms(), view.digits);
        }
        let below = if self.is_named() {
            format!("{letter}\n")
        } else {
            String::new()
        };
        let title = view.title(&self.model);
        let mut text = format!("{title}\n{below}\n{}", columns.render(view));
        for (name, level) in &self.levels {
            text += &format!("{name} = {}\n", short(*level, view.digits));
        }
        let values: Vec<Quantity> = self
            .curves
            .iter()
            .flat_map(|(_, all)| all.clone())
            .collect();
        let slopes: Vec<Quantity> = self.gradient.iter().flatten().cloned().collect();
        let [of_values, of_gradient] = self.largest_errors();
        for (what, error, of) in [("a value", of_values, values), ("∇J", of_gradient, slopes)] {
            if let Some(error) = in_doubt(error, &of, view) {
                text += &format!("{what} ± {}: rounding\n", size(&error.into()));
            }
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
