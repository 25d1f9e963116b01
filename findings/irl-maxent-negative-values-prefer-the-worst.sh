#!/usr/bin/env bash
# irl-maxent 0.1.0: the stochastic policy of negative values prefers the worst action, or has negative numbers.
#
# Expected, after a look at its source, from its words ("a probability distribution", better actions preferred, the more
#        so with weights like x ** 2): for values of costs, all of them negative, the better neighbour is the likelier
#        one; or a ValueError.
# Seen:  the values are divided by their sum. Of a corner's neighbours of value -4 and -1 the first is taken with 4/11,
#        the second with 1/11. With values of both signs the rows hold negative numbers. No message.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile irl-maxent==0.1.0 numpy==2.3.5
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from irl_maxent.gridworld import GridWorld
from irl_maxent.solver import stochastic_policy_from_value

print("irl-maxent", version("irl-maxent"))
world = GridWorld(2)

policy = stochastic_policy_from_value(world, np.array([-3.0, -4.0, -1.0, -0.5]))
to = [world.state_index_transition(0, a) for a in range(4)]
print("values -3 -4 -1 -0.5; from state 0 to", to, "with", policy[0])
assert to.count(0) == 2 and np.allclose(policy.sum(axis=1), 1)
assert np.isclose(policy[0, to.index(1)], 4 / 11) and np.isclose(policy[0, to.index(2)], 1 / 11)

mixed = stochastic_policy_from_value(world, np.array([-1.0, 2.0, 2.0, 2.0]))
print("values -1 2 2 2; from state 0", mixed[0])
assert mixed[0].min() < 0
PYTHON
