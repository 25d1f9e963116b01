//! Wrong files: each gets one error with its place, what was found, what was expected, the mend.

use std::io::Write;

use exact_mdp::exchange::Format;
use exact_mdp::model::{Model, Overrides};

fn flags() -> Overrides {
    Overrides {
        discount: Some("0.9".parse().unwrap()),
        initial: Some("0".into()),
        ..Overrides::default()
    }
}

fn complaint(format: Format, text: &str) -> String {
    let read = Model::parse_as("model", text.as_bytes(), format, &flags());
    read.expect_err(text).plain()
}

#[test]
fn complaints_about_texts() {
    use Format::{Cassandra, Drn, Gymnasium, Prism};
    let drn = |body: &str| format!("@type: MDP\n@nr_states\n2\n@nr_choices\n2\n@model\n{body}");
    let cassandra = |body: &str| format!("discount: 0.9\nstates: a b\nactions: go\n{body}");
    let cases = [
        (Gymnasium, "{\"0\": {\"0\": [[1.0, 0, 0]]}}".to_string()),
        (Gymnasium, "{\"0\": {\"0\": [[0.5, 1, 0, true]]}}".into()),
        (Gymnasium, "{\"0\": {\"0\": [[1.0, 1, NaN, true]]}}".into()),
        (Gymnasium, "{\"0\": {\"0\": [[1.0, 1, 0.0, false]]}}".into()),
        (
            Gymnasium,
            "{\"0\": {\"0\": [[-1.0, 0, 0, false], [2.0, 0, 0, false]]}}".into(),
        ),
        (
            Gymnasium,
            "{\"P\": {\"0\": {\"0\": []}}, \"rewards\": {}}".into(),
        ),
        (Drn, drn("state 0\n\taction a [0]\n\t\t5 : 1\n")),
        (
            Drn,
            drn("state 0\n\taction a [0]\n\t\t1 : 0.9\nstate 1\n\taction a\n\t\t1 : 1\n"),
        ),
        (Drn, drn("state 0\n\taction a [x]\n\t\t1 : 1\n")),
        (Drn, drn("state 1\n")),
        (Drn, drn("state 0\n\taction a\n\t\t0 1\n")),
        (Drn, drn("state 0\n\taction a\n\t\t0 : 1\n")),
        (Drn, "@type: CTMC\n@model\n".into()),
        (
            Drn,
            "@type: MDP\n@reward_models\na b\n@nr_states\n1\n@model\n".into(),
        ),
        (Drn, "@type: MDP\n".into()),
        (Prism, "2 2 2\n0 0 1 0.5\n1 0 1 1\n".into()),
        (Prism, "2 2 2\n0 0 3 1\n1 0 1 1\n".into()),
        (Prism, "1000000000000 2 2\n0 0 1 1\n1 0 1 1\n".into()),
        (Prism, "2 2 5\n0 0 1 1\n1 0 0 1\n".into()),
        (Prism, "2 2 2\n0 0 1 1/0\n1 0 0 1\n".into()),
        (Prism, "".into()),
        (Cassandra, cassandra("T: go : c : a 1\n")),
        (Cassandra, cassandra("T: go : a : b 0.5\nT: go : b : b 1\n")),
        (Cassandra, cassandra("T: go\n1 0\n0")),
        (Cassandra, cassandra("T: go identity\nO: go : a : x 1\n")),
        (Cassandra, cassandra("T go\n")),
        (Cassandra, "states: 3\nT: 0 identity".into()),
        (
            Cassandra,
            "states: 4000000000\nactions: 1\nT: * uniform".into(),
        ),
        (
            Cassandra,
            "states: 60000\nactions: 1000\nT: * uniform".into(),
        ),
    ];
    let complaints = cases.iter().map(|(format, text)| {
        let complaint = complaint(*format, text);
        format!("{format:?}: {}\n{complaint}", text.escape_debug())
    });
    insta::assert_snapshot!(complaints.collect::<Vec<_>>().join("\n"));
}

/// What stands above rewards counts states, choices and rewards; a row there is not skipped.
#[test]
fn counts_above_rewards_are_read() {
    let counted = "2 2 2\n0 0 1 1\n1 0 0 1\n";
    let cases = [
        (
            counted,
            "srew",
            "0 5\n1 7\n",
            "expected the counts of the `.tra` file",
        ),
        (
            counted,
            "srew",
            "7 99\n0 5\n1 7\n",
            "expected the counts of the `.tra` file",
        ),
        (
            counted,
            "srew",
            "2 3\n0 5\n1 7\n",
            "announces 3 rewards, but has 2",
        ),
        (
            counted,
            "trew",
            "2 1 1\n0 0 1 5\n",
            "expected the counts of the `.tra` file",
        ),
        (
            counted,
            "trew",
            "2 2 2\n0 0 1 5\n",
            "announces 2 rewards, but has 1",
        ),
        (
            counted,
            "trew",
            "",
            "expected the counts of the `.tra` file",
        ),
        (
            "mdp\n0 0 1 1\n1 0 0 1\n",
            "srew",
            "2 2\n0 5\n1 7\n",
            "state 2 is not one of",
        ),
        (
            "2 3 2\n0 0 1 1\n1 0 0 1\n",
            "srew",
            "2 0\n",
            "announces 3 choices, but has 2",
        ),
    ];
    for (tra, ending, rewards, expected) in cases {
        let mut beside: [Option<(String, Vec<u8>)>; 4] = Default::default();
        let place = if ending == "srew" { 2 } else { 3 };
        beside[place] = Some((format!("m.{ending}"), rewards.as_bytes().to_vec()));
        let read = Model::parse_prism("m.tra", tra.as_bytes(), &beside, &flags());
        let complaint = read.expect_err(rewards).plain();
        assert!(complaint.contains(expected), "{rewards:?}: {complaint}");
    }
}

/// An action that leads nowhere does not vanish, not even where another one makes the state look
/// terminal.
#[test]
fn a_row_of_nothing_sums_to_0() {
    let drn = "@type: MDP\n@reward_models\nr\n@nr_states\n2\n@nr_choices\n3\n@model\n\
               state 0 [0] init\n\taction a [5]\n\t\t1 : 1\n\taction b [100]\n\
               state 1 [0]\n\taction a [1]\n\t\t0 : 1\n";
    let complaint = complaint(Format::Drn, drn);
    assert!(complaint.contains("row 0/b sums to 0"), "{complaint}");
    let numbers = |x: &[f64]| -> Vec<u8> { x.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let (reads, leads) = (
        [0.0, 100.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0],
    );
    let product = [
        ("R.npy", npy("<f8", "(2, 2)", &numbers(&reads))),
        ("Q.npy", npy("<f8", "(2, 2, 2)", &numbers(&leads))),
    ];
    let by_action = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    let toolbox = [
        ("R.npy", npy("<f8", "(2, 2)", &numbers(&reads))),
        ("P.npy", npy("<f8", "(2, 2, 2)", &numbers(&by_action))),
    ];
    let placed = Overrides {
        axes: Some(exact_mdp::model::Axes::Ass),
        ..flags()
    };
    for (arrays, flags) in [(product, flags()), (toolbox, placed)] {
        let members: Vec<(&str, &[u8])> = arrays.iter().map(|(n, b)| (*n, &b[..])).collect();
        let bytes = archive(&members);
        let read = Model::parse_as("m.npz", &bytes, Format::Quantecon, &flags);
        let complaint = read.expect_err("an empty row").plain();
        assert!(
            complaint.contains("row 0/1 sums to 0, not 1"),
            "{complaint}"
        );
    }
}

/// −∞ in R says that the action is not there, in both forms; a horizon may be a float; numbers in
/// messages are those that were written.
#[test]
fn quantecon_s_arrays_as_numpy_writes_them() {
    let numbers = |x: &[f64]| -> Vec<u8> { x.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let indices = |x: &[i64]| -> Vec<u8> { x.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let model = |beta: f64, horizon: f64| {
        let infinite = [1.0, f64::NEG_INFINITY, 2.0];
        let members = [
            ("R.npy", npy("<f8", "(3,)", &numbers(&infinite))),
            (
                "Q.npy",
                npy("<f8", "(3, 2)", &numbers(&[0.5, 0.5, 1.0, 0.0, 0.0, 1.0])),
            ),
            ("s_indices.npy", npy("<i8", "(3,)", &indices(&[0, 0, 1]))),
            ("a_indices.npy", npy("<i8", "(3,)", &indices(&[0, 1, 0]))),
            ("beta.npy", npy("<f8", "()", &numbers(&[beta]))),
            ("horizon.npy", npy("<f8", "()", &numbers(&[horizon]))),
        ];
        let members: Vec<(&str, &[u8])> = members.iter().map(|(n, b)| (*n, &b[..])).collect();
        let start = Overrides {
            initial: Some("0".into()),
            ..Overrides::default()
        };
        Model::parse_as("m.npz", &archive(&members), Format::Quantecon, &start)
    };
    let read = model(0.9, 3.0).unwrap_or_else(|e| panic!("{}", e.plain()));
    assert_eq!(read.space().pairs(), 2);
    let horizon = exact_mdp::mdp::Criterion::FiniteHorizon {
        discount: exact_mdp::number::Number::from_f64(0.9).unwrap(),
        horizon: 3,
    };
    assert_eq!(read.criterion(), &horizon);
    let complaint = model(1.2, 3.0).expect_err("γ > 1").plain();
    assert!(complaint.contains("[0, 1], but is 1.2"), "{complaint}");
    let complaint = model(0.9, 2.5).expect_err("no number of steps").plain();
    assert!(
        complaint.contains("`horizon` is no number of steps"),
        "{complaint}"
    );
}

/// A discount that is none is told where it stands.
#[test]
fn the_discount_of_cassandra_is_refused_where_it_stands() {
    let text = "states: a b\nactions: x\ndiscount: 1.5\nT: * identity\nR: * : a : * 1\n";
    let flags = Overrides::default();
    let read = Model::parse_as("two.POMDP", text.as_bytes(), Format::Cassandra, &flags);
    let complaint = read.expect_err("a discount above 1").plain();
    assert!(complaint.contains("3:11"), "{complaint}");
}

/// `a b` is two states: `include:` starts in both, and a list behind one would start in the first alone.
#[test]
fn what_stands_behind_the_start_of_cassandra_is_refused_where_it_stands() {
    let read = |start: &str| {
        let text = format!(
            "discount: 0.5\nstates: a b\nactions: x\n{start}\nT: * : a : b 1\nT: * : b : a 1\nR: * : a : * 1\n"
        );
        let flags = Overrides::default();
        Model::parse_as("two.POMDP", text.as_bytes(), Format::Cassandra, &flags)
    };
    for (start, said) in [
        ("start: a b", "4:10"),
        ("start: a 0.5 b 0.5", "4:10"),
        ("start: uniform 0.3 0.7", "4:16"),
        ("start exclude: a b", "4:7"),
        ("start include:", "4:7"),
        ("start: 0.5 0.4", "4:1"),
        ("start: 1.5 -0.5", "4:1"),
    ] {
        let complaint = read(start).expect_err(start).plain();
        assert!(complaint.contains(said), "{start}: {complaint}");
    }
    for (start, half) in [
        ("start: a", false),
        ("start: uniform", true),
        ("start include: a b", true),
        ("start: 0.5 0.5", true),
    ] {
        let initial = read(start).expect(start).mdp::<f64>().initial().to_vec();
        assert_eq!(initial, if half { [0.5, 0.5] } else { [1.0, 0.0] });
    }
}

#[test]
fn cassandra_s_reset_is_refused_by_name() {
    let text = "discount: 0.9\nstates: a b\nactions: go\nT: go : a reset\n";
    let complaint = complaint(Format::Cassandra, text);
    assert!(
        complaint.contains("found `reset`") && complaint.contains("`start:`"),
        "{complaint}"
    );
}

/// A file whose numbers promise far more than it holds costs no memory in proportion to them.
#[test]
fn archives_that_promise_too_much() {
    for bytes in [&b"PK\x03\x04"[..], b"", b"not an archive"] {
        let read = Model::parse_as("m.npz", bytes, Format::Quantecon, &flags());
        let complaint = read.expect_err("no archive").plain();
        assert!(
            complaint.starts_with("m.npz: this is not an archive"),
            "{complaint}"
        );
        assert!(complaint.contains("numpy.savez"), "{complaint}");
    }
}

/// An archive of these members, packed.
pub fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn npy(kind: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

#[test]
fn complaints_about_arrays() {
    let zeros = vec![0; 40 << 20];
    let numbers = |x: &[f64]| -> Vec<u8> { x.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let half = npy("<f8", "(1, 2, 2)", &numbers(&[0.5, 0.25, 0.0, 1.0]));
    let wrong = npy("<f8", "(1, 2, 2)", &numbers(&[2.0, -1.0, 0.0, 1.0]));
    let endless = npy("<f8", "(1, 2, 2)", &numbers(&[f64::NAN, 1.0, 0.0, 1.0]));
    let rewards = npy("<f8", "(2,)", &numbers(&[1.0, 0.0]));
    let cases: [(&str, Vec<u8>, &str); 9] = [
        (
            "P.npy",
            npy("<f8", "(1, 2, 2)", &zeros),
            "unpacks to far more than the file holds",
        ),
        (
            "P.npy",
            npy("<f8", "(1000000000, 1000000000, 8)", &zeros[..8]),
            "but has 8 bytes",
        ),
        ("P.npy", npy("<f8", "(99999999999999, 0)", &[]), "is empty"),
        ("P.npy", npy("|O", "(1, 2, 2)", &zeros[..8]), "P0/data"),
        ("P.npy", npy("<c16", "(1, 2, 2)", &zeros[..64]), "`<c16`"),
        ("P.npy", half, "row 0/0 sums to 3/4, not 1"),
        (
            "P.npy",
            wrong,
            "has a negative entry for state 0, action 0, next state 1",
        ),
        ("P.npy", endless, "has the entry NaN"),
        (
            "A.npy",
            rewards.clone(),
            "neither `P` (pymdptoolbox) nor `Q` (QuantEcon), but `A`, `R`",
        ),
    ];
    for (name, array, expected) in cases {
        let bytes = archive(&[(name, &array), ("R.npy", &rewards)]);
        let read = Model::parse_as("m.npz", &bytes, Format::Quantecon, &flags());
        let complaint = read.expect_err(expected).plain();
        assert!(complaint.contains(expected), "{complaint}");
    }
}

/// What a format says nothing about is asked for, with the flag that says it.
#[test]
fn what_is_left_out_is_asked_for() {
    let text = "{\"0\": {\"0\": [[1.0, 1, 1.0, true]]}}";
    let complaint = Model::parse("p.json", text)
        .expect_err("nothing said")
        .plain();
    assert!(
        complaint.contains("`initial`") && complaint.contains("`discount`"),
        "{complaint}"
    );
    assert!(
        complaint.contains("Overrides::initial") && complaint.contains("Overrides::discount"),
        "{complaint}"
    );
    let text = "2 2 2\n0 0 1 1\n1 0 0 1\n";
    let read = Model::parse_as(
        "p.tra",
        text.as_bytes(),
        Format::Prism,
        &Overrides::default(),
    );
    let complaint = read.expect_err("nothing said").plain();
    assert!(
        complaint.contains("Overrides::initial") && complaint.contains("Overrides::discount"),
        "{complaint}"
    );
}

/// A byte order mark, with which some editors begin a file, is no part of it.
#[test]
fn byte_order_marks_are_passed_over() {
    let drn = "@type: MDP\n@parameters\n\n@reward_models\n\n@nr_states\n2\n@nr_choices\n2\n@model\n\
               state 0 init\n\taction 0\n\t\t1 : 1\nstate 1\n\taction 0\n\t\t0 : 1\n";
    let tra = "2 2 2\n0 0 1 1\n1 0 0 1\n";
    let pomdp = "discount: 0.9\nvalues: reward\nstates: 2\nactions: 1\nstart: 0\nT: 0 uniform\n";
    for (format, text) in [
        (Format::Drn, drn),
        (Format::Prism, tra),
        (Format::Cassandra, pomdp),
    ] {
        let marked = format!("\u{feff}{text}");
        let read = |text: &str| Model::parse_as("m", text.as_bytes(), format, &flags());
        let [plain, marked] = [text, &marked].map(|text| read(text).expect("a model"));
        assert_eq!(plain, marked);
    }
}

/// Where nothing happens in any state that is said, whatever the format, with what may be meant.
#[test]
fn states_that_all_stay_are_told() {
    let drn = "@type: MDP\n@parameters\n\n@reward_models\n\n@nr_states\n2\n@nr_choices\n2\n@model\n\
               state 0 init\n\taction 0\n\t\t0 : 1\nstate 1\n\taction 0\n\t\t1 : 1\n";
    for (format, text) in [
        (Format::Drn, drn),
        (Format::Prism, "2 2 2\n0 0 0 1\n1 0 1 1\n"),
    ] {
        let read = Model::parse_as("m", text.as_bytes(), format, &flags());
        let complaint = read.expect_err("no state acts").plain();
        assert!(
            complaint.contains("all states are terminal")
                && complaint.contains("Overrides::reward_model"),
            "{complaint}"
        );
    }
}

/// Q is QuantEcon's name of p: with both there are two models. What belongs to Q says nothing beside P.
#[test]
fn p_beside_q_is_an_error() {
    let numbers = |x: &[f64]| -> Vec<u8> { x.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let p = npy("<f8", "(1, 2, 2)", &numbers(&[0.0, 1.0, 1.0, 0.0]));
    let q = npy("<f8", "(2, 1, 2)", &numbers(&[0.0, 1.0, 1.0, 0.0]));
    let r = npy("<f8", "(2, 1)", &numbers(&[1.0, 0.0]));
    let read = |members: &[(&str, &[u8])]| {
        Model::parse_as("m.npz", &archive(members), Format::Quantecon, &flags())
    };
    let both = read(&[("P.npy", &p), ("Q.npy", &q), ("R.npy", &r)]);
    let complaint = both.expect_err("two of p").plain();
    assert!(complaint.contains("stands beside `Q`"), "{complaint}");
    let pairs = npy("<i8", "(2,)", &[0; 16]);
    let beside = read(&[("P.npy", &p), ("s_indices.npy", &pairs), ("R.npy", &r)]).unwrap();
    let told: Vec<String> = beside.warnings().iter().map(ToString::to_string).collect();
    assert!(
        told.iter().any(|told| told.contains("`s_indices`")),
        "{told:?}"
    );
    let none = read(&[]).expect_err("no array").plain();
    assert!(none.contains("but no array at all"), "{none}");
}

/// Of two that say something of one thing neither is taken: the formats do not say which counts.
#[test]
fn what_is_given_twice_is_named_in_both_places() {
    let tail = "T: go identity\nR: go : a : * : * 1\n";
    for (section, first, second, place) in [
        ("discount", "discount: 0.9", "discount: 0.5", "5:1"),
        ("values", "values: reward", "values: cost", "5:1"),
        ("start", "start: a", "start include: b", "5:1"),
        ("states", "states: a b", "states: 3", "5:1"),
        ("actions", "actions: go", "actions: stop", "5:1"),
    ] {
        let rest = [
            "discount: 0.9",
            "values: reward",
            "states: a b",
            "actions: go",
        ];
        let rest: Vec<&str> = (rest.into_iter())
            .filter(|line| !line.starts_with(section))
            .collect();
        let top = [&[first][..], &rest[..3], &[second]].concat();
        let text = format!("{}\n{tail}", top.join("\n"));
        let complaint = complaint(Format::Cassandra, &text);
        let expected = format!("model:{place}: `{section}` is given twice, first in line 1");
        assert!(complaint.starts_with(&expected), "{text}{complaint}");
    }
    let late = format!("discount: 0.9\nstates: a b\nstart: a\nactions: go\n{tail}start: b\n");
    let complaint = complaint(Format::Cassandra, &late);
    let expected = "model:7:1: `start` is given twice, first in line 3";
    assert!(complaint.starts_with(expected), "{complaint}");

    for (place, beside, expected) in [
        (
            2,
            "2 2\n0 5\n0 7\n",
            "m.srew:3:1: the reward of state 0 is given twice, first in line 2",
        ),
        (
            3,
            "# one\n2 2 2\n0 0 1 5\n0 0 1 7\n",
            "m.trew:4:1: the reward of state 0, choice 0, next state 1 is given twice, first in line 3",
        ),
        (
            0,
            "(s)\n0:(1)\n0:(2)\n",
            "m.sta:3:1: state 0 is given twice, first in line 2",
        ),
    ] {
        let mut files: [Option<(String, Vec<u8>)>; 4] = Default::default();
        let ending = ["sta", "lab", "srew", "trew"][place];
        files[place] = Some((format!("m.{ending}"), beside.as_bytes().to_vec()));
        let tra = b"2 2 2\n0 0 1 1\n1 0 0 1\n";
        let read = Model::parse_prism("m.tra", tra, &files, &flags());
        let complaint = read.expect_err(beside).plain();
        assert!(complaint.starts_with(expected), "{complaint}");
    }
}

/// Whoever writes DTMC means that nobody chooses.
#[test]
fn a_markov_chain_has_one_choice_in_each_state() {
    let text = |kind: &str, more: &str| {
        let choices = 1 + usize::from(!more.is_empty());
        format!(
            "{kind}\n@reward_models\nr\n@nr_states\n1\n@nr_choices\n{choices}\n@model\nstate 0 [1] init\n\taction a [0]\n\t\t0 : 1\n{more}"
        )
    };
    let second = "\taction b [0]\n\t\t0 : 1\n";
    let chain = text("@type: DTMC", "");
    assert!(Model::parse_as("m", chain.as_bytes(), Format::Drn, &flags()).is_ok());
    let said = complaint(Format::Drn, &text("@type: DTMC", second));
    assert!(said.contains("states have several choices"), "{said}");
    let said = complaint(Format::Drn, &text("@type: MDP\n@type: DTMC", second));
    assert!(said.contains("`@type` is given twice"), "{said}");
    let placed = text("@type: DTMC\n@placeholders\n$0 : 2\n$0 : 7", "");
    let said = complaint(Format::Drn, &placed);
    assert!(
        said.contains("`$0` is given twice, first in line 3"),
        "{said}"
    );
}
