//! `discount`, `horizon`, `criterion`, and what the command line puts in their place.

use miette::SourceSpan;

use super::error::ModelError;
use super::errors::Problems;
use super::names::found;
use super::read::{Fields, Path, number, whole, word};
use crate::mdp::Criterion;
use crate::number::Number;

/// Which criterion, as files and flags spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
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
    const WORDS: [(&'static str, CriterionKind); 4] = [
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
}

/// A value and where it is written, if in the file.
type Placed<T> = Option<(T, Option<SourceSpan>)>;

/// What file and overrides say together.
struct Wanted {
    discount: Placed<Number>,
    horizon: Placed<usize>,
    criterion: Placed<CriterionKind>,
}

/// The criterion; `Err` names the keys that are missing.
///
/// Without errors in `problems` and with `Ok(None)` something was wrong and has been reported.
pub(super) fn criterion(
    fields: &Fields<'_>,
    overrides: &Overrides,
    problems: &mut Problems,
) -> Result<Option<Criterion<Number>>, &'static str> {
    let before = problems.count();
    let wanted = wanted(fields, overrides, problems);
    if let Some((discount, at)) = &wanted.discount {
        let (found, at) = (discount.clone(), *at);
        if found.is_negative() || found > Number::ONE {
            problems.push(ModelError::DiscountRange { found, at });
        }
    }
    if let Some((0, at)) = wanted.horizon {
        let found = "0".into();
        problems.push(ModelError::HorizonRange { found, at });
    }
    if problems.count() > before {
        return Ok(None);
    }
    let chosen = combine(wanted, fields, overrides, problems)?;
    Ok((problems.count() == before).then_some(chosen))
}

fn wanted(fields: &Fields<'_>, overrides: &Overrides, problems: &mut Problems) -> Wanted {
    let place = |name| fields.get(name).map(|node| node.place());
    let discount = fields
        .get("discount")
        .and_then(|node| number(node, &Path::new("discount"), problems));
    let horizon = fields.get("horizon").and_then(|node| {
        let steps = whole(node);
        if steps.is_none() {
            let (found, at) = (found(node).to_string(), Some(node.place()));
            problems.push(ModelError::HorizonRange { found, at });
        }
        steps
    });
    let criterion = fields.get("criterion").and_then(|node| {
        let path = Path::new("criterion");
        word(node, &path, &CriterionKind::WORDS, problems)
    });
    let flag = |value| (value, None);
    Wanted {
        discount: (overrides.discount.clone().map(|x| (x, None)))
            .or(discount.map(|x| (x, place("discount")))),
        horizon: (overrides.horizon.map(|x| (x, None))).or(horizon.map(|x| (x, place("horizon")))),
        criterion: (overrides.criterion.map(flag)).or(criterion.map(|x| (x, place("criterion")))),
    }
}

fn combine(
    wanted: Wanted,
    fields: &Fields<'_>,
    overrides: &Overrides,
    problems: &mut Problems,
) -> Result<Criterion<Number>, &'static str> {
    let Wanted {
        discount,
        horizon,
        criterion,
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
    // what only the file says is not held against a flag
    let of_flag = |at: &Option<SourceSpan>| at.is_none();
    let chosen_by_flag = overrides.criterion.is_some() || overrides.discount.is_some();
    let horizon_counts = |at: &Option<SourceSpan>| of_flag(at) || !chosen_by_flag;
    if let Some((_, at)) = &horizon
        && kind != CriterionKind::FiniteHorizon
        && horizon_counts(at)
    {
        problems.push(ModelError::CriterionConflict {
            criterion: kind.name(),
            with: "a horizon".into(),
            help: "leave the horizon out, or ask for the criterion `finite-horizon`",
            at: *at,
        });
    }
    let undiscounted = match kind {
        CriterionKind::Total => Some("the total reward is that of discount 1"),
        CriterionKind::Average => Some("the average reward has no discount: leave it out"),
        CriterionKind::Discounted | CriterionKind::FiniteHorizon => None,
    };
    if let Some(help) = undiscounted
        && let Some((found, at)) = &discount
        && *found != Number::ONE
        && (of_flag(at) || overrides.criterion.is_none())
    {
        problems.push(ModelError::CriterionConflict {
            criterion: kind.name(),
            with: format!("the discount {found}"),
            help,
            at: *at,
        });
    }
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
            // a value was there and has been reported
            None if fields.get("discount").is_some() => Ok(Criterion::Total),
            None => Err("discount"),
        },
    }
}
