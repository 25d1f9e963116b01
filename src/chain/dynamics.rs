//! p^π and r^π over the alive states.

use std::sync::Arc;

use super::resolvent::reached;
use super::{Resolvent, Termination};
use crate::error::Error;
use crate::linalg::{Blocks, Csr, RowSum, Solvable, SolverOptions};
use crate::mdp::{Mdp, Space};
use crate::policy::Policy;

/// p^π and r^π over alive states, and ρ₀ on them: everything but a factorisation.
#[derive(Clone, Debug)]
pub struct Dynamics<F: Solvable> {
    pub(super) space: Arc<Space>,
    pub(super) alive: Vec<bool>,
    pub(super) p: Arc<Csr<F>>,
    pub(super) r: Vec<F>,
    pub(super) initial: Vec<F>,
    /// 1 − Σ p^π(s, ·), summed from what leaves and not subtracted; `None` where the field is exact
    /// or nobody knows.
    pub(super) exits: Option<Vec<F>>,
}

impl<F: Solvable> Dynamics<F> {
    /// p^π = π p [S, S], r^π = π r \[S\]; terminal rows and columns are empty.
    ///
    /// Errors with [`Error::OtherSpace`] if the policy acts on another model.
    pub fn new(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<Dynamics<F>, Error> {
        Error::check_space(mdp, policy)?;
        Ok(Dynamics::without(mdp, policy, &[]))
    }

    /// p^π and r^π without the states whose total reward is undefined because the policy may never
    /// terminate from them; those states.
    ///
    /// Errors with [`Error::Improper`] if ρ₀ reaches one of them, with [`Error::OtherSpace`] if the policy
    /// acts on another model.
    pub fn proper(mdp: &Mdp<F>, policy: &Policy<F>) -> Result<(Dynamics<F>, Vec<usize>), Error> {
        let undefined = Termination::new(mdp, policy)?.undefined_or_improper(mdp)?;
        let dynamics = Dynamics::without(mdp, policy, &undefined);
        Ok((dynamics, undefined))
    }

    /// p^π and r^π of a policy known to act on the model, with further states taken out like terminal ones.
    pub(crate) fn without(mdp: &Mdp<F>, policy: &Policy<F>, undefined: &[usize]) -> Dynamics<F> {
        let space = mdp.space();
        let pi = policy.probabilities();
        let mut alive: Vec<bool> = (0..space.states()).map(|s| !space.is_terminal(s)).collect();
        for &state in undefined {
            alive[state] = false;
        }
        let mut p = Csr::with_capacity(space.states(), space.states(), mdp.p().stored());
        let mut r = Vec::with_capacity(space.states());
        let mut exits = Vec::with_capacity(space.states());
        let mut row = RowSum::new(space.states());
        for state in 0..space.states() {
            let mut reward = F::zero();
            if alive[state] {
                for pair in space.pairs_of(state).filter(|&pair| policy.supports(pair)) {
                    reward += pi[pair].clone() * &mdp.r()[pair];
                    row.add(&pi[pair], mdp.p(), pair);
                }
            }
            let lost = row.push_to(&mut p, &alive);
            exits.push(if alive[state] {
                lost + deficit(mdp, policy, state)
            } else {
                F::one()
            });
            r.push(reward);
        }
        let initial = mdp.initial().iter().zip(&alive);
        let initial = initial
            .map(|(x, &alive)| if alive { x.clone() } else { F::zero() })
            .collect();
        Dynamics {
            space: Arc::clone(space),
            alive,
            p: Arc::new(p),
            r,
            initial,
            exits: (!F::EXACT).then_some(exits),
        }
    }

    /// Whether a state has a row: neither terminal nor taken out as undefined \[S\].
    pub fn alive(&self) -> &[bool] {
        &self.alive
    }

    /// Dynamics that another module assembled: p [S, S], r [S], an initial measure [S] and, where
    /// it is known without a subtraction, 1 − Σ p(s, ·) [S].
    pub(crate) fn from_parts(
        space: &Arc<Space>,
        p: Csr<F>,
        r: Vec<F>,
        initial: Vec<F>,
        exits: Option<Vec<F>>,
    ) -> Self {
        Dynamics {
            alive: (0..p.rows()).map(|state| p.row(state).len() > 0).collect(),
            space: Arc::clone(space),
            p: Arc::new(p),
            r,
            initial,
            exits,
        }
    }

    /// These dynamics, given 1 − Σ p(s, ·) \[S\] with all its digits.
    pub(crate) fn leaving(self, exits: Vec<F>) -> Self {
        Dynamics {
            exits: Some(exits),
            ..self
        }
    }

    /// 1 − Σ p(s, ·) \[S\], where it is known without a subtraction.
    pub(crate) fn exits(&self) -> Option<&[F]> {
        self.exits.as_deref()
    }

    /// p^π [S, S]; substochastic where states terminate.
    pub fn p(&self) -> &Csr<F> {
        &self.p
    }

    /// r^π \[S\].
    pub fn r(&self) -> &[F] {
        &self.r
    }

    /// ρ₀ \[S\], zero on terminal states.
    pub fn initial(&self) -> &[F] {
        &self.initial
    }

    /// The states that ρ₀ reaches \[S\], by graph search on the pattern of p^π.
    pub fn reached(&self) -> Vec<bool> {
        reached(&self.p, &self.initial)
    }

    /// The model's space.
    pub fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// (I − c p^π)⁻¹ as factors; moments of estimators need it at c = γ² and others.
    ///
    /// Errors if I − c p^π is singular, as it is for c = 1 without termination.
    pub fn resolvent(&self, c: &F, options: &SolverOptions) -> Result<Resolvent<F>, Error> {
        self.resolvent_at(c, &(F::one() - c), options)
    }

    /// (I − c p^π)⁻¹ as factors, given 1 − c with digits that the difference has lost.
    pub(crate) fn resolvent_at(
        &self,
        c: &F,
        complement: &F,
        options: &SolverOptions,
    ) -> Result<Resolvent<F>, Error> {
        let mut options = options.clone();
        if options.inverse_norm.is_none() && options.may_iterate(self.p.rows()) {
            options.inverse_norm = self.inverse_norm(c);
        }
        let matrix = Blocks::identity_minus_scaled(&self.p, c);
        let slack = self.slack(c, complement);
        let factors = F::factor_blocks(&matrix, slack.as_deref(), &options)?;
        Ok(Resolvent {
            matrix,
            slack,
            factors: Arc::new(factors),
            discount: c.clone(),
            centre: Arc::default(),
        })
    }

    /// 1 − c Σ p^π(s, ·) = (1 − c) + c · exits \[S\].
    pub(super) fn slack(&self, c: &F, complement: &F) -> Option<Vec<F>> {
        let exits = self.exits.as_ref()?;
        let slack = exits.iter().map(|exit| exit.clone() * c + complement);
        Some(slack.collect())
    }

    /// ‖(I − cP)⁻¹‖∞ ≤ 1/(1 − β) with β = c maxₛ Σ P(s, ·), if β < 1 (theory, section 8).
    fn inverse_norm(&self, c: &F) -> Option<f64> {
        let beta = c.to_f64().abs() * self.p.norm();
        (beta < 1.0).then(|| 1.0 / (1.0 - beta))
    }
}

/// 1 − Σₐ π Σ p(·|s, a) of a state: 0, unless the written numbers are rounded ones.
fn deficit<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>, state: usize) -> F {
    let mut deficit = policy.deficit(state).cloned().unwrap_or_else(F::zero);
    if let Some(deficits) = mdp.deficits() {
        for pair in mdp.space().pairs_of(state) {
            deficit += policy.probabilities()[pair].clone() * &deficits[pair];
        }
    }
    deficit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_models;

    /// Where nothing terminates ‖(I − cP)⁻¹‖∞ = 1/(1 − c), so that the bound is attained.
    #[test]
    fn the_bound_on_the_inverse_is_attained_without_termination() {
        let mdp = test_models::worked_example();
        let policy = Policy::uniform(mdp.space());
        let dynamics = Dynamics::new(&mdp, &policy).unwrap();
        let c = test_models::ratio(3, 4);
        let bound = dynamics.inverse_norm(&c).unwrap();
        assert!((4.0..4.0 + 1e-12).contains(&bound), "{bound}");
        assert_eq!(dynamics.inverse_norm(&crate::field::Field::one()), None);
    }
}
