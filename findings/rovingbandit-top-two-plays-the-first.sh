#!/usr/bin/env bash
# rovingbandit 0.1.0 (Python 3.11 to 3.13): top-two Thompson sampling of pick_arm plays the leader always.
#
# Guess: with psi = 0.5 pick_arm("thompsonTopTwo") plays the challenger of a clear leader half of the time, as the class TopTwoThompson
#        does. The regret against an optimal reward of 0 is minus the rewards.
# Seen:  for the challenger it draws "while J != best": until it is the leader again. The other arm is played in none of 500 draws, by
#        the class in 263. RegretMinimization takes an optimal_reward=0 for none: MissingConfigurationError, or the
#        regret against the one that was given to the constructor.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile rovingbandit==0.1.0 numpy==2.3.5 scipy==1.16.3 matplotlib==3.10.7
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
from rovingbandit import History, MissingConfigurationError, RegretMinimization, TopTwoThompson, pick_arm

success, failure = np.array([900.0, 100.0]), np.array([100.0, 900.0])
counts = success + failure
np.random.seed(0)
picked = [pick_arm(success / counts, counts, "thompsonTopTwo", success, failure, None, 0, psi=0.5) for _ in range(500)]
policy = TopTwoThompson(2, psi=0.5, seed=0)
policy.successes[:], policy.failures[:] = success, failure
chosen = [policy.select_arm() for _ in range(500)]
print("the second arm: pick_arm", sum(picked), "TopTwoThompson", sum(chosen), "of 500")
assert sum(picked) == 0 and 200 < sum(chosen) < 300

losses = History()
for reward in (-1.0, 0.0, -2.0):
    losses.add(0, reward)
ones = RegretMinimization(optimal_reward=1.0)
print("regret against 0, where 1 was given first:", ones.compute_metric(losses, optimal_reward=0.0), "| against -0.5:", ones.compute_metric(losses, optimal_reward=-0.5))
assert ones.compute_metric(losses, optimal_reward=0.0) == 6 and ones.compute_metric(losses, optimal_reward=-0.5) == 1.5
try:
    RegretMinimization().compute_metric(losses, optimal_reward=0.0)
    raise SystemExit("0 is an optimal reward now")
except MissingConfigurationError as error:
    print("MissingConfigurationError:", error)
EOF
