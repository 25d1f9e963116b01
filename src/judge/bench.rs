//! What recipes need of a model under a policy: every intermediate object is made once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use super::layout::Layout;
use super::recipe::{Discount, Flow, MeasureOf, SignalOf, Start};
use super::signal::{ByTime, Signal};
use crate::chain::{Dynamics, LongRun, Resolvent, Termination};
use crate::evaluation::{Average, Prepared};
use crate::linalg::{Csr, SolverOptions};
use crate::mdp::{Criterion, Mdp};
use crate::policy::{Parametrization, Policy};
use crate::solved::Solved;

/// How time goes on under the criterion.
#[derive(Clone, Copy)]
pub(super) enum Course<'a> {
    /// Discounted or total reward: one measure and one q.
    Endless,
    /// T actions: a measure and a q for each.
    Horizon(usize),
    /// The average reward.
    LongRun(&'a Average),
}

/// Most entries of one table by time: some fifty of them are kept, 200 MB.
const LONG: usize = 500_000;

/// A table of what has been made.
pub(super) type Kept<K, V> = RefCell<HashMap<K, Option<Rc<V>>>>;

/// A model under a policy, and what recipes have made of it so far.
pub(super) struct Bench<'a> {
    pub mdp: &'a Mdp,
    pub policy: &'a Policy,
    pub course: Course<'a>,
    pub layout: Layout,
    /// α, where the rewards have α times the entropy of each action in them; else 0.
    pub entropy: f64,
    /// p^π and r^π over the alive states.
    pub dynamics: Dynamics<f64>,
    /// p(s|s', a) [SA, S], formed when it is asked for.
    flipped: RefCell<Option<Rc<Csr<f64>>>>,
    resolvents: Kept<(bool, Discount), Resolvent<f64>>,
    measures: Kept<MeasureOf, ByTime>,
    pub(super) signals: Kept<SignalOf, Signal>,
}

impl<'a> Bench<'a> {
    /// A bench where the rewards of the solved model have α times the entropy of each action in them.
    pub fn with_entropy(solved: &'a Solved, alpha: f64) -> Bench<'a> {
        Bench {
            entropy: alpha,
            ..Bench::new(solved)
        }
    }

    /// A bench for a policy that has been solved.
    pub fn new(solved: &'a Solved) -> Bench<'a> {
        let (mdp, policy) = (&**solved.mdp(), &**solved.policy());
        let course = match (solved.prepared(), mdp.criterion()) {
            (Prepared::Average(average), _) => Course::LongRun(average),
            (_, Criterion::FiniteHorizon { horizon, .. }) => Course::Horizon(*horizon),
            _ => Course::Endless,
        };
        Bench {
            mdp,
            policy,
            course,
            layout: Layout::new(policy),
            entropy: 0.0,
            // a solved policy acts on its model
            dynamics: Dynamics::without(mdp, policy, &[]),
            flipped: RefCell::default(),
            resolvents: RefCell::default(),
            measures: RefCell::default(),
            signals: RefCell::default(),
        }
    }

    /// Whether tables by time would be too large for each mistake to be made: then only signs, factors
    /// and orders are looked for.
    pub fn is_long(&self) -> bool {
        match self.course {
            Course::Horizon(steps) => steps.saturating_mul(self.mdp.pairs()) > LONG,
            _ => false,
        }
    }

    /// τ of the policy, if it has one.
    pub fn temperature(&self) -> Option<&f64> {
        match self.policy.parametrization() {
            Parametrization::Softmax(family) => Some(&family.temperature),
            Parametrization::LogLinear(family) => Some(&family.temperature),
            _ => None,
        }
    }

    /// mₜ(s) \[S\] by time.
    pub fn measure(&self, of: MeasureOf) -> Option<Rc<ByTime>> {
        kept(&self.measures, of, || {
            let start = self.start(of.start);
            let mut measure = match (self.course, of.weight) {
                (_, Discount::LongRun) => vec![self.long_run(&start, of)?],
                (_, Discount::Alike | Discount::AlikeByTime) => self.alike(of)?,
                (Course::LongRun(_), Discount::Zero) if of.without_first => return None,
                (Course::LongRun(_), Discount::Zero) => vec![start],
                (Course::LongRun(average), Discount::Own) => {
                    vec![self.stationary(average, &start, of)?]
                }
                (Course::LongRun(_), _) => return None,
                (Course::Endless, weight) => vec![self.visits(&start, weight, of.flow)?],
                (Course::Horizon(steps), weight) => self.by_time(start.clone(), weight, of, steps),
            };
            if of.without_first {
                let first = self.start(of.start);
                let first = first.iter().zip(measure.first_mut()?);
                first.for_each(|(first, mass)| *mass -= first);
            }
            Some(measure)
        })
    }

    /// The start as a measure of the alive states.
    fn start(&self, start: Start) -> Vec<f64> {
        let alive = self.dynamics.alive();
        // of a horizon that is unrolled, those of time 0
        let once = self.mdp.space().states_at_once();
        let first = &alive[..once];
        let count = match start {
            Start::Own => return self.dynamics.initial().to_vec(),
            Start::Alive => first.iter().filter(|alive| **alive).count(),
            Start::All => once,
        };
        let each = 1.0 / count as f64;
        let weight = |(s, alive): (usize, &bool)| if *alive && s < once { each } else { 0.0 };
        alive.iter().enumerate().map(weight).collect()
    }

    /// 1/n for every state that is not terminal, by time or as a whole.
    fn alike(&self, of: MeasureOf) -> Option<ByTime> {
        if of.without_first || of.start != Start::Own || of.flow != Flow::Own {
            return None;
        }
        let each = self.start(Start::Alive);
        let times = |x: f64| each.iter().map(|each| x * each).collect();
        let gamma = self.mdp.discount();
        let once = self.mdp.space().states_at_once();
        if once < each.len() {
            let by_time = of.weight == Discount::AlikeByTime;
            let weight = |s: usize| {
                if by_time {
                    gamma.powi((s / once) as i32)
                } else {
                    1.0
                }
            };
            let alive = self.dynamics.alive().iter().enumerate();
            let mass =
                alive.map(|(s, alive)| f64::from(u8::from(*alive)) * weight(s) * each[s % once]);
            return Some(vec![mass.collect()]);
        }
        Some(match (self.course, of.weight == Discount::AlikeByTime) {
            (Course::LongRun(_), true) => return None,
            (Course::Horizon(steps), false) => vec![each; steps],
            (Course::Horizon(steps), true) => {
                (0..steps).map(|t| times(gamma.powi(t as i32))).collect()
            }
            (_, false) => vec![each],
            (_, true) => {
                let mass = 1.0 / self.mdp.discount_complement();
                mass.is_finite().then(|| vec![times(mass)])?
            }
        })
    }

    /// start (I − wP)⁻¹ \[S\].
    fn visits(&self, start: &[f64], weight: Discount, flow: Flow) -> Option<Vec<f64>> {
        let resolvent = self.resolvent(flow == Flow::PerAction, weight)?;
        let visits = match flow {
            Flow::Flipped => resolvent.solve(start),
            _ => resolvent.solve_transposed(start),
        };
        visits.ok().map(|visits| visits.x)
    }

    /// wᵗ start Pᵗ for t < T.
    fn by_time(&self, start: Vec<f64>, weight: Discount, of: MeasureOf, steps: usize) -> ByTime {
        let p = self.p_of(of.flow == Flow::PerAction);
        let weight = self.number(weight);
        let mut masses = vec![start];
        for t in 1..steps {
            let moved = match of.flow {
                Flow::Flipped => p.mul(&masses[t - 1]),
                _ => p.mul_transposed(&masses[t - 1]),
            };
            masses.push(moved.into_iter().map(|x| weight * x).collect());
        }
        masses
    }

    /// start P* of a task that never ends, where γᵗ dropped has no finite sum.
    fn long_run(&self, start: &[f64], of: MeasureOf) -> Option<Vec<f64>> {
        let endless = matches!(self.course, Course::Endless) && of.flow == Flow::Own;
        if !endless || of.without_first || self.ends() {
            return None;
        }
        let run = LongRun::new(self.mdp, self.policy, &SolverOptions::default()).ok()?;
        run.limit_row(start).ok()
    }

    fn stationary(&self, average: &Average, start: &[f64], of: MeasureOf) -> Option<Vec<f64>> {
        match of.flow {
            _ if of.without_first => None,
            Flow::Own if of.start == Start::Own => Some(average.occupancy().to_vec()),
            Flow::Own => average.long_run().limit_row(start).ok(),
            // the right eigenvector of P is constant
            Flow::Flipped => Some(vec![1.0 / start.len() as f64; start.len()]),
            Flow::PerAction => None,
        }
    }

    /// Whether every trajectory from ρ₀ ends.
    pub fn ends(&self) -> bool {
        Termination::is_sure(self.mdp, self.policy)
    }

    /// (I − wP)⁻¹, P of the model or of p(s|s', a).
    pub fn resolvent(&self, flipped: bool, weight: Discount) -> Option<Rc<Resolvent<f64>>> {
        kept(&self.resolvents, (flipped, weight), || {
            let options = SolverOptions::default();
            let c = self.number(weight);
            let dynamics = match (flipped, c < 1.0) {
                (true, _) => self.flipped_dynamics(),
                (false, true) => return self.dynamics.resolvent(&c, &options).ok(),
                (false, false) => Dynamics::proper(self.mdp, self.policy).ok()?.0,
            };
            dynamics.resolvent(&c, &options).ok()
        })
    }

    fn flipped_dynamics(&self) -> Dynamics<f64> {
        Dynamics::from_parts(
            self.mdp.space(),
            self.p_of(true),
            self.dynamics.r().to_vec(),
            self.dynamics.initial().to_vec(),
            None,
        )
    }

    /// P over the alive states, of the model or of p(s|s', a).
    pub fn p_of(&self, flipped: bool) -> Csr<f64> {
        if !flipped {
            return self.dynamics.p().clone();
        }
        let (p, pi, space) = (
            self.flipped(),
            self.policy.probabilities(),
            self.mdp.space(),
        );
        let mut rows = Csr::empty(self.mdp.states());
        let mut row = Vec::new();
        for state in 0..self.mdp.states() {
            for pair in space.pairs_of(state) {
                row.extend(p.row(pair).map(|(next, x)| (next, pi[pair] * x)));
            }
            rows.push_row(&mut row);
        }
        rows
    }

    /// p(s|s', a) at (s, a), s' [SA, S], as far as s' has the action.
    pub fn flipped(&self) -> Rc<Csr<f64>> {
        let mut kept = self.flipped.borrow_mut();
        let made = kept.get_or_insert_with(|| {
            let (mdp, space) = (self.mdp, self.mdp.space());
            let mut rows = vec![Vec::new(); mdp.pairs()];
            for pair in 0..mdp.pairs() {
                for (next, x) in mdp.p().row(pair) {
                    if let Some(at) = space.pair(next, space.action_of(pair)) {
                        rows[at].push((space.state_of(pair), *x));
                    }
                }
            }
            Rc::new(Csr::from_rows(mdp.states(), rows))
        });
        Rc::clone(made)
    }

    /// What a discount is.
    pub fn number(&self, discount: Discount) -> f64 {
        let gamma = self.mdp.discount();
        match discount {
            Discount::Own | Discount::AlikeByTime => gamma,
            Discount::One | Discount::LongRun | Discount::Alike => 1.0,
            Discount::Square => gamma * gamma,
            Discount::Zero => 0.0,
        }
    }
}

/// What stands in a table, made if it is not there yet.
pub(super) fn kept<K: Hash + Eq, V>(
    table: &Kept<K, V>,
    key: K,
    make: impl FnOnce() -> Option<V>,
) -> Option<Rc<V>> {
    if let Some(found) = table.borrow().get(&key) {
        return found.clone();
    }
    let made = make().map(Rc::new);
    table.borrow_mut().insert(key, made.clone());
    made
}

/// Σₐ π x \[S\].
pub(super) fn over_actions(bench: &Bench, x: &[f64]) -> Vec<f64> {
    let (space, pi) = (bench.mdp.space(), bench.policy.probabilities());
    let sum = |state| space.pairs_of(state).map(|i| pi[i] * x[i]).sum();
    (0..space.states()).map(sum).collect()
}

/// p(terminal|s, a) \[SA\].
pub(super) fn ending(bench: &Bench) -> Vec<f64> {
    let (p, space) = (bench.mdp.p(), bench.mdp.space());
    let ends = |pair| {
        let row = p.row(pair).filter(|(next, _)| space.is_terminal(*next));
        row.map(|(_, x)| x).sum()
    };
    (0..bench.mdp.pairs()).map(ends).collect()
}
