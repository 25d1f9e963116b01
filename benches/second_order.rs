//! The Jacobian of v and the Hessian of J, policy parameters in, matrix out: a tabular softmax on
//! dense garnets with 4 actions at γ = 0.95. `cargo bench --bench second_order`

#[path = "common/dense.rs"]
mod dense;

use std::sync::Arc;

use exact_mdp::error::Error;
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;

fn main() {
    divan::main();
}

/// From θ to what `quantity` makes of the solved policy.
fn from_theta<T>(
    mdp: &Arc<Mdp>,
    quantity: impl FnOnce(&Solved) -> Result<T, Error>,
) -> Result<T, Error> {
    let theta = (0..mdp.pairs()).map(|i| (i % 7) as f64 / 7.0).collect();
    let policy = Policy::softmax(mdp.space(), theta, 1.0)?;
    quantity(&Solved::new(Arc::clone(mdp), policy)?)
}

#[divan::bench(args = [50, 200, 1000], max_time = 3)]
fn values(bencher: divan::Bencher, states: usize) {
    let mdp = Arc::new(dense::garnet(states));
    bencher.bench(|| from_theta(&mdp, |at| Ok(*at.j())));
}

#[divan::bench(args = [50, 200, 1000], max_time = 3)]
fn jacobian_of_v(bencher: divan::Bencher, states: usize) {
    let mdp = Arc::new(dense::garnet(states));
    bencher.bench(|| from_theta(&mdp, Solved::jacobian));
}

#[divan::bench(args = [20, 50, 100], max_time = 3)]
fn hessian_of_j(bencher: divan::Bencher, states: usize) {
    let mdp = Arc::new(dense::garnet(states));
    bencher.bench(|| from_theta(&mdp, Solved::hessian));
}
