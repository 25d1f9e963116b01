//! States and actions that are numbers: dynamics by formulas, Gaussian policies, against closed forms.

use std::sync::Arc;

use exact_mdp::control::{Options, solve};
use exact_mdp::load::parse_policy;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::number::Number;
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;

/// next s + a/2 ± 1/8, reward −(s² + a²/2), γ = 9/10, on a grid.
fn linear_quadratic(steps: usize) -> Model {
    let text = format!(
        "discount: 9/10
states: {{from: -1, to: 1, steps: {steps}}}
actions: {{from: -1, to: 1, steps: {steps}}}
initial: 1
dynamics:
  next: s + a/2 + w
  noise: {{-1/8: 1/2, 1/8: 1/2}}
  reward: -(s^2 + a^2/2)
"
    );
    Model::parse("lq.yaml", &text).unwrap()
}

/// The optimum without a grid, −(P s² + γ/(1 − γ) P σ²) at s = 1, by Riccati's equation
/// P = 1 + γA²P − (γABP)²/(R + γB²P), A = 1, B = R = 1/2, σ² = 1/64 (Bertsekas 2012, section 4.2).
fn riccati() -> f64 {
    let p = (0..1000).fold(1.0f64, |p, _| {
        1.0 + 0.9 * p - (0.45 * p).powi(2) / (0.5 + 0.225 * p)
    });
    -(p + 9.0 * p / 64.0)
}

/// The error against Riccati's equation falls by four as the grid halves.
#[test]
fn finer_grids_come_nearer_to_riccati() {
    let exact = riccati();
    assert!((exact + 2.2008263846214056).abs() < 1e-14);
    let error = |steps| {
        let model = linear_quadratic(steps);
        let mdp: Mdp = model.mdp();
        let best = solve(&mdp, &Options::default()).unwrap();
        let start = mdp.space().states() - 1;
        exact - best.v[start]
    };
    let errors = [9, 17, 33].map(error);
    assert!(errors.iter().all(|error| *error > 0.0), "{errors:?}");
    for pair in errors.windows(2) {
        let ratio = pair[0] / pair[1];
        assert!((3.9..4.3).contains(&ratio), "{errors:?}");
    }
}

fn policy(model: &Model, text: &str) -> Policy {
    let (read, _) = parse_policy("p.yaml", text, model.space()).unwrap();
    Policy::from_specification(model.space(), &read).unwrap()
}

/// Two actions ±1 and μ, σ: π(1) = 1/(1 + exp(−2μ/σ²)), and J = (2π − 1)/(1 − γ).
#[test]
fn two_actions_are_a_logistic_law() {
    let text = "
discount: 1/2
states: [only]
actions: [-1, 1]
initial: only
transitions: {only: {-1: only, 1: only}}
rewards: {only: {-1: -1, 1: 1}}
";
    let model = Model::parse("m.yaml", text).unwrap();
    let (mean, log_sigma) = (0.3f64, -0.2f64);
    let policy = policy(
        &model,
        "{parametrization: gaussian, mean: {only: 0.3}, log_sigma: -0.2}",
    );
    assert_eq!(policy.labels(), ["mean[only]", "log_sigma[only]"]);
    let precision = (-2.0 * log_sigma).exp();
    let pi = 1.0 / (1.0 + (-2.0 * mean * precision).exp());
    let slope = 2.0 * 2.0 * pi * (1.0 - pi) * 2.0 * precision;
    let solved = Solved::new(Arc::new(model.mdp()), Arc::new(policy)).unwrap();
    assert!((solved.j() - 2.0 * (2.0 * pi - 1.0)).abs() < 1e-14);
    let gradient = solved.gradient().unwrap();
    assert!((gradient[0] - slope).abs() < 1e-13, "{gradient:?}");
    assert!(
        (gradient[1] + 2.0 * mean * slope).abs() < 1e-13,
        "{gradient:?}"
    );
}

/// ∇J and the Hessian against differences, by state and with features that are formulas.
#[test]
fn derivatives_of_gaussian_policies_agree_with_differences() {
    let model = linear_quadratic(5);
    for text in [
        "{parametrization: gaussian, mean: [0.4, 0.1, -0.1, 0, -0.3], log_sigma: -0.5}",
        "{parametrization: gaussian, features: [1, s, s^2], mean: [0.1, -0.7, 0.2], log_sigma: [-0.3, 0, 0.4]}",
    ] {
        let policy = policy(&model, text);
        let mdp: Arc<Mdp> = Arc::new(model.mdp());
        let at = |theta: Vec<f64>| {
            let moved = Arc::new(policy.with_theta(theta).unwrap());
            Solved::new(Arc::clone(&mdp), moved).unwrap()
        };
        let theta = policy.theta().unwrap().to_vec();
        let here = at(theta.clone());
        let (gradient, hessian) = (here.gradient().unwrap(), here.hessian().unwrap());
        for k in 0..theta.len() {
            let step = 1e-5;
            let moved = |by: f64| {
                let mut theta = theta.clone();
                theta[k] += by;
                at(theta)
            };
            let (right, left) = (moved(step), moved(-step));
            let slope = (right.j() - left.j()) / (2.0 * step);
            assert!((slope - gradient[k]).abs() < 1e-8, "{text} {k}");
            let columns = [right.gradient().unwrap(), left.gradient().unwrap()];
            for l in 0..theta.len() {
                let second = (columns[0][l] - columns[1][l]) / (2.0 * step);
                assert!((second - hessian[(k, l)]).abs() < 1e-7, "{text} {k} {l}");
            }
        }
    }
}

/// A wrapped axis shares what crosses its seam among the last and the first point.
#[test]
fn circles_close() {
    let text = "
discount: 1/2
states: {from: 0, to: 1, steps: 4, wrap: true}
actions: {from: 0, to: 1/8, steps: 2}
initial: 0
dynamics: {next: s + 1/4 + a, reward: s*a}
";
    let model = Model::parse("m.yaml", text).unwrap();
    let names: Vec<_> = model.space().state_names().iter().collect();
    assert_eq!(names, ["0", "0.25", "0.5", "0.75"]);
    let (straight, between) = (model.space().pair(3, 0), model.space().pair(3, 1));
    let row = |pair: Option<usize>| {
        let outcomes = model.outcomes().of(pair.unwrap());
        let rows = outcomes.map(|o| (o.next, o.probability.clone(), o.reward.clone()));
        rows.collect::<Vec<_>>()
    };
    let half = Number::ratio(1, 2).unwrap();
    let reward = Number::ratio(3, 32).unwrap();
    assert_eq!(row(straight), [(0, Number::ONE, Number::ZERO)]);
    assert_eq!(
        row(between),
        [(0, half.clone(), reward.clone()), (1, half, reward)]
    );
}

#[test]
fn what_is_wrong_with_dynamics_is_said() {
    let model = |lines: &str| {
        let text = format!("discount: 1/2\ninitial: uniform\n{lines}");
        Model::parse("m.yaml", &text).unwrap_err().plain()
    };
    let axes = "states: {from: 0, to: 1, steps: 3}\nactions: {from: 0, to: 1, steps: 2}\n";
    let cases = [
        (
            format!("{axes}dynamics: {{next: s + b}}"),
            "neither a function nor one of s, a, w",
        ),
        (format!("{axes}dynamics: {{next: 1/s}}"), "divides by 0"),
        (
            format!("{axes}dynamics: {{next: s, noise: {{1: 1/2}}}}"),
            "sums to 1/2",
        ),
        (format!("{axes}dynamics: {{reward: s}}"), "`next`"),
        (
            format!("{axes}dynamics: {{next: {{x: s}}}}"),
            "the name of an axis",
        ),
        (
            format!("{axes}dynamics: {{next: s}}\nrewards: {{0: 1}}"),
            "`rewards`",
        ),
        (
            "states: {from: 1, to: 0, steps: 3}\nactions: [0]\ndynamics: {next: s}".into(),
            "above `from`",
        ),
        (
            "states: {from: 0, to: 1, steps: 1}\nactions: [0]\ndynamics: {next: s}".into(),
            "2 to 1,000,000",
        ),
        (
            "states: {from: 0, to: 1}\nactions: [0]\ndynamics: {next: s}".into(),
            "steps: 41",
        ),
        (
            "states: [x, y]\nactions: [0]\ndynamics: {next: s}".into(),
            "these `states` are none",
        ),
        (
            "states: [0, 1]\nactions: [go]\ndynamics: {next: s}".into(),
            "these `actions` are none",
        ),
        (
            "states: {a: {from: 0, to: 1, steps: 2}}\nactions: [0]\ndynamics: {next: a}".into(),
            "a name for an axis",
        ),
    ];
    for (lines, expected) in cases {
        let said = model(&lines);
        assert!(said.contains(expected), "{lines}\n{said}");
    }
}

#[test]
fn what_is_wrong_with_a_gaussian_policy_is_said() {
    let model = linear_quadratic(3);
    let named = Model::parse(
        "m.yaml",
        "{discount: 1/2, states: [x], actions: [go], initial: x, transitions: {x: {go: x}}}",
    )
    .unwrap();
    let read = |model: &Model, text: &str| {
        let read = parse_policy("p.yaml", text, model.space());
        let (read, _) = read.map_err(|errors| errors.plain())?;
        let made = Policy::<f64>::from_specification(model.space(), &read);
        made.map_err(|error| error.to_string())
    };
    let cases = [
        ("mean: [1, 2]", "2 instead of 3 entries"),
        ("mean: {-1: 0, 0: 0}", "says nothing about"),
        ("mean: {2: 0, 1: 0, 0: 0}", "`2`"),
        ("mean: 0, theta: [0, 0, 0, 0, 0, 0]", "`theta` and `mean`"),
        ("temperature: 2", "does not take `temperature`"),
        ("probabilities: [1]", "does not take `probabilities`"),
        ("features: [s, x]", "neither a function nor one of s"),
        ("features: [1/s]", "divides by 0"),
        ("features: [[1], [2]]", "2 instead of 3 entries"),
        ("log_sigma: -1000", "not finite"),
    ];
    for (keys, expected) in cases {
        let said = read(&model, &format!("{{parametrization: gaussian, {keys}}}"));
        let said = said.unwrap_err();
        assert!(said.contains(expected), "{keys}\n{said}");
    }
    let said = read(&named, "{parametrization: gaussian}").unwrap_err();
    assert!(said.contains("`go` is none"), "{said}");
}
