//! Policies of a model.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyMapping;

use super::Model;
use crate::given;
use crate::policy::Policy;

#[pymethods]
impl Model {
    /// The tabular softmax policy π ∝ exp(θ/τ); θ is flat [SA] or [S, A], 0 unless given. Of a partly seen
    /// model it is the controller's, which knows what is seen and no more: θ is [d], or [O, A] with a row for each
    /// thing that is known (`m.softmax().parameters` names them).
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.softmax([0, 1, 0, 0]).probabilities.round(3).tolist()
    /// [0.269, 0.731, 0.5, 0.5]
    #[pyo3(signature = (theta=None, temperature=None))]
    fn softmax(
        slf: &Bound<'_, Self>,
        theta: Option<&Bound<'_, PyAny>>,
        temperature: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Policy> {
        Policy::softmax(slf, theta, temperature)
    }

    /// The policy with these probabilities, flat [SA] or [S, A], on the product of simplices.
    ///
    /// Fractions and texts are kept unrounded. `parametrization` may be "simplex", "direct" or
    /// "softmax" (then θ = τ log π). Of a partly seen model it is a policy that sees the states.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.tabular([[0.5, 0.5], ["1/3", "2/3"]])
    /// <Policy simplex of 4 parameters>
    #[pyo3(signature = (probabilities, parametrization="simplex"))]
    fn tabular(
        slf: &Bound<'_, Self>,
        probabilities: &Bound<'_, PyAny>,
        parametrization: &str,
    ) -> PyResult<Policy> {
        Policy::tabular(slf, probabilities, parametrization)
    }

    /// The log-linear policy π ∝ exp(θ·φ/τ); features are [SA, d] or [S, A, d], θ is [d].
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.linear([[1], [0], [1], [0]], [0.5]).probabilities.shape
    /// (4,)
    #[pyo3(signature = (features, theta=None, *, temperature=None, names=None))]
    fn linear(
        slf: &Bound<'_, Self>,
        features: &Bound<'_, PyAny>,
        theta: Option<&Bound<'_, PyAny>>,
        temperature: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = given::names)] names: Option<Vec<String>>,
    ) -> PyResult<Policy> {
        Policy::linear(slf, features, theta, temperature, names)
    }

    /// The uniform policy: softmax at θ = 0, tabular, of a game one for each player or, of a partly seen model, the
    /// controller's.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.uniform().probabilities.tolist()
    /// [0.5, 0.5, 0.5, 0.5]
    fn uniform(slf: &Bound<'_, Self>) -> PyResult<Policy> {
        Policy::uniform(slf)
    }

    /// The softmax whose θ are standard normal, drawn from a seed: tabular or, of a partly seen model,
    /// the controller's.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.random(7) == m.random(7), m.random(7) == m.random(8)
    /// (True, False)
    #[pyo3(signature = (seed=0))]
    fn random(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = given::seed)] seed: u64,
    ) -> PyResult<Policy> {
        Policy::random(slf, seed)
    }

    /// An optimal deterministic policy; of a partly seen model one that sees the states, a bound. Under a horizon it has a rule for each time: it is a policy
    /// of `m.in_time()`, and `m.solve_policy` solves it there.
    ///
    /// >>> m = exact_mdp.bundled("inventory-finite-horizon")
    /// >>> abs(m.solve_policy(m.optimal()).j - m.optimum().j) < 1e-9
    /// True
    fn optimal(slf: &Bound<'_, Self>) -> PyResult<Policy> {
        Policy::optimal(slf)
    }

    /// The policy that the file carries under `policy:`, else the uniform one.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> m.own_policy()
    /// <Policy softmax of 4 parameters>
    fn own_policy(slf: &Bound<'_, Self>) -> PyResult<Policy> {
        Policy::own(slf)
    }

    /// The policy of a file: what stands under `policy:` in a model, alone, in YAML or JSON; or a
    /// report of the program, which holds one; or a mapping of what would stand there, with numbers or texts such as
    /// "1/3". Raises ModelError with all that is wrong.
    ///
    /// >>> m = exact_mdp.bundled("two-state")
    /// >>> thirds = {"cold": {"wait": "1/3", "heat": "2/3"}, "hot": {"wait": 1}}
    /// >>> m.load_policy({"parametrization": "simplex", "probabilities": thirds}).probabilities.round(3).tolist()
    /// [0.333, 0.667, 1.0, 0.0]
    /// >>> exact_mdp.bundled("two-state").load_policy("no-such.yaml")
    /// Traceback (most recent call last):
    ///     ...
    /// exact_mdp.ModelError: no-such.yaml: cannot read the file: No such file or directory (os error 2)
    fn load_policy(slf: &Bound<'_, Self>, path: &Bound<'_, PyAny>) -> PyResult<Policy> {
        if let Ok(mapping) = path.cast::<PyMapping>() {
            let arrays = slf.py().import("exact_mdp._arrays")?;
            let text: String = arrays.call_method1("described", (mapping,))?.extract()?;
            return Policy::described(slf, &text);
        }
        Policy::load(slf, &path.extract::<PathBuf>()?)
    }
}
