//! States and actions that are numbers: dynamics by formulas, Gaussian policies, against closed forms.

use std::sync::Arc;

use exact_mdp::arithmetic::Choice;
use exact_mdp::continuous::expected_minimum;
use exact_mdp::control::{ControlOptions, solve};
use exact_mdp::load::parse_policy;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;
use exact_mdp::study::{ContinuousRequest, Note, Notes, continuous};

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
        let best = solve(&mdp, &ControlOptions::default()).unwrap();
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
        (format!("{axes}dynamics: {{next: {{x: s}}}}"), "unknown key"),
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

/// x = (q₀, q₁, q₂) = (0, 1, 3) under π = (1/4, 1/2, 1/4), θ = (π₀, π₁), one step: ∇F = (1, 0), (1, 1), so
/// that x is (−4/3, 0), (−4, −8/3), (−8/3, −8/3); by scores ψq is (0, 0), (0, 2), (−12, −12).
#[test]
fn moved_actions_have_the_law_of_an_enumeration_in_fractions() {
    let text = "
criterion: total
states: [start, end]
actions: [0, 1, 5]
initial: start
terminal: [end]
transitions: {start: {0: end, 1: end, 5: end}}
rewards: {start: {1: 1, 5: 3}}
policy: {parametrization: direct, theta: [1/4, 1/2]}
";
    let model = Model::parse("m.yaml", text).unwrap();
    let over = model.over::<Rational>().unwrap();
    let solved = over.solve(Choice::Own).unwrap();
    let found = solved.reparametrized().unwrap();
    let fractions = |x: &[Rational]| x.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(fractions(&found.gradient), ["-3", "-2"]);
    assert_eq!(fractions(&found.moved.mean), ["-3", "-2"]);
    assert_eq!(fractions(&found.moved.variance), ["11/9", "4/3"]);
    assert_eq!(fractions(&found.scored.mean), ["-3", "-2"]);
    assert_eq!(fractions(&found.scored.variance), ["27", "34"]);
}

/// Sums of x over a long trajectory: two loops of one state each, against the moments of a geometric sum.
/// X = x + γX' with independent x: Var X = Var x/(1 − γ²).
#[test]
fn moved_actions_add_up_along_a_trajectory() {
    let text = "
discount: 1/2
states: [only]
actions: [0, 1, 5]
initial: only
transitions: {only: {0: only, 1: only, 5: only}}
rewards: {only: {1: 1, 5: 3}}
policy: {parametrization: direct, theta: [1/4, 1/2]}
";
    let model = Model::parse("m.yaml", text).unwrap();
    let solved = model
        .over::<Rational>()
        .unwrap()
        .solve(Choice::Own)
        .unwrap();
    let found = solved.reparametrized().unwrap();
    let fractions = |x: &[Rational]| x.iter().map(ToString::to_string).collect::<Vec<_>>();
    // the sums of one step times 1/(1 − γ) and 1/(1 − γ²)
    assert_eq!(fractions(&found.gradient), ["-6", "-4"]);
    assert_eq!(fractions(&found.moved.mean), ["-6", "-4"]);
    assert_eq!(fractions(&found.moved.variance), ["44/27", "16/9"]);
    let floats = model.solve(Choice::Own).unwrap().reparametrized().unwrap();
    assert!((floats.moved.variance[0] - 44.0 / 27.0).abs() < 1e-13);
}

/// Fine grids: of q linear in a the moved action has no variance in μ, the scored one keeps σ²ρ.
#[test]
fn a_fine_grid_has_the_laws_of_a_normal_action() {
    let text = "
discount: 1/2
states: {from: 0, to: 1, steps: 2}
actions: {from: -6, to: 6, steps: 121}
initial: 0
dynamics: {next: s, reward: a}
policy: {parametrization: gaussian, mean: 0, log_sigma: 0}
";
    let model = Model::parse("m.yaml", text).unwrap();
    let solved = model.solve(Choice::Own).unwrap();
    let found = solved.reparametrized().unwrap();
    // per step: x → (1, a); ψa → (a², (a² − 1)a) with variances 2 and E(a³ − a)² = 15 − 6 + 1
    let sums = |one: f64| one / (1.0 - 0.25);
    let close = |x: f64, y: f64, within: f64| assert!((x - y).abs() < within, "{x} {y}");
    close(found.gradient[0], 2.0, 1e-6);
    close(found.moved.variance[0], 0.0, 1e-4);
    close(found.moved.variance[2], sums(1.0), 0.01);
    close(found.scored.variance[0], sums(2.0), 1e-4);
    close(found.scored.variance[2], sums(10.0), 1e-2);
}

/// s' = s + a ± h on a grid that all of these are on, γ = 9/10, from 1/2.
fn on_the_grid(steps: usize) -> Model {
    let h = 2.0 / (steps as f64 - 1.0);
    let text = format!(
        "discount: 9/10
states: {{from: -1, to: 1, steps: {steps}}}
actions: {{from: -1, to: 1, steps: {steps}}}
initial: 0.5
dynamics:
  next: s + a + w
  noise: {{-{h}: 1/2, {h}: 1/2}}
  reward: -(s^2 + a^2/2)
policy: {{parametrization: gaussian, features: [s], mean: [-1/2], log_sigma: [0]}}
"
    );
    Model::parse("lq.yaml", &text).unwrap()
}

/// dJ/dw of a = ws + σξ, w = −k: J = −(P/4 + (σ²/2 + γP(h² + σ²))/(1 − γ)), P = (1 + k²/2)/(1 − γ(1 − k)²).
fn slope_of_linear_rule(w: f64, h: f64, sigma: f64) -> f64 {
    let p = |w: f64| (1.0 + w * w / 2.0) / (1.0 - 0.9 * (1.0 + w).powi(2));
    let slope = (p(w + 1e-5) - p(w - 1e-5)) / 2e-5;
    -slope * (0.25 + 9.0 * (h * h + sigma * sigma))
}

/// The rule between actions has the closed form of σ = h/2, the Gaussian ones that of their σ, and what
/// is between them falls as σ² − h²/4.
#[test]
fn the_deterministic_limit_is_that_of_the_closed_form() {
    for steps in [17, 33] {
        let h = 2.0 / (steps as f64 - 1.0);
        let solved = on_the_grid(steps).solve(Choice::Own).unwrap();
        let scales = [1.0 / 8.0, 1.0 / 16.0];
        let limit = solved.deterministic_limit(&scales).unwrap();
        let expected = slope_of_linear_rule(-0.5, h, h / 2.0);
        assert!((limit.gradient[0] - expected).abs() < 1e-8, "{limit:?}");
        for (row, sigma) in limit
            .approach
            .iter()
            .zip(scales)
            .filter(|(_, sigma)| *sigma >= h)
        {
            assert!((row.sigma - sigma).abs() < 1e-15);
            let expected = slope_of_linear_rule(-0.5, h, sigma);
            let rounded = (row.gradient[0] - expected).abs();
            assert!(rounded < 1e-6, "{steps} {sigma} {rounded}");
        }
        let gap = |sigma: f64| sigma * sigma - h * h / 4.0;
        if steps == 33 {
            let order = (gap(scales[0]) / gap(scales[1])).ln() / 2f64.ln();
            let found = limit.approach[1].order.unwrap();
            assert!((found - order).abs() < 1e-3, "{found} {order}");
        }
    }
}

/// E min(e₁, e₂) by quadrature over the plane, and the bias of an episode that goes on with probability 1/2.
#[test]
fn the_smaller_of_two_critics_is_too_low_by_the_closed_form() {
    for (sigma, c) in [(1.0, 0.0), (0.5, 0.6), (2.0, -0.8)] {
        let (mut mean, mut mass) = (0.0, 0.0);
        for i in -120..=120 {
            for j in -120..=120 {
                let (x, y) = (f64::from(i) / 15.0, f64::from(j) / 15.0);
                let weight = (-(x * x + y * y) / 2.0).exp();
                let (one, other) = (x, c * x + (1.0f64 - c * c).sqrt() * y);
                mean += weight * sigma * one.min(other);
                mass += weight;
            }
        }
        let found = expected_minimum(sigma, c).unwrap();
        assert!(
            (found - mean / mass).abs() < 2e-3 * sigma,
            "{found} {}",
            mean / mass
        );
    }
    let text = "
discount: 1/2
states: [here, end]
actions: [stay, stop]
initial: here
terminal: [end]
transitions: {here: {stay: here, stop: end}}
rewards: {here: {stay: 1}}
";
    let model = Model::parse("m.yaml", text).unwrap();
    let solved = model
        .over::<Rational>()
        .unwrap()
        .solve(Choice::Uniform)
        .unwrap();
    let bias = solved.minimum_bias().unwrap();
    let fractions = |x: &[Rational]| x.iter().map(ToString::to_string).collect::<Vec<_>>();
    // β(stop) = 0, β(stay) = ½(1 + ½β(stay)) = 2/3; ∇ = ρ π (1 − π) (2/3 − 0), ρ = 4/3
    assert_eq!(fractions(&bias.q), ["2/3", "0"]);
    assert_eq!(bias.j.to_string(), "1/3");
    assert_eq!(fractions(&bias.gradient), ["2/9", "-2/9"]);
}

/// H_u of a fine grid is ½ log 2πeσ², E 2 log cosh u its series σ² − σ⁴/2 + 2σ⁶/3 − ….
#[test]
fn squashing_without_its_jacobian_overstates_the_entropy() {
    let text = "
discount: 1/2
states: {from: 0, to: 1, steps: 2}
actions: {from: -1, to: 1, steps: 201}
initial: 0
dynamics: {next: s}
policy: {parametrization: gaussian, mean: 0, log_sigma: -2.302585092994046}
";
    let model = Model::parse("m.yaml", text).unwrap();
    let found = model.solve(Choice::Own).unwrap().squashing().unwrap();
    let sigma = 0.1f64;
    let entropy = 0.5 * (2.0 * std::f64::consts::PI * std::f64::consts::E * sigma * sigma).ln();
    assert!(
        (found.before[0].unwrap() - entropy).abs() < 1e-12,
        "{found:?}"
    );
    let lost = sigma.powi(2) - sigma.powi(4) / 2.0 + 2.0 * sigma.powi(6) / 3.0;
    assert!((found.entropy[0] - lost).abs() < 3e-8, "{found:?}");
    assert!((found.after[0].unwrap() - (entropy - lost)).abs() < 3e-8);
    assert!((found.j - 2.0 * lost).abs() < 1e-7);
    // ∂E u²/∂log σ = 2σ² at first order, twice over all time
    let slope = 2.0 * (2.0 * sigma.powi(2) - 2.0 * sigma.powi(4) + 4.0 * sigma.powi(6));
    assert!((found.gradient[2] - slope).abs() < 1e-6, "{found:?}");
}

#[test]
fn what_continuous_actions_need_is_said() {
    let model = on_the_grid(5);
    let solved = model.solve(Choice::Uniform).unwrap();
    let said = solved.deterministic_limit(&[1.0]).unwrap_err().to_string();
    assert!(said.contains("of parametrization softmax"), "{said}");
    let own = model.solve(Choice::Own).unwrap();
    let said = own.deterministic_limit(&[0.0]).unwrap_err().to_string();
    assert!(said.contains("above 0"), "{said}");
    let named = Model::parse(
        "m.yaml",
        "{discount: 1/2, states: [x], actions: [go], initial: x, transitions: {x: {go: x}}}",
    );
    let said = named
        .unwrap()
        .solve(Choice::Uniform)
        .unwrap()
        .reparametrized()
        .unwrap_err();
    assert!(
        said.to_string().contains("`go`, which is no number"),
        "{said}"
    );
}

/// Only the limit's parabola asks for even steps: on 0, 1, 4 both ways to ∇J agree, and the limit is left out with a word.
#[test]
fn uneven_grids_have_all_but_the_limit() {
    let text = "
discount: 1/2
states: [s, t]
actions: [0, 1, 4]
initial: s
transitions:
  s: {0: s, 1: {s: 1/2, t: 1/2}, 4: t}
rewards:
  s: {0: 1, 1: 2, 4: -1}
terminal: [t]
policy: {parametrization: gaussian, mean: 1, log_sigma: 0}
";
    let model = Model::parse("m", text).unwrap();
    let notes = Notes::default();
    let report = continuous(&model, &ContinuousRequest::default(), &notes).unwrap();
    assert!(report.limit.is_none());
    let told = notes.taken();
    let is_told = |note: &Note| matches!(note, Note::Absent { quantity, .. } if *quantity == "deterministic limit");
    assert!(told.iter().any(is_told), "{told:?}");
    let solved = model.solve(Choice::Own).unwrap();
    // J = ρ(s) Σ π r with ρ(s) = 1/(1 − (π₀ + π₁/2)/2)
    let weights = [-0.5f64, 0.0, -4.5].map(f64::exp);
    let sum: f64 = weights.iter().sum();
    let [stay, toss, leave] = weights.map(|w| w / sum);
    let j = (stay + 2.0 * toss - leave) / (1.0 - stay / 2.0 - toss / 4.0);
    assert!((solved.j() - j).abs() < 1e-14);
    let moved = solved.reparametrized().unwrap();
    for (x, y) in moved.gradient.iter().zip(solved.gradient().unwrap()) {
        assert!((x - y).abs() < 1e-14, "{x} {y}");
    }
}
