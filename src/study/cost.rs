//! What takes longer than anybody waits is refused before it begins.

mod fractions;
mod limits;

pub(super) use fractions::{fractions_by_the_way, gradient_affordable};

use fractions::{GRADIENT, LAW, VALUES, fractions_affordable, growing, kept};
use limits::{MOST, tell};

use super::numbers::Numbers;
use super::{Listener, StudyError};
use crate::estimator::{Baseline, Estimator, Multiplier, Sampling};
use crate::mdp::Criterion;
use crate::model::Model;
use crate::number::Number;

/// Pairs of the largest model whose linear program is solved in fractions, and rounded, though floating point was asked
/// for: which basis is optimal is a matter of signs, that offsets, units and 1 − γ may hide from floating point. 100 random
/// states with two actions took 0.9 s.
pub(super) const PROGRAM_IN_FRACTIONS: usize = 200;
/// Pairs of the largest game whose numbers of each player under a profile, and of its best reply, are worked out in fractions, and rounded.
pub(super) const PROFILE_IN_FRACTIONS: usize = 60;
/// Pairs of the largest model whose E G − c Var G with its gradient, and over so many steps, is worked out in fractions, and rounded.
pub(super) const RISK_IN_FRACTIONS: usize = 40;
pub(super) const STEPS_IN_FRACTIONS: usize = 64;
/// Pairs of the largest model whose critics' limits are worked out in fractions, and rounded.
pub(super) const CRITICS_IN_FRACTIONS: usize = 60;
/// Pairs up to which balls prove bounds on them, by the way.
pub(super) const CRITICS_PROVEN: usize = 4_000;
/// Pairs of the largest model whose front, an optimum for each corner, is found in fractions, and rounded: 50 random states with two actions took 2.7 s, 100 20 s.
pub(super) const FRONT_IN_FRACTIONS: usize = 60;

/// And of a model unrolled in time, whose fractions are shorter: 88 pairs took 0.4 s, 176 2 s.
pub(super) const FRONT_IN_TIME_IN_FRACTIONS: usize = 120;
/// Pairs of the largest model whose advantages of one deterministic policy are worked out in fractions, and rounded: 100 random states with three actions took 0.4 s.
pub(super) const SLACKS_IN_FRACTIONS: usize = 300;
/// Pairs of the largest model whose inequalities have all their coefficients in fractions, and rounded: 20 random states with four actions took 0.05 s.
pub(super) const CONE_IN_FRACTIONS: usize = 80;
/// And where at most 100 states lead to several under it: a taxi's 3,000 pairs took 0.05 s.
pub(super) const SURE_SLACKS_IN_FRACTIONS: usize = 10_000;

/// Pairs up to which balls prove what bounds of floating point leave open: the Hessian of 60 states with four actions took
/// 0.17 s of processor time, as much as in floating point.
pub(super) const PROVEN: usize = 300;

/// Whether a model has so few pairs that signs are decided in fractions; not where its rows, taken as they are written, do
/// not sum to 1.
pub(super) fn decides_in_fractions(model: &Model, most: usize) -> bool {
    model.space().pairs() <= most && model.exact_mdp().is_ok()
}

/// Errors where the recursion over a horizon takes more than anybody waits: it goes over every outcome
/// at every time. Fractions grow by a few digits a step.
pub(super) fn affordable(model: &Model, numbers: Numbers) -> Result<(), StudyError> {
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let products = steps_in(model, numbers, horizon);
    if products > MOST {
        return Err(StudyError::TooLong { horizon, products });
    }
    let gigabytes = kept(model, horizon) / 1e9;
    if numbers == Numbers::Exact && gigabytes > GIGABYTES {
        return Err(StudyError::TooMuch { horizon, gigabytes });
    }
    Ok(())
}

/// The products of the recursion over a horizon, in those of floating point.
fn steps_in(model: &Model, numbers: Numbers, horizon: usize) -> f64 {
    let products = horizon as f64 * model.outcomes().outcomes() as f64;
    match numbers {
        Numbers::Exact => products * growing(model, horizon) * VALUES,
        Numbers::Float | Numbers::Certified => products,
    }
}

/// Says what that recursion takes in fractions.
pub(super) fn tell_fractions(model: &Model, numbers: Numbers, listener: &dyn Listener) {
    if let (Criterion::FiniteHorizon { horizon, .. }, Numbers::Exact) = (model.criterion(), numbers)
    {
        let what = format!(
            "fractions over {horizon} steps, which have {:.1e} bytes by then,",
            kept(model, *horizon)
        );
        tell(what, steps_in(model, numbers, *horizon), listener);
    }
}

/// Most memory that is given to fractions; a choice.
const GIGABYTES: f64 = 4.0;

/// Most memory that is given to a model unrolled in time, and what a state of it takes: measured on two states.
const GIGABYTES_IN_TIME: f64 = 1.0;
const BYTES_IN_TIME: f64 = 1000.0;

/// A model over a horizon as one whose states know the time.
///
/// Errors where it takes more memory than it is given.
pub(super) fn unrolled(model: &Model) -> Result<Model, StudyError> {
    if let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() {
        let gigabytes = in_time(model, horizon) * BYTES_IN_TIME / 1e9;
        if gigabytes > GIGABYTES_IN_TIME {
            return Err(StudyError::TooMuch { horizon, gigabytes });
        }
    }
    Ok(model.in_time()?)
}

/// The states of a model unrolled in time.
fn in_time(model: &Model, horizon: usize) -> f64 {
    horizon as f64 * model.space().states() as f64
}

/// Says what linear programs of a model unrolled in time cost.
///
/// Errors where that is more than anybody waits for.
pub(super) fn programs_affordable(
    model: &Model,
    listener: &dyn Listener,
) -> Result<(), StudyError> {
    // a guess: one front over 10⁴ steps of a state beside the end took 1.2 s, over 10⁵ steps more than 60 (30 November
    // 2026), others a tenth of that
    const PROGRAM: f64 = 2.5;
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let products = PROGRAM * in_time(model, horizon).powi(2);
    if products > MOST {
        return Err(StudyError::TooLong { horizon, products });
    }
    let what = format!("linear programs of {horizon} steps");
    tell(what, products, listener);
    Ok(())
}

/// Says what all theorems cost over a long horizon.
///
/// Errors where that is more than anybody waits for.
pub fn theorems_affordable(model: &Model, listener: &dyn Listener) -> Result<(), StudyError> {
    // measured between 10⁴ and 10⁵ steps (29 November 2026): 200 on two-state, 130 on retry-loop
    const THEOREMS: f64 = 250.0;
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let products = horizon as f64 * model.outcomes().outcomes() as f64 * THEOREMS;
    if products > MOST {
        return Err(StudyError::TooLong { horizon, products });
    }
    tell(
        format!("the theorems over {horizon} steps"),
        products,
        listener,
    );
    Ok(())
}

/// Says what the law of the return costs over a long horizon: it is followed step by step.
pub(super) fn tell_returns(model: &Model, listener: &dyn Listener) {
    // measured (29 November 2026): 370 on two-state and gridworld-5x5, 230 on frozenlake-4x4, and half a
    // second to begin with
    const RETURN: f64 = 800.0;
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return;
    };
    let products = horizon as f64 * model.outcomes().outcomes() as f64 * RETURN;
    tell(
        format!("the law of the return over {horizon} steps"),
        products,
        listener,
    );
}

/// Says what many samples of the evolution strategy cost, each an evaluation on either side.
pub(super) fn tell_samples(samples: usize, states: usize, listener: &dyn Listener) {
    // measured (29 November 2026): 2,200 products a sample of two-state, 37,000 of frozenlake-8x8, for 5,000 and 92,000
    const SAMPLE: f64 = 5000.0;
    // beyond, rows are sparse
    const DENSE: usize = 300;
    let elimination = (states.min(DENSE).pow(2) as f64) * states as f64 / 3.0;
    let products = samples as f64 * (SAMPLE + elimination);
    let what = format!("{samples} samples of the evolution strategy");
    tell(what, products, listener);
}

/// Says how long the matrices of a chain and its eigenvalues take, where that is more than two seconds.
pub(super) fn tell_matrices(states: usize, listener: &dyn Listener) {
    /// Products for each cube of the states: measured on 300 to 1,000.
    const EACH: f64 = 12.0;
    let products = EACH * (states as f64).powi(3);
    let what = format!("the matrices and eigenvalues of a chain of {states} states");
    tell(what, products, listener);
}

/// Says what an optimum over a long horizon costs: it is found step by step, each of which costs something beside its
/// outcomes. Below discount 1 values settle, and the rest of the steps is not made.
///
/// Errors where that is more than anybody waits for.
pub(super) fn steps_affordable(model: &Model, listener: &dyn Listener) -> Result<(), StudyError> {
    // measured at discount 1 (29 November 2026): a step of two-state takes 80 products, one of frozenlake-8x8, with 630
    // outcomes, 3,700, so that the limit may be passed fourfold
    const BESIDE: f64 = 300.0;
    // e^−1000 is 0 in floating point
    const SETTLED: f64 = 1000.0;
    let Criterion::FiniteHorizon { horizon, .. } = *model.criterion() else {
        return Ok(());
    };
    let discount = model.criterion().discount_number().to_rational();
    let lost = Number::from(Number::ONE.to_rational() - discount).to_f64();
    let steps = (horizon as f64).min(SETTLED / lost.max(f64::MIN_POSITIVE));
    let products = steps * (model.outcomes().outcomes() as f64 + BESIDE);
    if products > MOST {
        return Err(StudyError::TooLong { horizon, products });
    }
    tell(
        format!("an optimum over {horizon} steps"),
        products,
        listener,
    );
    Ok(())
}

/// Says what the optimal policies at all discounts cost: rational functions of γ, by eliminations of fractions.
pub(super) fn tell_stretches(model: &Model, listener: &dyn Listener) {
    // a guess: 20 states took 0.2 to 1 s, 56 of twelve decimals more than 41 s (30 November 2026)
    const PRODUCTS: f64 = 5e3;
    let space = model.space();
    let acting = (0..space.states()).filter(|&state| !space.is_terminal(state));
    let states = acting.count();
    let products = PRODUCTS * (states as f64).powi(4);
    let what = format!("optimal policies at all discounts of {states} states");
    tell(what, products, listener);
}

/// How much of the law of an estimator is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LawExtent {
    /// Mean and covariance.
    Second,
    /// Also the fourth moments, by which a sample is judged.
    Fourth,
}

impl LawExtent {
    /// Products for each outcome at each time: measured on two states.
    fn products(self) -> f64 {
        match self {
            LawExtent::Second => 200.0,
            LawExtent::Fourth => 700.0,
        }
    }
}

/// Says what the laws of estimators that depend on the time cost over a long horizon, or to a late cut, where they
/// are summed up step by step.
///
/// Errors where that is more than anybody waits for.
pub(super) fn laws_affordable(
    model: &Model,
    (estimators, cut): (&[Estimator], Option<usize>),
    (numbers, moments): (Numbers, LawExtent),
    listener: &dyn Listener,
) -> Result<(), StudyError> {
    if numbers == Numbers::Exact && !estimators.is_empty() {
        let weight = GRADIENT + estimators.len() as f64 * LAW;
        return fractions_affordable(model, weight, listener);
    }
    // what all times hold at once takes more memory than time
    const PRODUCTS: f64 = 2e4;
    let horizon = model.criterion().horizon();
    let Some(steps) = horizon.or(cut) else {
        tell_laws(model, estimators.len(), moments, listener);
        return Ok(());
    };
    let weights = estimators.iter().map(|it| weight(it, horizon.is_some()));
    let weights: Vec<f64> = weights.filter(|&weight| weight > 0.0).collect();
    let outcomes = steps as f64 * model.outcomes().outcomes() as f64;
    let memory = PRODUCTS * outcomes;
    let products = weights.iter().sum::<f64>() * moments.products() * outcomes;
    let too_much = if horizon.is_some() { memory } else { products };
    if !weights.is_empty() && too_much > MOST {
        return Err(StudyError::TooLong {
            horizon: steps,
            products: too_much,
        });
    }
    let what = match weights.len() {
        1 => "the law of the estimator that depends on the time".to_owned(),
        laws => format!("the laws of the {laws} estimators that depend on the time"),
    };
    tell(format!("{what}, over {steps} steps"), products, listener);
    Ok(())
}

/// Says what the laws of estimators cost where time goes on for ever, or under the average reward: a system for each parameter, and
/// moments along a run. A parameter for each pair is assumed, as of a tabular policy.
fn tell_laws(model: &Model, laws: usize, moments: LawExtent, listener: &dyn Listener) {
    // measured on random states with three actions and four outcomes (1 December 2026), in seconds of processor time: under
    // the average reward 0.8 at 1,000 states, 3.6 at 2,000, 26 at 5,000; at discount 0.99 2.3 at 2,000, 50 at 5,000, and
    // with fourth moments 4.8 at 500
    const EACH: f64 = 24.0;
    const SOLVED: f64 = 0.1;
    const FOURTH: f64 = 5.0;
    /// States times parameters up to which there are fourth moments.
    const SMALL: f64 = 1e6;
    let (states, pairs) = (model.space().states() as f64, model.space().pairs() as f64);
    let outcomes = model.outcomes().outcomes() as f64;
    let (steps, solved) = match model.criterion() {
        Criterion::Average => (Sampling::RUN as f64, 0.0),
        criterion => {
            let lost =
                Number::from(Number::ONE.to_rational() - criterion.discount_number().to_rational());
            (
                10.0 / lost.to_f64().max(1e-3),
                SOLVED * states * states * pairs,
            )
        }
    };
    let has_fourth = matches!(moments, LawExtent::Fourth) && states * pairs <= SMALL;
    let fourth = if has_fourth {
        FOURTH * steps * states * pairs
    } else {
        0.0
    };
    let products = solved + laws as f64 * (EACH * outcomes * pairs + fourth);
    let what = match laws {
        1 => "the exact law of the estimator".to_owned(),
        laws => format!("the exact laws of {laws} estimators"),
    };
    let what = format!("{what} of a model of {states} states");
    if laws > 0 {
        tell(what, products, listener);
    }
}

/// How much the law of an estimator costs at each time, beside one that multiplies the score by a table of that
/// time; 0 where it does not differ from time to time. To a cut only what is best for the steps that are left does.
fn weight(estimator: &Estimator, over_a_horizon: bool) -> f64 {
    /// Fourth moments beside a best baseline at every time: measured on two states.
    const OPTIMAL: f64 = 5.0;
    match estimator.multiplier() {
        Multiplier::Baseline(
            Baseline::OptimalState
            | Baseline::OptimalParameter
            | Baseline::OptimalParameterStationary,
        ) => OPTIMAL,
        Multiplier::TotalReturn { .. }
        | Multiplier::RewardToGo
        | Multiplier::Baseline(Baseline::Constant(_)) => 0.0,
        _ => f64::from(u8::from(over_a_horizon)),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Model, Overrides};
    use crate::study::{
        EvaluateRequest, GradientRequest, Note, Notes, Numbers, ReferenceRequest, SolveRequest,
        StudyError, evaluate, gradient, reference, solve,
    };

    #[test]
    fn a_horizon_without_an_end_is_refused_at_once() {
        let text = "horizon: 10000000000000\nstates: 1\nactions: 1\ninitial: 0\ntransitions:\n- [0, 0, 0, 1, 1]\n";
        let model = Model::parse("long.yaml", text).unwrap();
        let refused = |error| {
            matches!(
                error,
                StudyError::TooLong {
                    horizon: 10_000_000_000_000,
                    ..
                }
            )
        };
        let notes = Notes::default();
        assert!(refused(
            evaluate(&model, &EvaluateRequest::default(), &notes).unwrap_err()
        ));
        assert!(refused(
            solve(&model, &SolveRequest::default(), &notes).unwrap_err()
        ));
        let mut request = EvaluateRequest::default();
        request.setting.numbers = Numbers::Exact;
        for (discount, horizon, allowed) in [("1", 20_000, true), ("1/3", 200_000, false)] {
            let overrides = Overrides {
                horizon: Some(horizon),
                ..Overrides::default()
            };
            let text = format!("discount: {discount}\n{text}");
            let model = Model::parse_with("long.yaml", &text, &overrides).unwrap();
            assert_eq!(evaluate(&model, &request, &notes).is_ok(), allowed);
        }
    }

    #[test]
    fn long_gradients_in_fractions_are_said_and_longer_ones_refused() {
        let text = "horizon: 10\ndiscount: 1/3\nstates: 1\nactions: 2\ninitial: 0\ntransitions: {0: {0: 0, 1: 0}}\n";
        let at = |horizon| {
            let overrides = Overrides {
                horizon: Some(horizon),
                ..Overrides::default()
            };
            Model::parse_with("long.yaml", text, &overrides).unwrap()
        };
        let mut request = GradientRequest::default();
        request.setting.numbers = Numbers::Exact;
        let costly = |notes: Vec<Note>| {
            let mut notes = notes.into_iter();
            notes.any(|note| matches!(note, Note::CostlyFractions { .. }))
        };
        let notes = Notes::default();
        assert!(gradient(&at(30), &request, &notes).is_ok());
        assert!(!costly(notes.taken()));
        assert!(super::gradient_affordable(&at(10_000), &notes).is_ok());
        assert!(costly(notes.taken()));
        let refused = gradient(&at(200_000), &request, &notes);
        assert!(matches!(refused, Err(StudyError::TooLong { .. })));
        let mut laws = ReferenceRequest::default();
        laws.setting.numbers = Numbers::Exact;
        let refused = reference(&at(50_000), &laws, &notes);
        assert!(matches!(refused, Err(StudyError::TooLong { .. })));
    }

    /// Measured on such models: 26 seconds under the average reward, more than 48 at discount 0.99, less than one of few states.
    #[test]
    fn laws_of_large_models_are_said_first() {
        let notes = Notes::default();
        let said = |of: &str, states: usize| {
            let text =
                format!("{of}\ngarnet: {{states: {states}, actions: 3, branching: 4, seed: 1}}\n");
            let model = Model::parse("large.yaml", &text).unwrap();
            super::tell_laws(&model, 1, super::LawExtent::Fourth, &notes);
            notes.taken().into_iter().next()
        };
        for (of, least) in [("criterion: average", 15.0), ("discount: 0.99", 48.0)] {
            assert_eq!(said(of, 100), None);
            let Some(Note::Long { minutes, .. }) = said(of, 5_000) else {
                panic!("nothing is said");
            };
            assert!(
                (least..3.0 * least).contains(&(60.0 * minutes)),
                "{minutes}"
            );
        }
    }

    #[test]
    fn long_optima_are_said_first() {
        let text = |horizon: u64| {
            format!(
                "horizon: {horizon}\nstates: 1\nactions: 1\ninitial: 0\ntransitions:\n- [0, 0, 0, 1, 1]\n"
            )
        };
        let notes = Notes::default();
        let said = |horizon| {
            let model = Model::parse("long.yaml", &text(horizon)).unwrap();
            assert!(super::steps_affordable(&model, &notes).is_ok());
            let mut notes = notes.taken().into_iter();
            notes.any(|note| matches!(note, Note::Long { .. }))
        };
        assert!(!said(1_000_000));
        assert!(said(1_000_000_000));
        super::tell_matrices(400, &notes);
        assert!(notes.taken().is_empty());
        super::tell_matrices(1_000, &notes);
        let [Note::Long { minutes, .. }] = notes.taken()[..] else {
            panic!("one note");
        };
        assert!((0.1..1.0).contains(&minutes), "{minutes}");
        let pendulum = Model::load("mdps/pendulum.yaml").unwrap();
        super::tell_stretches(&pendulum, &notes);
        let [Note::Long { minutes, .. }] = notes.taken()[..] else {
            panic!("one note");
        };
        assert!((0.5..10.0).contains(&minutes), "{minutes}");
    }
}
