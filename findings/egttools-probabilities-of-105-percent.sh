#!/usr/bin/env bash
# egttools 0.1.14.2 (Python 3.11 or 3.12): with three strategies and mutation the probabilities of the next state add up to 1.05.
#
# Expected, after a look at its source, from its documentation: StochDynamics.calculate_full_transition_matrix is a matrix
#        of probabilities, a column for each state, as it is with two strategies; calculate_stationary_distribution is the
#        distribution of that chain.
# Seen:  in states where one strategy is extinct, the mutations that bring it back are not taken from the probability to stay: 1 +
#        mu / 2 there, and a largest eigenvalue of 1.09 at mu = 0.3. The "stationary distribution" is of the eigenvalue next to 1, by
#        then one of a complex pair: all three strategies are there 26% of the time, for 51% with the columns mended.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile egttools==0.1.14.2 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from egttools import sample_simplex
from egttools.analytical import StochDynamics

GAME, SIZE = np.array([[1.0, 2, 0], [0, 1, 3], [2, 0, 1]]), 6
two = StochDynamics(2, GAME[:2, :2].copy(), SIZE, 2, 0.1).calculate_full_transition_matrix(0.5).toarray()
assert np.allclose(two.sum(axis=0), 1)
for mu, low, high in ((0.1, 0.10, 0.13), (0.3, 0.24, 0.28)):
    dynamics = StochDynamics(3, GAME, SIZE, 2, mu)
    T = dynamics.calculate_full_transition_matrix(0.5).toarray()
    sums, values = T.sum(axis=0), np.linalg.eigvals(T)
    present = np.array([np.count_nonzero(sample_simplex(i, SIZE, 3)) for i in range(len(T))])
    nearest = values[np.abs(values - 1).argmin()]
    print(f"mu {mu}: sums {sorted(set(sums.round(6).tolist()))}, eigenvalues: largest {values.real.max():.4f}, nearest to 1 {nearest:.4f}")
    assert np.allclose(sums[present == 2], 1 + mu / 2) and np.allclose(sums[present != 2], 1)
    assert values.real.max() > 1.03 and abs(nearest.imag) > 0.01

    mended = T - np.diag(sums - 1)
    assert (mended >= 0).all()
    equations = np.vstack([mended - np.eye(len(T)), np.ones(len(T))])
    exact = np.linalg.lstsq(equations, np.append(np.zeros(len(T)), 1), rcond=None)[0]
    found = dynamics.calculate_stationary_distribution(0.5)
    shares = [float(law[present == 3].sum()) for law in (found, exact)]
    print("  all three strategies:", shares[0], "mended", shares[1])
    assert low < shares[0] < high and shares[1] > 1.8 * shares[0]
PY
