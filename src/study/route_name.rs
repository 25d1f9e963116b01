//! How a user names a route to ∇J.

use crate::gradient::Route;

/// A route to ∇J as a user names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteName {
    /// Every route that there is.
    All,
    /// One of them.
    Route(Route),
    /// The evolution strategy, whose mean is the gradient of a smoothed J.
    Evolution,
}

impl RouteName {
    /// All names, in the order of the lists that users see.
    pub const ALL: [RouteName; 8] = [
        RouteName::Route(Route::Bellman),
        RouteName::Route(Route::Adjoint),
        RouteName::Route(Route::NablaLog),
        RouteName::Route(Route::Dual),
        RouteName::Route(Route::FiniteDifference),
        RouteName::Route(Route::ComplexStep),
        RouteName::Evolution,
        RouteName::All,
    ];

    /// The name, as users write it.
    pub const fn name(self) -> &'static str {
        match self {
            RouteName::All => "all",
            RouteName::Route(route) => route.name(),
            RouteName::Evolution => "evolution",
        }
    }

    pub(super) fn takes(self, route: Route) -> bool {
        self == RouteName::All || self == RouteName::Route(route)
    }
}
