#!/usr/bin/env bash
# sentil 0.3.1: statistical checks with the seeds 1, 2, 3 … share all samples but one: the mean of ten runs of 1,000 is as uncertain as one run.
#
# Guess: probabilities are right within their intervals (1 December 2026, 02:34, blind; they are); runs with different seeds are independent (written after a
#        first run, whose Clopper-Pearson intervals covered 2,000 times of 2,000).
# Seen:  sample i of seed s is that of seed s + i: 200 samples with the seed s are the 200 single samples of the seeds s to s + 199. The means of 1,000 runs of 200
#        samples with the seeds 0 to 999 have a standard deviation of 0.014 about the truth for 0.026, 0.026 again with seeds 7,919 apart; the default seed
#        is 42, so that a second opinion with 43 is the first one. Pooling runs of consecutive seeds, as repeated experiments do, gains
#        nothing, and agreement among them proves nothing. The documentation calls it "seed" alone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile sentil==0.3.1 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" - <<'PY'
from statistics import NormalDist, mean, pstdev

from sentil import Formula, LiftingRegistry, NoiseModel, SmcConfig, Trace

trace = Trace(list(range(10)), {"x": [0.3] * 10})
noise = LiftingRegistry()
noise.register("x", NoiseModel.gaussian(0.0, 0.3))
positive = Formula.parse("P>=0.2 (x > 0)")
right = NormalDist().cdf(1)


def successes(samples, seed):
    return positive.check(trace, noise, SmcConfig(samples=samples, seed=seed)).satisfactions


single = [successes(1, seed) for seed in range(1, 1300)]
for seed in (1, 2, 42, 43, 1000):
    assert successes(200, seed) == sum(single[seed - 1 : seed + 199])
print("200 samples of the seeds 1, 2, 3:", [successes(200, seed) for seed in (1, 2, 3)])

close = [successes(200, seed) / 200 for seed in range(1000)]
apart = [successes(200, 7919 * seed + 10**6) / 200 for seed in range(1000)]
binomial = (right * (1 - right) / 200) ** 0.5
print("seeds 0 to 999: mean", round(mean(close), 4), "deviation", round(pstdev(close), 4), "for", round(binomial, 4))
print("seeds far apart: mean", round(mean(apart), 4), "deviation", round(pstdev(apart), 4), "right", round(right, 4))
assert pstdev(close) < 0.6 * binomial and 0.95 * binomial < pstdev(apart) < 1.05 * binomial

# ten runs of 1,000 samples each, as one repeats an experiment: their mean deviates like one run
runs = [mean(successes(1000, 10_000 * k + seed) / 1000 for seed in range(10)) for k in range(300)]
print("mean of ten runs of 1,000: deviation", round(pstdev(runs), 5), "for", round((right * (1 - right) / 10_000) ** 0.5, 5))
assert pstdev(runs) > 2.5 * (right * (1 - right) / 10_000) ** 0.5
PY
