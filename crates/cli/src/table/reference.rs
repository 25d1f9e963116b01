//! What a reference holds, for people.

use exact_mdp::report::ReferenceReport;

use crate::table::{self, Readable, View};

impl Readable for ReferenceReport {
    fn table(&self, view: &View) -> String {
        let laws: Vec<&str> = self.estimators.iter().map(|law| &*law.name).collect();
        let optimal = match &self.optimal {
            Some(optimal) => format!("J* = {}\n", table::short(&optimal.j, view.digits)),
            None => String::new(),
        };
        format!(
            "{}J = {}\n{optimal}estimators: {}\nmodel: sha256 {}\n{}",
            table::title(&self.evaluation.head, view),
            table::short(&self.evaluation.j, view.digits),
            laws.join(", "),
            self.model_hash,
            table::certified(self.bounds.as_ref()),
        )
    }
}
