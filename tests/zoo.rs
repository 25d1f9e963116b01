//! Every shipped model against what is known of it: tests/zoo/answers.txt.

use std::collections::BTreeMap;
use std::path::Path;

use exact_mdp::control::{self, Optimum};
use exact_mdp::estimator::{Detail, Estimator, Experiment, Psi, Sampling};
use exact_mdp::evaluation::Evaluation;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Mdp, Names, Space};
use exact_mdp::model::{CriterionKind, Model, Overrides};
use exact_mdp::number::{Number, Rational};
use exact_mdp::policy::Policy;
use exact_mdp::solved::Solved;

/// Relative agreement with the 20 digits of an answer; what is 0 may be rounding.
const RELATIVE: f64 = 2e-9;
const ROUNDING: f64 = 1e-12;

/// One line of the answers.
struct Answer<'a> {
    quantity: &'a str,
    arguments: Vec<&'a str>,
    value: &'a str,
    decimal: &'a str,
}

/// Model, overrides and policy, as written.
type Setting<'a> = (&'a str, &'a str, &'a str);

/// A model under a policy, evaluated.
struct Case {
    mdp: Mdp,
    policy: Policy,
    optimum: Option<Optimum>,
    evaluation: Evaluation,
}

fn index(names: &Names, name: &str) -> usize {
    let found = names.iter().position(|n| n == name);
    found.unwrap_or_else(|| panic!("no name {name}"))
}

fn overrides(text: &str) -> Overrides {
    let mut overrides = Overrides::default();
    match text.split_once('=') {
        Some(("discount", x)) => overrides.discount = Some(x.parse::<Number>().unwrap()),
        Some(("horizon", x)) => overrides.horizon = Some(x.parse().unwrap()),
        Some(("criterion", "average")) => overrides.criterion = Some(CriterionKind::Average),
        _ => assert_eq!(text, "-"),
    }
    overrides
}

fn ratio(text: &str) -> f64 {
    text.parse::<Number>().unwrap().to_f64()
}

/// π [SA] from words `name:x`, or from the one word that stands for all states.
fn probabilities(space: &Space, form: &str, words: &str) -> Vec<f64> {
    let pair_probability = |pair: usize| {
        let (state, action) = space.pair_names(pair);
        let only = space.pairs_of(space.state_of(pair)).len() == 1;
        let entry = |key: &str| {
            let mut words = words.split_whitespace().filter_map(|w| w.split_once(':'));
            words.find(|(name, _)| *name == key).map(|(_, value)| value)
        };
        match form {
            "prob" => ratio(entry(&action).unwrap_or("0")),
            _ if only => 1.0,
            "all" => f64::from(u8::from(action == words)),
            _ => f64::from(u8::from(entry(&state) == Some(&action))),
        }
    };
    (0..space.pairs()).map(pair_probability).collect()
}

fn policy(model: &Model, text: &str) -> Policy {
    let space = model.space();
    match text.split_once(' ') {
        Some((form, words)) => Policy::simplex(space, probabilities(space, form, words)).unwrap(),
        None if text == "file" => {
            Policy::from_specification(space, model.policy().unwrap()).unwrap()
        }
        None => Policy::uniform(space),
    }
}

impl Case {
    fn new(model: &Model, policy_text: &str) -> Case {
        let mdp: Mdp = model.mdp();
        let options = SolverOptions::default();
        let optimum = (policy_text == "optimal")
            .then(|| control::solve(&mdp, &control::ControlOptions::default()).unwrap());
        let policy = match &optimum {
            Some(optimum) => optimum.policy.clone(),
            None => policy(model, policy_text),
        };
        let evaluation = Evaluation::new(&mdp, &policy, &options).unwrap();
        Case {
            mdp,
            policy,
            optimum,
            evaluation,
        }
    }

    fn state(&self, name: &str) -> usize {
        index(self.mdp.space().state_names(), name)
    }

    fn pair(&self, names: &[&str]) -> usize {
        let space = self.mdp.space();
        let action = index(space.action_names(), names[1]);
        space.pair(self.state(names[0]), action).unwrap()
    }

    fn v(&self) -> &[f64] {
        self.optimum.as_ref().map_or(&self.evaluation.v, |o| &o.v)
    }

    fn gain(&self) -> &[f64] {
        let optimal = self.optimum.as_ref().and_then(|o| o.gain.as_ref());
        optimal.or(self.evaluation.gain.as_ref()).unwrap()
    }

    fn gradient(&self) -> Vec<f64> {
        let solved = Solved::new(self.mdp.clone(), self.policy.clone()).unwrap();
        solved.gradient().unwrap().to_vec()
    }

    /// Exact mean or variance of one trajectory's estimate.
    fn estimator(&self, psi: Psi, discounting: bool, mean: bool) -> Vec<f64> {
        let options = SolverOptions::default();
        let experiment =
            Experiment::new(&self.mdp, &self.policy, Sampling::Episodic, &options).unwrap();
        let estimator = Estimator::new(psi).with_discounting(discounting);
        let resolved = experiment.resolve(&estimator).unwrap();
        let moments = experiment.moments(&resolved, Detail::Variances).unwrap();
        if mean { moments.mean } else { moments.variance }
    }

    /// A parameter: a pair of a tabular policy, or a number.
    fn parameter(&self, arguments: &[&str]) -> usize {
        match arguments {
            [k] => k.parse().unwrap(),
            pair => self.pair(pair),
        }
    }

    fn number(&self, quantity: &str, arguments: &[&str]) -> f64 {
        let e = &self.evaluation;
        let at = |x: &[f64]| x[self.parameter(arguments)];
        match quantity {
            "v" | "bias" => self.v()[self.state(arguments[0])],
            "bias.diff" => self.v()[self.state(arguments[0])] - self.v()[self.state(arguments[1])],
            "q" => e.q[self.pair(arguments)],
            "A" => e.advantage[self.pair(arguments)],
            "J" => self.optimum.as_ref().map_or(e.j, |o| o.j),
            "rho" => e.occupancy[self.state(arguments[0])],
            "mass" | "length" => e.occupancy.iter().sum(),
            "gain" => self.gain()[self.state(arguments[0])],
            "grad" => at(&self.gradient()),
            "grad.norm" => self.gradient().iter().map(|x| x * x).sum::<f64>().sqrt(),
            "dropped" => at(&self.estimator(Psi::RewardToGo, false, true)),
            "var.rtg" => at(&self.estimator(Psi::RewardToGo, true, false)),
            "var.q" => at(&self.estimator(Psi::Q, true, false)),
            "vt" => self.by_time(arguments),
            "count.states" => self.mdp.states() as f64,
            "count.pairs" => self.mdp.pairs() as f64,
            "count.terminal" => {
                let space = self.mdp.space();
                let terminal = (0..space.states()).filter(|&s| space.is_terminal(s));
                terminal.count() as f64
            }
            other => panic!("no quantity {other}"),
        }
    }

    fn by_time(&self, arguments: &[&str]) -> f64 {
        let (time, state) = (
            arguments[0].parse::<usize>().unwrap(),
            self.state(arguments[1]),
        );
        match &self.optimum {
            Some(optimum) => optimum.by_time.as_ref().unwrap().v[time][state],
            None => self.evaluation.by_time.as_ref().unwrap().v[time][state],
        }
    }

    /// Names of the optimal actions of a state; at a time, of the action taken.
    fn actions(&self, quantity: &str, arguments: &[&str]) -> Vec<String> {
        let optimum = self.optimum.as_ref().unwrap();
        let space = self.mdp.space();
        let state = self.state(arguments[arguments.len() - 1]);
        let chosen = |pair: &usize| match quantity {
            "greedy" => optimum.greedy.contains(pair),
            _ => {
                let time: usize = arguments[0].parse().unwrap();
                optimum.by_time.as_ref().unwrap().policy[time][*pair] > 0.0
            }
        };
        let pairs = space.pairs_of(state).filter(chosen);
        pairs
            .map(|pair| space.pair_names(pair).1.into_owned())
            .collect()
    }

    /// A solve in floating point is exact relative to the largest value: one unit there, and in a
    /// gradient ρ(q∇π) as often as the mass of ρ says. The start of the vanishing-gradient chain is
    /// worth 10⁻¹⁴ of its end.
    fn rounding(&self, quantity: &str) -> f64 {
        let values = self.evaluation.v.iter();
        let unit = f64::EPSILON * values.fold(0.0, |largest: f64, v| largest.max(v.abs()));
        let visits: f64 = self.evaluation.occupancy.iter().sum();
        if quantity.starts_with("grad") {
            unit * visits
        } else {
            unit
        }
    }

    /// What is wrong, if anything.
    fn fault(&self, answer: &Answer) -> Option<String> {
        if let Some(names) = answer.value.strip_prefix("set ") {
            let mut expected: Vec<&str> =
                names.split([',', ' ']).filter(|n| !n.is_empty()).collect();
            let mut found = self.actions(answer.quantity, &answer.arguments);
            expected.sort_unstable();
            found.sort_unstable();
            return (found != expected).then(|| format!("{found:?}"));
        }
        let found = self.number(answer.quantity, &answer.arguments);
        let decimal = || answer.decimal.parse::<f64>().unwrap();
        let right = match answer.value.split_whitespace().next() {
            Some("rounds-to") => {
                let figure = answer.value.trim_start_matches("rounds-to").trim();
                let places = figure.split_once('.').map_or(0, |(_, digits)| digits.len());
                (found - ratio(figure)).abs() <= 0.5 * 10f64.powi(-(places as i32)) * (1.0 + 1e-9)
            }
            Some("<=") => found <= decimal(),
            Some(">=") => found >= decimal(),
            _ if decimal() == 0.0 => found.abs() <= ROUNDING,
            _ => {
                (found - decimal()).abs()
                    <= RELATIVE * decimal().abs() + self.rounding(answer.quantity)
            }
        };
        (!right).then(|| format!("{found:?}"))
    }
}

/// Over fractions nothing is lost, however small the answer.
#[test]
fn the_start_of_the_vanishing_gradient_chain_is_exact_over_fractions() {
    let root = Path::new(crate::ROOT);
    let model = Model::load(root.join("mdps/vanishing-gradient-chain.yaml")).unwrap();
    let mdp: Mdp<Rational> = model.mdp();
    let policy = Policy::from_specification(model.space(), model.policy().unwrap()).unwrap();
    let evaluation = Evaluation::new(&mdp, &policy, &SolverOptions::default()).unwrap();
    let expected: Number = "4398046511104/30240235805518085097066805".parse().unwrap();
    assert_eq!(evaluation.j, expected.to_rational());
}

#[test]
fn shipped_models_have_their_known_answers() {
    let root = Path::new(crate::ROOT);
    let text = std::fs::read_to_string(root.join("tests/zoo/answers.txt")).unwrap();
    let mut cases: BTreeMap<Setting, Vec<(&str, Answer)>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let [model, overrides, policy, quantity, value, decimal, _] =
            line.split(" | ").collect::<Vec<_>>()[..]
        else {
            panic!("seven fields in {line}");
        };
        let (quantity, rest) = quantity.split_once('[').unwrap_or((quantity, ""));
        let rest = rest.trim_end_matches(']');
        let arguments = rest.split(',').filter(|a| !a.is_empty()).collect();
        let answer = Answer {
            quantity,
            arguments,
            value,
            decimal,
        };
        let case = cases.entry((model, overrides, policy)).or_default();
        case.push((line, answer));
    }
    let mut wrong = Vec::new();
    for ((name, changes, policy), answers) in &cases {
        let path = root.join(format!("mdps/{name}.yaml"));
        let model = Model::load_with(&path, &overrides(changes)).unwrap();
        let case = Case::new(&model, policy);
        for (line, answer) in answers {
            if let Some(found) = case.fault(answer) {
                wrong.push(format!("{line}\n    found {found}"));
            }
        }
    }
    assert!(cases.len() > 60, "the answers were read");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
