#!/usr/bin/env bash
# pyrandwalk 1.1: of two absorbing ends one is "recurrent" and the other no class at all; the final distribution of a fair walk is (1, 0, 0, 0, 0).
#
# Guess: (blind) get_typeof_classes() has all classes with their kinds, of the gambler's ruin {0} and {4} as recurrent; final_dist() is
#        the limit from its uniform start, (1/2, 0, 0, 0, 1/2), which prob_sec() starts from as well, or says that there are several.
# Seen:  the dictionary has one entry for each kind, in which the last class replaces the others. final_dist() is one of the two stationary distributions,
#        without a word. A row counts as closed when its sum is exactly 1 in floating point: three states with the chances 0.2, 0.7 and 0.1 are a transient class. The
#        optimal stopping of best_policy() is right on five walks with payoffs, costs and discounts.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile pyrandwalk==1.1 numpy==2.3.5 networkx==3.6.1 matplotlib==3.10.7
cd "$tmp"
MPLBACKEND=agg "$tmp/v/bin/python" -W error - <<'PY'
import numpy as np
from pyrandwalk import RandomWalk

T = np.zeros((5, 5))
T[0, 0] = T[4, 4] = 1
for i in (1, 2, 3):
    T[i, i - 1] = T[i, i + 1] = 0.5
walk = RandomWalk(list(range(5)), T)
classes = {kind: found[0] for kind, found in walk.get_typeof_classes().items()}
limit = np.full(5, 0.2) @ np.linalg.matrix_power(T, 1000)
print("classes:", classes, "- final:", walk.final_dist(), "for", limit.round(6))
assert len(classes["recurrent"]) == 1 and sorted(classes["transient"]) == [1, 2, 3]
assert np.allclose(sorted(walk.final_dist()), [0, 0, 0, 0, 1]) and np.allclose(limit, [0.5, 0, 0, 0, 0.5])
assert abs(walk.prob_sec([1, 2, 3]) - 0.2 * 0.25) < 1e-12

three = RandomWalk([0, 1, 2], np.tile([0.2, 0.7, 0.1], (3, 1)))
kinds = list(three.get_typeof_classes())
print("chances 0.2, 0.7, 0.1:", kinds, "irreducible:", three.is_irreducible())
assert kinds == ["transient"] and three.is_irreducible()

for payoff, cost, discount in (([0, 2, 1, 4, 0], 0, 1), ([0, 2, 4, 4, 0], 0, 1), ([0, 1, 2, 5, 0], 0.5, 1), ([0, 4, 1, 5, 0], 0, 0.8), ([0, 1, 1, 5, 0], 1, 0.9)):
    value = np.array(payoff, float)
    for _ in range(2000):
        value = np.maximum(payoff, discount * T @ value - cost)
    policy = RandomWalk(list(range(5)), T, payoff=payoff, cost=[cost] * 5, discount=discount).best_policy()
    assert policy["continue"] == [i for i in range(5) if value[i] > payoff[i] + 1e-9]
PY
