//! Which criterion a file and what stands in its place come to.

use miette::SourceSpan;

use super::criterion::{CriterionKind, Overrides};
use super::error::{DraftError, Placed};
use super::errors::Problems;
use crate::mdp::Criterion;
use crate::number::Number;

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
