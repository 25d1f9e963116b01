//! The door of the library: 10⁵ random calls with shapes, values and parts that may not belong
//! together. Whatever is wrong is an error; nothing panics, and nothing wrong has an answer.

mod doors;
mod questions;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use exact_mdp::error::Error;
use exact_mdp::estimator::{Baseline, Critic, Estimator, Psi, Sampling};
use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use exact_mdp::number::Number;
use exact_mdp::policy::{LogLinear, Parametrization, Policy, Softmax};
use exact_mdp::solved::Solved;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Arguments, now and then wrong ones.
struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }

    /// One time in so many.
    fn rarely(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A number that is wrong wherever a finite one is wanted, or one of an odd size.
    fn odd(&mut self) -> f64 {
        const ODD: [f64; 8] = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -1.0,
            -1e-300,
            1e300,
            7.0,
            0.0,
        ];
        ODD[self.below(ODD.len())]
    }

    /// n weights that sum to 1, or nearly never so.
    fn weights(&mut self, n: usize) -> Vec<f64> {
        let mut weights = vec![0.0; n];
        if n > 0 {
            for _ in 0..4 {
                weights[self.below(n)] += 0.25;
            }
        }
        if n > 0 && self.rarely(12) {
            weights[self.below(n)] = self.odd();
        }
        if self.rarely(40) {
            weights.push(0.0);
        }
        weights
    }

    fn discount(&mut self) -> f64 {
        if self.rarely(8) {
            self.odd()
        } else {
            0.25 * self.below(4) as f64
        }
    }

    fn number(&mut self) -> Number {
        Number::from_f64(self.odd()).unwrap_or(Number::from(3))
    }
}

fn is_distribution(weights: &[f64], n: usize) -> bool {
    weights.len() == n
        && weights.iter().all(|x| x.is_finite() && *x >= 0.0)
        && (weights.iter().sum::<f64>() - 1.0).abs() < 1e-9
}

fn is_criterion(criterion: &Criterion) -> bool {
    match criterion {
        Criterion::Discounted { discount } => (0.0..1.0).contains(discount),
        Criterion::FiniteHorizon { discount, horizon } => {
            (0.0..=1.0).contains(discount) && *horizon > 0
        }
        Criterion::Total | Criterion::Average => true,
    }
}

fn criterion(dice: &mut Dice) -> Criterion {
    let discount = dice.discount();
    match dice.below(4) {
        0 => Criterion::Total,
        1 => Criterion::Average,
        2 => Criterion::FiniteHorizon {
            discount,
            horizon: dice.below(5),
        },
        _ => Criterion::Discounted { discount },
    }
}

/// An MDP of up to three states, and whether its parts are right.
fn mdp(dice: &mut Dice) -> (Result<Mdp, Error>, bool) {
    let states = dice.below(4);
    let actions = 1 + dice.below(2);
    let mut right = true;
    let mut sets: Vec<Vec<u32>> = (0..states)
        .map(|_| (0..dice.below(actions + 1) as u32).collect())
        .collect();
    if dice.rarely(15) {
        sets.push(vec![0]);
        right = false;
    }
    if dice.rarely(15) && states > 0 {
        sets[0] = vec![actions as u32];
        right = false;
    }
    let pairs: usize = sets.iter().map(Vec::len).sum();
    let space = Space::new(Names::Numbered(states), Names::Numbered(actions), sets);
    let space = match space {
        Ok(space) => Arc::new(space),
        Err(error) => return (Err(error.into()), right),
    };
    assert!(right, "a wrong space");
    let mut outcomes = OutcomeTable::default();
    let rows = if dice.rarely(20) { pairs + 1 } else { pairs };
    right &= rows == pairs;
    for _ in 0..rows {
        let row = dice.weights(states);
        right &= is_distribution(&row, states);
        for (next, p) in row.into_iter().enumerate() {
            let next = if dice.rarely(200) { next + 9 } else { next };
            right &= next < states;
            let reward = if dice.rarely(60) { dice.odd() } else { 1.0 };
            right &= reward.is_finite();
            outcomes.push(next, p, reward);
        }
        outcomes.end_pair();
    }
    let initial = dice.weights(states);
    right &= is_distribution(&initial, states);
    let criterion = criterion(dice);
    right &= is_criterion(&criterion);
    let parts = MdpParts {
        name: "random".into(),
        space,
        outcomes,
        initial,
        criterion,
    };
    (Mdp::new(parts).map_err(Error::from), right)
}

/// A policy for a space, and whether its arguments are right.
fn policy(dice: &mut Dice, space: &Arc<Space>) -> (bool, bool) {
    let pairs = space.pairs();
    let length = if dice.rarely(6) { pairs + 1 } else { pairs };
    let mut values: Vec<f64> = (0..length).map(|_| dice.below(3) as f64).collect();
    if dice.rarely(5) && length > 0 {
        let place = dice.below(length);
        values[place] = dice.odd();
    }
    let finite = values.iter().all(|x| x.is_finite());
    match dice.below(4) {
        0 => {
            let states = 0..space.states();
            let mut blocks = states.filter(|&s| !space.is_terminal(s));
            let right = length == pairs
                && blocks.all(|s| {
                    let block = space.pairs_of(s);
                    is_distribution(&values[block.clone()], block.len())
                });
            (Policy::simplex(space, values).is_ok(), right)
        }
        1 => {
            let temperature = dice.odd();
            let right = temperature > 0.0 && temperature.is_finite();
            let right = right && finite && length == pairs;
            (Policy::softmax(space, values, temperature).is_ok(), right)
        }
        2 => {
            let epsilon = dice.odd();
            let mixed = Policy::<f64>::uniform(space).mixed(epsilon);
            (mixed.is_ok(), (0.0..=1.0).contains(&epsilon))
        }
        _ => {
            let rows = if dice.rarely(2) { pairs } else { pairs + 2 };
            let rows: Vec<Vec<(usize, f64)>> = vec![vec![(0, 1.0)]; rows];
            let right = rows.len() == pairs;
            let features = exact_mdp::linalg::Csr::from_rows(1, rows);
            let family = Parametrization::LogLinear(LogLinear {
                features: Arc::new(features),
                rest: None,
                names: None,
                temperature: 1.0,
            });
            (Policy::new(space, family, vec![0.5]).is_ok(), right)
        }
    }
}

/// An estimator, and whether its arguments are right.
fn estimator(dice: &mut Dice) -> (Option<Estimator>, bool) {
    let states = dice.below(4);
    let given = || vec![Number::ONE; states];
    let (found, right) = match dice.below(5) {
        0 => {
            let lambda = dice.number();
            let right = !lambda.is_negative() && lambda <= Number::ONE;
            (Estimator::gae(lambda), right)
        }
        1 => {
            let n = dice.below(4);
            (Estimator::n_step(n), n > 0)
        }
        2 => {
            let file = Baseline::File(given());
            (Estimator::total_return(file), false)
        }
        3 => {
            let critic = Critic::Noise {
                seed: 1,
                scale: dice.odd(),
            };
            let right =
                matches!(critic, Critic::Noise { scale, .. } if scale.is_finite() && scale >= 0.0);
            (Estimator::new(Psi::Q).with_critic(critic), right)
        }
        _ => {
            let file = Baseline::File(given());
            (Ok(Estimator::baselined(file)), true)
        }
    };
    (found.ok(), right)
}

/// Questions to a solved policy: errors or finite numbers.
fn ask(dice: &mut Dice, solved: &Solved, estimator: Option<Estimator>) {
    let finite = |x: &[f64]| assert!(x.iter().all(|x| x.is_finite()), "{x:?}");
    finite(solved.v());
    finite(solved.occupancy());
    if let Ok(gradient) = solved.gradient() {
        finite(gradient);
    }
    let samplings = [
        Sampling::Truncated(dice.below(3)),
        Sampling::LongRun(dice.below(3)),
        Sampling::Geometric,
        Sampling::Episodic,
        Sampling::FiniteHorizon(dice.below(3)),
    ];
    let sampling = samplings[dice.below(samplings.len())];
    let states = solved.mdp().states();
    if let Some(estimator) = estimator {
        let law = solved.law_when(&estimator, sampling);
        if let Some(Baseline::File(given)) = estimator.baseline() {
            assert!(given.len() == states || law.is_err());
        }
        assert!(sampling.steps() != Some(0) || law.is_err());
        if let Ok(law) = law {
            finite(law.mean());
        }
        let estimators = [estimator];
        let compare = solved.compare(&estimators);
        let few = dice.below(3) as u64;
        let found = compare.clone().trajectories(few).run();
        assert!(few > 0 || found.is_err());
        assert!(compare.false_alarm(dice.odd()).run().is_err());
    }
    let alpha = dice.odd();
    let soft = solved.entropy(&alpha);
    assert!(alpha.is_finite() || soft.is_err(), "α {alpha}");
    let theta = vec![dice.odd(); dice.below(5)];
    let length = theta.len();
    let moved = solved.with_theta(theta);
    assert!(length == solved.policy().parameters() || moved.is_err());
}

/// Policies of one model on another.
fn strangers(dice: &mut Dice, mdp: &Mdp, other: &Mdp) {
    let same = (0..mdp.states().max(other.states())).all(|s| {
        s < mdp.states().min(other.states()) && mdp.space().pairs_of(s) == other.space().pairs_of(s)
    });
    let solved = Solved::new(mdp.clone(), Policy::uniform(other.space()));
    assert!(same || solved.is_err(), "a policy of another space");
    let wrong = vec![1.0; dice.below(5)];
    let length = wrong.len();
    let paid = mdp.clone().with_rewards(wrong.clone());
    assert_eq!(paid.is_ok(), length == mdp.pairs());
    let started = mdp.clone().with_initial(wrong);
    assert_eq!(started.is_ok(), length == mdp.states());
}

fn round(seed: u64) {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let (found, right) = mdp(&mut dice);
    assert_eq!(found.is_ok(), right, "{found:?}");
    let (estimator, right) = estimator(&mut dice);
    assert_eq!(estimator.is_some(), right, "{estimator:?}");
    let Ok(mdp) = found else { return };
    let (built, right) = policy(&mut dice, mdp.space());
    assert!(built <= right, "a wrong policy");
    if let (Ok(other), _) = self::mdp(&mut dice) {
        strangers(&mut dice, &mdp, &other);
    }
    // the dear questions to one in a hundred
    if seed.is_multiple_of(100)
        && let Ok(solved) = Solved::new(mdp.clone(), Policy::random(mdp.space(), seed))
    {
        ask(&mut dice, &solved, estimator);
    }
}

#[test]
fn what_is_wrong_is_an_error_and_nothing_panics() {
    for seed in 0..100_000 {
        let found = catch_unwind(AssertUnwindSafe(|| round(seed)));
        assert!(found.is_ok(), "seed {seed}");
    }
}

#[test]
fn a_pair_of_a_simplex_that_is_none_has_no_value() {
    let space = Space::new(Names::Numbered(1), Names::Numbered(3), vec![vec![0, 1, 2]]);
    let space = Arc::new(space.expect("a space"));
    let found = Policy::simplex(&space, vec![7.0, -1.0, 3.0]);
    let message = found.expect_err("no policy").to_string();
    assert!(message.contains("-1"), "{message}");
    // the deterministic parametrizations alone go beyond the simplex, and only by `with_theta`
    let inside: Policy = Policy::simplex(&space, vec![1.0, 0.0, 0.0]).expect("a policy");
    assert!(inside.with_theta(vec![7.0, -1.0, 3.0]).is_ok());
    let softmax = Softmax {
        temperature: f64::NAN,
    };
    let family = Parametrization::Softmax(softmax);
    assert!(Policy::new(&space, family, vec![0.0; 3]).is_err());
}
