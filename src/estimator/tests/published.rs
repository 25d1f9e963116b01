//! Numbers of the theory, Appendix C.

use super::examples::*;
use crate::estimator::*;
use crate::field::Field;
use crate::number::Rational;

/// Estimator, mean and covariance (11, 12, 22) over T = 2.
type Fractions = (&'static str, [(i64, u64); 2], [(i64, u64); 3]);

const GRADIENT: [(i64, u64); 2] = [(6371, 4800), (3689, 2000)];
const TWO_STEPS: [Fractions; 3] = [
    (
        "reward-to-go",
        GRADIENT,
        [
            (469_112_759, 23_040_000),
            (-2_340_873, 3_200_000),
            (56_428_029, 4_000_000),
        ],
    ),
    (
        "reward-to-go:dropped",
        [(17009, 9600), (4881, 2000)],
        [
            (2_649_695_519, 92_160_000),
            (-17_100_929, 19_200_000),
            (73_736_839, 4_000_000),
        ],
    ),
    (
        "total-return",
        GRADIENT,
        [
            (721_567_159, 23_040_000),
            (6_385_381, 9_600_000),
            (124_024_029, 4_000_000),
        ],
    ),
];

#[test]
fn two_steps_have_the_published_fractions() {
    let (mdp, policy) = appendix_c();
    let sampling = Sampling::FiniteHorizon(2);
    let experiment = Experiment::new(&mdp, &policy, sampling, &options()).unwrap();
    for (name, mean, covariance) in TWO_STEPS {
        let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
        let moments = experiment.moments(&resolved, Detail::Covariance).unwrap();
        assert_eq!(moments.mean, mean.map(|(p, d)| q(p, d)), "{name}");
        let full = moments.covariance.unwrap();
        let found = [(0, 0), (0, 1), (1, 1)].map(|at| full[at].clone());
        assert_eq!(found, covariance.map(|(p, d)| q(p, d)), "{name}");
        assert_eq!(full[(1, 0)], full[(0, 1)]);
    }
}

/// Ten digits each, as printed but for the middle figure of the TD residual: the appendix has
/// −1.506988105, a plain iteration of the second-moment equations −1.5069881109.
const INFINITE: [(&str, Sampling, [f64; 3]); 6] = [
    (
        "reward-to-go",
        Sampling::Infinite,
        [30.85020016, -0.2281720134, 19.77931230],
    ),
    (
        "baseline:v",
        Sampling::Infinite,
        [16.22161527, -1.873164559, 8.598526417],
    ),
    (
        "q",
        Sampling::Infinite,
        [17.64353919, 0.1880663696, 16.70501777],
    ),
    (
        "advantage",
        Sampling::Infinite,
        [2.687568614, -0.8860755969, 4.744275819],
    ),
    (
        "td-residual",
        Sampling::Infinite,
        [9.813286216, -1.506988111, 5.339122714],
    ),
    (
        "reward-to-go",
        Sampling::Geometric,
        [72.80532731, 3.031276431, 42.24562317],
    ),
];

#[test]
fn infinite_and_geometric_horizons_have_the_published_digits() {
    let (mdp, policy) = appendix_c();
    for (name, sampling, published) in INFINITE {
        let experiment = Experiment::new(&mdp, &policy, sampling, &options()).unwrap();
        let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
        let moments = experiment.moments(&resolved, Detail::Covariance).unwrap();
        assert_eq!(moments.mean, [q(56832, 31423), q(75658, 31423)], "{name}");
        // by columns of resolvents, another way to the diagonal
        let variances = experiment.moments(&resolved, Detail::Variances).unwrap();
        assert_eq!(variances.variance, moments.variance, "{name}");
        let full = moments.covariance.unwrap();
        for (at, digits) in [(0, 0), (0, 1), (1, 1)].into_iter().zip(published) {
            let found = Field::to_f64(&full[at]);
            // ten significant digits: half a unit of the last
            let half = 0.5 * 10f64.powi(digits.abs().log10().floor() as i32 - 9);
            assert!((found - digits).abs() <= half, "{name}: {found}, {digits}");
        }
    }
}

#[test]
fn optimal_baselines_are_the_published_fractions() {
    let (mdp, policy) = appendix_c();
    let experiment = Experiment::new(&mdp, &policy, Sampling::Infinite, &options()).unwrap();
    let baseline = |name: &str| {
        let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
        let Contribution::Return { baseline: Some(b) } = resolved.form else {
            panic!("{name}")
        };
        b.at(0).to_vec()
    };
    let by_state = [q(174_613_310, 89_461_281), q(68_405_591, 29_820_427)];
    assert_eq!(baseline("baseline:optimal-state"), by_state);
    let constant = q(587_245_627_867, 283_323_876_927);
    assert_eq!(
        baseline("baseline:optimal-constant"),
        [constant.clone(), constant]
    );
    let terms = crate::estimator::baseline::Terms::new(&experiment, &q(1, 2)).unwrap();
    assert_eq!(terms.textbook().at(0), [q(410, 201), q(175, 67)]);
}

/// tr Cov is a diagonal quadratic in b with its minimum at b*: moving one entry by 1 either way
/// raises it by the same positive amount.
#[test]
fn optimal_baselines_minimise_the_trace() {
    let (mdp, policy) = appendix_c();
    for sampling in [
        Sampling::Infinite,
        Sampling::Geometric,
        Sampling::FiniteHorizon(3),
    ] {
        let experiment = Experiment::new(&mdp, &policy, sampling, &options()).unwrap();
        for name in ["baseline:optimal-state", "baseline:optimal-state:dropped"] {
            if name.ends_with("dropped") && sampling == Sampling::Infinite {
                continue;
            }
            let best = experiment.resolve(&name.parse().unwrap()).unwrap();
            let trace = |resolved: &Resolved<Rational>| {
                let moments = experiment.moments(resolved, Detail::Variances).unwrap();
                moments.trace()
            };
            let Contribution::Return { baseline: Some(b) } = &best.form else {
                panic!()
            };
            let least = trace(&best);
            for (time, state) in (0..b.rows().len()).flat_map(|t| [(t, 0), (t, 1)]) {
                let moved = |by: i64| {
                    let mut rows = b.rows().to_vec();
                    rows[time][state] += q(by, 1);
                    let baseline = Some(Table::by_time(rows));
                    trace(&Resolved {
                        form: Contribution::Return { baseline },
                        ..best.clone()
                    })
                };
                assert_eq!(moved(1), moved(-1), "{name}, {sampling:?}");
                assert!(moved(1) > least);
            }
        }
    }
    let experiment =
        Experiment::new(&mdp, &policy, Sampling::FiniteHorizon(3), &options()).unwrap();
    let best = experiment
        .resolve(&"total-return:optimal-constant".parse().unwrap())
        .unwrap();
    let trace = |by: i64| {
        let Contribution::TotalReturn { baseline } = &best.form else {
            panic!()
        };
        let baseline = baseline.clone() + q(by, 1);
        let moved = Resolved {
            form: Contribution::TotalReturn { baseline },
            ..best.clone()
        };
        experiment
            .moments(&moved, Detail::Variances)
            .unwrap()
            .trace()
    };
    assert_eq!(trace(1), trace(-1));
    assert!(trace(1) > trace(0));
}
