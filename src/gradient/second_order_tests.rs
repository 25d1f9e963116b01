//! Sections 4.3 and 4.4 of the theory over models × parametrizations.

use super::hessian::{by_dual_numbers, value_hessian};
use nalgebra::DVector;

use super::*;
use crate::model::Model;
use crate::number::Rational;
use crate::policy::Kind;
use crate::test_models::{Case, exact_cases, float_cases, ratio, worked_example, worked_policy};

#[test]
fn worked_example_has_its_hessian() {
    let mdp = worked_example();
    let policy = worked_policy(&mdp, Kind::Direct);
    let case = Case::new(mdp, policy);
    let hessian = case.at().hessian().unwrap();
    assert_eq!(hessian[(0, 0)], -ratio(11366400, 14737387));
    assert_eq!(hessian[(0, 1)], ratio(2454528, 2105341));
    assert_eq!(hessian[(1, 0)], hessian[(0, 1)]);
    assert_eq!(hessian[(1, 1)], -ratio(21789504, 14737387));
}

/// H = ρ₀ ∇²v, and the gauge directions: H 1ₛ = 0 for softmax and simplex, H θ₍ₛ₎ = −∇₍ₛ₎J for
/// escort (theory 4.35, 4.36), over fractions.
#[test]
fn hessians_of_values_and_gauges_are_exact() {
    for case in exact_cases(0..3) {
        let at = case.at();
        let (space, d) = (case.mdp.space(), case.policy.parameters());
        let total = at.hessian().unwrap();
        let mut sum = nalgebra::DMatrix::from_element(d, d, Rational::ZERO);
        for (state, weight) in case.mdp.initial().iter().enumerate() {
            let of_state = value_hessian(at, state).unwrap();
            sum = sum.zip_map(&of_state, |x, y| x + y * weight);
        }
        assert_eq!(sum, total);
        let gradient = adjoint::gradient(at).unwrap();
        for state in 0..space.states() {
            let block = space.pairs_of(state);
            let direction: Vec<Rational> = match case.policy.parametrization().kind() {
                Kind::Softmax | Kind::Simplex => vec![Rational::ONE; block.len()],
                Kind::Escort => case.policy.theta().unwrap()[block.clone()].to_vec(),
                _ => continue,
            };
            let scaling = case.policy.parametrization().kind() == Kind::Escort;
            for k in 0..d {
                let mut along = Rational::ZERO;
                for (l, x) in block.clone().zip(&direction) {
                    along += &total[(k, l)] * x;
                }
                let own = scaling && block.contains(&k);
                let expected = if own {
                    -gradient[k].clone()
                } else {
                    Rational::ZERO
                };
                assert_eq!(along, expected);
            }
        }
    }
}

/// Against dual numbers through the adjoint gradient, for every parametrization.
#[test]
fn hessian_is_the_derivative_of_the_gradient() {
    for case in float_cases(0..6) {
        let at = case.at();
        let by_formula = at.hessian().unwrap();
        let by_dual = by_dual_numbers(at).unwrap();
        // n·ε·condition: at most 6 states, 1/(1 − γ) ≤ 10 squared, derivatives of order 10²
        let scale = by_formula.amax().max(1.0);
        for (x, y) in by_formula.iter().zip(by_dual.iter()) {
            assert!((x - y).abs() < 1e-11 * scale, "{x} {y}");
        }
        assert_eq!(by_formula, by_formula.transpose());
    }
}

/// The blocks of F are F: to the same bits where no two states share parameters, and there are none
/// elsewhere.
#[test]
fn the_blocks_of_the_fisher_matrix_are_its_entries() {
    for case in float_cases(0..3) {
        let Ok(fisher) = case.at().fisher() else {
            continue;
        };
        let blocks = case.at().fisher_blocks().unwrap();
        let shared = case.policy.parametrization().kind() == Kind::LogLinear;
        assert!(blocks.is_some() || shared);
        let Some(blocks) = blocks else { continue };
        for k in 0..fisher.nrows() {
            for l in 0..fisher.ncols() {
                assert_eq!(blocks.get(k, l), fisher[(k, l)]);
            }
        }
    }
}

#[test]
fn worked_example_has_its_natural_gradient() {
    let mdp = worked_example();
    let policy = worked_policy(&mdp, Kind::Direct);
    let case = Case::new(mdp, policy);
    let fisher = case.at().fisher().unwrap();
    assert_eq!(fisher[(0, 0)], ratio(3072, 469));
    assert_eq!(fisher[(1, 1)], ratio(1629, 469));
    assert_eq!(fisher[(0, 1)], Rational::ZERO);
    let natural = case.at().natural_gradient().unwrap();
    assert_eq!(natural.direction, [ratio(37, 134), ratio(418, 603)]);
    assert_eq!(natural.rank, 2);
}

/// F w = ∇J exactly, w orthogonal to the null vectors of F (so w is the Moore-Penrose solution),
/// and ψ·w in place of q leaves ∇J exact.
#[test]
fn natural_gradient_solves_its_equation() {
    for case in exact_cases(0..5) {
        let at = case.at();
        let gradient = adjoint::gradient(at).unwrap();
        let natural = at.natural_gradient().unwrap();
        let w = &natural.direction;
        let fisher = at.fisher().unwrap();
        for (k, expected) in gradient.iter().enumerate() {
            let row = fisher.row(k);
            let sum = row
                .iter()
                .zip(w)
                .fold(Rational::ZERO, |sum, (x, y)| sum + x * y);
            assert_eq!(sum, *expected, "{}", case.policy.parametrization().name());
        }
        let space = case.mdp.space();
        for state in 0..space.states() {
            let block = space.pairs_of(state);
            let null: Vec<Rational> = match case.policy.parametrization().kind() {
                Kind::Softmax | Kind::Simplex => vec![Rational::ONE; block.len()],
                Kind::Escort => case.policy.theta().unwrap()[block.clone()].to_vec(),
                _ => continue,
            };
            let along = block
                .zip(&null)
                .fold(Rational::ZERO, |sum, (k, x)| sum + x * &w[k]);
            assert_eq!(along, Rational::ZERO);
        }
        let compatible = natural::compatible_advantage(at, w).unwrap();
        let occupancy = &case.evaluation.occupancy;
        let weights: Vec<Rational> = (0..space.pairs())
            .map(|i| &occupancy[space.state_of(i)] * &compatible[i])
            .collect();
        assert_eq!(case.policy.pull_back(&weights), gradient);
    }
}

/// Shared features: F w = ∇J and w in the range of F, by least squares and by eigenvalues; on tabular cases both
/// give what the closed form gives, with the same rank.
#[test]
fn least_squares_eigenvalues_and_closed_form_agree() {
    for case in float_cases(0..4) {
        let at = case.at();
        let gradient = adjoint::gradient(at).unwrap();
        let fisher = at.fisher().unwrap();
        let natural = at.natural_gradient().unwrap();
        let advantage = at.derivatives().advantage(at).unwrap();
        let scores = natural::weighted_scores(at.policy(), at.occupancy(), &advantage);
        let size = natural.direction.iter().fold(1.0f64, |x, y| x.max(y.abs()));
        for other in [
            pseudo_inverse::by_eigenvalues(&fisher, &gradient),
            pseudo_inverse::in_floating_point(&scores.unwrap()),
        ] {
            assert_eq!(natural.rank, other.rank);
            for (x, y) in natural.direction.iter().zip(&other.direction) {
                // the condition of F on its range, at most a few thousand here
                assert!((x - y).abs() < 1e-10 * size);
            }
        }
        let w = DVector::from_vec(natural.direction);
        for (x, y) in (&fisher * &w).iter().zip(&gradient) {
            assert!((x - y).abs() < 1e-10 * fisher.amax() * size);
        }
    }
}

/// The Hessian of J_T at T = 3 against dual numbers through the
/// gradient weights; natural gradient and Fisher matrix solve F w = ∇J_T, exactly.
#[test]
fn second_order_on_a_horizon() {
    use crate::evaluation::FiniteHorizon;
    use crate::field::Dual;
    use crate::mdp::Criterion;
    fn criterion<F>(discount: F) -> Criterion<F> {
        let horizon = 3;
        Criterion::FiniteHorizon { discount, horizon }
    }
    for case in float_cases(0..3) {
        let mdp = case.mdp.clone().under(criterion(0.9));
        let solved = Solved::new(mdp.clone(), case.policy.clone()).unwrap();
        let hessian = solved.hessian().unwrap();
        let lifted = mdp.map(|&x| Dual::constant(x));
        let columns = dual::directions(&case.policy, |policy| {
            let run = FiniteHorizon::new(&lifted, policy)?;
            let weights = finite_horizon::weights(&run, &lifted).unwrap();
            Ok(policy
                .pull_back(&weights)
                .iter()
                .map(|x| x.derivative)
                .collect::<Vec<f64>>())
        });
        for (x, y) in hessian.iter().zip(columns.unwrap().iter().flatten()) {
            assert!((x - y).abs() < 1e-11 * hessian.amax().max(1.0));
        }
    }
    for case in exact_cases(0..2) {
        let mdp = case.mdp.clone().under(criterion(ratio(9, 10)));
        let solved = Solved::new(mdp, case.policy).unwrap();
        let natural = solved.natural_gradient().unwrap();
        let fisher = solved.fisher().unwrap();
        for (k, expected) in solved.gradient().unwrap().iter().enumerate() {
            let row = fisher.row(k);
            let terms = row.iter().zip(&natural.direction);
            let sum = terms.fold(Rational::ZERO, |sum, (x, y)| sum + x * y);
            assert_eq!(sum, *expected);
        }
    }
}

/// A state that ρ₀ does not reach has ρ = 0, not the rounding of a solve, so it has no natural
/// gradient and does not count in the rank.
#[test]
fn states_that_are_not_reached_have_no_natural_gradient() {
    for mut case in float_cases(0..6).into_iter().step_by(9) {
        let states = case.mdp.states();
        let mut initial = vec![0.0; states];
        initial[0] = 1.0;
        case = Case::new(case.mdp.with_initial(initial).unwrap(), case.policy);
        let reached = case.at().chain().unwrap().dynamics().reached();
        let natural = case.at().natural_gradient().unwrap();
        let tabular = case.policy.parametrization().kind() == Kind::Softmax;
        for (state, reached) in reached
            .into_iter()
            .enumerate()
            .filter(|(_, reached)| !reached)
        {
            assert!(!reached && case.evaluation.occupancy[state] == 0.0);
            let block = case.mdp.space().pairs_of(state);
            assert!(!tabular || natural.direction[block].iter().all(|x| *x == 0.0));
        }
    }
}

/// 12,000 states and 24,000 parameters: tables of 1.4 to 5.8 times 10⁸ numbers, where at most 2²⁷ are made. Every state is a class of
/// its own, so that what is not a table is made at once.
#[test]
fn tables_that_no_memory_holds_are_refused_under_every_criterion() {
    let mut rows = String::new();
    for s in 0..12_000 {
        rows += &format!("- [{s}, 0, {s}, 1, 0]\n- [{s}, 1, {s}, 1, 1]\n");
    }
    let refused = |found: Result<nalgebra::DMatrix<f64>, Error>| {
        assert!(matches!(found, Err(Error::TooLarge { .. })), "{found:?}");
    };
    for criterion in ["criterion: average", "discount: 1/2", "horizon: 2"] {
        let text =
            format!("{criterion}\nstates: 12000\nactions: 2\ninitial: 0\ntransitions:\n{rows}");
        let model = Model::parse("large.yaml", &text).unwrap();
        let solved: Solved = Solved::new(model.mdp(), Policy::uniform(model.space())).unwrap();
        refused(solved.jacobian());
        refused(solved.hessian());
        if let crate::evaluation::Prepared::Average(run) = solved.prepared() {
            refused(run.long_run().limiting_matrix());
            refused(run.long_run().deviation_matrix());
        }
    }
}
