#!/usr/bin/env bash
# tucoopy 0.1.0: the per-capita, proportional and disruption nucleolus minimize the plain excess: none of 60 games has the smallest per-capita excess.
#
# Expected, after a look at its source: the nucleolus and its variants are what they are called: of all allocations of v(N) the per-capita nucleolus has the smallest
#        largest value of (v(S) - x(S)) / |S|, the proportional one that of (v(S) - x(S)) / v(S).
# Seen:  the linear programs of the variants bound v(S) - x(S), the custom excess is used only to look which coalitions are tight. In all of 60 games of four players, each
#        worth nothing alone, another allocation has a smaller largest per-capita excess: (6, 6, 6, 6) has -2.00, and -2.25 is to be had. The pre-nucleolus itself is right in all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile tucoopy==0.1.0 numpy==2.3.5 scipy==1.16.3
"$work/venv/bin/python" - <<'PY'
import random

import numpy as np
from scipy.optimize import linprog
from tucoopy import Game
from tucoopy.solutions.nucleolus import disruption_nucleolus, per_capita_nucleolus, prenucleolus, proportional_nucleolus

N, PROPER = 4, range(1, 15)


def members(S):
    return [float(S >> i & 1) for i in range(N)]


def largest(v, x, weight):
    return max((v[S] - np.dot(members(S), x)) / weight(S) for S in PROPER if weight(S) > 0)


def least(v, weight):
    """The smallest largest excess of all allocations of v(N), by one linear program."""
    rows = [S for S in PROPER if weight(S) > 0]
    found = linprog([0] * N + [1], A_ub=[[-m for m in members(S)] + [-weight(S)] for S in rows], b_ub=[-v[S] for S in rows],
                    A_eq=[[1] * N + [0]], b_eq=[v[15]], bounds=[(None, None)] * (N + 1))
    assert found.status == 0
    return found.fun


random.seed(1)
games = []
while len(games) < 60:
    v = {S: float((0, 0, 1, 2, 0)[S.bit_count()] * random.randint(1, 6)) for S in range(15)}
    games.append(v | {15: 24.0})

KINDS = {
    "plain": (prenucleolus, lambda v: lambda S: 1.0),
    "per capita": (per_capita_nucleolus, lambda v: lambda S: float(S.bit_count())),
    "proportional": (proportional_nucleolus, lambda v: lambda S: v[S]),
    "disruption": (disruption_nucleolus, lambda v: lambda S: sum(v[15] - v[15 ^ (1 << i)] for i in range(N) if S >> i & 1)),
}
wrong = {}
for kind, (solve, weights) in KINDS.items():
    wrong[kind] = 0
    for v in games:
        x, weight = solve(Game(n_players=N, v=v)).x, weights(v)
        assert abs(sum(x) - 24) < 1e-6
        here, there = largest(v, x, weight), least(v, weight)
        assert here > there - 1e-7
        wrong[kind] += here > there + 1e-6
    print(f"{kind}: another allocation has a smaller largest excess in {wrong[kind]} of {len(games)} games")
assert wrong["plain"] == 0 and wrong["per capita"] > 50 and wrong["proportional"] > 10 and wrong["disruption"] > 5

v = dict(enumerate([0, 0, 0, 1, 0, 4, 6, 12, 0, 6, 0, 4, 0, 6, 12, 24]))
weight = KINDS["per capita"][1](v)
x = per_capita_nucleolus(Game(n_players=N, v=v)).x
other = [5.25, 5.75, 7.75, 5.25]
print("one of them:", np.round(x, 6), "largest per-capita excess", round(largest(v, x, weight), 6), "|", other, "has", round(largest(v, other, weight), 6))
assert abs(largest(v, x, weight) + 2) < 1e-9 and abs(largest(v, other, weight) + 2.25) < 1e-9
PY
