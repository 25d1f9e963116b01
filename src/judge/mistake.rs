//! The dictionary: what people get wrong, by name.

use super::recipe::{Change, Discount, End, Flow, Norm, Order, Psi, Reward, Score, Start};

/// An entry of the dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The name; a pair of mistakes joins two with `+`.
    pub name: &'static str,
    /// What was done.
    pub says: &'static str,
}

macro_rules! mistakes {
    ($($name:literal: $says:literal,)*) => {
        /// All of them; where several explain a vector equally well, the earlier stands first.
        pub const DICTIONARY: &[Mistake] = &[$(Mistake { name: $name, says: $says }),*];
    };
}

mistakes! {
    "sign": "negated: a loss, −J, stands in place of the objective",
    "gamma-dropped": "γᵗ is missing before the score: all steps of an episode weigh alike",
    "ratios-missing": "what another policy's choices weigh is missing: rewards to go times scores, without π/b",
    "gamma-twice": "γᵗ stands twice before the score, as where it multiplies a total return that carries its discounts",
    "occupancy-normalised": "visits are normalised to a distribution: a factor 1 − γ, or 1 over the mass of the occupancy",
    "per-step-mean": "the sum is divided by the number of steps, not of episodes",
    "initial-uniform": "episodes start uniformly, not from ρ₀",
    "score-without-mean": "the score lacks what normalises π: for softmax Σ_b π(b|s) e_b",
    "temperature-forgotten": "the score lacks the factor 1/τ of the temperature, or π was taken at τ = 1",
    "entropy-sign": "an entropy bonus enters with the wrong sign",
    "return-from-next": "the return is counted from t + 1: the reward that the action earns is lost",
    "reward-shifted": "rewards are shifted by one step: the first reward is lost, the last counts twice",
    "values-undiscounted": "values or returns are undiscounted, although γᵗ stands before the score",
    "end-bootstrapped": "a terminal state is given a value that is not 0, as where a bootstrap ignores `terminated`",
    "cut-as-end": "a cut is taken as an end: what comes after it counts as 0",
    "state-missing": "the contribution of one state is missing",
    "action-missing": "the contribution of one action is missing",
    "action-reversed": "the actions of each state stand in reverse order",
    "permuted": "the entries are those of ∇J in another order",
    "transposed": "p is transposed: flows and values run against the transitions",
    "float32": "right, to the seven digits of 32-bit numbers",
    "zero": "the vector is 0: no gradient has flowed",
    "scale": "the direction is that of ∇J, the length is not",
    "parameter-missing": "one entry is 0 that should not be",
    "score-of-next": "the score is taken at the next state: ∇log π(Aₜ|Sₜ₊₁)",
    "reward-of-next": "the table of rewards is read at the next state: r(s', a)",
    "baseline-of-next": "v(Sₜ₊₁) is subtracted as a baseline, which depends on the action",
    "residual-undiscounted": "the TD residual lacks its γ: r + v(s') − v(s)",
    "reward-only": "only the immediate reward stands behind the score: nothing later is credited",
    "first-step-missing": "the step at t = 0 is left out",
    "last-step-missing": "the last step of an episode is left out",
    "values-twice-discounted": "values are discounted by γ², not γ",
    "values-stationary": "on a horizon, the values of the task that never ends stand in place of those by time",
    "horizon-off-by-one": "the horizon is one step too short or too long",
    "entropy-bonus": "an entropy bonus is in the vector that is not in the objective",
    "entropy-forgotten": "the entropy of the objective is left out",
    "entropy-outside": "the entropy bonus is that of the present step alone: later entropies are not credited to the action",
    "entropy-later-alone": "the entropy of the present step is left out: an action is credited with later entropies alone",
    "entropy-weight": "the entropy has another weight than in the objective",
    "gamma-forgotten": "γ is missing before what follows: r + pv for r + γpv",
    "gain-forgotten": "the gain is not subtracted: r + ph for r − g + ph",
    "mean-over-actions": "actions weigh alike, not by π",
    "greedy": "the maximum over actions stands in place of the mean by π",
    "values-normalised": "values are multiplied by 1 − γ",
    "stopped-early": "the evaluation stops before it has converged",
    "constant-shift": "a constant is added",
    "value-for-action-value": "v(s) stands in place of q(s, a)",
    "advantage-for-q": "the advantage stands in place of q",
    "q-for-advantage": "q stands in place of the advantage: no baseline is subtracted",
    "value-of-present-state": "v(s) follows where v(s') should",
    "weighted-by-policy": "π(a|s) stands before each entry once too often",
    "value-of-start": "J is subtracted in every state, not v(s)",
    "start-only": "ρ₀ stands in place of the visits that follow from it",
    "end-counted": "terminal states count, which are left at once",
    "policy-forgotten": "π(a|s) is missing: ρ(s) stands in every action",
    "flow-missing": "only the immediate term Σₐ q ∇π is there, without what the next states add",
    "weighted-by-start": "ρ₀(s) stands before the row of each state",
    "cross-terms-missing": "the terms ∇π ∇qᵀ are missing: only ∇²π is there",
    "cross-terms-only": "the term of ∇²π is missing",
    "cross-terms-once": "the terms ∇π ∇qᵀ stand once, not with their transpose",
    "curvature-of-scores-missing": "the term of ∇² log π is missing: the Gauss–Newton part",
    "curvature-of-scores-only": "only the term of ∇² log π is there",
    "outer-product": "∇J ∇Jᵀ stands in place of the second derivatives",
    "fisher-for-hessian": "the Fisher matrix stands in place of the Hessian",
    "hessian-for-fisher": "the Hessian stands in place of the Fisher matrix",
    "diagonal-only": "only the diagonal is there",
    "states-alike": "all states weigh alike, however often they are visited",
    "inverse": "the inverse stands in place of the matrix",
    "inverse-forgotten": "∇J stands in place of F⁺∇J",
    "damped": "a multiple of the identity is added before F is inverted",
    "advantage-of-uniform-mean": "advantages less their plain mean over actions stand in its place",
    "unbiased": "∇J stands in place of a mean that is biased",
    "second-moment": "μμᵀ is not subtracted from the second moment (or subtracted twice)",
    "around-gradient": "deviations are taken from ∇J, not from the estimator's own mean",
    "correlation": "correlations stand in place of covariances",
    "standard-deviation": "square roots stand in place of variances",
    "of-the-mean": "it is the covariance of the mean of N trajectories, not of one",
    "ddof": "a divisor N stands where N − 1 should, or the other way round",
    "rewards-discounted": "the rewards carry γᵗ already",
    "rewards-scaled": "the rewards are multiplied by a constant",
    "axes-swapped": "axes stand in the other order, time before trajectories, [T, N] for [N, T], or parameters before states: transpose the array",
    "axes-flattened": "rectangles with time before trajectories, [T, N], were flattened, so that the steps of N environments take turns: reshape them to [T, N] and transpose them",
    "flags-shifted": "flags say of each step whether the one before it has ended, as rollout buffers keep `done` beside the observation that follows: shift them back by one step",
    "autoreset-same-step": "`next_states` has at an end the first state of the next episode, as vector environments with autoreset give it: take `final_observation` there, or leave `next_states` out",
    "autoreset-next-step": "after each end stands a row in which the environment is only reset, as Gymnasium's vector environments give it since 1.0: leave these rows out",
    "policy-uniform": "actions are chosen uniformly, not by π",
    "action-shifted": "actions stand one step too early or too late",
    "credit-shifted": "what is credited stands at another step than its own",
    "end-as-cut": "a terminal state is not marked as `terminated`",
    "episodes-joined": "the return runs on into the next trajectory",
    "sum-over-trajectories": "the sum over trajectories stands in place of their mean",
    "no-logarithm": "probabilities stand in place of their logarithms",
    "logarithm-of-base-2": "logarithms are of base 2",
    "logits": "logits stand in place of log π: what normalises is not subtracted",
    "classes-fixed": "the term is missing that says how the policy changes which recurrent class is reached",
}

/// The place of a name in the dictionary.
pub(super) fn rank(name: &str) -> usize {
    let at = DICTIONARY.iter().position(|mistake| mistake.name == name);
    at.unwrap_or(DICTIONARY.len())
}

/// A name as it stands in the dictionary, if it does.
pub(super) fn known(name: &str) -> Option<&'static str> {
    DICTIONARY.get(rank(name)).map(|mistake| mistake.name)
}

/// What an entry says.
pub(super) fn says(name: &str) -> &'static str {
    DICTIONARY
        .get(rank(name))
        .map_or("", |mistake| mistake.says)
}

/// What an entry says of an array that is no gradient.
pub(super) fn says_of_array(name: &str) -> &'static str {
    match name {
        "sign" => "every entry is negated",
        "scale" => "up to a factor these are the right entries",
        "permuted" => "the entries are the right ones in another order",
        "zero" => "every entry is 0",
        name => says(name),
    }
}

/// A mistake as a change of the recipe; some have several forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MistakeForm {
    pub name: &'static str,
    pub change: Change,
}

const fn form(name: &'static str, change: Change) -> MistakeForm {
    MistakeForm { name, change }
}

/// Every form of every mistake that a recipe can hold.
pub(super) const FORMS: &[MistakeForm] = &[
    form("sign", Change::Negated),
    form("gamma-dropped", Change::Weight(Discount::One)),
    form("gamma-dropped", Change::Weight(Discount::LongRun)),
    form("gamma-twice", Change::Weight(Discount::Square)),
    form("occupancy-normalised", Change::Norm(Norm::Horizon)),
    form("occupancy-normalised", Change::Norm(Norm::Mass)),
    form("occupancy-normalised", Change::Norm(Norm::MassAndEnd)),
    form("per-step-mean", Change::Norm(Norm::Steps)),
    form("per-step-mean", Change::Norm(Norm::StepsAndEnd)),
    form("initial-uniform", Change::Start(Start::Alive)),
    form("initial-uniform", Change::Start(Start::All)),
    form("score-without-mean", Change::Score(Score::WithoutMean)),
    form("temperature-forgotten", Change::Heated),
    form("return-from-next", Change::Psi(Psi::ReturnFromNext)),
    form("return-from-next", Change::Psi(Psi::DiscountedFromNext)),
    form("reward-shifted", Change::Reward(Reward::Shifted)),
    form("values-undiscounted", Change::Values(Discount::One)),
    form("end-bootstrapped", Change::End(End::Start)),
    form("end-bootstrapped", Change::End(End::Restart)),
    form("action-reversed", Change::Order(Order::ActionsReversed)),
    form("action-reversed", Change::SignalReversed),
    form("permuted", Change::Order(Order::ColumnMajor)),
    form("permuted", Change::Order(Order::StatesReversed)),
    form("transposed", Change::MeasureFlow(Flow::Flipped)),
    form("transposed", Change::SignalFlow(Flow::Flipped)),
    form("transposed", Change::BothFlows(Flow::Flipped)),
    form("transposed", Change::BothFlows(Flow::PerAction)),
    form("transposed", Change::SignalFlow(Flow::PerAction)),
    form("transposed", Change::MeasureFlow(Flow::PerAction)),
    form("score-of-next", Change::Score(Score::OfNext)),
    form("score-of-next", Change::Score(Score::OfNextByValue)),
    form("reward-of-next", Change::Reward(Reward::OfNextState)),
    form("baseline-of-next", Change::Psi(Psi::BaselineOfNext)),
    form(
        "residual-undiscounted",
        Change::Psi(Psi::UndiscountedResidual),
    ),
    form("reward-only", Change::Psi(Psi::RewardOnly)),
    form("reward-only", Change::Values(Discount::Zero)),
    form("first-step-missing", Change::WithoutFirst),
    form("last-step-missing", Change::Psi(Psi::WithoutLast)),
    form("values-twice-discounted", Change::Values(Discount::Square)),
    form("values-stationary", Change::Stationary),
    form("states-alike", Change::Weight(Discount::Alike)),
    form("states-alike", Change::Weight(Discount::AlikeByTime)),
    form("start-only", Change::Weight(Discount::Zero)),
    form("classes-fixed", Change::ClassesFixed),
];

/// A factor for people.
pub(super) fn short(x: f64) -> String {
    let text = format!("{x:.6}");
    if x.abs() >= 1e-3 && x.abs() < 1e6 {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        format!("{x:.5e}")
    }
}
