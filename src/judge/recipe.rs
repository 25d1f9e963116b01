//! How an implementation computes ∇J, as a handful of choices; a mistake changes one of them.
//!
//! ```text
//! g = ± κ Σₜ Σₛ mₜ(s) Σₐ fₜ(s, a) ∇π(a|s)        m = start (I − wP)⁻¹        f from r, γ, p
//! ```
//!
//! The right recipe is [`Recipe::default`], and its vector is ∇J. Mistakes that change different
//! choices can be made together, so that a pair of mistakes is a recipe too.

/// A discount that stands at some place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Discount {
    /// γ.
    #[default]
    Own,
    /// 1.
    One,
    /// γ².
    Square,
    /// 0: nothing later counts.
    Zero,
    /// None: the law of the long run stands in place of the discounted visits.
    LongRun,
    /// None: every state weighs 1/n.
    Alike,
    /// γ, but at each time every state weighs alike.
    AlikeByTime,
}

/// Where trajectories start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Start {
    /// ρ₀.
    #[default]
    Own,
    /// Uniform over the states that are not terminal.
    Alive,
    /// Uniform over all states.
    All,
}

/// Which way p is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Flow {
    /// p(s'|s, a).
    #[default]
    Own,
    /// P^π transposed.
    Flipped,
    /// p(s|s', a), the matrix of each action transposed.
    PerAction,
}

/// The measure mₜ(s).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct MeasureOf {
    pub start: Start,
    pub weight: Discount,
    pub flow: Flow,
    /// The step at t = 0 is left out.
    pub without_first: bool,
}

/// Which reward is credited to a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Reward {
    /// Rₜ.
    #[default]
    Own,
    /// Rₜ₊₁, and at the last step its own once more.
    Shifted,
    /// r(s', a): the table is read at the next state.
    OfNextState,
}

/// What multiplies the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Psi {
    /// Gₜ, of mean q = r + γpv.
    #[default]
    Return,
    /// Gₜ₊₁, of mean pv.
    ReturnFromNext,
    /// γGₜ₊₁, of mean γpv.
    DiscountedFromNext,
    /// Gₜ − v(Sₜ₊₁).
    BaselineOfNext,
    /// Rₜ + v(Sₜ₊₁).
    UndiscountedResidual,
    /// Rₜ alone.
    RewardOnly,
    /// Gₜ, the last step of an episode left out.
    WithoutLast,
}

/// What a terminal state is taken to be worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// 0.
    #[default]
    Zero,
    /// ρ₀v, the value of the next episode's start, by an exact critic.
    Start,
    /// ρ₀v, the value of the next episode's start, by a critic that was learned with it.
    Restart,
}

/// The conditional mean fₜ(s, a) of Ψ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct SignalOf {
    pub discount: Discount,
    pub reward: Reward,
    pub psi: Psi,
    pub end: End,
    pub flow: Flow,
    /// f is read in the reverse order of actions.
    pub reversed: bool,
    /// On a horizon: the values of the task that never ends in place of those by time.
    pub stationary: bool,
}

/// How the score is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Score {
    /// ∇log π(Aₜ|Sₜ).
    #[default]
    Own,
    /// Without what normalises π: e_a/τ for softmax.
    WithoutMean,
    /// ∇log π(Aₜ|Sₜ₊₁) beside Gₜ.
    OfNext,
    /// ∇log π(Aₜ|Sₜ₊₁) beside q(Sₜ, Aₜ).
    OfNextByValue,
}

/// What the sum is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Norm {
    /// Nothing.
    #[default]
    One,
    /// 1/(1 − γ).
    Horizon,
    /// The mass of the measure.
    Mass,
    /// The mass of the measure with the entries of terminal states.
    MassAndEnd,
    /// The expected number of steps.
    Steps,
    /// The expected number of steps, and 1 for the terminal state.
    StepsAndEnd,
}

/// In which order the entries stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Order {
    /// That of the pairs.
    #[default]
    Own,
    /// The actions of each state from the last to the first.
    ActionsReversed,
    /// Action by action, in each the states.
    ColumnMajor,
    /// From the last state to the first.
    StatesReversed,
}

/// How an implementation computes ∇J.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    pub measure: MeasureOf,
    pub signal: SignalOf,
    pub score: Score,
    pub norm: Norm,
    pub order: Order,
    pub negated: bool,
    /// The factor 1/τ of the score is forgotten.
    pub heated: bool,
    /// Under the average reward: how the policy changes which class is reached is left out.
    pub classes_fixed: bool,
}

/// One choice made otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Negated,
    Weight(Discount),
    Norm(Norm),
    Start(Start),
    WithoutFirst,
    Values(Discount),
    Reward(Reward),
    Psi(Psi),
    End(End),
    Stationary,
    MeasureFlow(Flow),
    SignalFlow(Flow),
    BothFlows(Flow),
    Score(Score),
    Heated,
    Order(Order),
    SignalReversed,
    ClassesFixed,
}

impl Recipe {
    /// The recipe with one more choice made otherwise; `None` if it was made already.
    pub fn with(&self, change: Change) -> Option<Recipe> {
        let mut next = *self;
        match change {
            Change::Negated => next.negated = true,
            Change::Weight(weight) => next.measure.weight = weight,
            Change::Norm(norm) => next.norm = norm,
            Change::Start(start) => next.measure.start = start,
            Change::WithoutFirst => next.measure.without_first = true,
            Change::Values(discount) => next.signal.discount = discount,
            Change::Reward(reward) => next.signal.reward = reward,
            Change::Psi(psi) => next.signal.psi = psi,
            Change::End(end) => next.signal.end = end,
            Change::Stationary => next.signal.stationary = true,
            Change::MeasureFlow(flow) => next.measure.flow = flow,
            Change::SignalFlow(flow) => next.signal.flow = flow,
            Change::BothFlows(flow) => {
                next.measure.flow = flow;
                next.signal.flow = flow;
            }
            Change::Score(score) => next.score = score,
            Change::Heated => next.heated = true,
            Change::Order(order) => next.order = order,
            Change::SignalReversed => next.signal.reversed = true,
            Change::ClassesFixed => next.classes_fixed = true,
        }
        (self.is_free(change)).then_some(next)
    }

    /// Whether what a change changes is still as it should be.
    fn is_free(&self, change: Change) -> bool {
        let right = Recipe::default();
        match change {
            Change::Negated => !self.negated,
            Change::Weight(_) => self.measure.weight == right.measure.weight,
            Change::Norm(_) => self.norm == right.norm,
            Change::Start(_) => self.measure.start == right.measure.start,
            Change::WithoutFirst => !self.measure.without_first,
            Change::Values(_) => self.signal.discount == right.signal.discount,
            Change::Reward(_) => self.signal.reward == right.signal.reward,
            Change::Psi(_) => self.signal.psi == right.signal.psi,
            Change::End(_) => self.signal.end == right.signal.end,
            Change::Stationary => !self.signal.stationary,
            Change::MeasureFlow(_) | Change::SignalFlow(_) | Change::BothFlows(_) => {
                self.measure.flow == Flow::Own && self.signal.flow == Flow::Own
            }
            Change::Score(_) => self.score == right.score,
            Change::Heated => !self.heated,
            Change::Order(_) => self.order == right.order,
            Change::SignalReversed => !self.signal.reversed,
            Change::ClassesFixed => !self.classes_fixed,
        }
    }

    /// Whether the recipe is the right one up to a factor.
    pub fn is_multiple(&self) -> bool {
        let bare = Recipe {
            norm: Norm::One,
            negated: false,
            heated: false,
            ..*self
        };
        bare == Recipe::default()
    }
}
