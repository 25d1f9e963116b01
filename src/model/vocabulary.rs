//! Names as a file brings them along → numbers.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::mdp::Names;

/// Names in the order in which they appear.
#[derive(Default)]
pub(crate) struct Vocabulary<'t> {
    names: Vec<&'t str>,
    position: HashMap<&'t str, u32, RandomState>,
}

impl<'t> Vocabulary<'t> {
    /// The number of a name, a new one if it is new.
    pub(crate) fn number(&mut self, name: &'t str) -> u32 {
        *self.position.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() as u32 - 1
        })
    }

    /// The name of a number, if it has been given out.
    pub(crate) fn get(&self, number: u32) -> Option<&'t str> {
        self.names.get(number as usize).copied()
    }

    /// The name of a number given out.
    pub(crate) fn name(&self, number: u32) -> &'t str {
        self.names[number as usize]
    }

    /// The names as numbers below `count`, if that is what they are.
    pub(crate) fn numbers(&self, count: usize) -> Option<Vec<u32>> {
        let number = |name: &&str| {
            let number: usize = name.parse().ok()?;
            (number < count && number.to_string() == **name).then_some(number as u32)
        };
        self.names.iter().map(number).collect()
    }

    /// The names for a model, and the place in it of each number given out: numbers in their own
    /// order if they are 0, 1, …, n − 1, names as they appeared otherwise.
    pub(crate) fn finish(self) -> (Names, Vec<u32>) {
        let count = self.names.len();
        match self.numbers(count) {
            Some(places) => (Names::Numbered(count), places),
            None => {
                let names = self.names.iter().map(|name| name.to_string());
                (Names::Listed(names.collect()), (0..count as u32).collect())
            }
        }
    }
}
