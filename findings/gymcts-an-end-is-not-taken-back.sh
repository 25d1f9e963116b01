#!/usr/bin/env bash
# gymcts 1.5.1, gymnasium 1.4.0 (Python 3.11 or 3.12): with the action history as its state, tree search gives every child the return of the last one that ended: 0.2 for 1; rollouts go on after a time limit.
#
# Expected, after a look at its source: GymctsAgent finds the best of three actions with both of its wrappers, which differ in how they restore a state: one ends with 0.2, one ends
#        with 0, one leads on to 1. A rollout ends with the episode, also where a time limit ends it.
# Seen:  so it does with deep copies. load_state() of ActionHistoryMCTSGymEnvWrapper resets the environment and leaves the flag and the result of the last
#        step: after a node's last action has ended an episode, all rollouts are over before they begin and return that episode's reward, 0.
#        All children are worth 0, and the first action is taken. In both wrappers rollout() looks at `terminated` only: with a limit
#        of one step the value of the action that leads on, whose episode is worth 0, is 0.4.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==1.26.4 gymnasium==1.4.0 matplotlib==3.8.4 rich==14.2.0 gymcts==1.5.1
cd "$tmp"
MPLBACKEND=agg "$tmp/v/bin/python" -W ignore - <<'PY'
import random
import gymnasium as gym
from gymcts.gymcts_action_history_wrapper import ActionHistoryMCTSGymEnvWrapper as History
from gymcts.gymcts_agent import GymctsAgent
from gymcts.gymcts_deepcopy_wrapper import DeepCopyMCTSGymEnvWrapper as Copies
from gymcts.logger import log

log.setLevel(50)

class Doors(gym.Env):
    """Twice: door 0 ends with 0.2, door 2 ends with 0, door 1 leads on with 0, and the second time ends with 1."""
    action_space, observation_space = gym.spaces.Discrete(3), gym.spaces.Discrete(3)
    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.room = 0
        return 0, {}
    def step(self, action):
        self.room += 1
        reward = {0: 0.2, 1: float(self.room == 2), 2: 0.0}[action]
        return self.room, reward, action != 1 or self.room == 2, False, {}

def agent(wrapper, limit=None):
    random.seed(0)
    env = wrapper(gym.wrappers.TimeLimit(Doors(), limit) if limit else Doors())
    env.reset()
    return GymctsAgent(env=env, number_of_simulations_per_step=300)

for wrapper, best, means in ((Copies, 1, None), (History, 0, [0, 0, 0])):
    a = agent(wrapper)
    choice = a.vanilla_mcts_search(num_simulations=300)
    values = [round(float(c.mean_value), 2) for c in a.search_root_node.children.values()]
    print(f"{wrapper.__name__}: takes door {choice}, values {values}")
    assert choice == best and (values == means if means else values[0] == 0.2 and values[2] == 0 and values[1] > 0.8)
a = agent(History)
print("solved with the history:", a.solve())
assert agent(History).solve() == [0] and agent(Copies).solve() == [1, 1]

# A limit of one step: door 1 ends the episode with 0.
random.seed(0)
returns = []
for _ in range(400):
    env = Copies(gym.wrappers.TimeLimit(Doors(), 1))
    env.reset()
    returns.append(float(env.rollout()))
print("returns of episodes of one step:", sorted(set(round(r, 2) for r in returns)))
assert 1.0 in returns                                           # which takes a second step
PY
