#!/usr/bin/env bash
# contextualbandits 0.3.30: a doubly robust estimate is another one each time, 0.96, 1.43, 1.89 of rewards of 0 and 1.
#
# Guess: evaluateDoublyRobust is a function of its arguments (random_state has a default): of one log, one policy and
#        one array of reward estimates it gives one number; estimates that are right for every row, 1 and 0, give the value of
#        the policy itself.
# Seen:  the estimates of the new policy's actions are a view of the caller's array, to which the corrections are
#        added: the second call starts from the result of the first, and so on, over 1 for rewards in {0, 1}. To compare three
#        policies by one array of estimates the first one counts three times. Right estimates, 1 and 0, are replaced with draws
#        of Beta(3, 1) and Beta(1, 3) by default, in the caller's array as well (handle_invalid, as documented). Builds from
#        source: a C++ compiler and two minutes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile contextualbandits==0.3.30 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-learn==1.8.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from contextualbandits.evaluation import evaluateDoublyRobust

n = 1000
actions = np.random.default_rng(0).integers(0, 2, n)
log = dict(pred=np.zeros(n, dtype=int), X=np.ones((n, 1)), a=actions, r=(actions == 0).astype(float), p=np.full(n, 0.5))
matched = float(np.mean(actions == 0))
first = 0.5 + matched * (1 - 0.5) / 0.5  # by hand: the first arm always pays 1

estimates = np.full((n, 2), 0.5)
seen = [float(evaluateDoublyRobust(**log, reward_estimator=estimates)) for _ in range(3)]
fresh = [float(evaluateDoublyRobust(**log, reward_estimator=np.full((n, 2), 0.5))) for _ in range(3)]
print("one array three times:", np.round(seen, 4), "a new one each time:", np.round(fresh, 4), "by hand:", round(first, 4))
assert all(abs(value - first) < 1e-12 for value in fresh)
assert all(abs(value - (0.5 + k * matched)) < 1e-12 for k, value in enumerate(seen, 1)) and seen[2] > 1.8
assert abs(estimates[:, 0].mean() - seen[2]) < 1e-12

right = np.column_stack([np.ones(n), (actions == 0).astype(float)])
drawn = right.copy()
by_default = float(evaluateDoublyRobust(**log, reward_estimator=drawn))
kept = float(evaluateDoublyRobust(**log, reward_estimator=right, handle_invalid=False))
print("right estimates:", round(by_default, 4), "with handle_invalid=False:", kept, "mean of the array that was all 1:", round(float(drawn[:, 0].mean()), 4))
assert kept == 1.0 and abs(by_default - 1) > 0.01 and not (drawn[:, 1] == right[:, 1]).any()
PY
