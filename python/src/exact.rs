//! The same questions over exact fractions, and with proven bounds.

use exact_mdp::arithmetic::Arithmetic;
use exact_mdp::control::blackwell::{Discount, Stretch, stretches};
use exact_mdp::field::Ball;
use exact_mdp::number::Rational;
use exact_mdp::solved;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::arrays::owned;
use crate::error::analysis;
use crate::interrupt::run;
use crate::model::Model;
use crate::number::fraction;
use crate::pickle;
use crate::policy::Policy;

/// Fractions and balls may take long on any number of states.
const SLOW: usize = usize::MAX;

/// A model over exact fractions; numbers are `fractions.Fraction`.
///
/// >>> m = exact_mdp.bundled("two-state").exact()
/// >>> m.solve_policy().j
/// Fraction(405, 73)
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct ExactModel {
    model: Py<Model>,
}

impl ExactModel {
    /// Errors where rows are rounded, so that exact answers would be those of another model.
    pub fn new(model: &Bound<'_, Model>) -> PyResult<ExactModel> {
        model.get().model.exact_mdp().map_err(analysis)?;
        Ok(ExactModel {
            model: model.clone().unbind(),
        })
    }
}

fn solve<F: Arithmetic>(
    model: &Bound<'_, Model>,
    policy: Option<&Bound<'_, Policy>>,
) -> PyResult<solved::Solved<F>> {
    let own;
    let policy = match policy {
        Some(policy) => policy.get(),
        None => {
            own = Policy::own(model)?;
            &own
        }
    };
    let choice = policy.choice_on::<F>(model)?;
    let this = model.clone().unbind();
    let solve = move || this.get().model.over::<F>()?.solve(choice);
    run(model.py(), SLOW, solve)?.map_err(analysis)
}

#[pymethods]
impl ExactModel {
    /// A policy, solved exactly. Raises AnalysisError where its probabilities are no fractions, as
    /// those of a softmax are at most θ.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.exact().solve_policy(m.tabular([["1/3", "2/3"], [0, 1]])).v
    /// [Fraction(135, 16), Fraction(10, 1)]
    #[pyo3(signature = (policy=None))]
    fn solve_policy(
        &self,
        py: Python<'_>,
        policy: Option<&Bound<'_, Policy>>,
    ) -> PyResult<ExactSolved> {
        Ok(ExactSolved {
            solved: solve::<Rational>(self.model.bind(py), policy)?,
            model: self.model.clone_ref(py),
            policy: policy.map(|policy| policy.clone().unbind()),
        })
    }

    /// The optimal v*(s), as fractions [S].
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.exact().optimal_values()
    /// [Fraction(810, 91), Fraction(10, 1)]
    fn optimal_values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let model = self.model.clone_ref(py);
        let found = run(py, SLOW, move || model.get().model.exact()?.optimum())?;
        fractions(py, &found.map_err(analysis)?.v)
    }

    /// Which actions are optimal at which discount, whatever the model's own: a list of (from, to,
    /// [(state, action), …]) from discount 0 on. The last one is that of the Blackwell-optimal policies.
    ///
    /// An end is a Fraction, or a float where it is irrational. Raises AnalysisError beyond 60 states
    /// that act.
    ///
    /// >>> for low, high, optimal in exact_mdp.bundled("two-state").exact().by_discount():
    /// ...     print(low, high, optimal)
    /// 0 1 [('cold', 'heat'), ('hot', 'heat')]
    fn by_discount<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let this = self.model.clone_ref(py);
        let found = run(py, SLOW, move || {
            stretches(&this.get().model.gains().exact_mdp()?)
        })?;
        let model = &self.model.get().model;
        let stretch = |stretch: &Stretch| -> PyResult<_> {
            let names = stretch.optimal.iter().map(|&pair| {
                let (state, action) = model.space().pair_names(pair);
                (state.into_owned(), action.into_owned())
            });
            let ends = (discount(py, &stretch.from)?, discount(py, &stretch.to)?);
            Ok((ends.0, ends.1, names.collect::<Vec<_>>()))
        };
        let all = found.map_err(analysis)?;
        PyList::new(py, all.iter().map(stretch).collect::<PyResult<Vec<_>>>()?)
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        match other.cast::<ExactModel>() {
            Ok(other) => self.model.bind(py).eq(&other.get().model),
            Err(_) => Ok(false),
        }
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.model.bind(py).hash()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pickle::remade(py, "exact", (&self.model,))
    }

    fn __repr__(&self) -> String {
        format!("<ExactModel {}>", self.model.get().model.name())
    }
}

/// A Fraction, or a float where it is irrational.
fn discount<'py>(py: Python<'py>, discount: &Discount) -> PyResult<Bound<'py, PyAny>> {
    match discount.exact() {
        Some(exact) => fraction(py, exact),
        None => Ok(discount.to_f64().into_pyobject(py)?.into_any()),
    }
}

fn fractions<'py>(py: Python<'py>, values: &[Rational]) -> PyResult<Bound<'py, PyList>> {
    let each = values.iter().map(|x| fraction(py, x));
    PyList::new(py, each.collect::<PyResult<Vec<_>>>()?)
}

fn fraction_rows<'py>(
    py: Python<'py>,
    values: &nalgebra::DMatrix<Rational>,
) -> PyResult<Bound<'py, PyList>> {
    let row = |i| fractions(py, &values.row(i).iter().cloned().collect::<Vec<_>>());
    PyList::new(
        py,
        (0..values.nrows()).map(row).collect::<PyResult<Vec<_>>>()?,
    )
}

/// A policy solved over exact fractions: lists of `fractions.Fraction`.
///
/// Python's Fraction prints at most 4300 digits unless `sys.set_int_max_str_digits(0)` is called.
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct ExactSolved {
    solved: solved::Solved<Rational>,
    model: Py<Model>,
    policy: Option<Py<Policy>>,
}

#[pymethods]
impl ExactSolved {
    /// J.
    ///
    /// >>> x = exact_mdp.bundled("two-state").exact().solve_policy()
    /// >>> x.j
    /// Fraction(405, 73)
    #[getter]
    fn j<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        fraction(py, self.solved.j())
    }

    /// v(s) [S].
    ///
    /// >>> x = exact_mdp.bundled("two-state").exact().solve_policy()
    /// >>> x.v
    /// [Fraction(405, 73), Fraction(505, 73)]
    #[getter]
    fn v<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        fractions(py, self.solved.v())
    }

    /// q(s, a) [SA].
    ///
    /// >>> x = exact_mdp.bundled("two-state").exact().solve_policy()
    /// >>> x.q[0]
    /// Fraction(729, 146)
    #[getter]
    fn q<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        fractions(py, self.solved.q())
    }

    /// A(s, a) [SA].
    ///
    /// >>> x = exact_mdp.bundled("two-state").exact().solve_policy()
    /// >>> x.advantage[0]
    /// Fraction(-81, 146)
    #[getter]
    fn advantage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        fractions(py, self.solved.advantage())
    }

    /// ρ(s) [S].
    ///
    /// >>> x = exact_mdp.bundled("two-state").exact().solve_policy()
    /// >>> x.occupancy
    /// [Fraction(325, 73), Fraction(405, 73)]
    #[getter]
    fn occupancy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        fractions(py, self.solved.occupancy())
    }

    /// ∇J [d].
    ///
    /// >>> x = exact_mdp.bundled("two-state").exact().solve_policy()
    /// >>> x.gradient[0]
    /// Fraction(-26325, 21316)
    #[getter]
    fn gradient<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let solved = self.solved.clone();
        let gradient = run(py, SLOW, move || solved.gradient().map(<[_]>::to_vec))?;
        fractions(py, &gradient.map_err(analysis)?)
    }

    /// ∇v [S][d].
    ///
    /// >>> x = exact_mdp.bundled("two-state").exact().solve_policy()
    /// >>> len(x.jacobian), len(x.jacobian[0])
    /// (2, 4)
    #[getter]
    fn jacobian<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let solved = self.solved.clone();
        let jacobian = run(py, SLOW, move || solved.jacobian())?;
        fraction_rows(py, &jacobian.map_err(analysis)?)
    }

    /// ∇²J [d][d].
    ///
    /// >>> x = exact_mdp.bundled("two-state").exact().solve_policy()
    /// >>> len(x.hessian), len(x.hessian[0])
    /// (4, 4)
    #[getter]
    fn hessian<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let solved = self.solved.clone();
        let hessian = run(py, SLOW, move || solved.hessian())?;
        fraction_rows(py, &hessian.map_err(analysis)?)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pickle::remade(py, "exact_solved", (&self.model, self.policy.as_ref()))
    }

    fn __repr__(&self) -> String {
        format!(
            "<ExactSolved {}: J = {}>",
            self.solved.mdp().name(),
            self.solved.j()
        )
    }
}

/// A policy solved with proven bounds: every number with a bound on its absolute error.
///
/// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
/// >>> abs(c.j - 405 / 73) <= c.j_bound + 1e-15
/// True
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct CertifiedSolved {
    solved: solved::Solved<Ball>,
    model: Py<Model>,
    policy: Py<Policy>,
}

impl CertifiedSolved {
    pub fn new(model: &Bound<'_, Model>, policy: &Bound<'_, Policy>) -> PyResult<CertifiedSolved> {
        Ok(CertifiedSolved {
            solved: solve::<Ball>(model, Some(policy))?,
            model: model.clone().unbind(),
            policy: policy.clone().unbind(),
        })
    }
}

fn centers<'py>(py: Python<'py>, balls: &[Ball]) -> Bound<'py, PyArray1<f64>> {
    use exact_mdp::field::Field;
    owned(py, balls.iter().map(Field::to_f64).collect())
}

/// A bound on the error of a ball's center; infinite where nothing is known.
fn bound_of(ball: &Ball) -> f64 {
    use exact_mdp::field::Field;
    ball.certified().map_or(0.0, |(_, bound)| bound)
}

/// A bound on the error of `centers`, in the same order.
fn radii<'py>(py: Python<'py>, balls: &[Ball]) -> Bound<'py, PyArray1<f64>> {
    owned(py, balls.iter().map(bound_of).collect())
}

#[pymethods]
impl CertifiedSolved {
    /// J.
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> c.j
    /// 5.5479452054794525
    #[getter]
    fn j(&self) -> f64 {
        use exact_mdp::field::Field;
        self.solved.j().to_f64()
    }

    /// A bound on |j − J|.
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> 0 < c.j_bound < 1e-13
    /// True
    #[getter]
    fn j_bound(&self) -> f64 {
        bound_of(self.solved.j())
    }

    /// v(s), float64 [S].
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> c.v.shape
    /// (2,)
    #[getter]
    fn v<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        centers(py, self.solved.v())
    }

    /// Bounds on the errors of `v`, float64 [S].
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> bool((c.v_bound < 1e-13).all())
    /// True
    #[getter]
    fn v_bound<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        radii(py, self.solved.v())
    }

    /// q(s, a), float64 [SA].
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> c.q.shape
    /// (4,)
    #[getter]
    fn q<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        centers(py, self.solved.q())
    }

    /// Bounds on the errors of `q`, float64 [SA].
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> bool((c.q_bound < 1e-13).all())
    /// True
    #[getter]
    fn q_bound<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        radii(py, self.solved.q())
    }

    /// ρ(s), float64 [S].
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> float(c.occupancy.sum().round(9))
    /// 10.0
    #[getter]
    fn occupancy<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        centers(py, self.solved.occupancy())
    }

    /// Bounds on the errors of `occupancy`, float64 [S].
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> bool((c.occupancy_bound < 1e-13).all())
    /// True
    #[getter]
    fn occupancy_bound<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        radii(py, self.solved.occupancy())
    }

    /// ∇J, float64 [d].
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> c.gradient.shape
    /// (4,)
    #[getter]
    fn gradient<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let solved = self.solved.clone();
        let gradient = run(py, SLOW, move || solved.gradient().map(<[_]>::to_vec))?;
        Ok(centers(py, &gradient.map_err(analysis)?))
    }

    /// Bounds on the errors of `gradient`, float64 [d].
    ///
    /// >>> c = exact_mdp.bundled("two-state").solve_policy().certified()
    /// >>> bool((c.gradient_bound < 1e-13).all())
    /// True
    #[getter]
    fn gradient_bound<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let solved = self.solved.clone();
        let gradient = run(py, SLOW, move || solved.gradient().map(<[_]>::to_vec))?;
        Ok(radii(py, &gradient.map_err(analysis)?))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pickle::remade(py, "certified", (&self.model, &self.policy))
    }

    fn __repr__(&self) -> String {
        format!(
            "<CertifiedSolved {}: J = {} ± {:.1e}>",
            self.solved.mdp().name(),
            self.j(),
            self.j_bound()
        )
    }
}
