#!/usr/bin/env bash
# pomdp-py 1.3.5.1 (Python 3.12): a random reward is written to a .pomdp file as one draw of it.
#
# Guess: to_pomdp_file writes the expectation of R(s, a, s'), or its argmax, as its source says of it, or refuses: the
#        format has one number for each.
# Seen:  it calls sample(): a door that pays 0 or 10 with a half each is a line of 0 in one place and of 10 in another, and
#        changes from file to file. No message.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --only-binary pomdp-py pomdp-py==1.3.5.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'EOF'
import random

import pomdp_py
from pomdp_py.problems.tiger.tiger_problem import make_tiger
from pomdp_py.utils.interfaces.conversion import to_pomdp_file


class Doors(pomdp_py.RewardModel):
    """A door pays 0 or 10, a half each; listening costs 1."""

    def sample(self, state, action, next_state):
        return -1.0 if action.name == "listen" else random.choice([0.0, 10.0])

    def argmax(self, state, action, next_state):
        return -1.0 if action.name == "listen" else 0.0


agent = make_tiger().agent
agent.set_models(reward_model=Doors())
random.seed(0)
files = []
for _ in range(5):
    to_pomdp_file(agent, "doors.pomdp")
    lines = [line.split() for line in open("doors.pomdp") if line.startswith("R : open")]
    files.append(tuple(float(line[-1]) for line in lines))
    print(files[-1])
assert {value for file in files for value in file} == {0.0, 10.0}
assert len(set(files)) > 1
EOF
