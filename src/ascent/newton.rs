//! Newton's method on the exact Hessian. J is not concave, so the eigenvalues are taken by their
//! size: the direction |H|⁺∇J ascends wherever ∇J ≠ 0.

use std::ops::ControlFlow;

use super::line_search::search;
use super::{GoOn, Iterate, StepRule};
use crate::error::Error;
use crate::field::{UNIT, dot};
use crate::linalg::{LeastSquares, Symmetric, largest, norm};
use crate::mdp::Criterion;
use crate::policy::Kind;

/// Eigenvalues below this part of the largest count as this part: a flat direction asks for a step
/// that only the line search can judge.
const FLAT: f64 = 1e-8;

/// Products of the least squares that take a direction to what moves the policy: as many as the eigenvalues of
/// some thousand parameters take; a choice.
const PRODUCTS: f64 = 1e10;

/// Newton steps with a line search; along ∇J where the second order does not help.
pub(super) struct Newton;

impl StepRule for Newton {
    fn next(&mut self, at: &Iterate, go_on: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let length = norm(&at.gradient);
        if length == 0.0 {
            return Ok(None);
        }
        let Some(direction) = direction(at, go_on)? else {
            return Ok(None);
        };
        if dot(&direction, &at.gradient) > 0.0
            && let Some(found) = search(at, &direction, 1.0)?
        {
            return Ok(Some(found));
        }
        search(at, &at.gradient, 1.0 / length)
    }
}

/// |H|⁺∇J \[d\], or ∇J where H is no more than its rounding; `None` where whoever watches has ended it. Errors
/// where J has no second derivative, and where the Hessian is too large.
fn direction(at: &Iterate, go_on: &GoOn) -> Result<Option<Vec<f64>>, Error> {
    let hessian = at.solved.hessian()?;
    if go_on().is_break() {
        return Ok(None);
    }
    let ask: &dyn Fn() -> ControlFlow<()> = &|| go_on();
    let Some(mut of) = Symmetric::new(hessian, &at.gradient, ask) else {
        return Ok(None);
    };
    let most = largest(&of.eigenvalues);
    if most <= noise(at)? {
        return Ok(Some(at.gradient.clone()));
    }
    let least = (FLAT * most).max(f64::MIN_POSITIVE);
    let mut coordinates = std::mem::take(&mut of.coordinates);
    for (x, eigenvalue) in coordinates.iter_mut().zip(&of.eigenvalues) {
        *x /= eigenvalue.abs().max(least);
    }
    Ok(Some(within_reach(at, of.vector(coordinates))))
}

/// How large an eigenvalue may be that is nothing but rounding: no eigenvalue moves by more than the norm of what is
/// added, d times its largest entry; an entry adds up weights of pairs, which cancel where J is linear.
fn noise(at: &Iterate) -> Result<f64, Error> {
    let d = at.gradient.len() as f64;
    let proven = at.solved.hessian_error()?.unwrap_or(0.0);
    Ok(d * f64::max(proven, 64.0 * UNIT * largest(&at.weights)))
}

/// The part of a direction that moves the policy somewhere on its way, the orthogonal projection M⁺M x \[d\] by the
/// scores M of what is visited. What a softmax does not see, a constant beside all θ(s, ·) or a state that is never
/// met, has the eigenvalue 0 and no slope: rounding of the slope, divided by a flat eigenvalue, would move θ there.
fn within_reach(at: &Iterate, direction: Vec<f64>) -> Vec<f64> {
    let policy = at.solved.policy();
    let is_softmax = matches!(
        policy.parametrization().kind(),
        Kind::Softmax | Kind::LogLinear | Kind::Observation | Kind::Controller
    );
    let d = direction.len();
    let space = at.solved.mdp().space();
    if !is_softmax || space.pairs() as f64 * (d * d) as f64 > PRODUCTS {
        return direction;
    }
    // in the long run a state that is left for ever may still decide where to
    let is_long_run = *at.solved.mdp().criterion() == Criterion::Average;
    let visits = &at.solved.evaluation().occupancy;
    let scores = policy.scores().rows;
    let is_met = |pair: &usize| is_long_run || visits[space.state_of(*pair)] > 0.0;
    let visited = || (0..space.pairs()).filter(is_met);
    let mut sizes = vec![0.0; d];
    for (k, x) in visited().flat_map(|pair| scores.row(pair)) {
        sizes[k] = f64::max(sizes[k], x.abs());
    }
    let mut problem = LeastSquares::new(&sizes);
    for pair in visited() {
        let moved = scores.row(pair).map(|(k, x)| x * direction[k]).sum();
        problem.push(scores.row(pair).map(|(k, x)| (k, *x)), moved);
    }
    problem.shortest(8.0 * (d + 8) as f64 * UNIT).0
}
