//! Large, nearly constant vectors of which only differences between states are taken, to the last digits.

use crate::error::Error;
use crate::estimator::process::{Order, Process};
use crate::estimator::rows::{Rows, axpy};
use crate::linalg::Solvable;

/// One d-vector x(s) for each state, and what it lacks in its last digits; x = 0 at the end.
pub(super) struct Potential<F> {
    pub high: Rows<F>,
    rest: Rows<F>,
    /// c.
    pub weight: F,
    /// 1 − c.
    pub complement: F,
}

impl<F: Solvable> Potential<F> {
    /// x = (I − cP)⁻¹ b.
    pub fn solve(process: &Process<F>, c: &F, b: Rows<F>) -> Result<Potential<F>, Error> {
        let complement = process.complement_of(c);
        let zero = Rows::zero(process.states(), process.parameters());
        let (high, rest) = if c.is_zero() {
            (b, zero)
        } else {
            let resolvent = process.accurate(Order::First, c)?;
            let (x, rest) = resolvent.solve_many_finely(b.to_matrix())?;
            (Rows::of(&x), Rows::of(&rest))
        };
        Ok(Potential {
            high,
            rest,
            weight: c.clone(),
            complement,
        })
    }

    /// b + cPx, x = 0 unless it is given.
    pub fn carried(
        process: &Process<F>,
        c: &F,
        b: Rows<F>,
        x: Option<&Potential<F>>,
    ) -> Potential<F> {
        let mut high = b;
        if let Some(x) = x {
            for state in 0..process.states() {
                for (next, p) in process.p(Order::First).row(state) {
                    axpy(high.row_mut(state), &(p.clone() * c), x.high.row(next));
                }
            }
        }
        Potential {
            high,
            rest: Rows::zero(process.states(), process.parameters()),
            weight: c.clone(),
            complement: process.complement_of(c),
        }
    }

    /// y += a (x(to) − x(from)), −a x(from) at the end.
    pub fn add_rise(&self, y: &mut [F], a: &F, from: usize, to: Option<usize>) {
        let minus = -a.clone();
        let Some(to) = to else {
            return axpy(y, &minus, self.high.row(from));
        };
        let high = self.high.row(to).iter().zip(self.high.row(from));
        let rest = self.rest.row(to).iter().zip(self.rest.row(from));
        for (y, (high, rest)) in y.iter_mut().zip(high.zip(rest)) {
            let rise = (high.0.clone() - high.1) + &(rest.0.clone() - rest.1);
            *y += rise * a;
        }
    }

    /// y += a u, u = c x(to) − x(from).
    pub fn add_step(&self, y: &mut [F], a: &F, from: usize, to: Option<usize>) {
        if to.is_none() {
            return self.add_rise(y, a, from, to);
        }
        self.add_rise(y, &(a.clone() * &self.weight), from, to);
        let lost = -(a.clone() * &self.complement);
        axpy(y, &lost, self.high.row(from));
    }

    /// The sizes of the terms of u \[d\], of which it is known to a few roundings.
    pub fn sizes(&self, u: &[F], from: usize) -> Vec<f64> {
        let lost = self.complement.to_f64().abs();
        let both = u.iter().zip(self.high.row(from));
        both.map(|(u, x)| u.to_f64().abs() + lost * x.to_f64().abs())
            .collect()
    }
}
