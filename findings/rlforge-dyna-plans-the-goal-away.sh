#!/usr/bin/env bash
# rlforge 1.1.0 (Python 3.11 or 3.12): Dyna's planning takes the last step of an episode for one that stays and pays nothing: the way to the goal is worth 0.64 for 1, and the less the more it plans.
#
# Guess (30 November 2026, 20:02, blind, of the package's returns; of planning what its docstring says): targets end at the end of an
#        episode; planning updates from the learned model "accelerate convergence" to the same values.
# Seen:  end() updates the table and not the model, in which an action that is not known leads back to its state, for 0. The step
#        that ends an episode never gets known, so that every planning step pulls its value towards gamma times the state's best: 0.994,
#        0.94, 0.79, 0.64 with 1, 5, 20, 50 planning steps and a step size of 0.1. Without planning it is 1. planning_step() has a case for ends, a next
#        state of -1, which nothing writes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile rlforge==1.1.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from rlforge.agents.tabular import ExpectedSarsaAgent, QAgent

GAMMA = 0.95


def learned(kind, planning_steps):
    """Two states in a row; action 0 goes back to the first, action 1 on, at last to the end for a reward of 1."""
    np.random.seed(0)
    agent = kind(0.1, GAMMA, 3, 2, epsilon=0.1, planning=planning_steps > 0, planning_steps=planning_steps)
    for _ in range(2000):
        state, action = 0, agent.start(0)
        while True:
            state = state + 1 if action == 1 else 0
            if state == 2:
                agent.end(1.0)
                break
            action = agent.step(0.0, state)
    return agent


for kind in (QAgent, ExpectedSarsaAgent):
    values = {steps: float(learned(kind, steps).q_values[1, 1]) for steps in (0, 1, 5, 20, 50)}
    print(kind.__name__, "the last step's value by planning steps", {steps: round(value, 3) for steps, value in values.items()})
    assert abs(values[0] - 1) < 1e-9 and sorted(values.values(), reverse=True) == list(values.values())
    assert values[50] < 0.75
model = learned(QAgent, 5).model[1]
print("the model of the last step:", model[1])
assert model[1] == (1, 0)
PY
