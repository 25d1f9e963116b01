//! Partition refinement: classes are split until every class is alike in how it goes to each.
//!
//! Each class serves as a splitter; of the parts of a class that has been one, all but the largest
//! serve again (Valmari & Franceschinis 2010), so that an outcome is looked at O(log S) times.

use std::collections::HashMap;

use crate::model::Model;
use crate::model::distribution::sum;
use crate::number::Number;

/// The coarsest stable partition that refines the given classes \[S\]; classes are numbered in the
/// order of their first states.
pub(super) fn coarsest(model: &Model, classes: Vec<u32>) -> Vec<u32> {
    let incoming = Incoming::new(model);
    let mut partition = Partition::new(&classes);
    let mut queue: Vec<u32> = (0..partition.count() as u32).collect();
    let mut is_queued = vec![true; queue.len()];
    while let Some(splitter) = queue.pop() {
        is_queued[splitter as usize] = false;
        let ways = incoming.ways(model, partition.states(splitter));
        for (class, parts) in partition.split(ways) {
            is_queued.resize(partition.count(), false);
            // a class that still waits is served by all of its parts, any other by all but one
            let spared = (!is_queued[class as usize]).then(|| partition.largest(class, &parts));
            for part in parts.into_iter().chain([class]) {
                if Some(part) != spared && !is_queued[part as usize] {
                    is_queued[part as usize] = true;
                    queue.push(part);
                }
            }
        }
    }
    partition.numbered()
}

/// What leads to each state: (pair, outcome of that pair), by next state.
struct Incoming<'m> {
    /// Those into state s stand at `start[s]..start[s + 1]`.
    start: Vec<usize>,
    from: Vec<(u32, &'m Number)>,
}

impl<'m> Incoming<'m> {
    fn new(model: &'m Model) -> Incoming<'m> {
        let (space, outcomes) = (model.space(), model.outcomes());
        let all = || {
            let pairs = 0..space.pairs();
            pairs.flat_map(|pair| outcomes.of(pair).map(move |outcome| (pair as u32, outcome)))
        };
        let mut start = vec![0; space.states() + 1];
        for (_, outcome) in all() {
            start[outcome.next + 1] += 1;
        }
        for state in 0..space.states() {
            start[state + 1] += start[state];
        }
        let (mut place, mut from) = (start.clone(), vec![(0, &Number::ZERO); outcomes.outcomes()]);
        for (pair, outcome) in all() {
            from[place[outcome.next]] = (pair, outcome.probability);
            place[outcome.next] += 1;
        }
        Incoming { start, from }
    }

    /// How each state that goes to some states goes there: (action, probability) for each of its
    /// actions that does.
    fn ways(&self, model: &Model, states: &[u32]) -> Vec<(u32, Way)> {
        let into =
            |&state: &u32| &self.from[self.start[state as usize]..self.start[state as usize + 1]];
        let mut all: Vec<(u32, &Number)> = states.iter().flat_map(into).copied().collect();
        all.sort_by_key(|(pair, _)| *pair);
        let space = model.space();
        let mut ways: Vec<(u32, Way)> = Vec::new();
        for same in all.chunk_by(|x, y| x.0 == y.0) {
            let pair = same[0].0 as usize;
            let probability = match same {
                [(_, only)] => (*only).clone(),
                several => sum(several.iter().map(|(_, probability)| *probability)),
            };
            let step = (space.action_of(pair) as u32, probability);
            let state = space.state_of(pair) as u32;
            match ways.last_mut() {
                Some((last, way)) if *last == state => way.push(step),
                _ => ways.push((state, vec![step])),
            }
        }
        ways
    }
}

/// With which probability each action leads to the splitter; actions that do not are left out.
type Way = Vec<(u32, Number)>;

/// States by class, so that a class is split in the time that its smaller parts take.
struct Partition {
    /// The states, those of a class together.
    order: Vec<u32>,
    /// Where each state stands in `order`.
    place: Vec<u32>,
    /// The class of each state.
    class: Vec<u32>,
    /// Where each class stands in `order`.
    range: Vec<(u32, u32)>,
}

impl Partition {
    fn new(classes: &[u32]) -> Partition {
        let mut order: Vec<u32> = (0..classes.len() as u32).collect();
        order.sort_by_key(|&state| classes[state as usize]);
        let mut partition = Partition {
            place: vec![0; order.len()],
            class: classes.to_vec(),
            range: Vec::new(),
            order,
        };
        for (place, &state) in partition.order.iter().enumerate() {
            partition.place[state as usize] = place as u32;
            let class = classes[state as usize] as usize;
            if class == partition.range.len() {
                partition.range.push((place as u32, place as u32));
            }
            partition.range[class].1 = place as u32 + 1;
        }
        partition
    }

    fn count(&self) -> usize {
        self.range.len()
    }

    fn states(&self, class: u32) -> &[u32] {
        let (from, to) = self.range[class as usize];
        &self.order[from as usize..to as usize]
    }

    /// The largest of a class and the parts that left it.
    fn largest(&self, class: u32, parts: &[u32]) -> u32 {
        let all = parts.iter().copied().chain([class]);
        let largest = all.max_by_key(|&part| self.states(part).len());
        largest.unwrap_or(class)
    }

    /// Splits every class by the ways of its states; states without one stay together. For each class
    /// that was split, the parts that left it.
    fn split(&mut self, ways: Vec<(u32, Way)>) -> Vec<(u32, Vec<u32>)> {
        let mut by_class: HashMap<u32, HashMap<Way, Vec<u32>>> = HashMap::new();
        for (state, way) in ways {
            let groups = by_class.entry(self.class[state as usize]).or_default();
            groups.entry(way).or_default().push(state);
        }
        let mut found: Vec<(u32, Vec<Vec<u32>>)> = by_class
            .into_iter()
            .map(|(class, groups)| (class, groups.into_values().collect()))
            .collect();
        // the order of a hash map is nobody's: the answer does not depend on it, the work might
        found.sort_by_key(|(class, _)| *class);
        let mut split = Vec::new();
        for (class, mut groups) in found {
            groups.sort_by_key(|group| group[0]);
            let touched: usize = groups.iter().map(Vec::len).sum();
            if touched == self.states(class).len() {
                // nobody stays: the largest group keeps the class
                let largest = (0..groups.len()).max_by_key(|&i| groups[i].len());
                largest.map(|largest| groups.swap_remove(largest));
            }
            if !groups.is_empty() {
                let parts = groups.iter().map(|group| self.part(class, group));
                split.push((class, parts.collect()));
            }
        }
        split
    }

    /// Moves states of a class into a class of their own.
    fn part(&mut self, class: u32, states: &[u32]) -> u32 {
        let new = self.range.len() as u32;
        let end = self.range[class as usize].1;
        for (moved, &state) in states.iter().enumerate() {
            let (here, there) = (self.place[state as usize], end - 1 - moved as u32);
            let other = self.order[there as usize];
            self.order.swap(here as usize, there as usize);
            self.place[state as usize] = there;
            self.place[other as usize] = here;
            self.class[state as usize] = new;
        }
        let begin = end - states.len() as u32;
        self.range[class as usize].1 = begin;
        self.range.push((begin, end));
        new
    }

    /// The class of each state, numbered in the order of their first states.
    fn numbered(&self) -> Vec<u32> {
        let mut number = vec![u32::MAX; self.count()];
        let mut next = 0;
        let numbered = self.class.iter().map(|&class| {
            let number = &mut number[class as usize];
            if *number == u32::MAX {
                *number = next;
                next += 1;
            }
            *number
        });
        numbered.collect()
    }
}
