//! Pareto fronts of rewards of very different size, against closed forms and fractions.

use exact_mdp::model::Model;
use exact_mdp::report::{ParetoReport, Quantity};
use exact_mdp::study::{self, Notes, Numbers, ParetoRequest};

fn pareto(model: &Model, numbers: Numbers, of: [&str; 2]) -> ParetoReport {
    let request = ParetoRequest {
        numbers,
        of: of.map(String::from).to_vec(),
        ..ParetoRequest::default()
    };
    study::pareto(model, &request, &Notes::default()).expect("a front")
}

fn value(x: &Quantity) -> f64 {
    x.value().expect("a number")
}

/// One reward is 10⁸ of the other: a corner that is nearer to a line than 10⁻⁹ of both.
const UNEQUAL: &str = "
name: m
discount: 9/10
horizon: 8
states: [s0, s1, s2, s3, s4]
actions: [a0, a1, a2]
initial: {s0: 2/5, s1: 3/5}
transitions:
  s0:
    a0: {s2: 1}
    a1: {s2: 2/3, s4: 1/3}
    a2: {s1: 4/13, s3: 3/13, s2: 6/13}
  s1:
    a0: {s3: 3/10, s1: 1/5, s0: 1/2}
    a1: {s3: 1/3, s2: 1/3, s1: 1/3}
    a2: {s3: 2/3, s2: 1/3}
  s2:
    a1: {s1: 1/3, s0: 1/4, s4: 5/12}
    a2: {s3: 3/7, s1: 4/7}
  s3:
    a0: {s1: 5/11, s0: 3/11, s4: 3/11}
    a1: {s4: 2/7, s3: 3/7, s2: 2/7}
    a2: {s3: 6/13, s2: 3/13, s0: 4/13}
rewards:
  x:
    s0: {a0: 200000000, a1: -8, a2: 4}
    s1: {a0: -300000000, a1: 400000000, a2: 800000000}
    s2: {a1: 900000000, a2: 6}
    s3: {a0: -3/100000000, a1: 7, a2: 300000000}
  y:
    s0: {a0: 51/100, a1: 33/50, a2: 1/20}
    s1: {a0: 68/7, a1: 11/100, a2: 1/10}
    s2: {a1: 3/100, a2: -22/7}
    s3: {a0: 51, a1: 38/7, a2: 6/25}
  z:
    s0: {a0: 51, a1: 9/50, a2: 40}
    s1: {a0: 11/20, a1: -6, a2: -11/100}
    s2: {a1: 19/100, a2: 68}
    s3: {a0: -15/7, a1: -16/25, a2: -59/100}
terminal: [s4]
";

#[test]
fn no_corner_is_missing_beside_a_large_reward() {
    let model = Model::parse("unequal.yaml", UNEQUAL).expect("a model");
    let exact = pareto(&model, Numbers::Exact, ["-x", "z"]);
    let float = pareto(&model, Numbers::Float, ["-x", "z"]);
    assert_eq!(exact.corners.len(), 19);
    assert_eq!(float.corners.len(), 19);
    for (exact, float) in exact.corners.iter().zip(&float.corners) {
        for (exact, float) in exact.j.iter().zip(&float.j) {
            assert_eq!(value(exact), value(float));
        }
        assert_eq!(exact.exchange_rate.value(), float.exchange_rate.value());
        assert_eq!((&float.j_error, &float.exchange_rate_error), (&None, &None));
    }
    let lost = |x: &Quantity| (value(x) - 584608802.3681408).abs() < 1e-6;
    assert!(float.corners.iter().any(|corner| lost(&corner.j[0])));
}

/// A hundred states, each met with probability 1/100, of which each sells y for x at a rate of its own: a corner for each,
/// in the order of the rates. One of them sells very little.
#[test]
fn small_corners_of_large_models_are_found_and_rates_have_bounds() {
    let mut text = String::from("discount: 9/10\nstates: 101\nactions: [a, b]\ninitial: {");
    let starts: Vec<String> = (0..100).map(|s| format!("{s}: 1/100")).collect();
    text += &starts.join(", ");
    text += "}\ntransitions:\n";
    (0..100).for_each(|s| text += &format!("  - [{s}, a, 100, 1]\n  - [{s}, b, 100, 1]\n"));
    let mut rates = vec![50.5];
    let (mut x, mut y) = (
        String::from("    99: {b: -2}\n"),
        String::from("    99: {b: 101}\n"),
    );
    for s in 0..99_u32 {
        let (sold, rate) = (1_000_000 * (s + 1), 100 - s);
        x += &format!("    {s}: {{b: -{sold}}}\n");
        y += &format!("    {s}: {{b: {}}}\n", u64::from(sold) * u64::from(rate));
        rates.push(f64::from(rate));
    }
    text += &format!("rewards:\n  x:\n{x}  y:\n{y}terminal: [100]\n");
    rates.sort_by(|x, y| y.total_cmp(x));
    let model =
        Model::parse("shop.yaml", &text).unwrap_or_else(|errors| panic!("{}", errors.plain()));
    let found = pareto(&model, Numbers::Float, ["x", "y"]);
    assert_eq!(found.corners.len(), 101);
    for (corner, right) in found.corners.iter().zip(&rates) {
        let error = corner
            .exchange_rate_error
            .as_ref()
            .map(value)
            .expect("an error");
        let off = (value(&corner.exchange_rate) - right).abs();
        assert!(off <= error && error < 0.1, "{right}: {off} beyond {error}");
        assert!(
            corner
                .j_error
                .as_ref()
                .is_some_and(|error| value(&error[0]) < 1e-4)
        );
    }
    assert_eq!(found.corners[100].exchange_rate.value(), None);
}
