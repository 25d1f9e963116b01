//! `judge` where probabilities are parameters within a policy of several players, and of somebody who does not see the states:
//! a constant of each law is seen by no policy.

use serde_json::json;

use super::judged_runs::{Draws, judge};

/// One state, what each does and is paid: 2, 0, 3, 1 for one.
const GAME: &str = "name: pd\ndiscount: 0\nstates: [ask, over]\nplayers:\n  one: [silent, confess]\n  two: [silent, confess]\n\
                    initial: ask\nterminal: [over]\ntransitions:\n  ask: {silent+silent: over, silent+confess: over, \
                    confess+silent: over, confess+confess: over}\nrewards:\n  \
                    one: {ask: {silent+silent: 2, silent+confess: 0, confess+silent: 3, confess+confess: 1}}\n  \
                    two: {ask: {silent+silent: 2, silent+confess: 3, confess+silent: 0, confess+confess: 1}}\n";
const PAID: [[f64; 2]; 2] = [[2.0, 0.0], [3.0, 1.0]];

/// One draws by its probabilities, 1/4 and 3/4, the other one by a softmax or not at all by parameters.
fn profile(two: &str) -> String {
    format!(
        "parametrization: factored\nplayers:\n  one: {{parametrization: simplex, probabilities: {{ask: {{silent: 1/4, \
         confess: 3/4}}}}}}\n  two: {two}\n"
    )
}

fn said(model: &str, policy: &str, given: (&str, &str), asked: &[&str]) -> (Option<i32>, String) {
    let (_folder, model) = super::file("model.yaml", model);
    let (_other, policy) = super::file("policy.yaml", policy);
    let asked = [&[model.as_str(), "--policy", &policy], asked].concat();
    let found = judge(given.0, given.1, &asked);
    let first = found.out.lines().next().unwrap_or_default().to_string();
    (found.code, first + &found.err)
}

/// ∂J/∂π(silent) = (2 + 0)/2, ∂J/∂π(confess) = (3 + 1)/2; and by θ of the other one, who is silent half the time, ±¼(11/4 − 3/4).
#[test]
fn gradients_of_a_player_by_probabilities_are_free_of_a_constant() {
    let of = |two: &str, given: &str| {
        said(
            GAME,
            &profile(two),
            ("g.json", given),
            &["--gradient", "FILE"],
        )
    };
    for (given, is_right) in [
        ("[1, 2]", true),
        ("[-0.5, 0.5]", true),
        ("[7, 8]", true),
        ("[1, 2.5]", false),
        ("[2, 1]", false),
    ] {
        let (code, first) = of("{fixed: true}", given);
        assert_eq!(code == Some(0), is_right, "{given}: {first}");
        if given == "[1, 2]" {
            assert!(first.contains("a constant of each law"), "{first}");
        }
    }
    // a softmax sees such a constant
    for (given, is_right) in [("[1, 2, 0.5, -0.5]", true), ("[1, 2, 1.5, 0.5]", false)] {
        let (code, first) = of("{parametrization: softmax}", given);
        assert_eq!(code == Some(0), is_right, "{given}: {first}");
    }
}

/// R e_a/π(a) of episodes that are drawn here, as samples and as what trajectories are worth.
#[test]
fn samples_and_sums_of_a_player_by_probabilities_are_free_of_a_constant() {
    let mut draws = Draws(3);
    let play = |_| {
        let own = usize::from(draws.next() >= 0.25);
        (own, usize::from(draws.next() >= 0.5))
    };
    let plays: Vec<(usize, usize)> = (0..20_000).map(play).collect();
    let row = |&(own, other): &(usize, usize)| {
        let mut row = [0.0; 2];
        row[own] = PAID[own][other] / [0.25, 0.75][own];
        row
    };
    let rows: Vec<[f64; 2]> = plays.iter().map(row).collect();
    let policy = profile("{fixed: true}");
    let text: String = rows.iter().map(|[x, y]| format!("{x},{y}\n")).collect();
    for more in [&[][..], &["--as", "reward-to-go"]] {
        let asked = [&["--samples", "FILE"], more].concat();
        let (code, first) = said(GAME, &policy, ("mine.csv", &text), &asked);
        assert_eq!(code, Some(0), "{more:?}: {first}");
    }
    let shifted: String = rows
        .iter()
        .map(|[x, y]| format!("{x},{}\n", 1.1 * y))
        .collect();
    let (code, _) = said(
        GAME,
        &policy,
        ("mine.csv", &shifted),
        &["--samples", "FILE"],
    );
    assert_eq!(code, Some(1));
    let some = &plays[..200];
    let names = ["silent", "confess"];
    let action = |&(own, other): &(usize, usize)| vec![format!("{}+{}", names[own], names[other])];
    let mean = |k: usize| rows[..200].iter().map(|row| row[k]).sum::<f64>() / 200.0;
    for (name, made) in [
        ("contributions", json!(rows[..200])),
        ("estimate", json!([mean(0), mean(1)])),
    ] {
        let mut columns = json!({
            "states": vec![vec!["ask", "over"]; 200],
            "actions": some.iter().map(action).collect::<Vec<_>>(),
            "rewards": some.iter().map(|&(own, other)| vec![PAID[own][other]]).collect::<Vec<_>>(),
            "terminated": vec![vec![true]; 200],
        });
        columns[name] = made;
        let given = ("mine.json", columns.to_string());
        let asked = ["--trajectories", "FILE"];
        let (code, first) = said(GAME, &policy, (given.0, &given.1), &asked);
        assert_eq!(code, Some(0), "{name}: {first}");
    }
}

/// Two states, each first with 1/2, that look alike: r(u, ·) = 1, 0, r(w, ·) = 0, 3, and then the end.
const HIDDEN: &str = "discount: 1/2\nstates: [u, w, end]\nactions: [a, b]\ninitial: {u: 1/2, w: 1/2}\nterminal: [end]\n\
                      transitions:\n  u: {a: end, b: end}\n  w: {a: end, b: end}\nrewards:\n  u: {a: 1, b: 0}\n  \
                      w: {a: 0, b: 3}\nobservations: {u: {a: x, b: x}, w: {a: x, b: x}, end: {a: x, b: x}}\n";

/// ∂J/∂π(a) = 1/2, ∂J/∂π(b) = 3/2; of a controller of two nodes, each first with 1/2, ∂J/∂α(·|n) = 1/4, 3/4 and
/// ∂J/∂ι(n) = Σ α(a|n) (1/2, 3/2), 5/4 where α = 1/4, 3/4 and 1 where it is 1/2, 1/2.
#[test]
fn gradients_by_probabilities_of_what_is_seen_are_free_of_a_constant() {
    let observation = "parametrization: observation\nlaws: simplex\n\
                       probabilities: {(start): {a: 1/4, b: 3/4}, x: {a: 1/2, b: 1/2}}\n";
    let controller = "parametrization: controller\nnodes: 2\nlaws: simplex\nprobabilities:\n  start: {0: 1/2, 1: 1/2}\n  \
                      actions: {0: {a: 1/4, b: 3/4}, 1: {a: 1/2, b: 1/2}}\n  \
                      successors: {0: {x: {0: 1/2, 1: 1/2}}, 1: {x: {0: 1/2, 1: 1/2}}}\n";
    let of = |policy: &str, given: serde_json::Value| {
        let given = given.to_string();
        said(HIDDEN, policy, ("g.json", &given), &["--gradient", "FILE"])
    };
    for (policy, given, is_right) in [
        (
            observation,
            json!({"theta[(start),a]": 0.5, "theta[(start),b]": 1.5}),
            true,
        ),
        (
            observation,
            json!({"theta[(start),a]": 0.5, "theta[(start),b]": 1.6}),
            false,
        ),
        (
            controller,
            json!({
                "start[0]": 1.25, "start[1]": 1,
                "action[0,a]": 0.25, "action[0,b]": 0.75, "action[1,a]": 0.25, "action[1,b]": 0.75,
            }),
            true,
        ),
        (
            controller,
            json!({
                "start[0]": 1, "start[1]": 1.25,
                "action[0,a]": 0.25, "action[0,b]": 0.75, "action[1,a]": 0.25, "action[1,b]": 0.75,
            }),
            false,
        ),
    ] {
        let (code, first) = of(policy, given.clone());
        assert_eq!(code == Some(0), is_right, "{given}: {first}");
    }
}

/// log of a player's own probability, log 1/4 and log 3/4, where an action is that of both, of whom the other is silent with 1/3.
#[test]
fn logs_of_one_player_alone_are_called_so() {
    let policy = "parametrization: factored\nplayers:\n  one: {parametrization: simplex, probabilities: {ask: {silent: 1/4, \
                  confess: 3/4}}}\n  two: {parametrization: simplex, probabilities: {ask: {silent: 1/3, confess: 2/3}}, fixed: true}\n";
    let own = [0.25f64, 0.75, 0.75, 0.25];
    let both = [0.25 / 3.0, 0.5f64, 0.25, 0.5 / 3.0];
    let of = |chances: [f64; 4]| {
        let columns = json!({
            "states": vec![vec!["ask", "over"]; 4],
            "actions": [["silent+silent"], ["confess+confess"], ["confess+silent"], ["silent+confess"]],
            "rewards": [[2], [1], [3], [0]],
            "terminated": vec![vec![true]; 4],
            "log_probabilities": chances.map(|x| vec![x.ln()]),
        });
        let given = columns.to_string();
        said(
            GAME,
            policy,
            ("mine.json", &given),
            &["--trajectories", "FILE"],
        )
    };
    assert_eq!(of(both).0, Some(0));
    let (code, first) = of(own);
    assert_eq!(code, Some(1), "{first}");
    assert!(first.contains("player-alone"), "{first}");
    assert!(!first.contains("scale"), "{first}");
}
