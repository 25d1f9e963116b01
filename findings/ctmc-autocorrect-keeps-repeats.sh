#!/usr/bin/env bash
# ctmc 0.1.3: autocorrect, which joins repeated states, does not join those of a NumPy array; the generator is none.
#
# Expected, after a look at its source, from its words ("consecutive states that are the same" are joined): the states
#        0 0 1 0 0 1 give the same generator as a list and as an array, with rows that sum to 0.
# Seen:  they are compared with `is`, which no two numbers out of an array satisfy. Each repeat is counted as a move
#        from 0 to 0, and again in the rate of leaving 0: the rates are (-1, 0.5) for (-0.5, 0.5), and the
#        "transition matrix" loses a third of each start in 0 in one unit of time. No message.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile ctmc==0.1.3 numpy==2.3.5 scipy==1.16.3 scikit-learn==1.7.2
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from ctmc import ctmc

print("ctmc", version("ctmc"))
states, times = [0, 0, 1, 0, 0, 1], [1.0] * 6
for kind, given, rate, mass in (("list", states, -0.5, 1.0), ("array", np.array(states), -1.0, 0.672455)):
    transition, generator, counts, _ = ctmc([[given, times]], numstates=2, autocorrect=True)
    print(kind, "generator", generator.tolist(), "counts", counts.tolist(), "row sums of exp", transition.sum(axis=1))
    assert np.allclose(generator[0], [rate, 0.5]) and np.isclose(transition[0].sum(), mass, atol=1e-6)
PYTHON
