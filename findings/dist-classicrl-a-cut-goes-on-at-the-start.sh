#!/usr/bin/env bash
# dist-classicrl 0.1.17, gymnasium 1.4.0 (Python 3.13): after a time limit Q-learning goes on with the value of the next episode's start: 1.71 for 2, and with Gymnasium's default reset it learns from a step that was none.
#
# Guess (30 November 2026, 20:49, blind): targets are r + gamma max q, without the second part after an end; a cut is no end, and bootstraps from
#        the state in which the episode was cut.
# Seen:  ends are right. Of vectorized environments it takes the next observation as it comes: with resets in the same step, as in its own
#        benchmark, that of a cut is the first of the next episode, and final_obs is not asked for. With Gymnasium's default, resets in the
#        next step, that step, which ignores the action and pays nothing, is learned from as well: 1.33 for 2. Without a time limit 2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.13}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gymnasium==1.4.0 numpy==2.4.6
"$work/venv/bin/pip" install --quiet --no-compile --no-deps dist-classicrl==0.1.17 # one of its trainers, not used here, needs MPI
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import gymnasium as gym
import numpy as np
from dist_classicrl.algorithms.base_algorithms.q_learning_optimal import OptimalQLearningBase
from dist_classicrl.algorithms.runtime.single_thread_runtime import SingleThreadQLearning
from dist_classicrl.schedules.constant_schedule import ConstantSchedule
from gymnasium.vector import AutoresetMode, SyncVectorEnv


class Wait(gym.Env):
    """From state 0 to state 1, where each step pays 1, for ever or until a limit."""

    observation_space, action_space = gym.spaces.Discrete(2), gym.spaces.Discrete(1)

    def __init__(self, limit):
        self.limit = limit

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state = self.steps = 0
        return 0, {}

    def step(self, action):
        reward, self.state, self.steps = float(self.state), 1, self.steps + 1
        return 1, reward, False, self.steps == self.limit, {}


def learned(mode, limit):
    """q(1), learned with a small step; gamma is 1/2."""
    agent = OptimalQLearningBase(2, 1, discount_factor=0.5)
    runtime = SingleThreadQLearning(agent, ConstantSchedule(0.01), ConstantSchedule(0.0))
    env = SyncVectorEnv([lambda: Wait(limit)], autoreset_mode=mode)
    try:
        runtime.run_steps(12_000, env)
    except ZeroDivisionError:  # the mean reward of no episode
        pass
    return float(np.asarray(agent.get_q_value(1, 0)))


never = learned(AutoresetMode.SAME_STEP, 10**9)
same, later = learned(AutoresetMode.SAME_STEP, 4), learned(AutoresetMode.NEXT_STEP, 4)
print("q(1) for 2: without a limit", round(never, 3), "| limit of 4, reset in the same step", round(same, 3), "| in the next step", round(later, 3))
assert abs(never - 2) < 1e-3
# Of three updates of q(1) an episode one bootstraps from q(0) = q(1) / 2: q = 1 + (2/3 1/2 + 1/3 1/4) q.
assert abs(same - 12 / 7) < 0.03
# Of four, three bootstrap from q(1), one pays 0 and bootstraps from q(0).
assert abs(later - 0.75 / (1 - 0.75 / 2 - 1 / 16)) < 0.03
PY
