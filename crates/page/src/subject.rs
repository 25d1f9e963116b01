//! What a page says, found by asking for it.

use std::sync::Arc;

use exact_mdp::ascent::is_complete;
use exact_mdp::chain::Structure;
use exact_mdp::error::Error;
use exact_mdp::estimator::{Detail, Sampling, parse_list};
use exact_mdp::gradient::Route;
use exact_mdp::mdp::Mdp;
use exact_mdp::mend::Front;
use exact_mdp::model::Model;
use exact_mdp::policy::Policy;
use exact_mdp::report::{
    Contents, CriterionReport, EvaluationReport, GradientReport, OptimumReport,
};
use exact_mdp::solved::Solved;
use exact_mdp::study::{self, Listener, Note, Notes, RouteName, Setting, StudyError};
use exact_mdp_pictures::{Scene, graph};
use exact_mdp_theorems::{Verified, VerifyRequest, verify};

use super::{Estimated, Maker, NAMES, Precision};

/// Larger models are not verified, and their estimators have no laws here: that would take minutes.
const VERIFIED: usize = 1_000;
/// Products of a parameter with an entry of p, or with 50 for each state, above which a page leaves laws out.
const LAWS: usize = 100_000_000;
/// Routes to ∇J that take more operations than this are left out: a page takes a second or two; a choice.
const ROUTES: f64 = 1e8;

/// Everything that a page says; what could not be found is there as the reason.
pub struct Subject {
    /// The criterion that was asked for.
    pub(crate) criterion: CriterionReport,
    /// Whether everything is of the model unrolled in time, whose states are s@t.
    pub(crate) unrolled: bool,
    /// Sizes and structure, as `check` says.
    pub(crate) contents: Contents,
    /// As `evaluate` says.
    pub(crate) evaluation: EvaluationReport,
    /// As `gradient` says.
    pub(crate) gradient: Result<GradientReport, String>,
    /// The exact laws of estimators.
    pub(crate) estimators: Result<Vec<Estimated>, String>,
    /// As `solve` says.
    pub(crate) optimum: Result<OptimumReport, String>,
    /// Of whom the optimum is, where that is not the one who acts.
    pub(crate) of_whom: Option<String>,
    /// Whether the class of the policy comes as near to every policy as one likes.
    pub(crate) complete: bool,
    /// As `verify` says.
    pub(crate) verified: Result<Verified, String>,
    /// The states, as pictures show them.
    pub(crate) scene: Scene,
    /// The chain of the policy, if it is small enough to be drawn.
    pub(crate) chain: Option<Chain>,
    /// Who made the page.
    pub(crate) maker: Maker,
}

/// The transitions under the policy.
pub(crate) struct Chain {
    /// s, s', p^π(s'|s) > 0.
    pub(crate) edges: Vec<(usize, usize, f64)>,
    /// Whether each state is recurrent \[S\].
    pub(crate) recurrent: Vec<bool>,
}

impl Subject {
    /// Asks everything that a page says of a policy on a model, in floating point; an optimal policy of a horizon on the
    /// model unrolled in time.
    ///
    /// # Errors
    /// If the policy cannot be built or has no values: then there is nothing to say. What else could not be found
    /// is there as the reason.
    pub fn of(
        model: &Model,
        setting: Setting,
        maker: Maker,
        listener: &dyn Listener,
    ) -> Result<Subject, StudyError> {
        if let Some((unrolled, setting)) = setting.in_time(model, listener)? {
            let subject = Subject::of(&unrolled, setting, maker, listener)?;
            return Ok(Subject {
                criterion: CriterionReport::new(model.mdp::<f64>().criterion(), model.objective()),
                unrolled: true,
                ..subject
            });
        }
        let request = study::EvaluateRequest {
            setting: setting.clone(),
            ..study::EvaluateRequest::default()
        };
        let evaluation = study::evaluate(model, &request, listener)?;
        // what is asked a second time has been said
        let unheard = Notes::default();
        let contents = study::check(model, &setting, &unheard)?;
        let (mdp, policy) = setting.chosen::<f64>(model, &unheard)?;
        let cheap = |route: &Route| route.work(&mdp, &policy) <= ROUTES;
        let routes = Route::USUAL.into_iter().filter(cheap);
        let gradient = study::GradientRequest {
            setting: setting.clone(),
            routes: Some(routes.map(RouteName::Route).collect()),
            ..study::GradientRequest::default()
        };
        let solve = study::SolveRequest::default().by(setting.solver.clone());
        Ok(Subject {
            gradient: said(study::gradient(model, &gradient, listener)),
            optimum: said(study::solve(model, &solve, listener)),
            of_whom: Note::of_whom(model).map(|note| note.worded(Front::Flags)),
            complete: is_complete(&policy),
            estimators: estimators(&mdp, &policy, &setting),
            verified: verified(model, &setting),
            scene: Scene::new(&mdp),
            chain: (mdp.states() < graph::MOST)
                .then(|| chain(&mdp, &policy))
                .transpose()?,
            maker,
            criterion: contents.head.criterion.clone(),
            unrolled: false,
            contents,
            evaluation,
        })
    }
}

fn said<T>(found: Result<T, StudyError>) -> Result<T, String> {
    found.map_err(|error| error.to_string())
}

/// p^π and its classes.
fn chain(mdp: &Mdp, policy: &Policy) -> Result<Chain, Error> {
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
    let structure = Structure::new(mdp, policy)?;
    let recurrent = |state| structure.class_of(state).is_some();
    Ok(Chain {
        edges,
        recurrent: (0..mdp.states()).map(recurrent).collect(),
    })
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
    let sampling = Sampling::of_laws(mdp, policy).map_err(words)?;
    let laws = solved
        .laws(&list, sampling, Detail::Variances)
        .map_err(words)?;
    let named = list.iter().zip(laws).map(|(estimator, law)| Estimated {
        name: estimator.to_string(),
        truncation: sampling.cut(),
        precision: law.as_ref().ok().map(Precision::of),
        absent: law.err().map(words),
    });
    Ok(named.collect())
}

/// Every identity of the theory on the model.
fn verified(model: &Model, setting: &Setting) -> Result<Verified, String> {
    if model.space().states() > VERIFIED {
        return Err("that would take minutes for so large a model; `verify` does it".into());
    }
    let request = VerifyRequest {
        setting: setting.clone(),
        ..VerifyRequest::default()
    };
    // what is asked a second time has been said
    said(verify(model, &request, &Notes::default()))
}
