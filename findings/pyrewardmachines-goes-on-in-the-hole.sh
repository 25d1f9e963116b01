#!/usr/bin/env bash
# pyrewardmachines 1.1.1, gymnasium 1.4.0 (Python 3.11 or 3.12): the product of a lake and a reward machine goes on after the fall, with no seed.
#
# Expected, after a look at its source, from the papers on reward machines: an episode of the cross product ends where the
#        environment's ends; reset(seed=0) and the same actions give the same states; its Q-learning takes an episode that
#        max_steps cuts for cut, as its counterfactual Q-learning does.
# Seen:  step() drops both flags of the environment and calls it on: after a fall the episode is in the hole until max_steps, "truncated".
#        reset(seed=) resets the environment without a seed. Q-learning's target at a cut is the reward alone: for a
#        machine that pays 1 in each step for ever, at a discount of 0.9 and episodes of 3 steps, it learns 2.4
#        for 10.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
# the tabular part needs neither torch nor stable-baselines3
"$work/venv/bin/pip" install --quiet --no-compile --no-deps pyrewardmachines==1.1.1
"$work/venv/bin/pip" install --quiet --no-compile gymnasium==1.4.0 numpy==2.4.6 tqdm==4.67.1 2>/dev/null
cd "$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'PY'
from enum import Enum, auto

import gymnasium
import numpy as np
from pycrm.agents.tabular import QLearningAgent
from pycrm.automaton import RewardMachine
from pycrm.crossproduct import CrossProduct
from pycrm.label import LabellingFunction


class Event(Enum):
    GOAL = auto()


class Labels(LabellingFunction):
    @LabellingFunction.event
    def goal(self, observation, action, after):
        return Event.GOAL if int(after[0]) == 15 else None


class Machine(RewardMachine):
    def __init__(self, pay=0):
        self.pay = pay
        super().__init__(env_prop_enum=Event)

    @property
    def u_0(self):
        return 0

    def _get_state_transition_function(self):
        return {0: {"GOAL": -1, "not GOAL": 0}}

    def _get_reward_transition_function(self):
        return {0: {"GOAL": 1, "not GOAL": self.pay}}


class AsArray(gymnasium.ObservationWrapper):
    def observation(self, state):
        return np.array([state])


class Lake(CrossProduct):
    observation_space = gymnasium.spaces.Box(0, 16, (4,))
    action_space = gymnasium.spaces.Discrete(4)


def episode(env, actions):
    observation, _ = env.reset(seed=0)
    states = [int(observation[0])]
    for action in actions:
        observation, _, terminated, truncated, _ = env.step(action)
        states.append(int(observation[0]))
        if terminated or truncated:
            break
    return states, terminated, truncated


still = AsArray(gymnasium.make("FrozenLake-v1", is_slippery=False))
states, terminated, truncated = episode(Lake(still, Machine(), Labels(), max_steps=40), [2, 1] + [0] * 100)
print(states[:5], "...", len(states) - 1, "steps, terminated", terminated, "truncated", truncated)
assert states == [0, 1] + [5] * 39 and not terminated and truncated

slippery = Lake(AsArray(gymnasium.make("FrozenLake-v1")), Machine(), Labels(), max_steps=20)
runs = {tuple(episode(slippery, [2, 1] * 10)[0]) for _ in range(20)}
print("20 runs after reset(seed=0):", len(runs), "different ones")
assert len(runs) > 3

# never off the start: `left` against the wall, with a reward of 1 in each step
class Wall(Lake):
    action_space = gymnasium.spaces.Discrete(1)


agent = QLearningAgent(Wall(still, Machine(pay=1), Labels(), max_steps=3), learning_rate=0.1, discount_factor=0.9)
agent.learn(5000)
learned = float(next(iter(agent.q_table.values()))[0])
print("Q at 1 a step for ever:", learned)
assert 1 < learned < 5
PY
