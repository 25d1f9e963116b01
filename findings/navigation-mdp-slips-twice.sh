#!/usr/bin/env bash
# navigation-mdp 1.2: with a slip probability of 0.3 the probabilities of the next states add up to 1.3.
#
# Expected, after a look at its source, from its words and from take_action(), which slips with probability slip_prob to one
#        of the two sides: the distribution is 0.7 ahead and 0.15 to each side; and that of a terminal state is the state
#        itself, where take_action() stays.
# Seen:  0.7, 0.3 and 0.3. Summed against values, as value iteration does it, each sweep counts 1.3 times what comes next, so
#        that at discounts above 1/1.3 nothing converges. In a terminal state the distribution moves on.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps navigation-mdp==1.2 navigation-vis==0.9
"$work/venv/bin/pip" install --quiet --no-compile numpy==2.2.6 matplotlib==3.10.3
"$work/venv/bin/python" -W ignore - <<'EOF'
from collections import Counter

import numpy as np
from navigation_mdp.dynamics import VonNeumannDynamics
from navigation_mdp.state import DiscreteStateSpace

SLIP, DRAWS = 0.3, 20000
space = DiscreteStateSpace(3, 3)
moves = VonNeumannDynamics(space, slip_prob=SLIP)
middle = space.at_loc((1, 1))
said = {state.location: float(p) for state, p in moves.get_next_states_distribution(middle, "U")}
np.random.seed(0)
drawn = Counter(moves.take_action(middle, "U").location for _ in range(DRAWS))
print("the distribution:", said, "sum", sum(said.values()))
print("what take_action does:", {at: n / DRAWS for at, n in drawn.items()})
assert abs(sum(said.values()) - 1 - SLIP) < 1e-12
for at, p in {(0, 1): 0.7, (1, 0): 0.15, (1, 2): 0.15}.items():
    assert abs(drawn[at] / DRAWS - p) < 0.02
space.set_terminal_status_by_loc([(1, 1)])
after = {state.location for state, _ in moves.get_next_states_distribution(middle, "U")}
print("a terminal state: the distribution leads to", after, "take_action to", moves.take_action(middle, "U").location)
assert (1, 1) not in after and moves.take_action(middle, "U").location == (1, 1)
EOF
