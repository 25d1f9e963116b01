#!/usr/bin/env bash
# hopes 0.0.5, numpy 1.26.4: off-policy estimates that are the same for every target policy, since the logged actions are not asked for.
#
# Guess: InverseProbabilityWeighting is the mean of pi_e(a | s) / pi_b(a | s) r over the log, as its docstring says, and the
#        trajectory-wise and per-decision estimators have the products of these ratios: of two arms, logged with 1/2
#        each, where the first pays 1, a target policy with p on it has the value p, over episodes of two steps 2p.
# Seen:  set_parameters takes the probabilities of all actions, and no actions; the weights of all actions count. With
#        two actions and a uniform log, IPW and its self-normalised form are the mean reward of the log, 0.5 for p = 0.9
#        and for p = 0.1, with intervals around it; the estimators for trajectories weigh with the product over all actions,
#        0.36 a step for both policies. No warning. With set_importance_ratios, the ratios of the actions taken,
#        those for trajectories are right; IPW leaves them aside.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
# what it declares has torch, onnx and boto3; the estimators import torch and do not use it: an empty module stands for it
"$work/venv/bin/pip" install --quiet --no-compile numpy==1.26.4 scipy==1.16.3 pandas==2.2.2 scikit-learn==1.7.2
"$work/venv/bin/pip" install --quiet --no-compile --no-deps hopes==0.0.5
cd "$work"
printf 'class Tensor:\n    pass\n' > torch.py
PYTHONPATH="$work" "$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from hopes.ope.estimators import (
    InverseProbabilityWeighting,
    PerDecisionImportanceSampling,
    SelfNormalizedInverseProbabilityWeighting,
    TrajectoryWiseImportanceSampling,
)

steps = 40_000
actions = np.random.default_rng(0).integers(0, 2, steps)
rewards = (actions == 0).astype(float)
log = np.full((steps, 2), 0.5)
for p in (0.9, 0.1):
    target = np.tile([p, 1 - p], (steps, 1))
    taken = target[np.arange(steps), actions] / 0.5
    assert abs(np.mean(taken * rewards) - p) < 0.02  # what the docstring says
    found = {}
    for estimator in (
        InverseProbabilityWeighting(),
        SelfNormalizedInverseProbabilityWeighting(),
        TrajectoryWiseImportanceSampling(steps_per_episode=2),
        PerDecisionImportanceSampling(steps_per_episode=2),
    ):
        name = type(estimator).__name__
        estimator.set_parameters(target, log, rewards)
        found[name] = float(estimator.estimate_policy_value())
        interval = estimator.estimate_policy_value_with_confidence_interval(method="t-test")
        found[name, "interval"] = interval["lower_bound"], interval["upper_bound"]
        estimator.set_importance_ratios(taken)
        found[name, "ratios"] = float(estimator.estimate_policy_value())
        print(f"p = {p}: {name:42} {found[name]:.3f}, with the ratios {found[name, 'ratios']:.3f}")
    for name in ("InverseProbabilityWeighting", "SelfNormalizedInverseProbabilityWeighting"):
        assert abs(found[name] - rewards.mean()) < 1e-9 and found[name, "ratios"] == found[name]
    low, high = found["InverseProbabilityWeighting", "interval"]
    assert low < 0.5 < high and not low < p < high
    for name in ("TrajectoryWiseImportanceSampling", "PerDecisionImportanceSampling"):
        assert abs(found[name] - 0.36**2) < 0.01 and abs(found[name, "ratios"] - 2 * p) < 0.06
PY
