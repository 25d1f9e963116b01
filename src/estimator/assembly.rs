//! E[X X̃ᵀ] under ρ₀ from conditional moments and measures, outcome by outcome.
//!
//! ```text
//! Σ_s w(s) E_s[ψψᵀ E[ΨΨ̃] + ψ ξᵀ + ξ̃ ψᵀ],   ξ = Σ C̃ (f x̃' + h ỹ'),   ξ̃ = Σ C (f̃ x' + h̃ y')
//! ```

use nalgebra::DMatrix;

use super::adjoint::PairWeights;
use super::conditional::{Conditional, View, future};
use super::process::{Order, SampledOutcome};
use super::recursion::Vector;
use super::rows::axpy;
use crate::linalg::Solvable;

/// A second moment as far as it is wanted: its diagonal, or all of it.
#[derive(Clone, Debug)]
pub(super) enum Accumulator<F> {
    Diagonal(Vec<F>),
    Full(DMatrix<F>),
}

impl<F: Solvable> Accumulator<F> {
    pub fn zero(parameters: usize, full: bool) -> Accumulator<F> {
        if full {
            Accumulator::Full(DMatrix::from_element(parameters, parameters, F::zero()))
        } else {
            Accumulator::Diagonal(vec![F::zero(); parameters])
        }
    }

    /// The diagonal \[d\].
    pub fn diagonal(&self) -> Vec<F> {
        match self {
            Accumulator::Diagonal(sum) => sum.clone(),
            Accumulator::Full(sum) => (0..sum.nrows()).map(|k| sum[(k, k)].clone()).collect(),
        }
    }

    /// The whole matrix, if it was wanted.
    pub fn whole(self) -> Option<DMatrix<F>> {
        match self {
            Accumulator::Diagonal(_) => None,
            Accumulator::Full(sum) => Some(sum),
        }
    }

    /// Adds c (a bᵀ + b aᵀ)/2.
    pub fn add_outer(&mut self, c: &F, a: &[F], b: &[F]) {
        match self {
            Accumulator::Diagonal(sum) => {
                for (sum, (a, b)) in sum.iter_mut().zip(a.iter().zip(b)) {
                    *sum += a.clone() * b * c;
                }
            }
            Accumulator::Full(sum) => {
                let half = c.clone() / &F::from_i64(2);
                for l in 0..b.len() {
                    let (with_a, with_b) = (half.clone() * &b[l], half.clone() * &a[l]);
                    let column = &mut sum.as_mut_slice()[l * a.len()..(l + 1) * a.len()];
                    axpy(column, &with_a, a);
                    axpy(column, &with_b, b);
                }
            }
        }
    }

    /// Adds c a aᵀ.
    pub fn add_square(&mut self, c: &F, a: &[F]) {
        match self {
            Accumulator::Diagonal(sum) => {
                for (sum, a) in sum.iter_mut().zip(a) {
                    *sum += a.clone() * a * c;
                }
            }
            Accumulator::Full(sum) => {
                for (column, x) in sum.as_mut_slice().chunks_exact_mut(a.len()).zip(a) {
                    if !x.is_zero() {
                        axpy(column, &(x.clone() * c), a);
                    }
                }
            }
        }
    }

    /// Adds c (ψ bᵀ + b ψᵀ)/2 for a sparse ψ.
    pub fn add_score<'a>(&mut self, c: &F, score: impl Iterator<Item = (usize, &'a F)>, b: &[F])
    where
        F: 'a,
    {
        for (k, psi) in score {
            let factor = psi.clone() * c;
            match self {
                Accumulator::Diagonal(sum) => sum[k] += factor * &b[k],
                Accumulator::Full(sum) => {
                    let half = factor / &F::from_i64(2);
                    for (l, b) in b.iter().enumerate() {
                        sum[(k, l)] += half.clone() * b;
                        sum[(l, k)] += half.clone() * b;
                    }
                }
            }
        }
    }

    /// Adds what the steps at `view.time` contribute, `known` being the moments after them.
    pub fn add(&mut self, view: View<F>, known: &Conditional<F>, weights: &PairWeights<F>) {
        let mut scratch = Scratch::new(view.process.parameters());
        for (i, row) in weights.iter().enumerate() {
            for (j, measure) in row.iter().enumerate() {
                for (state, mass) in measure.iter().enumerate().filter(|(_, m)| !m.is_zero()) {
                    self.add_state(view, known, (i, j), (state, mass), &mut scratch);
                }
            }
        }
    }

    fn add_state(
        &mut self,
        view: View<F>,
        known: &Conditional<F>,
        (i, j): (usize, usize),
        (state, mass): (usize, &F),
        scratch: &mut Scratch<F>,
    ) {
        let vectors = &view.recursion.vectors;
        let (left, right) = (&vectors[i], &vectors[j]);
        let probabilities = view.process.weights(Order::Second);
        for pair in view.process.pairs_of(state) {
            if probabilities[pair].is_zero() {
                continue;
            }
            let weight = probabilities[pair].clone() * mass;
            let support: Vec<usize> = view.process.score(pair).map(|(k, _)| k).collect();
            let wanted = match self {
                Accumulator::Diagonal(_) => Some(support.as_slice()),
                Accumulator::Full(_) => None,
            };
            scratch.clear(wanted);
            for step in view.process.steps_of(pair) {
                let weight = weight.clone() * &step.probability;
                let f_left = left.signal.at(view.time, state, pair, step);
                let f_right = right.signal.at(view.time, state, pair, step);
                let (h_left, a) = future(left);
                let (h_right, b) = future(right);
                let product = known.product_at(
                    (f_left.clone(), (&h_left, a)),
                    (f_right.clone(), (&h_right, b)),
                    step,
                );
                scratch.square += weight.clone() * &product;
                let at = Outcome {
                    known,
                    step,
                    weight: &weight,
                    wanted,
                };
                at.cross((&f_left, &h_left, a), right, &mut scratch.xi_right);
                at.cross((&f_right, &h_right, b), left, &mut scratch.xi_left);
            }
            self.add_pair(view, pair, scratch);
        }
    }

    fn add_pair(&mut self, view: View<F>, pair: usize, scratch: &Scratch<F>) {
        let score = view.process.score(pair);
        match self {
            Accumulator::Diagonal(sum) => {
                for (k, psi) in score {
                    let mut inner = psi.clone() * &scratch.square;
                    inner += &scratch.xi_right[k];
                    inner += &scratch.xi_left[k];
                    sum[k] += inner * psi;
                }
            }
            Accumulator::Full(sum) => {
                for (k, psi) in score.clone() {
                    let factor = psi.clone() * &scratch.square;
                    for (l, other) in score.clone() {
                        sum[(k, l)] += factor.clone() * other;
                    }
                    for (l, xi) in scratch.xi_right.iter().enumerate() {
                        sum[(k, l)] += psi.clone() * xi;
                    }
                    for (l, xi) in scratch.xi_left.iter().enumerate() {
                        sum[(l, k)] += psi.clone() * xi;
                    }
                }
            }
        }
    }
}

/// Sums over the outcomes of one pair.
struct Scratch<F> {
    square: F,
    xi_left: Vec<F>,
    xi_right: Vec<F>,
}

impl<F: Solvable> Scratch<F> {
    fn new(parameters: usize) -> Scratch<F> {
        Scratch {
            square: F::zero(),
            xi_left: vec![F::zero(); parameters],
            xi_right: vec![F::zero(); parameters],
        }
    }

    fn clear(&mut self, wanted: Option<&[usize]>) {
        self.square = F::zero();
        for xi in [&mut self.xi_left, &mut self.xi_right] {
            match wanted {
                Some(support) => support.iter().for_each(|&k| xi[k] = F::zero()),
                None => xi.fill(F::zero()),
            }
        }
    }
}

/// One outcome and the moments after it.
struct Outcome<'a, F: Solvable> {
    known: &'a Conditional<F>,
    step: &'a SampledOutcome<F>,
    weight: &'a F,
    wanted: Option<&'a [usize]>,
}

impl<F: Solvable> Outcome<'_, F> {
    /// ξ += Σ C (f x' + h y') over the links of a vector.
    fn cross(&self, (f, h, source): (&F, &F, Option<usize>), vector: &Vector<F>, xi: &mut [F]) {
        let Some(next) = self.step.next else { return };
        for link in &vector.links {
            let coefficient = self.weight.clone() * &link.at(self.step);
            let with_f = coefficient.clone() * f;
            self.add(xi, &with_f, self.known.x[link.vector].row(next));
            if let Some(a) = source {
                let with_h = coefficient * h;
                self.add(xi, &with_h, self.known.y[a][link.vector].row(next));
            }
        }
    }

    fn add(&self, xi: &mut [F], factor: &F, row: &[F]) {
        match self.wanted {
            Some(support) => {
                for &k in support {
                    xi[k] += factor.clone() * &row[k];
                }
            }
            None => axpy(xi, factor, row),
        }
    }
}
