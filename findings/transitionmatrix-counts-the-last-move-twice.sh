#!/usr/bin/env bash
# transitionMatrix 0.5.1 (Python 3.11 or 3.12): a cohort estimate has the "probability" 2: the last move of the table counts twice.
#
# Expected, after a look at its source, from the textbook that it cites: the estimate is the share of those in a state at one time who
#        are in another one at the next, [0, 1] where the only one in A goes to B; an estimate without ci= has no
#        confidence interval; times are the numbers that are in the table, cohort_bounds their intervals.
# Seen:  the last row of the table is taken once in the loop and once after it: the last move counts twice, and its end counts as a
#        start one time early. Of two entities that is [0, 2] in the place of [0, 1]; of 200 a share is
#        0.0006 off, without a word. Without ci= it raises TypeError, wherever there are two intervals. Times are cut to
#        whole numbers: 0.2, 0.7 and 1.2 are 0, 0 and 1, and cohort_bounds count only by their number.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile transitionMatrix==0.5.1 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import pandas as pd
from transitionMatrix.estimators.cohort_estimator import CohortEstimator
from transitionMatrix.statespaces.statespace import StateSpace

STATES = StateSpace([("0", "A"), ("1", "B")])
INTERVAL = {"method": "goodman", "alpha": 0.05}


def estimate(histories, times, **options):
    rows = [(i, t, s) for i, history in enumerate(histories) for t, s in zip(times, history)]
    table = pd.DataFrame(rows, columns=["ID", "Time", "State"])
    return np.array(CohortEstimator(states=STATES, cohort_bounds=list(times), **options).fit(table))


def shares(histories, k):
    w = np.array(histories)
    return [[((w[:, k] == a) & (w[:, k + 1] == b)).sum() / max((w[:, k] == a).sum(), 1) for b in (0, 1)] for a in (0, 1)]


two = [[0, 1, 0], [0, 0, 1]]
found = estimate(two, (0, 1, 2), ci=INTERVAL)
print("two entities:", found.tolist(), "exact", np.array([shares(two, k) for k in (0, 1)]).tolist())
assert np.allclose(found[0], shares(two, 0)) and np.allclose(found[1], [[0, 2], [0.5, 0]])
assert np.allclose(shares(two, 1), [[0, 1], [1, 0]])

draw, many = np.random.default_rng(0), []
for _ in range(200):
    history = [0]
    for _ in range(3):
        history.append(int(draw.random() < (0.8 if history[-1] else 0.1)))
    many.append(history)
found = estimate(many, (0, 1, 2, 3), ci=INTERVAL)
print("200 entities, last step:", found[2].round(4).tolist(), "exact", np.round(shares(many, 2), 4).tolist())
assert np.allclose(found[0], shares(many, 0)) and 1e-4 < np.abs(found[2] - shares(many, 2)).max() < 0.02

try:
    estimate(two, (0, 1, 2))
    raise SystemExit("no interval is needed now")
except TypeError as error:
    print("without ci - TypeError:", error)
late = estimate(two, (0.2, 0.7, 1.2), ci=INTERVAL)
print("0.2, 0.7 and 1.2:", late.tolist())
assert not late[1].any() and late[0].max() >= 1
PY
