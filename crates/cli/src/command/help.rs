//! What stands behind the flags in a help, fitted to the terminal.
//!
//! The texts are broken by hand in the source, at about 100 columns; a narrower terminal would break each of their
//! lines once more.

/// Columns of a terminal that does not say how many it has, and the most that are used.
const COLUMNS: usize = 100;
/// A line that could hold no word more than this goes on in the next one; a shorter one ends where it does.
const FULL: usize = 88;

/// The program with the texts of all commands fitted.
pub fn fitted(program: clap::Command) -> clap::Command {
    let columns = columns();
    let names = program.get_subcommands().map(|c| c.get_name().to_string());
    let names: Vec<String> = names.collect();
    names.iter().fold(program, |program, name| {
        program.mut_subcommand(name, |command| {
            let text = command.get_after_help().map(ToString::to_string);
            match text {
                Some(text) => command.after_help(refilled(&text, columns)),
                None => command,
            }
        })
    })
}

/// The columns that clap fills.
fn columns() -> usize {
    let seen = terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    seen.or_else(told).unwrap_or(COLUMNS).min(COLUMNS)
}

/// The text with its lines joined where they go on, and its examples broken as a shell takes them.
fn refilled(text: &str, columns: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut before = "";
    for line in text.lines() {
        let word = line.split(' ').next().unwrap_or_default();
        let is_full = before.chars().count() + 1 + word.chars().count() >= FULL;
        let goes_on = is_full && !word.is_empty() && !is_example(before);
        match lines.last_mut() {
            Some(last) if goes_on => {
                last.push(' ');
                last.push_str(line);
            }
            _ if is_example(line) => lines.push(broken(line, columns)),
            _ => lines.push(line.to_string()),
        }
        before = line;
    }
    lines.join("\n")
}

/// Whether a line is a command to try.
fn is_example(line: &str) -> bool {
    let line = line.trim_start_matches("Examples: ");
    line.trim_start_matches("Example: ")
        .trim_start()
        .starts_with("exact-mdp ")
}

/// A command in lines of so many columns, each but the last ended by a backslash.
fn broken(line: &str, columns: usize) -> String {
    let indent = line.find("exact-mdp ").unwrap_or(0);
    let (head, command) = line.split_at(indent);
    let mut lines = vec![head.to_string()];
    let mut is_quoted = false;
    for (i, word) in command.split(' ').enumerate() {
        let last = lines.last_mut().expect("one at least");
        let room = last.chars().count() + 1 + word.chars().count() + " \\".len();
        if i == 0 {
            last.push_str(word);
        } else if is_quoted || room <= columns {
            last.push(' ');
            last.push_str(word);
        } else {
            last.push_str(" \\");
            lines.push(format!("{:1$}{word}", "", indent + 2));
        }
        is_quoted ^= word.matches('\'').count() % 2 == 1;
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_one_line() {
        let (full, short) = ("x".repeat(86), "y".repeat(40));
        let text = format!("{full}\nand on\nan end\n\n{short}\nanother line");
        let expected = format!("{full} and on\nan end\n\n{short}\nanother line");
        assert_eq!(refilled(&text, 80), expected);
    }

    #[test]
    fn examples_are_broken_for_a_shell() {
        let text =
            "Examples: exact-mdp one --flag 'a b' --other c\n          exact-mdp two\n\nwords";
        let narrow = "Examples: exact-mdp one --flag \\\n            'a b' --other c\n          exact-mdp two\n\nwords";
        assert_eq!(refilled(text, 34), narrow);
        assert_eq!(refilled(text, 80), text);
    }

    #[test]
    fn a_full_example_ends_where_it_does() {
        let text = format!("Example: exact-mdp {}\n\nwords\nmore", "x".repeat(90));
        assert_eq!(refilled(&text, 200), text);
    }
}
