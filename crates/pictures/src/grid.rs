//! A gridworld as a map: each cell colored by its number, with walls, starts and ends, and the policy
//! as arrows whose length is the probability.

use exact_mdp::mdp::GridLayout;
use exact_mdp::report::Quantity;
use maud::{Markup, html};

use super::shapes::headed;
use super::states::{Policy, States};
use super::{At, Picture, Scene, WIDTH, key, short, title};
use crate::direction::Direction;

/// Air on the left and the right.
const MARGIN: f64 = 8.0;
/// The largest cell.
const LARGEST: f64 = 80.0;
/// From this size on a cell holds its number, and from this one beside arrows.
const WITH_NUMBER: f64 = 38.0;
const WITH_BOTH: f64 = 52.0;

/// A cell on the picture.
#[derive(Clone, Copy)]
pub struct Cell {
    /// From the left, in CSS pixels.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// How long its sides are.
    pub side: f64,
}

/// Where the cells of a map lie on a picture.
pub struct Board<'a> {
    layout: &'a GridLayout,
    side: f64,
    left: f64,
}

impl<'a> Board<'a> {
    /// The cells as large as the width allows.
    pub fn new(layout: &'a GridLayout) -> Board<'a> {
        let columns = layout.columns.max(1) as f64;
        let side = ((WIDTH - 2.0 * MARGIN) / columns).min(LARGEST);
        Board {
            layout,
            side,
            left: (WIDTH - side * columns) / 2.0,
        }
    }

    /// The cells that are states.
    pub fn states(&self) -> impl Iterator<Item = (Cell, usize)> {
        let cells = self.layout.state.iter().enumerate();
        cells.filter_map(|(place, state)| Some((self.cell(place), (*state)?)))
    }

    /// The walls.
    pub fn walls(&self) -> Markup {
        let cells = self.layout.state.iter().enumerate();
        let walls = cells.filter(|(_, state)| state.is_none());
        html! { g class="walls" { @for (place, _) in walls { (wall(self.cell(place))) } } }
    }

    /// The whole picture: these marks, and the key below.
    pub fn picture(&self, map: &States, marks: Markup) -> Picture {
        let bottom = MARGIN + self.side * self.layout.rows as f64;
        let ends = (self.left.min(40.0), WIDTH - self.left.min(40.0));
        Picture {
            title: map.caption(),
            size: (WIDTH, bottom + key::HEIGHT),
            marks: html! { (marks) (key::key(&map.scale, map.letter, ends, bottom)) },
        }
    }

    fn cell(&self, place: usize) -> Cell {
        let columns = self.layout.columns.max(1);
        Cell {
            x: self.left + self.side * (place % columns) as f64,
            y: MARGIN + self.side * (place / columns) as f64,
            side: self.side,
        }
    }
}

/// The map of the numbers.
pub fn draw(map: &States, layout: &GridLayout) -> Picture {
    let board = Board::new(layout);
    let marks = html! {
        (board.walls())
        g data-q=(map.source) { @for (cell, state) in board.states() { (numbered(map, cell, state)) } }
        @if let Some(policy) = &map.policy {
            g data-q=(policy.source) { @for (cell, state) in board.states() { (arrows(map, policy, cell, state)) } }
        }
    };
    board.picture(map, marks)
}

fn wall(Cell { x, y, side }: Cell) -> Markup {
    html! {
        rect class="wall" x=(At(x)) y=(At(y)) width=(At(side)) height=(At(side)) { title { "wall" } }
    }
}

/// A cell with its color, its number and what is special about it.
fn numbered(map: &States, cell: Cell, state: usize) -> Markup {
    let Cell { x, y, side } = cell;
    if map.scene.space.is_terminal(state) {
        return end(map.scene, cell, state);
    }
    let value = map.scale.seen(&map.values[state]).value();
    let color = value.map(|x| map.scale.color(x));
    let ink = color.map_or("t", |color| color.ink());
    let size = (0.17 * side).clamp(10.0, 13.0);
    let number = value.map_or_else(|| "–".to_string(), |x| fitting(x, side, size));
    let room = if map.policy.is_some() {
        WITH_BOTH
    } else {
        WITH_NUMBER
    };
    let base = if map.policy.is_some() { 0.9 } else { 0.5 };
    let base = y
        + base * side
        + if map.policy.is_some() {
            0.0
        } else {
            0.35 * size
        };
    html! {
        rect class={ "cell" @if color.is_none() { " none" } } data-s=(state) x=(At(x)) y=(At(y)) width=(At(side)) height=(At(side)) fill=[color.map(|c| c.hex())] {
            (title(&map.title(state)))
        }
        @if map.scene.initial[state] > 0.0 { (start(cell, ink)) }
        @if side >= room {
            text class={ (ink) " n mid" } font-size=(At(size)) x=(At(x + side / 2.0)) y=(At(base)) { (number) }
        }
    }
}

/// A number in as many digits as a cell has room for.
fn fitting(x: f64, side: f64, size: f64) -> String {
    let room = (side - 4.0) / (0.6 * size);
    let fits = |text: &String| text.chars().count() as f64 <= room;
    let texts = [4, 3, 2, 1].map(|digits| short(x, digits));
    texts.into_iter().find(fits).unwrap_or_default()
}

/// A terminal cell: empty, with a frame inside, and what entering it pays.
pub fn end(scene: &Scene, Cell { x, y, side }: Cell, state: usize) -> Markup {
    let inset = (0.08 * side).max(1.0);
    let inner = side - 2.0 * inset;
    let words = scene.end(state);
    let size = (0.2 * side).clamp(9.0, 14.0);
    html! {
        g data-s=(state) class="terminal" {
            rect class="cell end-cell" x=(At(x)) y=(At(y)) width=(At(side)) height=(At(side)) {}
            rect class="frame" x=(At(x + inset)) y=(At(y + inset)) width=(At(inner)) height=(At(inner)) {}
            @if super::width(&words, size) <= side { text class="mid b" font-size=(At(size)) x=(At(x + side / 2.0)) y=(At(y + side / 2.0 + 0.35 * size)) { (words) } }
            (title(&scene.end_in_words(state)))
        }
    }
}

/// A small triangle in the corner of a cell where episodes start.
fn start(Cell { x, y, side }: Cell, ink: &str) -> Markup {
    let leg = 0.16 * side;
    let path = format!(
        "M{} {}h{}l-{} {}z",
        At(x + 1.0),
        At(y + 1.0),
        At(leg),
        At(leg),
        At(leg)
    );
    html! { path class={ "start " (ink) } d=(path) {} }
}

/// One arrow for each action that is a direction, as long as it is probable.
fn arrows(map: &States, policy: &Policy, cell: Cell, state: usize) -> Markup {
    let space = &map.scene.space;
    let ink = map.scale.seen(&map.values[state]).value();
    let ink = ink.map_or("t", |x| map.scale.color(x).ink());
    let raised = if cell.side >= WITH_BOTH { 0.42 } else { 0.5 };
    let center = (cell.x + cell.side / 2.0, cell.y + raised * cell.side);
    let reach = if cell.side >= WITH_BOTH { 0.3 } else { 0.46 } * cell.side;
    let taken = |pair: &usize| policy.probabilities[*pair].value().is_some_and(|p| p > 0.0);
    html! {
        @for pair in space.pairs_of(state).filter(taken) {
            @let (name, action) = space.pair_names(pair);
            @let probability = &policy.probabilities[pair];
            @if let Some(direction) = Direction::of(&action) {
                path class={ "arrow " (ink) } data-s=(state) data-i=(pair) d=(arrow(center, direction, probability, reach)) {
                    (title(&format!("{name}: π({action}|s) = {}", super::digits(probability))))
                }
            }
        }
    }
}

/// A line with a head.
fn arrow(from: (f64, f64), direction: Direction, probability: &Quantity, reach: f64) -> String {
    let length = reach * probability.value().unwrap_or(0.0).clamp(0.0, 1.0);
    let head = (0.16 * reach).clamp(1.0, 4.0).min(length);
    headed(from, direction.vector(), length, (head, 0.8 * head))
}
