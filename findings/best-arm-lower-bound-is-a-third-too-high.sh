#!/usr/bin/env bash
# best_arm 0.1.1 (Python 3.11 or 3.12): the "lower bound" on the samples that hard bandits need is 4/3 of what they need.
#
# Guess: lower_bound(means) of two Gaussian arms of variance 1 is 8 / gap^2, from weights (1/2, 1/2), for every gap; of two Bernoulli arms
#        it is the maximum over the weights of Garivier & Kaufmann's formula, which SciPy finds.
# Seen:  so it is for a gap of 1 or 0.5. The bisection for the weights stops once an information is known to an absolute 1e-3: where all
#        of them are smaller it stops in its first step, and the weights are (1/4, 3/4) for every gap of 0.05 or less, the
#        bound 32/3 / gap^2. Track-and-stop draws arms by these weights. All of its own "uniform" Bernoulli bandits are such.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile best_arm==0.1.1 numpy==1.26.4 scipy==1.12.0 matplotlib==3.10.7
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from best_arm.environment import BernoulliEnvironment, NormalEnvironment
from best_arm.utils import _compute_w_star, lower_bound
from scipy.optimize import minimize_scalar

gaussian = NormalEnvironment(2, "linear")
for gap, ratio, weight in ((1, 1, 0.5), (0.5, 1, 0.5), (0.05, 4 / 3, 0.25), (0.02, 4 / 3, 0.25), (0.01, 4 / 3, 0.25)):
    means = [gap, 0.0]
    weights, bound = _compute_w_star(means, env=gaussian), lower_bound(means, env=gaussian)
    print("gap", gap, "weights", weights.round(3), "bound", bound, "for", 8 / gap**2)
    assert abs(bound * gap**2 / 8 - ratio) < 1e-3 and abs(weights[0] - weight) < 0.005


def information(p, q, w):
    """Garivier & Kaufmann's: w kl(p, m) + (1 - w) kl(q, m) at the mixture m."""
    m = w * p + (1 - w) * q
    return sum(share * (x * np.log(x / m) + (1 - x) * np.log((1 - x) / (1 - m))) for share, x in ((w, p), (1 - w, q)))


bernoulli = BernoulliEnvironment(2, "linear")
np.random.seed(0)
for means in ([0.8, 0.3], [0.5, 0.3], [0.32, 0.3], sorted(BernoulliEnvironment(2, "uniform").probs)):
    best = minimize_scalar(lambda w: -information(*means, w), bounds=(1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-12})
    bound = lower_bound(means, env=bernoulli)
    print("means", means, "bound", bound, "for", -1 / best.fun)
    hard = means[0] < 0.4
    assert 1.3 < -bound * best.fun < 1.35 if hard else abs(bound * best.fun + 1) < 1e-5
EOF
