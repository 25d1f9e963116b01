//! Policies and what nature does about each, until neither can do better (Hoffman & Karp 1966).

use super::ends::Course;
use super::sets::Nature;
use super::uncertain::Uncertain;
use crate::chain::{Dynamics, Resolvent};
use crate::error::Error;
use crate::field::dot;
use crate::linalg::{Csr, Factors, Solvable, SolverOptions};
use crate::number::Number;

/// Most sweeps of value iteration, and most strategies; a choice.
const ITERATIONS: usize = 100_000;

/// Values, and how they were found.
#[derive(Clone, Debug)]
pub(super) struct Found<F> {
    /// v(s) \[S\].
    pub v: Vec<F>,
    /// What v lacks in its last digits \[S\]: v + rest fits its equation better. Empty where nothing is known.
    pub rest: Vec<F>,
    /// The reward per step; 0 where that is not sought.
    pub gain: F,
    /// How large the numbers were whose difference v is, beyond v itself.
    pub scale: f64,
    /// N|r| \[S\], the sum of the sizes of what v is the sum of; empty where v is not known relative to it.
    pub sizes: Vec<f64>,
    /// Strategies tried, or sweeps made.
    pub iterations: usize,
}

impl<F: Solvable> Found<F> {
    /// v(s') − v(s), known relative to itself; nothing follows the goal.
    fn rise(&self, from: usize, to: usize, course: &Course<F>) -> F {
        let last = |state: usize| self.rest.get(state).cloned().unwrap_or_else(F::zero);
        if course.goal == Some(to) {
            return -self.v[from].clone() - last(from);
        }
        self.v[to].clone() - &self.v[from] + (last(to) - last(from))
    }
}

/// What nature does about values, pair by pair.
pub(super) struct Answers<F> {
    /// A(s, a) \[SA\] of its p, less the gain.
    pub advantage: Vec<F>,
    /// What rounding may have done to each \[SA\], the rounding of the model's numbers included.
    pub doubt: Vec<f64>,
    /// Its p \[SA\].
    pub kernel: Vec<Vec<F>>,
}

impl<F: Solvable> Uncertain<F> {
    /// r(s, a, s') + γ (v(s') − v(s)) of the outcomes of a pair.
    fn worth(&self, pair: usize, found: &Found<F>, course: &Course<F>) -> Vec<F> {
        let state = self.mdp.space().state_of(pair);
        let rise = |next| found.rise(state, next, course);
        self.rows[pair].worth(&self.mdp.discount(), rise)
    }

    /// What rounding may do to Σ p · worth of a pair, less another number.
    fn doubt(
        &self,
        pair: usize,
        (p, worth): (&[F], &[F]),
        lost: &F,
        (found, course): (&Found<F>, &Course<F>),
    ) -> f64 {
        if F::EXACT {
            return 0.0;
        }
        let state = self.mdp.space().state_of(pair);
        if !course.is_discounted() {
            let anywhere = self.rounding(&found.v, found.scale);
            if found.sizes.is_empty() {
                return anywhere;
            }
            let after = self.rows[pair].next().iter().zip(p);
            let after: f64 = after.map(|(&s, p)| p.to_f64() * found.sizes[s]).sum();
            let size = self.rows[pair].blur(p, worth) + after + found.sizes[state];
            let operations = 8.0 * (worth.len() + 4 + found.sizes.len()) as f64;
            return f64::min(anywhere, operations * f64::EPSILON * size);
        }
        // v + rest as a difference is rounded too
        let own = 4.0 * f64::EPSILON * found.v[state].abs().to_f64();
        let size = self.rows[pair].blur(p, worth) + lost.abs().to_f64() + own;
        8.0 * (worth.len() + 4) as f64 * f64::EPSILON * size
    }

    /// The answers of nature to values, everywhere.
    pub(super) fn answers(
        &self,
        nature: Nature,
        found: &Found<F>,
        course: &Course<F>,
    ) -> Answers<F> {
        let pairs = self.rows.len();
        let mut answers = Answers {
            advantage: Vec::with_capacity(pairs),
            doubt: Vec::with_capacity(pairs),
            kernel: Vec::with_capacity(pairs),
        };
        for (pair, row) in self.rows.iter().enumerate() {
            let state = self.mdp.space().state_of(pair);
            let worth = self.worth(pair, found, course);
            let p = row.corner(&worth, nature);
            let lost = self.mdp.slack(pair) * &found.v[state] + &found.gain;
            let doubt = self.doubt(pair, (&p, &worth), &lost, (found, course));
            answers.doubt.push(doubt);
            answers.advantage.push(dot(&p, &worth) - lost);
            answers.kernel.push(p);
        }
        answers
    }

    /// The fixed point by strategy iteration.
    pub(super) fn strategies(
        &self,
        nature: Nature,
        given: Option<&[F]>,
        course: &Course<F>,
        options: &SolverOptions,
    ) -> Result<Found<F>, Error> {
        let mut kernel: Vec<Vec<F>> = self.rows.iter().map(|row| row.nominal().to_vec()).collect();
        let mut pi = match (given, &course.start) {
            (Some(given), _) => given.to_vec(),
            (None, Some(rule)) => self.taking(rule),
            (None, None) => self.greedy(self.mdp.r()),
        };
        let mut iterations = 0;
        loop {
            let mut found = self.evaluate(&pi, &kernel, course, options)?;
            iterations += 1;
            while iterations < ITERATIONS && self.respond(nature, &pi, &found, course, &mut kernel)
            {
                found = self.evaluate(&pi, &kernel, course, options)?;
                iterations += 1;
            }
            let mut response = None;
            if given.is_none() && iterations < ITERATIONS {
                response = self.improve(nature, &found, course, &mut pi);
            }
            match response {
                Some(response) => kernel = response,
                None => {
                    return Ok(Found {
                        iterations,
                        ..found
                    });
                }
            }
        }
    }

    /// The deterministic policy that takes some pairs.
    fn taking(&self, rule: &[usize]) -> Vec<F> {
        let mut pi = vec![F::zero(); self.mdp.pairs()];
        rule.iter().for_each(|&pair| pi[pair] = F::one());
        pi
    }

    /// Better actions where there are any, by more than rounding may account for, and nature's answer to
    /// everything; `None` where there are none.
    fn improve(
        &self,
        nature: Nature,
        found: &Found<F>,
        course: &Course<F>,
        pi: &mut [F],
    ) -> Option<Vec<Vec<F>>> {
        let answers = self.answers(nature, found, course);
        let advantage = &answers.advantage;
        let mut improved = false;
        for state in 0..self.mdp.states() {
            let pairs = self.mdp.space().pairs_of(state);
            let better = |x: usize, y: usize| if advantage[y] > advantage[x] { y } else { x };
            let Some(best) = pairs.clone().reduce(better) else {
                continue;
            };
            let mut taken = pairs.filter(|&pair| !pi[pair].is_zero());
            let own = taken.next().unwrap_or(best);
            let margin = in_field::<F>(answers.doubt[best].max(answers.doubt[own]));
            if advantage[best] > advantage[own].clone() + &margin {
                pi[own] = F::zero();
                pi[best] = F::one();
                improved = true;
            }
        }
        improved.then_some(answers.kernel)
    }

    /// Nature's better corners at the pairs that a policy takes; whether there were any.
    fn respond(
        &self,
        nature: Nature,
        pi: &[F],
        found: &Found<F>,
        course: &Course<F>,
        kernel: &mut [Vec<F>],
    ) -> bool {
        let mut changed = false;
        for (pair, row) in self.rows.iter().enumerate() {
            if pi[pair].is_zero() {
                continue;
            }
            let worth = self.worth(pair, found, course);
            let corner = row.corner(&worth, nature);
            let (now, then) = (dot(&kernel[pair], &worth), dot(&corner, &worth));
            let doubt = |p: &[F]| self.doubt(pair, (p, &worth), &F::zero(), (found, course));
            let margin = in_field::<F>(doubt(&kernel[pair]).max(doubt(&corner)));
            let better = match nature {
                Nature::Adverse => then + &margin < now,
                Nature::Kind => then > now + &margin,
            };
            if better {
                kernel[pair] = corner;
                changed = true;
            }
        }
        changed
    }

    /// p^π, r^π and exits of a policy under a kernel, with what leads to the goal as an exit, and r^π \[S\].
    fn under(&self, pi: &[F], kernel: &[Vec<F>], goal: Option<usize>) -> (Dynamics<F>, Vec<F>) {
        let space = self.mdp.space();
        let states = space.states();
        let mut p = Csr::empty(states);
        let (mut r, mut exits) = (Vec::with_capacity(states), Vec::with_capacity(states));
        for state in 0..states {
            let (mut row, mut reward, mut exit) = (Vec::new(), F::zero(), F::zero());
            for pair in space.pairs_of(state).filter(|&pair| !pi[pair].is_zero()) {
                reward += pi[pair].clone() * &self.rows[pair].reward(&kernel[pair]);
                if let Some(deficits) = self.mdp.deficits() {
                    exit += deficits[pair].clone() * &pi[pair];
                }
                for (next, x) in self.rows[pair].entries(&kernel[pair]) {
                    let x = x * &pi[pair];
                    if space.is_terminal(next) || goal == Some(next) {
                        exit += x;
                    } else {
                        row.push((next, x));
                    }
                }
            }
            p.push_row(&mut row);
            r.push(reward);
            exits.push(if space.is_terminal(state) {
                F::one()
            } else {
                exit
            });
        }
        let initial = self.mdp.initial().to_vec();
        let exits = (!F::EXACT).then_some(exits);
        let dynamics = Dynamics::from_parts(space, p, r.clone(), initial, exits);
        (dynamics, r)
    }

    /// v of a policy under a kernel. What is counted ends at the goal; per step, if that is sought.
    fn evaluate(
        &self,
        pi: &[F],
        kernel: &[Vec<F>],
        course: &Course<F>,
        options: &SolverOptions,
    ) -> Result<Found<F>, Error> {
        let states = self.mdp.states();
        let (dynamics, r) = self.under(pi, kernel, course.goal);
        let complement = self.mdp.discount_complement();
        let resolvent = dynamics.resolvent_at(&self.mdp.discount(), complement, options)?;
        let (solution, rest) = if course.is_discounted() {
            resolvent.solve_finely(&r)?
        } else {
            (resolvent.solve(&r)?, Vec::new())
        };
        let v = solution.x;
        let is_sum = course.goal.is_none() && !course.is_discounted();
        let sizes = if is_sum {
            self.sizes(pi, kernel, &resolvent)?
        } else {
            Vec::new()
        };
        let Some(goal) = course.goal.filter(|_| course.is_long_run) else {
            return Ok(Found {
                v,
                rest,
                gain: F::zero(),
                scale: 0.0,
                sizes,
                iterations: 1,
            });
        };
        let time = resolvent.solve(&vec![F::one(); states])?.x;
        let gain = v[goal].clone() / &time[goal];
        let less: Vec<F> = r.into_iter().map(|r| r - &gain).collect();
        let scale = v[goal].abs().to_f64() + gain.abs().to_f64();
        let mut v = resolvent.solve(&less)?.x;
        v[goal] = F::zero();
        Ok(Found {
            v,
            rest,
            gain,
            scale,
            sizes,
            iterations: 1,
        })
    }

    /// N|r| \[S\] of a policy under a kernel, where elimination without subtraction knows v to some units of that;
    /// else nothing.
    fn sizes(
        &self,
        pi: &[F],
        kernel: &[Vec<F>],
        resolvent: &Resolvent<F>,
    ) -> Result<Vec<f64>, Error> {
        if F::EXACT || !resolvent.factors().is_componentwise() {
            return Ok(Vec::new());
        }
        let mut paid = vec![0.0; self.mdp.states()];
        for (pair, row) in self.rows.iter().enumerate() {
            let rewards = row.worth(&F::one(), |_| F::zero());
            let size = row.blur(&kernel[pair], &rewards);
            paid[self.mdp.space().state_of(pair)] += pi[pair].to_f64() * size;
        }
        let paid: Vec<F> = paid.into_iter().map(in_field).collect();
        let sizes = resolvent.solve(&paid)?.x;
        Ok(sizes.iter().map(F::to_f64).collect())
    }

    /// Value iteration until the change is a matter of rounding.
    pub(super) fn sweeps(&self, nature: Nature, given: Option<&[F]>) -> Found<F> {
        let mut found = Found {
            v: vec![F::zero(); self.mdp.states()],
            rest: Vec::new(),
            gain: F::zero(),
            scale: 0.0,
            sizes: Vec::new(),
            iterations: 0,
        };
        while found.iterations < ITERATIONS {
            let next = self.stepped(nature, given, &found.v);
            let changes = next.iter().zip(&found.v);
            let changes = changes.map(|(x, y)| (x.clone() - y).abs().to_f64());
            let change = changes.fold(0.0, f64::max);
            found.v = next;
            found.iterations += 1;
            if change <= self.rounding(&found.v, 0.0) {
                break;
            }
        }
        found
    }
}

/// A number of the field.
fn in_field<F: Solvable>(x: f64) -> F {
    Number::from_f64(x).map_or_else(F::zero, |x| F::from_number(&x))
}
