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

/// A trajectory with so many steps for each coordinate comes back to what it has touched nearly always; a choice.
const LONG: usize = 16;

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
    /// Of each coordinate.
    marks: Vec<Mark>,
    /// Of each block of coordinates; none where no products are summed.
    latest: Vec<Mark>,
    /// Of a slot: the one touched before it in the same block, or itself.
    before: Vec<u32>,
    /// Slots that are not the first in their block.
    later: Vec<u32>,
    /// The slot of each step, where a step touches one coordinate, with coefficient 1.
    slot_of_step: Vec<u32>,
    /// Otherwise what all steps add.
    entries: Vec<Entry>,
    /// The coordinates of slots and the trajectories that touch them; slots first, then room.
    coordinates: Vec<u32>,
    epochs: Vec<u32>,
    slots: usize,
    couples: Vec<Couple>,
    /// One more than there are trajectories.
    miles: Vec<Mile>,
}

impl Touched {
    pub fn new(layout: &Layout) -> Touched {
        let products = layout.products() > 0;
        let blocks = if products { layout.blocks().len() } else { 0 };
        Touched {
            epoch: 0,
            marks: vec![Mark::default(); layout.coordinates()],
            latest: vec![Mark::default(); blocks],
            before: Vec::new(),
            later: Vec::new(),
            slot_of_step: Vec::new(),
            entries: Vec::new(),
            coordinates: Vec::new(),
            epochs: Vec::new(),
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

    /// Its couples are not known yet.
    fn mile(&self, step: usize, entry: usize) -> Mile {
        Mile {
            step,
            slot: self.slots,
            couple: 0,
            entry,
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
        self.clear();
        let pairs = paths.pairs();
        let mut slots = std::mem::take(&mut self.slot_of_step);
        slots.resize(layout.scores_by_step().map_or(pairs.len(), |_| 0), 0);
        for steps in paths.ranges() {
            self.epoch += 1;
            self.trace_steps(layout, (pairs, steps.clone()), &mut slots);
            self.miles.push(self.mile(steps.end, self.entries.len()));
        }
        self.slot_of_step = slots;
        self.couple(layout);
    }

    /// Forgets all trajectories, and begins one that comes part by part.
    pub fn begin(&mut self) {
        self.clear();
        self.epoch += 1;
    }

    /// Works out what a part of it touches, of which alone the steps are known afterwards.
    pub fn trace_part(&mut self, layout: &Layout, pairs: &[u32]) {
        self.entries.clear();
        self.miles.truncate(1);
        let mut slots = std::mem::take(&mut self.slot_of_step);
        slots.resize(layout.scores_by_step().map_or(pairs.len(), |_| 0), 0);
        self.trace_steps(layout, (pairs, 0..pairs.len()), &mut slots);
        self.slot_of_step = slots;
        self.miles.push(self.mile(pairs.len(), self.entries.len()));
    }

    /// Ends it.
    pub fn end(&mut self, layout: &Layout) {
        self.couple(layout);
    }

    fn clear(&mut self) {
        self.slots = 0;
        self.entries.clear();
        self.miles.clear();
        self.miles.push(Mile::default());
    }

    /// What some steps of one trajectory touch.
    #[inline(always)]
    fn trace_steps(
        &mut self,
        layout: &Layout,
        (pairs, steps): (&[u32], Range<usize>),
        slots: &mut [u32],
    ) {
        let Some(scores) = layout.scores_by_step() else {
            self.make_room(steps.len());
            return self.touch_each(&pairs[steps.clone()], &mut slots[steps]);
        };
        let mut entries = std::mem::take(&mut self.entries);
        for step in steps {
            let row = scores.row(pairs[step] as usize);
            self.make_room(row.len());
            let first = entries.len();
            let entry = |(_, &coefficient): (usize, &f64)| Entry {
                step: step as u32,
                slot: 0,
                coefficient,
            };
            entries.extend(row.clone().map(entry));
            let slots = entries[first..].iter_mut().map(|entry| &mut entry.slot);
            self.touch(row.map(|(k, _)| k as u32).zip(slots));
        }
        self.entries = entries;
    }

    /// Makes room for so many more slots, and for one that is written and not kept.
    #[inline(always)]
    fn make_room(&mut self, more: usize) {
        let needed = self.slots + more + 1;
        if self.coordinates.len() < needed {
            self.coordinates.resize(2 * needed, 0);
            self.epochs.resize(2 * needed, 0);
        }
    }

    /// The slots of the coordinates of steps.
    #[inline(always)]
    fn touch_each(&mut self, coordinates: &[u32], slots: &mut [u32]) {
        let is_long = coordinates.len() > LONG * self.marks.len();
        let steps = coordinates.iter().zip(slots);
        let mut steps = steps.map(|(&coordinate, slot)| (coordinate, slot));
        if !is_long {
            return self.touch(steps);
        }
        loop {
            // nearly all are touched already, and a branch that says so is foreseen
            let (marks, epoch) = (&self.marks[..], self.epoch);
            let new = steps.find_map(|(coordinate, slot)| {
                let mark = marks[coordinate as usize];
                *slot = mark.slot;
                (mark.epoch != epoch).then_some((coordinate, slot))
            });
            if new.is_none() {
                return;
            }
            self.touch(new.into_iter());
        }
    }

    /// The slots of coordinates, new ones of those that this trajectory has not touched yet: no branch, which would be mispredicted
    /// where states come again.
    #[inline(always)]
    fn touch<'a>(&mut self, touched: impl Iterator<Item = (u32, &'a mut u32)>) {
        let epoch = self.epoch;
        let mut slots = self.slots;
        let (coordinates, epochs) = (&mut self.coordinates[..], &mut self.epochs[..]);
        let marks = &mut self.marks[..];
        for (coordinate, slot) in touched {
            let mark = &mut marks[coordinate as usize];
            let is_new = mark.epoch != epoch;
            let own = std::hint::select_unpredictable(is_new, slots as u32, mark.slot);
            *mark = Mark { epoch, slot: own };
            *slot = own;
            coordinates[slots] = coordinate;
            epochs[slots] = epoch;
            slots += usize::from(is_new);
        }
        self.slots = slots;
    }

    /// Lists the products of slots with earlier ones of their block and trajectory.
    #[inline(always)]
    fn couple(&mut self, layout: &Layout) {
        self.couples.clear();
        if self.latest.is_empty() {
            return;
        }
        if self.before.len() < self.slots {
            self.before.resize(2 * self.slots, 0);
            self.later.resize(2 * self.slots, 0);
        }
        let slots = self.coordinates[..self.slots].iter().zip(&self.epochs);
        let mut count = 0;
        for (slot, ((&coordinate, &epoch), before)) in slots.zip(&mut self.before).enumerate() {
            let latest = &mut self.latest[layout.block_of(coordinate) as usize];
            let slot = slot as u32;
            let is_first = latest.epoch != epoch;
            *before = std::hint::select_unpredictable(is_first, slot, latest.slot);
            *latest = Mark { epoch, slot };
            self.later[count] = slot;
            count += usize::from(!is_first);
        }
        for &slot in &self.later[..count] {
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
                    break;
                }
                other = before;
            }
        }
        let mut couple = 0;
        for mile in &mut self.miles {
            let rest = &self.couples[couple..];
            couple += rest
                .iter()
                .take_while(|c| (c.i as usize) < mile.slot)
                .count();
            mile.couple = couple;
        }
    }
}
