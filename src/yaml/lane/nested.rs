//! Rows by state and action, `action: {next state: probability}` below the state, and the rewards that
//! stand beside them in the same way.
//!
//! The actions of a state may stand in braces behind it, `{action: {next state: probability}}`, and what stands in braces may
//! go on in the next line behind a comma or a brace.
//! States, and the actions of a state, come in the order of the model, as `convert` writes them: what
//! comes twice, or in another order, is left to the document.

use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use miette::SourceSpan;

use super::{Last, Scanner};
use crate::model::entries::{Entry, Lacking};
use crate::model::errors::Problems;
use crate::model::names::Index;
use crate::model::table::{self, Ends, PairTable};
use crate::number::Number;

/// What stands in place of a block in the document without it.
const NONE: &str = " {}\n";

/// The transitions of a text and its rewards, cut out.
pub(crate) struct Nested<'t> {
    transitions: &'t str,
    rewards: Option<&'t str>,
    /// The text with empty mappings in their place.
    pub rest: String,
    /// Where their keys stand in it.
    pub keys: Vec<usize>,
}

/// What is paid for an action, or for one of its successors.
struct Pay {
    pair: (u32, u32),
    next: Option<u32>,
    reward: Number,
}

impl<'t> Nested<'t> {
    /// The blocks of a text that may be read without them.
    pub(crate) fn find(text: &'t str) -> Option<Nested<'t>> {
        u32::try_from(text.len()).ok()?;
        let transitions = block(text, "transitions:")?;
        let rewards = block(text, "rewards:");
        let mut cuts: Vec<Range<usize>> = [Some(transitions.clone()), rewards.clone()]
            .into_iter()
            .flatten()
            .collect();
        cuts.sort_by_key(|cut| cut.start);
        let (mut rest, mut keys, mut from) = (String::new(), Vec::new(), 0);
        for cut in cuts {
            let head = &text[from..cut.start];
            let line = head.trim_end();
            rest.push_str(line);
            keys.push(rest.rfind('\n').map_or(0, |at| at + 1));
            rest.push_str(NONE);
            from = cut.end;
        }
        rest.push_str(&text[from..]);
        Some(Nested {
            transitions: &text[transitions],
            rewards: rewards.map(|range| &text[range]),
            rest,
            keys,
        })
    }

    /// Whether the rewards are cut out, too.
    pub(crate) fn has_rewards(&self) -> bool {
        self.rewards.is_some()
    }

    /// At most as many nodes as the blocks have in a document.
    pub(crate) fn nodes(&self) -> usize {
        let blocks = [Some(self.transitions), self.rewards].into_iter().flatten();
        blocks.map(|text| 2 * text.lines().count()).sum()
    }

    /// The table of the blocks; `None` if something in them is of a kind that this lane does not know,
    /// or wrong.
    pub(crate) fn table(
        &self,
        states: &Index<'_>,
        actions: &Index<'_>,
        terminal: &[bool],
        problems: &mut Problems,
    ) -> Option<PairTable> {
        let mut paid = self.paid(states, actions, terminal)?.into_iter().peekable();
        let mut table = table::Rows::new(states, actions, true);
        let mut found = Problems::allowing_as(problems);
        let mut row = Vec::new();
        let mut next = Last::of(states);
        pairs(self.transitions, states, actions, |pair, mut value| {
            if terminal[pair.0 as usize] {
                return None;
            }
            match value.single() {
                Some(name) => row.push(entry(pair, next.find(name?)?, Number::ONE)),
                None => value.each(|name, number| {
                    let entry = entry(pair, next.find(name)?, number);
                    let fits =
                        !entry.probability.as_ref()?.is_negative() && is_new(&row, entry.next);
                    fits.then(|| row.push(entry))
                })?,
            }
            pay(&mut row, pair, &mut paid)?;
            table.push(&mut row, &mut found);
            row.clear();
            found.is_empty().then_some(())
        })?;
        // a reward of a pair that has no row
        if paid.peek().is_some() {
            return None;
        }
        let ends = Ends {
            terminal,
            incomplete: false,
            mend: Lacking::Model,
            key: SourceSpan::from((0, 0)),
        };
        table.finish(&ends, problems)
    }

    /// The rewards, in the order of states and actions.
    fn paid(&self, states: &Index<'_>, actions: &Index<'_>, terminal: &[bool]) -> Option<Vec<Pay>> {
        let mut paid = Vec::new();
        let Some(text) = self.rewards else {
            return Some(paid);
        };
        let mut names = Last::of(states);
        pairs(text, states, actions, |pair, mut value| {
            // r(s) for all actions is rare in large files
            if terminal[pair.0 as usize] {
                return None;
            }
            let mut add = |next, reward| {
                paid.push(Pay { pair, next, reward });
                Some(())
            };
            match value.single() {
                Some(number) => add(None, number?.parse().ok()?),
                None => {
                    let mut last = None;
                    value.each(|name, number| {
                        let next = Some(names.find(name)?);
                        let is_new = std::mem::replace(&mut last, next) < next;
                        is_new.then(|| add(next, number))?
                    })
                }
            }
        })?;
        Some(paid)
    }
}

fn entry((state, action): (u32, u32), next: u32, probability: Number) -> Entry {
    Entry {
        state,
        action,
        next,
        probability: Some(probability),
        reward: Number::ZERO,
        at: (0, 0),
    }
}

/// The longest row whose successors may come in any order: each is looked for among those before; a choice, of
/// which no measurement is kept.
const SHORT: usize = 64;

/// Whether no outcome of a row leads to a state yet; false where that is not seen at once.
fn is_new(row: &[Entry], next: u32) -> bool {
    let is_behind = row.last().is_none_or(|last| last.next < next);
    is_behind && row.len() >= SHORT
        || row.len() < SHORT && row.iter().all(|entry| entry.next != next)
}

/// Puts what is paid for a pair on its outcomes; `None` if a pair before it has no row.
fn pay(row: &mut [Entry], pair: (u32, u32), paid: &mut Peekable<IntoIter<Pay>>) -> Option<()> {
    if paid.peek().is_some_and(|pay| pay.pair < pair) {
        return None;
    }
    while let Some(pay) = paid.next_if(|pay| pay.pair == pair) {
        let own = row.iter_mut();
        own.filter(|entry| pay.next.is_none_or(|next| entry.next == next))
            .for_each(|entry| entry.reward = pay.reward.clone());
    }
    Some(())
}

/// Where the lines below a key stand, which begins a line and has nothing behind it.
fn block(text: &str, key: &str) -> Option<Range<usize>> {
    let at = if text.starts_with(key) {
        0
    } else {
        text.find(&format!("\n{key}"))? + 1
    };
    let begin = at + text[at..].find('\n')? + 1;
    if !text[at + key.len()..begin]
        .trim_end_matches(['\r', '\n'])
        .bytes()
        .all(|b| b == b' ')
    {
        return None;
    }
    let bytes = text.as_bytes();
    let mut end = begin;
    while bytes.get(end) == Some(&b' ') {
        end = bytes[end..]
            .iter()
            .position(|b| *b == b'\n')
            .map_or(bytes.len(), |at| end + at + 1);
    }
    let is_over = bytes
        .get(end)
        .is_none_or(|b| b.is_ascii_alphabetic() || b"#\r\n".contains(b));
    (end > begin && is_over).then_some(begin..end)
}

/// What stands behind an action: a word, or a mapping in braces.
struct Value<'s, 't> {
    scanner: &'s mut Scanner<'t>,
    /// Of its line.
    indent: usize,
}

impl<'t> Value<'_, 't> {
    /// The word, if it is one; `Some(None)` if it is one of a kind that is not known.
    fn single(&mut self) -> Option<Option<&'t str>> {
        (!self.scanner.is_at(b'{')).then(|| self.scanner.word())
    }

    /// The pairs of the mapping; `None` where something is of another kind, or nothing is in it.
    fn each(&mut self, mut take: impl FnMut(&'t str, Number) -> Option<()>) -> Option<()> {
        let take = |name, scanner: &mut Scanner<'t>| take(name, scanner.number()?);
        each_in_braces(self.scanner, self.indent, take)
    }
}

/// The keys of a mapping in braces, whose values `take` reads; further lines are indented by more than the first.
fn each_in_braces<'t>(
    scanner: &mut Scanner<'t>,
    indent: usize,
    mut take: impl FnMut(&'t str, &mut Scanner<'t>) -> Option<()>,
) -> Option<()> {
    scanner.take(b'{')?;
    loop {
        scanner.skip_break(indent)?;
        let name = scanner.word()?;
        colon(scanner)?;
        take(name, scanner)?;
        if scanner.take(b',').is_none() {
            return scanner.take(b'}');
        }
    }
}

/// A colon that parts a key from its value.
fn colon(scanner: &mut Scanner<'_>) -> Option<()> {
    let before = scanner.text.as_bytes().get(scanner.at.wrapping_sub(1));
    scanner.take(b':')?;
    // a plain word and the blanks behind it are a key as well, a file has them seldom
    let parts = scanner.is_done() || b" \r\n".contains(&scanner.byte());
    (before != Some(&b' ') && parts).then_some(())
}

/// The states and actions of a block, and what stands behind them; states and the actions of each in their
/// order. `None` where something is of another kind.
fn pairs<'t>(
    text: &'t str,
    states: &Index<'_>,
    actions: &Index<'_>,
    mut take: impl FnMut((u32, u32), Value<'_, 't>) -> Option<()>,
) -> Option<()> {
    let mut names = Last::of(actions);
    let (mut outer, mut inner) = (None, None);
    let (mut state, mut last): (Option<u32>, Option<u32>) = (None, None);
    // whether lines of actions may come, and must
    let (mut is_open, mut is_empty) = (false, false);
    let mut scanner = Scanner::new(text);
    while !scanner.is_done() {
        let indent = scanner.skip_blanks();
        let name = scanner.word()?;
        colon(&mut scanner)?;
        let is_state = indent == *outer.get_or_insert(indent);
        if is_state {
            let next = Some(states.get(name)?);
            (!is_empty && state < next).then_some(())?;
            (state, last) = (next, None);
            is_open = !scanner.is_at(b'{');
            is_empty = is_open;
        }
        let mut action = |name, scanner: &mut Scanner<'t>| {
            let next = Some(names.find(name)?);
            (last < next).then_some(())?;
            last = next;
            take((state?, next?), Value { scanner, indent })
        };
        if !is_state {
            let is_inner = indent > outer? && indent == *inner.get_or_insert(indent);
            (is_open && is_inner).then_some(())?;
            action(name, &mut scanner)?;
            is_empty = false;
        } else if !is_open {
            each_in_braces(&mut scanner, indent, action)?;
        }
        scanner.end_line()?;
    }
    (!is_empty).then_some(())
}
