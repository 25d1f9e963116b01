//! ∇J over any field, by the routes that need its four operations only.

use super::{Disagreement, Gradient, Route, RouteGradient, Under};
use crate::error::Error;
use crate::field::Field;

impl Route {
    /// The routes that exist over exact fractions. Dual numbers and differences are ways to
    /// check floating point.
    pub const OF_FIELDS: [Route; 3] = [Route::Bellman, Route::Adjoint, Route::NablaLog];
}

impl<F: Field> Gradient<F> {
    /// ∇J by the adjoint and by those of the routes asked for that [`Route::OF_FIELDS`] has,
    /// under the model's own criterion. Over exact fractions it is the true gradient, and the
    /// routes must not differ at all.
    ///
    /// Errors as [`Gradient::of`].
    pub fn exactly(under: Under<'_, F>, routes: &[Route]) -> Result<Gradient<F>, Error> {
        let gradient = under.adjoint()?;
        let mut unscored = Vec::new();
        let mut by_route = Vec::new();
        for &route in routes.iter().filter(|r| Route::OF_FIELDS.contains(r)) {
            let found = match route {
                Route::Adjoint => Some(gradient.clone()),
                Route::NablaLog => under.nabla_log(&mut unscored)?,
                _ => Some(under.forward()?),
            };
            by_route.push(RouteGradient {
                route,
                gradient: found,
            });
        }
        let others = by_route.iter().filter_map(|route| route.gradient.as_ref());
        let entries = others.flat_map(|other| gradient.iter().zip(other));
        let apart = entries.map(|(x, y)| (x.clone() - y).abs().to_f64());
        let disagreement = Disagreement {
            max: apart.fold(0.0, f64::max),
            tolerance: 0.0,
        };
        Ok(Gradient {
            gradient,
            routes: by_route,
            unscored,
            finite_difference: None,
            disagreement,
        })
    }
}
