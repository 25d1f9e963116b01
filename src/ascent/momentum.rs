//! Steps with a memory, for comparison: neither is monotone.

use super::{GoOn, Iterate, StepRule};
use crate::error::Error;
use crate::linalg::moved;

/// Nesterov's accelerated gradient (1983): x' = y + η∇J(y), y' = x' + k/(k + 3) (x' − x).
///
/// The iterates are the points y at which the gradient is taken.
pub(super) struct Nesterov {
    step: f64,
    last: Option<Vec<f64>>,
    made: usize,
}

impl Nesterov {
    /// With a fixed η.
    pub fn new(step: f64) -> Nesterov {
        Nesterov {
            step,
            last: None,
            made: 0,
        }
    }
}

impl StepRule for Nesterov {
    fn next(&mut self, at: &Iterate, _: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        let ahead = moved(at.theta(), &at.gradient, self.step);
        let x = self.last.get_or_insert_with(|| at.theta().to_vec());
        let way = moved(&ahead, x, -1.0);
        let momentum = self.made as f64 / (self.made + 3) as f64;
        let y = moved(&ahead, &way, momentum);
        *x = ahead;
        self.made += 1;
        Ok(Some((at.at(y)?, self.step)))
    }
}

/// β₁ and β₂, and ε below, as their authors recommend them (Kingma & Ba 2015, algorithm 1).
const DECAY: (f64, f64) = (0.9, 0.999);
const FLOOR: f64 = 1e-8;

/// Adam (Kingma & Ba 2015) with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
pub(super) struct Adam {
    step: f64,
    first: Vec<f64>,
    second: Vec<f64>,
    made: i32,
}

impl Adam {
    /// With a fixed η.
    pub fn new(step: f64) -> Adam {
        Adam {
            step,
            first: Vec::new(),
            second: Vec::new(),
            made: 0,
        }
    }
}

impl StepRule for Adam {
    fn next(&mut self, at: &Iterate, _: &GoOn) -> Result<Option<(Iterate, f64)>, Error> {
        self.first.resize(at.gradient.len(), 0.0);
        self.second.resize(at.gradient.len(), 0.0);
        self.made = self.made.saturating_add(1);
        let scale = (1.0 - DECAY.0.powi(self.made), 1.0 - DECAY.1.powi(self.made));
        let mut theta = at.theta().to_vec();
        for (k, &g) in at.gradient.iter().enumerate() {
            let (m, v) = (&mut self.first[k], &mut self.second[k]);
            *m = DECAY.0 * *m + (1.0 - DECAY.0) * g;
            *v = DECAY.1 * *v + (1.0 - DECAY.1) * g * g;
            theta[k] += self.step * (*m / scale.0) / ((*v / scale.1).sqrt() + FLOOR);
        }
        Ok(Some((at.at(theta)?, self.step)))
    }
}
