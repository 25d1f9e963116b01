//! J along the straight line from π to π'.

use crate::linalg::Solvable;
use std::sync::Arc;

use super::mixture;
use crate::error::Error;
use crate::policy::Policy;
use crate::solved::Solved;

/// J(π_x), π_x = (1 − x) π + x π', and its slope, at x from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<F = f64> {
    /// x.
    pub x: Vec<F>,
    /// J(π_x); `None` where π_x has no value.
    pub j: Vec<Option<F>>,
    /// dJ(π_x)/dx = ρ^{π_x}((π' − π) A^{π_x}).
    pub slope: Vec<Option<F>>,
    /// Where the slope changes its sign between two of them.
    pub turns: Vec<Turn<F>>,
}

/// A place where the slope of J along a line is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn<F = f64> {
    /// It lies between these.
    pub between: (F, F),
    /// Whether J is largest there, not smallest.
    pub is_top: bool,
}

impl<F: Solvable> Solved<F> {
    /// J along the line to another policy, at so many points, at least 2. Turns are halved in until
    /// they are known to 2⁻⁴⁰ of the line; over exact fractions to 2⁻¹⁰, since digits grow.
    ///
    /// # Errors
    /// Where a system is not solved for another reason than that a policy never terminates.
    pub fn line_to(&self, other: &Solved<F>, points: usize) -> Result<Line<F>, Error> {
        along(points, &|x| self.height(other, x))
    }

    /// J and its slope along (1 − x) θ + x θ', x in [0, 1], where both policies have parameters of one kind; between two
    /// that differ in one parameter it tells where J is stationary in that one.
    ///
    /// # Errors
    /// [`Error::Argument`] where a policy has no finite θ or θ means something else, and as
    /// [`Solved::line_to`] and [`Solved::gradient`].
    pub fn line_of_parameters(&self, other: &Solved<F>, points: usize) -> Result<Line<F>, Error> {
        let (Some(from), Some(to)) = (self.policy().theta(), other.policy().theta()) else {
            return Err(apart("probabilities of 0, which no finite θ gives"));
        };
        let end = self.policy().with_theta(to.to_vec());
        let meets = |end: &Policy<F>| end.probabilities() == other.policy().probabilities();
        if from.len() != to.len() || !end.as_ref().is_ok_and(meets) {
            return Err(apart("parameters of two parametrizations"));
        }
        let way: Vec<F> = to.iter().zip(from).map(|(x, y)| x.clone() - y).collect();
        along(points, &|x| {
            let moved = from.iter().zip(&way);
            let theta = moved.map(|(from, way)| way.clone() * x + from).collect();
            let solved = match self.with_theta(theta) {
                Err(Error::Improper { .. }) => return Ok(None),
                solved => solved?,
            };
            let gradient = solved.policy().pull_back(&solved.pair_weights()?);
            Ok(Some((
                solved.j().clone(),
                crate::field::dot(&gradient, &way),
            )))
        })
    }

    /// J and its slope at x; `None` where π_x never terminates.
    fn height(&self, other: &Solved<F>, x: &F) -> Result<Option<(F, F)>, Error> {
        let policy: Policy<F> = mixture(self.policy(), other.policy(), x);
        let solved = Solved::by(Arc::clone(self.mdp()), policy, self.options().clone());
        let solved = match solved {
            Err(Error::Improper { .. }) => return Ok(None),
            solved => solved?,
        };
        let space = self.mdp().space();
        let (pi, new) = (
            self.policy().probabilities(),
            other.policy().probabilities(),
        );
        let mut slope = F::zero();
        // advantages keep the digits that q loses where values are large and alike
        for (pair, advantage) in solved.advantage().iter().enumerate() {
            let visits = &solved.occupancy()[space.state_of(pair)];
            slope += (new[pair].clone() - &pi[pair]) * advantage * visits;
        }
        Ok(Some((solved.j().clone(), slope)))
    }
}

fn apart(found: &'static str) -> Error {
    Error::Argument {
        name: "what the line from θ to θ' joins",
        found: found.into(),
        expected: "two policies of one parametrization, each with a finite θ",
    }
}

/// J and its slope at x; `None` where the policy there never terminates.
type Height<'a, F> = dyn Fn(&F) -> Result<Option<(F, F)>, Error> + 'a;

/// Heights and slopes at so many points, and where the slope changes its sign.
fn along<F: Solvable>(points: usize, height: &Height<'_, F>) -> Result<Line<F>, Error> {
    let last = F::from_i64(points.max(2) as i64 - 1);
    let x: Vec<F> = (0..points.max(2))
        .map(|i| F::from_i64(i as i64) / &last)
        .collect();
    let found = x.iter().map(height);
    let found: Vec<Option<(F, F)>> = found.collect::<Result<_, _>>()?;
    let mut turns = Vec::new();
    for (ends, found) in x.windows(2).zip(found.windows(2)) {
        let [Some((_, left)), Some((_, right))] = found else {
            continue;
        };
        if rises(left) != rises(right) && !left.is_zero() && !right.is_zero() {
            let ends = (ends[0].clone(), ends[1].clone());
            turns.push(turn(height, ends, rises(left))?);
        }
    }
    let (j, slope) = found.into_iter().map(Option::unzip).unzip();
    Ok(Line { x, j, slope, turns })
}

fn turn<F: Solvable>(height: &Height<'_, F>, ends: (F, F), is_top: bool) -> Result<Turn<F>, Error> {
    let (mut low, mut high) = ends;
    for _ in 0..if F::EXACT { 10 } else { 40 } {
        let middle = (low.clone() + &high) / F::from_i64(2);
        match height(&middle)? {
            Some((_, slope)) if rises(&slope) == is_top => low = middle,
            Some(_) => high = middle,
            None => break,
        }
    }
    Ok(Turn {
        between: (low, high),
        is_top,
    })
}

fn rises<F: Solvable>(slope: &F) -> bool {
    *slope > F::zero()
}
