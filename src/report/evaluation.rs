//! What `evaluate` reports: v, q, advantage, occupancies and J.

use std::io;

use serde::Serialize;

#[cfg(feature = "cli")]
use super::table::{self, Columns, View};
use super::{Head, Quantity, Report, csv};
use crate::chain::Chain;
use crate::evaluation::Evaluation;
use crate::linalg::Factors;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// The evaluation of a policy.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluationReport {
    /// The model, the criterion, the policy.
    #[serde(flatten)]
    pub head: Head,
    /// v(s) [S], in units of reward.
    pub v: Vec<Quantity>,
    /// q(s, a) [SA].
    pub q: Vec<Quantity>,
    /// A(s, a) = q(s, a) − v(s) [SA].
    pub advantage: Vec<Quantity>,
    /// ρ^π(s) [S], in expected (discounted) visits.
    pub occupancy: Vec<Quantity>,
    /// ρ^π(s, a) [SA].
    pub pair_occupancy: Vec<Quantity>,
    /// J = ρ₀ v.
    pub j: Quantity,
    /// How the linear systems were solved.
    pub solver: SolverReport,
}

/// Which solver served and how well its answers solve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SolverReport {
    /// The solver's name, as `--solver` spells it.
    pub name: &'static str,
    /// ‖r^π − (I − γp^π) v‖∞, in units of reward.
    pub residual: Quantity,
    /// ‖ρ₀ − ρ (I − γp^π)‖∞, in visits.
    pub occupancy_residual: Quantity,
}

impl EvaluationReport {
    /// The report of an evaluation under the discounted or the total criterion.
    pub fn new(
        mdp: &Mdp<f64>,
        policy: &Policy<f64>,
        chain: &Chain<f64>,
        evaluation: &Evaluation<f64>,
    ) -> EvaluationReport {
        let space = mdp.space();
        let mut undefined = vec![false; space.states()];
        for &state in chain.undefined() {
            undefined[state] = true;
        }
        let no_q = |pair: usize| mdp.p().row(pair).any(|(next, _)| undefined[next]);
        let no_advantage = |pair: usize| no_q(pair) || undefined[space.state_of(pair)];
        EvaluationReport {
            head: Head::new(mdp, policy),
            v: Quantity::all_but(&evaluation.v, |state| undefined[state]),
            q: Quantity::all_but(&evaluation.q, no_q),
            advantage: Quantity::all_but(&evaluation.advantage, no_advantage),
            occupancy: Quantity::all(&evaluation.occupancy),
            pair_occupancy: Quantity::all(&evaluation.pair_occupancy),
            j: evaluation.j.into(),
            solver: SolverReport {
                name: chain.resolvent().factors().name(),
                residual: evaluation.residuals.v.into(),
                occupancy_residual: evaluation.residuals.occupancy.into(),
            },
        }
    }

    #[cfg(feature = "cli")]
    fn maps(&self, grid: &crate::mdp::GridLayout, view: &View) -> String {
        let space = &self.head.space;
        let marked = |values: &[Quantity]| {
            let cells = table::aligned(values, view.digits);
            let cell = |state: usize| match space.is_terminal(state) {
                true => "terminal".to_string(),
                false => cells[state].clone(),
            };
            table::on_grid(grid, cell)
        };
        let policy = table::on_grid(grid, |state| match space.is_terminal(state) {
            true => "terminal".to_string(),
            false => table::arrows(space, &self.head.policy.probabilities, state),
        });
        format!(
            "v, in units of reward\n{}\nmost probable actions\n{policy}\nρ, in expected visits\n{}",
            marked(&self.v),
            marked(&self.occupancy),
        )
    }

    /// One row per pair; what belongs to the state stands on the first of its rows.
    #[cfg(feature = "cli")]
    fn pairs(&self, view: &View) -> String {
        let space = &self.head.space;
        let mut rows = Vec::new();
        for state in 0..space.states() {
            let pairs = space.pairs_of(state);
            rows.push((Some(state), (!pairs.is_empty()).then_some(pairs.start)));
            rows.extend(pairs.skip(1).map(|pair| (None, Some(pair))));
        }
        let (shown, note) = view.rows(rows.len());
        rows.truncate(shown);
        let of_state = |header: &str, values: &[Quantity], columns: Columns| {
            let cells = table::aligned(values, view.digits);
            let cell =
                |row: &(Option<usize>, _)| row.0.map_or_else(String::new, |s| cells[s].clone());
            columns.right(header, rows.iter().map(cell).collect())
        };
        let of_pair = |header: &str, values: &[Quantity], columns: Columns| {
            let cells = table::aligned(values, view.digits);
            let cell =
                |row: &(_, Option<usize>)| row.1.map_or_else(String::new, |p| cells[p].clone());
            columns.right(header, rows.iter().map(cell).collect())
        };
        let state = |row: &(Option<usize>, _)| {
            row.0
                .map_or_else(String::new, |s| space.state_names().get(s).into_owned())
        };
        let action = |row: &(_, Option<usize>)| {
            row.1.map_or_else(
                || "terminal".to_string(),
                |p| space.pair_names(p).1.into_owned(),
            )
        };
        let columns = Columns::new().text("state", rows.iter().map(state).collect());
        let columns = of_state("v(s)", &self.v, columns);
        let columns = of_state("ρ(s)", &self.occupancy, columns);
        let columns = columns.text("action", rows.iter().map(action).collect());
        let columns = of_pair("π(a|s)", &self.head.policy.probabilities, columns);
        let columns = of_pair("q(s,a)", &self.q, columns);
        let columns = of_pair("A(s,a)", &self.advantage, columns);
        let columns = of_pair("ρ(s,a)", &self.pair_occupancy, columns);
        columns.render() + &note.unwrap_or_default()
    }
}

impl Report for EvaluationReport {
    /// Columns `quantity`, `state`, `action`, `value`.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        let space = &self.head.space;
        rows.row(&["quantity", "state", "action", "value"])?;
        rows.number(&["j", "", ""], self.j)?;
        for (quantity, values) in [("v", &self.v), ("occupancy", &self.occupancy)] {
            for (state, &value) in space.state_names().iter().zip(values) {
                rows.number(&[quantity, &state, ""], value)?;
            }
        }
        let of_pairs = [
            ("probability", &self.head.policy.probabilities),
            ("q", &self.q),
            ("advantage", &self.advantage),
            ("pair_occupancy", &self.pair_occupancy),
        ];
        for (quantity, values) in of_pairs {
            for (pair, &value) in values.iter().enumerate() {
                let (state, action) = space.pair_names(pair);
                rows.number(&[quantity, &state, &action], value)?;
            }
        }
        Ok(())
    }

    #[cfg(feature = "cli")]
    fn table(&self, view: &View) -> String {
        let mut text = table::title(&self.head, view);
        text += &format!("J = {}\n\n", table::short(self.j, view.digits));
        if let Some(grid) = self.head.space.grid() {
            text += &self.maps(grid, view);
            text.push('\n');
        }
        text += &self.pairs(view);
        text + &format!(
            "\nsolver: {}, residual {} of v and {} of ρ\n",
            self.solver.name,
            table::short(self.solver.residual, 2),
            table::short(self.solver.occupancy_residual, 2),
        )
    }
}
