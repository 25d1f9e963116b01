//! What `judge --samples` reports.

use std::io;

use super::diagnosis::{DiagnosisReport, diagnoses};
use super::{list, rows, verdict};
use crate::comparison::{self, BiasVerdict, ComparedEstimator};
use crate::judge::{ENOUGH, MeanTest, SampleJudgment, Untested, Verdict};
use crate::model::Objective;
use crate::report::comparison::judgment;
use crate::report::entries::{Axis, Entries, Entry};
use crate::report::{Head, Quantity, Report, csv};
use crate::solved::Solved;

/// A user's estimates held against ∇J and the exact laws.
#[derive(Clone, Debug)]
pub struct SampleReport {
    /// The model, the criterion, the policy.
    pub head: Head,
    /// What was judged.
    pub of: &'static str,
    /// The estimator whose estimates these are said to be.
    pub named: Option<String>,
    /// Whether the sample agrees.
    pub verdict: Verdict,
    /// The digits to which its mean and ∇J agree.
    pub digits: u32,
    /// max |X̄ − ∇J|.
    pub largest_difference: Quantity,
    /// The parameter at which that is.
    pub place: Option<String>,
    /// N, the number of rows.
    pub samples: u64,
    /// How many trajectories each row is the mean of.
    pub batch: u64,
    /// ∇J \[d\].
    pub gradient: Vec<Quantity>,
    /// X̄ \[d\].
    pub mean: Vec<Quantity>,
    /// √(S_kk/N) \[d\], of the sample.
    pub standard_error: Vec<Quantity>,
    /// The mean against ∇J, by the sample's covariance.
    pub mean_test: MeanTest,
    /// The parameters that it leaves out, and why.
    pub untested: Vec<(String, Untested)>,
    /// The estimators, as `compare` has them, the sample beside each.
    pub estimators: Vec<ComparedEstimator>,
    /// Which relative error of the mean this sample would have shown, with a probability of 0.9.
    pub detectable: Option<Quantity>,
    /// The probability that a right sample is called inconsistent.
    pub false_alarm_rate: f64,
    /// The mistakes whose mean the sample's mean agrees with, best first; `residual` in standard
    /// errors.
    pub diagnoses: Vec<DiagnosisReport>,
    /// A bundled model on which they would differ, under the policy `random:1`.
    pub told_apart_by: Option<&'static str>,
}

impl SampleReport {
    /// The report of a judgment on a sample.
    pub fn new(
        solved: &Solved,
        objective: Objective,
        named: Option<String>,
        (samples, batch): (u64, u64),
        judgment: &SampleJudgment,
    ) -> SampleReport {
        let head = Head::new(solved.mdp(), solved.policy(), objective);
        let label = |k: usize| head.policy.parameters[k].clone();
        let place = judgment.place.map(label);
        let untested = judgment.untested.iter();
        let untested = untested.map(|&(k, why)| (label(k), why)).collect();
        SampleReport {
            of: "samples",
            named,
            verdict: judgment.verdict,
            digits: judgment.digits,
            largest_difference: Quantity::from(judgment.largest_difference),
            place,
            samples,
            batch,
            gradient: Quantity::all(&judgment.exact),
            mean: Quantity::all(&judgment.mean),
            standard_error: Quantity::all(&judgment.standard_error),
            mean_test: judgment.mean_test,
            untested,
            estimators: judgment.estimators.clone(),
            detectable: judgment.detectable.map(Quantity::from),
            false_alarm_rate: judgment.false_alarm_rate,
            diagnoses: judgment
                .diagnoses
                .iter()
                .map(DiagnosisReport::new)
                .collect(),
            told_apart_by: judgment.told_apart_by(solved.mdp().name()),
            head,
        }
    }

    /// Where no estimator is named, those whose exact law the sample is consistent with, and whose mean is another than ∇J.
    fn lawful(&self) -> Vec<&str> {
        let consistent = |own: &&ComparedEstimator| {
            own.verdict == comparison::SampleVerdict::Consistent
                && own.bias_verdict() != Some(BiasVerdict::Unbiased)
        };
        let all = self.estimators.iter().filter(consistent);
        let names = all.map(|own| own.name.as_str());
        names.filter(|_| self.named.is_none()).collect()
    }

    /// Why nothing can be told of a sample of the estimator that is named.
    fn untold(&self, of: &str) -> String {
        let rows = self.samples.saturating_mul(self.batch);
        let own = self.estimators.first();
        if let Some(comparison::SampleVerdict::NoVariance(why)) = own.map(|own| own.verdict) {
            return format!("cannot be told: {of} has no variance: {why}");
        }
        let seen = self.detectable.as_ref().and_then(Quantity::value);
        let seen = match seen {
            Some(seen) => format!(
                "no error of less than {:.0} % would have been seen",
                100.0 * seen
            ),
            None => "no error would have been seen".to_string(),
        };
        let more = if (rows as f64) < ENOUGH {
            format!(
                "; from {ENOUGH:.0} trajectories on the spread of the rows themselves tells more"
            )
        } else {
            String::new()
        };
        format!(
            "cannot be told with {rows} trajectories: nothing speaks against {of}, but {seen}{more}"
        )
    }

    /// Whether every row is the same, and off ∇J: what is known then is the chance of that, by a bound.
    fn never_varies(&self) -> bool {
        let test = &self.mean_test;
        self.untested.is_empty() && test.degrees_of_freedom == 0 && test.by_bound > 0
    }

    /// The p-value that the verdict rests on, and of which test it is; `None` where nothing is tested.
    pub fn decision(&self) -> Option<(f64, &'static str)> {
        if self.named.is_some() {
            let own = self.estimators.first()?.sample.as_ref()?;
            return Some((own.decision_p_value, own.decided_by.says()));
        }
        let of = match (self.mean_test.degrees_of_freedom, self.mean_test.by_bound) {
            (0, 0) => return None,
            (_, 0) => "the mean against ∇J, by the covariance of the rows",
            (0, _) => "the mean against ∇J, by bounds for what seldom or never varies",
            _ => {
                "the mean against ∇J, by the covariance of the rows, with bounds for what seldom or never varies"
            }
        };
        Some((self.mean_test.p_value, of))
    }

    /// The verdict in one sentence.
    pub fn sentence(&self) -> String {
        let names: Vec<&str> = self.diagnoses.iter().map(|d| d.name.as_str()).collect();
        let of = match &self.named {
            Some(named) => format!("the exact law of {named}"),
            None => "∇J".to_string(),
        };
        match (self.verdict, names.as_slice()) {
            (Verdict::Consistent, _) => match &self.detectable {
                Some(seen) if seen.value().is_some_and(|seen| seen >= 1.0) => format!(
                    "consistent with {of}, but only gross errors would have been seen, of {:.0} % and more: more \
                     trajectories would tell",
                    100.0 * seen.value().unwrap_or(f64::NAN)
                ),
                Some(seen) => format!(
                    "consistent with {of}: an error of {:.2} % would have been seen",
                    100.0 * seen.value().unwrap_or(f64::NAN)
                ),
                None => format!("consistent with {of}"),
            },
            (Verdict::CannotBeTold, _) if self.named.is_some() => self.untold(&of),
            (Verdict::CannotBeTold, _) if self.never_varies() => format!(
                "cannot be told: {} rows of which nothing varies tell too little; more of them, or the name of the \
                 estimator that made them, would tell",
                self.samples
            ),
            (Verdict::CannotBeTold, _) if self.untested.is_empty() => {
                "cannot be told: all of ∇J may be the rounding of scores in 64 bits here, as where a logit is saturated"
                    .to_string()
            }
            (Verdict::CannotBeTold, _) => {
                "cannot be told: so few of the rows make up each coordinate that no mean is tested; more of them would tell"
                    .to_string()
            }
            (verdict, []) if !self.lawful().is_empty() => format!(
                "{} with {of}, and consistent with the exact law of {}, whose mean it is",
                verdict.name(),
                list(&self.lawful())
            ),
            (verdict, []) => format!(
                "{} with {of}, and no mistake of the dictionary explains it",
                verdict.name()
            ),
            (verdict, [one]) => {
                format!(
                    "{} with {of}: {one} – {}",
                    verdict.name(),
                    self.diagnoses[0].says
                )
            }
            (verdict, several) => {
                format!(
                    "{} with {of}: {} explain it equally well",
                    verdict.name(),
                    list(several)
                )
            }
        }
    }
}

impl Report for SampleReport {
    fn entries(&self) -> Entries<'_> {
        let place = self.place.as_deref();
        let difference = Some(&self.largest_difference);
        let vector = |name, x| Entry::vector(name, Axis::Parameter, x);
        let decision = self.decision().map(|(p, of)| {
            Entries::default()
                .and(Entry::float("p_value", p))
                .and(Entry::text("of", of))
                .and(Entry::float("false_alarm_rate", self.false_alarm_rate))
        });
        let test = Entries::default()
            .and(Entry::flag("decides", self.named.is_none()))
            .and(Entry::float("statistic", self.mean_test.statistic))
            .and(Entry::whole(
                "degrees_of_freedom",
                self.mean_test.degrees_of_freedom as u64,
            ))
            .and(Entry::float("p_value", self.mean_test.p_value))
            .and_some(
                "by_bound",
                Some(self.mean_test.by_bound).filter(|n| *n > 0),
                |name, n| Entry::whole(name, n as u64),
            )
            .and_some(
                "left_out",
                Some(&self.untested).filter(|all| !all.is_empty()),
                |name, all| {
                    let each = all.iter().map(|(label, why)| {
                        Entries::default()
                            .and(Entry::text("parameter", label.as_str()))
                            .and(Entry::text("says", why.says()))
                    });
                    Entry::list(name, each.collect())
                },
            );
        let estimators = self.estimators.iter().map(judgment);
        self.head
            .entries()
            .and(Entry::text("of", self.of))
            .and(Entry::or_null("as", self.named.as_deref(), Entry::text))
            .with(verdict(self.verdict, Some(self.digits), difference, place).0)
            .and(Entry::or_null("decision", decision, Entry::group))
            .and(Entry::whole("samples", self.samples))
            .and(Entry::whole("batch", self.batch))
            .and(vector("gradient", &self.gradient))
            .and(vector("mean", &self.mean))
            .and(vector("standard_error", &self.standard_error))
            .and(Entry::group("mean_test", test))
            .and(Entry::list("estimators", estimators.collect()))
            .and(Entry::or_null(
                "detectable",
                self.detectable.as_ref(),
                Entry::number,
            ))
            .and(Entry::float("false_alarm_rate", self.false_alarm_rate))
            .and(diagnoses(&self.diagnoses))
            .and(Entry::or_null(
                "told_apart_by",
                self.told_apart_by,
                Entry::text,
            ))
    }

    /// Columns `quantity`, `of`, `value`: by parameter, estimator or diagnosis.
    fn csv(&self, rows: &mut csv::CsvRows) -> io::Result<()> {
        rows::verdict(rows, self.verdict)?;
        rows.number(&["samples", ""], Quantity::from(self.samples as f64))?;
        if let Some((p, of)) = self.decision() {
            rows.number(&["p_value", of], Quantity::from(p))?;
        }
        let labels = &self.head.policy.parameters;
        rows::labelled(rows, labels.iter(), "mean", &self.mean)?;
        rows::labelled(rows, labels.iter(), "gradient", &self.gradient)?;
        rows::labelled(rows, labels.iter(), "standard_error", &self.standard_error)?;
        for (label, _) in &self.untested {
            rows.number(&["left_out", label], Quantity::Undefined)?;
        }
        for judged in &self.estimators {
            let sample = judged.sample.as_ref();
            let p = sample.map_or(Quantity::Undefined, |own| own.decision_p_value.into());
            rows.number(&["decision_p_value", &judged.name], p)?;
            let word = judged.verdict.word().unwrap_or_default();
            rows.number(&[&word, &judged.name], Quantity::Undefined)?;
        }
        rows::diagnoses(rows, &self.diagnoses)
    }
}
