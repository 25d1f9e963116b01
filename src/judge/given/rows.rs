//! The rows of a sample, streamed: a file of a million of them is never in memory at once.

use std::io::Read;

use super::along::rectangle;
use super::error::NUMBERS;
use super::labels::by_pair;
use super::{Encoding, Given, GivenError};
use crate::judge::Sample;
use crate::judge::simplex::Simplices;
use crate::mdp::Space;
use crate::npy::Stream;
use crate::policy::Policy;

/// Numbers read at once.
const AT_ONCE: usize = 1 << 16;

/// A sample of one row of d numbers for each trajectory (or of S × A with zeros, where each pair has
/// its parameter), from a file in any of the formats of [`Encoding`].
///
/// # Errors
/// [`GivenError`] with the place of what cannot be read or is not finite.
pub fn sample(
    mut file: impl Read,
    encoding: Encoding,
    policy: &Policy,
) -> Result<Sample, GivenError> {
    if encoding == Encoding::Npy {
        let mut sample = empty(policy)?;
        let mut stream = Stream::new(file)?;
        let picked = Picked::new(stream.shape(), policy)?;
        let width = picked.width;
        let mut block = Vec::new();
        while stream.next(&mut block, (AT_ONCE / width).max(1) * width)? {
            picked.push(&mut sample, &block, policy)?;
        }
        return Ok(sample);
    }
    let mut bytes = Vec::new();
    let read = file.read_to_end(&mut bytes);
    read.map_err(|error| GivenError::Array(error.to_string()))?;
    of(&Given::parse(&bytes, encoding, "samples")?, policy)
}

/// A sample from numbers in memory, [N, d].
pub fn of(given: &Given, policy: &Policy) -> Result<Sample, GivenError> {
    let Given::Array { shape, values, .. } = given else {
        return Err(GivenError::Form {
            expected: "rows of numbers",
            found: "an object".into(),
            place: String::new(),
            help: NUMBERS,
        });
    };
    let mut sample = empty(policy)?;
    Picked::new(shape, policy)?.push(&mut sample, values, policy)?;
    Ok(sample)
}

fn empty(policy: &Policy) -> Result<Sample, GivenError> {
    Sample::new(policy.parameters()).map_err(|error| GivenError::Array(error.to_string()))
}

/// Which numbers of a row are those of the parameters.
struct Picked {
    width: usize,
    /// `None` for all of them, else those of the rectangle of states and actions.
    rectangle: Option<Space>,
}

impl Picked {
    fn new(shape: &[usize], policy: &Policy) -> Result<Picked, GivenError> {
        let space = policy.space();
        let (d, n, a) = (policy.parameters(), space.states(), space.actions());
        let width: usize = shape.iter().skip(1).product();
        let by_pair = by_pair(policy);
        if d == 0 {
            let why =
                "the policy has no parameters: rows of a sample have nothing to be held against";
            return Err(GivenError::Array(why.into()));
        }
        if width == d {
            return Ok(Picked {
                width,
                rectangle: None,
            });
        }
        if by_pair && width == n * a {
            let rectangle = Some(space.as_ref().clone());
            return Ok(Picked { width, rectangle });
        }
        Err(GivenError::Rows {
            found: shape.to_vec(),
            parameters: d,
        })
    }

    fn push(&self, sample: &mut Sample, rows: &[f64], policy: &Policy) -> Result<(), GivenError> {
        let unusable = |error: crate::judge::Unusable| GivenError::Array(error.to_string());
        let picked = match &self.rectangle {
            None => None,
            Some(space) => {
                let (states, actions) = (space.states(), space.actions());
                let rows = rows.chunks_exact(self.width);
                let picked = rows.map(|row| rectangle(row, space, states, |s, a| s * actions + a));
                Some(picked.collect::<Result<Vec<_>, _>>()?.concat())
            }
        };
        let rows = picked.as_deref().unwrap_or(rows);
        let each = rows.chunks_exact(policy.parameters().max(1));
        // as far as a policy sees them
        match Simplices::of(policy) {
            Some(simplices) => {
                let along: Vec<Vec<f64>> = each.map(|row| simplices.along(row)).collect();
                sample.push_as(&along.concat(), rows).map_err(unusable)
            }
            None => sample.push(rows).map_err(unusable),
        }
    }
}
