//! The numbers that a user says to have made of trajectories, against all that estimators and libraries make of them.

use super::by_psi::fitted;
use super::credit::{Credit, whitened};
use super::given::{Claim, Trajectories, TrajectoryOptions};
use super::matched::{Candidate, Held, held, named};
use super::noise::Noise;
use super::score::Scored;
use super::weighed::{BEFORE_RATIOS, WITH_WEIGHT, WITHOUT_RATIOS, times_products};
use super::written::Own;
use crate::error::Error;
use crate::judge::bench::Bench;
use crate::judge::search::Diagnosis;
use crate::judge::{RIGHT, Verdict, mistake};
use crate::reference::{Estimate, Fixtures, LibraryForm, Steps};

/// All that is given against all that is known.
pub(super) fn claims(
    given: &Trajectories,
    options: &TrajectoryOptions,
    known: &Known,
) -> Result<Vec<Held>, Error> {
    let mut all = Vec::new();
    for claim in &given.claims {
        let claims = Claims {
            name: claim
                .name
                .clone()
                .or_else(|| options.named.as_ref().map(ToString::to_string)),
            claim,
            known,
            entropy: options.entropy.unwrap_or(0.0),
        };
        all.extend(claims.psi()?);
        all.extend(claims.contributions()?);
        all.extend(claims.estimate()?);
    }
    Ok(all)
}

/// What is known of the trajectories, right and wrong.
pub(super) struct Known<'a> {
    pub steps: Steps<'a>,
    /// What rounding does to what is credited, and to sums of it times scores.
    pub of_credits: Noise,
    pub of_sums: Noise,
    pub forms: &'a [LibraryForm],
    /// The fixtures as a mistake in the model or the policy makes them.
    pub wrong: Vec<(&'static str, Fixtures)>,
    /// What is credited otherwise.
    pub credits: Vec<Credit>,
    /// ∇log π of each step, the right one first.
    pub scores: Vec<Scored>,
    pub bench: &'a Bench<'a>,
}

/// Numbers of one estimator, or of one that is not named.
pub(super) struct Claims<'a> {
    pub name: Option<String>,
    pub claim: &'a Claim,
    pub known: &'a Known<'a>,
    /// α, where the rewards have an entropy added; else 0.
    pub entropy: f64,
}

impl Claims<'_> {
    pub fn estimates(&self) -> impl Iterator<Item = &Estimate> {
        let all = self.known.steps.fixtures.estimates.iter();
        all.filter(|estimate| self.name.as_ref().is_none_or(|name| *name == estimate.name))
    }

    pub fn psi(&self) -> Result<Option<Held>, Error> {
        let Some(rows) = &self.claim.psi else {
            return Ok(None);
        };
        let given = Own::new(rows);
        let own = rows.as_slice();
        if let Some(untold) = self.untold("psi") {
            return Ok(Some(untold));
        }
        let noise = self.known.of_credits;
        let mut right = self.asked()?;
        let plain = right
            .iter()
            .any(|candidate| given.fits_closely(noise.apart(own, &candidate.rows)));
        let mut credits = self.forms(own);
        // what is the same as an estimator here needs no other name
        credits.retain(|credit| {
            let mut each = right.iter();
            each.all(|c| noise.apart(&credit.psi, &c.rows).0 > RIGHT)
        });
        if !plain {
            let weighed = self.known.steps.discount < 1.0;
            let weighed = right.iter().filter(|_| weighed).map(|c| self.weighed(c));
            // of another estimator than the one that is named they are a mistake
            let forms = credits.iter().filter(|_| self.name.is_none());
            let forms = forms.map(|credit| Candidate {
                name: credit.name.clone(),
                rows: credit.psi.clone().into(),
            });
            let more: Vec<Candidate> = weighed.chain(forms).collect();
            right.extend(more);
        }
        let is_told = |c: &Candidate| given.fits(noise.apart(own, &c.rows));
        if self.name.is_none() && !right.iter().any(is_told) {
            right.extend(self.multiples(given));
        }
        credits.extend(self.known.credits.iter().cloned());
        credits.extend(self.without_own_ratios());
        if self.lacks_ratios(given) {
            // what else makes the same here has no ratios either
            credits.clear();
        }
        let fits = |c: &Candidate| given.fits_closely(noise.apart(own, &c.rows));
        if self.known.steps.fixtures.ratios.is_none() && !right.iter().any(fits) {
            credits.extend(self.of_buffers(own));
        }
        let mistakes = credits
            .into_iter()
            .map(|credit| (says(&credit), credit.psi));
        let mut mistakes: Vec<_> = mistakes.collect();
        mistakes.extend(self.others(|estimate| estimate.psi.clone()));
        mistakes.extend(self.entropy_of_other_weight(given, |estimate| estimate.psi.clone()));
        let name = self.name.clone();
        let held = held(("psi", name), given, &right, &mistakes, noise);
        Ok(Some(held.sought(true)))
    }

    /// Ψₜ of the estimator that is named, or of all of them.
    fn asked(&self) -> Result<Vec<Candidate<'_>>, Error> {
        let mut right: Vec<Candidate> = Vec::new();
        for estimate in self.estimates() {
            if estimate.psi.is_empty() && estimate.contributions.iter().any(|x| !x.is_empty()) {
                return Err(Error::Argument {
                    name: "`psi`",
                    found: format!("given for {}", estimate.name),
                    expected: "contributions or an estimate: no one number multiplies its scores",
                });
            }
            let name = match self.name {
                Some(_) => estimate.name.clone(),
                // Ψ is the same, whether γᵗ stands before the score or not
                None => estimate.name.trim_end_matches(":dropped").to_string(),
            };
            if right.iter().all(|candidate| candidate.name != name) {
                right.extend(self.weighings(name, estimate));
            }
        }
        Ok(right)
    }

    /// What libraries compute on purpose, with the numbers that fit what is given.
    pub fn forms(&self, own: &[Vec<f64>]) -> Vec<Credit> {
        let (steps, fixtures) = (&self.known.steps, self.known.steps.fixtures);
        let mut all = fitted(steps, own);
        let mut plain = Vec::new();
        let forms = self.known.forms.iter();
        let forms = forms.filter(|form| !form.name.starts_with("whitened") && !is_mistake(form));
        let forms = forms.filter_map(|form| {
            Some(Credit {
                name: form.name.clone(),
                says: form.says.clone(),
                psi: form.psi.clone()?,
            })
        });
        let (weighed, unweighed): (Vec<_>, Vec<_>) =
            forms.partition(|credit| has_own_ratios(&credit.name));
        plain.extend(unweighed);
        let estimates = fixtures.estimates.iter();
        let single = estimates.filter(|one| !is_of_batch(&one.name));
        plain.extend(single.filter_map(|one| {
            let name = match &self.name {
                Some(_) => one.name.as_str(),
                None => one.name.trim_end_matches(":dropped"),
            };
            whitened(name, &one.psi, own)
        }));
        plain.extend(steps.whitened_gae(own));
        if fixtures.ratios.is_some() {
            // that no ratio is in them is no slip where they multiply ratios, and one where nothing else has them
            plain
                .iter_mut()
                .for_each(|credit| credit.name += WITHOUT_RATIOS);
            plain.extend(self.without_ratios());
        }
        all.extend(plain);
        all.extend(weighed);
        all
    }

    /// The Ψₜ of an estimator; where another policy acts with ω₀ ⋯ ωₜ, and without as where these stand before the
    /// score.
    fn weighings<'a>(&self, name: String, estimate: &'a Estimate) -> Vec<Candidate<'a>> {
        let own = estimate.psi.as_slice();
        let ratios = self.known.steps.fixtures.ratios.as_ref();
        let Some(ratios) = ratios.filter(|_| !has_own_ratios(&name)) else {
            let rows = own.into();
            return vec![Candidate { name, rows }];
        };
        let each = own.iter().zip(ratios);
        let rows: Vec<Vec<f64>> = each
            .map(|(row, ratios)| times_products(row, ratios))
            .collect();
        let before = format!("{name}{BEFORE_RATIOS}");
        let whole = Candidate {
            name,
            rows: rows.into(),
        };
        let bare = Candidate {
            name: before,
            rows: own.into(),
        };
        vec![whole, bare]
    }

    /// The Ψₜ of the estimators as they are where nobody else acts.
    fn without_ratios(&self) -> Vec<Credit> {
        let mut all: Vec<Credit> = Vec::new();
        let mut wrong = self.known.wrong.iter();
        let bare = wrong.find(|(name, _)| *name == RATIOS_MISSING && self.name.is_none());
        for one in bare.iter().flat_map(|(_, bare)| &bare.estimates) {
            let name = format!("{}{WITHOUT_RATIOS}", one.name.trim_end_matches(":dropped"));
            if !one.psi.is_empty() && all.iter().all(|known| known.name != name) {
                let (says, psi) = (mistake::says(RATIOS_MISSING).to_string(), one.psi.clone());
                all.push(Credit { name, says, psi });
            }
        }
        all
    }

    /// Whether these are the Ψₜ of the estimator that is named as they are where nobody else acts.
    fn lacks_ratios(&self, own: Own) -> bool {
        let mut wrong = self.known.wrong.iter();
        let bare = wrong.find(|(name, _)| *name == RATIOS_MISSING && self.name.is_some());
        let mut all = bare.iter().flat_map(|(_, bare)| &bare.estimates);
        let own_name = |one: &&Estimate| Some(&one.name) == self.name.as_ref();
        let named = all.find(own_name).filter(|one| !one.psi.is_empty());
        named.is_some_and(|one| own.fits_closely(self.known.of_credits.apart(own.rows, &one.psi)))
    }

    /// What has its ratios by name, without those up to its step.
    fn without_own_ratios(&self) -> Option<Credit> {
        const PER_DECISION: &str = "importance:per-decision";
        let name = self.name.as_ref()?;
        let ratios = self.known.steps.fixtures.ratios.as_ref()?;
        let own = self.estimates().find(|_| name.starts_with(PER_DECISION))?;
        let inverse = |row: &Vec<f64>| row.iter().map(|ratio| 1.0 / ratio).collect::<Vec<f64>>();
        let each = own.psi.iter().zip(ratios);
        let rows = each.map(|(row, ratios)| times_products(row, &inverse(ratios)));
        Some(Credit {
            name: format!("{name}{BEFORE_RATIOS}"),
            says: "the ratios up to each step are missing: ω₀ ⋯ ωₜ".into(),
            psi: rows.collect(),
        })
    }

    /// That nothing can be said of what is named and has not been computed.
    pub fn untold(&self, of: &'static str) -> Option<Held> {
        (self.name.is_some() && self.estimates().next().is_none()).then(|| Held {
            of,
            named: self.name.clone(),
            verdict: Verdict::CannotBeTold,
            matches: Vec::new(),
            biased: false,
            digits: 0,
            largest_difference: f64::NAN,
            place: Vec::new(),
            diagnoses: Vec::new(),
            numbers_sought: false,
        })
    }

    /// γᵗΨₜ, as where the weight is part of what multiplies the score.
    fn weighed(&self, candidate: &Candidate) -> Candidate<'static> {
        let weigh = |row: &Vec<f64>| {
            let steps = row.iter().enumerate();
            steps
                .map(|(t, x)| self.known.steps.discount.powi(t as i32) * x)
                .collect()
        };
        Candidate {
            name: format!("{}{WITH_WEIGHT}", candidate.name),
            rows: candidate.rows.iter().map(weigh).collect::<Vec<_>>().into(),
        }
    }

    /// The other estimators, as explanations of what is said to be one.
    pub fn others(
        &self,
        of: impl Fn(&Estimate) -> Vec<Vec<f64>>,
    ) -> Vec<(Diagnosis, Vec<Vec<f64>>)> {
        let all = self.known.steps.fixtures.estimates.iter();
        let other = all.filter(|estimate| {
            self.name
                .as_ref()
                .is_some_and(|name| *name != estimate.name)
        });
        let explained = |estimate: &Estimate| {
            let says = format!("these are the numbers of {}", estimate.name);
            (named(&estimate.name, says), of(estimate))
        };
        let mut all: Vec<_> = other.map(explained).collect();
        for (name, fixtures) in &self.known.wrong {
            let own = fixtures.estimates.iter();
            let own = own.filter(|one| self.name.as_ref().is_none_or(|name| *name == one.name));
            all.extend(own.map(|estimate| {
                let says = format!("{} (of {})", mistake::says(name), estimate.name);
                (named(name, says), of(estimate))
            }));
        }
        all
    }
}

pub(super) fn says(credit: &Credit) -> Diagnosis {
    named(&credit.name, credit.says.clone())
}

/// The mistake of them where an estimator is named that has ratios.
pub(super) const RATIOS_MISSING: &str = "ratios-missing";

/// Whether all ratios are in the numbers of this name.
pub(super) fn has_own_ratios(name: &str) -> bool {
    let mut kinds = ["importance:", "v-trace:", "retrace:"].into_iter();
    kinds.any(|kind| name.starts_with(kind))
}

/// Whether it is a function of all trajectories together.
pub(super) fn is_of_batch(name: &str) -> bool {
    let mut kinds = ["whitened:", "per-step-mean:", "in-sample-baseline:"].into_iter();
    kinds.any(|kind| name.starts_with(kind))
}

/// The mistake that some libraries make in every trajectory that is cut.
pub(super) const CUT_AS_END: &str = "cut-as-end";

/// Whether a form of libraries is a mistake and no choice: what is cut has not ended.
pub(super) fn is_mistake(form: &LibraryForm) -> bool {
    form.name.ends_with(CUT_AS_END)
}
