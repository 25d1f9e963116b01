//! The value polytope against Cramer's rule and against random policies.

use std::path::Path;
use std::sync::Arc;

use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::Mdp;
use exact_mdp::model::Model;
use exact_mdp::policy::Policy;
use exact_mdp::polytope::{Polytope, PolytopeError};
use exact_mdp::solved::Solved;

fn model(name: &str) -> Arc<Mdp> {
    let path = Path::new(crate::ROOT).join("mdps").join(name);
    Arc::new(Model::load(&path).expect("a shipped model").mdp())
}

/// Two states with three actions in one and two in the other.
fn uneven() -> Arc<Mdp> {
    let text = "
discount: 0.8
states: [x, y]
actions: [a, b, c]
initial: x
transitions:
  x: {a: {x: 1/3, y: 2/3}, b: {x: 3/4, y: 1/4}, c: y}
  y: {a: x, b: {x: 1/5, y: 4/5}}
rewards: {x: {a: 1/2, b: -1, c: 0}, y: {a: 3/4, b: -1/4}}
";
    Arc::new(Model::parse("uneven", text).expect("a model").mdp())
}

fn polytope(mdp: &Arc<Mdp>) -> Polytope {
    Polytope::new(mdp, None, &SolverOptions::default()).expect("a polytope")
}

fn values(mdp: &Arc<Mdp>, policy: Policy) -> [f64; 2] {
    let solved: Solved = Solved::new(Arc::clone(mdp), policy).expect("solved");
    [solved.v()[0], solved.v()[1]]
}

/// v = (I − γp)⁻¹ r of two states, by Cramer's rule.
fn cramer(mdp: &Mdp, pairs: &[usize]) -> [f64; 2] {
    let a = |i: usize, j: usize| {
        let identity = if i == j { 1.0 } else { 0.0 };
        identity - mdp.discount() * mdp.p().get(pairs[i], j)
    };
    let r = |i: usize| mdp.r()[pairs[i]];
    let determinant = a(0, 0) * a(1, 1) - a(0, 1) * a(1, 0);
    [
        (r(0) * a(1, 1) - a(0, 1) * r(1)) / determinant,
        (a(0, 0) * r(1) - a(1, 0) * r(0)) / determinant,
    ]
}

#[test]
fn corners_are_the_deterministic_policies() {
    for (mdp, corners) in [(model("dadashi-two-state.yaml"), None), (uneven(), Some(6))] {
        let polytope = polytope(&mdp);
        let space = mdp.space();
        let expected = space.pairs_of(0).len() * space.pairs_of(1).len();
        assert_eq!(polytope.vertices.len(), corners.unwrap_or(expected));
        for vertex in &polytope.vertices {
            let expected = cramer(&mdp, &vertex.pairs);
            for (v, expected) in vertex.v.iter().zip(expected) {
                assert!((v - expected).abs() < 1e-12, "{vertex:?}");
            }
        }
    }
}

/// Policies that agree but in one state lie on the line that is named for them, between its ends.
#[test]
fn policies_that_agree_in_a_state_lie_on_its_line() {
    let mdp = uneven();
    let polytope = polytope(&mdp);
    let lines = polytope
        .lines
        .iter()
        .map(|ends| ends.map(|i| polytope.vertices[i].v));
    let lines: Vec<[[f64; 2]; 2]> = lines.collect();
    assert_eq!(lines.len(), 5);
    for seed in 0..20 {
        let random = Policy::random(mdp.space(), seed).probabilities().to_vec();
        for fixed in [0, 1, 2] {
            // x is deterministic, y is not
            let mut probabilities = random.clone();
            (0..3).for_each(|pair| probabilities[pair] = f64::from(u8::from(pair == fixed)));
            let policy = Policy::simplex(mdp.space(), probabilities).expect("a policy");
            let v = values(&mdp, policy);
            let lies = |[a, b]: &[[f64; 2]; 2]| {
                let cross = (b[0] - a[0]) * (v[1] - a[1]) - (b[1] - a[1]) * (v[0] - a[0]);
                let along = (b[0] - a[0]) * (v[0] - a[0]) + (b[1] - a[1]) * (v[1] - a[1]);
                let length = (b[0] - a[0]).powi(2) + (b[1] - a[1]).powi(2);
                cross.abs() < 1e-12 * length.max(1.0) && (0.0..=length).contains(&along)
            };
            assert!(lines.iter().any(lies), "seed {seed}, action {fixed}");
        }
    }
}

/// Every policy lies within a quadrangle: a ray from it crosses the sides of one an odd number of
/// times.
#[test]
fn the_quadrangles_hold_every_policy() {
    for mdp in [model("dadashi-two-state.yaml"), uneven()] {
        let polytope = polytope(&mdp);
        for seed in 0..300 {
            let [x, y] = values(&mdp, Policy::random(mdp.space(), seed));
            let holds = |face: &[usize; 4]| {
                let corner = |i: usize| polytope.vertices[face[i % 4]].v;
                let crossed = (0..4).filter(|&i| {
                    let ([ax, ay], [bx, by]) = (corner(i), corner(i + 1));
                    (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax)
                });
                crossed.count() % 2 == 1
            };
            assert!(polytope.faces.iter().any(holds), "seed {seed}: ({x}, {y})");
        }
    }
}

#[test]
fn what_has_no_such_polytope_is_an_error() {
    let options = SolverOptions::default();
    let average = Polytope::new(&model("howard-toymaker.yaml"), None, &options);
    assert!(matches!(
        average,
        Err(PolytopeError::Criterion { found: "average" })
    ));
    let same = Polytope::new(&uneven(), Some([1, 1]), &options);
    assert_eq!(same, Err(PolytopeError::States));
    let other = Polytope::new(&uneven(), Some([0, 9]), &options);
    assert_eq!(other, Err(PolytopeError::States));
    let large = Polytope::new(&model("frozenlake-4x4.yaml"), None, &options);
    assert!(matches!(large, Err(PolytopeError::Many { .. })));
}
