//! Expected values are those without shaping, moved by Φ (theory, 7.10), or of all deterministic policies.

use crate::control::{ControlMethod, ControlOptions, Optimum};
use crate::error::Error;
use crate::field::Field;
use crate::mdp::Criterion;
use crate::model::{Draft, Model};
use crate::number::{Number, Rational};

const METHODS: [ControlMethod; 5] = [
    ControlMethod::Auto,
    ControlMethod::PolicyIteration,
    ControlMethod::ValueIteration,
    ControlMethod::ModifiedPolicyIteration,
    ControlMethod::LinearProgram,
];

fn optimum(model: &Model, method: ControlMethod) -> Result<Optimum, Error> {
    model.floating().optimum_by(&ControlOptions {
        method,
        ..ControlOptions::default()
    })
}

fn number(x: &Rational) -> Number {
    x.clone().into()
}

fn text(x: &str) -> Rational {
    x.parse::<Number>().unwrap().to_rational()
}

/// Every method proves v* of a model, whose values are these.
fn all_find(model: &Model, expected: &[Rational]) {
    for method in METHODS {
        let found = optimum(model, method).unwrap_or_else(|e| panic!("{method:?} {e}"));
        let bound = found.error_bound.unwrap();
        assert!(bound <= 1e-10, "{method:?} {bound:e}");
        for (v, expected) in found.v.iter().zip(expected) {
            let v = Number::from_f64(*v).unwrap().to_rational();
            let off = Field::to_f64(&Field::abs(&(v - expected)));
            assert!(off <= bound, "{method:?} {off:e} {bound:e}");
        }
    }
}

/// n × n, into a wall: stay; 1 for the last cell, and a potential of `unit` for each step towards it.
fn grid(n: usize, unit: &str) -> (Model, Vec<Rational>) {
    let goal = n * n - 1;
    let unit = text(unit);
    let distance = |s: usize| (2 * (n - 1) - s / n - s % n) as i64;
    let phi = |s: usize| -Rational::from(distance(s)) * &unit;
    let mut draft = Draft::new(n * n, 4).start(0).terminal(goal).discount("1");
    for s in 0..goal {
        let (i, j) = (s / n, s % n);
        let moves = [
            (i, j.saturating_sub(1)),
            ((i + 1).min(n - 1), j),
            (i, (j + 1).min(n - 1)),
            (i.saturating_sub(1), j),
        ];
        for (action, (i, j)) in moves.into_iter().enumerate() {
            let next = i * n + j;
            let won = Rational::from(i64::from(next == goal));
            draft.add_outcome(s, action, next, "1", number(&(won + phi(next) - phi(s))));
        }
    }
    let expected = (0..=goal).map(|s| {
        if s == goal {
            Rational::ZERO
        } else {
            Rational::ONE - phi(s)
        }
    });
    (draft.check().unwrap(), expected.collect())
}

#[test]
fn shaped_grids_are_solved_by_every_method() {
    // of 0.1 the rewards of a loop cancel on paper only
    for unit in ["1", "0.1", "0.01234567", "1/3"] {
        let (model, expected) = grid(8, unit);
        all_find(&model, &expected);
    }
    let (model, expected) = grid(60, "1/10");
    let found = model.optimum().unwrap();
    assert!((found.j - Field::to_f64(&expected[0])).abs() <= found.error_bound.unwrap());
    assert!(found.error_bound.unwrap() <= 1e-9);
}

/// The bound of a certified optimum holds, too, and so do costs in place of gains.
#[test]
fn shaped_grids_are_certified_and_charged() {
    let (model, expected) = grid(7, "0.1");
    let certified = model.certified().optimum().unwrap();
    for (ball, expected) in certified.v.iter().zip(&expected) {
        assert!(ball.contains(expected));
        assert!(ball.radius() <= 1e-10);
    }
    let costs = model.negated().optimum();
    // the way round for nothing costs nothing either: no policy is worse than to pay back all of Φ
    let costs = costs.unwrap();
    assert!(costs.error_bound.unwrap() <= 1e-10);
    let policy = model.solve(crate::arithmetic::Choice::Optimal).unwrap();
    assert!((policy.j() - Field::to_f64(&expected[0])).abs() < 1e-9);
}

/// A model under γ = 1 whose rewards are shaped by whole numbers, outcome by outcome or pair by pair.
fn shaped(model: &Model, by_pair: bool) -> (Model, Vec<Rational>) {
    let space = model.space();
    let phi = |s: usize| {
        if space.is_terminal(s) {
            Rational::ZERO
        } else {
            Rational::from((s as i64 * 5) % 7 - 3)
        }
    };
    let mut draft = Draft::new(space.states(), space.actions()).discount("1");
    for s in 0..space.states() {
        if !model.initial()[s].is_zero() {
            draft = draft.start(s);
        }
        if space.is_terminal(s) {
            draft = draft.terminal(s);
        }
    }
    for pair in 0..space.pairs() {
        let (s, a) = (space.state_of(pair), space.action_of(pair));
        let paid =
            |o: &crate::mdp::Outcome<'_, Number>| o.reward.to_rational() + phi(o.next) - phi(s);
        let outcomes = model.outcomes().of(pair);
        let mean = outcomes.clone().fold(Rational::ZERO, |sum, o| {
            sum + o.probability.to_rational() * paid(&o)
        });
        for o in outcomes {
            let reward = if by_pair { mean.clone() } else { paid(&o) };
            draft.add_outcome(s, a, o.next, o.probability.clone(), number(&reward));
        }
    }
    let plain = model.clone().with_criterion(Criterion::Total).unwrap();
    let plain = plain.exact().unwrap().optimum().unwrap();
    let moved = plain.v.into_iter().enumerate().map(|(s, v)| v - phi(s));
    (draft.check().unwrap(), moved.collect())
}

/// A lake whose ground slips by thirds, and a random graph without a state that has one unknown neighbour only.
#[test]
fn shaped_chance_is_solved_by_every_method() {
    let lake = Model::load("mdps/frozenlake-8x8.yaml").unwrap();
    let mut ring = Draft::new(12, 3).start(0).terminal(11).discount("1");
    for s in 0..11 {
        for (p, step) in [("1/2", 3), ("1/3", 4), ("1/6", 8)] {
            ring.add_outcome(s, 0, (s + step) % 11, p, "0");
            ring.add_outcome(s, 1, (s + 2 * step) % 11, p, "0");
        }
        ring.add_outcome(s, 2, 11, "1", number(&Rational::from(s as i64)));
    }
    let ring = ring.check().unwrap();
    for by_pair in [false, true] {
        for model in [&lake, &ring] {
            let (model, expected) = shaped(model, by_pair);
            all_find(&model, &expected);
        }
    }
}

/// a → b → a, or out: 1 for the way there, `back` for the way back.
fn circle(back: &str) -> Model {
    let mut draft = Draft::new(3, 2).start(0).terminal(2).discount("1");
    draft.add_outcome(0, 0, 1, "1", "1");
    draft.add_outcome(0, 1, 2, "1", "0");
    draft.add_outcome(1, 0, 0, "1", back);
    draft.add_outcome(1, 1, 2, "1", "0");
    draft.check().unwrap()
}

/// By enumeration: of the four deterministic policies the best is worth 1 from a, 0 from b.
#[test]
fn a_circle_is_free_only_if_it_cancels() {
    let expected = [Rational::ONE, Rational::ZERO, Rational::ZERO];
    all_find(&circle("-1"), &expected);
    for method in METHODS {
        // paid 10⁻²⁰ a round
        let paid = optimum(&circle("-0.99999999999999999999"), method);
        assert!(
            matches!(paid, Err(Error::Uncertain { .. } | Error::Unbounded { .. })),
            "{method:?} {paid:?}"
        );
        if let Ok(found) = optimum(&circle("-1.00000000000000000001"), method) {
            assert!((found.v[0] - 1.0).abs() <= found.error_bound.unwrap());
        }
    }
}
