//! Bounds on what rewards of 10⁹ leave of numbers that they do not move, where nothing ends, and on what is 0. Values from the
//! models without them, and from closed forms.

use exact_mdp::ascent::AscentMethod;
use exact_mdp::model::Model;
use exact_mdp::report::{Quantity, Report};
use exact_mdp::study::{
    AscendRequest, ContinuousRequest, GradientRequest, Notes, PlayersRequest, SolveRequest, ascend,
    continuous, gradient, players, solve,
};

fn model(text: &str) -> Model {
    Model::parse("m", text).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

fn values(all: &[Quantity]) -> Vec<f64> {
    all.iter().map(|x| x.value().expect("a number")).collect()
}

/// The number or the array of a name in the JSON of a report.
fn read(report: &impl Report, path: &[&str]) -> serde_json::Value {
    let json = serde_json::to_value(report.entries()).expect("JSON");
    let at = |value: &serde_json::Value, key: &&str| match key.parse::<usize>() {
        Ok(place) => value[place].clone(),
        Err(_) => value[*key].clone(),
    };
    path.iter().fold(json, |value, key| at(&value, key))
}

fn floats(value: &serde_json::Value) -> Vec<f64> {
    let all = value.as_array().expect("an array").iter();
    all.map(|x| x.as_f64().expect("a number")).collect()
}

/// Three states that go on for ever.
fn cycle(offset: i64) -> Model {
    let r = |x: i64| offset + x;
    model(&format!(
        "discount: 9/10\nstates: [p, q, u]\nactions: [a, b]\ninitial: p\ntransitions: [[p, a, p, 1/3, {}], \
         [p, a, q, 2/3, {}], [p, b, u, 1, {}], [q, a, p, 1, {}], [q, b, q, 1/2, {}], [q, b, u, 1/2, {}], \
         [u, a, p, 1/5, {}], [u, a, u, 4/5, {}], [u, b, q, 1, {}]]\n",
        r(3),
        r(1),
        r(2),
        r(0),
        r(5),
        r(-1),
        r(1),
        r(0),
        r(1)
    ))
}

#[test]
fn soft_policies_have_a_bound_or_say_that_they_have_none() {
    let mut request = SolveRequest::default();
    request.options.entropy = Some(0.5);
    let [found, right] = [1_000_000_000, 0].map(|offset| {
        let report = solve(&cycle(offset), &request, &Notes::default()).expect("an optimum");
        let pi = report.head.policy.probabilities.iter().cloned();
        (values(&pi.collect::<Vec<_>>()), report.probabilities_error)
    });
    assert_eq!(right.1, None);
    let errors = found.1.expect("a bound");
    for ((x, y), error) in found.0.iter().zip(&right.0).zip(&errors) {
        assert!((x - y).abs() <= *error && *error < 1e-2, "{x} {y} {error}");
    }
    let notes = Notes::default();
    let average = cycle(0).with_criterion(exact_mdp::mdp::Criterion::Average);
    let report = solve(&average.expect("a model"), &request, &notes).expect("an optimum");
    assert_eq!(report.probabilities_error, None);
    let said = notes.taken();
    assert!(
        said.iter()
            .any(|note| format!("{note:?}").contains("NoBound"))
    );
}

/// x pays 1/10 more than y, beside 10¹², and it ends: ∇J_α = ∇J = 1/4 (1/10, −1/10) where π = 1/2, and ‖∇J‖/(J* − J) = √2/2.
#[test]
fn gradients_of_ascents_have_bounds() {
    let model = model(
        "{horizon: 1, discount: 1, states: [s, e], actions: [x, y], initial: s, terminal: [e], \
         transitions: [[s, x, e, 1, 1000000000000.1], [s, y, e, 1, 1000000000000]]}",
    );
    let mut request = AscendRequest::default();
    request.options.iterations = 0;
    request.options.method = AscentMethod::Plain;
    for entropy in [None, Some(0.5)] {
        request.options.entropy = entropy;
        let report = ascend(&model, &request, &Notes::default()).expect("a path");
        let run = report.report.expect("a path").first;
        let off = (run.last().gradient_norm - 0.025 * 2f64.sqrt()).abs();
        let error = run.gradient_norm_error.expect("it shows");
        assert!(off > 1e-7 && off <= error && error < 0.1, "{off} {error}");
        if entropy.is_none() {
            let ratio = run.rates.gradient_over_gap.expect("a gap");
            let error = run.rates.gradient_over_gap_error.expect("it shows");
            assert!((ratio - 0.5f64.sqrt()).abs() <= error && error < 1.0);
        }
    }
}

/// Five states and actions between −1 and 1; what is right is that of the model without 10⁹.
#[test]
fn actions_that_are_numbers_have_bounds() {
    let text = |offset: &str| {
        format!(
            "{{\"discount\":\"9/10\",\"states\":{{\"from\":-1,\"to\":1,\"steps\":5}},\"actions\":{{\"from\":-1,\"to\":1,\
             \"steps\":5}},\"initial\":1,\"dynamics\":{{\"next\":\"s/2 + a/3 + w\",\"noise\":{{\"-1/4\":\"1/2\",\
             \"1/4\":\"1/2\"}},\"reward\":\"{offset} - s^2 - a^2/3\"}},\"policy\":{{\"parametrization\":\"gaussian\",\
             \"features\":[1,\"s\"],\"mean\":[0,\"-3/4\"],\"log_sigma\":[-1,\"1/5\"]}}}}"
        )
    };
    let ask = |offset: &str| {
        let request = ContinuousRequest::default();
        continuous(&model(&text(offset)), &request, &Notes::default()).expect("numbers")
    };
    let (found, right) = (ask("1000000000"), ask("0"));
    let names: [&[&str]; 5] = [
        &["gradient"],
        &["reparametrized"],
        &["estimators", "1", "variance"],
        &["limit", "slope"],
        &["limit", "gradient"],
    ];
    for path in names {
        let (x, y) = (floats(&read(&found, path)), floats(&read(&right, path)));
        let of = |path: &[&str]| {
            let (last, rest) = path.split_last().expect("a name");
            let name = format!("{last}_error");
            [rest, &[name.as_str()]].concat().join("/")
        };
        let name = of(path);
        let at: Vec<&str> = name.split('/').collect();
        let error = read(&found, &at).as_f64().expect("it shows");
        // a slope of 0 has the bound of what it is made of
        let plain = read(&right, &at).as_f64().unwrap_or(0.0);
        assert!(plain < 1e-12, "{name}");
        for (x, y) in x.iter().zip(&y) {
            assert!(
                (x - y).abs() <= error * (1.0 + 1e-6) && error < 1e-2,
                "{name}: {x} {y} {error}"
            );
        }
    }
}

/// Two players in two states for ever; what is right is that of the game without 10⁹.
#[test]
fn laws_of_players_have_bounds() {
    let text = |k: i64| {
        let r = |x: i64| (k + x).to_string();
        format!(
            "discount: 9/10\nstates: [p, q]\nplayers: {{one: [a, b], two: [c, d]}}\ninitial: p\ntransitions:\n  \
             p: {{a+c: p, a+d: q, b+c: q, b+d: {{p: 1/3, q: 2/3}}}}\n  q: {{a+c: q, a+d: p, b+c: p, b+d: q}}\nrewards:\n  \
             one: {{p: {{a+c: {}, a+d: {}, b+c: {}, b+d: {}}}, q: {{a+c: {}, a+d: {}, b+c: {}, b+d: {}}}}}\n  \
             two: {{p: {{a+c: {}, a+d: {}, b+c: {}, b+d: {}}}, q: {{a+c: {}, a+d: {}, b+c: {}, b+d: {}}}}}\n\
             policy: {{parametrization: factored, players: {{one: {{theta: {{p: {{a: 0.3, b: 0}}, q: {{a: 0, b: 1}}}}}}, \
             two: {{theta: {{p: {{c: 0, d: 0.7}}, q: {{c: -1, d: 0}}}}}}}}}}\n",
            r(3),
            r(1),
            r(0),
            r(2),
            r(0),
            r(1),
            r(1),
            r(0),
            r(1),
            r(4),
            r(2),
            r(0),
            r(2),
            r(0),
            r(1),
            r(3)
        )
    };
    let request = PlayersRequest {
        estimators: Some("advantage".into()),
        ..PlayersRequest::default()
    };
    let ask = |k| players(&model(&text(k)), &request, &Notes::default()).expect("a game");
    let (found, right) = (ask(1_000_000_000), ask(0));
    for (found, right) in found.players.iter().zip(&right.players) {
        let (law, plain) = (&found.laws[0], &right.laws[0]);
        assert_eq!((plain.mean_error, plain.variance_error), (None, None));
        let both = [
            (&law.mean, &plain.mean, law.mean_error),
            (&law.variance, &plain.variance, law.variance_error),
        ];
        for (x, y, error) in both {
            let error = error.expect("it shows");
            for (x, y) in values(x).iter().zip(values(y)) {
                assert!(
                    (x - y).abs() <= error + 1e-14 && error < 1e-4,
                    "{x} {y} {error}"
                );
            }
        }
    }
}

/// 10¹⁶ + 1 and 10¹⁶ are one float: an entry of ∇J that is 1/8 comes out as 0, beside some of 10¹³. Of two actions that are
/// the same it is 0.
#[test]
fn what_comes_out_as_zero_is_told_unless_it_is_zero() {
    let ask = |pays: &str| {
        let model = model(&format!(
            "{{discount: 1, states: [s, u, e], actions: [x, y], initial: {{s: 1/2, u: 1/2}}, terminal: [e], \
             transitions: [[s, x, e, 1, \"{pays}\"], [s, y, e, 1, \"10000000000000000\"], \
             [u, x, e, 1, \"100000000000000\"], [u, y, e, 1, 0]]}}"
        ));
        let report = gradient(&model, &GradientRequest::default(), &Notes::default());
        let report = report.expect("a gradient");
        (values(&report.gradient), report.gradient_error)
    };
    let (found, error) = ask("10000000000000001");
    assert_eq!(found[0], 0.0);
    assert!(error.expect("it may be something else") >= 0.125);
    assert_eq!(ask("10000000000000000").1, None);
}
