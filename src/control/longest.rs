//! How long an episode can last among actions that tie: the weight w of the bounds at γ = 1.
//!
//! v + c w bounds v* from above if w falls along every action that ties with the best. The expected
//! length of an episode does so for the policy's own actions only; the largest expected length over
//! all tied actions does so for all of them. Where tied actions go round and round for ever there
//! is no such length. If they do so without a reward, between states of the same value, they change
//! nothing: such states are joined into one and the length is taken among the rest.

use std::sync::Arc;

use super::ControlOptions;
use super::improvement::uncertified;
use super::proper::Problem;
use crate::chain::graph::Graph;
use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};

/// w(s) [S]: the largest expected number of steps under the `tied` pairs, where those of them that
/// are `idle` (steps to equal values without a reward, exactly) cost no step between joined
/// states; `None` if the tied pairs need never end.
pub fn lengths<F: Solvable>(
    mdp: &Mdp<F>,
    tied: impl Fn(usize) -> bool,
    idle: impl Fn(usize) -> bool,
    solver: &SolverOptions,
) -> Option<Vec<f64>> {
    let joined = Joined::new(mdp, &idle);
    let steps = joined.steps(mdp, tied, &idle);
    // all rewards are 1: what has no end is seen without gains
    let problem = Problem::with_gains(&steps, &|_| None).ok()?;
    if !problem.undefined.is_empty() || problem.kept.is_some() {
        return None;
    }
    let options = ControlOptions {
        solver: solver.clone(),
        iterations: 1_000,
        ..ControlOptions::default()
    };
    let longest = uncertified(&problem, &options)?;
    let found = longest.iter().all(|x| *x >= 0.0);
    found.then(|| joined.of.iter().map(|&s| longest[s]).collect())
}

/// States that idle pairs join in circles, each with the first of its circle.
struct Joined {
    of: Vec<usize>,
}

impl Joined {
    /// Strongly connected components of the idle pairs.
    fn new<F: Solvable>(mdp: &Mdp<F>, idle: impl Fn(usize) -> bool) -> Joined {
        let of = Graph::with_support(mdp, idle).components().first_states();
        Joined { of }
    }

    /// The model of the joined states: a reward of 1 for every tied pair that leaves its circle,
    /// or that is not idle; a state that another stands for is terminal.
    fn steps<F: Solvable>(
        &self,
        mdp: &Mdp<F>,
        tied: impl Fn(usize) -> bool,
        idle: impl Fn(usize) -> bool,
    ) -> Mdp<f64> {
        let space = mdp.space();
        let mut pairs = vec![Vec::new(); space.states()];
        for pair in (0..space.pairs()).filter(|&pair| tied(pair)) {
            let here = self.of[space.state_of(pair)];
            let mut row = mdp.p().row(pair);
            if !(idle(pair) && row.all(|(next, _)| self.of[next] == here)) {
                pairs[here].push(pair);
            }
        }
        let mut outcomes = OutcomeTable::default();
        for &pair in pairs.iter().flatten() {
            for (next, p) in mdp.p().row(pair) {
                outcomes.push(self.of[next], p.to_f64(), 1.0);
            }
            outcomes.end_pair();
        }
        // what rows lack of 1 has digits that the sums of p have lost: episodes may be as long as its inverse
        let deficits = mdp.deficits().map(|deficits| {
            let all = pairs.iter().flatten();
            all.map(|&pair| deficits[pair].to_f64()).collect()
        });
        let most = pairs.iter().map(Vec::len).max().unwrap_or(0);
        let sets = pairs.iter().map(|pairs| (0..pairs.len() as u32).collect());
        let steps = Mdp::assembled(MdpParts {
            name: String::new(),
            space: Arc::new(Space::assembled(
                Names::Numbered(space.states()),
                Names::Numbered(most),
                sets,
            )),
            outcomes,
            initial: vec![0.0; space.states()],
            criterion: Criterion::Total,
        });
        steps.slackened(0.0, deficits)
    }
}
