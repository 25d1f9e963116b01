//! What is asked of solved policies: of another one, of vectors, of sets of probabilities, of features, of steps. Arguments
//! may not belong together: then there is an error, never a panic and never an answer that is no number.

mod chains;
mod games;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use exact_mdp::batch::{BatchOptions, softmax};
use exact_mdp::chain::Structure;
use exact_mdp::cone::{Cone, ConeNorm};
use exact_mdp::continuous::{displaced, summed_by_parts};
use exact_mdp::control::{DecisionRule, informed_bound, restricted};
use exact_mdp::critics::{Critics, FeatureMatrix, Learner, Weighting, weights};
use exact_mdp::error::Error;
use exact_mdp::estimator::{
    Detail, Estimator, Experiment, Psi, Sampling, truncation, truncation_bound,
};
use exact_mdp::evaluation::{Average, action_values};
use exact_mdp::gradient::deterministic::WeightedRule;
use exact_mdp::gradient::greediness::{self, Excursion};
use exact_mdp::gradient::hessian::value_hessian;
use exact_mdp::gradient::natural::compatible_advantage;
use exact_mdp::gradient::surrogate::{
    Clipped, ImprovementBound, clipped_surrogate, performance_difference, surrogate,
    surrogate_gradient,
};
use exact_mdp::linalg::{Csr, SolverOptions};
use exact_mdp::mdp::Mdp;
use exact_mdp::number::Number;
use exact_mdp::policy::Policy;
use exact_mdp::polytope::Polytope;
use exact_mdp::returns::Risk;
use exact_mdp::robust::{Nature, Uncertain, UncertaintyNorm};
use exact_mdp::sampling::{Plan, Sampler};
use exact_mdp::shaping::shaping;
use exact_mdp::solved::Solved;
use exact_mdp::step::{StepLaw, curl, enumerate, mean_jacobian};
use nalgebra::DMatrix;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Dice, mdp};
use chains::chains;

/// A vector that should have n numbers, and whether it does and all are finite.
fn numbers(dice: &mut Dice, n: usize) -> (Vec<f64>, bool) {
    let length = if dice.rarely(3) { dice.below(6) } else { n };
    let mut x: Vec<f64> = (0..length).map(|_| dice.below(4) as f64 - 1.0).collect();
    if length > 0 && dice.rarely(4) {
        let place = dice.below(length);
        x[place] = dice.odd();
    }
    let right = length == n && x.iter().all(|x| x.is_finite());
    (x, right)
}

fn matrix(dice: &mut Dice, n: usize) -> DMatrix<f64> {
    let (rows, columns) = match dice.below(3) {
        0 => (n, n),
        1 => (dice.below(5), n),
        _ => (dice.below(5), dice.below(5)),
    };
    DMatrix::from_fn(rows, columns, |i, j| (i + 2 * j) as f64 - 1.0)
}

/// No answer has a NaN, and what is wrong has none.
fn holds<'a>(name: &str, right: bool, found: Result<impl IntoIterator<Item = &'a f64>, &'a Error>) {
    match found {
        Ok(numbers) => {
            assert!(right, "{name}: an answer to a wrong question");
            assert!(numbers.into_iter().all(|x| !x.is_nan()), "{name}: NaN");
        }
        Err(error) => assert!(!error.to_string().is_empty(), "{name}"),
    }
}

fn one(name: &str, right: bool, found: &Result<f64, Error>) {
    holds(name, right, found.as_ref().map(std::slice::from_ref));
}

fn many(name: &str, right: bool, found: &Result<Vec<f64>, Error>) {
    holds(name, right, found.as_ref());
}

fn is_alike(one: &Mdp, other: &Mdp) -> bool {
    let pairs = |mdp: &Mdp| -> Vec<_> {
        let states = 0..mdp.states();
        states.map(|s| mdp.space().pairs_of(s)).collect()
    };
    pairs(one) == pairs(other)
}

fn surrogates(dice: &mut Dice, at: &Solved, other: &Solved) {
    let (alike, policy) = (is_alike(at.mdp(), other.mdp()), other.policy());
    let found = performance_difference(at, other);
    let found = found.map(|(new, old)| vec![new, old]);
    many("performance_difference", alike, &found);
    one("surrogate", alike, &surrogate(at, policy));
    let found = surrogate_gradient(at, policy);
    many("surrogate_gradient", alike, &found);
    let epsilon = dice.odd();
    let right = alike && epsilon >= 0.0;
    let found = clipped_surrogate(at, policy, &epsilon);
    one("clipped_surrogate", right, &found);
    let found = Clipped::new(at, policy, &epsilon).map(|found| found.value);
    one("Clipped", right, &found);
    let found = ImprovementBound::new(at, policy).map(|found| found.by_divergence);
    one("ImprovementBound", alike, &found);
    for found in [
        at.between(other, &epsilon),
        at.between_costs(other, &epsilon),
    ] {
        let found = found.map(|found| found.difference);
        one("between", right, &found);
    }
    let points = dice.below(4);
    for found in [
        at.line_to(other, points),
        at.line_of_parameters(other, points),
    ] {
        let found = found.map(|found| found.j.into_iter().flatten().collect());
        many("line", alike, &found);
    }
}

fn greedy(dice: &mut Dice, at: &Solved) {
    let (states, pairs) = (at.mdp().states(), at.mdp().pairs());
    let (measure, states_right) = numbers(dice, states);
    let (q, pairs_right) = numbers(dice, pairs);
    let right = states_right && pairs_right;
    let found = greediness::gradient(at.policy(), &measure, &q);
    many("greediness", right, &found);
    let found = greediness::tabular_gap(at, &measure, &q);
    many("tabular_gap", right, &found);
    let found = Excursion::new(at, &measure).map(|found| found.gradient);
    many("Excursion", states_right, &found);
    let (w, own) = numbers(dice, at.policy().parameters());
    let found = compatible_advantage(at, &w);
    many("compatible_advantage", own, &found);
    let state = dice.below(6);
    let found = value_hessian(at, state).map(|h| h.iter().copied().collect());
    many("value_hessian", state < states, &found);
    let (u, own) = numbers(dice, states);
    for found in [
        WeightedRule::interpolated(at.mdp().space(), &u),
        WeightedRule::spline(at.mdp().space(), &u),
    ] {
        many("rule", own, &found.clone().map(|rule| rule.weights));
        let jacobian = Csr::from_rows(2, vec![vec![(0, 1.0)]; dice.below(4)]);
        if let Ok(rule) = found {
            let found = rule.gradient(at, &jacobian);
            many("rule's gradient", jacobian.rows() == states, &found);
        }
    }
    let bound = informed_bound(at.mdp(), &q).map(|bound| bound.into_iter().collect());
    many("informed_bound", pairs_right, &bound);
}

fn ordered(dice: &mut Dice, at: &Solved) {
    let space = at.mdp().space();
    let mut order: Vec<Vec<usize>> = (0..space.states())
        .map(|s| space.pairs_of(s).collect())
        .collect();
    let mut right = true;
    match dice.below(4) {
        0 => {
            order.push(Vec::new());
            right = false;
        }
        1 if !order.is_empty() => {
            order[0].push(dice.below(9));
            right = false;
        }
        _ => order.iter_mut().for_each(|pairs| pairs.reverse()),
    }
    let (q, own) = numbers(dice, space.pairs());
    for found in [
        summed_by_parts(at.policy(), &order, &q),
        displaced(at.policy(), &order, &q),
    ] {
        let found = found.map(|rows| rows.values().to_vec());
        many("by parts", right && own, &found);
    }
    let scale = dice.odd();
    let found = at.deterministic_limit(&[scale]).map(|found| found.gradient);
    many("limit", scale > 0.0, &found);
}

fn sets(dice: &mut Dice, at: &Solved, other: &Solved) {
    let radius = if dice.rarely(3) { dice.odd() } else { 0.25 };
    let norm = [UncertaintyNorm::L1, UncertaintyNorm::Max][dice.below(2)];
    let nature = [Nature::Adverse, Nature::Kind][dice.below(2)];
    let found = Uncertain::within(Arc::clone(at.mdp()), norm, &radius);
    let Ok(sets) = found else { return };
    assert!(radius >= 0.0, "a radius of {radius}");
    let alike = is_alike(at.mdp(), other.mdp());
    let given = dice.rarely(2).then(|| &**other.policy());
    let right = alike || given.is_none();
    let found = sets.solve(nature, given, &SolverOptions::default());
    many("robust", right, &found.map(|found| found.v));
    let (v, own) = numbers(dice, at.mdp().states());
    let found = sets.residual(nature, given, &v);
    many("robust step", right && own, &found);
}

fn features(dice: &mut Dice, at: &Solved, other: &Solved) {
    let of = if dice.rarely(3) { other } else { at };
    let mut right = true;
    let rows: Vec<Vec<f64>> = (0..of.mdp().states())
        .map(|_| {
            let (row, own) = numbers(dice, 2);
            right &= own;
            row
        })
        .collect();
    let found = FeatureMatrix::new(of.mdp().space(), rows);
    let Ok(phi) = found else { return };
    assert!(right || phi.count() != 2, "wrong features");
    let weighting = [
        Weighting::OnPolicy,
        Weighting::Occupancy,
        Weighting::Uniform,
    ][dice.below(3)];
    let options = SolverOptions::default();
    let d = weights(at.mdp(), other.policy(), weighting, &options);
    let alike = is_alike(at.mdp(), other.mdp()) || matches!(weighting, Weighting::Uniform);
    many("weights", alike, &d);
    let (given, own) = numbers(dice, at.mdp().states());
    let d = match d {
        Ok(d) if !dice.rarely(3) => d,
        _ => given,
    };
    let own = own || d.len() == at.mdp().states();
    let Ok(critics) = Critics::new(at, &phi, &d) else {
        return;
    };
    let lambda = if dice.rarely(3) { dice.odd() } else { 0.5 };
    for learner in [
        Learner::MonteCarlo,
        Learner::Td(lambda),
        Learner::Emphatic(lambda),
        Learner::BellmanResidual,
    ] {
        let right = match &learner {
            Learner::Td(lambda) | Learner::Emphatic(lambda) => (0.0..=1.0).contains(lambda),
            _ => true,
        };
        let found = critics.fixed_point(learner);
        let found = found.map(|found| found.map_or(Vec::new(), |found| found.values));
        many("fixed point", own && right, &found);
    }
}

fn cones(dice: &mut Dice, at: &Solved) {
    let rule = DecisionRule::greedy(at.mdp().space(), at.mdp().r()).unwrap();
    let policy: Policy = rule.policy(at.mdp().space()).unwrap();
    let Ok(solved) = Solved::new(Arc::clone(at.mdp()), policy) else {
        return;
    };
    let Ok(cone) = Cone::new(&solved) else { return };
    let which = dice.below(6);
    let row = cone.inequality(which);
    assert_eq!(row.is_some(), which < cone.others().len());
    assert!(row.is_none_or(|row| row.len() == at.mdp().pairs() && row.iter().all(|x| !x.is_nan())));
    assert_eq!(cone.ranges().len(), at.mdp().pairs());
    for norm in [ConeNorm::Max, ConeNorm::Euclidean] {
        assert!(cone.distances(norm).iter().all(|x| !x.is_nan()));
    }
    let found = cone
        .outside()
        .map(|found| found.map_or(0.0, |found| found.max_norm));
    one("outside", true, &found);
}

fn shapes(dice: &mut Dice, at: &Solved) {
    let mdp = at.mdp();
    let states = dice.rarely(2).then(|| [dice.below(5), dice.below(5)]);
    if let Ok(found) = Polytope::new(mdp, states, &SolverOptions::default()) {
        assert!(found.states.iter().all(|s| *s < mdp.states()));
        assert!(
            found
                .vertices
                .iter()
                .all(|x| x.v.iter().all(|v| v.is_finite()))
        );
    }
    let (other, right) = numbers(dice, mdp.pairs());
    let found = shaping(mdp, other).map(|found| found.potential);
    many("shaping", right, &found);
    let policies = dice.below(4);
    let (theta, right) = numbers(dice, policies * mdp.pairs());
    let temperature = if dice.rarely(3) { dice.odd() } else { 1.0 };
    let options = BatchOptions {
        temperature,
        errors: dice.rarely(2),
        ..BatchOptions::default()
    };
    let found = softmax(mdp, &theta, policies, &options);
    let right = right && temperature > 0.0 && temperature.is_finite();
    many(
        "batch",
        right,
        &found.map(|found| [found.j, found.v].concat()),
    );
    let kept: Vec<usize> = (0..dice.below(4)).map(|_| dice.below(6)).collect();
    let right = kept.is_sorted_by(|x, y| x < y) && kept.iter().all(|pair| *pair < mdp.pairs());
    assert_eq!(restricted(mdp, &kept).is_ok(), right, "{kept:?}");
}

fn steps(dice: &mut Dice, at: &Solved, other: &Solved) {
    let estimator = Estimator::new([Psi::RewardToGo, Psi::Q][dice.below(2)]);
    let d = at.policy().parameters();
    if let Ok(law) = at.law(&estimator) {
        let (gradient, own) = numbers(dice, d);
        let hessian = matrix(dice, d);
        let error = if dice.rarely(3) { dice.odd() } else { 0.0 };
        let found = StepLaw::within(&gradient, &hessian, &law, error);
        let right = gradient.len() == d && hessian.shape() == (d, d) && error >= 0.0;
        let batch = dice.below(3) as u64;
        let step = found.map(|law| [law.bend(batch), law.deviation(0.5, batch)].to_vec());
        if own {
            many("StepLaw", right, &step);
        } else {
            assert!(right || step.is_err());
        }
    }
    let alike = is_alike(at.mdp(), other.mdp());
    let behavior = dice.rarely(2).then(|| &**other.policy());
    let right = alike || behavior.is_none();
    let sampling = Sampling::Truncated(2);
    let found = mean_jacobian(at, behavior, &estimator, sampling);
    let found = found.map(|found| found.iter().copied().collect());
    many("mean_jacobian", right, &found);
    let by = (
        if dice.rarely(2) { dice.odd() } else { 0.5 },
        dice.below(3) as u64,
    );
    let found = enumerate(at, behavior, &estimator, sampling, by);
    let found = found.map(|found| found.map_or(0.0, |found| found.expected_change));
    one("enumerate", right && by.0.is_finite() && by.1 > 0, &found);
    foreign(at, other, sampling);
    let found = curl(&matrix(dice, 2), dice.odd());
    assert!(found.is_none_or(|found| !found.value.is_nan()));
    let steps = dice.below(4);
    let found = truncation_bound(at.mdp(), other.policy(), steps);
    many("truncation_bound", alike, &found);
    let (allowed, own) = numbers(dice, other.policy().parameters());
    let found = truncation(at.mdp(), other.policy(), &allowed);
    assert!(found.is_err() || alike && (own || allowed.len() == other.policy().parameters()));
}

/// An estimator with the numbers of another model.
fn foreign(at: &Solved, other: &Solved, sampling: Sampling) {
    let options = SolverOptions::default();
    let experiment = |at: &'_ Solved| {
        let found = Experiment::new(at.mdp(), at.policy(), sampling, &options);
        found.and_then(|experiment| experiment.resolve(&Estimator::new(Psi::Q)))
    };
    let Ok(resolved) = experiment(other) else {
        return;
    };
    let right = at.mdp().pairs() == other.mdp().pairs();
    let own = Experiment::new(at.mdp(), at.policy(), sampling, &options);
    let Ok(own) = own else { return };
    many("mean of another's", right, &own.mean(&resolved));
    let found = own.moments(&resolved, Detail::Variances);
    many(
        "moments of another's",
        right,
        &found.map(|found| found.variance),
    );
    let plan = Plan::new(sampling, 0);
    let found = Sampler::new(at.mdp(), at.policy(), None, &[resolved], plan);
    assert!(right || found.is_err());
}

fn returns(dice: &mut Dice, at: &Solved) {
    let level = if dice.rarely(2) { dice.odd() } else { 0.3 };
    let (open, closed) = (level > 0.0 && level < 1.0, level > 0.0 && level <= 1.0);
    if let Ok(law) = at.return_distribution() {
        for (right, found) in [
            (open, law.quantile(&level)),
            (closed, law.tail_mean(&level)),
            (closed, law.upper_tail_mean(&level)),
        ] {
            let ends = found.map(|found| found.low.into_iter().chain(found.high).collect());
            many("quantile", right, &ends);
        }
    }
    let found = at.tail_mean(&level).map(|found| found.value);
    one("tail_mean", closed, &found);
    let found = at.enclosed_tail_mean(level).map(|found| found.value);
    one("enclosed_tail_mean", open, &found);
    let beta = dice.odd();
    let found = at.exponential_utility(beta).map(|found| found.value);
    one("exponential", beta.is_finite() && beta != 0.0, &found);
    let found = at.mean_variance(&beta).map(|found| found.gradient);
    many("mean_variance", beta.is_finite(), &found);
    let odd = dice.odd();
    let found = at.utility(|x| x * odd).map(|found| found.value);
    one("utility", !odd.is_nan(), &found);
    if let Some(number) = Number::from_f64(odd) {
        for risk in [
            Risk::MeanVariance(number.clone()),
            Risk::TailMean(number.clone()),
            Risk::Exponential(number),
        ] {
            one("risk", true, &at.risk(&risk).map(|found| found.value));
        }
    }
}

fn round(seed: u64) {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let (Ok(one), Ok(two)) = (mdp(&mut dice).0, mdp(&mut dice).0) else {
        return;
    };
    let two = if dice.rarely(2) { one.clone() } else { two };
    let mut solved = |mdp: Mdp| {
        let policy = match dice.below(3) {
            0 => Policy::uniform(mdp.space()),
            1 => DecisionRule::greedy(mdp.space(), mdp.r())
                .unwrap()
                .policy(mdp.space())
                .unwrap(),
            _ => Policy::random(mdp.space(), seed),
        };
        Solved::new(mdp, policy)
    };
    let (Ok(at), Ok(other)) = (solved(one), solved(two)) else {
        return;
    };
    match seed % 10 {
        0 => surrogates(&mut dice, &at, &other),
        1 => greedy(&mut dice, &at),
        2 => ordered(&mut dice, &at),
        3 => sets(&mut dice, &at, &other),
        4 => features(&mut dice, &at, &other),
        5 => cones(&mut dice, &at),
        6 => shapes(&mut dice, &at),
        7 => steps(&mut dice, &at, &other),
        8 => returns(&mut dice, &at),
        _ => chains(&mut dice, &at, &other),
    }
}

#[test]
fn a_solved_policy_refuses_what_does_not_belong_to_it() {
    let fails = |seed: &u64| catch_unwind(AssertUnwindSafe(|| round(*seed))).is_err();
    let failed: Vec<u64> = (0..20_000).filter(fails).collect();
    assert!(failed.is_empty(), "seeds {failed:?}");
}

/// Functions that take a model, or its states, beside what was made of another one.
#[test]
fn what_was_made_of_another_model_is_refused() {
    let model = |name: &str| {
        let path = std::path::Path::new(crate::ROOT).join("mdps").join(name);
        exact_mdp::model::Model::load(path).unwrap()
    };
    let (small, large) = (model("two-state.yaml"), model("frozenlake-4x4.yaml"));
    let (mdp, other): (Mdp, Mdp) = (small.mdp(), large.mdp());
    assert_ne!(mdp.states(), other.states());
    let length = |found: Result<(), Error>| assert!(matches!(found, Err(Error::Length { .. })));
    length(action_values(&mdp, &vec![0.0; other.states()]).map(drop));
    assert!(action_values(&mdp, &vec![f64::NAN; mdp.states()]).is_err());
    let rule = DecisionRule::greedy(other.space(), other.r()).unwrap();
    length(DecisionRule::greedy(mdp.space(), other.r()).map(drop));
    length(rule.policy::<f64>(mdp.space()).map(drop));
    length(rule.probabilities::<f64>(mdp.space()).map(drop));
    let policy = Policy::uniform(mdp.space());
    let structure = Structure::new(&mdp, &policy).unwrap();
    length(structure.named(other.space(), None).map(drop));
    length(structure.named(mdp.space(), Some(&[0.5; 9])).map(drop));
    let endless: Mdp = model("howard-toymaker.yaml").mdp();
    let policy = Policy::uniform(endless.space());
    let run = Average::new(&endless, &policy, &SolverOptions::default()).unwrap();
    assert!(matches!(
        run.action_values(&other),
        Err(Error::OtherSpace { .. })
    ));
    let at = Solved::new(other, Policy::uniform(large.space())).unwrap();
    let law = at.return_distribution().unwrap();
    assert!(law.at_most(&f64::NAN).is_err());
    assert_eq!(
        law.at_most(&f64::INFINITY).unwrap().1,
        law.at_most(&1e300).unwrap().1
    );
}
