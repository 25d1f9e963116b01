//! What explains the mean of trajectories that are said to be cut after T steps, where that is not ∇J: the cut, and beside it
//! what else is wrong.
//!
//! Returns that end at the cut have the mean ∇J_T. Exact values summed up to the cut have Σ_{t<T} γᵗ p_t q ∇π, in which only the
//! weight of a step can be another.

use super::bench::Bench;
use super::cut::{self, Kind};
use super::elsewhere;
use super::families;
use super::fit::{Fit, same};
use super::mistake::{says, short};
use super::sample_options::SampleOptions;
use super::sample_search::{named, searched};
use super::search::{Diagnosis, Level};
use crate::solved::Solved;

/// What trajectories that are cut make of ∇J.
const CUT: &str = "cut-as-end";

/// The means that a cut makes, and a sample's.
pub(super) struct Cut<'a> {
    steps: usize,
    /// The policy where trajectories end after T steps, and its gradient.
    ends: Solved,
    gradient: Vec<f64>,
    /// What is made of the cut, with the name of another mistake beside it, and what to say.
    sums: Vec<Sum>,
    /// Whether returns that end at the cut may be what was summed.
    of_returns: bool,
    fit: Fit<'a>,
    options: &'a SampleOptions,
}

struct Sum {
    kind: Kind,
    beside: Option<&'static str>,
    detail: String,
    vector: Vec<f64>,
}

impl<'a> Cut<'a> {
    /// The cut after T steps; `None` where it changes nothing. Of an estimator that is named, whose mean is `own` or ∇J, what
    /// has that mean alone.
    pub fn new(
        solved: &Solved,
        (exact, own): (&[f64], Option<&[f64]>),
        steps: usize,
        fit: Fit<'a>,
        options: &'a SampleOptions,
    ) -> Option<Cut<'a>> {
        let bench = Bench::new(solved);
        let ends = elsewhere::cut_after(&bench, steps)?;
        let gradient = ends.gradient().ok()?.to_vec();
        if same(&gradient, exact) {
            return None; // all ends before
        }
        let made = |kind, beside| {
            let detail = families::cut_names(&bench, kind, steps).1;
            let vector = cut::made(&bench, kind, steps)?.vector;
            Some(Sum {
                kind,
                beside,
                detail,
                vector,
            })
        };
        let kinds = [
            (Kind::Returns, None),
            (Kind::Steps, None),
            (Kind::Residual, None),
            (Kind::StepsDropped, Some("gamma-dropped")),
        ];
        let mut sums: Vec<Sum> = kinds.into_iter().filter_map(|(k, b)| made(k, b)).collect();
        let is_of = |sum: &Sum| {
            let mean = own.unwrap_or(exact);
            options.named.is_none() || same(&sum.vector, mean)
        };
        let of_values = sums.iter().any(|sum| sum.kind == Kind::Steps && is_of(sum));
        let of_returns = sums
            .iter()
            .any(|sum| sum.kind == Kind::Returns && is_of(sum));
        sums.retain(|sum| is_of(sum) || sum.kind == Kind::StepsDropped && of_values);
        Some(Cut {
            steps,
            ends,
            gradient,
            sums,
            of_returns,
            fit,
            options,
        })
    }

    /// The cut alone, of either sign or with γᵗ dropped; one mistake beside it; and a factor of it.
    pub fn simple(&self) -> Vec<Diagnosis> {
        let of = |sum: &Sum, sign: f64| {
            let vector: Vec<f64> = sum.vector.iter().map(|x| sign * x).collect();
            let residual = self.fit.explains(&vector)?;
            let sign = (sign < 0.0).then_some("sign");
            let beside: Vec<&str> = sign.into_iter().chain(sum.beside).collect();
            Some(self.said(&beside, &sum.detail, residual))
        };
        for sign in [1.0, -1.0] {
            let found = self.sums.iter().filter_map(|sum| of(sum, sign));
            if let Some(found) = found.min_by(|x, y| x.residual.total_cmp(&y.residual)) {
                return vec![found];
            }
        }
        let found = self.beside(Level::Single);
        if !found.is_empty() {
            return found;
        }
        if self.options.named.is_some() {
            return found; // a factor of its mean is looked for by whoever asks
        }
        let scaled = self.sums.iter().filter(|sum| sum.beside.is_none());
        let scaled = scaled.filter_map(|sum| {
            let (scale, residual) = self.fit.explains_up_to_scale(&sum.vector)?;
            Some(self.multiplied(&sum.detail, scale, residual))
        });
        let best = scaled.min_by(|x, y| x.residual.total_cmp(&y.residual));
        best.into_iter().collect()
    }

    /// The cut beside two mistakes, or one and a factor.
    pub fn searched(&self) -> Vec<Diagnosis> {
        self.beside(Level::PairOrScale)
    }

    fn beside(&self, most: Level) -> Vec<Diagnosis> {
        if !self.of_returns {
            return Vec::new();
        }
        let bench = Bench::new(&self.ends);
        let found = searched(&bench, &self.gradient, self.fit, self.options, most);
        found.into_iter().map(|one| self.joined(one)).collect()
    }

    /// What stands beside the cut. Of an estimator that is named the cut is no mistake: its law is that of cut trajectories.
    fn joined(&self, beside: Diagnosis) -> Diagnosis {
        let steps = self.steps;
        if self.options.named.is_some() {
            return Diagnosis {
                says: format!("{}; of trajectories of {steps} steps", beside.says),
                ..beside
            };
        }
        if beside.name == "scale" {
            let after = format!("after {steps} steps");
            return self.multiplied(&after, beside.scale, beside.residual);
        }
        Diagnosis {
            name: format!("{}+{CUT}", beside.name),
            says: format!("{}; {}; after {steps} steps", beside.says, says(CUT)),
            ..beside
        }
    }

    /// The cut times a factor.
    fn multiplied(&self, detail: &str, scale: f64, residual: f64) -> Diagnosis {
        let by = short(scale);
        let says = format!(
            "{}; {detail}; and all of it is multiplied by {by}",
            says(CUT)
        );
        Diagnosis {
            says,
            ..named(&format!("scale+{CUT}"), scale, residual)
        }
    }

    /// The cut as it is, of either sign or with another weight.
    fn said(&self, beside: &[&str], detail: &str, residual: f64) -> Diagnosis {
        let cut = self.options.named.is_none().then_some(CUT);
        let names: Vec<&str> = beside.iter().copied().chain(cut).collect();
        let sentence = names.iter().map(|name| says(name)).chain([detail]);
        Diagnosis {
            says: sentence.collect::<Vec<_>>().join("; "),
            ..named(&names.join("+"), 1.0, residual)
        }
    }
}
