#!/usr/bin/env bash
# chainopy 1.0.3 (Python 3.12): two chains that never meet are ergodic, a triangle is not.
#
# Expected, after a look at its source, from the textbook: is_ergodic() is True for an irreducible chain of period 1:
#        False where two closed classes lie side by side, True for the walk on a triangle, which comes back after 2
#        steps and after 3.
# Seen:  the other way round. Irreducible is a chain whose states each communicate with some state, themselves
#        included. The period is the greatest common divisor of the shortest ways back, one a state: 2, 2, 2 gives 2.
#        stationary_dist() of the two classes is an array of two columns, each of which sums to 1/2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile numpy==2.0.0 scipy==1.14.1 networkx==3.3 xarray==2024.6.0 \
  matplotlib==3.9.4
"$work/venv/bin/pip" install --quiet --no-compile --no-deps chainopy==1.0.3
"$work/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version
from unittest.mock import MagicMock

import numpy as np

unused = "torch torch.nn torch.nn.functional torch.optim statsmodels statsmodels.tsa statsmodels.tsa.ar_model"
for name in unused.split():  # its neural networks and regressions need them, its chains do not
    sys.modules[name] = MagicMock()
from chainopy import MarkovChain

print("chainopy", version("chainopy"))
half = np.full((2, 2), 0.5)
apart = MarkovChain(np.block([[half, np.zeros((2, 2))], [np.zeros((2, 2)), half]]), list("abcd"))
meet = apart.is_communicating("a", "c")
print("two classes: a, c communicate:", meet, "irreducible", apart.is_irreducible(), "ergodic", apart.is_ergodic())
assert not meet and apart.is_irreducible() and apart.is_ergodic()
columns = apart.stationary_dist()
print("stationary", columns.tolist(), "sums", columns.sum(axis=0))
assert columns.shape == (4, 2) and np.allclose(columns.sum(axis=0), 0.5)

triangle = MarkovChain((1 - np.eye(3)) / 2, list("abc"))
print("triangle: period", triangle.period(), "ergodic", triangle.is_ergodic(), "stationary", triangle.stationary_dist())
assert triangle.period() == 2 and not triangle.is_ergodic()
assert (np.linalg.matrix_power((1 - np.eye(3)) / 2, 3) > 0).all()
PYTHON
