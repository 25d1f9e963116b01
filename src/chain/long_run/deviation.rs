//! The deviation matrix, entry by entry in the form that subtracts least.
//!
//! ```text
//! D(i, j) = G(i, j) − f(i) (μG)(j) − μ(j) (t(i) − f(i) μt)
//! ```
//!
//! for any state r of the class of j: f(i) is the chance to end in that class, G(i, j) the visits to j before r, t(i) the steps before r
//! where the class is the end. (For r = j these are first passages alone; Kemeny & Snell 1976, 4.4.) All of these are sums of one
//! sign; which r leaves the smallest terms depends on i and j: where a state is seldom left, most subtract what is large and alike.

use nalgebra::DMatrix;

use super::LongRun;
use crate::chain::restricted::{Restricted, Subset};
use crate::error::Error;
use crate::field::UNIT;
use crate::linalg::{Solvable, SolverOptions};

/// Terms so many times larger than what is left of them have lost digits that a bound of 10⁻¹² would tell; a choice.
const LOST: f64 = 256.0;
/// States of which a class and what leads to it are eliminated once for each r; a choice, some seconds.
const MOST: usize = 128;

/// Of states what is added up in their columns of D, without signs \[S\].
type Terms<F> = Vec<(usize, Vec<F>)>;

impl<F: Solvable> LongRun<F> {
    /// D itself, dense [S, S]: the group inverse of I − P. Errors with [`Error::TooLarge`] where n² numbers are too many.
    pub fn deviation_matrix(&self) -> Result<DMatrix<F>, Error> {
        let matrix = self.columns(|x| self.deviation(x))?;
        if F::EXACT || self.p.rows() > MOST {
            return Ok(matrix);
        }
        Ok(self.improved(matrix)?.0)
    }

    /// D, and what rounding may have done to each entry \[S, S\]; nothing is told in a field that is exact or has bounds of its own.
    ///
    /// Without subtraction in factors every term of an entry is right relative to itself, by ((n + 8)³ + 2nη)u; else by 4ηK² with
    /// the largest inverse norm K of the systems.
    ///
    /// # Errors
    /// Those of the solver of a linear system, and [`Error::TooLarge`].
    pub fn deviation_with_errors(&self) -> Result<(DMatrix<F>, Option<DMatrix<f64>>), Error> {
        if F::EXACT || F::one().certified().is_some() {
            return Ok((self.deviation_matrix()?, None));
        }
        let matrix = self.columns(|x| self.deviation(x))?;
        let (matrix, terms) = self.improved(matrix)?;
        let n = self.p.rows() as f64;
        let rows = 0..self.p.rows();
        let longest = rows.map(|i| self.p.row(i).len()).max().unwrap_or(0);
        let eta = (longest + 64) as f64 * UNIT;
        let mut errors = DMatrix::from_element(matrix.nrows(), matrix.ncols(), 0.0);
        if self.subtracts() {
            let norm = self.inverse_norm()?;
            errors.fill(4.0 * (eta + n * UNIT) * norm * norm);
            return Ok((matrix, Some(errors)));
        }
        // twice, for P* is no larger than the terms that it is added to, or than what is left
        let relative = 2.0 * ((n + 8.0).powi(3) * UNIT + 2.0 * n * eta);
        for (to, terms) in &terms {
            for (error, size) in errors.column_mut(*to).iter_mut().zip(terms) {
                *error = relative * size.to_f64();
            }
        }
        Ok((matrix, Some(errors)))
    }

    /// D with what is added up in each column of a recurrent state, in the form that adds least, as far as that is looked for.
    fn improved(&self, mut matrix: DMatrix<F>) -> Result<(DMatrix<F>, Terms<F>), Error> {
        let mut all = Vec::new();
        for (k, class) in self.structure.recurrent().iter().enumerate() {
            let mut terms = Vec::with_capacity(class.states.len());
            let mut is_lost = false;
            for &to in &class.states {
                let own = self.terms(k, to)?;
                let lost = |(x, terms): (&F, &F)| terms.to_f64() > LOST * x.to_f64().abs();
                is_lost |= matrix.column(to).iter().zip(&own).any(lost);
                terms.push(own);
            }
            if is_lost && self.p.rows() <= MOST {
                for &state in &class.states {
                    self.improve(k, state, &mut matrix, &mut terms)?;
                }
            }
            all.extend(class.states.iter().copied().zip(terms));
        }
        Ok((matrix, all))
    }

    /// What is added up in a column of D in the class k, without signs \[S\].
    fn terms(&self, k: usize, to: usize) -> Result<Vec<F>, Error> {
        let mut b = vec![F::zero(); self.p.rows()];
        b[to] = F::one();
        let limit = self.limit(&b)?;
        b.iter_mut().zip(&limit).for_each(|(b, limit)| *b += limit);
        let mut y = vec![F::zero(); b.len()];
        if let Some(without_one) = &self.classes[k].without_one {
            let inside = without_one.solve(&without_one.subset().gather(&b))?;
            without_one.subset().scatter(inside, &mut y);
            let states = &self.structure.recurrent()[k].states;
            let mean = self.classes[k].mean(states, &y);
            states.iter().for_each(|&s| y[s] += &mean);
        }
        if let Some(transient) = &self.transient {
            let inside = transient.solve(&transient.right_side(&self.p, &b, &y))?;
            transient.subset().scatter(inside, &mut y);
        }
        Ok(y)
    }

    /// Takes what has smaller terms with one state r of the class k.
    fn improve(
        &self,
        k: usize,
        left_out: usize,
        matrix: &mut DMatrix<F>,
        terms: &mut [Vec<F>],
    ) -> Result<(), Error> {
        let class = &self.structure.recurrent()[k].states;
        let ends = self.absorption(k)?;
        let others = class.iter().chain(self.structure.transient());
        let mut others: Vec<usize> = others.copied().filter(|&s| s != left_out).collect();
        if others.is_empty() {
            return Ok(());
        }
        others.sort_unstable();
        let system = Restricted::new(&self.p, Subset::new(others), &SolverOptions::default())?;
        let solved = |b: &[F]| -> Result<(Vec<F>, F), Error> {
            let mut x = vec![F::zero(); b.len()];
            let inside = system.solve(&system.subset().gather(b))?;
            system.subset().scatter(inside, &mut x);
            let mean = self.classes[k].mean(class, &x);
            Ok((x, mean))
        };
        let (steps, all_steps) = solved(&ends)?;
        let mut one = vec![F::zero(); ends.len()];
        for ((&to, share), terms) in class.iter().zip(&self.classes[k].stationary).zip(terms) {
            one[to] = F::one();
            let (visits, all_visits) = solved(&one)?;
            one[to] = F::zero();
            for (state, end) in ends.iter().enumerate().filter(|(_, end)| !end.is_zero()) {
                let visited = [visits[state].clone(), end.clone() * &all_visits];
                let passed = [steps[state].clone(), end.clone() * &all_steps];
                let passed = passed.map(|x| x * share);
                let size = |x: &[F; 2]| x[0].clone() + &x[1];
                let size = size(&visited) + size(&passed);
                if size < terms[state] {
                    let rest = |[x, y]: [F; 2]| x - y;
                    matrix[(state, to)] = rest(visited) - rest(passed);
                    terms[state] = size;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::number::Rational;
    use crate::policy::Policy;

    /// The largest error of an entry of D in floating point, of its number in fractions.
    fn off(text: &str) -> f64 {
        let model = Model::parse("chain", text).expect("a valid model");
        let options = SolverOptions::default();
        let exact = model.exact_mdp().expect("fractions");
        let exact = LongRun::new(
            &exact,
            &Policy::<Rational>::uniform(model.space()),
            &options,
        );
        let exact = exact.expect("solved").deviation_matrix().expect("D");
        let mdp = model.mdp::<f64>();
        let found = LongRun::new(&mdp, &Policy::uniform(model.space()), &options);
        let found = found.expect("solved").deviation_matrix().expect("D");
        let both = found.iter().zip(exact.iter());
        let off = |(x, exact): (&f64, &Rational)| match exact.to_f64().value() {
            0.0 => x.abs(),
            exact => (x / exact - 1.0).abs(),
        };
        both.map(off).fold(0.0, f64::max)
    }

    /// b is left once in 1/exit steps: D(a, b) = −(D(a, a) + D(a, c)) stays near −11000 while D(b, b) falls like the exit.
    #[test]
    fn a_state_that_is_seldom_left_keeps_the_digits_of_its_column() {
        for exit in ["1e-4", "1e-12", "1e-16", "1e-30", "1e-40"] {
            let stay = match exit
                .strip_prefix("1e-")
                .and_then(|x| x.parse::<usize>().ok())
            {
                Some(digits) => format!("0.{}", "9".repeat(digits)),
                None => panic!("an exit"),
            };
            let text = format!(
                "criterion: average\nstates: [a, b, c]\nactions: [x]\ninitial: a\ntransitions:\n- [a, x, a, 8999/10000, 0]\n- [a, x, b, 1/10000, 0]\n- [a, x, c, 1/10, 0]\n- [b, x, b, \"{stay}\", 0]\n- [b, x, a, {exit}, 0]\n- [c, x, a, 1, 0]\n"
            );
            assert!(off(&text) < 1e-13, "{exit}: {:e}", off(&text));
        }
    }

    /// Entries that cancel in themselves have a bound, which holds.
    #[test]
    fn entries_that_cancel_are_bounded() {
        let text = "criterion: average\nstates: [s0, s1, s2]\nactions: [a0]\ninitial: s0\ntransitions:\n- [s0, a0, s2, 1, 0]\n- [s1, a0, s0, 3999999999999/4000000000000, 0]\n- [s1, a0, s1, 1/4000000000000, 0]\n- [s2, a0, s1, 1, 0]\n";
        let model = Model::parse("chain", text).expect("a valid model");
        let options = SolverOptions::default();
        let exact = model.exact_mdp().expect("fractions");
        let policy = Policy::<Rational>::uniform(model.space());
        let exact = LongRun::new(&exact, &policy, &options).expect("solved");
        let exact = exact.deviation_matrix().expect("D");
        let mdp = model.mdp::<f64>();
        let run = LongRun::new(&mdp, &Policy::uniform(model.space()), &options).expect("solved");
        let (found, errors) = run.deviation_with_errors().expect("D");
        let errors = errors.expect("floating point");
        assert!(errors.max() < 1e-11, "{errors}");
        for ((x, exact), error) in found.iter().zip(exact.iter()).zip(errors.iter()) {
            assert!((x - exact.to_f64().value()).abs() <= *error, "{x} {exact}");
        }
    }

    /// Two classes, and a transient state before both: of each class the columns of the state that is seldom left.
    #[test]
    fn columns_keep_their_digits_before_several_classes() {
        for (exit, stay) in [("1e-12", "0.999999999999"), ("1e-3", "0.999")] {
            let text = format!(
                "criterion: average\nstates: [s, a, b, c, d]\nactions: [x]\ninitial: s\ntransitions:\n- [s, x, s, 1/2, 0]\n- [s, x, a, 1/4, 0]\n- [s, x, b, 1/8, 0]\n- [s, x, c, 1/8, 0]\n- [a, x, b, 1/5, 0]\n- [a, x, a, 4/5, 0]\n- [b, x, b, \"{stay}\", 0]\n- [b, x, a, {exit}, 0]\n- [c, x, d, 1, 0]\n- [d, x, d, \"{stay}\", 0]\n- [d, x, c, {exit}, 0]\n"
            );
            assert!(off(&text) < 1e-12, "{exit}: {:e}", off(&text));
        }
    }
}
