//! docs/folklore.md: each command says what the page says.

use std::process::Command;

/// The words of a command line in which quotes are single and nothing is escaped.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// Which lines a `grep` of the page lets through: beginnings joined by `\|`, or with -F a part.
fn passes(grep: &[String], line: &str) -> bool {
    match grep {
        [_, option, part] if option == "-F" => line.contains(part.as_str()),
        [_, beginnings] => beginnings
            .split("\\|")
            .any(|beginning| line.starts_with(beginning.trim_start_matches('^'))),
        _ => panic!("{grep:?}"),
    }
}

/// Equal word by word; decimals up to 1e-9, as exponentials differ between processors.
fn agree(found: &str, written: &str) -> bool {
    let close = |(a, b): (&str, &str)| {
        let numbers = a.parse::<f64>().ok().zip(b.parse::<f64>().ok());
        a == b || numbers.is_some_and(|(a, b)| (a - b).abs() <= 1e-9 * a.abs().max(1e-3))
    };
    found.split(',').count() == written.split(',').count()
        && found.split(',').zip(written.split(',')).all(close)
}

#[test]
fn every_command_says_what_the_page_says() {
    let page = std::fs::read_to_string(format!("{}/docs/folklore.md", crate::ROOT)).unwrap();
    let blocks = page.split("```console\n$ ").skip(1);
    let mut commands = 0;
    for block in blocks {
        let block = block.split("\n```").next().unwrap();
        let mut lines = block.lines();
        let command = lines.next().unwrap();
        let (run, grep) = command.split_once(" | ").unwrap();
        let (arguments, grep) = (words(run), words(grep));
        assert_eq!(arguments[0], "exact-mdp");
        let output = Command::new(env!("CARGO_BIN_EXE_exact-mdp"))
            .args(&arguments[1..])
            .current_dir(crate::ROOT)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}");
        let found = String::from_utf8(output.stdout).unwrap();
        let found: Vec<&str> = found.lines().filter(|line| passes(&grep, line)).collect();
        let written: Vec<&str> = lines.collect();
        assert_eq!(found.len(), written.len(), "{command}\n{found:#?}");
        for (found, written) in found.iter().zip(&written) {
            assert!(agree(found, written), "{command}\n{found}\n{written}");
        }
        commands += 1;
    }
    assert_eq!(commands, 19);
}
