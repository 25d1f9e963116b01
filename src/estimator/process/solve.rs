//! Equations of a [`Process`]: resolvents and inverses of its operators, factored once for all who ask.

use std::sync::Arc;

use super::tilted::Tilted;
use super::{Order, Process};
use crate::chain::{Dynamics, Resolvent};
use crate::error::Error;
use crate::estimator::critic;
use crate::estimator::rows::Rows;
use crate::linalg::{Csr, Factors, Solvable, SolverKind};
use crate::mdp::Mdp;

/// Up to this many states a dense factorisation serves many right-hand sides; 134 MB of `f64`.
const DENSE: usize = 4096;

impl<F: Solvable> Process<F> {
    /// 1 − c for a product of discounts, with the digits that γ has lost.
    pub fn complement_of(&self, c: &F) -> F {
        let gamma = &self.discount;
        if *c == *gamma {
            self.complement.clone()
        } else if *c == gamma.clone() * gamma {
            (F::one() + gamma) * &self.complement
        } else {
            F::one() - c
        }
    }

    /// (I − c P)⁻¹ as accurate as it can be, whatever it costs, factored once for all who ask.
    pub fn accurate(&self, order: Order, c: &F) -> Result<Arc<Resolvent<F>>, Error> {
        let key = (self.known(order), c.clone());
        let mut cache = self.accurate.lock().unwrap_or_else(|e| e.into_inner());
        if let Some((_, resolvent)) = cache.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(resolvent));
        }
        let complement = self.complement_of(c);
        let dynamics = self.dynamics(order);
        let resolvent = Arc::new(dynamics.resolvent_at(c, &complement, &self.options)?);
        cache.push((key, Arc::clone(&resolvent)));
        Ok(resolvent)
    }

    /// Whether c is so near 1, or a step so rare, that factors for many right-hand sides at once would cost digits.
    fn is_delicate(&self, c: &F) -> bool {
        // three digits of sixteen; a choice
        let near = self.complement_of(c).to_f64() < 1e-3;
        (near || self.rare) && critic::rounds::<F>()
    }

    /// What solves with I − cP without a subtraction where importance weights make row sums above 1.
    fn tilted(&self, order: Order, c: &F) -> Result<Option<Arc<Tilted<F>>>, Error> {
        if !self.is_weighted() || order == Order::First || !self.is_delicate(c) {
            return Ok(None);
        }
        let key = (order, c.clone());
        let mut cache = self.tilted.lock().unwrap_or_else(|e| e.into_inner());
        if let Some((_, tilted)) = cache.iter().find(|(known, _)| *known == key) {
            return Ok(tilted.clone());
        }
        let complement = self.complement_of(c);
        let tilted = Tilted::new(self.dynamics(order), (c, &complement), &self.options)?;
        let tilted = tilted.map(Arc::new);
        cache.push((key, tilted.clone()));
        Ok(tilted)
    }

    /// (I − c P)⁻¹ b by [`Process::accurate`].
    pub fn solve_accurately(&self, order: Order, c: &F, b: Vec<F>) -> Result<Vec<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        Ok(self.accurate(order, c)?.solve(&b)?.x)
    }

    pub(super) fn dynamics(&self, order: Order) -> &Dynamics<F> {
        match (&self.higher, order) {
            (Some(higher), Order::Second) => &higher[0],
            (Some(higher), Order::Third) => &higher[1],
            (Some(higher), Order::Fourth) => &higher[2],
            _ => &self.first,
        }
    }

    /// (I − M)⁻¹ for an operator M [S, S] without negative entries.
    ///
    /// Errors if the matrix is singular.
    pub fn resolvent_of(&self, mdp: &Mdp<F>, operator: Csr<F>) -> Result<Resolvent<F>, Error> {
        let r = vec![F::zero(); self.states()];
        let initial = self.initial().to_vec();
        let dynamics = Dynamics::from_parts(mdp.space(), operator, r, initial, None);
        dynamics.resolvent_at(&F::one(), &F::zero(), &self.options)
    }

    /// (I − c P)⁻¹, factored once for all who ask.
    ///
    /// With about as many right-hand sides as states, dense factors pay even where one solve is
    /// best iterated; but not where they cost digits of moments under importance weights, which have no centred
    /// form. Errors if the matrix is singular.
    pub fn resolvent(&self, order: Order, c: &F, sides: usize) -> Result<Arc<Resolvent<F>>, Error> {
        if self.is_weighted() && self.is_delicate(c) {
            return self.accurate(order, c);
        }
        let order = self.known(order);
        let dense = 4 * sides >= self.states() && self.states() <= DENSE;
        let key = (order, c.clone(), dense);
        let mut cache = self.cache.lock().unwrap_or_else(|e| e.into_inner());
        // dense factors that are there serve one right-hand side as well
        let serves = |known: &(Order, F, bool)| {
            known.0 == key.0 && known.1 == key.1 && (known.2 == key.2 || known.2)
        };
        if let Some((_, resolvent)) = cache.iter().find(|(known, _)| serves(known)) {
            return Ok(Arc::clone(resolvent));
        }
        let mut options = self.options.clone();
        if dense && options.solver == SolverKind::Auto {
            options.solver = SolverKind::Dense;
        }
        let complement = self.complement_of(c);
        let dynamics = self.dynamics(order);
        let resolvent = Arc::new(dynamics.resolvent_at(c, &complement, &options)?);
        cache.push((key, Arc::clone(&resolvent)));
        Ok(resolvent)
    }

    /// On policy the operators of all orders are one.
    fn known(&self, order: Order) -> Order {
        match self.higher {
            None => Order::First,
            Some(_) => order,
        }
    }

    /// (I − c P)⁻¹ itself, [S][S], formed once for all who ask. Errors if the matrix is singular.
    pub fn inverse(&self, order: Order, c: &F) -> Result<Arc<Rows<F>>, Error> {
        if let Some(inverse) = self.inverted(order, c) {
            return Ok(inverse);
        }
        let inverse = if c.is_zero() {
            Rows::unit(self.states(), 0..self.states())
        } else if let Some(tilted) = self.tilted(order, c)? {
            tilted.inverse()?
        } else {
            let resolvent = self.resolvent(order, c, self.states())?;
            Rows::of(&resolvent.factors().inverse(self.states())?)
        };
        let inverse = Arc::new(inverse);
        let mut inverses = self.inverses.lock().unwrap_or_else(|e| e.into_inner());
        inverses.push(((self.known(order), c.clone()), Arc::clone(&inverse)));
        Ok(inverse)
    }

    /// The inverse if it has been formed.
    fn inverted(&self, order: Order, c: &F) -> Option<Arc<Rows<F>>> {
        let inverses = self.inverses.lock().unwrap_or_else(|e| e.into_inner());
        let order = self.known(order);
        let mut inverses = inverses.iter();
        let found = inverses.find(|((known, at), _)| *known == order && at == c);
        found.map(|(_, inverse)| Arc::clone(inverse))
    }

    /// (I − c P)⁻¹ B for a B given by rows [S][d].
    pub fn solve_rows(&self, order: Order, c: &F, b: Rows<F>) -> Result<Rows<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        if let Some(tilted) = self.tilted(order, c)? {
            return tilted.solve_rows(&b);
        }
        let columns = b.to_matrix();
        let x = self.resolvent(order, c, b.width())?.solve_many(columns)?;
        Ok(Rows::of(&x))
    }

    /// x = (I − cP)⁻¹ B where B is a part of as many columns as there are states.
    pub fn solve_columns(&self, order: Order, c: &F, b: Rows<F>) -> Result<Rows<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        if let Some(tilted) = self.tilted(order, c)? {
            return tilted.solve_rows(&b);
        }
        let columns = b.to_matrix();
        let resolvent = self.resolvent(order, c, self.states())?;
        Ok(Rows::of(&resolvent.solve_many(columns)?))
    }

    /// (I − c P)⁻ᵀ B for a B given by rows [S][d].
    pub fn solve_rows_transposed(&self, c: &F, b: Rows<F>) -> Result<Rows<F>, Error> {
        let columns = b.to_matrix();
        let x = self
            .resolvent(Order::First, c, b.width())?
            .solve_transposed_many(columns)?;
        Ok(Rows::of(&x))
    }

    /// (I − c P)⁻¹ b.
    pub fn solve(&self, order: Order, c: &F, b: Vec<F>) -> Result<Vec<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        if let Some(tilted) = self.tilted(order, c)? {
            return tilted.solve(&b);
        }
        if self.is_delicate(c) {
            return self.solve_accurately(order, c, b);
        }
        if let Some(inverse) = self.inverted(order, c) {
            let states = 0..self.states();
            return Ok(states.map(|s| inverse.inner_product(s, &b)).collect());
        }
        Ok(self.resolvent(order, c, 1)?.solve(&b)?.x)
    }

    /// b (I − c P)⁻¹.
    pub fn solve_transposed(&self, order: Order, c: &F, b: Vec<F>) -> Result<Vec<F>, Error> {
        if c.is_zero() {
            return Ok(b);
        }
        if let Some(tilted) = self.tilted(order, c)? {
            return tilted.solve_transposed(&b);
        }
        let resolvent = if self.is_delicate(c) {
            self.accurate(order, c)?
        } else {
            self.resolvent(order, c, 1)?
        };
        Ok(resolvent.solve_transposed(&b)?.x)
    }
}
