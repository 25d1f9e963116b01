//! What critics with features come to, against the iterations that define them, closed forms, and the
//! counterexamples of the literature.

use std::path::Path;

use exact_mdp::arithmetic::Choice;
use exact_mdp::critics::{Critics, FeatureMatrix, Learner, Weighting, weights};
use exact_mdp::field::Field;
use exact_mdp::load::load_features;
use exact_mdp::mdp::Criterion;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::report::Quantity;
use exact_mdp::solved::Solved;
use exact_mdp::study::{CriticsRequest, FeatureRows, Notes, Numbers, Setting, critics};

fn ratio(numerator: i64, denominator: i64) -> Rational {
    Rational::from(numerator) / Rational::from(denominator)
}

fn random(model: &Model) -> Solved {
    model.solve(Policy::random(model.space(), 3)).unwrap()
}

/// Two features, 1 and the number of the state.
fn line(model: &Model) -> FeatureMatrix<f64> {
    let rows = (0..model.space().states()).map(|state| vec![1.0, state as f64 / 10.0]);
    FeatureMatrix::new(model.space(), rows.collect()).unwrap()
}

fn on_policy(solved: &Solved) -> Vec<f64> {
    weights(
        solved.mdp(),
        solved.policy(),
        Weighting::OnPolicy,
        solved.options(),
    )
    .unwrap()
}

/// p^π and r^π, dense, from the outcomes.
fn chain(solved: &Solved) -> (Vec<Vec<f64>>, Vec<f64>) {
    let (mdp, states) = (solved.mdp(), solved.mdp().states());
    let (mut p, mut r) = (vec![vec![0.0; states]; states], vec![0.0; states]);
    for pair in 0..mdp.pairs() {
        let (state, pi) = (
            mdp.space().state_of(pair),
            solved.policy().probabilities()[pair],
        );
        r[state] += pi * mdp.r()[pair];
        for (next, q) in mdp.p().row(pair) {
            p[state][next] += pi * q;
        }
    }
    (p, r)
}

fn times(p: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    p.iter()
        .map(|row| row.iter().zip(x).map(|(p, x)| p * x).sum())
        .collect()
}

/// ρ₀ (I − γP)⁻¹ (1 − γ) of two-state under its uniform policy, which never ends: by Cramer's rule 65/146 and 81/146.
#[test]
fn occupancies_weigh_what_goes_on_for_ever() {
    let mdp = crate::bundled("two-state", None).exact_mdp().unwrap();
    let policy = Policy::uniform(mdp.space());
    let found = weights(&mdp, &policy, Weighting::Occupancy, &Default::default()).unwrap();
    assert_eq!(found, [ratio(65, 146), ratio(81, 146)]);
}

/// w ← w + Φᵀ diag(m) (v_λ(v̂) − v̂) until it is at rest, where v_λ = Σ (λγP)ᵗ (r + (1 − λ)γ P v̂) is
/// summed step by step. The update is affine in w: it is summed at w = 0 and along each feature.
fn iterated(solved: &Solved, m: &[f64], lambda: f64) -> Vec<f64> {
    let ((p, r), gamma) = (chain(solved), solved.mdp().discount());
    let states = r.len();
    let phi = |state: usize| {
        let alive = f64::from(u8::from(!solved.mdp().space().is_terminal(state)));
        [alive, alive * state as f64 / 10.0]
    };
    let update = |w: [f64; 2]| {
        let v: Vec<f64> = (0..states)
            .map(|s| w[0] * phi(s)[0] + w[1] * phi(s)[1])
            .collect();
        let next = times(&p, &v);
        let mut term: Vec<f64> = (0..states)
            .map(|s| r[s] + (1.0 - lambda) * gamma * next[s])
            .collect();
        let mut target = vec![0.0; states];
        for _ in 0..400 {
            target
                .iter_mut()
                .zip(&term)
                .for_each(|(target, term)| *target += term);
            term = times(&p, &term)
                .iter()
                .map(|x| lambda * gamma * x)
                .collect();
        }
        [0, 1].map(|k| {
            (0..states)
                .map(|s| m[s] * (target[s] - v[s]) * phi(s)[k])
                .sum::<f64>()
        })
    };
    let constant = update([0.0, 0.0]);
    let along = [update([1.0, 0.0]), update([0.0, 1.0])];
    let slope = |k: usize, j: usize| along[j][k] - constant[k];
    let mut w = [0.0; 2];
    for _ in 0..2_000_000 {
        let step = [0, 1].map(|k| constant[k] + slope(k, 0) * w[0] + slope(k, 1) * w[1]);
        w = [w[0] + step[0], w[1] + step[1]];
        if step[0].abs().max(step[1].abs()) < 1e-15 {
            break;
        }
    }
    w.to_vec()
}

fn close(x: &[f64], y: &[f64], name: &str) {
    assert_eq!(x.len(), y.len());
    for (x, y) in x.iter().zip(y) {
        assert!(
            (x - y).abs() <= 1e-9 * y.abs().max(1.0),
            "{name}: {x} against {y}"
        );
    }
}

#[test]
fn td_and_emphatic_td_rest_where_their_iterations_do() {
    for name in ["random-walk-5", "two-state", "recycling-robot"] {
        let model = crate::bundled(name, None);
        let solved = random(&model);
        let (features, d) = (line(&model), on_policy(&solved));
        let critics = Critics::new(&solved, &features, &d).unwrap();
        let (p, gamma) = (chain(&solved).0, solved.mdp().discount());
        // f = Σ (γPᵀ)ᵗ d, summed step by step
        let mut follow_on = vec![0.0; d.len()];
        let mut term = d.clone();
        for _ in 0..5_000 {
            follow_on
                .iter_mut()
                .zip(&term)
                .for_each(|(sum, x)| *sum += x);
            term = (0..d.len())
                .map(|to| {
                    (0..d.len())
                        .map(|from| gamma * term[from] * p[from][to])
                        .sum()
                })
                .collect();
        }
        for lambda in [0.0, 0.5] {
            let td = critics.fixed_point(Learner::Td(lambda)).unwrap().unwrap();
            close(&td.weights, &iterated(&solved, &d, lambda), name);
            // M = λ i + (1 − λ) F (Sutton, Mahmood & White 2016)
            let emphasis = d.iter().zip(&follow_on);
            let emphasis: Vec<f64> = emphasis
                .map(|(d, f)| lambda * d + (1.0 - lambda) * f)
                .collect();
            let most: f64 = emphasis.iter().sum();
            let scaled: Vec<f64> = emphasis.iter().map(|m| m / most).collect();
            let emphatic = critics
                .fixed_point(Learner::Emphatic(lambda))
                .unwrap()
                .unwrap();
            close(&emphatic.weights, &iterated(&solved, &scaled, lambda), name);
            assert_eq!(
                critics.is_stable(&Learner::Td(lambda)).unwrap(),
                Some(true),
                "{name}"
            );
        }
    }
}

#[test]
fn monte_carlo_is_td_1_and_has_the_least_error() {
    for name in [
        "random-walk-5",
        "two-state",
        "recycling-robot",
        "frozenlake-4x4",
    ] {
        let model = crate::bundled(name, None);
        let solved = random(&model);
        let (features, d) = (line(&model), on_policy(&solved));
        let critics = Critics::new(&solved, &features, &d).unwrap();
        let at = |learner| critics.fixed_point(learner).unwrap().unwrap();
        let least = at(Learner::MonteCarlo);
        close(&at(Learner::Td(1.0)).weights, &least.weights, name);
        close(&at(Learner::Emphatic(1.0)).weights, &least.weights, name);
        for learner in [Learner::Td(0.0), Learner::Td(0.9), Learner::BellmanResidual] {
            // two features tell two states apart: all errors are 0 then, but for the squares of last digits
            let digits = (1e-15 * solved.v().iter().fold(0.0, |x: f64, v| x.max(v.abs()))).powi(2);
            let error = at(learner).error + digits;
            assert!(error >= least.error * (1.0 - 1e-9), "{name}");
        }
    }
}

/// A third feature that is a sum of the others says nothing new: w is not unique, v̂ is what it was.
#[test]
fn features_that_depend_on_one_another_have_the_same_values() {
    for name in ["random-walk-5", "two-state", "frozenlake-4x4"] {
        let model = crate::bundled(name, None);
        let solved = random(&model);
        let (features, d) = (line(&model), on_policy(&solved));
        let rows = (0..model.space().states()).map(|state| {
            let place = state as f64 / 10.0;
            vec![1.0, 0.3 + 7.0 * place, place]
        });
        let more = FeatureMatrix::new(model.space(), rows.collect()).unwrap();
        let critics = Critics::new(&solved, &features, &d).unwrap();
        let richer = Critics::new(&solved, &more, &d).unwrap();
        for learner in [
            Learner::Td(0.3),
            Learner::Emphatic(0.0),
            Learner::MonteCarlo,
        ] {
            let found = richer.fixed_point(learner.clone()).unwrap().unwrap();
            let known = critics.fixed_point(learner).unwrap().unwrap();
            close(&found.values, &known.values, name);
        }
    }
}

/// With a feature for each state every learner finds v, and an actor with v has the gradient of J.
#[test]
fn a_table_makes_no_error_at_all() {
    let model = crate::bundled("two-state", None);
    let uniform = Policy::<Rational>::uniform(model.space());
    let solved = model.exact().unwrap().solve(uniform).unwrap();
    let rows = vec![
        vec![Rational::ONE, Rational::ZERO],
        vec![Rational::ZERO, Rational::ONE],
    ];
    let features = FeatureMatrix::new(model.space(), rows).unwrap();
    let d = vec![ratio(1, 3), ratio(2, 3)];
    let critics = Critics::new(&solved, &features, &d).unwrap();
    let half = ratio(1, 2);
    for learner in [
        Learner::MonteCarlo,
        Learner::Td(Rational::ZERO),
        Learner::Td(half.clone()),
        Learner::Emphatic(half),
        Learner::BellmanResidual,
    ] {
        let point = critics.fixed_point(learner).unwrap().unwrap();
        assert_eq!(point.values, solved.v());
        assert_eq!(point.error, Rational::ZERO);
        assert_eq!(point.gradient, solved.gradient().unwrap());
    }
}

/// A = (5 − (6 − 4ε)γ)/2 under equal weights (Sutton & Barto 2018, section 11.2): at γ = 25/28 it
/// vanishes, below it TD is stable, above it is not; under its own visits it always is.
#[test]
fn w_and_2w_diverge_from_25_28_on() {
    let model = crate::bundled("tsitsiklis-van-roy", None);
    let path = Path::new(crate::ROOT).join("docs/critics/tsitsiklis-van-roy.yaml");
    let rows = load_features(&path, model.space()).unwrap();
    let stable = |discount: Rational, weighting| {
        let discount = Number::from(discount);
        let model = model
            .clone()
            .with_criterion(Criterion::Discounted { discount })
            .unwrap();
        let solved = model
            .exact()
            .unwrap()
            .solve(Policy::uniform(model.space()))
            .unwrap();
        let of = |row: &Vec<Number>| row.iter().map(Rational::from_number).collect();
        let features = FeatureMatrix::new(model.space(), rows.iter().map(of).collect()).unwrap();
        let d = weights(solved.mdp(), solved.policy(), weighting, solved.options()).unwrap();
        let critics = Critics::new(&solved, &features, &d).unwrap();
        let single = critics
            .fixed_point(Learner::Td(Rational::ZERO))
            .unwrap()
            .is_some();
        (
            critics.is_stable(&Learner::Td(Rational::ZERO)).unwrap(),
            single,
        )
    };
    let (critical, little) = (ratio(25, 28), ratio(1, 1000));
    assert_eq!(
        stable(&critical - &little, Weighting::Uniform),
        (Some(true), true)
    );
    assert_eq!(stable(critical.clone(), Weighting::Uniform), (None, false));
    assert_eq!(
        stable(&critical + &little, Weighting::Uniform),
        (Some(false), true)
    );
    assert_eq!(
        stable(ratio(99, 100), Weighting::OnPolicy),
        (Some(true), true)
    );
}

/// Baird: under the behavior's weights TD(0) runs off, emphatic TD does not.
#[test]
fn bairds_counterexample_runs_off() {
    let model = crate::bundled("bairds-counterexample", None);
    let read = |name: &str| Path::new(crate::ROOT).join("docs/critics").join(name);
    let rows = load_features(&read("baird.yaml"), model.space()).unwrap();
    let policy = |name: &str| {
        let (specification, _) = exact_mdp::load::load_policy(&read(name), model.space()).unwrap();
        Policy::<f64>::from_specification(model.space(), &specification).unwrap()
    };
    let solved = model.solve(policy("baird-solid.yaml")).unwrap();
    let of = |row: &Vec<Number>| row.iter().map(f64::from_number).collect();
    let features = FeatureMatrix::new(model.space(), rows.iter().map(of).collect()).unwrap();
    let behavior = policy("baird-dashed.yaml");
    let d = weights(
        solved.mdp(),
        &behavior,
        Weighting::OnPolicy,
        solved.options(),
    )
    .unwrap();
    d.iter()
        .for_each(|d| assert!((d - 1.0 / 7.0).abs() < 1e-12));
    let critics = Critics::new(&solved, &features, &d).unwrap();
    assert_eq!(critics.is_stable(&Learner::Td(0.0)).unwrap(), Some(false));
    assert_ne!(
        critics.is_stable(&Learner::Emphatic(0.0)).unwrap(),
        Some(false)
    );
}

#[test]
fn features_that_do_not_fit_are_refused() {
    let model = crate::bundled("two-state", None);
    assert!(FeatureMatrix::<f64>::new(model.space(), vec![vec![1.0]]).is_err());
    assert!(FeatureMatrix::<f64>::new(model.space(), vec![vec![1.0], vec![1.0, 2.0]]).is_err());
    assert!(FeatureMatrix::<f64>::new(model.space(), vec![Vec::new(), Vec::new()]).is_err());
    let average = crate::bundled("two-state", None)
        .with_criterion(Criterion::Average)
        .unwrap();
    let solved = average.solve(Policy::uniform(average.space())).unwrap();
    let features = line(&average);
    assert!(Critics::new(&solved, &features, &[0.5, 0.5]).is_err());
}

/// As many features as states say v itself: every learner comes to it, near γ = 1, where no feature is constant but
/// two of them say the constant, and with an offset of any size between features.
#[test]
fn features_that_say_v_find_it_however_ill_conditioned() {
    let rows = |nines: usize| {
        format!(
            "discount: 0.{}\nstates: [cold, hot]\nactions: [wait, heat]\ninitial: cold\ntransitions:\n- [cold, wait, cold, 1, 0]\n- [cold, heat, hot, 9/10, 0]\n- [cold, heat, cold, 1/10, 0]\n- [hot, wait, cold, 1/2, 1]\n- [hot, wait, hot, 1/2, 1]\n- [hot, heat, hot, 1, 1]\n",
            "9".repeat(nines)
        )
    };
    let mut cases = vec![];
    for nines in [1, 3, 6, 9, 12] {
        cases.push((nines, vec![vec![1.0, 2.0], vec![3.0, 1.0]]));
        cases.push((nines, vec![vec![1.0, 0.0], vec![0.0, 1.0]]));
    }
    for offset in [1e3, 1e5, 1e7, 1e8] {
        cases.push((1, vec![vec![1.0, offset], vec![1.0, offset + 1.0]]));
    }
    for (nines, features) in cases {
        let what = format!("{nines} {features:?}");
        let model = Model::parse("heater.yaml", &rows(nines)).unwrap();
        let solved = model.solve(Choice::Uniform).unwrap();
        let features = FeatureMatrix::new(model.space(), features).unwrap();
        let d = on_policy(&solved);
        let critics = Critics::new(&solved, &features, &d).unwrap();
        for learner in [
            Learner::MonteCarlo,
            Learner::Td(0.0),
            Learner::Td(0.5),
            Learner::Emphatic(0.0),
            Learner::BellmanResidual,
        ] {
            let found = critics.fixed_point(learner.clone()).unwrap();
            let found = found.unwrap_or_else(|| panic!("{what} {learner:?}"));
            let size = solved.v().iter().fold(0.0, |x: f64, v| x.max(v.abs()));
            for (x, v) in found.values.iter().zip(solved.v()) {
                assert!((x - v).abs() <= 1e-11 * size, "{what} {learner:?}: {x} {v}");
            }
            let gradient = solved.gradient().unwrap();
            let size = gradient.iter().fold(0.0, |x: f64, g| x.max(g.abs()));
            for (x, g) in found.gradient.iter().zip(gradient) {
                assert!((x - g).abs() <= 1e-9 * size, "{what} {learner:?}: {x} {g}");
            }
        }
    }
}

/// From `s` the uniform policy comes to `u` with a probability of p/2: v(u) = (3 + 2)/2, v(s) = 1/2 + γ (p/2) v(u).
fn rarely(p: &str) -> Model {
    let text = format!(
        "name: rare\ndiscount: 9/10\nstates: [s, u, end]\nactions: [a, b]\ninitial: s\ntransitions:\n  - [s, a, end, 1, 1]\n  \
         - [s, b, u, {p}, 0]\n  - [s, b, end, {rest}, 0]\n  - [u, a, end, 1, 3]\n  - [u, b, end, 1, 2]\nterminal: [end]\n",
        rest = Number::from(Number::ONE.to_rational() - p.parse::<Number>().unwrap().to_rational()),
    );
    Model::parse("rare.yaml", &text).unwrap()
}

const LEARNERS: [Learner<f64>; 6] = [
    Learner::MonteCarlo,
    Learner::Td(0.0),
    Learner::Td(0.5),
    Learner::Emphatic(0.0),
    Learner::Emphatic(1.0),
    Learner::BellmanResidual,
];

/// As many features as states: every learner comes to v itself, however rarely a state is met.
#[test]
fn values_of_rarely_met_states_keep_their_digits() {
    for p in [
        "1/1000000",
        "1/1000000000000",
        "1/100000000000000",
        "1e-200",
    ] {
        let model = rarely(p);
        let solved = model.solve(Choice::Uniform).unwrap();
        let rows = vec![vec![1.0, 2.0], vec![3.0, 1.0], vec![0.0, 0.0]];
        let features = FeatureMatrix::new(model.space(), rows).unwrap();
        let of = |weighting| weights(solved.mdp(), solved.policy(), weighting, solved.options());
        for d in [Weighting::OnPolicy, Weighting::Occupancy].map(|which| of(which).unwrap()) {
            let critics = Critics::new(&solved, &features, &d).unwrap();
            for learner in LEARNERS {
                let found = critics.fixed_point(learner.clone()).unwrap().unwrap();
                let off = (found.values[1] - 2.5).abs();
                assert!(off <= 1e-14, "{p}, {learner:?}: {}", found.values[1]);
                assert_eq!(
                    critics.is_stable(&learner).unwrap(),
                    Some(true),
                    "{p}, {learner:?}"
                );
            }
        }
    }
}

/// Three states of which two frequent ones say alike and a rare one says more: the weighted mean of the former, and v of the
/// latter.
#[test]
fn what_frequent_states_say_alike_does_not_drown_a_rare_one() {
    let model = Model::parse("three.yaml",
        "name: three\ndiscount: 0\nstates: [s, t, u, end]\nactions: [a]\ninitial: {s: 0.75, t: 0.24999999999999, u: 1e-14}\n\
         transitions:\n  - [s, a, end, 1, 1]\n  - [t, a, end, 1, 5]\n  - [u, a, end, 1, 7]\nterminal: [end]\n",
    )
    .unwrap();
    let solved = model.solve(Choice::Uniform).unwrap();
    // in decimals, so that the first two rows are multiples of one another up to rounding
    let rows = vec![
        vec![0.1, 0.3],
        vec![0.1, 0.3],
        vec![0.7, 0.2],
        vec![0.0, 0.0],
    ];
    let features = FeatureMatrix::new(model.space(), rows).unwrap();
    let d = on_policy(&solved);
    let critics = Critics::new(&solved, &features, &d).unwrap();
    for learner in LEARNERS {
        let found = critics.fixed_point(learner.clone()).unwrap().unwrap();
        let mean = (0.75 + 5.0 * 0.24999999999999) / 0.99999999999999;
        let off = (found.values[0] - mean)
            .abs()
            .max((found.values[2] - 7.0).abs());
        assert!(off <= 1e-13, "{learner:?}: {:?}", found.values);
    }
}

#[test]
fn features_of_zero_say_zero() {
    let model = crate::bundled("two-state", None);
    let floats = model.solve(Choice::Uniform).unwrap();
    let features = FeatureMatrix::new(model.space(), vec![vec![0.0]; 2]).unwrap();
    let d = on_policy(&floats);
    let critics = Critics::new(&floats, &features, &d).unwrap();
    for learner in LEARNERS {
        let found = critics.fixed_point(learner.clone()).unwrap().unwrap();
        assert_eq!((found.values, found.weights), (vec![0.0; 2], vec![0.0]));
        assert!(found.gradient.iter().all(|x| x.is_finite()));
        let squared: f64 = d.iter().zip(floats.v()).map(|(d, v)| d * v * v).sum();
        assert!((found.error - squared).abs() <= 1e-14 * squared);
        assert_eq!(critics.is_stable(&learner).unwrap(), None);
    }
    let exact = model.exact().unwrap().solve(Choice::Uniform).unwrap();
    let features = FeatureMatrix::new(model.space(), vec![vec![Rational::ZERO]; 2]).unwrap();
    let d = weights(
        exact.mdp(),
        exact.policy(),
        Weighting::Uniform,
        exact.options(),
    )
    .unwrap();
    let critics = Critics::new(&exact, &features, &d).unwrap();
    let found = critics
        .fixed_point(Learner::Td(Rational::ZERO))
        .unwrap()
        .unwrap();
    assert_eq!(found.values, [Rational::ZERO, Rational::ZERO]);
    let squares = exact.v().iter().map(|v| v.clone() * v / Rational::from(2));
    assert_eq!(found.error, squares.fold(Rational::ZERO, |sum, x| sum + x));
}

/// 96 pairs in floating point, against fractions: no number is further off than is told, and all are told to nine digits; with a π
/// that is no fraction too.
#[test]
fn critics_of_many_pairs_have_bounds() {
    let text = "garnet: {states: 48, actions: 2, branching: 3, seed: 5}\ndiscount: 99/100\n";
    let model = Model::parse("garnet", text).unwrap_or_else(|all| panic!("{}", all.plain()));
    let row = |s: i64| {
        [1, s, s * s % 7]
            .map(|x| Number::ratio(x, 8).unwrap())
            .to_vec()
    };
    let found = |policy: &str, numbers: Numbers| {
        let request = CriticsRequest {
            setting: Setting {
                policy: policy.parse().unwrap(),
                numbers,
                ..Setting::default()
            },
            features: FeatureRows::Given((0..48).map(row).collect()),
            lambdas: vec![Number::ZERO, Number::ratio(1, 2).unwrap()],
            ..CriticsRequest::default()
        };
        critics(&model, &request, &Notes::default()).unwrap()
    };
    let (float, exact) = (
        found("uniform", Numbers::Float),
        found("uniform", Numbers::Exact),
    );
    assert_eq!(float.critics.len(), 6);
    for (one, exact) in float.critics.iter().zip(&exact.critics) {
        let rounding = one.rounding.expect("floating point");
        assert!(exact.rounding.is_none());
        let all = |x: &Option<Vec<Quantity>>| x.clone().unwrap();
        for (what, numbers, exact, bound) in [
            (
                "weights",
                all(&one.weights),
                all(&exact.weights),
                rounding.weights,
            ),
            ("v", all(&one.v), all(&exact.v), rounding.v),
            (
                "gradient",
                all(&one.gradient),
                all(&exact.gradient),
                rounding.gradient,
            ),
            (
                "error",
                vec![one.error.clone()],
                vec![exact.error.clone()],
                rounding.error,
            ),
        ] {
            let bound = bound.unwrap_or_else(|| panic!("{} {what}: no bound", one.name));
            let size = exact
                .iter()
                .filter_map(Quantity::value)
                .fold(0.0, |most: f64, x| most.max(x.abs()));
            assert!(
                bound > 0.0 && bound <= 1e-9 * size,
                "{} {what}: {bound} {size}",
                one.name
            );
            for (x, exact) in numbers.iter().zip(&exact) {
                let Quantity::Exact(exact) = exact else {
                    panic!("{what}: a fraction")
                };
                let off =
                    Number::from_f64(x.value().unwrap()).unwrap().to_rational() - exact.as_ref();
                let off = Number::from(off).to_f64().abs();
                assert!(off <= bound, "{} {what}: {off} {bound}", one.name);
            }
        }
        // of fractions they are quotients of rounded roots
        for (x, exact, bound) in [
            (&one.cosine, &exact.cosine, rounding.cosine),
            (
                &one.gradient_error,
                &exact.gradient_error,
                rounding.gradient_error,
            ),
        ] {
            let off = (x.value().unwrap() - exact.value().unwrap()).abs();
            assert!(
                off <= bound.unwrap() + 1e-15,
                "{}: {off} {bound:?}",
                one.name
            );
        }
    }
    for one in found("random:3", Numbers::Float).critics {
        let rounding = one.rounding.unwrap();
        let size = one.error.value().unwrap();
        assert!(
            rounding.error.is_some_and(|bound| bound <= 1e-9 * size),
            "{}",
            one.name
        );
        assert!(
            rounding.cosine.is_some_and(|bound| bound <= 1e-9),
            "{}",
            one.name
        );
        assert!(rounding.v.is_some() && rounding.gradient.is_some() && rounding.weights.is_some());
    }
}
