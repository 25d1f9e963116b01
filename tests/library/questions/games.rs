//! What is asked of games.

use std::sync::Arc;

use exact_mdp::arithmetic::Choice;
use exact_mdp::control::ControlOptions;
use exact_mdp::model::Model;
use exact_mdp::players::climb::{Climb, climb};
use exact_mdp::players::{Game, eigenvalues, saddle};
use exact_mdp::policy::Policy;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{many, matrix, numbers, one};
use crate::library::Dice;

/// Profiles, replies and climbs in games, with the policies of two of them.
#[test]
fn a_game_refuses_the_players_of_another() {
    let load = |name: &str| -> Model {
        let path = format!("{}/mdps/{name}.yaml", crate::ROOT);
        Model::load(&path).expect("a model")
    };
    let models = ["matching-pennies", "three-drivers"].map(load);
    let games = models
        .each_ref()
        .map(|model| Game::<f64>::of(model).expect("a game"));
    let all = models.each_ref().map(|model| {
        let solved = model.solve(Choice::Random(3)).expect("a policy");
        Arc::clone(solved.policy())
    });
    for seed in 0..2_000 {
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
        let (own, of) = (dice.below(2), dice.below(2));
        let (game, policy) = (&games[own], &all[of]);
        let count = game.players().count();
        let rewards: Vec<_> = (0..dice.below(5))
            .map(|_| numbers(&mut dice, game.mdp().pairs()))
            .collect();
        let right = rewards.len() == count && rewards.iter().all(|(_, right)| *right);
        let rewards = rewards.into_iter().map(|(r, _)| r).collect();
        assert_eq!(Game::new(Arc::clone(game.mdp()), rewards).is_ok(), right);
        let family = policy.parametrization().factored().expect("players");
        let player = dice.below(5);
        let found = game.seen_by(player, family).map(|mdp| mdp.r().to_vec());
        many("seen_by", own == of && player < count, &found);
        let joint = Policy::uniform(game.mdp().space());
        assert!(
            joint.parametrization().factored().is_some() || game.profile(Arc::new(joint)).is_err()
        );
        if let Ok(profile) = game.profile(Arc::clone(policy)) {
            assert_eq!(own, of, "the players of another game");
            assert_eq!(profile.of(player).is_ok(), player < count);
            assert_eq!(profile.alone(player).is_ok(), player < count);
            let reply = profile.best_reply(player, &ControlOptions::default());
            one("reply", player < count, &reply.map(|reply| reply.gain));
        }
        let how = Climb {
            step: dice.odd(),
            iterations: dice.below(3),
            every: dice.below(2),
            ..Climb::default()
        };
        let found = climb(game, Arc::clone(policy), &how);
        let right = own == of && (how.iterations == 0 || how.step.is_finite());
        many(
            "climb",
            right,
            &found.map(|found| found.policy.probabilities().to_vec()),
        );
        let rows: Vec<Vec<f64>> = (0..dice.below(3))
            .map(|_| numbers(&mut dice, 2).0)
            .collect();
        let width = rows.first().map_or(0, Vec::len);
        let mut each = rows
            .iter()
            .map(|row| row.len() == width && row.iter().all(|x| x.is_finite()));
        let right = width > 0 && each.all(|right| right);
        let found = saddle(&rows).map(|found| [vec![found.value], found.row].concat());
        many("saddle", right, &found);
        assert!(eigenvalues(&matrix(&mut dice, 2)).is_none_or(|all| all.len() < 6));
    }
}
