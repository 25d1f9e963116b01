//! Mistakes that carry a number or a name of their own: which state is missing, after how many
//! steps a cut comes, what a terminal state is taken to be worth, how much an entropy weighs.

use super::bench::{Bench, Course, ending, over_actions};
use super::cut::Kind;
use super::fit::{Fit, largest};
use super::make::Made;
use super::mistake::short;
use super::recipe::{Discount, MeasureOf, Order, Recipe, Score, SignalOf, Start};
use crate::mdp::{Criterion, Mdp};
use crate::policy::Policy;
use crate::solved::Solved;

/// A vector with something left out.
pub(super) struct Missing {
    pub name: &'static str,
    pub detail: String,
    pub vector: Vec<f64>,
}

/// What a vector becomes without one state, one action or one entry, as far as the zeros of the
/// given vector allow it; anywhere if its entries may stand in another order.
pub(super) fn missing(
    bench: &Bench,
    recipe: &Recipe,
    made: &Made,
    fit: Fit,
    anywhere: bool,
) -> Vec<Missing> {
    let x = &made.vector;
    let Some(stands) = standing(bench, recipe.order, x.len()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // under noise every candidate is held against the sample
    let is_zero =
        |k: usize| anywhere || !fit.is_exact() || fit.given[k].abs() <= fit.tolerance * fit.size;
    let visible = |k: usize| x[k].abs() > 1e-9 * largest(x);
    let mut without = |name, detail: String, places: &[usize]| {
        if places.iter().any(|&k| visible(k)) && places.iter().all(|&k| is_zero(k)) {
            let mut vector = x.to_vec();
            places.iter().for_each(|&k| vector[k] = 0.0);
            found.push(Missing {
                name,
                detail,
                vector,
            });
        }
    };
    let space = bench.mdp.space();
    let at =
        |places: &mut dyn Iterator<Item = usize>| places.map(|k| stands[k]).collect::<Vec<_>>();
    if bench.layout.is_tabular() {
        for state in 0..space.states() {
            let detail = format!("the state `{}`", space.state_names().get(state));
            without("state-missing", detail, &at(&mut bench.layout.block(state)));
        }
        let once = Some(space.states_at_once()).filter(|n| *n < space.states());
        for state in 0..once.unwrap_or(0) {
            let detail = format!("the state `{}`, at all times", bench.layout.name(state));
            let places = bench.layout.at_all_times(state);
            without("state-missing", detail, &at(&mut places.into_iter()));
        }
        for action in 0..space.actions() {
            let detail = format!("the action `{}`", space.action_names().get(action));
            let places = bench.layout.of_action(action);
            without("action-missing", detail, &at(&mut places.into_iter()));
        }
    }
    let labels = (0..x.len()).filter(|&k| visible(stands[k]) && is_zero(stands[k]));
    for k in labels.take(if fit.is_exact() { 8 } else { 64 }) {
        let detail = format!("`{}`", bench.policy.labels()[k]);
        without("parameter-missing", detail, &[stands[k]]);
    }
    found.extend(without_weights(bench, recipe, made));
    found
}

/// Where each entry stands in a vector of another order; `None` where that has no meaning.
fn standing(bench: &Bench, order: Order, entries: usize) -> Option<Vec<usize>> {
    if order == Order::Own {
        return Some((0..entries).collect());
    }
    let places = bench.layout.places(order)?;
    let mut stands = vec![0; places.len()];
    for (to, from) in places.into_iter().enumerate() {
        stands[from] = to;
    }
    Some(stands)
}

/// What becomes of the sum over states and actions if one of them is left out of it.
fn without_weights(bench: &Bench, recipe: &Recipe, made: &Made) -> Vec<Missing> {
    let x = &made.vector;
    let mut found = Vec::new();
    let (space, pi) = (bench.mdp.space(), bench.policy.probabilities());
    let mut less = |name, detail: String, kept: &[f64]| {
        let lost = bench.scored(recipe.score, kept);
        let lost = lost.and_then(|lost| bench.layout.reordered(recipe.order, lost));
        if let Some(lost) = lost.filter(|lost| largest(lost) > 1e-9 * largest(x)) {
            let vector = x.iter().zip(lost).map(|(x, lost)| x - lost).collect();
            found.push(Missing {
                name,
                detail,
                vector,
            });
        }
    };
    let masked = |weights: &[f64], keep: &dyn Fn(usize) -> bool| -> Vec<f64> {
        let entries = weights.iter().enumerate();
        entries
            .map(|(pair, w)| if keep(pair) { *w } else { 0.0 })
            .collect()
    };
    if !bench.layout.is_tabular() && space.states() <= 512 {
        for state in 0..space.states() {
            let detail = format!("the state `{}`", space.state_names().get(state));
            let kept = masked(&made.weights, &|pair| space.state_of(pair) == state);
            less("state-missing", detail, &kept);
        }
    }
    let mean = over_actions(bench, &made.weights);
    let centered: Vec<f64> = (0..pi.len())
        .map(|pair| made.weights[pair] - mean[space.state_of(pair)])
        .collect();
    for action in 0..space.actions() {
        let name = space.action_names().get(action).into_owned();
        for weights in [&made.weights, &centered] {
            let kept = masked(weights, &|pair| space.action_of(pair) == action);
            less(
                "action-missing",
                format!("the action `{name}`, in the sum over actions"),
                &kept,
            );
        }
    }
    found
}

/// A mistake that adds any multiple of one vector.
pub(super) struct Line {
    pub along: Vec<f64>,
    /// The name and the detail, given the multiple.
    pub named: Box<dyn Fn(f64) -> (&'static str, String)>,
}

/// All of them that are visible on this model; none where every vector is a multiple of one.
pub(super) fn lines(bench: &Bench) -> Vec<Line> {
    if freedom(bench) < 2 || matches!(bench.course, Course::LongRun(_)) {
        return Vec::new();
    }
    let mut lines = entropies(bench);
    lines.extend(ends(bench));
    lines.extend(paid_each_step(bench));
    lines.retain(|line| largest(&line.along) > 0.0);
    lines
}

/// How many independent directions ∇J can have: Σ |A(s)| − 1 over the states that are reached, at
/// most d.
pub(super) fn freedom(bench: &Bench) -> usize {
    let reached = bench.dynamics.reached();
    let space = bench.mdp.space();
    let states = (0..space.states()).filter(|&s| reached[s]);
    let free: usize = states
        .map(|s| space.pairs_of(s).len().saturating_sub(1))
        .sum();
    if bench.layout.is_tabular() {
        free
    } else {
        // the gauge of the features is not known here: at least one direction is lost to it
        free.min(bench.policy.parameters().saturating_sub(1)).max(1)
    }
}

/// Σₜ mₜ ∇H(π(·|s)) of such visits \[d\]; `None` where log π diverges, or they do.
pub(super) fn entropy_of_steps(bench: &Bench, visits: MeasureOf) -> Option<Vec<f64>> {
    let surprise = surprise(bench)?;
    let measure = bench.measure(visits)?;
    Some(along(bench, &measure, &[surprise]))
}

/// −log π of each pair.
fn surprise(bench: &Bench) -> Option<Vec<f64>> {
    let logs = bench.policy.log_probabilities().into_iter();
    logs.map(|log| log.map(|log| -log)).collect()
}

fn entropies(bench: &Bench) -> Vec<Line> {
    let mut lines = Vec::new();
    for weight in [Discount::Own, Discount::One] {
        let visits = MeasureOf {
            weight,
            ..MeasureOf::default()
        };
        if let Some(along) = entropy_of_steps(bench, visits) {
            let alpha = bench.entropy;
            lines.push(match weight {
                Discount::Own if alpha > 0.0 => present_entropy(along, alpha),
                Discount::Own => entropy(along, "of each step, weighed by γᵗ"),
                _ if alpha > 0.0 => entropy(
                    along,
                    "of each step, without γᵗ, beside that of the objective",
                ),
                _ => entropy(along, "of each step, without γᵗ"),
            });
        }
    }
    // another weight of one that is there is no bonus
    let surprise = surprise(bench).filter(|_| bench.entropy == 0.0);
    let paid = surprise.and_then(|paid| bench.mdp.clone().with_rewards(paid).ok());
    if let Some(vector) = paid.and_then(|paid| gradient_of(paid, bench.policy.clone())) {
        lines.push(entropy(vector, "inside the return"));
    }
    lines
}

/// The entropy of the present step with another weight than that of later ones.
fn present_entropy(along: Vec<f64>, alpha: f64) -> Line {
    Line {
        along,
        named: Box::new(move |more| {
            let (present, later) = (short(alpha + more), short(alpha));
            let detail = format!("that of the present step weighs {present}, later ones {later}");
            let name = match alpha + more {
                x if x.abs() <= 1e-6 * alpha => "entropy-later-alone",
                x if x < 0.0 => "entropy-sign",
                _ => "entropy-weight",
            };
            (name, detail)
        }),
    }
}

/// A constant in each reward: what terminal states would be worth less by.
fn paid_each_step(bench: &Bench) -> Option<Line> {
    // without an end it changes nothing, and what is left of it is rounding
    ending(bench).iter().find(|x| **x > 0.0)?;
    let paid = bench.mdp.clone().with_rewards(vec![1.0; bench.mdp.pairs()]);
    Some(Line {
        along: gradient_of(paid.ok()?, bench.policy.clone())?,
        named: Box::new(|c| {
            (
                "constant-shift",
                format!("{} is added to each reward", short(c)),
            )
        }),
    })
}

fn entropy(along: Vec<f64>, how: &'static str) -> Line {
    Line {
        along,
        named: Box::new(move |alpha| {
            let detail = format!("{} times the entropy {how}", short(alpha));
            (
                if alpha < 0.0 {
                    "entropy-sign"
                } else {
                    "entropy-bonus"
                },
                detail,
            )
        }),
    }
}

/// ∇J of another model or policy.
fn gradient_of(mdp: Mdp, policy: Policy) -> Option<Vec<f64>> {
    let solved = Solved::new(mdp, policy).ok()?;
    solved.gradient().ok().map(<[f64]>::to_vec)
}

/// Σₜ mₜ f ∇π \[d\].
fn along(bench: &Bench, measure: &[Vec<f64>], f: &[Vec<f64>]) -> Vec<f64> {
    let space = bench.mdp.space();
    let mut weights = vec![0.0; bench.mdp.pairs()];
    for (t, mass) in measure.iter().enumerate() {
        let f = &f[t.min(f.len() - 1)];
        for (pair, w) in weights.iter_mut().enumerate() {
            *w += mass[space.state_of(pair)] * f[pair];
        }
    }
    bench.policy.pull_back(&weights)
}

/// Terminal states that are worth c: all of them, or one; to an exact critic, or to one that was
/// learned with it.
fn ends(bench: &Bench) -> Vec<Line> {
    let space = bench.mdp.space();
    let terminal: Vec<usize> = (0..space.states())
        .filter(|&s| space.is_terminal(s))
        .collect();
    let Some(measure) = bench.measure(MeasureOf::default()) else {
        return Vec::new();
    };
    if terminal.is_empty() || !matches!(bench.course, Course::Endless) {
        return Vec::new();
    }
    let gamma = bench.mdp.discount();
    let mut lines = Vec::new();
    let mut line = |leaves: Vec<f64>, which: String| {
        let leaves: Vec<f64> = leaves.into_iter().map(|x| gamma * x).collect();
        let which = move |c: f64| format!("{which} as if worth {}", short(c));
        let learned = bench.resolvent(false, Discount::Own).and_then(|resolvent| {
            let h = resolvent.solve(&over_actions(bench, &leaves)).ok()?.x;
            let later = bench.mdp.p().mul(&h).into_iter();
            Some(
                later
                    .zip(&leaves)
                    .map(|(p, x)| x + gamma * p)
                    .collect::<Vec<f64>>(),
            )
        });
        for f in [Some(leaves), learned].into_iter().flatten() {
            let which = which.clone();
            lines.push(Line {
                along: along(bench, &measure, &[f]),
                named: Box::new(move |c| ("end-bootstrapped", which(c))),
            });
        }
    };
    line(ending(bench), "all of them".to_string());
    if (2..=8).contains(&terminal.len()) {
        for state in terminal {
            let enters = |pair: usize| bench.mdp.p().get(pair, state);
            let name = space.state_names().get(state);
            let leaves = (0..bench.mdp.pairs()).map(enters).collect();
            line(leaves, format!("`{name}`"));
        }
    }
    lines
}

/// The names of a cut, and what it did.
pub(super) fn cut_names(
    bench: &Bench,
    kind: Kind,
    steps: usize,
) -> (&'static [&'static str], String) {
    let after = format!("after {steps} step{}", if steps == 1 { "" } else { "s" });
    let horizon = match bench.mdp.criterion() {
        Criterion::FiniteHorizon { horizon, .. } if kind != Kind::Steps => Some(horizon),
        _ => None,
    };
    if let Some(horizon) = horizon {
        let detail = format!("{steps} steps in place of {horizon}");
        let near = horizon.abs_diff(steps) == 1;
        return if near || steps > *horizon {
            (&["horizon-off-by-one"], detail)
        } else {
            (&["cut-as-end"], detail)
        };
    }
    let dropped: &[&str] = if bench.ends() {
        &["gamma-dropped", "cut-as-end"]
    } else {
        // without an end only the sums that are cut exist
        &["gamma-dropped"]
    };
    match kind {
        Kind::Returns => (&["cut-as-end"], format!("returns end {after}")),
        Kind::Steps => (
            &["cut-as-end"],
            format!("the sum ends {after}, with exact values"),
        ),
        Kind::Residual => (&["cut-as-end"], format!("v(S_T) counts as 0 {after}")),
        Kind::StepsDropped => (dropped, format!("the sum ends {after}, with exact values")),
        Kind::ReturnsDropped => (dropped, format!("returns end {after}")),
    }
}

/// E(ĝ/L) \[d\], the mean over the steps of one episode: ∫₀¹ E(ĝ z^L) dz/z.
///
/// With z at each step the sums have the measure zγP and the values m = E(G z^L), which follow
/// m = π Σ p z (r h' + γm') for h = E z^L. The integrand is smooth; 48 nodes of Gauss on [0, 1] after
/// z = 1 − (1 − x)² serve long episodes as well as short ones.
pub(super) fn mean_of_ratio(bench: &Bench) -> Option<Vec<f64>> {
    // a choice of how many states
    if !matches!(bench.course, Course::Endless) || bench.mdp.states() > 200 || !bench.ends() {
        return None;
    }
    bench.measure(MeasureOf {
        weight: Discount::One,
        start: Start::Own,
        ..MeasureOf::default()
    })?;
    bench.signal(SignalOf::default())?;
    let mut sum = vec![0.0; bench.mdp.pairs()];
    for (x, weight) in gauss_legendre(48) {
        let z = 1.0 - (1.0 - x) * (1.0 - x);
        let share = generating_weights(bench, z)?;
        let factor = weight * 2.0 * (1.0 - x) / z;
        sum.iter_mut()
            .zip(share)
            .for_each(|(sum, w)| *sum += factor * w);
    }
    bench.scored(Score::Own, &sum)
}

/// W \[SA\] with E(ĝ z^L) = W∇π.
fn generating_weights(bench: &Bench, z: f64) -> Option<Vec<f64>> {
    let (mdp, space, gamma) = (bench.mdp, bench.mdp.space(), bench.mdp.discount());
    let options = crate::linalg::SolverOptions::default();
    let later = bench.dynamics.resolvent(&z, &options).ok()?;
    let ends: Vec<f64> = ending(bench).into_iter().map(|x| z * x).collect();
    let mut h = later.solve(&over_actions(bench, &ends)).ok()?.x;
    for state in (0..space.states()).filter(|&s| space.is_terminal(s)) {
        h[state] = 1.0;
    }
    let paid: Vec<f64> = (0..mdp.pairs())
        .map(|pair| {
            mdp.outcomes(pair)
                .map(|o| z * o.probability * o.reward * h[o.next])
                .sum()
        })
        .collect();
    let discounted = bench.dynamics.resolvent(&(z * gamma), &options).ok()?;
    let m = discounted.solve(&over_actions(bench, &paid)).ok()?.x;
    let mass = discounted
        .solve_transposed(bench.dynamics.initial())
        .ok()?
        .x;
    let f = mdp.p().mul(&m).into_iter().zip(paid);
    let f = f
        .enumerate()
        .map(|(pair, (pm, paid))| mass[space.state_of(pair)] * (paid + z * gamma * pm));
    Some(f.collect())
}

/// Nodes and weights of Gauss and Legendre on [0, 1].
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let node = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..50 {
            let (mut p, mut before) = (1.0, 0.0);
            for k in 0..n {
                let k = k as f64;
                (p, before) = (((2.0 * k + 1.0) * x * p - k * before) / (k + 1.0), p);
            }
            slope = n as f64 * (x * p - before) / (x * x - 1.0);
            let step = p / slope;
            x -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        ((1.0 + x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..n).map(node).collect()
}
