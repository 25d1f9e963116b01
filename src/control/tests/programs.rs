//! The linear programs.

use super::*;

/// Strong duality, complementary slackness, and the dual's solution is an optimal policy's
/// occupancy: it is that of the policy it makes by normalising (theory, 1, flow equation).
#[test]
fn the_dual_program_is_an_optimal_occupancy() {
    let options = ControlOptions {
        method: ControlMethod::LinearProgram,
        ..ControlOptions::default()
    };
    for seed in 0..10 {
        for shape in [discounted(9, 10, 0), discounted(1, 2, 1), total()] {
            let mdp = float(&random(&shape, seed));
            let optimum = solve(&mdp, &options).unwrap();
            let dual = optimum.dual.unwrap();
            // the simplex method's own tolerance is 1e-8
            assert!(dual.gap <= 1e-7 && dual.slackness <= 1e-7, "{dual:?}");
            assert!((dual.objective - optimum.j).abs() <= 1e-7);
            assert!(dual.occupancy_error <= 1e-6, "{dual:?}");
        }
    }
}

/// One step in 10⁶ ends, or twice the price at once: the state is met 10⁶ times, of which 1 − p alone knows ten digits.
#[test]
fn visits_of_the_dual_have_their_digits_at_discount_1() {
    let text = "
criterion: total
states: [s, e]
actions: [x, y]
initial: s
terminal: [e]
transitions: [[s, x, s, 999999/1000000, -1], [s, x, e, 1/1000000, -1], [s, y, e, 1, -2000000]]
";
    let mdp = crate::model::Model::parse("m", text).unwrap().mdp::<f64>();
    let options = ControlOptions {
        method: ControlMethod::LinearProgram,
        ..ControlOptions::default()
    };
    let dual = solve(&mdp, &options).unwrap().dual.unwrap();
    assert!(
        (dual.pair_occupancy[0] / 1e6 - 1.0).abs() < 1e-13,
        "{dual:?}"
    );
    assert!((dual.objective / -1e6 - 1.0).abs() < 1e-13, "{dual:?}");
    assert_eq!(dual.pair_occupancy[1], 0.0);
}
