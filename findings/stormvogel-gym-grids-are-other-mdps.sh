#!/usr/bin/env bash
# stormvogel 0.13 (Python 3.12): gymnasium_grid_to_stormvogel changes the start of Taxi and CliffWalking and the
# rewards of FrozenLake.
#
# Guess: the converter for FrozenLake, Taxi and CliffWalking has the starts of initial_state_distrib and, where a
#        reward depends on the outcome, its expectation.
# Seen:  CliffWalking starts in state 0, the upper left corner, not in 36. Taxi starts in states 0 to 3 with 1/4 each,
#        not in 300 states; a comment says "every state". The reward of an action is that of the first outcome in P: on
#        the slippery lake "up" in 14 pays 1 for sure, where P has 1/3 and "right", the same 1/3, pays nothing.
#        Where rewards differ by action each step is two, so a bound on steps or a discount means something else.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormvogel==0.13 stormpy==2.0.0 gymnasium==1.4.0 imageio==2.37.2
"$work/venv/bin/python" - <<'EOF'
import gymnasium
from stormvogel.extensions.gym_grid import gymnasium_grid_to_stormvogel


def convert(name, **kw):
    env = gymnasium.make(name, **kw)
    starts = [int(s) for s, p in enumerate(env.unwrapped.initial_state_distrib) if p > 0]
    return env.unwrapped.P, starts, gymnasium_grid_to_stormvogel(env)


def number(state):
    return min(int(label) for label in state.labels if label.isdigit())


_, starts, cliff = convert("CliffWalking-v1")
print("CliffWalking: Gymnasium starts in", starts, "the model in", number(cliff.initial_state))
assert starts == [36] and number(cliff.initial_state) == 0

_, starts, taxi = convert("Taxi-v4")
((_, branch),) = taxi.initial_state.choices
there = sorted(number(state) for _, state in branch)
print("Taxi: Gymnasium starts in", len(starts), "states, the model in", there)
assert len(starts) == 300 and there == [0, 1, 2, 3]

P, _, lake = convert("FrozenLake-v1")
(tile,) = [state for state in lake.states if "14" in state.labels]
seen = {}
for action, branch in tile.choices:
    ((probability, behind),) = branch
    assert probability == 1
    seen[action.label] = float(lake.rewards[0].get_state_reward(behind))
expected = {a: round(sum(p * r for p, _, r, _ in P[14][i]), 4) for i, a in enumerate("←↓→↑")}
print("FrozenLake, tile 14: expected rewards", expected, "in the model", seen)
assert expected == {"←": 0, "↓": 0.3333, "→": 0.3333, "↑": 0.3333}
assert seen == {"←": 0, "↓": 0, "→": 0, "↑": 1}
EOF
