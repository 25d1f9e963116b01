//! The Hessian of the gain, derivatives of J with respect to the model, and entropy, under every
//! criterion: closed forms over fractions, and dual numbers.

use exact_mdp::evaluation::Prepared;
use exact_mdp::field::Dual;
use exact_mdp::gradient::entropy::SoftValues;
use exact_mdp::gradient::{average, dual, finite_horizon};
use exact_mdp::linalg::{Solvable, SolverOptions};
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::number::Rational;
use exact_mdp::policy::{Direct, Parametrization, Policy, Softmax};
use exact_mdp::solved::Solved;

use crate::criteria::models::{Random, appendix_c, model, q, rounded};

fn solved<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Solved<F> {
    Solved::new(mdp.clone(), policy.clone()).unwrap()
}

fn direct(mdp: &Mdp<Rational>, theta: Vec<Rational>) -> Policy<Rational> {
    Policy::new(mdp.space(), Parametrization::Direct(Direct), theta).unwrap()
}

fn softmax(mdp: &Mdp<f64>, random: &mut Random) -> Policy<f64> {
    let theta = (0..mdp.pairs()).map(|_| random.below(41) as f64 / 20.0 - 1.0);
    let family = Parametrization::Softmax(Softmax { temperature: 1.0 });
    Policy::new(mdp.space(), family, theta.collect()).unwrap()
}

fn criteria() -> [Criterion<Rational>; 3] {
    [
        Criterion::Discounted { discount: q(4, 5) },
        Criterion::FiniteHorizon {
            discount: q(9, 10),
            horizon: 4,
        },
        Criterion::Average,
    ]
}

/// Random models, several recurrent classes and periods among them, with random policies.
fn cases(seeds: std::ops::Range<u64>) -> Vec<(Mdp<f64>, Policy<f64>)> {
    let mut cases = Vec::new();
    for seed in seeds {
        for criterion in criteria() {
            let mut random = Random::new(seed);
            let states = 2 + random.below(4) as usize;
            let terminal = (random.below(3) as usize).min(states - 1);
            let mdp = rounded(&random.model(states, terminal, criterion));
            let policy = softmax(&mdp, &mut random);
            cases.push((mdp, policy));
        }
    }
    cases
}

/// Rounding of a few solves on at most five states whose smallest way out has probability 1/30 or
/// so: n·ε·K² with K ≤ 10³ is below 10⁻⁹.
fn close(x: f64, y: f64) {
    let scale = x.abs().max(y.abs()).max(1.0);
    assert!((x - y).abs() < 1e-9 * scale, "{x} is not {y}");
}

fn fractions(x: &[(i64, u64)]) -> Vec<Rational> {
    x.iter().map(|&(p, d)| q(p, d)).collect()
}

/// g = μ r^π is a quotient of polynomials in θ; its second derivatives by computer algebra.
#[test]
fn the_hessian_of_the_gain_of_the_worked_example() {
    let mdp = appendix_c(Criterion::Average);
    let policy = direct(&mdp, fractions(&[(1, 4), (1, 3)]));
    let hessian = solved(&mdp, &policy).hessian().unwrap();
    let cross = (14300160, 12008989);
    let expected = [(-10099200, 12008989), cross, cross, (-17013600, 12008989)];
    assert_eq!(hessian.as_slice(), fractions(&expected));
}

/// From 0 to the class {1} with gain 1 or the class {2, 3} with gain 6z/(1 + z), by a choice q; its
/// second derivatives by computer algebra. Without the change of the absorption they would be 0.
#[test]
fn the_hessian_of_a_gain_with_a_choice_of_class() {
    let to = |next, p, reward| (next, p, q(reward, 1));
    let table = vec![
        vec![
            vec![to(1, q(1, 2), 7), to(0, q(1, 2), -5)],
            vec![to(2, q(1, 3), 2), to(0, q(2, 3), 11)],
        ],
        vec![vec![to(1, q(1, 1), 1)]],
        vec![vec![to(3, q(1, 1), 4)], vec![to(2, q(1, 1), 0)]],
        vec![vec![to(2, q(1, 1), 2)]],
    ];
    let start = fractions(&[(1, 1), (0, 1), (0, 1), (0, 1)]);
    let mdp = model(table, start, Criterion::Average);
    let policy = direct(&mdp, fractions(&[(1, 4), (2, 5)]));
    let solved = solved(&mdp, &policy);
    assert_eq!(*solved.j(), q(31, 21));
    let hessian = solved.hessian().unwrap();
    let cross = (-1600, 441);
    let expected = [(1280, 1701), cross, cross, (-1000, 343)];
    assert_eq!(hessian.as_slice(), fractions(&expected));
}

/// Column by column the derivative of the adjoint gradient over dual numbers.
#[test]
fn hessians_are_the_derivatives_of_gradients() {
    for (mdp, policy) in cases(300..340) {
        let hessian = solved(&mdp, &policy).hessian().unwrap();
        assert!((hessian.transpose() - &hessian).amax() <= 1e-9 * hessian.amax().max(1.0));
        let lifted = mdp.map(|&x| Dual::constant(x));
        let columns = dual::directions(&policy, |policy| {
            let solved = solved(&lifted, policy);
            let weights = match solved.prepared() {
                Prepared::Average(run) => average::weights(run, &lifted)?,
                Prepared::FiniteHorizon(run) => finite_horizon::weights(run, &lifted)?,
                Prepared::Resolvent(_) => {
                    let q = solved.q().iter().enumerate();
                    let rho = |pair| &solved.occupancy()[lifted.space().state_of(pair)];
                    q.map(|(pair, q)| *q * rho(pair)).collect()
                }
            };
            Ok(policy.pull_back(&weights))
        });
        for (x, y) in hessian.iter().zip(columns.unwrap().iter().flatten()) {
            close(*x, y.derivative);
        }
    }
}

/// The model over dual numbers, the derivative of the i-th number of p, then r, given.
fn along(mdp: &Mdp<f64>, slope: impl Fn(usize) -> f64) -> Mdp<Dual> {
    let mut i = 0;
    let moved = mdp.map(|&value| {
        i += 1;
        Dual {
            value,
            derivative: slope(i - 1),
        }
    });
    let deficit = |pair: usize| Dual {
        value: mdp.deficits().map_or(0.0, |deficits| deficits[pair]),
        derivative: -moved.p().row(pair).map(|(_, x)| x.derivative).sum::<f64>(),
    };
    let deficits = (0..mdp.pairs()).map(deficit).collect();
    let complement = Dual::constant(*mdp.discount_complement());
    moved.with_slacks(complement, Some(deficits)).unwrap()
}

/// J over dual numbers, for a fixed policy.
fn slope_of_j(mdp: &Mdp<Dual>, policy: &Policy<f64>) -> f64 {
    let policy = policy.map(|&x| Dual::constant(x));
    let prepared = Prepared::new(mdp, &policy, &SolverOptions::default()).unwrap();
    prepared.objective(mdp).unwrap().derivative
}

/// ∂J/∂p along directions that keep the rows sums of 1, and along every single entry where J is
/// defined off the simplex; ∂J/∂r and ∂J/∂γ.
#[test]
fn sensitivities_are_those_of_dual_numbers() {
    for (mdp, policy) in cases(400..440) {
        let solved_here = solved(&mdp, &policy);
        let found = solved_here.sensitivity().unwrap();
        let p = mdp.p();
        for (pair, slope) in found.rewards.iter().enumerate() {
            let at = |i| f64::from(u8::from(i == p.stored() + pair));
            close(slope_of_j(&along(&mdp, at), &policy), *slope);
        }
        let slopes = found.transitions.values();
        for pair in 0..mdp.pairs() {
            let entries = p.row_starts()[pair]..p.row_starts()[pair + 1];
            let first = entries.start;
            for entry in entries.skip(1) {
                let toward = |i| f64::from(u8::from(i == entry)) - f64::from(u8::from(i == first));
                let moved = slope_of_j(&along(&mdp, toward), &policy);
                close(moved, slopes[entry] - slopes[first]);
            }
        }
        if *mdp.criterion() == Criterion::Average {
            assert_eq!(found.discount, None);
            continue;
        }
        for (entry, slope) in slopes.iter().enumerate() {
            let at = |i| f64::from(u8::from(i == entry));
            close(slope_of_j(&along(&mdp, at), &policy), *slope);
        }
        let discount = Dual::variable(mdp.discount());
        let criterion = match mdp.criterion() {
            Criterion::FiniteHorizon { horizon, .. } => Criterion::FiniteHorizon {
                discount,
                horizon: *horizon,
            },
            _ => Criterion::Discounted { discount },
        };
        let moved = mdp
            .map(|&x| Dual::constant(x))
            .with_criterion(criterion)
            .unwrap();
        close(slope_of_j(&moved, &policy), found.discount.unwrap());
    }
}

/// J is linear in r and in ρ₀: exact differences, over fractions.
#[test]
fn linear_sensitivities_are_exact() {
    for criterion in criteria() {
        let mdp = appendix_c(criterion);
        let policy = direct(&mdp, fractions(&[(1, 4), (1, 3)]));
        let solved_here = solved(&mdp, &policy);
        let found = solved_here.sensitivity().unwrap();
        for (pair, slope) in found.rewards.iter().enumerate() {
            let mut r = mdp.r().to_vec();
            r[pair] += q(1, 1);
            let moved = solved(&mdp.clone().with_rewards(r).unwrap(), &policy);
            assert_eq!(moved.j().clone() - solved_here.j(), *slope);
        }
        for (state, slope) in found.initial.iter().enumerate() {
            let mut initial = mdp.initial().to_vec();
            initial[state] += q(1, 1);
            let moved = mdp.clone().with_initial(initial).unwrap();
            let prepared = Prepared::new(&moved, &policy, &SolverOptions::default()).unwrap();
            let j = prepared.objective(&moved).unwrap();
            assert_eq!(j - solved_here.j(), *slope);
        }
    }
}

/// ∇J_α is the derivative of J_α over dual numbers, log π moving; J_α is J plus α times what the
/// entropies are worth as rewards; v = π(q − α log π).
#[test]
fn entropy_gradients_are_those_of_dual_numbers() {
    const ALPHA: f64 = 0.4;
    for (mdp, policy) in cases(500..540) {
        let solved_here = solved(&mdp, &policy);
        let soft = solved_here.entropy(&ALPHA).unwrap();
        let lifted = mdp.map(|&x| Dual::constant(x));
        let slopes = dual::derivatives(&policy, |policy| {
            Ok(SoftValues::new(&solved(&lifted, policy), &Dual::constant(ALPHA))?.j)
        });
        for (x, y) in slopes.unwrap().iter().zip(&soft.gradient) {
            close(*x, *y);
        }
        let entropies = soft.entropy.iter().zip(solved_here.occupancy());
        let paid: f64 = entropies.map(|(entropy, rho)| entropy * rho).sum();
        close(soft.j, solved_here.j() + ALPHA * paid);
        let pi = policy.probabilities();
        for state in 0..mdp.states() {
            let terms = |i: usize| pi[i] * (soft.q[i] - ALPHA * pi[i].ln());
            close(mdp.space().pairs_of(state).map(terms).sum(), soft.v[state]);
        }
    }
}
