//! What stands below `@model`, where nothing is wrong with it.

use super::super::lane::Lane;
use super::super::text::Piece;
use super::body::{Body, TERMINAL, is_missing, labelled};
use super::header::Header;
use crate::mdp::Names;
use crate::model::Overrides;
use crate::model::distribution::sum;
use crate::model::draft::Draft;
use crate::model::error::NameOf;
use crate::model::names::Index;
use crate::model::vocabulary::Vocabulary;
use crate::number::{Number, digits, leading};

/// The draft; `None` where a line is of another kind, or anything is wrong.
pub(super) fn draft<'t>(
    header: &Header<'t>,
    text: Piece<'t>,
    name: &str,
    overrides: &Overrides,
) -> Option<Draft> {
    // states are mostly not labelled as terminal, or not after one that is without a label
    let is_marked = || text.text.contains(TERMINAL);
    attempt(header, text, name, overrides, false).or_else(|| {
        let again = is_marked().then(|| attempt(header, text, name, overrides, true));
        again.flatten()
    })
}

/// The draft, where states are known to be labelled as terminal or where it is to be found out.
fn attempt<'t>(
    header: &Header<'t>,
    text: Piece<'t>,
    name: &str,
    overrides: &Overrides,
    is_marked: bool,
) -> Option<Draft> {
    let is_plausible = header.states <= text.text.len() && u32::try_from(header.states).is_ok();
    is_plausible.then_some(())?;
    let (states, choices) = (Names::Numbered(header.states), Names::Numbered(usize::MAX));
    let states = Index::of_names(NameOf::State, &states);
    let choices = Index::of_names(NameOf::Action, &choices);
    let mut quick = Quick {
        body: Body::new(header),
        lane: Lane::new(&states, &choices, overrides),
        is_marked,
        actions: Actions::default(),
        labels: Vec::new(),
        choices: 0,
    };
    quick.read(text)?;
    quick.finish(name)
}

struct Quick<'t, 'h, 'i, 'd> {
    /// What is known of states; no outcomes.
    body: Body<'t, 'h>,
    lane: Lane<'i, 'd>,
    /// Whether states are labelled as terminal: then those that are not are none.
    is_marked: bool,
    actions: Actions<'t>,
    /// Of the choices of this state.
    labels: Vec<&'t str>,
    /// Of all states.
    choices: usize,
}

impl<'t> Quick<'t, '_, '_, '_> {
    fn read(&mut self, text: Piece<'t>) -> Option<()> {
        let bytes = text.text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                at += 1;
            } else if byte.is_ascii_digit() {
                at = self.transition(text.text, at)?;
            } else if let Some(end) = self.plain_choice(text.text, at) {
                at = end;
            } else {
                let left = &bytes[at..];
                let length = left.iter().position(|b| *b == b'\n').unwrap_or(left.len());
                self.line(text.from(at).to(length).trim())?;
                at += length;
            }
        }
        Some(())
    }

    fn line(&mut self, line: Piece<'t>) -> Option<()> {
        if let Some(comment) = line.strip_prefix("//") {
            self.body.comment(comment);
        } else if let Some(state) = line.strip_prefix("state ") {
            self.end_state()?;
            self.body.state(state.trim()).ok()?;
            if !self.is_marked && self.body.terminal.last() == Some(&true) {
                // a state without the label was taken for terminal
                (!self.lane.has_terminal()).then_some(())?;
                self.is_marked = true;
            }
        } else {
            let action = line.strip_prefix("action ")?;
            let (label, reward) = labelled(self.body.header, action.trim()).ok()?;
            self.open(label.text, &reward)?;
        }
        Some(())
    }

    /// `action wait [1]` from a byte on, a label without blanks and one reward; where it ends. `None`,
    /// and nothing done, where it is of another kind.
    fn plain_choice(&mut self, text: &'t str, at: usize) -> Option<usize> {
        self.body.header.has_one_reward().then_some(())?;
        let begin = at + "action ".len();
        let bytes = text.as_bytes();
        let line = bytes[at..].strip_prefix(b"action ")?;
        let length = line.iter().take_while(|b| b.is_ascii_graphic()).count();
        let reward = line[length..].strip_prefix(b" [").filter(|_| length > 0)?;
        let (number, digits) = leading(reward)?;
        let after = reward[digits..].strip_prefix(b"]")?;
        matches!(after.first(), None | Some(b'\n' | b'\r')).then_some(())?;
        self.open(&text[begin..begin + length], &number)?;
        Some(text.len() - after.len())
    }

    fn open(&mut self, label: &'t str, reward: &Number) -> Option<()> {
        (!self.body.initial.is_empty() && !label.contains('\t')).then_some(())?;
        let reward = match &self.body.state_reward {
            own if own.is_zero() => reward.clone(),
            own => sum([own, reward].into_iter()),
        };
        self.lane.own.begin_row(self.labels.len() as u32, reward);
        self.labels.push(label);
        self.choices += 1;
        Some(())
    }

    /// `3 : 1/2` from a byte on; where it ends.
    fn transition(&mut self, text: &str, at: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        let blanks = |from: usize| {
            let blanks = bytes[from..].iter();
            from + blanks.take_while(|b| matches!(b, b' ' | b'\t')).count()
        };
        let (next, count) = digits(&bytes[at..]);
        (count <= MOST_DIGITS && (next as usize) < self.body.header.states).then_some(())?;
        let colon = blanks(at + count);
        (bytes.get(colon) == Some(&b':')).then_some(())?;
        let begin = blanks(colon + 1);
        let (probability, end) = number(text, begin)?;
        let rest = blanks(end);
        matches!(bytes.get(rest), None | Some(b'\n' | b'\r')).then_some(())?;
        if self.labels.is_empty() {
            // a Markov chain
            self.open("", &Number::ZERO)?;
        }
        self.lane.own.push(next as u32, probability)?;
        Some(rest)
    }

    fn end_state(&mut self) -> Option<()> {
        let Some(&is_terminal) = self.body.terminal.last() else {
            return Some(());
        };
        let known = self.is_marked.then_some(is_terminal);
        let is_silent = known == Some(true) && self.body.state_reward.is_zero();
        (is_silent || !self.labels.is_empty()).then_some(())?;
        if !self.lane.end_state(known)? {
            self.actions.take(&self.labels);
        }
        self.labels.clear();
        Some(())
    }

    fn finish(mut self, name: &str) -> Option<Draft> {
        self.end_state()?;
        let (header, states) = (self.body.header, self.body.initial.len());
        header.check("states", states).ok()?;
        header.check("choices", self.choices).ok()?;
        // the word may stand elsewhere than among labels
        (!self.is_marked || self.body.terminal.contains(&true)).then_some(())?;
        let (table, terminal) = self.lane.finish()?;
        let (names, action) = self.actions.finish()?;
        let draft = self.body.draft(name.to_string(), terminal, names);
        let (states, actions) = (draft.states.clone(), draft.actions.clone());
        let made = Some(table.renamed(states, actions, |pair| action[pair])?);
        Some(Draft { made, ..draft })
    }
}

/// More digits than the number of a state has.
const MOST_DIGITS: usize = 18;

/// The number that stands at a byte, and where it ends.
fn number(text: &str, begin: usize) -> Option<(Number, usize)> {
    let bytes = &text.as_bytes()[begin..];
    if let Some((number, length)) = leading(bytes)
        && bytes.get(length).is_none_or(|b| *b <= b' ')
    {
        return Some((number, begin + length));
    }
    let length = bytes.iter().take_while(|b| **b > b' ').count();
    let number = text[begin..begin + length].parse().ok()?;
    Some((number, begin + length))
}

/// The actions of pairs: their labels, or their places where labels are missing or repeated within a
/// state.
#[derive(Default)]
struct Actions<'t> {
    vocabulary: Vocabulary<'t>,
    numbers: Vec<u32>,
    is_unlabelled: bool,
    /// Among the choices of the state.
    places: Vec<u32>,
    most: usize,
}

impl<'t> Actions<'t> {
    /// Those of the next state.
    fn take(&mut self, labels: &[&'t str]) {
        self.most = self.most.max(labels.len());
        self.places.extend(0..labels.len() as u32);
        let begin = self.numbers.len();
        for (place, label) in (0..).zip(labels) {
            if self.is_unlabelled {
                return;
            }
            // states mostly have the same actions
            let number = if self.vocabulary.get(place) == Some(label) {
                place
            } else if is_missing(label) {
                self.is_unlabelled = true;
                return;
            } else {
                self.vocabulary.number(label)
            };
            self.is_unlabelled = self.numbers[begin..].contains(&number);
            self.numbers.push(number);
        }
    }

    /// The names, and the action of each pair; `None` without pairs.
    fn finish(self) -> Option<(Names, Vec<u32>)> {
        (self.most > 0).then_some(())?;
        if self.is_unlabelled {
            return Some((Names::Numbered(self.most), self.places));
        }
        let (names, place) = self.vocabulary.finish();
        let numbers = self.numbers.into_iter();
        Some((
            names,
            numbers.map(|number| place[number as usize]).collect(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::drn::fully;
    use crate::model::Model;
    use crate::test_models::Random;

    /// A valid file, its words chosen at random.
    fn file(random: &mut Random) -> String {
        let states = 2 + random.below(3);
        let named = random.below(2) == 0;
        let ended = random.of(&[" terminal", "", " \"not terminal\""]);
        let (mut body, mut choices) = (String::new(), 0);
        for s in 0..states {
            let is_last = s + 1 == states;
            let start = if s == 0 { " init" } else { "" };
            let labels = if is_last { ended } else { start };
            let reward = if is_last {
                "0"
            } else {
                random.of(&["1", "0", "-1/3"])
            };
            body += &format!("state {s} [{reward}]{labels}\n");
            if named {
                body += &format!("//[x={s}\t& y]\n");
            }
            for a in 0..if is_last { 1 } else { 1 + random.below(2) } {
                let label = random.of(&["go", "stay", "__NOLABEL__", "a b", "0", "1", "t\tt"]);
                let paid = if is_last {
                    "0"
                } else {
                    random.of(&["0", "2.5"])
                };
                body += &format!("\taction {label} [{paid}]\n");
                choices += 1;
                let (next, other) = (random.below(states), (s + a) % states);
                body += &if is_last {
                    format!("\t\t{s} : 1\n")
                } else {
                    let (p, q) = [("1/3", "2/3"), ("0.25", "0.75"), ("0", "1")][random.below(3)];
                    format!("\t\t{next} : {p}\n\t\t{other} : {q}\n")
                };
            }
        }
        format!(
            "@type: MDP\n@value_type: double\n@parameters\n\n@reward_models\nr \n@nr_states\n{states}\n@nr_choices\n{choices}\n@model\n{body}"
        )
    }

    fn changed(random: &mut Random, text: &str) -> String {
        const PIECES: [&str; 18] = [
            "terminal", " ", "\t", "\n", "\r\n", "0", "1", "/", ":", "-", "$x", "state 1",
            "action", "//", "[", "]", "é", "\"",
        ];
        let body = text.find("@model\n").map_or(0, |at| at + 7);
        let places: Vec<usize> = (body..text.len())
            .filter(|at| text.is_char_boundary(*at))
            .collect();
        let at = places[random.below(places.len())];
        let mut text = text.to_string();
        if random.below(2) == 0 {
            text.insert_str(at, random.of(&PIECES));
        } else {
            text.remove(at);
        }
        text
    }

    /// Whether the lane reads a text; then it makes the model that is made without it.
    fn is_quick(text: &str) -> bool {
        let overrides = Overrides {
            discount: "1/2".parse().ok(),
            ..Overrides::default()
        };
        let mut lines = Piece::whole(text).lines();
        let header = Header::read(&mut lines, &overrides).unwrap();
        let quick = lines
            .rest()
            .and_then(|rest| draft(&header, rest, "m", &overrides));
        let Some(quick) = quick else {
            return false;
        };
        let quick: Option<Model> = quick.finish::<crate::model::ModelError>(&overrides).ok();
        let full = fully("m".into(), &header, lines).ok();
        let full =
            full.and_then(|(draft, _)| draft.finish::<crate::model::ModelError>(&overrides).ok());
        assert_eq!(quick, full, "{text}");
        true
    }

    #[test]
    fn the_lane_makes_the_model_or_nothing() {
        let mut random = Random(1);
        let (mut sound, mut quick, mut still) = (0, 0, 0);
        for _ in 0..3_000 {
            let text = file(&mut random);
            sound += usize::from(is_quick(&text));
            let text = changed(&mut random, &text);
            quick += usize::from(is_quick(&text));
            still += usize::from(is_quick(&changed(&mut random, &text)));
        }
        assert!(
            sound > 1_000 && quick > 400 && still > 100,
            "{sound} {quick} {still}"
        );
    }
}
