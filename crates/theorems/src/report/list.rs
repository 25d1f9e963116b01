//! What `verify --list` reports: the identities that there are.

use std::io;

use crate::{Identity, Section};
use exact_mdp::report::entries::{Column, Entries, Entry};
use exact_mdp::report::{Report, csv};

/// Some identities with their statements.
#[derive(Clone, Debug)]
pub struct IdentityList {
    /// In the order of the theory.
    pub identities: Vec<Listed>,
}

/// One identity, on no model.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// Its part of the theory.
    pub section: Section,
    /// What it says.
    pub statement: &'static str,
    /// Why it is true.
    pub derivation: &'static str,
    /// Where it is from.
    pub source: &'static str,
}

impl IdentityList {
    /// Of these identities.
    pub fn new(identities: &[&'static Identity]) -> IdentityList {
        let listed = |i: &&'static Identity| Listed {
            name: i.name,
            section: i.section,
            statement: i.statement,
            derivation: i.derivation,
            source: i.source,
        };
        IdentityList {
            identities: identities.iter().map(listed).collect(),
        }
    }
}

impl Report for IdentityList {
    fn entries(&self) -> Entries<'_> {
        let column =
            |of: fn(&Listed) -> &str| Column::Texts(self.identities.iter().map(of).collect());
        let columns = [
            ("name", column(|i| i.name)),
            ("section", column(|i| i.section.name())),
            ("statement", column(|i| i.statement)),
            ("derivation", column(|i| i.derivation)),
            ("source", column(|i| i.source)),
        ];
        Entries(vec![Entry::records("identities", columns)])
    }

    /// Columns `section`, `name`, `statement`, `derivation`, `source`.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        rows.row(&["section", "name", "statement", "derivation", "source"])?;
        let mut identities = self.identities.iter();
        identities.try_for_each(|i| {
            rows.row(&[
                i.section.name(),
                i.name,
                i.statement,
                i.derivation,
                i.source,
            ])
        })
    }
}
