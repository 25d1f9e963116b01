//! Features that are short of rank, or not, by less than floating point tells.

use super::super::{file, json, run};

/// Two features of three actions, those of the first 0.
fn model(second: &str, third: &str) -> String {
    format!(
        "discount: 0.5\nstates: [s]\nactions: [a, b, c]\ninitial: s\ntransitions: {{s: {{a: s, b: s, c: s}}}}\nrewards: {{s: {{b: 1}}}}\n\
         policy:\n  parametrization: log-linear\n  features:\n    s: {{a: [0, 0], b: [{second}], c: [{third}]}}\n  theta: [0, 0]\n"
    )
}

#[test]
fn which_features_count_is_told_where_rounding_decides() {
    for (second, third, rank, open) in [
        ("1, 3", "2, 6", 1, false),
        ("1, 3", "2, 6.001", 2, false),
        ("1, 3", "2, 6.0000000000000001", 2, true),
        // not as floats
        ("0.1, 0.3", "1/3, 1", 1, false),
    ] {
        let (_folder, path) = file("features.yaml", &model(second, third));
        let exact = json(&["gradient", &path, "--natural", "-q", "--exact"]);
        assert_eq!(exact["fisher_rank"], rank, "{third}");
        for command in [
            &["gradient", &path, "--natural"][..],
            &["ascend", &path, "--method", "natural", "-n", "2"],
        ] {
            let said = run(command).err;
            assert_eq!(
                said.contains("the features are of rank 2 as they are written and of rank 1"),
                open,
                "{command:?} {said}"
            );
        }
    }
}
