//! How one moves on a grid.

use crate::number::Number;

/// Actions in their order; a turn to the left is one further, to the right one back.
pub(super) const ACTIONS: [&str; 4] = ["left", "down", "right", "up"];

/// The rules of movement.
pub(super) struct Rules {
    /// Probabilities of going ahead, left, right, back.
    pub slip: [Number; 4],
    pub step_reward: Number,
    pub bump_reward: Number,
}
