#!/usr/bin/env bash
# rliable 1.2.0 (Python 3.11 to 3.13): its 95% interval of three runs covers the truth in seven cases of ten; beside pandas 3 it cannot be imported.
#
# Guess: get_interval_estimates, made for "a handful of runs", covers the expected score in 90% of the cases or more, with three
#        normal scores as with five. Its newest release is imported as pip installs it.
# Seen:  71% with three runs, some 90% with five, of the interquartile mean of one task: intervals of percentiles of a
#        bootstrap are of the spread of the sample as it is, without the n - 1 and without Student's t, which
#        takes 4.3 where they take 1.96 * sqrt(2/3). No warning. It allows pandas from 1.0 on and asks for arch below 8, which
#        raises TypeError on import with pandas 3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile rliable==1.2.0 pandas==2.3.3 numpy==2.3.5 scipy==1.16.3 arch==7.2.0
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
from rliable import library, metrics

rng = np.random.default_rng(0)
trials = 400
for runs, low, high in ((3, 0.68, 0.80), (5, 0.80, 0.93)):
    covered = 0
    for trial in range(trials):
        scores = {"ours": rng.normal(size=(runs, 1))}  # an expected score of 0
        mean = lambda x: np.array([metrics.aggregate_iqm(x)])
        seed = np.random.RandomState(trial)
        interval = library.get_interval_estimates(scores, mean, reps=200, random_state=seed)[1]["ours"]
        covered += interval[0, 0] <= 0 <= interval[1, 0]
    print(runs, "runs: the 95% interval covers the truth in", covered / trials, flush=True)
    assert low < covered / trials < high
EOF
"$work/venv/bin/pip" install --quiet --no-compile pandas==3.0.0
"$work/venv/bin/python" -W ignore -c 'from rliable import library' 2>"$work/error" && exit 1
tail -n 1 "$work/error"
grep -q 'TypeError: deprecate_kwarg()' "$work/error"
