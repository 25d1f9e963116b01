//! Which coordinates a trajectory touches: worked out once for all estimators.

use super::layout::{Layout, Place};

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

/// A coordinate and the trajectory that touched it last.
#[derive(Clone, Copy, Debug)]
struct Mark {
    epoch: u32,
    slot: u32,
    place: Place,
}

/// The touched coordinates, in the order in which they are first touched: their slots.
#[derive(Clone, Debug)]
pub(super) struct Touched {
    /// The trajectories so far; a block has fewer than there are epochs.
    epoch: u32,
    marks: Vec<Mark>,
    /// Of a block: the epoch that touched it last, and the latest slot in it then.
    latest: Vec<(u32, u32)>,
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
}

impl Touched {
    pub fn new(layout: &Layout) -> Touched {
        let mark = |place: Place| Mark {
            epoch: 0,
            slot: 0,
            place,
        };
        Touched {
            epoch: 0,
            marks: layout.places().map(mark).collect(),
            latest: vec![(0, 0); layout.blocks()],
            before: Vec::new(),
            slot_of_step: Vec::new(),
            entries: Vec::new(),
            coordinates: Vec::new(),
            slots: 0,
            couples: Vec::new(),
        }
    }

    /// The touched coordinates, slot by slot.
    pub fn coordinates(&self) -> &[u32] {
        &self.coordinates[..self.slots]
    }

    /// The slot that each step adds to; empty where steps have [`Touched::entries`].
    pub fn slot_of_step(&self) -> &[u32] {
        &self.slot_of_step
    }

    /// What the steps add.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Pairs of different slots whose products are summed.
    pub fn couples(&self) -> &[Couple] {
        &self.couples
    }

    /// Works out what a trajectory with these pairs touches.
    pub fn trace(&mut self, layout: &Layout, pairs: &[u32]) {
        self.epoch += 1;
        self.slots = 0;
        self.couples.clear();
        self.entries.clear();
        self.slot_of_step.clear();
        match layout.scores_by_step() {
            None => {
                self.make_room(pairs.len());
                self.slot_of_step.resize(pairs.len(), 0);
                for (step, &pair) in pairs.iter().enumerate() {
                    self.slot_of_step[step] = self.slot(pair);
                }
            }
            Some(scores) => {
                for (step, &pair) in pairs.iter().enumerate() {
                    let row = scores.row(pair as usize);
                    self.make_room(row.len());
                    for (k, &coefficient) in row {
                        let slot = self.slot(k as u32);
                        self.entries.push(Entry {
                            step: step as u32,
                            slot,
                            coefficient,
                        });
                    }
                }
            }
        }
    }

    /// Makes room for so many more slots.
    fn make_room(&mut self, more: usize) {
        let needed = self.slots + more;
        if self.coordinates.len() < needed {
            self.coordinates.resize(2 * needed, 0);
            self.before.resize(2 * needed, 0);
        }
    }

    #[inline(always)]
    fn slot(&mut self, coordinate: u32) -> u32 {
        let mark = &mut self.marks[coordinate as usize];
        if mark.epoch == self.epoch {
            return mark.slot;
        }
        let slot = self.slots as u32;
        mark.epoch = self.epoch;
        mark.slot = slot;
        let latest = &mut self.latest[mark.place.block as usize];
        let (epoch, other) = std::mem::replace(latest, (self.epoch, slot));
        let fresh = epoch != self.epoch;
        self.coordinates[self.slots] = coordinate;
        self.before[self.slots] = if fresh { slot } else { other };
        self.slots += 1;
        if !fresh {
            self.couple(coordinate, slot, other);
        }
        slot
    }

    /// Lists the products of a new slot with the earlier ones of its block.
    fn couple(&mut self, coordinate: u32, slot: u32, mut other: u32) {
        loop {
            let with = self.coordinates[other as usize];
            let end = self.marks[coordinate.max(with) as usize].place.end;
            self.couples.push(Couple {
                product: end - coordinate.abs_diff(with),
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
