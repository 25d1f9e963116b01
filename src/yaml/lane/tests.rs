//! Both ways of reading, fast lanes and documents, agree.

use crate::model::{Model, Overrides};
use crate::test_models::Random;
use crate::yaml::Style;
use crate::yaml::check::{fully, quickly};

/// A valid file of rows, its words and places chosen at random.
fn rows(random: &mut Random) -> String {
    let states = random.of(&["3", "[a, b, c]", "['0,0', \"x y\", end]", "[a b, -1, (2)]"]);
    let names: Vec<String> = match states {
        "3" => ["0", "1", "2"].map(String::from).to_vec(),
        "[a, b, c]" => ["a", "b", "c"].map(String::from).to_vec(),
        "[a b, -1, (2)]" => ["a b", "-1", "\"(2)\""].map(String::from).to_vec(),
        _ => ["'0,0'", "x y", "\"end\""].map(String::from).to_vec(),
    };
    let indent = random.of(&["", "  "]);
    let shares = [
        ["1", "0", "0"],
        ["0.5", "1/2", "0"],
        ["1e-1", "0.30", "0.6"],
    ];
    let mut rows = Vec::new();
    for s in &names {
        for a in 0..2 {
            let share = shares[random.below(3)];
            for (next, p) in names.iter().zip(share) {
                let reward = random.of(&["", ", 1", ", -0.25 ", ", 2e3", ", 1/3"]);
                rows.push(format!("{indent}- [{s}, {a},{next}, {p}{reward}]\n"));
            }
        }
    }
    for _ in 0..random.below(2) * random.below(4) {
        let (i, j) = (random.below(rows.len()), random.below(rows.len()));
        rows.swap(i, j);
    }
    let head = format!(
        "discount: 0.9\nstates: {states}\nactions: 2\ninitial: {}\n",
        names[0]
    );
    let tail = random.of(&["", "name: x\n", "\n# end\nname: 'y'\n"]);
    format!("{head}transitions:\n{}{tail}", rows.concat())
}

/// The same by state and action, and rewards for some pairs and some successors.
fn nested(random: &mut Random) -> String {
    let names = match random.below(3) {
        0 => ["0", "1", "2"],
        1 => ["a", "'0,0'", "end of it"],
        _ => ["\"x y\"", "-1", "(2)"],
    };
    let (indent, more) = (random.of(&[" ", "  "]), random.of(&["", "  "]));
    // behind a comma in braces
    let on = random.of(&[" ", "", "\n      ", " \r\n      "]);
    let (mut transitions, mut rewards) = (String::new(), String::new());
    for s in &names {
        let mut leaving = Vec::new();
        let mut paid = Vec::new();
        for a in 0..2 {
            let [i, j] = [random.below(3), random.below(3)];
            let row = match random.below(4) {
                0 => names[i].to_string(),
                1 if i != j => format!("{{{}: 1/2,{on}{}: 5e-1}}", names[i], names[j]),
                2 if i != j => format!("{{ {}: 0.25,{}: 0.75 }}", names[i], names[j]),
                _ => format!("{{{}: 1.0}}", names[i]),
            };
            leaving.push(format!("{a}: {row}"));
            match random.below(3) {
                0 => paid.push(format!("{a}: {}", random.of(&["1", "-0.5", "1/3"]))),
                1 => paid.push(format!("{a}: {{{}: 2e3}}", names[j])),
                _ => {}
            }
        }
        let in_braces = random.below(2) == 0;
        let below = |indent: String, pairs: &[String]| {
            let line = |pair: &String| format!("{indent}{pair}\n");
            pairs.iter().map(line).collect::<String>()
        };
        let behind = |pairs: &[String]| format!("{{{}}}", pairs.join(&format!(",{on}")));
        transitions += &if in_braces {
            format!("{indent}{s}: {}\n", behind(&leaving))
        } else {
            format!(
                "{indent}{s}:\n{}",
                below(format!("{indent}{more} "), &leaving)
            )
        };
        if paid.is_empty() {
            continue;
        }
        rewards += &if random.below(2) == 0 {
            format!(" {s}: {}\n", behind(&paid))
        } else {
            format!(" {s}:\n{}", below(format!(" {indent}{more}"), &paid))
        };
    }
    let keys = [
        format!("transitions:\n{transitions}"),
        if rewards.is_empty() {
            String::new()
        } else {
            format!("rewards:\n{rewards}")
        },
        format!("discount: 0.9\ninitial: {}\n", names[0]),
        format!("states: [{}]\nactions: 2\n", names.join(", ")),
    ];
    let first = random.below(4);
    let blank = random.of(&["", "\n", "# line\n"]);
    let ordered = (0..4).map(|k| format!("{}{blank}", keys[(first + k) % 4]));
    ordered.collect()
}

/// The same for Gymnasium.
fn dictionary(random: &mut Random) -> String {
    let count = 2 + random.below(4);
    let mut states = Vec::new();
    for s in 0..count {
        let mut actions = Vec::new();
        for a in 0..2 {
            let p = random.of(&[
                "[1.0, N, 0.0, E]",
                "[0.5, N, 1, E], [0.5, N, -1e-3, E]",
                "[1, N.0, 0, E]",
            ]);
            let mut p = p.to_string();
            while p.contains('N') {
                p = p.replacen('N', &random.below(count).to_string(), 1);
                p = p.replacen('E', random.of(&["true", "false", "false", "0", "1"]), 1);
            }
            actions.push(format!("\"{a}\": [{p}]"));
        }
        states.push(format!("\"{s}\": {{{}}}", actions.join(", ")));
    }
    let blank = random.of(&["", " ", "\n "]);
    let dictionary = format!("{{{}}}", states.join(&format!(",{blank}")));
    match random.below(3) {
        0 => dictionary,
        1 => format!("{{\"discount\": 0.9, \"initial\": \"0\", \"P\": {dictionary}}}"),
        _ => format!("{{\"P\":{blank}{dictionary}, \"actions\": [\"l\", \"r\"], \"name\": \"n\"}}"),
    }
}

/// Pieces that mean something to YAML.
const PIECES: [&str; 34] = [
    "#",
    " #",
    "- ",
    "- [",
    "]",
    "[",
    "{",
    "}",
    ",",
    ":",
    ": ",
    "\n",
    "\n\n",
    "\r",
    "\t",
    "'",
    "\"",
    "\\",
    "&a ",
    "*a",
    "!",
    "|",
    ">",
    "?",
    "-",
    ".",
    "0",
    "-1",
    "NaN",
    "é",
    "---\n",
    "  ",
    "transitions:\n",
    "true",
];

fn changed(random: &mut Random, text: &str) -> String {
    let mut text = text.to_string();
    for _ in 0..1 + random.below(2) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = places[random.below(places.len())];
        match random.below(3) {
            0 => text.insert_str(at, random.of(&PIECES)),
            1 => drop(text.remove(at)),
            _ => {
                let lines: Vec<&str> = text.split_inclusive('\n').collect();
                let (from, to) = (random.below(lines.len()), random.below(lines.len() + 1));
                let mut lines = lines.clone();
                let line = lines.remove(from);
                lines.insert(to.min(lines.len()), line);
                text = lines.concat();
            }
        }
        if text.is_empty() {
            break;
        }
    }
    text
}

fn same(text: &str) -> bool {
    let overrides = Overrides {
        discount: Some("1/2".parse().unwrap()),
        initial: text.starts_with('{').then(|| "uniform".to_string()),
        ..Overrides::default()
    };
    let quick: Option<Model> = quickly("m".into(), text, &overrides);
    if let Some(quick) = &quick {
        let full = fully("m".into(), text, &overrides);
        assert_eq!(full.as_ref().ok(), Some(quick), "{text}");
    }
    quick.is_some()
}

/// Both lanes agree on valid files, which all go by the fast one, and on what is left of them after
/// changes that mean something to YAML.
#[test]
fn the_fast_lane_makes_the_same_model_or_none() {
    let mut random = Random(7);
    let mut quick = [0, 0];
    for round in 0..900 {
        let text = match round % 3 {
            0 => rows(&mut random),
            1 => nested(&mut random),
            _ => dictionary(&mut random),
        };
        let overrides = Overrides {
            initial: text.starts_with('{').then(|| "uniform".to_string()),
            discount: Some("1/2".parse().unwrap()),
            ..Overrides::default()
        };
        let is_valid = fully("m".into(), &text, &overrides).is_ok();
        assert_eq!(same(&text), is_valid, "{text}");
        quick[0] += usize::from(is_valid);
        for _ in 0..6 {
            quick[1] += usize::from(same(&changed(&mut random, &text)));
        }
    }
    assert!(quick[0] > 600 && quick[1] > 350, "{quick:?}");
}

/// The largest shipped model, whose actions stand in braces over several lines.
#[test]
fn the_largest_model_is_read_fast() {
    let text = std::fs::read_to_string("mdps/jacks-car-rental.yaml").unwrap();
    assert!(quickly("m".into(), &text, &Overrides::default()).is_some());
}

/// What `convert` writes in either form goes by a fast lane, and is what the document makes.
#[test]
fn what_is_written_is_read_fast() {
    for name in ["frozenlake-4x4", "retry-loop", "two-state", "taxi"] {
        let text = std::fs::read_to_string(format!("mdps/{name}.yaml")).unwrap();
        let model = fully(name.into(), &text, &Overrides::default())
            .ok()
            .unwrap();
        for style in [Style::Nested, Style::Rows] {
            let written = model.write(style);
            let quick = quickly(name.into(), &written, &Overrides::default());
            let full = fully(name.into(), &written, &Overrides::default());
            assert!(quick.is_some(), "{name} {style:?}");
            assert_eq!(quick, full.ok(), "{name} {style:?}");
        }
    }
}
