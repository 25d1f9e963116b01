#!/usr/bin/env bash
# arhmm 0.0.5, numpy 2.4.6, scipy 1.17.1 (Python 3.11 to 3.13): training that says it has converged returns the model of its first step; probabilities of pairs of phases add up to anything.
#
# Guess (30 November 2026, 20:02, blind): the log-likelihood is that of an enumeration of all hidden paths, and (from the
#        name) train_arhmm() returns the last, likeliest model.
# Seen:  the log-likelihood is right. train_arhmm() keeps the model of its first step and returns it once a later one gains less than f_tol, or
#        loses; where none does within n_max_iter it is an AssertionError. The probability of two phases in a row takes the density of
#        staying where x is for that of the step that x made: sums of 0.16 to 0.92 for 1, so that the steps are no EM, and
#        the log-likelihood falls from -760.6 to -781.6, which is convergence.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile arhmm==0.0.5 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from itertools import product
from math import log

import numpy as np
from arhmm.core import ARHMM, train_arhmm
from arhmm.propagator import Propagator

ONE = np.eye(1)
rng = np.random.default_rng(1)


def start():
    # Columns are the phase that one comes from; the first phase begins. x moves up, then down.
    up, down = Propagator(1, ONE.copy(), ONE * 0.25, np.array([1.0])), Propagator(1, ONE.copy(), ONE * 0.25, np.array([-1.0]))
    return ARHMM(np.array([[0.7, 0.3], [0.3, 0.7]]), [up, down])


def sample(steps):
    phase, x = 0, [0.0]
    for _ in range(steps):
        x.append(x[-1] + (1.0, -1.0)[phase] + 0.5 * rng.normal())
        phase = phase if rng.random() < 0.7 else 1 - phase
    return np.array(x)[:, None]


def enumerated(model, xs):
    """The likelihood, and the probabilities of pairs of phases."""
    steps = len(xs) - 1
    weights = {}
    for path in product((0, 1), repeat=steps):
        weight = float(path[0] == 0)
        for t, phase in enumerate(path):
            weight *= model.props[phase].transition_prob(xs[t], xs[t + 1])
            weight *= model.A[phase, path[t - 1]] if t else 1
        weights[path] = weight
    total = sum(weights.values())
    pairs = np.zeros((steps - 1, 2, 2))
    for path, weight in weights.items():
        for t in range(steps - 1):
            pairs[t, path[t], path[t + 1]] += weight / total
    return log(total), pairs


xs = sample(8)
hidden, likelihood = start().expect_hs(xs)
truth, pairs = enumerated(start(), xs)
sums = [float(found.sum()) for found in hidden.zz_ests]
print("log-likelihood", round(likelihood, 6), "enumerated", round(truth, 6), "| pairs add up to", [round(s, 3) for s in sums])
assert abs(likelihood - truth) < 1e-9 and np.allclose(pairs.sum((1, 2)), 1)
assert 0.15 < min(sums) < 0.17 and 0.91 < max(sums) < 0.92

data = [sample(60) for _ in range(10)]
trained = train_arhmm(start(), data, f_tol=1e-3, n_max_iter=50)
print("log-likelihoods recorded", [round(x, 1) for x in trained.logilikeli_sum_seq])
hs, _ = start().expect_hs_list(data)
first = ARHMM.construct_by_maximization(hs, data)
print("returned is the model of the first step:", trained.arhmm == first, trained.arhmm.A.round(3).tolist())
recorded = trained.logilikeli_sum_seq
assert trained.arhmm == first and len(recorded) == 3 and recorded[2] < recorded[1] - 20
try:
    train_arhmm(start(), data, f_tol=1e-3, n_max_iter=2)
except AssertionError:
    print("n_max_iter=2: AssertionError")
else:
    raise SystemExit("changed: training ends without convergence")
PY
