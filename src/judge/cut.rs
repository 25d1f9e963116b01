//! Vectors of trajectories that are cut after T steps, T unknown: found along two directions, where
//! each T costs one sparse product, and then held against the whole vector.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::bench::{Bench, Course, over_actions};
use super::recipe::{Discount, SignalOf};
use crate::evaluation::FiniteHorizon;
use crate::field::dot;
use crate::gradient::finite_horizon;
use crate::linalg::Csr;
use crate::mdp::Criterion;

/// Work that a search may take, in multiplications; a choice.
const WORK: usize = 20_000_000;

/// A way in which a cut enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Returns end at the cut: ∇J_T.
    Returns,
    /// Σ_{t<T} of exact values: what comes later is not summed.
    Steps,
    /// As `Steps`, but at the last step v(S_T) counts as 0.
    Residual,
    /// As `Steps`, without γᵗ.
    StepsDropped,
    /// As `Returns`, without γᵗ.
    ReturnsDropped,
}

/// A vector of trajectories that are cut.
pub(super) struct Cut {
    pub kind: Kind,
    pub steps: usize,
    pub vector: Vec<f64>,
}

/// What is looked for: a vector, up to a factor or not, to a relative tolerance.
pub(super) struct Sought<'a> {
    pub given: &'a [f64],
    pub scaled: bool,
    pub tolerance: f64,
}

/// The sums of every cut along two directions, made once.
pub(super) struct Cuts {
    directions: [Vec<f64>; 2],
    sums: Vec<(Kind, usize, [f64; 2])>,
}

impl Cuts {
    /// Every T whose sums differ from those of the task itself, as far as the work goes.
    pub fn new(bench: &Bench) -> Cuts {
        let directions = directions(bench.policy.parameters());
        let sums = match bench.course {
            Course::Endless => {
                let mut sums = along_directions(bench, &directions).unwrap_or_default();
                sums.extend(dropped_returns(bench, &directions));
                sums
            }
            Course::Horizon(steps) => other_horizons(bench, steps, &directions),
            Course::LongRun(_) => Vec::new(),
        };
        Cuts { directions, sums }
    }

    /// The cuts that may explain a vector, to be held against it.
    pub fn explaining(&self, bench: &Bench, sought: &Sought) -> Vec<Cut> {
        let target = Target::new(&self.directions, sought);
        let fitting = self.sums.iter().filter(|(_, _, sums)| target.fits(*sums));
        let made = fitting.filter_map(|&(kind, steps, _)| made(bench, kind, steps));
        made.take(MOST).collect()
    }
}

/// The cuts of a task without end after the first T = 1, 2, …, as far as the work goes: what the noise of a sample may
/// take one of them for cannot be found along directions.
pub(super) fn short(bench: &Bench) -> Vec<Cut> {
    if !matches!(bench.course, Course::Endless) || bench.is_long() {
        return Vec::new();
    }
    let work = bench.mdp.p().stored() + bench.mdp.pairs();
    let lengths = (1..).take_while(|t| t * t * work <= WORK / 4);
    let kinds = [Kind::Returns, Kind::Residual];
    let cuts = lengths.flat_map(|steps| kinds.map(|kind| made(bench, kind, steps)));
    cuts.flatten().collect()
}

/// ∇J_T for other T, and for smaller ones the sum that ends there, with the values of the task.
fn other_horizons(bench: &Bench, own: usize, z: &[Vec<f64>; 2]) -> Vec<(Kind, usize, [f64; 2])> {
    let work = bench.mdp.p().stored() + bench.mdp.pairs();
    let most = (1..=2 * own).take_while(|t| t * t * work <= WORK);
    let others = most.filter(|&t| t != own);
    let sums = |cut: Cut| {
        let along = [dot(&z[0], &cut.vector), dot(&z[1], &cut.vector)];
        (cut.kind, cut.steps, along)
    };
    let kinds = |steps: usize| {
        let ends = (steps < own && !bench.is_long()).then_some(Kind::Steps);
        [Some(Kind::Returns), ends].into_iter().flatten()
    };
    others
        .flat_map(|steps| kinds(steps).map(move |kind| (kind, steps)))
        .filter_map(|(kind, steps)| made(bench, kind, steps).map(sums))
        .collect()
}

/// The vector of a cut, whole; `None` where values do not exist.
pub(super) fn made(bench: &Bench, kind: Kind, steps: usize) -> Option<Cut> {
    let mdp = bench.mdp;
    let weights = match kind {
        Kind::Returns => {
            let discount = mdp.discount();
            let horizon = steps;
            let cut = mdp
                .clone()
                .under(Criterion::FiniteHorizon { discount, horizon });
            let run = FiniteHorizon::new(&cut, bench.policy).ok()?;
            finite_horizon::centered_weights(&run, &cut).ok()?
        }
        Kind::ReturnsDropped => returns_dropped(bench, steps),
        _ => summed(bench, kind, steps)?,
    };
    Some(Cut {
        kind,
        steps,
        vector: bench.policy.pull_back(&weights),
    })
}

/// Σ_{t<T} wᵗ p_t q, the last with r in place of q where v(S_T) counts as 0 \[SA\].
fn summed(bench: &Bench, kind: Kind, steps: usize) -> Option<Vec<f64>> {
    let q = bench.signal(SignalOf::default())?;
    let weight = match kind {
        Kind::StepsDropped => 1.0,
        _ => bench.number(Discount::Own),
    };
    let space = bench.mdp.space();
    let mut mass = bench.dynamics.initial().to_vec();
    let mut weights = vec![0.0; bench.mdp.pairs()];
    for t in 0..steps {
        let last = kind == Kind::Residual && t + 1 == steps;
        let f = if last { bench.mdp.r() } else { q.at(t) };
        for (pair, w) in weights.iter_mut().enumerate() {
            *w += mass[space.state_of(pair)] * f[pair];
        }
        mass = moved(bench.dynamics.p(), &mass, weight);
    }
    Some(weights)
}

/// Σ_{t<T} p_t q of T − t steps to go \[SA\].
fn returns_dropped(bench: &Bench, steps: usize) -> Vec<f64> {
    let (mdp, gamma, space) = (bench.mdp, bench.mdp.discount(), bench.mdp.space());
    let mut masses = vec![bench.dynamics.initial().to_vec()];
    for t in 1..steps {
        masses.push(moved(bench.dynamics.p(), &masses[t - 1], 1.0));
    }
    let mut weights = vec![0.0; mdp.pairs()];
    let mut v = vec![0.0; mdp.states()];
    for mass in masses.iter().rev() {
        let q = crate::evaluation::q_of(mdp, &v);
        for (pair, w) in weights.iter_mut().enumerate() {
            *w += mass[space.state_of(pair)] * q[pair];
        }
        let next = bench.dynamics.p().mul(&v).into_iter();
        let next = next.zip(bench.dynamics.r());
        v = next.map(|(v, r)| r + gamma * v).collect();
    }
    weights
}

fn moved(p: &Csr<f64>, mass: &[f64], weight: f64) -> Vec<f64> {
    let moved = p.mul_transposed(mass).into_iter();
    moved.map(|x| weight * x).collect()
}

/// Two directions in the space of parameters, in general position: of random entries, since those of a
/// lattice may be parallel where only the differences of neighbours count, as of two actions.
fn directions(parameters: usize) -> [Vec<f64>; 2] {
    let mut generator = ChaCha8Rng::seed_from_u64(0);
    let mut entry = || f64::from(generator.next_u32()) * 0.5f64.powi(32) - 0.5;
    [(); 2].map(|()| (0..parameters).map(|_| entry()).collect())
}

/// Sums along one direction z, from ∂P, ∂r^π and Σₐ ∂π q.
struct Along {
    p: Csr<f64>,
    r: Vec<f64>,
    q: Vec<f64>,
    /// γᵗ p_t differentiated.
    slope: Vec<f64>,
    /// What has been summed for each kind.
    sums: [f64; 4],
}

const KINDS: [Kind; 4] = [
    Kind::Returns,
    Kind::Steps,
    Kind::Residual,
    Kind::StepsDropped,
];

impl Along {
    fn new(bench: &Bench, q: &[f64], z: &[f64]) -> Along {
        let (mdp, space) = (bench.mdp, bench.mdp.space());
        let u = bench.policy.derivative().mul(z);
        let alive = bench.dynamics.alive();
        let mut p = Csr::empty(mdp.states());
        let mut row = Vec::new();
        for state in 0..mdp.states() {
            for pair in space.pairs_of(state) {
                let entries = mdp.p().row(pair).filter(|(next, _)| alive[*next]);
                row.extend(entries.map(|(next, x)| (next, u[pair] * x)));
            }
            p.push_row(&mut row);
        }
        let summed = |x: &[f64]| -> Vec<f64> {
            let sum = |s| space.pairs_of(s).map(|pair| u[pair] * x[pair]).sum();
            (0..mdp.states()).map(sum).collect()
        };
        Along {
            p,
            r: summed(mdp.r()),
            q: summed(q),
            slope: vec![0.0; mdp.states()],
            sums: [0.0; 4],
        }
    }

    /// Adds the step at t, from γᵗ p_t and p_t; then differentiates the move to t + 1.
    fn step(&mut self, bench: &Bench, mass: &[f64], undiscounted: &[f64], gamma: f64) {
        let r = bench.dynamics.r();
        self.sums[0] += dot(&self.slope, r) + dot(mass, &self.r);
        self.sums[2] = self.sums[1] + dot(mass, &self.r);
        self.sums[1] += dot(mass, &self.q);
        self.sums[3] += dot(undiscounted, &self.q);
        let own = bench.dynamics.p().mul_transposed(&self.slope).into_iter();
        let turned = self.p.mul_transposed(mass);
        self.slope = own.zip(turned).map(|(x, y)| gamma * (x + y)).collect();
    }
}

fn along_directions(
    bench: &Bench,
    directions: &[Vec<f64>; 2],
) -> Option<Vec<(Kind, usize, [f64; 2])>> {
    let q = bench.signal(SignalOf::default())?;
    let mut along = [0, 1].map(|i| Along::new(bench, q.at(0), &directions[i]));
    let work = 6 * (bench.mdp.p().stored() + bench.mdp.states());
    let gamma = bench.mdp.discount();
    let ends = bench.ends();
    let mut mass = bench.dynamics.initial().to_vec();
    let mut undiscounted = mass.clone();
    let mut found = Vec::new();
    for steps in 1..=(WORK / work.max(1)).max(1) {
        along
            .iter_mut()
            .for_each(|along| along.step(bench, &mass, &undiscounted, gamma));
        for (at, kind) in KINDS.into_iter().enumerate() {
            if kind != Kind::StepsDropped || !ends {
                found.push((kind, steps, [along[0].sums[at], along[1].sums[at]]));
            }
        }
        mass = moved(bench.dynamics.p(), &mass, gamma);
        if !ends {
            undiscounted = moved(bench.dynamics.p(), &undiscounted, 1.0);
        }
        if mass.iter().all(|x| *x < 1e-13) {
            break;
        }
    }
    Some(found)
}

/// As many candidates are held against the whole vector; a choice.
const MOST: usize = 16;

/// The given vector along two directions.
struct Target {
    given: [f64; 2],
    size: [f64; 2],
    slack: f64,
    scaled: bool,
}

impl Target {
    fn new(z: &[Vec<f64>; 2], sought: &Sought) -> Target {
        let size = |z: &Vec<f64>| z.iter().zip(sought.given).map(|(z, g)| (z * g).abs()).sum();
        Target {
            given: [dot(&z[0], sought.given), dot(&z[1], sought.given)],
            size: [size(&z[0]), size(&z[1])],
            slack: 4.0 * sought.tolerance,
            scaled: sought.scaled,
        }
    }

    /// Whether these could be the sums of the given vector, up to a factor or not.
    fn fits(&self, [x, y]: [f64; 2]) -> bool {
        let ([a, b], [p, q]) = (self.given, self.size);
        if !self.scaled {
            return (x - a).abs() <= self.slack * p && (y - b).abs() <= self.slack * q;
        }
        let size = x.abs() * q + y.abs() * p;
        size > 0.0 && (x * b - y * a).abs() <= self.slack * size
    }
}

/// Σ_{t<T} p_t (q of T − t steps to go ∇π) for some T: γᵗ dropped, returns that end at the cut.
fn dropped_returns(bench: &Bench, z: &[Vec<f64>; 2]) -> Vec<(Kind, usize, [f64; 2])> {
    let states = bench.mdp.states();
    let most = (1..=128usize).take_while(|t| t * t * states <= WORK).last();
    let Some(most) = most.filter(|_| bench.mdp.discount() < 1.0) else {
        return Vec::new(); // nothing is dropped
    };
    let start = bench.dynamics.initial().to_vec();
    let later = |mass: &Vec<f64>| Some(moved(bench.dynamics.p(), mass, 1.0));
    let masses: Vec<Vec<f64>> = std::iter::successors(Some(start), later)
        .take(most)
        .collect();
    let togo = [0, 1].map(|i| slopes_to_go(bench, &z[i], most));
    let sum = |steps: usize, togo: &[Vec<f64>]| -> f64 {
        let terms = (0..steps).map(|t| dot(&masses[t], &togo[steps - 1 - t]));
        terms.sum()
    };
    (1..=most)
        .map(|steps| {
            let sums = [sum(steps, &togo[0]), sum(steps, &togo[1])];
            (Kind::ReturnsDropped, steps, sums)
        })
        .collect()
}

/// Σₐ (z·∇π) q with k + 1 steps to go \[S\], for k below `most`.
fn slopes_to_go(bench: &Bench, z: &[f64], most: usize) -> Vec<Vec<f64>> {
    let (u, space) = (bench.policy.derivative().mul(z), bench.mdp.space());
    let mut v = vec![0.0; bench.mdp.states()];
    let mut rows = Vec::with_capacity(most);
    for _ in 0..most {
        let q = crate::evaluation::q_of(bench.mdp, &v);
        let sum = |s| space.pairs_of(s).map(|pair| u[pair] * q[pair]).sum();
        rows.push((0..v.len()).map(sum).collect());
        v = over_actions(bench, &q);
    }
    rows
}
