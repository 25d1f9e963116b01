//! The derivative of J as π(·|s) moves towards an action (theory, 4.10): what is left of ∇J where π is deterministic.
//!
//! ```text
//! d/dε J((1 − ε)π + ε e_a in s) = W(s, a)      Σₐ π W = 0
//! ```
//!
//! W is that of ∇J = W∇π: ρ(s)A(s, a) where values do not depend on the time, on a horizon Σₜ γᵗ pₜ(s) Aₜ(s, a).

use crate::chain::Structure;
use crate::error::Error;
use crate::field::CLOSE;
use crate::linalg::Solvable;
use crate::solved::Solved;

impl<F: Solvable> Solved<F> {
    /// The derivative of J from the right as π(·|s) moves towards a \[SA\].
    ///
    /// Errors with [`Error::GainJumps`] where the long run is another one as soon as an action is taken, and if a solver did
    /// not certify a solution.
    pub fn toward_actions(&self) -> Result<Vec<F>, Error> {
        if let Some(long_run) = self.long_run() {
            let structure = long_run.structure();
            let leaving = Structure::leaving(self.mdp(), self.policy(), structure)?;
            if !leaving.is_empty() {
                let named = leaving.into_iter().map(|pair| {
                    let (state, action) = self.mdp().space().pair_names(pair);
                    (state.into_owned(), action.into_owned())
                });
                return Err(Error::GainJumps {
                    pairs: named.collect(),
                });
            }
        }
        self.pair_weights()
    }

    /// A bound on what rounding has done to any of `rates` = [`Solved::toward_actions`], where it may show in the ninth digit of
    /// one. Errors with [`Error::NotDifferentiable`] or [`Error::GainJumps`] where J has no gradient.
    pub fn toward_actions_error(&self, rates: &[F]) -> Result<Option<f64>, Error> {
        let Some(bound) = self.derivatives().weights_error(self)? else {
            return Ok(None);
        };
        // a 0 may be what rounding has left of a number, and is measured by the largest
        let sizes = || rates.iter().map(|x| x.to_f64().abs());
        let most = sizes().fold(0.0, f64::max);
        let shows = |x: f64| bound > CLOSE * if x > 0.0 { x } else { most };
        Ok(sizes().any(shows).then_some(bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient::deterministic::WeightedRule;
    use crate::linalg::Csr;
    use crate::model::Model;
    use crate::number::Rational;
    use crate::policy::Policy;
    use crate::test_models::ratio;

    /// Over two steps x pays 1 and stays, y pays 7/4 and ends.
    const TWO_STEPS: &str = "horizon: 2\ndiscount: 1\nstates: [s, e]\nactions: [x, y]\ninitial: s\n\
         transitions: [[s, x, s, 1, 1], [s, y, e, 1, \"7/4\"]]\nterminal: [e]\n";

    /// A model in fractions under probabilities, by pairs.
    fn solved(text: &str, probabilities: &[Rational]) -> Result<Solved<Rational>, Error> {
        let model = Model::parse("model", text).expect("a valid model");
        let mdp = model.exact_mdp().expect("fractions");
        let policy = Policy::simplex(mdp.space(), probabilities.to_vec()).expect("a policy");
        Solved::new(mdp, policy)
    }

    /// Over a horizon each time has its own advantages: with π(y) = ε of the model J = 7ε/4 + (1 − ε)(1 + 7ε/4 + 1 − ε), of the
    /// slope 1/2 at 0, where ρ(s) times the advantage of time 0 is −1/2.
    #[test]
    fn over_a_horizon_an_action_gains_what_it_gains_at_each_time() {
        let at = solved(TWO_STEPS, &[ratio(1, 1), ratio(0, 1)]).expect("solved");
        assert_eq!(at.toward_actions().unwrap(), [ratio(0, 1), ratio(1, 2)]);
        // at π(y) = 1/2: J = 3ε/4 + … has the slope 1/2 − ε·3/2 = −1/4 in y, towards y by half of it
        let at = solved(TWO_STEPS, &[ratio(1, 2), ratio(1, 2)]).expect("solved");
        let slopes = [ratio(1, 8), ratio(-1, 8)];
        assert_eq!(at.toward_actions().unwrap(), slopes);
    }

    /// J over three steps is a cubic in ε: its slope at 0 is that of the polynomial through four of its values, in fractions.
    #[test]
    fn slopes_toward_actions_are_those_of_a_polynomial() {
        let text = "horizon: 3\ndiscount: 2/3\nstates: [a, b, c]\nactions: [x, y]\ninitial: {a: 2/3, b: 1/3}\ntransitions:\n- [a, x, a, 1/2, 1]\n- [a, x, b, 1/2, -2]\n- [a, y, b, 1, 3]\n- [b, x, a, 1/4, 5]\n- [b, x, c, 3/4, 0]\n- [b, y, b, 1, -1]\n- [c, x, a, 1, 2]\n- [c, y, c, 1, 1]\n";
        let pi = [
            ratio(1, 1),
            ratio(0, 1),
            ratio(1, 3),
            ratio(2, 3),
            ratio(0, 1),
            ratio(1, 1),
        ];
        let found = solved(text, &pi).expect("solved").toward_actions().unwrap();
        for (pair, slope) in found.iter().enumerate() {
            let first = pair / 2 * 2;
            let j = |k: i64| {
                let share = ratio(k, 4);
                let mut moved = pi.clone();
                for other in first..first + 2 {
                    let toward = ratio(i64::from(other == pair), 1);
                    moved[other] = pi[other].clone() * (ratio(1, 1) - &share) + toward * &share;
                }
                solved(text, &moved).expect("solved").j().clone()
            };
            // (−11 f₀ + 18 f₁ − 9 f₂ + 2 f₃)/6h
            let sum = j(0) * ratio(-11, 1)
                + j(1) * ratio(18, 1)
                + j(2) * ratio(-9, 1)
                + j(3) * ratio(2, 1);
            assert_eq!(*slope, sum / ratio(6, 4), "{pair}");
        }
    }

    /// A rule between two actions, u = θ: J_T of the policy (1 − u, u) has the slope of the polynomial above, over the horizon too.
    #[test]
    fn rules_between_actions_have_their_gradient_over_a_horizon() {
        let model = Model::parse("model", TWO_STEPS).expect("a valid model");
        let rule =
            WeightedRule::interpolated(model.space(), &[ratio(1, 2), ratio(0, 1)]).expect("a rule");
        let policy = Policy::simplex(model.space(), rule.weights.clone()).expect("a policy");
        let mdp = model.exact_mdp().expect("fractions");
        let at = Solved::new(mdp, policy).expect("solved");
        let jacobian = Csr::from_rows(1, [vec![(0, ratio(1, 1))], vec![]]);
        assert_eq!(rule.gradient(&at, &jacobian).unwrap(), [ratio(-1, 4)]);
    }

    /// Where π leaves s for L (a gain of 1) with 1/2 a step, y leads to R (a gain of 3): J = (N/2 + 5ε/2)/(1/2 + ε/2) with N = 1,
    /// of the slope 4. In a class that is closed until y is taken, J jumps.
    #[test]
    fn under_the_average_reward_an_action_may_change_where_the_chain_ends() {
        let classes = "criterion: average\nstates: [s, l, r]\nactions: [x, y]\ninitial: s\ntransitions:\n- [s, x, s, 1/2, 0]\n- [s, x, l, 1/2, 0]\n- [s, y, r, 1, 0]\n- [l, x, l, 1, 1]\n- [r, x, r, 1, 3]\n";
        let pi = [1, 0, 1, 1].map(|x| ratio(x, 1));
        let at = solved(classes, &pi).expect("solved");
        let rates = [0, 4, 0, 0].map(|x| ratio(x, 1));
        assert_eq!(at.toward_actions().unwrap(), rates);
        let open = "criterion: average\nstates: [s, t, r]\nactions: [x, y]\ninitial: s\ntransitions:\n- [s, x, s, 1, 0]\n- [s, y, t, 1, 0]\n- [t, x, s, 1/2, 0]\n- [t, x, r, 1/2, 0]\n- [r, x, r, 1, 3]\n";
        let jumps = |pi: &[Rational]| match solved(open, pi).expect("solved").toward_actions() {
            Err(Error::GainJumps { pairs }) => pairs,
            other => panic!("{other:?}"),
        };
        let left = [("s".to_string(), "y".to_string())];
        assert_eq!(jumps(&[1, 0, 1, 1].map(|x| ratio(x, 1))), left);
        let at = solved(open, &[ratio(1, 2), ratio(1, 2), ratio(1, 1), ratio(1, 1)]);
        assert!(at.expect("solved").toward_actions().is_ok());
    }
}
