//! Archives by the layouts, names and types that libraries and textbooks use.

use exact_mdp::control::{self, ControlOptions};
use exact_mdp::exchange::Format;
use exact_mdp::model::{Axes, Model, ModelErrors, Overrides};

use super::faults::{archive, npy};

fn flags() -> Overrides {
    Overrides {
        discount: Some("1/2".parse().unwrap()),
        initial: Some("0".into()),
        ..Overrides::default()
    }
}

fn bytes(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn f8(shape: &str, numbers: &[f64]) -> Vec<u8> {
    npy("<f8", shape, &bytes(numbers))
}

fn read(arrays: &[(&str, Vec<u8>)], flags: &Overrides) -> Result<Model, ModelErrors> {
    let named: Vec<(String, &[u8])> = (arrays.iter())
        .map(|(name, bytes)| (format!("{name}.npy"), &bytes[..]))
        .collect();
    let members: Vec<(&str, &[u8])> = named.iter().map(|(n, b)| (n.as_str(), *b)).collect();
    Model::parse_as("m.npz", &archive(&members), Format::Quantecon, flags)
}

fn best(read: Result<Model, ModelErrors>) -> f64 {
    let model = read.unwrap_or_else(|errors| panic!("{}", errors.plain()));
    control::solve(&model.mdp(), &ControlOptions::default())
        .unwrap()
        .j
}

fn assert_says(read: Result<Model, ModelErrors>, words: &[&str]) {
    let complaint = read.expect_err("a complaint").plain();
    for word in words {
        assert!(complaint.contains(word), "{word:?} is missing: {complaint}");
    }
}

const PAID: [f64; 4] = [0.0, 1.0, 2.0, 2.0];

#[test]
fn axes_are_asked_for_where_the_shape_does_not_say() {
    let p = [0.25, 0.75, 0.0, 1.0, 1.0, 0.0, 0.5, 0.5];
    let arrays = [("P", f8("(2, 2, 2)", &p)), ("R", f8("(2, 2)", &PAID))];
    assert_says(
        read(&arrays, &flags()),
        &["Overrides::axes = \"ass\"", "Overrides::axes = \"sas\""],
    );
    let by = |axes| {
        best(read(
            &arrays,
            &Overrides {
                axes: Some(axes),
                ..flags()
            },
        ))
    };
    // [S, A, S]: v(1) = 2 + (v(0) + v(1))/4 and v(0) = 1 + v(1)/2, so 18/5 and 14/5
    assert!((by(Axes::Sas) - 14.0 / 5.0).abs() < 1e-12);
    // [A, S, S]: from 1 the first action stays, v(1) = 4; v(0) = 1 + v(0)/2 = 2, or v(0)/8 + 3/2
    assert!((by(Axes::Ass) - 2.0).abs() < 1e-12);
    let said = [
        arrays[0].clone(),
        arrays[1].clone(),
        ("axes", npy("<U3", "(1,)", &text("sas"))),
    ];
    assert_eq!(best(read(&said, &flags())), by(Axes::Sas));
}

fn text(letters: &str) -> Vec<u8> {
    letters
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect()
}

/// Whichever of two was taken, the other may have been meant.
#[test]
fn two_names_of_one_array_are_refused() {
    let p = [1.0, 0.0, 0.5, 0.5, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    let own = [
        ("P", f8("(2, 3, 2)", &p)),
        ("R", f8("(2,)", &[1.0, 0.0])),
        ("discount", f8("()", &[0.5])),
        ("initial", f8("(2,)", &[1.0, 0.0])),
    ];
    let named = |extra: &[(&'static str, Vec<u8>)]| {
        let arrays: Vec<(&str, Vec<u8>)> = own.iter().chain(extra).cloned().collect();
        read(&arrays, &Overrides::default())
    };
    let model = named(&[]).unwrap_or_else(|errors| panic!("{}", errors.plain()));
    assert!(model.warnings().is_empty());
    for (other, of) in [
        ("r", "R"),
        ("gamma", "discount"),
        ("mu", "initial"),
        ("T", "P"),
    ] {
        let says = [
            format!("`{of}` stands beside `{other}`"),
            "leave one".into(),
        ];
        let says: Vec<&str> = says.iter().map(String::as_str).collect();
        assert_says(named(&[(other, f8("(2,)", &[0.0, 1.0]))]), &says);
    }
    let more = named(&[("values", f8("(2,)", &[0.0, 1.0]))]);
    let more = more.unwrap_or_else(|errors| panic!("{}", errors.plain()));
    let warning = more.warnings()[0].to_string();
    assert!(
        warning.contains("not read") && warning.contains("`values`"),
        "{warning}"
    );
}

/// Three actions, two states; the shape tells the axes.
#[test]
fn axes_are_told_by_the_shape() {
    let by_state = [
        1.0, 0.0, 0.0, 1.0, 0.5, 0.5, // from 0
        0.0, 1.0, 0.0, 1.0, 0.0, 1.0, // from 1
    ];
    let by_action = [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.5, 0.5, 0.0, 1.0];
    let paid = f8("(2, 3)", &[0.0, 1.0, 0.0, 2.0, 2.0, 2.0]);
    for (p, r) in [
        ("P", "R"),
        ("p", "rew"),
        ("T", "r"),
        ("transition_matrix", "reward_matrix"),
        ("transition", "rewards"),
        ("transitions", "reward"),
    ] {
        let sas = [(p, f8("(2, 3, 2)", &by_state)), (r, paid.clone())];
        assert_eq!(best(read(&sas, &flags())), 3.0, "{p}");
        let ass = [(p, f8("(3, 2, 2)", &by_action)), (r, paid.clone())];
        assert_eq!(best(read(&ass, &flags())), 3.0, "{p}");
    }
    // rewards with the axes of p
    let outcome = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0];
    let arrays = [
        ("P", f8("(2, 3, 2)", &by_state)),
        ("R", f8("(2, 3, 2)", &outcome)),
    ];
    assert_eq!(best(read(&arrays, &flags())), 3.0);
    // next state before state, as jaxdp has it
    let turned = [0.0, 0.0, 1.0, 1.0, 0.3, 0.6, 0.7, 0.4];
    let arrays = [("P", f8("(2, 2, 2)", &turned)), ("R", f8("(2, 2)", &PAID))];
    let ass = Overrides {
        axes: Some(Axes::Ass),
        ..flags()
    };
    assert_says(read(&arrays, &ass), &["along its axis 1", "swapaxes"]);
    // [s', s, a], as matrix-mdp-gym has it
    let turned = [
        1.0, 0.0, 0.5, 0.0, 0.0, 0.0, // to 0, from 0 and from 1
        0.0, 1.0, 0.5, 1.0, 1.0, 1.0, // to 1
    ];
    let arrays = [("P", f8("(2, 2, 3)", &turned)), ("R", paid)];
    assert_says(read(&arrays, &flags()), &["transpose(2, 1, 0)"]);
    let arrays = [
        ("P", f8("(2, 3, 2)", &by_state)),
        ("R", f8("(3, 2)", &[0.0; 6])),
    ];
    assert_says(read(&arrays, &flags()), &["[3, 2]", "R.T"]);
}

/// Rows of `P` that are right become the model at once, those of `Q` through a list of all outcomes.
#[test]
fn both_ways_to_a_model_are_one() {
    let (states, actions) = (40, 3);
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 33
    };
    let mut p = vec![0.0; states * actions * states];
    let mut r = vec![0.0; states * actions];
    for s in 0..states {
        for a in 0..actions {
            let row = &mut p[(s * actions + a) * states..][..states];
            if s % 7 == 3 {
                row[s] = 1.0;
            } else {
                r[s * actions + a] = next() as f64;
                let weights: Vec<(usize, f64)> = (0..4)
                    .map(|_| (next() as usize % states, 1.0 + next() as f64))
                    .collect();
                let total: f64 = weights.iter().map(|weight| weight.1).sum();
                weights
                    .iter()
                    .for_each(|(to, weight)| row[*to] += weight / total);
            }
        }
    }
    let flags = Overrides {
        axes: None,
        ..flags()
    };
    let ends: Vec<f64> = (0..states)
        .map(|s| f64::from(u8::from(s % 7 == 3)))
        .collect();
    for end in [None, Some(("terminal", f8("(40,)", &ends)))] {
        let of = |name| {
            let arrays = [(name, f8("(40, 3, 40)", &p)), ("R", f8("(40, 3)", &r))];
            let arrays: Vec<_> = arrays.into_iter().chain(end.clone()).collect();
            read(&arrays, &flags).unwrap_or_else(|errors| panic!("{}", errors.plain()))
        };
        let (at_once, listed) = (of("P"), of("Q"));
        assert_eq!(at_once.outcomes(), listed.outcomes());
        assert_eq!(at_once.space(), listed.space());
        assert!(at_once.space().is_terminal(3) && !at_once.space().is_terminal(4));
        let words = |model: &Model| {
            model
                .warnings()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&at_once), words(&listed));
    }
}

/// mushroom-rl: a row of zeros ends the episode; its start is `mu`, its discount `gamma`.
#[test]
fn a_row_of_zeros_ends_mushroom_s_episodes() {
    let p = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let arrays = [
        ("p", f8("(2, 3, 2)", &p)),
        (
            "rew",
            f8(
                "(2, 3, 2)",
                &[0.0, 5.0, 0.0, 4.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            ),
        ),
        ("mu", f8("(2,)", &[1.0, 0.0])),
        ("gamma", f8("()", &[0.9])),
    ];
    let model = read(&arrays, &Overrides::default()).unwrap();
    assert!(model.space().is_terminal(1));
    assert_eq!(best(Ok(model)), 5.0);
    // r(s) of an end would be paid to nobody, and of v(0) = 1 + 0.9·5 nothing but 1 be left
    for r in [
        f8("(2,)", &[1.0, 5.0]),
        f8("(2, 3)", &[1.0, 1.0, 1.0, 0.0, 0.0, 5.0]),
    ] {
        let arrays = [("p", arrays[0].1.clone()), ("rew", r)];
        let said = ["rew", "pays in state 1, whose rows of `p` are zeros"];
        assert_says(read(&arrays, &flags()), &said);
    }
    // pymdptoolbox has no such rows
    let arrays = [("P", arrays[0].1.clone()), ("R", arrays[1].1.clone())];
    assert_says(read(&arrays, &flags()), &["row 1/0 sums to 0"]);
}

#[test]
fn entries_of_every_width_and_order_are_read() {
    let p = [0.5f64, 0.5, 0.0, 1.0];
    let of = |kind: &str, bytes: Vec<u8>| {
        let arrays = [
            ("P", npy(kind, "(1, 2, 2)", &bytes)),
            ("R", f8("(2,)", &[3.0, 0.0])),
        ];
        best(read(&arrays, &flags()))
    };
    let half: Vec<u16> = vec![0x3800, 0x3800, 0, 0x3c00];
    let expected = 4.0;
    assert_eq!(of("<f8", bytes(&p)), expected);
    assert_eq!(
        of(">f8", p.iter().flat_map(|x| x.to_be_bytes()).collect()),
        expected
    );
    assert_eq!(
        of(
            "<f4",
            p.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect()
        ),
        expected
    );
    assert_eq!(
        of(
            ">f4",
            p.iter().flat_map(|x| (*x as f32).to_be_bytes()).collect()
        ),
        expected
    );
    assert_eq!(
        of("<f2", half.iter().flat_map(|x| x.to_le_bytes()).collect()),
        expected
    );
    assert_eq!(
        of(">f2", half.iter().flat_map(|x| x.to_be_bytes()).collect()),
        expected
    );
    let whole = [1i32, 0, 0, 1];
    assert_eq!(
        of(">i4", whole.iter().flat_map(|x| x.to_be_bytes()).collect()),
        6.0
    );
}

/// 2⁶³ is a reward like another; an integer between two floats is refused, not rounded.
#[test]
fn large_integers_are_what_they_say() {
    let p = [0.5f64, 0.5, 0.0, 1.0];
    let of = |kind: &str, reward: [u8; 8]| {
        let r = [reward, 0u64.to_le_bytes()].concat();
        read(
            &[("P", f8("(1, 2, 2)", &p)), ("R", npy(kind, "(2,)", &r))],
            &flags(),
        )
    };
    // v(0) = r + v(0)/4
    let largest = 2f64.powi(63);
    let j = best(of("<u8", (1u64 << 63).to_le_bytes()));
    assert!((j / (largest * 4.0 / 3.0) - 1.0).abs() < 1e-12, "{j}");
    let odd = of("<i8", ((1i64 << 53) + 1).to_le_bytes());
    assert_says(odd, &["9007199254740993", "no float64"]);
}

/// One array twice, whole and in parts, or a list of matrices with a gap: which model is meant, nobody says.
#[test]
fn parts_of_arrays_fit_together() {
    let dense = f8("(1, 2, 2)", &[0.5, 0.5, 0.0, 1.0]);
    let whole = |numbers: &[i64]| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        npy("<i8", &format!("({},)", numbers.len()), &bytes)
    };
    let parts = [
        ("data", f8("(3,)", &[0.5, 0.5, 1.0])),
        ("indices", whole(&[0, 1, 1])),
        ("indptr", whole(&[0, 2, 3])),
    ];
    let sparse = |name: &str| -> Vec<(String, Vec<u8>)> {
        let named = parts.iter();
        named
            .map(|(part, bytes)| (format!("{name}/{part}"), bytes.clone()))
            .collect()
    };
    let of = |lists: &[Vec<(String, Vec<u8>)>]| {
        let mut arrays = vec![("R".to_string(), f8("(2,)", &[3.0, 0.0]))];
        arrays.extend(lists.concat());
        let arrays: Vec<(&str, Vec<u8>)> = arrays
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.clone()))
            .collect();
        read(&arrays, &flags())
    };
    let p = vec![("P".to_string(), dense)];
    assert_eq!(best(of(&[sparse("P0"), sparse("P1")])), 4.0);
    assert_says(of(&[sparse("P0"), sparse("P2")]), &["`P2`", "`P1` is not"]);
    assert_says(of(&[sparse("P1")]), &["`P1`", "`P0` is not"]);
    assert_says(
        of(&[p.clone(), sparse("P0")]),
        &["`P` stands beside `P0/data`"],
    );
    assert_says(
        of(&[p.clone(), sparse("P")]),
        &["`P` stands beside `P/data`"],
    );
    let other = of(&[p, sparse("P00")]).unwrap_or_else(|errors| panic!("{}", errors.plain()));
    assert!(other.warnings()[0].to_string().contains("P00"));
}

#[test]
fn float32_is_named_and_normalised_on_demand() {
    let p = [
        0.1f32,
        0.2,
        0.7,
        1.0 / 7.0,
        2.0 / 7.0,
        4.0 / 7.0,
        0.3,
        0.3,
        0.4,
    ];
    let single = npy(
        "<f4",
        "(1, 3, 3)",
        &p.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>(),
    );
    // the same numbers, saved as float64
    let double = f8("(1, 3, 3)", &p.map(f64::from));
    for p in [single, double] {
        let arrays = [("P", p), ("R", f8("(3,)", &[1.0, 2.0, 3.0]))];
        assert_says(
            read(&arrays, &flags()),
            &["float32", "Overrides::normalize"],
        );
        // the last row is off by as much as a fraction of these digits can say; one row tells it of all
        let complaint = read(&arrays, &flags()).unwrap_err().plain();
        assert_eq!(complaint.matches("float32").count(), 1, "{complaint}");
        assert!(complaint.contains("sums to 1 + ") || complaint.contains("sums to 1 − "));
        assert!(
            complaint.contains("off by rounding in the same way"),
            "{complaint}"
        );
        let normalizing = Overrides {
            normalize: Some("1e-4".parse().unwrap()),
            ..flags()
        };
        let model = read(&arrays, &normalizing).unwrap();
        assert!(model.exact_mdp().is_ok());
        assert!(
            model.warnings()[0].to_string().contains("normalised"),
            "{:?}",
            model.warnings()
        );
    }
}

#[test]
fn quantecon_s_pairs_fit_its_columns() {
    let numbers = |x: &[i64]| {
        npy(
            "<i8",
            &format!("({},)", x.len()),
            &x.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>(),
        )
    };
    let pairs = |q: Vec<(&'static str, Vec<u8>)>| {
        let mut arrays = vec![
            ("R", f8("(3,)", &[1.0, 2.0, 9.0])),
            ("s_indices", numbers(&[0, 1, 2])),
            ("a_indices", numbers(&[0, 0, 0])),
        ];
        arrays.extend(q);
        read(&arrays, &flags())
    };
    let narrow = f8("(3, 2)", &[0.5, 0.5, 1.0, 0.0, 0.0, 1.0]);
    assert_says(pairs(vec![("Q", narrow)]), &["entry 2", "2 columns"]);
    let sparse = |shape: &[i64]| {
        vec![
            ("Q/data", f8("(3,)", &[1.0, 1.0, 1.0])),
            ("Q/indices", numbers(&[1, 0, 1])),
            ("Q/indptr", numbers(&[0, 1, 2, 3])),
            ("Q/shape", numbers(shape)),
        ]
    };
    assert_says(pairs(sparse(&[3, 2])), &["entry 2", "2 columns"]);
    assert_says(pairs(sparse(&[3, 1])), &["Q/shape", "[3, 1]"]);
    assert_says(pairs(sparse(&[4, 3])), &["Q/shape", "[4, 3]"]);
    assert_says(pairs(sparse(&[3, 4])), &["leads to 4 states"]);
    // 1 + 2/2 + 1/4 + … = 8/3
    assert!((best(pairs(sparse(&[3, 3]))) - 8.0 / 3.0).abs() < 1e-12);
    // an action that nobody has is none beyond the pairs: v(0) = 1 + (v(0) + v(1))/4, v(1) = 2 + the same
    let gap = |action: i64| {
        let arrays = [
            ("R", f8("(2,)", &[1.0, 2.0])),
            ("Q", f8("(2, 2)", &[0.5; 4])),
            ("s_indices", numbers(&[0, 1])),
            ("a_indices", numbers(&[0, action])),
        ];
        read(&arrays, &flags())
    };
    assert!((best(gap(2)) - 2.5).abs() < 1e-12);
    assert_says(
        gap(1 << 40),
        &["a_indices", "an array `actions` of their names"],
    );
}

#[test]
fn axes_are_refused_where_there_is_no_p() {
    let sas = Overrides {
        axes: Some(Axes::Sas),
        ..flags()
    };
    let text = "{\"0\": {\"0\": [[1.0, 0, 1.0, false]]}}";
    assert_says(
        Model::parse_as("m", text.as_bytes(), Format::Gymnasium, &sas),
        &["Overrides::axes"],
    );
    let arrays = [("R", f8("(1, 1)", &[1.0])), ("Q", f8("(1, 1, 1)", &[1.0]))];
    assert_says(read(&arrays, &sas), &["Overrides::axes"]);
}

/// Next states as NumPy's floats, flags as numbers.
#[test]
fn gymnasium_s_numbers_may_be_floats() {
    let text = "{\"0\": {\"0\": [[1.0, 1.0, 2.0, 1]]}, \"1\": {\"0\": [[0.5, 0.0, 3.0, 0], [0.5, 1.00, 1.0, 0.0]]}}";
    let model = Model::parse_as("m", text.as_bytes(), Format::Gymnasium, &flags()).unwrap();
    assert_eq!(model.space().states(), 2);
    assert!(model.space().is_terminal(1));
    assert_eq!(best(Ok(model)), 2.0);
    let text = "{\"0\": {\"0\": [[1.0, 1, 2.0, 2]]}}";
    assert_says(
        Model::parse_as("m", text.as_bytes(), Format::Gymnasium, &flags()),
        &["`true` or `false`"],
    );
    for next in ["-1", "0.5"] {
        let text = format!("{{\"0\": {{\"0\": [[1.0, {next}, 2.0, true]]}}}}");
        assert_says(
            Model::parse_as("m", text.as_bytes(), Format::Gymnasium, &flags()),
            &["a whole number from 0"],
        );
    }
}

#[test]
fn files_of_other_kinds_are_refused_in_a_sentence() {
    for (name, words) in [
        ("m.mat", ["scipy.io.loadmat", ".npz"]),
        ("m.npy", ["numpy.savez", ".drn"]),
        ("m.jani", ["storm", ".yaml"]),
        ("m.NM", ["--exportbuild", ".tra"]),
        ("m.prism", ["--exportbuild", ".tra"]),
        ("m.rddl", ["rows", ".POMDP"]),
        ("m.nc", ["rows", ".json"]),
        ("m.drn.gz", ["gzip -dk", ".drn"]),
        ("m.umb.XZ", ["xz -dk", ".umb"]),
    ] {
        let read = Model::load(std::path::Path::new(name));
        assert_says(read, &["is not read", words[0], words[1]]);
    }
}

/// What another program would look for under its ending is not made under it.
#[test]
fn files_of_other_kinds_are_not_written() {
    for name in ["m.jani", "m.mat", "m.prism", "m.rddl", "m.npy"] {
        let error = Format::to_write(std::path::Path::new(name)).unwrap_err();
        assert!(error.to_string().contains("is not written"), "{error}");
    }
    for (name, format) in [
        ("m.yaml", Format::Nested),
        ("m", Format::Nested),
        ("m.DRN", Format::Drn),
    ] {
        assert_eq!(Format::to_write(std::path::Path::new(name)), Ok(format));
    }
}

/// Rows of pairs make the same model in any order, in order without a list of all outcomes.
#[test]
fn pairs_of_quantecon_come_in_any_order() {
    let whole = |x: &[i64]| {
        let bytes: Vec<u8> = x.iter().flat_map(|x| x.to_le_bytes()).collect();
        npy("<i8", &format!("({},)", x.len()), &bytes)
    };
    let rows = [
        ([0, 0], 1.0, [0.5, 0.5, 0.0]),
        ([0, 1], -2.0, [0.1, 0.2, 0.7]),
        ([1, 0], 3.0, [0.0, 0.0, 1.0]),
        ([2, 1], 0.0, [0.0, 0.0, 1.0]),
    ];
    let of = |order: [usize; 4]| {
        let rows = order.map(|i| rows[i]);
        let arrays = [
            ("R", f8("(4,)", &rows.map(|row| row.1))),
            ("Q", f8("(4, 3)", rows.map(|row| row.2).as_flattened())),
            ("s_indices", whole(&rows.map(|row| row.0[0]))),
            ("a_indices", whole(&rows.map(|row| row.0[1]))),
        ];
        read(&arrays, &flags()).unwrap_or_else(|errors| panic!("{}", errors.plain()))
    };
    let sorted = of([0, 1, 2, 3]);
    assert_eq!(sorted, of([2, 0, 3, 1]));
    assert!(sorted.space().is_terminal(2));
    // v(1) = 3, v(0) = max(1 + v(0)/4 + 3/4, −2 + …) = 7/3
    assert!((best(Ok(sorted)) - 7.0 / 3.0).abs() < 1e-12);
}

/// A double is told for the decimal that it stands for.
#[test]
fn decimals_of_an_array_are_told_from_other_faults() {
    let p = [0.333333, 0.333333, 0.333333, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let arrays = [
        ("P", f8("(1, 3, 3)", &p)),
        ("R", f8("(3, 1)", &[1.0, 0.0, 0.0])),
    ];
    assert_says(
        read(&arrays, &flags()),
        &["6 decimals", "Overrides::normalize"],
    );
}
