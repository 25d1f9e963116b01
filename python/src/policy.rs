//! Policies.

mod making;
pub mod parts;
mod told;

use std::sync::Arc;

use exact_mdp::policy::{self, Specification};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use self::told::{Named, Source};
use crate::arrays::{borrowed, is_by_pair, over_model, over_pairs, owned};
use crate::model::Model;
use crate::number::number;
use crate::pickle;

/// A policy of a model: probabilities over the actions of each state, and parameters θ.
///
/// Made by `Model.softmax`, `tabular`, `linear`, `uniform`, `random`, `optimal`; it never changes.
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Policy {
    pub policy: Arc<policy::Policy>,
    pub model: Py<Model>,
    source: Source,
}

impl Policy {
    fn of(model: &Bound<'_, Model>, policy: policy::Policy, source: Source) -> Policy {
        Policy {
            policy: Arc::new(policy),
            model: model.clone().unbind(),
            source,
        }
    }
}

#[pymethods]
impl Policy {
    /// The model.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.model
    /// <Model two-state: 2 states (0 terminal), 4 pairs, discounted, γ = 0.9>
    #[getter]
    fn model(&self, py: Python<'_>) -> Py<Model> {
        self.model.clone_ref(py)
    }

    /// "softmax", "simplex", "direct", "log-linear", "escort", "gaussian" or, of a game of several players, "factored".
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.parametrization
    /// 'softmax'
    #[getter]
    fn parametrization(&self) -> &'static str {
        self.policy.parametrization().name()
    }

    /// π(a|s), float64 [SA].
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.probabilities.shape, pi.probabilities.unstack().shape
    /// ((4,), (2, 2))
    #[getter]
    fn probabilities<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let model = slf.get().model.bind(slf.py()).as_any();
        over_pairs(
            slf.get().policy.probabilities(),
            slf.clone().into_any(),
            model,
        )
    }

    /// θ, float64 [d]; None where it is not finite.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.theta.tolist()
    /// [0.0, 1.0, 0.0, 0.0]
    #[getter]
    fn theta<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let this = slf.get();
        let Some(theta) = this.policy.theta() else {
            return Ok(None);
        };
        let array = borrowed(theta, slf.clone().into_any());
        let none = slf.py().None();
        let model = if is_by_pair(&this.policy) {
            this.model.bind(slf.py()).as_any()
        } else {
            none.bind(slf.py())
        };
        over_model(array.as_any(), model).map(Some)
    }

    /// The names of the parameters, in order.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.parameters[0]
    /// 'theta[cold,wait]'
    #[getter]
    fn parameters(&self) -> Vec<String> {
        self.policy.labels()
    }

    /// The same parametrization at other parameters θ: [d], or [S, A] where each pair has its own.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.with_theta([0, 0, 0, 0]).probabilities.tolist()
    /// [0.5, 0.5, 0.5, 0.5]
    fn with_theta(slf: &Bound<'_, Self>, theta: &Bound<'_, PyAny>) -> PyResult<Policy> {
        Policy::moved(slf, theta)
    }

    /// The mixture (1 − ε) π + ε · uniform.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.mixed("1/10").probabilities.round(3).tolist()
    /// [0.292, 0.708, 0.5, 0.5]
    fn mixed(slf: &Bound<'_, Self>, epsilon: &Bound<'_, PyAny>) -> PyResult<Policy> {
        let specification = Specification {
            mix: Some(number(epsilon)?),
            ..slf.get().written()
        };
        Policy::specified(slf.get().model.bind(slf.py()), specification)
    }

    /// Flat columns, one entry for each pair: state, action, probability.
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> list(pi.to_dict())
    /// ['state', 'action', 'probability']
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = crate::arrays::pair_columns(py, self.policy.space())?;
        columns.set_item(
            "probability",
            owned(py, self.policy.probabilities().to_vec()),
        )?;
        Ok(columns)
    }

    /// The picture of π(a|s).
    ///
    /// >>> pi = exact_mdp.bundled("two-state").softmax([0, 1, 0, 0])
    /// >>> pi.plot()
    /// <Picture: π(a|s) of every action in every state>
    fn plot<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        pickle::picture(slf.as_any(), "policy")
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "policy")
    }

    /// The number of parameters.
    fn __len__(&self) -> usize {
        self.policy.parameters()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let Ok(other) = other.cast::<Policy>() else {
            return false;
        };
        let (a, b) = (&self.policy, &other.get().policy);
        a.parametrization() == b.parametrization()
            && a.mix() == b.mix()
            && a.theta() == b.theta()
            && a.probabilities() == b.probabilities()
    }

    fn __hash__(&self) -> u64 {
        let bits = self
            .policy
            .probabilities()
            .iter()
            .map(|x| (x + 0.0).to_bits());
        bits.fold(0, |hash: u64, x| hash.rotate_left(5) ^ x)
    }

    fn __repr__(&self) -> String {
        format!(
            "<Policy {} of {} parameters>",
            self.policy.parametrization().name(),
            self.policy.parameters()
        )
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let this = slf.get();
        let model = this.model.clone_ref(py);
        let arguments = match &this.source {
            Source::Named(Named::Uniform) => (model, "uniform", py.None()),
            Source::Named(Named::Own) => (model, "own", py.None()),
            Source::Named(Named::Optimal) => (model, "optimal", py.None()),
            Source::Named(Named::Random(seed)) => {
                (model, "random", seed.into_pyobject(py)?.into_any().unbind())
            }
            Source::Specified(s) => (model, "specified", parts::of(py, s)?),
            Source::Floats => (model, "specified", parts::of(py, &this.written())?),
        };
        pickle::remade(py, "policy", arguments)
    }

    /// A policy from the parts of `__reduce__`; for pickle.
    #[staticmethod]
    fn _specified(
        model: &Bound<'_, Model>,
        kind: &str,
        numbers_of: [Option<Vec<String>>; 5],
        features: Option<parts::FeatureTexts>,
        players: Option<Vec<(Bound<'_, PyAny>, bool)>>,
        controller: Option<parts::ControllerParts>,
    ) -> PyResult<Policy> {
        let parts = (kind, numbers_of, features, players, controller);
        Policy::specified(model, parts::read(parts)?)
    }
}
