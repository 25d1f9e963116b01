//! ∇J and what else is differentiated.

use exact_mdp::error::Error;
use exact_mdp::gradient::Route;
use exact_mdp::solved;
use nalgebra::DMatrix;
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Kept, Solved, ask};
use crate::arrays::{borrowed_matrix, over_parameters, owned};
use crate::error::{analysis, argument};
use crate::given;
use crate::policy::Policy;

fn matrix<'py>(
    slf: &Bound<'py, Solved>,
    kept: fn(&Solved) -> &Kept,
    compute: fn(&solved::Solved) -> Result<DMatrix<f64>, Error>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let this = slf.get();
    if kept(this).get().is_none() {
        let found = ask(slf, compute)?;
        kept(this).get_or_init(|| found);
    }
    match kept(this).get_or_init(|| compute(&this.solved)) {
        Ok(found) => Ok(borrowed_matrix(found, slf.clone().into_any())),
        Err(error) => Err(analysis(error.clone())),
    }
}

fn natural(solved: &solved::Solved) -> Result<Vec<f64>, Error> {
    Ok(solved.natural_gradient()?.direction)
}

#[pymethods]
impl Solved {
    /// ∇J, float64 [d], in units of reward per parameter; `.unstack()` gives [S, A] where each pair
    /// has its own parameter.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.gradient.shape, s.gradient.unstack().shape
    /// ((4,), (2, 2))
    #[getter]
    fn gradient<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let gradient = slf.get().solved.gradient().map_err(analysis)?;
        over_parameters(gradient, slf.clone().into_any(), slf)
    }

    /// ∇J by several routes: a dict from the route's name to float64 [d], or None where the route
    /// does not exist. "bellman", "adjoint", "nabla-log", "dual", "finite-difference",
    /// "complex-step"; all of them unless said.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> sorted(s.gradient_by(["bellman", "dual"]))
    /// ['bellman', 'dual']
    #[pyo3(signature = (routes=None))]
    fn gradient_by<'py>(
        slf: &Bound<'py, Self>,
        #[pyo3(from_py_with = given::routes)] routes: Option<Vec<String>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let named = |name: &String| {
            let found = Route::ALL.into_iter().find(|route| route.name() == name);
            found.ok_or_else(|| {
                let all = Route::ALL.map(Route::name).join(", ");
                argument(format!("unknown route {name:?}; there are {all}"))
            })
        };
        let routes = match &routes {
            Some(names) => names.iter().map(named).collect::<PyResult<Vec<_>>>()?,
            None => Route::ALL.to_vec(),
        };
        let found = ask(slf, move |solved| solved.gradient_by(&routes))?;
        let found = found.map_err(analysis)?;
        let py = slf.py();
        let by_route = PyDict::new(py);
        for made in found.routes {
            let gradient = made.gradient.map(|gradient| owned(py, gradient));
            by_route.set_item(made.route.name(), gradient)?;
        }
        Ok(by_route)
    }

    /// ∇v, float64 [S, d]; ∇v₀ for a horizon, ∇g for the average reward.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.jacobian.shape
    /// (2, 4)
    #[getter]
    fn jacobian<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        matrix(slf, |this| &this.jacobian, |solved| solved.jacobian())
    }

    /// ∇²J, float64 [d, d].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.hessian.shape
    /// (4, 4)
    #[getter]
    fn hessian<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        matrix(slf, |this| &this.hessian, |solved| solved.hessian())
    }

    /// The Fisher matrix Σ ρ(s) π ψψᵀ, float64 [d, d], with the mass of the occupancy.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.fisher.shape
    /// (4, 4)
    #[getter]
    fn fisher<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        matrix(slf, |this| &this.fisher, |solved| solved.fisher())
    }

    /// F⁺∇J, float64 [d].
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> s.natural_gradient.shape
    /// (4,)
    #[getter]
    fn natural_gradient<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        if this.natural.get().is_none() {
            let found = ask(slf, natural)?;
            this.natural.get_or_init(|| found);
        }
        match this.natural.get_or_init(|| natural(&this.solved)) {
            Ok(found) => over_parameters(found, slf.clone().into_any(), slf),
            Err(error) => Err(analysis(error.clone())),
        }
    }

    /// What `exact-mdp gradient` answers: ∇J by `routes` ("bellman", "adjoint", "nabla-log", "dual",
    /// "finite-difference", "complex-step", "evolution", "all") and how far they agree; `with_respect_to` "p", "r",
    /// "discount", "initial"; J and ∇J with `entropy` α; a criterion of `risk` of the return, "mean-variance:C",
    /// "exponential:BETA" or "cvar:LEVEL", and its gradient; the `excursion` objective of another policy that acts;
    /// the `surrogate` of another policy that has acted, and its gradient at this one, with ratios clipped at 1 ± `clip`
    /// as well;
    /// what J gains as π(·|s) moves towards a with `toward_actions`, ρ(s)A(s, a), on a horizon Σₜ γᵗ pₜ(s) Aₜ(s, a); and the Jacobian, the Hessian, F⁺∇J and F where they are asked
    /// for. A `Report`; `arithmetic` as in `evaluate`. `.plot()` draws the entries of ∇J and the matrices. With `sweep`,
    /// instead, J and ∇J at many discounts or along a parameter of the policy, as in `evaluate`.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> r = s.derivatives(with_respect_to=["discount"], arithmetic="exact")
    /// >>> r.with_respect_to["discount"]["derivative"]
    /// [Fraction(340650, 5329)]
    #[pyo3(signature = (*, routes=None, with_respect_to=None, entropy=None, risk=None, excursion=None, surrogate=None, clip=None, toward_actions=false, jacobian=false, hessian=false, natural=false, fisher=false, sigma=None, samples=1000, seed=0, sweep=None, arithmetic="float"))]
    #[allow(clippy::too_many_arguments)]
    fn derivatives(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = given::routes)] routes: Option<Vec<String>>,
        #[pyo3(from_py_with = given::with_respect_to)] with_respect_to: Option<Vec<String>>,
        entropy: Option<&Bound<'_, PyAny>>,
        risk: Option<String>,
        excursion: Option<&Bound<'_, Policy>>,
        surrogate: Option<&Bound<'_, Policy>>,
        clip: Option<&Bound<'_, PyAny>>,
        toward_actions: bool,
        jacobian: bool,
        hessian: bool,
        natural: bool,
        fisher: bool,
        #[pyo3(from_py_with = given::optional_sigma)] sigma: Option<f64>,
        #[pyo3(from_py_with = given::samples)] samples: usize,
        #[pyo3(from_py_with = given::seed)] seed: u64,
        sweep: Option<&str>,
        arithmetic: &str,
    ) -> PyResult<Py<PyAny>> {
        let unsaid = exact_mdp::study::GradientRequest::default();
        let sigma = sigma.unwrap_or(unsaid.sigma);
        if !(sigma.is_finite() && sigma > 0.0) {
            return Err(argument(format!(
                "sigma is {sigma}; expected a number above 0"
            )));
        }
        let entropy = given::entropy(entropy)?;
        let asked = crate::study::Derivatives {
            numbers: given::arithmetic(arithmetic)?,
            routes,
            with_respect_to: with_respect_to.unwrap_or_default(),
            entropy,
            risk,
            request: exact_mdp::study::GradientRequest {
                excursion: crate::study::other_on(slf, excursion)?,
                surrogate: crate::study::other_on(slf, surrogate)?,
                clip: given::clip(clip, surrogate.is_some())?,
                toward_actions,
                sigma,
                samples,
                seed,
                jacobian,
                hessian,
                natural,
                fisher,
                ..unsaid
            },
        };
        crate::study::derivatives(slf, asked, sweep)
    }
}
