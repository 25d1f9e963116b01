//! Answers by their true residuals: no solver's word is believed.

use crate::Error;
use crate::chain::Chain;
use crate::system::{Method, System};
use crate::world::World;

/// Up to so many rows a factorisation is tried first; a choice.
const DIRECT: usize = 100_000;
/// The bound, relative to the answer, at which an answer is good; a choice.
const GOOD: f64 = 1e-9;
/// The residual, relative to the right side, that the first pass asks for; a choice.
const FIRST: f64 = 1e-6;
/// The bound, relative to the answer, at which an answer is good whose residual is all rounding; a choice.
const USEFUL: f64 = 1e-2;

/// A system whose answers have proven bounds.
#[derive(Debug)]
pub struct Certifier<'w> {
    system: System<'w>,
    mesh: bool,
    /// ‖A⁻¹‖∞ is at most this.
    inverse_norm: f64,
    /// The entries of the longest row.
    longest: f64,
    /// Σⱼ (entries of column j + 3) |A(i, j)|, by row of this rank.
    weights: Vec<f64>,
}

/// An answer, of which this rank has its rows.
#[derive(Clone, Debug)]
pub struct Answer {
    /// x by state of this rank.
    pub x: Vec<f64>,
    /// ‖b − A x‖∞ as computed, or ‖b − x A‖∞.
    pub residual: f64,
    /// A bound on the error: in the ∞-norm, of transposed systems in the 1-norm. Of the system as its
    /// numbers are rounded.
    pub bound: f64,
    /// The method that served.
    pub method: &'static str,
    /// Iterations of all methods that were tried.
    pub iterations: usize,
}

/// How good an iterate is.
struct Judged {
    largest: f64,
    /// The norm that counts, of the residual; what rounding may have hidden of it; of x.
    norm: f64,
    rounding: f64,
    size: f64,
}

impl<'w> Certifier<'w> {
    /// The system of a chain. At γ = 1, or where rows sum to more than 1, ‖A⁻¹‖∞ is bounded by one solve
    /// of A w = 1.
    ///
    /// Errors with [`Error::Uncertified`] where no w does, and as PETSc does.
    pub fn new(world: &'w World, chain: &Chain) -> Result<Certifier<'w>, Error> {
        let rows = &chain.rows;
        let lengths = rows.start.windows(2).map(|ends| ends[1] - ends[0]);
        let longest = world.largest_of(f64::from(lengths.max().unwrap_or(0)))?;
        let mut certifier = Certifier {
            system: System::new(world, chain.states, rows)?,
            mesh: chain.mesh,
            inverse_norm: f64::INFINITY,
            longest,
            weights: weights(world, chain)?,
        };
        let least = chain.slack.iter().copied().fold(f64::INFINITY, f64::min);
        let least = -world.largest_of(-least)? - (longest + 3.0) * f64::EPSILON;
        certifier.inverse_norm = if least > 0.0 {
            1.0 / least * (1.0 + 4.0 * f64::EPSILON)
        } else {
            certifier.inverse_norm_by_solving(&chain.slack)?
        };
        Ok(certifier)
    }

    /// The bound on ‖A⁻¹‖∞.
    pub fn inverse_norm(&self) -> f64 {
        self.inverse_norm
    }

    /// ‖A⁻¹‖∞ ≤ ‖w‖∞/δ for w ≥ 0 with A w ≥ δ > 0: such a w certifies that A, which has nothing positive
    /// off its diagonal, is an M-matrix (theory, section 8).
    fn inverse_norm_by_solving(&mut self, slack: &[f64]) -> Result<f64, Error> {
        let (world, b) = (self.system.world(), vec![1.0; slack.len()]);
        let (mut w, mut best) = (vec![0.0; b.len()], (f64::INFINITY, ""));
        for step in self.ladder(false) {
            for tolerance in [1e-6, 1e-10] {
                self.system.iterate(step, false, &b, &mut w, tolerance)?;
                let finite = w.iter().all(|w| w.is_finite());
                if world.largest_of(f64::from(u8::from(!finite)))? > 0.0 {
                    w.fill(0.0);
                    continue;
                }
                // what is negative certifies nothing
                w.iter_mut().for_each(|w| *w = w.max(0.0));
                let product = self.system.product(false, &w)?;
                let largest = world.largest_of(w.iter().copied().fold(0.0, f64::max))?;
                let least = product.into_iter().fold(f64::INFINITY, f64::min);
                let rounding = (self.longest + 3.0) * f64::EPSILON * 2.0 * largest;
                let delta = -world.largest_of(-least)? - rounding;
                if delta > 0.5 {
                    return Ok(largest / delta * (1.0 + 4.0 * f64::EPSILON));
                }
                best = (1.0 - delta, step.0.name());
            }
        }
        Err(Error::Uncertified {
            quantity: "the time to the end",
            method: best.1,
            residual: best.0,
            bound: f64::INFINITY,
        })
    }

    /// x with A x = b, or x A = b, from the rows of this rank; the first that is good of what the methods
    /// come to, one after the other, each restarted as long as that helps.
    ///
    /// Errors with [`Error::Uncertified`], which names `quantity`, and as PETSc does.
    pub fn solve(
        &mut self,
        transposed: bool,
        b: &[f64],
        quantity: &'static str,
    ) -> Result<Answer, Error> {
        // times that a method begins anew before the next one; a choice
        const RESTARTS: usize = 4;
        let (size, scale) = (self.norm(transposed, b)?, self.scale(transposed));
        let mut best = Answer {
            x: vec![0.0; b.len()],
            residual: size,
            bound: self.inverse_norm * size,
            method: "none",
            iterations: 0,
        };
        if size == 0.0 {
            return Ok(best);
        }
        let mut iterations = 0;
        for step in self.ladder(transposed) {
            let mut x = best.x.clone();
            // what is asked of the first pass shows how large x is
            let mut tolerance = FIRST * size * scale;
            let mut before = f64::INFINITY;
            for _ in 0..RESTARTS {
                iterations += self
                    .system
                    .iterate(step, transposed, b, &mut x, tolerance)?;
                let judged = self.judge(transposed, b, &x)?;
                let bound = self.inverse_norm * (judged.norm + judged.rounding);
                if !bound.is_finite() {
                    break;
                }
                if bound <= best.bound {
                    best = Answer {
                        x: x.clone(),
                        residual: judged.largest,
                        bound: bound * (1.0 + 4.0 * f64::EPSILON),
                        method: step.0.name(),
                        iterations,
                    };
                }
                let all_rounding = judged.norm <= judged.rounding;
                if bound <= GOOD * judged.size || (all_rounding && bound <= USEFUL * judged.size) {
                    best.iterations = iterations;
                    return Ok(best);
                }
                if judged.norm > 0.5 * before {
                    break;
                }
                before = judged.norm;
                let wanted = 0.3 * GOOD * judged.size / self.inverse_norm * scale;
                let reachable = 0.05 * judged.rounding * self.spread(transposed);
                tolerance = f64::min(0.1 * tolerance, f64::max(wanted, reachable));
            }
        }
        Err(Error::Uncertified {
            quantity,
            method: best.method,
            residual: best.residual,
            bound: best.bound,
        })
    }

    /// The methods, and whether a transpose is assembled.
    fn ladder(&self, transposed: bool) -> Vec<(Method, bool)> {
        use Method::{BlockJacobi, Jacobi, Multigrid, Mumps};
        let order: &[Method] = match (self.system.size() < DIRECT, self.mesh) {
            (true, _) => &[Mumps, BlockJacobi, Jacobi],
            (false, true) => &[Multigrid, BlockJacobi, Jacobi],
            (false, false) => &[BlockJacobi, Jacobi, Mumps],
        };
        let ways = |method: &Method| {
            let assembled = transposed && *method != Mumps;
            [(*method, false)]
                .into_iter()
                .chain(assembled.then_some((*method, true)))
        };
        order.iter().flat_map(ways).collect()
    }

    /// What a bound in the norm that counts asks of the 2-norm.
    fn scale(&self, transposed: bool) -> f64 {
        if transposed {
            1.0 / (self.system.size() as f64).sqrt()
        } else {
            1.0
        }
    }

    /// The 2-norm of rounding that is 1 in the norm that counts, and as large everywhere.
    fn spread(&self, transposed: bool) -> f64 {
        let root = (self.system.size() as f64).sqrt();
        if transposed { 1.0 / root } else { root }
    }

    fn judge(&self, transposed: bool, b: &[f64], x: &[f64]) -> Result<Judged, Error> {
        let world = self.system.world();
        let product = self.system.product(transposed, x)?;
        let residual: Vec<f64> = b.iter().zip(&product).map(|(b, p)| b - p).collect();
        let largest = world.largest_of(largest(&residual))?;
        let size = self.norm(transposed, x)?;
        let own = self.norm(transposed, b)?;
        let (norm, rounding) = if transposed {
            let weighted = x.iter().zip(&self.weights).map(|(x, w)| x.abs() * w).sum();
            let sum = self.norm(true, &residual)?;
            (sum, f64::EPSILON * (3.0 * own + world.sum_of(weighted)?))
        } else {
            (
                largest,
                (self.longest + 3.0) * f64::EPSILON * (own + 2.0 * size),
            )
        };
        Ok(Judged {
            largest,
            norm,
            rounding,
            size,
        })
    }

    /// ‖x‖∞, or ‖x‖₁ of rows; infinite where an entry is not a number.
    fn norm(&self, transposed: bool, x: &[f64]) -> Result<f64, Error> {
        let world = self.system.world();
        let finite = |x: f64| if x.is_nan() { f64::INFINITY } else { x };
        if transposed {
            world.sum_of(finite(x.iter().map(|x| x.abs()).sum()))
        } else {
            world.largest_of(largest(x))
        }
    }
}

/// max |x|; infinite where an entry is not a number.
pub(crate) fn largest(x: &[f64]) -> f64 {
    let size = |x: &f64| if x.is_nan() { f64::INFINITY } else { x.abs() };
    x.iter().map(size).fold(0.0, f64::max)
}

/// Σⱼ (entries of column j + 3) |A(i, j)|, by row of this rank.
fn weights(world: &World, chain: &Chain) -> Result<Vec<f64>, Error> {
    let rows = &chain.rows;
    let mut entries = vec![0.0; chain.states];
    rows.column.iter().for_each(|&j| entries[j as usize] += 1.0);
    world.sum(&mut entries)?;
    let weight = |ends: &[i32]| {
        let range = ends[0] as usize..ends[1] as usize;
        let row = rows.column[range.clone()].iter().zip(&rows.value[range]);
        row.map(|(&j, x)| (entries[j as usize] + 3.0) * x.abs())
            .sum()
    };
    Ok(rows.start.windows(2).map(weight).collect())
}
