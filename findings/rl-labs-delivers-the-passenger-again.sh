#!/usr/bin/env bash
# rl-labs 1.0.0, gymnasium 1.4.0 (Python 3.11 to 3.13): value iteration on the taxi is worth 835 for 6.3: it goes on after the end.
#
# Guess: its value_iteration of a Gymnasium environment reads `P` as Gymnasium means it: nothing follows a transition that is
#        terminated. On the taxi, which its module is about, no state is then worth more than the 20 of a delivery.
# Seen:  the fourth entry of each transition is read and left out, in value iteration, policy evaluation and policy iteration. In
#        FrozenLake the ends stay where they are, for nothing, and all is right. The taxi's delivered passenger is in a state of
#        the table, can be picked up and delivered once more, for 20 each time: the mean value of the starts is 835.04 for
#        6.327, the best state 955 for 20. The policy of these values cannot be asked for: NameError, for want of an import.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile rl-labs==1.0.0 gymnasium==1.4.0 numpy==2.4.6 matplotlib==3.10.8
"$work/venv/bin/python" -W ignore - <<'EOF'
import gymnasium
import numpy as np
from rl_labs.lab6_value_iteration import extract_policy_from_v, value_iteration


def optimum(table, discount):
    """v*[s] by value iteration on P, nothing being worth anything after a terminated transition."""
    value = np.zeros(len(table))
    for _ in range(5000):
        after = [
            max(sum(p * (r + (0 if end else discount * value[t])) for p, t, r, end in row) for row in actions.values())
            for actions in table.values()
        ]
        if np.max(np.abs(after - value)) < 1e-10:
            break
        value = np.array(after)
    return value


for name, seen in (("FrozenLake-v1", None), ("Taxi-v4", 835.04)):
    env = gymnasium.make(name)
    starts = env.unwrapped.initial_state_distrib
    theirs = value_iteration(env, 0.99, 1e-9)
    right = optimum(env.unwrapped.P, 0.99)
    print(name, "mean of the starts:", round(float(starts @ theirs), 4), "for", round(float(starts @ right), 4), flush=True)
    print("  best state:", round(float(theirs.max()), 3), "for", round(float(right.max()), 3))
    assert abs(starts @ theirs - (seen or starts @ right)) < 1e-2
message = ""
try:
    extract_policy_from_v(env, theirs, 0.99)
except NameError as error:
    message = str(error)
print("its policy: NameError:", message)
assert "q_from_v" in message
EOF
