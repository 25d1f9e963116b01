#!/usr/bin/env bash
# irl-maxent 0.1.0: a reward at the goal makes the short way likelier, by exp(reward) for each step that it is shorter.
#
# Expected, after a look at its source, from the paper that it follows (Ziebart et al. 2008): a path has the weight
#        exp(sum of its rewards). Both ways to the goal enter it once, so that its reward cancels, and the policy in the
#        start is the same for every reward of the goal.
# Seen:  0.5 for a reward of 0, 0.731 for 1 and 0.993 for 5. The backward pass goes 2 |S| steps, over the goal's
#        own rows of the table, and pays for each step spent there; where they lead back to the start it is 2/3. The
#        forward pass leaves those rows out: the visits of the goal are 1 whatever its reward, as in demonstrations, so
#        that the gradient by a feature of the goal alone is 0: its weight stays where it began, and decides the policy.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile irl-maxent==0.1.0 numpy==2.3.5
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from irl_maxent.maxent import compute_expected_svf, local_action_probabilities

print("irl-maxent", version("irl-maxent"))
start, detour, goal = range(3)
p = np.zeros((3, 3, 2))  # from, to, action
p[start, goal, 0] = p[start, detour, 1] = 1
p[detour, goal, :] = p[goal, goal, :] = 1
for reward_of_goal in (0.0, 1.0, 5.0):
    reward = np.array([0.0, 0.0, reward_of_goal])
    direct = local_action_probabilities(p, [goal], reward)[start, 0]
    visits = compute_expected_svf(p, np.array([1.0, 0.0, 0.0]), [goal], reward)
    print("reward of the goal", reward_of_goal, ": direct with", direct, ", visits", visits)
    assert np.isclose(direct / (1 - direct), np.exp(reward_of_goal))
    assert np.isclose(visits[goal], 1)

back = p.copy()
back[goal] = 0
back[goal, start, :] = 1
direct = local_action_probabilities(back, [goal], np.zeros(3))[start, 0]
print("the goal's rows lead to the start: direct with", direct)
assert np.isclose(direct, 2 / 3)
PYTHON
