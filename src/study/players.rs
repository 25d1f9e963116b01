//! What concerns several players at once.

use std::sync::Arc;

use super::cost::{
    PROFILE_IN_FRACTIONS, PROVEN, affordable, decides_in_fractions, fractions_by_the_way,
};
use super::listener::Deaf;
use super::rounding::shown_error;
use super::{Doing, Estimation, Listener, Note, Numbers, Setting, StudyError, Work, ranges};
use crate::arithmetic::Arithmetic;
use crate::control::ControlOptions;
use crate::error::Error;
use crate::field::Ball;
use crate::mdp::{Criterion, Mdp};
use crate::model::{Model, Objective};
use crate::number::Rational;
use crate::players::climb::{Climb, climb};
use crate::players::potential::{Potential, is_one_step, potential, profiles};
use crate::players::zero_sum::{Proving, value};
use crate::players::{Game, Profile};
use crate::report::{
    Bounds, ClimbReport, GameJacobian, GameReport, Head, OwnLaw, PlayerResult, Report, SaddleReport,
};
use crate::solved::Solved;

/// What is asked of [`players`].
#[derive(Clone, Debug, Default)]
pub struct PlayersRequest {
    /// Over which numbers, of which policies, solved how.
    pub setting: Setting,
    /// The Jacobian of all players' gradients too.
    pub jacobian: bool,
    /// Estimators of each player's own gradient, by their names, whose laws are asked for too.
    pub estimators: Option<String>,
    /// Whether the value of a zero-sum game is left out, and whether there is a potential.
    pub profile_only: bool,
    /// How all players climb from here, if they do: in floating point.
    pub climb: Option<Climb>,
}

/// Each player's J, gradient and best reply, how far the profile is from an equilibrium, the value of a
/// zero-sum game, and whether the game has a potential.
///
/// Errors if the model is no game or the policy not factored, where J has no gradient, where a best reply
/// does not exist, and if a linear system is not solved.
pub fn players(
    model: &Model,
    request: &PlayersRequest,
    listener: &dyn Listener,
) -> Result<GameReport, StudyError> {
    if let Some((model, setting)) = request.setting.in_time(model, listener)? {
        let request = PlayersRequest {
            setting,
            ..request.clone()
        };
        return players(&model, &request, listener);
    }
    if let Some(climb) = &request.climb {
        ranges::positive_float("the step of a climb", climb.step)?;
    }
    if model.objective() == Objective::Minimize {
        return Err(Error::Argument {
            name: "the objective",
            found: "to be small".into(),
            expected: "none: every player has a reward to make large",
        }
        .into());
    }
    match request.setting.numbers {
        Numbers::Float => in_floats(model, request, listener),
        Numbers::Exact => over::<Rational, Rational>(model, request, listener),
        Numbers::Certified => {
            let report = over::<Ball, Ball>(model, request, listener)?;
            let bounds = Some(Bounds::of(&report.entries()));
            Ok(GameReport { bounds, ..report })
        }
    }
}

/// In floating point, with the numbers of each player from fractions where those are few, and with proven bounds.
fn in_floats(
    model: &Model,
    request: &PlayersRequest,
    listener: &dyn Listener,
) -> Result<GameReport, StudyError> {
    let mut report = over::<f64, Ball>(model, request, listener)?;
    let profile = PlayersRequest {
        profile_only: true,
        jacobian: false,
        climb: None,
        ..request.clone()
    };
    let deaf = Deaf(listener);
    if decides_in_fractions(model, PROFILE_IN_FRACTIONS) {
        // policies that have no fractions have floating point
        if let Ok(exact) = over::<Rational, Rational>(model, &profile, &deaf) {
            report = report.with_rounded(&exact);
        }
    }
    let has_laws = request.estimators.is_some();
    let is_small = model.space().pairs() <= PROVEN;
    if has_laws && !is_small {
        let quantity = "the laws of estimators";
        listener.note(Note::UnknownRounding { quantity });
    }
    let asked = PlayersRequest {
        estimators: request.estimators.clone().filter(|_| is_small),
        ..profile
    };
    let proven = proven(model, &asked, &deaf);
    let of = |player| proven.as_ref().map(|all| &all[player]);
    let players = report.players.into_iter().enumerate();
    let players = players.map(|(player, result)| result.beside(of(player)));
    Ok(GameReport {
        players: players.collect(),
        ..report
    })
}

/// Pairs of a game up to which floating point has bounds by the way: 20,000 states with four joint actions took 2.4 s, and 0.9 s
/// without.
const BY_THE_WAY: usize = 100_000;

/// The game with proven bounds on each player's numbers; `None` of large games, and where nothing is proven.
fn proven(
    model: &Model,
    profile: &PlayersRequest,
    listener: &dyn Listener,
) -> Option<Vec<PlayerResult>> {
    if model.space().pairs() > BY_THE_WAY {
        return None;
    }
    let mut setting = profile.setting.clone();
    setting.numbers = Numbers::Certified;
    let with = |estimators: Option<&String>| PlayersRequest {
        setting: setting.clone(),
        estimators: estimators.cloned(),
        profile_only: true,
        ..PlayersRequest::default()
    };
    let ask = |request| over::<Ball, Ball>(model, &request, listener).ok();
    // laws that are not proven take no bound from the rest
    let report = match &profile.estimators {
        Some(list) => ask(with(Some(list))).or_else(|| ask(with(None))),
        None => ask(with(None)),
    };
    Some(report?.players)
}

/// Over a field, with the values of zero-sum games proven in another.
fn over<F: Arithmetic, G: Proving>(
    model: &Model,
    request: &PlayersRequest,
    listener: &dyn Listener,
) -> Result<GameReport, StudyError> {
    let setting = &request.setting;
    affordable(model, setting.numbers)?;
    let game = Game::<F>::of(model)?.by(setting.solver.clone());
    let chosen = model.over::<F>()?.by(setting.solver.clone());
    let policy = setting.policy(model, &chosen, listener)?;
    listener.begin(Work::on(game.mdp(), Doing::Evaluating));
    let profile = game.profile(Arc::clone(&policy))?;
    let results = (0..game.players().count())
        .map(|player| result(model, &profile, player, request, listener))
        .collect::<Result<Vec<PlayerResult>, StudyError>>()?;
    let jacobian = if request.jacobian {
        let (jacobian, error) = (profile.jacobian()?, profile.jacobian_error()?);
        let error = error.and_then(|error| shown_error(error, jacobian.as_slice()));
        Some(GameJacobian::new(jacobian, error))
    } else {
        None
    };
    let (zero_sum, known) = if request.profile_only {
        (None, None)
    } else {
        (saddle::<F, G>(model, &game)?, Some(of_potential(model)?))
    };
    let climb = match &request.climb {
        Some(how) => Some(climbed(model, request, how, listener)?),
        None => None,
    };
    listener.end();
    let mut head = Head::new(game.mdp(), &policy, model.objective()).of_all_rewards();
    setting.complete(&mut head, model);
    Ok(GameReport {
        head,
        is_zero_sum: game.is_zero_sum(),
        players: results,
        zero_sum,
        potential: known,
        jacobian,
        climb,
        bounds: None,
    })
}

fn result<F: Arithmetic>(
    model: &Model,
    profile: &Profile<'_, F>,
    player: usize,
    request: &PlayersRequest,
    listener: &dyn Listener,
) -> Result<PlayerResult, StudyError> {
    let options = ControlOptions {
        solver: request.setting.solver.clone(),
        ..ControlOptions::default()
    };
    let reply = profile.best_reply(player, &options)?;
    let laws = match &request.estimators {
        Some(list) => laws(model, profile, (player, list), request, listener)?,
        None => Vec::new(),
    };
    let name = &model
        .space()
        .players()
        .map_or("", |all| &all.names()[player]);
    let family = profile.family()?;
    Ok(PlayerResult::new(
        name,
        profile.of(player)?,
        (family, player),
        &reply,
        laws,
    )?)
}

/// The laws of estimators of a player's own gradient, with the others fixed.
fn laws<F: Arithmetic>(
    model: &Model,
    profile: &Profile<'_, F>,
    (player, list): (usize, &str),
    request: &PlayersRequest,
    listener: &dyn Listener,
) -> Result<Vec<OwnLaw>, StudyError> {
    let names = model.space().players().map(|all| all.names().to_vec());
    let paid = model.paying(&names.unwrap_or_default()[player])?;
    let mdp: Arc<Mdp<F>> = Arc::new(F::model(&paid)?);
    let is_discounted = matches!(
        mdp.criterion(),
        Criterion::Discounted { .. } | Criterion::FiniteHorizon { .. }
    );
    let estimators =
        Estimation::default().estimators(list, is_discounted, model.space(), listener)?;
    let alone = Arc::new(profile.alone(player)?);
    let solved = Solved::by(mdp, alone, request.setting.solver.clone())?;
    let law = |estimator| {
        let law = solved.law(estimator)?;
        Ok(OwnLaw::new(estimator, &law))
    };
    estimators.iter().map(law).collect()
}

/// The value of a zero-sum game; `None` of other games and where it has none that is enclosed.
fn saddle<F: Arithmetic, G: Proving>(
    model: &Model,
    game: &Game<F>,
) -> Result<Option<SaddleReport>, StudyError> {
    let long_run = *game.mdp().criterion() == Criterion::Average;
    if !game.is_zero_sum() || long_run {
        return Ok(None);
    }
    let found = value(&Game::<G>::of(model)?, &Game::<f64>::of(model)?);
    match found {
        Ok(found) => Ok(Some(SaddleReport::new(&found))),
        Err(crate::error::Error::Game { .. } | crate::error::Error::Unbounded { .. }) => Ok(None),
        Err(why) => Err(why.into()),
    }
}

fn of_potential(model: &Model) -> Result<Potential, StudyError> {
    match Game::<Rational>::of(model) {
        Ok(game) if is_one_step(game.mdp()) => Ok(potential(&game)?),
        Ok(game) => {
            let solves = profiles(&game) * game.players().count() as f64;
            match fractions_by_the_way(model, solves) {
                Ok(()) => Ok(potential(&game)?),
                Err(why) => Ok(Potential::Undecided(why)),
            }
        }
        Err(why @ crate::error::Error::Inexact { .. }) => Ok(Potential::Undecided(why.to_string())),
        Err(why) => Err(why.into()),
    }
}

/// All players' climb in floating point, from the same policy.
fn climbed(
    model: &Model,
    request: &PlayersRequest,
    how: &Climb,
    listener: &dyn Listener,
) -> Result<ClimbReport, StudyError> {
    let game = Game::<f64>::of(model)?.by(request.setting.solver.clone());
    let chosen = model.over::<f64>()?.by(request.setting.solver.clone());
    let policy = request.setting.policy.of(model, &chosen, listener)?;
    let climbed = climb(&game, policy, how)?;
    Ok(ClimbReport::new(how, climbed, model.space()))
}
