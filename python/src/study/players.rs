//! What is asked of a game.

use exact_mdp::players::climb::{Climb, ClimbMethod};
use exact_mdp::study::{self, Numbers};
use pyo3::prelude::*;

use super::{ask, model_of, setting};
use crate::answer::Picturing;
use crate::error::argument;
use crate::solved::Solved;

/// What is asked of all players beside the profile itself.
pub struct OfPlayers {
    pub numbers: Numbers,
    pub jacobian: bool,
    pub profile: bool,
    pub estimators: Option<String>,
    pub climb: Option<String>,
    pub step: f64,
    pub iterations: usize,
    pub alternating: bool,
    pub every: usize,
}

/// `exact-mdp players`.
pub fn players(solved: &Bound<'_, Solved>, asked: OfPlayers) -> PyResult<Py<PyAny>> {
    let method = asked.climb.map(|name| {
        let mut all = ClimbMethod::ALL.into_iter();
        all.find(|method| method.name() == name).ok_or_else(|| {
            let names = ClimbMethod::ALL.map(ClimbMethod::name).join("\", \"");
            argument(format!("there is no climb {name:?}; expected \"{names}\""))
        })
    });
    let climb = method.transpose()?.map(|method| Climb {
        method,
        step: asked.step,
        iterations: asked.iterations,
        alternating: asked.alternating,
        every: asked.every,
    });
    let request = study::PlayersRequest {
        setting: setting(solved, asked.numbers)?,
        jacobian: asked.jacobian,
        estimators: asked.estimators,
        profile_only: asked.profile,
        climb,
    };
    let picture: Picturing<exact_mdp::report::GameReport> =
        |_, report| Some(exact_mdp_pictures::players::draw(report));
    ask(
        &model_of(solved),
        "players",
        asked.numbers,
        Some(picture),
        move |model, notes| study::players(model, &request, notes),
    )
}
