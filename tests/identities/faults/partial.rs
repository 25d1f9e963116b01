//! Partial observation: the laws of a controller, and what it is worth.

use super::Fault;
use super::claims::{discounted, known, pairing, scale};

/// A controller of two nodes.
#[rustfmt::skip]
pub const PARTIAL: &[Fault] = &[
    Fault { name: "π of a controller: acts at the node that it leaves", caught_by: &["controller-laws"], plant: |c| {
        let sight = c.mdp.space().sight().expect("a controller").clone();
        let space = c.mdp.space().clone();
        let own = c.probabilities.clone();
        for pair in 0..own.len() {
            let (state, (action, to)) = (space.state_of(pair), sight.split(space.action_of(pair)));
            let node = sight.situations()[state].1;
            // α(a|n) η(n'|n, o): the sums over the other of both
            let sum = |keep: &dyn Fn((u32, u32)) -> bool| -> f64 {
                let pairs = space.pairs_of(state).filter(|&i| keep(sight.split(space.action_of(i))));
                pairs.map(|i| own[i]).sum()
            };
            let go = sum(&|(_, n)| n == to);
            let stays = sum(&|(_, n)| n == node);
            c.probabilities[pair] = go * sum(&|(a, n)| a == action && n == node) / stays;
        }
    } },
    Fault { name: "∇J of a controller: hidden states that look alike are as likely", caught_by: &["controller-gradient", "controller-chain-gradient"], plant: |c| {
        let situations = c.mdp.space().sight().expect("a controller").situations().to_vec();
        let (rho, q) = (known(c).evaluation.occupancy.clone(), known(c).evaluation.q.clone());
        let alike = |state: usize| (0..rho.len()).filter(move |&other| situations[other] == situations[state]);
        let alike = &alike;
        let even: Vec<f64> = (0..rho.len()).map(|state| {
            let all: Vec<usize> = (alike.clone())(state).collect();
            all.iter().map(|&other| rho[other]).sum::<f64>() / all.len() as f64
        }).collect();
        discounted(c).gradient = pairing(c, &even, &q);
    } },
    Fault { name: "J of a controller: from the first node alone", caught_by: &["controller-chain"], plant: |c| {
        // as if every run began with the first node's choice of the first action
        let d = known(c);
        let first = (0..d.mdp.states()).map(|s| d.mdp.initial()[s] * d.evaluation.q[d.mdp.space().pairs_of(s).start]);
        let j = first.sum();
        discounted(c).evaluation.j = j;
    } },
    Fault { name: "∇J of a controller: a normalised measure", caught_by: &["controller-gradient", "controller-chain-gradient"], plant: |c| {
        let rest = 1.0 - known(c).gamma;
        scale(&mut discounted(c).gradient, rest);
    } },
];
