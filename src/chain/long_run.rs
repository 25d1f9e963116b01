//! The long run of a chain: the limiting matrix P* and the deviation matrix D as operators.
//!
//! ```text
//! P* = lim (1/N) Σ_{t<N} Pᵗ        P*P = PP* = P*P* = P*
//! D  = (I − P + P*)⁻¹ − P*         (I − P) D = I − P*,   DP* = P*D = 0
//! ```
//!
//! P is stochastic over all states, terminal ones absorbing. Both matrices exist always, also for
//! periodic and multichain P (theory, 2.4; Puterman 1994, appendix A). Neither is formed: a closed
//! class C contributes its stationary distribution μ and the factors of I − P without the row and
//! column of one state, the transient states U those of I − P_UU, and each application of P* or D,
//! from either side, is one solve with each.

mod closed_class;
mod deviation;

use nalgebra::DMatrix;

use self::closed_class::ClosedClass;
use super::restricted::{Restricted, Subset};
use super::structure::Structure;
use crate::error::Error;
use crate::field::{UNIT, all_finite, finite};
use crate::linalg::{Csr, Solvable, SolverOptions};
use crate::mdp::Mdp;
use crate::policy::Policy;

/// P* and D of a model under a policy.
///
/// ```
/// use exact_mdp::chain::LongRun;
/// use exact_mdp::linalg::SolverOptions;
/// use exact_mdp::model::Model;
/// use exact_mdp::policy::Policy;
///
/// let mdp = Model::load("mdps/periodic-two-state.yaml")?.mdp();
/// let policy = Policy::uniform(mdp.space());
/// let long_run = LongRun::new(&mdp, &policy, &SolverOptions::default())?;
/// assert_eq!(long_run.stationary(0), [0.5, 0.5]);
/// // rewards 4 and 2 by turns
/// assert_eq!(long_run.limit(&[4.0, 2.0])?, [3.0, 3.0]);
/// assert_eq!(long_run.deviation(&[4.0, 2.0])?, [0.5, -0.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LongRun<F: Solvable> {
    structure: Structure,
    p: Csr<F>,
    classes: Vec<ClosedClass<F>>,
    transient: Option<Restricted<F>>,
}

impl<F: Solvable> LongRun<F> {
    /// Finds the classes, their stationary distributions and one factorisation for each class and
    /// for the transient states.
    ///
    /// Errors if a system is singular in this field, as where the only way out of a class has
    /// underflowed, or if an iterative solver gave up.
    pub fn new(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        options: &SolverOptions,
    ) -> Result<LongRun<F>, Error> {
        let structure = Structure::new(mdp, policy)?;
        let p = stochastic(mdp, policy);
        let classes = structure.recurrent().iter();
        let classes: Result<Vec<_>, Error> = classes
            .map(|class| ClosedClass::new(&p, &class.states, options))
            .collect();
        Ok(LongRun {
            classes: classes?,
            transient: transient(&p, &structure, options)?,
            structure,
            p,
        })
    }

    /// Classes, periods, transient states.
    pub fn structure(&self) -> &Structure {
        &self.structure
    }

    /// P [S, S], stochastic: a terminal state leads to itself.
    pub fn p(&self) -> &Csr<F> {
        &self.p
    }

    /// μ over the states of a recurrent class, in their order: μP = μ, Σμ = 1.
    pub fn stationary(&self, class: usize) -> &[F] {
        &self.classes[class].stationary
    }

    /// The name of the solver of the largest system.
    pub fn solver(&self) -> &'static str {
        let restricted = self.classes.iter().filter_map(|c| c.without_one.as_ref());
        let largest = restricted.chain(&self.transient).max_by_key(|r| r.len());
        largest.map_or("none", Restricted::name)
    }

    /// The largest ‖(I − P_UU)⁻¹‖∞ among the systems solved, at least 1: what their conditioning
    /// multiplies rounding errors by; ‖D‖∞ is at most a small multiple of its square.
    pub fn inverse_norm(&self) -> Result<f64, Error> {
        let restricted = self.classes.iter().filter_map(|c| c.without_one.as_ref());
        let mut largest = 1.0f64;
        for system in restricted.chain(&self.transient) {
            largest = largest.max(system.norm()?);
        }
        Ok(largest)
    }

    /// Whether a solution may have lost digits to subtraction.
    pub(crate) fn subtracts(&self) -> bool {
        let restricted = self.classes.iter().filter_map(|c| c.without_one.as_ref());
        let mut all = restricted.chain(&self.transient);
        all.any(Restricted::subtracts)
    }

    /// What errors of the right side x − P*x \[S\], at most these, do to y = Dx, and what that is up to a number that all
    /// states of a chain with one class have in common; solutions are right up to this part of themselves.
    pub(crate) fn deviation_errors(
        &self,
        errors: &[f64],
        y: &[f64],
        relative: f64,
    ) -> Result<(Vec<f64>, Vec<f64>), Error> {
        let unknown = || {
            let all = vec![f64::INFINITY; errors.len()];
            (all.clone(), all)
        };
        let Some(b) = all_finite::<F>(errors) else {
            return Ok(unknown());
        };
        let mut apart = vec![F::zero(); errors.len()];
        let mut off = vec![0.0; errors.len()];
        for (class, names) in self.classes.iter().zip(self.structure.recurrent()) {
            let mut inside = vec![false; errors.len()];
            if let Some(without_one) = &class.without_one {
                let found = without_one.solve(&without_one.subset().gather(&b))?;
                without_one.subset().scatter(found, &mut apart);
                let all: Vec<usize> = (0..errors.len()).collect();
                let within = without_one.subset().gather(&all);
                within.into_iter().for_each(|s| inside[s] = true);
            }
            let left_out = names.states.iter().find(|&&s| !inside[s]);
            let own = left_out.map_or(0.0, |&s| y[s]);
            let mean = names.states.iter().zip(&class.stationary);
            let mean = mean
                .map(|(&s, mu)| mu.to_f64() * (apart[s].to_f64() + relative * (y[s] - own).abs()));
            let mean: f64 = mean.sum();
            for &s in &names.states {
                let rounded = relative * (y[s] - own).abs() + UNIT * (y[s].abs() + own.abs());
                let Some(rounded) = finite::<F>(rounded) else {
                    return Ok(unknown());
                };
                apart[s] += rounded;
                off[s] = mean + apart[s].to_f64();
            }
        }
        let Some(transient) = &self.transient else {
            return Ok((off, apart.iter().map(F::to_f64).collect()));
        };
        let carried = |error: f64, y: &f64| error + relative * y.abs();
        let before = |known: &dyn Fn(usize) -> f64| -> Result<Option<Vec<F>>, Error> {
            let after = y.iter().enumerate().map(|(s, y)| carried(known(s), y));
            let Some(after) = all_finite::<F>(&after.collect::<Vec<f64>>()) else {
                return Ok(None);
            };
            let side = transient.right_side(&self.p, &b, &after);
            Ok(Some(transient.solve(&side)?))
        };
        let both = (before(&|s| off[s])?, before(&|s| apart[s].to_f64())?);
        let (Some(all), Some(relatively)) = both else {
            return Ok(unknown());
        };
        let floats = |x: Vec<F>| x.iter().map(F::to_f64).collect::<Vec<f64>>();
        transient.subset().scatter(floats(all), &mut off);
        transient.subset().scatter(relatively, &mut apart);
        // classes do not move together
        let apart = if self.structure.is_unichain() {
            floats(apart)
        } else {
            off.clone()
        };
        Ok((off, apart))
    }

    /// P*x \[S\]: in a closed class the mean of x under μ, elsewhere the mean of those means under
    /// the absorption probabilities. Errors with [`Error::Length`] unless there is a number for each state, and if an
    /// iterative solver gave up; so do all below.
    pub fn limit(&self, x: &[F]) -> Result<Vec<F>, Error> {
        Error::check_length("vector", self.p.rows(), x.len())?;
        let means = self.class_means(x);
        let mut y: Vec<F> = (0..x.len())
            .map(|s| {
                self.structure
                    .class_of(s)
                    .map_or_else(F::zero, |k| means[k].clone())
            })
            .collect();
        let Some(transient) = &self.transient else {
            return Ok(y);
        };
        if means.iter().all(|mean| *mean == means[0]) {
            return Ok(vec![means[0].clone(); x.len()]);
        }
        let zero = vec![F::zero(); x.len()];
        let inside = transient.solve(&transient.right_side(&self.p, &zero, &y))?;
        transient.subset().scatter(inside, &mut y);
        Ok(y)
    }

    /// Dx \[S\]: the solution y of (I − P) y = x − P*x with P*y = 0.
    pub fn deviation(&self, x: &[F]) -> Result<Vec<F>, Error> {
        self.deviation_from(x, &self.limit(x)?)
    }

    /// Dx, where `limit` = P*x is known already.
    pub fn deviation_from(&self, x: &[F], limit: &[F]) -> Result<Vec<F>, Error> {
        Error::check_length("vector", self.p.rows(), x.len())?;
        Error::check_length("limit of a vector", self.p.rows(), limit.len())?;
        let b: Vec<F> = x.iter().zip(limit).map(|(x, m)| x.clone() - m).collect();
        let mut y = vec![F::zero(); x.len()];
        for (k, class) in self.classes.iter().enumerate() {
            let Some(without_one) = &class.without_one else {
                continue;
            };
            let inside = without_one.solve(&without_one.subset().gather(&b))?;
            without_one.subset().scatter(inside, &mut y);
            let states = &self.structure.recurrent()[k].states;
            let mean = class.mean(states, &y);
            states.iter().for_each(|&s| y[s] -= &mean);
        }
        if let Some(transient) = &self.transient {
            let inside = transient.solve(&transient.right_side(&self.p, &b, &y))?;
            transient.subset().scatter(inside, &mut y);
        }
        Ok(y)
    }

    /// ρP* \[S\]: the stationary distributions weighted by the masses that end in each class.
    pub fn limit_row(&self, rho: &[F]) -> Result<Vec<F>, Error> {
        Ok(self.spread(&self.absorption_from(rho)?))
    }

    /// A bound on what rounding has done to any entry of ρP* where factors subtract, and to the probability of ending in
    /// any class; 0 where nothing does.
    ///
    /// What is left of η (I − P_UU) = ρ_U ends somewhere in the end, as a whole; μ is a row over its sum, the mean time of
    /// a return.
    pub fn limit_row_error(&self, rho: &[F]) -> Result<f64, Error> {
        Error::check_length("row", self.p.rows(), rho.len())?;
        let mut absorbed = 0.0;
        if let Some(transient) = &self.transient
            && transient.subtracts()
            && !self.structure.is_unichain()
        {
            let b = transient.subset().gather(rho);
            let eta = transient.solve_transposed(&b)?;
            absorbed = transient.fault(&self.p, &eta, &b);
        }
        let mut stationary = 0.0;
        for (class, names) in self.classes.iter().zip(self.structure.recurrent()) {
            let Some(system) = class.without_one.as_ref().filter(|x| x.subtracts()) else {
                continue;
            };
            let mut weight = vec![F::zero(); self.p.rows()];
            let mut inside = vec![false; self.p.rows()];
            let others: Vec<usize> = (0..self.p.rows()).collect();
            for s in system.subset().gather(&others) {
                inside[s] = true;
            }
            let Some(at) = names.states.iter().position(|&s| !inside[s]) else {
                continue;
            };
            let share = &class.stationary[at];
            for (&s, mu) in names.states.iter().zip(&class.stationary) {
                weight[s] = mu.clone() / share;
            }
            let mut b = vec![F::zero(); self.p.rows()];
            for (next, x) in self.p.row(names.states[at]) {
                b[next] = x.clone();
            }
            let (x, b) = (system.subset().gather(&weight), system.subset().gather(&b));
            let fault = system.fault(&self.p, &x, &b) * system.norm()?;
            stationary = f64::max(stationary, 2.0 * fault * share.to_f64());
        }
        let mass: f64 = rho.iter().map(|x| x.to_f64().abs()).sum();
        Ok(absorbed + mass * stationary)
    }

    /// ρD \[S\]: the row y with y (I − P) = ρ − ρP* and yP* = 0.
    pub fn deviation_row(&self, rho: &[F]) -> Result<Vec<F>, Error> {
        Error::check_length("row", self.p.rows(), rho.len())?;
        let (visits, mut b) = self.absorb(rho)?;
        let masses = class_masses(&self.structure, &b);
        for (b, limit) in b.iter_mut().zip(self.spread(&masses)) {
            *b -= limit;
        }
        // mass of the visits to transient states, by the class where it ends
        let (_, ends) = self.absorb(&visits)?;
        let ends = class_masses(&self.structure, &ends);
        let mut y = visits;
        for (k, class) in self.classes.iter().enumerate() {
            let mut total = ends[k].clone();
            if let Some(without_one) = &class.without_one {
                let inside = without_one.solve_transposed(&without_one.subset().gather(&b))?;
                inside.iter().for_each(|x| total += x);
                without_one.subset().scatter(inside, &mut y);
            }
            for (&s, mu) in self.structure.recurrent()[k]
                .states
                .iter()
                .zip(&class.stationary)
            {
                y[s] -= mu.clone() * &total;
            }
        }
        Ok(y)
    }

    /// The probability of ending in each recurrent class from ρ₀, without what the classes themselves need: one
    /// factorisation for the transient states, none for a unichain model.
    pub fn absorption_probabilities(
        mdp: &Mdp<F>,
        policy: &Policy<F>,
        structure: &Structure,
        options: &SolverOptions,
    ) -> Result<Vec<F>, Error> {
        Error::check_space(mdp, policy)?;
        let states = structure.recurrent().iter().flat_map(|class| &class.states);
        let states = states.chain(structure.transient());
        if let Some(last) = states.max().filter(|last| **last >= mdp.states()) {
            return Err(Error::Argument {
                name: "the structure",
                found: format!("one of state {last}"),
                expected: "that of a policy of the model",
            });
        }
        if structure.is_unichain() {
            return Ok(vec![F::one()]);
        }
        let p = stochastic(mdp, policy);
        let transient = transient(&p, structure, options)?;
        let (_, arrived) = absorb(&p, structure, transient.as_ref(), mdp.initial())?;
        Ok(class_masses(structure, &arrived))
    }

    /// The probability of ending in each recurrent class, from a distribution ρ \[S\]; all of ρ where there is but one.
    pub fn absorption_from(&self, rho: &[F]) -> Result<Vec<F>, Error> {
        Error::check_length("row", self.p.rows(), rho.len())?;
        if self.structure.is_unichain() {
            return Ok(vec![rho.iter().fold(F::zero(), |sum, x| sum + x)]);
        }
        let (_, arrived) = self.absorb(rho)?;
        Ok(class_masses(&self.structure, &arrived))
    }

    /// fₖ(s) \[S\]: the probability of ending in a recurrent class from each state. Errors with [`Error::Argument`] unless
    /// there is that class.
    pub fn absorption(&self, class: usize) -> Result<Vec<F>, Error> {
        let mut indicator = vec![F::zero(); self.p.rows()];
        let own = self.structure.recurrent().get(class);
        let own = own.ok_or_else(|| Error::Argument {
            name: "the number of a recurrent class",
            found: class.to_string(),
            expected: "that of one of the classes, counted from 0",
        })?;
        for &s in &own.states {
            indicator[s] = F::one();
        }
        self.limit(&indicator)
    }

    /// P* itself, dense [S, S]. Errors with [`Error::TooLarge`] where n² numbers are too many.
    pub fn limiting_matrix(&self) -> Result<DMatrix<F>, Error> {
        self.columns(|x| self.limit(x))
    }

    fn columns(&self, apply: impl Fn(&[F]) -> Result<Vec<F>, Error>) -> Result<DMatrix<F>, Error> {
        let n = self.p.rows();
        Error::check_size("matrix of the long run", n, n)?;
        let mut entries = Vec::with_capacity(n * n);
        let mut unit = vec![F::zero(); n];
        for j in 0..n {
            unit[j] = F::one();
            entries.extend(apply(&unit)?);
            unit[j] = F::zero();
        }
        Ok(DMatrix::from_vec(n, n, entries))
    }

    fn class_means(&self, x: &[F]) -> Vec<F> {
        let classes = self.classes.iter().zip(self.structure.recurrent());
        classes
            .map(|(class, names)| class.mean(&names.states, x))
            .collect()
    }

    fn spread(&self, masses: &[F]) -> Vec<F> {
        let mut rho = vec![F::zero(); self.p.rows()];
        for (k, class) in self.classes.iter().enumerate() {
            for (&s, mu) in self.structure.recurrent()[k]
                .states
                .iter()
                .zip(&class.stationary)
            {
                rho[s] = mu.clone() * &masses[k];
            }
        }
        rho
    }

    fn absorb(&self, rho: &[F]) -> Result<(Vec<F>, Vec<F>), Error> {
        absorb(&self.p, &self.structure, self.transient.as_ref(), rho)
    }
}

/// I − P_UU, if there are transient states.
fn transient<F: Solvable>(
    p: &Csr<F>,
    structure: &Structure,
    options: &SolverOptions,
) -> Result<Option<Restricted<F>>, Error> {
    Ok(match structure.transient() {
        [] => None,
        states => Some(Restricted::new(p, Subset::new(states.to_vec()), options)?),
    })
}

/// The visits η = ρ_U (I − P_UU)⁻¹ to transient states [S], and where the mass first enters
/// recurrent ones, ρ_C + η P_UC [S].
fn absorb<F: Solvable>(
    p: &Csr<F>,
    structure: &Structure,
    transient: Option<&Restricted<F>>,
    rho: &[F],
) -> Result<(Vec<F>, Vec<F>), Error> {
    let mut visits = vec![F::zero(); rho.len()];
    let mut arrived = rho.to_vec();
    let Some(transient) = transient else {
        return Ok((visits, arrived));
    };
    let eta = transient.solve_transposed(&transient.subset().gather(rho))?;
    transient.subset().scatter(eta, &mut visits);
    for &s in structure.transient() {
        arrived[s] = F::zero();
        for (next, p) in p.row(s).filter(|_| !visits[s].is_zero()) {
            if structure.class_of(next).is_some() {
                arrived[next] += p.clone() * &visits[s];
            }
        }
    }
    Ok((visits, arrived))
}

fn class_masses<F: Solvable>(structure: &Structure, rho: &[F]) -> Vec<F> {
    let mut masses = vec![F::zero(); structure.recurrent().len()];
    for (s, x) in rho.iter().enumerate() {
        if let Some(class) = structure.class_of(s) {
            masses[class] += x;
        }
    }
    masses
}

/// P = π p with terminal columns kept and terminal states absorbing [S, S].
fn stochastic<F: Solvable>(mdp: &Mdp<F>, policy: &Policy<F>) -> Csr<F> {
    let (space, pi) = (mdp.space(), policy.probabilities());
    let mut p = Csr::empty(space.states());
    let mut row = Vec::new();
    for state in 0..space.states() {
        for pair in space.pairs_of(state).filter(|&pair| policy.supports(pair)) {
            row.extend(
                mdp.p()
                    .row(pair)
                    .map(|(next, x)| (next, pi[pair].clone() * x)),
            );
        }
        if space.is_terminal(state) {
            row.push((state, F::one()));
        }
        p.push_row(&mut row);
    }
    p
}
