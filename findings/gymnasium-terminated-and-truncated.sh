#!/usr/bin/env bash
# gymnasium 1.4.0: a goal that is reached on the last step allowed is terminated and truncated.
#
# Guess: the flags exclude one another: TimeLimit cuts episodes that have not ended, so the goal of FrozenLake in
#        the sixth of six steps is (True, False).
# Seen:  (True, True). Code that asks `truncated` first and bootstraps with V(s') gives the goal a value; code that
#        counts truncated episodes counts successes. The vector environment reports it likewise.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gymnasium==1.4.0
"$work/venv/bin/python" - <<'EOF'
import gymnasium
import numpy as np

TO_THE_GOAL = (2, 2, 1, 1, 1, 2)
options = dict(is_slippery=False, max_episode_steps=6)

env = gymnasium.make("FrozenLake-v1", **options)
env.reset(seed=0)
for action in TO_THE_GOAL:
    last = env.step(action)
print("one:   ", last[:4])
assert last[:4] == (15, 1, True, True)

envs = gymnasium.make_vec("FrozenLake-v1", num_envs=2, vectorization_mode="sync", **options)
envs.reset(seed=0)
for action in TO_THE_GOAL:
    last = envs.step(np.full(2, action))
print("vector:", last[:4])
assert last[2].all() and last[3].all()
EOF
