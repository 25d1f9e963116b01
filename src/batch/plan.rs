//! In which order states are eliminated and which entries that ever fills: once for all policies.
//!
//! Eliminating state k joins every state that leads to k with every state that k leads to. The next one
//! is always that with the fewest such joints (Markowitz 1957): on a grid far fewer than n³/3.

/// Up to this many states; a choice, of which no measurement is kept.
pub(super) const LARGEST: usize = 256;

type Set = [u64; LARGEST / 64];

/// An elimination, in the numbering in which the last state goes first.
pub(super) struct Plan {
    /// The state at each place \[n\].
    pub order: Vec<usize>,
    /// The earlier places that lead to each, increasing.
    pub into: Vec<Vec<u32>>,
    /// The earlier places to which each leads, increasing.
    pub out: Vec<Vec<u32>>,
    /// Whether ρ₀ reaches each when its turn comes.
    pub begun: Vec<bool>,
}

impl Plan {
    /// For n states that lead to these, from a start in these.
    pub fn new(n: usize, edges: impl Iterator<Item = (usize, usize)>, starts: &[usize]) -> Plan {
        let mut graph = Graph::new(n, edges, starts);
        let mut order: Vec<usize> = Vec::with_capacity(n);
        let mut plan = Plan {
            order: Vec::new(),
            into: Vec::with_capacity(n),
            out: Vec::with_capacity(n),
            begun: Vec::with_capacity(n),
        };
        for _ in 0..n {
            let next = graph.cheapest(n);
            let (into, out, begun) = graph.eliminate(next);
            order.push(next);
            plan.into.push(into);
            plan.out.push(out);
            plan.begun.push(begun);
        }
        order.reverse();
        plan.into.reverse();
        plan.out.reverse();
        plan.begun.reverse();
        let mut place = vec![0; n];
        order
            .iter()
            .enumerate()
            .for_each(|(k, &state)| place[state] = k as u32);
        for list in plan.into.iter_mut().chain(&mut plan.out) {
            list.iter_mut()
                .for_each(|state| *state = place[*state as usize]);
            list.sort_unstable();
        }
        plan.order = order;
        plan
    }
}

/// Who leads to whom among the states that are left.
struct Graph {
    out: Vec<Set>,
    into: Vec<Set>,
    start: Set,
    left: Set,
}

impl Graph {
    fn new(n: usize, edges: impl Iterator<Item = (usize, usize)>, starts: &[usize]) -> Graph {
        let empty = Set::default();
        let mut graph = Graph {
            out: vec![empty; n],
            into: vec![empty; n],
            start: empty,
            left: empty,
        };
        for (from, to) in edges.filter(|(from, to)| from != to) {
            insert(&mut graph.out[from], to);
            insert(&mut graph.into[to], from);
        }
        starts.iter().for_each(|&s| insert(&mut graph.start, s));
        (0..n).for_each(|s| insert(&mut graph.left, s));
        graph
    }

    /// The state that is left with the fewest joints; the last of those that tie.
    fn cheapest(&self, n: usize) -> usize {
        let left = (0..n).rev().filter(|&k| contains(&self.left, k));
        let joints = |k: &usize| count(&self.into[*k]) * count(&self.out[*k]);
        left.min_by_key(joints).unwrap_or_default()
    }

    /// Takes a state away: who leads to it, to whom it leads, and whether ρ₀ reaches it.
    fn eliminate(&mut self, k: usize) -> (Vec<u32>, Vec<u32>, bool) {
        let (into, out) = (self.into[k], self.out[k]);
        let begun = contains(&self.start, k);
        remove(&mut self.left, k);
        for i in members(&into) {
            unite(&mut self.out[i as usize], &out);
            remove(&mut self.out[i as usize], k);
            remove(&mut self.out[i as usize], i as usize);
        }
        for j in members(&out) {
            unite(&mut self.into[j as usize], &into);
            remove(&mut self.into[j as usize], k);
            remove(&mut self.into[j as usize], j as usize);
        }
        if begun {
            unite(&mut self.start, &out);
        }
        (members(&into).collect(), members(&out).collect(), begun)
    }
}

fn insert(set: &mut Set, k: usize) {
    set[k / 64] |= 1 << (k % 64);
}

fn remove(set: &mut Set, k: usize) {
    set[k / 64] &= !(1 << (k % 64));
}

fn contains(set: &Set, k: usize) -> bool {
    set[k / 64] >> (k % 64) & 1 == 1
}

fn unite(set: &mut Set, other: &Set) {
    set.iter_mut()
        .zip(other)
        .for_each(|(own, other)| *own |= other);
}

fn count(set: &Set) -> u32 {
    set.iter().map(|word| word.count_ones()).sum()
}

fn members(set: &Set) -> impl Iterator<Item = u32> {
    let set = *set;
    (0..LARGEST)
        .filter(move |&k| contains(&set, k))
        .map(|k| k as u32)
}
