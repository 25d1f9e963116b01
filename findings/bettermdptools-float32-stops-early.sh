#!/usr/bin/env bash
# bettermdptools 0.11.0 (Python 3.12): value iteration says that it has converged to 1e-10, and is 4.7 off.
#
# Guess: without the warning "Max iterations reached", theta = 1e-10 holds: v is within theta / (1 - gamma) = 1e-6.
# Seen:  arrays are float32 unless dtype is given. At gamma = 0.9999 the steps fall below half a unit in the last
#        place of v = 6667 and vanish: after 75960 sweeps "converged", 4.7 too low, no warning. At 0.999 it is 0.04.
#        theta is below what float32 can resolve, so that "no change at all" is the only stop there is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile bettermdptools==0.11.0 gymnasium==1.3.0 numpy==2.4.6
"$work/venv/bin/python" - <<'EOF'
import warnings

import numpy as np
from bettermdptools.algorithms.planner import Planner

P = {0: {0: [(0.5, 0, 1.0, False), (0.5, 1, 1.0, False)]}, 1: {0: [(1.0, 0, 0.0, False)]}}
matrix = np.array([[0.5, 0.5], [1, 0]])


def error(gamma, **kw):
    exact = np.linalg.solve(np.eye(2) - gamma * matrix, [1, 0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        v, track, _ = Planner(P).value_iteration(gamma=gamma, n_iters=200_000, theta=1e-10, **kw)
    said = [str(w.message) for w in caught]
    print(f"gamma {gamma}: {v.dtype} {v} after {len(track) - 1} sweeps, exact {exact}, warnings {said}")
    assert not said
    return abs(v - exact).max()


assert 4 < error(0.9999) < 6
assert 0.03 < error(0.999) < 0.05
assert error(0.999, dtype=np.float64) < 1e-6
EOF
