//! Bounds along sweeps: beside a constant that all rewards share, and that moves nothing where nothing ends, numbers are those
//! of the model without it, as far as they say.

use exact_mdp::model::Model;
use exact_mdp::report::{Quantity, SweepReport};
use exact_mdp::study::{CompareRequest, GradientRequest, Notes, StepRequest, Sweepable, sweep};

fn model(offset: i64) -> Model {
    let r = |x: i64| offset + x;
    let text = format!(
        "discount: 9/10\nstates: [p, q, u]\nactions: [a, b]\ninitial: p\ntransitions: [[p, a, p, 1/3, {}], \
         [p, a, q, 2/3, {}], [p, b, u, 1, {}], [q, a, p, 1, {}], [q, b, q, 1/2, {}], [q, b, u, 1/2, {}], \
         [u, a, p, 1/5, {}], [u, a, u, 4/5, {}], [u, b, q, 1, {}]]\npolicy: {{parametrization: softmax, theta: \
         {{p: {{a: 0.3, b: 0}}, q: {{a: -1, b: 0}}, u: {{a: 0, b: 0.5}}}}}}\n",
        r(3),
        r(1),
        r(2),
        r(0),
        r(5),
        r(-1),
        r(1),
        r(0),
        r(1)
    );
    Model::parse("offset", &text).expect("a model")
}

/// Beside 10⁹, and without it.
fn both(of: &str, request: &impl Sweepable) -> [SweepReport; 2] {
    [1_000_000_000, 0].map(|offset| {
        let of = of.parse().expect("a sweep");
        sweep(&model(offset), &of, request, &Notes::default()).expect("numbers")
    })
}

fn value(x: &Quantity) -> f64 {
    x.value().expect("a number")
}

/// Every number is within its bound, which is no more than a part of the largest, but for what the plain model is off by.
fn assert_within(found: &[Quantity], right: &[Quantity], errors: &[Quantity], part: f64) {
    let largest = right
        .iter()
        .fold(0.0, |most: f64, x| most.max(value(x).abs()));
    for ((x, y), error) in found.iter().zip(right).zip(errors) {
        let (off, error) = ((value(x) - value(y)).abs(), value(error));
        assert!(
            off <= error + 1e-15 * largest && error <= part * largest,
            "{off:e} {error:e} {largest}"
        );
    }
}

#[test]
fn of_gradients() {
    for of in ["theta[p,a]=-1..1:3", "discount=1/2..9/10:3"] {
        let [found, right] = both(of, &GradientRequest::default());
        let both = found.gradient.iter().zip(&right.gradient);
        for ((found, right), error) in both.zip(&found.gradient_error) {
            assert_within(found, right, &vec![error.clone(); found.len()], 1e-2);
        }
        assert_eq!(right.largest_errors(), [None, None]);
    }
}

#[test]
fn of_steps_and_of_errors_of_estimators() {
    let mut request = StepRequest::default();
    request.estimation.estimators = Some("advantage".into());
    for of in ["step=1/100..1:3", "n=1..100:3"] {
        let [found, right] = both(of, &request);
        assert_within(
            &found.curves[0].1,
            &right.curves[0].1,
            &found.errors[0],
            1e-2,
        );
        assert_eq!(right.largest_errors(), [None, None]);
    }
    let mut request = CompareRequest::default();
    request.estimation.estimators = Some("gae:1/2".into());
    for of in ["n=1..100:3", "lambda=0..1:3"] {
        let [found, right] = both(of, &request);
        assert_within(
            &found.curves[0].1,
            &right.curves[0].1,
            &found.errors[0],
            1e-2,
        );
        assert_eq!(right.largest_errors(), [None, None]);
    }
}

/// The second choice is worth 10⁻¹⁷/4 of θ, which no float beside 1 shows; the first 10¹⁰/4: a bound of 1 or so is small beside
/// that, and all that is known of an entry that came out as 0.
#[test]
fn a_slope_that_comes_out_as_0_beside_a_large_one_has_a_bound() {
    let text = "discount: 1/2\nstates: [p, q, end]\nactions: [a, b]\ninitial: p\nterminal: [end]\ntransitions: [[p, a, q, 1, \
                10000000000], [p, b, q, 1, 0], [q, a, end, 1, 1], [q, b, end, 1, 100000000000000001/100000000000000000]]\npolicy: \
                {parametrization: softmax, theta: {p: {a: 0, b: 0}, q: {a: 0, b: 0}}}\n";
    let model = Model::parse("small", text).expect("a model");
    for of in ["theta[p,a]=0..1:2", "discount=1/2..3/5:2"] {
        let of = of.parse().expect("a sweep");
        let found = sweep(&model, &of, &GradientRequest::default(), &Notes::default());
        let found = found.expect("numbers");
        for (slopes, error) in found.gradient.iter().zip(&found.gradient_error) {
            let (small, large) = (value(&slopes[3]), value(&slopes[0]));
            assert!(small == 0.0 && large > 1e9, "{slopes:?}");
            // π(1 − π) γ 10⁻¹⁷ is at most 10⁻¹⁷
            assert!((1e-17..10.0).contains(&value(error)), "{error:?}");
        }
    }
}
