//! What a picture shows beside each other can be told apart, and is said to be what it is.

use std::collections::HashSet;

use super::{out, read, run};

/// The picture that a command draws.
fn drawn(command: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plot = folder.path().join("p.svg").display().to_string();
    let run = run(&[command, &["-q", "--plot", &plot]].concat());
    assert_eq!(run.code, Some(0), "{}", run.err);
    read(&plot)
}

/// The values of an attribute, of elements that begin so.
fn attributes<'a>(picture: &'a str, begin: &str) -> Vec<&'a str> {
    let found = picture.split(begin).skip(1);
    found
        .filter_map(|rest| Some(rest.split_once('"')?.0))
        .collect()
}

/// What is written in a picture.
fn texts(picture: &str) -> Vec<&str> {
    let texts = picture.split("<text ").skip(1);
    let inside = texts.filter_map(|rest| rest.split_once('>')?.1.split('<').next());
    inside.collect()
}

/// Lines of the legend of the first panel, 30 long: each with its class.
fn keys(picture: &str) -> Vec<&str> {
    let paths = picture.split("<path class=\"").skip(1);
    let paths = paths.filter_map(|rest| rest.split_once("\" d=\""));
    paths
        .filter(|(_, rest)| {
            rest.split_once('"')
                .is_some_and(|(path, _)| path.ends_with("h30"))
        })
        .map(|(class, _)| class)
        .collect()
}

#[test]
fn the_bias_of_an_estimator_is_no_other_level() {
    let estimators = "reward-to-go,reward-to-go:dropped,td-residual:dropped";
    let command = [
        "compare",
        "mdps/frozenlake-4x4.yaml",
        "-n",
        "1000",
        "--estimators",
        estimators,
    ];
    let picture = drawn(&command);
    let keys = keys(&picture);
    assert_eq!(
        keys,
        [
            "curve c0",
            "curve c1",
            "level c1 of",
            "curve c2",
            "level c2 of",
            "level l1"
        ]
    );
    assert!(
        !texts(&picture).iter().any(|text| text.contains('…')),
        "a name is cut"
    );
}

/// Eight of many that differ are drawn; biased ones are among them, and the others are counted.
#[test]
fn what_is_left_out_of_a_comparison_is_said() {
    let command = ["compare", ":two-state", "-n", "200", "--estimators", "all"];
    let picture = drawn(&command);
    let (curves, floors): (Vec<&str>, Vec<&str>) = keys(&picture)
        .into_iter()
        .filter(|class| !class.starts_with("level l"))
        .partition(|class| class.starts_with("curve"));
    assert_eq!(curves.len(), 8);
    assert!(!floors.is_empty() && floors.len() < 8, "{floors:?}");
    let texts = texts(&picture).join("\n");
    assert!(
        texts.contains("others that differ are not drawn"),
        "{texts}"
    );
    assert!(texts.contains("the first 8 of"), "{texts}");
}

#[test]
fn twelve_methods_have_twelve_looks() {
    let picture = drawn(&["ascend", ":two-state", "--method", "all", "-n", "3"]);
    let (first, _) = picture.split_once("J* − J").expect("two panels");
    let keys: Vec<&str> = keys(first)
        .into_iter()
        .filter(|class| class.starts_with("curve"))
        .collect();
    let different: HashSet<&str> = keys.iter().copied().collect();
    assert!(
        keys.len() >= 12 && different.len() == keys.len(),
        "{keys:?}"
    );
}

/// J* − J of the best of eight runs is within the axis, whose bottom is at 220.
#[test]
fn the_range_of_runs_is_within_the_axes() {
    let picture = drawn(&[
        "ascend",
        ":two-state",
        "--method",
        "reinforce",
        "--trajectories",
        "20",
        "-n",
        "100",
        "--repeats",
        "8",
    ]);
    let bands = attributes(&picture, "<path class=\"band f0\" d=\"");
    assert_eq!(bands.len(), 2);
    for band in bands {
        let heights = band
            .split(['M', 'L', 'z'])
            .filter_map(|at| at.split_once(' '));
        let mut heights = heights.map(|at| at.1.parse::<f64>().expect("a number"));
        assert!(heights.all(|y| y > 24.0 && y < 220.0), "{band}");
    }
    assert!(
        picture.contains(">reinforce, the first of 8 runs: J = "),
        "whose policy it is"
    );
}

#[test]
fn a_run_of_no_steps_is_a_mark() {
    let picture = drawn(&["ascend", ":two-state", "-n", "0"]);
    assert!(picture.contains("<path class=\"pt f0\""), "{picture}");
}

#[test]
fn an_end_is_no_transient_state() {
    let picture = drawn(&["chain", "mdps/frozenlake-4x4.yaml"]);
    assert!(
        picture.contains("a square: an end, a class of its own"),
        "{picture}"
    );
    let without = drawn(&["chain", "mdps/howard-taxicab.yaml"]);
    assert!(!without.contains("a square"), "{without}");
}

/// Of names that are cut no two that differ are written alike: those of rows and columns of ten states with long
/// names, and of parameters of one state.
#[test]
fn names_that_are_cut_differ() {
    let page = out(&["report", "mdps/howard-taxicab.yaml", "-q"]);
    let (_, gradient) = page.split_once("id=\"gradient\"").expect("a section");
    let (gradient, _) = gradient.split_once("</svg>").expect("a picture");
    let bars: Vec<&str> = texts(gradient)
        .into_iter()
        .filter(|text| text.starts_with("theta"))
        .collect();
    let different: HashSet<&str> = bars.iter().copied().collect();
    assert_eq!((bars.len(), different.len()), (8, 8), "{bars:?}");
    let page = out(&["report", "mdps/ambush.yaml", "-q"]);
    let (_, policy) = page
        .split_once("π(a|s), the probability of every action")
        .expect("a picture");
    let (policy, _) = policy.split_once("</svg>").expect("its end");
    assert_eq!(
        policy.matches("rotate(-90").count(),
        9,
        "names of columns stand upright"
    );
}

/// `reward-to-go` is `total-return` here; theorems of one section stand together; features do not hold the optimum.
#[test]
fn a_page_says_what_it_leaves_out() {
    let page = out(&["report", "mdps/frozenlake-4x4.yaml", "-q"]);
    assert!(page.contains("6 of 7 estimators, the others have the law of one of these"));
    let (_, theorems) = page.split_once("Theorems by section").expect("a figure");
    let (theorems, _) = theorems.split_once("</svg>").expect("its end");
    assert_eq!(
        texts(theorems)
            .iter()
            .filter(|text| **text == "policy gradient")
            .count(),
        1
    );
    let words = "which the class of this one need not hold";
    assert!(!page.contains(words));
    assert!(out(&["report", "mdps/short-corridor.yaml", "-q"]).contains(words));
    let average = out(&["report", "mdps/howard-taxicab.yaml", "-q"]);
    assert!(average.contains("one run of 100 steps from the long run"));
}
