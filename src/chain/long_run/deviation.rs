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
use crate::linalg::{Solvable, SolverOptions};

/// Terms so many times larger than what is left of them have lost digits that a bound of 10⁻¹² would tell; a choice.
const LOST: f64 = 256.0;
/// States of which a class and what leads to it are eliminated once for each r; a choice, some seconds.
const MOST: usize = 128;

impl<F: Solvable> LongRun<F> {
    /// D itself, dense [S, S]: the group inverse of I − P.
    pub fn deviation_matrix(&self) -> Result<DMatrix<F>, Error> {
        let mut matrix = self.columns(|x| self.deviation(x))?;
        if F::EXACT || self.p.rows() > MOST {
            return Ok(matrix);
        }
        for (k, class) in self.structure.recurrent().iter().enumerate() {
            let mut terms = Vec::with_capacity(class.states.len());
            let mut is_lost = false;
            for &to in &class.states {
                let own = self.terms(k, to)?;
                let lost = |(x, terms): (&F, &F)| terms.to_f64() > LOST * x.to_f64().abs();
                is_lost |= matrix.column(to).iter().zip(&own).any(lost);
                terms.push(own);
            }
            if is_lost {
                for &state in &class.states {
                    self.improve(k, state, &mut matrix, &mut terms)?;
                }
            }
        }
        Ok(matrix)
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
