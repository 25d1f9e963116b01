#!/usr/bin/env bash
# mdpsolver 0.10.2: policy iteration returns values with the error of value iteration.
#
# Guess: algorithm="pi" evaluates policies by solving (I - gamma P) v = r, so the values of the last policy are
#        right to rounding; "vi" stops within its tolerance.
# Seen:  at gamma = 0.99 both are 2.6e-4 below the exact value, the same double in every digit for "vi", "pi" and
#        "mpi": policies are evaluated by sweeps up to the tolerance, 1e-3 by default.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mdpsolver==0.10.2 numpy==2.2.6
"$work/venv/bin/python" - <<'EOF'
import mdpsolver
import numpy as np

GAMMA = 0.99
P = [[[0.5, 0.5], [0, 1]], [[0, 1], [0.5, 0.5]]]
R = [[5, 10], [-1, 0]]
values = {}
for algorithm in ("vi", "pi", "mpi"):
    model = mdpsolver.model()
    model.mdp(discount=GAMMA, rewards=R, tranMatWithZeros=P)
    model.solve(algorithm=algorithm)
    values[algorithm], policy = model.getValueVector(), model.getPolicy()
    rows = np.array([P[s][a] for s, a in enumerate(policy)])
    exact = np.linalg.solve(np.eye(2) - GAMMA * rows, [R[s][a] for s, a in enumerate(policy)])
    print(algorithm, policy, values[algorithm], "error", np.abs(exact - values[algorithm]).max())
    assert policy == [1, 1] and 2e-4 < np.abs(exact - values[algorithm]).max() < 3e-4
assert values["vi"] == values["pi"] == values["mpi"]
EOF
