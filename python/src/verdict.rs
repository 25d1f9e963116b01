//! What `Solved.judge` says.

use exact_mdp::estimator::{Estimator, Psi};
use exact_mdp::judge::{self, Formula, Given, GivenError, LawOf, SampleOptions, TrajectoryOptions};
use exact_mdp::report::{
    FormulaReport, JudgeReport, Quantity, Report, SampleReport, TrajectoryReport,
};
use numpy::PyUntypedArrayMethods;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::arrays::floats;
use crate::asked::{Asked, Kind};
use crate::error::{analysis, given};
use crate::estimators::critic_of;
use crate::mine::{check_digits, columns, read};
use crate::pickle;
use crate::solved::{Solved, ask_at_length};

/// Numbers of one's own held against the exact ones: truthy where they are right, or consistent.
///
/// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
/// >>> bool(s.judge(gradient=s.gradient)), s.judge(gradient=-s.gradient).diagnosis
/// (True, 'sign')
#[pyclass(frozen, module = "exact_mdp", weakref)]
pub struct Verdict {
    good: bool,
    sentence: String,
    json: String,
    report: PyOnceLock<Py<PyDict>>,
}

impl Verdict {
    fn new(verdict: judge::Verdict, sentence: String, report: &impl Report) -> Verdict {
        Verdict {
            good: verdict.is_good(),
            sentence,
            json: serde_json::to_string(&report.entries()).expect("plain data"),
            report: PyOnceLock::new(),
        }
    }

    /// Judges a gradient, of J or of J with the entropy in the rewards; float32 arrays are judged to their own
    /// precision.
    pub fn of_gradient(
        solved: &Bound<'_, Solved>,
        mine: &Bound<'_, PyAny>,
        asked: &Asked<'_, '_>,
    ) -> PyResult<Verdict> {
        asked.check()?;
        asked.check_beside(Kind::Gradient)?;
        let (read, precision) = read(mine, "gradient")?;
        let this = &solved.get().solved;
        let numbers = read.parameters(this.policy()).map_err(given)?;
        let alpha = asked.alpha(solved);
        let entropy = asked
            .entropy
            .as_ref()
            .map(|alpha| Quantity::from(alpha.to_f64()));
        let objective = Asked::objective(solved);
        let judged = ask_at_length(solved, move |this| {
            let judged = match alpha {
                Some(alpha) => judge::soft_gradient(this, alpha, &numbers, precision)?,
                None => judge::gradient(this, &numbers, precision)?,
            };
            let report = JudgeReport::new(this, objective, &numbers, &judged);
            Ok(JudgeReport { entropy, ..report })
        })?;
        let report = judged.map_err(analysis)?;
        Ok(Verdict::new(report.verdict, report.sentence(), &report))
    }

    /// Judges an array that should be what a formula says.
    pub fn of_formula(
        solved: &Bound<'_, Solved>,
        name: &str,
        mine: &Bound<'_, PyAny>,
        asked: &Asked<'_, '_>,
    ) -> PyResult<Verdict> {
        asked.check()?;
        let formula: Formula = name.parse().map_err(analysis)?;
        asked.check_beside(Kind::Formula(formula))?;
        let (read, precision) = read(mine, name)?;
        let this = &solved.get().solved;
        let numbers = read.along(formula.axes(), this.policy()).map_err(given)?;
        let usual = Estimator::new(Psi::RewardToGo);
        let law = LawOf {
            estimator: asked.named(solved)?.unwrap_or(usual),
            sampling: solved.get().sampling(asked.truncation, false)?,
        };
        let objective = Asked::objective(solved);
        let judged = ask_at_length(solved, move |this| {
            let judged = judge::formula(this, formula, &law, &numbers, precision)?;
            let named = Some(law.estimator.to_string());
            Ok(FormulaReport::new(
                this, objective, formula, named, &numbers, &judged,
            ))
        })?;
        let report = judged.map_err(analysis)?;
        Ok(Verdict::new(report.verdict, report.sentence(), &report))
    }

    /// Judges estimates, a row for each trajectory or mean of `batch` trajectories.
    pub fn of_samples(
        solved: &Bound<'_, Solved>,
        mine: &Bound<'_, PyAny>,
        asked: &Asked<'_, '_>,
    ) -> PyResult<Verdict> {
        asked.check()?;
        asked.check_beside(Kind::Samples)?;
        check_digits(mine, "samples")?;
        let array = floats(mine, "samples")?;
        let values: Vec<f64> = array.as_array().iter().copied().collect();
        let read = Given::array(array.shape().to_vec(), values);
        let (named, batch) = (asked.named(solved)?, asked.batch);
        let summed = ask_at_length(solved, move |this| judge::sample_of(&read, this.policy()));
        let sample = summed?.map_err(given)?;
        if sample.rows() < 2 {
            let found = sample.rows();
            return Err(given(GivenError::FewRows { found }));
        }
        let options = SampleOptions {
            named: named.clone(),
            batch,
            false_alarm: asked.rate(),
            sampling: solved.get().sampling(asked.truncation, false)?,
            behavior: asked.actor(solved)?,
            baseline: asked.baseline(solved)?,
        };
        let objective = Asked::objective(solved);
        let judged = ask_at_length(solved, move |this| {
            let judged = judge::samples(this, &sample, &options)?;
            let (named, size) = (named.map(|e| e.to_string()), (sample.rows(), batch));
            Ok(SampleReport::new(this, objective, named, size, &judged))
        })?;
        let report = judged.map_err(analysis)?;
        Ok(Verdict::new(report.verdict, report.sentence(), &report))
    }

    /// Judges trajectories, and what is made of them.
    pub fn of_trajectories(
        solved: &Bound<'_, Solved>,
        mine: &Bound<'_, PyAny>,
        asked: &Asked<'_, '_>,
    ) -> PyResult<Verdict> {
        asked.check()?;
        asked.check_beside(Kind::Trajectories)?;
        let columns = columns(mine)?;
        let asked_of = columns.clone();
        let read = ask_at_length(solved, move |this| {
            asked_of.trajectories(this.mdp().space())
        });
        let read = read?.map_err(given)?;
        let options = TrajectoryOptions {
            named: asked.named(solved)?,
            critic: critic_of(solved, asked.critic)?.unwrap_or_default(),
            baseline: asked.baseline(solved)?,
            entropy: asked.alpha(solved),
            behavior: asked.actor(solved)?,
            false_alarm: asked.rate(),
        };
        read.check(&options).map_err(given)?;
        let objective = Asked::objective(solved);
        let judged = ask_at_length(solved, move |this| {
            let judged = judge::trajectories(this, &read, &options)?;
            let judged = judged.with_axes(this, &columns, &options);
            let named = options.named.as_ref().map(Estimator::to_string);
            Ok(TrajectoryReport::new(this, objective, named, &judged))
        })?;
        let report = judged.map_err(analysis)?;
        Ok(Verdict::new(report.verdict, report.sentence(), &report))
    }

    fn decision<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.entry(py, "decision")? {
            Some(decision) => decision.get_item(key).map(Some),
            None => Ok(None),
        }
    }

    fn entry<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.report(py)?.get_item(key)?.filter(|x| !x.is_none()))
    }
}

#[pymethods]
impl Verdict {
    /// "right", "wrong", "consistent", "inconsistent" or "cannot be told".
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> verdict = s.judge(gradient=-s.gradient)
    /// >>> verdict.verdict
    /// 'wrong'
    #[getter]
    fn verdict<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.entry(py, "verdict")
    }

    /// The verdict in one sentence.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> verdict = s.judge(gradient=-s.gradient)
    /// >>> verdict.sentence
    /// 'wrong: sign, action-reversed and permuted explain it equally well'
    #[getter]
    fn sentence(&self) -> &str {
        &self.sentence
    }

    /// To how many decimal digits of their largest entry the numbers agree, 0 to 16; None of
    /// trajectories without numbers.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> verdict = s.judge(gradient=-s.gradient)
    /// >>> verdict.digits
    /// 0
    #[getter]
    fn digits<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.entry(py, "digits")
    }

    /// max |given − exact|; None of trajectories without numbers.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> verdict = s.judge(gradient=-s.gradient)
    /// >>> verdict.largest_difference > 0
    /// True
    #[getter]
    fn largest_difference<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.entry(py, "largest_difference")
    }

    /// The p-value that the verdict on samples rests on; None of anything else, and where nothing is tested.
    ///
    /// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    /// >>> verdict = s.judge(samples=[[0.0] * 4] * 5000, estimator="q")
    /// >>> verdict.p_value < 1e-4, verdict.decided_by
    /// (True, 'the mean, by its exact covariance')
    #[getter]
    fn p_value<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.decision(py, "p_value")
    }

    /// Of which test `p_value` is.
    ///
    /// >>> s = exact_mdp.bundled("retry-loop").solve_policy()
    /// >>> s.judge(gradient=s.gradient).decided_by
    #[getter]
    fn decided_by<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.decision(py, "of")
    }

    /// The name of the mistake that explains the numbers best, or None.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> verdict = s.judge(gradient=-s.gradient)
    /// >>> verdict.diagnosis
    /// 'sign'
    #[getter]
    fn diagnosis<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let all = self.diagnoses(py)?;
        if all.is_empty() {
            return Ok(None);
        }
        all.get_item(0)?.get_item("name").map(Some)
    }

    /// All mistakes that explain the numbers equally well: dicts of name, scale, residual and says.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> verdict = s.judge(gradient=-s.gradient)
    /// >>> verdict.diagnoses[0]["name"]
    /// 'sign'
    #[getter]
    fn diagnoses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        match self.entry(py, "diagnoses")? {
            Some(all) => Ok(all.cast_into::<PyList>()?),
            None => Ok(PyList::empty(py)),
        }
    }

    /// Everything that `exact-mdp judge --format json` says, as a dict.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> verdict = s.judge(gradient=-s.gradient)
    /// >>> verdict.report["verdict"]
    /// 'wrong'
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let read = || {
            let json = py.import("json")?;
            let report = json.call_method1("loads", (&self.json,))?;
            Ok::<_, PyErr>(report.cast_into::<PyDict>()?.unbind())
        };
        Ok(self.report.get_or_try_init(py, read)?.bind(py).clone())
    }

    /// Flat columns, one entry for each diagnosis: name, scale, residual, says.
    ///
    /// >>> s = exact_mdp.bundled("two-state").solve_policy()
    /// >>> verdict = s.judge(gradient=-s.gradient)
    /// >>> list(verdict.to_dict())
    /// ['name', 'scale', 'residual', 'says']
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (columns, all) = (PyDict::new(py), self.diagnoses(py)?);
        for key in ["name", "scale", "residual", "says"] {
            let each = all.iter().map(|entry| entry.get_item(key));
            columns.set_item(key, each.collect::<PyResult<Vec<_>>>()?)?;
        }
        Ok(columns)
    }

    fn __bool__(&self) -> bool {
        self.good
    }

    fn __repr__(&self) -> String {
        format!("<Verdict {}>", self.sentence)
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        pickle::html(slf.as_any(), "verdict")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pickle::restored::<Verdict>(py, (self.good, &self.sentence, &self.json))
    }

    /// A verdict from the parts of `__reduce__`; for pickle.
    #[staticmethod]
    fn _restored(good: bool, sentence: String, json: String) -> Verdict {
        Verdict {
            good,
            sentence,
            json,
            report: PyOnceLock::new(),
        }
    }
}
