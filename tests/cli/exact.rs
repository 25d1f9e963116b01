//! `--exact`: every number is the fraction of the theory's worked example, or an error says why not.

use serde_json::{Value, json as value};

use super::{file, json, out, run};

const EXAMPLE: &str = "mdps/appendix-c.yaml";

/// Theory, Appendix C.
#[test]
fn evaluate_gives_the_fractions_of_appendix_c() {
    let report = json(&["evaluate", EXAMPLE, "--exact"]);
    assert_eq!(report["v"], value!(["262/201", "316/201"]));
    let q = value!(["484/201", "188/201", "734/201", "107/201"]);
    assert_eq!(report["q"], q);
    let advantage = value!(["74/67", "-74/201", "418/201", "-209/201"]);
    assert_eq!(report["advantage"], advantage);
    assert_eq!(report["occupancy"], value!(["576/469", "362/469"]));
    assert_eq!(report["j"], "1418/1005");
    let policy = &report["policy"];
    assert_eq!(
        policy["probabilities"],
        value!(["1/4", "3/4", "1/3", "2/3"])
    );
    assert_eq!(report["criterion"]["discount"], "1/2");
    assert_eq!(report["solver"]["residual"], "0");
}

#[test]
fn other_criteria_are_exact_too() {
    let average = ["evaluate", EXAMPLE, "--exact", "--criterion", "average"];
    let report = json(&average);
    assert_eq!(report["j"], "482/687");
    assert_eq!(report["bias"], value!(["-5355/52441", "9072/52441"]));
    let report = json(&["evaluate", EXAMPLE, "--exact", "--horizon", "2"]);
    assert_eq!(report["j"], "67849/64000");
    let values = value!([["2439/2560", "977/800"], ["29/48", "13/15"], ["0", "0"]]);
    assert_eq!(report["v_by_time"], values);
}

#[test]
fn gradient_gives_the_fractions_of_appendix_c_by_every_route() {
    let all = ["--jacobian", "--hessian", "--natural", "--fisher"];
    let report = json(&[&["gradient", EXAMPLE, "--exact"][..], &all].concat());
    let gradient = value!(["56832/31423", "75658/31423"]);
    assert_eq!(report["gradient"], gradient);
    for route in ["bellman", "adjoint", "nabla-log"] {
        assert_eq!(report["routes"][route], gradient, "{route}");
    }
    assert_eq!(report["routes"]["dual"], Value::Null);
    assert_eq!(report["max_disagreement"], "0");
    let jacobian = value!([
        ["75776/31423", "35530/31423"],
        ["28416/31423", "135850/31423"]
    ]);
    assert_eq!(report["jacobian"], jacobian);
    let hessian = value!([
        ["-11366400/14737387", "2454528/2105341"],
        ["2454528/2105341", "-21789504/14737387"]
    ]);
    assert_eq!(report["hessian"], hessian);
    assert_eq!(
        report["fisher"],
        value!([["3072/469", "0"], ["0", "1629/469"]])
    );
    assert_eq!(report["natural"], value!(["37/134", "418/603"]));
    let average = ["gradient", EXAMPLE, "--exact", "--criterion", "average"];
    assert_eq!(
        json(&average)["gradient"],
        value!(["50496/52441", "59075/52441"])
    );
    let report = json(&["gradient", EXAMPLE, "--exact", "--horizon", "2"]);
    assert_eq!(report["gradient"], value!(["6371/4800", "3689/2000"]));
}

#[test]
fn solve_gives_the_optimum_of_appendix_c() {
    let report = json(&["solve", EXAMPLE, "--exact"]);
    assert_eq!(report["v"], value!(["4", "5"]));
    assert_eq!(report["j"], "22/5");
    assert_eq!(report["error_bound"], "0");
    assert_eq!(report["greedy"], value!([["x", "a"], ["y", "a"]]));
}

/// ∇J of a softmax in θ depends on θ through π only: ∂J/∂θ(s,a) = ρ(s) π(a|s) A(s,a)/τ.
#[test]
fn a_softmax_policy_given_by_probabilities_has_a_rational_gradient() {
    let probabilities = "{x: {a: 1/4, b: 3/4}, y: {a: 1/3, b: 2/3}}";
    let (_folder, policy) = file(
        "policy.yaml",
        &format!("parametrization: softmax\nprobabilities: {probabilities}\n"),
    );
    let arguments = ["gradient", EXAMPLE, "--exact", "--policy", &policy];
    let noted = run(&arguments).err;
    assert!(noted.contains("θ = τ log π is no fraction"), "{noted}");
    let report = json(&[&arguments[..], &["--quiet"]].concat());
    // 576/469 · 1/4 · 74/67 and 362/469 · 1/3 · 418/201
    let expected = value!([
        "10656/31423",
        "-10656/31423",
        "151316/282807",
        "-151316/282807"
    ]);
    assert_eq!(report["gradient"], expected);
    assert_eq!(report["policy"]["theta"], Value::Null);
}

#[test]
fn tables_show_as_many_digits_as_asked() {
    let table = out(&["evaluate", EXAMPLE, "--exact", "--digits", "50"]);
    // 1418/1005
    let digits = "1418/1005 ≈ 1.4109452736318407960199004975124378109452736318408";
    assert!(table.contains(&format!("J = {digits}\n")), "{table}");
}

#[test]
fn what_is_irrational_is_named() {
    let random = run(&["evaluate", EXAMPLE, "--exact", "--policy", "random:1"]);
    assert_eq!(random.code, Some(2));
    assert!(random.err.contains("random:1"), "{}", random.err);
    let (_folder, policy) = file("policy.yaml", "theta: {x: {a: 1/2, b: 0}, y: {a: 0, b: 0}}");
    let theta = run(&["evaluate", EXAMPLE, "--exact", "--policy", &policy]);
    assert_eq!(theta.code, Some(2));
    for part in ["`x`", "1/2", "not a fraction", "probabilities"] {
        let said = theta.err.replace("\n", " ");
        assert!(said.contains(part), "{part}: {}", theta.err);
    }
}

#[test]
fn rows_that_miss_1_are_refused_by_name() {
    let model = "discount: 1/2\nstates: [s]\nactions: [a]\ninitial: s\n\
                 transitions: {s: {a: {s: 0.9999999999}}}\n";
    let (_folder, path) = file("rounded.yaml", model);
    let refused = run(&["evaluate", &path, "--exact"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("`s/a`"), "{}", refused.err);
    assert_eq!(run(&["evaluate", &path]).code, Some(0));
}

/// v = r^π + γ p^π v and ∇J by two routes, in fractions of thousands of digits.
#[test]
fn a_garnet_of_200_states_solves_its_bellman_equation_exactly() {
    use exact_mdp::evaluation::action_values;
    use exact_mdp::gradient::Route;
    use exact_mdp::model::Model;
    use exact_mdp::number::Rational;
    use exact_mdp::policy::Policy;
    use exact_mdp::solved::Solved;

    let mut text = String::from(
        "discount: 9/10\nstates: 200\nactions: [l, r]\ninitial: uniform\ntransitions:\n",
    );
    for s in 0..200usize {
        let row = |k: usize| {
            format!(
                "{{\"{}\": 1/2, \"{}\": 1/2}}",
                (s * 7 + k) % 200,
                (s * s + 3 * k + 1) % 200
            )
        };
        // the two successors may coincide: 1/2 + 1/2 under one key would be a duplicate
        let row = |k: usize| {
            if (s * 7 + k) % 200 == (s * s + 3 * k + 1) % 200 {
                format!("\"{}\"", (s * 7 + k) % 200)
            } else {
                row(k)
            }
        };
        text += &format!("  \"{s}\": {{l: {}, r: {}}}\n", row(0), row(5));
    }
    text += "rewards:\n";
    for s in 0..200 {
        text += &format!("  \"{s}\": {{l: {}/4, r: {}}}\n", s % 5, s % 3);
    }
    let model = Model::parse("garnet", &text).unwrap();
    let mdp = model.exact_mdp().unwrap();
    let policy: Policy<Rational> = Policy::uniform(mdp.space());
    let solved = Solved::new(mdp.clone(), policy).unwrap();
    let evaluation = solved.evaluation();
    let q = action_values(&mdp, &evaluation.v).unwrap();
    let half = Rational::from_parts(1.into(), 2u8.into());
    for s in 0..200 {
        assert_eq!(evaluation.v[s], (&q[2 * s] + &q[2 * s + 1]) * &half, "{s}");
    }
    let routes = [Route::Adjoint, Route::NablaLog];
    let gradient = solved.gradient_by(&routes).unwrap();
    assert_eq!(
        gradient.routes[1].gradient.as_ref(),
        Some(&gradient.gradient)
    );
    let from_occupancy = evaluation.pair_occupancy.iter().zip(mdp.r());
    let j = from_occupancy.fold(Rational::ZERO, |sum, (x, r)| sum + x * r);
    assert_eq!(j, evaluation.j);
}
