//! Files that the programs themselves wrote (`tests/python/write_fixtures.py`).

use exact_mdp::evaluation::Evaluation;
use exact_mdp::exchange::Format;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::{Model, Overrides};
use exact_mdp::policy::Policy;

use super::{fixture, load};

fn overrides(discount: &str, initial: &str) -> Overrides {
    Overrides {
        discount: Some(discount.parse().unwrap()),
        initial: Some(initial.into()),
        ..Overrides::default()
    }
}

fn evaluate(model: &Model) -> Evaluation {
    let mdp: Mdp = model.mdp();
    let policy = Policy::uniform(mdp.space());
    Evaluation::new(&mdp, &policy, &SolverOptions::default()).unwrap()
}

fn optimum(model: &Model) -> Vec<f64> {
    let mdp: Mdp = model.mdp();
    let options = exact_mdp::control::ControlOptions::default();
    exact_mdp::control::solve(&mdp, &options).unwrap().v
}

fn assert_close(ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (i, (x, y)) in ours.iter().zip(theirs).enumerate() {
        assert!((x - y).abs() <= tolerance, "entry {i}: {x}, not {y}");
    }
}

/// Gymnasium's P and the map of the shipped model are the same lake; its probabilities are
/// 0.33333333333333337 and the like, and values are worth at most 1/(1 − γ) = 100 of that.
#[test]
fn gymnasium_s_lake_is_the_shipped_one() {
    let path = std::path::Path::new(crate::ROOT).join("mdps/frozenlake-4x4.yaml");
    let shipped = load(&path, &Overrides::default());
    let wrapped = load(&fixture("frozenlake.json"), &Overrides::default());
    let bare = load(&fixture("frozenlake-bare.json"), &overrides("0.99", "0"));
    for read in [wrapped, bare] {
        assert_eq!(read.space().states(), 16);
        assert_eq!(read.space().pairs(), 44);
        let (ours, theirs) = (evaluate(&shipped), evaluate(&read));
        assert_close(&ours.v, &theirs.v, 1e-12);
        assert_close(&ours.occupancy, &theirs.occupancy, 1e-12);
        assert_close(&optimum(&shipped), &optimum(&read), 1e-12);
    }
}

/// The goal, 47, has transitions in Gymnasium, of an agent that walks on: they end the episode
/// first, and are not the model's.
#[test]
fn what_terminates_ends_although_it_could_go_on() {
    let model = load(&fixture("cliffwalking.json"), &Overrides::default());
    let space = model.space();
    assert_eq!(space.states(), 48);
    let terminal: Vec<usize> = (0..48).filter(|&s| space.is_terminal(s)).collect();
    assert_eq!(terminal, [47]);
    // the shortest safe way from 36 is 13 steps of −1
    let gamma: f64 = 0.99;
    let value = -(1.0 - gamma.powi(13)) / (1.0 - gamma);
    assert_close(&optimum(&model)[36..37], &[value], 1e-12);
}

/// A goal that is also passed through alive: what terminates there is led to a state of its own.
#[test]
fn termination_in_a_state_that_others_pass_through() {
    let text = r#"{"0": {"0": [[0.5, 1, 1.0, true], [0.5, 1, 0.0, false]]},
                   "1": {"0": [[1.0, 0, 3.0, false]]}}"#;
    let flags = overrides("1/2", "0");
    let model =
        Model::parse_with("p.json", text, &flags).unwrap_or_else(|e| panic!("{}", e.plain()));
    assert_eq!(model.space().states(), 3);
    assert!(model.space().is_terminal(2));
    // v₀ = 1/2 + v₁/4, v₁ = 3 + v₀/2: v₀ = 1.25 / 0.875
    let v = evaluate(&model).v;
    assert_close(&v, &[10.0 / 7.0, 26.0 / 7.0, 0.0], 1e-14);
}

/// mdptoolbox.example.forest: waiting in the oldest state pays 4, cutting 1 and 2; with γ = 0.9 its
/// policy iteration gives V = (26.244, 29.484, 33.484), as its documentation prints.
#[test]
fn pymdptoolbox_s_forest() {
    for (file, flags) in [
        (
            "forest.npz",
            Overrides {
                initial: Some("uniform".into()),
                ..Overrides::default()
            },
        ),
        ("forest-sparse.npz", overrides("0.9", "uniform")),
    ] {
        let model = load(&fixture(file), &flags);
        assert_close(&optimum(&model), &[26.244, 29.484, 33.484], 1e-9);
    }
}

/// An array in Fortran's order holds the same rows, which sum to 1.
#[test]
fn arrays_in_fortran_s_order() {
    let flags = overrides("0.9", "uniform");
    let model = load(&fixture("random-fortran.npz"), &flags);
    assert_eq!((model.space().states(), model.space().pairs()), (5, 15));
}

/// The growth model of QuantEcon's documentation, whose optimal values are printed there.
#[test]
fn quantecon_s_growth_model() {
    let printed = [
        19.01740222,
        20.01740222,
        20.43161578,
        20.74945302,
        21.04078099,
        21.30873018,
        21.54479816,
        21.76928181,
        21.98270358,
        22.18824323,
        22.3845048,
        22.57807736,
        22.76109127,
        22.94376708,
        23.11533996,
        23.27761762,
    ];
    let start = Overrides {
        initial: Some("uniform".into()),
        ..Overrides::default()
    };
    for file in ["growth.npz", "growth-pairs.npz"] {
        let model = load(&fixture(file), &start);
        // six actions in the states from 5 on, fewer below
        assert_eq!(model.space().pairs(), 1 + 2 + 3 + 4 + 5 + 11 * 6);
        assert_close(&optimum(&model), &printed, 5e-9);
    }
}

/// A coin thrown once, 1/3 heads: v(1) = 5/2 + γ/4 v(1), v(0) = 1 + γ/3 v(1) for the fair coin.
#[test]
fn storm_s_coin_is_exact() {
    let model = load(&fixture("coin.drn"), &overrides("1/2", "uniform"));
    assert!(model.warnings().is_empty());
    let terminal: Vec<bool> = (0..4).map(|s| model.space().is_terminal(s)).collect();
    assert_eq!(terminal, [false, false, true, true]);
    let one = 2.5 / (1.0 - 0.125);
    assert_close(&optimum(&model), &[1.0 + one / 6.0, one, 0.0, 0.0], 1e-14);
    let named = load(&fixture("coin-double.drn"), &overrides("1/2", "s=0"));
    let names = |model: &Model| -> Vec<String> {
        let space = model.space();
        let states = space.state_names().iter().map(|name| name.into_owned());
        let actions = space.action_names().iter().map(|name| name.into_owned());
        states.chain(actions).collect()
    };
    let expected = ["s=0", "s=1", "s=2", "s=3", "fair", "sure", "again"];
    assert_eq!(names(&named), expected);
}

/// PRISM's files as its manual shows them, with rewards of states and of transitions.
#[test]
fn prism_s_files() {
    let beside = |sta: &str, lab: &str, srew: &str, trew: &str| {
        [("sta", sta), ("lab", lab), ("srew", srew), ("trew", trew)]
            .map(|(ending, text)| Some((format!("m.{ending}"), text.as_bytes().to_vec())))
    };
    let tra = "3 4 5\n0 0 1 0.5 go\n0 0 2 0.5 go\n0 1 0 1 stay\n1 0 2 1 go\n2 0 2 1 stay\n";
    let files = beside(
        "(x)\n0:(7)\n1:(8)\n2:(9)\n",
        "0=\"init\" 1=\"deadlock\"\n0: 0\n",
        "# Reward structure\n3 1\n0 1\n",
        "3 4 1\n0 0 1 4\n",
    );
    let flags = Overrides {
        discount: Some("1/2".parse().unwrap()),
        ..Overrides::default()
    };
    let model = Model::parse_prism("m.tra", tra.as_bytes(), &files, &flags);
    let model = model.unwrap_or_else(|errors| panic!("{}", errors.plain()));
    assert_eq!(model.space().state_names().get(0), "7");
    // go: 1 + 4/2 = 3; to stay for ever: 1 / (1 − 1/2) = 2
    assert_close(&optimum(&model), &[3.0, 0.0, 0.0], 1e-14);
}

/// Storm's dialect counts nothing, above rewards neither: v(0) = 5 + v(1)/2, v(1) = 7 + v(0)/2.
#[test]
fn rewards_in_storm_s_dialect_begin_with_the_first() {
    let some = |ending: &str, text: &str| Some((format!("m.{ending}"), text.as_bytes().to_vec()));
    let tra = "mdp\n0 0 1 1\n1 0 0 1\n";
    for (srew, trew) in [
        (some("srew", "0 5\n1 7\n"), None),
        (None, some("trew", "0 0 1 5\n1 0 0 7\n")),
    ] {
        let files = [None, None, srew, trew];
        let flags = overrides("1/2", "0");
        let model = Model::parse_prism("m.tra", tra.as_bytes(), &files, &flags);
        let model = model.unwrap_or_else(|errors| panic!("{}", errors.plain()));
        assert_close(&optimum(&model), &[34.0 / 3.0, 38.0 / 3.0], 1e-14);
        assert!(model.warnings().is_empty());
    }
}

/// Without a file of rewards there are none, which is said.
#[test]
fn prism_s_files_without_rewards_are_warned_about() {
    let tra = "2 2 2\n0 0 1 1\n1 0 0 1\n";
    let files = Default::default();
    let model = Model::parse_prism("m.tra", tra.as_bytes(), &files, &overrides("1/2", "0"));
    let model = model.unwrap_or_else(|errors| panic!("{}", errors.plain()));
    let warnings: Vec<String> = model.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].starts_with("no rewards found"), "{warnings:?}");
}

/// Where episodes start decides whether a state that is entered terminated only is terminal; a flag
/// says it as the file does. v(0) = 1, v(1) = 9 + 0.9 v(0), J their mean 109/20.
#[test]
fn a_flag_starts_gymnasium_s_episodes_as_the_file_does() {
    let p = r#"{"0": {"0": [[1.0, 1, 1.0, true]]}, "1": {"0": [[1.0, 0, 9.0, false]]}}"#;
    let within = format!("{{\"P\": {p}, \"initial\": [0.5, 0.5]}}");
    let started = |text: &str, initial: Option<&str>| {
        let flags = Overrides {
            discount: Some("0.9".parse().unwrap()),
            initial: initial.map(String::from),
            ..Overrides::default()
        };
        let model = Model::parse_with("p.json", text, &flags);
        evaluate(&model.unwrap_or_else(|errors| panic!("{}", errors.plain()))).j
    };
    assert_close(&[started(&within, None)], &[5.45], 1e-14);
    assert_close(&[started(p, Some("{0: 1/2, 1: 1/2}"))], &[5.45], 1e-14);
    assert_close(&[started(p, Some("1"))], &[9.9], 1e-14);
    // the flag stands in place of the file's
    assert_close(&[started(&within, Some("0"))], &[1.0], 1e-14);
}

/// Cassandra's wildcards, rows, matrices and costs; what stands later replaces what stands before.
#[test]
fn cassandra_s_shorthands() {
    let text = "
        discount: 0.5   # a comment
        values: cost
        states: left right
        actions: stay swap
        start: left
        T: * uniform
        T: stay identity
        T: swap : left : right 1.0
        T: swap : left : left 0.0
        T: swap : right 1 0
        R: * : * : * 5
        R: stay : left
        1 1
        R: swap : left : right : * 2.5
        R: stay : right : * 3
    ";
    let model = Model::parse_as(
        "m.POMDP",
        text.as_bytes(),
        Format::Cassandra,
        &Overrides::default(),
    );
    let model = model.unwrap_or_else(|errors| panic!("{}", errors.plain()));
    let mdp: Mdp = model.mdp();
    assert_eq!(mdp.r(), [-1.0, -2.5, -3.0, -5.0]);
    // left: stay for ever −2, right: stay −6 or swap −5 + v(left)/2 = −6
    assert_close(&optimum(&model), &[-2.0, -6.0], 1e-14);
    let told = model.warnings().iter().map(ToString::to_string);
    assert!(
        told.collect::<String>()
            .contains("rewards of the other sign")
    );
    // costs of costs: the dearest policy would be optimal
    let costs = Overrides {
        objective: Some(exact_mdp::model::Objective::Minimize),
        ..Overrides::default()
    };
    let error = Model::parse_as("m.POMDP", text.as_bytes(), Format::Cassandra, &costs);
    assert!(
        error
            .unwrap_err()
            .plain()
            .contains("would look for the largest cost")
    );
}
