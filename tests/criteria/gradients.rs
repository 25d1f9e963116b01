//! Gradients of J_T, of the gain and of the bias (theory, 2.2, 2.4, appendix C), over fractions.

use exact_mdp::chain::Structure;
use exact_mdp::evaluation::{Average, Evaluation, FiniteHorizon, Prepared};
use exact_mdp::field::dot;
use exact_mdp::gradient::{average, finite_horizon};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::number::Rational;
use exact_mdp::policy::{Direct, Parametrization, Policy};

use crate::criteria::models::{Random, appendix_c, f, model, q};

fn options() -> SolverOptions {
    SolverOptions::default()
}

fn direct(mdp: &Mdp<Rational>, theta: &[Rational]) -> Policy<Rational> {
    Policy::new(mdp.space(), Parametrization::Direct(Direct), theta.to_vec()).unwrap()
}

/// θ of a direct policy in the interior: one fraction for each state with two actions.
fn interior(mdp: &Mdp<Rational>, random: &mut Random) -> Vec<Rational> {
    let two = (0..mdp.states()).filter(|&s| mdp.space().pairs_of(s).len() == 2);
    two.map(|_| q(1 + random.below(6) as i64, 7)).collect()
}

fn cases(criterion: Criterion<Rational>) -> Vec<(Mdp<Rational>, Vec<Rational>)> {
    let case = |seed| {
        let mut random = Random::new(seed);
        let states = 2 + random.below(4) as usize;
        let terminal = (random.below(3) as usize).min(states - 1);
        let mdp = random.model(states, terminal, criterion.clone());
        let theta = interior(&mdp, &mut random);
        (mdp, theta)
    };
    (2000..2130).map(case).collect()
}

/// θ with one coordinate moved.
fn moved(theta: &[Rational], k: usize, by: &Rational) -> Vec<Rational> {
    let mut theta = theta.to_vec();
    theta[k] += by;
    theta
}

fn objective(mdp: &Mdp<Rational>, theta: &[Rational]) -> Rational {
    let prepared = Prepared::new(mdp, &direct(mdp, theta), &options()).unwrap();
    prepared.objective(mdp).unwrap()
}

/// The numbers of appendix C at T = 2.
#[test]
fn two_steps_of_the_worked_example() {
    let mdp = appendix_c(Criterion::FiniteHorizon {
        discount: q(1, 2),
        horizon: 2,
    });
    let policy = direct(&mdp, &[q(1, 4), q(1, 3)]);
    let run = FiniteHorizon::new(&mdp, &policy).unwrap();
    let evaluation = Evaluation::new(&mdp, &policy, &options()).unwrap();
    let tables = evaluation.by_time.unwrap();
    assert_eq!(evaluation.j, q(67849, 64000));
    assert_eq!(tables.v[0], [q(2439, 2560), q(977, 800)]);
    assert_eq!(tables.v[1], [q(29, 48), q(13, 15)]);
    let q_0 = [q(329, 160), q(1123, 1920), q(317, 96), q(217, 1200)];
    assert_eq!(tables.q[0], q_0);
    assert_eq!(tables.q[1], mdp.r());
    let gradient = policy.pull_back(&finite_horizon::weights(&run, &mdp).unwrap());
    assert_eq!(gradient, [q(6371, 4800), q(3689, 2000)]);
}

/// μ, g, h and ∇g of appendix C.
#[test]
fn the_long_run_of_the_worked_example() {
    let mdp = appendix_c(Criterion::Average);
    let policy = direct(&mdp, &[q(1, 4), q(1, 3)]);
    let average = Average::new(&mdp, &policy, &options()).unwrap();
    assert_eq!(average.long_run().stationary(0), [q(144, 229), q(85, 229)]);
    assert_eq!(average.gain(), [q(482, 687), q(482, 687)]);
    assert_eq!(average.bias(), [q(-5355, 52441), q(9072, 52441)]);
    let gradient = policy.pull_back(&average::weights(&average, &mdp).unwrap());
    assert_eq!(gradient, [q(50496, 52441), q(59075, 52441)]);
}

/// Mark 2.2 by an exact derivative: J_T is a polynomial in θₖ of degree T ≤ 4, for which the
/// extrapolated central difference (4 D(h/2) − D(h))/3 has no error.
#[test]
fn finite_horizon_gradients_are_the_derivatives_of_polynomials() {
    for (mdp, theta) in cases(Criterion::FiniteHorizon {
        discount: q(9, 10),
        horizon: 4,
    }) {
        let policy = direct(&mdp, &theta);
        let run = FiniteHorizon::new(&mdp, &policy).unwrap();
        let gradient = policy.pull_back(&finite_horizon::weights(&run, &mdp).unwrap());
        let centered = policy.pull_back(&finite_horizon::centered_weights(&run, &mdp).unwrap());
        let jacobian = finite_horizon::jacobian(&run, &mdp, &policy).unwrap();
        for (k, slope) in gradient.iter().enumerate() {
            let central = |h: Rational| {
                let right = objective(&mdp, &moved(&theta, k, &h));
                let left = objective(&mdp, &moved(&theta, k, &-h.clone()));
                (right - left) / (q(2, 1) * h)
            };
            let exact = (q(4, 1) * central(q(1, 40)) - central(q(1, 20))) / q(3, 1);
            assert_eq!(*slope, exact);
            assert_eq!(centered[k], exact);
            assert_eq!(dot(mdp.initial(), jacobian.column(k).as_slice()), exact);
        }
    }
}

/// Marks 2.14 and 2.17: the gain's gradient against central differences of exact gains, unichain
/// and multichain; and ∇h, mark 2.16, likewise. With h = 10⁻¹² the quotient is off by h² times a
/// third derivative.
#[test]
fn gain_and_bias_gradients_are_the_limits_of_exact_difference_quotients() {
    let step = q(1, 1_000_000_000_000);
    let (mut multichain, mut absorption) = (0, 0);
    for (mdp, theta) in cases(Criterion::Average) {
        let policy = direct(&mdp, &theta);
        let run = Average::new(&mdp, &policy, &options()).unwrap();
        let weights = average::weights(&run, &mdp).unwrap();
        let gradient = policy.pull_back(&weights);
        let jacobian = average::jacobian(&run, &mdp, &policy).unwrap();
        let bias_jacobian = average::bias_jacobian(&run, &mdp, &policy, &jacobian).unwrap();
        multichain += !run.long_run().structure().is_unichain() as usize;
        for (k, slope) in gradient.iter().enumerate() {
            let at = |by: &Rational| {
                let policy = direct(&mdp, &moved(&theta, k, by));
                Average::new(&mdp, &policy, &options()).unwrap()
            };
            let (right, left) = (at(&step), at(&-step.clone()));
            let close = |exact: &Rational, right: &Rational, left: &Rational| {
                let quotient = (right - left) / (q(2, 1) * &step);
                f(&(exact - quotient)).abs() <= 1e-18
            };
            assert_eq!(*slope, dot(mdp.initial(), jacobian.column(k).as_slice()));
            for s in 0..mdp.states() {
                assert!(close(&jacobian[(s, k)], &right.gain()[s], &left.gain()[s]));
                assert!(close(
                    &bias_jacobian[(s, k)],
                    &right.bias()[s],
                    &left.bias()[s]
                ));
            }
            let measure = Evaluation::new(&mdp, &policy, &options()).unwrap();
            let alone: Vec<Rational> = (0..mdp.pairs())
                .map(|i| &measure.occupancy[mdp.space().state_of(i)] * &measure.advantage[i])
                .collect();
            absorption += (policy.pull_back(&alone)[k] != *slope) as usize;
        }
    }
    // the term of the absorption probabilities was needed, and not always
    assert!(
        multichain > 15 && absorption > 3,
        "{multichain} {absorption}"
    );
}

/// At the boundary the derivative into the simplex exists where the classes stay: against
/// one-sided differences of exact gains, off by h times a second derivative.
#[test]
fn one_sided_derivatives_at_the_boundary_exist_where_the_classes_stay() {
    let step = q(1, 1_000_000_000_000);
    let (mut kept, mut lost) = (0, 0);
    for (mdp, interior) in cases(Criterion::Average) {
        let theta = vec![q(0, 1); interior.len()];
        let policy = direct(&mdp, &theta);
        let stays = Structure::new(&mdp, &policy).unwrap();
        let stays = stays.same_classes(&Structure::nearby(&mdp, &policy).unwrap());
        kept += stays as usize;
        lost += !stays as usize;
        if !stays {
            continue;
        }
        let run = Average::new(&mdp, &policy, &options()).unwrap();
        let gradient = policy.pull_back(&average::weights(&run, &mdp).unwrap());
        let here = objective(&mdp, &theta);
        for (k, slope) in gradient.iter().enumerate() {
            let quotient = (objective(&mdp, &moved(&theta, k, &step)) - &here) / &step;
            assert!(f(&(slope - quotient)).abs() <= 1e-9);
        }
    }
    assert!(kept > 10 && lost > 10, "{kept} {lost}");
}

/// Two absorbing states with gains 1 and 3, reached from 0 with θ and 1 − θ: g(0) = 3 − 2θ, which
/// q_h alone would get wrong.
#[test]
fn the_absorption_term_alone_carries_the_gradient_of_a_choice_of_class() {
    let stay = |s, r| vec![vec![(s, q(1, 1), q(r, 1))]];
    let table = vec![
        vec![vec![(1, q(1, 1), q(0, 1))], vec![(2, q(1, 1), q(0, 1))]],
        stay(1, 1),
        stay(2, 3),
    ];
    let initial = vec![q(1, 1), q(0, 1), q(0, 1)];
    let mdp = model(table, initial, Criterion::Average);
    let policy = direct(&mdp, &[q(1, 4)]);
    let run = Average::new(&mdp, &policy, &options()).unwrap();
    assert_eq!(run.gain()[0], q(5, 2));
    let gradient = policy.pull_back(&average::weights(&run, &mdp).unwrap());
    assert_eq!(gradient, [q(-2, 1)]);
}
