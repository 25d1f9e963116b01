//! What stands in place of the `discount`, `horizon`, `criterion` … of a file.

use std::num::NonZeroU32;

use super::Share;
use crate::field::Field;
use crate::number::Number;

/// Which criterion, as files and flags spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CriterionKind {
    /// E Σₜ γᵗ Rₜ.
    Discounted,
    /// E Σ_{t<T} γᵗ Rₜ.
    FiniteHorizon,
    /// E Σₜ Rₜ until a terminal state is reached.
    Total,
    /// The long-run average reward per step.
    Average,
}

impl CriterionKind {
    pub(crate) const WORDS: [(&'static str, CriterionKind); 4] = [
        CriterionKind::Discounted.word(),
        CriterionKind::FiniteHorizon.word(),
        CriterionKind::Total.word(),
        CriterionKind::Average.word(),
    ];

    const fn word(self) -> (&'static str, CriterionKind) {
        (self.name(), self)
    }

    /// The name in files, flags and reports.
    pub const fn name(self) -> &'static str {
        match self {
            CriterionKind::Discounted => "discounted",
            CriterionKind::FiniteHorizon => "finite-horizon",
            CriterionKind::Total => "total",
            CriterionKind::Average => "average",
        }
    }
}

/// Whether the rewards are gains or costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objective {
    /// J is to be large.
    #[default]
    Maximize,
    /// J is to be small: rewards are costs.
    Minimize,
}

impl Objective {
    pub(crate) const WORDS: [(&'static str, Objective); 2] = [
        ("maximize", Objective::Maximize),
        ("minimize", Objective::Minimize),
    ];

    /// 1, and −1 where J is to be small: what is added to gains to make them attractive, as α times an entropy,
    /// is taken from costs.
    pub fn sign(self) -> f64 {
        match self {
            Objective::Maximize => 1.0,
            Objective::Minimize => -1.0,
        }
    }

    /// A number of gains as that of the rewards that are written, and the other way: of costs with the other sign.
    pub fn signed<F: Field>(self, x: &F) -> F {
        match self {
            Objective::Maximize => x.clone(),
            Objective::Minimize => -x.clone(),
        }
    }

    /// The name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Objective::Maximize => "maximize",
            Objective::Minimize => "minimize",
        }
    }
}

/// How an array of transitions lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axes {
    /// P[action, state, next], pymdptoolbox.
    Ass,
    /// P[state, action, next], textbooks, seals, mushroom-rl.
    Sas,
}

/// What stands in place of the file's criterion, start and rewards; what is `None` is the file's.
///
/// A discount or horizon given here without a criterion chooses one where the file's does not go
/// with it: a horizon asks for the finite horizon, and a discount in place of `total` or
/// `average` for the discounted reward.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// γ in [0, 1].
    pub discount: Option<Number>,
    /// T ≥ 1.
    pub horizon: Option<usize>,
    /// The criterion.
    pub criterion: Option<CriterionKind>,
    /// ρ₀, written as under `initial`: `uniform`, a state, or `{cold: 1/2, hot: 1/2}`.
    pub initial: Option<String>,
    /// Which reward model to use, in a file that has several.
    pub reward_model: Option<String>,
    /// Which of the rewards that a model file names counts, or which combination of them.
    pub reward: Option<String>,
    /// Whether rewards are gains or costs.
    pub objective: Option<Objective>,
    /// How the array `P` of an archive lies, where its shape does not say.
    pub axes: Option<Axes>,
    /// How far off 1 the sum of a row or of ρ₀ may be; each is then divided by its sum.
    pub normalize: Option<Number>,
    /// How many nodes the controller has that sees a partially observable model, at least 1.
    pub nodes: Option<NonZeroU32>,
    /// How many nodes the controller has that will be asked of such a model, in place of the file's own; with
    /// `nodes` it must be as many.
    pub controller: Option<NonZeroU32>,
    /// Whether a partially observable model that nobody is said to look at is read as it stands, to be written again: its
    /// states are seen then in all that is asked of it.
    pub keep_observations: bool,
    /// Of garnets, grids and files of PETSc's the states whose outcomes are kept: the pairs of the others
    /// stay where they are for nothing. What is made of such a model is right in the rows of the
    /// share alone.
    pub share: Option<Share>,
}
