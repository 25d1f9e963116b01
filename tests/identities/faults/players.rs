//! Several players: a joint law, scores, gradients, replies, values of matrix games.

use exact_mdp::linalg::Csr;

use super::Fault;
use super::claims::{discounted, known, scale};

/// Two players, of whom one pays the other.
#[rustfmt::skip]
pub const PLAYERS: &[Fault] = &[
    Fault { name: "π: players who look at each other's coins", caught_by: &["players-independent"], plant: |c| {
        // the marginals stay as they are
        for (pair, sign) in [(0, 1.0), (1, -1.0), (2, -1.0), (3, 1.0)] {
            c.probabilities[pair] += 0.01 * sign;
        }
    } },
    Fault { name: "score: of a joint action, told by its number", caught_by: &["players-scores-uncorrelated"], plant: |c| {
        let scores = c.scores.as_ref().expect("scores");
        let row = |pair: usize| scores.row(pair).map(move |(k, x)| (k, (pair + 1) as f64 * x)).collect::<Vec<_>>();
        let rows: Vec<Vec<(usize, f64)>> = (0..scores.rows()).map(row).collect();
        c.scores = Ok(Csr::from_rows(scores.columns(), rows));
    } },
    Fault { name: "∇J: every player down", caught_by: &["players-own-gradient"], plant: |c| {
        scale(&mut discounted(c).gradient, -1.0);
    } },
    Fault { name: "advantage of a reply: no baseline", caught_by: &["players-performance-difference"], plant: |c| {
        let q = known(c).evaluation.q.clone();
        discounted(c).evaluation.advantage = q;
    } },
    Fault { name: "value of a matrix game: pure actions alone", caught_by: &["stage-game-minimax"], plant: |c| {
        c.formulas.game_value = |m| {
            let least = m.iter().map(|row| row.iter().copied().fold(f64::INFINITY, f64::min));
            Ok(least.fold(f64::NEG_INFINITY, f64::max))
        };
    } },
];
