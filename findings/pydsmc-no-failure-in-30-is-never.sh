#!/usr/bin/env bash
# pydsmc 0.3.9: by default a probability is 0, or 1, for certain after 30 episodes that agree.
#
# Guess: a statistical model checker asked for an interval of half-width 0.025 at 95% runs on until it has one; for a
#        failure of probability 0.01 the interval holds 0.01 nine times in ten.
# Seen:  the default for a binary property is the normal interval, looked at after each episode from the 30th on: 30 without
#        a failure have the standard deviation 0, and (0, 0) has converged. So it ends at 0.99^30 = 74% of the runs, and two
#        in three intervals miss 0.01; at 0.02 half of them. `sound=True` (Clopper-Pearson, 1574 episodes here) is right.
#        A property in a bounded range that is not declared binary ends the same way, by Student's t.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pydsmc==0.3.9
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import logging
import random

from pydsmc import create_custom_property

logging.disable()


def estimate(p, seed, **options):
    """How many episodes were run, and the interval."""
    draw = random.Random(seed)
    crash = create_custom_property(
        name="crash", check_fn=lambda self, t: 0.0, epsilon=0.025, kappa=0.05, relative_error=False, bounds=(0, 1), **options
    )
    while True:
        crash.add_sample(float(draw.random() < p))
        converged, interval = crash.get_interval()
        if converged:
            return crash.num_episodes, tuple(map(float, interval))


def study(p, runs, **options):
    found = [estimate(p, seed, **options) for seed in range(runs)]
    covered = sum(low <= p <= high for _, (low, high) in found) / runs
    nothing = sum(n == 30 and interval == (0, 0) for n, interval in found) / runs
    print(f"p = {p}, {options}: {covered:.0%} of the intervals hold p, {nothing:.0%} are (0, 0) after 30 episodes")
    return covered, nothing


covered, nothing = study(0.01, 300, binomial=True)
assert covered < 0.45 and 0.6 < nothing < 0.85
covered, nothing = study(0.02, 300, binomial=True)
assert covered < 0.65 and 0.4 < nothing
covered, nothing = study(0.01, 300)
assert covered < 0.45 and nothing > 0.6
covered, nothing = study(0.02, 60, binomial=True, sound=True)
assert covered > 0.85 and nothing == 0
PY
