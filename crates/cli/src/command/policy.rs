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
                    .map_err(|_| format!("`{seed}` is no seed, {SEEDS}")),
                None => file(text),
            },
        }
    }
}

/// What a seed is.
const SEEDS: &str = "a whole number from 0 to 2^64 − 1";

/// A seed of a flag.
pub fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected {SEEDS}"))
}

/// A policy file; a word that names none may be a known one misspelt.
fn file(text: &str) -> Result<PolicyChoice, String> {
    let path = PathBuf::from(text);
    let bare = !text.contains(['.', '/', '\\']);
    if bare && !path.exists() {
        let near = ["uniform", "optimal", "random:SEED"].into_iter();
        let word = text.split(':').next().unwrap_or(text);
        let distance = |known: &str| {
            strsim::damerau_levenshtein(word, known.split(':').next().unwrap_or(known))
        };
        let nearest = near.min_by_key(|known| distance(known));
        let mend = match nearest.filter(|known| distance(known) <= 2) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "expected uniform, random:SEED, optimal or a policy file".to_string(),
        };
        return Err(format!("there is no file `{text}`; {mend}"));
    }
    Ok(PolicyChoice::File(path))
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
