//! The linear programs of a Markov decision process (d'Epenoux 1963; theory, 7.2).
//!
//! ```text
//! primal  min Σ v(s)    s.t.  v(s) ≥ (r + γ p v)(s, a)
//! dual    max ρ · r     s.t.  Σₐ ρ(s, a) = ρ₀(s) + γ Σ ρ(s̃, ã) p(s|s̃, ã),   ρ ≥ 0
//! ```
//!
//! The primal weighs every state, since with ρ₀ it would leave v free where ρ₀ never gets. The
//! dual's solution is the occupancy of an optimal policy. Both are solved by the simplex method;
//! the policy that is greedy for v is then evaluated exactly, and v is certified as for any method.

use std::sync::Arc;

use microlp::{
    ComparisonOp, InterruptedSolve, OptimizationDirection, Problem as Program, Solution, Variable,
};

use super::proper::Problem;
use super::rule::DecisionRule;
use super::value_iteration::{Settled, check_bounded, settle};
use super::{ControlMethod, ControlOptions, ControlStop, DualSolution, Found};
use crate::error::Error;
use crate::evaluation::{Evaluation, q_of};
use crate::field::dot;
use crate::linalg::SolverOptions;
use crate::mdp::{Mdp, Space};
use crate::policy::Policy;

/// J of the policy of a dual solution may be so far from J*, relative to it, before another one is looked for; a choice.
const CLOSE: f64 = 1e-12;

/// Solves the primal. Errors with [`Error::Unbounded`] if at γ = 1 no v is large enough, and with
/// [`Error::LinearProgram`] if the simplex method fails.
pub fn iterate(problem: &Problem<'_, f64>, options: &ControlOptions) -> Result<Found<f64>, Error> {
    let mdp = &*problem.mdp;
    let mut program = Program::new(OptimizationDirection::Minimize);
    let free = (f64::NEG_INFINITY, f64::INFINITY);
    let space = mdp.space();
    let v: Vec<Option<Variable>> = (0..space.states())
        .map(|s| (!space.is_terminal(s)).then(|| program.add_var(1.0, free)))
        .collect();
    for pair in 0..space.pairs() {
        let flow = column(mdp, pair);
        let terms = flow.iter().filter_map(|&(s, x)| Some((v[s]?, x)));
        program.add_constraint(terms.collect::<Vec<_>>(), ComparisonOp::Ge, mdp.r()[pair]);
    }
    let solution = solved(&program);
    if is_misjudged(&solution) {
        check_bounded(problem, options)?;
    }
    let solution = solution.map_err(failure)?;
    let v: Vec<f64> = v.iter().map(|v| v.map_or(0.0, |v| solution[v])).collect();
    let rule = DecisionRule::of_largest(space, &q_of(mdp, &v));
    let Settled { v, rule, .. } = settle(problem, v, rule, options);
    Ok(Found {
        v,
        rule,
        iterations: 1,
        method: ControlMethod::LinearProgram,
        stop: ControlStop::Optimal,
        is_stuck: false,
        certified: None,
        trace: Vec::new(),
    })
}

/// Solves the dual, for values [S] that solve the primal and a rule that has them. The simplex method knows the visits to its
/// tolerance, elimination those of the policy that it names, or of the rule where that is no optimal policy (whose visits are a
/// solution by strong duality).
///
/// Errors with [`Error::LinearProgram`] if the simplex method fails, and if no policy can be evaluated.
pub fn dual(
    mdp: &Mdp,
    (v, rule): (&[f64], &DecisionRule),
    solver: &SolverOptions,
) -> Result<DualSolution, Error> {
    let space = mdp.space();
    let mut program = Program::new(OptimizationDirection::Maximize);
    let pairs = 0..space.pairs();
    let rho: Vec<Variable> = pairs
        .clone()
        .map(|pair| program.add_var(mdp.r()[pair], (0.0, f64::INFINITY)))
        .collect();
    let mut flow = vec![Vec::new(); space.states()];
    for pair in pairs.clone() {
        for (state, x) in column(mdp, pair) {
            flow[state].push((rho[pair], x));
        }
    }
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let terms = std::mem::take(&mut flow[state]);
        program.add_constraint(terms, ComparisonOp::Eq, mdp.initial()[state]);
    }
    let solution = solved(&program).map_err(failure)?;
    let found: Vec<f64> = rho.iter().map(|&rho| solution[rho]).collect();
    let primal = dot(mdp.initial(), v);
    let gap = |evaluation: &Evaluation| (primal - evaluation.j).abs();
    let evaluated = |policy: &Policy| Evaluation::new(mdp, policy, solver);
    let of_rule = || evaluated(&following(space, rule));
    let evaluation = match evaluated(&normalized(space, &found)) {
        Ok(own) if gap(&own) <= CLOSE * primal.abs() => own,
        Ok(own) => of_rule()
            .ok()
            .filter(|best| gap(best) < gap(&own))
            .unwrap_or(own),
        Err(_) => of_rule()?,
    };
    let (gap, pair_occupancy) = (gap(&evaluation), evaluation.pair_occupancy);
    let q = q_of(mdp, v);
    let unused = |pair: usize| pair_occupancy[pair] * (v[space.state_of(pair)] - q[pair]).abs();
    let off = found.iter().zip(&pair_occupancy);
    Ok(DualSolution {
        objective: evaluation.j,
        occupancy_error: off.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max),
        gap,
        slackness: pairs.map(unused).fold(0.0, f64::max),
        pair_occupancy,
    })
}

/// The policy that takes the pairs of a rule.
fn following(space: &Arc<Space>, rule: &DecisionRule) -> Policy {
    let mut pi = vec![0.0; space.pairs()];
    for pair in (0..space.states()).filter_map(|s| rule.pair(s)) {
        pi[pair] = 1.0;
    }
    Policy::on_simplex(space, pi)
}

/// π(a|s) = ρ(s, a)/ρ(s); the first action where ρ never gets.
fn normalized(space: &Arc<Space>, pair_occupancy: &[f64]) -> Policy {
    let mut pi = vec![0.0; space.pairs()];
    for state in (0..space.states()).filter(|&s| !space.is_terminal(s)) {
        let pairs = space.pairs_of(state);
        let visits: f64 = pair_occupancy[pairs.clone()].iter().sum();
        if visits > 0.0 {
            pairs.for_each(|pair| pi[pair] = pair_occupancy[pair] / visits);
        } else {
            pi[pairs.start] = 1.0;
        }
    }
    Policy::on_simplex(space, pi)
}

/// The column of a pair in the flow equations: 1 at its state, minus γ p(·|s, a); by state.
fn column(mdp: &Mdp, pair: usize) -> Vec<(usize, f64)> {
    let here = mdp.space().state_of(pair);
    let row = mdp.p().row(pair);
    let mut column: Vec<(usize, f64)> = row.map(|(s, p)| (s, -mdp.discount() * p)).collect();
    match column.iter_mut().find(|(s, _)| *s == here) {
        Some((_, x)) => *x += 1.0,
        None => column.push((here, 1.0)),
    }
    column
}

/// Without a limit of time or nodes nothing interrupts the simplex method.
fn solved(program: &Program) -> Result<Solution, microlp::Error> {
    let interrupted = |cut: InterruptedSolve| format!("it was {:?}", cut.termination_reason());
    let outcome = program.solve()?.into_solution();
    outcome.map_err(|cut| microlp::Error::InternalError(interrupted(cut)))
}

/// Whether the simplex method says of a program that it has no optimum. Where every policy that never ends is left out,
/// both programs have one.
fn is_misjudged<T>(solution: &Result<T, microlp::Error>) -> bool {
    matches!(
        solution,
        Err(microlp::Error::Infeasible | microlp::Error::Unbounded)
    )
}

fn failure(error: microlp::Error) -> Error {
    let found = match error {
        microlp::Error::Infeasible | microlp::Error::Unbounded => {
            "it has a solution, which the simplex method does not see within its tolerance of 1e-10 to 1e-8: the discount is too close to 1, or the numbers are of sizes too different".into()
        }
        error => error.to_string(),
    };
    Error::LinearProgram { found }
}
