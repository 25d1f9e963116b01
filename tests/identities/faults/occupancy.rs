//! Occupancies, J, and how long an episode lasts.

use exact_mdp_theorems::Formulas;

use super::Fault;
use super::claims::{discounted, scale, undiscounted};

/// ρ(s), ρ(s,a), J and L.
#[rustfmt::skip]
pub const OCCUPANCY: &[Fault] = &[
    Fault { name: "occupancy: normalised", caught_by: &["flow-equation", "occupancy-mass", "occupancy-gradient", "performance-difference-by-old-measure", "greediness-condition", "simplex-extension", "visits-times-value"], plant: |c| {
        let d = discounted(c);
        let mass: f64 = d.evaluation.occupancy.iter().sum();
        scale(&mut d.evaluation.occupancy, 1.0 / mass);
    } },
    Fault { name: "occupancy: not transposed", caught_by: &["flow-equation", "duality-pairing"], plant: |c| {
        let d = discounted(c);
        d.evaluation.occupancy = d.chain().resolvent().solve(d.chain().dynamics().initial()).unwrap().x;
    } },
    Fault { name: "occupancy: the first visit missing", caught_by: &["occupancy-power-series"], plant: |c| {
        let d = discounted(c);
        let first = d.chain().dynamics().initial().to_vec();
        d.evaluation.occupancy.iter_mut().zip(first).for_each(|(x, y)| *x -= y);
    } },
    Fault { name: "occupancy: no γ", caught_by: &["episode-length"], plant: |c| {
        let eta = undiscounted(c);
        discounted(c).evaluation.occupancy = eta;
    } },
    Fault { name: "pair occupancy: π missing", caught_by: &["pair-occupancy"], plant: |c| {
        let d = discounted(c);
        let space = d.mdp.space().clone();
        let rho = d.evaluation.occupancy.clone();
        d.evaluation.pair_occupancy = (0..space.pairs()).map(|i| rho[space.state_of(i)]).collect();
    } },
    Fault { name: "J: ρv instead of ρ₀v", caught_by: &["objective-is-start-value"], plant: |c| {
        let d = discounted(c);
        d.evaluation.j = d.evaluation.occupancy.iter().zip(&d.evaluation.v).map(|(x, y)| x * y).sum();
    } },
    Fault { name: "pair occupancy: every action alike", caught_by: &["pair-occupancy", "objective-from-both-sides"], plant: |c| {
        let d = discounted(c);
        let space = d.mdp.space().clone();
        let share = |i| d.evaluation.occupancy[space.state_of(i)] / space.pairs_of(space.state_of(i)).len() as f64;
        d.evaluation.pair_occupancy = (0..space.pairs()).map(share).collect();
    } },
    Fault { name: "J: the first reward alone", caught_by: &["objective-from-any-function", "objective-is-start-value", "reward-scaling", "objective-correction"], plant: |c| {
        let d = discounted(c);
        let r = d.chain().dynamics().r();
        d.evaluation.j = d.mdp.initial().iter().zip(r).map(|(x, r)| x * r).sum();
    } },
    Fault { name: "J: a bonus for having begun", caught_by: &["reward-scaling", "reward-shift", "performance-difference"], plant: |c| discounted(c).evaluation.j += 1.0 },
    Fault { name: "E L: the last step counted twice", caught_by: &["episode-moments"], plant: |c| {
        c.formulas.episode = |d, policy| {
            let mut episode = (Formulas::LIBRARY.episode)(d, policy)?;
            episode.length.as_mut().expect("an end").mean += 1.0;
            Ok(episode)
        };
    } },
    Fault { name: "E L²: the square of E L", caught_by: &["episode-moments"], plant: |c| {
        c.formulas.episode = |d, policy| {
            let mut episode = (Formulas::LIBRARY.episode)(d, policy)?;
            let length = episode.length.as_mut().expect("an end");
            length.second_moment = length.mean * length.mean;
            Ok(episode)
        };
    } },
    Fault { name: "μ: not normalised", caught_by: &["constant-of-proportionality"], plant: |c| {
        c.formulas.episode = |d, policy| {
            let mut episode = (Formulas::LIBRARY.episode)(d, policy)?;
            episode.on_policy = d.evaluation.occupancy.clone();
            Ok(episode)
        };
    } },
    Fault { name: "E γᴸ: the chance to end", caught_by: &["discounted-end"], plant: |c| {
        c.formulas.episode = |d, policy| {
            let mut episode = (Formulas::LIBRARY.episode)(d, policy)?;
            episode.discounted_end = 1.0;
            Ok(episode)
        };
    } },
];
