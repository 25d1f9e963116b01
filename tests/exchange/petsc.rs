//! PETSc's binary objects: everything comes back, whoever wrote them; and files that are wrong.

use std::path::Path;

use exact_mdp::exchange::{Format, Loss};
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::model::{Model, Overrides, Share};
use exact_mdp::number::Number;

use super::{load, shipped};

fn written(model: &Model) -> Vec<u8> {
    let export = model.export(Format::Petsc).unwrap();
    export.files.into_iter().next().unwrap().1
}

fn read(bytes: &[u8], overrides: &Overrides) -> Result<Model, String> {
    Model::parse_as("model.petsc", bytes, Format::Petsc, overrides).map_err(|e| e.plain())
}

/// γ, T and the kind, γ in floating point.
fn rule(model: &Model) -> (&'static str, f64, usize) {
    let horizon = match model.criterion() {
        Criterion::FiniteHorizon { horizon, .. } => *horizon,
        _ => 0,
    };
    let discount = model.criterion().discount_number().to_f64();
    (model.criterion().kind(), discount, horizon)
}

#[test]
fn criterion_start_and_pairs_of_every_shipped_model_come_along_without_flags() {
    let mut read_back = 0;
    for path in shipped() {
        let model = load(&path, &Overrides::default());
        if model.space().states() > 600 || model.is_partly_seen() {
            continue;
        }
        let bytes = written(&model);
        let back = read(&bytes, &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(rule(&back), rule(&model), "{}", path.display());
        let (ours, theirs) = (model.space(), back.space());
        assert_eq!(ours.states(), theirs.states());
        for state in 0..ours.states() {
            let actions = |space: &exact_mdp::mdp::Space| -> Vec<usize> {
                let pairs = space.pairs_of(state);
                pairs.map(|pair| space.action_of(pair)).collect()
            };
            assert_eq!(actions(ours), actions(theirs), "{}", path.display());
        }
        let (a, b): (Mdp, Mdp) = (model.mdp(), back.mdp());
        assert_eq!(a.initial(), b.initial(), "{}", path.display());
        assert_eq!(written(&back), bytes, "{}", path.display());
        read_back += 1;
    }
    assert!(read_back >= 30, "{read_back}");
}

/// Three states: two actions, one action, terminal.
fn small() -> Model {
    let text = "discount: 0.75\nstates: 3\nactions: 2\ninitial: {0: 0.5, 1: 0.5}\nterminal: [2]\n\
                transitions:\n  0: {0: {0: 0.5, 1: 0.5}, 1: 2}\n  1: {1: {0: 0.25, 2: 0.75}}\n\
                rewards:\n  0: {0: 1, 1: -2}\n  1: {1: 3}\n";
    Model::parse("small", text).unwrap_or_else(|e| panic!("{}", e.plain()))
}

fn integers(numbers: &[i64], width: usize) -> Vec<u8> {
    let bytes = numbers.iter().map(|x| x.to_be_bytes());
    bytes
        .flat_map(|bytes| bytes[8 - width..].to_vec())
        .collect()
}

fn reals(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_be_bytes()).collect()
}

/// The bytes as the layout says, written out by hand.
#[test]
fn the_layout_is_that_of_the_documentation() {
    let infinite = f64::NEG_INFINITY;
    let parts = [
        integers(&[1_211_216, 6, 3, 8], 4),
        integers(&[2, 1, 1, 2, 1, 1], 4),
        integers(&[0, 1, 2, 1, 0, 2, 2, 2], 4),
        reals(&[0.5, 0.5, 1.0, 1.0, 0.25, 0.75, 1.0, 1.0]),
        integers(&[1_211_216, 3, 2, 6], 4),
        integers(&[2, 2, 2], 4),
        integers(&[0, 1, 0, 1, 0, 1], 4),
        reals(&[1.0, -2.0, infinite, 3.0, 0.0, 0.0]),
        integers(&[1_211_214, 3], 4),
        reals(&[0.5, 0.5, 0.0]),
        integers(&[1_211_214, 3], 4),
        reals(&[0.75, 0.0, 0.0]),
        integers(&[1_211_214, 6], 4),
        reals(&[1.0, 1.0, 0.0, 1.0, 0.0, 0.0]),
    ];
    let model = small();
    assert_eq!(written(&model), parts.concat());
    let losses = model.export(Format::Petsc).unwrap().losses;
    assert_eq!(losses, [] as [Loss; 0]);
}

/// P and R alone, R dense, with 64-bit integers: as other builds of PETSc, and madupite, write them.
#[test]
fn transitions_and_rewards_of_others_are_read() {
    let model = small();
    for width in [4, 8] {
        let infinite = f64::NEG_INFINITY;
        let parts = [
            integers(&[1_211_216, 6, 3, 8], width),
            integers(&[2, 1, 1, 2, 1, 1], width),
            integers(&[0, 1, 2, 1, 0, 2, 2, 2], width),
            reals(&[0.5, 0.5, 1.0, 1.0, 0.25, 0.75, 1.0, 1.0]),
            integers(&[1_211_216, 3, 2, -1], width),
            reals(&[1.0, -2.0, infinite, 3.0, 0.0, 0.0]),
        ];
        let flags = Overrides {
            discount: Some("0.75".parse::<Number>().unwrap()),
            initial: Some("{0: 1/2, 1: 1/2}".into()),
            ..Overrides::default()
        };
        let back = read(&parts.concat(), &flags).unwrap();
        assert_eq!(written(&back), written(&model), "{width}");
    }
}

#[test]
fn a_file_that_is_wrong_is_said_where_and_what() {
    let good = written(&small());
    let said = |bytes: &[u8]| read(bytes, &Overrides::default()).unwrap_err();
    let with = |at: usize, integer: i32| {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&integer.to_be_bytes());
        said(&bytes)
    };
    for (error, part) in [
        (said(&[]), "the array `P` is not in the file"),
        (said(b"discount: 0.9"), "the array `P` begins with"),
        (with(4, 7), "has 7 rows and 3 columns: rows are S·A"),
        (with(8, -3), "has a size that no matrix has"),
        (with(12, 7), "has rows of 8 entries, and announces 7"),
        (with(16, i32::MAX), "has rows of"),
        (with(4, 2_000_000_001), "would end at byte"),
        (with(40, 3), "has an entry in column 3 of 3"),
        (with(40, -1), "has an entry in column -1 of 3"),
        (said(&good[..80]), "would end at byte"),
        (
            said(&good[..good.len() - 1]),
            "which pairs exist` would end",
        ),
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let set = |changes: &[(usize, f64)]| {
        let mut bytes = good.clone();
        for (from_end, x) in changes {
            let at = good.len() - from_end;
            bytes[at..at + 8].copy_from_slice(&x.to_be_bytes());
        }
        said(&bytes)
    };
    let longer = [&good[..], &integers(&[1_211_214, 1], 4), &reals(&[1.0])].concat();
    for (error, part) in [
        // the first pair, and the only one of state 1: their rows move
        (
            set(&[(48, 0.0)]),
            "state 0 has no action 0, which leads elsewhere",
        ),
        (
            set(&[(24, 0.0)]),
            "state 1 has no action 1, which leads elsewhere",
        ),
        // R of the last pair, of a terminal state
        (set(&[(128, 5.0)]), "state 2 has no action 1, which is paid"),
        (set(&[(48, 0.5)]), "has the entry 0.5, where 0 or 1"),
        (set(&[(64, 0.5)]), "has the entry 0.5, where 0 or 1"),
        (
            set(&[(72, 3.0), (64, 1.0)]),
            "the horizon 3 and the average reward",
        ),
        (said(&longer), "nobody reads it"),
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    for end in 0..good.len() {
        // what ends after a whole object has all that it needs, or is told what it lacks
        let _ = read(&good[..end], &Overrides::default());
    }
    let mut rows = good.clone();
    rows[72..80].copy_from_slice(&0.25f64.to_be_bytes());
    assert!(
        said(&rows).contains("row 0/0 sums to 3/4"),
        "{}",
        said(&rows)
    );
}

/// Each process has its own rows, and of the others' pairs that they exist.
#[test]
fn a_share_has_the_rows_of_its_states() {
    let garnet =
        "discount: 0.9\ngarnet: {states: 11, actions: 2, branching: 3, seed: 4, terminal: 1}\n";
    let grid = "discount: 0.9\ngrid:\n  map: |\n    S..G\n    .#..\n    ....\n  slip: {ahead: 0.8, left: 0.1, right: 0.1}\n  \
                step_reward: -1\n  legend: {S: {initial: 1}, G: {terminal: true, reward: 1}}\n";
    for text in [garnet, grid] {
        let parse = |share| {
            let overrides = Overrides {
                share,
                ..Overrides::default()
            };
            Model::parse_with("m", text, &overrides).unwrap_or_else(|e| panic!("{}", e.plain()))
        };
        let whole = parse(None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.petsc");
        std::fs::write(&path, written(&whole)).unwrap();
        for part in 0..3 {
            let share = Share { part, of: 3 };
            let overrides = Overrides {
                share: Some(share),
                ..Overrides::default()
            };
            let from_file = Model::load_with(Path::new(&path), &overrides).unwrap();
            for model in [parse(Some(share)), from_file] {
                assert_share(&whole, &model, share);
            }
        }
    }
}

fn assert_share(whole: &Model, model: &Model, share: Share) {
    let kept = share.states(whole.space().states());
    assert_eq!(model.space().pairs(), whole.space().pairs());
    let (all, own): (Mdp, Mdp) = (whole.mdp(), model.mdp());
    assert_eq!(all.initial(), own.initial());
    for pair in 0..whole.space().pairs() {
        let state = whole.space().state_of(pair);
        let row: Vec<(usize, f64)> = own.p().row(pair).map(|(n, x)| (n, *x)).collect();
        if kept.contains(&state) {
            assert!(
                row.iter()
                    .copied()
                    .eq(all.p().row(pair).map(|(n, x)| (n, *x)))
            );
            assert_eq!(all.r()[pair], own.r()[pair]);
        } else {
            assert_eq!((row, own.r()[pair]), (vec![(state, 1.0)], 0.0));
        }
    }
}
