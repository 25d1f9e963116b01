//! Actions that are directions on a map, by their names.

/// A direction on a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// ←
    Left,
    /// ↓
    Down,
    /// →
    Right,
    /// ↑
    Up,
}

impl Direction {
    /// The direction that an action's name says.
    pub fn of(action: &str) -> Option<Direction> {
        match action {
            "left" | "west" => Some(Direction::Left),
            "down" | "south" => Some(Direction::Down),
            "right" | "east" => Some(Direction::Right),
            "up" | "north" => Some(Direction::Up),
            _ => None,
        }
    }

    /// ←, ↓, → or ↑.
    pub fn arrow(self) -> &'static str {
        match self {
            Direction::Left => "←",
            Direction::Down => "↓",
            Direction::Right => "→",
            Direction::Up => "↑",
        }
    }

    /// The unit vector; y grows downwards.
    pub fn vector(self) -> (f64, f64) {
        match self {
            Direction::Left => (-1.0, 0.0),
            Direction::Down => (0.0, 1.0),
            Direction::Right => (1.0, 0.0),
            Direction::Up => (0.0, -1.0),
        }
    }
}
