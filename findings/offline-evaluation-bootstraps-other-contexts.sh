#!/usr/bin/env bash
# offline-evaluation 0.0.6 (Python 3.11 or 3.12): with bootstrap samples its direct method takes the rewards of other contexts: 0.5 for 1.
#
# Guess: the direct method and the doubly robust estimate of a policy that does in each context what pays 1 there are 1 with bootstrap
#        samples, which its intervals come from, as without them, in an interval of no width. An estimate of 0.004 is 0.004.
# Seen:  the rows of a sample are looked up by their place in the log: the policy's probabilities are those of the row's context, the
#        predicted reward is that of another row's. Of 200 rows with two contexts the direct method is 1 without and 0.51
#        with bootstrap samples, its interval 0.43 to 0.59; the doubly robust one is 1 with the width of plain IPS. Where the
#        index does not count from 0, as after a filter, both raise IndexError. Estimates are rounded to two digits after the
#        point: 0.004 is 0. (It asks for scikit-learn 0.24, of which Python 3.10 and later have no wheel; here 1.3.2.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile setuptools==79.0.1 wheel==0.45.1 numpy==1.26.4 scipy==1.12.0 pandas==2.2.3 scikit-learn==1.3.2
"$work/venv/bin/pip" install --quiet --no-compile --no-deps --no-build-isolation offline-evaluation==0.0.6
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
import pandas as pd
from ope.methods import direct_method, doubly_robust, inverse_propensity_scoring

np.random.seed(0)
rows = [{"context": {"kind": kind}, "action": a, "action_prob": 0.5, "reward": float(a == kind)} for kind in (0, 1) for a in (0, 1)] * 50
log = pd.DataFrame(rows)


def fitting(context):
    """The action that pays in this context, always."""
    return {0: 1.0 - context["kind"], 1: float(context["kind"])}


def value(method, log, samples):
    return method.evaluate(log, fitting, num_bootstrap_samples=samples)["expected_reward_new_policy"]


for method in (inverse_propensity_scoring, direct_method, doubly_robust):
    plain, sampled = value(method, log, 0), value(method, log, 20)
    print(method.__name__, "once:", plain["mean"], "| 20 bootstrap samples:", sampled)
    assert plain["mean"] == 1
    if method is direct_method:
        assert sampled["ci_high"] < 0.7
    else:
        assert 0.9 < sampled["mean"] < 1.1 and sampled["ci_high"] - sampled["ci_low"] > 0.15

for method in (direct_method, doubly_robust):
    try:
        value(method, log[log.index >= 100], 0)
        raise SystemExit("a filtered log is read now")
    except IndexError as error:
        print("of the second half, IndexError:", error)

small = inverse_propensity_scoring.evaluate(log.assign(reward=0.004 * log.reward), fitting)["expected_reward_new_policy"]
print("IPS of rewards of 0.004:", small)
assert small["mean"] == 0
EOF
