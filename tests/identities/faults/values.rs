//! Operators, values and resolvents: the sign, γ, the transposition, a missing term.

use exact_mdp::evaluation::action_values;
use exact_mdp::gradient::hessian::value_hessian;
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::policy::Policy;

use super::Fault;
use super::claims::{discounted, scale, solved, uniform};

/// v, q and A.
#[rustfmt::skip]
pub const VALUES: &[Fault] = &[
    Fault { name: "v: sign", caught_by: &["value-fixed-point"], plant: |c| scale(&mut discounted(c).evaluation.v, -1.0) },
    Fault { name: "v: γ off by a percent", caught_by: &["value-fixed-point"], plant: |c| {
        let d = discounted(c);
        let resolvent = d.chain().dynamics().resolvent(&(0.99 * d.gamma), &SolverOptions::default()).unwrap();
        d.evaluation.v = resolvent.solve(d.chain().dynamics().r()).unwrap().x;
    } },
    Fault { name: "v: a residual that is not its own", caught_by: &["residual-rounding"], plant: |c| discounted(c).evaluation.residuals.v = 1e-3 },
    Fault { name: "v: transposed system", caught_by: &["value-fixed-point", "neumann-series"], plant: |c| {
        let d = discounted(c);
        d.evaluation.v = d.chain().resolvent().solve_transposed(d.chain().dynamics().r()).unwrap().x;
    } },
    Fault { name: "q: no future", caught_by: &["action-value-fixed-point", "action-value-system"], plant: |c| {
        let d = discounted(c);
        d.evaluation.q = d.mdp.r().to_vec();
    } },
    Fault { name: "q: no γ", caught_by: &["action-value-from-value"], plant: |c| {
        let d = discounted(c);
        let undiscounted = d.mdp.clone().with_criterion(exact_mdp::mdp::Criterion::Total).unwrap();
        d.evaluation.q = action_values(&undiscounted, &d.evaluation.v).unwrap();
    } },
    Fault { name: "advantage: no baseline", caught_by: &["advantage-centered", "performance-difference", "one-sided-derivative"], plant: |c| {
        let d = discounted(c);
        d.evaluation.advantage = d.evaluation.q.clone();
    } },
    Fault { name: "advantage: unweighted mean", caught_by: &["advantage-difference"], plant: |c| {
        let d = discounted(c);
        for s in 0..d.mdp.states() {
            let block = d.mdp.space().pairs_of(s);
            let mean = d.evaluation.q[block.clone()].iter().sum::<f64>() / block.len().max(1) as f64;
            block.for_each(|i| d.evaluation.advantage[i] = d.evaluation.q[i] - mean);
        }
    } },
    Fault { name: "v: the best action for the mean", caught_by: &["value-averages-action-values", "value-fixed-point"], plant: |c| {
        let d = discounted(c);
        let space = d.mdp.space().clone();
        let most = |s| d.evaluation.q[space.pairs_of(s)].iter().copied().reduce(f64::max).unwrap_or(0.0);
        d.evaluation.v = (0..space.states()).map(most).collect();
    } },
    Fault { name: "v: the first reward missing", caught_by: &["neumann-series", "potential-shaping"], plant: |c| {
        let d = discounted(c);
        let first = d.chain().dynamics().r().to_vec();
        d.evaluation.v.iter_mut().zip(first).for_each(|(v, r)| *v -= r);
    } },
    Fault { name: "v: in hundredths of the unit of r", caught_by: &["value-bounds"], plant: |c| scale(&mut discounted(c).evaluation.v, 100.0) },
    Fault { name: "v: a critic of another policy", caught_by: &["wrong-critic-n-step-bias", "wrong-critic-gae-bias", "horizon-and-infinity", "td-residual-without-discount"], plant: |c| {
        let other = uniform(discounted(c));
        discounted(c).evaluation.v = other.v;
    } },
    Fault { name: "q: the best action afterwards", caught_by: &["action-value-system", "action-value-fixed-point"], plant: |c| {
        let d = discounted(c);
        let space = d.mdp.space().clone();
        let most = |s| d.evaluation.q[space.pairs_of(s)].iter().copied().reduce(f64::max).unwrap_or(0.0);
        d.evaluation.q = action_values(&d.mdp, &(0..space.states()).map(most).collect::<Vec<f64>>()).unwrap();
    } },
    Fault { name: "q: costs for rewards", caught_by: &["policy-improvement", "projected-step-ascends"], plant: |c| scale(&mut discounted(c).evaluation.q, -1.0) },
    Fault { name: "advantage: δ without γ", caught_by: &["td-residual-mean", "advantage-centered"], plant: |c| {
        let d = discounted(c);
        let space = d.mdp.space().clone();
        let carried = d.mdp.p().mul(&d.evaluation.v);
        for (pair, next) in carried.iter().enumerate() {
            d.evaluation.advantage[pair] = d.mdp.r()[pair] + next - d.evaluation.v[space.state_of(pair)];
        }
    } },
    Fault { name: "advantage: sign", caught_by: &["mirror-step-ascends", "suboptimality-gap"], plant: |c| scale(&mut discounted(c).evaluation.advantage, -1.0) },
];

/// p^π, T^π, T* and the resolvent.
#[rustfmt::skip]
pub const OPERATORS: &[Fault] = &[
    Fault { name: "p^π: every action alike", caught_by: &["transition-operator", "operators-conjugate", "resolvent-inverse"], plant: |c| {
        let d = discounted(c);
        d.solved = solved(&d.mdp, &Policy::uniform(d.mdp.space()));
    } },
    Fault { name: "r^π: paid twice", caught_by: &["transition-operator", "operators-conjugate"], plant: |c| {
        let policy = c.policy.clone();
        let d = discounted(c);
        let twice = d.mdp.r().iter().map(|r| 2.0 * r).collect();
        d.solved = solved(&d.mdp.clone().with_rewards(twice).unwrap(), &policy);
    } },
    Fault { name: "N: γ off by a percent", caught_by: &["resolvent-inverse", "duality-pairing", "episode-length", "occupancy-mass"], plant: |c| {
        let policy = c.policy.clone();
        let d = discounted(c);
        let discount = 0.99 * d.gamma;
        d.solved = solved(&d.mdp.clone().with_criterion(Criterion::Discounted { discount }).unwrap(), &policy);
    } },
    Fault { name: "N: of I + γp^π", caught_by: &["resolvent-m-matrix", "resolvent-inverse"], plant: |c| {
        let policy = c.policy.clone();
        let d = discounted(c);
        let flipped = d.mdp.p().map(|x| -x);
        d.solved = solved(&d.mdp.clone().with_transitions(flipped).unwrap(), &policy);
    } },
    Fault { name: "T: γ forgotten", caught_by: &["value-difference", "value-fixed-point"], plant: |c| discounted(c).gamma = 1.0 },
    Fault { name: "T^π: the actions of a state weigh 4, not 1", caught_by: &["evaluation-contraction", "probabilities-sum-to-one"], plant: |c| scale(&mut c.probabilities, 4.0) },
    Fault { name: "T^π: π of the wrong sign", caught_by: &["operators-monotone"], plant: |c| scale(&mut c.probabilities, -1.0) },
    Fault { name: "T*: rows of p sum to 4", caught_by: &["optimality-contraction", "soft-contraction"], plant: |c| {
        let d = discounted(c);
        let heavy = d.mdp.p().map(|x| 4.0 * x);
        d.mdp = d.mdp.clone().with_transitions(heavy).unwrap();
    } },
    Fault { name: "T^π: every state as it is", caught_by: &["value-residual-bound", "value-residual-componentwise", "inverse-norm-bound"], plant: |c| {
        let d = discounted(c);
        d.mdp = still(&d.mdp, d.gamma);
    } },
    Fault { name: "flow: every state as it is, and no start", caught_by: &["occupancy-residual-bound"], plant: |c| {
        let policy = c.policy.clone();
        let d = discounted(c);
        let nowhere = d.mdp.clone().with_initial(vec![0.0; d.mdp.states()]).unwrap();
        d.solved = solved(&nowhere, &policy);
        d.mdp = still(&d.mdp, d.gamma);
    } },
];

/// What only a model without an end shows.
#[rustfmt::skip]
pub const ENDLESS: &[Fault] = &[
    Fault { name: "N: γ off by a percent", caught_by: &["resolvent-row-sums", "duality-pairing"], plant: |c| {
        let policy = c.policy.clone();
        let d = discounted(c);
        let discount = 0.99 * d.gamma;
        d.solved = solved(&d.mdp.clone().with_criterion(Criterion::Discounted { discount }).unwrap(), &policy);
    } },
    Fault { name: "T: rows of p sum to 1.01", caught_by: &["constant-shift"], plant: |c| {
        let d = discounted(c);
        let heavy = d.mdp.p().map(|x| 1.01 * x);
        d.mdp = d.mdp.clone().with_transitions(heavy).unwrap();
    } },
    Fault { name: "‖N‖: without γ in the quotient", caught_by: &["condition-number"], plant: |c| discounted(c).inverse_norm = 1.0 },
    Fault { name: "occupancy: normalised", caught_by: &["occupancy-mass", "reward-shift"], plant: |c| {
        let d = discounted(c);
        let mass: f64 = d.evaluation.occupancy.iter().sum();
        scale(&mut d.evaluation.occupancy, 1.0 / mass);
    } },
    Fault { name: "∇²v(s): of the first state for every state", caught_by: &["hessian-of-values"], plant: |c| {
        c.formulas.value_hessian = |at, _| value_hessian(at, 0);
    } },
    Fault { name: "∇²J: of one start for all", caught_by: &["hessian-of-values", "hessian-by-dual-numbers"], plant: |c| {
        let wrong = value_hessian(&discounted(c).at(), 0).expect("a Hessian");
        discounted(c).hessian = Ok(wrong);
    } },
    Fault { name: "v: a constant more, as if it were a bias", caught_by: &["perturbed-model", "value-fixed-point"], plant: |c| discounted(c).evaluation.v.iter_mut().for_each(|v| *v += 100.0) },
];

/// The model whose operator T^π is the identity: γp leads back, and nothing is paid.
fn still(mdp: &Mdp, gamma: f64) -> Mdp {
    let space = mdp.space();
    let back = (0..space.pairs()).map(|i| [(space.state_of(i), 1.0 / gamma)]);
    let p = Csr::from_rows(space.states(), back);
    let unpaid = vec![0.0; space.pairs()];
    mdp.clone()
        .with_transitions(p)
        .unwrap()
        .with_rewards(unpaid)
        .unwrap()
}
