//! A number of every action on a map: each cell in four, a quarter for each direction.

use exact_mdp::mdp::GridLayout;
use exact_mdp::report::Quantity;
use maud::{Markup, html};

use super::grid::{Board, Cell, end};
use super::states::States;
use super::{At, Picture, digits, title};
use crate::direction::Direction;

/// Numbers of pairs on a map of states, whose letter, source and scale are theirs.
pub struct Quarters<'a> {
    /// The states, and what the numbers are called.
    pub states: States<'a>,
    /// The map.
    pub layout: &'a GridLayout,
    /// The numbers \[SA\].
    pub values: &'a [Quantity],
}

impl Quarters<'_> {
    /// The picture.
    pub fn draw(&self) -> Picture {
        let board = Board::new(self.layout);
        let space = &self.states.scene.space;
        let marks = html! {
            (board.walls())
            g data-q=(self.states.source) {
                @for (cell, state) in board.states() {
                    @if space.is_terminal(state) { (end(self.states.scene, cell, state)) }
                    @else { @for pair in space.pairs_of(state) { (self.quarter(cell, state, pair)) } }
                }
            }
        };
        let picture = board.picture(&self.states, marks);
        Picture {
            title: format!("{} of every action in every state", self.states.letter),
            ..picture
        }
    }

    fn quarter(&self, Cell { x, y, side }: Cell, state: usize, pair: usize) -> Markup {
        let (name, action) = self.states.scene.space.pair_names(pair);
        let Some(direction) = Direction::of(&action) else {
            return html! {};
        };
        let (dx, dy) = direction.vector();
        let (half, center) = (side / 2.0, (x + side / 2.0, y + side / 2.0));
        // the two corners on the side of the direction
        let corner = |sign: f64| {
            (
                center.0 + half * (dx + sign * dy),
                center.1 + half * (dy + sign * dx),
            )
        };
        let (a, b) = (corner(1.0), corner(-1.0));
        let path = format!(
            "M{} {}L{} {}L{} {}z",
            At(center.0),
            At(center.1),
            At(a.0),
            At(a.1),
            At(b.0),
            At(b.1)
        );
        let value = &self.values[pair];
        let fill = value.value().map(|x| self.states.scale.color(x).hex());
        let words = format!(
            "{name}, {action}: {} = {}",
            self.states.letter,
            digits(value)
        );
        html! {
            path class={ "cell" @if fill.is_none() { " none" } } data-s=(state) data-i=(pair) d=(path) fill=[fill] { (title(&words)) }
        }
    }
}
