#!/usr/bin/env bash
# stormvogel 0.13 (Python 3.12): the Gymnasium environment of a model takes a seed and does not use it.
#
# Guess: reset(seed=0) and the same actions give the same states, as Gymnasium's interface asks (its checker
#        tests for it).
# Seen:  step() draws from the global generator of `random`: two runs after reset(seed=0) differ; random.seed(0)
#        before them makes them equal.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormvogel==0.13 gymnasium==1.4.0
"$work/venv/bin/python" - <<'EOF'
import random

import stormvogel.model
from stormvogel import bird
from stormvogel.gym_env import ModelEnv

env = ModelEnv(
    bird.build_bird(
        init=0,
        delta=lambda s, a: [(0.5, 0), (0.5, 1)],
        available_actions=lambda s: ["go"],
        modeltype=stormvogel.model.ModelType.MDP,
    )
)


def run(state):
    random.seed(state)
    env.reset(seed=0)
    return [env.step(0)[0] for _ in range(64)]


first, second, again = run(1), run(2), run(1)
print("seed 0:", *first[:16], "\nseed 0:", *second[:16])
assert first != second and first == again
EOF
