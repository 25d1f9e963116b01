//! One step exactly: all batches of all trajectories, each with its probability; on direct and simplex policies it ends in the
//! Euclidean projection, as those of `ascend` do.

use std::collections::BTreeMap;

use statrs::function::factorial::ln_binomial;

use crate::ascent::projected::project;
use crate::between::Rise;
use crate::error::Error;
use crate::estimator::{Estimator, Experiment, Sampling};
use crate::field::{Field, UNIT, dot};
use crate::mdp::Mdp;
use crate::number::{Number, Rational};
use crate::policy::Policy;
use crate::sampling::{Plan, Sampler};
use crate::solved::Solved;
use crate::trajectory::Record;

/// What a step does, from all batches.
#[derive(Clone, Debug, PartialEq)]
pub struct Enumerated {
    /// Estimates that differ.
    pub estimates: usize,
    /// Batches of them, whatever their order.
    pub batches: usize,
    /// E J(θ + αĝ) − J, in units of reward.
    pub expected_change: f64,
    /// What rounding can do to that.
    pub expected_change_error: f64,
    /// The standard deviation of the change.
    pub deviation: f64,
    /// What rounding can do to that.
    pub deviation_error: f64,
    /// P(J(θ + αĝ) < J).
    pub chance_worse: f64,
    /// The probability of the changes of which rounding decides whether they are below 0.
    pub chance_worse_error: f64,
    /// P(ĝ·∇J > 0).
    pub chance_uphill: f64,
    /// The probability of the estimates of which rounding of ∇J, and of the product, decides whether they go uphill.
    pub chance_uphill_error: f64,
}

/// Trajectories that are followed; a choice.
const TRAJECTORIES: usize = 20_000;
/// Batches whose J is evaluated; a choice.
const BATCHES: f64 = 20_000.0;
/// Most steps that are followed in search of them; a choice.
const FOLLOWED: usize = 2_000_000;
/// Steps after which an episode is called endless here; a choice.
const LONGEST: usize = 64;

/// E J(θ + αĝ) − J and the chances, over all batches of `batch` trajectories; `None` where there are
/// too many, or endless ones.
///
/// Errors with [`Error::OtherSpace`] for a behavior of another model, with [`Error::Argument`] unless the step is finite and
/// the batch not empty, as the sampler, and where a policy on the way has no value.
pub fn enumerate(
    at: &Solved,
    behavior: Option<&Policy>,
    estimator: &Estimator,
    sampling: Sampling,
    by: (f64, u64),
) -> Result<Option<Enumerated>, Error> {
    // what all rewards share moves no change of J, and takes the digits of those that it does not move
    let less = if estimator.is_of_residuals() {
        at.without_offset()?
    } else {
        None
    };
    let at = less.as_ref().unwrap_or(at);
    let rise = Rise::from(at)?;
    let change = |theta| rise.to(&at.with_theta(theta)?);
    enumerate_of(at, behavior, (estimator, sampling), by, &change)
}

/// All batches of a step, for an objective whose gradient is that of J at `at`, but not elsewhere, as J with entropy:
/// `change` tells of other parameters \[d\] by how much more it is there, and how far that may be off.
///
/// Errors with [`Error::NoSupport`] where the behavior never does what the policy may, where a policy on the way has no
/// value, and as `change` does.
pub(crate) fn enumerate_of(
    at: &Solved,
    behavior: Option<&Policy>,
    (estimator, sampling): (&Estimator, Sampling),
    (step, batch): (f64, u64),
    change: ObjectiveChange<'_>,
) -> Result<Option<Enumerated>, Error> {
    if estimator.is_of_batch() {
        return Ok(None);
    }
    behavior.map_or(Ok(()), |behavior| Error::check_space(at.mdp(), behavior))?;
    if !step.is_finite() || batch == 0 {
        return Err(Error::Argument {
            name: "the step",
            found: format!("{step}, along the mean of {batch} trajectories"),
            expected: "a finite number, and one trajectory or more",
        });
    }
    let acting = behavior.unwrap_or(at.policy());
    let Some((record, probabilities)) = trajectories(at.mdp(), acting, sampling) else {
        return Ok(None);
    };
    let experiment =
        Experiment::off_policy(at.mdp(), at.policy(), behavior, sampling, at.options())?;
    let resolved = [experiment.resolve(estimator)?];
    let plan = Plan::new(sampling, 0);
    let sampler = Sampler::new(at.mdp(), at.policy(), behavior, &resolved, plan)?;
    let found = sampler.contributions(&record).pop().unwrap_or_default();
    let single = merged(found, &probabilities);
    let Some(count) = batches(single.len(), batch) else {
        return Ok(None);
    };
    let mut sums = Sums::new(at, step, change)?;
    let mut draw = Draw {
        single: &single,
        batch,
        counts: Vec::new(),
        sums: &mut sums,
    };
    draw.extend(0, batch, 0.0, &vec![0.0; at.policy().parameters()])?;
    Ok(Some(sums.finish(single.len(), count)))
}

/// By how much an objective is more at parameters \[d\], and a bound on the error of that.
pub type ObjectiveChange<'a> = &'a dyn Fn(Vec<f64>) -> Result<(f64, f64), Error>;

/// Equal estimates with the sum of their probabilities.
fn merged(estimates: Vec<Vec<f64>>, probabilities: &[f64]) -> Vec<(Vec<f64>, f64)> {
    let mut all: BTreeMap<Vec<u64>, (Vec<f64>, f64)> = BTreeMap::new();
    for (estimate, probability) in estimates.into_iter().zip(probabilities) {
        // −0 and 0 are the same estimate
        let key = estimate.iter().map(|x| (x + 0.0).to_bits()).collect();
        all.entry(key).or_insert((estimate, 0.0)).1 += probability;
    }
    all.into_values().collect()
}

/// C(k + n − 1, n), if that is few enough.
fn batches(estimates: usize, batch: u64) -> Option<usize> {
    let mut count = 1.0;
    for i in 1..estimates as u64 {
        count *= (batch + i) as f64 / i as f64;
        if count > BATCHES {
            return None;
        }
    }
    Some(count.round() as usize)
}

/// All trajectories with their probabilities.
fn trajectories(mdp: &Mdp, acting: &Policy, sampling: Sampling) -> Option<(Record, Vec<f64>)> {
    let endless = matches!(
        sampling,
        Sampling::Infinite | Sampling::Geometric | Sampling::LongRun(_)
    );
    if endless {
        return None;
    }
    let mut follow = Follow {
        mdp,
        acting,
        steps: sampling.steps(),
        path: Vec::new(),
        record: Record {
            start: vec![0],
            ..Record::default()
        },
        probabilities: Vec::new(),
        left: FOLLOWED,
    };
    for (state, &probability) in mdp.initial().iter().enumerate() {
        if probability > 0.0 {
            follow.extend(state, probability)?;
        }
    }
    Some((follow.record, follow.probabilities))
}

/// Trajectories, depth first.
struct Follow<'a> {
    mdp: &'a Mdp,
    acting: &'a Policy,
    steps: Option<usize>,
    path: Vec<(usize, f64, usize)>,
    record: Record,
    probabilities: Vec<f64>,
    /// Steps that may still be followed.
    left: usize,
}

impl Follow<'_> {
    /// `None` once there are too many, ended or not: those that grow less likely than the smallest number are dropped
    /// before they end, any number of them.
    fn extend(&mut self, state: usize, probability: f64) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        if self.steps == Some(self.path.len()) || self.mdp.space().is_terminal(state) {
            return self.end(probability);
        }
        if self.path.len() == LONGEST {
            return None;
        }
        let mdp = self.mdp;
        for pair in mdp.space().pairs_of(state) {
            let pi = self.acting.probabilities()[pair];
            for o in mdp.outcomes(pair) {
                let probability = probability * pi * o.probability;
                if probability > 0.0 {
                    self.path.push((pair, *o.reward, o.next));
                    self.extend(o.next, probability)?;
                    self.path.pop();
                }
            }
        }
        Some(())
    }

    fn end(&mut self, probability: f64) -> Option<()> {
        for &(pair, reward, next) in &self.path {
            self.record.pairs.push(pair);
            self.record.rewards.push(reward);
            self.record.next.push(next);
        }
        self.record.start.push(self.record.pairs.len());
        self.probabilities.push(probability);
        (self.probabilities.len() <= TRAJECTORIES).then_some(())
    }
}

/// What is added up over the batches.
struct Sums<'a> {
    at: &'a Solved,
    change_to: ObjectiveChange<'a>,
    gradient: Vec<f64>,
    theta: &'a [f64],
    step: f64,
    change: f64,
    /// The probability of the batches so far, the mean of their changes and Σ p (change − mean)².
    mass: f64,
    mean: f64,
    spread: f64,
    /// Σ p e and Σ p e² of the errors of the changes.
    off: [f64; 2],
    worse: f64,
    /// The probability of changes that are no larger than their errors.
    undecided: f64,
    uphill: f64,
    /// What rounding may have done to an entry of ∇J.
    gradient_error: f64,
    /// The probability of estimates whose product with ∇J is no larger than its error.
    level: f64,
}

impl<'a> Sums<'a> {
    fn new(at: &'a Solved, step: f64, change_to: ObjectiveChange<'a>) -> Result<Sums<'a>, Error> {
        Ok(Sums {
            gradient_error: at.gradient_error()?,
            level: 0.0,
            gradient: at.gradient()?.to_vec(),
            theta: at.policy().theta().ok_or(Error::Ascent {
                method: "a step",
                needed: "a finite θ",
                found: "probabilities without one",
            })?,
            at,
            change_to,
            step,
            change: 0.0,
            mass: 0.0,
            mean: 0.0,
            spread: 0.0,
            off: [0.0; 2],
            worse: 0.0,
            undecided: 0.0,
            uphill: 0.0,
        })
    }

    /// One batch of mean ĝ.
    fn add(&mut self, probability: f64, estimate: &[f64], made_of: &Parts) -> Result<(), Error> {
        let moved = self.theta.iter().zip(estimate);
        let theta = moved.map(|(x, g)| x + self.step * g).collect();
        // as `ascend` takes it: beyond the simplices there is no policy
        let theta = project(self.at.policy(), theta);
        let (change, error) = if theta == self.theta {
            (0.0, 0.0)
        } else {
            (self.change_to)(theta)?
        };
        self.change += probability * change;
        if probability > 0.0 {
            // squares of differences, since those of changes may be all but the same (Welford 1962)
            self.mass += probability;
            let before = change - self.mean;
            self.mean += before * (probability / self.mass);
            self.spread += probability * before * (change - self.mean);
        }
        self.off[0] += probability * error;
        self.off[1] += probability * error * error;
        if change < -error {
            self.worse += probability;
        } else if change <= error && error > 0.0 {
            self.undecided += probability;
        }
        let product = dot(&self.gradient, estimate);
        if product > 0.0 {
            self.uphill += probability;
        }
        let open = made_of.product_error(&self.gradient, self.gradient_error);
        // estimates that cancel have no direction, whatever ∇J is
        if product.abs() <= open && !made_of.cancel() {
            self.level += probability;
        }
        Ok(())
    }

    fn finish(self, estimates: usize, batches: usize) -> Enumerated {
        // the probabilities of all batches sum to 1 up to rounding, and so may these sums exceed it
        Enumerated {
            estimates,
            batches,
            expected_change: self.change,
            expected_change_error: self.off[0] + 4.0 * UNIT * self.change.abs(),
            deviation: self.spread.max(0.0).sqrt(),
            // a standard deviation moves by no more than the root of the mean square of what is added
            deviation_error: if estimates == 1 {
                0.0
            } else {
                self.off[1].sqrt()
            },
            chance_worse: self.worse.min(1.0),
            chance_worse_error: self.undecided.min(1.0),
            chance_uphill: self.uphill.min(1.0),
            chance_uphill_error: self.level.min(1.0),
        }
    }
}

/// The estimates of a batch, each with how often it is there.
struct Parts<'a> {
    counts: &'a [(usize, u64)],
    single: &'a [(Vec<f64>, f64)],
    batch: u64,
}

impl Parts<'_> {
    /// What rounding may have done to the product of their mean with ∇J, of which each entry may be off by so much.
    fn product_error(&self, gradient: &[f64], off: f64) -> f64 {
        // the mean is a sum of products with rounded shares, its product with ∇J a sum over d
        let roundings = (2 * self.counts.len() + gradient.len() + 4) as f64 * UNIT;
        let mut open = 0.0;
        for (i, count) in self.counts {
            let share = *count as f64 / self.batch as f64;
            let terms = self.single[*i].0.iter().zip(gradient);
            let terms = terms.map(|(g, x)| share * g.abs() * (off + roundings * x.abs()));
            open += terms.sum::<f64>();
        }
        open * (1.0 + roundings)
    }

    /// Whether they sum to 0 exactly.
    fn cancel(&self) -> bool {
        let length = self
            .single
            .first()
            .map_or(0, |(estimate, _)| estimate.len());
        (0..length).all(|j| {
            let mut sum = Rational::zero();
            for (i, count) in self.counts {
                // there are few batches of several estimates, and so few of one
                let exact = [self.single[*i].0[j], *count as f64].map(Number::from_f64);
                let [Some(x), Some(count)] = exact else {
                    return false;
                };
                sum += x.to_rational() * count.to_rational();
            }
            sum.is_zero()
        })
    }
}

/// Batches, by how often each estimate is in them.
struct Draw<'a, 'b> {
    single: &'a [(Vec<f64>, f64)],
    batch: u64,
    /// The estimates drawn so far.
    counts: Vec<(usize, u64)>,
    sums: &'a mut Sums<'b>,
}

impl Draw<'_, '_> {
    /// Adds the batches that go on with `left` draws among the estimates from `next` on. k draws of
    /// one have the weight C(left, k) pᵏ; weights are logarithms, since they may be large before the
    /// rest is drawn.
    fn extend(&mut self, next: usize, left: u64, weight: f64, mean: &[f64]) -> Result<(), Error> {
        if left == 0 {
            let made_of = Parts {
                counts: &self.counts,
                single: self.single,
                batch: self.batch,
            };
            return self.sums.add(weight.exp(), mean, &made_of);
        }
        let single = self.single;
        for (i, (estimate, p)) in single.iter().enumerate().skip(next) {
            let fewest = if i + 1 == single.len() { left } else { 1 };
            for k in fewest..=left {
                let here = shifted(mean, estimate, k as f64 / self.batch as f64);
                let chosen = ln_binomial(left, k) + k as f64 * p.ln();
                self.counts.push((i, k));
                self.extend(i + 1, left - k, weight + chosen, &here)?;
                self.counts.pop();
            }
        }
        Ok(())
    }
}

fn shifted(x: &[f64], y: &[f64], by: f64) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + by * y).collect()
}
