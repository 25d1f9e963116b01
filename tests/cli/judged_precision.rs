//! `judge --samples` of numbers that were rounded: to 32 or 16 bits, or to a few decimals or digits. The bandit's law is known in
//! closed form: X = (e_a − π) r_a, whose coordinates sum to 0 on paper alone.

use serde_json::Value;

use super::judged_runs::{Draws, judge};

/// Three arms that pay 1, 2, 4, with logits 0, 0.3, 0.7.
const ARMS: &str = "name: arms\ndiscount: 1/2\nstates: [s, t]\nactions: [a, b, c]\ninitial: s\n\
                    transitions:\n  s: {a: t, b: t, c: t}\nrewards:\n  s: {a: 1, b: 2, c: 4}\nterminal: [t]\n\
                    policy: {theta: {s: {a: 0, b: 0.3, c: 0.7}}}\n";

/// π(a) = 1/3, and rewards of which (e_a − π) r_a is (0.2, −0.2) for both actions.
const FIXED: &str = "name: fixed\ndiscount: 1/2\nstates: [s, t]\nactions: [a, b]\ninitial: s\n\
                     transitions:\n  s: {a: t, b: t}\nrewards:\n  s: {a: 0.3, b: -0.6}\nterminal: [t]\n\
                     policy: {theta: {s: {a: 0, b: 0.6931471805599453}}}\n";

const PAID: [f64; 3] = [1.0, 2.0, 4.0];

fn pi() -> [f64; 3] {
    let powers = [0.0, 0.3, 0.7].map(f64::exp);
    powers.map(|x: f64| x / powers.iter().sum::<f64>())
}

/// The estimates of `count` draws, each made by `of` from its action.
fn drawn(count: usize, of: impl Fn(usize) -> [f64; 3]) -> Vec<[f64; 3]> {
    let (mut draws, pi) = (Draws(11), pi());
    let action = |x: f64| usize::from(x >= pi[0]) + usize::from(x >= pi[0] + pi[1]);
    (0..count).map(|_| of(action(draws.next()))).collect()
}

/// (e_a − π) r_a.
fn right(action: usize) -> [f64; 3] {
    let pi = pi();
    [0, 1, 2].map(|k| (f64::from(u8::from(k == action)) - pi[k]) * PAID[action])
}

/// How a number is written.
pub type Rounding = fn(f64) -> f64;

/// Numbers of 32 and 16 bits, of six and four decimals, and of six and five significant digits, as `%g` and `%.5g` write them.
const ROUNDED: [(&str, Rounding); 6] = [
    ("32 bits", |x| f64::from(x as f32)),
    ("16 bits", half),
    ("6 decimals", |x| (x * 1e6).round() / 1e6),
    ("4 decimals", |x| (x * 1e4).round() / 1e4),
    ("6 digits", |x| format!("{x:.5e}").parse().unwrap()),
    ("5 digits", |x| format!("{x:.4e}").parse().unwrap()),
];

/// The nearest number of 11 significant bits (IEEE 754, binary16).
pub fn half(x: f64) -> f64 {
    if x == 0.0 {
        return x;
    }
    let unit = 2f64.powi(x.abs().log2().floor() as i32 - 10);
    (x / unit).round() * unit
}

fn verdict(model: &str, rows: &[impl serde::Serialize], more: &[&str]) -> Value {
    let (_folder, model) = super::file("model.yaml", model);
    let rows = serde_json::to_string(rows).unwrap();
    let asked = [
        &[model.as_str(), "--samples", "FILE", "--format", "json"],
        more,
    ]
    .concat();
    let found = judge("mine.json", &rows, &asked);
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}{}", found.out, found.err))
}

#[test]
fn a_right_sample_that_was_rounded_is_consistent() {
    for count in [500, 20_000] {
        for (name, round) in ROUNDED {
            let rows: Vec<[f64; 3]> = drawn(count, right)
                .into_iter()
                .map(|x| x.map(round))
                .collect();
            for more in [&["--as", "reward-to-go"][..], &["--as", "q"], &[]] {
                let found = verdict(ARMS, &rows, more);
                assert_eq!(
                    found["verdict"], "consistent",
                    "{name} {count} {more:?}: {found}"
                );
            }
        }
    }
}

/// The mean of the score left out, half of it, and another state's mean reward as a factor: off the range of the
/// covariance, or far off within it.
#[test]
fn a_wrong_sample_that_was_rounded_is_inconsistent() {
    let without_mean =
        |action: usize| [0, 1, 2].map(|k| if k == action { PAID[action] } else { 0.0 });
    let halved = |action: usize| right(action).map(|x| x / 2.0);
    // off the range by 1/1000 of an entry: fifty times what 32 bits allow
    let tilted = |action: usize| {
        let [a, b, c] = right(action);
        [a, b, c + 1e-3]
    };
    type Row<'a> = &'a dyn Fn(usize) -> [f64; 3];
    let wrong: [(&str, Row); 3] = [
        ("without-mean", &without_mean),
        ("halved", &halved),
        ("tilted", &tilted),
    ];
    for (mistake, of) in wrong {
        for (name, round) in ROUNDED {
            if mistake == "tilted" && name != "32 bits" {
                continue;
            }
            let rows: Vec<[f64; 3]> = drawn(5000, of).into_iter().map(|x| x.map(round)).collect();
            let found = verdict(ARMS, &rows, &["--as", "reward-to-go"]);
            assert_eq!(
                found["verdict"], "inconsistent",
                "{mistake} {name}: {found}"
            );
        }
    }
}

/// Where every row is the same number on paper, that number in 32 bits is no other one; a thousandth more is.
#[test]
fn a_constant_that_was_rounded_is_the_same_constant() {
    let rows = |x: f64| vec![[f64::from(x as f32), f64::from(-x as f32)]; 1000];
    for more in [&["--as", "reward-to-go"][..], &[]] {
        let found = verdict(FIXED, &rows(0.2), more);
        assert_eq!(found["verdict"], "consistent", "{more:?}: {found}");
        let found = verdict(FIXED, &rows(0.2002), more);
        assert_eq!(found["verdict"], "inconsistent", "{more:?}: {found}");
    }
}

/// A T² of no degree of freedom is not shown: either a bound tells, or nothing does.
#[test]
fn the_page_says_what_tests_the_mean() {
    let (_folder, model) = super::file("model.yaml", FIXED);
    let page = |x: f64| {
        let rows = serde_json::to_string(&vec![[x, -x]; 1000]).unwrap();
        judge("mine.json", &rows, &[&model, "--samples", "FILE"]).out
    };
    let right = page(0.2);
    assert!(
        right.contains("its mean against ∇J: no test asks for it"),
        "{right}"
    );
    let wrong = page(0.25);
    assert!(
        wrong.contains(", without T²: no coordinate has tails"),
        "{wrong}"
    );
    assert!(!wrong.contains("p = 0.000"), "{wrong}");
}

/// J = p + ½(1 − p)J = 2p/(1 + p) for p = π(go|a), and ∂J/∂θ = ±p(1 − p)·2/(1 + p)²: 0.14533 at p = 7/10.
const GO: &str = "discount: 1/2\nstates: [a, end]\nactions: [go, stay]\ninitial: a\nterminal: [end]\n\
                  transitions:\n- [a, go, end, 1, 1]\n- [a, stay, a, 1, 0]\n";

/// Half of the last of three decimals is 1/291 of 0.145.
#[test]
fn three_decimals_of_a_small_gradient_are_three_digits() {
    let policy = "policy: {parametrization: softmax, theta: [0.8472978603872036, 0]}\n";
    let (_folder, model) = super::file("model.yaml", &format!("{GO}{policy}"));
    let code = |given: &str| judge("mine.json", given, &[&model, "--gradient", "FILE"]).code;
    assert_eq!(code("[0.145, -0.145]"), Some(0));
    assert_eq!(code("[0.146, -0.146]"), Some(1));
    assert_eq!(code("[0.1450001, -0.1450001]"), Some(1));
}

/// 2/9 in binary16 is 0x331c, 455/2048: nine bits, as other numbers have them; the file says what it holds.
#[test]
fn one_number_of_sixteen_bits_is_known_by_its_file() {
    let policy = "policy: {parametrization: simplex, probabilities: {a: {go: 1/8, stay: 7/8}}}\n";
    let (folder, model) = super::file("model.yaml", &format!("{GO}{policy}"));
    let path = folder.path().join("mine.npy");
    let code = |kind: &str, entry: &[u8]| {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': (1,), }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(entry);
        std::fs::write(&path, bytes).unwrap();
        super::run(&["judge", &model, "--formula", "v", path.to_str().unwrap()]).code
    };
    assert_eq!(code("<f2", &0x331cu16.to_le_bytes()), Some(0));
    assert_eq!(code("<f2", &0x3320u16.to_le_bytes()), Some(1));
    assert_eq!(code("<f8", &0.22216796875f64.to_le_bytes()), Some(1));
}
