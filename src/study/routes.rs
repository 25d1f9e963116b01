//! Which routes to ∇J are asked for.

use std::str::FromStr;

use super::route_name::RouteName;
use super::{Listener, Note, StudyError};
use crate::gradient::Route;
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::policy::Policy;

impl FromStr for RouteName {
    type Err = StudyError;

    fn from_str(name: &str) -> Result<RouteName, StudyError> {
        let mut names = RouteName::ALL.into_iter();
        let found = names.find(|route| route.name() == name);
        found.ok_or_else(|| StudyError::UnknownRoute { found: name.into() })
    }
}

/// The routes asked for, the adjoint among them; the usual ones that take seconds, if none is.
pub(super) fn in_floats(
    asked: Option<&[RouteName]>,
    mdp: &Mdp,
    policy: &Policy,
    listener: &dyn Listener,
) -> Vec<Route> {
    let Some(asked) = asked else {
        let affordable = Route::affordable(mdp, policy);
        let costly = Route::USUAL.into_iter();
        for route in costly.filter(|route| !affordable.contains(route)) {
            listener.note(Note::CostlyRoute(route));
        }
        return affordable;
    };
    let wanted =
        |route: &Route| *route == Route::Adjoint || asked.iter().any(|asked| asked.takes(*route));
    Route::ALL.into_iter().filter(wanted).collect()
}

/// Of the routes that exist over fractions those asked for. By default the forward one is left out
/// where its many long fractions would take minutes.
pub(super) fn in_fractions<F: Solvable>(
    asked: Option<&[RouteName]>,
    mdp: &Mdp<F>,
    listener: &dyn Listener,
) -> Result<Vec<Route>, StudyError> {
    // garnets with 4 actions and successors, 29 November 2026: 64 states take 0.4 s, 128 3 s, 256 28 s
    const FORWARD_STATES: usize = 64;
    let exists = |name: RouteName| Route::OF_FIELDS.iter().any(|&route| name.takes(route));
    if let Some(other) = asked.unwrap_or_default().iter().find(|&&x| !exists(x)) {
        let route = other.name();
        return Err(StudyError::RouteOfFloats { route });
    }
    let few = mdp.states() <= FORWARD_STATES;
    if asked.is_none() && !few {
        listener.note(Note::CostlyRoute(Route::Bellman));
    }
    let wanted = |route: &Route| match asked {
        _ if *route == Route::Adjoint => true,
        Some(asked) => asked.iter().any(|asked| asked.takes(*route)),
        None => few || *route != Route::Bellman,
    };
    Ok(Route::OF_FIELDS.into_iter().filter(wanted).collect())
}
