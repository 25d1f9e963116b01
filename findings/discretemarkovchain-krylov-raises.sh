#!/usr/bin/env bash
# discreteMarkovChain 0.22 with scipy 1.16.3: of four methods for the stationary distribution one raises on every chain.
#
# Guess: 'power', 'linear', 'krylov' and 'eigen' all give (6/11, 5/11) for the chain of its documentation.
# Seen:  'krylov' raises TypeError: it passes `tol` to SciPy's gmres, which has had `rtol` in its place since 1.14. The
#        other three are right ('eigen' takes the power method for two states).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile discreteMarkovChain==0.22 scipy==1.16.3 numpy==2.3.5
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
from discreteMarkovChain import markovChain

for method in ("power", "linear", "eigen", "krylov"):
    chain = markovChain(np.array([[0.5, 0.5], [0.6, 0.4]]))
    try:
        chain.computePi(method)
        print(method, chain.pi)
        assert np.allclose(chain.pi, [6 / 11, 5 / 11], atol=1e-6) and method != "krylov"
    except TypeError as error:
        print(method, "TypeError:", error)
        assert method == "krylov" and "'tol'" in str(error)
EOF
