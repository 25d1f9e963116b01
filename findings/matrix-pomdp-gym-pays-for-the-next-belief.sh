#!/usr/bin/env bash
# matrix-pomdp-gym 0.1.0: the reward is that of the action in the belief after it, not in the one it was chosen in.
#
# Expected, after a look at its source, from its words on true_reward, whose "exact reward for its action in the current
#        state" the default only hides: the mean of r(s, a) under the belief at the time of the action, so that both have
#        one expectation. In the tiger, behind a belief of 0.97 that it is on the left, opening on the right pays 6.7, and
#        at 0.03 -96.7. And as many observations as one likes: the matrix is documented as (actions, states, observations).
# Seen:  the belief is updated first, and opening a door puts the tiger anywhere: every door pays -45, whatever was heard,
#        and waiting for a state that pays is paid one step early. Three observations of two states raise in step().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile matrix-pomdp-gym==0.1.0 gymnasium==1.2.3 numpy==2.3.5
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
import numpy as np
from matrix_pomdp.envs import MatrixPOMDPEnv

print("matrix-pomdp-gym", version("matrix-pomdp-gym"))
np.random.seed(0)
half = np.full((2, 2), 0.5)
listen, left, right = range(3)
p = np.array([np.eye(2), half, half])
o = np.array([[[0.85, 0.15], [0.15, 0.85]], half, half])
r = np.array([[-1.0, -100.0, 10.0], [-1.0, 10.0, -100.0]])  # of the tiger on the left, on the right


def means(true_reward):
    """What the door on the right pays, by how far the belief in the tiger on the left is."""
    paid = {}
    for _ in range(2000):
        env = MatrixPOMDPEnv(np.array([0.5, 0.5]), p, o, r, true_reward=true_reward)
        env.reset()
        env.step(listen)
        env.step(listen)
        belief = round(float(env.belief[0]), 3)
        paid.setdefault(belief, []).append(float(env.step(right)[1]))
    return {b: round(float(np.mean(x)), 1) for b, x in sorted(paid.items())}


shown, true = means(False), means(True)
print("P(tiger left): mean reward of opening on the right, by default", shown)
print("                              with true_reward=True           ", true)
print("                              expected                        ", {b: round(b * 10 - (1 - b) * 100, 1) for b in shown})
assert set(shown) == set(true) == {0.03, 0.5, 0.97}
assert all(x == -45.0 for x in shown.values())
assert true[0.03] < -90 and true[0.97] > 2

# 0 goes to 1, which pays and goes back: paid on entering
chain = MatrixPOMDPEnv(np.array([1.0, 0.0]), np.array([[[0, 1], [1, 0.0]]]), np.array([np.eye(2)]), np.array([[0.0], [1.0]]))
chain.reset()
rewards = [float(chain.step(0)[1]) for _ in range(4)]
print("rewards 0, 1, 0, 1 in turn come as", rewards)
assert rewards == [1.0, 0.0, 1.0, 0.0]

wide = MatrixPOMDPEnv(np.array([1.0, 0.0]), np.array([np.eye(2)]), np.full((1, 2, 3), 1 / 3), np.zeros((2, 1)))
wide.reset()
try:
    wide.step(0)
except ValueError as error:
    print("three observations of two states:", error)
else:
    raise SystemExit("changed: other numbers of observations are taken")
PYTHON
