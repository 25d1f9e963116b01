//! Chains whose eigenvalues and matrices have closed forms, to the last digits.

use exact_mdp::model::Model;
use exact_mdp::report::{ChainReport, DenseReport};
use exact_mdp::study::{self, ChainRequest, Notes};

fn chain(text: &str) -> ChainReport {
    let model = Model::parse("chain.yaml", text).expect("a model");
    study::chain(&model, &ChainRequest::default(), &Notes::default()).expect("a chain")
}

fn dense(report: &ChainReport) -> &DenseReport {
    report.dense.as_ref().expect("matrices")
}

/// cos and sin of 2πk/n for the k below n/2, to twenty digits.
#[allow(clippy::excessive_precision)] // so that they can be compared with a table
const ROOTS: [(usize, &[(f64, f64)]); 5] = [
    (9, &[(-0.5, 0.866_025_403_784_438_646_76)]),
    (3, &[(-0.5, 0.866_025_403_784_438_646_76)]),
    (
        5,
        &[
            (0.309_016_994_374_947_424_10, 0.951_056_516_295_153_572_12),
            (-0.809_016_994_374_947_424_10, 0.587_785_252_292_473_129_17),
        ],
    ),
    (
        6,
        &[
            (0.5, 0.866_025_403_784_438_646_76),
            (-0.5, 0.866_025_403_784_438_646_76),
        ],
    ),
    (
        7,
        &[
            (0.623_489_801_858_733_530_53, 0.781_831_482_468_029_808_71),
            (-0.222_520_933_956_314_404_29, 0.974_927_912_181_823_607_02),
            (-0.900_968_867_902_419_126_24, 0.433_883_739_117_558_120_48),
        ],
    ),
];

#[test]
fn roots_of_unity_are_conjugate_and_within_their_errors() {
    for (n, roots) in ROOTS {
        let mut text = format!(
            "criterion: average\nstates: {n}\nactions: [x]\ninitial: {{0: 1}}\ntransitions:\n"
        );
        (0..n).for_each(|s| text += &format!("  - [{s}, x, {}, 1, 0]\n", (s + 1) % n));
        let report = chain(&text);
        let found = dense(&report).spectrum.as_ref().expect("eigenvalues");
        assert_eq!(found.len(), n);
        assert_eq!(
            (found[0].value.re, found[0].value.im, found[0].error),
            (1.0, 0.0, 0.0)
        );
        assert_eq!(dense(&report).subdominant(1), Some((1.0, 0.0)), "{n}");
        for (re, im) in roots {
            for im in [*im, -*im] {
                let off = |re: f64, im: f64| {
                    move |z: &&exact_mdp::chain::Eigenvalue| {
                        (z.value.re - re).hypot(z.value.im - im)
                    }
                };
                let nearest = found
                    .iter()
                    .min_by(|x, y| off(*re, im)(x).total_cmp(&off(*re, im)(y)))
                    .expect("one");
                // the constants are rounded to half of 2⁻⁵³ each
                let rounded = f64::EPSILON / 4.0;
                assert!(
                    off(*re, im)(&nearest) <= nearest.error + rounded,
                    "{n}: {nearest:?}"
                );
                assert!(nearest.error <= 1e-15);
                let conjugate = found.iter().any(|z| z.value == nearest.value.conj());
                assert!(conjugate, "{n}: {nearest:?}");
                assert!(im.signum() == nearest.value.im.signum());
                assert!(*re != -0.5 || nearest.value.re == -0.5);
            }
        }
    }
}

/// One stays with probability q and ends else: Z(s, end) = 1 − 1/(1 − q) = −q/(1 − q).
#[test]
fn the_fundamental_matrix_keeps_what_two_sums_cancel() {
    for (q, rest, right) in [
        ("1e-12", "0.999999999999", -1.000_000_000_001e-12),
        ("1e-9", "0.999999999", -1.000_000_001e-9),
    ] {
        let report = chain(&format!(
            "criterion: total\nstates: [s, end]\nactions: [x]\ninitial: s\ntransitions:\n  - [s, x, s, {q}, 1]\n  \
             - [s, x, end, {rest}, 1]\nterminal: [end]\n"
        ));
        let found = dense(&report).fundamental[0][1].value().expect("a number");
        assert!(
            (found - right).abs() <= 1e-15 * right.abs(),
            "{found} for {right}"
        );
        let own = dense(&report).fundamental[0][0].value().expect("a number");
        assert!((own - (1.0 - right)).abs() <= 1e-15);
    }
}
