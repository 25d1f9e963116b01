#!/usr/bin/env bash
# mazemdp 1.3.1: step() says `terminated` of the state that is left, one step after the goal.
#
# Guess: Gymnasium's meaning of the five values that step() returns: terminated is of the state entered.
# Seen:  entering the terminal state returns terminated False; a further action, in the terminal state, is
#        needed for True. The package's mazes pay for that action: an episode has one step more than the way to
#        the goal, and the value of every state is gamma times what the reward on entering would give.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mazemdp==1.3.1
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from mazemdp.mdp import Mdp

# two states: every action leads to state 1, terminal; what leaves it pays 1, as in the package's mazes
P = np.zeros((2, 2, 2))
P[:, :, 1] = 1
r = np.array([[0.0, 0.0], [1.0, 1.0]])
mdp = Mdp(2, 2, np.array([1.0, 0.0]), P, r, plotter=None, terminal_states=[1])
assert mdp.reset() == 0
first, second = mdp.step(0)[:4], mdp.step(1)[:4]
print("into the goal (state, reward, terminated, truncated):", first)
print("one step more:                                       ", second)
assert (first[0], first[1], first[2]) == (1, 0, False)
assert (second[0], second[1], second[2]) == (1, 1, True)
EOF
