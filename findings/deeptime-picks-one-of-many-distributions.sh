#!/usr/bin/env bash
# deeptime 0.5.0: of a chain with two closed classes "the" stationary distribution is one of many, silently.
#
# Guess: check_inputs=True, the default, "checks for connectivity": a chain whose eigenvalue 1 is double is refused.
# Seen:  it is checked that the states hang together in any direction, which a common transient state does. The
#        answer for a walk with ends 0 and 2 is (0, 0, 1); with the states in the other order it is the other end. The
#        model built on it gives that as its stationary_distribution, and so its expectations.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile deeptime==0.5.0 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from deeptime.markov.msm import MarkovStateModel
from deeptime.markov.tools.analysis import stationary_distribution

walk = np.array([[1, 0, 0], [0.3, 0, 0.7], [0, 0, 1]])
back = walk[::-1, ::-1]
seen = stationary_distribution(walk, check_inputs=True), stationary_distribution(back, check_inputs=True)[::-1]
print("of one chain, in two orders of its states:", *seen)
assert np.allclose(seen[0], [0, 0, 1]) and np.allclose(seen[1], [1, 0, 0])
model = MarkovStateModel(walk)
print("model:", model.stationary_distribution, "mean of (5, 0, 1):", model.expectation(np.array([5.0, 0, 1])))
assert np.isclose(model.expectation(np.array([5.0, 0, 1])), 1)
try:
    stationary_distribution(np.eye(2))
except ValueError as error:
    print("without the state between them:", error)
else:
    raise SystemExit("changed: nothing is checked")
EOF
