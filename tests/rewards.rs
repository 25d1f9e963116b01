//! Several rewards of one model: against the models that pay one of them, against all deterministic
//! policies in fractions, and against published fronts.

use exact_mdp::control::constrained::{Constrained, Constraint, constrained};
use exact_mdp::control::pareto::{Corner, front};
use exact_mdp::linalg::SolverOptions;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::report::Quantity;
use exact_mdp::solved::Solved;
use exact_mdp::study::{self, Notes, Numbers};

/// Whole numbers that look random, from a linear congruence.
struct Numbers64(u64);

impl Numbers64 {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % most
    }
}

/// Four states, up to three actions, three rewards with the next state in one of them.
fn model(seed: u64, criterion: &str) -> Model {
    let mut numbers = Numbers64(seed);
    let (mut transitions, mut rewards) =
        (String::new(), [String::new(), String::new(), String::new()]);
    for state in 0..4 {
        transitions += &format!("  s{state}:\n");
        rewards
            .iter_mut()
            .for_each(|text| *text += &format!("    s{state}:\n"));
        for action in ["x", "y", "z"].iter().take(2 + state % 2) {
            let weight = 1 + numbers.below(9);
            let (first, second) = (numbers.below(4), numbers.below(4));
            let rest = 10 - weight;
            transitions += &if first == second {
                format!("    {action}: s{first}\n")
            } else {
                format!("    {action}: {{s{first}: {weight}/10, s{second}: {rest}/10}}\n")
            };
            let paid = [0; 3].map(|_| numbers.below(21) as i64 - 10);
            rewards[0] += &format!("      {action}: {}\n", paid[0]);
            rewards[1] += &format!("      {action}: {{s{first}: {}/3}}\n", paid[1]);
            rewards[2] += &format!("      {action}: {}\n", paid[2].abs());
        }
    }
    let [gain, noise, risk] = rewards;
    let text = format!(
        "{criterion}\nstates: [s0, s1, s2, s3]\nactions: [x, y, z]\ninitial: uniform\n\
         transitions:\n{transitions}rewards:\n  gain:\n{gain}  noise:\n{noise}  risk:\n{risk}"
    );
    Model::parse("m.yaml", &text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

const DISCOUNTED: &str = "discount: 4/5";

#[test]
fn each_reward_is_that_of_the_model_that_pays_it() {
    for criterion in [DISCOUNTED, "horizon: 5", "criterion: average"] {
        let model = model(7, criterion);
        let request = study::RewardsRequest {
            combination: Some("gain - 1/2*risk".into()),
            ..study::RewardsRequest::default()
        };
        let exact = study::RewardsRequest {
            setting: study::Setting {
                numbers: Numbers::Exact,
                ..study::Setting::default()
            },
            ..request
        };
        let report = study::rewards(&model, &exact, &Notes::default()).unwrap();
        let alone = |name: &str| {
            let paying = model.paying(name).unwrap();
            let solved = paying
                .exact()
                .unwrap()
                .solve(Policy::uniform(model.space()))
                .unwrap();
            let gradient = Quantity::all(solved.gradient().unwrap());
            (
                Quantity::of(solved.j()),
                Quantity::all(solved.v()),
                gradient,
            )
        };
        for own in report.rewards {
            assert_eq!(
                (own.j, own.v, own.gradient),
                alone(&own.name),
                "{criterion}"
            );
        }
        let combination = report.combination.unwrap();
        let (j, _, gradient) = alone("gain - 1/2*risk");
        assert_eq!(
            (combination.j, combination.gradient),
            (j, gradient),
            "{criterion}"
        );
    }
}

/// J of all rewards under every deterministic policy.
fn attained(model: &Model) -> Vec<Vec<Rational>> {
    let mdp = model.mdp::<Rational>();
    let space = model.space();
    let mut rules = vec![Vec::new()];
    for state in 0..space.states() {
        let longer = |rule: &Vec<usize>| {
            let rule = rule.clone();
            space
                .pairs_of(state)
                .map(move |pair| [rule.clone(), vec![pair]].concat())
        };
        rules = rules.iter().flat_map(longer).collect();
    }
    let worth = |rule: &Vec<usize>| {
        let mut pi = vec![Rational::ZERO; space.pairs()];
        rule.iter().for_each(|&pair| pi[pair] = Rational::ONE);
        let solved = Solved::new(mdp.clone(), Policy::simplex(space, pi).unwrap()).unwrap();
        let j = (0..3).map(|k| {
            solved
                .paying(model.expected_rewards(k))
                .unwrap()
                .j()
                .clone()
        });
        j.collect()
    };
    rules.iter().map(worth).collect()
}

fn bounded(model: &Model, bounds: &[(usize, bool, Rational)]) -> Option<Constrained<Rational>> {
    let over = model.exact().unwrap();
    let bound = |(which, at_least, b): &(usize, bool, Rational)| Constraint {
        r: model.expected_rewards(*which),
        at_least: *at_least,
        b: b.clone(),
    };
    let bounds: Vec<_> = bounds.iter().map(bound).collect();
    let optimal = over.policy(exact_mdp::arithmetic::Choice::Optimal).unwrap();
    constrained(over.mdp(), &bounds, &optimal, &SolverOptions::default()).ok()
}

/// The largest J₀ among mixtures of two policies with J₂ ≤ b, which for one bound is that of all.
fn mixed(all: &[Vec<Rational>], b: &Rational) -> Option<Rational> {
    let inside = all.iter().filter(|j| j[2] <= *b).map(|j| j[0].clone());
    let across = all.iter().filter(|j| j[2] <= *b).flat_map(|low| {
        all.iter().filter(|j| j[2] > *b).map(move |high| {
            let share = (b.clone() - &low[2]) / (high[2].clone() - &low[2]);
            low[0].clone() + share * (high[0].clone() - &low[0])
        })
    });
    inside.chain(across).max()
}

fn q(p: i64, d: u64) -> Rational {
    Number::ratio(p, d).unwrap().to_rational()
}

#[test]
fn one_bound_is_met_by_the_best_mixture_of_two_policies() {
    let mut random = 0;
    for seed in 0..6 {
        let model = model(seed, DISCOUNTED);
        let all = attained(&model);
        let least = all.iter().map(|j| j[2].clone()).min().unwrap();
        let most = all.iter().map(|j| j[2].clone()).max().unwrap();
        assert!(bounded(&model, &[(2, false, least.clone() - q(1, 1000))]).is_none());
        for part in 0..=6 {
            let b = least.clone() + (most.clone() - &least) * q(part, 6);
            let found = bounded(&model, &[(2, false, b.clone())]).unwrap();
            assert_eq!(
                Some(&found.objective),
                mixed(&all, &b).as_ref(),
                "{seed} {part}"
            );
            let of_policy = Solved::new(model.mdp::<Rational>(), found.policy.clone()).unwrap();
            assert_eq!(*of_policy.j(), found.objective);
            let one = &found.multipliers[0];
            assert_eq!(
                *of_policy.paying(model.expected_rewards(2)).unwrap().j(),
                one.j
            );
            random += usize::from(!one.lambda.is_zero());
            // the value is linear with the multiplier as its slope, up to the end of the range
            let [from, to] = &one.range;
            for end in [
                from.clone().unwrap_or(b.clone() - q(1, 9)),
                to.clone().unwrap_or(b.clone() + q(1, 9)),
            ] {
                let linear =
                    found.objective.clone() + one.sensitivity.clone() * &(end.clone() - &b);
                assert_eq!(mixed(&all, &end), Some(linear), "{seed} {part}");
            }
        }
    }
    assert!(random > 12, "the bound binds: {random}");
}

#[test]
fn two_bounds_are_proven_by_their_multipliers() {
    for seed in 0..6 {
        let model = model(seed, DISCOUNTED);
        let all = attained(&model);
        // a point inside, the mean of all policies
        let mean = |k: usize| {
            let sum = all.iter().fold(Rational::ZERO, |sum, j| sum + &j[k]);
            sum / Rational::from(all.len())
        };
        let bounds = [(2, false, mean(2)), (1, true, mean(1))];
        let found = bounded(&model, &bounds).unwrap();
        assert!(found.objective >= mean(0));
        assert!(found.advantage.iter().all(|a| *a <= Rational::ZERO));
        let slack = found.pair_occupancy.iter().zip(&found.advantage);
        assert!(slack.clone().all(|(rho, a)| (rho.clone() * a).is_zero()));
        let mut proven = Rational::ZERO;
        for (own, (which, at_least, b)) in found.multipliers.iter().zip(&bounds) {
            assert!(own.lambda >= Rational::ZERO);
            assert!(if *at_least { own.j >= *b } else { own.j <= *b });
            assert!(
                (own.lambda.clone() * &(own.j.clone() - b)).is_zero(),
                "{which}"
            );
            proven += own.sensitivity.clone() * b;
        }
        // no mixture is worth more than Σ σλb + max (J₀ − Σ σλJ)
        let lagrangian = |j: &Vec<Rational>| {
            let parts = found.multipliers.iter().zip(&bounds);
            parts.fold(j[0].clone(), |sum, (own, (which, ..))| {
                sum - own.sensitivity.clone() * &j[*which]
            })
        };
        let dual = proven + all.iter().map(lagrangian).max().unwrap();
        assert_eq!(dual, found.objective, "{seed}");
        // floating point comes to the same
        let request = |numbers| study::ConstrainedRequest {
            numbers,
            bounds: bounds
                .iter()
                .map(|(which, at_least, b)| study::ConstraintOn {
                    reward: model.reward_names()[*which].clone(),
                    at_least: *at_least,
                    bound: b.clone().into(),
                })
                .collect(),
            ..study::ConstrainedRequest::default()
        };
        let float =
            study::constrained(&model, &request(Numbers::Float), &Notes::default()).unwrap();
        let exact =
            study::constrained(&model, &request(Numbers::Exact), &Notes::default()).unwrap();
        let close = |x: &Quantity, y: &Quantity| {
            let (x, y) = (x.value().unwrap(), y.value().unwrap());
            (x - y).abs() <= 1e-9 * (1.0 + y.abs())
        };
        assert!(close(&float.j, &exact.j), "{seed}");
        for (x, y) in float.bounds.iter().zip(&exact.bounds) {
            assert!(close(&x.multiplier, &y.multiplier), "{seed}");
        }
    }
}

/// Stay for 2 of x, or end for 5 of y, of which at least 2 must be had: with probability p of ending, y is
/// 5p/(1 − γ(1 − p)), so that p = 2(1 − γ)/(5 − 2γ), and x is 2(1 − p)/(1 − γ(1 − p)). Near γ = 1 p is less than
/// rounding leaves beside the occupancy of staying. All of y that there is can be asked for too.
#[test]
fn bounds_are_kept_near_discount_1() {
    for nines in [1, 6, 8, 10, 12] {
        let text = format!(
            "discount: 0.{}\nstates: [s, end]\nactions: [a, b]\ninitial: {{s: 1}}\ntransitions:\n  s: {{a: {{end: 1}}, b: {{s: 1}}}}\nrewards:\n  x: {{s: {{a: 0, b: 2}}}}\n  y: {{s: {{a: 5, b: 0}}}}\nterminal: [end]\n",
            "9".repeat(nines)
        );
        let model = Model::parse("ends.yaml", &text).unwrap();
        let gone = 10f64.powi(-(nines as i32));
        let of = |bound: &str| {
            let request = study::ConstrainedRequest {
                bounds: vec![bound.parse().unwrap()],
                ..study::ConstrainedRequest::default()
            };
            study::constrained(&model, &request, &Notes::default()).unwrap()
        };
        let close = |x: &Quantity, y: f64| {
            let x = x.value().unwrap();
            assert!((x - y).abs() <= 1e-9 * y.abs(), "{nines}: {x} for {y}");
        };
        let p = 2.0 * gone / (3.0 + 2.0 * gone);
        let steps = 1.0 / (gone + p - gone * p);
        let found = of("y>=2");
        close(&found.j, 2.0 * (1.0 - p) * steps);
        close(&found.rewards[1].1, 2.0);
        close(&found.bounds[0].j, 2.0);
        close(&found.pair_occupancy[1], (1.0 - p) * steps);
        let all = of("y>=5");
        assert_eq!(all.j.value().unwrap(), 0.0, "{nines}");
        close(&all.rewards[1].1, 5.0);
    }
}

/// Rows that are rounded are not taken as they are written: floating point solves what fractions would refuse. Half and
/// half of two actions keep the bound.
#[test]
fn rounded_rows_are_solved_in_floating_point() {
    let text = "discount: 0.9\nstates: [s, t]\nactions: [a, b]\ninitial: {s: 1}\ntransitions:\n  s: {a: {s: 0.33333333333333331, t: 0.66666666666666663}, b: {s: 0.33333333333333331, t: 0.66666666666666663}}\n  t: {a: {s: 0.7, t: 0.29999999999999999}, b: {s: 0.7, t: 0.29999999999999999}}\nrewards:\n  x: {s: {a: 1, b: 0}, t: {a: 1, b: 0}}\n  y: {s: {a: 0, b: 1}, t: {a: 0, b: 1}}\n";
    let model = Model::parse("rounded.yaml", text).unwrap();
    assert!(model.exact_mdp().is_err());
    let request = study::ConstrainedRequest {
        bounds: vec!["y>=5".parse().unwrap()],
        ..study::ConstrainedRequest::default()
    };
    let found = study::constrained(&model, &request, &Notes::default()).unwrap();
    assert!((found.j.value().unwrap() - 5.0).abs() < 1e-8);
    assert!((found.rewards[1].1.value().unwrap() - 5.0).abs() < 1e-8);
    let front = study::pareto(&model, &study::ParetoRequest::default(), &Notes::default()).unwrap();
    assert_eq!(front.corners.len(), 2);
}

/// The corners of the upper right border of the convex hull, by asking every pair of points.
fn hull(all: &[Vec<Rational>]) -> Vec<[Rational; 2]> {
    let mut points: Vec<[Rational; 2]> =
        all.iter().map(|j| [j[0].clone(), -j[2].clone()]).collect();
    points.sort();
    points.dedup();
    let below = |p: &[Rational; 2]| {
        let dominated = points
            .iter()
            .any(|q| q != p && q[0] >= p[0] && q[1] >= p[1]);
        let under = points.iter().filter(|q| q[0] > p[0]).any(|right| {
            points.iter().filter(|q| q[0] < p[0]).any(|left| {
                let share = (p[0].clone() - &left[0]) / (right[0].clone() - &left[0]);
                left[1].clone() + share * (right[1].clone() - &left[1]) >= p[1]
            })
        });
        dominated || under
    };
    points.iter().filter(|p| !below(p)).rev().cloned().collect()
}

#[test]
fn corners_of_the_front_are_those_of_all_policies() {
    let mut corners = 0;
    for seed in 0..6 {
        let model = model(seed, DISCOUNTED);
        let request = |numbers| study::ParetoRequest {
            numbers,
            of: vec!["gain".into(), "-risk".into()],
            ..study::ParetoRequest::default()
        };
        let expected = hull(&attained(&model));
        let exact = study::pareto(&model, &request(Numbers::Exact), &Notes::default()).unwrap();
        let found: Vec<Vec<Quantity>> = exact.corners.iter().map(|c| c.j.clone()).collect();
        let wanted: Vec<Vec<Quantity>> = expected.iter().map(|j| Quantity::all(j)).collect();
        assert_eq!(found, wanted, "{seed}");
        let float = study::pareto(&model, &request(Numbers::Float), &Notes::default()).unwrap();
        assert_eq!(float.corners.len(), found.len(), "{seed}");
        corners += found.len();
    }
    assert!(corners > 12, "{corners}");
}

/// The deep sea treasure (Vamplew et al. 2011): `treasures` on a floor that falls to the right, a step
/// down or right each time, −1 a step.
fn deep_sea(treasures: [&str; 10]) -> Model {
    const DEPTH: [usize; 10] = [1, 2, 3, 4, 4, 4, 7, 7, 9, 10];
    let cell = |row: usize, column: usize| format!("c{row}-{column}");
    let (mut states, mut transitions, mut treasure, mut time) =
        (Vec::new(), String::new(), String::new(), String::new());
    let mut terminal = Vec::new();
    for column in 0..10 {
        for row in 0..=DEPTH[column] {
            states.push(cell(row, column));
            if row == DEPTH[column] {
                terminal.push(cell(row, column));
                continue;
            }
            let down = cell(row + 1, column);
            let mut ways = format!("down: {down}");
            let mut costs = "down: -1".to_string();
            if column < 9 {
                ways += &format!(", right: {}", cell(row, column + 1));
                costs += ", right: -1";
            }
            transitions += &format!("  {}: {{{ways}}}\n", cell(row, column));
            time += &format!("    {}: {{{costs}}}\n", cell(row, column));
            if row + 1 == DEPTH[column] {
                let found = treasures[column];
                treasure += &format!("    {}: {{down: {found}}}\n", cell(row, column));
            }
        }
    }
    let text = format!(
        "discount: 1\nstates: [{}]\nactions: [down, right]\ninitial: c0-0\ntransitions:\n{transitions}\
         rewards:\n  treasure:\n{treasure}  time:\n{time}terminal: [{}]\n",
        states.join(", "),
        terminal.join(", ")
    );
    Model::parse("sea.yaml", &text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

fn found(model: &Model) -> Vec<[Rational; 2]> {
    let request = study::ParetoRequest {
        numbers: Numbers::Exact,
        ..study::ParetoRequest::default()
    };
    let report = study::pareto(model, &request, &Notes::default()).unwrap();
    let exact = |x: &Quantity| match x {
        Quantity::Exact(x) => (**x).clone(),
        other => panic!("{other:?}"),
    };
    report
        .corners
        .iter()
        .map(|c| [exact(&c.j[0]), exact(&c.j[1])])
        .collect()
}

/// Of the original treasures all between the first and the last lie under the line; of the convex ones
/// (Yang, Sun & Narasimhan 2019) each is a corner but 20.3, which lies on the line from 19.6 to 22.4.
#[test]
fn the_deep_sea_has_its_published_fronts() {
    let original = deep_sea(["1", "2", "3", "5", "8", "16", "24", "50", "74", "124"]);
    assert_eq!(
        found(&original),
        [[q(124, 1), q(-19, 1)], [q(1, 1), q(-1, 1)]]
    );
    let convex = [
        "0.7", "8.2", "11.5", "14", "15.1", "16.1", "19.6", "20.3", "22.4", "23.7",
    ];
    let steps = [1, 3, 5, 7, 8, 9, 13, 14, 17, 19];
    let all = convex.iter().zip(steps).map(|(worth, steps)| {
        let worth: Number = worth.parse().unwrap();
        [worth.to_rational(), q(-steps, 1)]
    });
    let mut expected: Vec<[Rational; 2]> = all.collect();
    expected.remove(7);
    expected.reverse();
    assert_eq!(found(&deep_sea(convex)), expected);
}

#[test]
fn a_front_of_rounded_points_ends() {
    // points on a circle: many corners, and sums that round
    let points: Vec<[f64; 2]> = (0..=40)
        .map(|i| f64::from(i).to_radians() * 2.25)
        .map(|x| [x.cos(), x.sin()])
        .collect();
    let best = |w: &[f64; 2]| {
        let worth = |p: &&[f64; 2]| w[0] * p[0] + w[1] * p[1];
        let found = points
            .iter()
            .max_by(|p, r| worth(p).total_cmp(&worth(r)))
            .unwrap();
        Ok::<_, ()>(Corner {
            j: *found,
            error: [f64::EPSILON; 2],
            policy: (),
        })
    };
    assert_eq!(front(best).unwrap().unwrap().len(), 41);
}
