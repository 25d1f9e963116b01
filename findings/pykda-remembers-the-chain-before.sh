#!/usr/bin/env bash
# PyKDA 0.9.3: a MarkovChain that is given another P keeps the answers for the one before.
#
# Guess: P is a property with a setter that checks and takes the new matrix; after `chain.P = Q` everything is that of Q.
# Seen:  what had been asked for before stays: the stationary distribution (1/2, 1/2) beside the new matrix, whose own is
#        (3/4, 1/4). What had not been asked for yet is computed from both: the fundamental matrix from the new P and the old
#        distribution, and with it a mean first passage of 5 steps for 10. A new object is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pykda==0.9.3 numpy==1.26.4
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
from pykda.Markov_chain import MarkovChain

coin, other = [[0.5, 0.5], [0.5, 0.5]], [[0.9, 0.1], [0.3, 0.7]]
chain = MarkovChain(coin)
assert np.allclose(chain.stationary_distribution.ravel(), [0.5, 0.5])
chain.P = other
fresh = MarkovChain(other)
for name in ("P", "stationary_distribution", "mean_first_passage_matrix"):
    print(f"{name:26}", np.ravel(getattr(chain, name)).round(4), "for", np.ravel(getattr(fresh, name)).round(4))
assert np.allclose(chain.P, other)
assert np.allclose(chain.stationary_distribution.ravel(), [0.5, 0.5])
assert np.allclose(fresh.stationary_distribution.ravel(), [0.75, 0.25])
# by hand: 10 steps from the first state to the second, 10/3 back
assert np.allclose(fresh.mean_first_passage_matrix, [[4 / 3, 10], [10 / 3, 4]])
assert np.isclose(chain.mean_first_passage_matrix[0, 1], 5)
PY
