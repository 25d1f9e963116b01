//! Near γ = 1 and where episodes hardly end: second derivatives and moments beside fractions.

use exact_mdp::arithmetic::Choice;
use exact_mdp::field::Field;
use exact_mdp::linalg::{SolverKind, SolverOptions};
use exact_mdp::model::Model;
use exact_mdp::number::Rational;
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;

/// Three states that are visited in turn, at one of which, with probability `ends`, all is over.
fn walk(discount: u32, ends: u32) -> Model {
    // 1 − 10⁻ᵏ and 10⁻ᵏ, or 1 and 0
    let rest = |k: u32| {
        if k == 0 {
            "1".to_string()
        } else {
            format!("0.{}", "9".repeat(k as usize))
        }
    };
    let small = |k: u32| {
        if k == 0 {
            "0".to_string()
        } else {
            format!("1e-{k}")
        }
    };
    let (discount, stays, ends) = (rest(discount), rest(ends), small(ends));
    let text = format!(
        "\
discount: {discount}
states: [a, b, c, over]
actions: [x, y]
initial: {{a: 1/2, b: 1/2}}
terminal: [over]
transitions:
- [a, x, b, 1/3, 1]
- [a, x, c, 2/3, 0]
- [a, y, a, 1, 1/2]
- [b, x, c, 1, -1]
- [b, y, a, 1/4, 2]
- [b, y, b, 3/4, 0]
- [c, x, a, {stays}, 3]
- [c, x, over, {ends}, 0]
- [c, y, b, 1, -2]
policy: {{parametrization: softmax, probabilities: {{a: {{x: 1/4, y: 3/4}}, b: {{x: 2/3, y: 1/3}}, c: {{x: 1/2, y: 1/2}}}}}}
"
    );
    Model::parse("walk", &text).expect("a model")
}

/// The digits of 1 − γ and of the probability that all ends, 0 where γ is 1 and where nothing ends.
const LONG: [(u32, u32); 6] = [(4, 0), (8, 0), (12, 0), (0, 8), (0, 12), (10, 9)];

fn both((discount, ends): (u32, u32)) -> (Solved, Solved<Rational>) {
    let model = walk(discount, ends);
    let floats = model.solve(Choice::Own).expect("values");
    let exact = model.exact().expect("fractions").solve(Choice::Own);
    (floats, exact.expect("values"))
}

/// The largest difference, relative to the largest of the fractions.
fn apart<'a>(
    found: impl IntoIterator<Item = &'a f64>,
    exact: impl IntoIterator<Item = &'a Rational>,
) -> f64 {
    let (mut furthest, mut largest) = (0.0, 0.0);
    for (found, exact) in found.into_iter().zip(exact) {
        let found = Rational::try_from(*found).expect("finite");
        furthest = f64::max(furthest, Field::to_f64(&(found - exact).abs()));
        largest = f64::max(largest, Field::to_f64(&exact.abs()));
    }
    furthest / largest
}

#[test]
fn hessians_keep_their_digits() {
    for case in LONG {
        let (floats, exact) = both(case);
        let (found, exact) = (floats.hessian().unwrap(), exact.hessian().unwrap());
        let off = apart(found.iter(), exact.iter());
        assert!(off <= 1e-12, "{case:?}: {off:e}");
    }
}

#[test]
fn gradients_of_the_variance_of_the_return_keep_their_digits() {
    for case in LONG {
        let (floats, exact) = both(case);
        let found = floats.variance_gradient().unwrap();
        let off = apart(&found, &exact.variance_gradient().unwrap());
        assert!(off <= 1e-11, "{case:?}: {off:e}");
    }
}

/// And what is said to be their error is one, and no more than a few digits of it.
#[test]
fn moments_of_the_return_keep_their_digits() {
    for case in LONG {
        let (floats, exact) = both(case);
        let (found, exact) = (
            floats.return_moments().unwrap(),
            exact.return_moments().unwrap(),
        );
        let errors = floats.return_errors().unwrap().expect("rounded numbers");
        for (name, found, exact, error) in [
            ("variance", found.variance, &exact.variance, errors.variance),
            ("third", found.third, &exact.third, errors.third),
            ("fourth", found.fourth, &exact.fourth, errors.fourth),
        ] {
            let size = Field::to_f64(&exact.abs());
            let off = apart([&found], [exact]);
            assert!(off <= 1e-11, "{name} {case:?}: {off:e}");
            assert!(
                off * size <= error,
                "{name} {case:?}: {off:e} of {size:e}, not within {error:e}"
            );
            assert!(
                error <= 1e-9 * size,
                "{name} {case:?}: {error:e} of {size:e}"
            );
        }
    }
}

/// Two actions of one probability bend the policy nowhere: what is left is what flows back, of order p².
#[test]
fn the_diagonal_of_a_hessian_is_not_drowned_by_terms_that_cancel() {
    let stays = "9".repeat(40);
    let text = format!(
        "\
discount: 9/10
states: [s, t, over]
actions: [x, y]
initial: s
terminal: [over]
transitions:
- [s, x, t, 1e-40, -9]
- [s, x, over, 0.{stays}, -9]
- [t, x, over, 1, 0]
- [t, y, s, 9/400, 88/7]
- [t, y, over, 391/400, 88/7]
"
    );
    let model = Model::parse("rare", &text).expect("a model");
    let found = model.solve(Choice::Uniform).unwrap().hessian().unwrap();
    let exact = model.exact().unwrap().solve(Choice::Uniform).unwrap();
    let off = apart(found.iter(), exact.hessian().unwrap().iter());
    assert!(off <= 1e-12, "{off:e}");
}

/// What is said of errors holds, where probabilities and rewards lie many orders apart as well, and is no more than a few
/// digits of what is right.
#[test]
fn bounds_of_hessians_and_of_gradients_of_the_variance_hold_and_are_close() {
    for case in LONG {
        let (floats, exact) = both(case);
        let (found, hessian) = (floats.hessian().unwrap(), exact.hessian().unwrap());
        let error = floats.hessian_error().unwrap().expect("rounded numbers");
        let size = hessian
            .iter()
            .map(|x| Field::to_f64(&x.abs()))
            .fold(0.0, f64::max);
        let off = apart(found.iter(), hessian.iter()) * size;
        assert!(
            off <= error && error <= 1e-9 * size,
            "{case:?}: {off:e}, {error:e} of {size:e}"
        );
        let (found, gradient) = (
            floats.variance_gradient().unwrap(),
            exact.variance_gradient().unwrap(),
        );
        let error = floats
            .variance_gradient_error()
            .unwrap()
            .expect("rounded numbers");
        let size = gradient
            .iter()
            .map(|x| Field::to_f64(&x.abs()))
            .fold(0.0, f64::max);
        let off = apart(&found, &gradient) * size;
        assert!(
            off <= error && error <= 1e-8 * size,
            "{case:?}: {off:e}, {error:e} of {size:e}"
        );
    }
}

/// Solvers that subtract lose digits of values and visits near γ = 1, and say so; the one that is taken does not.
#[test]
fn solvers_that_subtract_have_bounds() {
    let text = |nines: usize| {
        format!(
            "discount: 0.{}\nstates: [cold, hot]\nactions: [wait, heat]\ninitial: cold\ntransitions:\n\
             - [cold, wait, cold, 1, 0]\n- [cold, heat, hot, 9/10, 0]\n- [cold, heat, cold, 1/10, 0]\n\
             - [hot, wait, cold, 1/2, 1]\n- [hot, wait, hot, 1/2, 1]\n- [hot, heat, hot, 1, 1]\n",
            "9".repeat(nines)
        )
    };
    for nines in [7, 9, 12] {
        let model = Model::parse("heater", &text(nines)).unwrap();
        let exact = model.exact().unwrap().solve(Choice::Uniform).unwrap();
        for kind in [SolverKind::Dense, SolverKind::Sparse, SolverKind::Krylov] {
            let options = SolverOptions {
                solver: kind,
                ..SolverOptions::default()
            };
            let mdp = model.mdp::<f64>();
            let policy = Policy::uniform(mdp.space());
            let Ok(found) = Solved::by(mdp, policy, options) else {
                continue;
            };
            let rounding = found.rounding().unwrap();
            let within = |x: &[f64], y: &[Rational], error: Option<f64>| {
                let both = x.iter().zip(y).map(|(x, y)| (*x, Field::to_f64(y)));
                both.fold(true, |all, (x, y)| {
                    all && (x - y).abs() <= error.unwrap_or(0.0).max(1e-9 * y.abs())
                })
            };
            assert!(
                within(found.v(), exact.v(), rounding.value),
                "{nines} {kind:?}"
            );
            let visits = rounding.occupancy;
            assert!(
                within(found.occupancy(), exact.occupancy(), visits),
                "{nines} {kind:?}"
            );
        }
        let own = model.solve(Choice::Uniform).unwrap();
        assert!(own.rounding().unwrap().occupancy.is_none());
    }
}
