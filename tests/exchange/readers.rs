//! Files as their programs write them, kind by kind: each is read as its program reads it, or
//! refused with a sentence that says what to do.

use std::fs;

use exact_mdp::control::{self, ControlOptions};
use exact_mdp::exchange::Format;
use exact_mdp::model::{Model, ModelErrors, Overrides};

fn flags(discount: &str) -> Overrides {
    Overrides {
        discount: Some(discount.parse().unwrap()),
        ..Overrides::default()
    }
}

fn choosing(discount: &str, name: &str) -> Overrides {
    Overrides {
        reward_model: Some(name.into()),
        ..flags(discount)
    }
}

fn read(format: Format, text: &str, flags: &Overrides) -> Result<Model, ModelErrors> {
    Model::parse_as("model", text.as_bytes(), format, flags)
}

fn sound(read: Result<Model, ModelErrors>) -> Model {
    read.unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

fn complaint(read: Result<Model, ModelErrors>) -> String {
    read.expect_err("a complaint").plain()
}

fn assert_says(complaint: &str, words: &[&str]) {
    for word in words {
        assert!(complaint.contains(word), "{word:?} is missing: {complaint}");
    }
}

/// J* of a model.
fn best(model: &Model) -> f64 {
    control::solve(&model.mdp(), &ControlOptions::default())
        .unwrap()
        .j
}

fn names(model: &Model) -> Vec<String> {
    let names = model.space().state_names();
    names.iter().map(|name| name.into_owned()).collect()
}

fn drn(rewards: &str, choices: usize, body: &str) -> String {
    format!(
        "@type: MDP\n@value_type: rational\n@parameters\n\n@reward_models\n{rewards}\n@nr_states\n2\n@nr_choices\n{choices}\n@model\n{body}"
    )
}

const TWO_REWARDS: &str = "state 0 [1, 2] init\n\taction 0 [0, 0]\n\t\t0 : 1/2\n\t\t1 : 1/2\nstate 1 [0, 0]\n\taction 0 [0, 0]\n\t\t1 : 1\n";

/// v(0) = r + v(0)/4, so 4/3 for the reward 1 and 8/3 for 2. Storm writes each name with a blank
/// behind it, and nothing but that blank for an unnamed block.
#[test]
fn names_of_storm_s_reward_models_may_be_empty() {
    let of = |header: &str, name: &str| {
        let text = drn(header, 2, TWO_REWARDS);
        best(&sound(read(Format::Drn, &text, &choosing("1/2", name))))
    };
    for (header, name, expected) in [
        (" b ", "b", 8.0 / 3.0),
        (" b ", "", 4.0 / 3.0),
        ("b  ", "b", 4.0 / 3.0),
        ("b  ", "", 8.0 / 3.0),
        ("a b ", "b", 8.0 / 3.0),
        ("a b", "b", 8.0 / 3.0),
        ("a b\r", "a", 4.0 / 3.0),
    ] {
        assert!((of(header, name) - expected).abs() < 1e-12, "{header:?}");
    }
    for header in [" b ", "b  ", "a b "] {
        let text = drn(header, 2, TWO_REWARDS);
        let several = complaint(read(Format::Drn, &text, &flags("1/2")));
        assert_says(
            &several,
            &["several reward models", "Overrides::reward_model"],
        );
    }
}

#[test]
fn numbers_in_storm_s_brackets_are_counted_against_the_names() {
    for (header, found) in [
        ("b ", "2 rewards"),
        ("", "2 rewards"),
        ("a b c ", "2 rewards"),
    ] {
        let text = drn(header, 2, TWO_REWARDS);
        let chosen = choosing("1/2", "b");
        let flags = if header.is_empty() {
            flags("1/2")
        } else {
            chosen
        };
        assert_says(
            &complaint(read(Format::Drn, &text, &flags)),
            &[found, "@reward_models"],
        );
    }
    // one unnamed block needs no name
    let body =
        "state 0 [3] init\n\taction 0 [0]\n\t\t1 : 1\nstate 1 [0]\n\taction 0 [0]\n\t\t1 : 1\n";
    for header in [" ", ""] {
        assert_eq!(
            best(&sound(read(
                Format::Drn,
                &drn(header, 2, body),
                &flags("1/2")
            ))),
            3.0
        );
    }
}

#[test]
fn a_quoted_label_of_storm_is_one_label() {
    let body = |first: &str, second: &str| {
        let text = format!(
            "state 0 [3] {first}\n\taction 0 [0]\n\t\t1 : 1\nstate 1 [0] {second}\n\taction 0 [0]\n\t\t1 : 1\n"
        );
        read(Format::Drn, &drn("r ", 2, &text), &flags("1/2"))
    };
    assert_eq!(best(&sound(body("\"init\"", "\"not init\""))), 3.0);
    assert_eq!(best(&sound(body("init \"non terminal\"", ""))), 3.0);
    assert_eq!(
        best(&sound(body(
            "\"a \\\" terminal\" init",
            "\"after init\" deadlock"
        ))),
        3.0
    );
    assert_says(
        &complaint(body("\"after init\"", "")),
        &["where episodes start"],
    );
    assert_says(&complaint(body("init", "\"open")), &["after the label"]);
    assert_says(
        &complaint(body("init", "init")),
        &["several states", "Overrides::initial = 0", "1: 1/2"],
    );
}

#[test]
fn an_absorbing_state_of_storm_may_have_several_choices() {
    let rest = |first: &str, second: &str| {
        let text = format!(
            "state 0 [0] init\n\taction a [5]\n\t\t1 : 1\nstate 1 [0]\n\taction {first} [0]\n\t\t1 : 1\n\taction {second} [0]\n\t\t1 : 1\n"
        );
        let model = sound(read(Format::Drn, &drn("r ", 3, &text), &flags("1")));
        assert_eq!(best(&model), 5.0);
        assert!(model.space().is_terminal(1));
    };
    rest("a", "b");
    rest("0", "1");
    rest("x", "x");
    rest("__NOLABEL__", "__NOLABEL__");
}

#[test]
fn names_of_several_variables_are_kept() {
    let text = |first: &str, second: &str| {
        drn(
            "r ",
            2,
            &format!(
                "state 0 [3] init\n//[{first}]\n\taction go [0]\n\t\t1 : 1\nstate 1 [0]\n//[{second}]\n\taction go [0]\n\t\t1 : 1\n"
            ),
        )
    };
    let model = sound(read(
        Format::Drn,
        &text("x=0\t& y=1", "x=1\t& y=1"),
        &flags("1/2"),
    ));
    assert_eq!(names(&model), ["x=0 & y=1", "x=1 & y=1"]);
    // a true Boolean leaves nothing but its separator
    let model = sound(read(Format::Drn, &text("\t& ", "!x\t& "), &flags("1/2")));
    assert_eq!(names(&model), ["&", "!x &"]);
}

/// A name holds no tab: where a label of a choice has one, it has a space.
#[test]
fn labels_of_choices_with_tabs_are_kept() {
    let body = "state 0 [3] init\n\taction go\tleft [0]\n\t\t1 : 1\n\taction go\tright [0]\n\t\t0 : 1\nstate 1 [0]\n\taction stay [0]\n\t\t1 : 1\n";
    let model = sound(read(Format::Drn, &drn("r ", 3, body), &flags("1/2")));
    let actions: Vec<String> = model
        .space()
        .action_names()
        .iter()
        .map(Into::into)
        .collect();
    assert_eq!(actions, ["go left", "go right"]);
}

#[test]
fn a_reward_model_is_asked_for_only_where_there_are_names() {
    let yaml = "discount: 0.9\nstates: [a]\nactions: [x]\ninitial: a\ntransitions: {a: {x: a}}\nrewards: {a: {x: 1}}\n";
    let chosen = choosing("1/2", "no-such-thing");
    let json = "{\"0\": {\"0\": [[1.0, 0, 1.0, false]]}}";
    let cassandra = "states: 1\nactions: 1\nstart: 0\nT: * identity\nR: * : * : * : * 1\n";
    let unnamed = "@type: MDP\n@nr_states\n1\n@model\nstate 0 init\n\taction a [1]\n\t\t0 : 1\n";
    let tra = "1 1 1\n0 0 0 1\n";
    for (format, text) in [
        (Format::Nested, yaml),
        (Format::Gymnasium, json),
        (Format::Cassandra, cassandra),
        (Format::Drn, unnamed),
        (Format::Prism, tra),
    ] {
        let complaint = complaint(read(format, text, &chosen));
        assert_says(
            &complaint,
            &["no reward model `no-such-thing`", "Overrides::reward_model"],
        );
    }
    let npz = Model::load_with(super::fixture("forest.npz"), &chosen);
    assert_says(&complaint(npz), &["no reward model"]);
}

/// A folder with files of PRISM's, and the model of the one named.
fn prism(files: &[(&str, &str)], flags: &Overrides) -> Result<Model, ModelErrors> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    Model::load_with(folder.path().join(files[0].0), flags)
}

#[test]
fn comments_of_prism_may_stand_anywhere() {
    let files = [
        (
            "m.tra",
            "# Transitions (MDP)\n2 2 2\n# go\n0 0 1 1 go\n\n1 0 1 1 rest\n# end\n",
        ),
        (
            "m.lab",
            "# Labels\n\n# more\n0=\"init\" 1=\"deadlock\"\n# one\n0: 0\n",
        ),
        ("m.srew", "# State rewards\n2 1\n# one\n0 3\n"),
        ("m.sta", "# States\n(x)\n# zero\n0:(7)\n1:(8)\n"),
    ];
    let model = sound(prism(&files, &flags("1/2")));
    assert_eq!(best(&model), 3.0);
    assert_eq!(names(&model), ["7", "8"]);
    // Storm's dialect declares its labels in lines that look like comments
    let files = [
        ("m.tra", "mdp\n0 0 1 1\n1 0 1 1\n"),
        (
            "m.lab",
            "# Labels\n#DECLARATION\ninit deadlock\n#END\n# one\n0 init\n",
        ),
        ("m.srew", "0 3\n"),
    ];
    assert_eq!(best(&sound(prism(&files, &flags("1/2")))), 3.0);
}

const WALK: (&str, &str) = (
    "walk.tra",
    "3 3 4\n0 0 1 0.5 go\n0 0 2 0.5 go\n1 0 2 1 go\n2 0 2 1 loop\n",
);
const START: (&str, &str) = ("walk.lab", "0=\"init\"\n0: 0\n");

/// Time: 1 + 1/2; energy: 10/2, and 4 more on the way.
#[test]
fn one_of_prism_s_reward_structures_is_chosen() {
    let time = "# Reward structure \"time\"\n# State rewards\n3 2\n0 1\n1 1\n";
    let energy = "# Reward structure \"energy\"\n# State rewards\n3 1\n1 10\n";
    let trew = "# Reward structure \"energy\"\n# Transition rewards\n3 3 1\n0 0 1 4\n";
    let bare = "3 1\n1 10\n";
    for (first, second) in [("walk1.srew", "walk2.srew"), ("walk0.srew", "walk1.srew")] {
        let files = [WALK, START, (first, time), (second, energy)];
        assert_eq!(best(&sound(prism(&files, &choosing("1", "time")))), 1.5);
        assert_eq!(best(&sound(prism(&files, &choosing("1", "energy")))), 5.0);
        let none = complaint(prism(&files, &flags("1")));
        assert_says(&none, &["`time`, `energy`", "Overrides::reward_model"]);
        let unknown = complaint(prism(&files, &choosing("1", "fuel")));
        assert_says(&unknown, &["`fuel`", "`time`, `energy`"]);
    }
    let files = [
        WALK,
        START,
        ("walk1.srew", time),
        ("walk2.trew", trew),
        ("walk2.srew", energy),
    ];
    assert_eq!(best(&sound(prism(&files, &choosing("1", "energy")))), 7.0);
    // without names the numbers are names; one alone needs none
    let files = [WALK, START, ("walk1.srew", time), ("walk2.srew", bare)];
    assert_eq!(best(&sound(prism(&files, &choosing("1", "2")))), 5.0);
    let files = [WALK, START, ("walk1.srew", time)];
    assert_eq!(best(&sound(prism(&files, &flags("1")))), 1.5);
    // the only structure may be asked for by its name, and by no other
    let files = [WALK, START, ("walk.srew", time)];
    assert_eq!(best(&sound(prism(&files, &choosing("1", "time")))), 1.5);
    assert_says(
        &complaint(prism(&files, &choosing("1", "fuel"))),
        &["`fuel`", "`time`"],
    );
    // a gap hides nothing
    let files = [WALK, START, ("walk1.srew", time), ("walk3.srew", energy)];
    assert_says(
        &complaint(prism(&files, &flags("1"))),
        &["`time`, `energy`"],
    );
    assert_eq!(best(&sound(prism(&files, &choosing("1", "energy")))), 5.0);
    let files = [WALK, START, ("walk2.srew", time)];
    assert_eq!(best(&sound(prism(&files, &flags("1")))), 1.5);
    // files that no one model has
    let files = [WALK, START, ("walk.srew", time), ("walk1.srew", energy)];
    let why = complaint(prism(&files, &flags("1")));
    assert_says(&why, &["walk1.srew` stands beside"]);
    for names in [["walk.srew", "walk.trew"], ["walk1.srew", "walk1.trew"]] {
        let files = [WALK, START, (names[0], time), (names[1], trew)];
        let why = complaint(prism(&files, &flags("1")));
        assert_says(&why, &["those of `time`", "those of `energy`"]);
    }
    let files = [WALK, START, ("walk1.srew", time), ("walk2.srew", time)];
    let why = complaint(prism(&files, &choosing("1", "time")));
    assert_says(&why, &["several reward models have the name `time`"]);
    // the twelfth of one name is the second of another
    let files = [WALK, START, ("walk1.tra", WALK.1), ("walk12.srew", time)];
    assert_eq!(sound(prism(&files, &flags("1"))).warnings().len(), 1);
    // numbers that belong to another model's name are not this one's
    let files = [WALK, START, ("walk1.tra", WALK.1), ("walk1.srew", time)];
    let model = sound(prism(&files, &flags("1")));
    assert_eq!(model.warnings().len(), 1, "{:?}", model.warnings());
}

#[test]
fn states_of_prism_without_choices_are_deadlocks() {
    let dead = ("dead.tra", "4 2 2\n0 0 1 1\n1 0 3 1\n");
    let complaint = complaint(prism(&[dead], &flags("1/2")));
    assert_says(&complaint, &["`2`, `3`", "deadlock", "terminal"]);
    assert!(!complaint.contains("cut off"), "{complaint}");
    let labels = ("dead.lab", "0=\"init\" 1=\"terminal\"\n0: 0\n2: 1\n3: 1\n");
    let rewards = ("dead.srew", "4 2\n0 1\n1 2\n");
    assert_eq!(
        best(&sound(prism(&[dead, labels, rewards], &flags("1/2")))),
        2.0
    );
}

#[test]
fn several_starts_of_prism_have_no_weights() {
    let files = [
        WALK,
        ("walk.lab", "0=\"init\" 1=\"deadlock\"\n0: 0\n1: 0\n"),
    ];
    let several = complaint(prism(&files, &flags("1/2")));
    assert_says(
        &several,
        &["`0`, `1`", "Overrides::initial = 0", "\"{0: 1/2, 1: 1/2}\""],
    );
    assert!(!several.contains("does not say where"), "{several}");
}

#[test]
fn the_choices_of_a_state_are_numbered_without_gaps() {
    for (text, found) in [
        ("1 2 2\n0 0 0 1\n0 2 0 1\n", "found `2`"),
        ("2 2 2\n0 0 1 1\n1 1 1 1\n", "found `1`"),
        ("mdp\n0 4294967294 0 1\n", "found `4294967294`"),
        ("mdp\n0 4294967295 0 1\n", "choice 4294967295"),
    ] {
        let complaint = complaint(read(Format::Prism, text, &flags("1/2")));
        assert_says(&complaint, &["choice", found, "model:"]);
    }
    // in any order
    let start = Overrides {
        initial: Some("0".into()),
        ..flags("1/2")
    };
    let text = "2 3 3\n0 1 1 1\n0 0 0 1\n1 0 0 1\n";
    assert_eq!(sound(read(Format::Prism, text, &start)).space().pairs(), 3);
}

fn cassandra(actions: &str, body: &str) -> Result<Model, ModelErrors> {
    let text =
        format!("discount: 0.9\nvalues: reward\nstates: a b\nactions: {actions}\nstart: a\n{body}");
    read(Format::Cassandra, &text, &Overrides::default())
}

#[test]
fn a_listed_action_of_cassandra_has_a_row_in_every_state() {
    let none = complaint(cassandra("x y", "T: x identity\nR: x : * : * : * 1\n"));
    assert_says(&none, &["row a/y sums to 0", "row b/y sums to 0"]);
    let one = complaint(cassandra("x y", "T: x identity\nT: y : a : b 1\n"));
    assert_says(&one, &["row b/y sums to 0"]);
    assert!(!one.contains("a/y"), "{one}");
    let zero = complaint(cassandra(
        "x y",
        "T: x identity\nT: y identity\nT: y : b : b 0\n",
    ));
    assert_says(&zero, &["row b/y sums to 0"]);
}

#[test]
fn wildcards_of_probability_0_are_no_transitions() {
    for zeros in [
        "T: * : * : * 0.0\n",
        "T: 0 : * : * 0\nT: 1 : * : * 0.0\n",
        &(0..700)
            .map(|n| format!("T: * : * : {n} 0.0\n"))
            .collect::<String>(),
        &(0..700)
            .map(|s| format!("T: * : {s} : * 0\n"))
            .collect::<String>(),
    ] {
        let text = format!(
            "discount: 0.9\nvalues: rewards\nstates: 700\nactions: 2\nstart: 0\n{zeros}T: * identity\nR: 0 : 0 : * : * 1\n"
        );
        let model = sound(read(Format::Cassandra, &text, &Overrides::default()));
        assert!((best(&model) - 10.0).abs() < 1e-9);
    }
    // what stands later replaces what stands before
    let model = cassandra(
        "x",
        "T: x identity\nT: * : a : * 0\nT: x : a : b 1\nR: x : b : * : * 1\n",
    );
    assert!((best(&sound(model)) - 9.0).abs() < 1e-9);
}

/// The flags of `--normalize`, from the first state.
fn normalizing(tolerance: Option<&str>) -> Overrides {
    Overrides {
        normalize: tolerance.map(|x| x.parse().unwrap()),
        initial: Some("0".into()),
        ..flags("0.9")
    }
}

fn rows(probabilities: [&str; 3]) -> String {
    let [a, b, c] = probabilities;
    format!(
        "discount: 0.9\nstates: 3\nactions: [go]\ninitial: 0\ntransitions:\n- [0, go, 0, {a}, 1]\n- [0, go, 1, {b}, 1]\n- [0, go, 2, {c}, 1]\n- [1, go, 1, 1]\n- [2, go, 2, 1]\n"
    )
}

/// Six decimals of 1/3, 1/7, 11/21; float32 written out; and the flag's own number.
#[test]
fn rows_that_are_off_by_rounding_are_divided_by_their_sums() {
    let decimals = rows(["0.142857", "0.333333", "0.523809"]);
    let told = complaint(read(Format::Nested, &decimals, &normalizing(None)));
    assert_says(&told, &["row 0/go sums to", "Overrides::normalize"]);
    let model = sound(read(Format::Nested, &decimals, &normalizing(Some("1e-4"))));
    let total: f64 = model.outcomes().of(0).map(|o| o.probability.to_f64()).sum();
    assert_eq!(total, 1.0);
    assert!(model.exact_mdp().is_ok(), "exact from then on");
    let warning = model.warnings()[0].to_string();
    assert_says(&warning, &["1 row divided", "0/go → 2", "5.24e-7"]);
    // a row of seven digits that no fraction explains
    let seven = rows(["0.1234561", "0.2345672", "0.6419766"]);
    let told = complaint(read(Format::Nested, &seven, &normalizing(None)));
    assert_says(&told, &["rounded to 7 decimals", "Overrides::normalize"]);
    // beyond the tolerance it is an error all the same
    let wide = rows(["0.1", "0.2", "0.71"]);
    let told = complaint(read(Format::Nested, &wide, &normalizing(Some("1e-4"))));
    assert_says(
        &told,
        &["sums to 101/100", "more than Overrides::normalize"],
    );
    sound(read(Format::Nested, &wide, &normalizing(Some("0.01"))));
    let told = complaint(read(Format::Nested, &wide, &normalizing(None)));
    assert!(!told.contains("Overrides::normalize"), "{told}");
}

#[test]
fn an_initial_distribution_is_divided_too() {
    let text =
        rows(["0.5", "0.25", "0.25"]).replace("initial: 0", "initial: {0: 0.333333, 1: 0.666666}");
    let of_file = |tolerance: Option<&str>| Overrides {
        initial: None,
        ..normalizing(tolerance)
    };
    let told = complaint(read(Format::Nested, &text, &of_file(None)));
    assert_says(&told, &["`initial` sums to", "Overrides::normalize"]);
    let model = sound(read(Format::Nested, &text, &of_file(Some("1e-4"))));
    assert_eq!(model.initial()[0], "333333/999999".parse().unwrap());
    assert_says(
        &model.warnings()[0].to_string(),
        &["the initial distribution divided"],
    );
    // and where a flag gives it
    let flag = Overrides {
        initial: Some("{0: 0.333333, 1: 0.666666}".into()),
        ..normalizing(Some("1e-4"))
    };
    let model = sound(read(Format::Nested, &text, &flag));
    assert_eq!(model.initial()[0], "333333/999999".parse().unwrap());
}

/// Files as Storm 2.0.0 and umbi 0.2.5 wrote them (tests/python/write_fixtures.py).
#[test]
fn umb_of_storm_and_umbi() {
    let energy = |name: &str| Overrides {
        reward_model: Some(name.into()),
        ..flags("1/2")
    };
    let load = |file: &str, flags: &Overrides| Model::load_with(super::fixture(file), flags);
    // go: 2, then 1/4 for v(1) = 2 and 3/4 for v(2) = 5
    let model = sound(load("storm.umb", &energy("energy")));
    assert_eq!(best(&model), 2.0 + 0.5 * (0.25 * 2.0 + 0.75 * 5.0));
    assert_eq!(names(&model), ["s=0", "s=1", "s=2", "s=3"]);
    assert!(model.space().is_terminal(3));
    let several = complaint(load("storm.umb", &flags("1/2")));
    assert_says(&several, &["`energy`, `time`", "Overrides::reward_model"]);
    let model = sound(load("umbi.umb", &flags("1/2")));
    let row: Vec<String> = model
        .outcomes()
        .of(0)
        .map(|o| o.probability.to_string())
        .collect();
    assert_eq!(row, ["1/3", "2/3"]);
    assert!(model.exact_mdp().is_ok());
    let refused = complaint(load("umbi-observations.umb", &flags("1/2")));
    assert_says(&refused, &["a model with observations"]);
}

#[test]
fn umb_that_is_damaged_is_refused() {
    let whole = fs::read(super::fixture("umbi-plain.umb")).unwrap();
    let read = |bytes: &[u8]| Model::parse_as("m", bytes, Format::Umb, &flags("1/2"));
    sound(read(&whole));
    assert_says(&complaint(read(&whole[..700])), &["no tar file"]);
    assert_says(&complaint(read(b"state 0\n")), &["index.json"]);
    assert_says(
        &complaint(read(&[0x1f, 0x8b, 0, 0])),
        &["cannot be unpacked"],
    );
    assert_says(&complaint(read(b"\xfd7zXZ\0 ")), &["xz -dc"]);
    for byte in (0..whole.len()).step_by(37) {
        let mut damaged = whole.clone();
        damaged[byte] ^= 0x55;
        // a model or an error, never a panic
        let _ = read(&damaged);
    }
}

/// What the index announces and what the archive holds fit.
#[test]
fn umb_whose_index_is_of_another_archive_is_refused() {
    let text = "discount: 1/2\nstates: [a, b]\nactions: [x]\ninitial: a\nterminal: [b]\n\
                transitions: {a: {x: b}}\nrewards: {a: 1}\n";
    let model = sound(Model::parse("model", text));
    let (_, whole) = model.export(Format::Umb).unwrap().files.remove(0);
    let read = |bytes: &[u8]| Model::parse_as("m", bytes, Format::Umb, &flags("1/2"));
    sound(read(&whole));
    for (written, other, says) in [
        (
            r#""alias":"reward","applies-to":["states"]"#,
            r#""alias":"reward","applies-to":[        ]"#,
            "annotations/rewards/reward/states/values.bin",
        ),
        (
            r#""rewards":{"reward":{"#,
            r#""rewards":{"others":{"#,
            "annotations/rewards/",
        ),
        (
            r##""#initial-states":1"##,
            r##""#initial-states":2"##,
            "marks 1 initial states",
        ),
        (
            r#""aps":{"terminal":{"#,
            r#""aps":{"terminus":{"#,
            "annotations/aps/",
        ),
    ] {
        let (from, to) = (written.as_bytes(), other.as_bytes());
        let at = whole.windows(from.len()).position(|part| part == from);
        let at = at.unwrap_or_else(|| panic!("{written}"));
        let mut changed = whole.clone();
        changed[at..at + to.len()].copy_from_slice(to);
        assert_says(&complaint(read(&changed)), &[says]);
    }
}

/// A controller that no machine holds is refused at once, whatever its size.
#[test]
fn controllers_that_are_too_large_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiger.POMDP");
    std::fs::write(
        &path,
        "discount: 0.95\nvalues: reward\nstates: l r\nactions: listen open\nobservations: l r\n\
         start: uniform\nT: listen identity\nT: open uniform\nO: listen\n0.85 0.15\n0.15 0.85\n\
         O: open uniform\nR: listen : * : * : * -1\nR: open : l : * : * 10\n",
    )
    .unwrap();
    for nodes in [3_000, 1_000_000, 2_147_483_648, u32::MAX] {
        let overrides = Overrides {
            nodes: std::num::NonZeroU32::new(nodes),
            ..Overrides::default()
        };
        let refused = Model::load_with(&path, &overrides).unwrap_err().plain();
        assert!(
            refused.contains("the model would have more than"),
            "{refused}"
        );
    }
}
