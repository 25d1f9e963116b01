#!/usr/bin/env bash
# noregret 0.0.0.dev17, numpy 2.4.6, scipy 1.17.1 (Python 3.12 or 3.13): discounted regret matching averages its strategies evenly: 0.7495 for 0.937 of a strategy that is played from the 501st of 1,000 rounds on.
#
# Guess (30 November 2026, 22:55, blind only in that averages come to an equilibrium; the weights were asked after its source was read): average strategies are those of the papers; of discounted CFR (Brown and Sandholm 2019), gamma = 2, that
#        of round t has the weight t^2.
# Seen:  the paper multiplies the sum so far by (t / (t + 1))^2 in each round; here the new strategy alone is multiplied by it, and the sum stays: weights of
#        1/4, 4/9, ..., 0.998, that is all but 1. DiscountedCounterfactualRegretMinimization has the same average. Regrets are discounted as in the paper, and
#        RegretMatching(gamma=2) weighs with t^2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps noregret==0.0.0.dev17 numpy==2.4.6 scipy==1.17.1 ordered-set==4.1.0 orjson==3.11.9 tqdm==4.67.3 open-spiel==1.6.15 absl-py==2.3.1 attrs==25.3.0 ml-collections==1.1.0 pyyaml==6.0.2 pokerkit==0.7.7 gurobipy==13.0.3 # not CUDA and MKL
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import noregret

ROUNDS = 1000
weights = np.arange(1, ROUNDS + 1)[:, None] ** 2


def played(minimizer):
    """The first action pays from the second half on."""
    strategies = []
    for t in range(ROUNDS):
        strategies.append(minimizer.output().copy())
        minimizer.observe(np.array([1.0, 0.0]) if t >= ROUNDS // 2 else np.zeros(2))
    strategies = np.array(strategies)
    return minimizer.average_strategy[0], (strategies * weights).sum(0)[0] / weights.sum(), strategies.mean(0)[0]


kernel = noregret.FPKer()
average, squared, even = played(noregret.DRM(kernel, 2))
print("discounted regret matching", average, "weights t^2", squared, "even weights", even)
assert abs(average - even) < 2e-3 and abs(squared - 0.937) < 1e-3
average, squared, _ = played(noregret.RM(kernel, 2, gamma=2))
print("regret matching, gamma 2", average, "weights t^2", squared)
assert abs(average - squared) < 1e-9
PY
