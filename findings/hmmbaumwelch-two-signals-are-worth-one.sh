#!/usr/bin/env bash
# hmmBaumWelch 0.0.1, numpy 1.26.0, scipy 1.15.3 (Python 3.11 or 3.12): two independent signals for a state, each right with 9/10, make it 9/10 likely for 81/82; learning the emissions raises an IndexError.
#
# Guess (30 November 2026, 20:02, blind): the probabilities of states given "O_1, ..., O_R", as its attributes say, and the likelihood
#        are those of an enumeration of all hidden paths.
# Seen:  with one observed variable they are. With more of them each is smoothed alone, and the posteriors are averaged: evidence
#        does not add up, and two that contradict each other by 9/10 and 3/5 make 0.65 for 6/7. With update_B=True
#        the updated table has lost the values that its columns are for, and the next step looks for them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile hmmBaumWelch==0.0.1 numpy==1.26.0 scipy==1.15.3
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from itertools import product
from math import prod

import numpy as np
from hmmBaumWelch import BaumWelch
from scipy.stats import bernoulli

STAY = np.array([[0.8, 0.2], [0.2, 0.8]])


def posterior(signals, rights, moves):
    """P(state 1 at each time | all signals): the package's and by enumeration."""
    priors = [[bernoulli(1 - right), bernoulli(right)] for right in rights]
    model = BaumWelch(N=2, O_list=signals, pi=[0.5, 0.5], A=moves, B_list=priors)
    model.forwards_backwards_algorithm()
    found = model.Z_state_probs_inference()[3][1]
    times = len(signals[0])
    weights = {}
    for path in product((0, 1), repeat=times):
        seen = prod(right if o == z else 1 - right for o_r, right in zip(signals, rights) for o, z in zip(o_r, path))
        weights[path] = 0.5 * prod(moves[a, b] for a, b in zip(path, path[1:])) * seen
    total = sum(weights.values())
    return found, np.array([sum(w for path, w in weights.items() if path[t]) / total for t in range(times)])


coin = np.full((2, 2), 0.5)
one, truth = posterior([[1, 1, 0]], [0.9], STAY)
print("one signal", one.round(4), "enumerated", truth.round(4))
assert np.allclose(one, truth)
for name, signals, rights, expected in (
    ("two that agree", [[1, 0], [1, 0]], [0.9, 0.9], (0.9, 81 / 82)),
    ("9/10 for, 3/5 against", [[1, 0], [0, 1]], [0.9, 0.6], (0.65, 6 / 7)),
):
    found, truth = posterior(signals, rights, coin)
    print(name, found.round(4), "enumerated", truth.round(4))
    assert np.allclose([found[0], truth[0]], expected)

model = BaumWelch(N=2, O_list=[[1, 1, 0, 1]], pi=[0.5, 0.5], A=STAY, B_list=[[bernoulli(0.1), bernoulli(0.9)]])
try:
    model.baumwelch_expectationMaximisation(iter=3, update_pi=True, update_A=True, update_B=True)
except IndexError as error:
    print("update_B: IndexError:", error)
else:
    raise SystemExit("changed: emissions are learned")
PY
