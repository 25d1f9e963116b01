//! Ψₜ of estimators with a number of their own, as they are where nobody else acts and with the ratios of who does.
//!
//! ```text
//! Ψₜ = δₜ + γλ ωₜ₊₁ Ψₜ₊₁         xₜ = ω₀ ⋯ ωₜ Ψₜ = ω₀ ⋯ ωₜ δₜ + γλ xₜ₊₁
//! ```
//!
//! and likewise of returns and of sums over n steps: a weight stands before what is of step t alone, another before all that
//! comes later.

use crate::reference::Steps;

/// Said of numbers that another policy's ratios up to their step are still to multiply, or all of them.
pub(crate) const BEFORE_RATIOS: &str = " before ω₀ ⋯ ωₜ";
pub(crate) const WITHOUT_RATIOS: &str = " without ratios";

/// Said of numbers that carry the γᵗ of their step already.
pub(super) const WITH_WEIGHT: &str = " with γᵗ";

/// The steps of trajectories with one way to weigh them.
pub(super) struct Weighed<'a> {
    pub steps: &'a Steps<'a>,
    /// What is said of such numbers behind the name of their estimator.
    pub suffix: &'static str,
    /// What stands before the terms of each step; 1 where there is none.
    own: Option<Vec<Vec<f64>>>,
    /// What stands before all that comes after each step; 1 where there is none.
    after: Option<Vec<Vec<f64>>>,
}

impl<'a> Weighed<'a> {
    /// Without ratios.
    pub fn plain(steps: &'a Steps<'a>) -> Weighed<'a> {
        let suffix = match steps.fixtures.ratios {
            Some(_) => WITHOUT_RATIOS,
            None => "",
        };
        Weighed {
            steps,
            suffix,
            own: None,
            after: None,
        }
    }

    /// As the estimators are: with the ratios of who acts, if somebody else does.
    pub fn whole(steps: &'a Steps<'a>) -> Weighed<'a> {
        let ratios = steps.fixtures.ratios.as_ref();
        Weighed {
            steps,
            suffix: "",
            own: ratios.map(|ratios| ratios.iter().map(|row| products(row)).collect()),
            after: None,
        }
    }

    /// With the ratios of later steps alone, where ω₀ ⋯ ωₜ stands before the score; `None` where nobody else acts.
    fn before(steps: &'a Steps<'a>) -> Option<Weighed<'a>> {
        let ratios = steps.fixtures.ratios.as_ref()?;
        let later = |row: &Vec<f64>| row.iter().skip(1).copied().chain([1.0]).collect();
        Some(Weighed {
            steps,
            suffix: BEFORE_RATIOS,
            own: None,
            after: Some(ratios.iter().map(later).collect()),
        })
    }

    /// All that Ψₜ may be taken for.
    pub fn ways(steps: &'a Steps<'a>) -> Vec<Weighed<'a>> {
        let whole = Weighed::whole(steps);
        let Some(before) = Weighed::before(steps) else {
            return vec![whole];
        };
        vec![whole, before, Weighed::plain(steps)]
    }

    /// What stands before the terms of a step.
    pub fn own(&self, i: usize, t: usize) -> f64 {
        self.own.as_ref().map_or(1.0, |rows| rows[i][t])
    }

    /// What stands before all that comes after a step.
    pub fn after(&self, i: usize, t: usize) -> f64 {
        self.after.as_ref().map_or(1.0, |rows| rows[i][t])
    }

    /// Steps whose terms count.
    pub fn counted(&self, i: usize) -> usize {
        let steps = self.steps.rewards(i).len();
        (0..steps).filter(|&t| self.own(i, t) != 0.0).count()
    }

    /// Terms of each step with what stands before them.
    pub fn weigh(&self, i: usize, terms: &[f64]) -> Vec<f64> {
        let steps = terms.iter().enumerate();
        steps.map(|(t, x)| self.own(i, t) * x).collect()
    }

    /// δₜ with what stands before it.
    pub fn residuals(&self, i: usize) -> Vec<f64> {
        let steps = self.steps;
        let plain = steps.residuals(i, steps.discount, &steps.fixtures.v_next[i]);
        self.weigh(i, &plain)
    }

    /// v(Sₜ) with what stands before it.
    pub fn values(&self, i: usize) -> Vec<f64> {
        self.weigh(i, &self.steps.fixtures.v[i])
    }

    /// 1 with what stands before the terms of each step.
    pub fn ones(&self, i: usize) -> Vec<f64> {
        (0..self.steps.rewards(i).len())
            .map(|t| self.own(i, t))
            .collect()
    }

    /// yₜ = xₜ + g yₜ₊₁ with what stands before later ones.
    fn backwards(&self, i: usize, terms: &[f64], g: f64) -> Vec<f64> {
        let mut later = 0.0;
        let mut sums = vec![0.0; terms.len()];
        for (t, x) in terms.iter().enumerate().rev() {
            later = x + g * self.after(i, t) * later;
            sums[t] = later;
        }
        sums
    }

    /// Σ γˡRₜ₊ₗ.
    pub fn returns(&self, i: usize) -> Vec<f64> {
        let paid = self.weigh(i, self.steps.rewards(i));
        self.backwards(i, &paid, self.steps.discount)
    }

    /// Σ γˡRₜ₊ₗ, and γⁿv(S_T) behind a cut.
    pub fn bootstrapped(&self, i: usize) -> Vec<f64> {
        let mut paid = self.steps.rewards(i).to_vec();
        if let (Some(last), Some(v)) = (paid.last_mut(), self.steps.fixtures.v_next[i].last()) {
            *last += self.steps.discount * v;
        }
        self.backwards(i, &self.weigh(i, &paid), self.steps.discount)
    }

    /// Âₜ of λ.
    pub fn gae(&self, i: usize, lambda: f64) -> Vec<f64> {
        self.backwards(i, &self.residuals(i), self.steps.discount * lambda)
    }

    /// v(Sₜ) + Âₜ, the λ-return.
    pub fn lambda_return(&self, i: usize, lambda: f64) -> Vec<f64> {
        added(self.gae(i, lambda), &self.values(i))
    }

    /// δₜ + γ Âₜ₊₁.
    pub fn one_more(&self, i: usize, lambda: f64) -> Vec<f64> {
        let advantages = self.gae(i, lambda);
        let later = |t: usize| advantages.get(t + 1).copied().unwrap_or(0.0);
        let residuals = self.residuals(i).into_iter().enumerate();
        residuals
            .map(|(t, x)| x + self.steps.discount * self.after(i, t) * later(t))
            .collect()
    }

    /// Σ_{l < n} γˡ δₜ₊ₗ, which ends with the trajectory.
    pub fn n_step(&self, i: usize, n: usize) -> Vec<f64> {
        let residuals = self.residuals(i);
        let from = |t: usize| {
            let some = t..residuals.len().min(t.saturating_add(n));
            some.rev().fold(0.0, |sum, k| {
                residuals[k] + self.steps.discount * self.after(i, k) * sum
            })
        };
        (0..residuals.len()).map(from).collect()
    }

    /// v(Sₜ) + Σ_{l < n} γˡ δₜ₊ₗ.
    pub fn n_step_return(&self, i: usize, n: usize) -> Vec<f64> {
        added(self.n_step(i, n), &self.values(i))
    }

    /// Gₜ − b.
    pub fn less(&self, i: usize, b: f64) -> Vec<f64> {
        let returns = self.returns(i).into_iter().enumerate();
        returns.map(|(t, x)| x - b * self.own(i, t)).collect()
    }
}

fn added(x: Vec<f64>, y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + y).collect()
}

/// ω₀ ⋯ ωₜ of each step.
pub(super) fn products(ratios: &[f64]) -> Vec<f64> {
    let each = ratios.iter().scan(1.0, |product, ratio| {
        *product *= ratio;
        Some(*product)
    });
    each.collect()
}

/// ω₀ ⋯ ωₜ xₜ.
pub(super) fn times_products(row: &[f64], ratios: &[f64]) -> Vec<f64> {
    let steps = row.iter().zip(products(ratios));
    steps.map(|(x, product)| product * x).collect()
}
