//! How Âₜ and n-step advantages are summed of residuals, and these found of them.

use crate::reference::backwards;

/// How residuals are summed.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    Gae(f64),
    Steps(usize),
}

impl Scheme {
    pub fn name(self) -> String {
        match self {
            Scheme::Gae(lambda) => format!("gae:{lambda}"),
            Scheme::Steps(n) => format!("n-step:{n}"),
        }
    }

    /// The residuals of which a row is the sums.
    pub fn residuals(self, row: &[f64], discount: f64) -> Vec<f64> {
        let mut all = vec![0.0; row.len()];
        for t in (0..row.len()).rev() {
            let later = row.get(t + 1).copied().unwrap_or(0.0);
            all[t] = match self {
                Scheme::Gae(lambda) => row[t] - discount * lambda * later,
                Scheme::Steps(n) => {
                    let behind = all.get(t + n).copied().unwrap_or(0.0);
                    row[t] - discount * later + discount.powi(n as i32) * behind
                }
            };
        }
        all
    }

    /// The sums of residuals, `after` standing behind the last of Âₜ.
    pub fn sums(self, residuals: &[f64], discount: f64, after: f64) -> Vec<f64> {
        match self {
            Scheme::Gae(lambda) => backwards(residuals, discount * lambda, after),
            Scheme::Steps(n) => {
                let mut all = vec![0.0; residuals.len()];
                for t in (0..all.len()).rev() {
                    let later = all.get(t + 1).copied().unwrap_or(0.0);
                    let behind = residuals.get(t + n).copied().unwrap_or(0.0);
                    all[t] = residuals[t] + discount * later - discount.powi(n as i32) * behind;
                }
                all
            }
        }
    }
}
