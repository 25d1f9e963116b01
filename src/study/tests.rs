use super::*;
use crate::ascent::AscentMethod;
use crate::mend::Front;
use crate::model::Model;
use crate::number::Number;
use crate::report::Quantity;
use crate::test_models::{TWO_STATE, two_state};

fn setting(numbers: Numbers, policy: &str) -> Setting {
    Setting {
        numbers,
        policy: policy.parse().unwrap(),
        ..Setting::default()
    }
}

fn j(numbers: Numbers) -> Quantity {
    let setting = setting(numbers, "uniform");
    evaluate(
        &two_state(),
        &EvaluateRequest {
            setting,
            ..EvaluateRequest::default()
        },
        &Notes::default(),
    )
    .unwrap()
    .j
}

/// The fraction lies within the bound around the certified number, and rounds to the float.
#[test]
fn one_request_has_one_answer_over_all_numbers() {
    let Quantity::Exact(exact) = j(Numbers::Exact) else {
        panic!("no fraction");
    };
    let exact = exact.to_f64().value();
    let Quantity::Certified { value, bound } = j(Numbers::Certified) else {
        panic!("no bound");
    };
    assert!((value - exact).abs() <= bound + f64::EPSILON * exact);
    assert!(bound < 1e-12);
    let float = j(Numbers::Float).value().unwrap();
    assert!((float - exact).abs() < 1e-12 * exact);
}

#[test]
fn a_mend_names_flags_or_arguments() {
    let setting = setting(Numbers::Exact, "random:1");
    let request = EvaluateRequest {
        setting,
        ..EvaluateRequest::default()
    };
    let error = evaluate(&two_state(), &request, &Notes::default()).unwrap_err();
    let mend = error.mend().unwrap();
    assert!(mend.worded(Front::Flags).contains("--certify"));
    let words = mend.worded(Front::Arguments);
    assert!(words.contains("s.certified()"), "{words}");
}

#[test]
fn options_that_change_nothing_are_errors() {
    let mut model = two_state();
    model = model
        .with_criterion(crate::mdp::Criterion::Average)
        .unwrap();
    let mut request = SolveRequest::default();
    request.options.tolerance = Some(1e-3);
    let error = solve(&model, &request, &Notes::default()).unwrap_err();
    assert!(error.to_string().contains("tolerance"), "{error}");
    assert!(!error.to_string().contains("--"), "{error}");
}

#[test]
fn what_should_be_known_is_told() {
    let notes = Notes::default();
    let request = CompareRequest {
        estimation: Estimation {
            estimators: Some("reward-to-go,gae:9/10,gae:0.9".into()),
            truncation: Some(3),
            ..Estimation::default()
        },
        options: crate::comparison::ComparisonOptions {
            trajectories: 10,
            ..Default::default()
        },
        ..CompareRequest::default()
    };
    compare(&two_state(), &request, &notes).unwrap();
    let estimator = "gae:0.9".to_string();
    assert_eq!(notes.taken(), [Note::Repeated { estimator }]);
}

#[test]
fn a_name_that_is_no_file_may_be_a_word_misspelt() {
    let misspelt = setting(Numbers::Float, "unifrom");
    let request = EvaluateRequest {
        setting: misspelt,
        ..EvaluateRequest::default()
    };
    let error = evaluate(&two_state(), &request, &Notes::default()).unwrap_err();
    assert!(error.to_string().contains("`uniform`"), "{error}");
    let text = "{probabilities: {cold: {wait: 1/2, heat: 1/2}, hot: {wait: 1/4, heat: 3/4}}}";
    let inline = setting(Numbers::Exact, text);
    let report = evaluate(
        &two_state(),
        &EvaluateRequest {
            setting: inline,
            ..EvaluateRequest::default()
        },
        &Notes::default(),
    )
    .unwrap();
    assert_eq!(report.head.policy.probabilities[3].value(), Some(0.75));
}

/// Every parametrization, with all that a file may say of it.
const POLICIES: [&str; 6] = [
    "{parametrization: softmax, temperature: 2, mix: {uniform: 0.1}, \
      theta: {cold: {wait: 1, heat: -1}, hot: {wait: 0, heat: 0.3}}}",
    "{parametrization: direct, mix: {uniform: 0.3}, theta: [0.1, 0.7]}",
    "{parametrization: simplex, \
      probabilities: {cold: {wait: 0.1, heat: 0.9}, hot: {wait: 1, heat: 0}}}",
    "{parametrization: log-linear, temperature: 0.5, theta: [1, 2], \
      features: {cold: {wait: [1, 0], heat: [0, 1]}, hot: {wait: [1, 1], heat: [0, 0.5]}}}",
    "{parametrization: log-linear, theta: {near: 1, far: 2}, \
      features: {cold: {wait: {near: 1, far: 0}, heat: {near: 0, far: 1}}, \
                 hot: {wait: {near: 1, far: 1}, heat: {near: 0, far: 3}}}}",
    "{parametrization: escort, power: 3, theta: {cold: {wait: 1, heat: 2}, hot: {wait: 2, heat: 1}}}",
];

fn written(report: &impl crate::report::Report) -> String {
    let mut text = Vec::new();
    crate::report::json::write(&report.entries(), &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_report_is_a_policy() {
    for policy in POLICIES {
        let request = EvaluateRequest {
            setting: setting(Numbers::Float, policy),
            ..EvaluateRequest::default()
        };
        let notes = Notes::default();
        let first = evaluate(&two_state(), &request, &notes).unwrap();
        let request = EvaluateRequest {
            setting: setting(Numbers::Float, &written(&first)),
            ..EvaluateRequest::default()
        };
        let again = evaluate(&two_state(), &request, &notes).unwrap();
        assert_eq!(written(&first), written(&again), "{policy}");
        assert_eq!(notes.taken(), [], "{policy}");
    }
}

/// Over fractions the θ of a softmax is none, and π is all that a report has.
#[test]
fn an_exact_report_is_a_policy() {
    let policy = "{mix: {uniform: 1/10}, \
        probabilities: {cold: {wait: 1/3, heat: 2/3}, hot: {wait: 1/7, heat: 6/7}}}";
    let request = |policy: &str| EvaluateRequest {
        setting: setting(Numbers::Exact, policy),
        ..EvaluateRequest::default()
    };
    let first = evaluate(&two_state(), &request(policy), &Notes::default()).unwrap();
    assert!(first.head.policy.theta.is_none());
    let again = evaluate(&two_state(), &request(&written(&first)), &Notes::default()).unwrap();
    assert_eq!(written(&first), written(&again));
}

#[test]
fn a_report_on_another_model_is_refused() {
    let other = TWO_STATE.replace("heat", "burn");
    let other = Model::parse("other.yaml", &other).unwrap();
    let request = EvaluateRequest::default();
    let report = evaluate(&other, &request, &Notes::default()).unwrap();
    let request = EvaluateRequest {
        setting: setting(Numbers::Float, &written(&report)),
        ..EvaluateRequest::default()
    };
    let error = evaluate(&two_state(), &request, &Notes::default()).unwrap_err();
    let StudyError::File(errors) = error else {
        panic!("{error}");
    };
    let words = errors.plain();
    assert!(
        words.contains("`cold/burn`") && words.contains("`cold/heat`"),
        "{words}"
    );
}

fn over(horizon: usize) -> Model {
    let discount = crate::number::Number::ONE;
    let criterion = crate::mdp::Criterion::FiniteHorizon { discount, horizon };
    two_state().with_criterion(criterion).unwrap()
}

/// The optimum of a horizon has a rule for each time, and as a policy it is optimal: by its name, as
/// the report of `solve`, and as that of `evaluate`.
#[test]
fn an_optimum_is_a_policy() {
    for numbers in [Numbers::Float, Numbers::Exact, Numbers::Certified] {
        let model = over(3);
        let solve_by = SolveRequest {
            numbers,
            ..SolveRequest::default()
        };
        let optimum = solve(&model, &solve_by, &Notes::default()).unwrap();
        let notes = Notes::default();
        let by = |policy: &str| {
            let request = EvaluateRequest {
                setting: setting(numbers, policy),
                returns: true,
            };
            evaluate(&model, &request, &notes).unwrap()
        };
        let named = by("optimal");
        assert_eq!(named.j.value(), optimum.j.value());
        assert_eq!(named.policy_by_time, optimum.policy_by_time);
        assert_eq!(written(&by(&written(&optimum))), written(&named));
        assert_eq!(written(&by(&written(&named))), written(&named));
        assert_eq!(notes.taken(), []);
    }
}

/// Also where `solve` has no tables of all times, and where costs are to be small.
#[test]
fn a_long_horizon_and_costs_are_optimal_too() {
    for (horizon, objective) in [
        (200_000, crate::model::Objective::Maximize),
        (5, crate::model::Objective::Minimize),
    ] {
        let model = over(horizon).with_objective(objective);
        let optimum = solve(&model, &SolveRequest::default(), &Notes::default()).unwrap();
        assert_eq!(optimum.policy_by_time.is_none(), horizon > 100_000);
        let notes = Notes::default();
        let request = EvaluateRequest {
            setting: setting(Numbers::Float, "optimal"),
            ..EvaluateRequest::default()
        };
        let report = evaluate(&model, &request, &notes).unwrap();
        let (j, best) = (report.j.value().unwrap(), optimum.j.value().unwrap());
        assert!((j - best).abs() <= 1e-12 * best.abs(), "{j} {best}");
        assert_eq!(notes.taken(), []);
    }
}

/// Without the horizon it is the rule of t = 0, and says so.
#[test]
fn an_optimum_of_a_horizon_is_its_first_rule_elsewhere() {
    let optimum = solve(&over(3), &SolveRequest::default(), &Notes::default()).unwrap();
    let notes = Notes::default();
    let request = EvaluateRequest {
        setting: setting(Numbers::Float, &written(&optimum)),
        ..EvaluateRequest::default()
    };
    let report = evaluate(&two_state(), &request, &notes).unwrap();
    assert_eq!(
        report.head.policy.probabilities,
        optimum.head.policy.probabilities
    );
    let warning = crate::model::ModelWarning::PolicyAtStart;
    let file = "the policy given".to_string();
    assert_eq!(notes.taken(), [Note::PolicyFile { file, warning }]);
}

/// What every study of a policy in time writes is read as that policy again.
#[test]
fn reports_in_time_are_policies() {
    let policies = [
        "{by_time: {}}",
        "{by_time: [{theta: [1, 0, 0, 1]}, {}, {theta: {cold: {wait: 1, heat: 2}, hot: {wait: 0, heat: 3}}}]}",
        "{by_time: {parametrization: simplex, mix: {uniform: 1/10}, \
            probabilities: {cold: {wait: 1/3, heat: 2/3}, hot: {wait: 1/7, heat: 6/7}}}}",
        "{by_time: {parametrization: log-linear, temperature: 0.5, theta: [1, 2], \
            features: {cold: {wait: [1, 0], heat: [0, 1]}, hot: {wait: [1, 1], heat: [0, 0.5]}}}}",
    ];
    let model = over(3);
    for policy in policies {
        let evaluated = |policy: &str| {
            let setting = setting(Numbers::Float, policy);
            let request = EvaluateRequest {
                setting,
                ..EvaluateRequest::default()
            };
            evaluate(&model, &request, &Notes::default()).unwrap()
        };
        let first = evaluated(policy);
        assert_eq!(
            written(&first),
            written(&evaluated(&written(&first))),
            "{policy}"
        );
        let request = GradientRequest {
            setting: setting(Numbers::Float, policy),
            ..GradientRequest::default()
        };
        let gradient = gradient(&model, &request, &Notes::default()).unwrap();
        assert!(gradient.head.policy.parameters[0].contains("@0") || policy.contains("log-linear"));
        assert_eq!(
            written(&first),
            written(&evaluated(&written(&gradient))),
            "{policy}"
        );
    }
}

#[test]
fn rules_in_time_that_do_not_fit_are_refused() {
    let refused = |model: &Model, policy: &str| {
        let request = EvaluateRequest {
            setting: setting(Numbers::Float, policy),
            ..EvaluateRequest::default()
        };
        match evaluate(model, &request, &Notes::default()).unwrap_err() {
            StudyError::File(errors) => errors.plain(),
            other => other.to_string(),
        }
    };
    let few = refused(&over(3), "{by_time: [{}, {}]}");
    assert!(few.contains("`by_time` has 2 instead of 3"), "{few}");
    let mixed = refused(&over(2), "{by_time: [{}, {parametrization: escort}]}");
    assert!(
        mixed.contains("t = 1") && mixed.contains("`parametrization`"),
        "{mixed}"
    );
    let both = refused(
        &over(2),
        "{by_time: [{theta: [0, 0, 0, 0]}, {probabilities: [1, 0, 1, 0]}]}",
    );
    assert!(both.contains("t = 1"), "{both}");
    let endless = refused(&two_state(), "{by_time: [{}, {}]}");
    assert!(endless.contains("Overrides::horizon = 2"), "{endless}");
    // 10¹² rules are not laid out before they are refused
    let long = refused(&over(1_000_000_000_000), "{by_time: {}}");
    assert!(long.contains("GB of memory"), "{long}");
    let word = refused(&over(2), "{by_time: uniform}");
    assert!(word.contains("one for each time"), "{word}");
    let key = refused(&over(2), "{by_time: {}, theta: [1]}");
    assert!(key.contains("`theta`"), "{key}");
}

#[test]
fn a_state_may_be_paid_whatever_is_done_in_it() {
    let by_state = TWO_STATE.replace("hot: {wait: 1, heat: {hot: 1, cold: 0}}", "hot: 2/3");
    let by_pair = TWO_STATE.replace(
        "{wait: 1, heat: {hot: 1, cold: 0}}",
        "{wait: 2/3, heat: 2/3}",
    );
    let parse = |text: &str| Model::parse("two-state.yaml", text).unwrap();
    assert_eq!(parse(&by_state), parse(&by_pair));
}

#[test]
fn a_textbook_s_word_finds_the_key() {
    let error = Model::parse("m.yaml", &TWO_STATE.replace("discount:", "gamma:")).unwrap_err();
    assert!(
        error.plain().contains("did you mean `discount`?"),
        "{}",
        error.plain()
    );
}

#[test]
fn numbers_out_of_range_are_refused_whoever_asks() {
    // before it matters what the model is
    let heater = two_state();
    let number = |text: &str| text.parse::<Number>().unwrap();
    let refused = |found: Result<(), StudyError>, range: &str| {
        let said = found.unwrap_err().to_string();
        assert!(said.contains(range), "{said}");
    };
    for lambda in ["-1", "5/2"] {
        let request = CriticsRequest {
            features: FeatureRows::Given(vec![vec![Number::ONE]; 2]),
            lambdas: vec![Number::ONE, number(lambda)],
            ..CriticsRequest::default()
        };
        let found = critics(&heater, &request, &Notes::default());
        refused(
            found.map(drop),
            &format!("λ is {lambda}; expected a number in [0, 1]"),
        );
    }
    for clip in ["0", "-1"] {
        let request = BetweenRequest {
            clip: number(clip),
            ..BetweenRequest::default()
        };
        let found = between(&heater, &request, &Notes::default());
        refused(found.map(drop), "expected a number above 0");
    }
    for alpha in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let options = crate::control::ControlOptions {
            entropy: Some(alpha),
            ..crate::control::ControlOptions::default()
        };
        let request = SolveRequest {
            options,
            ..SolveRequest::default()
        };
        let found = solve(&heater, &request, &Notes::default());
        refused(found.map(drop), "expected a number above 0");
        let climb = crate::players::climb::Climb {
            step: alpha,
            ..crate::players::climb::Climb::default()
        };
        let request = PlayersRequest {
            climb: Some(climb),
            ..PlayersRequest::default()
        };
        let found = players(&heater, &request, &Notes::default());
        refused(found.map(drop), "expected a number above 0");
    }
    let request = ContinuousRequest {
        squash: Some(number("-1")),
        ..ContinuousRequest::default()
    };
    let found = continuous(&heater, &request, &Notes::default());
    refused(found.map(drop), "expected a number that is at least 0");
}

/// In s the policy chooses between a class of gain 1 and one of gain 0, J = π(x|s), ∇J = (1/4, −1/4); the long run has nothing of s. With
/// one gain, or one class, there is nothing to leave out.
#[test]
fn what_the_long_run_does_not_see_is_said() {
    let text = "criterion: average\nstates: [s, one, none]\nactions: [x, y]\ninitial: s\n\
                transitions: {s: {x: one, y: none}, one: {x: one}, none: {x: none}}\nrewards: {one: {x: 1}}\n";
    let said = |text: &str| {
        let model = Model::parse("classes.yaml", text).unwrap();
        let notes = Notes::default();
        let request = GradientRequest {
            natural: true,
            ..GradientRequest::default()
        };
        gradient(&model, &request, &notes).unwrap();
        let by_fisher = notes.taken().contains(&Note::UnseenByFisher);
        let by_steps = AscentMethod::ALL.into_iter().filter(|&method| {
            let mut request = AscendRequest {
                methods: vec![method],
                ..AscendRequest::default()
            };
            request.options.iterations = 1;
            request.options.trajectories = 2;
            ascend(&model, &request, &notes).unwrap();
            notes.taken().contains(&Note::UnseenBySteps(method))
        });
        (
            by_fisher,
            by_steps.map(AscentMethod::name).collect::<Vec<_>>(),
        )
    };
    let leave_out = [
        "natural",
        "mirror",
        "trust-region",
        "reinforce",
        "actor-critic",
    ];
    assert_eq!(said(text), (true, leave_out.to_vec()));
    let one_gain = text.replace("one: {x: 1}}", "one: {x: 1}, none: {x: 1}}");
    assert_eq!(said(&one_gain), (false, Vec::new()));
    let one_class = text.replace("none: {x: none}", "none: {x: one}");
    assert_eq!(said(&one_class), (false, Vec::new()));
}

/// A program that ends in an error shows its `Debug` form: what is wrong stands in it, with the mend.
#[test]
fn errors_of_files_say_what_is_wrong_where_they_are_debugged() {
    let text =
        "discount: 0.9\nstates: [a]\nactions: [x]\ninitial: a\ntransitions: {a: {x: {a: 0.5}}}\n";
    let error = Model::parse("bad.yaml", text).unwrap_err();
    let shown = format!("{error:?}");
    assert!(
        shown.starts_with("bad.yaml: 1 error\nbad.yaml:5:"),
        "{shown}"
    );
    assert!(
        shown.contains("row a/x sums to 1/2, not 1\n  help: 1/2 is missing"),
        "{shown}"
    );
}
