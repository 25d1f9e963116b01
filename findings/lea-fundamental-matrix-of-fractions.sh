#!/usr/bin/env bash
# lea 4.4.0: the fundamental matrix of a chain with exact probabilities raises; with weights 1 and 2 for them it is there.
#
# Guess: absorbing_mc_info(as_array=True) gives the matrix N of the gambler's ruin for probabilities 1/3 and 2/3, which
#        the package keeps exactly everywhere else: next_state(n) and matrix() are fractions.
# Seen:  an array of objects goes to numpy.linalg.inv: UFuncTypeError. Weights 1 and 2 in a row are made doubles first
#        and give N to rounding; with as_array=False N is None. So there is no exact N, of a chain that is exact.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile lea==4.4.0 numpy==2.4.6
"$work/venv/bin/python" - <<'EOF'
from fractions import Fraction

import numpy as np
from lea import markov


def ruin(lose, win):
    stay = (lose + win) // (lose + win)
    return markov.Chain.from_matrix(
        "0123", ("0", (stay, 0, 0, 0)), ("1", (lose, 0, win, 0)), ("2", (0, lose, 0, win)), ("3", (0, 0, 0, stay)),
    )


exact, weights = ruin(Fraction(1, 3), Fraction(2, 3)), ruin(1, 2)
print("after three steps:", exact.next_state("1", 3).pmf_tuple())
assert exact.next_state("1", 3).p("3") == Fraction(12, 27)
assert exact.absorbing_mc_info()[-1] is None
N = weights.absorbing_mc_info(as_array=True)[-1]
print("N from weights:", N.tolist())
assert np.abs(N - [[9 / 7, 6 / 7], [3 / 7, 9 / 7]]).max() < 1e-12
try:
    print(exact.absorbing_mc_info(as_array=True))
except TypeError as error:
    print("N from fractions:", type(error).__name__, error)
else:
    raise SystemExit("changed: fractions have a fundamental matrix")
EOF
