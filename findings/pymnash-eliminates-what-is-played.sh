#!/usr/bin/env bash
# pymnash 1.0, sympy 1.14.0: find_pure() finds nothing; iesds() eliminates an action that is played in equilibrium; a family of equilibria is lost, another one too large.
#
# Expected, after a look at its source: find_pure() "returns a list" of the pure equilibria of the prisoner's dilemma. iesds() finds "strictly dominated strategies (so any
#        Nash equilibria do not involve those strategies)". find_all_equilibria() has every equilibrium of a two by two game, also where
#        there are families of them.
# Seen:  find_pure has a yield for its other format, and so its list is what a generator returns: nothing comes. An action that pays 1 always,
#        beside two that pay 2 or 0, ties with their even mix and is eliminated: the library's own equilibria play it with
#        probability 1. A family is tried at its even mix alone: of a row player who is indifferent, and a column player who
#        goes left up to 1/4, "left, with any p up to 1/4" is not found, and "right" is given for every p, where it is one from 1/4 on.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile setuptools==80.9.0 wheel==0.45.1 hatchling==1.27.0 numpy==2.3.5 sympy==1.14.0
"$tmp/v/bin/pip" install --quiet --no-compile --no-deps pymnash==1.0
"$tmp/v/bin/python" - <<'PY'
import numpy as np
from pymnash.game import Game

dilemma = Game(np.array([[[3.0, 3.0], [0.0, 5.0]], [[5.0, 0.0], [1.0, 1.0]]]))
print("find_pure:", list(dilemma.find_pure()), "- simple=False:", list(dilemma.find_pure(simple=False)))
assert list(dilemma.find_pure()) == [] and list(dilemma.find_pure(simple=False)) == [[{1: 1.0}, {1: 1.0}]]

meet = Game(np.array([[[2.0, 2.0], [0.0, 0.0]], [[0.0, 0.0], [2.0, 2.0]], [[1.0, 1.0], [1.0, 1.0]]]))
found = list(meet.find_all_equilibria())
print("eliminated:", meet.iesds(), "- equilibria with action 2 alone:", [e for e in found if e[0] == {2: 1}])
assert meet.iesds()[0] == [2] and any(e[0] == {2: 1} for e in found)
even = np.array([0.5, 0.5]) @ meet.payoffs[:2, :, 0]              # its best mix of the others ties with it: not strict
assert (even == meet.payoffs[2, :, 0]).all()

# The row player is indifferent; the column player has 1 - p on the left and 3 p on the right, p the probability of the second row.
A, B = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 3.0]])
game = Game(np.stack([A, B], axis=2))
def equilibrium(p, q):
    x, y = np.array([1 - p, p]), np.array([1 - q, q])
    return np.isclose(x @ A @ y, (A @ y).max()) and np.isclose(x @ B @ y, (x @ B).max())
found = list(game.find_all_equilibria())
print("found:", found)
assert equilibrium(0.1, 0) and not equilibrium(0.1, 1) and equilibrium(0.4, 1)
left = [e for e in found if e[1] == {0: 1} and len(e[0]) == 2]
right = [e for e in found if e[1] == {1: 1} and len(e[0]) == 2]
assert left == [] and len(right) == 1 and str(right[0][0][1]) == "prob_0_1"
PY
