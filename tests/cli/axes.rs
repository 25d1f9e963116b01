//! The axes of pictures: numbers that can be read, whatever is drawn.

use super::pictures::{folder, in_folder, words};
use super::{out, read};

/// Numbers that floating point hardly has, and those that differ by rounding alone, have axes.
#[test]
fn axes_of_any_numbers_have_ticks() {
    let model = |states: &str, rewards: &str| {
        format!(
            "{{discount: 0.9, states: [a, b], actions: [x, y], initial: {{a: 1}}, transitions: {{a: {{x: b, y: a}}, b: {states}}}, rewards: {rewards}}}"
        )
    };
    let folder = folder();
    let file = in_folder(&folder, "m.yaml");
    let plot = in_folder(&folder, "m.svg");
    for size in [
        "1e-30", "1e-33", "1e-40", "1e-60", "1e-200", "1e-300", "1e-310", "1e300",
    ] {
        let rewards = format!("{{a: {{x: -{size}, y: 0}}, b: {{y: -{size}}}}}");
        std::fs::write(&file, model("{x: a, y: b}", &rewards)).expect("written");
        out(&[
            "between", &file, "uniform", "optimal", "-q", "--plot", &plot,
        ]);
        out(&["ascend", &file, "-n", "20", "-q", "--plot", &plot]);
        for label in words(&read(&plot)) {
            assert!(!label.starts_with("0.000000"), "{size}: {label}");
        }
    }
    for size in ["1e-296", "1e-305", "1e-310"] {
        let rewards = format!("{{a: {{x: {size}}}, b: {{y: {size}}}}}");
        let states = "{x: {a: 1/2, b: 1/2}, y: b}";
        std::fs::write(&file, model(states, &rewards)).expect("written");
        out(&["gradient", &file, "-q", "--plot", &plot]);
    }
    // J is linear in x, its slope 1000/3
    let alike = "discount: 0.9\nstates: [a, b, c]\nactions: [x, y, z]\ninitial: uniform\n\
        transitions: {a: {x: {b: 1/2, c: 1/2}, y: {b: 1/2, c: 1/2}, z: {b: 1/2, c: 1/2}}, \
        b: {x: {a: 1/2, c: 1/2}, y: {a: 1/2, c: 1/2}, z: {a: 1/2, c: 1/2}}, \
        c: {x: {a: 1/2, b: 1/2}, y: {a: 1/2, b: 1/2}, z: {a: 1/2, b: 1/2}}}\n\
        rewards: {a: {x: 100, y: 200, z: 300}, b: {x: 100, y: 200, z: 300}, c: {x: 100, y: 200, z: 300}}\n";
    std::fs::write(&file, alike).expect("written");
    out(&[
        "between", &file, "uniform", "optimal", "-q", "--plot", &plot,
    ]);
    for word in words(&read(&plot)) {
        assert!(!word.contains(".33333333"), "{word}");
    }
}
