use super::*;
use crate::error::Error;
use crate::estimator::Sampling;
use crate::field::{Ball, Field};
use crate::gradient::Route;
use crate::model::{Draft, Model};
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::solved::Solved;
use crate::test_models::{TWO_STATE, two_state};

#[test]
fn a_solved_policy_may_go_anywhere() {
    fn is<T: Send + Sync + Clone + 'static>() {}
    is::<Solved<f64>>();
    is::<Solved<Rational>>();
    is::<Solved<Ball>>();
}

/// By hand: v(hot) − 9/10 p v = r, two unknowns; uniform policy.
#[test]
fn the_three_arithmetics_give_one_answer() {
    let model = two_state();
    let exact = model.exact().unwrap().solve(Choice::Uniform).unwrap();
    // v(c) = 9/10 (11/20 v(c) + 9/20 v(h)),  v(h) = 1 + 9/10 (1/4 v(c) + 3/4 v(h))
    let (c, h) = (&exact.v()[0], &exact.v()[1]);
    let q = |p: i64, d: u64| crate::number::Number::ratio(p, d).unwrap().to_rational();
    assert_eq!(
        *c,
        (c.clone() * &q(11, 20) + h.clone() * &q(9, 20)) * &q(9, 10)
    );
    assert_eq!(
        *h,
        (c.clone() * &q(1, 4) + h.clone() * &q(3, 4)) * &q(9, 10) + &q(1, 1)
    );
    let solved = model.solve(Choice::Uniform).unwrap();
    let balls = model.certified().solve(Choice::Uniform).unwrap();
    let near = |x: &f64, y: &Rational| assert!((x - Field::to_f64(y)).abs() <= 1e-12 * x.abs());
    near(solved.j(), exact.j());
    let rational = Field::to_f64(exact.j());
    assert!(balls.j().lower() <= rational && rational <= balls.j().upper());
    let (float, fractions) = (solved.gradient().unwrap(), exact.gradient().unwrap());
    float.iter().zip(fractions).for_each(|(x, y)| near(x, y));
    let (float, fractions) = (solved.hessian().unwrap(), exact.hessian().unwrap());
    for (x, y) in float.iter().zip(fractions.iter()) {
        assert!((x - Field::to_f64(y)).abs() < 1e-9, "{x} {y:?}");
    }
}

#[test]
fn what_a_field_does_not_have_is_an_error() {
    let model = two_state();
    let exact = model.exact().unwrap();
    let random = exact.solve(Choice::Random(1));
    assert!(
        matches!(random, Err(Error::NotInField { .. })),
        "{random:?}"
    );
    let solved = exact.solve(Choice::Uniform).unwrap();
    let dual = solved.gradient_by(&[Route::Dual]);
    assert!(matches!(dual, Err(Error::NotInField { .. })));
    let entropy = solved.entropy(&Rational::ONE);
    assert!(matches!(entropy, Err(Error::NotInField { .. })));
    let none = model.solve(Choice::Uniform).unwrap().entropy(&f64::NAN);
    assert!(matches!(none, Err(Error::Argument { .. })));
}

#[test]
fn a_law_is_there_or_says_why_not() {
    let solved = two_state().solve(Choice::Uniform).unwrap();
    let diverges = solved.law(&"total-return".parse().unwrap()).unwrap_err();
    assert!(diverges.to_string().contains("total-return"), "{diverges}");
    let law = solved.law(&"advantage".parse().unwrap()).unwrap();
    assert_eq!(law.is_biased(), Some(false));
    assert_eq!(law.covariance().unwrap().nrows(), 4);
    let cut = solved.law_when(&"reward-to-go".parse().unwrap(), Sampling::Truncated(2));
    assert_eq!(cut.unwrap().is_biased(), Some(true));
    let average = two_state()
        .with_criterion(crate::mdp::Criterion::Average)
        .unwrap();
    let average = average.solve(Choice::Uniform).unwrap();
    let own = average.law(&"advantage".parse().unwrap()).unwrap();
    let run = |steps| average.law_when(&"advantage".parse().unwrap(), Sampling::LongRun(steps));
    assert_eq!(own.variance(), run(Sampling::RUN).unwrap().variance());
    assert_eq!(run(10).unwrap().is_biased(), Some(false));
    // a run of one's own length is no trajectory of the criterion
    assert!(matches!(average.sample(1, 0), Err(Error::Criterion { .. })));
}

#[test]
fn a_policy_of_another_space_is_refused() {
    let other = Model::parse(
        "other.yaml",
        &TWO_STATE.replace("heat", "burn").replace("hot", "h"),
    );
    let other = other.unwrap();
    let renamed = Policy::uniform(other.space());
    assert!(
        two_state().solve(renamed).is_ok(),
        "names do not matter, pairs do"
    );
    let three = "
discount: 0.9
states: 3
actions: 2
initial: 0
transitions: {0: {0: 1, 1: 1}, 1: {0: 2, 1: 2}, 2: {0: 0, 1: 0}}
";
    let three = Model::parse("three.yaml", three).unwrap();
    let refused = two_state().solve(Policy::uniform(three.space()));
    assert!(
        matches!(refused, Err(Error::OtherSpace { .. })),
        "{refused:?}"
    );
}

#[test]
fn trajectories_and_comparisons_are_asked_of_it() {
    let solved = two_state().solve(Choice::Uniform).unwrap();
    let cut = solved.sample_when(Sampling::Truncated(5), 3, 7).unwrap();
    assert_eq!(cut.lengths(), [5, 5, 5]);
    assert!(matches!(solved.sample(3, 7), Err(Error::Argument { .. })));
    let estimators = [
        "advantage".parse().unwrap(),
        "reward-to-go".parse().unwrap(),
    ];
    let found = solved
        .compare(&estimators)
        .trajectories(1000)
        .run()
        .unwrap();
    assert_eq!(found.trajectories, 1000);
    // the target of the laws is summed by another formula: equal up to rounding
    for (x, y) in found.gradient.iter().zip(solved.gradient().unwrap()) {
        assert!((x - y).abs() <= 1e-12 * y.abs(), "{x} {y}");
    }
}

#[test]
fn other_parameters_are_another_solved_policy() {
    let solved = two_state().solve(Choice::Uniform).unwrap();
    let moved = solved.with_theta(vec![1.0, 0.0, 0.0, 2.0]).unwrap();
    assert!(moved.j() != solved.j());
    let back = moved.with_theta(vec![0.0; 4]).unwrap();
    assert_eq!(back.j(), solved.j());
    assert!(solved.with_theta(vec![0.0; 3]).is_err());
}

/// By hand. At γ = 1 a state that waits for nothing, and by 10⁻²⁰⁰ a step comes to one worth 10, is worth 10, not the
/// 1 of ending at once; and nothing for ever, up to an exit of 10⁻¹⁰⁰, is better than −1 a step up to one of 10⁻⁴⁰.
#[test]
fn optima_behind_small_exits_are_those_of_fractions() {
    let small = |exponent: u32| format!("1/1{}", "0".repeat(exponent as usize));
    let most = |exponent: u32| {
        let nines = "9".repeat(exponent as usize);
        format!("{nines}/1{}", "0".repeat(exponent as usize))
    };
    let waits = format!(
        "
discount: 1
states: 3
actions: 2
initial: {{1: 1}}
terminal: [2]
transitions:
  - [0, 0, 2, 1/10, 1]
  - [0, 0, 0, 9/10, 1]
  - [1, 0, 0, {}]
  - [1, 0, 1, {}]
  - [1, 1, 2, 9/10]
  - [1, 1, 0, 1/10]
",
        small(200),
        most(200)
    );
    let optimum = Model::parse("waits.yaml", &waits).unwrap().optimum();
    let optimum = optimum.unwrap();
    assert_eq!(optimum.v, [10.0, 10.0, 0.0]);
    assert_eq!((optimum.error_bound, optimum.j), (Some(0.0), 10.0));
    assert_eq!(optimum.greedy, [0, 1]);

    let idles = format!(
        "
discount: 1
states: 2
actions: 2
initial: {{0: 1}}
terminal: [1]
transitions:
  - [0, 0, 1, {}, -1]
  - [0, 0, 0, {}, -1]
  - [0, 1, 1, {}]
  - [0, 1, 0, {}]
",
        small(40),
        most(40),
        small(100),
        most(100)
    );
    let model = Model::parse("idles.yaml", &idles).unwrap();
    assert_eq!(model.optimum().unwrap().v, [0.0, 0.0]);
    let costs = model.negated();
    assert_eq!(costs.optimum().unwrap().v, [0.0, 0.0]);
}

/// 40 copies of the state that waits are too many for fractions unasked.
#[test]
fn what_is_uncertain_and_large_is_refused() {
    let mut draft = Draft::new(42, 2).start(1).terminal(41).discount("1");
    let share = |text: &str| text.parse::<Number>().unwrap();
    let rest = |x: &Number| Number::from(Rational::ONE - x.to_rational());
    let (tenth, tiny) = (share("1/10"), share("1e-200"));
    draft.add_outcome(0, 0, 41, tenth.clone(), "1");
    draft.add_outcome(0, 0, 0, rest(&tenth), "1");
    for state in 1..41 {
        draft.add_outcome(state, 0, state - 1, tiny.clone(), "0");
        draft.add_outcome(state, 0, state, rest(&tiny), "0");
        draft.add_outcome(state, 1, 41, rest(&tenth), "0");
        draft.add_outcome(state, 1, 0, tenth.clone(), "0");
    }
    let model = draft.check().unwrap();
    match model.optimum() {
        Err(error @ Error::Uncertain { .. }) => assert!(error.mend().is_some()),
        // where a bound is stated, it holds: every state is worth 10
        Ok(optimum) => {
            let bound = optimum.error_bound.expect("a bound, or an error");
            assert!(optimum.v[..41].iter().all(|v| (v - 10.0).abs() <= bound));
        }
        Err(error) => panic!("{error}"),
    }
    assert_eq!(
        model.exact().unwrap().optimum().unwrap().j,
        Rational::from(10)
    );
}

/// By hand: of a row that sums to S = 1 − 5·10⁻¹⁰ a reward of 1 is worth S a step, in whatever form it is written, and
/// as the limit of rewards that differ. J = S/(1 − γp(s|s)).
#[test]
fn a_reward_is_paid_with_the_row_as_it_is_written() {
    let forms = [
        "transitions:
  - [s, a, s, 0.9999999992, 1]
  - [s, a, t, 0.0000000003, 1]
  - [u, a, u, 1, -1]
",
        "transitions:
  s: {a: {s: 0.9999999992, t: 0.0000000003}}
  u: {a: u}
rewards: {s: {a: 1}, u: -1}
",
        "transitions:
  s: {a: {s: 0.9999999992, t: 0.0000000003}}
  u: {a: u}
rewards: {s: {a: {s: 1, t: 1}}, u: -1}
",
    ];
    let number = |x: &str| x.parse::<Number>().unwrap().to_rational();
    // at γ = 1 the state u, which never ends, is taken out: what is left pays the same
    for discount in ["0.999999", "1"] {
        let stays = number(discount) * number("0.9999999992");
        let expected = number("0.9999999995") / (Rational::ONE - stays);
        for form in forms {
            let text = format!(
                "discount: {discount}\nstates: [s, t, u]\nactions: [a]\ninitial: s\n{form}terminal: [t]\n"
            );
            let model = Model::parse("off.yaml", &text).unwrap();
            assert_eq!(model.mdp::<f64>().r()[0], 0.9999999995);
            let certified = model.certified();
            assert!(
                certified
                    .solve(Choice::Uniform)
                    .unwrap()
                    .j()
                    .contains(&expected)
            );
            assert!(certified.optimum().unwrap().j.contains(&expected));
            let near = Field::to_f64(&expected);
            let float = model.solve(Choice::Uniform).unwrap();
            assert!((float.j() - near).abs() <= 1e-13 * near);
            let optimum = model.optimum().unwrap();
            assert!((optimum.j - near).abs() <= optimum.error_bound.unwrap());
            let whole = (0..2).map(|pair| {
                let outcomes = float.mdp().outcomes(pair);
                outcomes.map(|o| o.probability * o.reward).sum::<f64>()
            });
            let r = float.mdp().r();
            assert!(whole.zip(r).all(|(sum, r)| (sum - r).abs() <= 1e-15));
        }
    }
}
