//! The deterministic policy gradient as the limit σ → 0 (theory, 4.13; Silver et al. 2014).
//!
//! ```text
//! ∇J_σ = ∇J_0 + O(σ²),   ∇J_0 = Σ_s ρ^μ(s) ∇μ(s) ∂ₐq^μ(s, a)|_{a = μ(s)}
//! ```
//!
//! On a grid of step h the rule a = μ(s) is played by the three actions around μ(s), with the weights of
//! the quadratic spline, whose mean is μ(s) and whose variance is h²/4 wherever μ(s) is: its gradient is
//! that of the limit with the slope of the parabola through three q's, up to O(h²).

use super::Grid;
use crate::error::Error;
use crate::field::Field;
use crate::gradient::Differentiable;
use crate::gradient::deterministic::WeightedRule;
use crate::linalg::{Csr, Solvable};
use crate::mdp::Space;
use crate::policy::{Gaussian, Parametrization, Policy};
use crate::solved::Solved;

/// The rule a = μ(s), and Gaussian policies that come near it.
#[derive(Clone, Debug)]
pub struct DeterministicLimit<F: Solvable = f64> {
    /// μ(s) \[S\], kept between the least and the largest action; 0 on terminal states.
    pub mean: Vec<F>,
    /// ∂ₐq^μ(s, μ(s)) \[S\], by a parabola; 0 where μ(s) is kept from leaving the grid.
    pub slope: Vec<F>,
    /// J of the rule.
    pub j: F,
    /// Σ ρ^μ ∇μ ∂ₐq \[k\], by the parameters of the mean.
    pub gradient: Vec<F>,
    /// The policy itself with every σ(s) times a number.
    pub approach: Vec<Approach<F>>,
}

/// A Gaussian policy beside the limit.
#[derive(Clone, Debug)]
pub struct Approach<F> {
    /// What every σ(s) is multiplied by.
    pub scale: F,
    /// The least σ(s) then.
    pub sigma: F,
    /// That σ in steps of the grid, by the widest of them: below ½ or so a grid no longer resolves it.
    pub steps: F,
    /// J.
    pub j: F,
    /// ∇J by the parameters of the mean \[k\].
    pub gradient: Vec<F>,
    /// The largest difference from the gradient of the limit.
    pub distance: F,
    /// log(distance/distance before)/log(σ/σ before): 2 in theory; `None` at first and where one is 0.
    pub order: Option<f64>,
}

impl<F: Differentiable> Solved<F> {
    /// The limit of this Gaussian policy as its σ goes to 0, and the policy with σ times each scale.
    ///
    /// # Errors
    /// [`Error::Argument`] unless the policy is Gaussian without a mixture, on a grid of even steps, and the
    /// scales above 0; [`Error::NoScore`] on the boundary of a direct parametrization; [`Error::Criterion`] unless the
    /// reward is discounted or total; [`Error::Factor`].
    pub fn deterministic_limit(&self, scales: &[F]) -> Result<DeterministicLimit<F>, Error> {
        let grid = self.grid()?;
        let (family, theta) = self.gaussian()?;
        if !grid.is_even {
            return Err(Error::Argument {
                name: "the grid of the actions",
                found: "steps that differ, or numbers that fall".into(),
                expected: "even steps, the least number first",
            });
        }
        let space = self.mdp().space();
        let rule = Rule::new(space, &grid, family, theta);
        let weighted = WeightedRule::spline(space, &rule.place)?;
        let policy = Policy::on_simplex(space, weighted.weights.clone());
        let at = Solved::by(self.mdp().clone(), policy, self.options().clone())?;
        let gradient = weighted.gradient(&at, &rule.jacobian)?;
        let slope = weighted.slopes_of(&at);
        let slope = slope.iter().zip(&rule.rate);
        let mut limit = DeterministicLimit {
            slope: slope.map(|(x, rate)| x.clone() * rate).collect(),
            mean: rule.mean,
            j: at.j().clone(),
            gradient,
            approach: Vec::new(),
        };
        for scale in scales {
            let next = self.scaled(family, theta, scale, &grid, &limit)?;
            limit.approach.push(next);
        }
        Ok(limit)
    }

    fn gaussian(&self) -> Result<(&Gaussian<F>, &[F]), Error> {
        let policy = self.policy();
        match (policy.parametrization(), policy.theta(), policy.mix()) {
            (Parametrization::Gaussian(family), Some(theta), None) => Ok((family, theta)),
            (other, ..) => Err(Error::Argument {
                name: "the policy",
                found: match policy.mix() {
                    Some(_) => "a mixture with the uniform policy".into(),
                    None => format!("of parametrization {}", other.name()),
                },
                expected: "parametrization: gaussian, without epsilon",
            }),
        }
    }

    /// The policy with σ(s) times a scale: one more feature, 1 everywhere, carries log scale.
    fn scaled(
        &self,
        family: &Gaussian<F>,
        theta: &[F],
        scale: &F,
        grid: &Grid<F>,
        limit: &DeterministicLimit<F>,
    ) -> Result<Approach<F>, Error> {
        let space = self.mdp().space();
        let log = Some(scale)
            .filter(|x| **x > F::zero())
            .and_then(F::checked_ln);
        let log = log.ok_or_else(|| Error::Argument {
            name: "a scale of σ",
            found: scale
                .to_number()
                .map_or_else(|| "no number".into(), |x| x.to_string()),
            expected: "a number above 0 whose logarithm these numbers have",
        })?;
        let k = family.means(space);
        let (wider, moved) = match &family.features {
            None => {
                let mut moved = theta.to_vec();
                moved[k..].iter_mut().for_each(|x| *x += &log);
                (family.clone(), moved)
            }
            Some(phi) => {
                let row = |s: usize| {
                    let own = phi.row(s).map(|(k, x)| (k, x.clone()));
                    own.chain([(k, F::one())]).collect::<Vec<_>>()
                };
                let phi = Csr::from_rows(k + 1, (0..space.states()).map(row));
                let wider = Gaussian {
                    features: Some(phi.into()),
                    names: None,
                    ..family.clone()
                };
                let zero = [F::zero()];
                (wider, [&theta[..k], &zero, &theta[k..], &[log]].concat())
            }
        };
        let policy = Policy::new(space, Parametrization::Gaussian(wider), moved)?;
        let sigma = least_sigma(space, &policy)?;
        let at = Solved::by(self.mdp().clone(), policy, self.options().clone())?;
        let gradient = at.gradient()?[..k].to_vec();
        let gaps = gradient.iter().zip(&limit.gradient);
        let gaps = gaps.map(|(x, y)| (x.clone() - y).abs());
        let distance = gaps.fold(F::zero(), |most, x| if x > most { x } else { most });
        let order = limit.approach.last().and_then(|before| {
            let fall = (distance.to_f64() / before.distance.to_f64()).ln();
            let order = fall / (scale.to_f64() / before.scale.to_f64()).ln();
            order.is_finite().then_some(order)
        });
        Ok(Approach {
            steps: sigma.clone() / &widest_gap(space, grid),
            scale: scale.clone(),
            sigma,
            j: at.j().clone(),
            gradient,
            distance,
            order,
        })
    }
}

/// The rule a = μ(s).
struct Rule<F> {
    /// μ(s) \[S\] within the actions.
    mean: Vec<F>,
    /// Where μ(s) lies among the actions of the state, counted from 0 \[S\].
    place: Vec<F>,
    /// 1/h, 0 where μ(s) is outside \[S\].
    rate: Vec<F>,
    /// ∂place/∂w [S, k].
    jacobian: Csr<F>,
}

impl<F: Solvable> Rule<F> {
    fn new(space: &Space, grid: &Grid<F>, family: &Gaussian<F>, theta: &[F]) -> Rule<F> {
        let zeros = || vec![F::zero(); space.states()];
        let (mut mean, mut place, mut rate) = (zeros(), zeros(), zeros());
        let mut jacobian = Csr::empty(family.means(space));
        for state in 0..space.states() {
            let mut row = Vec::new();
            if let [first, .., last] = grid.order[state][..] {
                let [low, high] = [first, last].map(|pair| grid.number(space, pair));
                let steps = F::from_i64(grid.order[state].len() as i64 - 1);
                let per = steps.clone() / &(high.clone() - low);
                let [mu, _] = family.mean_and_log_sigma(space, theta, state);
                (mean[state], place[state]) = if mu < *low {
                    (low.clone(), F::zero())
                } else if mu > *high {
                    (high.clone(), steps)
                } else {
                    let place = (mu.clone() - low) * &per;
                    let features = family.features_of(space, state).into_iter();
                    row = features.map(|(k, phi)| (k, phi * &per)).collect();
                    rate[state] = per;
                    (mu, place)
                };
            } else if let [only] = grid.order[state][..] {
                mean[state] = grid.number(space, only).clone();
            }
            jacobian.push_row(&mut row);
        }
        Rule {
            mean,
            place,
            rate,
            jacobian,
        }
    }
}

/// The widest step between neighbours.
fn widest_gap<F: Field>(space: &Space, grid: &Grid<F>) -> F {
    let pairs = grid.order.iter().flat_map(|pairs| pairs.windows(2));
    let gaps = pairs.map(|two| grid.number(space, two[1]).clone() - grid.number(space, two[0]));
    gaps.fold(F::zero(), |most, gap| if gap > most { gap } else { most })
}

/// The least σ(s) of the states that act.
fn least_sigma<F: Solvable>(space: &Space, policy: &Policy<F>) -> Result<F, Error> {
    let (Parametrization::Gaussian(family), Some(theta)) =
        (policy.parametrization(), policy.theta())
    else {
        return Ok(F::zero());
    };
    let acting = (0..space.states()).filter(|&s| !space.is_terminal(s));
    let logs = acting.map(|s| family.mean_and_log_sigma(space, theta, s)[1].clone());
    let least = logs.reduce(|x, y| if y < x { y } else { x });
    Ok(least.and_then(|x| x.checked_exp()).unwrap_or_else(F::zero))
}
