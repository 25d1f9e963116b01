//! What is linear in the sums of a trajectory, and the linear part of what is not.

use super::system::{Expectations, Monomial, System, Variable};
use crate::error::Error;
use crate::estimator::{BatchEstimator, BatchKind, WHITENING};
use crate::linalg::Solvable;
use crate::number::Number;

/// Y_k = Σ coefficient · sum, and the limit μ_k of the estimator: for N trajectories its mean tends to μ
/// and N times its covariance to that of Y.
pub(super) struct Functional<F> {
    /// Coefficients \[d\] of the vectors of the recursion, each at its own coordinate.
    vectors: Vec<Vec<F>>,
    /// Coefficients \[d\] of sums that have no coordinate.
    scalars: Vec<(Variable, Vec<F>)>,
    /// μ \[d\]; of a sum its mean, which is left to who knows the moments.
    pub limit: Vec<F>,
}

impl<F: Solvable> Functional<F> {
    /// The sum itself.
    pub fn of_sum(system: &System<F>) -> Functional<F> {
        let d = system.parameters();
        let top = system.recursion.top.iter();
        Functional {
            vectors: top.map(|x| vec![x.clone(); d]).collect(),
            scalars: Vec::new(),
            limit: vec![F::zero(); d],
        }
    }

    fn terms(&self, k: usize) -> impl Iterator<Item = (Variable, &F)> + Clone {
        let vectors = self.vectors.iter().enumerate();
        let vectors = vectors.map(move |(v, x)| (Variable::Vector(v, k), &x[k]));
        let scalars = self.scalars.iter().map(move |(z, x)| (*z, &x[k]));
        vectors.chain(scalars).filter(|(_, x)| !x.is_zero())
    }

    /// How many products a covariance [d, d] asks for, about.
    pub fn products(&self, d: usize) -> usize {
        let vectors = self.vectors.len().max(1);
        vectors
            .saturating_mul(vectors)
            .saturating_mul(d)
            .saturating_mul(d)
    }

    /// The products whose expectations Y_k Y_l asks for.
    pub fn monomials(&self, k: usize, l: usize) -> Vec<Monomial> {
        let products = self.terms(k).flat_map(|(x, _)| {
            let others = self.terms(l);
            others.map(move |(y, _)| vec![x, y])
        });
        let singles = self.terms(k).map(|(x, _)| vec![x]);
        products.chain(singles).collect()
    }

    /// E Y_k.
    pub fn expectation(&self, known: &Expectations<F>, k: usize) -> F {
        self.terms(k)
            .fold(F::zero(), |sum, (x, a)| sum + known.expectation(&[x]) * a)
    }

    /// E Y_k Y_l.
    pub fn product(&self, known: &Expectations<F>, k: usize, l: usize) -> F {
        let mut sum = F::zero();
        for (x, a) in self.terms(k) {
            for (y, b) in self.terms(l) {
                sum += known.expectation(&[x, y]) * a * b;
            }
        }
        sum
    }

    /// The terms of E Y_k², each without its sign: what rounding of them is relative to.
    pub fn size(&self, known: &Expectations<F>, k: usize) -> F {
        let mut sum = F::zero();
        for (x, a) in self.terms(k) {
            for (y, b) in self.terms(k) {
                sum += (known.expectation(&[x, y]) * a * b).abs();
            }
        }
        sum
    }
}

/// The linear part of a function of sums, at their means.
///
/// Errors if a linear system is not solved, and with [`Error::Argument`] where nothing is there to divide by.
pub(super) fn batch<F: Solvable>(
    system: &System<F>,
    batch: &BatchEstimator<F>,
) -> Result<Functional<F>, Error> {
    match batch.kind {
        BatchKind::PerStep => ratio(system, Variable::Length),
        BatchKind::Mean => mean(system),
        BatchKind::SelfNormalised => ratio(system, Variable::Whole),
        BatchKind::InSample => in_sample(system),
        BatchKind::Whitened { per_step, .. } => whitened(system, per_step),
    }
}

/// X itself.
fn mean<F: Solvable>(system: &System<F>) -> Result<Functional<F>, Error> {
    let d = system.parameters();
    let mut sum = Functional::of_sum(system);
    let wanted = (0..d).flat_map(|k| sum.terms(k).map(|(x, _)| vec![x]));
    let known = system.solve(wanted.collect::<Vec<_>>().into_iter())?;
    sum.limit = (0..d).map(|k| sum.expectation(&known, k)).collect();
    Ok(sum)
}

/// X/Z: Y = (X − μZ)/E Z.
fn ratio<F: Solvable>(system: &System<F>, divisor: Variable) -> Result<Functional<F>, Error> {
    let d = system.parameters();
    let mut sum = Functional::of_sum(system);
    let wanted = (0..d).flat_map(|k| sum.terms(k).map(|(x, _)| vec![x]));
    let known = system.solve(
        wanted
            .chain([vec![divisor]])
            .collect::<Vec<_>>()
            .into_iter(),
    )?;
    let size = known.expectation(&[divisor]);
    check(&size)?;
    let mean = |k| sum.expectation(&known, k) / &size;
    sum.limit = (0..d).map(mean).collect();
    let slopes = sum.limit.iter().map(|m| -(m.clone() / &size)).collect();
    for row in &mut sum.vectors {
        row.iter_mut().for_each(|x| *x = x.clone() / &size);
    }
    sum.scalars = vec![(divisor, slopes)];
    Ok(sum)
}

/// (G − b_k)U_k with b_k = E U_k²G / E U_k², whose linear part is that with the exact b_k since E U = 0.
fn in_sample<F: Solvable>(system: &System<F>) -> Result<Functional<F>, Error> {
    let d = system.parameters();
    let (u, y) = (|k| Variable::Vector(0, k), |k| Variable::Vector(1, k));
    let g = Variable::Scalar(0);
    let wanted = (0..d).flat_map(|k| [vec![u(k), u(k), g], vec![u(k), u(k)], vec![y(k)]]);
    let known = system.solve(wanted.collect::<Vec<_>>().into_iter())?;
    let baseline = |k| {
        let square = known.expectation(&[u(k), u(k)]);
        if square.is_zero() {
            F::zero()
        } else {
            known.expectation(&[u(k), u(k), g]) / &square
        }
    };
    Ok(Functional {
        vectors: vec![(0..d).map(|k| -baseline(k)).collect(), vec![F::one(); d]],
        scalars: Vec::new(),
        limit: (0..d).map(|k| known.expectation(&[y(k)])).collect(),
    })
}

/// (A − mB)/(s + ε), or that over the mean length ℓ, with m = S/ℓ and s² = Q/ℓ − m².
fn whitened<F: Solvable>(system: &System<F>, per_step: bool) -> Result<Functional<F>, Error> {
    let d = system.parameters();
    let (a, b) = (|k| Variable::Vector(0, k), |k| Variable::Vector(1, k));
    let sums = [Variable::Length, Variable::Sum, Variable::Square];
    let vectors = (0..d).flat_map(|k| [vec![a(k)], vec![b(k)]]);
    let all = vectors.chain(sums.map(|x| vec![x]));
    let known = system.solve(all.collect::<Vec<_>>().into_iter())?;
    let [length, sum, square] = sums.map(|x| known.expectation(&[x]));
    check(&length)?;
    let m = sum / &length;
    let second = square / &length;
    let spread = (second.clone() - m.clone() * &m).to_f64();
    // within rounding nothing varies
    if spread <= 1e-12 * second.to_f64() {
        return Err(Error::Argument {
            name: "what is whitened",
            found: "numbers that are all the same".into(),
            expected: "some that vary, since they are divided by their standard deviation",
        });
    }
    let number = |x: f64| F::from_number(&Number::from_f64(x).unwrap_or(Number::ONE));
    let (s, divisor) = (number(spread.sqrt()), number(spread.sqrt() + WHITENING));
    let over = if per_step { length.clone() } else { F::one() };
    let mean = |x: Variable| known.expectation(&[x]);
    let limit = |k| (mean(a(k)) - m.clone() * &mean(b(k))) / &divisor / &over;
    let limit: Vec<F> = (0..d).map(limit).collect();
    let mut all = Functional {
        vectors: vec![
            vec![F::one() / &divisor / &over; d],
            vec![-(m.clone() / &divisor / &over); d],
        ],
        scalars: sums.map(|x| (x, Vec::with_capacity(d))).to_vec(),
        limit,
    };
    for k in 0..d {
        let own = &all.limit[k];
        // ∂/∂m of the numerator and of s, and ∂/∂Q
        let by_mean = own.clone() * &m / &s / &divisor - mean(b(k)) / &divisor / &over;
        let by_square = -(own.clone() / &divisor / &s / &F::from_i64(2));
        let shift = by_mean.clone() * &m + by_square.clone() * &second;
        let by_length = if per_step { -(shift + own) } else { -shift };
        let slopes = [by_length, by_mean, by_square];
        for (row, slope) in all.scalars.iter_mut().zip(slopes) {
            row.1.push(slope / &length);
        }
    }
    Ok(all)
}

fn check<F: Solvable>(size: &F) -> Result<(), Error> {
    if size.is_zero() {
        return Err(Error::Argument {
            name: "the mean length of a trajectory",
            found: "0".into(),
            expected: "trajectories of some steps",
        });
    }
    Ok(())
}
