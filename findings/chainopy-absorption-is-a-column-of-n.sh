#!/usr/bin/env bash
# chainopy 1.0.3 (Python 3.12): the probability of absorption is 3.33, and an IndexError in the gambler's ruin.
#
# Guess: absorption_probabilities() is N R with rows that sum to 1, and expected_time_to_absorption() is N 1, where N is
#        the fundamental matrix, which is right.
# Seen:  both are made of columns of N, picked by the numbers that the absorbing states have in the whole chain. With
#        one absorbing state, the first: "probabilities" (3.33, 3.33) for (1, 1), a time of 3.33 for 7.22 and 8.89,
#        and -0.43 expected visits, 1 / (1 - 3.33). In the gambler's ruin, with absorbing ends 0 and 3, all three raise.
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
P = np.array([[1, 0, 0], [0.3, 0, 0.7], [0, 0.6, 0.4]])
chain = MarkovChain(P, ["end", "near", "far"])
N = chain.fundamental_matrix()
right = np.linalg.inv(np.eye(2) - P[1:, 1:])
print("N", N.tolist(), "N R", (right @ P[1:, :1]).ravel(), "N 1", right.sum(axis=1))
assert np.allclose(N, right) and np.allclose(right @ P[1:, 0], 1)
probability = chain.absorption_probabilities().ravel()
time = chain.expected_time_to_absorption()
visits = chain.expected_number_of_visits().ravel()
print("absorption probabilities", probability, "time", time, "visits", visits)
assert np.allclose(probability, right[:, 0]) and np.allclose(time, 10 / 3) and np.allclose(visits, -3 / 7)

ruin = MarkovChain(np.array([[1, 0, 0, 0], [0.3, 0, 0.7, 0], [0, 0.3, 0, 0.7], [0, 0, 0, 1.0]]), list("0123"))
for name in ("absorption_probabilities", "expected_time_to_absorption", "expected_number_of_visits"):
    try:
        print("ruin:", getattr(ruin, name)())
    except IndexError as error:
        print("ruin:", name, "raises IndexError:", error)
    else:
        raise SystemExit("changed: the ruin has an answer")
PYTHON
