//! What can still follow, by state: the least, the most, the mean.

use crate::chain::Chain;
use crate::error::Error;
use crate::evaluation::FiniteHorizon;
use crate::solved::Solved;

/// How often the bounds on what follows are made closer, at most, in reads of an outcome; a choice.
const READS: usize = 5_000_000;

/// Bounds on the return from each state, and its mean, in units of reward; over a horizon by time.
pub(in crate::returns) struct Remaining {
    /// The least return \[1 or T + 1\]\[S\], −∞ where it has no bound.
    low: Vec<Vec<f64>>,
    /// The greatest, ∞ where it has no bound.
    high: Vec<Vec<f64>>,
    /// v.
    v: Vec<Vec<f64>>,
    /// A bound on E|G| from each state, whatever is done first \[S\]; ∞ over a horizon.
    size: Vec<f64>,
}

impl Remaining {
    /// Over a horizon, by time. Errors with [`Error::Argument`] where that is more than 2²² numbers.
    pub(in crate::returns) fn until(at: &Solved, run: &FiniteHorizon) -> Result<Remaining, Error> {
        // by state and time: 32 MiB in `f64` a table
        const MOST: usize = 1 << 22;
        let numbers = run.horizon().saturating_mul(at.mdp().states());
        if numbers > MOST {
            return Err(Error::Argument {
                name: "the horizon, for the gradient of CVaR,",
                found: run.horizon().to_string(),
                expected: "one whose values at all times are at most 4,194,304 numbers",
            });
        }
        let zero = vec![0.0; at.mdp().states()];
        let mut found = Remaining {
            low: vec![zero.clone()],
            high: vec![zero.clone()],
            v: vec![zero],
            size: vec![f64::INFINITY; at.mdp().states()],
        };
        for t in 0..run.horizon() {
            let low = extreme(at, &found.low[t], f64::min);
            let high = extreme(at, &found.high[t], f64::max);
            found.low.push(low);
            found.high.push(high);
            let before = run.before(&found.v[t]);
            found.v.push(before);
        }
        for rows in [&mut found.low, &mut found.high, &mut found.v] {
            rows.reverse();
        }
        Ok(found)
    }

    /// At any time. Errors as solvers do.
    pub(in crate::returns) fn without_end(at: &Solved, chain: &Chain) -> Result<Remaining, Error> {
        let (low, high) = endless(at);
        Ok(Remaining {
            low: vec![low],
            high: vec![high],
            v: vec![at.v().to_vec()],
            size: sizes(at, chain)?,
        })
    }

    fn row(rows: &[Vec<f64>], t: usize, state: usize) -> f64 {
        rows[t.min(rows.len() - 1)][state]
    }

    /// The least that follows from a state at time t.
    pub(super) fn low(&self, t: usize, state: usize) -> f64 {
        Remaining::row(&self.low, t, state)
    }

    /// The most.
    pub(super) fn high(&self, t: usize, state: usize) -> f64 {
        Remaining::row(&self.high, t, state)
    }

    /// The mean.
    pub(super) fn v(&self, t: usize, state: usize) -> f64 {
        Remaining::row(&self.v, t, state)
    }

    /// Some c has |E f(G) − c| at most this for the return G from a state, whatever is done first, and every f
    /// that changes no faster than its argument.
    pub(super) fn radius(&self, t: usize, state: usize) -> f64 {
        let half = (self.high(t, state) - self.low(t, state)) / 2.0;
        half.min(self.size[state])
    }

    /// A bound on E f(G) − f(E G) from a state, for every convex f with slopes from −1 to 0: a chord over
    /// the whole interval is that far above f, and |f(x) − f(y)| ≤ |x − y|.
    pub(super) fn bend(&self, t: usize, state: usize) -> f64 {
        let quarter = (self.high(t, state) - self.low(t, state)) / 4.0;
        quarter.min(2.0 * self.size[state])
    }

    /// The widest interval of what follows at time t, as far as it has both ends.
    pub(super) fn widest(&self, t: usize) -> f64 {
        let row = t.min(self.low.len() - 1);
        let widths = self.low[row]
            .iter()
            .zip(&self.high[row])
            .map(|(low, high)| high - low);
        widths.fold(0.0, f64::max)
    }
}

/// E Σ γᵗ|R_t| from each state, at most, whatever is done first \[S\].
fn sizes(at: &Solved, chain: &Chain) -> Result<Vec<f64>, Error> {
    let (mdp, pi) = (at.mdp(), at.policy().probabilities());
    let paid = |pair| {
        mdp.outcomes(pair)
            .map(|o| o.probability * o.reward.abs())
            .sum()
    };
    let paid: Vec<f64> = (0..mdp.pairs()).map(paid).collect();
    let alive = chain.dynamics().alive();
    let of = |s: usize| {
        let pairs = mdp.space().pairs_of(s).filter(|_| alive[s]);
        pairs.map(|i| pi[i] * paid[i]).sum()
    };
    let by_state: Vec<f64> = (0..mdp.states()).map(of).collect();
    let later = chain.resolvent().solve(&by_state)?.x;
    let after = |pair: usize| {
        let next: f64 = mdp
            .outcomes(pair)
            .map(|o| o.probability * later[o.next])
            .sum();
        paid[pair] + mdp.discount() * next
    };
    let most = |s| mdp.space().pairs_of(s).map(after).fold(0.0, f64::max);
    Ok((0..mdp.states()).map(most).collect())
}

/// r + γ times the least, or the greatest, over all that can follow \[S\].
fn extreme(at: &Solved, after: &[f64], least: fn(f64, f64) -> f64) -> Vec<f64> {
    let (mdp, discount) = (at.mdp(), at.mdp().discount());
    let of = |state: usize| {
        let outcomes = mdp
            .space()
            .pairs_of(state)
            .flat_map(|pair| mdp.outcomes(pair));
        let written = outcomes.filter(|o| *o.probability != 0.0);
        let ends = written.map(|o| o.reward + discount * after[o.next]);
        ends.reduce(least).unwrap_or(0.0)
    };
    (0..mdp.states()).map(of).collect()
}

/// The least and the greatest return that can follow \[S\], without a last step: from bounds that hold anyway, made closer step by step.
fn endless(at: &Solved) -> (Vec<f64>, Vec<f64>) {
    let mdp = at.mdp();
    let outcomes = (0..mdp.pairs()).flat_map(|pair| mdp.outcomes(pair));
    let written = outcomes.filter(|o| *o.probability != 0.0);
    let (mut count, mut ends) = (0, (0.0f64, 0.0f64));
    for o in written {
        count += 1;
        ends = (ends.0.min(*o.reward), ends.1.max(*o.reward));
    }
    let complement = mdp.discount_complement();
    let far = |end: f64| match end {
        0.0 => 0.0,
        end => end / complement, // ±∞ for the total reward
    };
    let start = |end: f64| -> Vec<f64> {
        let of = |s| {
            if mdp.space().is_terminal(s) {
                0.0
            } else {
                far(end)
            }
        };
        (0..mdp.states()).map(of).collect()
    };
    let (mut low, mut high) = (start(ends.0), start(ends.1));
    for _ in 0..(READS / (count + 1)).clamp(1, 10_000) {
        let next = (extreme(at, &low, f64::min), extreme(at, &high, f64::max));
        let moved = |old: &[f64], new: &[f64]| {
            let both = old.iter().zip(new).filter(|(x, _)| x.is_finite());
            both.fold(0.0, |most: f64, (x, y)| {
                most.max((x - y).abs() / (1.0 + x.abs()))
            })
        };
        let most = moved(&low, &next.0).max(moved(&high, &next.1));
        (low, high) = next;
        // some fifty roundings; a choice
        if most < 1e-14 {
            break;
        }
    }
    (low, high)
}
