//! Moments of the reward to go less a baseline of its own for each parameter (theory, 5.7).
//!
//! X = X_v − Z with the baseline v, which cancels most, and Z = Σₜ cᵗ βₜ(Sₜ, Aₜ), β_k = ψ_k (b_k − v)(s). Given
//! the past β has mean 0, so that Z does, its terms are uncorrelated, and with x(s) the mean of X from s on,
//! q̃ = q − v and χ of [`super::baseline`]
//!
//! ```text
//! Cov X = Cov X_v − C − Cᵀ + Σ_u c^{2u} Σ_s p_u(s) Σₐ π ββᵀ
//! C_kl  = E[X_v,k Z_l] = Σ_u { c^{2u} Σ_s p_u(s) Σₐ π β_l [ψ_k q̃ + c (px)_k] + Σ_s χ_u,k(s) Σₐ π β_l q }
//! ```
//!
//! term by term as b* itself is found: the score of the same time, those after it, and those before.

use super::assembly::Accumulator;
use super::baseline::chi_step;
use super::conditional::{Conditional, Depth, View};
use super::experiment::Experiment;
use super::moments::{self, Detail, Moments};
use super::process::{Order, Process};
use super::recursion::Recursion;
use super::rows::{Rows, axpy};
use super::{Contribution, Resolved, Table};
use crate::error::Error;
use crate::linalg::Solvable;

/// Mean, variances and, with [`Detail::Covariance`], the covariance; `baseline` is b of each entry of the
/// scores.
///
/// Errors if a linear system is singular.
pub(super) fn moments<F: Solvable>(
    experiment: &Experiment<F>,
    resolved: &Resolved<F>,
    baseline: &Table<F>,
    detail: Detail,
) -> Result<Moments<F>, Error> {
    let (process, v) = (experiment.process(), experiment.v());
    let form = |baseline| Resolved {
        form: Contribution::Return { baseline },
        ..resolved.clone()
    };
    let centred = Recursion::new(&form(Some(v.clone())));
    let mut known = moments::moments(process, &centred, v, detail)?;
    let plain = Recursion::new(&form(None));
    let change = Change {
        process,
        recursion: &plain,
        baseline,
        v,
        c: &resolved.weight,
        sum: Accumulator::zero(process.parameters(), detail == Detail::Covariance),
    };
    let change = change.whole()?;
    let diagonal = change.diagonal();
    for (k, change) in diagonal.iter().enumerate() {
        let variance = known.variance[k].clone() + change;
        // what the difference may have lost is of the order of the larger one
        let larger = if *change < F::zero() {
            known.variance[k].clone()
        } else {
            variance.clone()
        };
        known.raw[k] += larger;
        let kept = F::EXACT || variance.certified().is_some() || variance >= F::zero();
        known.variance[k] = if kept { variance } else { F::zero() };
    }
    known.covariance = match (known.covariance, change.whole()) {
        (Some(covariance), Some(change)) => Some(covariance + change),
        _ => None,
    };
    known.centred = None;
    Ok(known)
}

/// Estimators with one baseline each, and which entries they have in common with this one, which may have a
/// baseline for each parameter: every parameter is in one of them. Parameters that meet in no state share one.
pub(super) fn shared<F: Solvable>(
    process: &Process<F>,
    resolved: &Resolved<F>,
) -> Vec<(Resolved<F>, Vec<usize>)> {
    let parameters = process.parameters();
    let Contribution::ReturnByParameter { baseline } = &resolved.form else {
        return vec![(resolved.clone(), (0..parameters).collect())];
    };
    // in which states a parameter has a score, and with which entry first
    let mut places: Vec<Vec<(usize, usize)>> = vec![Vec::new(); parameters];
    for state in 0..process.states() {
        for pair in process.pairs_of(state) {
            for ((k, _), entry) in process.score(pair).zip(process.entries_of(pair)) {
                if places[k].last().is_none_or(|(last, _)| *last != state) {
                    places[k].push((state, entry));
                }
            }
        }
    }
    let mut groups: Vec<(Vec<Option<usize>>, Vec<usize>)> = Vec::new();
    for (k, places) in places.iter().enumerate() {
        let is_free = |taken: &[Option<usize>]| places.iter().all(|(s, _)| taken[*s].is_none());
        let group = match groups.iter().position(|(taken, _)| is_free(taken)) {
            Some(group) => group,
            None => {
                groups.push((vec![None; process.states()], Vec::new()));
                groups.len() - 1
            }
        };
        let (taken, own) = &mut groups[group];
        own.push(k);
        places
            .iter()
            .for_each(|(s, entry)| taken[*s] = Some(*entry));
    }
    let of = |taken: &[Option<usize>]| {
        let row = |row: &Vec<F>| {
            let b = |entry: &Option<usize>| entry.map_or_else(F::zero, |entry| row[entry].clone());
            taken.iter().map(b).collect()
        };
        let baseline = Table::by_time(baseline.rows().iter().map(row).collect());
        Resolved {
            form: Contribution::Return {
                baseline: Some(baseline),
            },
            ..resolved.clone()
        }
    };
    groups
        .into_iter()
        .map(|(taken, own)| (of(&taken), own))
        .collect()
}

/// Cov X − Cov X_v.
struct Change<'a, F: Solvable> {
    process: &'a Process<F>,
    /// That of the reward to go.
    recursion: &'a Recursion<F>,
    baseline: &'a Table<F>,
    v: &'a Table<F>,
    c: &'a F,
    sum: Accumulator<F>,
}

/// Σₐ π β q of each state, sparse.
type Gains<F> = Vec<Vec<(usize, F)>>;

impl<F: Solvable> Change<'_, F> {
    fn at(&self, time: usize) -> View<'_, F> {
        View {
            process: self.process,
            recursion: self.recursion,
            time,
        }
    }

    /// Adds up all times.
    fn whole(mut self) -> Result<Accumulator<F>, Error> {
        let (process, c) = (self.process, self.c);
        let square = c.clone() * c;
        let nothing = Rows::zero(process.states(), process.parameters());
        let initial = process.initial().to_vec();
        let Some(horizon) = process.horizon() else {
            let known = Conditional::stationary(self.at(0), Depth::Vectors)?;
            let visits = process.solve_transposed(Order::First, &square, initial)?;
            let gains = self.add_own_and_later(0, &known, &visits);
            let chi = chi_step(process, c, &visits, &nothing);
            let joint = c.clone() * process.discount();
            self.add_earlier(&gains, &process.solve_rows_transposed(&joint, chi)?);
            return Ok(self.sum);
        };
        let mut visits = vec![initial];
        for time in 1..horizon {
            let moved = process.p(Order::First).mul_transposed(&visits[time - 1]);
            visits.push(moved.into_iter().map(|x| x * &square).collect());
        }
        let mut gains = Vec::with_capacity(horizon);
        let mut known = Conditional::zero(process, self.recursion);
        for time in (0..horizon).rev() {
            gains.push(self.add_own_and_later(time, &known, &visits[time]));
            known = known.one_more(self.at(time), Depth::Vectors);
        }
        let mut chi = nothing;
        for (visits, gains) in visits.iter().zip(gains.iter().rev()) {
            self.add_earlier(gains, &chi);
            chi = chi_step(process, c, visits, &chi);
        }
        Ok(self.sum)
    }

    /// Adds the terms of the steps at one time with themselves and with what comes after them, `known` being
    /// the moments then. Returns the gains, which ask for what came before.
    fn add_own_and_later(&mut self, time: usize, known: &Conditional<F>, visits: &[F]) -> Gains<F> {
        let process = self.process;
        let minus_two = F::from_i64(-2);
        let mut row = vec![F::zero(); process.parameters()];
        let mut all = vec![Vec::new(); process.states()];
        for (state, gains) in all.iter_mut().enumerate() {
            let v = &self.v.at(time)[state];
            for pair in process.pairs_of(state) {
                let probability = &process.weights(Order::First)[pair];
                if probability.is_zero() {
                    continue;
                }
                let own = &self.baseline.at(time)[process.entries_of(pair)];
                let beta = process.score(pair).zip(own);
                let beta = beta.map(|((k, psi), b)| (k, (b.clone() - v) * psi));
                let beta: Vec<(usize, F)> = beta.collect();
                row.fill(F::zero());
                let q = self.later(time, known, (state, pair), &mut row);
                for (k, psi) in process.score(pair) {
                    row[k] += (q.clone() - v) * psi;
                }
                // −2 E[X_v from here on | s, a] + β
                row.iter_mut().for_each(|x| *x *= minus_two.clone());
                beta.iter().for_each(|(k, beta)| row[*k] += beta.clone());
                let weight = probability.clone() * &visits[state];
                let sparse = beta.iter().map(|(k, beta)| (*k, beta));
                self.sum.add_score(&weight, sparse, &row);
                let factor = probability.clone() * &q;
                let gain = |(k, beta): (usize, F)| (k, beta * &factor);
                gains.extend(beta.into_iter().map(gain));
            }
        }
        all
    }

    /// q of a pair; c (px) is added to the row.
    fn later(
        &self,
        time: usize,
        known: &Conditional<F>,
        (state, pair): (usize, usize),
        row: &mut [F],
    ) -> F {
        let mut q = F::zero();
        for step in self.process.steps_of(pair) {
            let vector = &self.recursion.vectors[0];
            q += known.factor_at(time, vector, state, pair, step) * &step.probability;
            if let Some(next) = step.next {
                let weight = step.probability.clone() * self.c;
                axpy(row, &weight, known.x[0].row(next));
            }
        }
        q
    }

    /// Adds the terms of one time with what came before them.
    fn add_earlier(&mut self, gains: &Gains<F>, chi: &Rows<F>) {
        for (state, gains) in gains.iter().enumerate() {
            let sparse = gains.iter().map(|(k, gain)| (*k, gain));
            self.sum.add_score(&F::from_i64(-2), sparse, chi.row(state));
        }
    }
}
