//! Policies in time against the enumeration of trajectories and of all rules, in fractions.

use std::sync::Arc;

use exact_mdp::estimator::{Baseline, Contribution, Estimator};
use exact_mdp::evaluation::Evaluation;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::{Kind, Policy, PolicyError, Specification};
use exact_mdp::solved::Solved;

/// What is best changes with the time: `save` pays only if two steps follow.
const MODEL: &str = "
discount: 9/10
horizon: 3
states: [poor, rich, end]
actions: [spend, save]
initial: {poor: 3/4, rich: 1/4}
terminal: [end]
transitions:
  poor: {spend: {poor: 1/2, end: 1/2}, save: {rich: 2/3, poor: 1/3}}
  rich: {spend: {poor: 4/5, end: 1/5}, save: rich}
rewards:
  poor: {spend: 1, save: {rich: 0, poor: -1/2}}
  rich: {spend: {poor: 5, end: 2}, save: 1/4}
";

const TIMES: usize = 3;

fn model() -> Model {
    Model::parse("purse.yaml", MODEL).expect("valid")
}

fn ratio(p: i64, q: u64) -> Rational {
    Number::ratio(p, q).expect("a fraction").to_rational()
}

/// J by following every trajectory; `rules[t]` is π_t \[SA\].
fn enumerated(mdp: &Mdp<Rational>, rules: &[Vec<Rational>]) -> Rational {
    fn from(mdp: &Mdp<Rational>, rules: &[Vec<Rational>], state: usize) -> Rational {
        let Some((rule, later)) = rules.split_first() else {
            return Rational::ZERO;
        };
        let mut sum = Rational::ZERO;
        for pair in mdp.space().pairs_of(state) {
            for outcome in mdp.outcomes(pair) {
                let follows = from(mdp, later, outcome.next) * mdp.discount();
                let paid = outcome.reward.clone() + follows;
                sum += paid * rule[pair].clone() * outcome.probability.clone();
            }
        }
        sum
    }
    let starts = mdp.initial().iter().enumerate();
    starts.fold(Rational::ZERO, |sum, (state, weight)| {
        sum + from(mdp, rules, state) * weight.clone()
    })
}

fn specification(kind: Kind, rules: &[Vec<Rational>]) -> Specification {
    Specification {
        parametrization: kind,
        probabilities: Some(rules.iter().flatten().cloned().map(Number::from).collect()),
        ..Specification::default()
    }
}

/// Some rule for each time, none of it extreme.
fn some_rules() -> Vec<Vec<Rational>> {
    let of = |t: i64| {
        let (x, y) = (ratio(1 + t, 5), ratio(3 - t, 7));
        let rest = |p: &Rational| Rational::ONE - p.clone();
        vec![x.clone(), rest(&x), y.clone(), rest(&y)]
    };
    (0..TIMES as i64).map(of).collect()
}

fn solved(model: &Model, specification: &Specification) -> Solved<Rational> {
    let unrolled = model.in_time().expect("a horizon");
    let policy = Policy::from_specification(unrolled.space(), specification).expect("a policy");
    unrolled
        .exact()
        .expect("fractions")
        .solve(policy)
        .expect("a value")
}

/// All 4³ deterministic rules: each has the value that enumeration gives it by both routes, and
/// the best is what `solve` finds.
#[test]
fn the_best_of_all_rules_is_the_optimum() {
    let model = model();
    let mdp = model.exact_mdp().unwrap();
    let mut best: Option<Rational> = None;
    for code in 0..64_usize {
        let rule = |t: usize| {
            let save = |state: usize| (code >> (2 * t + state)) & 1 == 1;
            let pick = |state| if save(state) { [0, 1] } else { [1, 0] };
            let row = [pick(0), pick(1)].concat();
            row.into_iter().map(|x| ratio(x, 1)).collect::<Vec<_>>()
        };
        let rules: Vec<_> = (0..TIMES).map(rule).collect();
        let truth = enumerated(&mdp, &rules);
        let written = specification(Kind::Simplex, &rules);
        let solved = solved(&model, &written);
        assert_eq!(*solved.j(), truth);
        let native = Evaluation::in_time(&mdp, solved.policy()).unwrap();
        assert_eq!(native.j, truth);
        if best.as_ref().is_none_or(|best| truth > *best) {
            best = Some(truth);
        }
    }
    let optimum = model.exact().unwrap().optimum().unwrap();
    assert_eq!(Some(optimum.j), best);
    // and no rule that is followed at all times reaches it
    let stationary = (0..4).map(|code: usize| {
        let pick = |state: usize| {
            if (code >> state) & 1 == 1 {
                [0, 1]
            } else {
                [1, 0]
            }
        };
        let row = [pick(0), pick(1)].concat();
        let rule: Vec<_> = row.into_iter().map(|x| ratio(x, 1)).collect();
        enumerated(&mdp, &vec![rule; TIMES])
    });
    assert!(stationary.max() < best);
}

/// Values, action values and occupancies of the recursion are those of the unrolled model.
#[test]
fn the_recursion_and_the_unrolled_model_agree() {
    let model = model();
    let mdp = model.exact_mdp().unwrap();
    let solved = solved(&model, &specification(Kind::Simplex, &some_rules()));
    let native = Evaluation::in_time(&mdp, solved.policy()).unwrap();
    let (n, m) = (mdp.states(), mdp.pairs());
    let tables = native.by_time.as_ref().unwrap();
    assert_eq!(tables.v.concat(), solved.v());
    assert_eq!(tables.q.concat(), solved.q());
    assert_eq!(native.v, solved.v()[..n]);
    assert_eq!(native.advantage, solved.advantage()[..m]);
    let over_time = |x: &[Rational], size: usize| -> Vec<Rational> {
        let of = |i| {
            x.iter()
                .skip(i)
                .step_by(size)
                .fold(Rational::ZERO, |sum, x| sum + x.clone())
        };
        (0..size).map(of).collect()
    };
    assert_eq!(native.occupancy, over_time(solved.occupancy(), n));
    assert_eq!(native.pair_occupancy, over_time(solved.pair_occupancy(), m));
    let names = solved.mdp().space().state_names();
    assert_eq!((&*names.get(0), &*names.get(n + 1)), ("poor@0", "rich@1"));
}

/// A rule of one time is used once: J is linear in each of its parameters, and the derivative is a
/// difference of two enumerations.
#[test]
fn gradients_in_time_are_differences() {
    let model = model();
    let mdp = model.exact_mdp().unwrap();
    let rules = some_rules();
    let solved = solved(&model, &specification(Kind::Direct, &rules));
    let gradient = solved.gradient().unwrap();
    assert_eq!(gradient.len(), TIMES * 2);
    for t in 0..TIMES {
        for state in 0..2 {
            let at = |x: i64| {
                let mut moved = rules.clone();
                moved[t][2 * state] = ratio(x, 1);
                moved[t][2 * state + 1] = ratio(1 - x, 1);
                enumerated(&mdp, &moved)
            };
            assert_eq!(
                gradient[2 * t + state],
                at(1) - at(0),
                "t = {t}, state {state}"
            );
        }
    }
    let labels = solved.policy().labels();
    assert!(labels[3].contains("rich@1"), "{labels:?}");
    // the reward-to-go estimator on the unrolled model is unbiased, by its exact law
    let law = solved.law(&"reward-to-go".parse().unwrap()).unwrap();
    assert_eq!(law.mean(), gradient);
}

/// The same rule at all times: the finite horizon as it was, and ∇J the sum over the times.
#[test]
fn one_rule_at_all_times_is_the_stationary_policy() {
    let model = model();
    let mdp = Arc::new(model.exact_mdp().unwrap());
    let rule = Specification {
        parametrization: Kind::Direct,
        probabilities: Some(some_rules()[1].iter().cloned().map(Number::from).collect()),
        ..Specification::default()
    };
    let policy = Policy::from_specification(model.space(), &rule).unwrap();
    let stationary = Solved::new(Arc::clone(&mdp), policy).unwrap();
    let stacked = Specification::in_time(&vec![rule; TIMES], model.space(), TIMES).unwrap();
    let solved = solved(&model, &stacked);
    let native = Evaluation::in_time(&mdp, solved.policy()).unwrap();
    let own = stationary.evaluation();
    assert_eq!((&native.j, &native.v, &native.q), (&own.j, &own.v, &own.q));
    assert_eq!(native.pair_occupancy, own.pair_occupancy);
    let gradient = solved.gradient().unwrap();
    let sum =
        |k: usize| (0..TIMES).fold(Rational::ZERO, |sum, t| sum + gradient[2 * t + k].clone());
    assert_eq!(stationary.gradient().unwrap(), [sum(0), sum(1)]);
}

#[test]
fn features_and_rules_that_say_nothing_are_stacked() {
    let model = model();
    let space = model.space();
    let numbers = |x: &[i64]| x.iter().map(|&x| Number::from(x)).collect::<Vec<_>>();
    let rule = |theta: Option<&[i64]>| Specification {
        parametrization: Kind::LogLinear,
        theta: theta.map(numbers),
        features: Some(exact_mdp::policy::Features {
            names: Some(vec!["thrift".into()]),
            rows: [0, 1, 0, 2].iter().map(|&x| numbers(&[x])).collect(),
        }),
        ..Specification::default()
    };
    let rules = [rule(Some(&[3])), rule(None), rule(Some(&[-1]))];
    let stacked = Specification::in_time(&rules, space, TIMES).unwrap();
    assert_eq!(stacked.theta, Some(numbers(&[3, 0, -1])));
    let unrolled = model.in_time().unwrap();
    let policy = Policy::<f64>::from_specification(unrolled.space(), &stacked).unwrap();
    assert_eq!(policy.parameters(), 3);
    // rich at t = 2: logits 0 and 2θ₂
    let save = 1.0 / (1.0 + (2.0_f64).exp());
    assert!((policy.probabilities()[11] - save).abs() < 1e-15);
    assert_eq!(policy.probabilities()[4..8], [0.5; 4]);
    let mut other = rules.clone();
    other[2].temperature = Some(Number::from(2));
    let differs = Specification::in_time(&other, space, TIMES);
    assert!(matches!(
        differs,
        Err(PolicyError::RuleDiffers {
            time: 2,
            key: "temperature"
        })
    ));
    let few = Specification::in_time(&rules[..2], space, TIMES);
    assert!(matches!(
        few,
        Err(PolicyError::Count {
            found: 2,
            expected: 3,
            ..
        })
    ));
}

#[test]
fn without_a_horizon_there_is_no_time() {
    let endless = model()
        .with_criterion(Criterion::Discounted {
            discount: Number::ratio(9, 10).unwrap(),
        })
        .unwrap();
    assert!(endless.in_time().is_err());
    let long = model()
        .with_criterion(Criterion::FiniteHorizon {
            discount: Number::ONE,
            horizon: usize::MAX,
        })
        .unwrap();
    assert!(long.in_time().is_err());
    let mdp = model().exact_mdp().unwrap();
    let stationary = Policy::uniform(mdp.space());
    assert!(Evaluation::in_time(&mdp, &stationary).is_err());
}

/// The best b(s) of all times together is one number for poor and one for rich at whatever time, and
/// moved by as much up as down it is worse by as much: the trace is a parabola in each b(s).
#[test]
fn the_best_stationary_baseline_is_of_all_times_together() {
    let solved = solved(&model(), &specification(Kind::Direct, &some_rules()));
    let law = |estimator: &Estimator| solved.law(estimator).unwrap();
    let best = law(&"baseline:optimal-stationary".parse().unwrap());
    let Contribution::Return { baseline: Some(b) } = &best.resolved.form else {
        panic!("a baseline by state")
    };
    let b = b.at(0);
    let trace = |b: &[Rational]| -> Rational {
        let given = b.iter().cloned().map(Number::from).collect();
        let law = law(&Estimator::baselined(Baseline::File(given)));
        let variances = law.moments.variance;
        variances
            .iter()
            .fold(Rational::ZERO, |sum, x| sum + x.clone())
    };
    let least = trace(b);
    assert_eq!(
        least,
        best.moments
            .variance
            .iter()
            .fold(Rational::ZERO, |sum, x| sum + x.clone())
    );
    for state in 0..2 {
        let moved = |by: Rational| {
            let at = |(i, x): (usize, &Rational)| {
                if i % 3 == state {
                    x.clone() + by.clone()
                } else {
                    x.clone()
                }
            };
            trace(&b.iter().enumerate().map(at).collect::<Vec<_>>())
        };
        assert!((0..TIMES).all(|t| b[3 * t + state] == b[state]), "{b:?}");
        let (up, down) = (moved(ratio(1, 3)), moved(ratio(-1, 3)));
        assert!(
            up > least && up == down,
            "state {state}: {least} {up} {down}"
        );
    }
}
