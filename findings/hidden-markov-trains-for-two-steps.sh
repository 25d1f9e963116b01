#!/usr/bin/env bash
# hidden_markov 0.3.2, numpy 1.26.4 (Python 3.11 or 3.12): train_hmm(observations, 1000, ...) makes two steps of Baum-Welch: a log-likelihood of -190.4 for -134.5, which 300 calls of one step each reach.
#
# Guess (30 November 2026, 23:40, not blind: its source was seen before): training goes on for `iterations` steps, or until the likelihood rises no longer.
# Seen:  it stops as soon as the likelihood does not fall by 1e-7: the first step is compared with infinity, the second rises, as Baum-Welch
#        always does, and is the last. Nothing is said; "Maximum number of iterations" may be anything above 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile setuptools==80.9.0 wheel==0.45.1 numpy==1.26.4
"$work/venv/bin/pip" install --quiet --no-compile --no-deps --no-build-isolation hidden_markov==0.3.2
cd "$work"
"$work/venv/bin/python" -W ignore - > seen <<'PY'
import numpy as np
from hidden_markov import hmm

random = np.random.default_rng(0)
states = [0]
for _ in range(299):
    states.append(states[-1] if random.random() < 0.95 else 1 - states[-1])
seen = tuple("A" if (random.random() < 0.9) == (state == 0) else "B" for state in states)


def likelihood(calls, iterations):
    """The model of the documentation's example, trained."""
    model = hmm(("s", "t"), ("A", "B"), np.matrix("0.5 0.5"), np.matrix("0.6 0.4; 0.3 0.7"), np.matrix("0.3 0.7; 0.4 0.6"))
    found = [float(model.log_prob([seen], [1]))]
    for _ in range(calls):
        model.train_hmm([seen], iterations, [1])
        found.append(float(model.log_prob([seen], [1])))
    return found


one, two, thousand = (likelihood(1, iterations)[-1] for iterations in (1, 2, 1000))
steps = likelihood(300, 1)
print("log-likelihood after 1, 2 and 1000 iterations", one, two, thousand, "after 300 calls of one", steps[-1])
assert np.isclose([one, two], steps[1:3]).all() and thousand == two
assert abs(two + 190.41) < 0.01 and abs(steps[-1] + 134.46) < 0.01
assert all(later >= earlier - 1e-9 for earlier, later in zip(steps, steps[1:]))
PY
cat seen
