#!/usr/bin/env bash
# heormodel 0.7.4 (Python 3.11 or 3.12): by default four certain years of life are 3.33, and a cost of dying is paid to two or to four thirds.
#
# Expected, after a look at its source, from the name of the rule: a cycle correction by "Simpson's 1/3 rule", the default,
#        is exact for a constant: n cycles of a certain life, at utility 1 and without discounting, are n QALYs, as with
#        "half_cycle"; a cost of 1000 of a move is 1000 in whichever cycle the move happens.
# Seen:  the weights 4/3 and 2/3 are exchanged, 1/3 2/3 4/3 2/3 1/3, so that an even number of cycles counts 2/3 less: 3.33 for 4, 39.33
#        for 40. For an odd number, which the rule does not have, it is 1/3 less. The weights multiply
#        the rewards of moves as well, which are no integrals over time: 667 or 1333 for 1000, and 333 in the last cycle;
#        "half_cycle" pays 500 there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile heormodel==0.7.4
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import pandas as pd
from heormodel.models.markov import CohortSpec, MarkovModel

DRAW = pd.DataFrame({"unused": [0.0]}, index=pd.RangeIndex(1, name="iteration"))


def totals(cycles, transitions, transition_cost=None, **options):
    """Cost and QALYs of a life that is worth 1 a cycle."""
    model = MarkovModel(
        states=("alive", "dead"), interventions=("care",), n_cycles=cycles, discount_rate=0, **options,
        transitions_and_rewards=lambda *_: CohortSpec(np.array(transitions, float), np.zeros(2), np.array([1.0, 0]), transition_cost),
    )
    row = model.evaluate(DRAW).data.iloc[0]
    return float(row["cost"]), float(row["qaly"])


for cycles in (1, 2, 3, 4, 40):
    found = totals(cycles, np.eye(2))[1]
    half = totals(cycles, np.eye(2), cycle_correction="half_cycle")[1]
    print(cycles, "certain years:", round(found, 4), "with half_cycle", half)
    assert half == cycles and abs(cycles - found - (1 / 3 if cycles % 2 else 2 / 3)) < 1e-9
seen = []
for death in range(4):
    steps = np.array([np.eye(2)] * 4)
    steps[death, 0] = [0, 1]
    price = np.array([[0, 1000.0], [0, 0]])
    seen.append([round(totals(4, steps, price, **options)[0]) for options in ({}, {"cycle_correction": "half_cycle"}, {"cycle_correction": "none"})])
    print("a death in cycle", death + 1, "costs", seen[-1])
assert seen == [[667, 1000, 1000], [1333, 1000, 1000], [667, 1000, 1000], [333, 500, 1000]]
PY
