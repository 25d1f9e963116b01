//! `.lab`: where episodes start, and which states are terminal.

use std::collections::HashMap;

use super::super::ExchangeError;
use super::super::text::Piece;
use crate::model::error::ModelError;

/// The two labels that mean something.
#[derive(Default)]
pub(super) struct Labels {
    pub starts: Vec<usize>,
    pub terminal: Option<Vec<bool>>,
}

/// The labels by what stands for them: a number in PRISM's files, the name in Storm's.
type Declared<'t> = HashMap<&'t str, &'t str>;

pub(super) fn read(text: Piece<'_>, states: usize) -> Result<Labels, ModelError> {
    let declares = |line: &Piece<'_>| line.text.starts_with("#DECLARATION");
    let says = |line: &Piece<'_>| !line.text.is_empty() && !line.text.starts_with('#');
    let mut lines = text
        .lines()
        .skip_while(|line| !says(line) && !declares(line));
    let top = lines.next().unwrap_or(text.to(0));
    let declared = if declares(&top) {
        let mut names = HashMap::new();
        let here = |line: &Piece<'_>| !line.text.starts_with("#END");
        for line in lines.by_ref().take_while(here).filter(says) {
            names.extend(line.words().map(|word| (word.text, word.text)));
        }
        names
    } else {
        declarations(top)?
    };
    let mut starts = Vec::new();
    let mut terminal = vec![false; states];
    for line in lines.filter(says) {
        let (state, labels) = match line.split(':') {
            Some(split) => split,
            None => line
                .split(' ')
                .unwrap_or((line, line.from(line.text.len()))),
        };
        let state = state.trim().index("state", states)? as usize;
        for word in labels.words() {
            match name_of(word, &declared)? {
                "init" => starts.push(state),
                "terminal" => terminal[state] = true,
                _ => {}
            }
        }
    }
    Ok(Labels {
        starts,
        terminal: terminal.contains(&true).then_some(terminal),
    })
}

/// `0="init" 1="deadlock"`.
fn declarations(mut line: Piece<'_>) -> Result<Declared<'_>, ModelError> {
    let expected = "the labels, `0=\"init\" 1=\"deadlock\"`";
    let mut declared = HashMap::new();
    while !line.text.is_empty() {
        let split = line.split('=');
        let (number, rest) = split.ok_or_else(|| line.unexpected(expected))?;
        let name = rest
            .trim()
            .strip_prefix("\"")
            .and_then(|rest| rest.split('"'));
        let (name, rest) = name.ok_or_else(|| rest.unexpected(expected))?;
        declared.insert(number.trim().text, name.text);
        line = rest.trim();
    }
    Ok(declared)
}

/// The name of a label by its number, or by itself in Storm's dialect.
fn name_of<'t>(word: Piece<'t>, declared: &Declared<'t>) -> Result<&'t str, ModelError> {
    match declared.get(word.text) {
        Some(name) => Ok(name),
        None => Err(ModelError::from(ExchangeError::UnknownName {
            what: "label",
            found: word.text.into(),
            help: "declare it in the first line, `0=\"init\"`".into(),
            at: Some(word.place()),
        })),
    }
}
