//! A sparse random model, the same for every bench that samples.

use std::sync::Arc;

use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};

/// A random MDP: 1,000 states, 4 actions, 5 successors and rewards in [-1, 1] of their own; γ = 0.95.
pub fn garnet() -> Mdp {
    const STATES: usize = 1000;
    let mut state = 7u64;
    let mut uniform = || {
        // SplitMix64: any generator would do
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / 2f64.powi(53)
    };
    let mut outcomes = OutcomeTable::default();
    for _ in 0..4 * STATES {
        let weights: [f64; 5] = std::array::from_fn(|_| 0.05 + uniform());
        let total: f64 = weights.iter().sum();
        for weight in weights {
            let next = (uniform() * STATES as f64) as usize;
            outcomes.push(next, weight / total, 2.0 * uniform() - 1.0);
        }
        outcomes.end_pair();
    }
    let actions = (0..STATES).map(|_| vec![0, 1, 2, 3]);
    let space = Space::new(Names::Numbered(STATES), Names::Numbered(4), actions).unwrap();
    Mdp::new(MdpParts {
        name: "garnet".into(),
        space: Arc::new(space),
        outcomes,
        initial: vec![1.0 / STATES as f64; STATES],
        criterion: Criterion::Discounted { discount: 0.95 },
    })
    .unwrap()
}
