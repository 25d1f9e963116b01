//! Spaces whose actions are the joint actions of players, and one player's part of them.

use std::sync::Arc;

use super::{Players, Space};

/// One player's part of a space of joint actions: the states, its own actions in them, and its own pair
/// (s, aᵢ) of each pair (s, a).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerPart {
    /// The states with the player's own actions.
    pub space: Arc<Space>,
    /// (s, aᵢ) \[SA\].
    pub own: Vec<u32>,
}

impl Space {
    /// The same space, whose actions are the joint actions of players.
    ///
    /// Errors with a state and a joint action that it lacks, unless each state has all combinations of
    /// its players' actions in it.
    pub fn with_players(self, players: Arc<Players>) -> Result<Space, (usize, usize)> {
        match players.missing(&self) {
            Some(missing) => Err(missing),
            None => Ok(self.played_by(players)),
        }
    }
}

impl Players {
    /// The actions of a player in a state, increasing.
    fn of_state(&self, space: &Space, state: usize, player: usize) -> Vec<u32> {
        let pairs = space.pairs_of(state);
        let own = pairs.map(|pair| self.own_action(space.action_of(pair), player) as u32);
        let mut own: Vec<u32> = own.collect();
        own.sort_unstable();
        own.dedup();
        own
    }

    /// The first state whose joint actions are not all combinations of the players' actions there, and
    /// one that is missing.
    fn missing(&self, space: &Space) -> Option<(usize, usize)> {
        (0..space.states()).find_map(|state| {
            let sets = (0..self.count()).map(|player| self.of_state(space, state, player));
            let sets: Vec<Vec<u32>> = sets.collect();
            let pairs = space.pairs_of(state).len();
            // among one more combinations than there are pairs one is missing
            let all = sets.iter().map(Vec::len);
            let all = all.fold(1usize, |all, own| all.saturating_mul(own));
            let gone = |place: usize| {
                let joint = self.combination(&sets, place);
                space.pair(state, joint).is_none().then_some((state, joint))
            };
            (0..all.min(pairs + 1)).find_map(gone)
        })
    }

    /// The joint action at a place among the combinations of action sets.
    fn combination(&self, sets: &[Vec<u32>], mut place: usize) -> usize {
        let mut own = vec![0; sets.len()];
        for (own, set) in own.iter_mut().zip(sets).rev() {
            *own = set[place % set.len()] as usize;
            place /= set.len();
        }
        self.joint_action(&own)
    }

    /// One player's part of a space whose joint actions are these players'.
    pub fn part(&self, space: &Space, player: usize) -> PlayerPart {
        let sets = (0..space.states()).map(|state| self.of_state(space, state, player));
        let names = space.state_names().clone();
        let part = Space::assembled(names, self.actions(player).clone(), sets);
        let own = (0..space.pairs()).map(|pair| {
            let action = self.own_action(space.action_of(pair), player);
            let found = part.pair(space.state_of(pair), action);
            found.map_or(0, |pair| pair as u32) // every action of a pair is one of its state
        });
        PlayerPart {
            own: own.collect(),
            space: Arc::new(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mdp::Names;
    use crate::test_models::three_players;

    #[test]
    fn a_part_has_the_actions_that_a_state_gives_the_player() {
        let players = three_players();
        let states = Names::Numbered(3);
        let sets = [vec![0, 1, 2, 3, 4, 5], vec![2, 5], vec![]];
        let space = Space::new(states, players.joint_names(), sets).unwrap();
        let part = players.part(&space, 0);
        assert_eq!(part.own, [0, 0, 0, 1, 1, 1, 2, 3]);
        let part = players.part(&space, 1);
        assert_eq!(part.own, [0, 1, 2, 0, 1, 2, 3, 3]);
        assert!(space.with_players(players.clone().into()).is_ok());
        let space = Space::new(Names::Numbered(1), players.joint_names(), [vec![0, 4]]).unwrap();
        assert_eq!(space.with_players(players.into()).unwrap_err(), (0, 1));
    }
}
