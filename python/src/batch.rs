//! Many policies on one model.

use std::sync::Arc;

use exact_mdp::batch;
use exact_mdp::policy::{Kind, Parametrization, Policy};
use numpy::ndarray::{Array1, Array2};
use numpy::{
    IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2,
    PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arrays::{floats, over_model, same_numbers, tied_parameters};
use crate::error::{self, analysis, argument};
use crate::interrupt::watched;
use crate::model::Model;
use crate::pickle;

/// J, v and ∇J of K policies, or of as many as were done before Ctrl-C.
///
/// >>> import numpy as np
/// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)))
/// >>> len(b), b.gradient.unstack().shape
/// (3, (3, 2, 2))
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Batch {
    model: Py<Model>,
    j: Py<PyArray1<f64>>,
    v: Py<PyArray2<f64>>,
    gradient: Option<Py<PyArray2<f64>>>,
    errors: Errors,
    interrupted: bool,
}

/// Bounds on J, on any value and on any entry of ∇J of each policy, where they were asked for.
type Errors = [Option<Py<PyArray1<f64>>>; 3];

impl Batch {
    pub fn new(
        model: &Bound<'_, Model>,
        thetas: &Bound<'_, PyAny>,
        asked: &batch::BatchOptions,
    ) -> PyResult<Batch> {
        let (py, mdp) = (model.py(), &model.get().mdp);
        let controller = controller(model)?;
        let (theta, policies) = match &controller {
            Some(controller) => spread(controller, thetas)?,
            None => flat(model, thetas)?,
        };
        let (shared, asked) = (Arc::clone(mdp), *asked);
        let (found, raised) = watched(py, move |watch| {
            batch::softmax_with(&shared, &theta, policies, &asked, &|| watch.look())
        })?;
        let found = match (found, raised) {
            (Ok(found), Some(raised)) if found.j.is_empty() => return Err(raised),
            (Ok(found), _) => found,
            (Err(error), _) => return Err(analysis(error)),
        };
        let done = found.j.len();
        let rows = |values: Vec<f64>, columns| {
            let array = Array2::from_shape_vec((done, columns), values);
            let array = array.expect("a number for each entry").into_pyarray(py);
            drop(array.readwrite().make_nonwriteable());
            array.unbind()
        };
        let each = |values: Vec<f64>| {
            let array = Array1::from_vec(values).into_pyarray(py);
            drop(array.readwrite().make_nonwriteable());
            array.unbind()
        };
        let errors = match found.errors {
            Some(errors) => [Some(errors.j), Some(errors.v), errors.gradient],
            None => [None, None, None],
        };
        let [of_j, of_v, of_gradient] = errors;
        let of_gradient = of_gradient.map(|errors| match &controller {
            Some(controller) => in_parameters(controller, errors),
            None => errors,
        });
        Ok(Batch {
            model: model.clone().unbind(),
            j: each(found.j),
            errors: [of_j, of_v, of_gradient].map(|errors| errors.map(each)),
            v: rows(found.v, mdp.states()),
            gradient: found.gradient.map(|gradient| match &controller {
                Some(controller) => rows(gathered(controller, &gradient), controller.parameters()),
                None => rows(gradient, mdp.pairs()),
            }),
            interrupted: done < policies,
        })
    }
}

type RestoredErrors<'py> = (
    Option<PyReadonlyArray1<'py, f64>>,
    Option<PyReadonlyArray1<'py, f64>>,
    Option<PyReadonlyArray1<'py, f64>>,
);

impl Batch {
    fn error(&self, py: Python<'_>, which: usize) -> Option<Py<PyArray1<f64>>> {
        Some(self.errors[which].as_ref()?.clone_ref(py))
    }
}

/// The controller of a partly seen model.
fn controller(model: &Bound<'_, Model>) -> PyResult<Option<Policy>> {
    let made = |own| Policy::from_specification(model.get().space(), own);
    let controller = model.get().model.controller().map(made);
    let controller = controller.transpose().map_err(error::policy)?;
    let by_nodes = |own: &Policy| {
        let own = own.parametrization();
        own.kind() == Kind::Controller || own.is_bounded()
    };
    if controller.as_ref().is_some_and(by_nodes) {
        return Err(argument(
            "batches are of one softmax for each thing that is known, and the model's own policy has laws of actions \
             and of nodes: take it with `nodes=` and without a policy of its own",
        ));
    }
    Ok(controller)
}

/// φ(s, a) of a pair: the parameters that it has a part in, and which.
fn features(controller: &Policy, pair: usize) -> impl Iterator<Item = (usize, f64)> {
    let row: Vec<(usize, f64)> = match controller.parametrization() {
        Parametrization::LogLinear(family) => {
            family.features.row(pair).map(|(i, x)| (i, *x)).collect()
        }
        Parametrization::Controller(family) => {
            family.parameters_of(pair).map(|i| (i, 1.0)).collect()
        }
        _ => Vec::new(),
    };
    row.into_iter()
}

/// θ of each pair of K policies, φ(s, a)·θ, from the parameters [K, d] or [K, O, A] of a controller; and K.
fn spread(controller: &Policy, thetas: &Bound<'_, PyAny>) -> PyResult<(Vec<f64>, usize)> {
    let given = floats(thetas, "thetas")?;
    let (theta, policies) = tied_parameters(&given, controller, "thetas", 1)?;
    let (d, pairs) = (controller.parameters(), controller.space().pairs());
    let mut all = Vec::with_capacity(policies * pairs);
    for k in 0..policies {
        let theta = &theta[k * d..(k + 1) * d];
        let at = |pair| {
            features(controller, pair)
                .map(|(i, x)| x * theta[i])
                .sum::<f64>()
        };
        all.extend((0..pairs).map(at));
    }
    Ok((all, policies))
}

/// ∇J by the parameters of a controller from that by pairs: Σ φ(s, a) ∂J/∂θ(s, a).
fn gathered(controller: &Policy, by_pair: &[f64]) -> Vec<f64> {
    let (d, pairs) = (controller.parameters(), controller.space().pairs());
    let policies = by_pair.len() / pairs.max(1);
    let mut all = vec![0.0; policies * d];
    for (k, row) in by_pair.chunks(pairs.max(1)).enumerate() {
        let own = &mut all[k * d..(k + 1) * d];
        for (pair, x) in row.iter().enumerate() {
            features(controller, pair).for_each(|(i, feature)| own[i] += feature * x);
        }
    }
    all
}

/// Bounds on entries of ∇J by the parameters of a controller from those by pairs: as many of them as go into one.
fn in_parameters(controller: &Policy, errors: Vec<f64>) -> Vec<f64> {
    let mut sizes = vec![0.0; controller.parameters()];
    for pair in 0..controller.space().pairs() {
        features(controller, pair).for_each(|(i, feature)| sizes[i] += feature.abs());
    }
    let most = sizes.into_iter().fold(0.0, f64::max);
    // and the rounding of the sums, which is below that of their terms
    errors
        .into_iter()
        .map(|error| 1.01 * most * error)
        .collect()
}

/// Parameters [K, SA] or [K, S, A], one policy after the other, and K.
fn flat(model: &Bound<'_, Model>, thetas: &Bound<'_, PyAny>) -> PyResult<(Vec<f64>, usize)> {
    let space = model.get().space();
    let array = floats(thetas, "thetas")?;
    let (states, actions, pairs) = (space.states(), space.actions(), space.pairs());
    match array.shape() {
        [policies, d] if *d == pairs => {
            // NumPy's own slice of a Fortran-ordered array lies column by column
            let view = array.as_array();
            let flat = match view.as_slice() {
                Some(slice) => slice.to_vec(),
                None => view.iter().copied().collect(),
            };
            Ok((flat, *policies))
        }
        [policies, s, a] if (*s, *a) == (states, actions) => {
            let view = array.as_array();
            let mut flat = Vec::with_capacity(policies * pairs);
            for k in 0..*policies {
                let at = |pair| view[[k, space.state_of(pair), space.action_of(pair)].as_slice()];
                flat.extend((0..pairs).map(at));
            }
            Ok((flat, *policies))
        }
        shape => Err(argument(format!(
            "the shape of thetas is {shape:?}; expected [K, {pairs}] or [K, {states}, {actions}]"
        ))),
    }
}

#[pymethods]
impl Batch {
    /// The model.
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)))
    /// >>> b.model
    /// <Model two-state: 2 states (0 terminal), 4 pairs, discounted, γ = 0.9>
    #[getter]
    fn model(&self, py: Python<'_>) -> Py<Model> {
        self.model.clone_ref(py)
    }

    /// J of each policy, float64 [K].
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)))
    /// >>> b.j.round(6).tolist()
    /// [5.547945, 5.547945, 5.547945]
    #[getter]
    fn j(&self, py: Python<'_>) -> Py<PyArray1<f64>> {
        self.j.clone_ref(py)
    }

    /// v of each policy, float64 [K, S].
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)))
    /// >>> b.v.shape
    /// (3, 2)
    #[getter]
    fn v(&self, py: Python<'_>) -> Py<PyArray2<f64>> {
        self.v.clone_ref(py)
    }

    /// ∇J of each policy, float64 [K, SA]; `.unstack()` gives [K, S, A]. Of a partly seen model [K, d]. None
    /// with `gradient=False`.
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)))
    /// >>> b.gradient.shape, b.gradient.unstack().shape
    /// ((3, 4), (3, 2, 2))
    #[getter]
    fn gradient<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let gradient = self.gradient.as_ref();
        // parameters of a controller are not those of pairs
        let model = match self.model.get().model.controller() {
            Some(_) => py.None(),
            None => self.model.clone_ref(py).into_any(),
        };
        let over =
            |gradient: &Py<PyArray2<f64>>| over_model(gradient.bind(py).as_any(), model.bind(py));
        gradient.map(over).transpose()
    }

    /// What rounding may have done to J of each policy, at most, float64 [K]; None without `errors=True`.
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)), errors=True)
    /// >>> bool((b.j_error < 1e-12).all())
    /// True
    #[getter]
    fn j_error(&self, py: Python<'_>) -> Option<Py<PyArray1<f64>>> {
        self.error(py, 0)
    }

    /// The same of any value of a policy.
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)), errors=True)
    /// >>> bool((b.value_error < 1e-12).all())
    /// True
    #[getter]
    fn value_error(&self, py: Python<'_>) -> Option<Py<PyArray1<f64>>> {
        self.error(py, 1)
    }

    /// The same of any entry of ∇J of a policy; None with `gradient=False` too.
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)), errors=True)
    /// >>> bool((b.gradient_error < 1e-12).all())
    /// True
    #[getter]
    fn gradient_error(&self, py: Python<'_>) -> Option<Py<PyArray1<f64>>> {
        self.error(py, 2)
    }

    /// Whether Ctrl-C ended the run; the policies are then the first of those that were asked for.
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)))
    /// >>> b.interrupted
    /// False
    #[getter]
    fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// Flat columns, one entry for each policy: policy, j.
    ///
    /// >>> import numpy as np
    /// >>> b = exact_mdp.bundled("two-state").batch(np.zeros((3, 4)))
    /// >>> list(b.to_dict())
    /// ['policy', 'j']
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        let numbers = (0..self.j.bind(py).len() as i64).collect::<Array1<i64>>();
        columns.set_item("policy", numbers.into_pyarray(py))?;
        columns.set_item("j", &self.j)?;
        Ok(columns)
    }

    /// The number of policies.
    fn __len__(&self, py: Python<'_>) -> usize {
        self.j.bind(py).len()
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Batch>() else {
            return Ok(false);
        };
        let (py, this, other) = (slf.py(), slf.get(), other.get());
        let gradients = match (&this.gradient, &other.gradient) {
            (Some(a), Some(b)) => same_numbers(a.bind(py), b.bind(py))?,
            (None, None) => true,
            _ => false,
        };
        Ok(gradients
            && this.model.bind(py).eq(&other.model)?
            && same_numbers(this.v.bind(py), other.v.bind(py))?)
    }

    fn __hash__(&self, py: Python<'_>) -> usize {
        self.j.bind(py).len()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let cut = if self.interrupted {
            ", interrupted"
        } else {
            ""
        };
        format!("<Batch of {} policies{cut}>", self.j.bind(py).len())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let gradient = self.gradient.as_ref();
        let [j, v, of_gradient] = &self.errors;
        let errors = (j.as_ref(), v.as_ref(), of_gradient.as_ref());
        let cut = self.interrupted;
        let parts = (&self.model, &self.j, &self.v, gradient, errors, cut);
        pickle::restored::<Batch>(py, parts)
    }

    /// A batch from the parts of `__reduce__`; for pickle.
    #[staticmethod]
    fn _restored(
        model: Py<Model>,
        j: PyReadonlyArray1<'_, f64>,
        v: PyReadonlyArray2<'_, f64>,
        gradient: Option<PyReadonlyArray2<'_, f64>>,
        errors: RestoredErrors<'_>,
        interrupted: bool,
    ) -> Batch {
        let (of_j, of_v, of_gradient) = errors;
        let kept = |errors: Option<PyReadonlyArray1<'_, f64>>| {
            errors.map(|errors| (*errors).clone().unbind())
        };
        Batch {
            model,
            j: (*j).clone().unbind(),
            v: (*v).clone().unbind(),
            gradient: gradient.map(|gradient| (*gradient).clone().unbind()),
            errors: [kept(of_j), kept(of_v), kept(of_gradient)],
            interrupted,
        }
    }
}
