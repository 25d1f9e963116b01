#!/usr/bin/env bash
# quantecon 0.11.4: DiscreteDP's value iteration with an epsilon of 1e-6 is 79% off at beta = 0.999, silently.
#
# Guess: solve(method="vi", epsilon=...) runs until its bound epsilon/2 holds, or warns, or flags the result.
# Seen:  the default max_iter of 250 ends it first, whatever beta and epsilon are: v = (-210.09, -222.08) for
#        (-988.01, -1000). No warning; the result has no `success` or `converged`; only
#        num_iter == max_iter tells. Modified policy iteration is there after 4 steps.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile quantecon==0.11.4
"$work/venv/bin/python" - <<'EOF'
import warnings

import numpy as np
from quantecon.markov import DiscreteDP

# the example of the class's own documentation (Puterman 2005, 3.1), with another beta
R = np.array([[5, 10], [-1, -np.inf]])
Q = np.array([[[0.5, 0.5], [0, 1]], [[0, 1], [0.5, 0.5]]])
ddp = DiscreteDP(R, Q, 0.999)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    result = ddp.solve(method="vi", epsilon=1e-6)
exact = ddp.evaluate_policy(result.sigma)
mpi = ddp.solve(method="mpi", epsilon=1e-6)
print("vi:     ", result.v, "after", result.num_iter, "of", result.max_iter)
print("exact:  ", exact, "mpi:", mpi.v, "after", mpi.num_iter)
print("warnings:", [str(w.message) for w in caught], "keys:", sorted(result.keys()))
assert result.method == "value iteration" and result.num_iter == result.max_iter == 250
assert np.abs(result.v - exact).max() > 770 and np.abs(mpi.v - exact).max() < 1e-6
assert not caught and not {"success", "converged", "status"} & set(result.keys())
EOF
