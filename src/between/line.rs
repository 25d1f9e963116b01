//! J along the straight line from π to π'.

use crate::linalg::Solvable;
use std::sync::Arc;

use super::accuracy::height_errors;
use super::mixture;
use crate::error::Error;
use crate::field::{UNIT, dot};
use crate::policy::{Changes, Policy};
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
    /// What rounding can do to J and to the slope at each x; 0 in a field that is exact or has bounds of its own, and not
    /// known (0) but of the discounted and the total reward.
    pub errors: Vec<[f64; 2]>,
    /// Where the slope changes its sign between two of them, by more than rounding.
    pub turns: Vec<Turn<F>>,
}

impl<F: Solvable> Line<F> {
    /// This line where each J is so much more.
    fn raised(self, worth: &F) -> Line<F> {
        let more = |j: Option<F>| j.map(|j| j + worth);
        let rounded = 16.0 * UNIT * worth.to_f64().abs();
        let errors = self.errors.into_iter();
        let is_rounded = !F::EXACT && F::one().certified().is_none();
        Line {
            j: self.j.into_iter().map(more).collect(),
            errors: errors
                .map(|[j, slope]| [if is_rounded { j + rounded } else { j }, slope])
                .collect(),
            ..self
        }
    }
}

/// J(π_x), its slope, and what rounding can do to both.
struct Height<F> {
    j: F,
    slope: F,
    errors: [f64; 2],
}

impl<F: Solvable> Height<F> {
    /// Of a solved policy that changes with x as it is told.
    fn new(at: &Solved<F>, changes: &Changes<F>) -> Result<Height<F>, Error> {
        let space = at.mdp().space();
        let mut slope = F::zero();
        // advantages keep the digits that q loses where values are large and alike
        for (pair, advantage) in at.advantage().iter().enumerate() {
            let visits = &at.occupancy()[space.state_of(pair)];
            slope += changes.by_pair[pair].clone() * advantage * visits;
        }
        Ok(Height {
            j: at.j().clone(),
            slope,
            errors: height_errors(at, changes)?,
        })
    }

    /// Whether J rises; `None` where rounding may decide.
    fn rises(&self) -> Option<bool> {
        let told = self.slope.abs().to_f64() > self.errors[1] && !self.slope.is_zero();
        told.then(|| self.slope > F::zero())
    }
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
    /// [`Error::OtherSpace`] for a policy of another model, and where a system is not solved for another reason than that a
    /// policy never terminates.
    pub fn line_to(&self, other: &Solved<F>, points: usize) -> Result<Line<F>, Error> {
        Error::check_space(self.mdp(), other.policy())?;
        match self.both_without_offset(other)? {
            Some((at, to, worth)) => Ok(at.line_to(&to, points)?.raised(&worth)),
            None => along(points, &|x| self.height(other, x)),
        }
    }

    /// J and its slope along (1 − x) θ + x θ', x in [0, 1], where both policies have parameters of one kind; between two
    /// that differ in one parameter it tells where J is stationary in that one.
    ///
    /// # Errors
    /// [`Error::Argument`] where a policy has no finite θ or θ means something else, and as
    /// [`Solved::line_to`] and [`Solved::gradient`].
    pub fn line_of_parameters(&self, other: &Solved<F>, points: usize) -> Result<Line<F>, Error> {
        Error::check_space(self.mdp(), other.policy())?;
        if let Some((at, to, worth)) = self.both_without_offset(other)? {
            return Ok(at.line_of_parameters(&to, points)?.raised(&worth));
        }
        let way = Way::new(self.policy(), other.policy())?;
        along(points, &|x| {
            let solved = match self.with_theta(way.at(x)) {
                Err(Error::Improper { .. }) => return Ok(None),
                solved => solved?,
            };
            let gradient = solved.policy().pull_back(&solved.pair_weights()?);
            let changes = Changes::along(solved.policy(), &way.step);
            Ok(Some(Height {
                slope: dot(&gradient, &way.step),
                errors: height_errors(&solved, &changes)?,
                j: solved.j().clone(),
            }))
        })
    }

    /// J and its slope along (1 − x) θ + x θ' of rules that are followed at all times, of a model which this one is unrolled
    /// in time.
    ///
    /// # Errors
    /// [`Error::Argument`] where a rule has no finite θ or θ means something else, and as [`Solved::line_to`].
    pub(crate) fn line_of_rules(
        &self,
        (rule, other): (&Policy<F>, &Policy<F>),
        points: usize,
    ) -> Result<Line<F>, Error> {
        let way = Way::new(rule, other)?;
        let space = self.policy().space();
        let times = space.pairs() / rule.space().pairs().max(1);
        along(points, &|x| {
            let rule = rule.with_theta(way.at(x))?;
            let moved = Changes::along(&rule, &way.step);
            let changes = Changes {
                by_pair: vec![moved.by_pair; times].concat(),
                errors: vec![moved.errors; times].concat(),
            };
            let policy = Policy::on_simplex(space, vec![rule.probabilities(); times].concat());
            let mdp = Arc::clone(self.mdp());
            let solved = Solved::by(mdp, policy, self.options().clone())?;
            Height::new(&solved, &changes).map(Some)
        })
    }

    /// J and its slope at x; `None` where π_x never terminates.
    fn height(&self, other: &Solved<F>, x: &F) -> Result<Option<Height<F>>, Error> {
        let policy: Policy<F> = mixture(self.policy(), other.policy(), x);
        let solved = Solved::by(Arc::clone(self.mdp()), policy, self.options().clone());
        let solved = match solved {
            Err(Error::Improper { .. }) => return Ok(None),
            solved => solved?,
        };
        Height::new(&solved, &Changes::new(self.policy(), other.policy())).map(Some)
    }
}

/// The straight line from θ to θ'.
struct Way<F> {
    from: Vec<F>,
    /// θ' − θ.
    step: Vec<F>,
}

impl<F: Solvable> Way<F> {
    /// Errors with [`Error::Argument`] where a policy has no finite θ, or θ means something else.
    fn new(at: &Policy<F>, other: &Policy<F>) -> Result<Way<F>, Error> {
        let (Some(from), Some(to)) = (at.theta(), other.theta()) else {
            return Err(apart("probabilities of 0, which no finite θ gives"));
        };
        let end = at.with_theta(to.to_vec());
        let meets = |end: &Policy<F>| end.probabilities() == other.probabilities();
        if from.len() != to.len() || !end.as_ref().is_ok_and(meets) {
            return Err(apart("parameters of two parametrizations"));
        }
        Ok(Way {
            from: from.to_vec(),
            step: to.iter().zip(from).map(|(x, y)| x.clone() - y).collect(),
        })
    }

    /// (1 − x) θ + x θ'.
    fn at(&self, x: &F) -> Vec<F> {
        let moved = self.from.iter().zip(&self.step);
        moved.map(|(from, step)| step.clone() * x + from).collect()
    }
}

pub(crate) fn apart(found: &'static str) -> Error {
    Error::Argument {
        name: "what the line from θ to θ' joins",
        found: found.into(),
        expected: "two policies of one parametrization, each with a finite θ",
    }
}

/// The height at x; `None` where the policy there never terminates.
type HeightAt<'a, F> = dyn Fn(&F) -> Result<Option<Height<F>>, Error> + 'a;

/// Heights and slopes at so many points, and where the slope changes its sign.
fn along<F: Solvable>(points: usize, height: &HeightAt<'_, F>) -> Result<Line<F>, Error> {
    let last = F::from_i64(points.max(2) as i64 - 1);
    let x: Vec<F> = (0..points.max(2))
        .map(|i| F::from_i64(i as i64) / &last)
        .collect();
    let found = x.iter().map(height);
    let found: Vec<Option<Height<F>>> = found.collect::<Result<_, _>>()?;
    let mut turns = Vec::new();
    for (ends, found) in x.windows(2).zip(found.windows(2)) {
        let rises = |at: &Option<Height<F>>| at.as_ref().and_then(Height::rises);
        let (Some(left), Some(right)) = (rises(&found[0]), rises(&found[1])) else {
            continue;
        };
        if left != right {
            let ends = (ends[0].clone(), ends[1].clone());
            turns.push(turn(height, ends, left)?);
        }
    }
    let errors = found
        .iter()
        .map(|at| at.as_ref().map_or([0.0; 2], |at| at.errors));
    Ok(Line {
        errors: errors.collect(),
        j: found
            .iter()
            .map(|at| Some(at.as_ref()?.j.clone()))
            .collect(),
        slope: found.into_iter().map(|at| Some(at?.slope)).collect(),
        x,
        turns,
    })
}

/// Halves the ends in; where rounding decides in the middle, each by itself up to there.
fn turn<F: Solvable>(
    height: &HeightAt<'_, F>,
    ends: (F, F),
    is_top: bool,
) -> Result<Turn<F>, Error> {
    let rises = |x: &F| Ok::<_, Error>(height(x)?.and_then(|at| at.rises()));
    let middle = |x: &F, y: &F| (x.clone() + y) / F::from_i64(2);
    let (mut low, mut high) = ends;
    let mut left = if F::EXACT { 10 } else { 40 };
    while left > 0 {
        left -= 1;
        let x = middle(&low, &high);
        match rises(&x)? {
            Some(rises) if rises == is_top => low = x,
            Some(_) => high = x,
            None => {
                let (mut below, mut above) = (x.clone(), x);
                for _ in 0..std::mem::take(&mut left) {
                    let x = middle(&low, &below);
                    if rises(&x)? == Some(is_top) {
                        low = x;
                    } else {
                        below = x;
                    }
                    let x = middle(&above, &high);
                    if rises(&x)? == Some(!is_top) {
                        high = x;
                    } else {
                        above = x;
                    }
                }
            }
        }
    }
    Ok(Turn {
        between: (low, high),
        is_top,
    })
}
