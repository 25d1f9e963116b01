//! `report`: a page is one file, says what the commands say, and shows names as they are.

use super::{file, out, read, run};

/// The page of a model.
fn page(arguments: &[&str]) -> String {
    out(&[&["report"], arguments, &["-q"]].concat())
}

/// A document of the page, as its command wrote it.
fn document(page: &str, id: &str) -> String {
    let begin = format!("<script type=\"application/json\" id=\"{id}\">");
    let (_, rest) = page.split_once(&begin).expect("the document is there");
    let (json, _) = rest.split_once("</script>").expect("the document ends");
    json.replace("\\u003c", "<")
}

#[test]
fn a_page_holds_the_json_of_its_commands_and_asks_for_no_other_file() {
    let model = "mdps/retry-loop.yaml";
    let page = page(&[model, "--policy", "random:1"]);
    for command in ["evaluate", "gradient"] {
        let written = out(&[
            command, model, "--policy", "random:1", "-q", "--format", "json",
        ]);
        assert_eq!(document(&page, command), written, "{command}");
    }
    assert_eq!(
        document(&page, "solve"),
        out(&["solve", model, "-q", "--format", "json"])
    );
    assert!(!page.contains("http://") && !page.contains("https://"));
    assert!(!page.contains(" style=") && !page.contains(" onclick="));
    assert!(page.contains("exact-mdp report mdps/retry-loop.yaml --policy random:1"));
    let (script, _) = page.rsplit_once("</script>").expect("a script");
    let (_, script) = script.rsplit_once("<script>").expect("a script");
    assert!(script.len() <= 15_000, "{} bytes of script", script.len());
}

/// Whatever the page was made with, the commands that it names give its numbers.
#[test]
fn a_page_names_the_commands_of_its_own_numbers() {
    for options in [
        &["--discount", "0.5"][..],
        &["--policy", "random:1", "--minimize"],
        &[
            "--horizon=3",
            "--policy={parametrization: softmax, theta: [1, 0, 0, 2]}",
        ],
        &["--criterion", "average", "--policy=optimal"],
        &["--criterion", "average", "--seed", "1"],
    ] {
        let page = page(&[&[":two-state"], options].concat());
        let mut named = 0;
        for command in ["evaluate", "solve", "gradient", "reference", "compare"] {
            let begin = format!("<code>exact-mdp {command} ");
            let Some((_, rest)) = page.split_once(&begin) else {
                continue;
            };
            let (line, _) = rest.split_once("</code>").expect("the command ends");
            let mut words: Vec<String> = vec![command.into()];
            // the only words in quotes stand behind an equals sign
            for (i, part) in line.replace("&amp;", "&").split('\'').enumerate() {
                if i % 2 == 1 {
                    words.push(part.into());
                } else {
                    words.extend(part.split_whitespace().map(String::from));
                }
            }
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let written: serde_json::Value = serde_json::from_str(&out(&words)).expect("JSON");
            let held: serde_json::Value =
                serde_json::from_str(&document(&page, command)).expect("JSON");
            match command {
                // of a reference the page has some of what it says of the estimators
                "reference" | "compare" => {
                    let all = |of: &serde_json::Value, key: &str| -> Vec<serde_json::Value> {
                        of.as_array()
                            .unwrap()
                            .iter()
                            .map(|one| one[key].clone())
                            .collect()
                    };
                    let written = &written["estimators"];
                    assert_eq!(all(&held, "name"), all(written, "name"), "{line}");
                    assert_eq!(
                        all(&held, "truncation"),
                        all(written, "truncation"),
                        "{line}"
                    );
                    let first = |of: &serde_json::Value| of[1]["variance"][0].as_f64();
                    let (x, y) = (first(&held), first(written));
                    let near = |x: f64| y.is_some_and(|y| (x - y).abs() <= 1e-12 * x.abs());
                    assert!(x.is_some_and(near), "{line}: {x:?} {y:?}");
                }
                _ => assert_eq!(held, written, "{line}"),
            }
            named += 1;
        }
        // an optimal policy has no scores under the average reward
        let laws = usize::from(!options.contains(&"--policy=optimal"));
        assert_eq!(named, 3 + laws, "{options:?}");
    }
}

#[test]
fn the_page_of_frozen_lake_is_small() {
    let page = page(&["mdps/frozenlake-4x4.yaml"]);
    assert!(page.len() < 150_000, "{} bytes", page.len());
}

#[test]
fn every_criterion_has_a_page_and_the_same_one_a_second_time() {
    let models = [
        ("mdps/two-state.yaml", "v(s)"),
        ("mdps/short-corridor.yaml", "v(s)"),
        ("mdps/howard-toymaker.yaml", "h(s)"),
        ("mdps/inventory-finite-horizon.yaml", "v₀(s)"),
        ("mdps/multichain-average.yaml", "g(s)"),
    ];
    for (model, letter) in models {
        let once = page(&[model]);
        assert!(once.contains(letter), "{model}");
        assert_eq!(once, page(&[model]), "{model}");
    }
}

#[test]
fn a_page_of_rules_by_time_says_what_was_asked_for() {
    let page = page(&[
        "mdps/two-state.yaml",
        "--horizon",
        "3",
        "--policy",
        "optimal",
    ]);
    assert!(page.contains("finite horizon, T = 3, γ = "), "{page}");
    assert!(
        page.contains("Here they are of the model unrolled in time"),
        "{page}"
    );
    let plain = self::page(&["mdps/retry-loop.yaml"]);
    assert!(plain.contains("in this file, its estimators alone"));
    assert!(page.contains("the states of this page are s@t"));
}

#[test]
fn a_name_that_looks_like_markup_is_text_everywhere() {
    let name = "</script><b>&\"'";
    let model = format!(
        "name: \"x <i>\"\ndiscount: 0.5\nstates: ['{}', other]\nactions: [go]\n\
         initial: other\n\
         transitions:\n  '{0}': {{go: {{other: 1}}}}\n  other: {{go: {{'{0}': 1}}}}\n\
         rewards:\n  other: {{go: 1}}\n",
        name.replace('\'', "''")
    );
    let (_folder, path) = file("hostile.yaml", &model);
    let page = page(&[&path]);
    assert!(!page.contains("<b>&") && !page.contains("x <i>"));
    assert!(page.contains("&lt;/script&gt;&lt;b&gt;&amp;&quot;'"));
    let json: serde_json::Value = serde_json::from_str(&document(&page, "evaluate")).expect("JSON");
    assert_eq!(json["states"][0], name);
    let opened = page.matches("<script").count();
    assert_eq!(opened, page.matches("</script>").count());
}

#[test]
fn what_is_no_page_is_refused_before_anything_runs() {
    let (folder, _) = file("x", "");
    let path = folder.path().join("report.json");
    let path = path.to_str().expect("a path");
    let refused = run(&["report", "mdps/two-state.yaml", "-o", path]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("end the name in .html"),
        "{}",
        refused.err
    );
    let refused = run(&["report", "mdps/two-state.yaml", "--format", "json"]);
    assert!(
        refused.err.contains("`report` writes HTML"),
        "{}",
        refused.err
    );
    let page = folder.path().join("report.html");
    let page = page.to_str().expect("a path");
    assert_eq!(
        run(&["report", "mdps/two-state.yaml", "-q", "-o", page]).code,
        Some(0)
    );
    assert!(read(page).starts_with("<!DOCTYPE html>"));
}

/// A map of more cells than a page has room for is a raster.
#[test]
fn a_large_map_is_a_raster() {
    let rows = ["S", &".".repeat(59)].concat();
    let map: Vec<String> = (0..40).map(|_| format!("    {}", ".".repeat(60))).collect();
    let map = map[1..].join("\n");
    let model = format!(
        "name: open\ndiscount: 0.9\ngrid:\n  map: |\n    {rows}\n{map}\n    {}G\n  legend:\n    S: {{initial: 1}}\n    G: {{terminal: true, reward: 1}}\n",
        ".".repeat(59)
    );
    let (_folder, path) = file("open.yaml", &model);
    let page = page(&[&path]);
    assert!(page.contains("data:image/png;base64,"));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}

/// The same pictures as files of their own.
#[test]
fn evaluate_solve_and_gradient_draw() {
    let (folder, _) = file("x", "");
    for (command, said) in [
        ("evaluate", "0: v(s) = 0.012"),
        ("solve", "0: v*(s) = 0.542"),
        ("gradient", "∂J/∂θ of theta[14,left] = -0.0023"),
    ] {
        let path = folder.path().join(format!("{command}.svg"));
        let path = path.to_str().expect("a path");
        out(&[command, "mdps/frozenlake-4x4.yaml", "-q", "--plot", path]);
        let picture = read(path);
        assert!(picture.contains(said), "{command}");
        assert!(picture.contains("prefers-color-scheme:dark"));
    }
}
