//! A number of every state: a map where the states lie on a grid, else bars, the largest first.

use exact_mdp::report::Quantity;

use super::bars::{Bars, Row};
use super::columns::Columns;
use super::scale::Scale;
use super::{Picture, Scene, digits, grid, raster};

/// From here on marks are too many for a page, and the picture is a raster.
pub const MARKS: usize = 2000;
/// Up to so many states have a bar with a name.
const BARS: usize = 40;

/// A number of every state.
#[derive(Clone, Copy, Debug)]
pub struct States<'a> {
    /// The states.
    pub scene: &'a Scene,
    /// What the number is called: `v(s)`.
    pub letter: &'a str,
    /// The command and the name under which its JSON holds the numbers: `evaluate/v`.
    pub source: &'a str,
    /// The numbers \[S\].
    pub values: &'a [Quantity],
    /// Their colors.
    pub scale: Scale,
    /// π(a|s) \[SA\], drawn as arrows on a map.
    pub policy: Option<Policy<'a>>,
}

/// A policy, as a map shows it.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// π(a|s) \[SA\].
    pub probabilities: &'a [Quantity],
    /// The command and the name under which its JSON holds them.
    pub source: &'a str,
}

impl States<'_> {
    /// The picture that suits the states.
    pub fn draw(&self) -> Picture {
        match self.scene.grid() {
            Some(layout) if layout.state.len() > MARKS => raster::draw(self, layout),
            Some(layout) => grid::draw(self, layout),
            None if self.values.len() <= BARS => self.bars().draw(),
            None => self.columns().draw(),
        }
    }

    /// What a state's mark says.
    pub fn title(&self, state: usize) -> String {
        let value = digits(&self.values[state]);
        format!("{}: {} = {value}", self.scene.name(state), self.letter)
    }

    /// What the picture shows.
    pub fn caption(&self) -> String {
        let arrows = if self.policy.is_some() && self.scene.grid().is_some() {
            ", with arrows as long as actions are probable"
        } else {
            ""
        };
        format!("{} of every state{arrows}", self.letter)
    }

    /// The states that act, the largest number first.
    fn order(&self) -> Vec<usize> {
        let space = &self.scene.space;
        let mut states: Vec<usize> = (0..self.values.len())
            .filter(|&s| !space.is_terminal(s))
            .collect();
        let value = |s: usize| self.values[s].value().unwrap_or(f64::NEG_INFINITY);
        states.sort_by(|&a, &b| value(b).total_cmp(&value(a)));
        states
    }

    fn bars(&self) -> Bars {
        let row = |state: usize| Row {
            state: Some(state),
            index: state,
            name: self.scene.name(state).into_owned(),
            value: self.scale.seen(&self.values[state]),
            error: None,
            title: self.title(state),
        };
        Bars {
            title: self.caption(),
            source: self.source.to_string(),
            axis: self.letter.to_string(),
            rows: self.order().into_iter().map(row).collect(),
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            states: self,
            order: self.order(),
        }
    }
}
