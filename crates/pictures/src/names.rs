//! Names beside marks, where there is room for some of their letters.

use std::collections::HashSet;

use super::shown;

/// A name with the number that it has in the model's file and in JSON, from 1 on.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    /// The number.
    pub number: usize,
    /// The name.
    pub name: &'a str,
}

/// Names as they stand beside their marks.
#[derive(Clone, Debug)]
pub struct Names {
    /// One for each, in few letters.
    pub shown: Vec<String>,
    /// Which name each number stands for, by the numbers, where names cannot be told apart in the letters that there
    /// are; a line each, to stand below the picture.
    pub key: Vec<String>,
}

impl Names {
    /// Names in at most `least` characters each, or in as many more, up to `most`, as it takes for different names to
    /// stay different; beyond that they are numbered, and a key has the numbers.
    pub fn of(names: &[Name], least: usize, most: usize) -> Names {
        match different(names, least, most) {
            Some(shown) => Names {
                shown,
                key: Vec::new(),
            },
            None => Names {
                shown: numbered(names, least.saturating_sub(4)),
                key: key(names),
            },
        }
    }

    /// The names, each with its number before it in any case.
    pub fn numbered(names: &[Name], least: usize, most: usize) -> Names {
        let room = most.saturating_sub(3);
        let letters = different(names, least, room);
        let letters = letters.iter().flatten().map(|name| name.chars().count());
        let letters = letters.max();
        Names {
            shown: numbered(names, letters.unwrap_or(least)),
            key: if letters.is_some() || names.is_empty() {
                Vec::new()
            } else {
                key(names)
            },
        }
    }
}

/// The names in as few letters as it takes for different ones to stay different, if there are so few.
fn different(names: &[Name], least: usize, most: usize) -> Option<Vec<String>> {
    let cut = |letters: usize| names.iter().map(move |name| clipped(name.name, letters));
    let whole: HashSet<String> = names.iter().map(|name| shown(name.name)).collect();
    let stay = |letters: &usize| cut(*letters).collect::<HashSet<_>>().len() == whole.len();
    let letters = (least..=most).find(stay)?;
    Some(cut(letters).collect())
}

fn numbered(names: &[Name], letters: usize) -> Vec<String> {
    let with_number = |name: &Name| format!("{} {}", name.number, clipped(name.name, letters));
    names.iter().map(with_number).collect()
}

fn key(names: &[Name]) -> Vec<String> {
    let mut sorted: Vec<&Name> = names.iter().collect();
    sorted.sort_by_key(|name| name.number);
    // a number and its name are not parted
    let line = |name: &Name| format!("{}\u{a0}{}", name.number, shown(name.name));
    sorted.into_iter().map(line).collect()
}

/// A text in at most so many characters, with its beginning and its end: names differ at the one or the other.
pub fn clipped(text: &str, most: usize) -> String {
    let text = shown(text);
    let length = text.chars().count();
    if length <= most {
        return text;
    }
    let kept = most.saturating_sub(1);
    let end = 2 * kept / 5;
    let first = text.chars().take(kept - end);
    let last = text.chars().skip(length - end);
    first.chain(['…']).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::{Name, Names};

    const NAMES: [Name; 3] = [
        Name {
            number: 7,
            name: "open-left:0",
        },
        Name {
            number: 2,
            name: "open-left:1",
        },
        Name {
            number: 4,
            name: "open-right:0",
        },
    ];

    #[test]
    fn cut_names_stay_different() {
        let cut = |least, most| Names::of(&NAMES, least, most);
        assert_eq!(
            cut(12, 12).shown,
            ["open-left:0", "open-left:1", "open-right:0"]
        );
        // five letters make two of them `ope…:0`
        assert_eq!(cut(6, 12).shown, ["open-l…t:0", "open-l…t:1", "open-r…t:0"]);
        assert!(cut(6, 12).key.is_empty());
    }

    #[test]
    fn numbers_are_those_of_the_file_and_have_a_key() {
        let names = Names::of(&NAMES, 6, 6);
        assert_eq!(names.shown, ["7 o…", "2 o…", "4 o…"]);
        let key = [
            "2\u{a0}open-left:1",
            "4\u{a0}open-right:0",
            "7\u{a0}open-left:0",
        ];
        assert_eq!(names.key, key);
        assert_eq!(Names::numbered(&NAMES, 4, 6).key, key);
        let told = Names::numbered(&NAMES, 12, 24);
        assert_eq!(told.shown[1], "2 open-left:1");
        assert!(told.key.is_empty());
    }
}
