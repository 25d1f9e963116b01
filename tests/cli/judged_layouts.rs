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

/// What a user gives and nobody reads is named: a word that is misspelt, and a second column of one meaning.
#[test]
fn columns_that_are_not_read_are_named() {
    let columns = json!({
        "states": [["a", "b"]], "actions": [["go", "go"]], "rewards": [[0, 1]],
        "next_sates": [["a", "a"]], "obs": [["b", "b"]], "infos": [["", ""]],
    });
    let found = held(&columns);
    assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
    let told = "not read: infos, next_sates (is it `next_states`?), obs (`states` is read)";
    assert!(found.out.contains(told), "{}", found.out);
    let csv = "episode,states,obs,actions,rewards,t\n0,a,a,go,0,0\n0,b,b,go,1,1\n";
    let (_folder, model) = super::file("model.yaml", TURNS);
    let args = [&model, "--trajectories", "FILE", "--format", "json"];
    let found = judge("mine.csv", csv, &args);
    let report: Value = serde_json::from_str(&found.out).expect(&found.out);
    let told = json!([
        {"name": "obs", "why": "`states` is read"}, {"name": "t", "why": null},
    ]);
    assert_eq!(report["not_read"], told);
}

/// An action whose name is a word for nothing ends no row.
#[test]
fn a_name_is_no_padding() {
    let model = "discount: 0.5\nstates: [nan, b]\nactions: [null_, \"null\"]\ninitial: nan\n\
                 transitions: {nan: {\"null\": b, null_: b}, b: {\"null\": nan, null_: b}}\nrewards: {b: 1}\n";
    let (_folder, model) = super::file("model.yaml", model);
    let csv =
        "episode,states,actions,rewards\n0,nan,null,0\n0,b,null,1\n0,nan,null_,0\n1,nan,null,0\n";
    let found = judge("mine.csv", csv, &[&model, "--trajectories", "FILE"]);
    assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
    assert!(
        found.out.contains("2 trajectories, 4 steps"),
        "{}",
        found.out
    );
    let rows = json!({
        "states": [["nan", "b", "nan"]], "actions": [["null", "null", null]], "rewards": [[0, 1, null]],
    });
    let found = judge(
        "mine.json",
        &rows.to_string(),
        &[&model, "--trajectories", "FILE"],
    );
    assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
    assert!(
        found.out.contains("1 trajectories, 2 steps"),
        "{}",
        found.out
    );
}
