//! The average reward: P*, D, gain, bias and their derivatives.

use exact_mdp::chain::LongRun;

use super::Fault;
use super::claims::{chain, long_term, pairing, plant_transitions, scale};
use crate::identities::space;

/// Two recurrent classes, one of them periodic.
#[rustfmt::skip]
pub const LONG_RUN: &[Fault] = &[
    Fault { name: "g: sign", caught_by: &["gain-is-limit"], plant: |c| scale(&mut long_term(c).gain, -1.0) },
    Fault { name: "g: half", caught_by: &["discounted-mean", "average-objective"], plant: |c| scale(&mut long_term(c).gain, 0.5) },
    Fault { name: "h: not normalised", caught_by: &["bias-normalized"], plant: |c| long_term(c).bias.iter_mut().for_each(|x| *x += 1.0) },
    Fault { name: "h: sign", caught_by: &["laurent-expansion", "bias-action-values"], plant: |c| scale(&mut long_term(c).bias, -1.0) },
    Fault { name: "h: the rewards", caught_by: &["poisson-equation"], plant: |c| {
        let l = long_term(c);
        let n = l.bias.len();
        l.bias = l.mdp.r()[..n].to_vec();
    } },
    Fault { name: "stationary law: ρ₀", caught_by: &["stationary-law"], plant: |c| {
        let l = long_term(c);
        l.occupancy = l.mdp.initial().to_vec();
    } },
    Fault { name: "∇g: sign", caught_by: &["gain-gradient-by-dual-numbers"], plant: |c| scale(long_term(c).gradient.as_mut().unwrap(), -1.0) },
    Fault { name: "∇g: the absorption missing", caught_by: &["gain-gradient", "gain-gradient-forward"], plant: |c| {
        let l = c.long_term.as_ref().unwrap();
        let gradient = pairing(c, &l.occupancy, &l.average.action_values(&l.mdp).unwrap());
        long_term(c).gradient = Ok(gradient);
    } },
    Fault { name: "∇²g: sign", caught_by: &["gain-hessian"], plant: |c| long_term(c).hessian.as_mut().unwrap().neg_mut() },
    Fault { name: "∇²g: the change of the absorption missing", caught_by: &["gain-hessian"], plant: |c| {
        // what a unichain formula gives: π'' and ∇h, without ∇g under ρ₀D
        let l = c.long_term.as_ref().unwrap();
        let rho = l.average.occupancy().to_vec();
        let bent: Vec<f64> = l.average.action_values(&l.mdp).unwrap().iter().enumerate()
            .map(|(i, q)| q * rho[space(&l.mdp).state_of(i)]).collect();
        let mut wrong = l.hessian.as_ref().unwrap().clone() * 0.0;
        for s in 0..l.mdp.states() {
            for (k, m, x) in c.policy.curvature(s, &bent).unwrap() {
                wrong[(k, m)] += x;
                if k != m { wrong[(m, k)] += x; }
            }
        }
        long_term(c).hessian = Ok(wrong);
    } },
    Fault { name: "∂g/∂r: ρ₀ for ρ₀P*", caught_by: &["reward-sensitivity"], plant: |c| {
        let rho = c.mdp.initial();
        let wrong = (0..c.mdp.pairs()).map(|i| rho[space(&c.mdp).state_of(i)] * c.probabilities[i]).collect();
        c.sensitivity.as_mut().unwrap().rewards = wrong;
    } },
    Fault { name: "∂g/∂p: the bias alone", caught_by: &["transition-sensitivity"], plant: |c| {
        let l = c.long_term.as_ref().unwrap();
        let visits = c.mdp.p().row_starts().windows(2).enumerate().flat_map(|(i, row)| {
            let mass = l.occupancy[space(&c.mdp).state_of(i)] * c.probabilities[i];
            std::iter::repeat_n(mass, row[1] - row[0])
        });
        let next = c.mdp.p().column_indices().iter();
        let wrong: Vec<f64> = visits.zip(next).map(|(x, &s)| x * l.bias[s as usize]).collect();
        plant_transitions(c, wrong);
    } },
    Fault { name: "P*: Pᵗ for a large t", caught_by: &["limiting-matrix", "bias-normalized"], plant: |c| c.formulas.limit = |run, x| Ok(powers(run, x).1) },
    Fault { name: "P*: of the recurrent states alone", caught_by: &["limiting-matrix", "limiting-matrix-gradient"], plant: |c| {
        c.formulas.limit = |run, x| {
            let mut limit = run.limit(x)?;
            let transient = (0..x.len()).filter(|&s| run.structure().class_of(s).is_none());
            transient.for_each(|s| limit[s] = 0.0);
            Ok(limit)
        };
    } },
    Fault { name: "D: Σ (Pᵗ − P*) of a periodic chain", caught_by: &["deviation-matrix", "laurent-expansion"], plant: |c| {
        c.formulas.deviation = |run, x| {
            let limit = run.limit(x)?;
            let centered: Vec<f64> = x.iter().zip(&limit).map(|(x, y)| x - y).collect();
            Ok(powers(run, &centered).0)
        };
    } },
    Fault { name: "D: + P*, the fundamental matrix", caught_by: &["deviation-matrix"], plant: |c| {
        c.formulas.deviation = |run, x| {
            let (d, limit) = (run.deviation(x)?, run.limit(x)?);
            Ok(d.iter().zip(limit).map(|(x, y)| x + y).collect())
        };
    } },
];

/// What only one recurrent class shows.
#[rustfmt::skip]
pub const ONE_CLASS: &[Fault] = &[
    Fault { name: "D: halved", caught_by: &["deviation-matrix", "limiting-matrix-gradient", "deviation-matrix-gradient", "bias-gradient"], plant: |c| {
        c.formulas.deviation = |run, x| Ok(run.deviation(x)?.iter().map(|y| y / 2.0).collect());
    } },
    Fault { name: "∇g: with the discounted critic", caught_by: &["discounted-critic-of-the-gain", "gain-gradient"], plant: |c| {
        let l = c.long_term.as_ref().unwrap();
        let criterion = exact_mdp::mdp::Criterion::Discounted { discount: 0.9 };
        let mdp = l.mdp.clone().with_criterion(criterion).unwrap();
        let q = chain(&mdp, &c.policy).evaluate(&mdp, &c.policy).unwrap().q;
        let gradient = pairing(c, &l.occupancy, &q);
        long_term(c).gradient = Ok(gradient);
    } },
    Fault { name: "g: what the policy is paid on the average of the states", caught_by: &["gain-is-limit", "average-objective"], plant: |c| {
        let l = long_term(c);
        let mean = l.average.long_run().p().mul(&l.gain).len() as f64;
        let paid: f64 = l.mdp.r().iter().sum::<f64>() / mean;
        l.gain.fill(paid);
    } },
];

/// Σ_{t<64} Pᵗx and P⁶⁴x.
fn powers(run: &LongRun<f64>, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (mut sum, mut term) = (vec![0.0; x.len()], x.to_vec());
    for _ in 0..64 {
        sum.iter_mut().zip(&term).for_each(|(sum, x)| *sum += x);
        term = run.p().mul(&term);
    }
    (sum, term)
}
