//! The JSON of an earlier `ascend`, to go on from.

use std::fs;
use std::path::Path;

use exact_mdp::ascent::Method;
use exact_mdp::mdp::Mdp;
use exact_mdp::policy::{Kind, Policy};
use miette::{IntoDiagnostic, WrapErr, bail, miette};
use serde::Deserialize;

/// How far π(a|s) may be from what is written, and its sum from 1: rounding.
const ROUNDING: f64 = 1e-9;

/// What is read of an earlier report.
#[derive(Deserialize)]
pub struct Earlier {
    model: String,
    pairs: Vec<(String, String)>,
    policy: EarlierPolicy,
    #[serde(flatten)]
    first: EarlierRun,
    #[serde(default)]
    others: Vec<EarlierRun>,
}

#[derive(Deserialize)]
struct EarlierPolicy {
    parametrization: String,
    theta: Option<Vec<f64>>,
    probabilities: Vec<f64>,
}

/// One ascent; a report of another command has neither method nor trace.
#[derive(Deserialize)]
struct EarlierRun {
    method: Option<String>,
    theta: Option<Vec<f64>>,
    #[serde(default)]
    trace: Vec<EarlierStep>,
}

#[derive(Deserialize)]
struct EarlierStep {
    iteration: usize,
}

/// Where a method goes on.
pub struct Start {
    /// From this policy.
    pub policy: Policy,
    /// So many steps are behind it.
    pub made: usize,
}

impl Earlier {
    /// Reads a report. Errors if it cannot be read, and if it is of another model.
    pub fn read(path: &Path, mdp: &Mdp) -> miette::Result<Earlier> {
        let name = path.display();
        let text = fs::read_to_string(path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read `{name}`"))?;
        let earlier: Earlier = serde_json::from_str(&text)
            .into_diagnostic()
            .wrap_err_with(|| format!("`{name}` is not the JSON of a report with a policy"))?;
        if earlier.model != mdp.name() {
            let (found, expected) = (&earlier.model, mdp.name());
            bail!("`{name}` is a report on the model `{found}`; this one is `{expected}`");
        }
        let space = mdp.space();
        let own = (0..space.pairs()).map(|pair| space.pair_names(pair));
        let names = |(s, a): &(String, String)| (s.clone().into(), a.clone().into());
        if !own.eq(earlier.pairs.iter().map(names)) {
            bail!(
                "`{name}` has other state-action pairs than the model `{}` here",
                mdp.name()
            );
        }
        Ok(earlier)
    }

    /// Where a method goes on: at the end of its own run, or of the first if it had none.
    ///
    /// `policy` gives what a report does not hold: the parametrization with its temperature and
    /// mixture. Errors if it is not that of the report.
    pub fn start(&self, method: Method, policy: &Policy) -> miette::Result<Start> {
        let root = match self.first.method.as_deref() {
            Some(first) if first == Method::Projected.name() => policy.clone(),
            // it began on the simplex
            _ if self.policy.parametrization == Kind::Simplex.name() => {
                Method::Projected.start(policy)?
            }
            _ => policy.clone(),
        };
        let first = self.first(&root)?;
        if self.first.method.as_deref() == Some(method.name()) {
            let made = self.first.made();
            return Ok(Start {
                policy: first,
                made,
            });
        }
        let own = |run: &&EarlierRun| run.method.as_deref() == Some(method.name());
        match self.others.iter().find(own) {
            Some(run) => Ok(Start {
                policy: ended(&method.start(&root)?, run.theta.as_deref())?,
                made: run.made(),
            }),
            None => Ok(Start {
                policy: first,
                made: 0,
            }),
        }
    }

    /// The last policy of the first run, which must be the one that is written.
    fn first(&self, root: &Policy) -> miette::Result<Policy> {
        const SAME: &str = "give the same --policy as then";
        let method = Method::ALL
            .into_iter()
            .find(|method| self.first.method.as_deref() == Some(method.name()));
        let base = match method {
            Some(method) => method.start(root)?,
            None => root.clone(),
        };
        let (found, own) = (&self.policy.parametrization, base.parametrization().name());
        if found != own {
            return Err(miette!(
                help = SAME,
                "the policy was {found}, here it is {own}"
            ));
        }
        let policy = ended(&base, self.policy.theta.as_deref())?;
        let probabilities = policy.probabilities().iter();
        let mut off = probabilities.zip(&self.policy.probabilities);
        if self.policy.probabilities.len() != policy.probabilities().len()
            || off.any(|(x, y)| (x - y).abs() > ROUNDING)
        {
            return Err(miette!(
                help = format!("{SAME}, with its temperature and its mixture"),
                "θ has other probabilities here than the report says"
            ));
        }
        Ok(policy)
    }
}

impl EarlierRun {
    fn made(&self) -> usize {
        self.trace.last().map_or(0, |step| step.iteration)
    }
}

/// The policy at θ, which must be one.
fn ended(base: &Policy, theta: Option<&[f64]>) -> miette::Result<Policy> {
    let Some(theta) = theta else {
        bail!("the policy of the report has no finite θ to go on from");
    };
    let policy = base.with_theta(theta.to_vec()).into_diagnostic()?;
    let (space, pi) = (policy.space(), policy.probabilities());
    let alive = (0..space.states()).filter(|&s| !space.is_terminal(s));
    for state in alive {
        let row = &pi[space.pairs_of(state)];
        let sum: f64 = row.iter().sum();
        if row.iter().any(|pi| *pi < 0.0) || (sum - 1.0).abs() > ROUNDING {
            let name = space.state_names().get(state);
            bail!(
                "the policy of the report is none in `{name}`: {row:?} must be at least 0 and sum to 1"
            );
        }
    }
    Ok(policy)
}
