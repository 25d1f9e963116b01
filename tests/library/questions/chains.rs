//! What is asked of chains, and of what was made of one model about another.

use exact_mdp::chain::{LongRun, Passage, conductance, fundamental_matrix};
use exact_mdp::control::sensitive::expansion;
use exact_mdp::evaluation::{Episode, Prepared};
use exact_mdp::gradient::{average, finite_horizon};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::solved::Solved;

use super::{is_alike, many, matrix, numbers, one};
use crate::library::Dice;

pub fn chains(dice: &mut Dice, at: &Solved, other: &Solved) {
    let (mdp, options) = (at.mdp(), SolverOptions::default());
    let (x, own) = numbers(dice, mdp.states());
    let size = x.len() == mdp.states();
    if let Ok(run) = LongRun::new(mdp, at.policy(), &options) {
        for found in [
            run.limit(&x),
            run.deviation(&x),
            run.deviation_from(&x, &x),
            run.limit_row(&x),
            run.deviation_row(&x),
            run.absorption_from(&x),
        ] {
            if own || !size {
                many("long run", own, &found);
            }
        }
        assert!(size || run.limit_row_error(&x).is_err());
        let class = dice.below(3);
        let classes = run.structure().recurrent().len();
        many("absorption", class < classes, &run.absorption(class));
        let found = conductance(&run, class, [1, 9, usize::MAX][dice.below(3)]);
        assert!(class < classes || found.is_none());
        let (one, two) = (matrix(dice, mdp.states()), matrix(dice, mdp.states()));
        let shape = (mdp.states(), mdp.states());
        let found = fundamental_matrix(&run, &one, &two);
        assert_eq!(found.is_ok(), one.shape() == shape && two.shape() == shape);
        let to = [dice.below(5)];
        let found = Passage::new(run.p(), &to, &options).map(|found| found.probability);
        many("passage", to[0] < mdp.states(), &found);
    }
    if let Ok(chain) = at.chain() {
        for found in [
            chain.resolvent().solve(&x),
            chain.resolvent().solve_transposed(&x),
        ] {
            assert!(size || found.is_err());
        }
        let found = Episode::new(mdp, at.policy(), chain, &x, &options).map(|_| 0.0);
        one("episode", own, &found);
        let alike = is_alike(mdp, other.mdp());
        let found = chain.evaluate(other.mdp(), other.policy());
        many("evaluate", alike, &found.map(|found| found.v));
        let found = Episode::new(other.mdp(), other.policy(), chain, &x, &options).map(|_| 0.0);
        one("episode of another", alike && own, &found);
    }
    let found = expansion(mdp, other.policy(), [1, 2, usize::MAX][dice.below(3)]);
    many(
        "expansion",
        is_alike(mdp, other.mdp()),
        &found.map(|terms| terms.concat()),
    );
    prepared(dice, at, other);
}

/// What was made of one model asked about another.
fn prepared(dice: &mut Dice, at: &Solved, other: &Solved) {
    let (mdp, policy) = (at.mdp(), other.policy());
    let alike = is_alike(mdp, other.mdp());
    let Ok(made) = Prepared::new(mdp, at.policy(), &SolverOptions::default()) else {
        return;
    };
    let found = made.evaluate(mdp, policy).map(|found| found.v);
    many("prepared", alike, &found);
    match &made {
        Prepared::Average(run) => {
            let jacobian = average::jacobian(run, mdp, policy);
            assert!(alike || jacobian.is_err());
            let given = matrix(dice, mdp.states());
            let right = given.shape() == (mdp.states(), policy.parameters());
            let found = average::bias_jacobian(run, mdp, policy, &given);
            assert!(found.is_err() || alike && right);
            assert!(alike || average::hessian(run, mdp, policy).is_err());
            assert!(alike || average::check_differentiable(run, mdp, policy).is_err());
        }
        Prepared::FiniteHorizon(run) => {
            assert!(alike || finite_horizon::jacobian(run, mdp, policy).is_err());
            assert!(alike || finite_horizon::hessian(run, mdp, policy).is_err());
        }
        Prepared::Resolvent(_) => {}
    }
}
