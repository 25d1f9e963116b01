//! `judge --trajectories`: where trajectories end, in rectangles that are padded and in columns of several episodes.

use serde_json::{Value, json};

use super::Run;
use super::judged_runs::judge;

/// Two states in turn, for ever.
const TURNS: &str = "discount: 0.5\nstates: [a, b]\nactions: [go]\ninitial: a\n\
                     transitions: {a: {go: b}, b: {go: a}}\nrewards: {a: 0, b: 1}\n";

fn held(columns: &Value) -> Run {
    let (_folder, model) = super::file("model.yaml", TURNS);
    judge(
        "mine.json",
        &columns.to_string(),
        &[&model, "--trajectories", "FILE"],
    )
}

/// Three trajectories of one, two and three steps, which none of the numbers behind them belongs to.
#[test]
fn behind_lengths_there_is_padding() {
    for padding in [-1, 0, 1, 99] {
        let columns = json!({
            "states": [[0, padding, padding], [0, 1, padding], [0, 1, 0]],
            "actions": [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
            "rewards": [[0, 7, 7], [0, 1, 7], [0, 1, 0]],
            "lengths": [1, 2, 3],
        });
        let found = held(&columns);
        assert_eq!(found.code, Some(0), "{padding}: {}{}", found.out, found.err);
        assert!(
            found.out.contains("3 trajectories, 6 steps"),
            "{padding}: {}",
            found.out
        );
    }
    // one entry more is the state where a trajectory ended: here one that cannot follow
    let columns = json!({
        "states": [[0, 0, 0], [0, 1, 1]], "actions": [[0, 0], [0, 0]],
        "rewards": [[0, 0], [0, 1]], "lengths": [1, 2],
    });
    let found = held(&columns);
    assert_eq!(found.code, Some(1), "{}{}", found.out, found.err);
    assert!(found.out.contains("2 things in the data"), "{}", found.out);
}

/// In the order of time the steps of two episodes take turns: there is no telling where one ends.
#[test]
fn an_episode_that_comes_again_is_refused() {
    let columns = |episode: [&str; 4], states: [&str; 4], rewards: [u8; 4]| {
        json!({
            "states": states, "actions": vec!["go"; 4], "rewards": rewards, "episode": episode,
        })
    };
    let sorted = columns(["x", "x", "y", "y"], ["a", "b", "a", "b"], [0, 1, 0, 1]);
    assert_eq!(held(&sorted).code, Some(0));
    let by_time = columns(["x", "y", "x", "y"], ["a", "a", "b", "b"], [0, 0, 1, 1]);
    let found = held(&by_time);
    assert_eq!(found.code, Some(2), "{}", found.out);
    assert!(
        found.err.contains("episode x comes again at entry 2"),
        "{}",
        found.err
    );
    assert!(
        found.err.contains("sort the rows by episode"),
        "{}",
        found.err
    );
}
