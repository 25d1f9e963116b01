//! Who plays: several players, each with actions of its own, of which a joint action takes one each
//! (theory, 4.12).

use super::Names;

/// What stands between the parts of a joint action's name: `heads+tails`.
pub const AND: char = '+';

/// Players and their actions. A joint action a = (a₁, …, aₙ) is one action of the model; those of the
/// first player change slowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Players {
    names: Vec<String>,
    actions: Vec<Names>,
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_models::three_players;

    #[test]
    fn joint_actions_are_numbered_as_their_names_say() {
        let players = three_players();
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
    fn what_cannot_be_numbered_is_none() {
        assert!(Players::new(Vec::new()).is_none());
        let many = vec![("a".to_string(), Names::Numbered(1 << 20)); 2];
        assert!(Players::new(many).is_none());
        assert!(Players::new(vec![("a".into(), Names::Numbered(0))]).is_none());
    }
}
