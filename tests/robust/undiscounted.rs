//! Robust values at γ = 1, over a horizon and per step, in closed form.

use std::sync::Arc;

use exact_mdp::error::Error;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::number::Rational;
use exact_mdp::policy::Policy;
use exact_mdp::robust::{Nature, Uncertain, UncertaintyNorm};

use super::q;

/// A walk of two steps to the end, each done with probability 3/4, or waiting; every step pays `paid`.
fn walk(criterion: &str, paid: &str) -> Arc<Mdp<Rational>> {
    let text = format!(
        "
{criterion}
states: [x, y, end]
actions: [go, wait]
terminal: [end]
initial: {{x: 1}}
transitions:
  x: {{go: {{y: 3/4, x: 1/4}}, wait: x}}
  y: {{go: {{end: 3/4, y: 1/4}}, wait: y}}
rewards: {{x: {{go: {paid}, wait: {paid}}}, y: {{go: {paid}, wait: {paid}}}}}
"
    );
    let model = Model::parse("walk", &text).expect("a model");
    Arc::new(model.exact_mdp().expect("fractions"))
}

#[test]
fn a_walk_takes_as_long_as_its_worst_step() {
    let options = SolverOptions::default();
    let sets = |mdp: Arc<Mdp<Rational>>| {
        Uncertain::within(mdp, UncertaintyNorm::Max, &q(1, 4)).expect("sets")
    };
    let costly = sets(walk("discount: 1", "-2"));
    // a step is done with probability 3/4 ∓ 1/4, and takes one over that
    let worst = costly.solve(Nature::Adverse, None, &options).expect("ends");
    assert_eq!(worst.v, [q(-8, 1), q(-4, 1), q(0, 1)]);
    let best = costly.solve(Nature::Kind, None, &options).expect("ends");
    assert_eq!(best.v, [q(-4, 1), q(-2, 1), q(0, 1)]);
    // waiting may be paid for ever
    let paid = sets(walk("discount: 1", "2"));
    let Err(Error::Trapped { states, .. }) = paid.solve(Nature::Adverse, None, &options) else {
        panic!("waiting for ever");
    };
    assert_eq!(states, ["x", "y"]);
    let go = [1, 0, 1, 0].map(|x| q(x, 1)).to_vec();
    let go = Policy::simplex(paid.mdp().space(), go).expect("a policy");
    let kind = paid.solve(Nature::Kind, Some(&go), &options).expect("ends");
    assert_eq!(kind.v, [q(8, 1), q(4, 1), q(0, 1)]);
    // from y a second step is needed with probability 1/2 at worst
    let two = sets(walk("horizon: 2", "-2"));
    let found = two.solve(Nature::Adverse, None, &options).expect("values");
    let times = found.by_time.expect("tables");
    assert_eq!(times.v[0], [q(-4, 1), q(-3, 1), q(0, 1)]);
    assert_eq!(times.v[1], [q(-2, 1), q(-2, 1), q(0, 1)]);
}

#[test]
fn a_gain_is_that_of_the_worst_stationary_distribution() {
    let text = "
criterion: average
states: [x, y]
actions: [a, b]
initial: {x: 1}
transitions:
  x: {a: {x: 1/2, y: 1/2}, b: {x: 1/4, y: 3/4}}
  y: {a: {x: 1/2, y: 1/2}}
rewards: {y: 1}
";
    let mdp = Model::parse("two", text).expect("a model").exact_mdp();
    let sets = Uncertain::within(
        Arc::new(mdp.expect("fractions")),
        UncertaintyNorm::Max,
        &q(1, 4),
    );
    let sets = sets.expect("sets");
    let options = SolverOptions::default();
    // from x to y with probability 1/2 (b, at worst), back with 3/4: y holds 1/2 / (1/2 + 3/4)
    let worst = sets.solve(Nature::Adverse, None, &options).expect("a gain");
    let gain = worst.gain.expect("per step");
    assert_eq!((gain.value, gain.relative_to), (q(2, 5), Some(0)));
    // g = p(y|x) (v(y) − v(x)) from x
    assert_eq!(worst.v, [q(0, 1), q(4, 5)]);
    let best = sets.solve(Nature::Kind, None, &options).expect("a gain");
    assert_eq!(best.gain.expect("per step").value, q(4, 5));
}

/// A reward that nobody takes, however large, hides nothing of the others: nature moves 1/10 from one half to staying
/// or to leaving, so that a step of −1 is paid 0.6/0.4 or 0.4/0.6 times.
#[test]
fn a_large_reward_that_nobody_takes_hides_nothing() {
    for dear in ["-1e10", "-1e15", "-3e29"] {
        let text = format!(
            "discount: 1\nstates: [s, e]\nactions: [x, y]\ninitial: s\nterminal: [e]\n\
             transitions: [[s, x, e, 1/2, 0], [s, x, s, 1/2, -1], [s, y, e, 1, {dear}]]\n"
        );
        let mdp = Arc::new(Model::parse("dear", &text).expect("a model").mdp());
        let sets = Uncertain::within(mdp, UncertaintyNorm::L1, &0.2).expect("sets");
        for (nature, v) in [(Nature::Adverse, -1.5), (Nature::Kind, -2.0 / 3.0)] {
            let found = sets.solve(nature, None, &SolverOptions::default());
            let found = found.expect("ends");
            assert!((found.v[0] - v).abs() < 1e-14, "{dear}: {}", found.v[0]);
        }
    }
}
