#!/usr/bin/env bash
# skdr-eval 0.12.0 (Python 3.11 to 3.13): the doubly robust value of a policy worth 1 is 0.625 with true propensities, by default; pseudo-inverse IPS never asks how slates were logged.
#
# Guess (30 November 2026, 19:37, blind): with known propensities DR and SNDR of a contextual bandit are unbiased; for the logging policy
#        as the target every estimator is the mean of what was logged.
# Seen:  of the clips 2, 5, ..., inf the one of least "MSE" is taken, in which the bias is left out, so that the smallest clip always wins: weights
#        of 4 count as 2, and of the gain of 0.75 over the logged mean half is left, 58 of its standard errors below. SNDR
#        is right here. Its outcome model is one of E[Y|x], the same for all actions; an array of q(x, a), which a comment says is
#        supported, is a ValueError. pseudo_inverse_ips inverts the target's matrix and reads no logging probability: a slate
#        of two is worth 1/3 for 2/3 under the logging policy itself, and 1/3 for 1 under the best one; the other slate estimators are right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile skdr-eval==0.12.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from itertools import permutations

import numpy as np
import pandas as pd
from skdr_eval.core import dr_value_with_clip
from skdr_eval.slate import pseudo_inverse_ips, reward_interaction_ips, slate_cascade_dr, slate_standard_ips

# Four actions, logged equally often; the first pays 1, the others 0; the target always takes the first.
n = 10_000
action = np.arange(n) % 4
reward = (action == 0) * 1.0
logged = dict(propensities=np.full((n, 4), 0.25), Y=reward, A=action, elig=np.ones((n, 4)))
first = np.tile([1.0, 0, 0, 0], (n, 1))
found = dr_value_with_clip(policy_probs=first, q_hat=np.full(n, 0.25), **logged)
dr, sndr = found["DR"], found["SNDR"]
print("DR", dr.V_hat, "standard error", round(dr.SE_if, 4), "clip", dr.clip, "SNDR", sndr.V_hat)
assert dr.V_hat == 0.625 and dr.clip == 2 and 57 < (1 - dr.V_hat) / dr.SE_if < 59 and sndr.V_hat == 1
unclipped = dr_value_with_clip(policy_probs=first, q_hat=np.full(n, 0.25), clip_grid=(float("inf"),), **logged)
assert unclipped["DR"].V_hat == 1
try:
    dr_value_with_clip(policy_probs=first, q_hat=first, **logged)
except ValueError as error:
    print("q(x, a):", error)
else:
    raise SystemExit("changed: q_hat by action is taken")

# All slates of two of three items, each logged once; item 0 is clicked wherever it stands.
slates = [list(slate) for slate in permutations(range(3), 2)]
clicks = [[int(item == 0) for item in slate] for slate in slates]
logs = pd.DataFrame({"slate": slates, "clicks": clicks, "reward": [sum(row) for row in clicks], "logging_prob": 1 / 6})


def values(whole, by_rank):
    return [
        round(result.V_hat, 9)
        for result in (
            slate_standard_ips(logs, whole),
            reward_interaction_ips(logs, by_rank),
            slate_cascade_dr(logs, by_rank, np.zeros((6, 2, 3))),
            pseudo_inverse_ips(logs, by_rank),
        )
    ]


uniform = values(lambda slate: 1 / 6, lambda rank, item: 1 / 3)
fixed = values(lambda slate: float(slate == [0, 1]), lambda rank, item: float(rank == item))
print("IPS, RIPS, Cascade-DR, PI-IPS: as logged", uniform, "always 0, 1", fixed)
assert uniform == [round(2 / 3, 9)] * 3 + [round(1 / 3, 9)]
assert fixed == [1, 1, 1, round(1 / 3, 9)]
PY
