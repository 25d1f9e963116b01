//! What rounding can do to products of g, μ, Σ and H, from what is known of each.

use nalgebra::DMatrix;

use crate::estimator::Law;
use crate::linalg::{Solvable, dot_in_order};

/// Bounds on what the numbers of a step are off by, in their units; 0 in a field that is exact or has bounds of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Known {
    pub slope: f64,
    pub curvature: f64,
    pub noise: f64,
    pub length: f64,
    pub squared_gradient: f64,
    pub squared_bias: f64,
    pub variance: f64,
    /// Of gᵀΣg, gᵀΣHμ and μᵀHΣHμ.
    pub spread: [f64; 3],
    /// Of tr (HΣ)².
    pub square: f64,
}

/// The numbers of a law in floating point, and how far off each may be.
struct Parts {
    gradient: Vec<f64>,
    mean: Vec<f64>,
    /// δ, of both.
    off: Vec<f64>,
    /// |H|, and what an entry of it may be off by.
    hessian: DMatrix<f64>,
    open: f64,
    /// |Σ|, and what it may be off by.
    covariance: DMatrix<f64>,
    errors: DMatrix<f64>,
}

impl Known {
    /// Of the law of an estimator, with a Hessian whose entries are off by so much at most.
    pub fn new<F: Solvable>(
        gradient: &[F],
        hessian: &DMatrix<F>,
        (law, covariance): (&Law<F>, &DMatrix<F>),
        open: f64,
    ) -> Known {
        let Some(errors) = &law.errors else {
            return Known::default();
        };
        let floats = |x: &[F]| -> Vec<f64> { x.iter().map(|x| x.to_f64().abs()).collect() };
        let sizes = |x: &DMatrix<F>| x.map(|x| x.to_f64().abs());
        let of_entry = |k, l| errors.covariance.as_ref().map_or(0.0, |all| all.of(k, l));
        let (rows, columns) = covariance.shape();
        let parts = Parts {
            gradient: floats(gradient),
            mean: floats(law.mean()),
            off: errors.mean.clone(),
            hessian: sizes(hessian),
            open,
            covariance: sizes(covariance),
            errors: DMatrix::from_fn(rows, columns, of_entry),
        };
        let bias = law.bias.iter().map(|x| x.abs().to_f64());
        Known {
            squared_bias: of_bias(bias.zip(law.rounding.iter().copied())),
            variance: errors.variance.iter().sum(),
            ..parts.known()
        }
    }
}

/// Where rounding explains an entry of the bias, it may hide as much: Σ 2|b| δ + δ².
fn of_bias(entries: impl Iterator<Item = (f64, f64)>) -> f64 {
    let terms = entries.map(|(bias, rounding)| {
        if bias > rounding {
            (2.0 * bias + rounding) * rounding
        } else {
            4.0 * rounding * rounding
        }
    });
    terms.sum()
}

/// A x, of sizes.
fn times(matrix: &DMatrix<f64>, x: &[f64]) -> Vec<f64> {
    let rows = matrix.row_iter();
    rows.map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum())
        .collect()
}

fn plus(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + y).collect()
}

impl Parts {
    fn known(&self) -> Known {
        // a sum of d terms
        let unit = (self.mean.len() + 8) as f64 * f64::EPSILON;
        let product = |(x, y): (&[f64], &[f64]), (dx, dy): (&[f64], &[f64])| {
            dot_in_order(dx, y)
                + dot_in_order(x, dy)
                + dot_in_order(dx, dy)
                + unit * dot_in_order(x, y)
        };
        let off = self.off.as_slice();
        let (bent, bent_off) = self.times_hessian(&self.mean, off);
        let (along, along_off) = self.times_covariance(&self.gradient, off);
        let (across, across_off) = self.times_covariance(&bent, &bent_off);
        let traced = self.hessian.component_mul(&self.errors).sum();
        let covariances = self.covariance.sum() + self.errors.sum();
        let sized = self.hessian.component_mul(&self.covariance).sum();
        Known {
            slope: product((&self.gradient, &self.mean), (off, off)),
            curvature: product((&self.mean, &bent), (off, &bent_off)),
            noise: traced + self.open * covariances + unit * sized,
            length: product((&self.mean, &self.mean), (off, off)),
            squared_gradient: product((&self.gradient, &self.gradient), (off, off)),
            spread: [
                product((&self.gradient, &along), (off, &along_off)),
                product((&bent, &along), (&bent_off, &along_off)),
                product((&bent, &across), (&bent_off, &across_off)),
            ],
            square: self.of_square(unit),
            ..Known::default()
        }
    }

    /// |H||x| and what Hx may be off by.
    fn times_hessian(&self, x: &[f64], off: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let unit = (x.len() + 8) as f64 * f64::EPSILON;
        let size = times(&self.hessian, x);
        let own = times(&self.hessian, off);
        let spread = self.open * plus(x, off).iter().sum::<f64>();
        let both = own.iter().zip(&size);
        let errors = both.map(|(own, size)| own + spread + unit * size).collect();
        (size, errors)
    }

    /// |Σ||x| and what Σx may be off by.
    fn times_covariance(&self, x: &[f64], off: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let unit = (x.len() + 8) as f64 * f64::EPSILON;
        let size = times(&self.covariance, x);
        let own = times(&self.covariance, off);
        let spread = times(&self.errors, &plus(x, off));
        let both = own.iter().zip(spread).zip(&size);
        let errors = both.map(|((own, spread), size)| own + spread + unit * size);
        (size.clone(), errors.collect())
    }

    /// Of tr (HΣ)².
    fn of_square(&self, unit: f64) -> f64 {
        let product = &self.hessian * &self.covariance;
        let mut off = &self.hessian * &self.errors + unit * &product;
        for (mut column, (size, error)) in off
            .column_iter_mut()
            .zip(self.covariance.column_iter().zip(self.errors.column_iter()))
        {
            column.add_scalar_mut(self.open * (size.sum() + error.sum()));
        }
        let crossed = product.component_mul(&off.transpose()).sum();
        let square = product.component_mul(&product.transpose()).sum();
        2.0 * crossed + off.component_mul(&off.transpose()).sum() + unit * square
    }
}
