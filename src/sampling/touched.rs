//! Which coordinates trajectories touch: worked out once for all estimators.

use std::ops::Range;

use super::layout::Layout;
use super::path::Paths;

/// What a step adds to a coordinate: `coefficient` times the step's number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub step: u32,
    pub slot: u32,
    pub coefficient: f64,
}

/// The slots of two touched coordinates of one block, and where their product is summed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Couple {
    pub product: u32,
    pub i: u32,
    pub j: u32,
}

/// A coordinate or a block, the trajectory that touched it last, and the latest slot in it then.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    epoch: u32,
    slot: u32,
}

/// Coordinates of a block up to which its touched ones are looked through one by one, a branch that is mispredicted
/// where they come in any order.
const FEW: usize = 8;
/// Up to so many coordinates a table of all, 16 kB, leaves room in the first-level cache, and is looked into instead:
/// of a garnet of 8 states, 2 actions, this search was a seventh of the time.
const HELD: usize = 2048;

/// Where what a trajectory touches begins among that of all.
#[derive(Clone, Copy, Debug, Default)]
struct Mile {
    step: usize,
    slot: usize,
    couple: usize,
    entry: usize,
}

/// What some trajectories, neighbours all, touch.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    /// Their steps among those of all.
    pub steps: Range<usize>,
    /// Their slots.
    pub slots: Range<usize>,
    couples: Range<usize>,
    entries: Range<usize>,
}

/// The touched coordinates, trajectory by trajectory in the order in which they are first touched: their slots.
#[derive(Clone, Debug)]
pub(super) struct Touched {
    /// The trajectories so far; a block of trajectories has fewer than there are epochs.
    epoch: u32,
    /// Of each block of coordinates.
    latest: Vec<Mark>,
    /// Of each coordinate; none where blocks are small and there are many.
    marks: Vec<Mark>,
    /// Of a slot: the one touched before it in the same block, or itself.
    before: Vec<u32>,
    /// The slot of each step, where a step touches one coordinate, with coefficient 1.
    slot_of_step: Vec<u32>,
    /// Otherwise what all steps add.
    entries: Vec<Entry>,
    /// Slots first, then room.
    coordinates: Vec<u32>,
    slots: usize,
    couples: Vec<Couple>,
    /// One more than there are trajectories.
    miles: Vec<Mile>,
}

impl Touched {
    pub fn new(layout: &Layout) -> Touched {
        let few = layout.blocks().iter().all(|block| block.len() <= FEW);
        let coordinates = layout.coordinates();
        let marked = if few && coordinates > HELD {
            0
        } else {
            coordinates
        };
        Touched {
            epoch: 0,
            latest: vec![Mark::default(); layout.blocks().len()],
            marks: vec![Mark::default(); marked],
            before: Vec::new(),
            slot_of_step: Vec::new(),
            entries: Vec::new(),
            coordinates: Vec::new(),
            slots: 0,
            couples: Vec::new(),
            miles: Vec::new(),
        }
    }

    /// What these trajectories touch.
    pub fn stretch(&self, trajectories: Range<usize>) -> Stretch {
        let (first, last) = (self.miles[trajectories.start], self.miles[trajectories.end]);
        Stretch {
            steps: first.step..last.step,
            slots: first.slot..last.slot,
            couples: first.couple..last.couple,
            entries: first.entry..last.entry,
        }
    }

    /// The part of a stretch at some of its steps, with all of its slots and couples.
    #[inline(always)]
    pub fn piece(&self, stretch: &Stretch, steps: Range<usize>) -> Stretch {
        let (entries, first) = (self.entries(stretch), stretch.entries.start);
        let before = |step: usize| first + entries.partition_point(|x| (x.step as usize) < step);
        Stretch {
            entries: before(steps.start)..before(steps.end),
            steps,
            ..stretch.clone()
        }
    }

    fn mile(&self, step: usize) -> Mile {
        Mile {
            step,
            slot: self.slots,
            couple: self.couples.len(),
            entry: self.entries.len(),
        }
    }

    /// The touched coordinates, slot by slot of all trajectories.
    pub fn coordinates(&self) -> &[u32] {
        &self.coordinates[..self.slots]
    }

    /// The slot that each step adds to; empty where steps have [`Touched::entries`].
    pub fn slot_of_step(&self) -> &[u32] {
        &self.slot_of_step
    }

    /// What the steps add.
    pub fn entries(&self, stretch: &Stretch) -> &[Entry] {
        &self.entries[stretch.entries.clone()]
    }

    /// Pairs of different slots of one trajectory whose products are summed.
    pub fn couples(&self, stretch: &Stretch) -> &[Couple] {
        &self.couples[stretch.couples.clone()]
    }

    /// Works out what trajectories touch.
    #[inline(always)]
    pub fn trace(&mut self, layout: &Layout, paths: &Paths) {
        self.slots = 0;
        self.couples.clear();
        self.entries.clear();
        self.miles.clear();
        self.miles.push(Mile::default());
        let pairs = paths.pairs();
        match layout.scores_by_step() {
            None => {
                self.make_room(pairs.len());
                let mut slots = std::mem::take(&mut self.slot_of_step);
                slots.resize(pairs.len(), 0);
                for steps in paths.ranges() {
                    self.epoch += 1;
                    self.trace_pairs(layout, &pairs[steps.clone()], &mut slots[steps.clone()]);
                    self.miles.push(self.mile(steps.end));
                }
                self.slot_of_step = slots;
            }
            Some(scores) => {
                for steps in paths.ranges() {
                    self.epoch += 1;
                    for step in steps.clone() {
                        let row = scores.row(pairs[step] as usize);
                        self.make_room(row.len());
                        for (k, &coefficient) in row {
                            let slot = self.slot(layout, k as u32);
                            self.entries.push(Entry {
                                step: step as u32,
                                slot,
                                coefficient,
                            });
                        }
                    }
                    self.miles.push(self.mile(steps.end));
                }
            }
        }
    }

    /// The slot of each pair of a trajectory.
    #[inline(always)]
    fn trace_pairs(&mut self, layout: &Layout, pairs: &[u32], slots: &mut [u32]) {
        let mut steps = pairs.iter().zip(slots);
        if self.marks.is_empty() {
            return steps.for_each(|(&pair, slot)| *slot = self.slot(layout, pair));
        }
        loop {
            // a loop of its own over those that are touched already: nearly all where there are many steps
            let (marks, epoch) = (&self.marks[..], self.epoch);
            let fresh = steps.find_map(|(&pair, slot)| {
                let mark = marks[pair as usize];
                *slot = mark.slot;
                (mark.epoch != epoch).then_some((pair, slot))
            });
            let Some((pair, slot)) = fresh else { return };
            *slot = self.slot(layout, pair);
        }
    }

    /// Makes room for so many more slots.
    #[inline(always)]
    fn make_room(&mut self, more: usize) {
        let needed = self.slots + more;
        if self.coordinates.len() < needed {
            self.coordinates.resize(2 * needed, 0);
            self.before.resize(2 * needed, 0);
        }
    }

    /// The slot of a coordinate, a new one if this trajectory has not touched it yet.
    #[inline(always)]
    fn slot(&mut self, layout: &Layout, coordinate: u32) -> u32 {
        let own = self.marks.get(coordinate as usize);
        if let Some(mark) = own
            && mark.epoch == self.epoch
        {
            return mark.slot;
        }
        let is_marked = own.is_some();
        let block = layout.block_of(coordinate) as usize;
        let latest = self.latest[block];
        let fresh = latest.epoch != self.epoch;
        if !fresh
            && !is_marked
            && let Some(slot) = self.find(coordinate, latest.slot)
        {
            return slot;
        }
        let slot = self.slots as u32;
        let mark = Mark {
            epoch: self.epoch,
            slot,
        };
        self.latest[block] = mark;
        if let Some(own) = self.marks.get_mut(coordinate as usize) {
            *own = mark;
        }
        self.coordinates[self.slots] = coordinate;
        self.before[self.slots] = if fresh { slot } else { latest.slot };
        self.slots += 1;
        if !fresh {
            self.couple(layout, slot);
        }
        slot
    }

    /// The slot of a coordinate of a touched block, `latest` being the block's latest.
    #[inline(always)]
    fn find(&self, coordinate: u32, latest: u32) -> Option<u32> {
        let mut slot = latest;
        while self.coordinates[slot as usize] != coordinate {
            let before = self.before[slot as usize];
            if before == slot {
                return None;
            }
            slot = before;
        }
        Some(slot)
    }

    /// Lists the products of a new slot with the earlier ones of its block.
    #[inline(always)]
    fn couple(&mut self, layout: &Layout, slot: u32) {
        let coordinate = self.coordinates[slot as usize];
        let mut other = self.before[slot as usize];
        loop {
            let with = self.coordinates[other as usize];
            self.couples.push(Couple {
                product: layout.product(coordinate, with),
                i: slot,
                j: other,
            });
            let before = self.before[other as usize];
            if before == other {
                return;
            }
            other = before;
        }
    }
}
