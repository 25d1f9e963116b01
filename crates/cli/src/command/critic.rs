//! What estimators are told beside their names: a critic, a baseline of one's own, who acts.

use std::path::{Path, PathBuf};

use clap::Args;
use exact_mdp::mend::Front;
use exact_mdp::study::{self, CriticName, Estimation, PolicyName, StateFunction};

use super::input::policy_file;

/// Flags of the commands with estimators
#[derive(Args, Clone, Debug)]
pub struct CriticFlags {
    /// What stands for v in critics: exact, noise:SEED:SCALE (v plus normal errors) or a file
    #[arg(long, value_name = "CRITIC", default_value = "exact", value_parser = critic)]
    critic: CriticName,
    /// Also the baselined estimator with b(s) from a file
    #[arg(long, value_name = "FILE")]
    baseline_file: Option<PathBuf>,
}

impl CriticFlags {
    /// What is asked of estimators whose names are said elsewhere.
    pub fn estimation(&self) -> Estimation {
        Estimation {
            critic: self.critic.clone(),
            baseline: self.baseline_file.clone().map(StateFunction::File),
            ..Estimation::default()
        }
    }

    /// What is read, with the policy of who acts.
    pub fn read<'a>(&'a self, behavior: Option<&'a PolicyName>) -> impl Iterator<Item = &'a Path> {
        files(&self.critic, behavior, self.baseline_file.as_deref())
    }
}

/// The files of a critic, of a policy and of a baseline.
pub fn files<'a>(
    critic: &'a CriticName,
    behavior: Option<&'a PolicyName>,
    baseline: Option<&'a Path>,
) -> impl Iterator<Item = &'a Path> {
    let critic = match critic {
        CriticName::File(path) => Some(path.as_path()),
        _ => None,
    };
    let read = [critic, behavior.and_then(policy_file), baseline];
    read.into_iter().flatten()
}

/// What stands for v, by its name.
pub fn critic(text: &str) -> Result<CriticName, String> {
    text.parse().map_err(|error: study::StudyError| {
        let mend = error.mend().map(|mend| mend.worded(Front::Flags));
        match mend {
            Some(mend) => format!("{error}; {mend}"),
            None => error.to_string(),
        }
    })
}
