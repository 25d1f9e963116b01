#!/usr/bin/env bash
# pymdptoolbox-roi 4.2.0: policy iteration ends with 0.75 for 2.00 where rewards are thousandths: it has a tolerance that pymdptoolbox's has not, against a span of values.
#
# Expected, after a look at its source: policy iteration of this fork of pymdptoolbox ends with an optimal policy and its exact value, as that of pymdptoolbox and as its own comment "don't need to worry
#        about epsilon values" says, in whatever unit rewards are.
# Seen:  it also ends once the span (largest less smallest change) of the values is below epsilon, 0.01 by default and not in the docstring, and keeps the policy it had. One may take 3 and be away
#        for three steps, or 2 at every step: with discount 0.999 it finds 2000 in units, and in thousandths ends after one iteration with "take 3", 0.751 for 2.000, for dense matrices, sparse
#        ones and iterative evaluation alike. The fifth argument, max_iter in pymdptoolbox, is epsilon: PolicyIteration(P, R, 0.9, None, 1000) has a tolerance of 1000.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pymdptoolbox-roi==4.2.0 numpy==2.3.5 scipy==1.16.3
"$work/venv/bin/python" -W ignore - <<'PY'
import itertools

import numpy as np
import scipy.sparse as sp
from mdptoolbox.mdp import PolicyIteration


def away_or_here(unit):
    """In state 0: take 3 and go round by 1, 2, 3, which pay nothing; or take 2 and stay."""
    P, R = np.zeros((2, 4, 4)), np.zeros((4, 2))
    P[0, 0, 1] = P[1, 0, 0] = 1
    P[:, 1, 2] = P[:, 2, 3] = P[:, 3, 0] = 1
    R[0] = 3 * unit, 2 * unit
    return P, R


def best(P, R, gamma):
    """The largest value of state 0 of all policies, each by its linear equations."""
    return max(np.linalg.solve(np.eye(4) - gamma * P[list(d), range(4)], R[range(4), list(d)])[0] for d in itertools.product((0, 1), repeat=4))


def run(P, R, gamma, *more, **options):
    found = PolicyIteration(P, R, gamma, *more, **options)
    found.run()
    return found.policy[0], found.V[0], found.iter


for unit, gamma, ends_early in ((1, 0.999, False), (0.001, 0.999, True), (0.001, 0.9, True), (1, 0.9, False)):
    P, R = away_or_here(unit)
    right = best(P, R, gamma)
    ways = {"dense": run(P, R, gamma), "sparse": run([sp.csr_matrix(p) for p in P], R, gamma), "iterative": run(P, R, gamma, eval_type=1)}
    print(f"unit {unit}, discount {gamma}: best {right:.4f}", {way: (int(a), round(float(v), 4), i) for way, (a, v, i) in ways.items()})
    for action, value, iterations in ways.values():
        assert (action == 0 and iterations == 1 and value < 0.5 * right) if ends_early else (action == 1 and abs(value / right - 1) < 1e-3)

P, R = away_or_here(1)
action, value, _ = run(P, R, 0.9, None, 1000)
print("with 1000 as the fifth argument:", int(action), round(float(value), 4), "for", round(best(P, R, 0.9), 4))
assert action == 0
PY
