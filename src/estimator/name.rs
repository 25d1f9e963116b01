//! The names of estimators on the command line and in reports.
//!
//! ```text
//! total-return[:b]    reward-to-go    baseline:b    q    advantage    td-residual    gae:λ    n-step:n
//! ```
//!
//! and what libraries compute beside these (docs/libraries.md):
//!
//! ```text
//! reward-to-go:bootstrapped    lambda-return:λ    one-step-of-lambda-return:λ
//! gae:λ:cut-as-end    td-residual:cut-as-end    v-trace:ρ̄:c̄    retrace:λ
//! importance:ordinary    importance:per-decision    importance:self-normalised
//! per-step-mean:NAME    whitened:NAME:ddof-k    in-sample-baseline:total-return
//! ```
//!
//! NAME is one of the first two lists, its ending included.
//!
//! with b a number, `v`, `optimal-constant`, `optimal-state`, `optimal-stationary`, `optimal-parameter`, `optimal-parameter-stationary`, `textbook` (the total return takes a number or
//! `optimal-constant`). The ending `:dropped` drops γᵗ; on `total-return`, which has none,
//! `:discounted` adds one. The list `all` holds every kind, with γᵗ and, where γ < 1, without.

use std::fmt;
use std::str::FromStr;

use super::{Baseline, Critic, Estimator, Multiplier, Psi};
use crate::error::Error;
use crate::model::error::DidYouMean;
use crate::model::names::nearest;
use crate::number::Number;

/// λ of the GAE that `all` holds, as in Schulman et al. (2016).
const LAMBDA: (i64, u64) = (19, 20);
/// n of the n-step estimator that `all` holds; a choice.
const STEPS: usize = 5;

/// Every kind of estimator; those that drop γᵗ only where that is a difference.
pub fn all(discounted: bool) -> Vec<Estimator> {
    let lambda = Number::ratio(LAMBDA.0, LAMBDA.1).expect("the denominator is not 0");
    let gae = Estimator::gae(lambda).expect("λ is in [0, 1]");
    let n_step = Estimator::n_step(STEPS).expect("n is at least 1");
    let kept = vec![
        Estimator::new(Psi::TotalReturn),
        Estimator::new(Psi::RewardToGo),
        Estimator::baselined(Baseline::V),
        Estimator::baselined(Baseline::OptimalConstant),
        Estimator::baselined(Baseline::OptimalState),
        Estimator::new(Psi::Q),
        Estimator::new(Psi::Advantage),
        Estimator::new(Psi::TdResidual),
        gae,
        n_step,
    ];
    let dropped = kept.iter().skip(1).filter(|_| discounted);
    let dropped: Vec<_> = dropped.map(|e| e.clone().dropped()).collect();
    [kept, dropped].concat()
}

/// Estimators from their names, separated by commas; `all` may stand among them.
///
/// Errors with [`Error::UnknownEstimator`] at the first name that is none.
pub fn parse_list(names: &str, discounted: bool) -> Result<Vec<Estimator>, Error> {
    parse_list_beside(names, discounted, None)
}

/// Estimators from their names, separated by commas, among which `all` may stand, and `baseline:file` for the one of b(s) \[S\], or
/// \[TS\] over a horizon, that is given beside them.
///
/// Errors with [`Error::UnknownEstimator`], [`Error::EstimatorRange`] or [`Error::Argument`] at the first name that is none.
pub fn parse_list_beside(
    names: &str,
    discounted: bool,
    b: Option<&[Number]>,
) -> Result<Vec<Estimator>, Error> {
    let mut list: Vec<Estimator> = Vec::new();
    for name in names.split(',').map(str::trim) {
        let named = match name {
            "all" => all(discounted),
            _ => vec![Estimator::by_name(name, b)?],
        };
        for estimator in named {
            if !list.contains(&estimator) {
                list.push(estimator);
            }
        }
    }
    Ok(list)
}

/// The names in such a list that name an estimator which a name before them has named, `all` aside,
/// as that estimator prints: `gae:9/10,gae:0.9` repeats gae:0.9. Errors where
/// [`Estimator::by_name`] does, at the first name that is none.
pub fn repeated(names: &str, discounted: bool, b: Option<&[Number]>) -> Result<Vec<String>, Error> {
    let mut seen = Vec::new();
    let mut repeated: Vec<String> = Vec::new();
    for name in names.split(',').map(str::trim) {
        let named = parse_list_beside(name, discounted, b)?;
        if let ([estimator], false) = (named.as_slice(), name == "all") {
            let printed = estimator.to_string();
            if seen.contains(estimator) && !repeated.contains(&printed) {
                repeated.push(printed);
            }
            seen.extend(named);
        }
    }
    Ok(repeated)
}

impl FromStr for Estimator {
    type Err = Error;

    fn from_str(name: &str) -> Result<Estimator, Error> {
        Estimator::by_name(name, None)
    }
}

impl Estimator {
    /// The name of the estimator that subtracts a b(s) of one's own, which is given beside it.
    pub const OWN_BASELINE: &str = "baseline:file";

    /// The estimator of a name, `baseline:file` being the one of b(s) that is given beside it: \[S\], or \[TS\] over a horizon.
    ///
    /// # Errors
    /// [`Error::UnknownEstimator`] for a name of none, [`Error::EstimatorRange`] for a number of its own that it cannot have,
    /// and [`Error::Argument`] for `baseline:file` where no b(s) is given.
    pub fn by_name(name: &str, b: Option<&[Number]>) -> Result<Estimator, Error> {
        if b.is_none() && parse(name, None).is_none() && parse(name, Some(&[])).is_some() {
            return Err(Error::Argument {
                name: "the baseline",
                found: format!("not given beside {name}"),
                expected: "b(s) of each state, which that estimator subtracts: in a file, or as an array",
            });
        }
        parse(name, b).ok_or_else(|| {
            let found = name.into();
            let expected = match name.split_once(':').map_or(name, |(kind, _)| kind) {
                "gae" => "in gae:λ, λ is a number from 0 to 1, as in gae:0.95",
                "n-step" => "in n-step:n, n is a whole number and at least 1, as in n-step:5",
                "lambda-return" => {
                    "in lambda-return:λ, λ is a number from 0 to 1, as in lambda-return:0.95"
                }
                "one-step-of-lambda-return" => {
                    "in one-step-of-lambda-return:λ, λ is a number from 0 to 1, as in one-step-of-lambda-return:0.95"
                }
                "retrace" => "in retrace:λ, λ is a number from 0 to 1, as in retrace:0.95",
                "v-trace" => {
                    "in v-trace:ρ̄:c̄, ρ̄ and c̄ are numbers of at least 0, or inf for none, as in v-trace:1:1"
                }
                _ => {
                    let nearest = near(name);
                    return Error::UnknownEstimator { nearest, found };
                }
            };
            Error::EstimatorRange { found, expected }
        })
    }
}

fn parse(name: &str, b: Option<&[Number]>) -> Option<Estimator> {
    if let Some(inner) = name.strip_prefix("per-step-mean:") {
        return Estimator::of(Multiplier::PerStepMean(Box::new(parse(inner, b)?))).ok();
    }
    if let Some(inner) = name.strip_prefix("whitened:") {
        let (inner, ddof) = inner.rsplit_once(":ddof-")?;
        let of = Box::new(parse(inner, b)?);
        let ddof = ddof.parse().ok()?;
        return Estimator::of(Multiplier::Whitened { of, ddof }).ok();
    }
    let (body, discounting) = match (
        name.strip_suffix(":dropped"),
        name.strip_suffix(":discounted"),
    ) {
        (Some(body), _) => (body, Some(false)),
        (_, Some(body)) => (body, Some(true)),
        _ => (name, None),
    };
    let (kind, argument) = match body.split_once(':') {
        Some((kind, argument)) => (kind, Some(argument)),
        None => (body, None),
    };
    let estimator = match (kind, argument) {
        ("total-return", None) => Estimator::new(Psi::TotalReturn),
        ("total-return", Some(text)) => Estimator::total_return(constant_baseline(text)?).ok()?,
        ("reward-to-go", None) => Estimator::new(Psi::RewardToGo),
        ("gae", Some(text)) if text.ends_with(CUT_AS_END) => {
            let lambda = number(text.strip_suffix(CUT_AS_END)?.strip_suffix(':')?)?;
            Estimator::of(Multiplier::cut_as_end(lambda)).ok()?
        }
        ("baseline", Some("file")) => Estimator::baselined(Baseline::File(b?.to_vec())),
        ("baseline", Some("v")) => Estimator::baselined(Baseline::V),
        ("baseline", Some("optimal-state")) => Estimator::baselined(Baseline::OptimalState),
        ("baseline", Some("optimal-stationary")) => {
            Estimator::baselined(Baseline::OptimalStationary)
        }
        ("baseline", Some("optimal-parameter")) => Estimator::baselined(Baseline::OptimalParameter),
        ("baseline", Some("optimal-parameter-stationary")) => {
            Estimator::baselined(Baseline::OptimalParameterStationary)
        }
        ("baseline", Some("textbook")) => Estimator::baselined(Baseline::Textbook),
        ("baseline", Some(text)) => Estimator::baselined(constant_baseline(text)?),
        ("q", None) => Estimator::new(Psi::Q),
        ("advantage", None) => Estimator::new(Psi::Advantage),
        ("td-residual", None) => Estimator::new(Psi::TdResidual),
        ("gae", Some(text)) => Estimator::gae(number(text)?).ok()?,
        ("n-step", Some(text)) => Estimator::n_step(text.parse().ok()?).ok()?,
        _ => Estimator::of(library(kind, argument?)?).ok()?,
    };
    if let Some(discounting) = discounting {
        // the total return has no γᵗ to drop, the others none to add
        let total = [Psi::TotalReturn, Psi::InSampleBaseline].contains(&estimator.psi());
        if discounting != total || estimator.psi() == Psi::InSampleBaseline {
            return None;
        }
        return Some(estimator.with_discounting(discounting));
    }
    Some(estimator)
}

/// A name without numbers of its own that is near to a text: of an estimator, or of the part before its number.
fn near(name: &str) -> Option<String> {
    const KINDS: [&str; 20] = [
        "total-return",
        "total-return:optimal-constant",
        "reward-to-go",
        "baseline:v",
        "baseline:optimal-constant",
        "baseline:optimal-state",
        "baseline:optimal-stationary",
        "baseline:optimal-parameter",
        "baseline:optimal-parameter-stationary",
        "baseline:textbook",
        "advantage",
        "td-residual",
        "td-residual:cut-as-end",
        "reward-to-go:bootstrapped",
        "importance:ordinary",
        "importance:per-decision",
        "importance:self-normalised",
        "in-sample-baseline:total-return",
        "all",
        "q",
    ];
    /// Names that a number follows.
    const NUMBERED: [&str; 6] = [
        "gae",
        "n-step",
        "lambda-return",
        "one-step-of-lambda-return",
        "v-trace",
        "retrace",
    ];
    let (body, ending) = match name.strip_suffix(":dropped") {
        Some(body) => (body, ":dropped"),
        None => (name, ""),
    };
    if let Some(DidYouMean(kind)) = nearest(body, &KINDS) {
        return Some(kind + ending).filter(|name| parse(name, None).is_some());
    }
    let (kind, number) = body.split_once(':')?;
    let DidYouMean(kind) = nearest(kind, &NUMBERED)?;
    Some(format!("{kind}:{number}{ending}")).filter(|name| parse(name, None).is_some())
}

/// What an estimator's name ends in where a cut is taken for an end.
const CUT_AS_END: &str = "cut-as-end";

/// What libraries compute beside the estimators that are everywhere.
fn library(kind: &str, argument: &str) -> Option<Multiplier> {
    let critic = Critic::Exact;
    Some(match (kind, argument) {
        ("reward-to-go", "bootstrapped") => Multiplier::Bootstrapped(critic),
        ("td-residual", CUT_AS_END) => Multiplier::cut_as_end(Number::ZERO),
        ("lambda-return", text) => Multiplier::LambdaReturn {
            lambda: number(text)?,
            critic,
        },
        ("one-step-of-lambda-return", text) => Multiplier::OneStepOfLambdaReturn {
            lambda: number(text)?,
            critic,
        },
        ("v-trace", text) => {
            let (rho, c) = text.split_once(':')?;
            let [rho, c] = [clip(rho)?, clip(c)?];
            Multiplier::VTrace { rho, c, critic }
        }
        ("retrace", text) => Multiplier::Retrace {
            lambda: number(text)?,
            critic,
        },
        ("importance", "ordinary") => Multiplier::Ordinary,
        ("importance", "per-decision") => Multiplier::PerDecision,
        ("importance", "self-normalised") => Multiplier::SelfNormalised,
        ("in-sample-baseline", "total-return") => Multiplier::InSampleBaseline,
        _ => return None,
    })
}

/// A bound on ratios, `inf` for none.
fn clip(text: &str) -> Option<Option<Number>> {
    match text {
        "inf" => Some(None),
        _ => Some(Some(number(text)?)),
    }
}

fn constant_baseline(text: &str) -> Option<Baseline> {
    match text {
        "optimal-constant" => Some(Baseline::OptimalConstant),
        _ => number(text).map(Baseline::Constant),
    }
}

fn number(text: &str) -> Option<Number> {
    text.parse().ok()
}

impl FromStr for Critic {
    type Err = Error;

    /// `exact` or `noise:SEED:SCALE`; a file is read by who calls.
    fn from_str(name: &str) -> Result<Critic, Error> {
        let noise = || {
            let (seed, scale) = name.strip_prefix("noise:")?.split_once(':')?;
            let scale: f64 = scale.parse().ok()?;
            let seed = seed.parse().ok()?;
            (scale.is_finite() && scale >= 0.0).then_some(Critic::Noise { seed, scale })
        };
        match name {
            "exact" => Ok(Critic::Exact),
            _ => noise().ok_or_else(|| Error::UnknownCritic { found: name.into() }),
        }
    }
}

impl Baseline {
    /// The name in JSON: `constant`, `v`, `optimal-constant`, `optimal-state`,
    /// `optimal-stationary`, `optimal-parameter`, `optimal-parameter-stationary`, `textbook` or `file`.
    pub fn name(&self) -> &'static str {
        match self {
            Baseline::Constant(_) => "constant",
            Baseline::V => "v",
            Baseline::OptimalConstant => "optimal-constant",
            Baseline::OptimalState => "optimal-state",
            Baseline::OptimalStationary => "optimal-stationary",
            Baseline::OptimalParameter => "optimal-parameter",
            Baseline::OptimalParameterStationary => "optimal-parameter-stationary",
            Baseline::Textbook => "textbook",
            Baseline::File(_) => "file",
        }
    }
}

impl Critic {
    /// The name in JSON: `exact`, `file` or `noise:SEED:SCALE`.
    pub fn name(&self) -> String {
        match self {
            Critic::Exact => "exact".into(),
            Critic::File(_) => "file".into(),
            Critic::Noise { seed, scale } => format!("noise:{seed}:{}", plain(*scale)),
        }
    }
}

impl fmt::Display for Estimator {
    /// The name that parses to this estimator, but for its critic and for tables from a file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.multiplier() {
            Multiplier::PerStepMean(of) => return write!(f, "per-step-mean:{of}"),
            Multiplier::Whitened { of, ddof } => return write!(f, "whitened:{of}:ddof-{ddof}"),
            Multiplier::InSampleBaseline => return f.write_str("in-sample-baseline:total-return"),
            Multiplier::CutAsEnd { lambda, .. } if lambda.is_zero() => {
                write!(f, "td-residual:{CUT_AS_END}")?;
            }
            Multiplier::CutAsEnd { lambda, .. } => {
                write!(f, "gae:{}:{CUT_AS_END}", decimal(lambda))?;
            }
            _ => f.write_str(self.psi().name())?,
        }
        match self.multiplier() {
            Multiplier::Gae { lambda, .. }
            | Multiplier::LambdaReturn { lambda, .. }
            | Multiplier::OneStepOfLambdaReturn { lambda, .. }
            | Multiplier::Retrace { lambda, .. } => write!(f, ":{}", decimal(lambda))?,
            Multiplier::VTrace { rho, c, .. } => {
                for bound in [rho, c] {
                    write!(f, ":{}", bound.as_ref().map_or("inf".into(), decimal))?;
                }
            }
            Multiplier::NStep { n, .. } => write!(f, ":{n}")?,
            Multiplier::TotalReturn {
                baseline: Baseline::Constant(x),
            } if x.is_zero() => {}
            Multiplier::TotalReturn { baseline } | Multiplier::Baseline(baseline) => match baseline
            {
                Baseline::Constant(x) => write!(f, ":{}", decimal(x))?,
                named => write!(f, ":{}", named.name())?,
            },
            _ => {}
        }
        match (self.psi(), self.discounting()) {
            (Psi::TotalReturn, true) => f.write_str(":discounted"),
            (Psi::TotalReturn, false) | (_, true) => Ok(()),
            (_, false) => f.write_str(":dropped"),
        }
    }
}

/// A number as a short decimal where that is exact, otherwise as a fraction.
fn decimal(x: &Number) -> String {
    let short = plain(x.to_f64());
    match number(&short) {
        Some(same) if same == *x => short,
        _ => x.to_string(),
    }
}

/// The shortest digits that read back the same, with an exponent where there would be many zeros.
fn plain(x: f64) -> String {
    // as long as the longest number with an exponent, -2.2250738585072014e-308
    const LONG: usize = 24;
    let digits = x.to_string();
    if digits.len() > LONG {
        format!("{x:e}")
    } else {
        digits
    }
}

#[cfg(test)]
mod tests;
