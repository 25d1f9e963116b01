//! Trajectories against the list of all trajectories.

use std::collections::HashMap;

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::*;

/// (pair, next, bits of the reward), step by step.
type Steps = Vec<(u32, u32, u64)>;

/// Pearson's statistic against its law: fails for one honest seed in a million.
fn assert_law(counts: &HashMap<Steps, u64>, law: &HashMap<Steps, f64>) {
    let n: u64 = counts.values().sum();
    assert!(counts.keys().all(|key| law.contains_key(key)), "impossible");
    // cells with small expectations are put together
    let (mut statistic, mut cells, mut rest) = (0.0, 0, (0.0, 0.0));
    for (key, p) in law {
        let expected = p * n as f64;
        let found = counts.get(key).copied().unwrap_or(0) as f64;
        if expected < 10.0 {
            rest = (rest.0 + expected, rest.1 + found);
            continue;
        }
        statistic += (found - expected).powi(2) / expected;
        cells += 1;
    }
    if rest.0 >= 10.0 {
        statistic += (rest.1 - rest.0) * (rest.1 - rest.0) / rest.0;
        cells += 1;
    }
    let p_value = ChiSquared::new(f64::from(cells - 1)).unwrap().sf(statistic);
    assert!(p_value > 1e-6, "chi-square {statistic} on {cells} cells");
}

/// All trajectories of at most `steps` steps with their probabilities, as the theory has them.
fn enumerate(
    mdp: &Mdp,
    pi: &[f64],
    state: usize,
    steps: usize,
    survival: f64,
) -> Vec<(Steps, f64)> {
    if steps == 0 || state == mdp.states() || mdp.space().is_terminal(state) {
        return vec![(Vec::new(), 1.0)];
    }
    let mut all = Vec::new();
    for pair in mdp.space().pairs_of(state) {
        for outcome in mdp.outcomes(pair) {
            for (next, p) in [(outcome.next, survival), (mdp.states(), 1.0 - survival)] {
                let p = pi[pair] * outcome.probability * p;
                if p == 0.0 {
                    continue;
                }
                let step = (pair as u32, next as u32, outcome.reward.to_bits());
                for (rest, q) in enumerate(mdp, pi, next, steps - 1, survival) {
                    all.push(([vec![step], rest].concat(), p * q));
                }
            }
        }
    }
    all
}

#[test]
fn trajectories_follow_their_law() {
    for mdp in [continuing(), episodic()] {
        let policy = softmax(&mdp);
        for sampling in [Sampling::FiniteHorizon(3), Sampling::Geometric] {
            let survival = match sampling {
                Sampling::Geometric => GAMMA,
                _ => 1.0,
            };
            let mut law: HashMap<Steps, f64> = HashMap::new();
            for (state, initial) in mdp.initial().iter().enumerate() {
                for (path, p) in enumerate(&mdp, policy.probabilities(), state, 3, survival) {
                    *law.entry(path).or_default() += initial * p;
                }
            }
            let total: f64 = law.values().sum();
            assert!((total - 1.0).abs() < 1e-12);
            let simulator = Simulator::new(&mdp, &policy, sampling).unwrap();
            let record = record(&simulator, 5, 200_000, 10_000).unwrap();
            let mut counts: HashMap<Steps, u64> = HashMap::new();
            for i in 0..record.trajectories() {
                let steps = record.events(i).take(3);
                let path = steps.map(|e| (e.pair, e.next, e.reward.to_bits()));
                *counts.entry(path.collect()).or_default() += 1;
            }
            assert_law(&counts, &law);
        }
    }
}
