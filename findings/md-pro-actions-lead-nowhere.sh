#!/usr/bin/env bash
# md-pro 0.0.13, numpy 1.23.5 (Python 3.11): the action "go to 2" leads to any neighbour, and the policy is what the last draws made it.
#
# Guess: start_mdp, given places, which of them are neighbours and a reward of 100 at one of them, makes a policy that goes there; the
#        action (s, a), which bears a neighbour's name, leads to a.
# Seen:  all actions of a place have one distribution, uniform over its neighbours, so they are told apart by the draw of the next
#        place whose reward is added, one for each action, and ties are the first: in a row of four places with the reward at the
#        right end the policy of the left one is to stay, in all of 40 runs, of the others one of six by the seed. Values are such draws too.
#        (With NumPy 1.24 and later AttributeError: np.int. The README's example calls the functions with other arguments.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile numpy==1.23.5 scipy==1.11.4 matplotlib==3.7.5 python-igraph==0.11.8 plotly==5.24.1 pandas==2.0.3
"$work/venv/bin/pip" install --quiet --no-compile --no-deps md-pro==0.0.13
cd "$work"
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
from md_pro import start_mdp

# Four places in a row, each its own neighbour too; the reward is at the last one.
near = np.abs(np.subtract.outer(np.arange(4), np.arange(4))) <= 1
names = [str(i) for i in range(4)]
challenge = {"S": names, "R": {"3": 100}, "T": near, "P": {name: [int(name), 0, 0] for name in names}, "gamma": 0.9}
policies, values = set(), set()
for seed in range(40):
    np.random.seed(seed)
    found = start_mdp(challenge)
    policies.add(tuple(found["pi"][name] for name in names))
    values.add(round(found["U"][0], 3))
print("transitions of place 2:", {name: found["P"]["2", name].round(3).tolist() for name in "123"})
print("policies of 40 runs:", sorted(policies), "| values of place 0 from", min(values), "to", max(values))
assert all((found["P"]["2", name] == found["P"]["2", "1"]).all() for name in "23")
assert len(policies) > 3 and {policy[0] for policy in policies} == {"0"} and max(values) > 1.2 * min(values)
EOF
