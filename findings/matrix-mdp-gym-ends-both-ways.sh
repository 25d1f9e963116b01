#!/usr/bin/env bash
# matrix-mdp-gym 1.1.1: a terminal state is terminated and truncated at once, and the seed is not used.
#
# Guess: entering a terminal state is terminated True, truncated False; reset(seed=0) always draws one start; an
#        action that leads nowhere leaves the state as it is, as step()'s own documentation says.
# Seen:  terminated and truncated are both True, so code that bootstraps at `truncated` adds the value of a state
#        without actions. Starts come from NumPy's global generator: both states appear under seed 0. The action that
#        leads nowhere returns (None, None, None, None): the state is lost. And the id is not
#        MatrixMDP-v0, as documented, but matrix_mdp/MatrixMDP-v0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile matrix-mdp-gym==1.1.1 gymnasium==1.4.0 numpy==2.2.6
"$work/venv/bin/python" - <<'EOF'
import gymnasium
import matrix_mdp  # noqa: F401 (registers the environment)
import numpy as np

p = np.zeros((3, 3, 2))  # [next, state, action]; state 2 is terminal, action 1 of state 1 leads nowhere
p[1, 0, 0] = p[2, 0, 0] = 0.5
p[0, 0, 1] = p[2, 1, 0] = 1
arguments = dict(p_0=np.array([0.5, 0.5, 0]), p=p, r=np.ones((3, 3, 2)))
try:
    gymnasium.make("MatrixMDP-v0", **arguments)
except gymnasium.error.NameNotFound:
    print("MatrixMDP-v0: no such id")
else:
    raise SystemExit("changed: MatrixMDP-v0 is there")

env = gymnasium.make("matrix_mdp/MatrixMDP-v0", **arguments).unwrapped
starts = {int(env.reset(seed=0)[0]) for _ in range(100)}
print("starts under seed 0:", starts)
assert starts == {0, 1}

env.reset(options={"start_state": 1})
last = env.step(0)
print("into the terminal state:", last[:4])
assert last[0] == 2 and last[2] and last[3]

env.reset(options={"start_state": 1})
nowhere = env.step(1)
print("action that leads nowhere:", nowhere[:4])
assert nowhere[:4] == (None, None, None, None)
EOF
