//! What `reference` writes: the names of `evaluate` and `gradient`, the estimators' exact laws, the
//! optimum, and what all of it means.

mod layout;

use std::io;

use layout::LAYOUT;

use super::comparison::named;
use super::csv;
use super::entries::{Axis, Entries, Entry, Values};
use super::gradient::routes;
use super::head::dense;
use super::{
    Bounds, EntropyReport, EvaluationReport, GradientReport, Matrix, OptimumReport, Quantities,
    Quantity, Report, RouteReport, rows,
};
use crate::estimator::{Estimator, Law, shown};
use crate::gradient::Gradient;
use crate::linalg::Solvable;
use crate::mdp::Mdp;
use crate::model::Model;
use crate::policy::Policy;
use crate::reference::{
    Estimate, Fixtures, LibraryForm, NamedLaw, Reference, conventions, model_hash,
};
use crate::yaml::Style;

/// Reference values for other people's tests.
#[derive(Clone, Debug)]
pub struct ReferenceReport {
    /// The names of `evaluate`.
    pub evaluation: EvaluationReport,
    /// ∇J \[d\], by the adjoint route.
    pub gradient: Quantities,
    /// What rounding can do to an entry of it, where it may show in the ninth digit of any but 0, or of the largest.
    pub gradient_error: Option<f64>,
    /// ∇J by each route.
    pub routes: Vec<RouteReport>,
    /// The largest difference between two routes that are exact up to rounding.
    pub max_disagreement: Quantity,
    /// ∇v \[S\]\[d\].
    pub jacobian: Option<Matrix>,
    /// What rounding can do to an entry of that, where it may show.
    pub jacobian_error: Option<f64>,
    /// The estimators' exact laws.
    pub estimators: Vec<LawReport>,
    /// Why there are none.
    pub estimators_absent: Option<String>,
    /// What `solve` says.
    pub optimal: Option<OptimumReport>,
    /// Why there is no optimum.
    pub optimal_absent: Option<String>,
    /// The entropy-regularised objective, if it was asked for.
    pub entropy: Option<EntropyReport>,
    /// Sampled trajectories with the estimates they give, if they were asked for.
    pub fixtures: Option<Fixtures>,
    /// What libraries compute on those.
    pub forms: Vec<LibraryForm>,
    /// The version of the program that wrote this.
    pub version: &'static str,
    /// The model file, as `convert` writes it.
    pub source: String,
    /// p, r and ρ₀ as arrays, for NumPy's archive.
    pub dynamics: DynamicsReport,
    /// SHA-256 of `source`.
    pub model_hash: String,
    /// Proven bounds on the errors, if the numbers are certified.
    pub bounds: Option<Bounds>,
}

/// The model as arrays of numbers, each rounded once.
#[derive(Clone, Debug)]
pub struct DynamicsReport {
    /// p(s'|s, a) [SA, S], row by row; `None` where it would have too many entries.
    pub p: Option<Vec<Vec<Quantity>>>,
    /// Its positive entries in compressed rows where it is `None`: the places where rows begin
    /// [SA + 1], the columns and the numbers.
    pub sparse: Option<(Vec<usize>, Vec<usize>, Vec<f64>)>,
    /// r(s, a) \[SA\].
    pub r: Vec<f64>,
    /// ρ₀(s) \[S\].
    pub initial: Vec<f64>,
}

impl DynamicsReport {
    fn new<F: Solvable>(mdp: &Mdp<F>) -> DynamicsReport {
        /// 32 MiB.
        const MOST: usize = 1 << 22;
        let p = mdp.p().map(F::to_f64);
        let whole = mdp.pairs().saturating_mul(mdp.states()) <= MOST;
        let columns = p.column_indices().iter().map(|&column| column as usize);
        DynamicsReport {
            p: whole.then(|| dense(&p)),
            sparse: (!whole).then(|| {
                let starts = p.row_starts().to_vec();
                (starts, columns.collect(), p.values().to_vec())
            }),
            r: mdp.r().iter().map(F::to_f64).collect(),
            initial: mdp.initial().iter().map(F::to_f64).collect(),
        }
    }

    fn entries(&self) -> Entries<'_> {
        use Axis::{Index, Pair, State};
        let sparse = self.sparse.as_ref().map(|(starts, columns, numbers)| {
            Entries::default()
                .and(Entry::array("indptr", &[Index], Values::Wholes(starts)))
                .and(Entry::array("indices", &[Index], Values::Wholes(columns)))
                .and(Entry::array("data", &[Index], Values::Floats(numbers)))
        });
        Entries::default()
            .and_some("p", self.p.as_deref(), |name, x| {
                Entry::matrix(name, [Pair, State], x)
            })
            .and_some("p", sparse, Entry::group)
            .and(Entry::array("r", &[Pair], Values::Floats(&self.r)))
            .and(Entry::array(
                "initial",
                &[State],
                Values::Floats(&self.initial),
            ))
    }
}

/// The exact law of an estimator, by the names of `compare`.
#[derive(Clone, Debug)]
pub struct LawReport {
    /// The name that parses to this estimator.
    pub name: String,
    /// The estimator.
    pub estimator: Estimator,
    /// λ of GAE.
    pub lambda: Option<Quantity>,
    /// T, if trajectories are cut there.
    pub truncation: Option<usize>,
    /// E ĝ \[d\].
    pub expectation: Option<Vec<Quantity>>,
    /// What rounding can do to that \[d\], where it may show in the ninth digit.
    pub expectation_error: Option<Vec<f64>>,
    /// Var ĝ_k \[d\] of one trajectory.
    pub variance: Option<Vec<Quantity>>,
    /// What rounding can do to the variances \[d\], where that may show.
    pub variance_error: Option<Vec<f64>>,
    /// Cov ĝ \[d\]\[d\] of one trajectory.
    pub covariance: Option<Vec<Vec<Quantity>>>,
    /// What rounding can do to the covariance \[d\]\[d\], where that may show.
    pub covariance_error: Option<Vec<Vec<f64>>>,
    /// E ĝ − ∇J \[d\].
    pub bias: Option<Vec<Quantity>>,
    /// What rounding can do to that \[d\], where it is a bias and that may show in the ninth digit.
    pub bias_error: Option<Vec<f64>>,
    /// `unbiased`, `biased` or `cannot-be-told`.
    pub bias_verdict: Option<&'static str>,
    /// Why the moments do not exist.
    pub verdict: Option<String>,
}

impl LawReport {
    fn new<F: Solvable>(named: &NamedLaw<F>) -> LawReport {
        let estimator = &named.estimator;
        let lambda = |lambda| Quantity::of(&F::from_number(lambda));
        let law = named.law.as_ref().ok();
        LawReport {
            name: estimator.to_string(),
            estimator: estimator.clone(),
            lambda: estimator.lambda().map(lambda),
            truncation: named.truncation,
            expectation: law.map(|law| Quantity::all(law.mean())),
            expectation_error: law.and_then(Law::mean_error),
            variance: law.map(|law| Quantity::all(law.variance())),
            variance_error: law.and_then(Law::variance_error),
            covariance: law.and_then(Law::covariance).map(rows),
            covariance_error: law.and_then(Law::covariance_error),
            bias: law.map(|law| Quantity::all(&law.bias)),
            bias_error: law.and_then(Law::bias_error),
            bias_verdict: law.map(Law::bias_verdict),
            verdict: named.law.as_ref().err().map(ToString::to_string),
        }
    }

    /// As a report holds it.
    fn entries(&self) -> Entries<'_> {
        use Axis::Parameter;
        let vector = |name, x| Entry::vector(name, Parameter, x);
        let error = |name, x| Entry::floats(name, Parameter, x);
        let matrix = |name, x| Entry::matrix(name, [Parameter, Parameter], x);
        let lambda = Entry::or_null("lambda", self.lambda.as_ref(), |name, x| {
            Entry::number(name, x).unbounded()
        });
        named(&self.name, &self.estimator, lambda, self.truncation)
            .and(Entry::or_null(
                "expectation",
                self.expectation.as_deref(),
                vector,
            ))
            .and_some(
                "expectation_error",
                self.expectation_error.as_deref(),
                error,
            )
            .and(Entry::or_null("variance", self.variance.as_deref(), vector))
            .and_some("variance_error", self.variance_error.as_deref(), error)
            .and(Entry::or_null(
                "covariance",
                self.covariance.as_deref(),
                matrix,
            ))
            .and_some(
                "covariance_error",
                self.covariance_error.as_deref(),
                |name, x| Entry::array(name, &[Parameter; 2], Values::FloatRows(x)),
            )
            .and(Entry::or_null("bias", self.bias.as_deref(), vector))
            .and_some("bias_error", self.bias_error.as_deref(), error)
            .and(Entry::or_null(
                "bias_verdict",
                self.bias_verdict,
                Entry::text,
            ))
            .and(Entry::or_null(
                "verdict",
                self.verdict.as_deref(),
                Entry::text,
            ))
    }
}

/// What rounding can do to an entry of ∇J, where it may show.
fn told<F: Solvable>(gradient: &Gradient<F>) -> Option<f64> {
    let rounds = !F::EXACT && F::one().certified().is_none();
    let error = gradient.disagreement.adjoint;
    let entries: Vec<f64> = gradient.gradient.iter().map(F::to_f64).collect();
    let shows = shown(&vec![error; entries.len()], &entries).is_some();
    (rounds && shows).then_some(error)
}

impl ReferenceReport {
    /// The report of a reference to the model, which `mdp` is over some field.
    pub fn new<F: Solvable>(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        reference: &Reference<F>,
        model: &Model,
    ) -> ReferenceReport {
        let (objective, evaluation) = (model.objective(), &reference.evaluation);
        let mut gradient =
            GradientReport::new(mdp, policy, objective, evaluation, &reference.gradient);
        if let Some(jacobian) = &reference.jacobian {
            let (error, undefined) = (reference.jacobian_error, &evaluation.undefined.states);
            gradient = gradient.with_jacobian(jacobian.clone(), error, undefined);
        }
        let laws = reference.laws.as_deref().unwrap_or_default();
        let optimum = reference.optimum.as_ref();
        ReferenceReport {
            evaluation: EvaluationReport::new(mdp, policy, objective, evaluation)
                .with_rounding(reference.rounding),
            gradient: gradient.gradient,
            routes: gradient.routes,
            max_disagreement: gradient.max_disagreement,
            gradient_error: told(&reference.gradient),
            jacobian: gradient.jacobian,
            jacobian_error: gradient.jacobian_error,
            estimators: laws.iter().map(LawReport::new).collect(),
            estimators_absent: reference.laws.as_ref().err().map(ToString::to_string),
            optimal: optimum
                .ok()
                .map(|optimum| OptimumReport::new(mdp, objective, optimum, None)),
            optimal_absent: optimum.err().map(ToString::to_string),
            entropy: None,
            fixtures: None,
            forms: Vec::new(),
            version: env!("CARGO_PKG_VERSION"),
            source: model.write(Style::Nested),
            model_hash: model_hash(model),
            dynamics: DynamicsReport::new(mdp),
            bounds: None,
        }
    }
}

impl Report for ReferenceReport {
    /// All of it with the model's p, r and ρ₀.
    fn arrays(&self) -> Entries<'_> {
        self.entries().with(self.dynamics.entries().0)
    }

    fn entries(&self) -> Entries<'_> {
        use Axis::{Parameter, State};
        let jacobian = |name, x| Entry::cells(name, [State, Parameter], x);
        let laws = self.estimators.iter().map(LawReport::entries);
        let optimal = self.optimal.as_ref().map(OptimumReport::entries);
        let conventions = conventions(self.evaluation.head.criterion.kind);
        let conventions = conventions.map(|(topic, words)| Entry::text(topic, words));
        self.evaluation
            .entries()
            .and(Entry::quantities("gradient", Parameter, &self.gradient))
            .and_some("gradient_error", self.gradient_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::group("routes", routes(&self.routes)).unbounded())
            .and(Entry::number("max_disagreement", &self.max_disagreement).unbounded())
            .and(Entry::or_null("jacobian", self.jacobian.as_ref(), jacobian))
            .and_some("jacobian_error", self.jacobian_error, |name, x| {
                Entry::float(name, x).unbounded()
            })
            .and(Entry::list("estimators", laws.collect()))
            .and_some(
                "estimators_absent",
                self.estimators_absent.as_deref(),
                Entry::text,
            )
            .and(Entry::or_null("optimal", optimal, Entry::group))
            .and_some(
                "optimal_absent",
                self.optimal_absent.as_deref(),
                Entry::text,
            )
            .and_some("entropy", self.entropy.as_ref(), |name, x| {
                Entry::group(name, x.entries()).unbounded()
            })
            .and_some("fixtures", self.fixtures.as_ref(), |name, x| {
                Entry::group(name, fixtures(x, &self.forms)).unbounded()
            })
            .and(Entry::group("conventions", Entries(conventions.collect())))
            .and(Entry::text("version", self.version))
            .and(Entry::text("source", &self.source))
            .and(Entry::text("model_hash", &self.model_hash))
            .and_some("bounds", self.bounds.as_ref(), Entry::bounds)
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        LAYOUT.write(&self.evaluation.head, &self.entries(), rows)
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }
}

/// Sampled trajectories as a report holds them.
fn fixtures<'a>(fixtures: &'a Fixtures, forms: &'a [LibraryForm]) -> Entries<'a> {
    use Axis::{Time, Trajectory};
    let truncation = fixtures.truncation.map(|steps| steps as u64);
    let by_step = [Trajectory, Time];
    Entries::default()
        .and(Entry::whole("seed", fixtures.seed))
        .and(Entry::or_null("truncation", truncation, Entry::whole))
        .and(Entry::array(
            "lengths",
            &[Trajectory],
            Values::Wholes(&fixtures.lengths),
        ))
        .and(Entry::array(
            "states",
            &by_step,
            Values::WholeRows(&fixtures.states),
        ))
        .and(Entry::array(
            "actions",
            &by_step,
            Values::WholeRows(&fixtures.actions),
        ))
        .and(Entry::array(
            "rewards",
            &by_step,
            Values::FloatRows(&fixtures.rewards),
        ))
        .and(flags("terminated", &fixtures.terminated))
        .and(flags("truncated", &fixtures.truncated))
        .and(floats("v", &fixtures.v))
        .and(floats("v_next", &fixtures.v_next))
        .and(floats("q", &fixtures.q))
        .and(floats("log_probabilities", &fixtures.log_probabilities))
        .and(Entry::array(
            "scores",
            &[Trajectory, Time, Axis::Parameter],
            Values::FloatTables(&fixtures.scores),
        ))
        .and_some("ratios", fixtures.ratios.as_ref(), |name, x| {
            floats(name, x)
        })
        .and(Entry::list(
            "estimates",
            fixtures.estimates.iter().map(estimate).collect(),
        ))
        .and(Entry::list("forms", forms.iter().map(form).collect()))
        .and(Entry::array(
            "vacuous",
            &[],
            Values::Texts(&fixtures.vacuous),
        ))
}

/// What a library computes on them.
fn form(form: &LibraryForm) -> Entries<'_> {
    Entries::default()
        .and(Entry::text("name", &form.name))
        .and(Entry::text("says", &form.says))
        .and_some("psi", form.psi.as_deref(), floats)
        .and_some("estimate", form.estimate.as_deref(), |name, x| {
            Entry::array(name, &[Axis::Parameter], Values::Floats(x))
        })
}

/// Numbers of each step.
fn floats<'a>(name: &'static str, rows: &'a [Vec<f64>]) -> Entry<'a> {
    Entry::array(
        name,
        &[Axis::Trajectory, Axis::Time],
        Values::FloatRows(rows),
    )
}

/// Flags of each step.
fn flags<'a>(name: &'static str, rows: &'a [Vec<bool>]) -> Entry<'a> {
    Entry::array(
        name,
        &[Axis::Trajectory, Axis::Time],
        Values::FlagRows(rows),
    )
}

/// What an estimator makes of sampled trajectories.
fn estimate(estimate: &Estimate) -> Entries<'_> {
    use Axis::{Parameter, Trajectory};
    let contributions = Values::FloatRows(&estimate.contributions);
    Entries::default()
        .and(Entry::text("name", &estimate.name))
        .and(floats("psi", &estimate.psi))
        .and(Entry::array(
            "contributions",
            &[Trajectory, Parameter],
            contributions,
        ))
        .and(Entry::array(
            "estimate",
            &[Parameter],
            Values::Floats(&estimate.estimate),
        ))
}
