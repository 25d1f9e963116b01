#!/usr/bin/env bash
# pymdptoolbox 4.0b3: the average reward of a two-state cycle comes back as 0, without a word.
#
# Guess: RelativeValueIteration damps the iteration (1 + P)/2, or says that it did not converge; on
#        0 -> 1 -> 0 with rewards 1, 0 the average is 1/2 under every reading.
# Seen:  average_reward 0.0 and V (1, 1) after the 1000 iterations of the default, V (1, 0) after 999. The
#        number is the smallest one-step difference, the lower of two bounds; the upper one, 1, is not kept.
#        No warning and no flag: the message about max_iter is printed only after setVerbose().
#        With 1% of the mass staying in place the same call says 0.495.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps \
    pymdptoolbox==4.0b3 numpy==2.2.6 scipy==1.15.3
"$work/venv/bin/python" - <<'EOF'
import contextlib
import io
import warnings

import numpy as np
from mdptoolbox.mdp import RelativeValueIteration

R = np.array([[1.0], [0.0]])


def solve(stay, iterations):
    P = np.array([[[stay, 1 - stay], [1 - stay, stay]]])
    solver = RelativeValueIteration(P, R, max_iter=iterations)
    said = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(said):
        warnings.simplefilter("error")
        solver.run()
    assert said.getvalue() == "", said.getvalue()
    print(f"stay {stay}, max_iter {iterations}:", solver.average_reward, solver.V, solver.iter)
    return solver


assert (solve(0, 999).average_reward, solve(0, 999).V) == (0.0, (1.0, 0.0))
assert (solve(0, 1000).average_reward, solve(0, 1000).V) == (0.0, (1.0, 1.0))
assert abs(solve(0.01, 1000).average_reward - 0.495) < 1e-4
EOF
