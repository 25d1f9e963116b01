#!/usr/bin/env bash
# causalrl 3.0.0 (Python 3.11 to 3.13): a policy worth 1 is certified, as identified, to be worth 0.75 with a 95% interval of width 0.
#
# Guess (30 November 2026, 20:02, blind): off-policy estimates from known data are unbiased, and intervals contain the truth.
# Seen:  certify_sequential_value(method="gcomp") says that it returns the value with "its influence-function confidence interval". Where all
#        start in the same state its standard error is that of a constant, 1e-18 whatever the rewards do; and its regressions are linear
#        in history and action, without products: of a reward for acting twice it finds 3/4. With noise of standard
#        deviation 3 the interval still has no width. method="dr", the default, gives 1 and an interval that covers it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile causalrl==3.0.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from causalrl.ope.sequential import certify_sequential_value

# Two decisions, each 0 or 1 by a fair coin; who acts both times is paid 1. The target acts both times.
n = 4000
first, second = np.arange(n) % 2, np.arange(n) // 2 % 2
reward = (first * second).astype(float)
histories, actions, target = [np.zeros(n), first.astype(float)], [first, second], [np.ones(n)] * 2
noise = 3 * np.random.default_rng(0).normal(size=n)
for name, paid in (("exact", reward), ("noisy", reward + noise)):
    for method in ("gcomp", "dr"):
        found = certify_sequential_value(histories, actions, target, paid, method=method)
        width = found.ci.upper - found.ci.lower
        print(name, method, found.kind.name, round(found.value, 3), "interval", round(found.ci.lower, 3), round(found.ci.upper, 3))
        assert found.kind.name == "IDENTIFIED" and found.hedge is None
        if method == "gcomp":
            assert width < 1e-12 and (name == "noisy" or abs(found.value - 0.75) < 1e-6)
        else:
            assert found.ci.lower < 1 < found.ci.upper and width > 0.01
PY
