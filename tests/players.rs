//! Games: `players` in a model file, and factored policies of all commands.

use exact_mdp::arithmetic::Choice;
use exact_mdp::model::Model;
use exact_mdp::number::Rational;
use exact_mdp::policy::{Policy, Specification};
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
        let alone = Policy::factored(model.space(), family.with_learner(player));
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
