//! The finite horizon: γ, the index of time, the pairing.

use exact_mdp::evaluation::FiniteHorizon;
use exact_mdp::gradient::finite_horizon;
use exact_mdp::mdp::Criterion;
use exact_mdp_theorems::Case;

use super::Fault;
use super::claims::{horizon, pairing};
use crate::identities::space;

/// v_t, q_t, ρ_T, J_T and their derivatives.
#[rustfmt::skip]
pub const HORIZON: &[Fault] = &[
    Fault { name: "v_t: one step off", caught_by: &["horizon-values", "horizon-and-infinity"], plant: |c| horizon(c).tables.v.rotate_left(1) },
    Fault { name: "q_t: stationary", caught_by: &["horizon-action-values", "stationary-critic-on-a-horizon"], plant: |c| {
        let q = c.discounted.as_ref().unwrap().evaluation.q.clone();
        horizon(c).tables.q.fill(q);
    } },
    Fault { name: "ρ_T: the start missing", caught_by: &["horizon-occupancy"], plant: |c| {
        let start = c.mdp.initial().to_vec();
        horizon(c).occupancy.iter_mut().zip(start).for_each(|(x, y)| *x -= y);
    } },
    Fault { name: "J_T: that of infinity", caught_by: &["horizon-objective"], plant: |c| {
        let j = c.discounted.as_ref().unwrap().evaluation.j;
        horizon(c).j = j;
    } },
    Fault { name: "∇J_T: ρ_T with the stationary q", caught_by: &["horizon-pairing", "horizon-gradient-by-dual-numbers", "truncation-bias", "importance-sampling-mean"], plant: |c| {
        let q = &c.discounted.as_ref().unwrap().evaluation.q;
        let gradient = pairing(c, &c.horizon.as_ref().unwrap().occupancy, q);
        horizon(c).gradient = gradient;
    } },
    Fault { name: "∇v₀: sign", caught_by: &["horizon-gradient-bellman", "horizon-gradient-from-the-start"], plant: |c| *horizon(c).jacobian.as_mut().unwrap() *= -1.0 },
    Fault { name: "∇²J_T: sign", caught_by: &["horizon-hessian"], plant: |c| *horizon(c).hessian.as_mut().unwrap() *= -1.0 },
    Fault { name: "v_t: γ forgotten", caught_by: &["horizon-values", "horizon-and-infinity"], plant: |c| {
        let run = horizon_of(c, 1.0, 0);
        horizon(c).tables.v = run.tables(&c.mdp).v;
    } },
    Fault { name: "∇J_T: one step less", caught_by: &["horizon-gradient-by-dual-numbers", "horizon-pairing", "truncation-bias"], plant: |c| {
        let gamma = horizon(c).gamma;
        let run = horizon_of(c, gamma, 1);
        let weights = finite_horizon::centered_weights(&run, &c.mdp).expect("weights");
        let gradient = c.policy.pull_back(&weights);
        horizon(c).gradient = gradient;
    } },
    Fault { name: "∇J_T: γᵗ dropped", caught_by: &["horizon-pairing", "importance-sampling-mean", "horizon-returns-mean", "horizon-critics-mean"], plant: |c| {
        let h = c.horizon.as_ref().unwrap();
        let (p, space) = (h.run.dynamics().p(), space(&c.mdp));
        let mut mass = h.run.dynamics().initial().to_vec();
        let mut weights = vec![0.0; space.pairs()];
        for q in &h.tables.q {
            (0..space.pairs()).for_each(|i| weights[i] += mass[space.state_of(i)] * q[i]);
            mass = p.mul_transposed(&mass);
        }
        let gradient = c.policy.pull_back(&weights);
        horizon(c).gradient = gradient;
    } },
    Fault { name: "∇²J_T: of the endless J", caught_by: &["horizon-hessian"], plant: |c| {
        let h = c.discounted.as_ref().unwrap().hessian.as_ref().unwrap().clone();
        horizon(c).hessian = Ok(h);
    } },
];

/// The recursions with another discount and so many steps less.
fn horizon_of(case: &Case, discount: f64, less: usize) -> FiniteHorizon {
    let own = case.horizon.as_ref().expect("a horizon");
    let horizon = own.run.horizon() - less;
    let criterion = Criterion::FiniteHorizon { discount, horizon };
    let mdp = own
        .mdp
        .clone()
        .with_criterion(criterion)
        .expect("a horizon");
    FiniteHorizon::new(&mdp, &case.policy).expect("a horizon")
}
