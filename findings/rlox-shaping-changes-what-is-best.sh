#!/usr/bin/env bash
# rlox 1.2.0 (Python 3.11 or 3.12): its potential-based shaping keeps the potential of the last state: the worse of two ways becomes the better one.
#
# Guess (30 November 2026, from the docstring, before source or run): r' = r + gamma Phi(s') - Phi(s), where Phi is 0 after an end, as the class says
#        ("gamma * Phi(s') * (1 - done) - Phi(s)"), which "preserves optimal policy invariance": every return from s changes by -Phi(s).
# Seen:  where done is 1 the reward is left as it is: Phi(s) of the last state is never paid back, so that ends at high potentials
#        are worth more. Of two ways, 1 at once or 1 a step later, the later one has the shaped return 2 for -- by
#        the formula -- 0.5. (The stub of the compiled function says so, the class another thing.) GAE, V-trace, running means and group advantages are right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps rlox==1.2.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
# The package's own __init__ imports PyTorch, which shaping does not need.
import importlib.util
import sys
import types

package = types.ModuleType("rlox")
package.__path__ = importlib.util.find_spec("rlox").submodule_search_locations
sys.modules["rlox"] = package

import numpy as np
from rlox._rlox_core import compute_gae
from rlox.reward_shaping import PotentialShaping

GAMMA = 0.5
# State 0 is the start, 1 the middle, 2 the end.
shaping = PotentialShaping(lambda states: np.array([0.0, 3.0, 0.0])[states[:, 0].astype(int)], gamma=GAMMA)


def shaped(rewards, states):
    states = np.array(states, float)[:, None]
    dones = np.eye(len(rewards))[-1]
    return shaping.shape(np.array(rewards, float), states[:-1], states[1:], dones)


def total(rewards):
    return float(sum(GAMMA**t * reward for t, reward in enumerate(rewards)))


at_once, later = [1], [0, 1]
short, long = shaped(at_once, [0, 2]), shaped(later, [0, 1, 2])
print("at once", total(at_once), "shaped", total(short), "| later", total(later), "shaped", total(long), long.tolist())
assert total(at_once) == 1 > total(later) == 0.5
assert long.tolist() == [1.5, 1.0] and total(short) == 1 < total(long) == 2
formula = [0 + GAMMA * 3 - 0, 1 + 0 - 3]
assert total(formula) == total(later)

advantages, returns = compute_gae(np.array([1.0, 2]), np.zeros(2), np.array([0.0, 1]), 7.0, GAMMA, 1.0)
assert returns.tolist() == [2, 2]
PY
