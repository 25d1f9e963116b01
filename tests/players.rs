//! Games: `players` in a model file, and factored policies of all commands.

use exact_mdp::arithmetic::Choice;
use exact_mdp::model::{Model, Overrides};
use exact_mdp::number::Rational;
use exact_mdp::players::climb::{Climb, ClimbMethod, ClimbStep};
use exact_mdp::players::potential::Potential;
use exact_mdp::policy::{Parametrization, Policy, Specification};
use exact_mdp::report::{Quantity, Report};
use exact_mdp::study::{Note, Notes, Numbers, PlayersRequest, SolveRequest, players, solve};
use exact_mdp::yaml::Style;
use exact_mdp::{bundled, load};

const GAMES: [&str; 6] = [
    "ambush",
    "matching-pennies",
    "prisoners-dilemma",
    "race-to-five",
    "rock-paper-scissors",
    "three-drivers",
];

pub fn game(name: &str) -> Model {
    Model::parse(name, bundled::text(name).expect("bundled")).expect("valid")
}

fn policy(model: &Model, text: &str) -> Specification {
    load::parse_policy("p", text, model.space())
        .expect("valid")
        .0
}

/// dJ/du of matching pennies by hand: J = (2x − 1)(2y − 1), x = e^θ₁/(e^θ₁ + e^θ₂).
#[test]
fn pennies_have_the_gradient_of_their_bilinear_form() {
    let model = game("matching-pennies");
    let text =
        "{players: {row: {theta: {play: {heads: 0.3, tails: -0.2}}}, column: {theta: [0.1, 0.7]}}}";
    let solved = model
        .solve(Choice::Specified(policy(&model, text)))
        .unwrap();
    let logistic = |u: f64| 1.0 / (1.0 + (-u).exp());
    let (x, y) = (logistic(0.5), logistic(-0.6));
    assert!((solved.j() - (2.0 * x - 1.0) * (2.0 * y - 1.0)).abs() < 1e-15);
    let row = 2.0 * x * (1.0 - x) * (2.0 * y - 1.0);
    let column = 2.0 * y * (1.0 - y) * (2.0 * x - 1.0);
    let by_hand = [row, -row, column, -column];
    for (found, by_hand) in solved.gradient().unwrap().iter().zip(by_hand) {
        assert!((found - by_hand).abs() < 1e-15);
    }
    // ∂²J/∂u∂w = 4 x(1 − x) y(1 − y)
    let hessian = solved.hessian().unwrap();
    let mixed = 4.0 * x * (1.0 - x) * y * (1.0 - y);
    assert!((hessian[(0, 2)] - mixed).abs() < 1e-15);
    assert!((hessian[(0, 3)] + mixed).abs() < 1e-15);
}

/// The gradient with the other player fixed is the block of the gradient of both.
#[test]
fn a_fixed_player_has_no_parameters_and_changes_nothing_else() {
    let model = game("three-drivers");
    let all = model.solve(Choice::Random(3)).unwrap();
    let family = all.policy().parametrization().factored().unwrap();
    for (player, factor) in family.factors().iter().enumerate() {
        let learner = Parametrization::Factored(family.with_learner(player));
        let theta = factor.policy().theta().unwrap().to_vec();
        let alone = Policy::new(model.space(), learner, theta).unwrap();
        let solved = model.solve(alone).unwrap();
        assert_eq!(solved.j(), all.j());
        let own = &all.gradient().unwrap()[factor.block()];
        assert_eq!(solved.gradient().unwrap(), own);
        assert_eq!(
            solved.policy().labels(),
            &all.policy().labels()[factor.block()]
        );
    }
}

/// π of an exact profile is the product of what is written, and J an average over the table.
#[test]
fn profiles_are_exact_products() {
    let model = game("prisoners-dilemma");
    let text = "{players: {one: {probabilities: {ask: {silent: 1/3, confess: 2/3}}},
        two: {parametrization: simplex, probabilities: {ask: {confess: 1}}}}}";
    let solved = model
        .exact()
        .unwrap()
        .solve(Choice::Specified(policy(&model, text)))
        .unwrap();
    let q = |p: i64, d: u64| {
        exact_mdp::number::Number::ratio(p, d)
            .unwrap()
            .to_rational()
    };
    assert_eq!(
        solved.policy().probabilities(),
        [q(0, 1), q(1, 3), q(0, 1), q(2, 3)]
    );
    assert_eq!(*solved.j(), q(2, 3)); // 1/3 · 0 + 2/3 · 1
    let two = model.paying("two").unwrap();
    let solved = two
        .exact()
        .unwrap()
        .solve(Choice::Specified(policy(&two, text)))
        .unwrap();
    assert_eq!(*solved.j(), q(5, 3)); // 1/3 · 3 + 2/3 · 1
}

#[test]
fn games_read_back_as_they_are_written() {
    for name in GAMES {
        let model = game(name);
        for style in [Style::Nested, Style::Rows] {
            let text = model.write(style);
            assert_eq!(Model::parse(name, &text).unwrap(), model, "{text}");
        }
    }
    let text = bundled::text("matching-pennies").unwrap().to_string();
    let with = text
        + "policy:\n  players: {row: {temperature: 2, fixed: true}, column: {parametrization: direct, probabilities: {play: {heads: 1/3, tails: 2/3}}}}\n";
    let model = Model::parse("m", &with).unwrap();
    assert_eq!(
        Model::parse("m", &model.write(Style::Nested)).unwrap(),
        model
    );
    assert_eq!(model.solve(Choice::Own).unwrap().policy().parameters(), 1);
}

#[test]
fn of_two_players_one_reward_is_enough() {
    for name in ["matching-pennies", "ambush", "race-to-five"] {
        let model = game(name);
        let names = model.space().players().unwrap().names().to_vec();
        assert_eq!(model.reward_names(), names);
        let [one, two] = [0, 1].map(|which| model.expected_rewards::<Rational>(which));
        assert!(
            one.iter()
                .zip(&two)
                .all(|(x, y)| x.clone() + y == Rational::ZERO)
        );
        assert_eq!(model.mdp::<Rational>().r(), one);
    }
}

/// A misspelt reward would make a zero-sum game of another one.
#[test]
fn a_reward_beside_that_of_one_of_two_players_is_not_enough() {
    let text = "discount: 0.9\nstates: [x]\nplayers: {row: [a, b], column: [a]}\ninitial: x\n\
                transitions: {x: {a+a: x, b+a: x}}\nrewards: {row: {x: 1}, colum: {x: 1}}\n";
    let said = Model::parse("m.yaml", text).expect_err(text).plain();
    assert!(said.contains("there is no reward for `column`"), "{said}");
    let one = text.replace(", colum: {x: 1}", "");
    assert_eq!(
        Model::parse("m.yaml", &one).unwrap().reward_names(),
        ["row", "column"]
    );
}

#[test]
fn what_is_no_game_is_refused_in_words() {
    let refused = |from: &str, to: &str| {
        let text = bundled::text("matching-pennies").unwrap().replace(from, to);
        Model::parse("m.yaml", &text).expect_err(to).plain()
    };
    let said = refused("tails+tails: over}", "tails+tails: over, heads+edge: over}");
    assert!(said.contains("heads+edge"), "{said}");
    let said = refused(", tails+tails: over}", "}").replace('\n', " ");
    assert!(
        said.contains("lacks the joint action `tails+tails`"),
        "{said}"
    );
    let said = refused("row: [heads", "row: [he+ads");
    assert!(said.contains("no name of a player's action"), "{said}");
    let said = refused("discount: 0", "discount: 0\nactions: [x]");
    assert!(said.contains("`players` makes `actions`"), "{said}");
    let said = refused("discount: 0", "discount: 0\nobjective: minimize");
    assert!(said.contains("takes no `objective`"), "{said}");
    let said = refused(
        "column: [heads, tails]",
        "column: [heads, tails]\n  third: [x]",
    );
    assert!(said.contains("heads+heads"), "{said}");
    let many = (0..40)
        .map(|i| format!("  p{i}: [a, b]\n"))
        .collect::<String>();
    let said = refused("  column: [heads, tails]\n", &many);
    assert!(said.contains("joint actions"), "{said}");
    let two = game("matching-pennies");
    let said = |text: &str| {
        load::parse_policy("p", text, two.space())
            .unwrap_err()
            .plain()
    };
    assert!(said("{players: {rwo: {}}}").contains("rwo"));
    assert!(said("{players: {}, mix: {uniform: 1/2}}").contains("mix"));
    assert!(said("{players: {row: {players: {}}}}").contains("players"));
    let one = Model::parse("m", bundled::text("two-state").unwrap()).unwrap();
    let said = load::parse_policy("p", "{parametrization: factored}", one.space());
    assert!(said.unwrap_err().plain().contains("has none"));
}

/// The profile of a game under a policy, in fractions.
fn exactly(name: &str, text: &str) -> exact_mdp::report::GameReport {
    asked(name, text, Numbers::Exact, |_| {})
}

fn asked(
    name: &str,
    text: &str,
    numbers: Numbers,
    more: impl FnOnce(&mut PlayersRequest),
) -> exact_mdp::report::GameReport {
    let mut request = PlayersRequest::default();
    request.setting.numbers = numbers;
    request.setting.policy = text.parse().unwrap();
    more(&mut request);
    players(&game(name), &request, &Notes::default()).unwrap()
}

fn texts(x: &[Quantity]) -> Vec<String> {
    x.iter()
        .map(|x| {
            serde_json::to_value(x)
                .unwrap()
                .to_string()
                .replace('"', "")
        })
        .collect()
}

/// By hand: both do each half the time, 3/2; who confesses for sure has (3 + 1)/2.
#[test]
fn a_dilemma_is_exploited_by_confessing() {
    let report = exactly("prisoners-dilemma", "uniform");
    for player in &report.players {
        assert_eq!(
            texts(&[
                player.j.clone(),
                player.reply_j.clone(),
                player.gain.clone()
            ]),
            ["3/2", "2", "1/2"]
        );
        assert_eq!(texts(&player.reply), ["0", "1"]);
    }
    assert_eq!(report.gaps(), (0.5, 1.0));
    assert_eq!(report.potential, Some(Potential::Exists));
    let pure = "{players: {one: {parametrization: simplex, probabilities: {ask: {confess: 1}}},
        two: {parametrization: simplex, probabilities: {ask: {confess: 1}}}}}";
    assert_eq!(exactly("prisoners-dilemma", pure).gaps(), (0.0, 0.0));
}

/// The root of 5a² + 32a − 48 lies between the bounds, which are near each other.
#[test]
fn a_value_that_is_no_fraction_is_enclosed() {
    let root = (-16.0 + 496f64.sqrt()) / 5.0;
    for numbers in [Numbers::Float, Numbers::Exact, Numbers::Certified] {
        let report = asked("ambush", "uniform", numbers, |_| {});
        let saddle = report.zero_sum.unwrap();
        let ends = |x: &[Quantity]| -> Vec<f64> { x.iter().map(|x| x.value().unwrap()).collect() };
        let (lower, upper) = (ends(&saddle.lower), ends(&saddle.upper));
        for (s, value) in [(0, root), (1, root / 2.0)] {
            assert!(
                lower[s] <= value + 1e-15 && value - 1e-15 <= upper[s],
                "{lower:?} {upper:?}"
            );
            assert!(upper[s] - lower[s] < 1e-13, "{lower:?} {upper:?}");
        }
    }
    // in fractions the enclosure is strict: the signs of the polynomial at its ends
    let saddle = exactly("ambush", "uniform").zero_sum.unwrap();
    let sign = |x: &Quantity| {
        let Quantity::Exact(x) = x else {
            panic!("{x:?}")
        };
        let q = |n: i64| Rational::from(n);
        q(5) * &(x.as_ref().clone() * x.as_ref()) + q(32) * x.as_ref() - q(48) < Rational::ZERO
    };
    assert!(sign(&saddle.lower[0]) && !sign(&saddle.upper[0]));
}

#[test]
fn values_that_are_fractions_are_exact() {
    for (name, value) in [
        ("matching-pennies", "0"),
        ("rock-paper-scissors", "0"),
        ("race-to-five", "1"),
    ] {
        let saddle = exactly(name, "uniform").zero_sum.unwrap();
        assert_eq!(texts(&saddle.j), [value, value], "{name}");
        assert_eq!(saddle.lower, saddle.upper);
    }
    let thirds = exactly("rock-paper-scissors", "uniform").zero_sum.unwrap();
    assert_eq!(texts(&thirds.strategies[0]), ["1/3"; 3]);
    // over a horizon backward: two days of the ambush, v₁ = (3·1)/4, v₂ by the same rule
    let text = bundled::text("ambush")
        .unwrap()
        .replace("discount: 1/2", "discount: 1/2\nhorizon: 2");
    let model = Model::parse("ambush", &text).unwrap();
    let mut request = PlayersRequest::default();
    request.setting.numbers = Numbers::Exact;
    let report = players(&model, &request, &Notes::default()).unwrap();
    // [[0, 3 + 3/8], [1 + 3/8, 0]]: (27/8 · 11/8)/(38/8)
    assert_eq!(texts(&report.zero_sum.unwrap().j), ["297/304", "297/304"]);
}

#[test]
fn what_has_no_value_has_none_and_says_nothing_false() {
    let text = bundled::text("ambush").unwrap();
    let average = text.replace("discount: 1/2", "criterion: average");
    let model = Model::parse("ambush", &average).unwrap();
    let report = players(&model, &PlayersRequest::default(), &Notes::default()).unwrap();
    assert!(report.is_zero_sum && report.zero_sum.is_none());
    let model = game("prisoners-dilemma");
    let paid = model.paying("one").unwrap();
    let why = players(&paid, &PlayersRequest::default(), &Notes::default()).unwrap_err();
    assert!(why.to_string().contains("rewards of all players"), "{why}");
    let mut joint = PlayersRequest::default();
    joint.setting.policy = "{parametrization: softmax}".parse().unwrap();
    let why = players(&model, &joint, &Notes::default()).unwrap_err();
    assert!(why.to_string().contains("a factored policy"), "{why}");
}

/// B = ¼[[1, −1], [−1, 1]] beside −Bᵀ: eigenvalues ±i/2 and twice 0; a game with a potential turns nowhere.
#[test]
fn pennies_turn_and_potential_games_do_not() {
    let report = asked("matching-pennies", "uniform", Numbers::Exact, |r| {
        r.jacobian = true
    });
    let jacobian = report.jacobian.unwrap();
    assert_eq!(texts(std::slice::from_ref(&jacobian.turning)), ["1/4"]);
    let eigenvalues = jacobian.eigenvalues.unwrap();
    let largest = eigenvalues.iter().map(|z| z.im).fold(0.0, f64::max);
    assert!((largest - 0.5).abs() < 1e-12, "{eigenvalues:?}");
    assert!(eigenvalues.iter().all(|z| z.re.abs() < 1e-12));
    let report = asked("prisoners-dilemma", "random:5", Numbers::Certified, |r| {
        r.jacobian = true
    });
    let turning = report.jacobian.unwrap().turning;
    let (value, bound) = (turning.value().unwrap(), turning.bound().unwrap());
    assert!(value <= bound && bound < 1e-12, "{turning:?}");
    // in floating point what is left is rounding, and said to be
    let report = asked("prisoners-dilemma", "random:5", Numbers::Float, |r| {
        r.jacobian = true
    });
    let jacobian = report.jacobian.unwrap();
    let error = jacobian.error.expect("a bound");
    assert!(jacobian.turning.value().unwrap() <= error && error < 1e-12);
    assert!(matches!(
        exactly("matching-pennies", "uniform").potential,
        Some(Potential::Refuted(_))
    ));
}

/// Rosenthal's potential exists for one day, whose costs are those of a congestion game.
#[test]
fn a_congestion_game_of_three_has_a_potential() {
    let text = bundled::text("three-drivers")
        .unwrap()
        .replace("discount: 1/2", "horizon: 1");
    let model = Model::parse("drivers", &text).unwrap();
    let report = players(&model, &PlayersRequest::default(), &Notes::default()).unwrap();
    assert_eq!(report.potential, Some(Potential::Exists));
    assert!(!report.is_zero_sum);
}

/// The law of REINFORCE with the player's own score: its mean is the player's own gradient.
#[test]
fn estimators_of_a_player_are_of_its_own_gradient() {
    let report = asked("three-drivers", "random:3", Numbers::Float, |request| {
        request.estimators = Some("reward-to-go,baseline:optimal-constant".into());
    });
    for player in &report.players {
        assert_eq!(player.laws.len(), 2);
        for law in &player.laws {
            for (mean, exact) in law.mean.iter().zip(&player.gradient) {
                assert!((mean.value().unwrap() - exact.value().unwrap()).abs() < 1e-12);
            }
            assert_eq!(law.variance.len(), player.parameters.len());
        }
    }
}

/// Plain steps spiral away from the middle of matching pennies; with a look ahead they come in.
#[test]
fn plain_steps_cycle_and_steps_that_look_ahead_come_in() {
    let start = "{players: {row: {theta: [0.5, 0]}, column: {theta: [0, 0.3]}}}";
    let climbed = |method, alternating| {
        let report = asked("matching-pennies", start, Numbers::Float, |request| {
            request.profile_only = true;
            request.climb = Some(Climb {
                method,
                step: 0.5,
                iterations: 300,
                alternating,
                every: 1,
            });
        });
        report.climb.unwrap().climbed.trace
    };
    let off = |x: &ClimbStep| (x.probabilities[0] - 0.5).hypot(x.probabilities[2] - 0.5);
    let plain = climbed(ClimbMethod::Plain, false);
    assert_eq!(plain.len(), 301);
    assert!(off(plain.last().unwrap()) > 1.2 * off(&plain[0]));
    let turns = plain
        .windows(2)
        .filter(|x| (x[0].j[0] > 0.0) != (x[1].j[0] > 0.0))
        .count();
    assert!(turns >= 4, "{turns}");
    for method in [ClimbMethod::Optimistic, ClimbMethod::Extragradient] {
        let path = climbed(method, false);
        assert!(
            off(path.last().unwrap()) < 0.5 * off(&path[0]),
            "{method:?}"
        );
        assert!(path.last().unwrap().gain[0] < 0.5 * path[0].gain[0]);
    }
    // in turns the path closes: no further off than a step
    let turns = climbed(ClimbMethod::Plain, true);
    assert!(turns.iter().all(|x| off(x) < 2.0 * off(&turns[0])));
    assert_eq!(climbed(ClimbMethod::Natural, false).len(), 301);
}

/// Rules of players for each time are one policy of the model unrolled in time.
#[test]
fn players_may_have_a_rule_for_each_time() {
    let text = bundled::text("ambush")
        .unwrap()
        .replace("discount: 1/2", "discount: 1/2\nhorizon: 2");
    let model = Model::parse("ambush", &text).unwrap();
    let always = |action: &str| {
        format!(
            "{{players: {{runner: {{parametrization: simplex, probabilities: {{road: {{{action}: 1}}, held: {{wait: 1}}}}}}, guard: {{parametrization: simplex, probabilities: {{road: {{ford: 1}}, held: {{rest: 1}}}}}}}}}}"
        )
    };
    let mut request = PlayersRequest::default();
    request.setting.numbers = Numbers::Exact;
    let text = format!("{{by_time: [{}, {}]}}", always("pass"), always("ford"));
    request.setting.policy = text.parse().unwrap();
    let report = players(&model, &request, &Notes::default()).unwrap();
    // past the guard by the pass for 3, then into its arms at the ford
    assert_eq!(
        texts(&[
            report.players[0].j.clone(),
            report.players[0].reply_j.clone()
        ]),
        ["3", "9/2"]
    );
}

/// A team of one player is a model without players: its best reply is the optimum.
#[test]
fn one_player_alone_has_the_optimum_for_its_best_reply() {
    let text = bundled::text("two-state")
        .unwrap()
        .replace("actions: [wait, heat]", "players: {one: [wait, heat]}");
    let model = Model::parse("one", &text).unwrap();
    let mut request = PlayersRequest::default();
    request.setting.numbers = Numbers::Exact;
    let report = players(&model, &request, &Notes::default()).unwrap();
    assert_eq!(
        texts(std::slice::from_ref(&report.players[0].reply_j)),
        ["810/91"]
    );
    assert_eq!(
        texts(std::slice::from_ref(&report.players[0].j)),
        ["405/73"]
    );
}

/// Of two opposed players the Jacobian may be [[0, −B], [B, 0]], antisymmetric and singular, of which a
/// plain iteration finds nothing: eigenvalues 0 and those of ±iB, B = (12/25)[[1, −1], [−1, 1]].
#[test]
fn an_antisymmetric_jacobian_has_its_eigenvalues() {
    let report = asked("ambush", "uniform", Numbers::Float, |r| r.jacobian = true);
    let found = report.jacobian.unwrap().eigenvalues.expect("found");
    assert!(found.iter().all(|z| z.re.abs() < 1e-12), "{found:?}");
    let mut turning: Vec<f64> = found.iter().map(|z| z.im).collect();
    turning.sort_by(f64::total_cmp);
    let right = [-0.96, 0.0, 0.0, 0.0, 0.0, 0.96];
    assert!(
        turning
            .iter()
            .zip(right)
            .all(|(x, y)| (x - y).abs() < 1e-12),
        "{turning:?}"
    );
}

/// Fractions over a horizon grow at each step: a potential is not looked for where that would take minutes and
/// gigabytes, and the value of the game, which does not ask for them, is there.
#[test]
fn over_a_long_horizon_a_potential_is_left_open() {
    let overrides = Overrides {
        horizon: Some(5_000),
        ..Overrides::default()
    };
    let path = format!("{}/mdps/ambush.yaml", crate::ROOT);
    let model = Model::load_with(&path, &overrides).unwrap();
    let report = players(&model, &PlayersRequest::default(), &Notes::default()).unwrap();
    let json = serde_json::to_value(report.entries()).unwrap();
    let why = json["potential"]["scope"].as_str().unwrap_or_default();
    assert!(why.contains("5000 steps"), "{}", json["potential"]);
    // γ = 1/2: the value of the endless game, (−16 + √496)/5
    let worth = json["zero_sum"]["j_lower"].as_f64().unwrap();
    assert!(
        (worth - (496f64.sqrt() - 16.0) / 5.0).abs() < 1e-14,
        "{worth}"
    );
}

/// 3 a day for ever, where the guard lets the runner pass, is not what the runner can have.
#[test]
fn the_optimum_of_a_game_is_said_to_be_of_one_for_all() {
    let notes = Notes::default();
    let best = solve(&game("ambush"), &SolveRequest::default(), &notes).unwrap();
    assert!((best.j.value().unwrap() - 6.0).abs() < 1e-12);
    let of_whom = |note: &Note| matches!(note, Note::ForAllPlayers);
    assert!(notes.taken().iter().any(of_whom), "{:?}", notes.taken());
}

/// What a player sees of a game is an average over the others' actions, 2·10⁸ + 1 a third of the time and −10⁸ else: 1/3,
/// of which rounding leaves eight digits, or none; in fractions, where the policy has some, all. The bounds are those of
/// the game, and no solver's own.
#[test]
fn bounds_cover_what_a_player_sees() {
    let thirds = "{parametrization: simplex, probabilities: {s: {x: 1/3, y: 1/3, z: 1/3}}}";
    let likewise = "{parametrization: softmax, theta: {s: {x: 1, y: 1, z: 1}}}";
    for (high, low) in [
        ("200000001", "-100000000"),
        ("20000000000000001", "-10000000000000000"),
    ] {
        for other in [thirds, likewise] {
            let text = format!(
                "name: game\ndiscount: 0\nstates: [s]\nplayers: {{one: [a, b], two: [x, y, z]}}\ninitial: s\n\
                 transitions:\n  s: {{a+x: s, a+y: s, a+z: s, b+x: s, b+y: s, b+z: s}}\n\
                 rewards:\n  one:\n    s: {{a+x: {high}, a+y: {low}, a+z: {low}}}\n\
                 policy:\n  parametrization: factored\n  players:\n    \
                 one: {{parametrization: simplex, probabilities: {{s: {{a: 1/2, b: 1/2}}}}}}\n    two: {other}\n"
            );
            let model = Model::parse("game", &text).unwrap_or_else(|e| panic!("{}", e.plain()));
            let report = players(&model, &PlayersRequest::default(), &Notes::default()).unwrap();
            let one = &report.players[0];
            let off = |x: &Quantity, truth: f64| (x.value().unwrap() - truth).abs();
            let bound = one.error_bound.unwrap();
            let errors = [off(&one.reply_j, 1.0 / 3.0), off(&one.gain, 1.0 / 6.0)];
            assert!(
                errors.iter().all(|error| *error <= bound),
                "{errors:?} {bound}"
            );
            assert!(bound < 2.0 * errors[0] + 1e-9, "{errors:?} {bound}");
            let error = off(&one.j, 1.0 / 6.0);
            assert!(error < 1e-12 || error <= one.value_error.unwrap());
            assert_eq!(one.gradient_error.is_some(), one.value_error.is_some());
        }
    }
    // an ordinary game has all digits, and a bound that says so
    let report = players(
        &game("ambush"),
        &PlayersRequest::default(),
        &Notes::default(),
    )
    .unwrap();
    for player in &report.players {
        assert!(player.error_bound.unwrap() < 1e-14);
        assert_eq!((player.value_error, player.gradient_error), (None, None));
    }
}
