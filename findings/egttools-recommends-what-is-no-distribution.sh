#!/usr/bin/env bash
# egttools 0.1.14.2 (Python 3.11 or 3.12): the function that it recommends for stationary distributions says (1/2, 1/2) for (1/4, 3/4).
#
# Expected, after a look at its source, from its documentation: calculate_stationary_distribution_non_hermitian, which the
#        plain one recommends "if the matrix is non-Hermitian", as that of nearly every chain is, gives the distribution
#        that the plain one gives.
# Seen:  it takes a column of the Schur vectors, of which only the first is an eigenvector. So it is right where the eigenvalue 1
#        comes first in that decomposition, as it does in most random chains, and wrong where not: a slow coin has its
#        states half and half, three states the uniform distribution for (3, 4, 4)/11. The plain function is right on all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile egttools==0.1.14.2 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from egttools.utils import calculate_stationary_distribution as plain
from egttools.utils import calculate_stationary_distribution_non_hermitian as recommended

for rows, exact, wrong in (
    ([[0.9, 0.1], [0.3, 0.7]], [3 / 4, 1 / 4], False),
    ([[0.7, 0.3], [0.1, 0.9]], [1 / 4, 3 / 4], True),
    ([[0.2, 0.8, 0], [0, 0.2, 0.8], [0.6, 0.2, 0.2]], [3 / 11, 4 / 11, 4 / 11], True),
):
    P = np.array(rows)
    assert np.allclose(np.array(exact) @ P, exact)
    first, second = plain(P.T), recommended(P.T)
    print(rows, "- exact", np.round(exact, 4), "plain", first.round(4), "recommended", second.round(4))
    assert np.allclose(first, exact)
    assert np.allclose(second, 1 / len(P) if wrong else exact)

draw, missed = np.random.default_rng(0), 0
for _ in range(200):
    P = draw.dirichlet(np.ones(4), 4)
    missed += not np.allclose(plain(P.T), recommended(P.T), atol=1e-6)
print("of 200 random chains of four states:", missed, "differ")
assert 5 <= missed <= 40
PY
