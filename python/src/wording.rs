//! Mends that name flags, methods of Rust or variants, in the words of the arguments of this package.

/// A flag of the program and the argument that does the same, with the form of its value.
const FLAGS: [(&str, &str, Form); 26] = [
    ("--discount", "discount", Form::Number),
    ("--horizon", "horizon", Form::Number),
    (
        "--criterion",
        "criterion",
        Form::OneOf(&["discounted", "finite-horizon", "total", "average"]),
    ),
    ("--initial", "initial", Form::Name),
    ("--reward-model", "reward_model", Form::None),
    ("--axes", "axes", Form::OneOf(&["ass", "sas"])),
    ("--normalize", "normalize", Form::None),
    ("--minimize", "minimize", Form::None),
    ("--policy", "policy", Form::None),
    (
        "--solver",
        "solver",
        Form::OneOf(&["auto", "dense", "sparse"]),
    ),
    ("--truncation", "truncation", Form::Number),
    ("--exact", "m.exact()", Form::None),
    ("--certify", "s.certified()", Form::None),
    // no name here is the beginning of a later one
    ("--reward", "reward", Form::Name),
    ("--nodes", "nodes", Form::Letter),
    ("--to", "to", Form::Name),
    ("--false-alarm", "false_alarm", Form::Number),
    ("--trajectories", "trajectories", Form::Number),
    ("--estimators", "estimators", Form::None),
    ("--estimator", "estimator", Form::None),
    ("--behavior", "behavior", Form::None),
    ("--geometric", "geometric", Form::None),
    ("--repeats", "repeats", Form::None),
    ("--method", "method", Form::Name),
    ("--step", "step", Form::Number),
    ("--sweep", "sweep", Form::None),
];

/// What comes before the flags of another program, which stay as they are.
const OTHERS: &str = "storm --";

/// What else is worded for another front end, and what it is here.
const PHRASES: [(&str, &str); 11] = [
    ("a finite `f64`", "a finite float"),
    ("`compare --blocks`", "`compare_blocks`"),
    (".discount(\"0.9\")", "gamma=0.9"),
    (".horizon(100)", "horizon=100"),
    (
        ".criterion(CriterionKind::Average)",
        "criterion=\"average\"",
    ),
    ("the draft does not say", "the model does not say"),
    ("arithmetic=\"exact\"", "m.exact()"),
    ("arithmetic=\"certified\"", "s.certified()"),
    (
        "`exact-mdp gradient MODEL --format json` shows the parameters in their order",
        "`policy.parameters` names the parameters in their order",
    ),
    ("`Sampling::Truncated`", "`truncation=…`"),
    ("`Sampling::Geometric`", "`geometric=True`"),
];

/// What may follow a flag as its value.
#[derive(Clone, Copy)]
enum Form {
    None,
    Number,
    Name,
    /// A number, or the letter that stands for one.
    Letter,
    OneOf(&'static [&'static str]),
}

impl Form {
    /// The value at the beginning of a text, if it is one, without quotes.
    fn value(self, text: &str) -> Option<(&str, &str)> {
        let text = text.strip_prefix(' ')?;
        if let Some(quoted) = text.strip_prefix('\'') {
            return quoted.split_once('\'');
        }
        let end = text
            .find([' ', ',', ';', ')', '`', '\n'])
            .unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        let is_value = match self {
            Form::None => false,
            Form::Number => word.parse::<f64>().is_ok(),
            Form::Letter => word == "N" || word.parse::<f64>().is_ok(),
            Form::Name => !word.is_empty() && !["or", "and", "out", "out;"].contains(&word),
            Form::OneOf(words) => words.contains(&word),
        };
        is_value.then_some((word, rest))
    }
}

/// The same text with flags as arguments: `--criterion average` is `criterion="average"`.
pub fn in_python(text: &str) -> String {
    if let Some((before, others)) = text.split_once(OTHERS) {
        return in_python(before) + OTHERS + others;
    }
    let mut text = text.to_string();
    for (theirs, ours) in PHRASES {
        text = text.replace(theirs, ours);
    }
    for (flag, argument, form) in FLAGS {
        text = renamed(&text, flag, argument, form);
    }
    text
}

fn renamed(text: &str, flag: &str, argument: &str, form: Form) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(flag) {
        let (before, after) = rest.split_at(at);
        let after = &after[flag.len()..];
        made += before;
        made += argument;
        rest = match form.value(after) {
            Some((value, left)) if value.parse::<f64>().is_ok() || value == "N" => {
                made += &format!("={value}");
                left
            }
            Some((value, left)) => {
                made += &format!("=\"{value}\"");
                left
            }
            None => after,
        };
    }
    made + rest
}
