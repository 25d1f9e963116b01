//! Dense random models, the same for every bench and for `benches/compare`.

use std::sync::Arc;

use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};

/// So many states, 4 actions, every successor possible, rewards in (0, 1] by pair; γ = 0.95.
pub fn garnet(states: usize) -> Mdp {
    let mut state = 7u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((state >> 11) + 1) as f64 / (1u64 << 53) as f64
    };
    let sets = vec![vec![0, 1, 2, 3]; states];
    let space = Space::new(Names::Numbered(states), Names::Numbered(4), sets).unwrap();
    let mut outcomes = OutcomeTable::default();
    for _ in 0..space.pairs() {
        let row: Vec<f64> = (0..states).map(|_| random()).collect();
        let (total, reward) = (row.iter().sum::<f64>(), random());
        for (next, x) in row.iter().enumerate() {
            outcomes.push(next, x / total, reward);
        }
        outcomes.end_pair();
    }
    Mdp::new(MdpParts {
        name: "dense".into(),
        space: Arc::new(space),
        outcomes,
        initial: vec![1.0 / states as f64; states],
        criterion: Criterion::Discounted { discount: 0.95 },
    })
    .unwrap()
}
