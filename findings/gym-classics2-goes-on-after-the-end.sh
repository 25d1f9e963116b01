#!/usr/bin/env bash
# gym-classics2 1.0.3: Q-learning on its own five-state walk says 10 for a step that ends with 1.
#
# Guess: a terminated transition has the target r, as in the textbook: q(4, right) = 1, which its own value
#        iteration gives at discount 0.9.
# Seen:  the target is r + discount max q(s') whether or not the episode ends there. In a grid whose goal is a state
#        of its own that q stays 0; the walks end in the state that they leave: q(4, right) = 1 + 0.9 q(4, right).
#        The actor-critic does the same: its critic of the uniform walk is above 3 where values are 1/6 to 5/6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile gym-classics2==1.0.3 gymnasium==1.4.0 numpy==2.4.6
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'EOF'
import gym_classics2
import gymnasium
import numpy as np
from gym_classics2.algorithms.dynamic_programming import value_iteration
from gym_classics2.algorithms.policy_gradient_methods import AC
from gym_classics2.algorithms.temporal_difference_learning import Q_learning

gym_classics2.register()
walk = gymnasium.make("5Walk-v0")
planned = value_iteration(walk.unwrapped, 0.9, 1e-9)
learned = Q_learning(walk, 0.9, 0.1, 0.2, n=1000, rng=0).max(axis=1)
print("value iteration:", planned.round(3), "Q-learning:", learned.round(3))
assert abs(planned[4] - 1) < 1e-6 and abs(learned[4] - 10) < 0.1

_, critic = AC(walk, lambda s, env: np.eye(5)[s], 200, 0.0, 0.2, 1.0, rng=np.random.default_rng(0))
print("critic of the uniform policy, exact 1/6 to 5/6:", critic.round(2))
assert critic.min() > 3
EOF
