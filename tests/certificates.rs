//! Certified answers against exact arithmetic, on random models: every bound holds, nearly
//! singular and badly scaled models included, and it is tight.

use std::path::Path;
use std::sync::Arc;

use exact_mdp::arithmetic::{Arithmetic, Choice};
use exact_mdp::control::ControlOptions;
use exact_mdp::error::Error;
use exact_mdp::estimator::parse_list;
use exact_mdp::evaluation::Evaluation;
use exact_mdp::field::{Ball, Field};
use exact_mdp::gradient::Differentiable;
use exact_mdp::linalg::{Csr, Factors, SolverOptions, VerifiedFactors};
use exact_mdp::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::{Kind, Policy, Specification};
use exact_mdp::reference::laws;
use exact_mdp::solved::Solved;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What makes a model hard.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    Nothing,
    /// Rewards and probabilities over twenty-four orders of magnitude.
    Scales,
    /// γ = 1 − 10⁻ᵏ, or at γ = 1 exits of probability 10⁻ᵏ, k up to 12.
    Singular,
    /// Rewards of 10²⁸³ to 10²⁹⁸, whose products overflow where they are split carelessly.
    Huge,
}

const TROUBLES: [Trouble; 4] = [
    Trouble::Nothing,
    Trouble::Scales,
    Trouble::Singular,
    Trouble::Huge,
];

struct Random(ChaCha8Rng);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0.next_u64() % n
    }

    fn power_of_ten(&mut self, most: u64) -> Rational {
        let power = Rational::from(10u64.pow(self.below(most + 1) as u32));
        match self.below(2) {
            0 => Rational::ONE / power,
            _ => power,
        }
    }

    /// Positive numbers that sum to 1.
    fn distribution(&mut self, n: usize, trouble: Trouble) -> Vec<Rational> {
        let weights: Vec<Rational> = (0..n)
            .map(|_| {
                let weight = Rational::from(1 + self.below(20));
                match trouble {
                    Trouble::Scales if self.below(3) == 0 => weight * self.power_of_ten(12),
                    _ => weight,
                }
            })
            .collect();
        let total = weights.iter().fold(Rational::ZERO, |sum, x| sum + x);
        weights.into_iter().map(|x| x / &total).collect()
    }

    fn reward(&mut self, trouble: Trouble) -> Rational {
        let reward = Rational::from(self.below(2001) as i64 - 1000) / Rational::from(100);
        match trouble {
            Trouble::Scales => reward * self.power_of_ten(12),
            Trouble::Huge => {
                let huge = "1e290".parse::<Number>().expect("a number");
                reward * huge.to_rational() * self.power_of_ten(7)
            }
            _ => reward,
        }
    }
}

/// A model and a policy in exact numbers, ready for any field.
struct Case {
    parts: MdpParts<Number>,
    policy: Specification,
    /// Whether γ ≤ 0.9999, every exit is at least 10⁻⁴ and numbers are of one scale: then every
    /// printed number is the nearest `f64` or next to it.
    benign: bool,
}

/// A criterion by its name.
fn criterion_of(name: &str, discount: Number, horizon: usize) -> Criterion<Number> {
    match name {
        "discounted" => Criterion::Discounted { discount },
        "finite-horizon" => Criterion::FiniteHorizon { discount, horizon },
        "total" => Criterion::Total,
        _ => Criterion::Average,
    }
}

impl Case {
    fn random(seed: u64, criterion: &str, trouble: Trouble) -> Case {
        let mut random = Random(ChaCha8Rng::seed_from_u64(seed));
        let ends = criterion == "total" || (criterion == "discounted" && seed.is_multiple_of(3));
        let alive = 1 + random.below(4) as usize;
        let actions = 1 + random.below(3) as usize;
        let states = alive + usize::from(ends);
        let tenth = |k: u64| Rational::ONE / Rational::from(10u64.pow(k as u32));
        let small = tenth(3 + random.below(10));
        let benign = match trouble {
            Trouble::Nothing => true,
            Trouble::Singular => Field::to_f64(&small) >= 1e-4,
            Trouble::Scales | Trouble::Huge => false,
        };
        let listed = |n: usize, letter: &str| {
            Names::Listed((0..n).map(|i| format!("{letter}{i}")).collect())
        };
        let sets = (0..states).map(|s| {
            if s < alive {
                (0..actions as u32).collect()
            } else {
                Vec::new()
            }
        });
        let space = Space::new(listed(states, "s"), listed(actions, "a"), sets).unwrap();
        let mut outcomes = OutcomeTable::default();
        for _ in 0..alive * actions {
            // at γ = 1 every action ends the episode with some chance
            let exit = match (criterion, trouble) {
                ("total", Trouble::Singular) => small.clone(),
                ("total", _) => Rational::from_parts(1.into(), 3u8.into()),
                _ => Rational::ZERO,
            };
            let stay = Rational::ONE - &exit;
            for (next, p) in random.distribution(states, trouble).into_iter().enumerate() {
                let p = if next < alive || criterion != "total" {
                    p * &stay
                } else {
                    p * &stay + &exit
                };
                outcomes.push(next, p.into(), random.reward(trouble).into());
            }
            outcomes.end_pair();
        }
        let discount = match trouble {
            Trouble::Singular => Rational::ONE - small,
            _ => Rational::from(1 + random.below(99)) / Rational::from(100),
        };
        let mut initial = random.distribution(alive, trouble);
        initial.resize(states, Rational::ZERO);
        let horizon = 1 + random.below(12) as usize;
        Case {
            benign,
            policy: specification(&mut random, &space, trouble),
            parts: MdpParts {
                name: format!("{criterion} {trouble:?} {seed}"),
                space: Arc::new(space),
                outcomes,
                initial: initial.into_iter().map(Number::from).collect(),
                criterion: criterion_of(criterion, discount.into(), horizon),
            },
        }
    }

    fn of<F: Field>(&self) -> (Mdp<F>, Policy<F>) {
        let mdp = Mdp::new(MdpParts {
            name: self.parts.name.clone(),
            space: Arc::clone(&self.parts.space),
            outcomes: self.parts.outcomes.map(F::from_number),
            initial: self.parts.initial.iter().map(F::from_number).collect(),
            criterion: self.parts.criterion.map(F::from_number),
        })
        .unwrap();
        let policy = Policy::from_specification(mdp.space(), &self.policy);
        (mdp, policy.expect("a policy of exact probabilities"))
    }
}

/// Exact probabilities, under one of the parametrizations that take them.
fn specification(random: &mut Random, space: &Space, trouble: Trouble) -> Specification {
    let kinds = [Kind::Softmax, Kind::Direct, Kind::Simplex, Kind::Escort];
    let kind = kinds[random.below(4) as usize];
    let tenth = || Number::ratio(1, 10);
    let mut given = Specification {
        parametrization: kind,
        mix: (random.below(3) == 0).then(tenth).flatten(),
        ..Specification::default()
    };
    if kind == Kind::Escort {
        let theta = (0..space.pairs()).map(|_| Number::from(1 + random.below(5) as i64));
        given.theta = Some(theta.collect());
        return given;
    }
    let alive = (0..space.states()).filter(|&s| !space.is_terminal(s));
    let rows = alive.flat_map(|s| random.distribution(space.pairs_of(s).len(), trouble));
    given.probabilities = Some(rows.map(Number::from).collect());
    given
}

/// Everything that is certified, name by name.
fn answers<F: Differentiable>(case: &Case) -> Result<Vec<(&'static str, Vec<F>)>, Error> {
    let (mdp, policy) = case.of::<F>();
    let average = *mdp.criterion() == Criterion::Average;
    let solved = Solved::new(mdp, policy)?;
    let found = solved.gradient_by(&[])?;
    let jacobian = solved.jacobian()?;
    let hessian = (!average).then(|| solved.hessian()).transpose()?;
    let Evaluation {
        v,
        q,
        advantage,
        occupancy,
        pair_occupancy,
        j,
        gain,
        by_time,
        ..
    } = solved.evaluation().clone();
    let by_time = by_time.map(|tables| tables.v.concat());
    let hessian = hessian.map(|hessian| hessian.as_slice().to_vec());
    Ok(vec![
        ("v", v),
        ("q", q),
        ("advantage", advantage),
        ("occupancy", occupancy),
        ("pair_occupancy", pair_occupancy),
        ("j", vec![j]),
        ("gain", gain.unwrap_or_default()),
        ("v_by_time", by_time.unwrap_or_default()),
        ("gradient", found.gradient),
        ("jacobian", jacobian.as_slice().to_vec()),
        ("hessian", hessian.unwrap_or_default()),
    ])
}

/// Bounds beside true errors, of numbers that are not exactly representable.
#[derive(Default)]
struct Tightness(Vec<f64>);

impl Tightness {
    /// Checks one number: the bound holds, and in a benign case the value is the nearest or next
    /// to it.
    fn check(&mut self, at: &str, benign: bool, exact: &Rational, ball: &Ball) {
        assert!(ball.contains(exact), "{at}: {ball:?} without {exact}");
        let (value, bound) = ball.certified().expect("balls are certified");
        let value_exactly = Rational::try_from(value).expect("finite");
        let limit = Rational::try_from(bound).unwrap_or_else(|_| panic!("{at}: no bound"));
        let error = Field::abs(&(exact - value_exactly));
        assert!(error <= limit, "{at}: {value} ± {bound}, but {exact}");
        let unit = value.abs().next_up() - value.abs();
        let error = Field::to_f64(&error);
        assert!(!benign || error <= unit, "{at}: {value} is {error} off");
        if error > 0.0 {
            self.0.push(bound / error);
        }
    }

    fn median(mut self) -> f64 {
        self.0.sort_by(f64::total_cmp);
        self.0[self.0.len() / 2]
    }
}

/// Thousands of models of every criterion; γ and exits up to 10⁻¹² of 1, scales of 10^±12 and of
/// 10²⁹⁸.
#[test]
fn every_bound_holds_and_is_tight() {
    let mut tightness = Tightness::default();
    for criterion in ["discounted", "finite-horizon", "total", "average"] {
        for trouble in TROUBLES {
            for seed in 0..170 {
                let case = Case::random(seed, criterion, trouble);
                let name = &case.parts.name;
                let exact = answers::<Rational>(&case).expect(name);
                let balls = answers::<Ball>(&case).expect(name);
                for ((quantity, exact), (_, balls)) in exact.iter().zip(&balls) {
                    assert_eq!(exact.len(), balls.len());
                    for (i, (exact, ball)) in exact.iter().zip(balls).enumerate() {
                        let at = format!("{name}: {quantity}[{i}]");
                        tightness.check(&at, case.benign, exact, ball);
                    }
                }
            }
        }
    }
    let median = tightness.median();
    assert!((1.0..=100.0).contains(&median), "median {median}");
}

/// Optimal values against exact policy iteration, ties and γ = 1 included.
#[test]
fn optimal_values_are_enclosed() {
    let mut tightness = Tightness::default();
    for criterion in ["discounted", "finite-horizon", "total", "average"] {
        for trouble in TROUBLES {
            for seed in 0..60 {
                let case = Case::random(seed, criterion, trouble);
                let name = &case.parts.name;
                let options = ControlOptions::default();
                let exact = Rational::optimum_of(&case.of::<Rational>().0, &options);
                let ball = Ball::optimum_of(&case.of::<Ball>().0, &options);
                let (exact, ball) = (exact.expect(name), ball.expect(name));
                let gains = exact.gain.iter().flatten().zip(ball.gain.iter().flatten());
                let optimal_policy = exact.greedy.iter().all(|pair| ball.greedy.contains(pair));
                assert!(criterion == "average" || optimal_policy, "{name}");
                let values = exact.v.iter().zip(&ball.v);
                let action_values = exact.q.iter().zip(&ball.q);
                let j = [(&exact.j, &ball.j)];
                let numbers = gains.chain(j);
                let numbers: Vec<_> = match criterion {
                    // the bias of another gain-optimal policy is another
                    "average" => numbers.collect(),
                    _ => numbers.chain(values).chain(action_values).collect(),
                };
                for (i, (exact, ball)) in numbers.into_iter().enumerate() {
                    let at = format!("{name}: {i}");
                    tightness.check(&at, case.benign, exact, ball);
                }
            }
        }
    }
    assert!(tightness.median() <= 100.0);
}

/// Means and covariances of estimators.
#[test]
fn laws_of_estimators_are_enclosed() {
    let estimators = "reward-to-go,advantage,td-residual,total-return,baseline:v,gae:1/2";
    for (criterion, trouble) in [
        ("discounted", Trouble::Nothing),
        ("finite-horizon", Trouble::Scales),
        ("total", Trouble::Nothing),
        ("discounted", Trouble::Huge),
    ] {
        for seed in 0..8 {
            let case = Case::random(seed, criterion, trouble);
            let name = &case.parts.name;
            let estimators = parse_list(estimators, criterion != "total").expect("known names");
            let (mdp, policy) = case.of::<Rational>();
            let exact = laws(&Solved::new(mdp, policy).expect(name), &estimators, None);
            let exact = exact.expect(name);
            let (mdp, policy) = case.of::<Ball>();
            // squares of huge rewards may overflow: then nothing is claimed
            let solved = Solved::new(mdp, policy);
            let balls = match solved.and_then(|solved| laws(&solved, &estimators, None)) {
                Err(_) if trouble == Trouble::Huge => continue,
                balls => balls.expect(name),
            };
            for (exact, ball) in exact.iter().zip(&balls) {
                let (Ok(exact), Ok(ball)) = (&exact.law, &ball.law) else {
                    continue;
                };
                let (exact, ball) = (&exact.moments, &ball.moments);
                let covariance = exact.covariance.iter().flatten();
                let covariance = covariance.zip(ball.covariance.iter().flatten());
                let means = exact.mean.iter().zip(&ball.mean);
                let variances = exact.variance.iter().zip(&ball.variance);
                for (exact, ball) in means.chain(variances).chain(covariance) {
                    assert!(ball.contains(exact), "{name}: {ball:?} without {exact}");
                    let bounded = ball.certified().is_some_and(|(_, bound)| bound.is_finite());
                    assert!(bounded || trouble == Trouble::Huge);
                }
            }
        }
    }
}

/// A softmax at θ = (1/10, −3/10, 0, 6/5), whose answers are no fractions: 40 digits by mpmath,
/// with the derivatives of J by its differences at 60 digits.
#[test]
fn an_irrational_policy_is_enclosed_to_its_published_digits() {
    let path = Path::new(crate::ROOT).join("mdps/two-state.yaml");
    let mdp = Model::load(&path).expect("a model").mdp::<Ball>();
    let theta = [(1, 10), (-3, 10), (0, 1), (6, 5)];
    let specification = Specification {
        theta: theta.iter().map(|&(p, q)| Number::ratio(p, q)).collect(),
        ..Specification::default()
    };
    let policy = Policy::from_specification(mdp.space(), &specification).expect("a policy");
    let solved = Solved::new(mdp, policy.clone()).expect("solved");
    let evaluation = solved.evaluation();
    let found = solved.gradient_by(&[]).expect("gradient");
    let pi = policy.probabilities();
    let published = [
        (pi[0], "0.5986876601124520003690786594055078341947"),
        (pi[2], "0.2314752165009823570690873475365516470086"),
        (evaluation.v[0], "6.142224261139346979085217546654800224314"),
        (evaluation.v[1], "8.03177316389964676489129645870570973072"),
        (
            evaluation.occupancy[0],
            "3.857775738860653020914782453345199775686",
        ),
        (evaluation.j, "6.142224261139346979085217546654800224314"),
        (found.gradient[0], "-1.41860979238700283599813857513183717"),
        (found.gradient[2], "-0.92909194595593928017789616027369848"),
    ];
    for (ball, digits) in published {
        let (whole, rest) = digits.split_once('.').expect("a decimal");
        let power = Rational::from(10u8).pow(rest.len() as isize);
        let units: Rational = format!("{whole}{rest}").parse().expect("digits");
        let last = Ball::exact(1e-33);
        let off = ball - Ball::enclosing(&(units / power));
        assert!(
            off.lower() <= last.upper() && off.upper() >= -last.upper(),
            "{digits}"
        );
        // nine digits beyond those of an f64
        assert!(ball.radius() < 1e-9 * f64::EPSILON, "{digits}: {ball:?}");
    }
}

/// Larger systems, by other solvers than elimination without subtraction: I − γP of 400 states at
/// γ = 1 − 10⁻⁶, against its own residual over fractions.
#[test]
fn large_systems_are_verified_in_both_directions() {
    let mut random = Random(ChaCha8Rng::seed_from_u64(3));
    let n = 400;
    let rows = (0..n).map(|_| {
        let row = random.distribution(4, Trouble::Scales);
        let next = row.iter().map(|_| random.below(n as u64) as usize);
        let next: Vec<usize> = next.collect();
        next.into_iter().zip(row).collect::<Vec<_>>()
    });
    let p = Csr::from_rows(n, rows.collect::<Vec<_>>());
    let gamma = Rational::from_parts(999_999.into(), 1_000_000u32.into());
    let a = p.identity_minus_scaled(&gamma);
    let x: Vec<Rational> = (0..n)
        .map(|_| Rational::from(random.below(1000) as i64 - 500) / Rational::from(7))
        .collect();
    let balls = Arc::new(a.map(Ball::enclosing));
    let factors = VerifiedFactors::new(balls, &SolverOptions::default()).expect("nonsingular");
    let enclosed = |b: &[Rational]| -> Vec<Ball> { b.iter().map(Ball::enclosing).collect() };
    let found = factors.solve(&enclosed(&a.mul(&x))).expect("verified");
    let transposed = factors.solve_transposed(&enclosed(&a.mul_transposed(&x)));
    for found in [found, transposed.expect("verified")] {
        for (exact, ball) in x.iter().zip(&found) {
            assert!(ball.contains(exact), "{ball:?} without {exact}");
            assert!(ball.radius() < 1e-15, "{ball:?}");
        }
    }
}

/// Episodes of 10³⁰ steps: elimination without subtraction has every digit of v, and refinement, whose
/// residuals drown there, may not take them away. Against fractions.
#[test]
fn episodes_without_an_end_in_sight_keep_their_digits() {
    let stay = "999999999999999999999999999999/1000000000000000000000000000000";
    let text = format!(
        "discount: 1
states: [a, b, end]
actions: [x, y]
initial: a
terminal: [end]
transitions:
  a: {{x: {{a: {stay}, end: 1e-30}}, y: {{b: {stay}, end: 1e-30}}}}
  b: {{x: {{a: 1/4, b: 3/4}}, y: {{a: {stay}, end: 1e-30}}}}
rewards: {{a: {{x: 3, y: 1e-3}}, b: {{x: 2, y: -5}}}}
"
    );
    let model = Model::parse("long", &text).expect("a model");
    let exact = model
        .exact()
        .expect("fractions")
        .solve(Choice::Uniform)
        .unwrap();
    let enclosed = model
        .over::<Ball>()
        .unwrap()
        .solve(Choice::Uniform)
        .unwrap();
    let right = exact.v().iter().chain(std::iter::once(exact.j()));
    let found = enclosed.v().iter().chain(std::iter::once(enclosed.j()));
    for (right, ball) in right.zip(found) {
        assert!(ball.contains(right), "{ball:?}");
        assert!(ball.radius() <= 1e-12 * ball.to_f64().abs(), "{ball:?}");
    }
    for (right, ball) in exact
        .evaluation()
        .occupancy
        .iter()
        .zip(&enclosed.evaluation().occupancy)
    {
        assert!(ball.contains(right), "{ball:?}");
        let right = Field::to_f64(right);
        assert!(
            (ball.to_f64() - right).abs() <= 1e-14 * right.abs(),
            "{ball:?} {right}"
        );
    }
}
