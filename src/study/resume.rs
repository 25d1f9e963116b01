//! The report of an earlier ascent, to go on from.

use std::io;
use std::path::Path;

use serde::Deserialize;

use super::StudyError;
use crate::ascent::AscentMethod;
use crate::load::read_file;
use crate::mdp::{Mdp, OFF_ONE, Space};
use crate::policy::{Kind, Policy};

/// The report of an earlier ascent, as far as it is gone on from.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Where it was read.
    name: String,
    report: Written,
}

#[derive(Clone, Debug, Deserialize)]
struct Written {
    model: String,
    pairs: Vec<(String, String)>,
    policy: WrittenPolicy,
    #[serde(flatten)]
    first: Run,
    #[serde(default)]
    others: Vec<Run>,
}

#[derive(Clone, Debug, Deserialize)]
struct WrittenPolicy {
    parametrization: String,
    theta: Option<Vec<f64>>,
    probabilities: Vec<f64>,
}

/// One ascent; a report of another command has neither method nor trace.
#[derive(Clone, Debug, Deserialize)]
struct Run {
    method: Option<String>,
    theta: Option<Vec<f64>>,
    #[serde(default)]
    trace: Vec<Iterate>,
}

#[derive(Clone, Debug, Deserialize)]
struct Iterate {
    iteration: usize,
}

/// Where a method goes on.
pub(super) struct Start {
    /// From this policy.
    pub policy: Policy,
    /// So many steps are behind it.
    pub made: usize,
}

impl Earlier {
    /// Reads a report from a file. Errors if it cannot be read or is none.
    pub fn load(path: &Path) -> Result<Earlier, StudyError> {
        let name = path.display().to_string();
        let text = read_file(path).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|error| io::Error::other(error.utf8_error()))
        });
        match text {
            Ok(text) => Earlier::parse(&name, &text),
            Err(error) => Err(StudyError::Earlier {
                name,
                why: format!("cannot be read: {error}"),
            }),
        }
    }

    /// Reads the JSON of a report; `name` stands in messages. Errors if it is none.
    pub fn parse(name: &str, text: &str) -> Result<Earlier, StudyError> {
        let name = name.to_string();
        match serde_json::from_str(text) {
            Ok(report) => Ok(Earlier { name, report }),
            Err(error) => Err(StudyError::Earlier {
                name,
                why: format!("is not the JSON of a report with a policy: {error}"),
            }),
        }
    }

    /// Whether the report is of the model of this space unrolled in time, and not of the model itself: then the
    /// policy that it holds has a rule for each time.
    pub fn is_unrolled(&self, space: &Space) -> bool {
        let first = self.report.pairs.first().map(|(state, _)| state.as_str());
        let name = space.state_names();
        let own = name.get(0).into_owned();
        first.is_some_and(|first| first != own && first == format!("{own}@0"))
    }

    /// Errors if the report is of another model.
    pub(super) fn check(&self, mdp: &Mdp) -> Result<(), StudyError> {
        let refuse = |why: String| {
            let name = self.name.clone();
            Err(StudyError::Earlier { name, why })
        };
        let (found, expected) = (&self.report.model, mdp.name());
        if found != expected {
            return refuse(format!(
                "is a report on the model `{found}`; this one is `{expected}`"
            ));
        }
        let space = mdp.space();
        let own = (0..space.pairs()).map(|pair| space.pair_names(pair));
        let names = |(s, a): &(String, String)| (s.clone().into(), a.clone().into());
        if !own.eq(self.report.pairs.iter().map(names)) {
            return refuse(format!(
                "has other state-action pairs than the model `{expected}` here: name the policy, or the nodes of a controller, as in the earlier run"
            ));
        }
        Ok(())
    }

    /// Where a method goes on: at the end of its own run, or of the first if it had none.
    ///
    /// `policy` gives what a report does not hold: the parametrization with its temperature and
    /// mixture. Errors if it is not that of the report.
    pub(super) fn start(&self, method: AscentMethod, policy: &Policy) -> Result<Start, StudyError> {
        let report = &self.report;
        let root = match report.first.method.as_deref() {
            Some(first) if first == AscentMethod::Projected.name() => policy.clone(),
            // it began on the simplex
            _ if report.policy.parametrization == Kind::Simplex.name() => {
                AscentMethod::Projected.start(policy)?
            }
            _ => policy.clone(),
        };
        let first = self.first(&root)?;
        if report.first.method.as_deref() == Some(method.name()) {
            let made = report.first.made();
            return Ok(Start {
                policy: first,
                made,
            });
        }
        let own = |run: &&Run| run.method.as_deref() == Some(method.name());
        match report.others.iter().find(own) {
            Some(run) => Ok(Start {
                policy: self.ended(&method.start(&root)?, run.theta.as_deref())?,
                made: run.made(),
            }),
            None => Ok(Start {
                policy: first,
                made: 0,
            }),
        }
    }

    /// The last policy of the first run, which must be the one that is written.
    fn first(&self, root: &Policy) -> Result<Policy, StudyError> {
        let written = &self.report.policy;
        let method = AscentMethod::ALL
            .into_iter()
            .find(|method| self.report.first.method.as_deref() == Some(method.name()));
        let base = match method {
            Some(method) => method.start(root)?,
            None => root.clone(),
        };
        let (found, own) = (&written.parametrization, base.parametrization().name());
        if found != own {
            return Err(self.differs(format!("the policy was {found}, here it is {own}")));
        }
        let policy = self.ended(&base, written.theta.as_deref())?;
        let probabilities = policy.probabilities().iter();
        let mut off = probabilities.zip(&written.probabilities);
        if written.probabilities.len() != policy.probabilities().len()
            || off.any(|(x, y)| (x - y).abs() > OFF_ONE)
        {
            let why = "θ has other probabilities here than the report says";
            return Err(self.differs(why.into()));
        }
        Ok(policy)
    }

    /// The policy at θ, which must be one.
    fn ended(&self, base: &Policy, theta: Option<&[f64]>) -> Result<Policy, StudyError> {
        let refuse = |why: String| {
            let name = self.name.clone();
            Err(StudyError::Earlier { name, why })
        };
        let Some(theta) = theta else {
            return refuse("its policy has no finite θ to go on from".into());
        };
        let policy = match base.with_theta(theta.to_vec()) {
            Ok(policy) => policy,
            Err(why) => {
                let name = self.name.clone();
                return Err(StudyError::Policy { name, why });
            }
        };
        let (space, pi) = (policy.space(), policy.probabilities());
        let alive = (0..space.states()).filter(|&s| !space.is_terminal(s));
        for state in alive {
            let row = &pi[space.pairs_of(state)];
            let sum: f64 = row.iter().sum();
            if row.iter().any(|pi| *pi < 0.0) || (sum - 1.0).abs() > OFF_ONE {
                let state = super::note::name(space, state);
                return refuse(format!(
                    "its policy is none in `{state}`: {row:?} must be at least 0 and sum to 1"
                ));
            }
        }
        Ok(policy)
    }

    fn differs(&self, why: String) -> StudyError {
        let name = self.name.clone();
        StudyError::OtherPolicy { name, why }
    }
}

impl Run {
    fn made(&self) -> usize {
        self.trace.last().map_or(0, |step| step.iteration)
    }
}
