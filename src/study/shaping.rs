//! Whether the reward of one model is that of another, shaped.

use std::cmp::Ordering;

use super::cost::unrolled;
use super::numbers::by_numbers;
use super::{Doing, Listener, PolicyName, Setting, StudyError};
use crate::arithmetic::Arithmetic;
use crate::error::Error;
use crate::field::{dot, sign};
use crate::linalg::distance;
use crate::mdp::{Criterion, Mdp, Space};
use crate::model::Model;
use crate::number::{Number, Rational};
use crate::report::{Head, Quantity, ShapedValues, ShapingReport};
use crate::shaping::{ROUNDING, Shaping, shaping as potential};
use crate::solved::Solved;

/// What is asked of [`shaping`].
#[derive(Clone, Debug, Default)]
pub struct ShapingRequest {
    /// Over which numbers, and of which policy the values of both are compared.
    pub setting: Setting,
}

/// Whether the reward of another model is that of a model shaped by a potential: r' = c r + γpΦ − Φ.
/// Over a horizon it is a potential of state and time.
///
/// Errors unless both have the same states, actions, transitions and criterion, if the policy cannot be
/// built, and for the average reward where the uniform policy has several recurrent classes.
pub fn shaping(
    model: &Model,
    other: &Model,
    request: &ShapingRequest,
    listener: &dyn Listener,
) -> Result<ShapingReport, StudyError> {
    alike(model, other)?;
    if let Criterion::FiniteHorizon { .. } = model.criterion() {
        let is_uniform = match request.setting.policy {
            PolicyName::Uniform => true,
            PolicyName::Own => model.policy().is_none(),
            _ => false,
        };
        let (own, setting) = match request.setting.in_time(model, listener)? {
            Some(in_time) => in_time,
            // of all times alike
            None if is_uniform => (unrolled(model)?, request.setting.clone()),
            None => {
                return Err(Error::Argument {
                    name: "the policy",
                    found: "one without times".into(),
                    expected: "`uniform`, `optimal` or a policy `by_time`, over a horizon",
                }
                .into());
            }
        };
        return shaping(
            &own,
            &unrolled(other)?,
            &ShapingRequest { setting },
            listener,
        );
    }
    by_numbers!(request.setting.numbers, F => over::<F>(model, other, request, listener))
}

fn over<F: Arithmetic>(
    model: &Model,
    other: &Model,
    request: &ShapingRequest,
    listener: &dyn Listener,
) -> Result<ShapingReport, StudyError> {
    let solved = request
        .setting
        .solved::<F>(model, Doing::Evaluating, listener)?;
    let mdp = solved.mdp();
    let rewards = F::model(other)?.r().to_vec();
    let found = potential(mdp, rewards.clone())?;
    let shaped = solved.paying(rewards)?;
    listener.end();
    let mut head = Head::new(mdp, solved.policy(), model.objective());
    request.setting.complete(&mut head, model);
    Ok(ShapingReport {
        head,
        other: other.name().to_string(),
        verdict: found.verdict,
        scale: Quantity::of(&found.scale),
        potential: Quantity::all(&found.potential),
        constant: found.constant.as_ref().map(Quantity::of),
        residual: Quantity::all(&found.residual),
        worst: found.worst,
        by_outcome: by_outcome(model, other, mdp, &found),
        values: values(&solved, &shaped, &found)?,
        bounds: None,
    })
}

/// What both rewards are worth, and how far they are from what the potential says.
fn values<F: Arithmetic>(
    own: &Solved<F>,
    other: &Solved<F>,
    found: &Shaping<F>,
) -> Result<ShapedValues, Error> {
    let space = own.mdp().space();
    let apart = |x: &[F], y: &[F], minus: &dyn Fn(usize) -> F| {
        let told = (0..x.len()).map(|i| found.scale.clone() * &x[i] - minus(i));
        Quantity::error_of::<F>(distance(&told.collect::<Vec<F>>(), y))
    };
    let none = |_: usize| F::zero();
    // a bias is 0 on average over the long run of its policy: Φ counts less its own average there
    let lasting = match own.long_run() {
        Some(long_run) => long_run.limit(&found.potential)?,
        None => vec![F::zero(); space.states()],
    };
    let ahead = own.mdp().p().mul(&lasting);
    let state = |s: usize| {
        if space.is_terminal(s) {
            F::zero()
        } else {
            found.potential[s].clone() - &lasting[s]
        }
    };
    let pair = |pair: usize| found.potential[space.state_of(pair)].clone() - &ahead[pair];
    let start = dot(own.mdp().initial(), &found.potential);
    let raised = found.constant.as_ref();
    let less = raised.map_or_else(|| start.clone(), |k| -k.clone());
    let j = own.j().clone();
    let gradients = own.gradient().ok().zip(other.gradient().ok());
    Ok(ShapedValues {
        j: Quantity::of(&j),
        j_other: Quantity::of(other.j()),
        initial_potential: Quantity::of(&start),
        j_difference: apart(&[j], std::slice::from_ref(other.j()), &|_| less.clone()),
        v_difference: apart(own.v(), other.v(), &state),
        q_difference: apart(own.q(), other.q(), &pair),
        advantage_difference: apart(own.advantage(), other.advantage(), &none),
        gradient_difference: gradients.map(|(x, y)| apart(x, y, &none)),
    })
}

/// Whether Φ serves outcome by outcome: r'(s, a, s') = c r(s, a, s') + γΦ(s') − Φ(s). `None` where the
/// outcomes of the two are not the same, and where rounding is more than what counts as 0.
fn by_outcome<F: Arithmetic>(
    model: &Model,
    other: &Model,
    mdp: &Mdp<F>,
    found: &Shaping<F>,
) -> Option<bool> {
    if found.verdict.holds() != Some(true) {
        return None;
    }
    let complement = mdp.discount_complement();
    let mut all = true;
    for pair in 0..mdp.pairs() {
        let here = &found.potential[mdp.space().state_of(pair)];
        let (own, others) = (model.outcomes().of(pair), other.outcomes().of(pair));
        if own.len() != others.len() {
            return None;
        }
        for (own, other) in own.zip(others) {
            if own.next != other.next || own.probability != other.probability {
                return None;
            }
            let there = &found.potential[own.next];
            let scaled = found.scale.clone() * &F::from_number(own.reward);
            // γΦ' − Φ by the difference of the two, and 1 − γ with all its digits
            let told = scaled + there.clone() - here - complement.clone() * there;
            let told = found.constant.iter().fold(told, |told, k| told + k);
            let reward = F::from_number(other.reward);
            let rise = (there.clone() - here).abs().to_f64();
            let counts_as_zero = ROUNDING * (reward.abs().to_f64() + rise);
            let sizes = here.abs().to_f64() + there.abs().to_f64();
            let rounding = if F::EXACT {
                0.0
            } else {
                8.0 * f64::EPSILON * sizes
            };
            match sign(&(reward - told), counts_as_zero + rounding) {
                Some(Ordering::Equal) if rounding > counts_as_zero => return None,
                known => all &= known.is_none_or(|sign| sign == Ordering::Equal),
            }
        }
    }
    Some(all)
}

/// Errors unless two models differ in nothing but their rewards, names, starts and policies.
fn alike(model: &Model, other: &Model) -> Result<(), Error> {
    let (own, theirs) = (model.space(), other.space());
    let differ = |found: String| {
        Err(Error::Argument {
            name: "the other model",
            found,
            expected: "one with the same states, actions, transitions and criterion",
        })
    };
    if !own.state_names().iter().eq(theirs.state_names().iter()) {
        return differ("one with other states, or in another order".into());
    }
    let actions = |space: &Space, state: usize| -> Vec<String> {
        let pairs = space.pairs_of(state);
        pairs
            .map(|pair| space.pair_names(pair).1.into_owned())
            .collect()
    };
    if let Some(state) = (0..own.states()).find(|&s| actions(own, s) != actions(theirs, s)) {
        let name = own.state_names().get(state);
        return differ(format!(
            "one with other actions in `{name}`, or in another order"
        ));
    }
    if model.criterion() != other.criterion() {
        return differ("one with another criterion or discount".into());
    }
    for pair in 0..own.pairs() {
        if let Some(next) = moves(model, pair)
            .into_iter()
            .zip(moves(other, pair))
            .find(|(x, y)| x != y)
        {
            let (state, action) = own.pair_names(pair);
            let name = |at: usize| own.state_names().get(at).into_owned();
            let ((to, p), (to_other, p_other)) = next;
            return differ(format!(
                "one where `{state}/{action}` leads to `{}` with {p_other}, not to `{}` with {p}",
                name(to_other),
                name(to)
            ));
        }
    }
    Ok(())
}

/// p(·|s, a), exactly; with an end, so that lists of other lengths differ.
fn moves(model: &Model, pair: usize) -> Vec<(usize, Number)> {
    let mut row: Vec<(usize, Rational)> = Vec::new();
    for outcome in model.outcomes().of(pair) {
        let p = outcome.probability.to_rational();
        match row.last_mut() {
            Some((next, sum)) if *next == outcome.next => *sum += p,
            _ => row.push((outcome.next, p)),
        }
    }
    row.into_iter().map(|(next, p)| (next, p.into())).collect()
}
