//! The cone of rewards that make a deterministic policy optimal, and how far a reward is from its border
//! (Ng & Russell 2000; theory, 7.9).
//!
//! ```text
//! π optimal for r   ⟺   (e_s − γp_{s,a}) (I − γp^π)⁻¹ r^π − r(s, a) ≥ 0   for all (s, a) with a ≠ π(s)
//! ```
//!
//! For the average reward, where under π every state leads to every other, N and γ are D and 1, and μ r^π, the
//! gain, stands beside: π is optimal if and only if no advantage is positive, since a state whose action changes
//! stays recurrent.
//!
//! The left side is v^π(s) − q^π(s, a), linear in r. Each of the m − n inequalities holds the reward of its
//! own pair with the weight −1, and no other pair's but those that π takes: none follows from the others, so
//! that each is a facet of the cone. The rewards at which all of them are equalities are r = Φ − γpΦ, the
//! n-dimensional space of what shaping adds: there every policy is optimal, r = 0 among them.

mod outside;
mod rounding;

pub use outside::Outside;

use std::cmp::Ordering;

use nalgebra::DMatrix;

use crate::chain::{Chain, LongRun};
use crate::error::Error;
use crate::field::{Field, sign};
use crate::linalg::Solvable;
use crate::mdp::{Mdp, Space};
use crate::number::{Number, Rational};
use crate::solved::Solved;

/// Most numbers in the inequalities that are formed; 320 MB of `f64`.
const MOST: usize = 40_000_000;
/// Up to so many states every column of the inverse is refined; a choice.
const FINELY: usize = 1_000;

/// The inequalities of the cone, and the present reward among them.
#[derive(Clone, Debug)]
pub struct Cone<F: Solvable = f64> {
    /// The pair that the policy takes in each state \[S\]; none in a terminal one.
    taken: Vec<Option<usize>>,
    /// The pairs that it does not take, each of which has an inequality.
    others: Vec<usize>,
    /// (e_s − γp_{s,a})(I − γp^π)⁻¹ of those [others, S]: the weights of r(s', π(s')).
    weights: DMatrix<F>,
    /// What rounding may have done to each weight [others, S]; 0 where it does nothing, or says what.
    blur: DMatrix<f64>,
    /// v^π − q^π of those, in units of reward.
    slack: Vec<F>,
    /// Whether each of those is above, at or below 0; `None` where rounding does not tell.
    signs: Vec<Option<Ordering>>,
    /// What rounding may have done to each slack; `None` where it did nothing but round it once, or says what.
    errors: Option<Vec<f64>>,
}

/// How far something is from the border of a cone, and by which inequality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConeNorm {
    /// The largest change of a reward.
    Max,
    /// The root of the sum of the squares of all changes.
    Euclidean,
}

/// By how much one reward may fall and rise before the policy is no longer optimal; `None` where any
/// change leaves it optimal.
#[derive(Clone, Debug, PartialEq)]
pub struct Range<F> {
    /// The largest decrease, not below 0.
    pub decrease: Option<F>,
    /// The largest increase, not below 0.
    pub increase: Option<F>,
}

impl<F: Solvable> Cone<F> {
    /// The cone of a policy.
    ///
    /// # Errors
    /// [`Error::Argument`] unless the policy is deterministic and, at γ = 1, ends from every state or, under the
    /// average reward, leads from every state to every other; [`Error::Criterion`] over a horizon,
    /// [`Error::TooLarge`] of models whose inequalities are too many, and where a linear system is not solved.
    ///
    /// ```
    /// use exact_mdp::arithmetic::Choice;
    /// use exact_mdp::cone::{Cone, ConeNorm};
    /// use exact_mdp::model::Model;
    ///
    /// let model = Model::load("mdps/two-state.yaml")?;
    /// let cone = Cone::new(&model.exact()?.solve(Choice::Optimal)?)?;
    /// assert_eq!(cone.others().len(), 2);
    /// assert_eq!(cone.holds(), Some(true));
    /// let (pair, distance) = cone.distance(ConeNorm::Max).ok_or("no other action")?;
    /// assert!(cone.others().contains(&pair) && distance > exact_mdp::number::Rational::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(solved: &Solved<F>) -> Result<Cone<F>, Error> {
        let mdp = solved.mdp();
        let taken = taken(solved)?;
        let others: Vec<usize> = (0..mdp.pairs())
            .filter(|&pair| taken[mdp.space().state_of(pair)] != Some(pair))
            .collect();
        if others.len().max(mdp.states()).saturating_mul(mdp.states()) > MOST {
            return Err(Error::TooLarge {
                quantity: "inequalities of the cone",
                rows: others.len(),
                columns: mdp.states(),
                limit: MOST,
            });
        }
        let Weights { weights, blur } = match solved.long_run() {
            Some(long_run) => of_gains(mdp, &others, long_run)?,
            None => of_values(mdp, &others, solved.chain()?)?,
        };
        let errors = if rounds::<F>() {
            Some(rounding::errors(solved, &taken, &others, &weights)?)
        } else {
            None
        };
        let slack: Vec<F> = others
            .iter()
            .map(|&pair| -solved.advantage()[pair].clone())
            .collect();
        let signs = slack.iter().enumerate().map(|(which, slack)| {
            let known = |errors: &Vec<f64>| rounding::sign_beyond(slack, errors[which]);
            errors.as_ref().map_or_else(|| sign(slack, 0.0), known)
        });
        Ok(Cone {
            signs: signs.collect(),
            slack,
            errors,
            taken,
            others,
            weights,
            blur,
        })
    }

    /// The same with the slacks of the policy in fractions, each rounded once, whose signs are then known.
    ///
    /// # Errors
    /// [`Error::Length`] unless the model has as many pairs, and [`Error::Argument`] unless it is a deterministic policy
    /// that takes the same ones.
    pub fn with_slacks_of(mut self, exact: &Solved<Rational>) -> Result<Cone<F>, Error> {
        let advantage = exact.advantage();
        Error::check_length("table of advantages", self.pairs(), advantage.len())?;
        if taken(exact)? != self.taken {
            return Err(Error::Argument {
                name: "the policy in fractions",
                found: "one that takes other actions".into(),
                expected: "that of the cone",
            });
        }
        let zero = Rational::ZERO;
        let told = self.others.iter().map(|&pair| &advantage[pair]);
        self.signs = told.clone().map(|x| zero.partial_cmp(x)).collect();
        self.slack = told
            .map(|x| F::from_number(&Number::from(-x.clone())))
            .collect();
        self.errors = None;
        Ok(self)
    }

    /// The same over another field, each number rounded once; of fractions.
    pub(crate) fn rounded<G: Solvable>(&self) -> Cone<G> {
        let round = |x: &F| x.to_number().map_or_else(G::zero, |x| G::from_number(&x));
        Cone {
            taken: self.taken.clone(),
            others: self.others.clone(),
            weights: self.weights.map(|x| round(&x)),
            blur: self.blur.map(|_| 0.0),
            slack: self.slack.iter().map(round).collect(),
            signs: self.signs.clone(),
            errors: None,
        }
    }

    /// The pairs that the policy does not take: those of the inequalities, in their order.
    pub fn others(&self) -> &[usize] {
        &self.others
    }

    /// The pair that the policy takes in each state \[S\].
    pub fn taken(&self) -> &[Option<usize>] {
        &self.taken
    }

    /// v^π(s) − q^π(s, a) of the inequalities, ≥ 0 where they hold.
    pub fn slack(&self) -> &[F] {
        &self.slack
    }

    /// The dimension of the rewards at which every policy is optimal: the states that act.
    pub fn lineality(&self) -> usize {
        self.taken.iter().flatten().count()
    }

    /// All pairs: those that the policy takes and the others.
    fn pairs(&self) -> usize {
        self.others.len() + self.lineality()
    }

    /// What rounding may have done to each slack; `None` where each is exact, rounded once, or has a proven bound of
    /// its own.
    pub fn slack_errors(&self) -> Option<&[f64]> {
        self.errors.as_deref()
    }

    /// Whether the inequality of each of the other pairs holds strictly (greater), is an equality or is
    /// violated; `None` where rounding, or a proven bound, does not tell.
    pub fn signs(&self) -> &[Option<Ordering>] {
        &self.signs
    }

    /// Whether the present reward lies in the cone, that is, whether the policy is optimal.
    pub fn holds(&self) -> Option<bool> {
        let signs = &self.signs;
        if signs.contains(&Some(Ordering::Less)) {
            return Some(false);
        }
        (!signs.contains(&None)).then_some(true)
    }

    /// The coefficient of each reward in an inequality \[SA\], which is Σ c r ≥ 0; `None` from the number of
    /// [`Cone::others`] on.
    pub fn inequality(&self, which: usize) -> Option<Vec<F>> {
        let own = *self.others.get(which)?;
        let mut row = vec![F::zero(); self.pairs()];
        for (state, pair) in self.taken.iter().enumerate() {
            if let Some(pair) = *pair {
                row[pair] = self.weights[(which, state)].clone();
            }
        }
        row[own] = -F::one();
        Some(row)
    }

    /// The sum of the moduli of the coefficients, or of their squares.
    fn size(&self, which: usize, norm: ConeNorm) -> F {
        let row = self.weights.row(which);
        let terms = row.iter().map(|x| match norm {
            ConeNorm::Max => x.abs(),
            ConeNorm::Euclidean => x.clone() * x,
        });
        terms.fold(F::one(), |sum, x| sum + x)
    }

    /// How far the present reward is from the hyperplane of each inequality, with the sign of its slack; of
    /// the Euclidean norm the square, with that sign.
    pub fn distances(&self, norm: ConeNorm) -> Vec<F> {
        let one = |which: usize| {
            let slack = self.slack[which].clone();
            let size = self.size(which, norm);
            match norm {
                ConeNorm::Max => slack / size,
                ConeNorm::Euclidean => slack.clone() * slack.abs() / size,
            }
        };
        (0..self.others.len()).map(one).collect()
    }

    /// The nearest inequality's pair and its distance ([`Cone::distances`]): where the reward lies in the
    /// cone, that is how far it is from the border, so that every smaller change leaves the policy optimal.
    /// `None` where no state has a choice.
    pub fn distance(&self, norm: ConeNorm) -> Option<(usize, F)> {
        let all = self.others.iter().copied().zip(self.distances(norm));
        all.reduce(|x, y| if y.1 < x.1 { y } else { x })
    }

    /// By how much each reward alone may change with the policy still optimal \[SA\]; of terminal states
    /// there is none. A coefficient that rounding cannot tell from 0 counts as 0.
    ///
    /// Means something only where the reward lies in the cone.
    pub fn ranges(&self) -> Vec<Range<F>> {
        let free = Range {
            decrease: None,
            increase: None,
        };
        let mut ranges = vec![free; self.pairs()];
        for (which, &pair) in self.others.iter().enumerate() {
            least(&mut ranges[pair].increase, self.room(which));
        }
        for (state, pair) in self.taken.iter().enumerate() {
            let Some(pair) = *pair else { continue };
            for (which, weight) in self.weights.column(state).iter().enumerate() {
                let room = || self.room(which) / weight.abs();
                match sign(weight, self.blur[(which, state)]) {
                    Some(Ordering::Greater) => least(&mut ranges[pair].decrease, room()),
                    Some(Ordering::Less) => least(&mut ranges[pair].increase, room()),
                    Some(Ordering::Equal) | None => {}
                }
            }
        }
        ranges
    }
}

impl<F: Solvable> Cone<F> {
    /// A slack that is not below 0 but for rounding.
    fn room(&self, which: usize) -> F {
        let slack = self.slack[which].clone();
        let is_rounding = self.signs[which].is_none() && self.errors.is_some();
        if is_rounding && slack < F::zero() {
            return F::zero();
        }
        slack
    }
}

/// The smaller of a number and what there was.
fn least<F: Field>(so_far: &mut Option<F>, x: F) {
    if so_far.as_ref().is_none_or(|least| x < *least) {
        *so_far = Some(x);
    }
}

/// The one pair that the policy takes in each state.
fn taken<F: Solvable>(solved: &Solved<F>) -> Result<Vec<Option<usize>>, Error> {
    let (space, policy) = (solved.mdp().space(), solved.policy());
    let one = |state: usize| {
        let mut pairs = space.pairs_of(state).filter(|&pair| policy.takes(pair));
        let first = pairs.next();
        match pairs.next() {
            None => Ok(first),
            Some(_) => Err(Error::Argument {
                name: "the policy",
                found: format!("one that takes several actions in `{}`", name(space, state)),
                expected: "a deterministic one, as `optimal` is",
            }),
        }
    };
    (0..space.states()).map(one).collect()
}

/// The weights of rewards in the inequalities, and what rounding may have done to each [others, S].
struct Weights<F> {
    weights: DMatrix<F>,
    blur: DMatrix<f64>,
}

/// What rounding may do to a difference, as a part of the sizes of its terms.
const ROUNDING: f64 = 1e-13;

/// (e_s − γp_{s,a}) N.
fn of_values<F: Solvable>(
    mdp: &Mdp<F>,
    others: &[usize],
    chain: &Chain<F>,
) -> Result<Weights<F>, Error> {
    if let Some(&state) = chain.undefined().first() {
        return Err(Error::Argument {
            name: "the policy",
            found: format!("one that may never end from `{}`", name(mdp.space(), state)),
            expected: "one that ends from every state, at discount 1",
        });
    }
    Error::check_size("table of weights", others.len(), mdp.states())?;
    if rounds::<F>() && mdp.states() <= FINELY {
        return fine_weights(mdp, others, chain);
    }
    Ok(weights(mdp, others, &chain.resolvent().inverse()?))
}

/// μ + (e_s − p_{s,a}) D.
fn of_gains<F: Solvable>(
    mdp: &Mdp<F>,
    others: &[usize],
    long_run: &LongRun<F>,
) -> Result<Weights<F>, Error> {
    let structure = long_run.structure();
    let left = structure.transient().first().copied();
    let several = structure
        .recurrent()
        .get(1)
        .and_then(|class| class.states.first().copied());
    if let Some(state) = left.or(several) {
        return Err(Error::Argument {
            name: "the policy",
            found: format!(
                "one that does not come back to `{}` from everywhere",
                name(mdp.space(), state)
            ),
            expected: "one that leads from every state to every other, under the average reward: elsewhere a policy may be optimal with positive advantages",
        });
    }
    Error::check_size("table of weights", others.len(), mdp.states())?;
    let mut weights = weights(mdp, others, &long_run.deviation_matrix()?);
    let limit = long_run.limiting_matrix()?;
    let stationary: Vec<F> = limit.row(0).iter().cloned().collect();
    for mut row in weights.weights.row_iter_mut() {
        let cells = row.iter_mut().zip(&stationary);
        cells.for_each(|(x, mu)| *x += mu);
    }
    Ok(weights)
}

fn name(space: &Space, state: usize) -> String {
    space.state_names().get(state).into_owned()
}

/// Whether numbers of a field are rounded without a word.
fn rounds<F: Solvable>() -> bool {
    !F::EXACT && F::one().certified().is_none()
}

/// The same by differences of values of the rewards 1 in one state each, which keep their digits where the
/// entries of N are large and alike: σ v(s) − γ Σ p (v(s') − v(s)), σ = 1 − γ Σ p.
fn fine_weights<F: Solvable>(
    mdp: &Mdp<F>,
    others: &[usize],
    chain: &Chain<F>,
) -> Result<Weights<F>, Error> {
    let (space, gamma) = (mdp.space(), mdp.discount());
    let mut weights = DMatrix::from_element(others.len(), mdp.states(), F::zero());
    let mut blur = DMatrix::from_element(others.len(), mdp.states(), 0.0);
    for column in (0..mdp.states()).filter(|&s| !space.is_terminal(s)) {
        let mut reward = vec![F::zero(); mdp.states()];
        reward[column] = F::one();
        let (v, rest) = chain.resolvent().solve_finely(&reward)?;
        let v = v.x;
        for (which, &pair) in others.iter().enumerate() {
            let state = space.state_of(pair);
            let mut rise = mdp.p().row_times_rise(pair, &v, &v[state]);
            if let Some(own) = rest.get(state) {
                rise += mdp.p().row_times_rise(pair, &rest, own);
            }
            let lost = mdp.slack(pair) * &v[state];
            let sizes = mdp.p().row(pair).map(|(next, p)| {
                let rise = v[next].clone() - &v[state];
                p.to_f64() * rise.abs().to_f64()
            });
            // without further digits of v a difference has only those of v
            let unknown = if rest.is_empty() {
                8.0 * f64::EPSILON * v[state].abs().to_f64()
            } else {
                0.0
            };
            let size = sizes.sum::<f64>() + lost.abs().to_f64();
            blur[(which, column)] = ROUNDING * size + unknown;
            weights[(which, column)] = lost - rise * &gamma;
        }
    }
    Ok(Weights { weights, blur })
}

/// (e_s − γp_{s,a}) N of some pairs, without what terminal states get.
fn weights<F: Solvable>(mdp: &Mdp<F>, others: &[usize], inverse: &DMatrix<F>) -> Weights<F> {
    let (space, gamma) = (mdp.space(), mdp.discount());
    let mut weights = DMatrix::from_element(others.len(), mdp.states(), F::zero());
    let mut blur = DMatrix::from_element(others.len(), mdp.states(), 0.0);
    for (which, &pair) in others.iter().enumerate() {
        let state = space.state_of(pair);
        for column in (0..mdp.states()).filter(|&s| !space.is_terminal(s)) {
            let mut sum = F::zero();
            for (next, p) in mdp.p().row(pair).filter(|(s, _)| !space.is_terminal(*s)) {
                sum += p.clone() * &inverse[(next, column)];
            }
            let own = inverse[(state, column)].clone();
            let size = own.abs().to_f64() + sum.abs().to_f64();
            blur[(which, column)] = ROUNDING * size;
            weights[(which, column)] = own - sum * &gamma;
        }
    }
    Weights { weights, blur }
}
