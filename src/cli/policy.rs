//! `--policy`: which policy is meant.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A policy as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyChoice {
    /// Tabular softmax at θ = 0.
    Uniform,
    /// Tabular softmax at a standard normal θ of this seed.
    Random(u64),
    /// An optimal policy.
    Optimal,
    /// A policy file.
    File(PathBuf),
}

impl FromStr for PolicyChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<PolicyChoice, String> {
        match text {
            "uniform" => Ok(PolicyChoice::Uniform),
            "optimal" => Ok(PolicyChoice::Optimal),
            "random" => Err("a random policy needs a seed: `random:7`".to_string()),
            _ => match text.strip_prefix("random:") {
                Some(seed) => seed
                    .parse()
                    .map(PolicyChoice::Random)
                    .map_err(|_| format!("`{seed}` is no seed: a whole number from 0 to 2^64 − 1")),
                None => Ok(PolicyChoice::File(PathBuf::from(text))),
            },
        }
    }
}

impl fmt::Display for PolicyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyChoice::Uniform => f.write_str("uniform"),
            PolicyChoice::Random(seed) => write!(f, "random:{seed}"),
            PolicyChoice::Optimal => f.write_str("optimal"),
            PolicyChoice::File(path) => write!(f, "{}", path.display()),
        }
    }
}
