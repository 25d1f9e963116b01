//! `--over`: the parameters that J is drawn over.

use std::str::FromStr;

use exact_mdp::error::Error;
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;
use miette::miette;

use crate::picture::Picture;
use crate::picture::landscape::{self, Axis};

/// A parameter, and from where to where if that is said: `theta[low,wait]=-5..5`, `low,wait`.
#[derive(Clone, Debug, PartialEq)]
pub struct Over {
    name: String,
    range: Option<(f64, f64)>,
}

impl FromStr for Over {
    type Err = String;

    fn from_str(text: &str) -> Result<Over, String> {
        // names may hold a `=` themselves: what looks like no range belongs to the name
        let range = text.rsplit_once('=').and_then(|(name, range)| {
            let (low, high) = range.split_once("..")?;
            Some((
                name,
                low.trim().parse::<f64>().ok()?,
                high.trim().parse::<f64>().ok()?,
            ))
        });
        let Some((name, low, high)) = range else {
            return Ok(Over {
                name: text.to_string(),
                range: None,
            });
        };
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(format!("the range {low}..{high} does not go upwards"));
        }
        Ok(Over {
            name: name.to_string(),
            range: Some((low, high)),
        })
    }
}

impl Over {
    fn axis(&self, policy: &Policy, labels: &[String]) -> miette::Result<Axis> {
        let parameter = policy.parameter(&self.name).map_err(Error::from)?;
        let theta = policy.theta().and_then(|theta| theta.get(parameter));
        let is_probability = policy.parametrization().is_bounded();
        let usual = landscape::usual(theta.copied().unwrap_or_default(), is_probability);
        Ok(Axis {
            parameter,
            name: labels[parameter].clone(),
            range: self.range.unwrap_or(usual),
        })
    }
}

/// The axes of a picture of J.
///
/// Errors if a name is no parameter, and unless there are one or two.
pub fn axes(policy: &Policy, over: &[Over]) -> miette::Result<Vec<Axis>> {
    let labels = policy.labels();
    let axes = over.iter().map(|over| over.axis(policy, &labels));
    let axes: Vec<Axis> = axes.collect::<miette::Result<_>>()?;
    match axes.as_slice() {
        [x, y] if x.parameter == y.parameter => Err(miette!(
            "`--over` names one parameter twice; name two, or one"
        )),
        [_, _, _, ..] => Err(miette!(
            "`--over` draws one parameter or two, and {} are named",
            over.len()
        )),
        _ => Ok(axes),
    }
}

/// J along one parameter, or over the plane of two.
///
/// Errors where J exists nowhere on the line or the plane.
pub fn draw(solved: &Solved<f64>, axes: &[Axis]) -> miette::Result<Option<Picture>> {
    let drawn = match axes {
        [x, y] => landscape::plane(solved, &[x.clone(), y.clone()]),
        [axis] => landscape::line(solved, axis),
        _ => return Ok(None),
    };
    let nowhere = || {
        miette!(
            help = "give a range in which the policy is one, as --over NAME=-2..2; on the simplex no parameter moves alone: see `between` for lines between policies",
            "J exists nowhere on what `--over` asks to draw"
        )
    };
    drawn.map(Some).ok_or_else(nowhere)
}

#[cfg(test)]
mod tests {
    use super::Over;

    #[test]
    fn a_name_may_have_a_range() {
        let over = |text: &str| text.parse::<Over>().expect("a parameter");
        assert_eq!(over("theta[a,b]=-2..3").range, Some((-2.0, 3.0)));
        assert_eq!(
            over("x=y"),
            Over {
                name: "x=y".into(),
                range: None
            }
        );
        assert_eq!(over("x=y=0..1").name, "x=y");
        assert!("x=2..1".parse::<Over>().is_err());
    }
}
