//! What `reference` writes: the names of `evaluate` and `gradient`, the estimators' exact laws, the
//! optimum, and what all of it means.

pub mod npz;

use std::io;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::gradient::as_map;
use super::{
    Bounds, EvaluationReport, GradientReport, OptimumReport, Quantity, Report, RouteReport, csv,
    rows,
};
use crate::field::Field;
use crate::mdp::Mdp;
use crate::model::{Form, Model};
use crate::policy::Policy;
use crate::reference::{CONVENTIONS, Fixtures, Law, Reference, model_hash};

/// Reference values for other people's tests.
#[derive(Clone, Debug, Serialize)]
pub struct ReferenceReport {
    /// The names of `evaluate`.
    #[serde(flatten)]
    pub evaluation: EvaluationReport,
    /// ∇J \[d\], by the adjoint route.
    pub gradient: Vec<Quantity>,
    /// ∇J by each route.
    #[serde(serialize_with = "as_map")]
    pub routes: Vec<RouteReport>,
    /// The largest difference between two routes that are exact up to rounding.
    pub max_disagreement: Quantity,
    /// ∇v \[S\]\[d\].
    pub jacobian: Option<Vec<Vec<Quantity>>>,
    /// The estimators' exact laws.
    pub estimators: Vec<LawReport>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimators_absent: Option<String>,
    /// What `solve` says.
    pub optimal: Option<OptimumReport>,
    /// Why there is no optimum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimal_absent: Option<String>,
    /// Sampled trajectories with the estimates they give, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixtures: Option<Fixtures>,
    /// What the numbers mean, in words.
    pub conventions: Conventions,
    /// The version of the program that wrote this.
    pub version: &'static str,
    /// The model file, as `convert` writes it.
    pub source: String,
    /// SHA-256 of `source`.
    pub model_hash: String,
    /// Proven bounds on the errors, if the numbers are certified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
}

/// The exact law of an estimator, by the names of `compare`.
#[derive(Clone, Debug, Serialize)]
pub struct LawReport {
    /// The name that parses to this estimator.
    pub name: String,
    /// Ψ.
    pub psi: crate::estimator::Psi,
    /// Whether γᵗ stands before the score.
    pub discounting: bool,
    /// λ of GAE.
    pub lambda: Option<Quantity>,
    /// n of the n-step estimator.
    pub n: Option<usize>,
    /// The kind of baseline.
    pub baseline: Option<&'static str>,
    /// The critic.
    pub critic: Option<String>,
    /// T, if trajectories are cut there.
    pub truncation: Option<usize>,
    /// E ĝ \[d\].
    pub expectation: Option<Vec<Quantity>>,
    /// Var ĝ_k \[d\] of one trajectory.
    pub variance: Option<Vec<Quantity>>,
    /// Cov ĝ \[d\]\[d\] of one trajectory.
    pub covariance: Option<Vec<Vec<Quantity>>>,
    /// E ĝ − ∇J \[d\].
    pub bias: Option<Vec<Quantity>>,
    /// `unbiased` or `biased`.
    pub bias_verdict: Option<&'static str>,
    /// Why the moments do not exist.
    pub verdict: Option<String>,
}

/// What the numbers mean, by topic.
#[derive(Clone, Copy, Debug)]
pub struct Conventions;

impl Serialize for Conventions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(CONVENTIONS.len()))?;
        for (topic, words) in CONVENTIONS {
            map.serialize_entry(topic, words)?;
        }
        map.end()
    }
}

impl LawReport {
    fn new<F: Field>(law: &Law<F>) -> LawReport {
        use crate::estimator::Psi;
        let estimator = &law.estimator;
        let of = |psi: &[Psi]| psi.contains(&estimator.psi);
        let lambda = Quantity::of(&F::from_number(&estimator.lambda));
        let moments = law.moments.as_ref().ok();
        let covariance = moments.and_then(|moments| moments.covariance.as_ref());
        LawReport {
            name: estimator.to_string(),
            psi: estimator.psi,
            discounting: estimator.discounting,
            lambda: of(&[Psi::Gae]).then_some(lambda),
            n: of(&[Psi::NStep]).then_some(estimator.n),
            baseline: of(&[Psi::TotalReturn, Psi::Baseline]).then(|| estimator.baseline.name()),
            critic: estimator.uses_critic().then(|| estimator.critic.name()),
            truncation: law.truncation,
            expectation: moments.map(|moments| Quantity::all(&moments.mean)),
            variance: moments.map(|moments| Quantity::all(&moments.variance)),
            covariance: covariance.map(rows),
            bias: law.bias.as_deref().map(Quantity::all),
            bias_verdict: law.biased.map(|biased| match biased {
                true => "biased",
                false => "unbiased",
            }),
            verdict: law.moments.as_ref().err().map(ToString::to_string),
        }
    }

    fn proven(&self) -> Bounds {
        Bounds::default()
            .named(&self.name)
            .some_vector("expectation", self.expectation.as_ref())
            .some_vector("variance", self.variance.as_ref())
            .some_matrix("covariance", self.covariance.as_ref())
            .some_vector("bias", self.bias.as_ref())
    }
}

impl ReferenceReport {
    /// The report of a reference to the model, which `mdp` is over some field.
    pub fn new<F: Field>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        reference: &Reference<F>,
        model: &Model,
    ) -> ReferenceReport {
        let evaluation = &reference.evaluation;
        let mut gradient = GradientReport::new(mdp, policy, evaluation, &reference.gradient);
        if let Some(jacobian) = &reference.jacobian {
            gradient = gradient.with_jacobian(jacobian, &evaluation.undefined.states);
        }
        let laws = reference.laws.as_deref().unwrap_or_default();
        let optimum = reference.optimum.as_ref();
        ReferenceReport {
            evaluation: EvaluationReport::new(mdp, policy, evaluation),
            gradient: gradient.gradient,
            routes: gradient.routes,
            max_disagreement: gradient.max_disagreement,
            jacobian: gradient.jacobian,
            estimators: laws.iter().map(LawReport::new).collect(),
            estimators_absent: reference.laws.as_ref().err().map(ToString::to_string),
            optimal: optimum
                .ok()
                .map(|optimum| OptimumReport::new(mdp, optimum, None)),
            optimal_absent: optimum.err().map(ToString::to_string),
            fixtures: None,
            conventions: Conventions,
            version: env!("CARGO_PKG_VERSION"),
            source: model.write(Form::Nested),
            model_hash: model_hash(model),
            bounds: None,
        }
    }

    /// The bounds of all its numbers, for a reference over balls; the routes have none.
    pub fn proven(&self) -> Bounds {
        let bounds = self
            .evaluation
            .proven()
            .vector("gradient", &self.gradient)
            .some_matrix("jacobian", self.jacobian.as_ref())
            .list(
                "estimators",
                self.estimators.iter().map(LawReport::proven).collect(),
            );
        match &self.optimal {
            Some(optimal) => bounds.object("optimal", optimal.proven()),
            None => bounds,
        }
    }
}

/// Cells that say what a number is: `quantity`, `of`, `time`, `state`, `action`, `parameter`,
/// `other_parameter`.
type Cells<'a> = [&'a str; 7];

impl ReferenceReport {
    fn of_states(
        &self,
        rows: &mut csv::Rows,
        [quantity, of, time]: [&str; 3],
        values: &[Quantity],
    ) -> io::Result<()> {
        let names = self.evaluation.head.space.state_names().iter();
        let mut entries = names.zip(values);
        entries.try_for_each(|(state, x)| rows.number(&[quantity, of, time, &state, "", "", ""], x))
    }

    fn of_pairs(
        &self,
        rows: &mut csv::Rows,
        [quantity, of, time]: [&str; 3],
        values: &[Quantity],
    ) -> io::Result<()> {
        let space = &self.evaluation.head.space;
        let mut entries = values.iter().enumerate();
        entries.try_for_each(|(pair, x)| {
            let (state, action) = space.pair_names(pair);
            rows.number(&[quantity, of, time, &state, &action, "", ""], x)
        })
    }

    fn of_parameters(
        &self,
        rows: &mut csv::Rows,
        cells: Cells,
        values: &[Quantity],
    ) -> io::Result<()> {
        let parameters = &self.evaluation.head.policy.parameters;
        let mut entries = parameters.iter().zip(values);
        entries.try_for_each(|(parameter, x)| {
            let mut cells = cells;
            let free = if cells[5].is_empty() { 5 } else { 6 };
            cells[free] = parameter;
            rows.number(&cells, x)
        })
    }

    fn of_evaluation(&self, rows: &mut csv::Rows) -> io::Result<()> {
        let evaluation = &self.evaluation;
        rows.number(&["j", "", "", "", "", "", ""], &evaluation.j)?;
        self.of_states(rows, ["v", "", ""], &evaluation.v)?;
        self.of_states(rows, ["occupancy", "", ""], &evaluation.occupancy)?;
        for (quantity, values) in [("gain", &evaluation.gain), ("bias", &evaluation.bias)] {
            self.of_states(
                rows,
                [quantity, "", ""],
                values.as_deref().unwrap_or_default(),
            )?;
        }
        for (quantity, values) in [
            ("probability", &evaluation.head.policy.probabilities),
            ("q", &evaluation.q),
            ("advantage", &evaluation.advantage),
            ("pair_occupancy", &evaluation.pair_occupancy),
        ] {
            self.of_pairs(rows, [quantity, "", ""], values)?;
        }
        for (t, v) in evaluation.v_by_time.iter().flatten().enumerate() {
            self.of_states(rows, ["v_by_time", "", &t.to_string()], v)?;
        }
        for (t, q) in evaluation.q_by_time.iter().flatten().enumerate() {
            self.of_pairs(rows, ["q_by_time", "", &t.to_string()], q)?;
        }
        Ok(())
    }

    fn of_law(&self, rows: &mut csv::Rows, law: &LawReport) -> io::Result<()> {
        let vectors = [
            ("expectation", &law.expectation),
            ("variance", &law.variance),
            ("bias", &law.bias),
        ];
        for (quantity, values) in vectors {
            let values = values.as_deref().unwrap_or_default();
            self.of_parameters(rows, [quantity, &law.name, "", "", "", "", ""], values)?;
        }
        let parameters = self.evaluation.head.policy.parameters.iter();
        for (k, row) in parameters.zip(law.covariance.iter().flatten()) {
            self.of_parameters(rows, ["covariance", &law.name, "", "", "", k, ""], row)?;
        }
        Ok(())
    }

    fn of_optimum(&self, rows: &mut csv::Rows, optimal: &OptimumReport) -> io::Result<()> {
        const OF: &str = "optimal";
        rows.number(&["j", OF, "", "", "", "", ""], &optimal.j)?;
        rows.number(
            &["error_bound", OF, "", "", "", "", ""],
            &optimal.error_bound,
        )?;
        self.of_states(rows, ["v", OF, ""], &optimal.v)?;
        for (quantity, values) in [("gain", &optimal.gain), ("bias", &optimal.bias)] {
            self.of_states(
                rows,
                [quantity, OF, ""],
                values.as_deref().unwrap_or_default(),
            )?;
        }
        self.of_pairs(rows, ["q", OF, ""], &optimal.q)?;
        let probabilities = &optimal.head.policy.probabilities;
        self.of_pairs(rows, ["probability", OF, ""], probabilities)?;
        for (t, v) in optimal.v_by_time.iter().flatten().enumerate() {
            self.of_states(rows, ["v_by_time", OF, &t.to_string()], v)?;
        }
        for (t, policy) in optimal.policy_by_time.iter().flatten().enumerate() {
            self.of_pairs(rows, ["policy_by_time", OF, &t.to_string()], policy)?;
        }
        Ok(())
    }
}

impl Report for ReferenceReport {
    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }

    /// Columns `quantity`, `of` (an estimator's name, `optimal`, or empty), `time`, `state`,
    /// `action`, `parameter`, `other_parameter`, `value`. What is text stands under `of`, so that
    /// all values are numbers: `version`, `model_hash` and each `convention`.
    fn csv(&self, rows: &mut csv::Rows) -> io::Result<()> {
        rows.row(&[
            "quantity",
            "of",
            "time",
            "state",
            "action",
            "parameter",
            "other_parameter",
            "value",
        ])?;
        let text = |rows: &mut csv::Rows, quantity, text: &str| {
            rows.number(&[quantity, text, "", "", "", "", ""], Quantity::Undefined)
        };
        text(rows, "version", self.version)?;
        text(rows, "model_hash", &self.model_hash)?;
        for (topic, words) in CONVENTIONS {
            text(rows, "convention", &format!("{topic}: {words}"))?;
        }
        self.of_evaluation(rows)?;
        self.of_parameters(rows, ["gradient", "", "", "", "", "", ""], &self.gradient)?;
        let states = self.evaluation.head.space.state_names().iter();
        for (state, row) in states.zip(self.jacobian.iter().flatten()) {
            self.of_parameters(rows, ["jacobian", "", "", &state, "", "", ""], row)?;
        }
        for law in &self.estimators {
            self.of_law(rows, law)?;
        }
        match &self.optimal {
            Some(optimal) => self.of_optimum(rows, optimal),
            None => Ok(()),
        }
    }
}
