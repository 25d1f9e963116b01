//! Who plays: several players, each with actions of its own, of which a joint action takes one each
//! (theory, 4.12).

use super::{Names, Space};

/// What stands between the parts of a joint action's name: `heads+tails`.
pub const AND: char = '+';

/// Players and their actions. A joint action a = (a₁, …, aₙ) is one action of the model; those of the
/// first player change slowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Players {
    names: Vec<String>,
    actions: Vec<Names>,
}

/// One player's part of a space of joint actions: the states, its own actions in them, and its own pair
/// (s, aᵢ) of each pair (s, a).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerPart {
    /// The states with the player's own actions.
    pub space: std::sync::Arc<Space>,
    /// (s, aᵢ) \[SA\].
    pub own: Vec<u32>,
}

impl Players {
    /// Players by name, each with its actions; `None` where there is no player, where one has no action,
    /// and where there are more joint actions than a model can number.
    pub fn new(players: Vec<(String, Names)>) -> Option<Players> {
        let mut sizes = players.iter().map(|(_, actions)| actions.len());
        let joint = sizes.try_fold(1usize, usize::checked_mul);
        let fits = joint.is_some_and(|joint| (1..=u32::MAX as usize).contains(&joint));
        let (names, actions) = players.into_iter().unzip();
        let players = Players { names, actions };
        (fits && !players.names.is_empty()).then_some(players)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The actions of one, as it names them.
    pub fn actions(&self, player: usize) -> &Names {
        &self.actions[player]
    }

    /// How many joint actions there are.
    pub fn joint_actions(&self) -> usize {
        self.actions.iter().map(Names::len).product()
    }

    /// The names of all joint actions, `heads+tails`.
    pub fn joint_names(&self) -> Names {
        let mut names = vec![String::new()];
        for (player, actions) in self.actions.iter().enumerate() {
            let with = |before: &String| -> Vec<String> {
                let join = |own| match player {
                    0 => format!("{own}"),
                    _ => format!("{before}{AND}{own}"),
                };
                actions.iter().map(join).collect()
            };
            names = names.iter().flat_map(with).collect();
        }
        Names::listed(names)
    }

    /// aᵢ of a joint action.
    pub fn own_action(&self, action: usize, player: usize) -> usize {
        let later = self.actions[player + 1..].iter().map(Names::len);
        action / later.product::<usize>() % self.actions[player].len()
    }

    /// The joint action of one action each.
    pub fn joint_action(&self, own: &[usize]) -> usize {
        let digits = self.actions.iter().zip(own);
        digits.fold(0, |joint, (actions, own)| joint * actions.len() + own)
    }

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
    pub(super) fn missing(&self, space: &Space) -> Option<(usize, usize)> {
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
        let part = Space::assembled(names, self.actions[player].clone(), sets);
        let own = (0..space.pairs()).map(|pair| {
            let action = self.own_action(space.action_of(pair), player);
            let found = part.pair(space.state_of(pair), action);
            found.map_or(0, |pair| pair as u32) // every action of a pair is one of its state
        });
        PlayerPart {
            own: own.collect(),
            space: std::sync::Arc::new(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn players() -> Players {
        let names = |of: &[&str]| Names::Listed(of.iter().map(|x| x.to_string()).collect());
        let all = [
            ("a", &["x", "y"][..]),
            ("b", &["u", "v", "w"]),
            ("c", &["-"]),
        ];
        Players::new(all.map(|(name, of)| (name.into(), names(of))).to_vec()).unwrap()
    }

    #[test]
    fn joint_actions_are_numbered_as_their_names_say() {
        let players = players();
        let names = players.joint_names();
        assert_eq!(players.joint_actions(), 6);
        for joint in 0..6 {
            let own: Vec<usize> = (0..3).map(|i| players.own_action(joint, i)).collect();
            assert_eq!(players.joint_action(&own), joint);
            let parts = own.iter().enumerate();
            let parts: Vec<_> = parts.map(|(i, &own)| players.actions(i).get(own)).collect();
            assert_eq!(names.get(joint), parts.join("+"));
        }
    }

    #[test]
    fn a_part_has_the_actions_that_a_state_gives_the_player() {
        let players = players();
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

    #[test]
    fn what_cannot_be_numbered_is_none() {
        assert!(Players::new(Vec::new()).is_none());
        let many = vec![("a".to_string(), Names::Numbered(1 << 20)); 2];
        assert!(Players::new(many).is_none());
        assert!(Players::new(vec![("a".into(), Names::Numbered(0))]).is_none());
    }
}
