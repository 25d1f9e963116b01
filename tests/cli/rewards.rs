//! `rewards`, `constrained`, `pareto` and `--reward` as a user sees them.

use super::{json, out, run};

const MACHINE: &str = "docs/rewards/machine.yaml";

#[test]
fn any_command_takes_one_reward_or_a_combination() {
    let all = json(&[
        "rewards",
        MACHINE,
        "--exact",
        "--combination",
        "output - 2*breakdowns",
    ]);
    for (at, name) in ["output", "breakdowns", "repairs"].iter().enumerate() {
        let alone = json(&["evaluate", MACHINE, "--exact", "--reward", name]);
        assert_eq!(all["rewards"][at]["j"], alone["j"], "{name}");
    }
    let alone = json(&[
        "gradient",
        MACHINE,
        "--exact",
        "--reward",
        "output - 2*breakdowns",
    ]);
    assert_eq!(all["combination"]["gradient"], alone["gradient"]);
    let certified = json(&["rewards", MACHINE, "--certify"]);
    assert!(certified["bounds"].is_object());
}

#[test]
fn a_converted_model_keeps_its_rewards_and_others_say_what_they_lose() {
    let written = out(&["convert", MACHINE, "--to", "rows"]);
    assert!(written.contains("breakdowns:"), "{written}");
    let lost = run(&["convert", MACHINE, "--to", "gymnasium"]);
    assert!(lost.err.contains("other rewards"), "{}", lost.err);
    let lumped = run(&["convert", MACHINE, "--lump", "--to", "rows"]);
    assert!(lumped.err.contains("other rewards"), "{}", lumped.err);
}

#[test]
fn what_cannot_be_met_or_read_is_said() {
    let said = |arguments: &[&str]| {
        let done = run(arguments);
        assert_eq!(done.code, Some(2), "{arguments:?}");
        done.err
    };
    let none = said(&["constrained", MACHINE, "--bound", "repairs<=-1"]);
    assert!(none.contains("J of repairs is at least"), "{none}");
    assert!(said(&["constrained", MACHINE, "--bound", "repairs=1"]).contains("no bound"));
    assert!(said(&["constrained", MACHINE, "--bound", "repair<=1"]).contains("`repairs`"));
    assert!(said(&["evaluate", MACHINE, "--reward", "outptu"]).contains("`output`"));
    assert!(said(&["pareto", MACHINE]).contains("3 given"));
    for command in ["rewards", "pareto"] {
        assert!(said(&[command, ":two-state"]).contains("one reward"));
    }
}

#[test]
fn a_horizon_has_rules_for_each_time() {
    let found = json(&[
        "constrained",
        MACHINE,
        "--horizon",
        "3",
        "--bound",
        "breakdowns<=1/10",
        "--exact",
    ]);
    assert_eq!(found["constraints"][0]["j"], "1/10");
    assert_eq!(found["objective_gap"], "0");
    assert_eq!(found["states"][1], "worn@0");
}

#[test]
fn whose_reward_it_is_is_said_where_there_are_several() {
    let head = |arguments: &[&str]| out(&[arguments, &["-q"]].concat());
    let told = head(&["evaluate", MACHINE]);
    assert!(
        told.contains("\nreward: output (--reward chooses)\n"),
        "{told}"
    );
    let told = head(&["gradient", "mdps/prisoners-dilemma.yaml", "--reward", "two"]);
    assert!(
        told.contains("\nreward: two (--reward chooses)\n")
            || told.contains("\nreward: two (player; --reward chooses)\n"),
        "{told}"
    );
    let sum = "output - 2*breakdowns";
    for command in ["evaluate", "gradient", "solve", "reference"] {
        assert_eq!(
            json(&[command, MACHINE, "-q"])["reward"],
            "output",
            "{command}"
        );
        let chosen = json(&[command, MACHINE, "-q", "--reward", sum]);
        assert_eq!(chosen["reward"], sum, "{command}");
        let only = json(&[command, "mdps/two-state.yaml", "-q"]);
        assert!(only.get("reward").is_none(), "{command}");
    }
    // all of them at once
    let all = json(&["rewards", MACHINE]);
    assert!(all.get("reward").is_none());
    let checked = json(&["check", MACHINE]);
    let names = ["output", "breakdowns", "repairs"];
    assert_eq!(checked["models"][0]["rewards"], serde_json::json!(names));
}

/// Of a file with several reward models the one that counts is named, as rewards of model files are.
#[test]
fn the_reward_model_that_counts_is_said() {
    let text = "@type: MDP\n@parameters\n\n@reward_models\ntime fuel \n@nr_states\n2\n@nr_choices\n2\n@model\n\
                state 0 [1, 2] init\n\taction 0 [0, 0]\n\t\t0 : 1/2\n\t\t1 : 1/2\nstate 1 [0, 0]\n\taction 0 [0, 0]\n\t\t1 : 1\n";
    let (_guard, path) = super::file("two.drn", text);
    for (name, j) in [("time", 4.0 / 3.0), ("fuel", 8.0 / 3.0)] {
        let command = [
            "evaluate",
            &path,
            "--discount",
            "1/2",
            "--reward-model",
            name,
        ];
        let report = super::json(&command);
        assert_eq!(report["reward"], name);
        assert!((report["j"].as_f64().expect("a number") - j).abs() < 1e-12);
        let table = super::out(&command);
        let line = format!("reward: {name} (--reward-model chooses)");
        assert!(table.contains(&line), "{table}");
    }
}
