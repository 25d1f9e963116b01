//! A vector held against ∇J_α, of the objective with α times the entropy of each action in its rewards.

use std::sync::Arc;

use super::bench::Bench;
use super::fit::{Fit, Metric, furthest, largest};
use super::mistake::{says, short};
use super::recipe::{Discount, MeasureOf};
use super::search::Diagnosis;
use super::simplex::Tangential;
use super::{Judgment, Precision, Verdict, coarse, explained, families, held, tangential};
use crate::error::Error;
use crate::solved::Solved;

/// Is this vector \[d\] the gradient of J_α, with α times the entropy of each action in the rewards?
///
/// ∇J_α is that of J with the rewards r − α log π of this policy, so that the whole dictionary is there,
/// and beside it the entropy forgotten, of the wrong sign or another weight, of the present step alone or of later ones alone.
///
/// # Errors
/// [`Error::Argument`] for α < 0, [`Error::NoScore`] where log π diverges, [`Error::NotDifferentiable`] or
/// [`Error::GainJumps`] where J has no gradient, and [`Error::Length`] where the vector has not d entries.
pub fn soft_gradient(
    solved: &Solved,
    alpha: f64,
    given: &[f64],
    precision: Precision,
) -> Result<Judgment, Error> {
    let soft = solved.entropy(&alpha)?;
    Error::check_length("gradient", solved.policy().parameters(), given.len())?;
    let logs = solved.policy().log_probabilities();
    let paid = solved.mdp().r().iter().zip(&logs);
    let paid = paid.map(|(r, log)| r - alpha * log.unwrap_or(0.0));
    let mdp = solved.mdp().as_ref().clone().with_rewards(paid.collect())?;
    let policy = Arc::clone(solved.policy());
    let paid = Solved::by(Arc::new(mdp), policy, solved.options().clone())?;
    let entropy = Entropy {
        alpha,
        plain: solved.gradient()?.to_vec(),
        present: present(solved, alpha),
        soft: soft.gradient,
    };
    let along = Tangential::of_vector(solved.policy(), given);
    let along = tangential(along, given, precision);
    let is_tangential = along.is_some();
    let (given, precision) = match &along {
        Some((along, precision)) => (along.as_slice(), *precision),
        None => (given, precision),
    };
    let bench = Bench::with_entropy(&paid, alpha);
    let mut judgment = held(&bench, entropy.soft.clone(), given, precision, 0.0);
    judgment.tangential = is_tangential;
    if judgment.verdict == Verdict::Wrong {
        let fit = Fit {
            given,
            size: largest(given).max(f64::MIN_POSITIVE),
            tolerance: precision.unit.max(coarse(given, precision.unit)),
            metric: Metric::Entries,
        };
        entropy.explain(&bench, fit, &mut judgment.diagnoses);
    }
    Ok(judgment)
}

/// α Σₜ γᵗ ∇H(π(·|Sₜ)) in the mean, the entropy's own gradient in each state that is visited.
fn present(solved: &Solved, alpha: f64) -> Vec<f64> {
    let visits = solved.occupancy();
    let space = solved.mdp().space();
    let logs = solved.policy().log_probabilities();
    let weight = |pair: usize| -alpha * visits[space.state_of(pair)] * logs[pair].unwrap_or(0.0);
    let weights: Vec<f64> = (0..space.pairs()).map(weight).collect();
    solved.policy().pull_back(&weights)
}

/// ∇J_α and what it is made of.
struct Entropy {
    alpha: f64,
    /// ∇J.
    plain: Vec<f64>,
    /// What the entropy of the present step adds.
    present: Vec<f64>,
    /// ∇J_α.
    soft: Vec<f64>,
}

/// x + c y.
fn sum(x: &[f64], y: &[f64], c: f64) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + c * y).collect()
}

impl Entropy {
    /// Adds what was done to the entropy, in front of what explains the vector no better.
    fn explain(&self, bench: &Bench, fit: Fit, found: &mut Vec<Diagnosis>) {
        let doubled: Vec<f64> = self.plain.iter().map(|x| 2.0 * x).collect();
        let whole = [
            ("entropy-later-alone", sum(&self.soft, &self.present, -1.0)),
            ("entropy-outside", sum(&self.plain, &self.present, 1.0)),
            ("entropy-sign", sum(&doubled, &self.soft, -1.0)),
            ("entropy-forgotten", self.plain.clone()),
        ];
        let mut is_whole = false;
        for (name, vector) in whole {
            // where it is ∇J_α, as of a model of one step, it is no mistake
            let is_seen = furthest(&vector, &self.soft).0 > 10.0 * fit.tolerance * fit.size;
            if let Some(residual) = fit.explains(&vector).filter(|_| is_seen) {
                is_whole = true;
                found.retain(|x| x.residual <= 4.0 * residual.max(1e-11) && x.name != name);
                found.insert(0, explained(name, residual));
            }
        }
        // one number that is free explains two
        if is_whole || families::freedom(bench) < 2 {
            return;
        }
        for one in self.weighed(bench, fit) {
            found.retain(|x| x.residual <= 4.0 * one.residual.max(1e-11) && x.name != one.name);
            found.insert(0, one);
        }
    }

    /// The entropy with another weight: all of it, or that of the present step alone.
    fn weighed(&self, bench: &Bench, fit: Fit) -> Vec<Diagnosis> {
        let mut found = Vec::new();
        let told = |name: &str, detail: String, residual| Diagnosis {
            says: format!("{}; {detail}", says(name)),
            ..explained(name, residual)
        };
        let alpha = self.alpha;
        let inside = sum(&self.soft, &self.plain, -1.0);
        if let Some((share, residual)) = fit.explains_along(&self.plain, &inside) {
            let detail = format!(
                "its weight is {}, not {}",
                short(share * alpha),
                short(alpha)
            );
            let name = match share {
                share if share < 0.0 => "entropy-sign",
                _ => "entropy-weight",
            };
            found.push(told(name, detail, residual));
            return found;
        }
        let undiscounted = MeasureOf {
            weight: Discount::One,
            ..MeasureOf::default()
        };
        let undiscounted = families::entropy_of_steps(bench, undiscounted);
        let outside = [
            (Some(self.present.clone()), ""),
            (undiscounted, ", without γᵗ"),
        ];
        for (along, power) in outside {
            let Some(along) = along else { continue };
            if let Some((c, residual)) = fit.explains_along(&self.plain, &along) {
                let weight = if power.is_empty() { c * alpha } else { c };
                let detail = format!(
                    "its weight is {}, not {}{power}",
                    short(weight),
                    short(alpha)
                );
                found.push(told("entropy-outside", detail, residual));
                break;
            }
        }
        found
    }
}
