//! Planted faults: each replaces one claim by what a wrong formula would give.

use exact_mdp::chain::Dynamics;
use exact_mdp::evaluation::action_values;
use exact_mdp::identity::{Case, Discounted, Horizon, LongTerm};
use exact_mdp::linalg::{Csr, SolverOptions};

use crate::{failing, own, random, space};

/// One wrong formula, and a check that must notice.
struct Fault {
    name: &'static str,
    plant: fn(&mut Case),
    caught_by: &'static str,
}

fn discounted(case: &mut Case) -> &mut Discounted {
    case.discounted.as_mut().expect("a discounted model")
}

fn horizon(case: &mut Case) -> &mut Horizon {
    case.horizon.as_mut().expect("a horizon")
}

fn long_term(case: &mut Case) -> &mut LongTerm {
    case.long_term.as_mut().expect("an average reward")
}

fn scale(x: &mut [f64], c: f64) {
    x.iter_mut().for_each(|x| *x *= c);
}

/// w∇π with the measure ρ(s) at each pair times x.
fn pairing(case: &Case, rho: &[f64], x: &[f64]) -> Vec<f64> {
    let space = space(&case.mdp);
    let weights: Vec<f64> = (0..x.len())
        .map(|i| rho[space.state_of(i)] * x[i])
        .collect();
    case.derivative.mul_transposed(&weights)
}

/// The visits of the undiscounted chain.
fn undiscounted(case: &Case) -> Vec<f64> {
    let d = case.discounted.as_ref().expect("a discounted model");
    let dynamics = Dynamics::new(&d.mdp, &case.policy);
    let resolvent = dynamics
        .resolvent(&1.0, &SolverOptions::default())
        .expect("proper");
    resolvent
        .solve_transposed(dynamics.initial())
        .expect("solved")
        .x
}

#[rustfmt::skip]
const FAULTS: &[Fault] = &[
    Fault { name: "v: sign", caught_by: "value-fixed-point", plant: |c| scale(&mut discounted(c).evaluation.v, -1.0) },
    Fault { name: "v: γ off by a percent", caught_by: "value-fixed-point", plant: |c| {
        let d = discounted(c);
        let resolvent = d.chain.dynamics().resolvent(&(0.99 * d.gamma), &SolverOptions::default()).unwrap();
        d.evaluation.v = resolvent.solve(d.chain.dynamics().r()).unwrap().x;
    } },
    Fault { name: "v: transposed system", caught_by: "value-fixed-point", plant: |c| {
        let d = discounted(c);
        d.evaluation.v = d.chain.resolvent().solve_transposed(d.chain.dynamics().r()).unwrap().x;
    } },
    Fault { name: "q: no future", caught_by: "action-value-fixed-point", plant: |c| {
        let d = discounted(c);
        d.evaluation.q = d.mdp.r().to_vec();
    } },
    Fault { name: "q: no γ", caught_by: "action-value-from-value", plant: |c| {
        let d = discounted(c);
        let undiscounted = d.mdp.clone().with_criterion(exact_mdp::mdp::Criterion::Total);
        d.evaluation.q = action_values(&undiscounted, &d.evaluation.v);
    } },
    Fault { name: "advantage: no baseline", caught_by: "advantage-centered", plant: |c| {
        let d = discounted(c);
        d.evaluation.advantage = d.evaluation.q.clone();
    } },
    Fault { name: "advantage: unweighted mean", caught_by: "advantage-difference", plant: |c| {
        let d = discounted(c);
        for s in 0..d.mdp.states() {
            let block = d.mdp.space().pairs_of(s);
            let mean = d.evaluation.q[block.clone()].iter().sum::<f64>() / block.len().max(1) as f64;
            block.for_each(|i| d.evaluation.advantage[i] = d.evaluation.q[i] - mean);
        }
    } },
    Fault { name: "occupancy: normalised", caught_by: "flow-equation", plant: |c| {
        let d = discounted(c);
        let mass: f64 = d.evaluation.occupancy.iter().sum();
        scale(&mut d.evaluation.occupancy, 1.0 / mass);
    } },
    Fault { name: "occupancy: not transposed", caught_by: "flow-equation", plant: |c| {
        let d = discounted(c);
        d.evaluation.occupancy = d.chain.resolvent().solve(d.chain.dynamics().initial()).unwrap().x;
    } },
    Fault { name: "occupancy: the first visit missing", caught_by: "occupancy-power-series", plant: |c| {
        let d = discounted(c);
        let first = d.chain.dynamics().initial().to_vec();
        d.evaluation.occupancy.iter_mut().zip(first).for_each(|(x, y)| *x -= y);
    } },
    Fault { name: "occupancy: no γ", caught_by: "episode-length", plant: |c| {
        let eta = undiscounted(c);
        discounted(c).evaluation.occupancy = eta;
    } },
    Fault { name: "pair occupancy: π missing", caught_by: "pair-occupancy", plant: |c| {
        let d = discounted(c);
        let space = d.mdp.space().clone();
        let rho = d.evaluation.occupancy.clone();
        d.evaluation.pair_occupancy = (0..space.pairs()).map(|i| rho[space.state_of(i)]).collect();
    } },
    Fault { name: "J: ρv instead of ρ₀v", caught_by: "objective-is-start-value", plant: |c| {
        let d = discounted(c);
        d.evaluation.j = d.evaluation.occupancy.iter().zip(&d.evaluation.v).map(|(x, y)| x * y).sum();
    } },
    Fault { name: "∇J: sign", caught_by: "policy-gradient-theorem", plant: |c| scale(&mut discounted(c).gradient, -1.0) },
    Fault { name: "∇J: normalised measure", caught_by: "gradient-by-dual-numbers", plant: |c| {
        let d = discounted(c);
        let mass: f64 = d.evaluation.occupancy.iter().sum();
        scale(&mut d.gradient, 1.0 / mass);
    } },
    Fault { name: "∇J: γᵗ dropped", caught_by: "reward-to-go-mean", plant: |c| {
        let q = c.discounted.as_ref().unwrap().evaluation.q.clone();
        discounted(c).gradient = pairing(c, &undiscounted(c), &q);
    } },
    Fault { name: "∇J: r instead of q", caught_by: "nabla-log-form", plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let gradient = pairing(c, &d.evaluation.occupancy, d.mdp.r());
        discounted(c).gradient = gradient;
    } },
    Fault { name: "∇J: ρ₀ instead of ρ", caught_by: "gradient-from-the-start", plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let gradient = pairing(c, d.mdp.initial(), &d.evaluation.q);
        discounted(c).gradient = gradient;
    } },
    Fault { name: "∇v: the future missing", caught_by: "gradient-bellman-equation", plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let mut jacobian = d.jacobian.as_ref().unwrap().clone();
        jacobian.fill(0.0);
        for i in 0..d.mdp.pairs() {
            for (k, x) in c.derivative.row(i) {
                jacobian[(d.mdp.space().state_of(i), k)] += d.evaluation.q[i] * x;
            }
        }
        discounted(c).jacobian = Ok(jacobian);
    } },
    Fault { name: "∇v: sign", caught_by: "value-gradient-by-dual-numbers", plant: |c| *discounted(c).jacobian.as_mut().unwrap() *= -1.0 },
    Fault { name: "∇²J: one cross term missing", caught_by: "hessian-symmetric", plant: |c| {
        let d = discounted(c);
        let h = d.hessian.as_mut().unwrap();
        for k in 0..h.nrows() {
            for l in 0..k {
                h[(k, l)] *= 0.5;
            }
        }
    } },
    Fault { name: "∇²J: cross terms missing", caught_by: "hessian-by-dual-numbers", plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let mut h = d.hessian.as_ref().unwrap().clone();
        h.fill(0.0);
        for s in 0..d.mdp.states() {
            for (k, l, x) in c.policy.curvature(s, &d.evaluation.advantage).unwrap() {
                h[(k, l)] += x * d.evaluation.occupancy[s];
                if k != l {
                    h[(l, k)] += x * d.evaluation.occupancy[s];
                }
            }
        }
        discounted(c).hessian = Ok(h);
    } },
    Fault { name: "∇²J: sign", caught_by: "hessian-boxed", plant: |c| *discounted(c).hessian.as_mut().unwrap() *= -1.0 },
    Fault { name: "F: normalised", caught_by: "fisher-is-kl-hessian", plant: |c| {
        let d = discounted(c);
        let mass: f64 = d.evaluation.occupancy.iter().sum();
        *d.fisher.as_mut().unwrap() /= mass;
    } },
    Fault { name: "F: sign", caught_by: "fisher-quadratic-form", plant: |c| *discounted(c).fisher.as_mut().unwrap() *= -1.0 },
    Fault { name: "natural: the gradient itself", caught_by: "natural-gradient-equation", plant: |c| {
        let d = discounted(c);
        d.natural = Ok(d.gradient.clone());
    } },
    Fault { name: "natural: 1/(1 − γ) too large", caught_by: "compatible-approximation", plant: |c| {
        let d = discounted(c);
        let factor = 1.0 / (1.0 - d.gamma);
        scale(d.natural.as_mut().unwrap(), factor);
    } },
    Fault { name: "∇π: sign", caught_by: "derivative-of-probabilities", plant: |c| c.derivative = c.derivative.map(|x| -x) },
    Fault { name: "∇π: temperature forgotten", caught_by: "nabla-log-trick", plant: |c| c.derivative = c.derivative.map(|x| 2.0 * x) },
    Fault { name: "score: not centered", caught_by: "score-mean-zero", plant: |c| {
        let scores = c.scores.as_ref().unwrap().map(|x| x + 1.0);
        c.scores = Ok(scores);
    } },
    Fault { name: "π: does not sum to 1", caught_by: "probabilities-sum-to-one", plant: |c| scale(&mut c.probabilities, 1.001) },
    Fault { name: "total return: one γ too many", caught_by: "total-return-mean", plant: |c| mean(c, "total-return", |x| 0.75 * x) },
    Fault { name: "reward-to-go: sign", caught_by: "reward-to-go-mean", plant: |c| mean(c, "reward-to-go", |x| -x) },
    Fault { name: "baseline: off", caught_by: "baselined-mean", plant: |c| mean(c, "baseline:v", |x| x + 1e-6) },
    Fault { name: "Q: off", caught_by: "q-mean", plant: |c| mean(c, "q", |x| 1.001 * x) },
    Fault { name: "advantage estimator: off", caught_by: "advantage-mean", plant: |c| mean(c, "advantage", |x| 1.001 * x) },
    Fault { name: "TD residual: no γ", caught_by: "td-residual-estimator-mean", plant: |c| mean(c, "td-residual", |x| 0.98 * x) },
    Fault { name: "GAE: λ", caught_by: "gae-mean", plant: |c| mean(c, "gae:0.5", |x| 0.5 * x) },
    Fault { name: "n-step: bootstrap missing", caught_by: "n-step-mean", plant: |c| mean(c, "n-step:3", |x| 0.9 * x) },
    Fault { name: "geometric: discounted twice", caught_by: "geometric-horizon-mean", plant: |c| mean(c, "geometric", |x| 0.75 * x) },
    Fault { name: "dropped: not dropped", caught_by: "dropped-discount-mean", plant: |c| {
        let d = discounted(c);
        let gradient = d.gradient.clone();
        let means = d.means.as_mut().unwrap();
        means.iter_mut().find(|(name, _)| name == "reward-to-go:dropped").unwrap().1 = gradient;
    } },
    Fault { name: "covariance: the mean not subtracted", caught_by: "advantage-covariance", plant: |c| {
        let d = discounted(c);
        let covariance = d.covariance.as_mut().unwrap();
        for k in 0..d.gradient.len() {
            for l in 0..d.gradient.len() {
                covariance[(k, l)] += d.gradient[k] * d.gradient[l];
            }
        }
    } },
    Fault { name: "covariance: sign", caught_by: "covariance-positive", plant: |c| *discounted(c).covariance.as_mut().unwrap() *= -1.0 },
    Fault { name: "v*: that of the policy", caught_by: "optimality-equation", plant: |c| {
        let d = discounted(c);
        d.optimum.as_mut().unwrap().v = d.evaluation.v.clone();
    } },
    Fault { name: "π*: the policy", caught_by: "optimal-policy-attains", plant: |c| {
        let policy = c.policy.clone();
        discounted(c).optimum.as_mut().unwrap().policy = policy;
    } },
    Fault { name: "J*: sign", caught_by: "suboptimality-gap", plant: |c| discounted(c).optimum.as_mut().unwrap().j *= -1.0 },
    Fault { name: "J_α: the entropy's sign", caught_by: "entropy-objective", plant: |c| {
        let j = discounted(c).evaluation.j;
        let soft = discounted(c).soft.as_mut().unwrap();
        soft.j = 2.0 * j - soft.j;
    } },
    Fault { name: "∇J_α: log π missing", caught_by: "entropy-gradient", plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let wrong = pairing(c, &d.evaluation.occupancy, &d.soft.as_ref().unwrap().q);
        discounted(c).soft.as_mut().unwrap().gradient = wrong;
    } },
    Fault { name: "∇J_α: that of J", caught_by: "entropy-gradient", plant: |c| {
        let plain = discounted(c).gradient.clone();
        discounted(c).soft.as_mut().unwrap().gradient = plain;
    } },
    Fault { name: "∂J/∂r: ρ₀ for ρ", caught_by: "reward-sensitivity", plant: |c| {
        let rho = c.mdp.initial();
        let wrong = (0..c.mdp.pairs()).map(|i| rho[space(&c.mdp).state_of(i)] * c.probabilities[i]).collect();
        c.sensitivity.as_mut().unwrap().rewards = wrong;
    } },
    Fault { name: "∂J/∂ρ₀: one step", caught_by: "initial-sensitivity", plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let wrong = d.chain.dynamics().r().to_vec();
        c.sensitivity.as_mut().unwrap().initial = wrong;
    } },
    Fault { name: "∂J/∂γ: v here, not after the step", caught_by: "discount-sensitivity", plant: |c| {
        let d = c.discounted.as_ref().unwrap();
        let wrong = d.evaluation.occupancy.iter().zip(&d.evaluation.v).map(|(x, y)| x * y).sum();
        c.sensitivity.as_mut().unwrap().discount = Some(wrong);
    } },
    Fault { name: "∂J/∂p: no γ", caught_by: "transition-sensitivity", plant: |c| {
        let gamma = discounted(c).gamma;
        let values = c.sensitivity.as_ref().unwrap().transitions.values();
        let wrong = values.iter().map(|x| x / gamma).collect();
        plant_transitions(c, wrong);
    } },
    Fault { name: "v_t: one step off", caught_by: "horizon-values", plant: |c| horizon(c).tables.v.rotate_left(1) },
    Fault { name: "q_t: stationary", caught_by: "horizon-action-values", plant: |c| {
        let q = c.discounted.as_ref().unwrap().evaluation.q.clone();
        horizon(c).tables.q.fill(q);
    } },
    Fault { name: "ρ_T: the start missing", caught_by: "horizon-occupancy", plant: |c| {
        let start = c.mdp.initial().to_vec();
        horizon(c).occupancy.iter_mut().zip(start).for_each(|(x, y)| *x -= y);
    } },
    Fault { name: "J_T: that of infinity", caught_by: "horizon-objective", plant: |c| {
        let j = c.discounted.as_ref().unwrap().evaluation.j;
        horizon(c).j = j;
    } },
    Fault { name: "∇J_T: ρ_T with the stationary q", caught_by: "horizon-pairing", plant: |c| {
        let q = &c.discounted.as_ref().unwrap().evaluation.q;
        let gradient = pairing(c, &c.horizon.as_ref().unwrap().occupancy, q);
        horizon(c).gradient = gradient;
    } },
    Fault { name: "∇v₀: sign", caught_by: "horizon-gradient-bellman", plant: |c| *horizon(c).jacobian.as_mut().unwrap() *= -1.0 },
    Fault { name: "∇²J_T: sign", caught_by: "horizon-hessian", plant: |c| *horizon(c).hessian.as_mut().unwrap() *= -1.0 },
];

fn mean(case: &mut Case, name: &str, wrong: fn(f64) -> f64) {
    let means = discounted(case).means.as_mut().expect("means");
    let (_, mean) = means
        .iter_mut()
        .find(|(known, _)| known == name)
        .expect("the estimator");
    mean.iter_mut().for_each(|x| *x = wrong(*x));
}

#[rustfmt::skip]
const LONG_RUN: &[Fault] = &[
    Fault { name: "g: sign", caught_by: "gain-is-limit", plant: |c| scale(&mut long_term(c).gain, -1.0) },
    Fault { name: "g: half", caught_by: "discounted-mean", plant: |c| scale(&mut long_term(c).gain, 0.5) },
    Fault { name: "h: not normalised", caught_by: "bias-normalized", plant: |c| long_term(c).bias.iter_mut().for_each(|x| *x += 1.0) },
    Fault { name: "h: sign", caught_by: "laurent-expansion", plant: |c| scale(&mut long_term(c).bias, -1.0) },
    Fault { name: "h: the rewards", caught_by: "poisson-equation", plant: |c| {
        let l = long_term(c);
        let n = l.bias.len();
        l.bias = l.mdp.r()[..n].to_vec();
    } },
    Fault { name: "stationary law: ρ₀", caught_by: "stationary-law", plant: |c| {
        let l = long_term(c);
        l.occupancy = l.mdp.initial().to_vec();
    } },
    Fault { name: "∇g: sign", caught_by: "gain-gradient-by-dual-numbers", plant: |c| scale(long_term(c).gradient.as_mut().unwrap(), -1.0) },
    Fault { name: "∇g: the absorption missing", caught_by: "gain-gradient", plant: |c| {
        let l = c.long_term.as_ref().unwrap();
        let gradient = pairing(c, &l.occupancy, &l.average.action_values(&l.mdp));
        long_term(c).gradient = Ok(gradient);
    } },
    Fault { name: "∇²g: sign", caught_by: "gain-hessian", plant: |c| long_term(c).hessian.as_mut().unwrap().neg_mut() },
    Fault { name: "∇²g: the change of the absorption missing", caught_by: "gain-hessian", plant: |c| {
        // what a unichain formula gives: π'' and ∇h, without ∇g under ρ₀D
        let l = c.long_term.as_ref().unwrap();
        let rho = l.average.occupancy().to_vec();
        let bent: Vec<f64> = l.average.action_values(&l.mdp).iter().enumerate()
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
    Fault { name: "∂g/∂r: ρ₀ for ρ₀P*", caught_by: "reward-sensitivity", plant: |c| {
        let rho = c.mdp.initial();
        let wrong = (0..c.mdp.pairs()).map(|i| rho[space(&c.mdp).state_of(i)] * c.probabilities[i]).collect();
        c.sensitivity.as_mut().unwrap().rewards = wrong;
    } },
    Fault { name: "∂g/∂p: the bias alone", caught_by: "transition-sensitivity", plant: |c| {
        let l = c.long_term.as_ref().unwrap();
        let visits = c.mdp.p().row_starts().windows(2).enumerate().flat_map(|(i, row)| {
            let mass = l.occupancy[space(&c.mdp).state_of(i)] * c.probabilities[i];
            std::iter::repeat_n(mass, row[1] - row[0])
        });
        let next = c.mdp.p().column_indices().iter();
        let wrong: Vec<f64> = visits.zip(next).map(|(x, &s)| x * l.bias[s as usize]).collect();
        plant_transitions(c, wrong);
    } },
];

/// Puts other numbers in the place of ∂J/∂p.
fn plant_transitions(case: &mut Case, values: Vec<f64>) {
    let p = case.mdp.p();
    let (starts, columns) = (p.row_starts().to_vec(), p.column_indices().to_vec());
    let wrong = Csr::from_parts(p.columns(), starts, columns, values);
    case.sensitivity
        .as_mut()
        .expect("a sensitivity")
        .transitions = wrong;
}

/// Plants each fault in a case of its own; those that no check, or not the expected one, notices.
fn unnoticed(faults: &[Fault], case: impl Fn() -> Case) -> Vec<String> {
    let mut unnoticed = Vec::new();
    for fault in faults {
        let mut case = case();
        (fault.plant)(&mut case);
        let noticed = failing(&case);
        println!("{}: {noticed:?}", fault.name);
        if !noticed.contains(fault.caught_by) {
            unnoticed.push(format!(
                "{}: {} does not fail, {noticed:?}",
                fault.name, fault.caught_by
            ));
        }
    }
    unnoticed
}

#[test]
fn planted_faults_are_caught() {
    // terminates, γ = 3/4: every claim exists
    let missed = unnoticed(FAULTS, || random("retry-loop", 2));
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn planted_faults_of_the_long_run_are_caught() {
    let missed = unnoticed(LONG_RUN, || own("multichain-average"));
    assert!(missed.is_empty(), "{missed:#?}");
}
