#!/usr/bin/env bash
# decisionbandit 0.1.1: exploit() plays one arm and is paid for the one before it; exploring first works with five arms only.
#
# Expected, after a look at its source: exploit(reward_prob, n_arms, t_steps) plays one arm for t_steps, with that arm's probability of a reward;
#        fixed_exploration_then_exploitation explores for a fixed time and then plays the best arm, of however many there are.
# Seen:  exploit() draws arm a, pays with the probability of arm a - 1 and lists the rewards under a: of arms that pay with 1, 0 and 0
#        the second one always pays, and the first one never. The other function takes the means of five arms: with three it
#        is an IndexError, with ten a ValueError.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 decisionbandit==0.1.1
"$tmp/v/bin/python" - <<'PY'
import contextlib, io
import decisionbandit as dcb
import numpy as np

np.random.seed(0)
seen = {}
for _ in range(60):
    rewards = dcb.exploit([1.0, 0.0, 0.0], 3, 20)
    arm = next(i for i, r in enumerate(rewards) if r)
    seen.setdefault(arm, set()).add(float(np.mean(rewards[arm])))
print("arms that pay with 1, 0, 0: mean rewards seen", dict(sorted(seen.items())))
assert seen == {0: {0.0}, 1: {1.0}, 2: {0.0}}

for n in (3, 5, 10):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            dcb.fixed_exploration_then_exploitation(list(np.linspace(0.1, 0.9, n)), 400, n, 800)
        got = "works"
    except Exception as e:
        got = type(e).__name__
    print(f"exploring first, {n} arms: {got}")
    assert got == {3: "IndexError", 5: "works", 10: "ValueError"}[n]
PY
