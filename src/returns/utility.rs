//! E f(G) and its gradient for any f, where the return takes finitely many values: the process that
//! remembers what has been paid (theory, 2.6).
//!
//! ```text
//! h_t(s, x) = Σ π p h_{t+1}(s', x + γᵗr),   h = f(x) at the end
//! ∇E f(G) = Σ_t Σ_{s,x} m_t(s, x) Σ_a ∇π(a|s) Σ p h_{t+1}(s', x + γᵗr)
//! ```

use super::RiskValue;
use crate::error::Error;
use crate::gradient::Differentiable;
use crate::linalg::Solvable;
use crate::mdp::Criterion;
use crate::solved::Solved;

/// Sums that are moved, over floating point and over fractions; a choice.
const MOVES: (usize, usize) = (4_000_000, 400_000);

/// Steps after which an episode is called endless; a choice.
const LONGEST: usize = 1 << 16;

/// A state, what has been paid, the probability.
struct Place<F> {
    state: usize,
    paid: F,
    mass: F,
}

impl<F: Differentiable> Solved<F> {
    /// E f(G) and its gradient, where G takes finitely many values: over a horizon, and where every
    /// episode ends after a bounded number of steps.
    ///
    /// # Errors
    /// [`Error::Argument`] where G takes too many values, [`Error::Criterion`] for the average reward,
    /// [`Error::NotDifferentiable`] where J has no gradient, [`Error::GradientOverflow`] where it leaves `f64`,
    /// [`Error::Factor`].
    pub fn utility(&self, f: impl Fn(&F) -> F) -> Result<RiskValue<F>, Error> {
        if *self.mdp().criterion() == Criterion::Average {
            return Err(self.no_return());
        }
        self.derivatives().check_differentiable(self, false)?;
        let (layers, scales) = self.layers()?;
        let ends = |layer: &[Place<F>]| -> Vec<F> { layer.iter().map(|x| f(&x.paid)).collect() };
        let mut later = ends(&layers[layers.len() - 1]);
        let mut weights = vec![F::zero(); self.mdp().pairs()];
        for (t, pair) in layers.windows(2).enumerate().rev() {
            let (now, next) = (&pair[0], &pair[1]);
            let mut here = ends(now);
            for (place, h) in now.iter().zip(&mut here) {
                if !self.mdp().space().is_terminal(place.state) {
                    *h = self.expected(place, &scales[t], (next, &later), &mut weights);
                }
            }
            later = here;
        }
        let mut value = F::zero();
        for (place, h) in layers[0].iter().zip(&later) {
            value += h.clone() * &place.mass;
        }
        let gradient = self.policy().pull_back(&weights);
        let is_number = |x: &F| F::EXACT || !x.to_f64().is_nan();
        if !gradient.iter().chain([&value]).all(is_number) {
            return Err(Error::Overflow {
                quantity: "E f(G) or its gradient",
            });
        }
        Ok(RiskValue {
            value,
            gradient,
            bound: None,
        })
    }

    /// h(s, x), and what the place adds to the weights of ∇π.
    fn expected(
        &self,
        place: &Place<F>,
        scale: &F,
        (next, later): (&[Place<F>], &[F]),
        weights: &mut [F],
    ) -> F {
        let pairs = self.mdp().space().pairs_of(place.state);
        let of_pair = |pair: usize| {
            let mut sum = F::zero();
            for o in self
                .mdp()
                .outcomes(pair)
                .filter(|o| !o.probability.is_zero())
            {
                let paid = place.paid.clone() + scale.clone() * o.reward;
                if let Ok(found) = next.binary_search_by(|x| order(x, o.next, &paid)) {
                    sum += later[found].clone() * o.probability;
                }
            }
            sum
        };
        let values: Vec<F> = pairs.clone().map(of_pair).collect();
        let pi = &self.policy().probabilities()[pairs.clone()];
        let mean = crate::field::dot(pi, &values);
        for (pair, value) in pairs.zip(values) {
            weights[pair] += (value - &mean) * &place.mass;
        }
        mean
    }

    /// The places at t = 0, 1, … until all have ended, and γᵗ. Actions of probability 0 are followed
    /// too, without mass: what they would pay counts in the gradient.
    #[allow(clippy::type_complexity)] // places by time, and a weight for each time
    fn layers(&self) -> Result<(Vec<Vec<Place<F>>>, Vec<F>), Error> {
        let mdp = self.mdp();
        let horizon = mdp.criterion().horizon();
        let initial = mdp
            .initial()
            .iter()
            .enumerate()
            .filter(|(_, p)| !p.is_zero());
        let first = |(state, p): (usize, &F)| Place {
            state,
            paid: F::zero(),
            mass: p.clone(),
        };
        let mut layers: Vec<Vec<Place<F>>> = vec![initial.map(first).collect()];
        let (mut scales, mut scale, mut moves) = (Vec::new(), F::one(), 0);
        let budget = if F::EXACT { MOVES.1 } else { MOVES.0 };
        loop {
            let now = &layers[layers.len() - 1];
            let over = now.iter().all(|place| mdp.space().is_terminal(place.state));
            if over || horizon == Some(scales.len()) {
                return Ok((layers, scales));
            }
            let next = self.next(now, &scale, &mut moves);
            if moves > budget || scales.len() == LONGEST {
                return Err(endless(&format!("one of more than {budget} sums")));
            }
            layers.push(next);
            scales.push(scale.clone());
            scale *= &mdp.discount();
        }
    }

    /// The places after a step.
    fn next(&self, now: &[Place<F>], scale: &F, moves: &mut usize) -> Vec<Place<F>> {
        let (mdp, pi) = (self.mdp(), self.policy().probabilities());
        let mut next = Vec::new();
        for place in now {
            for pair in mdp.space().pairs_of(place.state) {
                for o in mdp.outcomes(pair).filter(|o| !o.probability.is_zero()) {
                    *moves += 1;
                    next.push(Place {
                        state: o.next,
                        paid: place.paid.clone() + scale.clone() * o.reward,
                        mass: place.mass.clone() * &pi[pair] * o.probability,
                    });
                }
            }
        }
        next.sort_by(|x, y| order(x, y.state, &y.paid));
        next.dedup_by(|later, kept| {
            let same = later.state == kept.state && later.paid == kept.paid;
            if same {
                kept.mass += &later.mass;
            }
            same
        });
        next
    }

    /// Whether there is a number of steps that no episode exceeds: a horizon, or no way back to any state.
    pub(super) fn ends_in_bounded_time(&self) -> bool {
        let mdp = self.mdp();
        if matches!(mdp.criterion(), Criterion::FiniteHorizon { .. }) {
            return true;
        }
        let space = mdp.space();
        let after = |state| {
            let outcomes = space.pairs_of(state).flat_map(|pair| mdp.outcomes(pair));
            outcomes
                .filter(|o| !o.probability.is_zero())
                .map(|o| o.next)
        };
        let mut reached: Vec<bool> = mdp.initial().iter().map(|p| !p.is_zero()).collect();
        let mut stack: Vec<usize> = (0..space.states()).filter(|&s| reached[s]).collect();
        let mut before = vec![0usize; space.states()];
        while let Some(state) = stack.pop() {
            for next in after(state) {
                before[next] += 1;
                if !std::mem::replace(&mut reached[next], true) {
                    stack.push(next);
                }
            }
        }
        // taken away one by one, those that nothing leads to any more
        let all = reached.iter().filter(|reached| **reached).count();
        stack.extend((0..space.states()).filter(|&s| reached[s] && before[s] == 0));
        let mut taken = 0;
        while let Some(state) = stack.pop() {
            taken += 1;
            for next in after(state) {
                before[next] -= 1;
                if before[next] == 0 {
                    stack.push(next);
                }
            }
        }
        taken == all
    }

    /// The mean of the worst outcomes, of probability α in (0, 1], and its gradient: that of
    /// q − E(q − G)⁺/α with the quantile q held fixed (Rockafellar & Uryasev 2000; Tamar, Glassner &
    /// Mannor 2015).
    ///
    /// # Errors
    /// [`Error::Criterion`] for the average reward, [`Error::NotDifferentiable`] where J has no gradient,
    /// [`Error::Argument`] where G takes too many values, and where P(G ≤ q) = α < 1 exactly, so that another
    /// outcome becomes the worst in one direction and the tail has no gradient.
    pub fn tail_mean(&self, level: &F) -> Result<RiskValue<F>, Error> {
        let wrong = |expected| Error::Argument {
            name: "the level α of CVaR",
            found: level.to_f64().to_string(),
            expected,
        };
        let inside = *level > F::zero() && *level <= F::one();
        if !inside {
            return Err(wrong("a probability above 0, at most 1"));
        }
        if *level == F::one() {
            return self.utility(F::clone);
        }
        let law = self.return_distribution()?;
        if !law.finite {
            return Err(endless("one of infinitely many values"));
        }
        let slack = if F::EXACT {
            F::zero()
        } else {
            F::one() / F::from_i64(1_000_000_000_000)
        };
        let (mut below, mut quantile) = (F::zero(), None);
        for part in &law.parts {
            let up_to = below.clone() + &part.probability;
            if up_to >= level.clone() - &slack {
                if up_to <= level.clone() + &slack {
                    return Err(wrong(
                        "a level that no outcome reaches exactly: the tail has no gradient there",
                    ));
                }
                quantile = part.low.clone();
                break;
            }
            below = up_to;
        }
        let quantile = quantile.ok_or_else(|| wrong("a level that the law reaches"))?;
        let short = |x: &F| match x {
            x if *x < quantile => (x.clone() - &quantile) / level,
            _ => F::zero(),
        };
        let found = self.utility(short)?;
        Ok(RiskValue {
            value: found.value + &quantile,
            ..found
        })
    }
}

fn endless(found: &str) -> Error {
    Error::Argument {
        name: "the law of the return",
        found: found.into(),
        expected: "one of finitely many values: a shorter horizon, or episodes of bounded length",
    }
}

fn order<F: Solvable>(place: &Place<F>, state: usize, paid: &F) -> std::cmp::Ordering {
    let paid = place.paid.partial_cmp(paid);
    place
        .state
        .cmp(&state)
        .then(paid.unwrap_or(std::cmp::Ordering::Equal))
}
