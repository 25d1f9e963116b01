//! Models in the formats of other programs: round trips, files that the programs themselves wrote,
//! and files that are wrong.

mod arrays;
mod ends;
mod faults;
mod petsc;
mod readers;
mod written;

use std::path::{Path, PathBuf};

use exact_mdp::exchange::Format;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::model::{CriterionKind, Model, ModelErrors, Overrides};
use exact_mdp::number::Rational;

const FORMATS: [Format; 8] = [
    Format::Gymnasium,
    Format::Pymdptoolbox,
    Format::Quantecon,
    Format::Drn,
    Format::Prism,
    Format::Cassandra,
    Format::Umb,
    Format::Petsc,
];

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(crate::ROOT).join("mdps");
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(crate::ROOT)
        .join("tests/exchange/fixtures")
        .join(name)
}

fn load(path: &Path, overrides: &Overrides) -> Model {
    Model::load_with(path, overrides).unwrap_or_else(|errors| panic!("{}", errors.plain()))
}

/// Flags that say again what a format may have left out.
fn again(model: &Model) -> Overrides {
    let weights = (0..model.space().states()).map(|s| {
        let name = model.space().state_names().get(s);
        format!("\"{name}\": {}", model.initial()[s])
    });
    let (discount, horizon, criterion) = match model.criterion() {
        Criterion::Discounted { discount } => (Some(discount.clone()), None, None),
        Criterion::Total => (None, None, Some(CriterionKind::Total)),
        Criterion::Average => (None, None, Some(CriterionKind::Average)),
        Criterion::FiniteHorizon { discount, horizon } => {
            (Some(discount.clone()), Some(*horizon), None)
        }
    };
    Overrides {
        discount,
        horizon,
        criterion,
        initial: Some(format!("{{{}}}", weights.collect::<Vec<_>>().join(", "))),
        ..Overrides::default()
    }
}

/// The files of an export, read back.
fn through(
    model: &Model,
    format: Format,
    overrides: &Overrides,
) -> Option<Result<Model, ModelErrors>> {
    let export = model.export(format).ok()?;
    let mut files = export.files.into_iter();
    let (_, first) = files.next().unwrap();
    if format != Format::Prism {
        return Some(Model::parse_as("model", &first, format, overrides));
    }
    let mut beside: [Option<(String, Vec<u8>)>; 4] = Default::default();
    for (ending, bytes) in files {
        let slot = ["sta", "lab", "srew", "trew"]
            .iter()
            .position(|e| *e == ending);
        beside[slot.unwrap()] = Some((format!("model.{ending}"), bytes));
    }
    Some(Model::parse_prism("model.tra", &first, &beside, overrides))
}

/// Pairs of `read` in the order of the pairs of `model`: by name where names are kept, by place
/// among the actions of the state otherwise.
fn matching(model: &Model, read: &Model) -> Vec<usize> {
    let (ours, theirs) = (model.space(), read.space());
    let same_names = |state: usize| {
        let name = |space: &exact_mdp::mdp::Space, pair| space.pair_names(pair).1.into_owned();
        let mut ours: Vec<String> = ours.pairs_of(state).map(|pair| name(ours, pair)).collect();
        let mut theirs: Vec<String> = theirs
            .pairs_of(state)
            .map(|pair| name(theirs, pair))
            .collect();
        ours.sort();
        theirs.sort();
        ours == theirs
    };
    let mut pairs = Vec::new();
    for state in 0..ours.states() {
        assert_eq!(ours.pairs_of(state).len(), theirs.pairs_of(state).len());
        let by_name = same_names(state);
        for (place, pair) in ours.pairs_of(state).enumerate() {
            let named = |other: &usize| theirs.pair_names(*other).1 == ours.pair_names(pair).1;
            let found = if by_name {
                theirs.pairs_of(state).find(named).unwrap()
            } else {
                theirs.pairs_of(state).start + place
            };
            pairs.push(found);
        }
    }
    pairs
}

/// Whether p, r(s, a) and ρ₀ agree: exactly, or up to the rounding of each number.
fn assert_same(model: &Model, read: &Model, exactly: bool, what: &str) {
    let pairs = matching(model, read);
    if exactly {
        let (a, b): (Mdp<Rational>, Mdp<Rational>) = (model.mdp(), read.mdp());
        assert_eq!(a.initial(), b.initial(), "{what}");
        for (pair, &other) in pairs.iter().enumerate() {
            assert_eq!(a.r()[pair], b.r()[other], "{what}: r of pair {pair}");
            let row = |mdp: &Mdp<Rational>, pair| -> Vec<(usize, Rational)> {
                mdp.p().row(pair).map(|(n, x)| (n, x.clone())).collect()
            };
            assert_eq!(row(&a, pair), row(&b, other), "{what}: p of pair {pair}");
        }
        return;
    }
    let (a, b): (Mdp, Mdp) = (model.mdp(), read.mdp());
    let close = |x: f64, y: f64| (x - y).abs() <= 8.0 * f64::EPSILON * x.abs().max(1.0);
    for (pair, &other) in pairs.iter().enumerate() {
        assert!(close(a.r()[pair], b.r()[other]), "{what}: r of pair {pair}");
        let (x, y) = (a.p().row(pair), b.p().row(other));
        let (x, y): (Vec<_>, Vec<_>) = (x.collect(), y.collect());
        assert_eq!(x.len(), y.len(), "{what}: p of pair {pair}");
        for ((n, x), (m, y)) in x.iter().zip(&y) {
            assert!(n == m && close(**x, **y), "{what}: p of pair {pair}");
        }
    }
}

#[test]
fn every_shipped_model_survives_every_format() {
    let mut survived = [0; FORMATS.len()];
    for path in shipped() {
        let model = load(&path, &Overrides::default());
        if model.space().states() > 600 {
            continue;
        }
        for (i, format) in FORMATS.into_iter().enumerate() {
            let what = format!("{} as {format:?}", path.display());
            let mut flags = again(&model);
            match format {
                Format::Drn | Format::Umb => {}
                // states are numbered there
                Format::Prism => {
                    let weights = model.initial().iter().enumerate();
                    let weights: Vec<String> = weights.map(|(s, w)| format!("{s}: {w}")).collect();
                    flags.initial = Some(format!("{{{}}}", weights.join(", ")));
                }
                _ => flags.initial = None,
            }
            let Some(read) = through(&model, format, &flags) else {
                continue;
            };
            let read = read.unwrap_or_else(|errors| panic!("{what}: {}", errors.plain()));
            let exactly = [Format::Drn, Format::Umb].contains(&format);
            assert_same(&model, &read, exactly, &what);
            assert_eq!(read.criterion(), model.criterion(), "{what}");
            let terminal = |model: &Model| -> Vec<bool> {
                let space = model.space();
                (0..space.states()).map(|s| space.is_terminal(s)).collect()
            };
            assert_eq!(terminal(&read), terminal(&model), "{what}");
            survived[i] += 1;
        }
    }
    let [
        gymnasium,
        toolbox,
        quantecon,
        drn,
        prism,
        cassandra,
        umb,
        petsc,
    ] = survived;
    assert!(
        [gymnasium, quantecon, drn, prism, umb, petsc]
            .iter()
            .all(|n| *n >= 30),
        "{survived:?}"
    );
    assert!(toolbox >= 20 && cassandra >= 20, "{survived:?}");
}

/// What Gymnasium, the arrays and Cassandra's files say by themselves, they need no flags for.
#[test]
fn criterion_and_start_come_along_where_the_format_has_them() {
    let model = load(
        &shipped()[0].with_file_name("two-state.yaml"),
        &Overrides::default(),
    );
    for format in [
        Format::Gymnasium,
        Format::Quantecon,
        Format::Pymdptoolbox,
        Format::Cassandra,
    ] {
        let read = through(&model, format, &Overrides::default())
            .unwrap()
            .unwrap();
        let (ours, theirs): (Mdp, Mdp) = (model.mdp(), read.mdp());
        assert_eq!(ours.discount(), theirs.discount(), "{format:?}");
        assert_eq!(ours.initial(), theirs.initial(), "{format:?}");
        assert_eq!(model.space().state_names(), read.space().state_names());
        assert_eq!(model.space().action_names(), read.space().action_names());
    }
}

/// An action that no state has keeps its place where the format lists actions.
#[test]
fn actions_that_no_state_has_come_along() {
    let solo = "discount: 0.9\nstates: [a]\nactions: [x, y, z]\ninitial: a\n\
                transitions:\n  a: {y: a}\nrewards:\n  a: {y: 1}\n";
    let unused = "discount: 0.9\nstates: [a, b]\nactions: [x, y, z]\ninitial: a\n\
                  transitions:\n  a: {y: {a: 1/2, b: 1/2}}\n  b: {x: a}\nrewards:\n  a: {y: 1}\n";
    let numbered = "discount: 0.9\nstates: 1\nactions: 3\ninitial: 0\n\
                    transitions:\n  0: {1: 0}\nrewards:\n  0: {1: 1}\n";
    for text in [solo, unused, numbered] {
        let model = Model::parse("model", text).unwrap_or_else(|e| panic!("{}", e.plain()));
        for format in [Format::Gymnasium, Format::Quantecon] {
            let read = through(&model, format, &Overrides::default()).unwrap();
            let read = read.unwrap_or_else(|e| panic!("{format:?}: {}", e.plain()));
            let names = |model: &Model| -> Vec<String> {
                let names = model.space().action_names().iter();
                names.map(|name| name.into_owned()).collect()
            };
            assert_eq!(names(&read), names(&model), "{format:?}: {text}");
            assert_same(&model, &read, false, text);
        }
    }
}

/// Formats without a list of actions number them as states have them, and say so.
#[test]
fn another_order_of_actions_is_told() {
    use exact_mdp::exchange::Loss;
    let swapped = "discount: 0.9\nstates: [a, b]\nactions: [x, y]\ninitial: a\n\
                   transitions:\n  a: {y: b}\n  b: {x: a, y: b}\n";
    let listed = swapped.replace("a: {y: b}", "a: {x: b}");
    for format in [Format::Drn, Format::Prism] {
        let losses = |text: &str| {
            let model = Model::parse("model", text).unwrap_or_else(|e| panic!("{}", e.plain()));
            model.export(format).unwrap().losses
        };
        assert!(losses(swapped).contains(&Loss::Order), "{format:?}");
        assert!(!losses(&listed).contains(&Loss::Order), "{format:?}");
        // PRISM knows a choice by a name or by its place in the state, DRN also by a number
        let numbered = swapped
            .replace("[x, y]", "2")
            .replace("x:", "0:")
            .replace("y:", "1:");
        let is_told = losses(&numbered).contains(&Loss::Numbers);
        assert_eq!(is_told, format == Format::Prism);
    }
}

/// Rewards of successors stay apart where the format has them.
#[test]
fn rewards_of_successors_come_along() {
    let model = load(
        &shipped()[0].with_file_name("frozenlake-4x4.yaml"),
        &Overrides::default(),
    );
    for format in [
        Format::Gymnasium,
        Format::Pymdptoolbox,
        Format::Prism,
        Format::Cassandra,
    ] {
        let read = through(&model, format, &again(&model)).unwrap().unwrap();
        let mdp: Mdp = read.mdp();
        assert!(!mdp.rewards_are_by_pair(), "{format:?}");
    }
}

/// What takes Gymnasium's P for a table is told where states have different actions.
#[test]
fn different_actions_are_told_beside_gymnasium_s_p() {
    use exact_mdp::exchange::Loss;
    let same = "discount: 0.9\nstates: [a, b, c]\nactions: [x, y]\ninitial: a\nterminal: [c]\n\
                transitions:\n  a: {x: b, y: c}\n  b: {x: a, y: b}\n";
    let losses = |text: &str| {
        let model = Model::parse("model", text).unwrap_or_else(|e| panic!("{}", e.plain()));
        model.export(Format::Gymnasium).unwrap().losses
    };
    assert!(!losses(same).contains(&Loss::ActionSets));
    let fewer = same.replace("b: {x: a, y: b}", "b: {y: b}");
    assert!(losses(&fewer).contains(&Loss::ActionSets));
}

/// Storm takes one reward of a transition, UMB several: told where a model has them, and only there.
#[test]
fn parallel_branches_are_told_beside_umb() {
    use exact_mdp::exchange::Loss;
    let losses = |rewards: [f64; 2]| {
        let text = format!(
            "discount: 0.9\nstates: [a, b]\nactions: [go]\ninitial: a\ntransitions:\n\
             - [a, go, b, 1/2, {}]\n- [a, go, b, 1/2, {}]\n- [b, go, a, 1]\n",
            rewards[0], rewards[1]
        );
        let model = Model::parse("model", &text).unwrap_or_else(|e| panic!("{}", e.plain()));
        model.export(Format::Umb).unwrap().losses
    };
    assert!(losses([1.0, 3.0]).contains(&Loss::ParallelBranches));
    assert!(!losses([1.0, 1.0]).contains(&Loss::ParallelBranches));
}

/// Rewards go where other programs look for them: to states where they are r(s).
#[test]
fn umb_pays_states_where_it_can() {
    let model = |rewards: &str| {
        let text = format!(
            "discount: 0.9\nstates: [a, b, c]\nactions: [x, y]\ninitial: a\nterminal: [c]\n\
             transitions:\n  a: {{x: b, y: {{a: 1/2, c: 1/2}}}}\n  b: {{x: a, y: b}}\nrewards: {rewards}\n"
        );
        Model::parse("model", &text).unwrap_or_else(|e| panic!("{}", e.plain()))
    };
    for (rewards, folder) in [
        ("{a: 1, b: -5/3}", "rewards/reward/states/values.bin"),
        ("{a: {x: 1}}", "rewards/reward/choices/values.bin"),
        ("{a: {y: {c: 1}}}", "rewards/reward/branches/values.bin"),
    ] {
        let model = model(rewards);
        let (_, bytes) = model.export(Format::Umb).unwrap().files.remove(0);
        assert!(String::from_utf8_lossy(&bytes).contains(folder), "{folder}");
        let read = through(&model, Format::Umb, &again(&model))
            .unwrap()
            .unwrap();
        assert_same(&model, &read, true, folder);
    }
}

/// Thirds have no decimals, but Cassandra's format has a word for them: what is uniform comes back exactly.
#[test]
fn uniform_laws_are_written_to_cassandra_s_format_as_such() {
    use exact_mdp::exchange::Loss;
    let text = "discount: 0.9\nstates: [a, b, c]\nactions: [go]\ninitial: uniform\n\
                transitions: {a: {go: {a: 1/3, b: 1/3, c: 1/3}}, b: {go: a}, c: {go: a}}\n\
                rewards: {a: {go: {a: 1, b: 2, c: 0}}}\n";
    let model = Model::parse("model", text).unwrap();
    let export = model.export(Format::Cassandra).unwrap();
    assert!(!export.losses.contains(&Loss::Decimals));
    let read = through(&model, Format::Cassandra, &Overrides::default());
    let read = read.unwrap().unwrap();
    assert_eq!(read.initial(), model.initial());
    let outcomes = |model: &Model| {
        let all = (0..3).flat_map(|pair| model.outcomes().of(pair).collect::<Vec<_>>());
        let all = all.map(|o| (o.next, o.probability.clone(), o.reward.clone()));
        all.collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&read), outcomes(&model));
    // two thirds are not uniform, and rounded
    let other = text
        .replace("{a: 1/3, b: 1/3, c: 1/3}", "{a: 2/3, b: 1/3}")
        .replace(", c: 0", "");
    let model = Model::parse("model", &other).unwrap();
    assert!(
        model
            .export(Format::Cassandra)
            .unwrap()
            .losses
            .contains(&Loss::Decimals)
    );
}

/// What DRN holds in place of p, and that there are players, is told.
#[test]
fn own_probabilities_and_players_are_told_where_they_are_lost() {
    use exact_mdp::exchange::Loss;
    let text = "discount: 0.9\nstates: [cold, hot]\nactions: [heat]\ninitial: cold\n\
                transitions: {cold: {heat: {hot: 9/10, cold: 1/10}}, hot: {heat: hot}}\n\
                intervals: {cold: {heat: {hot: [0.7, 0.95], cold: [0.05, 0.3]}}}\n";
    let model = Model::parse("model", text).unwrap_or_else(|e| panic!("{}", e.plain()));
    let losses = |model: &Model, format| model.export(format).unwrap().losses;
    assert!(losses(&model, Format::Drn).contains(&Loss::OwnProbabilities));
    assert!(losses(&model, Format::Umb).contains(&Loss::Intervals));
    let game = exact_mdp::bundled::text("matching-pennies").unwrap();
    let game = Model::parse("game", game).unwrap();
    for format in [Format::Drn, Format::Gymnasium, Format::Umb, Format::Prism] {
        assert!(losses(&game, format).contains(&Loss::Players));
    }
    assert!(!losses(&game, Format::Nested).contains(&Loss::Players));
}
