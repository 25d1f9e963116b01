#!/usr/bin/env bash
# mabalgs 0.6.8: the Monte Carlo simulator runs one simulation and one pull fewer than asked and divides by all: 9 for 11; Thompson sampling forgets each arm's first failure.
#
# Guess: MonteCarloSimulator().run("ths", {0: [1.0, 1.0]}, 10, 11), of arms
#   that always pay, collects 11 (the mean over 10 simulations of 11 pulls);
#   with one simulation too. In each step the arms' shares sum to 1. The
#   posterior of Thompson sampling after one failure in one pull is Beta(1, 2),
#   of mean 1/3.
# Seen: 9.0, and 0 with one simulation: range(1, n) leaves out one simulation
#   and one pull, and the sum is divided by n. The shares of each step sum to
#   0.9, those of the first step to 0. (The README's charts, of 1000, are 0.1
#   percent low.) In ThompsomSampling an arm starts with one pull and one
#   reward, Beta(1, 0), where 0 is replaced by 1: so no failure and one
#   failure are both Beta(1, 1), and after s successes and f failures it is
#   Beta(1 + s, max(f, 1)). After one failure the mean is 1/2.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile setuptools==80.9.0 wheel==0.45.1 numpy==2.3.5
"$tmp/v/bin/pip" install --quiet --no-compile --no-build-isolation mabalgs==0.6.8
"$tmp/v/bin/python" - <<'PY'
import numpy as np
from mab.algs import ThompsomSampling
from mab.simulator import MonteCarloSimulator

np.random.seed(0)
for sims in (10, 1, 1000):
    n, pulls, shares, total = MonteCarloSimulator().run("ths", {0: [1.0, 1.0]}, sims, 11)
    print(f"{sims} simulations of 11 pulls that pay 1: {total[-1]:.3f}, shares of the first steps sum to", shares.sum(axis=1)[:3])
    assert np.isclose(total[-1], (sims - 1) / sims * 10)
    assert shares[0].sum() == 0 and np.allclose(shares[1:].sum(axis=1), (sims - 1) / sims)

# The posterior it draws from, arm 0 of two, after s successes and f failures.
def posterior(s, f):
    seen, beta = [], np.random.beta
    alg = ThompsomSampling(2)
    for k in range(s + f):
        alg.n_impressions[0] += 1             # what select() does for the arm it takes
        if k < s:
            alg.reward(0)
    np.random.beta = lambda a, b: seen.append((float(a[0]), float(b[0]))) or beta(a, b)
    alg.select()
    np.random.beta = beta
    return seen[0]
for s, f in ((0, 0), (0, 1), (0, 2), (3, 0), (3, 1)):
    print(f"{s} successes, {f} failures: Beta{posterior(s, f)} for Beta({1 + s}, {1 + f})")
    assert posterior(s, f) == (1 + s, max(f, 1))
PY
