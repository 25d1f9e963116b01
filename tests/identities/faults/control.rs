//! Optimal control: v*, π*, J* and the linear programs.

use exact_mdp::ascent::rates;
use exact_mdp::cone::Cone;
use exact_mdp::control::DecisionRule;
use exact_mdp::mdp::Criterion;
use exact_mdp::shaping::shaping;
use exact_mdp::solved::Solved;
use exact_mdp_theorems::ALPHA;

use super::Fault;
use super::claims::{discounted, scale};

/// v*, π* and J*.
#[rustfmt::skip]
pub const CONTROL: &[Fault] = &[
    Fault { name: "v*: that of the policy", caught_by: &["optimality-equation", "dual-feasibility"], plant: |c| {
        let d = discounted(c);
        d.optimum.as_mut().unwrap().v = d.evaluation.v.clone();
    } },
    Fault { name: "π*: the policy", caught_by: &["optimal-policy-attains", "complementary-slackness", "strong-duality"], plant: |c| {
        let policy = c.policy.clone();
        discounted(c).optimum.as_mut().unwrap().policy = policy;
    } },
    Fault { name: "J*: sign", caught_by: &["suboptimality-gap", "gap-bound"], plant: |c| discounted(c).optimum.as_mut().unwrap().j *= -1.0 },
    Fault { name: "v*: sign", caught_by: &["optimum-dominates", "optimality-equation"], plant: |c| scale(&mut discounted(c).optimum.as_mut().unwrap().v, -1.0) },
    Fault { name: "v*: divided by 1 − γ", caught_by: &["value-iteration-bounds", "soft-optimum-bounds", "strong-duality"], plant: |c| {
        let d = discounted(c);
        let factor = 1.0 / (1.0 - d.gamma);
        scale(&mut d.optimum.as_mut().unwrap().v, factor);
    } },
    Fault { name: "v*: the reward of now alone", caught_by: &["value-iteration-bounds", "complementary-slackness", "optimality-equation"], plant: |c| {
        let d = discounted(c);
        let space = d.mdp.space().clone();
        let most = |s| d.mdp.r()[space.pairs_of(s)].iter().copied().reduce(f64::max).unwrap_or(0.0);
        d.optimum.as_mut().unwrap().v = (0..space.states()).map(most).collect();
    } },
    Fault { name: "J*: the gap counted twice", caught_by: &["suboptimality-gap"], plant: |c| {
        let d = discounted(c);
        let optimum = d.optimum.as_mut().unwrap();
        optimum.j += optimum.j - d.evaluation.j;
    } },
    Fault { name: "J*: in hundredths of the unit of r", caught_by: &["gap-bound", "gradient-domination", "lojasiewicz-softmax"], plant: |c| discounted(c).optimum.as_mut().unwrap().j *= 100.0 },
    Fault { name: "v*_α: without the entropy", caught_by: &["soft-optimality-equation", "soft-optimal-policy"], plant: |c| {
        let d = discounted(c);
        d.soft_optimum.as_mut().unwrap().v = d.optimum.as_ref().unwrap().v.clone();
    } },
    Fault { name: "v*_α: α log of the mean, not of the sum", caught_by: &["soft-optimality-equation"], plant: |c| {
        let d = discounted(c);
        let space = d.mdp.space().clone();
        let optimum = d.soft_optimum.as_mut().unwrap();
        for s in 0..space.states() {
            optimum.v[s] -= ALPHA * (space.pairs_of(s).len().max(1) as f64).ln();
        }
    } },
    Fault { name: "π*_α: of the worst actions", caught_by: &["soft-policy-loss", "soft-optimal-policy"], plant: |c| {
        let d = discounted(c);
        let costs: Vec<f64> = d.optimum.as_ref().unwrap().q.iter().map(|q| -q).collect();
        let worst = DecisionRule::greedy(d.mdp.space(), &costs).unwrap().policy(d.mdp.space()).unwrap();
        d.soft_optimum.as_mut().unwrap().policy = worst;
    } },
    Fault { name: "Łojasiewicz: √S forgotten", caught_by: &["lojasiewicz-softmax"], plant: |c| {
        c.formulas.lojasiewicz = |at, goal| rates::lojasiewicz(at, goal).map(|c| c * 2f64.sqrt());
    } },
    Fault { name: "L: 1/(1 − γ)³ upside down", caught_by: &["smoothness-softmax"], plant: |c| {
        c.formulas.smoothness = |mdp, policy| {
            let rest = 1.0 - mdp.discount();
            rates::smoothness(mdp, policy).map(|bound| bound * rest.powi(6))
        };
    } },
    Fault { name: "projection: cut off at 0 and divided by the sum", caught_by: &["projection-onto-simplices"], plant: |c| {
        c.formulas.onto_simplex = |y| {
            let cut: Vec<f64> = y.iter().map(|x| x.max(0.0)).collect();
            let sum: f64 = cut.iter().sum();
            cut.iter().map(|x| x / sum).collect()
        };
    } },
    Fault { name: "cone: γ² in the place of γ", caught_by: &["reward-cone"], plant: |c| {
        c.formulas.cone = |at| {
            let discount = at.mdp().discount().powi(2);
            let other = at.mdp().as_ref().clone().with_criterion(Criterion::Discounted { discount })?;
            Cone::new(&Solved::new(other, at.policy().as_ref().clone())?)
        };
    } },
    Fault { name: "border of the cone: the reward of one pair alone", caught_by: &["reward-cone-border"], plant: |c| {
        c.formulas.cone_border = |cone| {
            let all = cone.others().iter().copied().zip(cone.slack().iter().copied());
            all.reduce(|x, y| if y.1 < x.1 { y } else { x })
        };
    } },
    Fault { name: "cone: sign of the inequalities", caught_by: &["cone-decides"], plant: |c| {
        c.formulas.cone = |at| {
            let costs = at.mdp().r().iter().map(|r| -r).collect();
            Cone::new(&at.paying(costs)?)
        };
    } },
    Fault { name: "potential: sign", caught_by: &["potential-found"], plant: |c| {
        c.formulas.shaping = |mdp, other| {
            let found = shaping(mdp, other)?.potential;
            Ok(found.iter().map(|x| -x).collect())
        };
    } },
];
