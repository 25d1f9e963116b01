#!/usr/bin/env bash
# ks-models 0.1.1: the stationary distribution of a chain that moves seldom is (0.58, 0.42) for (0.75, 0.25), of one of period 2 the uniform one.
#
# Guess: (blind) markov.stationary_distribution(transition), with tol = 1e-14, is pi = pi P to that accuracy, for a chain of rates 1e-6 and 3e-6
#        (0.75, 0.25), for a walk on a path of three states (1/4, 1/2, 1/4); or it raises.
# Seen:  100,000 steps from the uniform distribution are taken, and what there is then is returned, with no word on whether it has
#        settled: slow chains are still on the way, and the walk of period 2 comes back to where it began after an even number of steps. At rates a hundred times larger it is right.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile ks-models==0.1.1 numpy==2.4.6 pandas==2.3.3
cd "$tmp"
"$tmp/v/bin/python" -W error - <<'PY'
import numpy as np
from ks_models.markov import stationary_distribution

def two(a, b):
    return np.array([[1 - a, a], [b, 1 - b]])

for scale, seen in ((1e-4, 0.75), (1e-6, 0.58242)):
    P = two(scale, 3 * scale)
    got = stationary_distribution(P)
    print(f"rates {scale:g} and {3 * scale:g}: {got}, |pi P - pi| {abs(got @ P - got).max():.1e}, for (0.75, 0.25)")
    assert abs(got[0] - seen) < 1e-4
walk = np.array([[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]])
got = stationary_distribution(walk)
print("walk on three states:", got, "one step on:", got @ walk)
assert np.allclose(got, 1 / 3) and np.allclose(got @ walk, [1 / 6, 2 / 3, 1 / 6])
assert np.allclose(np.array([0.25, 0.5, 0.25]) @ walk, [0.25, 0.5, 0.25])
PY
