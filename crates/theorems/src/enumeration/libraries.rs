//! What libraries compute beside plain sums over steps, from all trajectories (theory, 5.10).

use super::{Along, Enumerated, Path, PsiOf, Taken};
use crate::algebra::{apply, inner, largest};
use crate::{Case, Identity, Section, Sides, Skip};
use exact_mdp::estimator::{Detail, Estimator};
use exact_mdp::policy::Policy;

identities! { Covariances;
"off-policy-by-enumeration" off_policy {
    "mean and variance of V-trace, Retrace and whole-trajectory importance sampling · w over all trajectories of up to 4 steps of a uniform b",
    "Every product of the sums that follow one another is a polynomial in those of the next state; here each is summed up by its definition on each trajectory, ω = π/b.",
    "Espeholt et al. 2018; Munos et al. 2016; theory, 5.10"
}
"mean-over-steps-by-enumeration" mean_over_steps {
    "E X/E L and the variance of (X − μL)/E L along w over all trajectories of up to 4 steps, X of reward-to-go, L the steps",
    "√N(ΣX/ΣL − μ) has the variance of the linear part, by the delta method.",
    "van der Vaart 1998, Theorem 3.1; theory, 5.10"
}
}

/// Parameters of a covariance of sums together, each pair of which is a recursion: with 44 they take
/// a second.
const PARAMETERS: usize = 24;

/// Trajectories of b and their ratios.
fn of_uniform(case: &Case) -> Result<Enumerated<'_>, Skip> {
    Skip::beyond(case.policy.parameters(), PARAMETERS, "parameters")?;
    let policy = Policy::uniform(case.horizon()?.mdp.space());
    Enumerated::drawn(case, Some(policy))
}

impl Path<'_> {
    /// ω = π/b of a step.
    fn ratio(&self, t: usize) -> f64 {
        let pair = self.steps[t].pair;
        self.at.case.probabilities[pair] / self.at.acting()[pair]
    }

    /// V-trace's excess vs − v over the steps from t on, at bounds of 1.
    fn excess(self, t: usize) -> f64 {
        let steps = (t..self.steps.len()).rev();
        steps.fold(0.0, |later, t| {
            self.ratio(t).min(1.0) * (self.residual(t) + self.gamma() * later)
        })
    }

    /// Retrace's Σ over the later steps of γˡ Πc δ, c = λ min(1, ω).
    fn traced(self, t: usize) -> f64 {
        let steps = (t..self.steps.len()).rev();
        steps.fold(0.0, |later, u| {
            let own = self.steps[u].reward + self.gamma() * self.v(u + 1) - self.q(u) + later;
            if u == t {
                own
            } else {
                own * self.gamma() * 0.5 * self.ratio(u).min(1.0)
            }
        })
    }

    fn whole_ratio(self) -> f64 {
        (0..self.steps.len()).map(|t| self.ratio(t)).product()
    }
}

fn off_policy(case: &Case) -> Result<Sides, Skip> {
    let enumerated = of_uniform(case)?;
    let along = enumerated.along(case.direction(123))?;
    let estimators: [(&str, PsiOf); 3] = [
        ("v-trace:1:1", |path, t| {
            let next = if t + 1 < path.steps.len() {
                path.excess(t + 1)
            } else {
                0.0
            };
            path.ratio(t).min(1.0) * (path.residual(t) + path.gamma() * next)
        }),
        ("retrace:1/2", |path, t| path.q(t) + path.traced(t)),
        ("importance:ordinary", |path, t| {
            path.to_go(t) * path.whole_ratio()
        }),
    ];
    let mut sides = Sides::equal(&[], &[], 1.0, enumerated.tolerance());
    for (name, psi) in estimators {
        sides = sides.and(enumerated.compare(&along, name, psi)?);
    }
    Ok(sides)
}

fn mean_over_steps(case: &Case) -> Result<Sides, Skip> {
    Skip::beyond(case.policy.parameters(), PARAMETERS, "parameters")?;
    let enumerated = Enumerated::new(case)?;
    let along = enumerated.along(case.direction(124))?;
    let experiment = enumerated.experiment()?;
    let resolved = experiment.resolve(&"per-step-mean:reward-to-go".parse::<Estimator>()?)?;
    let moments = (case.formulas.moments)(&experiment, &resolved, Detail::Covariance)?;
    let sums = Sums::over(&enumerated, &along);
    Skip::unless(sums.steps > 0.0, "no step is taken")?;
    let mean = sums.first / sums.steps;
    // E(X − μL)² = E X² − 2μ E XL + μ² E L²
    let spread = sums.second - 2.0 * mean * sums.crossed + mean * mean * sums.squared;
    let covariance = moments.covariance.as_ref();
    let covariance = covariance.ok_or_else(|| Skip::new("no covariance was computed"))?;
    let claimed = [
        inner(&moments.mean, &along.w),
        inner(&along.w, &apply(covariance, &along.w)),
    ];
    let tolerance = enumerated.tolerance();
    let size = sums.size / sums.steps;
    let longest = enumerated.steps as f64 / sums.steps;
    let square = (size * longest).powi(2) + sums.square / sums.steps.powi(2);
    let expected = spread / sums.steps.powi(2);
    let sides = Sides::equal(&claimed[..1], &[mean], size, tolerance);
    Ok(sides.and(Sides::equal(
        &claimed[1..],
        &[expected],
        4.0 * square,
        tolerance,
    )))
}

/// Means over all trajectories: of X, X², XL, L, L², and of what X may amount to.
#[derive(Default)]
struct Sums {
    first: f64,
    second: f64,
    crossed: f64,
    steps: f64,
    squared: f64,
    size: f64,
    square: f64,
}

impl Sums {
    fn over(enumerated: &Enumerated, along: &Along) -> Sums {
        let mut sums = Sums::default();
        let gamma = enumerated.mdp.discount();
        enumerated.each(&mut |probability, steps: &[Taken]| {
            let path = Path {
                at: enumerated,
                steps,
            };
            let (mut x, mut reach, mut weight) = (0.0, 0.0, 1.0);
            for (t, step) in steps.iter().enumerate() {
                x += weight * along.psi[step.pair] * path.to_go(t);
                reach += weight * along.reach[step.pair] * path.largest();
                weight *= gamma;
            }
            let length = steps.len() as f64;
            sums.first += probability * x;
            sums.second += probability * x * x;
            sums.crossed += probability * x * length;
            sums.steps += probability * length;
            sums.squared += probability * length * length;
            sums.size += probability * reach;
            sums.square += probability * reach * reach;
        });
        sums
    }
}

/// Most of what a product of ratios may amount to over a trajectory, at least 1.
pub(super) fn largest_ratio(enumerated: &Enumerated) -> f64 {
    let pi = enumerated
        .case
        .probabilities
        .iter()
        .zip(enumerated.acting());
    let ratios: Vec<f64> = pi
        .map(|(pi, b)| if *b > 0.0 { pi / b } else { 0.0 })
        .collect();
    largest(&ratios).max(1.0).powi(enumerated.steps as i32)
}
