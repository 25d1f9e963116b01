//! Mass that is carried forward by state and by what has been paid, as long as it is open whether the
//! return ends below a quantile or above.

use super::remaining::Remaining;
use crate::mdp::Outcome;
use crate::solved::Solved;

/// What arrives where the return is above the quantile for certain.
pub(super) const ABOVE: u32 = u32::MAX;
/// What arrives where it is below for certain.
pub(super) const BELOW: u32 = u32::MAX - 1;

/// Moves of one pass that are affordable; a choice.
pub(super) const MOVES: usize = 2_000_000;

/// Probability that is not worth following; a choice.
const NEGLIGIBLE: f64 = 1e-15;

/// Episodes that are open in the same state, paid about the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Particle {
    /// Where they are.
    pub state: usize,
    /// The mean of what they have been paid.
    pub paid: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// Their probability.
    pub mass: f64,
}

impl Particle {
    /// How far what was paid is from its mean, at most.
    pub fn radius(&self) -> f64 {
        (self.high - self.paid).max(self.paid - self.low)
    }

    fn moved(&self, gained: f64, o: &Outcome<'_, f64>, chance: f64) -> Particle {
        Particle {
            state: o.next,
            paid: self.paid + gained,
            low: self.low + gained,
            high: self.high + gained,
            mass: self.mass * chance,
        }
    }
}

/// What is open at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    /// The particles.
    pub particles: Vec<Particle>,
    /// For each outcome of each pair of each particle, in this order, which particle of the next layer it
    /// joins, or [`ABOVE`] or [`BELOW`]; empty where nothing was followed further.
    pub arrivals: Vec<u32>,
}

/// One pass from the start, for a quantile between `from` and `to`.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// t = 0, 1, ….
    pub layers: Vec<Layer>,
    /// γᵗ.
    pub scales: Vec<f64>,
    /// P(G is below for certain), as far as it was followed.
    pub below: f64,
    /// Where the quantile is.
    pub from: f64,
    /// The other end.
    pub to: f64,
    /// Whether particles were gathered.
    pub gathered: bool,
    /// Outcomes followed.
    pub moves: usize,
}

/// A share of the law that is open: between what it lies, and its probability.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// The least that the return may be.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// Its mean.
    pub mean: f64,
    /// Its probability.
    pub mass: f64,
}

/// γᵗx, also where x has no bound.
pub(super) fn scaled(scale: f64, x: f64) -> f64 {
    if x.is_infinite() { x } else { scale * x }
}

impl Pass {
    /// Follows at most so many particles in each state at a time.
    pub(super) fn new(at: &Solved, rest: &Remaining, (from, to): (f64, f64), cells: usize) -> Pass {
        let initial = at.mdp().initial().iter().enumerate();
        let start = |(state, mass): (usize, &f64)| Particle {
            state,
            paid: 0.0,
            low: 0.0,
            high: 0.0,
            mass: *mass,
        };
        let particles = initial.filter(|(_, x)| **x > 0.0).map(start).collect();
        let mut pass = Pass {
            layers: vec![Layer {
                particles,
                arrivals: Vec::new(),
            }],
            scales: vec![1.0],
            below: 0.0,
            from,
            to,
            gathered: false,
            moves: 0,
        };
        while pass.goes_on(at, rest) {
            pass.step(at, rest, cells);
        }
        pass
    }

    /// Whether another step is worth its while: not where what follows is smaller than what is known of
    /// what was paid.
    fn goes_on(&self, at: &Solved, rest: &Remaining) -> bool {
        let t = self.layers.len() - 1;
        let layer = &self.layers[t].particles;
        let open = layer
            .iter()
            .filter(|x| !at.mdp().space().is_terminal(x.state));
        let (mut mass, mut radius, mut size) = (0.0, 0.0f64, 0.0f64);
        for particle in open {
            mass += particle.mass;
            radius = radius.max(particle.radius());
            size = size.max(particle.paid.abs());
        }
        let fine = (radius / 8.0).max(1e-15 * size);
        let follows = scaled(self.scales[t], rest.widest(t));
        mass > NEGLIGIBLE && follows > fine && self.moves <= MOVES
    }

    fn step(&mut self, at: &Solved, rest: &Remaining, cells: usize) {
        let (mdp, pi) = (at.mdp(), at.policy().probabilities());
        let t = self.layers.len() - 1;
        let scale = self.scales[t];
        let next_scale = scale * mdp.discount();
        let mut arrivals = Vec::new();
        let mut incoming: Vec<Vec<(Particle, usize)>> = vec![Vec::new(); mdp.states()];
        for particle in &self.layers[t].particles {
            for pair in mdp.space().pairs_of(particle.state) {
                for o in mdp.outcomes(pair) {
                    let moved = particle.moved(scale * o.reward, &o, pi[pair] * o.probability);
                    let least = moved.low + scaled(next_scale, rest.low(t + 1, o.next));
                    let most = moved.high + scaled(next_scale, rest.high(t + 1, o.next));
                    arrivals.push(if most <= self.from {
                        self.below += moved.mass;
                        BELOW
                    } else if least >= self.to {
                        ABOVE
                    } else {
                        incoming[o.next].push((moved, arrivals.len()));
                        0
                    });
                }
            }
        }
        self.moves += arrivals.len();
        let mut particles = Vec::new();
        for mut of_state in incoming {
            self.gathered |= gather(&mut of_state, cells, &mut particles, &mut arrivals);
        }
        self.layers[t].arrivals = arrivals;
        self.layers.push(Layer {
            particles,
            arrivals: Vec::new(),
        });
        self.scales.push(next_scale);
    }

    /// What is open: paid in full, or at the end of the pass.
    pub(super) fn open(&self, at: &Solved, rest: &Remaining) -> Vec<Open> {
        let last = self.layers.len() - 1;
        let mut open = Vec::new();
        for (t, layer) in self.layers.iter().enumerate() {
            for x in &layer.particles {
                if t == last || at.mdp().space().is_terminal(x.state) {
                    open.push(Open {
                        low: x.low + scaled(self.scales[t], rest.low(t, x.state)),
                        high: x.high + scaled(self.scales[t], rest.high(t, x.state)),
                        mean: x.paid + self.scales[t] * rest.v(t, x.state),
                        mass: x.mass,
                    });
                }
            }
        }
        open
    }
}

/// Particles of one state, equal ones as one, and where they are too many those of a cell; whether they
/// were too many.
fn gather(
    of_state: &mut Vec<(Particle, usize)>,
    cells: usize,
    into: &mut Vec<Particle>,
    arrivals: &mut [u32],
) -> bool {
    /// Sums closer than this, relative to their size, are equal; a choice.
    const EQUAL: f64 = 4e-15;
    let many = of_state.len() > cells;
    let ends = of_state
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(x, y), (p, _)| {
            (x.min(p.paid), y.max(p.paid))
        });
    let cell = |paid: f64| ((paid - ends.0) / (ends.1 - ends.0) * cells as f64) as usize;
    if many && ends.1 > ends.0 {
        // by cells at once: sorting would take longer than following
        let mut taken = vec![u32::MAX; cells + 1];
        for (x, arrival) in of_state.drain(..) {
            let place = &mut taken[cell(x.paid)];
            if *place == u32::MAX {
                *place = into.len() as u32;
                into.push(x);
            } else {
                join(&mut into[*place as usize], &x);
            }
            arrivals[arrival] = *place;
        }
        return true;
    }
    of_state.sort_by(|(x, _), (y, _)| x.paid.total_cmp(&y.paid));
    let first = into.len();
    for (x, arrival) in of_state.drain(..) {
        let is_new = into.len() == first;
        let near =
            |kept: &Particle| x.paid - kept.paid <= EQUAL * x.paid.abs().max(kept.paid.abs());
        match into.last_mut().filter(|kept| !is_new && near(kept)) {
            Some(kept) => join(kept, &x),
            None => into.push(x),
        }
        arrivals[arrival] = (into.len() - 1) as u32;
    }
    false
}

/// Two particles as one, of the mean that both have together.
fn join(kept: &mut Particle, other: &Particle) {
    let mass = kept.mass + other.mass;
    if mass > 0.0 {
        kept.paid += (other.paid - kept.paid) * (other.mass / mass);
    }
    kept.mass = mass;
    kept.low = kept.low.min(other.low);
    kept.high = kept.high.max(other.high);
}
