//! The sums Σₜ γᵗ ψₜ Ψₜ of trajectories and their mean, against those that a user has: with the Ψₜ, the
//! score or the weight of a mistake.

use super::fitted::{Of, Sums};
use super::held::{CUT_AS_END, Claims, RATIOS_MISSING, has_own_ratios, is_mistake};
use super::matched::{Candidate, Held, held, named};
use super::noise::{Noise, apart};
use super::rows::{mean, times};
use super::weighed::{BEFORE_RATIOS, WITH_WEIGHT, WITHOUT_RATIOS, times_products};
use super::written::{Own, Within};
use super::wrong_sums::{LeftOut, Wrong};
use crate::error::Error;
use crate::judge::mistake;
use crate::judge::search::Diagnosis;
use crate::judge::simplex::Simplices;
use crate::judge::{RIGHT, SINGLE, Verdict};
use crate::reference::Estimate;

/// Trajectories by which it is seen whether a mistake could explain all of them; a choice.
const FEW: usize = 32;

impl Claims<'_> {
    pub fn contributions(&self) -> Result<Option<Held>, Error> {
        let Some(own) = &self.claim.contributions else {
            return Ok(None);
        };
        if let Some(untold) = self.untold("contributions") {
            return Ok(Some(untold));
        }
        if let Some(estimate) = self.known.steps.fixtures.estimates.first() {
            for (row, exact) in own.iter().zip(&estimate.contributions) {
                Error::check_length("row of `contributions`", exact.len(), row.len())?;
            }
        }
        let (rows, within) = self.tangential(own);
        let own = Own {
            rows: &rows,
            within,
        };
        let noise = self.known.of_sums;
        let mut right: Vec<Candidate> = self
            .estimates()
            .map(|estimate| Candidate {
                name: estimate.name.clone(),
                rows: estimate.contributions.as_slice().into(),
            })
            .collect();
        let mut mistakes = self.others(|estimate| estimate.contributions.clone());
        if !fits(own, &right, noise) {
            right.extend(self.as_told(Of::Each)?);
        }
        if !fits(own, &right, noise) {
            self.tried(own, Of::Each, &mut right, &mut mistakes);
        }
        if !fits_best(own, &right, noise) {
            for wrong in self.wrong() {
                let rows = if_close(own, |count| wrong.rows(count).collect());
                mistakes.extend(rows.map(|rows| (wrong.explained, rows)));
            }
            mistakes.extend(self.reordered(own, &right));
            mistakes.extend(self.scaled(|estimate| estimate.contributions.clone(), false));
            mistakes.extend(self.with_bonus(own, Of::Each));
            mistakes.extend(self.sums_of_other_entropy(own, Of::Each));
        }
        let name = self.name.clone();
        let of = ("contributions", name);
        let held = held(of, own, &right, &mistakes, noise);
        let held = held.sought(self.seeks_numbers(Of::Each));
        Ok(Some(held.of_one_direction(self.equations(Of::Each) < 2)))
    }

    pub fn estimate(&self) -> Result<Option<Held>, Error> {
        let Some(own) = &self.claim.estimate else {
            return Ok(None);
        };
        if let Some(untold) = self.untold("estimate") {
            return Ok(Some(untold));
        }
        let own = std::slice::from_ref(own);
        if let Some(exact) = self.known.steps.fixtures.estimates.first() {
            Error::check_length("`estimate`", exact.estimate.len(), own[0].len())?;
        }
        let (rows, within) = self.tangential(own);
        let own = Own {
            rows: &rows,
            within,
        };
        let right = self.estimates().map(|estimate| Candidate {
            name: estimate.name.clone(),
            rows: vec![estimate.estimate.clone()].into(),
        });
        let mut right: Vec<Candidate> = right.collect();
        let mut mistakes = self.others(|estimate| vec![estimate.estimate.clone()]);
        for form in self.known.forms {
            let Some(estimate) = form.estimate.clone() else {
                continue;
            };
            let name = if is_mistake(form) {
                CUT_AS_END
            } else {
                &form.name
            };
            mistakes.push((named(name, form.says.clone()), vec![estimate.clone()]));
            if self.name.is_none() && !is_mistake(form) {
                let (name, rows) = (form.name.clone(), vec![estimate].into());
                right.push(Candidate { name, rows });
            }
        }
        let noise = self.known.of_sums;
        if !fits(own, &right, noise) {
            right.extend(self.as_told(Of::Mean)?);
        }
        if !fits(own, &right, noise) {
            self.tried(own, Of::Mean, &mut right, &mut mistakes);
        }
        if !fits_best(own, &right, noise) {
            let wrong = self.wrong();
            let means = wrong.into_iter().map(|wrong| {
                let mean = wrong.mean();
                (wrong.explained, vec![mean])
            });
            mistakes.extend(means);
            mistakes.extend(self.reordered(own, &right));
            mistakes.extend(self.scaled(|estimate| vec![estimate.estimate.clone()], true));
            mistakes.extend(self.with_bonus(own, Of::Mean));
            mistakes.extend(self.sums_of_other_entropy(own, Of::Mean));
        }
        let name = self.name.clone();
        let of = ("estimate", name);
        let held = held(of, own, &right, &mistakes, noise);
        let held = held.sought(self.seeks_numbers(Of::Mean));
        Ok(Some(held.of_one_direction(self.equations(Of::Mean) < 2)))
    }

    /// Rows less their mean in each law whose probabilities are parameters, where no policy sees it, and up to where others
    /// are the same: by the rounding of those that came, of which these are the differences.
    fn tangential(&self, own: &[Vec<f64>]) -> (Vec<Vec<f64>>, Within) {
        let within = Within::seen(own);
        match Simplices::of(self.known.bench.policy) {
            Some(simplices) => {
                let along = own.iter().map(|row| simplices.along(row));
                let written = simplices.rounding() * within.written;
                (along.collect(), Within { written, ..within })
            }
            None => (own.to_vec(), within),
        }
    }

    /// The sums of what stands beside them and is right, if no estimator is named: of numbers that multiply scores, with γᵗ
    /// or without, and the mean of contributions. One direction of scores alone does not tell a λ, these do.
    fn as_told(&self, of: Of) -> Result<Vec<Candidate<'static>>, Error> {
        let mut all = Vec::new();
        if self.name.is_some() {
            return Ok(all);
        }
        let right = |held: Option<Held>| {
            let right = held.filter(|held| held.verdict == Verdict::Right);
            right.map_or_else(Vec::new, |held| held.matches)
        };
        let (steps, score) = (&self.known.steps, self.known.scores.first());
        let mut add = |name: &str, rows: &[Vec<f64>]| {
            let shares = self.shares(of).into_iter();
            all.extend(shares.map(|(share, prefix)| Candidate {
                name: format!("{prefix}{name}"),
                rows: times(rows, share).into(),
            }));
        };
        if let (Some(psi), Some(score)) = (&self.claim.psi, score) {
            let weights = [(steps.discount, ""), (1.0, ":dropped")];
            let weights = &weights[..1 + usize::from(steps.discount < 1.0)];
            for name in right(self.psi()?) {
                if name.ends_with(WITHOUT_RATIOS) {
                    continue; // in sums that is a mistake
                }
                let (name, is_weighed) = match name.strip_suffix(WITH_WEIGHT) {
                    Some(plain) => (plain, true),
                    None => (name.as_str(), false),
                };
                let (name, psi) = match name.strip_suffix(BEFORE_RATIOS) {
                    Some(plain) => (plain, self.with_products(psi)),
                    None => (name, psi.clone()),
                };
                if is_weighed {
                    let weight = 1.0;
                    add(name, &Sums { score, weight, of }.of(&psi));
                    continue;
                }
                for &(weight, suffix) in weights {
                    let rows = Sums { score, weight, of }.of(&psi);
                    add(&unweighed(name, suffix), &rows);
                }
            }
        }
        if let (Of::Mean, Some(own)) = (of, &self.claim.contributions) {
            let mean = [mean(&self.tangential(own).0)];
            for name in right(self.contributions()?) {
                add(&name, &mean);
            }
        }
        Ok(all)
    }

    /// Ψₜ times ω₀ ⋯ ωₜ, where another policy acts.
    fn with_products(&self, psi: &[Vec<f64>]) -> Vec<Vec<f64>> {
        match &self.known.steps.fixtures.ratios {
            Some(ratios) => {
                let rows = psi.iter().zip(ratios);
                rows.map(|(row, ratios)| times_products(row, ratios))
                    .collect()
            }
            None => psi.to_vec(),
        }
    }

    /// Adds the estimators with a number of their own of which these are the sums: right ones, or where another is
    /// named what explains them. Sums without the ratios of another policy that acts are a mistake.
    fn tried(
        &self,
        own: Own,
        of: Of,
        right: &mut Vec<Candidate>,
        mistakes: &mut Vec<(Diagnosis, Vec<Vec<f64>>)>,
    ) {
        let mut found = self.sums_of_forms(own, of);
        found.extend(self.fitted_sums(own, of));
        if found.is_empty() || !fits(own, &found, self.known.of_sums) {
            found.extend(self.whitened_sums(own.rows, of));
            let bare = self.sums_without_ratios(own, of).into_iter();
            mistakes.extend(bare.map(|one| {
                let of = one.name.trim_end_matches(WITHOUT_RATIOS);
                let says = format!("{} (of {of})", mistake::says(RATIOS_MISSING));
                (named(RATIOS_MISSING, says), one.rows.into_owned())
            }));
        }
        if self.name.is_none() {
            right.extend(found);
            return;
        }
        mistakes.extend(found.into_iter().map(|one| {
            let says = format!("these are the numbers of {}", one.name);
            (named(&one.name, says), one.rows.into_owned())
        }));
    }

    /// The sums, with γᵗ or without, of what libraries compute on purpose.
    fn sums_of_forms(&self, own: Own, of: Of) -> Vec<Candidate<'static>> {
        let (steps, Some(score)) = (&self.known.steps, self.known.scores.first()) else {
            return Vec::new();
        };
        let weighs = steps.fixtures.ratios.is_some();
        let forms = self
            .known
            .forms
            .iter()
            .filter(|form| !is_mistake(form) && (!weighs || has_own_ratios(&form.name)));
        let weights = [(steps.discount, ""), (1.0, ":dropped")];
        let weights = &weights[..1 + usize::from(steps.discount < 1.0)];
        let mut all = Vec::new();
        for form in forms {
            let Some(psi) = &form.psi else { continue };
            all.extend(weights.iter().filter_map(|&(weight, suffix)| {
                let sums = Wrong {
                    explained: named("", String::new()),
                    psi,
                    score,
                    weight,
                    left_out: None,
                };
                let rows = match of {
                    Of::Each => if_close(own, |count| sums.rows(count).collect())?,
                    Of::Mean => vec![sums.mean()],
                };
                let name = unweighed(&form.name, suffix);
                Some(Candidate {
                    name,
                    rows: rows.into(),
                })
            }));
        }
        all
    }

    /// One thing done otherwise: what is credited, the score, the weight, or a step left out; what is
    /// credited also beside a γᵗ that is dropped.
    fn wrong(&self) -> Vec<Wrong<'_>> {
        let (known, gamma) = (self.known, self.known.steps.discount);
        let Some(right) = known.scores.first() else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for credit in &known.credits {
            let of = |explained, weight| Wrong {
                explained,
                psi: &credit.psi,
                score: right,
                weight,
                left_out: None,
            };
            let explained = named(&credit.name, credit.says.clone());
            all.push(of(explained, gamma));
            if gamma < 1.0 {
                let name = format!("{}+gamma-dropped", credit.name);
                let says = format!("{}; {}", credit.says, mistake::says("gamma-dropped"));
                all.push(of(named(&name, says), 1.0));
            }
        }
        for estimate in self.estimates() {
            all.extend(self.wrong_of(estimate));
        }
        all
    }

    /// The Ψₜ of an estimator with another score or weight, or without a step.
    fn wrong_of<'a>(&'a self, estimate: &'a Estimate) -> Vec<Wrong<'a>> {
        let (scores, gamma) = (&self.known.scores, self.known.steps.discount);
        let Some(right) = scores.first() else {
            return Vec::new();
        };
        let is_dropped = estimate.name.ends_with(":dropped");
        let weight = if is_dropped { 1.0 } else { gamma };
        let of = |name: &str, says: &str| Wrong {
            explained: named(name, format!("{says} (of {})", estimate.name)),
            psi: &estimate.psi,
            score: right,
            weight,
            left_out: None,
        };
        // what is more than such a sum has its own score and weight
        if estimate.psi.is_empty() {
            return Vec::new();
        }
        let few = estimate.contributions.len().min(FEW);
        let sums: Vec<Vec<f64>> = of("", "").rows(few).collect();
        if apart(&sums, &estimate.contributions[..few]).0 > RIGHT {
            return Vec::new();
        }
        let mut all = Vec::new();
        for score in &scores[1..] {
            all.push(Wrong {
                score,
                ..of(score.name.unwrap_or_default(), &score.says)
            });
        }
        for (name, left_out) in [
            ("first-step-missing", LeftOut::First),
            ("last-step-missing", LeftOut::Last),
        ] {
            all.push(Wrong {
                left_out: Some(left_out),
                ..of(name, mistake::says(name))
            });
        }
        if gamma < 1.0 && !is_dropped {
            let weights = [("gamma-twice", gamma * gamma), ("gamma-dropped", 1.0)];
            // without a name the estimators without γᵗ are among the right ones
            let weights = weights.iter().take(1 + usize::from(self.name.is_some()));
            all.extend(weights.map(|&(name, weight)| Wrong {
                weight,
                ..of(name, mistake::says(name))
            }));
        }
        all
    }

    /// The factors of losses, of an estimate: the sum over trajectories, the mean over steps, either of
    /// them negative; and 1 − γ.
    fn scaled(
        &self,
        of: impl Fn(&Estimate) -> Vec<Vec<f64>>,
        is_mean: bool,
    ) -> Vec<(Diagnosis, Vec<Vec<f64>>)> {
        let n = self.known.steps.fixtures.lengths.len() as f64;
        let mut factors = Vec::new();
        if is_mean {
            factors.extend([
                ("sign", -1.0),
                ("sum-over-trajectories", n),
                ("sign+sum-over-trajectories", -n),
            ]);
            let by_steps = self.known.steps.by_steps();
            // a long run is a mean over its steps
            if by_steps != 1.0 {
                factors.push(("per-step-mean", by_steps));
                factors.push(("sign+per-step-mean", -by_steps));
            }
        }
        let rest = *self.known.bench.mdp.discount_complement();
        if rest > 0.0 {
            factors.push(("occupancy-normalised", rest));
        }
        let mut all = Vec::new();
        for estimate in self.estimates() {
            for &(name, factor) in &factors {
                let parts: Vec<&str> = name.split('+').map(mistake::says).collect();
                let says = format!("{} (of {})", parts.join("; "), estimate.name);
                let rows = of(estimate).into_iter();
                let rows = rows.map(|row| row.iter().map(|x| factor * x).collect());
                all.push((named(name, says), rows.collect()));
            }
        }
        all
    }
}

/// The name of sums with what stands for γᵗ that is dropped; in that of whitened ones it is inside.
fn unweighed(name: &str, suffix: &str) -> String {
    match name.rsplit_once(":ddof-") {
        Some((of, ddof)) if name.starts_with("whitened:") => format!("{of}{suffix}:ddof-{ddof}"),
        _ => format!("{name}{suffix}"),
    }
}

/// Whether one of the right ones is what is given.
fn fits(own: Own, right: &[Candidate], noise: Noise) -> bool {
    let mut each = right.iter();
    each.any(|candidate| own.fits(noise.apart(own.rows, &candidate.rows)))
}

/// Whether one of them is what is given so closely that no mistake could explain it better.
fn fits_best(own: Own, right: &[Candidate], noise: Noise) -> bool {
    let mut each = right.iter();
    each.any(|candidate| own.fits_best(noise.apart(own.rows, &candidate.rows)))
}

/// Rows that could be those that are given, up to the sign: the first of them tell.
pub(super) fn if_close(own: Own, rows: impl Fn(usize) -> Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let few = &own.rows[..own.rows.len().min(FEW)];
    let opposite = few.iter().map(|row| row.iter().map(|x| -x).collect());
    let first = rows(FEW);
    let could = |few: &[Vec<f64>]| {
        let (relative, most, _) = apart(few, &first);
        // the largest entries of all may be larger: all rows are held to those
        relative <= 10.0 * SINGLE || most <= own.within.written
    };
    let close = could(few) || could(&opposite.collect::<Vec<_>>());
    close.then(|| rows(usize::MAX))
}
