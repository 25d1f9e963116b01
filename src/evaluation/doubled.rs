//! Long horizons in O(log T) products of matrices (theory, 5.3, *Doubling*).
//!
//! With A = γP and vⁿ the values with n steps to go, n steps are summed up in
//!
//! ```text
//! Aⁿ    ρ₀Aⁿ    vⁿ = Σ_{t<n} Aᵗ r    ρⁿ = Σ_{t<n} ρ₀Aᵗ    Zⁿ(s, s') = Σ_{t<n} (ρ₀Aᵗ)(s) vⁿ⁻¹⁻ᵗ(s')
//!
//! v²ⁿ  = vⁿ + Aⁿvⁿ      ρ²ⁿ  = ρⁿ + ρⁿAⁿ     Z²ⁿ  = ρⁿ(vⁿ)ᵀ + Zⁿ(Aⁿ)ᵀ + (Aⁿ)ᵀZⁿ
//! vⁿ⁺¹ = r + Avⁿ        ρⁿ⁺¹ = ρⁿ + ρ₀Aⁿ     Zⁿ⁺¹ = ρⁿrᵀ + ZⁿAᵀ
//! ```
//!
//! A row of Aⁿ and its slack sum to 1. They are made to after every product: the error of
//! a sum would otherwise double each time, and be T units of rounding in the end.

use crate::linalg::{Csr, Solvable};

/// What one step is made of.
#[derive(Clone, Copy)]
pub struct Stepped<'a, F> {
    /// A [S, S].
    pub discounted: &'a Csr<F>,
    /// r \[S\].
    pub r: &'a [F],
    /// ρ₀ \[S\].
    pub initial: &'a [F],
    /// 1 − Σ A(s, ·) \[S\], where it is known without a subtraction.
    pub slack: Option<&'a [F]>,
}

/// Sums over the first n steps.
pub struct Doubled<'a, F: Solvable> {
    /// A.
    one: &'a Csr<F>,
    /// r \[S\].
    r: &'a [F],
    /// 1 − Σ A(s, ·) \[S\], and the same of Aⁿ, where sums are made 1.
    slacks: Option<(&'a [F], Vec<F>)>,
    /// Aⁿ [S, S], row by row.
    power: Vec<F>,
    /// ρ₀Aⁿ \[S\].
    mass: Vec<F>,
    /// vⁿ \[S\].
    v: Vec<F>,
    /// ρⁿ \[S\].
    occupancy: Vec<F>,
    /// Zⁿ [S, S], row by row, if it is wanted.
    joint: Option<Vec<F>>,
}

/// What is left of the sums: values and measures after n steps.
pub struct Sums<F> {
    /// vⁿ \[S\].
    pub v: Vec<F>,
    /// ρ₀Aⁿ \[S\].
    pub mass: Vec<F>,
    /// ρⁿ \[S\].
    pub occupancy: Vec<F>,
    /// Zⁿ [S, S], row by row; empty unless it was wanted.
    pub joint: Vec<F>,
}

/// Multiplications of a matrix product that take as long as one of a step; a choice, of which no measurement is kept.
const DENSE: f64 = 8.0;
/// States up to which matrices are dense; 8 MiB each of `f64`.
const STATES: usize = 1024;

/// Operations of the products, where they cost less than T steps over so many entries of p. Exact
/// fractions are stepped through: it is the length of their numerators that costs.
pub fn work<F: Solvable>(states: usize, entries: usize, horizon: usize) -> Option<f64> {
    let levels = f64::from(horizon.max(1).ilog2());
    let doubled = levels * 3.0 * (states as f64).powi(3) / DENSE;
    let pays = !F::EXACT && states <= STATES && doubled < horizon as f64 * entries as f64;
    pays.then_some(doubled)
}

impl<'a, F: Solvable> Doubled<'a, F> {
    /// The sums over so many steps, 1 or more; with Zⁿ where `joint`.
    pub fn sums(stepped: Stepped<'a, F>, steps: usize, joint: bool) -> Sums<F> {
        let mut sums = Doubled::one_step(stepped, joint);
        for level in (0..steps.max(1).ilog2()).rev() {
            sums.double();
            if steps >> level & 1 == 1 {
                sums.step();
            }
        }
        Sums {
            v: sums.v,
            mass: sums.mass,
            occupancy: sums.occupancy,
            joint: sums.joint.unwrap_or_default(),
        }
    }

    fn one_step(stepped: Stepped<'a, F>, joint: bool) -> Doubled<'a, F> {
        let (one, r, initial) = (stepped.discounted, stepped.r, stepped.initial);
        let states = r.len();
        let mut power = vec![F::zero(); states * states];
        for (state, row) in power.chunks_exact_mut(states.max(1)).enumerate() {
            one.row(state).for_each(|(next, p)| row[next] = p.clone());
        }
        let rounds = !F::EXACT && F::one().certified().is_none();
        let slack = stepped.slack.filter(|slack| {
            let is_negative = |x: &F| *x < F::zero();
            rounds && !slack.iter().any(is_negative)
        });
        Doubled {
            slacks: slack.map(|slack| (slack, slack.to_vec())),
            mass: one.mul_transposed(initial),
            v: r.to_vec(),
            occupancy: initial.to_vec(),
            joint: joint.then(|| vec![F::zero(); states * states]),
            one,
            r,
            power,
        }
    }

    /// n → 2n.
    fn double(&mut self) {
        let states = self.v.len();
        if let Some(joint) = &mut self.joint {
            let transposed = transposed(&self.power, states);
            let mut sum = product(joint, &transposed, states);
            add(&mut sum, &product(&transposed, joint, states));
            add_outer(&mut sum, &self.occupancy, &self.v);
            *joint = sum;
        }
        let later = product_with(&self.power, &self.v, states);
        add(&mut self.v, &later);
        let later = product(&self.occupancy, &self.power, states);
        add(&mut self.occupancy, &later);
        self.mass = product(&self.mass, &self.power, states);
        if let Some((_, slack)) = &mut self.slacks {
            let later = product_with(&self.power, slack, states);
            add(slack, &later);
        }
        self.power = product(&self.power, &self.power, states);
        self.complete();
    }

    /// n → n + 1.
    fn step(&mut self) {
        let states = self.v.len();
        if let Some(joint) = &mut self.joint {
            let rows = joint.chunks_exact(states.max(1));
            let mut sum: Vec<F> = rows.flat_map(|row| self.one.mul(row)).collect();
            add_outer(&mut sum, &self.occupancy, self.r);
            *joint = sum;
        }
        self.v = self.one.mul(&self.v);
        add(&mut self.v, self.r);
        add(&mut self.occupancy, &self.mass);
        self.mass = self.one.mul_transposed(&self.mass);
        if let Some((of_one, slack)) = &mut self.slacks {
            *slack = self.one.mul(slack);
            add(slack, of_one);
        }
        self.power = F::product(self.one, &self.power, states);
        self.complete();
    }

    /// Makes every row of Aⁿ and its slack sum to 1.
    fn complete(&mut self) {
        let Some((_, slack)) = &mut self.slacks else {
            return;
        };
        let rows = self.power.chunks_exact_mut(slack.len().max(1));
        for (row, slack) in rows.zip(slack) {
            let sum = row.iter().fold(slack.clone(), |sum, x| sum + x);
            if sum.is_zero() {
                continue;
            }
            *slack = slack.clone() / &sum;
            row.iter_mut().for_each(|x| *x = x.clone() / &sum);
        }
    }
}

/// A B for A [k, n] and B [n, n], row by row.
fn product<F: Solvable>(a: &[F], b: &[F], n: usize) -> Vec<F> {
    let mut out = vec![F::zero(); a.len()];
    F::vectorized(
        #[inline(always)]
        || {
            let rows = out.chunks_exact_mut(n.max(1)).zip(a.chunks_exact(n.max(1)));
            for (out, a) in rows {
                for (a, b) in a.iter().zip(b.chunks_exact(n.max(1))) {
                    for (out, b) in out.iter_mut().zip(b) {
                        *out += b.clone() * a;
                    }
                }
            }
        },
    );
    out
}

/// A x.
fn product_with<F: Solvable>(a: &[F], x: &[F], n: usize) -> Vec<F> {
    let row = |row: &[F]| crate::field::dot(row, x);
    a.chunks_exact(n.max(1)).map(row).collect()
}

fn transposed<F: Solvable>(a: &[F], n: usize) -> Vec<F> {
    let at = |i: usize| a[i % n * n + i / n].clone();
    (0..a.len()).map(at).collect()
}

fn add<F: Solvable>(into: &mut [F], x: &[F]) {
    into.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
}

/// Adds x yᵀ.
fn add_outer<F: Solvable>(into: &mut [F], x: &[F], y: &[F]) {
    for (row, x) in into.chunks_exact_mut(y.len().max(1)).zip(x) {
        row.iter_mut()
            .zip(y)
            .for_each(|(sum, y)| *sum += y.clone() * x);
    }
}

#[cfg(test)]
mod tests {
    use super::super::FiniteHorizon;
    use super::*;
    use crate::field::Field;
    use crate::mdp::{Criterion, Mdp};
    use crate::policy::Policy;
    use crate::test_models::worked_example;

    /// The sums over n steps are those of n single steps, whatever the digits of n.
    #[test]
    fn doubled_sums_are_those_of_steps() {
        for discount in [1.0, 0.9] {
            for horizon in [1, 2, 3, 7, 64, 101] {
                let criterion = Criterion::FiniteHorizon { discount, horizon };
                let mdp: Mdp<f64> = worked_example().map(Field::to_f64).under(criterion);
                let run = FiniteHorizon::new(&mdp, &Policy::uniform(mdp.space())).unwrap();
                let sums = Doubled::sums(run.stepped(run.dynamics().r()), horizon, true);
                let states = mdp.states();
                let (mut occupancy, mut joint) = (vec![0.0; states], vec![0.0; states * states]);
                run.for_each_step(|step| {
                    add(&mut occupancy, step.mass);
                    add_outer(&mut joint, step.mass, step.v_next);
                });
                let v = (0..horizon).fold(run.end(), |v, _| run.before(&v));
                for (x, y) in [
                    (&sums.v, &v),
                    (&sums.occupancy, &occupancy),
                    (&sums.joint, &joint),
                ] {
                    for (x, y) in x.iter().zip(y) {
                        assert!((x - y).abs() <= 1e-13 * y.abs().max(1.0), "{x} {y}");
                    }
                }
            }
        }
    }
}
