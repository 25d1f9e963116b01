#!/usr/bin/env bash
# rlberry-scool 0.7.3 (Python 3.12): value iteration pays the goal of a grid for ever; an episode there ends after one step.
#
# Guess: ValueIterationAgent(env) knows the end: the value of the start is what its own policy earns in env, 0.81 for a
#        goal that pays 1, two steps away at 0.9. And value_iteration's V is within its epsilon, as it says.
# Seen:  8.1. Terminal states loop in P, as documented, and keep their reward: 1 / (1 - 0.9) = 10 at the goal, which
#        step() pays once and ends. With goals that pay differently the best policy is another one. epsilon bounds the
#        last step, not the error: at 0.999 and 1e-6 the values are 1e-3 off.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
# with its own dependencies (four of them on one old release of gymnasium) pip finds no solution
"$work/venv/bin/pip" install --quiet --no-compile --no-deps rlberry-scool==0.7.3 rlberry==0.7.3 gymnasium==0.29.1 \
  adastop==0.1.3
"$work/venv/bin/pip" install --quiet --no-compile numpy==1.26.4 scipy==1.17.1 pandas==3.0.6 dill==0.4.1 docopt==0.6.2 \
  multimethod==1.10 pyyaml==6.0.3 tqdm==4.67.1 pygame-ce==2.5.8 numba==0.62.1 cloudpickle==3.1.2 matplotlib==3.10.3 \
  seaborn==0.13.2 imageio==2.37.2 joblib==1.5.3 tabulate==0.9.0 typing_extensions==4.15.0 farama-notifications==0.0.4 \
  click==8.3.1
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
from rlberry_scool.agents.dynprog import ValueIterationAgent
from rlberry_scool.agents.dynprog.utils import value_iteration
from rlberry_scool.envs import GridWorld

GAMMA = 0.9


def corridor(columns, start, rewards, elsewhere=0.0):
    ends = tuple(rewards)
    return GridWorld(1, columns, start_coord=(0, start), terminal_states=ends, success_probability=1.0,
                     reward_at=rewards, walls=(), default_reward=elsewhere)


def episode(env, choose):
    state, _ = env.reset()
    total, weight, ended = 0.0, 1.0, False
    while not ended:
        state, reward, ended, _, _ = env.step(choose(state))
        total, weight = total + weight * reward, weight * GAMMA
    return total


env = corridor(3, 0, {(0, 2): 1.0})
agent = ValueIterationAgent(env, gamma=GAMMA)
agent.fit()
print("value of the start:", agent.V[0], "its own policy earns:", episode(env, agent.policy))
assert abs(agent.V[0] - 8.1) < 1e-4 and abs(episode(env, agent.policy) - 0.81) < 1e-12

# each step costs 1; a goal beside the start pays 0 and one three steps off pays 1
env = corridor(5, 1, {(0, 0): 0.0, (0, 4): 1.0}, elsewhere=-1.0)
agent = ValueIterationAgent(env, gamma=GAMMA)
agent.fit()
left = episode(env, lambda state: env.a_str2idx["left"])
print("costs: its own policy earns", episode(env, agent.policy), "going left", left)
assert episode(env, agent.policy) < left - 0.5

R, P = np.array([[1.0, 0], [0, 2]]), np.array([[[0.5, 0.5], [0, 1]], [[1, 0], [0.1, 0.9]]])
V = value_iteration(R, P, 0.999, 1e-6)[1]
exact = np.linalg.solve(np.eye(2) - 0.999 * P[[0, 1], [0, 1]], R[[0, 1], [0, 1]])
print("epsilon 1e-6, gamma 0.999: error", np.abs(V - exact).max())
assert np.abs(V - exact).max() > 5e-4
EOF
