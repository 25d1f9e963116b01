#!/usr/bin/env bash
# deampy 1.5.15: a cycle of a year has one transition at most, and what bounds the error is not there.
#
# Guess: continuous_to_discrete makes the transition probabilities of a cycle, exp(Q dt), and the bound for two transitions that its
#        docstring returns; with the method 'log', which is "(default)", discrete_to_continuous goes back to Q.
# Seen:  P(well -> dead) over a year is 0 for 0.264, where one falls ill at rate 1 and dies of it at rate 1: one transition a
#        cycle, by the docstring's formula. After 2 years in cycles of a year, 40% are dead for 59%. The bound is not returned: for two states "P, bound =" unpacks
#        the two rows. discrete_to_continuous has method='approx': from exp(Q) it makes other rates, 0.58 and 0.42 for 1 and 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile deampy==1.5.15 numpy==2.3.5 scipy==1.16.3
cd "$work"
MPLCONFIGDIR="$work" "$work/venv/bin/python" -W ignore - <<'PY'
import math

import numpy as np
from deampy.markov import continuous_to_discrete, discrete_to_continuous
from scipy.linalg import expm

rates = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
generator = np.array(rates) - np.diag(np.sum(rates, axis=1))
found, exact = np.array(continuous_to_discrete(rates, 1.0)), expm(generator)
print("first row:", np.round(found[0], 4), "of exp(Q):", np.round(exact[0], 4))
assert found[0, 2] == 0 and abs(exact[0, 2] - (1 - 2 / math.e)) < 1e-12
dead = [float(np.linalg.matrix_power(m, 2)[0, 2]) for m in (found, exact)]
print("dead after two cycles:", np.round(dead, 4))
assert abs(dead[0] - (1 - 1 / math.e) ** 2) < 1e-12 and abs(dead[1] - (1 - 3 / math.e**2)) < 1e-12

assert "upper bound" in continuous_to_discrete.__doc__
matrix, bound = continuous_to_discrete([[0.0, 2.0], [3.0, 0.0]], 1.0)
print("matrix, bound of two states:", matrix, bound)
assert np.allclose(matrix, [math.exp(-2), 1 - math.exp(-2)]) and np.allclose(bound, [1 - math.exp(-3), math.exp(-3)])

assert "'log': use the matrix logarithm method (default)" in discrete_to_continuous.__doc__
back = {"default": discrete_to_continuous(exact, 1.0), "log": discrete_to_continuous(exact, 1.0, method="log")}
print("rates out of the first state, of exp(Q):", {name: np.round(q[0, 1:], 4).tolist() for name, q in back.items()})
assert np.allclose(back["log"], generator, atol=1e-9) and back["default"][0, 2] > 0.4
PY
