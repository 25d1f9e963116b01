//! Variances that are far smaller than what they are differences of, in floating point beside the same in fractions.

use super::examples::{options, policy};
use crate::estimator::*;
use crate::field::Field;
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::model::Model;
use crate::number::Rational;
use crate::policy::{Kind, Policy};

type Probabilities<'a> = &'a [(i64, u64)];

const HALVES: Probabilities = &[(1, 2); 4];

/// A walk that ends after two leaps, paid −16/25 and 7/100: returns differ from −57/100 by what 1 − γ makes of the
/// waiting. Half of its starts are in s1.
fn walk(nines: usize, start: &str) -> String {
    format!(
        "discount: 0.{}\nstates: [s0, s1, end]\nactions: [a0, a1]\ninitial: {{{start}}}\ntransitions:\n  \
         - [s0, a0, s0, 1, 0]\n  - [s0, a1, s1, 1, -16/25]\n  \
         - [s1, a0, s1, 1, 0]\n  - [s1, a1, end, 1, 7/100]\nterminal: [end]\n",
        "9".repeat(nines)
    )
}

/// A reward that is certain, and one of ±1/1000 that is not.
const OFF: &str = "discount: 1\nstates: [s0, s1, end]\nactions: [a0, a1]\ninitial: {s0: 1}\ntransitions:\n  \
    - [s0, a0, s0, 1, 0]\n  - [s0, a1, s1, 1, 1000000]\n  \
    - [s1, a0, s1, 1, 0]\n  - [s1, a1, end, 1/2, 1/1000]\n  - [s1, a1, end, 1/2, -1/1000]\nterminal: [end]\n";

struct Case<'a> {
    model: Model,
    policy: Probabilities<'a>,
    behavior: Option<Probabilities<'a>>,
}

impl<'a> Case<'a> {
    fn new(text: &str, policy: Probabilities<'a>) -> Case<'a> {
        Case {
            model: Model::parse("case", text).unwrap(),
            policy,
            behavior: None,
        }
    }

    fn policies<F: Solvable>(&self, mdp: &Mdp<F>) -> (Policy<F>, Option<Policy<F>>) {
        let of = |probabilities| policy(mdp, Kind::Softmax, probabilities);
        (of(self.policy), self.behavior.map(of))
    }

    fn with<F: Solvable, X>(
        &self,
        ask: impl Fn(&Experiment<F>, &Resolved<F>) -> X,
        name: &str,
    ) -> X {
        let mdp: Mdp<F> = self.model.mdp();
        let (policy, behavior) = self.policies(&mdp);
        let sampling = Sampling::Episodic;
        let experiment =
            Experiment::off_policy(&mdp, &policy, behavior.as_ref(), sampling, &options()).unwrap();
        let resolved = experiment.resolve(&name.parse().unwrap()).unwrap();
        ask(&experiment, &resolved)
    }

    fn exact(&self, name: &str) -> Moments<Rational> {
        self.with(|e, r| e.moments(r, Detail::Covariance).unwrap(), name)
    }

    fn law(&self, name: &str) -> Law<f64> {
        let law = |experiment: &Experiment<f64>, _: &Resolved<f64>| {
            let target = Target::new(experiment, &options()).unwrap();
            let estimator = name.parse().unwrap();
            Law::new(experiment, &target, &estimator, Detail::Covariance).unwrap()
        };
        self.with(law, name)
    }

    /// Every entry of the covariance within so much of the root of its variances.
    fn assert_right(&self, name: &str, most: f64) {
        let (found, exact) = (self.law(name), self.exact(name));
        let (found, exact) = (found.covariance().unwrap(), exact.covariance.unwrap());
        let exact = exact.map(|x| Field::to_f64(&x));
        for (k, l) in (0..exact.nrows()).flat_map(|k| (0..=k).map(move |l| (k, l))) {
            let size = (exact[(k, k)] * exact[(l, l)]).sqrt();
            let error = (found[(k, l)] - exact[(k, l)]).abs();
            assert!(
                error <= most * size,
                "{name}, {k}, {l}: {} instead of {}",
                found[(k, l)],
                exact[(k, l)]
            );
        }
    }
}

#[test]
fn a_baseline_of_the_sample_near_all_returns_leaves_its_variance() {
    for start in ["s0: 1", "s0: 1/2, s1: 1/2"] {
        for nines in [2, 3, 4, 5, 6, 8, 10] {
            let case = Case::new(&walk(nines, start), HALVES);
            case.assert_right("in-sample-baseline:total-return", 1e-9);
        }
    }
    Case::new(OFF, HALVES).assert_right("in-sample-baseline:total-return", 1e-12);
}

#[test]
fn a_constant_near_all_returns_leaves_the_variance() {
    for name in ["baseline:1000000", "total-return:1000000"] {
        Case::new(OFF, HALVES).assert_right(name, 1e-12);
    }
    for nines in [3, 6, 8] {
        let case = Case::new(&walk(nines, "s0: 1"), HALVES);
        // −57/100 itself is rounded, and is all that a return is less
        for name in [
            "baseline:-0.5703125",
            "total-return:-0.5703125",
            "total-return",
        ] {
            case.assert_right(name, 1e-9);
        }
    }
}

/// Returns of 1000 ± 10⁻⁶, and fourth moments of what is left of them.
#[test]
fn the_kurtosis_of_returns_less_nearly_all_of_them() {
    let text = OFF
        .replace("1000000", "1000")
        .replace("1/1000]", "1/1000000]");
    let case = Case::new(&text, &[(2980, 2981), (1, 2981), (1, 3), (2, 3)]);
    case.assert_right("total-return:1000", 1e-11);
    case.assert_right("in-sample-baseline:total-return", 1e-11);
    let name = "total-return:1000";
    let found = case.with::<f64, _>(|e, r| e.kurtosis(r).unwrap().unwrap().values, name);
    let exact = case.with::<Rational, _>(|e, r| e.kurtosis(r).unwrap().unwrap().values, name);
    for (found, exact) in found.iter().zip(exact) {
        let exact = Field::to_f64(&exact);
        assert!(
            (found / exact - 1.0).abs() < 1e-10,
            "{found} instead of {exact}"
        );
    }
}

/// Episodes of 10ⁿ steps and others acting, in one state and in two, where the weights of one sum to more than 1.
#[test]
fn weighed_episodes_may_be_long() {
    let one = "discount: 9/10\nstates: [s0, end]\nactions: [go, stay]\ninitial: {s0: 1}\ntransitions:\n  \
        - [s0, go, end, 1, 5]\n  - [s0, stay, s0, 1, -4]\nterminal: [end]\n";
    let two = "discount: 9/10\nstates: [s0, s1, end]\nactions: [go, stay]\ninitial: {s0: 1/3, s1: 2/3}\ntransitions:\n  \
        - [s0, go, end, 1, 5]\n  - [s0, stay, s1, 1, -4]\n  \
        - [s1, go, s1, 1, 2]\n  - [s1, stay, s0, 1, 1]\nterminal: [end]\n";
    for n in [3, 6, 9, 13] {
        let many = 10u64.pow(n);
        let rest = |ends: u64| [(ends as i64, many), ((many - ends) as i64, many)];
        let (own, acting) = (rest(2), rest(3));
        let names = [
            "reward-to-go:dropped",
            "advantage:dropped",
            "gae:0.5:dropped",
            "td-residual:dropped",
        ];
        let close = 4 * (many as f64).sqrt() as i64;
        let near = [(1, 2), (1, 2)];
        let far = [(close - 1, 2 * close as u64), (close + 1, 2 * close as u64)];
        let (long, others) = ([own, near].concat(), [acting, far].concat());
        // the spectral radius of the weights is known to 10⁻¹²
        let cases = [(one, &own[..], &acting[..]), (two, &long, &others)];
        for (text, policy, behavior) in cases.into_iter().take(if n < 12 { 2 } else { 1 }) {
            let case = Case {
                behavior: Some(behavior),
                ..Case::new(text, policy)
            };
            for name in names {
                case.assert_right(name, 1e-9);
            }
        }
    }
}
