//! Ψₜ that are a multiple of what libraries compute with a number of their own: the advantages of a loss, or divided by their
//! deviation.
//!
//! ```text
//! κÂₜ = κδₜ + γλ κÂₜ₊₁
//! ```
//!
//! is linear in κ and γλ, so that both are known of the steps of all trajectories.

use super::held::Claims;
use super::matched::Candidate;
use super::rows::{factor_within, times};
use super::weighed::Weighed;
use super::written::{Own, Within};

/// The n up to which n-step advantages are tried; a choice.
const MOST: usize = 64;

impl Claims<'_> {
    /// What the given numbers are a multiple of: of a form with a number that fits, the other sign of all of it; GAE of any λ and
    /// n-step advantages, any factor.
    pub fn multiples(&self, given: Own) -> Vec<Candidate<'static>> {
        let Own { rows: own, within } = given;
        let opposite = times(own, -1.0);
        let noise = self.known.of_credits;
        let mut all: Vec<Candidate<'static>> = Vec::new();
        for form in self.forms(&opposite) {
            let (relative, most, _) = noise.apart(&opposite, &form.psi);
            if within.holds(relative, most) {
                let (name, rows) = (form.name, form.psi.into());
                all.push(Candidate { name, rows });
            }
        }
        // two numbers are free
        let told = own.iter().flatten().filter(|x| **x != 0.0);
        if !all.is_empty() || told.count() < 4 {
            return all;
        }
        let longest = own.iter().map(Vec::len).max().unwrap_or(0);
        for weighed in Weighed::ways(&self.known.steps) {
            let steps = weighed.steps;
            let lambdas = lambdas(&weighed, own).into_iter();
            let lambdas = lambdas.map(|lambda| {
                (
                    format!("gae:{lambda}"),
                    steps.each(|i| weighed.gae(i, lambda)),
                )
            });
            let windows = (2..longest.min(MOST))
                .map(|n| (format!("n-step:{n}"), steps.each(|i| weighed.n_step(i, n))));
            let mut each = lambdas.chain(windows);
            let found = each.find(|(_, psi)| is_multiple(own, psi, within));
            all.extend(found.map(|(name, psi)| Candidate {
                name: name + weighed.suffix,
                rows: psi.into(),
            }));
        }
        all
    }
}

/// The λ that fits best beside any factor, as it may have been written.
fn lambdas(weighed: &Weighed, own: &[Vec<f64>]) -> Vec<f64> {
    let (mut xx, mut xy, mut yy, mut xg, mut yg) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (i, row) in own.iter().enumerate() {
        let residuals = weighed.residuals(i);
        let later = row.iter().skip(1).chain(&[0.0]).enumerate();
        let later = later.map(|(t, later)| weighed.after(i, t) * later);
        for ((g, x), y) in row.iter().zip(&residuals).zip(later) {
            xx += x * x;
            xy += x * y;
            yy += y * y;
            xg += x * g;
            yg += y * g;
        }
    }
    let lambda = (xx * yg - xy * xg) / (xx * yy - xy * xy) / weighed.steps.discount;
    let near = |power: f64| (lambda * power).round() / power;
    let mut all = vec![near(1e2), near(1e3), near(1e4), lambda];
    all.retain(|lambda| (-1e-9..=1.0 + 1e-9).contains(lambda));
    all.iter_mut()
        .for_each(|lambda| *lambda = lambda.clamp(0.0, 1.0) + 0.0); // not −0
    all
}

/// Whether all of the given numbers are one multiple of others.
fn is_multiple(given: &[Vec<f64>], psi: &[Vec<f64>], within: Within) -> bool {
    if within.written > 0.0 {
        return factor_within(given, psi, within.written).is_some_and(|scale| scale != 0.0);
    }
    let pairs = || given.iter().flatten().zip(psi.iter().flatten());
    let square: f64 = pairs().map(|(_, y)| y * y).sum();
    let scale = pairs().map(|(x, y)| x * y).sum::<f64>() / square;
    let size = pairs().fold(0.0, |most, (x, _)| f64::max(most, x.abs()));
    let most = within.close * size;
    scale.is_finite() && pairs().all(|(x, y)| (x - scale * y).abs() <= most)
}
