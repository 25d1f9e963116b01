//! A user's own numbers against the exact ones, and the mistake named.

use std::io::Read;
use std::sync::Arc;

use super::{CriticName, Doing, Listener, PolicyName, Setting, StateFunction, StudyError, ranges};
use crate::estimator::{Estimator, Psi, Sampling};
use crate::judge::{
    self, Columns, Encoding, Formula, Given, GivenError, LawOf, Precision, Sample, SampleOptions,
    TrajectoryOptions, Verdict,
};
use crate::model::Model;
use crate::number::Number;
use crate::policy::Policy;
use crate::report::entries::Entries;
use crate::report::{
    FormulaReport, Head, JudgeReport, Quantity, Report, SampleReport, TrajectoryReport, csv,
};
use crate::solved::Solved;

/// What is asked of [`judge()`].
#[derive(Clone, Debug)]
pub struct JudgeRequest {
    /// Of which policy, solved how; the numbers are floating point.
    pub setting: Setting,
    /// The name of the estimator whose numbers these are, `baseline:file` for the one whose b(s) is [`Self::baseline`];
    /// `None` to try all.
    pub named: Option<String>,
    /// α ≥ 0, where the gradient is that of J_α, with the entropy in the rewards.
    pub entropy: Option<Number>,
    /// How many trajectories each row of a sample is the mean of.
    pub batch: u64,
    /// The probability that something right is called inconsistent.
    pub false_alarm: f64,
    /// After how many steps the trajectories of a sample were cut; `None`: not, or late enough, and
    /// under the average reward after 100.
    pub truncation: Option<usize>,
    /// Who acted on the trajectories or samples, if that is another policy.
    pub behavior: Option<PolicyName>,
    /// What stands for v in critics.
    pub critic: CriticName,
    /// b(s), for one more estimator of trajectories and of samples.
    pub baseline: Option<StateFunction>,
}

impl Default for JudgeRequest {
    fn default() -> JudgeRequest {
        JudgeRequest {
            setting: Setting::default(),
            named: None,
            entropy: None,
            batch: 1,
            false_alarm: 1e-4,
            truncation: None,
            behavior: None,
            critic: CriticName::default(),
            baseline: None,
        }
    }
}

/// A user's own numbers.
pub enum Judged<'a> {
    /// A vector that should be ∇J.
    Gradient(&'a Given),
    /// An array that should be what a formula says.
    Formula(Formula, &'a Given),
    /// Estimates, a row for each trajectory.
    Samples(&'a Given),
    /// Rows from a file, which may be larger than memory.
    Stream(Box<dyn Read + 'a>, Encoding),
    /// Trajectories, and what is made of them.
    Trajectories(&'a Columns),
}

/// What was found.
#[derive(Clone, Debug)]
pub enum Findings {
    /// What was found of a vector, as ∇J.
    Vector(Box<JudgeReport>),
    /// What was found of an array, as v or a Jacobian.
    Formula(Box<FormulaReport>),
    /// What was found of a sample of estimates.
    Sample(Box<SampleReport>),
    /// Of trajectories.
    Trajectories(Box<TrajectoryReport>),
}

impl Findings {
    /// Whether it is right.
    pub fn verdict(&self) -> Verdict {
        match self {
            Findings::Vector(report) => report.verdict,
            Findings::Formula(report) => report.verdict,
            Findings::Sample(report) => report.verdict,
            Findings::Trajectories(report) => report.verdict,
        }
    }

    /// The verdict in one sentence.
    pub fn sentence(&self) -> String {
        match self {
            Findings::Vector(report) => report.sentence(),
            Findings::Formula(report) => report.sentence(),
            Findings::Sample(report) => report.sentence(),
            Findings::Trajectories(report) => report.sentence(),
        }
    }

    fn head(&mut self) -> &mut Head {
        match self {
            Findings::Vector(report) => &mut report.head,
            Findings::Formula(report) => &mut report.head,
            Findings::Sample(report) => &mut report.head,
            Findings::Trajectories(report) => &mut report.head,
        }
    }
}

impl Report for Findings {
    fn entries(&self) -> Entries<'_> {
        match self {
            Findings::Vector(report) => report.entries(),
            Findings::Formula(report) => report.entries(),
            Findings::Sample(report) => report.entries(),
            Findings::Trajectories(report) => report.entries(),
        }
    }

    fn csv(&self, rows: &mut csv::CsvRows) -> std::io::Result<()> {
        match self {
            Findings::Vector(report) => report.csv(rows),
            Findings::Formula(report) => report.csv(rows),
            Findings::Sample(report) => report.csv(rows),
            Findings::Trajectories(report) => report.csv(rows),
        }
    }
}

/// Are these numbers what they should be, and if not, which mistake are they?
///
/// Errors if the policy cannot be built, where J has no gradient, and with [`StudyError::Given`] if
/// the numbers do not fit the model.
///
/// ```
/// use exact_mdp::judge::{Given, Verdict};
/// use exact_mdp::model::Model;
/// use exact_mdp::study::{JudgeRequest, Judged, Notes, judge};
///
/// let model = Model::load("mdps/short-corridor.yaml")?;
/// let mine = Given::array(vec![2], vec![1.0, -1.0]);
/// let found = judge(&model, &JudgeRequest::default(), Judged::Gradient(&mine), &Notes::default())?;
/// assert_eq!(found.verdict(), Verdict::Wrong);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn judge(
    model: &Model,
    request: &JudgeRequest,
    judged: Judged,
    listener: &dyn Listener,
) -> Result<Findings, StudyError> {
    ranges::false_alarm(request.false_alarm)?;
    request.check(&judged)?;
    if let Some((unrolled, setting)) = request.setting.in_time(model, listener)? {
        let own = &request.setting;
        let request = JudgeRequest {
            behavior: own.beside_in_time(model, request.behavior.as_ref(), listener)?,
            setting,
            ..request.clone()
        };
        return judge(&unrolled, &request, judged, listener);
    }
    let solved = request
        .setting
        .solved::<f64>(model, Doing::Evaluating, listener)?;
    listener.end();
    let over = model.floating().by(request.setting.solver.clone());
    let behavior = request.behavior.as_ref();
    let behavior = behavior.map(|name| name.of(model, &over, listener));
    let behavior = behavior.transpose()?.map(Arc::unwrap_or_clone);
    let asked = Asked::of(request, model, listener)?;
    let mut findings = match judged {
        Judged::Gradient(given) => request.vector(model, &solved, given)?,
        Judged::Formula(formula, given) => asked.formula(model, &solved, formula, given)?,
        Judged::Samples(given) => {
            let sample = judge::sample_of(given, solved.policy())?;
            asked.sample(model, &solved, &sample, behavior)?
        }
        Judged::Stream(file, encoding) => {
            let sample = judge::read_sample(file, encoding, solved.policy())?;
            asked.sample(model, &solved, &sample, behavior)?
        }
        Judged::Trajectories(columns) => {
            let options = TrajectoryOptions {
                named: asked.named.clone(),
                behavior,
                critic: request.critic.critic(model.space(), listener)?,
                baseline: asked.baseline.clone(),
                entropy: request.entropy_of(model)?,
                false_alarm: request.false_alarm,
            };
            let given = columns.trajectories(solved.mdp().space())?;
            given.check(&options)?;
            let judgment = judge::trajectories(&solved, &given, &options)?;
            let judgment = judgment.with_axes(&solved, columns, &options);
            let report = TrajectoryReport::new(&solved, model.objective(), asked.name(), &judgment);
            Findings::Trajectories(Box::new(report))
        }
    };
    request.setting.complete(findings.head(), model);
    Ok(findings)
}

impl JudgeRequest {
    /// Errors for what says nothing of the numbers that are judged.
    fn check(&self, judged: &Judged) -> Result<(), StudyError> {
        let (mut gradient, mut samples, mut trajectories, mut law) = (false, false, false, false);
        match judged {
            Judged::Gradient(_) => gradient = true,
            Judged::Samples(_) | Judged::Stream(..) => samples = true,
            Judged::Trajectories(_) => trajectories = true,
            Judged::Formula(formula, _) => law = formula.is_of_a_law(),
        }
        let is = |is_given: bool| is_given.then(|| "given".to_string());
        let usual = JudgeRequest::default();
        let own = |name: &String| name.contains(Estimator::OWN_BASELINE);
        let of_own = self.named.as_ref().is_some_and(own);
        // what is given, what is expected in its place, and whether it says something
        let all = [
            (
                "the estimator",
                self.named.clone(),
                "none: these numbers are of no estimator, as samples, trajectories, a mean and a covariance are",
                samples || trajectories || law,
            ),
            (
                "the false-alarm rate",
                (self.false_alarm != usual.false_alarm).then(|| self.false_alarm.to_string()),
                "the default: a vector and an array have no chance",
                samples || trajectories,
            ),
            (
                "the batch",
                (self.batch != usual.batch).then(|| self.batch.to_string()),
                "1: only rows of samples are means of several trajectories",
                samples,
            ),
            (
                "the truncation",
                self.truncation.map(|steps| steps.to_string()),
                "none: only the trajectories of samples and of a law are cut as it is said",
                samples || law,
            ),
            (
                "the behavior",
                is(self.behavior.is_some()),
                "none: only samples and trajectories say who acted",
                samples || trajectories,
            ),
            (
                "the critic",
                is(self.critic != usual.critic),
                "none: a critic is of trajectories, or of an estimator that is named",
                trajectories || (self.named.is_some() && (samples || law)),
            ),
            (
                "the baseline",
                is(self.baseline.is_some()),
                "none: a baseline of its own is one more estimator of trajectories and of samples, and of a mean and a covariance that of baseline:file",
                trajectories || samples || law && of_own,
            ),
            (
                "the entropy",
                self.entropy.as_ref().map(Number::to_string),
                "none: only a gradient and trajectories are judged with an entropy",
                gradient || trajectories,
            ),
        ];
        for (name, found, expected, has_use) in all {
            if let Some(found) = found {
                ranges::expect(name, &found, expected, has_use)?;
            }
        }
        Ok(())
    }

    /// How the trajectories end, where they are said to be cut.
    fn sampling(&self, solved: &Solved) -> Result<Option<Sampling>, StudyError> {
        let cut = |steps| Sampling::cut_after(steps, solved.mdp().criterion());
        Ok(self.truncation.map(cut).transpose()?)
    }

    /// α as the rewards of the model have it: costs lose what gains win.
    fn entropy_of(&self, model: &Model) -> Result<Option<f64>, StudyError> {
        let alpha = self
            .entropy
            .as_ref()
            .map(|alpha| ranges::entropy(alpha.to_f64()));
        Ok(alpha
            .transpose()?
            .map(|alpha| model.objective().sign() * alpha))
    }

    fn vector(
        &self,
        model: &Model,
        solved: &Solved,
        given: &Given,
    ) -> Result<Findings, StudyError> {
        let alpha = self.entropy_of(model)?;
        let numbers = given.parameters(solved.policy())?;
        let precision = Precision {
            unit: given.rounding(),
        };
        let judgment = match alpha {
            Some(alpha) => judge::soft_gradient(solved, alpha, &numbers, precision)?,
            None => judge::gradient(solved, &numbers, precision)?,
        };
        let entropy = self
            .entropy
            .as_ref()
            .map(|alpha| Quantity::from(alpha.to_f64()));
        let report = JudgeReport::new(solved, model.objective(), &numbers, &judgment);
        let report = JudgeReport { entropy, ..report };
        Ok(Findings::Vector(Box::new(report)))
    }
}

/// A request with its estimator and its baseline read.
struct Asked<'a> {
    request: &'a JudgeRequest,
    /// With the critic that is given.
    named: Option<Estimator>,
    baseline: Option<Vec<Number>>,
}

impl Asked<'_> {
    /// Errors for a name of no estimator, one without the critic that is given, and files that say something else.
    fn of<'a>(
        request: &'a JudgeRequest,
        model: &Model,
        listener: &dyn Listener,
    ) -> Result<Asked<'a>, StudyError> {
        let space = model.space();
        let baseline = request.baseline.as_ref();
        let baseline = baseline.map(|b| b.numbers(space, listener)).transpose()?;
        let critic = request.critic.critic(space, listener)?;
        let by_name = |name: &String| Estimator::by_name(name, baseline.as_deref());
        let named = request.named.as_ref().map(by_name).transpose()?;
        let named = Estimator::with_one_critic(named.into_iter().collect(), &critic)?.pop();
        Ok(Asked {
            request,
            named,
            baseline,
        })
    }

    fn name(&self) -> Option<String> {
        self.named.as_ref().map(Estimator::to_string)
    }

    fn formula(
        &self,
        model: &Model,
        solved: &Solved,
        formula: Formula,
        given: &Given,
    ) -> Result<Findings, StudyError> {
        let numbers = given.along(formula.axes(), solved.policy())?;
        let precision = Precision {
            unit: given.rounding(),
        };
        let law = LawOf {
            estimator: self
                .named
                .clone()
                .unwrap_or(Estimator::new(Psi::RewardToGo)),
            sampling: self.request.sampling(solved)?,
        };
        let judgment = judge::formula(solved, formula, &law, &numbers, precision)?;
        let named = Some(law.estimator.to_string());
        let report = FormulaReport::new(
            solved,
            model.objective(),
            formula,
            named,
            &numbers,
            &judgment,
        );
        Ok(Findings::Formula(Box::new(report)))
    }

    fn sample(
        &self,
        model: &Model,
        solved: &Solved,
        sample: &Sample,
        behavior: Option<Policy>,
    ) -> Result<Findings, StudyError> {
        if sample.rows() < 2 {
            let found = sample.rows();
            return Err(GivenError::FewRows { found }.into());
        }
        let options = SampleOptions {
            named: self.named.clone(),
            batch: self.request.batch,
            false_alarm: self.request.false_alarm,
            sampling: self.request.sampling(solved)?,
            behavior,
            baseline: self.baseline.clone(),
        };
        let judgment = judge::samples(solved, sample, &options)?;
        let size = (sample.rows(), self.request.batch);
        let report = SampleReport::new(solved, model.objective(), self.name(), size, &judgment);
        Ok(Findings::Sample(Box::new(report)))
    }
}
