//! Trajectories as arrays.

use exact_mdp::mdp::Space;
use exact_mdp::trajectory::Record;
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::arrays::{borrowed, owned};
use crate::pickle;

/// An array of whole numbers.
type Whole<'py> = PyReadonlyArray1<'py, i64>;

/// Trajectories one after the other, the very ones that `compare` accumulates: trajectory i is a
/// function of the seed and i.
///
/// Steps of trajectory i are `start[i]:start[i + 1]` in the other arrays.
///
/// >>> sample = exact_mdp.bundled("retry-loop").solve_policy().sample(3, seed=1)
/// >>> len(sample), sample.states.shape == sample.rewards.shape
/// (3, True)
#[pyclass(frozen, module = "exact_mdp", weakref)]
#[derive(Clone, PartialEq)]
pub struct Sample {
    states: Vec<i64>,
    actions: Vec<i64>,
    next_states: Vec<i64>,
    rewards: Vec<f64>,
    start: Vec<i64>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
    died: bool,
}

impl Sample {
    /// From the library's record of trajectories of at most `cut` steps.
    pub fn new(record: Record, space: &Space, horizon: Option<usize>) -> Sample {
        let steps = record.pairs.len();
        let (mut terminated, mut truncated) = (vec![false; steps], vec![false; steps]);
        let states = space.states();
        let mut died = false;
        for ends in record.start.windows(2).filter(|ends| ends[1] > ends[0]) {
            let last = ends[1] - 1;
            let next = record.next[last];
            died |= next == states;
            let over = next == states || space.is_terminal(next);
            terminated[last] = over || horizon == Some(ends[1] - ends[0]);
            truncated[last] = !terminated[last];
        }
        let whole = |x: usize| x as i64;
        let pairs = record.pairs.iter();
        Sample {
            states: pairs.clone().map(|&p| whole(space.state_of(p))).collect(),
            actions: pairs.map(|&p| whole(space.action_of(p))).collect(),
            next_states: record
                .next
                .iter()
                .map(|&s| if s == states { -1 } else { whole(s) })
                .collect(),
            rewards: record.rewards,
            start: record.start.into_iter().map(whole).collect(),
            terminated,
            truncated,
            died,
        }
    }
}

#[pymethods]
impl Sample {
    /// Sₜ, int64 [steps], as positions in `model.states`.
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> a.states.shape
    /// (6,)
    #[getter]
    fn states<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<i64>> {
        borrowed(&slf.get().states, slf.clone().into_any())
    }

    /// Aₜ, int64 [steps], as positions in `model.actions`.
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> a.actions.shape
    /// (6,)
    #[getter]
    fn actions<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<i64>> {
        borrowed(&slf.get().actions, slf.clone().into_any())
    }

    /// Rₜ, float64 [steps].
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> a.rewards.shape
    /// (6,)
    #[getter]
    fn rewards<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<f64>> {
        borrowed(&slf.get().rewards, slf.clone().into_any())
    }

    /// Sₜ₊₁, int64 [steps]; −1 where a trajectory of `geometric=True` died.
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> a.next_states.shape
    /// (6,)
    #[getter]
    fn next_states<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<i64>> {
        borrowed(&slf.get().next_states, slf.clone().into_any())
    }

    /// Whether the episode is over after the step, bool [steps]: a terminal state, the model's
    /// horizon, or death.
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> a.terminated.tolist()
    /// [False, False, False, False, False, False]
    #[getter]
    fn terminated<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<bool>> {
        borrowed(&slf.get().terminated, slf.clone().into_any())
    }

    /// Whether the trajectory was cut after the step although it goes on, bool [steps].
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> a.truncated.tolist()
    /// [False, True, False, True, False, True]
    #[getter]
    fn truncated<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<bool>> {
        borrowed(&slf.get().truncated, slf.clone().into_any())
    }

    /// Where each trajectory starts in the other arrays, int64 [trajectories + 1].
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> a.start.tolist()
    /// [0, 2, 4, 6]
    #[getter]
    fn start<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyArray1<i64>> {
        borrowed(&slf.get().start, slf.clone().into_any())
    }

    /// Steps of each trajectory, int64 [trajectories]; 0 for one that starts in a terminal state.
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> a.lengths.tolist()
    /// [2, 2, 2]
    #[getter]
    fn lengths<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let lengths = self.start.windows(2).map(|ends| ends[1] - ends[0]);
        owned(py, lengths.collect())
    }

    /// Σₜ γᵗRₜ of each trajectory, float64 [trajectories]; γ of the model is `model.discount`.
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> a.returns(0.9).shape
    /// (3,)
    fn returns<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = crate::given::discount)] discount: f64,
    ) -> Bound<'py, PyArray1<f64>> {
        let sum = |ends: &[i64]| {
            let rewards = &self.rewards[ends[0] as usize..ends[1] as usize];
            rewards.iter().rev().fold(0.0, |sum, r| r + discount * sum)
        };
        owned(py, self.start.windows(2).map(sum).collect())
    }

    /// Flat columns, one entry for each step: trajectory, time, state, action, reward, next_state,
    /// terminated, truncated.
    ///
    /// >>> a = exact_mdp.bundled("two-state").solve_policy().sample(3, seed=1, truncation=2)
    /// >>> list(a.to_dict())[:4]
    /// ['trajectory', 'time', 'state', 'action']
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (mut trajectories, mut times) = (Vec::new(), Vec::new());
        for (i, ends) in self.start.windows(2).enumerate() {
            let steps = ends[1] - ends[0];
            trajectories.extend((0..steps).map(|_| i as i64));
            times.extend(0..steps);
        }
        let columns = PyDict::new(py);
        columns.set_item("trajectory", owned(py, trajectories))?;
        columns.set_item("time", owned(py, times))?;
        columns.set_item("state", owned(py, self.states.clone()))?;
        columns.set_item("action", owned(py, self.actions.clone()))?;
        columns.set_item("reward", owned(py, self.rewards.clone()))?;
        columns.set_item("next_state", owned(py, self.next_states.clone()))?;
        columns.set_item("terminated", owned(py, self.terminated.clone()))?;
        columns.set_item("truncated", owned(py, self.truncated.clone()))?;
        Ok(columns)
    }

    /// The number of trajectories.
    fn __len__(&self) -> usize {
        self.start.len() - 1
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let other = other.cast::<Sample>();
        other.is_ok_and(|other| *other.get() == *self)
    }

    fn __hash__(&self) -> usize {
        self.states.len()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let steps = (
            owned(py, self.states.clone()),
            owned(py, self.actions.clone()),
            owned(py, self.next_states.clone()),
        );
        let flags = (
            owned(py, self.terminated.clone()),
            owned(py, self.truncated.clone()),
        );
        let rest = (
            owned(py, self.rewards.clone()),
            owned(py, self.start.clone()),
            self.died,
        );
        pickle::restored::<Sample>(py, (steps, flags, rest))
    }

    /// Trajectories from the parts of `__reduce__`; for pickle.
    #[staticmethod]
    fn _restored(
        steps: (Whole<'_>, Whole<'_>, Whole<'_>),
        flags: (PyReadonlyArray1<'_, bool>, PyReadonlyArray1<'_, bool>),
        rest: (PyReadonlyArray1<'_, f64>, Whole<'_>, bool),
    ) -> Sample {
        Sample {
            states: steps.0.as_array().to_vec(),
            actions: steps.1.as_array().to_vec(),
            next_states: steps.2.as_array().to_vec(),
            rewards: rest.0.as_array().to_vec(),
            start: rest.1.as_array().to_vec(),
            terminated: flags.0.as_array().to_vec(),
            truncated: flags.1.as_array().to_vec(),
            died: rest.2,
        }
    }

    fn __repr__(&self) -> String {
        let died = if self.died { ", some died" } else { "" };
        format!(
            "<Sample of {} trajectories, {} steps{died}>",
            self.start.len() - 1,
            self.states.len()
        )
    }
}
