#!/usr/bin/env bash
# bandit-agents 0.5.23: UCB adds its bonus to the estimates at every step and plays the bad arm 1,691 times of 4,000; a whole optimistic_value makes all estimates 0.
#
# Guess: UCBSolver (which follows Sutton and Barto) takes the arm with the
#   greatest estimate + confidence * sqrt(ln t / n). With two arms that always
#   pay 0.9 and 0.1 it takes the second some 15 times in 4,000 steps. And the
#   estimates of EpsilonSolver, a step size of 0.1 and epsilon 0.2, end near
#   0.9 and 0.1 whatever the optimistic_value they began at.
# Seen: the bonus is not added for the choice but to the stored weight, of
#   each arm, at each step: what an arm has not been played for has been summed
#   up meanwhile. With a step size of 0.1 the second arm is taken 1,691 times
#   of 4,000 (the rule as written in the book: 11), and the weight of an arm
#   that pays 0.9 is 6.8 after 100 steps; with the default step size of 1 it is
#   656 times. The weights are not estimates of anything. And the array of the
#   estimates has the type of optimistic_value: with 1, 5 or 0 for 1.0, 5.0 or
#   0.0 it is an array of whole numbers, every update is cut to one, and both
#   estimates are 0 in the end; 0.0 gives 0.9 and 0.1. The README's example,
#   Agent(actions), raises KeyError: 'tuple'.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile bandit-agents==0.5.23 numpy==2.1.3 scipy==1.14.1
"$tmp/v/bin/python" - <<'PY'
import math
import numpy as np
from BanditAgents import Agent
from BanditAgents.src.solvers import EpsilonSolver, UCBSolver

PAY = (.9, .1)

# 1. UCB on two arms without noise.
def book(steps, step_size):                   # the same rule, the bonus in the choice only
    q, n = [0., 0.], [0, 0]
    for t in range(1, steps + 1):
        i = n.index(0) if 0 in n else max((0, 1), key=lambda a: q[a] + math.sqrt(math.log(t) / n[a]))
        n[i] += 1
        q[i] += step_size * (PAY[i] - q[i])
    return n

def ucb(steps, step_size):
    solver, n = UCBSolver(["good", "bad"], step_size=step_size, confidence=1.0), [0, 0]
    for t in range(steps):
        i = solver.predict()
        n[i] += 1
        solver.fit(np.array([i]), np.array([PAY[i]]))
    return n, solver.weights

np.random.seed(0)
for step_size in (.1, 1.):
    n, w = ucb(4000, step_size)
    print(f"step size {step_size}: good {n[0]}, bad {n[1]}; by the book: bad {book(4000, step_size)[1]}")
    assert n[1] > 600 and book(4000, step_size)[1] < 50
n, w = ucb(100, .1)
print("weights after 100 steps of 0.9 and 0.1:", w)
assert (w > 6).all()

# 2. An optimistic value that is an int.
def eps(optimistic):
    solver = EpsilonSolver(["good", "bad"], optimistic_value=optimistic, step_size=.1, epsilon=.2)
    for t in range(2000):
        i = solver.predict()
        solver.fit(np.array([i]), np.array([PAY[i]]))
    return solver.weights
for o in (0., 1., 5.):
    assert np.allclose(eps(o), PAY, atol=.01)
for o in (0, 1, 5):
    print(f"optimistic_value={o}:", eps(o), f"and {float(o)}:", eps(float(o)))
    assert eps(o).dtype.kind == "i" and (eps(o) == 0).all()

# 3. The README's example.
try:
    Agent((("action_a", lambda: .5), ("action_b", lambda: .4)))
    raise SystemExit("the README's example ran")
except KeyError as e:
    print("README:", repr(e))
PY
