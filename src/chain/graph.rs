//! The support graph of a policy: s → s' where some action of the policy may lead from s to s'.
//!
//! What is written decides which edges there are: an entry of p that the model holds, under a pair
//! that the policy takes ([`Policy::takes`]). A product that underflows is still an edge.
//! Every search is iterative, so a path of a million states needs no stack.

use crate::field::Field;
use crate::linalg::{Csr, Solvable};
use crate::mdp::{Mdp, OutcomeTable, Space};
use crate::number::Number;
use crate::policy::Policy;

/// Where a model may lead, as far as a graph asks.
pub(crate) trait Support {
    fn space(&self) -> &Space;

    /// Whether episodes may start in a state.
    fn starts(&self, state: usize) -> bool;

    /// The states that may follow a pair.
    fn next(&self, pair: usize) -> impl Iterator<Item = usize>;
}

impl<F: Field> Support for Mdp<F> {
    fn space(&self) -> &Space {
        Mdp::space(self)
    }

    fn starts(&self, state: usize) -> bool {
        !self.initial()[state].is_zero()
    }

    fn next(&self, pair: usize) -> impl Iterator<Item = usize> {
        self.p().row(pair).map(|(next, _)| next)
    }
}

/// A model in its written numbers: what leads where is known without a number of any field.
pub(crate) struct Written<'m> {
    pub space: &'m Space,
    pub outcomes: &'m OutcomeTable<Number>,
    pub initial: &'m [Number],
}

impl Support for Written<'_> {
    fn space(&self) -> &Space {
        self.space
    }

    fn starts(&self, state: usize) -> bool {
        !self.initial[state].is_zero()
    }

    fn next(&self, pair: usize) -> impl Iterator<Item = usize> {
        self.outcomes.next_states(pair)
    }
}

/// A directed graph over states in compressed rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Graph {
    start: Vec<usize>,
    next: Vec<u32>,
}

impl Graph {
    /// The supported transitions of every state, terminal successors included; a terminal state
    /// has none. O(nnz(p)).
    pub(crate) fn new<F: Solvable>(model: &impl Support, policy: &Policy<F>) -> Graph {
        Graph::with_support(model, |pair| policy.takes(pair))
    }

    /// The transitions of some pairs.
    pub(crate) fn with_support(model: &impl Support, supports: impl Fn(usize) -> bool) -> Graph {
        let mut graph = Graph::unsorted(model, supports);
        for ends in graph.start.windows(2) {
            let row = &mut graph.next[ends[0]..ends[1]];
            if !row.is_sorted() {
                row.sort_unstable();
            }
        }
        graph
    }

    /// The transitions of some pairs, where the order of the successors of a state does not matter, as for classes: that in
    /// which its pairs lead to them.
    pub(crate) fn unsorted(model: &impl Support, supports: impl Fn(usize) -> bool) -> Graph {
        let space = model.space();
        let mut graph = Graph {
            start: Vec::with_capacity(space.states() + 1),
            next: Vec::new(),
        };
        graph.start.push(0);
        // the state that last led to each
        let mut seen = vec![UNSEEN; space.states()];
        for state in 0..space.states() {
            for pair in space.pairs_of(state).filter(|&pair| supports(pair)) {
                for next in model.next(pair) {
                    if std::mem::replace(&mut seen[next], state as u32) != state as u32 {
                        graph.next.push(next as u32);
                    }
                }
            }
            graph.start.push(graph.next.len());
        }
        graph
    }

    /// The entries of a chain P [S, S], but none that leave some states.
    pub(super) fn of_chain<F: Solvable>(p: &Csr<F>, closed: &[bool]) -> Graph {
        let mut graph = Graph {
            start: vec![0],
            next: Vec::new(),
        };
        for (state, &closed) in closed.iter().enumerate() {
            if !closed {
                graph.next.extend(p.row(state).map(|(next, _)| next as u32));
            }
            graph.start.push(graph.next.len());
        }
        graph
    }

    /// Number of states.
    pub(crate) fn states(&self) -> usize {
        self.start.len() - 1
    }

    /// The states that follow one, increasing unless the graph is unsorted.
    pub(crate) fn successors(&self, state: usize) -> impl Iterator<Item = usize> + Clone + '_ {
        let range = self.start[state]..self.start[state + 1];
        self.next[range].iter().map(|&next| next as usize)
    }

    /// The graph with every edge turned round.
    pub(crate) fn reversed(&self) -> Graph {
        let mut start = vec![0; self.start.len()];
        for &next in &self.next {
            start[next as usize + 1] += 1;
        }
        for state in 0..self.states() {
            start[state + 1] += start[state];
        }
        let mut free = start.clone();
        let mut next = vec![0; self.next.len()];
        for state in 0..self.states() {
            for successor in self.successors(state) {
                next[free[successor]] = state as u32;
                free[successor] += 1;
            }
        }
        Graph { start, next }
    }

    /// Which states are reached from some, those included.
    pub(crate) fn reached(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut reached = vec![false; self.states()];
        let mut stack: Vec<usize> = from.into_iter().collect();
        while let Some(state) = stack.pop() {
            if !std::mem::replace(&mut reached[state], true) {
                stack.extend(self.successors(state).filter(|&next| !reached[next]));
            }
        }
        reached
    }

    /// The strongly connected component of every state, numbered so that every edge between two
    /// components leads to the smaller number (Tarjan 1972, with an explicit stack).
    pub(crate) fn components(&self) -> Components {
        let mut search = Tarjan::new(self);
        for root in 0..self.states() {
            if search.order[root] == UNSEEN {
                search.visit(root);
            }
        }
        Components {
            of: search.component,
            count: search.components as usize,
        }
    }

    /// The period of a closed class: the greatest common divisor of the lengths of its cycles,
    /// from the levels of one breadth-first search (Denardo 1977).
    pub(crate) fn period(&self, class: &[usize], level: &mut [usize]) -> usize {
        for &state in class {
            level[state] = UNSEEN as usize;
        }
        level[class[0]] = 0;
        let mut queue = vec![class[0]];
        let mut at = 0;
        let mut period = 0;
        while at < queue.len() {
            let state = queue[at];
            at += 1;
            for next in self.successors(state) {
                if level[next] == UNSEEN as usize {
                    level[next] = level[state] + 1;
                    queue.push(next);
                } else {
                    period = gcd(period, (level[state] + 1).abs_diff(level[next]));
                    // no further cycle makes it less
                    if period == 1 {
                        return 1;
                    }
                }
            }
        }
        period
    }
}

/// Strongly connected components, numbered so that every edge between two leads to the smaller
/// number.
pub(crate) struct Components {
    /// The component of each state.
    pub(crate) of: Vec<u32>,
    /// How many there are.
    pub(crate) count: usize,
}

impl Components {
    /// Which states lead to some, those included: component by component, each after all that it
    /// leads to.
    pub(crate) fn leading_to(&self, graph: &Graph, goal: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut leads = vec![false; self.count];
        for state in self.in_order() {
            let own = self.of[state] as usize;
            leads[own] = leads[own]
                || goal(state)
                || graph
                    .successors(state)
                    .any(|next| leads[self.of[next] as usize]);
        }
        let leads = self.of.iter().map(|&component| leads[component as usize]);
        leads.collect()
    }

    /// All states, those of one component together, components increasing.
    pub(crate) fn in_order(&self) -> Vec<usize> {
        let mut free = vec![0; self.count + 1];
        for &component in &self.of {
            free[component as usize + 1] += 1;
        }
        for component in 0..self.count {
            free[component + 1] += free[component];
        }
        let mut order = vec![0; self.of.len()];
        for (state, &component) in self.of.iter().enumerate() {
            order[free[component as usize]] = state;
            free[component as usize] += 1;
        }
        order
    }

    /// The first state of the component of each state.
    pub(crate) fn first_states(&self) -> Vec<usize> {
        let mut first = vec![usize::MAX; self.count];
        let firsts = self.of.iter().enumerate().map(|(state, &component)| {
            let first = &mut first[component as usize];
            *first = usize::min(*first, state);
            *first
        });
        firsts.collect()
    }
}

/// The order of a state that has not been seen.
const UNSEEN: u32 = u32::MAX;

/// One run of Tarjan's algorithm.
struct Tarjan<'a> {
    graph: &'a Graph,
    /// When a state was first seen.
    order: Vec<u32>,
    /// The earliest state on the stack that a state's subtree leads back to.
    low: Vec<u32>,
    component: Vec<u32>,
    stack: Vec<u32>,
    seen: u32,
    components: u32,
}

impl<'a> Tarjan<'a> {
    fn new(graph: &'a Graph) -> Tarjan<'a> {
        let states = graph.states();
        Tarjan {
            graph,
            order: vec![UNSEEN; states],
            low: vec![0; states],
            component: vec![UNSEEN; states],
            stack: Vec::new(),
            seen: 0,
            components: 0,
        }
    }

    /// Visits everything that a root leads to; `path` holds each state with the next edge to try.
    fn visit(&mut self, root: usize) {
        let mut path = vec![(root, self.enter(root))];
        while let Some((state, edge)) = path.last_mut() {
            let state = *state;
            if *edge == self.graph.start[state + 1] {
                path.pop();
                self.leave(state);
                if let Some(&(parent, _)) = path.last() {
                    self.low[parent] = self.low[parent].min(self.low[state]);
                }
                continue;
            }
            let next = self.graph.next[*edge] as usize;
            *edge += 1;
            if self.order[next] == UNSEEN {
                path.push((next, self.enter(next)));
            } else if self.component[next] == UNSEEN {
                self.low[state] = self.low[state].min(self.order[next]);
            }
        }
    }

    fn enter(&mut self, state: usize) -> usize {
        self.order[state] = self.seen;
        self.low[state] = self.seen;
        self.seen += 1;
        self.stack.push(state as u32);
        self.graph.start[state]
    }

    /// Closes the component of a state that nothing in its subtree leads back above.
    fn leave(&mut self, state: usize) {
        if self.low[state] != self.order[state] {
            return;
        }
        while let Some(member) = self.stack.pop() {
            self.component[member as usize] = self.components;
            if member as usize == state {
                break;
            }
        }
        self.components += 1;
    }
}

fn gcd(mut a: usize, mut b: usize) -> usize {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_models::Random;

    fn graph(edges: &[&[u32]]) -> Graph {
        let mut graph = Graph {
            start: vec![0],
            next: Vec::new(),
        };
        for row in edges {
            graph.next.extend_from_slice(row);
            graph.start.push(graph.next.len());
        }
        graph
    }

    /// Warshall's closure: an independent definition of "same component".
    fn reaches(graph: &Graph) -> Vec<Vec<bool>> {
        let n = graph.states();
        let mut reach: Vec<Vec<bool>> = (0..n)
            .map(|s| {
                (0..n)
                    .map(|t| s == t || graph.successors(s).any(|x| x == t))
                    .collect()
            })
            .collect();
        for k in 0..n {
            for i in 0..n {
                for j in 0..n {
                    reach[i][j] |= reach[i][k] && reach[k][j];
                }
            }
        }
        reach
    }

    #[test]
    fn components_are_the_classes_of_mutual_reachability() {
        let mut random = Random(1);
        for _ in 0..300 {
            let n = 1 + random.below(9);
            let rows: Vec<Vec<u32>> = (0..n)
                .map(|_| (0..n as u32).filter(|_| random.below(2 * n) < 3).collect())
                .collect();
            let g = graph(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let (components, reach) = (g.components(), reaches(&g));
            assert_eq!(g.reversed().reversed(), g);
            for (s, from_s) in reach.iter().enumerate() {
                assert_eq!(g.reached([s]), *from_s);
                for (t, from_t) in reach.iter().enumerate() {
                    let same = components.of[s] == components.of[t];
                    assert_eq!(same, from_s[t] && from_t[s]);
                    assert!(!from_s[t] || components.of[t] <= components.of[s]);
                }
            }
        }
    }

    #[test]
    fn periods_are_the_common_divisor_of_cycle_lengths() {
        let mut level = vec![0; 6];
        assert_eq!(graph(&[&[0]]).period(&[0], &mut level), 1);
        assert_eq!(graph(&[&[1], &[0]]).period(&[0, 1], &mut level), 2);
        assert_eq!(
            graph(&[&[1], &[2], &[0, 1]]).period(&[0, 1, 2], &mut level),
            1
        );
        let even = graph(&[&[1, 2], &[0], &[3], &[4], &[0]]);
        assert_eq!(even.period(&[0, 1, 2, 3, 4], &mut level), 2);
    }

    #[test]
    fn a_path_of_a_million_states_is_searched_without_recursion() {
        let n = 1_000_000u32;
        let mut g = graph(&[]);
        for s in 0..n {
            g.next.push((s + 1) % n);
            g.start.push(g.next.len());
        }
        assert_eq!(g.components().count, 1);
        g.next[n as usize - 1] = n - 1;
        assert_eq!(g.components().count, n as usize);
    }
}
