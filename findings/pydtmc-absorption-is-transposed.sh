#!/usr/bin/env bash
# PyDTMC 8.7.0: absorption_probabilities() is the transpose of N R, beside a fundamental matrix N that is not.
#
# Guess: B = N R of Kemeny and Snell: a row for each transient state (rows sum to 1), a column for each
#        absorbing one, in the order of the rows of fundamental_matrix.
# Seen:  rows are absorbing states and columns transient ones: B.T. With two of each the shape does not tell.
#        From `b` the exits of this walk have 5/12 and 7/12; the first row says 5/12 and 1/6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile PyDTMC==8.7.0
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from pydtmc import MarkovChain

P = np.array([[1, 0, 0, 0], [0.3, 0, 0.7, 0], [0, 0.4, 0, 0.6], [0, 0, 0, 1]])
chain = MarkovChain(P, list("abcd"))
N = chain.fundamental_matrix
B = N @ P[1:3][:, [0, 3]]
seen = chain.absorption_probabilities()
print("N R:", B.tolist(), "rows sum to", B.sum(1))
print("seen:", seen.tolist(), "rows sum to", seen.sum(1))
assert np.allclose(N, np.linalg.inv(np.eye(2) - P[1:3, 1:3]))
assert np.allclose(seen, B.T) and not np.allclose(seen, B)
assert np.allclose(B[0], [5 / 12, 7 / 12])
EOF
