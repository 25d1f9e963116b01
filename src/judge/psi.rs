//! E(Ψₜ | Sₜ = s, Aₜ = a): what multiplies the score, in the mean, for every way to get it wrong.

use std::rc::Rc;

use super::bench::{Bench, Course, ending, kept, over_actions};
use super::recipe::{Discount, End, Flow, Psi, Reward, SignalOf};
use super::signal::{ByTime, Signal, Values};
use crate::evaluation::Average;
use crate::linalg::SolverOptions;
use crate::mdp::{Mdp, Outcome};

impl Bench<'_> {
    /// E Ψ at each pair.
    pub fn signal(&self, of: SignalOf) -> Option<Rc<Signal>> {
        kept(&self.signals, of, || Signal::new(self, of))
    }
}

impl Signal {
    /// `None` where the model has no such thing.
    pub fn new(bench: &Bench, of: SignalOf) -> Option<Signal> {
        let values = Values::new(bench, of)?;
        let mut f: ByTime = (0..values.next.len())
            .map(|t| values.psi(bench, of, t))
            .collect::<Option<_>>()?;
        if of.reversed {
            f.iter_mut().for_each(|f| reverse(bench.mdp, f));
        }
        Some(Signal { f, of, values })
    }

    /// E(Ψₜ | s, a, s') of an outcome; `None` where p or the actions are taken otherwise.
    pub fn of_outcome(
        &self,
        bench: &Bench,
        t: usize,
        pair: usize,
        outcome: Outcome<f64>,
    ) -> Option<f64> {
        let own = self.of.flow == Flow::Own && !self.of.reversed;
        let t = t.min(self.values.next.len() - 1);
        own.then(|| self.values.psi_of(bench, self.of, t, pair, outcome))
    }
}

/// f in the reverse order of the actions of each state.
fn reverse(mdp: &Mdp, f: &mut [f64]) {
    for state in 0..mdp.states() {
        f[mdp.space().pairs_of(state)].reverse();
    }
}

impl Values {
    fn new(bench: &Bench, of: SignalOf) -> Option<Values> {
        if (of.discount, of.psi) == (Discount::Zero, Psi::BaselineOfNext) {
            // the baseline is the value of the task, where nothing later is credited
            let discount = Discount::Own;
            let values = Values::new(bench, SignalOf { discount, ..of })?;
            return Some(Values {
                gamma: 0.0,
                ..values
            });
        }
        match bench.course {
            Course::Endless => Values::endless(bench, of),
            Course::Horizon(_) if of.stationary => Values::endless(bench, of),
            Course::Horizon(steps) => Values::of_horizon(bench, of, steps),
            Course::LongRun(average) => Values::of_long_run(bench, average, of),
        }
    }

    /// v = (I − γP)⁻¹ r^π.
    fn endless(bench: &Bench, of: SignalOf) -> Option<Values> {
        if of.stationary && (of.psi != Psi::Return || !matches!(bench.course, Course::Horizon(_))) {
            return None;
        }
        if of.discount == Discount::Zero {
            return Values::of_rewards_alone(bench, of);
        }
        let gamma = bench.number(of.discount);
        let r = rewards(bench, of.reward, false);
        let own = over_actions(bench, &r);
        let solve = |b: &[f64]| {
            let resolvent = bench.resolvent(of.flow == Flow::PerAction, of.discount)?;
            let solved = match of.flow {
                Flow::Flipped => resolvent.solve_transposed(b),
                _ => resolvent.solve(b),
            };
            Some(solved.ok()?.x)
        };
        let mut v = solve(&own)?;
        let start = bench.dynamics.initial();
        let worth = |v: &[f64]| start.iter().zip(v).map(|(x, v)| x * v).sum::<f64>();
        let mut end = 0.0;
        if of.end != End::Zero {
            if of.flow != Flow::Own || !has_ends(bench) {
                return None;
            }
            end = worth(&v);
            if of.end == End::Restart {
                let leaves: Vec<f64> = ending(bench).iter().map(|x| gamma * x).collect();
                let h = solve(&over_actions(bench, &leaves))?;
                end /= Some(1.0 - worth(&h)).filter(|x| *x > 0.0)?;
                v.iter_mut().zip(&h).for_each(|(v, h)| *v += end * h);
            }
        }
        Some(Values {
            r: vec![r],
            next: vec![v],
            end,
            gamma,
            p: (of.flow == Flow::PerAction).then(|| bench.flipped()),
            gain: Vec::new(),
        })
    }

    /// v = r^π, of returns in which nothing later counts.
    fn of_rewards_alone(bench: &Bench, of: SignalOf) -> Option<Values> {
        if of.psi == Psi::UndiscountedResidual || of.flow != Flow::Own || of.end != End::Zero {
            return None;
        }
        let r = rewards(bench, of.reward, false);
        Some(Values {
            next: vec![over_actions(bench, &r)],
            r: vec![r],
            end: 0.0,
            gamma: 0.0,
            p: None,
            gain: Vec::new(),
        })
    }

    /// v_t = π(r + γp v_{t+1}), v_T = 0.
    fn of_horizon(bench: &Bench, of: SignalOf, steps: usize) -> Option<Values> {
        let rewards_alone = of.discount == Discount::Zero;
        if of.end != End::Zero
            || of.discount == Discount::LongRun
            || rewards_alone && of.psi == Psi::UndiscountedResidual
        {
            return None;
        }
        let gamma = bench.number(of.discount);
        let p = bench.p_of(of.flow == Flow::PerAction);
        let usual = rewards(bench, of.reward, false);
        let mut r = vec![rewards(bench, of.reward, true)];
        let mut next = vec![vec![0.0; bench.mdp.states()]];
        for t in 1..steps {
            let after = &next[t - 1];
            let moved = match of.flow {
                Flow::Flipped => p.mul_transposed(after),
                _ => p.mul(after),
            };
            let own = over_actions(bench, &r[t - 1]).into_iter();
            next.push(own.zip(moved).map(|(r, v)| r + gamma * v).collect());
            r.push(usual.clone());
        }
        r.reverse();
        next.reverse();
        Some(Values {
            r,
            next,
            end: 0.0,
            gamma,
            p: (of.flow == Flow::PerAction).then(|| bench.flipped()),
            gain: Vec::new(),
        })
    }

    /// h and g of the average reward.
    fn of_long_run(bench: &Bench, average: &Average, of: SignalOf) -> Option<Values> {
        if of.discount == Discount::Zero {
            return Values::of_rewards_alone(bench, of);
        }
        let known = of.discount == Discount::Own && of.flow == Flow::Own && of.end == End::Zero;
        let meant = !matches!(
            of.psi,
            Psi::DiscountedFromNext | Psi::UndiscountedResidual | Psi::WithoutLast
        );
        if !known || !meant || of.stationary {
            return None;
        }
        let r = rewards(bench, of.reward, false);
        let (h, gain) = match of.reward {
            Reward::Own => (average.bias().to_vec(), average.gain().to_vec()),
            _ => {
                let paid = bench.mdp.clone().with_rewards(r.clone()).ok()?;
                let run = Average::new(&paid, bench.policy, &SolverOptions::default()).ok()?;
                (run.bias().to_vec(), run.gain().to_vec())
            }
        };
        Some(Values {
            r: vec![r],
            next: vec![h],
            end: 0.0,
            gamma: 1.0,
            p: None,
            gain,
        })
    }

    /// E Ψ at each pair, at time t.
    fn psi(&self, bench: &Bench, of: SignalOf, t: usize) -> Option<Vec<f64>> {
        if of.psi == Psi::WithoutLast {
            return self.without_last(bench, of, t);
        }
        let r = &self.r[t.min(self.r.len() - 1)];
        let v = &self.next[t];
        let mut pv = match &self.p {
            Some(p) => p.mul(v),
            None => bench.mdp.p().mul(v),
        };
        if self.end != 0.0 {
            let ends = ending(bench).into_iter();
            pv.iter_mut()
                .zip(ends)
                .for_each(|(pv, end)| *pv += end * self.end);
        }
        let pairs = r.iter().zip(&pv).enumerate();
        let each = pairs.map(|(pair, (r, pv))| {
            let r = r - self.gain_at(bench, pair);
            self.combined(bench, of, r, *pv)
        });
        Some(each.collect())
    }

    /// Ψ of a reward and of what follows it.
    fn combined(&self, bench: &Bench, of: SignalOf, r: f64, v: f64) -> f64 {
        match of.psi {
            Psi::Return | Psi::WithoutLast => r + self.gamma * v,
            Psi::ReturnFromNext => v,
            Psi::DiscountedFromNext if of.discount == Discount::Zero => {
                bench.number(Discount::Own) * v
            }
            Psi::DiscountedFromNext => self.gamma * v,
            Psi::BaselineOfNext => r + self.gamma * v - v,
            Psi::UndiscountedResidual => r + v,
            Psi::RewardOnly => r,
        }
    }

    /// E(Ψ | s, a, s') of one outcome, at time t.
    fn psi_of(
        &self,
        bench: &Bench,
        of: SignalOf,
        t: usize,
        pair: usize,
        outcome: Outcome<f64>,
    ) -> f64 {
        let horizon = matches!(bench.course, Course::Horizon(_)) && !of.stationary;
        let last = horizon && t + 1 == self.next.len();
        let ends = bench.mdp.space().is_terminal(outcome.next);
        if of.psi == Psi::WithoutLast && (last || ends) {
            return 0.0;
        }
        let r = credited(bench, of.reward, last, pair, outcome) - self.gain_at(bench, pair);
        let v = if ends {
            self.end
        } else {
            self.next[t][outcome.next]
        };
        self.combined(bench, of, r, v)
    }

    fn gain_at(&self, bench: &Bench, pair: usize) -> f64 {
        let state = bench.mdp.space().state_of(pair);
        self.gain.get(state).copied().unwrap_or(0.0)
    }

    /// The mean over the outcomes that do not end \[SA\].
    fn without_last(&self, bench: &Bench, of: SignalOf, t: usize) -> Option<Vec<f64>> {
        if self.end != 0.0 || self.p.is_some() {
            return None;
        }
        let share = |pair: usize| -> f64 {
            let outcomes = bench.mdp.outcomes(pair);
            outcomes
                .map(|o| o.probability * self.psi_of(bench, of, t, pair, o))
                .sum()
        };
        Some((0..bench.mdp.pairs()).map(share).collect())
    }
}

/// r(s, a) \[SA\] as credited; at the last step of a horizon nothing comes after.
fn rewards(bench: &Bench, reward: Reward, last: bool) -> Vec<f64> {
    let mdp = bench.mdp;
    if reward == Reward::Own {
        return mdp.r().to_vec();
    }
    let mean = |pair: usize| -> f64 {
        let outcomes = mdp.outcomes(pair);
        outcomes
            .map(|o| o.probability * credited(bench, reward, last, pair, o))
            .sum()
    };
    (0..mdp.pairs()).map(mean).collect()
}

/// The reward that an outcome is credited with.
fn credited(bench: &Bench, reward: Reward, last: bool, pair: usize, o: Outcome<f64>) -> f64 {
    let (mdp, space) = (bench.mdp, bench.mdp.space());
    match reward {
        Reward::Shifted if !last && !space.is_terminal(o.next) => bench.dynamics.r()[o.next],
        Reward::Own | Reward::Shifted => *o.reward,
        Reward::OfNextState => {
            let at = space.pair(o.next, space.action_of(pair));
            at.map_or(0.0, |at| mdp.r()[at])
        }
    }
}

fn has_ends(bench: &Bench) -> bool {
    let space = bench.mdp.space();
    (0..space.states()).any(|state| space.is_terminal(state))
}
