//! How P*, D and the bias change with the policy (theory, 2.4).

use super::algebra::{ahead, apply, derivatives, largest, plus, random};
use super::average::{has_dual, size};
use super::case::have;
use super::{Case, Identity, LongTerm, Section, Sides, Skip};
use exact_mdp::chain::LongRun;
use exact_mdp::evaluation::Average;
use exact_mdp::field::Dual;
use exact_mdp::gradient::average;
use exact_mdp::linalg::SolverOptions;

identities! { AverageReward;
"limiting-matrix-gradient" limiting {
    "∂P* = P*(∂P)D + D(∂P)P*",
    "Differentiate P*P = P* = PP* and apply D; on a random function, along a random direction. The other side is P* over dual numbers, class by class.",
    "Schweitzer 1968; Kato 1980, chapter II; theory, 2.4 (2.15)"
}
"deviation-matrix-gradient" deviation {
    "∂D = Z(∂P − ∂P*)Z − ∂P* with Z = (I − P + P*)⁻¹ = D + P*",
    "D = Z − P*, and ∂Z = Z(∂P − ∂P*)Z; on a random function. The other side is D over dual numbers.",
    "Schweitzer 1968; theory, 2.4 (2.16)"
}
"bias-gradient" bias {
    "∇h · w = (∂D) r^π + D((∂π)r) = d/dε h(θ + εw)",
    "The product rule on h = D r^π, with ∂D by Z. ∇h is the library's, which solves once for each state's parameters.",
    "theory, 2.4 (2.16)"
}
}

/// The long run along a direction w.
struct Moving<'a> {
    case: &'a Case,
    run: &'a LongRun<f64>,
    w: Vec<f64>,
}

impl Moving<'_> {
    /// (∂P) x [S].
    fn transition(&self, x: &[f64]) -> Vec<f64> {
        self.case.effect_along(&ahead(&self.case.mdp, x), &self.w)
    }

    /// (∂P*) x = P*(∂P)Dx + D(∂P)P*x [S].
    fn limit(&self, x: &[f64]) -> Result<Vec<f64>, Skip> {
        let formulas = &self.case.formulas;
        let through = |x: &[f64]| (formulas.limit)(self.run, x);
        let around = |x: &[f64]| (formulas.deviation)(self.run, x);
        let within = through(&self.transition(&around(x)?))?;
        let between = around(&self.transition(&through(x)?))?;
        Ok(plus(&within, 1.0, &between))
    }

    /// Z x [S].
    fn fundamental(&self, x: &[f64]) -> Result<Vec<f64>, Skip> {
        let around = (self.case.formulas.deviation)(self.run, x)?;
        Ok(plus(&around, 1.0, &self.run.limit(x)?))
    }

    /// (∂D) x [S], and the largest number on the way there.
    fn deviation(&self, x: &[f64]) -> Result<(Vec<f64>, f64), Skip> {
        let z = self.fundamental(x)?;
        let limit = self.limit(&z)?;
        let inside = plus(&self.transition(&z), -1.0, &limit);
        let moved = self.fundamental(&inside)?;
        let size = largest(&z) + largest(&limit) + largest(&moved);
        Ok((plus(&moved, -1.0, &self.limit(x)?), size))
    }

    /// P* and D over dual numbers.
    fn dual(&self, l: &LongTerm) -> Result<Average<Dual>, Skip> {
        let mdp = l.mdp.map(|&x| Dual::constant(x));
        let policy = self.case.dual(&self.w)?;
        Ok(Average::new(&mdp, &policy, &SolverOptions::default())?)
    }
}

fn moving<'a>(case: &'a Case, l: &'a LongTerm, stream: u64) -> Result<Moving<'a>, Skip> {
    have(&l.gradient)?;
    has_dual(case, l)?;
    Ok(Moving {
        case,
        run: l.average.long_run(),
        w: case.direction(stream),
    })
}

fn constants(x: &[f64]) -> Vec<Dual> {
    x.iter().map(|&x| Dual::constant(x)).collect()
}

/// What a derivative of P* or D along w may amount to, applied to functions of a size.
fn steep(case: &Case, l: &LongTerm, w: &[f64], size: f64) -> f64 {
    let slope = case.slope() * largest(w) * (w.len() as f64).sqrt();
    size * (1.0 + slope * l.inverse_norm) * l.inverse_norm
}

fn limiting(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let moving = moving(case, l, 104)?;
    let x = random(105, l.mdp.states());
    let left = moving.limit(&x)?;
    let run = moving.dual(l)?;
    let right = derivatives(&run.long_run().limit(&constants(&x))?);
    let size = largest(&x) + largest(&moving.run.deviation(&x)?);
    let size = steep(case, l, &moving.w, size);
    Ok(Sides::equal(&left, &right, size, l.tolerance(1)))
}

fn deviation(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let moving = moving(case, l, 106)?;
    let x = random(107, l.mdp.states());
    let (left, on_the_way) = moving.deviation(&x)?;
    let run = moving.dual(l)?;
    let right = derivatives(&run.long_run().deviation(&constants(&x))?);
    let size = steep(case, l, &moving.w, largest(&x) + on_the_way);
    Ok(Sides::equal(&left, &right, size, l.tolerance(1)))
}

fn bias(case: &Case) -> Result<Sides, Skip> {
    let l = case.long_term()?;
    let entries = case.policy.parameters() * l.mdp.states();
    Skip::beyond(entries, 20_000, "entries of ∇h")?;
    let moving = moving(case, l, 108)?;
    let gain = average::jacobian(&l.average, &l.mdp, &case.policy)?;
    let claimed = average::bias_jacobian(&l.average, &l.mdp, &case.policy, &gain)?;
    let claimed = apply(&claimed, &moving.w);
    let (by_d, on_the_way) = moving.deviation(&case.average(l.mdp.r()))?;
    let paid = case.effect_along(l.mdp.r(), &moving.w);
    let formula = plus(&by_d, 1.0, &moving.run.deviation(&paid)?);
    let dual = derivatives(moving.dual(l)?.bias());
    let size = steep(case, l, &moving.w, l.reward_scale() + on_the_way);
    let size = size + self::size(case, l, &moving.w);
    let sides = Sides::equal(&claimed, &formula, size, l.tolerance(1));
    Ok(sides.and(Sides::equal(&claimed, &dual, size, l.tolerance(1))))
}
