//! Rewards that are different as they are written and one number in floating point.

use std::collections::HashMap;

use crate::model::Model;
use crate::number::Number;

/// Two rewards of a model, as they are written, that floating point does not tell apart: what counts sums of them counts both as one.
pub(super) fn alike_rewards(model: &Model) -> Option<[String; 2]> {
    let outcomes = model.outcomes();
    let rewards = (0..outcomes.pairs()).flat_map(|pair| outcomes.of(pair).map(|o| o.reward));
    let mut known: HashMap<u64, &Number> = HashMap::new();
    for reward in rewards {
        let float = reward.to_f64();
        // 0 has two signs
        let bits = if float == 0.0 { 0 } else { float.to_bits() };
        let first = *known.entry(bits).or_insert(reward);
        if first != reward {
            return Some([first, reward].map(Number::to_string));
        }
    }
    None
}
