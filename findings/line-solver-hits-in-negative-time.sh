#!/usr/bin/env bash
# line-solver 3.0.8.0 (Python 3.11 to 3.13): mean hitting times of -0.4 and -0.33 steps, and of 1.05 for one that is infinite.
#
# Guess: dtmc_hitting_time, the mean number of steps to a target, is inf where the target may be missed for ever, as its
#        twin in continuous time says of itself: "Unreachable states give inf".
# Seen:  singular equations are solved by least squares: for a walk 0 1 2 3 that stays at its ends, 1 is hit from 2 after 0.8
#        steps, from 3 after -0.4, from 0 after 0. ctmc_hitting_time says inf for the ends; from 2, which may end in 3
#        instead, it is 0.8 as well, and so are the first moments of ctmc_passage_moments. Where the target is certain both are right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile line-solver==3.0.8.0 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from line_solver.api.mc import ctmc_hitting_time, ctmc_passage_moments, dtmc_hitting_time

CERTAIN = np.array([[0.5, 0.5, 0], [0.25, 0.5, 0.25], [0, 0.5, 0.5]])
WALK = np.array([[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 0, 1.0]])
TRAP = np.array([[0.2, 0.3, 0.5, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0.0]])


def both(P, target):
    Q = P - np.eye(len(P))
    steps, time = dtmc_hitting_time(P, [target]), ctmc_hitting_time(Q, [target])
    moments, _ = ctmc_passage_moments(Q, np.ones(len(P)) / len(P), [target], 1)
    print("steps", steps.round(4), "time", time.round(4))
    assert np.allclose(time, moments[:, 0])
    return steps, time


steps, time = both(CERTAIN, 2)
assert np.allclose(steps, [8, 6, 0]) and np.allclose(time, steps)
# exact: inf, 0, inf, inf
steps, time = both(WALK, 1)
assert np.allclose(steps, [0, 0, 0.8, -0.4]) and np.isinf(time[[0, 3]]).all() and abs(time[2] - 0.8) < 1e-9
# exact: inf, 0, inf, inf
steps, time = both(TRAP, 1)
assert abs(steps[0] - 1.04575) < 1e-4 and (steps[2:] < -0.3).all() and abs(time[0] - 1.04575) < 1e-4 and np.isinf(time[2:]).all()
PY
