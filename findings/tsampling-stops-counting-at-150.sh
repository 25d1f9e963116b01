#!/usr/bin/env bash
# tsampling 0.0.1 (Python 3.11 to 3.13): after 1,000 draws of a Poisson arm of mean 3 its posterior mean is 21; a beta prior of mean 1/10 that is worth 5 draws cannot be drawn from.
#
# Guess (30 November 2026, 20:42, blind): Thompson sampling as in the book: Gamma(a + sum, b + n) for Poisson rewards, Beta(a + wins, b + losses)
#        for rewards of 0 and 1.
# Seen:  with Bernoulli rewards and its own priors it is. The scale 1 / (b + n) of a Poisson arm is rounded to four digits after the point at every
#        reward, which from 0.0071 on, after some 150 rewards, leaves it as it is, while the shape goes on growing: the more often an arm is
#        drawn the better it looks, and of two arms of means 3 and 4 the first one pulled a thousand times is preferred
#        for ever. Prior parameters are rounded to whole numbers: Beta(0.5, 4.5) is Beta(0, 4), a ValueError when an arm is chosen.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==2.3.3 matplotlib seaborn
"$work/venv/bin/pip" install --quiet --no-compile --no-deps tsampling==0.0.1 # it asks for the package typing, which current Pythons do not build
cd "$work"
MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from tsampling.bernoulli import BernoulliExperiment
from tsampling.poisson import PoissonExperiment
from tsampling.priors import BetaPrior

rng = np.random.default_rng(0)
experiment = PoissonExperiment(arms=2, labels=["three", "four"])
means, n, total = {}, 0, 0
for upto in (10, 100, 200, 1000):
    draws = rng.poisson(3, upto - n)
    experiment.add_rewards([{"label": "three", "reward": int(x)} for x in draws])
    n, total = upto, total + int(draws.sum())
    found = experiment.posteriors["three"]
    means[n] = found["shape"] * found["scale"]
    print(n, "rewards: posterior mean", round(means[n], 3), "for", round((0.001 + total) / (0.001 + n), 3), "scale", found["scale"])
assert abs(means[10] - 3) < 1 and abs(means[100] - 3) < 0.5 and 3.9 < means[200] < 4.6 and 20 < means[1000] < 22
experiment.add_rewards([{"label": "four", "reward": int(x)} for x in rng.poisson(4, 50)])
chosen = {experiment.choose_arm() for _ in range(1000)}
print("beside an arm of mean 4 that was drawn 50 times, chosen:", chosen)
assert chosen == {"three"}

coin = BernoulliExperiment(arms=1).add_rewards([{"label": "option1", "reward": x} for x in (1, 1, 0)])
assert coin.posteriors["option1"] == {"a": 3, "b": 2}
prior = BetaPrior().add_one(mean=0.1, variance=0.01, effective_size=5, label="rare")
print("a prior of mean 0.1 worth 5 draws:", prior.priors["rare"])
assert prior.priors["rare"] == {"a": 0, "b": 4}
try:
    BernoulliExperiment(priors=prior).choose_arm()
except ValueError as error:
    print("ValueError:", error)
else:
    raise SystemExit("changed: the prior is drawn from")
PY
