//! What files hold, for those that are empty.

/// What a model file holds at least.
pub(super) const MODEL: &str = "a model needs at least `states`, `actions`, `transitions`, `initial` and `discount`; see docs/format.md";
/// What a policy file holds.
pub(super) const POLICY: &str = "a policy is `parametrization` with `theta` or `probabilities`, as `{parametrization: softmax}`, which is uniform; see docs/format.md";
/// What a file of a function of the state holds.
pub(super) const VALUES: &str =
    "a number for each state: a list, or a map from states to numbers, as `{s: 1/2}`";
/// What a file of features of states holds.
pub(super) const FEATURES: &str = "a row of features for each state: a list of rows, or a map from states to rows, as `{s: [1, 0]}`";
/// What stands where an episode starts.
pub(super) const START: &str =
    "a state, `uniform`, or the probabilities of states, as `{s: 1/2, t: 1/2}`";
