//! Mass that is carried forward by state and by what has been paid.

use super::{Distribution, Mass, order};
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::policy::Policy;

/// Mass that has been paid between two sums.
#[derive(Clone, Debug)]
struct Paid<F> {
    low: F,
    high: F,
    mass: F,
    /// What rounding may have moved the sums by.
    off: f64,
}

/// Sums that are kept apart in a state; a choice.
const APART: usize = 1 << 12;
/// Sums over fractions that are kept apart in a state; a choice.
const APART_EXACTLY: usize = 1 << 11;
/// Sums that are kept apart where nothing more is paid; a choice.
const APART_AT_THE_END: usize = 1 << 16;
/// Sums that are moved in all, over floating point and over fractions; a choice.
const MOVES: (usize, usize) = (20_000_000, 300_000);
/// So many moves is one of long fractions worth; a choice, of which no measurement is kept.
const LONG: usize = 4;

/// The law while it is followed.
pub(super) struct Follow<'a, F: Solvable> {
    mdp: &'a Mdp<F>,
    policy: &'a Policy<F>,
    horizon: Option<usize>,
    discount: F,
    /// Whether nothing can be paid from a state on, which ends what is followed \[S\].
    settled: Vec<bool>,
    /// Under way, by state.
    front: Vec<Vec<Paid<F>>>,
    ended: Vec<Paid<F>>,
    /// How many had ended when those were last gathered.
    gathered: usize,
    /// Between what γᵗ lies.
    weight: (F, F),
    /// Whether numbers have grown long.
    long: bool,
    /// Whether probabilities were rounded down.
    rounded: bool,
    moves: usize,
}

impl<F: Solvable> Distribution<F> {
    /// The law of Σ γᵗ Rₜ from ρ₀, for all criteria but the average reward.
    pub(in crate::returns) fn new(mdp: &Mdp<F>, policy: &Policy<F>) -> Distribution<F> {
        Follow::new(mdp, policy).run()
    }
}

impl<'a, F: Solvable> Follow<'a, F> {
    pub(super) fn new(mdp: &'a Mdp<F>, policy: &'a Policy<F>) -> Follow<'a, F> {
        let mut follow = Follow {
            horizon: mdp.criterion().horizon(),
            discount: mdp.discount(),
            settled: settled(mdp, policy),
            front: vec![Vec::new(); mdp.states()],
            ended: Vec::new(),
            gathered: 0,
            weight: (F::one(), F::one()),
            long: false,
            rounded: false,
            moves: 0,
            mdp,
            policy,
        };
        for (state, x) in mdp.initial().iter().enumerate() {
            let start = Paid {
                low: F::zero(),
                high: F::zero(),
                mass: x.clone(),
                off: 0.0,
            };
            follow.arrive(state, start);
        }
        follow
    }

    /// Mass comes to a state.
    fn arrive(&mut self, state: usize, paid: Paid<F>) {
        if paid.mass.is_zero() {
            return;
        }
        if self.settled[state] {
            self.ended.push(paid);
        } else {
            self.front[state].push(paid);
        }
    }

    pub(super) fn run(mut self) -> Distribution<F> {
        let (least, most) = self.rewards();
        let all = self.rest(0, &least, &most);
        let largest = if -least.clone() > most {
            -least.clone()
        } else {
            most.clone()
        };
        let mut steps = 0;
        // fractions know at once what pays the same for ever
        let is_known = F::EXACT && least == most && self.is_discounted();
        while !is_known && self.goes_on(steps, &largest) {
            self.step(steps);
            steps += 1;
        }
        let rest = self.rest(steps, &least, &most);
        self.parts(rest, all, steps)
    }

    fn is_discounted(&self) -> bool {
        self.horizon.is_none() && self.discount < F::one()
    }

    fn under_way(&self) -> F {
        let masses = self.front.iter().flatten().map(|paid| &paid.mass);
        masses.fold(F::zero(), |sum, x| sum + x)
    }

    /// Whether another step is worth its while.
    fn goes_on(&self, steps: usize, largest: &F) -> bool {
        let budget = if F::EXACT { MOVES.1 } else { MOVES.0 };
        if self.front.iter().all(Vec::is_empty) || self.horizon == Some(steps) {
            return false;
        }
        if self.horizon.is_some() {
            return self.moves <= budget;
        }
        let small = F::one() / F::from_i64(1_000_000_000_000);
        let fades = largest.is_zero() || (self.discount < F::one() && self.weight.1 <= small);
        self.moves <= budget && !fades && self.under_way() > small
    }

    /// The least and the most that a step within reach pays.
    fn rewards(&self) -> (F, F) {
        let space = self.mdp.space();
        let mut seen: Vec<bool> = self.front.iter().map(|paid| !paid.is_empty()).collect();
        let mut stack: Vec<usize> = (0..seen.len()).filter(|&s| seen[s]).collect();
        let mut bounds: Option<(F, F)> = None;
        while let Some(state) = stack.pop() {
            let taken = space.pairs_of(state).filter(|&i| self.policy.supports(i));
            for o in taken.flat_map(|pair| self.mdp.outcomes(pair)) {
                if o.probability.is_zero() {
                    continue;
                }
                let r = o.reward;
                let (least, most) = bounds.get_or_insert_with(|| (r.clone(), r.clone()));
                if r < least {
                    *least = r.clone();
                }
                if r > most {
                    *most = r.clone();
                }
                if !std::mem::replace(&mut seen[o.next], true) {
                    stack.push(o.next);
                }
            }
        }
        let (least, most) = bounds.unwrap_or_else(|| (F::zero(), F::zero()));
        let ends = (0..seen.len()).any(|s| seen[s] && space.is_terminal(s));
        if ends {
            // after the end nothing is paid
            (min(least, F::zero()), max(most, F::zero()))
        } else {
            (least, most)
        }
    }

    /// The least and the most that can follow after so many steps, as it counts from the start;
    /// `None` where that has no bound.
    fn rest(&self, steps: usize, least: &F, most: &F) -> (Option<F>, Option<F>) {
        let scale = match self.horizon {
            Some(horizon) => {
                let mut weight = self.weight.clone();
                let (mut low, mut high) = (F::zero(), F::zero());
                for _ in steps..horizon {
                    low += &weight.0;
                    high += &weight.1;
                    weight = self.faded(weight);
                }
                (low, high)
            }
            None if self.discount < F::one() => {
                let complement = self.mdp.discount_complement();
                let (low, high) = self.weight.clone();
                (low / complement, high / complement)
            }
            None => {
                let (low, high) = (*least >= F::zero(), *most <= F::zero());
                return (low.then(F::zero), high.then(F::zero));
            }
        };
        (Some(times(&scale, least).0), Some(times(&scale, most).1))
    }

    /// Between what γᵗ lies a step later.
    fn faded(&self, (low, high): (F, F)) -> (F, F) {
        let (low, high) = (low * &self.discount, high * &self.discount);
        let below = low.shortened().map(|(below, _)| below);
        let above = high.shortened().map(|(_, above)| above);
        (below.unwrap_or(low), above.unwrap_or(high))
    }

    /// One step of all that is under way, after so many.
    fn step(&mut self, steps: usize) {
        let space = self.mdp.space();
        let front = std::mem::replace(&mut self.front, vec![Vec::new(); space.states()]);
        let pi = self.policy.probabilities();
        for (state, paid) in front
            .iter()
            .enumerate()
            .filter(|(_, paid)| !paid.is_empty())
        {
            for pair in space.pairs_of(state).filter(|&i| self.policy.supports(i)) {
                for o in self.mdp.outcomes(pair) {
                    let chance = pi[pair].clone() * o.probability;
                    let gained = times(&self.weight, o.reward);
                    let rounded = self.rounding(&gained.0, steps);
                    self.moves += paid.len() * if self.long { LONG } else { 1 };
                    for paid in paid {
                        let low = paid.low.clone() + &gained.0;
                        let high = paid.high.clone() + &gained.1;
                        let sums = lost_of_sum(&low, &paid.low, &gained.0)
                            .max(lost_of_sum(&high, &paid.high, &gained.1));
                        let moved = Paid {
                            low,
                            high,
                            mass: paid.mass.clone() * &chance,
                            off: paid.off + rounded + sums,
                        };
                        self.arrive(o.next, moved);
                    }
                }
            }
        }
        self.weight = self.faded((self.weight.0.clone(), self.weight.1.clone()));
        let apart = if F::EXACT { APART_EXACTLY } else { APART };
        for paid in &mut self.front {
            gather(paid, apart);
            for paid in paid {
                let (is_long, is_rounded) = shorten(paid);
                self.long |= is_long;
                self.rounded |= is_rounded;
            }
        }
        // gathering goes over all of them: not before they are twice as many
        if self.ended.len() > 2 * self.gathered {
            gather(&mut self.ended, APART_AT_THE_END);
            self.gathered = self.ended.len();
        }
    }

    /// What rounding may have moved γᵗr by, after t steps.
    fn rounding(&self, gained: &F, steps: usize) -> f64 {
        let size = gained.to_f64().abs();
        if F::EXACT || self.discount == F::one() && is_short(size) {
            return 0.0;
        }
        (steps + 1) as f64 * f64::EPSILON * size
    }

    fn parts(
        mut self,
        (least, most): (Option<F>, Option<F>),
        all: (Option<F>, Option<F>),
        steps: usize,
    ) -> Distribution<F> {
        let under_way = self.under_way();
        let mut rest: Vec<Paid<F>> = self.front.drain(..).flatten().collect();
        merge(&mut rest);
        let part = |paid: Paid<F>| Mass {
            low: Some(paid.low),
            high: Some(paid.high),
            probability: paid.mass,
            error: paid.off,
        };
        let ends = [&least, &most].map(|end| {
            let end = end.as_ref().filter(|_| !F::EXACT);
            end.map_or(0.0, |x| {
                self.rounding(x, steps) + f64::EPSILON * x.to_f64().abs()
            })
        });
        let open = |paid: Paid<F>| {
            let after = |sum: &F, end: &Option<F>| {
                let x = end.as_ref()?;
                let after = sum.clone() + x;
                let lost = lost_of_sum(&after, sum, x);
                Some((after, lost))
            };
            let (low, high) = (after(&paid.low, &least), after(&paid.high, &most));
            let sums = [&low, &high].map(|x| x.as_ref().map_or(0.0, |(_, lost)| *lost));
            Mass {
                low: low.map(|(x, _)| x),
                high: high.map(|(x, _)| x),
                probability: paid.mass,
                error: paid.off + sums[0].max(sums[1]) + ends[0].max(ends[1]),
            }
        };
        gather(&mut self.ended, APART_AT_THE_END);
        // what follows is one number, as 0 at the horizon and where γ = 0
        let whole = least.is_some() && least == most;
        let mut parts: Vec<Mass<F>> = Vec::new();
        for open in rest.into_iter().map(open) {
            match (open.low, open.high) {
                (Some(low), Some(high)) if whole => self.ended.push(Paid {
                    low,
                    high,
                    mass: open.probability,
                    off: open.error,
                }),
                (low, high) => parts.push(Mass { low, high, ..open }),
            }
        }
        if whole {
            merge(&mut self.ended);
        }
        parts.extend(self.ended.into_iter().map(part));
        if self.rounded {
            parts.extend(lost(&parts, all));
        }
        parts.sort_by(|x, y| order(&x.low, &y.low));
        Distribution {
            finite: parts
                .iter()
                .all(|part| part.low.is_some() && part.low == part.high),
            parts,
            under_way: if whole { F::zero() } else { under_way },
            steps,
        }
    }
}

/// Whether nothing can be paid from a state on \[S\]: where it ends, and where all that follows pays 0.
fn settled<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Vec<bool> {
    let space = mdp.space();
    let mut before = vec![Vec::new(); space.states()];
    let mut pays: Vec<usize> = Vec::new();
    for state in 0..space.states() {
        let taken = space.pairs_of(state).filter(|&i| policy.supports(i));
        let all = taken.flat_map(|pair| mdp.outcomes(pair));
        for o in all.filter(|o| !o.probability.is_zero()) {
            before[o.next].push(state);
            if !o.reward.is_zero() {
                pays.push(state);
            }
        }
    }
    let mut settled = vec![true; space.states()];
    while let Some(state) = pays.pop() {
        if std::mem::replace(&mut settled[state], false) {
            pays.append(&mut before[state]);
        }
    }
    settled
}

/// What the rounding of probabilities has lost of 1, which may lie anywhere.
fn lost<F: Solvable>(parts: &[Mass<F>], (low, high): (Option<F>, Option<F>)) -> Option<Mass<F>> {
    let masses = parts.iter().map(|part| &part.probability);
    let probability = F::one() - &masses.fold(F::zero(), |sum, x| sum + x);
    (probability > F::zero()).then_some(Mass {
        low,
        high,
        probability,
        error: 0.0,
    })
}

/// The product of what lies between two numbers, neither below 0, and a number.
fn times<F: Solvable>((low, high): &(F, F), x: &F) -> (F, F) {
    let products = (low.clone() * x, high.clone() * x);
    if *x < F::zero() {
        (products.1, products.0)
    } else {
        products
    }
}

/// Rounds what has long numbers: sums outwards, and the probability down; whether it did that at all, and to the
/// probability.
fn shorten<F: Solvable>(paid: &mut Paid<F>) -> (bool, bool) {
    let ends = (paid.low.shortened(), paid.high.shortened());
    let mass = paid.mass.shortened();
    let found = (
        ends.0.is_some() || ends.1.is_some() || mass.is_some(),
        mass.is_some(),
    );
    if let Some((below, _)) = ends.0 {
        paid.low = below;
    }
    if let Some((_, above)) = ends.1 {
        paid.high = above;
    }
    if let Some((below, _)) = mass {
        paid.mass = below;
    }
    found
}

fn min<F: Solvable>(x: F, y: F) -> F {
    if x < y { x } else { y }
}

fn max<F: Solvable>(x: F, y: F) -> F {
    if x > y { x } else { y }
}

/// Whether a number is written with a few binary digits, so that it is the number that was meant.
fn is_short(size: f64) -> bool {
    const PLACES: f64 = 1024.0;
    (size * PLACES).fract() == 0.0 && size * PLACES < 1e15
}

/// |x + y − s| for the rounded sum s, to its last digit.
fn lost_of_sum<F: Solvable>(sum: &F, x: &F, y: &F) -> f64 {
    if F::EXACT {
        return 0.0;
    }
    let (sum, x, y) = (sum.to_f64(), x.to_f64(), y.to_f64());
    let of_y = sum - x;
    ((x - (sum - of_y)) + (y - of_y)).abs()
}

/// Equal sums become one, and too many become intervals.
fn gather<F: Solvable>(paid: &mut Vec<Paid<F>>, apart: usize) {
    merge(paid);
    let (Some(first), Some(last)) = (paid.first(), paid.last()) else {
        return;
    };
    if paid.len() > apart {
        let width = (last.low.clone() - &first.low) / F::from_i64((apart / 2) as i64);
        coarsen(paid, &width);
    }
}

/// In order, with those added up that are equal as far as rounding lets it be told.
fn merge<F: Solvable>(paid: &mut Vec<Paid<F>>) {
    paid.sort_by(|x, y| order(&x.low, &y.low).then_with(|| order(&x.high, &y.high)));
    paid.dedup_by(|later, kept| {
        let apart = |x: &F, y: &F| (x.clone() - y).abs();
        let (low, high) = (apart(&later.low, &kept.low), apart(&later.high, &kept.high));
        let same = if F::EXACT {
            low.is_zero() && high.is_zero()
        } else {
            let off = later.off + kept.off;
            low.to_f64() <= off && high.to_f64() <= off
        };
        if same {
            kept.mass += &later.mass;
            if !F::EXACT {
                kept.off = kept.off.max(later.off + low.to_f64().max(high.to_f64()));
            }
        }
        same
    });
}

/// Those whose lower ends are within a width become one interval.
fn coarsen<F: Solvable>(paid: &mut Vec<Paid<F>>, width: &F) {
    paid.dedup_by(|later, kept| {
        let within = later.low.clone() - &kept.low <= *width;
        if within {
            kept.mass += &later.mass;
            kept.off = kept.off.max(later.off);
            if later.high > kept.high {
                kept.high = later.high.clone();
            }
        }
        within
    });
}
