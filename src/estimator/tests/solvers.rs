//! Which factors serve the systems of moments.

use super::examples::options;
use crate::estimator::process::Order;
use crate::estimator::{Experiment, Sampling};
use crate::linalg::Factors;
use crate::mdp::Mdp;
use crate::model::Model;
use crate::policy::Policy;

/// As many right-hand sides as states: dense factors pay; for one the solver's own choice stays,
/// unless dense factors are there already.
#[test]
fn many_right_sides_get_dense_factors() {
    const STATES: usize = 200;
    let mut text = format!("discount: 0.9\nstates: {STATES}\nactions: [go]\ninitial: {{0: 1}}\n");
    text += "transitions:\n";
    for s in 0..STATES {
        text += &format!("  {s}: {{go: {}}}\n", (s + 1) % STATES);
    }
    text += "rewards: {0: {go: 1}}\n";
    let mdp: Mdp = Model::parse("ring", &text).unwrap().mdp();
    let policy = Policy::uniform(mdp.space());
    let experiment = Experiment::new(&mdp, &policy, Sampling::Infinite, &options()).unwrap();
    let name = |c: f64, sides: usize| {
        let resolvent = experiment.process().resolvent(Order::First, &c, sides);
        resolvent.unwrap().factors().name()
    };
    let own = name(0.9, 1);
    assert_ne!(own, "dense");
    assert_eq!(name(0.81, STATES), "dense");
    assert_eq!(name(0.81, 1), "dense");
    assert_eq!(name(0.9, 1), own);
}
