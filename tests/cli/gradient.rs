//! `gradient` beside θ: entropy, derivatives of J in the model, and the routes on request.

use serde_json::{Value, json as value};

use super::{file, json, out, run};

const EXAMPLE: &str = "mdps/appendix-c.yaml";
const TWO_STATE: &str = "mdps/two-state.yaml";

/// Theory, appendix C: ρ(s,a), γρ(s,a)v(s'), v and ρ p^π v from its table.
#[test]
fn derivatives_in_the_model_are_the_fractions_of_appendix_c() {
    let wanted = "p,r,discount,initial,theta";
    let report = json(&["gradient", EXAMPLE, "--exact", "--with-respect-to", wanted]);
    let found = &report["with_respect_to"];
    assert_eq!(found["r"]["labels"][1], "r[x,b]");
    let visits = value!(["144/469", "432/469", "362/1407", "724/1407"]);
    assert_eq!(found["r"]["derivative"], visits);
    let labels = value!([
        "p[x|x,a]", "p[y|x,a]", "p[x|x,b]", "p[y|x,b]", "p[x|y,a]", "p[x|y,b]", "p[y|y,b]"
    ]);
    assert_eq!(found["p"]["labels"], labels);
    let derivative = value!([
        "6288/31423",
        "7584/31423",
        "18864/31423",
        "22752/31423",
        "47422/282807",
        "94844/282807",
        "114392/282807"
    ]);
    assert_eq!(found["p"]["derivative"], derivative);
    let discount = value!({"labels": ["discount"], "derivative": ["1322956/471345"]});
    assert_eq!(found["discount"], discount);
    assert_eq!(found["initial"]["labels"][0], "initial[x]");
    assert_eq!(
        found["initial"]["derivative"],
        value!(["262/201", "316/201"])
    );
    assert_eq!(found["theta"]["derivative"], report["gradient"]);
    assert_eq!(found["theta"]["labels"], report["policy"]["parameters"]);
}

/// A state without a value has no ∂J/∂ρ₀; a model without a discount no ∂J/∂γ.
#[test]
fn what_has_no_derivative_says_so() {
    let average = ["gradient", TWO_STATE, "--criterion", "average"];
    let refused = run(&[&average[..], &["--with-respect-to", "discount"]].concat());
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("no discount"), "{}", refused.err);
    let gain = json(&[&average[..], &["--with-respect-to", "initial"]].concat());
    // the gain 9/14 of both states, rounded once
    let slopes = &gain["with_respect_to"]["initial"]["derivative"];
    assert_eq!(*slopes, value!([9.0 / 14.0, 9.0 / 14.0]));
    let model = "discount: 1\nstates: [a, b, end]\nactions: [go]\ninitial: a\n\
                 terminal: [end]\ntransitions: {a: {go: end}, b: {go: b}}\n";
    let (_folder, path) = file("model.yaml", model);
    let args = ["gradient", &path, "--with-respect-to", "initial", "--quiet"];
    let slopes = &json(&args)["with_respect_to"]["initial"]["derivative"];
    assert_eq!(*slopes, value!([0.0, null, 0.0]));
}

/// One state, two actions with rewards 1 and 0, γ = 1/2, uniform: v = 2(1/2 + α log 2), and
/// ∂J_α/∂θ = ρ π (q − α log π − v) = 2 · 1/2 · (±1/2), whatever α.
#[test]
fn entropy_is_paid_on_top() {
    let model = "discount: 1/2\nstates: [s]\nactions: [a, b]\ninitial: s\n\
                 transitions: {s: {a: s, b: s}}\nrewards: {s: {a: 1}}\n";
    let (_folder, path) = file("model.yaml", model);
    let report = json(&["gradient", &path, "--entropy", "1/4"]);
    let entropy = &report["entropy"];
    assert_eq!(entropy["alpha"], 0.25);
    let near = |x: &Value, y: f64| (x.as_f64().unwrap() - y).abs() < 1e-14;
    let log_2 = std::f64::consts::LN_2;
    assert!(near(&entropy["j"], 1.0 + log_2 / 2.0), "{entropy}");
    assert!(near(&entropy["v"][0], 1.0 + log_2 / 2.0), "{entropy}");
    // q is the same for both up to the reward, so only the rewards pull
    assert!(near(&entropy["gradient"][0], 0.5), "{entropy}");
    assert!(near(&entropy["gradient"][1], -0.5), "{entropy}");
    assert!(near(&entropy["entropy"][0], log_2), "{entropy}");
    assert!(near(&report["j"], 1.0), "J itself stays");
    let rows = out(&["gradient", &path, "--entropy", "1/4", "--format", "csv"]);
    assert!(rows.contains("\nentropy_j,,,,,1.34657"), "{rows}");
    assert!(
        rows.contains("\nentropy_gradient,,,\"theta[s,a]\",,"),
        "{rows}"
    );
}

#[test]
fn entropy_refuses_what_it_cannot_do() {
    for (flags, said) in [
        (&["--entropy", "-1"][..], "at least 0"),
        (&["--entropy", "1", "--exact"], "logarithms"),
        (&["--routes", "evolution", "--exact"], "evolution"),
        (&["--routes", "complex-step", "--exact"], "complex-step"),
    ] {
        let refused = run(&[&["gradient", EXAMPLE][..], flags].concat());
        assert_eq!(refused.code, Some(2), "{flags:?}");
        assert!(refused.err.contains(said), "{}", refused.err);
    }
    let surely = "parametrization: direct\nprobabilities: {x: {a: 1}, y: {a: 1}}\n";
    let (_folder, policy) = file("policy.yaml", surely);
    let refused = run(&["gradient", EXAMPLE, "--policy", &policy, "--entropy", "1"]);
    assert!(
        refused.err.contains("the entropy has no derivative"),
        "{}",
        refused.err
    );
}

/// All routes are the same gradient; evolution is another, off by its bias and its noise.
#[test]
fn routes_on_request() {
    let usual = json(&["gradient", TWO_STATE]);
    assert_eq!(usual["routes"].as_object().unwrap().len(), 5);
    assert_eq!(usual["evolution"], Value::Null);
    let flags = ["--routes", "all", "--samples", "400", "--sigma", "0.05"];
    let report = json(&[&["gradient", TWO_STATE][..], &flags].concat());
    let entries = |x: &Value| -> Vec<f64> {
        let entries = x.as_array().unwrap().iter();
        entries.map(|x| x.as_f64().unwrap()).collect()
    };
    let gradient = entries(&report["gradient"]);
    for (x, y) in entries(&report["routes"]["complex-step"])
        .iter()
        .zip(&gradient)
    {
        assert!((x - y).abs() < 1e-13);
    }
    let evolution = &report["evolution"];
    assert_eq!(evolution["samples"], 400);
    let (mean, error) = (&evolution["mean"], &evolution["standard_error"]);
    let bias = entries(&evolution["leading_bias"]);
    for (k, mean) in entries(mean).into_iter().enumerate() {
        let noise = entries(error)[k];
        assert!((mean - gradient[k] - bias[k]).abs() < 5.0 * noise);
    }
    // θ ± σξ are no probabilities of a direct policy: said when asked for, passed over with `all`
    let direct = run(&["gradient", EXAMPLE, "--routes", "evolution"]);
    assert!(direct.err.contains("leaves the simplex"), "{}", direct.err);
    let all = run(&["gradient", EXAMPLE, "--routes", "all"]);
    assert_eq!(all.code, Some(0), "{}", all.err);
}

/// One state, one action: there is no free parameter, and nothing to disagree about.
#[test]
fn a_policy_without_parameters_has_an_empty_gradient() {
    let model = "discount: 0.9\nstates: [a]\nactions: [x]\ninitial: a\n\
                 transitions: {a: {x: a}}\nrewards: {a: {x: 1}}\n\
                 policy: {parametrization: direct}\n";
    let (_folder, path) = file("model.yaml", model);
    let table = out(&["gradient", &path]);
    assert!(table.contains("All routes agree"), "{table}");
}

/// γ = 1, π(leave) = e⁻⁷⁰⁰: ρ and A are 10³⁰⁴ each. What the adjoint cannot hold is an error, not
/// an empty entry that agrees with anything.
#[test]
fn a_gradient_that_overflows_is_an_error() {
    let model = "discount: 1\nstates: [a, end]\nactions: [leave, stay]\ninitial: a\n\
                 terminal: [end]\ntransitions: {a: {leave: end, stay: a}}\n\
                 rewards: {a: {stay: 1}}\n\
                 policy: {theta: {a: {leave: -700, stay: 0}}}\n";
    let (_folder, path) = file("model.yaml", model);
    let refused = run(&["gradient", &path]);
    assert_eq!(refused.code, Some(2), "{}", refused.out);
    assert!(refused.err.contains("too large"), "{}", refused.err);
}

/// At θ = 10¹² a step of differences is below the spacing of numbers, and at a tiny temperature M₃
/// is none: the route is absent, with a reason. Where ∇J overflows the temperature is named.
#[test]
fn differences_are_absent_where_no_step_serves() {
    for policy in [
        "{theta: {a: {x: 1e12, y: 1e12}, b: {x: 0, y: 0}}}",
        "{temperature: 1e-308, theta: {a: {x: 1, y: 0}, b: {x: 0, y: 0}}}",
    ] {
        let (_folder, path) = file("model.yaml", &two_loops(policy, "1"));
        let report = json(&["gradient", &path, "-q"]);
        assert_eq!(
            report["routes"]["finite-difference"],
            Value::Null,
            "{policy}"
        );
        let table = out(&["gradient", &path, "-q"]);
        assert!(table.contains("no step"), "{table}");
    }
    let policy = "{temperature: 1e-308, theta: {a: {x: 0, y: 0}, b: {x: 0, y: 0}}}";
    let (_folder, path) = file("model.yaml", &two_loops(policy, "100"));
    let refused = run(&["gradient", &path]);
    assert_eq!(refused.code, Some(2), "{}", refused.out);
    assert!(
        refused.err.contains("temperature 1e-308"),
        "{}",
        refused.err
    );
}

/// Two states; action x leads to a, y to b; x pays in a.
fn two_loops(policy: &str, reward: &str) -> String {
    format!(
        "discount: 0.9\nstates: [a, b]\nactions: [x, y]\ninitial: a\n\
         transitions: {{a: {{x: a, y: b}}, b: {{x: a, y: b}}}}\n\
         rewards: {{a: {{x: {reward}}}}}\npolicy: {policy}\n"
    )
}

/// ψ² is beyond f64: no Fisher matrix. The natural gradient is ½·10¹⁶⁰·5/(¼·10³²⁰·10) = 10⁻¹⁶⁰, for which F is not made.
#[test]
fn a_fisher_matrix_that_overflows_is_an_error() {
    let text = "
discount: 0.9
states: [a]
actions: [x, y]
initial: a
transitions: {a: {x: a, y: a}}
rewards: {a: {x: 1}}
policy: {parametrization: log-linear, theta: [0], features: {a: {x: [1e160], y: [0]}}}
";
    let (_folder, path) = file("steep.yaml", text);
    let refused = run(&["gradient", &path, "--fisher", "--routes", "adjoint"]);
    assert_eq!((refused.out.as_str(), refused.code), ("", Some(2)));
    assert!(refused.err.contains("too large"), "{}", refused.err);
    let found = run(&["gradient", &path, "--natural", "--routes", "adjoint"]);
    assert!(found.out.contains("F of rank 1"), "{}", found.out);
    assert!(found.out.contains(" 1e-160"), "{}", found.out);
}

/// J = (1/2 − 1/2)/1 of a bandit with rewards ±1: what cancels is rounded all the same.
#[test]
fn differences_agree_where_rewards_cancel() {
    let text = "
discount: 0
states: [s]
actions: [left, right]
initial: s
transitions: {s: {left: s, right: s}}
rewards: {s: {left: 1, right: -1}}
";
    let (_folder, path) = file("bandit.yaml", text);
    let report = json(&["gradient", &path]);
    let differences = &report["routes"]["finite-difference"];
    let bounds = &report["finite_difference_error_bound"];
    // ∂J/∂θ = π(1 − π)(1 − (−1))
    for (k, expected) in [0.5, -0.5].into_iter().enumerate() {
        let error = (differences[k].as_f64().expect("a number") - expected).abs();
        let bound = bounds[k].as_f64().expect("a bound");
        assert!(error <= bound && bound < 1e-9, "{error} of at most {bound}");
    }
}

/// −37 between logits under a mixture: the adjoint was 4 % off, and the others were blamed.
#[test]
fn routes_agree_for_a_mixed_policy_on_a_horizon() {
    let text = "
horizon: 4
discount: 1
states: [s0, s1]
actions: [a, b, c]
initial: s0
transitions:
  s0: {b: s1}
  s1: {c: s0, b: {s0: 5e-7, s1: 0.9999995}, a: s0}
rewards: {s0: {b: 10000}, s1: {c: 1, b: -1, a: 0.001}}
policy:
  parametrization: softmax
  mix: {uniform: 0.05}
  theta: {s0: {b: 0}, s1: {c: 1.8270006950971927, b: 0, a: 37.3374443290514}}
";
    let (_folder, path) = file("mixed.yaml", text);
    let report = json(&["gradient", &path]);
    let number = |x: &serde_json::Value| x.as_f64().expect("a number");
    assert!(number(&report["max_disagreement"]) <= number(&report["tolerance"]));
    let certified = json(&["gradient", &path, "--certify"]);
    let (found, proven) = (&report["gradient"], &certified["gradient"]);
    for k in 0..4 {
        let (found, proven) = (number(&found[k]), number(&proven[k]));
        assert!(
            (found - proven).abs() <= 1e-12 * proven.abs(),
            "{found}, {proven}"
        );
    }
}

/// A constant added to every reward moves no gradient but that of time: what stands beside ∇J has the digits of the
/// model without it.
#[test]
fn what_stands_beside_keeps_its_digits_beside_large_values() {
    let model = |rewards: [&str; 3]| {
        let [x, y, back] = rewards;
        let text = format!(
            "discount: 0.99\nstates: [s, t]\nactions: [x, y]\ninitial: s\n\
             transitions: [[s, x, t, 1, {x}], [s, y, s, 1, {y}], [t, x, s, 1, {back}]]\n"
        );
        file("model.yaml", &text)
    };
    let third = "parametrization: direct\nprobabilities: {s: {x: 1/3, y: 2/3}, t: {x: 1}}\n";
    let (_folder, other) = file("policy.yaml", third);
    let flags = [
        "--surrogate",
        &other,
        "--clip",
        "0.2",
        "--excursion",
        &other,
    ];
    let (_small, plain) = model(["0", "0.5", "0"]);
    let (_large, moved) = model(["1000000000", "1000000000.5", "1000000000"]);
    let ask = |model: &str| json(&[&["gradient", model][..], &flags].concat());
    let (plain, moved) = (ask(&plain), ask(&moved));
    for place in [
        "/surrogate/gradient/0",
        "/surrogate/clipped/value",
        "/surrogate/clipped/gradient/1",
        "/excursion/gradient/0",
        "/excursion/semi_gradient/0",
    ] {
        let at = |report: &Value| report.pointer(place).and_then(Value::as_f64).expect(place);
        let (expected, found) = (at(&plain), at(&moved));
        assert!(
            (found / expected - 1.0).abs() < 1e-12,
            "{place}: {found} {expected}"
        );
    }
}

/// J = 1 whatever is done near this policy: ∇J and ∇²J are 0, which balls prove where the bounds of floating point grow
/// with the third and fourth power of the time to leave.
#[test]
fn bounds_that_show_are_those_of_balls() {
    let model = ["gradient", "mdps/gain-jumps.yaml", "--hessian", "--quiet"];
    let report = json(&model);
    assert_eq!(report["hessian_error"], Value::Null);
    assert_eq!(report["gradient_error"], Value::Null);
    assert!(!out(&model).contains("±"), "{}", out(&model));
    // a ⇄ b left with 1/1000, 1 a step in b: ∂²J by its fraction, within the bound beside it where one is told
    let text = "criterion: average\nstates: [a, b]\nactions: [stay, go]\ninitial: a\n\
                policy: {parametrization: direct, probabilities: {a: {stay: 999/1000, go: 1/1000}, b: {stay: 999/1000, go: 1/1000}}}\n\
                transitions: [[a, stay, a, 1, 0], [a, go, b, 1, 0], [b, stay, b, 1, 1], [b, go, a, 1, 1]]\n";
    let (_folder, path) = file("model.yaml", text);
    let ask = |more: &[&str]| json(&[&["gradient", &path, "--hessian"][..], more].concat());
    let (floats, exact) = (ask(&[]), ask(&["--exact"]));
    let bound = floats["hessian_error"].as_f64().unwrap_or(0.0);
    for (x, y) in ["/hessian/0/0", "/hessian/0/1", "/hessian/1/1"].map(|place| {
        let text = exact.pointer(place).and_then(Value::as_str).expect(place);
        let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
        let exact = top.parse::<f64>().expect(text) / bottom.parse::<f64>().expect(text);
        (
            floats.pointer(place).and_then(Value::as_f64).expect(place),
            exact,
        )
    }) {
        assert!((x - y).abs() <= bound + 1e-15 * y.abs(), "{x} {y} {bound}");
    }
    assert!(bound < 1e-9 * 1e6, "{bound}");
}

/// With π(y) = ε over two steps J = 2 + ε/2 − 3ε²/4: at ε = 0 it gains 1/2 towards y, where ρ(s) times the advantage of time 0 is
/// −1/2.
#[test]
fn what_an_action_gains_over_a_horizon_is_the_derivative_of_j() {
    let text = "horizon: 2\ndiscount: 1\nstates: [s, e]\nactions: [x, y]\ninitial: s\nterminal: [e]\n\
                policy: {parametrization: simplex, probabilities: {s: {x: 1, y: 0}}}\n\
                transitions: [[s, x, s, 1, 1], [s, y, e, 1, 7/4]]\n";
    let (_folder, path) = file("model.yaml", text);
    let model = ["gradient", &path, "--toward-actions", "--routes", "adjoint"];
    assert_eq!(json(&model)["toward_actions"], value!([0.0, 0.5]));
    let exact = json(&[&model[..], &["--exact"]].concat());
    assert_eq!(exact["toward_actions"], value!(["0", "1/2"]));
}

/// F⁺∇J of two independent features of three actions: w₂ = 2³⁷ and w₁ = −3 − 2³⁷, features 2⁻³⁷ apart; and with θ·φ = 0 of terms of
/// 9·10¹⁰ the bandit of two arms has J = 3/2.
#[test]
fn features_that_are_alike_or_cancel_keep_their_digits() {
    let bandit = "discount: 0\nstates: [s, e]\nactions: [x, y, z]\ninitial: s\nterminal: [e]\n\
                  transitions: [[s, x, e, 1, 1], [s, y, e, 1, 2], [s, z, e, 1, 4]]\n";
    let (_folder, path) = file("model.yaml", bandit);
    let near = "{parametrization: log-linear, features: {s: {x: [1,1], y: [1,\"137438953473/137438953472\"], z: [0,0]}}, theta: [0,0]}";
    let report = json(&["gradient", &path, "--natural", "--policy", near]);
    let whole = 137_438_953_472.0;
    for (k, exact) in [(0, -3.0 - whole), (1, whole)] {
        let found = report["natural"][k].as_f64().expect("a number");
        assert!((found / exact - 1.0).abs() < 1e-14, "{found}");
    }
    assert_eq!(report["fisher_rank"], 2);
    assert_eq!(report["natural_error"], Value::Null);
    let far = "{parametrization: log-linear, features: {s: {x: [0.7, 0.1], y: [0,0], z: [0,0]}}, theta: [123456789012, -864197523084]}";
    let report = json(&["evaluate", &path, "--policy", far]);
    let j = report["j"].as_f64().expect("a number");
    assert!((j - 7.0 / 3.0).abs() < 1e-15, "{j}");
}

/// A mean of 10¹⁰ + 1/3 beside actions 10¹⁰ and 10¹⁰ + 1: J is that of the third, its scores are those of a float, and what that is
/// worth in ∇J is told; certified numbers know it.
#[test]
fn gaussian_scores_of_means_that_no_float_is_have_their_bound() {
    let text = "discount: 0.9\nstates: [a, b]\nactions: [\"10000000000\", \"10000000001\"]\ninitial: a\n\
        transitions: {a: {10000000000: {b: 0.5, a: 0.5}, 10000000001: b}, b: {10000000000: a, 10000000001: b}}\n\
        rewards: {b: {10000000000: 1, 10000000001: 2}}\n\
        policy: {parametrization: gaussian, theta: [30000000001/3, 10000000000, 0, 1/3]}\n";
    let (_folder, path) = file("model.yaml", text);
    let ask = |flags: &[&str]| -> Value {
        let found = out(&[&["gradient", &path, "--format", "json"], flags].concat());
        serde_json::from_str(&found).unwrap()
    };
    let (found, proven) = (ask(&[]), ask(&["--certify"]));
    let j = |report: &Value| report["j"].as_f64().unwrap();
    assert!((j(&found) - j(&proven)).abs() <= 1e-14, "{found}");
    let error = found["gradient_error"].as_f64().expect("a bound");
    let entries = |report: &Value| -> Vec<f64> {
        let all = report["gradient"].as_array().unwrap();
        all.iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let apart = entries(&found).into_iter().zip(entries(&proven));
    let apart = apart.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
    assert!(
        apart <= error && error <= 1.1 * apart + 1e-15,
        "{apart} {error}"
    );
}
