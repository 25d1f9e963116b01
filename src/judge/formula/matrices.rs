//! The Jacobian, the Hessian, the Fisher matrix and the natural gradient, and what people make of
//! them.

use nalgebra::DMatrix;

use super::around::Around;
use super::page::{Groups, Page};
use crate::error::Error;
use crate::policy::Parametrization;
use crate::solved::Solved;

/// The entries of a matrix, row by row.
pub(super) fn rows(x: &DMatrix<f64>) -> Vec<f64> {
    x.transpose().as_slice().to_vec()
}

fn times(x: &[f64], c: f64) -> Vec<f64> {
    x.iter().map(|x| c * x).collect()
}

pub(super) fn jacobian(at: &Around) -> Result<Page, Error> {
    let own = at.at.jacobian()?;
    let mut page = Page::of(rows(&own));
    at.each(&mut page, |other| Some(rows(&other.jacobian().ok()?)));
    page.add("flow-missing", immediate(at, at.at.q()));
    page.add("sign+flow-missing", times(&immediate(at, at.at.q()), -1.0));
    let (d, gamma) = (own.ncols(), at.gamma());
    let average: Vec<f64> = at
        .at
        .mdp()
        .initial()
        .iter()
        .enumerate()
        .flat_map(|(s, rho)| {
            let row = own.row(s);
            (0..d).map(move |k| rho * row[k]).collect::<Vec<f64>>()
        })
        .collect();
    page.add("weighted-by-start", average);
    // what follows is not discounted once more: ∂v = ∇π q + P ∂v
    let then = at.at.mdp().p();
    let pi = at.at.policy().probabilities();
    let direct = immediate(at, at.at.q());
    let follow = |factor: f64| {
        let mut x = direct.clone();
        for s in 0..own.nrows() {
            for pair in at.at.mdp().space().pairs_of(s) {
                for (next, p) in then.row(pair) {
                    for k in 0..d {
                        x[s * d + k] += factor * pi[pair] * p * own[(next, k)];
                    }
                }
            }
        }
        x
    };
    page.add("gamma-forgotten", (gamma < 1.0).then(|| follow(1.0)));
    Ok(page)
}

/// Σₐ ∂π(a|s)/∂θ f(s, a) of each state, row by row.
fn immediate(at: &Around, f: &[f64]) -> Vec<f64> {
    let (space, d) = (at.at.mdp().space(), at.at.policy().parameters());
    let derivative = at.at.policy().derivative();
    let mut x = vec![0.0; space.states() * d];
    for (pair, f) in f.iter().enumerate() {
        let s = space.state_of(pair);
        for (k, slope) in derivative.row(pair) {
            x[s * d + k] += slope * f;
        }
    }
    x
}

pub(super) fn hessian(at: &Around) -> Result<Page, Error> {
    let own = at.at.hessian()?;
    let mut page = Page::of(rows(&own));
    at.each(&mut page, |other| Some(rows(&other.hessian().ok()?)));
    let d = own.nrows();
    let (policy, weights) = (at.at.policy(), at.at.pair_weights()?);
    // Σ ρ Σₐ q ∇²π, or what stands for ρq under another criterion
    let mut curved = DMatrix::zeros(d, d);
    for s in 0..policy.space().states() {
        let Ok(entries) = policy.curvature(s, &weights) else {
            return Ok(page);
        };
        for (k, l, x) in entries {
            curved[(k, l)] += x;
            if k != l {
                curved[(l, k)] += x;
            }
        }
    }
    let cross = &own - &curved;
    page.add("cross-terms-missing", rows(&curved));
    page.add("cross-terms-only", rows(&cross));
    page.add("cross-terms-once", rows(&(&curved + 0.5 * &cross)));
    // E Σ γᵗ ψψᵀ q, the Gauss–Newton part of ∇²π/π, of q and of advantages
    let by_q = match at.at.chain() {
        Ok(_) => {
            let pairs = at.at.pair_occupancy().iter().zip(at.at.q());
            pairs.map(|(visits, q)| visits * q).collect()
        }
        // of each time its own
        Err(_) => at.at.derivatives().score_weights(at.at)?,
    };
    let pi = policy.probabilities().iter().zip(&weights);
    let by_advantage: Vec<f64> = pi.map(|(pi, w)| pi * w).collect();
    for weights in [by_q, by_advantage] {
        let outer = scored(at.at, |pair| weights[pair]);
        page.add("curvature-of-scores-missing", rows(&outer));
        page.add("curvature-of-scores-missing", rows(&(&outer + &cross)));
        let says = "only the term of ∇² log π is there".to_string();
        page.add_as("curvature-of-scores-only", says, rows(&(&curved - &outer)));
    }
    let gradient = at.at.gradient()?.to_vec();
    let gradient = DMatrix::from_column_slice(d, 1, &gradient);
    page.add("outer-product", rows(&(&gradient * gradient.transpose())));
    page.add("fisher-for-hessian", at.at.fisher().ok().map(|x| rows(&x)));
    page.add("diagonal-only", diagonal(&own));
    let free = free_probabilities(at.at)?;
    page.add("diagonal-only", free.map(|x| diagonal(&x)));
    page.add(
        "initial-uniform",
        at.started_everywhere()
            .and_then(|x| Some(rows(&x.hessian().ok()?))),
    );
    normalised(at, &mut page);
    Ok(page)
}

/// ∂²J/∂π∂π \[SA, SA\] of probabilities that need not sum to 1, as automatic differentiation has it of a table of them; `None`
/// where they are no parameters, and where there is no resolvent.
///
/// ```text
/// ∂²J/∂π(sa)∂π(tb) = γ (ρ(t) M(tb, s) q(sa) + ρ(s) M(sa, t) q(tb))        M = p (I − γp^π)⁻¹
/// ```
///
/// What is summed over actions with weights that sum to 0 is ∇²J (theory, 4.6).
fn free_probabilities(at: &Solved) -> Result<Option<DMatrix<f64>>, Error> {
    let (Parametrization::Simplex(_), Ok(chain)) = (at.policy().parametrization(), at.chain())
    else {
        return Ok(None);
    };
    let (mdp, space) = (at.mdp(), at.mdp().space());
    let mut follow = Vec::with_capacity(mdp.states());
    for state in 0..mdp.states() {
        let mut unit = vec![0.0; mdp.states()];
        unit[state] = 1.0;
        follow.push(mdp.p().mul(&chain.resolvent().solve(&unit)?.x));
    }
    let (visits, q, gamma) = (at.occupancy(), at.q(), mdp.discount());
    let once = |i: usize, j: usize| {
        let (s, t) = (space.state_of(i), space.state_of(j));
        visits[t] * follow[s][j] * q[i]
    };
    let entry = |i, j| gamma * (once(i, j) + once(j, i));
    Ok(Some(DMatrix::from_fn(mdp.pairs(), mdp.pairs(), entry)))
}

fn diagonal(x: &DMatrix<f64>) -> Vec<f64> {
    rows(&DMatrix::from_diagonal(&x.diagonal()))
}

/// Σ w(s, a) ψψᵀ.
fn scored(at: &Solved, weight: impl Fn(usize) -> f64) -> DMatrix<f64> {
    let d = at.policy().parameters();
    let scores = at.policy().scores().rows;
    let mut sum = DMatrix::zeros(d, d);
    for pair in 0..at.mdp().pairs() {
        let w = weight(pair);
        for (k, x) in scores.row(pair) {
            for (l, y) in scores.row(pair) {
                sum[(k, l)] += w * x * y;
            }
        }
    }
    sum
}

fn normalised(at: &Around, page: &mut Page) {
    let mass: f64 = at.at.occupancy().iter().sum();
    page.add("occupancy-normalised", times(&page.exact, 1.0 / mass));
    page.add("occupancy-normalised", times(&page.exact, 1.0 - at.gamma()));
}

pub(super) fn fisher(at: &Around) -> Result<Page, Error> {
    let own = at.at.fisher()?;
    let mut page = Page::of(rows(&own));
    let pi = at.at.policy().probabilities();
    let space = at.at.mdp().space();
    for (name, other) in &at.others {
        let name = match *name {
            "values-undiscounted" => "gamma-dropped",
            "values-twice-discounted" => "gamma-twice",
            "policy-uniform" => continue,
            name => name,
        };
        let other = other.fisher().ok();
        page.add(name, other.as_ref().map(rows));
    }
    normalised(at, &mut page);
    let dropped = at
        .others
        .iter()
        .find(|(name, _)| *name == "values-undiscounted");
    if let Some((_, steps)) = dropped
        && let Ok(undiscounted) = steps.fisher()
    {
        let length: f64 = steps.occupancy().iter().sum();
        let says = "states are weighed by undiscounted visits, normalised".to_string();
        page.add_as(
            "gamma-dropped+occupancy-normalised",
            says,
            times(&rows(&undiscounted), 1.0 / length),
        );
    }
    let alive = (0..space.states())
        .filter(|s| !space.is_terminal(*s))
        .count() as f64;
    let (all, mean) = (scored(at.at, |pair| pi[pair]), 1.0 / alive);
    page.add("states-alike", rows(&all));
    page.add("states-alike", times(&rows(&all), mean));
    let count = |pair: usize| space.pairs_of(space.state_of(pair)).len() as f64;
    let visits = at.by_pair(at.at.occupancy());
    page.add(
        "policy-uniform",
        rows(&scored(at.at, |pair| visits[pair] / count(pair))),
    );
    page.add(
        "policy-forgotten",
        rows(&scored(at.at, |pair| visits[pair])),
    );
    page.add(
        "initial-uniform",
        at.started_everywhere()
            .and_then(|x| Some(rows(&x.fisher().ok()?))),
    );
    page.add("diagonal-only", diagonal(&own));
    page.add("hessian-for-fisher", at.at.hessian().ok().map(|x| rows(&x)));
    page.add(
        "hessian-for-fisher",
        at.at.hessian().ok().map(|x| rows(&-x)),
    );
    page.add("score-without-mean", without_mean(at));
    // eigenvalues below that are taken for 0; a choice
    let inverse = own.clone().pseudo_inverse(1e-10 * own.amax());
    page.add("inverse", inverse.ok().map(|x| rows(&x)));
    Ok(page)
}

/// Σ ρ π φφᵀ/τ², φ the features, of a table e: scores without their mean.
fn without_mean(at: &Around) -> Option<Vec<f64>> {
    let (visits, d) = (at.at.pair_occupancy(), at.at.policy().parameters());
    let mut sum = DMatrix::zeros(d, d);
    match at.at.policy().parametrization() {
        Parametrization::LogLinear(family) => {
            let square = family.temperature * family.temperature;
            for (pair, visits) in visits.iter().enumerate() {
                for (k, x) in family.features.row(pair) {
                    for (l, y) in family.features.row(pair) {
                        sum[(k, l)] += visits * x * y / square;
                    }
                }
            }
        }
        Parametrization::Softmax(family) => {
            let square = family.temperature * family.temperature;
            let diagonal: Vec<f64> = visits.iter().map(|x| x / square).collect();
            sum.set_diagonal(&diagonal.into());
        }
        _ if visits.len() == d => sum.set_diagonal(&visits.to_vec().into()),
        _ => return None,
    }
    Some(rows(&sum))
}

pub(super) fn natural(at: &Around) -> Result<Page, Error> {
    let own = at.at.natural_gradient()?.direction;
    let mut page = Page::of(own.clone());
    let gradient = at.at.gradient()?.to_vec();
    page.add("inverse-forgotten", gradient.clone());
    let mass: f64 = at.at.occupancy().iter().sum();
    page.add("occupancy-normalised", times(&own, mass));
    if at.gamma() < 1.0 {
        page.add(
            "occupancy-normalised",
            times(&own, 1.0 / (1.0 - at.gamma())),
        );
    }
    let fisher = at.at.fisher()?;
    let g = DMatrix::from_column_slice(own.len(), 1, &gradient);
    let solved = |f: &DMatrix<f64>| {
        let inverse = f.clone().pseudo_inverse(1e-10 * f.amax()).ok()?;
        Some((inverse * &g).as_slice().to_vec())
    };
    for (name, other) in &at.others {
        let name = match *name {
            "values-undiscounted" => "gamma-dropped",
            "values-twice-discounted" => "gamma-twice",
            _ => continue,
        };
        page.add(name, other.fisher().ok().and_then(|f| solved(&f)));
        let other = other.natural_gradient().ok();
        page.add(name, other.map(|natural| natural.direction));
    }
    for power in 1..=10 {
        let damping = 10f64.powi(-power);
        let damped = &fisher + damping * DMatrix::<f64>::identity(own.len(), own.len());
        let solved = damped.lu().solve(&g).map(|x| x.as_slice().to_vec());
        let says = format!("F + {damping:e} I is inverted, not F");
        page.add_as("damped", says, solved);
    }
    let space = at.at.mdp().space();
    if own.len() == space.pairs() {
        // F does not see what is constant in a state
        // W/ρ, which over a horizon is the mean over the times
        let a = at.at.derivatives().advantage(at.at)?;
        page.add("advantage-of-uniform-mean", {
            let count = |pair: usize| space.pairs_of(space.state_of(pair)).len() as f64;
            let mean = at.by_pair(&at.over_actions(|pair| a[pair] / count(pair)));
            (0..own.len())
                .map(|pair| a[pair] - mean[pair])
                .collect::<Vec<f64>>()
        });
        page.add("constant-shift", a);
        page.add("q-for-advantage", at.at.q().to_vec());
        page.groups = Some(Groups {
            name: "constant-shift",
            of: (0..own.len()).map(|pair| space.state_of(pair)).collect(),
            freely: false,
            open: vec![true; space.states()],
        });
    }
    Ok(page)
}
