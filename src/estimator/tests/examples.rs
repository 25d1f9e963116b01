//! Small models whose answers are known.

use std::sync::Arc;

use crate::linalg::{Solvable, SolverOptions};
use crate::mdp::{Criterion, Mdp, MdpParts, Names, OutcomeTable, Space};
use crate::number::{Number, Rational};
use crate::policy::{Features, Kind, Policy, Specification};

pub fn q(p: i64, d: u64) -> Rational {
    number(p, d).to_rational()
}

pub fn number(p: i64, d: u64) -> Number {
    Number::ratio(p, d).unwrap()
}

pub fn options() -> SolverOptions {
    SolverOptions::default()
}

/// (next state, probability, reward) of one outcome.
pub type Outcome = (usize, (i64, u64), (i64, u64));

/// A model from the outcomes of each action of each state; a state without actions is terminal.
pub fn model<F: Solvable>(
    states: &[&[&[Outcome]]],
    initial: &[(i64, u64)],
    criterion: Criterion<F>,
) -> Mdp<F> {
    let sets = states
        .iter()
        .map(|actions| (0..actions.len() as u32).collect());
    let most = states.iter().map(|actions| actions.len()).max().unwrap();
    let space = Space::new(Names::Numbered(states.len()), Names::Numbered(most), sets).unwrap();
    let exact = |(p, d): (i64, u64)| F::from_number(&number(p, d));
    let mut outcomes = OutcomeTable::default();
    for action in states.iter().flat_map(|actions| actions.iter()) {
        for &(next, probability, reward) in action.iter() {
            outcomes.push(next, exact(probability), exact(reward));
        }
        outcomes.end_pair();
    }
    Mdp::new(MdpParts {
        name: "example".into(),
        space: Arc::new(space),
        outcomes,
        initial: initial.iter().map(|&x| exact(x)).collect(),
        criterion,
    })
    .unwrap()
}

pub fn policy<F: Solvable>(mdp: &Mdp<F>, kind: Kind, probabilities: &[(i64, u64)]) -> Policy<F> {
    let specification = Specification {
        parametrization: kind,
        probabilities: Some(probabilities.iter().map(|&(p, d)| number(p, d)).collect()),
        ..Specification::default()
    };
    Policy::from_specification(mdp.space(), &specification).unwrap()
}

/// Appendix C of the theory under its policy.
pub fn appendix_c() -> (Mdp<Rational>, Policy<Rational>) {
    let discount = q(1, 2);
    let mdp = model(
        &[
            &[
                &[(0, (1, 3), (1, 1)), (1, (2, 3), (2, 1))],
                &[(0, (3, 4), (-1, 1)), (1, (1, 4), (4, 1))],
            ],
            &[
                &[(0, (1, 1), (3, 1))],
                &[(0, (2, 5), (-2, 1)), (1, (3, 5), (1, 1))],
            ],
        ],
        &[(3, 5), (2, 5)],
        Criterion::Discounted { discount },
    );
    let policy = policy(&mdp, Kind::Direct, &[(1, 4), (3, 4), (1, 3), (2, 3)]);
    (mdp, policy)
}

/// Three states, the last terminal; state 0 has three actions, and some outcomes end the episode.
pub fn episodic(criterion: Criterion<Rational>) -> (Mdp<Rational>, Policy<Rational>) {
    let mdp = model(
        &[
            &[
                &[(0, (1, 2), (1, 1)), (2, (1, 2), (-1, 2))],
                &[(1, (2, 3), (2, 1)), (2, (1, 3), (3, 1))],
                &[(1, (1, 1), (0, 1))],
            ],
            &[
                &[
                    (0, (1, 4), (3, 1)),
                    (1, (1, 4), (-1, 1)),
                    (2, (1, 2), (1, 3)),
                ],
                &[(2, (1, 1), (5, 2))],
            ],
            &[],
        ],
        &[(1, 2), (1, 4), (1, 4)],
        criterion,
    );
    let probabilities = [(1, 2), (1, 3), (1, 6), (3, 5), (2, 5)];
    let policy = policy(&mdp, Kind::Softmax, &probabilities);
    (mdp, policy)
}

/// The short corridor (Sutton & Barto 2018, example 13.1) with one logit θ shared by all states:
/// right with probability 1/(1 + e^−θ).
pub fn corridor<F: Solvable>(theta: F) -> (Mdp<F>, Policy<F>) {
    let cost = (-1, 1);
    let to = |next| [(next, (1, 1), cost)];
    let mdp = model(
        &[&[&to(0), &to(1)], &[&to(2), &to(0)], &[&to(1), &to(3)], &[]],
        &[(1, 1), (0, 1), (0, 1), (0, 1)],
        Criterion::Total,
    );
    let policy = shared_logit(&mdp, theta, &[0, 1, 0, 1, 0, 1]);
    (mdp, policy)
}

/// A policy with one feature φ(s, a) for all pairs: one shared logit θ.
pub fn shared_logit<F: Solvable>(mdp: &Mdp<F>, theta: F, features: &[i64]) -> Policy<F> {
    let specification = Specification {
        parametrization: Kind::LogLinear,
        features: Some(Features {
            names: None,
            rows: features.iter().map(|&x| vec![Number::from(x)]).collect(),
        }),
        ..Specification::default()
    };
    let uniform = Policy::from_specification(mdp.space(), &specification).unwrap();
    uniform.with_theta(vec![theta]).unwrap()
}
