//! Sums whose entries stand in another order, or of which some are missing.

use super::held::Claims;
use super::matched::{Candidate, named};
use super::sums::if_close;
use super::written::Own;
use crate::judge::mistake;
use crate::judge::recipe::Order;
use crate::judge::search::Diagnosis;

impl Claims<'_> {
    /// Entries in another order, or some of them 0 as in what is given.
    pub fn reordered(&self, own: Own, right: &[Candidate]) -> Vec<(Diagnosis, Vec<Vec<f64>>)> {
        let layout = &self.known.bench.layout;
        let lost = self.lost(own.rows);
        let mut all = Vec::new();
        for candidate in right {
            let mut add = |name: &str, detail: &str, of: &dyn Fn(&Vec<f64>) -> Vec<f64>| {
                let rows = |count| candidate.rows.iter().take(count).map(of).collect();
                let says = format!("{} ({detail}of {})", mistake::says(name), candidate.name);
                all.extend(if_close(own, rows).map(|rows| (named(name, says), rows)));
            };
            for (name, order) in [
                ("action-reversed", Order::ActionsReversed),
                ("permuted", Order::ColumnMajor),
                ("permuted", Order::StatesReversed),
            ] {
                if let Some(places) = layout.places(order) {
                    add(name, "", &|row| places.iter().map(|&k| row[k]).collect());
                }
            }
            for (name, detail, places) in &lost {
                let is_there = |row: &Vec<f64>| places.iter().any(|&k| row[k] != 0.0);
                if candidate.rows.iter().any(is_there) {
                    add(name, &format!("{detail}, "), &|row| {
                        let mut row = row.clone();
                        places.iter().for_each(|&k| row[k] = 0.0);
                        row
                    });
                }
            }
        }
        all
    }

    /// The states, actions and parameters whose entries are 0 everywhere in what is given.
    fn lost(&self, own: &[Vec<f64>]) -> Vec<(&'static str, String, Vec<usize>)> {
        let (layout, space) = (&self.known.bench.layout, self.known.bench.mdp.space());
        let parameters = own.first().map_or(0, Vec::len);
        let is_zero = |k: usize| own.iter().all(|row| row[k] == 0.0);
        let zero: Vec<bool> = (0..parameters).map(is_zero).collect();
        let mut all = Vec::new();
        let mut lose = |name, detail, places: Vec<usize>| {
            if !places.is_empty() && places.iter().all(|&k| zero[k]) {
                all.push((name, detail, places));
            }
        };
        if layout.is_tabular() {
            for state in 0..space.states() {
                let detail = format!("the state `{}`", space.state_names().get(state));
                lose("state-missing", detail, layout.block(state).collect());
            }
            let once = Some(space.states_at_once()).filter(|n| *n < space.states());
            for state in 0..once.unwrap_or(0) {
                let detail = format!("the state `{}`, at all times", layout.name(state));
                lose("state-missing", detail, layout.at_all_times(state));
            }
            for action in 0..space.actions() {
                let detail = format!("the action `{}`", space.action_names().get(action));
                lose("action-missing", detail, layout.of_action(action));
            }
        }
        for k in 0..parameters {
            let detail = format!("`{}`", self.known.bench.policy.labels()[k]);
            lose("parameter-missing", detail, vec![k]);
        }
        all
    }
}
