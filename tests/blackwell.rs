//! All critical discounts, against optima at many discounts and against closed forms.

use exact_mdp::control::blackwell::{Discount, Stretch, near_one, stretches};
use exact_mdp::mdp::Criterion;
use exact_mdp::model::{Draft, GarnetOptions, Model, RewardKind, garnet};
use exact_mdp::number::{Number, Rational};

fn of(model: &Model) -> Vec<Stretch> {
    stretches(&model.exact_mdp().unwrap()).unwrap()
}

/// All optimal pairs at a discount, by policy iteration in fractions.
fn optimal_at(model: &Model, discount: &Rational) -> Vec<usize> {
    let discount = Number::from(discount.clone());
    let model = model
        .clone()
        .with_criterion(Criterion::Discounted { discount })
        .unwrap();
    model.exact().unwrap().optimum().unwrap().greedy
}

/// The ends of an interval that is known.
fn ends(discount: &Discount) -> (Rational, Rational) {
    match discount {
        Discount::Exact(x) => (x.clone(), x.clone()),
        Discount::Between(low, high) => (low.clone(), high.clone()),
    }
}

/// Inside each stretch its actions are the optimal ones, close to its ends as well, and the next stretch
/// begins where it ends.
fn check(model: &Model, name: &str) -> usize {
    let found = of(model);
    let close = Rational::ONE / Rational::from(1u64 << 40);
    for stretch in &found {
        let (from, to) = (ends(&stretch.from).1, ends(&stretch.to).0);
        let width = &to - &from;
        assert!(width > Rational::ZERO, "{name}");
        let shares = [
            close.clone(),
            Rational::ONE / Rational::from(3),
            Rational::ONE - &close,
        ];
        for share in shares {
            let at = &from + share * &width;
            assert_eq!(optimal_at(model, &at), stretch.optimal, "{name} at {at}");
        }
    }
    assert_eq!(found[0].from, Discount::Exact(Rational::ZERO), "{name}");
    assert_eq!(
        found[found.len() - 1].to,
        Discount::Exact(Rational::ONE),
        "{name}"
    );
    let last = near_one(&model.exact_mdp().unwrap()).unwrap();
    assert_eq!(last, found[found.len() - 1].optimal, "{name}");
    for pair in found.windows(2) {
        assert_eq!(ends(&pair[0].to), ends(&pair[1].from), "{name}");
        assert_ne!(pair[0].optimal, pair[1].optimal, "{name}");
    }
    found.len()
}

#[test]
fn every_stretch_holds_what_is_optimal_in_it() {
    let mut changes = 0;
    for seed in 0..12 {
        let options = GarnetOptions {
            states: 5,
            actions: 3,
            branching: 2,
            seed,
            terminal: (seed % 3) as usize,
            reward: RewardKind::Uniform,
        };
        let model = garnet(&options).unwrap().discount("1/2").check().unwrap();
        changes += check(&model, &format!("garnet {seed}")) - 1;
    }
    assert!(changes > 5, "{changes} critical discounts");
}

/// 1 for ever, or 1 + ε with an exit of δ: the second is better below γ = ε/(ε + δ), so never close to 1.
#[test]
fn just_below_one_needs_no_root() {
    let mut draft = Draft::new(2, 2).start(0).terminal(1).discount("1/2");
    draft.add_outcome(0, 0, 0, "1", "1");
    let exit: Number = "1e-300".parse().unwrap();
    let stay = Number::from(Rational::ONE - exit.to_rational());
    let more = Number::from(Rational::ONE + "1e-200".parse::<Number>().unwrap().to_rational());
    draft.add_outcome(0, 1, 0, stay, more.clone());
    draft.add_outcome(0, 1, 1, exit, more);
    let model = draft.check().unwrap();
    assert_eq!(near_one(&model.exact_mdp().unwrap()).unwrap(), [0]);
    assert_eq!(
        optimal_at(&model, &(Rational::ONE / Rational::from(2))),
        [1]
    );
}

#[test]
fn bundled_models_too() {
    let bundled = |name: &str| {
        let path = format!("{}/mdps/{name}.yaml", crate::ROOT);
        Model::load(&path).unwrap()
    };
    for name in [
        "two-state",
        "retry-loop",
        "recycling-robot",
        "forest-management",
    ] {
        check(&bundled(name), name);
    }
    // a salary or a prize: 1/(1 − γ) = 5γ at (5 ± √5)/10, docs/folklore.md
    let model = bundled("patience-there-and-back");
    assert_eq!(check(&model, "patience-there-and-back"), 3);
    for (stretch, sign) in of(&model).iter().zip([-1.0, 1.0]) {
        let critical = (5.0 + sign * 5f64.sqrt()) / 10.0;
        assert!((stretch.to.to_f64() - critical).abs() < 1e-15);
    }
}

/// One now, or one after each of the next two steps: γ + γ² = 1 at (√5 − 1)/2.
#[test]
fn an_irrational_discount_is_enclosed() {
    let model = Draft::new(["start", "second", "third", "end"], ["take", "wait"])
        .outcome("start", "take", "end", 1, 1)
        .outcome("start", "wait", "second", 1, 0)
        .outcome("second", "take", "third", 1, 1)
        .outcome("third", "take", "end", 1, 1)
        .terminal("end")
        .discount("1/2")
        .start("start")
        .check()
        .unwrap();
    let found = of(&model);
    assert_eq!(found.len(), 2);
    let Discount::Between(low, high) = &found[0].to else {
        panic!("the golden section is no fraction");
    };
    let worth = |x: &Rational| x * x + x - Rational::ONE;
    assert!(worth(low) < Rational::ZERO && worth(high) > Rational::ZERO);
    assert!((found[0].to.to_f64() - (5f64.sqrt() - 1.0) / 2.0).abs() < 1e-15);
}

/// A stay that pays 1 for ever beside a single payment of k: 1/(1 − γ) = k at γ = 1 − 1/k, also where
/// that is the discount that the search begins at, or as close to 1 as here.
#[test]
fn a_known_fraction_is_found_exactly() {
    for k in [2u64, 3, 4, 10, 1_000_003] {
        let model = Draft::new(["start", "end"], ["stay", "leave"])
            .outcome("start", "stay", "start", 1, 1)
            .outcome("start", "leave", "end", 1, k as i64)
            .terminal("end")
            .discount("1/2")
            .start("start")
            .check()
            .unwrap();
        let found = of(&model);
        let expected = Rational::ONE - Rational::ONE / Rational::from(k);
        assert_eq!(found.len(), 2, "{k}");
        assert_eq!(found[1].from, Discount::Exact(expected), "{k}");
    }
}

/// A tie at a single discount is no change: at 1/2 two plans are worth the same, elsewhere the first is
/// better, since (1 − 2γ)² ≥ 0.
#[test]
fn what_only_touches_is_no_change() {
    let model = Draft::new(["start", "a", "b", "c", "end"], ["plain", "plan"])
        .outcome("start", "plain", "end", 1, 1)
        .outcome("start", "plan", "a", 1, 0)
        .outcome("a", "plain", "b", 1, 4)
        .outcome("b", "plain", "end", 1, -4)
        .outcome("c", "plain", "end", 1, 0)
        .terminal("end")
        .discount("1/3")
        .start("start")
        .check()
        .unwrap();
    // plan − plain = 4γ − 4γ² − 1 = −(1 − 2γ)²
    let found = of(&model);
    assert_eq!(found.len(), 1);
}
