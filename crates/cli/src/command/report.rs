//! `exact-mdp report`: everything about a policy on a model in one page.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use exact_mdp::chain::Structure;
use exact_mdp::error::Error;
use exact_mdp::estimator::{Detail, Sampling, parse_list};
use exact_mdp::gradient::Route;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::model::Model;
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;
use exact_mdp::study::{self, Numbers, RouteName, Setting, StudyError};
use exact_mdp_theorems::{Case, Verified};
use miette::miette;

use super::files::Files;
use super::voice::{Silent, Voice};
use super::{Input, Shared, Verdict};
use crate::page::{self, Chain, Estimated, NAMES, Precision, Subject};
use crate::picture::Scene;
use crate::picture::graph;

/// Everything about a policy on a model as one HTML page with pictures
#[derive(Args, Debug)]
#[command(after_help = "\
Example: exact-mdp report mdps/frozenlake-4x4.yaml -o frozenlake.html
         exact-mdp report mdps/taxi.yaml --policy optimal -o taxi.html

The page is one file that asks for no other: the model, the policy with v, ρ, q and A as maps, bars or
graphs, ∇J with the agreement of its routes, the exact laws of the estimators, the optimum with its
bound, what `verify` says, what the letters mean, and the JSON of these commands. It works without
script, on a phone and on paper, light and dark.")]
pub struct Report {
    #[command(flatten)]
    input: Input,
}

/// Larger models are not verified, and their estimators have no laws here: that would take minutes.
const VERIFIED: usize = 1_000;
const LAWS: usize = 100_000_000;
/// Routes to ∇J that take more operations than this are left out: a page takes a second or two.
const ROUTES: f64 = 1e8;

/// The length of a run under the average reward, as in `compare`.
const RUN: usize = 100;

impl Report {
    /// Runs the command.
    pub fn run(&self, shared: &Shared) -> miette::Result<Verdict> {
        let model = self.input.model(shared)?;
        let setting = self.input.setting(Numbers::Float);
        let voice = Voice::new(shared);
        let unrolled = setting.in_time(&model, &voice)?;
        let (model, setting) = unrolled.unwrap_or((model, setting));
        let subject = self.subject(&model, setting, &voice)?;
        shared.write_bytes(page::document(&subject).as_bytes())?;
        Ok(Verdict::Fine)
    }

    /// What is read. Errors where the output is asked to be something else than a page.
    pub fn files(&self, shared: &Shared) -> miette::Result<Files> {
        if shared.format.is_some() {
            return Err(miette!(
                help = "leave out --format; the page holds the JSON of the commands that it shows",
                "`report` writes HTML"
            ));
        }
        let ending = shared.output.as_deref().and_then(Path::extension);
        match &shared.output {
            None if io::stdout().is_terminal() => Err(miette!(
                help = "add -o report.html",
                "a page is nothing for a terminal"
            )),
            Some(path) if !ending.is_some_and(|end| end == "html" || end == "htm") => Err(miette!(
                help = "end the name in .html",
                "`report` writes HTML, and `{}` is named otherwise",
                path.display()
            )),
            _ => Ok(self.input.files()),
        }
    }

    fn subject(&self, model: &Model, setting: Setting, voice: &Voice) -> miette::Result<Subject> {
        let evaluation = study::evaluate(
            model,
            &study::Evaluate {
                setting: setting.clone(),
                ..study::Evaluate::default()
            },
            voice,
        )?;
        let contents = study::check(model, &setting, &Silent)?;
        let (mdp, policy) = setting.chosen::<f64>(model, &Silent)?;
        let cheap = |route: &Route| route.work(&mdp, &policy) <= ROUTES;
        let routes = Route::USUAL.into_iter().filter(cheap);
        let gradient = study::Gradient {
            setting: setting.clone(),
            routes: Some(routes.map(RouteName::Route).collect()),
            ..study::Gradient::default()
        };
        let solve = study::Solve::default().by(setting.solver.clone());

        Ok(Subject {
            gradient: said(study::gradient(model, &gradient, voice)),
            optimum: said(study::solve(model, &solve, voice)),
            estimators: estimators(&mdp, &policy, &setting),
            verified: verified(&mdp, &policy, &setting),
            scene: Scene::new(&mdp),
            chain: (mdp.states() < graph::MOST).then(|| chain(&mdp, &policy)),
            command: command(),
            model: self.input.model.display().to_string(),
            contents,
            evaluation,
        })
    }
}

fn said<T>(found: Result<T, StudyError>) -> Result<T, String> {
    found.map_err(|error| error.to_string())
}

/// The command that was given, without the name of the page, which may be moved.
fn command() -> String {
    let mut words = vec!["exact-mdp".to_string()];
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-o" | "--output" => drop(arguments.next()),
            other if other.starts_with("--output=") => {}
            other => words.push(quoted(other)),
        }
    }
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// p^π and its classes.
fn chain(mdp: &Mdp, policy: &Policy) -> Chain {
    let space = mdp.space();
    let mut edges = Vec::new();
    for state in 0..mdp.states() {
        let mut row = vec![0.0; mdp.states()];
        for pair in space.pairs_of(state) {
            let taken = policy.probabilities()[pair];
            mdp.p()
                .row(pair)
                .for_each(|(next, p)| row[next] += taken * p);
        }
        let positive = row.into_iter().enumerate().filter(|(_, p)| *p > 0.0);
        edges.extend(positive.map(|(next, p)| (state, next, p)));
    }
    let structure = Structure::new(mdp, policy);
    let recurrent = |state| structure.class_of(state).is_some();
    Chain {
        edges,
        recurrent: (0..mdp.states()).map(recurrent).collect(),
    }
}

/// The exact laws of the usual estimators.
fn estimators(
    mdp: &Arc<Mdp>,
    policy: &Arc<Policy>,
    setting: &Setting,
) -> Result<Vec<Estimated>, String> {
    // a solve for every parameter, and a product of every transition with each
    let work = (50 * mdp.states()).max(mdp.p().stored());
    if work.saturating_mul(policy.parameters()) > LAWS {
        return Err("that would take minutes for so large a model; `compare` tells them".into());
    }
    let discounted = mdp.discount() < 1.0;
    let words = |error: exact_mdp::error::Error| error.to_string();
    let solver = setting.solver.clone();
    let solved = Solved::by(Arc::clone(mdp), Arc::clone(policy), solver).map_err(words)?;
    let list = parse_list(NAMES, discounted).map_err(words)?;
    let sampling = match mdp.criterion() {
        Criterion::Average => Sampling::LongRun(RUN),
        _ => solved.sampling().map_err(words)?,
    };
    let laws = solved
        .laws(&list, sampling, Detail::Variances)
        .map_err(words)?;
    let named = list.iter().zip(laws).map(|(estimator, law)| Estimated {
        name: estimator.to_string(),
        precision: law.as_ref().ok().map(Precision::of),
        absent: law.err().map(words),
    });
    Ok(named.collect())
}

/// Every identity of the theory on the model.
fn verified(mdp: &Mdp, policy: &Policy, setting: &Setting) -> Result<Verified, String> {
    if mdp.states() > VERIFIED {
        return Err("that would take minutes for so large a model; `verify` does it".into());
    }
    let all = exact_mdp_theorems::named(&[]).map_err(|unknown| unknown.name)?;
    Error::check_scores(policy).map_err(|error| error.to_string())?;
    let case = Case::new(mdp.clone(), policy.clone(), &setting.solver);
    let checks: Vec<_> = all.iter().map(|identity| identity.check(&case)).collect();
    Ok(Verified::new(mdp, policy, &case, &checks))
}
