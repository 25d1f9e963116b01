//! Small models and policies for the tests of this crate, in exact fractions.

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::evaluation::Evaluation;
use crate::field::Field;
use crate::linalg::Solvable;
use crate::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Players, Space};
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::policy::{Features, Kind, Policy, Specification};
use crate::solved::Solved;

/// p/q.
pub fn ratio(p: i64, q: u64) -> Rational {
    Number::ratio(p, q).unwrap().to_rational()
}

/// p/q each.
pub fn ratios(x: &[(i64, u64)]) -> Vec<Rational> {
    x.iter().map(|&(p, q)| ratio(p, q)).collect()
}

/// A walk on a line as a file with this head: in each state two actions, up with a chance of u tenths and down
/// otherwise, which pay r; u and r drawn by x ← 1103515245 x + 12345 mod 2³¹ from a seed, of which the upper bits count. `up` makes u of
/// them. Unless `steps` is 0 each step ends everything once in so many times.
pub fn walk(
    head: &str,
    (states, seed): (usize, u64),
    up: impl Fn(u64) -> u64,
    steps: u64,
) -> String {
    let mut x = seed;
    let mut next = || {
        x = (1_103_515_245 * x + 12_345) % (1 << 31);
        x >> 16
    };
    let ends = usize::from(steps > 0);
    let mut text = format!(
        "{head}\nstates: {}\nactions: [x, y]\ninitial: 0\n",
        states + ends
    );
    if ends > 0 {
        text += &format!("terminal: [{states}]\n");
    }
    text += "transitions:\n";
    let (left, all) = (steps.max(2) - 1, steps.max(2));
    for state in 0..states {
        let (below, above) = (state.saturating_sub(1), (state + 1).min(states - 1));
        for action in ['x', 'y'] {
            let u = up(next());
            let r = [-1, -1, 0, 1, 2, -3][(next() % 6) as usize];
            let mut row = |next: usize, chance: String| {
                text += &format!("- [{state}, {action}, {next}, {chance}, {r}]\n");
            };
            if ends == 0 {
                row(below, format!("{}/10", 10 - u));
                row(above, format!("{u}/10"));
            } else {
                row(below, format!("{}/{}", left * (10 - u), 10 * all));
                row(above, format!("{}/{}", left * u, 10 * all));
                row(states, format!("1/{all}"));
            }
        }
    }
    text
}

/// Dice with seeds, for shapes and small whole numbers.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A whole number in low..=high.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        let span = (high - low + 1) as u64;
        low + (self.0.next_u64() % span) as i64
    }

    /// `count` positive fractions that sum to 1.
    pub fn distribution(&mut self, count: usize) -> Vec<Rational> {
        let weights: Vec<i64> = (0..count).map(|_| self.whole(1, 9)).collect();
        let total = weights.iter().sum::<i64>() as u64;
        weights.iter().map(|&w| ratio(w, total)).collect()
    }
}

fn names(prefix: &str, count: usize) -> Names {
    Names::Listed((0..count).map(|i| format!("{prefix}{i}")).collect())
}

/// A random MDP with state-dependent action sets and outcome rewards. Every pair of a model under
/// [`Criterion::Total`] may end the episode, so every policy terminates.
pub fn random_mdp(seed: u64, criterion: Criterion<Rational>) -> Mdp<Rational> {
    let dice = &mut Dice::new(seed);
    let alive = dice.whole(2, 5) as usize;
    let ends = criterion == Criterion::Total || dice.whole(0, 1) == 1;
    let states = alive + usize::from(ends);
    let mut sets: Vec<Vec<u32>> = Vec::new();
    for _ in 0..alive {
        let mut set: Vec<u32> = (0..4).filter(|_| dice.whole(0, 2) > 0).collect();
        if set.is_empty() {
            set.push(dice.whole(0, 3) as u32);
        }
        sets.push(set);
    }
    sets.resize(states, Vec::new());
    let space = Arc::new(Space::new(names("s", states), names("a", 4), sets).unwrap());
    let mut outcomes = OutcomeTable::default();
    for _ in 0..space.pairs() {
        let count = dice.whole(1, 3) as usize;
        for (i, p) in dice
            .distribution(count + usize::from(ends))
            .into_iter()
            .enumerate()
        {
            let next = if i == count {
                alive as i64
            } else {
                dice.whole(0, alive as i64 - 1)
            };
            outcomes.push(next as usize, p, ratio(dice.whole(-6, 9), 3));
        }
        outcomes.end_pair();
    }
    let mut initial = dice.distribution(alive);
    initial.resize(states, Rational::ZERO);
    Mdp::new(MdpParts {
        name: format!("random-{seed}"),
        space,
        outcomes,
        initial,
        criterion,
    })
    .unwrap()
}

/// A few random models, discounted and total.
pub fn random_mdps(seeds: std::ops::Range<u64>) -> Vec<Mdp<Rational>> {
    let criterion = |seed: u64| match seed % 3 {
        0 => Criterion::Total,
        1 => Criterion::Discounted {
            discount: ratio(9, 10),
        },
        _ => Criterion::Discounted {
            discount: ratio(1, 3),
        },
    };
    seeds
        .map(|seed| random_mdp(seed, criterion(seed)))
        .collect()
}

/// Interior rational policies of every parametrization, pure and mixed.
pub fn specifications(space: &Space, seed: u64) -> Vec<Specification> {
    let dice = &mut Dice::new(seed);
    let mut pi = Vec::new();
    for state in 0..space.states() {
        let share = dice.distribution(space.pairs_of(state).len());
        pi.extend(share.into_iter().map(Number::from));
    }
    let given = |parametrization| Specification {
        parametrization,
        probabilities: Some(pi.clone()),
        ..Specification::default()
    };
    let sign = |dice: &mut Dice| if dice.whole(0, 1) == 0 { -1 } else { 1 };
    let theta: Vec<Number> = (0..space.pairs())
        .map(|_| Number::ratio(sign(dice) * dice.whole(1, 7), 3).unwrap())
        .collect();
    let escort = |power: i64| Specification {
        parametrization: Kind::Escort,
        theta: Some(theta.clone()),
        power: Some(Number::from(power)),
        ..Specification::default()
    };
    let row = |dice: &mut Dice| (0..3).map(|_| Number::from(dice.whole(-2, 2))).collect();
    let log_linear = Specification {
        parametrization: Kind::LogLinear,
        features: Some(Features {
            names: None,
            rows: (0..space.pairs()).map(|_| row(dice)).collect(),
        }),
        temperature: Number::ratio(3, 2),
        ..Specification::default()
    };
    let softmax = Specification {
        temperature: Number::ratio(2, 3),
        ..given(Kind::Softmax)
    };
    let mut all = vec![
        softmax,
        given(Kind::Simplex),
        given(Kind::Direct),
        log_linear,
    ];
    all.extend([escort(1), escort(2), escort(3)]);
    let mixed = |spec: &Specification| Specification {
        mix: Number::ratio(1, 8),
        ..spec.clone()
    };
    let mixed: Vec<Specification> = all.iter().map(mixed).collect();
    all.extend(mixed);
    all
}

/// A model with a policy, solved.
pub struct Case<F: Solvable> {
    /// The model.
    pub mdp: Mdp<F>,
    /// The policy.
    pub policy: Policy<F>,
    /// v, q, A, ρ, J.
    pub evaluation: Evaluation<F>,
    /// The two, solved.
    pub solved: Solved<F>,
}

impl<F: Solvable> Case<F> {
    /// Solves.
    pub fn new(mdp: Mdp<F>, policy: Policy<F>) -> Case<F> {
        let solved = Solved::new(mdp.clone(), policy.clone()).unwrap();
        Case {
            mdp,
            policy,
            evaluation: solved.evaluation().clone(),
            solved,
        }
    }

    /// As the gradients want it.
    pub fn at(&self) -> &Solved<F> {
        &self.solved
    }
}

/// Exact cases over random models and all parametrizations.
pub fn exact_cases(seeds: std::ops::Range<u64>) -> Vec<Case<Rational>> {
    let mut cases = Vec::new();
    for (i, mdp) in random_mdps(seeds).into_iter().enumerate() {
        for spec in specifications(mdp.space(), 100 + i as u64) {
            let policy = Policy::from_specification(mdp.space(), &spec).unwrap();
            cases.push(Case::new(mdp.clone(), policy));
        }
    }
    cases
}

/// The same cases over `f64`, log-linear and softmax policies also away from rational ones.
pub fn float_cases(seeds: std::ops::Range<u64>) -> Vec<Case<f64>> {
    let mut cases = Vec::new();
    for (i, mdp) in random_mdps(seeds).into_iter().enumerate() {
        let mdp = mdp.map(Field::to_f64);
        for spec in specifications(mdp.space(), 100 + i as u64) {
            let policy = Policy::<f64>::from_specification(mdp.space(), &spec).unwrap();
            let theta = policy.theta().unwrap().iter().enumerate();
            let moved = theta.map(|(k, x)| x + 0.02 * (1 + k % 3) as f64).collect();
            let moved = policy.with_theta(moved).unwrap();
            cases.push(Case::new(mdp.clone(), policy));
            cases.push(Case::new(mdp.clone(), moved));
        }
    }
    cases
}

/// The worked example of theory, appendix C: two states, two actions, γ = 1/2.
pub fn worked_example() -> Mdp<Rational> {
    let sets = vec![vec![0, 1], vec![0, 1]];
    let listed = |n: [&str; 2]| Names::Listed(n.map(String::from).to_vec());
    let space = Arc::new(Space::new(listed(["x", "y"]), listed(["a", "b"]), sets).unwrap());
    let mut outcomes = OutcomeTable::default();
    /// Next state, probability, reward.
    type Row = (usize, (i64, u64), i64);
    let rows: [&[Row]; 4] = [
        &[(0, (1, 3), 1), (1, (2, 3), 2)],
        &[(0, (3, 4), -1), (1, (1, 4), 4)],
        &[(0, (1, 1), 3)],
        &[(0, (2, 5), -2), (1, (3, 5), 1)],
    ];
    for row in rows {
        for &(next, (p, q), reward) in row {
            outcomes.push(next, ratio(p, q), ratio(reward, 1));
        }
        outcomes.end_pair();
    }
    Mdp::new(MdpParts {
        name: "worked example".into(),
        space,
        outcomes,
        initial: ratios(&[(3, 5), (2, 5)]),
        criterion: Criterion::Discounted {
            discount: ratio(1, 2),
        },
    })
    .unwrap()
}

/// The policy of the worked example, θ = (1/4, 1/3), by probabilities in any parametrization
/// that takes them.
pub fn worked_policy(mdp: &Mdp<Rational>, parametrization: Kind) -> Policy<Rational> {
    let pi = ratios(&[(1, 4), (3, 4), (1, 3), (2, 3)]);
    let specification = Specification {
        parametrization,
        probabilities: Some(pi.into_iter().map(Number::from).collect()),
        ..Specification::default()
    };
    Policy::from_specification(mdp.space(), &specification).unwrap()
}

/// The short corridor (Sutton & Barto 2018, example 13.1): states 0, 1, 2, the middle one
/// reversed, reward −1 per step, γ = 1.
pub fn short_corridor() -> Mdp<Rational> {
    let listed = |n: &[&str]| Names::Listed(n.iter().map(|x| x.to_string()).collect());
    let sets = vec![vec![0, 1], vec![0, 1], vec![0, 1], vec![]];
    let space = Space::new(
        listed(&["0", "1", "2", "goal"]),
        listed(&["left", "right"]),
        sets,
    )
    .unwrap();
    let mut outcomes = OutcomeTable::default();
    for next in [0, 1, 2, 0, 1, 3] {
        outcomes.push(next, ratio(1, 1), ratio(-1, 1));
        outcomes.end_pair();
    }
    Mdp::new(MdpParts {
        name: "short-corridor".into(),
        space: Arc::new(space),
        outcomes,
        initial: ratios(&[(1, 1), (0, 1), (0, 1), (0, 1)]),
        criterion: Criterion::Total,
    })
    .unwrap()
}

/// The aliased policy that goes right with probability x in every state of the corridor.
pub fn corridor_policy(mdp: &Mdp<f64>, x: f64) -> Policy<f64> {
    let row = |i: i64| vec![Number::from(1 - i), Number::from(i)];
    let specification = Specification {
        parametrization: Kind::LogLinear,
        features: Some(Features {
            names: Some(vec!["left".into(), "right".into()]),
            rows: [0, 1, 0, 1, 0, 1].map(row).to_vec(),
        }),
        ..Specification::default()
    };
    let policy = Policy::from_specification(mdp.space(), &specification).unwrap();
    policy.with_theta(vec![(1.0 - x).ln(), x.ln()]).unwrap()
}

/// A file of two states, at a discount of 9/10.
pub const TWO_STATE: &str = "
discount: 0.9
states: [cold, hot]
actions: [wait, heat]
initial: cold
transitions:
  cold: {wait: cold, heat: {hot: 9/10, cold: 1/10}}
  hot: {wait: {cold: 0.5, hot: 0.5}, heat: hot}
rewards:
  hot: {wait: 1, heat: {hot: 1, cold: 0}}
";

/// The model of [`TWO_STATE`].
pub fn two_state() -> Model {
    Model::parse("two-state.yaml", TWO_STATE).unwrap()
}

/// Three players with two, three and one action.
pub fn three_players() -> Players {
    let names = |of: &[&str]| Names::Listed(of.iter().map(|x| x.to_string()).collect());
    let all = [
        ("a", &["x", "y"][..]),
        ("b", &["u", "v", "w"]),
        ("c", &["-"]),
    ];
    Players::new(all.map(|(name, of)| (name.into(), names(of))).to_vec()).unwrap()
}

/// Numbers one after the other.
pub struct Random(pub u64);

impl Random {
    /// 64 bits, of which the high ones are good (Knuth's linear congruence).
    pub fn bits(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0
    }

    /// One of 0, …, n − 1.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() >> 33) as usize % n
    }

    /// A number of −1/2 to 1/2.
    pub fn centered(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / 2f64.powi(53) - 0.5
    }

    /// One of a list.
    pub fn of<'x>(&mut self, list: &[&'x str]) -> &'x str {
        list[self.below(list.len())]
    }
}
