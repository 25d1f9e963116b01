//! What each study finds along a sweep.

use super::{At, SweepError, SweepRequest, Sweepable, check_discounted};
use crate::model::Model;
use crate::number::Number;
use crate::policy::Policy;
use crate::report::{LawReport, Quantity, SweepReport, Swept, SweptNumber};
use crate::study::listener::Deaf;
use crate::study::listener::Quiet;
use crate::study::{
    AscendRequest, CompareRequest, CriticsRequest, Estimation, EvaluateRequest, GradientRequest,
    Listener, Note, Numbers, ReferenceRequest, SolveRequest, StepRequest, StudyError, ascend,
    critics, evaluate, gradient, reference, solve, step,
};

/// Errors where something is asked for that a sweep does not find: names, and whether each is asked for.
fn alone(numbers: Numbers, others: &[(&'static str, bool)]) -> Result<(), SweepError> {
    let arithmetic = [
        ("exact", numbers == Numbers::Exact),
        ("certified", numbers == Numbers::Certified),
    ];
    let mut asked = arithmetic.iter().chain(others);
    match asked.find(|(_, is_asked)| *is_asked) {
        Some((beside, _)) => Err(SweepError::Beside { beside }),
        None => Ok(()),
    }
}

/// Says which of two is swept, where a parameter is called as γ is.
fn tell_names(policy: &Policy, listener: &dyn Listener) {
    if policy.parameter(Swept::Discount.name()).is_ok() {
        listener.note(Note::SweptDiscount);
    }
}

impl Sweepable for EvaluateRequest {
    fn along(
        &self,
        model: &Model,
        sweep: &SweepRequest,
        listener: &dyn Listener,
    ) -> Result<SweepReport, StudyError> {
        alone(self.setting.numbers, &[("returns", self.returns)])?;
        if let Swept::Parameter(_) = sweep.of("evaluate", &[Swept::Discount], true)? {
            return sweep.policies(model, &self.setting, false, listener);
        }
        check_discounted(model)?;
        // what is wrong with a policy is so at every discount
        let (_, policy) = self.setting.chosen::<f64>(model, &Deaf(listener))?;
        tell_names(&policy, listener);
        sweep.discounts(model, SweptNumber::J, Vec::new(), |model| {
            let found = evaluate(model, self, &Deaf(listener));
            let found = found.map_err(|error| error.to_string())?;
            Ok(At::defined(found.j, "J")?.within(found.j_error))
        })
    }
}

impl Sweepable for GradientRequest {
    fn along(
        &self,
        model: &Model,
        sweep: &SweepRequest,
        listener: &dyn Listener,
    ) -> Result<SweepReport, StudyError> {
        let asked = [
            ("routes", self.routes.is_some()),
            ("jacobian", self.jacobian),
            ("hessian", self.hessian),
            ("natural", self.natural),
            ("fisher", self.fisher),
            ("entropy", self.entropy.is_some()),
            ("risk", self.risk.is_some()),
            ("excursion", self.excursion.is_some()),
            ("surrogate", self.surrogate.is_some()),
            ("clip", self.clip.is_some()),
            ("toward_actions", self.toward_actions),
            ("with_respect_to", !self.with_respect_to.is_empty()),
        ];
        alone(self.setting.numbers, &asked)?;
        if let Swept::Parameter(_) = sweep.of("gradient", &[Swept::Discount], true)? {
            return sweep.policies(model, &self.setting, true, listener);
        }
        // a policy with a rule for each time is no policy of another criterion
        check_discounted(model)?;
        let (_, policy) = self.setting.chosen::<f64>(model, listener)?;
        tell_names(&policy, listener);
        let adjoint = GradientRequest {
            routes: Some(Vec::new()),
            ..self.clone()
        };
        sweep.discounts(model, SweptNumber::J, policy.labels(), |model| {
            let found = gradient(model, &adjoint, &Deaf(listener));
            let found = found.map_err(|error| error.to_string())?;
            let at = At::defined(found.j, "J")?.within(found.j_error);
            let at = at.sloping(found.gradient.to_vec(), found.gradient_error);
            // the report holds none that is not worth a word
            let told_anyway = found.gradient_error.is_some();
            Ok(At { told_anyway, ..at })
        })
    }
}

impl Sweepable for SolveRequest {
    fn along(
        &self,
        model: &Model,
        sweep: &SweepRequest,
        listener: &dyn Listener,
    ) -> Result<SweepReport, StudyError> {
        alone(self.numbers, &[("trace", self.options.trace)])?;
        sweep.of("solve", &[Swept::Discount], false)?;
        sweep.discounts(model, SweptNumber::OptimalJ, Vec::new(), |model| {
            let found = solve(model, self, &Deaf(listener));
            let found = found.map_err(|error| error.to_string())?;
            Ok(At::defined(found.j, "J*")?.within(found.error_bound.value()))
        })
    }
}

impl Sweepable for CriticsRequest {
    /// Σ d (v̂ − v)² of each kind of learner against λ; those without traces are levels.
    fn along(
        &self,
        model: &Model,
        sweep: &SweepRequest,
        listener: &dyn Listener,
    ) -> Result<SweepReport, StudyError> {
        alone(
            self.setting.numbers,
            &[("lambdas", !self.lambdas.is_empty())],
        )?;
        sweep.of("critics", &[Swept::Lambda], false)?;
        let request = CriticsRequest {
            lambdas: sweep.values(),
            ..self.clone()
        };
        let found = critics(model, &request, listener)?.critics;
        let mut swept = sweep.report(model, SweptNumber::Error);
        for kind in ["td", "emphatic-td"] {
            let of_kind = found.iter().filter(|critic| {
                let name = critic.name.split_once(':');
                name.is_some_and(|(name, _)| name == kind)
            });
            let errors = of_kind.map(|critic| At::defined(critic.error.clone(), "the error"));
            let errors: Vec<_> = errors.collect();
            if !errors.is_empty() {
                swept.add(Some(kind.into()), errors);
            }
        }
        for critic in found.iter().filter(|critic| !critic.name.contains(':')) {
            swept.level(&critic.name, &critic.error);
        }
        Ok(swept)
    }
}

impl Sweepable for CompareRequest {
    /// The error of the mean of n estimates by the exact laws, against n or λ.
    fn along(
        &self,
        model: &Model,
        sweep: &SweepRequest,
        listener: &dyn Listener,
    ) -> Result<SweepReport, StudyError> {
        let options = &self.options;
        let asked = [
            ("entropy", self.estimation.entropy.is_some()),
            ("power", self.power),
            ("sequential", options.sequential),
            ("paired", options.paired),
            ("covariance", options.covariance),
        ];
        alone(self.setting.numbers, &asked)?;
        let all = [Swept::Trajectories, Swept::Lambda];
        let is_lambda = *sweep.of("compare", &all, false)? == Swept::Lambda;
        let mut report = sweep.report(model, SweptNumber::RootMeanSquaredError);
        let (n, values) = (options.trajectories, sweep.values());
        if is_lambda {
            let names = values.iter();
            let names = names.map(|lambda| format!("gae:{}", lambda.to_f64()));
            let list = names.collect::<Vec<_>>().join(",");
            let found = self.laws(model, list, listener)?;
            let all = found.iter().map(|law| error_of(law, n as f64)).collect();
            report.add(Some(format!("gae, {n} trajectories")), all);
            return Ok(report);
        }
        let list = self.estimation.estimators.clone();
        let list = list.unwrap_or_else(|| ReferenceRequest::ESTIMATORS.into());
        for law in self.laws(model, list, listener)? {
            let all = values.iter().map(|n| error_of(&law, n.to_f64())).collect();
            report.add(Some(law.name.clone()), all);
        }
        Ok(report)
    }
}

impl CompareRequest {
    /// The exact laws of estimators.
    fn laws(
        &self,
        model: &Model,
        estimators: String,
        listener: &dyn Listener,
    ) -> Result<Vec<LawReport>, StudyError> {
        let request = ReferenceRequest {
            setting: self.setting.clone(),
            estimation: Estimation {
                estimators: Some(estimators),
                ..self.estimation.clone()
            },
            ..ReferenceRequest::default()
        };
        let found = reference(model, &request, listener)?;
        match found.estimators_absent {
            Some(why) => Err(SweepError::NoLaws { why }.into()),
            None => Ok(found.estimators),
        }
    }
}

/// √(‖E ĝ − ∇J‖² + tr Σ/n) of the mean of n estimates.
fn error_of(law: &LawReport, n: f64) -> Result<At, String> {
    let numbers = |all: &Option<Vec<Quantity>>| {
        let all = all.as_ref()?.iter().map(Quantity::value);
        all.collect::<Option<Vec<f64>>>()
    };
    match (numbers(&law.bias), numbers(&law.variance)) {
        (Some(bias), Some(variance)) => {
            let squares: f64 = bias.iter().map(|x| x * x).sum();
            let trace: f64 = variance.iter().sum();
            let root = (squares + trace / n).sqrt();
            let at = At::from(Quantity::from(root));
            Ok(at.within(Some(error_of_error(law, (&bias, n), squares + trace / n))))
        }
        _ => Err(law.verdict.clone().unwrap_or("it has no variance".into())),
    }
}

/// What rounding can do to the root of squares b² and a share of the variances, of which what cannot show in the ninth digit is
/// not known; a bias is off by what the mean is.
fn error_of_error(law: &LawReport, (bias, n): (&[f64], f64), square: f64) -> f64 {
    let sum = |errors: &Option<Vec<f64>>| errors.iter().flatten().sum::<f64>();
    let off = law.expectation_error.iter().flatten().zip(bias);
    let of_bias: f64 = off.map(|(off, b)| off * (2.0 * b.abs() + off)).sum();
    let off = of_bias + sum(&law.variance_error) / n;
    let above = (square + off).sqrt() - square.sqrt();
    above.max(square.sqrt() - (square - off).max(0.0).sqrt())
}

impl Sweepable for StepRequest {
    /// The change of J to expect, for each estimator, at each step size or number of trajectories: to
    /// second order it is α g·μ + ½α²(μᵀHμ + tr(HΣ)/n), of whose parts the report tells.
    fn along(
        &self,
        model: &Model,
        sweep: &SweepRequest,
        listener: &dyn Listener,
    ) -> Result<SweepReport, StudyError> {
        let asked = [
            ("methods", !self.methods.is_empty()),
            ("jacobian", self.jacobian),
        ];
        alone(self.setting.numbers, &asked)?;
        let swept = sweep.of("step", &[Swept::Step, Swept::Trajectories], false)?;
        let request = StepRequest {
            enumerate: false,
            ..self.clone()
        };
        let report = step(model, &request, listener)?;
        let usual = report.step.value().unwrap_or(f64::NAN);
        let mut found = sweep.report(model, SweptNumber::ExpectedChange);
        for one in &report.estimators {
            let at = |x: &Number| {
                if let Some(why) = &one.absent {
                    return Err(why.clone());
                }
                let (alpha, n) = match swept {
                    Swept::Step => (x.to_f64(), self.trajectories as f64),
                    _ => (usual, x.to_f64()),
                };
                let part = |name| one.number(name).value().unwrap_or(f64::NAN);
                let bend = part("curvature") + part("noise") / n;
                let change = alpha * part("slope") + alpha * alpha / 2.0 * bend;
                let [slope, curvature, noise] = one.parts_error;
                let off = alpha * slope + alpha * alpha / 2.0 * (curvature + noise / n);
                let terms = [
                    part("slope"),
                    alpha * part("curvature"),
                    alpha * part("noise") / n,
                ];
                let rounded = alpha * f64::EPSILON * terms.iter().map(|x| x.abs()).sum::<f64>();
                let at = At::defined(change.into(), "the change")?;
                Ok(at.within(Some(off + 4.0 * rounded)))
            };
            let changes = sweep.values().iter().map(at).collect();
            found.add(Some(one.name.clone()), changes);
        }
        found.level("no change", &0.0.into());
        Ok(found)
    }
}

impl Sweepable for AscendRequest {
    /// J at the end of the ascents of each method, against the step size.
    fn along(
        &self,
        model: &Model,
        sweep: &SweepRequest,
        listener: &dyn Listener,
    ) -> Result<SweepReport, StudyError> {
        let asked = [
            ("steps", !self.steps.is_empty()),
            ("repeats", self.repeats.is_some()),
            ("resume", self.resume.is_some()),
            ("drift", self.drift),
            ("every", self.options.every.is_some()),
            ("bounds", self.options.bounds),
        ];
        alone(self.setting.numbers, &asked)?;
        sweep.of("ascend", &[Swept::Step], false)?;
        let mut report = sweep.report(model, SweptNumber::J);
        let mut found: Vec<(String, Vec<Result<At, String>>)> = Vec::new();
        let quiet = Quiet(listener);
        for (i, step) in sweep.values().iter().enumerate() {
            let mut request = self.clone();
            request.options.step = Some(step.to_f64());
            request.options.every = Some(usize::MAX);
            // notes are told once
            let heard: &dyn Listener = if i == 0 { listener } else { &quiet };
            let all = ascend(model, &request, heard)?;
            if all.is_interrupted() {
                return Err(SweepError::Stopped { done: i }.into());
            }
            if let Some(failure) = all.failure {
                return Err(failure);
            }
            let Some(all) = all.report else { continue };
            if i == 0 {
                report.level("J*", &all.j_optimal);
            }
            for (k, run) in all.runs().enumerate() {
                if i == 0 {
                    found.push((run.label(), Vec::new()));
                }
                if let Some((_, values)) = found.get_mut(k) {
                    let at = At::defined(run.j.clone(), "J");
                    values.push(at.map(|at| at.within(run.j_error)));
                }
            }
        }
        for (name, values) in found {
            report.add(Some(name), values);
        }
        Ok(report)
    }
}
