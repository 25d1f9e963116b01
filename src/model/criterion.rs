//! `discount`, `horizon`, `criterion`, and what the command line puts in their place.

use std::num::NonZeroU32;

use miette::SourceSpan;

use super::Share;
use super::error::{DraftError, Placed};
use super::errors::Problems;
use crate::field::Field;
use crate::mdp::Criterion;
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
        ("discounted", CriterionKind::Discounted),
        ("finite-horizon", CriterionKind::FiniteHorizon),
        ("total", CriterionKind::Total),
        ("average", CriterionKind::Average),
    ];

    /// The name in files, flags and reports.
    pub fn name(self) -> &'static str {
        let mut words = CriterionKind::WORDS.iter();
        words
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
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

/// A value and where it is written, if in the file.
pub(crate) type Found<T> = Option<(T, Option<SourceSpan>)>;

/// What a file says of its criterion.
#[derive(Default)]
pub(crate) struct Written {
    pub discount: Found<Number>,
    pub horizon: Found<usize>,
    pub criterion: Found<CriterionKind>,
    /// Whether some of it could not be read, which has been reported.
    pub is_faulty: bool,
}

impl Written {
    /// What file and flags say together.
    fn under(self, overrides: &Overrides) -> Written {
        Written {
            discount: overrides
                .discount
                .clone()
                .map(|x| (x, None))
                .or(self.discount),
            horizon: overrides.horizon.map(|x| (x, None)).or(self.horizon),
            criterion: overrides.criterion.map(|x| (x, None)).or(self.criterion),
            is_faulty: self.is_faulty,
        }
    }
}

/// The criterion; `Err` names the keys that are missing.
///
/// Without errors in `problems` and with `Ok(None)` something was wrong and has been reported.
pub(crate) fn criterion<E: From<Placed>>(
    written: Written,
    overrides: &Overrides,
    problems: &mut Problems<E>,
) -> Result<Option<Criterion<Number>>, &'static str> {
    let before = problems.count();
    let wanted = written.under(overrides);
    if let Some((discount, at)) = &wanted.discount {
        let (found, at) = (discount.clone(), *at);
        if found.is_negative() || found > Number::ONE {
            problems.push(DraftError::DiscountRange { found }.at(at));
        }
    }
    if let Some((0, at)) = wanted.horizon {
        let found = "0".into();
        problems.push(DraftError::HorizonRange { found }.at(at));
    }
    if wanted.is_faulty || problems.count() > before {
        return Ok(None);
    }
    let chosen = combine(wanted, overrides, problems)?;
    Ok((problems.count() == before).then_some(chosen))
}

fn combine<E: From<Placed>>(
    wanted: Written,
    overrides: &Overrides,
    problems: &mut Problems<E>,
) -> Result<Criterion<Number>, &'static str> {
    let Written {
        discount,
        horizon,
        criterion,
        ..
    } = wanted;
    let kind = match criterion {
        // a flag for another key than `criterion` outweighs the file's criterion
        Some((CriterionKind::FiniteHorizon, _)) => CriterionKind::FiniteHorizon,
        Some((_, Some(_))) if overrides.horizon.is_some() => CriterionKind::FiniteHorizon,
        Some((_, Some(_))) if overrides.discount.is_some() => CriterionKind::Discounted,
        Some((kind, _)) => kind,
        None if horizon.is_some() => CriterionKind::FiniteHorizon,
        None => CriterionKind::Discounted,
    };
    conflicts((&discount, &horizon), kind, overrides, problems);
    match kind {
        CriterionKind::Average => Ok(Criterion::Average),
        CriterionKind::Total => Ok(Criterion::Total),
        CriterionKind::FiniteHorizon => {
            let (horizon, _) = horizon.ok_or("horizon")?;
            let discount = discount.map_or(Number::ONE, |(discount, _)| discount);
            Ok(Criterion::FiniteHorizon { discount, horizon })
        }
        CriterionKind::Discounted => match discount {
            Some((discount, _)) if discount == Number::ONE => Ok(Criterion::Total),
            Some((discount, _)) => Ok(Criterion::Discounted { discount }),
            None => Err("discount"),
        },
    }
}

/// What is said of a discount and of a horizon that does not go with the criterion.
fn conflicts<E: From<Placed>>(
    (discount, horizon): (&Found<Number>, &Found<usize>),
    kind: CriterionKind,
    overrides: &Overrides,
    problems: &mut Problems<E>,
) {
    // what only the file says is not held against a flag
    let of_flag = |at: &Option<SourceSpan>| at.is_none();
    let chosen_by_flag = overrides.criterion.is_some() || overrides.discount.is_some();
    let horizon_counts = |at: &Option<SourceSpan>| of_flag(at) || !chosen_by_flag;
    if let Some((_, at)) = horizon
        && kind != CriterionKind::FiniteHorizon
        && horizon_counts(at)
    {
        problems.push(
            DraftError::CriterionConflict {
                criterion: kind.name(),
                with: "a horizon".into(),
                help: "leave the horizon out, or ask for the criterion `finite-horizon`",
            }
            .at(*at),
        );
    }
    let undiscounted = match kind {
        CriterionKind::Total => Some("the total reward is that of discount 1"),
        CriterionKind::Average => Some("the average reward has no discount: leave it out"),
        CriterionKind::Discounted | CriterionKind::FiniteHorizon => None,
    };
    if let Some(help) = undiscounted
        && let Some((found, at)) = discount
        && *found != Number::ONE
        && (of_flag(at) || overrides.criterion.is_none())
    {
        problems.push(
            DraftError::CriterionConflict {
                criterion: kind.name(),
                with: format!("the discount {found}"),
                help,
            }
            .at(*at),
        );
    }
}
