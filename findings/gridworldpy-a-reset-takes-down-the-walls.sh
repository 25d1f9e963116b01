#!/usr/bin/env bash
# gridworldpy 0.2.0: reset() takes away the rewards, the walls and the policy; a blocked first move returns the state None.
#
# Guess: reset() ("resets the environment, returns the start state") brings
#   the agent back and keeps what set_rewards, set_disable_states and
#   set_policy have set. A move that is blocked leaves the agent in its cell
#   and returns that cell, at the border and at a disabled cell alike. done is
#   true of the step that enters the target; max_steps ends an episode too.
# Seen: after reset() the reward of a step is None (not a number), the agent
#   walks through the disabled cell, and rand_action raises ValueError, "Policy
#   is not set.". A blocked move returns the last step's next_state: the first
#   move of an episode returns None. It pays 0 and is not counted, while a move
#   against the border pays the cell's reward and is. The step that enters the
#   target is not done: done comes with the step after, whatever it is, which
#   has left the target and has been paid the target's reward (rewards are of
#   the cell that is left). Where a target is set, max_steps does nothing. And
#   the policy is not kept as it was given: the share of a blocked move goes to
#   the other moves in equal parts, so 0.5 up and 0.5 right in the corner
#   become 0.25 down and 0.75 right, though step() takes "up" there and stays.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile gridworldpy==0.2.0 numpy==2.3.5
"$tmp/v/bin/python" - <<'PY'
import numpy as np
from gridworldpy import GridWorldEnv

UP, DOWN, LEFT, RIGHT = range(4)
def new(**k):
    env = GridWorldEnv(grid_size=(2, 3), render_mode=None, **k)
    env.set_rewards({(0, 0): -1, (0, 1): -1, (0, 2): 10, (1, 0): -1, (1, 1): -1, (1, 2): -1})
    env.set_disable_states([(1, 0)])
    return env

# 1. The first move is blocked by the disabled cell below the start.
env = new(target_state=(0, 2), max_steps=3)
nxt, r, done, ok, info = env.step(DOWN)
print("blocked first move:", nxt, r, done)
assert nxt is None and r == 0 and not done and not ok and env.state == (0, 0) and env.step_count == 0
nxt, r, done, ok, info = env.step(LEFT)               # the border
assert nxt == (0, 0) and r == -1 and ok and env.step_count == 1

# 2. The target is left before the episode is done.
env = new(target_state=(0, 2))
steps = [env.step(a)[:3] for a in (RIGHT, RIGHT, LEFT)]
print("right, right, left:", [(s, float(r), d) for s, r, d in steps])
assert steps == [((0, 1), -1, False), ((0, 2), -1, False), ((0, 1), 10, True)]

# 3. max_steps with and without a target.
a, b = new(target_state=(0, 2), max_steps=3), new(max_steps=3)
ends = [[e.step(UP)[2] for _ in range(10)] for e in (a, b)]
print("done in 10 steps with max_steps=3, with a target:", sum(ends[0]), "without: from step", 1 + ends[1].index(True))
assert not any(ends[0]) and ends[1].index(True) == 2

# 4. The policy that was given.
env = new()
env.set_disable_states([])
env.set_policy({(0, 0): [.5, 0, 0, .5]})
print("0.5 up, 0.5 right in the corner is kept as", env.policy[0, 0])
assert np.allclose(env.policy[0, 0], [0, .25, 0, .75])

# 5. After reset().
env = new()
env.set_policy("random")
env.rand_action()
assert env.reset() == (0, 0)
nxt, r, *_ = env.step(DOWN)
print("after reset(), down into the disabled cell:", nxt, "reward", r)
assert nxt == (1, 0) and r is None and env.disabled_states == set()
try:
    env.rand_action()
    raise SystemExit("rand_action had a policy")
except ValueError as e:
    assert "Policy is not set" in str(e)
PY
