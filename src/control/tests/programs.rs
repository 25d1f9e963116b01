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
