#!/usr/bin/env bash
# pyRDDLGym-jax 3.1, pyRDDLGym 2.7, jax 0.12.0.1 (Python 3.12): with the JAX simulator a second episode starts where the first one ended.
#
# Guess: make(..., backend=JaxRDDLSimulator) is the environment of the default simulator, faster: reset() puts the state back to
#        init-state, and after it the same actions lead to the same states where nothing is random.
# Seen:  reset() returns the initial state, x = 3, and the next step goes on from the last state of the episode before: 9 for 4 after
#        an episode of five steps, 14 in the third. The reward of that step is x of the old state, too. So every episode
#        but the first of an environment is a part of one long one, whose first observation is made up; a new environment
#        for each episode is right. The default simulator is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyRDDLGym==2.7 pyRDDLGym-jax==3.1 jax==0.12.0.1 jaxlib==0.12.0.1
cd "$work"
JAX_PLATFORMS=cpu "$work/venv/bin/python" -W ignore - <<'EOF'
import contextlib
import io

import pyRDDLGym
from pyRDDLGym.core.simulator import RDDLSimulator
from pyRDDLGym_jax.core.simulator import JaxRDDLSimulator

open("domain.rddl", "w").write("""domain count {
  pvariables {
    STEP : { non-fluent, int, default = 1 };
    x    : { state-fluent, int, default = 0 };
    go   : { action-fluent, bool, default = false };
  };
  cpfs { x' = if (go) then x + STEP else x; };
  reward = x;
}""")
open("instance.rddl", "w").write("""
non-fluents ones { domain = count; non-fluents { STEP = 1; }; }
instance once {
  domain = count; non-fluents = ones; init-state { x = 3; };
  max-nondef-actions = 1; horizon = 5; discount = 1.0;
}""")


def episodes(backend, number=3):
    """For each episode: x after reset(), then (x, reward) of each step."""
    with contextlib.redirect_stdout(io.StringIO()):
        env = pyRDDLGym.make("domain.rddl", "instance.rddl", backend=backend)
    seen = []
    for seed in range(number):
        first, _ = env.reset(seed=seed)
        seen.append([int(first["x"])])
        for _ in range(5):
            observed, reward, _, _, _ = env.step({"go": True})
            seen[-1].append((int(observed["x"]), float(reward)))
    return seen


right = [3, (4, 3), (5, 4), (6, 5), (7, 6), (8, 7)]
assert episodes(RDDLSimulator) == [right] * 3
print("default:", right, "three times")
seen = episodes(JaxRDDLSimulator)
for episode in seen:
    print("JAX:    ", episode)
assert seen == [right, [3] + [(x, x - 1) for x in range(9, 14)], [3] + [(x, x - 1) for x in range(14, 19)]]
EOF
