#!/usr/bin/env bash
# expectation 0.6.1: a 95% confidence sequence for observations between 0 and 10 goes from 49 down to 10; between 0 and 1/2 it never covers the mean.
#
# Guess (1 December 2026, 11:52, blind): an empirical-Bernstein confidence sequence covers the mean at all times with 95%, in whatever unit bounded observations are: the one of 10 X
#        is ten times that of X.
# Seen:  the interval is built from the observations as they come and then multiplied by upper_bound - lower_bound. With means of 5 in [0, 10] it is (49.1, 10) after 11,110 observations, the lower end above the upper one;
#        with means of 0.25 in [0, 0.5] it is about (0.124, 0.127). Only bounds that are 1 apart are served: 200 of 200 runs are covered there, none here after 1,000 observations.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile expectation==0.6.1 numpy==2.3.5 scipy==1.16.3
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from expectation.confseq.confidenceconfig import EmpiricalBernsteinConfig
from expectation.confseq.confidencesequence import EmpiricalBernsteinConfidenceSequence


def sequence(low, high):
    return EmpiricalBernsteinConfidenceSequence(config=EmpiricalBernsteinConfig(lower_bound=low, upper_bound=high, alpha=0.05, alpha_opt=0.05, v_opt=100.0, c=high - low))


rng = np.random.default_rng(0)
last = {}
for low, high in ((0.0, 1.0), (0.0, 10.0), (0.0, 0.5)):
    running = sequence(low, high)
    for n in (10, 100, 1000, 10_000):
        last[high] = running.update(low + (high - low) * rng.beta(2, 2, n))
    print(f"observations in [{low}, {high}], mean {(low + high) / 2}: after {last[high].sample_size} the interval is ({last[high].lower:.4f}, {last[high].upper:.4f})")
assert last[1.0].lower < 0.5 < last[1.0].upper
assert last[10.0].lower > 48 and last[10.0].upper == 10
assert last[0.5].upper < 0.2

covered = {}
for high in (1.0, 10.0, 0.5):
    ends = [sequence(0.0, high).update(high * rng.beta(2, 2, 1000)) for _ in range(200)]
    covered[high] = sum(end.lower <= high / 2 <= end.upper for end in ends)
print("covered after 1,000 observations, of 200, by the upper bound:", covered)
assert covered[1.0] > 190 and covered[10.0] == covered[0.5] == 0
PY
