//! A recipe → the vector that it makes, exactly.

use super::bench::{Bench, Course, ending, over_actions};
use super::recipe::{Discount, MeasureOf, Norm, Recipe, Score, Start};
use super::signal::ByTime;
use crate::error::Error;
use crate::evaluation::Average;
use crate::mdp::Outcome;
use crate::policy::Parametrization;

/// A recipe's weights W \[SA\] with g = W·score, and g \[d\].
pub(super) struct Made {
    pub weights: Vec<f64>,
    pub vector: Vec<f64>,
}

impl Bench<'_> {
    /// What a recipe makes; `None` where it makes nothing on this model.
    pub fn make(&self, recipe: &Recipe) -> Option<Made> {
        let measure = self.measure(recipe.measure)?;
        let signal = self.signal(recipe.signal)?;
        let factor = self.factor(recipe, &measure)?;
        let mut weights = match recipe.score {
            Score::Own | Score::WithoutMean => self.paired(&measure, &signal.f),
            Score::OfNext => self.paired_with_next(&measure, |t, pair, outcome| {
                signal.of_outcome(self, t, pair, outcome)
            })?,
            Score::OfNextByValue => {
                self.paired_with_next(&measure, |t, pair, _| Some(signal.at(t)[pair]))?
            }
        };
        if let (Course::LongRun(average), false) = (self.course, recipe.classes_fixed) {
            let right = recipe.measure == MeasureOf::default();
            self.add_drift(average, right, &mut weights)?;
        }
        weights.iter_mut().for_each(|w| *w *= factor);
        let vector = self.scored(recipe.score, &weights)?;
        let vector = self.layout.reordered(recipe.order, vector)?;
        let finite = vector.iter().all(|x| x.is_finite());
        finite.then_some(Made { weights, vector })
    }

    /// Σₜ mₜ(s) fₜ(s, a) \[SA\].
    fn paired(&self, measure: &ByTime, f: &ByTime) -> Vec<f64> {
        let mut weights = vec![0.0; self.mdp.pairs()];
        for (t, mass) in measure.iter().enumerate() {
            let f = &f[t.min(f.len() - 1)];
            for (pair, weight) in weights.iter_mut().enumerate() {
                *weight += mass[self.mdp.space().state_of(pair)] * f[pair];
            }
        }
        weights
    }

    /// The weights π f of the scores at (S', A), where A is an action of S' \[SA\].
    fn paired_with_next(
        &self,
        measure: &ByTime,
        f: impl Fn(usize, usize, Outcome<f64>) -> Option<f64>,
    ) -> Option<Vec<f64>> {
        let (mdp, space, pi) = (self.mdp, self.mdp.space(), self.policy.probabilities());
        let mut weights = vec![0.0; mdp.pairs()];
        for (t, mass) in measure.iter().enumerate() {
            for pair in 0..mdp.pairs() {
                let visits = mass[space.state_of(pair)] * pi[pair];
                for outcome in mdp.outcomes(pair) {
                    let value = f(t, pair, outcome)?;
                    if let Some(next) = space.pair(outcome.next, space.action_of(pair)) {
                        weights[next] += visits * outcome.probability * value;
                    }
                }
            }
        }
        Some(weights)
    }

    /// (ρ₀D)(s) (pg)(s, a): how the policy changes which recurrent class is reached.
    fn add_drift(&self, average: &Average, right: bool, weights: &mut [f64]) -> Option<()> {
        if average.long_run().structure().is_unichain() || !right {
            return Some(());
        }
        let drift = average.long_run().deviation_row(self.mdp.initial()).ok()?;
        let rise = self.mdp.p().mul(average.gain());
        for (pair, weight) in weights.iter_mut().enumerate() {
            let state = self.mdp.space().state_of(pair);
            *weight += drift[state] * (rise[pair] - average.gain()[state]);
        }
        Some(())
    }

    /// W · score \[d\].
    pub fn scored(&self, score: Score, weights: &[f64]) -> Option<Vec<f64>> {
        match score {
            Score::Own => Some(self.policy.pull_back(weights)),
            Score::WithoutMean => self.without_mean(weights),
            Score::OfNext | Score::OfNextByValue => {
                Error::check_scores(self.policy).ok()?;
                let scores = self.policy.scores();
                let complete = scores.missing.is_empty();
                complete.then(|| scores.rows.mul_transposed(weights))
            }
        }
    }

    /// Σ W σ × the part of ∇log σ that names the action: e_a/τ, φ/τ, e_a β/θ, e_a/π.
    fn without_mean(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let keep = 1.0 - self.policy.mix().unwrap_or(&0.0);
        let sigma = self.policy.unmixed();
        let weighed = || sigma.iter().zip(weights).map(|(s, w)| keep * s * w);
        Some(match self.policy.parametrization() {
            Parametrization::Softmax(family) => weighed().map(|w| w / family.temperature).collect(),
            Parametrization::LogLinear(family) => {
                let weights: Vec<f64> = weighed().map(|w| w / family.temperature).collect();
                family.features.mul_transposed(&weights)
            }
            Parametrization::Escort(family) => {
                let theta = self.policy.theta()?.iter();
                let slope = weighed().zip(theta).map(|(w, x)| match *x {
                    0.0 => 0.0,
                    x => w * family.power / x,
                });
                slope.collect()
            }
            Parametrization::Factored(_) | Parametrization::Controller(_) => return None,
            Parametrization::Gaussian(_) => return None,
            Parametrization::Simplex(_) => weights.iter().map(|w| keep * w).collect(),
            Parametrization::Direct(_) => {
                let space = self.mdp.space();
                let free = |&pair: &usize| pair + 1 < space.pairs_of(space.state_of(pair)).end;
                let pairs = (0..space.pairs()).filter(free);
                pairs.map(|pair| keep * weights[pair]).collect()
            }
        })
    }

    /// The sign, the norm and the temperature of a recipe.
    fn factor(&self, recipe: &Recipe, measure: &ByTime) -> Option<f64> {
        let mass = |measure: &ByTime| measure.iter().flatten().sum::<f64>();
        let norm = match recipe.norm {
            Norm::One => 1.0,
            Norm::Horizon => Some(*self.mdp.discount_complement()).filter(|c| *c > 0.0)?,
            Norm::Mass => 1.0 / mass(measure),
            Norm::MassAndEnd => {
                1.0 / (mass(measure) + self.ended(measure, recipe.measure.weight)?)
            }
            Norm::Steps => 1.0 / self.steps(recipe.measure.start)?.0,
            Norm::StepsAndEnd => {
                let (steps, ended) = self.steps(recipe.measure.start)?;
                1.0 / (steps + ended)
            }
        };
        let heat = if recipe.heated {
            *self.temperature()?
        } else {
            1.0
        };
        let sign = if recipe.negated { -1.0 } else { 1.0 };
        Some(sign * norm * heat).filter(|x| x.is_finite())
    }

    /// The expected number of steps of an episode, and the chance that it ends in a terminal state.
    fn steps(&self, start: Start) -> Option<(f64, f64)> {
        let undiscounted = MeasureOf {
            start,
            weight: Discount::One,
            ..MeasureOf::default()
        };
        let measure = self.measure(undiscounted)?;
        let steps = measure.iter().flatten().sum::<f64>();
        let ended = self.ended(&measure, Discount::One)?;
        (steps > 0.0).then_some((steps, ended))
    }

    /// Σ w m(s) π p(terminal|s, a): the measure of the ends; `None` where there are none.
    fn ended(&self, measure: &ByTime, weight: Discount) -> Option<f64> {
        let leaves = over_actions(self, &ending(self));
        let ended = measure.iter().flat_map(|mass| mass.iter().zip(&leaves));
        let ended = self.number(weight) * ended.map(|(mass, x)| mass * x).sum::<f64>();
        let lasts = matches!(self.course, Course::LongRun(_));
        (!lasts).then_some(ended)
    }
}
