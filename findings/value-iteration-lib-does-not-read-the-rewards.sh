#!/usr/bin/env bash
# value-iteration-lib 0.1.0: R is never read; the documented P[s][a][s'] raises TypeError, and of Gymnasium's tuples `done` is ignored: 10 for 1.
#
# Guess: value_iteration(P, R, gamma), documented as P[s][a][s'] =
#   probability, R[s][a][s'] = reward, gives the optimal values and policy of
#   three states in a row: 0.9 in the first of a step that pays 1 on arrival
#   two steps on. If Gymnasium's lists of (probability, next, reward, done)
#   are taken as P, done ends: an action that pays 1 and ends is worth 1.
# Seen: with the documented arrays "cannot unpack non-iterable" (TypeError):
#   only lists of tuples of four are read. There R is not read at all: None,
#   or rewards of the other sign, give the same values and policy. The fourth
#   entry is not read either: an action that pays 1 and ends, back in its own
#   state as Gymnasium's models may have it, is worth 10 at gamma = 0.9;
#   Gymnasium's Taxi-v3 at 0.99 is worth 835 for 6.3 over the starts: a
#   passenger is delivered again and again. The module to import is
#   valueIteration_lib.valueIteration.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile value-iteration-lib==0.1.0 numpy==2.3.5 gymnasium==1.2.2
"$tmp/v/bin/python" -W ignore - <<'PY'
import gymnasium as gym
import numpy as np
from valueIteration_lib.valueIteration import value_iteration

# 1. The documented arrays: 0 -> 1 -> 2 with action 1, which pays 1 on arrival in 2.
P, R = np.zeros((3, 2, 3)), np.zeros((3, 2, 3))
for s in range(3):
    P[s, 0, s] = 1
    P[s, 1, min(s + 1, 2)] = 1
R[1, 1, 2] = 1
try:
    value_iteration(P, R, gamma=.9)
    raise SystemExit("the documented arrays were read")
except TypeError as e:
    print("arrays:", e)

# 2. Lists of tuples: R is not read.
tuples = [[[(1., s, 0., False)], [(1., min(s + 1, 2), float(s == 1), False)]] for s in range(3)]
for r in (None, -R, 100 * R):
    V, policy = value_iteration(tuples, r, gamma=.9)
    assert np.allclose(V, [.9, 1, 0]) and policy[:2].tolist() == [1, 1]
print("with R = None, -R and 100 R:", V)

# 3. done.
V, _ = value_iteration([[[(1., 0, 1., True)]]], None, gamma=.9)
print("one reward of 1 and the end:", V)
assert np.allclose(V, 10, atol=1e-4)

taxi = gym.make("Taxi-v3").unwrapped
V, _ = value_iteration([taxi.P[s] for s in range(500)], None, gamma=.99)
own = np.zeros(500)
for _ in range(2000):
    own = np.array([max(sum(p * (r + .99 * own[t] * (not done)) for p, t, r, done in taxi.P[s][a]) for a in range(6))
                    for s in range(500)])
starts = np.flatnonzero(taxi.initial_state_distrib)
print("Taxi-v3, mean over the starts:", V[starts].mean().round(2), "with done:", own[starts].mean().round(2))
assert V[starts].mean() > 700 and own[starts].mean() < 8
PY
