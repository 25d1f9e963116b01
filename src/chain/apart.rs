//! How far a solution may differ between states, whose common part drops out.

use super::Chain;
use super::centre::Centre;
use crate::error::Error;
use crate::linalg::{Factors, Solvable};

impl<F: Solvable> Chain<F> {
    /// A bound on ‖N(s, ·) − N(s', ·)‖₁ over states that act: what an error of a right side can do to differences of
    /// the solution.
    ///
    /// ```text
    /// N(s, ·) = visits before c, from s  +  (1 − u(s)) N(c, ·)
    /// ‖N(s, ·) − N(c, ·)‖₁ ≤ T(s) + u(s) ‖N(c, ·)‖₁
    /// ```
    ///
    /// for one state c, with T(s) the expected discounted steps before c and u(s) what of a unit is lost on the way: near
    /// γ = 1 a time to meet in place of 1/(1 − γ).
    ///
    /// # Errors
    /// Those of the solver of a linear system.
    pub(crate) fn difference_norm(&self) -> Result<f64, Error> {
        let (resolvent, states) = (self.resolvent(), self.dynamics().p().rows());
        let ones = vec![F::one(); states];
        let times = resolvent.solve_roughly(&ones)?;
        let longest = times.iter().map(F::to_f64).fold(0.0, f64::max);
        let Some(slack) = resolvent
            .slack()
            .filter(|_| resolvent.factors().is_direct())
        else {
            return Ok(2.0 * longest);
        };
        let centre = Centre::new(resolvent.matrix(), slack, resolvent.factors())?;
        let before = centre.solve(&ones)?;
        let (meeting, lost) = (centre.state(), centre.lost());
        let after = times[meeting].to_f64();
        let alive = (0..states).filter(|&s| self.dynamics().alive()[s]);
        let furthest = alive.map(|s| before[s].to_f64() + lost[s].to_f64() * after);
        // 2 · longest is a bound as well
        Ok(2.0 * furthest.fold(0.0, f64::max).min(longest))
    }
}

#[cfg(test)]
mod tests {
    use crate::arithmetic::Choice;
    use crate::model::Model;

    /// A coin that stays or goes, from either of two states: from s the state c is met after two steps, whatever γ.
    #[test]
    fn states_that_meet_soon_differ_little_however_long_all_lasts() {
        for discount in ["0.999", "0.999999", "0.999999999999"] {
            let text = format!(
                "discount: {discount}\nstates: 2\nactions: 1\ninitial: 0\ntransitions:\n  - [0, 0, 0, 1/2, 0]\n  \
                 - [0, 0, 1, 1/2, 0]\n  - [1, 0, 0, 1/2, 1]\n  - [1, 0, 1, 1/2, 1]\n"
            );
            let model = Model::parse("coin", &text).expect("a model");
            let solved = model.solve(Choice::Uniform).expect("values");
            let chain = solved.chain().expect("a chain");
            // ‖N(0, ·) − N(1, ·)‖₁ = 2, since both go on alike
            let norm = chain.difference_norm().expect("a bound");
            assert!((2.0..=10.0).contains(&norm), "{discount}: {norm}");
        }
    }
}
