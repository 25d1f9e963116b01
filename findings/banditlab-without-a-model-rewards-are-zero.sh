#!/usr/bin/env bash
# banditlab 1.1.0 (Python 3.11 or 3.12): without estimated rewards the direct method says that every policy is worth 0, and the doubly robust estimate is importance sampling.
#
# Guess: (blind) OPEEvaluator(["ips", "snips", "dm", "dr"]).evaluate(feedback, action_dist) gives the textbook's four numbers with estimated rewards, and
#        without them, which its last argument allows, an error for the two that need them, as obp gives, on which it can fall back.
# Seen:  with them all four are right, and the effective sample size. Without them the model is taken for 0 everywhere: "dm" is 0.0, a number among
#        numbers in a table that ranks policies, and "dr" is "ips" to the last digit under another name. No warning.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile banditlab==1.1.0 numpy==2.4.6 pandas==2.3.3 scipy==1.17.1 scikit-learn==1.7.2
cd "$tmp"
"$tmp/v/bin/python" -W error - <<'PY'
import numpy as np
from mab_framework.experiment.ope_evaluator import OPEEvaluator

action, chance = np.array([0, 1, 0, 1, 1, 0]), np.array([0.5, 0.5, 0.8, 0.2, 0.4, 0.6])
reward = np.array([1.0, 0, 0, 1, 1, 0])
target, model = np.tile([0.3, 0.7], (6, 1)), np.tile([0.6, 0.2], (6, 1))
feedback = dict(n_rounds=6, n_actions=2, context=np.zeros((6, 1)), action=action, reward=reward, pscore=chance, position=None)
rows = np.arange(6)
weight = target[rows, action] / chance
dm = (target * model).sum(1).mean()
book = dict(ips=(weight * reward).mean(), snips=(weight * reward).sum() / weight.sum(), dm=dm,
            dr=dm + (weight * (reward - model[rows, action])).mean(), ess=weight.sum() ** 2 / (weight**2).sum())
evaluator = OPEEvaluator(["ips", "snips", "dm", "dr"])
full = evaluator.evaluate(feedback, target, model)
bare = evaluator.evaluate(feedback, target)
for name in book:
    print(f"{name}: {book[name]:.4f} by hand, {full[name]:.4f} with a model, {bare[name]:.4f} without")
    assert abs(full[name] - book[name]) < 1e-12
assert bare["dm"] == 0 and bare["dr"] == bare["ips"] == full["ips"]
PY
